//! Job records: what every system's jobs have in common. What only one product knows of a job
//! (payloads, set ids, schedules) stands in that system's folder, by the same index.

use super::machine::{Family, Machine};
use super::{NodeIx, TenantIx, WorkIx};
use crate::base::Time;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// Index of a job record; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobIx(pub u32);

/// A job's record. What seldom changes stands apart in [`Facts`], which copies of the record share: a
/// statement over thousands of jobs writes as many records, and the moment before keeps the old ones.
#[derive(Clone, Debug, Hash)]
pub struct Job {
    pub facts: Rc<Facts>,
    pub status: &'static str,
    /// Who may work on it and must serve requests to it.
    pub claim: Option<Claim>,
    pub finished: Option<Time>,
    /// Every status it had, from the first on.
    pub history: Rc<[Transition]>,
    /// Its work, phase after phase.
    pub work: Rc<[WorkIx]>,
    /// The fraction that the record states, in parts per million: written in steps by whoever
    /// runs the job, so it lags behind the work itself.
    pub fraction_ppm: u32,
    /// The product's error or comment text; empty if none.
    pub error: Rc<str>,
    /// Why it is where it is, in one sentence for the screen; empty if the status says it all.
    pub note: Rc<str>,
}

/// What a job is made with. Read and written as if it stood in the [`Job`] itself.
#[derive(Clone, Debug, Hash)]
pub struct Facts {
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
    pub created: Time,
    /// The cluster-level job that it is a part of, or the job whose work it undoes.
    pub parent: Option<JobIx>,
    /// Whether the picture shows it: false for automatic jobs that no plain listing has.
    pub listed: bool,
}

impl Deref for Job {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl DerefMut for Job {
    fn deref_mut(&mut self) -> &mut Facts {
        Rc::make_mut(&mut self.facts)
    }
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
    /// A record that has just been written: no claim, no work, nothing to say.
    pub fn new(facts: Facts, status: &'static str) -> Job {
        let nothing: Rc<str> = Rc::from("");
        Job {
            facts: Rc::new(facts),
            status,
            claim: None,
            finished: None,
            history: Rc::from([]),
            work: Rc::from([]),
            fraction_ppm: 0,
            error: nothing.clone(),
            note: nothing,
        }
    }
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
