//! What OceanBase says of a query that is wrong: in MySQL mode MySQL's numbers and states
//! (`src/share/ob_errno.def`), in Oracle mode texts with their ORA number.

use crate::base::{Error, Type};
use crate::query::{Clause, Flavour, Problem, Words};

/// Expressions and names in sys and in MySQL tenants.
pub static MYSQL_QUERIES: Flavour = Flavour::MYSQL;

/// Expressions and names in Oracle tenants.
pub static ORACLE_QUERIES: Flavour = Flavour::ORACLE;

/// MySQL mode. A table is named with its database.
pub struct MysqlWords<'a> {
    pub database: &'a str,
}

/// Oracle mode.
pub struct OracleWords;

fn place(clause: Clause) -> &'static str {
    match clause {
        Clause::From | Clause::On => "on clause",
        Clause::Where | Clause::And | Clause::Or | Clause::Not => "where clause",
        Clause::GroupBy => "group statement",
        Clause::Having => "having clause",
        Clause::OrderBy => "order clause",
        _ => "field list",
    }
}

impl Words for MysqlWords<'_> {
    fn say(&self, problem: &Problem<'_>) -> Error {
        let (message, number, state) = self.text(problem);
        let error = Error::new(problem.kind(), message)
            .number(number)
            .sqlstate(state);
        match problem {
            Problem::Unsupported { what } => error.detail(*what),
            _ => error,
        }
    }

    fn type_name(&self, ty: Type) -> &'static str {
        match ty {
            Type::Unknown => "null",
            Type::Bool => "tinyint",
            Type::Int => "bigint",
            Type::Decimal => "decimal",
            Type::Float => "double",
            Type::Text | Type::TextArray | Type::IntArray => "varchar",
            Type::Bytes => "varbinary",
            Type::Timestamp | Type::TimestampTz | Type::Datetime => "datetime",
            Type::Date => "date",
            Type::Interval => "time",
            Type::Json => "json",
        }
    }
}

impl MysqlWords<'_> {
    fn text(&self, problem: &Problem<'_>) -> (String, i32, &'static str) {
        match problem {
            Problem::UnknownColumn { name, clause } => (
                format!("Unknown column '{name}' in '{}'", place(*clause)),
                1054,
                "42S22",
            ),
            Problem::UnknownSource {
                name,
                column: Some(column),
                clause,
            } => (
                format!("Unknown column '{name}.{column}' in '{}'", place(*clause)),
                1054,
                "42S22",
            ),
            Problem::UnknownSource { name, .. } => (format!("Unknown table '{name}'"), 1051, "42S02"),
            Problem::AmbiguousColumn { name, clause, .. } => (
                format!("Column '{name}' in {} is ambiguous", place(*clause)),
                1052,
                "23000",
            ),
            Problem::UnknownTable { name } => {
                let name = match name {
                    [_] if self.database.is_empty() => {
                        return ("No database selected".to_owned(), 1046, "3D000");
                    }
                    [table] => [self.database, ".", table].concat(),
                    name => name.join("."),
                };
                (format!("Table '{name}' doesn't exist"), 1146, "42S02")
            }
            Problem::DuplicateSource { name } => {
                (format!("Not unique table/alias: '{name}'"), 1066, "42000")
            }
            Problem::DerivedNeedsAlias => (
                "Every derived table must have its own alias".to_owned(),
                1248,
                "42000",
            ),
            Problem::UnknownFunction { name } => {
                (format!("FUNCTION {name} does not exist"), 1305, "42000")
            }
            Problem::Signature { name, .. } => {
                (format!("Incorrect arguments to {name}"), 1210, "HY000")
            }
            Problem::ArgumentCount { name } => (
                format!("Incorrect parameter count in the call to native function '{name}'"),
                1582,
                "42000",
            ),
            Problem::Parse {
                text,
                ty: Type::Timestamp | Type::TimestampTz | Type::Date | Type::Datetime,
            } => (format!("Incorrect datetime value: '{text}'"), 1292, "22007"),
            Problem::Parse { text, ty } => (
                format!(
                    "Incorrect {} value: '{text}'",
                    self.type_name(*ty).to_ascii_uppercase()
                ),
                1292,
                "22007",
            ),
            Problem::DivisionByZero => ("Division by 0".to_owned(), 1365, "22012"),
            Problem::Overflow { ty } => (
                format!("{} value is out of range", self.type_name(*ty).to_ascii_uppercase()),
                1690,
                "22003",
            ),
            Problem::NotGrouped { column } => (
                format!("'{column}' is not in GROUP BY"),
                1055,
                "42000",
            ),
            Problem::AggregateMisplaced { .. } | Problem::NestedAggregate { .. } => {
                ("Invalid use of group function".to_owned(), 1111, "HY000")
            }
            Problem::SubqueryColumns { expected, .. } => (
                format!("Operand should contain {expected} column(s)"),
                1241,
                "21000",
            ),
            Problem::SubqueryRows => {
                ("Subquery returns more than 1 row".to_owned(), 1242, "21000")
            }
            Problem::SetColumns { .. } => (
                "The used SELECT statements have a different number of columns".to_owned(),
                1222,
                "21000",
            ),
            Problem::ValuesLength { .. } => (
                "Column count doesn't match value count at row 1".to_owned(),
                1136,
                "21S01",
            ),
            Problem::AliasColumns { .. } => (
                "In definition of view, derived table or common table expression, SELECT list and column names list have different column counts".to_owned(),
                1353,
                "HY000",
            ),
            Problem::OrderPosition { position, clause } => (
                format!("Unknown column '{position}' in '{}'", place(*clause)),
                1054,
                "42S22",
            ),
            Problem::DistinctOrder => (
                "Expression #1 of ORDER BY clause is not in SELECT list, references column which is not in SELECT list; this is incompatible with DISTINCT".to_owned(),
                3065,
                "HY000",
            ),
            Problem::StarWithoutFrom => ("No tables used".to_owned(), 1096, "HY000"),
            Problem::Placeholder { .. } => {
                ("Incorrect arguments to EXECUTE".to_owned(), 1210, "HY000")
            }
            Problem::UnknownVariable { name } => {
                (format!("Unknown system variable '{name}'"), 1193, "HY000")
            }
            Problem::Comparison { .. }
            | Problem::Among { .. }
            | Problem::Operator { .. }
            | Problem::Unary { .. }
            | Problem::NotBool { .. }
            | Problem::NotInt { .. }
            | Problem::Negative { .. }
            | Problem::Mixed { .. }
            | Problem::Cast { .. }
            | Problem::UnknownType { .. }
            | Problem::SetTypes { .. } => ("Incorrect arguments".to_owned(), 1210, "HY000"),
            Problem::Unsupported { .. } => {
                ("Not supported feature or function".to_owned(), 1235, "0A000")
            }
        }
    }
}

impl Words for OracleWords {
    fn say(&self, problem: &Problem<'_>) -> Error {
        let error = Error::new(problem.kind(), self.text(problem));
        match problem {
            Problem::Unsupported { what } => error.detail(*what),
            _ => error,
        }
    }

    fn type_name(&self, ty: Type) -> &'static str {
        match ty {
            Type::Unknown => "NULL",
            Type::Bool | Type::Int | Type::Decimal => "NUMBER",
            Type::Float => "BINARY_DOUBLE",
            Type::Text | Type::TextArray | Type::IntArray => "VARCHAR2",
            Type::Bytes => "RAW",
            Type::Date => "DATE",
            Type::Timestamp | Type::Datetime => "TIMESTAMP",
            Type::TimestampTz => "TIMESTAMP WITH TIME ZONE",
            Type::Interval => "INTERVAL DAY TO SECOND",
            Type::Json => "JSON",
        }
    }
}

impl OracleWords {
    fn text(&self, problem: &Problem<'_>) -> String {
        let plain = match problem {
            Problem::UnknownColumn { name, clause } => {
                return format!(
                    "ORA-00904: invalid identifier '{name}' in '{}'",
                    place(*clause)
                );
            }
            Problem::UnknownSource {
                name,
                column,
                clause,
            } => {
                let column = column.unwrap_or("*");
                return format!(
                    "ORA-00904: invalid identifier '{name}.{column}' in '{}'",
                    place(*clause)
                );
            }
            Problem::UnknownFunction { name } => {
                return format!(
                    "ORA-00904: invalid identifier '{}' in 'field list'",
                    name.to_ascii_uppercase()
                );
            }
            Problem::AmbiguousColumn { name, clause, .. } => {
                return format!(
                    "ORA-00918: column '{name}' in {} ambiguously defined",
                    place(*clause)
                );
            }
            Problem::Comparison { left, right, .. }
            | Problem::Operator { left, right, .. }
            | Problem::Mixed { left, right } => {
                return format!(
                    "ORA-00932: inconsistent datatypes: expected {} got {}",
                    self.type_name(*left),
                    self.type_name(*right)
                );
            }
            Problem::Cast { from, to } => {
                return format!(
                    "ORA-00932: inconsistent datatypes: expected {} got {}",
                    self.type_name(*to),
                    self.type_name(*from)
                );
            }
            Problem::UnknownTable { .. } => "ORA-00942: table or view does not exist",
            Problem::DuplicateSource { .. } => "ORA-00918: column ambiguously defined",
            Problem::ArgumentCount { .. } => "ORA-00909: invalid number of arguments",
            Problem::Signature { .. } | Problem::Unary { .. } | Problem::NotBool { .. } => {
                "ORA-00932: inconsistent datatypes"
            }
            Problem::NotInt { .. } | Problem::Negative { .. } => "ORA-01722: invalid number",
            Problem::Parse {
                ty:
                    Type::Timestamp | Type::TimestampTz | Type::Date | Type::Datetime | Type::Interval,
                ..
            } => "ORA-01861: literal does not match format string",
            Problem::Parse { .. } => "ORA-01722: invalid number",
            Problem::UnknownType { .. } => "ORA-00902: invalid datatype",
            Problem::DivisionByZero => "ORA-01476: divisor is equal to zero",
            Problem::Overflow { .. } => "ORA-01426: numeric overflow",
            Problem::NotGrouped { .. } => "ORA-00979: not a GROUP BY expression",
            Problem::AggregateMisplaced { .. } => "ORA-00934: group function is not allowed here",
            Problem::NestedAggregate { .. } => "ORA-00978: nested group function without GROUP BY",
            Problem::SubqueryColumns { expected, found } if found < expected => {
                "ORA-00947: not enough values"
            }
            Problem::Among { .. }
            | Problem::SubqueryColumns { .. }
            | Problem::ValuesLength { .. } => "ORA-00913: too many values",
            Problem::SubqueryRows => "ORA-01427: single-row subquery returns more than one row",
            Problem::SetColumns { .. } => {
                "ORA-01789: query block has incorrect number of result columns"
            }
            Problem::SetTypes { .. } => {
                "ORA-01790: expression must have same datatype as corresponding expression"
            }
            Problem::AliasColumns { .. } => {
                "ORA-32038: number of WITH clause column names does not match number of elements in select list"
            }
            Problem::OrderPosition { .. } => {
                "ORA-01785: ORDER BY item must be the number of a SELECT-list expression"
            }
            Problem::DistinctOrder => "ORA-01791: not a SELECTed expression",
            Problem::StarWithoutFrom => "ORA-00923: FROM keyword not found where expected",
            Problem::Placeholder { .. } => "ORA-01008: not all variables bound",
            Problem::DerivedNeedsAlias | Problem::UnknownVariable { .. } => {
                "ORA-00900: You have an error in your SQL syntax"
            }
            Problem::Unsupported { .. } => {
                "ORA-00600: internal error code, arguments: -4007, Not supported feature or function"
            }
        };
        plain.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers() {
        let table = Problem::UnknownTable {
            name: &["CDB_OB_BACKUP_PROGRESS".to_owned()],
        };
        let words = MysqlWords {
            database: "oceanbase",
        };
        let error = words.say(&table);
        // reference: oceanbase-backup 2.1
        assert_eq!(
            (error.number, error.sqlstate, error.message.as_str()),
            (
                1146,
                "42S02",
                "Table 'oceanbase.CDB_OB_BACKUP_PROGRESS' doesn't exist"
            )
        );
        assert_eq!(
            OracleWords.say(&table).message,
            "ORA-00942: table or view does not exist"
        );
    }
}
