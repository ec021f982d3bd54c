//! Functions by name: what they take, give and do. A system's flavour lists the tables it has.

mod date;
mod general;
mod json;
mod number;
mod pattern;
mod text;

pub use date::{DATE_TEXT, TIMESTAMPDIFF};
pub use general::{GREATEST, LEAST};
pub use json::{get as json_get, parse as parse_json};
pub use pattern::{MATCHES, MATCHES_ANY_CASE, SIMILAR};

use super::Env;
use super::flavour::Flavour;
use super::words::Problem;
use crate::base::{Result, Type, Value};

pub struct Function {
    pub name: &'static str,
    /// See [`super::Signature::params`].
    pub params: &'static str,
    pub returns: Returns,
    /// It is called even if an argument is NULL; else the result is NULL then.
    pub nulls: bool,
    /// It may stand without parentheses.
    pub bare: bool,
    pub body: Body,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The type of a function's value.
#[derive(Clone, Copy)]
pub enum Returns {
    Is(Type),
    /// That of the n-th argument.
    Arg(usize),
    /// The flavour's type of `now()`; with an argument, one with a fraction of a second.
    Now,
    /// That of the n-th argument, of which a date is no more than a moment.
    Moment(usize),
}

pub enum Body {
    Run(fn(&[Value], &Env) -> Result<Value>),
    Special(Special),
    Aggregate(Aggregate),
}

/// Functions that do not look at all of their arguments, or whose type depends on all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    Coalesce,
    NullIf,
    If,
    /// `nvl2(x, if not null, if null)`.
    Nvl2,
    Decode,
    Greatest,
    Least,
    /// `timestampdiff(unit, a, b)` and `timestampadd(unit, n, a)`: the unit is a word.
    TimestampDiff,
    TimestampAdd,
    /// `date_add(a, INTERVAL n unit)`, also `adddate` and `date_sub`.
    DateAdd,
    DateSub,
    TypeOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    CountRows,
    Count,
    Sum,
    Avg,
    Min,
    Max,
    /// `string_agg`, `group_concat`, `listagg`.
    Join,
    Array,
    And,
    Or,
    /// Some value of the group.
    First,
}

impl Function {
    pub fn call(&self, args: &[Value], env: &Env) -> Result<Value> {
        if !self.nulls && args.iter().any(Value::is_null) {
            return Ok(Value::Null);
        }
        match self.body {
            Body::Run(run) => run(args, env),
            // Binding has turned these into expressions of their own.
            Body::Special(_) | Body::Aggregate(_) => Ok(Value::Null),
        }
    }

    pub fn aggregate(&self) -> Option<Aggregate> {
        match self.body {
            Body::Aggregate(aggregate) => Some(aggregate),
            _ => None,
        }
    }
}

/// The function of that name, any case.
pub fn find(name: &str, flavour: &Flavour) -> Option<&'static Function> {
    flavour
        .functions
        .iter()
        .flat_map(|table| table.iter())
        .find(|f| f.name.eq_ignore_ascii_case(name))
}

/// All names, for completion.
pub fn names(flavour: &Flavour) -> impl Iterator<Item = &'static str> {
    flavour
        .functions
        .iter()
        .flat_map(|table| table.iter().map(|f| f.name))
}

/// How many arguments a parameter list takes, and the letter of the n-th.
pub struct Params(&'static str);

impl Params {
    pub fn new(params: &'static str) -> Params {
        Params(params)
    }
    fn letters(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().filter(|b| !matches!(b, b'?' | b'+'))
    }
    pub fn takes(&self, count: usize) -> bool {
        let most = if self.0.ends_with('+') {
            usize::MAX
        } else {
            self.letters().count()
        };
        let least = self.0.find('?').unwrap_or_else(|| self.letters().count());
        (least..=most).contains(&count)
    }
    pub fn letter(&self, n: usize) -> u8 {
        self.letters()
            .nth(n)
            .or_else(|| self.letters().last())
            .unwrap_or(b'x')
    }
}

/// Whether an argument of the type fits the letter.
pub fn fits(letter: u8, ty: Type) -> bool {
    use Type::*;
    ty == Unknown
        || match letter {
            b't' => ty == Text,
            b'i' => ty == Int,
            b'n' => matches!(ty, Int | Decimal | Float),
            b's' => matches!(ty, Timestamp | TimestampTz | Date | Datetime),
            b'v' => ty == Interval,
            b'b' => ty == Bool,
            b'a' => matches!(ty, TextArray | IntArray),
            b'j' => ty == Json,
            _ => true,
        }
}

/// The type to which a text literal, or in loose flavours any value, is converted for the letter.
pub fn wanted(letter: u8, flavour: &Flavour) -> Option<Type> {
    Some(match letter {
        b't' => Type::Text,
        b'i' => Type::Int,
        b'n' => Type::Decimal,
        b's' => flavour.known().now,
        b'v' => Type::Interval,
        b'b' => Type::Bool,
        b'a' => Type::TextArray,
        b'j' => Type::Json,
        _ => return None,
    })
}

const fn run(
    name: &'static str,
    params: &'static str,
    returns: Type,
    body: fn(&[Value], &Env) -> Result<Value>,
) -> Function {
    Function {
        name,
        params,
        returns: Returns::Is(returns),
        nulls: false,
        bare: false,
        body: Body::Run(body),
    }
}

const fn special(name: &'static str, params: &'static str, special: Special) -> Function {
    Function {
        name,
        params,
        returns: Returns::Arg(0),
        nulls: true,
        bare: false,
        body: Body::Special(special),
    }
}

const fn aggregate(name: &'static str, params: &'static str, aggregate: Aggregate) -> Function {
    Function {
        name,
        params,
        returns: Returns::Arg(0),
        nulls: true,
        bare: false,
        body: Body::Aggregate(aggregate),
    }
}

impl Function {
    const fn bare(mut self) -> Function {
        self.bare = true;
        self
    }
    const fn nulls(mut self) -> Function {
        self.nulls = true;
        self
    }
    const fn returns(mut self, returns: Returns) -> Function {
        self.returns = returns;
        self
    }
}

pub const POSTGRES: &[&[Function]] = &[
    general::COMMON,
    general::POSTGRES,
    text::COMMON,
    text::POSTGRES,
    pattern::POSTGRES,
    number::COMMON,
    date::POSTGRES,
    json::POSTGRES,
];
pub const MYSQL: &[&[Function]] = &[
    general::COMMON,
    general::MYSQL,
    text::COMMON,
    text::MYSQL,
    number::COMMON,
    number::MYSQL,
    date::MYSQL,
    date::OCEANBASE,
];
pub const ORACLE: &[&[Function]] = &[
    general::COMMON,
    general::ORACLE,
    text::COMMON,
    text::ORACLE,
    number::COMMON,
    date::ORACLE,
    date::OCEANBASE,
];

// Arguments, as the bodies read them. Their number and, in strict flavours, their types were checked
// when the query was bound; a mistake there gives an empty value, not a panic.

fn text_of(args: &[Value], n: usize) -> std::borrow::Cow<'_, str> {
    match args.get(n) {
        Some(Value::Text(t)) => std::borrow::Cow::Borrowed(t),
        Some(v) => std::borrow::Cow::Owned(super::ops::to_text(v)),
        None => std::borrow::Cow::Borrowed(""),
    }
}

fn int_of(args: &[Value], n: usize) -> Option<i64> {
    match args.get(n)? {
        Value::Int(i) => Some(*i),
        Value::Null => None,
        v => {
            let f = super::ops::as_number(v)?.round();
            (f.abs() < 9.0e18).then_some(f as i64)
        }
    }
}

fn float_of(args: &[Value], n: usize) -> f64 {
    args.get(n).and_then(super::ops::as_number).unwrap_or(0.0)
}

/// Unix microseconds of a timestamp or of a text that is one.
fn moment_of(args: &[Value], n: usize) -> Option<i64> {
    match args.get(n)? {
        Value::Timestamp(us) | Value::TimestampTz(us) => Some(*us),
        Value::Text(t) => super::calendar::parse_moment(t),
        _ => None,
    }
}

fn array_of(args: &[Value], n: usize) -> &[Value] {
    match args.get(n) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

fn overflow(ty: Type, env: &Env) -> crate::base::Error {
    env.words.say(&Problem::Overflow { ty })
}
