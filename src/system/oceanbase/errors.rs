//! Errors as the server numbers and words them (reference: oceanbase-backup 2).
//!
//! Rules make every error in its MySQL form; [`oracle`] turns it into what an Oracle-mode session
//! is told. Numbers are those of the MySQL protocol; where the server's own code differs,
//! [`server_code`] knows it.

use crate::base::{Error, ErrorKind, Span, Type};
use crate::sql::{Cause, Flaw, SyntaxError};

/// Result codes that job rows hold.
pub mod code {
    /// Canceled.
    pub const CANCELED: i64 = -4072;
    /// No space left at the destination.
    pub const DISK_FULL: i64 = -4184;
    /// Archiving stopped while the backup needed it.
    pub const LOG_STOPPED: i64 = -9029;
    /// Archiving broke off while the backup needed it.
    pub const LOG_INTERRUPTED: i64 = -9027;
    /// The destination does not answer.
    pub const DEST_UNREACHABLE: i64 = -9070;
    /// No server has answered, whichever was asked: the only one that a whole job is retried for.
    pub const TIMEOUT: i64 = -4012;

    /// The text that comments and messages print for a code.
    pub fn text(code: i64) -> &'static str {
        match code {
            CANCELED => "Operation canceled",
            DISK_FULL => "Server out of disk space",
            LOG_STOPPED => "log archive is not running",
            LOG_INTERRUPTED => "ob log archive interrupted",
            DEST_UNREACHABLE => "can not connect to backup destination",
            TIMEOUT => "Timeout",
            _ => "Common error",
        }
    }
}

fn error(kind: ErrorKind, number: i32, state: &'static str, text: impl Into<String>) -> Error {
    Error::new(kind, text).number(number).sqlstate(state)
}

/// 1235 without a reason.
pub fn not_supported() -> Error {
    error(
        ErrorKind::Unsupported,
        1235,
        "0A000",
        "Not supported feature or function",
    )
}

/// 1235 with its reason: the template is `%s not supported`, which explains the odd endings.
pub fn unsupported(what: impl std::fmt::Display) -> Error {
    error(
        ErrorKind::Unsupported,
        1235,
        "0A000",
        format!("{what} not supported"),
    )
}

/// 1227: a statement that is not open to this tenant.
pub fn access_denied() -> Error {
    error(ErrorKind::Privilege, 1227, "42501", "Access denied")
}

/// 1227: a privilege is missing; `which` is `SUPER` or `SUPER or ALTER SYSTEM`.
pub fn need_privilege(which: &str) -> Error {
    error(
        ErrorKind::Privilege,
        1227,
        "42501",
        format!(
            "Access denied; you need (at least one of) the {which} privilege(s) for this operation"
        ),
    )
}

/// 5160: also what an unknown tenant in a list gives; yes, that text.
pub fn invalid_tenant() -> Error {
    error(
        ErrorKind::Name,
        5160,
        "HY000",
        "invalid tenant name specified in connection string",
    )
}

pub fn internal() -> Error {
    error(ErrorKind::State, 4016, "HY000", "Internal error")
}

pub fn invalid_argument() -> Error {
    error(ErrorKind::Type, 1210, "HY000", "Invalid argument")
}

/// 1210 with the server's words for what it is about.
pub fn incorrect_argument(what: &str) -> Error {
    error(
        ErrorKind::Type,
        1210,
        "HY000",
        format!("Incorrect arguments to {what}"),
    )
}

/// An error that the server knows by one number in both protocols.
pub fn state(number: i32, text: impl Into<String>) -> Error {
    error(ErrorKind::State, number, "HY000", text)
}

/// 9036: a job row of the same initiator exists.
pub fn in_progress() -> Error {
    state(9036, "Backup is in progress")
}

/// 9040: `reason` is empty in a user tenant without a destination.
pub fn cannot_start(reason: &str) -> Error {
    if reason.is_empty() {
        state(9040, "backup can not start")
    } else {
        state(9040, format!("backup can not start, because {reason}"))
    }
}

pub fn unknown_tenant(name: &str) -> Error {
    error(
        ErrorKind::Name,
        5157,
        "HY000",
        format!("Unknown tenant '{name}'"),
    )
}

pub fn no_table(database: &str, name: &str) -> Error {
    error(
        ErrorKind::Name,
        1146,
        "42S02",
        format!("Table '{database}.{name}' doesn't exist"),
    )
}

pub fn no_database(name: &str) -> Error {
    error(
        ErrorKind::Name,
        1049,
        "42000",
        format!("Unknown database '{name}'"),
    )
}

pub fn duplicate_key(entry: &str) -> Error {
    error(
        ErrorKind::State,
        1062,
        "23000",
        format!("Duplicate entry '{entry}' for key 'PRIMARY'"),
    )
}

/// What a statement on users' tables says of a name or a value.
fn named(number: i32, state: &'static str, text: String) -> Error {
    error(ErrorKind::Name, number, state, text)
}

pub fn no_database_selected() -> Error {
    named(1046, "3D000", "No database selected".to_owned())
}

pub fn database_exists(name: &str, create: bool) -> Error {
    if create {
        return named(
            1007,
            "HY000",
            format!("Can't create database '{name}'; database exists"),
        );
    }
    named(
        1008,
        "HY000",
        format!("Can't drop database '{name}'; database doesn't exist"),
    )
}

pub fn table_exists(name: &str) -> Error {
    named(1050, "42S01", format!("Table '{name}' already exists"))
}

/// What DROP TABLE does not find.
pub fn unknown_table(database: &str, name: &[String]) -> Error {
    let name = match name {
        [table] => [database, ".", table].concat(),
        name => name.join("."),
    };
    named(1051, "42S02", format!("Unknown table '{name}'"))
}

pub fn duplicate_column(name: &str) -> Error {
    named(1060, "42S21", format!("Duplicate column name '{name}'"))
}

pub fn no_key_column(name: &str) -> Error {
    named(
        1072,
        "42000",
        format!("Key column '{name}' doesn't exist in table"),
    )
}

pub fn unknown_column(name: &str) -> Error {
    named(
        1054,
        "42S22",
        format!("Unknown column '{name}' in 'field list'"),
    )
}

pub fn column_count(too_few: bool) -> Error {
    let told = named(
        1136,
        "21S01",
        "Column count doesn't match value count at row 1".to_owned(),
    );
    // Oracle mode tells which.
    if too_few {
        told.detail("too few")
    } else {
        told
    }
}

pub fn not_null(column: &str) -> Error {
    named(1048, "23000", format!("Column '{column}' cannot be null"))
}

pub fn no_default(column: &str) -> Error {
    named(
        1364,
        "HY000",
        format!("Field '{column}' doesn't have a default value"),
    )
}

pub fn too_long(column: &str, row: usize) -> Error {
    named(
        1406,
        "22001",
        format!("Data too long for column '{column}' at row {row}"),
    )
}

pub fn no_number(ty: Type, text: &str, column: &str, row: usize) -> Error {
    let kind = match ty {
        Type::Int => "integer",
        Type::Float => "double",
        _ => "decimal",
    };
    named(
        1366,
        "HY000",
        format!("Incorrect {kind} value: '{text}' for column '{column}' at row {row}"),
    )
}

pub fn no_table_privilege(verb: &str, user: &str, table: &str) -> Error {
    error(
        ErrorKind::Privilege,
        1142,
        "42000",
        format!("{verb} command denied to user '{user}'@'%' for table '{table}'"),
    )
}

pub fn no_database_privilege(user: &str, database: &str) -> Error {
    error(
        ErrorKind::Privilege,
        1044,
        "42000",
        format!("Access denied for user '{user}'@'%' to database '{database}'"),
    )
}

/// What SHOW GRANTS says of a user that is not there.
pub fn no_grant(user: &str) -> Error {
    named(
        1141,
        "42000",
        format!("There is no such grant defined for user '{user}' on host '%'"),
    )
}

/// SUPER and ALTER SYSTEM are nobody's in one database.
pub fn privilege_usage() -> Error {
    named(
        1221,
        "HY000",
        "Incorrect usage of DB GRANT and GLOBAL PRIVILEGES".to_owned(),
    )
}

pub fn login_failed(user: &str) -> Error {
    error(
        ErrorKind::Privilege,
        1045,
        "42000",
        format!("Access denied for user '{user}'@'xxx.xxx.xxx.xxx' (using password: NO)"),
    )
}

/// A cluster without a RootService leader.
pub fn no_root_service() -> Error {
    state(4638, "The RootServer is not the master")
}

/// What a standby tenant says to writers.
pub fn standby() -> Error {
    state(4688, "standby tenant is read only")
}

/// 1065.
pub fn empty_query() -> Error {
    error(ErrorKind::Syntax, 1065, "42000", "Query was empty")
}

/// Bytes of a statement that a 1064 quotes; a character that would be cut is left out
/// (reference 1.3).
const NEAR: usize = 80;

/// 1064 for what the grammar could not read in `text`.
pub fn syntax(wrong: &SyntaxError, text: &str) -> Error {
    if let Cause::Told(told) = &wrong.cause {
        return told.clone();
    }
    let text = text.trim_end();
    let mut start = match (wrong.at_end, wrong.previous) {
        (true, Some(last)) => {
            let start = last_piece(text, last);
            match text.get(..start).unwrap_or("").strip_suffix('.') {
                Some(before) if dotted_name(text, before.len()) < before.len() => {
                    dotted_name(text, before.len())
                }
                _ => start,
            }
        }
        _ => dotted_name(text, wrong.span.start),
    };
    let (line, _) = Span::new(start, start).line_column(text);
    // A quote or comment without its end is quoted from behind its opening mark.
    let open = match wrong.cause {
        Cause::Lexical(Flaw::OpenString | Flaw::OpenName) => 1,
        Cause::Lexical(Flaw::OpenComment) => 2,
        _ => 0,
    };
    if start + open < text.len() {
        start += open;
    }
    let mut end = text.len().min(start + NEAR);
    while end > start && !text.is_char_boundary(end) {
        end -= 1;
    }
    let near = text.get(start..end).unwrap_or("");
    error(
        ErrorKind::Syntax,
        1064,
        "42000",
        format!(
            "You have an error in your SQL syntax; check the manual that corresponds to your \
             OceanBase version for the right syntax to use near '{near}' at line {line}"
        ),
    )
    .at(if wrong.at_end {
        Span::new(start, end)
    } else {
        wrong.span
    })
}

/// Where the last thing stands that was read before an early end: the last token, or the comment
/// after it, of which the server has only the closing mark in hand.
fn last_piece(text: &str, last: Span) -> usize {
    let tail = text.get(last.end..).unwrap_or("");
    if tail.ends_with("*/") {
        return last.end + tail.trim_end_matches('/').trim_end_matches('*').len();
    }
    let line = tail.rfind('\n').map_or(0, |at| at + 1);
    match tail.get(line..).and_then(|l| l.find(['#', '-'])) {
        Some(at) => last.end + line + at,
        None => last.start,
    }
}

/// `a.b` without blanks is one token to the server: what is wrong with its second half is wrong
/// with all of it.
fn dotted_name(text: &str, at: usize) -> usize {
    let word = |c: char| c == '_' || c == '$' || c.is_ascii_alphanumeric() || !c.is_ascii();
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let mut rest = after.chars();
    if rest.next() != Some('.') || !rest.next().is_some_and(word) {
        return at;
    }
    before.trim_end_matches(|c| c == '.' || word(c)).len()
}

/// The server's own code of an error that the MySQL protocol numbers otherwise.
fn server_code(number: i32) -> i32 {
    match number {
        1044 => 5170,
        1046 => 5134,
        1049 => 5154,
        1050 => 5020,
        1060 => 5008,
        1065 => 5253,
        1136 => 5175,
        1141 => 11008,
        1221 => 5182,
        1396 => 5155,
        1210 => 4002,
        1227 => 5036,
        1235 => 4007,
        other => other,
    }
}

/// The same error as an Oracle-mode session is told it (reference 2.5). 4.2.5 prints `ORA-`; the
/// prefix `OBE-` came with 4.3.
pub fn oracle(told: Error) -> Error {
    let text = &told.message;
    let reworded = match told.number {
        0 => return told,
        _ if text.starts_with("ORA-") => return told,
        1064 => format!("ORA-00900: {text}"),
        1051 | 1146 => "ORA-00942: table or view does not exist".to_owned(),
        1050 => "ORA-00955: name is already used by an existing object".to_owned(),
        1044 | 1142 => "ORA-01031: insufficient privileges".to_owned(),
        1048 | 1364 => {
            let column = text.split('\'').nth(1).unwrap_or("");
            format!("ORA-01400: cannot insert NULL into '({column})'")
        }
        1054 => {
            let column = text.split('\'').nth(1).unwrap_or("");
            format!("ORA-00904: invalid identifier '{column}' in 'field list'")
        }
        1072 => {
            let column = text.split('\'').nth(1).unwrap_or("");
            format!("ORA-00904: '{column}': invalid identifier")
        }
        4688 => "ORA-16000: standby tenant is read only".to_owned(),
        // CREATE USER or DROP USER 'name'@'%'
        1396 => {
            let user = text.split('\'').nth(1).unwrap_or("");
            if text.contains("CREATE") {
                format!("ORA-01920: user name '{user}' conflicts with another user or role name")
            } else {
                format!("ORA-01918: user '{user}' does not exist")
            }
        }
        1136 if told.detail.is_some() => "ORA-00947: not enough values".to_owned(),
        1136 => "ORA-00913: too many values".to_owned(),
        1366 => "ORA-01722: invalid number".to_owned(),
        1406 => {
            let column = text.split_once("column ").map_or("", |(_, rest)| rest);
            format!("ORA-12899: value too large for column {column}")
        }
        1062 => {
            let entry = text.trim_start_matches("Duplicate entry ");
            format!("ORA-00001: unique constraint {entry} violated")
        }
        1045 => "ORA-01017: invalid username/password; logon denied".to_owned(),
        number => format!(
            "ORA-00600: internal error code, arguments: -{}, {text}",
            server_code(number)
        ),
    };
    told.reworded(reworded)
}
