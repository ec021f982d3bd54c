//! IMPORT: the table is OFFLINE (importing) while its new ranges fill from files. Undoing removes
//! what was written: row by row where the table had rows, with one range tombstone where it had
//! none. v2.1 makes the table and drops it again. reference: cockroachdb-jobs 4.2

use super::super::{Cockroach, Cx};
use super::plan::{Act, Pace};
use super::{Plan, Span};
use crate::base::Duration;
use crate::cluster::{
    Artefact, Block, Direction, FileIx, JobIx, RangeIx, Rule, TableIx, TableState,
};
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Import {
    pub table: TableIx,
    pub files: Vec<ImportFile>,
    /// The table had no rows when the import began.
    pub was_empty: bool,
    /// v2.1: the import made the table.
    pub makes_table: bool,
}

#[derive(Clone, Debug, Hash)]
pub struct ImportFile {
    pub file: FileIx,
    pub uri: Rc<str>,
    /// Bytes of it.
    pub bytes: u64,
    /// The rows that it holds.
    pub rows: u64,
    pub seed: u64,
    /// The first row that cannot be read, from 0.
    pub broken_at: Option<u64>,
}

const OPEN: u8 = 0;
const FILL: u8 = 1;
const PUBLISH: u8 = 2;

/// Imported data lies in ranges of this size, the product's split size for AddSSTable.
const SPAN: u64 = 48 << 20;

impl Cockroach {
    pub(crate) fn import_resume(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        match self.phase(job) {
            OPEN => {
                if let Some(t) = cx.cluster.table_mut(i.table) {
                    t.state = TableState::Offline("importing");
                }
                if let Some(p) = self.payload_mut(job) {
                    p.tables = vec![i.table];
                }
                self.tell_job(
                    cx,
                    job,
                    "took its table OFFLINE (importing): nobody can read it until the job ends",
                );
                // Leases on the public version drain.
                self.later(cx, job, Duration::from_millis(1_200));
            }
            FILL => self.import_fill(cx, job, i),
            _ => self.later(cx, job, Duration::from_millis(900)),
        }
    }

    pub(crate) fn import_step(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        match self.phase(job) {
            OPEN => {
                self.import_plan(cx, job, i);
                self.set_phase(job, FILL);
                self.import_fill(cx, job, i);
            }
            PUBLISH => self.import_publish(cx, job, i),
            _ => {}
        }
    }

    fn import_plan(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        let Some(tenant) = cx.cluster.table(i.table).map(|t| t.tenant) else {
            return;
        };
        let mut spans = Vec::new();
        for f in &i.files {
            // The bytes up to the row that cannot be read; rows are of equal length by rule.
            let readable = match f.broken_at {
                Some(row) => {
                    (u128::from(f.bytes) * u128::from(row) / u128::from(f.rows.max(1))) as u64
                }
                None => f.bytes,
            };
            let mut left = readable.max(1);
            while left > 0 {
                let bytes = left.min(SPAN);
                let range = self.add_range(cx, tenant, i.table, bytes, 0, Some(job));
                spans.push(Span::new(Act::Fill, range, bytes).with_file(Some(f.file)));
                left -= bytes;
            }
        }
        self.set_plan(job, Plan::main(spans));
    }

    fn import_fill(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        let pace = Pace {
            label: "import rows",
            direction: Direction::Forward,
            per_node: 1,
            unit_rate: self.bulk_rate() / 2,
        };
        if !self.run_plan(cx, job, pace) {
            self.import_filled(cx, job, i);
        }
    }

    pub(crate) fn import_phase_ended(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        if self.phase(job) == FILL {
            self.import_filled(cx, job, i);
        }
    }

    fn import_filled(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        if let Some(f) = i.files.iter().find(|f| f.broken_at.is_some()) {
            let row = f.broken_at.unwrap_or(0).saturating_add(1);
            let error = format!(
                "{}: error parsing row {row}: expected {} fields, got 1 (row: \"corrupt\")",
                f.uri,
                cx.cluster.table(i.table).map_or(0, |t| t.columns.len())
            );
            self.fail(cx, job, &error);
            return;
        }
        if self.holds_same_rows(cx, i) {
            self.fail(
                cx,
                job,
                "duplicate key in primary index: a key of the file is in the table already",
            );
            return;
        }
        self.save_plan(job);
        self.set_phase(job, PUBLISH);
        self.later(cx, job, Duration::from_millis(900));
    }

    /// The table has the rows of one of the files already.
    fn holds_same_rows(&self, cx: &Cx, i: &Import) -> bool {
        cx.cluster.table(i.table).is_some_and(|t| {
            t.data
                .blocks
                .iter()
                .any(|b| b.until.is_none() && i.files.iter().any(|f| f.seed == b.rule.seed))
        })
    }

    fn import_publish(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        if self.pausepoint(cx, job, "import.after_ingest") {
            return;
        }
        if i.makes_table
            && let Some(error) = self.name_taken(cx.cluster, i.table)
        {
            self.fail(cx, job, &error);
            return;
        }
        let now = cx.now();
        if cx.cluster.job(job).is_some_and(|j| j.status == "running")
            && let Some(t) = cx.cluster.table_mut(i.table)
        {
            let data = Rc::make_mut(&mut t.data);
            for f in &i.files {
                // Keys go on behind those that are there.
                let lo = data.blocks.iter().map(|b| b.hi).max().unwrap_or(0);
                data.blocks.push(Block {
                    rule: Rule::new(f.seed, t.columns.clone(), &t.key),
                    lo,
                    hi: lo.saturating_add(f.rows),
                    from: now,
                    until: None,
                    made_by: Some(job),
                });
            }
            t.state = TableState::Public;
        }
        self.succeed(cx, job);
        self.refresh_statistics(cx, job, i.table);
    }

    /// First the ingesting nodes stop; then what they wrote is removed.
    pub(crate) fn import_revert(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        // Nodes that are down keep the job waiting, five minutes at the most.
        let lost = cx.cluster.nodes.iter().any(|n| !n.alive);
        let wait = if lost {
            Duration::from_mins(5)
        } else {
            Duration::from_millis(1_500)
        };
        let how = if i.was_empty {
            "with one MVCC range tombstone"
        } else {
            "row by row, because the table had rows before: this is slow"
        };
        self.tell_job(
            cx,
            job,
            &format!("undoes: waits until the ingesting nodes have stopped, then deletes what it wrote {how}; the table stays OFFLINE meanwhile"),
        );
        self.later(cx, job, wait);
    }

    pub(crate) fn import_revert_step(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        let now = cx.now();
        let ranges = self.imported_ranges(cx, job);
        let spans: Vec<Span> = ranges
            .iter()
            .map(|&r| {
                let held = cx.cluster.range_held(r, now);
                // A tombstone covers the span whatever it holds.
                let amount = if i.was_empty { 40_000 } else { held };
                Span::new(Act::Clear, r, amount.max(1_000))
            })
            .collect();
        self.set_plan(job, Plan::of(spans));
        let pace = Pace {
            label: if i.was_empty {
                "write range tombstone"
            } else {
                "delete imported rows"
            },
            direction: Direction::Undo,
            per_node: 1,
            unit_rate: if i.was_empty {
                200_000
            } else {
                (self.bulk_rate() / 6).max(1)
            },
        };
        if !self.run_plan(cx, job, pace) {
            self.import_undone(cx, job, i);
        }
    }

    pub(crate) fn import_undone(&mut self, cx: &mut Cx, job: JobIx, i: &Import) {
        let now = cx.now();
        let ranges = self.imported_ranges(cx, job);
        let wrote: u64 = self.payload(job).map_or(0, |p| p.plan.done_bytes());
        self.ranges_gone(cx, &ranges);
        if let Some(t) = cx.cluster.table_mut(i.table) {
            t.ranges.retain(|r| !ranges.contains(r));
            if t.state == TableState::Offline("importing") {
                t.state = TableState::Public;
            }
        }
        if !i.was_empty && wrote > 0 {
            let (tenant, label) = match cx.cluster.table(i.table) {
                Some(t) => (t.tenant, format!("MVCC tombstones in {}", t.name)),
                None => return,
            };
            cx.cluster.artefacts.push(Artefact {
                tenant,
                kind: "MVCC tombstones",
                label: Rc::from(label),
                job: Some(job),
                created: now,
                removed: None,
            });
        }
        self.tell_job(cx, job, "made its table public again");
        self.undone(cx, job);
    }

    fn imported_ranges(&self, cx: &Cx, job: JobIx) -> Vec<RangeIx> {
        let Some(t) = self
            .payload(job)
            .and_then(|p| p.tables.first().copied())
            .and_then(|t| cx.cluster.table(t))
        else {
            return Vec::new();
        };
        t.ranges
            .iter()
            .copied()
            .filter(|r| {
                cx.cluster
                    .range(*r)
                    .is_some_and(|r| r.made_by == Some(job) && r.gone.is_none())
            })
            .collect()
    }
}

impl Import {
    /// Rows of all files, for the answer of the statement.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|f| f.rows).sum()
    }
}
