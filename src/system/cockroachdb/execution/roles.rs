//! Users, roles, grants. reference: cockroachdb-jobs 5

use super::super::grammar::{Grant, GrantObject, OptValue, RoleSpec, RoleStatement};
use super::super::jobs::{Change, New, Spec};
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome, tag};
use crate::base::{Error, Result};
use crate::cluster::{Cluster, TableIx, TenantIx, User};
use std::rc::Rc;

/// Privileges that exist on the whole cluster.
pub const SYSTEM_PRIVILEGES: [&str; 20] = [
    "ALL",
    "BACKUP",
    "CANCELQUERY",
    "CHANGEFEED",
    "CONTROLJOB",
    "CREATEDB",
    "CREATELOGIN",
    "CREATEROLE",
    "EXTERNALCONNECTION",
    "EXTERNALIOIMPLICITACCESS",
    "INSPECT",
    "MODIFYCLUSTERSETTING",
    "MODIFYSQLCLUSTERSETTING",
    "REPAIRCLUSTER",
    "REPLICATION",
    "RESTORE",
    "VIEWACTIVITY",
    "VIEWCLUSTERSETTING",
    "VIEWJOB",
    "VIEWSYSTEMTABLE",
];

/// Role options without their `no`. reference 5
const ROLE_OPTIONS: [&str; 13] = [
    "cancelquery",
    "controlchangefeed",
    "controljob",
    "createdb",
    "createlogin",
    "createrole",
    "login",
    "modifyclustersetting",
    "replication",
    "sqllogin",
    "viewactivity",
    "viewactivityredacted",
    "viewclustersetting",
];

/// What can be granted on a database, and on a table. Beyond the reference:
/// `pkg/sql/privilege/privilege.go`.
const DATABASE_PRIVILEGES: [&str; 8] = [
    "ALL",
    "BACKUP",
    "CHANGEFEED",
    "CONNECT",
    "CREATE",
    "DROP",
    "RESTORE",
    "ZONECONFIG",
];
const TABLE_PRIVILEGES: [&str; 13] = [
    "ALL",
    "BACKUP",
    "CHANGEFEED",
    "CREATE",
    "DELETE",
    "DROP",
    "INSERT",
    "REPLICATIONDEST",
    "REPLICATIONSOURCE",
    "SELECT",
    "TRIGGER",
    "UPDATE",
    "ZONECONFIG",
];

impl Cockroach {
    pub(crate) fn role_name(&self, call: &Call, role: &RoleSpec) -> String {
        match role {
            RoleSpec::Name(name) => name.value.clone(),
            RoleSpec::CurrentUser | RoleSpec::SessionUser => call.user.to_string(),
        }
    }

    pub(crate) fn user_exists(&self, cluster: &Cluster, tenant: TenantIx, name: &str) -> bool {
        matches!(name, "admin" | "public" | "node")
            || cluster
                .users
                .iter()
                .any(|u| u.tenant == tenant && *u.name == *name)
    }

    fn need_createrole(&self, cx: &Cx, call: &Call) -> Result<()> {
        let may = call.setup
            || self.is_admin(cx.cluster, call.tenant, &call.user)
            || self.has_system(call.tenant, &call.user, "CREATEROLE");
        if may {
            return Ok(());
        }
        Err(errors::refused(format!(
            "user {} does not have CREATEROLE privilege",
            call.user
        )))
    }

    pub(crate) fn role_statement(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        r: &RoleStatement,
    ) -> Result<Outcome> {
        self.need_createrole(cx, call)?;
        let tenant = call.tenant;
        let word = match (r.create, r.user) {
            (true, true) => "CREATE USER",
            (true, false) => "CREATE ROLE",
            (false, true) => "ALTER USER",
            (false, false) => "ALTER ROLE",
        };
        for option in &r.options.list {
            let name = option
                .name
                .strip_prefix("no")
                .filter(|n| ROLE_OPTIONS.contains(n));
            let known = name.is_some()
                || ROLE_OPTIONS.contains(&option.name.as_str())
                || matches!(option.name.as_str(), "password" | "valid until" | "valid");
            if !known {
                return Err(errors::wrong(
                    format!("unrecognized role option: {}", option.name),
                    "42601",
                ));
            }
        }
        for name in &r.names {
            let name = self.role_name(call, name);
            let exists = self.user_exists(cx.cluster, tenant, &name);
            if r.create {
                if exists {
                    if r.conditional {
                        continue;
                    }
                    return Err(errors::wrong(
                        format!("a role/user named {name} already exists"),
                        "42710",
                    ));
                }
                cx.cluster.users.push(User {
                    tenant,
                    name: Rc::from(name.as_str()),
                    admin: false,
                });
                cx.cluster.changes += 1;
                if !r.user {
                    self.rights
                        .no_login
                        .insert((tenant, Rc::from(name.as_str())));
                }
            } else if !exists {
                if r.conditional {
                    continue;
                }
                return Err(no_role(&name));
            }
            for option in &r.options.list {
                self.set_role_option(tenant, &name, &option.name, &option.value);
            }
        }
        tag(word)
    }

    fn set_role_option(&mut self, tenant: TenantIx, user: &str, option: &str, value: &OptValue) {
        let off = option.starts_with("no") && ROLE_OPTIONS.contains(&option.get(2..).unwrap_or(""));
        let name = if off {
            option.get(2..).unwrap_or(option)
        } else {
            option
        };
        let on = !off && !matches!(value, OptValue::Bool(false));
        let key = (tenant, Rc::from(user));
        if name == "login" || name == "sqllogin" {
            if on {
                self.rights.no_login.remove(&key);
            } else {
                self.rights.no_login.insert(key);
            }
            return;
        }
        let set = self.rights.options.entry(key).or_default();
        let upper: Rc<str> = Rc::from(name.to_ascii_uppercase());
        if on {
            set.insert(upper);
        } else {
            set.remove(&upper);
        }
    }

    pub(crate) fn drop_roles(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        names: &[RoleSpec],
        if_exists: bool,
        user: bool,
    ) -> Result<Outcome> {
        self.need_createrole(cx, call)?;
        let tenant = call.tenant;
        for name in names {
            let name = self.role_name(call, name);
            if matches!(name.as_str(), "root" | "admin" | "public" | "node") {
                return Err(errors::wrong(
                    format!("role/user {name} cannot be dropped"),
                    "42602",
                ));
            }
            if !self.user_exists(cx.cluster, tenant, &name) {
                if if_exists {
                    continue;
                }
                return Err(no_role(&name));
            }
            let owns = self
                .rights
                .objects
                .keys()
                .find(|(t, u, _)| *t == tenant && **u == *name)
                .map(|(_, _, o)| o.clone());
            if let Some(object) = owns {
                return Err(errors::wrong(
                    format!("cannot drop role/user {name}: grants still exist on {object}"),
                    "2BP01",
                ));
            }
            // Users are never removed from the table: their index stays; an empty name is nobody's.
            for i in 0..cx.cluster.users.len() {
                if let Some(u) = cx.cluster.users.get_mut(i)
                    && u.tenant == tenant
                    && *u.name == *name
                {
                    u.name = Rc::from("");
                }
            }
            let key: (TenantIx, Rc<str>) = (tenant, Rc::from(name.as_str()));
            self.rights.members.remove(&key);
            self.rights.system.remove(&key);
            self.rights.options.remove(&key);
            for roles in self.rights.members.values_mut() {
                roles.remove(name.as_str());
            }
            cx.cluster.changes += 1;
        }
        tag(if user { "DROP USER" } else { "DROP ROLE" })
    }

    pub(crate) fn grant(&mut self, cx: &mut Cx, call: &Call, g: &Grant) -> Result<Outcome> {
        let tenant = call.tenant;
        let admin = call.setup || self.is_admin(cx.cluster, tenant, &call.user);
        let mut grantees = Vec::new();
        for role in &g.grantees {
            let name = self.role_name(call, role);
            if !self.user_exists(cx.cluster, tenant, &name) {
                return Err(no_role(&name));
            }
            grantees.push(name);
        }
        let word = if g.revoke { "REVOKE" } else { "GRANT" };
        match &g.on {
            GrantObject::Roles(roles) => {
                for role in roles {
                    if !self.user_exists(cx.cluster, tenant, &role.value) {
                        return Err(no_role(&role.value));
                    }
                    if !admin {
                        return Err(errors::refused(format!(
                            "{} must have admin role or have admin option on role \"{}\"",
                            call.user, role.value
                        )));
                    }
                    for user in &grantees {
                        self.member(cx, tenant, user, &role.value, g.revoke)?;
                    }
                }
            }
            GrantObject::System => {
                for privilege in &g.privileges {
                    let upper = privilege.value.to_ascii_uppercase();
                    if !SYSTEM_PRIVILEGES.contains(&upper.as_str()) {
                        return Err(errors::wrong(
                            format!("not a valid privilege: \"{}\"", privilege.value),
                            "42601",
                        ));
                    }
                    if !admin {
                        return Err(errors::refused(format!(
                            "user {} missing WITH GRANT OPTION privilege on {upper}",
                            call.user
                        )));
                    }
                    for user in &grantees {
                        let set = self
                            .rights
                            .system
                            .entry((tenant, Rc::from(user.as_str())))
                            .or_default();
                        // ALL stands for every other one, given or taken.
                        if upper == "ALL" {
                            set.clear();
                        }
                        if g.revoke {
                            set.remove(upper.as_str());
                        } else if !set.contains("ALL") {
                            set.insert(Rc::from(upper.as_str()));
                        }
                    }
                }
            }
            on => {
                let objects = self.granted_objects(cx, call, on)?;
                if self.profile.requests {
                    self.may_be_granted(g)?;
                }
                if !admin {
                    return Err(errors::refused(format!(
                        "user {} missing WITH GRANT OPTION privilege on one or more of {}",
                        call.user,
                        g.privileges
                            .iter()
                            .map(|p| p.value.to_ascii_uppercase())
                            .collect::<Vec<_>>()
                            .join(", ")
                    )));
                }
                let mut jobs = Vec::new();
                for object in &objects {
                    jobs.extend(self.privileges_job(cx, call, object));
                    for user in &grantees {
                        let key = (tenant, Rc::from(user.as_str()), object.clone());
                        let set = self.rights.objects.entry(key.clone()).or_default();
                        for p in &g.privileges {
                            let upper = p.value.to_ascii_uppercase();
                            match (g.revoke, upper.as_str()) {
                                (true, "ALL") => set.clear(),
                                (true, p) => {
                                    set.remove(p);
                                }
                                (false, _) if set.contains("ALL") => {}
                                (false, p) => {
                                    if p == "ALL" {
                                        set.clear();
                                    }
                                    set.insert(Rc::from(p));
                                }
                            }
                        }
                        if set.is_empty() {
                            self.rights.objects.remove(&key);
                        }
                    }
                }
                return self.launch_ddl(cx, call, jobs, word, None);
            }
        }
        tag(word)
    }

    /// The privileges are ones of such an object.
    fn may_be_granted(&self, g: &Grant) -> Result<()> {
        let (what, own) = match g.on {
            GrantObject::Databases(_) => ("database", &DATABASE_PRIVILEGES[..]),
            _ => ("table", &TABLE_PRIVILEGES[..]),
        };
        for privilege in &g.privileges {
            let upper = privilege.value.to_ascii_uppercase();
            if !own.contains(&upper.as_str()) {
                let text = format!("invalid privilege type {upper} for {what}");
                return Err(errors::wrong(text, "0LP01"));
            }
        }
        Ok(())
    }

    /// A descriptor whose privileges change is written by a job of the legacy schema changer, which
    /// cannot be cancelled. reference 4.3, 8.3
    fn privileges_job(&self, cx: &Cx, call: &Call, object: &str) -> Option<New> {
        if !self.profile.requests || call.setup {
            return None;
        }
        let mut parts = object.split('.');
        let (database, schema, name) = (parts.next()?, parts.next(), parts.next());
        let (word, id, table) = match (schema, name) {
            (Some(schema), Some(name)) => {
                let ix = self.table(cx.cluster, call.tenant, database, schema, name)?;
                ("table", cx.cluster.table(ix)?.id, ix)
            }
            _ => {
                let id = self.database(call.tenant, database)?.id;
                ("database", id, TableIx(u32::MAX))
            }
        };
        let description = format!("updating privileges for {word} {id}");
        let mut new = self.firm_job(cx, call, table, Change::Descriptors, description);
        new.kind = "SCHEMA CHANGE";
        new.statement = String::new();
        new.descriptors = vec![id];
        if let Spec::Schema(s) = &mut new.spec {
            s.declarative = false;
        }
        Some(new)
    }

    fn member(
        &mut self,
        cx: &mut Cx,
        tenant: TenantIx,
        user: &str,
        role: &str,
        revoke: bool,
    ) -> Result<()> {
        if user == role || self.roles_of(tenant, role).contains(user) {
            return Err(errors::wrong(
                format!("making {user} a member of {role} would create a cycle"),
                "0LP01",
            ));
        }
        if revoke && user == "root" && role == "admin" {
            return Err(errors::wrong(
                "role/user root cannot be removed from role admin or lose the ADMIN OPTION",
                "42602",
            ));
        }
        let set = self
            .rights
            .members
            .entry((tenant, Rc::from(user)))
            .or_default();
        if revoke {
            set.remove(role);
        } else {
            set.insert(Rc::from(role));
        }
        if role == "admin" {
            for i in 0..cx.cluster.users.len() {
                if let Some(u) = cx.cluster.users.get_mut(i)
                    && u.tenant == tenant
                    && *u.name == *user
                {
                    u.admin = !revoke;
                }
            }
        }
        Ok(())
    }

    /// `database` or `database.schema.table` of what a GRANT names.
    pub(crate) fn granted_objects(
        &self,
        cx: &Cx,
        call: &Call,
        on: &GrantObject,
    ) -> Result<Vec<Rc<str>>> {
        let mut found: Vec<Rc<str>> = Vec::new();
        match on {
            GrantObject::Databases(names) => {
                for name in names {
                    if self.database(call.tenant, &name.value).is_none() {
                        return Err(errors::no_database(&name.value));
                    }
                    found.push(Rc::from(name.value.as_str()));
                }
            }
            GrantObject::Tables(patterns) => {
                for pattern in patterns {
                    for t in self.matching(cx, call, pattern)? {
                        found.push(Rc::from(self.full_name(cx, t)));
                    }
                }
            }
            _ => return Err(errors::unsupported("a grant on this")),
        }
        Ok(found)
    }
}

fn no_role(name: &str) -> Error {
    errors::wrong(format!("role/user \"{name}\" does not exist"), "42704")
}
