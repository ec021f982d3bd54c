//! Views of delete jobs, their tasks and policies.

use super::super::model::{DeleteJob, Payload, Target};
use super::backup::job_of;
use super::{Col, Family, Item, Src, Ty, View, int};
use crate::base::Value;
use crate::cluster::{JobIx, TenantIx};

pub const VIEWS: &[View] = &[
    View {
        name: "OB_BACKUP_DELETE_JOBS",
        family: Family::Tenant,
        columns: JOB_COLUMNS,
        items: |s| jobs(s, false),
        cell: job_cell,
    },
    View {
        name: "OB_BACKUP_DELETE_JOB_HISTORY",
        family: Family::Tenant,
        columns: JOB_COLUMNS,
        items: |s| jobs(s, true),
        cell: job_cell,
    },
    View {
        name: "OB_BACKUP_DELETE_TASKS",
        family: Family::Tenant,
        columns: TASK_COLUMNS,
        items: |s| tasks(s, false),
        cell: task_cell,
    },
    View {
        name: "OB_BACKUP_DELETE_TASK_HISTORY",
        family: Family::Tenant,
        columns: TASK_COLUMNS,
        items: |s| tasks(s, true),
        cell: task_cell,
    },
    View {
        name: "OB_BACKUP_DELETE_POLICY",
        family: Family::Tenant,
        columns: &[
            ("TENANT_ID", Ty::Int),
            ("POLICY_NAME", Ty::Text(256)),
            ("RECOVERY_WINDOW", Ty::Text(64)),
        ],
        items: policies,
        cell: policy_cell,
    },
];

const JOB_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("JOB_ID", Ty::Int),
    ("INCARNATION", Ty::Int),
    ("INITIATOR_TENANT_ID", Ty::Int),
    ("INITIATOR_JOB_ID", Ty::Int),
    ("EXECUTOR_TENANT_ID", Ty::Text(65_536)),
    ("TYPE", Ty::Text(64)),
    ("PARAMETER", Ty::Time),
    ("JOB_LEVEL", Ty::Text(64)),
    ("START_TIMESTAMP", Ty::Time),
    ("END_TIMESTAMP", Ty::Time),
    ("STATUS", Ty::Text(64)),
    ("TASK_COUNT", Ty::Int),
    ("SUCCESS_TASK_COUNT", Ty::Int),
    ("RESULT", Ty::Int),
    ("COMMENT", Ty::Text(4_096)),
];

fn delete<'a>(s: &Src<'a>, job: JobIx) -> Option<&'a DeleteJob> {
    match s.rules.payload(job) {
        Some(Payload::Delete(d)) => Some(d),
        _ => None,
    }
}

fn jobs(s: &Src, history: bool) -> Vec<Item> {
    let mut found = Vec::new();
    for (ix, tenant) in &s.rules.tenants {
        if !s.wants(*ix) {
            continue;
        }
        for job in tenant.jobs.values() {
            if delete(s, *job).is_some_and(|d| d.archived.is_some() == history) {
                found.push(Item {
                    a: i64::from(job.0),
                    ..Item::default()
                });
            }
        }
    }
    found
}

fn job_cell(s: &Src, item: Item, column: &str) -> Value {
    let ix = job_of(item);
    let (Some(job), Some(delete)) = (s.cluster.job(ix), delete(s, ix)) else {
        return Value::Null;
    };
    let tenant = s.tenant_id(job.tenant);
    match column {
        "TENANT_ID" | "INITIATOR_TENANT_ID" => int(tenant),
        "JOB_ID" | "INITIATOR_JOB_ID" => int(job.id),
        "INCARNATION" => int(1),
        "EXECUTOR_TENANT_ID" => Value::text(tenant.to_string()),
        "TYPE" => Value::text("DELETE OBSOLETE BACKUP"),
        "PARAMETER" => s.unix(delete.parameter_us),
        "JOB_LEVEL" => Value::text("USER_TENANT"),
        "START_TIMESTAMP" => s.time(job.created),
        "END_TIMESTAMP" => s.maybe_time(job.finished),
        "STATUS" => Value::text(job.status),
        "TASK_COUNT" => int(delete.tasks.len()),
        "SUCCESS_TASK_COUNT" => int(delete
            .tasks
            .iter()
            .filter(|t| t.status == "COMPLETED")
            .count()),
        "RESULT" => int(delete.result),
        "COMMENT" => Value::Text(job.error.clone()),
        _ => Value::Null,
    }
}

const TASK_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("TASK_ID", Ty::Int),
    ("INCARNATION", Ty::Int),
    ("JOB_ID", Ty::Int),
    ("TASK_TYPE", Ty::Text(64)),
    ("ID", Ty::Int),
    ("ROUND_ID", Ty::Int),
    ("DEST_ID", Ty::Int),
    ("START_TIMESTAMP", Ty::Time),
    ("END_TIMESTAMP", Ty::Time),
    ("STATUS", Ty::Text(64)),
    ("TOTAL_LS_COUNT", Ty::Int),
    ("FINISH_LS_COUNT", Ty::Int),
    ("TOTAL_BYTES", Ty::Int),
    ("DELETE_BYTES", Ty::Int),
    ("TOTAL_FILES_COUNT", Ty::Int),
    ("DELETE_FILES_COUNT", Ty::Int),
    ("RESULT", Ty::Int),
    ("COMMENT", Ty::Text(4_096)),
    ("PATH", Ty::Text(1_024)),
];

fn tasks(s: &Src, history: bool) -> Vec<Item> {
    let mut found = Vec::new();
    for job in jobs(s, history) {
        let count = delete(s, job_of(job)).map_or(0, |d| d.tasks.len());
        found.extend((0..count).map(|i| Item {
            a: job.a,
            b: i as i64,
            c: 0,
        }));
    }
    found
}

fn task_cell(s: &Src, item: Item, column: &str) -> Value {
    let ix = job_of(item);
    let (Some(job), Some(delete)) = (s.cluster.job(ix), delete(s, ix)) else {
        return Value::Null;
    };
    let Some(task) = usize::try_from(item.b)
        .ok()
        .and_then(|i| delete.tasks.get(i))
    else {
        return Value::Null;
    };
    let (kind, id, round) = match task.target {
        Target::Set(id) => ("BACKUP SET", id, 0),
        Target::Piece { round, piece } => ("BACKUP PIECE", piece, round),
    };
    let done = || s.rules.deleted(s.cluster, delete.tenant, task, s.now);
    match column {
        "TENANT_ID" => int(s.tenant_id(job.tenant)),
        "TASK_ID" => int(task.id),
        "INCARNATION" => int(1),
        "JOB_ID" => int(job.id),
        "TASK_TYPE" => Value::text(kind),
        "ID" => int(id),
        "ROUND_ID" => int(round),
        "DEST_ID" => int(task.dest_id),
        "START_TIMESTAMP" => s.time(task.start),
        "END_TIMESTAMP" => s.maybe_time(task.end),
        "STATUS" => Value::text(task.status),
        "TOTAL_LS_COUNT" => int(task.total_streams),
        "FINISH_LS_COUNT" => int(done().streams),
        "TOTAL_BYTES" => int(task.total_bytes),
        "DELETE_BYTES" => int(done().bytes),
        "TOTAL_FILES_COUNT" => int(task.files.len()),
        "DELETE_FILES_COUNT" => int(done().files),
        "RESULT" => int(task.result),
        "COMMENT" => Value::text(""),
        "PATH" => Value::Text(task.path.clone()),
        _ => Value::Null,
    }
}

fn policies(s: &Src) -> Vec<Item> {
    s.rules
        .tenants
        .iter()
        .filter(|(ix, t)| s.wants(**ix) && t.policy.is_some())
        .map(|(ix, _)| Item {
            a: i64::from(ix.0),
            ..Item::default()
        })
        .collect()
}

fn policy_cell(s: &Src, item: Item, column: &str) -> Value {
    let ix = TenantIx(u16::try_from(item.a).unwrap_or(u16::MAX));
    let Some(tenant) = s.rules.tenants.get(&ix) else {
        return Value::Null;
    };
    let Some(policy) = &tenant.policy else {
        return Value::Null;
    };
    match column {
        "TENANT_ID" => int(tenant.id),
        "POLICY_NAME" => Value::text("default"),
        "RECOVERY_WINDOW" => Value::Text(policy.window.clone()),
        _ => Value::Null,
    }
}
