//! Job records: what every system's jobs have in common. What only one product knows of a job
//! (payloads, set ids, schedules) stands in that system's folder, by the same index.

use super::machine::{Family, Machine};
use super::{NodeIx, TenantIx, WorkIx};
use crate::base::Time;
use std::rc::Rc;

/// Index of a job record; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobIx(pub u32);

#[derive(Clone, Debug, Hash)]
pub struct Job {
    /// The product's own id; unique per tenant.
    pub id: i64,
    pub tenant: TenantIx,
    /// The product's word for the kind of job: `BACKUP`, `RESTORE`, …
    pub kind: &'static str,
    /// A few words for the screen: `RESTORE db.*`.
    pub title: Rc<str>,
    /// The product's description, in full.
    pub description: Rc<str>,
    pub owner: Rc<str>,
    pub machine: &'static Machine,
    pub status: &'static str,
    /// Who may work on it and must serve requests to it.
    pub claim: Option<Claim>,
    pub created: Time,
    pub finished: Option<Time>,
    /// Every status it had, from the first on.
    pub history: Vec<Transition>,
    /// The cluster-level job that it is a part of, or the job whose work it undoes.
    pub parent: Option<JobIx>,
    /// Its work, phase after phase.
    pub work: Vec<WorkIx>,
    /// The fraction that the record states, in parts per million: written in steps by whoever
    /// runs the job, so it lags behind the work itself.
    pub fraction_ppm: u32,
    /// The product's error or comment text; empty if none.
    pub error: Rc<str>,
    /// Whether the picture shows it: false for automatic jobs that no plain listing has.
    pub listed: bool,
    /// Why it is where it is, in one sentence for the screen; empty if the status says it all.
    pub note: Rc<str>,
}

/// A claim of a node on a job, valid while the node lives in the same epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    pub node: NodeIx,
    pub epoch: u32,
}

/// One change of status.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transition {
    pub at: Time,
    pub status: &'static str,
    /// Who made it: `root`, `n2 cancel loop`, `RootService`.
    pub who: Rc<str>,
}

impl Job {
    pub fn family(&self) -> Family {
        self.machine.family(self.status)
    }
    pub fn is_terminal(&self) -> bool {
        self.machine.is_terminal(self.status)
    }
    /// When it entered the status it is in.
    pub fn since(&self) -> Time {
        self.history.last().map_or(self.created, |t| t.at)
    }
}
