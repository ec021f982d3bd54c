//! What only OceanBase knows: tenants' backup settings, sets, tasks, policies, rounds. Job records
//! and work are the cluster's; these are kept beside them under the same indexes.

use super::states::{LsStatus, Phase};
use crate::base::Value;
use crate::base::{Map, Time};
use crate::cluster::{
    DestIx, FileIx, Image, JobIx, Key, NodeIx, RangeIx, TableData, TableIx, TenantIx, WorkIx,
};
use std::rc::Rc;

/// How a tenant speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    Mysql,
    Oracle,
}

impl Mode {
    /// As sessions hold it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Mysql => "mysql",
            Mode::Oracle => "oracle",
        }
    }
    /// Whether two names of tables or schemas are the same: MySQL mode does not look at their case,
    /// Oracle mode has folded those without quotes.
    pub fn same(self, a: &str, b: &str) -> bool {
        match self {
            Mode::Mysql => a.eq_ignore_ascii_case(b),
            Mode::Oracle => a == b,
        }
    }
    pub fn of(name: &str) -> Mode {
        if name == "oracle" {
            Mode::Oracle
        } else {
            Mode::Mysql
        }
    }
}

/// The loop that looks at a tenant's job rows: one per tenant, where the first log stream of its
/// meta tenant leads (reference 3.1, from 4.2.1).
#[derive(Clone, Debug, Hash)]
pub struct Service {
    pub node: NodeIx,
    /// Raised by every wake-up and move: an announced tick of an older generation is void.
    pub generation: u32,
    pub last: Time,
    pub next: Time,
    /// It is being elected anew: nobody looks until then.
    pub moving: bool,
}

#[derive(Clone, Debug, Hash)]
pub struct Tenant {
    pub id: i64,
    pub name: Rc<str>,
    pub mode: Mode,
    pub service: Service,
    /// Log streams in order of id; empty in sys.
    pub streams: Vec<LogStream>,
    /// Counters; job and task ids are shared by backup and delete jobs and never reused.
    pub next_job: i64,
    pub next_task: i64,
    pub next_set: i64,
    pub next_dest: i64,
    /// Destinations that were ever set, in order of path.
    pub storages: Vec<Storage>,
    /// Jobs whose rows are still in the current views, in order of id.
    pub current: crate::base::Set<JobIx>,
    /// All jobs of this tenant by product id.
    pub jobs: Map<i64, JobIx>,
    pub data_dest: Option<DataDest>,
    pub archive: Archive,
    pub policy: Option<Policy>,
    /// When the cleanup looks next, and the generation of that announcement.
    pub cleanup: Time,
    pub cleanup_generation: u32,
    pub locality: Rc<str>,
    pub primary_zone: Rc<str>,
    /// `ALTER SYSTEM SET` values, by lower-case name.
    pub parameters: Map<Rc<str>, Rc<str>>,
    /// PRIMARY, STANDBY (restored), RESTORE (being restored).
    pub role: &'static str,
    pub schema_tables: Vec<TableIx>,
    /// ALTER TENANT … LOCK
    pub locked: bool,
    /// Databases made by CREATE DATABASE, which may hold no table.
    pub databases: crate::base::Set<Rc<str>>,
}

/// What a column holds in a row that says nothing of it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Fill {
    Value(Value),
    /// DEFAULT CURRENT_TIMESTAMP
    Now,
    /// AUTO_INCREMENT
    Serial,
}

/// One row written, or deleted.
#[derive(Clone, Debug, Hash)]
pub struct Write {
    pub key: Vec<Key>,
    pub row: Option<Rc<[Value]>>,
}

/// What an open transaction has done to a table.
#[derive(Clone, Debug, Hash)]
pub struct Pending {
    pub table: TableIx,
    /// The rows as its session sees them.
    pub data: Rc<TableData>,
    pub writes: Vec<Write>,
}

#[derive(Clone, Debug, Hash)]
pub struct LogStream {
    pub id: i64,
    pub range: RangeIx,
}

/// Where a tenant's backups go.
#[derive(Clone, Debug, Hash)]
pub struct DataDest {
    pub dest: DestIx,
    pub id: i64,
    /// With the host of a bucket, without other parameters.
    pub path: Rc<str>,
    /// With all of them, the key encrypted.
    pub value: Rc<str>,
}

/// A row of STORAGE_INFO: a destination as it was when first set.
#[derive(Clone, Debug, Hash)]
pub struct Storage {
    pub dest: DestIx,
    pub id: i64,
    pub path: Rc<str>,
    /// For sets; else for logs.
    pub data: bool,
    pub authorization: Rc<str>,
    pub extension: Rc<str>,
}

impl Storage {
    /// Whether objects are tagged where files would be deleted (reference 4.3).
    pub fn tags(&self) -> bool {
        let mut words = self.extension.rsplit('&');
        words.find(|w| w.starts_with("delete_mode=")) == Some("delete_mode=tagging")
    }
}

/// What lies below a destination: its host stays behind the path.
pub fn below(path: &str, name: &str) -> String {
    match path.split_once('?') {
        Some((root, host)) => format!("{root}/{name}?{host}"),
        None => format!("{path}/{name}"),
    }
}

/// One per tenant at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    pub window: Rc<str>,
    /// Microseconds; 0 or less: no cleanup.
    pub window_us: i64,
    /// Stored and not used (reference: oceanbase-backup 4.2).
    pub redundancy: i64,
    pub copies: i64,
}

/// Log archiving of a tenant.
#[derive(Clone, Debug, Default, Hash)]
pub struct Archive {
    pub dest: Option<ArchiveDest>,
    /// The tenant's LOG_MODE.
    pub on: bool,
    pub rounds: Vec<Round>,
    pub next_piece: i64,
}

#[derive(Clone, Debug, Hash)]
pub struct ArchiveDest {
    pub dest: DestIx,
    pub id: i64,
    /// As of [`DataDest`].
    pub path: Rc<str>,
    pub value: Rc<str>,
    /// `Optional` or `Mandatory`.
    pub binding: &'static str,
    pub interval_us: i64,
    /// ENABLE (true) or DEFER.
    pub enabled: bool,
}

#[derive(Clone, Debug, Hash)]
pub struct Round {
    pub id: i64,
    /// Its record, whose status is the round's.
    pub job: JobIx,
    pub dest: ArchiveDest,
    pub start: Time,
    /// What has been archived up to.
    pub checkpoint: Time,
    pub pieces: Vec<Piece>,
    /// The log file being written, one per stream of the tenant.
    pub works: Vec<Option<WorkIx>>,
    /// Raised with every step: an announced one of an older generation is void.
    pub generation: u32,
    pub comment: Rc<str>,
}

#[derive(Clone, Debug, Hash)]
pub struct Piece {
    pub id: i64,
    pub start: Time,
    /// When it is to be closed.
    pub end: Time,
    pub frozen: Option<Time>,
    pub files: Vec<FileIx>,
    pub file_status: &'static str,
}

/// What a job record stands for.
#[derive(Clone, Debug, Hash)]
pub enum Payload {
    /// A tenant's backup.
    Backup(BackupJob),
    /// The row above the children of a backup started in sys.
    Parent(ParentJob),
    Delete(DeleteJob),
    Restore(RestoreJob),
    /// The restored tenant's row of a restore.
    TenantRestore {
        parent: JobIx,
    },
    Round {
        tenant: TenantIx,
        round: i64,
    },
}

/// Columns that backup jobs of both levels share.
#[derive(Clone, Debug, Hash)]
pub struct Common {
    pub initiator_tenant: i64,
    pub initiator_job: i64,
    pub result: i64,
    pub plus_archivelog: bool,
    pub incremental: bool,
    pub description: Rc<str>,
    /// The session's SET ENCRYPTION at the time.
    pub password: Option<Rc<str>>,
    /// When the row left the current views.
    pub archived: Option<Time>,
}

#[derive(Clone, Debug, Hash)]
pub struct ParentJob {
    pub common: Common,
    pub children: Vec<JobIx>,
    /// `1002,1004`
    pub executors: Rc<str>,
}

#[derive(Clone, Debug, Hash)]
pub struct BackupJob {
    pub common: Common,
    pub tenant: TenantIx,
    pub set_id: i64,
    pub dest: DataDest,
    /// The set task; none while the job is INIT.
    pub task: Option<SetTask>,
}

/// The task of a set: walks the phases.
#[derive(Clone, Debug, Hash)]
pub struct SetTask {
    pub id: i64,
    pub phase: Phase,
    pub start: Time,
    pub end: Option<Time>,
    pub result: i64,
    pub comment: Rc<str>,
    /// The tasks of the present phase; those of earlier ones are counted in the totals.
    pub streams: Vec<LsTask>,
    pub start_scn: Time,
    pub user_ls_start_scn: Option<Time>,
    pub end_scn: Option<Time>,
    /// Bytes and blocks of finished data phases.
    pub bytes: u64,
    pub meta_bytes: u64,
    pub tablets: u64,
    pub finished_tablets: u64,
    pub total_blocks: u64,
    pub files: u64,
    /// A log-stream task has failed for good: the others are being stopped.
    pub failing: bool,
    /// How often the whole job has begun anew.
    pub retries: u32,
    /// When it may: not sooner.
    pub not_before: Time,
    /// Attempts of log-stream tasks count on from here, so that no message of an earlier round fits.
    pub first_attempt: u32,
}

/// One log stream's part of a phase, run by one server.
#[derive(Clone, Debug, Hash)]
pub struct LsTask {
    /// 0: the tenant-wide part of a phase.
    pub ls: i64,
    pub range: Option<RangeIx>,
    pub status: LsStatus,
    pub node: NodeIx,
    /// Raised by every new try: messages of an older one are void.
    pub attempt: u32,
    pub work: Option<WorkIx>,
    pub result: i64,
    pub generated: Time,
    pub scheduled: Option<Time>,
    pub executed: Option<Time>,
}

/// A backup set, as SET_FILES shows it.
#[derive(Clone, Debug, Hash)]
pub struct Set {
    pub id: i64,
    pub tenant: TenantIx,
    pub job: JobIx,
    pub dest: DataDest,
    pub incremental: bool,
    pub prev_full: i64,
    pub prev_inc: i64,
    pub start: Time,
    pub end: Option<Time>,
    pub status: &'static str,
    pub file_status: &'static str,
    pub plus_archivelog: bool,
    pub password: Option<Rc<str>>,
    pub start_replay: Option<Time>,
    pub min_restore: Option<Time>,
    pub result: i64,
    pub files: Vec<FileIx>,
    /// Numbers copied from the set task at its end.
    pub bytes: u64,
    pub meta_bytes: u64,
    pub tablets: u64,
    pub finished_tablets: u64,
    pub blocks: u64,
    pub finished_blocks: u64,
    /// Bytes per log stream, for a restore.
    pub stream_bytes: Vec<(i64, u64)>,
    /// The tenant's tables as the set holds them.
    pub tables: Vec<Rc<Image>>,
}

impl Set {
    /// `backup_set_1_full`
    pub fn name(&self) -> String {
        let kind = if self.incremental { "inc" } else { "full" };
        format!("backup_set_{}_{kind}", self.id)
    }
}

#[derive(Clone, Debug, Hash)]
pub struct DeleteJob {
    pub tenant: TenantIx,
    /// Sets and pieces that ended before this moment are old: Unix microseconds.
    pub parameter_us: i64,
    pub result: i64,
    pub tasks: Vec<DeleteTask>,
    pub archived: Option<Time>,
}

#[derive(Clone, Debug, Hash)]
pub struct DeleteTask {
    pub id: i64,
    pub target: Target,
    pub status: &'static str,
    pub start: Time,
    pub end: Option<Time>,
    pub result: i64,
    /// Which of the ordered stages runs (reference 3.7).
    pub stage: u8,
    pub work: Option<WorkIx>,
    pub files: Vec<FileIx>,
    pub total_bytes: u64,
    pub total_streams: u64,
    pub path: Rc<str>,
    pub dest_id: i64,
    /// What it had done when it ended: what a later run does is not its work.
    pub deleted: Option<Deleted>,
}

/// How far a delete task has come.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub struct Deleted {
    /// Log streams all of whose files are gone.
    pub streams: u64,
    pub bytes: u64,
    pub files: u64,
}

/// What a delete task removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Set(i64),
    Piece { round: i64, piece: i64 },
}

#[derive(Clone, Debug, Hash)]
pub struct RestoreJob {
    pub tenant_name: Rc<str>,
    /// Once the tenant has been created.
    pub tenant: Option<TenantIx>,
    pub child: Option<JobIx>,
    pub source_tenant: TenantIx,
    pub source_name: Rc<str>,
    pub source_id: i64,
    pub set: i64,
    pub dest: Rc<str>,
    pub options: Rc<str>,
    pub pool: Rc<str>,
    pub until: Time,
    pub description: Rc<str>,
    pub pieces: Rc<str>,
    pub works: Vec<WorkIx>,
    pub total: u64,
    pub tablets: u64,
    pub archived: Option<Time>,
    pub comment: Rc<str>,
}

/// A row of DBA_OB_ROOTSERVICE_EVENT_HISTORY.
#[derive(Clone, Debug, Hash)]
pub struct RsEvent {
    pub at: Time,
    pub module: &'static str,
    pub event: &'static str,
    pub values: Vec<(&'static str, Rc<str>)>,
    pub node: NodeIx,
}

/// Who waits for the end of a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    LsTask {
        job: JobIx,
        index: u32,
        attempt: u32,
    },
    /// The present log file of the tenant's stream with this index.
    Archive {
        tenant: TenantIx,
        stream: u32,
    },
    Delete {
        job: JobIx,
        task: u32,
    },
    Restore {
        job: JobIx,
    },
    /// A dropped tenant's replicas are being removed.
    Drop {
        tenant: TenantIx,
    },
}

/// A resource pool.
#[derive(Clone, Debug, Hash)]
pub struct Pool {
    pub id: i64,
    pub unit: Rc<str>,
    pub tenant: Option<TenantIx>,
}
