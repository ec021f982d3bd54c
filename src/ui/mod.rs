//! Layer 9: the page's components. They show and ask; what happens is decided below the façade.
//!
//! [`core::Core`] holds the playground and is shared by all; [`app::App`] owns the frame loop and
//! says when to look again. Panels are elements; what moves is painted on one canvas.

pub mod app;
mod cluster;
mod console;
pub mod core;
mod flights;
mod header;
mod icon;
mod job;
mod keys;
mod notes;
mod paint;
mod theme;
mod timeline;

pub use app::{App, AppProps};
pub use core::{Journal, Options, Restore};
