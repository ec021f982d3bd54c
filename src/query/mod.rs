//! Layer 4: a small query engine over a catalog of tables. It knows no cluster and no system: what
//! differs between systems is a [`Flavour`], what errors say is [`Words`], what can be read is a [`Catalog`].
//!
//! The life of a query:
//! 1. `bind` turns sqlparser's tree into a `plan`: names become indexes, types are checked, literals
//!    take the type they are compared with, conditions move to the table they are about.
//! 2. `execute` runs the plan by pushing rows from the tables through joins, groups, sorts and limits;
//!    who has enough rows stops the push. Only columns that are used are asked for.
//! 3. Every row looked at costs a step, every row kept costs bytes; past [`Limits`] the query is an error.

mod calendar;
mod catalog;
mod flavour;
pub mod format;
pub mod functions;
mod ops;
mod words;

pub use catalog::{Catalog, Column, Env, Limits, Relation, Signature, Table};
pub use flavour::{Division, Flavour, Fold, Labels, Pipes};
pub use format::Format;
pub use words::{Clause, Problem, Words};

use crate::base::Row;

/// The answer of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultSet {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}
