//! CockroachDB's statements as values. Names are as stored (folded unless quoted); every clause that
//! an error or the screen may have to point at has a span. `Display` gives the product's normal form.

mod bulk;
mod tables;

pub use bulk::*;
pub use tables::*;

use crate::base::Span;
use crate::sql::{self, Name, Path, Text};

pub type Query = sql::Query<Statement>;
pub type Scalar = sql::Scalar<Statement>;

#[derive(Debug, PartialEq)]
pub enum Statement {
    /// SELECT, VALUES, TABLE, WITH, with or without brackets.
    Query(Box<Query>),
    ControlJobs(ControlJobs),
    ControlSchedules(ControlSchedules),
    /// `CANCEL {QUERY|QUERIES|SESSION|SESSIONS} [IF EXISTS] …`
    CancelSessions {
        /// Whole sessions, not only what they run.
        session: bool,
        if_exists: bool,
        ids: Selection,
    },
    ShowJobs(ShowJobs),
    ShowSchedules(ShowSchedules),
    AlterJobOwner {
        job: Scalar,
        owner: RoleSpec,
    },
    Backup(Box<Backup>),
    Restore(Box<Restore>),
    Import(Box<Import>),
    CreateChangefeed(Box<CreateChangefeed>),
    CreateSchedule(Box<CreateSchedule>),
    /// `ALTER BACKUP SCHEDULE id change, …`: the changes by their words (`SET LABEL`), and
    /// schedule options by their names.
    AlterSchedule {
        id: i64,
        changes: Options,
    },
    CreateStatistics(CreateStatistics),
    /// `INSPECT {TABLE|DATABASE} x [AS OF …] [WITH OPTIONS (…, DETACHED)]`
    Inspect {
        object: ObjectKind,
        name: Path,
        as_of: Option<Box<Scalar>>,
        options: Options,
    },
    CreateDatabase {
        name: Name,
        if_not_exists: bool,
    },
    CreateSchema {
        name: Path,
        if_not_exists: bool,
    },
    /// `CREATE TYPE t AS ENUM (…)`
    CreateType {
        name: Path,
        if_not_exists: bool,
        values: Vec<Text>,
    },
    AlterType {
        name: Path,
        action: TypeAction,
    },
    CreateView {
        name: Path,
        if_not_exists: bool,
        columns: Vec<Name>,
        query: Box<Query>,
    },
    CreateSequence {
        name: Path,
        if_not_exists: bool,
    },
    /// `ALTER … OWNER TO role`
    ChangeOwner {
        object: ObjectKind,
        name: Path,
        owner: RoleSpec,
    },
    VirtualCluster(VirtualCluster),
    CreateLogicalReplication(Box<LogicalReplication>),
    CreateTable(Box<CreateTable>),
    CreateIndex(Box<CreateIndex>),
    AlterTable(Box<AlterTable>),
    /// `ALTER {DATABASE|TABLE|INDEX} a RENAME TO b`
    Rename {
        object: ObjectKind,
        name: Path,
        to: Path,
        if_exists: bool,
    },
    Drop(Drop),
    Truncate {
        tables: Vec<Path>,
        cascade: bool,
    },
    Configure(ConfigureZone),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    Show(Show),
    SetClusterSetting {
        name: Text,
        /// `None`: RESET, or SET … TO DEFAULT.
        value: Option<Scalar>,
    },
    SetVariable {
        name: Text,
        /// Empty: RESET, or SET … TO DEFAULT. Words are strings here (`SET x = on`).
        values: Vec<Scalar>,
        local: bool,
    },
    Use {
        database: Text,
    },
    Begin {
        modes: Vec<String>,
    },
    Commit,
    Rollback,
    Savepoint {
        name: Name,
    },
    ReleaseSavepoint {
        name: Name,
    },
    RollbackTo {
        name: Name,
    },
    Grant(Grant),
    Role(RoleStatement),
    DropRoles {
        names: Vec<RoleSpec>,
        if_exists: bool,
        /// Spelled USER.
        user: bool,
    },
    Explain {
        analyze: bool,
        options: Vec<String>,
        statement: Box<Statement>,
    },
    Prepare {
        name: Name,
        types: Vec<TypeName>,
        statement: Box<Statement>,
    },
    Execute {
        name: Name,
        arguments: Vec<Scalar>,
    },
    /// `None`: ALL.
    Deallocate {
        name: Option<Name>,
    },
    CommentOn {
        object: ObjectKind,
        name: Path,
        text: Option<Text>,
    },
}

// ---- jobs and schedules ----

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    Cancel,
    Pause,
    Resume,
    Drop,
    Execute,
}

impl Verb {
    pub fn word(self) -> &'static str {
        match self {
            Verb::Cancel => "CANCEL",
            Verb::Pause => "PAUSE",
            Verb::Resume => "RESUME",
            Verb::Drop => "DROP",
            Verb::Execute => "EXECUTE",
        }
    }
}

/// One id or a query of ids. The product turns `JOB a` into `JOBS VALUES (a)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    One(Box<Scalar>),
    Query(Box<Query>),
}

impl Selection {
    pub fn span(&self) -> Span {
        match self {
            Selection::One(scalar) => scalar.span,
            Selection::Query(query) => query.span,
        }
    }
}

/// `{CANCEL|PAUSE|RESUME} …`
#[derive(Clone, Debug, PartialEq)]
pub struct ControlJobs {
    pub verb: Verb,
    pub target: JobTarget,
    /// PAUSE only.
    pub reason: Option<TextArg>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum JobTarget {
    Jobs(Selection),
    Schedules(Selection),
    /// `ALL backup JOBS`: one of `backup`, `changefeed`, `import`, `restore`.
    All(Name),
}

/// `{PAUSE|RESUME|DROP|EXECUTE} SCHEDULE(S) …`
#[derive(Clone, Debug, PartialEq)]
pub struct ControlSchedules {
    pub verb: Verb,
    pub schedules: Selection,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ShowJobs {
    pub which: JobList,
    pub when_complete: bool,
    pub execution_details: bool,
    pub resolved_timestamp: bool,
    pub watched_tables: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum JobList {
    /// Plain `SHOW JOBS`.
    Recent,
    Automatic,
    Ids(Selection),
    Schedules(Selection),
    /// `SHOW CHANGEFEED JOB(S)`, all or the given ones.
    Changefeeds(Option<Selection>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct ShowSchedules {
    pub id: Option<Box<Scalar>>,
    /// `Some(true)`: RUNNING; `Some(false)`: PAUSED.
    pub running: Option<bool>,
    /// `BACKUP`, `CHANGEFEED`, `SQL STATISTICS`
    pub kind: Option<&'static str>,
    /// SHOW CREATE.
    pub create: bool,
}

// ---- listings ----

#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// `SHOW BACKUPS IN collection`
    Backups {
        collection: Vec<TextArg>,
    },
    /// `SHOW BACKUP [what] {subdir|LATEST} IN collection`; v2.1: `SHOW BACKUP [what] uri`.
    Backup {
        /// `SCHEMAS`, `FILES`, `RANGES`, `CONNECTION`
        detail: Option<&'static str>,
        /// `None` in v2.1, where `location` is the backup itself.
        subdir: Option<TextArg>,
        location: Vec<TextArg>,
        options: Options,
    },
    Databases {
        comment: bool,
    },
    Schemas {
        database: Option<Name>,
    },
    Tables {
        from: Option<Path>,
        comment: bool,
    },
    Columns {
        table: Path,
        comment: bool,
    },
    Indexes {
        table: Path,
    },
    Constraints {
        table: Path,
    },
    Sequences {
        database: Option<Name>,
    },
    Create {
        object: Option<ObjectKind>,
        name: Path,
    },
    Grants(ShowGrants),
    SystemGrants {
        grantees: Vec<RoleSpec>,
    },
    Users,
    Roles,
    ClusterSetting {
        name: Text,
    },
    /// `SHOW [PUBLIC|ALL] CLUSTER SETTINGS`
    ClusterSettings {
        all: bool,
    },
    /// `SHOW x`, `SHOW ALL` (name `all`), `SHOW TRANSACTION ISOLATION LEVEL` and the like.
    Variable {
        name: Text,
    },
    Statistics {
        table: Path,
    },
    Ranges {
        of: Option<DropName>,
        database: Option<Name>,
    },
    Sessions,
    Statements,
    ZoneConfigurations,
    ZoneConfiguration(ZoneTarget),
    /// `SHOW VIRTUAL CLUSTERS`, `SHOW VIRTUAL CLUSTER x [WITH REPLICATION STATUS]`
    VirtualClusters {
        name: Option<Name>,
        replication_status: bool,
    },
    LogicalReplicationJobs {
        details: bool,
    },
    InspectErrors {
        table: Option<Path>,
        job: Option<i64>,
        details: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct ShowGrants {
    pub on: GrantObject,
    pub grantees: Vec<RoleSpec>,
}

// ---- settings, users, privileges ----

/// A user or role in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleSpec {
    Name(Name),
    CurrentUser,
    SessionUser,
}

/// `GRANT … TO …` and `REVOKE … FROM …`
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    pub revoke: bool,
    /// Upper case (`SELECT`, `ALL`, `CONTROLJOB`); role names as stored when `on` is `Roles`.
    pub privileges: Vec<Name>,
    pub on: GrantObject,
    pub grantees: Vec<RoleSpec>,
    /// WITH GRANT OPTION, WITH ADMIN OPTION; or the GRANT/ADMIN OPTION FOR of a REVOKE.
    pub option: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum GrantObject {
    /// Membership: `GRANT role TO user`. In SHOW GRANTS: `ON ROLE names`.
    Roles(Vec<Name>),
    /// `GRANT SYSTEM x TO user`
    System,
    Tables(Vec<TablePattern>),
    Databases(Vec<Name>),
    Schemas(Vec<Path>),
    Types(Vec<Path>),
    ExternalConnections(Vec<Name>),
    /// SHOW GRANTS without ON.
    Anything,
}

/// `{CREATE|ALTER} {USER|ROLE} …`
#[derive(Clone, Debug, PartialEq)]
pub struct RoleStatement {
    pub create: bool,
    /// Spelled USER.
    pub user: bool,
    /// IF NOT EXISTS / IF EXISTS
    pub conditional: bool,
    pub names: Vec<RoleSpec>,
    /// Lower case: `controljob`, `nocontroljob`, `password`, `createdb`, …
    pub options: Options,
}
