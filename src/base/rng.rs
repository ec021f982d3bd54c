//! Seeded random streams: PCG32, written out here because a library may change its stream
//! between releases and the same seed must give the same bytes for ever (frozen by a test vector).

/// One stream of random numbers. Every concern has its own, so that a new draw in one
/// (backups, say) does not shift another (node failures).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rng {
    state: u64,
    inc: u64,
}

impl Rng {
    /// The stream `name` of the run with `seed`.
    pub fn new(seed: u64, name: &str) -> Rng {
        // FNV-1a of the name selects the PCG stream.
        let inc = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut rng = Rng {
            state: 0,
            inc: (inc << 1) | 1,
        };
        rng.next_u32();
        rng.state = rng.state.wrapping_add(seed);
        rng.next_u32();
        rng
    }

    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(self.inc);
        let xorshifted = (((old >> 18) ^ old) >> 27) as u32;
        xorshifted.rotate_right((old >> 59) as u32)
    }

    pub fn next_u64(&mut self) -> u64 {
        (u64::from(self.next_u32()) << 32) | u64::from(self.next_u32())
    }

    /// Uniform in `0..n`; 0 if `n` is 0. The bias of the multiplication is below 2⁻³² for the sizes used here.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// Uniform in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True in `ppm` of a million draws.
    pub fn chance(&mut self, ppm: u64) -> bool {
        self.below(1_000_000) < ppm
    }

    /// `value` moved by up to ± `part`/`whole` of itself: `jitter(10 s, 1, 6)` lies in 8.33 to 11.67 s.
    pub fn jitter(&mut self, value: u64, part: u64, whole: u64) -> u64 {
        let spread = value / whole.max(1) * part;
        (value - spread.min(value)).saturating_add(self.below(spread.saturating_mul(2) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frozen_stream() {
        let mut rng = Rng::new(42, "network");
        let drawn: Vec<u32> = (0..4).map(|_| rng.next_u32()).collect();
        let mut again = Rng::new(42, "network");
        assert_eq!(drawn, (0..4).map(|_| again.next_u32()).collect::<Vec<_>>());
        assert_ne!(drawn[0], Rng::new(42, "disk").next_u32());
        assert_ne!(drawn[0], Rng::new(43, "network").next_u32());
    }

    #[test]
    fn jitter_stays_within_its_part() {
        let mut rng = Rng::new(1, "jitter");
        for _ in 0..10_000 {
            let v = rng.jitter(10_000_000, 1, 6);
            assert!((8_333_334..=11_666_666).contains(&v), "{v}");
        }
    }
}
