//! What queries find by name: sources in brackets, the product's own views, users' tables.

use super::super::transactions::Transaction;
use super::super::{Cockroach, errors, settings};
use super::{JobTable, Layout, Which, int, table};
use crate::base::{Result, Row, Time, Type, Value};
use crate::cluster::{Cluster, JobIx, TableIx, TableState};
use crate::query::{Catalog, Relation, Signature, Table};
use crate::sql::query::SOURCE_PREFIX;
use crate::system::Session;
use std::rc::Rc;

/// The rows of a statement in brackets or in a CTE body.
pub enum Source {
    Jobs { layout: Layout, jobs: Vec<JobIx> },
    Rows(Rc<Table>),
}

/// The catalog that one statement sees.
pub struct Names<'a> {
    pub rules: &'a Cockroach,
    pub cluster: &'a Cluster,
    pub session: &'a Session,
    pub transaction: Option<&'a Transaction>,
    pub sources: Vec<Source>,
    /// Tables are read as of this time: now, or AS OF SYSTEM TIME.
    pub at: Time,
    pub now: Time,
}

impl Names<'_> {
    fn jobs(&self, layout: Layout, which: Which) -> Result<Rc<dyn Relation + '_>> {
        let eyes = self
            .rules
            .eyes(self.cluster, self.session.tenant, &self.session.user)?;
        let jobs =
            self.rules
                .listed_jobs(self.cluster, self.session.tenant, &eyes, which, self.now);
        Ok(Rc::new(self.job_table(layout, jobs)))
    }

    fn job_table(&self, layout: Layout, jobs: Vec<JobIx>) -> JobTable<'_> {
        JobTable::new(self.rules, self.cluster, self.transaction, layout, jobs)
    }

    /// Internal tables are refused unless the session allows them. reference 2.3
    fn guard(&self) -> Result<()> {
        let allowed = self
            .session
            .settings
            .get("allow_unsafe_internals")
            .is_some_and(|v| matches!(&**v, "on" | "true"));
        if !self.rules.profile.internals_guarded || allowed {
            return Ok(());
        }
        Err(
            errors::refused("Access to crdb_internal and system is restricted.").hint(
                "These interfaces are unsupported. If you must use them, SET allow_unsafe_internals = true",
            ),
        )
    }

    fn admins_only(&self, name: &str) -> Result<()> {
        let user = &self.session.user;
        if self.rules.is_admin(self.cluster, self.session.tenant, user) {
            return Ok(());
        }
        Err(errors::refused(format!(
            "user {user} does not have SELECT privilege on relation {name}"
        )))
    }

    fn internal(&self, name: &str) -> Result<Option<Rc<dyn Relation + '_>>> {
        Ok(Some(match name {
            "jobs" => {
                self.guard()?;
                return self
                    .jobs(self.rules.profile.internal_listing(), Which::All)
                    .map(Some);
            }
            "cluster_settings" => Rc::new(self.settings_table()),
            "gossip_nodes" => {
                self.guard()?;
                Rc::new(self.nodes())
            }
            _ => return Ok(None),
        }))
    }

    fn system(&self, name: &str) -> Result<Option<Rc<dyn Relation + '_>>> {
        Ok(Some(match name {
            "jobs" => {
                self.guard()?;
                self.admins_only("jobs")?;
                return self
                    .jobs(self.rules.profile.system_listing(), Which::All)
                    .map(Some);
            }
            "users" => {
                self.guard()?;
                self.admins_only("users")?;
                let rows = self
                    .cluster
                    .users
                    .iter()
                    .filter(|u| u.tenant == self.session.tenant)
                    .map(|u| vec![Value::Text(u.name.clone()), Value::Bool(false)])
                    .collect();
                Rc::new(table(
                    &[("username", Type::Text), ("isRole", Type::Bool)],
                    rows,
                ))
            }
            "protected_ts_records" => {
                self.guard()?;
                self.admins_only("protected_ts_records")?;
                Rc::new(self.protected())
            }
            _ => return Ok(None),
        }))
    }

    fn protected(&self) -> Table {
        let rows: Vec<Row> = self
            .cluster
            .artefacts
            .iter()
            .filter(|a| {
                a.kind == "protected timestamp"
                    && a.removed.is_none()
                    && a.tenant == self.session.tenant
            })
            .map(|a| {
                let ns = i128::from(a.created.unix_us(self.cluster.epoch_us)) * 1_000;
                let job = a.job.and_then(|j| self.cluster.job(j));
                vec![
                    Value::Decimal(crate::base::Decimal::new(
                        ns.saturating_mul(10_000_000_000),
                        10,
                    )),
                    Value::text("jobs"),
                    job.map_or(Value::Null, |j| Value::Int(j.id)),
                    Value::Text(a.label.clone()),
                ]
            })
            .collect();
        table(
            &[
                ("ts", Type::Decimal),
                ("meta_type", Type::Text),
                ("meta", Type::Int),
                ("target", Type::Text),
            ],
            rows,
        )
    }

    fn nodes(&self) -> Table {
        let rows = self
            .cluster
            .node_list()
            .map(|(i, n)| {
                vec![
                    Value::Int(i64::from(i.0) + 1),
                    Value::Text(n.address.clone()),
                    Value::Text(n.zone.clone()),
                    Value::Bool(n.alive),
                ]
            })
            .collect();
        table(
            &[
                ("node_id", Type::Int),
                ("address", Type::Text),
                ("locality", Type::Text),
                ("is_live", Type::Bool),
            ],
            rows,
        )
    }

    fn settings_table(&self) -> Table {
        let rows = self
            .rules
            .known_settings()
            .map(|s| {
                vec![
                    Value::text(s.name),
                    Value::text(self.rules.setting(s.name)),
                    Value::text(s.kind.letter()),
                    Value::text(s.description),
                ]
            })
            .collect();
        table(
            &[
                ("variable", Type::Text),
                ("value", Type::Text),
                ("type", Type::Text),
                ("description", Type::Text),
            ],
            rows,
        )
    }

    /// Tables of a database that a session may know of.
    fn known_tables<'n>(&'n self, database: &'n str) -> Vec<(TableIx, &'n crate::cluster::Table)> {
        self.rules
            .tables_in(self.cluster, self.session.tenant, database)
            .collect()
    }

    fn information(&self, database: &str, name: &str) -> Option<Rc<dyn Relation + '_>> {
        let tables = self.known_tables(database);
        Some(Rc::new(match name {
            "tables" => table(
                &[
                    ("table_catalog", Type::Text),
                    ("table_schema", Type::Text),
                    ("table_name", Type::Text),
                    ("table_type", Type::Text),
                    ("is_insertable_into", Type::Text),
                    ("version", Type::Int),
                ],
                tables
                    .iter()
                    .map(|(_, t)| {
                        vec![
                            Value::Text(t.database.clone()),
                            Value::Text(t.schema.clone()),
                            Value::Text(t.name.clone()),
                            Value::text("BASE TABLE"),
                            Value::text("YES"),
                            Value::Int(1),
                        ]
                    })
                    .collect(),
            ),
            "columns" => table(
                &[
                    ("table_catalog", Type::Text),
                    ("table_schema", Type::Text),
                    ("table_name", Type::Text),
                    ("column_name", Type::Text),
                    ("ordinal_position", Type::Int),
                    ("is_nullable", Type::Text),
                    ("data_type", Type::Text),
                ],
                tables
                    .iter()
                    .flat_map(|(_, t)| {
                        t.columns.iter().enumerate().map(|(i, c)| {
                            vec![
                                Value::Text(t.database.clone()),
                                Value::Text(t.schema.clone()),
                                Value::Text(t.name.clone()),
                                Value::Text(c.name.clone()),
                                int(i as u64 + 1),
                                Value::text(if c.nullable { "YES" } else { "NO" }),
                                Value::text(c.type_name.to_ascii_lowercase()),
                            ]
                        })
                    })
                    .collect(),
            ),
            "schemata" => table(
                &[("catalog_name", Type::Text), ("schema_name", Type::Text)],
                [
                    "crdb_internal",
                    "information_schema",
                    "pg_catalog",
                    "public",
                ]
                .iter()
                .map(|s| vec![Value::text(database), Value::text(s)])
                .collect(),
            ),
            _ => return None,
        }))
    }

    fn postgres(&self, database: &str, name: &str) -> Option<Rc<dyn Relation + '_>> {
        Some(Rc::new(match name {
            "pg_tables" => table(
                &[
                    ("schemaname", Type::Text),
                    ("tablename", Type::Text),
                    ("tableowner", Type::Text),
                ],
                self.known_tables(database)
                    .iter()
                    .map(|(_, t)| {
                        vec![
                            Value::Text(t.schema.clone()),
                            Value::Text(t.name.clone()),
                            Value::text("root"),
                        ]
                    })
                    .collect(),
            ),
            "pg_database" => table(
                &[("oid", Type::Int), ("datname", Type::Text)],
                self.rules
                    .databases
                    .iter()
                    .filter(|d| d.tenant == self.session.tenant)
                    .map(|d| vec![Value::Int(i64::from(d.id)), Value::Text(d.name.clone())])
                    .collect(),
            ),
            _ => return None,
        }))
    }

    fn users_table(&self, parts: &[&str]) -> Result<Option<Rc<dyn Relation + '_>>> {
        let session = self.session;
        let Some(ix) = self
            .rules
            .resolve(self.cluster, session.tenant, &session.database, parts)
        else {
            return Ok(None);
        };
        let Some(t) = self.cluster.table(ix) else {
            return Ok(None);
        };
        let full = format!("{}.{}.{}", t.database, t.schema, t.name);
        if !self
            .rules
            .has_object(self.cluster, session.tenant, &session.user, &full, "SELECT")
        {
            return Err(errors::refused(format!(
                "user {} does not have SELECT privilege on relation {}",
                session.user, t.name
            )));
        }
        if let TableState::Offline(why) = t.state {
            return Err(errors::offline(&t.name, why));
        }
        let data = self
            .transaction
            .and_then(|x| x.data_of(ix))
            .unwrap_or(&t.data)
            .clone();
        Ok(Some(Rc::new(super::stored(
            self.rules, t, ix, data, self.at,
        ))))
    }
}

impl Catalog for Names<'_> {
    fn table<'c>(&'c self, name: &[String]) -> Result<Option<Rc<dyn Relation + 'c>>> {
        let parts: Vec<&str> = name.iter().map(String::as_str).collect();
        if let [one] = parts.as_slice()
            && let Some(index) = one.strip_prefix(SOURCE_PREFIX)
        {
            let index: usize = index.parse().unwrap_or(usize::MAX);
            return Ok(match self.sources.get(index) {
                Some(Source::Jobs { layout, jobs }) => {
                    Some(Rc::new(self.job_table(layout, jobs.clone())))
                }
                Some(Source::Rows(rows)) => Some(rows.clone()),
                None => None,
            });
        }
        let database: &str = &self.session.database;
        let found = match parts.as_slice() {
            ["crdb_internal", name] | [_, "crdb_internal", name] => return self.internal(name),
            ["system", name] | ["system", "public", name] => return self.system(name),
            ["information_schema", name] => self.information(database, name),
            [db, "information_schema", name] => self.information(db, name),
            ["pg_catalog", name] => self.postgres(database, name),
            [db, "pg_catalog", name] => self.postgres(db, name),
            _ => None,
        };
        if found.is_some() {
            return Ok(found);
        }
        if let Some(t) = self.users_table(&parts)? {
            return Ok(Some(t));
        }
        Ok(match parts.as_slice() {
            [name] => self.postgres(database, name),
            _ => None,
        })
    }

    fn function(&self, name: &str) -> Option<Signature> {
        let (params, returns) = match name {
            "crdb_internal.node_id" => ("", Type::Int),
            "cluster_logical_timestamp" => ("", Type::Decimal),
            "unique_rowid" => ("", Type::Int),
            "crdb_internal.cluster_setting_encoded_default" => ("t", Type::Text),
            _ => return None,
        };
        Some(Signature { params, returns })
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value> {
        Ok(match name {
            "crdb_internal.node_id" => Value::Int(i64::from(self.session.node.0) + 1),
            "unique_rowid" => Value::Int(super::super::ids::compose(
                self.now.unix_us(self.cluster.epoch_us),
                self.session.node,
            )),
            "cluster_logical_timestamp" => {
                let ns = i128::from(self.now.unix_us(self.cluster.epoch_us)) * 1_000;
                Value::Decimal(crate::base::Decimal::new(
                    ns.saturating_mul(10_000_000_000),
                    10,
                ))
            }
            _ => match args {
                [Value::Text(name)] => {
                    settings::find(name).map_or(Value::Null, |s| Value::text(s.default))
                }
                _ => Value::Null,
            },
        })
    }
}
