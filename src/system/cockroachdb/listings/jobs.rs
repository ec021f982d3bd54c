//! The listings of jobs: which rows, in which order, with which columns. reference: cockroachdb-jobs 2

use super::super::jobs::{Payload, Spec};
use super::super::privileges::Eyes;
use super::super::profile::Profile;
use super::super::{Cockroach, transactions::Transaction};
use crate::base::{Decimal, Row, Time, Type, Value};
use crate::cluster::{Cluster, Job, JobIx, TenantIx};
use crate::query::{Column, Relation, ResultSet};
use std::rc::Rc;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    JobId,
    JobType,
    Description,
    ShortDescription,
    Statement,
    UserName,
    DescriptorIds,
    Status,
    RunningStatus,
    Created,
    Started,
    Finished,
    Modified,
    /// The same, cut to the second.
    CreatedSecond,
    FinishedSecond,
    ModifiedSecond,
    Fraction,
    HighWater,
    ReadableHighWater,
    Error,
    /// The same, NULL if there is none.
    ErrorIfAny,
    Coordinator,
    TraceId,
    /// `crdb_schedule` and its id, of a job that a schedule has started.
    CreatedByType,
    CreatedById,
    /// NULL in every row.
    Nothing,
    SinkUri,
    FullTableNames,
    Topics,
    Format,
}

/// Columns of a listing, in order.
pub type Layout = &'static [(&'static str, Type, Field)];

const TZ: Type = Type::TimestampTz;

/// Plain SHOW JOBS. reference 2.1
static PLAIN: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("job_type", Type::Text, Field::JobType),
    ("description", Type::Text, Field::ShortDescription),
    ("user_name", Type::Text, Field::UserName),
    ("status", Type::Text, Field::Status),
    ("running_status", Type::Text, Field::RunningStatus),
    ("created", TZ, Field::CreatedSecond),
    ("finished", TZ, Field::FinishedSecond),
    ("modified", TZ, Field::ModifiedSecond),
    ("fraction_completed", Type::Float, Field::Fraction),
    ("error", Type::Text, Field::Error),
    ("coordinator_id", Type::Int, Field::Coordinator),
];

/// SHOW JOB id, SHOW JOBS query, FOR SCHEDULE, WHEN COMPLETE.
static FULL: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("job_type", Type::Text, Field::JobType),
    ("description", Type::Text, Field::Description),
    ("statement", Type::Text, Field::Statement),
    ("user_name", Type::Text, Field::UserName),
    ("status", Type::Text, Field::Status),
    ("running_status", Type::Text, Field::RunningStatus),
    ("created", TZ, Field::CreatedSecond),
    ("finished", TZ, Field::FinishedSecond),
    ("modified", TZ, Field::ModifiedSecond),
    ("fraction_completed", Type::Float, Field::Fraction),
    ("error", Type::Text, Field::Error),
    ("coordinator_id", Type::Int, Field::Coordinator),
    ("trace_id", Type::Int, Field::TraceId),
    ("execution_errors", Type::TextArray, Field::Nothing),
];

static CHANGEFEEDS: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("description", Type::Text, Field::Description),
    ("user_name", Type::Text, Field::UserName),
    ("status", Type::Text, Field::Status),
    ("running_status", Type::Text, Field::RunningStatus),
    ("created", TZ, Field::Created),
    ("started", TZ, Field::Started),
    ("finished", TZ, Field::Finished),
    ("modified", TZ, Field::Modified),
    ("high_water_timestamp", Type::Decimal, Field::HighWater),
    (
        "readable_high_water_timestamptz",
        TZ,
        Field::ReadableHighWater,
    ),
    ("error", Type::Text, Field::Error),
    ("sink_uri", Type::Text, Field::SinkUri),
    ("full_table_names", Type::TextArray, Field::FullTableNames),
    ("topics", Type::Text, Field::Topics),
    ("format", Type::Text, Field::Format),
];

static PLAIN_2_1: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("job_type", Type::Text, Field::JobType),
    ("description", Type::Text, Field::Description),
    ("user_name", Type::Text, Field::UserName),
    ("status", Type::Text, Field::Status),
    ("running_status", Type::Text, Field::RunningStatus),
    ("created", Type::Timestamp, Field::Created),
    ("started", Type::Timestamp, Field::Started),
    ("finished", Type::Timestamp, Field::Finished),
    ("modified", Type::Timestamp, Field::Modified),
    ("fraction_completed", Type::Float, Field::Fraction),
    ("error", Type::Text, Field::Error),
    ("coordinator_id", Type::Int, Field::Coordinator),
];

static INTERNAL: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("job_type", Type::Text, Field::JobType),
    ("description", Type::Text, Field::Description),
    ("statement", Type::Text, Field::Statement),
    ("user_name", Type::Text, Field::UserName),
    ("descriptor_ids", Type::IntArray, Field::DescriptorIds),
    ("status", Type::Text, Field::Status),
    ("running_status", Type::Text, Field::RunningStatus),
    ("created", TZ, Field::Created),
    ("started", TZ, Field::Started),
    ("finished", TZ, Field::Finished),
    ("modified", TZ, Field::Modified),
    ("fraction_completed", Type::Float, Field::Fraction),
    ("high_water_timestamp", Type::Decimal, Field::HighWater),
    ("error", Type::Text, Field::Error),
    ("coordinator_id", Type::Int, Field::Coordinator),
    ("trace_id", Type::Int, Field::TraceId),
    ("execution_errors", Type::TextArray, Field::Nothing),
    ("execution_events", Type::Json, Field::Nothing),
];

static INTERNAL_2_1: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("job_type", Type::Text, Field::JobType),
    ("description", Type::Text, Field::Description),
    ("user_name", Type::Text, Field::UserName),
    ("descriptor_ids", Type::IntArray, Field::DescriptorIds),
    ("status", Type::Text, Field::Status),
    ("running_status", Type::Text, Field::RunningStatus),
    ("created", Type::Timestamp, Field::Created),
    ("started", Type::Timestamp, Field::Started),
    ("finished", Type::Timestamp, Field::Finished),
    ("modified", Type::Timestamp, Field::Modified),
    ("fraction_completed", Type::Float, Field::Fraction),
    ("high_water_timestamp", Type::Decimal, Field::HighWater),
    ("error", Type::Text, Field::Error),
    ("coordinator_id", Type::Int, Field::Coordinator),
];

/// system.jobs; the columns that hold bytes are NULL, payloads are not kept as bytes here.
static SYSTEM: Layout = &[
    ("id", Type::Int, Field::JobId),
    ("status", Type::Text, Field::Status),
    ("created", TZ, Field::Created),
    ("created_by_type", Type::Text, Field::CreatedByType),
    ("created_by_id", Type::Int, Field::CreatedById),
    ("claim_session_id", Type::Bytes, Field::Nothing),
    ("claim_instance_id", Type::Int, Field::Coordinator),
    ("num_runs", Type::Int, Field::Nothing),
    ("last_run", TZ, Field::Nothing),
    ("job_type", Type::Text, Field::JobType),
    ("owner", Type::Text, Field::UserName),
    ("description", Type::Text, Field::Description),
    ("error_msg", Type::Text, Field::Error),
    ("finished", TZ, Field::Finished),
];

static SYSTEM_2_1: Layout = &[
    ("id", Type::Int, Field::JobId),
    ("status", Type::Text, Field::Status),
    ("created", Type::Timestamp, Field::Created),
    ("payload", Type::Bytes, Field::Nothing),
    ("progress", Type::Bytes, Field::Nothing),
];

/// information_schema.crdb_jobs_with_progress; crdb_jobs is its first eight columns.
static WITH_PROGRESS: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("job_type", Type::Text, Field::JobType),
    ("owner", Type::Text, Field::UserName),
    ("description", Type::Text, Field::Description),
    ("created", TZ, Field::Created),
    ("finished", TZ, Field::Finished),
    ("state", Type::Text, Field::Status),
    ("error", Type::Text, Field::ErrorIfAny),
    ("progress_fraction", Type::Float, Field::Fraction),
    ("resolved", Type::Decimal, Field::HighWater),
    ("status_message", Type::Text, Field::RunningStatus),
    ("last_updated", TZ, Field::Modified),
];

/// Views of jobs that need no leave to read internals, by name. reference 2.1
pub fn open_listing(name: &str) -> Option<Layout> {
    match name {
        "crdb_jobs" => WITH_PROGRESS.get(..8),
        "crdb_jobs_with_progress" => Some(WITH_PROGRESS),
        _ => None,
    }
}

/// Companions of system.jobs.
static PROGRESS: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("written", TZ, Field::Modified),
    ("fraction", Type::Float, Field::Fraction),
    ("resolved", Type::Decimal, Field::HighWater),
];
static STATUSES: Layout = &[
    ("job_id", Type::Int, Field::JobId),
    ("written", TZ, Field::Modified),
    ("status", Type::Text, Field::RunningStatus),
];

impl Profile {
    /// Tables of schema `system` that tell of jobs, by name. reference 2.1
    pub fn system_table(&self, name: &str) -> Option<Layout> {
        match name {
            "jobs" => Some(self.system_listing()),
            "job_progress" if self.internals_guarded => Some(PROGRESS),
            "job_status" if self.internals_guarded => Some(STATUSES),
            _ => None,
        }
    }
    pub fn plain_listing(&self) -> Layout {
        if self.short_descriptions {
            PLAIN
        } else {
            PLAIN_2_1
        }
    }
    pub fn full_listing(&self) -> Layout {
        if self.short_descriptions {
            FULL
        } else {
            PLAIN_2_1
        }
    }
    pub fn changefeed_listing(&self) -> Layout {
        CHANGEFEEDS
    }
    pub fn internal_listing(&self) -> Layout {
        if self.internals_guarded {
            INTERNAL
        } else {
            INTERNAL_2_1
        }
    }
    pub fn system_listing(&self) -> Layout {
        if self.internals_guarded {
            SYSTEM
        } else {
            SYSTEM_2_1
        }
    }
}

/// Parts per million as the fraction column has them.
pub fn fraction(ppm: u32) -> Value {
    Value::float(f64::from(ppm) / 1e6)
}

/// Jobs as a table: rows are made up while they are read.
pub struct JobTable<'a> {
    rules: &'a Cockroach,
    cluster: &'a Cluster,
    /// The session's open transaction, whose changes it alone sees.
    transaction: Option<&'a Transaction>,
    layout: Layout,
    columns: Vec<Column>,
    jobs: Vec<JobIx>,
}

impl<'a> JobTable<'a> {
    pub fn new(
        rules: &'a Cockroach,
        cluster: &'a Cluster,
        transaction: Option<&'a Transaction>,
        layout: Layout,
        jobs: Vec<JobIx>,
    ) -> JobTable<'a> {
        JobTable {
            rules,
            cluster,
            transaction,
            layout,
            columns: layout
                .iter()
                .map(|(name, ty, _)| Column::new(name, *ty))
                .collect(),
            jobs,
        }
    }

    pub fn result(&self) -> ResultSet {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let rows = self.scan(&all).collect();
        ResultSet {
            columns: self.columns.clone(),
            rows,
        }
    }

    fn row(&self, ix: JobIx, needed: &[usize]) -> Row {
        let (Some(job), Some(payload)) = (self.cluster.job(ix), self.rules.payload(ix)) else {
            return vec![Value::Null; needed.len()];
        };
        needed
            .iter()
            .map(|&i| match self.layout.get(i) {
                Some((_, ty, field)) => self.value(ix, job, payload, *field, *ty),
                None => Value::Null,
            })
            .collect()
    }

    fn value(&self, ix: JobIx, job: &Job, p: &Payload, field: Field, ty: Type) -> Value {
        let time = |t: Time| {
            let us = t.unix_us(self.cluster.epoch_us);
            match ty {
                Type::Timestamp => Value::Timestamp(us),
                _ => Value::TimestampTz(us),
            }
        };
        let second = |t: Time| Value::TimestampTz(whole_second(t.unix_us(self.cluster.epoch_us)));
        let status = self
            .transaction
            .and_then(|t| t.status_of(ix))
            .unwrap_or(job.status);
        let modified = || p.modified.max(job.since);
        match field {
            Field::JobId => Value::Int(job.id),
            Field::JobType => Value::text(job.kind),
            Field::Description => Value::Text(job.description.clone()),
            Field::ShortDescription => shortened(&job.description),
            Field::Statement => Value::Text(p.statement.clone()),
            Field::UserName => Value::Text(job.owner.clone()),
            Field::DescriptorIds => Value::Array(
                p.descriptors
                    .iter()
                    .map(|d| Value::Int(i64::from(*d)))
                    .collect::<Vec<_>>()
                    .into(),
            ),
            Field::Status => Value::text(status),
            Field::RunningStatus => match &p.reason {
                Some(reason) if matches!(status, "paused" | "pause-requested") => {
                    Value::Text(reason.clone())
                }
                _ if p.running_status.is_empty() => Value::Null,
                _ if !self.rules.profile.requests && status != "running" => Value::Null,
                _ => Value::Text(p.running_status.clone()),
            },
            Field::Created => time(job.created),
            Field::Started => p.started.map_or(Value::Null, time),
            Field::Finished => job.finished.map_or(Value::Null, time),
            Field::Modified => time(modified()),
            Field::CreatedSecond => second(job.created),
            Field::FinishedSecond => job.finished.map_or(Value::Null, second),
            Field::ModifiedSecond => second(modified()),
            Field::Fraction => {
                if p.high_water.is_some() {
                    Value::Null
                } else {
                    fraction(job.fraction_ppm)
                }
            }
            // Nanoseconds, and ten digits of the logical clock. reference 8.3
            Field::HighWater => p.high_water.map_or(Value::Null, |t| {
                let ns = i128::from(t.unix_us(self.cluster.epoch_us)) * 1_000;
                Value::Decimal(Decimal::new(ns.saturating_mul(10_000_000_000), 10))
            }),
            Field::ReadableHighWater => p.high_water.map_or(Value::Null, time),
            Field::ErrorIfAny if job.error.is_empty() => Value::Null,
            Field::Error | Field::ErrorIfAny => Value::Text(job.error.clone()),
            Field::Coordinator => job
                .claim
                .map_or(Value::Null, |c| Value::Int(i64::from(c.node.0) + 1)),
            Field::TraceId => {
                if p.active {
                    Value::Int(p.trace_id)
                } else {
                    Value::Int(0)
                }
            }
            Field::CreatedByType => match p.schedule {
                Some(_) => Value::text("crdb_schedule"),
                None => Value::Null,
            },
            Field::CreatedById => p.schedule.map_or(Value::Null, Value::Int),
            Field::Nothing => Value::Null,
            Field::SinkUri | Field::FullTableNames | Field::Topics | Field::Format => {
                self.changefeed_value(p, field)
            }
        }
    }

    fn changefeed_value(&self, p: &Payload, field: Field) -> Value {
        let Spec::Changefeed(c) = &*p.spec else {
            return Value::Null;
        };
        match field {
            Field::SinkUri => Value::Text(c.sink.clone()),
            Field::Topics => Value::Text(c.topics.clone()),
            Field::Format => Value::Text(c.format.clone()),
            _ => Value::Array(
                c.tables
                    .iter()
                    .filter_map(|t| self.cluster.table(*t))
                    .map(|t| Value::text(format!("{}.{}.{}", t.database, t.schema, t.name)))
                    .collect::<Vec<_>>()
                    .into(),
            ),
        }
    }
}

impl Relation for JobTable<'_> {
    fn columns(&self) -> &[Column] {
        &self.columns
    }
    fn scan<'s>(&'s self, needed: &'s [usize]) -> Box<dyn Iterator<Item = Row> + 's> {
        Box::new(self.jobs.iter().map(move |&job| self.row(job, needed)))
    }
    fn row_count(&self) -> Option<u64> {
        Some(self.jobs.len() as u64)
    }
}

/// Longer than 70 characters: the first 59, ` … `, the last 7. reference 2.2
fn shortened(description: &Rc<str>) -> Value {
    let n = description.chars().count();
    if n <= 70 {
        return Value::Text(description.clone());
    }
    let head: String = description.chars().take(59).collect();
    let tail: String = description.chars().skip(n - 7).collect();
    Value::text(format!("{head} … {tail}"))
}

fn whole_second(us: i64) -> i64 {
    us.div_euclid(1_000_000) * 1_000_000
}

/// Which jobs a listing without ids shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Ordinary,
    Automatic,
    Changefeeds,
    /// The whole table, finished or automatic ones too.
    All,
}

impl Cockroach {
    /// Whether listings still show it by its age. reference 2.3
    pub(crate) fn is_recent(&self, job: &Job, now: Time) -> bool {
        match (job.finished, self.profile.listed_for) {
            (Some(finished), Some(keep)) => now.since(finished) < keep,
            _ => true,
        }
    }

    /// The jobs of a listing in its order: unfinished first, each part newest first; of the whole
    /// table as they are stored.
    pub(crate) fn listed_jobs(
        &self,
        cluster: &Cluster,
        tenant: TenantIx,
        eyes: &Eyes,
        which: Which,
        now: Time,
    ) -> Vec<JobIx> {
        let seen = |job: &Job| job.tenant == tenant && eyes.see(&job.owner);
        if which == Which::All {
            // As the table has them: by id.
            let all = self.ids.values().copied();
            return all
                .filter(|ix| cluster.job(*ix).is_some_and(seen))
                .collect();
        }
        let mut open = Vec::new();
        let mut ended: Vec<(Time, JobIx)> = Vec::new();
        for (ix, job) in cluster.job_list().rev() {
            if !seen(job) {
                continue;
            }
            let shown = match which {
                // Automatic ones are not.
                Which::Ordinary => job.listed && self.is_recent(job, now),
                Which::Automatic => {
                    self.payload(ix).is_some_and(|p| p.automatic) && self.is_recent(job, now)
                }
                _ => job.kind == "CHANGEFEED" && job.listed && self.is_recent(job, now),
            };
            if !shown {
                continue;
            }
            match job.finished {
                None => open.push(ix),
                Some(at) => ended.push((at, ix)),
            }
        }
        // Stable: of the same moment the newer one stays first.
        crate::base::sort::sort_by_key(&mut ended, |(at, _)| std::cmp::Reverse(*at));
        open.extend(ended.into_iter().map(|(_, ix)| ix));
        open
    }

    /// Jobs of explicit ids: unknown ones give no row. reference 2.3
    pub(crate) fn jobs_by_id(
        &self,
        cluster: &Cluster,
        tenant: TenantIx,
        eyes: &Eyes,
        ids: &[i64],
    ) -> Vec<JobIx> {
        let mut found: Vec<JobIx> = ids
            .iter()
            .filter_map(|id| self.ids.get(&(tenant, *id)).copied())
            .filter(|ix| cluster.job(*ix).is_some_and(|j| eyes.see(&j.owner)))
            .collect();
        crate::base::sort::sort_by(&mut found, |a, b| b.cmp(a));
        found.dedup();
        found
    }
}
