//! Texts. Positions count characters from 1.

use super::{Env, Function, Value, int_of, run, text_of};
use crate::base::{Result, Type, letters};
use crate::query::ops::{self, TEXT_LIMIT};
use crate::query::words::limit;

pub const COMMON: &[Function] = &[
    run("lower", "t", Type::Text, lower),
    run("upper", "t", Type::Text, upper),
    run("length", "t", Type::Int, length),
    run("substr", "ti?i", Type::Text, substr),
    run("replace", "tt?t", Type::Text, replace),
    run("trim", "t?t", Type::Text, trim),
    run("ltrim", "t?t", Type::Text, ltrim),
    run("rtrim", "t?t", Type::Text, rtrim),
    run("lpad", "ti?t", Type::Text, lpad),
    run("rpad", "ti?t", Type::Text, rpad),
    run("concat", "?x+", Type::Text, concat).nulls(),
    run("ascii", "t", Type::Int, ascii),
    run("reverse", "t", Type::Text, reverse),
];

pub const POSTGRES: &[Function] = &[
    run("char_length", "t", Type::Int, length),
    run("character_length", "t", Type::Int, length),
    run("octet_length", "t", Type::Int, octet_length),
    run("substring", "ti?i", Type::Text, substr),
    run("btrim", "t?t", Type::Text, trim),
    run("left", "ti", Type::Text, left),
    run("right", "ti", Type::Text, right),
    run("split_part", "tti", Type::Text, split_part),
    run("strpos", "tt", Type::Int, strpos),
    run("position", "tt", Type::Int, strpos),
    run("repeat", "ti", Type::Text, repeat),
    run("initcap", "t", Type::Text, initcap),
    run("starts_with", "tt", Type::Bool, starts_with),
    run("concat_ws", "t?x+", Type::Text, concat_ws).nulls(),
    run("chr", "i", Type::Text, chr),
    run("quote_ident", "t", Type::Text, quote_ident),
];

pub const MYSQL: &[Function] = &[
    run("char_length", "t", Type::Int, length),
    run("lcase", "t", Type::Text, lower),
    run("ucase", "t", Type::Text, upper),
    run("octet_length", "t", Type::Int, octet_length),
    run("substring", "ti?i", Type::Text, substr),
    run("mid", "tii", Type::Text, substr),
    run("left", "ti", Type::Text, left),
    run("right", "ti", Type::Text, right),
    run("instr", "tt", Type::Int, strpos),
    run("locate", "tt", Type::Int, locate),
    run("position", "tt", Type::Int, strpos),
    run("repeat", "ti", Type::Text, repeat),
    run("concat_ws", "t?x+", Type::Text, concat_ws).nulls(),
    run("substring_index", "tti", Type::Text, substring_index),
];

pub const ORACLE: &[Function] = &[
    run("instr", "tt", Type::Int, strpos),
    run("initcap", "t", Type::Text, initcap),
    run("chr", "i", Type::Text, chr),
    run("lengthb", "t", Type::Int, octet_length),
];

fn lower(args: &[Value], env: &Env) -> Result<Value> {
    ops::text_value(letters::to_lower(&text_of(args, 0)), env)
}

fn upper(args: &[Value], env: &Env) -> Result<Value> {
    ops::text_value(letters::to_upper(&text_of(args, 0)), env)
}

/// Characters in the standard, bytes in MySQL.
fn length(args: &[Value], env: &Env) -> Result<Value> {
    let text = text_of(args, 0);
    let n = if env.flavour().mysql_syntax {
        text.len()
    } else {
        text.chars().count()
    };
    Ok(Value::Int(n as i64))
}

fn octet_length(args: &[Value], _: &Env) -> Result<Value> {
    Ok(Value::Int(text_of(args, 0).len() as i64))
}

/// From a position that may lie before the text; the loose flavours count a negative one from the end.
fn substr(args: &[Value], env: &Env) -> Result<Value> {
    let text = text_of(args, 0);
    let Some(mut start) = int_of(args, 1) else {
        return Ok(Value::Null);
    };
    let count = int_of(args, 2);
    if !env.flavour().strict_types {
        if start < 0 {
            start = start.saturating_add(text.chars().count() as i64 + 1);
            if start < 1 {
                return ops::text_value(String::new(), env);
            }
        } else if start == 0 {
            if env.flavour().mysql_syntax {
                return ops::text_value(String::new(), env);
            }
            start = 1;
        }
    }
    let end = count.map_or(i64::MAX, |n| start.saturating_add(n.max(0)));
    let from = start.max(1);
    let taken = end.saturating_sub(from).max(0);
    let part = text
        .chars()
        .skip(usize::try_from(from - 1).unwrap_or(usize::MAX))
        .take(usize::try_from(taken).unwrap_or(usize::MAX));
    ops::text_value(part.collect(), env)
}

fn replace(args: &[Value], env: &Env) -> Result<Value> {
    let (text, from, to) = (text_of(args, 0), text_of(args, 1), text_of(args, 2));
    if from.is_empty() {
        return ops::text_value(text.into_owned(), env);
    }
    let hits = text.matches(&*from).count();
    if text.len().saturating_add(hits.saturating_mul(to.len())) > 4 * TEXT_LIMIT {
        return Err(limit("the text would be longer than 1 MiB"));
    }
    ops::text_value(text.replace(&*from, &to), env)
}

fn trimmed(args: &[Value], start: bool, end: bool, env: &Env) -> Result<Value> {
    let text = text_of(args, 0);
    let set: Vec<char> = match args.get(1) {
        Some(_) => text_of(args, 1).chars().collect(),
        None if env.flavour().strict_types => vec![' ', '\t', '\n', '\r'],
        None => vec![' '],
    };
    let mut part = &*text;
    if start {
        part = part.trim_start_matches(&*set);
    }
    if end {
        part = part.trim_end_matches(&*set);
    }
    ops::text_value(part.to_owned(), env)
}

fn trim(args: &[Value], env: &Env) -> Result<Value> {
    trimmed(args, true, true, env)
}
fn ltrim(args: &[Value], env: &Env) -> Result<Value> {
    trimmed(args, true, false, env)
}
fn rtrim(args: &[Value], env: &Env) -> Result<Value> {
    trimmed(args, false, true, env)
}

fn padded(args: &[Value], env: &Env, before: bool) -> Result<Value> {
    let text = text_of(args, 0);
    let length = int_of(args, 1).unwrap_or(0).max(0);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > TEXT_LIMIT {
        return Err(limit("the text would be longer than 1 MiB"));
    }
    let fill = match args.get(2) {
        Some(_) => text_of(args, 2),
        None => std::borrow::Cow::Borrowed(" "),
    };
    let have = text.chars().count();
    if have >= length {
        return ops::text_value(text.chars().take(length).collect(), env);
    }
    let padding = fill.chars().cycle().take(length - have);
    let out: String = if before {
        padding.chain(text.chars()).collect()
    } else {
        text.chars().chain(padding).collect()
    };
    ops::text_value(out, env)
}

fn lpad(args: &[Value], env: &Env) -> Result<Value> {
    padded(args, env, true)
}
fn rpad(args: &[Value], env: &Env) -> Result<Value> {
    padded(args, env, false)
}

/// PostgreSQL's concat skips NULLs, MySQL's is NULL with one, Oracle's takes them as empty.
fn concat(args: &[Value], env: &Env) -> Result<Value> {
    if env.flavour().mysql_syntax && args.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    let mut out = String::new();
    args.iter().for_each(|v| ops::push_text(v, &mut out));
    ops::text_value(out, env)
}

fn concat_ws(args: &[Value], env: &Env) -> Result<Value> {
    let Some((separator, items)) = args.split_first() else {
        return Ok(Value::Null);
    };
    if separator.is_null() {
        return Ok(Value::Null);
    }
    let mut out = String::new();
    for (i, item) in items.iter().filter(|v| !v.is_null()).enumerate() {
        if i > 0 {
            ops::push_text(separator, &mut out);
        }
        ops::push_text(item, &mut out);
    }
    ops::text_value(out, env)
}

fn ascii(args: &[Value], _: &Env) -> Result<Value> {
    let first = text_of(args, 0).chars().next();
    Ok(Value::Int(first.map_or(0, |c| i64::from(u32::from(c)))))
}

fn chr(args: &[Value], env: &Env) -> Result<Value> {
    let c = int_of(args, 0).and_then(|i| char::from_u32(u32::try_from(i).ok()?));
    c.map_or(Ok(Value::Null), |c| ops::text_value(c.to_string(), env))
}

fn reverse(args: &[Value], env: &Env) -> Result<Value> {
    ops::text_value(text_of(args, 0).chars().rev().collect(), env)
}

/// `left(t, -2)` is all but the last two.
fn left(args: &[Value], env: &Env) -> Result<Value> {
    let text = text_of(args, 0);
    let n = end_count(&text, int_of(args, 1));
    ops::text_value(text.chars().take(n).collect(), env)
}

fn right(args: &[Value], env: &Env) -> Result<Value> {
    let text = text_of(args, 0);
    let n = end_count(&text, int_of(args, 1));
    let skip = text.chars().count().saturating_sub(n);
    ops::text_value(text.chars().skip(skip).collect(), env)
}

fn end_count(text: &str, n: Option<i64>) -> usize {
    let n = n.unwrap_or(0);
    let n = if n < 0 {
        n.saturating_add(text.chars().count() as i64).max(0)
    } else {
        n
    };
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn split_part(args: &[Value], env: &Env) -> Result<Value> {
    let (text, separator) = (text_of(args, 0), text_of(args, 1));
    let index = int_of(args, 2).unwrap_or(0);
    let part = if separator.is_empty() {
        (index == 1).then_some(&*text)
    } else {
        usize::try_from(index.saturating_sub(1))
            .ok()
            .and_then(|i| text.split(&*separator).nth(i))
    };
    ops::text_value(part.unwrap_or("").to_owned(), env)
}

fn find(text: &str, wanted: &str) -> Value {
    let at = text.find(wanted).and_then(|i| text.get(..i));
    Value::Int(at.map_or(0, |before| before.chars().count() as i64 + 1))
}

fn strpos(args: &[Value], env: &Env) -> Result<Value> {
    let (text, wanted) = (text_of(args, 0), text_of(args, 1));
    if env.flavour().text_ignores_case {
        return Ok(find(&letters::to_lower(&text), &letters::to_lower(&wanted)));
    }
    Ok(find(&text, &wanted))
}

fn locate(args: &[Value], env: &Env) -> Result<Value> {
    let swapped: Vec<Value> = args.iter().rev().cloned().collect();
    strpos(&swapped, env)
}

fn repeat(args: &[Value], env: &Env) -> Result<Value> {
    let text = text_of(args, 0);
    let n = usize::try_from(int_of(args, 1).unwrap_or(0).max(0)).unwrap_or(usize::MAX);
    if text.len().saturating_mul(n) > TEXT_LIMIT {
        return Err(limit("the text would be longer than 1 MiB"));
    }
    ops::text_value(
        if text.is_empty() {
            String::new()
        } else {
            text.repeat(n)
        },
        env,
    )
}

fn initcap(args: &[Value], env: &Env) -> Result<Value> {
    let mut start = true;
    let mut out = String::new();
    for c in text_of(args, 0).chars() {
        if start {
            out.push(letters::upper(c));
        } else {
            out.push(letters::lower(c));
        }
        start = !c.is_alphanumeric();
    }
    ops::text_value(out, env)
}

fn starts_with(args: &[Value], _: &Env) -> Result<Value> {
    Ok(Value::Bool(
        text_of(args, 0).starts_with(&*text_of(args, 1)),
    ))
}

fn quote_ident(args: &[Value], env: &Env) -> Result<Value> {
    let text = text_of(args, 0);
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let quoted = if plain {
        text.into_owned()
    } else {
        ["\"", &text.replace('"', "\"\""), "\""].concat()
    };
    ops::text_value(quoted, env)
}

/// What stands before the n-th separator, or after the n-th from the end if negative.
fn substring_index(args: &[Value], env: &Env) -> Result<Value> {
    let (text, separator) = (text_of(args, 0), text_of(args, 1));
    let n = int_of(args, 2).unwrap_or(0);
    if separator.is_empty() || n == 0 {
        return ops::text_value(String::new(), env);
    }
    let parts: Vec<&str> = text.split(&*separator).collect();
    let count = usize::try_from(n.unsigned_abs())
        .unwrap_or(usize::MAX)
        .min(parts.len());
    let taken = if n > 0 {
        parts.get(..count)
    } else {
        parts.get(parts.len() - count..)
    };
    ops::text_value(taken.unwrap_or(&[]).join(&separator), env)
}
