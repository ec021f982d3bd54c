//! SHOW statements that list something other than jobs.

use super::super::grammar::{GrantObject, RoleSpec, Show, ShowGrants};
use super::super::listings;
use super::super::settings;
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome, rows};
use crate::base::{Error, ErrorKind, Result, Type, Value};

/// Session variables with their defaults; others are unknown.
pub const VARIABLES: &[(&str, &str)] = &[
    ("allow_unsafe_internals", "off"),
    ("application_name", "$ cockroach sql"),
    ("autocommit_before_ddl", "on"),
    ("bytea_output", "hex"),
    ("client_encoding", "UTF8"),
    ("create_table_with_schema_locked", "on"),
    ("database", ""),
    ("datestyle", "ISO, MDY"),
    ("default_transaction_isolation", "serializable"),
    ("default_transaction_read_only", "off"),
    ("enable_experimental_alter_column_type_general", "on"),
    ("extra_float_digits", "1"),
    ("intervalstyle", "postgres"),
    ("lock_timeout", "0"),
    ("search_path", "\"$user\", public"),
    ("server_version", "13.0.0"),
    ("session_user", ""),
    ("sql_safe_updates", "on"),
    ("statement_timeout", "0"),
    ("timezone", "UTC"),
    ("transaction_isolation", "serializable"),
    ("transaction_status", ""),
    ("use_declarative_schema_changer", "on"),
    ("vectorize", "on"),
];

impl Cockroach {
    pub(crate) fn show(&mut self, cx: &mut Cx, call: &Call, s: &Show) -> Result<Outcome> {
        match s {
            Show::Databases { .. } => self.show_databases(call),
            Show::Schemas { database } => {
                let db = database.as_ref().map_or(&*call.database, |n| &n.value);
                if self.database(call.tenant, db).is_none() {
                    return Err(errors::no_database(db));
                }
                let list = [
                    "crdb_internal",
                    "information_schema",
                    "pg_catalog",
                    "pg_extension",
                    "public",
                ]
                .iter()
                .map(|s| {
                    let owner = match *s {
                        "public" => Value::text("admin"),
                        _ => Value::Null,
                    };
                    vec![Value::text(s), owner]
                })
                .collect();
                rows(listings::result(
                    &[("schema_name", Type::Text), ("owner", Type::Text)],
                    list,
                ))
            }
            Show::Tables { from, .. } => self.show_tables(cx, call, from.as_ref()),
            Show::Columns { table, .. } => self.show_columns(cx, call, table),
            Show::Indexes { table } => self.show_indexes(cx, call, table),
            Show::Create { name, .. } => self.show_create(cx, call, name),
            Show::Users => self.show_users(cx, call, false),
            Show::Roles => self.show_users(cx, call, true),
            Show::Grants(g) => self.show_grants(cx, call, g),
            Show::SystemGrants { grantees } => self.show_system_grants(call, grantees),
            Show::ClusterSetting { name } => self.show_setting(call, &name.value),
            Show::ClusterSettings { .. } => self.show_settings(call),
            Show::Variable { name } => self.show_variable(cx, call, &name.value),
            Show::Backups { collection } => self.show_backups(cx, call, collection),
            Show::Backup {
                detail,
                subdir,
                location,
                options,
            } => self.show_backup(cx, call, *detail, subdir.as_ref(), location, options),
            Show::Ranges { of, database } => {
                self.show_ranges(cx, call, of.as_ref(), database.as_ref().map(|n| &*n.value))
            }
            Show::Sessions => self.show_sessions(cx, call),
            Show::Statements => self.show_statements(cx, call),
            Show::ZoneConfigurations => self.show_zones(call),
            Show::Constraints { table } => self.show_constraints(cx, call, table),
            Show::Sequences { .. } => rows(listings::result(
                &[
                    ("sequence_schema", Type::Text),
                    ("sequence_name", Type::Text),
                ],
                Vec::new(),
            )),
            Show::InspectErrors { .. } => rows(listings::result(
                &[
                    ("error_type", Type::Text),
                    ("database_name", Type::Text),
                    ("schema_name", Type::Text),
                    ("table_name", Type::Text),
                    ("primary_key", Type::Text),
                    ("job_id", Type::Int),
                    ("aost", Type::Timestamp),
                ],
                Vec::new(),
            )),
            Show::LogicalReplicationJobs { .. } => self.show_logical(cx, call),
            Show::ZoneConfiguration(target) => self.show_zone(cx, call, target),
            Show::Statistics { table } => self.show_statistics(cx, call, table),
            Show::VirtualClusters {
                name,
                replication_status,
            } => self.show_virtual_clusters(cx, call, name.as_ref(), *replication_status),
        }
    }

    pub(crate) fn show_databases(&self, call: &Call) -> Result<Outcome> {
        let mut list: Vec<(&str, &str)> = self
            .databases
            .iter()
            .filter(|d| d.tenant == call.tenant)
            .map(|d| (&*d.name, &*d.owner))
            .collect();
        list.push(("system", "node"));
        crate::base::sort::sort(&mut list);
        if !self.profile.requests {
            return rows(listings::result(
                &[("database_name", Type::Text)],
                list.iter().map(|(n, _)| vec![Value::text(n)]).collect(),
            ));
        }
        let list = list
            .iter()
            .map(|(n, owner)| {
                vec![
                    Value::text(n),
                    Value::text(owner),
                    Value::Null,
                    Value::Null,
                    Value::Array(Vec::new().into()),
                    Value::Null,
                ]
            })
            .collect();
        rows(listings::result(
            &[
                ("database_name", Type::Text),
                ("owner", Type::Text),
                ("primary_region", Type::Text),
                ("secondary_region", Type::Text),
                ("regions", Type::TextArray),
                ("survival_goal", Type::Text),
            ],
            list,
        ))
    }

    /// SHOW USERS, and SHOW ROLES, which v2.1 tells from them.
    pub(crate) fn show_users(&self, cx: &Cx, call: &Call, roles: bool) -> Result<Outcome> {
        let mut names: Vec<std::rc::Rc<str>> = cx
            .cluster
            .users
            .iter()
            .filter(|u| u.tenant == call.tenant && !u.name.is_empty())
            .map(|u| u.name.clone())
            .collect();
        names.push("admin".into());
        crate::base::sort::sort(&mut names);
        if !self.profile.requests {
            self.need_admin(cx, call, |_| {
                errors::refused("user does not have SELECT privilege on relation users")
            })?;
            return rows(listings::result(
                &[(if roles { "role_name" } else { "user_name" }, Type::Text)],
                names
                    .into_iter()
                    .filter(|n| {
                        let key = (call.tenant, n.clone());
                        roles == (&**n == "admin" || self.rights.no_login.contains(&key))
                    })
                    .map(|n| vec![Value::Text(n)])
                    .collect(),
            ));
        }
        let list = names
            .into_iter()
            .map(|name| {
                let key = (call.tenant, name.clone());
                let mut options: Vec<Value> = self
                    .rights
                    .options
                    .get(&key)
                    .into_iter()
                    .flatten()
                    .map(|o| Value::Text(o.clone()))
                    .collect();
                if self.rights.no_login.contains(&key) || &*name == "admin" {
                    options.push(Value::text("NOLOGIN"));
                }
                let mut roles: Vec<Value> = self
                    .rights
                    .members
                    .get(&key)
                    .into_iter()
                    .flatten()
                    .map(|r| Value::Text(r.clone()))
                    .collect();
                if roles.is_empty()
                    && self.is_admin(cx.cluster, call.tenant, &name)
                    && &*name != "admin"
                {
                    roles.push(Value::text("admin"));
                }
                vec![
                    Value::Text(name),
                    Value::Array(options.into()),
                    Value::Array(roles.into()),
                    Value::Null,
                ]
            })
            .collect();
        rows(listings::result(
            &[
                ("username", Type::Text),
                ("options", Type::TextArray),
                ("member_of", Type::TextArray),
                ("estimated_last_login_time", Type::TimestampTz),
            ],
            list,
        ))
    }

    pub(crate) fn show_grants(&self, cx: &Cx, call: &Call, g: &ShowGrants) -> Result<Outcome> {
        let wanted: Vec<String> = g.grantees.iter().map(|r| self.role_name(call, r)).collect();
        let shown = |user: &str| wanted.is_empty() || wanted.iter().any(|w| w == user);
        if let GrantObject::Roles(roles) = &g.on {
            let mut list = Vec::new();
            // root is in admin from the start.
            if (roles.is_empty() || roles.iter().any(|r| r.value == "admin")) && shown("root") {
                list.push(vec![
                    Value::text("admin"),
                    Value::text("root"),
                    Value::Bool(true),
                ]);
            }
            for ((tenant, user), of) in &self.rights.members {
                for role in of {
                    let named = roles.is_empty() || roles.iter().any(|r| *r.value == **role);
                    if *tenant == call.tenant && named && shown(user) && &**user != "root" {
                        list.push(vec![
                            Value::Text(role.clone()),
                            Value::Text(user.clone()),
                            Value::Bool(false),
                        ]);
                    }
                }
            }
            return rows(listings::result(
                &[
                    ("role_name", Type::Text),
                    ("member", Type::Text),
                    ("is_admin", Type::Bool),
                ],
                list,
            ));
        }
        let objects = match &g.on {
            GrantObject::Anything => None,
            on => Some(self.granted_objects(cx, call, on)?),
        };
        let new = self.profile.requests;
        let databases = matches!(g.on, GrantObject::Databases(_));
        let mut list: Vec<String> = Vec::new();
        let mut grant = |object: &str, user: &str, privilege: &str| {
            // v2.1 has a database's privileges with each of its schemas.
            let schemas: &[&str] = match new || object.contains('.') {
                true => &[""],
                false => &[
                    ".crdb_internal",
                    ".information_schema",
                    ".pg_catalog",
                    ".public",
                ],
            };
            if shown(user) {
                list.extend(
                    schemas
                        .iter()
                        .map(|s| [object, s, "\0", user, "\0", privilege].concat()),
                );
            }
        };
        for object in objects.iter().flatten() {
            grant(object, "admin", "ALL");
            grant(object, "root", "ALL");
            if new && databases {
                grant(object, "public", "CONNECT");
            }
        }
        for ((tenant, user, object), privileges) in &self.rights.objects {
            if *tenant == call.tenant && objects.as_ref().is_none_or(|o| o.contains(object)) {
                for p in privileges {
                    grant(object, user, p);
                }
            }
        }
        crate::base::sort::sort(&mut list);
        let any = matches!(g.on, GrantObject::Anything);
        let all = [
            ("database_name", Type::Text),
            ("schema_name", Type::Text),
            (
                if new && any {
                    "object_name"
                } else {
                    "table_name"
                },
                Type::Text,
            ),
            ("object_type", Type::Text),
            ("grantee", Type::Text),
            ("privilege_type", Type::Text),
            ("is_grantable", Type::Bool),
        ];
        let kept = |i: &usize| match i {
            1 => !new || !databases,
            2 => !databases,
            3 => new && any,
            6 => new,
            _ => true,
        };
        let list = list
            .iter()
            .map(|row| {
                let mut parts = row.split('\0');
                let object = parts.next().unwrap_or("");
                let mut names = object.split('.');
                let mut name = || names.next().map_or(Value::Null, Value::text);
                let user = parts.next().unwrap_or("");
                let row = [
                    name(),
                    name(),
                    name(),
                    Value::text(if object.contains('.') {
                        "table"
                    } else {
                        "database"
                    }),
                    Value::text(user),
                    parts.next().map_or(Value::Null, Value::text),
                    Value::Bool(matches!(user, "admin" | "root")),
                ];
                row.into_iter()
                    .enumerate()
                    .filter(|(i, _)| kept(i))
                    .map(|(_, v)| v)
                    .collect()
            })
            .collect();
        let columns: Vec<_> = all
            .into_iter()
            .enumerate()
            .filter(|(i, _)| kept(i))
            .map(|(_, c)| c)
            .collect();
        rows(listings::result(&columns, list))
    }

    pub(crate) fn show_system_grants(&self, call: &Call, grantees: &[RoleSpec]) -> Result<Outcome> {
        let wanted: Vec<String> = grantees.iter().map(|r| self.role_name(call, r)).collect();
        let list = self
            .rights
            .system
            .iter()
            .filter(|((t, u), _)| {
                *t == call.tenant && (wanted.is_empty() || wanted.iter().any(|w| **w == **u))
            })
            .flat_map(|((_, user), set)| {
                set.iter().map(|p| {
                    vec![
                        Value::Text(user.clone()),
                        Value::Text(p.clone()),
                        Value::Bool(false),
                    ]
                })
            })
            .collect();
        rows(listings::result(
            &[
                ("grantee", Type::Text),
                ("privilege_type", Type::Text),
                ("is_grantable", Type::Bool),
            ],
            list,
        ))
    }

    pub(crate) fn show_setting(&self, call: &Call, name: &str) -> Result<Outcome> {
        let Some(s) = self.known_settings().find(|s| s.name == name) else {
            return Err(
                Error::new(ErrorKind::Name, format!("unknown setting: \"{name}\""))
                    .sqlstate("42704"),
            );
        };
        let text = self.setting(call.tenant, s.name);
        let value = match s.kind {
            settings::Kind::Int => Value::Int(text.parse().unwrap_or(0)),
            settings::Kind::Duration => {
                let us = settings::duration(text).unwrap_or_default().0;
                let value = Value::Interval(i64::try_from(us).unwrap_or(i64::MAX));
                // A setting's hours are no days.
                match self.profile.requests {
                    true => {
                        Value::text(crate::query::Format::PLAIN.text(&value).unwrap_or_default())
                    }
                    false => value,
                }
            }
            _ => Value::text(text),
        };
        let ty = value.type_of();
        let mut set = listings::result(&[("value", ty)], vec![vec![value]]);
        if let Some(c) = set.columns.first_mut() {
            c.name = name.to_string().into();
        }
        rows(set)
    }

    pub(crate) fn show_settings(&self, call: &Call) -> Result<Outcome> {
        let list = self
            .known_settings()
            .map(|s| {
                vec![
                    Value::text(s.name),
                    Value::text(self.setting(call.tenant, s.name)),
                    Value::text(s.kind.letter()),
                    Value::text(s.description),
                ]
            })
            .collect();
        rows(listings::result(
            &[
                ("variable", Type::Text),
                ("value", Type::Text),
                ("setting_type", Type::Text),
                ("description", Type::Text),
            ],
            list,
        ))
    }

    pub(crate) fn show_variable(&self, cx: &Cx, call: &Call, name: &str) -> Result<Outcome> {
        let name = name.to_ascii_lowercase();
        let value = |n: &str| -> String {
            let own = cx
                .session(call.session)
                .and_then(|s| s.settings.get(n).cloned());
            match (n, own) {
                (_, Some(v)) => v.to_string(),
                ("database", _) => call.database.to_string(),
                ("session_user", _) => call.user.to_string(),
                ("transaction_status", _) => {
                    let open = cx.session(call.session).map_or("", |s| s.transaction);
                    match open {
                        "OPEN" => "Open".to_string(),
                        "ERROR" => "Aborted".to_string(),
                        _ => "NoTxn".to_string(),
                    }
                }
                (n, _) => VARIABLES
                    .iter()
                    .find(|(v, _)| *v == n)
                    .map_or(String::new(), |(_, d)| d.to_string()),
            }
        };
        if name == "all" {
            let list = VARIABLES
                .iter()
                .map(|(n, _)| vec![Value::text(n), Value::text(value(n))])
                .collect();
            return rows(listings::result(
                &[("variable", Type::Text), ("value", Type::Text)],
                list,
            ));
        }
        if !VARIABLES.iter().any(|(n, _)| *n == name) {
            return Err(errors::wrong(
                format!("unrecognized configuration parameter \"{name}\""),
                "42704",
            ));
        }
        let mut set = listings::result(&[("v", Type::Text)], vec![vec![Value::text(value(&name))]]);
        if let Some(c) = set.columns.first_mut() {
            c.name = name.into();
        }
        rows(set)
    }
}
