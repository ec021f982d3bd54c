//! Classes of tokens for an editor. Linear, never fails: a broken token is a class of its own, and
//! everything before it keeps its colours.

use super::{Flavour, Kind, Lexer};
use crate::base::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Keyword,
    Name,
    String,
    Number,
    Operator,
    Placeholder,
    Comment,
    /// `\advance`, `\G`
    Command,
    Error,
}

impl Class {
    /// A short name for style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Class::Keyword => "keyword",
            Class::Name => "name",
            Class::String => "string",
            Class::Number => "number",
            Class::Operator => "operator",
            Class::Placeholder => "placeholder",
            Class::Comment => "comment",
            Class::Command => "command",
            Class::Error => "error",
        }
    }
}

/// Everything but blanks, in the order of the text.
pub fn classes(text: &str, flavour: &Flavour) -> Vec<(Span, Class)> {
    let mut found: Vec<(Span, Class)> = Vec::new();
    for token in Lexer::new(text, flavour) {
        let span = token.span;
        let class = match token.kind {
            Kind::Blank => continue,
            Kind::Comment => Class::Comment,
            Kind::Word => {
                // The word of a backslash command belongs to its backslash.
                if let Some((last, class)) = found.last_mut()
                    && last.end == span.start
                    && last.of(text) == "\\"
                {
                    last.end = span.end;
                    *class = Class::Command;
                    continue;
                }
                match flavour.is_keyword(span.of(text)) {
                    true => Class::Keyword,
                    false => Class::Name,
                }
            }
            Kind::QuotedName => Class::Name,
            Kind::String(_) => Class::String,
            Kind::Number => Class::Number,
            Kind::Placeholder => Class::Placeholder,
            Kind::Symbol(_) => Class::Operator,
            Kind::Bad(_) => Class::Error,
        };
        found.push((span, class));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::flavour::samples::PG;
    use super::*;

    #[test]
    fn classes_survive_an_open_quote() {
        let text = "\\advance 10s\nSELECT a, $1 -- c\nFROM 'open";
        let got: Vec<String> = classes(text, &PG)
            .iter()
            .map(|(span, class)| format!("{}:{}", class.name(), span.of(text)))
            .collect();
        assert_eq!(
            got.join(" | "),
            "command:\\advance | number:10 | name:s | keyword:SELECT | name:a | operator:, | \
             placeholder:$1 | comment:-- c | keyword:FROM | error:'open"
        );
    }
}
