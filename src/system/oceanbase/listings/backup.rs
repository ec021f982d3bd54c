//! Views of backup jobs, tasks and sets.

use super::super::errors::code;
use super::super::jobs::{MACRO_BLOCK, trace_id};
use super::super::model::{Common, Payload, Set, SetTask};
use super::super::states::{LsStatus, Phase};
use super::{Col, Family, Item, Src, Ty, View, int};
use crate::base::{Decimal, Value};
use crate::cluster::{JobIx, TenantIx};

pub const VIEWS: &[View] = &[
    View {
        name: "OB_BACKUP_JOBS",
        family: Family::Tenant,
        columns: JOB_COLUMNS,
        items: |s| jobs(s, false),
        cell: job_cell,
    },
    View {
        name: "OB_BACKUP_JOB_HISTORY",
        family: Family::Tenant,
        columns: JOB_COLUMNS,
        items: |s| jobs(s, true),
        cell: job_cell,
    },
    View {
        name: "OB_BACKUP_TASKS",
        family: Family::Tenant,
        columns: TASK_COLUMNS,
        items: |s| tasks(s, false),
        cell: task_cell,
    },
    View {
        name: "OB_BACKUP_TASK_HISTORY",
        family: Family::Tenant,
        columns: TASK_COLUMNS,
        items: |s| tasks(s, true),
        cell: task_cell,
    },
    View {
        name: "OB_BACKUP_SET_FILES",
        family: Family::Tenant,
        columns: SET_COLUMNS,
        items: sets,
        cell: set_cell,
    },
    View {
        name: "__all_virtual_backup_schedule_task",
        family: Family::Sys,
        columns: SCHEDULE_COLUMNS,
        items: schedule,
        cell: schedule_cell,
    },
];

const JOB_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("JOB_ID", Ty::Int),
    ("INCARNATION", Ty::Int),
    ("BACKUP_SET_ID", Ty::Int),
    ("INITIATOR_TENANT_ID", Ty::Int),
    ("INITIATOR_JOB_ID", Ty::Int),
    ("EXECUTOR_TENANT_ID", Ty::Text(65_536)),
    ("PLUS_ARCHIVELOG", Ty::Text(4_096)),
    ("BACKUP_TYPE", Ty::Text(4_096)),
    ("JOB_LEVEL", Ty::Text(4_096)),
    ("ENCRYPTION_MODE", Ty::Text(4_096)),
    ("PASSWD", Ty::Text(4_096)),
    ("START_TIMESTAMP", Ty::Time),
    ("END_TIMESTAMP", Ty::Time),
    ("STATUS", Ty::Text(4_096)),
    ("RESULT", Ty::Int),
    ("COMMENT", Ty::Text(4_096)),
    ("DESCRIPTION", Ty::Text(4_096)),
    ("PATH", Ty::Text(4_096)),
];

fn item(job: JobIx) -> Item {
    Item {
        a: i64::from(job.0),
        ..Item::default()
    }
}
pub fn job_of(item: Item) -> JobIx {
    JobIx(u32::try_from(item.a).unwrap_or(u32::MAX))
}

/// ON and OFF.
fn on(flag: bool) -> Value {
    Value::text(if flag { "ON" } else { "OFF" })
}

/// FULL and INC; the documentation's samples print D and I (reference 10).
fn backup_type(incremental: bool) -> Value {
    Value::text(if incremental { "INC" } else { "FULL" })
}

fn common(payload: &Payload) -> Option<&Common> {
    match payload {
        Payload::Backup(b) => Some(&b.common),
        Payload::Parent(p) => Some(&p.common),
        _ => None,
    }
}

/// By tenant, then by id, as the inner table is keyed.
fn jobs(s: &Src, history: bool) -> Vec<Item> {
    let mut found = Vec::new();
    for (ix, tenant) in &s.rules.tenants {
        if !s.wants(*ix) {
            continue;
        }
        let of = |job: &&JobIx| {
            s.rules
                .payload(**job)
                .and_then(common)
                .is_some_and(|c| c.archived.is_some() == history)
        };
        if history {
            found.extend(tenant.jobs.values().filter(of).map(|j| item(*j)));
        } else {
            found.extend(tenant.current.iter().filter(of).map(|j| item(*j)));
        }
    }
    found
}

fn job_cell(s: &Src, item: Item, column: &str) -> Value {
    let ix = job_of(item);
    let (Some(job), Some(payload)) = (s.cluster.job(ix), s.rules.payload(ix)) else {
        return Value::Null;
    };
    let Some(common) = common(payload) else {
        return Value::Null;
    };
    let backup = match payload {
        Payload::Backup(b) => Some(b),
        _ => None,
    };
    match column {
        "TENANT_ID" => int(s.tenant_id(job.tenant)),
        "JOB_ID" => int(job.id),
        "INCARNATION" => int(1),
        "BACKUP_SET_ID" => int(backup.map_or(0, |b| b.set_id)),
        "INITIATOR_TENANT_ID" => int(common.initiator_tenant),
        "INITIATOR_JOB_ID" => int(common.initiator_job),
        "EXECUTOR_TENANT_ID" => match payload {
            Payload::Parent(p) => Value::Text(p.executors.clone()),
            _ => Value::text(s.tenant_id(job.tenant).to_string()),
        },
        "PLUS_ARCHIVELOG" => on(common.plus_archivelog),
        "BACKUP_TYPE" => backup_type(common.incremental),
        // CLUSTER for data backups even with a TENANT list; the documentation claims SYS_TENANT
        // then (reference 10).
        "JOB_LEVEL" => Value::text(if backup.is_some() {
            "USER_TENANT"
        } else {
            "CLUSTER"
        }),
        "ENCRYPTION_MODE" => encryption(common.password.is_some()),
        "PASSWD" => password(common.password.as_deref()),
        "START_TIMESTAMP" => s.time(job.created),
        "END_TIMESTAMP" => s.maybe_time(job.finished),
        "STATUS" => Value::text(job.status),
        "RESULT" => int(common.result),
        "COMMENT" => Value::Text(job.error.clone()),
        "DESCRIPTION" => Value::Text(common.description.clone()),
        "PATH" => backup.map_or(Value::text(""), |b| Value::Text(b.dest.path.clone())),
        _ => Value::Null,
    }
}

fn encryption(on: bool) -> Value {
    Value::text(if on { "PASSWORD" } else { "NONE" })
}

/// A digest of the password, never the password.
fn password(text: Option<&str>) -> Value {
    let Some(text) = text else {
        return Value::text("");
    };
    let half = |salt: u64| crate::base::StateHasher::of(&(salt, text));
    Value::text(format!("{:016x}{:016x}", half(1), half(2)))
}

const TASK_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("TASK_ID", Ty::Int),
    ("JOB_ID", Ty::Int),
    ("INCARNATION", Ty::Int),
    ("BACKUP_SET_ID", Ty::Int),
    ("START_TIMESTAMP", Ty::Time),
    ("END_TIMESTAMP", Ty::Time),
    ("STATUS", Ty::Text(4_096)),
    ("START_SCN", Ty::Scn),
    ("END_SCN", Ty::Scn),
    ("USER_LS_START_SCN", Ty::Scn),
    ("ENCRYPTION_MODE", Ty::Text(4_096)),
    ("PASSWD", Ty::Text(4_096)),
    ("INPUT_BYTES", Ty::Int),
    ("OUTPUT_BYTES", Ty::Int),
    ("OUTPUT_RATE_BYTES", Ty::Decimal(4)),
    ("EXTRA_META_BYTES", Ty::Int),
    ("TABLET_COUNT", Ty::Int),
    ("FINISH_TABLET_COUNT", Ty::Int),
    ("MACRO_BLOCK_COUNT", Ty::Int),
    ("FINISH_MACRO_BLOCK_COUNT", Ty::Int),
    ("FILE_COUNT", Ty::Int),
    ("META_TURN_ID", Ty::Int),
    ("DATA_TURN_ID", Ty::Int),
    ("RESULT", Ty::Int),
    ("COMMENT", Ty::Text(4_096)),
    ("PATH", Ty::Text(4_096)),
    ("MINOR_TURN_ID", Ty::Int),
    ("MAJOR_TURN_ID", Ty::Int),
    ("DATA_PROGRESS", Ty::Decimal(2)),
];

/// Set tasks leave the current view with their jobs.
fn tasks(s: &Src, history: bool) -> Vec<Item> {
    let mut found = jobs(s, history);
    found.retain(|i| s.rules.set_task(job_of(*i)).is_some());
    found
}

fn task_cell(s: &Src, item: Item, column: &str) -> Value {
    let ix = job_of(item);
    let Some(Payload::Backup(backup)) = s.rules.payload(ix) else {
        return Value::Null;
    };
    let Some(task) = &backup.task else {
        return Value::Null;
    };
    let tenant = s.rules.tenants.get(&backup.tenant);
    match column {
        "TENANT_ID" => int(tenant.map_or(0, |t| t.id)),
        "TASK_ID" => int(task.id),
        "JOB_ID" => int(s.cluster.job(ix).map_or(0, |j| j.id)),
        "INCARNATION" => int(1),
        "BACKUP_SET_ID" => int(backup.set_id),
        "START_TIMESTAMP" => s.time(task.start),
        "END_TIMESTAMP" => s.maybe_time(task.end),
        "STATUS" => Value::text(task.phase.name()),
        "START_SCN" => s.scn(task.start_scn),
        "END_SCN" => s.maybe_scn(task.end_scn),
        "USER_LS_START_SCN" => s.maybe_scn(task.user_ls_start_scn),
        "ENCRYPTION_MODE" => encryption(backup.common.password.is_some()),
        "PASSWD" => password(backup.common.password.as_deref()),
        "RESULT" => int(task.result),
        "COMMENT" => Value::Text(task.comment.clone()),
        "PATH" => Value::Text(backup.dest.path.clone()),
        "META_TURN_ID" => int(i64::from(task.phase != Phase::Init)),
        "DATA_TURN_ID" | "MINOR_TURN_ID" => turn(task, Phase::Minor),
        "MAJOR_TURN_ID" => turn(task, Phase::Major),
        "TABLET_COUNT" => int(task.tablets),
        "MACRO_BLOCK_COUNT" => int(task.total_blocks),
        _ => amounts(s, ix, task, column),
    }
}

fn turn(task: &SetTask, phase: Phase) -> Value {
    int(i64::from(task.phase >= phase && task.total_blocks > 0))
}

/// Amounts that grow while the task runs.
fn amounts(s: &Src, ix: JobIx, task: &SetTask, column: &str) -> Value {
    let totals = s.rules.totals(s.cluster, ix, s.now);
    let us = task.end.unwrap_or(s.now).since(task.start).0;
    match column {
        "INPUT_BYTES" | "OUTPUT_BYTES" => int(totals.bytes),
        "OUTPUT_RATE_BYTES" => rate(totals.bytes, us),
        "EXTRA_META_BYTES" => int(totals.meta_bytes),
        "FINISH_TABLET_COUNT" => int(totals.tablets),
        "FINISH_MACRO_BLOCK_COUNT" => int(totals.blocks),
        "FILE_COUNT" => int(totals.files),
        "DATA_PROGRESS" => {
            let all = (task.total_blocks * MACRO_BLOCK).max(1);
            let done = if task.phase == Phase::Completed {
                10_000
            } else {
                u128::from(totals.bytes.min(all)) * 10_000 / u128::from(all)
            };
            Value::Decimal(Decimal::new(done as i128, 2))
        }
        _ => Value::Null,
    }
}

/// Bytes a second with four digits.
fn rate(bytes: u64, us: u64) -> Value {
    let rate = i128::from(bytes) * 10_000_000_000 / i128::from(us.max(1));
    Value::Decimal(Decimal::new(rate, 4))
}

const SET_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("BACKUP_SET_ID", Ty::Int),
    ("DEST_ID", Ty::Int),
    ("INCARNATION", Ty::Int),
    // As the documentation has it; FULL and INC are printed.
    ("BACKUP_TYPE", Ty::Text(1)),
    ("PREV_FULL_BACKUP_SET_ID", Ty::Int),
    ("PREV_INC_BACKUP_SET_ID", Ty::Int),
    ("START_TIMESTAMP", Ty::Time),
    ("END_TIMESTAMP", Ty::Text(26)),
    ("STATUS", Ty::Text(64)),
    ("FILE_STATUS", Ty::Text(64)),
    // Spelt so.
    ("ELAPSED_SECONDES", Ty::Decimal(0)),
    ("PLUS_ARCHIVELOG", Ty::Text(4_096)),
    ("START_REPLAY_SCN", Ty::Scn),
    ("START_REPLAY_SCN_DISPLAY", Ty::Text(26)),
    ("MIN_RESTORE_SCN", Ty::Scn),
    ("MIN_RESTORE_SCN_DISPLAY", Ty::Text(26)),
    ("INPUT_BYTES", Ty::Int),
    ("OUTPUT_BYTES", Ty::Int),
    ("OUTPUT_RATE_BYTES", Ty::Decimal(4)),
    ("EXTRA_META_BYTES", Ty::Int),
    ("TABLET_COUNT", Ty::Int),
    ("FINISH_TABLET_COUNT", Ty::Int),
    ("MACRO_BLOCK_COUNT", Ty::Int),
    ("FINISH_MACRO_BLOCK_COUNT", Ty::Int),
    ("FILE_COUNT", Ty::Int),
    ("META_TURN_ID", Ty::Int),
    ("DATA_TURN_ID", Ty::Int),
    ("RESULT", Ty::Int),
    ("COMMENT", Ty::Text(4_096)),
    ("ENCRYPTION_MODE", Ty::Text(64)),
    ("PASSWD", Ty::Text(128)),
    ("TENANT_COMPATIBLE", Ty::Text(64)),
    ("BACKUP_COMPATIBLE", Ty::Int),
    ("CLUSTER_VERSION", Ty::Text(64)),
    ("PATH", Ty::Text(4_096)),
    ("CONSISTENT_SCN", Ty::Scn),
    ("MINOR_TURN_ID", Ty::Int),
    ("MAJOR_TURN_ID", Ty::Int),
];

fn sets(s: &Src) -> Vec<Item> {
    s.rules
        .sets
        .keys()
        .filter(|(t, _)| s.wants(*t) && s.rules.tenants.contains_key(t))
        .map(|(t, id)| Item {
            a: i64::from(t.0),
            b: *id,
            c: 0,
        })
        .collect()
}

fn set_cell(s: &Src, item: Item, column: &str) -> Value {
    let tenant = TenantIx(u16::try_from(item.a).unwrap_or(u16::MAX));
    let Some(set) = s.rules.set(tenant, item.b) else {
        return Value::Null;
    };
    let running = set.end.is_none();
    let task = s.rules.set_task(set.job);
    match column {
        "TENANT_ID" => int(s.tenant_id(tenant)),
        "BACKUP_SET_ID" => int(set.id),
        "DEST_ID" => int(set.dest.id),
        "INCARNATION" => int(1),
        "BACKUP_TYPE" => backup_type(set.incremental),
        "PREV_FULL_BACKUP_SET_ID" => int(set.prev_full),
        "PREV_INC_BACKUP_SET_ID" => int(set.prev_inc),
        "START_TIMESTAMP" => s.time(set.start),
        "END_TIMESTAMP" => s.scn_display(set.end),
        "STATUS" => Value::text(set.status),
        "FILE_STATUS" => Value::text(set.file_status),
        // End minus start; a doc sample contradicts itself here (reference 10).
        "ELAPSED_SECONDES" => {
            let us = set.end.unwrap_or(s.now).since(set.start).0;
            Value::Decimal(Decimal::new(i128::from((us + 500_000) / 1_000_000), 0))
        }
        "PLUS_ARCHIVELOG" => on(set.plus_archivelog),
        "START_REPLAY_SCN" => s.maybe_scn(set.start_replay),
        "START_REPLAY_SCN_DISPLAY" => s.scn_display(set.start_replay),
        "MIN_RESTORE_SCN" => s.maybe_scn(set.min_restore),
        "MIN_RESTORE_SCN_DISPLAY" => s.scn_display(set.min_restore),
        "RESULT" => int(set.result),
        "COMMENT" => Value::text(if set.result == 0 {
            ""
        } else {
            code::text(set.result)
        }),
        "ENCRYPTION_MODE" => encryption(set.password.is_some()),
        "PASSWD" => password(set.password.as_deref()),
        "TENANT_COMPATIBLE" | "CLUSTER_VERSION" => Value::text(super::SERVER),
        "BACKUP_COMPATIBLE" => int(3),
        "PATH" => Value::Text(set.dest.path.clone()),
        "CONSISTENT_SCN" => s.maybe_scn(set.min_restore),
        // While it runs the numbers are the set task's.
        _ => match (running, task) {
            (true, Some(_)) => task_cell(
                s,
                Item {
                    a: i64::from(set.job.0),
                    ..Item::default()
                },
                column,
            ),
            _ => ended_amounts(s, set, task, column),
        },
    }
}

fn ended_amounts(s: &Src, set: &Set, task: Option<&SetTask>, column: &str) -> Value {
    match column {
        "INPUT_BYTES" | "OUTPUT_BYTES" => int(set.bytes),
        "OUTPUT_RATE_BYTES" => rate(set.bytes, set.end.unwrap_or(s.now).since(set.start).0),
        "EXTRA_META_BYTES" => int(set.meta_bytes),
        "TABLET_COUNT" => int(set.tablets),
        "FINISH_TABLET_COUNT" => int(set.finished_tablets),
        "MACRO_BLOCK_COUNT" => int(set.blocks),
        "FINISH_MACRO_BLOCK_COUNT" => int(set.finished_blocks),
        "FILE_COUNT" => int(task.map_or(set.files.len() as u64, |t| t.files)),
        "META_TURN_ID" => int(1),
        "DATA_TURN_ID" | "MINOR_TURN_ID" | "MAJOR_TURN_ID" => int(i64::from(set.blocks > 0)),
        _ => Value::Null,
    }
}

const SCHEDULE_COLUMNS: &[Col] = &[
    ("tenant_id", Ty::Int),
    ("job_id", Ty::Int),
    ("task_id", Ty::Int),
    ("ls_id", Ty::Int),
    ("type", Ty::Text(64)),
    ("trace_id", Ty::Text(64)),
    ("destination", Ty::Text(64)),
    ("is_schedule", Ty::Int),
    ("generate_ts", Ty::Time),
    ("schedule_ts", Ty::Time),
    ("executor_ts", Ty::Time),
];

/// The queue: log-stream tasks of the present phases that have not ended.
fn schedule(s: &Src) -> Vec<Item> {
    let mut found = Vec::new();
    for job in jobs(s, false) {
        let task = s.rules.set_task(job_of(job));
        for (i, ls) in task.iter().flat_map(|t| t.streams.iter().enumerate()) {
            if ls.status != LsStatus::Finish {
                found.push(Item {
                    a: job.a,
                    b: i as i64,
                    c: 0,
                });
            }
        }
    }
    found
}

fn schedule_cell(s: &Src, item: Item, column: &str) -> Value {
    let ix = job_of(item);
    let (Some(job), Some(task)) = (s.cluster.job(ix), s.rules.set_task(ix)) else {
        return Value::Null;
    };
    let Some(ls) = usize::try_from(item.b)
        .ok()
        .and_then(|i| task.streams.get(i))
    else {
        return Value::Null;
    };
    match column {
        "tenant_id" => int(s.tenant_id(job.tenant)),
        "job_id" => int(job.id),
        "task_id" => int(task.id),
        "ls_id" => int(ls.ls),
        "type" => {
            // A task keeps its type while its set is cancelled.
            let work = ls.work.and_then(|w| s.cluster.work(w));
            Value::text(match work.map_or(task.phase.name(), |w| w.label) {
                "BACKUP_SYS_META" | "BACKUP_USER_META" => "BACKUP_META",
                "BACKUP_LOG" => "PLUS_ARCHIVE_LOG",
                phase => phase,
            })
        }
        "trace_id" => Value::text(trace_id(ls.node, ix, ls.ls as u32)),
        "destination" => s
            .cluster
            .node(ls.node)
            .map_or(Value::Null, |n| Value::Text(n.address.clone())),
        "is_schedule" => int(i64::from(ls.scheduled.is_some())),
        "generate_ts" => s.time(ls.generated),
        "schedule_ts" => s.maybe_time(ls.scheduled),
        "executor_ts" => s.maybe_time(ls.executed),
        _ => Value::Null,
    }
}
