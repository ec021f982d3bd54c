//! At which token a query of MySQL mode breaks. sqlparser takes many a reserved word for a name and
//! blames what comes later; the server's grammar stops at the first token that nothing goes on with,
//! and quotes from there. This reads the same tokens before, keeps nothing, and lets pass what it
//! does not know in detail.

use super::operands::*;
use super::*;
use crate::sql::contains;

type Read = Parsed<()>;

fn is_one_of(c: &Cursor, words: &[&str]) -> bool {
    c.peek().is_some_and(|t| t.kind == Kind::Word) && contains(words, c.peek_text())
}

fn wrong(c: &Cursor) -> Read {
    Err(c.error_here())
}

fn word(c: &mut Cursor, word: &str) -> bool {
    let is = c.is_word(word);
    if is {
        c.advance();
    }
    is
}

fn any_word(c: &mut Cursor, words: &[&str]) -> bool {
    words.iter().any(|w| word(c, w))
}

fn symbol(c: &mut Cursor, symbol: &str) -> bool {
    let is = c.is_symbol(symbol);
    if is {
        c.advance();
    }
    is
}

fn must(c: &mut Cursor, what: &str) -> Read {
    if word(c, what) || symbol(c, what) {
        return Ok(());
    }
    wrong(c)
}

fn is_name(c: &Cursor) -> bool {
    match c.peek().map(|t| t.kind) {
        Some(Kind::QuotedName) => true,
        Some(Kind::Word) => {
            !c.peek_text().starts_with('@') && !c.flavour().is_reserved(c.peek_text())
        }
        _ => false,
    }
}

fn name(c: &mut Cursor) -> Read {
    if !is_name(c) {
        return wrong(c);
    }
    c.advance();
    Ok(())
}

/// What stands behind a dot: reserved words too.
fn member(c: &mut Cursor) -> Read {
    match c.peek().map(|t| t.kind) {
        Some(Kind::QuotedName | Kind::Word) if !is_one_of(c, NOWHERE) => {
            c.advance();
            Ok(())
        }
        _ => wrong(c),
    }
}

fn list(c: &mut Cursor, item: fn(&mut Cursor) -> Read) -> Read {
    item(c)?;
    while symbol(c, ",") {
        item(c)?;
    }
    Ok(())
}

/// After an opening bracket: all up to the one that closes it.
fn skip_brackets(c: &mut Cursor) -> Read {
    let mut depth = 1;
    while depth > 0 {
        if c.is_symbol("(") {
            depth += 1;
        } else if c.is_symbol(")") {
            depth -= 1;
        }
        if c.advance().is_none() {
            return wrong(c);
        }
    }
    Ok(())
}

/// A whole query, as far as it goes.
pub fn query(c: &mut Cursor) -> Read {
    if word(c, "WITH") {
        word(c, "RECURSIVE");
        list(c, |c| {
            name(c)?;
            if symbol(c, "(") {
                list(c, name)?;
                must(c, ")")?;
            }
            must(c, "AS")?;
            must(c, "(")?;
            query(c)?;
            must(c, ")")
        })?;
    }
    loop {
        if symbol(c, "(") {
            query(c)?;
            must(c, ")")?;
        } else {
            select(c)?;
        }
        if !any_word(c, &["UNION", "MINUS", "EXCEPT", "INTERSECT"]) {
            break;
        }
        any_word(c, &["ALL", "DISTINCT", "UNIQUE"]);
    }
    order_and_limit(c)
}

/// What follows ORDER and GROUP.
fn by(c: &mut Cursor) -> Read {
    must(c, "BY")?;
    list(c, |c| {
        expr(c)?;
        any_word(c, &["ASC", "DESC"]);
        Ok(())
    })
}

fn order_and_limit(c: &mut Cursor) -> Read {
    if word(c, "ORDER") {
        by(c)?;
    }
    if word(c, "LIMIT") {
        limit(c)?;
        if symbol(c, ",") || word(c, "OFFSET") {
            limit(c)?;
        }
    }
    if word(c, "FOR") {
        must(c, "UPDATE")?;
        while c.advance().is_some() {}
    }
    if word(c, "LOCK") {
        must(c, "IN")?;
        must(c, "SHARE")?;
        must(c, "MODE")?;
    }
    Ok(())
}

fn limit(c: &mut Cursor) -> Read {
    match c.peek().map(|t| t.kind) {
        Some(Kind::Number) if !c.peek_text().contains(['.', 'e', 'E']) => {}
        Some(Kind::Placeholder) => {}
        _ if is_name(c) => return path(c),
        _ => return stray(c),
    }
    c.advance();
    Ok(())
}

/// No operand begins here. A reserved word could go on as `word.name`, for which the server waits.
fn stray(c: &mut Cursor) -> Read {
    if c.peek().is_some_and(|t| t.kind == Kind::Word) && !is_one_of(c, NOWHERE) {
        if c.is_symbol_at(1, ".") {
            return path(c);
        }
        c.advance();
    }
    wrong(c)
}

fn select(c: &mut Cursor) -> Read {
    must(c, "SELECT")?;
    while any_word(
        c,
        &[
            "ALL",
            "DISTINCT",
            "DISTINCTROW",
            "UNIQUE",
            "HIGH_PRIORITY",
            "SQL_CALC_FOUND_ROWS",
            "STRAIGHT_JOIN",
        ],
    ) {}
    list(c, |c| {
        if symbol(c, "*") {
            return Ok(());
        }
        expr(c)?;
        alias(c, &["MEMBER", "SOUNDS"], true)
    })?;
    if word(c, "FROM") {
        list(c, joined)?;
    }
    if word(c, "WHERE") {
        expr(c)?;
    }
    if word(c, "GROUP") {
        by(c)?;
        if word(c, "WITH") {
            must(c, "ROLLUP")?;
        }
    }
    if word(c, "HAVING") {
        expr(c)?;
    }
    if word(c, "WINDOW") {
        while c.advance().is_some() {}
    }
    order_and_limit(c)
}

/// `[AS] name`, of a column also a string.
fn alias(c: &mut Cursor, further: &[&str], column: bool) -> Read {
    let said = word(c, "AS");
    let string = column && matches!(c.peek().map(|t| t.kind), Some(Kind::String(_)));
    if string || is_name(c) && !is_one_of(c, NO_ALIAS) && (said || !is_one_of(c, further)) {
        c.advance();
        return Ok(());
    }
    if said { wrong(c) } else { Ok(()) }
}

/// A table and what is joined to it.
fn joined(c: &mut Cursor) -> Read {
    table(c)?;
    loop {
        let natural = word(c, "NATURAL");
        let outer = any_word(c, &["LEFT", "RIGHT", "FULL"]);
        if outer {
            word(c, "OUTER");
        }
        let inner = !outer && any_word(c, &["INNER", "CROSS"]);
        if !word(c, "JOIN") {
            if natural || outer || inner {
                return wrong(c);
            }
            if !word(c, "STRAIGHT_JOIN") {
                return Ok(());
            }
        }
        table(c)?;
        if natural {
        } else if word(c, "ON") {
            expr(c)?;
        } else if word(c, "USING") {
            must(c, "(")?;
            list(c, name)?;
            must(c, ")")?;
        } else if outer {
            // Further joins may stand between an outer join and its condition.
            joined_on(c)?;
        }
    }
}

/// `a LEFT JOIN b JOIN c ON … ON …`
fn joined_on(c: &mut Cursor) -> Read {
    if !(c.is_word("JOIN") || c.is_word("INNER") || c.is_word("LEFT")) {
        return wrong(c);
    }
    while c.advance().is_some() {}
    Ok(())
}

fn table(c: &mut Cursor) -> Read {
    if symbol(c, "(") {
        let queries = ["SELECT", "WITH"].iter().any(|w| c.is_word(w)) || c.is_symbol("(");
        if queries {
            query(c)?;
        } else {
            list(c, joined)?;
        }
        must(c, ")")?;
    } else if word(c, "DUAL") {
        return Ok(());
    } else {
        symbol(c, ".");
        name(c)?;
        while symbol(c, ".") {
            member(c)?;
        }
        if word(c, "PARTITION") {
            must(c, "(")?;
            skip_brackets(c)?;
        }
    }
    alias(c, &[], false)?;
    while any_word(c, &["USE", "FORCE", "IGNORE"]) {
        if !any_word(c, &["INDEX", "KEY"]) {
            return wrong(c);
        }
        must(c, "(")?;
        skip_brackets(c)?;
    }
    Ok(())
}

/// What an INSERT puts down: `VALUES (…), (…)` or a query.
pub fn rows(c: &mut Cursor) -> Read {
    if !any_word(c, &["VALUES", "VALUE"]) {
        return query(c);
    }
    list(c, |c| {
        must(c, "(")?;
        if !c.is_symbol(")") {
            list(c, |c| {
                if c.is_word("DEFAULT") && !c.is_symbol_at(1, "(") {
                    c.advance();
                    return Ok(());
                }
                expr(c)
            })?;
        }
        must(c, ")")
    })
}

/// One expression.
pub fn expr(c: &mut Cursor) -> Read {
    loop {
        while word(c, "NOT") || symbol(c, "!") {}
        predicate(c)?;
        loop {
            if word(c, "IS") {
                word(c, "NOT");
                if !any_word(c, &["NULL", "TRUE", "FALSE", "UNKNOWN"]) {
                    return wrong(c);
                }
            } else if comparison(c) {
                if any_word(c, &["ANY", "ALL", "SOME"]) {
                    must(c, "(")?;
                    query(c)?;
                    must(c, ")")?;
                } else {
                    predicate(c)?;
                }
            } else {
                break;
            }
        }
        let more = any_word(c, &["AND", "OR", "XOR"]) || ["&&", "||"].iter().any(|s| symbol(c, s));
        if !more {
            return Ok(());
        }
    }
}

fn comparison(c: &mut Cursor) -> bool {
    ["=", "<=>", "<>", "!=", "<=", ">=", "<", ">"]
        .iter()
        .any(|s| symbol(c, s))
}

fn predicate(c: &mut Cursor) -> Read {
    terms(c)?;
    if word(c, "SOUNDS") {
        must(c, "LIKE")?;
        return terms(c);
    }
    if word(c, "MEMBER") {
        while c.advance().is_some() {}
        return Ok(());
    }
    let not = word(c, "NOT");
    if word(c, "IN") {
        must(c, "(")?;
        if ["SELECT", "WITH"].iter().any(|w| c.is_word(w)) {
            query(c)?;
        } else {
            list(c, expr)?;
        }
        must(c, ")")
    } else if word(c, "BETWEEN") {
        terms(c)?;
        must(c, "AND")?;
        predicate(c)
    } else if word(c, "LIKE") {
        operand(c)?;
        if word(c, "ESCAPE") {
            operand(c)?;
        }
        Ok(())
    } else if any_word(c, &["REGEXP", "RLIKE"]) {
        terms(c)
    } else if not {
        wrong(c)
    } else {
        Ok(())
    }
}

/// Operands and what computes with them.
fn terms(c: &mut Cursor) -> Read {
    loop {
        operand(c)?;
        let more = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]
            .iter()
            .any(|s| symbol(c, s))
            || any_word(c, &["DIV", "MOD"]);
        if !more {
            return Ok(());
        }
    }
}

fn operand(c: &mut Cursor) -> Read {
    while ["-", "+", "~", "!"].iter().any(|s| symbol(c, s)) || word(c, "BINARY") {}
    simple(c)?;
    while word(c, "COLLATE") {
        name(c)?;
    }
    if symbol(c, "->") || symbol(c, "->>") {
        if !matches!(c.peek().map(|t| t.kind), Some(Kind::String(_))) {
            return wrong(c);
        }
        c.advance();
    }
    Ok(())
}

fn simple(c: &mut Cursor) -> Read {
    let Some(token) = c.peek() else {
        return wrong(c);
    };
    match token.kind {
        Kind::Number | Kind::Placeholder => {
            c.advance();
            Ok(())
        }
        Kind::String(_) => {
            while matches!(c.peek().map(|t| t.kind), Some(Kind::String(_))) {
                c.advance();
            }
            Ok(())
        }
        Kind::Symbol("(") => {
            c.advance();
            if ["SELECT", "WITH"].iter().any(|w| c.is_word(w)) {
                query(c)?;
            } else {
                list(c, expr)?;
                // `(a) UNION …`: what began as an expression was a query.
                if any_word(c, &["UNION", "ORDER", "LIMIT"]) {
                    return skip_brackets(c);
                }
            }
            must(c, ")")
        }
        Kind::QuotedName => path(c),
        Kind::Word if c.peek_text().starts_with('@') => {
            c.advance();
            if symbol(c, ":=") {
                return expr(c);
            }
            Ok(())
        }
        Kind::Symbol(".") => {
            c.advance();
            name(c)?;
            must(c, ".")?;
            path(c)
        }
        Kind::Word => operand_word(c),
        _ => wrong(c),
    }
}

/// `a`, `a.b`, `a.b.c`, `a.*`, or a function.
fn path(c: &mut Cursor) -> Read {
    c.advance();
    while symbol(c, ".") {
        if symbol(c, "*") {
            return Ok(());
        }
        member(c)?;
    }
    if symbol(c, "(") {
        return arguments(c, false);
    }
    Ok(())
}

fn operand_word(c: &mut Cursor) -> Read {
    let reserved = c.flavour().is_reserved(c.peek_text());
    if c.is_symbol_at(1, ".") && !is_one_of(c, NOWHERE) {
        return path(c);
    }
    if word(c, "CASE") {
        if !c.is_word("WHEN") {
            expr(c)?;
        }
        must(c, "WHEN")?;
        loop {
            expr(c)?;
            must(c, "THEN")?;
            expr(c)?;
            if !word(c, "WHEN") {
                break;
            }
        }
        if word(c, "ELSE") {
            expr(c)?;
        }
        return must(c, "END");
    }
    if word(c, "EXISTS") {
        must(c, "(")?;
        query(c)?;
        return must(c, ")");
    }
    if word(c, "INTERVAL") {
        // No interval of an interval: nothing that nests without brackets or operators.
        if is_one_of(c, &["BINARY", "INTERVAL", "NOT"]) {
            return wrong(c);
        }
        // Also a function: INTERVAL(n, a, b).
        let function = c.is_symbol("(");
        terms(c)?;
        return match member(c) {
            Err(_) if function => Ok(()),
            read => read,
        };
    }
    if is_one_of(c, ALONE) {
        c.advance();
        if symbol(c, "(") {
            return skip_brackets(c);
        }
        return Ok(());
    }
    if reserved && !is_one_of(c, OPERANDS) {
        return stray(c);
    }
    // `DATE '2026-01-01'`
    let literal = ["DATE", "TIME", "TIMESTAMP"].iter().any(|w| c.is_word(w));
    if literal && matches!(c.peek_at(1).map(|t| t.kind), Some(Kind::String(_))) {
        c.advance();
        c.advance();
        return Ok(());
    }
    let own_form = is_one_of(c, OWN_FORM);
    let rows = is_one_of(c, OVER_ROWS);
    let callable =
        reserved || own_form || is_one_of(c, FUNCTIONS) || !c.flavour().is_keyword(c.peek_text());
    c.advance();
    if c.is_symbol("(") {
        if !callable {
            return wrong(c);
        }
        c.advance();
        if own_form {
            return skip_brackets(c);
        }
        arguments(c, rows)?;
        if word(c, "OVER") {
            if symbol(c, "(") {
                return skip_brackets(c);
            }
            return name(c);
        }
    } else if reserved {
        return wrong(c);
    }
    Ok(())
}

/// After the bracket that opens them.
fn arguments(c: &mut Cursor, rows: bool) -> Read {
    if rows {
        if symbol(c, "*") {
            return must(c, ")");
        }
        any_word(c, &["ALL", "DISTINCT", "UNIQUE"]);
    } else if symbol(c, ")") {
        return Ok(());
    }
    list(c, expr)?;
    must(c, ")")
}
