//! Calls: scalar functions, aggregates, and those that look at their arguments' types or words.

use sqlparser::ast;

use super::names::{folded, name_span, with};
use super::{Binder, Bound, WINDOW_PART, at};
use crate::base::{Result, Span, Type, Value};
use crate::query::calendar::{self, Unit};
use crate::query::expr::{Expr, Place};
use crate::query::functions::{self, Aggregate, Body, Function, Params, Returns, Special};
use crate::query::ops::{self, Op};
use crate::query::plan::{AggregateCall, Ranking, Window};
use crate::query::words::{Clause, Problem};

/// An argument with its tree, for the position of errors.
type Arg<'a> = (Bound<'a>, &'a ast::Expr);

impl<'a> Binder<'a> {
    pub(super) fn call(&mut self, f: &'a ast::Function, e: &'a ast::Expr) -> Result<Bound<'a>> {
        if let Some(over) = &f.over {
            return self.window(f, over, e);
        }
        if f.null_treatment.is_some() || !matches!(f.parameters, ast::FunctionArguments::None) {
            return Err(at(self.unsupported("this form of call"), e));
        }
        let mut parts = folded(&f.name, self.env.flavour());
        parts.iter_mut().for_each(|p| *p = p.to_ascii_lowercase());
        if parts.first().is_some_and(|p| p == "pg_catalog") {
            parts.remove(0);
        }
        let name = parts.join(".");
        let list: &[ast::FunctionArg] = match &f.args {
            ast::FunctionArguments::None => &[],
            ast::FunctionArguments::List(list) => &list.args,
            ast::FunctionArguments::Subquery(query) if name == "array" => {
                return self.array_query(query);
            }
            ast::FunctionArguments::Subquery(_) => {
                return Err(at(self.unsupported("a sub-select as an argument"), e));
            }
        };
        let span = name_span(&f.name);
        let Some(function) = functions::find(&name, self.env.flavour()) else {
            return self.call_extern(&name, list, span);
        };
        if let Some(aggregate) = function.aggregate() {
            return self.aggregate(function, aggregate, f, list);
        }
        let plain = match &f.args {
            ast::FunctionArguments::List(list) => {
                list.duplicate_treatment.is_none() && list.clauses.is_empty()
            }
            _ => true,
        };
        if !plain || f.filter.is_some() || !f.within_group.is_empty() {
            return Err(at(self.unsupported("this form of call"), e));
        }
        if let Body::Special(special @ (Special::TimestampDiff | Special::TimestampAdd)) =
            function.body
        {
            return self.timestamp_call(special, function, list, span);
        }
        let mut args = Vec::new();
        for arg in list {
            let arg_e = self.argument(arg)?;
            // Only the date functions can make use of months.
            let bound = match function.body {
                Body::Special(Special::DateAdd | Special::DateSub) => self.raw(arg_e)?,
                _ => self.expr(arg_e)?,
            };
            args.push((bound, arg_e));
        }
        self.call_function(function, args, span)
    }

    fn argument(&self, arg: &'a ast::FunctionArg) -> Result<&'a ast::Expr> {
        match arg {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => Ok(e),
            _ => Err(self.unsupported("this argument")),
        }
    }

    fn call_extern(
        &mut self,
        name: &str,
        list: &'a [ast::FunctionArg],
        span: Option<Span>,
    ) -> Result<Bound<'a>> {
        let Some(signature) = self.env.catalog.function(name) else {
            return Err(with(self.say(Problem::UnknownFunction { name }), span));
        };
        let mut args = Vec::new();
        for arg in list {
            let e = self.argument(arg)?;
            args.push((self.expr(e)?, e));
        }
        let args = self.fit(name, signature.params, args, span)?;
        let args = args.into_iter().map(|(b, _)| b.expr).collect();
        Ok(Bound::new(
            Expr::Extern(name.into(), args),
            signature.returns,
        ))
    }

    /// Checks the number and types of arguments; literals take the types of the parameters.
    fn fit(
        &self,
        name: &str,
        params: &'static str,
        args: Vec<Arg<'a>>,
        span: Option<Span>,
    ) -> Result<Vec<Arg<'a>>> {
        let strict = self.env.flavour().strict_types;
        let params = Params::new(params);
        let types: Vec<Type> = args.iter().map(|(b, _)| b.ty).collect();
        let mismatch = || {
            // A strict system tells a function by the types of its arguments.
            let problem = Problem::Signature { name, args: &types };
            with(self.say(problem), span)
        };
        if !params.takes(args.len()) {
            return Err(match strict {
                true => mismatch(),
                false => with(self.say(Problem::ArgumentCount { name }), span),
            });
        }
        let mut fitted = Vec::new();
        for (i, (bound, e)) in args.into_iter().enumerate() {
            let letter = params.letter(i);
            if functions::fits(letter, bound.ty) {
                fitted.push((bound, e));
                continue;
            }
            let Some(wanted) = functions::wanted(letter, self.env.flavour()) else {
                return Err(mismatch());
            };
            let bound = if bound.literal && bound.ty == Type::Text {
                self.adapt(bound, wanted, e)?
            } else if !strict {
                // The bodies take what they can of any value.
                bound
            } else {
                return Err(mismatch());
            };
            fitted.push((bound, e));
        }
        Ok(fitted)
    }

    pub(super) fn call_function(
        &mut self,
        function: &'static Function,
        args: Vec<Arg<'a>>,
        span: Option<Span>,
    ) -> Result<Bound<'a>> {
        let args = self.fit(function.name, function.params, args, span)?;
        let special = match function.body {
            Body::Special(special) => special,
            _ => {
                let ty = match function.returns {
                    Returns::Is(ty) => ty,
                    Returns::Arg(n) => args.get(n).map_or(Type::Unknown, |(b, _)| b.ty),
                    Returns::Now if args.is_empty() => self.env.flavour().now,
                    Returns::Now => match self.env.flavour().now {
                        Type::Datetime => Type::Timestamp,
                        ty => ty,
                    },
                    Returns::Moment(n) => match args.get(n).map(|(b, _)| b.ty) {
                        Some(Type::TimestampTz) => Type::TimestampTz,
                        _ => Type::Timestamp,
                    },
                };
                let args = args.into_iter().map(|(b, _)| b.expr).collect();
                return Ok(Bound::new(Expr::Call(function, args), ty));
            }
        };
        self.special(special, args, span)
    }

    fn special(
        &mut self,
        special: Special,
        mut args: Vec<Arg<'a>>,
        span: Option<Span>,
    ) -> Result<Bound<'a>> {
        let null = || Expr::Const(Value::Null).boxed();
        Ok(match special {
            Special::Coalesce => {
                let (items, ty) = self.unify(args)?;
                Bound::new(Expr::Coalesce(items), ty)
            }
            Special::Greatest | Special::Least => {
                let (items, ty) = self.unify(args)?;
                let function = match special {
                    Special::Greatest => &functions::GREATEST,
                    _ => &functions::LEAST,
                };
                Bound::new(Expr::Call(function, items), ty)
            }
            Special::NullIf => {
                let (Some((b, b_e)), Some((a, a_e))) = (args.pop(), args.pop()) else {
                    return Err(self.say(Problem::ArgumentCount { name: "nullif" }));
                };
                let ty = a.ty;
                let equal = self.compared(Op::Eq, a, b, Some((a_e, b_e)))?;
                let otherwise = self.expr(a_e)?.expr.boxed();
                let whens = vec![(equal.expr, Expr::Const(Value::Null))];
                Bound::new(Expr::Case { whens, otherwise }, ty)
            }
            Special::If => {
                let results = args.split_off(1);
                let (mut results, ty) = self.unify(results)?;
                let otherwise = results.pop().map_or_else(null, Expr::boxed);
                let mut whens = Vec::new();
                if let (Some((test, e)), Some(result)) = (args.pop(), results.pop()) {
                    whens.push((self.as_condition(test, Clause::Case, e)?, result));
                }
                Bound::new(Expr::Case { whens, otherwise }, ty)
            }
            Special::Nvl2 => {
                let (mut results, ty) = self.unify(args.split_off(1))?;
                let otherwise = results.pop().map_or_else(null, Expr::boxed);
                let mut whens = Vec::new();
                if let (Some((test, _)), Some(result)) = (args.pop(), results.pop()) {
                    let test = Expr::IsNull {
                        of: test.expr.boxed(),
                        negated: true,
                    };
                    whens.push((test, result));
                }
                Bound::new(Expr::Case { whens, otherwise }, ty)
            }
            Special::Decode => self.decode(args)?,
            Special::DateAdd | Special::DateSub => {
                let (Some((mut by, by_e)), Some((of, of_e))) = (args.pop(), args.pop()) else {
                    return Err(self.say(Problem::ArgumentCount { name: "date_add" }));
                };
                // A number alone is days.
                if by.ty != Type::Interval {
                    let day = Expr::Const(Value::Interval(calendar::DAY));
                    let expr = Expr::Chain(day.boxed(), vec![(Op::Times, by.expr)]);
                    by = Bound::new(expr, Type::Interval);
                }
                let op = match special {
                    Special::DateAdd => Op::Plus,
                    _ => Op::Minus,
                };
                let of = self.as_moment(of, of_e)?;
                self.add_interval(op, of, by, of_e, by_e)?
            }
            Special::TypeOf => {
                let ty = args.first().map_or(Type::Unknown, |(b, _)| b.ty);
                // The catalog's names, not those of errors.
                let name = match self.env.words.type_name(ty) {
                    "bool" => "boolean",
                    "int" => "bigint",
                    "float" => "double precision",
                    "decimal" => "numeric",
                    "string" => "text",
                    "bytes" => "bytea",
                    "timestamp" => "timestamp without time zone",
                    "timestamptz" => "timestamp with time zone",
                    other => other,
                };
                Bound::new(Expr::Const(Value::text(name)), Type::Text)
            }
            Special::TimestampDiff | Special::TimestampAdd => {
                return Err(with(self.unsupported("this form of call"), span));
            }
        })
    }

    /// A moment; of a text, what it says, to the second if it says no more.
    pub(super) fn as_moment(&self, bound: Bound<'a>, e: &'a ast::Expr) -> Result<Bound<'a>> {
        let ty = match &bound.expr {
            _ if super::types::moment(bound.ty) => return Ok(bound),
            Expr::Const(Value::Text(t)) if !t.contains('.') => Type::Datetime,
            _ => Type::Timestamp,
        };
        self.convert(bound, ty, e)
    }

    fn decode(&mut self, args: Vec<Arg<'a>>) -> Result<Bound<'a>> {
        let mut args = args.into_iter();
        let Some((_, of_e)) = args.next() else {
            return Err(self.say(Problem::ArgumentCount { name: "decode" }));
        };
        let (mut tests, mut results) = (Vec::new(), Vec::new());
        let mut has_default = false;
        while let Some((wanted, wanted_e)) = args.next() {
            let Some(result) = args.next() else {
                results.push((wanted, wanted_e));
                has_default = true;
                break;
            };
            let of = self.expr(of_e)?;
            // NULL is found by NULL here.
            tests.push(
                self.compared(Op::Same, of, wanted, Some((of_e, wanted_e)))?
                    .expr,
            );
            results.push(result);
        }
        let (mut results, ty) = self.unify(results)?;
        let default = if has_default { results.pop() } else { None };
        let otherwise = default.unwrap_or(Expr::Const(Value::Null)).boxed();
        let whens = tests.into_iter().zip(results).collect();
        Ok(Bound::new(Expr::Case { whens, otherwise }, ty))
    }

    /// `timestampdiff(unit, a, b)` and `timestampadd(unit, n, a)`.
    fn timestamp_call(
        &mut self,
        special: Special,
        function: &'static Function,
        list: &'a [ast::FunctionArg],
        span: Option<Span>,
    ) -> Result<Bound<'a>> {
        let name = function.name;
        let [unit, first, second] = list else {
            return Err(with(self.say(Problem::ArgumentCount { name }), span));
        };
        let ast::Expr::Identifier(word) = self.argument(unit)? else {
            return Err(with(self.unsupported("this unit"), span));
        };
        let Some(unit) = calendar::unit_of(&word.value) else {
            return Err(with(self.unsupported("this unit"), span));
        };
        let (first_e, second_e) = (self.argument(first)?, self.argument(second)?);
        let (first, second) = (self.expr(first_e)?, self.expr(second_e)?);
        let second = self.as_moment(second, second_e)?;
        if special == Special::TimestampDiff {
            let first = self.as_moment(first, first_e)?;
            let word = Expr::Const(Value::text(word.value.to_ascii_lowercase()));
            let args = vec![word, first.expr, second.expr];
            return Ok(Bound::new(
                Expr::Call(&functions::TIMESTAMPDIFF, args),
                Type::Int,
            ));
        }
        let by = match (unit, &first.expr) {
            (Unit::Micros(us), _) => {
                let unit = Expr::Const(Value::Interval(us));
                let expr = Expr::Chain(unit.boxed(), vec![(Op::Times, first.expr)]);
                Bound::new(expr, Type::Interval)
            }
            (Unit::Months(months), Expr::Const(v)) => {
                let n = ops::as_number(v).unwrap_or(0.0).clamp(-1e6, 1e6) as i64;
                let mut by = Bound::new(Expr::Const(Value::Interval(0)), Type::Interval);
                by.months = n * months;
                by
            }
            _ => return Err(with(self.unsupported("so many months"), span)),
        };
        self.add_interval(Op::Plus, second, by, second_e, first_e)
    }

    /// `f(…) OVER (PARTITION BY … ORDER BY …)`.
    fn window(
        &mut self,
        f: &'a ast::Function,
        over: &'a ast::WindowType,
        e: &'a ast::Expr,
    ) -> Result<Bound<'a>> {
        let ast::WindowType::WindowSpec(spec) = over else {
            return Err(at(self.unsupported("a named window"), e));
        };
        let place_for_it = matches!(self.scope().clause, Clause::Select | Clause::OrderBy);
        if !place_for_it || self.scope().aggregates.is_none() || spec.window_name.is_some() {
            return Err(at(self.unsupported("a window function here"), e));
        }
        let whole = match &spec.window_frame {
            None => spec.order_by.is_empty(),
            Some(frame) => match (&frame.start_bound, &frame.end_bound) {
                (ast::WindowFrameBound::Preceding(None), None) => false,
                (ast::WindowFrameBound::Preceding(None), Some(end)) => match end {
                    ast::WindowFrameBound::CurrentRow => false,
                    ast::WindowFrameBound::Following(None) => true,
                    _ => return Err(at(self.unsupported("this frame"), e)),
                },
                _ => return Err(at(self.unsupported("this frame"), e)),
            },
        };
        let name = folded(&f.name, self.env.flavour())
            .join(".")
            .to_ascii_lowercase();
        let list: &[ast::FunctionArg] = match &f.args {
            ast::FunctionArguments::List(list) => &list.args,
            _ => &[],
        };
        let span = name_span(&f.name);
        let what = match name.as_str() {
            "row_number" => Some(Ranking::RowNumber),
            "rank" => Some(Ranking::Rank),
            "dense_rank" => Some(Ranking::DenseRank),
            "ntile" => Some(Ranking::NTile),
            "lag" => Some(Ranking::Lag),
            "lead" => Some(Ranking::Lead),
            "first_value" => Some(Ranking::First),
            "last_value" => Some(Ranking::Last),
            _ => None,
        };
        let mut args = Vec::new();
        let (what, ty) = match what {
            Some(what) => {
                for arg in list {
                    let arg_e = self.argument(arg)?;
                    args.push(self.expr(arg_e)?);
                }
                let (least, most) = match what {
                    Ranking::RowNumber | Ranking::Rank | Ranking::DenseRank => (0, 0),
                    Ranking::Lag | Ranking::Lead => (1, 3),
                    _ => (1, 1),
                };
                if args.len() < least || args.len() > most {
                    let types: Vec<Type> = args.iter().map(|b| b.ty).collect();
                    let problem = Problem::Signature {
                        name: &name,
                        args: &types,
                    };
                    return Err(with(self.say(problem), span));
                }
                let ty = match what {
                    Ranking::Lag | Ranking::Lead | Ranking::First | Ranking::Last => {
                        args.first().map_or(Type::Unknown, |b| b.ty)
                    }
                    _ => Type::Int,
                };
                (what, ty)
            }
            None => {
                let function = functions::find(&name, self.env.flavour());
                let aggregate = function.and_then(|f| Some((f, f.aggregate()?)));
                let Some((function, aggregate)) = aggregate else {
                    return Err(with(
                        self.say(Problem::UnknownFunction { name: &name }),
                        span,
                    ));
                };
                let (call, ty) = self.aggregate_call(function, aggregate, f, list, span)?;
                (Ranking::Aggregate(call), ty)
            }
        };
        let mut window = Window {
            what,
            args: args.into_iter().map(|b| b.expr).collect(),
            partition: Vec::new(),
            order: Vec::new(),
            whole,
        };
        for e in &spec.partition_by {
            window.partition.push(self.expr(e)?.expr);
        }
        for item in &spec.order_by {
            let (descending, nulls_first) = self.direction(item)?;
            let e = self.expr(&item.expr)?.expr;
            window.order.push((e, descending, nulls_first));
        }
        let windows = &mut self.scope().windows;
        windows.push(window);
        let place = Place {
            level: 0,
            part: WINDOW_PART,
            slot: (windows.len() - 1) as u16,
        };
        Ok(Bound::new(Expr::Column(place), ty))
    }

    fn aggregate(
        &mut self,
        function: &'static Function,
        aggregate: Aggregate,
        f: &'a ast::Function,
        list: &'a [ast::FunctionArg],
    ) -> Result<Bound<'a>> {
        let name = function.name;
        let span = name_span(&f.name);
        let clause = self.scope().clause;
        if self.scope().in_aggregate {
            return Err(with(self.say(Problem::NestedAggregate { name }), span));
        }
        if self.scope().aggregates.is_none() {
            return Err(with(
                self.say(Problem::AggregateMisplaced { name, clause }),
                span,
            ));
        }
        if f.filter.is_some() && !self.env.flavour().postgres_syntax {
            return Err(with(self.unsupported("FILTER"), span));
        }
        self.scope().in_aggregate = true;
        let bound = self.aggregate_call(function, aggregate, f, list, span);
        self.scope().in_aggregate = false;
        let (call, ty) = bound?;
        let aggregates = self.scope().aggregates.get_or_insert_default();
        aggregates.push(call);
        Ok(Bound::new(Expr::Aggregate(aggregates.len() - 1), ty))
    }

    fn aggregate_call(
        &mut self,
        function: &'static Function,
        aggregate: Aggregate,
        f: &'a ast::Function,
        list: &'a [ast::FunctionArg],
        span: Option<Span>,
    ) -> Result<(AggregateCall<'a>, Type)> {
        let name = function.name;
        let filter = match &f.filter {
            Some(e) => Some(self.condition(e, Clause::Filter)?),
            None => None,
        };
        let mut call = AggregateCall {
            aggregate,
            args: Vec::new(),
            distinct: false,
            filter,
            order: Vec::new(),
            separator: Value::Null,
        };
        let mut order: Vec<&'a ast::OrderByExpr> = f.within_group.iter().collect();
        if let ast::FunctionArguments::List(list) = &f.args {
            call.distinct = list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct);
            for clause in &list.clauses {
                match clause {
                    ast::FunctionArgumentClause::OrderBy(items) => order.extend(items),
                    ast::FunctionArgumentClause::Separator(v) => {
                        let text = v.value.clone().into_string().unwrap_or_default();
                        call.separator = Value::text(text);
                    }
                    _ => return Err(with(self.unsupported("this form of call"), span)),
                }
            }
        }
        if aggregate == Aggregate::Join
            && self.env.flavour().mysql_syntax
            && call.separator.is_null()
        {
            call.separator = Value::text(",");
        }
        if let [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Wildcard)] = list {
            if aggregate != Aggregate::Count || call.distinct {
                let args = &[Type::Unknown];
                return Err(with(self.say(Problem::Signature { name, args }), span));
            }
            call.aggregate = Aggregate::CountRows;
            return Ok((call, Type::Int));
        }
        let mut args = Vec::new();
        for arg in list {
            let e = self.argument(arg)?;
            args.push((self.expr(e)?, e));
        }
        // `count(DISTINCT a, b)` counts rows.
        if !(aggregate == Aggregate::Count && call.distinct && !args.is_empty()) {
            args = self.fit(name, function.params, args, span)?;
        }
        // The second argument of `string_agg` and `listagg` is the separator.
        if aggregate == Aggregate::Join && !self.env.flavour().mysql_syntax && args.len() == 2 {
            match args.pop() {
                Some((
                    Bound {
                        expr: Expr::Const(v),
                        ..
                    },
                    _,
                )) => call.separator = v,
                _ => return Err(with(self.unsupported("a separator that changes"), span)),
            }
        }
        let ty = args.first().map_or(Type::Unknown, |(b, _)| b.ty);
        let strict = self.env.flavour().strict_types;
        let result = match aggregate {
            Aggregate::Count | Aggregate::CountRows => Type::Int,
            Aggregate::Min | Aggregate::Max | Aggregate::First => ty,
            Aggregate::Sum | Aggregate::Avg => match ty {
                Type::Int | Type::Decimal | Type::Unknown => Type::Decimal,
                Type::Float | Type::Interval => ty,
                Type::Bool | Type::Text if !strict => {
                    // A text counts as the number it begins with.
                    for (b, _) in &mut args {
                        let inner = std::mem::replace(&mut b.expr, Expr::Const(Value::Null));
                        b.expr = Expr::Cast(inner.boxed(), Type::Float);
                    }
                    Type::Float
                }
                _ => {
                    let args = &[ty];
                    return Err(with(self.say(Problem::Signature { name, args }), span));
                }
            },
            Aggregate::Join => Type::Text,
            Aggregate::Array => super::expr::array_type(ty),
            Aggregate::And | Aggregate::Or => Type::Bool,
        };
        call.args = args.into_iter().map(|(b, _)| b.expr).collect();
        for item in order {
            let (descending, nulls_first) = self.direction(item)?;
            let e = self.expr(&item.expr)?.expr;
            call.order.push((e, descending, nulls_first));
        }
        Ok((call, result))
    }
}
