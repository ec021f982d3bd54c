//! Jobs against the reference: the effect matrices for every kind of job (reference 3.2, 3.3), and
//! the clocks of cancellation over many seeds (reference 4.1).
#![cfg(not(target_arch = "wasm32"))]

use jobscope::base::{Duration, Time};
use jobscope::playground::Playground;

/// A job in a status, and what each statement does to it: `ok` (with the status afterwards) or the error.
struct Case {
    status: &'static str,
    cancel: &'static str,
    pause: &'static str,
    resume: &'static str,
}

const fn case(
    status: &'static str,
    cancel: &'static str,
    pause: &'static str,
    resume: &'static str,
) -> Case {
    Case {
        status,
        cancel,
        pause,
        resume,
    }
}

/// reference 3.2; `{id}` is the job's id.
const NEWEST: [Case; 8] = [
    case("running", "cancel-requested", "pause-requested", "running"),
    case(
        "pause-requested",
        "job {id}: job with state pause-requested cannot be requested to be canceled",
        "pause-requested",
        "job {id}: job with state pause-requested cannot be resumed",
    ),
    case("paused", "cancel-requested", "paused", "running"),
    case(
        "paused, was reverting",
        "job {id}: job {id} is paused and has non-nil FinalResumeError hence cannot be canceled and should be reverted: job canceled by user",
        "paused",
        "reverting",
    ),
    case(
        "cancel-requested",
        "cancel-requested",
        "job {id}: job with state cancel-requested cannot be requested to be paused",
        "job {id}: job with state cancel-requested cannot be resumed",
    ),
    case(
        "reverting",
        "job {id}: job with state reverting cannot be requested to be canceled",
        "pause-requested",
        "reverting",
    ),
    case(
        "canceled",
        "canceled",
        "job {id}: job with state canceled cannot be requested to be paused",
        "job {id}: job with state canceled cannot be resumed",
    ),
    case(
        "succeeded",
        "job {id}: job with state succeeded cannot be requested to be canceled",
        "job {id}: job with state succeeded cannot be requested to be paused",
        "job {id}: job with state succeeded cannot be resumed",
    ),
];

/// reference 3.3
const CLASSIC: [Case; 4] = [
    case("running", "canceled", "paused", "running"),
    case("paused", "canceled", "paused", "running"),
    case(
        "canceled",
        "canceled",
        "cannot pause canceled job (id {id})",
        "job with status canceled cannot be resumed",
    ),
    case(
        "succeeded",
        "job with status succeeded cannot be canceled",
        "cannot pause succeeded job (id {id})",
        "job with status succeeded cannot be resumed",
    ),
];

/// Kinds of jobs, and the lines that start one of them in a session of its own.
const KINDS: [(&str, &[&str]); 5] = [
    (
        "BACKUP",
        &["BACKUP DATABASE movr INTO 'nodelocal://1/backup' WITH detached;"],
    ),
    (
        "RESTORE",
        &[
            "BACKUP DATABASE movr INTO 'nodelocal://1/backup';",
            "RESTORE DATABASE movr FROM LATEST IN 'nodelocal://1/backup' WITH new_db_name = 'copy', detached;",
        ],
    ),
    (
        "IMPORT",
        &["IMPORT INTO movr.rides CSV DATA ('nodelocal://1/import/rides.csv') WITH detached;"],
    ),
    (
        "NEW SCHEMA CHANGE",
        &["\\start CREATE INDEX ON movr.rides (rider_id);"],
    ),
    (
        "CHANGEFEED",
        &["CREATE CHANGEFEED FOR TABLE movr.rides INTO 'kafka://broker:9092';"],
    ),
];

const KINDS_2_1: [(&str, &[&str]); 3] = [
    (
        "BACKUP",
        &["\\start BACKUP DATABASE movr TO 'nodelocal:///a';"],
    ),
    (
        "RESTORE",
        &[
            "BACKUP DATABASE movr TO 'nodelocal:///a';",
            "CREATE DATABASE copy;",
            "\\start RESTORE TABLE movr.rides FROM 'nodelocal:///a' WITH into_db = 'copy';",
        ],
    ),
    (
        "IMPORT",
        &[
            "\\start IMPORT TABLE movr.more CREATE USING 'nodelocal://1/import/rides.sql' CSV DATA ('nodelocal://1/import/rides.csv');",
        ],
    ),
];

struct Run {
    playground: Playground,
    id: i64,
}

impl Run {
    /// A fresh cluster with a running job of the kind.
    fn start(scenario: &str, kind: &str, lines: &[&str]) -> Run {
        let mut playground = Playground::open(scenario, 11)
            .expect("starts")
            .running_the_clock();
        for line in lines {
            let outcome = playground.line("root", line);
            assert!(outcome.error.is_none(), "{line}: {}", outcome.error_text);
        }
        playground.open_session("root#2").expect("a second session");
        let jobs = &playground.engine().cluster().jobs;
        let id = jobs
            .iter()
            .filter(|j| j.kind == kind && j.listed)
            .map(|j| j.id)
            .max()
            .expect("the job");
        let mut run = Run { playground, id };
        run.advance(20);
        run
    }

    /// The error text, or empty.
    fn say(&mut self, line: &str) -> String {
        let outcome = self.playground.line("root#2", line);
        outcome.error.map_or(String::new(), |e| e.message.clone())
    }

    fn control(&mut self, verb: &str) -> String {
        self.say(&format!("{verb} JOB {};", self.id))
    }

    fn advance(&mut self, seconds: u64) {
        let until = self.playground.now() + Duration::from_secs(seconds);
        self.playground.run_until(until);
    }

    fn status(&self) -> &'static str {
        let jobs = &self.playground.engine().cluster().jobs;
        jobs.iter()
            .find(|j| j.id == self.id)
            .map_or("", |j| j.status)
    }

    /// Lets time pass until the job is in the status.
    fn until(&mut self, status: &str) {
        for _ in 0..40_000 {
            if self.status() == status {
                return;
            }
            let until = self.playground.now() + Duration::from_millis(500);
            self.playground.run_until(until);
        }
        panic!("job is {} and never {status}", self.status());
    }

    /// Brings the job from running into the status.
    fn bring(&mut self, status: &str) {
        match status {
            "running" => {}
            "pause-requested" => drop(self.control("PAUSE")),
            "paused" => {
                self.control("PAUSE");
                self.until("paused");
            }
            "cancel-requested" => drop(self.control("CANCEL")),
            "reverting" => {
                self.control("CANCEL");
                self.until("reverting");
            }
            "paused, was reverting" => {
                self.control("CANCEL");
                self.until("reverting");
                self.control("PAUSE");
                self.until("paused");
            }
            "canceled" => {
                self.control("CANCEL");
                self.until("canceled");
            }
            "succeeded" => self.until("succeeded"),
            other => panic!("{other}"),
        }
    }
}

fn walk(scenario: &str, kinds: &[(&str, &[&str])], cases: &[Case]) {
    for (kind, lines) in kinds {
        for case in cases {
            // A changefeed never succeeds.
            if *kind == "CHANGEFEED" && case.status == "succeeded" {
                continue;
            }
            // A schema change that has ended is one that can no longer be cancelled: E4 (4.3).
            let firm = *kind == "NEW SCHEMA CHANGE" && case.status == "succeeded";
            for (verb, expected) in [
                ("CANCEL", case.cancel),
                ("PAUSE", case.pause),
                ("RESUME", case.resume),
            ] {
                let mut run = Run::start(scenario, kind, lines);
                run.bring(case.status);
                let before = run.status();
                let said = run.control(verb);
                let id = run.id.to_string();
                let expected = match (firm, verb) {
                    (true, "CANCEL") => "job {id}: job {id}: not cancelable",
                    _ => expected,
                };
                let is_status = !expected.contains(' ');
                let (found, wanted) = if is_status {
                    (format!("{said}{}", run.status()), expected.to_string())
                } else {
                    assert_eq!(run.status(), before, "a refused statement changes nothing");
                    (said, expected.replace("{id}", &id))
                };
                assert_eq!(found, wanted, "{kind} {}: {verb}", case.status);
                let violated = run.playground.engine().check();
                assert!(violated.is_empty(), "{violated:?}");
            }
        }
    }
}

#[test]
fn every_kind_every_status_every_statement() {
    walk("cockroachdb", &KINDS, &NEWEST);
}

#[test]
fn every_kind_every_status_every_statement_v2_1() {
    walk("cockroachdb-v2.1", &KINDS_2_1, &CLASSIC);
}

/// Seeds of the clock tests.
const SEEDS: u64 = 1_000;

/// When the job of a backup entered each status after CANCEL: reverting, canceled.
fn cancelled(seed: u64, kill: bool) -> (Duration, Duration) {
    let mut playground = Playground::open("cockroachdb", seed)
        .expect("starts")
        .running_the_clock();
    playground.open_session("root#2").expect("a session");
    playground.line("root", "\\connect root#3 via n2");
    playground.line(
        "root#3",
        "BACKUP DATABASE bank INTO 'nodelocal://1/backup' WITH detached;",
    );
    let pass = |p: &mut Playground, d: Duration| {
        let until = p.now() + d;
        p.run_until(until);
    };
    pass(&mut playground, Duration::from_secs(20));
    if kill {
        playground.line("root#2", "\\fault kill n2");
    }
    let at = playground.now();
    let outcome = playground.line(
        "root#2",
        "CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE job_type = 'BACKUP');",
    );
    assert!(
        outcome.text.starts_with("CANCEL JOBS 1"),
        "{}{}",
        outcome.text,
        outcome.error_text
    );
    pass(&mut playground, Duration::from_mins(5));
    let jobs = &playground.engine().cluster().jobs;
    let job = jobs
        .iter()
        .find(|j| j.kind == "BACKUP")
        .expect("the backup");
    let when = |status: &str| -> Time {
        let step = job.history.iter().find(|t| t.status == status);
        step.unwrap_or_else(|| panic!("seed {seed}: never {status}"))
            .at
    };
    let (reverting, canceled) = (when("reverting"), when("canceled"));
    (reverting - at, canceled - reverting)
}

/// Served by the claiming node's cancel loop (10 s ± 1/6), undone by whoever adopts it (30 s ± 1/6
/// and the seconds that deleting a checkpoint takes).
#[test]
fn clocks_with_a_live_coordinator() {
    // reference 4.1, v26.2: jitter
    // reference 4.1, v26.2: the timeline, claimed by a live node
    let (mut least, mut most) = (Duration(u64::MAX), Duration::ZERO);
    for seed in 0..SEEDS {
        let (served, undone) = cancelled(seed, false);
        assert!(
            served <= Duration::from_millis(11_670),
            "seed {seed}: {served}"
        );
        assert!(undone <= Duration::from_secs(37), "seed {seed}: {undone}");
        least = least.min(served);
        most = most.max(served);
    }
    // They spread over the interval.
    assert!(
        least < Duration::from_secs(2) && most > Duration::from_secs(8),
        "{least} {most}"
    );
}

/// First the dead node's session must expire (40 s), then a cancel loop drops its claim (10 s ± 1/6),
/// then an adopt loop claims the job (30 s ± 1/6), then a cancel loop serves the request.
#[test]
fn clocks_with_a_dead_coordinator() {
    // reference 4.1, v26.2: the timeline, the coordinator died
    for seed in 0..SEEDS {
        let (served, undone) = cancelled(seed, true);
        assert!(served >= Duration::from_secs(40), "seed {seed}: {served}");
        assert!(served <= Duration::from_secs(100), "seed {seed}: {served}");
        assert!(undone <= Duration::from_secs(37), "seed {seed}: {undone}");
    }
}
