//! What the product's client prints, to the letter (reference: cockroachdb-jobs 6).
#![cfg(not(target_arch = "wasm32"))]

use jobscope::playground::Playground;

/// Runs lines as root in a fresh scenario; the text of the last one.
fn printed(scenario: &str, lines: &[&str]) -> String {
    let mut playground = Playground::open(scenario, 1)
        .expect("starts")
        .running_the_clock();
    let mut text = String::new();
    for line in lines {
        let outcome = playground.line("root", line);
        text = outcome.text + &outcome.error_text;
    }
    text
}

fn check(scenario: &str, lines: &[&str], expected: &str) {
    let text = printed(scenario, lines);
    // The clock of a statement varies with the load of its node.
    let text: Vec<&str> = text.lines().filter(|l| !l.starts_with("Time: ")).collect();
    assert_eq!(text.join("\n").trim_end(), expected, "{lines:?}");
}

#[test]
fn tables_v26_2() {
    // reference 6, v26.2: table
    // reference 6, v26.2: footer
    check(
        "cockroachdb-cancel-job",
        &["SELECT job_id, status, fraction_completed FROM [SHOW JOBS] WHERE user_name = 'root';"],
        "      job_id     | status  | fraction_completed\n\
         -----------------+---------+---------------------\n  \
         27536791415282 | running |                  0\n\
         (1 row)",
    );
    check(
        "cockroachdb",
        &["SHOW JOB 1;"],
        "  job_id | job_type | description | statement | user_name | status | running_status | created | finished | modified | fraction_completed | error | coordinator_id | trace_id | execution_errors\n\
         ---------+----------+-------------+-----------+-----------+--------+----------------+---------+----------+----------+--------------------+-------+----------------+----------+-------------------\n\
         (0 rows)",
    );
}

#[test]
fn tables_v2_1() {
    // reference 6, v2.1: table
    // reference 6, v2.1: footer
    check(
        "cockroachdb-v2.1-cancel-job",
        &["SELECT job_id, status FROM [SHOW JOBS] WHERE user_name = 'root';"],
        "      job_id     | status\n\
         +----------------+---------+\n  \
         27536791415282 | running\n\
         (1 row)",
    );
}

#[test]
fn tags_and_timing() {
    // reference 6, v26.2: timing
    // reference 6, v2.1: timing
    check(
        "cockroachdb-cancel-job",
        &["CANCEL JOB 27536791415282;"],
        "CANCEL JOBS 1",
    );
    let text = printed("cockroachdb-cancel-job", &["CANCEL JOB 27536791415282;"]);
    let time = text.lines().last().unwrap_or_default();
    assert!(
        time.starts_with("Time: ") && time.ends_with("ms / network 0ms)"),
        "{time}"
    );
    let text = printed(
        "cockroachdb-v2.1-cancel-job",
        &["CANCEL JOB 27536791415282;"],
    );
    assert!(
        text.lines()
            .last()
            .unwrap_or_default()
            .starts_with("Time: ")
    );
    assert!(!text.contains("execution"));
}

#[test]
fn errors() {
    // reference 6, v26.2: error
    // reference 6, v2.1: error
    // reference 6, v26.2: syntax error body
    check(
        "cockroachdb",
        &["CANCEL JOB 1;"],
        "ERROR: job with ID 1 does not exist",
    );
    check(
        "cockroachdb-v2.1",
        &["CANCEL JOB 1;"],
        "pq: job with ID 1 does not exist",
    );
    check(
        "cockroachdb",
        &["CANCEL JOB;"],
        "ERROR: at or near \"EOF\": syntax error\n\
         SQLSTATE: 42601\n\
         DETAIL: source SQL:\n\
         CANCEL JOB\n          ^\n\
         HINT: try \\h CANCEL JOBS",
    );
    check(
        "cockroachdb-v2.1",
        &["CANCEL JOB;"],
        "pq: syntax error at or near \"EOF\"\n\
         CANCEL JOB\n          ^\n\
         HINT: try \\h CANCEL JOBS",
    );
}

#[test]
fn notices() {
    // reference 6, v26.2: DROP INDEX
    // reference 6, v26.2: CREATE CHANGEFEED
    check(
        "cockroachdb",
        &[
            "CREATE INDEX vs ON movr.vehicles (status);",
            "DROP INDEX movr.vehicles@vs;",
        ],
        "NOTICE: the data for dropped indexes is reclaimed asynchronously\n\
         HINT: The reclamation delay can be customized in the zone configuration for the table.\n\
         DROP INDEX",
    );
    let text = printed(
        "cockroachdb",
        &["CREATE CHANGEFEED FOR TABLE movr.users INTO 'kafka://b:9092';"],
    );
    assert!(
        text.starts_with("NOTICE: changefeed will emit to topic users\n"),
        "{text}"
    );
}

#[test]
fn bulk_answers() {
    // reference 6, v26.2: BACKUP blocking
    // reference 6, v2.1: BACKUP blocking
    let text = printed(
        "cockroachdb",
        &["BACKUP TABLE movr.vehicles INTO 'nodelocal://1/backup';"],
    );
    let header = text.lines().next().unwrap_or_default();
    let columns: Vec<&str> = header.split('|').map(str::trim).collect();
    assert_eq!(
        columns,
        [
            "job_id",
            "status",
            "fraction_completed",
            "rows",
            "index_entries",
            "bytes"
        ]
    );
    assert!(text.contains("| succeeded |"), "{text}");
    assert!(text.contains(" 15000 "), "{text}");
    let text = printed(
        "cockroachdb-v2.1",
        &["BACKUP TABLE movr.vehicles TO 'nodelocal:///x';"],
    );
    assert!(text.contains("| system_records |"), "{text}");
}

#[test]
fn prompts() {
    // reference 6, v26.2: prompt
    let mut playground = Playground::open("cockroachdb", 1).expect("starts");
    let prompt = |p: &Playground| {
        let engine = p.engine();
        let session = engine.sessions().get(0).expect("root");
        engine.client().prompt(session)
    };
    assert_eq!(prompt(&playground), "root@localhost:26257/defaultdb> ");
    playground.line("root", "BEGIN;");
    assert_eq!(
        prompt(&playground),
        "root@localhost:26257/defaultdb  OPEN> "
    );
    playground.line("root", "SELECT 1/0;");
    assert_eq!(
        prompt(&playground),
        "root@localhost:26257/defaultdb  ERROR> "
    );
    playground.line("root", "ROLLBACK;");
    playground.line("root", "USE movr;");
    assert_eq!(prompt(&playground), "root@localhost:26257/movr> ");
}

/// Ctrl-C gives the session back; what it waited for goes on. reference 3.4
#[test]
fn ctrl_c() {
    // reference 3.4, v26.2: Ctrl-C
    let mut playground = Playground::open("cockroachdb", 1).expect("starts");
    playground.line("root", "BACKUP DATABASE movr INTO 'nodelocal://1/backup';");
    playground.line("root", "\\advance 10s");
    let text = playground
        .interrupt("root")
        .map(|o| o.text + &o.error_text)
        .unwrap_or_default();
    assert!(
        text.starts_with("ERROR: query execution canceled"),
        "{text}"
    );
    let text = playground
        .line("root", "SELECT status FROM [SHOW JOBS];")
        .text;
    assert!(text.contains("running"), "{text}");
}
