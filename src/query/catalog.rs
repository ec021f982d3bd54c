//! What the engine asks of the world: tables, functions and variables. It never sees a cluster.

use std::borrow::Cow;
use std::rc::Rc;

use super::{Flavour, Words};
use crate::base::{Result, Row, Type, Value};

/// A column of a table or of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: Cow<'static, str>,
    pub ty: Type,
}

impl Column {
    pub const fn new(name: &'static str, ty: Type) -> Column {
        Column {
            name: Cow::Borrowed(name),
            ty,
        }
    }
    pub fn named(name: String, ty: Type) -> Column {
        Column {
            name: Cow::Owned(name),
            ty,
        }
    }
}

/// A table: stored, computed by a rule, or a listing made up while it is read.
pub trait Relation {
    fn columns(&self) -> &[Column];

    /// The rows, lazily, in the table's own order. Each row holds exactly the columns of `needed`
    /// (indexes into [`Relation::columns`]) in that order, so what is not asked for need not be computed.
    fn scan<'s>(&'s self, needed: &'s [usize]) -> Box<dyn Iterator<Item = Row> + 's>;

    /// The columns that `*` leaves out.
    fn hidden(&self) -> Vec<usize> {
        Vec::new()
    }

    /// How many rows [`Relation::scan`] gives, if that is known without a scan.
    fn row_count(&self) -> Option<u64> {
        None
    }

    /// The column by which [`Relation::scan_range`] can skip rows.
    fn key(&self) -> Option<usize> {
        None
    }

    /// Rows whose key lies in `low..=high` (`None`: open on that side). More rows do no harm, fewer do.
    /// The bounds have the column's type.
    fn scan_range<'s>(
        &'s self,
        needed: &'s [usize],
        _low: Option<&Value>,
        _high: Option<&Value>,
    ) -> Box<dyn Iterator<Item = Row> + 's> {
        self.scan(needed)
    }
}

/// Where names are looked up. Names arrive folded by the flavour ([`Flavour::fold`]).
pub trait Catalog {
    /// The table of that name, from one part (`jobs`) to several (`crdb_internal.jobs`, `movr.public.rides`).
    /// `None` if there is none; an error if the session may not read it.
    fn table<'c>(&'c self, name: &[String]) -> Result<Option<Rc<dyn Relation + 'c>>>;

    /// A table function `name(args)` in FROM that the engine does not have itself.
    fn table_function<'c>(
        &'c self,
        _name: &str,
        _args: &[Value],
    ) -> Result<Option<Rc<dyn Relation + 'c>>> {
        Ok(None)
    }

    /// The signature of a scalar function that needs the cluster, if `name` is one.
    fn function(&self, _name: &str) -> Option<Signature> {
        None
    }

    /// Calls a function that [`Catalog::function`] knows, with as many arguments as its signature allows.
    fn call(&self, _name: &str, _args: &[Value]) -> Result<Value> {
        Ok(Value::Null)
    }

    /// The value of `@@name` or `@name` (given without the `@`s; `session.` or `global.` is kept).
    fn variable(&self, _name: &str) -> Option<Value> {
        None
    }
}

/// What a function takes and gives.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// A letter per parameter: `t` text, `i` int, `n` any number, `s` timestamp, `v` interval, `b` bool,
    /// `a` array, `j` JSON, `x` anything; those after `?` may be left out; a last `+` repeats the one before.
    pub params: &'static str,
    pub returns: Type,
}

/// All that a query can see, for the length of one statement.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    pub flavour: &'a Flavour,
    pub words: &'a dyn Words,
    pub catalog: &'a dyn Catalog,
    /// The text that the tree's lines and columns point into: for error positions, and for the labels of
    /// columns in flavours that print the expression as it was typed.
    pub text: &'a str,
    /// The statement's (and its transaction's) time: Unix microseconds.
    pub now_us: i64,
    pub user: &'a str,
    pub database: &'a str,
    pub version: &'a str,
    /// The session's number, where the product numbers its connections.
    pub connection: i64,
    /// Values of `$1`, `$2`, … or of `?` in their order.
    pub placeholders: &'a [Value],
    pub limits: Limits,
}

impl<'a> Env<'a> {
    #[inline(always)]
    pub fn flavour(&self) -> &'a Flavour {
        self.flavour.known()
    }
}

/// How much a query may cost before it is stopped with an error of kind `Limit`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows looked at, counted once per operator that looks.
    pub steps: u64,
    /// Rows of the result.
    pub rows: usize,
    /// Bytes held at once by sorts, joins, groups and the result, roughly.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            steps: 5_000_000,
            rows: 100_000,
            bytes: 48 << 20,
        }
    }
}

/// Rows held in memory.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

impl Relation for Table {
    fn columns(&self) -> &[Column] {
        &self.columns
    }
    fn scan<'s>(&'s self, needed: &'s [usize]) -> Box<dyn Iterator<Item = Row> + 's> {
        Box::new(self.rows.iter().map(move |row| {
            needed
                .iter()
                .map(|&i| row.get(i).cloned().unwrap_or_default())
                .collect()
        }))
    }
    fn row_count(&self) -> Option<u64> {
        Some(self.rows.len() as u64)
    }
}
