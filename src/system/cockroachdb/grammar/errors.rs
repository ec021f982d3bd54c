//! The product's words for a syntax error (reference: cockroachdb-jobs 1.4, 6).

use super::*;
use crate::base::{Error, ErrorKind, Span};
use crate::sql::{Cause, Expected, Flaw, Kind, SyntaxError};

pub(super) const SYNTAX: &str = "42601";

/// The error as the server sends it: v26.2 has the source and a caret in DETAIL, v2.1 in the message.
pub(super) fn told(error: &SyntaxError, tokens: &Tokens, version: Version) -> Error {
    if let Cause::Told(error) = &error.cause {
        return error.clone();
    }
    let found = found(error, tokens);
    let newest = version.has(Feature::ErrorsWithDetail);
    let message = match (&error.cause, newest) {
        (Cause::Lexical(flaw), true) => format!("lexical error: {}", lexical(*flaw)),
        (Cause::Lexical(flaw), false) => lexical(*flaw).to_owned(),
        (Cause::Refused(reason), true) => {
            format!("at or near \"{found}\": syntax error: {reason}")
        }
        (Cause::Refused(reason), false) => format!("{reason} at or near \"{found}\""),
        (_, true) => format!("at or near \"{found}\": syntax error"),
        (_, false) => format!("syntax error at or near \"{found}\""),
    };
    let source = source_and_caret(tokens.text, error.span);
    let told = Error::new(ErrorKind::Syntax, message)
        .sqlstate(SYNTAX)
        .at(error.span);
    let told = match newest {
        true => told.detail(format!("source SQL:\n{source}")),
        false => {
            let message = format!("{}\n{source}", told.message);
            told.reworded(message)
        }
    };
    match topic(error, tokens, version) {
        Some(topic) => told.hint(format!("try \\h {topic}")),
        None => told,
    }
}

/// The offending token as the product's scanner holds it: words folded, strings without quotes.
fn found(error: &SyntaxError, tokens: &Tokens) -> String {
    if error.at_end {
        return "EOF".to_owned();
    }
    let token = tokens.list.iter().find(|t| t.span == error.span);
    let text = error.span.of(tokens.text);
    let Some(token) = token.copied() else {
        // A refused option: its name, which is the first token.
        let first = tokens
            .list
            .iter()
            .find(|t| t.span.start == error.span.start);
        return first
            .map_or(text, |t| t.span.of(tokens.text))
            .to_ascii_lowercase();
    };
    match token.kind {
        Kind::Word | Kind::QuotedName => tokens.name_value(token).unwrap_or_default(),
        Kind::String(_) => tokens.string_value(token).unwrap_or_default(),
        Kind::Placeholder => text.trim_start_matches('$').to_owned(),
        _ => text.chars().flat_map(visible).collect(),
    }
}

/// Control characters as escapes, so that no terminal and no page stumbles over them.
fn visible(c: char) -> impl Iterator<Item = char> {
    let (plain, escaped) = match c.is_control() {
        true => (None, Some(c.escape_default())),
        false => (Some(c), None),
    };
    plain.into_iter().chain(escaped.into_iter().flatten())
}

fn lexical(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::OpenString => "unterminated string",
        Flaw::OpenName => "unterminated quoted identifier",
        Flaw::OpenComment => "unterminated comment",
        Flaw::Character => "invalid character",
    }
}

/// The text up to the end of the line with the culprit, and a caret under its start. The caret's
/// column counts bytes, as the product's does.
fn source_and_caret(text: &str, span: Span) -> String {
    let start = span.start.min(text.len());
    let before = text.get(..start).unwrap_or("");
    let after = text.get(start..).unwrap_or("");
    let line_end = start + after.find('\n').unwrap_or(after.len());
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let shown = text.get(..line_end).unwrap_or(text);
    format!("{shown}\n{}^", " ".repeat(start - line_start))
}

/// The help topic that the product's parser offers: it gives up what it has read, from the end, until
/// it stands where it has help. Where a statement was whole there is none, but for some listings.
fn topic(error: &SyntaxError, tokens: &Tokens, version: Version) -> Option<&'static str> {
    let helped = match &error.cause {
        Cause::Unexpected | Cause::Query(_) | Cause::Lexical(_) => true,
        // What the grammar still knows of an old form comes with its statement's help.
        Cause::Refused(reason) => reason.starts_with("The `"),
        _ => false,
    };
    if !helped {
        return None;
    }
    let read = tokens
        .list
        .iter()
        .take_while(|t| t.span.start < error.span.start);
    let read = tokens.list.get(..read.count()).unwrap_or_default();
    let word = |i: usize| read.get(i).map_or("", |t| t.span.of(tokens.text));
    let is = |i: usize, words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(word(i)));
    // Where an operand has come to its end, so has the clause that it stands in.
    let whole = match read.last().map(|t| t.kind) {
        Some(Kind::Word) => read.len() > 2 && !is(read.len() - 1, &OPERAND_AFTER),
        Some(Kind::Symbol(symbol)) => matches!(symbol, ")" | "]"),
        last => last.is_some(),
    };
    if whole && matches!(error.cause, Cause::Lexical(_)) {
        return None;
    }
    // Whether a bracket holds a query or an operand, not the arguments of a function.
    let groups = |i: usize| match read.get(i - 1).map(|t| t.kind) {
        Some(Kind::Word | Kind::QuotedName) => is(i - 1, &OPERAND_AFTER),
        _ => true,
    };
    let statement = |at: usize| {
        let found = TOPICS.iter().find(|(pattern, _, feature)| {
            let mut words = pattern.iter().enumerate();
            words.all(|(i, p)| p.split('|').any(|p| p.eq_ignore_ascii_case(word(at + i))))
                && feature.is_none_or(|f| version.has(f))
        });
        found.map_or("(", |(_, topic, _)| *topic)
    };
    if error.expected.contains(&Expected::End) {
        let listed = statement(0);
        let short = read.len() == 2 || read.len() == 3 && is(2, &["JOBS", "SCHEDULES"]);
        let ids = is(1, &["JOBS"]) && is(2, &["SELECT", "VALUES", "TABLE", "("]);
        return (LISTINGS.contains(&listed) && (short || ids)).then_some(listed);
    }
    // What has been opened, outermost first: topics, and brackets that have none.
    let mut open = vec![statement(0)];
    for (i, token) in read.iter().enumerate() {
        let before = |words: &[&str]| i > 0 && is(i - 1, words);
        let explained = before(&["EXPLAIN"]) || before(&["ANALYZE"]) && is(0, &["EXPLAIN"]);
        let in_cte = before(&["("]) && i > 1 && is(i - 2, &["AS"]);
        if explained || in_cte || before(&["["]) || before(&["AS"]) && is(0, &["PREPARE"]) {
            open.push(statement(i));
        }
        let top = open.last().copied().unwrap_or("(");
        match token.kind {
            Kind::Symbol("(" | "[") => {
                open.push("(");
                let insert = (3..6).contains(&i) && is(0, &["INSERT", "UPSERT"]);
                let nested = before(&["("]) && (i < 2 || groups(i - 1));
                if is(i, &["("]) && (i == 0 || nested || insert || before(&QUERY_AFTER)) {
                    open.push("<SELECTCLAUSE>");
                }
            }
            Kind::Symbol(")" | "]") => {
                while open.pop().is_some_and(|topic| topic != "(") {}
                if open.last() == Some(&"VALUES") {
                    open.pop();
                }
            }
            Kind::Word if is(i, &["SELECT"]) => open.push("SELECT"),
            Kind::Word if is(i, &["VALUES"]) && !before(&["DEFAULT"]) => open.push("VALUES"),
            Kind::Word if is(i, &["TABLE"]) && before(&QUERY_AFTER) => open.push("TABLE"),
            Kind::Word if is(i, &["FROM"]) && top == "SELECT" => open.push("<SOURCE>"),
            Kind::Word if is(i, &AFTER_FROM) && top == "<SOURCE>" => drop(open.pop()),
            Kind::Word if is(i, &AFTER_SELECT) => {
                while let Some(&("SELECT" | "<SOURCE>" | "TABLE" | "VALUES")) = open.last() {
                    open.pop();
                }
            }
            _ => {}
        }
    }
    while let (true, true, Some(&("SELECT" | "<SOURCE>"))) = (whole, error.at_end, open.last()) {
        open.pop();
    }
    open.into_iter().rev().find(|topic| *topic != "(")
}

/// Topics of listings that would end before the culprit, and yet have help for it.
const LISTINGS: [&str; 6] = [
    "SHOW JOBS",
    "SHOW SCHEDULES",
    "SHOW TABLES",
    "SHOW DATABASES",
    "SHOW USERS",
    "SHOW ROLES",
];

/// Words that a query follows, which may stand in brackets.
const QUERY_AFTER: [&str; 8] = [
    "JOBS",
    "SCHEDULES",
    "COMPLETE",
    "EXPLAIN",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "ALL",
];

/// Words that an operand or a list follows.
const OPERAND_AFTER: [&str; 28] = [
    "ALL",
    "AND",
    "ANY",
    "BY",
    "COMPLETE",
    "DISTINCT",
    "ELSE",
    "EXCEPT",
    "EXPLAIN",
    "FROM",
    "HAVING",
    "IN",
    "INTERSECT",
    "JOB",
    "JOBS",
    "JOIN",
    "LATERAL",
    "LIMIT",
    "NOT",
    "OR",
    "SCHEDULE",
    "SCHEDULES",
    "SELECT",
    "SOME",
    "THEN",
    "UNION",
    "WHERE",
    "WHEN",
];

/// Words that end the FROM clause, and those that end the whole SELECT.
const AFTER_FROM: [&str; 4] = ["WHERE", "GROUP", "HAVING", "WINDOW"];
const AFTER_SELECT: [&str; 8] = [
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "UNION",
    "INTERSECT",
    "EXCEPT",
];

type Topic = (&'static [&'static str], &'static str, Option<Feature>);

/// First words of a statement, its topic, and what a version must have for it. Longer ones first.
const TOPICS: [Topic; 67] = [
    (
        &["CANCEL", "ALL"],
        "CANCEL ALL JOBS",
        Some(Feature::ControlAllJobs),
    ),
    (&["CANCEL", "JOB|JOBS"], "CANCEL JOBS", None),
    (&["CANCEL", "QUERY|QUERIES"], "CANCEL QUERIES", None),
    (&["CANCEL", "SESSION|SESSIONS"], "CANCEL SESSIONS", None),
    (&["CANCEL"], "CANCEL", None),
    (
        &["PAUSE", "ALL"],
        "PAUSE ALL JOBS",
        Some(Feature::ControlAllJobs),
    ),
    (
        &["PAUSE", "SCHEDULE|SCHEDULES"],
        "PAUSE SCHEDULES",
        Some(Feature::Schedules),
    ),
    (&["PAUSE", "JOB|JOBS"], "PAUSE JOBS", None),
    (&["PAUSE"], "PAUSE", Some(Feature::Schedules)),
    (&["PAUSE"], "PAUSE JOBS", None),
    (
        &["RESUME", "ALL"],
        "RESUME ALL JOBS",
        Some(Feature::ControlAllJobs),
    ),
    (
        &["RESUME", "SCHEDULE|SCHEDULES"],
        "RESUME SCHEDULES",
        Some(Feature::Schedules),
    ),
    (&["RESUME", "JOB|JOBS"], "RESUME JOBS", None),
    (&["RESUME"], "RESUME", Some(Feature::Schedules)),
    (&["RESUME"], "RESUME JOBS", None),
    (
        &["SHOW", "JOB|JOBS|AUTOMATIC|CHANGEFEED"],
        "SHOW JOBS",
        None,
    ),
    (
        &["SHOW", "SCHEDULE|SCHEDULES|RUNNING|PAUSED"],
        "SHOW SCHEDULES",
        None,
    ),
    (&["SHOW", "BACKUP|BACKUPS"], "SHOW BACKUP", None),
    (&["SHOW", "TABLES"], "SHOW TABLES", None),
    (&["SHOW", "DATABASES"], "SHOW DATABASES", None),
    (&["SHOW", "COLUMNS"], "SHOW COLUMNS", None),
    (&["SHOW", "INDEX|INDEXES|KEYS"], "SHOW INDEXES", None),
    (
        &["SHOW", "CONSTRAINTS|CONSTRAINT"],
        "SHOW CONSTRAINTS",
        None,
    ),
    (&["SHOW", "CREATE"], "SHOW CREATE", None),
    (&["SHOW", "GRANTS"], "SHOW GRANTS", None),
    (&["SHOW", "USERS"], "SHOW USERS", None),
    (&["SHOW", "ROLES"], "SHOW ROLES", None),
    (&["SHOW", "CLUSTER|PUBLIC"], "SHOW CLUSTER SETTING", None),
    (&["SHOW", "RANGES"], "SHOW RANGES", None),
    (&["SHOW", "STATISTICS"], "SHOW STATISTICS", None),
    (&["SHOW", "ZONE"], "SHOW ZONE CONFIGURATION", None),
    (&["SHOW"], "SHOW", None),
    (&["BACKUP"], "BACKUP", None),
    (&["RESTORE"], "RESTORE", None),
    (&["IMPORT"], "IMPORT", None),
    (&["CREATE", "SCHEDULE"], "CREATE SCHEDULE", None),
    (&["CREATE", "STATISTICS"], "CREATE STATISTICS", None),
    (&["CREATE", "DATABASE"], "CREATE DATABASE", None),
    (&["CREATE", "SCHEMA"], "CREATE SCHEMA", None),
    (&["CREATE", "TABLE"], "CREATE TABLE", None),
    (&["CREATE", "INDEX|UNIQUE|INVERTED"], "CREATE INDEX", None),
    (&["CREATE", "USER|ROLE"], "CREATE ROLE", None),
    (&["CREATE"], "CREATE", None),
    (&["ALTER", "JOB"], "ALTER JOB", None),
    (&["ALTER", "TABLE"], "ALTER TABLE", None),
    (&["ALTER", "INDEX"], "ALTER INDEX", None),
    (&["ALTER", "DATABASE"], "ALTER DATABASE", None),
    (&["ALTER", "RANGE"], "ALTER RANGE", None),
    (&["ALTER", "USER|ROLE"], "ALTER ROLE", None),
    (&["ALTER"], "ALTER", None),
    (&["DROP", "SCHEDULE|SCHEDULES"], "DROP SCHEDULES", None),
    (&["DROP", "TABLE"], "DROP TABLE", None),
    (&["DROP", "INDEX"], "DROP INDEX", None),
    (&["DROP", "DATABASE"], "DROP DATABASE", None),
    (&["DROP"], "DROP", None),
    (&["TRUNCATE"], "TRUNCATE", None),
    (&["INSERT"], "INSERT", None),
    (&["UPSERT"], "UPSERT", None),
    (&["UPDATE"], "UPDATE", None),
    (&["DELETE"], "DELETE", None),
    (&["SET"], "SET SESSION", None),
    (&["GRANT"], "GRANT", None),
    (&["REVOKE"], "REVOKE", None),
    (&["ANALYZE|ANALYSE"], "ANALYZE", Some(Feature::Inspect)),
    (&["EXPLAIN"], "EXPLAIN", None),
    (&["PREPARE"], "PREPARE", None),
    (&["EXECUTE"], "EXECUTE", None),
];
