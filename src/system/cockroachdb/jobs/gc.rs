//! SCHEMA CHANGE GC: waits for the GC TTL, then frees the space. Not cancelable. reference 4.2, 4.3

use super::super::{Cockroach, Cx};
use super::plan::{Act, Pace};
use super::{Plan, Span};
use crate::base::{Duration, Time};
use crate::cluster::{Direction, JobIx, RangeIx, TableIx};

#[derive(Clone, Debug, Hash)]
pub struct Gc {
    /// Dropped tables whose descriptors go at the end.
    pub tables: Vec<TableIx>,
    pub ranges: Vec<RangeIx>,
    /// When the TTL has passed.
    pub due: Time,
}

impl Cockroach {
    pub(crate) fn gc_resume(&mut self, cx: &mut Cx, job: JobIx, gc: &Gc) {
        let now = cx.now();
        if now < gc.due {
            self.status_text(job, "waiting for GC TTL");
            self.note(cx, job, "waits for the GC TTL of what was dropped");
            self.later(cx, job, gc.due - now);
        } else {
            self.gc_step(cx, job, gc);
        }
    }

    /// The TTL has passed: the data is deleted range by range.
    pub(crate) fn gc_step(&mut self, cx: &mut Cx, job: JobIx, gc: &Gc) {
        // v2.1: what is to be undone may not have noticed yet that it was cancelled.
        let parent = cx.cluster.job(job).and_then(|j| j.parent);
        if parent
            .and_then(|p| self.payload(p))
            .is_some_and(|p| p.active)
        {
            self.note(
                cx,
                job,
                "waits until the job that it undoes has noticed its cancellation",
            );
            self.later(cx, job, Duration::from_secs(1));
            return;
        }
        self.status_text(job, "deleting data");
        self.note(cx, job, "");
        if self.payload(job).is_some_and(|p| p.plan.spans.is_empty()) {
            let spans = self.clear_spans(cx, &gc.ranges);
            self.set_plan(job, Plan::main(spans));
        }
        let pace = Pace {
            label: "delete data",
            direction: Direction::Cleanup,
            per_node: 2,
            unit_rate: self.bulk_rate().saturating_mul(4),
        };
        if self.run_plan(cx, job, pace) {
            self.tell_job(
                cx,
                job,
                "frees the space: ranges empty on the nodes that lead them",
            );
        } else {
            self.gc_phase_ended(cx, job, gc);
        }
    }

    pub(crate) fn gc_phase_ended(&mut self, cx: &mut Cx, job: JobIx, gc: &Gc) {
        self.ranges_gone(cx, &gc.ranges);
        let now = cx.now();
        for &t in &gc.tables {
            if let Some(table) = cx.cluster.table_mut(t) {
                table.dropped.get_or_insert(now);
                table.ranges.clear();
            }
        }
        self.succeed(cx, job);
    }

    /// Clearing costs what was written: an empty range next to nothing.
    pub(crate) fn clear_spans(&self, cx: &Cx, ranges: &[RangeIx]) -> Vec<Span> {
        let now = cx.now();
        ranges
            .iter()
            // What another job empties now is its business.
            .filter(|r| {
                cx.cluster
                    .range(**r)
                    .is_some_and(|r| r.gone.is_none() && r.unit.is_none())
            })
            .map(|&r| Span::new(Act::Clear, r, cx.cluster.range_held(r, now).max(100_000)))
            .collect()
    }

    /// The space of ranges was given back.
    pub(crate) fn ranges_gone(&self, cx: &mut Cx, ranges: &[RangeIx]) {
        let now = cx.now();
        for &r in ranges {
            if let Some(range) = cx.cluster.range_mut(r)
                && range.gone.is_none()
                && range.unit.is_none()
            {
                range.gone = Some(now);
                range.held = 0;
                cx.cluster.changes += 1;
            }
        }
    }

    /// v2.1: descriptors of a failed or cancelled RESTORE or IMPORT are switched to DROP.
    pub(crate) fn drop_tables_2_1(&mut self, cx: &mut Cx, job: JobIx) {
        self.drop_made(cx, job);
        let spec = self.spec(job);
        if let Some(super::Spec::Restore(r)) = spec.as_deref() {
            for name in &r.databases {
                self.drop_database_if_empty(cx, r.tenant, name);
            }
        }
    }

    /// v2.1: a job is over and its work has stopped. What it wrote into dropped tables is deleted
    /// in the background, once the schema changer of some node finds them.
    pub(crate) fn retired_2_1(&mut self, cx: &mut Cx, job: JobIx) {
        self.release(cx, job);
        self.unprotect(cx, job);
        self.note(cx, job, "");
        let Some(spec) = self.spec(job) else { return };
        match &*spec {
            super::Spec::Backup(_) => {
                self.drop_file(cx, job, "checkpoint");
                self.backup_abandoned(cx, job);
            }
            super::Spec::Restore(_) | super::Spec::Import(_) => {
                self.drop_tables_2_1(cx, job);
                let wait = Duration(self.streams.work.between(4_000_000, 12_000_000));
                cx.after(wait, super::super::Event::CleanUp { job });
            }
            _ => {}
        }
    }

    /// v2.1: the schema changer deletes what the job had filled.
    pub(crate) fn clean_up_begins(&mut self, cx: &mut Cx, job: JobIx) {
        let tables = self
            .payload(job)
            .map(|p| p.tables.clone())
            .unwrap_or_default();
        let ranges = super::super::names::ranges_of(cx.cluster, &tables);
        let spans = self.clear_spans(cx, &ranges);
        self.set_plan(job, Plan::of(spans));
        self.tell_job(cx, job, "is over, but its dropped tables still hold data: the schema changer deletes it in the background");
        let pace = Pace {
            label: "delete data",
            direction: Direction::Cleanup,
            per_node: 2,
            unit_rate: self.bulk_rate().saturating_mul(2),
        };
        if !self.run_plan(cx, job, pace) {
            self.ranges_gone(cx, &ranges);
        }
    }

    /// v2.1: that deletion has ended.
    pub(crate) fn cleaned_up(&mut self, cx: &mut Cx, job: JobIx) {
        let ranges: Vec<RangeIx> = self
            .payload(job)
            .map(|p| p.plan.spans.iter().filter_map(|s| s.range).collect())
            .unwrap_or_default();
        self.ranges_gone(cx, &ranges);
        if let Some(p) = self.payload_mut(job) {
            p.plan = Plan::default();
        }
        self.tell_job(
            cx,
            job,
            "left nothing: the data of its dropped tables is deleted",
        );
    }
}
