//! OceanBase: what cannot be said case by case. How long a cancellation takes, over many seeds;
//! who gets which answer in which state, as one complete table.
#![cfg(not(target_arch = "wasm32"))]

use jobscope::base::{Duration, Rng, Time};
use jobscope::cluster::Job;
use jobscope::playground::Playground;
use jobscope::system::Style;
use std::fmt::Write;

/// A slow build looks at a sample.
const SEEDS: u64 = if cfg!(debug_assertions) { 300 } else { 1_000 };

fn at(job: &Job, status: &str) -> Option<Time> {
    job.history
        .iter()
        .find(|t| t.status == status)
        .map(|t| t.at)
}

/// From the statement to CANCELED within one idle interval of the service and what its tasks need
/// to stop; into the history view within one more (reference: oceanbase-backup 3.1, 3.6, 7).
#[test]
fn a_cancellation_takes_its_time() {
    let (mut shortest, mut longest) = (Duration(u64::MAX), Duration::ZERO);
    for seed in 0..SEEDS {
        let mut run = Playground::open("oceanbase-cancel-backup", seed).expect("scenario");
        let mut rng = Rng::new(seed, "timing");
        run.run_until(run.now() + Duration(rng.below(90_000_000)));
        let asked = run.now();
        run.submit("root@sys", "ALTER SYSTEM CANCEL BACKUP;");
        run.run_until(asked + Duration::from_secs(100));
        let cluster = run.engine().cluster();
        for (ix, job) in cluster.job_list().filter(|(_, j)| j.kind == "BACKUP") {
            let canceling = at(job, "CANCELING").expect("it was running");
            let canceled = at(job, "CANCELED")
                .unwrap_or_else(|| panic!("seed {seed}: {} is {}", job.title, job.status));
            assert!(
                canceling.since(asked) <= Duration::from_millis(20),
                "seed {seed}"
            );
            let waited = canceled.since(canceling);
            assert!(
                waited > Duration::ZERO && waited <= Duration::from_secs(31),
                "seed {seed}: {waited}"
            );
            shortest = shortest.min(waited);
            longest = longest.max(waited);
            let moved = cluster
                .story
                .iter()
                .find(|h| h.job == Some(ix) && h.text.contains("history view"))
                .unwrap_or_else(|| panic!("seed {seed}: {} is not in history", job.title));
            let waited = moved.at.since(canceled);
            assert!(
                waited > Duration::ZERO && waited <= Duration::from_secs(31),
                "seed {seed}: {waited}"
            );
        }
    }
    // The whole of the interval occurs.
    assert!(shortest < Duration::from_secs(3), "{shortest}");
    assert!(longest > Duration::from_secs(27), "{longest}");
}

/// The states in which the tenant's jobs are met, and the lines that lead there.
const STATES: &[(&str, &[&str])] = &[
    ("no job", &[]),
    ("INIT", &["ALTER SYSTEM BACKUP DATABASE;"]),
    (
        "DOING, metadata",
        &["ALTER SYSTEM BACKUP DATABASE;", "\\advance 3s"],
    ),
    (
        "DOING, data",
        &["ALTER SYSTEM BACKUP DATABASE;", "\\advance 60s"],
    ),
    (
        "CANCELING",
        &[
            "ALTER SYSTEM BACKUP DATABASE;",
            "\\advance 60s",
            "ALTER SYSTEM CANCEL BACKUP;",
        ],
    ),
    (
        "CANCELED, row still there",
        &[
            "ALTER SYSTEM BACKUP DATABASE;",
            "\\advance 60s",
            "ALTER SYSTEM CANCEL BACKUP;",
            "\\wait mysql_tenant/1 canceled",
            "\\wait oracle_tenant/1 canceled",
        ],
    ),
    (
        "COMPLETED, in history",
        &[
            "ALTER SYSTEM BACKUP DATABASE;",
            "\\wait mysql_tenant/1 completed",
            "\\wait oracle_tenant/1 completed",
            "\\advance 1m",
        ],
    ),
    (
        "archive stopped",
        &["ALTER SYSTEM NOARCHIVELOG;", "\\advance 10s"],
    ),
];

const STATEMENTS: &[&str] = &[
    "ALTER SYSTEM CANCEL BACKUP;",
    "ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant;",
    "ALTER SYSTEM CANCEL BACKUP TENANT = sys;",
    "ALTER SYSTEM CANCEL BACKUP TENANT = nobody;",
    "ALTER SYSTEM CANCEL DELETE BACKUP;",
    "ALTER SYSTEM CANCEL DELETE BACKUP TENANT = mysql_tenant;",
    "ALTER SYSTEM BACKUP DATABASE;",
    "ALTER SYSTEM BACKUP TENANT = mysql_tenant;",
    "ALTER SYSTEM BACKUP INCREMENTAL DATABASE PLUS ARCHIVELOG;",
    "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d';",
    "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d' TENANT mysql_tenant;",
    "ALTER SYSTEM DROP DELETE BACKUP POLICY 'default';",
    "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup/new';",
    "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup/new' TENANT = mysql_tenant;",
    "ALTER SYSTEM ARCHIVELOG;",
    "ALTER SYSTEM NOARCHIVELOG;",
    "ALTER SYSTEM CANCEL RESTORE mysql_tenant;",
];

const SESSIONS: &[&str] = &[
    "root@sys",
    "root@mysql_tenant",
    "SYS@oracle_tenant",
    "reader@mysql_tenant",
];

/// Every session × statement × state: what the client prints first, and what the tenants' backup
/// jobs are afterwards. The golden file is generated (`UPDATE_GOLDEN=1`) and reviewed.
#[test]
fn who_gets_which_answer_in_which_state() {
    let mut table = String::new();
    for (state, lines) in STATES {
        let mut start = Playground::open("oceanbase", 5)
            .expect("scenario")
            .running_the_clock();
        start.open_session("root@mysql_tenant").expect("a session");
        start.submit("root@mysql_tenant", "CREATE USER reader IDENTIFIED BY 'x';");
        for line in *lines {
            start.submit("root@sys", line);
        }
        for session in SESSIONS {
            writeln!(table, "== {state} · {session}").expect("a string");
            for statement in STATEMENTS {
                let mut engine = start.engine().boxed_clone();
                let ix = engine.connect(session, None).expect("a session");
                let answer = engine
                    .execute(ix, statement.trim_end_matches(';'))
                    .expect("no statement waits");
                let speaker = engine.sessions().get(ix.0 as usize).expect("a session");
                let said = engine
                    .client()
                    .render(speaker, statement, &answer, &Style::default());
                let first = said.lines().next().unwrap_or("");
                // Without the time that it took.
                let first = first.split(" (0.").next().unwrap_or(first);
                let jobs: Vec<String> = engine
                    .cluster()
                    .jobs
                    .iter()
                    .filter(|j| j.kind == "BACKUP")
                    .map(|j| format!("{}/{} {}", j.tenant.0, j.id, j.status))
                    .collect();
                writeln!(table, "{statement}\n    {first}\n    [{}]", jobs.join(", "))
                    .expect("a string");
            }
        }
    }
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/oceanbase-answers.txt"
    );
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &table).expect("golden file is writable");
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    for (number, (is, was)) in table.lines().zip(golden.lines()).enumerate() {
        assert_eq!(is, was, "line {} of {path}", number + 1);
    }
    assert_eq!(table.lines().count(), golden.lines().count());
}
