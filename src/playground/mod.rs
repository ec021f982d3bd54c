//! Layer 6: the only façade. Plain data in and out: lines go in, a transcript and a view come out.
//!
//! A run is a *run log* on a *scenario* with a *seed*. Time travel, undo and previews are one
//! mechanism: restore the nearest checkpoint, run the log forward.

pub mod command;
mod console;
mod cut;
mod files;
mod machine;
mod perform;
mod preview;
pub mod scenario;
pub mod view;

pub use command::Command;
pub use console::{Console, Entry, EntryKind, Outcome};
pub use preview::{Next, Preview};
pub use scenario::{SCENARIOS, Scenario};
pub use view::View;

use crate::base::{Duration, Error, ErrorKind, Result, Span, Time};
pub use crate::cluster::JobIx;
use crate::sim::{Checkpoints, Entry as LogEntry, RunLog};
use crate::system::{Engine, is_here};
use console::{State, Waiting};
use std::rc::Rc;

/// Lines that one paste may run.
const MAX_PASTED: usize = 1_000;

/// A cluster with its consoles, its past and its futures.
pub struct Playground {
    log: RunLog,
    /// How many entries of the log have been run; those behind it are a future that was left by going back.
    done: usize,
    state: State,
    points: Checkpoints<State>,
    /// Lines that `\undo` took back, last first, each with its time.
    undone: Vec<LogEntry>,
    waiting: Waiting,
    /// Raised by everything that may change what a person sees without the cluster's doing: a line, a seek.
    revision: u64,
}

impl Playground {
    /// Starts a scenario. Errors if there is none of that name, or if its lines fail.
    pub fn open(scenario: &str, seed: u64) -> Result<Playground> {
        Ok(Playground::with_state(
            scenario,
            seed,
            scenario::start(scenario, seed)?,
        ))
    }

    fn with_state(scenario: &str, seed: u64, state: State) -> Playground {
        let mut points = Checkpoints::default();
        points.keep(state.engine.now(), 0, state.clone());
        Playground {
            log: RunLog {
                scenario: scenario.to_owned(),
                seed,
                entries: Vec::new(),
            },
            done: 0,
            state,
            points,
            undone: Vec::new(),
            waiting: Waiting::Wait,
            revision: 0,
        }
    }

    /// Starts from the lines of a scenario that is not shipped.
    pub fn open_lines(lines: &str, seed: u64) -> Result<Playground> {
        Ok(Playground::with_state(
            "",
            seed,
            scenario::load(lines, seed)?,
        ))
    }

    /// A run log, played up to `until`: its lines up to then are the past, the later ones a future
    /// that runs again when time comes to it. Errors as [`Playground::open`].
    pub fn replay(log: RunLog, until: Time) -> Result<Playground> {
        let mut playground = Playground::open(&log.scenario, log.seed)?;
        playground.log.entries = log.entries;
        playground.run_until(until);
        Ok(playground)
    }

    /// Blocking statements run the clock until they return, as `jobscope run` and test files want it.
    pub fn running_the_clock(mut self) -> Playground {
        self.waiting = Waiting::RunClock;
        self
    }

    pub fn scenario(&self) -> &str {
        &self.log.scenario
    }
    pub fn seed(&self) -> u64 {
        self.log.seed
    }
    pub fn now(&self) -> Time {
        self.state.engine.now()
    }
    pub fn engine(&self) -> &dyn Engine {
        &*self.state.engine
    }
    /// The end of the log: where playing back would lead. At least now.
    pub fn horizon(&self) -> Time {
        self.log
            .entries
            .last()
            .map_or(self.now(), |e| e.at.max(self.now()))
    }
    /// Changes whenever something that can be seen may have changed, except by time passing alone.
    pub fn revision(&self) -> (u64, u64) {
        (self.revision, self.state.engine.cluster().changes)
    }
    /// The hash of the whole state: the same for the same inputs on every machine.
    #[cfg(feature = "inspect")]
    pub fn hash(&self) -> u64 {
        self.state.engine.hash()
    }
    /// The consoles, one per session, in order of opening.
    pub fn consoles(&self) -> &[Console] {
        &self.state.consoles
    }
    /// The session that lines go to which name none.
    pub fn current(&self) -> &str {
        self.state
            .consoles
            .get(self.state.current)
            .map_or("", |c| &c.name)
    }
    /// The prompt of a console: continued lines have their own.
    pub fn prompt(&self, session: &str, continued: bool) -> String {
        self.state.prompt(session, continued)
    }
    pub fn log(&self) -> &RunLog {
        &self.log
    }
    /// The time at which each line of the past was run, for the timeline.
    pub fn entries(&self) -> &[LogEntry] {
        &self.log.entries
    }

    /// Takes what was typed or pasted into the console of `session` and runs every complete line of it.
    /// Returns what each of them gave at once; the rest without an end is returned as the text that
    /// is still to be continued. Lines typed while the session waits are kept and run in their turn.
    pub fn submit(&mut self, session: &str, text: &str) -> (Vec<Outcome>, String) {
        let mut outcomes = Vec::new();
        let mut at = 0;
        // One at a time: a line may switch the session's way of cutting, or end the scenario.
        while let Some(length) = self.next_line(self.named(session), &text[at..]) {
            let line = text[at..at + length].trim();
            at += length;
            let outcome = self.line(session, line);
            let leaves = outcome.elsewhere.is_some();
            outcomes.push(outcome);
            if leaves {
                // What follows is for whoever goes on there.
                return (outcomes, text[at..].to_owned());
            }
            if outcomes.len() == MAX_PASTED {
                let error = Error::new(
                    ErrorKind::Limit,
                    format!("a paste runs {MAX_PASTED} lines at the most; the rest was not run"),
                );
                let refused = Outcome::error(error);
                outcomes.push(self.state.say(session, "…", refused, Time::ZERO));
                return (outcomes, String::new());
            }
        }
        let rest = &text[at..];
        let blank = self.is_blank(self.named(session), rest);
        (
            outcomes,
            if blank {
                String::new()
            } else {
                rest.to_owned()
            },
        )
    }

    /// The session of that name; the current one for an empty name.
    fn named<'a>(&'a self, session: &'a str) -> &'a str {
        if session.is_empty() {
            self.current()
        } else {
            session
        }
    }

    /// Runs one line in the console of `session` (empty: the current one).
    pub fn line(&mut self, session: &str, line: &str) -> Outcome {
        let session = self.named(session).to_owned();
        self.revision += 1;
        let command = match Command::parse(line) {
            Some(Ok(command)) => Some(command),
            Some(Err(error)) => {
                return self
                    .state
                    .say(&session, line, Outcome::error(error), Time::ZERO);
            }
            None => None,
        };
        if let Some(outcome) = command
            .as_ref()
            .and_then(|c| self.outside(&session, line, c))
        {
            return outcome;
        }
        if self.state.is_busy(&session) && command.is_none() {
            return self.state.queue(&session, line);
        }
        // A line typed in the past starts another future.
        self.cut_future();
        self.undone.clear();
        let at = self.now();
        let before = self.state.engine.cluster().changes;
        let entry = LogEntry {
            at,
            session: session.clone(),
            line: line.to_owned(),
        };
        self.log.entries.push(entry.clone());
        self.done = self.log.entries.len();
        let outcome = self.state.apply(&entry, self.waiting);
        let untouched = self.now() == at && self.state.engine.cluster().changes == before;
        if outcome.failed() && command.is_some() && untouched {
            // A refused command changed nothing: it does not belong to the run.
            self.log.entries.pop();
            self.done = self.log.entries.len();
        }
        self.collect_queued();
        let last = self.points.nearest(Time::MAX, usize::MAX);
        let (time, mark) = last.map_or((Time::ZERO, 0), |p| (p.0, p.1));
        // After a checkpoint everything that changes is copied first: among thousands of jobs it costs
        // more than to run some lines again.
        let small = self.state.engine.cluster().works.len() < 500;
        if small || self.done >= mark + 16 || self.now() >= time + Duration::from_secs(5) {
            self.points.keep(self.now(), self.done, self.state.clone());
        }
        outcome
    }

    /// Commands that act on the playground itself and are not part of the run.
    fn outside(&mut self, session: &str, line: &str, command: &Command) -> Option<Outcome> {
        let now = self.now();
        let result: Result<String> = match command {
            Command::Scenario { name, seed } => {
                let seed = seed.unwrap_or(self.log.seed);
                if scenario::find(name).is_some_and(|s| !is_here(s.program)) {
                    return Some(Outcome {
                        elsewhere: Some((name.clone(), seed)),
                        ..Outcome::default()
                    });
                }
                Playground::open(name, seed).map(|fresh| {
                    let waiting = self.waiting;
                    *self = fresh;
                    self.waiting = waiting;
                    format!("Scenario {name}, seed {seed}.")
                })
            }
            Command::Reset => {
                let (name, seed) = (self.log.scenario.clone(), self.log.seed);
                Playground::open(&name, seed).map(|fresh| {
                    let waiting = self.waiting;
                    *self = fresh;
                    self.waiting = waiting;
                    format!("Scenario {name}, seed {seed}, from the start.")
                })
            }
            Command::Seek(time) => {
                self.seek(Time(time.0));
                Ok(format!("Now at {}.", Duration(self.now().0)))
            }
            Command::Undo => self.undo().map(|line| format!("Taken back: {line}")),
            Command::Redo => self.redo().map(|line| format!("Run again: {line}")),
            Command::Log => Ok(self.log_text()),
            // The clock of the screen is the screen's; in a run it changes nothing.
            Command::Pause | Command::Play | Command::Speed(_) => Ok(String::new()),
            Command::Preview { statement, horizon } => self
                .preview(session, statement, *horizon)
                .map(|p| p.to_string()),
            _ => return None,
        };
        // The console that speaks may be gone after `\scenario`: then the first one does.
        let session = if self.state.console(session).is_some() {
            session
        } else {
            self.current()
        };
        let session = session.to_owned();
        let outcome = match result {
            Ok(text) => Outcome::text(text),
            Err(error) => Outcome::error(error),
        };
        Some(self.state.say(&session, line, outcome, now))
    }

    /// Lets virtual time pass up to `until`. Lines that wait for a busy session run when it is free;
    /// lines of a future that was left by going back run again at their times.
    pub fn run_until(&mut self, until: Time) {
        while let Some(entry) = self.log.entries.get(self.done).cloned() {
            if entry.at > until {
                break;
            }
            self.state.run_until(entry.at);
            self.state.apply(&entry, self.waiting);
            self.done += 1;
            self.revision += 1;
        }
        if self.state.has_queue() {
            // Stop where the session comes free, run the line there.
            while self.now() < until && self.state.has_queue() {
                if !self.state.run_until_free(until) {
                    break;
                }
                self.collect_queued();
            }
        }
        self.state.run_until(until);
        let last = self
            .points
            .nearest(Time::MAX, usize::MAX)
            .map_or(Time::ZERO, |p| p.0);
        if self.now() >= last + Duration::from_secs(5) {
            self.points.keep(self.now(), self.done, self.state.clone());
        }
    }

    /// Forgets what lay after this moment: another future begins.
    fn cut_future(&mut self) {
        self.log.entries.truncate(self.done);
        self.points.cut(self.now(), self.done);
    }

    fn collect_queued(&mut self) {
        while let Some((session, line)) = self.state.next_queued() {
            let at = self.now();
            let entry = LogEntry { at, session, line };
            self.cut_future();
            self.log.entries.push(entry.clone());
            self.done = self.log.entries.len();
            self.state.apply(&entry, self.waiting);
            self.revision += 1;
        }
    }

    /// Runs to the next event that changes anything visible; false if nothing is left to happen within a day.
    pub fn step(&mut self) -> bool {
        let limit = self.now() + Duration::from_hours(24);
        let next_entry = self.log.entries.get(self.done).map(|e| e.at);
        let stepped = self.state.step(next_entry.unwrap_or(limit).min(limit));
        if !stepped && let Some(at) = next_entry {
            self.run_until(at);
            return true;
        }
        stepped
    }

    /// Ctrl-C in a console: a half-typed line is the face's business; a waiting statement gives the session back.
    pub fn interrupt(&mut self, session: &str) -> Option<Outcome> {
        if !self.state.is_busy(session) {
            return None;
        }
        Some(self.line(session, "\\interrupt"))
    }

    /// Goes to a moment of this run, back or forward. Going back keeps the log: playing on repeats it.
    pub fn seek(&mut self, time: Time) {
        self.revision += 1;
        if time >= self.now() {
            self.run_until(time);
            return;
        }
        // Before the scenario stood there is nothing to go back to.
        let time = time.max(self.points.first().unwrap_or(time));
        let marks = self.log.entries.iter().take_while(|e| e.at <= time).count();
        self.restore(time, marks);
    }

    /// The state at `time` with the first `marks` entries of the log run.
    fn restore(&mut self, time: Time, marks: usize) {
        let Some((_, mark, state)) = self.points.nearest(time, marks) else {
            return;
        };
        self.state = state.clone();
        self.done = mark;
        while self.done < marks {
            let Some(entry) = self.log.entries.get(self.done).cloned() else {
                break;
            };
            self.state.run_until(entry.at);
            self.state.apply(&entry, self.waiting);
            self.done += 1;
        }
        self.state.run_until(time);
        // Later checkpoints stay valid: they belong to the same log.
    }

    /// Takes back the last line that is part of the run: the cluster is as it was just before it.
    pub fn undo(&mut self) -> Result<String> {
        let last = self
            .done
            .checked_sub(1)
            .and_then(|i| self.log.entries.get(i))
            .cloned();
        let Some(entry) = last else {
            return Err(Error::new(ErrorKind::Command, "there is nothing to undo"));
        };
        let marks = self.done - 1;
        self.points.cut(entry.at, marks);
        self.restore(entry.at, marks);
        self.log.entries.truncate(marks);
        self.undone.push(entry.clone());
        self.revision += 1;
        Ok(entry.line)
    }

    /// Runs the line again that the last `\undo` took back.
    pub fn redo(&mut self) -> Result<String> {
        let Some(entry) = self.undone.pop() else {
            return Err(Error::new(ErrorKind::Command, "there is nothing to redo"));
        };
        let kept = std::mem::take(&mut self.undone);
        self.run_until(entry.at);
        self.line(&entry.session, &entry.line);
        self.undone = kept;
        Ok(entry.line)
    }

    /// The run as lines that can be typed or kept in a file: `jobscope run` gives the same cluster.
    pub fn log_text(&self) -> String {
        let mut out = format!("\\scenario {} seed {}\n", self.log.scenario, self.log.seed);
        let mut copy = scenario::start(&self.log.scenario, self.log.seed).ok();
        let mut session = copy.as_ref().map_or(String::new(), |s| {
            s.consoles
                .first()
                .map_or(String::new(), |c| c.name.to_string())
        });
        for entry in self.log.entries.iter().take(self.done) {
            if let Some(state) = &mut copy {
                let gap = entry.at - state.engine.now();
                if gap > Duration::ZERO {
                    out.push_str(&format!("\\advance {gap}\n"));
                }
                state.run_until(entry.at);
                state.apply(entry, self.waiting);
            }
            if entry.session != session {
                out.push_str(&format!("\\connect {}\n", entry.session));
                session.clone_from(&entry.session);
            }
            out.push_str(&entry.line);
            out.push('\n');
        }
        if let Some(state) = &copy {
            let gap = self.now() - state.engine.now();
            if gap > Duration::ZERO {
                out.push_str(&format!("\\advance {gap}\n"));
            }
        }
        out
    }

    /// What a statement would change, and when, on a copy of the cluster that is thrown away.
    pub fn preview(
        &self,
        session: &str,
        statement: &str,
        horizon: Option<Duration>,
    ) -> Result<Preview> {
        preview::statement(&self.state, session, statement, horizon)
    }

    /// What will happen to a job if nobody does anything, from a copy that is run ahead.
    pub fn what_next(&self, job: JobIx) -> Vec<Next> {
        preview::job(&self.state, job)
    }

    /// The state machine of a job, by its view's key.
    pub fn machine(&self, job: u32) -> Option<view::MachineView> {
        machine::machine(&*self.state.engine, JobIx(job))
    }

    /// The cluster as plain data.
    pub fn view(&self) -> View {
        view::build(&*self.state.engine, &self.log.scenario, self.log.seed)
    }

    /// Opens a session (or finds the open one) without switching to it; its console is there afterwards.
    /// Opening one is part of the run.
    pub fn open_session(&mut self, name: &str) -> Result<()> {
        if self.state.console(name).is_some() {
            return Ok(());
        }
        let current = self.state.current;
        let outcome = self.line("", &format!("\\connect {name}"));
        self.state.current = current;
        match outcome.error {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The byte length of the first complete line of `text` in that console, if it has one.
    pub fn next_line(&self, session: &str, text: &str) -> Option<usize> {
        self.state.next_line(session, text)
    }

    /// Whether `text` has nothing to run.
    pub fn is_blank(&self, session: &str, text: &str) -> bool {
        self.state.is_blank(session, text)
    }

    /// Since when the session has been waiting for its statement's answer; `None` if it is free.
    pub fn waits(&self, session: &str) -> Option<Time> {
        self.state.waits(session)
    }

    /// The classes of the pieces of a text, for colours: `keyword`, `string`, … (`sql::highlight`).
    pub fn highlight(&self, session: &str, text: &str) -> Vec<(Span, &'static str)> {
        self.state.highlight(session, text)
    }

    /// How typed text would be cut: is there a complete line in it?
    pub fn is_complete(&self, session: &str, text: &str) -> bool {
        self.state.next_line(session, text).is_some()
    }
}

/// The transcript of a console as one text, as it stands on the screen.
pub fn transcript_text(entries: &[Rc<Entry>]) -> String {
    let mut out = String::new();
    for entry in entries {
        out.push_str(&entry.text);
        out.push('\n');
    }
    out
}
