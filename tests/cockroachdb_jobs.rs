//! Jobs against the reference: the effect matrices for every kind of job (reference 3.2, 3.3), and
//! the clocks of cancellation over many seeds (reference 4.1).
#![cfg(not(target_arch = "wasm32"))]

use jobscope::base::{Duration, Time, Value};
use jobscope::playground::Playground;
use jobscope::system::Body;

/// The matrix of v26.2, reference 3.2, to be held against it row by row: the state, and what CANCEL,
/// PAUSE and RESUME do to a job in it: `→` the state afterwards, `no-op`, or one of [`ERRORS`]. Then, from
/// 3.4, whether CANCEL, PAUSE and RESUME … JOBS FOR SCHEDULE and ALL … JOBS take such a job or pass over it.
///
/// `revert-failed` is not here: no version after 21.1 gets there (3.1).
#[rustfmt::skip]
const NEWEST: [[&str; 7]; 10] = [
    ["pending",               "→ cancel-requested", "→ pause-requested", "E2",          "take", "take", "pass"],
    ["running",               "→ cancel-requested", "→ pause-requested", "no-op",       "take", "take", "pass"],
    ["pause-requested",       "E1",                 "no-op",             "E2",          "pass", "pass", "pass"],
    ["paused",                "→ cancel-requested", "no-op",             "→ running",   "take", "pass", "take"],
    ["paused, was reverting", "E3",                 "no-op",             "→ reverting", "take", "pass", "take"],
    ["cancel-requested",      "no-op",              "E1 paused",         "E2",          "pass", "pass", "pass"],
    ["reverting",             "E1",                 "→ pause-requested", "no-op",       "pass", "take", "pass"],
    ["canceled",              "no-op",              "E1 paused",         "E2",          "pass", "pass", "pass"],
    ["succeeded",             "E1",                 "E1 paused",         "E2",          "pass", "pass", "pass"],
    ["failed",                "E1",                 "E1 paused",         "E2",          "pass", "pass", "pass"],
];

/// Jobs that cannot be cancelled, 3.2's last row but one and 4.3. They never revert (3.5).
#[rustfmt::skip]
const NEWEST_FIRM: [[&str; 4]; 5] = [
    ["pending",         "E4", "→ pause-requested", "E2"],
    ["running",         "E4", "→ pause-requested", "no-op"],
    ["pause-requested", "E4", "no-op",             "E2"],
    ["paused",          "E4", "no-op",             "→ running"],
    ["succeeded",       "E4", "E1 paused",         "E2"],
];

/// The matrix of v2.1, reference 3.3.
#[rustfmt::skip]
const CLASSIC: [[&str; 4]; 5] = [
    ["running",   "→ canceled",                                     "→ paused",                                          "no-op"],
    ["paused",    "→ canceled",                                     "no-op",                                             "→ running"],
    ["canceled",  "no-op",                                          "cannot pause canceled job (id {id})",               "job with status canceled cannot be resumed"],
    ["succeeded", "job with status succeeded cannot be canceled",   "cannot pause succeeded job (id {id})",              "job with status succeeded cannot be resumed"],
    ["failed",    "job with status failed \"{err}\" cannot be canceled", "cannot pause failed job (id {id}, err: \"{err}\")", "job with status failed \"{err}\" cannot be resumed"],
];

/// v2.1's schema changes, and the jobs that roll them back: the last rows of 3.3.
#[rustfmt::skip]
const CLASSIC_SCHEMA: [[&str; 4]; 5] = [
    ["pending",   "→ canceled",                                   "job {id} is not controllable", "job {id} is not controllable"],
    ["running",   "→ canceled",                                   "job {id} is not controllable", "job {id} is not controllable"],
    ["canceled",  "no-op",                                        "job {id} is not controllable", "job {id} is not controllable"],
    ["succeeded", "job with status succeeded cannot be canceled", "job {id} is not controllable", "job {id} is not controllable"],
    ["failed",    "job with status failed \"{err}\" cannot be canceled", "job {id} is not controllable", "job {id} is not controllable"],
];
#[rustfmt::skip]
const CLASSIC_ROLL_BACK: [[&str; 4]; 1] = [
    ["running", "job {id} is not controllable", "job {id} is not controllable", "job {id} is not controllable"],
];

/// The errors that reference 3.2 numbers. Those of an unknown id (E5) have a test of their own.
const ERRORS: [(&str, &str); 5] = [
    (
        "E1",
        "job {id}: job with state {state} cannot be requested to be canceled",
    ),
    (
        "E1 paused",
        "job {id}: job with state {state} cannot be requested to be paused",
    ),
    ("E2", "job {id}: job with state {state} cannot be resumed"),
    (
        "E3",
        "job {id}: job {id} is paused and has non-nil FinalResumeError hence cannot be canceled and should be reverted: job canceled by user",
    ),
    ("E4", "job {id}: job {id}: not cancelable"),
];

/// A kind of job, and how one gets into the states that it can be in.
struct Kind {
    name: &'static str,
    /// Lines that start one in the session `root`.
    starts: &'static [&'static str],
    /// States that such a job is brought into.
    states: &'static [&'static str],
    /// A state that only another job of the kind gets into: its name, the lines that start that one, and
    /// those that another session says some time later.
    other: &'static [(
        &'static str,
        &'static [&'static str],
        &'static [&'static str],
    )],
    /// What ALL calls it; empty if ALL does not know it.
    all: &'static str,
}

/// Every state of a job that can be cancelled and runs for a while.
const LONG: &[&str] = &[
    "running",
    "pause-requested",
    "paused",
    "paused, was reverting",
    "cancel-requested",
    "reverting",
    "canceled",
];

const CANCELABLE: [Kind; 10] = [
    Kind {
        name: "BACKUP",
        starts: &["BACKUP DATABASE movr INTO 'nodelocal://1/backup' WITH detached;"],
        states: LONG,
        other: &[
            (
                "succeeded",
                &["BACKUP TABLE movr.vehicles INTO 'nodelocal://1/backup' WITH detached;"],
                &[],
            ),
            (
                "failed",
                &["BACKUP DATABASE movr INTO 'nodelocal://1/backup' WITH detached;"],
                &["\\fault full nodelocal://1/backup"],
            ),
        ],
        all: "backup",
    },
    // Its names are taken from the start on, so nothing makes it fail: 4.2.
    Kind {
        name: "RESTORE",
        starts: &[
            "BACKUP DATABASE movr INTO 'nodelocal://1/backup';",
            "RESTORE DATABASE movr FROM LATEST IN 'nodelocal://1/backup' WITH new_db_name = 'copy', detached;",
        ],
        states: LONG,
        other: &[(
            "succeeded",
            &[
                "BACKUP TABLE movr.vehicles INTO 'nodelocal://1/backup';",
                "RESTORE TABLE movr.vehicles FROM LATEST IN 'nodelocal://1/backup' WITH into_db = 'bank', detached;",
            ],
            &[],
        )],
        all: "restore",
    },
    Kind {
        name: "IMPORT",
        starts: &[
            "IMPORT INTO movr.rides CSV DATA ('nodelocal://1/import/rides.csv') WITH detached;",
        ],
        states: LONG,
        other: &[
            (
                "succeeded",
                &[
                    "IMPORT INTO movr.rides CSV DATA ('nodelocal://1/import/rides.csv') WITH detached;",
                ],
                &[],
            ),
            (
                "failed",
                &[
                    "IMPORT INTO movr.rides CSV DATA ('nodelocal://1/import/bad.csv') WITH detached;",
                ],
                &[],
            ),
        ],
        all: "import",
    },
    Kind {
        name: "NEW SCHEMA CHANGE",
        starts: &["\\start CREATE INDEX ON movr.rides (rider_id);"],
        states: LONG,
        other: &[(
            "failed",
            &["\\start CREATE INDEX ON movr.rides (rider_id);"],
            &["DROP TABLE movr.rides;"],
        )],
        all: "",
    },
    Kind {
        name: "SCHEMA CHANGE",
        starts: &[
            "SET use_declarative_schema_changer = 'off';",
            "\\start CREATE INDEX ON movr.rides (rider_id);",
        ],
        states: LONG,
        other: &[
            (
                "pending",
                &["BEGIN;", "CREATE INDEX ON movr.rides (rider_id);"],
                &[],
            ),
            (
                "succeeded",
                &[
                    "SET use_declarative_schema_changer = 'off';",
                    "CREATE INDEX ON movr.users (name);",
                ],
                &[],
            ),
            (
                "failed",
                &[
                    "SET use_declarative_schema_changer = 'off';",
                    "\\start CREATE INDEX ON movr.rides (rider_id);",
                ],
                &["DROP TABLE movr.rides;"],
            ),
        ],
        all: "",
    },
    Kind {
        name: "CHANGEFEED",
        starts: &["CREATE CHANGEFEED FOR TABLE movr.rides INTO 'kafka://broker:9092';"],
        states: LONG,
        other: &[
            (
                "succeeded",
                &[
                    "CREATE CHANGEFEED FOR TABLE movr.users INTO 'null://' WITH initial_scan = 'only';",
                ],
                &[],
            ),
            (
                "failed",
                &["CREATE CHANGEFEED FOR TABLE movr.rides INTO 'null://';"],
                &["DROP TABLE movr.rides;"],
            ),
        ],
        all: "changefeed",
    },
    Kind {
        name: "CREATE STATS",
        starts: &["\\start CREATE STATISTICS s FROM bank.transactions;"],
        states: LONG,
        other: &[("succeeded", &["CREATE STATISTICS s FROM movr.users;"], &[])],
        all: "",
    },
    Kind {
        name: "INSPECT",
        starts: &["\\start INSPECT TABLE bank.transactions;"],
        states: LONG,
        other: &[("succeeded", &["INSPECT TABLE movr.users;"], &[])],
        all: "",
    },
    Kind {
        name: "LOGICAL REPLICATION",
        starts: &[
            "CREATE LOGICAL REPLICATION STREAM FROM TABLE movr.users ON 'postgresql://source:26257' INTO TABLE movr.users;",
        ],
        states: LONG,
        other: &[],
        all: "",
    },
    Kind {
        name: "REPLICATION STREAM INGESTION",
        starts: &[
            "CREATE VIRTUAL CLUSTER app;",
            "CREATE VIRTUAL CLUSTER dst FROM REPLICATION OF app ON 'postgresql://source:26257';",
        ],
        states: LONG,
        other: &[(
            "succeeded",
            &[
                "CREATE VIRTUAL CLUSTER app;",
                "CREATE VIRTUAL CLUSTER dst FROM REPLICATION OF app ON 'postgresql://source:26257';",
            ],
            &["ALTER VIRTUAL CLUSTER dst COMPLETE REPLICATION TO LATEST;"],
        )],
        all: "",
    },
];

const FIRM: [Kind; 4] = [
    Kind {
        name: "SCHEMA CHANGE GC",
        starts: &["DROP TABLE movr.users;"],
        states: &["running", "pause-requested", "paused"],
        other: &[(
            "succeeded",
            &[
                "ALTER TABLE movr.users CONFIGURE ZONE USING gc.ttlseconds = 1;",
                "DROP TABLE movr.users;",
            ],
            &[],
        )],
        all: "",
    },
    Kind {
        name: "NEW SCHEMA CHANGE",
        starts: &["CREATE INDEX ON movr.users (name);"],
        states: &["succeeded"],
        other: &[],
        all: "",
    },
    Kind {
        name: "SCHEMA CHANGE",
        starts: &["GRANT SELECT ON TABLE movr.users TO testuser;"],
        states: &["succeeded"],
        other: &[(
            "pending",
            &["BEGIN;", "ALTER TABLE movr.users RENAME TO people;"],
            &[],
        )],
        all: "",
    },
    Kind {
        name: "KEY VISUALIZER",
        starts: &[],
        states: &["running", "pause-requested", "paused"],
        other: &[],
        all: "",
    },
];

const CLASSIC_KINDS: [Kind; 4] = [
    Kind {
        name: "BACKUP",
        starts: &["\\start BACKUP DATABASE movr TO 'nodelocal:///a';"],
        states: &["running", "paused", "canceled"],
        other: &[
            (
                "succeeded",
                &["BACKUP TABLE movr.vehicles TO 'nodelocal:///a';"],
                &[],
            ),
            (
                "failed",
                &["\\start BACKUP DATABASE movr TO 'nodelocal:///a';"],
                &["\\fault full nodelocal:///a"],
            ),
        ],
        all: "",
    },
    Kind {
        name: "RESTORE",
        starts: &[
            "BACKUP DATABASE movr TO 'nodelocal:///a';",
            "CREATE DATABASE copy;",
            "\\start RESTORE TABLE movr.rides FROM 'nodelocal:///a' WITH into_db = 'copy';",
        ],
        states: &["running", "paused", "canceled", "succeeded"],
        other: &[],
        all: "",
    },
    Kind {
        name: "IMPORT",
        starts: &[
            "\\start IMPORT TABLE movr.more CREATE USING 'nodelocal://1/import/rides.sql' CSV DATA ('nodelocal://1/import/rides.csv');",
        ],
        states: &["running", "paused", "canceled", "succeeded"],
        other: &[(
            "failed",
            &[
                "\\start IMPORT TABLE movr.more CREATE USING 'nodelocal://1/import/rides.sql' CSV DATA ('nodelocal://1/import/bad.csv');",
            ],
            &[],
        )],
        all: "",
    },
    Kind {
        name: "CHANGEFEED",
        starts: &["CREATE CHANGEFEED FOR TABLE movr.rides INTO 'kafka://broker:9092';"],
        states: &["running", "paused", "canceled"],
        other: &[(
            "failed",
            &["CREATE CHANGEFEED FOR TABLE movr.rides INTO 'kafka://broker:9092';"],
            &["DROP TABLE movr.rides;"],
        )],
        all: "",
    },
];

const CLASSIC_SCHEMA_KINDS: [Kind; 1] = [Kind {
    name: "SCHEMA CHANGE",
    starts: &["\\start CREATE INDEX ON movr.rides (rider_id);"],
    states: &["running", "canceled", "succeeded"],
    other: &[
        (
            "pending",
            &["BEGIN;", "CREATE INDEX ON movr.rides (rider_id);"],
            &[],
        ),
        (
            "failed",
            &["\\start CREATE INDEX ON movr.rides (rider_id);"],
            &["DROP TABLE movr.rides;"],
        ),
    ],
    all: "",
}];

const CLASSIC_ROLL_BACKS: [Kind; 1] = [Kind {
    name: "SCHEMA CHANGE",
    starts: &[
        "\\start CREATE INDEX ON movr.rides (rider_id);",
        "\\connect root#3",
        "\\advance 60s",
        "CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE status = 'running');",
    ],
    states: &["running"],
    other: &[],
    all: "",
}];

/// A cluster with a job that is in the state.
struct Run {
    playground: Playground,
    /// Who controls the job: the one inside whose transaction it stands, or another.
    session: &'static str,
    id: i64,
    newest: bool,
}

impl Run {
    fn start(scenario: &str, kind: &Kind, state: &str) -> Run {
        let mut playground = Playground::open(scenario, 11)
            .expect("starts")
            .running_the_clock();
        let other = kind.other.iter().find(|(name, ..)| *name == state);
        let (starts, later) = other.map_or((kind.starts, &[][..]), |(_, s, l)| (*s, *l));
        let mut session = "root".to_owned();
        for line in starts {
            let outcome = playground.line(&session, line);
            assert!(outcome.error.is_none(), "{line}: {}", outcome.error_text);
            session = playground.current().to_owned();
        }
        playground.open_session("root#2").expect("a second session");
        let mut run = Run {
            playground,
            session: if state == "pending" { "root" } else { "root#2" },
            id: 0,
            newest: !scenario.contains("v2.1"),
        };
        let listing = match run.newest && kind.name == "KEY VISUALIZER" {
            true => "SHOW AUTOMATIC JOBS",
            false => "SHOW JOBS",
        };
        let name = kind.name;
        let found = run.value(&format!(
            "SELECT max(job_id)::STRING FROM [{listing}] WHERE job_type = '{name}';"
        ));
        run.id = found.parse().unwrap_or_else(|_| panic!("{name}: {found}"));
        if !later.is_empty() {
            run.advance(20);
        }
        for line in later {
            let outcome = run.playground.line("root#2", line);
            assert!(outcome.error.is_none(), "{line}: {}", outcome.error_text);
        }
        run
    }

    /// The only value that a query gives.
    fn value(&mut self, query: &str) -> String {
        let outcome = self.playground.line(self.session, query);
        match outcome.answer.map(|a| a.body) {
            Some(Body::Rows(set)) => match set.rows.first().and_then(|r| r.first()) {
                Some(Value::Text(text)) => text.to_string(),
                Some(Value::Null) | None => String::new(),
                Some(other) => panic!("{query}: {other:?}"),
            },
            _ => panic!("{query}: {}", outcome.error_text),
        }
    }

    /// What the session sees of the job.
    fn seen(&mut self, column: &str) -> String {
        let id = self.id;
        let from = match self.newest {
            true => format!("[SHOW JOB {id}]"),
            false => format!("[SHOW JOBS] WHERE job_id = {id}"),
        };
        self.value(&format!("SELECT {column} FROM {from};"))
    }

    fn state(&mut self) -> String {
        self.seen("status")
    }

    /// The statement's count of rows, or its error.
    fn say(&mut self, statement: &str) -> Result<u64, String> {
        let outcome = self.playground.line(self.session, statement);
        match (outcome.error, outcome.answer.map(|a| a.body)) {
            (None, Some(Body::Command { rows, .. })) => Ok(rows),
            (Some(error), _) => Err(error.message.clone()),
            _ => panic!("{statement}: no count"),
        }
    }

    fn control(&mut self, verb: &str) -> Result<u64, String> {
        self.say(&format!("{verb} JOB {};", self.id))
    }

    fn advance(&mut self, seconds: u64) {
        let until = self.playground.now() + Duration::from_secs(seconds);
        self.playground.run_until(until);
    }

    /// Lets time pass until the job is in the state.
    fn until(&mut self, state: &str) {
        for _ in 0..40_000 {
            let jobs = &self.playground.engine().cluster().jobs;
            let now = jobs
                .iter()
                .find(|j| j.id == self.id)
                .map_or("", |j| j.status);
            if now == state {
                return;
            }
            let until = self.playground.now() + Duration::from_millis(500);
            self.playground.run_until(until);
        }
        panic!("job is {} and never {state}", self.state());
    }

    /// Brings a running job into the state.
    fn bring(&mut self, state: &str) {
        let by: &[&str] = match state {
            "pending" => return,
            "pause-requested" | "paused" => &["PAUSE"],
            "cancel-requested" | "reverting" | "canceled" => &["CANCEL"],
            "paused, was reverting" => &["CANCEL", "reverting", "PAUSE"],
            _ => &[],
        };
        for step in by {
            match *step {
                "reverting" => self.until("reverting"),
                verb => assert_eq!(self.control(verb), Ok(1), "{verb} on the way to {state}"),
            }
        }
        let asked = ["pause-requested", "cancel-requested"].contains(&state);
        if !asked {
            self.until(state.split(',').next().unwrap_or(state));
        }
    }
}

/// What a cell of the table says, in full.
fn in_full(cell: &str, state: &str, run: &mut Run) -> String {
    let named = ERRORS.iter().find(|(name, _)| *name == cell);
    let error = match cell.contains("{err}") {
        true => run.seen("error"),
        false => String::new(),
    };
    named
        .map_or(cell, |(_, text)| text)
        .replace("{id}", &run.id.to_string())
        .replace("{state}", state)
        .replace("{err}", &error)
}

/// Walks every kind through every state that it has, and says every statement to it there.
fn walk<const N: usize>(scenario: &str, kinds: &[Kind], table: &[[&str; N]]) {
    for kind in kinds {
        let others = kind.other.iter().map(|(state, ..)| *state);
        for state in kind.states.iter().copied().chain(others) {
            let row = table.iter().find(|row| row[0] == state);
            let row = row.unwrap_or_else(|| panic!("{}: no row for {state}", kind.name));
            for (verb, cell) in ["CANCEL", "PAUSE", "RESUME"].into_iter().zip(&row[1..]) {
                let mut run = Run::start(scenario, kind, state);
                run.bring(state);
                let before = run.state();
                let wanted = match cell.strip_prefix("→ ") {
                    Some(after) => (Ok(1), after.to_owned()),
                    None if *cell == "no-op" => (Ok(1), before.clone()),
                    None => (Err(in_full(cell, state, &mut run)), before.clone()),
                };
                let said = run.control(verb);
                // After an error inside a transaction nothing can be asked.
                let after = match state == "pending" && said.is_err() {
                    true => before,
                    false => run.state(),
                };
                assert_eq!((said, after), wanted, "{} {state}: {verb}", kind.name);
                let violated = run.playground.engine().check();
                assert!(violated.is_empty(), "{violated:?}");
            }
            let each = ["CANCEL", "PAUSE", "RESUME"].into_iter().enumerate();
            for (i, verb) in each.filter(|_| !kind.all.is_empty() && N == 7) {
                let mut run = Run::start(scenario, kind, state);
                run.bring(state);
                let (single, taken) = (row[1 + i], row[4 + i]);
                let before = run.state();
                let wanted = match (taken, single.strip_prefix("→ ")) {
                    ("pass", _) => (Ok(0), before),
                    (_, Some(after)) => (Ok(1), after.to_owned()),
                    _ => (Err(in_full(single, state, &mut run)), before),
                };
                let said = run.say(&format!("{verb} ALL {} JOBS;", kind.all));
                let found = (said, run.state());
                assert_eq!(found, wanted, "{} {state}: {verb} ALL", kind.name);
            }
        }
    }
}

#[test]
fn every_kind_every_state_every_statement() {
    walk("cockroachdb", &CANCELABLE, &NEWEST);
}

#[test]
fn every_kind_every_state_every_statement_not_cancelable() {
    walk("cockroachdb", &FIRM, &NEWEST_FIRM);
}

#[test]
fn every_kind_every_state_every_statement_v2_1() {
    walk("cockroachdb-v2.1", &CLASSIC_KINDS, &CLASSIC);
    walk("cockroachdb-v2.1", &CLASSIC_SCHEMA_KINDS, &CLASSIC_SCHEMA);
    walk("cockroachdb-v2.1", &CLASSIC_ROLL_BACKS, &CLASSIC_ROLL_BACK);
}

/// The jobs of a schedule, in every state: FOR SCHEDULE as ALL. reference 3.4
#[test]
fn every_state_every_statement_for_schedule() {
    for kind in ["BACKUP DATABASE movr", "CHANGEFEED TABLE movr.rides"] {
        for row in NEWEST.iter().filter(|row| LONG.contains(&row[0])) {
            for (i, verb) in ["CANCEL", "PAUSE", "RESUME"].into_iter().enumerate() {
                let create = format!(
                    "CREATE SCHEDULE s FOR {kind} INTO 'nodelocal://1/s' RECURRING '@daily'{} WITH SCHEDULE OPTIONS first_run = 'now';",
                    if kind.starts_with('B') {
                        " FULL BACKUP ALWAYS"
                    } else {
                        ""
                    }
                );
                let mut playground = Playground::open("cockroachdb", 11)
                    .expect("starts")
                    .running_the_clock();
                playground.open_session("root#2").expect("a second session");
                let outcome = playground.line("root#2", &create);
                assert!(outcome.error.is_none(), "{create}: {}", outcome.error_text);
                let mut run = Run {
                    playground,
                    session: "root#2",
                    id: 0,
                    newest: true,
                };
                run.advance(70);
                let of = "FOR SCHEDULES (SELECT id FROM [SHOW SCHEDULES])";
                let found = run.value(&format!(
                    "SELECT max(job_id)::STRING FROM [SHOW JOBS {of}];"
                ));
                run.id = found.parse().expect("its job");
                run.bring(row[0]);
                let before = run.state();
                let wanted = match (row[4 + i], row[1 + i].strip_prefix("→ ")) {
                    ("pass", _) => (Ok(0), before),
                    (_, Some(after)) => (Ok(1), after.to_owned()),
                    _ => (Err(in_full(row[1 + i], row[0], &mut run)), before),
                };
                let said = run.say(&format!("{verb} JOBS {of};"));
                assert_eq!((said, run.state()), wanted, "{kind} {}: {verb}", row[0]);
            }
        }
    }
}

/// E5, without a prefix, in both versions: 3.2, 3.4
#[test]
fn no_such_job() {
    for scenario in ["cockroachdb", "cockroachdb-v2.1"] {
        let mut playground = Playground::open(scenario, 11).expect("starts");
        for verb in ["CANCEL", "PAUSE", "RESUME"] {
            let outcome = playground.line("root", &format!("{verb} JOB 12;"));
            let error = outcome.error.expect("refused");
            assert_eq!(error.message, "job with ID 12 does not exist");
        }
    }
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

/// Least and most of what was measured.
struct Spread(Duration, Duration);

impl Spread {
    fn new() -> Spread {
        Spread(Duration(u64::MAX), Duration::ZERO)
    }
    fn add(&mut self, seed: u64, d: Duration, least: u64, most: u64) {
        let within = d >= Duration::from_millis(least) && d <= Duration::from_millis(most);
        assert!(within, "seed {seed}: {d} is not in {least}..{most} ms");
        self.0 = self.0.min(d);
        self.1 = self.1.max(d);
    }
    /// The clocks run freely: what is measured fills its interval but for a twentieth at each end.
    fn fills(&self, least: u64, most: u64) {
        let margin = (most - least) / 20;
        assert!(
            self.0 <= Duration::from_millis(least + margin)
                && self.1 >= Duration::from_millis(most - margin),
            "{}..{} does not fill {least}..{most} ms",
            self.0,
            self.1
        );
    }
}

/// Served by the claiming node's cancel loop (10 s ± 1/6), undone by whoever adopts it (30 s ± 1/6
/// at the most, for three nodes' loops run) and the seconds that deleting a checkpoint takes. 4.1
#[test]
fn clocks_with_a_live_coordinator() {
    // reference 4.1, v26.2: jitter
    // reference 4.1, v26.2: the timeline, claimed by a live node
    let (mut served, mut undone) = (Spread::new(), Spread::new());
    for seed in 0..SEEDS {
        let (s, u) = cancelled(seed, false);
        served.add(seed, s, 0, 11_667);
        undone.add(seed, u, 0, 37_000);
    }
    served.fills(0, 11_667);
    undone.fills(800, 31_500);
}

/// First the dead node's session must expire (40 s), then a cancel loop drops its claim (10 s ± 1/6),
/// then an adopt loop claims the job (30 s ± 1/6), then a cancel loop serves the request. 4.1
#[test]
fn clocks_with_a_dead_coordinator() {
    // reference 4.1, v26.2: the timeline, the coordinator died
    let (mut served, mut undone) = (Spread::new(), Spread::new());
    for seed in 0..SEEDS {
        let (s, u) = cancelled(seed, true);
        served.add(seed, s, 40_000, 98_334);
        undone.add(seed, u, 0, 37_000);
    }
    served.fills(42_000, 83_500);
    undone.fills(800, 31_500);
}
