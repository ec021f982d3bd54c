//! What CockroachDB's jobs do: their payloads and the life that all kinds share.
//! One file a kind; a kind is what it does when a node takes it up (`resume`), when a phase of
//! its work has ended, and when it is to be undone.

mod backup;
mod changefeed;
mod gc;
mod import;
mod lifecycle;
mod plan;
mod restore;
mod schema;
mod stats;
mod ttl;
mod waiters;

pub use backup::{Backup, BackupSet, BackupTable};
pub use changefeed::Changefeed;
pub use gc::Gc;
pub use import::{Import, ImportFile};
pub use lifecycle::New;
pub use plan::{Plan, Span};
pub use restore::{Restore, RestoreData, RestoreTable};
pub use schema::{Change, Schema};
pub use stats::Stats;
pub use ttl::TtlRun;
pub use waiters::Waiting;
pub(crate) use waiters::ended_well;

use super::{Cockroach, Cx};
use crate::base::{Map, Time};
use crate::cluster::{ArtefactIx, FileIx, JobIx, TableIx};
use std::rc::Rc;

/// What only CockroachDB knows of a job; it stands at the job's index.
#[derive(Clone, Debug, Hash)]
pub struct Payload {
    pub spec: Rc<Spec>,
    /// The `statement` column; empty where the product has none.
    pub statement: Rc<str>,
    pub descriptors: Vec<u32>,
    pub running_status: Rc<str>,
    /// Why it was paused.
    pub reason: Option<Rc<str>>,
    /// Why it reverts, or was reverting when it was paused. reference 3.1: FinalResumeError
    pub final_error: Option<FinalError>,
    pub started: Option<Time>,
    /// When the record was last written, but for its status: that stands in the job's history, so
    /// that a statement over thousands of jobs need not write thousands of these, too.
    pub modified: Time,
    /// When its progress was last written.
    pub wrote: Time,
    /// Raised by every start and stop: a step that was planned before is void.
    pub run: u32,
    /// A node executes it now. In v2.1 it may go on for a while after its record says otherwise.
    pub active: bool,
    /// Where it is in its own phases; each kind has its constants.
    pub phase: u8,
    pub plan: Plan,
    /// Files with a part of their own: `lock`, `checkpoint`, `manifest`.
    pub files: Map<&'static str, FileIx>,
    /// Protected timestamps that it holds.
    pub protects: Vec<ArtefactIx>,
    /// Tables that it made or took offline.
    pub tables: Vec<TableIx>,
    pub high_water: Option<Time>,
    /// The schedule that started it.
    pub schedule: Option<i64>,
    pub automatic: bool,
    pub trace_id: i64,
}

/// Why a job reverts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FinalError {
    Canceled,
    Error(Rc<str>),
}

impl FinalError {
    pub fn text(&self) -> &str {
        match self {
            FinalError::Canceled => "job canceled by user",
            FinalError::Error(text) => text,
        }
    }
}

/// What a job is to do; never changes.
#[derive(Clone, Debug, Hash)]
pub enum Spec {
    Backup(Backup),
    Restore(Restore),
    Import(Import),
    Schema(Schema),
    Gc(Gc),
    Changefeed(Changefeed),
    Stats(Stats),
    Ttl(TtlRun),
    /// One of the cluster's own jobs that run for ever.
    Automatic,
}

impl Cockroach {
    /// A node executes the job from where its record stands.
    pub(crate) fn resume(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(spec) = self.spec(job) else { return };
        match &*spec {
            Spec::Backup(b) => self.backup_resume(cx, job, b),
            Spec::Restore(r) => self.restore_resume(cx, job, r),
            Spec::Import(i) => self.import_resume(cx, job, i),
            Spec::Schema(s) => self.schema_resume(cx, job, s),
            Spec::Gc(g) => self.gc_resume(cx, job, g),
            Spec::Changefeed(c) => self.changefeed_resume(cx, job, c),
            Spec::Stats(s) => self.stats_resume(cx, job, s),
            Spec::Ttl(t) => self.ttl_resume(cx, job, t),
            Spec::Automatic => {}
        }
    }

    /// A node begins, or goes on, to undo the job. reference 3.1, 4.2
    pub(crate) fn revert(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(spec) = self.spec(job) else { return };
        match &*spec {
            Spec::Backup(_) => self.backup_revert(cx, job),
            Spec::Restore(r) => self.restore_revert(cx, job, r),
            Spec::Import(i) => self.import_revert(cx, job, i),
            Spec::Schema(s) => self.schema_revert(cx, job, s),
            Spec::Gc(_) | Spec::Automatic => {}
            Spec::Changefeed(_) => self.changefeed_revert(cx, job),
            // Rows that were deleted stay so.
            Spec::Stats(_) | Spec::Ttl(_) => self.undone(cx, job),
        }
    }

    /// The last unit of the job's present phase has ended.
    pub(crate) fn phase_ended(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(spec) = self.spec(job) else { return };
        let reverting = cx.cluster.job(job).is_some_and(|j| j.status == "reverting");
        match &*spec {
            Spec::Restore(r) if reverting => self.restore_undone(cx, job, r),
            Spec::Import(i) if reverting => self.import_undone(cx, job, i),
            _ if reverting => self.undone(cx, job),
            Spec::Backup(b) => self.backup_phase_ended(cx, job, b),
            Spec::Restore(r) => self.restore_phase_ended(cx, job, r),
            Spec::Import(i) => self.import_phase_ended(cx, job, i),
            Spec::Schema(s) => self.schema_phase_ended(cx, job, s),
            Spec::Gc(g) => self.gc_phase_ended(cx, job, g),
            Spec::Changefeed(c) => self.changefeed_phase_ended(cx, job, c),
            Spec::Stats(_) | Spec::Ttl(_) => self.succeed(cx, job),
            Spec::Automatic => {}
        }
    }

    /// What a job waited for (a lease, a TTL, its next resolved timestamp) has come.
    pub(crate) fn job_step(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(spec) = self.spec(job) else { return };
        let reverting = cx.cluster.job(job).is_some_and(|j| j.status == "reverting");
        match &*spec {
            Spec::Import(i) if reverting => self.import_revert_step(cx, job, i),
            Spec::Schema(s) if reverting => self.schema_revert_step(cx, job, s),
            Spec::Import(i) => self.import_step(cx, job, i),
            Spec::Schema(s) => self.schema_step(cx, job, s),
            Spec::Restore(r) => self.restore_step(cx, job, r),
            Spec::Gc(g) => self.gc_step(cx, job, g),
            Spec::Changefeed(c) => self.changefeed_step(cx, job, c),
            Spec::Backup(_) | Spec::Stats(_) | Spec::Ttl(_) | Spec::Automatic => {}
        }
    }
}
