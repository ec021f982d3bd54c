//! The one entry to sqlparser: `parse_query`, over tokens of ours. What sqlparser does not know is
//! spliced out before: `[SHOW JOBS]` in FROM and `WITH x AS (SHOW JOBS)` become names of side
//! sources, `AS OF SYSTEM TIME` is taken out, `TABLE t` is written out.
//!
//! Positions: every token goes in with line 1 and its byte offset + 1 as column, so that spans in the
//! tree are byte spans of the statement's text ([`span`]).

use std::fmt;
use std::rc::Rc;

use sqlparser::ast;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span as ForeignSpan, Token as Foreign};

use super::check;
use super::cursor::Parsed;
use super::error::SyntaxErrorBody;
use super::splice::Splice;
use super::{Cause, Cursor, Expected, Kind, Role, SyntaxError, Tokens};
use crate::base::{Error, ErrorKind, Span};

/// Nesting that sqlparser may reach; what `limits` lets through stays below it or fails cleanly.
const RECURSION_LIMIT: usize = 40;

/// First part of the names of side sources. NUL cannot be typed in a name (see the tokenizer).
pub const SOURCE_PREFIX: &str = "\u{0}source";

/// A query. `S` is the system's statement: what stands in brackets or in a CTE body.
/// Equal and printed by its text, in which runs of blanks are one blank.
pub struct Query<S> {
    /// Shared, so that a copy of a statement is none of the tree.
    pub ast: Rc<ast::Query>,
    /// In the order of the text, shared as the tree; the name in the tree is `SOURCE_PREFIX` and the index here.
    pub sources: Rc<[Source<S>]>,
    /// The operand of the first `AS OF SYSTEM TIME`.
    pub as_of: Option<Box<Scalar<S>>>,
    pub text: Rc<str>,
    pub span: Span,
}

/// A statement whose rows a query reads.
pub struct Source<S> {
    pub statement: S,
    /// The brackets with what they hold.
    pub span: Span,
}

/// One expression. Equal and printed by its text, as [`Query`].
pub struct Scalar<S> {
    pub expr: Rc<ast::Expr>,
    /// Of the queries inside it.
    pub sources: Rc<[Source<S>]>,
    pub text: Rc<str>,
    pub span: Span,
}

impl<S> Query<S> {
    /// The index of the side source that a table name in the tree stands for.
    pub fn source_index(table: &str) -> Option<usize> {
        table.strip_prefix(SOURCE_PREFIX)?.parse().ok()
    }
}

// Derived ones would ask for, and make, copies of `S`.
impl<S> Clone for Query<S> {
    fn clone(&self) -> Query<S> {
        Query {
            ast: self.ast.clone(),
            sources: self.sources.clone(),
            as_of: self.as_of.clone(),
            text: self.text.clone(),
            span: self.span,
        }
    }
}
impl<S> Clone for Scalar<S> {
    fn clone(&self) -> Scalar<S> {
        Scalar {
            expr: self.expr.clone(),
            sources: self.sources.clone(),
            text: self.text.clone(),
            span: self.span,
        }
    }
}
impl<S> PartialEq for Query<S> {
    fn eq(&self, other: &Query<S>) -> bool {
        self.text == other.text
    }
}
impl<S> PartialEq for Scalar<S> {
    fn eq(&self, other: &Scalar<S>) -> bool {
        self.text == other.text
    }
}
// Not the tree: printing it costs 39 kB of download.
impl<S> fmt::Debug for Query<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<S> fmt::Display for Query<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<S> fmt::Debug for Scalar<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<S> fmt::Display for Scalar<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The byte span of a span in the tree; `None` for the empty one that sqlparser gives to what it made up.
pub fn span(foreign: ForeignSpan) -> Option<Span> {
    let offset = |l: Location| usize::try_from(l.column).ok()?.checked_sub(1);
    if foreign.start.line == 0 {
        return None;
    }
    Some(Span::new(offset(foreign.start)?, offset(foreign.end)?))
}

/// Reads one statement of the system from a cursor over exactly its tokens.
pub type Inner<'f, S> = &'f dyn Fn(&mut Cursor) -> Parsed<S>;

/// Whether a query starts here. Records that one would fit.
pub fn starts(cursor: &mut Cursor) -> bool {
    cursor.record(Expected::Query);
    cursor.is_symbol("(")
        || ["SELECT", "VALUES", "TABLE", "WITH"]
            .iter()
            .any(|w| cursor.is_word(w))
}

/// Reads a query that ends at `end` (a position, from [`Cursor::run_until`]).
pub fn query<S>(cursor: &mut Cursor, end: usize, inner: Inner<S>) -> Parsed<Query<S>> {
    if !starts(cursor) {
        return Err(cursor.error());
    }
    read(cursor, end, inner, false)
}

/// Reads a query that takes the rest of the tokens.
pub fn query_to_end<S>(cursor: &mut Cursor, inner: Inner<S>) -> Parsed<Query<S>> {
    let end = cursor.run_until(|_, _| false);
    let query = query(cursor, end, inner)?;
    cursor.expect_end()?;
    Ok(query)
}

/// Reads a query up to a word at bracket depth 0 for which `stop` holds.
pub fn query_until<S>(cursor: &mut Cursor, stop: &[&str], inner: Inner<S>) -> Parsed<Query<S>> {
    let end = cursor.run_until(|c, ahead| ahead > 0 && stop.iter().any(|w| c.is_word_at(ahead, w)));
    query(cursor, end, inner)
}

/// Words that cannot stand in an expression outside brackets.
const AFTER_EXPRESSION: [&str; 24] = [
    "AS",
    "EXCEPT",
    "FETCH",
    "FOR",
    "FROM",
    "GROUP",
    "HAVING",
    "INTERSECT",
    "INTO",
    "LIMIT",
    "OFFSET",
    "ON",
    "ORDER",
    "OWNER",
    "RETURNING",
    "SELECT",
    "SET",
    "TO",
    "UNION",
    "USING",
    "VALUES",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// Reads one scalar expression: up to a comma or a word that no expression holds, at bracket depth 0.
pub fn scalar<S>(cursor: &mut Cursor, inner: Inner<S>) -> Parsed<Scalar<S>> {
    scalar_until(cursor, &[], inner)
}

/// The same, ending also at one of `stop` (upper-case words).
pub fn scalar_until<S>(cursor: &mut Cursor, stop: &[&str], inner: Inner<S>) -> Parsed<Scalar<S>> {
    cursor.record(Expected::Expression);
    let end = cursor.run_until(|c, ahead| {
        if c.is_symbol_at(ahead, ",") || c.is_symbol_at(ahead, ";") {
            return true;
        }
        let is = |words: &[&str]| words.iter().any(|w| c.is_word_at(ahead, w));
        let after = |w: &str| ahead.checked_sub(1).is_some_and(|b| c.is_word_at(b, w));
        if is(stop) {
            return true;
        }
        // `a IS DISTINCT FROM b`, `t::TIMESTAMP WITH TIME ZONE`
        is(&AFTER_EXPRESSION)
            && !(c.is_word_at(ahead, "FROM") && after("DISTINCT"))
            && !(c.is_word_at(ahead, "WITH") && c.is_word_at(ahead + 1, "TIME"))
    });
    if end == cursor.position() {
        return Err(cursor.error_here_expecting(Expected::Expression));
    }
    let start = cursor.position();
    let (expr, splice) = run(cursor, end, inner, false, |p| p.parse_expr())?;
    let tokens = cursor.tokens();
    Ok(Scalar {
        expr: Rc::new(expr),
        sources: splice.sources.into(),
        text: one_line(tokens, start, end).into(),
        span: cursor.span_from(start),
    })
}

/// Reads a select list (`a, b + 1 AS c, *`) to the end of the tokens, as the query `SELECT list`.
pub fn select_list<S>(cursor: &mut Cursor, inner: Inner<S>) -> Parsed<Query<S>> {
    let stops = |c: &Cursor, ahead: usize| {
        ["FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "INTO"]
            .iter()
            .any(|w| c.is_word_at(ahead, w))
    };
    let end = cursor.run_until(stops);
    if end == cursor.position() {
        return Err(cursor.error_here_expecting(Expected::Expression));
    }
    read(cursor, end, inner, true)
}

/// The next word as the scalar of a name, for words that no expression may be (`SET x = on`).
pub fn word_as_scalar<S>(cursor: &mut Cursor) -> Scalar<S> {
    let start = cursor.position();
    let name = cursor.peek_text();
    cursor.advance();
    Scalar {
        expr: Rc::new(ast::Expr::Identifier(ast::Ident::new(name))),
        sources: Rc::from([]),
        text: name.into(),
        span: cursor.span_from(start),
    }
}

/// Splices, then parses with `parse`, which is one of sqlparser's two ways in. Of two complaints the
/// earlier one counts.
fn run<'f, S, T>(
    cursor: &mut Cursor,
    end: usize,
    inner: Inner<'f, S>,
    as_list: bool,
    parse: fn(&mut Parser) -> std::result::Result<T, ParserError>,
) -> Parsed<(T, Splice<'f, S>)> {
    let start = cursor.position();
    let tokens = cursor.tokens();
    let misplaced = check::first_misplaced(tokens, start, end)
        .map(|m| (at_position(Cause::Unexpected, tokens, m.position), m.since));
    let earlier = |error: SyntaxError| match &misplaced {
        Some((m, since)) if !matches!(error.cause, Cause::Told(_)) => {
            let begins = tokens.list.get(*since).map_or(m.span, |t| t.span);
            match begins.start <= error.span.start {
                true => m.clone(),
                false => error,
            }
        }
        _ => error,
    };
    let mut splice = Splice {
        out: Vec::with_capacity(end.saturating_sub(start) + 8),
        sources: Vec::new(),
        as_of: None,
        inner,
    };
    if as_list {
        splice.word("SELECT", cursor.here());
    }
    let mut slice = cursor.slice(end);
    if let Err(error) = splice.run(&mut slice) {
        cursor.absorb(&slice);
        return Err(earlier(error));
    }
    let mut parser = Parser::new(tokens.flavour.dialect)
        .with_recursion_limit(RECURSION_LIMIT)
        .with_tokens_with_locations(std::mem::take(&mut splice.out));
    let parsed = parse(&mut parser);
    cursor.rewind(end);
    record_ahead(cursor, start);
    let parsed = parsed.map_err(|e| earlier(told(e, tokens, end)))?;
    expect_all_read(&parser, tokens, end).map_err(&earlier)?;
    match misplaced {
        Some((error, _)) => Err(error),
        None => Ok((parsed, splice)),
    }
}

/// What is left over is the culprit; before it everything was whole.
fn expect_all_read(parser: &Parser, tokens: &Tokens, end: usize) -> Parsed<()> {
    let left = parser.peek_token();
    if left.token == Foreign::EOF {
        return Ok(());
    }
    let position = match span(left.span) {
        Some(at) => tokens.list.partition_point(|t| t.span.start < at.start),
        None => end,
    };
    let mut body = (*at_position(Cause::Unexpected, tokens, position)).clone();
    body.expected.push(Expected::End);
    Err(SyntaxError::new(body))
}

fn read<S>(cursor: &mut Cursor, end: usize, inner: Inner<S>, as_list: bool) -> Parsed<Query<S>> {
    let start = cursor.position();
    let (ast, splice) = run(cursor, end, inner, as_list, |p| p.parse_query())?;
    let tokens = cursor.tokens();
    Ok(Query {
        ast: Rc::from(ast),
        sources: splice.sources.into(),
        as_of: splice.as_of,
        text: one_line(tokens, start, end).into(),
        span: cursor.span_from(start),
    })
}

/// What could follow at the end of the input inside a query: a guess good enough for completion.
fn record_ahead(cursor: &mut Cursor, start: usize) {
    if !cursor.at_end() {
        return;
    }
    let tokens = cursor.tokens();
    let last = tokens.list.last().map_or("", |t| t.span.of(tokens.text));
    let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(last));
    let has = |word: &str| {
        tokens.list.get(start..).is_some_and(|list| {
            list.iter()
                .any(|t| t.kind == Kind::Word && t.span.of(tokens.text).eq_ignore_ascii_case(word))
        })
    };
    if is(&["FROM", "JOIN", "TABLE"]) {
        cursor.record(Expected::Name(Role::Table));
        return;
    }
    if is(&["LIMIT", "OFFSET"]) {
        cursor.record(Expected::Integer);
        return;
    }
    cursor.record(Expected::Name(Role::Column));
    cursor.record(Expected::Name(Role::Function));
    for (word, fits) in [
        ("FROM", has("SELECT") && !has("FROM")),
        ("WHERE", has("FROM") && !has("WHERE")),
        ("AND", has("WHERE")),
        ("OR", has("WHERE")),
        ("ORDER BY", has("FROM")),
        ("GROUP BY", has("FROM")),
        ("LIMIT", has("FROM")),
    ] {
        if fits {
            cursor.record(Expected::Word(word));
        }
    }
}

/// The text of some tokens with one blank where there were blanks or comments.
fn one_line(tokens: &Tokens, start: usize, end: usize) -> String {
    let mut text = String::new();
    let mut last_end = None;
    for token in tokens.list.get(start..end).unwrap_or_default() {
        if last_end.is_some_and(|e| e < token.span.start) {
            text.push(' ');
        }
        text.push_str(token.span.of(tokens.text));
        last_end = Some(token.span.end);
    }
    text
}

// ---- errors ----

fn told(error: ParserError, tokens: &Tokens, end: usize) -> SyntaxError {
    let text = match error {
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text,
        ParserError::RecursionLimitExceeded => {
            let message = "this playground takes expressions with less nesting";
            return Error::new(ErrorKind::Limit, message).into();
        }
    };
    // The position is only there as a suffix; nothing at the end of the input.
    match text.rsplit_once(" at Line: ") {
        Some((words, place)) => {
            let column = place.rsplit("Column: ").next().unwrap_or("");
            let offset = column
                .trim()
                .parse::<usize>()
                .unwrap_or(0)
                .saturating_sub(1);
            located(Cause::Query(words.to_owned()), offset, tokens)
        }
        None => at_position(Cause::Query(text), tokens, end),
    }
}

/// At the token that starts at a byte offset.
fn located(cause: Cause, offset: usize, tokens: &Tokens) -> SyntaxError {
    let position = tokens.list.partition_point(|t| t.span.start < offset);
    at_position(cause, tokens, position)
}

fn at_position(cause: Cause, tokens: &Tokens, position: usize) -> SyntaxError {
    let token = tokens.list.get(position);
    let length = tokens.text.len();
    SyntaxError::new(SyntaxErrorBody {
        cause: match token.map(|t| t.kind) {
            Some(Kind::Bad(flaw)) => Cause::Lexical(flaw),
            _ => cause,
        },
        span: token.map_or(Span::new(length, length), |t| t.span),
        at_end: token.is_none(),
        previous: position
            .checked_sub(1)
            .and_then(|p| tokens.list.get(p))
            .map(|t| t.span),
        expected: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::flavour::samples::PG;
    use super::*;

    /// An inner grammar of one statement: `SHOW word`.
    fn show(cursor: &mut Cursor) -> Parsed<String> {
        cursor.expect("SHOW")?;
        Ok(cursor.name(Role::Other)?.value)
    }

    fn check(text: &str, expected: &str) {
        let tokens = match Tokens::read(text, &PG) {
            Ok(tokens) => tokens,
            Err(e) => return assert_eq!(e.to_string(), expected, "{text}"),
        };
        let mut cursor = Cursor::new(&tokens);
        let got = match query_to_end(&mut cursor, &show) {
            Ok(query) => {
                let mut out = query.ast.to_string().replace(SOURCE_PREFIX, "$");
                for source in query.sources.iter() {
                    out += &format!(" | {} at {}", source.statement, source.span.of(text));
                }
                if let Some(as_of) = &query.as_of {
                    out += &format!(" | as of {as_of}");
                }
                out
            }
            Err(e) if e.at_end => "error at end".to_owned(),
            Err(e) => match &e.cause {
                Cause::Told(error) => error.to_string(),
                _ => format!("error at {}", e.span.of(text)),
            },
        };
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn queries_and_their_sources() {
        check("SELECT 1", "SELECT 1");
        check("VALUES (1), ($1)", "VALUES (1), ($1)");
        check("TABLE a.b", "SELECT * FROM a.b");
        check(
            "(TABLE t) UNION ALL TABLE u",
            "(SELECT * FROM t) UNION ALL SELECT * FROM u",
        );
        check(
            "SELECT job_id FROM [SHOW JOBS] WHERE a[1] = 2",
            "SELECT job_id FROM \"$0\" WHERE a[1] = 2 | jobs at [SHOW JOBS]",
        );
        check(
            "SELECT 1 FROM [SHOW x] AS a JOIN [SHOW y] AS b ON true, [SHOW z]",
            "SELECT 1 FROM \"$0\" AS a JOIN \"$1\" AS b ON true, \"$2\" | x at [SHOW x] | y at [SHOW y] | z at [SHOW z]",
        );
        check(
            "WITH x AS (SHOW JOBS) SELECT a FROM x",
            "WITH x AS (SELECT * FROM \"$0\") SELECT a FROM x | jobs at (SHOW JOBS)",
        );
        check(
            "SELECT a FROM t AS OF SYSTEM TIME '-10s' WHERE b > 1",
            "SELECT a FROM t WHERE b > 1 | as of '-10s'",
        );
        check("SELECT ARRAY[1,2], a[2]", "SELECT ARRAY[1, 2], a[2]");
        check("SELECT e'a\\n' || $$x$$", "SELECT 'a\n' || 'x'");
    }

    #[test]
    fn errors_point_at_the_culprit() {
        check("SELECT", "error at end");
        check("SELECT a FROM", "error at end");
        check("SELECT * FORM t", "error at FORM");
        check("SELECT a FROM t WHERE", "error at end");
        check("SELECT a FROM [SHOW", "error at end");
        check("SELECT a FROM [SHOW JOBS", "error at end");
        check("SELECT a FROM [SHOW JOBS 1]", "error at 1");
        check("SELECT a FROM [CANCEL x]", "error at CANCEL");
        check("SELECT 'a", "error at 'a");
        check("SELECT (1", "error at end");
        check("SELECT 1)", "error at )");
        check("INSERT INTO t VALUES (1)", "error at INSERT");
    }

    #[test]
    fn scalars() {
        let check = |text: &str, expected: &str| {
            let tokens = Tokens::read(text, &PG).unwrap();
            let mut cursor = Cursor::new(&tokens);
            let got = match scalar(&mut cursor, &show) {
                Ok(s) => format!("{s} then {}", cursor.peek_text()),
                Err(e) => format!("error at {}", e.span.of(text)),
            };
            assert_eq!(got, expected, "{text}");
        };
        check("1", "1 then ");
        check("1 , 2", "1 then ,");
        check(
            "(SELECT id\n FROM t LIMIT 1) WITH x",
            "(SELECT id FROM t LIMIT 1) then WITH",
        );
        check(
            "a IS DISTINCT FROM b OWNER TO c",
            "a IS DISTINCT FROM b then OWNER",
        );
        check("$1 + 1 AS x", "$1 + 1 then AS");
        check("1 x", "error at x");
        check("1 FROM t", "1 then FROM");
        check("", "error at ");
    }
}
