//! Layer 8: the picture as plain data. A view of the cluster and a time give a layout, a list of
//! shapes and sentences; nothing here knows a canvas, an element or a wall clock.
//!
//! 1. [`layout()`] says where each card, bar, ring and cell stands, for a width.
//! 2. A face puts text into elements at those places ([`sentences`] has the words).
//! 3. [`draw()`] gives the shapes of what moves; a face paints them at every frame.

pub mod diagram;
mod draw;
pub mod layout;
#[cfg(test)]
mod sample;
pub mod sentences;
mod shape;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod words;

pub use draw::{Flight, Moment, draw, family};
pub use layout::{Layout, hit, layout};
pub use shape::{Drawn, Ink, Point, Rect, Shape, along, controls};
