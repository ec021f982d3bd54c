//! The playground and what only the screen knows of it: the active console, the clock's speed.

use crate::base::{Duration, Result, Time};
use crate::playground::scenario::default_name;
use crate::playground::view::{MachineView, View};
use crate::playground::{Command, JobIx, Next, Playground};
use crate::sim::{Entry as LogEntry, RunLog};
use std::cell::RefCell;
use std::rc::Rc;

/// What the page is asked for: the link's parameters (DESIGN 4.5).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    pub scenario: String,
    pub seed: Option<u64>,
    /// Lines to be run on load, after a prompt.
    pub command: String,
    /// `light`, `dark`, `auto`; empty: as kept.
    pub theme: String,
    pub speed: String,
    /// `full`, `focus`, `result`.
    pub mode: String,
    pub embed: bool,
    /// A run that ended too early and is taken up again.
    pub restore: Option<Restore>,
    /// Text that was entered in another program and is for this one: what came after `\scenario`.
    pub enter: String,
}

/// A run as the shell kept it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restore {
    pub log: RunLog,
    pub at: Time,
    /// What stood in the text field.
    pub draft: String,
}

/// Where the run is kept, so that nothing is lost if the program stops.
pub trait Journal {
    /// Before a line runs (`pending`: session and line) and after it (`None`).
    fn keep(&self, log: &RunLog, at: Time, pending: Option<(&str, &str)>);
    /// What stands in the text field.
    fn draft(&self, text: &str);
    /// Goes to a scenario that another program holds, to enter `rest` there.
    fn leave(&self, scenario: &str, seed: u64, rest: &str);
}

/// Shared by all components; borrowed only within one handler.
pub type Shared = Rc<RefCell<Core>>;

pub struct Core {
    pub playground: Playground,
    journal: Box<dyn Journal>,
    /// Whether the clock runs.
    pub playing: bool,
    /// Virtual time per real time, in thousandths.
    pub speed_milli: u64,
    /// The console that is shown.
    pub session: String,
    /// The latest moment that was ever seen: what lies between it and now is a known future.
    pub furthest: Time,
    /// What was submitted, oldest first.
    pub history: Vec<String>,
    /// When the last statement was entered: what it has changed is looked at.
    pub last_statement: Option<Time>,
    /// What stood in the text field of a run that was taken up again.
    pub restored: Option<String>,
    future: Option<Future>,
}

/// What happens next to a job; holds until somebody does something.
struct Future {
    job: u32,
    revision: u64,
    made: Time,
    next: Rc<[Next]>,
}

const SLOWEST: u64 = 1;
const FASTEST: u64 = 100_000_000;

impl Core {
    /// Opens what `options` ask for. An unknown scenario is told and the first one opened instead.
    pub fn open(options: &Options, journal: Box<dyn Journal>) -> Result<(Core, Option<String>)> {
        let mut told = None;
        let first = default_name();
        let seed = options.seed.unwrap_or(42);
        let asked = options.scenario.as_str();
        let playground = match &options.restore {
            Some(restore) => Playground::replay(restore.log.clone(), restore.at)?,
            None if asked.is_empty() => Playground::open(first, seed)?,
            None => match Playground::open(asked, seed) {
                Ok(playground) => playground,
                Err(error) => {
                    told = Some(format!(
                        "The link asks for the scenario “{asked}”: {error}. This is {first} instead."
                    ));
                    Playground::open(first, seed)?
                }
            },
        };
        let session = playground.current().to_owned();
        let furthest = playground.now();
        let mut core = Core {
            playground,
            journal,
            playing: true,
            speed_milli: milli(&options.speed).unwrap_or(1_000),
            session,
            furthest,
            history: Vec::new(),
            last_statement: None,
            restored: options.restore.as_ref().map(|r| r.draft.clone()),
            future: None,
        };
        if !options.enter.trim().is_empty() {
            let session = core.session.clone();
            core.enter(&session, &options.enter);
        }
        Ok((core, told))
    }

    pub fn now(&self) -> Time {
        self.playground.now()
    }

    /// Runs a line in the shown console as if it had been typed there.
    pub fn line(&mut self, line: &str) {
        let session = self.session.clone();
        self.enter(&session, &format!("{line}\n"));
    }

    /// Takes what was entered in a console; returns what is still to be continued.
    pub fn enter(&mut self, session: &str, text: &str) -> String {
        let at = self.now();
        self.journal
            .keep(self.playground.log(), at, Some((session, text)));
        let before = self.playground.log().scenario.clone();
        let (outcomes, rest) = self.playground.submit(session, text);
        if let Some((scenario, seed)) = outcomes.last().and_then(|o| o.elsewhere.clone()) {
            self.journal.leave(&scenario, seed, &rest);
            return String::new();
        }
        let entered = text.strip_suffix(rest.as_str()).unwrap_or(text).trim();
        if !entered.is_empty() && entered.len() < 10_000 {
            if self.history.last().is_none_or(|last| last != entered) {
                self.history.push(entered.to_owned());
            }
            if !entered.starts_with('\\') {
                self.last_statement = Some(at);
            }
            for line in entered.lines().filter(|l| l.trim_start().starts_with('\\')) {
                self.react(line);
            }
        }
        let gone = self
            .playground
            .consoles()
            .iter()
            .all(|c| *c.name != *self.session);
        if gone || self.playground.log().scenario != before {
            self.session = self.playground.current().to_owned();
        }
        // What was ever seen stays a known future only while the run is merely looked at.
        let looked = entered.starts_with("\\seek");
        if !looked && !outcomes.is_empty() {
            self.furthest = self.now();
        }
        self.saw();
        self.keep();
        rest
    }

    /// What a command means for the screen itself.
    fn react(&mut self, line: &str) {
        match Command::parse(line) {
            Some(Ok(Command::Pause)) => self.playing = false,
            Some(Ok(Command::Play)) => self.playing = true,
            Some(Ok(Command::Speed(text))) => {
                if let Some(milli) = milli(&text) {
                    self.speed_milli = milli;
                }
            }
            Some(Ok(Command::Connect { .. })) => {
                self.session = self.playground.current().to_owned();
            }
            Some(Ok(Command::Scenario { .. } | Command::Reset)) => {
                self.session = self.playground.current().to_owned();
                self.future = None;
            }
            _ => {}
        }
    }

    /// Whether Enter runs the text, or begins another line of it.
    pub fn is_complete(&self, session: &str, text: &str) -> bool {
        self.playground.is_complete(session, text) || text.trim_start().starts_with('\\')
    }

    /// Lets the clock of the screen go on by `real_us`, within `budget_ms` of real time by `clock`.
    pub fn advance(&mut self, real_us: u64, budget_ms: f64, clock: impl Fn() -> f64) {
        let by = real_us.saturating_mul(self.speed_milli) / 1_000;
        let until = self.now() + Duration(by);
        let began = clock();
        while self.now() < until {
            let slice = (self.now() + Duration::from_millis(500)).min(until);
            self.playground.run_until(slice);
            if clock() - began > budget_ms {
                break;
            }
        }
        self.saw();
    }

    fn saw(&mut self) {
        self.furthest = self.furthest.max(self.playground.horizon());
    }

    /// Keeps the run where a crash can't reach it.
    pub fn keep(&self) {
        self.journal.keep(self.playground.log(), self.now(), None);
    }
    pub fn keep_draft(&self, text: &str) {
        self.journal.draft(text);
    }

    pub fn interrupt(&mut self) -> bool {
        let session = self.session.clone();
        self.playground.interrupt(&session).is_some()
    }

    /// What happens next to a job. The future of a deterministic cluster changes only when
    /// somebody does something, so it is computed again only then.
    pub fn what_next(&mut self, view: &View, key: u32) -> Rc<[Next]> {
        let none: Rc<[Next]> = Rc::from([]);
        let Some(job) = view.jobs.iter().find(|j| j.key == key) else {
            return none;
        };
        // Nothing happens to one that has ended; and a paused one would be waited for a whole day.
        if job.terminal || job.family == "paused" {
            return none;
        }
        let revision = self.playground.revision().0;
        let now = self.now();
        if let Some(f) = &self.future
            && f.job == key
            && f.revision == revision
            && f.made <= now
            && f.next
                .last()
                .is_none_or(|n| n.at > now || f.next.len() < 50)
        {
            return f.next.clone();
        }
        let next: Rc<[Next]> = Rc::from(self.playground.what_next(JobIx(key)));
        self.future = Some(Future {
            job: key,
            revision,
            made: now,
            next: next.clone(),
        });
        next
    }

    pub fn machine(&self, key: u32) -> Option<MachineView> {
        self.playground.machine(key)
    }

    /// The lines of the run, for the timeline.
    pub fn lines(&self) -> &[LogEntry] {
        self.playground.entries()
    }
}

/// `10`, `0.5`, `60x`: in thousandths; `None` if it is no speed.
pub fn milli(text: &str) -> Option<u64> {
    let text = text.trim().trim_end_matches(['x', '×']);
    let (whole, frac) = text.split_once('.').unwrap_or((text, ""));
    let whole: u64 = whole.parse().ok()?;
    let mut frac: String = frac.chars().take(3).collect();
    while frac.len() < 3 {
        frac.push('0');
    }
    let milli = whole.checked_mul(1_000)?.checked_add(frac.parse().ok()?)?;
    (SLOWEST..=FASTEST).contains(&milli).then_some(milli)
}
