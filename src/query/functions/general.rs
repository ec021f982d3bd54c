//! Conditions, aggregates, the session, arrays.

use super::Aggregate as A;
use super::Special as S;
use super::{Env, Function, Returns, Value, aggregate, array_of, int_of, run, special, text_of};
use crate::base::{Result, Type};
use crate::query::ops;

pub const COMMON: &[Function] = &[
    special("coalesce", "x?x+", S::Coalesce),
    special("nullif", "xx", S::NullIf),
    special("greatest", "x?x+", S::Greatest),
    special("least", "x?x+", S::Least),
    aggregate("count", "x", A::Count),
    aggregate("sum", "x", A::Sum),
    aggregate("avg", "x", A::Avg),
    aggregate("min", "x", A::Min),
    aggregate("max", "x", A::Max),
];

pub const POSTGRES: &[Function] = &[
    special("ifnull", "xx", S::Coalesce),
    special("if", "bxx", S::If),
    special("pg_typeof", "x", S::TypeOf),
    aggregate("string_agg", "xx", A::Join),
    aggregate("array_agg", "x", A::Array),
    aggregate("bool_and", "b", A::And),
    aggregate("every", "b", A::And),
    aggregate("bool_or", "b", A::Or),
    run("current_user", "", Type::Text, user).bare(),
    run("session_user", "", Type::Text, user).bare(),
    run("user", "", Type::Text, user).bare(),
    run("current_role", "", Type::Text, user).bare(),
    run("current_database", "", Type::Text, database),
    run("current_catalog", "", Type::Text, database).bare(),
    run("current_schema", "", Type::Text, public).bare(),
    run("version", "", Type::Text, version),
    run("array_length", "ai", Type::Int, array_length),
    run("cardinality", "a", Type::Int, cardinality),
    run("array_position", "ax", Type::Int, array_position),
    run("array_append", "ax", Type::TextArray, array_append)
        .returns(Returns::Arg(0))
        .nulls(),
    run("array_remove", "ax", Type::TextArray, array_remove).returns(Returns::Arg(0)),
    run("array_cat", "aa", Type::TextArray, array_cat).returns(Returns::Arg(0)),
    run("array_to_string", "at?t", Type::Text, array_to_string),
    run("string_to_array", "tt", Type::TextArray, string_to_array),
];

pub const MYSQL: &[Function] = &[
    special("ifnull", "xx", S::Coalesce),
    special("nvl", "xx", S::Coalesce),
    special("if", "xxx", S::If),
    aggregate("group_concat", "x?x+", A::Join),
    aggregate("any_value", "x", A::First),
    run("isnull", "x", Type::Bool, is_null).nulls(),
    run("current_user", "", Type::Text, user_at_host).bare(),
    run("session_user", "", Type::Text, user_at_host),
    run("user", "", Type::Text, user_at_host),
    run("database", "", Type::Text, database),
    run("schema", "", Type::Text, database),
    run("version", "", Type::Text, version),
    run("connection_id", "", Type::Int, connection),
];

pub const ORACLE: &[Function] = &[
    special("nvl", "xx", S::Coalesce),
    special("nvl2", "xxx", S::Nvl2),
    special("decode", "xxx?x+", S::Decode),
    aggregate("listagg", "x?x", A::Join),
    run("user", "", Type::Text, user).bare(),
];

fn user(_: &[Value], env: &Env) -> Result<Value> {
    Ok(Value::text(env.user))
}

fn user_at_host(_: &[Value], env: &Env) -> Result<Value> {
    Ok(Value::Text([env.user, "@%"].concat().into()))
}

fn database(_: &[Value], env: &Env) -> Result<Value> {
    if env.database.is_empty() {
        return Ok(Value::Null);
    }
    Ok(Value::text(env.database))
}

fn public(_: &[Value], _: &Env) -> Result<Value> {
    Ok(Value::text("public"))
}

fn version(_: &[Value], env: &Env) -> Result<Value> {
    Ok(Value::text(env.version))
}

fn connection(_: &[Value], env: &Env) -> Result<Value> {
    Ok(Value::Int(env.connection))
}

fn is_null(args: &[Value], _: &Env) -> Result<Value> {
    Ok(Value::Bool(args.first().is_none_or(Value::is_null)))
}

/// NULL for an empty array and for any dimension but the first.
fn array_length(args: &[Value], _: &Env) -> Result<Value> {
    Ok(match (array_of(args, 0).len(), int_of(args, 1)) {
        (n, Some(1)) if n > 0 => Value::Int(n as i64),
        _ => Value::Null,
    })
}

fn cardinality(args: &[Value], _: &Env) -> Result<Value> {
    Ok(Value::Int(array_of(args, 0).len() as i64))
}

fn array_position(args: &[Value], _: &Env) -> Result<Value> {
    let wanted = args.get(1).unwrap_or(&Value::Null);
    let at = array_of(args, 0)
        .iter()
        .position(|v| v.compare(wanted) == Some(std::cmp::Ordering::Equal));
    Ok(at.map_or(Value::Null, |i| Value::Int(i as i64 + 1)))
}

fn array_append(args: &[Value], _: &Env) -> Result<Value> {
    let items = array_of(args, 0).iter().chain(args.get(1)).cloned();
    Ok(Value::Array(items.collect()))
}

fn array_remove(args: &[Value], _: &Env) -> Result<Value> {
    let unwanted = args.get(1).unwrap_or(&Value::Null);
    let items = array_of(args, 0)
        .iter()
        .filter(|v| v.compare(unwanted) != Some(std::cmp::Ordering::Equal));
    Ok(Value::Array(items.cloned().collect()))
}

fn array_cat(args: &[Value], _: &Env) -> Result<Value> {
    let items = array_of(args, 0).iter().chain(array_of(args, 1)).cloned();
    Ok(Value::Array(items.collect()))
}

fn array_to_string(args: &[Value], env: &Env) -> Result<Value> {
    let mut out = String::new();
    let mut first = true;
    for item in array_of(args, 0) {
        let null = item.is_null();
        if null && args.len() < 3 {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push_str(&text_of(args, 1));
        }
        if null {
            out.push_str(&text_of(args, 2));
        } else {
            ops::push_text(item, &mut out);
        }
    }
    ops::text_value(out, env)
}

fn string_to_array(args: &[Value], _: &Env) -> Result<Value> {
    let (text, separator) = (text_of(args, 0), text_of(args, 1));
    let items: Vec<Value> = if text.is_empty() {
        Vec::new()
    } else if separator.is_empty() {
        vec![Value::text(&text)]
    } else {
        text.split(&*separator).map(Value::text).collect()
    };
    Ok(Value::Array(items.into()))
}

/// The greatest of its arguments, which are of one type.
pub static GREATEST: Function = run("greatest", "x+", Type::Unknown, greatest).nulls();
/// The least of its arguments, which are of one type.
pub static LEAST: Function = run("least", "x+", Type::Unknown, least).nulls();

/// PostgreSQL leaves NULLs out; elsewhere one makes the result NULL.
fn extreme(args: &[Value], wanted: std::cmp::Ordering, env: &Env) -> Value {
    if !env.flavour().strict_types && args.iter().any(Value::is_null) {
        return Value::Null;
    }
    let mut best = &Value::Null;
    for v in args.iter().filter(|v| !v.is_null()) {
        if best.is_null() || ops::compare(v, best, env.flavour()) == Some(wanted) {
            best = v;
        }
    }
    best.clone()
}

fn greatest(args: &[Value], env: &Env) -> Result<Value> {
    Ok(extreme(args, std::cmp::Ordering::Greater, env))
}

fn least(args: &[Value], env: &Env) -> Result<Value> {
    Ok(extreme(args, std::cmp::Ordering::Less, env))
}
