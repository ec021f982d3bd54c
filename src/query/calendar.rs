//! Days, dates and the texts of moments, in integers.

pub const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// A moment taken apart, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// Microseconds since midnight.
    pub us: i64,
}

impl Civil {
    pub fn hour(&self) -> i64 {
        self.us / HOUR
    }
    pub fn minute(&self) -> i64 {
        self.us / MINUTE % 60
    }
    pub fn second(&self) -> i64 {
        self.us / SECOND % 60
    }
    pub fn micro(&self) -> i64 {
        self.us % SECOND
    }
}

/// Days since 1970-01-01 (the algorithm of Howard Hinnant's `days_from_civil`).
pub fn days(year: i64, month: u32, day: u32) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let shifted = (i64::from(month) + 9) % 12;
    let doy = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

pub fn civil(us: i64) -> Civil {
    let (day_number, us) = (us.div_euclid(DAY), us.rem_euclid(DAY));
    let z = day_number + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    Civil {
        year: yoe + era * 400 + i64::from(month <= 2),
        month,
        day: (doy - (153 * mp + 2) / 5 + 1) as u32,
        us,
    }
}

/// Unix microseconds; `None` where the date does not exist or lies outside the years 1 to 9999.
pub fn moment(year: i64, month: u32, day: u32, us: i64) -> Option<i64> {
    let real = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && day >= 1
        && day <= days_in_month(year, month);
    real.then(|| days(year, month, day) * DAY + us)
}

pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The same day of the month `months` later, or the last one of a shorter month.
pub fn add_months(us: i64, months: i64) -> Option<i64> {
    let c = civil(us);
    let total = c
        .year
        .checked_mul(12)?
        .checked_add(i64::from(c.month) - 1)?
        .checked_add(months)?;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) as u32 + 1);
    moment(year, month, c.day.min(days_in_month(year, month)), c.us)
}

/// 0 is Sunday.
pub fn weekday(us: i64) -> i64 {
    (us.div_euclid(DAY) + 4).rem_euclid(7)
}

/// ISO 8601 week and the year it belongs to.
pub fn iso_week(us: i64) -> (i64, i64) {
    let day = us.div_euclid(DAY);
    // The Thursday of a week decides the year of the week.
    let thursday = day - (weekday(us) + 6) % 7 + 3;
    let year = civil(thursday.saturating_mul(DAY)).year;
    ((thursday - days(year, 1, 1)) / 7 + 1, year)
}

pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Reads `2026-11-20`, `2026-11-20 10:00`, `2026-11-20T10:00:00.123456+00:00`, `… UTC`, `…Z`: Unix
/// microseconds. An offset is applied. `None` if it is not such a text.
pub fn parse_moment(text: &str) -> Option<i64> {
    let text = text.trim();
    let mut rest = text;
    let year = number(&mut rest, 4, 4)?;
    eat(&mut rest, '-')?;
    let month = number(&mut rest, 1, 2)?;
    eat(&mut rest, '-')?;
    let day = number(&mut rest, 1, 2)?;
    let date = moment(year, month as u32, day as u32, 0)?;
    if rest.is_empty() {
        return Some(date);
    }
    if eat(&mut rest, 'T').is_none() {
        eat(&mut rest, ' ')?;
    }
    let us = time_of_day(&mut rest)?;
    rest = rest.trim_start();
    let offset = match rest {
        "" | "Z" | "z" | "UTC" | "utc" => 0,
        _ => {
            let sign = if eat(&mut rest, '+').is_some() {
                1
            } else {
                eat(&mut rest, '-')?;
                -1
            };
            let hours = number(&mut rest, 1, 2)?;
            let minutes = if eat(&mut rest, ':').is_some() || !rest.is_empty() {
                number(&mut rest, 2, 2)?
            } else {
                0
            };
            if !rest.is_empty() {
                return None;
            }
            sign * (hours * HOUR + minutes * MINUTE)
        }
    };
    Some(date + us - offset)
}

/// `10:00`, `10:00:00`, `10:00:00.123456`: microseconds; takes what it reads off `rest`.
pub fn time_of_day(rest: &mut &str) -> Option<i64> {
    let hour = number(rest, 1, 2)?;
    eat(rest, ':')?;
    let minute = number(rest, 1, 2)?;
    let second = if eat(rest, ':').is_some() {
        number(rest, 1, 2)?
    } else {
        0
    };
    let micro = if eat(rest, '.').is_some() {
        fraction(rest)?
    } else {
        0
    };
    (hour <= 23 && minute <= 59 && second <= 59)
        .then_some(hour * HOUR + minute * MINUTE + second * SECOND + micro)
}

/// Digits after a point as microseconds; those past the sixth are dropped.
pub fn fraction(rest: &mut &str) -> Option<i64> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, tail) = rest.split_at(length);
    *rest = tail;
    let mut us = 0;
    for i in 0..6 {
        us = us * 10 + i64::from(digits.as_bytes().get(i).map_or(0, |d| d - b'0'));
    }
    (length > 0).then_some(us)
}

pub fn number(rest: &mut &str, min: usize, max: usize) -> Option<i64> {
    let length = rest
        .bytes()
        .take(max)
        .take_while(u8::is_ascii_digit)
        .count();
    if length < min {
        return None;
    }
    let (digits, tail) = rest.split_at(length);
    *rest = tail;
    digits.parse().ok()
}

pub fn eat(rest: &mut &str, wanted: char) -> Option<()> {
    *rest = rest.strip_prefix(wanted)?;
    Some(())
}

/// Reads an interval: `1h30m`, `1 hour 30 minutes`, `2 days 03:04:05`, `01:02:03`, `-5s`, `10` (seconds).
/// The second number is whole months, which no count of microseconds can stand for.
pub fn parse_interval(text: &str) -> Option<(i64, i64)> {
    let mut rest = text.trim();
    let (mut us, mut months) = (0i64, 0i64);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let negative = eat(&mut rest, '-').is_some();
        if !negative {
            let _ = eat(&mut rest, '+');
        }
        let sign = if negative { -1 } else { 1 };
        let colon = rest.find(':').is_some_and(|at| {
            rest.get(..at)
                .is_some_and(|h| !h.is_empty() && h.bytes().all(|b| b.is_ascii_digit()))
        });
        if colon {
            // Hours may go past 23 here.
            let hours = number(&mut rest, 1, 9)?;
            eat(&mut rest, ':')?;
            let mut minutes_on = rest;
            let minute = number(&mut minutes_on, 1, 2)?;
            let second = if eat(&mut minutes_on, ':').is_some() {
                number(&mut minutes_on, 1, 2)?
            } else {
                0
            };
            let micro = if eat(&mut minutes_on, '.').is_some() {
                fraction(&mut minutes_on)?
            } else {
                0
            };
            if minute > 59 || second > 59 {
                return None;
            }
            rest = minutes_on;
            let part = hours.checked_mul(HOUR)? + minute * MINUTE + second * SECOND + micro;
            us = us.checked_add(sign * part)?;
        } else {
            let whole = number(&mut rest, 1, 12)?;
            let micro = if eat(&mut rest, '.').is_some() {
                fraction(&mut rest)?
            } else {
                0
            };
            rest = rest.trim_start();
            let length = rest
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(rest.len());
            let (unit, tail) = rest.split_at(length);
            rest = tail;
            match unit_of(unit)? {
                Unit::Months(n) => {
                    if micro != 0 {
                        return None;
                    }
                    months = months.checked_add(sign * whole.checked_mul(n)?)?;
                }
                Unit::Micros(n) => {
                    let part = i128::from(whole) * i128::from(n)
                        + i128::from(micro) * i128::from(n) / i128::from(SECOND);
                    us = us.checked_add(sign * i64::try_from(part).ok()?)?;
                }
            }
        }
        rest = rest.trim_start();
    }
    Some((us, months))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Micros(i64),
    Months(i64),
}

/// The unit of an interval or of a date function; the empty word is seconds.
pub fn unit_of(word: &str) -> Option<Unit> {
    let word = word.to_ascii_lowercase();
    Some(match word.as_str() {
        "us" | "microsecond" | "microseconds" => Unit::Micros(1),
        "ms" | "millisecond" | "milliseconds" => Unit::Micros(1_000),
        "" | "s" | "sec" | "secs" | "second" | "seconds" => Unit::Micros(SECOND),
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Micros(MINUTE),
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Micros(HOUR),
        "d" | "day" | "days" => Unit::Micros(DAY),
        "w" | "week" | "weeks" => Unit::Micros(7 * DAY),
        "mon" | "mons" | "month" | "months" => Unit::Months(1),
        "quarter" => Unit::Months(3),
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Months(12),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_there_and_back() {
        for (text, us) in [
            ("1970-01-01", 0),
            ("2026-11-20 10:00", 1_795_168_800 * SECOND),
            (
                "2026-11-20T10:00:00.25+02:00",
                1_795_161_600 * SECOND + 250_000,
            ),
            ("2018-11-19 10:00:00Z", 1_542_621_600 * SECOND),
            ("0001-01-01", -62_135_596_800 * SECOND),
        ] {
            assert_eq!(parse_moment(text), Some(us), "{text}");
            let c = civil(us);
            assert_eq!(moment(c.year, c.month, c.day, c.us), Some(us), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-01-01 24:00",
            "x",
            "2026-01-01x",
        ] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
        assert_eq!(iso_week(parse_moment("2026-11-20").unwrap()), (47, 2026));
        assert_eq!(iso_week(parse_moment("2021-01-03").unwrap()), (53, 2020));
        let leap = parse_moment("2024-01-31").unwrap();
        assert_eq!(add_months(leap, 1), parse_moment("2024-02-29"));
    }

    #[test]
    fn intervals() {
        for (text, us, months) in [
            ("1h30m", 5_400 * SECOND, 0),
            ("1 hour 30 minutes", 5_400 * SECOND, 0),
            ("2 days 03:04:05.5", 2 * DAY + 11_045 * SECOND + 500_000, 0),
            ("-5s", -5 * SECOND, 0),
            ("10", 10 * SECOND, 0),
            ("1.5 hours", 5_400 * SECOND, 0),
            ("1 year 2 mons", 0, 14),
        ] {
            assert_eq!(parse_interval(text), Some((us, months)), "{text}");
        }
        for text in ["", "x", "1 fortnight", "::", "999999999999 hours hours"] {
            assert_eq!(parse_interval(text), None, "{text}");
        }
    }
}
