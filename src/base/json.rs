//! JSON as a tree that keeps numbers as they are written and members in order of their names, as
//! both products print it. A library for it would be 20 kB of every visit, most of it for floats.

use super::Map;

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Map<String, Json>),
}

/// Nesting of arrays and objects.
const DEPTH: usize = 64;

impl Json {
    /// `None` if the text is not JSON, or nested more than 64 deep.
    pub fn parse(text: &str) -> Option<Json> {
        let mut reader = Reader { rest: text };
        let value = reader.value(DEPTH)?;
        reader.blanks();
        reader.rest.is_empty().then_some(value)
    }

    /// On one line, with a blank after each comma and colon.
    pub fn print(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Number(n) => out.push_str(n),
            Json::Text(text) => quote(text, out),
            Json::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    item.print(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (i, (name, value)) in members.iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    quote(name, out);
                    out.push_str(": ");
                    value.print(out);
                }
                out.push('}');
            }
        }
    }
}

/// A text as a JSON string.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => {
                let digit = |n: u32| char::from_digit(n, 16).unwrap_or('0');
                out.push_str("\\u00");
                out.push(digit(u32::from(c) >> 4));
                out.push(digit(u32::from(c) & 15));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn eat(&mut self, what: &str) -> bool {
        match self.rest.strip_prefix(what) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Whether another item of an array or object follows, after blanks; `None` if neither it nor `close` does.
    fn another(&mut self, first: bool, close: &str) -> Option<bool> {
        self.blanks();
        if self.eat(close) {
            return Some(false);
        }
        (first || self.eat(",")).then_some(true)
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        self.blanks();
        if self.eat("null") {
            return Some(Json::Null);
        }
        if self.eat("true") {
            return Some(Json::Bool(true));
        }
        if self.eat("false") {
            return Some(Json::Bool(false));
        }
        let below = depth.checked_sub(1)?;
        if self.eat("[") {
            let mut items = Vec::new();
            while self.another(items.is_empty(), "]")? {
                items.push(self.value(below)?);
            }
            return Some(Json::Array(items));
        }
        if self.eat("{") {
            let mut members = Map::default();
            let mut first = true;
            while self.another(first, "}")? {
                first = false;
                self.blanks();
                let name = self.string()?;
                self.blanks();
                if !self.eat(":") {
                    return None;
                }
                members.insert(name, self.value(below)?);
            }
            return Some(Json::Object(members));
        }
        if self.rest.starts_with('"') {
            return self.string().map(Json::Text);
        }
        self.number()
    }

    fn digits(&mut self) -> usize {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = self.rest.len() - rest.len();
        self.rest = rest;
        count
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.rest;
        self.eat("-");
        let zero = self.rest.starts_with('0');
        let whole = self.digits();
        if whole == 0 || zero && whole > 1 || self.eat(".") && self.digits() == 0 {
            return None;
        }
        if self.eat("e") || self.eat("E") {
            if !self.eat("+") {
                self.eat("-");
            }
            if self.digits() == 0 {
                return None;
            }
        }
        let length = start.len() - self.rest.len();
        Some(Json::Number(start[..length].to_owned()))
    }

    fn string(&mut self) -> Option<String> {
        if !self.eat("\"") {
            return None;
        }
        let mut out = String::new();
        loop {
            let c = self.next()?;
            match c {
                '"' => return Some(out),
                '\\' => {
                    let c = self.escape()?;
                    out.push(c);
                }
                c if c < ' ' => return None,
                c => out.push(c),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let high = self.unit()?;
                if (0xd800..0xdc00).contains(&high) {
                    if !self.eat("\\u") {
                        return None;
                    }
                    let low = self.unit()?;
                    let low = low.checked_sub(0xdc00).filter(|l| *l < 0x400)?;
                    return char::from_u32(0x10000 + ((high - 0xd800) << 10) + low);
                }
                return char::from_u32(high);
            }
            c @ ('"' | '\\' | '/') => c,
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + self.next()?.to_digit(16)?;
        }
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let mut out = String::new();
        let parsed = Json::parse(text);
        if let Some(tree) = &parsed {
            tree.print(&mut out);
        }
        assert_eq!(parsed.map(|_| out.as_str()), expected, "{text}");
        let theirs = serde_json::from_str::<serde_json::Value>(text);
        assert_eq!(theirs.is_ok(), expected.is_some(), "{text}");
    }

    #[test]
    fn reads_and_prints() {
        check(" null ", Some("null"));
        check("[1,-2.50e+3, true]", Some("[1, -2.50e+3, true]"));
        check(
            r#"{"b":[],"a":{"x":"y"}}"#,
            Some(r#"{"a": {"x": "y"}, "b": []}"#),
        );
        check(r#""\u00e4\n\ud83d\ude00\/\"""#, Some("\"ä\\n😀/\\\"\""));
        check("\"\\u0001\"", Some("\"\\u0001\""));
        for bad in [
            "",
            "01",
            "1.",
            ".5",
            "-",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{a:1}",
            "\"\u{1}\"",
            "nul",
            "1 2",
            "\"\\x\"",
            "\"\\ud83d\"",
            "\"abc",
            "[1",
            "{\"a\":1,}",
            "+1",
            "1e",
            "'a'",
        ] {
            check(bad, None);
        }
        check(
            &("[".repeat(60) + &"]".repeat(60)),
            Some(&("[".repeat(60) + &"]".repeat(60))),
        );
        assert_eq!(Json::parse(&"[".repeat(10_000)), None);
    }
}
