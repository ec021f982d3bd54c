//! SHOW BACKUPS, SHOW BACKUP: what a collection holds.

use super::super::grammar::TextArg;
use super::super::listings::{self, int};
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome, destinations, rows};
use crate::base::{Result, Type, Value};

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
        &self,
        cx: &mut Cx,
        call: &Call,
        detail: Option<&'static str>,
        subdir: Option<&TextArg>,
        location: &[TextArg],
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
        let time = |t: crate::base::Time| Value::Timestamp(t.unix_us(epoch));
        let list = chain
            .iter()
            .flat_map(|s| s.tables.iter().map(move |t| (s, t)))
            .map(|(s, t)| {
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
                if !self.profile.requests {
                    return vec![database, name, since, end, int(bytes), int(rows)];
                }
                vec![
                    database,
                    Value::Text(table.schema.clone()),
                    name,
                    Value::text("table"),
                    Value::text(if s.since.is_some() {
                        "incremental"
                    } else {
                        "full"
                    }),
                    since,
                    end,
                    int(bytes),
                    int(rows),
                ]
            })
            .collect();
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
                ("start_time", Type::Timestamp),
                ("end_time", Type::Timestamp),
                ("size_bytes", Type::Int),
                ("rows", Type::Int),
            ],
            list,
        ))
    }
}
