//! Restores: a tenant is created, its log streams are filled from the files of a set
//! (reference: oceanbase-backup 3.8).

use super::super::model::{Owner, Payload, RestoreJob};
use super::super::setup::{self, NewTenant};
use super::super::{Cx, OceanBase, SYS, states};
use crate::cluster::{
    Direction, Effect, FileIx, Job, JobIx, NewJob, NodeIx, Order, Phase, RangeIx, TenantIx,
    WorkState,
};
use std::rc::Rc;

/// Bytes a second into one log stream.
const RATE: u64 = 24_000_000;

impl OceanBase {
    pub(in super::super) fn restore_job(&self, job: JobIx) -> Option<&RestoreJob> {
        match self.payload(job) {
            Some(Payload::Restore(r)) => Some(r),
            _ => None,
        }
    }
    fn restore_mut(&mut self, job: JobIx) -> Option<&mut RestoreJob> {
        match self.payload_mut(job) {
            Some(Payload::Restore(r)) => Some(r),
            _ => None,
        }
    }

    pub(super) fn look_at_restore(&mut self, cx: &mut Cx, node: NodeIx, job: JobIx) -> bool {
        match cx.cluster.job(job).map_or("", |j| j.status) {
            "CREATE_TENANT" => self.begin_restore(cx, node, job),
            "WAIT_TENANT_RESTORE_FINISH" => self.go_on_restoring(cx, node, job),
            _ => false,
        }
    }

    /// The tenant comes into being with empty log streams, and their filling starts.
    fn begin_restore(&mut self, cx: &mut Cx, node: NodeIx, job: JobIx) -> bool {
        let now = cx.now();
        let Some(restore) = self.restore_job(job) else {
            return false;
        };
        let (name, source, set_id, pool) = (
            restore.tenant_name.clone(),
            restore.source_tenant,
            restore.set,
            restore.pool.clone(),
        );
        // Somebody else may have been quicker.
        let free = self.tenant_named(&name).is_none()
            && self.pools.get(&pool).is_some_and(|p| p.tenant.is_none());
        let Some(set) = self.set(source, set_id).filter(|_| free) else {
            let who = self.who(cx, node, "restore service");
            let _ = cx.cluster.advance_job(now, job, "fail", &who);
            let text = "the name or the resource pool was taken";
            self.note(cx, job, text);
            if let Some(restore) = self.restore_mut(job) {
                restore.comment = Rc::from(text);
            }
            cx.cluster.tell(now, Some(job), Some(node), text);
            return false;
        };
        let sizes: Vec<u64> = set.stream_bytes.iter().map(|(_, b)| *b).collect();
        let set_files = set.files.clone();
        let tables = set.tables.clone();
        let stream_ids: Vec<i64> = set.stream_bytes.iter().map(|(id, _)| *id).collect();
        let mode = self
            .tenants
            .get(&source)
            .map_or(super::super::model::Mode::Mysql, |t| t.mode);
        let new = NewTenant {
            name: &name,
            mode,
            sizes: &sizes,
            status: "RESTORE",
            role: "RESTORE",
            made_by: Some(job),
        };
        let tenant = setup::add_tenant(self, cx, new);
        if let Some(pool) = self.pools.get_mut(&pool) {
            pool.tenant = Some(tenant);
        }
        let streams: Vec<(i64, RangeIx)> = self
            .tenants
            .get(&tenant)
            .map(|t| t.streams.iter().map(|s| (s.id, s.range)).collect())
            .unwrap_or_default();
        let child = cx.cluster.add_job(
            Job::new(
                NewJob {
                    id: 1,
                    tenant,
                    kind: "RESTORE",
                    title: Rc::from(format!("restore of {name}")),
                    description: Rc::from(""),
                    owner: Rc::from("root"),
                    machine: &states::TENANT_RESTORE,
                    created: now,
                    parent: Some(job),
                    listed: true,
                    note: "its log streams fill from the set's files",
                },
                "RESTORING",
            ),
            "restore service",
        );
        self.payloads
            .insert(child, Rc::new(Payload::TenantRestore { parent: job }));
        let mut works = Vec::new();
        let (mut total, mut tablets) = (0, 0);
        for (ix, (_, range)) in streams.iter().enumerate() {
            let leader = cx.cluster.range(*range).map_or(node, |r| r.leader);
            let id = stream_ids.get(ix).copied().unwrap_or(0);
            let dir = format!("/logstream_{id}/");
            let from: Vec<(FileIx, u64)> = set_files
                .iter()
                .filter_map(|f| Some((*f, cx.cluster.file(*f)?)))
                .filter(|(_, f)| f.deleted.is_none() && f.path.contains(dir.as_str()))
                .map(|(i, f)| (i, f.held))
                .collect();
            let size = cx.cluster.range(*range).map_or(1, |r| r.size);
            let orders = fill_orders(leader, *range, size, &from);
            total += size;
            let phase = Phase {
                job: child,
                label: "restore log stream",
                direction: Direction::Forward,
                per_node: 1,
                unit_rate: RATE,
            };
            let work = cx.cluster.start_work(now, phase, &orders);
            self.owners.insert(work, Owner::Restore { job });
            works.push(work);
            tablets += 120 + size / (8 << 20);
        }
        // The tables are there, and cannot be read until the tenant is NORMAL.
        setup::copy_tables(self, cx, tenant, &tables, child);
        if let Some(restore) = self.restore_mut(job) {
            restore.tenant = Some(tenant);
            restore.child = Some(child);
            restore.works = works;
            restore.total = total;
            restore.tablets = tablets;
        }
        let who = self.who(cx, node, "restore service");
        let _ = cx.cluster.advance_job(now, job, "created", &who);
        self.note(cx, job, "waits for the tenant's own restore");
        let text =
            format!("tenant {name} is created in status RESTORE; its log streams are being filled");
        cx.cluster.tell(now, Some(job), Some(node), &text);
        true
    }

    fn go_on_restoring(&mut self, cx: &mut Cx, node: NodeIx, job: JobIx) -> bool {
        let now = cx.now();
        let Some(restore) = self.restore_job(job) else {
            return false;
        };
        let (Some(child), Some(tenant)) = (restore.child, restore.tenant) else {
            return false;
        };
        let who = self.who(cx, node, "restore service");
        let done = restore.works.iter().all(|w| {
            cx.cluster
                .work(*w)
                .is_some_and(|w| w.state == WorkState::Done)
        });
        let (finished, total) = (self.restored(cx, restore), restore.total.max(1));
        let fraction = (u128::from(finished.min(total)) * 1_000_000 / u128::from(total)) as u32;
        for ix in [job, child] {
            if let Some(record) = cx.cluster.job_mut(ix) {
                record.fraction_ppm = fraction;
            }
        }
        match cx.cluster.job(child).map_or("", |j| j.status) {
            "RESTORING" if done => {
                let _ = cx.cluster.advance_job(now, child, "restored", &who);
                true
            }
            "POST_CHECK" => {
                let _ = cx.cluster.advance_job(now, child, "checked", &who);
                true
            }
            "UPGRADE" => {
                let _ = cx.cluster.advance_job(now, child, "finish", &who);
                let _ = cx.cluster.advance_job(now, job, "finish", &who);
                setup::open_tenant(self, cx, tenant);
                let name = self.tenants.get(&tenant).map(|t| t.name.clone());
                let text = format!(
                    "tenant {} is restored: NORMAL, a standby",
                    name.as_deref().unwrap_or("")
                );
                cx.cluster.tell(now, Some(job), Some(node), &text);
                self.note(
                    cx,
                    job,
                    "its row moves to the history view at the next tick",
                );
                if let Some(record) = cx.cluster.job_mut(child) {
                    record.note = Rc::from("");
                }
                false
            }
            _ => false,
        }
    }

    /// Bytes that a restore has filled.
    pub(in super::super) fn restored(&self, cx: &Cx, restore: &RestoreJob) -> u64 {
        filled(cx.cluster, restore, cx.now())
    }

    pub(in super::super) fn stream_restored(&mut self, cx: &mut Cx, job: JobIx) {
        let _ = job;
        self.wake(cx, SYS);
    }

    /// CANCEL RESTORE: the tenant is dropped at once; there is no CANCELING (reference 3.8).
    pub(in super::super) fn cancel_restore(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let now = cx.now();
        let found = self
            .tenants
            .get(&SYS)
            .into_iter()
            .flat_map(|t| t.current.iter().copied())
            .find(|&j| {
                self.restore_job(j)
                    .is_some_and(|r| r.tenant == Some(tenant))
            });
        let Some(job) = found else { return };
        let (works, child) = self
            .restore_job(job)
            .map(|r| (r.works.clone(), r.child))
            .unwrap_or_default();
        for work in works {
            cx.cluster.stop_work(now, work);
            self.owners.remove(&work);
        }
        let who = "CANCEL RESTORE";
        for ix in child.into_iter().chain([job]) {
            let _ = cx.cluster.advance_job(now, ix, "fail", who);
            self.note(cx, ix, "the tenant was dropped by CANCEL RESTORE");
        }
        if let Some(restore) = self.restore_mut(job) {
            restore.comment = Rc::from("restore is canceled");
        }
        let name = self.tenants.get(&tenant).map(|t| t.name.clone());
        let text = format!(
            "tenant {} is dropped with what was restored into it; the restore is a failure",
            name.as_deref().unwrap_or("")
        );
        cx.cluster.tell(now, Some(job), None, &text);
        self.drop_tenant(cx, tenant, child);
    }

    /// Drops a tenant: its jobs end, its archiving stops, its replicas are removed. With `job`
    /// the removal is work that can be seen.
    pub(in super::super) fn drop_tenant(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        job: Option<JobIx>,
    ) {
        let now = cx.now();
        let Some(t) = self.tenants.get(&tenant) else {
            return;
        };
        let jobs: Vec<JobIx> = t.current.iter().copied().collect();
        let rounds: Vec<JobIx> = t.archive.rounds.iter().map(|r| r.job).collect();
        let ranges: Vec<RangeIx> = t.streams.iter().map(|s| s.range).collect();
        for &ix in jobs.iter().chain(&rounds) {
            for work in cx.cluster.stop_job_work(now, ix) {
                self.owners.remove(&work);
            }
            for event in ["fail", "stopped", "stop", "stopped"] {
                let _ = cx.cluster.advance_job(now, ix, event, "DROP TENANT");
            }
            if let Some(record) = cx.cluster.job_mut(ix) {
                record.listed = false;
                record.note = Rc::from("its tenant was dropped");
            }
        }
        self.tenants.remove(&tenant);
        for pool in self.pools.values_mut() {
            if pool.tenant == Some(tenant) {
                pool.tenant = None;
            }
        }
        if let Some(row) = cx.cluster.tenants.get_mut(usize::from(tenant.0)) {
            row.status = "DROPPING";
            row.dropped = Some(now);
        }
        let tables = cx.cluster.tables.len();
        for i in 0..tables {
            if let Some(table) = cx.cluster.tables.get_mut(i)
                && table.tenant == tenant
                && table.dropped.is_none()
            {
                table.dropped = Some(now);
                table.state = crate::cluster::TableState::Dropped;
            }
        }
        let orders: Vec<Order> = ranges
            .iter()
            .filter_map(|&range| Some((range, cx.cluster.range(range)?)))
            .map(|(range, r)| Order {
                node: r.leader,
                amount: (r.held / 8).max(1),
                effect: Effect::Clear { range },
            })
            .collect();
        match job {
            Some(job) => {
                let phase = Phase {
                    job,
                    label: "remove replicas",
                    direction: Direction::Undo,
                    per_node: 2,
                    unit_rate: RATE,
                };
                let work = cx.cluster.start_work(now, phase, &orders);
                self.owners.insert(work, Owner::Drop { tenant });
            }
            None => self.tenant_cleared(cx, tenant),
        }
    }

    /// The last replica of a dropped tenant is gone.
    pub(in super::super) fn tenant_cleared(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let now = cx.now();
        for i in 0..cx.cluster.ranges.len() {
            if let Some(range) = cx.cluster.ranges.get_mut(i)
                && range.tenant == tenant
                && range.gone.is_none()
            {
                range.held = 0;
                range.gone = Some(now);
            }
        }
        cx.cluster.changes += 1;
    }
}

/// Bytes that a restore has filled at `now`.
pub fn filled(
    cluster: &crate::cluster::Cluster,
    restore: &RestoreJob,
    now: crate::base::Time,
) -> u64 {
    restore
        .works
        .iter()
        .filter_map(|w| cluster.work(*w))
        .map(|w| w.progress(now).0)
        .sum()
}

/// Fills a log stream from the files of its data, one after the other.
fn fill_orders(node: NodeIx, range: RangeIx, size: u64, from: &[(FileIx, u64)]) -> Vec<Order> {
    let read: u64 = from.iter().map(|(_, b)| *b).sum();
    if read == 0 {
        return vec![Order {
            node,
            amount: size,
            effect: Effect::Fill { range, from: None },
        }];
    }
    from.iter()
        .map(|(file, bytes)| Order {
            node,
            // The stream is filled by as much as the file's share of what is read.
            amount: (u128::from(size) * u128::from(*bytes) / u128::from(read)) as u64,
            effect: Effect::Fill {
                range,
                from: Some(*file),
            },
        })
        .collect()
}
