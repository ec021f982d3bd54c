//! SHOW statements about tables: columns, indexes, constraints, and how they were created.

use super::super::listings::{self, int};
use super::super::names::Generated;
use super::super::{Cockroach, Cx, errors};
use super::ttl::EXPIRATION;
use super::{Call, Outcome, rows};
use crate::base::{Result, Row, Type, Value};
use crate::cluster::{Table, TableIx};
use crate::sql::Path;

impl Cockroach {
    pub(crate) fn show_tables(&self, cx: &Cx, call: &Call, from: Option<&Path>) -> Result<Outcome> {
        let database = from
            .and_then(|p| p.parts.first())
            .map_or(&*call.database, |n| &n.value);
        if self.database(call.tenant, database).is_none() {
            return Err(errors::no_database(database));
        }
        let now = cx.now();
        let mut tables: Vec<_> = self.tables_in(cx.cluster, call.tenant, database).collect();
        crate::base::sort::sort_by(&mut tables, |a, b| a.1.name.cmp(&b.1.name));
        if !self.profile.requests {
            return rows(listings::result(
                &[("table_name", Type::Text)],
                tables
                    .iter()
                    .map(|(_, t)| vec![Value::Text(t.name.clone())])
                    .collect(),
            ));
        }
        let list = tables
            .iter()
            .map(|(_, t)| {
                vec![
                    Value::Text(t.schema.clone()),
                    Value::Text(t.name.clone()),
                    Value::text("table"),
                    Value::text(self.owner_of(call.tenant, t)),
                    int(t.data.count(now)),
                    Value::Null,
                ]
            })
            .collect();
        rows(listings::result(
            &[
                ("schema_name", Type::Text),
                ("table_name", Type::Text),
                ("type", Type::Text),
                ("owner", Type::Text),
                ("estimated_row_count", Type::Int),
                ("locality", Type::Text),
            ],
            list,
        ))
    }

    pub(crate) fn known(&self, cx: &Cx, call: &Call, path: &Path) -> Result<TableIx> {
        let parts = path.values();
        self.resolve(cx.cluster, call.tenant, &call.database, &parts)
            .ok_or_else(|| errors::no_relation(&parts.join(".")))
    }

    pub(crate) fn show_columns(&self, cx: &Cx, call: &Call, path: &Path) -> Result<Outcome> {
        let ix = self.known(cx, call, path)?;
        let Some(t) = cx.cluster.table(ix) else {
            return Err(errors::no_relation(""));
        };
        let pkey = self.key_of(t);
        let list = t
            .columns
            .iter()
            .enumerate()
            .map(|(at, c)| {
                let mut indexes = vec![Value::text(&pkey)];
                for (_, i) in self.indexes_of(ix) {
                    if t.key.contains(&at) || i.columns.contains(&c.name) {
                        indexes.push(Value::Text(i.name.clone()));
                    }
                }
                let default = self.defaults.get(&(ix, c.name.clone()));
                let mut row = vec![
                    Value::Text(c.name.clone()),
                    Value::Text(c.type_name.clone()),
                    Value::Bool(c.nullable),
                    match self.generated_of(t, ix, at) {
                        Some(g) => Value::text(g.text()),
                        None => default.map_or(Value::Null, |d| Value::text(written(d))),
                    },
                    Value::text(""),
                    Value::Array(indexes.into()),
                    Value::Bool(listings::is_hidden(Some(&c.name), &t.key, at)),
                ];
                row.truncate(if self.profile.requests { 7 } else { 6 });
                row
            })
            .collect();
        let columns = [
            ("column_name", Type::Text),
            ("data_type", Type::Text),
            ("is_nullable", Type::Bool),
            ("column_default", Type::Text),
            ("generation_expression", Type::Text),
            ("indices", Type::TextArray),
            ("is_hidden", Type::Bool),
        ];
        // v2.1 does not say what is hidden.
        let shown = if self.profile.requests {
            &columns
        } else {
            &columns[..6]
        };
        rows(listings::result(shown, list))
    }

    /// The name of a table's primary index.
    fn key_of(&self, t: &Table) -> String {
        match self.profile.requests {
            true => format!("{}_pkey", t.name),
            false => "primary".to_string(),
        }
    }

    /// The key that a table without one gets.
    fn is_rowid(&self, t: &Table, at: usize) -> bool {
        *t.key == [at] && t.columns.get(at).is_some_and(|c| &*c.name == "rowid")
    }

    fn generated_of(&self, t: &Table, ix: TableIx, at: usize) -> Option<Generated> {
        if self.is_rowid(t, at) {
            return Some(Generated::RowId);
        }
        let name = t.columns.get(at)?.name.clone();
        self.generated.get(&(ix, name)).copied()
    }

    pub(crate) fn show_indexes(&self, cx: &Cx, call: &Call, path: &Path) -> Result<Outcome> {
        let ix = self.known(cx, call, path)?;
        let Some(t) = cx.cluster.table(ix) else {
            return Err(errors::no_relation(""));
        };
        let mut list: Vec<Row> = Vec::new();
        let mut add = |name: &str, unique: bool, seq: usize, column: &str, storing: bool| {
            list.push(vec![
                Value::Text(t.name.clone()),
                Value::text(name),
                Value::Bool(!unique),
                int(seq as u64),
                Value::text(column),
                Value::text(if storing { "N/A" } else { "ASC" }),
                Value::Bool(storing),
                Value::Bool(false),
                Value::Bool(true),
            ]);
        };
        let pkey = self.key_of(t);
        let mut seq = 0;
        for (n, c) in t.key.iter().filter_map(|k| t.columns.get(*k)).enumerate() {
            seq = n + 1;
            add(&pkey, true, seq, &c.name, false);
        }
        for (at, c) in t.columns.iter().enumerate() {
            if !t.key.contains(&at) && self.profile.requests {
                seq += 1;
                add(&pkey, true, seq, &c.name, true);
            }
        }
        for (_, i) in self.indexes_of(ix) {
            for (n, c) in i.columns.iter().enumerate() {
                add(&i.name, i.unique, n + 1, c, false);
            }
        }
        let columns = [
            ("table_name", Type::Text),
            ("index_name", Type::Text),
            ("non_unique", Type::Bool),
            ("seq_in_index", Type::Int),
            ("column_name", Type::Text),
            ("direction", Type::Text),
            ("storing", Type::Bool),
            ("implicit", Type::Bool),
            ("visible", Type::Bool),
        ];
        if self.profile.requests {
            return rows(listings::result(&columns, list));
        }
        for row in &mut list {
            row.truncate(8);
        }
        rows(listings::result(&columns[..8], list))
    }

    pub(crate) fn show_constraints(&self, cx: &Cx, call: &Call, path: &Path) -> Result<Outcome> {
        let ix = self.known(cx, call, path)?;
        let Some(t) = cx.cluster.table(ix) else {
            return Err(errors::no_relation(""));
        };
        let key: Vec<String> = t
            .key
            .iter()
            .filter_map(|k| t.columns.get(*k))
            .map(|c| format!("{} ASC", c.name))
            .collect();
        let mut list = vec![vec![
            Value::Text(t.name.clone()),
            Value::text(format!("{}_pkey", t.name)),
            Value::text("PRIMARY KEY"),
            Value::text(format!("PRIMARY KEY ({})", key.join(", "))),
            Value::Bool(true),
        ]];
        for (_, i) in self.indexes_of(ix).filter(|(_, i)| i.unique) {
            list.push(vec![
                Value::Text(t.name.clone()),
                Value::Text(i.name.clone()),
                Value::text("UNIQUE"),
                Value::text(format!("UNIQUE ({})", i.columns.join(", "))),
                Value::Bool(true),
            ]);
        }
        rows(listings::result(
            &[
                ("table_name", Type::Text),
                ("constraint_name", Type::Text),
                ("constraint_type", Type::Text),
                ("details", Type::Text),
                ("validated", Type::Bool),
            ],
            list,
        ))
    }

    pub(crate) fn show_create(&self, cx: &Cx, call: &Call, path: &Path) -> Result<Outcome> {
        let ix = self.known(cx, call, path)?;
        let Some(t) = cx.cluster.table(ix) else {
            return Err(errors::no_relation(""));
        };
        let mut lines = Vec::new();
        for (at, c) in t.columns.iter().enumerate() {
            let null = if c.nullable { "NULL" } else { "NOT NULL" };
            let mut line = format!("{} {} ", c.name, c.type_name);
            if listings::is_hidden(Some(&c.name), &t.key, at) {
                line.push_str("NOT VISIBLE ");
            }
            line.push_str(null);
            let default = match self.generated_of(t, ix, at) {
                Some(g) => Some(g.text()),
                None => self.defaults.get(&(ix, c.name.clone())).map(written),
            };
            if let Some(default) = default {
                line.push_str(" DEFAULT ");
                line.push_str(&default);
                if &*c.name == EXPIRATION {
                    line.push_str(" ON UPDATE ");
                    line.push_str(&default);
                }
            }
            lines.push(line);
        }
        let key: Vec<String> = t
            .key
            .iter()
            .filter_map(|k| t.columns.get(*k))
            .map(|c| format!("{} ASC", c.name))
            .collect();
        lines.push(format!(
            "CONSTRAINT {}_pkey PRIMARY KEY ({})",
            t.name,
            key.join(", ")
        ));
        for (_, i) in self.indexes_of(ix) {
            let unique = if i.unique { "UNIQUE " } else { "" };
            let columns: Vec<String> = i.columns.iter().map(|c| format!("{c} ASC")).collect();
            lines.push(format!("{unique}INDEX {} ({})", i.name, columns.join(", ")));
        }
        let name = if self.profile.requests {
            format!("{}.{}", t.schema, t.name)
        } else {
            t.name.to_string()
        };
        let mut text = format!("CREATE TABLE {name} (\n\t{}\n)", lines.join(",\n\t"));
        text.push_str(&self.ttl_text(ix));
        rows(listings::result(
            &[("table_name", Type::Text), ("create_statement", Type::Text)],
            vec![vec![Value::Text(t.name.clone()), Value::text(text)]],
        ))
    }
}

/// A default as the product writes it down, with its type.
fn written(value: &Value) -> String {
    let text = crate::query::Format::PLAIN.text(value).unwrap_or_default();
    match value {
        Value::Text(_) => format!("'{}':::STRING", text.replace('\'', "''")),
        Value::Int(_) => format!("{text}:::INT8"),
        Value::Decimal(_) => format!("{text}:::DECIMAL"),
        Value::Float(_) => format!("{text}:::FLOAT8"),
        _ => text,
    }
}
