//! Names, literals, lists and clauses that many statements have.

use crate::system::cockroachdb::grammar::*;
use crate::system::cockroachdb::keywords::RESERVED;
use std::fmt::{Display, Formatter, Result};

/// A name as it must be typed.
pub struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = self.0;
        let bare = name
            .bytes()
            .all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit())
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.is_empty()
            && !sql::flavour::contains(&RESERVED, name);
        match bare {
            true => f.write_str(name),
            false => write!(f, "\"{}\"", name.replace('"', "\"\"")),
        }
    }
}

/// A text as a string literal.
pub struct Literal<'a>(pub &'a str);

impl Display for Literal<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

/// Items with commas between them.
pub(super) struct List<'a, T>(pub &'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, item) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

/// Names with commas between them.
pub(super) struct Names<'a>(pub &'a [Name]);

impl Display for Names<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, name) in self.0.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{}", Quoted(&name.value))?;
        }
        Ok(())
    }
}

/// A name with its qualifiers.
pub struct Dotted<'a>(pub &'a Path);

impl Display for Dotted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, name) in self.0.parts.iter().enumerate() {
            let dot = if i > 0 { "." } else { "" };
            write!(f, "{dot}{}", Quoted(&name.value))?;
        }
        Ok(())
    }
}

/// Several such.
pub(super) struct Paths<'a>(pub &'a [Path]);

impl Display for Paths<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, path) in self.0.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{}", Dotted(path))?;
        }
        Ok(())
    }
}

/// One text bare, several in brackets.
pub(super) struct Locations<'a>(pub &'a [TextArg]);

impl Display for Locations<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            [one] => one.fmt(f),
            many => write!(f, "({})", List(many)),
        }
    }
}

/// `IF EXISTS ` or nothing.
pub(super) fn when(on: bool, words: &'static str) -> &'static str {
    if on { words } else { "" }
}

impl Display for TextArg {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            TextArg::Text(text) => Literal(&text.value).fmt(f),
            TextArg::Placeholder { number, .. } => write!(f, "${number}"),
        }
    }
}

impl Display for RoleSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            RoleSpec::Name(name) => Quoted(&name.value).fmt(f),
            RoleSpec::CurrentUser => f.write_str("CURRENT_USER"),
            RoleSpec::SessionUser => f.write_str("SESSION_USER"),
        }
    }
}

impl Display for TypeName {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.text)
    }
}

impl Display for TablePattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, name) in self.parts.iter().enumerate() {
            let dot = if i > 0 { "." } else { "" };
            write!(f, "{dot}{}", Quoted(&name.value))?;
        }
        match (self.all, self.parts.is_empty()) {
            (true, true) => f.write_str("*"),
            (true, false) => f.write_str(".*"),
            _ => Ok(()),
        }
    }
}

impl Display for Targets {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Targets::Cluster => Ok(()),
            Targets::Tables(tables) => write!(f, "TABLE {}", List(tables)),
            Targets::Databases(names) => write!(f, "DATABASE {}", Names(names)),
            Targets::VirtualCluster(id) => write!(f, "VIRTUAL CLUSTER {id}"),
            Targets::SystemUsers => f.write_str("SYSTEM USERS"),
        }
    }
}

impl Display for Opt {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let plain = self.name.bytes().all(|b| {
            b == b'_' || b == b' ' || b == b'.' || b.is_ascii_lowercase() || b.is_ascii_digit()
        });
        match plain {
            true => f.write_str(&self.name)?,
            false => Quoted(&self.name).fmt(f)?,
        }
        match &self.value {
            OptValue::None => Ok(()),
            OptValue::Bool(on) => f.write_str(if *on { " = true" } else { " = FALSE" }),
            OptValue::Text(_) if self.name == "encryption_passphrase" => f.write_str(" = '*****'"),
            OptValue::Text(text) => write!(f, " = {text}"),
            OptValue::List(list) => write!(f, " = ({})", List(list)),
            OptValue::Expr(expr) => write!(f, " = {expr}"),
        }
    }
}

/// ` WITH a, b`, or nothing.
pub(super) struct With<'a>(pub &'a Options);

impl Display for With<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // `detached = FALSE` alone says nothing.
        let said = |o: &Opt| !matches!(o.value, OptValue::Bool(false));
        match self.0.list.iter().any(said) {
            false => Ok(()),
            true if self.0.bracketed => write!(f, " WITH OPTIONS ({})", List(&self.0.list)),
            true => write!(f, " WITH {}", List(&self.0.list)),
        }
    }
}

pub(super) struct AsOf<'a>(pub &'a Option<Box<Scalar>>);

impl Display for AsOf<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Some(scalar) => write!(f, " AS OF SYSTEM TIME {scalar}"),
            None => Ok(()),
        }
    }
}

impl Display for Selection {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Selection::One(scalar) => write!(f, "VALUES ({scalar})"),
            Selection::Query(query) => query.fmt(f),
        }
    }
}
