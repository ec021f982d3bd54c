//! Scenarios: named starting clusters, written as lines.
//!
//! ```text
//! \system cockroachdb v26.2 start 2026-11-20T10:00:00
//! \node n1 zone us-east1
//! …               further lines that build the cluster
//! \boot           the nodes' loops start
//! …               lines as they are typed in a console
//! ```
//!
//! `\repeat N LINE` stands for N lines, in which `{}` is their number from 1, and `{%M}` the same from
//! 1 to M, again and again.

use super::console::State;
use crate::base::{Error, ErrorKind, Result};
use crate::sim::Entry as LogEntry;
use crate::system;
use std::borrow::Cow;

pub struct Scenario {
    /// Has its program's name in it, by which the page knows what to load.
    pub name: &'static str,
    /// As [`is_here`](crate::system::is_here) takes it.
    pub program: &'static str,
    /// One line for the chooser.
    pub title: &'static str,
    /// Empty where another program holds the system.
    pub lines: &'static str,
    /// Statements worth trying first, for a newcomer: what the console offers.
    pub try_first: &'static [&'static str],
}

macro_rules! scenario {
    ($program:literal, $name:literal, $title:literal, [$($line:literal),* $(,)?]) => {
        Scenario {
            name: $name,
            program: $program,
            title: $title,
            #[cfg(feature = $program)]
            lines: include_str!(concat!("scenarios/", $name, ".txt")),
            #[cfg(not(feature = $program))]
            lines: "",
            try_first: &[$($line),*],
        }
    };
}

/// Every shipped scenario; the first one whose program is here is the page's default.
pub static SCENARIOS: &[Scenario] = &[
    scenario!(
        "cockroachdb",
        "cockroachdb-cancel-job",
        "CockroachDB v26.2: the examples of CANCEL JOB, a RESTORE and other jobs running",
        [
            "SHOW JOBS;",
            "CANCEL JOB 27536791415282;",
            "CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach');",
        ]
    ),
    scenario!(
        "cockroachdb",
        "cockroachdb",
        "CockroachDB v26.2: three nodes, sample data, no job running",
        [
            "BACKUP DATABASE movr INTO 'nodelocal://1/backup' WITH detached;",
            "IMPORT INTO movr.public.rides CSV DATA ('nodelocal://1/import/rides.csv') WITH detached;",
            "SHOW JOBS;",
        ]
    ),
    scenario!(
        "cockroachdb-v2.1",
        "cockroachdb-v2.1-cancel-job",
        "CockroachDB v2.1: the examples of CANCEL JOB as they were",
        [
            "SHOW JOBS;",
            "CANCEL JOB 27536791415282;",
            "CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach');",
        ]
    ),
    scenario!(
        "cockroachdb-v2.1",
        "cockroachdb-v2.1",
        "CockroachDB v2.1: three nodes, sample data, no job running",
        [
            "\\start BACKUP DATABASE movr TO 'nodelocal://1/backup/movr';",
            "SHOW JOBS;",
        ]
    ),
    scenario!(
        "cockroachdb",
        "empty-cockroachdb",
        "CockroachDB v26.2: a fresh cluster",
        ["CREATE DATABASE shop;", "SHOW DATABASES;"]
    ),
    scenario!(
        "cockroachdb",
        "large",
        "CockroachDB v26.2: 100 nodes, 1,000 jobs",
        ["CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach');"]
    ),
    scenario!(
        "oceanbase",
        "oceanbase-cancel-backup",
        "OceanBase V4.2.5: two tenants are being backed up; cancel them",
        [
            "ALTER SYSTEM CANCEL BACKUP;",
            "ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant;",
            "SELECT tenant_id, job_id, status, result FROM CDB_OB_BACKUP_JOBS;",
        ]
    ),
    scenario!(
        "oceanbase",
        "oceanbase",
        "OceanBase V4.2.5: two tenants ready to be backed up",
        [
            "ALTER SYSTEM BACKUP DATABASE;",
            "SELECT tenant_id, job_id, status FROM CDB_OB_BACKUP_JOBS;",
            "ALTER SYSTEM CANCEL BACKUP;",
        ]
    ),
    scenario!(
        "oceanbase",
        "empty-oceanbase",
        "OceanBase V4.2.5: a fresh cluster without user tenants",
        ["SELECT tenant_id, tenant_name, status FROM DBA_OB_TENANTS;"]
    ),
];

pub fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|s| s.name == name)
}

/// What this program opens when nothing is asked for.
pub fn default_name() -> &'static str {
    let here = SCENARIOS.iter().find(|s| system::is_here(s.program));
    here.map_or("", |s| s.name)
}

/// What `\scenarios` prints.
pub fn list() -> String {
    let lines: Vec<String> = SCENARIOS
        .iter()
        .map(|s| format!("{:<28} {}", s.name, s.title))
        .collect();
    lines.join("\n")
}

/// Runs a shipped scenario's lines.
pub(super) fn start(name: &str, seed: u64) -> Result<State> {
    let Some(scenario) = find(name) else {
        return Err(
            Error::new(ErrorKind::Command, format!("no scenario {name}"))
                .hint("\\scenarios lists them"),
        );
    };
    if !system::is_here(scenario.program) {
        return Err(Error::new(
            ErrorKind::Command,
            format!("scenario {name} runs in another program"),
        ));
    }
    load(scenario.lines, seed)
}

/// Runs the lines of a scenario.
pub(super) fn load(lines: &str, seed: u64) -> Result<State> {
    let mut state: Option<State> = None;
    let mut booted = false;
    let mut pending = String::new();
    for (number, line) in written_out(lines) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let place = |e: Error| {
            let text = format!("scenario line {}: {}", number + 1, e.message);
            e.reworded(text)
        };
        let Some(running) = &mut state else {
            state = Some(State::new(create(trimmed, seed).map_err(place)?));
            continue;
        };
        if !booted {
            match trimmed.strip_prefix('\\') {
                Some("boot") => {
                    running.engine.boot();
                    let first = first_session(&*running.engine);
                    running.open(first, None).map_err(place)?;
                    booted = true;
                }
                Some(line) => running.engine.setup(line).map_err(place)?,
                None => return Err(place(bad("a statement before \\boot"))),
            }
            continue;
        }
        if let Some(line) = trimmed.strip_prefix("\\setup ") {
            running.engine.setup(line).map_err(place)?;
            continue;
        }
        pending.push_str(&line);
        pending.push('\n');
        let session = running
            .consoles
            .get(running.current)
            .map_or(String::new(), |c| c.name.to_string());
        while let Some(length) = running.next_line(&session, &pending) {
            let line: String = pending.drain(..length).collect();
            let line = line.trim().to_owned();
            let entry = LogEntry {
                at: running.engine.now(),
                session: session.clone(),
                line,
            };
            let outcome = running.apply(&entry, super::Waiting::Wait);
            if let Some(error) = outcome.error {
                return Err(place(error));
            }
        }
    }
    let mut state = state.ok_or_else(|| bad("an empty scenario"))?;
    // What the scenario typed is not what the person typed.
    for console in &mut state.consoles {
        console.entries.clear();
    }
    state.current = 0;
    Ok(state)
}

/// The lines with their numbers, each as often as it is repeated.
fn written_out(lines: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    lines.lines().enumerate().flat_map(|(number, line)| {
        let repeated = line.strip_prefix("\\repeat ").and_then(|rest| {
            let (times, line) = rest.split_once(' ')?;
            Some((times.parse().ok()?, line))
        });
        let (times, line) = repeated.unwrap_or((0, line));
        let copies = (1..=times).map(move |n| (number, Cow::Owned(numbered(line, n))));
        let once = (times == 0).then_some((number, Cow::Borrowed(line)));
        once.into_iter().chain(copies)
    })
}

/// The `n`th copy of a repeated line.
fn numbered(line: &str, n: u32) -> String {
    let mut parts = line.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let place = part.split_once('}').and_then(|(what, rest)| {
            let n = match what.strip_prefix('%') {
                Some(turn) => (n - 1).checked_rem(turn.parse().ok()?)? + 1,
                None if what.is_empty() => n,
                None => return None,
            };
            Some((n, rest))
        });
        match place {
            Some((n, rest)) => {
                out.push_str(&n.to_string());
                out.push_str(rest);
            }
            None => {
                out.push('{');
                out.push_str(part);
            }
        }
    }
    out
}

/// The session that every scenario opens first (DESIGN 4.4).
fn first_session(engine: &dyn system::Engine) -> &'static str {
    engine.client().first_session()
}

fn bad(text: &str) -> Error {
    Error::new(ErrorKind::Command, text)
}

/// `\system NAME VERSION start YYYY-MM-DDTHH:MM:SS`
fn create(line: &str, seed: u64) -> Result<Box<dyn system::Engine>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["\\system", name, version, "start", start] = words.as_slice() else {
        return Err(bad(
            "the first line is \\system NAME VERSION start YYYY-MM-DDTHH:MM:SS",
        ));
    };
    let epoch_us = date(start).ok_or_else(|| bad("not a date"))?;
    system::start(name, version, seed, epoch_us).ok_or_else(|| bad("no such system or version"))
}

/// Microseconds since the Unix epoch of `YYYY-MM-DDTHH:MM:SS`, UTC.
fn date(text: &str) -> Option<i64> {
    let (day, time) = text.split_once('T')?;
    let mut parts = day.splitn(3, '-').chain(time.splitn(3, ':'));
    let mut next = || parts.next()?.parse::<i64>().ok();
    let (y, m, d) = (next()?, next()?, next()?);
    let (hour, min, s) = (next()?, next()?, next()?);
    // Days from the civil calendar (Howard Hinnant's algorithm).
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (m + if m > 2 { -3 } else { 9 }) + 2) / 5 + d - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let days = era * 146_097 + doe - 719_468;
    Some(((days * 24 + hour) * 60 + min) * 60_000_000 + s * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date("1970-01-01T00:00:00"), Some(0));
        assert_eq!(date("2026-11-20T10:00:00"), Some(1_795_168_800_000_000));
        assert_eq!(date("2018-11-19T10:00:00"), Some(1_542_621_600_000_000));
        assert_eq!(date("2018-11-19"), None);
    }

    #[test]
    fn repeated_lines_are_written_out() {
        let lines: Vec<_> = written_out("a\n\\repeat 3 n{} of {%2} {x} {\nb").collect();
        let lines: Vec<(usize, &str)> = lines.iter().map(|(n, line)| (*n, &**line)).collect();
        let expected = [
            (0, "a"),
            (1, "n1 of 1 {x} {"),
            (1, "n2 of 2 {x} {"),
            (1, "n3 of 1 {x} {"),
            (2, "b"),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn every_shipped_scenario_starts() {
        for scenario in SCENARIOS {
            // `www/shell.js` goes by this.
            let named = match scenario.name {
                name if name.contains("oceanbase") => "oceanbase",
                name if name.contains("v2.1") => "cockroachdb-v2.1",
                _ => "cockroachdb",
            };
            assert_eq!(named, scenario.program, "{}", scenario.name);
            let started = load(scenario.lines, 1);
            assert!(started.is_ok(), "{}: {:?}", scenario.name, started.err());
        }
    }
}
