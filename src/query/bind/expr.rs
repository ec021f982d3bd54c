//! Expressions: what each kind of node becomes.

use sqlparser::ast;

use super::names::{span_of, with};
use super::{Binder, Bound, at};
use crate::base::{ErrorKind, Result, Type, Value, float};
use crate::query::calendar::{self, Unit};
use crate::query::expr::Expr;
use crate::query::functions;
use crate::query::ops::{self, Op};
use crate::query::words::{Clause, Problem};

impl<'a> Binder<'a> {
    /// An expression whose value is used as it is.
    pub(super) fn expr(&mut self, e: &'a ast::Expr) -> Result<Bound<'a>> {
        let bound = self.raw(e)?;
        if bound.months != 0 {
            return Err(at(
                self.unsupported("an interval of months or years here"),
                e,
            ));
        }
        Ok(bound)
    }

    /// An expression that may be an interval of months.
    pub(super) fn raw(&mut self, e: &'a ast::Expr) -> Result<Bound<'a>> {
        self.deeper()?;
        let scopes = self.scopes.len();
        let within = std::mem::replace(&mut self.within, true);
        let bound = self.node(e);
        self.within = within;
        let bound = bound.map_err(|error| {
            if within || !self.env.flavour().strict_types || error.kind == ErrorKind::Name {
                return error;
            }
            self.scopes.truncate(scopes);
            self.names_first(e, error)
        })?;
        self.depth -= 1;
        Ok(bound)
    }

    fn node(&mut self, e: &'a ast::Expr) -> Result<Bound<'a>> {
        use ast::Expr as E;
        match e {
            E::Identifier(ident) => self.column(std::slice::from_ref(ident)),
            E::CompoundIdentifier(idents) => self.column(idents),
            E::Value(v) => self.value(v),
            E::Nested(inner) | E::Collate { expr: inner, .. } => self.raw(inner),
            E::BinaryOp { .. } => self.chain(e),
            E::UnaryOp { op, expr } => self.unary(*op, expr),
            E::IsNull(of) => self.is_null(of, false),
            E::IsNotNull(of) => self.is_null(of, true),
            E::IsUnknown(of) => self.is_null(of, false),
            E::IsNotUnknown(of) => self.is_null(of, true),
            E::IsTrue(of) => self.is_truth(of, true, false),
            E::IsNotTrue(of) => self.is_truth(of, true, true),
            E::IsFalse(of) => self.is_truth(of, false, false),
            E::IsNotFalse(of) => self.is_truth(of, false, true),
            E::IsDistinctFrom(a, b) => self.compare(Op::NotSame, a, b),
            E::IsNotDistinctFrom(a, b) => self.compare(Op::Same, a, b),
            E::InList {
                expr,
                list,
                negated,
            } => self.in_list(expr, list, *negated),
            E::InSubquery {
                expr,
                subquery,
                negated,
            } => self.in_query(expr, subquery, *negated),
            E::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, low, high, *negated),
            E::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like(expr, pattern, escape_char.as_deref(), false, *negated),
            E::SimilarTo {
                negated,
                expr,
                pattern,
                escape_char: None,
            } => {
                let (text, by) = (self.expr(expr)?, self.expr(pattern)?);
                let function = &functions::SIMILAR;
                self.matched(function, (text, expr), (by, pattern), *negated)
            }
            E::RLike {
                negated,
                expr,
                pattern,
                ..
            } => {
                let (text, by) = (self.expr(expr)?, self.expr(pattern)?);
                let function = &functions::MATCHES_ANY_CASE;
                self.matched(function, (text, expr), (by, pattern), *negated)
            }
            E::ILike {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } if self.env.flavour().postgres_syntax => {
                self.like(expr, pattern, escape_char.as_deref(), true, *negated)
            }
            E::AnyOp {
                left,
                compare_op,
                right,
                ..
            } => self.quantified(left, compare_op, right, false),
            E::AllOp {
                left,
                compare_op,
                right,
            } => self.quantified(left, compare_op, right, true),
            E::Cast {
                kind,
                expr,
                data_type,
                ..
            } => {
                if *kind == ast::CastKind::DoubleColon && !self.env.flavour().postgres_syntax {
                    return Err(self.unsupported("::"));
                }
                let bound = self.expr(expr)?;
                self.cast(bound, data_type, expr)
            }
            E::Convert {
                expr,
                data_type: Some(data_type),
                charset: None,
                ..
            } if self.env.flavour().mysql_syntax => {
                let bound = self.expr(expr)?;
                self.cast(bound, data_type, expr)
            }
            E::TypedString(typed) => self.typed_string(typed, e),
            E::Interval(interval) => self.interval(interval, e),
            E::Function(function) => self.call(function, e),
            E::Extract { field, expr, .. } => self.extract(field, expr, e),
            E::Position { expr, r#in } => self.named_call("position", &[r#in, expr], e),
            E::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => self.substring(expr, substring_from.as_deref(), substring_for.as_deref(), e),
            E::Trim {
                expr,
                trim_where,
                trim_what,
                trim_characters,
            } => {
                let name = match trim_where {
                    None | Some(ast::TrimWhereField::Both) => "trim",
                    Some(ast::TrimWhereField::Leading) => "ltrim",
                    Some(ast::TrimWhereField::Trailing) => "rtrim",
                };
                let what = trim_what.as_deref();
                let what = what.or(trim_characters.as_ref().and_then(|c| c.first()));
                match what {
                    Some(what) => self.named_call(name, &[expr, what], e),
                    None => self.named_call(name, &[expr], e),
                }
            }
            E::AtTimeZone {
                timestamp,
                time_zone,
            } => self.at_time_zone(timestamp, time_zone, e),
            E::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref()),
            E::Exists { subquery, negated } => {
                let query = Expr::Exists(Box::new(self.subquery(subquery)?));
                let expr = if *negated {
                    Expr::Not(query.boxed())
                } else {
                    query
                };
                Ok(Bound::new(expr, Type::Bool))
            }
            E::Subquery(query) => self.scalar_query(query),
            E::Array(array) if self.env.flavour().postgres_syntax => self.array(&array.elem),
            E::CompoundFieldAccess { root, access_chain } => self.subscripts(root, access_chain),
            _ => Err(at(self.unsupported("this expression"), e)),
        }
    }

    fn value(&mut self, v: &'a ast::ValueWithSpan) -> Result<Bound<'a>> {
        use ast::Value as V;
        let flavour = self.env.flavour();
        let text = |t: &str| match t.is_empty() && flavour.empty_text_is_null {
            true => Value::Null,
            false => Value::text(t),
        };
        let value = match &v.value {
            V::Null => Value::Null,
            V::Boolean(b) => Value::Bool(*b),
            V::Number(digits, _) => match digits.parse() {
                Ok(i) => Value::Int(i),
                Err(_) if flavour.mysql_syntax && digits.contains(['e', 'E']) => {
                    Value::float(float::parse(digits).unwrap_or(0.0))
                }
                Err(_) => match ops::parse_decimal(digits) {
                    Some(d) => Value::Decimal(d),
                    None => {
                        let ty = Type::Decimal;
                        return Err(with(self.say(Problem::Overflow { ty }), span_of(v.span)));
                    }
                },
            },
            V::SingleQuotedString(t)
            | V::EscapedStringLiteral(t)
            | V::UnicodeStringLiteral(t)
            | V::NationalStringLiteral(t) => text(t),
            V::DollarQuotedString(t) => text(&t.value),
            V::DoubleQuotedString(t) if flavour.double_quotes_are_text => text(t),
            V::HexStringLiteral(t) => {
                let digit = |i: usize| t.get(i..i + 2).and_then(|h| u8::from_str_radix(h, 16).ok());
                let bytes: Option<Vec<u8>> = (0..t.len()).step_by(2).map(digit).collect();
                match bytes {
                    Some(bytes) => Value::Bytes(bytes.into()),
                    None => return Err(self.unsupported("a hexadecimal literal of odd length")),
                }
            }
            V::Placeholder(name) => {
                let index = match name.trim_start_matches(['$', ':']).parse::<usize>() {
                    Ok(n) => n.checked_sub(1),
                    // Question marks count up.
                    Err(_) => {
                        self.question_marks += 1;
                        Some(self.question_marks - 1)
                    }
                };
                match index.and_then(|i| self.env.placeholders.get(i)) {
                    Some(value) => value.clone(),
                    None => {
                        let error = self.say(Problem::Placeholder { name });
                        return Err(with(error, span_of(v.span)));
                    }
                }
            }
            _ => return Err(with(self.unsupported("this literal"), span_of(v.span))),
        };
        Ok(Bound::literal(value))
    }

    fn unary(&mut self, op: ast::UnaryOperator, of: &'a ast::Expr) -> Result<Bound<'a>> {
        use ast::UnaryOperator as U;
        match op {
            U::Not | U::BangNot => {
                let expr = self.condition(of, Clause::Not)?;
                Ok(Bound::new(Expr::Not(expr.boxed()), Type::Bool))
            }
            U::Plus => self.raw(of),
            U::Minus => {
                let bound = self.raw(of)?;
                if let (true, Expr::Const(v)) = (bound.literal, &bound.expr)
                    && types_negatable(bound.ty)
                {
                    let value = ops::negate(v, self.env.words).map_err(|error| at(error, of))?;
                    // The least whole number is one less than the greatest is more.
                    let value = match value {
                        Value::Decimal(d) if d.scale == 0 => {
                            i64::try_from(d.mantissa).map_or(value, Value::Int)
                        }
                        v => v,
                    };
                    return Ok(Bound::literal(value));
                }
                let operand = bound.ty;
                if self.env.flavour().strict_types && !types_negatable(operand) {
                    return Err(at(self.say(Problem::Unary { op: "-", operand }), of));
                }
                let ty = match operand {
                    Type::Text | Type::Bool => Type::Float,
                    ty => ty,
                };
                let mut negated = Bound::new(Expr::Negate(bound.expr.boxed()), ty);
                negated.months = bound.months.saturating_neg();
                Ok(negated)
            }
            _ => Err(at(self.unsupported("this operator"), of)),
        }
    }

    fn is_null(&mut self, of: &'a ast::Expr, negated: bool) -> Result<Bound<'a>> {
        let of = self.expr(of)?.expr.boxed();
        Ok(Bound::new(Expr::IsNull { of, negated }, Type::Bool))
    }

    fn is_truth(&mut self, of: &'a ast::Expr, wanted: bool, negated: bool) -> Result<Bound<'a>> {
        let of = self.condition(of, Clause::Select)?.boxed();
        let expr = Expr::IsTruth {
            of,
            wanted,
            negated,
        };
        Ok(Bound::new(expr, Type::Bool))
    }

    fn typed_string(&mut self, typed: &'a ast::TypedString, e: &'a ast::Expr) -> Result<Bound<'a>> {
        let value = match &typed.value.value {
            ast::Value::SingleQuotedString(t) | ast::Value::DoubleQuotedString(t) => Value::text(t),
            _ => return Err(self.unsupported("this literal")),
        };
        self.cast(Bound::literal(value), &typed.data_type, e)
    }

    /// `INTERVAL '1 hour'`, `INTERVAL '90' MINUTE`, `INTERVAL n DAY`.
    fn interval(&mut self, interval: &'a ast::Interval, e: &'a ast::Expr) -> Result<Bound<'a>> {
        let value = self.expr(&interval.value)?;
        let Some(field) = &interval.leading_field else {
            let Expr::Const(Value::Text(text)) = &value.expr else {
                return Err(at(self.unsupported("this interval"), e));
            };
            return match calendar::parse_interval(text) {
                Some((us, months)) => Ok(interval_of(us, months)),
                None => {
                    let problem = Problem::Parse {
                        text,
                        ty: Type::Interval,
                    };
                    Err(at(self.say(problem), &interval.value))
                }
            };
        };
        let Some(unit) = field_word(field).and_then(calendar::unit_of) else {
            return Err(at(self.unsupported("this unit"), e));
        };
        if let Expr::Const(v) = &value.expr {
            let n = match v {
                Value::Null => return Ok(Bound::new(Expr::Const(Value::Null), Type::Interval)),
                v => ops::as_number(v).unwrap_or(0.0),
            };
            let (us, months) = match unit {
                Unit::Micros(us) => (n * us as f64, 0.0),
                Unit::Months(m) => (0.0, n.trunc() * m as f64),
            };
            if us.abs() > 9e18 || months.abs() > 1e6 {
                let ty = Type::Interval;
                return Err(at(self.say(Problem::Overflow { ty }), e));
            }
            return Ok(interval_of(us.round() as i64, months as i64));
        }
        let Unit::Micros(us) = unit else {
            return Err(at(self.unsupported("an interval of so many months"), e));
        };
        let number = match value.ty {
            Type::Text => Expr::Cast(value.expr.boxed(), Type::Float),
            _ => value.expr,
        };
        let unit = Expr::Const(Value::Interval(us));
        let expr = Expr::Chain(unit.boxed(), vec![(Op::Times, number)]);
        Ok(Bound::new(expr, Type::Interval))
    }

    fn extract(
        &mut self,
        field: &'a ast::DateTimeField,
        of: &'a ast::Expr,
        e: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        let Some(word) = field_word(field) else {
            return Err(at(self.unsupported("this field"), e));
        };
        let Some(function) = functions::find("extract", self.env.flavour()) else {
            return Err(at(
                self.say(Problem::UnknownFunction { name: "extract" }),
                e,
            ));
        };
        let of = (self.expr(of)?, of);
        let field = (Bound::literal(Value::text(word)), e);
        self.call_function(function, vec![field, of], None)
    }

    /// A node of the tree that is a function in other clothes.
    fn named_call(
        &mut self,
        name: &'static str,
        args: &[&'a ast::Expr],
        e: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        let Some(function) = functions::find(name, self.env.flavour()) else {
            return Err(at(self.say(Problem::UnknownFunction { name }), e));
        };
        let mut bound = Vec::new();
        for arg in args {
            bound.push((self.expr(arg)?, *arg));
        }
        self.call_function(function, bound, None)
    }

    fn substring(
        &mut self,
        of: &'a ast::Expr,
        from: Option<&'a ast::Expr>,
        count: Option<&'a ast::Expr>,
        e: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        let mut args = vec![(self.expr(of)?, of)];
        match from {
            Some(from) => args.push((self.expr(from)?, from)),
            None => args.push((Bound::literal(Value::Int(1)), e)),
        }
        if let Some(count) = count {
            args.push((self.expr(count)?, count));
        }
        let Some(function) = functions::find("substr", self.env.flavour()) else {
            return Err(self.say(Problem::UnknownFunction { name: "substr" }));
        };
        self.call_function(function, args, None)
    }

    fn at_time_zone(
        &mut self,
        of: &'a ast::Expr,
        zone: &'a ast::Expr,
        e: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        let Some(function) = functions::find("timezone", self.env.flavour()) else {
            return Err(at(self.unsupported("AT TIME ZONE"), e));
        };
        let of_bound = self.expr(of)?;
        let of_bound = self.adapt(of_bound, Type::Timestamp, of)?;
        let ty = match of_bound.ty {
            Type::Timestamp => Type::TimestampTz,
            _ => Type::Timestamp,
        };
        let zone = (self.expr(zone)?, zone);
        let bound = self.call_function(function, vec![zone, (of_bound, of)], None)?;
        Ok(Bound { ty, ..bound })
    }

    fn case(
        &mut self,
        operand: Option<&'a ast::Expr>,
        conditions: &'a [ast::CaseWhen],
        otherwise: Option<&'a ast::Expr>,
    ) -> Result<Bound<'a>> {
        let mut tests = Vec::new();
        let mut results = Vec::new();
        for when in conditions {
            tests.push(match operand {
                Some(operand) => self.compare(Op::Eq, operand, &when.condition)?.expr,
                None => self.condition(&when.condition, Clause::Case)?,
            });
            results.push((self.expr(&when.result)?, &when.result));
        }
        if let Some(e) = otherwise {
            results.push((self.expr(e)?, e));
        }
        let (mut results, ty) = self.unify(results)?;
        let otherwise = match otherwise {
            Some(_) => results.pop().unwrap_or(Expr::Const(Value::Null)),
            None => Expr::Const(Value::Null),
        };
        let whens = tests.into_iter().zip(results).collect();
        let otherwise = otherwise.boxed();
        Ok(Bound::new(Expr::Case { whens, otherwise }, ty))
    }

    fn scalar_query(&mut self, query: &'a ast::Query) -> Result<Bound<'a>> {
        let subquery = self.subquery(query)?;
        let columns = &subquery.plan.columns;
        let [column] = columns.as_slice() else {
            return Err(self.say(Problem::SubqueryColumns {
                expected: 1,
                found: columns.len(),
            }));
        };
        let ty = column.ty;
        Ok(Bound::new(Expr::Scalar(Box::new(subquery)), ty))
    }

    fn array(&mut self, items: &'a [ast::Expr]) -> Result<Bound<'a>> {
        let mut bound = Vec::new();
        for e in items {
            bound.push((self.expr(e)?, e));
        }
        let (items, ty) = self.unify(bound)?;
        let ty = array_type(ty);
        // A constant array is one value.
        if items.iter().all(|e| matches!(e, Expr::Const(_))) {
            let values = items.into_iter().map(|e| match e {
                Expr::Const(v) => v,
                _ => Value::Null,
            });
            return Ok(Bound::new(Expr::Const(Value::Array(values.collect())), ty));
        }
        Ok(Bound::new(Expr::Array(items), ty))
    }

    fn subscripts(
        &mut self,
        root: &'a ast::Expr,
        chain: &'a [ast::AccessExpr],
    ) -> Result<Bound<'a>> {
        let mut bound = self.expr(root)?;
        for access in chain {
            let ast::AccessExpr::Subscript(ast::Subscript::Index { index }) = access else {
                return Err(at(self.unsupported("this kind of access"), root));
            };
            let ty = match bound.ty {
                Type::IntArray => Type::Int,
                Type::TextArray => Type::Text,
                ty => {
                    let problem = Problem::Operator {
                        op: "[]",
                        left: ty,
                        right: Type::Int,
                    };
                    return Err(at(self.say(problem), root));
                }
            };
            let index_bound = self.expr(index)?;
            let index = self.adapt(index_bound, Type::Int, index)?;
            bound = Bound::new(Expr::Index(bound.expr.boxed(), index.expr.boxed()), ty);
        }
        Ok(bound)
    }
}

pub(super) fn array_type(element: Type) -> Type {
    match element {
        Type::Int => Type::IntArray,
        _ => Type::TextArray,
    }
}

fn types_negatable(ty: Type) -> bool {
    super::types::numeric(ty) || matches!(ty, Type::Interval | Type::Unknown)
}

fn interval_of<'a>(us: i64, months: i64) -> Bound<'a> {
    let mut bound = Bound::new(Expr::Const(Value::Interval(us)), Type::Interval);
    bound.months = months;
    bound
}

/// The word of a date field. Those that no function here knows are left out.
pub(super) fn field_word(field: &ast::DateTimeField) -> Option<&str> {
    use ast::DateTimeField as F;
    Some(match field {
        F::Year | F::Years => "year",
        F::Quarter => "quarter",
        F::Month | F::Months => "month",
        F::Week(None) | F::Weeks | F::IsoWeek => "week",
        F::Day | F::Days => "day",
        F::Hour | F::Hours => "hour",
        F::Minute | F::Minutes => "minute",
        F::Second | F::Seconds => "second",
        F::Millisecond | F::Milliseconds => "millisecond",
        F::Microsecond | F::Microseconds => "microsecond",
        F::Dow | F::DayOfWeek => "dow",
        F::Isodow => "isodow",
        F::Doy | F::DayOfYear => "doy",
        F::Isoyear => "isoyear",
        F::Epoch => "epoch",
        F::Custom(ident) => &ident.value,
        _ => return None,
    })
}
