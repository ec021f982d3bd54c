//! Work: amounts moved by nodes at rates they share. Progress is a function of time; what costs
//! is only a change of state (a unit starts, ends, stops, or a rate changes).

use super::{DestIx, FileIx, JobIx, NodeIx, RangeIx};
use crate::base::Time;

/// Index of a piece of work (one phase of a job); never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkIx(pub u32);

/// One unit of a work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitRef {
    pub work: WorkIx,
    pub unit: u32,
}

/// One phase of a job: units spread over nodes, some of which run at once on each.
#[derive(Clone, Debug, Hash)]
pub struct Work {
    pub job: JobIx,
    /// What a person calls it: `restore spans`, `BACKUP_DATA_MAJOR`.
    pub label: &'static str,
    pub direction: Direction,
    pub units: Vec<Unit>,
    /// How many units run at once on one node.
    pub per_node: u32,
    /// The most that one unit moves, in bytes a second, however idle the node is.
    pub unit_rate: u64,
    pub state: WorkState,
    pub started: Time,
    pub ended: Option<Time>,
}

/// Whether work makes something or takes it back: the picture and the totals differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Forward,
    Undo,
    Cleanup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkState {
    Running,
    /// Stopped before its end; what was done stays done.
    Stopped,
    Done,
}

#[derive(Clone, Debug, Hash)]
pub struct Unit {
    pub node: NodeIx,
    /// Bytes to move; at least 1.
    pub amount: u64,
    /// Bytes moved until `since`.
    pub settled: u64,
    pub since: Time,
    /// Bytes a second since `since`; 0 while it is not running.
    pub rate: u64,
    pub state: UnitState,
    pub effect: Effect,
    /// Raised by every change of rate: an announced end of an older generation is void.
    pub generation: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitState {
    Queued,
    Running,
    Done,
    /// Stopped or lost before its end.
    Stopped,
}

/// What the progress of a unit means in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Only reads or computes.
    None,
    /// Reads a range and writes what it read into a file at a destination.
    Export { range: RangeIx, file: FileIx },
    /// Reads from a destination (a file of a backup or an import) and fills a range.
    Fill {
        range: RangeIx,
        from: Option<FileIx>,
    },
    /// Empties what was filled into a range.
    Clear { range: RangeIx },
    /// Writes a file that is no copy of a range: metadata, logs.
    Write { file: FileIx },
    /// Deletes a file.
    Remove { file: FileIx },
    /// Tags a file, which stays.
    Tag { file: FileIx },
}

impl Effect {
    pub fn file(self) -> Option<FileIx> {
        match self {
            Effect::Export { file, .. }
            | Effect::Write { file }
            | Effect::Remove { file }
            | Effect::Tag { file } => Some(file),
            Effect::Fill { from, .. } => from,
            Effect::None | Effect::Clear { .. } => None,
        }
    }

    pub fn range(self) -> Option<RangeIx> {
        match self {
            Effect::Export { range, .. } | Effect::Fill { range, .. } | Effect::Clear { range } => {
                Some(range)
            }
            Effect::None | Effect::Write { .. } | Effect::Remove { .. } | Effect::Tag { .. } => {
                None
            }
        }
    }
}

/// A phase to be started: whose, what it is called, and how hard it may push.
#[derive(Clone, Copy, Debug)]
pub struct Phase {
    pub job: JobIx,
    pub label: &'static str,
    pub direction: Direction,
    /// Units that run at once on one node.
    pub per_node: u32,
    /// The most that one unit moves, in bytes a second.
    pub unit_rate: u64,
}

/// A unit to be started: where, how much, to what effect.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub node: NodeIx,
    pub amount: u64,
    pub effect: Effect,
}

impl Unit {
    /// Bytes moved at `now`: exact to the byte, whatever was looked at in between.
    pub fn done(&self, now: Time) -> u64 {
        if self.state != UnitState::Running {
            return self.settled;
        }
        let moved = u128::from(self.rate) * u128::from(now.since(self.since).0) / 1_000_000;
        let moved = u64::try_from(moved).unwrap_or(u64::MAX);
        self.settled.saturating_add(moved).min(self.amount)
    }

    /// When it ends at its present rate.
    pub(super) fn end(&self) -> Option<Time> {
        if self.state != UnitState::Running || self.rate == 0 {
            return None;
        }
        let left = u128::from(self.amount - self.settled.min(self.amount)) * 1_000_000;
        // Rounded up: at that moment `done` has reached the amount.
        let us = left.div_ceil(u128::from(self.rate));
        Some(Time(
            self.since
                .0
                .saturating_add(u64::try_from(us).unwrap_or(u64::MAX)),
        ))
    }
}

impl Work {
    /// Bytes moved and bytes to move, over all units.
    pub fn progress(&self, now: Time) -> (u64, u64) {
        self.units.iter().fold((0, 0), |(done, all), unit| {
            (done + unit.done(now), all + unit.amount)
        })
    }

    /// The same in parts per million, 0 to 1,000,000.
    pub fn progress_ppm(&self, now: Time) -> u32 {
        let (done, all) = self.progress(now);
        if all == 0 {
            return 1_000_000;
        }
        (u128::from(done) * 1_000_000 / u128::from(all)) as u32
    }
}

/// Destinations and disks that a running unit uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub disk: bool,
    pub net: bool,
    pub dest: Option<DestIx>,
}
