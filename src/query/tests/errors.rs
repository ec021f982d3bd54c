use super::{Flavour, Limits, answer, check, rows};

#[test]
fn names() {
    check(
        "SELECT x FROM jobs",
        "error: UnknownColumn { name: \"x\", clause: Select } at x",
    );
    check(
        "SELECT 1 FROM jobs j WHERE j.x = 1",
        "error: UnknownColumn { name: \"j.x\", clause: Where } at j.x",
    );
    check(
        "SELECT k.x FROM jobs",
        "error: UnknownSource { name: \"k\", column: Some(\"x\"), clause: Select } at k.x",
    );
    check(
        "SELECT k.* FROM jobs",
        "error: UnknownSource { name: \"k\", column: None, clause: Select } at k",
    );
    check(
        "SELECT 1 FROM a.nope",
        "error: UnknownTable { name: [\"a\", \"nope\"] } at a.nope",
    );
    check(
        "SELECT user_name FROM jobs, users",
        "error: AmbiguousColumn { name: \"user_name\", clause: Select, candidates: \"jobs.user_name, users.user_name\" } at user_name",
    );
    check(
        "SELECT 1 FROM jobs, jobs",
        "error: DuplicateSource { name: \"jobs\" } at jobs",
    );
    check(
        "SELECT nope(1)",
        "error: UnknownFunction { name: \"nope\" } at nope",
    );
    check("SELECT *", "error: StarWithoutFrom");
    check("SELECT $3", "error: Placeholder { name: \"$3\" } at $3");
    check("SELECT 1 FROM secret", "error: not for you");
    check(
        "SELECT 1 FROM jobs ORDER BY 2",
        "error: OrderPosition { position: \"2\", clause: OrderBy } at 2",
    );
    check(
        "SELECT x FROM jobs, (SELECT job_id AS y) AS d",
        "error: UnknownColumn { name: \"job_id\", clause: Select } at job_id",
    );
}

#[test]
fn types() {
    check(
        "SELECT job_id = 'x' FROM jobs",
        "error: Parse { text: \"x\", ty: Int } at 'x'",
    );
    check(
        "SELECT job_id = status FROM jobs",
        "error: Comparison { op: \"=\", left: Int, right: Text } at job_id = status",
    );
    check(
        "SELECT status = 1 FROM jobs",
        "error: Comparison { op: \"=\", left: Text, right: Int } at status = 1",
    );
    check(
        "SELECT status IN (1) FROM jobs",
        "error: Comparison { op: \"IN\", left: Text, right: Int } at status IN (1",
    );
    check(
        "SELECT status + 1 FROM jobs",
        "error: Operator { op: \"+\", left: Text, right: Int } at status + 1",
    );
    check(
        "SELECT job_id FROM jobs WHERE job_id",
        "error: NotBool { clause: Where, ty: Int } at job_id",
    );
    check(
        "SELECT job_id AND true FROM jobs",
        "error: NotBool { clause: And, ty: Int } at job_id",
    );
    check(
        "SELECT -status FROM jobs",
        "error: Unary { op: \"-\", operand: Text } at status",
    );
    check(
        "SELECT lower(1)",
        "error: Signature { name: \"lower\", args: [Int] } at lower",
    );
    check(
        "SELECT sum(status) FROM jobs",
        "error: Signature { name: \"sum\", args: [Text] } at sum",
    );
    check(
        "SELECT true::timestamp",
        "error: Cast { from: Bool, to: Timestamp } at true",
    );
    check(
        "SELECT 1::nope",
        "error: UnknownType { name: \"nope\" } at 1",
    );
    check(
        "SELECT CASE WHEN true THEN 1 ELSE job_type END FROM jobs",
        "error: Mixed { left: Text, right: Int } at 1",
    );
    check(
        "SELECT 1 UNION SELECT 'a', 2",
        "error: SetColumns { op: \"UNION\", left: 1, right: 2 }",
    );
    check(
        "SELECT job_id FROM jobs UNION SELECT user_name FROM users",
        "error: SetTypes { op: \"UNION\", left: Int, right: Text }",
    );
    check(
        "SELECT (SELECT 1, 2)",
        "error: SubqueryColumns { expected: 1, found: 2 }",
    );
    check(
        "VALUES (1), (1, 2)",
        "error: ValuesLength { expected: 1, found: 2 }",
    );
    check(
        "SELECT 1 LIMIT 'x'",
        "error: Parse { text: \"x\", ty: Int } at 'x'",
    );
}

#[test]
fn values() {
    check("SELECT 1 / 0", "error: DivisionByZero");
    check(
        "SELECT 9223372036854775807 + 1",
        "error: Overflow { ty: Int }",
    );
    check("SELECT (SELECT job_id FROM jobs)", "error: SubqueryRows");
    check("SELECT 1 LIMIT -1", "error: Negative { clause: Limit }");
    check(
        "SELECT 'abc'::int",
        "error: Parse { text: \"abc\", ty: Int } at 'abc'",
    );
    rows("SELECT 1 WHERE false AND 1 / 0 = 1", "");
}

#[test]
fn groups() {
    check(
        "SELECT status, count(*) FROM jobs",
        "error: NotGrouped { column: \"status\" }",
    );
    check(
        "SELECT job_id FROM jobs WHERE count(*) > 1",
        "error: AggregateMisplaced { name: \"count\", clause: Where } at count",
    );
    check(
        "SELECT sum(count(*)) FROM jobs",
        "error: NestedAggregate { name: \"count\" } at count",
    );
    check(
        "SELECT DISTINCT status FROM jobs ORDER BY job_id",
        "error: DistinctOrder at job_id",
    );
    check(
        "SELECT job_id FROM jobs WHERE count(*) OVER () > 1",
        "error: Unsupported { what: \"a window function here\" } at count",
    );
}

/// In a debug build sqlparser alone takes 70 kB of stack for each level of sub-select.
#[test]
fn abuse() {
    let big = std::thread::Builder::new().stack_size(16 << 20);
    let thread = big.spawn(try_abuse).expect("a thread");
    thread.join().expect("no panic");
}

fn try_abuse() {
    let limits = Limits {
        steps: 100_000,
        rows: 1_000,
        bytes: 1 << 20,
    };
    let starts = |text: &str, expected: &str| {
        let got = answer(text, &Flavour::POSTGRES, limits);
        assert!(got.starts_with(expected), "{got} for {text}");
    };
    starts(&format!("SELECT 1{}", " + 1".repeat(290)), "?column?|291");
    starts(
        &format!(
            "SELECT job_id FROM jobs WHERE {}job_id = 3",
            "job_id = 9 OR ".repeat(145)
        ),
        "job_id|3",
    );
    starts(
        &format!("SELECT true{}", " AND true".repeat(290)),
        "?column?|true",
    );
    starts(
        &format!("SELECT true{}", " = true".repeat(200)),
        "?column?|true",
    );
    starts(
        &format!("SELECT 1{}", " IS NULL".repeat(250)),
        "error: the query is nested too deeply",
    );
    starts(
        &format!("SELECT '1'{}", "::text".repeat(250)),
        "error: the query is nested too deeply",
    );
    starts(
        &format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(60)),
        "?column?|1|1",
    );
    starts(
        &format!("{}SELECT 1{}", "(".repeat(35), ")".repeat(35)),
        "?column?|1",
    );
    let nested = format!("{}1{}", "(SELECT ".repeat(12), ")".repeat(12));
    starts(&format!("SELECT {nested}"), "?column?|1");
    let deep = format!("{}jobs{}", "(SELECT * FROM ".repeat(12), ")".repeat(12));
    starts(&format!("SELECT * FROM {deep}"), "job_id,");
    starts(
        "SELECT count(*) FROM numbers a, numbers b",
        "error: the query ",
    );
    starts(
        "SELECT * FROM numbers",
        "error: the result has too many rows",
    );
    starts(
        "SELECT max(n) FROM numbers",
        "error: the query looks at too many rows",
    );
    starts("SELECT array_agg(n) FROM numbers", "error: the query ");
    starts(
        "SELECT repeat('x', 100000000)",
        "error: the text would be longer",
    );
    starts(
        "SELECT lpad('x', 100000000)",
        "error: the text would be longer",
    );
    starts(
        "SELECT count(*) FROM generate_series(1, 9223372036854775807)",
        "error: the query looks at too many rows",
    );
    starts(
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT count(*) FROM t",
        "error: the query ",
    );
    starts(
        &format!("SELECT {}", vec!["*"; 300].join(",")),
        "error: StarWithoutFrom",
    );
    starts(
        &format!("SELECT {} FROM jobs", vec!["*"; 300].join(",")),
        "error: a query of this playground can give at most",
    );
    starts("SELECT now() + interval '9000 years'", "error: ");
    starts("SELECT '1e400'::decimal, 1", "error: Parse");
    starts("SELECT 1.5e30 * 1.5e30", "error: Overflow");
    starts("SELECT power(10, 400)", "error: Overflow");
    starts(
        "SELECT substr('añb', -9223372036854775807, 9223372036854775807)",
        "substr|",
    );
}
