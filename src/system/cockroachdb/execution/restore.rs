//! RESTORE. reference: cockroachdb-jobs 1.3

use super::super::grammar::{BackupSource, Restore, Statement, TablePattern, Targets, TextArg};
use super::super::jobs::{self, BackupSet, New, RestoreData, RestoreTable, Spec};
use super::super::{Cockroach, Cx, errors};
use super::bulk::{shown, targets_title};
use super::{Call, Outcome, destinations};
use crate::base::{Error, Result, Time};
use crate::cluster::{FileIx, Image};
use std::rc::Rc;

/// A restored table as found in a backup: its image and the files with its spans.
type Found = (Rc<Image>, Vec<FileIx>);

impl Cockroach {
    pub(crate) fn restore(&mut self, cx: &mut Cx, call: &Call, r: &Restore) -> Result<Outcome> {
        let detached = self.wants_detached(
            &r.options,
            &[
                "into_db",
                "skip_missing_foreign_keys",
                "skip_missing_sequences",
            ],
        )?;
        self.may_launch(call, detached, "RESTORE")?;
        let new = self.plan_restore(cx, call, r)?;
        self.launch(cx, call, new, detached, "RESTORE")
    }

    /// The job of a RESTORE statement.
    pub(crate) fn plan_restore(&mut self, cx: &mut Cx, call: &Call, r: &Restore) -> Result<New> {
        let user = &call.user;
        let held = |privilege: &str| self.has_system(call.tenant, user, privilege);
        // Beyond the reference: `pkg/backup/restore_planning.go`.
        let refused = match &r.targets {
            _ if call.setup || self.is_admin(cx.cluster, call.tenant, user) => "",
            _ if self.profile.bulk_needs_admin => "only superusers are allowed to RESTORE",
            Targets::Tables(_) => "",
            _ if held("RESTORE") => "",
            Targets::Databases(_) if held("CREATEDB") => "",
            Targets::Databases(_) => "only users with the CREATEDB privilege can restore databases",
            _ => {
                "only users with the admin role or the RESTORE system privilege are allowed to perform a cluster restore: user {} does not have RESTORE system privilege"
            }
        };
        if !refused.is_empty() {
            return Err(errors::refused(refused.replace("{}", user)));
        }
        let as_of = match &r.as_of {
            Some(scalar) => self.as_of(cx, call, scalar, false)?,
            None => cx.now(),
        };
        let schema_only = r.options.get("schema_only").is_some();
        if r.options.get("verify_backup_table_data").is_some() && !schema_only {
            return Err(errors::uncategorised(
                self.profile,
                "to set the verify_backup_table_data option, the schema_only option must be set",
            ));
        }
        let key = self.encryption_key(cx, call, &r.options)?;
        let (chain, shown) = self.backup_chain(cx, call, &r.source, as_of)?;
        for set in &chain {
            self.decrypts(set.key.as_deref(), key.as_deref())?;
        }
        if r.targets == Targets::Cluster
            && self.profile.requests
            && !chain.iter().any(|s| s.cluster)
        {
            return Err(errors::uncategorised(
                self.profile,
                "full cluster RESTORE can only be used on full cluster BACKUP files",
            ));
        }
        let found = tables_of(&chain);
        let new_name = self.option_text(cx, call, &r.options, "new_db_name")?;
        let one = matches!(&r.targets, Targets::Databases(names) if names.len() == 1);
        if new_name.is_some() && !one {
            return Err(errors::uncategorised(
                self.profile,
                "new_db_name can only be used for RESTORE DATABASE with a single target database",
            ));
        }
        let into = self.option_text(cx, call, &r.options, "into_db")?;
        let (tables, databases) = self.restored(cx, call, &r.targets, &found, new_name, into)?;
        if let Targets::Tables(_) = r.targets {
            for t in &tables {
                let db = &*t.database;
                self.need(cx, call, db, "CREATE", &format!("database {db}"))?;
            }
        }
        let mut described = r.clone();
        described.source = shown;
        let description = Statement::Restore(Box::new(described)).to_string();
        Ok(New {
            tenant: call.tenant,
            kind: "RESTORE",
            title: format!("RESTORE {}", targets_title(&r.targets)),
            description,
            statement: String::new(),
            owner: call.user.clone(),
            spec: Spec::Restore(jobs::Restore {
                tenant: call.tenant,
                tables,
                databases,
                as_of,
                data: match r.options.get("verify_backup_table_data") {
                    Some(_) => RestoreData::Read,
                    None if schema_only => RestoreData::Left,
                    None => RestoreData::Filled,
                },
            }),
            machine: self.machine(),
            descriptors: Vec::new(),
            who: format!("RESTORE by {}", call.user),
            node: call.node,
            start: true,
            id: None,
            schedule: None,
            automatic: false,
        })
    }

    /// The full backup and its increments up to a moment, and the source as the description shows it.
    fn backup_chain(
        &self,
        cx: &mut Cx,
        call: &Call,
        source: &BackupSource,
        as_of: Time,
    ) -> Result<(Vec<BackupSet>, BackupSource)> {
        let (uris, subdir) = match source {
            BackupSource::Uris(uris) => {
                let mut chain = Vec::new();
                let uris = self.text_args(call, uris)?;
                for uri in &uris {
                    let place = self.place(cx, uri)?;
                    let set = self
                        .backups_at(cx.cluster, &place)
                        .into_iter()
                        .rfind(|s| *s.path == *place.path);
                    chain.push(set.cloned().ok_or_else(|| self.not_a_backup(uri))?);
                }
                let shown = BackupSource::Uris(uris.iter().map(|u| shown(u)).collect());
                return Ok((chain, shown));
            }
            BackupSource::Latest(uris) => (uris, None),
            BackupSource::Subdir(subdir, uris) => (uris, Some(self.text_arg(call, subdir)?)),
        };
        let uris = self.text_args(call, uris)?;
        let Some(uri) = uris.first() else {
            return Err(errors::wrong("RESTORE needs a source", "42601"));
        };
        let place = self.place(cx, uri)?;
        let sets = self.backups_at(cx.cluster, &place);
        let full = match &subdir {
            Some(s) if !s.eq_ignore_ascii_case("latest") => {
                let path = destinations::join(&place.path, s);
                sets.iter().find(|b| b.since.is_none() && *b.path == *path)
            }
            _ => sets.iter().rev().find(|b| b.since.is_none()),
        };
        let Some(full) = full else {
            return Err(self.not_a_backup(uri));
        };
        let chain: Vec<BackupSet> = sets
            .iter()
            .filter(|b| b.group == full.group && b.dest == full.dest)
            .filter(|b| b.since.is_none_or(|since| since < as_of))
            .map(|b| (*b).clone())
            .collect();
        let collection: Vec<TextArg> = uris.iter().map(|u| shown(u)).collect();
        let below = full
            .path
            .strip_prefix(place.path.as_str())
            .unwrap_or(&full.path);
        let subdir = format!("/{}", below.trim_matches('/'));
        Ok((chain, BackupSource::Subdir(shown(&subdir), collection)))
    }

    fn not_a_backup(&self, uri: &str) -> Error {
        errors::uncategorised(
            self.profile,
            &format!(
                "backup not found in location \"{}\": file does not exist",
                destinations::redacted(uri)
            ),
        )
    }

    /// What RESTORE makes of the tables in a backup: tables, and the databases to be made.
    fn restored(
        &self,
        cx: &Cx,
        call: &Call,
        targets: &Targets,
        found: &[Found],
        new_name: Option<String>,
        into: Option<String>,
    ) -> Result<(Vec<RestoreTable>, Vec<Rc<str>>)> {
        let mut tables = Vec::new();
        let mut databases: Vec<Rc<str>> = Vec::new();
        let tenant = call.tenant;
        let mut add = |(image, files): &Found, database: Rc<str>| {
            let sizes = files
                .iter()
                .filter_map(|f| Some((*f, cx.cluster.file(*f)?.size)))
                .collect();
            tables.push(RestoreTable {
                image: image.clone(),
                files: sizes,
                database,
                schema: image.table.schema.clone(),
                name: image.table.name.clone(),
            });
        };
        match targets {
            Targets::Databases(names) => {
                for name in names {
                    let name = name.value.as_str();
                    let of: Vec<&Found> = found
                        .iter()
                        .filter(|(i, _)| *i.table.database == *name)
                        .collect();
                    if of.is_empty() {
                        return Err(errors::no_database(name));
                    }
                    let target = new_name.as_deref().unwrap_or(name);
                    if self.database(tenant, target).is_some() {
                        return Err(errors::exists("database", target, "42P04"));
                    }
                    databases.push(Rc::from(target));
                    for f in of {
                        add(f, Rc::from(target));
                    }
                }
            }
            Targets::Cluster => {
                let mut names: Vec<&str> = found.iter().map(|(i, _)| &*i.table.database).collect();
                crate::base::sort::sort(&mut names);
                names.dedup();
                let taken = names
                    .iter()
                    .find(|n| self.tables_in(cx.cluster, tenant, n).next().is_some());
                if let Some(name) = taken {
                    return Err(errors::wrong(
                        format!(
                            "full cluster restore can only be run on a cluster with no tables or databases but found 1 descriptors: [{name}]"
                        ),
                        "XXUUU",
                    ));
                }
                for f in found {
                    let name = &f.0.table.database;
                    if self.database(tenant, name).is_none() && !databases.contains(name) {
                        databases.push(name.clone());
                    }
                    add(f, name.clone());
                }
            }
            Targets::Tables(patterns) => {
                for pattern in patterns {
                    let of: Vec<&Found> = found
                        .iter()
                        .filter(|(i, _)| fits(pattern, &i.table, &call.database))
                        .collect();
                    if of.is_empty() {
                        return Err(self.no_match(pattern));
                    }
                    for f in of {
                        let database = match &into {
                            Some(into) => Rc::from(into.as_str()),
                            None => f.0.table.database.clone(),
                        };
                        add(f, database);
                    }
                }
                for t in &tables {
                    if self.database(tenant, &t.database).is_none() {
                        // A scenario's restore brings its database with it.
                        if call.setup {
                            if !databases.contains(&t.database) {
                                databases.push(t.database.clone());
                            }
                            continue;
                        }
                        return Err(errors::wrong(
                            format!(
                                "a database named \"{}\" needs to exist to restore table \"{}\"",
                                t.database, t.name
                            ),
                            "3D000",
                        ));
                    }
                    let taken = self.table(cx.cluster, tenant, &t.database, &t.schema, &t.name);
                    if taken.is_some() {
                        return Err(errors::exists("relation", &t.name, "42P07"));
                    }
                }
            }
            Targets::VirtualCluster(_) | Targets::SystemUsers => {
                return Err(errors::unsupported("this target"));
            }
        }
        Ok((tables, databases))
    }

    fn no_match(&self, pattern: &TablePattern) -> Error {
        let mut name: Vec<&str> = pattern.parts.iter().map(|p| p.value.as_str()).collect();
        if pattern.all {
            name.push("*");
        }
        let name = name.join(".");
        errors::uncategorised(
            self.profile,
            &format!(
                "failed to resolve targets in the BACKUP location specified by the RESTORE statement, use SHOW BACKUP to find correct targets: table \"{name}\" does not exist, or invalid RESTORE timestamp: supplied backups do not cover requested time"
            ),
        )
    }
}

/// The tables of a chain: rows as of its end, files of the layer that holds the table whole.
fn tables_of(chain: &[BackupSet]) -> Vec<Found> {
    let Some(last) = chain.last() else {
        return Vec::new();
    };
    last.tables
        .iter()
        .map(|t| {
            let whole = chain
                .iter()
                .flat_map(|set| set.tables.iter())
                .find(|o| o.image.table.id == t.image.table.id)
                .unwrap_or(t);
            (t.image.clone(), whole.files.clone())
        })
        .collect()
}

fn fits(pattern: &TablePattern, table: &crate::cluster::Table, current: &str) -> bool {
    let parts: Vec<&str> = pattern.parts.iter().map(|p| p.value.as_str()).collect();
    let (db, schema, name) = (&*table.database, &*table.schema, &*table.name);
    match (pattern.all, parts.as_slice()) {
        (true, []) => db == current,
        (true, [d]) => *d == db,
        (true, [d, s]) => *d == db && *s == schema,
        (false, [n]) => *n == name && db == current,
        (false, [d, n]) => *n == name && (*d == db || *d == schema && db == current),
        (false, [d, s, n]) => *d == db && *s == schema && *n == name,
        _ => false,
    }
}
