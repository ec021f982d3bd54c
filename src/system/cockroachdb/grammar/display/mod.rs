//! Statements in the product's normal form: keywords upper case, names quoted where they must be,
//! `JOB a` as `JOBS VALUES (a)`. What is printed reads back as the same statement.

mod basics;
mod bulk;
mod show;
mod tables;

pub use basics::{Dotted, Literal, Quoted};

use super::*;
use basics::{AsOf, List, Names, Paths, With, when};
use std::fmt::{Display, Formatter, Result};

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
            Statement::AlterSchedule { id, changes } => {
                write!(f, "ALTER BACKUP SCHEDULE {id}")?;
                for (i, change) in changes.list.iter().enumerate() {
                    f.write_str(if i > 0 { ", " } else { " " })?;
                    match (&change.value, change.name.contains(' ')) {
                        (OptValue::Text(text), true) => write!(f, "{} {text}", change.name)?,
                        (_, true) => f.write_str(&change.name)?,
                        (_, false) => write!(f, "SET SCHEDULE OPTION {change}")?,
                    }
                }
                Ok(())
            }
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
            Statement::CreateType {
                name,
                if_not_exists,
                values,
            } => {
                let condition = when(*if_not_exists, "IF NOT EXISTS ");
                write!(f, "CREATE TYPE {condition}{} AS ENUM (", Dotted(name))?;
                for (i, value) in values.iter().enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    write!(f, "{comma}{}", Literal(&value.value))?;
                }
                f.write_str(")")
            }
            Statement::AlterType { name, action } => {
                write!(f, "ALTER TYPE {} {action}", Dotted(name))
            }
            Statement::CreateView {
                name,
                if_not_exists,
                columns,
                query,
            } => {
                let condition = when(*if_not_exists, "IF NOT EXISTS ");
                write!(f, "CREATE VIEW {condition}{}", Dotted(name))?;
                if !columns.is_empty() {
                    write!(f, " ({})", Names(columns))?;
                }
                write!(f, " AS {query}")
            }
            Statement::CreateSequence {
                name,
                if_not_exists,
            } => {
                let condition = when(*if_not_exists, "IF NOT EXISTS ");
                write!(f, "CREATE SEQUENCE {condition}{}", Dotted(name))
            }
            Statement::ChangeOwner {
                object,
                name,
                owner,
            } => {
                write!(
                    f,
                    "ALTER {} {} OWNER TO {owner}",
                    object.word(),
                    Dotted(name)
                )
            }
            Statement::VirtualCluster(s) => s.fmt(f),
            Statement::CreateLogicalReplication(s) => s.fmt(f),
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
                    write!(f, "{with} {}", option.name.to_ascii_uppercase())?;
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
        match (&self.id, self.create) {
            (Some(id), true) => return write!(f, "SHOW CREATE SCHEDULE {id}"),
            (Some(id), false) => return write!(f, "SHOW SCHEDULE {id}"),
            (None, true) => return f.write_str("SHOW CREATE ALL SCHEDULES"),
            (None, false) => {}
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
