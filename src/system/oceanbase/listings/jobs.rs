//! Which job a name means, and what must hold of this product's own state.

use super::super::model::{Owner, Payload};
use super::super::{OceanBase, SYS};
use crate::base::Time;
use crate::cluster::{Cluster, FileState, JobIx, WorkState};
use crate::system::Session;

/// `mysql_tenant/1`, `1` (the own tenant's; in sys its own rows first, then the newest), `last`.
pub fn find_job(
    rules: &OceanBase,
    cluster: &Cluster,
    session: &Session,
    name: &str,
) -> Option<JobIx> {
    let sys = session.tenant == SYS;
    let sees = |ix: &JobIx| {
        let own = cluster.job(*ix).is_some_and(|j| j.tenant == session.tenant);
        (sys || own) && in_job_views(rules, *ix)
    };
    if name == "last" {
        let newest = rules.payloads.keys().rev().copied().find(sees)?;
        // The row above a cluster backup's children is what the statement began.
        let parent = cluster.job(newest)?.parent;
        return Some(parent.filter(sees).unwrap_or(newest));
    }
    if let Some((tenant, id)) = name.split_once('/') {
        let id: i64 = id.parse().ok()?;
        let (_, t) = rules.tenant_named(tenant)?;
        return t.jobs.get(&id).copied().filter(sees);
    }
    let id: i64 = name.parse().ok()?;
    let own = rules.tenants.get(&session.tenant)?;
    if let Some(job) = own.jobs.get(&id) {
        return Some(*job);
    }
    if !sys {
        return None;
    }
    rules
        .tenants
        .values()
        .filter_map(|t| t.jobs.get(&id))
        .copied()
        .max()
}

/// Backup, delete and restore jobs; archive rounds stand in views of their own.
fn in_job_views(rules: &OceanBase, job: JobIx) -> bool {
    matches!(
        rules.payload(job),
        Some(Payload::Backup(_) | Payload::Parent(_) | Payload::Delete(_) | Payload::Restore(_))
    )
}

/// Violated invariants of this product, one sentence each.
pub fn check(rules: &OceanBase, cluster: &Cluster, now: Time) -> Vec<String> {
    let mut found = Vec::new();
    for (ix, tenant) in &rules.tenants {
        // Every request is served in the end: a living service has a look ahead of it.
        let service = &tenant.service;
        let alive = cluster.node(service.node).is_some_and(|n| n.alive);
        if alive && !service.moving && service.next < now {
            found.push(format!(
                "the backup service of {} has stopped looking",
                tenant.name
            ));
        }
        for job in tenant.current.iter() {
            let Some(record) = cluster.job(*job) else {
                found.push(format!("{} has a row without a job", tenant.name));
                continue;
            };
            if let Some(Payload::Backup(b)) = rules.payload(*job) {
                let set = rules.set(*ix, b.set_id);
                if set.is_some() != b.task.is_some() {
                    found.push(format!("job {}: set and set task differ", record.id));
                }
                if record.is_terminal() && set.is_some_and(|s| s.status == "DOING") {
                    found.push(format!("job {} has ended, its set has not", record.id));
                }
            }
        }
    }
    for ((_, id), set) in &rules.sets {
        if !rules.tenants.contains_key(&set.tenant) {
            continue;
        }
        let ended = cluster.job(set.job).is_some_and(|j| j.is_terminal());
        for file in &set.files {
            let Some(f) = cluster.file(*file) else {
                continue;
            };
            if !f.counts() {
                continue;
            }
            if set.file_status == "DELETED" {
                found.push(format!("set {id} is DELETED and {} is there", f.path));
            }
            if ended && f.state == FileState::Writing {
                found.push(format!(
                    "set {id} has ended and {} is being written",
                    f.path
                ));
            }
            if set.file_status == "AVAILABLE" && f.state != FileState::Complete {
                // What a lost server had begun lies beside the retry that replaced it.
                let retried = f.state == FileState::Incomplete && f.path.contains("_retry_");
                if !retried {
                    found.push(format!("set {id} is AVAILABLE and {} is not whole", f.path));
                }
            }
        }
    }
    for (work, owner) in &rules.owners {
        let running = cluster
            .work(*work)
            .is_some_and(|w| w.state == WorkState::Running);
        if !running {
            let who = match owner {
                Owner::LsTask { .. } => "a log-stream task",
                Owner::Archive { .. } => "an archive writer",
                Owner::Delete { .. } => "a delete task",
                Owner::Restore { .. } => "a restore",
                Owner::Drop { .. } => "a removal",
            };
            found.push(format!("{who} waits for work that does not run"));
        }
    }
    found
}
