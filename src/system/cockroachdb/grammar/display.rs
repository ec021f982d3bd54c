//! Statements in the product's normal form: keywords upper case, names quoted where they must be,
//! `JOB a` as `JOBS VALUES (a)`. What is printed reads back as the same statement.

use super::*;
use crate::system::cockroachdb::keywords::RESERVED;
use std::fmt::{Display, Formatter, Result};

/// A name as it must be typed.
pub struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = self.0;
        let bare = name
            .bytes()
            .all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit())
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.is_empty()
            && !sql::flavour::contains(&RESERVED, name);
        match bare {
            true => f.write_str(name),
            false => write!(f, "\"{}\"", name.replace('"', "\"\"")),
        }
    }
}

/// A text as a string literal.
pub struct Literal<'a>(pub &'a str);

impl Display for Literal<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

/// Items with commas between them.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, item) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

/// Names with commas between them.
struct Names<'a>(&'a [Name]);

impl Display for Names<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, name) in self.0.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{}", Quoted(&name.value))?;
        }
        Ok(())
    }
}

/// A name with its qualifiers.
pub struct Dotted<'a>(pub &'a Path);

impl Display for Dotted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, name) in self.0.parts.iter().enumerate() {
            let dot = if i > 0 { "." } else { "" };
            write!(f, "{dot}{}", Quoted(&name.value))?;
        }
        Ok(())
    }
}

/// Several such.
struct Paths<'a>(&'a [Path]);

impl Display for Paths<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, path) in self.0.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{}", Dotted(path))?;
        }
        Ok(())
    }
}

/// One text bare, several in brackets.
struct Locations<'a>(&'a [TextArg]);

impl Display for Locations<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            [one] => one.fmt(f),
            many => write!(f, "({})", List(many)),
        }
    }
}

/// `IF EXISTS ` or nothing.
fn when(on: bool, words: &'static str) -> &'static str {
    if on { words } else { "" }
}

impl Display for TextArg {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            TextArg::Text(text) => Literal(&text.value).fmt(f),
            TextArg::Placeholder { number, .. } => write!(f, "${number}"),
        }
    }
}

impl Display for RoleSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            RoleSpec::Name(name) => Quoted(&name.value).fmt(f),
            RoleSpec::CurrentUser => f.write_str("CURRENT_USER"),
            RoleSpec::SessionUser => f.write_str("SESSION_USER"),
        }
    }
}

impl Display for TypeName {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.text)
    }
}

impl Display for TablePattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, name) in self.parts.iter().enumerate() {
            let dot = if i > 0 { "." } else { "" };
            write!(f, "{dot}{}", Quoted(&name.value))?;
        }
        match (self.all, self.parts.is_empty()) {
            (true, true) => f.write_str("*"),
            (true, false) => f.write_str(".*"),
            _ => Ok(()),
        }
    }
}

impl Display for Targets {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Targets::Cluster => Ok(()),
            Targets::Tables(tables) => write!(f, "TABLE {}", List(tables)),
            Targets::Databases(names) => write!(f, "DATABASE {}", Names(names)),
            Targets::VirtualCluster(id) => write!(f, "VIRTUAL CLUSTER {id}"),
            Targets::SystemUsers => f.write_str("SYSTEM USERS"),
        }
    }
}

impl Display for Opt {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let plain = self.name.bytes().all(|b| {
            b == b'_' || b == b' ' || b == b'.' || b.is_ascii_lowercase() || b.is_ascii_digit()
        });
        match plain {
            true => f.write_str(&self.name)?,
            false => Quoted(&self.name).fmt(f)?,
        }
        match &self.value {
            OptValue::None => Ok(()),
            OptValue::Bool(on) => f.write_str(if *on { " = true" } else { " = false" }),
            OptValue::Text(text) => write!(f, " = {text}"),
            OptValue::List(list) => write!(f, " = ({})", List(list)),
            OptValue::Expr(expr) => write!(f, " = {expr}"),
        }
    }
}

/// ` WITH a, b`, or nothing.
struct With<'a>(&'a Options);

impl Display for With<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0.is_empty() {
            true => Ok(()),
            false if self.0.bracketed => write!(f, " WITH OPTIONS ({})", List(&self.0.list)),
            false => write!(f, " WITH {}", List(&self.0.list)),
        }
    }
}

struct AsOf<'a>(&'a Option<Box<Scalar>>);

impl Display for AsOf<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Some(scalar) => write!(f, " AS OF SYSTEM TIME {scalar}"),
            None => Ok(()),
        }
    }
}

impl Display for Selection {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Selection::One(scalar) => write!(f, "VALUES ({scalar})"),
            Selection::Query(query) => query.fmt(f),
        }
    }
}

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Statement::Query(query) => query.fmt(f),
            Statement::ControlJobs(s) => s.fmt(f),
            Statement::ControlSchedules(s) => {
                write!(f, "{} SCHEDULES {}", s.verb.word(), s.schedules)
            }
            Statement::CancelSessions {
                session,
                if_exists,
                ids,
            } => {
                let what = if *session { "SESSIONS" } else { "QUERIES" };
                write!(f, "CANCEL {what} {}{ids}", when(*if_exists, "IF EXISTS "))
            }
            Statement::ShowJobs(s) => s.fmt(f),
            Statement::ShowSchedules(s) => s.fmt(f),
            Statement::AlterJobOwner { job, owner } => {
                write!(f, "ALTER JOB {job} OWNER TO {owner}")
            }
            Statement::Backup(s) => s.fmt(f),
            Statement::Restore(s) => s.fmt(f),
            Statement::Import(s) => s.fmt(f),
            Statement::CreateChangefeed(s) => s.fmt(f),
            Statement::CreateSchedule(s) => s.fmt(f),
            Statement::CreateStatistics(s) => s.fmt(f),
            Statement::Inspect {
                object,
                name,
                as_of,
                options,
            } => {
                let (name, as_of) = (Dotted(name), AsOf(as_of));
                write!(
                    f,
                    "INSPECT {} {name}{as_of}{}",
                    object.word(),
                    With(options)
                )
            }
            Statement::CreateDatabase {
                name,
                if_not_exists,
            } => {
                let condition = when(*if_not_exists, "IF NOT EXISTS ");
                write!(f, "CREATE DATABASE {condition}{}", Quoted(&name.value))
            }
            Statement::CreateSchema {
                name,
                if_not_exists,
            } => {
                let condition = when(*if_not_exists, "IF NOT EXISTS ");
                write!(f, "CREATE SCHEMA {condition}{}", Dotted(name))
            }
            Statement::CreateTable(s) => {
                let condition = when(s.if_not_exists, "IF NOT EXISTS ");
                write!(f, "CREATE TABLE {condition}{}", Dotted(&s.name))?;
                match &s.source {
                    Some(query) => write!(f, " AS {query}"),
                    None => s.elements(f),
                }
            }
            Statement::CreateIndex(s) => s.fmt(f),
            Statement::AlterTable(s) => {
                let condition = when(s.if_exists, "IF EXISTS ");
                write!(f, "ALTER TABLE {condition}{} ", Dotted(&s.table))?;
                List(&s.actions).fmt(f)
            }
            Statement::Rename {
                object,
                name,
                to,
                if_exists,
            } => {
                let condition = when(*if_exists, "IF EXISTS ");
                let (name, to) = (Dotted(name), Dotted(to));
                write!(
                    f,
                    "ALTER {} {condition}{name} RENAME TO {to}",
                    object.word()
                )
            }
            Statement::Drop(s) => {
                let condition = when(s.if_exists, "IF EXISTS ");
                let behaviour = match s.behaviour {
                    Behaviour::Default => "",
                    Behaviour::Cascade => " CASCADE",
                    Behaviour::Restrict => " RESTRICT",
                };
                let names = List(&s.names);
                write!(f, "DROP {} {condition}{names}{behaviour}", s.object.word())
            }
            Statement::Truncate { tables, cascade } => {
                let cascade = when(*cascade, " CASCADE");
                write!(f, "TRUNCATE TABLE {}{cascade}", Paths(tables))
            }
            Statement::Configure(s) => match &s.settings {
                Some(list) => write!(f, "ALTER {} CONFIGURE ZONE USING {}", s.target, List(list)),
                None => write!(f, "ALTER {} CONFIGURE ZONE DISCARD", s.target),
            },
            Statement::Insert(s) => s.fmt(f),
            Statement::Update(s) => s.fmt(f),
            Statement::Delete(s) => s.fmt(f),
            Statement::Show(s) => s.fmt(f),
            Statement::SetClusterSetting { name, value } => match value {
                Some(value) => write!(f, "SET CLUSTER SETTING {} = {value}", name.value),
                None => write!(f, "SET CLUSTER SETTING {} = DEFAULT", name.value),
            },
            Statement::SetVariable {
                name,
                values,
                local,
            } => {
                let local = when(*local, "LOCAL ");
                match values.is_empty() {
                    true => write!(f, "SET {local}{} = DEFAULT", name.value),
                    false => write!(f, "SET {local}{} = {}", name.value, List(values)),
                }
            }
            Statement::Use { database } => write!(f, "USE {}", Quoted(&database.value)),
            Statement::Begin { modes } => {
                f.write_str("BEGIN TRANSACTION")?;
                for (i, mode) in modes.iter().enumerate() {
                    write!(f, "{} {mode}", if i > 0 { "," } else { "" })?;
                }
                Ok(())
            }
            Statement::Commit => f.write_str("COMMIT TRANSACTION"),
            Statement::Rollback => f.write_str("ROLLBACK TRANSACTION"),
            Statement::Savepoint { name } => write!(f, "SAVEPOINT {}", Quoted(&name.value)),
            Statement::ReleaseSavepoint { name } => {
                write!(f, "RELEASE SAVEPOINT {}", Quoted(&name.value))
            }
            Statement::RollbackTo { name } => {
                write!(
                    f,
                    "ROLLBACK TRANSACTION TO SAVEPOINT {}",
                    Quoted(&name.value)
                )
            }
            Statement::Grant(s) => s.fmt(f),
            Statement::Role(s) => {
                let verb = if s.create { "CREATE" } else { "ALTER" };
                let what = if s.user { "USER" } else { "ROLE" };
                let condition = match (s.conditional, s.create) {
                    (false, _) => "",
                    (true, true) => "IF NOT EXISTS ",
                    (true, false) => "IF EXISTS ",
                };
                write!(f, "{verb} {what} {condition}{}", List(&s.names))?;
                for (i, option) in s.options.list.iter().enumerate() {
                    let with = if i == 0 { " WITH" } else { "" };
                    write!(f, "{with} {}", option.name.to_uppercase())?;
                    match &option.value {
                        // The product never shows a password.
                        OptValue::Text(_) => f.write_str(" '*****'")?,
                        _ if option.name == "password" => f.write_str(" NULL")?,
                        _ => {}
                    }
                }
                Ok(())
            }
            Statement::DropRoles {
                names,
                if_exists,
                user,
            } => {
                let what = if *user { "USER" } else { "ROLE" };
                let condition = when(*if_exists, "IF EXISTS ");
                write!(f, "DROP {what} {condition}{}", List(names))
            }
            Statement::Explain {
                analyze,
                options,
                statement,
            } => {
                let analyze = when(*analyze, "ANALYZE ");
                match options.is_empty() {
                    true => write!(f, "EXPLAIN {analyze}{statement}"),
                    false => write!(f, "EXPLAIN {analyze}({}) {statement}", List(options)),
                }
            }
            Statement::Prepare {
                name,
                types,
                statement,
            } => {
                write!(f, "PREPARE {}", Quoted(&name.value))?;
                if !types.is_empty() {
                    write!(f, " ({})", List(types))?;
                }
                write!(f, " AS {statement}")
            }
            Statement::Execute { name, arguments } => {
                write!(f, "EXECUTE {}", Quoted(&name.value))?;
                match arguments.is_empty() {
                    true => Ok(()),
                    false => write!(f, " ({})", List(arguments)),
                }
            }
            Statement::Deallocate { name } => match name {
                Some(name) => write!(f, "DEALLOCATE {}", Quoted(&name.value)),
                None => f.write_str("DEALLOCATE ALL"),
            },
            Statement::CommentOn { object, name, text } => {
                write!(f, "COMMENT ON {} {} IS ", object.word(), Dotted(name))?;
                match text {
                    Some(text) => Literal(&text.value).fmt(f),
                    None => f.write_str("NULL"),
                }
            }
        }
    }
}

impl Display for ControlJobs {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let verb = self.verb.word();
        match &self.target {
            JobTarget::Jobs(ids) => write!(f, "{verb} JOBS {ids}")?,
            JobTarget::Schedules(ids) => write!(f, "{verb} JOBS FOR SCHEDULES {ids}")?,
            JobTarget::All(kind) => write!(f, "{verb} ALL {} JOBS", Quoted(&kind.value))?,
        }
        match &self.reason {
            Some(reason) => write!(f, " WITH REASON = {reason}"),
            None => Ok(()),
        }
    }
}

impl Display for ShowJobs {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let wait = when(self.when_complete, "WHEN COMPLETE ");
        match &self.which {
            JobList::Recent => f.write_str("SHOW JOBS")?,
            JobList::Automatic => f.write_str("SHOW AUTOMATIC JOBS")?,
            JobList::Ids(ids) => write!(f, "SHOW JOBS {wait}{ids}")?,
            JobList::Schedules(ids) => write!(f, "SHOW JOBS FOR SCHEDULES {ids}")?,
            JobList::Changefeeds(None) => f.write_str("SHOW CHANGEFEED JOBS")?,
            JobList::Changefeeds(Some(ids)) => write!(f, "SHOW CHANGEFEED JOBS {ids}")?,
        }
        let mut before = " WITH ";
        for (on, words) in [
            (self.execution_details, "EXECUTION DETAILS"),
            (self.resolved_timestamp, "RESOLVED TIMESTAMP"),
            (self.watched_tables, "WATCHED_TABLES"),
        ] {
            if on {
                write!(f, "{before}{words}")?;
                before = ", ";
            }
        }
        Ok(())
    }
}

impl Display for ShowSchedules {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(id) = &self.id {
            return write!(f, "SHOW SCHEDULE {id}");
        }
        let state = match self.running {
            Some(true) => "RUNNING ",
            Some(false) => "PAUSED ",
            None => "",
        };
        write!(f, "SHOW {state}SCHEDULES")?;
        match self.kind {
            Some(kind) => write!(f, " FOR {kind}"),
            None => Ok(()),
        }
    }
}

impl Display for Backup {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("BACKUP ")?;
        if self.targets != Targets::Cluster {
            write!(f, "{} ", self.targets)?;
        }
        let as_of = AsOf(&self.as_of);
        match &self.destination {
            Destination::New(into) => write!(f, "INTO {}{as_of}", Locations(into))?,
            Destination::Latest(into) => write!(f, "INTO LATEST IN {}{as_of}", Locations(into))?,
            Destination::Subdir(subdir, into) => {
                write!(f, "INTO {subdir} IN {}{as_of}", Locations(into))?;
            }
            Destination::Uri {
                to,
                incremental_from,
            } => {
                write!(f, "TO {to}{as_of}")?;
                if !incremental_from.is_empty() {
                    write!(f, " INCREMENTAL FROM {}", List(incremental_from))?;
                }
            }
        }
        With(&self.options).fmt(f)
    }
}

impl Display for Restore {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("RESTORE ")?;
        if self.targets != Targets::Cluster {
            write!(f, "{} ", self.targets)?;
        }
        let as_of = AsOf(&self.as_of);
        match &self.source {
            BackupSource::Latest(from) => write!(f, "FROM LATEST IN {}{as_of}", Locations(from))?,
            BackupSource::Subdir(subdir, from) => {
                write!(f, "FROM {subdir} IN {}{as_of}", Locations(from))?;
            }
            BackupSource::Uris(uris) => {
                write!(f, "FROM {}{as_of}", List(uris))?;
            }
        }
        With(&self.options).fmt(f)
    }
}

impl Display for Import {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let format = &self.format.value;
        let files = List(&self.files);
        match &self.form {
            ImportForm::Into { table, columns } => {
                write!(f, "IMPORT INTO {}", Dotted(table))?;
                if !columns.is_empty() {
                    write!(f, "({})", Names(columns))?;
                }
                write!(f, " {format} DATA ({files})")?;
            }
            ImportForm::Table(table) => {
                write!(f, "IMPORT TABLE {}", Dotted(&table.name))?;
                table.elements(f)?;
                write!(f, " {format} DATA ({files})")?;
            }
            ImportForm::CreateUsing { table, file } => {
                let table = Dotted(table);
                write!(
                    f,
                    "IMPORT TABLE {table} CREATE USING {file} {format} DATA ({files})"
                )?;
            }
            ImportForm::Dump { table } => {
                f.write_str("IMPORT ")?;
                if let Some(table) = table {
                    write!(f, "TABLE {} FROM ", Dotted(table))?;
                }
                write!(f, "{format} {}", Locations(&self.files))?;
            }
        }
        With(&self.options).fmt(f)
    }
}

impl Display for CreateChangefeed {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let start = match self.experimental {
            true => "EXPERIMENTAL CHANGEFEED",
            false => "CREATE CHANGEFEED",
        };
        f.write_str(start)?;
        self.rest(f, " FOR")
    }
}

impl CreateChangefeed {
    fn rest(&self, f: &mut Formatter<'_>, before: &str) -> Result {
        let sink = |f: &mut Formatter<'_>| match &self.sink {
            Some(sink) => write!(f, " INTO {sink}"),
            None => Ok(()),
        };
        match &self.targets {
            ChangefeedTargets::Tables(tables) => write!(f, "{before} TABLE {}", Paths(tables))?,
            ChangefeedTargets::Database(name) => {
                write!(f, "{before} DATABASE {}", Quoted(&name.value))?;
            }
            ChangefeedTargets::Query(query) => {
                sink(f)?;
                With(&self.options).fmt(f)?;
                return write!(f, " AS {query}");
            }
        }
        sink(f)?;
        With(&self.options).fmt(f)
    }
}

impl Display for CreateSchedule {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let condition = when(self.if_not_exists, "IF NOT EXISTS ");
        write!(f, "CREATE SCHEDULE {condition}")?;
        if let Some(label) = &self.label {
            write!(f, "{label} ")?;
        }
        match &self.task {
            ScheduledTask::Backup {
                targets,
                into,
                options,
            } => {
                f.write_str("FOR BACKUP ")?;
                if *targets != Targets::Cluster {
                    write!(f, "{targets} ")?;
                }
                write!(f, "INTO {}{}", Locations(into), With(options))?;
            }
            ScheduledTask::Changefeed(changefeed) => {
                f.write_str("FOR CHANGEFEED")?;
                changefeed.rest(f, "")?;
            }
        }
        write!(f, " RECURRING {}", self.recurring)?;
        match &self.full_backup {
            FullBackup::Default => {}
            FullBackup::Always => f.write_str(" FULL BACKUP ALWAYS")?,
            FullBackup::Recurring(text) => write!(f, " FULL BACKUP {text}")?,
        }
        match self.options.is_empty() {
            true => Ok(()),
            false => write!(f, " WITH SCHEDULE OPTIONS {}", List(&self.options.list)),
        }
    }
}

impl Display for CreateStatistics {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "CREATE STATISTICS {}", Quoted(&self.name.value))?;
        if !self.columns.is_empty() {
            write!(f, " ON {}", Names(&self.columns))?;
        }
        write!(f, " FROM {}", Dotted(&self.table))?;
        if self.options.is_empty() && self.as_of.is_none() {
            return Ok(());
        }
        f.write_str(" WITH OPTIONS")?;
        for option in &self.options.list {
            if let OptValue::Expr(value) = &option.value {
                write!(f, " THROTTLING {value}")?;
            }
        }
        AsOf(&self.as_of).fmt(f)
    }
}

// ---- tables ----

impl CreateTable {
    /// ` (columns, constraints, indexes) WITH (…)`
    fn elements(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(" (")?;
        let mut comma = "";
        for column in &self.columns {
            write!(f, "{comma}{column}")?;
            comma = ", ";
        }
        for constraint in &self.constraints {
            write!(f, "{comma}{constraint}")?;
            comma = ", ";
        }
        for index in &self.indexes {
            let unique = when(index.unique, "UNIQUE ");
            let inverted = when(index.inverted, "INVERTED ");
            write!(f, "{comma}{unique}{inverted}INDEX ")?;
            if let Some(name) = &index.name {
                write!(f, "{} ", Quoted(&name.value))?;
            }
            index.fmt(f)?;
            comma = ", ";
        }
        f.write_str(")")?;
        match self.storage.is_empty() {
            true => Ok(()),
            false => write!(f, " WITH ({})", List(&self.storage.list)),
        }
    }
}

impl Display for ColumnDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", Quoted(&self.name.value), self.ty)?;
        f.write_str(when(self.not_null && !self.primary_key, " NOT NULL"))?;
        f.write_str(when(self.primary_key, " PRIMARY KEY"))?;
        f.write_str(when(self.unique, " UNIQUE"))?;
        if let Some(value) = &self.default {
            write!(f, " DEFAULT {value}")?;
        }
        if let Some(check) = &self.check {
            write!(f, " CHECK ({check})")?;
        }
        match &self.references {
            Some(table) => write!(f, " REFERENCES {}", Dotted(table)),
            None => Ok(()),
        }
    }
}

impl Display for TableConstraint {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(name) = &self.name {
            write!(f, "CONSTRAINT {} ", Quoted(&name.value))?;
        }
        match &self.kind {
            ConstraintKind::PrimaryKey(columns) => write!(f, "PRIMARY KEY ({})", Names(columns)),
            ConstraintKind::Unique(columns) => write!(f, "UNIQUE ({})", Names(columns)),
            ConstraintKind::Check(check) => write!(f, "CHECK ({check})"),
            ConstraintKind::ForeignKey {
                columns,
                table,
                referenced,
            } => {
                let (columns, table) = (Names(columns), Dotted(table));
                write!(f, "FOREIGN KEY ({columns}) REFERENCES {table}")?;
                match referenced.is_empty() {
                    true => Ok(()),
                    false => write!(f, " ({})", Names(referenced)),
                }
            }
        }
    }
}

/// The part after the name.
impl Display for IndexDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("(")?;
        for (i, column) in self.columns.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let order = when(column.descending, " DESC");
            write!(f, "{comma}{}{order}", Quoted(&column.name.value))?;
        }
        f.write_str(")")?;
        match self.storing.is_empty() {
            true => Ok(()),
            false => write!(f, " STORING ({})", Names(&self.storing)),
        }
    }
}

impl Display for CreateIndex {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let unique = when(self.index.unique, "UNIQUE ");
        let inverted = when(self.index.inverted, "INVERTED ");
        let condition = when(self.if_not_exists, "IF NOT EXISTS ");
        write!(f, "CREATE {unique}{inverted}INDEX {condition}")?;
        if let Some(name) = &self.index.name {
            write!(f, "{} ", Quoted(&name.value))?;
        }
        write!(f, "ON {} {}", Dotted(&self.table), self.index)?;
        match &self.predicate {
            Some(predicate) => write!(f, " WHERE {predicate}"),
            None => Ok(()),
        }
    }
}

impl Display for AlterAction {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let quoted = |name: &'_ Name| Quoted(&name.value).to_string();
        match self {
            AlterAction::AddColumn {
                column,
                if_not_exists,
            } => write!(
                f,
                "ADD COLUMN {}{column}",
                when(*if_not_exists, "IF NOT EXISTS ")
            ),
            AlterAction::DropColumn {
                name,
                if_exists,
                cascade,
            } => {
                let condition = when(*if_exists, "IF EXISTS ");
                write!(f, "DROP COLUMN {condition}{}", quoted(name))?;
                f.write_str(when(*cascade, " CASCADE"))
            }
            AlterAction::AddConstraint(constraint) => write!(f, "ADD {constraint}"),
            AlterAction::DropConstraint { name, if_exists } => {
                let condition = when(*if_exists, "IF EXISTS ");
                write!(f, "DROP CONSTRAINT {condition}{}", quoted(name))
            }
            AlterAction::ValidateConstraint { name } => {
                write!(f, "VALIDATE CONSTRAINT {}", quoted(name))
            }
            AlterAction::RenameColumn { name, to } => {
                write!(f, "RENAME COLUMN {} TO {}", quoted(name), quoted(to))
            }
            AlterAction::RenameConstraint { name, to } => {
                write!(f, "RENAME CONSTRAINT {} TO {}", quoted(name), quoted(to))
            }
            AlterAction::SetDefault { column, value } => match value {
                Some(value) => write!(f, "ALTER COLUMN {} SET DEFAULT {value}", quoted(column)),
                None => write!(f, "ALTER COLUMN {} DROP DEFAULT", quoted(column)),
            },
            AlterAction::SetNotNull { column, on } => {
                let verb = if *on { "SET" } else { "DROP" };
                write!(f, "ALTER COLUMN {} {verb} NOT NULL", quoted(column))
            }
            AlterAction::SetType { column, ty } => {
                write!(f, "ALTER COLUMN {} SET DATA TYPE {ty}", quoted(column))
            }
            AlterAction::AlterPrimaryKey { columns } => {
                write!(f, "ALTER PRIMARY KEY USING COLUMNS ({})", Names(columns))
            }
            AlterAction::SetStorage(options) => write!(f, "SET ({})", List(&options.list)),
            AlterAction::ResetStorage(names) => write!(f, "RESET ({})", Names(names)),
        }
    }
}

impl Display for DropName {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Dotted(&self.name).fmt(f)?;
        match &self.index {
            Some(index) => write!(f, "@{}", Quoted(&index.value)),
            None => Ok(()),
        }
    }
}

impl Display for ZoneTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            ZoneTarget::Range(name) if name.value == "default" => f.write_str("RANGE default"),
            ZoneTarget::Range(name) => write!(f, "RANGE {}", Quoted(&name.value)),
            ZoneTarget::Database(name) => write!(f, "DATABASE {}", Quoted(&name.value)),
            ZoneTarget::Table(path) => write!(f, "TABLE {}", Dotted(path)),
            ZoneTarget::Index(name) => write!(f, "INDEX {name}"),
        }
    }
}

// ---- rows ----

struct Returning<'a>(&'a Option<Box<Query>>);

impl Display for Returning<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Some(list) => write!(f, " RETURNING {list}"),
            None => Ok(()),
        }
    }
}

/// ` WHERE … LIMIT …`
fn tail(
    f: &mut Formatter<'_>,
    filter: &Option<Box<Scalar>>,
    limit: &Option<Box<Scalar>>,
) -> Result {
    if let Some(filter) = filter {
        write!(f, " WHERE {filter}")?;
    }
    match limit {
        Some(limit) => write!(f, " LIMIT {limit}"),
        None => Ok(()),
    }
}

impl Display for Insert {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let verb = if self.upsert { "UPSERT" } else { "INSERT" };
        write!(f, "{verb} INTO {}", Dotted(&self.table))?;
        if !self.columns.is_empty() {
            write!(f, "({})", Names(&self.columns))?;
        }
        match &self.source {
            Some(query) => write!(f, " {query}")?,
            None => f.write_str(" DEFAULT VALUES")?,
        }
        f.write_str(when(self.ignore_conflicts, " ON CONFLICT DO NOTHING"))?;
        Returning(&self.returning).fmt(f)
    }
}

impl Display for Update {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "UPDATE {}", Dotted(&self.table))?;
        if let Some(alias) = &self.alias {
            write!(f, " AS {}", Quoted(&alias.value))?;
        }
        for (i, (column, value)) in self.set.iter().enumerate() {
            let before = if i > 0 { "," } else { " SET" };
            write!(f, "{before} {} = {value}", Quoted(&column.value))?;
        }
        tail(f, &self.filter, &self.limit)?;
        Returning(&self.returning).fmt(f)
    }
}

impl Display for Delete {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "DELETE FROM {}", Dotted(&self.table))?;
        if let Some(alias) = &self.alias {
            write!(f, " AS {}", Quoted(&alias.value))?;
        }
        tail(f, &self.filter, &self.limit)?;
        Returning(&self.returning).fmt(f)
    }
}

// ---- the rest ----

impl Display for GrantObject {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            GrantObject::Roles(names) if names.is_empty() => f.write_str("ROLE"),
            GrantObject::Roles(names) => write!(f, "ROLE {}", Names(names)),
            GrantObject::System | GrantObject::Anything => Ok(()),
            GrantObject::Tables(tables) => write!(f, "TABLE {}", List(tables)),
            GrantObject::Databases(names) => write!(f, "DATABASE {}", Names(names)),
            GrantObject::Schemas(names) => write!(f, "SCHEMA {}", Paths(names)),
            GrantObject::Types(names) => write!(f, "TYPE {}", Paths(names)),
            GrantObject::ExternalConnections(names) => {
                write!(f, "EXTERNAL CONNECTION {}", Names(names))
            }
        }
    }
}

impl Display for Grant {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(if self.revoke { "REVOKE " } else { "GRANT " })?;
        let roles = matches!(self.on, GrantObject::Roles(_));
        let option = if roles { "ADMIN" } else { "GRANT" };
        if self.revoke && self.option {
            write!(f, "{option} OPTION FOR ")?;
        }
        let words = |f: &mut Formatter<'_>| {
            for (i, name) in self.privileges.iter().enumerate() {
                write!(f, "{}{}", if i > 0 { ", " } else { "" }, name.value)?;
            }
            Ok(())
        };
        match &self.on {
            GrantObject::Roles(names) => Names(names).fmt(f)?,
            GrantObject::System => {
                f.write_str("SYSTEM ")?;
                words(f)?;
            }
            object => {
                words(f)?;
                write!(f, " ON {object}")?;
            }
        }
        let to = if self.revoke { "FROM" } else { "TO" };
        write!(f, " {to} {}", List(&self.grantees))?;
        match !self.revoke && self.option {
            true => write!(f, " WITH {option} OPTION"),
            false => Ok(()),
        }
    }
}
