//! Parts of bulk statements: targets, locations, options.

use super::{CreateTable, Query, Scalar};
use crate::base::Span;
use crate::sql::{Name, Path, Text};

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

/// Virtual clusters and their replication (reference: cockroachdb-jobs 7).
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualCluster {
    pub name: Name,
    pub action: ClusterAction,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ClusterAction {
    Create {
        if_not_exists: bool,
        /// `FROM REPLICATION OF source ON uri`
        replication: Option<(Name, TextArg)>,
        options: Options,
    },
    Drop {
        if_exists: bool,
        immediate: bool,
    },
    PauseReplication,
    ResumeReplication,
    /// `None`: TO LATEST
    CompleteReplication {
        to: Option<Box<Scalar>>,
    },
    /// `SHARED`, `EXTERNAL`
    StartService(&'static str),
    StopService,
    /// `SET CLUSTER SETTING name = value`; without a value RESET, or DEFAULT.
    Setting {
        name: Text,
        value: Option<Box<Scalar>>,
    },
}

/// `CREATE LOGICAL[LY REPLICATED …] REPLICATION STREAM FROM TABLE a ON uri INTO TABLE b`
#[derive(Clone, Debug, PartialEq)]
pub struct LogicalReplication {
    pub from: Vec<Path>,
    pub on: TextArg,
    pub into: Vec<Path>,
    pub options: Options,
}
