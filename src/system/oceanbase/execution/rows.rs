//! INSERT, UPDATE and DELETE on users' tables, at once or at COMMIT.

use super::super::grammar::{Assigned, Change, Insert, Scalar, Source, TableName, Transaction};
use super::super::listings;
use super::super::model::{Fill, Pending, Write};
use super::super::privileges::Who;
use super::super::{Cx, OceanBase, errors};
use super::ok;
use crate::base::{Decimal, Positions, Result, Row, Time, Type, Value};
use crate::cluster::{Cluster, ColumnDef, Key, TableData, TableIx, TableState, Version};
use crate::query::{self, Column, Env, RowExpr};
use crate::system::{Answer, Notice, SessionIx};
use std::rc::Rc;

/// The most rows that one statement may write: each takes memory of its own.
const MAX_WRITES: usize = 20_000;

/// A table that a statement writes to.
struct Target {
    ix: TableIx,
    columns: Rc<[ColumnDef]>,
    /// Empty: rows are told apart by a hidden number.
    key: Positions,
    data: Rc<TableData>,
}

/// The tenant's table of that name.
pub fn find_table(cluster: &Cluster, who: &Who, name: &TableName) -> Option<TableIx> {
    let (database, table) = match name.as_slice() {
        [table] => (&*who.database, table.as_str()),
        [database, table] => (database.as_str(), table.as_str()),
        _ => return None,
    };
    let found = cluster.tables.iter().position(|t| {
        t.tenant == who.tenant
            && t.dropped.is_none()
            && who.mode.same(&t.database, database)
            && who.mode.same(&t.name, table)
    });
    found.map(|at| TableIx(at as u32))
}

/// 1146, with the database that was meant.
pub fn no_table(who: &Who, name: &TableName) -> crate::base::Error {
    match name.as_slice() {
        [table] => errors::no_table(&who.database, table),
        name => errors::no_table(
            name.first().map_or("", |d| d),
            name.last().map_or("", |t| t),
        ),
    }
}

/// A restored tenant is a standby: its tables are read only. Who may not write is told for which
/// table.
pub fn may_write(rules: &OceanBase, who: &Who, verb: &str, name: &TableName) -> Result<()> {
    if rules
        .tenants
        .get(&who.tenant)
        .is_some_and(|t| t.role != "PRIMARY")
    {
        return Err(errors::standby());
    }
    if who.rights.admin || who.rights.write {
        return Ok(());
    }
    Err(errors::no_table_privilege(
        verb,
        &who.user,
        name.last().map_or("", |t| t),
    ))
}

fn target(rules: &OceanBase, cx: &Cx, who: &Who, name: &TableName, verb: &str) -> Result<Target> {
    let ix = find_table(cx.cluster, who, name);
    let table = ix.and_then(|ix| cx.cluster.table(ix));
    let (Some(ix), Some(table)) = (ix, table) else {
        return Err(no_table(who, name));
    };
    if table.state != TableState::Public {
        return Err(listings::unreadable());
    }
    may_write(rules, who, verb, name)?;
    Ok(Target {
        ix,
        columns: table.columns.clone(),
        key: table.key.clone(),
        data: seen(rules, who.session, ix).unwrap_or(&table.data).clone(),
    })
}

/// A table's rows as the session's open transaction has made them.
pub fn seen(rules: &OceanBase, session: SessionIx, table: TableIx) -> Option<&Rc<TableData>> {
    let open = rules.transactions.get(&session)?;
    open.iter().find(|p| p.table == table).map(|p| &p.data)
}

impl Target {
    fn column(&self, name: &str) -> Result<usize> {
        self.columns
            .iter()
            .position(|c| c.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| errors::unknown_column(name))
    }

    /// The key under which a row stands; `hidden` where the table has none of its own.
    fn key_of(&self, row: &Row, hidden: i64) -> Vec<Key> {
        if self.key.is_empty() {
            return vec![Key(Value::Int(hidden))];
        }
        self.key
            .iter()
            .map(|&c| Key(row.get(c).cloned().unwrap_or_default()))
            .collect()
    }

    /// Every visible row with its key, until `each` has enough.
    fn scan(&self, now: Time, each: &mut dyn FnMut(Vec<Key>, Row) -> Result<bool>) -> Result<()> {
        for block in &self.data.blocks {
            if block.from > now || block.until.is_some_and(|until| until <= now) {
                continue;
            }
            for n in block.lo..block.hi {
                let row = block.rule.row(n);
                let key = self.key_of(&row, 0);
                let written = self.data.overlay.get(&key);
                if written.is_some_and(|v| v.first().is_some_and(|f| f.at <= now)) {
                    continue;
                }
                if !each(key, row)? {
                    return Ok(());
                }
            }
        }
        for (key, versions) in &self.data.overlay {
            let last = versions.iter().rev().find(|v| v.at <= now);
            if let Some(row) = last.and_then(|v| v.row.as_ref())
                && !each(key.clone(), row.to_vec())?
            {
                return Ok(());
            }
        }
        Ok(())
    }

    fn has(&self, key: &[Key], now: Time) -> bool {
        if let Some(versions) = self.data.overlay.get(key)
            && let Some(last) = versions.iter().rev().find(|v| v.at <= now)
        {
            return last.row.is_some();
        }
        self.data.blocks.iter().any(|b| {
            b.from <= now
                && b.until.is_none_or(|until| now < until)
                && b.number_of(key)
                    .is_some_and(|n| self.key_of(&b.rule.row(n), 0) == key)
        })
    }

    /// The row under a key, as this statement has left it so far.
    fn row_at(&self, key: &[Key], now: Time, writes: &[Write]) -> Row {
        if let Some(last) = writes.iter().rev().find(|w| w.key == key) {
            return last.row.as_ref().map(|r| r.to_vec()).unwrap_or_default();
        }
        let versions = self.data.overlay.get(key);
        let last = versions.and_then(|v| v.iter().rev().find(|v| v.at <= now));
        if let Some(row) = last.and_then(|v| v.row.as_ref()) {
            return row.to_vec();
        }
        self.data
            .blocks
            .iter()
            .filter(|b| b.from <= now && b.until.is_none_or(|until| now < until))
            .find_map(|b| Some(b.rule.row(b.number_of(key)?)))
            .unwrap_or_default()
    }

    /// One more than the greatest number in a column, or among the hidden keys.
    fn next_number(&self, column: Option<usize>, now: Time) -> Result<i64> {
        let mut next = 1;
        self.scan(now, &mut |key, row| {
            let value = match column {
                Some(c) => row.get(c),
                None => key.first().map(|k| &k.0),
            };
            if let Some(Value::Int(n)) = value {
                next = next.max(n.saturating_add(1));
            }
            Ok(true)
        })?;
        Ok(next)
    }

    fn query_columns(&self) -> Vec<Column> {
        self.columns
            .iter()
            .map(|c| Column::named(c.name.to_string(), c.ty))
            .collect()
    }
}

/// A value as a column stores it, or what is wrong with it.
fn stored(value: Value, column: &ColumnDef, number: usize, env: &Env) -> Result<Value> {
    if value.is_null() {
        return if column.nullable {
            Ok(value)
        } else {
            Err(errors::not_null(&column.name))
        };
    }
    if let (Value::Text(text), Type::Int | Type::Decimal | Type::Float) = (&value, column.ty)
        && !is_number(text.trim())
    {
        return Err(errors::no_number(column.ty, text, &column.name, number));
    }
    let value = query::cast(&value, column.ty, env)?;
    let mut sizes = column
        .type_name
        .split(['(', ',', ')'])
        .skip(1)
        .map(|n| n.trim().parse::<u8>().unwrap_or(0));
    match &value {
        Value::Text(text) => {
            let size = column.type_name.split(['(', ')']).nth(1);
            let size = size.and_then(|n| n.parse::<usize>().ok());
            if size.is_some_and(|n| text.chars().count() > n) {
                return Err(errors::too_long(&column.name, number));
            }
            Ok(value)
        }
        Value::Decimal(d) => match sizes.nth(1) {
            Some(scale) => Ok(Value::Decimal(rounded(*d, scale))),
            None => Ok(value),
        },
        _ => Ok(value),
    }
}

/// `-1`, `2.5`, `1e3`
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (number, power) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let power = power.strip_prefix(['-', '+']).unwrap_or(power);
    whole.len() + fraction.len() > 0
        && !power.is_empty()
        && digits(whole)
        && digits(fraction)
        && digits(power)
}

/// With so many digits after the point, rounded half away from zero.
fn rounded(d: Decimal, scale: u8) -> Decimal {
    let power = |n: u8| 10i128.checked_pow(u32::from(n)).unwrap_or(1);
    let mantissa = if scale >= d.scale {
        d.mantissa.saturating_mul(power(scale - d.scale))
    } else {
        let p = power(d.scale - scale);
        d.mantissa.saturating_add(p / 2 * d.mantissa.signum()) / p
    };
    Decimal::new(mantissa, scale)
}

fn limit(writes: &[Write]) -> Result<()> {
    if writes.len() > MAX_WRITES {
        return Err(crate::base::Error::new(
            crate::base::ErrorKind::Limit,
            format!("this playground writes at most {MAX_WRITES} rows in one statement"),
        ));
    }
    Ok(())
}

fn entry(key: &[Key]) -> String {
    let parts: Vec<String> = key
        .iter()
        .map(|k| {
            query::Format::OCEANBASE_MYSQL
                .text(&k.0)
                .unwrap_or_default()
        })
        .collect();
    parts.join("-")
}

/// `Records: 2  Duplicates: 0  Warnings: 0`
fn done(rows: usize, info: String) -> Answer {
    let mut answer = Answer::command("Query OK", rows as u64);
    if !info.is_empty() {
        answer.notices.push(Notice {
            severity: "",
            text: info,
            hint: None,
        });
    }
    answer
}

pub fn insert(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    s: &Insert,
    text: &str,
) -> Result<Answer> {
    let verb = if s.replace { "REPLACE" } else { "INSERT" };
    let target = target(rules, cx, who, &s.table, verb)?;
    let mut places = Vec::new();
    for name in &s.columns {
        places.push(target.column(name)?);
    }
    if s.columns.is_empty() {
        places.extend(0..target.columns.len());
    }
    let source = match &s.source {
        Source::Query(query) => {
            let source = listings::result(rules, cx, who, query, text)?;
            if source.columns.len() != places.len() {
                return Err(errors::column_count(source.columns.len() < places.len()));
            }
            source.rows
        }
        Source::Row(values) => {
            let mut row = Vec::new();
            listings::with_env(rules, cx, who, text, &mut |env| {
                for value in values {
                    row.push(query::scalar(&value.expr, env)?.0);
                }
                Ok(())
            })?;
            vec![row]
        }
    };
    let mut updated = Vec::new();
    for (name, value) in &s.update {
        let value = match value {
            Assigned::Given(of) => (target.column(of)?, None),
            Assigned::Computed(value) => (0, Some(value)),
        };
        updated.push((target.column(name)?, value));
    }
    let now = cx.now();
    let fills: Vec<Option<Fill>> = (0..target.columns.len())
        .map(|c| rules.fills.get(&(target.ix, c as u32)).cloned())
        .collect();
    let serial = fills.iter().position(|f| *f == Some(Fill::Serial));
    let mut number = match serial {
        Some(c) => target.next_number(Some(c), now)?,
        None if target.key.is_empty() => target.next_number(None, now)?,
        None => 1,
    };
    let mut writes: Vec<Write> = Vec::new();
    let mut taken = crate::base::Set::new();
    let (mut duplicates, mut twice, records) = (0, 0, source.len());
    listings::with_env(rules, cx, who, text, &mut |env| {
        for (n, values) in source.iter().enumerate() {
            let mut row: Row = vec![Value::Null; target.columns.len()];
            for (c, def) in target.columns.iter().enumerate() {
                let given = places.iter().position(|&p| p == c);
                let mut value = given.and_then(|g| values.get(g)).cloned();
                let absent = value.as_ref().is_none_or(Value::is_null);
                match fills.get(c).and_then(Option::as_ref) {
                    Some(Fill::Serial) if absent => {
                        value = Some(Value::Int(number));
                    }
                    Some(Fill::Value(fill)) if value.is_none() => value = Some(fill.clone()),
                    Some(Fill::Now) if value.is_none() => {
                        value = Some(Value::Timestamp(env.now_us))
                    }
                    _ => {}
                }
                if value.is_none() && !def.nullable {
                    return Err(errors::no_default(&def.name));
                }
                if let Some(slot) = row.get_mut(c) {
                    *slot = stored(value.unwrap_or_default(), def, n + 1, env)?;
                }
            }
            if let Some(Value::Int(used)) = serial.and_then(|c| row.get(c)) {
                number = number.max(used.saturating_add(1));
            }
            let key = target.key_of(&row, number);
            if target.key.is_empty() && serial.is_none() {
                number = number.saturating_add(1);
            }
            if !taken.insert(key.clone()) || target.has(&key, now) {
                duplicates += 1;
                if !updated.is_empty() {
                    let old = target.row_at(&key, now, &writes);
                    let new = merged(&target, &updated, &old, &row, env)?;
                    if new != old {
                        twice += 1;
                        writes.push(Write {
                            key,
                            row: Some(new.into()),
                        });
                    }
                    continue;
                }
                if s.ignore {
                    continue;
                }
                if !s.replace {
                    return Err(errors::duplicate_key(&entry(&key)));
                }
            }
            writes.push(Write {
                key,
                row: Some(row.into()),
            });
            limit(&writes)?;
        }
        Ok(())
    })?;
    let info = if records > 1 {
        format!("Records: {records}  Duplicates: {duplicates}  Warnings: 0")
    } else {
        String::new()
    };
    // A row that takes the place of another, or is changed instead of coming anew, counts twice.
    let affected = writes.len() + if s.replace { duplicates } else { twice };
    keep(rules, cx, who, &target, writes);
    Ok(done(affected, info))
}

/// The row that ON DUPLICATE KEY UPDATE leaves. Columns of its key stay: no row moves.
fn merged(
    target: &Target,
    updated: &[(usize, (usize, Option<&Scalar>))],
    old: &Row,
    new: &Row,
    env: &Env,
) -> Result<Row> {
    let columns = target.query_columns();
    let mut row = old.clone();
    for (column, (from, value)) in updated {
        let value = match value {
            None => new.get(*from).cloned().unwrap_or_default(),
            Some(value) => RowExpr::value(&value.expr, "", &columns, env)?.eval(row.clone())?,
        };
        if let (Some(slot), Some(def)) = (row.get_mut(*column), target.columns.get(*column)) {
            let value = stored(value, def, 1, env)?;
            if target.key.contains(column) && *slot != value {
                return Err(errors::not_supported());
            }
            *slot = value;
        }
    }
    Ok(row)
}

pub fn change(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    s: &Change,
    text: &str,
) -> Result<Answer> {
    let verb = if s.delete { "DELETE" } else { "UPDATE" };
    let target = target(rules, cx, who, &s.table, verb)?;
    let mut places = Vec::new();
    for (name, _) in &s.set {
        places.push(target.column(name)?);
    }
    let columns = target.query_columns();
    let alias = match &s.alias {
        Some(alias) => alias.as_str(),
        None => s.table.last().map_or("", |t| t),
    };
    let most = s.limit.unwrap_or(i64::MAX);
    let now = cx.now();
    if s.delete && s.filter.is_none() && s.limit.is_none() && !in_transaction(rules, who) {
        // The whole table: no row is looked at.
        let count = target.data.count(now);
        clear(cx, target.ix);
        return Ok(Answer::command("Query OK", count));
    }
    let (mut writes, mut matched, mut changed) = (Vec::new(), 0i64, 0);
    listings::with_env(rules, cx, who, text, &mut |env| {
        let filter = match &s.filter {
            Some(f) => Some(RowExpr::condition(&f.expr, alias, &columns, env)?),
            None => None,
        };
        let mut values = Vec::new();
        for (_, value) in &s.set {
            values.push(RowExpr::value(&value.expr, alias, &columns, env)?);
        }
        target.scan(now, &mut |key, old| {
            if matched >= most {
                return Ok(false);
            }
            if let Some(filter) = &filter
                && !filter.holds(old.clone())?
            {
                return Ok(true);
            }
            matched += 1;
            let mut new = old.clone();
            // As in the product, a later assignment sees the earlier ones.
            for (value, &c) in values.iter().zip(&places) {
                let value = value.eval(new.clone())?;
                if let (Some(slot), Some(def)) = (new.get_mut(c), target.columns.get(c)) {
                    *slot = stored(value, def, 1, env)?;
                }
            }
            if s.delete {
                changed += 1;
                writes.push(Write { key, row: None });
            } else if new != old {
                changed += 1;
                let to = match key.first() {
                    Some(hidden) if target.key.is_empty() => vec![hidden.clone()],
                    _ => target.key_of(&new, 0),
                };
                if to != key {
                    if target.has(&to, now) {
                        return Err(errors::duplicate_key(&entry(&to)));
                    }
                    writes.push(Write { key, row: None });
                }
                writes.push(Write {
                    key: to,
                    row: Some(new.into()),
                });
            }
            limit(&writes)?;
            Ok(true)
        })
    })?;
    let info = if s.delete {
        String::new()
    } else {
        format!("Rows matched: {matched}  Changed: {changed}  Warnings: 0")
    };
    keep(rules, cx, who, &target, writes);
    Ok(done(changed, info))
}

/// Whether what is written waits for COMMIT.
fn in_transaction(rules: &OceanBase, who: &Who) -> bool {
    let off = |v: &Rc<str>| &**v == "0" || v.eq_ignore_ascii_case("off");
    who.settings.get("autocommit").is_some_and(off) || rules.transactions.contains_key(&who.session)
}

/// TRUNCATE TABLE: commits what was open, as all definitions do.
pub fn truncate(rules: &mut OceanBase, cx: &mut Cx, who: &Who, name: &TableName) -> Result<Answer> {
    let target = target(rules, cx, who, name, "DROP")?;
    transaction(rules, cx, who, Transaction::Commit);
    clear(cx, target.ix);
    Ok(ok())
}

/// Ends the visibility of every row.
fn clear(cx: &mut Cx, table: TableIx) {
    let now = cx.now();
    if let Some(t) = cx.cluster.table_mut(table) {
        let data = Rc::make_mut(&mut t.data);
        for block in &mut data.blocks {
            if block.until.is_none() {
                block.until = Some(now);
            }
        }
        for versions in data.overlay.values_mut() {
            versions.push(Version { at: now, row: None });
        }
    }
    cx.cluster.changes += 1;
}

/// Writes now, or at COMMIT.
fn keep(rules: &mut OceanBase, cx: &mut Cx, who: &Who, target: &Target, writes: Vec<Write>) {
    if !in_transaction(rules, who) {
        write(cx, target.ix, &writes);
        return;
    }
    let now = cx.now();
    let mut data = (*target.data).clone();
    for w in &writes {
        data.write(w.key.clone(), now, w.row.clone());
    }
    let data = Rc::new(data);
    let open = rules.transactions.entry(who.session).or_default();
    match open.iter_mut().find(|p| p.table == target.ix) {
        Some(pending) => {
            pending.data = data;
            pending.writes.extend(writes);
        }
        None => open.push(Pending {
            table: target.ix,
            data,
            writes,
        }),
    }
}

fn write(cx: &mut Cx, table: TableIx, writes: &[Write]) {
    let now = cx.now();
    if let Some(t) = cx.cluster.table_mut(table) {
        let data = Rc::make_mut(&mut t.data);
        for w in writes {
            data.write(w.key.clone(), now, w.row.clone());
        }
    }
    cx.cluster.changes += 1;
}

/// BEGIN, COMMIT, ROLLBACK; BEGIN and statements that define things commit what was open.
pub fn transaction(rules: &mut OceanBase, cx: &mut Cx, who: &Who, what: Transaction) -> Answer {
    let open = rules.transactions.remove(&who.session).unwrap_or_default();
    if what != Transaction::Rollback {
        for pending in open {
            write(cx, pending.table, &pending.writes);
        }
    }
    if what == Transaction::Begin {
        rules.transactions.insert(who.session, Vec::new());
    }
    ok()
}
