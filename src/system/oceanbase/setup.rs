//! Scenario lines, the start of the loops, sessions, and how tenants come into being.
//!
//! ```text
//! \tenant NAME {mysql|oracle} [streams 200MB,2.4GB,…]
//! \user NAME tenant TENANT [alter_system] [super]
//! \pool NAME
//! \table TENANT DATABASE NAME rows N
//! ```

use super::errors;
use super::model::{Archive, LogStream, Mode, Pool, Service, Tenant};
use super::{Cx, Event, OceanBase, SYS};
use crate::base::{Error, ErrorKind, Map, Positions, Result, Set, Time, Type};
use crate::cluster::{
    self, Block, ColumnDef, Image, JobIx, NodeIx, Range, RangeIx, Rule, Table, TableData, TableIx,
    TableState, TenantIx,
};
use crate::system::Session;
use crate::system::setup::{bytes, option};
use std::rc::Rc;

/// What a user may beyond reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rights {
    /// The tenant's administrator: `root`, `SYS`.
    pub admin: bool,
    pub alter_system: bool,
    pub superuser: bool,
    /// May write to users' tables.
    pub write: bool,
}

/// A tenant to be made.
pub struct NewTenant<'a> {
    pub name: &'a str,
    pub mode: Mode,
    /// Bytes of its log streams, the tenant's own first.
    pub sizes: &'a [u64],
    pub status: &'static str,
    pub role: &'static str,
    /// The restore that makes it: its log streams are empty.
    pub made_by: Option<JobIx>,
}

/// Bytes of the log streams of a tenant without data.
pub const EMPTY: [u64; 2] = [40 << 20, 24 << 20];

pub fn line(rules: &mut OceanBase, cx: &mut Cx, words: &[&str], _rest: &str) -> Result<()> {
    if cx.cluster.tenants.is_empty() {
        add_sys(rules, cx);
    }
    match words {
        ["tenant", name, mode, rest @ ..] => {
            let mode = match *mode {
                "mysql" => Mode::Mysql,
                "oracle" => Mode::Oracle,
                other => return Err(bad(format!("{other} is no mode"))),
            };
            let sizes: Vec<u64> = match option(rest, "streams") {
                None => EMPTY.to_vec(),
                Some(list) => list
                    .split(',')
                    .map(|s| bytes(s).ok_or_else(|| bad(format!("{s} is not a size"))))
                    .collect::<Result<_>>()?,
            };
            let pool: Rc<str> = Rc::from(format!("pool_{name}"));
            let unit: Rc<str> = Rc::from(format!("unit_{name}"));
            let tenant = add_tenant(
                rules,
                cx,
                NewTenant {
                    name,
                    mode,
                    sizes: &sizes,
                    status: "NORMAL",
                    role: "PRIMARY",
                    made_by: None,
                },
            );
            add_pool(rules, pool, unit, Some(tenant));
            Ok(())
        }
        ["user", name, "tenant", tenant, rest @ ..] => {
            let (ix, t) = rules
                .tenant_named(tenant)
                .ok_or_else(|| bad(format!("no tenant {tenant}")))?;
            let name = fold_user(name, t.mode);
            let rights = Rights {
                admin: false,
                alter_system: rest.contains(&"alter_system"),
                superuser: rest.contains(&"super"),
                write: false,
            };
            add_user(rules, cx, ix, &name, rights);
            Ok(())
        }
        ["pool", name] => {
            add_pool(rules, Rc::from(*name), Rc::from("unit_1"), None);
            Ok(())
        }
        ["table", tenant, database, name, "rows", rows] => {
            let (ix, _) = rules
                .tenant_named(tenant)
                .ok_or_else(|| bad(format!("no tenant {tenant}")))?;
            let rows = rows
                .parse()
                .map_err(|_| bad(format!("{rows} is no number")))?;
            add_table(rules, cx, ix, database, name, rows);
            Ok(())
        }
        _ => Err(bad(format!("unknown line {}", words.join(" ")))),
    }
}

fn bad(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Command, text)
}

/// Nodes and tenants stand: the services begin to look.
pub fn boot(rules: &mut OceanBase, cx: &mut Cx) {
    if cx.cluster.tenants.is_empty() {
        add_sys(rules, cx);
    }
    rules.booted = true;
    let all: Vec<TenantIx> = rules.tenants.keys().copied().collect();
    for tenant in all {
        rules.schedule_idle(cx, tenant);
        if tenant != SYS {
            rules.schedule_cleanup(cx, tenant);
        }
    }
}

/// The sys tenant: RootService leads on the first server.
fn add_sys(rules: &mut OceanBase, cx: &mut Cx) {
    let now = cx.now();
    cx.cluster.tenants.push(cluster::Tenant {
        id: 1,
        name: Rc::from("sys"),
        kind: "SYS",
        status: "NORMAL",
        created: now,
        dropped: None,
    });
    rules
        .tenants
        .insert(SYS, empty_tenant(1, "sys", Mode::Mysql, NodeIx(0), now));
    add_pool(
        rules,
        Rc::from("sys_pool"),
        Rc::from("sys_unit_config"),
        Some(SYS),
    );
    let admin = Rights {
        admin: true,
        alter_system: true,
        superuser: true,
        write: true,
    };
    add_user(rules, cx, SYS, "root", admin);
}

fn empty_tenant(id: i64, name: &str, mode: Mode, node: NodeIx, now: Time) -> Tenant {
    Tenant {
        id,
        name: Rc::from(name),
        mode,
        service: Service {
            node,
            generation: 0,
            last: now,
            next: now,
            moving: false,
        },
        streams: Vec::new(),
        next_job: 1,
        next_task: 1,
        next_set: 1,
        next_dest: 1001,
        storages: Vec::new(),
        current: Set::new(),
        jobs: Map::new(),
        data_dest: None,
        archive: Archive {
            next_piece: 1,
            ..Archive::default()
        },
        policy: None,
        cleanup: now,
        cleanup_generation: 0,
        locality: Rc::from(""),
        primary_zone: Rc::from("RANDOM"),
        parameters: Map::new(),
        role: "PRIMARY",
        schema_tables: Vec::new(),
        locked: false,
        databases: Set::new(),
    }
}

/// Makes a tenant with its log streams, leaders spread over the servers, and its administrator.
pub fn add_tenant(rules: &mut OceanBase, cx: &mut Cx, new: NewTenant) -> TenantIx {
    let now = cx.now();
    let nodes = cx.cluster.nodes.len().max(1);
    let id = rules.next_tenant_id;
    // Even ids are users', the odd ones below them their meta tenants'.
    rules.next_tenant_id += 2;
    let row = cluster::Tenant {
        id: u64::try_from(id).unwrap_or(0),
        name: Rc::from(new.name),
        kind: "USER",
        status: new.status,
        created: now,
        dropped: None,
    };
    let ix = TenantIx(u16::try_from(cx.cluster.tenants.push(row)).unwrap_or(u16::MAX));
    let first = usize::from(ix.0) % nodes;
    let mut tenant = empty_tenant(id, new.name, new.mode, NodeIx(first as u16), now);
    tenant.role = new.role;
    let zones: Vec<String> = cx
        .cluster
        .nodes
        .iter()
        .map(|n| format!("FULL{{1}}@{}", n.zone))
        .collect();
    tenant.locality = Rc::from(zones.join(", "));
    let replicas: Vec<NodeIx> = cx.cluster.node_list().map(|(n, _)| n).collect();
    for (i, size) in new.sizes.iter().enumerate() {
        let stream = if i == 0 { 1 } else { 1_000 + i as i64 };
        let leader = NodeIx(((first + i) % nodes) as u16);
        let alive = cx.cluster.node(leader).is_some_and(|n| n.alive);
        let leader = if alive {
            leader
        } else {
            replicas
                .iter()
                .copied()
                .find(|&n| cx.cluster.node(n).is_some_and(|n| n.alive))
                .unwrap_or(leader)
        };
        let held = if new.made_by.is_some() { 0 } else { *size };
        let range = cx.cluster.ranges.push(Range {
            tenant: ix,
            table: None,
            label: Rc::from(format!("LS {stream}")),
            leader,
            replicas: replicas.clone(),
            size: *size,
            held,
            unit: None,
            made_by: new.made_by,
            created: now,
            gone: None,
        });
        tenant.streams.push(LogStream {
            id: stream,
            range: RangeIx(range as u32),
        });
    }
    rules.tenants.insert(ix, tenant);
    let admin = Rights {
        admin: true,
        alter_system: true,
        superuser: true,
        write: true,
    };
    let name = match new.mode {
        Mode::Mysql => "root",
        Mode::Oracle => "SYS",
    };
    add_user(rules, cx, ix, name, admin);
    cx.cluster.changes += 1;
    if rules.booted {
        rules.schedule_idle(cx, ix);
        rules.schedule_cleanup(cx, ix);
    }
    ix
}

/// A restored tenant opens: NORMAL, as a standby, its tables readable.
pub fn open_tenant(rules: &mut OceanBase, cx: &mut Cx, tenant: TenantIx) {
    if let Some(row) = cx.cluster.tenants.get_mut(usize::from(tenant.0)) {
        row.status = "NORMAL";
    }
    let tables = match rules.tenants.get_mut(&tenant) {
        Some(t) => {
            t.role = "STANDBY";
            t.schema_tables.clone()
        }
        None => Vec::new(),
    };
    for table in tables {
        if let Some(table) = cx.cluster.table_mut(table) {
            table.state = TableState::Public;
        }
    }
    cx.cluster.changes += 1;
}

pub fn add_pool(rules: &mut OceanBase, name: Rc<str>, unit: Rc<str>, tenant: Option<TenantIx>) {
    let id = rules.next_pool_id;
    rules.next_pool_id += 1;
    rules.units.insert(unit.clone());
    rules.pools.insert(name, Pool { id, unit, tenant });
}

pub fn add_user(rules: &mut OceanBase, cx: &mut Cx, tenant: TenantIx, name: &str, rights: Rights) {
    rules.users.insert((tenant, Rc::from(name)), rights);
    cx.cluster.users.push(cluster::User {
        tenant,
        name: Rc::from(name),
        admin: rights.admin,
    });
}

/// A user's name as the mode stores it.
pub fn fold_user(name: &str, mode: Mode) -> String {
    match mode {
        Mode::Mysql => name.to_owned(),
        Mode::Oracle => name.to_ascii_uppercase(),
    }
}

/// A table of sample rows, by rule.
fn add_table(
    rules: &mut OceanBase,
    cx: &mut Cx,
    tenant: TenantIx,
    database: &str,
    name: &str,
    rows: u64,
) {
    let Some(t) = rules.tenants.get(&tenant) else {
        return;
    };
    let oracle = t.mode == Mode::Oracle;
    let column = |name: &str, ty: Type, mysql: &str, in_oracle: &str| ColumnDef {
        name: Rc::from(if oracle {
            name.to_ascii_uppercase()
        } else {
            name.to_owned()
        }),
        ty,
        type_name: Rc::from(if oracle { in_oracle } else { mysql }),
        nullable: name != "id",
    };
    let columns: Rc<[ColumnDef]> = Rc::from(vec![
        column("id", Type::Int, "bigint(20)", "NUMBER"),
        column("name", Type::Text, "varchar(64)", "VARCHAR2(64)"),
        column("amount", Type::Decimal, "decimal(10,2)", "NUMBER(10,2)"),
    ]);
    let seed = crate::base::StateHasher::of(&(tenant, name));
    let now = cx.now();
    let data = TableData {
        blocks: vec![Block {
            rule: Rule::new(seed, columns.clone(), &[0]),
            lo: 0,
            hi: rows,
            from: now,
            until: None,
            made_by: None,
        }],
        overlay: crate::base::Map::new(),
    };
    let table = Table {
        id: 500_000 + cx.cluster.tables.len() as u32,
        tenant,
        database: Rc::from(database),
        schema: Rc::from(database),
        name: Rc::from(name),
        columns,
        key: Positions::from(vec![0]),
        state: TableState::Public,
        created: now,
        dropped: None,
        data: Rc::new(data),
        ranges: Vec::new(),
        made_by: None,
    };
    let ix = TableIx(cx.cluster.tables.push(table) as u32);
    if let Some(t) = rules.tenants.get_mut(&tenant) {
        t.schema_tables.push(ix);
    }
}

impl OceanBase {
    /// The tenant's tables as a backup set holds them.
    pub(super) fn table_images(&self, cx: &Cx, tenant: TenantIx) -> Vec<Rc<Image>> {
        let now = cx.now();
        let Some(t) = self.tenants.get(&tenant) else {
            return Vec::new();
        };
        t.schema_tables
            .iter()
            .filter_map(|ix| cx.cluster.table(*ix))
            .map(|table| {
                Rc::new(Image {
                    data: table.data.clone(),
                    table: table.clone(),
                    as_of: now,
                    broken_at: None,
                })
            })
            .collect()
    }
}

/// Puts a set's tables into a tenant that is being restored; nobody reads them before it opens.
pub fn copy_tables(
    rules: &mut OceanBase,
    cx: &mut Cx,
    tenant: TenantIx,
    images: &[Rc<Image>],
    job: JobIx,
) {
    let now = cx.now();
    for image in images {
        let mut table = image.table.clone();
        table.tenant = tenant;
        table.created = now;
        table.state = TableState::Offline("restoring");
        table.made_by = Some(job);
        table.data = image.data.clone();
        let ix = TableIx(cx.cluster.tables.push(table) as u32);
        if let Some(t) = rules.tenants.get_mut(&tenant) {
            t.schema_tables.push(ix);
        }
    }
}

/// Opens a session for `user[@tenant]`; without a tenant it is sys.
pub fn connect(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &str,
    via: Option<NodeIx>,
) -> Result<Session> {
    let (user, tenant) = who.split_once('@').unwrap_or((who, "sys"));
    let (ix, t) = rules
        .tenant_named(tenant)
        .ok_or_else(errors::invalid_tenant)?;
    if t.locked {
        return Err(errors::state(5260, format!("Tenant '{tenant}' is locked")));
    }
    let user = fold_user(user, t.mode);
    if !rules.users.contains_key(&(ix, Rc::from(user.as_str()))) {
        return Err(errors::login_failed(&user));
    }
    let node = via
        .or_else(|| first_alive(cx))
        .filter(|n| cx.cluster.node(*n).is_some_and(|n| n.alive))
        .ok_or_else(|| errors::state(2003, "Can't connect to MySQL server"))?;
    let database = match t.mode {
        Mode::Mysql => "oceanbase".to_owned(),
        Mode::Oracle => user.clone(),
    };
    Ok(Session {
        name: Rc::from(who),
        user: Rc::from(user),
        tenant: ix,
        tenant_name: t.name.clone(),
        database: Rc::from(database),
        node,
        epoch: cx.cluster.node(node).map_or(0, |n| n.epoch),
        transaction: "",
        mode: t.mode.name(),
        settings: Map::new(),
        busy: None,
        answer: None,
    })
}

pub fn first_alive(cx: &super::super::Cx<Event>) -> Option<NodeIx> {
    cx.cluster
        .node_list()
        .find(|(_, n)| n.alive)
        .map(|(ix, _)| ix)
}
