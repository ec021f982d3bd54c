//! BACKUP, RESTORE, IMPORT, changefeeds, schedules, statistics (reference: cockroachdb-jobs 1.3, 1.4).

use super::*;
use crate::sql::{Cause, Expected, SyntaxError};

pub const ALTER_LABEL: &str = "SET LABEL";
pub const ALTER_RECURRING: &str = "SET RECURRING";
pub const ALTER_FULL: &str = "SET FULL BACKUP";
pub const ALTER_ALWAYS: &str = "SET FULL BACKUP ALWAYS";
pub const ALTER_EXECUTE: &str = "EXECUTE IMMEDIATELY";
pub const ALTER_EXECUTE_FULL: &str = "EXECUTE FULL IMMEDIATELY";

const BACKUP_TO_GONE: &str = "The `BACKUP TO` syntax is no longer supported. Please use `BACKUP INTO` to create a backup collection.";

/// A syntax error where the product's grammar knows an old form of the statement, with its reason.
pub(super) fn gone(error: SyntaxError, reason: impl Into<String>) -> SyntaxError {
    match error.cause {
        Cause::Unexpected | Cause::Query(_) => {
            SyntaxError::refused(reason, error.span, error.at_end)
        }
        _ => error,
    }
}

impl Grammar {
    pub(super) fn backup(self, c: &mut Cursor) -> Parsed<Statement> {
        let may_be_all = self.has(Feature::ClusterBackup);
        let targets = if may_be_all && (c.is_word("INTO") || c.is_word("TO")) {
            Targets::Cluster
        } else {
            self.targets(c)?
        };
        let destination = self.backup_destination(c)?;
        let as_of = self.as_of(c)?;
        let destination = self.incremental_from(c, destination)?;
        let options = self.bulk_options(c, options::BACKUP)?;
        Ok(Statement::Backup(Box::new(Backup {
            targets,
            destination,
            as_of,
            options,
        })))
    }

    fn backup_destination(self, c: &mut Cursor) -> Parsed<Destination> {
        if self.has(Feature::BackupCollections) && c.eat("INTO") {
            if c.eat_words(&["LATEST", "IN"]) {
                return Ok(Destination::Latest(self.text_args(c)?));
            }
            if c.is_symbol("(") {
                return Ok(Destination::New(self.text_args(c)?));
            }
            let first = self.text_arg(c)?;
            return Ok(match c.eat("IN") {
                true => Destination::Subdir(first, self.text_args(c)?),
                false => Destination::New(vec![first]),
            });
        }
        if !self.has(Feature::BackupToUri) {
            if c.eat("TO") {
                return Err(gone(c.error_here(), BACKUP_TO_GONE));
            }
            return Err(c.error());
        }
        c.expect("TO")?;
        Ok(Destination::Uri {
            to: self.text_arg(c)?,
            incremental_from: Vec::new(),
        })
    }

    /// v2.1: `INCREMENTAL FROM uri, …`, after AS OF SYSTEM TIME.
    fn incremental_from(self, c: &mut Cursor, into: Destination) -> Parsed<Destination> {
        let Destination::Uri { to, .. } = into else {
            return Ok(into);
        };
        let mut incremental_from = Vec::new();
        if c.eat("INCREMENTAL") {
            c.expect("FROM")?;
            incremental_from = c.list(|c| self.text_arg(c))?;
        }
        Ok(Destination::Uri {
            to,
            incremental_from,
        })
    }

    /// `TABLE a, b`, `DATABASE d`, `a, b`, `db.*`.
    fn targets(self, c: &mut Cursor) -> Parsed<Targets> {
        if c.eat("DATABASE") {
            return Ok(Targets::Databases(c.list(|c| c.name(Role::Database))?));
        }
        if self.has(Feature::VirtualClusters) {
            if c.eat_words(&["VIRTUAL", "CLUSTER"]) {
                return Ok(Targets::VirtualCluster(c.integer()?));
            }
            if c.is_word("TENANT")
                && let Some(next) = c.peek_at(1)
                && next.kind == sql::Kind::Number
            {
                c.eat("TENANT");
                return Ok(Targets::VirtualCluster(c.integer()?));
            }
        }
        c.eat("TABLE");
        Ok(Targets::Tables(c.list(|c| self.table_pattern(c))?))
    }

    pub(super) fn restore(self, c: &mut Cursor) -> Parsed<Statement> {
        let may_be_all = self.has(Feature::ClusterBackup);
        let targets = if may_be_all && c.is_word("FROM") {
            Targets::Cluster
        } else if may_be_all && c.eat_words(&["SYSTEM", "USERS"]) {
            Targets::SystemUsers
        } else {
            self.targets(c)?
        };
        c.expect("FROM")?;
        if self.has(Feature::BackupToUri) {
            return self.restore_from(c, targets);
        }
        // Whatever does not fit after FROM is taken for the old statement, which had a URI there.
        let what = if targets == Targets::Cluster {
            ""
        } else {
            "<targets> "
        };
        let read = self.restore_from(c, targets);
        let read = match read {
            Ok(_) if !c.at_end() => Err(c.error()),
            read => read,
        };
        read.map_err(|error| {
            let reason = format!(
                "The `RESTORE {what}FROM <backupURI>` syntax is no longer supported. Please use `RESTORE {what}FROM <subdirectory> IN <collectionURI>`."
            );
            gone(error, reason)
        })
    }

    /// After FROM.
    fn restore_from(self, c: &mut Cursor, targets: Targets) -> Parsed<Statement> {
        let source = self.backup_source(c)?;
        let as_of = self.as_of(c)?;
        let options = self.bulk_options(c, options::RESTORE)?;
        Ok(Statement::Restore(Box::new(Restore {
            targets,
            source,
            as_of,
            options,
        })))
    }

    fn backup_source(self, c: &mut Cursor) -> Parsed<BackupSource> {
        if !self.has(Feature::BackupCollections) {
            return Ok(BackupSource::Uris(c.list(|c| self.text_arg(c))?));
        }
        if c.eat_words(&["LATEST", "IN"]) {
            return Ok(BackupSource::Latest(self.text_args(c)?));
        }
        let old = self.has(Feature::BackupToUri);
        if old && c.is_symbol("(") {
            return Ok(BackupSource::Uris(self.text_args(c)?));
        }
        let first = self.text_arg(c)?;
        if c.eat("IN") {
            return Ok(BackupSource::Subdir(first, self.text_args(c)?));
        }
        if !old {
            return Err(c.error());
        }
        let mut all = vec![first];
        while c.eat_symbol(",") {
            all.extend(self.text_args(c)?);
        }
        Ok(BackupSource::Uris(all))
    }

    pub(super) fn import(self, c: &mut Cursor) -> Parsed<Statement> {
        let into = self.has(Feature::ImportInto) && c.eat("INTO");
        let form = if into {
            let table = c.path(Role::Table)?;
            let columns = match c.is_symbol("(") {
                true => self.names_in_brackets(c, Role::Column)?,
                false => Vec::new(),
            };
            ImportForm::Into { table, columns }
        } else if self.has(Feature::ImportTable) && c.eat("TABLE") {
            self.import_table(c)?
        } else if self.has(Feature::ImportTable) {
            ImportForm::Dump { table: None }
        } else {
            return Err(c.error());
        };
        let mut format = c.name(Role::Other)?;
        format.value = format.value.to_ascii_uppercase();
        let files = if let ImportForm::Dump { .. } = form {
            c.eat("DATA");
            self.text_args(c)?
        } else {
            c.expect("DATA")?;
            if !c.eat_symbol("(") {
                return Err(c.error());
            }
            let files = c.list(|c| self.text_arg(c))?;
            c.expect_symbol(")")?;
            files
        };
        let options = self.free_options(c)?;
        Ok(Statement::Import(Box::new(Import {
            form,
            format,
            files,
            options,
        })))
    }

    /// After IMPORT TABLE.
    fn import_table(self, c: &mut Cursor) -> Parsed<ImportForm> {
        let table = c.path(Role::Table)?;
        if c.eat("FROM") {
            return Ok(ImportForm::Dump { table: Some(table) });
        }
        if c.eat("CREATE") {
            c.expect("USING")?;
            let file = self.text_arg(c)?;
            return Ok(ImportForm::CreateUsing { table, file });
        }
        Ok(ImportForm::Table(Box::new(
            self.table_elements(c, table, false)?,
        )))
    }

    pub(super) fn experimental_changefeed(self, c: &mut Cursor) -> Parsed<Statement> {
        c.expect_words(&["CHANGEFEED", "FOR"])?;
        let targets = self.changefeed_tables(c)?;
        let options = self.free_options(c)?;
        Ok(Statement::CreateChangefeed(Box::new(CreateChangefeed {
            targets,
            sink: None,
            options,
            experimental: true,
        })))
    }

    /// After CREATE CHANGEFEED.
    pub(super) fn changefeed(self, c: &mut Cursor) -> Parsed<CreateChangefeed> {
        let stop = ["RECURRING"];
        if self.has(Feature::ChangefeedQueries) && !c.is_word("FOR") {
            let sink = match c.eat("INTO") {
                true => Some(self.text_arg(c)?),
                false => None,
            };
            let options = self.free_options(c)?;
            c.expect("AS")?;
            return Ok(CreateChangefeed {
                targets: ChangefeedTargets::Query(self.query(c, &stop)?),
                sink,
                options,
                experimental: false,
            });
        }
        c.expect("FOR")?;
        let targets = if self.has(Feature::DatabaseChangefeeds) && c.eat("DATABASE") {
            ChangefeedTargets::Database(c.name(Role::Database)?)
        } else {
            self.changefeed_tables(c)?
        };
        let sink = match c.eat("INTO") {
            true => Some(self.text_arg(c)?),
            false => None,
        };
        Ok(CreateChangefeed {
            targets,
            sink,
            options: self.free_options(c)?,
            experimental: false,
        })
    }

    fn changefeed_tables(self, c: &mut Cursor) -> Parsed<ChangefeedTargets> {
        c.eat("TABLE");
        let tables = c.list(|c| {
            c.eat("TABLE");
            let table = c.path(Role::Table)?;
            if self.has(Feature::FixedBulkOptions) && c.eat("FAMILY") {
                c.name(Role::Other)?;
            }
            Ok(table)
        })?;
        Ok(ChangefeedTargets::Tables(tables))
    }

    /// After CREATE SCHEDULE.
    pub(super) fn create_schedule(self, c: &mut Cursor) -> Parsed<Statement> {
        let if_not_exists = self.if_not_exists(c);
        let label = match c.is_word("FOR") {
            true => {
                c.record(Expected::String);
                None
            }
            false => Some(self.text_arg(c)?),
        };
        c.expect("FOR")?;
        let task = match c.expect_any(&["BACKUP", "CHANGEFEED"])? {
            "BACKUP" => {
                let targets = match c.is_word("INTO") {
                    true => Targets::Cluster,
                    false => self.targets(c)?,
                };
                c.expect("INTO")?;
                let into = self.text_args(c)?;
                let options = self.bulk_options(c, options::BACKUP)?;
                ScheduledTask::Backup {
                    targets,
                    into,
                    options,
                }
            }
            _ => {
                // `FOR CHANGEFEED t INTO …` and `FOR CHANGEFEED INTO … AS SELECT …`
                let query = c.is_word("INTO") || c.is_word("WITH") || c.is_word("AS");
                let changefeed = if query {
                    self.changefeed(c)?
                } else {
                    let targets = self.changefeed_tables(c)?;
                    c.expect("INTO")?;
                    CreateChangefeed {
                        targets,
                        sink: Some(self.text_arg(c)?),
                        options: self.free_options(c)?,
                        experimental: false,
                    }
                };
                ScheduledTask::Changefeed(Box::new(changefeed))
            }
        };
        c.expect("RECURRING")?;
        let recurring = self.text_arg(c)?;
        let full_backup =
            if matches!(task, ScheduledTask::Backup { .. }) && c.eat_words(&["FULL", "BACKUP"]) {
                match c.eat("ALWAYS") {
                    true => FullBackup::Always,
                    false => FullBackup::Recurring(self.text_arg(c)?),
                }
            } else {
                FullBackup::Default
            };
        let options = match c.eat_words(&["WITH", "SCHEDULE", "OPTIONS"]) {
            true => self.schedule_options(c)?,
            false => Options::default(),
        };
        Ok(Statement::CreateSchedule(Box::new(CreateSchedule {
            if_not_exists,
            label,
            task,
            recurring,
            full_backup,
            options,
        })))
    }

    fn schedule_options(self, c: &mut Cursor) -> Parsed<Options> {
        let brackets = c.eat_symbol("(");
        let options = c.list(|c| self.schedule_option(c))?;
        if brackets {
            c.expect_symbol(")")?;
        }
        Ok(options::plain(options))
    }

    fn schedule_option(self, c: &mut Cursor) -> Parsed<Opt> {
        let start = c.position();
        let name = c.any_name(Role::Other)?.value;
        let value = match c.eat_symbol("=") {
            true => OptValue::Expr(self.boxed_scalar(c)?),
            false => OptValue::None,
        };
        Ok(Opt {
            name,
            value,
            span: c.span_from(start),
        })
    }

    /// After ALTER BACKUP SCHEDULE: what the public `sql.y` has, without INTO and WITH.
    pub(super) fn alter_schedule(self, c: &mut Cursor) -> Parsed<Statement> {
        let id = c.integer()?;
        let list = c.list(|c| {
            let start = c.position();
            let mut value = OptValue::None;
            let name = if c.eat("EXECUTE") {
                let full = c.eat("FULL");
                c.expect("IMMEDIATELY")?;
                if full {
                    ALTER_EXECUTE_FULL
                } else {
                    ALTER_EXECUTE
                }
            } else {
                c.expect("SET")?;
                match c.expect_any(&["LABEL", "RECURRING", "FULL", "SCHEDULE", "INTO", "WITH"])? {
                    "SCHEDULE" => {
                        c.expect("OPTION")?;
                        return self.schedule_option(c);
                    }
                    "FULL" => {
                        c.expect("BACKUP")?;
                        if c.eat("ALWAYS") {
                            ALTER_ALWAYS
                        } else {
                            value = OptValue::Text(self.text_arg(c)?);
                            ALTER_FULL
                        }
                    }
                    word @ ("INTO" | "WITH") => {
                        let what = format!("ALTER BACKUP SCHEDULE SET {word}");
                        let error = crate::system::cockroachdb::errors::unsupported(&what);
                        return Err(SyntaxError::told(error, c.span_from(start)));
                    }
                    word => {
                        value = OptValue::Text(self.text_arg(c)?);
                        if word == "LABEL" {
                            ALTER_LABEL
                        } else {
                            ALTER_RECURRING
                        }
                    }
                }
            };
            Ok(Opt {
                name: name.to_owned(),
                value,
                span: c.span_from(start),
            })
        })?;
        let changes = options::plain(list);
        Ok(Statement::AlterSchedule { id, changes })
    }

    /// A number from 0 up to, but not, 1.
    fn boxed_throttling(self, c: &mut Cursor) -> Parsed<Box<Scalar>> {
        let at = c.here();
        let value = self.scalar_until(c, &["THROTTLING", "AS"])?;
        let text = value.text.trim();
        let whole = text.split('.').next().unwrap_or("").trim_start_matches('0');
        if text.starts_with('-') || whole.starts_with(|c: char| c.is_ascii_digit()) {
            let reason = "THROTTLING fraction must be between 0 and 1";
            return Err(SyntaxError::refused(reason, at, false));
        }
        Ok(Box::new(value))
    }

    /// After ANALYZE: the statement stands for CREATE STATISTICS without a name.
    pub(super) fn analyze(self, c: &mut Cursor) -> Parsed<Statement> {
        let table = c.path(Role::Table)?;
        Ok(Statement::CreateStatistics(CreateStatistics {
            name: Name {
                value: String::new(),
                quoted: true,
                span: table.span,
            },
            columns: Vec::new(),
            table,
            options: Options::default(),
            as_of: None,
        }))
    }

    /// After CREATE STATISTICS.
    pub(super) fn create_statistics(self, c: &mut Cursor) -> Parsed<Statement> {
        let name = c.name(Role::Other)?;
        let columns = match c.eat("ON") {
            true => c.list(|c| c.name(Role::Column))?,
            false => Vec::new(),
        };
        c.expect("FROM")?;
        let table = c.path(Role::Table)?;
        let mut options = Options::default();
        let mut as_of = self.as_of(c)?;
        if c.eat("WITH") {
            c.expect("OPTIONS")?;
            loop {
                let start = c.position();
                if c.eat("THROTTLING") {
                    let at = c.here();
                    let value = self.boxed_throttling(c)?;
                    if !options.list.is_empty() {
                        let reason = "THROTTLING specified multiple times";
                        return Err(SyntaxError::refused(reason, at, false));
                    }
                    options.list.push(Opt {
                        name: "throttling".to_owned(),
                        value: OptValue::Expr(value),
                        span: c.span_from(start),
                    });
                } else if let Some(again) = self.as_of(c)? {
                    if as_of.is_some() {
                        let reason = "AS OF specified multiple times";
                        return Err(SyntaxError::refused(reason, c.here(), c.at_end()));
                    }
                    as_of = Some(again);
                } else {
                    break;
                }
            }
        }
        Ok(Statement::CreateStatistics(CreateStatistics {
            name,
            columns,
            table,
            options,
            as_of,
        }))
    }
}
