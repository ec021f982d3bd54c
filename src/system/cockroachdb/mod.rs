//! CockroachDB, v26.2 and v2.1.

pub mod grammar;
pub mod keywords;
pub mod version;
pub mod words;

pub use version::{Feature, Version};
