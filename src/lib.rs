//! Jobscope: what happens when you cancel a database job, shown on a simulated cluster.
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
