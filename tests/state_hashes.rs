//! The same inputs give the same state on every machine: the golden hashes here are those that
//! the wasm build must give too (`tests/wasm.rs` compares with the same file).
#![cfg(not(target_arch = "wasm32"))]

mod common;

#[test]
fn state_hashes_are_the_golden_ones() {
    let hashes = common::state_hashes();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/state-hashes.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &hashes).expect("golden file is writable");
    }
    let golden = std::fs::read_to_string(path).expect("golden file");
    assert_eq!(
        hashes, golden,
        "UPDATE_GOLDEN=1 writes them anew; say in the commit why they changed"
    );
}

/// Going back and running forward again is the same run.
#[test]
fn seeking_back_and_playing_again_gives_the_same_state() {
    use jobscope::base::{Duration, Time};
    for scenario in jobscope::playground::SCENARIOS {
        let mut playground = common::run(scenario.name);
        let (hash, end) = (playground.hash(), playground.now());
        for back in [9 * 60 + 59, 7 * 60, 60, 0] {
            playground.seek(Time::ZERO + Duration::from_secs(back));
            assert!(playground.now() < end);
            playground.seek(end);
            assert_eq!(playground.hash(), hash, "{} from {back} s", scenario.name);
        }
    }
}

/// The run log as text is the run.
#[test]
fn the_printed_run_log_gives_the_same_state() {
    use jobscope::playground::Playground;
    for scenario in jobscope::playground::SCENARIOS {
        let first = common::run(scenario.name);
        let mut again = Playground::open(scenario.name, 7).expect("opens");
        let text = first.log_text();
        let (outcomes, rest) = again.submit("", &text);
        assert!(rest.is_empty(), "{rest}");
        assert!(!outcomes.is_empty());
        assert_eq!(again.hash(), first.hash(), "{}\n{text}", scenario.name);
    }
}
