//! From sqlparser's tree to a plan: queries as a whole, and what their parts share.

mod call;
mod condition;
mod expr;
mod from;
mod named;
mod names;
mod operator;
mod push;
mod select;
mod types;

use std::rc::Rc;

use sqlparser::ast;

pub use names::{at, with};

use super::catalog::{Column, Env};
use super::expr::{Expr, Subquery};
use super::plan::{AggregateCall, Body, Distinct, Plan, SetOp, SetStep, Slots, SortKey, Window};
use super::words::{Clause, Problem, limit};
use crate::base::{Error, Result, Type, Value};

/// Nesting of expressions and queries.
const DEPTH_LIMIT: usize = 100;
/// Sources in one FROM: sets of them are bits of a word.
const SOURCE_LIMIT: usize = 60;
/// Columns of one result.
const COLUMN_LIMIT: usize = 1_600;
/// Stands for the part of ROWNUM until the number of sources is known.
const ROWNUM_PART: u16 = u16::MAX;
/// Until a SELECT is bound, the part of the tuple with the values of its window functions.
const WINDOW_PART: u16 = u16::MAX - 1;

/// An expression with what is known of its value.
pub struct Bound<'a> {
    pub expr: Expr<'a>,
    pub ty: Type,
    /// A literal (or NULL, or a placeholder) that may still become another type.
    pub literal: bool,
    /// Calendar months beside the microseconds of an interval literal: only adding it to a moment
    /// can make use of them.
    pub months: i64,
}

impl<'a> Bound<'a> {
    pub fn new(expr: Expr<'a>, ty: Type) -> Bound<'a> {
        Bound {
            expr,
            ty,
            literal: false,
            months: 0,
        }
    }
    pub fn literal(value: Value) -> Bound<'a> {
        let ty = value.type_of();
        Bound {
            expr: Expr::Const(value),
            ty,
            literal: true,
            months: 0,
        }
    }
}

/// A table, sub-select or function in FROM.
struct Source {
    /// The alias, or the name as it was typed, in parts.
    name: Vec<String>,
    columns: Vec<Column>,
    slots: Slots,
    /// The columns that `*` leaves out.
    hidden: Vec<usize>,
}

/// A column of a source.
#[derive(Clone, Copy, PartialEq, Eq)]
struct At {
    source: usize,
    column: usize,
}

/// A column that can be named without a qualifier.
struct Visible {
    name: String,
    ty: Type,
    at: At,
    /// The other side's column of a FULL JOIN … USING: the first that is not NULL counts.
    or: Option<At>,
}

/// The names that one SELECT adds to those of the queries around it.
struct Scope<'a> {
    sources: Vec<Source>,
    visible: Vec<Visible>,
    /// While a sub-select in FROM is bound, which does not see its neighbours.
    opaque: bool,
    clause: Clause,
    /// Found so far; `None` where there may be none (VALUES, LIMIT).
    aggregates: Option<Vec<AggregateCall<'a>>>,
    in_aggregate: bool,
    windows: Vec<Window<'a>>,
    rownum: bool,
    /// Aliases of the SELECT list, for those flavours and clauses that see them.
    aliases: Vec<(String, &'a ast::Expr)>,
    aliases_count: bool,
}

impl Scope<'_> {
    fn new() -> Self {
        Scope {
            sources: Vec::new(),
            visible: Vec::new(),
            opaque: false,
            clause: Clause::Select,
            aggregates: None,
            in_aggregate: false,
            windows: Vec::new(),
            rownum: false,
            aliases: Vec::new(),
            aliases_count: false,
        }
    }
}

/// A query named by WITH.
struct Named<'a> {
    name: String,
    columns: Vec<Column>,
    /// `None` while its own recursive step is bound.
    plan: Option<Rc<Plan<'a>>>,
    /// It is no more than `SELECT * FROM table`: what reads it reads that table, and only what it needs.
    table: Option<Vec<String>>,
    id: u32,
    /// Scopes around its definition.
    depth: usize,
}

pub struct Binder<'a> {
    pub env: &'a Env<'a>,
    scopes: Vec<Scope<'a>>,
    named: Vec<Named<'a>>,
    depth: usize,
    next_id: u32,
    /// The outermost scope that anything bound so far reads.
    lowest: usize,
    /// `?` placeholders seen so far.
    question_marks: usize,
    /// What is bound is a part of an expression.
    within: bool,
}

impl<'a> Binder<'a> {
    pub fn new(env: &'a Env<'a>) -> Binder<'a> {
        Binder {
            env,
            scopes: Vec::new(),
            named: Vec::new(),
            depth: 0,
            next_id: 0,
            lowest: usize::MAX,
            question_marks: 0,
            within: false,
        }
    }

    fn say(&self, problem: Problem) -> Error {
        self.env.words.say(&problem)
    }

    fn unsupported(&self, what: &str) -> Error {
        self.say(Problem::Unsupported { what })
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(limit("the query is nested too deeply for this playground"));
        }
        Ok(())
    }

    fn scope(&mut self) -> &mut Scope<'a> {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::new());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    fn fold(&self, ident: &ast::Ident) -> String {
        self.env
            .flavour
            .fold(&ident.value, ident.quote_style.is_some())
    }

    /// Binds within an empty scope: VALUES, LIMIT.
    fn alone<T>(&mut self, clause: Clause, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.scopes.push(Scope::new());
        self.scope().clause = clause;
        let result = bind(self);
        self.scopes.pop();
        result
    }

    /// A lone expression, without a FROM.
    pub fn lone(&mut self, e: &'a ast::Expr) -> Result<Bound<'a>> {
        self.alone(Clause::Select, |b| b.expr(e))
    }

    /// An expression over one row, for statements that change rows.
    pub fn over(
        &mut self,
        table: &str,
        columns: &[Column],
        condition: bool,
        e: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        self.alone(Clause::Where, |b| {
            b.add_source(vec![table.to_owned()], columns.to_vec(), true)?;
            if condition {
                let expr = b.condition(e, Clause::Where)?;
                return Ok(Bound::new(expr, Type::Bool));
            }
            b.scope().clause = Clause::Select;
            b.expr(e)
        })
    }

    pub fn query(&mut self, query: &'a ast::Query) -> Result<Plan<'a>> {
        self.deeper()?;
        let within = std::mem::replace(&mut self.within, false);
        let named = self.named.len();
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                self.cte(cte, with.recursive)?;
            }
        }
        let order: &[ast::OrderByExpr] = match query.order_by.as_ref().map(|o| &o.kind) {
            None => &[],
            Some(ast::OrderByKind::Expressions(order)) => order,
            Some(ast::OrderByKind::All(_)) => return Err(self.unsupported("ORDER BY ALL")),
        };
        let mut plan = match &*query.body {
            ast::SetExpr::Select(select) => self.select(select, order)?,
            body => {
                let (body, columns) = self.body(body)?;
                let order = self.order_of_columns(order, &columns)?;
                Plan {
                    columns,
                    body,
                    order,
                    limit: None,
                    offset: None,
                }
            }
        };
        self.limits(query, &mut plan)?;
        self.named.truncate(named);
        self.within = within;
        self.depth -= 1;
        Ok(plan)
    }

    fn limits(&mut self, query: &'a ast::Query, plan: &mut Plan<'a>) -> Result<()> {
        let flavour = self.env.flavour();
        match &query.limit_clause {
            None => {}
            Some(ast::LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) => {
                if !limit_by.is_empty() || limit.is_some() && !flavour.limit {
                    return Err(self.unsupported("LIMIT"));
                }
                plan.limit = self.count(limit.as_ref(), Clause::Limit)?;
                plan.offset = self.count(offset.as_ref().map(|o| &o.value), Clause::Offset)?;
            }
            Some(ast::LimitClause::OffsetCommaLimit { offset, limit }) => {
                if !flavour.mysql_syntax {
                    return Err(self.unsupported("LIMIT a, b"));
                }
                plan.limit = self.count(Some(limit), Clause::Limit)?;
                plan.offset = self.count(Some(offset), Clause::Offset)?;
            }
        }
        if let Some(fetch) = &query.fetch {
            if !flavour.fetch || fetch.percent || fetch.with_ties || plan.limit.is_some() {
                return Err(self.unsupported("this form of FETCH"));
            }
            plan.limit = match &fetch.quantity {
                Some(quantity) => self.count(Some(quantity), Clause::Limit)?,
                None => Some(Expr::Const(Value::Int(1))),
            };
        }
        Ok(())
    }

    /// The operand of LIMIT or OFFSET.
    fn count(&mut self, e: Option<&'a ast::Expr>, clause: Clause) -> Result<Option<Expr<'a>>> {
        let Some(e) = e else {
            return Ok(None);
        };
        let bound = self.alone(clause, |b| b.expr(e))?;
        let bound = self.adapt(bound, Type::Int, e)?;
        let ty = bound.ty;
        if !matches!(ty, Type::Int | Type::Unknown) && self.env.flavour().strict_types {
            return Err(at(self.say(Problem::NotInt { clause, ty }), e));
        }
        Ok(Some(bound.expr))
    }

    /// The body of a query, but for a SELECT with ORDER BY.
    fn body(&mut self, body: &'a ast::SetExpr) -> Result<(Body<'a>, Vec<Column>)> {
        // A chain of set operations leans to the left: walk down it, then bind from the left.
        let mut steps = Vec::new();
        let mut first = body;
        while let ast::SetExpr::SetOperation {
            left,
            op,
            set_quantifier,
            right,
        } = first
        {
            steps.push((*op, *set_quantifier, &**right));
            first = left;
        }
        let (mut body, mut columns) = self.simple_body(first)?;
        if steps.is_empty() {
            return Ok((body, columns));
        }
        let mut rest = Vec::new();
        for (op, quantifier, right) in steps.into_iter().rev() {
            let (op, word) = match op {
                ast::SetOperator::Union => (SetOp::Union, "UNION"),
                ast::SetOperator::Intersect => (SetOp::Intersect, "INTERSECT"),
                ast::SetOperator::Except => (SetOp::Except, "EXCEPT"),
                ast::SetOperator::Minus => (SetOp::Except, "MINUS"),
            };
            let all = match quantifier {
                ast::SetQuantifier::All => true,
                ast::SetQuantifier::None | ast::SetQuantifier::Distinct => false,
                _ => return Err(self.unsupported("BY NAME")),
            };
            self.deeper()?;
            let (mut right, found) = self.simple_body(right)?;
            self.depth -= 1;
            if found.len() != columns.len() {
                return Err(self.say(Problem::SetColumns {
                    op: word,
                    left: columns.len(),
                    right: found.len(),
                }));
            }
            for (i, (a, b)) in columns.iter_mut().zip(&found).enumerate() {
                let ty = match types::common(a.ty, b.ty) {
                    Some(ty) => ty,
                    None if self.env.flavour().strict_types => {
                        return Err(self.say(Problem::SetTypes {
                            op: word,
                            left: a.ty,
                            right: b.ty,
                        }));
                    }
                    None => Type::Text,
                };
                // The values of both sides must be of one type in the end.
                if ty != b.ty && b.ty != Type::Unknown {
                    convert_column(&mut right, i, ty);
                }
                if ty != a.ty && a.ty != Type::Unknown {
                    convert_column(&mut body, i, ty);
                    for SetStep { right, .. } in &mut rest {
                        convert_column(right, i, ty);
                    }
                }
                a.ty = ty;
            }
            rest.push(SetStep { op, all, right });
        }
        Ok((Body::Set(Box::new(body), rest), columns))
    }

    fn simple_body(&mut self, body: &'a ast::SetExpr) -> Result<(Body<'a>, Vec<Column>)> {
        match body {
            ast::SetExpr::Select(select) => {
                let plan = self.select(select, &[])?;
                // Without ORDER BY and LIMIT the plan is its body, unless DISTINCT ON needs the plan.
                Ok(match plan.body {
                    Body::Select(s) if !matches!(s.distinct, Distinct::On(_)) => {
                        (Body::Select(s), plan.columns)
                    }
                    body => {
                        let columns = plan.columns.clone();
                        (Body::Nested(Box::new(Plan { body, ..plan })), columns)
                    }
                })
            }
            ast::SetExpr::Query(query) => {
                let plan = self.query(query)?;
                let columns = plan.columns.clone();
                Ok((Body::Nested(Box::new(plan)), columns))
            }
            ast::SetExpr::Values(values) => self.values(values),
            ast::SetExpr::SetOperation { .. } => self.body(body),
            ast::SetExpr::Table(_) => Err(self.unsupported("TABLE")),
            _ => Err(self.unsupported("a statement that changes data within a query")),
        }
    }

    fn values(&mut self, values: &'a ast::Values) -> Result<(Body<'a>, Vec<Column>)> {
        let width = values.rows.first().map_or(0, |row| row.content.len());
        let mut by_column: Vec<Vec<(Bound<'a>, &'a ast::Expr)>> = Vec::new();
        by_column.resize_with(width, Vec::new);
        for row in &values.rows {
            if row.content.len() != width {
                return Err(self.say(Problem::ValuesLength {
                    expected: width,
                    found: row.content.len(),
                }));
            }
            for (e, column) in row.content.iter().zip(&mut by_column) {
                column.push((self.alone(Clause::Values, |b| b.expr(e))?, e));
            }
        }
        let mut rows: Vec<Vec<Expr>> = Vec::new();
        rows.resize_with(values.rows.len(), Vec::new);
        let mut columns = Vec::new();
        for (i, column) in by_column.into_iter().enumerate() {
            let (exprs, ty) = self.unify(column)?;
            for (row, e) in rows.iter_mut().zip(exprs) {
                row.push(e);
            }
            let name = if self.env.flavour().mysql_syntax {
                ["column_", &i.to_string()].concat()
            } else {
                ["column", &(i + 1).to_string()].concat()
            };
            columns.push(Column::named(name, ty));
        }
        Ok((Body::Values(rows), columns))
    }

    /// ORDER BY of a set operation or of VALUES: by names and positions of the result's columns.
    fn order_of_columns(
        &mut self,
        order: &'a [ast::OrderByExpr],
        columns: &[Column],
    ) -> Result<Vec<SortKey>> {
        let mut keys = Vec::new();
        for item in order {
            let column = match self.position(&item.expr, columns.len(), Clause::OrderBy)? {
                Some(column) => column,
                None => {
                    let ast::Expr::Identifier(ident) = &item.expr else {
                        let what = "ORDER BY an expression after a set operation";
                        return Err(at(self.unsupported(what), &item.expr));
                    };
                    let name = self.fold(ident);
                    let found = columns
                        .iter()
                        .position(|c| self.env.flavour().same_name(&c.name, &name));
                    found.ok_or_else(|| {
                        let problem = Problem::UnknownColumn {
                            name: &name,
                            clause: Clause::OrderBy,
                        };
                        at(self.say(problem), &item.expr)
                    })?
                }
            };
            keys.push(self.sort_key(column, item)?);
        }
        Ok(keys)
    }

    fn sort_key(&self, column: usize, item: &ast::OrderByExpr) -> Result<SortKey> {
        let (descending, nulls_first) = self.direction(item)?;
        Ok(SortKey {
            column,
            descending,
            nulls_first,
        })
    }

    /// Descending, and NULLs first.
    fn direction(&self, item: &ast::OrderByExpr) -> Result<(bool, bool)> {
        let descending = match &item.options.sort {
            None | Some(ast::OrderBySort::Asc) => false,
            Some(ast::OrderBySort::Desc) => true,
            Some(ast::OrderBySort::Using(_)) => return Err(self.unsupported("ORDER BY … USING")),
        };
        let nulls_first = match item.options.nulls_first {
            Some(first) => first,
            None => self.env.flavour().nulls_first != descending,
        };
        Ok((descending, nulls_first))
    }

    /// The column that `ORDER BY 2` or `GROUP BY 2` means.
    fn position(&self, e: &ast::Expr, width: usize, clause: Clause) -> Result<Option<usize>> {
        let ast::Expr::Value(v) = e else {
            return Ok(None);
        };
        let ast::Value::Number(text, _) = &v.value else {
            return Ok(None);
        };
        match text.parse::<usize>() {
            Ok(n) if (1..=width).contains(&n) => Ok(Some(n - 1)),
            _ => {
                let problem = Problem::OrderPosition {
                    position: text,
                    clause,
                };
                Err(at(self.say(problem), e))
            }
        }
    }

    /// The column names that an alias gives.
    fn rename(&self, columns: &mut [Column], alias: &ast::TableAlias, source: &str) -> Result<()> {
        if alias.columns.len() > columns.len() {
            return Err(self.say(Problem::AliasColumns {
                source,
                available: columns.len(),
                named: alias.columns.len(),
            }));
        }
        for (column, new) in columns.iter_mut().zip(&alias.columns) {
            column.name = self.fold(&new.name).into();
        }
        Ok(())
    }

    /// A sub-select within an expression, with whether it reads columns of the queries around it.
    fn subquery(&mut self, query: &'a ast::Query) -> Result<Subquery<'a>> {
        let outer = std::mem::replace(&mut self.lowest, usize::MAX);
        let plan = self.query(query);
        let correlated = self.lowest < self.scopes.len();
        self.lowest = self.lowest.min(outer);
        Ok(Subquery {
            plan: plan?,
            correlated,
            id: self.id(),
        })
    }
}

/// Converts a column of a body's rows.
fn convert_column(body: &mut Body<'_>, column: usize, ty: Type) {
    let convert = |e: &mut Expr<'_>| {
        let inner = std::mem::replace(e, Expr::Const(Value::Null));
        *e = Expr::Cast(inner.boxed(), ty);
    };
    match body {
        Body::Select(select) => {
            if let Some(e) = select.output.get_mut(column) {
                convert(e);
            }
        }
        Body::Values(rows) => rows
            .iter_mut()
            .filter_map(|row| row.get_mut(column))
            .for_each(convert),
        Body::Nested(plan) => convert_column(&mut plan.body, column, ty),
        Body::Set(first, rest) => {
            convert_column(first, column, ty);
            rest.iter_mut()
                .for_each(|step| convert_column(&mut step.right, column, ty));
        }
        Body::Recursive { .. } => {}
    }
}
