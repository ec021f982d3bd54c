//! Tenants, resource pools and users.

use super::super::grammar::{PoolOptions, Privileges, TenantOptions, UserName};
use super::super::model::Mode;
use super::super::privileges::{Who, is_meta};
use super::super::setup::{self, NewTenant, Rights};
use super::super::{Cx, OceanBase, errors};
use super::{ok, root_service};
use crate::base::{Error, ErrorKind, Result};
use crate::system::Answer;
use std::rc::Rc;

/// Tenants of one cluster.
const MAX_TENANTS: usize = 64;
/// Users of one cluster.
const MAX_USERS: usize = 1_000;

pub fn create(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    name: &str,
    if_not_exists: bool,
    options: &TenantOptions,
) -> Result<Answer> {
    check_name(name)?;
    who.only_sys()?;
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    if name.is_empty() || is_reserved(name) {
        return Err(errors::invalid_argument());
    }
    if rules.tenant_named(name).is_some() {
        if if_not_exists {
            return Ok(ok());
        }
        return Err(errors::state(
            5156,
            format!("tenant '{name}' already exist"),
        ));
    }
    if options.pools.is_empty() {
        return Err(errors::incorrect_argument("resource pool list"));
    }
    for pool in &options.pools {
        match rules.pools.get(pool.as_str()).map(|p| p.tenant) {
            None => return Err(no_pool(pool)),
            Some(Some(_)) => {
                return Err(errors::state(
                    4626,
                    format!("resource pool '{pool}' has already been granted to a tenant"),
                ));
            }
            Some(None) => {}
        }
    }
    if rules.tenants.len() >= MAX_TENANTS {
        return Err(no_room());
    }
    let mode = if options.oracle {
        Mode::Oracle
    } else {
        Mode::Mysql
    };
    let tenant = setup::add_tenant(
        rules,
        cx,
        NewTenant {
            name,
            mode,
            sizes: &setup::EMPTY,
            status: "NORMAL",
            role: "PRIMARY",
            made_by: None,
        },
    );
    for pool in &options.pools {
        if let Some(pool) = rules.pools.get_mut(pool.as_str()) {
            pool.tenant = Some(tenant);
        }
    }
    if let Some(t) = rules.tenants.get_mut(&tenant) {
        if let Some(zone) = &options.primary_zone {
            t.primary_zone = Rc::from(zone.as_str());
        }
        if let Some(locality) = &options.locality {
            t.locality = Rc::from(locality.as_str());
        }
    }
    Ok(ok())
}

/// Names that the resolver takes for no new tenant (public source, since 4.2.1:
/// `check_not_supported_tenant_name`).
pub fn check_name(name: &str) -> Result<()> {
    if name.contains('$') {
        return Err(errors::unsupported(
            "since 4.2.1, manually creating a tenant name containing '$' is",
        ));
    }
    let words = ["all", "all_user", "all_meta"];
    match words.iter().find(|w| name.eq_ignore_ascii_case(w)) {
        Some(word) => Err(errors::unsupported(format_args!(
            "since 4.2.1, using \"{word}\" (case insensitive) as a tenant name is"
        ))),
        None => Ok(()),
    }
}

/// Names that no user tenant has.
fn is_reserved(name: &str) -> bool {
    ["sys", "seed"].iter().any(|r| name.eq_ignore_ascii_case(r))
}

pub fn drop(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    name: &str,
    if_exists: bool,
    force: bool,
) -> Result<Answer> {
    who.only_sys()?;
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    if name == "sys" || is_meta(rules, name) {
        return Err(errors::not_supported());
    }
    let Some((ix, _)) = rules.tenant_named(name) else {
        if if_exists {
            return Ok(ok());
        }
        return Err(errors::unknown_tenant(name));
    };
    let restoring = cx.cluster.tenant(ix).is_some_and(|t| t.status == "RESTORE");
    if restoring {
        if !force {
            return Err(errors::unsupported(
                "should drop tenant force, delay drop tenant",
            ));
        }
        rules.cancel_restore(cx, ix);
        return Ok(ok());
    }
    rules.drop_tenant(cx, ix, None);
    Ok(ok())
}

/// ALTER TENANT … LOCK: nobody logs in until it is unlocked.
pub fn lock(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    name: &str,
    lock: bool,
) -> Result<Answer> {
    who.only_sys()?;
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    if name == "sys" || is_meta(rules, name) {
        return Err(errors::not_supported());
    }
    let found = rules.tenant_named(name).map(|(ix, _)| ix);
    let Some(tenant) = found.and_then(|ix| rules.tenants.get_mut(&ix)) else {
        return Err(errors::unknown_tenant(name));
    };
    tenant.locked = lock;
    cx.cluster.changes += 1;
    Ok(ok())
}

fn no_pool(name: &str) -> Error {
    errors::state(4650, format!("resource pool '{name}' not exist"))
}

fn no_room() -> Error {
    errors::state(
        4624,
        "zone 'zone1' server '\"10.0.0.1:2882\"' CPU resource is not enough to hold a new unit",
    )
}

fn no_unit(name: &str) -> Error {
    errors::state(4648, format!("resource unit '{name}' not exist"))
}

pub fn create_pool(
    rules: &mut OceanBase,
    who: &Who,
    name: &str,
    if_not_exists: bool,
    options: &PoolOptions,
) -> Result<Answer> {
    who.only_sys()?;
    who.may_alter_system()?;
    if rules.pools.contains_key(name) {
        if if_not_exists {
            return Ok(ok());
        }
        return Err(errors::state(4651, format!("resource pool '{name}' exist")));
    }
    if !rules.units.contains(options.unit.as_str()) {
        return Err(no_unit(&options.unit));
    }
    if rules.pools.len() >= MAX_TENANTS * 2 || options.unit_num < 1 {
        return Err(no_room());
    }
    setup::add_pool(rules, Rc::from(name), Rc::from(options.unit.as_str()), None);
    Ok(ok())
}

pub fn drop_pool(rules: &mut OceanBase, who: &Who, name: &str, if_exists: bool) -> Result<Answer> {
    who.only_sys()?;
    who.may_alter_system()?;
    match rules.pools.get(name).map(|p| p.tenant) {
        None if if_exists => Ok(ok()),
        None => Err(no_pool(name)),
        Some(Some(_)) => Err(errors::state(
            4626,
            format!("resource pool '{name}' has already been granted to a tenant"),
        )),
        Some(None) => {
            rules.pools.remove(name);
            Ok(ok())
        }
    }
}

pub fn create_unit(
    rules: &mut OceanBase,
    who: &Who,
    name: &str,
    if_not_exists: bool,
) -> Result<Answer> {
    who.only_sys()?;
    who.may_alter_system()?;
    if rules.units.len() >= MAX_TENANTS * 2 {
        return Err(no_room());
    }
    if !rules.units.insert(Rc::from(name)) && !if_not_exists {
        return Err(errors::state(
            4649,
            format!("resource unit '{name}' already exist"),
        ));
    }
    Ok(ok())
}

pub fn drop_unit(rules: &mut OceanBase, who: &Who, name: &str, if_exists: bool) -> Result<Answer> {
    who.only_sys()?;
    who.may_alter_system()?;
    if rules.pools.values().any(|p| &*p.unit == name) {
        return Err(errors::state(
            4634,
            format!("resource unit '{name}' is referenced by some resource pool"),
        ));
    }
    if !rules.units.remove(name) && !if_exists {
        return Err(no_unit(name));
    }
    Ok(ok())
}

// ---- users ----

fn may_administer(who: &Who) -> Result<()> {
    if who.rights.admin {
        return Ok(());
    }
    Err(errors::need_privilege("CREATE USER"))
}

pub fn create_users(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    users: &[UserName],
    if_not_exists: bool,
) -> Result<Answer> {
    may_administer(who)?;
    for user in users {
        let name = setup::fold_user(&user.value, who.mode);
        if rules
            .users
            .contains_key(&(who.tenant, Rc::from(name.as_str())))
        {
            if if_not_exists {
                continue;
            }
            return Err(user_failed("CREATE USER", &name).at(user.span));
        }
        if rules.users.len() >= MAX_USERS {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("this playground keeps at most {MAX_USERS} users"),
            ));
        }
        setup::add_user(rules, cx, who.tenant, &name, Rights::default());
    }
    Ok(ok())
}

fn user_failed(operation: &str, name: &str) -> Error {
    Error::new(
        ErrorKind::Name,
        format!("Operation {operation} failed for '{name}'@'%'"),
    )
    .number(1396)
    .sqlstate("HY000")
}

pub fn drop_users(rules: &mut OceanBase, who: &Who, users: &[UserName]) -> Result<Answer> {
    may_administer(who)?;
    for user in users {
        let name = setup::fold_user(&user.value, who.mode);
        let key = (who.tenant, Rc::from(name.as_str()));
        if rules.users.get(&key).is_none_or(|r| r.admin) {
            return Err(user_failed("DROP USER", &name).at(user.span));
        }
        rules.users.remove(&key);
    }
    Ok(ok())
}

pub fn grant(
    rules: &mut OceanBase,
    who: &Who,
    on: bool,
    privileges: Privileges,
    users: &[UserName],
) -> Result<Answer> {
    let named = privileges.alter_system || privileges.superuser;
    if named && !privileges.global && !privileges.all {
        return Err(errors::privilege_usage());
    }
    may_administer(who)?;
    for user in users {
        let name = setup::fold_user(&user.value, who.mode);
        let Some(rights) = rules.users.get_mut(&(who.tenant, Rc::from(name.as_str()))) else {
            return Err(Error::new(
                ErrorKind::Name,
                format!("You are not allowed to create a user with GRANT: '{name}'"),
            )
            .number(1410)
            .sqlstate("42000")
            .at(user.span));
        };
        if privileges.write && !rights.admin {
            rights.write = on;
        }
        // SUPER and ALTER SYSTEM are global: `ON *.*`.
        if privileges.global && !rights.admin {
            if privileges.alter_system {
                rights.alter_system = on;
            }
            if privileges.superuser {
                rights.superuser = on;
            }
        }
    }
    Ok(ok())
}
