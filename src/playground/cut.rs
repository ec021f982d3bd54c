//! Typed text cut into lines: a backslash command ends with its line, a statement with `;`
//! (where the client knows them, also with `\G` and `\g`).

use crate::sql::{Flavour, Kind, Lexer};

/// An unended statement longer than this is taken for ended: its error says that it is too long.
const MAX_OPEN: usize = 64 << 10;

/// The byte length of the first complete line of `text`, its terminator and leading blanks
/// included; `None` if there is none yet.
pub fn first_line(text: &str, flavour: &'static Flavour) -> Option<usize> {
    let start = text.len() - text.trim_start().len();
    if text[start..].starts_with('\\') {
        return Some(
            text[start..]
                .find('\n')
                .map_or(text.len(), |end| start + end + 1),
        );
    }
    let mut backslash = None;
    let mut significant = false;
    for token in Lexer::new(text, flavour) {
        match token.kind {
            Kind::Blank | Kind::Comment => {
                if !significant && text[token.span.end..].starts_with('\\') {
                    // Only comments so far: a command follows on a line of its own.
                    return first_line(&text[token.span.end..], flavour)
                        .map(|n| token.span.end + n);
                }
                continue;
            }
            Kind::Symbol(";") => return Some(token.span.end),
            Kind::Symbol("\\") if flavour.lexis.known().letter_terminators => {
                backslash = Some(token.span.end);
            }
            Kind::Word if backslash == Some(token.span.start) => {
                if matches!(token.span.of(text), "G" | "g") {
                    return Some(token.span.end);
                }
                backslash = None;
            }
            Kind::Bad(flaw) if flaw.is_open() => break,
            _ => backslash = None,
        }
        significant = true;
        if token.span.end > MAX_OPEN {
            return Some(text.len());
        }
    }
    (text.len() > MAX_OPEN).then_some(text.len())
}

/// Whether nothing but blanks and whole comments stands in `text`.
pub fn is_blank(text: &str, flavour: &'static Flavour) -> bool {
    Lexer::new(text, flavour).all(|t| matches!(t.kind, Kind::Blank | Kind::Comment))
}

/// A line without its terminator, and whether that was `\G`.
pub fn strip_terminator<'a>(line: &'a str, flavour: &Flavour) -> (&'a str, bool) {
    let text = line.trim();
    if flavour.lexis.known().letter_terminators {
        if let Some(text) = text.strip_suffix("\\G") {
            return (text.trim_end(), true);
        }
        if let Some(text) = text.strip_suffix("\\g") {
            return (text.trim_end(), false);
        }
    }
    (text.strip_suffix(';').unwrap_or(text).trim_end(), false)
}
