//! CREATE STATISTICS: reads the table on the nodes that lead its ranges. Nothing to undo.

use super::super::{Cockroach, Cx};
use super::plan::{Act, Pace};
use super::{Plan, Span};
use crate::cluster::{Direction, JobIx, TableIx};

#[derive(Clone, Debug, Hash)]
pub struct Stats {
    pub table: TableIx,
}

impl Cockroach {
    pub(crate) fn stats_resume(&mut self, cx: &mut Cx, job: JobIx, s: &Stats) {
        let ranges = cx
            .cluster
            .table(s.table)
            .map(|t| t.ranges.clone())
            .unwrap_or_default();
        let mut spans = Vec::new();
        for r in ranges {
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
