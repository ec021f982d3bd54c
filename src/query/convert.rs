//! Conversion between types, and reading values from texts.

use super::Env;
use super::calendar;
use super::decimal::{parse_decimal, rescale};
use super::ops::{as_number, to_text, truth};
use super::words::Problem;
use crate::base::{Decimal, Result, Type, Value, float};

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

/// A whole number with a base before it, or none: `0x10`, `0b1`, `0o17`, `017`, `1_000`.
pub fn based_int(text: &str) -> Option<i64> {
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => (-1, body),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (skip, radix) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (2, 16),
        [b'0', b'o' | b'O', ..] => (2, 8),
        [b'0', b'b' | b'B', ..] => (2, 2),
        [b'0', _, ..] => (1, 8),
        _ => (0, 10),
    };
    let digits = body.get(skip..)?;
    // An underscore stands between digits, or between the base and them.
    let loose =
        digits.ends_with('_') || digits.contains("__") || skip == 0 && digits.starts_with('_');
    if loose || digits.contains(['-', '+']) {
        return None;
    }
    let value = i128::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    i64::try_from(value.checked_mul(sign)?).ok()
}

/// A stored value in the type that its column has come to have, where a cast cannot fail.
pub fn in_type(value: Value, ty: Type) -> Value {
    let number = as_number(&value).unwrap_or(0.0);
    match (ty, value) {
        (Type::Text, v @ (Value::Text(_) | Value::Null)) => v,
        (Type::Text, v) => Value::text(to_text(&v)),
        (Type::Int, Value::Float(_) | Value::Decimal(_)) => Value::Int(number.round() as i64),
        (Type::Float, Value::Int(_) | Value::Decimal(_)) => Value::float(number),
        (Type::Decimal, Value::Int(n)) => Value::Decimal(Decimal::new(i128::from(n), 0)),
        (Type::Decimal, Value::Float(_)) => {
            let hundredths = (number * 100.0).round() as i64;
            Value::Decimal(Decimal::new(i128::from(hundredths), 2))
        }
        (Type::Timestamp, Value::TimestampTz(us)) => Value::Timestamp(us),
        (Type::TimestampTz, Value::Timestamp(us)) => Value::TimestampTz(us),
        (_, v) => v,
    }
}

/// Converts, as CAST does.
pub fn cast(v: &Value, to: Type, env: &Env) -> Result<Value> {
    use Value::*;
    let words = env.words;
    let loose = !env.flavour().strict_types;
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
        (Type::Date, Timestamp(us)) if env.flavour().numbers_are_days => Timestamp(*us),
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
            Value::Decimal(parse_decimal(&float::plain(f.get())).ok_or_else(overflow)?)
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
        Type::Int if env.flavour().strict_types => based_int(trimmed).map(Value::Int),
        Type::Int => trimmed.parse().ok().map(Value::Int),
        Type::Decimal => parse_decimal(trimmed).map(Value::Decimal),
        Type::Float => float::parse(trimmed).map(Value::float),
        Type::Bytes => Some(Value::Bytes(text.as_bytes().into())),
        Type::Timestamp | Type::TimestampTz | Type::Date | Type::Datetime => {
            let us = match trimmed {
                "now" => Some(env.now_us),
                "epoch" => Some(0),
                _ => calendar::parse_moment(trimmed),
            };
            us.map(|us| match to {
                Type::TimestampTz => Value::TimestampTz(us),
                Type::Date if !env.flavour().numbers_are_days => Value::Timestamp(midnight(us)),
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
        None if !env.flavour().strict_types
            && matches!(to, Type::Int | Type::Float | Type::Decimal) =>
        {
            if env.flavour().zero_division_is_null {
                cast(
                    &Value::float(as_number(&Value::text(text)).unwrap_or(0.0)),
                    to,
                    env,
                )
            } else {
                Err(env.words.say(&Problem::Parse { text, ty: to }))
            }
        }
        None if env.flavour().zero_division_is_null => Ok(Value::Null),
        None => Err(env.words.say(&Problem::Parse { text, ty: to })),
    }
}
