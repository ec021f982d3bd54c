//! ALTER TABLE: each action is a job of its own. reference: cockroachdb-jobs 1.3, 4.2

use super::super::grammar::{AlterAction, AlterTable, ConstraintKind, Statement, TypeName};
use super::super::jobs::{Change, Schema};
use super::super::names::Generated;
use super::super::{Cockroach, Cx, errors};
use super::ddl::{column, unique_index};
use super::{Call, Outcome, tag};
use crate::base::{Result, Value};
use crate::cluster::{ColumnDef, TableIx};
use crate::sql::Name;
use std::rc::Rc;

impl Cockroach {
    pub(crate) fn alter_table(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        a: &AlterTable,
    ) -> Result<Outcome> {
        let table = match self.writable(cx, call, &a.table, "CREATE") {
            Ok(t) => t,
            Err(e) if a.if_exists && e.sqlstate == "42P01" => return tag("ALTER TABLE"),
            Err(e) => return Err(e),
        };
        let path = self.full_path(cx, table);
        let mut jobs = Vec::new();
        for action in &a.actions {
            let described = AlterTable {
                table: path.clone(),
                if_exists: false,
                actions: vec![action.clone()],
            };
            let description = Statement::AlterTable(Box::new(described)).to_string();
            let change = self.change_of(cx, call, table, action);
            if change.is_err() {
                // Nothing of the statement comes to be.
                self.forget_ttl_next(table);
            }
            if let Some(change) = change? {
                let firm = matches!(change, Change::Descriptors);
                jobs.push(if firm {
                    self.firm_job(cx, call, table, change, description)
                } else {
                    self.schema_job(cx, call, table, change, description)
                });
            }
        }
        self.launch_ddl(cx, call, jobs, "ALTER TABLE", None)
    }

    /// What an action of ALTER TABLE is to its job; `None`: nothing is to be done.
    pub(crate) fn change_of(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        table: TableIx,
        action: &AlterAction,
    ) -> Result<Option<Change>> {
        self.keep_expiration(cx, table, action)?;
        Ok(Some(match action {
            AlterAction::AddColumn {
                column: c,
                if_not_exists,
            } => {
                if self.column_of(cx, table, &c.name.value).is_ok() {
                    if *if_not_exists {
                        return Ok(None);
                    }
                    let name = cx.cluster.table(table).map(|t| t.name.clone());
                    return Err(errors::wrong(
                        format!(
                            "column \"{}\" of relation \"{}\" already exists",
                            c.name.value,
                            name.as_deref().unwrap_or("")
                        ),
                        "42701",
                    ));
                }
                let default = match &c.default {
                    None => None,
                    Some(d) => Some(self.scalar(cx, call, d)?.0),
                };
                if c.not_null && default.is_none() {
                    let now = cx.now();
                    let rows = cx.cluster.table(table).map_or(0, |t| t.data.count(now));
                    if rows > 0 {
                        return Err(errors::wrong(
                            format!(
                                "null value in column \"{}\" violates not-null constraint",
                                c.name.value
                            ),
                            "23502",
                        ));
                    }
                }
                Change::AddColumn(column(c), default)
            }
            AlterAction::DropColumn {
                name, if_exists, ..
            } => {
                let at = match self.column_of(cx, table, &name.value) {
                    Ok(at) => at,
                    Err(_) if *if_exists => return Ok(None),
                    Err(e) => return Err(e),
                };
                let in_key = cx.cluster.table(table).is_some_and(|t| t.key.contains(&at));
                if in_key {
                    return Err(errors::wrong(
                        format!("column \"{}\" is referenced by the primary key", name.value),
                        "42P10",
                    ));
                }
                Change::DropColumn(Rc::from(name.value.as_str()))
            }
            AlterAction::AddConstraint(c) => match &c.kind {
                ConstraintKind::Unique(columns) => {
                    for column in columns {
                        self.column_of(cx, table, &column.value)?;
                    }
                    let index = unique_index(columns, c.name.clone());
                    Change::AddIndex(self.index_entry(cx, table, &index, false))
                }
                kind => {
                    let name = self.constraint_name(cx, table, c.name.as_ref(), made_of(kind));
                    if !self.constraints.insert((table, Rc::from(name.as_str()))) {
                        return Err(errors::wrong(
                            format!("duplicate constraint name: \"{name}\""),
                            "42710",
                        ));
                    }
                    Change::Descriptors
                }
            },
            AlterAction::RenameColumn { name, to } => {
                let at = self.column_of(cx, table, &name.value)?;
                if self.column_of(cx, table, &to.value).is_ok() {
                    return Err(errors::wrong(
                        format!("column name \"{}\" already exists", to.value),
                        "42701",
                    ));
                }
                self.rename_column(cx, table, at, &to.value);
                self.rename_in_ttl(table, &name.value, &to.value);
                Change::Descriptors
            }
            AlterAction::SetNotNull { column: c, on } => {
                let at = self.column_of(cx, table, &c.value)?;
                self.edit_columns(cx, table, |columns| {
                    if let Some(c) = columns.get_mut(at) {
                        c.nullable = !on;
                    }
                });
                Change::Descriptors
            }
            AlterAction::SetDefault { column: c, value } => {
                self.column_of(cx, table, &c.value)?;
                match value {
                    Some(value) => self.set_default(cx, call, table, &c.value, value),
                    None => {
                        let key = (table, Rc::from(c.value.as_str()));
                        self.defaults.remove(&key);
                        self.generated.remove(&key);
                    }
                }
                Change::Descriptors
            }
            AlterAction::SetType {
                column: c,
                ty,
                using,
            } => {
                let at = self.column_of(cx, table, &c.value)?;
                self.change_type(cx, table, at, ty, using.is_some())?
            }
            AlterAction::AlterPrimaryKey { columns } => {
                return self.change_key(cx, table, columns);
            }
            AlterAction::DropConstraint { name, if_exists } => {
                match self.known_constraint(cx, table, &name.value) {
                    Err(_) if *if_exists => return Ok(None),
                    Ok(true) => self.drop_constraint(cx, table, &name.value)?,
                    known => {
                        known?;
                        self.constraints
                            .remove(&(table, Rc::from(name.value.as_str())));
                    }
                }
                Change::Descriptors
            }
            AlterAction::RenameConstraint { name, to } => {
                if !self.known_constraint(cx, table, &name.value)? {
                    self.constraints
                        .remove(&(table, Rc::from(name.value.as_str())));
                    self.constraints
                        .insert((table, Rc::from(to.value.as_str())));
                }
                Change::Descriptors
            }
            AlterAction::ValidateConstraint { name } => {
                self.known_constraint(cx, table, &name.value)?;
                Change::Descriptors
            }
            AlterAction::SetStorage(_) | AlterAction::ResetStorage(_) => {
                self.change_ttl(cx, call, table, action)?
            }
        }))
    }

    /// Whether a constraint of a table is an index; the product's error if there is none of the
    /// name.
    fn known_constraint(&self, cx: &Cx, table: TableIx, name: &str) -> Result<bool> {
        if self.constraints.contains(&(table, Rc::from(name))) {
            return Ok(false);
        }
        let of = cx.cluster.table(table).map_or("", |t| &t.name);
        let unique = |i: &super::super::names::Index| i.unique && *i.name == *name;
        if name.strip_suffix("_pkey") == Some(of) || self.indexes_of(table).any(|(_, i)| unique(i))
        {
            return Ok(true);
        }
        Err(errors::wrong(
            format!("constraint \"{name}\" of relation \"{of}\" does not exist"),
            "42704",
        ))
    }

    /// Beyond the reference: `scbuildstmt/alter_table_drop_constraint.go`.
    fn drop_constraint(&self, cx: &Cx, table: TableIx, name: &str) -> Result<()> {
        let of = cx.cluster.table(table).map_or("", |t| &t.name);
        let text = match name.strip_suffix("_pkey") == Some(of) {
            true => "primary key dropped without subsequent addition of new primary key in same transaction".to_owned(),
            false => format!(
                "cannot drop UNIQUE constraint \"{name}\" using ALTER TABLE DROP CONSTRAINT, use DROP INDEX CASCADE instead"
            ),
        };
        Err(errors::wrong(format!("unimplemented: {text}"), "0A000"))
    }

    /// The name of a constraint, or the one that the product makes for it.
    pub(crate) fn constraint_name(
        &self,
        cx: &Cx,
        table: TableIx,
        name: Option<&Name>,
        (check, columns): (&str, &[Name]),
    ) -> String {
        if let Some(name) = name {
            return name.value.clone();
        }
        let Some(t) = cx.cluster.table(table) else {
            return String::new();
        };
        let mut parts = vec![if check.is_empty() { &*t.name } else { "check" }];
        for word in check.split(|c: char| !c.is_alphanumeric() && c != '_') {
            let column = t.columns.iter().find(|c| c.name.eq_ignore_ascii_case(word));
            if let Some(c) = column
                && !parts.iter().skip(1).any(|p| **p == *c.name)
            {
                parts.push(&c.name);
            }
        }
        if check.is_empty() {
            parts.extend(columns.iter().map(|c| c.value.as_str()));
            parts.push("fkey");
        }
        let name = parts.join("_");
        // A check whose name is taken has a number after it.
        let taken = |name: &str| self.constraints.contains(&(table, Rc::from(name)));
        let numbered = (1..100).map(|n| format!("{name}{n}"));
        std::iter::once(name.clone())
            .chain(numbered)
            .find(|n| !taken(n))
            .unwrap_or_default()
    }

    pub(crate) fn set_default(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        table: TableIx,
        column: &str,
        value: &super::super::grammar::Scalar,
    ) {
        let generated = match value.text.trim().to_ascii_lowercase().as_str() {
            "unique_rowid()" => Some(Generated::RowId),
            "gen_random_uuid()" | "uuid_v4()" => Some(Generated::Uuid),
            _ => None,
        };
        if let Some(generated) = generated {
            self.generated.insert((table, Rc::from(column)), generated);
            return;
        }
        self.generated.remove(&(table, Rc::from(column)));
        // A default that cannot be computed here counts as none.
        if let Ok((value, _)) = self.scalar(cx, call, value) {
            self.defaults.insert((table, Rc::from(column)), value);
        }
    }

    pub(crate) fn edit_columns(
        &self,
        cx: &mut Cx,
        table: TableIx,
        edit: impl FnOnce(&mut Vec<ColumnDef>),
    ) {
        if let Some(t) = cx.cluster.table_mut(table) {
            let mut columns = t.columns.to_vec();
            edit(&mut columns);
            t.columns = columns.into();
        }
        cx.cluster.changes += 1;
    }

    pub(crate) fn rename_column(&mut self, cx: &mut Cx, table: TableIx, at: usize, to: &str) {
        let Some(old) = cx
            .cluster
            .table(table)
            .and_then(|t| t.columns.get(at))
            .map(|c| c.name.clone())
        else {
            return;
        };
        let rename = |columns: &mut Vec<ColumnDef>| {
            for c in columns.iter_mut().filter(|c| c.name == old) {
                c.name = Rc::from(to);
            }
        };
        self.edit_columns(cx, table, rename);
        // Rows by rule are found by their columns' names.
        if let Some(t) = cx.cluster.table_mut(table) {
            for block in &mut Rc::make_mut(&mut t.data).blocks {
                let mut columns = block.rule.columns.to_vec();
                rename(&mut columns);
                block.rule.columns = columns.into();
            }
        }
        for index in self.indexes.iter_mut().filter(|i| i.table == table) {
            for c in index.columns.iter_mut().filter(|c| **c == old) {
                *c = Rc::from(to);
            }
        }
    }

    /// A column comes or goes when its job publishes the change.
    pub(crate) fn apply_columns(&mut self, cx: &mut Cx, s: &Schema) {
        match &s.change {
            Change::AddColumn(def, default) => {
                if let Some(value) = default {
                    self.defaults
                        .insert((s.table, def.name.clone()), value.clone());
                }
                let value = default.clone().unwrap_or_default();
                self.edit_columns(cx, s.table, |columns| columns.push(def.clone()));
                edit_rows(cx, s.table, |row| row.push(value.clone()));
            }
            Change::DropColumn(name) => self.remove_column(cx, s.table, name),
            Change::PrimaryKey(names, index) => {
                if let Some(index) = index.and_then(|i| self.indexes.get_mut(i)) {
                    index.public = true;
                }
                if let Some(t) = cx.cluster.table_mut(s.table) {
                    let mut key = Vec::new();
                    for name in names {
                        key.extend(t.columns.iter().position(|c| c.name == *name));
                    }
                    let columns = t.columns.clone();
                    Rc::make_mut(&mut t.data).rekey(&columns, &key);
                    t.key = key.into();
                }
                if index.is_none() {
                    // The hidden key that the table had.
                    self.remove_column(cx, s.table, "rowid");
                }
            }
            Change::ColumnType(def) => {
                let Ok(at) = self.column_of(cx, s.table, &def.name) else {
                    return;
                };
                self.edit_columns(cx, s.table, |columns| {
                    if let Some(c) = columns.get_mut(at) {
                        *c = def.clone();
                    }
                });
                edit_rows(cx, s.table, |row| {
                    if let Some(slot) = row.get_mut(at) {
                        *slot = crate::query::in_type(std::mem::take(slot), def.ty);
                    }
                });
            }
            _ => {}
        }
    }

    fn remove_column(&mut self, cx: &mut Cx, table: TableIx, name: &str) {
        let Ok(at) = self.column_of(cx, table, name) else {
            return;
        };
        self.defaults.remove(&(table, Rc::from(name)));
        self.edit_columns(cx, table, |columns| {
            columns.remove(at);
        });
        if let Some(t) = cx.cluster.table_mut(table) {
            let moved: Vec<usize> = t
                .key
                .iter()
                .map(|k| if *k > at { k - 1 } else { *k })
                .collect();
            t.key = moved.into();
        }
        edit_rows(cx, table, |row| {
            if at < row.len() {
                row.remove(at);
            }
        });
    }

    /// ALTER PRIMARY KEY. Beyond the reference: `scbuildstmt/alter_table_alter_primary_key.go`.
    fn change_key(&mut self, cx: &Cx, table: TableIx, names: &[Name]) -> Result<Option<Change>> {
        let Some(t) = cx.cluster.table(table) else {
            return Ok(None);
        };
        let (mut key, mut columns) = (Vec::new(), Vec::new());
        for name in names {
            let at = self.column_of(cx, table, &name.value)?;
            let nullable = t.columns.get(at).is_some_and(|c| c.nullable);
            let name = &name.value;
            let refused = match (key.contains(&at), nullable) {
                (true, _) => Some(("new primary key contains duplicate column", "", "0A000")),
                (_, true) => Some(("cannot use nullable column", " in primary key", "42P15")),
                _ => None,
            };
            if let Some((text, behind, code)) = refused {
                return Err(errors::wrong(format!("{text} \"{name}\"{behind}"), code));
            }
            key.push(at);
            columns.push(Rc::from(name.as_str()));
        }
        if *t.key == *key {
            return Ok(None);
        }
        let mut old = Vec::new();
        for c in t.key.iter().filter_map(|k| t.columns.get(*k)) {
            old.push(super::ddl::bare(&c.name));
        }
        let index = match &old[..] {
            [c] if c.value == "rowid" => None,
            _ => Some(self.index_entry(cx, table, &unique_index(&old, None), false)),
        };
        Ok(Some(Change::PrimaryKey(columns, index)))
    }

    /// ALTER COLUMN TYPE. Beyond the reference: `scbuildstmt/alter_table_alter_column_type.go`.
    fn change_type(
        &mut self,
        cx: &mut Cx,
        table: TableIx,
        at: usize,
        ty: &TypeName,
        using: bool,
    ) -> Result<Change> {
        let Some(t) = cx.cluster.table(table) else {
            return Ok(Change::Descriptors);
        };
        let Some(old) = t.columns.get(at).cloned() else {
            return Ok(Change::Descriptors);
        };
        let new = ColumnDef {
            ty: ty.ty,
            type_name: Rc::from(ty.text.as_str()),
            ..old.clone()
        };
        // Within a type nothing is written anew; texts and UUIDs, which are texts here, are two.
        let uuid = |c: &ColumnDef| &*c.type_name == "UUID";
        if old.ty == new.ty && uuid(&old) == uuid(&new) {
            self.edit_columns(cx, table, |columns| {
                if let Some(c) = columns.get_mut(at) {
                    *c = new;
                }
            });
            return Ok(Change::Descriptors);
        }
        let refused = |what: &str| {
            let text = format!("unimplemented: ALTER COLUMN TYPE {what}");
            Err(errors::wrong(text, "0A000"))
        };
        if !self.profile.requests {
            return refused("requires overwriting existing values which is not yet implemented");
        }
        if t.key.contains(&at)
            || self
                .indexes_of(table)
                .any(|(_, i)| i.columns.contains(&old.name))
        {
            return refused(
                "requiring rewrite of on-disk data is currently not supported for columns that are part of an index",
            );
        }
        use crate::base::Type::*;
        let automatic = matches!(
            (old.ty, new.ty),
            (_, Text)
                | (Int | Decimal | Float, Int | Decimal | Float)
                | (Timestamp | TimestampTz, Timestamp | TimestampTz)
        ) && !uuid(&new);
        if using {
            return Err(errors::unsupported("ALTER COLUMN TYPE … USING"));
        }
        if !automatic {
            return Err(errors::wrong(
                format!(
                    "column \"{}\" cannot be cast automatically to type {}",
                    old.name, ty.text
                ),
                "42804",
            )
            .hint(format!(
                "You might need to specify \"USING {}::{}\".",
                old.name, ty.text
            )));
        }
        let key = (table, old.name.clone());
        if self.defaults.contains_key(&key) || self.generated.contains_key(&key) {
            return Err(errors::wrong(
                "unimplemented: backfilling during ALTER COLUMN TYPE for a column with a DEFAULT or ON UPDATE expression is not supported",
                "0A000",
            ));
        }
        Ok(Change::ColumnType(new))
    }
}

/// What the name of a constraint is made of: a check's text, or a foreign key's columns.
pub(super) fn made_of(kind: &ConstraintKind) -> (&str, &[Name]) {
    match kind {
        ConstraintKind::Check(check) => (&check.text, &[]),
        ConstraintKind::ForeignKey { columns, .. } => ("", columns),
        _ => ("", &[]),
    }
}

/// Changes every version of every row that was written one by one.
fn edit_rows(cx: &mut Cx, table: TableIx, edit: impl Fn(&mut Vec<Value>)) {
    let Some(t) = cx.cluster.table_mut(table) else {
        return;
    };
    if t.data.overlay.is_empty() {
        return;
    }
    for versions in Rc::make_mut(&mut t.data).overlay.values_mut() {
        for version in versions.iter_mut() {
            if let Some(row) = &version.row {
                let mut row = row.to_vec();
                edit(&mut row);
                version.row = Some(row.into());
            }
        }
    }
}
