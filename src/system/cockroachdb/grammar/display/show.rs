//! SHOW in normal form.

use super::{Dotted, Quoted};
use crate::system::cockroachdb::grammar::*;
use std::fmt::{Display, Formatter, Result};

fn of(name: &Option<Name>) -> String {
    name.as_ref()
        .map_or_else(String::new, |n| format!(" FROM {}", Quoted(&n.value)))
}

fn locations(list: &[TextArg]) -> String {
    let texts: Vec<String> = list.iter().map(TextArg::to_string).collect();
    match list.len() {
        1 => texts.concat(),
        _ => format!("({})", texts.join(", ")),
    }
}

fn grantees(list: &[RoleSpec]) -> String {
    let names: Vec<String> = list.iter().map(RoleSpec::to_string).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" FOR {}", names.join(", ")),
    }
}

fn options(options: &Options) -> String {
    let texts: Vec<String> = options.list.iter().map(Opt::to_string).collect();
    match (texts.is_empty(), options.bracketed) {
        (true, _) => String::new(),
        (_, true) => format!(" WITH OPTIONS ({})", texts.join(", ")),
        (_, false) => format!(" WITH {}", texts.join(", ")),
    }
}

fn comment(on: bool) -> &'static str {
    if on { " WITH COMMENT" } else { "" }
}

fn details(on: bool) -> &'static str {
    if on { " WITH DETAILS" } else { "" }
}

impl Display for Show {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("SHOW ")?;
        match self {
            Show::Backups { collection } => write!(f, "BACKUPS IN {}", locations(collection)),
            Show::Backup {
                detail,
                subdir,
                location,
                options: with,
            } => {
                f.write_str("BACKUP ")?;
                if let Some(detail) = detail {
                    write!(f, "{detail} ")?;
                }
                if let Some(subdir) = subdir {
                    write!(f, "FROM {subdir} IN ")?;
                }
                write!(f, "{}{}", locations(location), options(with))
            }
            Show::Databases { comment: on } => write!(f, "DATABASES{}", comment(*on)),
            Show::Schemas { database } => write!(f, "SCHEMAS{}", of(database)),
            Show::Tables { from, comment: on } => {
                f.write_str("TABLES")?;
                if let Some(from) = from {
                    write!(f, " FROM {}", Dotted(from))?;
                }
                f.write_str(comment(*on))
            }
            Show::Columns { table, comment: on } => {
                write!(f, "COLUMNS FROM {}{}", Dotted(table), comment(*on))
            }
            Show::Indexes { table } => write!(f, "INDEXES FROM {}", Dotted(table)),
            Show::Constraints { table } => write!(f, "CONSTRAINTS FROM {}", Dotted(table)),
            Show::Sequences { database } => write!(f, "SEQUENCES{}", of(database)),
            Show::Create { object, name } => {
                f.write_str("CREATE ")?;
                if let Some(object) = object {
                    write!(f, "{} ", object.word())?;
                }
                Dotted(name).fmt(f)
            }
            Show::Grants(show) => {
                f.write_str("GRANTS")?;
                if show.on != GrantObject::Anything {
                    write!(f, " ON {}", show.on)?;
                }
                f.write_str(&grantees(&show.grantees))
            }
            Show::SystemGrants { grantees: list } => {
                write!(f, "SYSTEM GRANTS{}", grantees(list))
            }
            Show::Users => f.write_str("USERS"),
            Show::Roles => f.write_str("ROLES"),
            Show::ClusterSetting { name } => write!(f, "CLUSTER SETTING {}", name.value),
            Show::ClusterSettings { all: true } => f.write_str("ALL CLUSTER SETTINGS"),
            Show::ClusterSettings { all: false } => f.write_str("PUBLIC CLUSTER SETTINGS"),
            Show::Variable { name } => f.write_str(&name.value),
            Show::Statistics { table } => write!(f, "STATISTICS FOR TABLE {}", Dotted(table)),
            Show::Ranges {
                of: table,
                database,
            } => match (table, database) {
                (Some(name), _) if name.index.is_some() => write!(f, "RANGES FROM INDEX {name}"),
                (Some(name), _) => write!(f, "RANGES FROM TABLE {name}"),
                (None, Some(name)) => write!(f, "RANGES FROM DATABASE {}", Quoted(&name.value)),
                (None, None) => f.write_str("RANGES"),
            },
            Show::Sessions => f.write_str("SESSIONS"),
            Show::Statements => f.write_str("STATEMENTS"),
            Show::ZoneConfigurations => f.write_str("ZONE CONFIGURATIONS"),
            Show::ZoneConfiguration(target) => write!(f, "ZONE CONFIGURATION FROM {target}"),
            Show::VirtualClusters {
                name,
                replication_status,
            } => match name {
                None => f.write_str("VIRTUAL CLUSTERS"),
                Some(name) => {
                    let status = match replication_status {
                        true => " WITH REPLICATION STATUS",
                        false => "",
                    };
                    write!(f, "VIRTUAL CLUSTER {}{status}", Quoted(&name.value))
                }
            },
            Show::LogicalReplicationJobs { details: on } => {
                write!(f, "LOGICAL REPLICATION JOBS{}", details(*on))
            }
            Show::InspectErrors {
                table,
                job,
                details: on,
            } => {
                f.write_str("INSPECT ERRORS")?;
                if let Some(table) = table {
                    write!(f, " FOR TABLE {}", Dotted(table))?;
                }
                if let Some(job) = job {
                    write!(f, " FOR JOB {job}")?;
                }
                f.write_str(details(*on))
            }
        }
    }
}
