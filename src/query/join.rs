//! FROM: reads the sources and joins them.
//!
//! A tuple has a row for each source of its SELECT. A source puts its rows into its own part of the
//! tuple, one after the other, and calls on; so the two sides of a join fill different parts of one tuple.

use std::ops::Range;
use std::rc::Rc;

use super::expr::{Cached, Context, Expr, Frame, all_hold, eval_all};
use super::keys::Keys;
use super::ops::{self, Key};
use super::plan::{From, Join, JoinKind, TableFunction};
use super::words::limit;
use crate::base::{Result, Row, Value};

pub type Tuple = Vec<Rc<Row>>;

/// Takes a tuple; `false` stops the flow.
pub type TupleSink<'s> = &'s mut dyn FnMut(&mut Tuple) -> Result<bool>;

impl From<'_> {
    /// Calls `sink` for each tuple; `false` if it stopped the flow.
    pub fn run(
        &self,
        tuple: &mut Tuple,
        outer: Option<&Frame>,
        ctx: &Context,
        sink: TupleSink,
    ) -> Result<bool> {
        match self {
            From::Scan {
                part,
                relation,
                slots,
                filter,
                low,
                high,
            } => {
                let slots = slots.borrow();
                let bound = |e: &Option<Expr>| match e {
                    Some(e) => e.eval(&Frame { tuple: &[], outer }, ctx).map(Some),
                    None => Ok(None),
                };
                let (low, high) = (bound(low)?, bound(high)?);
                // `key = NULL` is true of no row.
                if [&low, &high].into_iter().flatten().any(Value::is_null) {
                    return Ok(true);
                }
                let rows = match (&low, &high) {
                    (None, None) => relation.scan(&slots),
                    _ => relation.scan_range(&slots, low.as_ref(), high.as_ref()),
                };
                for row in rows {
                    put(tuple, *part, row);
                    if !pass(filter, tuple, outer, ctx, sink)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            From::Derived {
                part, plan, filter, ..
            } => {
                // The sub-select sees the tuple as it is now; it must stay so while its rows are placed.
                let before = tuple.clone();
                let frame = Frame {
                    tuple: &before,
                    outer,
                };
                let mut go_on = true;
                plan.run(Some(&frame), ctx, &mut |row| {
                    put(tuple, *part, row);
                    go_on = pass(filter, tuple, outer, ctx, sink)?;
                    Ok(go_on)
                })?;
                Ok(go_on)
            }
            From::Cte {
                part,
                plan,
                id,
                nested,
                filter,
            } => {
                let rows = match ctx.cached(*id) {
                    Some(Cached::Rows(rows)) => rows,
                    _ if Rc::strong_count(plan) == 1 && !nested => {
                        // Read once only: no need to hold it.
                        let mut go_on = true;
                        plan.run(None, ctx, &mut |row| {
                            put(tuple, *part, row);
                            go_on = pass(filter, tuple, outer, ctx, sink)?;
                            Ok(go_on)
                        })?;
                        return Ok(go_on);
                    }
                    _ => {
                        let mut rows = Vec::new();
                        plan.run(None, ctx, &mut |row| {
                            ctx.keep(&row)?;
                            rows.push(Rc::new(row));
                            Ok(true)
                        })?;
                        let rows = Rc::new(rows);
                        ctx.remember(*id, Cached::Rows(Rc::clone(&rows)));
                        rows
                    }
                };
                place_all(&rows, *part, filter, tuple, outer, ctx, sink)
            }
            From::Working { part, id, filter } => match ctx.cached(*id) {
                Some(Cached::Rows(rows)) => {
                    place_all(&rows, *part, filter, tuple, outer, ctx, sink)
                }
                _ => Ok(true),
            },
            From::Function {
                part,
                function,
                name,
                args,
                ordinality,
                filter,
            } => {
                let args = eval_all(args, &Frame { tuple, outer }, ctx)?;
                let mut n = 0;
                let mut each = |mut row: Row| {
                    if *ordinality {
                        n += 1;
                        row.push(Value::Int(n));
                    }
                    put(tuple, *part, row);
                    pass(filter, tuple, outer, ctx, sink)
                };
                match function {
                    TableFunction::Series => series(&args, &mut each),
                    TableFunction::Unnest => {
                        let length = args.iter().map(|a| items(a).len()).max().unwrap_or(0);
                        for i in 0..length {
                            let row = args
                                .iter()
                                .map(|a| items(a).get(i).cloned().unwrap_or_default());
                            if !each(row.collect())? {
                                return Ok(false);
                            }
                        }
                        Ok(true)
                    }
                    TableFunction::Extern => {
                        let Some(relation) = ctx.env.catalog.table_function(name, &args)? else {
                            return Ok(true);
                        };
                        let all: Vec<usize> = (0..relation.columns().len()).collect();
                        for row in relation.scan(&all) {
                            if !each(row)? {
                                return Ok(false);
                            }
                        }
                        Ok(true)
                    }
                }
            }
            From::Join(join) => join.run(tuple, outer, ctx, sink),
        }
    }
}

/// Puts a row into its part of the tuple. The row before it was rarely kept by anyone: its place is
/// used again.
fn put(tuple: &mut Tuple, part: usize, row: Row) {
    if let Some(slot) = tuple.get_mut(part) {
        match Rc::get_mut(slot) {
            Some(place) => *place = row,
            None => *slot = Rc::new(row),
        }
    }
}

/// Passes the tuple on if it holds what the filter asks.
fn pass(
    filter: &[Expr],
    tuple: &mut Tuple,
    outer: Option<&Frame>,
    ctx: &Context,
    sink: TupleSink,
) -> Result<bool> {
    ctx.step(1)?;
    if !all_hold(filter, &Frame { tuple, outer }, ctx)? {
        return Ok(true);
    }
    sink(tuple)
}

fn place_all(
    rows: &[Rc<Row>],
    part: usize,
    filter: &[Expr],
    tuple: &mut Tuple,
    outer: Option<&Frame>,
    ctx: &Context,
    sink: TupleSink,
) -> Result<bool> {
    for row in rows {
        if let Some(slot) = tuple.get_mut(part) {
            *slot = Rc::clone(row);
        }
        if !pass(filter, tuple, outer, ctx, sink)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn items(v: &Value) -> &[Value] {
    match v {
        Value::Array(items) => items,
        _ => &[],
    }
}

/// `generate_series(from, to [, step])`: whole numbers, or moments with an interval as step.
fn series(args: &[Value], each: &mut dyn FnMut(Row) -> Result<bool>) -> Result<bool> {
    let number = |n: usize| match args.get(n) {
        Some(Value::Int(i) | Value::Interval(i) | Value::Timestamp(i) | Value::TimestampTz(i)) => {
            Some(*i)
        }
        _ => None,
    };
    let (Some(mut at), Some(to)) = (number(0), number(1)) else {
        return Ok(true);
    };
    let step = if args.len() > 2 { number(2) } else { Some(1) };
    let Some(step) = step else {
        return Ok(true);
    };
    if step == 0 {
        return Err(
            crate::base::Error::new(crate::base::ErrorKind::Type, "step cannot be 0")
                .sqlstate("22023"),
        );
    }
    while if step > 0 { at <= to } else { at >= to } {
        let value = match args.first() {
            Some(Value::Timestamp(_)) => Value::Timestamp(at),
            Some(Value::TimestampTz(_)) => Value::TimestampTz(at),
            _ => Value::Int(at),
        };
        if !each(vec![value])? {
            return Ok(false);
        }
        match at.checked_add(step) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(true)
}

impl Join<'_> {
    fn run(
        &self,
        tuple: &mut Tuple,
        outer: Option<&Frame>,
        ctx: &Context,
        sink: TupleSink,
    ) -> Result<bool> {
        if self.lateral {
            return self.run_lateral(tuple, outer, ctx, sink);
        }
        let mut right: Vec<Tuple> = Vec::new();
        self.right.run(tuple, outer, ctx, &mut |tuple| {
            let rows = tuple.get(self.middle..self.to).unwrap_or(&[]);
            rows.iter().try_for_each(|row| ctx.keep(row))?;
            right.push(rows.to_vec());
            Ok(true)
        })?;
        let index = self.index(&right, tuple, outer, ctx)?;
        let every: Vec<usize> = (0..right.len()).collect();
        let left_kept = matches!(self.kind, JoinKind::Left | JoinKind::Full);
        let right_kept = matches!(self.kind, JoinKind::Right | JoinKind::Full);
        let mut matched = vec![false; if right_kept { right.len() } else { 0 }];
        let go_on = self.left.run(tuple, outer, ctx, &mut |tuple| {
            let frame = Frame { tuple, outer };
            let candidates = match &index {
                None => &every[..],
                Some(index) => {
                    let key = self.key(true, &frame, ctx)?;
                    key.and_then(|key| index.get(&key))
                        .map_or(&[][..], Vec::as_slice)
                }
            };
            let mut any = false;
            for &i in candidates {
                ctx.step(1)?;
                fill(tuple, self.middle..self.to, right.get(i));
                if !all_hold(&self.on, &Frame { tuple, outer }, ctx)? {
                    continue;
                }
                any = true;
                if let Some(flag) = matched.get_mut(i) {
                    *flag = true;
                }
                if !sink(tuple)? {
                    return Ok(false);
                }
            }
            if !any && left_kept {
                fill(tuple, self.middle..self.to, None);
                return sink(tuple);
            }
            Ok(true)
        })?;
        if !go_on {
            return Ok(false);
        }
        fill(tuple, self.from..self.middle, None);
        for (rows, matched) in right.iter().zip(&matched) {
            if !matched {
                fill(tuple, self.middle..self.to, Some(rows));
                if !sink(tuple)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The right side's tuples by their keys; `None` if there are no equalities to go by.
    fn index(
        &self,
        right: &[Tuple],
        tuple: &mut Tuple,
        outer: Option<&Frame>,
        ctx: &Context,
    ) -> Result<Option<Index>> {
        if self.keys.is_empty() {
            return Ok(None);
        }
        let mut index = Index::default();
        for (i, rows) in right.iter().enumerate() {
            fill(tuple, self.middle..self.to, Some(rows));
            let frame = Frame { tuple, outer };
            if let Some(key) = self.key(false, &frame, ctx)? {
                ctx.keep(&key.0)?;
                index.add(key, i);
            }
        }
        Ok(Some(index))
    }

    /// One side's key; `None` if a NULL is in it, which equals nothing.
    fn key(&self, of_left: bool, frame: &Frame, ctx: &Context) -> Result<Option<Key>> {
        let mut key = Vec::with_capacity(self.keys.len());
        for (left, right) in &self.keys {
            let side = if of_left { left } else { right };
            let value = side.eval(frame, ctx)?;
            if value.is_null() {
                return Ok(None);
            }
            key.push(ops::normal(value, ctx.env.flavour()));
        }
        Ok(Some(Key(key)))
    }

    fn run_lateral(
        &self,
        tuple: &mut Tuple,
        outer: Option<&Frame>,
        ctx: &Context,
        sink: TupleSink,
    ) -> Result<bool> {
        if matches!(self.kind, JoinKind::Right | JoinKind::Full) {
            return Err(limit(
                "LATERAL on the right of a RIGHT or FULL JOIN is not supported",
            ));
        }
        self.left.run(tuple, outer, ctx, &mut |tuple| {
            let mut any = false;
            let go_on = self.right.run(tuple, outer, ctx, &mut |tuple| {
                if !all_hold(&self.on, &Frame { tuple, outer }, ctx)? {
                    return Ok(true);
                }
                any = true;
                sink(tuple)
            })?;
            if go_on && !any && self.kind == JoinKind::Left {
                fill(tuple, self.middle..self.to, None);
                return sink(tuple);
            }
            Ok(go_on)
        })
    }
}

/// The tuples of one side by their keys.
#[derive(Default)]
struct Index {
    keys: Keys,
    tuples: Vec<Vec<usize>>,
}

impl Index {
    fn add(&mut self, key: Key, tuple: usize) {
        if let Some(found) = self.keys.get(&key).and_then(|n| self.tuples.get_mut(n)) {
            found.push(tuple);
            return;
        }
        self.keys.insert(key, self.tuples.len());
        self.tuples.push(vec![tuple]);
    }

    fn get(&self, key: &Key) -> Option<&Vec<usize>> {
        self.keys.get(key).and_then(|n| self.tuples.get(n))
    }
}

/// Puts rows into a range of the tuple; without rows, NULLs: a column past the end of its row is NULL.
fn fill(tuple: &mut Tuple, range: Range<usize>, rows: Option<&Tuple>) {
    let empty = Rc::new(Row::new());
    for (n, slot) in tuple
        .get_mut(range)
        .unwrap_or(&mut [])
        .iter_mut()
        .enumerate()
    {
        *slot = Rc::clone(rows.and_then(|rows| rows.get(n)).unwrap_or(&empty));
    }
}
