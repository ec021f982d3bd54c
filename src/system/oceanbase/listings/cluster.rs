//! Views of the cluster: tenants, servers, zones, units, pools, events.

use super::super::model::RsEvent;
use super::{Col, Family, Item, Src, Ty, View, int, is_sys};
use crate::base::{Decimal, Value};
use crate::cluster::{Node, TenantIx};

pub const VIEWS: &[View] = &[
    View {
        name: "DBA_OB_TENANTS",
        family: Family::Everywhere,
        columns: TENANT_COLUMNS,
        items: tenants,
        cell: tenant_cell,
    },
    View {
        name: "GV$OB_SERVERS",
        family: Family::Everywhere,
        columns: GV_SERVER_COLUMNS,
        items: nodes,
        cell: server_cell,
    },
    View {
        name: "DBA_OB_SERVERS",
        family: Family::Sys,
        columns: SERVER_COLUMNS,
        items: nodes,
        cell: server_cell,
    },
    View {
        name: "DBA_OB_ZONES",
        family: Family::Sys,
        columns: &[
            ("ZONE", Ty::Text(128)),
            ("CREATE_TIME", Ty::Time),
            ("MODIFY_TIME", Ty::Time),
            ("STATUS", Ty::Text(4_096)),
            ("IDC", Ty::Text(4_096)),
            ("REGION", Ty::Text(4_096)),
            ("TYPE", Ty::Text(4_096)),
        ],
        items: nodes,
        // A zone stays ACTIVE when its server is down.
        cell: |s, item, column| match column {
            "STATUS" => Value::text("ACTIVE"),
            _ => server_cell(s, item, column),
        },
    },
    View {
        name: "DBA_OB_UNITS",
        family: Family::Sys,
        columns: UNIT_COLUMNS,
        items: units,
        cell: unit_cell,
    },
    View {
        name: "DBA_OB_RESOURCE_POOLS",
        family: Family::Sys,
        columns: &[
            ("RESOURCE_POOL_ID", Ty::Int),
            ("NAME", Ty::Text(128)),
            ("TENANT_ID", Ty::Int),
            ("CREATE_TIME", Ty::Time),
            ("MODIFY_TIME", Ty::Time),
            ("UNIT_COUNT", Ty::Int),
            ("UNIT_CONFIG_ID", Ty::Int),
            ("ZONE_LIST", Ty::Text(8_192)),
            ("REPLICA_TYPE", Ty::Text(64)),
        ],
        items: |s| (0..s.rules.pools.len()).map(row).collect(),
        cell: pool_cell,
    },
    View {
        name: "DBA_OB_ROOTSERVICE_EVENT_HISTORY",
        family: Family::Sys,
        columns: EVENT_COLUMNS,
        items: |s| (0..s.rules.events.len()).map(row).collect(),
        cell: event_cell,
    },
];

fn row(i: usize) -> Item {
    Item {
        a: i as i64,
        ..Item::default()
    }
}

fn nodes(s: &Src) -> Vec<Item> {
    (0..s.cluster.nodes.len()).map(row).collect()
}

const TENANT_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("TENANT_NAME", Ty::Text(128)),
    ("TENANT_TYPE", Ty::Text(64)),
    ("CREATE_TIME", Ty::Time),
    ("MODIFY_TIME", Ty::Time),
    ("PRIMARY_ZONE", Ty::Text(128)),
    ("LOCALITY", Ty::Text(4_096)),
    ("PREVIOUS_LOCALITY", Ty::Text(4_096)),
    ("COMPATIBILITY_MODE", Ty::Text(64)),
    ("STATUS", Ty::Text(64)),
    ("IN_RECYCLEBIN", Ty::Text(3)),
    ("LOCKED", Ty::Text(3)),
    ("TENANT_ROLE", Ty::Text(64)),
    ("SWITCHOVER_STATUS", Ty::Text(64)),
    ("SWITCHOVER_EPOCH", Ty::Int),
    ("SYNC_SCN", Ty::Scn),
    ("REPLAYABLE_SCN", Ty::Scn),
    ("READABLE_SCN", Ty::Scn),
    ("RECOVERY_UNTIL_SCN", Ty::Scn),
    ("LOG_MODE", Ty::Text(64)),
    ("ARBITRATION_SERVICE_STATUS", Ty::Text(64)),
    ("UNIT_NUM", Ty::Int),
    ("COMPATIBLE", Ty::Text(64)),
    ("MAX_LS_ID", Ty::Int),
];

/// sys, then each user tenant after its meta tenant (b = 1).
fn tenants(s: &Src) -> Vec<Item> {
    let mut found = Vec::new();
    for ix in s.rules.tenants.keys() {
        if !s.wants(*ix) {
            continue;
        }
        let item = row(usize::from(ix.0));
        if !is_sys(*ix) && s.only.is_none() {
            found.push(Item { b: 1, ..item });
        }
        found.push(item);
    }
    found
}

fn tenant_cell(s: &Src, item: Item, column: &str) -> Value {
    let ix = TenantIx(u16::try_from(item.a).unwrap_or(u16::MAX));
    let (Some(t), Some(record)) = (s.rules.tenants.get(&ix), s.cluster.tenant(ix)) else {
        return Value::Null;
    };
    let meta = item.b == 1;
    let user = !meta && !is_sys(ix);
    match column {
        "TENANT_ID" => int(if meta { t.id - 1 } else { t.id }),
        "TENANT_NAME" if meta => Value::text(format!("META${}", t.id)),
        "TENANT_NAME" => Value::Text(t.name.clone()),
        "TENANT_TYPE" => Value::text(match (meta, is_sys(ix)) {
            (true, _) => "META",
            (_, true) => "SYS",
            _ => "USER",
        }),
        "CREATE_TIME" | "MODIFY_TIME" => s.time(record.created),
        "PRIMARY_ZONE" => Value::Text(t.primary_zone.clone()),
        "LOCALITY" if is_sys(ix) => {
            let zones: Vec<String> = s
                .cluster
                .nodes
                .iter()
                .map(|n| format!("FULL{{1}}@{}", n.zone))
                .collect();
            Value::text(zones.join(", "))
        }
        "LOCALITY" => Value::Text(t.locality.clone()),
        "COMPATIBILITY_MODE" if meta => Value::text("MYSQL"),
        "COMPATIBILITY_MODE" => Value::text(t.mode.name().to_ascii_uppercase()),
        "STATUS" => Value::text(record.status),
        "LOCKED" if t.locked && user => Value::text("YES"),
        "IN_RECYCLEBIN" | "LOCKED" => Value::text("NO"),
        "TENANT_ROLE" if user => Value::text(t.role),
        "TENANT_ROLE" => Value::text("PRIMARY"),
        "SWITCHOVER_STATUS" => Value::text("NORMAL"),
        "SWITCHOVER_EPOCH" => int(0),
        "SYNC_SCN" | "REPLAYABLE_SCN" | "READABLE_SCN" if user => s.scn(s.now),
        "RECOVERY_UNTIL_SCN" if user => int(4_611_686_018_427_387_903_i64),
        "LOG_MODE" if user && t.archive.on => Value::text("ARCHIVELOG"),
        "LOG_MODE" => Value::text("NOARCHIVELOG"),
        "ARBITRATION_SERVICE_STATUS" => Value::text("DISABLED"),
        "UNIT_NUM" => int(1),
        "COMPATIBLE" => Value::text(super::SERVER),
        "MAX_LS_ID" => int(t.streams.last().filter(|_| user).map_or(1, |l| l.id)),
        _ => Value::Null,
    }
}

const GV_SERVER_COLUMNS: &[Col] = &[
    ("SVR_IP", Ty::Text(46)),
    ("SVR_PORT", Ty::Int),
    ("ZONE", Ty::Text(128)),
    ("SQL_PORT", Ty::Int),
    ("CPU_CAPACITY", Ty::Int),
    ("CPU_CAPACITY_MAX", Ty::Decimal(0)),
    ("CPU_ASSIGNED", Ty::Decimal(0)),
    ("CPU_ASSIGNED_MAX", Ty::Decimal(0)),
    ("MEM_CAPACITY", Ty::Int),
    ("MEM_ASSIGNED", Ty::Int),
    ("LOG_DISK_CAPACITY", Ty::Int),
    ("LOG_DISK_ASSIGNED", Ty::Int),
    ("LOG_DISK_IN_USE", Ty::Int),
    ("DATA_DISK_CAPACITY", Ty::Int),
    ("DATA_DISK_IN_USE", Ty::Int),
    ("DATA_DISK_HEALTH_STATUS", Ty::Text(20)),
    ("MEMORY_LIMIT", Ty::Int),
    ("DATA_DISK_ABNORMAL_TIME", Ty::Time),
    ("SSL_CERT_EXPIRED_TIME", Ty::Time),
];

const SERVER_COLUMNS: &[Col] = &[
    ("SVR_IP", Ty::Text(46)),
    ("SVR_PORT", Ty::Int),
    ("ID", Ty::Int),
    ("ZONE", Ty::Text(128)),
    ("SQL_PORT", Ty::Int),
    ("WITH_ROOTSERVER", Ty::Text(3)),
    ("STATUS", Ty::Text(64)),
    ("START_SERVICE_TIME", Ty::Time),
    ("STOP_TIME", Ty::Time),
    ("BLOCK_MIGRATE_IN_TIME", Ty::Time),
    ("LAST_OFFLINE_TIME", Ty::Time),
    ("CREATE_TIME", Ty::Time),
    ("MODIFY_TIME", Ty::Time),
    ("BUILD_VERSION", Ty::Text(256)),
];

/// `10.0.0.1` of `10.0.0.1:2882`.
pub fn ip(node: &Node) -> &str {
    node.address.split(':').next().unwrap_or("")
}

fn server_cell(s: &Src, item: Item, column: &str) -> Value {
    let Some(node) = usize::try_from(item.a)
        .ok()
        .and_then(|i| s.cluster.nodes.get(i))
    else {
        return Value::Null;
    };
    const GB: i64 = 1 << 30;
    let units = s.rules.tenants.len() as i64;
    match column {
        "SVR_IP" => Value::text(ip(node)),
        "SVR_PORT" => int(2_882),
        "SQL_PORT" => int(2_881),
        "ID" => int(item.a + 1),
        "ZONE" => Value::Text(node.zone.clone()),
        "WITH_ROOTSERVER" => {
            let leads = s
                .rules
                .root_service(s.cluster)
                .is_some_and(|n| i64::from(n.0) == item.a);
            Value::text(if leads { "YES" } else { "NO" })
        }
        "STATUS" => Value::text(if node.alive { "ACTIVE" } else { "INACTIVE" }),
        "CPU_CAPACITY" => int(16),
        "CPU_CAPACITY_MAX" => Value::Decimal(Decimal::new(16, 0)),
        "CPU_ASSIGNED" | "CPU_ASSIGNED_MAX" => {
            Value::Decimal(Decimal::new(i128::from(units) * 2, 0))
        }
        "MEM_CAPACITY" => int(32 * GB),
        "MEM_ASSIGNED" => int(units * 5 * GB),
        "LOG_DISK_CAPACITY" => int(120 * GB),
        "LOG_DISK_ASSIGNED" | "LOG_DISK_IN_USE" => int(units * 15 * GB),
        "DATA_DISK_CAPACITY" => int(200 * GB),
        "DATA_DISK_IN_USE" => int(held(s)),
        "DATA_DISK_HEALTH_STATUS" => Value::text("NORMAL"),
        "MEMORY_LIMIT" => int(34 * GB),
        "CREATE_TIME" | "MODIFY_TIME" => s.time(crate::base::Time::ZERO),
        "START_SERVICE_TIME" if node.alive => s.time(node.since),
        "LAST_OFFLINE_TIME" if !node.alive => s.time(node.since),
        "BUILD_VERSION" => Value::text(super::SERVER),
        "IDC" => Value::text(""),
        "REGION" => Value::text("sys_region"),
        "TYPE" => Value::text("ReadWrite"),
        _ => Value::Null,
    }
}

/// Every server holds a replica of every log stream.
fn held(s: &Src) -> u64 {
    s.cluster
        .ranges
        .iter()
        .filter(|r| r.gone.is_none())
        .map(|r| r.held)
        .sum()
}

const UNIT_COLUMNS: &[Col] = &[
    ("UNIT_ID", Ty::Int),
    ("TENANT_ID", Ty::Int),
    ("STATUS", Ty::Text(64)),
    ("RESOURCE_POOL_ID", Ty::Int),
    ("UNIT_GROUP_ID", Ty::Int),
    ("CREATE_TIME", Ty::Time),
    ("MODIFY_TIME", Ty::Time),
    ("ZONE", Ty::Text(128)),
    ("SVR_IP", Ty::Text(46)),
    ("SVR_PORT", Ty::Int),
    ("MIGRATE_FROM_SVR_IP", Ty::Text(46)),
    ("MIGRATE_FROM_SVR_PORT", Ty::Int),
    ("MANUAL_MIGRATE", Ty::Text(3)),
    ("UNIT_CONFIG_ID", Ty::Int),
    ("MAX_CPU", Ty::Decimal(0)),
    ("MIN_CPU", Ty::Decimal(0)),
    ("MEMORY_SIZE", Ty::Int),
    ("LOG_DISK_SIZE", Ty::Int),
    ("MAX_IOPS", Ty::Int),
    ("MIN_IOPS", Ty::Int),
    ("IOPS_WEIGHT", Ty::Int),
];

/// One per pool and zone.
fn units(s: &Src) -> Vec<Item> {
    let nodes = s.cluster.nodes.len() as i64;
    (0..s.rules.pools.len() as i64)
        .flat_map(|a| (0..nodes).map(move |b| Item { a, b, c: 0 }))
        .collect()
}

fn unit_cell(s: &Src, item: Item, column: &str) -> Value {
    let at = |i: i64| usize::try_from(i).unwrap_or(usize::MAX);
    let (Some(pool), Some(node)) = (
        s.rules.pools.values().nth(at(item.a)),
        s.cluster.nodes.get(at(item.b)),
    ) else {
        return Value::Null;
    };
    match column {
        "UNIT_ID" => int((pool.id - 1) * s.cluster.nodes.len() as i64 + item.b + 1),
        "TENANT_ID" => pool.tenant.map_or(Value::Null, |t| int(s.tenant_id(t))),
        "STATUS" => Value::text("ACTIVE"),
        "RESOURCE_POOL_ID" => int(pool.id),
        "UNIT_GROUP_ID" | "UNIT_CONFIG_ID" => int(1_000 + pool.id),
        "CREATE_TIME" | "MODIFY_TIME" => s.time(crate::base::Time::ZERO),
        "ZONE" => Value::Text(node.zone.clone()),
        "SVR_IP" => Value::text(ip(node)),
        "SVR_PORT" => int(2_882),
        "MANUAL_MIGRATE" => Value::Null,
        "MAX_CPU" | "MIN_CPU" => Value::Decimal(Decimal::new(2, 0)),
        "MEMORY_SIZE" => int(5_i64 << 30),
        "LOG_DISK_SIZE" => int(15_i64 << 30),
        "MAX_IOPS" | "MIN_IOPS" => int(20_000),
        "IOPS_WEIGHT" => int(2),
        _ => Value::Null,
    }
}

fn pool_cell(s: &Src, item: Item, column: &str) -> Value {
    let at = usize::try_from(item.a).unwrap_or(usize::MAX);
    let Some((name, pool)) = s.rules.pools.iter().nth(at) else {
        return Value::Null;
    };
    match column {
        "RESOURCE_POOL_ID" => int(pool.id),
        "NAME" => Value::Text(name.clone()),
        "TENANT_ID" => pool.tenant.map_or(Value::Null, |t| int(s.tenant_id(t))),
        "CREATE_TIME" | "MODIFY_TIME" => s.time(crate::base::Time::ZERO),
        "UNIT_COUNT" => int(1),
        "UNIT_CONFIG_ID" => int(1_000 + pool.id),
        "ZONE_LIST" => {
            let zones: Vec<&str> = s.cluster.nodes.iter().map(|n| &*n.zone).collect();
            Value::text(zones.join(";"))
        }
        "REPLICA_TYPE" => Value::text("FULL"),
        _ => Value::Null,
    }
}

const EVENT_COLUMNS: &[Col] = &[
    ("TIMESTAMP", Ty::Time),
    ("MODULE", Ty::Text(32)),
    ("EVENT", Ty::Text(32)),
    ("NAME1", Ty::Text(256)),
    ("VALUE1", Ty::Text(256)),
    ("NAME2", Ty::Text(256)),
    ("VALUE2", Ty::Text(256)),
    ("NAME3", Ty::Text(256)),
    ("VALUE3", Ty::Text(256)),
    ("NAME4", Ty::Text(256)),
    ("VALUE4", Ty::Text(256)),
    ("NAME5", Ty::Text(256)),
    ("VALUE5", Ty::Text(256)),
    ("NAME6", Ty::Text(256)),
    ("VALUE6", Ty::Text(256)),
    ("EXTRA_INFO", Ty::Text(512)),
    ("RS_SVR_IP", Ty::Text(46)),
    ("RS_SVR_PORT", Ty::Int),
];

fn event_cell(s: &Src, item: Item, column: &str) -> Value {
    let at = usize::try_from(item.a).unwrap_or(usize::MAX);
    let Some(event) = s.rules.events.get(at) else {
        return Value::Null;
    };
    match column {
        "TIMESTAMP" => s.time(event.at),
        "MODULE" => Value::text(event.module),
        "EVENT" => Value::text(event.event),
        "RS_SVR_IP" => s
            .cluster
            .node(event.node)
            .map_or(Value::Null, |n| Value::text(ip(n))),
        "RS_SVR_PORT" => int(2_882),
        "EXTRA_INFO" => Value::text(""),
        _ => pair(event, column),
    }
}

/// `NAME3`, `VALUE3`: empty where the event has fewer.
fn pair(event: &RsEvent, column: &str) -> Value {
    let number = column
        .chars()
        .next_back()
        .and_then(|c| c.to_digit(10))
        .unwrap_or(0) as usize;
    let found = number.checked_sub(1).and_then(|i| event.values.get(i));
    match (found, column.starts_with("NAME")) {
        (None, _) => Value::text(""),
        (Some((name, _)), true) => Value::text(name),
        (Some((_, value)), false) => Value::Text(value.clone()),
    }
}
