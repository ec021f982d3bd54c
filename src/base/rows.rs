//! Tables of shared rows: cloning a table costs a pointer a row, changing a row copies only that row.
//! This is what makes a checkpoint of a whole cluster cheap.

use std::rc::Rc;

/// Rows addressed by their index, which is never reused: the index + 1 or the like serves as id.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rows<T>(Vec<Rc<T>>);

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Rows(self.0.clone())
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Rows(Vec::new())
    }
}

impl<T: Clone> Rows<T> {
    /// Appends a row and returns its index.
    pub fn push(&mut self, row: T) -> usize {
        self.0.push(Rc::new(row));
        self.0.len() - 1
    }
    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index).map(|rc| &**rc)
    }
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.0.get_mut(index).map(Rc::make_mut)
    }
    pub fn shared(&self, index: usize) -> Option<&Rc<T>> {
        self.0.get(index)
    }
    pub fn len(&self) -> usize {
        self.0.len()
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.0.iter().map(|rc| &**rc)
    }
    /// Index and row, in order of index.
    pub fn enumerate(&self) -> impl DoubleEndedIterator<Item = (usize, &T)> {
        self.0.iter().enumerate().map(|(i, rc)| (i, &**rc))
    }
}
