//! A bound query: what to read, how to join, group, compute, order and cut.

use std::cell::RefCell;
use std::rc::Rc;

use super::catalog::{Column, Relation};
use super::expr::{Expr, Subquery};
use super::functions::Aggregate;
use crate::base::{Result, Value};

/// A whole query, with its ORDER BY and LIMIT.
pub struct Plan<'a> {
    pub columns: Vec<Column>,
    pub body: Body<'a>,
    pub order: Vec<SortKey>,
    pub limit: Option<Expr<'a>>,
    pub offset: Option<Expr<'a>>,
}

pub enum Body<'a> {
    Select(Box<Select<'a>>),
    Values(Vec<Vec<Expr<'a>>>),
    Nested(Box<Plan<'a>>),
    /// From left to right; a chain is flat however long it is.
    Set(Box<Body<'a>>, Vec<SetStep<'a>>),
    /// WITH RECURSIVE: `step` reads the rows of the round before, until there are none.
    Recursive {
        base: Box<Body<'a>>,
        step: Box<Body<'a>>,
        all: bool,
        id: u32,
    },
}

pub struct SetStep<'a> {
    pub op: SetOp,
    pub all: bool,
    pub right: Body<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    Union,
    Intersect,
    Except,
}

/// A column of the rows to be sorted: hidden ones stand after the visible ones.
pub struct SortKey {
    pub column: usize,
    pub descending: bool,
    pub nulls_first: bool,
}

pub struct Select<'a> {
    /// `None`: one row without columns.
    pub from: Option<From<'a>>,
    /// How many sources FROM has: the length of its tuples. ROWNUM, if used, is one more.
    pub parts: usize,
    /// What could not be pushed into FROM.
    pub filter: Vec<Expr<'a>>,
    /// ROWNUM is counted, in the last part of the tuple.
    pub rownum: bool,
    /// `WHERE ROWNUM <= n`.
    pub rownum_limit: Option<Expr<'a>>,
    pub group: Option<Group<'a>>,
    /// Window functions, whose values stand in one more part of the tuple, the last one.
    pub windows: Vec<Window<'a>>,
    /// The columns of the plan, then what ORDER BY and DISTINCT ON alone need.
    pub output: Vec<Expr<'a>>,
    pub distinct: Distinct,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distinct {
    No,
    Yes,
    /// By these many expressions, which stand last in `output`.
    On(usize),
}

pub struct Group<'a> {
    pub keys: Vec<Expr<'a>>,
    pub aggregates: Vec<AggregateCall<'a>>,
    pub having: Vec<Expr<'a>>,
    /// Without GROUP BY there is one group even of no rows.
    pub always: bool,
}

/// A function over the rows around each row.
pub struct Window<'a> {
    pub what: Ranking<'a>,
    pub args: Vec<Expr<'a>>,
    pub partition: Vec<Expr<'a>>,
    pub order: Vec<(Expr<'a>, bool, bool)>,
    /// The frame is the whole partition, whatever the order.
    pub whole: bool,
}

pub enum Ranking<'a> {
    RowNumber,
    Rank,
    DenseRank,
    NTile,
    Lag,
    Lead,
    First,
    Last,
    Aggregate(AggregateCall<'a>),
}

impl<'a> Window<'a> {
    /// All its expressions.
    pub fn exprs(&mut self) -> Vec<&mut Expr<'a>> {
        let mut all: Vec<&mut Expr<'a>> = Vec::new();
        all.extend(&mut self.args);
        all.extend(&mut self.partition);
        all.extend(self.order.iter_mut().map(|(e, ..)| e));
        if let Ranking::Aggregate(call) = &mut self.what {
            all.extend(&mut call.args);
            all.extend(&mut call.filter);
            all.extend(call.order.iter_mut().map(|(e, ..)| e));
        }
        all
    }
}

pub struct AggregateCall<'a> {
    pub aggregate: Aggregate,
    /// The values taken in; empty for `count(*)`. The separator of `string_agg` is not among them.
    pub args: Vec<Expr<'a>>,
    pub distinct: bool,
    pub filter: Option<Expr<'a>>,
    pub order: Vec<(Expr<'a>, bool, bool)>,
    pub separator: Value,
}

/// The columns of a source that are used, in order of first use: a column's slot is its place in here.
pub type Slots = Rc<RefCell<Vec<usize>>>;

pub enum From<'a> {
    Scan {
        part: usize,
        relation: Rc<dyn Relation + 'a>,
        slots: Slots,
        filter: Vec<Expr<'a>>,
        /// Bounds of the relation's key, from the filter.
        low: Option<Expr<'a>>,
        high: Option<Expr<'a>>,
    },
    Derived {
        part: usize,
        plan: Box<Plan<'a>>,
        lateral: bool,
        filter: Vec<Expr<'a>>,
    },
    /// A named query, computed once.
    Cte {
        part: usize,
        plan: Rc<Plan<'a>>,
        id: u32,
        /// It is read by an expression, so maybe for many rows.
        nested: bool,
        filter: Vec<Expr<'a>>,
    },
    /// Within a recursive named query: the rows that the last round gave.
    Working {
        part: usize,
        id: u32,
        filter: Vec<Expr<'a>>,
    },
    Function {
        part: usize,
        function: TableFunction,
        name: Rc<str>,
        args: Vec<Expr<'a>>,
        ordinality: bool,
        filter: Vec<Expr<'a>>,
    },
    Join(Box<Join<'a>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFunction {
    Series,
    Unnest,
    /// The catalog's.
    Extern,
}

pub struct Join<'a> {
    pub kind: JoinKind,
    pub left: From<'a>,
    pub right: From<'a>,
    /// Parts `from..middle` are the left side's, `middle..to` the right side's.
    pub middle: usize,
    pub to: usize,
    pub from: usize,
    /// The right side reads the left side's row, so it is computed for each.
    pub lateral: bool,
    /// Equalities: left side's and right side's expression.
    pub keys: Vec<(Expr<'a>, Expr<'a>)>,
    pub on: Vec<Expr<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

/// Called for each expression, children after their parent unless it says they are done (`true`).
/// The second argument is how many queries lie between the start and the expression.
pub type Visit<'v, 'a> = &'v mut dyn FnMut(&mut Expr<'a>, u16) -> Result<bool>;

impl<'a> Expr<'a> {
    pub fn walk(&mut self, depth: u16, visit: Visit<'_, 'a>) -> Result<()> {
        if visit(self, depth)? {
            return Ok(());
        }
        let all = |items: &mut [Expr<'a>], visit: Visit<'_, 'a>| {
            items
                .iter_mut()
                .try_for_each(|e| e.walk(depth, &mut *visit))
        };
        match self {
            Expr::Const(_) | Expr::Column(_) | Expr::Aggregate(_) => Ok(()),
            Expr::Not(e)
            | Expr::Negate(e)
            | Expr::IsNull { of: e, .. }
            | Expr::IsTruth { of: e, .. }
            | Expr::Cast(e, _)
            | Expr::AddMonths(e, _) => e.walk(depth, visit),
            Expr::And(items)
            | Expr::Or(items)
            | Expr::Coalesce(items)
            | Expr::Array(items)
            | Expr::Call(_, items)
            | Expr::Extern(_, items)
            | Expr::InSet { of: items, .. } => all(items, visit),
            Expr::Chain(first, rest) => {
                first.walk(depth, visit)?;
                rest.iter_mut()
                    .try_for_each(|(_, e)| e.walk(depth, &mut *visit))
            }
            Expr::In { of, list, .. } => {
                all(of, visit)?;
                list.iter_mut().try_for_each(|row| all(row, visit))
            }
            Expr::InQuery { of, query, .. } => {
                all(of, visit)?;
                query.walk(depth, visit)
            }
            Expr::Exists(query) | Expr::Scalar(query) | Expr::ArrayOf(query) => {
                query.walk(depth, visit)
            }
            Expr::Quantified {
                of: a, array: b, ..
            }
            | Expr::Like {
                of: a, pattern: b, ..
            }
            | Expr::Index(a, b) => {
                a.walk(depth, visit)?;
                b.walk(depth, visit)
            }
            Expr::Case { whens, otherwise } => {
                for (condition, result) in whens {
                    condition.walk(depth, visit)?;
                    result.walk(depth, visit)?;
                }
                otherwise.walk(depth, visit)
            }
        }
    }
}

impl<'a> Subquery<'a> {
    fn walk(&mut self, depth: u16, visit: Visit<'_, 'a>) -> Result<()> {
        // Only a correlated one has columns of the queries around it.
        if self.correlated {
            self.plan.walk(depth + 1, visit)?;
        }
        Ok(())
    }
}

impl<'a> Plan<'a> {
    pub fn walk(&mut self, depth: u16, visit: Visit<'_, 'a>) -> Result<()> {
        self.body.walk(depth, visit)?;
        for e in self.limit.iter_mut().chain(&mut self.offset) {
            e.walk(depth, visit)?;
        }
        Ok(())
    }
}

impl<'a> Body<'a> {
    fn walk(&mut self, depth: u16, visit: Visit<'_, 'a>) -> Result<()> {
        match self {
            Body::Select(select) => select.walk(depth, visit),
            Body::Values(rows) => rows
                .iter_mut()
                .flatten()
                .try_for_each(|e| e.walk(depth, &mut *visit)),
            Body::Nested(plan) => plan.walk(depth, visit),
            Body::Set(first, rest) => {
                first.walk(depth, visit)?;
                rest.iter_mut()
                    .try_for_each(|step| step.right.walk(depth, &mut *visit))
            }
            // A named query reads nothing of the queries around it.
            Body::Recursive { .. } => Ok(()),
        }
    }
}

impl<'a> Select<'a> {
    pub fn walk(&mut self, depth: u16, visit: Visit<'_, 'a>) -> Result<()> {
        if let Some(from) = &mut self.from {
            from.walk(depth, visit)?;
        }
        for e in self
            .filter
            .iter_mut()
            .chain(&mut self.output)
            .chain(&mut self.rownum_limit)
        {
            e.walk(depth, visit)?;
        }
        for e in self.windows.iter_mut().flat_map(Window::exprs) {
            e.walk(depth, visit)?;
        }
        if let Some(group) = &mut self.group {
            for e in group.keys.iter_mut().chain(&mut group.having) {
                e.walk(depth, visit)?;
            }
            for call in &mut group.aggregates {
                let order = call.order.iter_mut().map(|(e, ..)| e);
                for e in call.args.iter_mut().chain(&mut call.filter).chain(order) {
                    e.walk(depth, visit)?;
                }
            }
        }
        Ok(())
    }
}

impl<'a> From<'a> {
    pub fn filter(&mut self) -> Option<&mut Vec<Expr<'a>>> {
        match self {
            From::Scan { filter, .. }
            | From::Derived { filter, .. }
            | From::Cte { filter, .. }
            | From::Working { filter, .. }
            | From::Function { filter, .. } => Some(filter),
            From::Join(_) => None,
        }
    }

    fn walk(&mut self, depth: u16, visit: Visit<'_, 'a>) -> Result<()> {
        if let Some(filter) = self.filter() {
            filter
                .iter_mut()
                .try_for_each(|e| e.walk(depth, &mut *visit))?;
        }
        match self {
            From::Scan { low, high, .. } => low
                .iter_mut()
                .chain(high)
                .try_for_each(|e| e.walk(depth, &mut *visit)),
            // A sub-select in FROM is a query of its own, one level further in.
            From::Derived { plan, .. } => plan.walk(depth + 1, visit),
            // A named query reads nothing of the queries around it.
            From::Cte { .. } | From::Working { .. } => Ok(()),
            From::Function { args, .. } => {
                args.iter_mut().try_for_each(|e| e.walk(depth, &mut *visit))
            }
            From::Join(join) => {
                join.left.walk(depth, visit)?;
                join.right.walk(depth, visit)?;
                for (a, b) in &mut join.keys {
                    a.walk(depth, visit)?;
                    b.walk(depth, visit)?;
                }
                join.on
                    .iter_mut()
                    .try_for_each(|e| e.walk(depth, &mut *visit))
            }
        }
    }
}

/// Whether two expressions are the same, as GROUP BY sees it. Sub-selects never are.
pub fn same(a: &Expr, b: &Expr) -> bool {
    let all =
        |x: &[Expr], y: &[Expr]| x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same(a, b));
    match (a, b) {
        (Expr::Const(x), Expr::Const(y)) => x == y,
        (Expr::Column(x), Expr::Column(y)) => x == y,
        (Expr::Not(x), Expr::Not(y)) | (Expr::Negate(x), Expr::Negate(y)) => same(x, y),
        (Expr::And(x), Expr::And(y))
        | (Expr::Or(x), Expr::Or(y))
        | (Expr::Coalesce(x), Expr::Coalesce(y))
        | (Expr::Array(x), Expr::Array(y)) => all(x, y),
        (Expr::Chain(x, xs), Expr::Chain(y, ys)) => {
            same(x, y)
                && xs.len() == ys.len()
                && xs
                    .iter()
                    .zip(ys)
                    .all(|((p, x), (q, y))| p == q && same(x, y))
        }
        (Expr::IsNull { of: x, negated: n }, Expr::IsNull { of: y, negated: m }) => {
            n == m && same(x, y)
        }
        (
            Expr::IsTruth {
                of: x,
                wanted: w,
                negated: n,
            },
            Expr::IsTruth {
                of: y,
                wanted: v,
                negated: m,
            },
        ) => w == v && n == m && same(x, y),
        (
            Expr::Case {
                whens: x,
                otherwise: e,
            },
            Expr::Case {
                whens: y,
                otherwise: f,
            },
        ) => {
            x.len() == y.len()
                && x.iter()
                    .zip(y)
                    .all(|((a, r), (b, s))| same(a, b) && same(r, s))
                && same(e, f)
        }
        (
            Expr::Like {
                of: x,
                pattern: p,
                escape: e,
                ignore_case: i,
                negated: n,
            },
            Expr::Like {
                of: y,
                pattern: q,
                escape: f,
                ignore_case: j,
                negated: m,
            },
        ) => e == f && i == j && n == m && same(x, y) && same(p, q),
        (Expr::Cast(x, t), Expr::Cast(y, u)) => t == u && same(x, y),
        (Expr::AddMonths(x, t), Expr::AddMonths(y, u)) => t == u && same(x, y),
        (Expr::Index(x, i), Expr::Index(y, j)) => same(x, y) && same(i, j),
        (Expr::Call(f, x), Expr::Call(g, y)) => std::ptr::eq(*f, *g) && all(x, y),
        (Expr::Extern(f, x), Expr::Extern(g, y)) => f == g && all(x, y),
        (Expr::Aggregate(i), Expr::Aggregate(j)) => i == j,
        (
            Expr::In {
                of: x,
                list: l,
                negated: n,
            },
            Expr::In {
                of: y,
                list: k,
                negated: m,
            },
        ) => n == m && all(x, y) && l.len() == k.len() && l.iter().zip(k).all(|(a, b)| all(a, b)),
        (
            Expr::InSet {
                of: x,
                set: s,
                negated: n,
            },
            Expr::InSet {
                of: y,
                set: t,
                negated: m,
            },
        ) => n == m && s == t && all(x, y),
        _ => false,
    }
}
