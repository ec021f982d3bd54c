//! What must be the same in the browser as natively: the same tests and numbers run in both,
//! here by `cargo test`, there by `cargo xtask test wasm`.

use jobscope::base::{Positions, Rng, StateHasher};
#[cfg(not(target_arch = "wasm32"))]
use std::prelude::v1::test as both;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as both, wasm_bindgen_test_configure};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_browser);

#[cfg(target_arch = "wasm32")]
mod common;
#[path = "common/soup.rs"]
mod soup;

/// The page's sqlparser is compiled without what no query reaches (`bin/xtask/lean`); what is
/// left reads 12,000 whole and damaged queries, with every keyword that it knows, as the whole one does.
#[both]
fn queries_are_read_alike() {
    assert_eq!(soup::parsed_alike(), 10406934339725316486);
}

/// Natively, `tests/state_hashes.rs` compares with the same file.
#[cfg(target_arch = "wasm32")]
#[both]
fn states_of_the_scenarios() {
    assert_eq!(
        common::state_hashes(),
        include_str!("golden/state-hashes.txt")
    );
}

#[both]
fn random_streams() {
    let draw = |seed, name| {
        let mut rng = Rng::new(seed, name);
        [
            rng.next_u64(),
            rng.below(1_000_000),
            rng.jitter(30_000_000, 1, 6),
        ]
    };
    assert_eq!(
        draw(42, "network"),
        [6_750_492_199_840_374_701, 854_475, 26_014_811]
    );
    assert_eq!(
        draw(u64::MAX, "disk"),
        [3_251_230_071_846_782_010, 805_087, 32_947_576]
    );
}

/// `usize`, lengths and discriminants have other widths in wasm; the hash must not show it. (In a
/// slice of `usize` it does, because the standard library hashes that as its bytes: `tidy.rs`
/// keeps those out of the state, [`Positions`] stand for them.)
#[both]
fn state_hashes() {
    #[derive(Hash)]
    enum Shape {
        Empty,
        Named { name: String, sizes: Vec<u64> },
        Signed(isize, usize, Option<i64>),
    }
    let shapes = [
        Shape::Empty,
        Shape::Named {
            name: "27536791415282".to_string(),
            sizes: vec![0, 1, u64::MAX],
        },
        Shape::Signed(-1, 7, None),
    ];
    assert_eq!(StateHasher::of(&shapes), 16_584_656_770_573_376_406);
    assert_eq!(
        StateHasher::of(&("", 1u8, 'ß', [2u16; 3], Positions::from([0, 3]))),
        18_028_203_612_781_696_796
    );
}
