//! What must hold at every moment, whatever a product's rules do.

use super::*;

impl Cluster {
    /// Violated invariants, one sentence each; empty when all hold.
    pub fn check(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (_, job) in self.job_list() {
            let mut ended: Option<&str> = None;
            let history = self.history(job);
            for (i, step) in history.iter().enumerate() {
                if let Some(end) = ended {
                    found.push(format!("job {} left the terminal status {end}", job.id));
                }
                if job.machine.is_terminal(step.status) {
                    ended = Some(step.status);
                }
                let before = i.checked_sub(1).and_then(|i| history.get(i));
                if let Some(before) = before {
                    let known = job
                        .machine
                        .moves
                        .iter()
                        .any(|m| m.from == before.status && m.to == step.status);
                    if !known || before.at > step.at {
                        found.push(format!(
                            "job {}: {} → {} is no move of {}",
                            job.id, before.status, step.status, job.machine.name
                        ));
                    }
                }
            }
            let last = history.last();
            if last.map(|t| (t.status, t.at)) != Some((job.status, job.since)) {
                found.push(format!("job {}: history and status differ", job.id));
            }
        }
        for (ix, dest) in self.dests.enumerate() {
            let uses = |at: &UnitRef| {
                let unit = self.unit(*at);
                unit.and_then(|u| super::ops::demand(self, u).dest) == Some(DestIx(ix as u16))
            };
            let users = self
                .nodes
                .iter()
                .flat_map(|n| &n.running)
                .filter(|at| uses(at))
                .count();
            if users as u64 != dest.users.all {
                found.push(format!(
                    "{} has {users} users, not {}",
                    dest.uri, dest.users.all
                ));
            }
        }
        for (i, work) in self.works.enumerate() {
            for (j, unit) in work.units.iter().enumerate() {
                let at = UnitRef {
                    work: WorkIx(i as u32),
                    unit: j as u32,
                };
                let node = self.node(unit.node);
                let listed = node.is_some_and(|n| n.running.contains(&at));
                if listed != (unit.state == UnitState::Running) {
                    found.push(format!(
                        "unit {j} of work {i}: its node and its state differ"
                    ));
                }
                if unit.state == UnitState::Running && !node.is_some_and(|n| n.alive) {
                    found.push(format!("unit {j} of work {i} runs on a dead node"));
                }
                if unit.settled > unit.amount {
                    found.push(format!("unit {j} of work {i} moved more than its amount"));
                }
            }
        }
        for (_, file) in self.files.enumerate() {
            if file.deleted.is_none() && file.state == FileState::Writing && file.unit.is_none() {
                let orphan = file
                    .job
                    .and_then(|j| self.job(j))
                    .is_none_or(|job| job.is_terminal());
                if orphan {
                    found.push(format!("file {} is being written by nobody", file.path));
                }
            }
        }
        for range in self.ranges.iter() {
            if range.gone.is_none() && range.table.is_none() && range.made_by.is_some() {
                let owner = range.made_by.and_then(|j| self.job(j));
                if owner.is_none() {
                    found.push(format!("range {} belongs to nobody", range.label));
                }
            }
        }
        found
    }
}
