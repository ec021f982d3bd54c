//! Tables, indexes and rows in normal form.

use super::basics::{Dotted, List, Literal, Names, Quoted, when};
use crate::system::cockroachdb::grammar::*;
use std::fmt::{Display, Formatter, Result};

impl CreateTable {
    /// ` (columns, constraints, indexes) WITH (…)`
    pub(super) fn elements(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(" (")?;
        let mut comma = "";
        for column in &self.columns {
            write!(f, "{comma}{column}")?;
            comma = ", ";
        }
        for constraint in &self.constraints {
            write!(f, "{comma}{constraint}")?;
            comma = ", ";
        }
        for index in &self.indexes {
            let unique = when(index.unique, "UNIQUE ");
            let inverted = when(index.inverted, "INVERTED ");
            write!(f, "{comma}{unique}{inverted}INDEX ")?;
            if let Some(name) = &index.name {
                write!(f, "{} ", Quoted(&name.value))?;
            }
            index.fmt(f)?;
            comma = ", ";
        }
        f.write_str(")")?;
        match self.storage.is_empty() {
            true => Ok(()),
            false => write!(f, " WITH ({})", List(&self.storage.list)),
        }
    }
}

impl Display for ColumnDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", Quoted(&self.name.value), self.ty)?;
        f.write_str(when(self.not_null && !self.primary_key, " NOT NULL"))?;
        f.write_str(when(self.primary_key, " PRIMARY KEY"))?;
        f.write_str(when(self.unique, " UNIQUE"))?;
        if let Some(value) = &self.default {
            write!(f, " DEFAULT {value}")?;
        }
        if let Some(check) = &self.check {
            write!(f, " CHECK ({check})")?;
        }
        match &self.references {
            Some(table) => write!(f, " REFERENCES {}", Dotted(table)),
            None => Ok(()),
        }
    }
}

impl Display for TableConstraint {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(name) = &self.name {
            write!(f, "CONSTRAINT {} ", Quoted(&name.value))?;
        }
        match &self.kind {
            ConstraintKind::PrimaryKey(columns) => write!(f, "PRIMARY KEY ({})", Names(columns)),
            ConstraintKind::Unique(columns) => write!(f, "UNIQUE ({})", Names(columns)),
            ConstraintKind::Check(check) => write!(f, "CHECK ({check})"),
            ConstraintKind::ForeignKey {
                columns,
                table,
                referenced,
            } => {
                let (columns, table) = (Names(columns), Dotted(table));
                write!(f, "FOREIGN KEY ({columns}) REFERENCES {table}")?;
                match referenced.is_empty() {
                    true => Ok(()),
                    false => write!(f, " ({})", Names(referenced)),
                }
            }
        }
    }
}

/// The part after the name.
impl Display for IndexDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("(")?;
        for (i, column) in self.columns.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let order = when(column.descending, " DESC");
            write!(f, "{comma}{}{order}", Quoted(&column.name.value))?;
        }
        f.write_str(")")?;
        match self.storing.is_empty() {
            true => Ok(()),
            false => write!(f, " STORING ({})", Names(&self.storing)),
        }
    }
}

impl Display for CreateIndex {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let unique = when(self.index.unique, "UNIQUE ");
        let inverted = when(self.index.inverted, "INVERTED ");
        let condition = when(self.if_not_exists, "IF NOT EXISTS ");
        write!(f, "CREATE {unique}{inverted}INDEX {condition}")?;
        if let Some(name) = &self.index.name {
            write!(f, "{} ", Quoted(&name.value))?;
        }
        write!(f, "ON {} {}", Dotted(&self.table), self.index)?;
        match &self.predicate {
            Some(predicate) => write!(f, " WHERE {predicate}"),
            None => Ok(()),
        }
    }
}

impl Display for AlterAction {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let quoted = |name: &'_ Name| Quoted(&name.value).to_string();
        match self {
            AlterAction::AddColumn {
                column,
                if_not_exists,
            } => write!(
                f,
                "ADD COLUMN {}{column}",
                when(*if_not_exists, "IF NOT EXISTS ")
            ),
            AlterAction::DropColumn {
                name,
                if_exists,
                cascade,
            } => {
                let condition = when(*if_exists, "IF EXISTS ");
                write!(f, "DROP COLUMN {condition}{}", quoted(name))?;
                f.write_str(when(*cascade, " CASCADE"))
            }
            AlterAction::AddConstraint(constraint) => write!(f, "ADD {constraint}"),
            AlterAction::DropConstraint { name, if_exists } => {
                let condition = when(*if_exists, "IF EXISTS ");
                write!(f, "DROP CONSTRAINT {condition}{}", quoted(name))
            }
            AlterAction::ValidateConstraint { name } => {
                write!(f, "VALIDATE CONSTRAINT {}", quoted(name))
            }
            AlterAction::RenameColumn { name, to } => {
                write!(f, "RENAME COLUMN {} TO {}", quoted(name), quoted(to))
            }
            AlterAction::RenameConstraint { name, to } => {
                write!(f, "RENAME CONSTRAINT {} TO {}", quoted(name), quoted(to))
            }
            AlterAction::SetDefault { column, value } => match value {
                Some(value) => write!(f, "ALTER COLUMN {} SET DEFAULT {value}", quoted(column)),
                None => write!(f, "ALTER COLUMN {} DROP DEFAULT", quoted(column)),
            },
            AlterAction::SetNotNull { column, on } => {
                let verb = if *on { "SET" } else { "DROP" };
                write!(f, "ALTER COLUMN {} {verb} NOT NULL", quoted(column))
            }
            AlterAction::SetType { column, ty, using } => {
                write!(f, "ALTER COLUMN {} SET DATA TYPE {ty}", quoted(column))?;
                match using {
                    Some(using) => write!(f, " USING {}", using.text),
                    None => Ok(()),
                }
            }
            AlterAction::AlterPrimaryKey { columns } => {
                write!(f, "ALTER PRIMARY KEY USING COLUMNS ({})", Names(columns))
            }
            AlterAction::SetStorage(options) => write!(f, "SET ({})", List(&options.list)),
            AlterAction::ResetStorage(names) => write!(f, "RESET ({})", Names(names)),
        }
    }
}

impl Display for DropName {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Dotted(&self.name).fmt(f)?;
        match &self.index {
            Some(index) => write!(f, "@{}", Quoted(&index.value)),
            None => Ok(()),
        }
    }
}

impl Display for ZoneTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            ZoneTarget::Range(name) if name.value == "default" => f.write_str("RANGE default"),
            ZoneTarget::Range(name) => write!(f, "RANGE {}", Quoted(&name.value)),
            ZoneTarget::Database(name) => write!(f, "DATABASE {}", Quoted(&name.value)),
            ZoneTarget::Table(path) => write!(f, "TABLE {}", Dotted(path)),
            ZoneTarget::Index(name) => write!(f, "INDEX {name}"),
        }
    }
}

// ---- rows ----

struct Returning<'a>(&'a Option<Box<Query>>);

impl Display for Returning<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Some(list) => write!(f, " RETURNING {list}"),
            None => Ok(()),
        }
    }
}

/// ` WHERE … LIMIT …`
fn tail(
    f: &mut Formatter<'_>,
    filter: &Option<Box<Scalar>>,
    limit: &Option<Box<Scalar>>,
) -> Result {
    if let Some(filter) = filter {
        write!(f, " WHERE {filter}")?;
    }
    match limit {
        Some(limit) => write!(f, " LIMIT {limit}"),
        None => Ok(()),
    }
}

impl Display for Insert {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let verb = if self.upsert { "UPSERT" } else { "INSERT" };
        write!(f, "{verb} INTO {}", Dotted(&self.table))?;
        if !self.columns.is_empty() {
            write!(f, "({})", Names(&self.columns))?;
        }
        match &self.source {
            Some(query) => write!(f, " {query}")?,
            None => f.write_str(" DEFAULT VALUES")?,
        }
        f.write_str(when(self.ignore_conflicts, " ON CONFLICT DO NOTHING"))?;
        Returning(&self.returning).fmt(f)
    }
}

impl Display for Update {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "UPDATE {}", Dotted(&self.table))?;
        if let Some(alias) = &self.alias {
            write!(f, " AS {}", Quoted(&alias.value))?;
        }
        for (i, (column, value)) in self.set.iter().enumerate() {
            let before = if i > 0 { "," } else { " SET" };
            write!(f, "{before} {} = {value}", Quoted(&column.value))?;
        }
        tail(f, &self.filter, &self.limit)?;
        Returning(&self.returning).fmt(f)
    }
}

impl Display for Delete {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "DELETE FROM {}", Dotted(&self.table))?;
        if let Some(alias) = &self.alias {
            write!(f, " AS {}", Quoted(&alias.value))?;
        }
        tail(f, &self.filter, &self.limit)?;
        Returning(&self.returning).fmt(f)
    }
}

impl Display for TypeAction {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            TypeAction::AddValue {
                value,
                if_not_exists,
            } => {
                let condition = when(*if_not_exists, "IF NOT EXISTS ");
                write!(f, "ADD VALUE {condition}{}", Literal(&value.value))
            }
            TypeAction::DropValue(value) => write!(f, "DROP VALUE {}", Literal(&value.value)),
            TypeAction::RenameValue { value, to } => {
                let (value, to) = (Literal(&value.value), Literal(&to.value));
                write!(f, "RENAME VALUE {value} TO {to}")
            }
        }
    }
}
