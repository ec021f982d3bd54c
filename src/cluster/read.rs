//! What a cluster is at a moment: records by their index, and what follows from the work that runs.

use super::ops::{demand, share};
use super::*;
use crate::base::Time;

impl Cluster {
    pub fn node(&self, ix: NodeIx) -> Option<&Node> {
        self.nodes.get(usize::from(ix.0))
    }
    pub fn node_mut(&mut self, ix: NodeIx) -> Option<&mut Node> {
        self.nodes.get_mut(usize::from(ix.0))
    }
    pub fn job(&self, ix: JobIx) -> Option<&Job> {
        self.jobs.get(ix.0 as usize)
    }
    pub fn job_mut(&mut self, ix: JobIx) -> Option<&mut Job> {
        self.jobs.get_mut(ix.0 as usize)
    }
    /// Every status a job had, from the first on.
    pub fn history(&self, job: &Job) -> Vec<&Transition> {
        let mut found = Vec::new();
        let mut next = job.step;
        while let Some(step) = next.and_then(|i| self.steps.get(i as usize)) {
            found.push(&step.made);
            next = step.before;
        }
        found.reverse();
        found
    }
    pub fn work(&self, ix: WorkIx) -> Option<&Work> {
        self.works.get(ix.0 as usize)
    }
    pub fn range(&self, ix: RangeIx) -> Option<&Range> {
        self.ranges.get(ix.0 as usize)
    }
    pub fn range_mut(&mut self, ix: RangeIx) -> Option<&mut Range> {
        self.ranges.get_mut(ix.0 as usize)
    }
    pub fn file(&self, ix: FileIx) -> Option<&File> {
        self.files.get(ix.0 as usize)
    }
    pub fn file_mut(&mut self, ix: FileIx) -> Option<&mut File> {
        self.files.get_mut(ix.0 as usize)
    }
    pub fn dest(&self, ix: DestIx) -> Option<&Dest> {
        self.dests.get(usize::from(ix.0))
    }
    pub fn table(&self, ix: TableIx) -> Option<&Table> {
        self.tables.get(ix.0 as usize)
    }
    pub fn table_mut(&mut self, ix: TableIx) -> Option<&mut Table> {
        self.tables.get_mut(ix.0 as usize)
    }
    pub fn tenant(&self, ix: TenantIx) -> Option<&Tenant> {
        self.tenants.get(usize::from(ix.0))
    }
    /// Job indexes with their records, in order of creation.
    pub fn job_list(&self) -> impl DoubleEndedIterator<Item = (JobIx, &Job)> {
        self.jobs.enumerate().map(|(i, j)| (JobIx(i as u32), j))
    }
    /// Nodes with their indexes.
    pub fn node_list(&self) -> impl DoubleEndedIterator<Item = (NodeIx, &Node)> {
        self.nodes.enumerate().map(|(i, n)| (NodeIx(i as u16), n))
    }
    /// Files that still lie at a destination.
    pub fn files_at(&self, dest: DestIx) -> impl Iterator<Item = (FileIx, &File)> {
        self.files
            .enumerate()
            .map(|(i, f)| (FileIx(i as u32), f))
            .filter(move |(_, f)| f.dest == dest && f.deleted.is_none())
    }

    pub(super) fn unit(&self, at: UnitRef) -> Option<&Unit> {
        self.work(at.work)?.units.get(at.unit as usize)
    }

    /// Bytes that a range holds at `now`.
    pub fn range_held(&self, ix: RangeIx, now: Time) -> u64 {
        let Some(range) = self.range(ix) else {
            return 0;
        };
        let Some(unit) = range.unit.and_then(|at| self.unit(at)) else {
            return range.held;
        };
        match unit.effect {
            Effect::Fill { .. } => range.held.saturating_add(unit.done(now)).min(range.size),
            // Emptying takes the time of its amount; what is left shrinks in proportion.
            Effect::Clear { .. } => share(range.held, unit.amount - unit.done(now), unit.amount),
            _ => range.held,
        }
    }

    /// Bytes of a file at `now`.
    pub fn file_held(&self, ix: FileIx, now: Time) -> u64 {
        let Some(file) = self.file(ix) else { return 0 };
        let Some(unit) = file.unit.and_then(|at| self.unit(at)) else {
            return file.held;
        };
        match unit.effect {
            Effect::Export { .. } | Effect::Write { .. } => {
                share(file.size, unit.done(now), unit.amount)
            }
            Effect::Remove { .. } => share(file.held, unit.amount - unit.done(now), unit.amount),
            _ => file.held,
        }
    }

    /// How much of a node's disk background work takes, in parts per million.
    pub fn disk_load_ppm(&self, ix: NodeIx) -> u32 {
        let Some(node) = self.node(ix) else { return 0 };
        if !node.alive {
            return 0;
        }
        let used: u64 = node
            .running
            .iter()
            .filter_map(|&at| self.unit(at))
            .filter(|u| demand(self, u).disk)
            .map(|u| u.rate)
            .sum();
        (u128::from(used) * 1_000_000 / u128::from(node.disk().max(1))).min(1_000_000) as u32
    }

    /// How long a foreground statement waits at a node, in microseconds: an idle node answers in
    /// 1 ms; near saturation the wait grows as in a queue (1 / (1 − load)), to 20 ms at the most.
    pub fn latency_us(&self, ix: NodeIx) -> u64 {
        let load = u64::from(self.disk_load_ppm(ix)).min(950_000);
        (1_000 * 1_000_000 / (1_000_000 - load)).min(20_000)
    }

    /// Whether two nodes hear each other.
    pub fn connected(&self, a: NodeIx, b: NodeIx) -> bool {
        match (self.node(a), self.node(b)) {
            (Some(x), Some(y)) => x.alive && y.alive && x.side == y.side,
            _ => false,
        }
    }
}
