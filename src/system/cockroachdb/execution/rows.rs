//! INSERT, UPDATE, DELETE on users' tables.

use super::super::grammar::{Delete, Insert, Query, Scalar, Statement, Update};
use super::super::jobs::{Change, Spec};
use super::super::listings;
use super::super::names::Generated;
use super::super::transactions::Deferred;
use super::super::{Cockroach, Cx, errors};
use super::ttl::{EXPIRATION, as_columns, expiration};
use super::{Call, Outcome, rows as answer_rows};
use crate::base::{Error, ErrorKind, Positions, Result, Row, Value};
use crate::cluster::{ColumnDef, Key, TableData, TableIx};
use crate::query::{self, Column, Relation, ResultSet, RowExpr};
use crate::sql::Path;
use crate::system::Answer;
use std::rc::Rc;

/// One row written, or deleted.
#[derive(Clone, Debug, Hash)]
pub struct Write {
    pub key: Vec<Key>,
    pub row: Option<Rc<[Value]>>,
}

/// The most rows that one statement may write: each takes memory of its own.
const MAX_WRITES: usize = 20_000;

impl Cockroach {
    pub(crate) fn insert(&mut self, cx: &mut Cx, call: &Call, i: &Insert) -> Result<Outcome> {
        let table = self.writable(cx, call, &i.table, "INSERT")?;
        let (columns, key, name) = self.shape(cx, table)?;
        let mut places = Vec::new();
        if i.columns.is_empty() {
            // Hidden columns are not among those that VALUES fills.
            let shown = |&c: &usize| {
                let name = columns.get(c).map(|d| &d.name);
                !listings::is_hidden(name, &key, c)
            };
            places.extend((0..columns.len()).filter(shown));
        } else {
            for c in &i.columns {
                let at = columns
                    .iter()
                    .position(|d| *d.name == *c.value)
                    .ok_or_else(|| errors::no_column(&c.value))?;
                places.push(at);
            }
        }
        let source = match &i.source {
            Some(q) => self.query(cx, call, q)?,
            None => ResultSet {
                columns: Vec::new(),
                rows: vec![Vec::new()],
            },
        };
        let given = source.columns.len();
        if given > places.len()
            || !i.columns.is_empty() && given != places.len() && i.source.is_some()
        {
            return Err(errors::wrong(
                format!(
                    "INSERT has more {} than {}, {} expressions for {} targets",
                    if given > places.len() {
                        "expressions"
                    } else {
                        "target columns"
                    },
                    if given > places.len() {
                        "target columns"
                    } else {
                        "expressions"
                    },
                    given,
                    places.len()
                ),
                "42601",
            ));
        }
        let data = self.data_seen(cx, call, table)?;
        let now = cx.now();
        let mut writes: Vec<Write> = Vec::new();
        let mut taken: crate::base::Set<Vec<Key>> = crate::base::Set::new();
        for (n, values) in source.rows.into_iter().enumerate() {
            // Columns that the statement gives a value.
            let mut given_here: Vec<usize> = Vec::new();
            let mut row: Row = columns
                .iter()
                .map(|c| {
                    self.defaults
                        .get(&(table, c.name.clone()))
                        .cloned()
                        .unwrap_or_default()
                })
                .collect();
            for (c, (value, &at)) in values.into_iter().zip(&places).enumerate() {
                if i.left_out.contains(&(n, c)) {
                    continue;
                }
                given_here.push(at);
                if let (Some(slot), Some(def)) = (row.get_mut(at), columns.get(at)) {
                    *slot = self.converted(cx, call, &value, def)?;
                }
            }
            for (c, def) in columns.iter().enumerate() {
                let Some(slot) = row.get_mut(c) else { continue };
                let mut generated = self.generated.get(&(table, def.name.clone())).copied();
                if &*def.name == "rowid" && *key == [c] {
                    generated = generated.or(Some(Generated::RowId));
                }
                if let Some(generated) = generated
                    && !given_here.contains(&c)
                {
                    *slot = match generated {
                        Generated::RowId => Value::Int(self.new_id(cx, call.node)),
                        Generated::Uuid => {
                            let seed = self.streams.ids.next_u64();
                            Value::text(listings::uuid(seed, n as u64))
                        }
                        Generated::Expires(us) => expiration(cx, us),
                    };
                }
                if slot.is_null() && !def.nullable {
                    return Err(errors::wrong(
                        format!(
                            "null value in column \"{}\" violates not-null constraint",
                            def.name
                        ),
                        "23502",
                    ));
                }
            }
            let k = key_of(&row, &key);
            let exists = !taken.insert(k.clone()) || has_key(&data, &columns, &key, &k, now);
            if exists && i.ignore_conflicts {
                continue;
            }
            if exists && !i.upsert {
                let shown: Vec<String> = k.iter().map(|v| plain(&v.0)).collect();
                let names: Vec<&str> = key
                    .iter()
                    .filter_map(|c| columns.get(*c))
                    .map(|c| &*c.name)
                    .collect();
                return Err(Error::new(
                    ErrorKind::State,
                    format!("duplicate key value violates unique constraint \"{name}_pkey\""),
                )
                .sqlstate("23505")
                .detail(format!(
                    "Key ({})=({}) already exists.",
                    names.join(", "),
                    shown.join(", ")
                )));
            }
            writes.push(Write {
                key: k,
                row: Some(row.into()),
            });
            limit(&writes)?;
        }
        let n = writes.len() as u64;
        let returned = self.returned(cx, call, &i.returning, &i.table, &columns, &writes)?;
        self.keep(cx, call, table, writes);
        let done = if self.profile.requests {
            format!("INSERT 0 {n}")
        } else {
            format!("INSERT {n}")
        };
        finish(done, n, returned)
    }

    pub(crate) fn update(&mut self, cx: &mut Cx, call: &Call, u: &Update) -> Result<Outcome> {
        let table = self.writable(cx, call, &u.table, "UPDATE")?;
        let (columns, key, _) = self.shape(cx, table)?;
        let mut targets = Vec::new();
        for (name, _) in &u.set {
            let at = columns.iter().position(|d| *d.name == *name.value);
            targets.push(at.ok_or_else(|| errors::no_column(&name.value))?);
        }
        let alias = u.alias.as_ref().map_or(u.table.last(), |a| &a.value);
        let found = self.matching_rows(cx, call, table, alias, &u.filter, &u.limit)?;
        let defs: Vec<Column> = as_columns(&columns);
        let now = cx.now();
        let changed: Vec<(Row, Row)> = self.with_env(cx, call, Vec::new(), now, |env| {
            let mut exprs = Vec::new();
            for (_, value) in &u.set {
                exprs.push(RowExpr::value(&value.expr, alias, &defs, env)?);
            }
            let mut out = Vec::new();
            for old in found {
                let mut new = old.clone();
                for (expr, &at) in exprs.iter().zip(&targets) {
                    let value = expr.eval(old.clone())?;
                    if let (Some(slot), Some(def)) = (new.get_mut(at), columns.get(at)) {
                        *slot = if value.is_null() {
                            Value::Null
                        } else {
                            query::cast(&value, def.ty, env)?
                        };
                    }
                }
                out.push((old, new));
            }
            Ok(out)
        })?;
        let mut writes = Vec::new();
        let mut news = Vec::new();
        let expires = columns.iter().position(|c| &*c.name == EXPIRATION);
        for (old, mut new) in changed {
            if let Some(at) = expires.filter(|at| !targets.contains(at))
                && let Some(&Generated::Expires(us)) =
                    self.generated.get(&(table, Rc::from(EXPIRATION)))
                && let Some(slot) = new.get_mut(at)
            {
                *slot = expiration(cx, us);
            }
            let (from, to) = (key_of(&old, &key), key_of(&new, &key));
            if from != to {
                writes.push(Write {
                    key: from,
                    row: None,
                });
            }
            let write = Write {
                key: to,
                row: Some(new.into()),
            };
            news.push(write.clone());
            writes.push(write);
            limit(&writes)?;
        }
        let n = news.len() as u64;
        let returned = self.returned(cx, call, &u.returning, &u.table, &columns, &news)?;
        self.keep(cx, call, table, writes);
        finish(format!("UPDATE {n}"), n, returned)
    }

    pub(crate) fn delete(&mut self, cx: &mut Cx, call: &Call, d: &Delete) -> Result<Outcome> {
        let table = self.writable(cx, call, &d.table, "DELETE")?;
        let (columns, key, _) = self.shape(cx, table)?;
        let alias = d.alias.as_ref().map_or(d.table.last(), |a| &a.value);
        let found = self.matching_rows(cx, call, table, alias, &d.filter, &d.limit)?;
        let mut writes = Vec::new();
        let mut olds = Vec::new();
        for row in found {
            writes.push(Write {
                key: key_of(&row, &key),
                row: None,
            });
            limit(&writes)?;
            olds.push(Write {
                key: Vec::new(),
                row: Some(row.into()),
            });
        }
        let n = writes.len() as u64;
        let returned = self.returned(cx, call, &d.returning, &d.table, &columns, &olds)?;
        self.keep(cx, call, table, writes);
        finish(format!("DELETE {n}"), n, returned)
    }

    /// Columns, key and name of a table.
    fn shape(&self, cx: &Cx, table: TableIx) -> Result<(Rc<[ColumnDef]>, Positions, Rc<str>)> {
        let t = cx
            .cluster
            .table(table)
            .ok_or_else(|| errors::no_relation(""))?;
        Ok((t.columns.clone(), t.key.clone(), t.name.clone()))
    }

    /// The table's rows as the session sees them, its own transaction included.
    fn data_seen(&self, cx: &Cx, call: &Call, table: TableIx) -> Result<Rc<TableData>> {
        if let Some(data) = self
            .transactions
            .get(&call.session)
            .and_then(|t| t.data_of(table))
        {
            return Ok(data.clone());
        }
        cx.cluster
            .table(table)
            .map(|t| t.data.clone())
            .ok_or_else(|| errors::no_relation(""))
    }

    fn matching_rows(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        table: TableIx,
        alias: &str,
        filter: &Option<Box<Scalar>>,
        bound: &Option<Box<Scalar>>,
    ) -> Result<Vec<Row>> {
        let most = match bound {
            None => usize::MAX,
            Some(scalar) => match self.scalar(cx, call, scalar)?.0 {
                Value::Int(n) => usize::try_from(n).unwrap_or(0),
                _ => usize::MAX,
            },
        };
        let data = self.data_seen(cx, call, table)?;
        let Some(t) = cx.cluster.table(table) else {
            return Ok(Vec::new());
        };
        let now = cx.now();
        let stored = listings::stored(self, t, table, data, now);
        let columns = stored.columns().to_vec();
        let all: Vec<usize> = (0..columns.len()).collect();
        self.with_env(cx, call, Vec::new(), now, |env| {
            let condition = match filter {
                Some(f) => Some(RowExpr::condition(&f.expr, alias, &columns, env)?),
                None => None,
            };
            let mut found = Vec::new();
            for row in stored.scan(&all) {
                if found.len() >= most {
                    break;
                }
                let holds = match &condition {
                    Some(c) => c.holds(row.clone())?,
                    None => true,
                };
                if holds {
                    found.push(row);
                    if found.len() > MAX_WRITES {
                        return Err(too_many());
                    }
                }
            }
            Ok(found)
        })
    }

    /// A value as a column stores it.
    fn converted(&self, cx: &Cx, call: &Call, value: &Value, def: &ColumnDef) -> Result<Value> {
        if value.is_null() || value.type_of() == def.ty {
            return Ok(scaled(value.clone(), def));
        }
        let fits = matches!(value, Value::Text(_))
            || matches!(
                (value.type_of(), def.ty),
                (
                    crate::base::Type::Int,
                    crate::base::Type::Decimal | crate::base::Type::Float
                ) | (
                    crate::base::Type::Decimal,
                    crate::base::Type::Float | crate::base::Type::Int
                ) | (crate::base::Type::TimestampTz, crate::base::Type::Timestamp)
                    | (crate::base::Type::Timestamp, crate::base::Type::TimestampTz)
                    | (_, crate::base::Type::Text)
            ) && def.ty != crate::base::Type::Text;
        if !fits {
            return Err(errors::wrong(
                format!(
                    "value type {} doesn't match type {} of column \"{}\"",
                    errors::type_name(value.type_of()),
                    errors::type_name(def.ty),
                    def.name
                ),
                "42804",
            ));
        }
        let now = cx.now();
        let cast = self.with_env(cx, call, Vec::new(), now, |env| {
            query::cast(value, def.ty, env)
        })?;
        Ok(scaled(cast, def))
    }

    /// RETURNING: the list over the written rows.
    fn returned(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        returning: &Option<Box<Query>>,
        _table: &Path,
        columns: &[ColumnDef],
        writes: &[Write],
    ) -> Result<Option<ResultSet>> {
        let Some(q) = returning else {
            return Ok(None);
        };
        let now = cx.now();
        let defs = as_columns(columns);
        let set = self.with_env(cx, call, Vec::new(), now, |env| {
            listings::returning(&q.ast, &defs, writes, env)
        })?;
        Ok(Some(set))
    }

    /// Writes now, or at COMMIT.
    fn keep(&mut self, cx: &mut Cx, call: &Call, table: TableIx, writes: Vec<Write>) {
        let now = cx.now();
        if self.transactions.contains_key(&call.session) {
            let Ok(data) = self.data_seen(cx, call, table) else {
                return;
            };
            let mut data = (*data).clone();
            for w in &writes {
                data.write(w.key.clone(), now, w.row.clone());
            }
            if let Some(t) = self.transactions.get_mut(&call.session) {
                t.set_data(table, Rc::new(data));
                t.deferred.push(Deferred::Write {
                    table,
                    rows: writes,
                });
            }
        } else {
            self.write_rows(cx, table, &writes);
        }
    }

    pub(crate) fn write_rows(&mut self, cx: &mut Cx, table: TableIx, writes: &[Write]) {
        let now = cx.now();
        if let Some(t) = cx.cluster.table_mut(table) {
            let data = Rc::make_mut(&mut t.data);
            for w in writes {
                data.write(w.key.clone(), now, w.row.clone());
            }
        }
        cx.cluster.changes += 1;
    }

    /// CREATE TABLE … AS: the rows are those of the query.
    pub(crate) fn create_table_as(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        t: &super::super::grammar::CreateTable,
        set: ResultSet,
    ) -> Result<Outcome> {
        let mut columns: Vec<ColumnDef> = Vec::new();
        for (i, c) in set.columns.iter().enumerate() {
            let name = t
                .columns
                .get(i)
                .map_or(c.name.to_string(), |c| c.name.value.clone());
            columns.push(ColumnDef {
                name: Rc::from(name),
                ty: c.ty,
                type_name: Rc::from(errors::column_type_name(c.ty)),
                nullable: true,
            });
        }
        columns.push(ColumnDef {
            name: Rc::from("rowid"),
            ty: crate::base::Type::Int,
            type_name: Rc::from("INT8"),
            nullable: false,
        });
        if set.rows.len() > MAX_WRITES {
            return Err(too_many());
        }
        let key = columns.len() - 1;
        let now = cx.now();
        let table = crate::cluster::Table {
            id: 0,
            tenant: call.tenant,
            database: call.database.clone(),
            schema: Rc::from("public"),
            name: Rc::from(t.name.last()),
            columns: columns.into(),
            key: vec![key].into(),
            state: crate::cluster::TableState::Public,
            created: now,
            dropped: None,
            data: Rc::new(TableData::default()),
            ranges: Vec::new(),
            made_by: None,
        };
        let ix = self.place_table(cx, call, &t.name, table)?;
        let us = now.unix_us(cx.cluster.epoch_us);
        let n = set.rows.len() as u64;
        let mut writes = Vec::new();
        for (i, mut row) in set.rows.into_iter().enumerate() {
            let id = super::super::ids::compose(us, call.node).saturating_add((i as i64) << 15);
            row.push(Value::Int(id));
            writes.push(Write {
                key: vec![Key(Value::Int(id))],
                row: Some(row.into()),
            });
        }
        self.write_rows(cx, ix, &writes);
        // Filling it was a job of the legacy schema changer, which cannot be cancelled.
        let mut described = t.clone();
        described.name = self.full_path(cx, ix);
        let described = Statement::CreateTable(Box::new(described)).to_string();
        let mut new = self.firm_job(cx, call, ix, Change::Descriptors, described);
        new.kind = "SCHEMA CHANGE";
        new.statement = String::new();
        if let Spec::Schema(s) = &mut new.spec {
            s.declarative = false;
        }
        let done = Answer::command("CREATE TABLE AS", n);
        match self.launch_ddl(cx, call, vec![new], "CREATE TABLE AS", None)? {
            Outcome::Done(_) => Ok(done.into()),
            wait => Ok(wait),
        }
    }
}

fn finish(done: String, n: u64, returned: Option<ResultSet>) -> Result<Outcome> {
    match returned {
        Some(set) => answer_rows(set),
        None => Ok(Answer::command(done, n).into()),
    }
}

fn limit(writes: &[Write]) -> Result<()> {
    if writes.len() > MAX_WRITES {
        return Err(too_many());
    }
    Ok(())
}

fn too_many() -> Error {
    Error::new(
        ErrorKind::Limit,
        format!("this playground writes at most {MAX_WRITES} rows in one statement"),
    )
}

fn key_of(row: &Row, key: &[usize]) -> Vec<Key> {
    key.iter()
        .map(|&c| Key(row.get(c).cloned().unwrap_or_default()))
        .collect()
}

/// Whether a visible row has the key.
fn has_key(
    data: &TableData,
    columns: &[ColumnDef],
    key: &[usize],
    k: &[Key],
    now: crate::base::Time,
) -> bool {
    if let Some(versions) = data.overlay.get(k)
        && let Some(v) = versions.iter().rev().find(|v| v.at <= now)
    {
        return v.row.is_some();
    }
    data.blocks.iter().any(|b| {
        b.from <= now
            && b.until.is_none_or(|u| now < u)
            && b.number_of(k).is_some_and(|n| {
                // The other key columns must agree, too.
                key.iter().zip(k).all(|(&c, value)| {
                    let place = columns
                        .get(c)
                        .and_then(|d| b.rule.columns.iter().position(|r| r.name == d.name));
                    place.is_some_and(|p| b.rule.value(n, p) == value.0)
                })
            })
    })
}

fn plain(v: &Value) -> String {
    match v {
        Value::Text(t) => format!("'{t}'"),
        other => crate::query::Format::PLAIN
            .text(other)
            .unwrap_or("NULL".to_string()),
    }
}

/// A decimal as its column keeps it: `DECIMAL(10,2)` has two digits, rounded half away from zero.
fn scaled(value: Value, def: &ColumnDef) -> Value {
    let Value::Decimal(d) = value else {
        return value;
    };
    let wanted = def
        .type_name
        .split_once(',')
        .and_then(|(_, rest)| rest.trim_end_matches(')').trim().parse::<u8>().ok());
    let Some(wanted) = wanted.filter(|w| *w <= 30) else {
        return value;
    };
    let power = |n: u8| 10i128.checked_pow(u32::from(n));
    let mantissa = if wanted >= d.scale {
        power(wanted - d.scale).and_then(|p| d.mantissa.checked_mul(p))
    } else {
        power(d.scale - wanted).map(|p| {
            let half = p / 2 * d.mantissa.signum();
            d.mantissa.saturating_add(half) / p
        })
    };
    match mantissa {
        Some(m) => Value::Decimal(crate::base::Decimal::new(m, wanted)),
        None => value,
    }
}
