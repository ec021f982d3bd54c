//! OceanBase V4.2.5: backups, their cancellation and cleanup, from every kind of tenant.
//!
//! The life of a cancelled backup (reference: oceanbase-backup 3.6):
//! 1. The statement goes to RootService, which writes CANCELING into the job rows and says OK.
//! 2. The tenant's backup service finds the row at its next tick (30 s when idle; CANCEL does not wake it).
//! 3. It takes queued log-stream tasks back and sends a cancel message to every server that runs one.
//! 4. When all have answered, the set is FAILED / INCOMPLETE and the set task CANCELED.
//! 5. The job is CANCELED; a tick later its row is in the history view. The files stay until the
//!    hourly cleanup finds the set older than the tenant's recovery window.

mod client;
mod errors;
mod execution;
mod grammar;
mod help;
mod jobs;
mod keywords;
mod listings;
mod model;
mod privileges;
mod setup;
mod states;
mod words;

use super::{Client, Engine, Poll, Reply, Rules, Session, SessionIx, Streams};
use crate::base::{Duration, Map, Result, Time};
use crate::cluster::{Cluster, Family, Fault, JobIx, NodeIx, TableIx, TenantIx, UnitRef, WorkIx};
use model::{Fill, Owner, Payload, Pending, Pool, RsEvent, Set, Tenant};
use std::rc::Rc;

type Cx<'a> = super::Cx<'a, Event>;

/// The sys tenant.
const SYS: TenantIx = TenantIx(0);

/// What the rules put on the agenda.
#[derive(Clone, Debug, Hash)]
pub enum Event {
    /// A tenant's backup service looks at its job rows.
    Tick { tenant: TenantIx, generation: u32 },
    /// A tenant's hourly cleanup.
    Cleanup { tenant: TenantIx, generation: u32 },
    /// A server is told to run a log-stream task.
    RunTask {
        job: JobIx,
        index: u32,
        attempt: u32,
    },
    /// A server is told to stop one.
    StopTask {
        job: JobIx,
        index: u32,
        attempt: u32,
    },
    /// A server's result arrives at the service.
    Report {
        job: JobIx,
        index: u32,
        attempt: u32,
        result: i64,
    },
    /// A result could not be delivered and is sent again.
    Resend {
        job: JobIx,
        index: u32,
        attempt: u32,
        result: i64,
    },
    /// A task's server was out of hearing a while ago: if it still is, it is given up.
    Silent {
        job: JobIx,
        index: u32,
        attempt: u32,
    },
    /// The keep-alive of a task's server has run out.
    Lost {
        job: JobIx,
        index: u32,
        attempt: u32,
    },
    /// Services and RootService without a leader elect one.
    Elect,
    /// Work that was lost with its server is given to another.
    Reassign,
    /// An archive round goes on: a step of its state, a new checkpoint, the next piece.
    Archive {
        tenant: TenantIx,
        round: i64,
        generation: u32,
    },
    /// A destination has not answered for a while.
    DestTimeout,
}

#[derive(Clone, Hash)]
pub struct OceanBase {
    streams: Streams,
    tenants: Map<TenantIx, Tenant>,
    payloads: Map<JobIx, Rc<Payload>>,
    sets: Map<(TenantIx, i64), Rc<Set>>,
    owners: Map<WorkIx, Owner>,
    pools: Map<Rc<str>, Pool>,
    units: crate::base::Set<Rc<str>>,
    users: Map<(TenantIx, Rc<str>), setup::Rights>,
    /// Of columns by position.
    fills: Map<(TableIx, u32), Fill>,
    /// What sessions have written and not committed.
    transactions: Map<SessionIx, Vec<Pending>>,
    events: Vec<Rc<RsEvent>>,
    /// Values of cluster parameters, by lower-case name.
    parameters: Map<Rc<str>, Rc<str>>,
    next_tenant_id: i64,
    next_pool_id: i64,
    /// The scenario's own tenants stand: those made later start looking at once.
    booted: bool,
}

/// A fresh engine; `None` for a version that is not this one.
pub fn start(version: &str, seed: u64, epoch_us: i64) -> Option<Box<dyn Engine>> {
    let version = version.trim_start_matches(['v', 'V']);
    if version != "4.2.5" {
        return None;
    }
    Some(super::engine::new_engine(
        OceanBase::new(seed),
        seed,
        epoch_us,
    ))
}

impl OceanBase {
    fn new(seed: u64) -> OceanBase {
        OceanBase {
            streams: Streams::new(seed),
            tenants: Map::new(),
            payloads: Map::new(),
            sets: Map::new(),
            owners: Map::new(),
            pools: Map::new(),
            units: crate::base::Set::new(),
            users: Map::new(),
            fills: Map::new(),
            transactions: Map::new(),
            events: Vec::new(),
            parameters: Map::new(),
            next_tenant_id: 1002,
            next_pool_id: 1,
            booted: false,
        }
    }

    fn payload(&self, job: JobIx) -> Option<&Payload> {
        self.payloads.get(&job).map(|p| &**p)
    }
    fn payload_mut(&mut self, job: JobIx) -> Option<&mut Payload> {
        self.payloads.get_mut(&job).map(Rc::make_mut)
    }
    fn set(&self, tenant: TenantIx, id: i64) -> Option<&Set> {
        self.sets.get(&(tenant, id)).map(|s| &**s)
    }
    fn set_mut(&mut self, tenant: TenantIx, id: i64) -> Option<&mut Set> {
        self.sets.get_mut(&(tenant, id)).map(Rc::make_mut)
    }

    /// The tenant of that name, exactly as written: names are case-sensitive.
    fn tenant_named(&self, name: &str) -> Option<(TenantIx, &Tenant)> {
        self.tenants
            .iter()
            .find(|(_, t)| &*t.name == name)
            .map(|(ix, t)| (*ix, t))
    }

    /// The server that leads RootService, if one does now.
    fn root_service(&self, cluster: &Cluster) -> Option<NodeIx> {
        let service = &self.tenants.get(&SYS)?.service;
        let alive = cluster.node(service.node).is_some_and(|n| n.alive);
        (alive && !service.moving).then_some(service.node)
    }

    /// Whether a job stands where only its service's next look helps: a new row, or a request that
    /// the service has not found yet.
    fn awaits(&self, cluster: &Cluster, job: JobIx) -> bool {
        let Some(record) = cluster.job(job) else {
            return false;
        };
        match (record.family(), self.payload(job)) {
            (Family::Pending, _) => true,
            (Family::Undoing, Some(Payload::Backup(b))) => b
                .task
                .as_ref()
                .is_none_or(|t| t.phase != states::Phase::Canceling),
            (Family::Undoing, Some(Payload::Delete(_))) => true,
            _ => false,
        }
    }

    /// Adds a row to DBA_OB_ROOTSERVICE_EVENT_HISTORY.
    fn rs_event(
        &mut self,
        now: Time,
        node: NodeIx,
        module: &'static str,
        event: &'static str,
        values: Vec<(&'static str, Rc<str>)>,
    ) {
        /// The table is purged in the product too (by age); here by number.
        const KEPT: usize = 5_000;
        self.events.push(Rc::new(RsEvent {
            at: now,
            module,
            event,
            values,
            node,
        }));
        if self.events.len() > KEPT {
            self.events.drain(..KEPT / 5);
        }
    }
}

impl Rules for OceanBase {
    type Event = Event;

    fn setup(&mut self, cx: &mut Cx, words: &[&str], rest: &str) -> Result<()> {
        setup::line(self, cx, words, rest)
    }

    fn boot(&mut self, cx: &mut Cx) {
        setup::boot(self, cx);
    }

    fn connect(&mut self, cx: &mut Cx, who: &str, via: Option<NodeIx>) -> Result<Session> {
        setup::connect(self, cx, who, via)
    }

    fn execute(&mut self, cx: &mut Cx, session: SessionIx, text: &str) -> Reply {
        Reply::Done(execution::run(self, cx, session, text))
    }

    fn interrupt(&mut self, _: &mut Cx, _: SessionIx) -> super::Answer {
        // No statement of this product waits for its job.
        super::Answer::text("^C")
    }

    fn event(&mut self, cx: &mut Cx, event: Event) {
        match event {
            Event::Tick { tenant, generation } => self.tick(cx, tenant, generation),
            Event::Cleanup { tenant, generation } => self.cleanup_due(cx, tenant, generation),
            Event::RunTask {
                job,
                index,
                attempt,
            } => self.run_task(cx, job, index, attempt),
            Event::StopTask {
                job,
                index,
                attempt,
            } => self.stop_task(cx, job, index, attempt),
            Event::Report {
                job,
                index,
                attempt,
                result,
            } => self.task_reported(cx, job, index, attempt, result),
            Event::Resend {
                job,
                index,
                attempt,
                result,
            } => self.report(cx, job, index, attempt, result),
            Event::Silent {
                job,
                index,
                attempt,
            } => self.task_silent(cx, job, index, attempt),
            Event::Lost {
                job,
                index,
                attempt,
            } => self.task_lost(cx, job, index, attempt),
            Event::Elect => self.elect(cx),
            Event::Reassign => self.reassign(cx),
            Event::Archive {
                tenant,
                round,
                generation,
            } => self.archive_step(cx, tenant, round, generation),
            Event::DestTimeout => self.dest_timeout(cx),
        }
    }

    fn work_ended(&mut self, cx: &mut Cx, _: UnitRef, work: WorkIx, last: bool) {
        if !last {
            return;
        }
        match self.owners.remove(&work) {
            Some(Owner::LsTask {
                job,
                index,
                attempt,
            }) => self.report(cx, job, index, attempt, 0),
            Some(Owner::Delete { job, task }) => self.stage_removed(cx, job, task),
            Some(Owner::Archive { tenant, stream }) => self.log_file_full(cx, tenant, stream),
            Some(Owner::Restore { job }) => self.stream_restored(cx, job),
            Some(Owner::Drop { tenant }) => self.tenant_cleared(cx, tenant),
            None => {}
        }
    }

    fn fault(&mut self, cx: &mut Cx, fault: &Fault) {
        self.after_fault(cx, fault);
    }

    fn polls(&self, cluster: &Cluster, _: Time) -> Vec<Poll> {
        let mut polls = Vec::new();
        for tenant in self.tenants.values() {
            let service = &tenant.service;
            if service.moving || !cluster.node(service.node).is_some_and(|n| n.alive) {
                continue;
            }
            let awaited = tenant.current.iter().any(|&j| self.awaits(cluster, j));
            polls.push(Poll {
                node: service.node,
                name: "backup service",
                last: service.last,
                next: service.next,
                awaited,
            });
            if tenant.policy.is_some() {
                polls.push(Poll {
                    node: service.node,
                    name: "cleanup",
                    last: Time(tenant.cleanup.0.saturating_sub(Duration::from_hours(1).0)),
                    next: tenant.cleanup,
                    awaited: false,
                });
            }
        }
        polls
    }

    fn find_job(&self, cluster: &Cluster, session: &Session, name: &str, _: Time) -> Option<JobIx> {
        listings::find_job(self, cluster, session, name)
    }

    fn client(&self) -> &'static dyn Client {
        &client::CLIENT
    }

    fn check(&self, cluster: &Cluster, now: Time) -> Vec<String> {
        listings::check(self, cluster, now)
    }
}
