//! Words of MySQL mode by what they may do in a query, all sorted.

/// Unreserved words that are no alias, as they go on with the query.
pub const NO_ALIAS: &[&str] = &[
    "ALL",
    "BINARY",
    "CASE",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DISTINCT",
    "DISTINCTROW",
    "EXCEPT",
    "FORCE",
    "INTERSECT",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "MINUS",
    "STRAIGHT_JOIN",
    "UNIQUE",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
    "WINDOW",
];

/// Reserved words that begin an operand: as functions, or by a rule of their own.
pub const OPERANDS: &[&str] = &[
    "BINARY",
    "CASE",
    "CHAR",
    "CONVERT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DATABASE",
    "DEFAULT",
    "EXISTS",
    "FALSE",
    "IF",
    "INSERT",
    "INTERVAL",
    "LEFT",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "MATCH",
    "MOD",
    "NULL",
    "REPEAT",
    "REPLACE",
    "RIGHT",
    "SCHEMA",
    "TRUE",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
    "VALUES",
];

/// Those of them that stand without brackets.
pub const ALONE: &[&str] = &[
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "FALSE",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NULL",
    "TRUE",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
];

/// Reserved words that not even `word.name` begins with.
pub const NOWHERE: &[&str] = &[
    "ALL",
    "BOTH",
    "DISTINCT",
    "DISTINCTROW",
    "FROM",
    "LEADING",
    "SELECT",
    "TRAILING",
    "UNIQUE",
    "WHEN",
];

/// Functions with words between their operands: what their brackets hold is not looked at.
pub const OWN_FORM: &[&str] = &[
    "ADDDATE",
    "CAST",
    "CHAR",
    "CONVERT",
    "DATE_ADD",
    "DATE_SUB",
    "EXTRACT",
    "GET_FORMAT",
    "GROUP_CONCAT",
    "JSON_QUERY",
    "JSON_VALUE",
    "LISTAGG",
    "MATCH",
    "POSITION",
    "SUBDATE",
    "SUBSTR",
    "SUBSTRING",
    "TIMESTAMPADD",
    "TIMESTAMPDIFF",
    "TRIM",
    "WEIGHT_STRING",
];

/// Functions over rows.
pub const OVER_ROWS: &[&str] = &["AVG", "COUNT", "MAX", "MIN", "SUM"];

/// Words of the language after which a bracket opens the operands of a function.
pub const FUNCTIONS: &[&str] = &[
    "AVG",
    "COUNT",
    "DATE",
    "DAY",
    "HOUR",
    "LOG",
    "MAX",
    "MIN",
    "MINUTE",
    "MONTH",
    "NOW",
    "PASSWORD",
    "SECOND",
    "SUM",
    "SYSDATE",
    "TIME",
    "TIMESTAMP",
    "TRUNCATE",
    "USER",
    "WEEK",
    "YEAR",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        let lists = [
            NO_ALIAS, OPERANDS, ALONE, NOWHERE, OWN_FORM, OVER_ROWS, FUNCTIONS,
        ];
        for list in lists {
            assert!(list.is_sorted(), "{list:?}");
        }
    }
}
