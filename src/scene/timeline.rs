//! The run as a line: what is past, where we are, what is to come for the selected job.

use super::words::tick;
use crate::playground::Next;
use crate::playground::View;
use crate::playground::view::{JobView, MachineView};

#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The right edge.
    pub end_us: u64,
    /// Moments with a label.
    pub ticks: Vec<(u64, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub key: u32,
    pub spans: Vec<BarSpan>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BarSpan {
    pub from_us: u64,
    pub to_us: u64,
    pub status: &'static str,
    pub family: &'static str,
    /// Still to come, if nobody does anything.
    pub ghost: bool,
}

const STEPS: [u64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200,
    86_400, 172_800, 604_800,
];

/// A scale on which `latest` and what comes soon after it have room; `labels` of them fit.
pub fn timeline(latest_us: u64, labels: u64) -> Timeline {
    let want = latest_us.max(50_000_000) / 1_000_000 * 6 / 5 + 10;
    let labels = labels.clamp(2, 20);
    let step = STEPS.iter().copied().find(|s| want.div_ceil(*s) <= labels);
    let step = step.unwrap_or_else(|| want.div_ceil(labels)).max(1);
    let end = want.div_ceil(step).saturating_mul(step);
    let count = (end / step).min(40);
    Timeline {
        end_us: end.saturating_mul(1_000_000),
        ticks: (0..count)
            .map(|i| {
                let us = i * step * 1_000_000;
                (us, tick(us))
            })
            .collect(),
    }
}

impl Timeline {
    /// Where a moment lies, in parts of ten thousand of the width.
    pub fn at(&self, us: u64) -> u32 {
        (u128::from(us) * 10_000 / u128::from(self.end_us.max(1))).min(10_000) as u32
    }
    /// The moment at a part (0 to 1) of the width.
    pub fn moment(&self, part: f64) -> u64 {
        (part.clamp(0.0, 1.0) * self.end_us as f64) as u64
    }
}

/// The statuses of a job so far, and those still to come.
pub fn bar(job: &JobView, now_us: u64, next: &[Next], machine: Option<&MachineView>) -> Bar {
    let mut spans: Vec<BarSpan> = Vec::new();
    for (i, step) in job.history.iter().enumerate() {
        let until = job.history.get(i + 1).map(|n| n.at_us);
        let to = match until {
            Some(at) => at,
            // An end is a moment: the bar shows it a little while.
            None if job.terminal => step.at_us,
            None => now_us,
        };
        spans.push(BarSpan {
            from_us: step.at_us,
            to_us: to.max(step.at_us),
            status: step.status,
            family: step.family,
            ghost: false,
        });
    }
    let last = job.history.last();
    let mut open = last
        .filter(|_| !job.terminal)
        .map(|l| (now_us, l.status, l.family));
    for change in next.iter().filter(|n| n.at.0 > now_us) {
        let (Some((from, status, family)), Some(to)) = (open, change.status) else {
            continue;
        };
        spans.push(BarSpan {
            from_us: from,
            to_us: change.at.0,
            status,
            family,
            ghost: true,
        });
        let state = machine.and_then(|m| m.states.iter().find(|s| s.name == to));
        open = Some((change.at.0, to, state.map_or("pending", |s| s.family)));
        if state.is_some_and(|s| s.terminal) {
            spans.push(BarSpan {
                from_us: change.at.0,
                to_us: change.at.0,
                status: to,
                family: state.map_or("pending", |s| s.family),
                ghost: true,
            });
            open = None;
        }
    }
    Bar {
        key: job.key,
        spans,
    }
}

/// The moments to which one can step back: changes of status and what was told, in order.
pub fn moments(view: &View) -> Vec<u64> {
    let steps = view.jobs.iter().flat_map(|j| &j.history).map(|h| h.at_us);
    let mut all: Vec<u64> = steps.chain(view.story.iter().map(|s| s.at_us)).collect();
    crate::base::sort::sort(&mut all);
    all.dedup();
    all
}
