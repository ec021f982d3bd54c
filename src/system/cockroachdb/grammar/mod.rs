//! CockroachDB's grammar: typed statements with spans, in both versions (reference: cockroachdb-jobs 1).
//! Own statements by recursive descent; queries go to `sql::query`.

mod admin;
mod alter;
mod ast;
mod bulk;
mod create;
mod display;
mod dml;
mod errors;
mod jobs;
mod options;
mod show;
#[cfg(test)]
mod tests;
mod virtual_clusters;

pub use ast::*;
pub use bulk::{
    ALTER_ALWAYS, ALTER_EXECUTE, ALTER_EXECUTE_FULL, ALTER_FULL, ALTER_LABEL, ALTER_RECURRING,
};
pub use display::{Dotted, Literal, Quoted};

use super::keywords;
use super::version::{Feature, Version};
use crate::base::Result;
use crate::sql::{self, Cursor, Flavour, Name, Parsed, Path, Role, Text, Tokens};

/// Reads one statement, with or without its final semicolon. `None` if there is none: blanks and
/// comments only. Errors are in the product's words, with its position.
pub fn parse(text: &str, version: Version) -> Result<Option<Statement>> {
    let tokens = Tokens::read(text, keywords::flavour(version))?;
    if tokens.list.is_empty() {
        return Ok(None);
    }
    let grammar = Grammar { version };
    let mut cursor = Cursor::new(&tokens);
    match grammar.whole(&mut cursor) {
        Ok(statement) => Ok(Some(statement)),
        Err(error) => Err(errors::told(&error, &tokens, version)),
    }
}

/// Parses an expression that a text holds; `None` where it does not end there.
pub fn expression(text: &str, version: Version) -> Result<Option<Scalar>> {
    let tokens = Tokens::read(text, keywords::flavour(version))?;
    let mut cursor = Cursor::new(&tokens);
    match (Grammar { version }).scalar(&mut cursor) {
        Ok(scalar) => Ok(Some(scalar).filter(|_| cursor.at_end())),
        Err(error) => Err(errors::told(&error, &tokens, version)),
    }
}

/// Reads tokens for the record of what would fit, for completion.
pub fn probe(cursor: &mut Cursor, version: Version) {
    let _ = Grammar { version }.whole(cursor);
}

pub fn flavour(version: Version) -> &'static Flavour {
    keywords::flavour(version)
}

/// The grammar of one version.
#[derive(Clone, Copy)]
struct Grammar {
    version: Version,
}

impl Grammar {
    fn has(self, feature: Feature) -> bool {
        self.version.has(feature)
    }

    fn whole(self, c: &mut Cursor) -> Parsed<Statement> {
        let statement = self.statement(c)?;
        c.expect_end()?;
        Ok(statement)
    }

    /// Any statement.
    fn statement(self, c: &mut Cursor) -> Parsed<Statement> {
        if sql::query::starts(c) {
            return self.query_statement(c);
        }
        if self.has(Feature::AlterJobOwner)
            && let Some(words) = ELSEWHERE.iter().find(|w| c.is_words(&w[..]))
        {
            // Better no answer than a wrong one.
            let error = super::errors::unsupported(&words.join(" "));
            return Err(sql::SyntaxError::told(error, c.here()));
        }
        match c.eat_any(&FIRST_WORDS) {
            Some("CANCEL") => self.cancel(c),
            Some("PAUSE") => self.pause(c),
            Some("RESUME") => self.resume(c),
            Some("SHOW") => self.show(c),
            Some("BACKUP") => self.backup(c),
            Some("RESTORE") => self.restore(c),
            Some("IMPORT") => self.import(c),
            Some("EXPERIMENTAL") => self.experimental_changefeed(c),
            Some("CREATE") => self.create(c),
            Some("ALTER") => self.alter(c),
            Some("DROP") => self.drop(c),
            Some("TRUNCATE") => self.truncate(c),
            Some("INSERT") => self.insert(c, false),
            Some("UPSERT") => self.insert(c, true),
            Some("UPDATE") => self.update(c),
            Some("DELETE") => self.delete(c),
            Some("SET") => self.set(c),
            Some("RESET") => self.reset(c),
            Some("USE") => self.use_database(c),
            Some("BEGIN") => self.begin(c),
            Some("START") => self.start(c),
            Some("COMMIT" | "END") => self.commit(c),
            Some("ROLLBACK" | "ABORT") => self.rollback(c),
            Some("SAVEPOINT") => self.savepoint(c),
            Some("RELEASE") => self.release(c),
            Some("GRANT") => self.grant(c, false),
            Some("REVOKE") => self.grant(c, true),
            Some("EXPLAIN") => self.explain(c),
            Some("PREPARE") => self.prepare(c),
            Some("EXECUTE") => self.execute(c),
            Some("DEALLOCATE") => self.deallocate(c),
            Some("COMMENT") => self.comment(c),
            Some("INSPECT") if self.has(Feature::Inspect) => self.inspect(c),
            Some("ANALYZE" | "ANALYSE") if self.has(Feature::Inspect) => self.analyze(c),
            _ => Err(c.error_here()),
        }
    }

    /// A statement that may stand in a CTE, in brackets, after EXPLAIN or PREPARE.
    fn preparable(self, c: &mut Cursor) -> Parsed<Statement> {
        const NOT: [&str; 14] = [
            "ABORT",
            "BEGIN",
            "COMMENT",
            "COMMIT",
            "DEALLOCATE",
            "END",
            "EXECUTE",
            "PREPARE",
            "RELEASE",
            "ROLLBACK",
            "SAVEPOINT",
            "START",
            "GRANT",
            "REVOKE",
        ];
        if NOT.iter().any(|w| c.is_word(w)) {
            return Err(c.error_here());
        }
        self.statement(c)
    }

    fn query_statement(self, c: &mut Cursor) -> Parsed<Statement> {
        let query = sql::query::query_to_end(c, &|c| self.preparable(c))?;
        Ok(Statement::Query(Box::new(query)))
    }

    /// A query up to one of the words `stop` at bracket depth 0, or to the end.
    fn query(self, c: &mut Cursor, stop: &[&str]) -> Parsed<Box<Query>> {
        let query = sql::query::query_until(c, stop, &|c| self.preparable(c))?;
        Ok(Box::new(query))
    }

    fn scalar(self, c: &mut Cursor) -> Parsed<Scalar> {
        self.scalar_until(c, &[])
    }
    fn scalar_until(self, c: &mut Cursor, stop: &[&str]) -> Parsed<Scalar> {
        sql::query::scalar_until(c, stop, &|c| self.preparable(c))
    }
    fn boxed_scalar(self, c: &mut Cursor) -> Parsed<Box<Scalar>> {
        Ok(Box::new(self.scalar(c)?))
    }

    /// One id (`JOB a`) or a query of ids (`JOBS q`), where the word was read already.
    fn selection(
        self,
        c: &mut Cursor,
        role: Role,
        plural: bool,
        stop: &[&str],
    ) -> Parsed<Selection> {
        Ok(if plural {
            Selection::Query(self.query(c, stop)?)
        } else {
            c.record(sql::Expected::Name(role));
            Selection::One(Box::new(self.scalar_until(c, stop)?))
        })
    }

    /// `AS OF SYSTEM TIME expr`, if it comes next.
    fn as_of(self, c: &mut Cursor) -> Parsed<Option<Box<Scalar>>> {
        if !c.eat_words(&["AS", "OF", "SYSTEM", "TIME"]) {
            return Ok(None);
        }
        Ok(Some(Box::new(
            self.scalar_until(c, &["INCREMENTAL", "THROTTLING"])?,
        )))
    }

    /// A string literal, a bare word for one, or a placeholder.
    fn text_arg(self, c: &mut Cursor) -> Parsed<TextArg> {
        let span = c.here();
        if let Some(text) = c.eat_string() {
            return Ok(TextArg::Text(text));
        }
        if let Some(written) = c.eat_placeholder() {
            let number = written.trim_start_matches('$').parse().unwrap_or(0);
            return Ok(TextArg::Placeholder { number, span });
        }
        let name = c.name(Role::Other)?;
        Ok(TextArg::Text(Text {
            value: name.value,
            span,
        }))
    }

    /// One such, or several in brackets.
    fn text_args(self, c: &mut Cursor) -> Parsed<Vec<TextArg>> {
        if c.eat_symbol("(") {
            let list = c.list(|c| self.text_arg(c))?;
            c.expect_symbol(")")?;
            return Ok(list);
        }
        Ok(vec![self.text_arg(c)?])
    }

    /// `(a, b, c)`
    fn names_in_brackets(self, c: &mut Cursor, role: Role) -> Parsed<Vec<Name>> {
        c.expect_symbol("(")?;
        let names = c.list(|c| c.name(role))?;
        c.expect_symbol(")")?;
        Ok(names)
    }

    fn table_pattern(self, c: &mut Cursor) -> Parsed<TablePattern> {
        let start = c.position();
        let mut parts = Vec::new();
        let mut all = false;
        loop {
            if c.eat_symbol("*") {
                all = true;
                break;
            }
            parts.push(if parts.is_empty() {
                c.name(Role::Table)?
            } else {
                c.any_name(Role::Table)?
            });
            if !c.eat_symbol(".") {
                break;
            }
        }
        Ok(TablePattern {
            parts,
            all,
            span: c.span_from(start),
        })
    }

    fn role_spec(self, c: &mut Cursor) -> Parsed<RoleSpec> {
        if c.eat("CURRENT_USER") {
            return Ok(RoleSpec::CurrentUser);
        }
        if c.eat("SESSION_USER") {
            return Ok(RoleSpec::SessionUser);
        }
        // `ALTER USER 'x'` is an old spelling that v2.1 takes.
        if !self.has(Feature::RoleOptions)
            && let Some(text) = c.eat_string()
        {
            return Ok(RoleSpec::Name(Name {
                value: text.value,
                quoted: true,
                span: text.span,
            }));
        }
        Ok(RoleSpec::Name(c.name(Role::User)?))
    }

    fn if_exists(self, c: &mut Cursor) -> bool {
        c.eat_words(&["IF", "EXISTS"])
    }
    fn if_not_exists(self, c: &mut Cursor) -> bool {
        c.eat_words(&["IF", "NOT", "EXISTS"])
    }
}

/// Statements around jobs that the product has and the playground has not.
const ELSEWHERE: [&[&str]; 5] = [
    &["EXPORT"],
    &["ALTER", "CHANGEFEED"],
    &["CREATE", "EXTERNAL"],
    &["DROP", "EXTERNAL"],
    &["CHECK", "EXTERNAL"],
];

/// First words of statements, beside those of queries.
const FIRST_WORDS: [&str; 37] = [
    "CANCEL",
    "PAUSE",
    "RESUME",
    "SHOW",
    "BACKUP",
    "RESTORE",
    "IMPORT",
    "EXPERIMENTAL",
    "CREATE",
    "ALTER",
    "DROP",
    "TRUNCATE",
    "INSERT",
    "UPSERT",
    "UPDATE",
    "DELETE",
    "SET",
    "RESET",
    "USE",
    "BEGIN",
    "START",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "SAVEPOINT",
    "RELEASE",
    "GRANT",
    "REVOKE",
    "EXPLAIN",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
    "COMMENT",
    "INSPECT",
    "ANALYZE",
    "ANALYSE",
];
