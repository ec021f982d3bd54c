//! Files at a destination (reference: oceanbase-backup 4.1), and the texts of moments.

use crate::base::{Time, Value};
use crate::cluster::{Cluster, DestIx, File, FileIx, FileState, JobIx};
use crate::query::Format;
use std::rc::Rc;

/// `20260101T101500`, as in file names.
pub fn stamp(unix_us: i64) -> String {
    let text = Format::PLAIN
        .text(&Value::Timestamp(unix_us))
        .unwrap_or_default();
    text.chars()
        .take(19)
        .filter(|c| c.is_ascii_digit() || *c == ' ')
        .map(|c| if c == ' ' { 'T' } else { c })
        .collect()
}

/// A system change number: nanoseconds since the Unix epoch.
pub fn scn(epoch_us: i64, time: Time) -> i64 {
    time.unix_us(epoch_us).saturating_mul(1_000)
}

/// Whose file it is and where it goes.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub job: JobIx,
    pub dest: DestIx,
    pub group: &'a str,
}

/// Puts a small file down at once: written in one go by whoever drives the job.
pub fn put(cluster: &mut Cluster, now: Time, place: Place, path: String, size: u64) -> FileIx {
    add(cluster, now, place, path, size, FileState::Complete)
}

/// Plans a file that a unit of work will write.
pub fn plan(cluster: &mut Cluster, now: Time, place: Place, path: String, size: u64) -> FileIx {
    add(cluster, now, place, path, size, FileState::Writing)
}

fn add(
    cluster: &mut Cluster,
    now: Time,
    place: Place,
    path: String,
    size: u64,
    state: FileState,
) -> FileIx {
    cluster.add_file(File {
        dest: place.dest,
        path: Rc::from(path),
        group: Rc::from(place.group),
        job: Some(place.job),
        state,
        size,
        held: if state == FileState::Complete {
            size
        } else {
            0
        },
        unit: None,
        created: now,
        deleted: None,
        content: None,
    })
}

/// Reads `4G`, `512M`, `64MB`: powers of 1,024, as the product's parameters count.
pub fn capacity(text: &str) -> Option<u64> {
    let at = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let shift = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" => 10,
        "M" | "MB" => 20,
        "G" | "GB" => 30,
        "T" | "TB" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}
