//! BACKUP, and how any statement's job is started. reference: cockroachdb-jobs 1.3, 6

use super::super::grammar::{
    Backup, Destination, OptValue, Options, Statement, TablePattern, Targets, TextArg,
};
use super::super::jobs::{self, New, Spec, Waiting};
use super::super::listings;
use super::super::transactions::Deferred;
use super::super::{Cockroach, Cx, errors, ids};
use super::destinations::{self, Place};
use super::{Call, Outcome, rows};
use crate::base::{Error, Result, Span, Time, Type, Value};
use crate::cluster::{JobIx, TableIx, TableState};
use crate::sql::Text;
use std::rc::Rc;

impl Cockroach {
    /// Starts a statement's job. It blocks the session unless it is detached. Inside a
    /// transaction only detached ones may run, and they begin at COMMIT. reference 1.3
    pub(crate) fn launch(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        mut new: New,
        detached: bool,
        tag: &'static str,
    ) -> Result<Outcome> {
        self.may_launch(call, detached, tag)?;
        if self.transactions.contains_key(&call.session) {
            let id = self.new_id(cx, call.node);
            new.id = Some(id);
            if let Some(t) = self.transactions.get_mut(&call.session) {
                t.deferred.push(Deferred::Job(Rc::new(new)));
            }
            return rows(job_id(id));
        }
        let job = self.create(cx, new);
        self.tell_started(cx, job);
        if detached || call.setup {
            let id = cx.cluster.job(job).map_or(0, |j| j.id);
            return rows(job_id(id));
        }
        Ok(Outcome::Wait(Waiting::Own { job, tag }))
    }

    /// `WITH detached`, which v2.1 does not have: it has the `known` options. reference 1.2
    pub(crate) fn wants_detached(&self, options: &Options, known: &[&str]) -> Result<bool> {
        if !self.profile.requests
            && let Some(option) = options.list.iter().find(|o| !known.contains(&&*o.name))
        {
            return Err(errors::uncategorised(
                self.profile,
                &format!("invalid option \"{}\"", option.name),
            ));
        }
        Ok(options.flag("detached"))
    }

    /// A statement that waits for its job cannot stand in a transaction. reference 1.3
    pub(crate) fn may_launch(&self, call: &Call, detached: bool, tag: &str) -> Result<()> {
        if detached || !self.transactions.contains_key(&call.session) {
            return Ok(());
        }
        let text = match self.profile.requests {
            true => format!(
                "{tag} cannot be used inside a multi-statement transaction without DETACHED option"
            ),
            false => format!("{tag} cannot be used inside a transaction"),
        };
        Err(errors::uncategorised(self.profile, &text))
    }

    pub(crate) fn tell_started(&mut self, cx: &mut Cx, job: JobIx) {
        let who = self.who(cx.cluster, job);
        self.tell_job(
            cx,
            job,
            &format!("was recorded and claimed by {who}, which coordinates it"),
        );
    }

    // ---- BACKUP ----

    pub(crate) fn backup(&mut self, cx: &mut Cx, call: &Call, b: &Backup) -> Result<Outcome> {
        let detached = self.wants_detached(&b.options, &["revision_history"])?;
        self.may_launch(call, detached, "BACKUP")?;
        let new = self.plan_backup(cx, call, b)?;
        self.launch(cx, call, new, detached, "BACKUP")
    }

    /// The job of a BACKUP statement.
    pub(crate) fn plan_backup(&mut self, cx: &mut Cx, call: &Call, b: &Backup) -> Result<New> {
        if self.profile.bulk_needs_admin {
            self.need_admin(cx, call, |_| {
                errors::refused("only superusers are allowed to BACKUP")
            })?;
        }
        let as_of = match &b.as_of {
            Some(scalar) => self.as_of(cx, call, scalar, false)?,
            None => cx.now(),
        };
        let tables = self.targeted(cx, call, &b.targets)?;
        let key = self.encryption_key(cx, call, &b.options)?;
        let (place, group, path, since, shown) = self.backup_place(cx, call, b)?;
        if let Some(base) = self.backups.iter().find(|s| {
            since.is_some() && s.dest == place.dest && *s.group == *group && s.since.is_none()
        }) {
            self.decrypts(base.key.as_deref(), key.as_deref())?;
        }
        self.place_is_free(cx, &place, &path, since.is_some())?;
        let mut described = b.clone();
        described.destination = shown;
        described.as_of = b.as_of.clone();
        let description = Statement::Backup(Box::new(described)).to_string();
        let descriptors = tables
            .iter()
            .filter_map(|t| cx.cluster.table(*t))
            .map(|t| t.id)
            .collect();
        Ok(New {
            tenant: call.tenant,
            kind: "BACKUP",
            title: format!("BACKUP {}", targets_title(&b.targets)),
            statement: String::new(),
            description,
            owner: call.user.clone(),
            spec: Spec::Backup(jobs::Backup {
                dest: place.dest,
                path: Rc::from(path),
                group: Rc::from(group),
                tables,
                as_of,
                since,
                cluster: b.targets == Targets::Cluster,
                key,
            }),
            machine: self.machine(),
            descriptors,
            who: format!("BACKUP by {}", call.user),
            node: call.node,
            start: true,
            id: None,
            schedule: None,
            automatic: false,
        })
    }

    /// What the options say a backup is, or is to be, encrypted with.
    pub(super) fn encryption_key(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        options: &Options,
    ) -> Result<Option<Rc<str>>> {
        let passphrase = self.option_text(cx, call, options, "encryption_passphrase")?;
        let kms = match options.get("kms").map(|o| &o.value) {
            Some(OptValue::List(uris)) => Some(self.text_args(call, uris)?.join(" ")),
            _ => self.option_text(cx, call, options, "kms")?,
        };
        if passphrase.is_some() && kms.is_some() {
            return Err(errors::uncategorised(
                self.profile,
                "cannot have both encryption_passphrase and kms option set",
            ));
        }
        Ok(passphrase.or(kms).map(Rc::from))
    }

    /// A backup can be read with what the statement gives. Beyond the reference:
    /// `pkg/backup/backupencryption`, `pkg/backup/backupinfo`.
    pub(super) fn decrypts(&self, key: Option<&str>, given: Option<&str>) -> Result<()> {
        let text = match (key, given) {
            _ if key == given => return Ok(()),
            // The mark of an encrypted file, read as a manifest.
            (_, None) => {
                "file appears encrypted -- try specifying one of \"encryption_passphrase\" or \"kms\": proto: wrong wireType = 5 for field EntryCounts"
            }
            (None, _) => {
                "could not find or read encryption information: no ENCRYPTION-INFO files found"
            }
            _ => "failed to decrypt — maybe incorrect key: cipher: message authentication failed",
        };
        Err(errors::uncategorised(self.profile, text))
    }

    /// Where a backup goes: place, name of its set, path, since when it is incremental, and the
    /// destination as the description shows it.
    #[allow(clippy::type_complexity)]
    fn backup_place(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        b: &Backup,
    ) -> Result<(Place, String, String, Option<Time>, Destination)> {
        let now_us = cx.now().unix_us(cx.cluster.epoch_us);
        let (uris, wanted) = match &b.destination {
            Destination::New(uris) => (uris, None),
            Destination::Latest(uris) => (uris, Some(None)),
            Destination::Subdir(subdir, uris) => (uris, Some(Some(self.text_arg(call, subdir)?))),
            Destination::Uri {
                to,
                incremental_from,
            } => {
                let uri = self.text_arg(call, to)?;
                let place = self.place(cx, &uri)?;
                let mut since = None;
                for base in self.text_args(call, incremental_from)? {
                    let at = self.place(cx, &base)?;
                    let set = self.backups_at(cx.cluster, &at).last().map(|s| s.end);
                    since = Some(set.ok_or_else(|| self.no_backup(&base))?);
                }
                let path = place.path.clone();
                let shown = Destination::Uri {
                    to: shown(&uri),
                    incremental_from: incremental_from.clone(),
                };
                return Ok((place, path.clone(), path, since, shown));
            }
        };
        let uris = self.text_args(call, uris)?;
        let Some(uri) = uris.first() else {
            return Err(errors::wrong("BACKUP needs a destination", "42601"));
        };
        let place = self.place(cx, uri)?;
        let collection: Vec<TextArg> = uris.iter().map(|u| shown(u)).collect();
        let subdir = match wanted {
            // Planning takes the product longer than the name is fine: no two get the same one.
            None => (now_us..)
                .step_by(10_000)
                .map(ids::subdirectory)
                .find(|name| {
                    let path = destinations::join(&place.path, name);
                    !self.payloads.iter().any(|p| {
                        matches!(&*p.spec, Spec::Backup(b) if b.dest == place.dest && *b.path == *path)
                    })
                })
                .unwrap_or_default(),
            Some(Some(subdir)) if !subdir.eq_ignore_ascii_case("latest") => {
                format!("/{}", subdir.trim_matches('/'))
            }
            Some(_) => {
                let sets = self.backups_at(cx.cluster, &place);
                let newest = sets.iter().rev().find(|s| s.since.is_none());
                match newest {
                    Some(set) => {
                        let below = set
                            .path
                            .strip_prefix(place.path.as_str())
                            .unwrap_or(&set.path);
                        format!("/{}", below.trim_matches('/'))
                    }
                    None => return Err(self.no_backup(uri)),
                }
            }
        };
        let full = destinations::join(&place.path, &subdir);
        let base = self
            .backups_at(cx.cluster, &place)
            .into_iter()
            .rfind(|s| *s.group == *full)
            .map(|s| s.end);
        if base.is_none() && matches!(b.destination, Destination::Subdir(..)) {
            // As in the product's source, to the space at the end.
            return Err(errors::uncategorised(
                self.profile,
                &format!(
                    "No full backup exists in \"{subdir}\" to append an incremental backup to. To take a full backup, remove the subdirectory from the backup command (i.e. run 'BACKUP ... INTO <collectionURI>'). "
                ),
            ));
        }
        let shown = Destination::Subdir(shown(&subdir), collection);
        let path = match base {
            None => full.clone(),
            Some(_) => destinations::join(
                &destinations::join(&place.path, "incrementals"),
                &destinations::join(&subdir, &ids::incremental_subdirectory(now_us)),
            ),
        };
        Ok((place, full, path, base, shown))
    }

    fn no_backup(&self, uri: &str) -> Error {
        errors::uncategorised(
            self.profile,
            &format!(
                "path does not contain a completed latest backup: {}: file does not exist",
                destinations::redacted(uri)
            ),
        )
    }

    /// Files of another backup at the same place are in the way. reference 4.2
    fn place_is_free(&self, cx: &Cx, place: &Place, path: &str, incremental: bool) -> Result<()> {
        let uri = Self::dest_uri(
            cx.cluster,
            &Place {
                dest: place.dest,
                path: path.to_string(),
            },
        );
        for (name, _) in cx.cluster.files_at(place.dest).filter_map(|(_, f)| {
            let rest = f.path.strip_prefix(path)?;
            let name = rest.trim_start_matches('/');
            Some((name, f.state))
        }) {
            let busy =
                name == "BACKUP-CHECKPOINT" || name.starts_with("progress/BACKUP-CHECKPOINT");
            if busy && !incremental {
                return Err(errors::uncategorised(
                    self.profile,
                    &format!(
                        "{uri} already contains a BACKUP-CHECKPOINT file (is another operation already in progress?)"
                    ),
                ));
            }
            if matches!(name, "BACKUP" | "BACKUP_MANIFEST") {
                return Err(errors::uncategorised(
                    self.profile,
                    &format!("{uri} already contains a {name} file"),
                ));
            }
        }
        Ok(())
    }

    /// The tables that BACKUP names.
    fn targeted(&self, cx: &Cx, call: &Call, targets: &Targets) -> Result<Vec<TableIx>> {
        let mut found = Vec::new();
        let tenant = call.tenant;
        match targets {
            Targets::Cluster => {
                if !self.has_system(tenant, &call.user, "BACKUP") {
                    self.need_admin(cx, call, |user| {
                        errors::refused(format!(
                            "only users with the admin role or the BACKUP system privilege are allowed to perform full cluster backups: user {user} does not have BACKUP system privilege"
                        ))
                    })?;
                }
                for d in self.databases.iter().filter(|d| d.tenant == tenant) {
                    found.extend(self.tables_in(cx.cluster, tenant, &d.name).map(|(i, _)| i));
                }
            }
            Targets::Databases(names) => {
                for name in names {
                    let name = name.value.as_str();
                    if self.database(tenant, name).is_none() {
                        return Err(errors::no_database(name));
                    }
                    let mut tables = Vec::new();
                    tables.extend(self.tables_in(cx.cluster, tenant, name).map(|(i, _)| i));
                    self.may_back_up(cx, call, name, &tables, ("DATABASE", "database "))?;
                    found.extend(tables);
                }
            }
            Targets::Tables(patterns) => {
                for pattern in patterns {
                    let tables = self.matching(cx, call, pattern)?;
                    for &t in &tables {
                        let full = self.full_name(cx, t);
                        self.may_back_up(cx, call, &full, &[t], ("TABLE", "tables: "))?;
                    }
                    found.extend(tables);
                }
            }
            Targets::VirtualCluster(_) | Targets::SystemUsers => {
                return Err(errors::unsupported("this target"));
            }
        }
        // What a job holds offline is left out of databases and clusters, and refused by name.
        let named = matches!(targets, Targets::Tables(_));
        for &t in &found {
            if let Some(table) = cx.cluster.table(t)
                && let TableState::Offline(why) = table.state
                && named
            {
                return Err(errors::offline(&table.name, why));
            }
        }
        found.retain(|t| {
            cx.cluster
                .table(*t)
                .is_some_and(|t| t.state == TableState::Public)
        });
        crate::base::sort::sort(&mut found);
        found.dedup();
        Ok(found)
    }

    /// BACKUP on what is named or, as it was before that privilege, SELECT on every table of it.
    /// Beyond the reference: `pkg/backup/testdata/backup-restore/backup-permissions`.
    fn may_back_up(
        &self,
        cx: &Cx,
        call: &Call,
        object: &str,
        tables: &[TableIx],
        kind: (&str, &str),
    ) -> Result<()> {
        if self.need(cx, call, object, "BACKUP", "").is_ok() {
            return Ok(());
        }
        for &t in tables {
            let full = self.full_name(cx, t);
            let name = full.rsplit('.').next().unwrap_or("");
            if let Err(e) = self.need(cx, call, &full, "SELECT", &format!("relation {name}")) {
                let object = object.rsplit('.').next().unwrap_or("");
                return Err(e.hint(format!(
                    "The existing privileges are being deprecated in favour of a fine-grained privilege model explained here https://www.cockroachlabs.com/docs/stable/backup.html#required-privileges. In a future release, to run BACKUP {}, user {} will exclusively require the BACKUP privilege on {}{object}.",
                    kind.0, call.user, kind.1
                )));
            }
        }
        Ok(())
    }

    /// `db.schema.table` of a table.
    pub(crate) fn full_name(&self, cx: &Cx, t: TableIx) -> String {
        cx.cluster.table(t).map_or(String::new(), |t| {
            format!("{}.{}.{}", t.database, t.schema, t.name)
        })
    }

    pub(crate) fn matching(
        &self,
        cx: &Cx,
        call: &Call,
        pattern: &TablePattern,
    ) -> Result<Vec<TableIx>> {
        let parts: Vec<&str> = pattern.parts.iter().map(|p| p.value.as_str()).collect();
        if !pattern.all {
            let found = self.resolve(cx.cluster, call.tenant, &call.database, &parts);
            return match found {
                Some(t) => Ok(vec![t]),
                None => Err(errors::no_relation(&parts.join("."))),
            };
        }
        let database = parts.first().copied().unwrap_or(&call.database);
        if self.database(call.tenant, database).is_none() {
            return Err(errors::no_database(database));
        }
        Ok(self
            .tables_in(cx.cluster, call.tenant, database)
            .map(|(i, _)| i)
            .collect())
    }
}

/// A literal for a description.
pub fn shown(uri: &str) -> TextArg {
    TextArg::Text(Text {
        value: destinations::redacted(uri),
        span: Span::default(),
    })
}

/// A few words on what a bulk statement is about.
pub(super) fn targets_title(targets: &Targets) -> String {
    match targets {
        Targets::Cluster => "cluster".to_string(),
        Targets::Databases(names) => {
            let names: Vec<&str> = names.iter().map(|n| n.value.as_str()).collect();
            format!("DATABASE {}", names.join(", "))
        }
        Targets::Tables(patterns) => {
            let names: Vec<String> = patterns
                .iter()
                .map(|p| {
                    let mut parts: Vec<&str> = p.parts.iter().map(|n| n.value.as_str()).collect();
                    if p.all {
                        parts.push("*");
                    }
                    parts.join(".")
                })
                .collect();
            names.join(", ")
        }
        Targets::VirtualCluster(id) => format!("VIRTUAL CLUSTER {id}"),
        Targets::SystemUsers => "SYSTEM USERS".to_string(),
    }
}

pub fn job_id(id: i64) -> crate::query::ResultSet {
    listings::result(&[("job_id", Type::Int)], vec![vec![Value::Int(id)]])
}
