//! Databases, tables and indexes by name, and the ranges that hold them.

use super::{Cockroach, Cx};
use crate::base::{Duration, Time, Value};
use crate::cluster::{
    Cluster, JobIx, NodeIx, Range, RangeIx, Table, TableIx, TableState, TenantIx,
};
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Database {
    pub id: u32,
    pub tenant: TenantIx,
    pub name: Rc<str>,
    pub owner: Rc<str>,
    pub created: Time,
}

/// A secondary index.
#[derive(Clone, Debug, Hash)]
pub struct Index {
    pub id: u32,
    pub table: TableIx,
    pub name: Rc<str>,
    pub columns: Vec<Rc<str>>,
    pub unique: bool,
    pub ranges: Vec<RangeIx>,
    /// Readable; before, it is being filled.
    pub public: bool,
    pub dropped: bool,
}

/// A default that each row gets anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generated {
    RowId,
    Uuid,
    /// So many microseconds from now, at every change of the row.
    Expires(i64),
}

impl Generated {
    pub fn text(self) -> String {
        match self {
            Generated::RowId => "unique_rowid()".to_owned(),
            Generated::Uuid => "gen_random_uuid()".to_owned(),
            Generated::Expires(us) => {
                let text = crate::query::Format::PLAIN.text(&Value::Interval(us));
                let text = text.unwrap_or_default();
                format!("current_timestamp():::TIMESTAMPTZ + '{text}':::INTERVAL")
            }
        }
    }
}

/// Ranges of tables, those of their indexes included.
pub fn ranges_of(cluster: &Cluster, tables: &[TableIx]) -> Vec<RangeIx> {
    tables
        .iter()
        .filter_map(|t| cluster.table(*t))
        .flat_map(|t| t.ranges.iter().copied())
        .collect()
}

impl Cockroach {
    pub(super) fn next_descriptor(&mut self) -> u32 {
        let id = self.descriptors;
        self.descriptors = self.descriptors.saturating_add(1);
        id
    }

    // ---- databases ----

    pub(super) fn database(&self, tenant: TenantIx, name: &str) -> Option<&Database> {
        self.databases
            .iter()
            .find(|d| d.tenant == tenant && *d.name == *name)
    }

    pub(super) fn add_database(&mut self, tenant: TenantIx, name: &str, owner: &str, now: Time) {
        if self.database(tenant, name).is_some() {
            return;
        }
        let id = self.next_descriptor();
        // The public schema has a descriptor of its own since 22.1.
        if self.profile.declarative {
            self.next_descriptor();
        }
        self.databases.push(Database {
            id,
            tenant,
            name: Rc::from(name),
            owner: Rc::from(owner),
            created: now,
        });
    }

    pub(super) fn drop_database(&mut self, tenant: TenantIx, name: &str) {
        self.databases
            .retain(|d| d.tenant != tenant || *d.name != *name);
    }

    /// A database that a restore made goes with it unless somebody has put something in.
    pub(super) fn drop_database_if_empty(&mut self, cx: &Cx, tenant: TenantIx, name: &str) {
        if self.tables_in(cx.cluster, tenant, name).next().is_none() {
            self.drop_database(tenant, name);
        }
    }

    // ---- tables ----

    /// Whether statements know the table: v2.1 writes descriptors of restored tables at the end.
    pub(super) fn is_known(&self, table: &Table) -> bool {
        match table.state {
            TableState::Public => true,
            TableState::Offline(_) => self.profile.requests,
            TableState::Dropped => false,
        }
    }

    pub(super) fn tables_in<'c>(
        &'c self,
        cluster: &'c Cluster,
        tenant: TenantIx,
        database: &'c str,
    ) -> impl Iterator<Item = (TableIx, &'c Table)> + 'c {
        cluster
            .tables
            .enumerate()
            .filter(move |(_, t)| {
                t.tenant == tenant && *t.database == *database && self.is_known(t)
            })
            .map(|(i, t)| (TableIx(i as u32), t))
    }

    /// The table `database.schema.name`.
    pub(super) fn table(
        &self,
        cluster: &Cluster,
        tenant: TenantIx,
        database: &str,
        schema: &str,
        name: &str,
    ) -> Option<TableIx> {
        self.tables_in(cluster, tenant, database)
            .find(|(_, t)| *t.schema == *schema && *t.name == *name)
            .map(|(i, _)| i)
    }

    /// The table that a name of one to three parts means in a session's database. In v2.1 and
    /// later two parts may be database and table.
    pub(super) fn resolve(
        &self,
        cluster: &Cluster,
        tenant: TenantIx,
        current: &str,
        parts: &[&str],
    ) -> Option<TableIx> {
        match parts {
            [name] => self.table(cluster, tenant, current, "public", name),
            [first, name] => self
                .table(cluster, tenant, current, first, name)
                .or_else(|| self.table(cluster, tenant, first, "public", name)),
            [database, schema, name] => self.table(cluster, tenant, database, schema, name),
            _ => None,
        }
    }

    /// Another public table has taken the name of one that is about to be published: v2.1 keeps
    /// no offline descriptors that would hold the place. The error is the product's.
    pub(super) fn name_taken(&self, cluster: &Cluster, ix: TableIx) -> Option<String> {
        let t = cluster.table(ix)?;
        let taken = self
            .tables_in(cluster, t.tenant, &t.database)
            .any(|(other, o)| {
                other != ix
                    && o.state == TableState::Public
                    && o.schema == t.schema
                    && o.name == t.name
            });
        taken.then(|| format!("relation \"{}\" already exists", t.name))
    }

    /// Who has made the table.
    pub(super) fn owner_of(&self, tenant: TenantIx, table: &Table) -> &str {
        let full = format!("{}.{}.{}", table.database, table.schema, table.name);
        let owner = self.rights.owners.get(&(tenant, Rc::from(full)));
        owner.map_or("root", |o| o)
    }

    /// Defaults of a table's columns, in order.
    pub(super) fn defaults_of(&self, table: &Table, ix: TableIx) -> Vec<Value> {
        table
            .columns
            .iter()
            .map(|c| {
                self.defaults
                    .get(&(ix, c.name.clone()))
                    .cloned()
                    .unwrap_or_default()
            })
            .collect()
    }

    // ---- indexes ----

    pub(super) fn indexes_of(&self, table: TableIx) -> impl Iterator<Item = (usize, &Index)> {
        self.indexes
            .iter()
            .enumerate()
            .filter(move |(_, i)| i.table == table && !i.dropped && i.public)
    }

    pub(super) fn is_index_range(&self, range: RangeIx) -> bool {
        self.indexes.iter().any(|i| i.ranges.contains(&range))
    }

    /// Bytes of the table's primary ranges.
    pub(super) fn primary_bytes(&self, cx: &Cx, table: TableIx) -> u64 {
        let now = cx.now();
        let Some(t) = cx.cluster.table(table) else {
            return 0;
        };
        t.ranges
            .iter()
            .filter(|r| !self.is_index_range(**r))
            .filter(|r| cx.cluster.range(**r).is_some_and(|r| r.gone.is_none()))
            .map(|&r| cx.cluster.range_held(r, now))
            .sum()
    }

    // ---- ranges ----

    /// A new range of a table, led by the node that leads the fewest so far among those that live.
    pub(super) fn add_range(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        table: TableIx,
        size: u64,
        held: u64,
        made_by: Option<JobIx>,
    ) -> RangeIx {
        let nodes = cx.cluster.nodes.len().max(1);
        let n = self.next_range as usize;
        self.next_range = self.next_range.saturating_add(1);
        let first = (0..nodes)
            .map(|k| (n + k) % nodes)
            .find(|&i| cx.cluster.nodes.get(i).is_some_and(|n| n.alive))
            .unwrap_or(n % nodes);
        let replicas = (0..nodes.min(3))
            .map(|k| NodeIx(((first + k) % nodes) as u16))
            .collect();
        let now = cx.now();
        let ix = RangeIx(cx.cluster.ranges.push(Range {
            tenant,
            table: Some(table),
            label: Rc::from(format!("r{}", self.next_range)),
            leader: NodeIx(first as u16),
            replicas,
            size,
            held,
            unit: None,
            made_by,
            created: now,
            gone: None,
        }) as u32);
        if let Some(t) = cx.cluster.table_mut(table) {
            t.ranges.push(ix);
        }
        ix
    }

    /// How long dropped data of these tables stays: the shortest of their zones.
    pub(super) fn gc_ttl(&self, cluster: &Cluster, tables: &[TableIx]) -> Duration {
        tables
            .iter()
            .filter_map(|t| {
                let table = cluster.table(*t)?;
                let full = format!("{}.{}.{}", table.database, table.schema, table.name);
                self.zones
                    .get(full.as_str())
                    .or_else(|| self.zones.get(&*table.database))
            })
            .min()
            .or_else(|| self.zones.get("default"))
            .copied()
            .unwrap_or(self.profile.gc_ttl)
    }
}
