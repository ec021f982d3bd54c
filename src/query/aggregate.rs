//! Groups and what is computed over them.

use std::rc::Rc;

use super::Env;
use super::execute::sort_rows;
use super::expr::{Context, Frame, all_hold, eval_all};
use super::functions::Aggregate;
use super::keys::Keys;
use super::ops::{self, Key, Op};
use super::plan::{AggregateCall, Group, SortKey};
use super::words::limit;
use crate::base::{Decimal, Result, Row, Type, Value};

/// The groups seen so far, in the order in which they were first seen.
pub struct Groups<'g, 'a> {
    group: &'g Group<'a>,
    index: Keys,
    found: Vec<(Row, Vec<State>)>,
}

/// One aggregate of one group.
#[derive(Clone, Default)]
pub struct State {
    count: i64,
    value: Value,
    /// Rows of arguments and sort keys, for aggregates that need them all.
    rows: Vec<Row>,
    seen: Keys,
}

impl<'g, 'a> Groups<'g, 'a> {
    pub fn new(group: &'g Group<'a>) -> Groups<'g, 'a> {
        Groups {
            group,
            index: Keys::new(),
            found: Vec::new(),
        }
    }

    fn states(&self) -> Vec<State> {
        self.group
            .aggregates
            .iter()
            .map(|_| State::default())
            .collect()
    }

    /// Takes a row in.
    pub fn add(&mut self, frame: &Frame, ctx: &Context) -> Result<()> {
        let env = ctx.env;
        let row = eval_all(&self.group.keys, frame, ctx)?;
        let at = if self.group.keys.is_empty() {
            if self.found.is_empty() {
                self.found.push((row, self.states()));
            }
            0
        } else {
            let key = Key(row
                .iter()
                .map(|v| ops::normal(v.clone(), env.flavour()))
                .collect());
            match self.index.get(&key) {
                Some(at) => at,
                None => {
                    ctx.keep(&row)?;
                    ctx.keep(&key.0)?;
                    self.found.push((row, self.states()));
                    self.index.insert(key, self.found.len() - 1);
                    self.found.len() - 1
                }
            }
        };
        let group = self.group;
        if let Some((_, states)) = self.found.get_mut(at) {
            for (call, state) in group.aggregates.iter().zip(states) {
                call.add(state, frame, ctx)?;
            }
        }
        Ok(())
    }

    /// `count(*)` over rows that were counted without being read.
    pub fn add_count(&mut self, rows: i64) {
        let mut states = self.states();
        states.iter_mut().for_each(|s| s.count = rows);
        self.found.push((Row::new(), states));
    }

    /// Hands out a row per group: its keys, then its aggregates.
    pub fn finish(
        mut self,
        outer: Option<&Frame>,
        ctx: &Context,
        sink: &mut dyn FnMut(&Frame) -> Result<bool>,
    ) -> Result<bool> {
        if self.found.is_empty() && self.group.always {
            let states = self.states();
            self.found.push((Row::new(), states));
        }
        for (mut row, states) in self.found {
            for (call, state) in self.group.aggregates.iter().zip(states) {
                row.push(call.finish(state, ctx.env)?);
            }
            let tuple = [Rc::new(row)];
            let frame = Frame {
                tuple: &tuple,
                outer,
            };
            if all_hold(&self.group.having, &frame, ctx)? && !sink(&frame)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl AggregateCall<'_> {
    pub fn add(&self, state: &mut State, frame: &Frame, ctx: &Context) -> Result<()> {
        let env = ctx.env;
        if let Some(filter) = &self.filter
            && !filter.holds(frame, ctx)?
        {
            return Ok(());
        }
        if self.aggregate == Aggregate::CountRows {
            state.count += 1;
            return Ok(());
        }
        let mut args = eval_all(&self.args, frame, ctx)?;
        let keeps_nulls = matches!(self.aggregate, Aggregate::Array | Aggregate::First);
        if !keeps_nulls && args.iter().any(Value::is_null) {
            return Ok(());
        }
        if self.distinct {
            let key = Key(args
                .iter()
                .map(|v| ops::normal(v.clone(), env.flavour()))
                .collect());
            if state.seen.contains(&key) {
                return Ok(());
            }
            ctx.keep(&key.0)?;
            state.seen.insert(key, 0);
        }
        state.count += 1;
        match self.aggregate {
            Aggregate::Array | Aggregate::Join => {
                if self.aggregate == Aggregate::Join {
                    // `group_concat(a, b)` joins its arguments first.
                    let mut text = String::new();
                    args.iter().for_each(|v| ops::push_text(v, &mut text));
                    args = vec![Value::text(text)];
                }
                for (e, ..) in &self.order {
                    args.push(e.eval(frame, ctx)?);
                }
                ctx.keep(&args)?;
                state.rows.push(args);
            }
            _ => {
                let value = args.into_iter().next().unwrap_or_default();
                self.take(state, value, env)?;
            }
        }
        Ok(())
    }

    fn take(&self, state: &mut State, value: Value, env: &Env) -> Result<()> {
        use std::cmp::Ordering::*;
        let first = state.count == 1;
        let better =
            |order| first || ops::compare(&value, &state.value, env.flavour()) == Some(order);
        match self.aggregate {
            Aggregate::Count => {}
            Aggregate::Min if better(Less) => state.value = value,
            Aggregate::Max if better(Greater) => state.value = value,
            Aggregate::First if first => state.value = value,
            Aggregate::Sum | Aggregate::Avg => {
                // Whole numbers are summed as decimals: they cannot overflow then.
                let value = match value {
                    Value::Int(i) => Value::Decimal(Decimal::new(i128::from(i), 0)),
                    v => v,
                };
                state.value = if first {
                    ops::binary(Op::Plus, &Value::Int(0), &value, env).unwrap_or(value)
                } else {
                    ops::binary(Op::Plus, &state.value, &value, env)?
                };
            }
            Aggregate::And | Aggregate::Or => {
                let b = ops::truth(&value) == Some(true);
                let before = ops::truth(&state.value) == Some(true);
                state.value = Value::Bool(match self.aggregate {
                    _ if first => b,
                    Aggregate::And => before && b,
                    _ => before || b,
                });
            }
            _ => {}
        }
        Ok(())
    }

    pub fn finish(&self, mut state: State, env: &Env) -> Result<Value> {
        Ok(match self.aggregate {
            Aggregate::CountRows | Aggregate::Count => Value::Int(state.count),
            _ if state.count == 0 => Value::Null,
            Aggregate::Avg => {
                let count = match state.value.type_of() {
                    Type::Float => Value::float(state.count as f64),
                    _ => Value::Int(state.count),
                };
                ops::binary(Op::Divide, &state.value, &count, env)?
            }
            Aggregate::Array | Aggregate::Join => {
                if !self.order.is_empty() {
                    // The sort keys stand behind the one value.
                    let keys = self
                        .order
                        .iter()
                        .enumerate()
                        .map(|(i, (_, desc, first))| SortKey {
                            column: i + 1,
                            descending: *desc,
                            nulls_first: *first,
                        });
                    sort_rows(&mut state.rows, &keys.collect::<Vec<_>>(), env);
                }
                let items = state
                    .rows
                    .into_iter()
                    .filter_map(|row| row.into_iter().next());
                if self.aggregate == Aggregate::Array {
                    return Ok(Value::Array(items.collect()));
                }
                let mut text = String::new();
                for (i, item) in items.enumerate() {
                    if i > 0 {
                        ops::push_text(&self.separator, &mut text);
                    }
                    ops::push_text(&item, &mut text);
                    if text.len() > ops::TEXT_LIMIT {
                        return Err(limit("the text would be longer than 1 MiB"));
                    }
                }
                ops::text_value(text, env)?
            }
            _ => state.value,
        })
    }
}
