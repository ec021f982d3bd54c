//! RENAME, DROP, TRUNCATE, CONFIGURE ZONE. reference: cockroachdb-jobs 1.3, 4.3

use super::super::grammar::{
    Behaviour, ConfigureZone, Drop, DropName, ObjectKind, OptValue, Statement, ZoneTarget,
};
use super::super::jobs::{Change, Spec};
use super::super::{Cockroach, Cx, errors, names};
use super::ddl::Dropped;
use super::{Call, Outcome, tag};
use crate::base::{Duration, Error, ErrorKind, Result};
use crate::cluster::{RangeIx, TableIx, TableState};
use crate::sql::Path;
use std::rc::Rc;

impl Cockroach {
    pub(crate) fn rename(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        object: ObjectKind,
        name: &Path,
        to: &Path,
        if_exists: bool,
    ) -> Result<Outcome> {
        let done = format!("RENAME {}", object.word());
        match object {
            ObjectKind::Table => {
                let table = match self.writable(cx, call, name, "DROP") {
                    Ok(t) => t,
                    Err(e) if if_exists && e.sqlstate == "42P01" => return tag(done),
                    Err(e) => return Err(e),
                };
                let (database, schema) = match cx.cluster.table(table) {
                    Some(t) => (t.database.clone(), t.schema.clone()),
                    None => return tag(done),
                };
                if self
                    .table(cx.cluster, call.tenant, &database, &schema, to.last())
                    .is_some()
                {
                    return Err(errors::exists("relation", to.last(), "42P07"));
                }
                let path = self.full_path(cx, table);
                let description = Statement::Rename {
                    object,
                    name: path,
                    to: to.clone(),
                    if_exists: false,
                }
                .to_string();
                if let Some(t) = cx.cluster.table_mut(table) {
                    t.name = Rc::from(to.last());
                }
                self.relabel_ttl(cx, table);
                let new = self.firm_job(cx, call, table, Change::Descriptors, description);
                self.launch_ddl(cx, call, vec![new], &done, None)
            }
            ObjectKind::Database => {
                self.need_admin(cx, call, |_| {
                    errors::refused("must be owner of database to rename it")
                })?;
                let (old, new) = (name.last(), to.last());
                if self.database(call.tenant, old).is_none() {
                    return Err(errors::no_database(old));
                }
                if self.database(call.tenant, new).is_some() {
                    return Err(errors::exists("database", new, "42P04"));
                }
                for i in 0..cx.cluster.tables.len() {
                    if let Some(t) = cx.cluster.tables.get_mut(i)
                        && t.tenant == call.tenant
                        && *t.database == *old
                    {
                        t.database = Rc::from(new);
                    }
                }
                for d in self.databases.iter_mut() {
                    if d.tenant == call.tenant && *d.name == *old {
                        d.name = Rc::from(new);
                    }
                }
                let description = format!("ALTER DATABASE {old} RENAME TO {new}");
                let job = self.object_job(cx, call, description);
                self.launch_ddl(cx, call, vec![job], &done, None)
            }
            ObjectKind::Index => self.rename_index(cx, call, name, to, if_exists),
            _ => self.rename_other(cx, call, object, name, to, if_exists),
        }
    }

    fn rename_index(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &Path,
        to: &Path,
        if_exists: bool,
    ) -> Result<Outcome> {
        // `table@index`, or an index's name alone.
        let (at, wanted) = match name.parts.split_last() {
            Some((index, table)) if !table.is_empty() => {
                let path = Path {
                    parts: table.to_vec(),
                    span: name.span,
                };
                (Some(self.writable(cx, call, &path, "CREATE")?), index)
            }
            Some((index, _)) => (None, index),
            None => return tag("RENAME INDEX"),
        };
        let found = self.indexes.iter().position(|i| {
            !i.dropped
                && i.public
                && *i.name == *wanted.value
                && match at {
                    Some(table) => i.table == table,
                    None => cx
                        .cluster
                        .table(i.table)
                        .is_some_and(|t| t.tenant == call.tenant && *t.database == *call.database),
                }
        });
        let Some(index) = found.and_then(|i| self.indexes.get_mut(i)) else {
            if if_exists {
                return tag("RENAME INDEX");
            }
            return Err(errors::wrong(
                format!("index \"{}\" does not exist", wanted.value),
                "42704",
            ));
        };
        let (table, old) = (index.table, index.name.clone());
        index.name = Rc::from(to.last());
        let full = self.full_name(cx, table);
        let description = format!("ALTER INDEX {full}@{old} RENAME TO {}", to.last());
        let new = self.firm_job(cx, call, table, Change::Descriptors, description);
        self.launch_ddl(cx, call, vec![new], "RENAME INDEX", None)
    }

    pub(crate) fn drop_objects(&mut self, cx: &mut Cx, call: &Call, d: &Drop) -> Result<Outcome> {
        let done = format!("DROP {}", d.object.word());
        match d.object {
            ObjectKind::Table => {
                let mut tables = Vec::new();
                for name in &d.names {
                    match self.writable(cx, call, &name.name, "DROP") {
                        Ok(t) => tables.push(t),
                        Err(e) if d.if_exists && e.sqlstate == "42P01" => {}
                        Err(e) => return Err(e),
                    }
                }
                if tables.is_empty() {
                    return tag(done);
                }
                let full: Vec<String> = tables.iter().map(|t| self.full_name(cx, *t)).collect();
                let ranges = self.tables_dropped(cx, &tables);
                let description = format!("DROP TABLE {}", full.join(", "));
                self.launch_drop(
                    cx,
                    call,
                    Dropped {
                        tables,
                        ranges,
                        description,
                    },
                    &done,
                    None,
                )
            }
            ObjectKind::Index => self.drop_indexes(cx, call, d, &done),
            ObjectKind::Database => self.drop_databases(cx, call, d, &done),
            _ => self.drop_others(cx, call, d),
        }
    }

    pub(crate) fn tables_dropped(&mut self, cx: &mut Cx, tables: &[TableIx]) -> Vec<RangeIx> {
        let now = cx.now();
        let ranges = names::ranges_of(cx.cluster, tables);
        for &t in tables {
            if let Some(table) = cx.cluster.table_mut(t) {
                table.state = TableState::Dropped;
                table.dropped = Some(now);
            }
            self.set_ttl(cx, t, None);
        }
        cx.cluster.changes += 1;
        self.lost_tables(cx, tables);
        ranges
    }

    /// Jobs that cannot go on without a table that was dropped end with an error.
    fn lost_tables(&mut self, cx: &mut Cx, tables: &[TableIx]) {
        for job in self.active_jobs(cx.cluster) {
            let Some(spec) = self.spec(job) else { continue };
            let (lost, word) = match &*spec {
                Spec::Schema(s) => (Some(s.table).filter(|t| tables.contains(t)), "relation"),
                Spec::Ttl(t) => (Some(t.table).filter(|t| tables.contains(t)), "relation"),
                Spec::Changefeed(c) => (
                    c.tables.iter().copied().find(|t| tables.contains(t)),
                    "CHANGEFEED target",
                ),
                _ => (None, ""),
            };
            let name = lost
                .and_then(|t| cx.cluster.table(t))
                .map(|t| t.name.clone());
            let running = cx.cluster.job(job).is_some_and(|j| j.status == "running");
            if let Some(name) = name.filter(|_| running) {
                self.fail(cx, job, &format!("{word} \"{name}\" was dropped"));
            }
        }
    }

    pub(crate) fn drop_databases(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        d: &Drop,
        done: &str,
    ) -> Result<Outcome> {
        let mut tables = Vec::new();
        let mut gone = Vec::new();
        for name in &d.names {
            let name = name.name.last();
            if self.database(call.tenant, name).is_none() {
                if d.if_exists {
                    continue;
                }
                return Err(errors::no_database(name));
            }
            self.need(cx, call, name, "DROP", &format!("database {name}"))?;
            let of: Vec<TableIx> = self
                .tables_in(cx.cluster, call.tenant, name)
                .map(|(i, _)| i)
                .collect();
            if !of.is_empty() && d.behaviour == Behaviour::Restrict {
                return Err(errors::wrong(
                    format!("database \"{name}\" is not empty and RESTRICT was specified"),
                    "2BP01",
                ));
            }
            // The interactive client asks for an explicit CASCADE.
            if !of.is_empty() && d.behaviour == Behaviour::Default {
                return Err(errors::wrong(
                    "rejected (sql_safe_updates = true): DROP DATABASE on non-empty database without explicit CASCADE",
                    "01000",
                ));
            }
            for &t in &of {
                if let Some(table) = cx.cluster.table(t)
                    && let TableState::Offline(why) = table.state
                {
                    return Err(errors::offline(&table.name, why));
                }
            }
            tables.extend(of);
            gone.push(name.to_string());
        }
        for name in &gone {
            self.drop_database(call.tenant, name);
        }
        if gone.is_empty() {
            return tag(done);
        }
        let ranges = self.tables_dropped(cx, &tables);
        let description = format!("DROP DATABASE {} CASCADE", gone.join(", "));
        self.launch_drop(
            cx,
            call,
            Dropped {
                tables,
                ranges,
                description,
            },
            done,
            None,
        )
    }

    pub(crate) fn drop_indexes(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        d: &Drop,
        done: &str,
    ) -> Result<Outcome> {
        let mut ranges = Vec::new();
        let mut described = Vec::new();
        for name in &d.names {
            let found = self.find_index(cx, call, name)?;
            let Some(at) = found else {
                if d.if_exists {
                    continue;
                }
                let name = name.index.as_ref().map_or(name.name.last(), |i| &i.value);
                return Err(Error::new(
                    ErrorKind::Name,
                    format!("index \"{name}\" does not exist"),
                )
                .sqlstate("42704"));
            };
            let Some((table, index_name, mut of)) = self
                .indexes
                .get(at)
                .map(|i| (i.table, i.name.clone(), i.ranges.clone()))
            else {
                continue;
            };
            described.push(format!("{}@{index_name}", self.full_name(cx, table)));
            ranges.append(&mut of);
            if let Some(i) = self.indexes.get_mut(at) {
                i.dropped = true;
            }
        }
        if described.is_empty() {
            return tag(done);
        }
        let description = format!("DROP INDEX {}", described.join(", "));
        let notice = self.profile.declarative.then(|| {
            (
                "the data for dropped indexes is reclaimed asynchronously".to_string(),
                "The reclamation delay can be customized in the zone configuration for the table."
                    .to_string(),
            )
        });
        self.launch_drop(
            cx,
            call,
            Dropped {
                tables: Vec::new(),
                ranges,
                description,
            },
            done,
            notice,
        )
    }

    pub(crate) fn find_index(
        &self,
        cx: &Cx,
        call: &Call,
        name: &DropName,
    ) -> Result<Option<usize>> {
        match &name.index {
            Some(index) => {
                let table = self.writable(cx, call, &name.name, "CREATE")?;
                let found = self
                    .indexes_of(table)
                    .find(|(_, i)| *i.name == *index.value)
                    .map(|(at, _)| at);
                Ok(found)
            }
            None => {
                let wanted = name.name.last();
                let found = self
                    .tables_in(cx.cluster, call.tenant, &call.database)
                    .flat_map(|(t, _)| self.indexes_of(t))
                    .find(|(_, i)| *i.name == *wanted)
                    .map(|(at, _)| at);
                Ok(found)
            }
        }
    }

    pub(crate) fn truncate(&mut self, cx: &mut Cx, call: &Call, names: &[Path]) -> Result<Outcome> {
        let mut tables = Vec::new();
        for name in names {
            tables.push(self.writable(cx, call, name, "DROP")?);
        }
        let full: Vec<String> = tables.iter().map(|t| self.full_name(cx, *t)).collect();
        let ranges = names::ranges_of(cx.cluster, &tables);
        let now = cx.now();
        for &t in &tables {
            if let Some(table) = cx.cluster.table_mut(t) {
                let data = Rc::make_mut(&mut table.data);
                for b in data.blocks.iter_mut().filter(|b| b.until.is_none()) {
                    b.until = Some(now);
                }
                for versions in data.overlay.values_mut() {
                    versions.push(crate::cluster::Version { at: now, row: None });
                }
                table.ranges.clear();
            }
            self.add_range(cx, call.tenant, t, 1_000_000, 0, None);
        }
        let description = format!("TRUNCATE TABLE {}", full.join(", "));
        self.launch_drop(
            cx,
            call,
            Dropped {
                tables: Vec::new(),
                ranges,
                description,
            },
            "TRUNCATE",
            None,
        )
    }

    // ---- zones ----

    /// Only `gc.ttlseconds` means something to a job.
    pub(crate) fn configure_zone(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        c: &ConfigureZone,
    ) -> Result<Outcome> {
        let key: Rc<str> = match &c.target {
            ZoneTarget::Range(name) => Rc::from(name.value.as_str()),
            ZoneTarget::Database(name) => {
                if self.database(call.tenant, &name.value).is_none() {
                    return Err(errors::no_database(&name.value));
                }
                Rc::from(name.value.as_str())
            }
            ZoneTarget::Table(path) => {
                let t = self.writable(cx, call, path, "ZONECONFIG")?;
                Rc::from(self.full_name(cx, t))
            }
            ZoneTarget::Index(name) => {
                let t = self.writable(cx, call, &name.name, "ZONECONFIG")?;
                Rc::from(self.full_name(cx, t))
            }
        };
        match &c.settings {
            None => {
                self.zones.remove(&key);
            }
            Some(settings) => {
                for option in settings {
                    if option.name != "gc.ttlseconds" {
                        continue;
                    }
                    let text = match &option.value {
                        OptValue::Expr(e) => self.scalar_text(cx, call, e)?,
                        OptValue::Text(arg) => self.text_arg(call, arg)?,
                        _ => String::new(),
                    };
                    let seconds: u64 = text
                        .parse()
                        .map_err(|_| errors::parse_error(&text, crate::base::Type::Int))?;
                    self.zones.insert(key.clone(), Duration::from_secs(seconds));
                }
            }
        }
        Ok(crate::system::Answer::command("CONFIGURE ZONE 1", 1).into())
    }
}
