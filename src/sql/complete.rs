//! Completion: the system's grammar runs to the caret, and what its cursor would have taken there is
//! what is offered.

use super::flavour::contains;
use super::{Cursor, Expected, Flavour, Kind, Lexer, Role, Token, Tokens, limits};
use crate::base::Span;

/// What completion has to ask for: names that exist now.
pub trait Names {
    /// Names of a kind, as they are typed. For columns and functions, `tables` holds the tables named
    /// in the statement so far, with their qualifiers; empty: any.
    fn names(&self, role: Role, tables: &[String]) -> Vec<String>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub text: String,
    /// `None`: a keyword.
    pub role: Option<Role>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The word before the caret that an item replaces; empty at the caret if there is none.
    pub replace: Span,
    pub items: Vec<Item>,
}

/// More items than this help nobody.
const MAX_ITEMS: usize = 50;

/// What could stand at the end of `text`, which is what was typed up to the caret. `probe` runs the
/// system's grammar over a cursor.
pub fn complete(
    text: &str,
    flavour: &'static Flavour,
    probe: &dyn Fn(&mut Cursor),
    names: &dyn Names,
) -> Completion {
    let caret = Completion {
        replace: Span::new(text.len(), text.len()),
        items: Vec::new(),
    };
    let start = statement_start(text, flavour);
    let statement = text.get(start..).unwrap_or("");
    if limits::check_text(statement).is_err() {
        return caret;
    }
    let mut tokens = Tokens::read_partly(statement, flavour);
    if limits::check_tokens(statement, &tokens.list).is_err() {
        return caret;
    }
    // The word that is being typed is not yet part of the statement.
    let typed = match tokens.list.last() {
        Some(token) if token.kind == Kind::Word && token.span.end == statement.len() => {
            tokens.list.pop().map(|t| t.span)
        }
        _ => None,
    };
    if tokens.list.last().is_some_and(is_broken) {
        return caret;
    }
    let prefix = typed.map_or("", |span| span.of(statement));
    let mut cursor = Cursor::new(&tokens);
    probe(&mut cursor);
    if cursor.furthest() != tokens.list.len() {
        return caret;
    }
    let tables = tables(&tokens);
    let mut items: Vec<Item> = Vec::new();
    let mut offer = |text: String, role: Option<Role>| {
        let fits = text.len() >= prefix.len()
            && text.is_char_boundary(prefix.len())
            && text[..prefix.len()].eq_ignore_ascii_case(prefix);
        if fits && items.len() < MAX_ITEMS && items.iter().all(|i| i.text != text) {
            items.push(Item { text, role });
        }
    };
    // Keywords as they are being typed.
    let lower = prefix.chars().any(|c| c.is_ascii_lowercase());
    let keyword = |word: &str| match lower {
        true => word.to_ascii_lowercase(),
        false => word.to_owned(),
    };
    for expected in cursor.expected() {
        match expected {
            Expected::Word(word) => offer(keyword(word), None),
            Expected::Query => {
                for word in ["SELECT", "VALUES", "WITH"] {
                    offer(keyword(word), None);
                }
            }
            Expected::Name(role) => {
                for name in names.names(*role, &tables) {
                    offer(name, Some(*role));
                }
            }
            _ => {}
        }
    }
    let replace = typed.map_or(caret.replace, |span| {
        Span::new(start + span.start, start + span.end)
    });
    Completion { replace, items }
}

fn is_broken(token: &Token) -> bool {
    matches!(token.kind, Kind::Bad(_))
}

/// Where the statement that the caret stands in begins.
fn statement_start(text: &str, flavour: &Flavour) -> usize {
    Lexer::new(text, flavour)
        .filter(|t| t.kind == Kind::Symbol(";"))
        .last()
        .map_or(0, |t| t.span.end)
}

/// Names after FROM, JOIN, UPDATE, INTO, with their qualifiers.
fn tables(tokens: &Tokens) -> Vec<String> {
    let mut found = Vec::new();
    let mut list = tokens.list.iter().peekable();
    while let Some(token) = list.next() {
        let word = token.span.of(tokens.text);
        if token.kind != Kind::Word || !contains(&["FROM", "INTO", "JOIN", "UPDATE"], word) {
            continue;
        }
        let mut name = String::new();
        while let Some(part) = list.peek() {
            match (part.kind, tokens.name_value(**part)) {
                (Kind::Symbol("."), _) => name.push('.'),
                (_, Some(value)) if name.is_empty() || name.ends_with('.') => {
                    name.push_str(&value);
                }
                _ => break,
            }
            list.next();
        }
        if !name.is_empty() {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::flavour::samples::MY;
    use super::*;

    struct Sample;

    impl Names for Sample {
        fn names(&self, role: Role, tables: &[String]) -> Vec<String> {
            match role {
                Role::Tenant => vec!["mysql_tenant".into(), "oracle_tenant".into()],
                Role::Column => tables.iter().map(|t| format!("{t}_id")).collect(),
                _ => Vec::new(),
            }
        }
    }

    fn grammar(c: &mut Cursor) {
        let _ = (|| {
            if c.eat("SELECT") {
                return c.name(Role::Column).map(|_| ());
            }
            c.expect_words(&["ALTER", "SYSTEM", "CANCEL", "BACKUP"])?;
            c.expect("TENANT")?;
            c.eat_symbol("=");
            c.list(|c| c.name(Role::Tenant)).map(|_| ())
        })();
    }

    fn check(text: &str, expected: &str) {
        let completion = complete(text, &MY, &grammar, &Sample);
        let items: Vec<&str> = completion.items.iter().map(|i| i.text.as_str()).collect();
        let got = format!("{}>{}", completion.replace.of(text), items.join(","));
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn offers_what_fits_at_the_caret() {
        check("", ">SELECT,ALTER");
        check("AL", "AL>ALTER");
        check("x; alter sy", "sy>system");
        check("ALTER SYSTEM CANCEL BACKUP TENANT = m", "m>mysql_tenant");
        check(
            "ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant, ",
            ">mysql_tenant,oracle_tenant",
        );
        check("ALTER FOO ", ">");
        check("ALTER SYSTEM 'open", ">");
    }
}
