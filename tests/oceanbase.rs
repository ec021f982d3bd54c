//! OceanBase: what cannot be said case by case. How long a cancellation takes, over many seeds;
//! who gets which answer in which state, as one complete table.
#![cfg(not(target_arch = "wasm32"))]

use jobscope::base::{Duration, Rng, Time};
use jobscope::cluster::{Cluster, FileState, Job};
use jobscope::playground::Playground;
use jobscope::query::Format;
use jobscope::system::{Body, Engine, Style};

const SEEDS: u64 = 1_000;

fn at(cluster: &Cluster, job: &Job, status: &str) -> Option<Time> {
    cluster
        .history(job)
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
        let (outcomes, _) = run.submit("root@sys", "ALTER SYSTEM CANCEL BACKUP;");
        let answer = outcomes[0].answer.as_ref().expect("an answer");
        let statement = Duration::from_millis(5)..=Duration::from_millis(20);
        assert!(
            statement.contains(&answer.elapsed),
            "seed {seed}: {}",
            answer.elapsed
        );
        run.run_until(asked + Duration::from_secs(100));
        let cluster = run.engine().cluster();
        for (ix, job) in cluster.job_list().filter(|(_, j)| j.kind == "BACKUP") {
            let canceling = at(cluster, job, "CANCELING").expect("it was running");
            let canceled = at(cluster, job, "CANCELED")
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

const BACKUP: &str = "ALTER SYSTEM BACKUP DATABASE;";
const CANCEL: &str = "ALTER SYSTEM CANCEL BACKUP;";
const POLICY: &str =
    "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1s' TENANT mysql_tenant;";

/// The states in which the tenants' jobs are met, and the lines that lead there.
const STATES: &[(&str, &[&str])] = &[
    ("none", &[]),
    ("init", &[BACKUP]),
    ("meta", &[BACKUP, "\\advance 3s"]),
    ("data", &[BACKUP, "\\advance 60s"]),
    ("canceling", &[BACKUP, "\\advance 60s", CANCEL]),
    (
        "canceled",
        &[
            BACKUP,
            "\\advance 60s",
            CANCEL,
            "\\wait mysql_tenant/1 canceled",
            "\\wait oracle_tenant/1 canceled",
        ],
    ),
    (
        "completed",
        &[
            BACKUP,
            "\\wait mysql_tenant/1 completed",
            "\\wait oracle_tenant/1 completed",
        ],
    ),
    (
        "failed",
        &[
            BACKUP,
            "\\advance 20s",
            "\\fault full file:///backup/mysql_tenant/data",
            "\\wait mysql_tenant/1 failed",
        ],
    ),
    (
        "history",
        &[BACKUP, "\\wait last completed", "\\advance 1m"],
    ),
    (
        "own",
        &[
            "\\connect root@mysql_tenant",
            BACKUP,
            "\\connect root@sys",
            "\\advance 20s",
        ],
    ),
    (
        "two",
        &[
            BACKUP,
            "\\connect root@mysql_tenant",
            BACKUP,
            "\\connect root@sys",
            "\\advance 20s",
        ],
    ),
    (
        "nodest",
        &[
            "ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = mysql_tenant;",
            "ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = oracle_tenant;",
        ],
    ),
    ("policy", &[POLICY]),
    (
        "cleaning",
        &[
            BACKUP,
            "\\advance 60s",
            CANCEL,
            "\\wait last canceled",
            POLICY,
            CLEANUP,
        ],
    ),
    (
        "uncleaning",
        &[
            BACKUP,
            "\\advance 60s",
            CANCEL,
            "\\wait last canceled",
            POLICY,
            CLEANUP,
            "ALTER SYSTEM CANCEL DELETE BACKUP;",
        ],
    ),
    ("nolog", &["ALTER SYSTEM NOARCHIVELOG;", "\\advance 10s"]),
    ("stopping", &["ALTER SYSTEM NOARCHIVELOG;"]),
    (
        "deferred",
        &[
            "ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER' TENANT = mysql_tenant;",
            "ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER' TENANT = oracle_tenant;",
            "\\advance 10s",
        ],
    ),
    (
        "broken",
        &[
            "\\fault full file:///backup/mysql_tenant/archive",
            "\\advance 1m",
        ],
    ),
    (
        "restoring",
        &[
            BACKUP,
            "\\wait last completed",
            "\\advance 1m",
            "ALTER SYSTEM RESTORE copy FROM 'file:///backup/mysql_tenant/data' WITH 'pool_list=pool_restore';",
            "\\advance 10s",
        ],
    ),
    ("upgrading", &["ALTER SYSTEM BEGIN UPGRADE;"]),
];

/// The table's word for a session, and the session.
const SESSIONS: &[(&str, &str)] = &[
    ("root", "root@sys"),
    ("mysql", "root@mysql_tenant"),
    ("granted", "granted@mysql_tenant"),
    ("reader", "reader@mysql_tenant"),
    ("SYS", "SYS@oracle_tenant"),
    ("READER", "READER@oracle_tenant"),
];

/// Tenants by their index in the cluster: sys, mysql_tenant, oracle_tenant, and what comes later.
fn tenants(word: &str) -> &'static [u16] {
    match word {
        "all" => &[0, 1, 2],
        "both" => &[1, 2],
        "mysql" => &[1],
        "oracle" => &[2],
        "copy" => &[3],
        _ => panic!("no tenants {word}"),
    }
}

/// A row of a job: kind, tenant, id, status.
type Row = (String, u16, i64, String);

fn job_rows(engine: &dyn Engine) -> Vec<Row> {
    let jobs = &engine.cluster().jobs;
    jobs.iter()
        .map(|j| (j.kind.to_owned(), j.tenant.0, j.id, j.status.to_owned()))
        .collect()
}

/// What the words of the table make of the rows: written from its head, not from the engine.
fn effect(before: &[Row], sys: bool, words: &[&str]) -> Vec<Row> {
    let mut rows = before.to_vec();
    // Ids of a tenant's backups and cleanups come from one counter (reference 7), restores too.
    let next = |tenant: u16| {
        let of = |r: &&Row| r.1 == tenant && r.0 != "ARCHIVE";
        before.iter().filter(of).map(|r| r.2).max().unwrap_or(0) + 1
    };
    let mut turn = |kinds: &[&str], who: &str, from: &[&str], to: &str| {
        for (kind, tenant, _, status) in &mut rows {
            if kinds.contains(&kind.as_str())
                && tenants(who).contains(tenant)
                && from.contains(&status.as_str())
            {
                *status = to.to_owned();
            }
        }
    };
    match words {
        ["ok"] => {}
        ["cancels", who] => turn(&["BACKUP"], who, &["INIT", "DOING"], "CANCELING"),
        ["unclean", who] => turn(&["DELETE BACKUP"], who, &["INIT", "DOING"], "CANCELING"),
        ["defers", who] => turn(&["ARCHIVE"], who, &["DOING"], "SUSPENDING"),
        ["stops", who] => turn(
            &["ARCHIVE"],
            who,
            &["PREPARE", "BEGINNING", "DOING", "SUSPEND", "INTERRUPTED"],
            "STOPPING",
        ),
        ["drops", who] => {
            let jobs = ["BACKUP", "DELETE BACKUP"];
            turn(&jobs, who, &["INIT", "DOING"], "FAILED");
            turn(&jobs, who, &["CANCELING"], "CANCELED");
            turn(
                &["ARCHIVE"],
                who,
                &["DOING", "STOPPING", "SUSPEND", "INTERRUPTED"],
                "STOP",
            );
            // The row of sys goes with the restored tenant's.
            for row in &mut rows {
                if row.0 == "RESTORE" && who == &"copy" {
                    row.3 = "RESTORE_FAIL".to_owned();
                }
            }
        }
        ["starts", who] => {
            let parent: &[u16] = if sys { &[0] } else { &[] };
            for &tenant in parent.iter().chain(tenants(who)) {
                let row = ("BACKUP".to_owned(), tenant, next(tenant), "INIT".to_owned());
                rows.push(row);
            }
        }
        ["archives", who] => {
            for &tenant in tenants(who) {
                let rounds = before.iter().filter(|r| r.0 == "ARCHIVE" && r.1 == tenant);
                let id = rounds.map(|r| r.2).max().unwrap_or(0) + 1;
                rows.push(("ARCHIVE".to_owned(), tenant, id, "PREPARE".to_owned()));
            }
        }
        ["restores"] => rows.push(("RESTORE".to_owned(), 0, next(0), "CREATE_TENANT".to_owned())),
        _ => panic!("no effect {words:?}"),
    }
    rows
}

/// The text between quotes is the business of tests/slt/oceanbase/grammar.slt and syntax.slt.
fn without_quotation(said: &str) -> String {
    match (
        said.split_once("right syntax to use near "),
        said.rsplit_once(" at line "),
    ) {
        (Some((head, _)), Some((_, line))) => {
            format!("{head}right syntax to use near '…' at line {line}")
        }
        _ => said.to_owned(),
    }
}

/// Every session × statement × state: the first line that the client prints, and what has become
/// of every job's row, as tests/common/outcomes-oceanbase.txt says.
#[test]
fn every_outcome_is_that_of_the_table() {
    let table = include_str!("common/outcomes-oceanbase.txt");
    let lines = || {
        table
            .lines()
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
    };
    let texts: Vec<(&str, &str)> = lines()
        .filter_map(|l| l.strip_prefix("= ")?.split_once(' '))
        .map(|(word, text)| (word, text.trim()))
        .collect();
    // (statement, sessions, outcomes)
    let mut cells: Vec<(&str, &str, &str)> = Vec::new();
    let mut statement = "";
    for line in lines().filter(|l| !l.starts_with("= ")) {
        let Some(line) = line.strip_prefix("    ") else {
            statement = line;
            continue;
        };
        let (sessions, outcomes) = line
            .split_once("  ")
            .unwrap_or_else(|| panic!("no outcome: {line}"));
        for session in sessions.split(' ') {
            cells.push((statement, session, outcomes.trim()));
        }
    }
    let statements: Vec<&str> = lines().filter(|l| !l.starts_with([' ', '='])).collect();
    assert_eq!(
        cells.len(),
        statements.len() * SESSIONS.len(),
        "the table is complete"
    );

    let (mut tried, mut wrong) = (0, Vec::new());
    let mut used: Vec<&str> = vec!["ok"];
    for (state, path) in STATES {
        let start = reach(path);
        for (statement, session, outcomes) in &cells {
            let name = SESSIONS.iter().find(|s| s.0 == *session);
            let (_, name) = name.unwrap_or_else(|| panic!("no session {session}"));
            let mut parts = outcomes.split(" | ");
            let mut outcome = parts.next().unwrap_or("");
            for part in parts {
                let (states, other) = part.split_once(": ").expect("STATES: OUTCOME");
                for named in states.split(' ') {
                    assert!(STATES.iter().any(|s| s.0 == named), "no state {named}");
                    if named == *state {
                        outcome = other;
                    }
                }
            }
            let words: Vec<&str> = outcome.split(' ').collect();
            let text = texts.iter().find(|t| t.0 == outcome);
            let expected = text.map_or("Query OK, 0 rows affected", |t| t.1);
            used.extend(text.map(|t| t.0));

            let mut engine = start.engine().boxed_clone();
            let ix = engine.connect(name, None).expect("a session");
            let before = job_rows(&*engine);
            let answer = engine.execute(ix, statement).expect("no statement waits");
            let speaker = engine.sessions().get(ix.0 as usize).expect("a session");
            let client = engine.client();
            let said = client.render(speaker, statement, &answer, &Style::default());
            let first = said.lines().next().unwrap_or("");
            // Without the time that it took.
            let first = without_quotation(first.split(" (0.").next().unwrap_or(first));
            let mut after = job_rows(&*engine);
            let mut wanted = if expected.starts_with("Query OK") {
                effect(&before, *session == "root", &words)
            } else {
                before
            };
            after.sort();
            wanted.sort();
            tried += 1;
            if first != expected || after != wanted {
                wrong.push(format!(
                    "{state} · {session} · {statement}\n  table:  {outcome}: {expected} {wanted:?}\n  engine: {first} {after:?}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {tried}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(tried, STATES.len() * SESSIONS.len() * statements.len());
    for (word, _) in &texts {
        assert!(used.contains(word), "no cell says {word}");
    }
}

/// The scenario with the table's users, in one of its states.
fn reach(path: &[&str]) -> Playground {
    let mut run = Playground::open("oceanbase", 5)
        .expect("scenario")
        .running_the_clock();
    run.open_session("root@mysql_tenant").expect("a session");
    run.submit("root@mysql_tenant", "CREATE USER reader, granted;");
    run.submit("root@mysql_tenant", "GRANT ALTER SYSTEM ON *.* TO granted;");
    run.open_session("SYS@oracle_tenant").expect("a session");
    run.submit("SYS@oracle_tenant", "CREATE USER reader IDENTIFIED BY x;");
    for line in path {
        if *line == CLEANUP {
            while !cleanup_runs(&run) {
                assert!(run.step());
            }
        } else {
            let session = run.current().to_owned();
            let outcome = run.submit(&session, line);
            let failed = outcome.0.iter().any(|o| o.error.is_some());
            assert!(!failed, "{line}");
        }
    }
    run
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
    let (mut parents, mut children): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
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

        let both = |column: &str, current: &str, past: &str, of: &str| {
            let rows_of = |view| format!("SELECT {column} FROM CDB_OB_BACKUP_{view} WHERE {of}");
            rows(
                &run,
                &format!("{} UNION ALL {}", rows_of(current), rows_of(past)),
            )
        };
        // Every row is in one of the two views, of jobs and of set tasks, at any moment.
        for of in [1, 1002, 1004, 1006].map(|t| format!("TENANT_ID = {t}")) {
            assert_eq!(both("JOB_ID", "JOBS", "JOB_HISTORY", &of), ["1"], "{of}");
            let tasks = both("TASK_ID", "TASKS", "TASK_HISTORY", &of);
            assert_eq!(tasks.len(), usize::from(!of.ends_with("= 1")), "{of}");
        }
        let at = |story: &mut Vec<String>, now: String| {
            if story.last() != Some(&now) {
                story.push(now);
            }
        };
        at(
            &mut parents,
            both("STATUS, RESULT", "JOBS", "JOB_HISTORY", "TENANT_ID = 1").concat(),
        );
        let untouched = "TENANT_ID IN (1002, 1006)";
        let mut sets = rows(
            &run,
            &format!(
                "SELECT STATUS, FILE_STATUS, RESULT FROM CDB_OB_BACKUP_SET_FILES WHERE {untouched}"
            ),
        );
        sets.extend(both("STATUS", "JOBS", "JOB_HISTORY", untouched));
        sets.sort();
        at(&mut children, sets.join(", "));

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
    assert_eq!(parents, ["DOING 0", "FAILED -4072"]);
    assert_eq!(
        children,
        [
            // The small one has ended before the cancel.
            "COMPLETED, DOING, DOING COPYING 0, SUCCESS AVAILABLE 0",
            "COMPLETED, DOING, SUCCESS AVAILABLE 0, SUCCESS AVAILABLE 0",
            "COMPLETED, COMPLETED, SUCCESS AVAILABLE 0, SUCCESS AVAILABLE 0",
        ]
    );
    // What the events tell of the cancelled tenant, after the phases of its set task.
    let told = rows(
        &run,
        "SELECT MODULE, EVENT, VALUE1, VALUE2, VALUE4 FROM DBA_OB_ROOTSERVICE_EVENT_HISTORY \
         WHERE VALUE1 = '1004' ORDER BY TIMESTAMP",
    );
    assert_eq!(
        told,
        [
            "backup_data start_backup_data 1004 1 ",
            "backup_data persist_set_task 1004 1 ",
            "backup_data advance_status 1004 1 BACKUP_SYS_META",
            "backup_data advance_status 1004 1 BACKUP_USER_META",
            "backup_data advance_status 1004 1 BACKUP_META_FINISH",
            "backup_data advance_status 1004 1 BACKUP_DATA_MINOR",
            "backup_data advance_status 1004 1 BACKUP_DATA_MAJOR",
            "backup_data cancel_backup_data 1004 1 ",
            "backup_data cancel backup succeed 1004 1 ",
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

/// With `delete_mode=tagging` the picture shows after the cleanup what lay there before it, tagged
/// (reference: oceanbase-backup 4.3); and no record of a job holds a key.
#[test]
fn a_tagged_set_keeps_its_space() {
    let mut run = Playground::open("oceanbase", 5)
        .expect("scenario")
        .running_the_clock();
    let group = |run: &Playground| {
        let view = run.view();
        let mut stores = view.stores.iter().filter(|s| s.uri.starts_with("oss://"));
        let groups = stores.next().map_or(&[][..], |s| &s.groups);
        let set = groups.iter().find(|g| g.name == "backup_set_1_full");
        set.map(|g| (g.state, g.files, g.bytes)).expect("the set")
    };
    run.submit(
        "",
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/d?host=h&access_id=i&access_key=secret&delete_mode=tagging' TENANT = mysql_tenant;
         ALTER SYSTEM BACKUP TENANT = mysql_tenant;
         \\wait mysql_tenant/1 completed
         \\advance 1m
         ALTER SYSTEM BACKUP TENANT = mysql_tenant;
         \\wait mysql_tenant/2 completed
         ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1m' TENANT mysql_tenant;
         ALTER SYSTEM RESTORE copy FROM 'oss://b/d?host=h&access_id=i&access_key=secret' WITH 'pool_list=pool_restore';",
    );
    let (state, files, bytes) = group(&run);
    assert_eq!(state, "complete");
    assert!(files > 50 && bytes > 1 << 30, "{files} files, {bytes} B");
    run.run_until(run.now() + Duration::from_hours(2));
    assert_eq!(group(&run), ("tagged", files, bytes));
    let jobs: Vec<&Job> = run.engine().cluster().jobs.iter().collect();
    assert!(jobs.iter().any(|j| j.kind == "RESTORE"));
    assert!(jobs.iter().all(|j| !j.description.contains("secret")));
    assert_eq!(run.engine().check(), Vec::<String>::new());
}
