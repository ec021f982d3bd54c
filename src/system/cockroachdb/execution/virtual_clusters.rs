//! Virtual clusters: each has its own jobs, ids and users. reference: cockroachdb-jobs 7

use super::super::grammar::{ClusterAction, VirtualCluster};
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome, tag};
use crate::base::{Error, ErrorKind, Result};
use crate::cluster::{JobIx, NodeIx, TenantIx};
use std::rc::Rc;

/// Virtual clusters that one cluster may have: their index has sixteen bits.
const MAX_CLUSTERS: usize = 1_000;

impl Cockroach {
    pub(crate) fn virtual_cluster(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        v: &VirtualCluster,
    ) -> Result<Outcome> {
        system_only(
            call,
            match v.action {
                ClusterAction::Create { .. } => "create",
                ClusterAction::Drop { .. } => "drop",
                _ => "alter",
            },
        )?;
        self.need_admin(cx, call, |user| {
            refused(&format!(
                "user {user} does not have MANAGEVIRTUALCLUSTER system privilege"
            ))
        })?;
        let name = v.name.value.as_str();
        let found = cx
            .cluster
            .tenants
            .enumerate()
            .find(|(_, t)| *t.name == *name && t.dropped.is_none())
            .map(|(i, _)| i);
        match &v.action {
            ClusterAction::Create {
                if_not_exists,
                replication,
                ..
            } => {
                if found.is_some() {
                    if *if_not_exists {
                        return tag("CREATE VIRTUAL CLUSTER");
                    }
                    return Err(errors::exists("tenant", name, "42710"));
                }
                let count = cx.cluster.tenants.len();
                if count >= MAX_CLUSTERS {
                    return Err(Error::new(ErrorKind::Limit, "too many virtual clusters"));
                }
                self.add_tenant(cx, name, count as u64 + 2);
                cx.cluster.changes += 1;
                if let Some((source, uri)) = replication {
                    let uri = self.text_arg(call, uri)?;
                    self.replicate(cx, call, v, &source.value, &uri)?;
                }
                tag("CREATE VIRTUAL CLUSTER")
            }
            ClusterAction::Drop { if_exists, .. } => {
                let Some(i) = found else {
                    if *if_exists {
                        return tag("DROP VIRTUAL CLUSTER");
                    }
                    return Err(unknown(name));
                };
                if i == 0 {
                    return Err(is_system("destroy"));
                }
                if let Some(mode) = self.services.get(&TenantIx(i as u16)) {
                    let id = cx.cluster.tenants.get(i).map_or(0, |t| t.id);
                    let text =
                        format!("cannot drop tenant \"{name}\" ({id}) in service mode {mode}");
                    return Err(errors::wrong(text, "55000").hint(
                        "Use ALTER VIRTUAL CLUSTER STOP SERVICE before DROP VIRTUAL CLUSTER.",
                    ));
                }
                let open = cx
                    .cluster
                    .job_list()
                    .any(|(_, j)| usize::from(j.tenant.0) == i && !j.is_terminal());
                if open {
                    return Err(errors::unsupported(
                        "dropping a virtual cluster while its jobs run",
                    ));
                }
                let now = cx.now();
                if let Some(t) = cx.cluster.tenants.get_mut(i) {
                    t.dropped = Some(now);
                }
                cx.cluster.changes += 1;
                tag("DROP VIRTUAL CLUSTER")
            }
            action => match (action, found) {
                (_, None) => Err(unknown(name)),
                (ClusterAction::StartService(mode), Some(i)) => {
                    let mode = match *mode {
                        "SHARED" => "shared",
                        _ => "external",
                    };
                    self.set_service(cx, TenantIx(i as u16), name, Some(mode))
                }
                (ClusterAction::StopService, Some(i)) => {
                    self.set_service(cx, TenantIx(i as u16), name, None)
                }
                (ClusterAction::Setting { .. }, Some(0)) => Err(errors::wrong(
                    "cannot use this statement to access cluster settings in system tenant",
                    "22023",
                )
                .hint("Use a regular SET CLUSTER SETTING statement.")),
                (ClusterAction::Setting { name, value }, Some(i)) => {
                    let name = name.value.as_str();
                    let key = (TenantIx(i as u16), Rc::from(name));
                    match self.setting_value(cx, call, name, value.as_deref())? {
                        Some(text) => self.overrides.insert(key, text),
                        None => self.overrides.remove(&key),
                    };
                    self.setting_changed(cx, TenantIx(i as u16), name);
                    tag("ALTER VIRTUAL CLUSTER SET CLUSTER SETTING")
                }
                (action, _) => self.steer_replication(cx, call, name, action),
            },
        }
    }

    /// Begins or ends to serve a virtual cluster: its registries run on every node while it is.
    /// Beyond the reference: `pkg/sql/tenant_update.go`.
    fn set_service(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        name: &str,
        mode: Option<&'static str>,
    ) -> Result<Outcome> {
        const DONE: &str = "ALTER VIRTUAL CLUSTER SERVICE";
        if tenant == TenantIx(0) {
            return Err(is_system("set tenant service"));
        }
        let old = self.services.get(&tenant).copied();
        if old == mode {
            return tag(DONE);
        }
        let Some(mode) = mode else {
            self.services.remove(&tenant);
            for i in 0..cx.cluster.nodes.len() {
                self.loops.remove(&(NodeIx(i as u16), tenant));
            }
            // Its servers stop: their sessions end, and what they ran waits for others.
            self.lose_sessions(cx, |s| s.tenant == tenant);
            let open: Vec<JobIx> = cx
                .cluster
                .job_list()
                .filter(|(_, j)| j.tenant == tenant && j.claim.is_some() && !j.is_terminal())
                .map(|(ix, _)| ix)
                .collect();
            for job in open {
                self.halt(cx, job);
                self.release(cx, job);
                self.note(cx, job, "its virtual cluster is not served");
            }
            cx.cluster.changes += 1;
            return tag(DONE);
        };
        if let Some(old) = old {
            let text = format!("cannot change service mode {old} to {mode} directly");
            return Err(
                errors::wrong(text, "55000").hint("Use ALTER VIRTUAL CLUSTER STOP SERVICE first.")
            );
        }
        if self.ingestion(cx, name).is_some() {
            let text = format!("cannot use tenant service mode {mode} with data state add");
            return Err(errors::uncategorised(self.profile, &text));
        }
        self.services.insert(tenant, mode);
        for i in 0..cx.cluster.nodes.len() {
            self.start_served(cx, NodeIx(i as u16), tenant);
        }
        cx.cluster.changes += 1;
        tag(DONE)
    }
}

fn is_system(what: &str) -> Error {
    let text = format!("cannot {what} tenant \"1\", ID assigned to system tenant");
    errors::wrong(text, "22023")
}

fn refused(text: &str) -> Error {
    errors::refused(text)
}

/// Other virtual clusters are the system one's business.
pub(super) fn system_only(call: &Call, what: &str) -> Result<()> {
    match call.tenant {
        TenantIx(0) => Ok(()),
        _ => Err(errors::refused(format!(
            "only the system tenant can {what} other tenants"
        ))),
    }
}

pub(super) fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::Name, format!("tenant \"{name}\" does not exist")).sqlstate("42704")
}
