//! A tenant's backup job and its set task (reference: oceanbase-backup 3.2, 3.4, 3.6).

use super::super::errors::code;
use super::super::model::{BackupJob, Payload, Set, SetTask};
use super::super::states::{LsStatus, Phase};
use super::super::{Cx, OceanBase, SYS};
use super::RESEND;
use super::files::{self, Place};
use crate::cluster::{FileState, JobIx, NodeIx, TenantIx};
use std::rc::Rc;

/// How often a whole job is retried.
const JOB_RETRIES: u32 = 3;

impl OceanBase {
    pub(super) fn backup(&self, job: JobIx) -> Option<&BackupJob> {
        match self.payload(job) {
            Some(Payload::Backup(b)) => Some(b),
            _ => None,
        }
    }
    pub(super) fn backup_mut(&mut self, job: JobIx) -> Option<&mut BackupJob> {
        match self.payload_mut(job) {
            Some(Payload::Backup(b)) => Some(b),
            _ => None,
        }
    }
    pub(in super::super) fn set_task(&self, job: JobIx) -> Option<&SetTask> {
        self.task(job)
    }
    pub(super) fn task(&self, job: JobIx) -> Option<&SetTask> {
        self.backup(job)?.task.as_ref()
    }
    pub(super) fn task_mut(&mut self, job: JobIx) -> Option<&mut SetTask> {
        self.backup_mut(job)?.task.as_mut()
    }

    pub(super) fn look_at_backup(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        node: NodeIx,
        job: JobIx,
    ) -> bool {
        match cx.cluster.job(job).map_or("", |j| j.status) {
            "INIT" => self.begin_set(cx, tenant, node, job),
            "DOING" => self.walk_phases(cx, tenant, node, job),
            "CANCELING" => self.cancel_set(cx, tenant, node, job),
            _ => false,
        }
    }

    pub(super) fn who(&self, cx: &Cx, node: NodeIx, service: &str) -> String {
        let name = cx.cluster.node(node).map(|n| n.name.clone());
        format!("{} {service}", name.as_deref().unwrap_or(""))
    }

    /// INIT: the destination is checked, set task and SET_FILES row are inserted, the job is DOING.
    fn begin_set(&mut self, cx: &mut Cx, tenant: TenantIx, node: NodeIx, job: JobIx) -> bool {
        let now = cx.now();
        let who = self.who(cx, node, "backup service");
        let Some(backup) = self.backup(job) else {
            return false;
        };
        let (set_id, dest, common) = (backup.set_id, backup.dest.clone(), backup.common.clone());
        if cx.cluster.dest(dest.dest).is_none_or(|d| d.unreachable) {
            let comment = root_comment(code::DEST_UNREACHABLE);
            self.end_backup(cx, node, job, code::DEST_UNREACHABLE, &comment);
            return false;
        }
        let (prev_full, prev_inc) = self.base_of(tenant, &dest.path);
        let incremental = common.incremental;
        let Some(t) = self.tenants.get_mut(&tenant) else {
            return false;
        };
        let task_id = t.next_task;
        t.next_task += 1;
        let task = SetTask {
            id: task_id,
            phase: Phase::Init,
            start: now,
            end: None,
            result: 0,
            comment: Rc::from(""),
            streams: Vec::new(),
            start_scn: now,
            user_ls_start_scn: None,
            end_scn: None,
            bytes: 0,
            meta_bytes: 0,
            tablets: 0,
            finished_tablets: 0,
            total_blocks: 0,
            files: 0,
            failing: false,
            retries: 0,
            not_before: now,
            first_attempt: 0,
        };
        let mut set = Set {
            id: set_id,
            tenant,
            job,
            dest,
            incremental,
            prev_full: if incremental { prev_full } else { 0 },
            prev_inc: if incremental { prev_inc } else { 0 },
            start: now,
            end: None,
            status: "DOING",
            file_status: "COPYING",
            plus_archivelog: common.plus_archivelog,
            password: common.password.clone(),
            start_replay: None,
            min_restore: None,
            result: 0,
            files: Vec::new(),
            bytes: 0,
            meta_bytes: 0,
            tablets: 0,
            finished_tablets: 0,
            blocks: 0,
            finished_blocks: 0,
            stream_bytes: Vec::new(),
            tables: Vec::new(),
        };
        let name = set.name();
        let place = Place {
            job,
            dest: set.dest.dest,
            group: &name,
        };
        let start = format!("backup_sets/{name}_start.obbak");
        set.files
            .push(files::put(cx.cluster, now, place, start, 64));
        self.sets.insert((tenant, set_id), Rc::new(set));
        if let Some(b) = self.backup_mut(job) {
            b.task = Some(task);
        }
        let _ = cx.cluster.advance_job(now, job, "start", &who);
        self.note(cx, job, "the set task begins");
        let text = format!(
            "{} is DOING: {name} has its start placeholder, the set task begins",
            self.job_name(cx, job)
        );
        cx.cluster.tell(now, Some(job), Some(node), &text);
        let ids = self.event_ids(cx, tenant, job, task_id);
        self.rs_event(now, node, "backup_data", "persist_set_task", ids);
        true
    }

    /// The newest successful full and the newest successful set on the same path: the base of an
    /// incremental. FAILED sets, that includes cancelled ones, are no base (reference 4).
    pub(in super::super) fn base_of(&self, tenant: TenantIx, path: &str) -> (i64, i64) {
        let usable = |s: &&Rc<Set>| {
            s.status == "SUCCESS" && s.file_status == "AVAILABLE" && &*s.dest.path == path
        };
        let mut sets = self
            .sets
            .range((tenant, 0)..=(tenant, i64::MAX))
            .map(|(_, s)| s)
            .filter(usable);
        let full = sets
            .clone()
            .filter(|s| !s.incremental)
            .map(|s| s.id)
            .next_back();
        let last = sets.next_back().map(|s| s.id);
        (full.unwrap_or(0), last.unwrap_or(0))
    }

    pub(in super::super) fn event_ids(
        &self,
        cx: &Cx,
        tenant: TenantIx,
        job: JobIx,
        task: i64,
    ) -> Vec<(&'static str, Rc<str>)> {
        let text = |n: i64| Rc::from(n.to_string());
        vec![
            (
                "tenant_id",
                text(self.tenants.get(&tenant).map_or(0, |t| t.id)),
            ),
            ("job_id", text(cx.cluster.job(job).map_or(0, |j| j.id))),
            ("task_id", text(task)),
        ]
    }

    /// DOING: the set task walks its phases; each waits for its log-stream tasks.
    fn walk_phases(&mut self, cx: &mut Cx, tenant: TenantIx, node: NodeIx, job: JobIx) -> bool {
        let Some(task) = self.task(job) else {
            return false;
        };
        if task.phase.is_end() {
            let (result, comment) = (task.result, task.comment.to_string());
            self.end_backup(cx, node, job, result, &comment);
            return false;
        }
        if !task.failing && !self.archive_is_doing(cx, tenant) {
            let result = match self.archive_status(cx, tenant) {
                "INTERRUPTED" => code::LOG_INTERRUPTED,
                _ => code::LOG_STOPPED,
            };
            self.fail_set(cx, job, result, root_comment(result));
        }
        if self.task(job).is_some_and(|t| t.failing) {
            self.stop_streams(cx, node, job);
            if self.all_finished(job) {
                if self.begins_anew(cx, tenant, job) {
                    return false;
                }
                self.close_set(cx, tenant, node, job, Phase::Failed);
                return true;
            }
            return false;
        }
        let now = cx.now();
        if let Some(at) = self.task(job).map(|t| t.not_before)
            && at > now
        {
            self.schedule(cx, tenant, at.since(now), false);
            return false;
        }
        if !self.all_finished(job) {
            self.send_pending(cx, node, job);
            return false;
        }
        let phase = self.task(job).map_or(Phase::Failed, |t| t.phase);
        if phase == Phase::Log && !self.log_is_passed(tenant, job) {
            let text = "BACKUP_LOG waits until the archive has passed the set's end";
            self.note(cx, job, text);
            return false;
        }
        self.close_phase(cx, tenant, job, phase);
        let Some(next) = phase.next() else {
            return false;
        };
        if next == Phase::Completed {
            self.close_set(cx, tenant, node, job, Phase::Completed);
            return true;
        }
        self.begin_phase(cx, tenant, node, job, next);
        self.send_pending(cx, node, job);
        // A phase without tasks of its own is looked at again.
        self.all_finished(job)
    }

    /// A job that failed because nobody answered is run once more from its start, three times at
    /// most, 5 s apart (reference 3.2).
    fn begins_anew(&mut self, cx: &mut Cx, tenant: TenantIx, job: JobIx) -> bool {
        let now = cx.now();
        let Some(task) = self.task_mut(job) else {
            return false;
        };
        if task.result != code::TIMEOUT || task.retries >= JOB_RETRIES {
            return false;
        }
        task.retries += 1;
        let retry = task.retries;
        task.not_before = now + RESEND;
        for ls in &task.streams {
            task.first_attempt = task.first_attempt.max(ls.attempt.saturating_add(1));
        }
        task.streams.clear();
        task.phase = Phase::Init;
        task.failing = false;
        task.result = 0;
        task.comment = Rc::from("");
        task.user_ls_start_scn = None;
        task.end_scn = None;
        task.bytes = 0;
        task.meta_bytes = 0;
        task.tablets = 0;
        task.finished_tablets = 0;
        task.total_blocks = 0;
        self.schedule(cx, tenant, RESEND, false);
        let text = format!(
            "{} begins anew in 5 s, retry {retry} of {JOB_RETRIES}: what it has written counts for nothing",
            self.job_name(cx, job)
        );
        cx.cluster.tell(now, Some(job), None, &text);
        self.note(cx, job, "waits 5 s before the whole job is retried");
        true
    }

    pub(super) fn all_finished(&self, job: JobIx) -> bool {
        self.task(job)
            .is_some_and(|t| t.streams.iter().all(|s| s.status == LsStatus::Finish))
    }

    /// The archive has everything up to the end of the set.
    fn log_is_passed(&self, tenant: TenantIx, job: JobIx) -> bool {
        let end = self.task(job).and_then(|t| t.end_scn);
        let round = self
            .tenants
            .get(&tenant)
            .and_then(|t| t.archive.rounds.last());
        match (end, round) {
            (Some(end), Some(round)) => round.checkpoint >= end,
            _ => false,
        }
    }

    /// Whether some set of the tenant waits for the archive.
    pub(super) fn waits_for_archive(&self, tenant: TenantIx) -> bool {
        self.tenants.get(&tenant).is_some_and(|t| {
            t.current.iter().any(|&j| {
                self.task(j).is_some_and(|t| t.phase == Phase::Log) && self.all_finished(j)
            })
        })
    }

    /// CANCELING: queued tasks are taken back, running ones are told to stop; when all have
    /// ended, the set is closed, and one look later the job is CANCELED (reference 3.6).
    fn cancel_set(&mut self, cx: &mut Cx, tenant: TenantIx, node: NodeIx, job: JobIx) -> bool {
        let now = cx.now();
        let Some(task) = self.task(job) else {
            // Cancelled while INIT: there is no task and no set.
            self.end_backup(cx, node, job, code::CANCELED, "");
            return false;
        };
        let (phase, id) = (task.phase, task.id);
        if phase.is_end() {
            self.end_backup(cx, node, job, code::CANCELED, "");
            return false;
        }
        if phase != Phase::Canceling {
            let text = format!(
                "{}: the backup service has found the request; its tasks on the servers are told to stop",
                self.job_name(cx, job)
            );
            cx.cluster.tell(now, Some(job), Some(node), &text);
            if let Some(task) = self.task_mut(job) {
                task.phase = Phase::Canceling;
            }
            let ids = self.event_ids(cx, tenant, job, id);
            self.rs_event(now, node, "backup_data", "cancel_backup_data", ids);
        }
        self.stop_streams(cx, node, job);
        if self.all_finished(job) {
            self.close_set(cx, tenant, node, job, Phase::Canceled);
            return true;
        }
        let left = self.task(job).map_or(0, |t| {
            t.streams
                .iter()
                .filter(|s| s.status != LsStatus::Finish)
                .count()
        });
        let text = format!("{left} log-stream tasks have not yet answered the cancel message");
        self.note(cx, job, text);
        false
    }

    /// A log-stream task has failed for good, or the archive was stopped.
    pub(super) fn fail_set(&mut self, cx: &mut Cx, job: JobIx, result: i64, comment: String) {
        let now = cx.now();
        let Some(task) = self.task_mut(job) else {
            return;
        };
        if task.failing || task.phase.is_end() || task.phase == Phase::Canceling {
            return;
        }
        task.failing = true;
        task.result = result;
        task.comment = Rc::from(comment.as_str());
        let text = format!("{} fails: {comment}", self.job_name(cx, job));
        cx.cluster.tell(now, Some(job), None, &text);
    }

    /// The set's end: its files, its row, the set task's row.
    fn close_set(&mut self, cx: &mut Cx, tenant: TenantIx, node: NodeIx, job: JobIx, end: Phase) {
        let now = cx.now();
        let Some(set_id) = self.backup(job).map(|b| b.set_id) else {
            return;
        };
        let totals = self.totals(cx.cluster, job, now);
        let Some(task) = self.task_mut(job) else {
            return;
        };
        task.phase = end;
        task.end = Some(now);
        task.bytes = totals.bytes;
        task.meta_bytes = totals.meta_bytes;
        task.finished_tablets = totals.tablets;
        task.streams.clear();
        if end == Phase::Canceled {
            task.result = code::CANCELED;
            task.comment = Rc::from("");
        }
        let task = task.clone();
        let Some(set) = self.set_mut(tenant, set_id) else {
            return;
        };
        set.end = Some(now);
        set.bytes = totals.bytes;
        set.meta_bytes = totals.meta_bytes;
        set.tablets = task.tablets;
        set.finished_tablets = totals.tablets;
        set.blocks = task.total_blocks;
        set.finished_blocks = totals.blocks;
        let (text, event) = if end == Phase::Completed {
            (
                self.complete_files(cx, tenant, set_id, job, &task),
                "advance_status",
            )
        } else {
            // RESULT of a cancelled set stays 0: it is taken from the job's result so far (3.6).
            set.status = "FAILED";
            set.file_status = "INCOMPLETE";
            if end == Phase::Failed {
                set.result = task.result;
            }
            let event = match end {
                Phase::Canceled => "cancel backup succeed",
                _ => "advance_status",
            };
            (self.give_files_up(cx, tenant, set_id), event)
        };
        let files = self.files_of(cx.cluster, tenant, set_id);
        if let Some(task) = self.task_mut(job) {
            task.files = files;
        }
        cx.cluster.tell(now, Some(job), Some(node), &text);
        let mut ids = self.event_ids(cx, tenant, job, task.id);
        if end != Phase::Canceled {
            ids.push(("status", Rc::from(end.name())));
        }
        self.rs_event(now, node, "backup_data", event, ids);
    }

    /// The last files of a set that succeeded.
    fn complete_files(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        set_id: i64,
        job: JobIx,
        task: &SetTask,
    ) -> String {
        let now = cx.now();
        let epoch = cx.cluster.epoch_us;
        let Some(set) = self.set_mut(tenant, set_id) else {
            return String::new();
        };
        set.status = "SUCCESS";
        set.file_status = "AVAILABLE";
        set.start_replay = Some(task.start_scn);
        set.min_restore = task.end_scn;
        let name = set.name();
        let from = files::stamp(set.start.unix_us(epoch));
        let to = files::stamp(now.unix_us(epoch));
        let place = Place {
            job,
            dest: set.dest.dest,
            group: &name,
        };
        for (path, size) in [
            (format!("{name}/single_backup_set_info.obbak"), 900),
            (format!("{name}/tenant_backup_set_infos.obbak"), 1_400),
            (format!("{name}/infos/diagnose_info.obbak"), 500),
            (format!("{name}/infos/locality_info.obbak"), 400),
            (format!("{name}/{name}_{from}_{to}.obbak"), 64),
            (format!("backup_sets/{name}_end_success_{to}.obbak"), 64),
        ] {
            let file = files::put(cx.cluster, now, place, path, size);
            set.files.push(file);
        }
        format!("{name} is complete: its end placeholder is written")
    }

    /// The files of a set that was never finished stay where they are, of no use.
    fn give_files_up(&mut self, cx: &mut Cx, tenant: TenantIx, set_id: i64) -> String {
        let Some(set) = self.set(tenant, set_id) else {
            return String::new();
        };
        let (mut left, mut bytes) = (0u64, 0u64);
        for &file in &set.files {
            if let Some(f) = cx.cluster.file_mut(file)
                && f.deleted.is_none()
            {
                f.state = FileState::Incomplete;
                left += 1;
                bytes += f.held;
            }
        }
        format!(
            "{} is FAILED / INCOMPLETE: {left} files with {} MB stay at the destination, without end placeholder",
            set.name(),
            bytes / 1_000_000
        )
    }

    /// The job's end, one look after its set task's.
    pub(super) fn end_backup(
        &mut self,
        cx: &mut Cx,
        node: NodeIx,
        job: JobIx,
        result: i64,
        comment: &str,
    ) {
        let now = cx.now();
        let who = self.who(cx, node, "backup service");
        let canceling = cx.cluster.job(job).is_some_and(|j| j.status == "CANCELING");
        let event = match result {
            _ if canceling => "stopped",
            0 => "finish",
            _ => "fail",
        };
        let Ok(status) = cx.cluster.advance_job(now, job, event, &who) else {
            return;
        };
        if let Some(b) = self.backup_mut(job) {
            b.common.result = result;
        }
        if let Some(record) = cx.cluster.job_mut(job) {
            record.error = Rc::from(comment);
            if status == "COMPLETED" {
                record.fraction_ppm = 1_000_000;
            }
        }
        let name = self.job_name(cx, job);
        let text = if status == "CANCELED" {
            let note = "canceled; what it wrote stays until the tenant's cleanup policy removes it";
            self.note(cx, job, note);
            format!("{name} is CANCELED, result {result}; what it wrote is still there")
        } else {
            self.note(
                cx,
                job,
                "its row moves to the history view at the next tick",
            );
            format!("{name} is {status}, result {result}")
        };
        cx.cluster.tell(now, Some(job), Some(node), &text);
        if status == "FAILED" {
            let tenant = cx.cluster.job(job).map_or(SYS, |j| j.tenant);
            let task = self.task(job).map_or(0, |t| t.id);
            let ids = self.event_ids(cx, tenant, job, task);
            self.rs_event(now, node, "backup_data", "deal with failed job", ids);
        }
        self.child_ended(cx, job);
    }
}

/// COMMENT of a failure on the control side (reference 3.5).
fn root_comment(result: i64) -> String {
    format!(
        "(ROOT_SERVICE)module:BACKUP_DATA,result: {result}({})",
        code::text(result)
    )
}
