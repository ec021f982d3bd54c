//! Who may see and control what. reference: cockroachdb-jobs 5

use super::{Cockroach, errors};
use crate::base::{Error, Map, Result, Set, Time};
use crate::cluster::{Cluster, JobIx, TenantIx};
use crate::system::Session;
use std::rc::Rc;

/// What was granted. Users themselves stand in the cluster.
#[derive(Clone, Debug, Default, Hash)]
pub struct Rights {
    /// Roles of a user or role, directly granted.
    pub members: Map<(TenantIx, Rc<str>), Set<Rc<str>>>,
    /// Role options (`CONTROLJOB`), upper case.
    pub options: Map<(TenantIx, Rc<str>), Set<Rc<str>>>,
    /// System privileges, upper case.
    pub system: Map<(TenantIx, Rc<str>), Set<Rc<str>>>,
    /// Privileges on objects: (user, object) → upper-case names. An object is `database` or
    /// `database.schema.table`.
    pub objects: Map<Held, Set<Rc<str>>>,
    /// Who has made a database or table and so may do anything with it; `root` is not written down.
    pub owners: Map<(TenantIx, Rc<str>), Rc<str>>,
    /// Roles that cannot log in.
    pub no_login: Set<(TenantIx, Rc<str>)>,
}

/// Who holds something on which object.
pub type Held = (TenantIx, Rc<str>, Rc<str>);

/// The right to see jobs, worked out once for a statement.
pub struct Eyes {
    all: bool,
    user: Rc<str>,
    roles: Set<Rc<str>>,
}

impl Eyes {
    pub fn see(&self, owner: &Rc<str>) -> bool {
        self.all || **owner == *self.user || self.roles.contains(owner)
    }
}

impl Cockroach {
    /// The user's roles, also those through other roles.
    pub(super) fn roles_of(&self, tenant: TenantIx, user: &str) -> Set<Rc<str>> {
        let mut found: Set<Rc<str>> = Set::new();
        let mut open: Vec<Rc<str>> = vec![Rc::from(user)];
        while let Some(name) = open.pop() {
            if let Some(roles) = self.rights.members.get(&(tenant, name)) {
                for role in roles {
                    if found.insert(role.clone()) {
                        open.push(role.clone());
                    }
                }
            }
        }
        found
    }

    /// `root`, `node`, and members of admin. reference 5
    pub(super) fn is_admin(&self, cluster: &Cluster, tenant: TenantIx, user: &str) -> bool {
        matches!(user, "root" | "node" | "admin")
            || cluster
                .users
                .iter()
                .any(|u| u.tenant == tenant && *u.name == *user && u.admin)
            || self.roles_of(tenant, user).contains("admin")
    }

    /// A role option or system privilege, own or inherited.
    pub(super) fn has_system(&self, tenant: TenantIx, user: &str, privilege: &str) -> bool {
        let held = |name: &str| {
            let key = (tenant, Rc::from(name));
            [&self.rights.options, &self.rights.system]
                .iter()
                .filter_map(|of| of.get(&key))
                .any(|set| set.contains(privilege) || set.contains("ALL"))
        };
        held(user) || self.roles_of(tenant, user).iter().any(|r| held(r))
    }

    /// A privilege on a table or its database, own or inherited.
    pub(super) fn has_object(
        &self,
        cluster: &Cluster,
        tenant: TenantIx,
        user: &str,
        object: &str,
        privilege: &str,
    ) -> bool {
        if self.is_admin(cluster, tenant, user) {
            return true;
        }
        let database = object.split('.').next().unwrap_or(object);
        let owner = self.rights.owners.get(&(tenant, Rc::from(object)));
        let held = |name: &str| {
            if owner.is_some_and(|o| **o == *name) {
                return true;
            }
            [object, database].iter().any(|o| {
                self.rights
                    .objects
                    .get(&(tenant, Rc::from(name), Rc::from(*o)))
                    .is_some_and(|set| set.contains(privilege) || set.contains("ALL"))
            })
        };
        held(user) || held("public") || self.roles_of(tenant, user).iter().any(|r| held(r))
    }

    // ---- seeing ----

    /// Which jobs a user sees in listings; v2.1 lets only admins list at all. reference 5
    pub(super) fn eyes(&self, cluster: &Cluster, tenant: TenantIx, user: &str) -> Result<Eyes> {
        let admin = self.is_admin(cluster, tenant, user);
        if !admin && self.profile.listing_guarded {
            return Err(errors::refused(format!(
                "user {user} does not have SELECT privilege on relation jobs"
            )));
        }
        let all = admin
            || self.has_system(tenant, user, "CONTROLJOB")
            || self.has_system(tenant, user, "VIEWJOB");
        Ok(Eyes {
            all,
            user: Rc::from(user),
            roles: self.roles_of(tenant, user),
        })
    }

    pub(super) fn may_see(&self, cluster: &Cluster, session: &Session, job: JobIx) -> bool {
        let Some(j) = cluster.job(job) else {
            return false;
        };
        // v2.1's CANCEL asked nobody, so \wait does not either.
        match self.eyes(cluster, session.tenant, &session.user) {
            Ok(eyes) => eyes.see(&j.owner),
            Err(_) => true,
        }
    }

    /// The newest job that a plain listing shows to the session.
    pub(super) fn newest_listed(
        &self,
        cluster: &Cluster,
        session: &Session,
        now: Time,
    ) -> Option<JobIx> {
        let eyes = self.eyes(cluster, session.tenant, &session.user).ok();
        cluster
            .job_list()
            .rev()
            .filter(|(_, j)| j.tenant == session.tenant)
            .filter(|(_, j)| self.is_recent(j, now) && j.listed)
            .find(|(_, j)| eyes.as_ref().is_none_or(|e| e.see(&j.owner)))
            .map(|(i, _)| i)
    }

    // ---- controlling ----

    /// Whether the user may control the job; the error is the product's. reference 5
    pub(super) fn may_control(
        &self,
        cluster: &Cluster,
        tenant: TenantIx,
        user: &str,
        job: JobIx,
    ) -> std::result::Result<(), Error> {
        let Some(j) = cluster.job(job) else {
            return Ok(());
        };
        // v2.1 checked nothing (#40916).
        if !self.profile.owners || *j.owner == *user || self.is_admin(cluster, tenant, user) {
            return Ok(());
        }
        let id = j.id;
        if self.is_admin(cluster, tenant, &j.owner) {
            return Err(errors::refused(format!(
                "job {id}: only admins can control jobs owned by other admins"
            )));
        }
        if self.has_system(tenant, user, "CONTROLJOB") {
            return Ok(());
        }
        Err(errors::refused(format!(
            "job {id}: user {user} does not have privileges for job {id}"
        )))
    }
}
