//! ALTER, DROP, TRUNCATE, COMMENT.

use super::*;

impl Grammar {
    pub(super) fn alter(self, c: &mut Cursor) -> Parsed<Statement> {
        if self.has(Feature::AlterJobOwner) && c.eat("JOB") {
            return self.alter_job(c);
        }
        if self.has(Feature::AlterJobOwner) && c.eat_words(&["BACKUP", "SCHEDULE"]) {
            return self.alter_schedule(c);
        }
        if c.eat("TABLE") {
            return self.alter_table(c);
        }
        if let Some(word) = c.eat_any(&["USER", "ROLE"]) {
            return self.role_statement(c, false, word == "USER");
        }
        if self.virtual_cluster_words(c) {
            return self.alter_virtual_cluster(c);
        }
        if self.has(Feature::Schemas) && c.eat("TYPE") {
            return self.alter_type(c);
        }
        if self.has(Feature::Schemas) && c.eat("SCHEMA") {
            let name = c.path(Role::Schema)?;
            return self.rename_or_owner(c, ObjectKind::Schema, name, false);
        }
        for object in [ObjectKind::View, ObjectKind::Sequence] {
            if c.eat(object.word()) {
                let if_exists = self.if_exists(c);
                let name = c.path(Role::Table)?;
                return self.rename_or_owner(c, object, name, if_exists);
            }
        }
        if c.eat("RANGE") {
            let target = ZoneTarget::Range(c.any_name(Role::Other)?);
            return self.configure_zone(c, target);
        }
        if c.eat("DATABASE") {
            let if_exists = self.if_exists(c);
            let name = c.path(Role::Database)?;
            if !if_exists && c.is_word("CONFIGURE") {
                let name = name
                    .parts
                    .into_iter()
                    .next_back()
                    .ok_or_else(|| c.error())?;
                return self.configure_zone(c, ZoneTarget::Database(name));
            }
            return self.rename_or_owner(c, ObjectKind::Database, name, if_exists);
        }
        c.expect("INDEX")?;
        let if_exists = self.if_exists(c);
        let index = self.drop_name(c, true)?;
        if c.is_word("CONFIGURE") {
            return self.configure_zone(c, ZoneTarget::Index(index));
        }
        let mut name = index.name;
        name.parts.extend(index.index);
        self.rename_to(c, ObjectKind::Index, name, if_exists)
    }

    fn alter_type(self, c: &mut Cursor) -> Parsed<Statement> {
        let name = c.path(Role::Type)?;
        if c.is_words(&["RENAME", "TO"]) || c.is_word("OWNER") {
            return self.rename_or_owner(c, ObjectKind::Type, name, false);
        }
        let action = match c.expect_any(&["ADD", "DROP", "RENAME"])? {
            "ADD" => {
                c.expect("VALUE")?;
                let if_not_exists = self.if_not_exists(c);
                let value = c.string()?;
                if c.eat_any(&["BEFORE", "AFTER"]).is_some() {
                    c.string()?;
                }
                TypeAction::AddValue {
                    value,
                    if_not_exists,
                }
            }
            "DROP" => {
                c.expect("VALUE")?;
                TypeAction::DropValue(c.string()?)
            }
            _ => {
                c.expect("VALUE")?;
                let value = c.string()?;
                c.expect("TO")?;
                let to = c.string()?;
                TypeAction::RenameValue { value, to }
            }
        };
        Ok(Statement::AlterType { name, action })
    }

    /// `RENAME TO x` or `OWNER TO role`
    fn rename_or_owner(
        self,
        c: &mut Cursor,
        object: ObjectKind,
        name: Path,
        if_exists: bool,
    ) -> Parsed<Statement> {
        if self.has(Feature::Schemas) && c.eat_words(&["OWNER", "TO"]) {
            let owner = self.role_spec(c)?;
            return Ok(Statement::ChangeOwner {
                object,
                name,
                owner,
            });
        }
        self.rename_to(c, object, name, if_exists)
    }

    fn rename_to(
        self,
        c: &mut Cursor,
        object: ObjectKind,
        name: Path,
        if_exists: bool,
    ) -> Parsed<Statement> {
        c.expect_words(&["RENAME", "TO"])?;
        let to = c.path(Role::Other)?;
        Ok(Statement::Rename {
            object,
            name,
            to,
            if_exists,
        })
    }

    fn configure_zone(self, c: &mut Cursor, target: ZoneTarget) -> Parsed<Statement> {
        c.expect_words(&["CONFIGURE", "ZONE"])?;
        let settings = match c.expect_any(&["USING", "DISCARD"])? {
            "USING" => Some(c.list(|c| self.storage_parameter(c))?),
            _ => None,
        };
        Ok(Statement::Configure(ConfigureZone { target, settings }))
    }

    fn alter_table(self, c: &mut Cursor) -> Parsed<Statement> {
        let if_exists = self.if_exists(c);
        let table = c.path(Role::Table)?;
        if c.is_word("CONFIGURE") {
            return self.configure_zone(c, ZoneTarget::Table(table));
        }
        if c.is_words(&["RENAME", "TO"]) || c.is_word("OWNER") {
            return self.rename_or_owner(c, ObjectKind::Table, table, if_exists);
        }
        let actions = c.list(|c| self.alter_action(c))?;
        Ok(Statement::AlterTable(Box::new(AlterTable {
            table,
            if_exists,
            actions,
        })))
    }

    fn alter_action(self, c: &mut Cursor) -> Parsed<AlterAction> {
        // v2.1 has no storage parameters.
        const WORDS: [&str; 7] = ["ADD", "DROP", "ALTER", "RENAME", "VALIDATE", "SET", "RESET"];
        let words = if self.has(Feature::Schemas) { 7 } else { 5 };
        match c.expect_any(&WORDS[..words])? {
            "ADD" => {
                let column = c.eat("COLUMN");
                if !column && let Some(constraint) = self.table_constraint(c)? {
                    return Ok(AlterAction::AddConstraint(constraint));
                }
                let if_not_exists = self.if_not_exists(c);
                let column = self.column_def(c)?;
                Ok(AlterAction::AddColumn {
                    column,
                    if_not_exists,
                })
            }
            "DROP" => {
                if c.eat("CONSTRAINT") {
                    let if_exists = self.if_exists(c);
                    let name = c.name(Role::Other)?;
                    c.eat_any(&["CASCADE", "RESTRICT"]);
                    return Ok(AlterAction::DropConstraint { name, if_exists });
                }
                c.eat("COLUMN");
                let if_exists = self.if_exists(c);
                let name = c.name(Role::Column)?;
                let cascade = c.eat_any(&["CASCADE", "RESTRICT"]) == Some("CASCADE");
                Ok(AlterAction::DropColumn {
                    name,
                    if_exists,
                    cascade,
                })
            }
            "RENAME" => {
                let constraint = c.eat("CONSTRAINT");
                if !constraint {
                    c.eat("COLUMN");
                }
                let name = c.name(Role::Column)?;
                c.expect("TO")?;
                let to = c.name(Role::Other)?;
                Ok(match constraint {
                    true => AlterAction::RenameConstraint { name, to },
                    false => AlterAction::RenameColumn { name, to },
                })
            }
            "VALIDATE" => {
                c.expect("CONSTRAINT")?;
                let name = c.name(Role::Other)?;
                Ok(AlterAction::ValidateConstraint { name })
            }
            "SET" => Ok(AlterAction::SetStorage(self.storage_parameters(c)?)),
            "RESET" => Ok(AlterAction::ResetStorage(
                self.names_in_brackets(c, Role::Setting)?,
            )),
            _ => self.alter_column(c),
        }
    }

    /// After ALTER inside ALTER TABLE.
    fn alter_column(self, c: &mut Cursor) -> Parsed<AlterAction> {
        if self.has(Feature::Schemas) && c.eat("PRIMARY") {
            c.expect_words(&["KEY", "USING", "COLUMNS"])?;
            let columns = self.key_columns(c)?;
            return Ok(AlterAction::AlterPrimaryKey { columns });
        }
        c.eat("COLUMN");
        let column = c.name(Role::Column)?;
        match c.expect_any(&["SET", "DROP", "TYPE"])? {
            "SET" => match c.expect_any(&["DEFAULT", "NOT", "DATA"])? {
                "DEFAULT" => {
                    let value = Some(self.boxed_scalar(c)?);
                    Ok(AlterAction::SetDefault { column, value })
                }
                "NOT" => {
                    c.expect("NULL")?;
                    Ok(AlterAction::SetNotNull { column, on: true })
                }
                _ => {
                    c.expect("TYPE")?;
                    self.column_type(c, column)
                }
            },
            "DROP" => match c.expect_any(&["DEFAULT", "NOT"])? {
                "DEFAULT" => Ok(AlterAction::SetDefault {
                    column,
                    value: None,
                }),
                _ => {
                    c.expect("NULL")?;
                    Ok(AlterAction::SetNotNull { column, on: false })
                }
            },
            _ => self.column_type(c, column),
        }
    }

    fn column_type(self, c: &mut Cursor, column: Name) -> Parsed<AlterAction> {
        let ty = self.type_name(c)?;
        let using = match c.eat("USING") {
            true => Some(self.boxed_scalar(c)?),
            false => None,
        };
        Ok(AlterAction::SetType { column, ty, using })
    }

    pub(super) fn drop(self, c: &mut Cursor) -> Parsed<Statement> {
        if let Some(statement) = self.control_schedules(c, Verb::Drop)? {
            return Ok(statement);
        }
        if let Some(word) = c.eat_any(&["USER", "ROLE"]) {
            let if_exists = self.if_exists(c);
            let names = c.list(|c| self.role_spec(c))?;
            return Ok(Statement::DropRoles {
                names,
                if_exists,
                user: word == "USER",
            });
        }
        if self.virtual_cluster_words(c) {
            return self.drop_virtual_cluster(c);
        }
        let kinds = [
            ObjectKind::Table,
            ObjectKind::Index,
            ObjectKind::Database,
            ObjectKind::Schema,
            ObjectKind::View,
            ObjectKind::Sequence,
            ObjectKind::Type,
        ];
        let object = kinds
            .into_iter()
            .find(|k| c.eat(k.word()))
            .ok_or_else(|| c.error())?;
        if object == ObjectKind::Index {
            c.eat("CONCURRENTLY");
        }
        let if_exists = self.if_exists(c);
        let names = match object {
            ObjectKind::Database => vec![DropName {
                name: c.path(Role::Database)?,
                index: None,
            }],
            _ => c.list(|c| self.drop_name(c, object == ObjectKind::Index))?,
        };
        let behaviour = match c.eat_any(&["CASCADE", "RESTRICT"]) {
            Some("CASCADE") => Behaviour::Cascade,
            Some(_) => Behaviour::Restrict,
            None => Behaviour::Default,
        };
        Ok(Statement::Drop(Drop {
            object,
            if_exists,
            names,
            behaviour,
        }))
    }

    /// `a.b` or, for an index, `table@index`.
    pub(super) fn drop_name(self, c: &mut Cursor, index: bool) -> Parsed<DropName> {
        let name = c.path(if index { Role::Index } else { Role::Table })?;
        let index = match index && c.eat_symbol("@") {
            true => Some(c.any_name(Role::Index)?),
            false => None,
        };
        Ok(DropName { name, index })
    }

    pub(super) fn truncate(self, c: &mut Cursor) -> Parsed<Statement> {
        c.eat("TABLE");
        let tables = c.list(|c| c.path(Role::Table))?;
        let cascade = c.eat_any(&["CASCADE", "RESTRICT"]) == Some("CASCADE");
        Ok(Statement::Truncate { tables, cascade })
    }

    pub(super) fn comment(self, c: &mut Cursor) -> Parsed<Statement> {
        c.expect("ON")?;
        let kinds = [
            ObjectKind::Table,
            ObjectKind::Column,
            ObjectKind::Index,
            ObjectKind::Database,
            ObjectKind::Schema,
        ];
        let object = kinds
            .into_iter()
            .find(|k| c.eat(k.word()))
            .ok_or_else(|| c.error())?;
        let name = c.path(Role::Table)?;
        c.expect("IS")?;
        let text = match c.eat("NULL") {
            true => None,
            false => Some(c.string()?),
        };
        Ok(Statement::CommentOn { object, name, text })
    }
}
