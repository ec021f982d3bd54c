//! Cleanup: the hourly run, its decision, and delete jobs that remove files in order
//! (reference: oceanbase-backup 3.7, 4.2).
//!
//! The documentation says that incomplete data is cleared at once when automatic cleanup is on;
//! the code does it at an hourly run after the set's end has passed the window. This follows the
//! code (reference 10).

use super::super::errors::code;
use super::super::model::{DeleteJob, DeleteTask, Deleted, Owner, Payload, Target};
use super::super::{Cx, Event, OceanBase, states};
use super::KEEP_ALIVE;
use crate::base::{Duration, Time};
use crate::cluster::{
    Cluster, Direction, Effect, FileIx, Job, JobIx, NewJob, NodeIx, Order, Packet, Phase, Place,
    TenantIx, WorkState,
};
use std::rc::Rc;

/// The cleanup runs this often, counted from the service's start.
pub const EVERY: Duration = Duration::from_hours(1);
/// What removing a file costs a server, whatever its size.
const REMOVAL: u64 = 8_000_000;
const REMOVAL_RATE: u64 = 8_000_000;
/// Order at the destination: end placeholder, log streams' data, infos, inner placeholder, start
/// placeholder (reference 3.7).
const STAGES: u8 = 5;

impl OceanBase {
    /// Announces the next hourly run.
    pub(in super::super) fn schedule_cleanup(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let now = cx.now();
        let Some(t) = self.tenants.get_mut(&tenant) else {
            return;
        };
        t.cleanup = now + EVERY;
        t.cleanup_generation = t.cleanup_generation.wrapping_add(1);
        let generation = t.cleanup_generation;
        cx.after(EVERY, Event::Cleanup { tenant, generation });
    }

    pub(in super::super) fn cleanup_due(&mut self, cx: &mut Cx, tenant: TenantIx, generation: u32) {
        let now = cx.now();
        let Some(t) = self.tenants.get(&tenant) else {
            return;
        };
        if t.cleanup_generation != generation {
            return;
        }
        let window = t.policy.as_ref().map_or(0, |p| p.window_us);
        let (moving, node, name) = (t.service.moving, t.service.node, t.name.clone());
        self.schedule_cleanup(cx, tenant);
        // A window of 0 or less cleans nothing.
        if window <= 0 || moving {
            return;
        }
        let parameter_us = now.unix_us(cx.cluster.epoch_us).saturating_sub(window);
        let Some(t) = self.tenants.get_mut(&tenant) else {
            return;
        };
        let id = t.next_job;
        t.next_job += 1;
        let who = "hourly cleanup";
        let job = cx.cluster.add_job(
            Job::new(
                NewJob {
                    id,
                    tenant,
                    kind: "DELETE BACKUP",
                    title: Rc::from(format!("DELETE OBSOLETE BACKUP of {name}")),
                    description: Rc::from("DELETE OBSOLETE BACKUP"),
                    owner: Rc::from("root"),
                    machine: &states::DELETE,
                    created: now,
                    parent: None,
                    listed: true,
                    note: "waits for the tenant's service",
                },
                "INIT",
            ),
            who,
        );
        t.current.insert(job);
        t.jobs.insert(id, job);
        self.payloads.insert(
            job,
            Rc::new(Payload::Delete(DeleteJob {
                tenant,
                parameter_us,
                result: 0,
                tasks: Vec::new(),
                archived: None,
            })),
        );
        let text = format!("the hourly cleanup of {name} looks for sets past the recovery window");
        cx.cluster.tell(now, Some(job), Some(node), &text);
        self.wake(cx, tenant);
    }

    /// What is old at `parameter_us`: sets and pieces to delete, oldest first.
    fn obsolete(&self, cx: &Cx, tenant: TenantIx, parameter_us: i64) -> Vec<Target> {
        let epoch = cx.cluster.epoch_us;
        let Some(t) = self.tenants.get(&tenant) else {
            return Vec::new();
        };
        let Some(dest) = &t.data_dest else {
            return Vec::new();
        };
        let mut old = Vec::new();
        let mut base = None;
        // Newest first.
        for (_, set) in self.sets.range((tenant, 0)..=(tenant, i64::MAX)).rev() {
            // Sets under an earlier destination are never cleaned.
            if set.file_status == "DELETED" || set.dest.path != dest.path {
                continue;
            }
            let ended = set.end.is_some_and(|e| e.unix_us(epoch) <= parameter_us);
            if !ended || set.status == "DOING" {
                continue;
            }
            if set.status == "FAILED" || set.file_status == "DELETING" || base.is_some() {
                old.push(Target::Set(set.id));
            } else if !set.incremental {
                // The last valid copy stays, and the incrementals upon it.
                base = set.start_replay;
            }
        }
        old.reverse();
        // Log is old when it lies wholly below what the base set needs.
        let path = t.archive.dest.as_ref().map(|d| d.path.clone());
        for round in &t.archive.rounds {
            if Some(&round.dest.path) != path.as_ref() {
                continue;
            }
            for piece in &round.pieces {
                let below = match (piece.frozen, base) {
                    (Some(end), Some(base)) => end <= base,
                    _ => false,
                };
                if below && piece.file_status != "DELETED" {
                    old.push(Target::Piece {
                        round: round.id,
                        piece: piece.id,
                    });
                }
            }
        }
        old
    }

    fn delete(&self, job: JobIx) -> Option<&DeleteJob> {
        match self.payload(job) {
            Some(Payload::Delete(d)) => Some(d),
            _ => None,
        }
    }
    fn delete_mut(&mut self, job: JobIx) -> Option<&mut DeleteJob> {
        match self.payload_mut(job) {
            Some(Payload::Delete(d)) => Some(d),
            _ => None,
        }
    }

    pub(super) fn look_at_delete(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        node: NodeIx,
        job: JobIx,
    ) -> bool {
        match cx.cluster.job(job).map_or("", |j| j.status) {
            "INIT" => self.begin_delete(cx, tenant, node, job),
            "DOING" => self.go_on_deleting(cx, tenant, node, job),
            "CANCELING" => {
                self.cancel_delete(cx, node, job);
                false
            }
            _ => false,
        }
    }

    fn begin_delete(&mut self, cx: &mut Cx, tenant: TenantIx, node: NodeIx, job: JobIx) -> bool {
        let now = cx.now();
        // One batch at a time: a further job waits.
        let busy = self.tenants.get(&tenant).is_some_and(|t| {
            t.current.iter().any(|&j| {
                j != job
                    && self.delete(j).is_some()
                    && cx
                        .cluster
                        .job(j)
                        .is_some_and(|j| matches!(j.status, "DOING" | "CANCELING"))
            })
        });
        if busy {
            self.note(
                cx,
                job,
                "waits until the tenant's other delete job has ended",
            );
            return false;
        }
        let parameter = self.delete(job).map_or(0, |d| d.parameter_us);
        let targets = self.obsolete(cx, tenant, parameter);
        let mut tasks = Vec::new();
        for target in &targets {
            let Some((mut files, path, dest_id, streams)) = self.target_files(tenant, *target)
            else {
                continue;
            };
            // What was never written, or went in a run before, is none of this one's.
            files.retain(|f| cx.cluster.file(*f).is_some_and(|f| f.counts()));
            let Some(t) = self.tenants.get_mut(&tenant) else {
                continue;
            };
            let id = t.next_task;
            t.next_task += 1;
            let total_bytes = files
                .iter()
                .filter_map(|f| cx.cluster.file(*f))
                .map(|f| f.held)
                .sum();
            tasks.push(DeleteTask {
                id,
                target: *target,
                status: "INIT",
                start: now,
                end: None,
                result: 0,
                stage: 0,
                work: None,
                files,
                total_bytes,
                total_streams: streams,
                path,
                dest_id,
                deleted: None,
            });
        }
        let count = tasks.len();
        if let Some(delete) = self.delete_mut(job) {
            delete.tasks = tasks;
        }
        let who = self.who(cx, node, "cleanup service");
        let _ = cx.cluster.advance_job(now, job, "start", &who);
        let text = match count {
            0 => format!("{}: nothing is past the window", self.job_name(cx, job)),
            n => format!(
                "{}: {n} sets or pieces are past the window",
                self.job_name(cx, job)
            ),
        };
        self.note(cx, job, &text);
        cx.cluster.tell(now, Some(job), Some(node), &text);
        let ids = self.event_ids(cx, tenant, job, 0);
        self.rs_event(now, node, "backup_clean", "start_backup_clean", ids);
        true
    }

    /// Files, path, destination id and number of log streams of a target.
    fn target_files(
        &self,
        tenant: TenantIx,
        target: Target,
    ) -> Option<(Vec<FileIx>, Rc<str>, i64, u64)> {
        let t = self.tenants.get(&tenant)?;
        let streams = t.streams.len() as u64;
        match target {
            Target::Set(id) => {
                let set = self.set(tenant, id)?;
                Some((
                    set.files.clone(),
                    set.dest.path.clone(),
                    set.dest.id,
                    streams,
                ))
            }
            Target::Piece { round, piece } => {
                let round = t.archive.rounds.iter().find(|r| r.id == round)?;
                let piece = round.pieces.iter().find(|p| p.id == piece)?;
                Some((
                    piece.files.clone(),
                    round.dest.path.clone(),
                    round.dest.id,
                    streams,
                ))
            }
        }
    }

    /// The target's FILE_STATUS.
    fn mark(&mut self, tenant: TenantIx, target: Target, word: &'static str) {
        match target {
            Target::Set(id) => {
                if let Some(set) = self.set_mut(tenant, id) {
                    set.file_status = word;
                }
            }
            Target::Piece { round, piece } => {
                let piece = self
                    .tenants
                    .get_mut(&tenant)
                    .and_then(|t| t.archive.rounds.iter_mut().find(|r| r.id == round))
                    .and_then(|r| r.pieces.iter_mut().find(|p| p.id == piece));
                if let Some(piece) = piece {
                    piece.file_status = word;
                }
            }
        }
    }

    /// The first task that is not done goes on with its next stage.
    fn go_on_deleting(&mut self, cx: &mut Cx, tenant: TenantIx, node: NodeIx, job: JobIx) -> bool {
        let now = cx.now();
        let Some(delete) = self.delete(job) else {
            return false;
        };
        let waits = |t: &DeleteTask| matches!(t.status, "INIT" | "DOING");
        let done = delete.tasks.iter().filter(|t| !waits(t)).count() as u64;
        let all = delete.tasks.len() as u64;
        if let Some(record) = cx.cluster.job_mut(job) {
            record.fraction_ppm = (done * 1_000_000).checked_div(all).unwrap_or(1_000_000) as u32;
        }
        let Some((index, task)) = delete.tasks.iter().enumerate().find(|(_, t)| waits(t)) else {
            // The first task that failed decides.
            let results = delete.tasks.iter().map(|t| t.result);
            let result = results.into_iter().find(|r| *r != 0).unwrap_or(0);
            if let Some(delete) = self.delete_mut(job) {
                delete.result = result;
            }
            let who = self.who(cx, node, "cleanup service");
            let event = if result == 0 { "finish" } else { "fail" };
            let status = cx.cluster.advance_job(now, job, event, &who);
            self.note(
                cx,
                job,
                "its row moves to the history view at the next tick",
            );
            let status = status.unwrap_or_default();
            let text = format!("{} is {status}", self.job_name(cx, job));
            cx.cluster.tell(now, Some(job), Some(node), &text);
            return false;
        };
        let running = task
            .work
            .and_then(|w| cx.cluster.work(w))
            .is_some_and(|w| w.state == WorkState::Running);
        if running {
            return false;
        }
        let (target, files, mut stage) = (task.target, task.files.clone(), task.stage);
        // Whether objects are tagged there is said where the destination is kept.
        let storage = self
            .tenants
            .get(&tenant)
            .and_then(|t| t.storages.iter().find(|s| s.path == task.path));
        let tags = storage.is_some_and(|s| s.tags());
        let label = if tags { "tag files" } else { "delete files" };
        let begins = task.status == "INIT";
        if begins {
            self.mark(tenant, target, "DELETING");
            let what = match target {
                Target::Set(id) => format!("set {id}"),
                Target::Piece { piece, .. } => format!("piece {piece}"),
            };
            let how = if tags {
                ": its objects are tagged delete_mode=tagging and stay"
            } else {
                ""
            };
            let text = format!("{}: {what} is DELETING{how}", self.job_name(cx, job));
            cx.cluster.tell(now, Some(job), Some(node), &text);
        }
        let mut orders = Vec::new();
        while stage < STAGES && orders.is_empty() {
            orders = self.removals(cx, tenant, node, &files, stage, tags);
            stage += 1;
        }
        let work = if orders.is_empty() {
            None
        } else {
            for order in &orders {
                cx.cluster.show_packet(Packet {
                    from: Place::Node(node),
                    to: Place::Node(order.node),
                    sent: now,
                    arrives: now + Duration::from_millis(1),
                    label,
                    job: Some(job),
                });
            }
            let phase = Phase {
                job,
                label,
                direction: Direction::Cleanup,
                per_node: 2,
                unit_rate: REMOVAL_RATE,
            };
            let work = cx.cluster.start_work(now, phase, &orders);
            let task = index as u32;
            self.owners.insert(work, Owner::Delete { job, task });
            if self.out_of_reach(cx, job, task) {
                cx.after(KEEP_ALIVE, Event::DestTimeout);
            }
            Some(work)
        };
        let ended = work.is_none();
        if let Some(task) = self.delete_mut(job).and_then(|d| d.tasks.get_mut(index)) {
            task.stage = stage;
            task.work = work;
            task.status = "DOING";
            if begins {
                task.start = now;
            }
        }
        if ended {
            self.end_task(cx, job, index, "COMPLETED", 0);
            self.mark(tenant, target, "DELETED");
        }
        ended
    }

    /// What one stage removes or tags, at the servers that do it: one request for each file.
    fn removals(
        &self,
        cx: &Cx,
        tenant: TenantIx,
        service: NodeIx,
        files: &[FileIx],
        stage: u8,
        tags: bool,
    ) -> Vec<Order> {
        let Some(t) = self.tenants.get(&tenant) else {
            return Vec::new();
        };
        let mut orders = Vec::new();
        for &file in files {
            let Some(f) = cx.cluster.file(file).filter(|f| f.counts()) else {
                continue;
            };
            if stage_of(&f.path) != stage {
                continue;
            }
            let stream = t
                .streams
                .iter()
                .find(|s| f.path.contains(&format!("/logstream_{}/", s.id)));
            let node = stream
                .and_then(|s| cx.cluster.range(s.range))
                .map_or(service, |r| r.leader);
            orders.push(Order {
                node,
                amount: REMOVAL,
                effect: if tags {
                    Effect::Tag { file }
                } else {
                    Effect::Remove { file }
                },
            });
        }
        orders
    }

    /// A stage is through: the service goes on with the next.
    pub(in super::super) fn stage_removed(&mut self, cx: &mut Cx, job: JobIx, _task: u32) {
        if let Some(tenant) = self.delete(job).map(|d| d.tenant) {
            self.wake(cx, tenant);
        }
    }

    /// A task's end, unless it has had one: what it has done stands from now on.
    fn end_task(&mut self, cx: &Cx, job: JobIx, index: usize, status: &'static str, result: i64) {
        let now = cx.now();
        let Some(delete) = self.delete(job) else {
            return;
        };
        let Some(task) = delete.tasks.get(index).filter(|t| t.end.is_none()) else {
            return;
        };
        let mut deleted = self.deleted(cx.cluster, delete.tenant, task, now);
        if result == 0 {
            deleted.streams = task.total_streams;
        }
        if let Some(task) = self.delete_mut(job).and_then(|d| d.tasks.get_mut(index)) {
            task.status = status;
            task.result = result;
            task.end = Some(now);
            task.deleted = Some(deleted);
        }
    }

    /// How far a task has come; a tagged object counts as deleted.
    pub(in super::super) fn deleted(
        &self,
        cluster: &Cluster,
        tenant: TenantIx,
        task: &DeleteTask,
        now: Time,
    ) -> Deleted {
        if let Some(deleted) = task.deleted {
            return deleted;
        }
        let left = || {
            let files = task
                .files
                .iter()
                .filter_map(|f| Some((f, cluster.file(*f)?)));
            files.filter(|(_, f)| f.counts())
        };
        let bytes: u64 = left().map(|(ix, _)| cluster.file_held(*ix, now)).sum();
        // The log streams' own files go in the second stage.
        let streams = match (task.stage, self.tenants.get(&tenant)) {
            (2, Some(t)) => {
                let gone = |id: i64| {
                    let dir = format!("/logstream_{id}/");
                    !left().any(|(_, f)| f.path.contains(&dir))
                };
                t.streams.iter().filter(|ls| gone(ls.id)).count() as u64
            }
            (0 | 1, _) => 0,
            _ => task.total_streams,
        };
        Deleted {
            streams,
            bytes: task.total_bytes.saturating_sub(bytes),
            files: (task.files.len() - left().count()) as u64,
        }
    }

    /// Whether the files of a task lie where nobody gets through to.
    fn out_of_reach(&self, cx: &Cx, job: JobIx, task: u32) -> bool {
        let task = self.delete(job).and_then(|d| d.tasks.get(task as usize));
        let file = task.and_then(|t| cx.cluster.file(*t.files.first()?));
        file.and_then(|f| cx.cluster.dest(f.dest))
            .is_some_and(|d| d.unreachable)
    }

    /// A destination that is still unreachable fails what is to be removed there: nothing is tried
    /// again with that error (reference 3.5). The set stays DELETING, for the next hourly run.
    pub(super) fn fail_cleanups(&mut self, cx: &mut Cx) {
        let now = cx.now();
        let mut failed = Vec::new();
        for (work, owner) in &self.owners {
            if let Owner::Delete { job, task } = *owner
                && self.out_of_reach(cx, job, task)
                && cx.cluster.job(job).is_some_and(|j| j.status == "DOING")
            {
                failed.push((*work, job, task));
            }
        }
        for (work, job, task) in failed {
            self.owners.remove(&work);
            cx.cluster.stop_work(now, work);
            self.end_task(cx, job, task as usize, "FAILED", code::DEST_UNREACHABLE);
            let text = format!(
                "{}: a delete task fails: {}",
                self.job_name(cx, job),
                code::text(code::DEST_UNREACHABLE)
            );
            cx.cluster.tell(now, Some(job), None, &text);
            self.stage_removed(cx, job, task);
        }
    }

    /// CANCELING: removal stops where it is. A set may stay DELETING; the next run picks it up.
    fn cancel_delete(&mut self, cx: &mut Cx, node: NodeIx, job: JobIx) {
        let now = cx.now();
        for work in cx.cluster.stop_job_work(now, job) {
            self.owners.remove(&work);
        }
        let tasks = self.delete(job).map_or(0, |d| d.tasks.len());
        for index in 0..tasks {
            self.end_task(cx, job, index, "CANCELED", code::CANCELED);
        }
        if let Some(delete) = self.delete_mut(job) {
            // A doc sample shows 0 here; the code writes -4072 (reference 10).
            delete.result = code::CANCELED;
        }
        let who = self.who(cx, node, "cleanup service");
        let _ = cx.cluster.advance_job(now, job, "stopped", &who);
        self.note(
            cx,
            job,
            "what it had not removed stays; the next run picks it up",
        );
        let text = format!(
            "{} is CANCELED: what it had not removed stays",
            self.job_name(cx, job)
        );
        cx.cluster.tell(now, Some(job), Some(node), &text);
    }
}

/// In which stage a file goes.
fn stage_of(path: &str) -> u8 {
    if path.contains("_end_") {
        0
    } else if path.contains("/logstream_") {
        1
    } else if path.starts_with("backup_sets/") || path.starts_with("pieces/") {
        4
    } else if path
        .split_once('/')
        .is_some_and(|(dir, file)| file.starts_with(dir))
    {
        3
    } else {
        2
    }
}
