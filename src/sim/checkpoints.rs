//! Checkpoints: clones of a state at some moments, thinned so that old ones lie further apart.

use crate::base::Time;

/// At most [`Checkpoints::KEPT`] states; the recent past is denser than the far past.
#[derive(Clone)]
pub struct Checkpoints<S> {
    /// In order of (time, mark).
    kept: Vec<(Time, usize, S)>,
}

impl<S> Default for Checkpoints<S> {
    fn default() -> Self {
        Checkpoints { kept: Vec::new() }
    }
}

impl<S> Checkpoints<S> {
    pub const KEPT: usize = 64;

    /// Keeps `state` of `time`, with `mark` inputs consumed. Later ones that it contradicts must have been cut first.
    pub fn keep(&mut self, time: Time, mark: usize, state: S) {
        self.kept.push((time, mark, state));
        if self.kept.len() > Self::KEPT {
            // Drop every second one of the older half, the first (the start) always stays.
            let half = self.kept.len() / 2;
            let mut index = 0;
            self.kept.retain(|_| {
                index += 1;
                index == 1 || index > half || index % 2 == 1
            });
        }
    }

    /// The time of the earliest one.
    pub fn first(&self) -> Option<Time> {
        self.kept.first().map(|p| p.0)
    }

    /// The last state at or before `time` that has consumed at most `marks` inputs.
    pub fn nearest(&self, time: Time, marks: usize) -> Option<(Time, usize, &S)> {
        let found = self
            .kept
            .iter()
            .rev()
            .find(|(t, m, _)| *t <= time && *m <= marks)?;
        Some((found.0, found.1, &found.2))
    }

    /// Forgets everything after `time` or with more than `marks` inputs consumed.
    pub fn cut(&mut self, time: Time, marks: usize) {
        self.kept.retain(|(t, m, _)| *t <= time && *m <= marks);
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_start_and_the_recent_past() {
        let mut points = Checkpoints::default();
        for i in 0..10_000u64 {
            points.keep(Time(i), i as usize, i);
        }
        assert!(points.len() <= Checkpoints::<u64>::KEPT);
        assert_eq!(points.nearest(Time(0), 0).map(|p| *p.2), Some(0));
        let recent = points.nearest(Time(9_990), 9_990).map(|p| *p.2).unwrap();
        assert!(recent > 9_900, "{recent}");
        points.cut(Time(50), 50);
        assert!(
            points
                .nearest(Time::MAX, usize::MAX)
                .is_some_and(|p| p.0 <= Time(50))
        );
    }
}
