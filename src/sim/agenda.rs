//! The event queue and the virtual clock.

use crate::base::{Duration, Time};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::hash::{Hash, Hasher};

/// What is still to happen, ordered by time; events of the same moment run in the order in which
/// they were put down. An event that was overtaken is not removed: its receiver compares a
/// generation number and lets it pass (cheaper than an indexed queue at our sizes).
#[derive(Clone)]
pub struct Agenda<E> {
    now: Time,
    next_seq: u64,
    handled: u64,
    heap: BinaryHeap<Reverse<Item<E>>>,
}

#[derive(Clone)]
struct Item<E> {
    time: Time,
    seq: u64,
    event: E,
}

impl<E> PartialEq for Item<E> {
    fn eq(&self, other: &Self) -> bool {
        self.seq == other.seq
    }
}
impl<E> Eq for Item<E> {}
impl<E> PartialOrd for Item<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Item<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.time, self.seq).cmp(&(other.time, other.seq))
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Agenda {
            now: Time::ZERO,
            next_seq: 0,
            handled: 0,
            heap: BinaryHeap::new(),
        }
    }
}

impl<E> Agenda<E> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn now(&self) -> Time {
        self.now
    }

    /// Puts `event` down for `time`; a time that has passed means now.
    pub fn at(&mut self, time: Time, event: E) {
        let item = Item {
            time: time.max(self.now),
            seq: self.next_seq,
            event,
        };
        self.next_seq += 1;
        self.heap.push(Reverse(item));
    }

    pub fn after(&mut self, delay: Duration, event: E) {
        self.at(self.now + delay, event);
    }

    /// When the next event is due.
    pub fn next_time(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse(item)| item.time)
    }

    /// How many events have been handled since the scenario began.
    pub fn handled(&self) -> u64 {
        self.handled
    }

    pub fn len(&self) -> usize {
        self.heap.len()
    }

    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    pub(super) fn pop(&mut self, limit: Time) -> Option<E> {
        if self.next_time()? > limit {
            return None;
        }
        let Reverse(item) = self.heap.pop()?;
        self.now = item.time;
        self.handled += 1;
        Some(item.event)
    }

    /// Moves the clock without handling anything; it never goes back.
    pub(super) fn advance_to(&mut self, time: Time) {
        self.now = self.now.max(time);
    }
}

/// The clock and what is to come, in order: not the heap's inner layout.
impl<E: Hash> Hash for Agenda<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.now.hash(state);
        let mut items: Vec<&Item<E>> = self.heap.iter().map(|Reverse(item)| item).collect();
        crate::base::sort::sort(&mut items);
        for item in items {
            item.time.hash(state);
            item.event.hash(state);
        }
    }
}
