//! SHOW in all its forms; those of jobs and schedules are in `jobs`.

use super::*;
use crate::sql::Expected;

/// Two- and three-word session variables that SHOW knows.
const WORDY_VARIABLES: [(&[&str], &str); 4] = [
    (&["TIME", "ZONE"], "timezone"),
    (
        &["TRANSACTION", "ISOLATION", "LEVEL"],
        "transaction_isolation",
    ),
    (&["TRANSACTION", "PRIORITY"], "transaction_priority"),
    (&["TRANSACTION", "STATUS"], "transaction_status"),
];

impl Grammar {
    pub(super) fn show(self, c: &mut Cursor) -> Parsed<Statement> {
        if let Some(jobs) = self.show_jobs(c)? {
            return Ok(jobs);
        }
        if let Some(schedules) = self.show_schedules(c)? {
            return Ok(schedules);
        }
        Ok(Statement::Show(self.show_other(c)?))
    }

    fn show_other(self, c: &mut Cursor) -> Parsed<Show> {
        if self.has(Feature::BackupCollections) && c.eat("BACKUPS") {
            c.expect("IN")?;
            let collection = self.text_args(c)?;
            self.free_options(c)?;
            return Ok(Show::Backups { collection });
        }
        if c.eat("BACKUP") {
            return self.show_backup(c);
        }
        if c.eat("DATABASES") {
            let comment = self.with_comment(c)?;
            return Ok(Show::Databases { comment });
        }
        if c.eat("SCHEMAS") {
            let database = self.of_database(c)?;
            return Ok(Show::Schemas { database });
        }
        if c.eat("TABLES") {
            let from = match c.eat("FROM") {
                true => Some(c.path(Role::Database)?),
                false => None,
            };
            let comment = self.with_comment(c)?;
            return Ok(Show::Tables { from, comment });
        }
        if c.eat("COLUMNS") {
            let table = self.of_table(c)?;
            let comment = self.with_comment(c)?;
            return Ok(Show::Columns { table, comment });
        }
        if c.eat_any(&["INDEXES", "INDEX", "KEYS"]).is_some() {
            let table = self.of_table(c)?;
            self.with_comment(c)?;
            return Ok(Show::Indexes { table });
        }
        if c.eat_any(&["CONSTRAINTS", "CONSTRAINT"]).is_some() {
            let table = self.of_table(c)?;
            self.with_comment(c)?;
            return Ok(Show::Constraints { table });
        }
        if c.eat("SEQUENCES") {
            let database = self.of_database(c)?;
            return Ok(Show::Sequences { database });
        }
        if c.eat("CREATE") {
            let kinds = [ObjectKind::Table, ObjectKind::View, ObjectKind::Database];
            let object = kinds.into_iter().find(|k| c.eat(k.word()));
            let name = c.path(Role::Table)?;
            return Ok(Show::Create { object, name });
        }
        if c.eat("GRANTS") {
            return self.show_grants(c);
        }
        if self.has(Feature::SystemPrivileges) && c.eat_words(&["SYSTEM", "GRANTS"]) {
            let grantees = self.for_grantees(c)?;
            return Ok(Show::SystemGrants { grantees });
        }
        if c.eat("USERS") {
            return Ok(Show::Users);
        }
        if c.eat("ROLES") {
            return Ok(Show::Roles);
        }
        if c.eat("STATISTICS") {
            c.expect_words(&["FOR", "TABLE"])?;
            let table = c.path(Role::Table)?;
            return Ok(Show::Statistics { table });
        }
        let old = !self.has(Feature::BackupCollections);
        if c.eat("RANGES") || old && c.eat("EXPERIMENTAL_RANGES") {
            return self.show_ranges(c);
        }
        if c.eat("SESSIONS") {
            return Ok(Show::Sessions);
        }
        if c.eat_any(&["STATEMENTS", "QUERIES"]).is_some() {
            return Ok(Show::Statements);
        }
        // `ALL` shows the product's own sessions, too, of which there are none here.
        for all in ["CLUSTER", "LOCAL", "ALL"] {
            for what in ["SESSIONS", "STATEMENTS", "QUERIES"] {
                if c.eat_words(&[all, what]) || c.eat_words(&["ALL", all, what]) {
                    return Ok(match what {
                        "SESSIONS" => Show::Sessions,
                        _ => Show::Statements,
                    });
                }
            }
        }
        if c.is_words(&["ALL", "ZONE"]) {
            c.eat("ALL");
        }
        if c.eat("ZONE") {
            return self.show_zone(c);
        }
        if self.has(Feature::VirtualClusters)
            && (c.eat_words(&["VIRTUAL", "CLUSTERS"]) || c.eat("TENANTS"))
        {
            return Ok(Show::VirtualClusters {
                name: None,
                replication_status: false,
            });
        }
        if self.virtual_cluster_words(c) {
            return self.show_virtual_cluster(c);
        }
        if self.has(Feature::LogicalReplication) && c.eat_words(&["LOGICAL", "REPLICATION"]) {
            c.expect("JOBS")?;
            let details = c.eat_words(&["WITH", "DETAILS"]);
            return Ok(Show::LogicalReplicationJobs { details });
        }
        if self.has(Feature::Inspect) && c.eat_words(&["INSPECT", "ERRORS"]) {
            return self.show_inspect_errors(c);
        }
        if let Some(settings) = self.show_settings(c)? {
            return Ok(settings);
        }
        for (words, name) in WORDY_VARIABLES {
            let span = c.here();
            if c.eat_words(words) {
                let value = name.to_owned();
                return Ok(Show::Variable {
                    name: Text { value, span },
                });
            }
        }
        c.eat("SESSION");
        self.variable(c).map(|name| Show::Variable { name })
    }

    /// A session variable's name; `ALL` is one here.
    fn variable(self, c: &mut Cursor) -> Parsed<Text> {
        let span = c.here();
        if c.eat("ALL") {
            let value = "all".to_owned();
            return Ok(Text { value, span });
        }
        let path = c.path(Role::Variable)?;
        Ok(Text {
            value: path.values().join("."),
            span: path.span,
        })
    }

    fn with_comment(self, c: &mut Cursor) -> Parsed<bool> {
        if !c.eat("WITH") {
            return Ok(false);
        }
        c.expect("COMMENT")?;
        Ok(true)
    }

    fn of_database(self, c: &mut Cursor) -> Parsed<Option<Name>> {
        Ok(match c.eat("FROM") {
            true => Some(c.name(Role::Database)?),
            false => None,
        })
    }

    fn of_table(self, c: &mut Cursor) -> Parsed<Path> {
        c.expect("FROM")?;
        c.eat("TABLE");
        c.path(Role::Table)
    }

    /// After SHOW BACKUP.
    fn show_backup(self, c: &mut Cursor) -> Parsed<Show> {
        let detail = c.eat_any(&["SCHEMAS", "FILES", "RANGES", "CONNECTION"]);
        if !self.has(Feature::BackupCollections) {
            let location = vec![self.text_arg(c)?];
            let options = self.free_options(c)?;
            return Ok(Show::Backup {
                detail,
                subdir: None,
                location,
                options,
            });
        }
        if detail == Some("CONNECTION") {
            let location = vec![self.text_arg(c)?];
            let options = self.free_options(c)?;
            return Ok(Show::Backup {
                detail,
                subdir: None,
                location,
                options,
            });
        }
        c.eat("FROM");
        c.record(Expected::Word("LATEST"));
        let subdir = self.text_arg(c)?;
        if !c.eat("IN") {
            let (what, from) = match detail {
                Some(detail) => (format!("BACKUP {detail}"), format!("BACKUP {detail} FROM")),
                None => ("BACKUP".to_owned(), "BACKUP FROM".to_owned()),
            };
            let reason = format!(
                "The `SHOW {what}` syntax without the `IN` keyword is no longer supported. Please use `SHOW {from} <subdirectory> IN <collectionURI>`."
            );
            return Err(bulk::gone(c.error_here(), reason));
        }
        let location = self.text_args(c)?;
        let options = self.bulk_options(c, options::SHOW_BACKUP)?;
        Ok(Show::Backup {
            detail,
            subdir: Some(subdir),
            location,
            options,
        })
    }

    fn show_settings(self, c: &mut Cursor) -> Parsed<Option<Show>> {
        if c.eat_words(&["PUBLIC", "CLUSTER", "SETTINGS"]) {
            return Ok(Some(Show::ClusterSettings { all: false }));
        }
        if c.is_words(&["ALL", "CLUSTER"]) {
            c.expect_words(&["ALL", "CLUSTER", "SETTINGS"])?;
            return Ok(Some(Show::ClusterSettings { all: true }));
        }
        if !c.eat("CLUSTER") {
            return Ok(None);
        }
        if c.eat("SETTINGS") {
            return Ok(Some(Show::ClusterSettings { all: false }));
        }
        c.expect("SETTING")?;
        if c.eat("ALL") {
            return Ok(Some(Show::ClusterSettings { all: true }));
        }
        let name = self.setting_name(c)?;
        Ok(Some(Show::ClusterSetting { name }))
    }

    /// `jobs.registry.interval.cancel`
    pub(super) fn setting_name(self, c: &mut Cursor) -> Parsed<Text> {
        let path = c.path(Role::Setting)?;
        Ok(Text {
            value: path.values().join("."),
            span: path.span,
        })
    }

    fn show_ranges(self, c: &mut Cursor) -> Parsed<Show> {
        let (mut of, mut database) = (None, None);
        if c.eat("FROM") {
            match c.expect_any(&["TABLE", "INDEX", "DATABASE"])? {
                "TABLE" => of = Some(self.drop_name(c, false)?),
                "INDEX" => of = Some(self.drop_name(c, true)?),
                _ => database = Some(c.name(Role::Database)?),
            }
        }
        if c.eat("WITH") {
            c.list(|c| c.expect_any(&["DETAILS", "TABLES", "INDEXES", "KEYS", "EXPLAIN"]))?;
        }
        Ok(Show::Ranges { of, database })
    }

    fn show_zone(self, c: &mut Cursor) -> Parsed<Show> {
        if c.eat("CONFIGURATIONS") {
            return Ok(Show::ZoneConfigurations);
        }
        c.expect("CONFIGURATION")?;
        c.expect_any(&["FROM", "FOR"])?;
        let target = match c.expect_any(&["RANGE", "DATABASE", "TABLE", "INDEX"])? {
            "RANGE" => ZoneTarget::Range(c.any_name(Role::Other)?),
            "DATABASE" => ZoneTarget::Database(c.name(Role::Database)?),
            "TABLE" => ZoneTarget::Table(c.path(Role::Table)?),
            _ => ZoneTarget::Index(self.drop_name(c, true)?),
        };
        Ok(Show::ZoneConfiguration(target))
    }

    fn show_grants(self, c: &mut Cursor) -> Parsed<Show> {
        let on = match c.eat("ON") {
            true => self.grant_object(c)?,
            false => GrantObject::Anything,
        };
        let grantees = self.for_grantees(c)?;
        Ok(Show::Grants(ShowGrants { on, grantees }))
    }

    fn for_grantees(self, c: &mut Cursor) -> Parsed<Vec<RoleSpec>> {
        match c.eat("FOR") {
            true => c.list(|c| self.role_spec(c)),
            false => Ok(Vec::new()),
        }
    }

    fn show_inspect_errors(self, c: &mut Cursor) -> Parsed<Show> {
        let (mut table, mut job) = (None, None);
        while c.eat("FOR") {
            match c.expect_any(&["TABLE", "JOB"])? {
                "TABLE" => table = Some(c.path(Role::Table)?),
                _ => job = Some(c.integer()?),
            }
        }
        let details = c.eat_words(&["WITH", "DETAILS"]);
        Ok(Show::InspectErrors {
            table,
            job,
            details,
        })
    }
}
