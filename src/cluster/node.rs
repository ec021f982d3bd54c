//! Nodes, the network between them, and faults.

use super::work::UnitRef;
use crate::base::{Duration, Rng, Time};
use std::rc::Rc;

/// Index of a node: 0 is `n1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIx(pub u16);

#[derive(Clone, Debug, Hash)]
pub struct Node {
    /// `n1`, `n2`, …
    pub name: Rc<str>,
    /// `10.0.0.1:2882`, or the SQL address.
    pub address: Rc<str>,
    /// Region or zone.
    pub zone: Rc<str>,
    pub alive: bool,
    /// Raised by every restart: what an earlier epoch held (claims, sessions, running tasks) is void.
    pub epoch: u32,
    /// Since when it has been up, or down.
    pub since: Time,
    /// Bytes a second that background work may move through the disk, when nothing is slowed.
    pub disk_rate: u64,
    /// Bytes a second through the network card.
    pub net_rate: u64,
    /// A fault divides the rate by this.
    pub disk_slow: u32,
    pub net_slow: u32,
    /// Which side of a partition it is on; nodes of different sides do not hear each other.
    pub side: u8,
    /// Units of work that run here now, in the order in which they started.
    pub running: Vec<UnitRef>,
}

impl Node {
    pub fn disk(&self) -> u64 {
        self.disk_rate / u64::from(self.disk_slow.max(1))
    }
    pub fn net(&self) -> u64 {
        self.net_rate / u64::from(self.net_slow.max(1))
    }
}

/// One-way delays between nodes: base plus jitter, drawn from a stream of its own.
#[derive(Clone, Debug, Hash)]
pub struct Network {
    pub base: Duration,
    pub jitter: Duration,
    pub rng: Rng,
}

impl Network {
    pub fn new(seed: u64) -> Network {
        Network {
            base: Duration::from_micros(300),
            jitter: Duration::from_micros(400),
            rng: Rng::new(seed, "network"),
        }
    }

    /// How long one message takes; nearly nothing within a node.
    pub fn delay(&mut self, from: NodeIx, to: NodeIx) -> Duration {
        let jitter = self.rng.below(self.jitter.0 + 1);
        if from == to {
            Duration(20)
        } else {
            self.base + Duration(jitter)
        }
    }
}

/// A fault that a person or a test causes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    Kill(NodeIx),
    Restart(NodeIx),
    /// The side of each node, in order of index.
    Partition(Vec<u8>),
    Heal,
    SlowDisk(NodeIx, u32),
    SlowNet(NodeIx, u32),
    Full(super::DestIx),
    Unreachable(super::DestIx),
    /// Ends every fault but a dead node's death.
    Clear,
}
