//! Settings, transactions, users, privileges, prepared statements.

use super::*;
use crate::sql::Kind;

/// Privileges that may be granted on objects, upper case.
const PRIVILEGES: [&str; 24] = [
    "ALL",
    "BACKUP",
    "CHANGEFEED",
    "CONNECT",
    "CREATE",
    "DELETE",
    "DROP",
    "EXECUTE",
    "GRANT",
    "INSERT",
    "REPLICATION",
    "RESTORE",
    "RULE",
    "SELECT",
    "TRIGGER",
    "TRUNCATE",
    "UPDATE",
    "USAGE",
    "ZONECONFIG",
    "REPLICATIONSOURCE",
    "REPLICATIONDEST",
    "CONTROLJOB",
    "INSPECT",
    "VIEWJOB",
];

impl Grammar {
    pub(super) fn set(self, c: &mut Cursor) -> Parsed<Statement> {
        if c.eat_words(&["CLUSTER", "SETTING"]) {
            let name = self.setting_name(c)?;
            self.to_or_equals(c)?;
            let value = match c.eat("DEFAULT") {
                true => None,
                false => Some(self.setting_value(c)?),
            };
            return Ok(Statement::SetClusterSetting { name, value });
        }
        if c.eat("TRANSACTION") {
            let modes = self.transaction_modes(c)?;
            // The session's transaction: the same as a variable of that name.
            let name = Text {
                value: modes
                    .iter()
                    .find(|m| m.starts_with("READ"))
                    .or(modes.first())
                    .cloned()
                    .unwrap_or_default(),
                span: c.here(),
            };
            return Ok(Statement::SetVariable {
                name,
                values: Vec::new(),
                local: true,
            });
        }
        let local = match c.eat_any(&["SESSION", "LOCAL"]) {
            Some(word) => word == "LOCAL",
            None => false,
        };
        let name = match c.eat_words(&["TIME", "ZONE"]) {
            true => {
                let value = "timezone".to_owned();
                let text = Text {
                    value,
                    span: c.here(),
                };
                let values = vec![self.setting_value(c)?];
                return Ok(Statement::SetVariable {
                    name: text,
                    values,
                    local,
                });
            }
            false => self.variable_name(c)?,
        };
        self.to_or_equals(c)?;
        let values = match c.eat("DEFAULT") {
            true => Vec::new(),
            false => c.list(|c| self.setting_value(c))?,
        };
        Ok(Statement::SetVariable {
            name,
            values,
            local,
        })
    }

    fn variable_name(self, c: &mut Cursor) -> Parsed<Text> {
        let path = c.path(Role::Variable)?;
        Ok(Text {
            value: path.values().join("."),
            span: path.span,
        })
    }

    pub(super) fn to_or_equals(self, c: &mut Cursor) -> Parsed<()> {
        if c.eat_symbol("=") {
            return Ok(());
        }
        c.expect("TO").map(|_| ())
    }

    /// An expression; a bare word counts as a string (`on`, `off`, a database name).
    pub(super) fn setting_value(self, c: &mut Cursor) -> Parsed<Scalar> {
        if c.is_word("ON") {
            // Reserved, so no expression starts with it.
            return Ok(sql::query::word_as_scalar(c));
        }
        self.scalar(c)
    }

    pub(super) fn reset(self, c: &mut Cursor) -> Parsed<Statement> {
        if c.eat_words(&["CLUSTER", "SETTING"]) {
            let name = self.setting_name(c)?;
            return Ok(Statement::SetClusterSetting { name, value: None });
        }
        c.eat("SESSION");
        let span = c.here();
        let name = match c.eat("ALL") {
            true => Text {
                value: "all".to_owned(),
                span,
            },
            false => self.variable_name(c)?,
        };
        Ok(Statement::SetVariable {
            name,
            values: Vec::new(),
            local: false,
        })
    }

    pub(super) fn use_database(self, c: &mut Cursor) -> Parsed<Statement> {
        let span = c.here();
        let database = match c.eat_string() {
            Some(text) => text,
            None => Text {
                value: c.name(Role::Database)?.value,
                span,
            },
        };
        Ok(Statement::Use { database })
    }

    // ---- transactions ----

    pub(super) fn begin(self, c: &mut Cursor) -> Parsed<Statement> {
        c.eat_any(&["TRANSACTION", "WORK"]);
        let modes = self.transaction_modes(c)?;
        Ok(Statement::Begin { modes })
    }

    pub(super) fn start(self, c: &mut Cursor) -> Parsed<Statement> {
        c.expect("TRANSACTION")?;
        let modes = self.transaction_modes(c)?;
        Ok(Statement::Begin { modes })
    }

    /// `PRIORITY HIGH`, `READ ONLY`, `ISOLATION LEVEL …`, `AS OF SYSTEM TIME …`, comma optional.
    fn transaction_modes(self, c: &mut Cursor) -> Parsed<Vec<String>> {
        let mut modes = Vec::new();
        loop {
            let start = c.position();
            if c.eat("PRIORITY") {
                c.expect_any(&["LOW", "NORMAL", "HIGH"])?;
            } else if c.eat("READ") {
                c.expect_any(&["ONLY", "WRITE"])?;
            } else if c.eat("ISOLATION") {
                c.expect("LEVEL")?;
                match c.expect_any(&["SERIALIZABLE", "SNAPSHOT", "READ", "REPEATABLE"])? {
                    "READ" => {
                        c.expect_any(&["COMMITTED", "UNCOMMITTED"])?;
                    }
                    "REPEATABLE" => {
                        c.expect("READ")?;
                    }
                    _ => {}
                }
            } else if self.as_of(c)?.is_none() {
                return match modes.is_empty() || !c.at_end() || !ends_with_comma(c) {
                    true => Ok(modes),
                    false => Err(c.error()),
                };
            }
            modes.push(c.span_from(start).of(c.text()).to_ascii_uppercase());
            c.eat_symbol(",");
        }
    }

    pub(super) fn commit(self, c: &mut Cursor) -> Parsed<Statement> {
        c.eat_any(&["TRANSACTION", "WORK"]);
        Ok(Statement::Commit)
    }

    pub(super) fn rollback(self, c: &mut Cursor) -> Parsed<Statement> {
        c.eat_any(&["TRANSACTION", "WORK"]);
        if c.eat("TO") {
            c.eat("SAVEPOINT");
            let name = c.name(Role::Other)?;
            return Ok(Statement::RollbackTo { name });
        }
        Ok(Statement::Rollback)
    }

    pub(super) fn savepoint(self, c: &mut Cursor) -> Parsed<Statement> {
        let name = c.name(Role::Other)?;
        Ok(Statement::Savepoint { name })
    }

    pub(super) fn release(self, c: &mut Cursor) -> Parsed<Statement> {
        c.eat("SAVEPOINT");
        let name = c.name(Role::Other)?;
        Ok(Statement::ReleaseSavepoint { name })
    }

    // ---- users and privileges ----

    /// After `{CREATE|ALTER} {USER|ROLE}`.
    pub(super) fn role_statement(
        self,
        c: &mut Cursor,
        create: bool,
        user: bool,
    ) -> Parsed<Statement> {
        let conditional = match create {
            true => self.if_not_exists(c),
            false => self.if_exists(c),
        };
        let names = vec![self.role_spec(c)?];
        c.eat("WITH");
        let mut options = Options::default();
        while let Some(token) = c.peek() {
            if token.kind != Kind::Word {
                break;
            }
            options.list.push(self.role_option(c)?);
        }
        Ok(Statement::Role(RoleStatement {
            create,
            user,
            conditional,
            names,
            options,
        }))
    }

    fn role_option(self, c: &mut Cursor) -> Parsed<Opt> {
        const FLAGS: [&str; 24] = [
            "CREATEROLE",
            "NOCREATEROLE",
            "LOGIN",
            "NOLOGIN",
            "CONTROLJOB",
            "NOCONTROLJOB",
            "CONTROLCHANGEFEED",
            "NOCONTROLCHANGEFEED",
            "CREATEDB",
            "NOCREATEDB",
            "CREATELOGIN",
            "NOCREATELOGIN",
            "VIEWACTIVITY",
            "NOVIEWACTIVITY",
            "CANCELQUERY",
            "NOCANCELQUERY",
            "MODIFYCLUSTERSETTING",
            "NOMODIFYCLUSTERSETTING",
            "VIEWCLUSTERSETTING",
            "NOVIEWCLUSTERSETTING",
            "SQLLOGIN",
            "NOSQLLOGIN",
            "VIEWJOB",
            "NOVIEWJOB",
        ];
        let start = c.position();
        if c.eat("PASSWORD") {
            let value = match c.eat("NULL") {
                true => OptValue::None,
                false => OptValue::Text(self.text_arg(c)?),
            };
            return Ok(Opt {
                name: "password".to_owned(),
                value,
                span: c.span_from(start),
            });
        }
        if !self.has(Feature::RoleOptions) {
            return Err(c.error());
        }
        if c.eat("VALID") {
            c.expect("UNTIL")?;
            let value = OptValue::Text(self.text_arg(c)?);
            return Ok(Opt {
                name: "valid until".to_owned(),
                value,
                span: c.span_from(start),
            });
        }
        let flag = c.expect_any(&FLAGS)?;
        Ok(Opt {
            name: flag.to_ascii_lowercase(),
            value: OptValue::None,
            span: c.span_from(start),
        })
    }

    /// After GRANT or REVOKE.
    pub(super) fn grant(self, c: &mut Cursor, revoke: bool) -> Parsed<Statement> {
        let mut option = false;
        if revoke && (c.is_words(&["GRANT", "OPTION"]) || c.is_words(&["ADMIN", "OPTION"])) {
            c.advance();
            c.advance();
            c.expect("FOR")?;
            option = true;
        }
        let system = self.has(Feature::SystemPrivileges) && c.eat("SYSTEM");
        let mut privileges = c.list(|c| c.any_name(Role::Privilege))?;
        let on = if system {
            for name in &mut privileges {
                name.value = name.value.to_ascii_uppercase();
            }
            GrantObject::System
        } else if c.eat_words(&["PRIVILEGES"]) || c.is_word("ON") {
            for name in &mut privileges {
                let upper = name.value.to_ascii_uppercase();
                if !PRIVILEGES.contains(&upper.as_str()) {
                    return Err(sql::SyntaxError::refused(
                        format!("not a valid privilege: \"{}\"", name.value),
                        c.here(),
                        c.at_end(),
                    ));
                }
                name.value = upper;
            }
            c.expect("ON")?;
            self.grant_object(c)?
        } else {
            GrantObject::Roles(std::mem::take(&mut privileges))
        };
        match revoke {
            true => c.expect("FROM")?,
            false => c.expect("TO")?,
        };
        let grantees = c.list(|c| self.role_spec(c))?;
        if !revoke && c.eat("WITH") {
            c.expect_any(&["GRANT", "ADMIN"])?;
            c.expect("OPTION")?;
            option = true;
        }
        Ok(Statement::Grant(Grant {
            revoke,
            privileges,
            on,
            grantees,
            option,
        }))
    }

    /// After ON.
    pub(super) fn grant_object(self, c: &mut Cursor) -> Parsed<GrantObject> {
        if c.eat("DATABASE") {
            return Ok(GrantObject::Databases(c.list(|c| c.name(Role::Database))?));
        }
        if self.has(Feature::Schemas) && c.eat("SCHEMA") {
            return Ok(GrantObject::Schemas(c.list(|c| c.path(Role::Schema))?));
        }
        if self.has(Feature::Schemas) && c.eat("TYPE") {
            return Ok(GrantObject::Types(c.list(|c| c.path(Role::Type))?));
        }
        if self.has(Feature::SystemPrivileges) && c.eat_words(&["EXTERNAL", "CONNECTION"]) {
            return Ok(GrantObject::ExternalConnections(
                c.list(|c| c.name(Role::Other))?,
            ));
        }
        // Only SHOW GRANTS has this form; there the list may be empty.
        if c.is_word("ROLE") {
            c.advance();
            let names = match c.at_end() || c.is_word("FOR") {
                true => Vec::new(),
                false => c.list(|c| c.name(Role::User))?,
            };
            return Ok(GrantObject::Roles(names));
        }
        c.eat("TABLE");
        Ok(GrantObject::Tables(c.list(|c| self.table_pattern(c))?))
    }

    // ---- wrappers ----

    pub(super) fn explain(self, c: &mut Cursor) -> Parsed<Statement> {
        let analyze = c.eat_any(&["ANALYZE", "ANALYSE"]).is_some();
        let mut options = Vec::new();
        let in_brackets = c.is_symbol("(")
            && !["SELECT", "VALUES", "TABLE", "WITH"]
                .iter()
                .any(|w| c.is_word_at(1, w))
            && !c.is_symbol_at(1, "(");
        if in_brackets {
            c.expect_symbol("(")?;
            options = c.list(|c| match c.is_word("ANALYZE") {
                // A reserved word, and no option's name.
                true => Err(c.error_here()),
                false => Ok(c.any_name(Role::Other)?.value.to_ascii_uppercase()),
            })?;
            c.expect_symbol(")")?;
        }
        let statement = Box::new(self.preparable(c)?);
        let wrong = wrong_explain(&options, analyze);
        if self.has(Feature::ErrorsWithDetail) && !wrong.is_empty() {
            // The whole statement has been read by then.
            return Err(crate::sql::SyntaxError::refused(
                wrong,
                c.here(),
                c.at_end(),
            ));
        }
        Ok(Statement::Explain {
            analyze,
            options,
            statement,
        })
    }

    pub(super) fn prepare(self, c: &mut Cursor) -> Parsed<Statement> {
        let name = c.name(Role::Other)?;
        let mut types = Vec::new();
        if c.eat_symbol("(") {
            types = c.list(|c| self.type_name(c))?;
            c.expect_symbol(")")?;
        }
        c.expect("AS")?;
        let statement = Box::new(self.preparable(c)?);
        Ok(Statement::Prepare {
            name,
            types,
            statement,
        })
    }

    pub(super) fn execute(self, c: &mut Cursor) -> Parsed<Statement> {
        if self.has(Feature::ExecuteSchedule)
            && let Some(statement) = self.control_schedules(c, Verb::Execute)?
        {
            return Ok(statement);
        }
        let name = c.name(Role::Other)?;
        let mut arguments = Vec::new();
        if c.eat_symbol("(") {
            arguments = c.list(|c| self.scalar(c))?;
            c.expect_symbol(")")?;
        }
        Ok(Statement::Execute { name, arguments })
    }

    pub(super) fn deallocate(self, c: &mut Cursor) -> Parsed<Statement> {
        c.eat("PREPARE");
        if c.eat("ALL") {
            return Ok(Statement::Deallocate { name: None });
        }
        let name = Some(c.name(Role::Other)?);
        Ok(Statement::Deallocate { name })
    }
}

/// What is wrong with the options of EXPLAIN; empty if nothing is. Beyond the reference:
/// `pkg/sql/sem/tree/explain.go`.
fn wrong_explain(options: &[String], analyze: bool) -> String {
    const MODES: &str = "PLAN DISTSQL OPT VEC DEBUG DDL GIST";
    const FLAGS: &str = "VERBOSE TYPES ENV CATALOG JSON MEMO SHAPE VIZ REDACT";
    let among = |words: &str, word: &str| words.split(' ').any(|w| w == word);
    let mut mode = "";
    for option in options {
        if among(MODES, option) {
            if !mode.is_empty() {
                return format!("cannot set EXPLAIN mode more than once: {option}");
            }
            mode = option;
        } else if !among(FLAGS, option) {
            return format!("unsupported EXPLAIN option: {option}");
        }
    }
    match (mode, analyze) {
        ("OPT" | "VEC" | "DDL" | "GIST", true) => {
            format!("EXPLAIN ANALYZE cannot be used with {mode}")
        }
        ("DEBUG", false) => "DEBUG flag can only be used with EXPLAIN ANALYZE".to_owned(),
        _ => String::new(),
    }
}

/// Whether the last token read is a comma.
fn ends_with_comma(c: &Cursor) -> bool {
    let last = c.position().checked_sub(1);
    let token = last.and_then(|p| c.tokens().list.get(p));
    token.is_some_and(|t| t.kind == Kind::Symbol(","))
}
