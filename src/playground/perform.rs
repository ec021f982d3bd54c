//! What backslash commands do within a run. Those that act on the run as a whole (`\seek`, `\undo`, …)
//! are the playground's own.

use super::command::{COMMANDS, Command};
use super::console::{DAY, Outcome, State, Waiting};
use super::{files, scenario};
use crate::base::{Duration, Error, ErrorKind};
use crate::cluster::{Fault, NodeIx};
use crate::system::{Client, Format, SessionIx};
use std::rc::Rc;

impl State {
    pub(super) fn command(
        &mut self,
        session: &str,
        command: Command,
        waiting: Waiting,
    ) -> Result<Outcome, Error> {
        let refuse = |text: &str| Err(Error::new(ErrorKind::Command, text));
        Ok(match command {
            Command::Scenarios => Outcome::text(scenario::list()),
            Command::Connect { who, via } => {
                let via = via.map(|v| self.node(&v)).transpose()?;
                let client = self.engine.client();
                let current = self.session(session).cloned();
                let before = self.console(&who).map(|c| c.session);
                match self.open(&who, via) {
                    Ok(i) => {
                        self.current = i;
                        self.welcome(&who, before);
                        Outcome::default()
                    }
                    Err(error) => {
                        // A refused login is the product's error, printed as its client does.
                        let text = current.map_or_else(
                            || error.message.clone(),
                            |s| client.render_error(&s, "", &error),
                        );
                        Outcome {
                            error_text: text,
                            error: Some(error),
                            ..Outcome::default()
                        }
                    }
                }
            }
            Command::Sessions => Outcome::text(self.list_sessions()),
            Command::Advance(by) => {
                let until = self.engine.now() + by;
                self.run_until(until);
                Outcome::default()
            }
            Command::Step(n) => {
                for _ in 0..n {
                    let limit = self.engine.now() + DAY;
                    if !self.step(limit) {
                        break;
                    }
                }
                Outcome::text(self.newest_happening())
            }
            Command::Wait { job, status } => self.wait(session, &job, status.as_deref())?,
            Command::Start(text) => {
                if self.is_busy(session) {
                    return refuse(
                        "the session is waiting for its last statement: \\result, or Ctrl-C",
                    );
                }
                let Some(ix) = self.console(session).map(|c| c.session) else {
                    return refuse("no session");
                };
                let answer = self.engine.execute(ix, &text);
                if let Some(console) = self.console_mut(session) {
                    console.started = Some(Rc::from(text.as_str()));
                    console.started_answer = answer;
                }
                Outcome::default()
            }
            Command::Result => {
                let Some(text) = self.console(session).and_then(|c| c.started.clone()) else {
                    return refuse("nothing was started here: \\start STATEMENT");
                };
                let ix = self
                    .console(session)
                    .map(|c| c.session)
                    .unwrap_or(SessionIx(0));
                let ready = self
                    .console_mut(session)
                    .and_then(|c| c.started_answer.take());
                if ready.is_none() && waiting == Waiting::Wait {
                    // The answer prints itself when it comes.
                    if let Some(console) = self.console_mut(session) {
                        console.started = None;
                    }
                    return Ok(Outcome {
                        waits: true,
                        ..Outcome::default()
                    });
                }
                let until = self.engine.now() + DAY;
                let answer = match ready {
                    Some(answer) => answer,
                    None => match self.run_to_answer(ix, until) {
                        Some(answer) => answer,
                        None => return refuse("no answer after 24 hours of virtual time"),
                    },
                };
                if let Some(console) = self.console_mut(session) {
                    console.started = None;
                }
                self.outcome(session, &text, answer)
            }
            Command::Interrupt => {
                let ix = self
                    .console(session)
                    .map(|c| c.session)
                    .unwrap_or(SessionIx(0));
                match self.engine.interrupt(ix) {
                    Some(answer) => {
                        if let Some(console) = self.console_mut(session) {
                            console.started = None;
                            console.started_answer = None;
                        }
                        self.outcome(session, "", answer)
                    }
                    None => Outcome::default(),
                }
            }
            Command::Fault(words) => {
                let fault = self.fault(&words)?;
                self.engine.fault(&fault)?;
                self.collect(None);
                Outcome::text(self.newest_happening())
            }
            Command::Files(dest) => {
                files::listing(self.engine.cluster(), self.engine.now(), dest.as_deref())?
            }
            Command::Set(None) => Outcome::text(self.settings(session)),
            Command::Set(Some((name, value))) => {
                let on = match value.to_ascii_lowercase().as_str() {
                    "on" | "true" | "1" => Some(true),
                    "off" | "false" | "0" => Some(false),
                    _ => None,
                };
                let format = Format::parse(&value);
                let Some(console) = self.console_mut(session) else {
                    return refuse("no session");
                };
                match (name.as_str(), on, format) {
                    ("timing", Some(on), _) => console.style.timing = on,
                    ("expanded" | "x", Some(on), _) => console.style.vertical = on,
                    ("format" | "display_format", _, Some(format)) => console.style.format = format,
                    _ => return refuse("\\set knows timing on|off, expanded on|off, format NAME"),
                }
                Outcome::default()
            }
            Command::Expanded => {
                let Some(console) = self.console_mut(session) else {
                    return refuse("no session");
                };
                console.style.vertical = !console.style.vertical;
                let on = if console.style.vertical { "on" } else { "off" };
                Outcome::text(format!("Expanded display is {on}."))
            }
            Command::Timing => {
                let Some(console) = self.console_mut(session) else {
                    return refuse("no session");
                };
                console.style.timing = !console.style.timing;
                let on = if console.style.timing { "on" } else { "off" };
                Outcome::text(format!("Timing is {on}."))
            }
            Command::Format(name) => {
                let Some(format) = Format::parse(&name) else {
                    return refuse("formats: table, records, csv, tsv, json, markdown");
                };
                let Some(console) = self.console_mut(session) else {
                    return refuse("no session");
                };
                console.style.format = format;
                Outcome::default()
            }
            Command::Help(topic) => Outcome::text(self.help(&topic)?),
            Command::Scenario { .. }
            | Command::Reset
            | Command::Seek(_)
            | Command::Undo
            | Command::Redo
            | Command::Log
            | Command::Pause
            | Command::Play
            | Command::Speed(_)
            | Command::Preview { .. } => return refuse("not here"),
        })
    }

    fn node(&self, name: &str) -> Result<NodeIx, Error> {
        let found = self
            .engine
            .cluster()
            .node_list()
            .find(|(_, n)| &*n.name == name);
        found.map(|(ix, _)| ix).ok_or_else(|| {
            let names: Vec<String> = self
                .engine
                .cluster()
                .nodes
                .iter()
                .take(12)
                .map(|n| n.name.to_string())
                .collect();
            Error::new(ErrorKind::Command, format!("no node {name}"))
                .hint(format!("nodes: {}", names.join(", ")))
        })
    }

    fn fault(&self, words: &[String]) -> Result<Fault, Error> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let times = |word: &str| word.strip_suffix('x').unwrap_or(word).parse::<u32>().ok();
        let usage = || {
            let usage = COMMANDS.iter().find(|c| c.0 == "fault").map_or("", |c| c.1);
            Error::new(ErrorKind::Command, format!("usage: \\fault {usage}"))
        };
        let dest = |uri: &str| files::destination(self.engine.cluster(), uri);
        Ok(match words.as_slice() {
            ["kill", node] => Fault::Kill(self.node(node)?),
            ["restart", node] => Fault::Restart(self.node(node)?),
            ["heal"] => Fault::Heal,
            ["clear"] => Fault::Clear,
            ["slow", node, what @ ("disk" | "net"), by] => {
                let (node, by) = (
                    self.node(node)?,
                    times(by).filter(|n| *n > 0).ok_or_else(usage)?,
                );
                if *what == "disk" {
                    Fault::SlowDisk(node, by)
                } else {
                    Fault::SlowNet(node, by)
                }
            }
            ["full", uri] => Fault::Full(dest(uri)?),
            ["unreachable", uri] => Fault::Unreachable(dest(uri)?),
            ["partition", rest @ ..] if !rest.is_empty() => {
                let mut sides = vec![0u8; self.engine.cluster().nodes.len()];
                let text = rest.concat();
                for (side, group) in text.split('|').enumerate() {
                    for name in group.split(',').filter(|n| !n.is_empty()) {
                        let ix = self.node(name)?;
                        if let Some(s) = sides.get_mut(usize::from(ix.0)) {
                            *s = u8::try_from(side).map_err(|_| usage())?;
                        }
                    }
                }
                if !text.contains('|') {
                    return Err(usage());
                }
                Fault::Partition(sides)
            }
            _ => return Err(usage()),
        })
    }

    fn wait(&mut self, session: &str, name: &str, status: Option<&str>) -> Result<Outcome, Error> {
        let ix = self
            .console(session)
            .map(|c| c.session)
            .unwrap_or(SessionIx(0));
        let error = |text: String| Error::new(ErrorKind::Command, text);
        let Some(job) = self.engine.find_job(ix, name) else {
            return Err(error(format!("no job {name}")));
        };
        let machine = self.engine.cluster().job(job).map(|j| j.machine);
        if let (Some(status), Some(machine)) = (status, machine)
            && machine.state(status).is_none()
        {
            let known: Vec<&str> = machine.states.iter().map(|s| s.name).collect();
            return Err(error(format!("no status {status}")).hint(known.join(", ")));
        }
        let until = self.engine.now() + DAY;
        loop {
            let Some(record) = self.engine.cluster().job(job) else {
                return Err(error(format!("no job {name}")));
            };
            let there = match status {
                Some(status) => record.status.eq_ignore_ascii_case(status),
                None => record.is_terminal(),
            };
            if there {
                return Ok(Outcome::default());
            }
            let (id, now_status, ended) = (record.id, record.status, record.is_terminal());
            if ended {
                return Err(error(format!(
                    "job {id} is {now_status}: it will not change any more"
                )));
            }
            if !self.step(until) {
                self.run_until(until);
                return Err(error(format!("job {id} is still {now_status} after 24 h")));
            }
        }
    }

    fn newest_happening(&self) -> String {
        self.engine
            .cluster()
            .story
            .last()
            .map_or(String::new(), |h| {
                format!("{}: {}", Duration(h.at.0), h.text)
            })
    }

    fn list_sessions(&self) -> String {
        let mut out = String::new();
        for (i, console) in self.consoles.iter().enumerate() {
            let mark = if i == self.current { '*' } else { ' ' };
            let session = self.session(&console.name);
            let node = session
                .and_then(|s| self.engine.cluster().node(s.node))
                .map_or("", |n| &*n.name);
            let busy = session.and_then(|s| s.busy.as_ref());
            let state = busy.map_or("idle".to_owned(), |b| format!("waits: {}", b.statement));
            out.push_str(&format!("{mark} {}  {node}  {state}\n", console.name));
        }
        out.trim_end().to_owned()
    }

    fn settings(&self, session: &str) -> String {
        let style = self
            .console(session)
            .map(|c| c.style.clone())
            .unwrap_or_default();
        let word = |on| if on { "on" } else { "off" };
        let format = match style.format {
            Format::Table => "table",
            Format::Records => "records",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Json => "json",
            Format::Markdown => "markdown",
        };
        format!(
            "format    {format}\nexpanded  {}\ntiming    {}",
            word(style.vertical),
            word(style.timing)
        )
    }

    fn help(&self, topic: &str) -> Result<String, Error> {
        let client: &dyn Client = self.engine.client();
        if let Some(text) = client.help(topic) {
            if !topic.is_empty() {
                return Ok(text);
            }
            let mut out = text;
            out.push_str("\n\nCommands:\n");
            for (name, arguments, what) in COMMANDS {
                let left = format!("\\{name} {arguments}");
                out.push_str(&format!("  {left:<34} {what}\n"));
            }
            return Ok(out.trim_end().to_owned());
        }
        let command = topic.trim_start_matches('\\');
        match COMMANDS.iter().find(|(name, _, _)| *name == command) {
            Some((name, arguments, what)) => Ok(format!("\\{name} {arguments}\n  {what}")),
            None => Err(
                Error::new(ErrorKind::Command, format!("no help on {topic}"))
                    .hint("\\help lists the topics"),
            ),
        }
    }
}
