//! The loops of every node's job registry: who serves requests, who adopts jobs, and what
//! becomes of claims when a node dies. reference: cockroachdb-jobs 4.1

use super::states::event;
use super::{Cockroach, Cx, Event, settings};
use crate::base::{Duration, Time};
use crate::cluster::{Cluster, Fault, JobIx, NodeIx, Packet, Place, TenantIx};
use crate::system::Poll;
use std::rc::Rc;

/// When a node's loops ran and will run.
#[derive(Clone, Debug, Default, Hash)]
pub struct Loops {
    pub cancel: Beat,
    pub adopt: Beat,
    /// The node's epoch for which they beat.
    pub epoch: u32,
}

#[derive(Clone, Copy, Debug, Default, Hash)]
pub struct Beat {
    pub last: Time,
    pub next: Time,
}

/// The records deleted by one GC pass of a registry come from one hour of it.
const GC_EVERY: Duration = Duration::from_hours(1);
/// How long it takes the others to notice that a node's RPCs fail.
const NOTICE: Duration = Duration::from_secs(5);

impl Cockroach {
    /// Starts the loops of every node at a moment of their own.
    pub(super) fn start_loops(&mut self, cx: &mut Cx) {
        for i in 0..cx.cluster.nodes.len() {
            let served: Vec<TenantIx> = self.services.keys().copied().collect();
            self.start_node(cx, NodeIx(i as u16), TenantIx(0));
            for tenant in served {
                self.start_served(cx, NodeIx(i as u16), tenant);
            }
        }
        cx.after(GC_EVERY, Event::RecordGc);
    }

    pub(super) fn start_served(&mut self, cx: &mut Cx, node: NodeIx, tenant: TenantIx) {
        if self.served(tenant) {
            self.start_node(cx, node, tenant);
        }
    }

    /// A virtual cluster's registry on a node begins: its first pass comes within one interval.
    fn start_node(&mut self, cx: &mut Cx, node: NodeIx, tenant: TenantIx) {
        let Some(epoch) = cx.cluster.node(node).map(|n| n.epoch) else {
            return;
        };
        let now = cx.now();
        let (cancel, adopt) = (self.cancel_interval(tenant), self.adopt_interval(tenant));
        let first = |streams: &mut crate::base::Rng, every: Duration| {
            Duration(streams.between(1, every.0.max(1)))
        };
        let (a, b) = (
            first(&mut self.streams.polls, cancel),
            first(&mut self.streams.polls, adopt),
        );
        let beat = |wait: Duration| Beat {
            last: now,
            next: now + wait,
        };
        let loops = Loops {
            cancel: beat(a),
            adopt: beat(b),
            epoch,
        };
        self.loops.insert((node, tenant), loops);
        if self.profile.requests {
            cx.after(a, Event::CancelLoop { node, tenant });
        }
        cx.after(b, Event::AdoptLoop { node, tenant });
    }

    /// jobs.registry.interval.cancel × jobs.registry.interval.base
    fn cancel_interval(&self, tenant: TenantIx) -> Duration {
        self.interval(tenant, settings::INTERVAL_CANCEL)
    }
    fn adopt_interval(&self, tenant: TenantIx) -> Duration {
        self.interval(tenant, settings::INTERVAL_ADOPT)
    }

    /// A changed interval counts from the last pass on, on every node at once. Beyond the
    /// reference: `pkg/jobs/config.go`.
    pub(super) fn setting_changed(&mut self, cx: &mut Cx, tenant: TenantIx, name: &str) {
        cx.cluster.changes += 1;
        let of = |own: &str| name == own || name == settings::INTERVAL_BASE;
        let soon = cx.now() + Duration::from_millis(1);
        for i in 0..cx.cluster.nodes.len() {
            let node = NodeIx(i as u16);
            let Some(mut loops) = self.loops.get(&(node, tenant)).cloned() else {
                continue;
            };
            if of(settings::INTERVAL_CANCEL) && self.profile.requests {
                let next = loops.cancel.last + self.jittered(self.cancel_interval(tenant));
                loops.cancel.next = next.max(soon);
                cx.after(
                    loops.cancel.next - cx.now(),
                    Event::CancelLoop { node, tenant },
                );
            }
            if of(settings::INTERVAL_ADOPT) {
                let next = loops.adopt.last + self.jittered(self.adopt_interval(tenant));
                loops.adopt.next = next.max(soon);
                cx.after(
                    loops.adopt.next - cx.now(),
                    Event::AdoptLoop { node, tenant },
                );
            }
            self.loops.insert((node, tenant), loops);
        }
    }

    fn jittered(&mut self, every: Duration) -> Duration {
        Duration(self.streams.polls.jitter(every.0, 1, 6).max(1))
    }

    /// Whether the node is still the one on which the loops began, and this is one of their beats:
    /// what was planned before they began anew is none.
    fn beats(&self, cx: &Cx, key: (NodeIx, TenantIx), of: fn(&Loops) -> Beat) -> Option<u32> {
        let loops = self.loops.get(&key)?;
        let node = cx.cluster.node(key.0)?;
        let now = of(loops).next == cx.now();
        (now && node.alive && node.epoch == loops.epoch).then_some(loops.epoch)
    }

    fn of_tenant(cluster: &Cluster, job: JobIx, tenant: TenantIx) -> bool {
        cluster.job(job).is_some_and(|j| j.tenant == tenant)
    }

    /// Whether a node can write to the job tables: it hears more than half of all nodes.
    pub(super) fn has_quorum(&self, cluster: &Cluster, node: NodeIx) -> bool {
        let all = cluster.nodes.len();
        let heard = cluster
            .node_list()
            .filter(|(other, _)| cluster.connected(node, *other))
            .count();
        heard * 2 > all
    }

    // ---- the cancel loop ----

    /// Drops claims of dead sessions, then serves the requests to jobs that this node has claimed.
    pub(super) fn cancel_loop(&mut self, cx: &mut Cx, node: NodeIx, tenant: TenantIx) {
        let Some(epoch) = self.beats(cx, (node, tenant), |l| l.cancel) else {
            return;
        };
        let now = cx.now();
        let next = self.jittered(self.cancel_interval(tenant));
        if let Some(l) = self.loops.get_mut(&(node, tenant)) {
            l.cancel = Beat {
                last: now,
                next: now + next,
            };
        }
        cx.after(next, Event::CancelLoop { node, tenant });
        if !self.has_quorum(cx.cluster, node) {
            return;
        }
        self.drop_dead_claims(cx, node, tenant);
        let mut mine: Vec<JobIx> = match self.claimed.get(&(node, epoch)) {
            Some(claimed) if claimed.len() <= self.requested.len() => claimed
                .iter()
                .copied()
                .filter(|j| self.requested.contains(j))
                .collect(),
            Some(claimed) => self
                .requested
                .iter()
                .copied()
                .filter(|j| claimed.contains(j))
                .collect(),
            None => Vec::new(),
        };
        mine.retain(|&j| Self::of_tenant(cx.cluster, j, tenant));
        // jobs.cancel_update_limit
        let limit = self.int_setting(tenant, settings::CANCEL_LIMIT).max(0) as usize;
        for job in mine.into_iter().take(limit) {
            self.serve(cx, job, node);
        }
    }

    /// A request is served: the job's context is cancelled on this node.
    fn serve(&mut self, cx: &mut Cx, job: JobIx, node: NodeIx) {
        let now = cx.now();
        let who = match cx.cluster.node(node) {
            Some(n) => format!("{} cancel loop", n.name),
            None => return,
        };
        let Some(status) = cx.cluster.job(job).map(|j| j.status) else {
            return;
        };
        cx.cluster.show_packet(Packet {
            from: Place::Record(job),
            to: Place::Node(node),
            sent: now,
            arrives: now + Duration::from_millis(2),
            label: "request",
            job: Some(job),
        });
        match status {
            "cancel-requested" => {
                let progress = self.halt_and_measure(cx, job);
                if self.advance(cx, job, event::SERVE_CANCEL, &who).is_err() {
                    return;
                }
                if let Some(p) = self.payload_mut(job) {
                    p.final_error = Some(super::jobs::FinalError::Canceled);
                    p.running_status = Rc::from("");
                }
                if let Some(j) = cx.cluster.job_mut(job) {
                    j.error = Rc::from("job canceled by user");
                }
                self.answer_interrupted(cx, job);
                self.tell_job(
                    cx,
                    job,
                    &format!(
                        "stopped where it ran{progress}: {who} saw the cancel request and wrote `reverting`; undoing begins when an adopt loop claims the job"
                    ),
                );
                self.release(cx, job);
                self.note(
                    cx,
                    job,
                    "stopped; waits for an adopt loop to claim it and undo its work",
                );
            }
            "pause-requested" => {
                let progress = self.halt_and_measure(cx, job);
                if self.advance(cx, job, event::SERVE_PAUSE, &who).is_err() {
                    return;
                }
                self.answer_interrupted(cx, job);
                self.tell_job(
                    cx,
                    job,
                    &format!("paused{progress}: {who} saw the pause request; progress and checkpoint are kept"),
                );
                self.release(cx, job);
                if let Some(p) = self.payload_mut(job) {
                    p.running_status = Rc::from("");
                }
                self.note(cx, job, "paused; nobody holds a claim until RESUME JOB");
                self.changefeed_paused(cx, job);
            }
            _ => {}
        }
    }

    fn halt_and_measure(&mut self, cx: &mut Cx, job: JobIx) -> String {
        let now = cx.now();
        let at = self
            .plan_work(job)
            .and_then(|w| cx.cluster.work(w))
            .map(|w| w.progress_ppm(now) / 10_000);
        self.halt(cx, job);
        at.map_or(String::new(), |percent| format!(" at {percent} %"))
    }

    /// Claims of sessions that have expired are taken off their jobs.
    fn drop_dead_claims(&mut self, cx: &mut Cx, by: NodeIx, tenant: TenantIx) {
        let now = cx.now();
        let dead: Vec<(NodeIx, u32)> = self
            .expires
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(key, _)| *key)
            .collect();
        for key in dead {
            let claimed = self.claimed.get(&key).into_iter().flatten().copied();
            let (jobs, others): (Vec<JobIx>, Vec<JobIx>) =
                claimed.partition(|&j| Self::of_tenant(cx.cluster, j, tenant));
            if others.is_empty() {
                self.expires.remove(&key);
            }
            for job in jobs {
                self.release(cx, job);
                self.halt(cx, job);
                let by = cx.cluster.node(by).map(|n| n.name.clone());
                let text = format!(
                    "lost its claim: the session of n{} has expired, {} dropped it; waits for an adopt loop",
                    key.0.0 + 1,
                    by.as_deref().unwrap_or("")
                );
                self.tell_job(cx, job, &text);
                self.note(
                    cx,
                    job,
                    "its node died; waits for an adopt loop to claim it",
                );
            }
        }
    }

    // ---- the adopt loop ----

    /// Claims jobs that nobody has claimed, newest first, and starts them.
    pub(super) fn adopt_loop(&mut self, cx: &mut Cx, node: NodeIx, tenant: TenantIx) {
        let Some(epoch) = self.beats(cx, (node, tenant), |l| l.adopt) else {
            return;
        };
        let now = cx.now();
        let next = self.jittered(self.adopt_interval(tenant));
        if let Some(l) = self.loops.get_mut(&(node, tenant)) {
            l.adopt = Beat {
                last: now,
                next: now + next,
            };
        }
        cx.after(next, Event::AdoptLoop { node, tenant });
        if !self.has_quorum(cx.cluster, node) {
            return;
        }
        if !self.profile.requests {
            self.drop_dead_claims(cx, node, tenant);
        }
        let limit = if self.profile.requests {
            self.int_setting(tenant, settings::MAX_ADOPTIONS).max(0) as usize
        } else {
            self.profile.adoptions
        };
        let free = self.unclaimed.iter().rev().copied();
        let jobs: Vec<JobIx> = free
            .filter(|&j| Self::of_tenant(cx.cluster, j, tenant))
            .take(limit)
            .collect();
        let name = cx.cluster.node(node).map(|n| n.name.clone());
        let name = name.as_deref().unwrap_or("");
        for job in jobs {
            self.claim(cx, job, node);
            let status = cx.cluster.job(job).map_or("", |j| j.status);
            let text = match status {
                "running" | "pending" => {
                    format!("claimed by the adopt loop of {name}, which goes on with it")
                }
                "reverting" => {
                    format!("claimed by the adopt loop of {name}, which begins to undo it")
                }
                other => format!(
                    "claimed by the adopt loop of {name}; its cancel loop will serve the {other} record"
                ),
            };
            self.tell_job(cx, job, &text);
            self.start(cx, job);
        }
        // Claimed jobs that do not run, because this node was cut off for a while, go on.
        let idle: Vec<JobIx> = match self.claimed.get(&(node, epoch)) {
            Some(claimed) => claimed
                .iter()
                .copied()
                .filter(|&j| {
                    self.payload(j).is_some_and(|p| !p.active)
                        && cx.cluster.job(j).is_some_and(|j| {
                            j.tenant == tenant
                                && matches!(j.status, "running" | "reverting" | "pending")
                        })
                })
                .collect(),
            None => Vec::new(),
        };
        for job in idle {
            self.start(cx, job);
        }
    }

    /// Finished records go after the retention time. reference 2.3
    pub(super) fn record_gc(&mut self, cx: &mut Cx) {
        let now = cx.now();
        cx.after(GC_EVERY, Event::RecordGc);
        let old: Vec<(Time, JobIx)> = self
            .ended_at
            .iter()
            .copied()
            .filter(|(ended, job)| {
                let tenant = cx.cluster.job(*job).map_or(TenantIx(0), |j| j.tenant);
                now.since(*ended) >= self.duration_setting(tenant, settings::RETENTION)
            })
            .collect();
        for (ended, job) in old {
            self.ended_at.remove(&(ended, job));
            if let Some(j) = cx.cluster.job_mut(job) {
                j.listed = false;
                let key = (j.tenant, j.id);
                Rc::make_mut(&mut self.ids).remove(&key);
            }
        }
    }

    // ---- faults ----

    pub(super) fn node_fault(&mut self, cx: &mut Cx, fault: &Fault) {
        let now = cx.now();
        match fault {
            Fault::Kill(node) => {
                let epoch = cx.cluster.node(*node).map_or(0, |n| n.epoch);
                self.expires
                    .insert((*node, epoch), now + self.profile.claim_outlives);
                cx.after(NOTICE, Event::Notice { node: *node });
                self.lose_sessions(cx, |s| s.node == *node);
            }
            Fault::Restart(node) => {
                let epoch = cx.cluster.node(*node).map_or(1, |n| n.epoch);
                let old = epoch.saturating_sub(1);
                self.expires
                    .entry((*node, old))
                    .or_insert(now + self.profile.claim_outlives);
                cx.after(NOTICE, Event::Notice { node: *node });
                self.lose_sessions(cx, |s| s.node == *node);
                self.start_node(cx, *node, TenantIx(0));
                let served: Vec<TenantIx> = self.services.keys().copied().collect();
                for tenant in served {
                    self.start_served(cx, *node, tenant);
                }
            }
            Fault::Partition(_) => {
                for i in 0..cx.cluster.nodes.len() {
                    let node = NodeIx(i as u16);
                    let Some(n) = cx.cluster.node(node) else {
                        continue;
                    };
                    if n.alive && !self.has_quorum(cx.cluster, node) {
                        let key = (node, cx.cluster.node(node).map_or(0, |n| n.epoch));
                        self.expires
                            .entry(key)
                            .or_insert(now + self.profile.claim_outlives);
                        cx.after(NOTICE, Event::Notice { node });
                    }
                }
            }
            Fault::Heal | Fault::Clear => {
                // Sessions that were only cut off live on.
                let cluster = &*cx.cluster;
                self.expires.retain(|(node, epoch), _| {
                    !cluster
                        .node(*node)
                        .is_some_and(|n| n.alive && n.epoch == *epoch)
                });
                for i in 0..cx.cluster.nodes.len() {
                    cx.after(
                        NOTICE,
                        Event::Notice {
                            node: NodeIx(i as u16),
                        },
                    );
                }
            }
            Fault::SlowDisk(..) | Fault::SlowNet(..) => {}
            Fault::Full(dest) => self.dest_full(cx, *dest),
            Fault::Unreachable(_) => {}
        }
    }

    /// The others have noticed that RPCs to a node fail: work that ran there is planned anew by
    /// its coordinator; work whose coordinator is gone stops everywhere.
    pub(super) fn notice(&mut self, cx: &mut Cx, node: NodeIx) {
        let now = cx.now();
        if cx.cluster.node(node).is_some_and(|n| n.alive) && !self.has_quorum(cx.cluster, node) {
            cx.cluster.lose_units(now, node);
        }
        let active: Vec<JobIx> = self.active_jobs(cx.cluster).into_iter().collect();
        for job in active {
            let Some(work) = self.plan_work(job) else {
                continue;
            };
            match self.coordinator(cx.cluster, job) {
                Some(c) if self.has_quorum(cx.cluster, c) => cx.cluster.reassign(now, work),
                _ if cx.cluster.job(job).is_some_and(|j| j.is_terminal()) => {
                    // v2.1: cancelled, and the node on which it still ran is gone.
                    self.halt(cx, job);
                    self.retired_2_1(cx, job);
                }
                _ => {
                    self.halt(cx, job);
                    self.tell_job(cx, job, "stopped: the node that coordinates it is gone; its claim holds until that node's session expires");
                    self.note(
                        cx,
                        job,
                        "its coordinator is gone; waits until the claim expires",
                    );
                }
            }
        }
    }

    /// Jobs that a node executes now, in order of creation.
    pub(super) fn active_jobs(&self, cluster: &Cluster) -> Vec<JobIx> {
        let mut found: Vec<JobIx> = Vec::new();
        for set in self.claimed.values() {
            found.extend(set.iter().copied().filter(|&j| {
                self.payload(j).is_some_and(|p| p.active) && cluster.job(j).is_some()
            }));
        }
        crate::base::sort::sort(&mut found);
        found
    }

    // ---- for the picture ----

    pub(super) fn loops_shown(&self, cluster: &Cluster) -> Vec<Poll> {
        let mut polls = Vec::new();
        for (node, n) in cluster.node_list() {
            let claimed = self.claimed.get(&(node, n.epoch));
            let asked = claimed.and_then(|set| set.iter().find(|j| self.requested.contains(*j)));
            // The loops of the virtual cluster whose job waits for one; else the system one's.
            let waits = asked.or(self.unclaimed.first());
            let tenant = waits.and_then(|j| cluster.job(*j)).map(|j| j.tenant);
            let tenant = tenant.unwrap_or(TenantIx(0));
            let loops = self.loops.get(&(node, tenant));
            let Some(l) = loops.or(self.loops.get(&(node, TenantIx(0)))) else {
                continue;
            };
            if !n.alive || n.epoch != l.epoch {
                continue;
            }
            if self.profile.requests {
                let awaited = asked.is_some();
                polls.push(Poll {
                    node,
                    name: "cancel loop",
                    last: l.cancel.last,
                    next: l.cancel.next,
                    awaited,
                });
            }
            polls.push(Poll {
                node,
                name: "adopt loop",
                last: l.adopt.last,
                next: l.adopt.next,
                awaited: !self.unclaimed.is_empty(),
            });
        }
        polls
    }
}
