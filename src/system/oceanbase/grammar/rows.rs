//! Users' tables: CREATE and DROP TABLE, INSERT, UPDATE, DELETE.

use super::*;

/// An expression; OceanBase has no statements inside it.
pub type Scalar = sql::Scalar<NoSource>;

/// `a` or `database.a`.
pub type TableName = Vec<String>;

#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    pub table: TableName,
    pub if_not_exists: bool,
    pub columns: Vec<NewColumn>,
    /// Names of the primary key's columns; none: the product's hidden key.
    pub key: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NewColumn {
    pub name: String,
    /// Upper case: `VARCHAR`.
    pub type_word: String,
    /// What stands in brackets behind it.
    pub sizes: Vec<i64>,
    pub unsigned: bool,
    pub nullable: bool,
    pub serial: bool,
    pub default: Option<Scalar>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    pub table: TableName,
    pub columns: Vec<String>,
    pub source: Source,
    /// REPLACE: a row of the same key gives way.
    pub replace: bool,
    /// INSERT IGNORE: it stays.
    pub ignore: bool,
    /// ON DUPLICATE KEY UPDATE
    pub update: Vec<(String, Assigned)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Assigned {
    /// `VALUES(column)`: what the new row would have had there.
    Given(String),
    Computed(Scalar),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Query(Query),
    /// INSERT … SET: one row.
    Row(Vec<Scalar>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub table: TableName,
    pub alias: Option<String>,
    /// None in DELETE.
    pub set: Vec<(String, Scalar)>,
    pub delete: bool,
    pub filter: Option<Scalar>,
    pub limit: Option<i64>,
}

fn none(c: &mut Cursor) -> Parsed<NoSource> {
    Err(c.error_here())
}

pub(super) fn scalar(c: &mut Cursor, stop: &[&str]) -> Parsed<Scalar> {
    let start = c.position();
    let mut end = None;
    if c.flavour().lexis.backquoted_names {
        shape::expr(c)?;
        end = Some(c.position());
        c.rewind(start);
    }
    let scalar = sql::query::scalar_until(c, stop, &none)?;
    if let Some(end) = end
        && c.position() > end
    {
        c.rewind(end);
        return Err(c.error_here());
    }
    Ok(scalar)
}

pub(super) fn table_name(c: &mut Cursor) -> Parsed<TableName> {
    if c.flavour().lexis.backquoted_names {
        c.eat_symbol(".");
    }
    Ok(c.path(Role::Table)?
        .parts
        .into_iter()
        .map(|n| n.value)
        .collect())
}

fn column_names(c: &mut Cursor) -> Parsed<Vec<String>> {
    c.expect_symbol("(")?;
    let names = c.list(|c| Ok(c.name(Role::Column)?.value))?;
    c.expect_symbol(")")?;
    Ok(names)
}

/// After `CREATE TABLE`.
pub fn create_table(c: &mut Cursor) -> Parsed<Statement> {
    let if_not_exists = if_not_exists(c)?;
    let table = table_name(c)?;
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    // CREATE TABLE … LIKE, … AS SELECT
    if c.eat_any(&["LIKE", "AS", "SELECT"]).is_some() {
        return Ok(absent(c));
    }
    c.expect_symbol("(")?;
    c.list(|c| {
        if c.eat("CONSTRAINT") {
            c.name(Role::Other)?;
        }
        if c.eat("PRIMARY") {
            c.expect("KEY")?;
            key = column_names(c)?;
            return Ok(());
        }
        if c.eat_any(&["UNIQUE", "INDEX", "KEY"]).is_some() {
            c.eat_any(&["INDEX", "KEY"]);
            c.eat_name(Role::Index);
            column_names(c)?;
            return Ok(());
        }
        let (column, is_key) = column(c)?;
        if is_key {
            key.push(column.name.clone());
        }
        columns.push(column);
        Ok(())
    })?;
    c.expect_symbol(")")?;
    // ENGINE = …, COMMENT = …, PARTITION BY …: they change nothing here.
    if !c.at_end() {
        c.any_name(Role::Other)?;
        while c.advance().is_some() {}
    }
    Ok(Statement::CreateTable(Box::new(CreateTable {
        table,
        if_not_exists,
        columns,
        key,
    })))
}

/// Types of MySQL mode (sorted); Oracle mode has types of its users' too.
const TYPES: &[&str] = &[
    "BIGINT",
    "BINARY",
    "BIT",
    "BLOB",
    "BOOL",
    "BOOLEAN",
    "CHAR",
    "CHARACTER",
    "DATE",
    "DATETIME",
    "DEC",
    "DECIMAL",
    "DOUBLE",
    "ENUM",
    "FIXED",
    "FLOAT",
    "GEOMETRY",
    "INT",
    "INTEGER",
    "JSON",
    "LONGBLOB",
    "LONGTEXT",
    "MEDIUMBLOB",
    "MEDIUMINT",
    "MEDIUMTEXT",
    "NCHAR",
    "NUMBER",
    "NUMERIC",
    "NVARCHAR",
    "POINT",
    "POLYGON",
    "REAL",
    "SET",
    "SMALLINT",
    "TEXT",
    "TIME",
    "TIMESTAMP",
    "TINYBLOB",
    "TINYINT",
    "TINYTEXT",
    "VARBINARY",
    "VARCHAR",
    "YEAR",
];

fn column(c: &mut Cursor) -> Parsed<(NewColumn, bool)> {
    let name = c.name(Role::Column)?.value;
    let mysql = c.flavour().lexis.backquoted_names;
    if mysql && !sql::contains(TYPES, c.peek_text()) {
        return Err(c.error_here());
    }
    let type_word = c.any_name(Role::Type)?.value.to_ascii_uppercase();
    if type_word == "DOUBLE" {
        c.eat("PRECISION");
    }
    let mut sizes = Vec::new();
    if c.eat_symbol("(") {
        sizes = c.list(|c| c.integer())?;
        c.eat_any(&["BYTE", "CHAR"]);
        c.expect_symbol(")")?;
    }
    let unsigned = c.eat("UNSIGNED");
    let mut column = NewColumn {
        name,
        type_word,
        sizes,
        unsigned,
        nullable: true,
        serial: false,
        default: None,
    };
    let mut is_key = false;
    loop {
        if c.eat("NOT") {
            c.expect("NULL")?;
            column.nullable = false;
        } else if c.eat("NULL") {
        } else if c.eat("PRIMARY") {
            c.expect("KEY")?;
            is_key = true;
        } else if c.eat("KEY") {
            is_key = true;
        } else if c.eat("UNIQUE") {
            c.eat("KEY");
        } else if c.eat("AUTO_INCREMENT") {
            column.serial = true;
        } else if c.eat("COMMENT") {
            c.string()?;
        } else if c.eat("DEFAULT") {
            column.default = Some(scalar(
                c,
                &["NOT", "PRIMARY", "UNIQUE", "COMMENT", "AUTO_INCREMENT"],
            )?);
        } else {
            return Ok((column, is_key));
        }
    }
}

/// After `INSERT` or `REPLACE`.
pub fn insert(c: &mut Cursor, replace: bool) -> Parsed<Statement> {
    let ignore = !replace && c.eat("IGNORE");
    c.eat("INTO");
    let table = table_name(c)?;
    let mut columns = Vec::new();
    let source = if c.eat("SET") {
        let (names, values) = assignments(c, &["ON"])?.into_iter().unzip();
        columns = names;
        Source::Row(values)
    } else {
        if c.is_symbol("(") && !["SELECT", "WITH"].iter().any(|w| c.is_word_at(1, w)) {
            columns = column_names(c)?;
        }
        if c.flavour().lexis.backquoted_names {
            let start = c.position();
            shape::rows(c)?;
            if !c.at_end() && !c.is_words(&["ON", "DUPLICATE"]) {
                return Err(c.error_here());
            }
            c.rewind(start);
        }
        let end = c.run_until(|c, at| c.is_word_at(at, "ON") && c.is_word_at(at + 1, "DUPLICATE"));
        Source::Query(sql::query::query(c, end, &none)?)
    };
    let mut update = Vec::new();
    if !replace && c.eat("ON") {
        c.expect_words(&["DUPLICATE", "KEY", "UPDATE"])?;
        update = c.list(|c| {
            let column = c.path(Role::Column)?.last().to_owned();
            c.expect_symbol("=")?;
            let alone =
                c.is_symbol_at(3, ")") && (c.is_symbol_at(4, ",") || c.peek_at(4).is_none());
            if alone && c.is_symbol_at(1, "(") && c.eat("VALUES") {
                let mut names = column_names(c)?;
                return Ok((column, Assigned::Given(names.pop().unwrap_or_default())));
            }
            Ok((column, Assigned::Computed(scalar(c, &[])?)))
        })?;
    }
    Ok(Statement::Insert(Box::new(Insert {
        table,
        columns,
        source,
        replace,
        ignore,
        update,
    })))
}

/// `a = expr, b = expr`
fn assignments(c: &mut Cursor, stop: &[&str]) -> Parsed<Vec<(String, Scalar)>> {
    c.list(|c| {
        let path = c.path(Role::Column)?;
        c.expect_symbol("=")?;
        Ok((path.last().to_owned(), scalar(c, stop)?))
    })
}

/// After `UPDATE`, or after `DELETE [FROM]`.
pub fn change(c: &mut Cursor, delete: bool) -> Parsed<Statement> {
    let table = table_name(c)?;
    let mut alias = None;
    if c.eat("AS") || !(c.is_word("SET") || c.is_word("WHERE") || c.is_word("LIMIT")) {
        alias = c.eat_name(Role::Other).map(|n| n.value);
    }
    let mut set = Vec::new();
    if !delete {
        c.expect("SET")?;
        set = assignments(c, &[])?;
    }
    let filter = if c.eat("WHERE") {
        Some(scalar(c, &[])?)
    } else {
        None
    };
    let limit = if c.eat("LIMIT") {
        Some(c.integer()?)
    } else {
        None
    };
    Ok(Statement::Change(Box::new(Change {
        table,
        alias,
        set,
        delete,
        filter,
        limit,
    })))
}
