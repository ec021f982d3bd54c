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

/// A job's record. What a change of status does not ask for stands apart in [`Facts`], which copies of
/// the record share: a statement over thousands of jobs asks and writes as many records, and the moment
/// before keeps the old ones.
#[derive(Clone, Debug, Hash)]
pub struct Job {
    /// The product's own id; unique per tenant.
    pub id: i64,
    pub tenant: TenantIx,
    pub owner: Rc<str>,
    pub machine: &'static Machine,
    pub status: &'static str,
    /// Whether the picture shows it: false for automatic jobs that no plain listing has.
    pub listed: bool,
    /// Who may work on it and must serve requests to it.
    pub claim: Option<Claim>,
    /// When it entered the status it is in.
    pub since: Time,
    pub finished: Option<Time>,
    /// The last change of its status: where [`Cluster::history`](super::Cluster::history) begins to read.
    pub step: Option<u32>,
    /// The fraction that the record states, in parts per million: written in steps by whoever
    /// runs the job, so it lags behind the work itself.
    pub fraction_ppm: u32,
    pub facts: Rc<Facts>,
}

/// The rest of a job's record. Read and written as if it stood in the [`Job`] itself.
#[derive(Clone, Debug, Hash)]
pub struct Facts {
    /// The product's word for the kind of job: `BACKUP`, `RESTORE`, …
    pub kind: &'static str,
    /// A few words for the screen: `RESTORE db.*`.
    pub title: Rc<str>,
    /// The product's description, in full.
    pub description: Rc<str>,
    pub created: Time,
    /// The cluster-level job that it is a part of, or the job whose work it undoes.
    pub parent: Option<JobIx>,
    /// Its work, phase after phase.
    pub work: Rc<[WorkIx]>,
    /// The product's error or comment text; empty if none.
    pub error: Rc<str>,
    /// Why it is where it is, in one sentence for the screen; empty if the status says it all.
    pub note: Rc<str>,
}

/// What a job's record is made from: see [`Job`] and [`Facts`].
pub struct NewJob<'a> {
    pub id: i64,
    pub tenant: TenantIx,
    pub owner: Rc<str>,
    pub machine: &'static Machine,
    pub listed: bool,
    pub kind: &'static str,
    pub title: Rc<str>,
    pub description: Rc<str>,
    pub created: Time,
    pub parent: Option<JobIx>,
    pub note: &'a str,
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

/// A change of status as the cluster keeps it: those of all jobs in one row, each with the place of
/// the same job's change before it. A statement over thousands of jobs then only appends.
#[derive(Clone, Debug, Hash)]
pub(super) struct Step {
    pub made: Transition,
    pub before: Option<u32>,
}

impl Job {
    /// A record that has just been written: no claim, no work.
    pub fn new(new: NewJob, status: &'static str) -> Job {
        Job {
            id: new.id,
            tenant: new.tenant,
            owner: new.owner,
            machine: new.machine,
            status,
            listed: new.listed,
            claim: None,
            since: new.created,
            finished: None,
            step: None,
            fraction_ppm: 0,
            facts: Rc::new(Facts {
                kind: new.kind,
                title: new.title,
                description: new.description,
                created: new.created,
                parent: new.parent,
                work: Rc::from([]),
                error: Rc::from(""),
                note: Rc::from(new.note),
            }),
        }
    }
    pub fn family(&self) -> Family {
        self.machine.family(self.status)
    }
    pub fn is_terminal(&self) -> bool {
        self.machine.is_terminal(self.status)
    }
}
