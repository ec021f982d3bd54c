//! Layer 2: the simulated cluster: nodes, network, data, destinations, jobs and their work.
//! Knows no SQL and no product: a product's rules move it through the methods here.

mod check;
mod data;
mod fault;
mod job;
mod machine;
mod node;
mod ops;
mod read;
mod store;
mod work;

pub use data::{
    Block, ColumnDef, Key, Range, RangeIx, Rule, Table, TableData, TableIx, TableState, Version,
};
pub use job::{Claim, Facts, Job, JobIx, Transition};
pub use machine::{Family, Machine, Move, State};
pub use node::{Fault, Network, Node, NodeIx};
pub use store::{Artefact, ArtefactIx, Dest, DestIx, File, FileIx, FileState, Image};
pub use work::{
    Direction, Effect, Order, Phase, Unit, UnitRef, UnitState, Work, WorkIx, WorkState,
};

use crate::base::{Map, Rows, Set, Time};
use std::rc::Rc;

/// Index of a tenant; 0 is the system tenant (`system`, `sys`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantIx(pub u16);

#[derive(Clone, Debug, Hash)]
pub struct Tenant {
    /// The product's id.
    pub id: u64,
    pub name: Rc<str>,
    /// The product's words for the kind and the status of the tenant.
    pub kind: &'static str,
    pub status: &'static str,
    pub created: Time,
    pub dropped: Option<Time>,
}

#[derive(Clone, Debug, Hash)]
pub struct User {
    pub tenant: TenantIx,
    pub name: Rc<str>,
    /// Holds every right: root, a member of admin, a tenant's administrator.
    pub admin: bool,
}

/// Something that a person should be told: it feeds the story beside the picture, `\step` stops at it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Happening {
    pub at: Time,
    pub job: Option<JobIx>,
    pub node: Option<NodeIx>,
    /// One sentence.
    pub text: Rc<str>,
}

/// A message on its way, for the picture. The rules schedule its arrival themselves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Packet {
    pub from: Place,
    pub to: Place,
    pub sent: Time,
    pub arrives: Time,
    /// `cancel request`, `run task`, `result`.
    pub label: &'static str,
    pub job: Option<JobIx>,
}

/// Where something is, for the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The person's session.
    Client(u32),
    Node(NodeIx),
    /// A job's record.
    Record(JobIx),
    Dest(DestIx),
}

/// The whole cluster. Cloning it is cheap: tables of shared rows.
#[derive(Clone, Hash)]
pub struct Cluster {
    pub seed: u64,
    /// Microseconds since the Unix epoch at virtual time 0.
    pub epoch_us: i64,
    pub nodes: Rows<Node>,
    pub network: Network,
    pub tenants: Rows<Tenant>,
    pub users: Rows<User>,
    pub tables: Rows<Table>,
    pub ranges: Rows<Range>,
    pub dests: Rows<Dest>,
    pub files: Rows<File>,
    pub artefacts: Rows<Artefact>,
    pub jobs: Rows<Job>,
    pub works: Rows<Work>,
    /// The newest happenings, oldest first.
    pub story: Vec<Rc<Happening>>,
    /// The newest messages: on their way, or arrived within the last second.
    pub packets: Vec<Packet>,
    /// Counts every change that a person could see.
    pub changes: u64,
    /// Where rates have to be computed anew before time goes on.
    dirty_nodes: Set<NodeIx>,
    dirty_dests: Set<DestIx>,
    /// The end that each node announced last: unit and generation.
    announced: Map<NodeIx, (UnitRef, u32)>,
    /// Ends of units that are to be announced: (when, which, generation). The owner of the agenda takes them.
    pending: Vec<(Time, UnitRef, u32)>,
}

/// The story keeps this many happenings.
const STORY_LEN: usize = 2_000;
