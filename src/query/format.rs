//! How values print.

use std::fmt::Write;

use super::calendar::{self, DAY, HOUR, MINUTE, SECOND, civil};
use crate::base::{Type, Value, float};

/// The habits of one client. NULL is the caller's business: here it prints as nothing.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// False, true.
    pub bools: [&'static str; 2],
    /// What follows a timestamp without and with zone.
    pub zones: [&'static str; 2],
    /// Six digits of a second's fraction always, else as few as it takes.
    pub six_digits: bool,
    /// `27h0m0s`, not `27:00:00`.
    pub unit_intervals: bool,
    /// `.5`, not `0.5`.
    pub bare_point: bool,
    /// `20-NOV-26`, `20-NOV-26 10.00.00.123456 AM`: Oracle's default formats of moments.
    pub oracle_moments: bool,
}

impl Format {
    /// The text of a value cast to text.
    pub const PLAIN: Format = Format {
        bools: ["false", "true"],
        zones: ["", "+00"],
        six_digits: false,
        unit_intervals: false,
        bare_point: false,
        oracle_moments: false,
    };
    /// CockroachDB's client since 20.1.
    pub const COCKROACH: Format = Format {
        bools: ["f", "t"],
        zones: ["", "+00:00"],
        six_digits: false,
        unit_intervals: false,
        bare_point: false,
        oracle_moments: false,
    };
    /// CockroachDB's client of 2.1.
    pub const COCKROACH_2_1: Format = Format {
        bools: ["false", "true"],
        zones: ["+00:00", "+00:00"],
        six_digits: false,
        unit_intervals: true,
        bare_point: false,
        oracle_moments: false,
    };
    /// OceanBase's client in a MySQL tenant.
    pub const OCEANBASE_MYSQL: Format = Format {
        bools: ["0", "1"],
        zones: ["", ""],
        six_digits: true,
        unit_intervals: false,
        bare_point: false,
        oracle_moments: false,
    };
    /// OceanBase's client in an Oracle tenant.
    pub const OCEANBASE_ORACLE: Format = Format {
        bools: ["0", "1"],
        zones: ["", ""],
        six_digits: true,
        unit_intervals: false,
        bare_point: true,
        oracle_moments: true,
    };

    /// `None` for NULL.
    pub fn text(&self, v: &Value) -> Option<String> {
        let mut out = String::new();
        (!v.is_null()).then(|| {
            self.push(v, &mut out);
            out
        })
    }

    /// The text of a value of a column's type, which knows dates from moments; `None` for NULL.
    pub fn text_as(&self, v: &Value, ty: Type) -> Option<String> {
        match (ty, v) {
            (Type::Date, Value::Timestamp(us)) if self.oracle_moments => Some(oracle_date(*us)),
            (Type::Date, Value::Timestamp(us)) => Some(date(*us)),
            (Type::Datetime, v) => Format {
                six_digits: false,
                ..*self
            }
            .text(v),
            _ => self.text(v),
        }
    }

    pub fn push(&self, v: &Value, out: &mut String) {
        match v {
            Value::Null => {}
            Value::Bool(b) => out.push_str(self.bools[usize::from(*b)]),
            Value::Int(i) => {
                let _ = write!(out, "{i}");
            }
            Value::Decimal(d) => {
                let text = d.to_string();
                self.number(&text, out);
            }
            Value::Float(f) => float(f.get(), out),
            Value::Text(t) | Value::Json(t) => out.push_str(t),
            Value::Bytes(b) => {
                out.push_str("\\x");
                for byte in b.iter() {
                    let _ = write!(out, "{byte:02x}");
                }
            }
            Value::Timestamp(us) => {
                self.moment(*us, out);
                out.push_str(self.zones[0]);
            }
            Value::TimestampTz(us) => {
                self.moment(*us, out);
                out.push_str(self.zones[1]);
            }
            Value::Interval(us) => self.interval(*us, out),
            Value::Array(items) => self.array(items, out),
        }
    }

    fn number(&self, text: &str, out: &mut String) {
        match text.strip_prefix("0.") {
            Some(frac) if self.bare_point => {
                out.push('.');
                out.push_str(frac);
            }
            _ => match text.strip_prefix("-0.") {
                Some(frac) if self.bare_point => {
                    out.push_str("-.");
                    out.push_str(frac);
                }
                _ => out.push_str(text),
            },
        }
    }

    fn moment(&self, us: i64, out: &mut String) {
        let c = civil(us);
        if self.oracle_moments {
            let half = if c.hour() < 12 { "AM" } else { "PM" };
            let hour = (c.hour() + 11) % 12 + 1;
            let (minute, second, micro) = (c.minute(), c.second(), c.micro());
            let date = oracle_date(us);
            let _ = write!(
                out,
                "{date} {hour:02}.{minute:02}.{second:02}.{micro:06} {half}"
            );
            return;
        }
        let _ = write!(
            out,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            c.year,
            c.month,
            c.day,
            c.hour(),
            c.minute(),
            c.second()
        );
        self.fraction(c.micro(), out);
    }

    fn fraction(&self, micro: i64, out: &mut String) {
        if micro == 0 && !self.six_digits {
            return;
        }
        let digits = format!("{micro:06}");
        out.push('.');
        out.push_str(if self.six_digits {
            &digits
        } else {
            digits.trim_end_matches('0')
        });
    }

    fn interval(&self, us: i64, out: &mut String) {
        let mut us = us;
        // CockroachDB's client shows the days that a difference of moments has above 24 hours.
        let days = us / DAY;
        if days != 0 && !self.unit_intervals && self.zones[1] == Self::COCKROACH.zones[1] {
            let _ = write!(out, "{days} day{}", if days == 1 { "" } else { "s" });
            us %= DAY;
            if us == 0 {
                return;
            }
            out.push(' ');
        }
        if us < 0 {
            out.push('-');
        }
        let us = us.saturating_abs();
        let (h, m, s) = (us / HOUR, us / MINUTE % 60, us / SECOND % 60);
        let micro = us % SECOND;
        let short = Format {
            six_digits: false,
            ..*self
        };
        if !self.unit_intervals {
            let _ = write!(out, "{h:02}:{m:02}:{s:02}");
            return short.fraction(micro, out);
        }
        match us {
            0 => out.push_str("0s"),
            1..1_000 => {
                let _ = write!(out, "{us}µs");
            }
            1_000..SECOND => {
                let _ = write!(out, "{}", us / 1_000);
                let rest = format!("{:03}", us % 1_000);
                let rest = rest.trim_end_matches('0');
                if !rest.is_empty() {
                    out.push('.');
                    out.push_str(rest);
                }
                out.push_str("ms");
            }
            _ => {
                if h > 0 {
                    let _ = write!(out, "{h}h");
                }
                if h > 0 || m > 0 {
                    let _ = write!(out, "{m}m");
                }
                let _ = write!(out, "{s}");
                short.fraction(micro, out);
                out.push('s');
            }
        }
    }

    fn array(&self, items: &[Value], out: &mut String) {
        out.push('{');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            let text = match self.text(item) {
                None => {
                    out.push_str("NULL");
                    continue;
                }
                Some(text) => text,
            };
            let plain = !text.is_empty()
                && !text.eq_ignore_ascii_case("null")
                && !text.contains(|c: char| c.is_whitespace() || "{},\"\\".contains(c));
            if plain {
                out.push_str(&text);
                continue;
            }
            out.push('"');
            for c in text.chars() {
                if matches!(c, '"' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push('"');
        }
        out.push('}');
    }
}

/// As C's `%g` with the digits it takes: a plain number, or with an exponent from 1e21 on and below 1e-4.
fn float(f: f64, out: &mut String) {
    if f.is_nan() {
        return out.push_str("NaN");
    }
    if f.is_infinite() {
        return out.push_str(if f > 0.0 { "+Inf" } else { "-Inf" });
    }
    if f != 0.0 && !(1e-4..1e21).contains(&f.abs()) {
        // `1e-07`, the form that both products' libraries print.
        let (digits, point) = float::shortest(f);
        let (first, more) = digits.split_at(1);
        let point = point - 1;
        let minus = if f < 0.0 { "-" } else { "" };
        let dot = if more.is_empty() { "" } else { "." };
        let sign = if point < 0 { '-' } else { '+' };
        let size = point.unsigned_abs();
        let _ = write!(out, "{minus}{first}{dot}{more}e{sign}{size:0>2}");
        return;
    }
    out.push_str(&float::plain(f));
}

/// The date of a moment, `2026-11-20`.
pub fn date(us: i64) -> String {
    let c = calendar::civil(us);
    format!("{:04}-{:02}-{:02}", c.year, c.month, c.day)
}

fn oracle_date(us: i64) -> String {
    let c = civil(us);
    let month = calendar::MONTHS.get(c.month as usize - 1).unwrap_or(&"");
    let month = month.get(..3).unwrap_or("").to_ascii_uppercase();
    format!("{:02}-{month}-{:02}", c.day, c.year.rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Decimal;

    #[test]
    fn values_print() {
        let moment = Value::TimestampTz(1_795_168_800_123_400);
        let whole = Value::Timestamp(1_795_168_800_000_000);
        let array = Value::Array([Value::from("a"), Value::from("b c"), Value::Null].into());
        let cases: &[(&Format, &Value, &str)] = &[
            (
                &Format::COCKROACH,
                &moment,
                "2026-11-20 10:00:00.1234+00:00",
            ),
            (&Format::COCKROACH, &whole, "2026-11-20 10:00:00"),
            (&Format::COCKROACH_2_1, &whole, "2026-11-20 10:00:00+00:00"),
            (
                &Format::OCEANBASE_MYSQL,
                &whole,
                "2026-11-20 10:00:00.000000",
            ),
            (&Format::COCKROACH, &Value::Bool(true), "t"),
            (&Format::OCEANBASE_MYSQL, &Value::Bool(true), "1"),
            (&Format::COCKROACH, &array, "{a,\"b c\",NULL}"),
            (&Format::COCKROACH, &Value::float(0.5), "0.5"),
            (&Format::COCKROACH, &Value::float(1.0), "1"),
            (&Format::COCKROACH, &Value::float(1e-7), "1e-07"),
            (&Format::COCKROACH, &Value::float(2.5e22), "2.5e+22"),
            (
                &Format::COCKROACH,
                &Value::Interval(97_200_500_000),
                "1 day 03:00:00.5",
            ),
            (
                &Format::COCKROACH_2_1,
                &Value::Interval(97_200_500_000),
                "27h0m0.5s",
            ),
            (&Format::COCKROACH_2_1, &Value::Interval(-1_500), "-1.5ms"),
            (
                &Format::OCEANBASE_ORACLE,
                &Value::Decimal(Decimal::new(-5, 1)),
                "-.5",
            ),
            (
                &Format::COCKROACH,
                &Value::Bytes([1, 255].into()),
                "\\x01ff",
            ),
        ];
        for (format, value, text) in cases {
            assert_eq!(format.text(value).as_deref(), Some(*text));
        }
        assert_eq!(Format::PLAIN.text(&Value::Null), None);
        for (format, ty, text) in [
            (&Format::COCKROACH, Type::Date, "2026-11-20"),
            (
                &Format::OCEANBASE_MYSQL,
                Type::Datetime,
                "2026-11-20 10:00:00",
            ),
            (&Format::OCEANBASE_ORACLE, Type::Date, "20-NOV-26"),
            (
                &Format::OCEANBASE_ORACLE,
                Type::Timestamp,
                "20-NOV-26 10.00.00.000000 AM",
            ),
        ] {
            assert_eq!(format.text_as(&whole, ty).as_deref(), Some(text));
        }
    }
}
