//! Numbers and times as a person reads them. Integers only: floats print large code.

/// `0:57.4`, `12:03.0`, `1:02:03`: a moment of the run.
pub fn clock(us: u64) -> String {
    let (h, m, s) = (
        us / 3_600_000_000,
        us / 60_000_000 % 60,
        us / 1_000_000 % 60,
    );
    if h > 0 {
        format!("{h}:{m:02}:{s:02}")
    } else {
        format!("{m}:{s:02}.{}", us / 100_000 % 10)
    }
}

/// The same without tenths, for ticks of whole seconds.
pub fn tick(us: u64) -> String {
    let (h, m, s) = (
        us / 3_600_000_000,
        us / 60_000_000 % 60,
        us / 1_000_000 % 60,
    );
    match (h, us % 1_000_000) {
        (0, 0) => format!("{m}:{s:02}"),
        (0, _) => clock(us),
        _ => format!("{h}:{m:02}:{s:02}"),
    }
}

/// `0.4 s`, `57 s`, `3 min 20 s`, `2 h 5 min`: how long something takes, as exact as one cares.
pub fn span(us: u64) -> String {
    let s = us / 1_000_000;
    match s {
        0 if us < 1_000 => "0 s".into(),
        0 if us < 100_000 => format!("{} ms", us / 1_000),
        0..=9 => format!("{s}.{} s", us / 100_000 % 10),
        10..=119 => format!("{s} s"),
        120..=7_199 => {
            if s.is_multiple_of(60) {
                format!("{} min", s / 60)
            } else {
                format!("{} min {} s", s / 60, s % 60)
            }
        }
        _ => format!("{} h {} min", s / 3_600, s / 60 % 60),
    }
}

/// `57 %`; only what is whole is 100 %.
pub fn percent(ppm: u32) -> String {
    format!("{} %", ppm / 10_000)
}

/// `0 B`, `640 KiB`, `1.9 GiB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut scaled = u128::from(n) * 10;
    while scaled >= 10_240 && unit + 1 < UNITS.len() {
        scaled /= 1_024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if unit == 0 || scaled >= 1_000 {
        format!("{} {name}", scaled / 10)
    } else {
        format!("{}.{} {name}", scaled / 10, scaled % 10)
    }
}

/// `1 file`, `12 files`.
pub fn count(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {what}{s}", thousands(n as u64))
}

/// `12,345`
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `2026-11-20 10:15:57` of a Unix time in microseconds, UTC.
pub fn date(unix_us: i64) -> String {
    let s = unix_us.div_euclid(1_000_000);
    let (days, s) = (s.div_euclid(86_400), s.rem_euclid(86_400));
    // The civil calendar from days (Howard Hinnant's algorithm).
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = doy - (153 * mp + 2) / 5 + 1;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    let y = yoe + era * 400 + i64::from(m <= 2);
    let (h, min, s) = (s / 3_600, s / 60 % 60, s % 60);
    format!("{y}-{m:02}-{d:02} {h:02}:{min:02}:{s:02}")
}

/// The end of a long id: `…415282`; short ones whole.
pub fn short_id(id: &str) -> String {
    end_of_id(id, 6)
}

/// The last `digits` of a long id.
pub fn end_of_id(id: &str, digits: usize) -> String {
    let n = id.chars().count();
    if n <= digits + 3 {
        return id.to_owned();
    }
    let tail: String = id.chars().skip(n - digits).collect();
    format!("…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read() {
        for (us, clock_, span_) in [
            (0, "0:00.0", "0 s"),
            (4_200, "0:00.0", "4 ms"),
            (57_430_000, "0:57.4", "57 s"),
            (3_400_000, "0:03.4", "3.4 s"),
            (200_000_000, "3:20.0", "3 min 20 s"),
            (7_500_000_000, "2:05:00", "2 h 5 min"),
        ] {
            assert_eq!((clock(us).as_str(), span(us).as_str()), (clock_, span_));
        }
        assert_eq!(tick(90_000_000), "1:30");
        assert_eq!(tick(500_000), "0:00.5");
        assert_eq!(percent(999_999), "99 %");
        for (n, text) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_536, "1.5 KiB"),
            (104_857_600, "100 MiB"),
            (u64::MAX, "16777215 TiB"),
        ] {
            assert_eq!(bytes(n), text);
        }
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(1_200, "file"), "1,200 files");
        assert_eq!(date(1_795_168_800_000_000), "2026-11-20 10:00:00");
        assert_eq!(date(-1), "1969-12-31 23:59:59");
        assert_eq!(short_id("27536791415282"), "…415282");
        assert_eq!(short_id("17"), "17");
    }
}
