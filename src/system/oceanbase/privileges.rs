//! Who runs a statement, which tenants it is about, and whether that is allowed
//! (reference: oceanbase-backup 2.1, 2.2).

use super::errors;
use super::grammar::{TenantName, Tenants};
use super::model::Mode;
use super::setup::Rights;
use super::{OceanBase, SYS};
use crate::base::{Error, Map, Result};
use crate::cluster::{NodeIx, TenantIx};
use crate::system::SessionIx;
use std::rc::Rc;

/// The session that a statement comes from.
#[derive(Clone, Debug)]
pub struct Who {
    pub session: SessionIx,
    pub user: Rc<str>,
    pub tenant: TenantIx,
    pub tenant_name: Rc<str>,
    pub tenant_id: i64,
    pub mode: Mode,
    pub database: Rc<str>,
    pub node: NodeIx,
    pub rights: Rights,
    /// The session's settings, SET ENCRYPTION among them.
    pub settings: Map<Rc<str>, Rc<str>>,
}

impl Who {
    pub fn is_sys(&self) -> bool {
        self.tenant == SYS
    }

    /// ALTER SYSTEM or SUPER in MySQL mode. In Oracle mode the code checks nothing for backup
    /// statements, the documentation demands SYS: this follows the documentation (reference 10).
    pub fn may_alter_system(&self) -> Result<()> {
        if self.rights.alter_system || self.rights.superuser {
            return Ok(());
        }
        Err(errors::need_privilege(match self.mode {
            Mode::Mysql => "SUPER or ALTER SYSTEM",
            Mode::Oracle => "ALTER SYSTEM",
        }))
    }

    pub fn may_super(&self) -> Result<()> {
        if self.rights.superuser {
            return Ok(());
        }
        Err(errors::need_privilege("SUPER"))
    }

    /// Statements of the sys tenant alone.
    pub fn only_sys(&self) -> Result<()> {
        if self.is_sys() {
            return Ok(());
        }
        Err(errors::access_denied())
    }
}

/// The tenants that a list names, each once, in order. Meta tenants are known and have no jobs:
/// they are left out. The first bad name decides.
pub fn named(rules: &OceanBase, names: &[TenantName]) -> Result<Vec<TenantIx>> {
    let mut found = Vec::new();
    for name in names {
        if name.value.is_empty() {
            return Err(errors::invalid_argument().at(name.span));
        }
        if name.value == "sys" {
            return Err(errors::internal().at(name.span));
        }
        if is_meta(rules, &name.value) {
            continue;
        }
        let (ix, _) = rules
            .tenant_named(&name.value)
            .ok_or_else(|| errors::invalid_tenant().at(name.span))?;
        if !found.contains(&ix) {
            found.push(ix);
        }
    }
    Ok(found)
}

/// Whether a name is that of an existing meta tenant: `META$1002`.
pub fn is_meta(rules: &OceanBase, name: &str) -> bool {
    name.strip_prefix("META$").is_some_and(|id| {
        id.parse::<i64>()
            .is_ok_and(|id| rules.tenants.values().any(|t| t.id == id && id != 1))
    })
}

/// The tenants of a statement with an optional list: in sys the named ones or `None` for all; in
/// a user tenant the own one, and a list is the error that the statement has for it.
pub fn targets(
    rules: &OceanBase,
    who: &Who,
    tenants: &Tenants,
    refused: fn() -> Error,
) -> Result<Option<Vec<TenantIx>>> {
    match (who.is_sys(), tenants) {
        (true, None) => Ok(None),
        (true, Some(list)) => named(rules, list).map(Some),
        (false, None) => Ok(Some(vec![who.tenant])),
        (false, Some(_)) => Err(refused()),
    }
}

/// What most statements say to a TENANT clause in a user tenant.
pub fn own_tenant_only() -> Error {
    errors::unsupported("user tenant cannot specify tenant names")
}
