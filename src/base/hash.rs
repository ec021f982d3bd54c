//! A hash that is the same on every machine: FNV-1a over the written bytes, with lengths and
//! discriminants (`usize`, `isize`) widened to 64 bits, so that a 32-bit wasm and a 64-bit native
//! build agree on the hash of any `#[derive(Hash)]` state without slices of `usize` (see [`Positions`]).

use std::hash::{Hash, Hasher};
use std::rc::Rc;

#[derive(Clone, Debug)]
pub struct StateHasher(u64);

impl Default for StateHasher {
    fn default() -> StateHasher {
        StateHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl StateHasher {
    /// The hash of one value.
    pub fn of(value: &impl Hash) -> u64 {
        let mut hasher = StateHasher::default();
        value.hash(&mut hasher);
        hasher.finish()
    }
}

impl Hasher for StateHasher {
    fn finish(&self) -> u64 {
        // A last mix: FNV alone leaves the high bits of short inputs poor.
        let mut h = self.0;
        h ^= h >> 33;
        h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
        h ^ (h >> 33)
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = (self.0 ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    fn write_u16(&mut self, n: u16) {
        self.write(&n.to_le_bytes());
    }
    fn write_u32(&mut self, n: u32) {
        self.write(&n.to_le_bytes());
    }
    fn write_u64(&mut self, n: u64) {
        self.write(&n.to_le_bytes());
    }
    fn write_u128(&mut self, n: u128) {
        self.write(&n.to_le_bytes());
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as i64 as u64);
    }
}

/// Positions in a list (of columns, say) that are part of the state. Their hash is the same
/// everywhere: that of a bare slice of `usize` is made of its bytes, fewer in wasm than natively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions(Rc<[usize]>);

impl<T: Into<Rc<[usize]>>> From<T> for Positions {
    fn from(positions: T) -> Positions {
        Positions(positions.into())
    }
}

impl std::ops::Deref for Positions {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl Hash for Positions {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
        for position in self.iter() {
            state.write_usize(*position);
        }
    }
}
