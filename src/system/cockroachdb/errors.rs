//! The product's errors: texts and codes. reference: cockroachdb-jobs 1.4, 3.2 to 3.4, 5

use super::profile::Edition;
use crate::base::{Error, ErrorKind, Type};

/// An error without a code of its own: XXUUU, in v2.1 XX000.
pub fn uncategorised(profile: Edition, text: &str) -> Error {
    Error::new(ErrorKind::State, truncated(text)).sqlstate(profile.errors.uncategorised)
}

/// Over-long job errors are cut at 1024 characters. reference 3.4
fn truncated(text: &str) -> String {
    match text.char_indices().nth(1_024) {
        Some((at, _)) => format!("{} -- TRUNCATED", text.get(..at).unwrap_or(text)),
        None => text.to_string(),
    }
}

pub fn no_such_job(profile: Edition, id: i64) -> Error {
    uncategorised(profile, &format!("job with ID {id} does not exist"))
}

pub fn interrupted() -> Error {
    Error::new(ErrorKind::State, "query execution canceled").sqlstate("57014")
}

pub fn connection_lost() -> Error {
    Error::new(ErrorKind::State, "server closed the connection.")
        .sqlstate("08006")
        .hint("\\connect opens a session via another node")
}

/// The node hears too few others to read or write system tables.
pub fn unavailable(node: u16) -> Error {
    let n = node + 1;
    Error::new(
        ErrorKind::State,
        format!("replica unavailable: (n{n},s{n}):1 unable to serve request to r7:/Table/{{3-4}}: lost quorum"),
    )
    .sqlstate("XXUUU")
}

pub fn unsupported(what: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("unimplemented: {what} is not part of this playground"),
    )
    .sqlstate("0A000")
}

pub fn no_relation(name: &str) -> Error {
    Error::new(
        ErrorKind::Name,
        format!("relation \"{name}\" does not exist"),
    )
    .sqlstate("42P01")
}

pub fn no_database(name: &str) -> Error {
    Error::new(
        ErrorKind::Name,
        format!("database \"{name}\" does not exist"),
    )
    .sqlstate("3D000")
}

pub fn no_column(name: &str) -> Error {
    Error::new(ErrorKind::Name, format!("column \"{name}\" does not exist")).sqlstate("42703")
}

/// A table that a job has taken from the users. reference 4.2
pub fn offline(name: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::State,
        format!("relation \"{name}\" is offline: {why}"),
    )
    .sqlstate("55000")
}

pub fn exists(what: &str, name: &str, code: &'static str) -> Error {
    Error::new(ErrorKind::Name, format!("{what} \"{name}\" already exists")).sqlstate(code)
}

pub fn refused(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Privilege, text).sqlstate("42501")
}

pub fn wrong(text: impl Into<String>, code: &'static str) -> Error {
    Error::new(ErrorKind::Type, text).sqlstate(code)
}

/// A text that is no value of a type. reference 3.4
pub fn parse_error(text: &str, ty: Type) -> Error {
    let message = match ty {
        Type::Int => format!("could not parse \"{text}\" as type int: {}", no_int(text)),
        Type::Float => format!(
            "could not parse \"{text}\" as type float: strconv.ParseFloat: parsing \"{text}\": invalid syntax"
        ),
        Type::Bool => format!("could not parse \"{text}\" as type bool: invalid bool value"),
        other => format!("could not parse \"{text}\" as type {}", type_name(other)),
    };
    Error::new(ErrorKind::Type, message).sqlstate("22P02")
}

/// Why Go's `strconv` reads no 64-bit integer in a text.
pub fn no_int(text: &str) -> String {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let why = match !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        true => "value out of range",
        false => "invalid syntax",
    };
    format!("strconv.ParseInt: parsing \"{text}\": {why}")
}

/// `x IN (query)` where the query has other columns than one of x's type.
pub fn not_among(left: &str, right: &str) -> String {
    format!("unsupported comparison operator: <{left}> IN <tuple{{{right}}}>")
}

/// The product's names of types.
pub fn type_name(ty: Type) -> &'static str {
    match ty {
        Type::Unknown => "unknown",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Decimal => "decimal",
        Type::Float => "float",
        Type::Text => "string",
        Type::Bytes => "bytes",
        Type::Timestamp => "timestamp",
        Type::Date => "date",
        Type::Datetime => "timestamp",
        Type::TimestampTz => "timestamptz",
        Type::Interval => "interval",
        Type::TextArray => "string[]",
        Type::IntArray => "int[]",
        Type::Json => "jsonb",
    }
}

/// The names in upper case, as SHOW COLUMNS prints them.
pub fn column_type_name(ty: Type) -> &'static str {
    match ty {
        Type::Unknown => "UNKNOWN",
        Type::Bool => "BOOL",
        Type::Int => "INT8",
        Type::Decimal => "DECIMAL",
        Type::Float => "FLOAT8",
        Type::Text => "STRING",
        Type::Bytes => "BYTES",
        Type::Timestamp => "TIMESTAMP",
        Type::Date => "DATE",
        Type::Datetime => "TIMESTAMP",
        Type::TimestampTz => "TIMESTAMPTZ",
        Type::Interval => "INTERVAL",
        Type::TextArray => "STRING[]",
        Type::IntArray => "INT8[]",
        Type::Json => "JSONB",
    }
}
