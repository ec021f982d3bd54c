//! RESTORE: tables are made OFFLINE with empty ranges, the ranges fill from the backup's files,
//! then the tables are published. Undoing drops the tables; a job that cannot be cancelled frees
//! their space. reference: cockroachdb-jobs 4.2

use super::super::{Cockroach, Cx, names};
use super::plan::{Act, Pace};
use super::{Gc, New, Plan, Span, Spec};
use crate::base::{Duration, Time};
use crate::cluster::{
    Block, Direction, FileIx, Image, JobIx, NodeIx, TableData, TableIx, TableState, TenantIx,
};
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Restore {
    pub tenant: TenantIx,
    pub tables: Vec<RestoreTable>,
    /// Databases that the restore makes; they go when it is undone.
    pub databases: Vec<Rc<str>>,
    /// Read the backup as of this moment.
    pub as_of: Time,
    pub data: RestoreData,
}

/// What becomes of the rows in the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RestoreData {
    Filled,
    /// `schema_only`: only descriptors are written.
    Left,
    /// `verify_backup_table_data`: read, and thrown away.
    Read,
}

/// One table to be restored.
#[derive(Clone, Debug, Hash)]
pub struct RestoreTable {
    pub image: Rc<Image>,
    /// Where its spans lie: file and bytes of the range that it fills.
    pub files: Vec<(FileIx, u64)>,
    pub database: Rc<str>,
    pub schema: Rc<str>,
    pub name: Rc<str>,
}

const MAKE: u8 = 0;
const FILL: u8 = 1;
const PUBLISH: u8 = 2;

impl Cockroach {
    pub(crate) fn restore_resume(&mut self, cx: &mut Cx, job: JobIx, r: &Restore) {
        match self.phase(job) {
            MAKE => {
                self.restore_make(cx, job, r);
                self.set_phase(job, FILL);
                self.restore_fill(cx, job);
            }
            FILL => self.restore_fill(cx, job),
            _ => self.later(cx, job, Duration::from_millis(900)),
        }
    }

    /// Descriptors are written OFFLINE and the ranges are split beforehand.
    fn restore_make(&mut self, cx: &mut Cx, job: JobIx, r: &Restore) {
        self.protect(cx, job, "restored tables");
        let now = cx.now();
        for name in &r.databases {
            self.add_database(r.tenant, name, "root", now);
        }
        let mut spans = Vec::new();
        let mut tables = Vec::new();
        for t in &r.tables {
            let id = self.next_descriptor();
            let mut table = t.image.table.clone();
            table.id = id;
            table.tenant = r.tenant;
            table.database = t.database.clone();
            table.schema = t.schema.clone();
            table.name = t.name.clone();
            table.state = TableState::Offline("restoring");
            table.created = now;
            table.dropped = None;
            table.data = Rc::new(TableData::default());
            table.ranges = Vec::new();
            table.made_by = Some(job);
            let ix = TableIx(cx.cluster.tables.push(table) as u32);
            if r.data != RestoreData::Filled {
                self.add_range(cx, r.tenant, ix, 1_000_000, 0, Some(job));
            }
            for (file, bytes) in &t.files {
                match r.data {
                    RestoreData::Filled => {
                        let range = self.add_range(cx, r.tenant, ix, *bytes, 0, Some(job));
                        spans.push(Span::new(Act::Fill, range, *bytes).with_file(Some(*file)));
                    }
                    RestoreData::Read => {
                        let nodes = cx.cluster.nodes.len().max(1);
                        let node = NodeIx((spans.len() % nodes) as u16);
                        spans.push(Span::compute(*bytes, node));
                    }
                    RestoreData::Left => {}
                }
            }
            tables.push(ix);
        }
        if let Some(p) = self.payload_mut(job) {
            p.descriptors = tables
                .iter()
                .filter_map(|t| cx.cluster.table(*t))
                .map(|t| t.id)
                .collect();
            p.tables = tables;
        }
        self.set_plan(job, Plan::main(spans));
        let n = r.tables.len();
        self.tell_job(
            cx,
            job,
            &match r.data {
                RestoreData::Filled => format!("made {n} tables OFFLINE (restoring) with empty ranges; each range is filled on the node that leads it"),
                _ => format!("made {n} tables OFFLINE (restoring); their rows stay in the backup"),
            },
        );
    }

    fn restore_fill(&mut self, cx: &mut Cx, job: JobIx) {
        if self.pausepoint(cx, job, "restore.before_flow") {
            return;
        }
        let pace = Pace {
            label: "restore spans",
            direction: Direction::Forward,
            per_node: 2,
            unit_rate: self.bulk_rate(),
        };
        if !self.run_plan(cx, job, pace) {
            self.restore_filled(cx, job);
        }
    }

    pub(crate) fn restore_phase_ended(&mut self, cx: &mut Cx, job: JobIx, _r: &Restore) {
        if self.phase(job) == FILL {
            self.restore_filled(cx, job);
        }
    }

    fn restore_filled(&mut self, cx: &mut Cx, job: JobIx) {
        self.save_plan(job);
        self.set_phase(job, PUBLISH);
        // The descriptors are written in one transaction, and leases on the offline versions drain.
        self.later(cx, job, Duration::from_millis(900));
    }

    /// Publishes the tables.
    pub(crate) fn restore_step(&mut self, cx: &mut Cx, job: JobIx, r: &Restore) {
        if self.phase(job) != PUBLISH {
            return;
        }
        if self.pausepoint(cx, job, "restore.before_publishing_descriptors") {
            return;
        }
        let now = cx.now();
        let running = cx.cluster.job(job).is_some_and(|j| j.status == "running");
        if running {
            let tables = self
                .payload(job)
                .map(|p| p.tables.clone())
                .unwrap_or_default();
            let taken = tables.iter().find_map(|t| self.name_taken(cx.cluster, *t));
            if let Some(error) = taken {
                self.fail(cx, job, &error);
                return;
            }
            for (ix, t) in tables.iter().zip(&r.tables) {
                let data = match r.data {
                    RestoreData::Filled => restored_rows(&t.image, r.as_of, now, job),
                    _ => TableData::default(),
                };
                if let Some(table) = cx.cluster.table_mut(*ix) {
                    table.data = Rc::new(data);
                    table.state = TableState::Public;
                }
            }
            self.succeed(cx, job);
            if r.data == RestoreData::Filled {
                for table in tables {
                    self.refresh_statistics(cx, job, table);
                }
            }
            return;
        }
        self.succeed(cx, job);
    }

    /// The tables are dropped with a drop time of 1 ns: their TTL has passed as soon as it begins.
    pub(crate) fn restore_revert(&mut self, cx: &mut Cx, job: JobIx, r: &Restore) {
        self.unprotect(cx, job);
        let node = self.coordinator(cx.cluster, job).unwrap_or(NodeIx(0));
        let n = r.tables.len().max(1);
        // One descriptor each, and what hangs on it: a few round trips.
        let spans = (0..n).map(|_| Span::compute(1_000_000, node)).collect();
        self.set_plan(job, Plan::of(spans));
        self.tell_job(cx, job, &format!("undoes: marks its {n} tables as dropped"));
        self.run_plan(
            cx,
            job,
            Pace {
                label: "drop restored tables",
                direction: Direction::Undo,
                per_node: 1,
                unit_rate: 800_000,
            },
        );
    }

    /// The tables are gone from sight; a GC job frees the space.
    pub(crate) fn restore_undone(&mut self, cx: &mut Cx, job: JobIx, r: &Restore) {
        let tables = self.drop_made(cx, job);
        for name in &r.databases {
            self.drop_database_if_empty(cx, r.tenant, name);
        }
        if !tables.is_empty() {
            self.gc_after(cx, job, tables, Duration::ZERO);
        }
        self.undone(cx, job);
    }

    /// Marks the tables that the job made as dropped; returns them.
    pub(crate) fn drop_made(&mut self, cx: &mut Cx, job: JobIx) -> Vec<TableIx> {
        let now = cx.now();
        let tables = self
            .payload(job)
            .map(|p| p.tables.clone())
            .unwrap_or_default();
        for &t in &tables {
            if let Some(table) = cx.cluster.table_mut(t) {
                table.state = TableState::Dropped;
                table.dropped = Some(now);
            }
        }
        tables
    }

    /// Records the job that frees the space of dropped tables.
    pub(crate) fn gc_after(
        &mut self,
        cx: &mut Cx,
        job: JobIx,
        tables: Vec<TableIx>,
        ttl: Duration,
    ) -> Option<JobIx> {
        let j = cx.cluster.job(job)?;
        let (tenant, owner) = (j.tenant, j.owner.clone());
        let description = format!("GC for {}", j.description);
        let node = self.coordinator(cx.cluster, job)?;
        let ranges = names::ranges_of(cx.cluster, &tables);
        let descriptors = tables
            .iter()
            .filter_map(|t| cx.cluster.table(*t))
            .map(|t| t.id)
            .collect();
        let due = cx.now() + ttl;
        let gc = self.create(
            cx,
            New {
                tenant,
                kind: "SCHEMA CHANGE GC",
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
                start: false,
                id: None,
                schedule: None,
                automatic: false,
            },
        );
        if let Some(g) = cx.cluster.job_mut(gc) {
            g.parent = Some(job);
        }
        self.tell_job(
            cx,
            gc,
            "was recorded to free the space; it cannot be cancelled",
        );
        Some(gc)
    }
}

/// The rows of a backup as of a moment, as written now by the job.
fn restored_rows(image: &Image, as_of: Time, now: Time, job: JobIx) -> TableData {
    let as_of = as_of.min(image.as_of);
    let mut data = TableData::default();
    for b in &image.data.blocks {
        if b.from <= as_of && b.until.is_none_or(|u| u > as_of) {
            data.blocks.push(Block {
                from: now,
                until: None,
                made_by: Some(job),
                ..b.clone()
            });
        }
    }
    for (key, versions) in &image.data.overlay {
        let seen = versions.iter().rev().find(|v| v.at <= as_of);
        if let Some(v) = seen {
            // A deletion stays too: it hides a row of a block.
            data.write(key.clone(), now, v.row.clone());
        }
    }
    data
}
