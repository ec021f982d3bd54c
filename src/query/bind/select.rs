//! SELECT: list, WHERE, grouping, DISTINCT, and the ORDER BY that sees its columns.

use sqlparser::ast::{self, SelectItem, SelectItemQualifiedWildcardKind as WildcardOf};

use super::names::{alias, folded, label, name_span, qualifies, span_of};
use super::{At, Binder, Bound, COLUMN_LIMIT, ROWNUM_PART, Scope, WINDOW_PART, at, push, with};
use crate::base::{Result, Type, Value, letters};
use crate::query::Labels;
use crate::query::catalog::Column;
use crate::query::expr::{Expr, Place};
use crate::query::functions::Aggregate;
use crate::query::ops::{self, Op};
use crate::query::plan::{
    AggregateCall, Body, Distinct, Group, Plan, Select, SortKey, Window, same,
};
use crate::query::words::{Clause, Problem, limit};

/// The SELECT list as it is being bound.
#[derive(Default)]
struct List<'a> {
    columns: Vec<Column>,
    exprs: Vec<Expr<'a>>,
    /// The trees of those that are not from a `*`.
    trees: Vec<Option<&'a ast::Expr>>,
}

impl<'a> Binder<'a> {
    pub(super) fn select(
        &mut self,
        select: &'a ast::Select,
        order: &'a [ast::OrderByExpr],
    ) -> Result<Plan<'a>> {
        self.deeper()?;
        self.reject_select(select)?;
        self.scopes.push(Scope::new());
        let bound = self.bind_select(select, order);
        self.scopes.pop();
        self.depth -= 1;
        bound
    }

    fn reject_select(&self, select: &ast::Select) -> Result<()> {
        let what = if select.into.is_some() {
            "SELECT … INTO"
        } else if !select.connect_by.is_empty() {
            "CONNECT BY"
        } else if !select.named_window.is_empty() {
            "window functions"
        } else if select.value_table_mode.is_some() || select.exclude.is_some() {
            "this form of SELECT"
        } else {
            return Ok(());
        };
        Err(self.unsupported(what))
    }

    fn bind_select(
        &mut self,
        select: &'a ast::Select,
        order: &'a [ast::OrderByExpr],
    ) -> Result<Plan<'a>> {
        let flavour = self.env.flavour();
        self.scope().clause = Clause::From;
        let mut from = self.from(&select.from)?;
        let mut filter = Vec::new();
        if let Some(e) = &select.selection {
            self.scope().clause = Clause::Where;
            filter = push::conjuncts(self.condition(e, Clause::Where)?);
        }
        let rownum_limit = self.rownum_limit(&mut filter);
        let in_list = match flavour.postgres_syntax {
            true => self.rows_in_list(select, &mut from)?,
            false => None,
        };

        self.scope().clause = Clause::Select;
        self.scope().aggregates = Some(Vec::new());
        let mut list = self.list(select, in_list)?;
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                let name = self.fold(alias);
                self.scope().aliases.push((name, expr));
            }
        }
        let keys = self.group_keys(select, &list)?;

        let mut having = Vec::new();
        if let Some(e) = &select.having {
            self.scope().clause = Clause::Having;
            self.scope().aliases_count = !flavour.strict_types;
            having = push::conjuncts(self.condition(e, Clause::Having)?);
            self.scope().aliases_count = false;
        }

        let visible = list.exprs.len();
        let mut distinct = match &select.distinct {
            None | Some(ast::Distinct::All) => Distinct::No,
            Some(ast::Distinct::Distinct) => Distinct::Yes,
            Some(ast::Distinct::On(exprs)) => Distinct::On(exprs.len()),
        };
        self.scope().clause = Clause::OrderBy;
        let mut sort = Vec::new();
        for item in order {
            sort.push(self.order_item(item, &mut list, visible, distinct)?);
        }
        if let Some(ast::Distinct::On(exprs)) = &select.distinct {
            if !flavour.postgres_syntax {
                return Err(self.unsupported("DISTINCT ON"));
            }
            for e in exprs {
                let expr = match self.position(e, visible, Clause::Select)? {
                    Some(i) => self.repeated(&list, i)?,
                    None => self.expr(e)?.expr,
                };
                list.exprs.push(expr);
            }
            distinct = Distinct::On(exprs.len());
        }

        let mut windows = std::mem::take(&mut self.scope().windows);
        let aggregates = self.scope().aggregates.take().unwrap_or_default();
        let mut group = None;
        let grouped = !keys.is_empty() || !aggregates.is_empty() || select.having.is_some();
        if grouped || matches!(select.group_by, ast::GroupByExpr::All(_)) {
            let mut bound = Group {
                always: keys.is_empty(),
                keys,
                aggregates,
                having,
            };
            let mut having = std::mem::take(&mut bound.having);
            for e in list.exprs.iter_mut().chain(&mut having) {
                self.regroup(e, &mut bound)?;
            }
            bound.having = having;
            for e in windows.iter_mut().flat_map(Window::exprs) {
                self.regroup(e, &mut bound)?;
            }
            group = Some(bound);
        }

        let parts = self.scope().sources.len();
        let rownum = self.scope().rownum;
        if let Some(from) = &mut from {
            filter = push::push(from, filter);
            push::settle(from);
        }
        // The tuples of groups have one part, others one for each source and maybe ROWNUM.
        let window_part = match group {
            Some(_) => 1,
            None => parts + usize::from(rownum),
        };
        let mut bound = Select {
            windows,
            from,
            parts,
            filter,
            rownum,
            rownum_limit,
            group,
            output: list.exprs,
            distinct,
        };
        if rownum {
            give_place(&mut bound, ROWNUM_PART, parts as u16);
        }
        if !bound.windows.is_empty() {
            give_place(&mut bound, WINDOW_PART, window_part as u16);
        }
        Ok(Plan {
            columns: list.columns,
            body: Body::Select(Box::new(bound)),
            order: sort,
            limit: None,
            offset: None,
        })
    }

    /// Takes `ROWNUM <= n` out of the conditions: it stops the reading.
    fn rownum_limit(&mut self, filter: &mut Vec<Expr<'a>>) -> Option<Expr<'a>> {
        let is_rownum = |e: &Expr| matches!(e, Expr::Column(p) if p.part == ROWNUM_PART);
        let most = |e: &Expr| -> Option<f64> {
            let Expr::Chain(a, steps) = e else {
                return None;
            };
            let [(op, b)] = steps.as_slice() else {
                return None;
            };
            let (op, value) = match (&**a, b) {
                (a, Expr::Const(v)) if is_rownum(a) => (*op, v),
                (Expr::Const(v), b) if is_rownum(b) => (op.flipped(), v),
                _ => return None,
            };
            let n = ops::as_number(value)?;
            match op {
                Op::LessEq => Some(n.floor()),
                Op::Less => Some(n.ceil() - 1.0),
                Op::Eq if n == 1.0 => Some(1.0),
                Op::Eq => Some(0.0),
                _ => None,
            }
        };
        let found = filter.iter().position(|e| most(e).is_some())?;
        let most = most(&filter.remove(found))?;
        Some(Expr::Const(Value::float(most)))
    }

    fn list(
        &mut self,
        select: &'a ast::Select,
        mut in_list: Option<(usize, Bound<'a>)>,
    ) -> Result<List<'a>> {
        let flavour = self.env.flavour();
        let texts = match flavour.labels {
            Labels::Postgres => Vec::new(),
            labels => typed_items(self.env.text, select, labels == Labels::Typed),
        };
        let mut list = List::default();
        for (i, item) in select.projection.iter().enumerate() {
            let rows = in_list.take_if(|(at, _)| *at == i).map(|(_, bound)| bound);
            match item {
                SelectItem::UnnamedExpr(e) => {
                    let bound = match rows {
                        Some(bound) => bound,
                        None => self.expr(e)?,
                    };
                    let name = match (flavour.labels, e) {
                        (_, ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_))
                        | (Labels::Postgres, _) => label(e, flavour),
                        // A text is called what it says.
                        (Labels::Typed, ast::Expr::Value(v))
                            if let ast::Value::SingleQuotedString(text)
                            | ast::Value::DoubleQuotedString(text) = &v.value =>
                        {
                            text.to_owned()
                        }
                        (Labels::Typed, _) => match texts.get(i) {
                            Some(text) if texts.len() == select.projection.len() => {
                                (*text).to_owned()
                            }
                            _ => label(e, flavour),
                        },
                        (Labels::TypedUpper, _) => match texts.get(i) {
                            Some(text) if texts.len() == select.projection.len() => {
                                upper_without_blanks(text)
                            }
                            _ => label(e, flavour),
                        },
                    };
                    list.add(name, bound, Some(e));
                }
                SelectItem::ExprWithAlias { expr, alias: name } => {
                    let bound = match rows {
                        Some(bound) => bound,
                        None => self.expr(expr)?,
                    };
                    list.add(alias(name, flavour), bound, Some(expr));
                }
                SelectItem::Wildcard(options) => {
                    self.reject_options(options)?;
                    if self.scope().sources.is_empty() {
                        return Err(self.say(Problem::StarWithoutFrom));
                    }
                    let index = self.scopes.len() - 1;
                    let columns = std::mem::take(&mut self.scope().visible);
                    for v in &columns {
                        let source = self.scope().sources.get(v.at.source);
                        if source.is_some_and(|s| s.hidden.contains(&v.at.column)) {
                            continue;
                        }
                        let first = Expr::Column(self.place(index, v.at));
                        let expr = match v.or {
                            None => first,
                            Some(or) => {
                                Expr::Coalesce(vec![first, Expr::Column(self.place(index, or))])
                            }
                        };
                        list.add(v.name.clone(), Bound::new(expr, v.ty), None);
                    }
                    self.scope().visible = columns;
                }
                SelectItem::QualifiedWildcard(WildcardOf::ObjectName(name), options) => {
                    self.reject_options(options)?;
                    self.columns_of(name, &mut list)?;
                }
                _ => return Err(self.unsupported("this in the SELECT list")),
            }
            if list.exprs.len() > COLUMN_LIMIT {
                return Err(limit(
                    "a query of this playground can give at most 1,600 columns",
                ));
            }
        }
        Ok(list)
    }

    fn reject_options(&self, options: &ast::WildcardAdditionalOptions) -> Result<()> {
        let any = options.opt_ilike.is_some()
            || options.opt_exclude.is_some()
            || options.opt_except.is_some()
            || options.opt_replace.is_some()
            || options.opt_rename.is_some()
            || options.opt_alias.is_some();
        if any {
            return Err(self.unsupported("options of *"));
        }
        Ok(())
    }

    /// `t.*`.
    fn columns_of(&mut self, name: &ast::ObjectName, list: &mut List<'a>) -> Result<()> {
        let qualifier = folded(name, self.env.flavour());
        let index = self.scopes.len() - 1;
        let flavour = self.env.flavour();
        let mut sources = self.scope().sources.iter();
        let Some(source) = sources.position(|s| qualifies(&qualifier, &s.name, flavour)) else {
            let error = self.say(Problem::UnknownSource {
                name: &qualifier.join("."),
                column: None,
                clause: Clause::Select,
            });
            return Err(with(error, name_span(name)));
        };
        let found = self.scope().sources.get(source);
        let hidden = found.map_or(Vec::new(), |s| s.hidden.clone());
        let columns = found.map(|s| s.columns.clone());
        for (column, c) in columns.unwrap_or_default().into_iter().enumerate() {
            if hidden.contains(&column) {
                continue;
            }
            let place = self.place(index, At { source, column });
            let bound = Bound::new(Expr::Column(place), c.ty);
            list.add(c.name.into_owned(), bound, None);
        }
        Ok(())
    }

    fn group_keys(&mut self, select: &'a ast::Select, list: &List<'a>) -> Result<Vec<Expr<'a>>> {
        let ast::GroupByExpr::Expressions(exprs, modifiers) = &select.group_by else {
            return Err(self.unsupported("GROUP BY ALL"));
        };
        if !modifiers.is_empty() {
            return Err(self.unsupported("WITH ROLLUP or WITH CUBE"));
        }
        let before = self.scope().aggregates.take();
        self.scope().clause = Clause::GroupBy;
        self.scope().aliases_count = true;
        let mut keys: Vec<Expr> = Vec::new();
        for e in exprs {
            let position = self.position(e, list.exprs.len(), Clause::GroupBy)?;
            keys.push(match position {
                Some(i) => self.repeated(list, i)?,
                None => self.expr(e)?.expr,
            });
        }
        self.scope().aliases_count = false;
        self.scope().aggregates = before;
        Ok(keys)
    }

    /// A column of the SELECT list once more.
    fn repeated(&mut self, list: &List<'a>, i: usize) -> Result<Expr<'a>> {
        match (list.trees.get(i), list.exprs.get(i)) {
            (Some(Some(e)), _) => Ok(self.expr(e)?.expr),
            (_, Some(Expr::Column(place))) => Ok(Expr::Column(*place)),
            _ => Err(self.unsupported("a position that means a merged column")),
        }
    }

    fn order_item(
        &mut self,
        item: &'a ast::OrderByExpr,
        list: &mut List<'a>,
        visible: usize,
        distinct: Distinct,
    ) -> Result<SortKey> {
        let flavour = self.env.flavour();
        if let Some(column) = self.position(&item.expr, visible, Clause::OrderBy)? {
            return self.sort_key(column, item);
        }
        if let ast::Expr::Identifier(ident) = &item.expr {
            let name = self.fold(ident);
            let named = list.columns.iter();
            let mut named = named
                .enumerate()
                .filter(|(_, c)| flavour.same_name(&c.name, &name));
            if let Some((column, _)) = named.next() {
                return self.sort_key(column, item);
            }
        }
        self.scope().aliases_count = !flavour.strict_types;
        let expr = self.expr(&item.expr)?.expr;
        self.scope().aliases_count = false;
        let column = match list.exprs.iter().position(|e| same(e, &expr)) {
            Some(column) => column,
            None if distinct == Distinct::Yes => {
                return Err(at(self.say(Problem::DistinctOrder), &item.expr));
            }
            None => {
                list.exprs.push(expr);
                list.exprs.len() - 1
            }
        };
        self.sort_key(column, item)
    }

    /// Rewrites an expression over the rows of FROM into one over the rows of groups.
    fn regroup(&mut self, e: &mut Expr<'a>, group: &mut Group<'a>) -> Result<()> {
        let loose = self.env.flavour().loose_group_by;
        let mut missing = None;
        let column = |level: u16, slot: usize| {
            Expr::Column(Place {
                level,
                part: 0,
                slot: slot as u16,
            })
        };
        e.walk(0, &mut |e, depth| {
            if depth == 0
                && let Some(i) = group.keys.iter().position(|key| same(key, e))
            {
                *e = column(0, i);
                return Ok(true);
            }
            match e {
                Expr::Aggregate(i) if depth == 0 => *e = column(0, group.keys.len() + *i),
                Expr::Column(place) if place.part == WINDOW_PART => return Ok(true),
                Expr::Column(place) if place.level == depth => {
                    let here = Expr::Column(Place { level: 0, ..*place });
                    let found = group.keys.iter().position(|key| same(key, &here));
                    let slot = match found {
                        Some(i) => i,
                        None if loose => {
                            group.aggregates.push(AggregateCall {
                                aggregate: Aggregate::First,
                                args: vec![here],
                                distinct: false,
                                filter: None,
                                order: Vec::new(),
                                separator: Value::Null,
                            });
                            group.keys.len() + group.aggregates.len() - 1
                        }
                        None => {
                            missing.get_or_insert(*place);
                            0
                        }
                    };
                    *e = column(depth, slot);
                    return Ok(true);
                }
                _ => {}
            }
            Ok(false)
        })?;
        let Some(place) = missing else {
            return Ok(());
        };
        let source = self.scope().sources.get(usize::from(place.part));
        let name = source.and_then(|s| {
            let column = *s.slots.borrow().get(usize::from(place.slot))?;
            Some(s.columns.get(column)?.name.to_string())
        });
        Err(self.say(Problem::NotGrouped {
            column: &name.unwrap_or_default(),
        }))
    }

    /// A condition: WHERE, ON, HAVING, FILTER, a term of AND …
    pub(super) fn condition(&mut self, e: &'a ast::Expr, clause: Clause) -> Result<Expr<'a>> {
        let bound = self.expr(e)?;
        self.as_condition(bound, clause, e)
    }

    pub(super) fn as_condition(
        &self,
        bound: Bound<'a>,
        clause: Clause,
        e: &ast::Expr,
    ) -> Result<Expr<'a>> {
        if !self.env.flavour().strict_types {
            return Ok(bound.expr);
        }
        let bound = self.adapt(bound, Type::Bool, e)?;
        let ty = bound.ty;
        if !matches!(ty, Type::Bool | Type::Unknown) {
            return Err(at(self.say(Problem::NotBool { clause, ty }), e));
        }
        Ok(bound.expr)
    }
}

impl<'a> List<'a> {
    fn add(&mut self, name: String, bound: Bound<'a>, tree: Option<&'a ast::Expr>) {
        self.columns.push(Column::named(name, bound.ty));
        self.exprs.push(bound.expr);
        self.trees.push(tree);
    }
}

/// Gives ROWNUM or window functions their part of the tuple: one after the last source.
fn give_place(select: &mut Select<'_>, stands_for_it: u16, part: u16) {
    // The visitor never fails.
    let _ = select.walk(0, &mut |e, depth| {
        if let Expr::Column(place) = e
            && place.part == stands_for_it
            && place.level == depth
        {
            place.part = part;
        }
        Ok(false)
    });
}

/// The texts of the items of a SELECT list as they were typed, without comments around them;
/// `escapes`: a backslash takes the sense from a quote.
fn typed_items<'t>(text: &'t str, select: &ast::Select, escapes: bool) -> Vec<&'t str> {
    let Some(span) = span_of(select.select_token.0.span) else {
        return Vec::new();
    };
    let rest = text.get(span.end..).unwrap_or("");
    let mut items = Vec::new();
    // The item's first and last token so far.
    let mut item: Option<(usize, usize)> = None;
    let mut depth = 0i32;
    let mut at = 0;
    while let Some(c) = rest.get(at..).and_then(|r| r.chars().next()) {
        let start = at;
        at = end_of_token(rest, at, c);
        // A backslash before what looks like the end makes it part of the string.
        let goes_on = |at: usize| {
            let inner = rest.get(start..at - 1).unwrap_or("");
            let backslashes = inner.len() - inner.trim_end_matches('\\').len();
            backslashes % 2 == 1 && at < rest.len()
        };
        if escapes && matches!(c, '\'' | '"') {
            while goes_on(at) {
                at = end_of_token(rest, at - 1, c);
            }
        }
        let token = rest.get(start..at).unwrap_or("");
        let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(token));
        if c.is_whitespace() || token.starts_with("--") || token.starts_with("/*") || c == '#' {
            continue;
        }
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth < 0 || c == ';' || depth == 0 && is(&AFTER_LIST) {
            break;
        }
        if depth == 0 && c == ',' {
            items.push(item.take());
        } else if !(items.is_empty() && item.is_none() && is(&["DISTINCT", "ALL"])) {
            item = Some((item.map_or(start, |(first, _)| first), at));
        }
    }
    items.push(item);
    let text = |item: Option<(usize, usize)>| item.and_then(|(a, b)| rest.get(a..b)).unwrap_or("");
    items.into_iter().map(text).collect()
}

/// Words that end a SELECT list.
const AFTER_LIST: [&str; 14] = [
    "FROM",
    "INTO",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "MINUS",
    "FOR",
    "OFFSET",
    "FETCH",
];

/// Where the token that starts with `c` at `at` ends, as far as a SELECT list needs to know.
fn end_of_token(text: &str, at: usize, c: char) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let found = |end: &str, from: usize| {
        let tail = rest.get(from..).unwrap_or("");
        tail.find(end).map_or(rest.len(), |i| from + i + end.len())
    };
    let length = match c {
        '\'' | '"' | '`' => found(c.encode_utf8(&mut [0; 4]), 1),
        '#' => found("\n", 1),
        '-' if rest.starts_with("--") => found("\n", 2),
        '/' if rest.starts_with("/*") => found("*/", 2),
        c if c.is_alphanumeric() || c == '_' => rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len()),
        c => c.len_utf8(),
    };
    at + length
}

fn upper_without_blanks(text: &str) -> String {
    let mut quoted = false;
    let mut out = String::new();
    for c in text.chars() {
        quoted ^= c == '\'';
        if quoted {
            out.push(c);
        } else if !c.is_whitespace() {
            out.push(letters::upper(c));
        }
    }
    out
}
