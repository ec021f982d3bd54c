//! Virtual time: integer microseconds. There is no other clock in the program.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A moment of virtual time: microseconds since the scenario began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// A length of virtual time in microseconds. Arithmetic saturates: a duration typed by a user
/// must never be able to overflow the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

impl Time {
    pub const ZERO: Time = Time(0);
    /// Later than anything that happens.
    pub const MAX: Time = Time(u64::MAX);

    /// The time from `earlier` to `self`; zero if `earlier` lies later.
    pub fn since(self, earlier: Time) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// Microseconds since the Unix epoch, for a cluster whose scenario began at `epoch_us`.
    pub fn unix_us(self, epoch_us: i64) -> i64 {
        epoch_us.saturating_add(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

impl Duration {
    pub const ZERO: Duration = Duration(0);

    pub const fn from_micros(us: u64) -> Duration {
        Duration(us)
    }
    pub const fn from_millis(ms: u64) -> Duration {
        Duration(ms.saturating_mul(1_000))
    }
    pub const fn from_secs(s: u64) -> Duration {
        Duration(s.saturating_mul(1_000_000))
    }
    pub const fn from_mins(m: u64) -> Duration {
        Duration::from_secs(m.saturating_mul(60))
    }
    pub const fn from_hours(h: u64) -> Duration {
        Duration::from_secs(h.saturating_mul(3_600))
    }
    pub const fn as_micros(self) -> u64 {
        self.0
    }
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Reads `250ms`, `10s`, `2m30s`, `1h`, `1.5s`, `1d`; `us` is accepted too. `None` if it is not a duration.
    pub fn parse(text: &str) -> Option<Duration> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return None;
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let unit_len = tail
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_len);
            let scale: u64 = match unit {
                "us" | "µs" => 1,
                "ms" => 1_000,
                "s" => 1_000_000,
                "m" | "min" => 60_000_000,
                "h" => 3_600_000_000,
                "d" => 86_400_000_000,
                _ => return None,
            };
            let (whole, frac) = number.split_once('.').unwrap_or((number, ""));
            if whole.is_empty() || frac.contains('.') || frac.len() > 6 {
                return None;
            }
            let whole: u64 = whole.parse().ok()?;
            let mut us = whole.checked_mul(scale)?;
            if !frac.is_empty() {
                let unit = 10u64.pow(frac.len() as u32);
                us = us.checked_add(frac.parse::<u64>().ok()?.checked_mul(scale)? / unit)?;
            }
            total = total.checked_add(us)?;
            rest = tail;
        }
        Some(Duration(total))
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, d: Duration) -> Time {
        Time(self.0.saturating_add(d.0))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, d: Duration) {
        *self = *self + d;
    }
}

impl Sub<Time> for Time {
    type Output = Duration;
    fn sub(self, other: Time) -> Duration {
        self.since(other)
    }
}

impl Add for Duration {
    type Output = Duration;
    fn add(self, d: Duration) -> Duration {
        Duration(self.0.saturating_add(d.0))
    }
}

/// `2m30s`, `250ms`, `1h`, `1.5s`: the shortest form that [`Duration::parse`] reads back.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0;
        if us == 0 {
            return f.write_str("0s");
        }
        if us < 1_000 {
            return write!(f, "{us}us");
        }
        if us < 1_000_000 {
            return decimal(f, us, 1_000, "ms");
        }
        let (h, m) = (us / 3_600_000_000, us / 60_000_000 % 60);
        if h > 0 {
            write!(f, "{h}h")?;
        }
        if m > 0 {
            write!(f, "{m}m")?;
        }
        match us % 60_000_000 {
            0 => Ok(()),
            s => decimal(f, s, 1_000_000, "s"),
        }
    }
}

fn decimal(f: &mut fmt::Formatter<'_>, n: u64, unit: u64, name: &str) -> fmt::Result {
    let (whole, frac) = (n / unit, n % unit);
    if frac == 0 {
        return write!(f, "{whole}{name}");
    }
    let digits = if unit == 1_000 { 3 } else { 6 };
    let frac = format!("{frac:0digits$}");
    write!(f, "{whole}.{}{name}", frac.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        for text in [
            "250ms", "10s", "2m30s", "1h", "1.5s", "3us", "1h30m", "0s", "24h0.25s",
        ] {
            let d = Duration::parse(text).expect(text);
            assert_eq!(
                Duration::parse(&d.to_string()),
                Some(d),
                "{text} printed as {d}"
            );
        }
        for text in [
            "",
            "10",
            "s",
            "1.2.3s",
            "-1s",
            "1 s",
            "99999999999999999999s",
            "1e3s",
        ] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
