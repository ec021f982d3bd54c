//! Tenants, resource pools, users, session settings.

use super::*;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantOptions {
    pub pools: Vec<String>,
    pub primary_zone: Option<String>,
    pub locality: Option<String>,
    /// `SET ob_compatibility_mode = 'oracle'`
    pub oracle: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolOptions {
    pub unit: String,
    pub unit_num: i64,
    pub zones: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName {
    pub value: String,
    pub span: Span,
}

/// What a GRANT of the privileges that matter here gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Privileges {
    pub alter_system: bool,
    pub superuser: bool,
    /// INSERT, UPDATE, DELETE, CREATE, DROP, of any kind.
    pub write: bool,
    /// Not `*.*`: no such grant carries the two above.
    pub global: bool,
    /// ALL: whatever may be given there.
    pub all: bool,
}

pub fn create(c: &mut Cursor) -> Parsed<Statement> {
    let mysql = c.flavour().lexis.backquoted_names;
    if c.eat("TENANT") {
        let if_not_exists = mysql && if_not_exists(c)?;
        let name = c.name(Role::Other)?.value;
        let options = tenant_options(c)?;
        return Ok(Statement::CreateTenant {
            name,
            if_not_exists,
            options,
        });
    }
    if c.eat("RESOURCE") {
        if c.eat("POOL") {
            let if_not_exists = if_not_exists(c)?;
            let name = c.name(Role::Other)?.value;
            return Ok(Statement::CreatePool {
                name,
                if_not_exists,
                options: pool_options(c)?,
            });
        }
        c.expect("UNIT")?;
        let if_not_exists = if_not_exists(c)?;
        let name = c.name(Role::Other)?.value;
        // MAX_CPU 1, MEMORY_SIZE = '5G', …
        if !c.at_end() {
            c.list(|c| {
                c.expect_any(&[
                    "MIN_CPU",
                    "MAX_CPU",
                    "MEMORY_SIZE",
                    "LOG_DISK_SIZE",
                    "DATA_DISK_SIZE",
                    "MIN_IOPS",
                    "MAX_IOPS",
                    "IOPS_WEIGHT",
                    "MAX_NET_BANDWIDTH",
                    "NET_BANDWIDTH_WEIGHT",
                ])?;
                c.eat_symbol("=");
                backup::constant(c)
            })?;
        }
        return Ok(Statement::CreateUnit {
            name,
            if_not_exists,
        });
    }
    if c.eat("USER") {
        let if_not_exists = if_not_exists(c)?;
        let users = c.list(|c| {
            let user = user(c)?;
            if c.eat("IDENTIFIED") {
                c.expect("BY")?;
                c.eat("PASSWORD");
                let mysql = c.flavour().lexis.double_quoted_strings;
                if c.eat_string().is_none() {
                    if mysql {
                        return Err(c.error());
                    }
                    c.any_name(Role::Other)?;
                }
            }
            Ok(user)
        })?;
        return Ok(Statement::CreateUser {
            users,
            if_not_exists,
        });
    }
    if c.eat("TABLE") {
        return rows::create_table(c);
    }
    if c.eat_any(&["DATABASE", "SCHEMA"]).is_some() {
        let if_clause = if_not_exists(c)?;
        let name = c.name(Role::Database)?.value;
        // CHARACTER SET …
        while c.advance().is_some() {}
        return Ok(Statement::Database {
            create: true,
            name,
            if_clause,
        });
    }
    absent_after(c, &["INDEX", "VIEW", "UNIQUE", "OR", "ROLE", "SEQUENCE"])
}

pub fn drop(c: &mut Cursor) -> Parsed<Statement> {
    // Oracle mode has the statement, and none of its options.
    let mysql = c.flavour().lexis.backquoted_names;
    if c.eat("TENANT") {
        let if_exists = mysql && if_exists(c)?;
        let name = c.name(Role::Tenant)?.value;
        let force = mysql && c.eat("FORCE");
        if mysql && !force {
            c.eat("PURGE");
        }
        return Ok(Statement::DropTenant {
            name,
            if_exists,
            force,
        });
    }
    if c.eat("RESOURCE") {
        let pool = c.expect_any(&["POOL", "UNIT"])? == "POOL";
        let if_exists = if_exists(c)?;
        let name = c.name(Role::Other)?.value;
        return Ok(if pool {
            Statement::DropPool { name, if_exists }
        } else {
            Statement::DropUnit { name, if_exists }
        });
    }
    if c.eat("USER") {
        if_exists(c)?;
        let users = c.list(user)?;
        c.eat("CASCADE");
        return Ok(Statement::DropUser { users });
    }
    if c.eat("TABLE") {
        let if_exists = if_exists(c)?;
        let tables = c.list(rows::table_name)?;
        c.eat_any(&["CASCADE", "RESTRICT", "PURGE"]);
        return Ok(Statement::DropTable { tables, if_exists });
    }
    if c.eat_any(&["DATABASE", "SCHEMA"]).is_some() {
        let if_clause = if_exists(c)?;
        return Ok(Statement::Database {
            create: false,
            name: c.name(Role::Database)?.value,
            if_clause,
        });
    }
    absent_after(c, &["INDEX", "VIEW", "ROLE", "SEQUENCE"])
}

/// `name[@host]`, either part quoted or not.
pub(super) fn user(c: &mut Cursor) -> Parsed<UserName> {
    let name = name_or_string(c, Role::User)?;
    // `@localhost`: one word of this lexis; `@'%'`: two, without a blank between.
    if let Some(at) = c.peek().filter(|_| c.peek_text().starts_with('@')) {
        let alone = c.peek_text() == "@";
        c.advance();
        let blank = c.here().start > at.span.end;
        if alone && !c.at_end() && !blank && c.eat_string().is_none() {
            c.any_name(Role::Other)?;
        }
    }
    let value = match name.value.split_once('@') {
        Some((user, _)) => user.to_owned(),
        None => name.value,
    };
    Ok(UserName {
        value,
        span: name.span,
    })
}

/// `GRANT a, b ON x.y TO user[, user]` and `REVOKE … FROM …`; in Oracle mode without ON.
pub fn grant(c: &mut Cursor, on: bool) -> Parsed<Statement> {
    let mut privileges = Privileges::default();
    c.list(|c| privilege(c, &mut privileges))?;
    privileges.global = true;
    let mysql = c.flavour().lexis.backquoted_names;
    if mysql || c.is_word("ON") {
        c.expect("ON")?;
        privileges.global = c.eat_symbol("*");
        if !privileges.global {
            c.name(Role::Database)?;
        }
        if c.eat_symbol(".") && !c.eat_symbol("*") {
            c.name(Role::Table)?;
            privileges.global = false;
        }
    }
    c.expect(if on { "TO" } else { "FROM" })?;
    let users = c.list(user)?;
    if c.eat("WITH") {
        c.expect_any(&["GRANT", "ADMIN"])?;
        c.expect("OPTION")?;
    }
    Ok(Statement::Grant {
        on,
        privileges,
        users,
    })
}

/// One privilege of a GRANT or REVOKE; in Oracle mode also a role.
fn privilege(c: &mut Cursor, privileges: &mut Privileges) -> Parsed<()> {
    const WORDS: &[&str] = &[
        "ALTER",
        "CREATE",
        "DELETE",
        "DROP",
        "EXECUTE",
        "FILE",
        "GRANT",
        "INDEX",
        "INSERT",
        "PROCESS",
        "REFERENCES",
        "RELOAD",
        "REPLICATION",
        "SELECT",
        "SHOW",
        "SHUTDOWN",
        "SUPER",
        "UPDATE",
        "USAGE",
    ];
    if c.eat("ALL") {
        c.eat("PRIVILEGES");
        privileges.all = true;
        privileges.alter_system = true;
        privileges.superuser = true;
        privileges.write = true;
        return Ok(());
    }
    let oracle = !c.flavour().lexis.backquoted_names;
    let first = match c.eat_any(WORDS) {
        Some(word) => word,
        None if oracle => {
            let role = c.name(Role::Privilege)?.value;
            privileges.write |= role == "DBA" || role == "RESOURCE";
            // CREATE SESSION, UNLIMITED TABLESPACE, …
            c.eat_name(Role::Privilege);
            return Ok(());
        }
        None => return Err(c.error()),
    };
    privileges.superuser |= first == "SUPER";
    privileges.write |= ["INSERT", "UPDATE", "DELETE", "CREATE", "DROP"].contains(&first);
    let second: &[&str] = match first {
        "ALTER" => &["SYSTEM", "TENANT", "ROUTINE"],
        "CREATE" => &[
            "USER",
            "VIEW",
            "ROLE",
            "ROUTINE",
            "TABLESPACE",
            "RESOURCE",
            "SESSION",
            "TABLE",
        ],
        "DROP" => &["ROLE", "USER", "TABLE"],
        "GRANT" => &["OPTION"],
        "REPLICATION" => &["CLIENT", "SLAVE"],
        "SHOW" => &["DATABASES", "VIEW"],
        _ => &[],
    };
    match c.eat_any(second) {
        Some("SYSTEM") => privileges.alter_system = true,
        Some("RESOURCE") => {
            c.expect_any(&["POOL", "UNIT"])?;
        }
        _ if oracle => {
            // SELECT ANY TABLE, …
            c.eat("ANY");
            c.eat_any(&["TABLE", "VIEW"]);
        }
        _ => {}
    }
    Ok(())
}

/// `SET …`, beyond ALTER SYSTEM.
pub fn set(c: &mut Cursor) -> Parsed<Statement> {
    if c.eat("ENCRYPTION") {
        c.expect_words(&["ON", "IDENTIFIED", "BY"])?;
        let password = c.string()?.value;
        c.expect("ONLY")?;
        return Ok(Statement::SetEncryption { password });
    }
    // RESTORE is for sys, and so Oracle mode has no use for it.
    if c.flavour().lexis.backquoted_names && c.eat("DECRYPTION") {
        c.expect_words(&["IDENTIFIED", "BY"])?;
        let passwords = c.list(|c| Ok(c.string()?.value))?;
        return Ok(Statement::SetDecryption { passwords });
    }
    if c.eat("NAMES") {
        backup::value(c)?;
        return Ok(Statement::SetVariables(Vec::new()));
    }
    variables(c)
}

/// `[GLOBAL | SESSION] name = value, …`
pub fn variables(c: &mut Cursor) -> Parsed<Statement> {
    let settings = c.list(|c| {
        if c.flavour().is_reserved(c.peek_text()) {
            return Err(c.error());
        }
        c.eat_any(&["GLOBAL", "SESSION", "LOCAL"]);
        let name = c.any_name(Role::Variable)?.value.to_ascii_lowercase();
        if !c.eat_symbol(":=") {
            c.expect_symbol("=")?;
        }
        let name = name.trim_start_matches('@');
        let name = name
            .strip_prefix("session.")
            .or_else(|| name.strip_prefix("global."))
            .unwrap_or(name);
        Ok((name.to_owned(), backup::value(c)?))
    })?;
    Ok(Statement::SetVariables(settings))
}

/// A string, a number, a name, or DEFAULT: what an option of a tenant or a pool is set to.
fn option_value(c: &mut Cursor) -> Parsed<String> {
    let reserved = c.peek().is_some_and(|t| t.kind == Kind::Word)
        && c.flavour().is_reserved(c.peek_text())
        && !["DEFAULT", "BINARY"].iter().any(|w| c.is_word(w));
    if reserved {
        return Err(c.error());
    }
    backup::value(c)
}

fn tenant_options(c: &mut Cursor) -> Parsed<TenantOptions> {
    let mut options = TenantOptions::default();
    let mut more = !c.at_end() && !c.is_word("SET");
    while more {
        match c.eat_any(&[
            "RESOURCE_POOL_LIST",
            "PRIMARY_ZONE",
            "LOCALITY",
            "ZONE_LIST",
            "CHARSET",
            "COLLATE",
            "COMMENT",
            "REPLICA_NUM",
            "ENABLE_ARBITRATION_SERVICE",
        ]) {
            Some("RESOURCE_POOL_LIST") => {
                c.eat_symbol("=");
                options.pools = names_in_brackets(c)?;
            }
            Some("PRIMARY_ZONE") => {
                c.eat_symbol("=");
                options.primary_zone = Some(option_value(c)?);
            }
            Some("LOCALITY") => {
                c.eat_symbol("=");
                options.locality = Some(c.string()?.value);
                c.eat("FORCE");
            }
            Some("ZONE_LIST") => {
                c.eat_symbol("=");
                names_in_brackets(c)?;
            }
            Some(_) => {
                c.eat_symbol("=");
                option_value(c)?;
            }
            None if c.eat("READ") => {
                c.expect_any(&["ONLY", "WRITE"])?;
            }
            None => return Err(c.error()),
        }
        more = c.eat_symbol(",");
    }
    if c.eat("SET") {
        c.eat("VARIABLES");
        c.list(|c| {
            c.eat_any(&["GLOBAL", "SESSION"]);
            let name = c.any_name(Role::Variable)?;
            c.expect_symbol("=")?;
            let value = backup::value(c)?;
            if name.value.eq_ignore_ascii_case("ob_compatibility_mode") {
                if value.eq_ignore_ascii_case("oracle") {
                    options.oracle = true;
                } else if !value.eq_ignore_ascii_case("mysql") {
                    return Err(told(
                        errors::incorrect_argument("ob_compatibility_mode"),
                        name.span,
                    ));
                }
            }
            Ok(())
        })?;
    }
    Ok(options)
}

fn pool_options(c: &mut Cursor) -> Parsed<PoolOptions> {
    let mut options = PoolOptions {
        unit_num: 1,
        ..PoolOptions::default()
    };
    let mut more = !c.at_end();
    while more {
        if c.eat("UNIT_NUM") {
            c.eat_symbol("=");
            options.unit_num = c.integer()?;
        } else if c.eat("UNIT") {
            c.eat_symbol("=");
            options.unit = name_or_string(c, Role::Other)?.value;
        } else if c.eat("ZONE_LIST") {
            c.eat_symbol("=");
            options.zones = names_in_brackets(c)?;
        } else if c.eat("REPLICA_TYPE") {
            c.eat_symbol("=");
            backup::value(c)?;
        } else {
            return Err(c.error());
        }
        more = c.eat_symbol(",");
    }
    Ok(options)
}

/// `('a', 'b')`: strings.
fn names_in_brackets(c: &mut Cursor) -> Parsed<Vec<String>> {
    c.expect_symbol("(")?;
    let names = c.list(|c| Ok(c.string()?.value))?;
    c.expect_symbol(")")?;
    Ok(names)
}
