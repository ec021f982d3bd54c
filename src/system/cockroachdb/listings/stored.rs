//! Users' tables as relations: rows of blocks by rule, and rows that were written one by one.

use crate::base::{Row, Time, Value};
use crate::cluster::{Key, Rule, Table, TableData};
use crate::query::{Column, Relation};
use std::rc::Rc;

pub struct StoredTable {
    columns: Vec<Column>,
    names: Vec<Rc<str>>,
    key: Rc<[usize]>,
    data: Rc<TableData>,
    at: Time,
}

impl StoredTable {
    /// The table with `data` as of `at`.
    pub fn new(table: &Table, data: Rc<TableData>, at: Time) -> StoredTable {
        StoredTable {
            columns: table
                .columns
                .iter()
                .map(|c| Column::named(c.name.to_string(), c.ty))
                .collect(),
            names: table.columns.iter().map(|c| c.name.clone()).collect(),
            key: table.key.clone(),
            data,
            at,
        }
    }

    /// Where the rule of a block has the table's columns: by name, since columns come and go.
    fn places(&self, rule: &Rule) -> Vec<Option<usize>> {
        self.names
            .iter()
            .map(|n| rule.columns.iter().position(|c| c.name == *n))
            .collect()
    }
}

impl Relation for StoredTable {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn scan<'s>(&'s self, needed: &'s [usize]) -> Box<dyn Iterator<Item = Row> + 's> {
        let at = self.at;
        let blocks = self
            .data
            .blocks
            .iter()
            .filter(move |b| b.from <= at && b.until.is_none_or(|until| at < until))
            .flat_map(move |b| {
                let places = self.places(&b.rule);
                (b.lo..b.hi).filter_map(move |n| {
                    let value = |c: usize| match places.get(c) {
                        Some(Some(place)) => b.rule.value(n, *place),
                        _ => Value::Null,
                    };
                    if !self.data.overlay.is_empty() {
                        let key: Vec<Key> = self.key.iter().map(|&c| Key(value(c))).collect();
                        let hidden = self
                            .data
                            .overlay
                            .get(&key)
                            .is_some_and(|v| v.first().is_some_and(|f| f.at <= at));
                        if hidden {
                            return None;
                        }
                    }
                    Some(needed.iter().map(|&c| value(c)).collect())
                })
            });
        let own = self.data.overlay.values().filter_map(move |versions| {
            let row = versions
                .iter()
                .rev()
                .find(|v| v.at <= at)
                .and_then(|v| v.row.as_ref())?;
            Some(
                needed
                    .iter()
                    .map(|&c| row.get(c).cloned().unwrap_or_default())
                    .collect(),
            )
        });
        Box::new(blocks.chain(own))
    }

    fn row_count(&self) -> Option<u64> {
        Some(self.data.count(self.at))
    }
}
