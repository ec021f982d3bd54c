//! Random queries for the parser: what the page reads with a lean sqlparser must be read alike
//! by the whole one.

use jobscope::base::{Rng, StateHasher};
use jobscope::playground::Playground;
use jobscope::sql::cursor::Parsed;
use jobscope::sql::query::query_to_end;
use jobscope::sql::shown::{COMMON, MYSQL, POSTGRES};
use jobscope::sql::{Cursor, Flavour, Tokens};
use sqlparser::keywords::ALL_KEYWORDS;

/// Whole queries, to be damaged.
const QUERIES: [&str; 14] = [
    "SELECT job_id, count ( * ) FROM [ SHOW JOBS ] AS j WHERE user_name = 'maxroach' GROUP BY 1 HAVING count ( * ) > 2 ORDER BY 1 DESC LIMIT 10 OFFSET 2",
    "WITH x AS ( SHOW JOBS ) , y ( a , b ) AS ( SELECT 1 , 2 ) SELECT a . * FROM x a LEFT JOIN y USING ( job_id ) FOR UPDATE",
    "SELECT CASE WHEN a > 1 THEN - b ELSE c END , CAST ( a AS DECIMAL ( 10 , 2 ) ) FROM t NATURAL JOIN u",
    "SELECT a :: INT8 , b -> 'x' ->> 'y' , c [ 1 ] , ARRAY [ 1 , 2 ] FROM db . public . t AS t ( x , y )",
    "SELECT EXTRACT ( hour FROM ts ) , INTERVAL '10s' , TIMESTAMP '2026-11-20' , now ( ) - INTERVAL '1' DAY",
    "( SELECT 1 UNION ALL SELECT 2 ) EXCEPT ( VALUES ( 3 ) , ( 4 ) ) ORDER BY 1 NULLS FIRST",
    "SELECT row_number ( ) OVER ( PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW ) FROM t",
    "SELECT DISTINCT ON ( a ) a , b FROM t WHERE EXISTS ( SELECT 1 FROM u WHERE u . a = t . a ) AND b IS NOT DISTINCT FROM 3",
    "SELECT * FROM t CROSS JOIN LATERAL ( SELECT * FROM u ) v WHERE a IN ( 1 , 2 ) OR b NOT LIKE 'x%' ESCAPE '!'",
    "SELECT a DIV 2 , a MOD 3 , SUBSTRING ( b FROM 1 FOR 2 ) , TRIM ( BOTH 'x' FROM b ) , POSITION ( 'a' IN b ) FROM DUAL",
    "SELECT /* note */ `a` , \"b\" , ? , :1 , $1 , @x FROM t PARTITION ( p ) USE INDEX ( i ) WHERE ROWNUM <= 10",
    "SELECT string_agg ( a , ',' ORDER BY b ) FILTER ( WHERE c ) , ( a , b ) = ROW ( 1 , 2 ) FROM generate_series ( 1 , 10 ) WITH ORDINALITY",
    "SELECT NOT a BETWEEN 1 AND 2 , a ~ 'x' , b !~* 'y' , ~ c , a || b , a # b , a << 2 FROM t AS OF SYSTEM TIME '-10s'",
    "TABLE t UNION SELECT xml '<a/>' , COLLATE ( b ) , CONVERT ( a , CHAR ) , OVERLAY ( a PLACING b FROM 1 ) , CEIL ( a ) , FLOOR ( b )",
];

const WORDS: [&str; 56] = [
    "(",
    ")",
    ",",
    ".",
    ";",
    "[",
    "]",
    "{",
    "}",
    "*",
    "+",
    "-",
    "/",
    "%",
    "=",
    "<",
    ">",
    "<>",
    "<=",
    "::",
    "->",
    "->>",
    "||",
    "~",
    "!",
    "@",
    "#",
    "&",
    "|",
    "^",
    ":",
    "?",
    "$1",
    "1",
    "2.5",
    "1e9",
    "0xff",
    "'x'",
    "''",
    "e'a\\n'",
    "b'1'",
    "x'ff'",
    "$$y$$",
    "\"q\"",
    "`r`",
    "a",
    "b",
    "t.c",
    "xml",
    "_utf8'x'",
    "N'x'",
    "--",
    "/*",
    "ä",
    "now()",
    "(SELECT 1)",
];

/// One hash of what became of them: the tree of a query, or where the error is.
pub fn parsed_alike() -> u64 {
    let mut outcomes: Vec<String> = Vec::new();
    for (scenario, who) in [
        ("cockroachdb", "root"),
        ("oceanbase", "root@mysql_tenant"),
        ("oceanbase", "SYS@oracle_tenant"),
    ] {
        let flavour = flavour(scenario, who);
        let mut rng = Rng::new(11, who);
        for round in 0..4_000 {
            outcomes.push(outcome(&text(&mut rng, round), flavour));
        }
    }
    StateHasher::of(&outcomes)
}

fn flavour(scenario: &str, who: &str) -> &'static Flavour {
    let mut playground = Playground::open(scenario, 1).expect("a shipped scenario");
    playground.open_session(who).expect("a session");
    let engine = playground.engine();
    let session = (0..).map_while(|i| engine.sessions().get(i)).last();
    engine.client().flavour(session.expect("the session"))
}

fn text(rng: &mut Rng, round: u32) -> String {
    let pick = |rng: &mut Rng| match rng.below(3) {
        0 => WORDS[rng.below(WORDS.len() as u64) as usize],
        1 => {
            let shown = [&COMMON, &POSTGRES, &MYSQL][rng.below(3) as usize].texts();
            shown[rng.below(shown.len() as u64) as usize]
        }
        _ => ALL_KEYWORDS[rng.below(ALL_KEYWORDS.len() as u64) as usize],
    };
    let mut words: Vec<&str> = Vec::new();
    if round.is_multiple_of(4) {
        words.push("SELECT");
        for _ in 0..rng.below(14) {
            words.push(pick(rng));
        }
    } else {
        let query = QUERIES[rng.below(QUERIES.len() as u64) as usize];
        words.extend(query.split(' '));
        for _ in 0..1 + rng.below(3) {
            let at = rng.below(words.len() as u64) as usize;
            match rng.below(4) {
                0 => drop(words.remove(at)),
                1 => words[at] = pick(rng),
                2 => words.truncate(at + 1),
                _ => words.insert(at, pick(rng)),
            }
            if words.is_empty() {
                words.push("SELECT");
            }
        }
    }
    words.join(" ")
}

fn outcome(text: &str, flavour: &'static Flavour) -> String {
    let inner = |c: &mut Cursor| -> Parsed<()> {
        c.expect("SHOW")?;
        c.expect("JOBS").map(|_| ())
    };
    let tokens = match Tokens::read(text, flavour) {
        Ok(tokens) => tokens,
        Err(error) => return format!("{error}"),
    };
    let mut cursor = Cursor::new(&tokens);
    match query_to_end(&mut cursor, &inner) {
        Ok(query) => query.ast.to_string(),
        Err(error) => format!("{} {}", error.span.start, error.span.end),
    }
}
