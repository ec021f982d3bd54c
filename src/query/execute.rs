//! Runs plans: rows are pushed from the sources up; `false` from whoever takes them stops the flow.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Env;
use super::aggregate::Groups;
use super::expr::{Cached, Context, Expr, Frame, all_hold, eval_all};
use super::functions::Aggregate;
use super::join::Tuple;
use super::keys::Keys;
use super::ops::{self, Key};
use super::plan::{Body, Distinct, From, Plan, Select, SetOp, SetStep, SortKey};
use super::window;
use super::words::{Clause, Problem};
use crate::base::{Result, Row, Type, Value};

/// Takes a row; `false` stops the flow.
pub type Sink<'s> = &'s mut dyn FnMut(Row) -> Result<bool>;

/// Sorts rows; those that are equal keep their order.
pub fn sort_rows(rows: &mut [Row], keys: &[SortKey], env: &Env) {
    crate::base::sort::sort_by(rows, |a, b| order(a, b, keys, env));
}

/// How two rows stand to each other.
pub fn order(a: &Row, b: &Row, keys: &[SortKey], env: &Env) -> Ordering {
    for key in keys {
        let null = Value::Null;
        let x = a.get(key.column).unwrap_or(&null);
        let y = b.get(key.column).unwrap_or(&null);
        let order = match (x.is_null(), y.is_null()) {
            (true, true) => continue,
            (true, false) if key.nulls_first => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if key.nulls_first => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let order = ops::compare(x, y, env.flavour()).unwrap_or_else(|| ops::total(x, y));
                if key.descending {
                    order.reverse()
                } else {
                    order
                }
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Rows held beyond what LIMIT asks for before they are sorted and cut.
const SORT_SLACK: usize = 1_024;

impl Plan<'_> {
    /// Calls `sink` for each row of the result.
    pub fn run(&self, outer: Option<&Frame>, ctx: &Context, sink: Sink) -> Result<()> {
        let limit = self.count(&self.limit, Clause::Limit, outer, ctx)?;
        let offset = self
            .count(&self.offset, Clause::Offset, outer, ctx)?
            .unwrap_or(0);
        if limit == Some(0) {
            return Ok(());
        }
        let end = limit.map(|n| n.saturating_add(offset));
        let width = self.columns.len();
        let by = match &self.body {
            Body::Select(select) => match select.distinct {
                Distinct::On(n) => Some(n),
                _ => None,
            },
            _ => None,
        };
        let mut seen = Keys::new();
        let mut n = 0u64;
        let mut cut = |mut row: Row| {
            if let Some(by) = by {
                let from = row.len().saturating_sub(by);
                let key = row.get(from..).unwrap_or(&[]).iter();
                let key = Key(key
                    .map(|v| ops::normal(v.clone(), ctx.env.flavour()))
                    .collect());
                if seen.contains(&key) {
                    return Ok(true);
                }
                ctx.keep(&key.0)?;
                seen.insert(key, 0);
            }
            n += 1;
            if n <= offset {
                return Ok(true);
            }
            row.truncate(width);
            Ok(sink(row)? && end.is_none_or(|end| n < end))
        };
        if self.order.is_empty() {
            self.body.run(outer, ctx, &mut cut)?;
            return Ok(());
        }
        let room = match end {
            // DISTINCT ON drops rows after the sort.
            Some(end) if by.is_none() => usize::try_from(end).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let mut rows: Vec<Row> = Vec::new();
        let mut cuts = 0;
        self.body.run(outer, ctx, &mut |row| {
            if cuts == 0 {
                ctx.keep(&row)?;
            }
            rows.push(row);
            if rows.len() >= room.saturating_mul(2).saturating_add(SORT_SLACK) {
                sort_rows(&mut rows, &self.order, ctx.env);
                rows.truncate(room);
                cuts += 1;
            }
            Ok(true)
        })?;
        sort_rows(&mut rows, &self.order, ctx.env);
        for row in rows {
            if !cut(row)? {
                break;
            }
        }
        Ok(())
    }

    /// The number that LIMIT or OFFSET gives; `None` for NULL and for none.
    fn count(
        &self,
        e: &Option<Expr>,
        clause: Clause,
        outer: Option<&Frame>,
        ctx: &Context,
    ) -> Result<Option<u64>> {
        let Some(e) = e else {
            return Ok(None);
        };
        let value = e.eval(&Frame { tuple: &[], outer }, ctx)?;
        match ops::cast(&value, Type::Int, ctx.env)? {
            Value::Int(i) => match u64::try_from(i) {
                Ok(n) => Ok(Some(n)),
                Err(_) => Err(ctx.env.words.say(&Problem::Negative { clause })),
            },
            _ => Ok(None),
        }
    }
}

impl Body<'_> {
    /// `false` if the sink stopped the flow.
    fn run(&self, outer: Option<&Frame>, ctx: &Context, sink: Sink) -> Result<bool> {
        match self {
            Body::Select(select) => select.run(outer, ctx, sink),
            Body::Nested(plan) => {
                let mut go_on = true;
                plan.run(outer, ctx, &mut |row| {
                    go_on = sink(row)?;
                    Ok(go_on)
                })?;
                Ok(go_on)
            }
            Body::Values(rows) => {
                for row in rows {
                    ctx.step(1)?;
                    if !sink(eval_all(row, &Frame { tuple: &[], outer }, ctx)?)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Body::Set(first, rest) => set(first, rest, outer, ctx, sink),
            Body::Recursive {
                base,
                step,
                all,
                id,
            } => {
                let mut seen = Keys::new();
                let mut fresh = Vec::new();
                base.run(outer, ctx, &mut |row| {
                    collect(row, *all, &mut seen, &mut fresh, ctx)
                })?;
                while !fresh.is_empty() {
                    for row in &fresh {
                        if !sink(Row::clone(row))? {
                            return Ok(false);
                        }
                    }
                    ctx.remember(*id, Cached::Rows(Rc::new(std::mem::take(&mut fresh))));
                    step.run(outer, ctx, &mut |row| {
                        collect(row, *all, &mut seen, &mut fresh, ctx)
                    })?;
                }
                Ok(true)
            }
        }
    }
}

/// A round's rows of a recursive query: those of earlier rounds are left out unless ALL is said.
fn collect(
    row: Row,
    all: bool,
    seen: &mut Keys,
    fresh: &mut Vec<Rc<Row>>,
    ctx: &Context,
) -> Result<bool> {
    if all || first_time(&row, seen, ctx)? {
        ctx.step(1)?;
        ctx.keep(&row)?;
        fresh.push(Rc::new(row));
    }
    Ok(true)
}

fn key(row: &Row, env: &Env) -> Key {
    Key(row
        .iter()
        .map(|v| ops::normal(v.clone(), env.flavour()))
        .collect())
}

fn first_time(row: &Row, seen: &mut Keys, ctx: &Context) -> Result<bool> {
    let key = key(row, ctx.env);
    if seen.contains(&key) {
        return Ok(false);
    }
    ctx.keep(&key.0)?;
    seen.insert(key, 0);
    Ok(true)
}

/// A chain of set operations from left to right. UNION ALL alone needs to hold nothing.
fn set(
    first: &Body,
    rest: &[SetStep],
    outer: Option<&Frame>,
    ctx: &Context,
    sink: Sink,
) -> Result<bool> {
    if rest.iter().all(|step| step.op == SetOp::Union && step.all) {
        if !first.run(outer, ctx, sink)? {
            return Ok(false);
        }
        for step in rest {
            if !step.right.run(outer, ctx, sink)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let mut rows = Vec::new();
    first.run(outer, ctx, &mut |row| {
        ctx.keep(&row)?;
        rows.push(row);
        Ok(true)
    })?;
    for step in rest {
        if step.op == SetOp::Union {
            step.right.run(outer, ctx, &mut |row| {
                ctx.keep(&row)?;
                rows.push(row);
                Ok(true)
            })?;
        } else {
            // How often each row of the right side may still take one of the left side's.
            let mut counts = Keys::new();
            step.right.run(outer, ctx, &mut |row| {
                ctx.keep(&row)?;
                let key = key(&row, ctx.env);
                match counts.get_mut(&key) {
                    Some(n) => *n += 1,
                    None => counts.insert(key, 1),
                }
                Ok(true)
            })?;
            let keep_found = step.op == SetOp::Intersect;
            rows.retain(|row| match counts.get_mut(&key(row, ctx.env)) {
                Some(n) if *n > 0 => {
                    if step.all {
                        *n -= 1;
                    }
                    keep_found
                }
                _ => !keep_found,
            });
        }
        if !step.all {
            let mut seen = Keys::new();
            let mut distinct = Vec::new();
            for row in rows {
                if first_time(&row, &mut seen, ctx)? {
                    distinct.push(row);
                }
            }
            rows = distinct;
        }
    }
    for row in rows {
        if !sink(row)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Select<'_> {
    fn run(&self, outer: Option<&Frame>, ctx: &Context, sink: Sink) -> Result<bool> {
        let empty = Rc::new(Row::new());
        let mut tuple: Tuple = vec![empty; self.parts + usize::from(self.rownum)];
        let mut seen = Keys::new();
        let mut emit = |frame: &Frame| -> Result<bool> {
            let row = eval_all(&self.output, frame, ctx)?;
            if self.distinct == Distinct::Yes && !first_time(&row, &mut seen, ctx)? {
                return Ok(true);
            }
            sink(row)
        };
        if !self.windows.is_empty() {
            // All rows are needed before the first can be handed on.
            let mut held: Vec<Tuple> = Vec::new();
            self.grouped(&mut tuple, outer, ctx, &mut |frame| {
                ctx.step(1)?;
                for row in frame.tuple {
                    ctx.keep(row)?;
                }
                held.push(frame.tuple.to_vec());
                Ok(true)
            })?;
            let values = window::values(&self.windows, &held, outer, ctx)?;
            for (mut tuple, row) in held.into_iter().zip(values) {
                tuple.push(Rc::new(row));
                let frame = Frame {
                    tuple: &tuple,
                    outer,
                };
                if !emit(&frame)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        self.grouped(&mut tuple, outer, ctx, &mut emit)
    }

    /// The tuples of FROM that pass WHERE, or those of its groups that pass HAVING.
    fn grouped(
        &self,
        tuple: &mut Tuple,
        outer: Option<&Frame>,
        ctx: &Context,
        emit: &mut dyn FnMut(&Frame) -> Result<bool>,
    ) -> Result<bool> {
        let Some(group) = &self.group else {
            return self.tuples(tuple, outer, ctx, emit);
        };
        let mut groups = Groups::new(group);
        match self.counted() {
            Some(rows) => groups.add_count(rows),
            None => {
                self.tuples(tuple, outer, ctx, &mut |frame| {
                    groups.add(frame, ctx)?;
                    Ok(true)
                })?;
            }
        }
        groups.finish(outer, ctx, emit)
    }

    /// The rows of `SELECT count(*) FROM t` if the table knows how many it has.
    fn counted(&self) -> Option<i64> {
        let group = self.group.as_ref()?;
        let only_counts = group
            .aggregates
            .iter()
            .all(|a| a.aggregate == Aggregate::CountRows && a.filter.is_none());
        let plain = self.filter.is_empty() && self.rownum_limit.is_none() && group.keys.is_empty();
        match &self.from {
            Some(From::Scan {
                relation, filter, ..
            }) if plain && only_counts && filter.is_empty() => {
                i64::try_from(relation.row_count()?).ok()
            }
            _ => None,
        }
    }

    /// Calls `sink` for each tuple of FROM for which WHERE holds.
    fn tuples(
        &self,
        tuple: &mut Tuple,
        outer: Option<&Frame>,
        ctx: &Context,
        sink: &mut dyn FnMut(&Frame) -> Result<bool>,
    ) -> Result<bool> {
        let mut number = 1;
        let most = match &self.rownum_limit {
            Some(e) => match e.eval(&Frame { tuple: &[], outer }, ctx)? {
                Value::Null => return Ok(true),
                v => ops::as_number(&v),
            },
            None => None,
        };
        let mut each = |tuple: &mut Tuple| -> Result<bool> {
            if self.rownum {
                if most.is_some_and(|most| number as f64 > most) {
                    return Ok(false);
                }
                if let Some(part) = tuple.get_mut(self.parts) {
                    *part = Rc::new(vec![Value::Int(number)]);
                }
            }
            let frame = Frame { tuple, outer };
            if !all_hold(&self.filter, &frame, ctx)? {
                return Ok(true);
            }
            number += 1;
            sink(&frame)
        };
        match &self.from {
            Some(from) => from.run(tuple, outer, ctx, &mut each),
            None => each(tuple),
        }
    }
}
