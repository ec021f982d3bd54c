//! CHANGEFEED: an initial scan, then it follows the tables for ever. Nothing is undone on cancel:
//! the sink keeps what it got. reference: cockroachdb-jobs 4.2

use super::super::states::event;
use super::super::{Cockroach, Cx};
use super::plan::{Act, Pace};
use super::{Plan, Span, Spec};
use crate::base::Duration;
use crate::cluster::{Direction, JobIx, NodeIx, TableIx};
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Changefeed {
    pub tables: Vec<TableIx>,
    /// The sink's URI, as the listing shows it.
    pub sink: Rc<str>,
    pub topics: Rc<str>,
    pub format: Rc<str>,
    pub initial_scan: bool,
    /// `initial_scan = 'only'`: it is done when the scan is.
    pub only_scan: bool,
    /// `protect_data_from_gc_on_pause`: old versions are kept for it while it is paused.
    pub protects_paused: bool,
    /// `gc_protect_expires_after`: paused for longer, it is cancelled.
    pub expires: Option<Duration>,
}

const SCAN: u8 = 0;
const FOLLOW: u8 = 1;

/// How often the frontier is written to the record.
const FRONTIER: Duration = Duration::from_secs(30);

impl Cockroach {
    pub(crate) fn changefeed_resume(&mut self, cx: &mut Cx, job: JobIx, c: &Changefeed) {
        self.protect(cx, job, "changefeed");
        if self.phase(job) == FOLLOW || !c.initial_scan {
            self.scanned(cx, job, c);
            return;
        }
        let mut spans = Vec::new();
        for &t in &c.tables {
            let ranges = cx
                .cluster
                .table(t)
                .map(|t| t.ranges.clone())
                .unwrap_or_default();
            for r in ranges {
                if let Some(range) = cx.cluster.range(r).filter(|r| r.gone.is_none()) {
                    spans.push(Span::new(Act::Read, r, range.held.max(1_000_000)));
                }
            }
        }
        self.set_plan(job, Plan::main(spans));
        let pace = Pace {
            label: "initial scan",
            direction: Direction::Forward,
            per_node: 1,
            unit_rate: self.bulk_rate(),
        };
        if self.run_plan(cx, job, pace) {
            self.set_phase(job, SCAN);
        } else {
            self.scanned(cx, job, c);
        }
    }

    pub(crate) fn changefeed_phase_ended(&mut self, cx: &mut Cx, job: JobIx, c: &Changefeed) {
        self.scanned(cx, job, c);
    }

    /// The rows that were there have been emitted.
    fn scanned(&mut self, cx: &mut Cx, job: JobIx, c: &Changefeed) {
        if c.only_scan {
            self.unprotect(cx, job);
            self.succeed(cx, job);
        } else {
            self.follow(cx, job);
        }
    }

    fn follow(&mut self, cx: &mut Cx, job: JobIx) {
        self.set_phase(job, FOLLOW);
        self.save_plan(job);
        self.frontier(cx, job);
        self.later(cx, job, FRONTIER);
    }

    pub(crate) fn changefeed_step(&mut self, cx: &mut Cx, job: JobIx, _c: &Changefeed) {
        if cx.cluster.job(job).is_some_and(|j| j.status == "running") {
            self.frontier(cx, job);
        } else if !self.profile.requests {
            self.noticed(cx, job);
            return;
        }
        self.later(cx, job, FRONTIER);
    }

    /// All that was written until a few seconds ago has been emitted.
    fn frontier(&mut self, cx: &mut Cx, job: JobIx) {
        let now = cx.now();
        let resolved = crate::base::Time(now.0.saturating_sub(3_000_000));
        let us = resolved.unix_us(cx.cluster.epoch_us);
        let text = format!(
            "running: resolved={}.{:06}000,0",
            us / 1_000_000,
            us % 1_000_000
        );
        self.status_text(job, &text);
        if let Some(p) = self.payload_mut(job) {
            p.high_water = Some(resolved);
            p.modified = now;
        }
    }

    /// It was paused: what becomes of its protected timestamp. reference 4.2
    pub(crate) fn changefeed_paused(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(Spec::Changefeed(c)) = self.spec(job).as_deref().cloned() else {
            return;
        };
        if !c.protects_paused {
            self.unprotect(cx, job);
        }
        if let Some(after) = c.expires {
            self.later(cx, job, after);
        }
    }

    /// It was paused for longer than its protected timestamp may stand: the system cancels it.
    pub(crate) fn changefeed_expired(&mut self, cx: &mut Cx, job: JobIx) {
        if cx.cluster.job(job).is_none_or(|j| j.status != "paused") {
            return;
        }
        self.unprotect(cx, job);
        if self
            .advance(cx, job, event::CANCEL, "protected timestamp expiry")
            .is_ok()
        {
            self.unclaimed.insert(job);
            self.tell_job(
                cx,
                job,
                "was paused for longer than its protected timestamp may stand: the record goes, and the system asks for the changefeed's cancellation",
            );
            self.note(cx, job, "waits for an adopt loop to claim the job");
        }
    }

    pub(crate) fn changefeed_revert(&mut self, cx: &mut Cx, job: JobIx) {
        self.unprotect(cx, job);
        let node = self.coordinator(cx.cluster, job).unwrap_or(NodeIx(0));
        self.set_plan(job, Plan::of(vec![Span::compute(1_000_000, node)]));
        self.tell_job(
            cx,
            job,
            "undoes nothing: it releases its protected timestamp; the sink keeps what it got",
        );
        self.run_plan(
            cx,
            job,
            Pace {
                label: "release protected timestamp",
                direction: Direction::Undo,
                per_node: 1,
                unit_rate: 1_000_000,
            },
        );
    }
}
