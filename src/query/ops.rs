//! Operators on values: order, arithmetic, LIKE. No expression, no plan.

use std::cmp::Ordering;

use super::calendar;
pub use super::convert::cast;
pub use super::decimal::{decimal_of, decimals, parse_decimal, rescale};
use super::flavour::{Flavour, Pipes};
use super::words::{Problem, limit};
use super::{Env, Words};
use crate::base::{Decimal, Result, Type, Value, float, letters};

/// A text or array that an expression makes may not be longer than this many bytes.
pub const TEXT_LIMIT: usize = 1 << 20;

/// Binary operators, but for AND and OR, which do not always look at their right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    /// `<=>`, IS NOT DISTINCT FROM.
    Same,
    /// IS DISTINCT FROM.
    NotSame,
    Plus,
    Minus,
    Times,
    Divide,
    /// MySQL's DIV, CockroachDB's `//`.
    IntDivide,
    Modulo,
    Concat,
    BitAnd,
    BitOr,
    BitXor,
    Xor,
    /// `->` and `->>`.
    JsonGet,
    JsonText,
    /// `@>` and `&&` of arrays.
    Contains,
    Overlaps,
}

impl Op {
    pub fn text(self) -> &'static str {
        match self {
            Op::Eq => "=",
            Op::NotEq => "!=",
            Op::Less => "<",
            Op::LessEq => "<=",
            Op::Greater => ">",
            Op::GreaterEq => ">=",
            Op::Same => "IS NOT DISTINCT FROM",
            Op::NotSame => "IS DISTINCT FROM",
            Op::Plus => "+",
            Op::Minus => "-",
            Op::Times => "*",
            Op::Divide => "/",
            Op::IntDivide => "//",
            Op::Modulo => "%",
            Op::Concat => "||",
            Op::BitAnd => "&",
            Op::BitOr => "|",
            Op::BitXor => "^",
            Op::Xor => "XOR",
            Op::JsonGet => "->",
            Op::JsonText => "->>",
            Op::Contains => "@>",
            Op::Overlaps => "&&",
        }
    }

    pub fn compares(self) -> bool {
        use Op::*;
        matches!(
            self,
            Eq | NotEq | Less | LessEq | Greater | GreaterEq | Same | NotSame
        )
    }

    /// The comparison with its sides exchanged.
    pub fn flipped(self) -> Op {
        match self {
            Op::Less => Op::Greater,
            Op::LessEq => Op::GreaterEq,
            Op::Greater => Op::Less,
            Op::GreaterEq => Op::LessEq,
            other => other,
        }
    }
}

/// Order as WHERE sees it; `None` where either is NULL.
pub fn compare(a: &Value, b: &Value, flavour: &Flavour) -> Option<Ordering> {
    use Value::*;
    match (a, b) {
        (Null, _) | (_, Null) => None,
        (Text(x), Text(y)) if flavour.known().text_ignores_case => Some(ignoring_case(x, y)),
        _ => a.compare(b).or_else(|| loosely(a, b)),
    }
}

fn ignoring_case(a: &str, b: &str) -> Ordering {
    a.chars()
        .map(letters::lower)
        .cmp(b.chars().map(letters::lower))
}

/// Values of different families, as a system without strict types compares them.
fn loosely(a: &Value, b: &Value) -> Option<Ordering> {
    use Value::*;
    match (a, b) {
        (Text(t), Timestamp(us) | TimestampTz(us)) => {
            Some(calendar::parse_moment(t).unwrap_or(i64::MIN).cmp(us))
        }
        (Timestamp(_) | TimestampTz(_), Text(_)) => loosely(b, a).map(Ordering::reverse),
        _ => Some(as_number(a)?.total_cmp(&as_number(b)?)),
    }
}

/// The number that a value stands for where types are loose: a text counts as far as it is a number.
pub fn as_number(v: &Value) -> Option<f64> {
    Some(match v {
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Text(t) => {
            let t = t.trim_start();
            let mut end = 0;
            let mut dot = false;
            for (i, c) in t.char_indices() {
                match c {
                    '+' | '-' if i == 0 => {}
                    '.' if !dot => dot = true,
                    '0'..='9' => {}
                    _ => break,
                }
                end = i + 1;
            }
            t.get(..end).and_then(float::parse).unwrap_or(0.0)
        }
        _ => return v.to_f64(),
    })
}

/// A total order over all values, for sorting, grouping and DISTINCT: NULL first, then by family.
pub fn total(a: &Value, b: &Value) -> Ordering {
    a.compare(b).unwrap_or_else(|| {
        rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
            (Value::Array(x), Value::Array(y)) => {
                for (v, w) in x.iter().zip(y.iter()) {
                    let order = total(v, w);
                    if order != Ordering::Equal {
                        return order;
                    }
                }
                x.len().cmp(&y.len())
            }
            _ => Ordering::Equal,
        })
    })
}

fn rank(v: &Value) -> u8 {
    match v {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Decimal(_) | Value::Float(_) => 2,
        Value::Text(_) => 3,
        Value::Bytes(_) => 4,
        Value::Timestamp(_) | Value::TimestampTz(_) => 5,
        Value::Interval(_) => 6,
        Value::Array(_) => 7,
        Value::Json(_) => 8,
    }
}

/// A row by which rows are grouped, joined or made distinct. Equal values are equal keys, whatever
/// numeric type they have; texts must be [`normal`] first.
#[derive(Clone, Debug)]
pub struct Key(pub Vec<Value>);

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        for (a, b) in self.0.iter().zip(&other.0) {
            let order = total(a, b);
            if order != Ordering::Equal {
                return order;
            }
        }
        self.0.len().cmp(&other.0.len())
    }
}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Key {}

/// The form of a value in which equal ones are the same.
pub fn normal(v: Value, flavour: &Flavour) -> Value {
    match v {
        Value::Text(t) if flavour.known().text_ignores_case => Value::text(letters::to_lower(&t)),
        v => v,
    }
}

/// Whether a condition holds; `None` is unknown.
pub fn truth(v: &Value) -> Option<bool> {
    match v {
        Value::Null => None,
        Value::Bool(b) => Some(*b),
        v => as_number(v).map(|n| n != 0.0),
    }
}

/// The value of a binary operator. Types were checked when the query was bound, or are loose.
pub fn binary(op: Op, a: &Value, b: &Value, env: &Env) -> Result<Value> {
    use Ordering::*;
    let flavour = env.flavour();
    if op.compares() {
        let order = compare(a, b, flavour);
        return Ok(match (op, order) {
            (Op::Same | Op::NotSame, _) => {
                let same = match order {
                    Some(order) => order == Equal,
                    None => a.is_null() && b.is_null(),
                };
                Value::Bool(same == (op == Op::Same))
            }
            (_, None) => Value::Null,
            (Op::Eq, Some(o)) => Value::Bool(o == Equal),
            (Op::NotEq, Some(o)) => Value::Bool(o != Equal),
            (Op::Less, Some(o)) => Value::Bool(o == Less),
            (Op::LessEq, Some(o)) => Value::Bool(o != Greater),
            (Op::Greater, Some(o)) => Value::Bool(o == Greater),
            (_, Some(o)) => Value::Bool(o != Less),
        });
    }
    match op {
        Op::Concat => concat(a, b, env),
        Op::Xor => Ok(match (truth(a), truth(b)) {
            (Some(a), Some(b)) => Value::Bool(a != b),
            _ => Value::Null,
        }),
        _ if a.is_null() || b.is_null() => Ok(Value::Null),
        Op::JsonGet | Op::JsonText => Ok(super::functions::json_get(a, b, op == Op::JsonText)),
        Op::Contains | Op::Overlaps => Ok(arrays(op, a, b)),
        _ => arithmetic(op, a, b, env),
    }
}

fn arrays(op: Op, a: &Value, b: &Value) -> Value {
    let (Value::Array(a), Value::Array(b)) = (a, b) else {
        return Value::Null;
    };
    let has = |v: &Value| a.iter().any(|w| v.compare(w) == Some(Ordering::Equal));
    Value::Bool(if op == Op::Contains {
        b.iter().all(has)
    } else {
        b.iter().any(has)
    })
}

fn concat(a: &Value, b: &Value, env: &Env) -> Result<Value> {
    if let (Value::Array(x), Value::Array(y)) = (a, b) {
        return Ok(Value::Array(x.iter().chain(y.iter()).cloned().collect()));
    }
    match (a, b) {
        (Value::Array(x), v) if !v.is_null() => {
            return Ok(Value::Array(x.iter().cloned().chain([v.clone()]).collect()));
        }
        (v, Value::Array(y)) if !v.is_null() => {
            return Ok(Value::Array(
                [v.clone()].into_iter().chain(y.iter().cloned()).collect(),
            ));
        }
        _ => {}
    }
    if env.flavour().pipes != Pipes::ConcatNulls && (a.is_null() || b.is_null()) {
        return Ok(Value::Null);
    }
    let mut text = String::new();
    push_text(a, &mut text);
    push_text(b, &mut text);
    text_value(text, env)
}

/// A text as an expression's value: its length is checked, and the empty one is NULL where it is.
pub fn text_value(text: String, env: &Env) -> Result<Value> {
    if text.len() > TEXT_LIMIT {
        return Err(limit("the text would be longer than 1 MiB"));
    }
    if text.is_empty() && env.flavour().empty_text_is_null {
        return Ok(Value::Null);
    }
    Ok(Value::text(text))
}

/// The text that a value becomes by a cast. NULL gives nothing.
pub fn push_text(v: &Value, out: &mut String) {
    super::format::Format::PLAIN.push(v, out);
}

pub fn to_text(v: &Value) -> String {
    match v {
        Value::Text(t) => t.to_string(),
        v => {
            let mut out = String::new();
            push_text(v, &mut out);
            out
        }
    }
}

/// An operand of arithmetic where types are loose.
fn numeric(v: &Value) -> Option<Value> {
    Some(match v {
        Value::Bool(b) => Value::Int(i64::from(*b)),
        Value::Text(t) => match parse_decimal(t.trim()) {
            Some(d) if d.scale == 0 => i64::try_from(d.mantissa)
                .map(Value::Int)
                .unwrap_or(Value::Decimal(d)),
            Some(d) => Value::Decimal(d),
            None => Value::float(as_number(v)?),
        },
        Value::Int(_) | Value::Decimal(_) | Value::Float(_) => v.clone(),
        _ => return None,
    })
}

fn arithmetic(op: Op, a: &Value, b: &Value, env: &Env) -> Result<Value> {
    use Value::*;
    if let Some(value) = moments(op, a, b, env)? {
        return Ok(value);
    }
    let mismatch = || {
        env.words.say(&Problem::Operator {
            op: op.text(),
            left: a.type_of(),
            right: b.type_of(),
        })
    };
    let (a, b) = match (a, b) {
        (Int(_) | Decimal(_) | Float(_), Int(_) | Decimal(_) | Float(_)) => (a.clone(), b.clone()),
        _ if env.flavour().strict_types => return Err(mismatch()),
        _ => (
            numeric(a).ok_or_else(mismatch)?,
            numeric(b).ok_or_else(mismatch)?,
        ),
    };
    match (&a, &b) {
        (Int(x), Int(y)) if op != Op::Divide => integers(op, *x, *y, env),
        (Float(_), _) | (_, Float(_)) => {
            let (Some(x), Some(y)) = (a.to_f64(), b.to_f64()) else {
                return Err(mismatch());
            };
            floats(op, x, y, env)
        }
        _ => {
            let (Some(x), Some(y)) = (decimal_of(&a), decimal_of(&b)) else {
                return Err(mismatch());
            };
            decimals(op, x, y, env)
        }
    }
}

/// Arithmetic with timestamps and intervals; `None` if it is not such.
fn moments(op: Op, a: &Value, b: &Value, env: &Env) -> Result<Option<Value>> {
    use Value::*;
    let overflow = |ty| env.words.say(&Problem::Overflow { ty });
    let shift = |us: i64, by: i64| match op {
        Op::Plus => us.checked_add(by),
        Op::Minus => us.checked_sub(by),
        _ => None,
    };
    let scaled = |us: i64, by: &Value| -> Option<i64> {
        let by = by.to_f64()?;
        let result = match op {
            Op::Times => us as f64 * by,
            Op::Divide => us as f64 / by,
            _ => return None,
        };
        (result.abs() < 9.0e18).then_some(result.round() as i64)
    };
    let number = |v: &Value| matches!(v, Int(_) | Decimal(_) | Float(_));
    let value = match (a, b) {
        (Timestamp(t), Interval(i)) => shift(*t, *i).map(Timestamp),
        (TimestampTz(t), Interval(i)) => shift(*t, *i).map(TimestampTz),
        (Interval(i), Timestamp(t)) if op == Op::Plus => t.checked_add(*i).map(Timestamp),
        (Interval(i), TimestampTz(t)) if op == Op::Plus => t.checked_add(*i).map(TimestampTz),
        (Interval(x), Interval(y)) => shift(*x, *y).map(Interval),
        (Timestamp(x) | TimestampTz(x), Timestamp(y) | TimestampTz(y)) if op == Op::Minus => {
            x.checked_sub(*y).map(Interval)
        }
        (Interval(i), n) if number(n) => {
            if op == Op::Divide && n.to_f64() == Some(0.0) {
                return Err(env.words.say(&Problem::DivisionByZero));
            }
            scaled(*i, n).map(Interval)
        }
        (n, Interval(i)) if number(n) && op == Op::Times => scaled(*i, n).map(Interval),
        (Timestamp(t) | TimestampTz(t), n) if number(n) && env.flavour().numbers_are_days => {
            let by = (n.to_f64().unwrap_or(0.0) * calendar::DAY as f64).round();
            let by = (by.abs() < 9.0e18).then_some(by as i64);
            by.and_then(|by| shift(*t, by)).map(Timestamp)
        }
        _ => return Ok(None),
    };
    value.map(Some).ok_or_else(|| {
        overflow(if matches!(a, Interval(_)) {
            Type::Interval
        } else {
            Type::Timestamp
        })
    })
}

fn integers(op: Op, x: i64, y: i64, env: &Env) -> Result<Value> {
    if matches!(op, Op::IntDivide | Op::Modulo) && y == 0 {
        return by_zero(env);
    }
    let value = match op {
        Op::Plus => x.checked_add(y),
        Op::Minus => x.checked_sub(y),
        Op::Times => x.checked_mul(y),
        Op::IntDivide => x.checked_div(y),
        // The one remainder that does not fit in a register is zero.
        Op::Modulo => Some(x.checked_rem(y).unwrap_or(0)),
        Op::BitAnd => Some(x & y),
        Op::BitOr => Some(x | y),
        Op::BitXor => Some(x ^ y),
        _ => None,
    };
    value
        .map(Value::Int)
        .ok_or_else(|| env.words.say(&Problem::Overflow { ty: Type::Int }))
}

pub fn by_zero(env: &Env) -> Result<Value> {
    if env.flavour().zero_division_is_null {
        return Ok(Value::Null);
    }
    Err(env.words.say(&Problem::DivisionByZero))
}

fn floats(op: Op, x: f64, y: f64, env: &Env) -> Result<Value> {
    if matches!(op, Op::Divide | Op::IntDivide | Op::Modulo) && y == 0.0 {
        return by_zero(env);
    }
    let value = match op {
        Op::Plus => x + y,
        Op::Minus => x - y,
        Op::Times => x * y,
        Op::Divide => x / y,
        Op::IntDivide => (x / y).trunc(),
        Op::Modulo => x % y,
        _ => {
            return Err(env.words.say(&Problem::Operator {
                op: op.text(),
                left: Type::Float,
                right: Type::Float,
            }));
        }
    };
    if value.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(env.words.say(&Problem::Overflow { ty: Type::Float }));
    }
    Ok(Value::float(value))
}

pub fn negate(v: &Value, words: &dyn Words) -> Result<Value> {
    let overflow = |ty| words.say(&Problem::Overflow { ty });
    Ok(match v {
        Value::Null => Value::Null,
        Value::Int(i) => Value::Int(i.checked_neg().ok_or_else(|| overflow(Type::Int))?),
        Value::Interval(i) => {
            Value::Interval(i.checked_neg().ok_or_else(|| overflow(Type::Interval))?)
        }
        Value::Float(f) => Value::float(-f.get()),
        Value::Decimal(d) => Value::Decimal(Decimal::new(d.mantissa.saturating_neg(), d.scale)),
        v => match numeric(v) {
            Some(Value::Text(_)) | None => {
                return Err(words.say(&Problem::Unary {
                    op: "-",
                    operand: v.type_of(),
                }));
            }
            Some(number) => return negate(&number, words),
        },
    })
}

/// `%` is any text, `_` any character; linear but for the last `%` (no backtracking past it).
pub fn like(text: &str, pattern: &str, escape: Option<char>, ignore_case: bool) -> bool {
    #[derive(PartialEq)]
    enum Item {
        Any,
        One,
        Is(char),
    }
    let lower = |c: char| {
        if ignore_case { letters::lower(c) } else { c }
    };
    let text: Vec<char> = text.chars().map(lower).collect();
    let mut items = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        items.push(match c {
            c if Some(c) == escape => match chars.next() {
                Some(c) => Item::Is(lower(c)),
                None => Item::Is(c),
            },
            '%' => Item::Any,
            '_' => Item::One,
            c => Item::Is(lower(c)),
        });
    }
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match items.get(p) {
            Some(Item::Any) => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(Item::One) => {
                t += 1;
                p += 1;
            }
            Some(Item::Is(c)) if text.get(t) == Some(c) => {
                t += 1;
                p += 1;
            }
            _ => match retry {
                Some((after, from)) => {
                    retry = Some((after, from + 1));
                    t = from + 1;
                    p = after;
                }
                None => return false,
            },
        }
    }
    items.iter().skip(p).all(|i| *i == Item::Any)
}
