//! CREATE STATISTICS: reads the table on the nodes that lead its ranges. Nothing to undo.

use super::super::names::ranges_of;
use super::super::{Cockroach, Cx};
use super::plan::{Act, Pace};
use super::{New, Plan, Span, Spec};
use crate::cluster::{Direction, JobIx, TableIx};
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Stats {
    pub tables: Vec<TableIx>,
}

impl Cockroach {
    /// Much has changed in a table: its statistics are refreshed by an automatic job. reference 8.3
    pub(crate) fn refresh_statistics(&mut self, cx: &mut Cx, job: JobIx, table: TableIx) {
        let done = cx.cluster.job(job).is_some_and(|j| j.status == "succeeded");
        let Some(t) = cx
            .cluster
            .table(table)
            .filter(|_| done && self.profile.requests)
        else {
            return;
        };
        let (tenant, id) = (t.tenant, t.id);
        let description = format!(
            "Table statistics refresh for {}.{}.{}",
            t.database, t.schema, t.name
        );
        let alive = cx
            .cluster
            .node_list()
            .find(|(_, n)| n.alive)
            .map(|(n, _)| n);
        let Some(node) = alive else { return };
        self.create(
            cx,
            New {
                tenant,
                kind: "AUTO CREATE STATS",
                title: description.clone(),
                description,
                statement: format!(
                    "CREATE STATISTICS __auto__ FROM [{id}] WITH OPTIONS THROTTLING 0.9 AS OF SYSTEM TIME '-30s'"
                ),
                owner: Rc::from("node"),
                spec: Spec::Stats(Stats {
                    tables: vec![table],
                }),
                machine: self.machine(),
                descriptors: vec![id],
                who: "automatic statistics".to_string(),
                node,
                start: true,
                id: None,
                schedule: None,
                automatic: true,
            },
        );
    }

    pub(crate) fn stats_resume(&mut self, cx: &mut Cx, job: JobIx, s: &Stats) {
        let mut spans = Vec::new();
        for r in ranges_of(cx.cluster, &s.tables) {
            let Some(range) = cx.cluster.range(r).filter(|r| r.gone.is_none()) else {
                continue;
            };
            spans.push(Span::new(Act::Read, r, range.held.max(1_000_000)));
        }
        self.set_plan(job, Plan::main(spans));
        let pace = Pace {
            label: "sample rows",
            direction: Direction::Forward,
            per_node: 2,
            unit_rate: self.bulk_rate().saturating_mul(3),
        };
        if !self.run_plan(cx, job, pace) {
            self.succeed(cx, job);
        }
    }
}
