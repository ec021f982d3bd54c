//! Schema changes: stages that wait for leases, fill a new index, validate it. v26.2 undoes a
//! cancelled one in the same job until its stages can no longer be undone; v2.1 records a new
//! `ROLL BACK JOB …`. reference: cockroachdb-jobs 1.3, 4.2, 4.3

use super::super::states::{self};
use super::super::{Cockroach, Cx};
use super::plan::{Act, Pace};
use super::{Gc, New, Plan, Span, Spec};
use crate::base::Duration;
use crate::cluster::{ColumnDef, Direction, JobIx, Key, RangeIx, TableIx, TenantIx};
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Schema {
    pub table: TableIx,
    pub change: Change,
    /// By the declarative schema changer; the legacy one has other stages.
    pub declarative: bool,
}

/// What the change does when it is published.
#[derive(Clone, Debug, Hash)]
pub enum Change {
    /// Fills an index; its place in [`Cockroach::indexes`].
    AddIndex(usize),
    /// Adds a column; one with a default rewrites the primary index.
    AddColumn(ColumnDef, Option<crate::base::Value>),
    /// Rewrites the primary index without the column.
    DropColumn(Rc<str>),
    /// Rewrites the primary index under another key; the old one stays as a unique index, whose
    /// place this is, unless it was hidden.
    PrimaryKey(Vec<Rc<str>>, Option<usize>),
    /// Rewrites the primary index with the column in another type.
    ColumnType(ColumnDef),
    /// The statement has changed the descriptors already; the job waits for leases, and what was
    /// dropped goes to a GC job.
    Dropped {
        tables: Vec<TableIx>,
        ranges: Vec<RangeIx>,
    },
    /// Descriptors only.
    Descriptors,
}

/// A stage: what `running_status` says, and what happens.
struct Stage {
    status: &'static str,
    does: Does,
    /// From here on the change cannot be undone.
    firm: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    /// Waits until every node has a lease on the new version.
    Wait,
    Backfill,
    Merge,
    Validate,
}

const fn stage(status: &'static str, does: Does, firm: bool) -> Stage {
    Stage { status, does, firm }
}

static BACKFILL: [Stage; 9] = [
    stage(
        "PostCommitPhase stage 1 of 7 with 5 MutationType ops pending",
        Does::Wait,
        false,
    ),
    stage(
        "PostCommitPhase stage 2 of 7 with 1 BackfillType op pending",
        Does::Backfill,
        false,
    ),
    stage(
        "PostCommitPhase stage 3 of 7 with 3 MutationType ops pending",
        Does::Wait,
        false,
    ),
    stage(
        "PostCommitPhase stage 4 of 7 with 1 MutationType op pending",
        Does::Wait,
        false,
    ),
    stage(
        "PostCommitPhase stage 5 of 7 with 1 BackfillType op pending",
        Does::Merge,
        false,
    ),
    stage(
        "PostCommitPhase stage 6 of 7 with 1 ValidationType op pending",
        Does::Validate,
        false,
    ),
    stage(
        "PostCommitPhase stage 7 of 7 with 4 MutationType ops pending",
        Does::Wait,
        false,
    ),
    stage(
        "PostCommitNonRevertiblePhase stage 1 of 2 with 3 MutationType ops pending",
        Does::Wait,
        true,
    ),
    stage(
        "PostCommitNonRevertiblePhase stage 2 of 2 with 3 MutationType ops pending",
        Does::Wait,
        true,
    ),
];
static DESCRIPTORS: [Stage; 1] = [stage(
    "PostCommitNonRevertiblePhase stage 1 of 1 with 2 MutationType ops pending",
    Does::Wait,
    true,
)];
static BACKFILL_LEGACY: [Stage; 5] = [
    stage("waiting in DELETE-ONLY", Does::Wait, false),
    stage("waiting in DELETE-AND-WRITE_ONLY", Does::Wait, false),
    stage("populating schema", Does::Backfill, false),
    stage("waiting in MERGING", Does::Merge, false),
    stage("validating schema", Does::Validate, false),
];
static BACKFILL_2_1: [Stage; 4] = [
    stage("waiting in DELETE-ONLY", Does::Wait, false),
    stage("waiting in DELETE-AND-WRITE_ONLY", Does::Wait, false),
    stage("populating schema", Does::Backfill, false),
    stage("validating schema", Does::Validate, false),
];
static DESCRIPTORS_LEGACY: [Stage; 1] = [stage("draining names", Does::Wait, true)];

/// A lease on the old version drains within about this long.
const LEASE: Duration = Duration::from_millis(1_500);

impl Cockroach {
    fn stages(&self, s: &Schema) -> &'static [Stage] {
        match (needs_backfill(&s.change), s.declarative) {
            (true, true) => &BACKFILL,
            (false, true) => &DESCRIPTORS,
            (true, false) if self.profile.requests => &BACKFILL_LEGACY,
            (true, false) => &BACKFILL_2_1,
            (false, false) => &DESCRIPTORS_LEGACY,
        }
    }

    pub(crate) fn schema_resume(&mut self, cx: &mut Cx, job: JobIx, s: &Schema) {
        let at = usize::from(self.phase(job));
        let Some(stage) = self.stages(s).get(at) else {
            self.schema_publish(cx, job, s);
            return;
        };
        self.status_text(job, stage.status);
        if stage.firm
            && self.profile.requests
            && let Some(j) = cx.cluster.job_mut(job)
            && j.status == "running"
            && *j.machine != states::FIRM_JOB
            // The removal of a type's value can be undone to its end.
            && j.kind != "TYPEDESC SCHEMA CHANGE"
        {
            j.machine = &states::FIRM_JOB;
            self.tell_job(
                cx,
                job,
                "has passed its point of no return: it can no longer be cancelled",
            );
        }
        match stage.does {
            Does::Wait => self.later(cx, job, LEASE),
            Does::Backfill => self.schema_backfill(cx, job, s),
            Does::Merge | Does::Validate => self.schema_read(cx, job, s, stage.does),
        }
    }

    pub(crate) fn schema_step(&mut self, cx: &mut Cx, job: JobIx, s: &Schema) {
        self.schema_next(cx, job, s);
    }

    pub(crate) fn schema_phase_ended(&mut self, cx: &mut Cx, job: JobIx, s: &Schema) {
        self.save_plan(job);
        let at = usize::from(self.phase(job));
        let filled = self
            .stages(s)
            .get(at)
            .is_some_and(|s| s.does == Does::Backfill);
        if filled && let Some(error) = self.not_unique(cx, s) {
            self.fail(cx, job, &error);
            return;
        }
        self.schema_next(cx, job, s);
    }

    /// What is wrong with the rows of a new unique index: the words are `pkg/sql/rowexec`'s, beyond
    /// the reference. The first rows tell: where values recur, they recur among them.
    fn not_unique(&self, cx: &Cx, s: &Schema) -> Option<String> {
        const ROWS: usize = 20_000;
        let table = cx.cluster.table(s.table)?;
        let pkey = format!("{}_pkey", table.name);
        let (name, columns) = match &s.change {
            Change::AddIndex(ix) => {
                let index = self.indexes.get(*ix).filter(|i| i.unique)?;
                (&*index.name, &index.columns)
            }
            Change::PrimaryKey(columns, _) => (&*pkey, columns),
            _ => return None,
        };
        let place = |name: &Rc<str>| table.columns.iter().position(|c| c.name == *name);
        let places: Vec<usize> = columns.iter().filter_map(place).collect();
        let mut seen: crate::base::Set<Vec<Key>> = crate::base::Set::new();
        let at = cx.now();
        for row in table.data.rows(at, &[]).take(ROWS) {
            let mut key = Vec::with_capacity(places.len());
            for &c in &places {
                key.push(Key(row.get(c).cloned().unwrap_or_default()));
            }
            // NULLs are never the same.
            if key.iter().any(|v| v.0.is_null()) || seen.insert(key) {
                continue;
            }
            let violates = format!("violates unique constraint \"{name}\"");
            if self.profile.declarative {
                return Some(format!(
                    "failed to ingest index entries during backfill: duplicate key value {violates}"
                ));
            }
            let mut values = Vec::new();
            for &c in &places {
                let text = row.get(c).and_then(|v| crate::query::Format::PLAIN.text(v));
                values.push(text.unwrap_or_default());
            }
            return Some(format!(
                "duplicate key value ({})=({}) {violates}",
                columns.join(","),
                values.join(",")
            ));
        }
        None
    }

    /// A stage is over: the record learns of it in the transaction that begins the next one, and
    /// that transaction fails if a request was recorded meanwhile.
    fn schema_next(&mut self, cx: &mut Cx, job: JobIx, s: &Schema) {
        let running = cx.cluster.job(job).is_some_and(|j| j.status == "running");
        if !running {
            if !self.profile.requests {
                self.noticed(cx, job);
            }
            return;
        }
        let next = self.phase(job).saturating_add(1);
        self.set_phase(job, next);
        self.schema_resume(cx, job, s);
    }

    fn schema_backfill(&mut self, cx: &mut Cx, job: JobIx, s: &Schema) {
        if self.pausepoint(cx, job, "indexbackfill.before_flow") {
            return;
        }
        let planned = self
            .payload(job)
            .is_some_and(|p| p.plan.spans.first().is_some_and(|s| s.act == Act::Fill));
        if !planned {
            self.protect(cx, job, "backfill");
            let spans = self.backfill_spans(cx, job, s);
            self.set_plan(job, Plan::main(spans));
        }
        let pace = Pace {
            label: "backfill",
            direction: Direction::Forward,
            per_node: 1,
            unit_rate: self.bulk_rate() / 2,
        };
        if self.run_plan(cx, job, pace) {
            self.tell_job(
                cx,
                job,
                "backfills: the new index's ranges fill on the nodes that lead them",
            );
        } else {
            self.schema_next(cx, job, s);
        }
    }

    /// The ranges of the new index, made empty.
    fn backfill_spans(&mut self, cx: &mut Cx, job: JobIx, s: &Schema) -> Vec<Span> {
        let Some(table) = cx.cluster.table(s.table) else {
            return Vec::new();
        };
        let width = table.columns.len().max(1) as u64;
        let bytes: u64 = self.primary_bytes(cx, s.table);
        let (primary, index) = match &s.change {
            Change::AddIndex(ix) => (false, Some(*ix)),
            Change::PrimaryKey(_, index) => (true, *index),
            _ => (true, None),
        };
        let mut spans = match primary {
            true => self.empty_spans(cx, job, s.table, bytes),
            false => Vec::new(),
        };
        if let Some(ix) = index {
            let columns = self.indexes.get(ix).map_or(1, |i| i.columns.len());
            // An entry holds its columns and the primary key.
            let total = bytes / width * (columns as u64 + 1);
            let own = self.empty_spans(cx, job, s.table, total);
            if let Some(index) = self.indexes.get_mut(ix) {
                index.ranges = own.iter().filter_map(|s| s.range).collect();
            }
            spans.extend(own);
        }
        spans
    }

    /// New ranges of a table, with what is to fill them.
    fn empty_spans(&mut self, cx: &mut Cx, job: JobIx, table: TableIx, total: u64) -> Vec<Span> {
        let tenant = cx.cluster.table(table).map_or(TenantIx(0), |t| t.tenant);
        // Backfilled SSTs split the index long before its ranges are full.
        let size = (self.profile.range_size / 8).max(8 << 20);
        let mut left = total.max(1_000);
        let mut spans = Vec::new();
        while left > 0 {
            let bytes = left.min(size);
            let range = self.add_range(cx, tenant, table, bytes, 0, Some(job));
            spans.push(Span::new(Act::Fill, range, bytes));
            left -= bytes;
        }
        spans
    }

    /// Merging and validating read what was backfilled.
    fn schema_read(&mut self, cx: &mut Cx, job: JobIx, s: &Schema, does: Does) {
        let share = if does == Does::Merge { 50 } else { 4 };
        let ranges = self.filled_ranges(cx, job, s);
        let spans = ranges
            .iter()
            .filter_map(|&r| Some((r, cx.cluster.range(r)?.held / share)))
            .map(|(r, bytes)| Span::new(Act::Read, r, bytes.max(1_000)))
            .collect();
        self.set_plan(job, Plan::of(spans));
        let pace = Pace {
            label: if does == Does::Merge {
                "merge"
            } else {
                "validate"
            },
            direction: Direction::Forward,
            per_node: 2,
            unit_rate: self.bulk_rate(),
        };
        if !self.run_plan(cx, job, pace) {
            self.schema_next(cx, job, s);
        }
    }

    fn filled_ranges(&self, cx: &Cx, job: JobIx, s: &Schema) -> Vec<RangeIx> {
        cx.cluster
            .table(s.table)
            .map(|t| {
                t.ranges
                    .iter()
                    .copied()
                    .filter(|r| {
                        cx.cluster
                            .range(*r)
                            .is_some_and(|r| r.made_by == Some(job) && r.gone.is_none())
                    })
                    .collect()
            })
            .unwrap_or_default()
    }

    fn schema_publish(&mut self, cx: &mut Cx, job: JobIx, s: &Schema) {
        match &s.change {
            Change::AddIndex(ix) => {
                if let Some(index) = self.indexes.get_mut(*ix) {
                    index.public = true;
                }
                if self.profile.declarative {
                    self.gc_ranges(
                        cx,
                        job,
                        Vec::new(),
                        Vec::new(),
                        "temporary index used during index backfill",
                    );
                }
            }
            Change::AddColumn(..)
            | Change::DropColumn(_)
            | Change::PrimaryKey(..)
            | Change::ColumnType(_) => {
                let new = self.filled_ranges(cx, job, s);
                let old: Vec<RangeIx> = cx
                    .cluster
                    .table(s.table)
                    .map(|t| t.ranges.clone())
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|r| !new.contains(r) && !self.is_index_range(*r))
                    .collect();
                self.apply_columns(cx, s);
                let next = self.ttl_next.iter().find(|n| n.0 == s.table);
                if let Some((table, ttl)) = next.cloned() {
                    self.set_ttl(cx, table, ttl);
                }
                if !new.is_empty() {
                    if let Some(t) = cx.cluster.table_mut(s.table) {
                        t.ranges.retain(|r| !old.contains(r));
                    }
                    let what = cx.cluster.job(job).map(|j| j.description.to_string());
                    self.gc_ranges(cx, job, Vec::new(), old, &what.unwrap_or_default());
                }
            }
            Change::Dropped { tables, ranges } => {
                let what = cx.cluster.job(job).map(|j| j.description.to_string());
                self.gc_ranges(
                    cx,
                    job,
                    tables.clone(),
                    ranges.clone(),
                    &what.unwrap_or_default(),
                );
            }
            Change::Descriptors => {}
        }
        self.succeed(cx, job);
    }

    /// Records the job that frees dropped ranges after the GC TTL.
    fn gc_ranges(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        tables: Vec<TableIx>,
        ranges: Vec<RangeIx>,
        what: &str,
    ) {
        let Some((tenant, owner)) = cx.cluster.job(job).map(|j| (j.tenant, j.owner.clone())) else {
            return;
        };
        let Some(node) = self.coordinator(cx.cluster, job) else {
            return;
        };
        let descriptors = self
            .payload(job)
            .map(|p| p.descriptors.clone())
            .unwrap_or_default();
        let description = format!("GC for {what}");
        let due = cx.now() + self.gc_ttl(cx.cluster, &tables);
        let gc = self.create(
            cx,
            New {
                tenant,
                kind: if self.profile.declarative {
                    "SCHEMA CHANGE GC"
                } else {
                    "SCHEMA CHANGE"
                },
                title: description.clone(),
                description,
                statement: String::new(),
                owner,
                spec: Spec::Gc(Gc {
                    tables,
                    ranges,
                    due,
                }),
                machine: self.firm_machine(),
                descriptors,
                who: self.who(cx.cluster, job),
                node,
                start: true,
                id: None,
                schedule: None,
                automatic: false,
            },
        );
        if let Some(g) = cx.cluster.job_mut(gc) {
            g.parent = Some(job);
        }
    }

    /// The mutation is reversed: ADD becomes DROP, through DELETE_ONLY, to absent.
    pub(crate) fn schema_revert(&mut self, cx: &mut Cx, job: JobIx, _s: &Schema) {
        self.status_text(
            job,
            "PostCommitPhase stage 1 of 2 with 3 MutationType ops pending",
        );
        self.tell_job(
            cx,
            job,
            "undoes: its index goes back through DELETE_ONLY to absent, each step waits for leases",
        );
        self.set_plan(job, Plan::default());
        self.set_phase(job, 0);
        self.later(cx, job, LEASE);
    }

    pub(crate) fn schema_revert_step(&mut self, cx: &mut Cx, job: JobIx, s: &Schema) {
        if self.phase(job) == 0 {
            self.set_phase(job, 1);
            self.status_text(
                job,
                "PostCommitPhase stage 2 of 2 with 2 MutationType ops pending",
            );
            self.later(cx, job, LEASE);
            return;
        }
        let ranges = self.filled_ranges(cx, job, s);
        self.forget_ttl_next(s.table);
        if let Change::AddIndex(ix) | Change::PrimaryKey(_, Some(ix)) = &s.change
            && let Some(index) = self.indexes.get_mut(*ix)
        {
            index.dropped = true;
        }
        if !ranges.is_empty() {
            let what = cx.cluster.job(job).map(|j| j.description.to_string());
            self.gc_ranges(cx, job, Vec::new(), ranges, &what.unwrap_or_default());
        }
        self.undone(cx, job);
    }

    /// v2.1: CANCEL of a schema change records the job that undoes it. reference 3.3
    pub(crate) fn roll_back_2_1(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(j) = cx.cluster.job(job) else { return };
        let Some(Spec::Schema(s)) = self.spec(job).as_deref().cloned() else {
            return;
        };
        let (tenant, owner) = (j.tenant, j.owner.clone());
        let description = format!("ROLL BACK JOB {}: {}", j.id, j.description);
        let node = j.claim.map_or(crate::cluster::NodeIx(0), |c| c.node);
        if let Change::AddIndex(ix) = &s.change
            && let Some(index) = self.indexes.get_mut(*ix)
        {
            index.dropped = true;
        }
        let ranges = self.filled_ranges(cx, job, &s);
        let descriptors = self
            .payload(job)
            .map(|p| p.descriptors.clone())
            .unwrap_or_default();
        let due = cx.now();
        let back = self.create(
            cx,
            New {
                tenant,
                kind: "SCHEMA CHANGE",
                title: description.clone(),
                description,
                statement: String::new(),
                owner,
                spec: Spec::Gc(Gc {
                    tables: Vec::new(),
                    ranges,
                    due,
                }),
                machine: &states::ROLLBACK_2_1,
                descriptors,
                who: "CANCEL JOB".to_string(),
                node,
                start: false,
                id: None,
                schedule: None,
                automatic: false,
            },
        );
        if let Some(b) = cx.cluster.job_mut(back) {
            b.parent = Some(job);
        }
        self.tell_job(
            cx,
            back,
            "was recorded to undo the cancelled schema change; it is not controllable",
        );
    }
}

impl Schema {
    /// Whether it writes an index anew.
    pub fn rewrites(&self) -> bool {
        needs_backfill(&self.change)
    }
}

fn needs_backfill(change: &Change) -> bool {
    match change {
        Change::AddIndex(_)
        | Change::DropColumn(_)
        | Change::PrimaryKey(..)
        | Change::ColumnType(_) => true,
        Change::AddColumn(_, default) => default.is_some(),
        Change::Dropped { .. } | Change::Descriptors => false,
    }
}
