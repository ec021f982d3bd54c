//! CockroachDB's statements as values. Names are as stored (folded unless quoted); every clause that
//! an error or the screen may have to point at has a span. `Display` gives the product's normal form.

use crate::base::{Span, Type};
use crate::sql::{self, Name, Path, Text};

pub type Query = sql::Query<Statement>;
pub type Scalar = sql::Scalar<Statement>;

#[derive(Clone, Debug, PartialEq)]
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
}

// ---- bulk ----

/// A string literal, a bare word in its place, or `$n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextArg {
    Text(Text),
    Placeholder { number: u16, span: Span },
}

impl TextArg {
    /// The text, with placeholders taken from the given values; `None` if there is no such value.
    pub fn resolve<'a>(&'a self, arguments: &'a [String]) -> Option<&'a str> {
        match self {
            TextArg::Text(text) => Some(&text.value),
            TextArg::Placeholder { number, .. } => {
                let index = usize::from(*number).checked_sub(1)?;
                arguments.get(index).map(String::as_str)
            }
        }
    }
    pub fn span(&self) -> Span {
        match self {
            TextArg::Text(text) => text.span,
            TextArg::Placeholder { span, .. } => *span,
        }
    }
}

/// What a bulk statement is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Nothing named: the whole cluster.
    Cluster,
    Tables(Vec<TablePattern>),
    Databases(Vec<Name>),
    VirtualCluster(i64),
    /// RESTORE only.
    SystemUsers,
}

/// `t`, `db.t`, `db.schema.t`, `db.*`, `*`
#[derive(Clone, Debug, PartialEq)]
pub struct TablePattern {
    /// Without the star.
    pub parts: Vec<Name>,
    /// Ends with a star.
    pub all: bool,
    pub span: Span,
}

/// `name [= value]` after WITH; names are lower case.
#[derive(Clone, Debug, PartialEq)]
pub struct Opt {
    pub name: String,
    pub value: OptValue,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OptValue {
    /// Name alone.
    None,
    Bool(bool),
    Text(TextArg),
    /// `('a', 'b')`
    List(Vec<TextArg>),
    /// Any expression, where the grammar takes one.
    Expr(Box<Scalar>),
}

/// Options of a bulk statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// In the order of the text.
    pub list: Vec<Opt>,
    /// Printed as `WITH OPTIONS (a, b)`, not `WITH a, b`: the version's normal form.
    pub bracketed: bool,
}

impl Options {
    pub fn get(&self, name: &str) -> Option<&Opt> {
        self.list.iter().find(|o| o.name == name)
    }
    /// True for `name` and `name = true`.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|o| match &o.value {
            OptValue::Bool(b) => *b,
            OptValue::Expr(e) => !e.text.eq_ignore_ascii_case("false"),
            _ => true,
        })
    }
    /// The option's text, if it has one that is no placeholder.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.value {
            OptValue::Text(TextArg::Text(text)) => Some(&text.value),
            _ => None,
        }
    }
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Where a backup goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Destination {
    /// `INTO collection`: a new full backup in a dated subdirectory.
    New(Vec<TextArg>),
    /// `INTO LATEST IN collection`
    Latest(Vec<TextArg>),
    /// `INTO 'subdir' IN collection`
    Subdir(TextArg, Vec<TextArg>),
    /// v2.1: `TO uri [INCREMENTAL FROM uri, …]`
    Uri {
        to: TextArg,
        incremental_from: Vec<TextArg>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Backup {
    pub targets: Targets,
    pub destination: Destination,
    pub as_of: Option<Box<Scalar>>,
    pub options: Options,
}

/// What a restore reads.
#[derive(Clone, Debug, PartialEq)]
pub enum BackupSource {
    /// `FROM LATEST IN collection`
    Latest(Vec<TextArg>),
    /// `FROM 'subdir' IN collection`
    Subdir(TextArg, Vec<TextArg>),
    /// v2.1: `FROM full, incremental, …`
    Uris(Vec<TextArg>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Restore {
    pub targets: Targets,
    pub source: BackupSource,
    pub as_of: Option<Box<Scalar>>,
    pub options: Options,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub form: ImportForm,
    /// Upper case: `CSV`, `AVRO`, `DELIMITED`, `PGCOPY`, `PGDUMP`, `MYSQLDUMP`, …
    pub format: Name,
    pub files: Vec<TextArg>,
    pub options: Options,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ImportForm {
    /// `IMPORT INTO t [(a, b)] CSV DATA (…)`
    Into { table: Path, columns: Vec<Name> },
    /// v2.1: `IMPORT TABLE t (…) CSV DATA (…)`
    Table(Box<CreateTable>),
    /// v2.1: `IMPORT TABLE t CREATE USING 'file' CSV DATA (…)`
    CreateUsing { table: Path, file: TextArg },
    /// v2.1: `IMPORT [TABLE t FROM] PGDUMP 'file'`
    Dump { table: Option<Path> },
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateChangefeed {
    pub targets: ChangefeedTargets,
    /// Without one the rows go to the client, and there is no job.
    pub sink: Option<TextArg>,
    pub options: Options,
    /// `EXPERIMENTAL CHANGEFEED FOR …`
    pub experimental: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ChangefeedTargets {
    Tables(Vec<Path>),
    Database(Name),
    /// `AS SELECT …`
    Query(Box<Query>),
}

/// `CREATE SCHEDULE [IF NOT EXISTS] [label] FOR {BACKUP|CHANGEFEED} …`
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSchedule {
    pub if_not_exists: bool,
    pub label: Option<TextArg>,
    pub task: ScheduledTask,
    /// Crontab text: `@daily`, `0 0 * * *`.
    pub recurring: TextArg,
    pub full_backup: FullBackup,
    /// `WITH SCHEDULE OPTIONS first_run = 'now', …`
    pub options: Options,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ScheduledTask {
    Backup {
        targets: Targets,
        into: Vec<TextArg>,
        options: Options,
    },
    Changefeed(Box<CreateChangefeed>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum FullBackup {
    /// Not said: the product chooses.
    Default,
    /// `FULL BACKUP ALWAYS`
    Always,
    /// `FULL BACKUP '@weekly'`
    Recurring(TextArg),
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateStatistics {
    pub name: Name,
    pub columns: Vec<Name>,
    pub table: Path,
    pub options: Options,
    pub as_of: Option<Box<Scalar>>,
}

// ---- tables ----

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    Table,
    Index,
    Database,
    Schema,
    View,
    Sequence,
    Type,
    Column,
    Constraint,
}

impl ObjectKind {
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::Table => "TABLE",
            ObjectKind::Index => "INDEX",
            ObjectKind::Database => "DATABASE",
            ObjectKind::Schema => "SCHEMA",
            ObjectKind::View => "VIEW",
            ObjectKind::Sequence => "SEQUENCE",
            ObjectKind::Type => "TYPE",
            ObjectKind::Column => "COLUMN",
            ObjectKind::Constraint => "CONSTRAINT",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeName {
    /// The product's name in upper case with its arguments: `INT8`, `STRING`, `DECIMAL(10,2)`, `INT8[]`.
    pub text: String,
    pub ty: Type,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    pub name: Path,
    pub if_not_exists: bool,
    pub columns: Vec<ColumnDef>,
    pub constraints: Vec<TableConstraint>,
    pub indexes: Vec<IndexDef>,
    /// `WITH (ttl_expire_after = '1h', …)`
    pub storage: Options,
    /// `CREATE TABLE t AS query`
    pub source: Option<Box<Query>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDef {
    pub name: Name,
    pub ty: TypeName,
    pub not_null: bool,
    pub primary_key: bool,
    pub unique: bool,
    pub default: Option<Box<Scalar>>,
    pub check: Option<Box<Scalar>>,
    pub references: Option<Path>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TableConstraint {
    pub name: Option<Name>,
    pub kind: ConstraintKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ConstraintKind {
    PrimaryKey(Vec<Name>),
    Unique(Vec<Name>),
    Check(Box<Scalar>),
    ForeignKey {
        columns: Vec<Name>,
        table: Path,
        referenced: Vec<Name>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct IndexDef {
    pub name: Option<Name>,
    pub unique: bool,
    pub inverted: bool,
    pub columns: Vec<IndexColumn>,
    pub storing: Vec<Name>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct IndexColumn {
    pub name: Name,
    pub descending: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    pub if_not_exists: bool,
    pub table: Path,
    pub index: IndexDef,
    /// Partial index.
    pub predicate: Option<Box<Scalar>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterTable {
    pub table: Path,
    pub if_exists: bool,
    pub actions: Vec<AlterAction>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterAction {
    AddColumn {
        column: ColumnDef,
        if_not_exists: bool,
    },
    DropColumn {
        name: Name,
        if_exists: bool,
        cascade: bool,
    },
    AddConstraint(TableConstraint),
    DropConstraint {
        name: Name,
        if_exists: bool,
    },
    ValidateConstraint {
        name: Name,
    },
    RenameColumn {
        name: Name,
        to: Name,
    },
    RenameConstraint {
        name: Name,
        to: Name,
    },
    SetDefault {
        column: Name,
        /// `None`: DROP DEFAULT
        value: Option<Box<Scalar>>,
    },
    SetNotNull {
        column: Name,
        /// False: DROP NOT NULL
        on: bool,
    },
    SetType {
        column: Name,
        ty: TypeName,
    },
    AlterPrimaryKey {
        columns: Vec<Name>,
    },
    /// `SET (ttl_expire_after = '1h')`
    SetStorage(Options),
    /// `RESET (ttl)`
    ResetStorage(Vec<Name>),
}

/// `DROP {TABLE|INDEX|DATABASE|SCHEMA|VIEW|SEQUENCE|TYPE} …`
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    pub object: ObjectKind,
    pub if_exists: bool,
    /// For an index: the table's name with `index` set, or the bare index name.
    pub names: Vec<DropName>,
    pub behaviour: Behaviour,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DropName {
    pub name: Path,
    /// `table@index`
    pub index: Option<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Default,
    Cascade,
    Restrict,
}

/// `ALTER … CONFIGURE ZONE {USING name = value, … | DISCARD}`
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigureZone {
    pub target: ZoneTarget,
    /// `None`: DISCARD
    pub settings: Option<Vec<Opt>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ZoneTarget {
    /// `RANGE default`
    Range(Name),
    Database(Name),
    Table(Path),
    Index(DropName),
}

// ---- rows ----

#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    pub table: Path,
    pub columns: Vec<Name>,
    /// `None`: DEFAULT VALUES
    pub source: Option<Box<Query>>,
    /// UPSERT, or ON CONFLICT … DO UPDATE.
    pub upsert: bool,
    /// ON CONFLICT … DO NOTHING
    pub ignore_conflicts: bool,
    /// The list of RETURNING as `SELECT list`.
    pub returning: Option<Box<Query>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    pub table: Path,
    pub alias: Option<Name>,
    pub set: Vec<(Name, Scalar)>,
    pub filter: Option<Box<Scalar>>,
    pub limit: Option<Box<Scalar>>,
    pub returning: Option<Box<Query>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    pub table: Path,
    pub alias: Option<Name>,
    pub filter: Option<Box<Scalar>>,
    pub limit: Option<Box<Scalar>>,
    pub returning: Option<Box<Query>>,
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
    VirtualClusters,
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
