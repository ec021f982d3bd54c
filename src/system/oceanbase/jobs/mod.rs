//! Who drives the jobs: the tenants' backup services, their ticks, elections and faults
//! (reference: oceanbase-backup 3.1).

mod archive;
mod backup;
mod cleanup;
mod files;
mod layout;
mod parent;
mod restore;
mod streams;

pub(super) use files::{capacity, scn, stamp};
pub(super) use layout::MACRO_BLOCK;
pub(super) use restore::filled;
pub(super) use streams::trace_id;

use super::model::{BackupJob, Owner, Payload};
use super::states::LsStatus;
use super::{Cx, Event, OceanBase, SYS};
use crate::base::{Duration, Map};
use crate::cluster::{Fault, JobIx, NodeIx, Packet, Place, TenantIx};
use std::rc::Rc;

/// A service with nothing to do looks again after this (reference 3.1, from 4.2.1).
const IDLE: Duration = Duration::from_secs(30);
/// A server that does not answer is given up after this.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// A new leader is elected within this after the old one is gone.
const ELECTION: Duration = Duration::from_secs(8);
/// A server that lives and is not heard is given up after this (reference 3.1).
const SILENCE: Duration = Duration::from_mins(10);
/// A message that could not be delivered is sent again after this.
const RESEND: Duration = Duration::from_secs(5);

/// What a parameter is set to, or its default.
fn set_time(set: Option<&Map<Rc<str>, Rc<str>>>, name: &str, default: Duration) -> Duration {
    set.and_then(|p| super::execution::time_text(p.get(name)?)?.try_into().ok())
        .map_or(default, Duration)
}

impl OceanBase {
    /// Lets a tenant's service look soon: something has happened that it is told about.
    pub(super) fn wake(&mut self, cx: &mut Cx, tenant: TenantIx) {
        let delay = Duration(self.streams.polls.between(30_000, 120_000));
        self.schedule(cx, tenant, delay, false);
    }

    /// Announces the next tick; one that is due earlier stays unless `replace`.
    fn schedule(&mut self, cx: &mut Cx, tenant: TenantIx, delay: Duration, replace: bool) {
        let now = cx.now();
        let Some(t) = self.tenants.get_mut(&tenant) else {
            return;
        };
        let service = &mut t.service;
        if service.moving {
            return;
        }
        let due = now + delay;
        if !replace && service.next > now && service.next <= due {
            return;
        }
        service.generation = service.generation.wrapping_add(1);
        service.next = due;
        let generation = service.generation;
        cx.after(delay, Event::Tick { tenant, generation });
    }

    pub(super) fn schedule_idle(&mut self, cx: &mut Cx, tenant: TenantIx) {
        // The look itself takes a little, so that ticks do not fall on whole seconds.
        let set = self.tenants.get(&tenant).map(|t| &t.parameters);
        // Ten seconds is its floor.
        let longest = set_time(set, "_backup_idle_time", IDLE)
            .0
            .clamp(10_000_000, IDLE.0);
        let idle = Duration(self.streams.polls.between(longest - 400_000, longest));
        self.schedule(cx, tenant, idle, true);
    }

    /// The service of a tenant looks at every row in the current views.
    pub(super) fn tick(&mut self, cx: &mut Cx, tenant: TenantIx, generation: u32) {
        let now = cx.now();
        let Some(t) = self.tenants.get_mut(&tenant) else {
            return;
        };
        let service = &mut t.service;
        let alive = cx.cluster.node(service.node).is_some_and(|n| n.alive);
        if service.generation != generation || service.moving || !alive {
            return;
        }
        service.last = now;
        let node = service.node;
        let jobs: Vec<JobIx> = t.current.iter().copied().collect();
        let mut again = false;
        for job in jobs {
            again |= self.look(cx, tenant, node, job);
        }
        if again {
            let delay = Duration(self.streams.polls.between(30_000, 120_000));
            self.schedule(cx, tenant, delay, true);
        } else if self
            .tenants
            .get(&tenant)
            .is_some_and(|t| t.service.generation == generation)
        {
            // Nothing that was looked at has asked for an earlier look.
            self.schedule_idle(cx, tenant);
        }
    }

    /// One look at one job. True: something moved, so look again at once.
    fn look(&mut self, cx: &mut Cx, tenant: TenantIx, node: NodeIx, job: JobIx) -> bool {
        let now = cx.now();
        let Some(record) = cx.cluster.job(job) else {
            return false;
        };
        if record.is_terminal() {
            self.retire(cx, tenant, node, job);
            return false;
        }
        // Reading a row in which there is something to be done: a person sees who looks.
        if matches!(record.status, "INIT" | "CANCELING") {
            cx.cluster.show_packet(Packet {
                from: Place::Record(job),
                to: Place::Node(node),
                sent: now,
                arrives: now + Duration::from_millis(2),
                label: "job row",
                job: Some(job),
            });
        }
        match self.payload(job) {
            Some(Payload::Backup(_)) => self.look_at_backup(cx, tenant, node, job),
            Some(Payload::Parent(_)) => self.look_at_parent(cx, node, job),
            Some(Payload::Delete(_)) => self.look_at_delete(cx, tenant, node, job),
            Some(Payload::Restore(_)) => self.look_at_restore(cx, node, job),
            Some(Payload::TenantRestore { .. } | Payload::Round { .. }) | None => false,
        }
    }

    /// The row of an ended job leaves the current views.
    fn retire(&mut self, cx: &mut Cx, tenant: TenantIx, node: NodeIx, job: JobIx) {
        let now = cx.now();
        if let Some(t) = self.tenants.get_mut(&tenant) {
            t.current.remove(&job);
        }
        match self.payload_mut(job) {
            Some(Payload::Backup(b)) => b.common.archived = Some(now),
            Some(Payload::Parent(p)) => p.common.archived = Some(now),
            Some(Payload::Delete(d)) => d.archived = Some(now),
            Some(Payload::Restore(r)) => r.archived = Some(now),
            _ => {}
        }
        // An hourly run that found nothing is no story: its row is in the view, not in the picture.
        let idle = matches!(self.payload(job), Some(Payload::Delete(d)) if d.tasks.is_empty());
        let name = self.job_name(cx, job);
        if let Some(record) = cx.cluster.job_mut(job) {
            record.listed = !idle;
            record.note = "its row is in the history view".into();
        }
        let text = format!("{name}: the row moves to the history view");
        cx.cluster.tell(now, Some(job), Some(node), &text);
    }

    /// `job 1 of mysql_tenant`
    pub(super) fn job_name(&self, cx: &Cx, job: JobIx) -> String {
        let Some(record) = cx.cluster.job(job) else {
            return String::new();
        };
        match self.tenants.get(&record.tenant) {
            Some(t) => format!("job {} of {}", record.id, t.name),
            None => format!("job {}", record.id),
        }
    }

    /// Writes the sentence on why a job is where it is.
    pub(super) fn note(&self, cx: &mut Cx, job: JobIx, text: impl AsRef<str>) {
        if let Some(record) = cx.cluster.job_mut(job) {
            record.note = text.as_ref().into();
        }
    }

    // ---- faults ----

    pub(super) fn after_fault(&mut self, cx: &mut Cx, fault: &Fault) {
        let set = Some(&self.parameters);
        let keep_alive = set_time(set, "_backup_task_keep_alive_interval", KEEP_ALIVE);
        let silence = set_time(set, "_backup_task_keep_alive_timeout", SILENCE);
        match fault {
            Fault::Kill(node) | Fault::Restart(node) => {
                // Tasks of a server that is gone are missed when its keep-alive runs out.
                for event in self.tasks_under_way(|n| n == *node, lost) {
                    cx.after(keep_alive, event);
                }
                cx.after(keep_alive, Event::Reassign);
            }
            Fault::Full(_) => self.disk_full(cx),
            Fault::Unreachable(_) => cx.after(keep_alive, Event::DestTimeout),
            Fault::Heal | Fault::Clear => {
                let all: Vec<TenantIx> = self.tenants.keys().copied().collect();
                for tenant in all {
                    self.wake(cx, tenant);
                }
            }
            Fault::Partition(_) => {
                for event in self.tasks_under_way(|_| true, silent) {
                    cx.after(silence, event);
                }
            }
            Fault::SlowDisk(..) | Fault::SlowNet(..) => {}
        }
        // A restarted server has lost what it led.
        let restarted = match fault {
            Fault::Restart(node) => Some(*node),
            _ => None,
        };
        let headless: Vec<TenantIx> = self
            .tenants
            .iter()
            .filter(|(_, t)| {
                restarted == Some(t.service.node) || !self.can_lead(cx, t.service.node)
            })
            .map(|(ix, _)| *ix)
            .collect();
        for tenant in &headless {
            if let Some(t) = self.tenants.get_mut(tenant) {
                t.service.moving = true;
                t.service.generation = t.service.generation.wrapping_add(1);
            }
        }
        if self.tenants.values().any(|t| t.service.moving) {
            cx.after(ELECTION, Event::Elect);
        }
        if headless.contains(&SYS) {
            let now = cx.now();
            let text =
                "RootService has no leader: statements that need it fail until one is elected";
            cx.cluster.tell(now, None, None, text);
        }
    }

    /// Alive, and with more than half of all servers on its side of the network.
    fn can_lead(&self, cx: &Cx, node: NodeIx) -> bool {
        let all = cx.cluster.nodes.len();
        let near = cx
            .cluster
            .node_list()
            .filter(|(other, _)| cx.cluster.connected(node, *other))
            .count();
        cx.cluster.node(node).is_some_and(|n| n.alive) && near * 2 > all
    }

    /// Services without a leader get one, if there is a majority to elect it.
    pub(super) fn elect(&mut self, cx: &mut Cx) {
        let now = cx.now();
        let able: Vec<NodeIx> = cx
            .cluster
            .node_list()
            .map(|(ix, _)| ix)
            .filter(|&ix| self.can_lead(cx, ix))
            .collect();
        let moving: Vec<TenantIx> = self
            .tenants
            .iter()
            .filter(|(_, t)| t.service.moving)
            .map(|(ix, _)| *ix)
            .collect();
        for tenant in moving {
            let Some(t) = self.tenants.get_mut(&tenant) else {
                continue;
            };
            let pick = usize::from(tenant.0).checked_rem(able.len());
            let Some(&node) = pick.and_then(|p| able.get(p)) else {
                continue;
            };
            t.service.moving = false;
            t.service.node = node;
            t.service.next = now;
            let name = cx.cluster.node(node).map(|n| n.name.clone());
            let text = format!(
                "{} takes over the backup service of {}{}",
                name.as_deref().unwrap_or(""),
                t.name,
                if tenant == SYS {
                    " and RootService"
                } else {
                    ""
                }
            );
            cx.cluster.tell(now, None, Some(node), &text);
            self.wake(cx, tenant);
            let (module, event) = if tenant == SYS {
                ("root_service", "full_rootservice")
            } else {
                ("backup_data", "switch_leader")
            };
            self.rs_event(now, node, module, event, Vec::new());
        }
    }

    /// Events about the log-stream tasks that servers have been told to run.
    fn tasks_under_way(
        &self,
        on: impl Fn(NodeIx) -> bool,
        event: fn(JobIx, u32, u32) -> Event,
    ) -> Vec<Event> {
        let mut found = Vec::new();
        for (job, backup) in self.running_backups() {
            let Some(task) = &backup.task else { continue };
            for (index, ls) in task.streams.iter().enumerate() {
                if on(ls.node) && matches!(ls.status, LsStatus::Pending | LsStatus::Doing) {
                    found.push(event(job, index as u32, ls.attempt));
                }
            }
        }
        found
    }

    /// Backup jobs in the current views.
    fn running_backups(&self) -> impl Iterator<Item = (JobIx, &BackupJob)> {
        self.tenants
            .values()
            .flat_map(|t| t.current.iter())
            .filter_map(|&job| match self.payload(job) {
                Some(Payload::Backup(b)) => Some((job, b)),
                _ => None,
            })
    }

    /// Cleanup, restore and removal go on at other servers; backups have their own retries.
    pub(super) fn reassign(&mut self, cx: &mut Cx) {
        let now = cx.now();
        let works: Vec<_> = self
            .owners
            .iter()
            .filter(|(_, o)| {
                matches!(
                    o,
                    Owner::Delete { .. } | Owner::Restore { .. } | Owner::Drop { .. }
                )
            })
            .map(|(w, _)| *w)
            .collect();
        for work in works {
            cx.cluster.reassign(now, work);
        }
    }
}

fn lost(job: JobIx, index: u32, attempt: u32) -> Event {
    Event::Lost {
        job,
        index,
        attempt,
    }
}

fn silent(job: JobIx, index: u32, attempt: u32) -> Event {
    Event::Silent {
        job,
        index,
        attempt,
    }
}
