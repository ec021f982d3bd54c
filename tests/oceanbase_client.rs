//! What the product's client prints, to the letter (reference: oceanbase-backup 6).
#![cfg(not(target_arch = "wasm32"))]

use jobscope::playground::Playground;

/// Runs lines in a fresh scenario, each as the session named before it; what the last one printed.
fn printed(session: &str, lines: &[&str]) -> String {
    let mut playground = Playground::open("oceanbase", 1)
        .expect("starts")
        .running_the_clock();
    playground.open_session(session).expect("a session");
    let mut text = String::new();
    for line in lines {
        let outcome = playground.line(session, line);
        text = outcome.text + &outcome.error_text;
    }
    text
}

/// The seconds vary with the load of the server; their three decimals do not.
fn without_seconds(text: &str) -> String {
    let mut out = Vec::new();
    for line in text.lines() {
        out.push(match line.rsplit_once(" (0.") {
            Some((head, tail)) if tail.len() == "003 sec)".len() => format!("{head} (0.…)"),
            _ => line.to_owned(),
        });
    }
    out.join("\n")
}

fn check(session: &str, lines: &[&str], expected: &str) {
    assert_eq!(
        without_seconds(&printed(session, lines)),
        expected,
        "{lines:?}"
    );
}

#[test]
fn prompts() {
    let mut playground = Playground::open("oceanbase", 1).expect("starts");
    for session in ["root@mysql_tenant", "SYS@oracle_tenant"] {
        playground.open_session(session).expect("a session");
    }
    for (session, prompt) in [
        ("root@sys", "obclient [oceanbase]> "),
        ("root@mysql_tenant", "obclient [oceanbase]> "),
        ("SYS@oracle_tenant", "obclient [SYS]> "),
    ] {
        assert_eq!(playground.prompt(session, false), prompt);
        assert_eq!(playground.prompt(session, true), "    -> ");
    }
    playground.submit("root@mysql_tenant", "USE test;");
    assert_eq!(
        playground.prompt("root@mysql_tenant", false),
        "obclient [test]> "
    );
}

#[test]
fn results() {
    check(
        "root@sys",
        &["ALTER SYSTEM CANCEL BACKUP;"],
        "Query OK, 0 rows affected (0.…)",
    );
    check(
        "root@sys",
        &[
            "SELECT TENANT_ID, TENANT_NAME, PREVIOUS_LOCALITY FROM DBA_OB_TENANTS WHERE TENANT_ID < 1002 ORDER BY 1;",
        ],
        "+-----------+-------------+-------------------+\n\
         | TENANT_ID | TENANT_NAME | PREVIOUS_LOCALITY |\n\
         +-----------+-------------+-------------------+\n\
         |         1 | sys         | NULL              |\n\
         |      1001 | META$1002   | NULL              |\n\
         +-----------+-------------+-------------------+\n\
         2 rows in set (0.…)",
    );
    check(
        "root@sys",
        &["SELECT * FROM CDB_OB_BACKUP_JOBS;"],
        "Empty set (0.…)",
    );
    check(
        "root@sys",
        &["SELECT 1 AS a, NULL AS longer\\G"],
        "*************************** 1. row ***************************\n     \
         a: 1\n\
         longer: NULL\n\
         1 row in set (0.…)",
    );
    check("root@sys", &["USE oceanbase;"], "Database changed");
    check(
        "root@mysql_tenant",
        &["UPDATE shop.orders SET amount = 1 WHERE id = 1;"],
        "Query OK, 1 row affected (0.…)\nRows matched: 1  Changed: 1  Warnings: 0",
    );
}

/// What the session had is gone with it.
#[test]
fn exit() {
    check("root@sys", &["exit;"], "Bye");
    check("root@mysql_tenant", &["QUIT;"], "Bye");
    check(
        "root@mysql_tenant",
        &[
            "BEGIN;",
            "DELETE FROM shop.orders WHERE id = 1;",
            "exit;",
            "SELECT COUNT(*) AS n FROM shop.orders WHERE id = 1\\G",
        ],
        "*************************** 1. row ***************************\n\
         n: 1\n\
         1 row in set (0.…)",
    );
    check(
        "root@mysql_tenant",
        &[
            "SET ENCRYPTION ON IDENTIFIED BY 'pw' ONLY;",
            "exit;",
            "ALTER SYSTEM BACKUP DATABASE;",
            "SELECT ENCRYPTION_MODE FROM oceanbase.DBA_OB_BACKUP_JOBS\\G",
        ],
        "*************************** 1. row ***************************\n\
         ENCRYPTION_MODE: NONE\n\
         1 row in set (0.…)",
    );
}

#[test]
fn errors() {
    check(
        "root@mysql_tenant",
        &["ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant;"],
        "ERROR 1235 (0A000): Not supported feature or function",
    );
    // In Oracle mode the message stands alone behind its prefix.
    check(
        "SYS@oracle_tenant",
        &["ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant;"],
        "ORA-00600: internal error code, arguments: -4007, Not supported feature or function",
    );
    check(
        "SYS@oracle_tenant",
        &["SELECT * FROM CDB_OB_BACKUP_JOBS;"],
        "ORA-00942: table or view does not exist",
    );
    check(
        "root@sys",
        &["ALTER SYSTEM\nCANCEL BACKUP\nNOW;"],
        "ERROR 1064 (42000): You have an error in your SQL syntax; check the manual that corresponds to your \
         OceanBase version for the right syntax to use near 'NOW' at line 3",
    );
}

/// The banner stands in the console of the session that was opened, with that connection's own id;
/// going back to an open session prints nothing (reference: oceanbase-backup 6).
#[test]
fn the_banner() {
    let mut playground = Playground::open("oceanbase", 1)
        .expect("starts")
        .running_the_clock();
    let texts = |playground: &Playground, name: &str| -> Vec<String> {
        let mut consoles = playground.consoles().iter();
        let console = consoles.find(|c| &*c.name == name).expect("a console");
        console.entries.iter().map(|e| e.text.clone()).collect()
    };
    let connected = playground.line("", "\\connect root@mysql_tenant");
    assert_eq!(connected.printed(), "", "a command without an answer");
    playground.line("", "\\connect SYS@oracle_tenant");
    for (name, id) in [
        ("root@mysql_tenant", "3221487618"),
        ("SYS@oracle_tenant", "3221487619"),
    ] {
        let banner = format!(
            "Welcome to the OceanBase.  Commands end with ; or \\g.
Your OceanBase connection id is {id}
Server version: OceanBase 4.2.5.0 (r100000052024102022) (Built Oct 20 2024)

Copyright (c) 2000, 2018, OceanBase and/or its affiliates. All rights reserved.

Type 'help;' or '\\h' for help. Type '\\c' to clear the current input statement.
"
        );
        assert_eq!(texts(&playground, name).first(), Some(&banner));
    }
    playground.line("", "\\connect root@mysql_tenant");
    let banners = texts(&playground, "root@mysql_tenant");
    let banners = banners.iter().filter(|t| t.starts_with("Welcome"));
    assert_eq!(banners.count(), 1);
    let told = playground.line("", "SELECT CONNECTION_ID(), @@version_comment;");
    for word in [
        "3221487618",
        "OceanBase 4.2.5.0 (r100000052024102022) (Built Oct 20 2024)",
    ] {
        assert!(told.text.contains(word), "{}", told.text);
    }
    // Through another server it is another connection.
    playground.line("", "\\connect root@mysql_tenant via n2");
    let last = texts(&playground, "root@mysql_tenant").pop();
    assert!(last.is_some_and(|t| t.contains("connection id is 3221487620")));
}
