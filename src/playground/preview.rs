//! The future, from a copy of the cluster that is run ahead and thrown away.

use super::console::{Outcome, State};
use crate::base::{Duration, Error, ErrorKind, Map, Result, Time};
use crate::cluster::JobIx;
use crate::system::Engine;
use std::fmt;

/// One thing that will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub at: Time,
    /// The status that is entered, if it is a change of status.
    pub status: Option<&'static str>,
    pub text: String,
}

/// What a statement would do.
#[derive(Clone, Debug)]
pub struct Preview {
    pub from: Time,
    /// What the client would print.
    pub answer: String,
    /// What would happen with it and not without it, in order.
    pub changes: Vec<Next>,
    /// Where each touched job would stand at the end.
    pub ends: Vec<String>,
}

/// How far a preview looks if nobody says.
const HORIZON: Duration = Duration::from_mins(30);
/// Events that a preview may handle: bounds the time it takes on a screen.
const MAX_EVENTS: u32 = 200_000;

/// The future of one job: its changes of status and what is told of it, until it ends.
pub(super) fn job(state: &State, job: JobIx) -> Vec<Next> {
    let mut engine = state.engine.boxed_clone();
    let from = engine.now();
    let until = from + Duration::from_hours(24);
    for _ in 0..MAX_EVENTS {
        let over = engine.cluster().job(job).is_none_or(|j| j.is_terminal());
        if over || !engine.step(until) {
            break;
        }
    }
    let mut next = Vec::new();
    let cluster = engine.cluster();
    if let Some(record) = cluster.job(job) {
        let history = cluster.history(record);
        for step in history.iter().filter(|s| s.at > from) {
            next.push(Next {
                at: step.at,
                status: Some(step.status),
                text: format!("{} ({})", step.status, step.who),
            });
        }
    }
    for told in cluster
        .story
        .iter()
        .filter(|h| h.at > from && h.job == Some(job))
    {
        next.push(Next {
            at: told.at,
            status: None,
            text: told.text.to_string(),
        });
    }
    crate::base::sort::sort_by_key(&mut next, |n| n.at);
    next.truncate(60);
    next
}

/// What a statement would change within `horizon`, compared with leaving everything alone.
pub(super) fn statement(
    state: &State,
    session: &str,
    text: &str,
    horizon: Option<Duration>,
) -> Result<Preview> {
    let Some(ix) = state.console(session).map(|c| c.session) else {
        return Err(Error::new(ErrorKind::Command, "no session"));
    };
    if state.is_busy(session) {
        return Err(Error::new(
            ErrorKind::Command,
            "the session is waiting for its last statement",
        ));
    }
    let from = state.engine.now();
    let until = from + horizon.unwrap_or(HORIZON);
    let mut with = state.engine.boxed_clone();
    let mut without = state.engine.boxed_clone();
    let answer = with.execute(ix, text);
    let client = with.client();
    let console = state.console(session);
    let answer = match (&answer, console, with.sessions().get(ix.0 as usize)) {
        (Some(answer), Some(console), Some(s)) => client.render(s, text, answer, &console.style),
        _ => "(the session would wait)".to_owned(),
    };
    ahead(&mut *with, until);
    ahead(&mut *without, until);

    let mut changes = Vec::new();
    let mut ends = Vec::new();
    let told = |engine: &dyn Engine| {
        let mut seen: Map<(u64, String), ()> = Map::new();
        for h in engine.cluster().story.iter().filter(|h| h.at > from) {
            seen.insert((h.at.0, h.text.to_string()), ());
        }
        seen
    };
    let left = told(&*without);
    for (at, text) in told(&*with).into_keys() {
        if !left.contains_key(&(at, text.clone())) {
            changes.push(Next {
                at: Time(at),
                status: None,
                text,
            });
        }
    }
    for (job, record) in with.cluster().job_list() {
        let other = without.cluster().job(job);
        let history = with.cluster().history(record);
        let same = other.is_some_and(|o| without.cluster().history(o) == history);
        if same {
            continue;
        }
        for step in history.iter().filter(|s| s.at > from) {
            changes.push(Next {
                at: step.at,
                status: Some(step.status),
                text: format!("job {} {}: {}", record.id, record.title, step.status),
            });
        }
        let alone = other.map_or("not there", |o| o.status);
        ends.push(format!(
            "job {} {}: {} (left alone: {alone})",
            record.id, record.title, record.status
        ));
    }
    crate::base::sort::sort_by_key(&mut changes, |n| n.at);
    changes.truncate(100);
    Ok(Preview {
        from,
        answer,
        changes,
        ends,
    })
}

fn ahead(engine: &mut dyn Engine, until: Time) {
    for _ in 0..MAX_EVENTS {
        if !engine.step(until) {
            return;
        }
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.answer)?;
        writeln!(f, "Nothing was changed. It would:")?;
        if self.changes.is_empty() {
            writeln!(f, "  change nothing")?;
        }
        for change in &self.changes {
            writeln!(f, "  +{}  {}", change.at - self.from, change.text)?;
        }
        for end in &self.ends {
            writeln!(f, "At the end: {end}")?;
        }
        Ok(())
    }
}

impl Preview {
    /// As a line's outcome.
    pub fn outcome(&self) -> Outcome {
        Outcome::text(self.to_string().trim_end())
    }
}
