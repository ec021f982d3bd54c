//! Bounds on a statement, checked on its tokens before any parser sees them. Parsers recurse, and
//! the stack of a browser is small: what passes here cannot exhaust it.

use super::{Kind, Token};
use crate::base::{Error, ErrorKind, Result, Span};

/// Bytes of one statement.
pub const MAX_BYTES: usize = 16 * 1024;
/// Tokens of one statement, blanks and comments not counted.
pub const MAX_TOKENS: usize = 4_000;
/// Brackets inside brackets; CASE … END counts as one.
pub const MAX_DEPTH: usize = 40;
/// JOIN words of one statement.
pub const MAX_JOINS: usize = 32;
/// UNION, EXCEPT, INTERSECT of one statement.
pub const MAX_SET_OPERATORS: usize = 64;
/// Operators of one expression, that is between two commas or brackets' ends.
pub const MAX_OPERATORS: usize = 300;
/// Prefix operators in a row (`NOT NOT …`, `- - …`).
pub const MAX_PREFIXES: usize = 40;

fn too_much(what: &str, limit: usize, span: Span) -> Error {
    Error::new(
        ErrorKind::Limit,
        format!("this playground takes statements with at most {limit} {what}"),
    )
    .at(span)
}

/// The length of a statement's text.
pub fn check_text(text: &str) -> Result<()> {
    if text.len() > MAX_BYTES {
        let mut start = MAX_BYTES;
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        return Err(too_much("bytes", MAX_BYTES, Span::new(start, text.len())));
    }
    Ok(())
}

/// Words that stand between two operands, beside the symbols.
const OPERATOR_WORDS: [&str; 18] = [
    "AND", "AT", "BETWEEN", "COLLATE", "DIV", "ILIKE", "IN", "IS", "ISNULL", "LIKE", "MOD",
    "NOTNULL", "OR", "OVERLAPS", "REGEXP", "RLIKE", "SIMILAR", "XOR",
];

/// What an open level is closed by, and the operators met so far in the expression it holds.
struct Level {
    case: bool,
    operators: usize,
}

/// Everything else, over the significant tokens.
pub fn check_tokens(text: &str, tokens: &[Token]) -> Result<()> {
    if let Some(extra) = tokens.get(MAX_TOKENS) {
        return Err(too_much("tokens", MAX_TOKENS, extra.span));
    }
    let (mut joins, mut set_operators, mut prefixes) = (0, 0, 0);
    let mut levels = vec![Level {
        case: false,
        operators: 0,
    }];
    for token in tokens {
        let mut prefix = false;
        match token.kind {
            Kind::Word => {
                let word = token.span.of(text);
                let is = |list: &[&str]| list.iter().any(|w| w.eq_ignore_ascii_case(word));
                if is(&["JOIN"]) {
                    joins += 1;
                    if joins > MAX_JOINS {
                        return Err(too_much("joins", MAX_JOINS, token.span));
                    }
                } else if is(&["UNION", "EXCEPT", "INTERSECT", "MINUS"]) {
                    set_operators += 1;
                    if set_operators > MAX_SET_OPERATORS {
                        return Err(too_much("set operators", MAX_SET_OPERATORS, token.span));
                    }
                } else if is(&["NOT", "EXPLAIN", "PRIOR"]) {
                    prefix = true;
                } else if is(&OPERATOR_WORDS) {
                    count(&mut levels, token.span)?;
                } else if is(&["CASE"]) {
                    open(&mut levels, true, token.span)?;
                } else if is(&["END"]) && levels.last().is_some_and(|l| l.case) {
                    levels.pop();
                }
            }
            Kind::Symbol(symbol) => match symbol {
                "(" | "[" | "{" => open(&mut levels, false, token.span)?,
                ")" | "]" | "}" => close(&mut levels),
                "," | ";" => {
                    if let Some(last) = levels.last_mut() {
                        last.operators = 0;
                    }
                }
                "." => {}
                "-" | "+" | "~" | "!" | "@" => {
                    prefix = true;
                    count(&mut levels, token.span)?;
                }
                _ => count(&mut levels, token.span)?,
            },
            _ => {}
        }
        prefixes = if prefix { prefixes + 1 } else { 0 };
        if prefixes > MAX_PREFIXES {
            return Err(too_much(
                "prefix operators in a row",
                MAX_PREFIXES,
                token.span,
            ));
        }
    }
    Ok(())
}

fn open(levels: &mut Vec<Level>, case: bool, span: Span) -> Result<()> {
    if levels.len() > MAX_DEPTH {
        return Err(too_much("levels of brackets", MAX_DEPTH, span));
    }
    levels.push(Level { case, operators: 0 });
    Ok(())
}

/// A bracket closes what was left open inside it. One too many is a syntax error, told by the parser.
fn close(levels: &mut Vec<Level>) {
    while levels.len() > 1 && levels.last().is_some_and(|l| l.case) {
        levels.pop();
    }
    if levels.len() > 1 {
        levels.pop();
    }
}

fn count(levels: &mut [Level], span: Span) -> Result<()> {
    if let Some(last) = levels.last_mut() {
        last.operators += 1;
        if last.operators > MAX_OPERATORS {
            return Err(too_much("operators in one expression", MAX_OPERATORS, span));
        }
    }
    Ok(())
}
