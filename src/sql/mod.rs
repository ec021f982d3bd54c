//! Layer 3: from typed text to tokens and typed pieces. Knows no cluster and no product: what
//! differs between products is a [`Flavour`] value that a system supplies.
//!
//! The way of a statement:
//! 1. What was typed is cut into lines with the [`Lexer`]; a rest without its end waits for more.
//! 2. [`Tokens::read`] checks the [`limits`] and makes tokens with byte spans.
//! 3. The system's grammar walks them with a [`Cursor`], which remembers what it would have taken.
//! 4. Queries inside go to `query`, the one entry to sqlparser.
//! 5. Where nothing fits, a neutral [`SyntaxError`] comes out; the system gives it its product's words.

mod check;
pub mod complete;
pub mod cursor;
pub mod error;
pub mod flavour;
pub mod highlight;
pub mod limits;
pub mod query;
pub mod shown;
mod splice;
pub mod token;

pub use cursor::{Cursor, Name, Parsed, Path, Text};
pub use error::{Cause, Expected, Role, SyntaxError};
pub use flavour::{Flavour, Fold, Lexis, contains};
pub use query::{Query, Scalar, Source};
pub use token::{Flaw, Kind, Lexer, Style, Token, Tokens};
