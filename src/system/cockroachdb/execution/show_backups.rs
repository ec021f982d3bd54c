//! SHOW BACKUPS, SHOW BACKUP: what a collection holds.

use super::super::grammar::{Options, TextArg};
use super::super::listings::{self, int};
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome, destinations, rows};
use crate::base::{Result, Row, Type, Value};

impl Cockroach {
    pub(crate) fn show_backups(
        &self,
        cx: &mut Cx,
        call: &Call,
        collection: &[TextArg],
    ) -> Result<Outcome> {
        let uris = self.text_args(call, collection)?;
        let Some(uri) = uris.first() else {
            return Err(errors::wrong("SHOW BACKUPS needs a collection", "42601"));
        };
        let place = self.place(cx, uri)?;
        let mut list: Vec<String> = self
            .backups_at(cx.cluster, &place)
            .iter()
            .filter(|s| s.since.is_none())
            .map(|s| {
                let below = s.path.strip_prefix(place.path.as_str()).unwrap_or(&s.path);
                format!("/{}", below.trim_matches('/'))
            })
            .collect();
        crate::base::sort::sort(&mut list);
        let list = list.into_iter().map(|p| vec![Value::text(p)]).collect();
        rows(listings::result(&[("path", Type::Text)], list))
    }

    pub(crate) fn show_backup(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        detail: Option<&'static str>,
        subdir: Option<&TextArg>,
        location: &[TextArg],
        options: &Options,
    ) -> Result<Outcome> {
        let uris = self.text_args(call, location)?;
        let Some(uri) = uris.first() else {
            return Err(errors::wrong("SHOW BACKUP needs a location", "42601"));
        };
        let place = self.place(cx, uri)?;
        let wanted = match subdir {
            Some(arg) => Some(self.text_arg(call, arg)?),
            None => None,
        };
        let key = self.encryption_key(cx, call, options)?;
        let sets = self.backups_at(cx.cluster, &place);
        let group = match &wanted {
            Some(s) if !s.eq_ignore_ascii_case("latest") => destinations::join(&place.path, s),
            Some(_) => sets
                .iter()
                .rev()
                .find(|s| s.since.is_none())
                .map(|s| s.group.to_string())
                .unwrap_or_default(),
            None => place.path.clone(),
        };
        let chain: Vec<_> = sets.iter().filter(|s| *s.group == *group).collect();
        if chain.is_empty() {
            return Err(errors::uncategorised(
                self.profile,
                &format!(
                    "backup not found in location \"{}\": file does not exist",
                    destinations::redacted(uri)
                ),
            ));
        }
        for set in &chain {
            self.decrypts(set.key.as_deref(), key.as_deref())?;
        }
        if detail == Some("FILES") {
            let list = chain
                .iter()
                .flat_map(|s| s.tables.iter().flat_map(|t| t.files.iter()))
                .filter_map(|f| cx.cluster.file(*f))
                .map(|f| vec![Value::Text(f.path.clone()), int(f.size)])
                .collect();
            return rows(listings::result(
                &[("path", Type::Text), ("size_bytes", Type::Int)],
                list,
            ));
        }
        let epoch = cx.cluster.epoch_us;
        let newest = self.profile.requests;
        let time = |t: crate::base::Time| match newest {
            true => Value::TimestampTz(t.unix_us(epoch)),
            false => Value::Timestamp(t.unix_us(epoch)),
        };
        let mut list: Vec<Row> = Vec::new();
        for s in chain {
            let mut seen: Vec<&str> = Vec::new();
            for t in &s.tables {
                let bytes: u64 = t
                    .files
                    .iter()
                    .filter_map(|f| cx.cluster.file(*f))
                    .map(|f| f.size)
                    .sum();
                let rows = t.image.data.count(s.end);
                let table = &t.image.table;
                let (since, end) = (s.since.map_or(Value::Null, time), time(s.end));
                let database = Value::Text(table.database.clone());
                let name = Value::Text(table.name.clone());
                if !newest {
                    list.push(vec![database, name, since, end, int(bytes), int(rows)]);
                    continue;
                }
                let mut add = |database, schema, name, kind, bytes, rows| {
                    list.push(vec![
                        database,
                        schema,
                        name,
                        Value::text(kind),
                        Value::text(if s.since.is_some() {
                            "incremental"
                        } else {
                            "full"
                        }),
                        since.clone(),
                        end.clone(),
                        bytes,
                        rows,
                        Value::Bool(s.cluster),
                        Value::Null,
                    ]);
                };
                let none = Value::Null;
                // The descriptors above the tables are in the backup too.
                if !seen.contains(&&*table.database) {
                    seen.push(&table.database);
                    let schema = Value::Text(table.schema.clone());
                    let d = database.clone();
                    add(
                        none.clone(),
                        none.clone(),
                        d,
                        "database",
                        none.clone(),
                        none.clone(),
                    );
                    let d = database.clone();
                    add(
                        d,
                        none.clone(),
                        schema,
                        "schema",
                        none.clone(),
                        none.clone(),
                    );
                }
                let schema = Value::Text(table.schema.clone());
                add(database, schema, name, "table", int(bytes), int(rows));
            }
        }
        if !self.profile.requests {
            return rows(listings::result(
                &[
                    ("database_name", Type::Text),
                    ("table_name", Type::Text),
                    ("start_time", Type::Timestamp),
                    ("end_time", Type::Timestamp),
                    ("size_bytes", Type::Int),
                    ("rows", Type::Int),
                ],
                list,
            ));
        }
        rows(listings::result(
            &[
                ("database_name", Type::Text),
                ("parent_schema_name", Type::Text),
                ("object_name", Type::Text),
                ("object_type", Type::Text),
                ("backup_type", Type::Text),
                ("start_time", Type::TimestampTz),
                ("end_time", Type::TimestampTz),
                ("size_bytes", Type::Int),
                ("rows", Type::Int),
                ("is_full_cluster", Type::Bool),
                ("regions", Type::Text),
            ],
            list,
        ))
    }
}
