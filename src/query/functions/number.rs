//! Numbers.

use super::{Env, Function, Returns, Value, float_of, int_of, overflow, run};
use crate::base::{Decimal, Result, Type};
use crate::query::ops::{self, Op};

pub const COMMON: &[Function] = &[
    run("abs", "n", Type::Int, abs).returns(Returns::Arg(0)),
    run("ceil", "n", Type::Int, ceil).returns(Returns::Arg(0)),
    run("floor", "n", Type::Int, floor).returns(Returns::Arg(0)),
    run("round", "n?i", Type::Int, round).returns(Returns::Arg(0)),
    run("trunc", "n?i", Type::Int, trunc).returns(Returns::Arg(0)),
    run("mod", "nn", Type::Int, modulo).returns(Returns::Arg(0)),
    run("power", "nn", Type::Float, power),
    run("sqrt", "n", Type::Float, sqrt),
    run("sign", "n", Type::Int, sign),
    run("ceiling", "n", Type::Int, ceil).returns(Returns::Arg(0)),
    run("pow", "nn", Type::Float, power),
];

pub const MYSQL: &[Function] = &[run("truncate", "ni", Type::Int, trunc).returns(Returns::Arg(0))];

/// An argument as a number: loose flavours hand in texts too.
fn number(args: &[Value], n: usize) -> Value {
    match args.get(n) {
        Some(v @ (Value::Int(_) | Value::Decimal(_) | Value::Float(_))) => v.clone(),
        Some(Value::Bool(b)) => Value::Int(i64::from(*b)),
        Some(_) => Value::float(float_of(args, n)),
        None => Value::Int(0),
    }
}

fn abs(args: &[Value], env: &Env) -> Result<Value> {
    Ok(match number(args, 0) {
        Value::Int(i) => Value::Int(i.checked_abs().ok_or_else(|| overflow(Type::Int, env))?),
        Value::Decimal(d) => Value::Decimal(Decimal::new(d.mantissa.saturating_abs(), d.scale)),
        v => Value::float(v.to_f64().unwrap_or(0.0).abs()),
    })
}

/// The whole number at or above (`up`) or at or below a decimal.
fn whole(d: Decimal, up: bool) -> Decimal {
    let Some(p) = 10i128.checked_pow(u32::from(d.scale)) else {
        return Decimal::new(0, 0);
    };
    let floor = d.mantissa.div_euclid(p);
    let exact = d.mantissa.rem_euclid(p) == 0;
    Decimal::new(floor + i128::from(up && !exact), 0)
}

fn ceil(args: &[Value], _: &Env) -> Result<Value> {
    Ok(match number(args, 0) {
        Value::Decimal(d) => Value::Decimal(whole(d, true)),
        Value::Float(f) => Value::float(f.get().ceil()),
        v => v,
    })
}

fn floor(args: &[Value], _: &Env) -> Result<Value> {
    Ok(match number(args, 0) {
        Value::Decimal(d) => Value::Decimal(whole(d, false)),
        Value::Float(f) => Value::float(f.get().floor()),
        v => v,
    })
}

/// To that many digits after the point; before it if negative.
fn to_digits(args: &[Value], env: &Env, cut: bool) -> Result<Value> {
    let digits = int_of(args, 1).unwrap_or(0).clamp(-38, 38);
    let (value, was_int) = match number(args, 0) {
        Value::Float(f) => {
            let p = 10f64.powi(digits as i32);
            let scaled = f.get() * p;
            let scaled = if cut {
                scaled.trunc()
            } else {
                scaled.round_ties_even()
            };
            return Ok(Value::float(scaled / p));
        }
        Value::Int(i) => (Decimal::new(i128::from(i), 0), true),
        Value::Decimal(d) => (d, false),
        v => return Ok(v),
    };
    let failed = || overflow(Type::Decimal, env);
    let kept = digits.max(0) as u8;
    let mut d = value;
    let unit = 10i128.checked_pow(digits.min(0).unsigned_abs() as u32);
    let unit = unit.ok_or_else(failed)?;
    if cut {
        if kept < d.scale {
            let p = 10i128
                .checked_pow(u32::from(d.scale - kept))
                .ok_or_else(failed)?;
            d = Decimal::new(d.mantissa / p, kept);
        }
        d.mantissa = if unit > 1 {
            d.mantissa / unit * unit
        } else {
            d.mantissa
        };
    } else {
        d = ops::rescale(d, kept.min(d.scale)).ok_or_else(failed)?;
        if unit > 1 {
            let half = unit / 2 * d.mantissa.signum();
            let up = d.mantissa.checked_add(half).ok_or_else(failed)?;
            d.mantissa = up / unit * unit;
        }
    }
    if was_int {
        return Ok(Value::Int(i64::try_from(d.mantissa).map_err(|_| failed())?));
    }
    // `round(1.5, 3)` prints three digits.
    let d = if args.len() > 1 {
        ops::rescale(d, kept).unwrap_or(d)
    } else {
        d
    };
    Ok(Value::Decimal(d))
}

fn round(args: &[Value], env: &Env) -> Result<Value> {
    to_digits(args, env, false)
}

fn trunc(args: &[Value], env: &Env) -> Result<Value> {
    if let Some(Value::Timestamp(us) | Value::TimestampTz(us)) = args.first() {
        let day = us.div_euclid(super::super::calendar::DAY);
        return Ok(Value::Timestamp(
            day.saturating_mul(super::super::calendar::DAY),
        ));
    }
    to_digits(args, env, true)
}

fn modulo(args: &[Value], env: &Env) -> Result<Value> {
    ops::binary(Op::Modulo, &number(args, 0), &number(args, 1), env)
}

fn power(args: &[Value], env: &Env) -> Result<Value> {
    let result = float_of(args, 0).powf(float_of(args, 1));
    if !result.is_finite() {
        return Err(overflow(Type::Float, env));
    }
    Ok(Value::float(result))
}

fn sqrt(args: &[Value], _: &Env) -> Result<Value> {
    let f = float_of(args, 0);
    Ok(if f < 0.0 {
        Value::Null
    } else {
        Value::float(f.sqrt())
    })
}

fn sign(args: &[Value], _: &Env) -> Result<Value> {
    let f = float_of(args, 0);
    Ok(Value::Int(i64::from(f > 0.0) - i64::from(f < 0.0)))
}
