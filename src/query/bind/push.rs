//! Conditions move to where they save most: into the source they are about, else into a join, there
//! as equalities by which the other side is found, if they are such.

use crate::query::expr::{Expr, Place};
use crate::query::ops::Op;
use crate::query::plan::{From, Join, JoinKind};

/// The terms of a conjunction.
pub fn conjuncts(e: Expr<'_>) -> Vec<Expr<'_>> {
    match e {
        Expr::And(items) => items.into_iter().flat_map(conjuncts).collect(),
        e => vec![e],
    }
}

/// The sources that an expression reads, as bits. ROWNUM is the highest.
pub fn parts(e: &mut Expr<'_>) -> u64 {
    let mut parts = 0;
    // The visitor never fails.
    let _ = e.walk(0, &mut |e, depth| {
        if let Expr::Column(place) = e
            && place.level == depth
        {
            parts |= 1u64.checked_shl(u32::from(place.part)).unwrap_or(1 << 63);
        }
        Ok(false)
    });
    parts
}

fn range(from: usize, to: usize) -> u64 {
    let below = |n: usize| 1u64.checked_shl(n as u32).map_or(u64::MAX, |b| b - 1);
    below(to) & !below(from)
}

/// Whether a source reads the rows of those before it.
pub fn is_lateral(from: &mut From<'_>) -> bool {
    match from {
        From::Derived { lateral, .. } => *lateral,
        From::Function { args, .. } => args.iter_mut().any(|e| parts(e) != 0),
        From::Join(join) => is_lateral(&mut join.left) || is_lateral(&mut join.right),
        _ => false,
    }
}

/// Puts conditions into FROM; gives back those that must be checked after it.
pub fn push<'a>(from: &mut From<'a>, conditions: Vec<Expr<'a>>) -> Vec<Expr<'a>> {
    let mut rest = Vec::new();
    let bits = match from {
        From::Scan { part, .. }
        | From::Derived { part, .. }
        | From::Cte { part, .. }
        | From::Working { part, .. }
        | From::Function { part, .. } => range(*part, *part + 1),
        From::Join(join) => {
            for mut condition in conditions {
                let reads = parts(&mut condition);
                let (left, right) = sides(join);
                let only = |side: u64| reads != 0 && reads & !side == 0;
                match join.kind {
                    JoinKind::Inner | JoinKind::Left if only(left) => {
                        rest.extend(push(&mut join.left, vec![condition]));
                    }
                    JoinKind::Inner | JoinKind::Right if only(right) => {
                        rest.extend(push(&mut join.right, vec![condition]));
                    }
                    JoinKind::Inner if only(left | right) => join.on.push(condition),
                    _ => rest.push(condition),
                }
            }
            return rest;
        }
    };
    for mut condition in conditions {
        let reads = parts(&mut condition);
        match from.filter() {
            Some(filter) if reads != 0 && reads & !bits == 0 => filter.push(condition),
            _ => rest.push(condition),
        }
    }
    rest
}

fn sides(join: &Join<'_>) -> (u64, u64) {
    (range(join.from, join.middle), range(join.middle, join.to))
}

/// Sorts the conditions of joins: one-sided ones go to their side, equalities become keys.
/// Then finds the bounds of keys in the conditions of tables.
pub fn settle(from: &mut From<'_>) {
    match from {
        From::Join(join) => {
            settle_join(join);
            settle(&mut join.left);
            settle(&mut join.right);
        }
        From::Scan {
            part,
            relation,
            slots,
            filter,
            low,
            high,
        } => {
            let Some(key) = relation.key() else {
                return;
            };
            let slots = slots.borrow();
            let is_key = |e: &Expr<'_>| {
                matches!(e, Expr::Column(p) if p.level == 0
                    && usize::from(p.part) == *part
                    && slots.get(usize::from(p.slot)) == Some(&key))
            };
            for condition in filter.iter() {
                let Some((from, to)) = bounds(condition, &is_key) else {
                    continue;
                };
                if low.is_none() {
                    *low = from;
                }
                if high.is_none() {
                    *high = to;
                }
            }
        }
        _ => {}
    }
}

fn settle_join<'a>(join: &mut Join<'a>) {
    let (left, right) = sides(join);
    for mut condition in std::mem::take(&mut join.on) {
        let reads = parts(&mut condition);
        let only = |side: u64| reads != 0 && reads & !side == 0;
        // A condition of an outer join may drop only rows of the side that is not kept.
        let mut kept = match join.kind {
            JoinKind::Inner | JoinKind::Right if only(left) => {
                push(&mut join.left, vec![condition])
            }
            JoinKind::Inner | JoinKind::Left if only(right) => {
                push(&mut join.right, vec![condition])
            }
            _ => vec![condition],
        };
        let Some(condition) = kept.pop() else {
            continue;
        };
        match equality(condition, left, right) {
            Ok(pair) if !join.lateral => join.keys.push(pair),
            Ok((a, b)) => join.on.push(Expr::Chain(a.boxed(), vec![(Op::Eq, b)])),
            Err(condition) => join.on.push(condition),
        }
    }
}

/// `a = b` with `a` of the left and `b` of the right side.
fn equality<'a>(
    condition: Expr<'a>,
    left: u64,
    right: u64,
) -> Result<(Expr<'a>, Expr<'a>), Expr<'a>> {
    let Expr::Chain(mut a, mut steps) = condition else {
        return Err(condition);
    };
    if let [(Op::Eq, b)] = steps.as_mut_slice() {
        let (x, y) = (parts(&mut a), parts(b));
        let within = |reads: u64, side: u64| reads != 0 && reads & !side == 0;
        if within(x, left) && within(y, right) || within(x, right) && within(y, left) {
            let swap = within(x, right);
            if let Some((_, b)) = steps.pop() {
                return Ok(if swap { (b, *a) } else { (*a, b) });
            }
        }
    }
    Err(Expr::Chain(a, steps))
}

type Bounds<'a> = (Option<Expr<'a>>, Option<Expr<'a>>);

/// The least and the greatest key for which a condition can hold.
fn bounds<'a>(condition: &Expr<'a>, is_key: &dyn Fn(&Expr<'_>) -> bool) -> Option<Bounds<'a>> {
    match condition {
        Expr::Chain(a, steps) => {
            let [(op, b)] = steps.as_slice() else {
                return None;
            };
            let (op, value) = if is_key(a) {
                (*op, fixed(b)?)
            } else if is_key(b) {
                (op.flipped(), fixed(a)?)
            } else {
                return None;
            };
            match op {
                Op::Eq => Some((fixed(&value), Some(value))),
                Op::Greater | Op::GreaterEq => Some((Some(value), None)),
                Op::Less | Op::LessEq => Some((None, Some(value))),
                _ => None,
            }
        }
        Expr::InSet {
            of,
            set,
            negated: false,
        } => {
            let [of] = of.as_slice() else {
                return None;
            };
            let end = |key: Option<&crate::query::ops::Key>| {
                key.and_then(|k| k.0.first()).cloned().map(Expr::Const)
            };
            is_key(of).then(|| (end(set.rows.first()), end(set.rows.last())))
        }
        _ => None,
    }
}

/// A value that does not change while the table is read: a constant, or a column of a query around this one.
fn fixed<'a>(e: &Expr<'_>) -> Option<Expr<'a>> {
    match e {
        Expr::Const(value) => Some(Expr::Const(value.clone())),
        Expr::Column(place) if place.level > 0 => Some(Expr::Column(Place { ..*place })),
        _ => None,
    }
}
