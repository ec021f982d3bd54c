//! Statements that change the schema, and their jobs. reference: cockroachdb-jobs 1.3, 4.3

use super::super::grammar::{
    AlterAction, AlterTable, Behaviour, ColumnDef as TypedColumn, ConfigureZone, ConstraintKind,
    CreateIndex, CreateTable, Drop, IndexColumn, IndexDef, ObjectKind, OptValue, Statement,
    ZoneTarget,
};
use super::super::jobs::{Change, Gc, New, Schema, Spec, Waiting};
use super::super::states;
use super::super::{Cockroach, Cx, errors, names};
use super::{Call, Outcome, tag};
use crate::base::{Duration, Error, ErrorKind, Result, Span, Value};
use crate::cluster::{ColumnDef, JobIx, Machine, RangeIx, Table, TableData, TableIx, TableState};
use crate::sql::{Name, Path};
use std::rc::Rc;

impl Cockroach {
    // ---- making ----

    pub(crate) fn create_database(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &str,
        if_not_exists: bool,
    ) -> Result<Outcome> {
        self.need_admin(cx, call, |_| {
            errors::refused("permission denied to create database")
        })?;
        if self.database(call.tenant, name).is_some() {
            if if_not_exists {
                return tag("CREATE DATABASE");
            }
            return Err(errors::exists("database", name, "42P04"));
        }
        let now = cx.now();
        self.add_database(call.tenant, name, now);
        tag("CREATE DATABASE")
    }

    pub(crate) fn create_table(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        t: &CreateTable,
    ) -> Result<Outcome> {
        let parts = t.name.values();
        let exists = self
            .resolve(cx.cluster, call.tenant, &call.database, &parts)
            .is_some();
        if exists && t.if_not_exists {
            return tag("CREATE TABLE");
        }
        match &t.source {
            None => {
                self.make_table(cx, call, t)?;
                tag("CREATE TABLE")
            }
            Some(q) => {
                let set = self.query(cx, call, q)?;
                self.create_table_as(cx, call, t, set)
            }
        }
    }

    /// Makes an empty table with one range.
    pub(crate) fn make_table(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        t: &CreateTable,
    ) -> Result<TableIx> {
        let mut columns: Vec<ColumnDef> = t.columns.iter().map(column).collect();
        for (i, c) in columns.iter().enumerate() {
            if columns.iter().take(i).any(|o| o.name == c.name) {
                return Err(errors::wrong(
                    format!("duplicate column name: \"{}\"", c.name),
                    "42701",
                ));
            }
        }
        let mut key: Vec<String> = t
            .columns
            .iter()
            .filter(|c| c.primary_key)
            .map(|c| c.name.value.clone())
            .collect();
        for constraint in &t.constraints {
            if let ConstraintKind::PrimaryKey(names) = &constraint.kind {
                key = names.iter().map(|n| n.value.clone()).collect();
            }
        }
        if key.is_empty() {
            // The hidden key that a table without one gets.
            columns.push(ColumnDef {
                name: Rc::from("rowid"),
                ty: crate::base::Type::Int,
                type_name: Rc::from("INT8"),
                nullable: false,
            });
            key.push("rowid".to_string());
        }
        let mut places = Vec::new();
        for name in &key {
            let at = columns.iter().position(|c| *c.name == **name);
            let at = at.ok_or_else(|| errors::no_column(name))?;
            if let Some(c) = columns.get_mut(at) {
                c.nullable = false;
            }
            places.push(at);
        }
        let table = Table {
            id: 0,
            tenant: call.tenant,
            database: call.database.clone(),
            schema: Rc::from("public"),
            name: Rc::from(t.name.last()),
            columns: columns.into(),
            key: places.into(),
            state: TableState::Public,
            created: cx.now(),
            dropped: None,
            data: Rc::new(TableData::default()),
            ranges: Vec::new(),
            made_by: None,
        };
        let ix = self.place_table(cx, call, &t.name, table)?;
        for index in &t.indexes {
            self.index_entry(cx, ix, index, true);
        }
        for c in t.columns.iter().filter(|c| c.unique) {
            self.index_entry(
                cx,
                ix,
                &unique_index(std::slice::from_ref(&c.name), None),
                true,
            );
        }
        for c in &t.columns {
            if let Some(default) = &c.default {
                self.set_default(cx, call, ix, &c.name.value, default);
            }
        }
        Ok(ix)
    }

    /// Puts a table down under a name, with a range of its own.
    pub(crate) fn place_table(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        path: &Path,
        mut table: Table,
    ) -> Result<TableIx> {
        let parts = path.values();
        let (database, schema) = match parts.as_slice() {
            [_] => (call.database.to_string(), "public"),
            [first, _] if *first == "public" => (call.database.to_string(), "public"),
            [first, _] => (first.to_string(), "public"),
            [db, schema, _] => (db.to_string(), *schema),
            _ => return Err(errors::no_relation(&parts.join("."))),
        };
        if self.database(call.tenant, &database).is_none() {
            return Err(errors::no_database(&database));
        }
        if schema != "public" {
            return Err(errors::wrong(
                format!("unknown schema \"{schema}\""),
                "3F000",
            ));
        }
        self.need(
            cx,
            call,
            &database,
            "CREATE",
            &format!("database {database}"),
        )?;
        if self
            .table(cx.cluster, call.tenant, &database, schema, path.last())
            .is_some()
        {
            return Err(errors::exists("relation", path.last(), "42P07"));
        }
        table.id = self.next_descriptor();
        table.tenant = call.tenant;
        table.database = Rc::from(database);
        table.schema = Rc::from(schema);
        table.state = TableState::Public;
        table.data = Rc::new(TableData::default());
        table.ranges = Vec::new();
        table.created = cx.now();
        table.dropped = None;
        table.made_by = None;
        let ix = TableIx(cx.cluster.tables.push(table) as u32);
        cx.cluster.changes += 1;
        self.add_range(cx, call.tenant, ix, 1_000_000, 0, None);
        Ok(ix)
    }

    // ---- indexes ----

    pub(crate) fn create_index(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        i: &CreateIndex,
    ) -> Result<Outcome> {
        match self.plan_index(cx, call, i)? {
            None => tag("CREATE INDEX"),
            Some(new) => self.launch_ddl(cx, call, vec![new], "CREATE INDEX", None),
        }
    }

    /// The job of CREATE INDEX; `None` if the index is there and that is fine.
    pub(crate) fn plan_index(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        i: &CreateIndex,
    ) -> Result<Option<New>> {
        let table = self.writable(cx, call, &i.table, "CREATE")?;
        for c in &i.index.columns {
            self.column_of(cx, table, &c.name.value)?;
        }
        let name = match &i.index.name {
            Some(name) => name.value.clone(),
            None => self.free_index_name(cx, table, &i.index),
        };
        let taken = self
            .indexes
            .iter()
            .any(|x| x.table == table && !x.dropped && *x.name == *name);
        if taken {
            if i.if_not_exists {
                return Ok(None);
            }
            return Err(Error::new(
                ErrorKind::Name,
                format!("index with name \"{name}\" already exists"),
            )
            .sqlstate("42P07"));
        }
        let mut described = i.clone();
        described.table = self.full_path(cx, table);
        let description = Statement::CreateIndex(Box::new(described)).to_string();
        let mut index = i.index.clone();
        index.name = Some(bare(&name));
        let entry = self.index_entry(cx, table, &index, false);
        Ok(Some(self.schema_job(
            cx,
            call,
            table,
            Change::AddIndex(entry),
            description,
        )))
    }

    fn free_index_name(&self, cx: &Cx, table: TableIx, index: &IndexDef) -> String {
        let mut name = cx
            .cluster
            .table(table)
            .map_or(String::new(), |t| t.name.to_string());
        for c in &index.columns {
            name.push('_');
            name.push_str(&c.name.value);
        }
        name.push_str(if index.unique { "_key" } else { "_idx" });
        let taken = |n: &str| {
            self.indexes
                .iter()
                .any(|x| x.table == table && !x.dropped && *x.name == *n)
        };
        if !taken(&name) {
            return name;
        }
        let free = (1..10_000)
            .map(|n| format!("{name}{n}"))
            .find(|n| !taken(n));
        free.unwrap_or(name)
    }

    fn index_entry(&mut self, cx: &Cx, table: TableIx, index: &IndexDef, public: bool) -> usize {
        let name = match &index.name {
            Some(name) => name.value.clone(),
            None => self.free_index_name(cx, table, index),
        };
        let id = 2 + self.indexes.iter().filter(|i| i.table == table).count() as u32;
        self.indexes.push(names::Index {
            id,
            table,
            name: Rc::from(name),
            columns: index
                .columns
                .iter()
                .map(|c| Rc::from(c.name.value.as_str()))
                .collect(),
            unique: index.unique,
            ranges: Vec::new(),
            public,
            dropped: false,
        });
        self.indexes.len() - 1
    }

    pub(crate) fn column_of(&self, cx: &Cx, table: TableIx, name: &str) -> Result<usize> {
        cx.cluster
            .table(table)
            .and_then(|t| t.columns.iter().position(|c| *c.name == *name))
            .ok_or_else(|| errors::no_column(name))
    }

    // ---- jobs of DDL ----

    fn schema_kind(&self) -> &'static str {
        if self.profile.declarative {
            "NEW SCHEMA CHANGE"
        } else {
            "SCHEMA CHANGE"
        }
    }

    /// A job that can be undone while it runs.
    fn schema_job(
        &self,
        cx: &Cx,
        call: &Call,
        table: TableIx,
        change: Change,
        description: String,
    ) -> New {
        let machine: &'static Machine = if self.profile.requests {
            &states::JOB
        } else {
            &states::SCHEMA_2_1
        };
        self.ddl_job(cx, call, table, change, description, machine)
    }

    /// A job whose statement has done what cannot be undone. reference 4.3
    fn firm_job(
        &self,
        cx: &Cx,
        call: &Call,
        table: TableIx,
        change: Change,
        description: String,
    ) -> New {
        self.ddl_job(cx, call, table, change, description, self.firm_machine())
    }

    fn ddl_job(
        &self,
        cx: &Cx,
        call: &Call,
        table: TableIx,
        change: Change,
        description: String,
        machine: &'static Machine,
    ) -> New {
        let descriptors = match &change {
            Change::Dropped { tables, .. } => tables.clone(),
            _ => vec![table],
        };
        New {
            tenant: call.tenant,
            kind: self.schema_kind(),
            title: description.clone(),
            statement: if self.profile.declarative {
                description.clone()
            } else {
                String::new()
            },
            description,
            owner: call.user.clone(),
            spec: Spec::Schema(Schema { table, change }),
            machine,
            descriptors: descriptors
                .iter()
                .filter_map(|t| cx.cluster.table(*t))
                .map(|t| t.id)
                .collect(),
            who: format!("DDL by {}", call.user),
            node: call.node,
            start: true,
            id: None,
            schedule: None,
            automatic: false,
        }
    }

    /// Starts the jobs of a DDL statement, which waits for them.
    fn launch_ddl(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        jobs: Vec<New>,
        done: &str,
        notice: Option<(String, String)>,
    ) -> Result<Outcome> {
        let mut started: Vec<JobIx> = Vec::new();
        for new in jobs {
            let job = self.create(cx, new);
            self.tell_started(cx, job);
            started.push(job);
        }
        let open = started
            .iter()
            .filter_map(|j| cx.cluster.job(*j))
            .any(|j| !j.is_terminal());
        if call.setup || !open {
            return tag(done);
        }
        Ok(Outcome::Wait(Waiting::Helper {
            jobs: started,
            done: done.to_string(),
            notice,
        }))
    }

    /// What was dropped goes: v26.2 by a job that is done soon and a GC job that waits for the
    /// TTL, v2.1 by one job that waits for it. reference 1.3
    fn launch_drop(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        tables: Vec<TableIx>,
        ranges: Vec<RangeIx>,
        description: String,
        done: &str,
        notice: Option<(String, String)>,
    ) -> Result<Outcome> {
        let table = tables.first().copied().unwrap_or(TableIx(u32::MAX));
        if self.profile.declarative {
            let change = Change::Dropped { tables, ranges };
            let new = self.firm_job(cx, call, table, change, description);
            return self.launch_ddl(cx, call, vec![new], done, notice);
        }
        let due = cx.now() + self.gc_ttl(cx.cluster, &tables);
        let mut new = self.firm_job(cx, call, table, Change::Descriptors, description);
        new.spec = Spec::Gc(Gc {
            tables,
            ranges,
            due,
        });
        let job = self.create(cx, new);
        self.tell_started(cx, job);
        tag(done)
    }

    // ---- ALTER TABLE ----

    pub(crate) fn alter_table(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        a: &AlterTable,
    ) -> Result<Outcome> {
        let table = match self.writable(cx, call, &a.table, "CREATE") {
            Ok(t) => t,
            Err(e) if a.if_exists && e.sqlstate == "42P01" => return tag("ALTER TABLE"),
            Err(e) => return Err(e),
        };
        let path = self.full_path(cx, table);
        let mut jobs = Vec::new();
        for action in &a.actions {
            let described = AlterTable {
                table: path.clone(),
                if_exists: false,
                actions: vec![action.clone()],
            };
            let description = Statement::AlterTable(Box::new(described)).to_string();
            if let Some(change) = self.change_of(cx, call, table, action)? {
                let firm = matches!(change, Change::Descriptors);
                jobs.push(if firm {
                    self.firm_job(cx, call, table, change, description)
                } else {
                    self.schema_job(cx, call, table, change, description)
                });
            }
        }
        self.launch_ddl(cx, call, jobs, "ALTER TABLE", None)
    }

    /// What an action of ALTER TABLE is to its job; `None`: nothing is to be done.
    fn change_of(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        table: TableIx,
        action: &AlterAction,
    ) -> Result<Option<Change>> {
        Ok(Some(match action {
            AlterAction::AddColumn {
                column: c,
                if_not_exists,
            } => {
                if self.column_of(cx, table, &c.name.value).is_ok() {
                    if *if_not_exists {
                        return Ok(None);
                    }
                    let name = cx.cluster.table(table).map(|t| t.name.clone());
                    return Err(errors::wrong(
                        format!(
                            "column \"{}\" of relation \"{}\" already exists",
                            c.name.value,
                            name.as_deref().unwrap_or("")
                        ),
                        "42701",
                    ));
                }
                let default = match &c.default {
                    None => None,
                    Some(d) => Some(self.scalar(cx, call, d)?.0),
                };
                if c.not_null && default.is_none() {
                    let now = cx.now();
                    let rows = cx.cluster.table(table).map_or(0, |t| t.data.count(now));
                    if rows > 0 {
                        return Err(errors::wrong(
                            format!(
                                "null value in column \"{}\" violates not-null constraint",
                                c.name.value
                            ),
                            "23502",
                        ));
                    }
                }
                Change::AddColumn(column(c), default)
            }
            AlterAction::DropColumn {
                name, if_exists, ..
            } => {
                let at = match self.column_of(cx, table, &name.value) {
                    Ok(at) => at,
                    Err(_) if *if_exists => return Ok(None),
                    Err(e) => return Err(e),
                };
                let in_key = cx.cluster.table(table).is_some_and(|t| t.key.contains(&at));
                if in_key {
                    return Err(errors::wrong(
                        format!("column \"{}\" is referenced by the primary key", name.value),
                        "42P10",
                    ));
                }
                Change::DropColumn(Rc::from(name.value.as_str()))
            }
            AlterAction::AddConstraint(c) => match &c.kind {
                ConstraintKind::Unique(columns) => {
                    for column in columns {
                        self.column_of(cx, table, &column.value)?;
                    }
                    let index = unique_index(columns, c.name.clone());
                    Change::AddIndex(self.index_entry(cx, table, &index, false))
                }
                _ => Change::Descriptors,
            },
            AlterAction::RenameColumn { name, to } => {
                let at = self.column_of(cx, table, &name.value)?;
                if self.column_of(cx, table, &to.value).is_ok() {
                    return Err(errors::wrong(
                        format!("column name \"{}\" already exists", to.value),
                        "42701",
                    ));
                }
                self.rename_column(cx, table, at, &to.value);
                Change::Descriptors
            }
            AlterAction::SetNotNull { column: c, on } => {
                let at = self.column_of(cx, table, &c.value)?;
                self.edit_columns(cx, table, |columns| {
                    if let Some(c) = columns.get_mut(at) {
                        c.nullable = !on;
                    }
                });
                Change::Descriptors
            }
            AlterAction::SetDefault { column: c, value } => {
                self.column_of(cx, table, &c.value)?;
                match value {
                    Some(value) => self.set_default(cx, call, table, &c.value, value),
                    None => {
                        self.defaults.remove(&(table, Rc::from(c.value.as_str())));
                    }
                }
                Change::Descriptors
            }
            AlterAction::SetType { column: c, .. } => {
                self.column_of(cx, table, &c.value)?;
                return Err(errors::unsupported("ALTER COLUMN TYPE"));
            }
            AlterAction::AlterPrimaryKey { .. } => {
                return Err(errors::unsupported("ALTER PRIMARY KEY"));
            }
            AlterAction::DropConstraint { .. }
            | AlterAction::ValidateConstraint { .. }
            | AlterAction::RenameConstraint { .. }
            | AlterAction::SetStorage(_)
            | AlterAction::ResetStorage(_) => Change::Descriptors,
        }))
    }

    fn set_default(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        table: TableIx,
        column: &str,
        value: &super::super::grammar::Scalar,
    ) {
        // A default that cannot be computed here (unique_rowid() and the like) counts as none.
        if let Ok((value, _)) = self.scalar(cx, call, value) {
            self.defaults.insert((table, Rc::from(column)), value);
        }
    }

    fn edit_columns(&self, cx: &mut Cx, table: TableIx, edit: impl FnOnce(&mut Vec<ColumnDef>)) {
        if let Some(t) = cx.cluster.table_mut(table) {
            let mut columns = t.columns.to_vec();
            edit(&mut columns);
            t.columns = columns.into();
        }
        cx.cluster.changes += 1;
    }

    fn rename_column(&mut self, cx: &mut Cx, table: TableIx, at: usize, to: &str) {
        let Some(old) = cx
            .cluster
            .table(table)
            .and_then(|t| t.columns.get(at))
            .map(|c| c.name.clone())
        else {
            return;
        };
        let rename = |columns: &mut Vec<ColumnDef>| {
            for c in columns.iter_mut().filter(|c| c.name == old) {
                c.name = Rc::from(to);
            }
        };
        self.edit_columns(cx, table, rename);
        // Rows by rule are found by their columns' names.
        if let Some(t) = cx.cluster.table_mut(table) {
            for block in &mut Rc::make_mut(&mut t.data).blocks {
                let mut columns = block.rule.columns.to_vec();
                rename(&mut columns);
                block.rule.columns = columns.into();
            }
        }
        for index in self.indexes.iter_mut().filter(|i| i.table == table) {
            for c in index.columns.iter_mut().filter(|c| **c == old) {
                *c = Rc::from(to);
            }
        }
    }

    /// A column comes or goes when its job publishes the change.
    pub(crate) fn apply_columns(&mut self, cx: &mut Cx, s: &Schema) {
        match &s.change {
            Change::AddColumn(def, default) => {
                if let Some(value) = default {
                    self.defaults
                        .insert((s.table, def.name.clone()), value.clone());
                }
                let value = default.clone().unwrap_or_default();
                self.edit_columns(cx, s.table, |columns| columns.push(def.clone()));
                edit_rows(cx, s.table, |row| row.push(value.clone()));
            }
            Change::DropColumn(name) => {
                let Ok(at) = self.column_of(cx, s.table, name) else {
                    return;
                };
                self.defaults.remove(&(s.table, name.clone()));
                self.edit_columns(cx, s.table, |columns| {
                    columns.remove(at);
                });
                if let Some(t) = cx.cluster.table_mut(s.table) {
                    let moved: Vec<usize> = t
                        .key
                        .iter()
                        .map(|k| if *k > at { k - 1 } else { *k })
                        .collect();
                    t.key = moved.into();
                }
                edit_rows(cx, s.table, |row| {
                    if at < row.len() {
                        row.remove(at);
                    }
                });
            }
            _ => {}
        }
    }

    // ---- renaming, dropping ----

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
                tag(done)
            }
            _ => Err(errors::unsupported("renaming this")),
        }
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
                self.launch_drop(cx, call, tables, ranges, description, &done, None)
            }
            ObjectKind::Index => self.drop_indexes(cx, call, d, &done),
            ObjectKind::Database => self.drop_databases(cx, call, d, &done),
            _ => Err(errors::unsupported("dropping this")),
        }
    }

    fn tables_dropped(&mut self, cx: &mut Cx, tables: &[TableIx]) -> Vec<RangeIx> {
        let now = cx.now();
        let ranges = names::ranges_of(cx.cluster, tables);
        for &t in tables {
            if let Some(table) = cx.cluster.table_mut(t) {
                table.state = TableState::Dropped;
                table.dropped = Some(now);
            }
        }
        cx.cluster.changes += 1;
        ranges
    }

    fn drop_databases(
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
        self.launch_drop(cx, call, tables, ranges, description, done, None)
    }

    fn drop_indexes(&mut self, cx: &mut Cx, call: &Call, d: &Drop, done: &str) -> Result<Outcome> {
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
        self.launch_drop(cx, call, Vec::new(), ranges, description, done, notice)
    }

    fn find_index(
        &self,
        cx: &Cx,
        call: &Call,
        name: &super::super::grammar::DropName,
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
        self.launch_drop(cx, call, Vec::new(), ranges, description, "TRUNCATE", None)
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

    /// `db.schema.table` as a name of the grammar.
    pub(crate) fn full_path(&self, cx: &Cx, table: TableIx) -> Path {
        let parts = match cx.cluster.table(table) {
            Some(t) => vec![bare(&t.database), bare(&t.schema), bare(&t.name)],
            None => Vec::new(),
        };
        Path {
            parts,
            span: Span::default(),
        }
    }
}

fn bare(name: &str) -> Name {
    Name {
        value: name.to_string(),
        quoted: false,
        span: Span::default(),
    }
}

fn column(c: &TypedColumn) -> ColumnDef {
    ColumnDef {
        name: Rc::from(c.name.value.as_str()),
        ty: c.ty.ty,
        type_name: Rc::from(c.ty.text.as_str()),
        nullable: !c.not_null && !c.primary_key,
    }
}

fn unique_index(columns: &[Name], name: Option<Name>) -> IndexDef {
    IndexDef {
        name,
        unique: true,
        inverted: false,
        columns: columns
            .iter()
            .map(|c| IndexColumn {
                name: c.clone(),
                descending: false,
            })
            .collect(),
        storing: Vec::new(),
    }
}

/// Changes every version of every row that was written one by one.
fn edit_rows(cx: &mut Cx, table: TableIx, edit: impl Fn(&mut Vec<Value>)) {
    let Some(t) = cx.cluster.table_mut(table) else {
        return;
    };
    if t.data.overlay.is_empty() {
        return;
    }
    for versions in Rc::make_mut(&mut t.data).overlay.values_mut() {
        for version in versions.iter_mut() {
            if let Some(row) = &version.row {
                let mut row = row.to_vec();
                edit(&mut row);
                version.row = Some(row.into());
            }
        }
    }
}
