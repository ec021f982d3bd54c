//! Statements of both modes, typed (reference: oceanbase-backup 1). What a mode lacks is a syntax
//! error there; what it reads and then refuses is read here and refused by the resolver.

mod admin;
mod backup;
mod display;
mod operands;
mod rows;
mod shape;
mod show;
mod unreserved;

pub use admin::{PoolOptions, Privileges, TenantOptions, UserName};
pub use backup::{
    AddPolicy, Backup, DeleteWhat, Leftover, Restore, Scope, SetParameters, Setting, Until,
};
pub use rows::{Assigned, Change, CreateTable, Insert, NewColumn, Scalar, Source, TableName};
pub use show::Show;

use super::errors;
use super::keywords;
use super::model::Mode;
use crate::base::{Error, Result, Span};
use crate::sql::{self, Cursor, Kind, Lexer, Parsed, Role, Style, SyntaxError, Token, Tokens};

/// A tenant as a statement names it, before anybody has looked whether it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantName {
    pub value: String,
    pub span: Span,
}

/// `TENANT [=] a[, b]…`; `None` where the clause is left out.
pub type Tenants = Option<Vec<TenantName>>;

/// A query; OceanBase has no statements as row sources.
pub type Query = sql::Query<NoSource>;

/// What stands in brackets in other products' queries: nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSource {}

#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    Backup(Backup),
    CancelBackup(Tenants),
    CancelDelete(Tenants),
    AddPolicy(AddPolicy),
    DropPolicy {
        name: String,
        tenants: Tenants,
    },
    DeleteBackup {
        what: DeleteWhat,
    },
    /// ARCHIVELOG (true) or NOARCHIVELOG.
    Archive {
        on: bool,
        tenants: Tenants,
    },
    BackupKey {
        tenants: Tenants,
    },
    BackupParameters {
        dest: String,
    },
    Set(SetParameters),
    /// `SET ENCRYPTION ON IDENTIFIED BY 'password' ONLY`
    SetEncryption {
        password: String,
    },
    /// `SET DECRYPTION IDENTIFIED BY 'a'[, 'b']…`
    SetDecryption {
        passwords: Vec<String>,
    },
    Restore(Restore),
    CancelRestore {
        name: String,
    },
    CancelRecover,
    Leftover(Leftover),
    CreateTenant {
        name: String,
        if_not_exists: bool,
        options: TenantOptions,
    },
    DropTenant {
        name: String,
        if_exists: bool,
        force: bool,
    },
    LockTenant {
        name: String,
        lock: bool,
    },
    CreatePool {
        name: String,
        if_not_exists: bool,
        options: PoolOptions,
    },
    DropPool {
        name: String,
        if_exists: bool,
    },
    CreateUnit {
        name: String,
        if_not_exists: bool,
    },
    DropUnit {
        name: String,
        if_exists: bool,
    },
    CreateUser {
        users: Vec<UserName>,
        if_not_exists: bool,
    },
    DropUser {
        users: Vec<UserName>,
    },
    /// GRANT (true) or REVOKE.
    Grant {
        on: bool,
        privileges: Privileges,
        users: Vec<UserName>,
    },
    CreateTable(Box<CreateTable>),
    Truncate(TableName),
    DropTable {
        tables: Vec<TableName>,
        if_exists: bool,
    },
    /// CREATE (true) or DROP DATABASE.
    Database {
        create: bool,
        name: String,
        if_clause: bool,
    },
    Insert(Box<Insert>),
    /// UPDATE or DELETE.
    Change(Box<Change>),
    Show(Show),
    ShowWhere(Box<(Show, Scalar)>),
    Query(Box<Query>),
    Use(String),
    /// `ALTER SESSION SET CURRENT_SCHEMA = name`
    Schema(String),
    /// `SET name = value`: kept for the session.
    SetVariables(Vec<(String, String)>),
    /// BEGIN, COMMIT, ROLLBACK.
    Transaction(Transaction),
    /// A comment alone.
    Nothing,
    /// Statements that the product has and this playground does not run.
    Absent,
}

impl Statement {
    /// Whether RootService writes it down: what begins with ALTER SYSTEM or ALTER TENANT.
    pub fn is_written(&self) -> bool {
        matches!(
            self,
            Statement::Backup(_)
                | Statement::CancelBackup(_)
                | Statement::CancelDelete(_)
                | Statement::AddPolicy(_)
                | Statement::DropPolicy { .. }
                | Statement::DeleteBackup { .. }
                | Statement::Archive { .. }
                | Statement::BackupKey { .. }
                | Statement::BackupParameters { .. }
                | Statement::Set(_)
                | Statement::Restore(_)
                | Statement::CancelRestore { .. }
                | Statement::CancelRecover
                | Statement::Leftover(_)
                | Statement::LockTenant { .. }
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    Begin,
    Commit,
    Rollback,
}

/// First words of statements that the product knows beyond those read here, and what must follow;
/// nothing: anything.
const ABSENT: &[(&str, &[&str])] = &[
    ("ANALYZE", &["TABLE", "INDEX"]),
    ("CALL", &[]),
    ("COMMENT", &[]),
    ("DEALLOCATE", &["PREPARE"]),
    ("EXECUTE", &[]),
    ("FLASHBACK", &["TABLE", "DATABASE", "SCHEMA", "TENANT"]),
    ("HELP", &[]),
    ("KILL", &[]),
    ("LOAD", &["DATA"]),
    ("LOCK", &["TABLE", "TABLES"]),
    ("MERGE", &[]),
    ("OPTIMIZE", &["TABLE", "TENANT"]),
    ("PREPARE", &[]),
    (
        "PURGE",
        &[
            "TABLE",
            "INDEX",
            "DATABASE",
            "SCHEMA",
            "TENANT",
            "RECYCLEBIN",
        ],
    ),
    ("RENAME", &[]),
    ("SAVEPOINT", &[]),
    ("UNLOCK", &["TABLE", "TABLES"]),
    (
        "XA",
        &["START", "BEGIN", "END", "PREPARE", "COMMIT", "ROLLBACK"],
    ),
];

/// Reads the first statement of `text`; what follows a semicolon is ignored, as the server does
/// with a packet of several statements (reference 1.3).
pub fn parse(text: &str, mode: Mode) -> Result<Statement> {
    match opened(text, mode).map(|opened| read(&opened, mode)) {
        Some(Ok(statement)) => Ok(statement),
        _ => read(text, mode),
    }
}

/// `/*! … */` and `/*!50001 … */` are read in MySQL mode, and comments only where that fails (public
/// source: `ObParser::parse_sql`): the text with blanks for their marks.
fn opened(text: &str, mode: Mode) -> Option<String> {
    if mode != Mode::Mysql || !text.contains("/*!") {
        return None;
    }
    let mut opened = text.as_bytes().to_vec();
    for token in Lexer::new(text, mode.flavour()) {
        let comment = token.span.of(text);
        if token.kind == Kind::Comment && comment.starts_with("/*!") {
            let digits = comment.bytes().skip(3).take(5);
            let version = digits.take_while(u8::is_ascii_digit).count() == 5;
            let (start, end) = (token.span.start, token.span.end);
            for marks in [start..start + if version { 8 } else { 3 }, end - 2..end] {
                opened.get_mut(marks)?.fill(b' ');
            }
        }
    }
    String::from_utf8(opened).ok()
}

fn read(text: &str, mode: Mode) -> Result<Statement> {
    let mut tokens = Tokens::read(text, mode.flavour())?;
    let first = tokens.list.first().map_or("", |t| t.span.of(text));
    let plain = ["ALTER", "DROP"];
    if mode == Mode::Mysql && plain.iter().any(|w| w.eq_ignore_ascii_case(first)) {
        join_prefixes(&mut tokens);
    }
    let end = tokens
        .list
        .iter()
        .position(|t| t.kind == Kind::Symbol(";"))
        .unwrap_or(tokens.list.len());
    if end == 0 {
        // Nothing at all is an error, a comment alone is not.
        return if tokens.list.is_empty() && !text.trim_matches(is_nothing).is_empty() {
            Ok(Statement::Nothing)
        } else {
            Err(errors::empty_query())
        };
    }
    // What stands behind the semicolon is another packet to a client, and quoted by none.
    let text = match tokens.list.get(end) {
        Some(semicolon) => text.get(..semicolon.span.start).unwrap_or(text),
        None => text,
    };
    tokens.list.truncate(end);
    let mut cursor = Cursor::new(&tokens);
    statement(&mut cursor, mode)
        .and_then(|s| cursor.expect_end().map(|()| s))
        .map_err(|wrong| errors::syntax(&wrong, text))
}

/// `x'41'`, `b'1'`, `n'a'`, `_utf8'a'` and `date '2026-11-20'` are one token each, and none of them
/// is a string or a name (public lexer of MySQL mode). For statements without expressions.
fn join_prefixes(tokens: &mut Tokens) {
    let text = tokens.text;
    let mut last = 0;
    for at in 1..tokens.list.len() {
        let (Some(&word), Some(&string)) = (tokens.list.get(last), tokens.list.get(at)) else {
            break;
        };
        let digits = string.span.of(text).trim_matches('\'').bytes();
        let prefix = word.span.of(text);
        let is = |w: &&str| w.eq_ignore_ascii_case(prefix);
        let near = word.span.end == string.span.start;
        let joins = word.kind == Kind::Word
            && string.kind == Kind::String(Style::Plain)
            && (["date", "time", "timestamp"].iter().any(is)
                || near && (is(&"n") || prefix.starts_with('_'))
                || near && is(&"x") && digits.clone().all(|b| b.is_ascii_hexdigit())
                || near && is(&"b") && digits.clone().all(|b| matches!(b, b'0' | b'1')));
        last += 1;
        if joins {
            last -= 1;
        }
        let token = match joins {
            true => Token {
                kind: Kind::Placeholder,
                span: word.span.to(string.span),
            },
            false => string,
        };
        if let Some(slot) = tokens.list.get_mut(last) {
            *slot = token;
        }
    }
    tokens.list.truncate(last + 1);
}

fn statement(c: &mut Cursor, mode: Mode) -> Parsed<Statement> {
    if c.eat("ALTER") {
        if c.eat("SYSTEM") {
            return backup::alter_system(c, mode);
        }
        if c.eat("TENANT") {
            let name = c.name(Role::Tenant)?.value;
            return match c.eat_any(&["LOCK", "UNLOCK"]) {
                Some(word) => Ok(Statement::LockTenant {
                    name,
                    lock: word == "LOCK",
                }),
                None => absent_after(
                    c,
                    &[
                        "SET",
                        "RENAME",
                        "RESOURCE_POOL_LIST",
                        "PRIMARY_ZONE",
                        "LOCALITY",
                        "ZONE_LIST",
                        "CHARSET",
                        "COLLATE",
                        "COMMENT",
                        "READ",
                        "VARIABLES",
                    ],
                ),
            };
        }
        if c.eat("SESSION") {
            c.expect("SET")?;
            if c.eat("CURRENT_SCHEMA") {
                c.expect_symbol("=")?;
                return Ok(Statement::Schema(c.name(Role::Database)?.value));
            }
            return admin::variables(c);
        }
        if c.eat_any(&["DATABASE", "SCHEMA"]).is_some() {
            let options = [
                "SET",
                "CHARACTER",
                "CHARSET",
                "COLLATE",
                "DEFAULT",
                "PRIMARY_ZONE",
                "READ",
            ];
            if !options.iter().any(|w| c.is_word(w)) {
                c.name(Role::Database)?;
            }
            if c.eat("SET") {
                c.expect_any(&options[1..])?;
                return Ok(absent(c));
            }
            return absent_after(c, &options);
        }
        return absent_after(c, &["TABLE", "USER", "RESOURCE"]);
    }
    if c.eat("CREATE") {
        return admin::create(c);
    }
    if c.eat("DROP") {
        return admin::drop(c);
    }
    if c.eat("GRANT") {
        return admin::grant(c, true);
    }
    if c.eat("REVOKE") {
        return admin::grant(c, false);
    }
    if c.eat("SHOW") {
        return show::show(c);
    }
    if c.eat("DESC") || c.eat("DESCRIBE") || c.eat("EXPLAIN") {
        return show::describe(c);
    }
    if c.eat("SET") {
        return admin::set(c);
    }
    if c.eat("USE") {
        return Ok(Statement::Use(c.name(Role::Database)?.value));
    }
    for (word, what) in [
        ("BEGIN", Transaction::Begin),
        ("COMMIT", Transaction::Commit),
        ("ROLLBACK", Transaction::Rollback),
    ] {
        if c.eat(word) {
            c.eat("WORK");
            return Ok(Statement::Transaction(what));
        }
    }
    if c.eat("START") {
        c.expect("TRANSACTION")?;
        return Ok(Statement::Transaction(Transaction::Begin));
    }
    if c.eat("INSERT") {
        return rows::insert(c, false);
    }
    if mode == Mode::Mysql && c.eat("REPLACE") {
        return rows::insert(c, true);
    }
    if c.eat("TRUNCATE") {
        if !c.eat("TABLE") && mode == Mode::Oracle {
            return Err(c.error());
        }
        return Ok(Statement::Truncate(rows::table_name(c)?));
    }
    if c.eat("UPDATE") {
        return rows::change(c, false);
    }
    if c.eat("DELETE") {
        if !c.eat("FROM") && mode == Mode::Mysql {
            // DELETE a FROM a JOIN b …
            c.list(rows::table_name)?;
            c.expect("FROM")?;
            return Ok(absent(c));
        }
        return rows::change(c, true);
    }
    // TABLE begins no query here.
    if !c.is_word("TABLE") && sql::query::starts(c) {
        // Oracle mode has no LIMIT: the word is an alias there, and what follows it is too much.
        if mode == Mode::Oracle {
            let start = c.position();
            while let Some(token) = c.advance() {
                let limit = token.span.of(c.text()).eq_ignore_ascii_case("LIMIT");
                if limit && c.peek().is_some_and(|t| t.kind == Kind::Number) {
                    return Err(c.error_here());
                }
            }
            c.rewind(start);
        } else {
            let start = c.position();
            shape::query(c)?;
            c.expect_end()?;
            c.rewind(start);
        }
        let none = |c: &mut Cursor| -> Parsed<NoSource> { Err(c.error_here()) };
        return Ok(Statement::Query(Box::new(sql::query::query_to_end(
            c, &none,
        )?)));
    }
    for (first, second) in ABSENT {
        if !c.is_word(first) || c.peek_at(1).is_none() {
            continue;
        }
        c.advance();
        let known = second.is_empty() || second.iter().any(|w| c.is_word(w));
        return if known {
            Ok(absent(c))
        } else {
            Err(c.error_here())
        };
    }
    Err(c.error())
}

/// Takes the rest of a statement that the product has and this playground has not.
fn absent(c: &mut Cursor) -> Statement {
    while c.advance().is_some() {}
    Statement::Absent
}

fn absent_after(c: &mut Cursor, words: &[&'static str]) -> Parsed<Statement> {
    c.expect_any(words)?;
    if c.at_end() {
        return Err(c.error_here());
    }
    Ok(absent(c))
}

fn is_nothing(c: char) -> bool {
    c == ';' || c.is_whitespace()
}

/// A name, bare or quoted, or a string, in MySQL mode also ALL: what the server takes for tenants
/// in a list.
fn name_or_string(c: &mut Cursor, role: Role) -> Parsed<TenantName> {
    let mysql = c.flavour().lexis.backquoted_names;
    let name = if mysql && c.is_word("ALL") {
        c.eat_any_name(role)
    } else {
        c.eat_name(role)
    };
    let name = name.map(|n| (n.value, n.span));
    let found = match name {
        Some(found) => Some(found),
        None => c.eat_string().map(|t| (t.value, t.span)),
    };
    found
        .map(|(value, span)| TenantName { value, span })
        .ok_or_else(|| c.error())
}

/// `[TENANT [=] list]`
fn tenants(c: &mut Cursor) -> Parsed<Tenants> {
    if !c.eat("TENANT") {
        return Ok(None);
    }
    c.eat_symbol("=");
    c.list(|c| name_or_string(c, Role::Tenant)).map(Some)
}

/// `[DESCRIPTION [=] 'text']`
fn description(c: &mut Cursor) -> Parsed<Option<String>> {
    if !c.eat("DESCRIPTION") {
        return Ok(None);
    }
    c.eat_symbol("=");
    Ok(Some(c.string()?.value))
}

/// `[word [=] 'text']`
fn option_string(c: &mut Cursor, word: &'static str) -> Parsed<Option<String>> {
    if !c.eat(word) {
        return Ok(None);
    }
    c.eat_symbol("=");
    Ok(Some(c.string()?.value))
}

/// `[word [=] n]`
fn option_integer(c: &mut Cursor, word: &'static str) -> Parsed<Option<i64>> {
    if !c.eat(word) {
        return Ok(None);
    }
    c.eat_symbol("=");
    c.integer().map(Some)
}

/// `[IF NOT EXISTS]`
fn if_not_exists(c: &mut Cursor) -> Parsed<bool> {
    if !c.eat("IF") {
        return Ok(false);
    }
    c.expect_words(&["NOT", "EXISTS"])?;
    Ok(true)
}

/// `[IF EXISTS]`
fn if_exists(c: &mut Cursor) -> Parsed<bool> {
    if !c.eat("IF") {
        return Ok(false);
    }
    c.expect("EXISTS")?;
    Ok(true)
}

impl Mode {
    /// How this mode's SQL is cut into tokens.
    pub fn flavour(self) -> &'static sql::Flavour {
        match self {
            Mode::Mysql => &keywords::MYSQL,
            Mode::Oracle => &keywords::ORACLE,
        }
    }
}

/// An error of the grammar that already has its words.
fn told(error: Error, span: Span) -> SyntaxError {
    SyntaxError::told(error, span)
}
