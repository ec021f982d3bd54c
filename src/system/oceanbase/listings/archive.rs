//! Views of archiving, destinations and restores.

use super::super::jobs::filled;
use super::super::model::{Payload, Piece, RestoreJob, Round, Tenant, below};
use super::backup::job_of;
use super::{Col, Family, Item, LONG_TEXT, Src, Ty, View, bytes_display, int, is_sys};
use crate::base::{Decimal, Value};
use crate::cluster::{TenantIx, WorkState};
use std::rc::Rc;

pub const VIEWS: &[View] = &[
    View {
        name: "OB_BACKUP_PARAMETER",
        family: Family::Tenant,
        columns: &[
            ("TENANT_ID", Ty::Int),
            ("NAME", Ty::Text(1_024)),
            ("VALUE", Ty::Text(LONG_TEXT)),
        ],
        items: |s| tenants(s, |_| 1),
        cell: parameter_cell,
    },
    View {
        name: "OB_BACKUP_STORAGE_INFO",
        family: Family::Tenant,
        columns: STORAGE_COLUMNS,
        items: |s| tenants(s, |t| t.storages.len()),
        cell: storage_cell,
    },
    View {
        name: "OB_BACKUP_STORAGE_INFO_HISTORY",
        family: Family::Tenant,
        columns: STORAGE_COLUMNS,
        items: |_| Vec::new(),
        cell: storage_cell,
    },
    View {
        name: "OB_ARCHIVE_DEST",
        family: Family::Tenant,
        columns: &[
            ("TENANT_ID", Ty::Int),
            ("DEST_NO", Ty::Int),
            ("NAME", Ty::Text(1_024)),
            ("VALUE", Ty::Text(LONG_TEXT)),
        ],
        items: |s| tenants(s, |t| if t.archive.dest.is_some() { 5 } else { 0 }),
        cell: dest_cell,
    },
    View {
        name: "OB_ARCHIVELOG",
        family: Family::Tenant,
        columns: ROUND_COLUMNS,
        items: |s| rounds(s, true),
        cell: round_cell,
    },
    View {
        name: "OB_ARCHIVELOG_SUMMARY",
        family: Family::Tenant,
        columns: ROUND_COLUMNS,
        items: |s| rounds(s, false),
        cell: round_cell,
    },
    View {
        name: "OB_ARCHIVELOG_PIECE_FILES",
        family: Family::Tenant,
        columns: PIECE_COLUMNS,
        items: pieces,
        cell: piece_cell,
    },
    View {
        name: "OB_RESTORE_PROGRESS",
        family: Family::Tenant,
        columns: PROGRESS_COLUMNS,
        items: |s| restores(s, false),
        cell: restore_cell,
    },
    View {
        name: "OB_RESTORE_HISTORY",
        family: Family::Tenant,
        columns: HISTORY_COLUMNS,
        items: |s| restores(s, true),
        cell: restore_cell,
    },
];

/// `count` rows of each user tenant.
fn tenants(s: &Src, count: fn(&Tenant) -> usize) -> Vec<Item> {
    let mut found = Vec::new();
    for (ix, t) in &s.rules.tenants {
        if s.wants(*ix) && !is_sys(*ix) {
            found.extend((0..count(t)).map(|i| Item {
                a: i64::from(ix.0),
                b: i as i64,
                c: 0,
            }));
        }
    }
    found
}

fn tenant<'a>(s: &Src<'a>, item: Item) -> Option<&'a Tenant> {
    let ix = TenantIx(u16::try_from(item.a).ok()?);
    s.rules.tenants.get(&ix)
}

fn parameter_cell(s: &Src, item: Item, column: &str) -> Value {
    let Some(t) = tenant(s, item) else {
        return Value::Null;
    };
    match column {
        "TENANT_ID" => int(t.id),
        "NAME" => Value::text("data_backup_dest"),
        _ => t
            .data_dest
            .as_ref()
            .map_or(Value::text(""), |d| Value::Text(d.value.clone())),
    }
}

const STORAGE_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("PATH", Ty::Text(1_024)),
    ("ENDPOINT", Ty::Text(256)),
    ("DEST_ID", Ty::Int),
    ("DEST_TYPE", Ty::Text(64)),
    ("AUTHORIZATION", Ty::Text(1_024)),
    ("EXTENSION", Ty::Text(512)),
    ("CHECK_FILE_NAME", Ty::Text(256)),
    ("LAST_CHECK_TIMESTAMP", Ty::Time),
];

fn storage_cell(s: &Src, item: Item, column: &str) -> Value {
    let Some(t) = tenant(s, item) else {
        return Value::Null;
    };
    let Some(place) = usize::try_from(item.b).ok().and_then(|i| t.storages.get(i)) else {
        return Value::Null;
    };
    let (root, host) = place.path.split_once('?').unwrap_or((&place.path, ""));
    // The last file by which it was tried.
    let files = s.cluster.files_at(place.dest);
    let tried = files
        .filter_map(|(_, f)| Some((f.path.strip_prefix("check_file/")?, f.created)))
        .last();
    match column {
        "TENANT_ID" => int(t.id),
        "PATH" => Value::text(root),
        "ENDPOINT" => Value::text(host),
        "DEST_ID" => int(place.id),
        "DEST_TYPE" => Value::text(if place.data {
            "backup_data"
        } else {
            "archive_log"
        }),
        "AUTHORIZATION" => Value::Text(place.authorization.clone()),
        "EXTENSION" => Value::Text(place.extension.clone()),
        "CHECK_FILE_NAME" => Value::text(tried.map_or("", |t| t.0)),
        _ => s.maybe_time(tried.map(|t| t.1)),
    }
}

fn dest_cell(s: &Src, item: Item, column: &str) -> Value {
    let Some(t) = tenant(s, item) else {
        return Value::Null;
    };
    let Some(d) = &t.archive.dest else {
        return Value::Null;
    };
    let (name, value): (&str, Rc<str>) = match item.b {
        0 => ("binding", Rc::from(d.binding)),
        1 => ("dest_id", Rc::from(d.id.to_string())),
        2 => ("path", d.value.clone()),
        3 => (
            "piece_switch_interval",
            Rc::from(format!("{}d", d.interval_us / 86_400_000_000)),
        ),
        _ => (
            "state",
            Rc::from(if d.enabled { "ENABLE" } else { "DEFER" }),
        ),
    };
    match column {
        "TENANT_ID" => int(t.id),
        "DEST_NO" => int(0),
        "NAME" => Value::text(name),
        _ => Value::Text(value),
    }
}

const ROUND_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("DEST_ID", Ty::Int),
    ("ROUND_ID", Ty::Int),
    ("INCARNATION", Ty::Int),
    ("DEST_NO", Ty::Int),
    ("STATUS", Ty::Text(64)),
    ("START_SCN", Ty::Scn),
    ("START_SCN_DISPLAY", Ty::Text(26)),
    ("CHECKPOINT_SCN", Ty::Scn),
    ("CHECKPOINT_SCN_DISPLAY", Ty::Text(26)),
    ("COMPATIBLE", Ty::Text(64)),
    ("BASE_PIECE_ID", Ty::Int),
    ("USED_PIECE_ID", Ty::Int),
    ("PIECE_SWITCH_INTERVAL", Ty::Int),
    ("UNIT_SIZE", Ty::Int),
    ("COMPRESSION", Ty::Text(64)),
    ("INPUT_BYTES", Ty::Int),
    ("INPUT_BYTES_DISPLAY", Ty::Text(48)),
    ("OUTPUT_BYTES", Ty::Int),
    ("OUTPUT_BYTES_DISPLAY", Ty::Text(48)),
    ("COMPRESSION_RATIO", Ty::Decimal(2)),
    ("DELETED_INPUT_BYTES", Ty::Int),
    ("DELETED_INPUT_BYTES_DISPLAY", Ty::Text(48)),
    ("DELETED_OUTPUT_BYTES", Ty::Int),
    ("DELETED_OUTPUT_BYTES_DISPLAY", Ty::Text(48)),
    ("COMMENT", Ty::Text(4_096)),
    ("PATH", Ty::Text(4_096)),
];

/// The round that is not over, or all of them. A stopped round leaves the current view.
fn rounds(s: &Src, current: bool) -> Vec<Item> {
    let mut found = Vec::new();
    for (ix, t) in &s.rules.tenants {
        if !s.wants(*ix) {
            continue;
        }
        for round in &t.archive.rounds {
            let over = s.cluster.job(round.job).is_some_and(|j| j.is_terminal());
            if !current || !over {
                found.push(Item {
                    a: i64::from(ix.0),
                    b: round.id,
                    c: 0,
                });
            }
        }
    }
    found
}

fn round<'a>(s: &Src<'a>, item: Item) -> Option<(&'a Tenant, &'a Round)> {
    let t = tenant(s, item)?;
    let round = t.archive.rounds.iter().find(|r| r.id == item.b)?;
    Some((t, round))
}

/// Bytes that lie there of a piece, and those that were removed.
fn piece_bytes(s: &Src, piece: &Piece) -> (u64, u64) {
    let mut sums = (0, 0);
    for file in &piece.files {
        let Some(f) = s.cluster.file(*file) else {
            continue;
        };
        let bytes = s.cluster.file_held(*file, s.now);
        match f.deleted {
            None if f.counts() => sums.0 += bytes,
            None => sums.1 += bytes,
            Some(at) if at > f.created => sums.1 += f.size,
            Some(_) => {}
        }
    }
    sums
}

fn round_cell(s: &Src, item: Item, column: &str) -> Value {
    let Some((t, r)) = round(s, item) else {
        return Value::Null;
    };
    let status = s.cluster.job(r.job).map_or("", |j| j.status);
    let begun = !r.pieces.is_empty();
    match column {
        "TENANT_ID" => int(t.id),
        "DEST_ID" => int(r.dest.id),
        "ROUND_ID" => int(r.id),
        "INCARNATION" => int(1),
        "DEST_NO" => int(0),
        "STATUS" => Value::text(status),
        "START_SCN" => s.maybe_scn(begun.then_some(r.start)),
        "START_SCN_DISPLAY" => s.scn_display(begun.then_some(r.start)),
        "CHECKPOINT_SCN" => s.maybe_scn(begun.then_some(r.checkpoint)),
        "CHECKPOINT_SCN_DISPLAY" => s.scn_display(begun.then_some(r.checkpoint)),
        "COMPATIBLE" => int(1),
        "BASE_PIECE_ID" => int(r.pieces.first().map_or(1, |p| p.id)),
        "USED_PIECE_ID" => int(r.pieces.last().map_or(1, |p| p.id)),
        "PIECE_SWITCH_INTERVAL" => int(r.dest.interval_us),
        "COMMENT" => Value::Text(r.comment.clone()),
        "PATH" => Value::Text(r.dest.path.clone()),
        _ => {
            let (held, gone) = r
                .pieces
                .iter()
                .map(|p| piece_bytes(s, p))
                .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            log_amounts(column, held + gone, gone)
        }
    }
}

/// Columns on amounts that rounds and pieces share.
fn log_amounts(column: &str, bytes: u64, gone: u64) -> Value {
    match column {
        "UNIT_SIZE" => int(16_384),
        "COMPRESSION" => Value::text("none"),
        "INPUT_BYTES" | "OUTPUT_BYTES" => int(bytes),
        "INPUT_BYTES_DISPLAY" | "OUTPUT_BYTES_DISPLAY" => bytes_display(bytes),
        "COMPRESSION_RATIO" => Value::Decimal(Decimal::new(100, 2)),
        "DELETED_INPUT_BYTES" | "DELETED_OUTPUT_BYTES" => int(gone),
        "DELETED_INPUT_BYTES_DISPLAY" | "DELETED_OUTPUT_BYTES_DISPLAY" => bytes_display(gone),
        _ => Value::Null,
    }
}

const PIECE_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("DEST_ID", Ty::Int),
    ("ROUND_ID", Ty::Int),
    ("PIECE_ID", Ty::Int),
    ("INCARNATION", Ty::Int),
    ("DEST_NO", Ty::Int),
    ("CREATE_TIMESTAMP", Ty::Time),
    ("STATUS", Ty::Text(64)),
    ("BASE_SCN", Ty::Scn),
    ("START_SCN", Ty::Scn),
    ("START_SCN_DISPLAY", Ty::Text(26)),
    ("CHECKPOINT_SCN", Ty::Scn),
    ("CHECKPOINT_SCN_DISPLAY", Ty::Text(26)),
    ("MAX_SCN", Ty::Scn),
    ("END_SCN", Ty::Scn),
    ("COMPATIBLE", Ty::Text(64)),
    ("UNIT_SIZE", Ty::Int),
    ("COMPRESSION", Ty::Text(64)),
    ("INPUT_BYTES", Ty::Int),
    ("INPUT_BYTES_DISPLAY", Ty::Text(48)),
    ("OUTPUT_BYTES", Ty::Int),
    ("OUTPUT_BYTES_DISPLAY", Ty::Text(48)),
    ("COMPRESSION_RATIO", Ty::Decimal(2)),
    ("FILE_STATUS", Ty::Text(64)),
    ("PATH", Ty::Text(4_096)),
];

fn pieces(s: &Src) -> Vec<Item> {
    let mut found = Vec::new();
    for item in rounds(s, false) {
        if let Some((_, r)) = round(s, item) {
            found.extend(r.pieces.iter().map(|p| Item { c: p.id, ..item }));
        }
    }
    found
}

fn piece_cell(s: &Src, item: Item, column: &str) -> Value {
    let Some((t, r)) = round(s, item) else {
        return Value::Null;
    };
    let Some(p) = r.pieces.iter().find(|p| p.id == item.c) else {
        return Value::Null;
    };
    let checkpoint = p.frozen.unwrap_or(r.checkpoint).max(p.start);
    match column {
        "TENANT_ID" => int(t.id),
        "DEST_ID" => int(r.dest.id),
        "ROUND_ID" => int(r.id),
        "PIECE_ID" => int(p.id),
        "INCARNATION" => int(1),
        "DEST_NO" => int(0),
        "CREATE_TIMESTAMP" => s.time(p.start),
        "STATUS" => Value::text(if p.frozen.is_some() {
            "FROZEN"
        } else {
            "ACTIVE"
        }),
        "BASE_SCN" | "START_SCN" => s.scn(p.start),
        "START_SCN_DISPLAY" => s.scn_display(Some(p.start)),
        "CHECKPOINT_SCN" | "MAX_SCN" => s.scn(checkpoint),
        "CHECKPOINT_SCN_DISPLAY" => s.scn_display(Some(checkpoint)),
        "END_SCN" => s.scn(p.end),
        "COMPATIBLE" => int(1),
        "FILE_STATUS" => Value::text(p.file_status),
        "PATH" => Value::Text(r.dest.path.clone()),
        _ => {
            let (held, gone) = piece_bytes(s, p);
            log_amounts(column, held + gone, gone)
        }
    }
}

const PROGRESS_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("JOB_ID", Ty::Int),
    ("RESTORE_TENANT_NAME", Ty::Text(1_024)),
    ("RESTORE_TENANT_ID", Ty::Int),
    ("BACKUP_TENANT_NAME", Ty::Text(1_024)),
    ("BACKUP_TENANT_ID", Ty::Int),
    ("BACKUP_CLUSTER_NAME", Ty::Text(1_024)),
    ("BACKUP_DEST", Ty::Text(65_536)),
    ("RESTORE_OPTION", Ty::Text(4_096)),
    ("RESTORE_SCN", Ty::Scn),
    ("RESTORE_SCN_DISPLAY", Ty::Text(26)),
    ("STATUS", Ty::Text(64)),
    ("START_TIMESTAMP", Ty::Time),
    ("BACKUP_SET_LIST", Ty::Text(65_536)),
    ("BACKUP_PIECE_LIST", Ty::Text(65_536)),
    ("TOTAL_BYTES", Ty::Int),
    ("TOTAL_BYTES_DISPLAY", Ty::Text(48)),
    ("FINISH_BYTES", Ty::Int),
    ("FINISH_BYTES_DISPLAY", Ty::Text(48)),
    ("DESCRIPTION", Ty::Text(65_536)),
];

const HISTORY_COLUMNS: &[Col] = &[
    ("TENANT_ID", Ty::Int),
    ("JOB_ID", Ty::Int),
    ("RESTORE_TENANT_NAME", Ty::Text(1_024)),
    ("RESTORE_TENANT_ID", Ty::Int),
    ("BACKUP_TENANT_NAME", Ty::Text(1_024)),
    ("BACKUP_TENANT_ID", Ty::Int),
    ("BACKUP_CLUSTER_NAME", Ty::Text(1_024)),
    ("BACKUP_DEST", Ty::Text(65_536)),
    ("RESTORE_SCN", Ty::Scn),
    ("RESTORE_SCN_DISPLAY", Ty::Text(26)),
    ("RESTORE_OPTION", Ty::Text(4_096)),
    ("START_TIMESTAMP", Ty::Time),
    ("FINISH_TIMESTAMP", Ty::Time),
    ("STATUS", Ty::Text(64)),
    ("BACKUP_PIECE_LIST", Ty::Text(65_536)),
    ("BACKUP_SET_LIST", Ty::Text(65_536)),
    ("BACKUP_CLUSTER_VERSION", Ty::Text(64)),
    ("LS_COUNT", Ty::Int),
    ("FINISH_LS_COUNT", Ty::Int),
    ("TABLET_COUNT", Ty::Int),
    ("FINISH_TABLET_COUNT", Ty::Int),
    ("TOTAL_BYTES", Ty::Int),
    ("TOTAL_BYTES_DISPLAY", Ty::Text(48)),
    ("FINISH_BYTES", Ty::Int),
    ("FINISH_BYTES_DISPLAY", Ty::Text(48)),
    ("DESCRIPTION", Ty::Text(65_536)),
    ("COMMENT", Ty::Text(65_536)),
];

/// The sys row (c = 0) and the restored tenant's own (c = 1).
fn restores(s: &Src, history: bool) -> Vec<Item> {
    let mut found = Vec::new();
    let sys = s.rules.tenants.get(&super::SYS);
    for job in sys.into_iter().flat_map(|t| t.jobs.values()) {
        let Some(r) = s.rules.restore_job(*job) else {
            continue;
        };
        if r.archived.is_some() != history {
            continue;
        }
        let item = Item {
            a: i64::from(job.0),
            ..Item::default()
        };
        if s.wants(super::SYS) {
            found.push(item);
        }
        if let Some(tenant) = r.tenant
            && s.wants(tenant)
            && s.rules.tenants.contains_key(&tenant)
        {
            found.push(Item { c: 1, ..item });
        }
    }
    found
}

fn restore_cell(s: &Src, item: Item, column: &str) -> Value {
    let ix = job_of(item);
    let Some(Payload::Restore(r)) = s.rules.payload(ix) else {
        return Value::Null;
    };
    let row = if item.c == 1 { r.child } else { Some(ix) };
    let Some(job) = row.and_then(|j| s.cluster.job(j)) else {
        return Value::Null;
    };
    match column {
        "TENANT_ID" => int(s.tenant_id(job.tenant)),
        "JOB_ID" => int(job.id),
        "RESTORE_TENANT_NAME" => Value::Text(r.tenant_name.clone()),
        "RESTORE_TENANT_ID" => int(r
            .tenant
            .and_then(|t| s.cluster.tenant(t))
            .map_or(0, |t| t.id)),
        "BACKUP_TENANT_NAME" => Value::Text(r.source_name.clone()),
        "BACKUP_TENANT_ID" => int(r.source_id),
        "BACKUP_CLUSTER_NAME" => Value::text("obcluster"),
        "BACKUP_DEST" => Value::Text(r.dest.clone()),
        "RESTORE_OPTION" => Value::Text(r.options.clone()),
        "RESTORE_SCN" => s.scn(r.until),
        "RESTORE_SCN_DISPLAY" => s.scn_display(Some(r.until)),
        // History says SUCCESS and FAILED.
        "STATUS" => Value::text(match (r.archived.is_some(), job.status) {
            (true, "RESTORE_SUCCESS") => "SUCCESS",
            (true, _) => "FAILED",
            (false, status) => status,
        }),
        "START_TIMESTAMP" => s.time(job.created),
        "FINISH_TIMESTAMP" => s.maybe_time(job.finished),
        "BACKUP_SET_LIST" => {
            let set = s.rules.set(r.source_tenant, r.set);
            set.map_or(Value::text(""), |set| {
                Value::text(below(&set.dest.path, &set.name()))
            })
        }
        "BACKUP_PIECE_LIST" => Value::Text(r.pieces.clone()),
        "BACKUP_CLUSTER_VERSION" => Value::text(super::SERVER),
        "LS_COUNT" => int(r.works.len()),
        "FINISH_LS_COUNT" => int(finished(s, r)),
        "TABLET_COUNT" => int(r.tablets),
        "FINISH_TABLET_COUNT" => {
            let part = u128::from(r.tablets) * u128::from(bytes(s, r)) / u128::from(r.total.max(1));
            int(part as u64)
        }
        "TOTAL_BYTES" => int(r.total),
        "TOTAL_BYTES_DISPLAY" => bytes_display(r.total),
        "FINISH_BYTES" => int(bytes(s, r)),
        "FINISH_BYTES_DISPLAY" => bytes_display(bytes(s, r)),
        "DESCRIPTION" => Value::Text(r.description.clone()),
        "COMMENT" => Value::Text(r.comment.clone()),
        _ => Value::Null,
    }
}

fn bytes(s: &Src, r: &RestoreJob) -> u64 {
    // What is divided among ranges leaves a rest behind.
    if !r.works.is_empty() && finished(s, r) == r.works.len() {
        return r.total;
    }
    filled(s.cluster, r, s.now).min(r.total)
}

fn finished(s: &Src, r: &RestoreJob) -> usize {
    r.works
        .iter()
        .filter_map(|w| s.cluster.work(*w))
        .filter(|w| w.state == WorkState::Done)
        .count()
}
