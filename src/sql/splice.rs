//! From our tokens to sqlparser's, with what it does not know spliced out.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span as ForeignSpan, Token as Foreign, TokenWithSpan, Word};

use super::cursor::Parsed;
use super::flavour::contains;
use super::query::{Inner, SOURCE_PREFIX, scalar};
use super::shown::{self, SOMETIMES};
use super::{Cursor, Kind, Scalar, Source, Style, Token, Tokens};
use crate::base::Span;

/// Words that may follow `SELECT *`.
const AFTER_WILDCARD: [&str; 14] = [
    "EXCEPT",
    "FETCH",
    "FOR",
    "FROM",
    "GROUP",
    "HAVING",
    "INTERSECT",
    "INTO",
    "LIMIT",
    "MINUS",
    "OFFSET",
    "ORDER",
    "UNION",
    "WHERE",
];

pub(super) struct Splice<'f, S> {
    pub out: Vec<TokenWithSpan>,
    pub sources: Vec<Source<S>>,
    pub as_of: Option<Box<Scalar<S>>>,
    pub inner: Inner<'f, S>,
}

impl<S> Splice<'_, S> {
    pub fn run(&mut self, cursor: &mut Cursor) -> Parsed<()> {
        let flavour = cursor.flavour();
        // The word or symbol before, upper case; empty at the start.
        let mut before = match self.out.is_empty() {
            true => String::new(),
            false => "SELECT".to_owned(),
        };
        let mut wildcard = false;
        while let Some(token) = cursor.peek() {
            let after = |words: &[&str]| words.contains(&before.as_str());
            let next_starts = |list: &[&str]| {
                cursor.peek_at(1).is_some_and(|t| {
                    t.kind == Kind::Word && contains(list, t.span.of(cursor.text()))
                })
            };
            let misplaced = wildcard
                && token.kind == Kind::Word
                && !AFTER_WILDCARD.iter().any(|w| cursor.is_word(w));
            if misplaced || matches!(token.kind, Kind::Bad(_)) {
                // sqlparser would take the word for the name of all columns.
                return Err(cursor.error_here());
            } else if cursor.is_symbol("[")
                && after(&["FROM", "JOIN", ",", "("])
                && next_starts(flavour.row_statements)
            {
                let (name, span) = self.source(cursor, "]")?;
                self.quoted(&name, span);
                before.clear();
                before.push(']');
                continue;
            } else if cursor.is_symbol("[")
                && after(&["FROM", "JOIN"])
                && !flavour.row_statements.is_empty()
            {
                // The bracket is right; what it opens is not.
                cursor.advance();
                return Err(cursor.error_here());
            } else if cursor.is_symbol("(")
                && after(&["AS", "MATERIALIZED"])
                && next_starts(flavour.cte_statements)
            {
                let (name, span) = self.source(cursor, ")")?;
                self.put(Foreign::LParen, span);
                self.word("SELECT", span);
                self.put(Foreign::Mul, span);
                self.word("FROM", span);
                self.quoted(&name, span);
                self.put(Foreign::RParen, span);
                before.clear();
                before.push(')');
                continue;
            } else if cursor.is_word("TABLE")
                && after(&["", "(", "UNION", "ALL", "EXCEPT", "INTERSECT", "DISTINCT"])
            {
                cursor.advance();
                self.word("SELECT", token.span);
                self.put(Foreign::Mul, token.span);
                self.word("FROM", token.span);
                before = "FROM".to_owned();
                continue;
            } else if cursor.is_symbol("(")
                && cursor.is_symbol_at(1, ")")
                && !flavour.row_statements.is_empty()
                && after(&["CURRENT_USER", "SESSION_USER", "CURRENT_CATALOG", "USER"])
            {
                // PostgreSQL has these without brackets only, and so has sqlparser.
                cursor.advance();
                cursor.advance();
                continue;
            } else if flavour.as_of_system_time && cursor.is_words(&["AS", "OF", "SYSTEM", "TIME"])
            {
                for _ in 0..4 {
                    cursor.advance();
                }
                let scalar = scalar(cursor, self.inner)?;
                self.as_of.get_or_insert_with(|| Box::new(scalar));
                continue;
            }
            // These may be shown in some places only: a lock, and a function in FROM.
            let shown = after(&["FOR", "KEY"])
                .then(|| SOMETIMES.iter().find(|(text, _)| cursor.is_word(text)))
                .flatten();
            let hidden = match () {
                _ if cursor.is_word("TABLE") => !after(&["FROM", "JOIN", ",", "LATERAL"]),
                // What else may follow locks rows.
                _ => after(&["FOR"]) && cursor.is_word("JSON"),
            };
            cursor.advance();
            wildcard =
                token.kind == Kind::Symbol("*") && after(&["SELECT", "DISTINCT", "ALL", ",", "."]);
            let text = token.span.of(cursor.text());
            before = match token.kind {
                Kind::Word => text.to_ascii_uppercase(),
                Kind::Symbol(symbol) => symbol.to_owned(),
                _ => "a".to_owned(),
            };
            let foreign = match (shown, hidden) {
                (Some((_, keyword)), _) => word(text, *keyword),
                (_, true) => word(text, Keyword::NoKeyword),
                _ => convert(cursor.tokens(), token),
            };
            self.put(foreign, token.span);
        }
        Ok(())
    }

    /// Reads a statement in brackets; gives its name and the brackets' span.
    fn source(&mut self, cursor: &mut Cursor, close: &'static str) -> Parsed<(String, Span)> {
        let open = cursor.here();
        cursor.advance();
        let end = cursor.run_until(|_, _| false);
        let mut slice = cursor.slice(end);
        let parsed = (self.inner)(&mut slice).and_then(|s| {
            slice.expect_end()?;
            Ok(s)
        });
        cursor.absorb(&slice);
        let statement = parsed?;
        cursor.rewind(end);
        let span = open.to(cursor.expect_symbol(close)?);
        let name = format!("{SOURCE_PREFIX}{}", self.sources.len());
        self.sources.push(Source { statement, span });
        Ok((name, span))
    }

    fn put(&mut self, token: Foreign, span: Span) {
        put(&mut self.out, token, span);
    }
    pub fn word(&mut self, word: &str, span: Span) {
        self.put(self::word(word, shown::keyword(&shown::COMMON, word)), span);
    }
    fn quoted(&mut self, name: &str, span: Span) {
        self.put(quoted_word(name.to_owned(), '"'), span);
    }
}

fn put(out: &mut Vec<TokenWithSpan>, token: Foreign, span: Span) {
    let place = |offset: usize| Location {
        line: 1,
        column: offset as u64 + 1,
    };
    out.push(TokenWithSpan {
        token,
        span: ForeignSpan {
            start: place(span.start),
            end: place(span.end),
        },
    });
}

fn word(text: &str, keyword: Keyword) -> Foreign {
    Foreign::Word(Word {
        value: text.to_owned(),
        quote_style: None,
        keyword,
    })
}

fn quoted_word(value: String, quote: char) -> Foreign {
    Foreign::Word(Word {
        value,
        quote_style: Some(quote),
        keyword: Keyword::NoKeyword,
    })
}

fn convert(tokens: &Tokens, token: Token) -> Foreign {
    let text = token.span.of(tokens.text);
    match token.kind {
        Kind::Word => word(text, shown::keyword(tokens.flavour.shown, text)),
        Kind::QuotedName => {
            let quote = if text.starts_with('`') { '`' } else { '"' };
            quoted_word(tokens.name_value(token).unwrap_or_default(), quote)
        }
        Kind::String(style) => {
            let value = tokens.string_value(token).unwrap_or_default();
            match style {
                Style::Bytes => Foreign::SingleQuotedByteStringLiteral(value),
                Style::Hex => Foreign::SingleQuotedByteStringLiteral(value),
                _ => Foreign::SingleQuotedString(value),
            }
        }
        Kind::Number => match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => match u64::from_str_radix(hex, 16) {
                Ok(n) => Foreign::Number(n.to_string(), false),
                Err(_) => Foreign::Number(text.to_owned(), false),
            },
            None => Foreign::Number(text.to_owned(), false),
        },
        Kind::Placeholder => Foreign::Placeholder(text.to_owned()),
        Kind::Symbol(symbol) => convert_symbol(symbol),
        Kind::Blank | Kind::Comment | Kind::Bad(_) => Foreign::Char('\u{fffd}'),
    }
}

fn convert_symbol(symbol: &str) -> Foreign {
    match symbol {
        "!~*" => Foreign::ExclamationMarkTildeAsterisk,
        "#>>" => Foreign::HashLongArrow,
        "->>" => Foreign::LongArrow,
        "<=>" => Foreign::Spaceship,
        "||/" => Foreign::PGCubeRoot,
        "!=" | "<>" => Foreign::Neq,
        "!~" => Foreign::ExclamationMarkTilde,
        "#-" => Foreign::HashMinus,
        "#>" => Foreign::HashArrow,
        "&&" => Foreign::Overlap,
        "->" => Foreign::Arrow,
        "::" => Foreign::DoubleColon,
        ":=" => Foreign::Assignment,
        "<<" => Foreign::ShiftLeft,
        "<=" => Foreign::LtEq,
        "<@" => Foreign::ArrowAt,
        "==" => Foreign::DoubleEq,
        "=>" => Foreign::RArrow,
        ">=" => Foreign::GtEq,
        ">>" => Foreign::ShiftRight,
        "?&" => Foreign::QuestionAnd,
        "?|" => Foreign::QuestionPipe,
        "@>" => Foreign::AtArrow,
        "@@" => Foreign::AtAt,
        "|/" => Foreign::PGSquareRoot,
        "||" => Foreign::StringConcat,
        "~*" => Foreign::TildeAsterisk,
        "~~" => Foreign::DoubleTilde,
        "//" => Foreign::DuckIntDiv,
        "!" => Foreign::ExclamationMark,
        "#" => Foreign::Sharp,
        "%" => Foreign::Mod,
        "&" => Foreign::Ampersand,
        "(" => Foreign::LParen,
        ")" => Foreign::RParen,
        "*" => Foreign::Mul,
        "+" => Foreign::Plus,
        "," => Foreign::Comma,
        "-" => Foreign::Minus,
        "." => Foreign::Period,
        "/" => Foreign::Div,
        ":" => Foreign::Colon,
        ";" => Foreign::SemiColon,
        "<" => Foreign::Lt,
        "=" => Foreign::Eq,
        ">" => Foreign::Gt,
        "?" => Foreign::Question,
        "@" => Foreign::AtSign,
        "[" => Foreign::LBracket,
        "\\" => Foreign::Backslash,
        "]" => Foreign::RBracket,
        "^" => Foreign::Caret,
        "{" => Foreign::LBrace,
        "|" => Foreign::Pipe,
        "}" => Foreign::RBrace,
        "~" => Foreign::Tilde,
        other => Foreign::CustomBinaryOperator(other.to_owned()),
    }
}
