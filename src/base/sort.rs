//! Sorting that costs the page little to download.

use std::cmp::Ordering;

/// Sorts as `slice::sort_by` does (stable), in a fraction of its code: the standard library's
/// sort is 5 kB for every type and comparison. Here one function for all sorts the positions, and
/// only the comparison and the swapping know the type.
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let mut order = sorted(items.len(), &mut |a, b| match (
        items.get(a as usize),
        items.get(b as usize),
    ) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    swaps(&mut order, &mut |a, b| items.swap(a, b));
}

/// Sorts by a key, which is computed for every comparison; stable.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts in ascending order; stable.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// The positions `0..len` in order of what stands there: a merge sort from the bottom up.
fn sorted(len: usize, compare: &mut dyn FnMut(u32, u32) -> Ordering) -> Vec<u32> {
    let mut from: Vec<u32> = (0..u32::try_from(len).unwrap_or(u32::MAX)).collect();
    // Most of what is sorted was in order before, or just the other way round.
    let len = from.len();
    let mut pairs = from.windows(2);
    let first = pairs.find_map(|w| match w {
        [a, b] if compare(*a, *b) == Ordering::Greater => Some(*b),
        _ => None,
    });
    if first.is_none() {
        return from;
    }
    if first == Some(1)
        && pairs.all(|w| matches!(w, [a, b] if compare(*a, *b) == Ordering::Greater))
    {
        from.reverse();
        return from;
    }
    let mut to = Vec::with_capacity(len);
    let mut width = 1;
    while width < len {
        to.clear();
        let mut start = 0;
        while start < len {
            let middle = (start + width).min(len);
            let end = (middle + width).min(len);
            let (mut a, mut b) = (start, middle);
            while a < middle || b < end {
                let left =
                    b >= end || (a < middle && compare(from[a], from[b]) != Ordering::Greater);
                let next = if left { &mut a } else { &mut b };
                to.push(from[*next]);
                *next += 1;
            }
            start = end;
        }
        std::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    from
}

/// Brings everything to its place: what belongs at `i` stands at `order[i]`.
fn swaps(order: &mut [u32], swap: &mut dyn FnMut(usize, usize)) {
    for i in 0..order.len() {
        let mut at = i;
        // One cycle of the permutation; a place that is done points to itself.
        loop {
            let next = order[at] as usize;
            order[at] = at as u32;
            if next == i {
                break;
            }
            swap(at, next);
            at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut rng = Rng::new(3, "sort");
        for len in 0..80 {
            let mut ours: Vec<(u64, usize)> = (0..len).map(|i| (rng.below(20), i)).collect();
            let mut theirs = ours.clone();
            sort_by_key(&mut ours, |&(k, _)| k);
            theirs.sort_by_key(|&(k, _)| k);
            assert_eq!(ours, theirs);
            sort_by(&mut ours, |a, b| b.cmp(a));
            theirs.sort_by(|a, b| b.cmp(a));
            sort_by(&mut ours, |a, b| b.1.cmp(&a.1));
            theirs.sort_by_key(|b| std::cmp::Reverse(b.1));
            assert_eq!(ours, theirs);
            sort(&mut ours);
            theirs.sort();
            // The other way round, with and without equals.
            ours.reverse();
            theirs.reverse();
            sort_by_key(&mut ours, |&(k, _)| k);
            theirs.sort_by_key(|&(k, _)| k);
            ours.dedup_by_key(|&mut (k, _)| k);
            theirs.dedup_by_key(|&mut (k, _)| k);
            assert_eq!(ours, theirs);
            ours.reverse();
            theirs.reverse();
            sort(&mut ours);
            theirs.sort();
            assert_eq!(ours, theirs);
        }
    }
}
