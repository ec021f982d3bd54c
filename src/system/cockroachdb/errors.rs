//! The product's errors: texts and codes. reference: cockroachdb-jobs 1.4, 3.2 to 3.4, 5

use super::profile::Profile;
use crate::base::{Error, ErrorKind, Type};
use crate::query::{Clause, Problem, Words};

/// An error without a code of its own: XXUUU, in v2.1 XX000.
pub fn uncategorised(profile: &Profile, text: &str) -> Error {
    Error::new(ErrorKind::State, truncated(text)).sqlstate(profile.errors.uncategorised)
}

/// Over-long job errors are cut at 1024 characters. reference 3.4
fn truncated(text: &str) -> String {
    match text.char_indices().nth(1_024) {
        Some((at, _)) => format!("{} -- TRUNCATED", text.get(..at).unwrap_or(text)),
        None => text.to_string(),
    }
}

pub fn no_such_job(profile: &Profile, id: i64) -> Error {
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
    Error::new(ErrorKind::Name, format!("relation \"{name}\" does not exist")).sqlstate("42P01")
}

pub fn no_database(name: &str) -> Error {
    Error::new(ErrorKind::Name, format!("database \"{name}\" does not exist")).sqlstate("3D000")
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

/// The errors of queries.
pub struct CockroachWords;

pub static WORDS: CockroachWords = CockroachWords;

fn clause_name(clause: Clause) -> &'static str {
    match clause {
        Clause::Select => "SELECT",
        Clause::From => "FROM",
        Clause::On => "ON",
        Clause::Where => "WHERE",
        Clause::GroupBy => "GROUP BY",
        Clause::Having => "HAVING",
        Clause::OrderBy => "ORDER BY",
        Clause::Limit => "LIMIT",
        Clause::Offset => "OFFSET",
        Clause::Values => "VALUES",
        Clause::And => "AND",
        Clause::Or => "OR",
        Clause::Not => "NOT",
        Clause::Case => "CASE",
        Clause::Filter => "FILTER",
    }
}

impl Words for CockroachWords {
    fn type_name(&self, ty: Type) -> &'static str {
        type_name(ty)
    }

    fn say(&self, problem: &Problem<'_>) -> Error {
        use Problem as P;
        let t = type_name;
        let (text, code) = match problem {
            P::UnknownColumn { name, .. } => {
                (format!("column \"{name}\" does not exist"), "42703")
            }
            P::UnknownSource { name, .. } => (
                format!("no data source matches prefix: {name} in this context"),
                "42P01",
            ),
            P::AmbiguousColumn {
                name, candidates, ..
            } => (
                format!("column reference \"{name}\" is ambiguous (candidates: {candidates})"),
                "42702",
            ),
            P::UnknownTable { name } => (
                format!("relation \"{}\" does not exist", name.join(".")),
                "42P01",
            ),
            P::DuplicateSource { name } => (
                format!("source name \"{name}\" specified more than once (missing AS clause)"),
                "42712",
            ),
            P::DerivedNeedsAlias => ("subquery in FROM must have an alias".to_string(), "42601"),
            P::UnknownFunction { name } => (format!("unknown function: {name}()"), "42883"),
            P::Signature { name, args } => {
                let args: Vec<&str> = args.iter().map(|a| type_name(*a)).collect();
                (
                    format!("unknown signature: {name}({})", args.join(", ")),
                    "42883",
                )
            }
            P::ArgumentCount { name } => (
                format!("unknown signature: {name}() (wrong number of arguments)"),
                "42883",
            ),
            P::Comparison { op, left, right } => (
                format!(
                    "unsupported comparison operator: <{}> {op} <{}>",
                    t(*left),
                    t(*right)
                ),
                "22023",
            ),
            P::Operator { op, left, right } => (
                format!(
                    "unsupported binary operator: <{}> {op} <{}>",
                    t(*left),
                    t(*right)
                ),
                "22023",
            ),
            P::Unary { op, operand } => (
                format!("unsupported unary operator: {op} <{}>", t(*operand)),
                "22023",
            ),
            P::NotBool { clause, ty } => (
                format!(
                    "argument of {} must be type bool, not type {}",
                    clause_name(*clause),
                    t(*ty)
                ),
                "42804",
            ),
            P::NotInt { clause, ty } => (
                format!(
                    "argument of {} must be type int, not type {}",
                    clause_name(*clause),
                    t(*ty)
                ),
                "42804",
            ),
            P::Negative { clause } => (
                format!("negative value for {}", clause_name(*clause)),
                "22023",
            ),
            P::Mixed { left, right } => (
                format!(
                    "incompatible value type: expected {}, found {}",
                    t(*left),
                    t(*right)
                ),
                "42804",
            ),
            P::Parse { text, ty } => return parse_error(text, *ty),
            P::Cast { from, to } => (
                format!("invalid cast: {} -> {}", t(*from), t(*to)),
                "42846",
            ),
            P::UnknownType { name } => (format!("type \"{name}\" does not exist"), "42704"),
            P::DivisionByZero => ("division by zero".to_string(), "22012"),
            P::Overflow { ty } => match ty {
                Type::Int => ("integer out of range".to_string(), "22003"),
                other => (format!("{} out of range", t(*other)), "22003"),
            },
            P::NotGrouped { column } => (
                format!("column \"{column}\" must appear in the GROUP BY clause or be used in an aggregate function"),
                "42803",
            ),
            P::AggregateMisplaced { name, clause } => (
                format!(
                    "{name}(): aggregate functions are not allowed in {}",
                    clause_name(*clause)
                ),
                "42803",
            ),
            P::NestedAggregate { name } => (
                format!("{name}(): aggregate function calls cannot be nested"),
                "42803",
            ),
            P::SubqueryColumns { expected, found } => (
                format!("subquery must return {}, found {found}", columns(*expected)),
                "42601",
            ),
            P::SubqueryRows => (
                "more than one row returned by a subquery used as an expression".to_string(),
                "21000",
            ),
            P::SetColumns { op, left, right } => (
                format!("each {op} query must have the same number of columns: {left} vs {right}"),
                "42601",
            ),
            P::SetTypes { op, left, right } => (
                format!("{op} types {} and {} cannot be matched", t(*left), t(*right)),
                "42804",
            ),
            P::ValuesLength { expected, found } => (
                format!("VALUES lists must all be the same length, expected {expected} columns, found {found}"),
                "42601",
            ),
            P::AliasColumns {
                source,
                available,
                named,
            } => (
                format!("source \"{source}\" has {available} columns available but {named} columns specified"),
                "42P10",
            ),
            P::OrderPosition { position, clause } => (
                format!(
                    "{} position {position} is not in select list",
                    clause_name(*clause)
                ),
                "42P10",
            ),
            P::DistinctOrder => (
                "for SELECT DISTINCT, ORDER BY expressions must appear in select list".to_string(),
                "42P10",
            ),
            P::StarWithoutFrom => (
                "cannot use \"*\" without a FROM clause".to_string(),
                "42602",
            ),
            P::Placeholder { name } => (
                format!("no value provided for placeholder: {name}"),
                "42P02",
            ),
            P::UnknownVariable { name } => (
                format!("unrecognized configuration parameter \"{name}\""),
                "42704",
            ),
            P::Unsupported { what } => {
                (format!("unimplemented: this syntax: {what}"), "0A000")
            }
        };
        Error::new(problem.kind(), text).sqlstate(code)
    }
}

fn columns(n: usize) -> String {
    match n {
        1 => "only one column".to_string(),
        n => format!("{n} columns"),
    }
}

/// A text that is no value of a type. reference 3.4
pub fn parse_error(text: &str, ty: Type) -> Error {
    let message = match ty {
        Type::Int => format!(
            "could not parse \"{text}\" as type int: strconv.ParseInt: parsing \"{text}\": invalid syntax"
        ),
        Type::Float => format!(
            "could not parse \"{text}\" as type float: strconv.ParseFloat: parsing \"{text}\": invalid syntax"
        ),
        Type::Bool => format!("could not parse \"{text}\" as type bool: invalid bool value"),
        other => format!("could not parse \"{text}\" as type {}", type_name(other)),
    };
    Error::new(ErrorKind::Type, message).sqlstate("22P02")
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
        Type::TimestampTz => "TIMESTAMPTZ",
        Type::Interval => "INTERVAL",
        Type::TextArray => "STRING[]",
        Type::IntArray => "INT8[]",
        Type::Json => "JSONB",
    }
}
