//! What a fault does to nodes, network and destinations. What follows from it (claims expire,
//! jobs move, backups fail) is the product's rules' business.

use super::*;
use crate::base::Time;

impl Cluster {
    /// Lets a fault happen. `Err` says why it cannot, and nothing changed.
    pub fn apply_fault(&mut self, now: Time, fault: &Fault) -> Result<(), String> {
        match fault {
            Fault::Kill(ix) => {
                let node = self.node(*ix).ok_or("no such node")?;
                if !node.alive {
                    return Err(format!("{} is already down", node.name));
                }
                let name = node.name.clone();
                self.end_units_on(now, *ix);
                if let Some(node) = self.node_mut(*ix) {
                    node.alive = false;
                    node.since = now;
                }
                self.move_leaders(*ix);
                self.tell(
                    now,
                    None,
                    Some(*ix),
                    &format!("{name} went down; what ran there is lost"),
                );
            }
            Fault::Restart(ix) => {
                let node = self.node(*ix).ok_or("no such node")?;
                let (name, was_up) = (node.name.clone(), node.alive);
                if was_up {
                    self.end_units_on(now, *ix);
                    self.move_leaders(*ix);
                }
                if let Some(node) = self.node_mut(*ix) {
                    node.alive = true;
                    node.epoch += 1;
                    node.since = now;
                }
                self.tell(
                    now,
                    None,
                    Some(*ix),
                    &format!("{name} started, in a new epoch"),
                );
            }
            Fault::Partition(sides) => {
                if sides.len() != self.nodes.len() {
                    return Err("a partition names every node once".into());
                }
                for (i, side) in sides.iter().enumerate() {
                    if let Some(node) = self.nodes.get_mut(i) {
                        node.side = *side;
                    }
                }
                self.tell(now, None, None, "the network is partitioned");
            }
            Fault::Heal => {
                for i in 0..self.nodes.len() {
                    if let Some(node) = self.nodes.get_mut(i) {
                        node.side = 0;
                    }
                }
                self.tell(now, None, None, "the network is whole again");
            }
            Fault::SlowDisk(ix, by) | Fault::SlowNet(ix, by) => {
                let disk = matches!(fault, Fault::SlowDisk(..));
                let node = self.node_mut(*ix).ok_or("no such node")?;
                let slow = if disk {
                    &mut node.disk_slow
                } else {
                    &mut node.net_slow
                };
                *slow = (*by).clamp(1, 1_000_000);
                let text = format!(
                    "the {} of {} is {by} times slower",
                    if disk { "disk" } else { "network" },
                    node.name
                );
                self.tell(now, None, Some(*ix), &text);
                self.dirty_nodes.insert(*ix);
            }
            Fault::Full(ix) | Fault::Unreachable(ix) => {
                let dest = self
                    .dests
                    .get_mut(usize::from(ix.0))
                    .ok_or("no such destination")?;
                let word = if matches!(fault, Fault::Full(_)) {
                    dest.full = true;
                    "full"
                } else {
                    dest.unreachable = true;
                    "unreachable"
                };
                let text = format!("{} is {word}", dest.uri);
                self.tell(now, None, None, &text);
                self.reshare_all();
            }
            Fault::Clear => {
                for i in 0..self.nodes.len() {
                    if let Some(node) = self.nodes.get_mut(i) {
                        node.side = 0;
                        node.disk_slow = 1;
                        node.net_slow = 1;
                    }
                }
                for i in 0..self.dests.len() {
                    if let Some(dest) = self.dests.get_mut(i) {
                        dest.full = false;
                        dest.unreachable = false;
                    }
                }
                self.tell(
                    now,
                    None,
                    None,
                    "faults cleared; dead nodes stay down until restarted",
                );
                self.reshare_all();
            }
        }
        Ok(())
    }

    fn reshare_all(&mut self) {
        let all: Vec<NodeIx> = self.node_list().map(|(i, _)| i).collect();
        self.dirty_nodes.extend(all);
    }

    /// Another replica leads what the node led.
    fn move_leaders(&mut self, dead: NodeIx) {
        for i in 0..self.ranges.len() {
            let Some(range) = self.ranges.get(i) else {
                continue;
            };
            if range.leader != dead {
                continue;
            }
            let next = range
                .replicas
                .iter()
                .copied()
                .find(|&r| r != dead && self.node(r).is_some_and(|n| n.alive));
            if let (Some(next), Some(range)) = (next, self.ranges.get_mut(i)) {
                range.leader = next;
            }
        }
    }
}
