//! A recursive-descent reader over tokens. It remembers, for the furthest place it reached, all
//! that would have fitted there: errors and completion are made of that record.

use super::error::SyntaxErrorBody;
use super::{Cause, Expected, Flavour, Flaw, Kind, Role, SyntaxError, Token, Tokens};
use crate::base::Span;

pub type Parsed<T> = std::result::Result<T, SyntaxError>;

/// A name as it is stored: folded if bare, as written if quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub value: String,
    pub quoted: bool,
    pub span: Span,
}

/// A qualified name, at least one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub parts: Vec<Name>,
    pub span: Span,
}

impl Path {
    /// The last part.
    pub fn last(&self) -> &str {
        self.parts.last().map_or("", |n| n.value.as_str())
    }
    /// The parts' values.
    pub fn values(&self) -> Vec<&str> {
        self.parts.iter().map(|n| n.value.as_str()).collect()
    }
}

/// The value of a string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub span: Span,
}

/// Reads a run of tokens from left to right.
pub struct Cursor<'a> {
    tokens: &'a Tokens<'a>,
    at: usize,
    /// The token after the last one that may be read.
    end: usize,
    furthest: usize,
    expected: Vec<Expected>,
}

impl<'a> Cursor<'a> {
    pub fn new(tokens: &'a Tokens<'a>) -> Cursor<'a> {
        Cursor {
            tokens,
            at: 0,
            end: tokens.list.len(),
            furthest: 0,
            expected: Vec::new(),
        }
    }

    pub fn tokens(&self) -> &'a Tokens<'a> {
        self.tokens
    }
    pub fn flavour(&self) -> &'static Flavour {
        self.tokens.flavour
    }
    pub fn text(&self) -> &'a str {
        self.tokens.text
    }

    // ---- looking ----

    /// The token that comes next; `None` at the end.
    pub fn peek(&self) -> Option<Token> {
        self.peek_at(0)
    }
    /// The token `ahead` places after the next one.
    pub fn peek_at(&self, ahead: usize) -> Option<Token> {
        let index = self.at.checked_add(ahead)?;
        if index < self.end {
            self.tokens.list.get(index).copied()
        } else {
            None
        }
    }
    pub fn at_end(&self) -> bool {
        self.at >= self.end
    }
    /// The place of the next token: to come back to, or to cut a slice.
    pub fn position(&self) -> usize {
        self.at
    }
    /// Goes back to a place, keeping what was recorded.
    pub fn rewind(&mut self, position: usize) {
        self.at = position.min(self.end);
    }
    /// From the token at `start` (a position) to the last one read; empty if nothing was read.
    pub fn span_from(&self, start: usize) -> Span {
        let last = self.at.max(1) - 1;
        match (self.tokens.list.get(start), self.tokens.list.get(last)) {
            (Some(first), Some(last)) if self.at > start => first.span.to(last.span),
            (Some(first), _) => Span::new(first.span.start, first.span.start),
            _ => self.end_span(),
        }
    }
    /// The next token's span; at the end an empty one after the last token.
    pub fn here(&self) -> Span {
        self.peek().map_or_else(|| self.end_span(), |t| t.span)
    }
    fn end_span(&self) -> Span {
        // The end of input, or of the slice that is read: there what follows is the culprit.
        match self.tokens.list.get(self.end) {
            Some(token) => token.span,
            None => Span::new(self.text().len(), self.text().len()),
        }
    }
    /// The text of the next token, empty at the end.
    pub fn peek_text(&self) -> &'a str {
        self.peek().map_or("", |t| t.span.of(self.text()))
    }
    /// Whether the token `ahead` places on is this bare word, in any case. Records nothing.
    pub fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        self.peek_at(ahead).is_some_and(|t| {
            t.kind == Kind::Word && t.span.of(self.text()).eq_ignore_ascii_case(word)
        })
    }
    /// Whether the next token is this bare word. Records nothing.
    pub fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }
    /// Whether the next tokens are these bare words. Records nothing.
    pub fn is_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, w)| self.is_word_at(i, w))
    }
    /// Whether the token `ahead` places on is this symbol. Records nothing.
    pub fn is_symbol_at(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.peek_at(ahead), Some(Token { kind: Kind::Symbol(s), .. }) if s == symbol)
    }
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.is_symbol_at(0, symbol)
    }

    // ---- reading ----

    /// Reads any token.
    pub fn advance(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Notes that `what` would fit here.
    pub fn record(&mut self, what: Expected) {
        if self.at > self.furthest || self.expected.is_empty() {
            self.furthest = self.at;
            self.expected.clear();
        }
        if self.at == self.furthest && !self.expected.contains(&what) {
            self.expected.push(what);
        }
    }

    /// Reads the word (upper case) if it comes next.
    pub fn eat(&mut self, word: &'static str) -> bool {
        self.record(Expected::Word(word));
        let found = self.is_word(word);
        if found {
            self.at += 1;
        }
        found
    }
    /// Reads all the words if they come next, or none.
    pub fn eat_words(&mut self, words: &[&'static str]) -> bool {
        let start = self.at;
        for word in words {
            if !self.eat(word) {
                self.at = start;
                return false;
            }
        }
        true
    }
    /// Reads one of the words, and says which.
    pub fn eat_any(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.iter().copied().find(|word| self.eat(word))
    }
    pub fn expect(&mut self, word: &'static str) -> Parsed<Span> {
        let span = self.here();
        if self.eat(word) {
            Ok(span)
        } else {
            Err(self.error())
        }
    }
    pub fn expect_words(&mut self, words: &[&'static str]) -> Parsed<()> {
        for word in words {
            self.expect(word)?;
        }
        Ok(())
    }
    pub fn expect_any(&mut self, words: &[&'static str]) -> Parsed<&'static str> {
        self.eat_any(words).ok_or_else(|| self.error())
    }
    pub fn eat_symbol(&mut self, symbol: &'static str) -> bool {
        self.record(Expected::Symbol(symbol));
        let found = self.is_symbol(symbol);
        if found {
            self.at += 1;
        }
        found
    }
    pub fn expect_symbol(&mut self, symbol: &'static str) -> Parsed<Span> {
        let span = self.here();
        if self.eat_symbol(symbol) {
            Ok(span)
        } else {
            Err(self.error())
        }
    }

    /// Reads a name that is not a reserved word; `None` if none comes next.
    pub fn eat_name(&mut self, role: Role) -> Option<Name> {
        self.record(Expected::Name(role));
        let token = self.peek()?;
        let bare = token.kind == Kind::Word;
        if bare && !self.is_bare_name(token) {
            return None;
        }
        self.take_name(token)
    }
    /// The same, but reserved words are names too.
    pub fn eat_any_name(&mut self, role: Role) -> Option<Name> {
        self.record(Expected::Name(role));
        self.take_name(self.peek()?)
    }
    fn is_bare_name(&self, token: Token) -> bool {
        let text = token.span.of(self.text());
        !self.flavour().is_reserved(text) && !text.starts_with('@')
    }
    fn take_name(&mut self, token: Token) -> Option<Name> {
        let value = self.tokens.name_value(token)?;
        self.at += 1;
        Some(Name {
            value,
            quoted: token.kind == Kind::QuotedName,
            span: token.span,
        })
    }
    pub fn name(&mut self, role: Role) -> Parsed<Name> {
        self.eat_name(role).ok_or_else(|| self.error())
    }
    pub fn any_name(&mut self, role: Role) -> Parsed<Name> {
        self.eat_any_name(role).ok_or_else(|| self.error())
    }
    /// Reads `a`, `a.b`, `a.b.c`; parts after the first may be reserved words.
    pub fn path(&mut self, role: Role) -> Parsed<Path> {
        let mut parts = vec![self.name(role)?];
        while self.eat_symbol(".") {
            parts.push(self.any_name(role)?);
        }
        let first = parts.first().map_or_else(Span::default, |n| n.span);
        let span = parts.last().map_or(first, |n| first.to(n.span));
        Ok(Path { parts, span })
    }

    /// Reads a string literal; `None` if none comes next.
    pub fn eat_string(&mut self) -> Option<Text> {
        self.record(Expected::String);
        let token = self.peek()?;
        let value = self.tokens.string_value(token)?;
        self.at += 1;
        Some(Text {
            value,
            span: token.span,
        })
    }
    pub fn string(&mut self) -> Parsed<Text> {
        self.eat_string().ok_or_else(|| self.error())
    }

    /// Reads an unsigned whole number that fits in 64 bits.
    pub fn eat_integer(&mut self) -> Option<i64> {
        self.record(Expected::Integer);
        let token = self.peek().filter(|t| t.kind == Kind::Number)?;
        let value = token.span.of(self.text()).parse().ok()?;
        self.at += 1;
        Some(value)
    }
    pub fn integer(&mut self) -> Parsed<i64> {
        self.eat_integer().ok_or_else(|| self.error())
    }
    /// Reads any number literal, as written.
    pub fn eat_number(&mut self) -> Option<&'a str> {
        self.record(Expected::Number);
        let token = self.peek().filter(|t| t.kind == Kind::Number)?;
        self.at += 1;
        Some(token.span.of(self.text()))
    }
    /// Reads a placeholder, as written.
    pub fn eat_placeholder(&mut self) -> Option<&'a str> {
        self.record(Expected::Placeholder);
        let token = self.peek().filter(|t| t.kind == Kind::Placeholder)?;
        self.at += 1;
        Some(token.span.of(self.text()))
    }

    /// One or more of something, separated by commas.
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        loop {
            items.push(item(self)?);
            if !self.eat_symbol(",") {
                return Ok(items);
            }
        }
    }

    /// Fails unless everything was read.
    pub fn expect_end(&mut self) -> Parsed<()> {
        self.record(Expected::End);
        if self.at_end() {
            Ok(())
        } else {
            Err(self.error())
        }
    }

    // ---- slices ----

    /// Where a run of tokens ends that starts here: before the first token at bracket depth 0 for
    /// which `stop` holds, before a closing bracket too many, or at the end. A position.
    pub fn run_until(&self, mut stop: impl FnMut(&Cursor<'a>, usize) -> bool) -> usize {
        let mut depth = 0usize;
        let mut ahead = 0;
        while let Some(token) = self.peek_at(ahead) {
            if depth == 0 && stop(self, ahead) {
                break;
            }
            match token.kind {
                Kind::Symbol("(" | "[" | "{") => depth += 1,
                Kind::Symbol(")" | "]" | "}") => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => break,
                },
                _ => {}
            }
            ahead += 1;
        }
        self.at + ahead
    }

    /// A cursor over the tokens from here to a position; errors at its end point at what follows.
    pub fn slice(&self, end: usize) -> Cursor<'a> {
        Cursor {
            tokens: self.tokens,
            at: self.at,
            end: end.min(self.end),
            furthest: self.at,
            expected: Vec::new(),
        }
    }

    /// Takes over what a cursor over a slice recorded.
    pub fn absorb(&mut self, inner: &Cursor<'a>) {
        if inner.furthest < self.furthest || inner.expected.is_empty() {
            return;
        }
        if inner.furthest > self.furthest {
            self.furthest = inner.furthest;
            self.expected.clear();
        }
        for what in &inner.expected {
            if !self.expected.contains(what) {
                self.expected.push(*what);
            }
        }
    }

    // ---- the record ----

    /// What would have fitted at the furthest place, in the order in which it was tried.
    pub fn expected(&self) -> &[Expected] {
        &self.expected
    }
    /// The furthest place, as a position.
    pub fn furthest(&self) -> usize {
        self.furthest
    }

    /// The error at the furthest place: where a parser that never backs up would have stopped.
    pub fn error(&self) -> SyntaxError {
        self.error_at(self.furthest.max(self.at))
    }

    /// The error at the next token, whatever was recorded further on.
    pub fn error_here(&self) -> SyntaxError {
        self.error_at(self.at)
    }

    /// The same, saying what would fit.
    pub fn error_here_expecting(&self, what: Expected) -> SyntaxError {
        let mut body = (*self.error_here()).clone();
        if !body.expected.contains(&what) {
            body.expected.push(what);
        }
        SyntaxError::new(body)
    }

    fn error_at(&self, position: usize) -> SyntaxError {
        let token = self.tokens.list.get(position);
        let previous = position
            .checked_sub(1)
            .and_then(|p| self.tokens.list.get(p))
            .map(|t| t.span);
        let cause = match token.map(|t| t.kind) {
            Some(Kind::Bad(flaw)) => Cause::Lexical(flaw),
            _ => Cause::Unexpected,
        };
        let length = self.text().len();
        SyntaxError::new(SyntaxErrorBody {
            cause,
            span: token.map_or(Span::new(length, length), |t| t.span),
            at_end: token.is_none(),
            previous,
            expected: if position == self.furthest {
                self.expected.clone()
            } else {
                Vec::new()
            },
        })
    }

    /// The flaw of the next token, if it is a broken one.
    pub fn flaw(&self) -> Option<Flaw> {
        match self.peek()?.kind {
            Kind::Bad(flaw) => Some(flaw),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::flavour::samples::{MY, PG};
    use super::*;

    /// A grammar small enough to see through: `CANCEL BACKUP [TENANT [=] name, …]`.
    fn parse(c: &mut Cursor) -> Parsed<Vec<Name>> {
        c.expect_words(&["CANCEL", "BACKUP"])?;
        let mut names = Vec::new();
        if c.eat("TENANT") {
            c.eat_symbol("=");
            names = c.list(|c| c.name(Role::Tenant))?;
        }
        c.expect_end()?;
        Ok(names)
    }

    fn check(text: &str, expected: &str) {
        let tokens = Tokens::read(text, &MY).unwrap();
        let mut cursor = Cursor::new(&tokens);
        let got = match parse(&mut cursor) {
            Ok(names) => names
                .iter()
                .map(|n| n.value.as_str())
                .collect::<Vec<_>>()
                .join(","),
            Err(e) => format!(
                "at {:?} after {:?}: {:?}",
                e.span.of(text),
                e.previous.map_or("", |s| s.of(text)),
                e.expected
            ),
        };
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn reads_and_says_what_it_expected() {
        check("cancel backup tenant t1, `Select`;", "t1,Select");
        check("CANCEL", r#"at "" after "CANCEL": [Word("BACKUP")]"#);
        check(
            "CANCEL BACKUP TENANT",
            r#"at "" after "TENANT": [Symbol("="), Name(Tenant)]"#,
        );
        check(
            "CANCEL BACKUP TENANT = t1 t2",
            r#"at "t2" after "t1": [Symbol(","), End]"#,
        );
        check(
            "CANCEL BACKUP TENANT = select",
            r#"at "select" after "=": [Name(Tenant)]"#,
        );
    }

    #[test]
    fn slices_point_at_what_follows() {
        let text = "a b ) c";
        let tokens = Tokens::read(text, &PG).unwrap();
        let cursor = Cursor::new(&tokens);
        let end = cursor.run_until(|_, _| false);
        let mut inner = cursor.slice(end);
        inner.advance();
        inner.advance();
        assert!(inner.at_end());
        assert_eq!(inner.here().of(text), ")");
        assert!(inner.expect("X").is_err());
        assert_eq!(inner.error().span.of(text), ")");
    }
}
