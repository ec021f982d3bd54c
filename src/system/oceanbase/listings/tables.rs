//! User tables, row by row from their rules.

use super::super::OceanBase;
use super::super::execution;
use super::super::privileges::Who;
use super::unreadable;
use crate::base::{Result, Row, Time};
use crate::cluster::{Cluster, Table, TableData, TableIx, TableState};
use crate::query::{Column, Relation};
use std::rc::Rc;

struct Stored<'a> {
    table: &'a Table,
    data: Rc<TableData>,
    now: Time,
    columns: Vec<Column>,
}

impl Relation for Stored<'_> {
    fn columns(&self) -> &[Column] {
        &self.columns
    }
    fn scan<'s>(&'s self, needed: &'s [usize]) -> Box<dyn Iterator<Item = Row> + 's> {
        let rows = self.data.rows(self.now, &self.table.key);
        Box::new(rows.map(move |row| {
            needed
                .iter()
                .map(|&i| row.get(i).cloned().unwrap_or_default())
                .collect()
        }))
    }
    fn row_count(&self) -> Option<u64> {
        Some(self.data.count(self.now))
    }
}

/// The session's tenant's table of that name.
pub fn find<'a>(
    rules: &OceanBase,
    cluster: &'a Cluster,
    now: Time,
    who: &Who,
    database: &str,
    name: &str,
) -> Result<Option<Rc<dyn Relation + 'a>>> {
    let found = cluster.tables.iter().enumerate().find(|(_, t)| {
        t.tenant == who.tenant
            && t.dropped.is_none()
            && who.mode.same(&t.database, database)
            && who.mode.same(&t.name, name)
    });
    let Some((at, table)) = found else {
        return Ok(None);
    };
    if table.state != TableState::Public {
        return Err(unreadable());
    }
    Ok(Some(Rc::new(Stored {
        table,
        data: execution::seen(rules, who.session, TableIx(at as u32))
            .unwrap_or(&table.data)
            .clone(),
        now,
        columns: table
            .columns
            .iter()
            .map(|c| Column::named(c.name.to_string(), c.ty))
            .collect(),
    })))
}
