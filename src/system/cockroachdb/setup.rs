//! Lines of scenarios that only CockroachDB has:
//!
//! ```text
//! \tenant NAME id N                                 a virtual cluster; `system` comes first
//! \user NAME [admin] [in TENANT]
//! \database NAME
//! \table rows N size S CREATE TABLE db.public.t (…)  rows by rule, in ranges of the version's size
//! \file URI rows N size S like db.t [broken N]       something to import
//! \backup URI DATABASE                               a finished backup of a database lies there
//! \grant ALL ON DATABASE D TO USER                   a GRANT that leaves no job
//! \forget DATABASE                                   the database was never here
//! \job OWNER [via N] [id N] [as TEXT by] STATEMENT   the statement's job runs, started by OWNER
//! ```
//!
//! `\job` stands after `\boot`, as `\setup job …`.

use super::execution::Call;
use super::grammar::{self, Statement};
use super::jobs::{BackupSet, BackupTable, New, Spec};
use super::{Cockroach, Cx, bad_line, ids};
use crate::base::{Error, Result, StateHasher, Time};
use crate::cluster::{Block, DestIx, File, FileIx, FileState, Image, Rule, Tenant, TenantIx, User};
use crate::system::SessionIx;
use crate::system::setup::{bytes_or, option};
use std::rc::Rc;

impl Cockroach {
    pub(super) fn setup_line(&mut self, cx: &mut Cx, words: &[&str], rest: &str) -> Result<()> {
        self.base_objects(cx);
        match words {
            ["tenant", name, "id", id] => {
                let id = id.parse().map_err(|_| bad_line("not an id"))?;
                self.add_tenant(cx, name, id);
                let tenant = TenantIx(cx.cluster.tenants.len().saturating_sub(1) as u16);
                if tenant != TenantIx(0) {
                    self.services.insert(tenant, "shared");
                }
                Ok(())
            }
            ["user", name, more @ ..] => {
                let tenant = match option(more, "in") {
                    None => TenantIx(0),
                    Some(t) => tenant_named(cx, t)?,
                };
                cx.cluster.users.push(User {
                    tenant,
                    name: Rc::from(*name),
                    admin: more.contains(&"admin"),
                });
                Ok(())
            }
            ["database", name] => {
                let now = cx.now();
                self.add_database(TenantIx(0), name, "root", now);
                Ok(())
            }
            ["table", ..] => self.setup_table(cx, rest),
            ["file", uri, more @ ..] => self.setup_file(cx, uri, more),
            ["backup", uri, database] => self.setup_backup(cx, uri, database),
            ["forget", database] => {
                self.forget(cx, database);
                Ok(())
            }
            ["grant", ..] => {
                let text = format!("GRANT {rest}");
                let Some(Statement::Grant(grant)) = self.parsed(&text)? else {
                    return Err(bad_line("not a grant"));
                };
                self.grant(cx, &setup_call(&text, "root"), &grant)?;
                Ok(())
            }
            ["job", owner, ..] => self.setup_job(cx, owner, rest),
            _ => Err(bad_line(format!(
                "no such scenario line: \\{}",
                words.join(" ")
            ))),
        }
    }

    /// What every cluster has: the system virtual cluster, `root`, and its first databases.
    pub(super) fn base_objects(&mut self, cx: &mut Cx) {
        if cx.cluster.tenants.is_empty() {
            self.add_tenant(cx, "system", 1);
        }
    }

    pub(super) fn add_tenant(&mut self, cx: &mut Cx, name: &str, id: u64) {
        let now = cx.now();
        let tenant = TenantIx(cx.cluster.tenants.push(Tenant {
            id,
            name: Rc::from(name),
            kind: "virtual cluster",
            status: "ready",
            created: now,
            dropped: None,
        }) as u16);
        cx.cluster.users.push(User {
            tenant,
            name: Rc::from("root"),
            admin: true,
        });
        // Their descriptors are among the product's own.
        let next = self.descriptors;
        self.add_database(tenant, "defaultdb", "root", now);
        self.add_database(tenant, "postgres", "root", now);
        self.descriptors = next;
    }

    /// `rows N size S CREATE TABLE …`
    fn setup_table(&mut self, cx: &mut Cx, rest: &str) -> Result<()> {
        let at = rest
            .find("CREATE TABLE")
            .ok_or_else(|| bad_line("\\table needs CREATE TABLE"))?;
        let (head, text) = rest.split_at(at);
        let head: Vec<&str> = head.split_whitespace().collect();
        let rows: u64 = option(&head, "rows")
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| bad_line("rows N"))?;
        let size = bytes_or(&head, "size", 0)?;
        let Some(Statement::CreateTable(create)) = self.parsed(text)? else {
            return Err(bad_line("not a CREATE TABLE"));
        };
        let call = setup_call(text, "root");
        let ix = self.make_table(cx, &call, &create)?;
        let now = cx.now();
        let name = self.full_name(cx, ix);
        let seed = StateHasher::of(&(cx.cluster.seed, name));
        let Some(table) = cx.cluster.table_mut(ix) else {
            return Ok(());
        };
        let rule = Rule::new(seed, table.columns.clone(), &table.key);
        Rc::make_mut(&mut table.data).blocks.push(Block {
            rule,
            lo: 0,
            hi: rows,
            from: now,
            until: None,
            made_by: None,
        });
        let first = std::mem::take(&mut table.ranges);
        self.ranges_gone(cx, &first);
        let mut left = size.max(1_000_000);
        let whole = self.profile.range_size;
        let parts = left.div_ceil(whole).max(1);
        let each = left / parts;
        while left > 0 {
            let bytes = if left < each * 2 { left } else { each };
            self.add_range(cx, TenantIx(0), ix, bytes, bytes, None);
            left -= bytes;
        }
        Ok(())
    }

    /// Something that IMPORT can read: rows that fit a table.
    fn setup_file(&mut self, cx: &mut Cx, uri: &str, words: &[&str]) -> Result<()> {
        let rows: u64 = option(words, "rows")
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| bad_line("rows N"))?;
        let size = bytes_or(words, "size", 1_000_000)?;
        let like = option(words, "like").ok_or_else(|| bad_line("like db.table"))?;
        let broken_at = option(words, "broken").and_then(|n| n.parse().ok());
        let parts: Vec<&str> = like.split('.').collect();
        let table = self
            .resolve(cx.cluster, TenantIx(0), "defaultdb", &parts)
            .and_then(|t| cx.cluster.table(t))
            .cloned()
            .ok_or_else(|| bad_line(format!("no table {like}")))?;
        let place = self.place(cx, uri)?;
        let seed = StateHasher::of(&(cx.cluster.seed, uri));
        let now = cx.now();
        let data = crate::cluster::TableData {
            blocks: vec![Block {
                rule: Rule::new(seed, table.columns.clone(), &table.key),
                lo: 0,
                hi: rows,
                from: now,
                until: None,
                made_by: None,
            }],
            ..Default::default()
        };
        cx.cluster.files.push(File {
            dest: place.dest,
            path: Rc::from(place.path),
            group: Rc::from(""),
            job: None,
            state: FileState::Complete,
            size,
            held: size,
            unit: None,
            created: now,
            deleted: None,
            content: Some(Rc::new(Image {
                table,
                data: Rc::new(data),
                as_of: now,
                broken_at,
            })),
        });
        Ok(())
    }

    /// A finished backup of a database: one SST per range, a manifest.
    fn setup_backup(&mut self, cx: &mut Cx, uri: &str, database: &str) -> Result<()> {
        let place = self.place(cx, uri)?;
        let now = cx.now();
        let us = now.unix_us(cx.cluster.epoch_us);
        // It was taken the day before.
        let path = if self.profile.collections {
            let taken = ids::subdirectory(us.saturating_sub(86_400_000_000));
            super::execution::join(&place.path, &taken)
        } else {
            place.path.clone()
        };
        let group: Rc<str> = Rc::from(path.as_str());
        let found: Vec<_> = self
            .tables_in(cx.cluster, TenantIx(0), database)
            .map(|(_, t)| t.clone())
            .collect();
        let mut tables = Vec::new();
        for table in found {
            let sizes: Vec<u64> = table
                .ranges
                .iter()
                .filter_map(|r| cx.cluster.range(*r))
                .map(|r| r.held)
                .collect();
            let image = Rc::new(Image {
                data: table.data.clone(),
                as_of: now,
                broken_at: None,
                table,
            });
            let mut files = Vec::new();
            for (i, size) in sizes.into_iter().enumerate() {
                let id = StateHasher::of(&(cx.cluster.seed, image.table.id, i as u64)) >> 1;
                let name = super::execution::join(&path, &format!("data/{id}.sst"));
                files.push(lay(cx, place.dest, name, &group, size, Some(image.clone())));
            }
            tables.push(BackupTable { image, files });
        }
        let manifest = super::execution::join(
            &path,
            if self.profile.collections {
                "BACKUP_MANIFEST"
            } else {
                "BACKUP"
            },
        );
        let manifest = lay(cx, place.dest, manifest, &group, 640_000, None);
        self.backups.push(BackupSet {
            dest: place.dest,
            path: group.clone(),
            group,
            since: None,
            end: now,
            tables,
            cluster: false,
            key: None,
            manifest,
        });
        Ok(())
    }

    /// A database that was only needed to lay down a backup of it.
    fn forget(&mut self, cx: &mut Cx, database: &str) {
        let tables: Vec<_> = self
            .tables_in(cx.cluster, TenantIx(0), database)
            .map(|(i, _)| i)
            .collect();
        let ranges = super::names::ranges_of(cx.cluster, &tables);
        self.ranges_gone(cx, &ranges);
        let now = cx.now();
        for t in tables {
            if let Some(table) = cx.cluster.table_mut(t) {
                table.state = crate::cluster::TableState::Dropped;
                table.dropped = Some(now);
                table.ranges.clear();
            }
        }
        self.drop_database(TenantIx(0), database);
    }

    fn parsed(&self, text: &str) -> Result<Option<Statement>> {
        grammar::parse(text, self.profile.grammar)
    }

    /// `OWNER [via N] [id N] [as TEXT by] STATEMENT`
    fn setup_job(&mut self, cx: &mut Cx, owner: &str, rest: &str) -> Result<()> {
        let mut text = rest.trim_start_matches(owner).trim_start();
        let mut id = None;
        let mut node = crate::cluster::NodeIx(0);
        loop {
            if let Some(after) = text.strip_prefix("id ") {
                let (n, tail) = after.split_once(' ').unwrap_or((after, ""));
                id = Some(n.parse().map_err(|_| bad_line("not an id"))?);
                text = tail.trim_start();
            } else if let Some(after) = text.strip_prefix("via ") {
                let (n, tail) = after.split_once(' ').unwrap_or((after, ""));
                let found = cx.cluster.node_list().find(|(_, x)| *x.name == *n);
                node = found
                    .map(|(i, _)| i)
                    .ok_or_else(|| bad_line("no such node"))?;
                text = tail.trim_start();
            } else {
                break;
            }
        }
        let mut description = None;
        if let Some(after) = text.strip_prefix("as ")
            && let Some((shown, statement)) = after.split_once(" by ")
        {
            description = Some(shown.to_string());
            text = statement;
        }
        let statement = self
            .parsed(text)?
            .ok_or_else(|| bad_line("an empty statement"))?;
        let mut call = setup_call(text, owner);
        call.node = node;
        let mut new: New = self.plan(cx, &call, &statement)?;
        new.id = id;
        if let Some(text) = description {
            new.title.clone_from(&text);
            new.description = text;
        }
        let restores = matches!(new.spec, Spec::Restore(_));
        let job = self.create(cx, new);
        if restores && let Some(j) = cx.cluster.job(job) {
            let id = j.id;
            self.last_tick = self.last_tick.max(id >> 15);
        }
        self.tell_started(cx, job);
        Ok(())
    }

    /// The jobs that the cluster itself runs. reference 8.2
    pub(super) fn start_automatic_jobs(&mut self, cx: &mut Cx) {
        if !self.profile.requests {
            return;
        }
        const AUTOMATIC: [(&str, &str); 6] = [
            (
                "AUTO SPAN CONFIG RECONCILIATION",
                "reconciling span configurations",
            ),
            ("KEY VISUALIZER", "key visualizer job"),
            ("POLL JOBS STATS", "jobs polling stats"),
            ("AUTO UPDATE SQL ACTIVITY", "sql activity job"),
            ("MVCC STATISTICS UPDATE", "mvcc statistics update job"),
            (
                "UPDATE TABLE METADATA CACHE",
                "updating table metadata cache",
            ),
        ];
        let nodes = cx.cluster.nodes.len().max(1);
        for (i, (kind, description)) in AUTOMATIC.iter().enumerate() {
            let new = New {
                tenant: TenantIx(0),
                kind,
                title: description.to_string(),
                description: description.to_string(),
                statement: String::new(),
                owner: Rc::from("node"),
                spec: Spec::Automatic,
                machine: self.firm_machine(),
                descriptors: Vec::new(),
                who: "cluster".to_string(),
                node: crate::cluster::NodeIx((i % nodes) as u16),
                start: true,
                id: None,
                schedule: None,
                automatic: true,
            };
            self.create(cx, new);
        }
    }
}

/// A file that lies there whole.
fn lay(
    cx: &mut Cx,
    dest: DestIx,
    path: String,
    group: &Rc<str>,
    size: u64,
    content: Option<Rc<Image>>,
) -> FileIx {
    let now: Time = cx.now();
    FileIx(cx.cluster.files.push(File {
        dest,
        path: Rc::from(path),
        group: group.clone(),
        job: None,
        state: FileState::Complete,
        size,
        held: size,
        unit: None,
        created: now,
        deleted: None,
        content,
    }) as u32)
}

fn setup_call<'t>(text: &'t str, owner: &str) -> Call<'t> {
    Call {
        session: SessionIx(0),
        user: Rc::from(owner),
        tenant: TenantIx(0),
        database: Rc::from("defaultdb"),
        node: crate::cluster::NodeIx(0),
        text,
        args: &[],
        setup: true,
    }
}

fn tenant_named(cx: &Cx, name: &str) -> std::result::Result<TenantIx, Error> {
    cx.cluster
        .tenants
        .enumerate()
        .find(|(_, t)| *t.name == *name)
        .map(|(i, _)| TenantIx(i as u16))
        .ok_or_else(|| bad_line(format!("no virtual cluster {name}")))
}
