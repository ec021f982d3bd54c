//! CREATE of databases, tables and indexes; types.

use super::*;
use crate::base::Type;

/// Names of types as they are typed, the product's own name, and the value it holds.
const TYPES: [(&str, &str, Type); 41] = [
    ("BIGINT", "INT8", Type::Int),
    ("BIGSERIAL", "INT8", Type::Int),
    ("BLOB", "BYTES", Type::Bytes),
    ("BOOL", "BOOL", Type::Bool),
    ("BOOLEAN", "BOOL", Type::Bool),
    ("BYTEA", "BYTES", Type::Bytes),
    ("BYTES", "BYTES", Type::Bytes),
    ("CHAR", "CHAR", Type::Text),
    ("CHARACTER", "CHAR", Type::Text),
    ("DATE", "DATE", Type::Timestamp),
    ("DEC", "DECIMAL", Type::Decimal),
    ("DECIMAL", "DECIMAL", Type::Decimal),
    ("FLOAT", "FLOAT8", Type::Float),
    ("FLOAT4", "FLOAT4", Type::Float),
    ("FLOAT8", "FLOAT8", Type::Float),
    ("INET", "INET", Type::Text),
    ("INT", "INT8", Type::Int),
    ("INT2", "INT2", Type::Int),
    ("INT4", "INT4", Type::Int),
    ("INT64", "INT8", Type::Int),
    ("INT8", "INT8", Type::Int),
    ("INTEGER", "INT8", Type::Int),
    ("INTERVAL", "INTERVAL", Type::Interval),
    ("JSON", "JSONB", Type::Json),
    ("JSONB", "JSONB", Type::Json),
    ("NAME", "NAME", Type::Text),
    ("NUMERIC", "DECIMAL", Type::Decimal),
    ("OID", "OID", Type::Int),
    ("REAL", "FLOAT4", Type::Float),
    ("SERIAL", "INT8", Type::Int),
    ("SERIAL8", "INT8", Type::Int),
    ("SMALLINT", "INT2", Type::Int),
    ("STRING", "STRING", Type::Text),
    ("TEXT", "STRING", Type::Text),
    ("TIME", "TIME", Type::Text),
    ("TIMESTAMP", "TIMESTAMP", Type::Timestamp),
    ("TIMESTAMPTZ", "TIMESTAMPTZ", Type::TimestampTz),
    ("TIMETZ", "TIMETZ", Type::Text),
    ("UUID", "UUID", Type::Text),
    ("VARBIT", "VARBIT", Type::Text),
    ("VARCHAR", "VARCHAR", Type::Text),
];

/// Words that end a DEFAULT or CHECK expression of a column.
const COLUMN_QUALIFIERS: [&str; 13] = [
    "AS",
    "CHECK",
    "COLLATE",
    "CONSTRAINT",
    "CREATE",
    "DEFAULT",
    "FAMILY",
    "NOT",
    "NULL",
    "PRIMARY",
    "REFERENCES",
    "UNIQUE",
    "VISIBLE",
];

impl Grammar {
    pub(super) fn create(self, c: &mut Cursor) -> Parsed<Statement> {
        if c.eat("DATABASE") {
            let if_not_exists = self.if_not_exists(c);
            let name = c.name(Role::Other)?;
            return Ok(Statement::CreateDatabase {
                name,
                if_not_exists,
            });
        }
        if self.has(Feature::Schemas) && c.eat("SCHEMA") {
            let if_not_exists = self.if_not_exists(c);
            let name = c.path(Role::Other)?;
            return Ok(Statement::CreateSchema {
                name,
                if_not_exists,
            });
        }
        if c.eat("TABLE") {
            return self.create_table(c);
        }
        if c.eat("CHANGEFEED") {
            let changefeed = self.changefeed(c)?;
            return Ok(Statement::CreateChangefeed(Box::new(changefeed)));
        }
        if self.has(Feature::Schedules) && c.eat("SCHEDULE") {
            return self.create_schedule(c);
        }
        if c.eat("STATISTICS") {
            return self.create_statistics(c);
        }
        if let Some(word) = c.eat_any(&["USER", "ROLE"]) {
            return self.role_statement(c, true, word == "USER");
        }
        if self.has(Feature::Schemas) && c.eat("TYPE") {
            return self.create_type(c);
        }
        if c.eat("VIEW") {
            return self.create_view(c);
        }
        if c.eat("SEQUENCE") {
            let if_not_exists = self.if_not_exists(c);
            let name = c.path(Role::Other)?;
            return Ok(Statement::CreateSequence {
                name,
                if_not_exists,
            });
        }
        if self.virtual_cluster_words(c) {
            return self.create_virtual_cluster(c);
        }
        if self.has(Feature::LogicalReplication) && c.eat("LOGICAL") {
            return self.create_logical_replication(c);
        }
        let unique = c.eat("UNIQUE");
        let inverted = c.eat("INVERTED");
        c.expect("INDEX")?;
        self.create_index(c, unique, inverted)
    }

    fn create_type(self, c: &mut Cursor) -> Parsed<Statement> {
        let if_not_exists = self.if_not_exists(c);
        let name = c.path(Role::Other)?;
        c.expect_words(&["AS", "ENUM"])?;
        c.expect_symbol("(")?;
        let mut values = Vec::new();
        if !c.eat_symbol(")") {
            values = c.list(|c| c.string())?;
            c.expect_symbol(")")?;
        }
        Ok(Statement::CreateType {
            name,
            if_not_exists,
            values,
        })
    }

    fn create_view(self, c: &mut Cursor) -> Parsed<Statement> {
        let if_not_exists = self.if_not_exists(c);
        let name = c.path(Role::Other)?;
        let columns = match c.is_symbol("(") {
            true => self.names_in_brackets(c, Role::Other)?,
            false => Vec::new(),
        };
        c.expect("AS")?;
        let query = self.query(c, &[])?;
        Ok(Statement::CreateView {
            name,
            if_not_exists,
            columns,
            query,
        })
    }

    fn create_table(self, c: &mut Cursor) -> Parsed<Statement> {
        let if_not_exists = self.if_not_exists(c);
        let name = c.path(Role::Other)?;
        let table = if c.is_symbol("(") {
            self.table_elements(c, name, if_not_exists)?
        } else {
            c.expect("AS")?;
            let mut table = empty_table(name, if_not_exists);
            table.source = Some(self.query(c, &[])?);
            table
        };
        Ok(Statement::CreateTable(Box::new(table)))
    }

    /// `(column, constraint, …) [WITH (…)]`
    pub(super) fn table_elements(
        self,
        c: &mut Cursor,
        name: Path,
        if_not_exists: bool,
    ) -> Parsed<CreateTable> {
        let mut table = empty_table(name, if_not_exists);
        c.expect_symbol("(")?;
        if !c.eat_symbol(")") {
            c.list(|c| self.table_element(c, &mut table))?;
            c.expect_symbol(")")?;
        }
        if self.has(Feature::Schemas) && c.is_symbol_at(1, "(") && c.eat("WITH") {
            table.storage = self.storage_parameters(c)?;
        }
        Ok(table)
    }

    fn table_element(self, c: &mut Cursor, table: &mut CreateTable) -> Parsed<()> {
        if c.eat("FAMILY") {
            c.eat_name(Role::Other);
            self.names_in_brackets(c, Role::Column)?;
            return Ok(());
        }
        let unique_index = c.is_words(&["UNIQUE", "INDEX"]);
        if unique_index || c.is_word("INDEX") || c.is_words(&["INVERTED", "INDEX"]) {
            let unique = c.eat("UNIQUE");
            let inverted = c.eat("INVERTED");
            c.expect("INDEX")?;
            let name = c.eat_name(Role::Other);
            table
                .indexes
                .push(self.index_def(c, name, unique, inverted)?);
            return Ok(());
        }
        if let Some(constraint) = self.table_constraint(c)? {
            table.constraints.push(constraint);
        } else {
            table.columns.push(self.column_def(c)?);
        }
        Ok(())
    }

    pub(super) fn table_constraint(self, c: &mut Cursor) -> Parsed<Option<TableConstraint>> {
        let name = match c.eat("CONSTRAINT") {
            true => {
                self.if_not_exists(c);
                Some(c.name(Role::Other)?)
            }
            false => None,
        };
        let kind = if c.eat("PRIMARY") {
            c.expect("KEY")?;
            ConstraintKind::PrimaryKey(self.key_columns(c)?)
        } else if c.eat("UNIQUE") {
            ConstraintKind::Unique(self.key_columns(c)?)
        } else if c.eat("CHECK") {
            ConstraintKind::Check(self.scalar_in_brackets(c)?)
        } else if c.eat("FOREIGN") {
            c.expect("KEY")?;
            let columns = self.names_in_brackets(c, Role::Column)?;
            c.expect("REFERENCES")?;
            let table = c.path(Role::Table)?;
            let referenced = match c.is_symbol("(") {
                true => self.names_in_brackets(c, Role::Column)?,
                false => Vec::new(),
            };
            self.reference_actions(c)?;
            ConstraintKind::ForeignKey {
                columns,
                table,
                referenced,
            }
        } else if name.is_some() {
            return Err(c.error());
        } else {
            return Ok(None);
        };
        if c.eat("NOT") {
            c.expect("VALID")?;
        }
        Ok(Some(TableConstraint { name, kind }))
    }

    pub(super) fn key_columns(self, c: &mut Cursor) -> Parsed<Vec<Name>> {
        Ok(self.index_columns(c)?.into_iter().map(|i| i.name).collect())
    }

    fn scalar_in_brackets(self, c: &mut Cursor) -> Parsed<Box<Scalar>> {
        c.expect_symbol("(")?;
        let scalar = self.boxed_scalar(c)?;
        c.expect_symbol(")")?;
        Ok(scalar)
    }

    fn reference_actions(self, c: &mut Cursor) -> Parsed<()> {
        while c.eat("ON") {
            c.expect_any(&["DELETE", "UPDATE"])?;
            match c.expect_any(&["CASCADE", "RESTRICT", "NO", "SET"])? {
                "NO" => {
                    c.expect("ACTION")?;
                }
                "SET" => {
                    c.expect_any(&["NULL", "DEFAULT"])?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn column_def(self, c: &mut Cursor) -> Parsed<ColumnDef> {
        let name = c.name(Role::Other)?;
        let mut column = ColumnDef {
            name,
            ty: self.type_name(c)?,
            not_null: false,
            primary_key: false,
            unique: false,
            default: None,
            check: None,
            references: None,
        };
        loop {
            if c.eat("CONSTRAINT") {
                c.name(Role::Other)?;
            } else if c.eat("NOT") {
                if c.expect_any(&["NULL", "VISIBLE"])? == "NULL" {
                    column.not_null = true;
                }
            } else if c.eat("NULL") {
                column.not_null = false;
            } else if c.eat("PRIMARY") {
                c.expect("KEY")?;
                column.primary_key = true;
                column.not_null = true;
            } else if c.eat("UNIQUE") {
                column.unique = true;
            } else if c.eat("DEFAULT") {
                column.default = Some(Box::new(self.scalar_until(c, &COLUMN_QUALIFIERS)?));
            } else if c.eat("CHECK") {
                column.check = Some(self.scalar_in_brackets(c)?);
            } else if c.eat("REFERENCES") {
                column.references = Some(c.path(Role::Table)?);
                if c.is_symbol("(") {
                    self.names_in_brackets(c, Role::Column)?;
                }
                self.reference_actions(c)?;
            } else if c.eat("COLLATE") {
                c.name(Role::Other)?;
            } else if c.is_word("FAMILY") || c.is_words(&["CREATE", "FAMILY"]) {
                c.eat("CREATE");
                if c.eat("IF") {
                    c.expect_words(&["NOT", "EXISTS"])?;
                }
                c.eat("FAMILY");
                c.eat_name(Role::Other);
            } else {
                return Ok(column);
            }
        }
    }

    /// `DECIMAL(10,2)`, `INT[]`, `TIMESTAMP WITH TIME ZONE`, `DOUBLE PRECISION`.
    pub(super) fn type_name(self, c: &mut Cursor) -> Parsed<TypeName> {
        let start = c.position();
        let written = c.name(Role::Type)?;
        let upper = written.value.to_ascii_uppercase();
        let found = TYPES.iter().find(|(typed, _, _)| *typed == upper);
        let (mut text, mut ty) = match found {
            Some((_, text, ty)) => ((*text).to_owned(), *ty),
            None if upper == "DOUBLE" => {
                c.expect("PRECISION")?;
                ("FLOAT8".to_owned(), Type::Float)
            }
            // A type of the user's own: its values are texts.
            None => {
                let mut name = written.value;
                while c.eat_symbol(".") {
                    name.push('.');
                    name.push_str(&c.any_name(Role::Type)?.value);
                }
                (name, Type::Text)
            }
        };
        if upper == "CHARACTER" && c.eat("VARYING") {
            text = "VARCHAR".to_owned();
        }
        if c.eat_symbol("(") {
            let arguments = c.list(|c| c.integer())?;
            c.expect_symbol(")")?;
            let arguments: Vec<String> = arguments.iter().map(i64::to_string).collect();
            text.push_str(&format!("({})", arguments.join(",")));
        }
        if upper.starts_with("TIME") {
            if c.is_words(&["WITH", "TIME", "ZONE"]) {
                c.expect_words(&["WITH", "TIME", "ZONE"])?;
                text.push_str("TZ");
                if ty == Type::Timestamp {
                    ty = Type::TimestampTz;
                }
            } else if c.is_words(&["WITHOUT", "TIME", "ZONE"]) {
                c.expect_words(&["WITHOUT", "TIME", "ZONE"])?;
            }
        }
        if c.eat("ARRAY") || c.eat_symbol("[") {
            if c.is_symbol("]") {
                c.advance();
            }
            text.push_str("[]");
            ty = match ty {
                Type::Int => Type::IntArray,
                _ => Type::TextArray,
            };
        }
        Ok(TypeName {
            text,
            ty,
            span: c.span_from(start),
        })
    }

    fn index_columns(self, c: &mut Cursor) -> Parsed<Vec<IndexColumn>> {
        c.expect_symbol("(")?;
        let columns = c.list(|c| {
            let name = c.name(Role::Column)?;
            let descending = match c.eat_any(&["ASC", "DESC"]) {
                Some(word) => word == "DESC",
                None => false,
            };
            Ok(IndexColumn { name, descending })
        })?;
        c.expect_symbol(")")?;
        Ok(columns)
    }

    fn index_def(
        self,
        c: &mut Cursor,
        name: Option<Name>,
        unique: bool,
        inverted: bool,
    ) -> Parsed<IndexDef> {
        let columns = self.index_columns(c)?;
        let storing = match c.eat_any(&["STORING", "COVERING", "INCLUDE"]) {
            Some(_) => self.names_in_brackets(c, Role::Column)?,
            None => Vec::new(),
        };
        Ok(IndexDef {
            name,
            unique,
            inverted,
            columns,
            storing,
        })
    }

    fn create_index(self, c: &mut Cursor, unique: bool, mut inverted: bool) -> Parsed<Statement> {
        c.eat("CONCURRENTLY");
        let if_not_exists = self.if_not_exists(c);
        let name = match c.is_word("ON") {
            true => None,
            false => Some(c.name(Role::Other)?),
        };
        c.expect("ON")?;
        let table = c.path(Role::Table)?;
        if c.eat("USING") {
            // GIN is the other word for an inverted index.
            inverted |= c.name(Role::Other)?.value == "gin";
        }
        let index = self.index_def(c, name, unique, inverted)?;
        if c.is_symbol_at(1, "(") && c.eat("WITH") {
            self.storage_parameters(c)?;
        }
        let predicate = match c.eat("WHERE") {
            true => Some(self.boxed_scalar(c)?),
            false => None,
        };
        Ok(Statement::CreateIndex(Box::new(CreateIndex {
            if_not_exists,
            table,
            index,
            predicate,
        })))
    }

    pub(super) fn inspect(self, c: &mut Cursor) -> Parsed<Statement> {
        let object = match c.expect_any(&["TABLE", "DATABASE"])? {
            "TABLE" => ObjectKind::Table,
            _ => ObjectKind::Database,
        };
        let name = c.path(Role::Table)?;
        let as_of = self.as_of(c)?;
        let options = self.inspect_options(c)?;
        Ok(Statement::Inspect {
            object,
            name,
            as_of,
            options,
        })
    }
}

impl Grammar {
    /// `WITH OPTIONS (DETACHED)`, `WITH OPTIONS INDEX ALL`, `WITH OPTIONS INDEX (a, b), DETACHED`.
    fn inspect_options(self, c: &mut Cursor) -> Parsed<Options> {
        let mut options = Options::default();
        if !c.eat("WITH") {
            return Ok(options);
        }
        c.eat("OPTIONS");
        let brackets = c.eat_symbol("(");
        options.bracketed = true;
        options.list = c.list(|c| {
            let start = c.position();
            let (name, value) = match c.expect_any(&["INDEX", "DETACHED"])? {
                "DETACHED" => ("detached", OptValue::None),
                _ if c.eat("ALL") => ("index all", OptValue::None),
                _ => {
                    c.eat_symbol("=");
                    c.expect_symbol("(")?;
                    let names = c.list(|c| self.text_arg(c))?;
                    c.expect_symbol(")")?;
                    ("index", OptValue::List(names))
                }
            };
            Ok(Opt {
                name: name.to_owned(),
                value,
                span: c.span_from(start),
            })
        })?;
        if brackets {
            c.expect_symbol(")")?;
        }
        Ok(options)
    }
}

fn empty_table(name: Path, if_not_exists: bool) -> CreateTable {
    CreateTable {
        name,
        if_not_exists,
        columns: Vec::new(),
        constraints: Vec::new(),
        indexes: Vec::new(),
        storage: Options::default(),
        source: None,
    }
}
