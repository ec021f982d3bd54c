//! The life that all kinds of jobs share: created, claimed, executed, stopped, ended.

use super::super::states::{self, event};
use super::super::{Cockroach, Cx, Event, ids, settings};
use super::{FinalError, Payload, Plan, Spec};
use crate::base::{Duration, Map};
use crate::cluster::{
    Artefact, ArtefactIx, Claim, Cluster, DestIx, File, FileIx, FileState, Job, JobIx, Machine,
    NewJob, NodeIx, Packet, Place, TenantIx, WorkIx,
};
use std::rc::Rc;

/// A job to be recorded.
#[derive(Clone, Debug, Hash)]
pub struct New {
    pub tenant: TenantIx,
    pub kind: &'static str,
    pub title: String,
    pub description: String,
    /// The `statement` column.
    pub statement: String,
    pub owner: Rc<str>,
    pub spec: Spec,
    pub machine: &'static Machine,
    pub descriptors: Vec<u32>,
    /// Who records it, for the history.
    pub who: String,
    /// The node whose statement or job records it: its number stands in the id.
    pub node: NodeIx,
    /// That node takes it up at once; else it waits for an adopt loop.
    pub start: bool,
    /// An id that a scenario prescribes.
    pub id: Option<i64>,
    pub schedule: Option<i64>,
    pub automatic: bool,
}

impl Cockroach {
    /// The machine of jobs that can be cancelled.
    pub(crate) fn machine(&self) -> &'static Machine {
        if self.profile.requests {
            &states::JOB
        } else {
            &states::JOB_2_1
        }
    }

    /// The machine of jobs that cannot.
    pub(crate) fn firm_machine(&self) -> &'static Machine {
        if self.profile.requests {
            &states::FIRM_JOB
        } else {
            &states::ROLLBACK_2_1
        }
    }

    /// Records a job.
    pub(crate) fn create(&mut self, cx: &mut Cx, new: New) -> JobIx {
        let now = cx.now();
        let id = match new.id {
            Some(id) => id,
            None if !self.foreseen.is_empty() => self.foreseen.remove(0),
            None => self.new_id(cx, new.node),
        };
        let job = cx.cluster.add_job(
            Job::new(
                NewJob {
                    id,
                    tenant: new.tenant,
                    kind: new.kind,
                    title: Rc::from(new.title),
                    description: Rc::from(new.description),
                    owner: new.owner,
                    machine: new.machine,
                    created: now,
                    parent: None,
                    listed: !new.automatic,
                    note: "",
                },
                "running",
            ),
            &new.who,
        );
        let trace_id = (self.streams.ids.next_u64() >> 1) as i64;
        self.payloads.push(Payload {
            spec: Rc::new(new.spec),
            statement: Rc::from(new.statement),
            descriptors: new.descriptors,
            running_status: Rc::from(""),
            reason: None,
            final_error: None,
            started: None,
            modified: now,
            wrote: now,
            run: 0,
            active: false,
            phase: 0,
            plan: Plan::default(),
            files: Map::new(),
            protects: Vec::new(),
            tables: Vec::new(),
            high_water: None,
            schedule: new.schedule,
            automatic: new.automatic,
            trace_id,
        });
        Rc::make_mut(&mut self.ids).insert((new.tenant, id), job);
        self.unclaimed.insert(job);
        if !new.automatic {
            cx.cluster.show_packet(Packet {
                from: Place::Node(new.node),
                to: Place::Record(job),
                sent: now,
                arrives: now + Duration::from_millis(2),
                label: "job record",
                job: Some(job),
            });
        }
        if new.start {
            self.claim(cx, job, new.node);
            self.start(cx, job);
        } else {
            self.note(cx, job, "recorded; waits until an adopt loop claims it");
        }
        job
    }

    /// A fresh id: 10 µs ticks since 2015, then 15 bits of the node. reference 8.1
    pub(crate) fn new_id(&mut self, cx: &Cx, node: NodeIx) -> i64 {
        let us = cx.now().unix_us(cx.cluster.epoch_us);
        let id = ids::compose(us, node).max((self.last_tick + 1) << 15 | (i64::from(node.0) + 1));
        self.last_tick = id >> 15;
        id
    }

    // ---- claims ----

    /// The node that has claimed the job, if it lives.
    pub(crate) fn coordinator(&self, cluster: &Cluster, job: JobIx) -> Option<NodeIx> {
        let claim = cluster.job(job)?.claim?;
        let node = cluster.node(claim.node)?;
        (node.alive && node.epoch == claim.epoch).then_some(claim.node)
    }

    pub(crate) fn claim(&mut self, cx: &mut Cx, job: JobIx, node: NodeIx) {
        let Some(epoch) = cx.cluster.node(node).map(|n| n.epoch) else {
            return;
        };
        self.release(cx, job);
        let now = cx.now();
        if let Some(j) = cx.cluster.job_mut(job) {
            j.claim = Some(Claim { node, epoch });
        }
        self.unclaimed.remove(&job);
        self.claimed.entry((node, epoch)).or_default().insert(job);
        cx.cluster.show_packet(Packet {
            from: Place::Node(node),
            to: Place::Record(job),
            sent: now,
            arrives: now + Duration::from_millis(2),
            label: "claim",
            job: Some(job),
        });
    }

    /// Takes the claim off; a job that still needs somebody waits for an adopt loop.
    pub(crate) fn release(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(j) = cx.cluster.job_mut(job) else {
            return;
        };
        let needs = !j.is_terminal() && j.status != "paused";
        let claim = j.claim.take();
        if let Some(claim) = claim
            && let Some(set) = self.claimed.get_mut(&(claim.node, claim.epoch))
        {
            set.remove(&job);
            if set.is_empty() {
                self.claimed.remove(&(claim.node, claim.epoch));
            }
        }
        if needs {
            self.unclaimed.insert(job);
        } else {
            self.unclaimed.remove(&job);
        }
    }

    // ---- execution ----

    /// The claiming node executes the job, forward or backward as its record says.
    pub(crate) fn start(&mut self, cx: &mut Cx, job: JobIx) {
        let now = cx.now();
        let Some(j) = cx.cluster.job(job) else { return };
        let reverting = j.status == "reverting";
        if j.status == "pending" {
            let _ = self.advance(cx, job, event::START, "adopt loop");
        } else if j.status != "running" && !reverting {
            return;
        }
        // A v2.1 job may still run somewhere on behalf of an older claim.
        self.halt(cx, job);
        if let Some(p) = self.payload_mut(job) {
            p.active = true;
            p.started.get_or_insert(now);
            p.modified = now;
            p.wrote = now;
        }
        self.note(cx, job, "");
        if reverting {
            self.revert(cx, job);
        } else {
            self.resume(cx, job);
        }
    }

    /// Nothing of the job's plan runs on; what it has moved stays. Planned steps are void.
    pub(crate) fn halt(&mut self, cx: &mut Cx, job: JobIx) {
        let now = cx.now();
        let Some(p) = self.payload_mut(job) else {
            return;
        };
        p.run = p.run.wrapping_add(1);
        p.active = false;
        if let Some(work) = p.plan.work {
            cx.cluster.stop_work(now, work);
        }
    }

    /// Goes on with the job after `delay`, unless it is stopped before.
    pub(crate) fn later(&self, cx: &mut Cx, job: JobIx, delay: Duration) {
        if let Some(p) = self.payload(job) {
            cx.after(delay, Event::Step { job, run: p.run });
        }
    }

    /// One move of the job's machine, with the indexes kept in step. `Err`: the status in which
    /// there is no such move.
    pub(crate) fn advance(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        what: &str,
        who: &str,
    ) -> Result<&'static str, &'static str> {
        self.advance_by(cx, job, what, &Rc::from(who))
    }

    /// The same for many jobs that one statement moves: the name of who does it is shared.
    pub(crate) fn advance_by(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        what: &str,
        who: &Rc<str>,
    ) -> Result<&'static str, &'static str> {
        let now = cx.now();
        let to = cx.cluster.advance_job_by(now, job, what, who)?;
        if matches!(to, "cancel-requested" | "pause-requested") {
            self.requested.insert(job);
        } else {
            self.requested.remove(&job);
        }
        if cx.cluster.job(job).is_some_and(|j| j.finished.is_some()) {
            self.ended_at.insert((now, job));
        }
        Ok(to)
    }

    /// `jobs.debug.pausepoints`: at a named point a job asks for its own pause. True if it does.
    /// reference 3.1, 4.1
    pub(crate) fn pausepoint(&mut self, cx: &mut Cx, job: JobIx, point: &str) -> bool {
        let tenant = cx.cluster.job(job).map_or(TenantIx(0), |j| j.tenant);
        let set = self.setting(tenant, settings::PAUSEPOINTS);
        if !set.split(',').any(|p| p.trim() == point) {
            return false;
        }
        let who = self.who(cx.cluster, job);
        self.halt(cx, job);
        if self.advance(cx, job, event::PAUSE, &who).is_err() {
            return false;
        }
        let reason = format!("pause point \"{point}\" hit");
        if let Some(p) = self.payload_mut(job) {
            p.reason = Some(Rc::from(reason.as_str()));
        }
        self.tell_job(cx, job, &format!("asks for its own pause: {reason}"));
        self.note(cx, job, &reason);
        true
    }

    /// The job's work is done. If a request was recorded meanwhile the record refuses, and the
    /// request is served. reference 10 #19
    pub(crate) fn succeed(&mut self, cx: &mut Cx, job: JobIx) {
        let who = self.who(cx.cluster, job);
        let now = cx.now();
        match self.advance(cx, job, event::SUCCEED, &who) {
            Ok(_) => {
                if let Some(j) = cx.cluster.job_mut(job) {
                    j.fraction_ppm = 1_000_000;
                    j.error = Rc::from("");
                }
                self.retire(cx, job);
                self.tell_job(cx, job, "is done: succeeded");
                self.answer_ended(cx, job);
                self.tell_schedule(cx, job);
            }
            Err(status) => {
                let text = format!("has done its work, but its record says {status}");
                self.tell_job(cx, job, &text);
                if let Some(p) = self.payload_mut(job) {
                    p.wrote = now;
                }
                if !self.profile.requests {
                    self.noticed(cx, job);
                }
            }
        }
    }

    /// A permanent error: the job is undone, or (v2.1) fails at once and leaves the undoing to the data's cleanup.
    pub(crate) fn fail(&mut self, cx: &mut Cx, job: JobIx, error: &str) {
        let who = self.who(cx.cluster, job);
        self.halt(cx, job);
        let what = if self.profile.requests {
            event::ERROR
        } else {
            event::FAIL
        };
        if self.advance(cx, job, what, &who).is_err() {
            // A job that cannot be undone is tried again. reference 3.5
            let text = format!("non-cancelable: {error}; an adopt loop takes it up again");
            self.release(cx, job);
            self.note(cx, job, &text);
            return;
        }
        if let Some(j) = cx.cluster.job_mut(job) {
            j.error = Rc::from(error);
        }
        if let Some(p) = self.payload_mut(job) {
            p.final_error = Some(FinalError::Error(Rc::from(error)));
            p.running_status = Rc::from("");
        }
        self.tell_job(cx, job, &format!("failed: {error}"));
        if self.profile.requests {
            // The same coordinator goes on with undoing.
            if let Some(p) = self.payload_mut(job) {
                p.active = true;
            }
            self.revert(cx, job);
        } else {
            self.retire(cx, job);
            self.retired_2_1(cx, job);
            self.answer_ended(cx, job);
        }
    }

    /// All is undone.
    pub(crate) fn undone(&mut self, cx: &mut Cx, job: JobIx) {
        let canceled = self
            .payload(job)
            .is_some_and(|p| p.final_error == Some(FinalError::Canceled));
        let what = if canceled {
            event::UNDONE_CANCELED
        } else {
            event::UNDONE_FAILED
        };
        let who = self.who(cx.cluster, job);
        match self.advance(cx, job, what, &who) {
            Ok(status) => {
                self.retire(cx, job);
                self.backup_abandoned(cx, job);
                self.tell_job(cx, job, &format!("is undone: {status}"));
                self.answer_ended(cx, job);
                self.tell_schedule(cx, job);
            }
            Err(_) => {
                // Paused at the last moment: undoing ends after RESUME.
            }
        }
    }

    /// A terminal job holds no claim and runs nothing.
    fn retire(&mut self, cx: &mut Cx, job: JobIx) {
        self.halt(cx, job);
        self.release(cx, job);
        if let Some(p) = self.payload_mut(job) {
            p.running_status = Rc::from("");
            p.plan.work = None;
        }
        self.note(cx, job, "");
        self.unprotect(cx, job);
    }

    /// A unit of the job has ended: its record learns of the progress, not more often than the
    /// product writes it. In v2.1 this write is where a stopped job is noticed. reference 8.3, 3.4
    pub(crate) fn wrote_progress(&mut self, cx: &mut Cx, job: JobIx) {
        let now = cx.now();
        let every = self.profile.progress_every;
        let Some(p) = self.payload(job) else { return };
        let Some(j) = cx.cluster.job(job) else { return };
        let done = p.plan.done_ppm();
        let grown = done >= j.fraction_ppm.saturating_add(50_000);
        let due = p.plan.main && (grown || now.since(p.wrote) >= every);
        if !due || j.status == "reverting" {
            return;
        }
        if j.status != "running" {
            if self.profile.requests {
                let text = format!("cannot update progress on {} job (id {})", j.status, j.id);
                if let Some(p) = self.payload_mut(job) {
                    p.wrote = now;
                }
                self.note(cx, job, &text);
            } else {
                self.noticed(cx, job);
            }
            return;
        }
        let coordinator = self.coordinator(cx.cluster, job);
        if let Some(j) = cx.cluster.job_mut(job) {
            j.fraction_ppm = done;
            cx.cluster.changes += 1;
        }
        if let Some(p) = self.payload_mut(job) {
            p.wrote = now;
            p.modified = now;
        }
        self.save_plan(job);
        if let Some(node) = coordinator {
            cx.cluster.show_packet(Packet {
                from: Place::Node(node),
                to: Place::Record(job),
                sent: now,
                arrives: now + Duration::from_millis(2),
                label: "progress",
                job: Some(job),
            });
        }
    }

    // ---- files, protected timestamps ----

    /// Plans a file of the job; it lies at the destination from the moment that its unit begins.
    pub(crate) fn plan_file(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        dest: DestIx,
        path: String,
        group: &Rc<str>,
        size: u64,
    ) -> FileIx {
        let now = cx.now();
        cx.cluster.add_file(File {
            dest,
            path: Rc::from(path),
            group: group.clone(),
            job: Some(job),
            state: FileState::Writing,
            size,
            held: 0,
            unit: None,
            created: now,
            deleted: None,
            content: None,
        })
    }

    pub(crate) fn protect(&mut self, cx: &mut Cx, job: JobIx, label: &str) {
        let now = cx.now();
        let Some(tenant) = cx.cluster.job(job).map(|j| j.tenant) else {
            return;
        };
        // v2.1 had none: what it read could be collected under it.
        let none = !self.profile.requests;
        if none || self.payload(job).is_none_or(|p| !p.protects.is_empty()) {
            return;
        }
        let ix = ArtefactIx(cx.cluster.artefacts.push(Artefact {
            tenant,
            kind: "protected timestamp",
            label: Rc::from(label),
            job: Some(job),
            created: now,
            removed: None,
        }) as u32);
        if let Some(p) = self.payload_mut(job) {
            p.protects.push(ix);
        }
    }

    pub(crate) fn unprotect(&mut self, cx: &mut Cx, job: JobIx) {
        let now = cx.now();
        let held = self
            .payload_mut(job)
            .map(|p| std::mem::take(&mut p.protects))
            .unwrap_or_default();
        for ix in held {
            if let Some(a) = cx.cluster.artefacts.get_mut(ix.0 as usize) {
                a.removed = Some(now);
            }
        }
    }

    // ---- words ----

    /// Who acts for a job: its coordinator.
    pub(crate) fn who(&self, cluster: &Cluster, job: JobIx) -> String {
        match self.coordinator(cluster, job).and_then(|n| cluster.node(n)) {
            Some(node) => node.name.to_string(),
            None => "registry".to_string(),
        }
    }

    pub(crate) fn note(&mut self, cx: &mut Cx, job: JobIx, text: &str) {
        if let Some(j) = cx.cluster.job_mut(job)
            && *j.note != *text
        {
            j.note = Rc::from(text);
        }
    }

    pub(crate) fn status_text(&mut self, job: JobIx, text: &str) {
        if let Some(p) = self.payload_mut(job) {
            p.running_status = Rc::from(text);
        }
    }

    /// Tells the story: `RESTORE 2753… ` and then the rest of the sentence.
    pub(crate) fn tell_job(&self, cx: &mut Cx, job: JobIx, what: &str) {
        let Some(j) = cx.cluster.job(job) else { return };
        if !j.listed {
            return;
        }
        let text = format!("{} {} {what}", j.kind, j.id);
        let node = self.coordinator(cx.cluster, job);
        let now = cx.now();
        cx.cluster.tell(now, Some(job), node, &text);
    }

    // ---- access ----

    pub(crate) fn payload(&self, job: JobIx) -> Option<&Payload> {
        self.payloads.get(job.0 as usize)
    }
    pub(crate) fn payload_mut(&mut self, job: JobIx) -> Option<&mut Payload> {
        self.payloads.get_mut(job.0 as usize)
    }
    pub(crate) fn spec(&self, job: JobIx) -> Option<Rc<Spec>> {
        self.payload(job).map(|p| p.spec.clone())
    }
    pub(crate) fn phase(&self, job: JobIx) -> u8 {
        self.payload(job).map_or(0, |p| p.phase)
    }
    pub(crate) fn set_phase(&mut self, job: JobIx, phase: u8) {
        if let Some(p) = self.payload_mut(job) {
            p.phase = phase;
        }
    }
    pub(crate) fn set_plan(&mut self, job: JobIx, plan: Plan) {
        if let Some(p) = self.payload_mut(job) {
            p.plan = plan;
        }
    }
    /// The work of the job's plan, if it runs now.
    pub(crate) fn plan_work(&self, job: JobIx) -> Option<WorkIx> {
        self.payload(job)?.plan.work
    }
}
