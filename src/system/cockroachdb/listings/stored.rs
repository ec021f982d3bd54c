//! Users' tables as relations: rows of blocks by rule, and rows that were written one by one.

use super::super::execution::{EXPIRATION, Write};
use crate::base::{Positions, Result, Row, Time, Type, Value};
use crate::cluster::{Key, Rule, Table, TableData};
use crate::query::{self, Column, Env, Relation, ResultSet};
use std::rc::Rc;

pub struct StoredTable {
    columns: Vec<Column>,
    names: Vec<Rc<str>>,
    key: Positions,
    data: Rc<TableData>,
    at: Time,
    /// What a column has in rows that were there before it.
    defaults: Vec<Value>,
}

impl StoredTable {
    /// The table with `data` as of `at`.
    pub fn new(table: &Table, data: Rc<TableData>, at: Time, defaults: Vec<Value>) -> StoredTable {
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
            defaults,
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

    fn hidden(&self) -> Vec<usize> {
        let hidden = |&at: &usize| is_hidden(self.names.get(at), &self.key, at);
        (0..self.names.len()).filter(hidden).collect()
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
                        Some(Some(place)) => {
                            let ty = self.columns.get(c).map_or(Type::Unknown, |c| c.ty);
                            query::in_type(b.rule.value(n, *place), ty)
                        }
                        _ => self.defaults.get(c).cloned().unwrap_or_default(),
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

/// The columns that the product makes: the key of a table without one, and when its rows expire.
pub fn is_hidden(name: Option<&Rc<str>>, key: &[usize], at: usize) -> bool {
    match name.map(|n| &**n) {
        Some("rowid") => key == [at],
        Some(EXPIRATION) => true,
        _ => false,
    }
}

/// The list of a RETURNING over written rows.
pub fn returning(
    list: &sqlparser::ast::Query,
    columns: &[Column],
    writes: &[Write],
    env: &Env<'_>,
) -> Result<ResultSet> {
    use sqlparser::ast::{SelectItem, SetExpr};
    let SetExpr::Select(select) = &*list.body else {
        return Ok(ResultSet::default());
    };
    let mut out = ResultSet::default();
    let mut exprs: Vec<Option<query::RowExpr>> = Vec::new();
    for item in &select.projection {
        let (expr, label) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias.value.clone())),
            _ => {
                out.columns.extend(columns.iter().cloned());
                exprs.push(None);
                continue;
            }
        };
        let bound = query::RowExpr::value(expr, "", columns, env)?;
        let label = label.unwrap_or_else(|| match expr {
            sqlparser::ast::Expr::Identifier(name) => name.value.clone(),
            _ => "?column?".to_string(),
        });
        out.columns.push(Column::named(label, bound.ty));
        exprs.push(Some(bound));
    }
    for write in writes {
        let Some(row) = &write.row else { continue };
        let mut shown = Row::new();
        for expr in &exprs {
            match expr {
                None => shown.extend(row.iter().cloned()),
                Some(e) => shown.push(e.eval(row.to_vec())?),
            }
        }
        out.rows.push(shown);
    }
    Ok(out)
}
