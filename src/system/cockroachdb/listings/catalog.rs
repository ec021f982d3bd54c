//! What queries find by name: sources in brackets, the product's own views, users' tables.

use super::super::transactions::Transaction;
use super::super::{Cockroach, errors, settings};
use super::{JobTable, Layout, Which, fraction, int, open_listing, table};
use crate::base::{Result, Row, Time, Type, Value};
use crate::cluster::{Cluster, JobIx, TableIx, TableState};
use crate::query::{Catalog, Relation, Signature, Table};
use crate::sql::query::SOURCE_PREFIX;
use crate::system::Session;
use std::cell::Cell;
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
    /// Ids and UUIDs that the statement has made.
    pub made: Cell<u32>,
}

impl Names<'_> {
    /// All jobs that the session may see, or those among them that say what they are doing.
    fn jobs(&self, layout: Layout, telling: bool) -> Result<Rc<dyn Relation + '_>> {
        let tenant = self.session.tenant;
        let eyes = self.rules.eyes(self.cluster, tenant, &self.session.user)?;
        let mut jobs = self
            .rules
            .listed_jobs(self.cluster, tenant, &eyes, Which::All, self.now);
        let tells = |ix| (self.rules.payload(ix)).is_some_and(|p| !p.running_status.is_empty());
        jobs.retain(|ix| !telling || tells(*ix));
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

    fn made(&self) -> u32 {
        self.made.set(self.made.get().wrapping_add(1));
        self.made.get()
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
                    .jobs(self.rules.profile.internal_listing(), false)
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
        if let Some(layout) = self.rules.profile.system_table(name) {
            self.guard()?;
            self.admins_only(name)?;
            return self.jobs(layout, name == "job_status").map(Some);
        }
        Ok(Some(match name {
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
            "job_message" | "job_progress_history" if self.rules.profile.internals_guarded => {
                self.guard()?;
                self.admins_only(name)?;
                Rc::new(self.told_of_all(name == "job_message"))
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
                    Value::text(self.rules.setting(self.session.tenant, s.name)),
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
                    .chain(self.columns_of_views(database))
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

    /// The views of jobs in information_schema, as its own listing of columns has them.
    fn columns_of_views(&self, database: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        if !self.rules.profile.internals_guarded {
            return rows;
        }
        for view in ["crdb_jobs", "crdb_jobs_with_progress"] {
            for (i, (name, ty, _)) in open_listing(view).into_iter().flatten().enumerate() {
                rows.push(vec![
                    Value::text(database),
                    Value::text("information_schema"),
                    Value::text(view),
                    Value::text(name),
                    int(i as u64 + 1),
                    Value::text("YES"),
                    Value::text(match ty {
                        Type::Int => "bigint",
                        Type::Float => "double precision",
                        Type::Decimal => "numeric",
                        Type::TimestampTz => "timestamp with time zone",
                        _ => "text",
                    }),
                ]);
            }
        }
        rows
    }

    /// What a job has gone through, the newest first. reference 2.1
    fn told_of(&self, messages: bool, id: &Value) -> Table {
        let mut rows = Vec::new();
        let tenant = self.session.tenant;
        let eyes = self.rules.eyes(self.cluster, tenant, &self.session.user);
        if let (Value::Int(id), Ok(eyes)) = (id, eyes)
            && let Some(&ix) = self.rules.ids.get(&(tenant, *id))
            && let Some(job) = self.cluster.job(ix)
            && eyes.see(&job.owner)
        {
            let at = |t: Time| Value::TimestampTz(t.unix_us(self.cluster.epoch_us));
            if messages {
                for step in self.cluster.history(job).iter().rev() {
                    rows.push(vec![
                        at(step.at),
                        Value::text("state"),
                        Value::text(step.status),
                    ]);
                }
            } else {
                let wrote = self.rules.payload(ix).map_or(job.created, |p| p.wrote);
                rows.push(vec![
                    at(job.finished.unwrap_or(wrote)),
                    fraction(job.fraction_ppm),
                    Value::Null,
                ]);
            }
        }
        let columns: &[(&'static str, Type)] = match messages {
            true => &[
                ("recorded", Type::TimestampTz),
                ("kind", Type::Text),
                ("message", Type::Text),
            ],
            false => &[
                ("recorded", Type::TimestampTz),
                ("progress_fraction", Type::Float),
                ("resolved", Type::Decimal),
            ],
        };
        table(columns, rows)
    }

    /// The same of every job, as the tables have it that those functions read.
    fn told_of_all(&self, messages: bool) -> Table {
        let mut rows = Vec::new();
        for (tenant, id) in self.rules.ids.keys() {
            if *tenant != self.session.tenant {
                continue;
            }
            let id = Value::Int(*id);
            let told = self.told_of(messages, &id).rows.into_iter();
            rows.extend(told.map(|mut row| {
                row.insert(0, id.clone());
                row
            }));
        }
        let written = ("written", Type::TimestampTz);
        let job = ("job_id", Type::Int);
        match messages {
            true => table(
                &[job, written, ("kind", Type::Text), ("message", Type::Text)],
                rows,
            ),
            false => {
                let resolved = ("resolved", Type::Decimal);
                table(&[job, written, ("fraction", Type::Float), resolved], rows)
            }
        }
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
        if let ["information_schema", name] | [_, "information_schema", name] = parts.as_slice()
            && self.rules.profile.internals_guarded
            && let Some(layout) = open_listing(name)
        {
            return self.jobs(layout, false).map(Some);
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

    fn table_function<'c>(
        &'c self,
        name: &str,
        args: &[Value],
    ) -> Result<Option<Rc<dyn Relation + 'c>>> {
        if !self.rules.profile.internals_guarded {
            return Ok(None);
        }
        let messages = match name.strip_prefix("information_schema.") {
            Some("crdb_job_messages") => true,
            Some("crdb_job_progress_history") => false,
            _ => return Ok(None),
        };
        Ok(match args {
            [id] => Some(Rc::new(self.told_of(messages, id))),
            _ => None,
        })
    }

    fn function(&self, name: &str) -> Option<Signature> {
        let (params, returns) = match name {
            "crdb_internal.node_id" => ("", Type::Int),
            "cluster_logical_timestamp" => ("", Type::Decimal),
            "unique_rowid" => ("", Type::Int),
            "gen_random_uuid" | "uuid_v4" => ("", Type::Text),
            "pg_sleep" => ("x", Type::Bool),
            "hlc_to_timestamp" => ("x", Type::TimestampTz),
            "crdb_internal.cluster_id" => ("", Type::Text),
            "crdb_internal.cluster_setting_encoded_default" => ("t", Type::Text),
            _ => return None,
        };
        Some(Signature { params, returns })
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value> {
        Ok(match name {
            "crdb_internal.node_id" => Value::Int(i64::from(self.session.node.0) + 1),
            "unique_rowid" => {
                let us = self.now.unix_us(self.cluster.epoch_us);
                let first = super::super::ids::compose(us, self.session.node);
                Value::Int(first.saturating_add(i64::from(self.made()) << 15))
            }
            "gen_random_uuid" | "uuid_v4" => {
                let seed = self.cluster.seed ^ self.now.0.rotate_left(20);
                Value::text(uuid(seed, u64::from(self.made())))
            }
            "crdb_internal.cluster_id" => Value::text(uuid(self.cluster.seed, 0)),
            // A query takes no time here.
            "pg_sleep" => Value::Bool(true),
            "hlc_to_timestamp" => match args {
                [Value::Decimal(d)] => {
                    let ns = d.mantissa / 10i128.pow(u32::from(d.scale.min(30)));
                    i64::try_from(ns / 1_000).map_or(Value::Null, Value::TimestampTz)
                }
                _ => Value::Null,
            },
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

/// A UUID of version 4 from what makes it differ from others.
pub fn uuid(seed: u64, n: u64) -> String {
    let mut rng = crate::base::Rng::new(seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15), "uuid");
    let (a, b) = (rng.next_u64(), rng.next_u64());
    let c = b & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        c >> 48,
        c & 0xffff_ffff_ffff
    )
}
