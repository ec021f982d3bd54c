//! Every statement reads, prints its normal form and reads back as the same; errors in the product's words.

use super::*;

const NEW: Version = Version::V26_2;
const OLD: Version = Version::V2_1;

/// What a text reads as: its normal form, or the first line of its error.
fn read(version: Version, text: &str) -> String {
    match parse(text, version) {
        Ok(Some(statement)) => {
            let printed = statement.to_string();
            let again = match parse(&printed, version) {
                Ok(Some(again)) => again.to_string(),
                Ok(None) => "nothing".to_owned(),
                Err(error) => format!("{error} in {printed}"),
            };
            assert_eq!(again, printed, "does not read back: {text}");
            printed
        }
        Ok(None) => "nothing".to_owned(),
        Err(error) => format!("! {}", error.message.lines().next().unwrap_or("")),
    }
}

/// Lines of `text` or `text => normal form` (or `=> ! error`), in one version.
fn check(version: Version, table: &str) {
    let mut wrong = Vec::new();
    for line in table.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (text, expected) = line.split_once(" => ").unwrap_or((line, line));
        let got = read(version, text);
        if got != expected {
            wrong.push(format!("{text}\n   got {got}\n  want {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn jobs() {
    check(
        NEW,
        "
        CANCEL JOB 27536791415282; => CANCEL JOBS VALUES (27536791415282)
        cancel job $1 => CANCEL JOBS VALUES ($1)
        CANCEL JOB (SELECT id FROM t LIMIT 1) => CANCEL JOBS VALUES ((SELECT id FROM t LIMIT 1))
        CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach')
        CANCEL JOBS VALUES (1), (2)
        CANCEL JOBS TABLE t
        CANCEL JOBS WITH x AS (SHOW JOBS) SELECT job_id FROM x ORDER BY 1 LIMIT 2
        CANCEL JOBS FOR SCHEDULE 1 => CANCEL JOBS FOR SCHEDULES VALUES (1)
        CANCEL JOBS FOR SCHEDULES SELECT id FROM [SHOW SCHEDULES]
        CANCEL ALL backup JOBS
        CANCEL ALL Changefeed JOBS => CANCEL ALL changefeed JOBS
        RESUME ALL import JOBS
        RESUME JOB '12' => RESUME JOBS VALUES ('12')
        RESUME JOBS SELECT 1
        PAUSE JOB 1 WITH REASON = 'why' => PAUSE JOBS VALUES (1) WITH REASON = 'why'
        PAUSE JOBS (SELECT 1) WITH REASON = $2
        PAUSE JOBS FOR SCHEDULES SELECT 1
        PAUSE ALL restore JOBS
        CANCEL QUERY IF EXISTS 'a' => CANCEL QUERIES IF EXISTS VALUES ('a')
        CANCEL SESSIONS SELECT 'a'
        SHOW JOBS
        SHOW JOBS WITH EXECUTION DETAILS
        SHOW JOBS WITH EXECUTION DETAILS, RESOLVED TIMESTAMP
        SHOW JOBS SELECT 1 WITH RESOLVED TIMESTAMP
        SHOW JOBS WITH x AS (SHOW JOBS) SELECT job_id FROM x
        SHOW JOB 1 => SHOW JOBS VALUES (1)
        SHOW JOB $1 WITH EXECUTION DETAILS => SHOW JOBS VALUES ($1) WITH EXECUTION DETAILS
        SHOW JOB WHEN COMPLETE 1 => SHOW JOBS WHEN COMPLETE VALUES (1)
        SHOW JOBS WHEN COMPLETE (SELECT 1)
        SHOW JOBS FOR SCHEDULE 3 => SHOW JOBS FOR SCHEDULES VALUES (3)
        SHOW AUTOMATIC JOBS
        SHOW CHANGEFEED JOBS
        SHOW CHANGEFEED JOBS WITH WATCHED_TABLES
        SHOW CHANGEFEED JOB 1 WITH WATCHED_TABLES => SHOW CHANGEFEED JOBS VALUES (1) WITH WATCHED_TABLES
        ALTER JOB 1 OWNER TO maxroach
        ALTER JOB (SELECT 1) OWNER TO CURRENT_USER
        SHOW RUNNING SCHEDULES FOR BACKUP
        SHOW PAUSED SCHEDULES
        SHOW SCHEDULES FOR SQL STATISTICS
        SHOW SCHEDULE 1
        PAUSE SCHEDULE 1 => PAUSE SCHEDULES VALUES (1)
        RESUME SCHEDULES SELECT 1
        DROP SCHEDULE 1 => DROP SCHEDULES VALUES (1)
        EXECUTE SCHEDULE 1 => EXECUTE SCHEDULES VALUES (1)
        SHOW LOGICAL REPLICATION JOBS WITH DETAILS
        SHOW INSPECT ERRORS FOR TABLE t FOR JOB 1 WITH DETAILS
        EXPLAIN CANCEL JOB 1 => EXPLAIN CANCEL JOBS VALUES (1)
        PREPARE p AS CANCEL JOB $1 => PREPARE p AS CANCEL JOBS VALUES ($1)
        EXECUTE p (1, 'a')
        DEALLOCATE ALL
        SELECT * FROM [SHOW JOBS] WHERE job_type = 'BACKUP'
        WITH x AS (CANCEL JOB 1) SELECT 1
        CANCEL JOB 1, 2 => ! at or near \",\": syntax error
        CANCEL JOB => ! at or near \"EOF\": syntax error
        CANCEL JOBS 1 => ! at or near \"1\": syntax error
        CANCEL JOB IF EXISTS 1 => ! at or near \"exists\": syntax error
        CANCEL ALL JOBS => ! at or near \"EOF\": syntax error
        CANCEL ALL foo JOBS => ! unsupported job type
        SELECT * FROM [CANCEL JOB 1] => ! at or near \"cancel\": syntax error
        SHOW JOBS WITH EXECUTION ERRORS => ! at or near \"errors\": syntax error
        SHOW AUTOMATIC JOBS 1 => ! at or near \"1\": syntax error
        CANCEL => ! at or near \"EOF\": syntax error
        foo => ! at or near \"foo\": syntax error
        SELECT 'a => ! lexical error: unterminated string
         ; => nothing
        ",
    );
    check(
        OLD,
        "
        CANCEL JOB 1 => CANCEL JOBS VALUES (1)
        CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach')
        PAUSE JOBS SELECT 1
        SHOW JOBS
        CANCEL JOB => ! syntax error at or near \"EOF\"
        SHOW JOB 1 => ! syntax error at or near \"job\"
        SHOW JOBS SELECT 1 => ! syntax error at or near \"select\"
        CANCEL ALL backup JOBS => ! syntax error at or near \"all\"
        PAUSE JOB 1 WITH REASON = 'x' => ! syntax error at or near \"with\"
        ",
    );
}

#[test]
fn bulk() {
    check(
        NEW,
        "
        BACKUP INTO 'nodelocal://1/backup'
        BACKUP DATABASE movr INTO LATEST IN 'nodelocal://1/backup'
        BACKUP TABLE movr.rides, bank.* INTO '2026/a' IN ('a', 'b') AS OF SYSTEM TIME '-10s' WITH OPTIONS (detached)
        BACKUP t INTO 'x' WITH revision_history, detached = true => BACKUP TABLE t INTO 'x' WITH OPTIONS (revision_history = true, detached)
        BACKUP t INTO 'x' WITH detached = false => BACKUP TABLE t INTO 'x'
        BACKUP t INTO 'x' WITH detached = false, revision_history => BACKUP TABLE t INTO 'x' WITH OPTIONS (revision_history = true, detached = FALSE)
        BACKUP DATABASE a, b INTO $1 WITH kms = ('a', 'b'), encryption_passphrase = 'p' => BACKUP DATABASE a, b INTO $1 WITH OPTIONS (encryption_passphrase = '*****', kms = ('a', 'b'))
        RESTORE FROM LATEST IN 'c'
        RESTORE DATABASE movr FROM 'sub' IN 'c' WITH OPTIONS (new_db_name = 'm2', detached) => RESTORE DATABASE movr FROM 'sub' IN 'c' WITH OPTIONS (detached, new_db_name = 'm2')
        RESTORE TABLE db.* FROM LATEST IN 'c' WITH into_db = 'x', skip_missing_foreign_keys => RESTORE TABLE db.* FROM LATEST IN 'c' WITH OPTIONS (into_db = 'x', skip_missing_foreign_keys)
        RESTORE SYSTEM USERS FROM LATEST IN 'c'
        IMPORT INTO movr.public.rides(id, city) CSV DATA ('a', 'b') WITH OPTIONS (skip = '1', detached)
        CREATE CHANGEFEED FOR TABLE movr.rides INTO 'kafka://h' WITH OPTIONS (updated, resolved = '10s')
        CREATE CHANGEFEED FOR a, TABLE b => CREATE CHANGEFEED FOR TABLE a, TABLE b
        CREATE CHANGEFEED FOR DATABASE movr INTO 'x'
        CREATE CHANGEFEED INTO 'x' AS SELECT * FROM t
        CREATE STATISTICS s ON a, b FROM t
        CREATE SCHEDULE 'nightly' FOR BACKUP DATABASE movr INTO 'x' WITH OPTIONS (revision_history = true) RECURRING '@daily' FULL BACKUP ALWAYS WITH SCHEDULE OPTIONS first_run = 'now'
        CREATE SCHEDULE IF NOT EXISTS 'l' FOR BACKUP INTO 'x' RECURRING '0 0 * * *' FULL BACKUP '@weekly'
        CREATE SCHEDULE FOR BACKUP TABLE t INTO 'x' RECURRING '@hourly'
        ALTER BACKUP SCHEDULE 12 SET LABEL 'x', SET FULL BACKUP ALWAYS, SET SCHEDULE OPTION on_previous_running = 'skip', EXECUTE FULL IMMEDIATELY
        INSPECT TABLE t WITH OPTIONS (detached) => INSPECT TABLE t WITH OPTIONS (detached)
        SHOW BACKUPS IN 'c'
        SHOW BACKUP FROM LATEST IN 'c' => SHOW BACKUP FROM 'latest' IN 'c'
        SHOW BACKUP FILES FROM 's' IN 'c' WITH OPTIONS (check_files)
        BACKUP foo TO 'bar' => ! at or near \"bar\": syntax error: The `BACKUP TO` syntax is no longer supported. Please use `BACKUP INTO` to create a backup collection.
        RESTORE FROM 'foo' => ! at or near \"EOF\": syntax error: The `RESTORE FROM <backupURI>` syntax is no longer supported. Please use `RESTORE FROM <subdirectory> IN <collectionURI>`.
        RESTORE foo FROM 'bar' => ! at or near \"EOF\": syntax error: The `RESTORE <targets> FROM <backupURI>` syntax is no longer supported. Please use `RESTORE <targets> FROM <subdirectory> IN <collectionURI>`.
        RESTORE FROM LATEST IN 'x' WITH detached, schema_only, detached => ! at or near \"detached\": syntax error: detached option specified multiple times
        BACKUP INTO 'x' WITH detached=$1 => ! at or near \"1\": syntax error
        CREATE CHANGEFEED FOR database INTO 'foo' => ! at or near \"into\": syntax error
        IMPORT TABLE t (a INT) CSV DATA ('x') => ! at or near \"table\": syntax error
        ",
    );
    check(
        OLD,
        "
        BACKUP DATABASE bank TO 'nodelocal:///foo'
        BACKUP db.* TO 'a' AS OF SYSTEM TIME '-10s' INCREMENTAL FROM 'b', 'c' WITH revision_history => BACKUP TABLE db.* TO 'a' AS OF SYSTEM TIME '-10s' INCREMENTAL FROM 'b', 'c' WITH revision_history
        RESTORE db.* FROM 'azure://backup/db/tbl' => RESTORE TABLE db.* FROM 'azure://backup/db/tbl'
        RESTORE DATABASE bank FROM 'a', 'b' WITH into_db = 'x'
        IMPORT TABLE t (a INT8 PRIMARY KEY, b STRING) CSV DATA ('x')
        IMPORT TABLE t CREATE USING 'f' CSV DATA ('x')
        IMPORT PGDUMP 'x'
        CREATE CHANGEFEED FOR TABLE t INTO 'kafka://h' WITH updated, resolved = '10s'
        SHOW BACKUP 'x' => SHOW BACKUP 'x'
        BACKUP TO 'x' => ! syntax error at or near \"to\"
        BACKUP DATABASE a INTO 'x' => ! syntax error at or near \"into\"
        IMPORT INTO t CSV DATA ('x') => ! syntax error at or near \"into\"
        ",
    );
}

#[test]
fn tables_rows_and_the_rest() {
    check(
        NEW,
        "
        CREATE DATABASE IF NOT EXISTS d
        CREATE SCHEMA d.s
        CREATE TABLE t (id INT PRIMARY KEY, a TEXT NOT NULL DEFAULT 'x', b DECIMAL(10,2) UNIQUE, c TIMESTAMP WITH TIME ZONE, FAMILY f (id)) => CREATE TABLE t (id INT8 PRIMARY KEY, a STRING NOT NULL DEFAULT 'x', b DECIMAL(10,2) UNIQUE, c TIMESTAMPTZ)
        CREATE TABLE t (a INT8[], CONSTRAINT pk PRIMARY KEY (a), UNIQUE INDEX i (a DESC) STORING (a), CHECK (a > 1), FOREIGN KEY (a) REFERENCES u (b)) WITH (ttl_expire_after = '1h') => CREATE TABLE t (a INT8[], CONSTRAINT pk PRIMARY KEY (a), CHECK (a > 1), FOREIGN KEY (a) REFERENCES u (b), UNIQUE INDEX i (a DESC) STORING (a)) WITH (ttl_expire_after = '1h')
        CREATE TABLE t AS SELECT * FROM u
        CREATE TYPE IF NOT EXISTS a.t AS ENUM ('x', 'y')
        ALTER TYPE t ADD VALUE 'z'
        ALTER TYPE t DROP VALUE 'z'
        ALTER TYPE t RENAME TO u
        CREATE VIEW v (a) AS SELECT 1
        CREATE SEQUENCE s
        ALTER DATABASE d OWNER TO u
        ALTER TABLE t OWNER TO CURRENT_USER
        ALTER SCHEMA a RENAME TO b
        CREATE VIRTUAL CLUSTER dst FROM REPLICATION OF src ON 'uri'
        ALTER TENANT dst PAUSE REPLICATION => ALTER VIRTUAL CLUSTER dst PAUSE REPLICATION
        ALTER VIRTUAL CLUSTER dst COMPLETE REPLICATION TO LATEST
        ALTER VIRTUAL CLUSTER dst START SERVICE SHARED
        ALTER TENANT dst SET CLUSTER SETTING a.b TO '1s' => ALTER VIRTUAL CLUSTER dst SET CLUSTER SETTING a.b = '1s'
        ALTER VIRTUAL CLUSTER dst RESET CLUSTER SETTING a.b => ALTER VIRTUAL CLUSTER dst SET CLUSTER SETTING a.b = DEFAULT
        SHOW VIRTUAL CLUSTER dst WITH REPLICATION STATUS
        SHOW VIRTUAL CLUSTERS
        DROP VIRTUAL CLUSTER IF EXISTS dst
        CREATE LOGICAL REPLICATION STREAM FROM TABLE a ON 'uri' INTO TABLE b
        CREATE LOGICAL REPLICATION STREAM FROM TABLES (a, b) ON 'uri' INTO TABLES (c, d) WITH OPTIONS (mode = 'immediate')
        CREATE INDEX ON t (x)
        CREATE UNIQUE INDEX IF NOT EXISTS i ON a.b.t (x DESC, y) STORING (z) WHERE x > 1
        CREATE INVERTED INDEX i ON t (x)
        ALTER TABLE t ADD COLUMN x INT8 NOT NULL DEFAULT 1, DROP COLUMN IF EXISTS y CASCADE
        ALTER TABLE t ADD CONSTRAINT foo UNIQUE (b)
        ALTER TABLE t RENAME TO u
        ALTER TABLE t RENAME COLUMN a TO b
        ALTER TABLE t ALTER COLUMN a SET DEFAULT 1
        ALTER TABLE t ALTER COLUMN a DROP NOT NULL
        ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (a, b)
        ALTER DATABASE a RENAME TO b
        ALTER INDEX t@i RENAME TO j => ALTER INDEX t.i RENAME TO j
        ALTER TABLE t CONFIGURE ZONE USING gc.ttlseconds = 600
        ALTER RANGE default CONFIGURE ZONE DISCARD
        DROP INDEX IF EXISTS t@i, j CASCADE
        DROP TABLE a.b, c
        DROP DATABASE d CASCADE
        TRUNCATE a, b => TRUNCATE TABLE a, b
        INSERT INTO t(a, b) VALUES (1, 'x'), (2, 'y') RETURNING a
        INSERT INTO t DEFAULT VALUES
        INSERT INTO t SELECT * FROM u
        UPSERT INTO t VALUES (1)
        INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING
        UPDATE t SET a = a + 1, b = 'x' WHERE c IN (1, 2) LIMIT 1
        DELETE FROM t WHERE a = 1 RETURNING *
        SHOW TABLES FROM movr
        SHOW DATABASES
        SHOW COLUMNS FROM t
        SHOW CREATE TABLE t
        SHOW GRANTS ON TABLE t FOR u
        SHOW GRANTS ON ROLE
        SHOW SYSTEM GRANTS FOR u
        SHOW USERS
        SHOW CLUSTER SETTING jobs.registry.interval.cancel
        SHOW CLUSTER SETTINGS => SHOW PUBLIC CLUSTER SETTINGS
        SHOW ALL CLUSTER SETTINGS
        SHOW database
        SHOW TRANSACTION ISOLATION LEVEL => SHOW transaction_isolation
        SHOW STATISTICS FOR TABLE t
        SHOW RANGES FROM TABLE t
        SHOW ZONE CONFIGURATION FROM DATABASE d
        SET CLUSTER SETTING jobs.registry.interval.cancel = '5s'
        RESET CLUSTER SETTING jobs.registry.interval.cancel => SET CLUSTER SETTING jobs.registry.interval.cancel = DEFAULT
        SET allow_unsafe_internals = true
        SET x TO on => SET x = on
        SET TIME ZONE 'UTC' => SET timezone = 'UTC'
        RESET x => SET x = DEFAULT
        USE movr
        BEGIN => BEGIN TRANSACTION
        BEGIN TRANSACTION PRIORITY HIGH
        COMMIT => COMMIT TRANSACTION
        ROLLBACK => ROLLBACK TRANSACTION
        SAVEPOINT a
        ROLLBACK TO a => ROLLBACK TRANSACTION TO SAVEPOINT a
        GRANT SELECT, INSERT ON t TO u => GRANT SELECT, INSERT ON TABLE t TO u
        GRANT ALL ON DATABASE d TO u WITH GRANT OPTION
        GRANT SYSTEM CONTROLJOB, VIEWJOB TO u
        GRANT admin TO u WITH ADMIN OPTION
        REVOKE SYSTEM VIEWJOB FROM u
        REVOKE a FROM b
        CREATE USER u WITH PASSWORD 'x' CONTROLJOB => CREATE USER u WITH PASSWORD '*****' CONTROLJOB
        ALTER ROLE u WITH NOCONTROLJOB
        DROP USER IF EXISTS a, b
        COMMENT ON TABLE t IS 'x'
        SELECT FROM => ! at or near \"EOF\": syntax error
        CREATE TABLE t (a INT,) => ! at or near \")\": syntax error
        CREATE TABLE select (a INT) => ! at or near \"select\": syntax error
        ",
    );
    check(
        OLD,
        "
        CREATE USER u
        GRANT admin TO u
        SHOW GRANTS
        ALTER ROLE u WITH CONTROLJOB => ! syntax error at or near \"controljob\"
        GRANT SYSTEM CONTROLJOB TO u => ! syntax error at or near \"controljob\"
        SHOW SCHEDULES => SHOW schedules
        ",
    );
}

#[test]
fn errors_in_queries() {
    check(
        NEW,
        r#"
        SELECT * FROM [SHOW JOBS] WHER x = 1 => ! at or near "x": syntax error
        SELECT job_id, FROM t => ! at or near "from": syntax error
        SELECT job_id FROM WHERE a => ! at or near "where": syntax error
        SELECT a FROM t WHERE a = => ! at or near "EOF": syntax error
        SELECT a FROM t ORDER status => ! at or near "status": syntax error
        SELECT a b c FROM t => ! at or near "c": syntax error
        SELECT count( FROM t => ! at or near "from": syntax error
        SELECT (1,2 => ! at or near "EOF": syntax error
        SELECT a FROM t GROUP a => ! at or near "a": syntax error
        SELECT a FROM t LIMIT => ! at or near "EOF": syntax error
        SELECT a FROM t t2 t3 => ! at or near "t3": syntax error
        SELECT a FROM t WHERE (a = 1 => ! at or near "EOF": syntax error
        SELECT a FROM t WHERE a = 1) => ! at or near ")": syntax error
        SELECT a FROM t JOIN => ! at or near "EOF": syntax error
        SELECT a FROM t JOIN u ON => ! at or near "EOF": syntax error
        SELECT a + FROM t => ! at or near "from": syntax error
        SELECT CASE a WHEN 1 FROM t => ! at or near "from": syntax error
        SELECT a FROM t WHERE a IS 5 => ! at or near "5": syntax error
        SELECT a FROM t WHERE NOT => ! at or near "EOF": syntax error
        SELECT a FROM t WHERE a BETWEEN 1 => ! at or near "EOF": syntax error
        WITH x AS SELECT 1 => ! at or near "select": syntax error
        WITH x AS (SHOW JOBS SELECT job_id FROM x => ! at or near "EOF": syntax error
        WITH x AS (SHOW JOBS) => ! at or near "EOF": syntax error
        CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'x' => ! at or near "EOF": syntax error
        CANCEL JOBS (SELECT job_id FROM [SHOW JOBS WHERE user_name = 'x') => ! at or near "where": syntax error
        CANCEL JOBS SELECT job_id FORM [SHOW JOBS] => ! at or near "[": syntax error
        CANCEL JOB WHERE a => ! at or near "where": syntax error
        CANCEL JOB 1 AS x => ! at or near "as": syntax error
        CANCEL JOB (1 => ! at or near "EOF": syntax error
        CANCEL JOB 1) => ! at or near ")": syntax error
        CANCEL JOB 'a' 'b' => ! at or near "b": syntax error
        CANCEL JOBS => ! at or near "EOF": syntax error
        CANCEL JOB 1 + => ! at or near "EOF": syntax error
        SHOW JOB => ! at or near "EOF": syntax error
        SHOW JOB WHEN 1 => ! at or near "1": syntax error
        VALUES => ! at or near "EOF": syntax error
        VALUES (1) (2) => ! at or near "(": syntax error
        TABLE => ! at or near "EOF": syntax error
        SELECT 1 SELECT 2 => ! at or near "select": syntax error
        "#,
    );
}

#[test]
fn whole_error_text() {
    let error = parse("CANCEL JOB", NEW).unwrap_err();
    assert_eq!(error.message, "at or near \"EOF\": syntax error");
    assert_eq!(error.sqlstate, "42601");
    assert_eq!(
        error.detail.as_deref(),
        Some("source SQL:\nCANCEL JOB\n          ^")
    );
    assert_eq!(error.hint.as_deref(), Some("try \\h CANCEL JOBS"));

    let error = parse("SELECT 1;\nCANCEL JOB foo bar", NEW).unwrap_err();
    assert_eq!(error.message, "at or near \";\": syntax error");

    let error = parse("CANCEL\nJOB 1 2", NEW).unwrap_err();
    assert_eq!(
        error.detail.as_deref(),
        Some("source SQL:\nCANCEL\nJOB 1 2\n      ^")
    );
    assert_eq!(error.hint, None);

    let error = parse("CANCEL JOB", OLD).unwrap_err();
    assert_eq!(
        error.message,
        "syntax error at or near \"EOF\"\nCANCEL JOB\n          ^"
    );
    assert_eq!(error.hint.as_deref(), Some("try \\h CANCEL JOBS"));
}

#[test]
fn completion() {
    struct Sample;
    impl sql::complete::Names for Sample {
        fn names(&self, role: Role, tables: &[String]) -> Vec<String> {
            let all: &[&str] = match role {
                Role::Table => &["movr.rides"],
                Role::Column if tables == ["t"] => &["job_id", "status"],
                Role::Job => &["27536791415282"],
                Role::Setting => &["jobs.registry.interval.cancel"],
                _ => &[],
            };
            all.iter().map(|&n| n.to_owned()).collect()
        }
    }
    for (version, text, expected) in [
        (NEW, "can", "cancel"),
        (
            NEW,
            "CANCEL ",
            "QUERY QUERIES SESSION SESSIONS ALL JOB JOBS",
        ),
        (OLD, "PAUSE ", "JOB JOBS"),
        (NEW, "CANCEL JOB ", "27536791415282"),
        (NEW, "CANCEL JOBS ", "FOR SELECT VALUES WITH"),
        (NEW, "SHOW JOBS W", "WHEN WITH"),
        (NEW, "PAUSE JOB 1 ", "WITH"),
        (
            NEW,
            "CANCEL JOBS (SELECT job_id FROM [SHOW JOBS FOR SCH",
            "SCHEDULE SCHEDULES",
        ),
        (NEW, "SELECT a FROM ", "movr.rides"),
        (NEW, "SELECT a FROM t WHERE s", "status"),
        (NEW, "SELECT a FROM t w", "where"),
        (
            NEW,
            "SET CLUSTER SETTING j",
            "jobs.registry.interval.cancel",
        ),
        (
            NEW,
            "BACKUP DATABASE movr INTO 'x' WITH re",
            "revision_history",
        ),
        (NEW, "FOO ", ""),
    ] {
        let probe = |c: &mut Cursor| probe(c, version);
        let found = sql::complete::complete(text, flavour(version), &probe, &Sample);
        let texts: Vec<&str> = found.items.iter().map(|i| i.text.as_str()).collect();
        assert_eq!(texts.join(" "), expected, "{text}");
    }
}

/// Statements with every kind of clause, to be cut anywhere.
const SAMPLES: [&str; 24] = [
    "CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach')",
    "CANCEL JOBS WITH x AS (SHOW JOBS WITH EXECUTION DETAILS) SELECT job_id FROM x ORDER BY 1",
    "PAUSE JOBS (SELECT 1) WITH REASON = 'because'",
    "SHOW JOBS FOR SCHEDULES SELECT id FROM [SHOW RUNNING SCHEDULES FOR BACKUP]",
    "ALTER JOB (SELECT $1::INT) OWNER TO CURRENT_USER",
    "BACKUP TABLE a.b, \"c\".* INTO LATEST IN ('x', $1) AS OF SYSTEM TIME '-1s' WITH OPTIONS (detached = true, kms = ('a'))",
    "RESTORE DATABASE a FROM 'x' IN 'y' WITH new_db_name = 'b', EXECUTION LOCALITY = 'r'",
    "IMPORT INTO t (a, b) CSV DATA ('x', $$y$$) WITH skip = '1', DETACHED",
    "CREATE CHANGEFEED INTO 'x' WITH updated AS SELECT a, CASE WHEN b THEN 1 ELSE 2 END FROM t",
    "CREATE SCHEDULE 'l' FOR BACKUP DATABASE d INTO 'x' RECURRING '@daily' FULL BACKUP ALWAYS WITH SCHEDULE OPTIONS first_run = now() + '1h'::INTERVAL",
    "CREATE TABLE IF NOT EXISTS a.t (id INT8 PRIMARY KEY DEFAULT unique_rowid(), x DECIMAL(10,2)[] NOT NULL CHECK (x > 1), FOREIGN KEY (id) REFERENCES u (v) ON DELETE CASCADE, INVERTED INDEX i (x)) WITH (ttl_expire_after = '1h')",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a DESC, b) STORING (c) WHERE a IS NOT NULL",
    "ALTER TABLE IF EXISTS t ADD COLUMN x INT8 NOT NULL DEFAULT 1, ALTER COLUMN y SET DATA TYPE STRING, DROP CONSTRAINT z",
    "ALTER TABLE a.b CONFIGURE ZONE USING gc.ttlseconds = 600, num_replicas = 3",
    "INSERT INTO t (a) SELECT * FROM (VALUES (1), (2)) AS v (x) ON CONFLICT (a) DO UPDATE SET a = excluded.a RETURNING a, b AS c",
    "UPDATE t AS u SET a = a + 1, b = (SELECT max(x) FROM y) WHERE c BETWEEN 1 AND 2 RETURNING *",
    "SHOW BACKUP FILES FROM 'a' IN 'b' WITH check_files, encryption_passphrase = 'x'",
    "SHOW GRANTS ON DATABASE a, b FOR c, CURRENT_USER",
    "SET CLUSTER SETTING jobs.registry.interval.cancel = '5s'::INTERVAL",
    "BEGIN TRANSACTION PRIORITY HIGH, AS OF SYSTEM TIME '-10s'",
    "REVOKE GRANT OPTION FOR SELECT, INSERT ON TABLE a.b FROM c",
    "CREATE USER IF NOT EXISTS u WITH PASSWORD 'p' CONTROLJOB VALID UNTIL '2030-01-01'",
    "EXPLAIN ANALYZE (VERBOSE) SELECT a::INT, -b, NOT c, d[1], e->>'f' FROM t JOIN u USING (x) AS OF SYSTEM TIME '-10s'",
    "PREPARE p (INT8, STRING) AS SHOW JOB WHEN COMPLETE $1",
];

struct NoNames;
impl sql::complete::Names for NoNames {
    fn names(&self, _: Role, _: &[String]) -> Vec<String> {
        vec!["name".to_owned()]
    }
}

/// Reads, completes and colours a text in both versions; the point is that it comes back.
fn survive(text: &str) {
    for version in [NEW, OLD] {
        if let Ok(Some(statement)) = parse(text, version) {
            assert!(!statement.to_string().is_empty());
        }
        let probe = |c: &mut Cursor| probe(c, version);
        sql::complete::complete(text, flavour(version), &probe, &NoNames);
        let mut end = 0;
        for (span, _) in sql::highlight::classes(text, flavour(version)) {
            assert!(span.start >= end && !span.of(text).is_empty());
            end = span.end;
        }
    }
}

#[test]
fn a_statement_cut_anywhere() {
    for text in SAMPLES {
        if let Err(error) = parse(text, NEW) {
            panic!("{text}: {error}");
        }
        for (i, _) in text.char_indices() {
            survive(&text[..i]);
            survive(&format!("{}\u{fffd}{}", &text[..i], &text[i..]));
        }
    }
    // Also what can be typed inside: every pair of pieces of two statements.
    for a in SAMPLES {
        for b in SAMPLES {
            survive(&format!("{} {}", &a[..a.len() / 2], &b[b.len() / 2..]));
        }
    }
}

#[test]
fn input_out_of_bounds_is_an_ordinary_error() {
    let deep = |open: &str, close: &str| {
        format!("SELECT {}1{}", open.repeat(10_000), close.repeat(10_000))
    };
    let many = |start: &str, piece: &str, n: usize| format!("{start}{}", piece.repeat(n));
    for text in [
        "a".repeat(1 << 20),
        "(".repeat(1 << 20),
        "'".repeat(1 << 20),
        "/*".repeat(1 << 16),
        "$a".repeat(1 << 16),
        "\0".repeat(1 << 16),
        "\u{fffd}".repeat(1 << 16),
        deep("(", ")"),
        deep("((SELECT ", "))"),
        deep("CASE WHEN ", " END"),
        deep("ARRAY[", "]"),
        many("SELECT ", "NOT ", 5_000),
        many("SELECT ", "- ", 4_000),
        many("SELECT 1", " + 1", 20_000),
        many("SELECT 1", " + 1", 900),
        many("SELECT a", " AND a", 700),
        many("SELECT 1, 2", " UNION SELECT 1, 2", 700),
        many("SELECT * FROM a", " JOIN b", 400),
        many("SELECT * FROM a", " JOIN b", 33),
        many("SELECT 1", "::INT", 900),
        many("SELECT a", "[1]", 900),
        many("SELECT a", ".a", 1_900),
        many("SELECT f(1)", "(1)", 900),
        many("SELECT a", " IS NULL", 1_000),
        many("SELECT a", " COLLATE x", 1_000),
        many("SELECT a", " NOTNULL", 1_000),
        many("SELECT a", " AT TIME ZONE b", 700),
        many("", "EXPLAIN ", 3_000),
        many("", "PREPARE a AS ", 1_000),
        many("SELECT * FROM ", "[EXPLAIN SELECT * FROM ", 200),
        many("", "WITH a AS (CANCEL JOB (", 200),
        many("CANCEL JOBS ", "(", 39),
        many("SELECT CASE ", "END ", 1_000),
        many("SELECT CASE CASE ", "END (CASE ", 500),
        many("CREATE TABLE t (a INT DEFAULT ", "(", 39),
        many("SELECT * FROM t", ", t", 1_900),
        many("SELECT * FROM ", "LATERAL (SELECT * FROM ", 200),
        many("SELECT INTERVAL ", "INTERVAL ", 500),
        many("SELECT ", "EXISTS ", 500),
        many("SELECT ", "ALL ", 500),
    ] {
        survive(&text);
    }
    for (text, message) in [
        (
            "a".repeat(1 << 20),
            "this playground takes statements with at most 16384 bytes",
        ),
        (
            deep("(", ")"),
            "this playground takes statements with at most 16384 bytes",
        ),
        (
            format!("SELECT {}", "(".repeat(60)),
            "this playground takes statements with at most 40 levels of brackets",
        ),
        (
            many("SELECT * FROM a", " JOIN b", 400),
            "this playground takes statements with at most 32 joins",
        ),
        (
            many("SELECT 1", " + 1", 900),
            "this playground takes statements with at most 300 operators in one expression",
        ),
    ] {
        assert_eq!(read(NEW, &text), format!("! {message}"));
    }
}

/// What the limits let through must fit in a browser's stack, 1 MiB; a debug build uses several times
/// what an optimised one does.
#[test]
fn the_deepest_that_passes_fits_the_stack() {
    let nest = |open: &str, inner: &str, close: &str, n: usize| {
        format!("SELECT {}{inner}{}", open.repeat(n), close.repeat(n))
    };
    let chain = |start: &str, piece: &str, n: usize| format!("{start}{}", piece.repeat(n));
    let texts = vec![
        nest("(", "1", ")", 39),
        nest("(SELECT ", "1", ")", 39),
        nest("CASE WHEN a THEN ", "1", " END", 39),
        nest("f(", "1", ")", 39),
        nest("ARRAY[", "1", "]", 39),
        nest("NOT (", "a", ")", 39),
        format!(
            "{}SELECT 1{}",
            "SELECT * FROM [EXPLAIN ".repeat(39),
            "]".repeat(39)
        ),
        format!(
            "{}SELECT 1{}",
            "WITH a AS (EXPLAIN ".repeat(39),
            ") SELECT 1".repeat(39)
        ),
        format!(
            "{}SELECT 1{}",
            "SELECT * FROM (".repeat(39),
            ") AS a".repeat(39)
        ),
        chain("SELECT * FROM a", " JOIN b", 32),
        chain("SELECT * FROM a", " JOIN b ON a.x = b.x", 32),
        chain("SELECT 1", " + 1", 299),
        chain("SELECT a", " AND b", 299),
        chain("SELECT 1", " UNION SELECT 1, 2", 64),
        chain("SELECT ", "NOT ", 40),
        chain("", "EXPLAIN ", 40),
    ];
    let run = move || {
        for text in &texts {
            survive(text);
        }
    };
    let stack = if cfg!(debug_assertions) {
        4 << 20
    } else {
        1 << 20
    };
    let thread = std::thread::Builder::new().stack_size(stack).spawn(run);
    assert!(thread.is_ok_and(|t| t.join().is_ok()));
}
