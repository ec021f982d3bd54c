//! SHOW statements about the cluster itself: ranges, sessions, zones, virtual clusters.

use super::super::grammar::{DropName, ZoneTarget};
use super::super::jobs::Spec;
use super::super::listings::{self, int};
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome, rows};
use crate::base::{Result, Row, Type, Value};
use crate::cluster::TableIx;
use crate::sql::Path;

impl Cockroach {
    pub(crate) fn show_ranges(
        &self,
        cx: &Cx,
        call: &Call,
        of: Option<&DropName>,
        database: Option<&str>,
    ) -> Result<Outcome> {
        let now = cx.now();
        let tables: Vec<TableIx> = match of {
            Some(name) => vec![self.known(cx, call, &name.name)?],
            None => self
                .tables_in(cx.cluster, call.tenant, database.unwrap_or(&call.database))
                .map(|(i, _)| i)
                .collect(),
        };
        let mut list = Vec::new();
        for t in tables {
            let Some(table) = cx.cluster.table(t) else {
                continue;
            };
            for &r in &table.ranges {
                let Some(range) = cx.cluster.range(r).filter(|r| r.gone.is_none()) else {
                    continue;
                };
                let id: i64 = range.label.trim_start_matches('r').parse().unwrap_or(0);
                list.push(vec![
                    Value::Int(id),
                    Value::Text(table.name.clone()),
                    int(cx.cluster.range_held(r, now)),
                    Value::Int(i64::from(range.leader.0) + 1),
                    Value::Array(
                        range
                            .replicas
                            .iter()
                            .map(|n| Value::Int(i64::from(n.0) + 1))
                            .collect::<Vec<_>>()
                            .into(),
                    ),
                ]);
            }
        }
        rows(listings::result(
            &[
                ("range_id", Type::Int),
                ("table_name", Type::Text),
                ("range_size", Type::Int),
                ("lease_holder", Type::Int),
                ("replicas", Type::IntArray),
            ],
            list,
        ))
    }

    pub(crate) fn show_sessions(&self, cx: &Cx, call: &Call) -> Result<Outcome> {
        let admin = self.is_admin(cx.cluster, call.tenant, &call.user);
        let list = cx
            .sessions
            .enumerate()
            .filter(|(_, s)| s.tenant == call.tenant && (admin || *s.user == *call.user))
            .map(|(i, s)| {
                let active = s
                    .busy
                    .as_ref()
                    .map_or(Value::text(""), |b| Value::Text(b.statement.clone()));
                vec![
                    Value::Int(i64::from(s.node.0) + 1),
                    Value::text(format!("{:032x}", i as u64 + 1)),
                    Value::Text(s.user.clone()),
                    active,
                ]
            })
            .collect();
        rows(listings::result(
            &[
                ("node_id", Type::Int),
                ("session_id", Type::Text),
                ("user_name", Type::Text),
                ("active_queries", Type::Text),
            ],
            list,
        ))
    }

    pub(crate) fn show_statements(&self, cx: &Cx, call: &Call) -> Result<Outcome> {
        let admin = self.is_admin(cx.cluster, call.tenant, &call.user);
        let epoch = cx.cluster.epoch_us;
        let list = cx
            .sessions
            .enumerate()
            .filter(|(_, s)| s.tenant == call.tenant && (admin || *s.user == *call.user))
            .filter_map(|(i, s)| {
                let busy = s.busy.as_ref()?;
                Some(vec![
                    Value::text(format!("{:032x}", i as u64 + 1)),
                    Value::Int(i64::from(s.node.0) + 1),
                    Value::Text(s.user.clone()),
                    Value::Timestamp(busy.since.unix_us(epoch)),
                    Value::Text(busy.statement.clone()),
                ])
            })
            .collect();
        rows(listings::result(
            &[
                ("query_id", Type::Text),
                ("node_id", Type::Int),
                ("user_name", Type::Text),
                ("start", Type::Timestamp),
                ("query", Type::Text),
            ],
            list,
        ))
    }

    fn zone_row(&self, target: String, ttl: crate::base::Duration) -> Row {
        vec![
            Value::text(&target),
            Value::text(format!(
                "ALTER {target} CONFIGURE ZONE USING\n\trange_min_bytes = 134217728,\n\trange_max_bytes = {},\n\tgc.ttlseconds = {},\n\tnum_replicas = 3",
                self.profile.range_size,
                ttl.as_secs()
            )),
        ]
    }

    /// The zone that holds for an object: its own or the nearest around it.
    pub(crate) fn show_zone(&self, cx: &Cx, call: &Call, target: &ZoneTarget) -> Result<Outcome> {
        let (database, full) = match target {
            ZoneTarget::Range(_) => (None, None),
            ZoneTarget::Database(name) => {
                if self.database(call.tenant, &name.value).is_none() {
                    return Err(errors::no_database(&name.value));
                }
                (Some(name.value.clone()), None)
            }
            ZoneTarget::Table(path) | ZoneTarget::Index(DropName { name: path, .. }) => {
                let ix = self.known(cx, call, path)?;
                let database = cx.cluster.table(ix).map(|t| t.database.to_string());
                (database, Some(self.full_name(cx, ix)))
            }
        };
        let zone = |name: &Option<String>| {
            let name = name.as_deref()?;
            self.zones.get(name).map(|ttl| (name.to_owned(), *ttl))
        };
        let row = if let Some((name, ttl)) = zone(&full) {
            self.zone_row(format!("TABLE {name}"), ttl)
        } else if let Some((name, ttl)) = zone(&database) {
            self.zone_row(format!("DATABASE {name}"), ttl)
        } else {
            let ttl = self.gc_ttl(cx.cluster, &[]);
            self.zone_row("RANGE default".to_owned(), ttl)
        };
        rows(listings::result(
            &[("target", Type::Text), ("raw_config_sql", Type::Text)],
            vec![row],
        ))
    }

    /// One row for each job that has collected statistics of the table.
    pub(crate) fn show_statistics(&self, cx: &Cx, call: &Call, path: &Path) -> Result<Outcome> {
        let ix = self.known(cx, call, path)?;
        let Some(table) = cx.cluster.table(ix) else {
            return rows(listings::result(&[], Vec::new()));
        };
        let key: Vec<Value> = table
            .key
            .iter()
            .filter_map(|k| table.columns.get(*k))
            .map(|c| Value::Text(c.name.clone()))
            .collect();
        let mut list = Vec::new();
        for (job, j) in cx.cluster.job_list() {
            let of = match self.spec(job).as_deref() {
                Some(Spec::Stats(s)) => s.tables.contains(&ix),
                _ => false,
            };
            let Some(at) = j
                .finished
                .filter(|_| of && j.status == "succeeded" && j.kind.ends_with("CREATE STATS"))
            else {
                continue;
            };
            // Those of ANALYZE have no name.
            let name = match j.kind {
                "CREATE STATS" => j.description.split(' ').nth(2).filter(|n| *n != "\"\""),
                _ => Some("__auto__"),
            };
            let count = int(table.data.count(at));
            list.push(vec![
                name.map_or(Value::Null, Value::text),
                Value::Array(key.clone().into()),
                Value::Timestamp(at.unix_us(cx.cluster.epoch_us)),
                count.clone(),
                count,
                Value::Int(0),
                Value::Null,
            ]);
        }
        rows(listings::result(
            &[
                ("statistics_name", Type::Text),
                ("column_names", Type::TextArray),
                ("created", Type::Timestamp),
                ("row_count", Type::Int),
                ("distinct_count", Type::Int),
                ("null_count", Type::Int),
                ("histogram_id", Type::Int),
            ],
            list,
        ))
    }

    pub(crate) fn show_zones(&self, _call: &Call) -> Result<Outcome> {
        let row = |target, ttl| self.zone_row(target, ttl);
        let default = self
            .zones
            .get("default")
            .copied()
            .unwrap_or(self.profile.gc_ttl);
        let mut list = vec![row("RANGE default".to_string(), default)];
        for (name, ttl) in self.zones.iter().filter(|(n, _)| &***n != "default") {
            let what = if name.contains('.') {
                "TABLE"
            } else {
                "DATABASE"
            };
            list.push(row(format!("{what} {name}"), *ttl));
        }
        rows(listings::result(
            &[("target", Type::Text), ("raw_config_sql", Type::Text)],
            list,
        ))
    }
}
