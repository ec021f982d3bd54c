//! INSERT, UPSERT, UPDATE, DELETE.

use super::*;
use crate::sql::query::Query as AnyQuery;
use std::rc::Rc;

impl Grammar {
    pub(super) fn insert(self, c: &mut Cursor, mut upsert: bool) -> Parsed<Statement> {
        c.expect("INTO")?;
        let table = c.path(Role::Table)?;
        let is_list = c.is_symbol("(")
            && !["SELECT", "VALUES", "TABLE", "WITH"]
                .iter()
                .any(|w| c.is_word_at(1, w))
            && !c.is_symbol_at(1, "(");
        let columns = match is_list {
            true => self.names_in_brackets(c, Role::Column)?,
            false => Vec::new(),
        };
        let mut source = match c.eat_words(&["DEFAULT", "VALUES"]) {
            true => None,
            false => Some(self.query(c, &["ON", "RETURNING"])?),
        };
        let left_out = source.as_deref_mut().map_or(Vec::new(), take_defaults);
        let mut ignore_conflicts = false;
        if !upsert && c.eat("ON") {
            c.expect("CONFLICT")?;
            if c.is_symbol("(") {
                self.names_in_brackets(c, Role::Column)?;
            }
            c.expect("DO")?;
            // Every column is set to what was to be inserted: the usual form, and the only one here.
            ignore_conflicts = c.expect_any(&["NOTHING", "UPDATE"])? == "NOTHING";
            if !ignore_conflicts {
                c.expect("SET")?;
                c.list(|c| {
                    let column = c.name(Role::Column)?;
                    c.expect_symbol("=")?;
                    c.expect("EXCLUDED")?;
                    c.expect_symbol(".")?;
                    let at = c.here();
                    let from = c.name(Role::Column)?;
                    match column.value == from.value {
                        true => Ok(()),
                        false => Err(sql::SyntaxError::told(not_supported(at), at)),
                    }
                })?;
                upsert = true;
            }
        }
        let returning = self.returning(c)?;
        Ok(Statement::Insert(Box::new(Insert {
            table,
            columns,
            source,
            left_out,
            upsert,
            ignore_conflicts,
            returning,
        })))
    }

    pub(super) fn update(self, c: &mut Cursor) -> Parsed<Statement> {
        let table = c.path(Role::Table)?;
        let alias = self.alias(c, "SET")?;
        c.expect("SET")?;
        let set = c.list(|c| {
            let column = c.name(Role::Column)?;
            c.expect_symbol("=")?;
            Ok((column, self.scalar(c)?))
        })?;
        let (filter, limit) = self.filter_and_limit(c)?;
        let returning = self.returning(c)?;
        Ok(Statement::Update(Box::new(Update {
            table,
            alias,
            set,
            filter,
            limit,
            returning,
        })))
    }

    pub(super) fn delete(self, c: &mut Cursor) -> Parsed<Statement> {
        c.expect("FROM")?;
        let table = c.path(Role::Table)?;
        let alias = self.alias(c, "WHERE")?;
        let (filter, limit) = self.filter_and_limit(c)?;
        let returning = self.returning(c)?;
        Ok(Statement::Delete(Box::new(Delete {
            table,
            alias,
            filter,
            limit,
            returning,
        })))
    }

    fn alias(self, c: &mut Cursor, next: &str) -> Parsed<Option<Name>> {
        if c.eat("AS") {
            return Ok(Some(c.name(Role::Other)?));
        }
        Ok(match c.is_word(next) {
            true => None,
            false => c.eat_name(Role::Other),
        })
    }

    #[allow(clippy::type_complexity)]
    fn filter_and_limit(
        self,
        c: &mut Cursor,
    ) -> Parsed<(Option<Box<Scalar>>, Option<Box<Scalar>>)> {
        let filter = match c.eat("WHERE") {
            true => Some(self.boxed_scalar(c)?),
            false => None,
        };
        let limit = match c.eat("LIMIT") {
            true => Some(self.boxed_scalar(c)?),
            false => None,
        };
        Ok((filter, limit))
    }

    /// `RETURNING list`, as the query `SELECT list`; `RETURNING NOTHING` is none.
    fn returning(self, c: &mut Cursor) -> Parsed<Option<Box<Query>>> {
        if !c.eat("RETURNING") || c.eat("NOTHING") {
            return Ok(None);
        }
        let query: AnyQuery<Statement> = sql::query::select_list(c, &|c| self.preparable(c))?;
        Ok(Some(Box::new(query)))
    }
}

fn not_supported(at: crate::base::Span) -> crate::base::Error {
    use crate::base::{Error, ErrorKind};
    Error::new(
        ErrorKind::Unsupported,
        "unimplemented: ON CONFLICT DO UPDATE other than SET column = excluded.column",
    )
    .sqlstate("0A000")
    .at(at)
}

/// Makes the DEFAULTs of a VALUES list NULLs, and tells where they stood. Now, as nobody shares the
/// tree yet.
fn take_defaults(q: &mut Query) -> Vec<(usize, usize)> {
    use sqlparser::ast::{Expr, SetExpr, Value as Literal};
    let mut found = Vec::new();
    let tree = Rc::get_mut(&mut q.ast).map(|ast| &mut *ast.body);
    let Some(SetExpr::Values(values)) = tree else {
        return found;
    };
    for (n, row) in values.rows.iter_mut().enumerate() {
        for (c, e) in row.iter_mut().enumerate() {
            if let Expr::Identifier(name) = e
                && name.quote_style.is_none()
                && name.value.eq_ignore_ascii_case("default")
            {
                found.push((n, c));
                *e = Expr::Value(Literal::Null.into());
            }
        }
    }
    found
}
