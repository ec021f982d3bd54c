//! What can be wrong with a query, and the trait by which each system says it in its own words.

use crate::base::{Error, ErrorKind, Type};

/// Each system has one: texts, codes and numbers of its errors.
pub trait Words {
    /// The product's error. The engine adds the position.
    fn say(&self, problem: &Problem<'_>) -> Error;
    /// The product's name of a type, for example `int` or `string`.
    fn type_name(&self, ty: Type) -> &'static str;
}

/// The part of a query in which a name stands or an expression is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clause {
    Select,
    From,
    On,
    Where,
    GroupBy,
    Having,
    OrderBy,
    Limit,
    Offset,
    Values,
    And,
    Or,
    Not,
    Case,
    Filter,
}

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub enum Problem<'a> {
    /// `name` as typed, with its qualifier.
    UnknownColumn {
        name: &'a str,
        clause: Clause,
    },
    /// The `t` of `t.x` or `t.*`.
    UnknownSource {
        name: &'a str,
        column: Option<&'a str>,
        clause: Clause,
    },
    /// `candidates` are qualified names, comma separated.
    AmbiguousColumn {
        name: &'a str,
        clause: Clause,
        candidates: &'a str,
    },
    UnknownTable {
        name: &'a [String],
    },
    /// Two sources of one FROM have the same name.
    DuplicateSource {
        name: &'a str,
    },
    DerivedNeedsAlias,
    UnknownFunction {
        name: &'a str,
    },
    /// The function exists but not for these arguments.
    Signature {
        name: &'a str,
        args: &'a [Type],
    },
    /// The function takes another number of arguments.
    ArgumentCount {
        name: &'a str,
    },
    Comparison {
        op: &'a str,
        left: Type,
        right: Type,
    },
    Operator {
        op: &'a str,
        left: Type,
        right: Type,
    },
    Unary {
        op: &'a str,
        operand: Type,
    },
    /// A condition that is not one.
    NotBool {
        clause: Clause,
        ty: Type,
    },
    /// LIMIT and OFFSET.
    NotInt {
        clause: Clause,
        ty: Type,
    },
    Negative {
        clause: Clause,
    },
    /// Branches of CASE, COALESCE, IF, VALUES or array elements.
    Mixed {
        left: Type,
        right: Type,
    },
    /// A text that is not a value of the type.
    Parse {
        text: &'a str,
        ty: Type,
    },
    Cast {
        from: Type,
        to: Type,
    },
    UnknownType {
        name: &'a str,
    },
    DivisionByZero,
    Overflow {
        ty: Type,
    },
    NotGrouped {
        column: &'a str,
    },
    AggregateMisplaced {
        name: &'a str,
        clause: Clause,
    },
    NestedAggregate {
        name: &'a str,
    },
    /// A sub-select gives another number of columns than its place takes.
    SubqueryColumns {
        expected: usize,
        found: usize,
    },
    SubqueryRows,
    /// `x IN (SELECT a, b)`, where types are strict.
    Among {
        left: Type,
        right: &'a [Type],
    },
    /// `op` is UNION, INTERSECT or EXCEPT.
    SetColumns {
        op: &'a str,
        left: usize,
        right: usize,
    },
    SetTypes {
        op: &'a str,
        left: Type,
        right: Type,
    },
    ValuesLength {
        expected: usize,
        found: usize,
    },
    /// `t(a, b)` or `WITH t(a, b)` with more names than columns.
    AliasColumns {
        source: &'a str,
        available: usize,
        named: usize,
    },
    OrderPosition {
        position: &'a str,
        clause: Clause,
    },
    /// ORDER BY of SELECT DISTINCT by something that is not selected.
    DistinctOrder,
    /// `*` without FROM.
    StarWithoutFrom,
    Placeholder {
        name: &'a str,
    },
    UnknownVariable {
        name: &'a str,
    },
    /// Something that the product does but this engine does not, or that the product does not know.
    Unsupported {
        what: &'a str,
    },
}

impl Problem<'_> {
    /// The kind of error that faces and tests may ask for.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Problem::UnknownColumn { .. }
            | Problem::UnknownSource { .. }
            | Problem::AmbiguousColumn { .. }
            | Problem::UnknownTable { .. }
            | Problem::DuplicateSource { .. }
            | Problem::UnknownFunction { .. }
            | Problem::UnknownVariable { .. }
            | Problem::UnknownType { .. } => ErrorKind::Name,
            Problem::Unsupported { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::Type,
        }
    }
}

/// An error of the playground's own, not the product's.
pub(super) fn limit(message: &str) -> Error {
    Error::new(ErrorKind::Limit, message)
}
