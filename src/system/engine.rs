//! A system's rules on a simulated cluster, behind one interface that does not know which system it is.

use super::{Answer, Busy, Client, Cx, Reply, Rules, Session, SessionIx, setup};
#[cfg(feature = "inspect")]
use crate::base::StateHasher;
use crate::base::{Duration, Error, ErrorKind, Result, Rng, Rows, Time};
use crate::cluster::{Cluster, Fault, JobIx, NodeIx, Packet, Place, UnitRef};
use crate::sim::{Agenda, Simulation, World};
use std::hash::Hash;
#[cfg(feature = "inspect")]
use std::hash::Hasher;
use std::rc::Rc;

/// What can happen: an end of work, or one of the rules' own events.
#[derive(Clone, Hash)]
pub enum Event<E> {
    UnitEnd { at: UnitRef, generation: u32 },
    Rule(E),
}

/// A loop of a node that serves requests: when it runs next and how long its period is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    pub node: NodeIx,
    /// The product's name for it: `cancel loop`, `adopt loop`, `backup service`.
    pub name: &'static str,
    pub last: Time,
    pub next: Time,
    /// Whether a request waits for it now.
    pub awaited: bool,
}

/// Cluster, sessions and rules together: the world of the simulation.
#[derive(Clone, Hash)]
pub struct Host<R: Rules> {
    pub cluster: Cluster,
    pub sessions: Rows<Session>,
    pub rules: R,
    /// How long statements take at an idle node, beyond the node's own latency.
    latency: Rng,
}

impl<R: Rules> World for Host<R> {
    type Event = Event<R::Event>;

    fn handle(&mut self, event: Self::Event, agenda: &mut Agenda<Self::Event>) {
        let now = agenda.now();
        match event {
            Event::UnitEnd { at, generation } => {
                if let Some((work, last)) = self.cluster.unit_ended(now, at, generation) {
                    self.with(agenda, |rules, cx| rules.work_ended(cx, at, work, last));
                }
            }
            Event::Rule(event) => self.with(agenda, |rules, cx| rules.event(cx, event)),
        }
        self.flush(agenda);
    }
}

impl<R: Rules> Host<R> {
    fn with<T>(
        &mut self,
        agenda: &mut Agenda<Event<R::Event>>,
        act: impl FnOnce(&mut R, &mut Cx<R::Event>) -> T,
    ) -> T {
        let mut cx = Cx {
            cluster: &mut self.cluster,
            sessions: &mut self.sessions,
            agenda,
        };
        let result = act(&mut self.rules, &mut cx);
        self.flush(agenda);
        result
    }

    /// Puts the newly computed ends of units on the agenda.
    fn flush(&mut self, agenda: &mut Agenda<Event<R::Event>>) {
        for (time, at, generation) in self.cluster.take_pending(agenda.now()) {
            agenda.at(time, Event::UnitEnd { at, generation });
        }
    }
}

/// A running system, whichever it is. Cloning one is a checkpoint, a fork or a preview.
pub trait Engine {
    fn boxed_clone(&self) -> Box<dyn Engine>;
    fn now(&self) -> Time;
    fn next_event(&self) -> Option<Time>;
    /// Handles one event if it is due by `limit`; false if there is none.
    fn step(&mut self, limit: Time) -> bool;
    fn run_until(&mut self, until: Time);
    fn cluster(&self) -> &Cluster;
    fn sessions(&self) -> &Rows<Session>;
    fn client(&self) -> &'static dyn Client;
    /// Events handled since the start.
    fn handled(&self) -> u64;
    /// The hash of the whole state.
    #[cfg(feature = "inspect")]
    fn hash(&self) -> u64;

    /// One line of a scenario that is no statement and no console command.
    fn setup(&mut self, line: &str) -> Result<()>;
    fn boot(&mut self);
    /// Opens a session, or finds the open one of that name.
    fn connect(&mut self, name: &str, via: Option<NodeIx>) -> Result<SessionIx>;
    /// Runs a statement: the answer once it is there (the clock has moved on by its latency), or
    /// `None` if the session waits now.
    fn execute(&mut self, session: SessionIx, text: &str) -> Option<Answer>;
    /// The answer of a statement that had to wait, once.
    fn take_answer(&mut self, session: SessionIx) -> Option<Answer>;
    /// Ctrl-C; `None` if the session does not wait.
    fn interrupt(&mut self, session: SessionIx) -> Option<Answer>;
    fn fault(&mut self, fault: &Fault) -> Result<()>;
    fn polls(&self) -> Vec<Poll>;
    fn find_job(&self, session: SessionIx, name: &str) -> Option<JobIx>;
    /// Violated invariants; empty when all hold.
    #[cfg(feature = "inspect")]
    fn check(&self) -> Vec<String>;
}

impl<R: Rules> Engine for Simulation<Host<R>> {
    fn boxed_clone(&self) -> Box<dyn Engine> {
        Box::new(self.clone())
    }
    fn now(&self) -> Time {
        self.agenda.now()
    }
    fn next_event(&self) -> Option<Time> {
        self.agenda.next_time()
    }
    fn step(&mut self, limit: Time) -> bool {
        self.world.flush(&mut self.agenda);
        Simulation::step(self, limit)
    }
    fn run_until(&mut self, until: Time) {
        self.world.flush(&mut self.agenda);
        Simulation::run_until(self, until);
    }
    fn cluster(&self) -> &Cluster {
        &self.world.cluster
    }
    fn sessions(&self) -> &Rows<Session> {
        &self.world.sessions
    }
    fn client(&self) -> &'static dyn Client {
        self.world.rules.client()
    }
    fn handled(&self) -> u64 {
        self.agenda.handled()
    }
    #[cfg(feature = "inspect")]
    fn hash(&self) -> u64 {
        let mut hasher = StateHasher::default();
        self.world.hash(&mut hasher);
        self.agenda.hash(&mut hasher);
        hasher.finish()
    }

    fn setup(&mut self, line: &str) -> Result<()> {
        let Simulation { world, agenda } = self;
        if setup::common(&mut world.cluster, agenda.now(), line)? {
            return Ok(());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let rest = line
            .split_once(char::is_whitespace)
            .map_or("", |(_, rest)| rest.trim());
        // Ends of units are put down when time goes on: thousands of lines in one moment that each
        // start work would else each share out all nodes anew.
        let mut cx = Cx {
            cluster: &mut world.cluster,
            sessions: &mut world.sessions,
            agenda,
        };
        world.rules.setup(&mut cx, &words, rest)
    }

    fn boot(&mut self) {
        self.world
            .with(&mut self.agenda, |rules, cx| rules.boot(cx));
    }

    fn connect(&mut self, name: &str, via: Option<NodeIx>) -> Result<SessionIx> {
        let open = self
            .world
            .sessions
            .enumerate()
            .find(|(_, s)| &*s.name == name);
        if let Some((i, s)) = open
            && via.is_none_or(|node| node == s.node)
        {
            return Ok(SessionIx(i as u32));
        }
        let user = name.split('#').next().unwrap_or(name);
        let mut session = self
            .world
            .with(&mut self.agenda, |rules, cx| rules.connect(cx, user, via))?;
        session.name = Rc::from(name);
        self.world.cluster.changes += 1;
        Ok(SessionIx(self.world.sessions.push(session) as u32))
    }

    fn execute(&mut self, ix: SessionIx, text: &str) -> Option<Answer> {
        let now = self.now();
        let Simulation { world, agenda } = self;
        let session = world.sessions.get_mut(ix.0 as usize)?;
        let node = session.node;
        session.busy = Some(Busy {
            since: now,
            statement: Rc::from(text),
        });
        session.answer = None;
        world.cluster.show_packet(Packet {
            from: Place::Client(ix.0),
            to: Place::Node(node),
            sent: now,
            arrives: now + Duration::from_millis(1),
            label: "statement",
            job: None,
        });
        match world.with(agenda, |rules, cx| rules.execute(cx, ix, text)) {
            Reply::Wait => None,
            Reply::Done(mut answer) => {
                // A statement that does not wait takes 1 to 20 ms: the node's own latency, which
                // background work raises, what parsing and planning take, and what the rules add.
                let own = world.latency.between(400, 3_000);
                let us = world
                    .cluster
                    .latency_us(node)
                    .saturating_add(own + answer.elapsed.0)
                    .clamp(1_000, 20_000);
                answer.elapsed = Duration::from_micros(us);
                self.run_until(now + answer.elapsed);
                if let Some(session) = self.world.sessions.get_mut(ix.0 as usize) {
                    session.busy = None;
                    session.answer = None;
                }
                Some(answer)
            }
        }
    }

    fn take_answer(&mut self, session: SessionIx) -> Option<Answer> {
        let has = self
            .world
            .sessions
            .get(session.0 as usize)?
            .answer
            .is_some();
        if !has {
            return None;
        }
        self.world
            .sessions
            .get_mut(session.0 as usize)?
            .answer
            .take()
    }

    fn interrupt(&mut self, session: SessionIx) -> Option<Answer> {
        let busy = self.world.sessions.get(session.0 as usize)?.busy.clone()?;
        let mut answer = self
            .world
            .with(&mut self.agenda, |rules, cx| rules.interrupt(cx, session));
        answer.elapsed = self.now() - busy.since;
        if let Some(s) = self.world.sessions.get_mut(session.0 as usize) {
            s.busy = None;
            s.answer = None;
        }
        Some(answer)
    }

    fn fault(&mut self, fault: &Fault) -> Result<()> {
        let now = self.now();
        self.world
            .cluster
            .apply_fault(now, fault)
            .map_err(|why| Error::new(ErrorKind::Command, why))?;
        self.world
            .with(&mut self.agenda, |rules, cx| rules.fault(cx, fault));
        Ok(())
    }

    fn polls(&self) -> Vec<Poll> {
        self.world.rules.polls(&self.world.cluster, self.now())
    }

    fn find_job(&self, session: SessionIx, name: &str) -> Option<JobIx> {
        let session = self.world.sessions.get(session.0 as usize)?;
        self.world
            .rules
            .find_job(&self.world.cluster, session, name, self.now())
    }

    #[cfg(feature = "inspect")]
    fn check(&self) -> Vec<String> {
        let mut found = self.world.cluster.check();
        found.extend(self.world.rules.check(&self.world.cluster, self.now()));
        found
    }
}

/// A fresh engine for `rules`, with an empty cluster.
pub fn new_engine<R: Rules>(rules: R, seed: u64, epoch_us: i64) -> Box<dyn Engine> {
    let world = Host {
        cluster: Cluster::new(seed, epoch_us),
        sessions: Rows::default(),
        rules,
        latency: Rng::new(seed, "latency"),
    };
    Box::new(Simulation::new(world))
}
