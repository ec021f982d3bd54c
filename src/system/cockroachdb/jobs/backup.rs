//! BACKUP: a lock and a checkpoint file, one data SST per exported span, the manifest at the end.
//! What is cancelled before the manifest leaves its SSTs and the lock. reference: cockroachdb-jobs 4.2

use super::super::{Cockroach, Cx, ids};
use super::plan::{Act, Pace};
use super::{Plan, Span, Spec};
use crate::base::{Duration, Time};
use crate::cluster::{
    DestIx, Direction, FileIx, FileState, Image, JobIx, NodeIx, Packet, Place, TableData, TableIx,
};
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Backup {
    pub dest: DestIx,
    /// Path of the backup below the destination, without slashes at its ends; may be empty (v2.1).
    pub path: Rc<str>,
    /// The name of the set that its files belong to: the full backup's subdirectory.
    pub group: Rc<str>,
    pub tables: Vec<TableIx>,
    pub as_of: Time,
    /// An incremental one copies what was written after this.
    pub since: Option<Time>,
    /// Of the whole cluster.
    pub cluster: bool,
    /// The passphrase, or the URIs of the keys, that it is encrypted with.
    pub key: Option<Rc<str>>,
}

/// A finished backup, as its manifest describes it.
#[derive(Clone, Debug, Hash)]
pub struct BackupSet {
    pub dest: DestIx,
    pub path: Rc<str>,
    pub group: Rc<str>,
    pub since: Option<Time>,
    pub end: Time,
    pub tables: Vec<BackupTable>,
    pub cluster: bool,
    pub key: Option<Rc<str>>,
    pub manifest: FileIx,
}

/// A table in a backup, and the SSTs with its spans.
#[derive(Clone, Debug, Hash)]
pub struct BackupTable {
    pub image: Rc<Image>,
    pub files: Vec<FileIx>,
}

/// Phases of a backup.
const OPEN: u8 = 0;
const EXPORT: u8 = 1;
const CLOSE: u8 = 2;

const NO_SPACE: &str = "failed to run backup: exporting spans: no space left on device";
const LOCK_BYTES: u64 = 4_096;
const CHECKPOINT_BYTES: u64 = 48_000;

impl Backup {
    fn file(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_string()
        } else {
            format!("{}/{name}", self.path)
        }
    }
}

impl Cockroach {
    pub(crate) fn backup_resume(&mut self, cx: &mut Cx, job: JobIx, b: &Backup) {
        match self.phase(job) {
            OPEN => self.backup_open(cx, job, b),
            EXPORT => self.backup_export(cx, job, b),
            _ => self.backup_close(cx, job, b),
        }
    }

    pub(crate) fn backup_phase_ended(&mut self, cx: &mut Cx, job: JobIx, b: &Backup) {
        match self.phase(job) {
            OPEN => {
                self.set_phase(job, EXPORT);
                self.backup_plan(cx, job, b);
                self.backup_export(cx, job, b);
            }
            EXPORT => {
                self.set_phase(job, CLOSE);
                self.backup_close(cx, job, b);
            }
            _ => self.backup_done(cx, job, b),
        }
    }

    /// The lock and the first checkpoint tell others that this place is taken.
    fn backup_open(&mut self, cx: &mut Cx, job: JobIx, b: &Backup) {
        let node = self.coordinator(cx.cluster, job).unwrap_or(NodeIx(0));
        let id = cx.cluster.job(job).map_or(0, |j| j.id);
        let tables = b.tables.len();
        self.protect(cx, job, &format!("{tables} tables for BACKUP"));
        let mut spans = Vec::new();
        let checkpoint = if self.profile.collections {
            let lock = self.plan_file(
                cx,
                job,
                b.dest,
                b.file(&format!("BACKUP-LOCK-{id}")),
                &b.group,
                LOCK_BYTES,
            );
            self.role(job, "lock", lock);
            spans.push(Span::write(lock, LOCK_BYTES, node));
            let now = cx.now().unix_us(cx.cluster.epoch_us);
            b.file(&format!("progress/BACKUP-CHECKPOINT-{now:019}"))
        } else {
            b.file("BACKUP-CHECKPOINT")
        };
        let checkpoint = self.plan_file(cx, job, b.dest, checkpoint, &b.group, CHECKPOINT_BYTES);
        self.role(job, "checkpoint", checkpoint);
        spans.push(Span::write(checkpoint, CHECKPOINT_BYTES, node));
        self.set_plan(job, Plan::of(spans));
        let pace = Pace {
            label: "write lock and checkpoint",
            direction: Direction::Forward,
            per_node: 1,
            unit_rate: 200_000,
        };
        self.run_plan(cx, job, pace);
    }

    /// One SST per span; what an incremental one has to copy follows from what was written since.
    fn backup_plan(&mut self, cx: &mut Cx, job: JobIx, b: &Backup) {
        let mut spans = Vec::new();
        for &t in &b.tables {
            let Some(table) = cx.cluster.table(t).cloned() else {
                continue;
            };
            let image = Rc::new(Image {
                data: table.data.clone(),
                as_of: b.as_of,
                broken_at: None,
                table: table.clone(),
            });
            for &r in &table.ranges {
                let Some(range) = cx.cluster.range(r).filter(|r| r.gone.is_none()) else {
                    continue;
                };
                // Indexes under construction and other jobs' unfinished ranges are not exported.
                if range.made_by.is_some_and(|j| {
                    j != job && cx.cluster.job(j).is_some_and(|j| !j.is_terminal())
                }) {
                    continue;
                }
                let held = range.held.max(1);
                let bytes = match b.since {
                    None => held,
                    Some(since) => changed_bytes(&image, since, held),
                };
                if bytes == 0 {
                    continue;
                }
                let tick = self.streams.ids.below(1 << 15) as i64;
                let us = cx.now().unix_us(cx.cluster.epoch_us);
                let n = ids::compose(us, NodeIx(0)).saturating_add((spans.len() as i64) << 15);
                let name = b.file(&format!("data/{}.sst", n ^ tick));
                let file = self.plan_file(cx, job, b.dest, name, &b.group, bytes);
                if let Some(f) = cx.cluster.file_mut(file) {
                    f.content = Some(image.clone());
                }
                spans.push(Span::new(Act::Export, r, bytes).with_file(Some(file)));
            }
        }
        self.set_plan(job, Plan::main(spans));
    }

    fn backup_export(&mut self, cx: &mut Cx, job: JobIx, b: &Backup) {
        if cx.cluster.dest(b.dest).is_some_and(|d| d.full) {
            self.fail(cx, job, NO_SPACE);
            return;
        }
        if self.pausepoint(cx, job, "backup.before.flow") {
            return;
        }
        self.renew_cut_files(cx, job, b);
        let pace = Pace {
            label: "export spans",
            direction: Direction::Forward,
            per_node: 2,
            unit_rate: self.bulk_rate(),
        };
        if self.run_plan(cx, job, pace) {
            self.tell_job(
                cx,
                job,
                "exports spans: the nodes that lead them write SSTs to the destination",
            );
        } else {
            self.set_phase(job, CLOSE);
            self.backup_close(cx, job, b);
        }
    }

    /// A span whose file was cut short is exported into a new file; the cut one stays behind.
    fn renew_cut_files(&mut self, cx: &mut Cx, job: JobIx, b: &Backup) {
        let spans = match self.payload(job) {
            Some(p) => p.plan.spans.clone(),
            None => return,
        };
        for (i, span) in spans.iter().enumerate() {
            let Some(old) = span.file.filter(|_| !span.saved) else {
                continue;
            };
            let Some(f) = cx.cluster.file(old) else {
                continue;
            };
            let untouched = f.state == FileState::Writing && f.held == 0;
            if untouched {
                continue;
            }
            let content = f.content.clone();
            let us = cx.now().unix_us(cx.cluster.epoch_us);
            let n = ids::compose(us, NodeIx(0)).saturating_add((i as i64) << 15);
            let name = b.file(&format!("data/{n}.sst"));
            let file = self.plan_file(cx, job, b.dest, name, &b.group, span.amount);
            if let Some(f) = cx.cluster.file_mut(file) {
                f.content = content;
            }
            if let Some(f) = cx.cluster.file_mut(old)
                && f.state == FileState::Complete
            {
                // Written, but the checkpoint does not know it: nobody will ever read it.
                f.state = FileState::Incomplete;
            }
            if let Some(s) = self.payload_mut(job).and_then(|p| p.plan.spans.get_mut(i)) {
                s.file = Some(file);
                s.done = false;
            }
        }
    }

    /// The manifest makes a backup of what lies there.
    fn backup_close(&mut self, cx: &mut Cx, job: JobIx, b: &Backup) {
        let node = self.coordinator(cx.cluster, job).unwrap_or(NodeIx(0));
        let names: &[(&'static str, &str, u64)] = if self.profile.collections {
            &[
                ("metadata", "BACKUP_METADATA", 220_000),
                ("manifest", "BACKUP_MANIFEST", 640_000),
            ]
        } else {
            &[("manifest", "BACKUP", 540_000)]
        };
        if let Some(p) = self.payload_mut(job) {
            // The spans stay in the record as what the backup holds.
            p.plan.work = None;
        }
        let mut spans = match self.payload(job) {
            Some(p) => p.plan.spans.clone(),
            None => return,
        };
        spans.retain(|s| s.act == Act::Export);
        for s in &mut spans {
            s.done = true;
            s.saved = true;
        }
        for (role, name, bytes) in names {
            let file = self.plan_file(cx, job, b.dest, b.file(name), &b.group, *bytes);
            self.role(job, role, file);
            spans.push(Span::write(file, *bytes, node));
        }
        self.set_plan(job, Plan::main(spans));
        let pace = Pace {
            label: "write manifest",
            direction: Direction::Forward,
            per_node: 1,
            unit_rate: 500_000,
        };
        self.run_plan(cx, job, pace);
    }

    fn backup_done(&mut self, cx: &mut Cx, job: JobIx, b: &Backup) {
        let now = cx.now();
        self.drop_file(cx, job, "checkpoint");
        let manifest = self
            .payload(job)
            .and_then(|p| p.files.get("manifest").copied());
        let files: Vec<FileIx> = self
            .payload(job)
            .map(|p| {
                p.plan
                    .spans
                    .iter()
                    .filter(|s| s.act == Act::Export)
                    .filter_map(|s| s.file)
                    .collect()
            })
            .unwrap_or_default();
        let mut tables = Vec::new();
        for &t in &b.tables {
            let Some(table) = cx.cluster.table(t) else {
                continue;
            };
            let of_table = |f: &FileIx| {
                cx.cluster
                    .file(*f)
                    .and_then(|f| f.content.as_ref())
                    .is_some_and(|c| c.table.id == table.id)
            };
            let files: Vec<FileIx> = files.iter().copied().filter(of_table).collect();
            let image = files
                .first()
                .and_then(|f| cx.cluster.file(*f))
                .and_then(|f| f.content.clone())
                .unwrap_or_else(|| {
                    Rc::new(Image {
                        data: table.data.clone(),
                        as_of: b.as_of,
                        broken_at: None,
                        table: table.clone(),
                    })
                });
            tables.push(BackupTable { image, files });
        }
        if let Some(manifest) = manifest {
            // From here on it is restorable.
            self.backups.push(BackupSet {
                dest: b.dest,
                path: b.path.clone(),
                group: b.group.clone(),
                since: b.since,
                end: b.as_of,
                tables,
                cluster: b.cluster,
                key: b.key.clone(),
                manifest,
            });
        }
        cx.cluster.show_packet(Packet {
            from: Place::Dest(b.dest),
            to: Place::Record(job),
            sent: now,
            arrives: now + Duration::from_millis(4),
            label: "manifest written",
            job: Some(job),
        });
        self.succeed(cx, job);
    }

    /// Undoing a backup takes its checkpoint file away; data and lock stay. reference 4.2
    pub(crate) fn backup_revert(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(Spec::Backup(b)) = self.spec(job).as_deref().cloned() else {
            return;
        };
        self.unprotect(cx, job);
        let node = self.coordinator(cx.cluster, job).unwrap_or(NodeIx(0));
        let present = self
            .payload(job)
            .and_then(|p| p.files.get("checkpoint").copied())
            .filter(|&f| cx.cluster.file(f).is_some_and(|f| f.deleted.is_none()));
        let mut spans = vec![Span::compute(120_000, node)];
        if let Some(file) = present {
            let held = cx.cluster.file(file).map_or(1, |f| f.held.max(1));
            spans = vec![Span {
                act: Act::Remove,
                ..Span::write(file, held.max(CHECKPOINT_BYTES), node)
            }];
        }
        self.set_plan(job, Plan::of(spans));
        let left = cx
            .cluster
            .files_at(b.dest)
            .filter(|(_, f)| f.job == Some(job))
            .count();
        self.tell_job(
            cx,
            job,
            &format!("undoes: deletes its checkpoint file; {} other files stay at the destination, and no manifest makes a backup of them", left.saturating_sub(usize::from(present.is_some()))),
        );
        self.run_plan(
            cx,
            job,
            Pace {
                label: "delete checkpoint",
                direction: Direction::Undo,
                per_node: 1,
                unit_rate: 60_000,
            },
        );
    }

    /// A destination is full: what writes to it fails.
    pub(crate) fn dest_full(&mut self, cx: &mut Cx, dest: DestIx) {
        let writers: Vec<JobIx> = cx
            .cluster
            .job_list()
            .map(|(j, _)| j)
            .filter(|j| {
                self.payload(*j).is_some_and(|p| {
                    p.active && matches!(&*p.spec, Spec::Backup(b) if b.dest == dest)
                })
            })
            .collect();
        for job in writers {
            if cx.cluster.job(job).is_some_and(|j| j.status == "running") {
                self.fail(cx, job, NO_SPACE);
            }
        }
    }

    /// Without a manifest nothing of it will ever be read.
    pub(crate) fn backup_abandoned(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(Spec::Backup(b)) = self.spec(job).as_deref().cloned() else {
            return;
        };
        if self
            .backups
            .iter()
            .any(|s| s.dest == b.dest && s.path == b.path)
        {
            return;
        }
        let left: Vec<FileIx> = cx
            .cluster
            .files_at(b.dest)
            .filter(|(_, f)| f.job == Some(job) && f.state == FileState::Complete)
            .map(|(i, _)| i)
            .collect();
        for file in left {
            if let Some(f) = cx.cluster.file_mut(file) {
                f.state = FileState::Incomplete;
            }
        }
    }

    pub(crate) fn role(&mut self, job: JobIx, role: &'static str, file: FileIx) {
        if let Some(p) = self.payload_mut(job) {
            p.files.insert(role, file);
        }
    }

    /// Takes a file with a role away at once (a single small delete).
    pub(crate) fn drop_file(&mut self, cx: &mut Cx, job: JobIx, role: &'static str) {
        let now = cx.now();
        let file = self.payload(job).and_then(|p| p.files.get(role).copied());
        if let Some(f) = file.and_then(|f| cx.cluster.file_mut(f)) {
            f.deleted.get_or_insert(now);
        }
    }
}

/// Rows that were written or deleted after `since`, up to `as_of`.
pub(super) fn changed_rows(data: &TableData, since: Time, as_of: Time) -> u64 {
    let newer = |at: Time| at > since && at <= as_of;
    let mut rows = 0;
    for b in data.blocks.iter().filter(|b| newer(b.from)) {
        rows += b.hi.saturating_sub(b.lo);
    }
    for versions in data.overlay.values() {
        rows += u64::from(versions.iter().any(|v| newer(v.at)));
    }
    rows
}

/// Bytes of a range that hold what was written after `since`: the share of rows that are newer.
fn changed_bytes(image: &Image, since: Time, held: u64) -> u64 {
    let newer = changed_rows(&image.data, since, image.as_of);
    let all = image.data.count(image.as_of).max(newer).max(1);
    (u128::from(held) * u128::from(newer) / u128::from(all)) as u64
}
