//! Layer 0: what every other layer speaks in. Knows nothing of databases, clusters or browsers.

pub mod error;
pub mod float;
pub mod hash;
pub mod json;
pub mod letters;
pub mod map;
pub mod rng;
pub mod rows;
pub mod sort;
pub mod text;
pub mod time;
pub mod value;

pub use error::{Error, ErrorKind, Result};
pub use hash::{Positions, StateHasher};
pub use map::{Map, Set};
pub use rng::Rng;
pub use rows::{Packed, Rows};
pub use text::Span;
pub use time::{Duration, Time};
pub use value::{Decimal, Row, Type, Value};
