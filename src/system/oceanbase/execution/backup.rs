//! BACKUP and CANCEL BACKUP (reference: oceanbase-backup 2.1 to 2.3, 3.3).

use super::super::grammar::{Backup, Scope, Tenants};
use super::super::model::{BackupJob, Common, ParentJob, Payload};
use super::super::privileges::{self, Who};
use super::super::{Cx, OceanBase, SYS, errors, states};
use super::{clock, ok, root_service};
use crate::base::{Error, Result};
use crate::cluster::{Job, JobIx, NewJob, TenantIx};
use crate::system::Answer;
use std::rc::Rc;

pub fn backup(rules: &mut OceanBase, cx: &mut Cx, who: &Who, s: &Backup) -> Result<Answer> {
    let chosen = resolve(rules, who, s)?;
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    let tenants = match chosen {
        // A tenant for itself.
        Chosen::Own => {
            check_own(rules, cx, who)?;
            not_upgrading(rules)?;
            let job = add_child(rules, cx, who, s, who.tenant, None);
            started(rules, cx, who, &[job]);
            return Ok(ok());
        }
        Chosen::Listed(list) => {
            for &tenant in &list {
                check_listed(rules, cx, tenant)?;
            }
            list
        }
        Chosen::Every => {
            let all: Vec<TenantIx> = rules
                .tenants
                .keys()
                .copied()
                .filter(|&t| t != SYS && check_listed(rules, cx, t).is_ok())
                .collect();
            if all.is_empty() {
                return Err(errors::cannot_start(
                    "no tenant meets the backup condition, please check the tenant status, log archive status, backup data dest, and backup status for each tenant",
                ));
            }
            all
        }
    };
    not_upgrading(rules)?;
    let parent = add_parent(rules, cx, who, s, &tenants);
    let children: Vec<JobIx> = tenants
        .iter()
        .map(|&t| add_child(rules, cx, who, s, t, Some(parent)))
        .collect();
    if let Some(Payload::Parent(p)) = rules.payload_mut(parent) {
        p.children.clone_from(&children);
    }
    rules.wake(cx, SYS);
    started(rules, cx, who, &children);
    Ok(ok())
}

enum Chosen {
    Own,
    Every,
    Listed(Vec<TenantIx>),
}

fn resolve(rules: &OceanBase, who: &Who, s: &Backup) -> Result<Chosen> {
    let chosen = match (&s.scope, who.is_sys()) {
        (Scope::Database, true) => Chosen::Every,
        (Scope::Database, false) => Chosen::Own,
        (Scope::Nothing, true) => return Err(errors::unsupported("No tenant name specified")),
        (Scope::Nothing | Scope::Tenants(_), false) => {
            return Err(privileges::own_tenant_only());
        }
        (Scope::Tenants(list), true) => {
            let found = privileges::named(rules, list)?;
            // Only meta tenants were named: they are never backed up.
            if found.is_empty() {
                return Err(errors::not_supported());
            }
            Chosen::Listed(found)
        }
    };
    if s.dest.is_some() {
        return Err(errors::unsupported(
            "backup do not support using specify path",
        ));
    }
    Ok(chosen)
}

fn status(cx: &Cx, tenant: TenantIx) -> &'static str {
    cx.cluster.tenant(tenant).map_or("", |t| t.status)
}

/// Whether a row of the same initiator stands in the current view, whatever its status.
fn has_row(rules: &OceanBase, tenant: TenantIx, initiator: i64) -> bool {
    rules.tenants.get(&tenant).is_some_and(|t| {
        t.current.iter().any(|&j| {
            matches!(rules.payload(j), Some(Payload::Backup(b)) if b.common.initiator_tenant == initiator)
        })
    })
}

fn archive_not_doing() -> Error {
    errors::cannot_start("log archive status is not doing.")
}

/// The last check of all.
fn not_upgrading(rules: &OceanBase) -> Result<()> {
    let mode = rules.parameters.get(super::parameters::UPGRADE);
    if mode.is_some_and(|mode| &**mode == "True") {
        return Err(errors::cannot_start("cluster upgrading"));
    }
    Ok(())
}

/// What sys checks for each tenant, in this order (reference 2.3).
fn check_listed(rules: &OceanBase, cx: &Cx, tenant: TenantIx) -> Result<()> {
    if status(cx, tenant) != "NORMAL" {
        return Err(errors::cannot_start("tenant status is not normal."));
    }
    if rules.archive_status(cx, tenant) != "DOING" {
        return Err(archive_not_doing());
    }
    if has_row(rules, tenant, 1) {
        return Err(errors::in_progress());
    }
    if rules
        .tenants
        .get(&tenant)
        .is_none_or(|t| t.data_dest.is_none())
    {
        return Err(errors::cannot_start("backup dest is not set."));
    }
    Ok(())
}

/// What a tenant's own BACKUP checks: another order, and no reason for the destination.
fn check_own(rules: &OceanBase, cx: &Cx, who: &Who) -> Result<()> {
    let tenant = who.tenant;
    if rules
        .tenants
        .get(&tenant)
        .is_none_or(|t| t.data_dest.is_none())
    {
        return Err(errors::cannot_start(""));
    }
    if status(cx, tenant) != "NORMAL" {
        return Err(errors::cannot_start("tenant status is not normal."));
    }
    if has_row(rules, tenant, who.tenant_id) {
        return Err(errors::in_progress());
    }
    if rules.archive_status(cx, tenant) != "DOING" {
        return Err(archive_not_doing());
    }
    Ok(())
}

fn common(who: &Who, s: &Backup) -> Common {
    Common {
        initiator_tenant: who.tenant_id,
        initiator_job: 0,
        result: 0,
        plus_archivelog: s.plus_archivelog,
        incremental: s.incremental,
        description: Rc::from(s.description.as_str()),
        password: who.settings.get(" encryption").cloned(),
        archived: None,
    }
}

fn record(
    who: &Who,
    s: &Backup,
    tenant: TenantIx,
    id: i64,
    title: String,
    machine: &'static crate::cluster::Machine,
    now: crate::base::Time,
) -> Job {
    let facts = NewJob {
        id,
        tenant,
        kind: "BACKUP",
        title: Rc::from(title),
        description: Rc::from(s.to_string()),
        owner: who.user.clone(),
        machine,
        created: now,
        parent: None,
        listed: true,
        note: "recorded; the tenant's backup service has been woken",
    };
    Job::new(facts, "INIT")
}

/// The row above the children: TENANT_ID 1, BACKUP_SET_ID 0, JOB_LEVEL CLUSTER (reference 3.3).
fn add_parent(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    s: &Backup,
    tenants: &[TenantIx],
) -> JobIx {
    let now = cx.now();
    let executors: Vec<String> = tenants
        .iter()
        .filter_map(|t| rules.tenants.get(t))
        .map(|t| t.id.to_string())
        .collect();
    let id = rules.tenants.get_mut(&SYS).map_or(0, |t| {
        let id = t.next_job;
        t.next_job += 1;
        id
    });
    let title = format!("BACKUP of {} tenants", tenants.len());
    let job = cx.cluster.add_job(
        record(who, s, SYS, id, title, &states::PARENT, now),
        &who.user,
    );
    let mut common = common(who, s);
    common.initiator_job = id;
    rules.payloads.insert(
        job,
        Rc::new(Payload::Parent(ParentJob {
            common,
            children: Vec::new(),
            executors: Rc::from(executors.join(",")),
        })),
    );
    if let Some(t) = rules.tenants.get_mut(&SYS) {
        t.current.insert(job);
        t.jobs.insert(id, job);
    }
    job
}

/// A tenant's own row, under a parent or not. Its set id is allotted now (reference 3.2).
fn add_child(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    s: &Backup,
    tenant: TenantIx,
    parent: Option<JobIx>,
) -> JobIx {
    let now = cx.now();
    let mut common = common(who, s);
    if let Some(parent) = parent {
        common.initiator_job = cx.cluster.job(parent).map_or(0, |j| j.id);
    }
    let dest = rules.tenants.get(&tenant).and_then(|t| t.data_dest.clone());
    // An incremental without a usable earlier set becomes a full one without a word (2.3).
    let has_base = dest
        .as_ref()
        .is_some_and(|d| rules.base_of(tenant, &d.path).0 > 0);
    let (Some(dest), Some(t)) = (dest, rules.tenants.get_mut(&tenant)) else {
        return JobIx(u32::MAX);
    };
    common.incremental &= has_base;
    let (id, set_id) = (t.next_job, t.next_set);
    t.next_job += 1;
    t.next_set += 1;
    let title = format!("BACKUP of {}", t.name);
    let mut row = record(who, s, tenant, id, title, &states::BACKUP, now);
    row.parent = parent;
    let job = cx.cluster.add_job(row, &who.user);
    t.current.insert(job);
    t.jobs.insert(id, job);
    rules.payloads.insert(
        job,
        Rc::new(Payload::Backup(BackupJob {
            common,
            tenant,
            set_id,
            dest,
            task: None,
        })),
    );
    rules.wake(cx, tenant);
    job
}

/// Tells what was begun, once the rows stand.
fn started(rules: &mut OceanBase, cx: &mut Cx, who: &Who, jobs: &[JobIx]) {
    let now = cx.now();
    let _ = root_service(rules, cx, who, jobs);
    for &job in jobs {
        let text = format!(
            "{} is recorded as INIT; RootService wakes the tenant's backup service",
            rules.job_name(cx, job)
        );
        cx.cluster.tell(now, Some(job), None, &text);
        let tenant = cx.cluster.job(job).map_or(SYS, |j| j.tenant);
        let node = rules.root_service(cx.cluster).unwrap_or(who.node);
        let ids = rules.event_ids(cx, tenant, job, 0);
        rules.rs_event(now, node, "backup_data", "start_backup_data", ids);
    }
}

/// CANCEL BACKUP: an UPDATE of rows in INIT or DOING. Nobody looks at the count, nobody is woken.
pub fn cancel(rules: &mut OceanBase, cx: &mut Cx, who: &Who, tenants: &Tenants) -> Result<Answer> {
    // The resolver sets no text here, unlike its siblings (reference 2.2).
    let targets = privileges::targets(rules, who, tenants, errors::not_supported)?;
    who.may_alter_system()?;
    let every = targets.is_none();
    let targets = targets.unwrap_or_else(|| {
        rules
            .tenants
            .keys()
            .copied()
            .filter(|&t| t != SYS)
            .collect()
    });
    let mut rows = Vec::new();
    for tenant in targets {
        // A tenant that is not in NORMAL state is skipped silently.
        if status(cx, tenant) == "NORMAL" {
            rows.extend(running(rules, cx, tenant));
        }
    }
    if every {
        // Without a list the cluster's own row is cancelled too; the documentation does not say
        // so, the code does (reference 10).
        rows.extend(running(rules, cx, SYS));
    }
    root_service(rules, cx, who, &rows)?;
    let now = cx.now();
    for job in rows {
        if cx
            .cluster
            .advance_job(now, job, "cancel", &who.user)
            .is_err()
        {
            continue;
        }
        let tenant = cx.cluster.job(job).map_or(SYS, |j| j.tenant);
        let Some(service) = rules.tenants.get(&tenant).map(|t| t.service.clone()) else {
            continue;
        };
        let name = rules.job_name(cx, job);
        let node = cx.cluster.node(service.node).map(|n| n.name.clone());
        let node = node.as_deref().unwrap_or("");
        let text = if service.moving {
            format!("{name}: CANCELING is written; its backup service is being elected anew")
        } else {
            format!(
                "{name}: CANCELING is written, nothing else has happened yet; the backup service on {node} looks at {} or when a task ends",
                clock(cx, service.next)
            )
        };
        rules.note(
            cx,
            job,
            "the request stands in the row; the backup service has not looked yet",
        );
        cx.cluster.tell(now, Some(job), None, &text);
    }
    Ok(ok())
}

/// Backup rows of a tenant that CANCEL finds: INIT or DOING.
fn running(rules: &OceanBase, cx: &Cx, tenant: TenantIx) -> Vec<JobIx> {
    let Some(t) = rules.tenants.get(&tenant) else {
        return Vec::new();
    };
    t.current
        .iter()
        .copied()
        .filter(|&j| {
            matches!(
                rules.payload(j),
                Some(Payload::Backup(_) | Payload::Parent(_))
            ) && cx
                .cluster
                .job(j)
                .is_some_and(|j| matches!(j.status, "INIT" | "DOING"))
        })
        .collect()
}

/// BACKUP KEY: for builds with transparent encryption, which this cluster is not. Its resolver is
/// missing there, and that is said before anybody asks for privileges.
pub fn key(rules: &OceanBase, who: &Who, tenants: &Tenants) -> Result<Answer> {
    privileges::targets(rules, who, tenants, privileges::own_tenant_only)?;
    Err(errors::unsupported("statement type"))
}

/// BACKUP CLUSTER PARAMETERS: one file at the destination, sys only.
pub fn cluster_parameters(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    dest: &str,
) -> Result<Answer> {
    who.only_sys()?;
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    super::parameters::parameter_file(cx, dest)?;
    Ok(ok())
}
