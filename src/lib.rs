//! Jobscope: what happens when you cancel a database job, shown on a simulated cluster.
// A page of one system leaves parts of the shared layers unused.
#![cfg_attr(
    not(all(
        feature = "cockroachdb",
        feature = "cockroachdb-v2.1",
        feature = "oceanbase"
    )),
    allow(dead_code)
)]

pub mod base;
pub mod cluster;
pub mod playground;
pub mod query;
pub mod scene;
pub mod sim;
pub mod sql;
pub mod system;
#[cfg(target_arch = "wasm32")]
pub mod ui;
#[cfg(target_arch = "wasm32")]
pub mod web;
