//! Layer 5: systems. A system is a set of rules over the shared cluster: its statements, its
//! privileges, its job state machines, its listings and its client's text. Everything that only
//! one product does stands in that product's folder; what is here serves all of them.

pub mod answer;
#[cfg(any(feature = "cockroachdb", feature = "cockroachdb-v2.1"))]
pub mod cockroachdb;
pub mod engine;
#[cfg(feature = "oceanbase")]
pub mod oceanbase;
pub mod render;
pub mod session;
pub mod setup;

pub use answer::{Answer, Body, Notice};
pub use engine::{Engine, Event, Host, Poll};
pub use session::{Busy, Session, SessionIx};

use crate::base::{Duration, Error, Result, Rng, Rows, Time};
use crate::cluster::{Cluster, Fault, JobIx, NodeIx, Packet, Place, UnitRef, WorkIx};
use crate::sim::Agenda;
use std::hash::Hash;

/// What a rule works on: the cluster, the sessions, the clock.
pub struct Cx<'a, E> {
    pub cluster: &'a mut Cluster,
    pub sessions: &'a mut Rows<Session>,
    pub agenda: &'a mut Agenda<Event<E>>,
}

impl<E> Cx<'_, E> {
    pub fn now(&self) -> Time {
        self.agenda.now()
    }

    /// Puts one of the rules' own events down.
    pub fn after(&mut self, delay: Duration, event: E) {
        self.agenda.after(delay, Event::Rule(event));
    }

    /// Sends a message from node to node: `event` happens when it arrives. False, and nothing is
    /// sent, if the two do not hear each other.
    pub fn send(
        &mut self,
        from: NodeIx,
        to: NodeIx,
        label: &'static str,
        job: Option<JobIx>,
        event: E,
    ) -> bool {
        if !self.cluster.connected(from, to) {
            return false;
        }
        let delay = self.cluster.network.delay(from, to);
        let now = self.now();
        let (from, to) = (Place::Node(from), Place::Node(to));
        let arrives = now + delay;
        self.cluster.show_packet(Packet {
            from,
            to,
            sent: now,
            arrives,
            label,
            job,
        });
        self.after(delay, event);
        true
    }

    /// Gives a waiting session its answer; it is free again.
    pub fn answer(&mut self, session: SessionIx, mut answer: Answer) {
        let now = self.now();
        if let Some(s) = self.sessions.get_mut(session.0 as usize)
            && let Some(busy) = s.busy.take()
        {
            answer.elapsed = now - busy.since;
            s.answer = Some(answer);
            self.cluster.changes += 1;
        }
    }

    pub fn session(&self, ix: SessionIx) -> Option<&Session> {
        self.sessions.get(ix.0 as usize)
    }
}

/// What a statement gives at once.
pub enum Reply {
    Done(Answer),
    /// The session waits; the rules will call [`Cx::answer`].
    Wait,
}

/// The rules of one product. Everything is driven by three things: lines (`setup`, `execute`),
/// the rules' own events, and the ends of work.
pub trait Rules: Clone + Hash + 'static {
    /// What the rules put on the agenda: polls, messages, deadlines.
    type Event: Clone + Hash;

    /// Runs one line of a scenario that is no statement: `\tenant …`, `\user …` and what else this
    /// system's scenarios need. `words` is the line without its backslash, split at blanks;
    /// `rest` the text after the first word.
    fn setup(&mut self, cx: &mut Cx<Self::Event>, words: &[&str], rest: &str) -> Result<()>;

    /// Nodes and tenants stand: starts the loops.
    fn boot(&mut self, cx: &mut Cx<Self::Event>);

    /// Opens a session for `user[@tenant]`, optionally at a given node. Errors as the product's
    /// client would on a failed login.
    fn connect(
        &mut self,
        cx: &mut Cx<Self::Event>,
        who: &str,
        via: Option<NodeIx>,
    ) -> Result<Session>;

    /// Runs one statement (without its terminator) now.
    fn execute(&mut self, cx: &mut Cx<Self::Event>, session: SessionIx, text: &str) -> Reply;

    /// Ctrl-C in a session that waits: the product's own consequence. The session is free afterwards.
    fn interrupt(&mut self, cx: &mut Cx<Self::Event>, session: SessionIx) -> Answer;

    /// One of the rules' own events is due.
    fn event(&mut self, cx: &mut Cx<Self::Event>, event: Self::Event);

    /// A unit of work has ended; `last`: and with it the whole work.
    fn work_ended(&mut self, cx: &mut Cx<Self::Event>, at: UnitRef, work: WorkIx, last: bool);

    /// A fault has happened to the cluster.
    fn fault(&mut self, cx: &mut Cx<Self::Event>, fault: &Fault);

    /// The loops and requests that nodes will serve next, for the picture.
    fn polls(&self, cluster: &Cluster, now: Time) -> Vec<Poll>;

    /// Jobs that `name` (an id, `TENANT/ID`, `last`) means to this session, for `\wait`.
    fn find_job(
        &self,
        cluster: &Cluster,
        session: &Session,
        name: &str,
        now: Time,
    ) -> Option<JobIx>;

    /// What this product calls itself and how its client speaks.
    fn client(&self) -> &'static dyn Client;

    /// Violations of the rules' own invariants; empty when all hold. For tests.
    fn check(&self, cluster: &Cluster, now: Time) -> Vec<String>;
}

/// How a product's client prints and reads.
pub trait Client {
    /// `CockroachDB v26.2`, `OceanBase V4.2.5`.
    fn product(&self) -> &'static str;
    /// The system's name in links: `cockroachdb`, `oceanbase`.
    fn system(&self) -> &'static str;
    /// The session that every scenario opens first: `root`, `root@sys`.
    fn first_session(&self) -> &'static str;
    /// What it prints when it has connected; nothing, unless the product's reference has it.
    fn banner(&self, _: SessionIx) -> String {
        String::new()
    }
    fn prompt(&self, session: &Session) -> String;
    /// The prompt of a continued line.
    fn continuation(&self, session: &Session) -> String;
    /// The whole text that the client prints for an answer to `statement`, lines separated by `\n`, none after the last.
    fn render(&self, session: &Session, statement: &str, answer: &Answer, style: &Style) -> String;
    /// An error alone, as its first line or lines: what test files match.
    fn render_error(&self, session: &Session, statement: &str, error: &Error) -> String;
    /// How a value prints in a result; NULL and booleans included.
    fn value(&self, value: &crate::base::Value, ty: crate::base::Type) -> String;
    /// How the system's SQL is cut into tokens and statements.
    fn flavour(&self, session: &Session) -> &'static crate::sql::Flavour;
    /// Help on a topic (`CANCEL JOBS`, `CANCEL BACKUP`), or the list of topics for an empty one.
    fn help(&self, topic: &str) -> Option<String>;
}

/// Client settings that change how an answer is printed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Style {
    pub format: Format,
    /// Print how long it took.
    pub timing: bool,
    /// `\G` or `\x`: one record under the other.
    pub vertical: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            format: Format::Table,
            timing: true,
            vertical: false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Table,
    Records,
    Csv,
    Tsv,
    Json,
    Markdown,
}

impl Format {
    /// The name that `\format` takes.
    pub fn parse(name: &str) -> Option<Format> {
        Some(match name.to_ascii_lowercase().as_str() {
            "table" => Format::Table,
            "records" => Format::Records,
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "json" => Format::Json,
            "markdown" | "md" => Format::Markdown,
            _ => return None,
        })
    }
}

/// Whether this program holds the rules that a scenario needs: `cockroachdb`, `cockroachdb-v2.1` or
/// `oceanbase`. The page has a program for each.
pub fn is_here(program: &str) -> bool {
    (program == "cockroachdb" && cfg!(feature = "cockroachdb"))
        || (program == "cockroachdb-v2.1" && cfg!(feature = "cockroachdb-v2.1"))
        || (program == "oceanbase" && cfg!(feature = "oceanbase"))
}

/// A fresh engine of the named system; `None` if there is no such system or version here.
/// `epoch_us` is the Unix time of virtual time 0.
pub fn start(name: &str, version: &str, seed: u64, epoch_us: i64) -> Option<Box<dyn Engine>> {
    match name {
        #[cfg(feature = "oceanbase")]
        "oceanbase" => oceanbase::start(version, seed, epoch_us),
        #[cfg(any(feature = "cockroachdb", feature = "cockroachdb-v2.1"))]
        "cockroachdb" => cockroachdb::start(version, seed, epoch_us),
        _ => None,
    }
}

/// The random streams that every system needs, each of its own.
#[derive(Clone, Debug, Hash)]
pub struct Streams {
    /// Jitter of loops.
    pub polls: Rng,
    /// Ids that the product draws.
    pub ids: Rng,
    /// Small variations of work: sizes, rates.
    pub work: Rng,
}

impl Streams {
    pub fn new(seed: u64) -> Streams {
        Streams {
            polls: Rng::new(seed, "polls"),
            ids: Rng::new(seed, "ids"),
            work: Rng::new(seed, "work"),
        }
    }
}
