//! Random queries in every flavour: an answer or an error, never a panic.

use super::{Flavour, Limits, answer};
use crate::base::Rng;

const ATOMS: &[&str] = &[
    "1",
    "0",
    "-9223372036854775808",
    "9223372036854775807",
    "1.5",
    "99999999999999999999999999999999999999",
    "0.00000000000000000001",
    "1e300",
    "'abc'",
    "''",
    "'2026-01-31 10:00:00'",
    "'9999-12-31'",
    "'-1 day'",
    "'{1,2}'",
    "'{\"a\": [1]}'",
    "'é€😀'",
    "NULL",
    "true",
    "interval '1 month'",
    "interval '1h'",
    "INTERVAL 1 DAY",
    "interval '2562047 hours'",
    "now()",
    "current_date",
    "job_id",
    "jobs.status",
    "created",
    "fraction_completed",
    "user_name",
    "tags",
    "price",
    "note",
    "ROWNUM",
    "$1",
    "*",
    "count(*)",
    "ARRAY[1, 2]",
    "(SELECT max(job_id) FROM jobs)",
    "(SELECT job_id FROM jobs WHERE job_id = 1)",
];

const OPERATORS: &[&str] = &[
    "+",
    "-",
    "*",
    "/",
    "%",
    "||",
    "=",
    "<>",
    "<",
    ">=",
    "AND",
    "OR",
    "LIKE",
    "ILIKE",
    "->",
    "->>",
    "@>",
    "&",
    "|",
    "<=>",
    "DIV",
    "XOR",
    "IS DISTINCT FROM",
    "NOT LIKE",
];

const AFTER: &[&str] = &[
    " IS NULL",
    "::int",
    "::text",
    "::decimal(10,2)",
    "::timestamptz",
    "::date",
    "::interval",
    "::int[]",
    "::jsonb",
    "::float",
    "::bool",
    " IS TRUE",
    " BETWEEN 1 AND 3",
    " IN (1, 'a', NULL)",
    " IN (SELECT job_id FROM jobs)",
    "[1]",
    " = ANY (ARRAY[1])",
    " AT TIME ZONE 'UTC'",
];

const FROMS: &[&str] = &[
    "",
    " FROM jobs",
    " FROM jobs, users",
    " FROM jobs JOIN users USING (user_name)",
    " FROM jobs NATURAL FULL JOIN users",
    " FROM jobs LEFT JOIN prices ON job_id = id",
    " FROM users, unnest(tags) AS t",
    " FROM generate_series(1, 3) AS job_id",
    " FROM (SELECT * FROM jobs) AS jobs",
    " FROM numbers",
    " FROM dual",
];

const ENDS: &[&str] = &[
    "",
    "",
    " ORDER BY 1",
    " LIMIT 2",
    " GROUP BY 1",
    " GROUP BY status HAVING count(*) > 0",
    " UNION SELECT 1",
    " EXCEPT SELECT 'a'",
    " ORDER BY job_id DESC LIMIT 1 OFFSET 1",
    " WHERE ROWNUM < 3",
    " FETCH FIRST 1 ROW ONLY",
];

fn pick<'t>(rng: &mut Rng, items: &[&'t str]) -> &'t str {
    items[rng.below(items.len() as u64) as usize]
}

fn expr(rng: &mut Rng, flavour: &Flavour, depth: u32) -> String {
    let inner = |rng: &mut Rng| expr(rng, flavour, depth + 1);
    if depth > 2 {
        return pick(rng, ATOMS).to_owned();
    }
    match rng.below(8) {
        0 | 1 => pick(rng, ATOMS).to_owned(),
        2 | 3 => {
            let (a, op, b) = (inner(rng), pick(rng, OPERATORS), inner(rng));
            format!("({a} {op} {b})")
        }
        4 => {
            let e = inner(rng);
            format!("({e}{})", pick(rng, AFTER))
        }
        5 => {
            let (a, b, c) = (inner(rng), inner(rng), inner(rng));
            format!("CASE WHEN {a} THEN {b} ELSE {c} END")
        }
        _ => {
            let names: Vec<&str> = super::functions::names(flavour).collect();
            let name = pick(rng, &names);
            let args: Vec<String> = (0..rng.below(4)).map(|_| inner(rng)).collect();
            format!("{name}({})", args.join(", "))
        }
    }
}

#[test]
fn random_queries() {
    let mut rng = Rng::new(1, "random queries");
    let limits = Limits {
        steps: 2_000,
        rows: 1_000,
        bytes: 1 << 20,
    };
    let mut answered = 0;
    for _ in 0..2_000 {
        let flavour = match rng.below(3) {
            0 => &Flavour::POSTGRES,
            1 => &Flavour::MYSQL,
            _ => &Flavour::ORACLE,
        };
        let mut text = format!("SELECT {}", expr(&mut rng, flavour, 0));
        text.push_str(pick(&mut rng, FROMS));
        if rng.below(3) == 0 {
            text.push_str(" WHERE ");
            text.push_str(&expr(&mut rng, flavour, 1));
        }
        text.push_str(pick(&mut rng, ENDS));
        let got = answer(&text, flavour, limits);
        answered += u32::from(!got.starts_with("error"));
        assert_eq!(got, answer(&text, flavour, limits), "{text}");
    }
    assert!(answered > 100, "only {answered} were answered");
}
