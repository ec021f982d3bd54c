//! Schemas, types, views and sequences, as far as jobs know of them: their names, and the jobs of the
//! statements that change them. reference: cockroachdb-jobs 1.3, 4.3

use super::super::grammar::{Drop, ObjectKind, RoleSpec, Statement, TypeAction};
use super::super::jobs::{Change, New, Schema, Spec};
use super::super::{Cockroach, Cx, errors};
use super::ddl::bare;
use super::{Call, Outcome, tag};
use crate::base::{Error, Result};
use crate::cluster::TableIx;
use crate::sql::{Name, Path};
use std::rc::Rc;

/// A name in the catalog that is no table's, database's or index's.
#[derive(Clone, Debug, Hash)]
pub struct Object {
    pub tenant: crate::cluster::TenantIx,
    /// `SCHEMA`, `TYPE`, `VIEW`, `SEQUENCE`
    pub kind: &'static str,
    pub database: Rc<str>,
    pub name: Rc<str>,
    /// Of an enumeration.
    pub values: Vec<Rc<str>>,
}

impl Cockroach {
    fn object_at(&self, call: &Call, kind: ObjectKind, path: &Path) -> Option<usize> {
        let database = database_of(call, kind, path);
        self.objects.iter().position(|o| {
            o.tenant == call.tenant
                && o.kind == kind.word()
                && *o.database == *database
                && *o.name == *path.last()
        })
    }

    pub(crate) fn create_object(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        kind: ObjectKind,
        path: &Path,
        if_not_exists: bool,
        values: Vec<Rc<str>>,
    ) -> Result<Outcome> {
        let done = format!("CREATE {}", kind.word());
        let database = database_of(call, kind, path);
        if self.database(call.tenant, &database).is_none() {
            return Err(errors::no_database(&database));
        }
        self.need(
            cx,
            call,
            &database,
            "CREATE",
            &format!("database {database}"),
        )?;
        let relation = matches!(kind, ObjectKind::View | ObjectKind::Sequence);
        let parts = path.values();
        let taken = self.object_at(call, kind, path).is_some()
            || relation
                && self
                    .resolve(cx.cluster, call.tenant, &call.database, &parts)
                    .is_some();
        if taken {
            if if_not_exists {
                return tag(done);
            }
            let (what, code) = match kind {
                ObjectKind::Schema => ("schema", "42P06"),
                ObjectKind::Type => ("type", "42710"),
                _ => ("relation", "42P07"),
            };
            return Err(errors::exists(what, path.last(), code));
        }
        self.objects.push(Object {
            tenant: call.tenant,
            kind: kind.word(),
            database: Rc::from(database),
            name: Rc::from(path.last()),
            values,
        });
        cx.cluster.changes += 1;
        tag(done)
    }

    pub(crate) fn drop_others(&mut self, cx: &mut Cx, call: &Call, d: &Drop) -> Result<Outcome> {
        let done = format!("DROP {}", d.object.word());
        let mut full = Vec::new();
        for name in &d.names {
            match self.object_at(call, d.object, &name.name) {
                Some(at) => {
                    let o = self.objects.remove(at);
                    full.push(match d.object {
                        ObjectKind::Schema => format!("{}.{}", o.database, o.name),
                        _ => format!("{}.public.{}", o.database, o.name),
                    });
                }
                None if d.if_exists => {}
                None => return Err(missing(d.object, name.name.last())),
            }
        }
        if full.is_empty() {
            return tag(done);
        }
        let description = format!("{done} {}", full.join(", "));
        let new = self.object_job(cx, call, description);
        self.launch_ddl(cx, call, vec![new], &done, None)
    }

    pub(crate) fn rename_other(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        object: ObjectKind,
        name: &Path,
        to: &Path,
        if_exists: bool,
    ) -> Result<Outcome> {
        let done = format!("RENAME {}", object.word());
        let Some(at) = self.object_at(call, object, name) else {
            if if_exists {
                return tag(done);
            }
            return Err(missing(object, name.last()));
        };
        if let Some(o) = self.objects.get_mut(at) {
            o.name = Rc::from(to.last());
        }
        let described = Statement::Rename {
            object,
            name: full_path(call, object, name),
            to: to.clone(),
            if_exists: false,
        };
        let new = self.object_job(cx, call, described.to_string());
        self.launch_ddl(cx, call, vec![new], &done, None)
    }

    /// Only the removal of a value can be undone. reference 4.3
    pub(crate) fn alter_type(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &Path,
        action: &TypeAction,
    ) -> Result<Outcome> {
        let Some(at) = self.object_at(call, ObjectKind::Type, name) else {
            return Err(missing(ObjectKind::Type, name.last()));
        };
        let Some(o) = self.objects.get_mut(at) else {
            return tag("ALTER TYPE");
        };
        let place = |values: &[Rc<str>], value: &str| values.iter().position(|v| **v == *value);
        let no_value =
            |value: &str| errors::wrong(format!("enum value \"{value}\" does not exist"), "42704");
        let mut undoable = false;
        match action {
            TypeAction::AddValue {
                value,
                if_not_exists,
            } => {
                if place(&o.values, &value.value).is_some() {
                    if *if_not_exists {
                        return tag("ALTER TYPE");
                    }
                    return Err(errors::wrong(
                        format!("enum value \"{}\" already exists", value.value),
                        "42710",
                    ));
                }
                o.values.push(Rc::from(value.value.as_str()));
            }
            TypeAction::DropValue(value) => {
                let at = place(&o.values, &value.value).ok_or_else(|| no_value(&value.value))?;
                o.values.remove(at);
                undoable = true;
            }
            TypeAction::RenameValue { value, to } => {
                let at = place(&o.values, &value.value).ok_or_else(|| no_value(&value.value))?;
                if let Some(v) = o.values.get_mut(at) {
                    *v = Rc::from(to.value.as_str());
                }
            }
        }
        let described = Statement::AlterType {
            name: full_path(call, ObjectKind::Type, name),
            action: action.clone(),
        };
        let mut new = self.object_job(cx, call, described.to_string());
        new.kind = "TYPEDESC SCHEMA CHANGE";
        new.statement = String::new();
        if undoable {
            new.machine = self.machine();
        }
        self.launch_ddl(cx, call, vec![new], "ALTER TYPE", None)
    }

    pub(crate) fn change_owner(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        object: ObjectKind,
        name: &Path,
        owner: &RoleSpec,
    ) -> Result<Outcome> {
        let done = format!("ALTER {}", object.word());
        let new = self.role_name(call, owner);
        if !self.user_exists(cx.cluster, call.tenant, &new) {
            return Err(errors::wrong(
                format!("role/user \"{new}\" does not exist"),
                "42704",
            ));
        }
        let (table, full) = match object {
            ObjectKind::Table => {
                let table = self.writable(cx, call, name, "CREATE")?;
                (table, self.full_name(cx, table))
            }
            ObjectKind::Database => {
                let name = name.last();
                if self.database(call.tenant, name).is_none() {
                    return Err(errors::no_database(name));
                }
                (TableIx(u32::MAX), name.to_owned())
            }
            _ => {
                if self.object_at(call, object, name).is_none() {
                    return Err(missing(object, name.last()));
                }
                (TableIx(u32::MAX), name.values().join("."))
            }
        };
        let key = (call.tenant, Rc::from(full.as_str()));
        let owned = self
            .rights
            .owners
            .get(&key)
            .is_some_and(|o| **o == *call.user);
        if !owned {
            self.need_admin(cx, call, |user| {
                errors::refused(format!("user {user} does not own this object"))
            })?;
        }
        for d in self.databases.iter_mut() {
            if object == ObjectKind::Database && d.tenant == call.tenant && *d.name == *full {
                d.owner = Rc::from(new.as_str());
            }
        }
        if new == "root" {
            self.rights.owners.remove(&key);
        } else {
            self.rights.owners.insert(key, Rc::from(new.as_str()));
        }
        let word = object.word();
        let description = format!("ALTER {word} {full} OWNER TO {new}");
        let job = self.firm_job(cx, call, table, Change::Descriptors, description);
        self.launch_ddl(cx, call, vec![job], &done, None)
    }

    /// A job that changes descriptors other than a table's, and cannot be cancelled.
    pub(crate) fn object_job(&self, cx: &Cx, call: &Call, description: String) -> New {
        let none = TableIx(u32::MAX);
        let mut new = self.firm_job(cx, call, none, Change::Descriptors, description);
        if new.kind == "SCHEMA CHANGE" {
            new.spec = Spec::Schema(Schema {
                table: none,
                change: Change::Descriptors,
                declarative: false,
            });
        }
        new
    }
}

fn missing(kind: ObjectKind, name: &str) -> Error {
    match kind {
        ObjectKind::Schema => errors::wrong(format!("unknown schema \"{name}\""), "3F000"),
        ObjectKind::Type => errors::wrong(format!("type \"{name}\" does not exist"), "42704"),
        _ => errors::no_relation(name),
    }
}

/// The database that a name means: its first part, if it has one before the schema.
fn database_of(call: &Call, kind: ObjectKind, path: &Path) -> String {
    let parts = path.values();
    match (kind, parts.as_slice()) {
        (ObjectKind::Schema, [database, _]) | (_, [database, _, _]) => (*database).to_owned(),
        (_, [first, _]) if *first != "public" && kind != ObjectKind::Schema => (*first).to_owned(),
        _ => call.database.to_string(),
    }
}

fn full_path(call: &Call, kind: ObjectKind, path: &Path) -> Path {
    let database = database_of(call, kind, path);
    let mut parts: Vec<Name> = vec![bare(&database)];
    if kind != ObjectKind::Schema {
        parts.push(bare("public"));
    }
    parts.push(bare(path.last()));
    Path {
        parts,
        span: path.span,
    }
}
