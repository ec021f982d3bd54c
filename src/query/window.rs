//! Window functions: each row's value from the rows of its partition.

use std::cmp::Ordering;

use super::aggregate::State;
use super::execute::{order, sort_rows};
use super::expr::{Context, Frame, eval_all};
use super::join::Tuple;
use super::plan::{Ranking, SortKey, Window};
use crate::base::{Result, Row, Value};

/// For each tuple the values of all windows.
pub fn values(
    windows: &[Window],
    tuples: &[Tuple],
    outer: Option<&Frame>,
    ctx: &Context,
) -> Result<Vec<Row>> {
    let mut out = vec![Row::new(); tuples.len()];
    for window in windows {
        window.fill(tuples, outer, ctx, &mut out)?;
    }
    Ok(out)
}

impl Window<'_> {
    fn fill(
        &self,
        tuples: &[Tuple],
        outer: Option<&Frame>,
        ctx: &Context,
        out: &mut [Row],
    ) -> Result<()> {
        // Partition keys, sort keys, and the number of the tuple.
        let width = self.partition.len() + self.order.len();
        let mut rows: Vec<Row> = Vec::with_capacity(tuples.len());
        for (i, tuple) in tuples.iter().enumerate() {
            let frame = Frame { tuple, outer };
            let mut row = eval_all(&self.partition, &frame, ctx)?;
            for (e, ..) in &self.order {
                row.push(e.eval(&frame, ctx)?);
            }
            row.push(Value::Int(i as i64));
            rows.push(row);
        }
        let mut keys = Vec::new();
        for column in 0..self.partition.len() {
            keys.push(SortKey {
                column,
                descending: false,
                nulls_first: true,
            });
        }
        for (i, (_, descending, nulls_first)) in self.order.iter().enumerate() {
            keys.push(SortKey {
                column: self.partition.len() + i,
                descending: *descending,
                nulls_first: *nulls_first,
            });
        }
        sort_rows(&mut rows, &keys, ctx.env);
        let number = |at: usize| match rows.get(at).and_then(|r| r.get(width)) {
            Some(Value::Int(i)) => *i as usize,
            _ => 0,
        };
        let (of_partition, _) = keys.split_at(self.partition.len());
        let end_of = |from: usize, to: usize, keys: &[SortKey]| {
            let mut end = from + 1;
            while end < to
                && let (Some(a), Some(b)) = (rows.get(from), rows.get(end))
                && order(a, b, keys, ctx.env) == Ordering::Equal
            {
                end += 1;
            }
            end
        };
        let mut start = 0;
        while start < rows.len() {
            let end = end_of(start, rows.len(), of_partition);
            let mut state = State::default();
            let (mut from, mut group) = (start, 0);
            while from < end {
                // Rows that the order does not tell apart.
                let to = match self.whole && self.order.is_empty() {
                    true => end,
                    false => end_of(from, end, &keys),
                };
                group += 1;
                let last = if self.whole { end } else { to };
                let mut shared = Value::Null;
                if let Ranking::Aggregate(call) = &self.what {
                    let fresh = if from == start {
                        start..last
                    } else {
                        from..last
                    };
                    if from == start || !self.whole {
                        for at in fresh {
                            let Some(tuple) = tuples.get(number(at)) else {
                                continue;
                            };
                            call.add(&mut state, &Frame { tuple, outer }, ctx)?;
                        }
                    }
                    shared = call.finish(state.clone(), ctx.env)?;
                }
                for at in from..to {
                    ctx.step(1)?;
                    // An argument as another row of the partition has it.
                    let arg = |n: usize, at: usize| -> Result<Value> {
                        match (self.args.get(n), tuples.get(number(at))) {
                            (Some(e), Some(tuple)) => e.eval(&Frame { tuple, outer }, ctx),
                            _ => Ok(Value::Null),
                        }
                    };
                    let count = |n: usize| Value::Int(n as i64);
                    let value = match &self.what {
                        Ranking::Aggregate(_) => shared.clone(),
                        Ranking::RowNumber => count(at - start + 1),
                        Ranking::Rank => count(from - start + 1),
                        Ranking::DenseRank => count(group),
                        Ranking::First => arg(0, start)?,
                        Ranking::Last => arg(0, last - 1)?,
                        Ranking::NTile => match arg(0, at)? {
                            Value::Int(n) if n > 0 => {
                                count(tile(at - start, end - start, n as usize))
                            }
                            _ => Value::Null,
                        },
                        Ranking::Lag | Ranking::Lead => {
                            let by = match self.args.len() {
                                0 | 1 => Value::Int(1),
                                _ => arg(1, at)?,
                            };
                            let by = match by {
                                Value::Int(n) => n,
                                _ => 0,
                            };
                            let by = match self.what {
                                Ranking::Lag => by.saturating_neg(),
                                _ => by,
                            };
                            let there = (at as i64).saturating_add(by);
                            let inside = there >= start as i64 && there < end as i64;
                            match inside {
                                true => arg(0, there as usize)?,
                                false => arg(2, at)?,
                            }
                        }
                    };
                    if let Some(row) = out.get_mut(number(at)) {
                        row.push(value);
                    }
                }
                from = to;
            }
            start = end;
        }
        Ok(())
    }
}

/// Which of `tiles` buckets, from 1, row `at` of `rows` is in; the first ones take what is left over.
fn tile(at: usize, rows: usize, tiles: usize) -> usize {
    let (size, more) = (rows / tiles, rows % tiles);
    let large = more * (size + 1);
    match at < large || size == 0 {
        true => at / (size + 1) + 1,
        false => more + (at - large) / size + 1,
    }
}
