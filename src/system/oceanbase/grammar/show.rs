//! `SHOW …` and `DESC`.

use super::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    Tenant,
    TenantStatus,
    Parameters {
        like: Option<String>,
        tenant: Option<TenantName>,
    },
    Databases {
        like: Option<String>,
    },
    Tables {
        /// With the kind of each.
        full: bool,
        database: Option<String>,
        like: Option<String>,
    },
    Variables {
        like: Option<String>,
    },
    ProcessList,
    /// Warnings and errors: nothing here leaves any.
    Warnings,
    Grants {
        user: Option<String>,
    },
    Columns {
        path: Vec<String>,
        like: Option<String>,
    },
    CreateTable {
        path: Vec<String>,
    },
}

pub fn show(c: &mut Cursor) -> Parsed<Statement> {
    let statement = one(c)?;
    let filtered = matches!(
        statement,
        Statement::Show(
            Show::Tables { .. }
                | Show::Databases { .. }
                | Show::Columns { .. }
                | Show::Variables { .. }
                | Show::Parameters { .. }
        )
    );
    match statement {
        Statement::Show(what) if filtered && c.eat("WHERE") => Ok(Statement::ShowWhere(Box::new(
            (what, rows::scalar(c, &[])?),
        ))),
        statement => Ok(statement),
    }
}

fn one(c: &mut Cursor) -> Parsed<Statement> {
    let full = c.eat("FULL");
    if c.eat("PROCESSLIST") {
        return Ok(Statement::Show(Show::ProcessList));
    }
    if c.eat("TABLES") {
        return Ok(Statement::Show(Show::Tables {
            full,
            database: from(c)?,
            like: like(c)?,
        }));
    }
    if c.eat("COLUMNS") || c.eat("FIELDS") {
        c.expect_any(&["FROM", "IN"])?;
        return columns(c);
    }
    if full {
        return Err(c.error());
    }
    if c.eat("TENANT") {
        return Ok(Statement::Show(if c.eat("STATUS") {
            Show::TenantStatus
        } else {
            Show::Tenant
        }));
    }
    if c.eat("PARAMETERS") {
        let like = like(c)?;
        let tenant = backup::tenant(c)?;
        return Ok(Statement::Show(Show::Parameters { like, tenant }));
    }
    if c.eat("DATABASES") || c.eat("SCHEMAS") {
        return Ok(Statement::Show(Show::Databases { like: like(c)? }));
    }
    if c.eat("WARNINGS") || c.eat("ERRORS") {
        return Ok(Statement::Show(Show::Warnings));
    }
    if c.eat("GRANTS") {
        let user = match c.eat("FOR") {
            true => Some(admin::user(c)?.value),
            false => None,
        };
        return Ok(Statement::Show(Show::Grants { user }));
    }
    c.eat_any(&["GLOBAL", "SESSION"]);
    if c.eat("VARIABLES") {
        return Ok(Statement::Show(Show::Variables { like: like(c)? }));
    }
    for word in [
        "STATUS",
        "ENGINES",
        "CHARSET",
        "COLLATION",
        "RECYCLEBIN",
        "PRIVILEGES",
    ] {
        if c.eat(word) {
            like(c)?;
            return Ok(Statement::Absent);
        }
    }
    if c.eat("CREATE") {
        if c.eat("TABLE") {
            let path = rows::table_name(c)?;
            return Ok(Statement::Show(Show::CreateTable { path }));
        }
        let what = [
            "DATABASE",
            "SCHEMA",
            "TENANT",
            "VIEW",
            "USER",
            "PROCEDURE",
            "FUNCTION",
        ];
        return absent_after(c, &what);
    }
    absent_after(c, &["INDEX", "INDEXES", "KEYS", "TRACE"])
}

/// `DESC table [column]`, and what EXPLAIN and DESC say of a statement.
pub fn describe(c: &mut Cursor) -> Parsed<Statement> {
    c.eat_any(&[
        "BASIC",
        "EXTENDED",
        "EXTENDED_NOADDR",
        "OUTLINE",
        "PARTITIONS",
    ]);
    let query = ["SELECT", "WITH"].iter().any(|w| c.is_word(w)) || c.is_symbol("(");
    if query && c.flavour().lexis.backquoted_names {
        shape::query(c)?;
        return Ok(Statement::Absent);
    }
    let first = [
        "SELECT", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE", "SET", "FORMAT",
    ];
    if first.iter().any(|w| c.is_word(w)) && c.peek_at(1).is_some() {
        return Ok(absent(c));
    }
    let path = rows::table_name(c)?;
    let like = match c.eat_string() {
        Some(text) => Some(text.value),
        None => c.eat_name(Role::Column).map(|n| n.value),
    };
    Ok(Statement::Show(Show::Columns { path, like }))
}

fn columns(c: &mut Cursor) -> Parsed<Statement> {
    let mut path = rows::table_name(c)?;
    if let Some(database) = from(c)? {
        path = vec![database, path.pop().unwrap_or_default()];
    }
    let like = like(c)?;
    Ok(Statement::Show(Show::Columns { path, like }))
}

fn like(c: &mut Cursor) -> Parsed<Option<String>> {
    if !c.eat("LIKE") {
        return Ok(None);
    }
    Ok(Some(c.string()?.value))
}

fn from(c: &mut Cursor) -> Parsed<Option<String>> {
    if !c.eat("FROM") && !c.eat("IN") {
        return Ok(None);
    }
    Ok(Some(c.name(Role::Database)?.value))
}
