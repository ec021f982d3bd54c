//! Consoles: one per session, with its transcript; and the state that lines act on.

use super::command::Command;
use super::cut;
use crate::base::{Duration, Error, ErrorKind, Span, Time};
use crate::cluster::NodeIx;
use crate::sim::Entry as LogEntry;
use crate::sql::highlight::classes;
use crate::system::{Answer, Body, Engine, Session, SessionIx, Style};
use std::collections::VecDeque;
use std::rc::Rc;

/// A console: a session and what stands on its screen.
#[derive(Clone)]
pub struct Console {
    /// As `\connect` takes it.
    pub name: Rc<str>,
    pub session: SessionIx,
    pub style: Style,
    /// Oldest first. Bounded: old entries go when it grows too long.
    pub entries: Vec<Rc<Entry>>,
    /// How many have gone.
    pub gone: usize,
    /// Lines typed while the session waits.
    pub queue: VecDeque<Rc<str>>,
    /// Sent by `\start`; its answer is printed by `\result`.
    pub started: Option<Rc<str>>,
    pub(super) started_answer: Option<Answer>,
}

/// One piece of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Time,
    pub kind: EntryKind,
    /// For input: the prompt that it was typed at; else empty.
    pub prompt: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Input,
    Output,
    Error,
    /// What a backslash command says.
    Note,
}

/// What a line gave.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// As the client prints it; empty while the statement waits.
    pub text: String,
    /// The structured answer of a statement.
    pub answer: Option<Answer>,
    /// The error, with the text that the client prints for it.
    pub error: Option<Error>,
    pub error_text: String,
    /// The statement waits; its answer comes in the transcript.
    pub waits: bool,
    /// The line asks for a scenario that another program holds: its name and the seed. Nothing has
    /// changed here; who shows this playground goes there.
    pub elsewhere: Option<(String, u64)>,
}

impl Outcome {
    pub fn text(text: impl Into<String>) -> Outcome {
        Outcome {
            text: text.into(),
            ..Outcome::default()
        }
    }
    /// An error of the playground itself, not of a product.
    pub fn error(error: Error) -> Outcome {
        let mut text = error.message.clone();
        if let Some(hint) = &error.hint {
            text.push_str(&format!("\nHINT: {hint}"));
        }
        Outcome {
            error_text: text,
            error: Some(error),
            ..Outcome::default()
        }
    }
    pub fn failed(&self) -> bool {
        self.error.is_some()
    }
    /// The text to print, whichever it is.
    pub fn printed(&self) -> &str {
        if self.failed() {
            &self.error_text
        } else {
            &self.text
        }
    }
}

/// What happens to a line that must wait for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// The session is busy, time goes on outside.
    Wait,
    /// Time is run until the answer is there.
    RunClock,
}

/// Longest a blocking statement or `\wait` may run the clock.
pub(super) const DAY: Duration = Duration::from_hours(24);
/// A console forgets its oldest entries beyond this.
const MAX_ENTRIES: usize = 2_000;

/// Engine and consoles: what a checkpoint keeps.
#[derive(Clone)]
pub(super) struct State {
    pub engine: Box<dyn Engine>,
    pub consoles: Vec<Console>,
    pub current: usize,
}

impl Clone for Box<dyn Engine> {
    fn clone(&self) -> Self {
        (**self).boxed_clone()
    }
}

impl State {
    pub fn new(engine: Box<dyn Engine>) -> State {
        State {
            engine,
            consoles: Vec::new(),
            current: 0,
        }
    }

    pub fn console(&self, name: &str) -> Option<&Console> {
        self.consoles.iter().find(|c| &*c.name == name)
    }
    pub(super) fn console_mut(&mut self, name: &str) -> Option<&mut Console> {
        self.consoles.iter_mut().find(|c| &*c.name == name)
    }
    pub(super) fn session(&self, name: &str) -> Option<&Session> {
        let ix = self.console(name)?.session;
        self.engine.sessions().get(ix.0 as usize)
    }
    pub fn is_busy(&self, name: &str) -> bool {
        self.session(name)
            .is_some_and(|s| s.busy.is_some() || s.answer.is_some())
    }

    pub fn waits(&self, name: &str) -> Option<Time> {
        let busy = self.session(name)?.busy.as_ref()?;
        Some(busy.since)
    }

    pub fn prompt(&self, name: &str, continued: bool) -> String {
        let client = self.engine.client();
        match self.session(name) {
            Some(s) if continued => client.continuation(s),
            Some(s) => client.prompt(s),
            None => "> ".into(),
        }
    }

    /// The length of the first complete line of `text`, cut as the session's SQL wants it.
    pub fn next_line(&self, session: &str, text: &str) -> Option<usize> {
        let flavour = self.engine.client().flavour(self.session(session)?);
        cut::first_line(text, flavour)
    }

    pub fn highlight(&self, session: &str, text: &str) -> Vec<(Span, &'static str)> {
        let Some(session) = self.session(session) else {
            return Vec::new();
        };
        let flavour = self.engine.client().flavour(session);
        classes(text, flavour)
            .into_iter()
            .map(|(span, class)| (span, class.name()))
            .collect()
    }

    /// Whether `text` has nothing to run: blanks and comments.
    pub fn is_blank(&self, session: &str, text: &str) -> bool {
        let Some(session) = self.session(session) else {
            return true;
        };
        cut::is_blank(text, self.engine.client().flavour(session))
    }

    /// Opens a session and its console, or finds it.
    pub fn open(&mut self, name: &str, via: Option<NodeIx>) -> Result<usize, Error> {
        let ix = self.engine.connect(name, via)?;
        if let Some(i) = self.consoles.iter().position(|c| &*c.name == name) {
            if let Some(console) = self.consoles.get_mut(i) {
                console.session = ix;
            }
            return Ok(i);
        }
        let style = self
            .consoles
            .first()
            .map_or_else(Style::default, |c| c.style.clone());
        self.consoles.push(Console {
            name: Rc::from(name),
            session: ix,
            style,
            entries: Vec::new(),
            gone: 0,
            queue: VecDeque::new(),
            started: None,
            started_answer: None,
        });
        Ok(self.consoles.len() - 1)
    }

    /// What the client prints in a console whose session is not the one it was `before`.
    pub(super) fn welcome(&mut self, name: &str, before: Option<SessionIx>) {
        let session = self.console(name).map(|c| c.session);
        if let Some(session) = session.filter(|_| session != before) {
            let banner = self.engine.client().banner(session);
            if !banner.is_empty() {
                self.push(name, EntryKind::Output, String::new(), banner);
            }
        }
    }

    fn push(&mut self, session: &str, kind: EntryKind, prompt: String, text: String) {
        let at = self.engine.now();
        if let Some(console) = self.console_mut(session) {
            console.entries.push(Rc::new(Entry {
                at,
                kind,
                prompt,
                text,
            }));
            if console.entries.len() > MAX_ENTRIES + MAX_ENTRIES / 4 {
                console.entries.drain(..MAX_ENTRIES / 4);
                console.gone += MAX_ENTRIES / 4;
            }
        }
    }

    /// Writes a line and what came of it into the transcript.
    pub fn say(&mut self, session: &str, line: &str, outcome: Outcome, _at: Time) -> Outcome {
        let prompt = self.prompt(session, false);
        self.push(session, EntryKind::Input, prompt, line.to_owned());
        self.print(session, &outcome, true);
        outcome
    }

    fn print(&mut self, session: &str, outcome: &Outcome, note: bool) {
        let kind = match (outcome.failed(), note) {
            (true, _) => EntryKind::Error,
            (false, true) => EntryKind::Note,
            (false, false) => EntryKind::Output,
        };
        if !outcome.printed().is_empty() {
            self.push(session, kind, String::new(), outcome.printed().to_owned());
        }
    }

    /// Keeps a line until the session is free.
    pub fn queue(&mut self, session: &str, line: &str) -> Outcome {
        match self.console_mut(session) {
            Some(console) if console.queue.len() < 100 => {
                console.queue.push_back(Rc::from(line));
                Outcome {
                    waits: true,
                    ..Outcome::default()
                }
            }
            _ => Outcome::error(Error::new(
                ErrorKind::Limit,
                "the session is waiting and a hundred lines are waiting for it",
            )),
        }
    }

    pub fn has_queue(&self) -> bool {
        self.consoles.iter().any(|c| !c.queue.is_empty())
    }

    /// The next queued line of a console whose session is free.
    pub fn next_queued(&mut self) -> Option<(String, String)> {
        let i = self
            .consoles
            .iter()
            .position(|c| !c.queue.is_empty() && !self.is_busy(&c.name))?;
        let console = self.consoles.get_mut(i)?;
        let line = console.queue.pop_front()?;
        Some((console.name.to_string(), line.to_string()))
    }

    /// Runs one line of the log, now.
    pub fn apply(&mut self, entry: &LogEntry, waiting: Waiting) -> Outcome {
        let session = entry.session.as_str();
        let prompt = self.prompt(session, false);
        self.push(session, EntryKind::Input, prompt, entry.line.clone());
        match Command::parse(&entry.line) {
            Some(Ok(command)) => {
                let outcome = match self.command(session, command, waiting) {
                    Ok(outcome) => outcome,
                    Err(error) => Outcome::error(error),
                };
                self.print(session, &outcome, outcome.answer.is_none());
                outcome
            }
            Some(Err(error)) => {
                let outcome = Outcome::error(error);
                self.print(session, &outcome, true);
                outcome
            }
            None => self.statement(session, &entry.line, waiting),
        }
    }

    fn statement(&mut self, name: &str, line: &str, waiting: Waiting) -> Outcome {
        let Some(console) = self.console(name) else {
            return Outcome::error(Error::new(ErrorKind::Command, format!("no session {name}")));
        };
        let ix = console.session;
        let Some(session) = self.engine.sessions().get(ix.0 as usize) else {
            return Outcome::default();
        };
        let flavour = self.engine.client().flavour(session);
        let (text, _) = cut::strip_terminator(line, flavour);
        let text = text.to_owned();
        let answer = match self.engine.execute(ix, &text) {
            Some(answer) => answer,
            None if waiting == Waiting::RunClock => {
                let until = self.engine.now() + DAY;
                match self.run_to_answer(ix, until) {
                    Some(answer) => answer,
                    None => {
                        let gone = self.engine.interrupt(ix);
                        gone.unwrap_or_else(|| {
                            Answer::error(Error::new(
                                ErrorKind::Limit,
                                "no answer after 24 hours of virtual time",
                            ))
                        })
                    }
                }
            }
            None => {
                return Outcome {
                    waits: true,
                    ..Outcome::default()
                };
            }
        };
        let outcome = self.outcome(name, line, answer);
        self.print(name, &outcome, false);
        outcome
    }

    /// Steps until the session's answer is there; nothing is lost of what happens beside it.
    pub(super) fn run_to_answer(&mut self, ix: SessionIx, until: Time) -> Option<Answer> {
        loop {
            if let Some(answer) = self.engine.take_answer(ix) {
                return Some(answer);
            }
            if !self.engine.step(until) {
                self.engine.run_until(until);
                return self.engine.take_answer(ix);
            }
            self.collect(Some(ix));
        }
    }

    pub(super) fn outcome(&self, name: &str, line: &str, answer: Answer) -> Outcome {
        let (Some(console), Some(session)) = (self.console(name), self.session(name)) else {
            return Outcome::default();
        };
        let client = self.engine.client();
        let flavour = client.flavour(session);
        let (statement, vertical) = cut::strip_terminator(line, flavour);
        let mut style = console.style.clone();
        style.vertical |= vertical;
        let text = client.render(session, statement, &answer, &style);
        match answer.as_error().cloned() {
            Some(error) => {
                let error_text = text;
                Outcome {
                    error: Some(error),
                    error_text,
                    answer: Some(answer),
                    ..Outcome::default()
                }
            }
            None => Outcome {
                text,
                answer: Some(answer),
                ..Outcome::default()
            },
        }
    }

    /// Prints the answers of sessions that waited; those of `\start` are kept for `\result`.
    pub(super) fn collect(&mut self, except: Option<SessionIx>) {
        for i in 0..self.consoles.len() {
            let Some(console) = self.consoles.get(i) else {
                continue;
            };
            let (name, ix) = (console.name.clone(), console.session);
            if Some(ix) == except {
                continue;
            }
            let busy_line = console.started.clone();
            let Some(answer) = self.engine.take_answer(ix) else {
                continue;
            };
            if busy_line.is_some() {
                if let Some(console) = self.consoles.get_mut(i) {
                    console.started_answer = Some(answer);
                }
                continue;
            }
            // The line that waits is the last input of this console.
            let line = self
                .consoles
                .get(i)
                .and_then(|c| c.entries.iter().rev().find(|e| e.kind == EntryKind::Input))
                .map_or(String::new(), |e| e.text.clone());
            let outcome = self.outcome(&name, &line, answer);
            self.print(&name, &outcome, false);
        }
    }

    fn anyone_waits(&self) -> bool {
        self.consoles.iter().any(|c| {
            self.engine
                .sessions()
                .get(c.session.0 as usize)
                .is_some_and(|s| s.busy.is_some())
        })
    }

    pub fn run_until(&mut self, until: Time) {
        while self.anyone_waits() {
            let before = self.engine.cluster().changes;
            if !self.engine.step(until) {
                break;
            }
            if self.engine.cluster().changes != before {
                self.collect(None);
            }
        }
        self.engine.run_until(until);
    }

    /// Runs until a session with queued lines is free; false if none is by `until`.
    pub fn run_until_free(&mut self, until: Time) -> bool {
        loop {
            if self
                .consoles
                .iter()
                .any(|c| !c.queue.is_empty() && !self.is_busy(&c.name))
            {
                return true;
            }
            if !self.engine.step(until) {
                return false;
            }
            self.collect(None);
        }
    }

    /// Runs to the next event that changes anything visible, at most to `limit`.
    pub fn step(&mut self, limit: Time) -> bool {
        let before = self.engine.cluster().changes;
        // A guard, not a limit that is met: polls alone are a few thousand a day.
        for _ in 0..5_000_000u32 {
            if !self.engine.step(limit) {
                return false;
            }
            if self.engine.cluster().changes != before {
                self.collect(None);
                return true;
            }
        }
        false
    }
}

/// The statement of an answered body, for tests that look at rows instead of text.
impl Outcome {
    pub fn rows(&self) -> Option<&crate::query::ResultSet> {
        match self.answer.as_ref().map(|a| &a.body) {
            Some(Body::Rows(set)) => Some(set),
            _ => None,
        }
    }
}
