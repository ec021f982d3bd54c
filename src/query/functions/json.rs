//! JSON values, held as text.

use super::{Env, Function, Value, run, text_of};
use crate::base::{Result, Type};

pub const POSTGRES: &[Function] = &[
    run("jsonb_array_length", "j", Type::Int, array_length),
    run("json_array_length", "j", Type::Int, array_length),
    run("jsonb_typeof", "j", Type::Text, type_of),
    run("json_typeof", "j", Type::Text, type_of),
];

fn read(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

/// Printed as both products print it: a blank after each comma and colon.
fn print(value: &serde_json::Value, out: &mut String) {
    use serde_json::Value as J;
    match value {
        J::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                print(item, out);
            }
            out.push(']');
        }
        J::Object(items) => {
            out.push('{');
            for (i, (key, item)) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                out.push_str(&J::from(key.as_str()).to_string());
                out.push_str(": ");
                print(item, out);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

fn json(value: &serde_json::Value) -> Value {
    let mut out = String::new();
    print(value, &mut out);
    Value::Json(out.into())
}

/// A JSON value from its text.
pub fn parse(text: &str) -> Option<Value> {
    read(text).map(|v| json(&v))
}

/// `->` and, if `as_text`, `->>`: the member of a name or the element of a number (from 0, or from the
/// end if negative); NULL if there is none.
pub fn get(of: &Value, key: &Value, as_text: bool) -> Value {
    let Value::Json(text) = of else {
        return Value::Null;
    };
    let Some(tree) = read(text) else {
        return Value::Null;
    };
    let found = match key {
        Value::Int(i) => tree.as_array().and_then(|items| {
            let i = if *i < 0 {
                i.checked_add(items.len() as i64)?
            } else {
                *i
            };
            items.get(usize::try_from(i).ok()?)
        }),
        Value::Text(name) => tree.get(&**name),
        _ => None,
    };
    match found {
        None => Value::Null,
        Some(serde_json::Value::Null) if as_text => Value::Null,
        Some(serde_json::Value::String(s)) if as_text => Value::text(s),
        Some(v) if as_text => match json(v) {
            Value::Json(text) => Value::Text(text),
            other => other,
        },
        Some(v) => json(v),
    }
}

fn array_length(args: &[Value], _: &Env) -> Result<Value> {
    let tree = read(&text_of(args, 0));
    let length = tree.as_ref().and_then(|t| t.as_array()).map(Vec::len);
    Ok(length.map_or(Value::Null, |n| Value::Int(n as i64)))
}

fn type_of(args: &[Value], _: &Env) -> Result<Value> {
    use serde_json::Value as J;
    Ok(Value::text(match read(&text_of(args, 0)) {
        Some(J::Null) | None => "null",
        Some(J::Bool(_)) => "boolean",
        Some(J::Number(_)) => "number",
        Some(J::String(_)) => "string",
        Some(J::Array(_)) => "array",
        Some(J::Object(_)) => "object",
    }))
}
