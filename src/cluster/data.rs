//! Tables with rows in virtual time, and the ranges that hold them.
//!
//! A table's rows are blocks (rows by rule: a row is a function of its key, so two million rows
//! cost a few bytes) under an overlay of rows that were written one by one. Both carry the time
//! from which and until which they are visible, so a read at any past time is the same read.

use super::{JobIx, NodeIx, TenantIx, UnitRef};
use crate::base::{Map, Positions, Row, StateHasher, Time, Type, Value};
use std::rc::Rc;

/// Index of a table; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableIx(pub u32);

/// Index of a range; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RangeIx(pub u32);

#[derive(Clone, Debug, Hash)]
pub struct Table {
    /// The product's descriptor or table id.
    pub id: u32,
    pub tenant: TenantIx,
    pub database: Rc<str>,
    pub schema: Rc<str>,
    pub name: Rc<str>,
    pub columns: Rc<[ColumnDef]>,
    /// Positions of the primary key's columns.
    pub key: Positions,
    pub state: TableState,
    pub created: Time,
    pub dropped: Option<Time>,
    pub data: Rc<TableData>,
    /// In key order; those of indexes come after the primary ones.
    pub ranges: Vec<RangeIx>,
    /// The job that made it, if one did.
    pub made_by: Option<JobIx>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnDef {
    pub name: Rc<str>,
    pub ty: Type,
    /// The type as the product prints it: `VARCHAR(20)`.
    pub type_name: Rc<str>,
    pub nullable: bool,
}

/// Whether statements may use a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableState {
    Public,
    /// Being filled or emptied by a job; the word is the product's reason: `importing`, `restoring`.
    Offline(&'static str),
    Dropped,
}

/// The rows of a table. Shared: a backup keeps the pointer, not a copy.
#[derive(Clone, Debug, Default, Hash)]
pub struct TableData {
    pub blocks: Vec<Block>,
    /// Rows written one by one, by primary key; versions in order of time.
    pub overlay: Map<Vec<Key>, Vec<Version>>,
}

/// Rows `lo..hi` by rule, visible from a moment on and until another.
#[derive(Clone, Debug, Hash)]
pub struct Block {
    pub rule: Rule,
    pub lo: u64,
    pub hi: u64,
    pub from: Time,
    pub until: Option<Time>,
    /// The job that brought them.
    pub made_by: Option<JobIx>,
}

/// A row as of one time; `None` says deleted.
#[derive(Clone, Debug, Hash)]
pub struct Version {
    pub at: Time,
    pub row: Option<Rc<[Value]>>,
}

/// A value in the order of keys: NULL first, then by type and value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub Value);

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.compare(&other.0).unwrap_or_else(|| {
            let rank = |v: &Value| {
                if v.is_null() {
                    0
                } else {
                    1 + v.type_of() as u8
                }
            };
            rank(&self.0).cmp(&rank(&other.0))
        })
    }
}

/// How a row follows from its number: a seed and, per column, a generator chosen by name and type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    pub seed: u64,
    pub columns: Rc<[ColumnDef]>,
    /// Which column counts up with the number of the row, so that keys are distinct.
    pub serial: Option<usize>,
    /// Where the table's primary key is among the columns; it may change, the rows do not.
    pub key: Positions,
}

const CITIES: [&str; 9] = [
    "amsterdam",
    "boston",
    "los angeles",
    "new york",
    "paris",
    "rome",
    "san francisco",
    "seattle",
    "washington dc",
];
const FIRST: [&str; 8] = ["Ada", "Bo", "Chen", "Dora", "Emil", "Fay", "Gus", "Hana"];
const LAST: [&str; 8] = [
    "Abel", "Baker", "Cole", "Diaz", "Evans", "Fox", "Gray", "Hill",
];
const WORDS: [&str; 8] = [
    "amber", "birch", "coral", "delta", "ember", "fjord", "grove", "haven",
];

impl Rule {
    pub fn new(seed: u64, columns: Rc<[ColumnDef]>, key: &[usize]) -> Rule {
        // The last key column tells rows apart, as in (city, id).
        Rule {
            seed,
            columns,
            serial: key.last().copied(),
            key: key.into(),
        }
    }

    /// Where it has a column of the table: by name, since columns come and go.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| *c.name == *name)
    }

    /// The row with number `n`.
    pub fn row(&self, n: u64) -> Row {
        (0..self.columns.len()).map(|c| self.value(n, c)).collect()
    }

    /// One value of the row with number `n`; NULL for a column that the rule does not have.
    pub fn value(&self, n: u64, column: usize) -> Value {
        let Some(def) = self.columns.get(column) else {
            return Value::Null;
        };
        let h = StateHasher::of(&(self.seed, column as u64, n));
        let pick = |list: &[&'static str]| {
            Value::text(
                list.get((h % list.len().max(1) as u64) as usize)
                    .copied()
                    .unwrap_or(""),
            )
        };
        if self.serial == Some(column) {
            return match def.ty {
                Type::Int => Value::Int(i64::try_from(n).unwrap_or(i64::MAX).saturating_add(1)),
                Type::Text if &*def.type_name == "UUID" => {
                    // The number leads, so that order by key is order by number.
                    let tail = h & 0x0fff_ffff_ffff;
                    Value::Text(Rc::from(format!(
                        "{:08x}-{:04x}-4000-8000-{tail:012x}",
                        (n >> 16) as u32,
                        n & 0xffff
                    )))
                }
                _ => Value::Text(Rc::from(format!("{n:010}"))),
            };
        }
        match def.ty {
            Type::Bool => Value::Bool(h.is_multiple_of(2)),
            Type::Int => Value::Int((h % 10_000) as i64),
            Type::Decimal => Value::Decimal(crate::base::Decimal::new((h % 10_000) as i128, 2)),
            Type::Float => Value::float((h % 10_000) as f64 / 100.0),
            // Within 2018.
            Type::Timestamp => {
                Value::Timestamp(1_514_764_800_000_000 + (h % 31_536_000) as i64 * 1_000_000)
            }
            Type::TimestampTz => {
                Value::TimestampTz(1_514_764_800_000_000 + (h % 31_536_000) as i64 * 1_000_000)
            }
            _ => match &*def.name {
                "city" | "vehicle_city" => pick(&CITIES),
                "name" | "owner" => Value::Text(Rc::from(format!(
                    "{} {}",
                    FIRST[(h % 8) as usize],
                    LAST[(h / 8 % 8) as usize]
                ))),
                name if name.ends_with("address") => Value::Text(Rc::from(format!(
                    "{} {} St",
                    h % 900 + 1,
                    LAST[(h / 900 % 8) as usize]
                ))),
                "type" => pick(&["bike", "scooter", "skateboard"]),
                "status" => pick(&["available", "in_use", "lost"]),
                "credit_card" => Value::Text(Rc::from(format!("{:010}", h % 10_000_000_000))),
                _ if &*def.type_name == "UUID" => Value::Text(Rc::from(format!(
                    "{:08x}-{:04x}-4000-8000-{:012x}",
                    h >> 32,
                    h >> 16 & 0xffff,
                    h & 0xffff_ffff_ffff
                ))),
                _ => pick(&WORDS),
            },
        }
    }
}

impl TableData {
    /// How many rows are visible at `at`; the overlay is counted row by row, blocks by subtraction.
    pub fn count(&self, at: Time) -> u64 {
        let blocks: u64 = self
            .blocks
            .iter()
            .filter(|b| b.visible(at))
            .map(|b| b.hi - b.lo)
            .sum();
        let own = self
            .overlay
            .values()
            .filter(|versions| visible(versions, at).is_some())
            .count();
        // A row of a block that was overwritten or deleted has an overlay entry marked as such.
        blocks.saturating_sub(self.shadowed(at)) + own as u64
    }

    /// Rows of blocks that an overlay entry hides at `at`.
    fn shadowed(&self, at: Time) -> u64 {
        if self.overlay.is_empty() {
            return 0;
        }
        self.blocks
            .iter()
            .filter(|b| b.visible(at))
            .map(|b| {
                self.overlay
                    .iter()
                    .filter(|(k, v)| {
                        v.first().is_some_and(|f| f.at <= at) && b.number_of(k).is_some()
                    })
                    .count() as u64
            })
            .sum()
    }

    /// The rows visible at `at`: in the order of a key of one column, else blocks in order and then
    /// what was written one by one.
    pub fn rows<'a>(&'a self, at: Time, key: &'a [usize]) -> impl Iterator<Item = Row> + 'a {
        let blocks = self
            .blocks
            .iter()
            .filter(move |b| b.visible(at))
            .flat_map(move |b| {
                (b.lo..b.hi).filter_map(move |n| {
                    if !self.overlay.is_empty() {
                        let k: Vec<Key> = key.iter().map(|&c| Key(b.rule.value(n, c))).collect();
                        if self
                            .overlay
                            .get(&k)
                            .is_some_and(|v| v.first().is_some_and(|f| f.at <= at))
                        {
                            return None;
                        }
                    }
                    Some(b.rule.row(n))
                })
            });
        let mut blocks = blocks.peekable();
        let mut own = self
            .overlay
            .iter()
            .filter_map(move |(k, v)| visible(v, at).map(|row| (k, row)))
            .peekable();
        std::iter::from_fn(move || {
            if let Some((k, _)) = own.peek() {
                let first = match (blocks.peek(), key) {
                    (None, _) => true,
                    (Some(row), [c]) => {
                        let at = row.get(*c).cloned().map(Key);
                        at.as_ref() > k.first()
                    }
                    // Rows by rule do not stand in the order of a key of several columns.
                    (Some(_), _) => false,
                };
                if first {
                    return own.next().map(|(_, row)| row.to_vec());
                }
            }
            blocks.next()
        })
    }

    /// Writes one row, or its deletion, as of `at`.
    pub fn write(&mut self, key: Vec<Key>, at: Time, row: Option<Rc<[Value]>>) {
        self.overlay
            .entry(key)
            .or_default()
            .push(Version { at, row });
    }

    /// The table has another primary key: what was written one by one stands under it, at every
    /// past time too. `columns` are the table's, `key` the places of the new key among them.
    pub fn rekey(&mut self, columns: &[ColumnDef], key: &[usize]) {
        let of = |row: &dyn Fn(usize) -> Value| -> Vec<Key> {
            let mut values = Vec::with_capacity(key.len());
            for &c in key {
                values.push(Key(row(c)));
            }
            values
        };
        let mut overlay: Map<Vec<Key>, Vec<Version>> = Map::new();
        for (old, versions) in std::mem::take(&mut self.overlay) {
            let mut blocks = self.blocks.iter();
            let hidden = blocks.find_map(|b| Some((b, b.number_of(&old)?)));
            let mut last = hidden.map(|(b, n)| {
                of(
                    &|c| match columns.get(c).and_then(|d| b.rule.place(&d.name)) {
                        Some(place) => b.rule.value(n, place),
                        None => Value::Null,
                    },
                )
            });
            for version in versions {
                let value = |row: &[Value], c: usize| row.get(c).cloned().unwrap_or_default();
                let row = version.row.as_deref();
                let new = row.map(|row| of(&|c| value(row, c)));
                // Where the row stood before, it is gone.
                if let Some(gone) = last.take().filter(|l| new.as_ref() != Some(l)) {
                    let at = version.at;
                    overlay
                        .entry(gone)
                        .or_default()
                        .push(Version { at, row: None });
                }
                if let Some(new) = new {
                    overlay.entry(new.clone()).or_default().push(version);
                    last = Some(new);
                }
            }
        }
        // One key may have been that of several rows, one after another.
        for versions in overlay.values_mut() {
            for n in 1..versions.len() {
                for m in (1..=n).rev() {
                    if versions[m - 1].at > versions[m].at {
                        versions.swap(m - 1, m);
                    }
                }
            }
        }
        self.overlay = overlay;
        for block in &mut self.blocks {
            let mut places = Vec::with_capacity(key.len());
            for &c in key {
                let place = columns.get(c).and_then(|d| block.rule.place(&d.name));
                places.push(place.unwrap_or(usize::MAX));
            }
            block.rule.key = places.into();
        }
    }

    /// Ends the visibility at `at` of the rows `lo..hi` of a block; those beside them stay.
    pub fn end_rows(&mut self, block: usize, lo: u64, hi: u64, at: Time) {
        let Some(whole) = self.blocks.get_mut(block) else {
            return;
        };
        let mut ended = whole.clone();
        let mut right = whole.clone();
        (ended.lo, ended.hi, ended.until) = (lo, hi, Some(at));
        (whole.hi, right.lo) = (lo, hi);
        // In the order of their rows; an empty one does no harm.
        for piece in [right, ended] {
            self.blocks.insert(block + 1, piece);
        }
    }

    /// Ends the visibility at `at` of everything that `job` brought.
    pub fn revert(&mut self, job: JobIx, at: Time) {
        for block in self
            .blocks
            .iter_mut()
            .filter(|b| b.made_by == Some(job) && b.until.is_none())
        {
            block.until = Some(at);
        }
    }
}

impl Block {
    /// Whether row `n` has the key.
    fn has(&self, n: u64, key: &[Key]) -> bool {
        let mut parts = self.rule.key.iter().zip(key);
        parts.all(|(&c, k)| self.rule.value(n, c) == k.0)
    }

    fn visible(&self, at: Time) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// The number of the row with this key, if the block has one.
    pub fn number_of(&self, key: &[Key]) -> Option<u64> {
        let serial = self.rule.serial?;
        let Some(place) = self.rule.key.iter().position(|k| *k == serial) else {
            // No column of the key tells the number.
            let mut numbers = self.lo..self.hi;
            return numbers.find(|n| self.has(*n, key));
        };
        let last = &key.get(place)?.0;
        let n = match last {
            Value::Int(i) => u64::try_from(i.checked_sub(1)?).ok()?,
            Value::Text(s) => {
                if let Some(hex) = s.get(0..13).filter(|_| s.len() == 36) {
                    u64::from_str_radix(&hex.replace('-', ""), 16).ok()?
                } else {
                    s.parse().ok()?
                }
            }
            _ => return None,
        };
        (self.lo..self.hi)
            .contains(&n)
            .then_some(n)
            .filter(|&n| self.rule.value(n, serial) == *last)
    }
}

fn visible(versions: &[Version], at: Time) -> Option<&Rc<[Value]>> {
    versions
        .iter()
        .rev()
        .find(|v| v.at <= at)
        .and_then(|v| v.row.as_ref())
}

/// A span of keys (CockroachDB) or a log stream with its tablets (OceanBase), with the node that serves it.
#[derive(Clone, Debug, Hash)]
pub struct Range {
    pub tenant: TenantIx,
    pub table: Option<TableIx>,
    /// What a person calls it: `r42`, `LS 1001`.
    pub label: Rc<str>,
    /// Who serves it: the leaseholder, the leader of the log stream.
    pub leader: NodeIx,
    pub replicas: Vec<NodeIx>,
    /// Bytes when it holds all it is meant to hold.
    pub size: u64,
    /// Bytes it held when the unit that fills or empties it, if any, began.
    pub held: u64,
    /// The unit that fills or empties it now.
    pub unit: Option<UnitRef>,
    /// The job that made it, for what a RESTORE or IMPORT creates.
    pub made_by: Option<JobIx>,
    pub created: Time,
    /// When its space was given back.
    pub gone: Option<Time>,
}
