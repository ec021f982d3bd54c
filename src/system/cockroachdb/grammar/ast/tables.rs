//! Statements about tables, indexes and rows.

use super::{Opt, Options, Query, Scalar};
use crate::base::{Span, Type};
use crate::sql::{Name, Path, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    Table,
    Index,
    Database,
    Schema,
    View,
    Sequence,
    Type,
    Column,
    Constraint,
}

impl ObjectKind {
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::Table => "TABLE",
            ObjectKind::Index => "INDEX",
            ObjectKind::Database => "DATABASE",
            ObjectKind::Schema => "SCHEMA",
            ObjectKind::View => "VIEW",
            ObjectKind::Sequence => "SEQUENCE",
            ObjectKind::Type => "TYPE",
            ObjectKind::Column => "COLUMN",
            ObjectKind::Constraint => "CONSTRAINT",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeName {
    /// The product's name in upper case with its arguments: `INT8`, `STRING`, `DECIMAL(10,2)`, `INT8[]`.
    pub text: String,
    pub ty: Type,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    pub name: Path,
    pub if_not_exists: bool,
    pub columns: Vec<ColumnDef>,
    pub constraints: Vec<TableConstraint>,
    pub indexes: Vec<IndexDef>,
    /// `WITH (ttl_expire_after = '1h', …)`
    pub storage: Options,
    /// `CREATE TABLE t AS query`
    pub source: Option<Box<Query>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDef {
    pub name: Name,
    pub ty: TypeName,
    pub not_null: bool,
    pub primary_key: bool,
    pub unique: bool,
    pub default: Option<Box<Scalar>>,
    pub check: Option<Box<Scalar>>,
    pub references: Option<Path>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TableConstraint {
    pub name: Option<Name>,
    pub kind: ConstraintKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ConstraintKind {
    PrimaryKey(Vec<Name>),
    Unique(Vec<Name>),
    Check(Box<Scalar>),
    ForeignKey {
        columns: Vec<Name>,
        table: Path,
        referenced: Vec<Name>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct IndexDef {
    pub name: Option<Name>,
    pub unique: bool,
    pub inverted: bool,
    pub columns: Vec<IndexColumn>,
    pub storing: Vec<Name>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct IndexColumn {
    pub name: Name,
    pub descending: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    pub if_not_exists: bool,
    pub table: Path,
    pub index: IndexDef,
    /// Partial index.
    pub predicate: Option<Box<Scalar>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterTable {
    pub table: Path,
    pub if_exists: bool,
    pub actions: Vec<AlterAction>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterAction {
    AddColumn {
        column: ColumnDef,
        if_not_exists: bool,
    },
    DropColumn {
        name: Name,
        if_exists: bool,
        cascade: bool,
    },
    AddConstraint(TableConstraint),
    DropConstraint {
        name: Name,
        if_exists: bool,
    },
    ValidateConstraint {
        name: Name,
    },
    RenameColumn {
        name: Name,
        to: Name,
    },
    RenameConstraint {
        name: Name,
        to: Name,
    },
    SetDefault {
        column: Name,
        /// `None`: DROP DEFAULT
        value: Option<Box<Scalar>>,
    },
    SetNotNull {
        column: Name,
        /// False: DROP NOT NULL
        on: bool,
    },
    SetType {
        column: Name,
        ty: TypeName,
        using: Option<Box<Scalar>>,
    },
    AlterPrimaryKey {
        columns: Vec<Name>,
    },
    /// `SET (ttl_expire_after = '1h')`
    SetStorage(Options),
    /// `RESET (ttl)`
    ResetStorage(Vec<Name>),
}

/// `DROP {TABLE|INDEX|DATABASE|SCHEMA|VIEW|SEQUENCE|TYPE} …`
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    pub object: ObjectKind,
    pub if_exists: bool,
    /// For an index: the table's name with `index` set, or the bare index name.
    pub names: Vec<DropName>,
    pub behaviour: Behaviour,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DropName {
    pub name: Path,
    /// `table@index`
    pub index: Option<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Default,
    Cascade,
    Restrict,
}

/// `ALTER … CONFIGURE ZONE {USING name = value, … | DISCARD}`
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigureZone {
    pub target: ZoneTarget,
    /// `None`: DISCARD
    pub settings: Option<Vec<Opt>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ZoneTarget {
    /// `RANGE default`
    Range(Name),
    Database(Name),
    Table(Path),
    Index(DropName),
}

// ---- rows ----

#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    pub table: Path,
    pub columns: Vec<Name>,
    /// `None`: DEFAULT VALUES. A DEFAULT in VALUES is NULL here.
    pub source: Option<Box<Query>>,
    /// Row and column of each DEFAULT in VALUES.
    pub left_out: Vec<(usize, usize)>,
    /// UPSERT, or ON CONFLICT … DO UPDATE.
    pub upsert: bool,
    /// ON CONFLICT … DO NOTHING
    pub ignore_conflicts: bool,
    /// The list of RETURNING as `SELECT list`.
    pub returning: Option<Box<Query>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    pub table: Path,
    pub alias: Option<Name>,
    pub set: Vec<(Name, Scalar)>,
    pub filter: Option<Box<Scalar>>,
    pub limit: Option<Box<Scalar>>,
    pub returning: Option<Box<Query>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    pub table: Path,
    pub alias: Option<Name>,
    pub filter: Option<Box<Scalar>>,
    pub limit: Option<Box<Scalar>>,
    pub returning: Option<Box<Query>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TypeAction {
    AddValue { value: Text, if_not_exists: bool },
    DropValue(Text),
    RenameValue { value: Text, to: Text },
}
