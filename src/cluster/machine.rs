//! State machines as tables: the code runs them, tests print them, the screen draws them.

use std::hash::{Hash, Hasher};

/// What a status means to the eye: one colour and one icon each, whatever the product calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Recorded, nobody works on it yet.
    Pending,
    Running,
    /// Somebody asked for a pause or a cancellation; nothing has happened yet.
    Requested,
    /// Its work is being undone or stopped.
    Undoing,
    Paused,
    Succeeded,
    Failed,
    Canceled,
}

impl Family {
    pub const ALL: [Family; 8] = [
        Family::Pending,
        Family::Running,
        Family::Requested,
        Family::Undoing,
        Family::Paused,
        Family::Succeeded,
        Family::Failed,
        Family::Canceled,
    ];

    /// The word by which styles and scenes name it.
    pub fn name(self) -> &'static str {
        match self {
            Family::Pending => "pending",
            Family::Running => "running",
            Family::Requested => "requested",
            Family::Undoing => "undoing",
            Family::Paused => "paused",
            Family::Succeeded => "succeeded",
            Family::Failed => "failed",
            Family::Canceled => "canceled",
        }
    }
}

/// One status of a machine, in the product's own word.
#[derive(Debug)]
pub struct State {
    pub name: &'static str,
    pub family: Family,
    /// No move leads out.
    pub terminal: bool,
}

impl State {
    pub const fn new(name: &'static str, family: Family) -> State {
        State {
            name,
            family,
            terminal: false,
        }
    }
    pub const fn terminal(name: &'static str, family: Family) -> State {
        State {
            name,
            family,
            terminal: true,
        }
    }
}

/// One permitted change: in status `from`, `event` leads to `to`, made by `who`.
#[derive(Debug)]
pub struct Move {
    pub from: &'static str,
    pub event: &'static str,
    pub to: &'static str,
    pub who: &'static str,
}

impl Move {
    pub const fn new(
        from: &'static str,
        event: &'static str,
        to: &'static str,
        who: &'static str,
    ) -> Move {
        Move {
            from,
            event,
            to,
            who,
        }
    }
}

/// A product's state machine for a kind of job. The first state is where a job begins by default.
#[derive(Debug)]
pub struct Machine {
    pub name: &'static str,
    pub states: &'static [State],
    pub moves: &'static [Move],
}

impl Machine {
    pub fn state(&self, name: &str) -> Option<&'static State> {
        self.states
            .iter()
            .find(|s| s.name.eq_ignore_ascii_case(name))
    }

    /// The move that `event` makes in status `from`, if the table has one.
    pub fn find(&self, from: &str, event: &str) -> Option<&'static Move> {
        // The words are mostly the table's own: the same place in memory tells.
        let same = |a: &str, b: &str| std::ptr::eq(a, b) || a == b;
        self.moves
            .iter()
            .find(|m| same(m.from, from) && same(m.event, event))
    }

    pub fn family(&self, status: &str) -> Family {
        self.state(status).map_or(Family::Pending, |s| s.family)
    }

    pub fn is_terminal(&self, status: &str) -> bool {
        self.state(status).is_some_and(|s| s.terminal)
    }
}

/// Machines are static and named: the name is the identity.
impl PartialEq for Machine {
    fn eq(&self, other: &Machine) -> bool {
        self.name == other.name
    }
}
impl Eq for Machine {}
impl Hash for Machine {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
