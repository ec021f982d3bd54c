//! Functions and operators over regular expressions.

use super::{Env, Function, Value, run, text_of};
use crate::base::{Error, ErrorKind, Result, Type};
use crate::query::ops;
use crate::query::regex::{Regex, from_similar};
use crate::query::words::limit;

/// `~`
pub const MATCHES: Function = run("~", "tt", Type::Bool, matches);
/// `~*`
pub const MATCHES_ANY_CASE: Function = run("~*", "tt", Type::Bool, matches_any_case);
/// SIMILAR TO
pub const SIMILAR: Function = run("similar", "tt", Type::Bool, similar);

pub const POSTGRES: &[Function] = &[
    run("regexp_extract", "tt", Type::Text, extract),
    run("regexp_replace", "ttt?t", Type::Text, replace),
];

/// What one match may cost: characters times steps of the pattern.
const COST_LIMIT: usize = 20_000_000;

fn ready(pattern: &str, any_case: bool, text: &str) -> Result<(Regex, Vec<char>)> {
    let Some(regex) = Regex::new(pattern, any_case) else {
        let message = format!("invalid regular expression: error parsing regexp: `{pattern}`");
        return Err(Error::new(ErrorKind::Type, message).sqlstate("2201B"));
    };
    if text.len().saturating_mul(regex.len()) > COST_LIMIT {
        return Err(limit("this text is too long for this pattern"));
    }
    Ok((regex, text.chars().collect()))
}

fn holds(pattern: &str, any_case: bool, text: &str) -> Result<Value> {
    let (regex, text) = ready(pattern, any_case, text)?;
    Ok(Value::Bool(regex.find(&text, 0).is_some()))
}

fn matches(args: &[Value], _: &Env) -> Result<Value> {
    holds(&text_of(args, 1), false, &text_of(args, 0))
}

fn matches_any_case(args: &[Value], _: &Env) -> Result<Value> {
    holds(&text_of(args, 1), true, &text_of(args, 0))
}

fn similar(args: &[Value], _: &Env) -> Result<Value> {
    holds(&from_similar(&text_of(args, 1)), false, &text_of(args, 0))
}

fn part(text: &[char], from: usize, to: usize) -> impl Iterator<Item = &char> {
    text.get(from..to).unwrap_or(&[]).iter()
}

fn extract(args: &[Value], env: &Env) -> Result<Value> {
    let (regex, text) = ready(&text_of(args, 1), false, &text_of(args, 0))?;
    match regex.find(&text, 0) {
        Some((from, to)) => ops::text_value(part(&text, from, to).collect(), env),
        None => Ok(Value::Null),
    }
}

/// The first match, or with flag `g` all.
fn replace(args: &[Value], env: &Env) -> Result<Value> {
    let flags = match args.get(3) {
        Some(_) => text_of(args, 3),
        None => "".into(),
    };
    let (regex, text) = ready(&text_of(args, 1), flags.contains('i'), &text_of(args, 0))?;
    let by = text_of(args, 2);
    let mut out = String::new();
    let mut at = 0;
    while let Some((from, to)) = regex.find(&text, at) {
        out.extend(part(&text, at, from));
        out.push_str(&by);
        if out.len() > ops::TEXT_LIMIT {
            return Err(limit("the text would be longer than 1 MiB"));
        }
        at = to;
        if to == from {
            out.extend(part(&text, at, at + 1));
            at += 1;
        }
        if !flags.contains('g') || at > text.len() {
            break;
        }
    }
    out.extend(part(&text, at.min(text.len()), text.len()));
    ops::text_value(out, env)
}
