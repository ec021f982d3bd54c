//! What can be read: job listings, the catalog's views, users' tables. reference: cockroachdb-jobs 2

mod catalog;
mod jobs;
mod stored;

pub use catalog::{Names, Source, uuid};
pub use jobs::{JobTable, Layout, Which, fraction, open_listing};
pub use stored::{StoredTable, is_hidden, returning};

use crate::base::{Row, Type, Value};
use crate::query::{Column, ResultSet, Table};

/// A small table made up on the spot.
pub fn table(columns: &[(&'static str, Type)], rows: Vec<Row>) -> Table {
    Table {
        columns: columns
            .iter()
            .map(|(name, ty)| Column::new(name, *ty))
            .collect(),
        rows,
    }
}

/// The same as the answer of a SHOW statement.
pub fn result(columns: &[(&'static str, Type)], rows: Vec<Row>) -> ResultSet {
    let Table { columns, rows } = table(columns, rows);
    ResultSet { columns, rows }
}

/// An unsigned count as SQL has it.
pub fn int(n: u64) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// A users' table with the given rows as of `at`.
pub fn stored(
    rules: &super::Cockroach,
    table: &crate::cluster::Table,
    ix: crate::cluster::TableIx,
    data: std::rc::Rc<crate::cluster::TableData>,
    at: crate::base::Time,
) -> StoredTable {
    StoredTable::new(table, data, at, rules.defaults_of(table, ix))
}
