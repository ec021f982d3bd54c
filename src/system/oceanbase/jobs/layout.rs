//! What a log stream's task writes in each phase: paths and sizes (reference: oceanbase-backup 4.1, 7).

use super::super::states::Phase;
use super::super::{Cx, OceanBase};
use super::files::{self, Place};
use crate::cluster::{Cluster, Effect, FileIx, JobIx, Order, RangeIx};

/// Data is copied in blocks of this size.
pub const MACRO_BLOCK: u64 = 2 << 20;

impl OceanBase {
    /// Files of one log stream in one phase, and the units of work that write them.
    pub(super) fn orders(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        index: u32,
        phase: Phase,
    ) -> Vec<Order> {
        let now = cx.now();
        let Some(backup) = self.backup(job) else {
            return Vec::new();
        };
        let (tenant, set_id, dest) = (backup.tenant, backup.set_id, backup.dest.dest);
        let incremental = backup.common.incremental;
        let Some(ls) = self.task(job).and_then(|t| t.streams.get(index as usize)) else {
            return Vec::new();
        };
        let (id, range, node, retry) = (ls.ls, ls.range, ls.node, ls.attempt);
        let Some(name) = self.set(tenant, set_id).map(|s| s.name()) else {
            return Vec::new();
        };
        let held = range
            .and_then(|r| cx.cluster.range(r))
            .map_or(0, |r| r.held);
        let tablets = range.map_or(0, |r| tablets(cx.cluster, r));
        let stream = format!("{name}/logstream_{id}");
        let mut paths: Vec<(String, u64)> = Vec::new();
        let (minor, major) = data_bytes(held, incremental);
        match phase {
            Phase::SysMeta | Phase::UserMeta => {
                if phase == Phase::SysMeta {
                    let path = format!("{name}/infos/meta_info/ls_attr_info.1.obbak");
                    paths.push((path, 2 << 20));
                }
                let dir = format!("{stream}/meta_info_turn_1_retry_{retry}");
                paths.push((format!("{dir}/ls_meta_info.obbak"), 24 << 20));
                paths.push((format!("{dir}/tablet_info.1.obbak"), tablets * 16_384));
            }
            Phase::MetaFinish => {
                let path = format!("{name}/infos/meta_info/ls_meta_infos.obbak");
                paths.push((path, 16 << 20));
            }
            Phase::Minor => {
                let sys = format!("{stream}/sys_data_turn_1_retry_{retry}");
                paths.push((format!("{sys}/macro_block_data.0.obbak"), 12 << 20));
                indexes(&mut paths, &sys, 12 << 20);
                let dir = format!("{stream}/minor_data_turn_1_retry_{retry}");
                self.macro_files(&mut paths, &dir, minor);
                indexes(&mut paths, &dir, minor);
            }
            Phase::Major => {
                let dir = format!("{stream}/major_data_turn_1_retry_{retry}");
                self.macro_files(&mut paths, &dir, major);
                indexes(&mut paths, &dir, major);
            }
            Phase::Log => {
                let since = self.set(tenant, set_id).map_or(now, |s| s.start);
                // The log between the set's start and its end.
                let bytes = now
                    .since(since)
                    .as_secs()
                    .saturating_mul(super::archive::RATE);
                let path = format!("{name}/complement_log/logstream_{id}/log/1.obarc");
                paths.push((path, bytes.max(1 << 20)));
            }
            _ => {}
        }
        let place = Place {
            job,
            dest,
            group: &name,
        };
        if retry > 0 {
            // Files outside the try's own directory are written over.
            let old = self.set(tenant, set_id).map(|s| s.files.clone());
            for file in old.unwrap_or_default() {
                if let Some(f) = cx.cluster.file_mut(file)
                    && f.deleted.is_none()
                    && paths.iter().any(|(p, _)| **p == *f.path)
                {
                    f.deleted = Some(now);
                }
            }
        }
        let planned: Vec<(FileIx, u64)> = paths
            .into_iter()
            .map(|(path, size)| (files::plan(cx.cluster, now, place, path, size), size))
            .collect();
        if let Some(set) = self.set_mut(tenant, set_id) {
            set.files.extend(planned.iter().map(|(f, _)| *f));
            if phase == Phase::Major {
                set.stream_bytes.retain(|(stream, _)| *stream != id);
                set.stream_bytes.push((id, held));
            }
        }
        planned
            .into_iter()
            .map(|(file, amount)| Order {
                node,
                amount,
                effect: match (phase, range) {
                    (Phase::Minor | Phase::Major, Some(range)) => Effect::Export { range, file },
                    _ => Effect::Write { file },
                },
            })
            .collect()
    }

    /// Data files of at most `backup_data_file_size` each.
    fn macro_files(&self, paths: &mut Vec<(String, u64)>, dir: &str, bytes: u64) {
        let size = self
            .parameters
            .get("backup_data_file_size")
            .and_then(|v| files::capacity(v))
            .unwrap_or(4 << 30)
            .max(1 << 20);
        let mut left = bytes;
        let mut number = 0;
        while left > 0 {
            let part = left.min(size);
            paths.push((format!("{dir}/macro_block_data.{number}.obbak"), part));
            left -= part;
            number += 1;
        }
    }
}

/// Minor and major bytes of a log stream that holds `held` bytes: a full set reads it all, an
/// incremental one what changed since.
pub fn data_bytes(held: u64, incremental: bool) -> (u64, u64) {
    if incremental {
        (held / 40, held / 40)
    } else {
        (held / 10, held - held / 10)
    }
}

/// Tablets of a log stream.
pub fn tablets(cluster: &Cluster, range: RangeIx) -> u64 {
    cluster.range(range).map_or(0, |r| 120 + r.held / (8 << 20))
}

fn indexes(paths: &mut Vec<(String, u64)>, dir: &str, bytes: u64) {
    let blocks = bytes / MACRO_BLOCK + 1;
    for (name, size) in [
        ("macro_range_index", 200),
        ("meta_index", 300),
        ("sec_meta_index", 150),
    ] {
        paths.push((format!("{dir}/{name}.obbak"), blocks * size));
    }
}
