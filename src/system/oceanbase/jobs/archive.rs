//! Log archiving: rounds and pieces (reference: oceanbase-backup 3.9). Every log stream's leader
//! writes log files that grow; the checkpoint follows while all of them do.

use super::super::model::{ArchiveDest, Owner, Payload, Piece, Round};
use super::super::states;
use super::super::{Cx, Event, OceanBase};
use super::files::{self, Place};
use super::stamp;
use crate::base::{Duration, Time};
use crate::cluster::{
    Dest, Direction, Effect, Facts, FileState, Job, JobIx, Order, Phase, TenantIx, UnitState,
    WorkIx,
};
use std::rc::Rc;

/// Bytes of log a second that one log stream produces.
pub const RATE: u64 = 150_000;
/// A log file is closed at this size.
const FILE: u64 = 64 << 20;
/// How often a round's checkpoint moves.
const STEP: Duration = Duration::from_secs(5);

impl OceanBase {
    pub(super) fn archive_is_doing(&self, cx: &Cx, tenant: TenantIx) -> bool {
        self.archive_status(cx, tenant) == "DOING"
    }

    /// The status of the tenant's newest round; empty without one.
    pub(in super::super) fn archive_status(&self, cx: &Cx, tenant: TenantIx) -> &'static str {
        self.tenants
            .get(&tenant)
            .and_then(|t| t.archive.rounds.last())
            .and_then(|r| cx.cluster.job(r.job))
            .map_or("", |j| j.status)
    }

    /// A new round: PREPARE.
    pub(in super::super) fn start_round(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        dest: ArchiveDest,
    ) {
        let now = cx.now();
        let Some(t) = self.tenants.get(&tenant) else {
            return;
        };
        let id = t.archive.rounds.last().map_or(1, |r| r.id + 1);
        let title = format!("archive round {id} of {}", t.name);
        let job = cx.cluster.add_job(
            Job::new(
                Facts {
                    id,
                    tenant,
                    kind: "ARCHIVE",
                    title: Rc::from(title.as_str()),
                    description: Rc::from("ALTER SYSTEM ARCHIVELOG"),
                    owner: Rc::from("root"),
                    machine: &states::ARCHIVE,
                    created: now,
                    parent: None,
                    // Rounds stand in their own views, no job listing has them.
                    listed: false,
                },
                "PREPARE",
            ),
            "RootService",
        );
        self.payloads
            .insert(job, Rc::new(Payload::Round { tenant, round: id }));
        let Some(t) = self.tenants.get_mut(&tenant) else {
            return;
        };
        let streams = t.streams.len();
        t.archive.on = true;
        t.archive.rounds.push(Round {
            id,
            job,
            dest,
            start: now,
            checkpoint: now,
            pieces: Vec::new(),
            works: vec![None; streams],
            generation: 0,
            comment: Rc::from(""),
        });
        self.next_step(cx, tenant, Duration::from_millis(800));
    }

    fn round_mut(&mut self, tenant: TenantIx) -> Option<&mut Round> {
        self.tenants.get_mut(&tenant)?.archive.rounds.last_mut()
    }

    /// Announces the next step of the newest round.
    pub(in super::super) fn next_step(&mut self, cx: &mut Cx, tenant: TenantIx, after: Duration) {
        let Some(round) = self.round_mut(tenant) else {
            return;
        };
        round.generation = round.generation.wrapping_add(1);
        let (round, generation) = (round.id, round.generation);
        cx.after(
            after,
            Event::Archive {
                tenant,
                round,
                generation,
            },
        );
    }

    pub(in super::super) fn archive_step(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        id: i64,
        generation: u32,
    ) {
        let now = cx.now();
        let who = "archive service";
        let Some(round) = self.round_mut(tenant) else {
            return;
        };
        if round.id != id || round.generation != generation {
            return;
        }
        let job = round.job;
        match self.archive_status(cx, tenant) {
            "PREPARE" => {
                let _ = cx.cluster.advance_job(now, job, "prepared", who);
                self.next_step(cx, tenant, Duration::from_millis(1_500));
            }
            "BEGINNING" => {
                let _ = cx.cluster.advance_job(now, job, "begun", who);
                self.begin_piece(cx, tenant);
                self.write_logs(cx, tenant);
                self.next_step(cx, tenant, STEP);
            }
            "DOING" => {
                self.write_logs(cx, tenant);
                self.move_checkpoint(cx, tenant);
                self.switch_piece(cx, tenant);
                self.next_step(cx, tenant, STEP);
            }
            "SUSPENDING" => {
                self.stop_logs(cx, tenant);
                let _ = cx.cluster.advance_job(now, job, "suspended", who);
            }
            "STOPPING" => {
                self.stop_logs(cx, tenant);
                let _ = cx.cluster.advance_job(now, job, "stopped", who);
                self.freeze_piece(cx, tenant);
            }
            _ => {}
        }
    }

    /// The round's first piece, or the next one after a switch.
    fn begin_piece(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let now = cx.now();
        let epoch = cx.cluster.epoch_us;
        let Some(t) = self.tenants.get_mut(&tenant) else {
            return;
        };
        let id = t.archive.next_piece;
        t.archive.next_piece += 1;
        let Some(round) = t.archive.rounds.last_mut() else {
            return;
        };
        if round.pieces.is_empty() {
            round.start = now;
            round.checkpoint = now;
        }
        let (d, r, job) = (round.dest.id, round.id, round.job);
        let interval = u64::try_from(round.dest.interval_us).unwrap_or(0);
        let name = format!("piece_d{d}r{r}p{id}");
        let place = Place {
            job,
            dest: round.dest.dest,
            group: &name,
        };
        let mut new = Vec::new();
        if round.pieces.is_empty() {
            let path = format!("rounds/round_d{d}r{r}_start.obarc");
            new.push(files::put(cx.cluster, now, place, path, 128));
        }
        let path = format!("pieces/{name}_start_{}.obarc", stamp(now.unix_us(epoch)));
        new.push(files::put(cx.cluster, now, place, path, 128));
        let path = format!("{name}/checkpoint/checkpoint.1.obarc");
        new.push(files::put(cx.cluster, now, place, path, 64));
        round.pieces.push(Piece {
            id,
            start: now,
            end: now + Duration(interval.max(1)),
            frozen: None,
            files: new,
            file_status: "AVAILABLE",
        });
    }

    /// Lets every log stream that has no running writer write on, at its present leader.
    fn write_logs(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let streams = self.tenants.get(&tenant).map_or(0, |t| t.streams.len());
        for stream in 0..streams {
            let work = self
                .tenants
                .get(&tenant)
                .and_then(|t| t.archive.rounds.last())
                .and_then(|r| r.works.get(stream).copied())
                .flatten();
            if !work.is_some_and(|w| self.writes(cx, w)) {
                if let Some(lost) = work {
                    let now = cx.now();
                    cx.cluster.stop_work(now, lost);
                    self.owners.remove(&lost);
                }
                self.begin_log(cx, tenant, stream as u32);
            }
        }
    }

    fn writes(&self, cx: &Cx, work: WorkIx) -> bool {
        cx.cluster
            .work(work)
            .is_some_and(|w| w.units.iter().all(|u| u.state == UnitState::Running))
    }

    /// The next log file of one log stream.
    fn begin_log(&mut self, cx: &mut Cx, tenant: TenantIx, stream: u32) {
        let now = cx.now();
        let rate = self.streams.work.jitter(RATE, 1, 4);
        let Some(t) = self.tenants.get_mut(&tenant) else {
            return;
        };
        let Some(ls) = t.streams.get(stream as usize) else {
            return;
        };
        let Some(node) = cx
            .cluster
            .range(ls.range)
            .map(|r| r.leader)
            .filter(|n| cx.cluster.node(*n).is_some_and(|n| n.alive))
        else {
            return;
        };
        let Some(round) = t.archive.rounds.last_mut() else {
            return;
        };
        let Some(piece) = round.pieces.last_mut() else {
            return;
        };
        let name = format!("piece_d{}r{}p{}", round.dest.id, round.id, piece.id);
        let dir = format!("{name}/logstream_{}/log/", ls.id);
        let number = piece
            .files
            .iter()
            .filter_map(|f| cx.cluster.file(*f))
            .filter(|f| f.path.starts_with(dir.as_str()))
            .count()
            + 1;
        let place = Place {
            job: round.job,
            dest: round.dest.dest,
            group: &name,
        };
        let path = format!("{dir}{number}.obarc");
        let file = files::plan(cx.cluster, now, place, path, FILE);
        piece.files.push(file);
        let job = round.job;
        let work = cx.cluster.start_work(
            now,
            Phase {
                job,
                label: "archive log",
                direction: Direction::Forward,
                per_node: 1,
                unit_rate: rate,
            },
            &[Order {
                node,
                amount: FILE,
                effect: Effect::Write { file },
            }],
        );
        if let Some(slot) = round.works.get_mut(stream as usize) {
            *slot = Some(work);
        }
        self.owners.insert(work, Owner::Archive { tenant, stream });
    }

    /// A log file is full: the next one follows.
    pub(in super::super) fn log_file_full(&mut self, cx: &mut Cx, tenant: TenantIx, stream: u32) {
        if self.archive_is_doing(cx, tenant) {
            self.begin_log(cx, tenant, stream);
        }
    }

    /// All log up to a moment ago is archived if every log stream has a writer that moves.
    fn move_checkpoint(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let now = cx.now();
        let behind = Duration(self.streams.work.between(300_000, 1_500_000));
        let Some(round) = self
            .tenants
            .get(&tenant)
            .and_then(|t| t.archive.rounds.last())
        else {
            return;
        };
        let moving = round.works.iter().all(|w| {
            w.and_then(|w| cx.cluster.work(w)).is_some_and(|w| {
                w.units
                    .iter()
                    .all(|u| u.state == UnitState::Running && u.rate > 0)
            })
        });
        if !moving {
            return;
        }
        if let Some(round) = self.round_mut(tenant) {
            let at = Time(now.0.saturating_sub(behind.0));
            round.checkpoint = round.checkpoint.max(at);
        }
        if self.waits_for_archive(tenant) {
            self.wake(cx, tenant);
        }
    }

    /// A piece that has reached its interval is frozen, the next one begins.
    fn switch_piece(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let now = cx.now();
        let due = self
            .round_mut(tenant)
            .and_then(|r| r.pieces.last())
            .is_some_and(|p| p.end <= now);
        if !due {
            return;
        }
        self.stop_logs(cx, tenant);
        self.freeze_piece(cx, tenant);
        self.begin_piece(cx, tenant);
        self.write_logs(cx, tenant);
    }

    /// The last piece takes no more log: its infos are written.
    fn freeze_piece(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let now = cx.now();
        let Some(round) = self.round_mut(tenant) else {
            return;
        };
        let (d, r, job, dest) = (round.dest.id, round.id, round.job, round.dest.dest);
        let Some(piece) = round.pieces.last_mut() else {
            return;
        };
        piece.frozen = Some(now);
        let group = &*format!("piece_d{d}r{r}p{}", piece.id);
        let place = Place { job, dest, group };
        for file in ["file_info", "tenant_archive_piece_infos"] {
            let path = format!("{group}/{file}.obarc");
            piece
                .files
                .push(files::put(cx.cluster, now, place, path, 256));
        }
    }

    /// Writers stop; what they wrote is whole as far as it goes.
    fn stop_logs(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let now = cx.now();
        let Some(round) = self.round_mut(tenant) else {
            return;
        };
        let works: Vec<WorkIx> = round.works.iter_mut().filter_map(Option::take).collect();
        for work in works {
            cx.cluster.stop_work(now, work);
            self.owners.remove(&work);
            let file = cx
                .cluster
                .work(work)
                .and_then(|w| w.units.first())
                .and_then(|u| u.effect.file());
            if let Some(f) = file.and_then(|f| cx.cluster.file_mut(f))
                && f.deleted.is_none()
            {
                f.state = FileState::Complete;
                f.size = f.held;
            }
        }
    }

    /// Rounds whose destination takes nothing any more are interrupted.
    pub(super) fn break_archives(&mut self, cx: &mut Cx, bad: fn(&Dest) -> bool) {
        let now = cx.now();
        let broken: Vec<(TenantIx, JobIx)> = self
            .tenants
            .iter()
            .filter_map(|(ix, t)| Some((*ix, t.archive.rounds.last()?)))
            .filter(|(_, r)| cx.cluster.dest(r.dest.dest).is_some_and(bad))
            .map(|(ix, r)| (ix, r.job))
            .collect();
        for (tenant, job) in broken {
            if cx
                .cluster
                .advance_job(now, job, "break", "archive service")
                .is_ok()
            {
                self.stop_logs(cx, tenant);
                if let Some(round) = self.round_mut(tenant) {
                    round.comment = Rc::from("the archive destination can not be written");
                }
                let name = self.tenants.get(&tenant).map(|t| t.name.clone());
                let text = format!(
                    "log archiving of {} is INTERRUPTED: its destination cannot be written",
                    name.as_deref().unwrap_or("")
                );
                cx.cluster.tell(now, Some(job), None, &text);
            }
        }
    }
}
