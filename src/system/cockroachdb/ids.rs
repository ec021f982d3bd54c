//! Ids and dated names that the product makes of the clock. reference: cockroachdb-jobs 8.1

use crate::cluster::NodeIx;

/// 2015-01-01 00:00 UTC in Unix microseconds.
const EPOCH_2015_US: i64 = 1_420_070_400_000_000;

/// A job or schedule id: 10 µs ticks since 2015 and, in the low 15 bits, the creating node.
pub fn compose(unix_us: i64, node: NodeIx) -> i64 {
    let ticks = unix_us.saturating_sub(EPOCH_2015_US).max(0) / 10;
    (ticks << 15) | (i64::from(node.0) + 1)
}

/// Year, month, day, hour, minute, second and microsecond of a Unix time.
pub fn civil(unix_us: i64) -> [i64; 7] {
    let days = unix_us.div_euclid(86_400_000_000);
    let us = unix_us.rem_euclid(86_400_000_000);
    // Days to date, by Howard Hinnant's method: eras of 400 years that begin in March.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let s = us / 1_000_000;
    [
        year,
        month,
        day,
        s / 3_600,
        s / 60 % 60,
        s % 60,
        us % 1_000_000,
    ]
}

/// The subdirectory of a full backup in its collection: `/2026/11/20-101500.00`.
pub fn subdirectory(unix_us: i64) -> String {
    let [y, m, d, h, min, s, us] = civil(unix_us);
    let hundredths = us / 10_000;
    format!("/{y:04}/{m:02}/{d:02}-{h:02}{min:02}{s:02}.{hundredths:02}")
}

/// The subdirectory of an incremental one below its full one: `/20261120/101500.00`.
pub fn incremental_subdirectory(unix_us: i64) -> String {
    let [y, m, d, h, min, s, us] = civil(unix_us);
    let hundredths = us / 10_000;
    format!("/{y:04}{m:02}{d:02}/{h:02}{min:02}{s:02}.{hundredths:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_time_and_node() {
        // reference 8.1: 1141477013029322753 is of 2026-01-14 20:12, node 1.
        let id = 1_141_477_013_029_322_753i64;
        let us = (id >> 15) * 10 + EPOCH_2015_US;
        assert_eq!(civil(us)[..5], [2026, 1, 14, 20, 12]);
        assert_eq!(compose(us, NodeIx(0)), id);
        assert_eq!(subdirectory(us).get(..14), Some("/2026/01/14-20"));
    }
}
