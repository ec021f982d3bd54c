//! What a name means, and where in the text things stand.

use sqlparser::ast;
use sqlparser::tokenizer::Span as ForeignSpan;

use super::{At, Binder, Bound, ROWNUM_PART};
use crate::base::{Error, ErrorKind, Result, Span, Type, Value};
use crate::query::expr::{Expr, Place};
use crate::query::functions;
use crate::query::words::Problem;
use crate::query::{Flavour, Fold};

impl<'a> Binder<'a> {
    /// Looks a column up, from the innermost query outwards.
    pub(super) fn column(&mut self, idents: &'a [ast::Ident]) -> Result<Bound<'a>> {
        let flavour = self.env.flavour();
        let parts: Vec<String> = idents.iter().map(|i| self.fold(i)).collect();
        let Some((name, qualifier)) = parts.split_last() else {
            return Err(self.unsupported("an empty name"));
        };
        if let (Some(bound), true) = (self.rownum(idents), qualifier.is_empty()) {
            return Ok(bound);
        }
        let mut source_seen = false;
        for (index, scope) in self.scopes.iter().enumerate().rev() {
            let level = self.scopes.len() - 1 - index;
            if scope.opaque && level > 0 {
                continue;
            }
            let found: Vec<(At, Option<At>, Type)> = if qualifier.is_empty() {
                let visible = scope.visible.iter();
                visible
                    .filter(|v| flavour.same_name(&v.name, name))
                    .map(|v| (v.at, v.or, v.ty))
                    .collect()
            } else {
                let mut found = Vec::new();
                for (source, s) in scope.sources.iter().enumerate() {
                    if !qualifies(qualifier, &s.name, flavour) {
                        continue;
                    }
                    source_seen = true;
                    for (column, c) in s.columns.iter().enumerate() {
                        if flavour.same_name(&c.name, name) {
                            found.push((At { source, column }, None, c.ty));
                        }
                    }
                }
                found
            };
            match found.as_slice() {
                [] => continue,
                [(place, or, ty)] => {
                    let first = Expr::Column(self.place(index, *place));
                    let expr = match or {
                        None => first,
                        Some(or) => {
                            Expr::Coalesce(vec![first, Expr::Column(self.place(index, *or))])
                        }
                    };
                    self.lowest = self.lowest.min(index);
                    return Ok(Bound::new(expr, *ty));
                }
                many => {
                    let candidates: Vec<String> = many
                        .iter()
                        .filter_map(|(at, ..)| scope.sources.get(at.source))
                        .map(|s| [s.name.last().map_or("", |n| n), ".", name].concat())
                        .collect();
                    let problem = Problem::AmbiguousColumn {
                        name,
                        clause: scope.clause,
                        candidates: &candidates.join(", "),
                    };
                    return Err(with(self.say(problem), spans(idents)));
                }
            }
        }
        if let Some(bound) = self.other_name(idents, name, qualifier.is_empty())? {
            return Ok(bound);
        }
        let clause = self.scope().clause;
        let problem = match qualifier {
            [_, ..] if !source_seen => Problem::UnknownSource {
                name: &qualifier.join("."),
                column: Some(name),
                clause,
            },
            _ => Problem::UnknownColumn {
                name: &parts.join("."),
                clause,
            },
        };
        Err(with(self.say(problem), spans(idents)))
    }

    /// Where types are strict, every name of an expression is looked up before any type is
    /// checked: the error of a name that nobody knows, or else the one that was found first.
    pub(super) fn names_first(&mut self, e: &'a ast::Expr, error: Error) -> Error {
        let mut open = vec![e];
        while let Some(e) = open.pop() {
            let idents = match e {
                ast::Expr::Identifier(ident) => std::slice::from_ref(ident),
                ast::Expr::CompoundIdentifier(idents) => idents,
                e => {
                    let at = open.len();
                    operands(e, &mut open);
                    open.get_mut(at..).unwrap_or_default().reverse();
                    continue;
                }
            };
            if let Err(unknown) = self.column(idents)
                && unknown.kind == ErrorKind::Name
            {
                return unknown;
            }
        }
        error
    }

    fn rownum(&mut self, idents: &[ast::Ident]) -> Option<Bound<'a>> {
        let ident = idents.first()?;
        let is = self.env.flavour().rownum
            && ident.quote_style.is_none()
            && ident.value.eq_ignore_ascii_case("rownum");
        if !is {
            return None;
        }
        self.lowest = self.lowest.min(self.scopes.len().saturating_sub(1));
        self.scope().rownum = true;
        let place = Place {
            level: 0,
            part: ROWNUM_PART,
            slot: 0,
        };
        Some(Bound::new(Expr::Column(place), Type::Int))
    }

    /// What a name may mean that is not a column: an alias of the SELECT list, a variable, a function
    /// that stands without parentheses.
    fn other_name(
        &mut self,
        idents: &'a [ast::Ident],
        name: &str,
        plain: bool,
    ) -> Result<Option<Bound<'a>>> {
        let flavour = self.env.flavour();
        let Some(ident) = idents.first() else {
            return Ok(None);
        };
        let quoted = ident.quote_style.is_some();
        if flavour.mysql_syntax && ident.value.starts_with('@') && !quoted {
            return self.variable(idents).map(Some);
        }
        if !plain {
            return Ok(None);
        }
        if self.scope().aliases_count {
            let mut aliases = self.scope().aliases.iter();
            let alias = aliases.find(|(n, _)| flavour.same_name(n, name));
            if let Some((_, e)) = alias {
                let e = *e;
                // An alias means its expression, in which the aliases do not count.
                self.scope().aliases_count = false;
                let bound = self.expr(e);
                self.scope().aliases_count = true;
                return bound.map(Some);
            }
        }
        match functions::find(name, flavour) {
            Some(function) if function.bare && !quoted => {
                self.call_function(function, Vec::new(), None).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// `@@session.name`, `@name`.
    fn variable(&mut self, idents: &[ast::Ident]) -> Result<Bound<'a>> {
        let typed: Vec<&str> = idents.iter().map(|i| i.value.as_str()).collect();
        let typed = typed.join(".");
        let name = typed.trim_start_matches('@').to_ascii_lowercase();
        match self.env.catalog.variable(&name) {
            Some(value) => {
                let ty = value.type_of();
                Ok(Bound::new(Expr::Const(value), ty))
            }
            None if typed.starts_with("@@") => {
                let name = name.rsplit('.').next().unwrap_or(&name);
                Err(with(
                    self.say(Problem::UnknownVariable { name }),
                    spans(idents),
                ))
            }
            // A user variable that was never set.
            None => Ok(Bound::literal(Value::Null)),
        }
    }

    /// A column's place, which makes it one of those that its source is asked for.
    pub(super) fn place(&self, scope: usize, at: At) -> Place {
        let source = self
            .scopes
            .get(scope)
            .and_then(|s| s.sources.get(at.source));
        let slot = source.map_or(0, |source| {
            let mut slots = source.slots.borrow_mut();
            let known = slots.iter().position(|c| *c == at.column);
            known.unwrap_or_else(|| {
                slots.push(at.column);
                slots.len() - 1
            })
        });
        Place {
            level: (self.scopes.len() - 1 - scope) as u16,
            part: at.source as u16,
            slot: slot as u16,
        }
    }
}

/// The expressions that an expression is made of, in their order.
fn operands<'a>(e: &'a ast::Expr, to: &mut Vec<&'a ast::Expr>) {
    use ast::Expr as E;
    match e {
        E::BinaryOp { left, right, .. }
        | E::AnyOp { left, right, .. }
        | E::AllOp { left, right, .. } => to.extend([&**left, right]),
        E::IsDistinctFrom(a, b) | E::IsNotDistinctFrom(a, b) => to.extend([&**a, b]),
        E::Like { expr, pattern, .. }
        | E::ILike { expr, pattern, .. }
        | E::SimilarTo { expr, pattern, .. } => to.extend([&**expr, pattern]),
        E::Between {
            expr, low, high, ..
        } => to.extend([&**expr, low, high]),
        E::InList { expr, list, .. } => {
            to.push(expr);
            to.extend(list);
        }
        E::Tuple(items) => to.extend(items),
        E::Nested(of)
        | E::IsNull(of)
        | E::IsNotNull(of)
        | E::IsTrue(of)
        | E::IsNotTrue(of)
        | E::IsFalse(of)
        | E::IsNotFalse(of)
        | E::UnaryOp { expr: of, .. }
        | E::Cast { expr: of, .. }
        | E::InSubquery { expr: of, .. } => to.push(of),
        E::Case {
            operand,
            conditions,
            else_result,
            ..
        } => {
            to.extend(operand.as_deref());
            to.extend(conditions.iter().flat_map(|w| [&w.condition, &w.result]));
            to.extend(else_result.as_deref());
        }
        E::Function(f) => {
            if let ast::FunctionArguments::List(list) = &f.args {
                for arg in &list.args {
                    if let ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) = arg {
                        to.push(e);
                    }
                }
            }
        }
        _ => {}
    }
}

/// Whether `a.b` is the end of the source's full name.
pub(super) fn qualifies(qualifier: &[String], name: &[String], flavour: &Flavour) -> bool {
    let pairs = qualifier.iter().rev().zip(name.iter().rev());
    qualifier.len() <= name.len() && pairs.into_iter().all(|(a, b)| flavour.same_name(a, b))
}

/// The name that a result column gets without an alias.
pub(super) fn label(e: &ast::Expr, flavour: &Flavour) -> String {
    let mut e = e;
    loop {
        return match e {
            ast::Expr::Identifier(ident) => flavour.fold(&ident.value, ident.quote_style.is_some()),
            ast::Expr::CompoundIdentifier(idents) => idents.last().map_or(String::new(), |ident| {
                flavour.fold(&ident.value, ident.quote_style.is_some())
            }),
            ast::Expr::Function(f) => {
                let name = f.name.0.last().and_then(|p| p.as_ident());
                name.map_or(String::new(), |i| i.value.to_ascii_lowercase())
            }
            ast::Expr::Nested(inner) | ast::Expr::Collate { expr: inner, .. } => {
                e = inner;
                continue;
            }
            ast::Expr::Cast {
                expr, data_type, ..
            } => match label(expr, flavour).as_str() {
                "?column?" => type_label(data_type).to_owned(),
                name => name.to_owned(),
            },
            ast::Expr::Case { .. } => "case".to_owned(),
            ast::Expr::Exists { .. } => "exists".to_owned(),
            ast::Expr::Array(_) => "array".to_owned(),
            ast::Expr::Extract { .. } => "extract".to_owned(),
            ast::Expr::Substring { shorthand, .. } => match shorthand {
                true => "substr".to_owned(),
                false => "substring".to_owned(),
            },
            ast::Expr::Position { .. } => "strpos".to_owned(),
            ast::Expr::Trim { .. } => "btrim".to_owned(),
            ast::Expr::Interval(_) => "interval".to_owned(),
            ast::Expr::Value(v) if matches!(v.value, ast::Value::Boolean(_)) => "bool".to_owned(),
            // A sub-select is named as its column is.
            ast::Expr::Subquery(query) => match &*query.body {
                ast::SetExpr::Select(select) => match select.projection.first() {
                    Some(ast::SelectItem::UnnamedExpr(inner)) => {
                        e = inner;
                        continue;
                    }
                    Some(ast::SelectItem::ExprWithAlias { alias, .. }) => {
                        flavour.fold(&alias.value, alias.quote_style.is_some())
                    }
                    _ => "?column?".to_owned(),
                },
                _ => "?column?".to_owned(),
            },
            _ => "?column?".to_owned(),
        };
    }
}

/// PostgreSQL's own names of types, which a cast without a better name is called by.
fn type_label(ty: &ast::DataType) -> &'static str {
    use ast::DataType as D;
    match ty {
        D::Bool | D::Boolean => "bool",
        D::Int2(_) | D::SmallInt(_) => "int2",
        D::Int4(_) => "int4",
        D::Int(_) | D::Int8(_) | D::Integer(_) | D::BigInt(_) | D::Int64 => "int8",
        D::Decimal(_) | D::Numeric(_) | D::Dec(_) => "numeric",
        D::Float(_) | D::Float8 | D::Double(_) | D::DoublePrecision | D::Real => "float8",
        D::Varchar(_) | D::CharacterVarying(_) => "varchar",
        D::Text | D::String(_) | D::Custom(..) => "text",
        D::Bytea | D::Bytes(_) => "bytea",
        D::Date => "date",
        D::Timestamp(_, ast::TimezoneInfo::None | ast::TimezoneInfo::WithoutTimeZone) => {
            "timestamp"
        }
        D::Timestamp(..) => "timestamptz",
        D::Interval { .. } => "interval",
        D::JSON | D::JSONB => "jsonb",
        _ => "?column?",
    }
}

/// The byte span of a span in the tree: the layer of the tokens puts byte offsets into its columns.
pub(super) fn span_of(foreign: ForeignSpan) -> Option<Span> {
    crate::sql::query::span(foreign)
}

pub(super) fn spans(idents: &[ast::Ident]) -> Option<Span> {
    let first = span_of(idents.first()?.span)?;
    Some(first.to(span_of(idents.last()?.span)?))
}

pub(super) fn name_span(name: &ast::ObjectName) -> Option<Span> {
    let span = |p: &ast::ObjectNamePart| span_of(p.as_ident()?.span);
    Some(span(name.0.first()?)?.to(span(name.0.last()?)?))
}

/// The parts of a name, folded.
pub(super) fn folded(name: &ast::ObjectName, flavour: &Flavour) -> Vec<String> {
    let idents = name.0.iter().filter_map(|p| p.as_ident());
    idents
        .map(|i| flavour.fold(&i.value, i.quote_style.is_some()))
        .collect()
}

/// The error with a position, unless it has one.
pub fn with(error: Error, span: Option<Span>) -> Error {
    match span {
        Some(span) if error.span.is_none() => error.at(span),
        _ => error,
    }
}

/// The error with the position of an expression, as far as its first and last words give it.
pub fn at(error: Error, e: &ast::Expr) -> Error {
    let span = match (edge(e, true), edge(e, false)) {
        (Some(a), Some(b)) => Some(a.to(b)),
        (a, b) => a.or(b),
    };
    with(error, span)
}

/// The position of the first or last word of an expression.
pub(super) fn edge(mut e: &ast::Expr, first: bool) -> Option<Span> {
    loop {
        e = match e {
            ast::Expr::Identifier(ident) => return span_of(ident.span),
            ast::Expr::CompoundIdentifier(idents) => return spans(idents),
            ast::Expr::Value(v) => return span_of(v.span),
            ast::Expr::Function(f) => return name_span(&f.name),
            ast::Expr::BinaryOp { left, right, .. } => {
                if first {
                    left
                } else {
                    right
                }
            }
            ast::Expr::Nested(e)
            | ast::Expr::UnaryOp { expr: e, .. }
            | ast::Expr::IsNull(e)
            | ast::Expr::IsNotNull(e)
            | ast::Expr::Cast { expr: e, .. }
            | ast::Expr::InList { expr: e, .. }
            | ast::Expr::InSubquery { expr: e, .. }
            | ast::Expr::Between { expr: e, .. }
            | ast::Expr::Like { expr: e, .. }
            | ast::Expr::ILike { expr: e, .. } => e,
            ast::Expr::Case { case_token, .. } => return span_of(case_token.0.span),
            _ => return None,
        };
    }
}

/// Where a flavour keeps names as typed, so do its labels; else they are folded.
pub(super) fn alias(ident: &ast::Ident, flavour: &Flavour) -> String {
    match flavour.fold {
        Fold::Keep => ident.value.clone(),
        _ => flavour.fold(&ident.value, ident.quote_style.is_some()),
    }
}
