//! CREATE and DROP of users' tables and databases.

use super::super::grammar::{CreateTable, NewColumn, TableName, Transaction};
use super::super::listings;
use super::super::model::{Fill, Mode};
use super::super::privileges::Who;
use super::super::{Cx, OceanBase, errors};
use super::{ok, rows};
use crate::base::{Error, ErrorKind, Result, Type, Value};
use crate::cluster::{ColumnDef, Table, TableData, TableIx, TableState};
use crate::query;
use crate::system::Answer;
use std::rc::Rc;

/// Tables of one cluster.
const MAX_TABLES: usize = 1_000;

/// What a type's word stands for, and the size that it has unless one is said.
fn column_type(word: &str, sized: bool, mode: Mode) -> Option<(Type, &'static str)> {
    Some(match word {
        "TINYINT" => (Type::Int, "(4)"),
        "SMALLINT" => (Type::Int, "(6)"),
        "MEDIUMINT" => (Type::Int, "(9)"),
        "INT" | "INTEGER" => (Type::Int, "(11)"),
        "BIGINT" => (Type::Int, "(20)"),
        "BOOL" | "BOOLEAN" => (Type::Int, "(1)"),
        "DECIMAL" | "NUMERIC" | "DEC" => (Type::Decimal, "(10,0)"),
        "NUMBER" => (
            Type::Decimal,
            if mode == Mode::Mysql { "(10,0)" } else { "" },
        ),
        "FLOAT" | "DOUBLE" | "REAL" | "BINARY_DOUBLE" | "BINARY_FLOAT" => (Type::Float, ""),
        "CHAR" => (Type::Text, "(1)"),
        "VARCHAR" | "VARCHAR2" | "NVARCHAR2" | "TEXT" | "LONGTEXT" | "MEDIUMTEXT" | "TINYTEXT"
        | "CLOB" | "BLOB" | "ENUM" | "JSON" => (Type::Text, ""),
        "DATE" => (Type::Date, ""),
        "DATETIME" => (Type::Datetime, ""),
        // Without a size it has no fraction in MySQL mode.
        "TIMESTAMP" if mode == Mode::Mysql && !sized => (Type::Datetime, ""),
        "TIMESTAMP" => (Type::Timestamp, ""),
        _ => return None,
    })
}

/// A type as DESC prints it.
fn type_name(column: &NewColumn, default: &str, mode: Mode) -> String {
    let word = match (column.type_word.as_str(), mode) {
        ("INTEGER", Mode::Mysql) => "INT",
        ("NUMERIC" | "NUMBER" | "DEC", Mode::Mysql) => "DECIMAL",
        ("BOOL" | "BOOLEAN", Mode::Mysql) => "TINYINT",
        ("VARCHAR", Mode::Oracle) => "VARCHAR2",
        ("INT" | "INTEGER" | "SMALLINT", Mode::Oracle) => return "NUMBER(38)".to_owned(),
        (word, _) => word,
    };
    let mut name = match mode {
        Mode::Mysql => word.to_ascii_lowercase(),
        Mode::Oracle => word.to_owned(),
    };
    if column.sizes.is_empty() {
        name.push_str(default);
    } else {
        let sizes: Vec<String> = column.sizes.iter().map(i64::to_string).collect();
        name.push('(');
        name.push_str(&sizes.join(","));
        if sizes.len() == 1 && name.starts_with("decimal") {
            name.push_str(",0");
        }
        name.push(')');
    }
    if column.unsigned {
        name.push_str(" unsigned");
    }
    name
}

pub fn create_table(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    s: &CreateTable,
    text: &str,
) -> Result<Answer> {
    let database = match s.table.as_slice() {
        [_] if who.database.is_empty() => return Err(errors::no_database_selected()),
        [_] => &*who.database,
        name => name.first().map_or("", |d| d),
    };
    let known = listings::databases(rules, cx.cluster, who);
    let Some(database) = known.iter().find(|d| who.mode.same(d, database)) else {
        return Err(errors::no_database(database));
    };
    rows::may_write(rules, who, "CREATE", &s.table)?;
    let mut name = s.table.last().cloned().unwrap_or_default();
    if who.mode == Mode::Mysql {
        name = name.to_ascii_lowercase();
    }
    let is_view = matches!(database.as_str(), "oceanbase" | "SYS")
        && listings::describe(&name, who).is_some();
    if is_view || rows::find_table(cx.cluster, who, &s.table).is_some() {
        return if s.if_not_exists {
            Ok(ok())
        } else {
            Err(errors::table_exists(&name))
        };
    }
    if cx.cluster.tables.iter().count() >= MAX_TABLES {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("this playground keeps at most {MAX_TABLES} tables"),
        ));
    }
    let mut columns: Vec<ColumnDef> = Vec::new();
    let mut fills = Vec::new();
    for (at, c) in s.columns.iter().enumerate() {
        if columns.iter().any(|d| d.name.eq_ignore_ascii_case(&c.name)) {
            return Err(errors::duplicate_column(&c.name));
        }
        let Some((ty, default)) = column_type(&c.type_word, !c.sizes.is_empty(), who.mode) else {
            return Err(errors::unsupported(format_args!(
                "data type {}",
                c.type_word
            )));
        };
        columns.push(ColumnDef {
            name: Rc::from(c.name.as_str()),
            ty,
            type_name: Rc::from(type_name(c, default, who.mode)),
            nullable: c.nullable && !s.key.iter().any(|k| k.eq_ignore_ascii_case(&c.name)),
        });
        if c.serial {
            fills.push((at, Fill::Serial));
        } else if let Some(default) = &c.default {
            let now = ["CURRENT_TIMESTAMP", "NOW", "SYSDATE", "SYSTIMESTAMP"];
            let word = default.text.split('(').next().unwrap_or("").trim();
            if now.iter().any(|n| word.eq_ignore_ascii_case(n)) {
                fills.push((at, Fill::Now));
            } else {
                let mut value = Value::Null;
                listings::with_env(rules, cx, who, text, &mut |env| {
                    value = query::scalar(&default.expr, env)?.0;
                    Ok(())
                })?;
                fills.push((at, Fill::Value(value)));
            }
        }
    }
    let mut key = Vec::new();
    for name in &s.key {
        let found = columns
            .iter()
            .position(|d| d.name.eq_ignore_ascii_case(name));
        key.push(found.ok_or_else(|| errors::no_key_column(name))?);
    }
    rows::transaction(rules, cx, who, Transaction::Commit);
    let now = cx.now();
    let database: Rc<str> = Rc::from(database.as_str());
    let table = Table {
        id: 500_000 + cx.cluster.tables.len() as u32,
        tenant: who.tenant,
        schema: database.clone(),
        database,
        name: Rc::from(name),
        columns: columns.into(),
        key: key.into(),
        state: TableState::Public,
        created: now,
        dropped: None,
        data: Rc::new(TableData::default()),
        ranges: Vec::new(),
        made_by: None,
    };
    let ix = TableIx(cx.cluster.tables.push(table) as u32);
    for (at, fill) in fills {
        rules.fills.insert((ix, at as u32), fill);
    }
    if let Some(t) = rules.tenants.get_mut(&who.tenant) {
        t.schema_tables.push(ix);
    }
    cx.cluster.changes += 1;
    Ok(ok())
}

pub fn drop_tables(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    tables: &[TableName],
    if_exists: bool,
) -> Result<Answer> {
    let mut found = Vec::new();
    for name in tables {
        match rows::find_table(cx.cluster, who, name) {
            Some(ix) => {
                rows::may_write(rules, who, "DROP", name)?;
                found.push(ix);
            }
            None if if_exists => {}
            None => return Err(errors::unknown_table(&who.database, name)),
        }
    }
    rows::transaction(rules, cx, who, Transaction::Commit);
    for ix in found {
        remove(rules, cx, who, ix);
    }
    Ok(ok())
}

fn remove(rules: &mut OceanBase, cx: &mut Cx, who: &Who, ix: TableIx) {
    let now = cx.now();
    if let Some(table) = cx.cluster.table_mut(ix) {
        table.dropped = Some(now);
    }
    if let Some(t) = rules.tenants.get_mut(&who.tenant) {
        t.schema_tables.retain(|t| *t != ix);
    }
    cx.cluster.changes += 1;
}

/// CREATE and DROP DATABASE, in MySQL mode.
pub fn database(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    create: bool,
    name: &str,
    if_clause: bool,
) -> Result<Answer> {
    if who.mode == Mode::Oracle {
        return Err(errors::not_supported());
    }
    if !who.rights.admin && !who.rights.write {
        return Err(errors::no_database_privilege(&who.user, name));
    }
    let known = listings::databases(rules, cx.cluster, who);
    let found = known.iter().find(|d| d.eq_ignore_ascii_case(name)).cloned();
    if found.is_some() == create {
        return match found {
            _ if if_clause => Ok(ok()),
            _ => Err(errors::database_exists(name, create)),
        };
    }
    rows::transaction(rules, cx, who, Transaction::Commit);
    let Some(found) = found else {
        if let Some(t) = rules.tenants.get_mut(&who.tenant) {
            t.databases.insert(Rc::from(name.to_ascii_lowercase()));
        }
        cx.cluster.changes += 1;
        return Ok(ok());
    };
    if ["information_schema", "mysql", "oceanbase"].contains(&found.as_str()) {
        return Err(errors::not_supported());
    }
    let tables: Vec<TableIx> = cx
        .cluster
        .tables
        .iter()
        .enumerate()
        .filter(|(_, t)| t.tenant == who.tenant && t.dropped.is_none() && *t.database == *found)
        .map(|(at, _)| TableIx(at as u32))
        .collect();
    let count = tables.len() as u64;
    for ix in tables {
        remove(rules, cx, who, ix);
    }
    if let Some(t) = rules.tenants.get_mut(&who.tenant) {
        t.databases.remove(found.as_str());
    }
    Ok(Answer::command("Query OK", count))
}
