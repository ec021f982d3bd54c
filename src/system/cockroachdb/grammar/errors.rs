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

/// The help topic that the product's parser offers: it has one only where the statement was not yet whole.
fn topic(error: &SyntaxError, tokens: &Tokens, version: Version) -> Option<&'static str> {
    let helped = match &error.cause {
        Cause::Unexpected | Cause::Query(_) => true,
        // What the grammar still knows of an old form comes with its statement's help.
        Cause::Refused(reason) => reason.starts_with("The `"),
        _ => false,
    };
    if error.expected.contains(&Expected::End) || !helped {
        return None;
    }
    // Words that were read before the culprit.
    let mut words = [""; 4];
    let mut count = 0;
    // The clause of a query that the culprit stands in.
    let mut source = false;
    for token in &tokens.list {
        if token.span.start >= error.span.start {
            break;
        }
        let word = token.span.of(tokens.text);
        if let Some(slot) = words.get_mut(count) {
            *slot = word;
        }
        count += 1;
        if word.eq_ignore_ascii_case("FROM") {
            source = true;
        } else if CLAUSES.iter().any(|c| c.eq_ignore_ascii_case(word)) {
            source = false;
        }
    }
    let plain = words[1] != "(" && !words[1].eq_ignore_ascii_case("ANALYZE");
    if count > 1 && words[0].eq_ignore_ascii_case("EXPLAIN") && plain {
        // The topic is that of the statement within.
        words.rotate_left(1);
        words[3] = "";
    }
    if source && words[0].eq_ignore_ascii_case("SELECT") {
        return Some("<SOURCE>");
    }
    let starts = |pattern: &[&str]| {
        pattern
            .iter()
            .zip(words)
            .all(|(p, w)| p.split('|').any(|p| p.eq_ignore_ascii_case(w)))
    };
    TOPICS
        .iter()
        .find(|(pattern, _, feature)| starts(pattern) && feature.is_none_or(|f| version.has(f)))
        .map(|(_, topic, _)| *topic)
}

/// Words that end the FROM clause of a query.
const CLAUSES: [&str; 6] = ["SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT"];

type Topic = (&'static [&'static str], &'static str, Option<Feature>);

/// First words of a statement, its topic, and what a version must have for it. Longer ones first.
const TOPICS: [Topic; 69] = [
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
    (&["SELECT"], "SELECT", None),
    (&["WITH"], "<SELECTCLAUSE>", None),
];
