//! Compiled expressions: names are indexes, types are checked, literals are values.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Env;
use super::functions::Function;
use super::keys::Keys;
use super::ops::{self, Key, Op};
use super::plan::Plan;
use super::words::{Problem, limit};
use crate::base::{Result, Row, Type, Value};

pub enum Expr<'a> {
    Const(Value),
    Column(Place),
    Not(Box<Expr<'a>>),
    Negate(Box<Expr<'a>>),
    /// All of them; a chain is flat however long it is.
    And(Vec<Expr<'a>>),
    Or(Vec<Expr<'a>>),
    /// `a op b op c …` from left to right; a chain is flat however long it is.
    Chain(Box<Expr<'a>>, Vec<(Op, Expr<'a>)>),
    IsNull {
        of: Box<Expr<'a>>,
        negated: bool,
    },
    /// IS [NOT] TRUE, FALSE; UNKNOWN is `IsNull`.
    IsTruth {
        of: Box<Expr<'a>>,
        wanted: bool,
        negated: bool,
    },
    /// A row among rows.
    In {
        of: Vec<Expr<'a>>,
        list: Vec<Vec<Expr<'a>>>,
        negated: bool,
    },
    /// A row among constant rows: found by bisection.
    InSet {
        of: Vec<Expr<'a>>,
        set: Box<Set>,
        negated: bool,
    },
    InQuery {
        of: Vec<Expr<'a>>,
        query: Box<Subquery<'a>>,
        negated: bool,
    },
    Exists(Box<Subquery<'a>>),
    Scalar(Box<Subquery<'a>>),
    ArrayOf(Box<Subquery<'a>>),
    /// `of op ANY/ALL (array)`.
    Quantified {
        of: Box<Expr<'a>>,
        op: Op,
        all: bool,
        array: Box<Expr<'a>>,
    },
    Like {
        of: Box<Expr<'a>>,
        pattern: Box<Expr<'a>>,
        escape: Option<char>,
        ignore_case: bool,
        negated: bool,
    },
    Case {
        whens: Vec<(Expr<'a>, Expr<'a>)>,
        otherwise: Box<Expr<'a>>,
    },
    Coalesce(Vec<Expr<'a>>),
    Cast(Box<Expr<'a>>, Type),
    /// Moves a timestamp by so many calendar months.
    AddMonths(Box<Expr<'a>>, i64),
    Array(Vec<Expr<'a>>),
    /// `array[i]`, from 1.
    Index(Box<Expr<'a>>, Box<Expr<'a>>),
    Call(&'static Function, Vec<Expr<'a>>),
    /// A function of the catalog.
    Extern(Rc<str>, Vec<Expr<'a>>),
    /// The n-th aggregate of its SELECT; gone once that SELECT is bound.
    Aggregate(usize),
}

/// Where a column's value stands: `level` queries out, in that query's `part`-th source, at `slot`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub level: u16,
    pub part: u16,
    pub slot: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    pub rows: Keys,
    pub has_null: bool,
}

/// A query within an expression.
pub struct Subquery<'a> {
    pub plan: Plan<'a>,
    /// It reads columns of the queries around it, so its result changes with their rows.
    pub correlated: bool,
    /// Its place in the cache of results.
    pub id: u32,
}

/// A row of each source of a query, and the same of the queries around it.
#[derive(Clone, Copy)]
pub struct Frame<'f> {
    pub tuple: &'f [Rc<Row>],
    pub outer: Option<&'f Frame<'f>>,
}

impl<'f> Frame<'f> {
    pub const EMPTY: Frame<'static> = Frame {
        tuple: &[],
        outer: None,
    };

    fn get(&self, place: Place) -> Option<&'f Value> {
        let mut frame = self;
        for _ in 0..place.level {
            frame = frame.outer?;
        }
        frame
            .tuple
            .get(usize::from(place.part))?
            .get(usize::from(place.slot))
    }
}

/// What one run of a query carries: its budget and what it has already computed.
pub struct Context<'a> {
    pub env: &'a Env<'a>,
    steps: Cell<u64>,
    bytes: Cell<usize>,
    cache: RefCell<crate::base::Map<u32, Cached>>,
}

#[derive(Clone)]
pub enum Cached {
    Value(Value),
    Set(Rc<Set>),
    Rows(Rc<Vec<Rc<Row>>>),
}

impl<'a> Context<'a> {
    pub fn new(env: &'a Env<'a>) -> Context<'a> {
        Context {
            env,
            steps: Cell::new(env.limits.steps),
            bytes: Cell::new(env.limits.bytes),
            cache: RefCell::new(crate::base::Map::new()),
        }
    }

    /// Counts rows looked at.
    pub fn step(&self, n: u64) -> Result<()> {
        match self.steps.get().checked_sub(n) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => Err(limit(
                "the query looks at too many rows for this playground; narrow it with WHERE or LIMIT",
            )),
        }
    }

    /// Counts what is kept: a sort's, a join's, a group's or the result's rows.
    pub fn keep(&self, row: &[Value]) -> Result<()> {
        let texts: usize = row.iter().map(heap_bytes).sum();
        let bytes = 48 + size_of_val(row) + texts;
        match self.bytes.get().checked_sub(bytes) {
            Some(left) => {
                self.bytes.set(left);
                Ok(())
            }
            None => Err(limit(
                "the query holds too much at once for this playground; narrow it with WHERE or LIMIT",
            )),
        }
    }

    pub fn cached(&self, id: u32) -> Option<Cached> {
        self.cache.borrow().get(&id).cloned()
    }
    pub fn remember(&self, id: u32, cached: Cached) {
        self.cache.borrow_mut().insert(id, cached);
    }
}

fn heap_bytes(v: &Value) -> usize {
    match v {
        Value::Text(t) | Value::Json(t) => t.len(),
        Value::Bytes(b) => b.len(),
        Value::Array(items) => {
            size_of_val(&items[..]) + items.iter().map(heap_bytes).sum::<usize>()
        }
        _ => 0,
    }
}

impl<'a> Expr<'a> {
    pub fn boxed(self) -> Box<Expr<'a>> {
        Box::new(self)
    }

    /// The value without copying it, where the expression just names it.
    fn peek<'e>(&'e self, frame: &Frame<'e>) -> Option<&'e Value> {
        match self {
            Expr::Const(v) => Some(v),
            Expr::Column(place) => frame.get(*place),
            _ => None,
        }
    }

    pub fn eval(&self, frame: &Frame, ctx: &Context) -> Result<Value> {
        let env = ctx.env;
        Ok(match self {
            Expr::Const(v) => v.clone(),
            Expr::Column(place) => frame.get(*place).cloned().unwrap_or_default(),
            Expr::Not(e) => e
                .truth(frame, ctx)?
                .map_or(Value::Null, |b| Value::Bool(!b)),
            Expr::Negate(e) => ops::negate(&e.eval(frame, ctx)?, env.words)?,
            Expr::And(_) | Expr::Or(_) => self.truth(frame, ctx)?.map_or(Value::Null, Value::Bool),
            Expr::Chain(first, rest) => {
                if let [(op, right)] = rest.as_slice()
                    && let (Some(a), Some(b)) = (first.peek(frame), right.peek(frame))
                {
                    return ops::binary(*op, a, b, env);
                }
                let mut value = first.eval(frame, ctx)?;
                for (op, right) in rest {
                    value = match right.peek(frame) {
                        Some(right) => ops::binary(*op, &value, right, env)?,
                        None => ops::binary(*op, &value, &right.eval(frame, ctx)?, env)?,
                    };
                }
                value
            }
            Expr::IsNull { of, negated } => {
                let null = match of.peek(frame) {
                    Some(v) => v.is_null(),
                    None => of.eval(frame, ctx)?.is_null(),
                };
                Value::Bool(null != *negated)
            }
            Expr::IsTruth {
                of,
                wanted,
                negated,
            } => Value::Bool((of.truth(frame, ctx)? == Some(*wanted)) != *negated),
            Expr::In { of, list, negated } => {
                let row = eval_all(of, frame, ctx)?;
                let mut unknown = false;
                for candidate in list {
                    match same_row(&row, &eval_all(candidate, frame, ctx)?, env) {
                        Some(true) => return Ok(Value::Bool(!negated)),
                        Some(false) => {}
                        None => unknown = true,
                    }
                }
                if unknown {
                    Value::Null
                } else {
                    Value::Bool(*negated)
                }
            }
            Expr::InSet { of, set, negated } => {
                among(eval_all(of, frame, ctx)?, set, *negated, env)
            }
            Expr::InQuery { of, query, negated } => {
                let set = query.set(frame, ctx)?;
                among(eval_all(of, frame, ctx)?, &set, *negated, env)
            }
            Expr::Exists(query) => query.exists(frame, ctx)?,
            Expr::Scalar(query) => query.scalar(frame, ctx)?,
            Expr::ArrayOf(query) => query.array(frame, ctx)?,
            Expr::Quantified { of, op, all, array } => {
                let value = of.eval(frame, ctx)?;
                match array.eval(frame, ctx)? {
                    Value::Array(items) => quantified(&value, *op, *all, &items, env)?,
                    _ => Value::Null,
                }
            }
            Expr::Like {
                of,
                pattern,
                escape,
                ignore_case,
                negated,
            } => {
                let (value, pattern) = (of.eval(frame, ctx)?, pattern.eval(frame, ctx)?);
                if value.is_null() || pattern.is_null() {
                    return Ok(Value::Null);
                }
                let ignore = *ignore_case || env.flavour().text_ignores_case;
                let (value, pattern) = (ops::to_text(&value), ops::to_text(&pattern));
                Value::Bool(ops::like(&value, &pattern, *escape, ignore) != *negated)
            }
            Expr::Case { whens, otherwise } => {
                for (condition, result) in whens {
                    if condition.truth(frame, ctx)? == Some(true) {
                        return result.eval(frame, ctx);
                    }
                }
                otherwise.eval(frame, ctx)?
            }
            Expr::Coalesce(items) => {
                for item in items {
                    let value = item.eval(frame, ctx)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Value::Null
            }
            Expr::Cast(e, ty) => ops::cast(&e.eval(frame, ctx)?, *ty, env)?,
            Expr::AddMonths(e, months) => {
                let shift = |us| {
                    super::calendar::add_months(us, *months).ok_or_else(|| {
                        env.words.say(&Problem::Overflow {
                            ty: Type::Timestamp,
                        })
                    })
                };
                match e.eval(frame, ctx)? {
                    Value::Timestamp(us) => Value::Timestamp(shift(us)?),
                    Value::TimestampTz(us) => Value::TimestampTz(shift(us)?),
                    _ => Value::Null,
                }
            }
            Expr::Array(items) => Value::Array(eval_all(items, frame, ctx)?.into()),
            Expr::Index(array, index) => match (array.eval(frame, ctx)?, index.eval(frame, ctx)?) {
                (Value::Array(items), Value::Int(i)) => i
                    .checked_sub(1)
                    .and_then(|i| usize::try_from(i).ok())
                    .and_then(|i| items.get(i))
                    .cloned()
                    .unwrap_or_default(),
                _ => Value::Null,
            },
            Expr::Call(function, args) => function.call(&eval_all(args, frame, ctx)?, ctx.env)?,
            Expr::Extern(name, args) => env.catalog.call(name, &eval_all(args, frame, ctx)?)?,
            // Binding replaces every one of these; NULL keeps a mistake there harmless.
            Expr::Aggregate(_) => Value::Null,
        })
    }

    /// Whether it holds; `None` is unknown.
    pub fn truth(&self, frame: &Frame, ctx: &Context) -> Result<Option<bool>> {
        let (items, decisive) = match self {
            Expr::And(items) => (items, false),
            Expr::Or(items) => (items, true),
            _ => return Ok(ops::truth(&self.eval(frame, ctx)?)),
        };
        let mut unknown = false;
        for item in items {
            match item.truth(frame, ctx)? {
                Some(b) if b == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => unknown = true,
            }
        }
        Ok((!unknown).then_some(!decisive))
    }

    pub fn holds(&self, frame: &Frame, ctx: &Context) -> Result<bool> {
        Ok(self.truth(frame, ctx)? == Some(true))
    }
}

pub fn all_hold(filter: &[Expr], frame: &Frame, ctx: &Context) -> Result<bool> {
    for condition in filter {
        if !condition.holds(frame, ctx)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub fn eval_all(exprs: &[Expr], frame: &Frame, ctx: &Context) -> Result<Row> {
    exprs.iter().map(|e| e.eval(frame, ctx)).collect()
}

/// Equality of rows; `None` is unknown.
fn same_row(a: &[Value], b: &[Value], env: &Env) -> Option<bool> {
    let mut unknown = false;
    for (x, y) in a.iter().zip(b) {
        if x.is_null() || y.is_null() {
            unknown = true;
        } else if ops::compare(x, y, env.flavour()) != Some(std::cmp::Ordering::Equal) {
            return Some(false);
        }
    }
    (!unknown).then_some(true)
}

fn among(row: Row, set: &Set, negated: bool, env: &Env) -> Value {
    if set.rows.is_empty() && !set.has_null {
        return Value::Bool(negated);
    }
    if row.iter().any(Value::is_null) {
        return Value::Null;
    }
    let key = Key(row
        .into_iter()
        .map(|v| ops::normal(v, env.flavour()))
        .collect());
    match set.rows.contains(&key) {
        true => Value::Bool(!negated),
        false if set.has_null => Value::Null,
        false => Value::Bool(negated),
    }
}

fn quantified(value: &Value, op: Op, all: bool, items: &[Value], env: &Env) -> Result<Value> {
    let mut unknown = false;
    for item in items {
        match ops::truth(&ops::binary(op, value, item, env)?) {
            Some(b) if b != all => return Ok(Value::Bool(b)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown {
        Value::Null
    } else {
        Value::Bool(all)
    })
}
