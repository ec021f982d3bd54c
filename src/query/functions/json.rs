//! JSON values, held as text.

use super::{Env, Function, Value, run, text_of};
use crate::base::json::Json;
use crate::base::{Result, Type};

pub const POSTGRES: &[Function] = &[
    run("jsonb_array_length", "j", Type::Int, array_length),
    run("json_array_length", "j", Type::Int, array_length),
    run("jsonb_typeof", "j", Type::Text, type_of),
    run("json_typeof", "j", Type::Text, type_of),
];

fn json(tree: &Json) -> Value {
    let mut out = String::new();
    tree.print(&mut out);
    Value::Json(out.into())
}

/// A JSON value from its text.
pub fn parse(text: &str) -> Option<Value> {
    Json::parse(text).map(|v| json(&v))
}

/// `->` and, if `as_text`, `->>`: the member of a name or the element of a number (from 0, or from the
/// end if negative); NULL if there is none.
pub fn get(of: &Value, key: &Value, as_text: bool) -> Value {
    let Value::Json(text) = of else {
        return Value::Null;
    };
    let found = match (Json::parse(text), key) {
        (Some(Json::Array(mut items)), Value::Int(i)) => {
            let from_start = match i {
                0.. => Some(*i),
                _ => i.checked_add(items.len() as i64),
            };
            from_start
                .and_then(|i| usize::try_from(i).ok())
                .filter(|i| *i < items.len())
                .map(|i| items.swap_remove(i))
        }
        (Some(Json::Object(mut members)), Value::Text(name)) => members.remove(&**name),
        _ => None,
    };
    match &found {
        None => Value::Null,
        Some(Json::Null) if as_text => Value::Null,
        Some(Json::Text(s)) if as_text => Value::text(s),
        Some(v) if as_text => match json(v) {
            Value::Json(text) => Value::Text(text),
            other => other,
        },
        Some(v) => json(v),
    }
}

fn array_length(args: &[Value], _: &Env) -> Result<Value> {
    Ok(match Json::parse(&text_of(args, 0)) {
        Some(Json::Array(items)) => Value::Int(items.len() as i64),
        _ => Value::Null,
    })
}

fn type_of(args: &[Value], _: &Env) -> Result<Value> {
    Ok(Value::text(match Json::parse(&text_of(args, 0)) {
        Some(Json::Null) | None => "null",
        Some(Json::Bool(_)) => "boolean",
        Some(Json::Number(_)) => "number",
        Some(Json::Text(_)) => "string",
        Some(Json::Array(_)) => "array",
        Some(Json::Object(_)) => "object",
    }))
}
