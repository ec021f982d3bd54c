//! Moments and intervals. All clocks show the statement's virtual time.

use std::fmt::Write;

use super::Special as S;
use super::{Env, Function, Returns, Value, float_of, int_of, moment_of, run, special, text_of};
use crate::base::{Decimal, Result, Type};
use crate::query::calendar::{self, DAY, SECOND, Unit, civil};
use crate::query::ops;
use crate::query::words::Problem;

pub const POSTGRES: &[Function] = &[
    run("now", "", Type::TimestampTz, now).returns(Returns::Now),
    run("current_timestamp", "?i", Type::TimestampTz, now)
        .returns(Returns::Now)
        .bare(),
    run("transaction_timestamp", "", Type::TimestampTz, now).returns(Returns::Now),
    run("statement_timestamp", "", Type::TimestampTz, now).returns(Returns::Now),
    run("clock_timestamp", "", Type::TimestampTz, now).returns(Returns::Now),
    run("localtimestamp", "?i", Type::Timestamp, local).bare(),
    run("current_date", "", Type::Date, today).bare(),
    run("date_trunc", "ts", Type::TimestampTz, date_trunc).returns(Returns::Moment(1)),
    run("date_part", "tx", Type::Float, extract),
    run("extract", "tx", Type::Float, extract),
    run("age", "s?s", Type::Interval, age),
    run("to_timestamp", "n", Type::TimestampTz, to_timestamp),
    run("to_char", "st", Type::Text, to_char),
    run("experimental_strftime", "st", Type::Text, date_format),
    run("strftime", "st", Type::Text, date_format),
    run("timezone", "ts", Type::Timestamp, timezone),
];

pub const MYSQL: &[Function] = &[
    run("now", "?i", Type::Timestamp, now).returns(Returns::Now),
    run("current_timestamp", "?i", Type::Timestamp, now)
        .returns(Returns::Now)
        .bare(),
    run("localtime", "?i", Type::Timestamp, now)
        .returns(Returns::Now)
        .bare(),
    run("localtimestamp", "?i", Type::Timestamp, now)
        .returns(Returns::Now)
        .bare(),
    run("sysdate", "?i", Type::Timestamp, now).returns(Returns::Now),
    run("utc_timestamp", "?i", Type::Timestamp, now)
        .returns(Returns::Now)
        .bare(),
    run("current_date", "", Type::Date, today).bare(),
    run("curdate", "", Type::Date, today),
    run("date", "s", Type::Date, date),
    run("extract", "tx", Type::Int, extract),
    run("date_format", "st", Type::Text, date_format),
    run("from_unixtime", "n", Type::Datetime, to_timestamp),
    run("unix_timestamp", "?s", Type::Int, unix_timestamp),
    run("datediff", "ss", Type::Int, datediff),
    run("timediff", "ss", Type::Interval, age),
    run("year", "s", Type::Int, year),
    run("month", "s", Type::Int, month),
    run("day", "s", Type::Int, day),
    run("hour", "s", Type::Int, hour),
    run("minute", "s", Type::Int, minute),
    run("second", "s", Type::Int, second),
    special("timestampdiff", "xss", S::TimestampDiff),
    special("timestampadd", "xis", S::TimestampAdd),
    special("date_add", "sx", S::DateAdd),
    special("adddate", "sx", S::DateAdd),
    special("date_sub", "sx", S::DateSub),
    special("subdate", "sx", S::DateSub),
];

pub const ORACLE: &[Function] = &[
    run("sysdate", "", Type::Date, second_now).bare(),
    run("systimestamp", "", Type::Timestamp, now).bare(),
    run("current_timestamp", "?i", Type::Timestamp, now).bare(),
    run("localtimestamp", "?i", Type::Timestamp, now).bare(),
    run("current_date", "", Type::Date, second_now).bare(),
    run("extract", "tx", Type::Int, extract),
    run("to_char", "x?t", Type::Text, to_char),
    run("to_timestamp", "t?t", Type::Timestamp, read_moment),
    run("to_date", "t?t", Type::Date, read_moment),
    run("to_number", "x", Type::Decimal, to_number),
];

/// Both tenant modes: SCNs are nanoseconds since 1970.
pub const OCEANBASE: &[Function] = &[
    run("scn_to_timestamp", "i", Type::Timestamp, scn_to_timestamp),
    run("timestamp_to_scn", "s", Type::Int, timestamp_to_scn),
];

/// A moment in the flavour's type of `now()`.
fn moment(us: i64, env: &Env) -> Value {
    match env.flavour().now {
        Type::TimestampTz => Value::TimestampTz(us),
        _ => Value::Timestamp(us),
    }
}

/// The value that has the argument's type.
fn like(arg: Option<&Value>, us: i64) -> Value {
    match arg {
        Some(Value::TimestampTz(_)) => Value::TimestampTz(us),
        _ => Value::Timestamp(us),
    }
}

fn now(args: &[Value], env: &Env) -> Result<Value> {
    let digits = match int_of(args, 0) {
        Some(n) => n.clamp(0, 6) as u32,
        None if env.flavour().now_whole_seconds => 0,
        None => 6,
    };
    let unit = 10i64.pow(6 - digits);
    Ok(moment(env.now_us.div_euclid(unit) * unit, env))
}

fn local(_: &[Value], env: &Env) -> Result<Value> {
    Ok(Value::Timestamp(env.now_us))
}

fn today(_: &[Value], env: &Env) -> Result<Value> {
    Ok(Value::Timestamp(env.now_us.div_euclid(DAY) * DAY))
}

fn second_now(_: &[Value], env: &Env) -> Result<Value> {
    Ok(Value::Timestamp(env.now_us - env.now_us.rem_euclid(SECOND)))
}

fn date(args: &[Value], _: &Env) -> Result<Value> {
    Ok(moment_of(args, 0).map_or(Value::Null, |us| Value::Timestamp(us - us.rem_euclid(DAY))))
}

/// A date as text: its type is not known to the value.
pub static DATE_TEXT: Function = run("date", "s", Type::Text, date_text);

fn date_text(args: &[Value], _: &Env) -> Result<Value> {
    let date = moment_of(args, 0).map(crate::query::format::date);
    Ok(date.map_or(Value::Null, Value::from))
}

fn unsupported(what: &str, env: &Env) -> crate::base::Error {
    env.words.say(&Problem::Unsupported { what })
}

fn date_trunc(args: &[Value], env: &Env) -> Result<Value> {
    let unit = text_of(args, 0).to_ascii_lowercase();
    let Some(us) = moment_of(args, 1) else {
        return Ok(Value::Null);
    };
    let c = civil(us);
    let start = |month: u32| calendar::days(c.year, month, 1).saturating_mul(DAY);
    let cut = match unit.trim_end_matches('s') {
        "year" => start(1),
        "quarter" => start((c.month - 1) / 3 * 3 + 1),
        "month" => start(c.month),
        "week" => (us.div_euclid(DAY) - (calendar::weekday(us) + 6) % 7).saturating_mul(DAY),
        name => match calendar::unit_of(name) {
            Some(Unit::Micros(n)) if !name.is_empty() => us.div_euclid(n).saturating_mul(n),
            _ => return Err(unsupported(&["date_trunc of ", &unit].concat(), env)),
        },
    };
    Ok(like(args.get(1), cut))
}

fn extract(args: &[Value], env: &Env) -> Result<Value> {
    let field = text_of(args, 0).to_ascii_lowercase();
    let field = match field.as_str() {
        "us" | "century" | "decade" => &field,
        f => f.strip_suffix('s').unwrap_or(f),
    };
    let whole = |n: i64| match env.flavour().strict_types {
        true => Value::float(n as f64),
        false => Value::Int(n),
    };
    let micros = |us: i64| match env.flavour().strict_types {
        true => Value::float(us as f64 / 1e6),
        false if env.flavour().mysql_syntax => Value::Int(us.div_euclid(SECOND)),
        false => Value::Decimal(Decimal::new(i128::from(us), 6)),
    };
    if let Some(Value::Interval(us)) = args.get(1) {
        let us = *us;
        let days = if env.flavour().strict_types {
            us / DAY
        } else {
            0
        };
        return Ok(match field {
            "epoch" => micros(us),
            "day" => whole(days),
            "hour" => whole((us - days * DAY) / calendar::HOUR),
            "minute" => whole(us / calendar::MINUTE % 60),
            "second" => micros(us % calendar::MINUTE),
            "millisecond" => Value::float((us % calendar::MINUTE) as f64 / 1e3),
            "microsecond" => whole(us % calendar::MINUTE),
            _ => return Err(unsupported(&["extract of ", field].concat(), env)),
        });
    }
    let Some(us) = moment_of(args, 1) else {
        return Ok(Value::Null);
    };
    let c = civil(us);
    let in_minute = c.us % calendar::MINUTE;
    Ok(match field {
        "epoch" => micros(us),
        "year" => whole(c.year),
        "isoyear" => whole(calendar::iso_week(us).1),
        "quarter" => whole(i64::from((c.month - 1) / 3 + 1)),
        "month" => whole(i64::from(c.month)),
        "week" | "isoweek" => whole(calendar::iso_week(us).0),
        "day" => whole(i64::from(c.day)),
        "dow" | "dayofweek" => whole(calendar::weekday(us)),
        "isodow" => whole((calendar::weekday(us) + 6) % 7 + 1),
        "doy" | "dayofyear" => whole(us.div_euclid(DAY) - calendar::days(c.year, 1, 1) + 1),
        "hour" => whole(c.hour()),
        "minute" => whole(c.minute()),
        "second" => micros(in_minute),
        "millisecond" => Value::float(in_minute as f64 / 1e3),
        "microsecond" if env.flavour().mysql_syntax => whole(c.micro()),
        "microsecond" => whole(in_minute),
        _ => return Err(unsupported(&["extract of ", field].concat(), env)),
    })
}

fn age(args: &[Value], env: &Env) -> Result<Value> {
    let Some(first) = moment_of(args, 0) else {
        return Ok(Value::Null);
    };
    let (later, earlier) = match args.get(1) {
        Some(_) => (Some(first), moment_of(args, 1)),
        None => (Some(env.now_us), Some(first)),
    };
    let length = later.zip(earlier).and_then(|(a, b)| a.checked_sub(b));
    Ok(length.map_or(Value::Null, Value::Interval))
}

fn to_timestamp(args: &[Value], env: &Env) -> Result<Value> {
    let us = float_of(args, 0) * 1e6;
    // The last microsecond of the year 9999.
    if us.abs() > 253_402_300_799_999_999.0 {
        return Err(super::overflow(env.flavour().now, env));
    }
    Ok(moment(us.round() as i64, env))
}

fn unix_timestamp(args: &[Value], env: &Env) -> Result<Value> {
    let us = match args.first() {
        Some(_) => moment_of(args, 0),
        None => Some(env.now_us),
    };
    Ok(us.map_or(Value::Null, |us| Value::Int(us.div_euclid(SECOND))))
}

fn datediff(args: &[Value], _: &Env) -> Result<Value> {
    let days = |n| moment_of(args, n).map(|us| us.div_euclid(DAY));
    Ok(days(0)
        .zip(days(1))
        .map_or(Value::Null, |(a, b)| Value::Int(a - b)))
}

fn part(args: &[Value], of: fn(calendar::Civil) -> i64) -> Result<Value> {
    Ok(moment_of(args, 0).map_or(Value::Null, |us| Value::Int(of(civil(us)))))
}
fn year(args: &[Value], _: &Env) -> Result<Value> {
    part(args, |c| c.year)
}
fn month(args: &[Value], _: &Env) -> Result<Value> {
    part(args, |c| i64::from(c.month))
}
fn day(args: &[Value], _: &Env) -> Result<Value> {
    part(args, |c| i64::from(c.day))
}
fn hour(args: &[Value], _: &Env) -> Result<Value> {
    part(args, |c| c.hour())
}
fn minute(args: &[Value], _: &Env) -> Result<Value> {
    part(args, |c| c.minute())
}
fn second(args: &[Value], _: &Env) -> Result<Value> {
    part(args, |c| c.second())
}

fn timezone(args: &[Value], env: &Env) -> Result<Value> {
    let zone = text_of(args, 0);
    if !matches!(
        zone.to_ascii_lowercase().as_str(),
        "utc" | "gmt" | "z" | "+00:00" | "etc/utc"
    ) {
        return Err(unsupported("time zones other than UTC", env));
    }
    Ok(match args.get(1) {
        Some(Value::TimestampTz(us)) => Value::Timestamp(*us),
        Some(Value::Timestamp(us)) => Value::TimestampTz(*us),
        _ => Value::Null,
    })
}

/// Percent patterns, as MySQL's DATE_FORMAT and C's strftime have them. Where they differ in meaning
/// (`%i`, `%s`, `%M`) the flavour decides.
fn date_format(args: &[Value], env: &Env) -> Result<Value> {
    let Some(us) = moment_of(args, 0) else {
        return Ok(Value::Null);
    };
    let mysql = env.flavour().mysql_syntax;
    let c = civil(us);
    let name = |names: &[&'static str], i: i64| {
        usize::try_from(i)
            .ok()
            .and_then(|i| names.get(i))
            .copied()
            .unwrap_or("")
    };
    let month = name(&calendar::MONTHS, i64::from(c.month) - 1);
    let weekday = name(&calendar::WEEKDAYS, calendar::weekday(us));
    let hour12 = (c.hour() + 11) % 12 + 1;
    let mut out = String::new();
    let pattern = text_of(args, 1);
    let mut chars = pattern.chars();
    while let Some(ch) = chars.next() {
        if ch != '%' {
            out.push(ch);
            continue;
        }
        let Some(code) = chars.next() else { break };
        let _ = match code {
            'Y' => write!(out, "{:04}", c.year),
            'y' => write!(out, "{:02}", c.year % 100),
            'm' => write!(out, "{:02}", c.month),
            'c' if mysql => write!(out, "{}", c.month),
            'd' => write!(out, "{:02}", c.day),
            'e' => write!(out, "{}", c.day),
            'H' => write!(out, "{:02}", c.hour()),
            'k' => write!(out, "{}", c.hour()),
            'h' | 'I' => write!(out, "{hour12:02}"),
            'l' => write!(out, "{hour12}"),
            'i' if mysql => write!(out, "{:02}", c.minute()),
            'M' if mysql => out.write_str(month),
            'M' => write!(out, "{:02}", c.minute()),
            'B' => out.write_str(month),
            'b' => out.write_str(month.get(..3).unwrap_or("")),
            'W' | 'A' => out.write_str(weekday),
            'a' => out.write_str(weekday.get(..3).unwrap_or("")),
            's' | 'S' => write!(out, "{:02}", c.second()),
            'f' => write!(out, "{:06}", c.micro()),
            'p' => out.write_str(if c.hour() < 12 { "AM" } else { "PM" }),
            'j' => write!(
                out,
                "{:03}",
                us.div_euclid(DAY) - calendar::days(c.year, 1, 1) + 1
            ),
            'T' => write!(out, "{:02}:{:02}:{:02}", c.hour(), c.minute(), c.second()),
            'F' if !mysql => write!(out, "{:04}-{:02}-{:02}", c.year, c.month, c.day),
            other => write!(out, "{other}"),
        };
    }
    ops::text_value(out, env)
}

/// Letter patterns, as Oracle's and PostgreSQL's to_char have them. Numbers print plainly.
fn to_char(args: &[Value], env: &Env) -> Result<Value> {
    let us = match args.first() {
        Some(Value::Timestamp(us) | Value::TimestampTz(us)) => *us,
        Some(v) => return ops::text_value(ops::to_text(v), env),
        None => return Ok(Value::Null),
    };
    let pattern = match args.get(1) {
        Some(_) => text_of(args, 1).into_owned(),
        None => "YYYY-MM-DD HH24:MI:SS.FF6".to_owned(),
    };
    let c = civil(us);
    let name = |names: &[&'static str], i: i64| {
        usize::try_from(i)
            .ok()
            .and_then(|i| names.get(i))
            .copied()
            .unwrap_or("")
    };
    let month = name(&calendar::MONTHS, i64::from(c.month) - 1);
    let weekday = name(&calendar::WEEKDAYS, calendar::weekday(us));
    let mut out = String::new();
    let mut rest = pattern.as_str();
    // Longer patterns stand before those that they begin with.
    const PATTERNS: [&str; 24] = [
        "YYYY", "YY", "MONTH", "MON", "MM", "MI", "MS", "DDD", "DD", "DAY", "DY", "D", "HH24",
        "HH12", "HH", "SS", "FF6", "FF3", "FF", "US", "AM", "PM", "Q", "\"",
    ];
    while let Some(first) = rest.chars().next() {
        let found = PATTERNS.iter().find(|p| {
            rest.get(..p.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(p))
        });
        let Some(pattern) = found else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or("");
            continue;
        };
        rest = rest.get(pattern.len()..).unwrap_or("");
        let _ = match *pattern {
            "YYYY" => write!(out, "{:04}", c.year),
            "YY" => write!(out, "{:02}", c.year % 100),
            "MONTH" => out.write_str(&month.to_ascii_uppercase()),
            "MON" => out.write_str(&month.get(..3).unwrap_or("").to_ascii_uppercase()),
            "MM" => write!(out, "{:02}", c.month),
            "MI" => write!(out, "{:02}", c.minute()),
            "MS" | "FF3" => write!(out, "{:03}", c.micro() / 1_000),
            "DDD" => write!(
                out,
                "{:03}",
                us.div_euclid(DAY) - calendar::days(c.year, 1, 1) + 1
            ),
            "DD" => write!(out, "{:02}", c.day),
            "DAY" => out.write_str(&weekday.to_ascii_uppercase()),
            "DY" => out.write_str(&weekday.get(..3).unwrap_or("").to_ascii_uppercase()),
            "D" => write!(out, "{}", calendar::weekday(us) + 1),
            "HH24" => write!(out, "{:02}", c.hour()),
            "HH12" | "HH" => write!(out, "{:02}", (c.hour() + 11) % 12 + 1),
            "SS" => write!(out, "{:02}", c.second()),
            "FF6" | "FF" | "US" => write!(out, "{:06}", c.micro()),
            "AM" | "PM" => out.write_str(if c.hour() < 12 { "AM" } else { "PM" }),
            "Q" => write!(out, "{}", (c.month - 1) / 3 + 1),
            _ => {
                // Quoted text stands for itself.
                let (quoted, tail) = rest.split_once('"').unwrap_or((rest, ""));
                rest = tail;
                out.write_str(quoted)
            }
        };
    }
    ops::text_value(out, env)
}

/// TO_TIMESTAMP and TO_DATE: the usual order of fields, whatever the pattern's separators.
fn read_moment(args: &[Value], env: &Env) -> Result<Value> {
    let text = text_of(args, 0);
    match calendar::parse_moment(&text.replace('/', "-")) {
        Some(us) => Ok(Value::Timestamp(us)),
        None => Err(env.words.say(&Problem::Parse {
            text: &text,
            ty: Type::Timestamp,
        })),
    }
}

fn to_number(args: &[Value], env: &Env) -> Result<Value> {
    ops::cast(args.first().unwrap_or(&Value::Null), Type::Decimal, env)
}

fn scn_to_timestamp(args: &[Value], _: &Env) -> Result<Value> {
    Ok(int_of(args, 0).map_or(Value::Null, |ns| Value::Timestamp(ns.div_euclid(1_000))))
}

fn timestamp_to_scn(args: &[Value], env: &Env) -> Result<Value> {
    let Some(us) = moment_of(args, 0) else {
        return Ok(Value::Null);
    };
    let ns = us.checked_mul(1_000);
    ns.map(Value::Int)
        .ok_or_else(|| super::overflow(Type::Int, env))
}

/// `timestampdiff(unit, a, b)`: whole units from a to b.
pub static TIMESTAMPDIFF: Function = run("timestampdiff", "tss", Type::Int, timestampdiff);

fn timestampdiff(args: &[Value], env: &Env) -> Result<Value> {
    let (Some(from), Some(to)) = (moment_of(args, 1), moment_of(args, 2)) else {
        return Ok(Value::Null);
    };
    let unit = text_of(args, 0);
    let n = match calendar::unit_of(&unit) {
        Some(Unit::Micros(us)) => to.checked_sub(from).map(|d| d / us),
        Some(Unit::Months(unit)) => {
            let (a, b) = (civil(from), civil(to));
            let months = |c: &calendar::Civil| c.year * 12 + i64::from(c.month);
            let mut n = months(&b) - months(&a);
            // A month counts once it is whole.
            let rest = (b.day, b.us).cmp(&(a.day, a.us));
            if n > 0 && rest.is_lt() {
                n -= 1;
            } else if n < 0 && rest.is_gt() {
                n += 1;
            }
            Some(n / unit)
        }
        None => return Err(unsupported("this unit", env)),
    };
    n.map(Value::Int)
        .ok_or_else(|| super::overflow(Type::Int, env))
}
