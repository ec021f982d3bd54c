//! State machines as plain data.

use crate::cluster::JobIx;
use crate::system::Engine;
use serde::Serialize;

/// A state machine, for the diagram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MachineView {
    pub name: &'static str,
    pub states: Vec<StateView>,
    pub moves: Vec<MoveView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateView {
    pub name: &'static str,
    pub family: &'static str,
    pub terminal: bool,
}

/// In status `from`, `event` leads to `to`, made by `who`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveView {
    pub from: &'static str,
    pub event: &'static str,
    pub to: &'static str,
    pub who: &'static str,
}

pub(super) fn machine(engine: &dyn Engine, job: JobIx) -> Option<MachineView> {
    let machine = engine.cluster().job(job)?.machine;
    Some(MachineView {
        name: machine.name,
        states: machine
            .states
            .iter()
            .map(|s| StateView {
                name: s.name,
                family: s.family.name(),
                terminal: s.terminal,
            })
            .collect(),
        moves: machine
            .moves
            .iter()
            .map(|m| MoveView {
                from: m.from,
                event: m.event,
                to: m.to,
                who: m.who,
            })
            .collect(),
    })
}
