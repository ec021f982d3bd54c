//! `ALTER SYSTEM …`: backup, cancel, cleanup, archive, restore, parameters.

use super::unreserved::UNRESERVED;
use super::*;

/// `BACKUP [INCREMENTAL] {DATABASE | TENANT list}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub incremental: bool,
    pub scope: Scope,
    /// `TO 'dest'`: read, then refused.
    pub dest: Option<String>,
    pub plus_archivelog: bool,
    pub description: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All tenants in sys, the own one elsewhere.
    Database,
    Tenants(Vec<TenantName>),
    /// Neither was said: the parser takes it, the resolver does not.
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddPolicy {
    pub name: String,
    pub window: Option<String>,
    pub redundancy: Option<i64>,
    pub copies: Option<i64>,
    pub tenants: Tenants,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteWhat {
    Set,
    Piece,
    Obsolete,
}

/// `SET name = value … [TENANT [=] t]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetParameters {
    pub settings: Vec<Setting>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Lower case.
    pub name: String,
    pub value: String,
    pub tenant: Option<TenantName>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    pub tenant: String,
    pub sources: String,
    pub until: Option<Until>,
    pub options: String,
    pub description: String,
    pub preview: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    Time(String),
    Scn(i64),
}

/// Statements of 3.x that still parse and never run (reference 1.1, 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    CancelBackupSet,
    CancelBackupPiece,
    CancelAllBackup,
    SuspendBackup,
    ResumeBackup,
    ArchiveBackup,
    Validate,
    CancelValidate,
    BackupBackup,
}

/// Words that begin a statement after ALTER SYSTEM and that are not read here.
const OTHER: &[&str] = &[
    "ACTIVATE",
    "ALTER",
    "BOOTSTRAP",
    "CALIBRATE",
    "CHANGE",
    "CHECKPOINT",
    "CLEAR",
    "DISABLE",
    "ENABLE",
    "FAILOVER",
    "FLUSH",
    "FORCE",
    "ISOLATE",
    "LOAD",
    "MAJOR",
    "MIGRATE",
    "MINOR",
    "MODIFY",
    "RECOVER",
    "RECYCLE",
    "REFRESH",
    "RELOAD",
    "REMOVE",
    "REPLACE",
    "REPORT",
    "RESET",
    "ROOT",
    "RUN",
    "START",
    "STOP",
    "SWITCH",
    "SWITCHOVER",
    "TRANSFER",
    "TRIGGER",
    "UPGRADE",
    "WASH",
];

/// Parameters whose names are also words of the language.
const PARAMETERS: &[&str] = &[
    "BACKUP_BACKUP_DEST",
    "CLUSTER_ID",
    "LOG_DISK_SIZE",
    "LOG_RESTORE_SOURCE",
    "OBCONFIG_URL",
    "ROOTSERVICE_LIST",
    "TABLET_SIZE",
];

/// Whether what comes next could be a parameter's name, if it is a name at all.
fn is_parameter(c: &Cursor) -> bool {
    let word = c.peek_text();
    let is = |w: &str| w.eq_ignore_ascii_case(word);
    let known = PARAMETERS.iter().any(|w| is(w));
    known || !c.flavour().is_reserved(word) && !UNRESERVED.split_ascii_whitespace().any(is)
}

/// Second words that make ADD, DELETE, DROP, SUSPEND and RESUME statements of that kind.
const OTHER_SECOND: &[(&str, &[&str])] = &[
    (
        "ADD",
        &["ARBITRATION", "REPLICA", "RESTORE", "SERVER", "ZONE"],
    ),
    ("DELETE", &["SERVER", "ZONE"]),
    ("DROP", &["TABLES"]),
    ("RESUME", &["MERGE", "RECOVERY", "TTL"]),
    ("SUSPEND", &["MERGE", "RECOVERY", "TTL"]),
];

pub fn alter_system(c: &mut Cursor, mode: Mode) -> Parsed<Statement> {
    let mysql = mode == Mode::Mysql;
    for (word, second) in OTHER_SECOND {
        if c.is_word(word) && second.iter().any(|w| c.is_word_at(1, w)) {
            let alone = word.starts_with(['R', 'S']);
            if c.peek_at(2).is_none() && !alone {
                c.advance();
                c.advance();
                return Err(c.error_here());
            }
            return Ok(absent(c));
        }
    }
    if c.is_words(&["CANCEL", "DELETE", "SERVER"]) {
        return Ok(absent(c));
    }
    if c.eat("CANCEL") {
        return cancel(c, mysql);
    }
    if c.eat("BACKUP") {
        return backup(c, mysql);
    }
    if c.eat("ADD") {
        c.expect_words(&["DELETE", "BACKUP", "POLICY"])?;
        c.eat_symbol("=");
        return Ok(Statement::AddPolicy(AddPolicy {
            name: c.string()?.value,
            window: option_string(c, "RECOVERY_WINDOW")?,
            redundancy: option_integer(c, "REDUNDANCY")?,
            copies: option_integer(c, "BACKUP_COPIES")?,
            tenants: tenants(c)?,
        }));
    }
    if c.eat("DROP") {
        c.expect_words(&["DELETE", "BACKUP", "POLICY"])?;
        c.eat_symbol("=");
        return Ok(Statement::DropPolicy {
            name: c.string()?.value,
            tenants: tenants(c)?,
        });
    }
    if mysql && c.eat("DELETE") {
        return delete(c);
    }
    for (word, on) in [("ARCHIVELOG", true), ("NOARCHIVELOG", false)] {
        if c.eat(word) {
            let tenants = tenants(c)?;
            description(c)?;
            return Ok(Statement::Archive { on, tenants });
        }
    }
    if c.eat("SET") {
        return set(c);
    }
    // SET may be left out.
    if mysql && c.is_symbol_at(1, "=") && is_parameter(c) {
        return set(c);
    }
    if mysql && c.eat("RESTORE") {
        return restore(c);
    }
    // They set a parameter, and do nothing else that is seen here.
    for (word, value) in [("BEGIN", "true"), ("END", "false")] {
        if c.eat(word) {
            if c.eat("ROLLING") {
                c.expect("UPGRADE")?;
                return Ok(absent(c));
            }
            c.expect("UPGRADE")?;
            return Ok(upgrade(value));
        }
    }
    if OTHER.iter().any(|w| c.is_word(w)) && !c.is_word_at(1, "BACKUP") {
        if c.eat("RECOVER") {
            c.expect_any(&["TABLE", "STANDBY"])?;
        } else if c.eat("FORCE") {
            c.expect("STOP")?;
        } else {
            c.advance();
        }
        if c.at_end() {
            return Err(c.error_here());
        }
        return Ok(absent(c));
    }
    if mysql {
        for (word, what) in [
            ("SUSPEND", Leftover::SuspendBackup),
            ("RESUME", Leftover::ResumeBackup),
        ] {
            if c.eat(word) {
                c.expect("BACKUP")?;
                return Ok(Statement::Leftover(what));
            }
        }
        if c.eat("VALIDATE") {
            if !c.eat("DATABASE") {
                c.expect("BACKUPSET")?;
                c.integer()?;
            }
            copy(c)?;
            return Ok(Statement::Leftover(Leftover::Validate));
        }
        // `START BACKUP ARCHIVELOG`, of 3.x too.
        if c.is_word_at(1, "BACKUP") && c.eat_any(&["START", "STOP"]).is_some() {
            c.expect_words(&["BACKUP", "ARCHIVELOG"])?;
            return Ok(Statement::Leftover(Leftover::ArchiveBackup));
        }
        // No rule goes on with BACKUP.
        if OTHER.iter().any(|w| c.is_word(w)) {
            c.advance();
            return Err(c.error_here());
        }
        // A word that is no keyword could be a parameter's name, as SET may be left out: the
        // server complains about what follows it (reference 1.3).
        if is_parameter(c) && c.eat_name(Role::Other).is_some() {
            return Err(c.error_here());
        }
    }
    Err(c.error())
}

/// `BEGIN UPGRADE`, `END UPGRADE`
fn upgrade(value: &str) -> Statement {
    Statement::Set(SetParameters {
        settings: vec![Setting {
            name: "enable_upgrade_mode".to_owned(),
            value: value.to_owned(),
            tenant: None,
        }],
    })
}

fn cancel(c: &mut Cursor, mysql: bool) -> Parsed<Statement> {
    if c.eat("BACKUP") {
        if mysql && c.eat("BACKUPSET") {
            return Ok(Statement::Leftover(Leftover::CancelBackupSet));
        }
        if mysql && c.eat("BACKUPPIECE") {
            return Ok(Statement::Leftover(Leftover::CancelBackupPiece));
        }
        return Ok(Statement::CancelBackup(tenants(c)?));
    }
    if c.eat("DELETE") {
        c.expect("BACKUP")?;
        let tenants = tenants(c)?;
        description(c)?;
        return Ok(Statement::CancelDelete(tenants));
    }
    if mysql {
        if c.eat("RESTORE") {
            return Ok(Statement::CancelRestore {
                name: c.name(Role::Tenant)?.value,
            });
        }
        if c.eat("RECOVER") {
            c.expect("TABLE")?;
            c.name(Role::Tenant)?;
            return Ok(Statement::CancelRecover);
        }
        if c.eat("ALL") {
            c.expect_words(&["BACKUP", "FORCE"])?;
            return Ok(Statement::Leftover(Leftover::CancelAllBackup));
        }
        if c.eat("VALIDATE") {
            c.integer()?;
            copy(c)?;
            return Ok(Statement::Leftover(Leftover::CancelValidate));
        }
        if c.eat_any(&["MIGRATE", "REPLICA", "TTL", "CLONE", "TRANSFER", "BALANCE"])
            .is_some()
            && !c.at_end()
        {
            return Ok(absent(c));
        }
    }
    Err(c.error())
}

fn backup(c: &mut Cursor, mysql: bool) -> Parsed<Statement> {
    if c.eat("KEY") {
        let tenants = if mysql { tenants(c)? } else { None };
        option_string(c, "TO")?;
        if c.eat("ENCRYPTED") {
            c.expect("BY")?;
            c.string()?;
        }
        return Ok(Statement::BackupKey { tenants });
    }
    if mysql && c.eat("CLUSTER") {
        c.expect_words(&["PARAMETERS", "TO"])?;
        return Ok(Statement::BackupParameters {
            dest: c.string()?.value,
        });
    }
    if mysql && let Some(what) = c.eat_any(&["BACKUPSET", "BACKUPPIECE"]) {
        return backup_backup(c, what == "BACKUPPIECE");
    }
    let incremental = c.eat("INCREMENTAL");
    let scope = if c.eat("DATABASE") {
        Scope::Database
    } else if mysql {
        match tenants(c)? {
            Some(list) => Scope::Tenants(list),
            None => Scope::Nothing,
        }
    } else {
        // Oracle mode has no BACKUP TENANT: DATABASE is obligatory (reference 1.2).
        return Err(c.error());
    };
    let dest = option_string(c, "TO")?;
    let plus_archivelog = c.eat("PLUS");
    if plus_archivelog {
        c.expect("ARCHIVELOG")?;
    }
    Ok(Statement::Backup(Backup {
        incremental,
        scope,
        dest,
        plus_archivelog,
        description: description(c)?.unwrap_or_default(),
    }))
}

fn delete(c: &mut Cursor) -> Parsed<Statement> {
    let what = if c.eat("BACKUPSET") {
        DeleteWhat::Set
    } else if c.eat("BACKUPPIECE") {
        DeleteWhat::Piece
    } else {
        c.expect_words(&["OBSOLETE", "BACKUP"])?;
        DeleteWhat::Obsolete
    };
    if what != DeleteWhat::Obsolete {
        c.integer()?;
    }
    if what != DeleteWhat::Obsolete {
        copy(c)?;
    }
    tenants(c)?;
    description(c)?;
    Ok(Statement::DeleteBackup { what })
}

/// `[COPY n]`
fn copy(c: &mut Cursor) -> Parsed<()> {
    if c.eat("COPY") {
        c.integer()?;
    }
    Ok(())
}

/// `{ALL [NOT BACKED UP n TIMES] | [=] n} [WITH ACTIVE] [TENANT_ID [=] n | TENANT [=] t]
/// [BACKUP_BACKUP_DEST [=] 'dest']`
fn backup_backup(c: &mut Cursor, piece: bool) -> Parsed<Statement> {
    if !c.eat("ALL") {
        c.eat_symbol("=");
        c.integer()?;
    } else if c.eat("NOT") {
        c.expect_words(&["BACKED", "UP"])?;
        c.integer()?;
        c.expect("TIMES")?;
    }
    if piece && c.eat("WITH") {
        c.expect("ACTIVE")?;
    }
    if option_integer(c, "TENANT_ID")?.is_none() {
        tenant(c)?;
    }
    option_string(c, "BACKUP_BACKUP_DEST")?;
    Ok(Statement::Leftover(Leftover::BackupBackup))
}

/// `[TENANT [=] name]`
pub(super) fn tenant(c: &mut Cursor) -> Parsed<Option<TenantName>> {
    if !c.eat("TENANT") {
        return Ok(None);
    }
    c.eat_symbol("=");
    name_or_string(c, Role::Tenant).map(Some)
}

fn set(c: &mut Cursor) -> Parsed<Statement> {
    let settings = c.list(|c| {
        // A word that has another meaning is no parameter's name.
        if !is_parameter(c) {
            return Err(c.error());
        }
        let name = c.name(Role::Setting)?.value.to_ascii_lowercase();
        c.expect_symbol("=")?;
        let value = constant(c)?;
        if c.eat("COMMENT") {
            c.string()?;
        }
        if c.eat("SCOPE") {
            c.expect_symbol("=")?;
            c.expect_any(&["BOTH", "MEMORY", "SPFILE"])?;
        }
        if c.eat("SERVER") {
            c.eat_symbol("=");
            c.string()?;
        } else if c.eat("ZONE") {
            c.eat_symbol("=");
            name_or_string(c, Role::Other)?;
        }
        let tenant = tenant(c)?;
        Ok(Setting {
            name,
            value,
            tenant,
        })
    })?;
    Ok(Statement::Set(SetParameters { settings }))
}

/// A literal, TRUE and FALSE among them: what a parameter is set to.
pub(super) fn constant(c: &mut Cursor) -> Parsed<String> {
    if c.peek().is_some_and(|t| t.kind == Kind::Word) && !c.peek_text().starts_with("@@") {
        return Ok(c.expect_any(&["TRUE", "FALSE", "NULL"])?.to_owned());
    }
    value(c)
}

/// A literal, or a word such as TRUE or OFF.
pub(super) fn value(c: &mut Cursor) -> Parsed<String> {
    if let Some(text) = c.eat_string() {
        return Ok(text.value);
    }
    let minus = c.eat_symbol("-");
    if let Some(number) = c.eat_number() {
        let sign = if minus { "-" } else { "" };
        return Ok(format!("{sign}{number}"));
    }
    if !minus && let Some(name) = c.eat_any_name(Role::Other) {
        return Ok(name.value);
    }
    Err(c.error())
}

fn restore(c: &mut Cursor) -> Parsed<Statement> {
    // `RESTORE FROM 'uris' [UNTIL …] PREVIEW`: for no tenant.
    if c.eat("FROM") {
        let sources = c.string()?.value;
        let until = until(c)?;
        c.expect("PREVIEW")?;
        return Ok(Statement::Restore(Restore {
            tenant: String::new(),
            sources,
            until,
            options: String::new(),
            description: String::new(),
            preview: true,
        }));
    }
    let tenant = c.name(Role::Tenant)?.value;
    // Without FROM the places would be those of ADD RESTORE SOURCE (public grammar, 4.2).
    let sources = match c.eat("FROM") {
        true => c.string()?.value,
        false => String::new(),
    };
    let until = until(c)?;
    c.expect("WITH")?;
    let options = c.string()?.value;
    if c.eat("WITH") {
        c.expect_words(&["KEY", "FROM"])?;
        c.string()?;
        if c.eat("ENCRYPTED") {
            c.expect("BY")?;
            c.string()?;
        }
    }
    let description = description(c)?.unwrap_or_default();
    let preview = c.eat("PREVIEW");
    Ok(Statement::Restore(Restore {
        tenant,
        sources,
        until,
        options,
        description,
        preview,
    }))
}

fn until(c: &mut Cursor) -> Parsed<Option<Until>> {
    if !c.eat("UNTIL") {
        return Ok(None);
    }
    Ok(Some(if c.eat("TIME") {
        c.expect_symbol("=")?;
        Until::Time(c.string()?.value)
    } else {
        c.expect("SCN")?;
        c.expect_symbol("=")?;
        Until::Scn(c.integer()?)
    }))
}
