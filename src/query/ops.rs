//! Operators on values: order, arithmetic, conversion. No expression, no plan.

use std::cmp::Ordering;
use std::fmt::Write;

use super::calendar;
use super::flavour::{Division, Flavour, Pipes};
use super::words::{Problem, limit};
use super::{Env, Words};
use crate::base::{Decimal, Result, Type, Value};

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
        (Text(x), Text(y)) if flavour.text_ignores_case => Some(ignoring_case(x, y)),
        _ => a.compare(b).or_else(|| loosely(a, b)),
    }
}

fn ignoring_case(a: &str, b: &str) -> Ordering {
    let lower = |c: char| c.to_lowercase();
    a.chars().flat_map(lower).cmp(b.chars().flat_map(lower))
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
            t.get(..end).and_then(|n| n.parse().ok()).unwrap_or(0.0)
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
        Value::Text(t) if flavour.text_ignores_case => Value::text(t.to_lowercase()),
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
    let flavour = env.flavour;
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
    if env.flavour.pipes != Pipes::ConcatNulls && (a.is_null() || b.is_null()) {
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
    if text.is_empty() && env.flavour.empty_text_is_null {
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
        _ if env.flavour.strict_types => return Err(mismatch()),
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
        (Timestamp(t) | TimestampTz(t), n) if number(n) && env.flavour.numbers_are_days => {
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

fn by_zero(env: &Env) -> Result<Value> {
    if env.flavour.zero_division_is_null {
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

pub fn decimal_of(v: &Value) -> Option<Decimal> {
    match v {
        Value::Int(i) => Some(Decimal::new(i128::from(*i), 0)),
        Value::Decimal(d) => Some(*d),
        _ => None,
    }
}

fn power(n: u32) -> Option<i128> {
    10i128.checked_pow(n)
}

/// The same number with `scale` digits after the point, rounded half away from zero.
pub fn rescale(d: Decimal, scale: u8) -> Option<Decimal> {
    if scale >= d.scale {
        let m = d.mantissa.checked_mul(power(u32::from(scale - d.scale))?)?;
        return Some(Decimal::new(m, scale));
    }
    let p = power(u32::from(d.scale - scale))?;
    let (q, r) = (d.mantissa / p, d.mantissa % p);
    let up = i128::from(r.unsigned_abs() * 2 >= p.unsigned_abs());
    Some(Decimal::new(q + up * d.mantissa.signum(), scale))
}

/// The same number without zeros at its end, but with at least `scale` digits after the point.
fn stripped(mut d: Decimal, scale: u8) -> Decimal {
    while d.scale > scale && d.mantissa % 10 == 0 {
        d.mantissa /= 10;
        d.scale -= 1;
    }
    d
}

fn digits(m: i128) -> u32 {
    m.unsigned_abs().checked_ilog10().map_or(1, |n| n + 1)
}

pub fn decimals(op: Op, x: Decimal, y: Decimal, env: &Env) -> Result<Value> {
    if matches!(op, Op::Divide | Op::IntDivide | Op::Modulo) && y.mantissa == 0 {
        return by_zero(env);
    }
    let scale = x.scale.max(y.scale);
    let aligned = || Some((rescale(x, scale)?.mantissa, rescale(y, scale)?.mantissa));
    let value = match op {
        Op::Plus => aligned()
            .and_then(|(a, b)| a.checked_add(b))
            .map(|m| Decimal::new(m, scale)),
        Op::Minus => aligned()
            .and_then(|(a, b)| a.checked_sub(b))
            .map(|m| Decimal::new(m, scale)),
        Op::Times => product(x, y),
        Op::Divide => divided(x, y, env.flavour.division),
        Op::IntDivide => aligned()
            .and_then(|(a, b)| a.checked_div(b))
            .map(|m| Decimal::new(m, 0)),
        Op::Modulo => aligned()
            .and_then(|(a, b)| a.checked_rem(b))
            .map(|m| Decimal::new(m, scale)),
        _ => {
            return Err(env.words.say(&Problem::Operator {
                op: op.text(),
                left: Type::Decimal,
                right: Type::Decimal,
            }));
        }
    };
    value
        .map(Value::Decimal)
        .ok_or_else(|| env.words.say(&Problem::Overflow { ty: Type::Decimal }))
}

fn product(x: Decimal, y: Decimal) -> Option<Decimal> {
    let (x, y) = if x.scale.checked_add(y.scale).is_some_and(|s| s <= 38) {
        (x, y)
    } else {
        (rescale(x, x.scale.min(19))?, rescale(y, y.scale.min(19))?)
    };
    Some(Decimal::new(
        x.mantissa.checked_mul(y.mantissa)?,
        x.scale + y.scale,
    ))
}

fn divided(x: Decimal, y: Decimal, division: Division) -> Option<Decimal> {
    // x.m × 10^shift / y.m has scale x.scale − y.scale + shift.
    let (wanted, ideal) = match division {
        Division::FourMore => (0, x.scale.saturating_add(4)),
        Division::Digits20 => (20, x.scale.saturating_sub(y.scale)),
        Division::Exact => (37, 0),
    };
    let room = 38u32.saturating_sub(digits(x.mantissa));
    let shift = match division {
        Division::FourMore => u32::from(ideal) + u32::from(y.scale) - u32::from(x.scale),
        _ => (wanted + digits(y.mantissa))
            .saturating_sub(digits(x.mantissa))
            .max(u32::from(y.scale.saturating_sub(x.scale)))
            .min(room),
    };
    let numerator = x.mantissa.checked_mul(power(shift)?)?;
    let (q, r) = (numerator / y.mantissa, numerator % y.mantissa);
    let up = r.unsigned_abs() >= y.mantissa.unsigned_abs().div_ceil(2) && r != 0;
    let sign = numerator.signum() * y.mantissa.signum();
    let q = q.checked_add(if up { sign } else { 0 })?;
    let scale = i64::from(x.scale) - i64::from(y.scale) + i64::from(shift);
    let d = if scale < 0 {
        Decimal::new(q.checked_mul(power(u32::try_from(-scale).ok()?)?)?, 0)
    } else {
        Decimal::new(q, u8::try_from(scale).ok()?)
    };
    match division {
        Division::FourMore => rescale(d, ideal),
        // The quotient may have got one digit more than asked for.
        Division::Digits20 => {
            let over = digits(d.mantissa)
                .saturating_sub(20)
                .min(u32::from(d.scale));
            Some(stripped(rescale(d, d.scale - over as u8)?, ideal))
        }
        Division::Exact => Some(stripped(d, 0)),
    }
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

pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let (sign, body) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let (body, exponent) = match body.find(['e', 'E']) {
        Some(at) => (body.get(..at)?, body.get(at + 1..)?.parse::<i32>().ok()?),
        None => (body, 0),
    };
    let (whole, frac) = body.split_once('.').unwrap_or((body, ""));
    if whole.is_empty() && frac.is_empty() || frac.len() > 100 {
        return None;
    }
    let mut m: i128 = 0;
    for c in whole.chars().chain(frac.chars()) {
        m = m
            .checked_mul(10)?
            .checked_add(i128::from(c.to_digit(10)?))?;
    }
    let scale = i32::try_from(frac.len()).ok()?.checked_sub(exponent)?;
    if scale < 0 {
        let m = m.checked_mul(power(u32::try_from(scale.checked_neg()?).ok()?)?)?;
        return Some(Decimal::new(sign * m, 0));
    }
    Some(Decimal::new(
        sign * m,
        u8::try_from(scale).ok().filter(|s| *s <= 100)?,
    ))
}

pub fn parse_bool(text: &str) -> Option<bool> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "yes" | "y" | "on" | "1" => true,
        "f" | "false" | "no" | "n" | "off" | "0" => false,
        _ => return None,
    })
}

/// `{a,"b c",NULL}`.
fn parse_array(text: &str, element: Type, env: &Env) -> Result<Option<Value>> {
    let Some(body) = text
        .trim()
        .strip_prefix('{')
        .and_then(|t| t.strip_suffix('}'))
    else {
        return Ok(None);
    };
    let mut items = Vec::new();
    let mut chars = body.chars().peekable();
    let (mut item, mut quoted) = (String::new(), false);
    loop {
        match chars.next() {
            Some('"') => {
                quoted = true;
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => item.extend(chars.next()),
                        c => item.push(c),
                    }
                }
            }
            Some(c) if c != ',' => item.push(c),
            end => {
                if end.is_some() || !item.is_empty() || quoted || !items.is_empty() {
                    let word = item.trim();
                    items.push(if !quoted && word.eq_ignore_ascii_case("null") {
                        Value::Null
                    } else {
                        cast(
                            &Value::text(if quoted { &item } else { word }),
                            element,
                            env,
                        )?
                    });
                }
                item.clear();
                quoted = false;
                if end.is_none() {
                    break;
                }
            }
        }
    }
    Ok(Some(Value::Array(items.into())))
}

fn midnight(us: i64) -> i64 {
    us - us.rem_euclid(calendar::DAY)
}

/// Converts, as CAST does.
pub fn cast(v: &Value, to: Type, env: &Env) -> Result<Value> {
    use Value::*;
    let words = env.words;
    let loose = !env.flavour.strict_types;
    let impossible = || {
        Err(words.say(&Problem::Cast {
            from: v.type_of(),
            to,
        }))
    };
    let overflow = || words.say(&Problem::Overflow { ty: to });
    Ok(match (to, v) {
        (_, Null) => Null,
        (Type::Unknown, v) => v.clone(),
        (Type::Bool, Bool(_))
        | (Type::Int, Int(_))
        | (Type::Decimal, Decimal(_))
        | (Type::Float, Float(_))
        | (Type::Text, Text(_))
        | (Type::Bytes, Bytes(_))
        | (Type::Timestamp | Type::Datetime, Timestamp(_))
        | (Type::TimestampTz, TimestampTz(_))
        | (Type::Interval, Interval(_))
        | (Type::Json, Json(_)) => v.clone(),
        (Type::Text, v) => Value::text(to_text(v)),
        (Type::Timestamp | Type::Datetime, TimestampTz(us)) => Timestamp(*us),
        // Oracle's dates have a time of day.
        (Type::Date, Timestamp(us)) if env.flavour.numbers_are_days => Timestamp(*us),
        (Type::Date, Timestamp(us) | TimestampTz(us)) => Timestamp(midnight(*us)),
        (Type::TimestampTz, Timestamp(us)) => TimestampTz(*us),
        (Type::Int, Bool(b)) => Int(i64::from(*b)),
        (Type::Decimal, Bool(b)) if loose => {
            Value::Decimal(crate::base::Decimal::new(i128::from(*b), 0))
        }
        (Type::Bool, Int(_) | Decimal(_) | Float(_)) => Bool(truth(v) == Some(true)),
        (Type::Int, Float(f)) => {
            let f = f.get().round();
            if f.abs() >= 9.2e18 || f.is_nan() {
                return Err(overflow());
            }
            Int(f as i64)
        }
        (Type::Int, Decimal(d)) => {
            let whole = rescale(*d, 0).ok_or_else(overflow)?;
            Int(i64::try_from(whole.mantissa).map_err(|_| overflow())?)
        }
        (Type::Int, Timestamp(us) | TimestampTz(us)) => Int(us.div_euclid(calendar::SECOND)),
        (Type::Int, Interval(us)) => Int(us / calendar::SECOND),
        (Type::Float, Interval(us)) => Value::float(*us as f64 / 1e6),
        (Type::Decimal, Interval(us)) => {
            Value::Decimal(crate::base::Decimal::new(i128::from(*us), 6))
        }
        (Type::Interval, Int(s)) => Interval(s.checked_mul(calendar::SECOND).ok_or_else(overflow)?),
        (Type::Timestamp | Type::TimestampTz, Int(s)) => {
            let us = s.checked_mul(calendar::SECOND).ok_or_else(overflow)?;
            if to == Type::Timestamp {
                Timestamp(us)
            } else {
                TimestampTz(us)
            }
        }
        (Type::Float, Bool(b)) => Value::float(f64::from(u8::from(*b))),
        (Type::Float, Int(_) | Decimal(_)) => Value::float(v.to_f64().unwrap_or(0.0)),
        (Type::Decimal, Int(i)) => Value::Decimal(crate::base::Decimal::new(i128::from(*i), 0)),
        (Type::Decimal, Float(f)) => {
            let mut text = String::new();
            let _ = write!(text, "{}", f.get());
            Value::Decimal(parse_decimal(&text).ok_or_else(overflow)?)
        }
        (Type::Bytes, Text(t)) => Bytes(t.as_bytes().into()),
        (Type::TextArray, Array(items)) => Array(
            items
                .iter()
                .map(|i| cast(i, Type::Text, env))
                .collect::<Result<_>>()?,
        ),
        (Type::IntArray, Array(items)) => Array(
            items
                .iter()
                .map(|i| cast(i, Type::Int, env))
                .collect::<Result<_>>()?,
        ),
        (_, Text(t)) => return parse(t, to, env),
        _ => return impossible(),
    })
}

/// Reads a text as a value of the type.
pub fn parse(text: &str, to: Type, env: &Env) -> Result<Value> {
    let trimmed = text.trim();
    let value = match to {
        Type::Unknown | Type::Text => Some(Value::text(text)),
        Type::Bool => parse_bool(text).map(Value::Bool),
        Type::Int => trimmed.parse().ok().map(Value::Int),
        Type::Decimal => parse_decimal(trimmed).map(Value::Decimal),
        Type::Float => trimmed.parse().ok().map(Value::float),
        Type::Bytes => Some(Value::Bytes(text.as_bytes().into())),
        Type::Timestamp | Type::TimestampTz | Type::Date | Type::Datetime => {
            let us = match trimmed {
                "now" => Some(env.now_us),
                "epoch" => Some(0),
                _ => calendar::parse_moment(trimmed),
            };
            us.map(|us| match to {
                Type::TimestampTz => Value::TimestampTz(us),
                Type::Date if !env.flavour.numbers_are_days => Value::Timestamp(midnight(us)),
                _ => Value::Timestamp(us),
            })
        }
        Type::Interval => match calendar::parse_interval(trimmed) {
            Some((us, 0)) => Some(Value::Interval(us)),
            Some(_) => {
                return Err(env.words.say(&Problem::Unsupported {
                    what: "an interval of months or years here",
                }));
            }
            None => None,
        },
        Type::TextArray => parse_array(text, Type::Text, env)?,
        Type::IntArray => parse_array(text, Type::Int, env)?,
        Type::Json => super::functions::parse_json(text),
    };
    match value {
        Some(value) => Ok(value),
        // Loose types take what they can of a number.
        None if !env.flavour.strict_types
            && matches!(to, Type::Int | Type::Float | Type::Decimal) =>
        {
            if env.flavour.zero_division_is_null {
                cast(
                    &Value::float(as_number(&Value::text(text)).unwrap_or(0.0)),
                    to,
                    env,
                )
            } else {
                Err(env.words.say(&Problem::Parse { text, ty: to }))
            }
        }
        None if env.flavour.zero_division_is_null => Ok(Value::Null),
        None => Err(env.words.say(&Problem::Parse { text, ty: to })),
    }
}
