//! Conditions beyond comparison: IN, BETWEEN, LIKE, ANY and ALL.

use sqlparser::ast::{self, BinaryOperator as B};

use super::expr::array_type;
use super::operator::{Kind, across};
use super::types::comparable;
use super::{Binder, Bound, at, convert_column};
use crate::base::{Result, Type, Value};
use crate::query::expr::{Expr, Set, Subquery};
use crate::query::keys::Keys;
use crate::query::ops::{self, Key, Op};
use crate::query::words::Problem;

impl<'a> Binder<'a> {
    fn items(e: &'a ast::Expr) -> Vec<&'a ast::Expr> {
        match e {
            ast::Expr::Tuple(items) => items.iter().collect(),
            e => vec![e],
        }
    }

    pub(super) fn in_list(
        &mut self,
        e: &'a ast::Expr,
        list: &'a [ast::Expr],
        negated: bool,
    ) -> Result<Bound<'a>> {
        let of_e = Self::items(e);
        let mut of = Vec::new();
        for e in &of_e {
            of.push(self.expr(e)?);
        }
        let mut rows: Vec<Vec<Bound>> = Vec::new();
        for item in list {
            let items = Self::items(item);
            if items.len() != of.len() {
                let problem = Problem::SubqueryColumns {
                    expected: of.len(),
                    found: items.len(),
                };
                return Err(at(self.say(problem), item));
            }
            let mut row = Vec::new();
            for ((e, of), of_e) in items.into_iter().zip(&mut of).zip(&of_e) {
                let right = self.expr(e)?;
                let left = std::mem::replace(of, Bound::literal(Value::Null));
                // Only a literal on the left may change for what it is compared with.
                if left.literal || self.env.flavour().strict_types {
                    let (left, right) = self.alike("IN", left, right, Some((of_e, e)))?;
                    *of = left;
                    row.push(right);
                } else {
                    row.push(self.adapt(right, left.ty, e)?);
                    *of = left;
                }
            }
            rows.push(row);
        }
        let constant = rows.iter().all(|row| {
            row.iter()
                .zip(&of)
                .all(|(b, of)| matches!(b.expr, Expr::Const(_)) && comparable(b.ty, of.ty))
        });
        let of: Vec<Expr> = of.into_iter().map(|b| b.expr).collect();
        let rows = rows.into_iter().map(|row| row.into_iter().map(|b| b.expr));
        let expr = if constant {
            let mut set = Set {
                rows: Keys::new(),
                has_null: false,
            };
            for row in rows {
                let key: Vec<Value> = row
                    .map(|e| match e {
                        Expr::Const(v) => ops::normal(v, self.env.flavour()),
                        _ => Value::Null,
                    })
                    .collect();
                if key.iter().any(Value::is_null) {
                    set.has_null = true;
                } else {
                    set.rows.insert(Key(key), 0);
                }
            }
            Expr::InSet {
                of,
                set: Box::new(set),
                negated,
            }
        } else {
            Expr::In {
                of,
                list: rows.map(Iterator::collect).collect(),
                negated,
            }
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    pub(super) fn in_query(
        &mut self,
        e: &'a ast::Expr,
        query: &'a ast::Query,
        negated: bool,
    ) -> Result<Bound<'a>> {
        let items = Self::items(e);
        let mut of = Vec::new();
        for e in &items {
            of.push(self.expr(e)?);
        }
        let mut subquery = self.subquery(query)?;
        let columns = subquery.plan.columns.clone();
        if columns.len() != of.len() {
            let types: Vec<Type> = columns.iter().map(|c| c.ty).collect();
            let problem = match of.as_slice() {
                [one] if self.env.flavour().strict_types => Problem::Among {
                    left: one.ty,
                    right: &types,
                },
                _ => Problem::SubqueryColumns {
                    expected: of.len(),
                    found: columns.len(),
                },
            };
            return Err(at(self.say(problem), e));
        }
        let mut exprs = Vec::new();
        for (i, ((left, column), e)) in of.into_iter().zip(&columns).zip(items).enumerate() {
            let right = Bound::new(Expr::Const(Value::Null), column.ty);
            let (left, right) = self.alike("IN", left, right, Some((e, e)))?;
            if right.ty != column.ty {
                convert_column(&mut subquery.plan.body, i, right.ty);
            }
            exprs.push(left.expr);
        }
        let expr = Expr::InQuery {
            of: exprs,
            query: Box::new(subquery),
            negated,
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    pub(super) fn between(
        &mut self,
        e: &'a ast::Expr,
        low: &'a ast::Expr,
        high: &'a ast::Expr,
        negated: bool,
    ) -> Result<Bound<'a>> {
        let from = self.compare(Op::GreaterEq, e, low)?.expr;
        let to = self.compare(Op::LessEq, e, high)?.expr;
        let expr = Expr::And(vec![from, to]);
        let expr = if negated {
            Expr::Not(expr.boxed())
        } else {
            expr
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    pub(super) fn like(
        &mut self,
        e: &'a ast::Expr,
        pattern_e: &'a ast::Expr,
        escape: Option<&'a ast::Expr>,
        ignore_case: bool,
        negated: bool,
    ) -> Result<Bound<'a>> {
        let flavour = self.env.flavour();
        let (of, pattern) = (self.expr(e)?, self.expr(pattern_e)?);
        let text = |ty| matches!(ty, Type::Text | Type::Unknown);
        if flavour.strict_types && !(text(of.ty) && text(pattern.ty)) {
            let error = self.say(Problem::Comparison {
                op: if ignore_case { "ILIKE" } else { "LIKE" },
                left: of.ty,
                right: pattern.ty,
            });
            return Err(across(error, e, pattern_e));
        }
        let escape = match escape {
            None if flavour.empty_text_is_null => None,
            None => Some('\\'),
            Some(e) => match self.expr(e)?.expr {
                Expr::Const(Value::Text(t)) if t.chars().count() <= 1 => t.chars().next(),
                _ => return Err(at(self.unsupported("this escape"), e)),
            },
        };
        let expr = Expr::Like {
            of: of.expr.boxed(),
            pattern: pattern.expr.boxed(),
            escape,
            ignore_case,
            negated,
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    /// `e op ANY (…)`, `e op ALL (…)`: of an array or a sub-select.
    pub(super) fn quantified(
        &mut self,
        e: &'a ast::Expr,
        op: &B,
        right: &'a ast::Expr,
        all: bool,
    ) -> Result<Bound<'a>> {
        let Kind::Op(op) = self.kind(op)? else {
            return Err(at(self.unsupported("this operator"), e));
        };
        let of = self.expr(e)?;
        let mut right = right;
        while let ast::Expr::Nested(inner) = right {
            right = inner;
        }
        let array = match right {
            ast::Expr::Subquery(query) => {
                let query = self.subquery(query)?;
                let [column] = query.plan.columns.as_slice() else {
                    let found = query.plan.columns.len();
                    let expected = 1;
                    return Err(at(
                        self.say(Problem::SubqueryColumns { expected, found }),
                        e,
                    ));
                };
                let ty = column.ty;
                let right = Bound::new(Expr::Const(Value::Null), ty);
                let (of, _) = self.alike(op.text(), of, right, Some((e, e)))?;
                return Ok(quantifier(of, op, all, Expr::ArrayOf(Box::new(query))));
            }
            _ if !self.env.flavour().postgres_syntax => {
                return Err(at(self.unsupported("ANY of an array"), e));
            }
            array => self.expr(array)?,
        };
        let array = self.adapt(array, array_type(of.ty), right)?;
        let element = match array.ty {
            Type::IntArray => Type::Int,
            Type::TextArray => Type::Text,
            Type::Unknown => Type::Unknown,
            ty => ty,
        };
        let empty = matches!(&array.expr, Expr::Const(Value::Array(items)) if items.is_empty());
        let right = Bound::new(
            Expr::Const(Value::Null),
            if empty { Type::Unknown } else { element },
        );
        let (of, _) = self.alike(op.text(), of, right, Some((e, e)))?;
        Ok(quantifier(of, op, all, array.expr))
    }

    /// `ARRAY(SELECT …)`.
    pub(super) fn array_query(&mut self, query: &'a ast::Query) -> Result<Bound<'a>> {
        let subquery: Subquery = self.subquery(query)?;
        let [column] = subquery.plan.columns.as_slice() else {
            let found = subquery.plan.columns.len();
            return Err(self.say(Problem::SubqueryColumns { expected: 1, found }));
        };
        let ty = array_type(column.ty);
        Ok(Bound::new(Expr::ArrayOf(Box::new(subquery)), ty))
    }
}

fn quantifier<'a>(of: Bound<'a>, op: Op, all: bool, array: Expr<'a>) -> Bound<'a> {
    let expr = Expr::Quantified {
        of: of.expr.boxed(),
        op,
        all,
        array: array.boxed(),
    };
    Bound::new(expr, Type::Bool)
}
