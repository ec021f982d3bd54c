//! Operators: chains, arithmetic, comparisons.

use sqlparser::ast::{self, BinaryOperator as B};

use super::types::{comparable, moment, numeric};
use super::{Binder, Bound, at};
use crate::base::{Result, Type, Value};
use crate::query::Pipes;
use crate::query::calendar;
use crate::query::expr::Expr;
use crate::query::functions::{self, Function};
use crate::query::ops::Op;
use crate::query::words::{Clause, Problem};

/// What a binary operator is in a flavour.
pub(super) enum Kind {
    And,
    Or,
    Op(Op),
}

impl<'a> Binder<'a> {
    pub(super) fn kind(&self, op: &B) -> Result<Kind> {
        let flavour = self.env.flavour();
        Ok(Kind::Op(match op {
            B::And => return Ok(Kind::And),
            B::Or => return Ok(Kind::Or),
            B::StringConcat if flavour.pipes == Pipes::Or => return Ok(Kind::Or),
            B::PGOverlap if flavour.mysql_syntax => return Ok(Kind::And),
            B::Eq => Op::Eq,
            B::NotEq => Op::NotEq,
            B::Lt => Op::Less,
            B::LtEq => Op::LessEq,
            B::Gt => Op::Greater,
            B::GtEq => Op::GreaterEq,
            B::Spaceship if flavour.mysql_syntax => Op::Same,
            B::Plus => Op::Plus,
            B::Minus => Op::Minus,
            B::Multiply => Op::Times,
            B::Divide => Op::Divide,
            B::Modulo => Op::Modulo,
            B::MyIntegerDivide if flavour.mysql_syntax => Op::IntDivide,
            B::DuckIntegerDivide if flavour.postgres_syntax => Op::IntDivide,
            B::StringConcat => Op::Concat,
            B::BitwiseAnd => Op::BitAnd,
            B::BitwiseOr => Op::BitOr,
            B::BitwiseXor if flavour.mysql_syntax => Op::BitXor,
            B::PGBitwiseXor if flavour.postgres_syntax => Op::BitXor,
            B::Xor if flavour.mysql_syntax => Op::Xor,
            B::Arrow if flavour.postgres_syntax => Op::JsonGet,
            B::LongArrow if flavour.postgres_syntax => Op::JsonText,
            B::AtArrow if flavour.postgres_syntax => Op::Contains,
            B::PGOverlap if flavour.postgres_syntax => Op::Overlaps,
            _ => return Err(self.unsupported("this operator")),
        }))
    }

    /// A chain of binary operators leans to the left: walk down it, then bind from the left.
    pub(super) fn chain(&mut self, e: &'a ast::Expr) -> Result<Bound<'a>> {
        let mut steps = Vec::new();
        let mut first = e;
        while let ast::Expr::BinaryOp { left, op, right } = first {
            if matches!(
                (&**left, &**right),
                (ast::Expr::Tuple(_), ast::Expr::Tuple(_))
            ) {
                break;
            }
            steps.push((op, &**right));
            first = left;
        }
        let mut left = match first {
            ast::Expr::BinaryOp { left, op, right } => self.rows(left, op, right)?,
            first => self.raw(first)?,
        };
        let mut left_e = first;
        for (op, right_e) in steps.into_iter().rev() {
            let regex = match op {
                B::PGRegexMatch => Some((&functions::MATCHES, false)),
                B::PGRegexIMatch => Some((&functions::MATCHES_ANY_CASE, false)),
                B::PGRegexNotMatch => Some((&functions::MATCHES, true)),
                B::PGRegexNotIMatch => Some((&functions::MATCHES_ANY_CASE, true)),
                _ => None,
            };
            if let Some((function, negated)) = regex {
                let right = self.expr(right_e)?;
                left = self.matched(function, (left, left_e), (right, right_e), negated)?;
                left_e = first;
                continue;
            }
            left = match self.kind(op).map_err(|error| at(error, e))? {
                Kind::And => self.logical(true, left, left_e, right_e)?,
                Kind::Or => self.logical(false, left, left_e, right_e)?,
                Kind::Op(op) => {
                    let right = self.raw(right_e)?;
                    self.binary(op, left, right, Some((left_e, right_e)))?
                }
            };
            // From here on the left side begins where the chain does.
            left_e = first;
        }
        Ok(left)
    }

    /// A text against a pattern.
    pub(super) fn matched(
        &mut self,
        function: &'static Function,
        (text, text_e): (Bound<'a>, &'a ast::Expr),
        (pattern, pattern_e): (Bound<'a>, &'a ast::Expr),
        negated: bool,
    ) -> Result<Bound<'a>> {
        let fits = |ty| matches!(ty, Type::Text | Type::Unknown);
        if self.env.flavour().strict_types && !(fits(text.ty) && fits(pattern.ty)) {
            let error = self.say(Problem::Operator {
                op: function.name,
                left: text.ty,
                right: pattern.ty,
            });
            return Err(across(error, text_e, pattern_e));
        }
        let call = Expr::Call(function, vec![text.expr, pattern.expr]);
        let expr = match negated {
            true => Expr::Not(call.boxed()),
            false => call,
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    fn logical(
        &mut self,
        and: bool,
        left: Bound<'a>,
        left_e: &'a ast::Expr,
        right_e: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        let clause = if and { Clause::And } else { Clause::Or };
        let left = self.as_condition(left, clause, left_e)?;
        let right = self.condition(right_e, clause)?;
        let items = match left {
            Expr::And(mut items) if and => {
                items.push(right);
                items
            }
            Expr::Or(mut items) if !and => {
                items.push(right);
                items
            }
            left => vec![left, right],
        };
        let expr = if and {
            Expr::And(items)
        } else {
            Expr::Or(items)
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    /// `(a, b) = (c, d)`.
    fn rows(&mut self, left: &'a ast::Expr, op: &B, right: &'a ast::Expr) -> Result<Bound<'a>> {
        let (ast::Expr::Tuple(a), ast::Expr::Tuple(b)) = (left, right) else {
            return Err(at(self.unsupported("this row"), left));
        };
        let negated = match op {
            B::Eq => false,
            B::NotEq => true,
            _ => return Err(at(self.unsupported("this comparison of rows"), left)),
        };
        if a.len() != b.len() {
            return Err(at(
                self.say(Problem::SubqueryColumns {
                    expected: a.len(),
                    found: b.len(),
                }),
                right,
            ));
        }
        let mut items = Vec::new();
        for (x, y) in a.iter().zip(b) {
            items.push(self.compare(Op::Eq, x, y)?.expr);
        }
        let expr = Expr::And(items);
        let expr = if negated {
            Expr::Not(expr.boxed())
        } else {
            expr
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    pub(super) fn compare(
        &mut self,
        op: Op,
        a: &'a ast::Expr,
        b: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        let (left, right) = (self.expr(a)?, self.expr(b)?);
        self.compared(op, left, right, Some((a, b)))
    }

    /// A binary operator but AND and OR.
    fn binary(
        &mut self,
        op: Op,
        left: Bound<'a>,
        right: Bound<'a>,
        e: Option<(&'a ast::Expr, &'a ast::Expr)>,
    ) -> Result<Bound<'a>> {
        if op.compares() {
            return self.compared(op, left, right, e);
        }
        let (mut left, mut right) = self.operands(op, left, right, e)?;
        if let Some((a, b)) = e {
            if right.ty == Type::Interval && matches!(left.ty, Type::Text | Type::Date) {
                left = self.as_moment(left, a)?;
            } else if left.ty == Type::Interval && matches!(right.ty, Type::Text | Type::Date) {
                right = self.as_moment(right, b)?;
            }
            // Days between dates, and dates so many days away.
            let day = || Expr::Const(Value::Interval(calendar::DAY)).boxed();
            let strict = self.env.flavour().strict_types;
            match (left.ty, right.ty) {
                (Type::Date, Type::Date) if op == Op::Minus && strict => {
                    let seconds = Expr::Chain(left.expr.boxed(), vec![(op, right.expr)]);
                    let seconds = Expr::Cast(seconds.boxed(), Type::Int).boxed();
                    let days = vec![(Op::IntDivide, Expr::Const(Value::Int(86_400)))];
                    return Ok(Bound::new(Expr::Chain(seconds, days), Type::Int));
                }
                (Type::Date, Type::Int) if matches!(op, Op::Plus | Op::Minus) && strict => {
                    let by = Expr::Chain(day(), vec![(Op::Times, right.expr)]);
                    let expr = Expr::Chain(left.expr.boxed(), vec![(op, by)]);
                    return Ok(Bound::new(expr, Type::Date));
                }
                _ => {}
            }
        }
        if right.months != 0 || left.months != 0 {
            return self.shifted(op, left, right);
        }
        let ty = match result_type(op, left.ty, right.ty) {
            Some(ty) => ty,
            None if !self.env.flavour().strict_types => loose_type(op, left.ty, right.ty),
            None => {
                let error = self.say(Problem::Operator {
                    op: op.text(),
                    left: left.ty,
                    right: right.ty,
                });
                return Err(match e {
                    Some((a, b)) => across(error, a, b),
                    None => error,
                });
            }
        };
        let expr = match left.expr {
            // A longer chain rather than a deeper tree. What it ends in so far is no comparison,
            // or else so is this.
            Expr::Chain(first, mut steps)
                if steps.last().is_some_and(|(last, _)| !last.compares()) =>
            {
                steps.push((op, right.expr));
                Expr::Chain(first, steps)
            }
            left => Expr::Chain(left.boxed(), vec![(op, right.expr)]),
        };
        Ok(Bound::new(expr, ty))
    }

    /// Literals among the operands take the type that the other side asks for.
    fn operands(
        &self,
        op: Op,
        left: Bound<'a>,
        right: Bound<'a>,
        e: Option<(&'a ast::Expr, &'a ast::Expr)>,
    ) -> Result<(Bound<'a>, Bound<'a>)> {
        let Some((left_e, right_e)) = e else {
            return Ok((left, right));
        };
        let arithmetic = matches!(
            op,
            Op::Plus | Op::Minus | Op::Times | Op::Divide | Op::IntDivide | Op::Modulo
        );
        if !arithmetic || !self.env.flavour().strict_types {
            return Ok((left, right));
        }
        // `now() - '1 hour'`: an interval first, then what the other side is.
        let interval = |b: &Bound| match &b.expr {
            Expr::Const(Value::Text(t)) if b.literal => calendar::parse_interval(t),
            _ => None,
        };
        let shifts = matches!(op, Op::Plus | Op::Minus);
        if (moment(left.ty) || left.ty == Type::Interval && shifts)
            && let Some((us, months)) = interval(&right)
        {
            let mut right = Bound::new(Expr::Const(Value::Interval(us)), Type::Interval);
            right.months = months;
            return Ok((left, right));
        }
        if left.ty == Type::Interval || right.ty == Type::Interval {
            return Ok((left, right));
        }
        if left.literal && !right.literal {
            let ty = right.ty;
            return Ok((self.adapt(left, ty, left_e)?, right));
        }
        if right.literal {
            let ty = left.ty;
            let right = self.adapt(right, ty, right_e)?;
            return Ok((left, right));
        }
        Ok((left, right))
    }

    /// `of ± by`, where `by` may hold months.
    pub(super) fn add_interval(
        &mut self,
        op: Op,
        of: Bound<'a>,
        by: Bound<'a>,
        of_e: &'a ast::Expr,
        by_e: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        self.binary(op, of, by, Some((of_e, by_e)))
    }

    /// `moment ± months`.
    fn shifted(&mut self, op: Op, left: Bound<'a>, right: Bound<'a>) -> Result<Bound<'a>> {
        let (of, interval) = match op {
            Op::Plus if left.months != 0 => (right, left),
            _ => (left, right),
        };
        let sign = match op {
            Op::Plus => 1,
            Op::Minus => -1,
            _ => 0,
        };
        if sign == 0 || of.months != 0 || !moment(of.ty) {
            return Err(self.unsupported("an interval of months or years here"));
        }
        let ty = match of.ty {
            Type::Date if self.env.flavour().strict_types => Type::Timestamp,
            ty => ty,
        };
        let months = interval.months.saturating_mul(sign);
        let moved = Expr::AddMonths(of.expr.boxed(), months);
        let expr = match interval.expr {
            Expr::Const(Value::Interval(0)) => moved,
            rest => Expr::Chain(moved.boxed(), vec![(op, rest)]),
        };
        Ok(Bound::new(expr, ty))
    }

    /// A comparison.
    pub(super) fn compared(
        &mut self,
        op: Op,
        left: Bound<'a>,
        right: Bound<'a>,
        e: Option<(&'a ast::Expr, &'a ast::Expr)>,
    ) -> Result<Bound<'a>> {
        let (left, right) = self.alike(op.text(), left, right, e)?;
        let expr = match left.expr {
            Expr::Chain(first, mut steps)
                if steps.last().is_some_and(|(last, _)| last.compares()) =>
            {
                steps.push((op, right.expr));
                Expr::Chain(first, steps)
            }
            left => Expr::Chain(left.boxed(), vec![(op, right.expr)]),
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    /// Makes two values comparable, or says that they are not.
    pub(super) fn alike(
        &self,
        op: &str,
        mut left: Bound<'a>,
        mut right: Bound<'a>,
        e: Option<(&'a ast::Expr, &'a ast::Expr)>,
    ) -> Result<(Bound<'a>, Bound<'a>)> {
        if let Some((a, b)) = e {
            if right.literal && !left.literal {
                right = self.adapt(right, left.ty, b)?;
            } else if left.literal && (!right.literal || left.ty == Type::Text) {
                left = self.adapt(left, right.ty, a)?;
            } else if right.literal && right.ty == Type::Text {
                right = self.adapt(right, left.ty, b)?;
            }
        }
        if left.months != 0 || right.months != 0 {
            return Err(self.unsupported("an interval of months or years here"));
        }
        if comparable(left.ty, right.ty) {
            return Ok((left, right));
        }
        if self.env.flavour().strict_types {
            let error = self.say(Problem::Comparison {
                op,
                left: left.ty,
                right: right.ty,
            });
            return Err(match e {
                Some((a, b)) => across(error, a, b),
                None => error,
            });
        }
        // Loose types meet as moments or as numbers.
        let meet = |bound: Bound<'a>, other: Type| {
            let ty = if moment(other) { other } else { Type::Float };
            match bound.ty {
                Type::Text | Type::Bool => Bound::new(Expr::Cast(bound.expr.boxed(), ty), ty),
                _ => bound,
            }
        };
        let (l, r) = (left.ty, right.ty);
        Ok((meet(left, r), meet(right, l)))
    }
}

/// The error with the position of both operands.
pub(super) fn across(
    error: crate::base::Error,
    a: &ast::Expr,
    b: &ast::Expr,
) -> crate::base::Error {
    use super::names::edge;
    match (edge(a, true), edge(b, false)) {
        (Some(a), Some(b)) => super::with(error, Some(a.to(b))),
        _ => at(error, a),
    }
}

/// The type of an operator's value where types are strict.
fn result_type(op: Op, a: Type, b: Type) -> Option<Type> {
    use Type::*;
    let array = |t| matches!(t, TextArray | IntArray);
    Some(match op {
        Op::Concat => match (a, b) {
            _ if array(a) => a,
            _ if array(b) => b,
            (Bytes, Bytes) => return None,
            (Text, _) | (_, Text) | (Unknown, Unknown) => Text,
            _ => return None,
        },
        Op::JsonGet if matches!(a, Json | Unknown) => Json,
        Op::JsonText if matches!(a, Json | Unknown) => Text,
        Op::Contains | Op::Overlaps if array(a) && (a == b || b == Unknown) => Bool,
        Op::BitAnd | Op::BitOr | Op::BitXor => match (a, b) {
            (Int | Unknown, Int | Unknown) => Int,
            _ => return None,
        },
        Op::Plus | Op::Minus | Op::Times | Op::Divide | Op::IntDivide | Op::Modulo => {
            match (a, b) {
                (Unknown, Unknown) => Unknown,
                (Unknown, t) | (t, Unknown) => t,
                (Int, Int) if op == Op::Divide => Decimal,
                (Int, Int) => Int,
                (Decimal | Int, Decimal | Int) => Decimal,
                (Float, Float) => Float,
                (Date, Date) if op == Op::Minus => return None,
                (Date, Interval) if matches!(op, Op::Plus | Op::Minus) => Timestamp,
                (t, Interval) if moment(t) && matches!(op, Op::Plus | Op::Minus) => t,
                (Interval, Date) if op == Op::Plus => Timestamp,
                (Interval, t) if moment(t) && op == Op::Plus => t,
                (s, t) if moment(s) && moment(t) && op == Op::Minus => Interval,
                (Interval, Interval) if matches!(op, Op::Plus | Op::Minus) => Interval,
                (Interval, t) if numeric(t) && matches!(op, Op::Times | Op::Divide) => Interval,
                (t, Interval) if numeric(t) && op == Op::Times => Interval,
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// The type of an operator's value where types are loose.
fn loose_type(op: Op, a: Type, b: Type) -> Type {
    match op {
        Op::Xor => Type::Bool,
        Op::Concat => Type::Text,
        _ if moment(a) => a,
        _ if moment(b) => b,
        _ if a == Type::Text && b == Type::Interval => Type::Timestamp,
        _ if matches!(a, Type::Text | Type::Float) || matches!(b, Type::Text | Type::Float) => {
            Type::Float
        }
        Op::Divide => Type::Decimal,
        _ => Type::Int,
    }
}
