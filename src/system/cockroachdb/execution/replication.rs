//! Streams between clusters, which are jobs that follow their source until they are told to stop.
//! reference: cockroachdb-jobs 1.3, 7

use super::super::grammar::{ClusterAction, LogicalReplication, Statement, Verb, VirtualCluster};
use super::super::jobs::{self, New, Spec};
use super::super::listings::{self, int};
use super::super::{Cockroach, Cx, errors};
use super::bulk::shown;
use super::destinations::redacted;
use super::virtual_clusters::system_only;
use super::{Call, Outcome, rows, tag};
use crate::base::{Decimal, Result, Row, Time, Type, Value};
use crate::cluster::{JobIx, TableIx, TenantIx};
use crate::sql::Name;
use std::rc::Rc;

const INGESTION: &str = "REPLICATION STREAM INGESTION";
const PRODUCER: &str = "REPLICATION STREAM PRODUCER";

impl Cockroach {
    /// A job that reads `tables` and then goes on for ever; `what` it is about, `from` what it follows.
    fn stream_job(
        &self,
        cx: &Cx,
        call: &Call,
        kind: &'static str,
        tables: Vec<TableIx>,
        (uri, what, from): (&str, &str, &str),
        description: String,
    ) -> New {
        let descriptors = tables
            .iter()
            .filter_map(|t| cx.cluster.table(*t))
            .map(|t| t.id)
            .collect();
        New {
            tenant: call.tenant,
            kind,
            title: format!("{kind} {what}"),
            statement: String::new(),
            description,
            owner: call.user.clone(),
            spec: Spec::Changefeed(jobs::Changefeed {
                tables,
                sink: Rc::from(uri),
                topics: Rc::from(what),
                format: Rc::from(from),
                initial_scan: true,
                only_scan: false,
                protects_paused: true,
                expires: None,
            }),
            machine: self.machine(),
            descriptors,
            who: format!("{kind} by {}", call.user),
            node: call.node,
            start: true,
            id: None,
            schedule: None,
            automatic: false,
        }
    }

    pub(crate) fn logical_replication(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        l: &LogicalReplication,
    ) -> Result<Outcome> {
        self.need_admin(cx, call, |user| {
            errors::refused(format!(
                "user {user} does not have REPLICATIONDEST system privilege"
            ))
        })?;
        let mut tables = Vec::new();
        for path in &l.into {
            tables.push(self.writable(cx, call, path, "REPLICATIONDEST")?);
        }
        let uri = redacted(&self.text_arg(call, &l.on)?);
        let mut described = l.clone();
        described.on = shown(&uri);
        let description = Statement::CreateLogicalReplication(Box::new(described)).to_string();
        let names: Vec<String> = tables.iter().map(|t| self.full_name(cx, *t)).collect();
        let what = names.join(",");
        let kind = "LOGICAL REPLICATION";
        let new = self.stream_job(cx, call, kind, tables, (&uri, &what, ""), description);
        self.launch(cx, call, new, true, kind)
    }

    /// Starts the jobs of CREATE VIRTUAL CLUSTER … FROM REPLICATION OF: the destination's, and the
    /// source's if that is one of this cluster's.
    pub(crate) fn replicate(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        v: &VirtualCluster,
        source: &str,
        uri: &str,
    ) -> Result<()> {
        let mut described = v.clone();
        if let ClusterAction::Create { replication, .. } = &mut described.action
            && let Some((_, on)) = replication
        {
            *on = shown(&redacted(uri));
        }
        let description = Statement::VirtualCluster(described).to_string();
        let name = v.name.value.as_str();
        let uri = redacted(uri);
        let about = (uri.as_str(), name, source);
        let new = self.stream_job(cx, call, INGESTION, Vec::new(), about, description.clone());
        let job = self.create(cx, new);
        self.tell_started(cx, job);
        let here = cx
            .cluster
            .tenants
            .iter()
            .any(|t| *t.name == *source && t.dropped.is_none());
        if here {
            let about = (uri.as_str(), source, "");
            let new = self.stream_job(cx, call, PRODUCER, Vec::new(), about, description);
            let job = self.create(cx, new);
            self.tell_started(cx, job);
        }
        Ok(())
    }

    /// The open stream into a virtual cluster.
    pub(super) fn ingestion(&self, cx: &Cx, name: &str) -> Option<JobIx> {
        let found = cx.cluster.job_list().rev().find(|(ix, j)| {
            j.kind == INGESTION
                && !j.is_terminal()
                && match self.spec(*ix).as_deref() {
                    Some(Spec::Changefeed(c)) => *c.topics == *name,
                    _ => false,
                }
        });
        found.map(|(ix, _)| ix)
    }

    /// ALTER VIRTUAL CLUSTER … PAUSE, RESUME, COMPLETE REPLICATION.
    pub(crate) fn steer_replication(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &str,
        action: &ClusterAction,
    ) -> Result<Outcome> {
        let Some(job) = self.ingestion(cx, name) else {
            return Err(errors::uncategorised(
                self.profile,
                &format!("tenant \"{name}\" does not have an active replication job"),
            ));
        };
        let verb = match action {
            ClusterAction::PauseReplication => Verb::Pause,
            ClusterAction::ResumeReplication => Verb::Resume,
            _ => {
                let at = self
                    .payload(job)
                    .and_then(|p| p.high_water)
                    .unwrap_or(cx.now());
                self.halt(cx, job);
                self.succeed(cx, job);
                return rows(listings::result(
                    &[("cutover_time", Type::Decimal)],
                    vec![vec![hlc(cx, at)]],
                ));
            }
        };
        self.control_all(cx, call, verb, &[job], None)?;
        tag("ALTER VIRTUAL CLUSTER REPLICATION")
    }

    /// SHOW VIRTUAL CLUSTERS, or one of them, with the state of the stream into it too.
    pub(crate) fn show_virtual_clusters(
        &self,
        cx: &Cx,
        call: &Call,
        name: Option<&Name>,
        status: bool,
    ) -> Result<Outcome> {
        system_only(call, "show")?;
        let shown: &[(&'static str, Type)] = match status {
            false => &[("data_state", Type::Text), ("service_mode", Type::Text)],
            true => &[
                ("ingestion_job_id", Type::Int),
                ("source_tenant_name", Type::Text),
                ("source_cluster_uri", Type::Text),
                ("retained_time", Type::TimestampTz),
                ("replicated_time", Type::TimestampTz),
                ("replication_lag", Type::Interval),
                ("failover_time", Type::Decimal),
                ("status", Type::Text),
            ],
        };
        let time = |t: Time| Value::TimestampTz(t.unix_us(cx.cluster.epoch_us));
        let mut list = Vec::new();
        for (i, t) in cx.cluster.tenants.enumerate() {
            if t.dropped.is_some() {
                continue;
            }
            if name.is_some_and(|n| *n.value != *t.name) {
                continue;
            }
            let stream = self.ingestion(cx, &t.name);
            let mut row: Row = vec![int(t.id), Value::Text(t.name.clone())];
            let state = match stream.and_then(|ix| cx.cluster.job(ix)).map(|j| j.status) {
                None => "ready",
                Some("paused") if status => "replication paused",
                Some(s) if status && s != "running" => "replication pending",
                Some(_) => "replicating",
            };
            if !status {
                let own = self.services.get(&TenantIx(i as u16));
                let service = if i == 0 {
                    "shared"
                } else {
                    own.map_or("none", |s| s)
                };
                row.extend([Value::text(state), Value::text(service)]);
            } else if let Some(ix) = stream
                && let Some(job) = cx.cluster.job(ix)
                && let Some(payload) = self.payload(ix)
                && let Spec::Changefeed(c) = &*payload.spec
            {
                let resolved = payload.high_water;
                let lag = |t: Time| Value::Interval(cx.now().0.saturating_sub(t.0) as i64);
                row.extend([
                    Value::Int(job.id),
                    Value::Text(c.format.clone()),
                    Value::Text(c.sink.clone()),
                    time(job.created),
                    resolved.map_or(Value::Null, time),
                    resolved.map_or(Value::Null, lag),
                    Value::Null,
                    Value::text(state),
                ]);
            } else {
                row.resize(9, Value::Null);
                row.push(Value::text(state));
            }
            list.push(row);
        }
        match name {
            Some(name) if list.is_empty() => Err(super::virtual_clusters::unknown(&name.value)),
            _ => {
                let mut columns = vec![("id", Type::Int), ("name", Type::Text)];
                columns.extend(shown);
                rows(listings::result(&columns, list))
            }
        }
    }

    /// SHOW LOGICAL REPLICATION JOBS.
    pub(crate) fn show_logical(&self, cx: &Cx, call: &Call) -> Result<Outcome> {
        let eyes = self.eyes(cx.cluster, call.tenant, &call.user)?;
        let mut list = Vec::new();
        for (ix, j) in cx.cluster.job_list().rev() {
            let Some(Spec::Changefeed(c)) = self.spec(ix).as_deref().cloned() else {
                continue;
            };
            if j.kind != "LOGICAL REPLICATION" || j.tenant != call.tenant || !eyes.see(&j.owner) {
                continue;
            }
            let names: Vec<Value> = c.topics.split(',').map(Value::text).collect();
            let resolved = self.payload(ix).and_then(|p| p.high_water);
            list.push(vec![
                Value::Int(j.id),
                Value::text(j.status),
                Value::Array(names.into()),
                resolved.map_or(Value::Null, |t| {
                    Value::TimestampTz(t.unix_us(cx.cluster.epoch_us))
                }),
            ]);
        }
        rows(listings::result(
            &[
                ("job_id", Type::Int),
                ("status", Type::Text),
                ("tables", Type::TextArray),
                ("replicated_time", Type::TimestampTz),
            ],
            list,
        ))
    }
}

/// A moment as the product's clock writes it: nanoseconds, and ten digits of the logical part.
fn hlc(cx: &Cx, at: Time) -> Value {
    let ns = i128::from(at.unix_us(cx.cluster.epoch_us)) * 1_000;
    Value::Decimal(Decimal::new(ns.saturating_mul(10_000_000_000), 10))
}
