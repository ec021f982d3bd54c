//! What CockroachDB says of a query that is wrong: texts and codes of `pkg/sql/sem/tree`,
//! `pkg/sql/opt/optbuilder` and `pkg/sql/pgwire/pgcode`.

use super::{Feature, Version};
use crate::base::{Error, Type};
use crate::query::{Clause, Flavour, Problem, Words};

/// Expressions and names as both versions have them.
pub static QUERIES: Flavour = Flavour::POSTGRES;

/// The errors of a version.
pub struct QueryWords(pub Version);

impl Words for QueryWords {
    fn say(&self, problem: &Problem<'_>) -> Error {
        let (message, code) = self.text(problem);
        Error::new(problem.kind(), message).sqlstate(code)
    }

    fn type_name(&self, ty: Type) -> &'static str {
        match ty {
            Type::Unknown => "unknown",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Decimal => "decimal",
            Type::Float => "float",
            Type::Text => "string",
            Type::Bytes => "bytes",
            Type::Timestamp | Type::Datetime => "timestamp",
            Type::Date => "date",
            Type::TimestampTz => "timestamptz",
            Type::Interval => "interval",
            Type::TextArray => "string[]",
            Type::IntArray => "int[]",
            Type::Json => "jsonb",
        }
    }
}

fn word(clause: Clause) -> &'static str {
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

impl QueryWords {
    fn types(&self, types: &[Type]) -> String {
        let names: Vec<&str> = types.iter().map(|t| self.type_name(*t)).collect();
        names.join(", ")
    }

    fn text(&self, problem: &Problem<'_>) -> (String, &'static str) {
        let newer = self.0.has(Feature::ErrorsWithDetail);
        let name_of = |ty: &Type| self.type_name(*ty);
        match problem {
            Problem::UnknownColumn { name, .. } => {
                (format!("column \"{name}\" does not exist"), "42703")
            }
            Problem::UnknownSource { name, .. } => {
                let place = if newer { " in this context" } else { "" };
                (
                    format!("no data source matches prefix: {name}{place}"),
                    "42P01",
                )
            }
            Problem::AmbiguousColumn {
                name, candidates, ..
            } => (
                format!("column reference \"{name}\" is ambiguous (candidates: {candidates})"),
                "42702",
            ),
            Problem::UnknownTable { name } => (
                format!("relation \"{}\" does not exist", name.join(".")),
                "42P01",
            ),
            Problem::DuplicateSource { name } => (
                format!("source name \"{name}\" specified more than once (missing AS clause)"),
                "42712",
            ),
            Problem::DerivedNeedsAlias => {
                ("subquery in FROM must have an alias".to_owned(), "42601")
            }
            Problem::UnknownFunction { name } => (format!("unknown function: {name}()"), "42883"),
            Problem::Signature { name, args } => (
                format!("unknown signature: {name}({})", self.types(args)),
                "42883",
            ),
            Problem::ArgumentCount { name } => (format!("unknown signature: {name}()"), "42883"),
            Problem::Comparison {
                op: "IN",
                left,
                right,
            } => (
                super::errors::not_among(name_of(left), name_of(right)),
                "22023",
            ),
            Problem::Among { left, right } => (
                super::errors::not_among(name_of(left), &self.types(right)),
                "22023",
            ),
            Problem::Comparison { op, left, right } => (
                format!(
                    "unsupported comparison operator: <{}> {op} <{}>",
                    name_of(left),
                    name_of(right)
                ),
                "22023",
            ),
            Problem::Operator { op, left, right } => (
                format!(
                    "unsupported binary operator: <{}> {op} <{}>",
                    name_of(left),
                    name_of(right)
                ),
                "22023",
            ),
            Problem::Unary { op, operand } => (
                format!("unsupported unary operator: {op} <{}>", name_of(operand)),
                "22023",
            ),
            Problem::NotBool {
                clause: clause @ (Clause::And | Clause::Or | Clause::Not),
                ty,
            } => (
                format!(
                    "incompatible {} argument type: {}",
                    word(*clause),
                    name_of(ty)
                ),
                "42804",
            ),
            Problem::NotBool {
                clause: Clause::Case,
                ty,
            } => (
                format!("incompatible condition type: {}", name_of(ty)),
                "42804",
            ),
            Problem::NotBool { clause, ty } => (
                format!(
                    "argument of {} must be type bool, not type {}",
                    word(*clause),
                    name_of(ty)
                ),
                "42804",
            ),
            Problem::NotInt { clause, ty } => (
                format!(
                    "argument of {} must be type int, not type {}",
                    word(*clause),
                    name_of(ty)
                ),
                "42804",
            ),
            Problem::Negative { clause } => (format!("negative value for {}", word(*clause)), ""),
            Problem::Mixed { left, right } => (
                format!(
                    "incompatible value type: expected expression to be of type {}, found type {}",
                    name_of(left),
                    name_of(right)
                ),
                "42804",
            ),
            Problem::Parse { text, ty } => self.unreadable(text, *ty),
            Problem::Cast { from, to } => (
                format!("invalid cast: {} -> {}", name_of(from), name_of(to)),
                "42846",
            ),
            Problem::UnknownType { name } => (format!("type \"{name}\" does not exist"), "42704"),
            Problem::DivisionByZero => ("division by zero".to_owned(), "22012"),
            Problem::Overflow { ty } => match ty {
                Type::Int => ("integer out of range".to_owned(), "22003"),
                Type::Timestamp | Type::TimestampTz => (
                    "timestamp exceeds supported timestamp bounds".to_owned(),
                    "22008",
                ),
                ty => (format!("{} out of range", name_of(ty)), "22003"),
            },
            Problem::NotGrouped { column } => (
                format!(
                    "column \"{column}\" must appear in the GROUP BY clause or be used in an aggregate function"
                ),
                "42803",
            ),
            Problem::AggregateMisplaced { name, clause } => {
                let of = if newer {
                    format!("{name}(): ")
                } else {
                    String::new()
                };
                (
                    format!(
                        "{of}aggregate functions are not allowed in {}",
                        word(*clause)
                    ),
                    "42803",
                )
            }
            Problem::NestedAggregate { name } => (
                format!("{name}(): aggregate function calls cannot be nested"),
                "42803",
            ),
            Problem::SubqueryColumns { expected: 1, found } => (
                format!("subquery must return only one column, found {found}"),
                "42601",
            ),
            Problem::SubqueryColumns { expected, found } => (
                format!("subquery must return {expected} columns, found {found}"),
                "42601",
            ),
            Problem::SubqueryRows => (
                "more than one row returned by a subquery used as an expression".to_owned(),
                "21000",
            ),
            Problem::SetColumns { op, left, right } => (
                format!("each {op} query must have the same number of columns: {left} vs {right}"),
                "42601",
            ),
            Problem::SetTypes { op, left, right } => (
                format!(
                    "{op} types {} and {} cannot be matched",
                    name_of(left),
                    name_of(right)
                ),
                "42804",
            ),
            Problem::ValuesLength { expected, found } => (
                format!(
                    "VALUES lists must all be the same length, expected {expected} columns, found {found}"
                ),
                "42601",
            ),
            Problem::AliasColumns {
                source,
                available,
                named,
            } => (
                format!(
                    "source \"{source}\" has {available} columns available but {named} columns specified"
                ),
                "42P10",
            ),
            Problem::OrderPosition { position, clause } => (
                format!(
                    "{} position {position} is not in select list",
                    word(*clause)
                ),
                "42P10",
            ),
            Problem::DistinctOrder => (
                "for SELECT DISTINCT, ORDER BY expressions must appear in select list".to_owned(),
                "42P10",
            ),
            Problem::StarWithoutFrom => {
                ("cannot use \"*\" without a FROM clause".to_owned(), "42602")
            }
            Problem::Placeholder { name } => (
                format!("no value provided for placeholder: {name}"),
                "42P02",
            ),
            Problem::UnknownVariable { name } => (
                format!("unrecognized configuration parameter \"{name}\""),
                "42704",
            ),
            Problem::Unsupported { what } => (
                format!("unimplemented: {what}: this playground does not have it"),
                "0A000",
            ),
        }
    }

    /// A text that is no value of the type. Numbers are read by Go's `strconv`, which says so.
    fn unreadable(&self, text: &str, ty: Type) -> (String, &'static str) {
        let name = self.type_name(ty);
        let why = match ty {
            Type::Int => super::errors::no_int(text),
            Type::Float => format!("strconv.ParseFloat: parsing \"{text}\": invalid syntax"),
            Type::Decimal => format!("parse mantissa: {text}"),
            Type::Bool => "invalid bool value".to_owned(),
            Type::TextArray | Type::IntArray => "array must be enclosed in { and }".to_owned(),
            Type::Timestamp | Type::TimestampTz | Type::Date => {
                return (
                    format!("parsing as type {name}: could not parse \"{text}\""),
                    "22007",
                );
            }
            Type::Interval => {
                let message =
                    format!("could not parse \"{text}\" as type interval: invalid input syntax");
                return (message, "22007");
            }
            Type::Json => "unable to decode JSON".to_owned(),
            _ => {
                return (
                    format!("could not parse \"{text}\" as type {name}"),
                    "22P02",
                );
            }
        };
        (
            format!("could not parse \"{text}\" as type {name}: {why}"),
            "22P02",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_codes() {
        let cases: &[(Problem, &str, &str)] = &[
            (
                Problem::UnknownColumn {
                    name: "x",
                    clause: Clause::Select,
                },
                "column \"x\" does not exist",
                "42703",
            ),
            (
                Problem::UnknownTable {
                    name: &["a".to_owned(), "b".to_owned()],
                },
                "relation \"a.b\" does not exist",
                "42P01",
            ),
            (
                Problem::Comparison {
                    op: "=",
                    left: Type::Int,
                    right: Type::Text,
                },
                "unsupported comparison operator: <int> = <string>",
                "22023",
            ),
            // reference: cockroachdb-jobs 3.4
            (
                Problem::Parse {
                    text: "foo",
                    ty: Type::Int,
                },
                "could not parse \"foo\" as type int: strconv.ParseInt: parsing \"foo\": invalid syntax",
                "22P02",
            ),
        ];
        for (problem, message, code) in cases {
            let error = QueryWords(Version::V26_2).say(problem);
            assert_eq!((error.message.as_str(), error.sqlstate), (*message, *code));
        }
    }
}
