//! `ALTER SYSTEM SET` (reference: oceanbase-backup 1.1, 2.3, 4.3).

use super::super::grammar::{SetParameters, Setting};
use super::super::jobs::{capacity, stamp};
use super::super::model::{DataDest, Payload, Storage};
use super::super::privileges::{self, Who};
use super::super::{Cx, OceanBase, SYS, errors};
use super::destination::{destination, locate, register};
use super::{archive, ok, root_service};
use crate::base::{Result, Time};
use crate::cluster::{DestIx, File, FileState, TenantIx};
use crate::system::Answer;
use std::rc::Rc;

/// Whose a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Cluster,
    Tenant,
}

/// How a value is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Int(i64, i64),
    /// A size within bounds, in bytes.
    Capacity(u64, u64),
    /// A time of at least so many microseconds.
    Time(i64),
    Bool,
    Text,
}

pub struct Parameter {
    pub name: &'static str,
    pub scope: Scope,
    pub default: &'static str,
    /// As SHOW PARAMETERS calls it.
    pub data_type: &'static str,
    pub section: &'static str,
    pub info: &'static str,
    check: Check,
}

const fn parameter(
    name: &'static str,
    scope: Scope,
    default: &'static str,
    data_type: &'static str,
    section: &'static str,
    info: &'static str,
    check: Check,
) -> Parameter {
    Parameter {
        name,
        scope,
        default,
        data_type,
        section,
        info,
        check,
    }
}

/// What `ALTER SYSTEM BEGIN UPGRADE` turns on: no backup starts meanwhile (reference 2.3).
pub const UPGRADE: &str = "enable_upgrade_mode";

/// Parameters that matter here, by name (reference 4.3).
pub const PARAMETERS: &[Parameter] = &[
    // Those that begin with an underscore are hidden.
    parameter(
        "_backup_idle_time",
        Scope::Tenant,
        "5m",
        "TIME",
        "OBSERVER",
        "the time interval in which the backup scheduler idles",
        Check::Time(10_000_000),
    ),
    parameter(
        "_backup_task_keep_alive_interval",
        Scope::Cluster,
        "10s",
        "TIME",
        "OBSERVER",
        "control backup task keep alive interval",
        Check::Time(1_000_000),
    ),
    parameter(
        "_backup_task_keep_alive_timeout",
        Scope::Cluster,
        "10m",
        "TIME",
        "OBSERVER",
        "control backup task keep alive timeout",
        Check::Time(1_000_000),
    ),
    parameter(
        "archive_lag_target",
        Scope::Tenant,
        "120s",
        "TIME",
        "LOG_SERVICE",
        "archive lag target of this tenant",
        Check::Time(0),
    ),
    parameter(
        "backup_data_file_size",
        Scope::Cluster,
        "4G",
        "CAPACITY",
        "OBSERVER",
        "backup data file size",
        Check::Capacity(512 << 20, 4 << 30),
    ),
    parameter(
        "cluster",
        Scope::Cluster,
        "obcluster",
        "STRING",
        "OBSERVER",
        "Name of the cluster",
        Check::Text,
    ),
    parameter(
        "data_backup_dest",
        Scope::Tenant,
        "",
        "STRING",
        "OBSERVER",
        "backup dest",
        Check::Text,
    ),
    parameter(
        "enable_rebalance",
        Scope::Cluster,
        "True",
        "BOOL",
        "LOAD_BALANCE",
        "specifies whether the partition load-balancing is turned on or not",
        Check::Bool,
    ),
    parameter(
        UPGRADE,
        Scope::Cluster,
        "False",
        "BOOL",
        "OBSERVER",
        "specifies whether upgrade mode is turned on. If turned on, daily merger and balancer will be disabled",
        Check::Bool,
    ),
    parameter(
        "ha_low_thread_score",
        Scope::Tenant,
        "0",
        "INT",
        "OBSERVER",
        "high availability low thread worker count",
        Check::Int(0, 100),
    ),
    parameter(
        "log_archive_concurrency",
        Scope::Tenant,
        "0",
        "INT",
        "OBSERVER",
        "concurrency of log archive",
        Check::Int(0, 100),
    ),
    parameter(
        "min_observer_version",
        Scope::Cluster,
        "4.2.5.0",
        "STRING",
        "ROOT_SERVICE",
        "the min observer version",
        Check::Text,
    ),
    parameter(
        "recyclebin_object_expire_time",
        Scope::Cluster,
        "0s",
        "TIME",
        "ROOT_SERVICE",
        "recyclebin object expire time",
        Check::Time(0),
    ),
    parameter(
        "system_memory",
        Scope::Cluster,
        "2G",
        "CAPACITY",
        "OBSERVER",
        "the memory reserved for internal use",
        Check::Capacity(0, 1 << 50),
    ),
];

pub fn find(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|p| p.name == name)
}

pub fn set(rules: &mut OceanBase, cx: &mut Cx, who: &Who, s: &SetParameters) -> Result<Answer> {
    // All are resolved before any is set.
    let mut resolved = Vec::new();
    let first = s.settings.first().is_some_and(|s| is_backup(&s.name));
    for setting in &s.settings {
        if is_backup(&setting.name) != first {
            return Err(errors::unsupported(
                "backup configuration items cannot be set together with non data backup configuration items",
            ));
        }
        resolved.push(resolve(rules, who, setting)?);
    }
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    for (setting, tenants) in s.settings.iter().zip(resolved) {
        for tenant in tenants {
            apply(rules, cx, setting, tenant)?;
        }
    }
    Ok(ok())
}

/// What is kept among a tenant's backups, not among its parameters.
fn is_backup(name: &str) -> bool {
    matches!(
        name,
        "data_backup_dest" | "log_archive_dest" | "log_archive_dest_state"
    )
}

/// The tenants a setting is for; the cluster's own for a cluster parameter.
fn resolve(rules: &OceanBase, who: &Who, setting: &Setting) -> Result<Vec<TenantIx>> {
    let name = setting.name.as_str();
    let of_tenant = match name {
        _ if is_backup(name) => true,
        _ => {
            let known = find(name).ok_or_else(|| {
                crate::base::Error::new(crate::base::ErrorKind::Name, "System config unknown")
                    .number(5099)
                    .sqlstate("42000")
            })?;
            check(known, &setting.value)?;
            known.scope == Scope::Tenant
        }
    };
    if !of_tenant {
        // A tenant sees cluster parameters and cannot set them.
        who.only_sys()?;
        return Ok(vec![SYS]);
    }
    let backup = is_backup(name);
    match (&setting.tenant, who.is_sys()) {
        (Some(_), false) => Err(errors::access_denied()),
        (None, false) => Ok(vec![who.tenant]),
        // sys itself has no backup: a destination needs a tenant.
        (None, true) if backup => Err(errors::not_supported()),
        (None, true) => Ok(vec![SYS]),
        (Some(t), true) if t.value == "sys" && backup => Err(errors::not_supported()),
        (Some(t), true) if t.value == "sys" => Ok(vec![SYS]),
        (Some(t), true) if matches!(t.value.to_ascii_lowercase().as_str(), "all" | "all_user") => {
            Ok(rules
                .tenants
                .keys()
                .copied()
                .filter(|&t| t != SYS)
                .collect())
        }
        (Some(t), true) => privileges::named(rules, std::slice::from_ref(t)),
    }
}

fn check(parameter: &Parameter, value: &str) -> Result<()> {
    let fits = match parameter.check {
        Check::Int(low, high) => value
            .parse::<i64>()
            .is_ok_and(|n| (low..=high).contains(&n)),
        Check::Capacity(low, high) => capacity(value).is_some_and(|n| (low..=high).contains(&n)),
        Check::Time(low) => super::cleanup::time_text(value).is_some_and(|us| us >= low),
        Check::Bool => truth(value).is_some(),
        Check::Text => true,
    };
    if fits {
        return Ok(());
    }
    Err(errors::state(4147, "Invalid config"))
}

/// What the server takes for a truth value (public source: `ObConfigBoolParser`).
fn truth(value: &str) -> Option<bool> {
    let is = |words: &str| {
        words
            .split(' ')
            .any(|word| word.eq_ignore_ascii_case(value))
    };
    match () {
        () if is("true on yes t 1") => Some(true),
        () if is("false off no f 0") => Some(false),
        () => None,
    }
}

fn apply(rules: &mut OceanBase, cx: &mut Cx, setting: &Setting, tenant: TenantIx) -> Result<()> {
    let value = setting.value.as_str();
    match setting.name.as_str() {
        "data_backup_dest" => set_data_dest(rules, cx, tenant, value),
        "log_archive_dest" => archive::set_dest(rules, cx, tenant, value),
        "log_archive_dest_state" => archive::set_state(rules, cx, tenant, value),
        name => {
            let parameter = find(name);
            // A truth value is kept as the server writes it.
            let value = match (parameter.map(|p| p.check), truth(value)) {
                (Some(Check::Bool), Some(true)) => "True",
                (Some(Check::Bool), Some(false)) => "False",
                _ => value,
            };
            let values = match parameter.map(|p| p.scope) {
                Some(Scope::Tenant) => rules.tenants.get_mut(&tenant).map(|t| &mut t.parameters),
                _ => Some(&mut rules.parameters),
            };
            if let Some(values) = values {
                values.insert(Rc::from(name), Rc::from(value));
            }
            Ok(())
        }
    }
}

fn set_data_dest(rules: &mut OceanBase, cx: &mut Cx, tenant: TenantIx, uri: &str) -> Result<()> {
    let at = match uri {
        "" => None,
        uri => Some(locate(uri)?),
    };
    // Refused while a backup row exists, whatever its status.
    let busy = rules.tenants.get(&tenant).is_some_and(|t| {
        t.current
            .iter()
            .any(|&j| matches!(rules.payload(j), Some(Payload::Backup(_))))
    });
    if busy {
        return Err(errors::in_progress());
    }
    let Some(at) = at else {
        if let Some(t) = rules.tenants.get_mut(&tenant) {
            t.data_dest = None;
        }
        return Ok(());
    };
    let dest = destination(cx, &at)?;
    free_for(rules, cx, tenant, dest, &at.path, true)?;
    let Some(t) = rules.tenants.get_mut(&tenant) else {
        return Ok(());
    };
    t.data_dest = Some(DataDest {
        dest,
        id: register(t, &at, dest, true),
        value: Rc::from(at.value()),
        path: at.path,
    });
    mark_dest(cx, dest, t.id);
    Ok(())
}

/// A directory belongs to one tenant and one purpose: its format file says whose it is. One with
/// files and without that file is nobody's.
pub fn free_for(
    rules: &OceanBase,
    cx: &Cx,
    tenant: TenantIx,
    dest: DestIx,
    path: &str,
    data: bool,
) -> Result<()> {
    let mut files = cx.cluster.files_at(dest).peekable();
    if files.peek().is_some() && !files.any(|(_, f)| &*f.path == "format.obbak") {
        return Err(errors::state(9080, "format file does not exist"));
    }
    let id = rules.tenants.get(&tenant).map_or(0, |t| t.id);
    let mine = format!("check_file/{id}_");
    let stranger =
        |f: &File| f.path.starts_with("check_file/") && !f.path.starts_with(mine.as_str());
    let mut taken = cx.cluster.files_at(dest).any(|(_, f)| stranger(f));
    taken |= rules.tenants.iter().any(|(ix, t)| {
        let other = |s: &Storage| &*s.path == path && (*ix != tenant || s.data != data);
        t.storages.iter().any(other)
    });
    if taken {
        return Err(errors::state(9081, "format file does not match"));
    }
    Ok(())
}

/// The format file of a destination, and the one by which it was tried: a tenant's own that lies
/// there already is used again (public source, 4.2: `create_connectivity_check_file`).
pub fn mark_dest(cx: &mut Cx, dest: DestIx, tenant_id: i64) {
    let now = cx.now();
    let time = stamp(now.unix_us(cx.cluster.epoch_us));
    put_once(cx, dest, "format.obbak", 96, now);
    let tried = format!("check_file/{tenant_id}_connect_file_");
    let is_tried = |f: &File| f.path.starts_with(tried.as_str());
    if !cx.cluster.files_at(dest).any(|(_, f)| is_tried(f)) {
        put_once(cx, dest, &format!("{tried}{time}.obbak"), 64, now);
    }
}

fn put_once(cx: &mut Cx, dest: DestIx, path: &str, size: u64, now: Time) {
    let there = cx.cluster.files_at(dest).any(|(_, f)| &*f.path == path);
    if !there {
        cx.cluster.add_file(File {
            dest,
            path: Rc::from(path),
            group: Rc::from(""),
            job: None,
            state: FileState::Complete,
            size,
            held: size,
            unit: None,
            created: now,
            deleted: None,
            content: None,
        });
    }
}

/// BACKUP CLUSTER PARAMETERS TO: writes the file.
pub fn parameter_file(cx: &mut Cx, uri: &str) -> Result<()> {
    let now = cx.now();
    let epoch = cx.cluster.epoch_us;
    let dest = destination(cx, &locate(uri)?)?;
    let name = format!(
        "cluster_parameters/cluster_parameter_{}.obbak",
        stamp(now.unix_us(epoch))
    );
    put_once(cx, dest, &name, 4_096, now);
    Ok(())
}
