//! Virtual clusters: each has its own jobs, ids and users. reference: cockroachdb-jobs 7

use super::super::grammar::{ClusterAction, VirtualCluster};
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome, tag};
use crate::base::{Error, ErrorKind, Result};
use crate::cluster::TenantIx;

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
                    return Err(errors::wrong(
                        "cannot destroy tenant \"1\", ID assigned to system tenant",
                        "22023",
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
            ClusterAction::StartService(_) | ClusterAction::StopService if found.is_some() => {
                tag("ALTER VIRTUAL CLUSTER SERVICE")
            }
            _ if found.is_none() => Err(unknown(name)),
            action => self.steer_replication(cx, call, name, action),
        }
    }
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
