//! Floats as text and back, exactly: the nearest float to a text, the shortest text of a float.
//! The standard library does both with 30 kB of code and tables, made for speed that nothing here
//! needs; this is long division on whole numbers, held against it by a test.

/// A whole number of any size: 32-bit digits, least significant first, none of the last ones 0.
#[derive(Clone)]
struct Big(Vec<u32>);

impl Big {
    fn new(n: u64) -> Big {
        let mut big = Big(vec![n as u32, (n >> 32) as u32]);
        big.trim();
        big
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// This number times `by`, plus `more`.
    fn scale(&mut self, by: u32, more: u32) {
        let mut carry = u64::from(more);
        for digit in &mut self.0 {
            let product = u64::from(*digit) * u64::from(by) + carry;
            *digit = product as u32;
            carry = product >> 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn times_ten_to(&mut self, power: u32) {
        for _ in 0..power / 9 {
            self.scale(1_000_000_000, 0);
        }
        for _ in 0..power % 9 {
            self.scale(10, 0);
        }
    }

    fn shift_left(&mut self, bits: u32) {
        if self.0.is_empty() {
            return;
        }
        let whole = (bits / 32) as usize;
        let moved: Vec<u32> = vec![0; whole];
        self.0.splice(0..0, moved);
        if !bits.is_multiple_of(32) {
            self.scale(1 << (bits % 32), 0);
        }
    }

    fn bits(&self) -> i32 {
        let last = self.0.last().map_or(32, |d| d.leading_zeros());
        self.0.len() as i32 * 32 - last as i32
    }

    fn less_than(&self, other: &Big) -> bool {
        if self.0.len() != other.0.len() {
            return self.0.len() < other.0.len();
        }
        for (a, b) in self.0.iter().zip(&other.0).rev() {
            if a != b {
                return a < b;
            }
        }
        false
    }

    /// Takes away a number that is not larger.
    fn subtract(&mut self, other: &Big) {
        let mut borrow = 0;
        for (i, digit) in self.0.iter_mut().enumerate() {
            let take = u64::from(other.0.get(i).copied().unwrap_or(0)) + borrow;
            let (rest, less) = u64::from(*digit).overflowing_sub(take);
            *digit = rest as u32;
            borrow = u64::from(less);
        }
        self.trim();
    }
}

/// `n / d` rounded down, where that has at most `bits` bits (64 at the most), with what is left
/// of `n`.
fn divide(mut n: Big, mut d: Big, bits: u32) -> (u64, Big, Big) {
    let mut quotient = 0;
    d.shift_left(bits);
    for _ in 0..=bits {
        // From the highest bit down: the rest is doubled in place of halving the divisor.
        quotient <<= 1;
        if !n.less_than(&d) {
            n.subtract(&d);
            quotient |= 1;
        }
        n.scale(2, 0);
    }
    // The rest is as many times too large as the divisor has become.
    d.scale(2, 0);
    (quotient, n, d)
}

/// Whether a rest asks for rounding up; `half`: what one on the half does.
fn rounds_up(mut rest: Big, divisor: &Big, half: bool) -> bool {
    rest.scale(2, 0);
    !rest.less_than(divisor) && (half || divisor.less_than(&rest))
}

/// The nearest float to a number as every language writes it: `-12.5e-3`, `inf`, `NaN`.
/// `None` if the text is none.
pub fn parse(text: &str) -> Option<f64> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let is = |word: &str| rest.eq_ignore_ascii_case(word);
    let size = if is("inf") || is("infinity") {
        f64::INFINITY
    } else if is("nan") {
        f64::NAN
    } else {
        magnitude(rest)?
    };
    Some(if negative { -size } else { size })
}

fn magnitude(text: &str) -> Option<f64> {
    /// More digits than this change nothing but which side of a half a number is on.
    const DIGITS: usize = 800;
    let (number, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], exponent(&text[at + 1..])?),
        None => (text, 0),
    };
    let mut digits = Big(Vec::new());
    let (mut power, mut taken, mut any, mut point) = (exponent, 0, false, false);
    for c in number.bytes() {
        match c {
            b'.' if !point => point = true,
            b'0'..=b'9' => {
                any = true;
                if taken < DIGITS {
                    digits.scale(10, u32::from(c - b'0'));
                    taken += usize::from(!digits.0.is_empty());
                    power -= i32::from(point);
                } else {
                    // A one in place of all that follows keeps it off the half.
                    if c != b'0' && taken == DIGITS {
                        digits.scale(10, 1);
                        taken += 1;
                        power -= 1;
                    }
                    power += i32::from(!point);
                }
            }
            _ => return None,
        }
    }
    if !any {
        return None;
    }
    Some(from_parts(digits, power))
}

/// An exponent's digits; one beyond every float is as good as the largest.
fn exponent(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let mut size = 0i32;
    for c in digits.bytes() {
        if !c.is_ascii_digit() {
            return None;
        }
        size = (size * 10 + i32::from(c - b'0')).min(100_000);
    }
    (!digits.is_empty()).then_some(sign * size)
}

/// The nearest float to `digits` × 10^`power`.
fn from_parts(digits: Big, power: i32) -> f64 {
    // Sizes of more or fewer decimal places are infinite or nothing.
    let places = digits.bits() * 1_000 / 3_322 + power;
    if digits.0.is_empty() || places < -330 {
        return 0.0;
    }
    if places > 310 {
        return f64::INFINITY;
    }
    let (mut n, mut d) = (digits, Big::new(1));
    match power {
        0.. => n.times_ten_to(power as u32),
        _ => d.times_ten_to(power.unsigned_abs()),
    }
    // As n/d × 2^shift with 53 bits before the point, fewer below the smallest exponent.
    let mut shift = n.bits() - d.bits() - 53;
    for _ in 0..2 {
        let low = shift.max(-1_074);
        let (mut a, mut b) = (n.clone(), d.clone());
        match low {
            0.. => b.shift_left(low as u32),
            _ => a.shift_left(low.unsigned_abs()),
        }
        let (mut quotient, rest, divisor) = divide(a, b, 54);
        if quotient >> 53 > 0 {
            // One bit too many: the estimate was low.
            shift += 1;
            continue;
        }
        // To even.
        quotient += u64::from(rounds_up(rest, &divisor, quotient & 1 == 1));
        // A quotient without the highest bit has the smallest exponent; rounding up to one bit
        // more comes out right by itself.
        let exponent = match quotient >> 52 {
            0 => 0,
            _ => (low + 1_074 + 1) as u64,
        };
        let bits = (exponent << 52) + (quotient & ((1 << 52) - 1)) + ((quotient >> 53) << 52);
        return if exponent > 2_046 {
            f64::INFINITY
        } else {
            f64::from_bits(bits)
        };
    }
    f64::INFINITY
}

/// The digits of the shortest decimal number that is nearer to `f` than to any other float, and how
/// many of them stand before the point: `0.00125` is `("125", -2)`. For finite numbers; without sign.
pub fn shortest(f: f64) -> (String, i32) {
    let f = f.abs();
    if f == 0.0 {
        return ("0".to_owned(), 1);
    }
    for count in 1..=17 {
        let (digits, point) = rounded(f, count);
        let power = point - digits.len() as i32;
        let mut big = Big(Vec::new());
        for c in digits.bytes() {
            big.scale(10, u32::from(c - b'0'));
        }
        if count == 17 || from_parts(big, power) == f {
            let digits = digits.trim_end_matches('0').to_owned();
            return (digits, point);
        }
    }
    (String::new(), 0)
}

/// A finite positive float rounded to `count` digits (17 at the most).
fn rounded(f: f64, count: i32) -> (String, i32) {
    let bits = f.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    let (mantissa, exponent) = match exponent {
        0 => (fraction, -1_074),
        _ => (fraction | 1 << 52, exponent - 1_075),
    };
    let size = Big::new(mantissa).bits() + exponent;
    // Digits before the point: exact, or one too many.
    let mut point = (size * 1_233).div_euclid(4_096) + 1;
    loop {
        let (mut n, mut d) = (Big::new(mantissa), Big::new(1));
        match exponent {
            0.. => n.shift_left(exponent as u32),
            _ => d.shift_left(exponent.unsigned_abs()),
        }
        match count - point {
            up @ 0.. => n.times_ten_to(up as u32),
            down => d.times_ten_to(down.unsigned_abs()),
        }
        let (mut quotient, rest, divisor) = divide(n, d, 60);
        quotient += u64::from(rounds_up(rest, &divisor, true));
        let digits = quotient.to_string();
        match digits.len() as i32 - count {
            0 => return (digits, point),
            // One too few: the estimate was high. (One too many comes of rounding 99… up.)
            ..0 => point -= 1,
            _ => point += 1,
        }
    }
}

/// A float without an exponent, as many digits as [`shortest`] gives: `-0.00125`, `100`, `inf`.
pub fn plain(f: f64) -> String {
    let mut out = String::new();
    if f.is_sign_negative() && !f.is_nan() {
        out.push('-');
    }
    if f.is_nan() {
        out.push_str("NaN");
    } else if f.is_infinite() {
        out.push_str("inf");
    } else {
        let (digits, point) = shortest(f);
        let before = usize::try_from(point).unwrap_or(0);
        match digits.split_at_checked(before) {
            Some(("", after)) => {
                out.push_str("0.");
                out.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
                out.push_str(after);
            }
            Some((whole, "")) => out.push_str(whole),
            Some((whole, after)) => {
                out.push_str(whole);
                out.push('.');
                out.push_str(after);
            }
            None => {
                out.push_str(&digits);
                out.extend(std::iter::repeat_n('0', before - digits.len()));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    fn check(f: f64) {
        let text = plain(f);
        assert_eq!(text, f.to_string(), "{:016x}", f.to_bits());
        assert_eq!(parse(&text).map(f64::to_bits), Some(f.to_bits()), "{text}");
        let scientific = format!("{f:e}");
        assert_eq!(
            parse(&scientific).map(f64::to_bits),
            Some(f.to_bits()),
            "{scientific}"
        );
    }

    /// Held against the standard library.
    #[test]
    fn floats_print_and_read_as_the_standard_library_does() {
        for f in [
            0.0,
            -0.0,
            1.0,
            0.1,
            0.3,
            1e21,
            1e22,
            1e23,
            5e-324,
            2.2250738585072014e-308,
            2.225073858507201e-308,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::EPSILON,
            9007199254740993.0,
            0.000001,
            123456.789,
            99.99,
            9.5,
            0.95,
            1e15,
            4.35,
            1.7976931348623157e308,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            check(f);
        }
        let mut rng = Rng::new(7, "floats");
        for _ in 0..2_000 {
            let f = f64::from_bits(rng.next_u64());
            if !f.is_nan() {
                check(f);
            }
            check(rng.below(1_000_000) as f64 / 1_000.0);
            check(rng.below(1_000_000) as f64 / 1e6);
        }
        for text in [
            "1e400",
            "1e-400",
            "17976931348623158079372897140530341507e271",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "9007199254740993",
            "9007199254740993.0000000000000000000001",
            "1.",
            ".5",
            "+1",
            "",
            ".",
            "e5",
            "1e",
            "1e+",
            "--1",
            "1.2.3",
            "nan",
            "-Inf",
            "infinity",
            "0x10",
            "1_000",
            "1e99999999999",
            "0e99999999999",
            "0.5e-99999999999",
            " 1",
        ] {
            let ours = parse(text).map(f64::to_bits);
            let theirs = text.parse::<f64>().ok().map(f64::to_bits);
            assert_eq!(ours, theirs, "{text}");
        }
        let long = format!("0.{}1", "0".repeat(900));
        assert_eq!(parse(&long), Some(0.0));
        let long = format!("9007199254740993.{}1", "0".repeat(900));
        assert_eq!(parse(&long), long.parse().ok());
    }
}
