//! Layer 1: a deterministic discrete-event simulation. Knows nothing of databases: a world is
//! anything that handles events and may put new ones on the agenda.

mod agenda;
mod checkpoints;
mod runlog;

pub use agenda::Agenda;
pub use checkpoints::Checkpoints;
pub use runlog::{Entry, RunLog};

use crate::base::Time;

/// What a simulation drives. A world changes only in [`World::handle`] and through the methods
/// that its owner calls between events; time and further events are arguments, nothing sleeps.
pub trait World: Clone {
    type Event: Clone;
    fn handle(&mut self, event: Self::Event, agenda: &mut Agenda<Self::Event>);
}

/// A world and its agenda. Cloning it is the checkpoint.
#[derive(Clone)]
pub struct Simulation<W: World> {
    pub world: W,
    pub agenda: Agenda<W::Event>,
}

impl<W: World> Simulation<W> {
    pub fn new(world: W) -> Simulation<W> {
        Simulation {
            world,
            agenda: Agenda::new(),
        }
    }

    pub fn now(&self) -> Time {
        self.agenda.now()
    }

    /// Handles the next event if it lies at or before `limit`. False when there is none.
    pub fn step(&mut self, limit: Time) -> bool {
        match self.agenda.pop(limit) {
            Some(event) => {
                self.world.handle(event, &mut self.agenda);
                true
            }
            None => false,
        }
    }

    /// Handles everything up to and including `until`; the clock then stands at `until`.
    pub fn run_until(&mut self, until: Time) {
        while self.step(until) {}
        self.agenda.advance_to(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Duration;

    /// Counts, and rings again after as many seconds as it has counted.
    #[derive(Clone, Default)]
    struct Bell(Vec<(u64, &'static str)>);

    impl World for Bell {
        type Event = &'static str;
        fn handle(&mut self, event: &'static str, agenda: &mut Agenda<&'static str>) {
            self.0.push((agenda.now().0, event));
            if event == "ring" && self.0.len() < 4 {
                agenda.after(Duration::from_secs(1), "ring");
                agenda.after(Duration::from_secs(1), "echo");
            }
        }
    }

    #[test]
    fn events_run_in_order_of_time_then_of_scheduling() {
        let mut sim = Simulation::new(Bell::default());
        sim.agenda.after(Duration::ZERO, "ring");
        sim.run_until(Time(1_000_000));
        assert_eq!(
            sim.world.0,
            [(0, "ring"), (1_000_000, "ring"), (1_000_000, "echo")]
        );
        let mut copy = sim.clone();
        sim.run_until(Time(9_000_000));
        copy.run_until(Time(9_000_000));
        assert_eq!(sim.world.0, copy.world.0);
        assert_eq!(sim.now(), Time(9_000_000));
    }
}
