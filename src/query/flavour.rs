//! How the SQL of one system differs from another's: predicates, so that the engine never asks which
//! system it serves. The three families here are starting points; a system may change any field.

use super::functions::{self, Function};
use crate::base::{Type, letters};

#[derive(Clone, Copy, Debug)]
pub struct Flavour {
    /// What becomes of an identifier without quotes.
    pub fold: Fold,
    /// `TENANT_ID` and `tenant_id` are the same column, table or alias.
    pub names_ignore_case: bool,
    /// `'A' = 'a'`.
    pub text_ignores_case: bool,
    /// Operands must have fitting types; else they are converted as they come.
    pub strict_types: bool,
    /// NULLs come first when ascending (and last when descending).
    pub nulls_first: bool,
    pub division: Division,
    /// `x / 0` is NULL, not an error.
    pub zero_division_is_null: bool,
    /// `''` is NULL.
    pub empty_text_is_null: bool,
    pub pipes: Pipes,
    pub labels: Labels,
    /// Columns that are neither grouped nor aggregated take the value of some row of the group.
    pub loose_group_by: bool,
    /// ROWNUM counts the rows that pass WHERE.
    pub rownum: bool,
    /// A one-row table DUAL exists.
    pub dual: bool,
    /// A sub-select in FROM must have an alias.
    pub derived_needs_alias: bool,
    /// `timestamp + 1` is a day later.
    pub numbers_are_days: bool,
    /// `"x"` is text.
    pub double_quotes_are_text: bool,
    /// `::`, ARRAY, `= ANY (array)`, ILIKE, DISTINCT ON, FILTER.
    pub postgres_syntax: bool,
    /// `<=>`, DIV, XOR, `@@variables`, LIMIT a, b.
    pub mysql_syntax: bool,
    /// FETCH FIRST n ROWS.
    pub fetch: bool,
    /// LIMIT n.
    pub limit: bool,
    /// The type of `now()`.
    pub now: Type,
    /// `now()` and its like have no fraction unless asked for one.
    pub now_whole_seconds: bool,
    /// Tables of functions, searched in order.
    pub functions: &'static [&'static [Function]],
}

/// What becomes of an identifier without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Lower,
    Upper,
    Keep,
}

/// What `int / int` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// A decimal of 20 significant digits, without needless zeros.
    Digits20,
    /// A decimal with four digits more than the dividend.
    FourMore,
    /// A decimal as exact as can be held, without needless zeros.
    Exact,
}

/// What `a || b` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipes {
    /// Joins texts; NULL with anything is NULL.
    Concat,
    /// Joins texts; NULL is the empty text.
    ConcatNulls,
    /// Logical OR.
    Or,
}

/// The name of a result column without alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// The name of the column or function, else `?column?`.
    Postgres,
    /// The text of the expression.
    Typed,
    /// The text of the expression in upper case without blanks.
    TypedUpper,
}

impl Flavour {
    /// The flavour, or what it can only be where a program knows no other: the compiler then leaves
    /// out what the others do.
    #[inline(always)]
    pub fn known(&self) -> &Flavour {
        match cfg!(any(test, feature = "lenient")) {
            true => self,
            false => const { &Flavour::POSTGRES },
        }
    }

    pub const POSTGRES: Flavour = Flavour {
        fold: Fold::Lower,
        names_ignore_case: false,
        text_ignores_case: false,
        strict_types: true,
        nulls_first: true,
        division: Division::Digits20,
        zero_division_is_null: false,
        empty_text_is_null: false,
        pipes: Pipes::Concat,
        labels: Labels::Postgres,
        loose_group_by: false,
        rownum: false,
        dual: false,
        derived_needs_alias: false,
        numbers_are_days: false,
        double_quotes_are_text: false,
        postgres_syntax: true,
        mysql_syntax: false,
        fetch: true,
        limit: true,
        now: Type::TimestampTz,
        now_whole_seconds: false,
        functions: functions::POSTGRES,
    };

    pub const MYSQL: Flavour = Flavour {
        fold: Fold::Keep,
        names_ignore_case: true,
        text_ignores_case: true,
        strict_types: false,
        nulls_first: true,
        division: Division::FourMore,
        zero_division_is_null: true,
        empty_text_is_null: false,
        pipes: Pipes::Or,
        labels: Labels::Typed,
        loose_group_by: true,
        rownum: false,
        dual: true,
        derived_needs_alias: true,
        numbers_are_days: false,
        double_quotes_are_text: true,
        postgres_syntax: false,
        mysql_syntax: true,
        fetch: false,
        limit: true,
        now: Type::Datetime,
        now_whole_seconds: true,
        functions: functions::MYSQL,
    };

    pub const ORACLE: Flavour = Flavour {
        fold: Fold::Upper,
        names_ignore_case: false,
        text_ignores_case: false,
        strict_types: false,
        nulls_first: false,
        division: Division::Exact,
        zero_division_is_null: false,
        empty_text_is_null: true,
        pipes: Pipes::ConcatNulls,
        labels: Labels::TypedUpper,
        loose_group_by: false,
        rownum: true,
        dual: true,
        derived_needs_alias: false,
        numbers_are_days: true,
        double_quotes_are_text: false,
        postgres_syntax: false,
        mysql_syntax: false,
        fetch: true,
        limit: false,
        now: Type::Timestamp,
        now_whole_seconds: false,
        functions: functions::ORACLE,
    };

    /// An identifier as the catalog and the scopes know it.
    pub fn fold(&self, name: &str, quoted: bool) -> String {
        match self.known().fold {
            _ if quoted => name.to_owned(),
            Fold::Lower => letters::to_lower(name),
            Fold::Upper => letters::to_upper(name),
            Fold::Keep => name.to_owned(),
        }
    }

    pub fn same_name(&self, a: &str, b: &str) -> bool {
        a == b || self.known().names_ignore_case && a.eq_ignore_ascii_case(b)
    }
}
