//! Statements as text, in one normal form: what a job's description shows, and the proof that
//! nothing is lost in reading (a printed statement reads back as itself).

use super::*;
use std::fmt::{self, Display, Formatter};

/// A name as it must be written to be read back; the quotes are MySQL mode's.
struct Name<'a>(&'a str);

fn is_bare(name: &str) -> bool {
    let word = |c: char| c == '_' || c == '$' || c.is_ascii_alphanumeric() || !c.is_ascii();
    !name.is_empty()
        && name.chars().all(word)
        && !name.bytes().all(|b| b.is_ascii_digit())
        && !keywords::MYSQL.is_reserved(name)
        && !keywords::ORACLE.is_reserved(name)
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        if is_bare(self.0) {
            f.write_str(self.0)
        } else {
            Quoted(self.0).fmt(f)
        }
    }
}

/// The same where no string may stand.
struct Relation<'a>(&'a str);

impl Display for Relation<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        if is_bare(self.0) {
            f.write_str(self.0)
        } else {
            write!(f, "`{}`", self.0.replace('`', "``"))
        }
    }
}

/// A string literal.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str("'")?;
        for c in self.0.chars() {
            match c {
                '\'' => f.write_str("''")?,
                '\\' => f.write_str("\\\\")?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("'")
    }
}

fn list(f: &mut Formatter, names: &[TenantName]) -> fmt::Result {
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        Name(&name.value).fmt(f)?;
    }
    Ok(())
}

fn tenant_clause(f: &mut Formatter, tenants: &Tenants) -> fmt::Result {
    match tenants {
        None => Ok(()),
        Some(names) => {
            f.write_str(" TENANT = ")?;
            list(f, names)
        }
    }
}

fn text_clause(f: &mut Formatter, word: &str, text: &str) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    write!(f, " {word} = {}", Quoted(text))
}

impl Display for Backup {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str("ALTER SYSTEM BACKUP")?;
        if self.incremental {
            f.write_str(" INCREMENTAL")?;
        }
        match &self.scope {
            Scope::Database => f.write_str(" DATABASE")?,
            Scope::Tenants(names) => {
                f.write_str(" TENANT = ")?;
                list(f, names)?;
            }
            Scope::Nothing => {}
        }
        if let Some(dest) = &self.dest {
            write!(f, " TO = {}", Quoted(dest))?;
        }
        if self.plus_archivelog {
            f.write_str(" PLUS ARCHIVELOG")?;
        }
        text_clause(f, "DESCRIPTION", &self.description)
    }
}

impl Display for AddPolicy {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(
            f,
            "ALTER SYSTEM ADD DELETE BACKUP POLICY {}",
            Quoted(&self.name)
        )?;
        if let Some(window) = &self.window {
            write!(f, " RECOVERY_WINDOW = {}", Quoted(window))?;
        }
        if let Some(n) = self.redundancy {
            write!(f, " REDUNDANCY = {n}")?;
        }
        if let Some(n) = self.copies {
            write!(f, " BACKUP_COPIES = {n}")?;
        }
        tenant_clause(f, &self.tenants)
    }
}

impl Display for SetParameters {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str("ALTER SYSTEM SET ")?;
        for (i, setting) in self.settings.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{} = {}", Name(&setting.name), Quoted(&setting.value))?;
            if let Some(tenant) = &setting.tenant {
                write!(f, " TENANT = {}", Name(&tenant.value))?;
            }
        }
        Ok(())
    }
}

impl Display for Restore {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "ALTER SYSTEM RESTORE {}", Relation(&self.tenant))?;
        if !self.sources.is_empty() {
            write!(f, " FROM {}", Quoted(&self.sources))?;
        }
        match &self.until {
            None => {}
            Some(Until::Time(text)) => write!(f, " UNTIL TIME = {}", Quoted(text))?,
            Some(Until::Scn(n)) => write!(f, " UNTIL SCN = {n}")?,
        }
        write!(f, " WITH {}", Quoted(&self.options))?;
        text_clause(f, "DESCRIPTION", &self.description)?;
        if self.preview {
            f.write_str(" PREVIEW")?;
        }
        Ok(())
    }
}

/// The statements of ALTER SYSTEM; the text of another is not kept.
impl Display for Statement {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Statement::Backup(s) => s.fmt(f),
            Statement::CancelBackup(tenants) => {
                f.write_str("ALTER SYSTEM CANCEL BACKUP")?;
                tenant_clause(f, tenants)
            }
            Statement::CancelDelete(tenants) => {
                f.write_str("ALTER SYSTEM CANCEL DELETE BACKUP")?;
                tenant_clause(f, tenants)
            }
            Statement::AddPolicy(s) => s.fmt(f),
            Statement::DropPolicy { name, tenants } => {
                write!(f, "ALTER SYSTEM DROP DELETE BACKUP POLICY {}", Quoted(name))?;
                tenant_clause(f, tenants)
            }
            Statement::Archive { on, tenants } => {
                let word = if *on { "ARCHIVELOG" } else { "NOARCHIVELOG" };
                write!(f, "ALTER SYSTEM {word}")?;
                tenant_clause(f, tenants)
            }
            Statement::BackupKey { tenants } => {
                f.write_str("ALTER SYSTEM BACKUP KEY")?;
                tenant_clause(f, tenants)
            }
            Statement::BackupParameters { dest } => {
                write!(
                    f,
                    "ALTER SYSTEM BACKUP CLUSTER PARAMETERS TO {}",
                    Quoted(dest)
                )
            }
            Statement::Set(s) => s.fmt(f),
            Statement::Restore(s) => s.fmt(f),
            Statement::CancelRestore { name } => {
                write!(f, "ALTER SYSTEM CANCEL RESTORE {}", Relation(name))
            }
            _ => f.write_str(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `text`, and what it prints, to the same statement.
    fn check(text: &str, normal: &str) {
        let read = |text: &str| parse(text, Mode::Mysql).map_err(|e| e.message.clone());
        let statement = read(text).expect(text);
        assert_eq!(statement.to_string(), normal);
        let again = read(normal).expect(normal);
        assert_eq!(again.to_string(), normal);
    }

    #[test]
    fn statements_print_themselves() {
        for (text, normal) in [
            ("alter system cancel backup", "ALTER SYSTEM CANCEL BACKUP"),
            (
                "ALTER SYSTEM CANCEL BACKUP TENANT 'a b',`select`, 1t, all",
                "ALTER SYSTEM CANCEL BACKUP TENANT = 'a b', 'select', 1t, 'all'",
            ),
            (
                "ALTER SYSTEM BACKUP INCREMENTAL TENANT = t TO 'x' PLUS ARCHIVELOG DESCRIPTION 'it''s'",
                "ALTER SYSTEM BACKUP INCREMENTAL TENANT = t TO = 'x' PLUS ARCHIVELOG DESCRIPTION = 'it''s'",
            ),
            ("ALTER SYSTEM BACKUP", "ALTER SYSTEM BACKUP"),
            (
                "ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW '7d' REDUNDANCY = 1 BACKUP_COPIES 0 TENANT t",
                "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW = '7d' REDUNDANCY = 1 BACKUP_COPIES = 0 TENANT = t",
            ),
            (
                "ALTER SYSTEM DROP DELETE BACKUP POLICY 'default'",
                "ALTER SYSTEM DROP DELETE BACKUP POLICY 'default'",
            ),
            (
                "ALTER SYSTEM CANCEL DELETE BACKUP TENANT t DESCRIPTION 'x'",
                "ALTER SYSTEM CANCEL DELETE BACKUP TENANT = t",
            ),
            (
                "ALTER SYSTEM NOARCHIVELOG TENANT = t, u",
                "ALTER SYSTEM NOARCHIVELOG TENANT = t, u",
            ),
            (
                "ALTER SYSTEM SET Data_Backup_Dest = \"file:///x\" TENANT = t",
                "ALTER SYSTEM SET data_backup_dest = 'file:///x' TENANT = t",
            ),
            (
                "ALTER SYSTEM RESTORE t FROM 'a,b' UNTIL SCN = 5 WITH 'pool_list=p' PREVIEW",
                "ALTER SYSTEM RESTORE t FROM 'a,b' UNTIL SCN = 5 WITH 'pool_list=p' PREVIEW",
            ),
            (
                "ALTER SYSTEM CANCEL RESTORE `t 1`",
                "ALTER SYSTEM CANCEL RESTORE `t 1`",
            ),
            (
                "ALTER SYSTEM BACKUP CLUSTER PARAMETERS TO 'x'",
                "ALTER SYSTEM BACKUP CLUSTER PARAMETERS TO 'x'",
            ),
        ] {
            check(text, normal);
        }
    }

    /// Every valid statement cut anywhere, and out-of-bounds input, is a statement or an error.
    #[test]
    fn anything_typed_is_an_answer() {
        let statements = [
            "ALTER SYSTEM BACKUP INCREMENTAL TENANT = 'tä', `b` TO 'x' PLUS ARCHIVELOG DESCRIPTION 'y'",
            "ALTER SYSTEM RESTORE t FROM 'a' UNTIL TIME = 'b' WITH 'c' WITH KEY FROM 'd' ENCRYPTED BY 'e' DESCRIPTION 'f' PREVIEW",
            "ALTER SYSTEM SET a = -1.5 COMMENT 'x' SCOPE = BOTH SERVER = '1' TENANT = t, b = TRUE",
            "CREATE TENANT IF NOT EXISTS t RESOURCE_POOL_LIST = ('p'), LOCALITY 'x' SET ob_compatibility_mode = 'oracle'",
            "CREATE RESOURCE POOL p UNIT = 'u', UNIT_NUM 1, ZONE_LIST = ('z1', 'z2')",
            "GRANT ALTER SYSTEM, SELECT ON *.* TO 'a'@'%' WITH GRANT OPTION",
            "SELECT a, b FROM c WHERE d = 'e' /* f */ ORDER BY 1 -- g",
            "SET DECRYPTION IDENTIFIED BY 'a', 'b'",
            "SHOW PARAMETERS LIKE 'x%' TENANT = t",
        ];
        for mode in [Mode::Mysql, Mode::Oracle] {
            for text in statements {
                for (end, _) in text.char_indices() {
                    let _ = parse(&text[..end], mode);
                }
                let _ = parse(text, mode);
            }
            for text in [
                "x".repeat(1 << 20),
                "(".repeat(10_000),
                format!("SELECT 1 FROM a {}", "JOIN b ".repeat(400)),
                format!("SELECT 1{}", " + 1".repeat(20_000)),
                "ALTER SYSTEM CANCEL BACKUP TENANT = \0".to_owned(),
                "\u{fffd}ALTER \u{fffd}SYSTEM".to_owned(),
                format!("ALTER SYSTEM CANCEL BACKUP TENANT = {}", "t,".repeat(3_000)),
            ] {
                assert!(parse(&text, mode).is_err());
            }
        }
    }
}
