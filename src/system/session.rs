//! Sessions: one connection each.

use super::Answer;
use crate::base::{Map, Time};
use crate::cluster::{NodeIx, TenantIx};
use std::rc::Rc;

/// Index of a session; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionIx(pub u32);

#[derive(Clone, Debug, Hash)]
pub struct Session {
    /// As `\connect` names it: `root`, `root@sys`, `root#2`.
    pub name: Rc<str>,
    pub user: Rc<str>,
    pub tenant: TenantIx,
    /// The tenant's name where the product's prompt shows it.
    pub tenant_name: Rc<str>,
    pub database: Rc<str>,
    /// The node that it is connected to.
    pub node: NodeIx,
    /// The node's epoch when it connected: a restart ends the session.
    pub epoch: u32,
    /// The mark that the prompt shows inside a transaction: empty, `OPEN`, `ERROR`.
    pub transaction: &'static str,
    /// The system's own mode of speaking: `mysql`, `oracle`; empty where there is only one.
    pub mode: &'static str,
    pub settings: Map<Rc<str>, Rc<str>>,
    /// A statement that waits.
    pub busy: Option<Busy>,
    /// The answer of a statement that waited, until it is collected.
    pub answer: Option<Answer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Busy {
    pub since: Time,
    pub statement: Rc<str>,
}
