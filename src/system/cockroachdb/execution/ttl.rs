//! Row-level TTL: the storage parameters of a table, and the schedule whose runs delete its expired
//! rows. reference: cockroachdb-jobs 1.3; beyond it: `pkg/sql/storageparam/tablestorageparam`,
//! `pkg/sql/ttl/{ttlbase,ttlschedule}`, `logic_test/row_level_ttl`.

use super::super::grammar::{self, AlterAction, Literal, OptValue, Options};
use super::super::jobs::{Change, New, Spec, TtlRun};
use super::super::names::Generated;
use super::super::{Cockroach, Cx, errors, settings};
use super::Call;
use super::cron::Cron;
use super::schedules::{Plan, Schedule};
use crate::base::{Result, Type, Value};
use crate::cluster::{ColumnDef, NodeIx, Table, TableIx};
use crate::query::{self, Column, Format, RowExpr};
use crate::system::{Answer, SessionIx};
use std::rc::Rc;

/// The column that `ttl_expire_after` brings: when a row expires.
pub const EXPIRATION: &str = "crdb_internal_expiration";

/// The parameters in the order of SHOW CREATE TABLE, with the types of their values.
const PARAMETERS: [(&str, Type); 11] = [
    ("ttl_expire_after", Type::Interval),
    ("ttl_expiration_expression", Type::Text),
    ("ttl_job_cron", Type::Text),
    ("ttl_select_batch_size", Type::Int),
    ("ttl_delete_batch_size", Type::Int),
    ("ttl_select_rate_limit", Type::Int),
    ("ttl_delete_rate_limit", Type::Int),
    ("ttl_pause", Type::Bool),
    ("ttl_row_stats_poll_interval", Type::Unknown),
    ("ttl_label_metrics", Type::Bool),
    ("ttl_disable_changefeed_replication", Type::Bool),
];
const AFTER: usize = 0;
const EXPRESSION: usize = 1;
const CRON: usize = 2;
const SELECT_BATCH: usize = 3;
const DELETE_RATE: usize = 6;
const PAUSE: usize = 7;

/// A table's row-level TTL.
#[derive(Clone, Debug, Hash)]
pub struct Ttl {
    /// Values of [`PARAMETERS`]; NULL where none was set.
    values: [Value; PARAMETERS.len()],
    /// Who has asked for it, and where: the schedule is theirs.
    owner: Rc<str>,
    node: NodeIx,
    schedule: Option<i64>,
}

impl Ttl {
    /// How long rows live, in microseconds, if they have a column of their own for it.
    pub fn after(&self) -> Option<i64> {
        match self.values[AFTER] {
            Value::Interval(us) => Some(us),
            _ => None,
        }
    }

    /// When a row expires.
    pub fn expression(&self) -> &str {
        match &self.values[EXPRESSION] {
            Value::Text(text) => text,
            _ => EXPIRATION,
        }
    }

    pub fn paused(&self) -> bool {
        self.values[PAUSE] == Value::Bool(true)
    }

    /// Rows that a node may delete in a second, if the table says so.
    pub fn delete_rate(&self) -> Option<i64> {
        int(&self.values[DELETE_RATE])
    }

    fn cron(&self) -> &str {
        match &self.values[CRON] {
            Value::Text(text) => text,
            _ => "@daily",
        }
    }
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(*n),
        _ => None,
    }
}

/// When a row expires that is written now.
pub fn expiration(cx: &Cx, after: i64) -> Value {
    Value::TimestampTz(cx.now().unix_us(cx.cluster.epoch_us).saturating_add(after))
}

/// The column for a table that has the others.
pub fn expiration_column(columns: &[ColumnDef], after: i64) -> Result<ColumnDef> {
    if let Some(c) = columns.iter().find(|c| &*c.name == EXPIRATION) {
        let text = match c.ty {
            Type::TimestampTz => format!(
                "expected DEFAULT expression of {EXPIRATION} to be {}",
                Generated::Expires(after).text()
            ),
            _ => format!(
                "table {EXPIRATION} has TTL defined, but column {EXPIRATION} is not a TIMESTAMPTZ"
            ),
        };
        return Err(errors::wrong(text, "42P16"));
    }
    Ok(ColumnDef {
        name: Rc::from(EXPIRATION),
        ty: Type::TimestampTz,
        type_name: Rc::from("TIMESTAMPTZ"),
        nullable: false,
    })
}

/// An answer with what storage parameters have to say.
pub fn noticed(mut answer: Answer, storage: &Options) -> Answer {
    for option in &storage.list {
        answer = match option.name.as_str() {
            "ttl_automatic_column" => answer.notice(AUTOMATIC),
            "ttl_range_concurrency" => {
                answer.notice("ttl_range_concurrency is no longer configurable.")
            }
            "ttl_select_rate_limit" | "ttl_delete_rate_limit" => {
                answer.notice("The TTL rate limit is per leaseholder per table.")
            }
            _ => answer,
        };
    }
    answer
}

const AUTOMATIC: &str = "ttl_automatic_column is no longer used. Setting ttl_expire_after automatically creates a TTL column. Resetting ttl_expire_after removes the automatically created column.";

fn invalid(text: String) -> crate::base::Error {
    errors::wrong(text, "22023")
}

impl Cockroach {
    /// What a table's TTL becomes by `WITH (…)` or `SET (…)`.
    pub(super) fn ttl_params(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        mut ttl: Option<Ttl>,
        storage: &Options,
    ) -> Result<Option<Ttl>> {
        for option in &storage.list {
            let (name, value) = (option.name.as_str(), &option.value);
            let at = match name {
                "ttl" => None,
                _ => match PARAMETERS.iter().position(|p| p.0 == name) {
                    Some(at) => Some(at),
                    None => {
                        check_name(name)?;
                        continue;
                    }
                },
            };
            let value = match value {
                OptValue::Expr(scalar) => match &*scalar.expr {
                    // A bare word stands for itself.
                    sqlparser::ast::Expr::Identifier(_) => {
                        Value::text(self.scalar_text(cx, call, scalar)?)
                    }
                    _ => self.scalar(cx, call, scalar)?.0,
                },
                _ => Value::Null,
            };
            let ty = at.map_or(Type::Bool, |at| PARAMETERS[at].1);
            let value = self.ttl_value(cx, call, name, ty, value)?;
            if at.is_none() && value == Value::Bool(false) {
                return Err(
                    invalid("setting \"ttl = 'off'\" is not permitted".to_owned())
                        .hint("use `RESET (ttl)` to remove TTL from the table"),
                );
            }
            let ttl = ttl.get_or_insert_with(|| Ttl {
                values: Default::default(),
                owner: call.user.clone(),
                node: call.node,
                schedule: None,
            });
            if let Some(slot) = at.and_then(|at| ttl.values.get_mut(at)) {
                *slot = value;
            }
        }
        must_expire(ttl)
    }

    fn ttl_value(&self, cx: &Cx, call: &Call, name: &str, ty: Type, value: Value) -> Result<Value> {
        match (ty, &value) {
            (Type::Text, Value::Text(text)) => {
                if name == PARAMETERS[CRON].0 && Cron::parse(text).is_none() {
                    return Err(invalid(format!("invalid cron expression for \"{name}\"")));
                }
            }
            (Type::Text, _) => {
                return Err(invalid(format!(
                    "parameter \"{name}\" requires a string value"
                )));
            }
            (Type::Int, Value::Int(n)) => {
                if *n < 1 {
                    return Err(invalid(format!("\"{name}\" must be at least 1")));
                }
            }
            (Type::Int, _) => {
                return Err(invalid(format!(
                    "parameter \"{name}\" requires an integer value"
                )));
            }
            (Type::Bool, Value::Bool(_)) => {}
            (Type::Bool, _) => {
                let text = Format::PLAIN.text(&value).unwrap_or_default();
                return match &*text.to_ascii_lowercase() {
                    "on" | "true" | "yes" | "t" | "1" => Ok(Value::Bool(true)),
                    "off" | "false" | "no" | "f" | "0" => Ok(Value::Bool(false)),
                    _ => Err(
                        invalid(format!("parameter \"{name}\" requires a Boolean value"))
                            .detail(format!("'{text}' is not a Boolean value")),
                    ),
                };
            }
            // An interval, or a duration, which is printed another way.
            _ => {
                let now = cx.now();
                let cast = self.with_env(cx, call, Vec::new(), now, |env| {
                    query::cast(&value, Type::Interval, env)
                });
                let Ok(Value::Interval(us)) = cast else {
                    return Err(invalid(format!("value of \"{name}\" must be an interval")));
                };
                let Ok(long) = u64::try_from(us) else {
                    return Err(invalid(match ty {
                        Type::Interval => format!("value of \"{name}\" must be at least zero"),
                        _ => format!("\"{name}\" must be at least 1"),
                    }));
                };
                return Ok(match ty {
                    Type::Interval => Value::Interval(us),
                    _ => Value::text(settings::print_duration(
                        crate::base::Duration::from_micros(long),
                    )),
                });
            }
        }
        Ok(value)
    }

    /// That the expression of a TTL is one over the table's columns.
    pub(super) fn check_expression(
        &self,
        cx: &Cx,
        table: &Table,
        ttl: &Ttl,
        columns: &[ColumnDef],
    ) -> Result<()> {
        let text = ttl.expression();
        let ty = self.with_expression(cx, table, ttl, columns, &mut |e| Ok(e.ty))?;
        if ty == Type::TimestampTz {
            return Ok(());
        }
        Err(errors::wrong(
            format!(
                "expected TTL EXPIRATION EXPRESSION expression to have type timestamptz, but '{text}' has type {}",
                errors::type_name(ty)
            ),
            "42804",
        ))
    }

    /// Does something with a TTL's expression, bound to a table's columns.
    pub(crate) fn with_expression(
        &self,
        cx: &Cx,
        table: &Table,
        ttl: &Ttl,
        columns: &[ColumnDef],
        act: &mut dyn FnMut(&RowExpr) -> Result<Type>,
    ) -> Result<Type> {
        let text = ttl.expression();
        let scalar = match grammar::expression(text, self.profile.grammar) {
            Ok(Some(scalar)) => scalar,
            other => {
                let why = match other {
                    Err(e) => format!("valid expression: {}", e.message),
                    Ok(_) => "single expression".to_owned(),
                };
                let text = format!("ttl_expiration_expression \"{text}\" must be a {why}");
                return Err(invalid(text));
            }
        };
        let call = self.of_table(table, ttl);
        let defs = as_columns(columns);
        self.with_env(cx, &call, Vec::new(), cx.now(), |env| {
            act(&RowExpr::value(&scalar.expr, "", &defs, env)?)
        })
    }

    /// What is done on behalf of a table's TTL.
    fn of_table(&self, table: &Table, ttl: &Ttl) -> Call<'static> {
        Call {
            session: SessionIx(0),
            user: ttl.owner.clone(),
            tenant: table.tenant,
            database: table.database.clone(),
            node: ttl.node,
            text: "",
            args: &[],
            setup: true,
        }
    }

    /// ALTER TABLE … SET (…), RESET (…). A table whose rows get a time to expire, or lose it, has
    /// that column added or dropped first.
    pub(super) fn change_ttl(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        table: TableIx,
        action: &AlterAction,
    ) -> Result<Change> {
        let old = self.ttl_of(table).cloned();
        let of_ttl = |name: &str| name.starts_with("ttl");
        let touches = match action {
            AlterAction::SetStorage(storage) => storage.list.iter().any(|o| of_ttl(&o.name)),
            AlterAction::ResetStorage(names) => names.iter().any(|n| of_ttl(&n.value)),
            _ => false,
        };
        let busy =
            |spec: &Spec| matches!(spec, Spec::Schema(s) if s.table == table && s.rewrites());
        let jobs = self.active_jobs(cx.cluster);
        let mut jobs = jobs.into_iter().filter_map(|j| self.spec(j));
        if touches && (self.ttl_next.iter().any(|n| n.0 == table) || jobs.any(|s| busy(&s))) {
            return Err(errors::wrong(
                "cannot modify TTL settings while another schema change on the table is being processed",
                "0A000",
            ));
        }
        let new = match action {
            AlterAction::SetStorage(storage) => self.ttl_params(cx, call, old.clone(), storage)?,
            AlterAction::ResetStorage(names) => {
                let mut new = old.clone();
                for name in names {
                    let name = name.value.as_str();
                    match PARAMETERS.iter().position(|p| p.0 == name) {
                        _ if name == "ttl" => new = None,
                        None => check_name(name)?,
                        Some(at) => {
                            if let Some(slot) = new.as_mut().and_then(|t| t.values.get_mut(at)) {
                                *slot = Value::Null;
                            }
                        }
                    }
                }
                must_expire(new)?
            }
            _ => return Ok(Change::Descriptors),
        };
        if !touches {
            return Ok(Change::Descriptors);
        }
        let Some(t) = cx.cluster.table(table) else {
            return Ok(Change::Descriptors);
        };
        let mut columns = t.columns.to_vec();
        let (before, after) = (
            old.as_ref().and_then(Ttl::after),
            new.as_ref().and_then(Ttl::after),
        );
        let change = match (before, after) {
            (None, Some(us)) => {
                if columns.iter().any(|c| &*c.name == EXPIRATION) {
                    return Err(errors::wrong(
                        format!(
                            "cannot add TTL to table with the {EXPIRATION} column already defined"
                        ),
                        "42P16",
                    ));
                }
                let column = expiration_column(&columns, us)?;
                columns.push(column.clone());
                Change::AddColumn(column, Some(expiration(cx, us)))
            }
            (Some(_), None) => Change::DropColumn(Rc::from(EXPIRATION)),
            _ => Change::Descriptors,
        };
        if let Some(ttl) = &new {
            self.check_expression(cx, t, ttl, &columns)?;
        }
        match change {
            Change::Descriptors => self.set_ttl(cx, table, new),
            _ => {
                self.ttl_next.push((table, new));
            }
        }
        Ok(change)
    }

    pub(crate) fn ttl_of(&self, table: TableIx) -> Option<&Ttl> {
        self.ttl.iter().find(|t| t.0 == table).map(|t| &t.1)
    }

    /// The schema change that was to bring a table another TTL has not come to be.
    pub(crate) fn forget_ttl_next(&mut self, table: TableIx) {
        self.ttl_next.retain(|n| n.0 != table);
    }

    /// A table's TTL is what it is from now on: its schedule and what new rows get follow.
    pub(crate) fn set_ttl(&mut self, cx: &mut Cx, table: TableIx, new: Option<Ttl>) {
        let old = self.ttl_of(table).cloned();
        self.ttl.retain(|t| t.0 != table);
        self.forget_ttl_next(table);
        let schedule = old.as_ref().and_then(|o| o.schedule);
        let column = (table, Rc::from(EXPIRATION));
        let Some(mut ttl) = new else {
            if let Some(id) = schedule {
                self.schedules.remove(&id);
            }
            self.generated.remove(&column);
            return;
        };
        match ttl.after() {
            Some(us) => self.generated.insert(column, Generated::Expires(us)),
            None => self.generated.remove(&column),
        };
        let id = match schedule {
            Some(id) => id,
            None => {
                let Some(t) = cx.cluster.table(table) else {
                    return;
                };
                let call = self.of_table(t, &ttl);
                let plan = Plan {
                    label: "",
                    kind: "ROW LEVEL TTL",
                    statement: "",
                    cron: "",
                    wait: "SKIP",
                    on_error: "RETRY_SCHED",
                };
                self.add_schedule(cx, &call, &plan)
            }
        };
        let mut moved = false;
        if let Some(s) = self.schedules.get_mut(&id) {
            s.table = Some(table);
            moved = *s.cron != *ttl.cron();
            s.cron = Rc::from(ttl.cron());
        }
        if moved {
            let next = self.next_run(cx, id);
            self.plan_next(cx, id, next);
        }
        ttl.schedule = Some(id);
        self.ttl.push((table, ttl));
        self.relabel_ttl(cx, table);
    }

    /// The label of a TTL's schedule has the table's name.
    pub(super) fn relabel_ttl(&mut self, cx: &Cx, table: TableIx) {
        let id = self.ttl_of(table).and_then(|t| t.schedule);
        if let Some(s) = id.and_then(|id| self.schedules.get_mut(&id))
            && let Some(t) = cx.cluster.table(table)
        {
            s.label = Rc::from(format!("row-level-ttl: {} [{}]", t.name, t.id));
        }
    }

    /// What ALTER TABLE may not do to the columns that say when rows expire.
    pub(super) fn keep_expiration(
        &self,
        cx: &Cx,
        table: TableIx,
        action: &AlterAction,
    ) -> Result<()> {
        let Some(ttl) = self.ttl_of(table) else {
            return Ok(());
        };
        let (verb, column) = match action {
            AlterAction::DropColumn { name, .. } => ("drop", name),
            AlterAction::RenameColumn { name, .. } => ("rename", name),
            AlterAction::SetDefault { column, .. }
            | AlterAction::SetNotNull { column, .. }
            | AlterAction::SetType { column, .. } => ("alter", column),
            _ => return Ok(()),
        };
        let (column, text) = (column.value.as_str(), ttl.expression());
        if column == EXPIRATION && ttl.after().is_some() {
            return Err(errors::wrong(
                format!("cannot {verb} column {EXPIRATION} while ttl_expire_after is set"),
                "42P16",
            ));
        }
        let known = self.column_of(cx, table, column).is_ok();
        if known && verb == "drop" && words(text).any(|(is, w)| is && w == column) {
            return Err(errors::wrong(
                format!(
                    "cannot drop column \"{column}\" referenced by row-level TTL expiration expression \"{text}\""
                ),
                "42P10",
            ));
        }
        Ok(())
    }

    /// A column that an expression names is called something else.
    pub(super) fn rename_in_ttl(&mut self, table: TableIx, from: &str, to: &str) {
        let mut all = self.ttl.iter_mut();
        if let Some(Value::Text(text)) = all
            .find(|t| t.0 == table)
            .and_then(|t| t.1.values.get_mut(EXPRESSION))
        {
            let renamed: String = words(text)
                .map(|(is, w)| if is && w == from { to } else { w })
                .collect();
            *text = Rc::from(renamed);
        }
    }

    /// The parameters as SHOW CREATE TABLE prints them.
    pub(super) fn ttl_text(&self, table: TableIx) -> String {
        let Some(ttl) = self.ttl_of(table) else {
            return String::new();
        };
        let mut text = String::from(" WITH (ttl = 'on'");
        for ((name, _), value) in PARAMETERS.iter().zip(&ttl.values) {
            let plain = Format::PLAIN.text(value).unwrap_or_default();
            let printed = match value {
                Value::Null | Value::Bool(false) => continue,
                Value::Interval(_) => format!("'{plain}':::INTERVAL"),
                Value::Text(_) if plain.contains('\'') => {
                    format!("e'{}'", plain.replace('\'', "\\'"))
                }
                Value::Text(_) => Literal(&plain).to_string(),
                _ => plain.to_string(),
            };
            text.push_str(&format!(", {name} = {printed}"));
        }
        text.push(')');
        text
    }

    /// The job of a run.
    pub(super) fn plan_ttl(&self, cx: &Cx, s: &Schedule, node: NodeIx) -> Result<New> {
        let table = s.table.unwrap_or(TableIx(u32::MAX));
        let (Some(t), Some(ttl)) = (cx.cluster.table(table), self.ttl_of(table)) else {
            return Err(errors::no_relation(""));
        };
        let name = self.full_name(cx, table);
        let expired = format!("WHERE (({}) <= $1)", ttl.expression());
        let n = t.key.len();
        let (mut key, mut order, mut places) = (String::new(), String::new(), String::new());
        // Rows behind the first of a span and before its last, column by column.
        let (mut from, mut to) = (String::new(), String::new());
        let (mut same_from, mut same_to) = (String::new(), String::new());
        for (i, c) in t.key.iter().filter_map(|k| t.columns.get(*k)).enumerate() {
            let (c, comma) = (&c.name, if i > 0 { ", " } else { "" });
            let (or, last) = (
                if i > 0 { " OR" } else { "" },
                if i + 1 == n { "=" } else { "" },
            );
            let (low, high) = (2 + n + i, 2 + i);
            key.push_str(&format!("{comma}{c}"));
            order.push_str(&format!("{comma}{c} ASC"));
            places.push_str(&format!("{comma}${high}"));
            from.push_str(&format!("{or}\n  ({same_from}{c} >{last} ${low})"));
            to.push_str(&format!("{or}\n  ({same_to}{c} <{last} ${high})"));
            same_from.push_str(&format!("{c} = ${low} AND "));
            same_to.push_str(&format!("{c} = ${high} AND "));
        }
        let batch = int(&ttl.values[SELECT_BATCH])
            .unwrap_or_else(|| self.int_setting(t.tenant, settings::TTL_SELECT_BATCH));
        let title = format!("ttl for {name}");
        let description = format!(
            "{title}\n-- for each span, iterate to find rows:\nSELECT {key}\nFROM {name}\nAS OF SYSTEM TIME INTERVAL '-30 seconds'\n{expired}\nAND ({from}\n)\nAND ({to}\n)\nORDER BY {order}\nLIMIT {batch}\n-- then delete with:\nDELETE FROM {name}\n{expired}\nAND ({key}) IN (({places}))",
        );
        Ok(New {
            tenant: t.tenant,
            kind: "ROW LEVEL TTL",
            title,
            description,
            statement: String::new(),
            owner: Rc::from("node"),
            spec: Spec::Ttl(TtlRun {
                table,
                cutoff: cx.now(),
            }),
            machine: self.machine(),
            descriptors: Vec::new(),
            who: String::new(),
            node,
            start: true,
            id: None,
            schedule: None,
            automatic: false,
        })
    }
}

/// Columns for an expression to be bound to.
pub fn as_columns(columns: &[ColumnDef]) -> Vec<Column> {
    columns
        .iter()
        .map(|c| Column::named(c.name.to_string(), c.ty))
        .collect()
}

/// The words of an expression, and what stands between them.
fn words(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let is = word(rest.chars().next()?);
        let end = rest.find(|c| word(c) != is).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(end);
        rest = tail;
        Some((is, head))
    })
}

/// A TTL says when rows expire, one way or the other.
fn must_expire(ttl: Option<Ttl>) -> Result<Option<Ttl>> {
    match &ttl {
        Some(t) if t.values[AFTER].is_null() && t.values[EXPRESSION].is_null() => Err(invalid(
            "\"ttl_expire_after\" and/or \"ttl_expiration_expression\" must be set".to_owned(),
        )),
        _ => Ok(ttl),
    }
}

/// Parameters without effect on jobs.
fn check_name(name: &str) -> Result<()> {
    let known = name.starts_with("sql_stats_")
        || matches!(
            name,
            "fillfactor"
                | "autovacuum_enabled"
                | "exclude_data_from_backup"
                | "schema_locked"
                | "infer_rbr_region_col_using_constraint"
                | "ttl_automatic_column"
                | "ttl_range_concurrency"
        );
    match known {
        true => Ok(()),
        false => Err(invalid(format!("invalid storage parameter \"{name}\""))),
    }
}
