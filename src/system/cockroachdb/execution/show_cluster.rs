//! SHOW statements about the cluster itself: ranges, sessions, zones, virtual clusters.

use super::super::grammar::DropName;
use super::super::listings::{self, int};
use super::super::{Cockroach, Cx};
use super::{Call, Outcome, rows};
use crate::base::{Result, Type, Value};
use crate::cluster::TableIx;

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

    pub(crate) fn show_zones(&self, _call: &Call) -> Result<Outcome> {
        let row = |target: String, ttl: crate::base::Duration| {
            vec![
                Value::text(&target),
                Value::text(format!(
                    "ALTER {target} CONFIGURE ZONE USING\n\trange_min_bytes = 134217728,\n\trange_max_bytes = {},\n\tgc.ttlseconds = {},\n\tnum_replicas = 3",
                    self.profile.range_size,
                    ttl.as_secs()
                )),
            ]
        };
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

    pub(crate) fn show_virtual_clusters(&self, cx: &Cx) -> Result<Outcome> {
        let list = cx
            .cluster
            .tenants
            .iter()
            .filter(|t| t.dropped.is_none())
            .map(|t| {
                vec![
                    int(t.id),
                    Value::Text(t.name.clone()),
                    Value::text("ready"),
                    Value::text("shared"),
                ]
            })
            .collect();
        rows(listings::result(
            &[
                ("id", Type::Int),
                ("name", Type::Text),
                ("data_state", Type::Text),
                ("service_mode", Type::Text),
            ],
            list,
        ))
    }
}
