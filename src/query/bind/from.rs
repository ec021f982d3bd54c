//! FROM: tables, sub-selects, functions and joins.

use std::cell::RefCell;
use std::rc::Rc;

use sqlparser::ast::{self, JoinConstraint, JoinOperator, TableFactor};

use super::names::{folded, name_span, qualifies};
use super::{At, Binder, Bound, SOURCE_LIMIT, Source, Visible, push, types, with};
use crate::base::{Result, Type, Value};
use crate::query::catalog::{Column, Relation, Table};
use crate::query::expr::Expr;
use crate::query::ops::Op;
use crate::query::plan::{From, Join, JoinKind, Slots, TableFunction};
use crate::query::words::{Clause, Problem, limit};

impl<'a> Binder<'a> {
    /// Adds a source to the current scope: the number of its part and the columns it will be asked for.
    pub(super) fn add_source(
        &mut self,
        name: Vec<String>,
        columns: Vec<Column>,
        every_column: bool,
    ) -> Result<(usize, Slots)> {
        let flavour = self.env.flavour();
        let all = if every_column { columns.len() } else { 0 };
        let slots: Slots = Rc::new(RefCell::new((0..all).collect()));
        let scope = self.scope();
        let part = scope.sources.len();
        if part >= SOURCE_LIMIT {
            return Err(limit(
                "a query of this playground can join at most 60 sources",
            ));
        }
        let mut others = scope.sources.iter();
        if !name.is_empty()
            && others.any(|s| s.name.len() == name.len() && qualifies(&name, &s.name, flavour))
        {
            let name = name.last().map_or("", |n| n);
            return Err(self.say(Problem::DuplicateSource { name }));
        }
        for (column, c) in columns.iter().enumerate() {
            scope.visible.push(Visible {
                name: c.name.to_string(),
                ty: c.ty,
                at: At {
                    source: part,
                    column,
                },
                or: None,
            });
        }
        scope.sources.push(Source {
            name,
            columns,
            slots: Rc::clone(&slots),
            hidden: Vec::new(),
        });
        Ok((part, slots))
    }

    pub(super) fn from(&mut self, tables: &'a [ast::TableWithJoins]) -> Result<Option<From<'a>>> {
        let mut from: Option<From<'a>> = None;
        for table in tables {
            let middle = self.scope().sources.len();
            let right = self.joined(table)?;
            let to = self.scope().sources.len();
            from = Some(match from {
                None => right,
                Some(left) => {
                    let mut right = right;
                    From::Join(Box::new(Join {
                        kind: JoinKind::Inner,
                        left,
                        lateral: push::is_lateral(&mut right),
                        right,
                        from: 0,
                        middle,
                        to,
                        keys: Vec::new(),
                        on: Vec::new(),
                    }))
                }
            });
        }
        Ok(from)
    }

    /// A source with what is joined to it.
    fn joined(&mut self, table: &'a ast::TableWithJoins) -> Result<From<'a>> {
        self.deeper()?;
        let from = self.scope().sources.len();
        let first_visible = self.scope().visible.len();
        let mut left = self.factor(&table.relation)?;
        for join in &table.joins {
            let middle = self.scope().sources.len();
            let middle_visible = self.scope().visible.len();
            let mut right = self.factor(&join.relation)?;
            let to = self.scope().sources.len();
            let (kind, constraint) = self.join_kind(&join.join_operator)?;
            let on = match constraint {
                None | Some(JoinConstraint::None) => Vec::new(),
                Some(JoinConstraint::On(e)) => {
                    let before = std::mem::replace(&mut self.scope().clause, Clause::On);
                    let on = self.condition(e, Clause::On)?;
                    self.scope().clause = before;
                    push::conjuncts(on)
                }
                Some(JoinConstraint::Using(names)) => {
                    let names = names.iter().map(|n| folded(n, self.env.flavour()));
                    let names = names.filter_map(|mut n| n.pop()).collect();
                    self.using(names, kind, first_visible, middle_visible)?
                }
                Some(JoinConstraint::Natural) => {
                    let scope = self.scope();
                    let (left, right) = scope.visible.split_at(middle_visible);
                    let left = left.get(first_visible..).unwrap_or(&[]);
                    let names = left
                        .iter()
                        .filter(|l| right.iter().any(|r| r.name == l.name))
                        .map(|l| l.name.clone())
                        .collect();
                    self.using(names, kind, first_visible, middle_visible)?
                }
            };
            let lateral = push::is_lateral(&mut right);
            if lateral && matches!(kind, JoinKind::Right | JoinKind::Full) {
                return Err(self.unsupported("LATERAL on the right of a RIGHT or FULL JOIN"));
            }
            left = From::Join(Box::new(Join {
                kind,
                left,
                right,
                from,
                middle,
                to,
                lateral,
                keys: Vec::new(),
                on,
            }));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn join_kind(
        &self,
        operator: &'a JoinOperator,
    ) -> Result<(JoinKind, Option<&'a JoinConstraint>)> {
        Ok(match operator {
            JoinOperator::Join(c)
            | JoinOperator::Inner(c)
            | JoinOperator::CrossJoin(c)
            | JoinOperator::StraightJoin(c) => (JoinKind::Inner, Some(c)),
            JoinOperator::Left(c) | JoinOperator::LeftOuter(c) => (JoinKind::Left, Some(c)),
            JoinOperator::Right(c) | JoinOperator::RightOuter(c) => (JoinKind::Right, Some(c)),
            JoinOperator::FullOuter(c) => (JoinKind::Full, Some(c)),
            JoinOperator::CrossApply => (JoinKind::Inner, None),
            JoinOperator::OuterApply => (JoinKind::Left, None),
            _ => return Err(self.unsupported("this kind of JOIN")),
        })
    }

    /// USING: equalities, and one column for each pair that stands before the others.
    fn using(
        &mut self,
        names: Vec<String>,
        kind: JoinKind,
        first: usize,
        middle: usize,
    ) -> Result<Vec<Expr<'a>>> {
        let flavour = self.env.flavour();
        let mut on = Vec::new();
        let mut merged = Vec::new();
        let mut middle = middle;
        for name in names {
            let index = self.scopes.len() - 1;
            let scope = self.scope();
            let found = |range: std::ops::Range<usize>| {
                let columns = scope.visible.get(range.clone()).unwrap_or(&[]);
                let at = columns
                    .iter()
                    .position(|v| flavour.same_name(&v.name, &name));
                at.map(|i| i + range.start)
            };
            let (Some(l), Some(r)) = (found(first..middle), found(middle..scope.visible.len()))
            else {
                return Err(self.say(Problem::UnknownColumn {
                    name: &name,
                    clause: Clause::On,
                }));
            };
            let right = scope.visible.remove(r);
            let left = scope.visible.remove(l);
            middle -= 1;
            let ty = types::common(left.ty, right.ty).unwrap_or(left.ty);
            let column = |b: &Self, at: At| Expr::Column(b.place(index, at));
            let left_expr = match left.or {
                None => column(self, left.at),
                Some(or) => Expr::Coalesce(vec![column(self, left.at), column(self, or)]),
            };
            let equal = self.compared(
                Op::Eq,
                Bound::new(left_expr, left.ty),
                Bound::new(column(self, right.at), right.ty),
                None,
            )?;
            on.push(equal.expr);
            let (at, or) = match kind {
                JoinKind::Inner | JoinKind::Left => (left.at, left.or),
                JoinKind::Right => (right.at, None),
                JoinKind::Full => (left.at, Some(right.at)),
            };
            merged.push(Visible {
                name: left.name,
                ty,
                at,
                or,
            });
        }
        self.scope().visible.splice(first..first, merged);
        Ok(on)
    }

    fn factor(&mut self, factor: &'a TableFactor) -> Result<From<'a>> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                version: None,
                sample: None,
                json_path: None,
                with_ordinality: false,
                ..
            } => self.table(name, alias.as_ref()),
            TableFactor::Table {
                name,
                alias,
                args: Some(args),
                with_ordinality,
                version: None,
                sample: None,
                ..
            } => self.function_source(name, &args.args, alias.as_ref(), *with_ordinality),
            TableFactor::Function {
                name,
                args,
                alias,
                with_ordinality,
                ..
            } => self.function_source(name, args, alias.as_ref(), *with_ordinality),
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_ordinality,
                with_offset: false,
                ..
            } => {
                let args = array_exprs.iter().collect();
                self.unnest(args, alias.as_ref(), *with_ordinality)
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
                sample: None,
            } => self.derived(*lateral, subquery, alias.as_ref()),
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => self.joined(table_with_joins),
            _ => Err(self.unsupported("this in FROM")),
        }
    }

    fn table(
        &mut self,
        name: &'a ast::ObjectName,
        alias: Option<&ast::TableAlias>,
    ) -> Result<From<'a>> {
        let flavour = self.env.flavour();
        let parts = folded(name, flavour);
        if let [single] = parts.as_slice() {
            let named = self.named.iter().rev();
            let mut named = named.filter(|n| flavour.same_name(&n.name, single));
            if let Some(named) = named.next() {
                let (plan, id, depth) = (named.plan.clone(), named.id, named.depth);
                let table = named.table.clone();
                let mut columns = named.columns.clone();
                let source = self.alias(alias, parts, &mut columns)?;
                let relation = match table {
                    Some(name) => self.env.catalog.table(&name)?,
                    None => None,
                };
                if let Some(relation) = relation {
                    return self.scan(relation, source, columns);
                }
                let (part, _) = self.add_source(source, columns, true)?;
                let filter = Vec::new();
                return Ok(match plan {
                    Some(plan) => From::Cte {
                        part,
                        plan,
                        id,
                        nested: self.scopes.len() > depth + 1,
                        filter,
                    },
                    None => {
                        // What it gives changes from round to round, so nothing that reads it may be kept.
                        self.lowest = 0;
                        From::Working { part, id, filter }
                    }
                });
            }
        }
        let relation = match self.env.catalog.table(&parts)? {
            Some(relation) => relation,
            None if flavour.dual
                && parts.last().is_some_and(|p| p.eq_ignore_ascii_case("dual")) =>
            {
                Rc::new(Table {
                    columns: vec![Column::new("DUMMY", Type::Text)],
                    rows: vec![vec![Value::text("X")]],
                })
            }
            None => {
                let error = self.say(Problem::UnknownTable { name: &parts });
                return Err(with(error, name_span(name)));
            }
        };
        let mut columns = relation.columns().to_vec();
        let source = self.alias(alias, parts, &mut columns)?;
        self.scan(relation, source, columns)
            .map_err(|error| with(error, name_span(name)))
    }

    fn scan(
        &mut self,
        relation: Rc<dyn Relation + 'a>,
        source: Vec<String>,
        columns: Vec<Column>,
    ) -> Result<From<'a>> {
        let (part, slots) = self.add_source(source, columns, false)?;
        if let Some(source) = self.scope().sources.get_mut(part) {
            source.hidden = relation.hidden();
        }
        Ok(From::Scan {
            part,
            relation,
            slots,
            filter: Vec::new(),
            low: None,
            high: None,
        })
    }

    /// The name of a source and the names of its columns, after its alias.
    fn alias(
        &self,
        alias: Option<&ast::TableAlias>,
        name: Vec<String>,
        columns: &mut [Column],
    ) -> Result<Vec<String>> {
        let Some(alias) = alias else {
            return Ok(name);
        };
        let name = self.fold(&alias.name);
        self.rename(columns, alias, &name)?;
        Ok(vec![name])
    }

    fn derived(
        &mut self,
        lateral: bool,
        subquery: &'a ast::Query,
        alias: Option<&ast::TableAlias>,
    ) -> Result<From<'a>> {
        if alias.is_none() && self.env.flavour().derived_needs_alias {
            return Err(self.say(Problem::DerivedNeedsAlias));
        }
        self.scope().opaque = !lateral;
        let plan = self.query(subquery);
        self.scope().opaque = false;
        let plan = plan?;
        let mut columns = plan.columns.clone();
        let name = self.alias(alias, Vec::new(), &mut columns)?;
        let (part, _) = self.add_source(name, columns, true)?;
        Ok(From::Derived {
            part,
            plan: Box::new(plan),
            lateral,
            filter: Vec::new(),
        })
    }

    /// `SELECT unnest(…)`, `SELECT generate_series(…)`: the function joins FROM, and the item of the
    /// list reads its column. The number of that item, and what it reads.
    pub(super) fn rows_in_list(
        &mut self,
        select: &'a ast::Select,
        from: &mut Option<From<'a>>,
    ) -> Result<Option<(usize, Bound<'a>)>> {
        let mut found = None;
        for (i, item) in select.projection.iter().enumerate() {
            let (ast::SelectItem::UnnamedExpr(ast::Expr::Function(f))
            | ast::SelectItem::ExprWithAlias {
                expr: ast::Expr::Function(f),
                ..
            }) = item
            else {
                continue;
            };
            let name = folded(&f.name, self.env.flavour()).join(".");
            let ast::FunctionArguments::List(args) = &f.args else {
                continue;
            };
            if !matches!(name.as_str(), "unnest" | "generate_series") {
                continue;
            }
            if found.is_some() {
                return Err(self.unsupported("a second such function in the SELECT list"));
            }
            let middle = self.scope().sources.len();
            let visible = self.scope().visible.len();
            let mut right = self.function_source(&f.name, &args.args, None, false)?;
            // `*` does not have it.
            self.scope().visible.truncate(visible);
            let scope = self.scope();
            let column = scope.sources.get(middle).and_then(|s| s.columns.first());
            let ty = column.map_or(Type::Unknown, |c| c.ty);
            let at = At {
                source: middle,
                column: 0,
            };
            let place = self.place(self.scopes.len() - 1, at);
            found = Some((i, Bound::new(Expr::Column(place), ty)));
            *from = Some(match from.take() {
                None => right,
                Some(left) => From::Join(Box::new(Join {
                    kind: JoinKind::Inner,
                    left,
                    lateral: push::is_lateral(&mut right),
                    right,
                    from: 0,
                    middle,
                    to: middle + 1,
                    keys: Vec::new(),
                    on: Vec::new(),
                })),
            });
        }
        Ok(found)
    }

    fn function_source(
        &mut self,
        name: &'a ast::ObjectName,
        args: &'a [ast::FunctionArg],
        alias: Option<&ast::TableAlias>,
        ordinality: bool,
    ) -> Result<From<'a>> {
        let mut exprs = Vec::new();
        for arg in args {
            match arg {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => exprs.push(e),
                _ => return Err(self.unsupported("this argument")),
            }
        }
        let parts = folded(name, self.env.flavour());
        let full = parts.join(".");
        if self.env.flavour().postgres_syntax {
            match full.as_str() {
                "unnest" => return self.unnest(exprs, alias, ordinality),
                "generate_series" => return self.series(exprs, alias, ordinality),
                _ => {}
            }
        }
        let mut bound = Vec::new();
        let mut values = Vec::new();
        for e in exprs {
            let arg = self.expr(e)?;
            // What the table looks like may not depend on values that are not known yet.
            values.push(match &arg.expr {
                Expr::Const(value) => value.clone(),
                _ => Value::Null,
            });
            bound.push(arg.expr);
        }
        let Some(relation) = self.env.catalog.table_function(&full, &values)? else {
            let error = self.say(Problem::UnknownFunction { name: &full });
            return Err(with(error, name_span(name)));
        };
        let columns = relation.columns().to_vec();
        let last = parts.last().cloned().unwrap_or_default();
        self.add_function(
            TableFunction::Extern,
            full,
            last,
            bound,
            columns,
            alias,
            ordinality,
        )
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one place that builds the source"
    )]
    fn add_function(
        &mut self,
        function: TableFunction,
        full: String,
        name: String,
        args: Vec<Expr<'a>>,
        mut columns: Vec<Column>,
        alias: Option<&ast::TableAlias>,
        ordinality: bool,
    ) -> Result<From<'a>> {
        // A function with one column gives the column its own or its alias's name.
        if let (TableFunction::Series | TableFunction::Unnest, Some(alias), [column]) =
            (function, alias, columns.as_mut_slice())
        {
            column.name = self.fold(&alias.name).into();
        }
        if ordinality {
            columns.push(Column::new("ordinality", Type::Int));
        }
        let source = self.alias(alias, vec![name], &mut columns)?;
        let (part, _) = self.add_source(source, columns, true)?;
        Ok(From::Function {
            part,
            function,
            name: full.into(),
            args,
            ordinality,
            filter: Vec::new(),
        })
    }

    fn unnest(
        &mut self,
        args: Vec<&'a ast::Expr>,
        alias: Option<&ast::TableAlias>,
        ordinality: bool,
    ) -> Result<From<'a>> {
        let mut exprs = Vec::new();
        let mut columns = Vec::new();
        for e in args {
            let bound = self.expr(e)?;
            let bound = self.adapt(bound, Type::TextArray, e)?;
            let ty = match bound.ty {
                Type::IntArray => Type::Int,
                Type::TextArray => Type::Text,
                Type::Unknown => Type::Unknown,
                ty => {
                    return Err(self.say(Problem::Signature {
                        name: "unnest",
                        args: &[ty],
                    }));
                }
            };
            columns.push(Column::new("unnest", ty));
            exprs.push(bound.expr);
        }
        if exprs.is_empty() {
            return Err(self.say(Problem::ArgumentCount { name: "unnest" }));
        }
        let name = "unnest".to_owned();
        self.add_function(
            TableFunction::Unnest,
            name.clone(),
            name,
            exprs,
            columns,
            alias,
            ordinality,
        )
    }

    fn series(
        &mut self,
        args: Vec<&'a ast::Expr>,
        alias: Option<&ast::TableAlias>,
        ordinality: bool,
    ) -> Result<From<'a>> {
        let name = "generate_series";
        if !(2..=3).contains(&args.len()) {
            return Err(self.say(Problem::ArgumentCount { name }));
        }
        let mut bound = Vec::new();
        for e in args {
            bound.push((self.expr(e)?, e));
        }
        let ty = bound
            .iter()
            .find(|(b, _)| !b.literal)
            .map_or(Type::Int, |(b, _)| b.ty);
        let ty = if ty == Type::Interval {
            Type::Timestamp
        } else {
            ty
        };
        let mut exprs = Vec::new();
        let mut found = Vec::new();
        for (i, (b, e)) in bound.into_iter().enumerate() {
            let step = i == 2 && types::moment(ty);
            let b = self.adapt(b, if step { Type::Interval } else { ty }, e)?;
            found.push(b.ty);
            exprs.push(b.expr);
        }
        let whole = found.iter().all(|t| matches!(t, Type::Int | Type::Unknown));
        let moments = matches!(found.as_slice(), [a, b, Type::Interval] if types::moment(*a) && types::moment(*b));
        if !whole && !moments {
            return Err(self.say(Problem::Signature { name, args: &found }));
        }
        let ty = if whole { Type::Int } else { ty };
        let columns = vec![Column::new("generate_series", ty)];
        let name = name.to_owned();
        self.add_function(
            TableFunction::Series,
            name.clone(),
            name,
            exprs,
            columns,
            alias,
            ordinality,
        )
    }
}
