//! User tables, row by row from their rules.

use super::super::privileges::Who;
use super::unreadable;
use crate::base::{Result, Row, Time};
use crate::cluster::{Cluster, Table, TableState};
use crate::query::{Column, Relation};
use std::rc::Rc;

struct Stored<'a> {
    table: &'a Table,
    now: Time,
    columns: Vec<Column>,
}

impl Relation for Stored<'_> {
    fn columns(&self) -> &[Column] {
        &self.columns
    }
    fn scan<'s>(&'s self, needed: &'s [usize]) -> Box<dyn Iterator<Item = Row> + 's> {
        let rows = self.table.data.rows(self.now, &self.table.key);
        Box::new(rows.map(move |row| {
            needed
                .iter()
                .map(|&i| row.get(i).cloned().unwrap_or_default())
                .collect()
        }))
    }
    fn row_count(&self) -> Option<u64> {
        Some(self.table.data.count(self.now))
    }
}

/// The session's tenant's table of that name.
pub fn find<'a>(
    cluster: &'a Cluster,
    now: Time,
    who: &Who,
    database: &str,
    name: &str,
) -> Result<Option<Rc<dyn Relation + 'a>>> {
    let found = cluster.tables.iter().find(|t| {
        t.tenant == who.tenant
            && t.dropped.is_none()
            && t.database.eq_ignore_ascii_case(database)
            && t.name.eq_ignore_ascii_case(name)
    });
    let Some(table) = found else { return Ok(None) };
    if table.state != TableState::Public {
        return Err(unreadable());
    }
    Ok(Some(Rc::new(Stored {
        table,
        now,
        columns: table
            .columns
            .iter()
            .map(|c| Column::named(c.name.to_string(), c.ty))
            .collect(),
    })))
}
