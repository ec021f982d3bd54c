//! The spans that a phase of a job works through, with what of it is done and what its
//! checkpoint knows of: whoever takes the job up later begins behind the checkpoint.

use super::super::{Cockroach, Cx};
use crate::cluster::{
    Direction, Effect, FileIx, JobIx, NodeIx, Order, Phase, RangeIx, UnitRef, WorkIx,
};

#[derive(Clone, Debug, Default, Hash)]
pub struct Plan {
    pub spans: Vec<Span>,
    /// Its share done is the job's progress; other plans are opening, closing and undoing.
    pub main: bool,
    /// The work that runs for it.
    pub work: Option<WorkIx>,
    /// Unit of that work → index of its span.
    units: Vec<u32>,
}

/// One span of the plan.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Span {
    /// `None`: only a file is written, or something is computed at `node`.
    pub range: Option<RangeIx>,
    pub file: Option<FileIx>,
    /// Bytes to move.
    pub amount: u64,
    /// Where it runs; the leader of its range decides where there is one.
    pub node: NodeIx,
    /// What it does to range and file.
    pub act: Act,
    pub done: bool,
    /// Done as far as the checkpoint knows.
    pub saved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Export,
    Fill,
    Clear,
    Write,
    Remove,
    Read,
}

impl Span {
    pub fn new(act: Act, range: RangeIx, amount: u64) -> Span {
        Span {
            range: Some(range),
            file: None,
            amount,
            node: NodeIx(0),
            act,
            done: false,
            saved: false,
        }
    }
    pub fn write(file: FileIx, amount: u64, node: NodeIx) -> Span {
        Span {
            range: None,
            file: Some(file),
            amount,
            node,
            act: Act::Write,
            done: false,
            saved: false,
        }
    }
    /// Something that a node computes, or writes into descriptors.
    pub fn compute(amount: u64, node: NodeIx) -> Span {
        Span {
            range: None,
            file: None,
            amount,
            node,
            act: Act::Read,
            done: false,
            saved: false,
        }
    }
    pub fn with_file(mut self, file: Option<FileIx>) -> Span {
        self.file = file;
        self
    }

    fn effect(&self) -> Effect {
        match (self.act, self.range, self.file) {
            (Act::Export, Some(range), Some(file)) => Effect::Export { range, file },
            (Act::Fill, Some(range), from) => Effect::Fill { range, from },
            (Act::Clear, Some(range), _) => Effect::Clear { range },
            (Act::Write, _, Some(file)) => Effect::Write { file },
            (Act::Remove, _, Some(file)) => Effect::Remove { file },
            _ => Effect::None,
        }
    }
}

impl Plan {
    pub fn of(spans: Vec<Span>) -> Plan {
        Plan {
            spans,
            main: false,
            work: None,
            units: Vec::new(),
        }
    }

    /// The plan whose share done is the job's progress.
    pub fn main(spans: Vec<Span>) -> Plan {
        Plan {
            main: true,
            ..Plan::of(spans)
        }
    }

    /// Done spans in parts per million of the whole.
    pub fn done_ppm(&self) -> u32 {
        let (mut done, mut all) = (0u128, 0u128);
        for span in &self.spans {
            all += u128::from(span.amount);
            if span.done {
                done += u128::from(span.amount);
            }
        }
        if all == 0 {
            return 0;
        }
        (done * 1_000_000 / all) as u32
    }

    /// Bytes of the spans that are done.
    pub fn done_bytes(&self) -> u64 {
        self.spans.iter().filter(|s| s.done).map(|s| s.amount).sum()
    }
}

/// How hard a phase may push.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub label: &'static str,
    pub direction: Direction,
    pub per_node: u32,
    /// Bytes a second of one unit.
    pub unit_rate: u64,
}

impl Cockroach {
    /// Starts the spans of the job's plan that its checkpoint does not know as done. False, and
    /// nothing was started, if there are none.
    pub(crate) fn run_plan(&mut self, cx: &mut Cx, job: JobIx, pace: Pace) -> bool {
        let now = cx.now();
        let coordinator = self.coordinator(cx.cluster, job).unwrap_or(NodeIx(0));
        let Some(p) = self.payload_mut(job) else {
            return false;
        };
        let mut units = Vec::new();
        let mut orders = Vec::new();
        for (i, span) in p.plan.spans.iter_mut().enumerate() {
            span.done = span.saved;
            if span.done {
                continue;
            }
            let wanted = match span.range.and_then(|r| cx.cluster.range(r)) {
                Some(range) => range.leader,
                None => span.node,
            };
            let alive = |n: NodeIx| cx.cluster.node(n).is_some_and(|n| n.alive);
            let node = if alive(wanted) { wanted } else { coordinator };
            units.push(i as u32);
            orders.push(Order {
                node,
                amount: span.amount.max(1),
                effect: span.effect(),
            });
        }
        if orders.is_empty() {
            p.plan.work = None;
            return false;
        }
        // What was filled behind the checkpoint is filled anew.
        for order in &orders {
            if let Effect::Fill { range, .. } = order.effect
                && let Some(r) = cx.cluster.range_mut(range)
                && r.unit.is_none()
            {
                r.held = 0;
            }
        }
        let work = cx.cluster.start_work(
            now,
            Phase {
                job,
                label: pace.label,
                direction: pace.direction,
                per_node: pace.per_node,
                unit_rate: pace.unit_rate,
            },
            &orders,
        );
        if let Some(p) = self.payload_mut(job) {
            p.plan.work = Some(work);
            p.plan.units = units;
        }
        true
    }

    /// Notes that a unit of the job's plan has ended, and says which span it was; `None` if it is
    /// not one of the plan.
    pub(crate) fn note_unit(&mut self, job: JobIx, at: UnitRef) -> Option<usize> {
        let plan = &mut self.payload_mut(job)?.plan;
        if plan.work != Some(at.work) {
            return None;
        }
        let span = plan
            .units
            .get(at.unit as usize)
            .map_or(usize::MAX, |&i| i as usize);
        if let Some(span) = plan.spans.get_mut(span) {
            span.done = true;
        }
        Some(span)
    }

    /// The whole plan is done, checkpoint or not.
    pub(crate) fn save_plan(&mut self, job: JobIx) {
        if let Some(p) = self.payload_mut(job) {
            for span in &mut p.plan.spans {
                span.saved = span.done;
            }
        }
    }
}
