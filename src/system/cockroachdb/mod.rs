//! CockroachDB v26.2 and v2.1. Facts and their marks: reference, cockroachdb-jobs.
//!
//! A statement is parsed by `grammar`, run by `execution`, and answered with what `client` prints.
//! Jobs live in `jobs`; requests to them are served by the loops of `loops`. What differs
//! between the versions is a row of [`version`]'s table.

mod client;
mod errors;
mod execution;
pub mod grammar;
mod help;
mod ids;
mod jobs;
pub mod keywords;
mod listings;
mod loops;
mod names;
mod privileges;
mod profile;
mod settings;
mod setup;
mod states;
mod transactions;
pub mod version;
pub mod words;

pub use version::{Feature, Version};

use crate::base::{Duration, Error, ErrorKind, Map, Result, Rows, Set, Time, Value};
use crate::cluster::{Cluster, Fault, JobIx, NodeIx, TableIx, TenantIx, UnitRef, WorkIx};
use crate::system::{
    self, Answer, Client, Engine, Poll, Reply, Rules, Session, SessionIx, Streams,
};
use jobs::{BackupSet, Payload};
use profile::Edition;
use std::rc::Rc;

pub(crate) type Cx<'a> = system::Cx<'a, Event>;

/// Starts a cluster of the given version, `v26.2` or `v2.1`.
pub fn start(version: &str, seed: u64, epoch_us: i64) -> Option<Box<dyn Engine>> {
    let rules = Cockroach::new(Edition::find(version)?, seed);
    Some(system::engine::new_engine(rules, seed, epoch_us))
}

/// What this system puts on the agenda.
#[derive(Clone, Debug, Hash)]
pub enum Event {
    CancelLoop {
        node: NodeIx,
        tenant: TenantIx,
    },
    AdoptLoop {
        node: NodeIx,
        tenant: TenantIx,
    },
    /// Old records are deleted.
    RecordGc,
    /// A job goes on after a wait of its own.
    Step {
        job: JobIx,
        run: u32,
    },
    /// v2.1: the schema changer finds dropped tables of a job.
    CleanUp {
        job: JobIx,
    },
    /// The nodes have noticed that another one does not answer.
    Notice {
        node: NodeIx,
    },
    /// SHOW JOBS WHEN COMPLETE looks again.
    LookAgain {
        session: SessionIx,
        since: Time,
    },
    /// A schedule is due.
    Schedule {
        id: i64,
        run: u32,
    },
}

/// The rules: what CockroachDB knows beyond the shared cluster.
#[derive(Clone, Hash)]
pub struct Cockroach {
    profile: Edition,
    streams: Streams,
    /// By index of the job.
    payloads: Rows<Payload>,
    /// Jobs by tenant and id.
    ids: Rc<Map<(TenantIx, i64), JobIx>>,
    /// Jobs that an adopt loop would take.
    unclaimed: Set<JobIx>,
    /// Jobs whose record holds a request.
    requested: Set<JobIx>,
    /// Jobs by the node and epoch that claimed them.
    claimed: Map<(NodeIx, u32), Set<JobIx>>,
    /// When the sql session of a dead node ends.
    expires: Map<(NodeIx, u32), Time>,
    /// Finished jobs in order of their end.
    ended_at: Set<(Time, JobIx)>,
    /// By node and virtual cluster: each has a registry of its own on every node.
    loops: Map<(NodeIx, TenantIx), loops::Loops>,
    /// How virtual clusters are served: `shared`, `external`; the others are not.
    services: Map<TenantIx, &'static str>,
    waiting: Map<SessionIx, jobs::Waiting>,
    transactions: Map<SessionIx, transactions::Transaction>,
    prepared: Map<(SessionIx, String), Rc<str>>,
    databases: Vec<names::Database>,
    indexes: Vec<names::Index>,
    objects: Vec<execution::Object>,
    backups: Vec<BackupSet>,
    rights: privileges::Rights,
    /// What was set in each virtual cluster, and by the operator for it.
    settings: Map<(TenantIx, Rc<str>), Rc<str>>,
    overrides: Map<(TenantIx, Rc<str>), Rc<str>>,
    /// GC TTLs that differ from the default: by `default`, database or full table name.
    zones: Map<Rc<str>, Duration>,
    /// Defaults of columns.
    defaults: Map<(TableIx, Rc<str>), Value>,
    generated: Map<(TableIx, Rc<str>), names::Generated>,
    /// Names of the constraints that are no indexes: checks and foreign keys.
    constraints: Set<(TableIx, Rc<str>)>,
    schedules: Map<i64, execution::Schedule>,
    /// Row-level TTL by table: few have one, so that a list costs less code than a map.
    ttl: Vec<(TableIx, execution::Ttl)>,
    /// What becomes of a table's TTL when the schema change is through that brings or drops its
    /// column.
    ttl_next: Vec<(TableIx, Option<execution::Ttl>)>,
    descriptors: u32,
    next_range: u32,
    /// Ids that a transaction's jobs were shown with, while COMMIT records them.
    foreseen: Vec<i64>,
    /// The tick of the newest id.
    last_tick: i64,
    booted: bool,
}

impl Cockroach {
    fn new(version: Edition, seed: u64) -> Cockroach {
        Cockroach {
            profile: version,
            streams: Streams::new(seed),
            payloads: Rows::default(),
            ids: Rc::default(),
            unclaimed: Set::new(),
            requested: Set::new(),
            claimed: Map::new(),
            expires: Map::new(),
            ended_at: Set::new(),
            loops: Map::new(),
            waiting: Map::new(),
            transactions: Map::new(),
            prepared: Map::new(),
            databases: Vec::new(),
            indexes: Vec::new(),
            objects: Vec::new(),
            backups: Vec::new(),
            rights: privileges::Rights::default(),
            settings: Map::new(),
            overrides: Map::new(),
            services: Map::new(),
            zones: Map::new(),
            defaults: Map::new(),
            generated: Map::new(),
            constraints: Set::new(),
            schedules: Map::new(),
            ttl: Vec::new(),
            ttl_next: Vec::new(),
            descriptors: version.first_descriptor,
            next_range: 26,
            foreseen: Vec::new(),
            last_tick: 0,
            booted: false,
        }
    }

    /// Bytes a second of one unit of bulk work (export, fill).
    fn bulk_rate(&self) -> u64 {
        self.profile.bulk_rate
    }
}

impl Rules for Cockroach {
    type Event = Event;

    fn setup(&mut self, cx: &mut Cx, words: &[&str], rest: &str) -> Result<()> {
        self.setup_line(cx, words, rest)
    }

    fn boot(&mut self, cx: &mut Cx) {
        self.booted = true;
        self.base_objects(cx);
        self.start_loops(cx);
        self.start_automatic_jobs(cx);
    }

    fn connect(&mut self, cx: &mut Cx, who: &str, via: Option<NodeIx>) -> Result<Session> {
        self.open_session(cx, who, via)
    }

    fn execute(&mut self, cx: &mut Cx, session: SessionIx, text: &str) -> Reply {
        self.run_statement(cx, session, text)
    }

    /// The job that was waited for goes on in the background. reference 3.4
    fn interrupt(&mut self, cx: &mut Cx, session: SessionIx) -> Answer {
        self.waiting.remove(&session);
        self.abort_transaction(cx, session);
        Answer::error(errors::interrupted())
    }

    fn event(&mut self, cx: &mut Cx, event: Event) {
        match event {
            Event::CancelLoop { node, tenant } => self.cancel_loop(cx, node, tenant),
            Event::AdoptLoop { node, tenant } => self.adopt_loop(cx, node, tenant),
            Event::RecordGc => self.record_gc(cx),
            Event::Step { job, run } => match self.payload(job).filter(|p| p.run == run) {
                Some(p) if p.active => self.job_step(cx, job),
                Some(_) => self.changefeed_expired(cx, job),
                None => {}
            },
            Event::CleanUp { job } => self.clean_up_begins(cx, job),
            Event::Notice { node } => self.notice(cx, node),
            Event::LookAgain { session, since } => self.look_again(cx, session, since),
            Event::Schedule { id, run } => self.schedule_due(cx, id, run),
        }
    }

    fn work_ended(&mut self, cx: &mut Cx, at: UnitRef, work: WorkIx, last: bool) {
        let Some(job) = cx.cluster.work(work).map(|w| w.job) else {
            return;
        };
        let Some(span) = self.note_unit(job, at) else {
            return;
        };
        let runs = |r: &Cockroach| {
            r.payload(job)
                .is_some_and(|p| p.active && p.plan.work == Some(work))
        };
        if !runs(self) {
            // v2.1: the background deletion of a job that is over.
            if last {
                self.cleaned_up(cx, job);
            }
            return;
        }
        self.ttl_span(cx, job, span);
        self.wrote_progress(cx, job);
        if last && runs(self) {
            self.phase_ended(cx, job);
        }
    }

    fn fault(&mut self, cx: &mut Cx, fault: &Fault) {
        self.node_fault(cx, fault);
    }

    fn polls(&self, cluster: &Cluster, _now: Time) -> Vec<Poll> {
        self.loops_shown(cluster)
    }

    fn find_job(
        &self,
        cluster: &Cluster,
        session: &Session,
        name: &str,
        now: Time,
    ) -> Option<JobIx> {
        if name.eq_ignore_ascii_case("last") {
            return self.newest_listed(cluster, session, now);
        }
        let id: i64 = name.parse().ok()?;
        let job = *self.ids.get(&(session.tenant, id))?;
        self.may_see(cluster, session, job).then_some(job)
    }

    fn client(&self) -> &'static dyn Client {
        client::of(self.profile)
    }

    fn check(&self, cluster: &Cluster, now: Time) -> Vec<String> {
        self.violations(cluster, now)
    }
}

impl Cockroach {
    /// What must hold beyond the cluster's own invariants.
    fn violations(&self, cluster: &Cluster, now: Time) -> Vec<String> {
        let mut found = Vec::new();
        if self.payloads.len() != cluster.jobs.len() {
            found.push("jobs and payloads differ in number".to_string());
        }
        for (job, j) in cluster.job_list() {
            let id = j.id;
            let claimed = j.claim.is_some_and(|c| {
                self.claimed
                    .get(&(c.node, c.epoch))
                    .is_some_and(|s| s.contains(&job))
            });
            if j.claim.is_some() != claimed {
                found.push(format!("job {id}: record and claims differ"));
            }
            let needs = !j.is_terminal() && j.status != "paused";
            if needs && j.claim.is_none() && !self.unclaimed.contains(&job) {
                found.push(format!("job {id}: nobody will ever adopt it"));
            }
            if self.requested.contains(&job)
                != matches!(j.status, "cancel-requested" | "pause-requested")
            {
                found.push(format!("job {id}: its request is lost"));
            }
            if j.is_terminal() && j.finished.is_none_or(|f| f > now) {
                found.push(format!("job {id}: ended without an end"));
            }
            let Some(p) = self.payload(job) else { continue };
            if self.profile.requests && j.is_terminal() && p.active {
                found.push(format!("job {id}: runs on after its end"));
            }
            if j.is_terminal() && !p.active && !p.protects.is_empty() {
                found.push(format!("job {id}: its protected timestamp outlives it"));
            }
            // A table that a cancelled import took offline must come back, a restored one must go.
            if matches!(j.status, "canceled" | "failed" | "succeeded") && !p.active {
                let offline = p
                    .tables
                    .iter()
                    .filter_map(|t| cluster.table(*t))
                    .any(|t| matches!(t.state, crate::cluster::TableState::Offline(_)));
                if offline && !self.table_in_use(cluster, job) {
                    found.push(format!("job {id}: left a table offline"));
                }
            }
        }
        found
    }

    /// Whether a later job has taken one of the job's tables offline again.
    fn table_in_use(&self, cluster: &Cluster, job: JobIx) -> bool {
        let Some(tables) = self.payload(job).map(|p| &p.tables) else {
            return false;
        };
        cluster.job_list().any(|(other, j)| {
            other != job
                && !j.is_terminal()
                && self
                    .payload(other)
                    .is_some_and(|p| p.tables.iter().any(|t| tables.contains(t)))
        })
    }
}

/// An error of a scenario line.
fn bad_line(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Command, text)
}
