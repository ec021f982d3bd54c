//! Tables that are cheap to copy: a copy shares the rows, and a row that changes is copied then. This is
//! what makes a checkpoint of a whole cluster cheap.

use std::rc::Rc;

/// Rows that lie side by side, `N` to a chunk: a copy of the table costs a pointer a chunk, and those of
/// a chunk are copied together. For small rows of which one statement may read or change thousands.
/// Addressed by their index, which is never reused.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Packed<T, const N: usize>(Vec<Rc<Vec<T>>>);

impl<T, const N: usize> Clone for Packed<T, N> {
    fn clone(&self) -> Self {
        Packed(self.0.clone())
    }
}

impl<T, const N: usize> Default for Packed<T, N> {
    fn default() -> Self {
        Packed(Vec::new())
    }
}

impl<T: Clone, const N: usize> Packed<T, N> {
    /// Appends a row and returns its index.
    pub fn push(&mut self, row: T) -> usize {
        let index = self.len();
        match self.0.last_mut() {
            Some(chunk) if chunk.len() < N => Rc::make_mut(chunk).push(row),
            _ => {
                let mut chunk = Vec::with_capacity(N);
                chunk.push(row);
                self.0.push(Rc::new(chunk));
            }
        }
        index
    }
    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index / N)?.get(index % N)
    }
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        Rc::make_mut(self.0.get_mut(index / N)?).get_mut(index % N)
    }
    pub fn len(&self) -> usize {
        match self.0.last() {
            Some(last) => (self.0.len() - 1) * N + last.len(),
            None => 0,
        }
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter().flat_map(|chunk| chunk.iter())
    }
    /// Index and row, in order of index.
    pub fn enumerate(&self) -> impl DoubleEndedIterator<Item = (usize, &T)> {
        let chunks = self.0.iter().enumerate();
        chunks.flat_map(|(c, chunk)| {
            let rows = chunk.iter().enumerate();
            rows.map(move |(i, row)| (c * N + i, row))
        })
    }
}

/// Rows that each lie apart, for those that are large or dear to copy: a copy of the table costs a
/// pointer a row. Addressed by their index, which is never reused.
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
