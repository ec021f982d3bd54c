//! Layer 4: a small query engine over a catalog of tables. It knows no cluster and no system: what
//! differs between systems is a [`Flavour`], what errors say is [`Words`], what can be read is a [`Catalog`].
//!
//! The life of a query:
//! 1. `bind` turns sqlparser's tree into a `plan`: names become indexes, types are checked, literals
//!    take the type they are compared with, conditions move to the table they are about.
//! 2. `execute` runs the plan by pushing rows from the tables through joins, groups, sorts and limits;
//!    who has enough rows stops the push. Only columns that are used are asked for.
//! 3. Every row looked at costs a step, every row kept costs bytes; past [`Limits`] the query is an error.

mod aggregate;
mod bind;
mod calendar;
mod catalog;
mod convert;
mod decimal;
mod execute;
mod expr;
mod flavour;
pub mod format;
pub mod functions;
mod join;
mod keys;
mod ops;
mod plan;
mod regex;
mod subquery;
#[cfg(test)]
mod tests;
mod window;
mod words;

pub use calendar::parse_moment;
pub use catalog::{Catalog, Column, Env, Limits, Relation, Signature, Table};
pub use convert::{based_int, in_type};
pub use flavour::{Division, Flavour, Fold, Labels, Pipes};
pub use format::Format;
pub use words::{Clause, Problem, Words};

use sqlparser::ast;

use self::bind::Binder;
use self::expr::{Context, Expr, Frame};
use crate::base::{Result, Row, Type, Value};

/// The answer of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultSet {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// Runs a query.
///
/// Errors are the system's own ([`Words`]), with positions, or of kind `Limit` if it costs too much.
pub fn run<'a>(query: &'a ast::Query, env: &'a Env<'a>) -> Result<ResultSet> {
    let plan = Binder::new(env).query(query)?;
    let ctx = Context::new(env);
    let mut rows: Vec<Row> = Vec::new();
    plan.run(None, &ctx, &mut |row| {
        if rows.len() >= env.limits.rows {
            return Err(words::limit(
                "the result has too many rows for this playground; narrow it with WHERE or LIMIT",
            ));
        }
        ctx.keep(&row)?;
        rows.push(row);
        Ok(true)
    })?;
    Ok(ResultSet {
        columns: plan.columns,
        rows,
    })
}

/// Runs a query and holds none of its rows: `first` sees the columns before it runs, `each` every row.
pub fn stream<'a>(
    query: &'a ast::Query,
    env: &'a Env<'a>,
    first: impl FnOnce(&[Column]) -> Result<()>,
    each: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let plan = Binder::new(env).query(query)?;
    first(&plan.columns)?;
    plan.run(None, &Context::new(env), &mut |row| {
        each(row)?;
        Ok(true)
    })
}

/// The columns that a query would give, without running it.
pub fn describe<'a>(query: &'a ast::Query, env: &'a Env<'a>) -> Result<Vec<Column>> {
    Ok(Binder::new(env).query(query)?.columns)
}

/// The value and type of an expression that stands alone, for example the operand of a statement.
pub fn scalar<'a>(e: &'a ast::Expr, env: &'a Env<'a>) -> Result<(Value, Type)> {
    let bound = Binder::new(env).lone(e)?;
    let value = bound.expr.eval(&Frame::EMPTY, &Context::new(env));
    Ok((value.map_err(|error| bind::at(error, e))?, bound.ty))
}

/// Converts a value as CAST does, for example into the type of the column that it is stored in.
pub fn cast(value: &Value, ty: Type, env: &Env) -> Result<Value> {
    ops::cast(value, ty, env)
}

/// An expression over the rows of one table, for statements that change rows.
pub struct RowExpr<'a> {
    expr: Expr<'a>,
    /// The type of its value.
    pub ty: Type,
    ctx: Context<'a>,
}

impl<'a> RowExpr<'a> {
    /// Binds an expression over a table's columns, for example the right side of `SET x = …`.
    pub fn value(
        e: &'a ast::Expr,
        table: &str,
        columns: &[Column],
        env: &'a Env<'a>,
    ) -> Result<RowExpr<'a>> {
        RowExpr::bind(e, table, columns, false, env)
    }

    /// Binds a condition over a table's columns: the WHERE of UPDATE or DELETE.
    pub fn condition(
        e: &'a ast::Expr,
        table: &str,
        columns: &[Column],
        env: &'a Env<'a>,
    ) -> Result<RowExpr<'a>> {
        RowExpr::bind(e, table, columns, true, env)
    }

    fn bind(
        e: &'a ast::Expr,
        table: &str,
        columns: &[Column],
        condition: bool,
        env: &'a Env<'a>,
    ) -> Result<RowExpr<'a>> {
        let bound = Binder::new(env).over(table, columns, condition, e)?;
        Ok(RowExpr {
            expr: bound.expr,
            ty: bound.ty,
            ctx: Context::new(env),
        })
    }

    /// Its value for a row, which has all of the table's columns.
    pub fn eval(&self, row: Row) -> Result<Value> {
        self.ctx.step(1)?;
        let tuple = [std::rc::Rc::new(row)];
        let frame = Frame {
            tuple: &tuple,
            outer: None,
        };
        self.expr.eval(&frame, &self.ctx)
    }

    /// Whether the condition holds for a row.
    pub fn holds(&self, row: Row) -> Result<bool> {
        Ok(ops::truth(&self.eval(row)?) == Some(true))
    }
}
