//! Keys in a tree, each with a number: the one kind of tree that grouping, joining and DISTINCT share,
//! as each further kind would be 8 kB of the page.

use std::collections::BTreeMap;

use super::ops::Key;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<Key, usize>);

impl Keys {
    pub fn new() -> Keys {
        Keys::default()
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn contains(&self, key: &Key) -> bool {
        self.get(key).is_some()
    }
    pub fn get(&self, key: &Key) -> Option<usize> {
        self.0.get(key).copied()
    }
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut usize> {
        self.0.get_mut(key)
    }
    pub fn first(&self) -> Option<&Key> {
        self.0.first_key_value().map(|(key, _)| key)
    }
    pub fn last(&self) -> Option<&Key> {
        self.0.last_key_value().map(|(key, _)| key)
    }
    pub fn insert(&mut self, key: Key, number: usize) {
        self.0.insert(key, number);
    }
}
