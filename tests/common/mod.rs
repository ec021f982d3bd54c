//! What native and wasm tests share: the scripts whose final states must be the same everywhere.

use jobscope::base::{Duration, Time};
use jobscope::playground::{Playground, SCENARIOS};

/// Scripts of cancels, one per system.
const COCKROACHDB: &str = include_str!("cancels-cockroachdb.txt");
const COCKROACHDB_V2: &str = include_str!("cancels-cockroachdb-v2.1.txt");
const OCEANBASE: &str = include_str!("cancels-oceanbase.txt");

/// `SCENARIO HASH` for every shipped scenario: ten minutes of virtual time with a script of
/// cancels in it, and one node killed and restarted.
pub fn state_hashes() -> String {
    let mut out = String::new();
    for scenario in SCENARIOS {
        let playground = run(scenario.name);
        out.push_str(&format!("{} {:016x}\n", scenario.name, playground.hash()));
    }
    out
}

/// The scenario after its script, at ten minutes.
pub fn run(scenario: &str) -> Playground {
    let mut playground = match Playground::open(scenario, 42) {
        Ok(playground) => playground,
        Err(error) => panic!("{scenario}: {error}"),
    };
    let script = match (
        playground.engine().client().system(),
        scenario.contains("v2.1"),
    ) {
        ("oceanbase", _) => OCEANBASE,
        (_, true) => COCKROACHDB_V2,
        _ => COCKROACHDB,
    };
    // Nothing here runs the clock by itself: what waits, waits, and time is let pass by the script.
    for line in script
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
    {
        let session = playground.current().to_owned();
        playground.submit(&session, line);
    }
    let end = Time::ZERO + Duration::from_mins(10);
    assert!(
        playground.now() <= end,
        "{scenario}: the script takes more than ten minutes"
    );
    playground.run_until(end);
    playground
}
