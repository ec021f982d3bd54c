//! Speed, never a test: `cargo bench`. Figures are compared with the budgets of the design.

use divan::Bencher;
use divan::counter::ItemsCount;
use jobscope::base::{Duration, Rng, Time};
use jobscope::playground::Playground;
use jobscope::sim::{Agenda, Simulation, World};

fn main() {
    divan::main();
}

/// A world of bells that each ring again after a random while: the cost of the agenda itself.
#[derive(Clone)]
struct Bells {
    rng: Rng,
    rung: Vec<u64>,
}

impl World for Bells {
    type Event = u32;
    fn handle(&mut self, bell: u32, agenda: &mut Agenda<u32>) {
        if let Some(n) = self.rung.get_mut(bell as usize) {
            *n += 1;
        }
        agenda.after(Duration(1 + self.rng.below(2_000_000)), bell);
    }
}

/// A million events with this many on the agenda at any time.
#[divan::bench(args = [100, 10_000], sample_count = 5)]
fn agenda(bencher: Bencher, bells: u32) {
    bencher
        .counter(ItemsCount::new(1_000_000u32))
        .with_inputs(|| {
            let world = Bells {
                rng: Rng::new(1, "bells"),
                rung: vec![0; bells as usize],
            };
            let mut sim = Simulation::new(world);
            for bell in 0..bells {
                sim.agenda.after(Duration(u64::from(bell)), bell);
            }
            sim
        })
        .bench_values(|mut sim| {
            for _ in 0..1_000_000 {
                sim.step(Time::MAX);
            }
            sim
        });
}

/// A day of a real scenario: polls, claims, work, cleanup. Items are simulated events.
#[divan::bench(args = ["cockroachdb-cancel-job", "oceanbase-cancel-backup"], sample_count = 5)]
fn a_day(bencher: Bencher, scenario: &str) {
    let open = || Playground::open(scenario, 1).expect("scenario starts");
    let day = Time::ZERO + Duration::from_hours(24);
    let mut probe = open();
    let before = probe.engine().handled();
    probe.run_until(day);
    let events = probe.engine().handled() - before;
    bencher
        .counter(ItemsCount::new(events))
        .with_inputs(open)
        .bench_values(|mut playground| {
            playground.run_until(day);
            playground
        });
}

/// `CANCEL JOBS (SELECT …)` that names all of this many running jobs: text in, client text out.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 5, sample_size = 1)]
fn cancel_jobs(bencher: Bencher, jobs: usize) {
    let lines = many_jobs(jobs);
    bencher
        .with_inputs(|| Playground::open_lines(&lines, 1).expect("starts"))
        .bench_values(|mut playground| {
            let outcome = playground.line(
                "root",
                "CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach');",
            );
            assert_eq!(
                outcome.text.lines().next(),
                Some(&*format!("CANCEL JOBS {jobs}"))
            );
            playground
        });
}

/// A cluster with this many running jobs of maxroach, as lines.
fn many_jobs(jobs: usize) -> String {
    let base = jobscope::playground::scenario::find("cockroachdb")
        .expect("shipped")
        .lines;
    let mut lines = base.to_owned();
    lines.push('\n');
    for _ in 0..jobs {
        lines.push_str("\\setup job maxroach CREATE CHANGEFEED FOR TABLE movr.rides INTO 'kafka://host:9092'\n");
    }
    // What the lines have started is under way.
    lines.push_str("\\advance 1s\n");
    lines
}
