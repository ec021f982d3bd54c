//! Decimal numbers: arithmetic with the digits that each division asks for, and reading.

use super::Env;
use super::flavour::Division;
use super::ops::{Op, by_zero};
use super::words::Problem;
use crate::base::{Decimal, Result, Type, Value};

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
        Op::Divide => divided(x, y, env.flavour().division),
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
