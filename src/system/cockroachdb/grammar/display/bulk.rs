//! Bulk statements in normal form.

use super::basics::{AsOf, Dotted, List, Locations, Names, Paths, Quoted, With, when};
use crate::system::cockroachdb::grammar::*;
use std::fmt::{Display, Formatter, Result};

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
            // v2.1 says TABLE once.
            ChangefeedTargets::Tables(tables) if self.options.bracketed => {
                for (i, table) in tables.iter().enumerate() {
                    let before = if i > 0 { "," } else { before };
                    write!(f, "{before} TABLE {}", Dotted(table))?;
                }
            }
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

impl Display for VirtualCluster {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = Quoted(&self.name.value);
        match &self.action {
            ClusterAction::Create {
                if_not_exists,
                replication,
                options,
            } => {
                let condition = when(*if_not_exists, "IF NOT EXISTS ");
                write!(f, "CREATE VIRTUAL CLUSTER {condition}{name}")?;
                if let Some((source, uri)) = replication {
                    let source = Quoted(&source.value);
                    write!(f, " FROM REPLICATION OF {source} ON {uri}")?;
                }
                With(options).fmt(f)
            }
            ClusterAction::Drop {
                if_exists,
                immediate,
            } => {
                let condition = when(*if_exists, "IF EXISTS ");
                let immediate = when(*immediate, " IMMEDIATE");
                write!(f, "DROP VIRTUAL CLUSTER {condition}{name}{immediate}")
            }
            ClusterAction::PauseReplication => {
                write!(f, "ALTER VIRTUAL CLUSTER {name} PAUSE REPLICATION")
            }
            ClusterAction::ResumeReplication => {
                write!(f, "ALTER VIRTUAL CLUSTER {name} RESUME REPLICATION")
            }
            ClusterAction::CompleteReplication { to } => {
                write!(f, "ALTER VIRTUAL CLUSTER {name} COMPLETE REPLICATION TO ")?;
                match to {
                    Some(time) => write!(f, "SYSTEM TIME {time}"),
                    None => f.write_str("LATEST"),
                }
            }
            ClusterAction::StartService(how) => {
                write!(f, "ALTER VIRTUAL CLUSTER {name} START SERVICE {how}")
            }
            ClusterAction::StopService => {
                write!(f, "ALTER VIRTUAL CLUSTER {name} STOP SERVICE")
            }
            ClusterAction::Setting { name: of, value } => {
                let of = &of.value;
                write!(
                    f,
                    "ALTER VIRTUAL CLUSTER {name} SET CLUSTER SETTING {of} = "
                )?;
                match value {
                    Some(value) => value.fmt(f),
                    None => f.write_str("DEFAULT"),
                }
            }
        }
    }
}

impl Display for LogicalReplication {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let tables = |list: &[Path]| match list {
            [one] => format!("TABLE {}", Dotted(one)),
            many => format!("TABLES ({})", Paths(many)),
        };
        let (from, into) = (tables(&self.from), tables(&self.into));
        let on = &self.on;
        write!(
            f,
            "CREATE LOGICAL REPLICATION STREAM FROM {from} ON {on} INTO {into}"
        )?;
        With(&self.options).fmt(f)
    }
}
