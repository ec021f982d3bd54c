//! Log-stream tasks: queued by the service, run by the servers that lead the log streams, stopped
//! by message (reference: oceanbase-backup 3.5).

use super::super::errors::code;
use super::super::model::{LsTask, Owner};
use super::super::states::{LsStatus, Phase};
use super::super::{Cx, Event, OceanBase};
use super::files::{self, Place};
use super::layout::{data_bytes, tablets};
use super::{KEEP_ALIVE, MACRO_BLOCK, RESEND};
use crate::base::Time;
use crate::cluster::{
    self, Cluster, Direction, FileIx, JobIx, NodeIx, RangeIx, TenantIx, WorkState,
};
use std::rc::Rc;

/// Bytes a second of one worker of a server.
const WORKER_RATE: u64 = 8_000_000;
/// Workers per log-stream task while `ha_low_thread_score` is 0.
const WORKERS: u64 = 2;
/// Times that a log-stream task of a data phase is tried; metadata: [`META_TRIES`].
const DATA_TRIES: u32 = 64;
const META_TRIES: u32 = 3;

/// What a set task has moved so far.
#[derive(Default)]
pub struct Totals {
    pub bytes: u64,
    pub meta_bytes: u64,
    pub tablets: u64,
    pub blocks: u64,
    pub files: u64,
}

impl OceanBase {
    /// Enters a phase: one task per log stream that it is about.
    pub(super) fn begin_phase(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        service: NodeIx,
        job: JobIx,
        phase: Phase,
    ) {
        let now = cx.now();
        let Some(t) = self.tenants.get(&tenant) else {
            return;
        };
        let plus = self.backup(job).is_some_and(|b| b.common.plus_archivelog);
        let all: Vec<(i64, Option<RangeIx>)> =
            t.streams.iter().map(|s| (s.id, Some(s.range))).collect();
        let chosen: Vec<(i64, Option<RangeIx>)> = match phase {
            Phase::SysMeta => all.into_iter().filter(|(id, _)| *id == 1).collect(),
            Phase::UserMeta => all.into_iter().filter(|(id, _)| *id != 1).collect(),
            // Tenant-wide: run where the service is.
            Phase::MetaFinish => vec![(0, None)],
            Phase::Minor | Phase::Major => all,
            Phase::Log if plus => all,
            _ => Vec::new(),
        };
        let mut streams: Vec<LsTask> = chosen
            .into_iter()
            .map(|(ls, range)| LsTask {
                ls,
                range,
                status: LsStatus::Init,
                node: range
                    .and_then(|r| cx.cluster.range(r))
                    .map_or(service, |r| r.leader),
                attempt: 0,
                work: None,
                result: 0,
                generated: now,
                scheduled: None,
                executed: None,
            })
            .collect();
        let expected = self.expected(cx.cluster, job);
        let Some(task) = self.task_mut(job) else {
            return;
        };
        for ls in &mut streams {
            ls.attempt = task.first_attempt;
        }
        task.phase = phase;
        task.streams = streams;
        match phase {
            Phase::UserMeta => task.user_ls_start_scn = Some(now),
            Phase::Minor => task.total_blocks = expected.div_ceil(MACRO_BLOCK),
            Phase::Log => task.end_scn = Some(now),
            _ => {}
        }
        let (id, tasks) = (task.id, task.streams.len());
        let text = match tasks {
            0 => format!("{} has begun", phase.name()),
            1 => format!("{} runs on one server", phase.name()),
            n => format!(
                "{} runs on the servers that lead its {n} log streams",
                phase.name()
            ),
        };
        self.note(cx, job, &text);
        let mut ids = self.event_ids(cx, tenant, job, id);
        ids.push(("status", Rc::from(phase.name())));
        self.rs_event(now, service, "backup_data", "advance_status", ids);
        cx.cluster.changes += 1;
    }

    /// Leaves a phase: what its tasks did is counted, what the service itself writes is written.
    pub(super) fn close_phase(&mut self, cx: &mut Cx, tenant: TenantIx, job: JobIx, phase: Phase) {
        let now = cx.now();
        let totals = self.totals(cx.cluster, job, now);
        let tablets: u64 = self.tenants.get(&tenant).map_or(0, |t| {
            t.streams.iter().map(|s| tablets(cx.cluster, s.range)).sum()
        });
        let tables = match phase {
            Phase::Minor => self.table_images(cx, tenant),
            _ => Vec::new(),
        };
        let Some(task) = self.task_mut(job) else {
            return;
        };
        task.bytes = totals.bytes;
        task.meta_bytes = totals.meta_bytes;
        task.finished_tablets = totals.tablets;
        task.streams.clear();
        if phase == Phase::UserMeta {
            task.tablets = tablets;
        }
        if phase == Phase::Major {
            task.finished_tablets = task.tablets;
        }
        let Some(set_id) = self.backup(job).map(|b| b.set_id) else {
            return;
        };
        let Some(set) = self.set_mut(tenant, set_id) else {
            return;
        };
        set.tables.extend(tables);
        let kind = match phase {
            Phase::Minor => "minor",
            Phase::Major => "major",
            _ => return,
        };
        let name = set.name();
        let place = Place {
            job,
            dest: set.dest.dest,
            group: &name,
        };
        for (file, size) in [
            ("tablet_log_stream_info", 40 * tablets),
            ("tenant_macro_range_index", 24 * tablets),
            ("tenant_meta_index", 32 * tablets),
        ] {
            let path = format!("{name}/infos/{kind}_data_info_turn_1/{file}.obbak");
            let file = files::put(cx.cluster, now, place, path, size);
            set.files.push(file);
        }
    }

    /// Bytes that the data phases of a job will move.
    fn expected(&self, cluster: &Cluster, job: JobIx) -> u64 {
        let Some(backup) = self.backup(job) else {
            return 0;
        };
        let Some(tenant) = self.tenants.get(&backup.tenant) else {
            return 0;
        };
        tenant
            .streams
            .iter()
            .filter_map(|s| cluster.range(s.range))
            .map(|r| {
                let (minor, major) = data_bytes(r.held, backup.common.incremental);
                minor + major
            })
            .sum()
    }

    /// What a job's set task has moved up to `now`.
    pub(in super::super) fn totals(&self, cluster: &Cluster, job: JobIx, now: Time) -> Totals {
        let Some(task) = self.task(job) else {
            return Totals::default();
        };
        let (mut bytes, mut meta) = (task.bytes, task.meta_bytes);
        for work in task.streams.iter().filter_map(|s| s.work) {
            let Some(work) = cluster.work(work) else {
                continue;
            };
            let (done, _) = work.progress(now);
            if work.label == Phase::Minor.name() || work.label == Phase::Major.name() {
                bytes += done;
            } else if work.label != Phase::Log.name() {
                meta += done;
            }
        }
        let expected = task.total_blocks.saturating_mul(MACRO_BLOCK).max(1);
        let part =
            u128::from(task.tablets) * u128::from(bytes.min(expected)) / u128::from(expected);
        let files = match self.backup(job) {
            // What cleanup removes later was written all the same.
            _ if task.end.is_some() => task.files,
            Some(b) => self.files_of(cluster, b.tenant, b.set_id),
            None => 0,
        };
        Totals {
            bytes,
            meta_bytes: meta,
            tablets: if bytes == 0 {
                0
            } else {
                (part as u64).max(task.finished_tablets)
            },
            blocks: (bytes / MACRO_BLOCK).min(task.total_blocks),
            files,
        }
    }

    /// Files of a set that lie at the destination.
    pub(super) fn files_of(&self, cluster: &Cluster, tenant: TenantIx, set: i64) -> u64 {
        let files = self.set(tenant, set).map_or(&[][..], |s| &s.files);
        let there = |f: &&FileIx| cluster.file(**f).is_some_and(|f| f.deleted.is_none());
        files.iter().filter(there).count() as u64
    }

    /// Sends every task that waits to its server; what cannot be sent is tried again soon.
    pub(super) fn send_pending(&mut self, cx: &mut Cx, service: NodeIx, job: JobIx) {
        let now = cx.now();
        let Some(backup) = self.backup(job) else {
            return;
        };
        let tenant = backup.tenant;
        let waiting: Vec<(u32, u32, Option<RangeIx>)> = backup
            .task
            .iter()
            .flat_map(|t| t.streams.iter().enumerate())
            .filter(|(_, s)| s.status == LsStatus::Init)
            .map(|(i, s)| (i as u32, s.attempt, s.range))
            .collect();
        let mut left = false;
        for (index, attempt, range) in waiting {
            // Whoever leads the log stream now, or another replica if that is out of hearing.
            let to = range
                .and_then(|r| cx.cluster.range(r))
                .and_then(|r| {
                    [r.leader]
                        .iter()
                        .chain(&r.replicas)
                        .copied()
                        .find(|&n| cx.cluster.connected(service, n))
                })
                .unwrap_or(service);
            let event = Event::RunTask {
                job,
                index,
                attempt,
            };
            if !cx.send(service, to, "run task", Some(job), event) {
                left = true;
                continue;
            }
            if let Some(ls) = self.stream_mut(job, index) {
                ls.status = LsStatus::Pending;
                ls.node = to;
                ls.scheduled = Some(now);
            }
        }
        if left {
            self.schedule(cx, tenant, RESEND, false);
        }
    }

    fn stream_mut(&mut self, job: JobIx, index: u32) -> Option<&mut LsTask> {
        self.task_mut(job)?.streams.get_mut(index as usize)
    }

    /// The task if it is still the one that a message is about.
    fn current(&self, job: JobIx, index: u32, attempt: u32) -> Option<&LsTask> {
        self.task(job)?
            .streams
            .get(index as usize)
            .filter(|s| s.attempt == attempt && s.status != LsStatus::Finish)
    }

    /// A server begins a log-stream task: real work on its disk, network and the destination.
    pub(in super::super) fn run_task(&mut self, cx: &mut Cx, job: JobIx, index: u32, attempt: u32) {
        let now = cx.now();
        let Some(ls) = self.current(job, index, attempt) else {
            return;
        };
        let (node, pending) = (ls.node, ls.status == LsStatus::Pending);
        if !pending || !cx.cluster.node(node).is_some_and(|n| n.alive) {
            return;
        }
        let Some(phase) = self.task(job).map(|t| t.phase) else {
            return;
        };
        let Some(dest) = self.backup(job).map(|b| b.dest.dest) else {
            return;
        };
        if cx.cluster.dest(dest).is_some_and(|d| d.full) {
            if let Some(ls) = self.stream_mut(job, index) {
                ls.status = LsStatus::Doing;
            }
            self.report(cx, job, index, attempt, code::DISK_FULL);
            return;
        }
        if cx.cluster.dest(dest).is_some_and(|d| d.unreachable) {
            cx.after(KEEP_ALIVE, Event::DestTimeout);
        }
        let orders = self.orders(cx, job, index, phase);
        let files = orders.iter().filter(|o| o.amount > 1_000_000).count() as u64;
        let workers = self.workers(job);
        // Few large files: the workers share them.
        let spread = workers.div_ceil(files.clamp(1, workers));
        let rate = self.streams.work.jitter(WORKER_RATE, 1, 8) * spread;
        let work = cx.cluster.start_work(
            now,
            cluster::Phase {
                job,
                label: phase.name(),
                direction: Direction::Forward,
                per_node: u32::try_from(workers).unwrap_or(1),
                unit_rate: rate,
            },
            &orders,
        );
        if let Some(ls) = self.stream_mut(job, index) {
            ls.status = LsStatus::Doing;
            ls.work = Some(work);
            ls.executed = Some(now);
        }
        if cx
            .cluster
            .work(work)
            .is_some_and(|w| w.state == WorkState::Done)
        {
            self.report(cx, job, index, attempt, 0);
            return;
        }
        self.owners.insert(
            work,
            Owner::LsTask {
                job,
                index,
                attempt,
            },
        );
    }

    /// Worker threads per task: the tenant's `ha_low_thread_score`, 0 meaning the default.
    fn workers(&self, job: JobIx) -> u64 {
        let tenant = self.backup(job).and_then(|b| self.tenants.get(&b.tenant));
        tenant
            .and_then(|t| t.parameters.get("ha_low_thread_score"))
            .and_then(|v| v.parse::<u64>().ok())
            .filter(|n| *n > 0)
            .unwrap_or(WORKERS)
            .min(100)
    }

    /// A server tells the service how a task ended.
    pub(in super::super) fn report(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        index: u32,
        attempt: u32,
        result: i64,
    ) {
        let Some(ls) = self.current(job, index, attempt) else {
            return;
        };
        let from = ls.node;
        let Some(service) = self
            .backup(job)
            .and_then(|b| self.tenants.get(&b.tenant))
            .map(|t| &t.service)
        else {
            return;
        };
        let to = service.node;
        let event = Event::Report {
            job,
            index,
            attempt,
            result,
        };
        let label = if result == code::CANCELED {
            "task canceled"
        } else {
            "task result"
        };
        let alive = cx.cluster.node(from).is_some_and(|n| n.alive);
        if alive && (service.moving || !cx.send(from, to, label, Some(job), event)) {
            cx.after(
                RESEND,
                Event::Resend {
                    job,
                    index,
                    attempt,
                    result,
                },
            );
        }
    }

    /// The service reads a result.
    pub(in super::super) fn task_reported(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        index: u32,
        attempt: u32,
        result: i64,
    ) {
        let now = cx.now();
        let Some(ls) = self.current(job, index, attempt) else {
            return;
        };
        let (id, node) = (ls.ls, ls.node);
        if let Some(ls) = self.stream_mut(job, index) {
            ls.status = LsStatus::Finish;
            ls.result = result;
        }
        let Some(tenant) = self.backup(job).map(|b| b.tenant) else {
            return;
        };
        if result != 0 {
            let address = cx.cluster.node(node).map(|n| n.address.clone());
            let address = address.as_deref().unwrap_or("");
            let comment = format!(
                "(server)ls_id: {id},addr: {address},module:BACKUP_DATA,result: {result}({}),trace_id: {}",
                code::text(result),
                trace_id(node, job, index)
            );
            // A task that was told to stop is no failure; fail_set knows.
            self.fail_set(cx, job, result, comment);
        }
        if result == code::CANCELED {
            let name = cx.cluster.node(node).map(|n| n.name.clone());
            let text = format!(
                "{} has stopped its task on log stream {id}",
                name.as_deref().unwrap_or("")
            );
            cx.cluster.tell(now, Some(job), Some(node), &text);
        }
        let expected = self.expected(cx.cluster, job).max(1);
        let done = self.totals(cx.cluster, job, now).bytes.min(expected);
        if let Some(record) = cx.cluster.job_mut(job) {
            record.fraction_ppm = (u128::from(done) * 980_000 / u128::from(expected)) as u32;
        }
        self.wake(cx, tenant);
    }

    /// A server was out of hearing ten minutes ago.
    pub(in super::super) fn task_silent(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        index: u32,
        attempt: u32,
    ) {
        let Some(ls) = self.current(job, index, attempt) else {
            return;
        };
        let node = ls.node;
        let service = self
            .backup(job)
            .and_then(|b| self.tenants.get(&b.tenant))
            .map(|t| t.service.node);
        if service.is_some_and(|s| !cx.cluster.connected(s, node)) {
            self.task_lost(cx, job, index, attempt);
        }
    }

    /// A server has not answered for a keep-alive: its task is given to another, from the start.
    pub(in super::super) fn task_lost(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        index: u32,
        attempt: u32,
    ) {
        let now = cx.now();
        let Some(ls) = self.current(job, index, attempt) else {
            return;
        };
        let (node, work, id) = (ls.node, ls.work, ls.ls);
        let Some(task) = self.task(job) else { return };
        let (phase, failing) = (task.phase, task.failing);
        let round = attempt.saturating_sub(task.first_attempt);
        if let Some(work) = work {
            cx.cluster.stop_work(now, work);
            self.owners.remove(&work);
        }
        let tries = if phase <= Phase::MetaFinish {
            META_TRIES
        } else {
            DATA_TRIES
        };
        let ending = failing || phase == Phase::Canceling;
        let exhausted = round + 1 >= tries;
        let mut moved = None;
        if let Some(ls) = self.stream_mut(job, index) {
            if ending || exhausted {
                ls.status = LsStatus::Finish;
                ls.result = code::CANCELED;
            } else {
                // What the lost server wrote is of no use to another.
                ls.attempt += 1;
                ls.status = LsStatus::Init;
                ls.work = None;
                moved = Some(ls.attempt);
            }
        }
        let name = cx.cluster.node(node).map(|n| n.name.clone());
        let name = name.as_deref().unwrap_or("");
        let text = match moved {
            Some(retry) => format!(
                "{name} has not answered: log stream {id} starts again at another server (retry {retry})"
            ),
            None => format!("{name} is gone and its task on log stream {id} with it"),
        };
        cx.cluster.tell(now, Some(job), Some(node), &text);
        if exhausted && !ending {
            let result = code::TIMEOUT;
            let comment = format!(
                "(server)ls_id: {id},module:BACKUP_DATA,result: {result}({})",
                code::text(result)
            );
            self.fail_set(cx, job, result, comment);
        }
        if let Some(tenant) = self.backup(job).map(|b| b.tenant) {
            self.wake(cx, tenant);
        }
    }

    /// Takes back what waits and tells the servers to stop what runs.
    pub(super) fn stop_streams(&mut self, cx: &mut Cx, service: NodeIx, job: JobIx) {
        let Some(backup) = self.backup_mut(job) else {
            return;
        };
        let tenant = backup.tenant;
        let mut running = Vec::new();
        for (index, ls) in backup
            .task
            .iter_mut()
            .flat_map(|t| t.streams.iter_mut().enumerate())
        {
            match ls.status {
                LsStatus::Init | LsStatus::Pending => {
                    ls.status = LsStatus::Finish;
                    ls.result = code::CANCELED;
                }
                LsStatus::Doing => running.push((index as u32, ls.attempt, ls.node)),
                LsStatus::Finish => {}
            }
        }
        let mut unheard = false;
        for (index, attempt, to) in running {
            let event = Event::StopTask {
                job,
                index,
                attempt,
            };
            unheard |= !cx.send(service, to, "cancel task", Some(job), event);
        }
        if unheard {
            self.schedule(cx, tenant, RESEND, false);
        }
    }

    /// A server stops a task where it stands and says so.
    pub(in super::super) fn stop_task(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        index: u32,
        attempt: u32,
    ) {
        let now = cx.now();
        let Some(ls) = self.current(job, index, attempt) else {
            return;
        };
        let (node, work) = (ls.node, ls.work);
        let alive = cx.cluster.node(node).is_some_and(|n| n.alive);
        let Some(work) = work.filter(|_| alive) else {
            return;
        };
        // A task that has just ended has its own report on the way.
        if self.owners.remove(&work).is_some() {
            cx.cluster.stop_work(now, work);
            self.report(cx, job, index, attempt, code::CANCELED);
        }
    }

    // ---- destinations ----

    /// Writers at a full destination fail at once; that is never retried.
    pub(super) fn disk_full(&mut self, cx: &mut Cx) {
        self.fail_writers(cx, code::DISK_FULL, |d| d.full);
        self.break_archives(cx, |d| d.full);
    }

    /// A destination that is still unreachable after a while fails its writers.
    pub(in super::super) fn dest_timeout(&mut self, cx: &mut Cx) {
        self.fail_writers(cx, code::DEST_UNREACHABLE, |d| d.unreachable);
        self.fail_cleanups(cx);
        self.break_archives(cx, |d| d.unreachable);
    }

    fn fail_writers(&mut self, cx: &mut Cx, result: i64, bad: fn(&cluster::Dest) -> bool) {
        let now = cx.now();
        let mut failed = Vec::new();
        for (job, backup) in self.running_backups() {
            if !cx.cluster.dest(backup.dest.dest).is_some_and(bad) {
                continue;
            }
            for (index, ls) in backup
                .task
                .iter()
                .flat_map(|t| t.streams.iter().enumerate())
            {
                if let (LsStatus::Doing, Some(work)) = (ls.status, ls.work) {
                    failed.push((job, index as u32, ls.attempt, work));
                }
            }
        }
        for (job, index, attempt, work) in failed {
            if self.owners.remove(&work).is_some() {
                cx.cluster.stop_work(now, work);
                self.report(cx, job, index, attempt, result);
            }
        }
    }
}

/// `YB42` + address and a counter, as the server's traces look (reference 7).
pub fn trace_id(node: NodeIx, job: JobIx, index: u32) -> String {
    format!(
        "YB420A{:06X}-{:016X}-0-0",
        u32::from(node.0) + 1,
        (u64::from(job.0) << 8 | u64::from(index)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 12
    )
}
