//! When schedules run.

use super::super::ids;
use crate::base::Time;

/// A crontab line: the allowed minutes, hours, days, months and weekdays as bits.
pub(super) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day fields were given: a day fits if either of the given ones does.
    day_given: bool,
    weekday_given: bool,
}

impl Cron {
    pub(super) fn parse(text: &str) -> Option<Cron> {
        let line = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [m, h, d, mon, wd] = fields.as_slice() else {
            return None;
        };
        Some(Cron {
            minutes: field(m, 0, 59)?,
            hours: field(h, 0, 23)?,
            days: field(d, 1, 31)?,
            months: field(mon, 1, 12)?,
            weekdays: field(wd, 0, 6)?,
            day_given: *d != "*",
            weekday_given: *wd != "*",
        })
    }

    /// The first minute after `now` that fits, within four years.
    pub(super) fn next(&self, now: Time, epoch_us: i64) -> Option<Time> {
        const MINUTE: i64 = 60_000_000;
        const DAY: i64 = 86_400_000_000;
        let start = now.unix_us(epoch_us).div_euclid(MINUTE) * MINUTE + MINUTE;
        let first_day = start.div_euclid(DAY);
        for day in first_day..first_day + 1_462 {
            let [_, month, d, ..] = ids::civil(day * DAY);
            // 1970-01-01 was a Thursday.
            let weekday = (day + 4).rem_euclid(7);
            let (by_day, by_weekday) = (has(self.days, d), has(self.weekdays, weekday));
            let fits = match (self.day_given, self.weekday_given) {
                (true, true) => by_day || by_weekday,
                _ => by_day && by_weekday,
            };
            if !fits || !has(self.months, month) {
                continue;
            }
            for minute in 0..1_440 {
                let at = day * DAY + minute * MINUTE;
                if at >= start && has(self.hours, minute / 60) && has(self.minutes, minute % 60) {
                    let us = at.saturating_sub(epoch_us);
                    return u64::try_from(us).ok().map(Time);
                }
            }
        }
        None
    }
}

fn has(bits: u64, n: i64) -> bool {
    u32::try_from(n).is_ok_and(|n| n < 64 && bits >> n & 1 == 1)
}

/// `*`, `*/15`, `1,2`, `1-5` as bits.
fn field(text: &str, low: u32, high: u32) -> Option<u64> {
    let mut bits = 0u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|s| *s > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((a, b)) => (a.parse().ok()?, b.parse().ok()?),
            None => {
                let n: u32 = range.parse().ok()?;
                (n, n)
            }
        };
        if from < low || to > high || from > to {
            return None;
        }
        let mut n = from;
        while n <= to {
            bits |= 1 << n;
            n = n.saturating_add(step);
        }
    }
    Some(bits)
}
