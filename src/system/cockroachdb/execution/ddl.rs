//! Statements that change the schema, and their jobs. reference: cockroachdb-jobs 1.3, 4.3

use super::super::grammar::{
    ColumnDef as TypedColumn, ConstraintKind, CreateIndex, CreateTable, IndexColumn, IndexDef,
    Statement,
};
use super::super::jobs::{Change, Gc, New, Schema, Spec, Waiting};
use super::super::states;
use super::super::{Cockroach, Cx, errors, names, settings};
use super::alter::made_of;
use super::ttl::{Ttl, expiration_column};
use super::{Call, Outcome, tag};
use crate::base::{Error, ErrorKind, Result, Span};
use crate::cluster::{ColumnDef, JobIx, Machine, RangeIx, Table, TableData, TableIx, TableState};
use crate::sql::{Name, Path};
use crate::system::Answer;
use std::rc::Rc;

/// What a statement has dropped, and how its job is described.
pub struct Dropped {
    pub tables: Vec<TableIx>,
    pub ranges: Vec<RangeIx>,
    pub description: String,
}

impl Cockroach {
    pub(crate) fn create_database(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &str,
        if_not_exists: bool,
    ) -> Result<Outcome> {
        if !self.has_system(call.tenant, &call.user, "CREATEDB") {
            self.need_admin(cx, call, |_| {
                errors::refused("permission denied to create database")
            })?;
        }
        if self.database(call.tenant, name).is_some() {
            if if_not_exists {
                return tag("CREATE DATABASE");
            }
            return Err(errors::exists("database", name, "42P04"));
        }
        let now = cx.now();
        self.add_database(call.tenant, name, &call.user, now);
        if &*call.user != "root" {
            self.rights
                .owners
                .insert((call.tenant, Rc::from(name)), call.user.clone());
        }
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
                let done = Answer::command("CREATE TABLE", 0);
                Ok(super::ttl::noticed(done, &t.storage).into())
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
        let ttl = self.ttl_params(cx, call, None, &t.storage)?;
        if let Some(us) = ttl.as_ref().and_then(Ttl::after) {
            columns.push(expiration_column(&columns, us)?);
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
        if let Some(ttl) = &ttl {
            self.check_expression(cx, &table, ttl, &table.columns)?;
        }
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
            if let Some(check) = &c.check {
                self.name_constraint(cx, ix, None, (&check.text, &[]));
            }
            if c.references.is_some() {
                let columns = std::slice::from_ref(&c.name);
                self.name_constraint(cx, ix, None, ("", columns));
            }
        }
        for c in &t.constraints {
            if !matches!(
                c.kind,
                ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
            ) {
                self.name_constraint(cx, ix, c.name.as_ref(), made_of(&c.kind));
            }
        }
        self.set_ttl(cx, ix, ttl);
        Ok(ix)
    }

    fn name_constraint(
        &mut self,
        cx: &Cx,
        table: TableIx,
        name: Option<&Name>,
        parts: (&str, &[Name]),
    ) {
        let name = self.constraint_name(cx, table, name, parts);
        self.constraints.insert((table, Rc::from(name)));
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
        let full = format!("{}.{}.{}", table.database, table.schema, table.name);
        let owned: (crate::cluster::TenantIx, Rc<str>) = (call.tenant, Rc::from(full));
        if &*call.user == "root" {
            self.rights.owners.remove(&owned);
        } else {
            self.rights.owners.insert(owned, call.user.clone());
        }
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

    pub(crate) fn free_index_name(&self, cx: &Cx, table: TableIx, index: &IndexDef) -> String {
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

    pub(crate) fn index_entry(
        &mut self,
        cx: &Cx,
        table: TableIx,
        index: &IndexDef,
        public: bool,
    ) -> usize {
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

    /// Whether a session's DDL goes to the declarative schema changer: in an explicit transaction it
    /// does not unless the session insists, for a later statement may be one that only the legacy one
    /// knows (`pkg/sql/schema_change_plan_node.go`, beyond the reference).
    fn declarative(&self, cx: &Cx, call: &Call) -> bool {
        let Some(session) = cx.session(call.session) else {
            return self.profile.declarative;
        };
        let asked = session.settings.get("use_declarative_schema_changer");
        self.profile.declarative
            && match asked.map_or(self.setting(call.tenant, settings::DECLARATIVE), |v| v) {
                "off" => false,
                "unsafe_always" => true,
                _ => session.transaction.is_empty(),
            }
    }

    /// A job that can be undone while it runs.
    pub(crate) fn schema_job(
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
    pub(crate) fn firm_job(
        &self,
        cx: &Cx,
        call: &Call,
        table: TableIx,
        change: Change,
        description: String,
    ) -> New {
        self.ddl_job(cx, call, table, change, description, self.firm_machine())
    }

    pub(crate) fn ddl_job(
        &self,
        cx: &Cx,
        call: &Call,
        table: TableIx,
        change: Change,
        description: String,
        machine: &'static Machine,
    ) -> New {
        let declarative = self.declarative(cx, call);
        let descriptors = match &change {
            Change::Dropped { tables, .. } => tables.clone(),
            _ => vec![table],
        };
        New {
            tenant: call.tenant,
            kind: if declarative {
                "NEW SCHEMA CHANGE"
            } else {
                "SCHEMA CHANGE"
            },
            title: description.clone(),
            statement: if declarative {
                description.clone()
            } else {
                String::new()
            },
            description,
            owner: call.user.clone(),
            spec: Spec::Schema(Schema {
                table,
                change,
                declarative,
            }),
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
    pub(crate) fn launch_ddl(
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
    pub(crate) fn launch_drop(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        dropped: Dropped,
        done: &str,
        notice: Option<(String, String)>,
    ) -> Result<Outcome> {
        let Dropped {
            tables,
            ranges,
            description,
        } = dropped;
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

pub(super) fn bare(name: &str) -> Name {
    Name {
        value: name.to_string(),
        quoted: false,
        span: Span::default(),
    }
}

pub(super) fn column(c: &TypedColumn) -> ColumnDef {
    ColumnDef {
        name: Rc::from(c.name.value.as_str()),
        ty: c.ty.ty,
        type_name: Rc::from(c.ty.text.as_str()),
        nullable: !c.not_null && !c.primary_key,
    }
}

pub(super) fn unique_index(columns: &[Name], name: Option<Name>) -> IndexDef {
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
