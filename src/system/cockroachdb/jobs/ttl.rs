//! Row-level TTL: each run of a table's schedule goes through its ranges and deletes the rows that
//! have expired, as fast as the rate limit lets it. What is deleted stays so, whatever becomes of
//! the job. reference: cockroachdb-jobs 1.3; beyond it: `pkg/sql/ttl/ttljob`.

use super::super::{Cockroach, Cx, settings};
use super::plan::{Act, Pace};
use super::{Plan, Span, Spec};
use crate::base::{Result, Row, Time, Value};
use crate::cluster::{Direction, JobIx, Key, TableIx};
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct TtlRun {
    pub table: TableIx,
    /// Rows that have expired by then are deleted: when the run was due.
    pub cutoff: Time,
}

/// Expired rows that were found.
#[derive(Default)]
struct Found {
    seen: u64,
    expired: u64,
    /// Rows by rule that have expired to the last one: block, and from where to where.
    whole: Vec<(usize, u64, u64)>,
    keys: Vec<Vec<Key>>,
}

/// The most rows that are deleted one by one in a span, for each takes memory of its own; the next
/// run finds the others.
const MAX_KEYS: usize = 20_000;

/// How many rows tell what share of a table has expired.
const SAMPLE: u64 = 1_000;

impl Cockroach {
    pub(crate) fn ttl_resume(&mut self, cx: &mut Cx, job: JobIx, t: &TtlRun) {
        let Some(table) = cx.cluster.table(t.table) else {
            return;
        };
        let (tenant, name) = (table.tenant, table.name.clone());
        let refused = match self.ttl_of(t.table) {
            _ if self.setting(tenant, settings::TTL_ENABLED) != "true" => format!(
                "ttl jobs are currently disabled by CLUSTER SETTING {}",
                settings::TTL_ENABLED
            ),
            None => format!("unable to find TTL on table {name}"),
            Some(ttl) if ttl.paused() => format!("ttl jobs on table {name} are currently paused"),
            Some(_) => String::new(),
        };
        if !refused.is_empty() {
            return self.fail(cx, job, &refused);
        }
        if self.payload(job).is_some_and(|p| p.plan.spans.is_empty()) {
            let mut spans = Vec::new();
            for &r in &table.ranges {
                if let Some(range) = cx.cluster.range(r).filter(|_| !self.is_index_range(r)) {
                    spans.push(Span::new(Act::Read, r, range.held.max(1_000)));
                }
            }
            self.set_plan(job, Plan::main(spans));
        }
        let unit_rate = match self.ttl_rate(cx, t) {
            Ok(rate) => rate,
            Err(e) => return self.fail(cx, job, &e.message),
        };
        let pace = Pace {
            label: "delete expired rows",
            direction: Direction::Forward,
            per_node: 1,
            unit_rate,
        };
        if !self.run_plan(cx, job, pace) {
            self.succeed(cx, job);
        }
    }

    /// Bytes a second of a node: reading takes its time, and so do the rows that are to be deleted,
    /// whose share of the table a sample tells.
    fn ttl_rate(&self, cx: &Cx, t: &TtlRun) -> Result<u64> {
        let read = self.bulk_rate().max(1);
        let Some(table) = cx.cluster.table(t.table) else {
            return Ok(read);
        };
        let rows = table.data.count(cx.now()).max(1);
        let of = self.ttl_of(t.table).and_then(|t| t.delete_rate());
        let limit = of.unwrap_or_else(|| self.int_setting(table.tenant, settings::TTL_DELETE_RATE));
        let mut found = Found::default();
        self.expired_rows(cx, t, (0, 1), (rows / SAMPLE).max(1), &mut found)?;
        if limit <= 0 || found.expired == 0 {
            return Ok(read);
        }
        // limit rows/s, in bytes/s of what is read on the way.
        let bytes = u128::from(self.primary_bytes(cx, t.table).max(1));
        let delete = bytes * limit.unsigned_abs() as u128 * u128::from(found.seen)
            / (u128::from(rows) * u128::from(found.expired));
        let (read, delete) = (u128::from(read), delete.max(1));
        Ok(u64::try_from((read * delete / (read + delete)).max(1)).unwrap_or(u64::MAX))
    }

    /// A span of a run has been gone through: what has expired in it goes.
    pub(crate) fn ttl_span(&mut self, cx: &mut Cx, job: JobIx, span: usize) {
        let Some(spec) = self.spec(job) else { return };
        let Spec::Ttl(t) = &*spec else { return };
        let parts = self.payload(job).map_or(1, |p| p.plan.spans.len());
        let mut found = Found::default();
        if let Err(e) = self.expired_rows(cx, t, (span as u64, parts as u64), 1, &mut found) {
            return self.fail(cx, job, &e.message);
        }
        if found.expired == 0 {
            return;
        }
        let now = cx.now();
        if let Some(table) = cx.cluster.table_mut(t.table) {
            let data = Rc::make_mut(&mut table.data);
            // From the last block on, so that the places of those before stay right.
            for (block, lo, hi) in found.whole.into_iter().rev() {
                data.end_rows(block, lo, hi, now);
            }
            for key in found.keys {
                data.write(key, now, None);
            }
        }
        cx.cluster.changes += 1;
    }

    /// Looks for expired rows in one of the table's parts, at every `step`th.
    fn expired_rows(
        &self,
        cx: &Cx,
        t: &TtlRun,
        (part, parts): (u64, u64),
        step: u64,
        found: &mut Found,
    ) -> Result<()> {
        let (Some(table), Some(ttl)) = (cx.cluster.table(t.table), self.ttl_of(t.table)) else {
            return Ok(());
        };
        let defaults = self.defaults_of(table, t.table);
        let now = cx.now();
        let cutoff = t.cutoff.unix_us(cx.cluster.epoch_us);
        // Rows are shared out by their numbers, which do not move when others go.
        let all = table.data.blocks.iter().map(|b| b.hi).max().unwrap_or(0);
        let edge = |n: u64| (u128::from(all) * u128::from(n) / u128::from(parts.max(1))) as u64;
        self.with_expression(cx, table, ttl, &table.columns, &mut |bound| {
            let expired = |row: Row| -> Result<bool> {
                Ok(matches!(bound.eval(row)?, Value::TimestampTz(us) if us <= cutoff))
            };
            for (i, b) in table.data.blocks.iter().enumerate() {
                if b.from > now || b.until.is_some_and(|u| u <= now) {
                    continue;
                }
                let (lo, hi) = (b.lo.max(edge(part)), b.hi.min(edge(part + 1)));
                let mut places = Vec::with_capacity(table.columns.len());
                for c in table.columns.iter() {
                    places.push(b.rule.place(&c.name));
                }
                let (kept, mut stay) = (found.keys.len(), false);
                let mut n = lo;
                while n < hi {
                    let mut row = Row::with_capacity(places.len());
                    for (place, default) in places.iter().zip(&defaults) {
                        row.push(match place {
                            Some(place) => b.rule.value(n, *place),
                            None => default.clone(),
                        });
                    }
                    n = n.saturating_add(step);
                    let mut key = Vec::with_capacity(table.key.len());
                    for &c in table.key.iter() {
                        key.push(Key(row.get(c).cloned().unwrap_or_default()));
                    }
                    if table.data.overlay.contains_key(&key) {
                        continue;
                    }
                    found.seen += 1;
                    if !expired(row)? {
                        stay = true;
                        continue;
                    }
                    found.expired += 1;
                    if found.keys.len() < kept + MAX_KEYS {
                        found.keys.push(key);
                    }
                }
                if !stay && lo < hi {
                    found.keys.truncate(kept);
                    found.whole.push((i, lo, hi));
                }
            }
            let every = (step as usize).max(1);
            for (i, (key, versions)) in table.data.overlay.iter().enumerate() {
                let row = versions.last().and_then(|v| v.row.as_ref());
                let Some(row) = row.filter(|_| i as u64 % parts.max(1) == part && i % every == 0)
                else {
                    continue;
                };
                found.seen += 1;
                if expired(row.to_vec())? {
                    found.expired += 1;
                    found.keys.push(key.clone());
                }
            }
            Ok(bound.ty)
        })?;
        Ok(())
    }
}
