//! What sqlparser lets pass, or blames on the wrong token: it takes most reserved words for names.
//! A look at neighbours finds the first token that no product's grammar would read there.

use super::flavour::contains;
use super::{Kind, Token, Tokens};

/// Words after which an operand must come (sorted).
const WANT_OPERAND: [&str; 17] = [
    "AND", "BETWEEN", "BY", "ELSE", "FROM", "HAVING", "ILIKE", "IN", "JOIN", "LIKE", "LIMIT",
    "NOT", "OFFSET", "OR", "THEN", "WHEN", "WHERE",
];

/// Words that no operand starts with (sorted).
const NO_OPERAND: [&str; 25] = [
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "DESC",
    "ELSE",
    "END",
    "EXCEPT",
    "FROM",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INTERSECT",
    "IS",
    "JOIN",
    "LIKE",
    "LIMIT",
    "ON",
    "OR",
    "ORDER",
    "THEN",
    "UNION",
    "WHEN",
    "WHERE",
];

/// Words that end what CASE opened, if they stand outside brackets (sorted).
const ENDS_CASE: [&str; 7] = [
    "FROM", "GROUP", "HAVING", "LIMIT", "ORDER", "UNION", "WHERE",
];

/// A token that cannot stand where it does.
pub(super) struct Misplaced {
    /// The token's; the end if what comes before it is not whole.
    pub position: usize,
    /// Where the phrase begins that it breaks off: a parser that backs up may blame any token from there on.
    pub since: usize,
}

/// The first such token in `start..end`.
pub(super) fn first_misplaced(tokens: &Tokens, start: usize, end: usize) -> Option<Misplaced> {
    let list = tokens.list.get(start..end)?;
    let word = |token: &Token| match token.kind {
        Kind::Word => token.span.of(tokens.text),
        _ => "",
    };
    // Open brackets (`None`) and CASEs with their positions.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut before: Option<&Token> = None;
    for (i, token) in list.iter().enumerate() {
        let here = word(token);
        let is = |name: &str| here.eq_ignore_ascii_case(name);
        let after = |name: &str| before.is_some_and(|b| word(b).eq_ignore_ascii_case(name));
        // `FILTER (WHERE …)`, `WITHIN GROUP (ORDER BY …)`, `OVER (ORDER BY …)`
        let opener = i.checked_sub(2).and_then(|b| list.get(b)).map_or("", word);
        let opener = |names: &[&str]| names.iter().any(|n| opener.eq_ignore_ascii_case(n));
        let clause =
            is("WHERE") && opener(&["FILTER"]) || is("ORDER") && opener(&["GROUP", "OVER"]);
        let misplaced = contains(&NO_OPERAND, here)
            && before.is_some_and(|b| wants_operand(b, tokens))
            && !clause
            && !(after("NOT") && contains(&["BETWEEN", "ILIKE", "IN", "LIKE"], here));
        let grouping = (after("ORDER") || after("GROUP"))
            && !is("BY")
            && !matches!(token.kind, Kind::Symbol("(" | "." | "," | ")"));
        let case = open.last().copied().flatten();
        let cut = case.is_some()
            && (contains(&ENDS_CASE, here) && !after("DISTINCT")
                || matches!(token.kind, Kind::Symbol("," | ")" | "]")));
        if misplaced || grouping || cut {
            let position = start + i;
            let since = match (cut, case) {
                (true, Some(case)) => case,
                _ if grouping => position - 1,
                _ => position,
            };
            return Some(Misplaced { position, since });
        }
        match token.kind {
            Kind::Symbol("(" | "[" | "{") => open.push(None),
            Kind::Symbol(")" | "]" | "}") => {
                open.pop();
            }
            _ if is("CASE") => open.push(Some(start + i)),
            _ if is("END") && case.is_some() => {
                open.pop();
            }
            _ => {}
        }
        before = Some(token);
    }
    let unfinished = !open.is_empty() || before.is_some_and(|b| wants_operand(b, tokens));
    unfinished.then_some(Misplaced {
        position: end,
        since: end,
    })
}

/// Whether something must follow the token. `*` may be a wildcard, so it is not among these.
fn wants_operand(token: &Token, tokens: &Tokens) -> bool {
    match token.kind {
        Kind::Word => contains(&WANT_OPERAND, token.span.of(tokens.text)),
        Kind::Symbol(symbol) => matches!(
            symbol,
            "+" | "-"
                | "/"
                | "%"
                | "||"
                | "="
                | "<>"
                | "!="
                | "<"
                | ">"
                | "<="
                | ">="
                | ","
                | "("
                | "::"
        ),
        _ => false,
    }
}
