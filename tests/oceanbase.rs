//! OceanBase: what cannot be said case by case. How long a cancellation takes, over many seeds;
//! who gets which answer in which state, as one complete table.
#![cfg(not(target_arch = "wasm32"))]

use jobscope::base::{Duration, Rng, Time};
use jobscope::cluster::{FileState, Job};
use jobscope::playground::Playground;
use jobscope::query::Format;
use jobscope::system::{Body, Engine, Style};
use std::fmt::Write;

const SEEDS: u64 = 1_000;

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

/// Stands for letting time pass until a cleanup has begun: it comes by the hour.
const CLEANUP: &str = "a cleanup";

fn cleanup_runs(run: &Playground) -> bool {
    let jobs = &run.engine().cluster().jobs;
    jobs.iter()
        .any(|j| j.kind == "DELETE BACKUP" && j.status == "DOING")
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
        "own job and sys's job",
        &[
            "ALTER SYSTEM BACKUP DATABASE;",
            "\\connect root@mysql_tenant",
            "ALTER SYSTEM BACKUP DATABASE;",
            "\\connect root@sys",
            "\\advance 20s",
        ],
    ),
    (
        "no destination",
        &[
            "ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = mysql_tenant;",
            "ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = oracle_tenant;",
        ],
    ),
    (
        "FAILED, row still there",
        &[
            "ALTER SYSTEM BACKUP DATABASE;",
            "\\advance 20s",
            "\\fault full file:///backup/mysql_tenant/data",
            "\\wait mysql_tenant/1 failed",
        ],
    ),
    (
        "a cleanup runs",
        &[
            "ALTER SYSTEM BACKUP DATABASE;",
            "\\advance 60s",
            "ALTER SYSTEM CANCEL BACKUP;",
            "\\wait last canceled",
            "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1s' TENANT mysql_tenant;",
            CLEANUP,
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
    "ALTER SYSTEM CANCEL RECOVER TABLE mysql_tenant;",
    "ALTER SYSTEM RESTORE t FROM 'file:///backup/mysql_tenant/data' WITH 'pool_list=pool_restore';",
    "ALTER SYSTEM BACKUP KEY;",
    "ALTER SYSTEM BACKUP CLUSTER PARAMETERS TO 'file:///backup/new';",
    "ALTER SYSTEM DELETE BACKUPSET 1;",
    "ALTER SYSTEM DELETE OBSOLETE BACKUP;",
    "ALTER SYSTEM CANCEL BACKUP BACKUPSET;",
    "ALTER SYSTEM SUSPEND BACKUP;",
    "ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant;",
    "ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER';",
    "SET ENCRYPTION ON IDENTIFIED BY 'pw' ONLY;",
    "SET DECRYPTION IDENTIFIED BY 'pw';",
    "DROP TENANT mysql_tenant;",
];

const SESSIONS: &[&str] = &[
    "root@sys",
    "root@mysql_tenant",
    "SYS@oracle_tenant",
    "reader@mysql_tenant",
    "READER@oracle_tenant",
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
        start.open_session("SYS@oracle_tenant").expect("a session");
        start.submit("SYS@oracle_tenant", "CREATE USER reader IDENTIFIED BY x;");
        for line in *lines {
            if *line == CLEANUP {
                while !cleanup_runs(&start) {
                    assert!(start.step());
                }
            } else {
                start.submit("root@sys", line);
            }
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
                    .filter(|j| j.kind.ends_with("BACKUP"))
                    .map(|j| {
                        let kind = j.kind.strip_suffix("BACKUP").unwrap_or("");
                        format!("{kind}{}/{} {}", j.tenant.0, j.id, j.status)
                    })
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

/// Rows of a query, as sys sees them now: asked of a copy, so that nothing happens.
fn rows(run: &Playground, query: &str) -> Vec<String> {
    let mut engine: Box<dyn Engine> = run.engine().boxed_clone();
    let ix = engine.connect("root@sys", None).expect("a session");
    let answer = engine.execute(ix, query).expect("no query waits");
    let Body::Rows(set) = answer.body else {
        panic!("{query}: {:?}", answer.body);
    };
    let mut lines = Vec::new();
    for row in &set.rows {
        let mut cells = Vec::new();
        for value in row {
            let text = Format::OCEANBASE_MYSQL.text(value);
            cells.push(text.unwrap_or_else(|| "NULL".to_owned()));
        }
        lines.push(cells.join(" "));
    }
    lines
}

fn one(run: &Playground, query: &str) -> String {
    rows(run, query).concat()
}

/// A cluster backup over three tenants, one cancelled from inside: the whole story of its rows,
/// and at every moment what must hold between parent, children, sets, files, history and events
/// (reference: oceanbase-backup 3.3, 3.6, 4).
#[test]
fn one_of_three_tenants_cancels() {
    let mut run = Playground::open("oceanbase", 4)
        .expect("scenario")
        .running_the_clock();
    for line in [
        "CREATE TENANT third RESOURCE_POOL_LIST = ('pool_restore');",
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///backup/third/archive' TENANT = third;",
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup/third/data' TENANT = third;",
        "ALTER SYSTEM ARCHIVELOG TENANT = third;",
        "\\advance 10s",
        "ALTER SYSTEM BACKUP DATABASE;",
        "\\advance 45s",
    ] {
        run.submit("root@sys", line);
    }
    run.open_session("SYS@oracle_tenant").expect("a session");
    run.submit("SYS@oracle_tenant", "ALTER SYSTEM CANCEL BACKUP;");

    let mut story: Vec<String> = Vec::new();
    let end = run.now() + Duration::from_mins(20);
    loop {
        // Job, set task and set of the cancelled tenant; where its row is; what the events say.
        let job = one(
            &run,
            "SELECT STATUS, RESULT FROM CDB_OB_BACKUP_JOBS WHERE TENANT_ID = 1004",
        );
        let history = one(
            &run,
            "SELECT STATUS, RESULT FROM CDB_OB_BACKUP_JOB_HISTORY WHERE TENANT_ID = 1004",
        );
        let task = one(
            &run,
            "SELECT STATUS, RESULT FROM CDB_OB_BACKUP_TASKS WHERE TENANT_ID = 1004",
        );
        let task_history = one(
            &run,
            "SELECT STATUS, RESULT FROM CDB_OB_BACKUP_TASK_HISTORY WHERE TENANT_ID = 1004",
        );
        let set = one(
            &run,
            "SELECT STATUS, FILE_STATUS, RESULT FROM CDB_OB_BACKUP_SET_FILES WHERE TENANT_ID = 1004",
        );
        let events = one(
            &run,
            "SELECT COUNT(*) FROM DBA_OB_ROOTSERVICE_EVENT_HISTORY WHERE EVENT LIKE '%cancel%'",
        );
        let parent = one(
            &run,
            "SELECT STATUS, RESULT FROM CDB_OB_BACKUP_JOBS WHERE TENANT_ID = 1",
        );
        let others = rows(
            &run,
            "SELECT STATUS, RESULT FROM CDB_OB_BACKUP_JOBS WHERE TENANT_ID IN (1002, 1006) \
             UNION ALL SELECT STATUS, RESULT FROM CDB_OB_BACKUP_JOB_HISTORY WHERE TENANT_ID IN (1002, 1006)",
        );
        let step = format!(
            "job {job} · task {task} · history {history}, {task_history} · set {set} · {events} events"
        );
        if story.last() != Some(&step) {
            story.push(step.clone());
        }

        // A row is in one of the two views.
        assert!(job.is_empty() != history.is_empty(), "{step}");
        assert!(task.is_empty() != task_history.is_empty(), "{step}");
        assert_eq!(history.is_empty(), task_history.is_empty(), "{step}");
        // The files are given up with the set, and what was written is not removed.
        let cluster = run.engine().cluster();
        let mut files = Vec::new();
        for f in cluster
            .files
            .iter()
            .filter(|f| f.group.starts_with("backup_set_1_full"))
        {
            let dest = cluster.dest(f.dest).expect("a destination");
            if &*dest.uri != "file:///backup/oracle_tenant/data" {
                continue;
            }
            if f.deleted.is_some() {
                assert_eq!(f.held, 0, "{}", f.path);
            } else {
                files.push(f);
            }
        }
        assert!(files.iter().all(|f| !f.path.contains("_end_")), "{step}");
        let given_up = files.iter().all(|f| f.state == FileState::Incomplete);
        assert_eq!(given_up, set.starts_with("FAILED"), "{step}");
        // The others go on untouched, and the parent waits for them.
        let finished = others.iter().filter(|o| *o == "COMPLETED 0").count();
        assert!(
            others.iter().all(|o| o == "DOING 0" || o == "COMPLETED 0"),
            "{others:?}"
        );
        if finished < 2 || !(job.is_empty() || job.starts_with("CANCELED")) {
            assert_eq!(parent, "DOING 0", "{step}");
        }
        if parent.is_empty() || run.now() >= end || !run.step() {
            break;
        }
    }
    assert_eq!(
        story,
        [
            "job CANCELING 0 · task BACKUP_DATA_MAJOR 0 · history ,  · set DOING COPYING 0 · 0 events",
            "job CANCELING 0 · task CANCELING 0 · history ,  · set DOING COPYING 0 · 1 events",
            "job CANCELING 0 · task CANCELED -4072 · history ,  · set FAILED INCOMPLETE 0 · 2 events",
            "job CANCELED -4072 · task CANCELED -4072 · history ,  · set FAILED INCOMPLETE 0 · 2 events",
            "job  · task  · history CANCELED -4072, CANCELED -4072 · set FAILED INCOMPLETE 0 · 2 events",
        ]
    );
    let of = |id: u32| {
        one(
            &run,
            &format!("SELECT STATUS, RESULT FROM CDB_OB_BACKUP_JOB_HISTORY WHERE TENANT_ID = {id}"),
        )
    };
    assert_eq!(of(1), "FAILED -4072");
    assert_eq!(
        (of(1002), of(1006)),
        ("COMPLETED 0".into(), "COMPLETED 0".into())
    );
}
