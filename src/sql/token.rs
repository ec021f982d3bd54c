//! The tokenizer: one for all flavours, byte spans, linear time, never fails: what cannot be a
//! token becomes a [`Kind::Bad`] one, so that everything before it keeps its highlighting.

use super::{Flavour, Lexis, limits};
use crate::base::{Result, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or a bare name.
    Word,
    /// A name in the flavour's name quotes.
    QuotedName,
    String(Style),
    /// An unsigned number literal.
    Number,
    /// `$1`, `?`, `:name`
    Placeholder,
    /// An operator or a bracket, the longest that fits.
    Symbol(&'static str),
    Blank,
    Comment,
    Bad(Flaw),
}

/// How a string literal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    /// `"…"` where that is a string.
    Double,
    /// `e'…'`
    Escaped,
    /// `b'…'`
    Bytes,
    /// `x'…'`
    Hex,
    /// `$tag$…$tag$`
    Dollar,
}

/// Why a token is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    OpenString,
    OpenName,
    OpenComment,
    /// A character that starts nothing, NUL among them.
    Character,
}

impl Flaw {
    /// Whether more input could mend it.
    pub fn is_open(self) -> bool {
        self != Flaw::Character
    }
}

/// The longest operator or bracket at the start of a text.
fn symbol(rest: &str) -> Option<&'static str> {
    let bytes = rest.as_bytes();
    let start = |n: usize| bytes.get(..n).unwrap_or(b"");
    let three = match start(3) {
        b"!~*" => "!~*",
        b"#>>" => "#>>",
        b"->>" => "->>",
        b"<=>" => "<=>",
        b"||/" => "||/",
        _ => "",
    };
    let two = match start(2) {
        b"!=" => "!=",
        b"!~" => "!~",
        b"#-" => "#-",
        b"#>" => "#>",
        b"&&" => "&&",
        b"->" => "->",
        b"::" => "::",
        b":=" => ":=",
        b"<<" => "<<",
        b"<=" => "<=",
        b"<>" => "<>",
        b"<@" => "<@",
        b"==" => "==",
        b"=>" => "=>",
        b">=" => ">=",
        b">>" => ">>",
        b"?&" => "?&",
        b"?|" => "?|",
        b"@>" => "@>",
        b"@@" => "@@",
        b"|/" => "|/",
        b"||" => "||",
        b"~*" => "~*",
        b"~~" => "~~",
        b"**" => "**",
        b"//" => "//",
        _ => "",
    };
    let one = match start(1) {
        b"!" => "!",
        b"#" => "#",
        b"%" => "%",
        b"&" => "&",
        b"(" => "(",
        b")" => ")",
        b"*" => "*",
        b"+" => "+",
        b"," => ",",
        b"-" => "-",
        b"." => ".",
        b"/" => "/",
        b":" => ":",
        b";" => ";",
        b"<" => "<",
        b"=" => "=",
        b">" => ">",
        b"?" => "?",
        b"@" => "@",
        b"[" => "[",
        b"]" => "]",
        b"^" => "^",
        b"{" => "{",
        b"|" => "|",
        b"}" => "}",
        b"~" => "~",
        b"\\" => "\\",
        _ => "",
    };
    [three, two, one].into_iter().find(|s| !s.is_empty())
}

/// Reads tokens one after the other, blanks and comments included.
#[derive(Clone)]
pub struct Lexer<'a> {
    text: &'a str,
    lexis: &'a Lexis,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str, flavour: &'a Flavour) -> Lexer<'a> {
        Lexer::starting_at(text, flavour, 0)
    }
    /// From a byte offset, which must lie between two tokens.
    pub fn starting_at(text: &'a str, flavour: &'a Flavour, at: usize) -> Lexer<'a> {
        Lexer {
            text,
            lexis: &flavour.lexis,
            at,
        }
    }
    /// The byte offset after the last token.
    pub fn position(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn is_word_start(&self, c: char) -> bool {
        c == '_'
            || c.is_ascii_alphabetic()
            || !c.is_ascii()
            || (c == '@' && self.lexis.known().at_words)
            || (c == '$' && self.lexis.known().words_with_leading_digit)
    }
    fn is_word_char(&self, c: char) -> bool {
        c == '_'
            || c == '$'
            || c.is_ascii_alphanumeric()
            || !c.is_ascii()
            || Some(c) == self.lexis.known().extra_word_char
    }

    /// Kind and length in bytes of the token at the start of `rest`, which is not empty.
    fn read_token(&self, rest: &'a str) -> (Kind, usize) {
        let lexis = self.lexis.known();
        let mut chars = rest.chars();
        let first = chars.next().unwrap_or('\0');
        let second = chars.next().unwrap_or('\0');
        if first.is_ascii_whitespace() || first == '\u{b}' {
            let is_blank = |c: char| c.is_ascii_whitespace() || c == '\u{b}';
            return (Kind::Blank, length_while(rest, is_blank));
        }
        match (first, second) {
            ('-', '-') if !lexis.dashes_need_blank || dashes_end(rest) => {
                return (Kind::Comment, length_while(rest, |c| c != '\n'));
            }
            ('#', _) if lexis.hash_comments => {
                return (Kind::Comment, length_while(rest, |c| c != '\n'));
            }
            ('/', '*') => return block_comment(rest, lexis.nested_comments),
            ('\'', _) => return self.string(rest, 0, '\'', Style::Plain),
            ('"', _) if lexis.double_quoted_strings => {
                return self.string(rest, 0, '"', Style::Double);
            }
            ('"', _) => return quoted_name(rest, '"'),
            ('`', _) if lexis.backquoted_names => return quoted_name(rest, '`'),
            ('e' | 'E', '\'') if lexis.prefixed_strings => {
                return self.string(rest, 1, '\'', Style::Escaped);
            }
            ('b' | 'B', '\'') if lexis.prefixed_strings => {
                return self.string(rest, 1, '\'', Style::Bytes);
            }
            ('x' | 'X', '\'') if lexis.prefixed_strings => {
                return self.string(rest, 1, '\'', Style::Hex);
            }
            ('$', d) if lexis.dollar_placeholders && d.is_ascii_digit() => {
                let digits = length_while(&rest[1..], |c| c.is_ascii_digit());
                return (Kind::Placeholder, 1 + digits);
            }
            ('$', _) if lexis.dollar_strings => {
                if let Some(found) = dollar_string(rest) {
                    return found;
                }
            }
            ('?', _) if lexis.question_placeholders => return (Kind::Placeholder, 1),
            (':', c) if lexis.colon_placeholders && (c.is_ascii_alphanumeric() || c == '_') => {
                let word = length_while(&rest[1..], |c| c.is_ascii_alphanumeric() || c == '_');
                return (Kind::Placeholder, 1 + word);
            }
            ('.', d) if d.is_ascii_digit() => return (Kind::Number, number(rest)),
            ('@', '@') if lexis.at_words => {
                let word = length_while(&rest[2..], |c| self.is_word_char(c) || c == '.');
                return (Kind::Word, 2 + word);
            }
            (d, _) if d.is_ascii_digit() => {
                let length = number(rest);
                let more = length_while(rest, |c| self.is_word_char(c));
                if lexis.words_with_leading_digit && more > length {
                    return (Kind::Word, more);
                }
                return (Kind::Number, length);
            }
            (c, _) if self.is_word_start(c) => {
                let tail = length_while(&rest[c.len_utf8()..], |c| self.is_word_char(c));
                return (Kind::Word, c.len_utf8() + tail);
            }
            _ => {}
        }
        if let Some(symbol) = symbol(rest) {
            return (Kind::Symbol(symbol), symbol.len());
        }
        (Kind::Bad(Flaw::Character), first.len_utf8())
    }

    /// A string whose opening quote stands after `prefix` bytes.
    fn string(&self, rest: &str, prefix: usize, quote: char, style: Style) -> (Kind, usize) {
        let escapes =
            self.lexis.known().backslash_escapes || matches!(style, Style::Escaped | Style::Bytes);
        let bytes = rest.as_bytes();
        let quote = quote as u8;
        let mut at = prefix + 1;
        // Quotes and backslashes are ASCII, so walking bytes never ends inside a character.
        while let Some(&byte) = bytes.get(at) {
            if byte == b'\\' && escapes {
                at += 2;
            } else if byte == quote {
                at += 1;
                if bytes.get(at) == Some(&quote) {
                    at += 1;
                } else {
                    // Another one after blanks goes on with it.
                    let blanks =
                        length_while(rest.get(at..).unwrap_or(""), |c| c.is_ascii_whitespace());
                    let joined = self.lexis.known().strings_join && blanks > 0;
                    if !joined || bytes.get(at + blanks) != Some(&quote) {
                        return (Kind::String(style), at);
                    }
                    at += blanks + 1;
                }
            } else {
                at += 1;
            }
        }
        (Kind::Bad(Flaw::OpenString), rest.len())
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;
    fn next(&mut self) -> Option<Token> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let (kind, length) = self.read_token(rest);
        let start = self.at;
        self.at += length.max(1);
        Some(Token {
            kind,
            span: Span::new(start, self.at),
        })
    }
}

fn length_while(text: &str, mut test: impl FnMut(char) -> bool) -> usize {
    text.find(|c| !test(c)).unwrap_or(text.len())
}

fn dashes_end(rest: &str) -> bool {
    rest[2..].chars().next().is_none_or(char::is_whitespace)
}

fn block_comment(rest: &str, nested: bool) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (2, 1u32);
    while let (Some(a), Some(b)) = (bytes.get(at), bytes.get(at + 1)) {
        match (a, b) {
            (b'*', b'/') => {
                at += 2;
                depth -= 1;
                if depth == 0 {
                    return (Kind::Comment, at);
                }
            }
            (b'/', b'*') if nested => {
                at += 2;
                depth += 1;
            }
            _ => at += 1,
        }
    }
    (Kind::Bad(Flaw::OpenComment), rest.len())
}

fn quoted_name(rest: &str, quote: char) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    let quote = quote as u8;
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        if byte == 0 {
            // No product stores NUL in a name; this also keeps the names of spliced sources untypable.
            return (Kind::Bad(Flaw::Character), at + 1);
        }
        if byte != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return (Kind::QuotedName, at + 1);
        }
    }
    (Kind::Bad(Flaw::OpenName), rest.len())
}

/// `$tag$…$tag$`; `None` if no opening tag stands here.
fn dollar_string(rest: &str) -> Option<(Kind, usize)> {
    let tag = length_while(&rest[1..], |c| c == '_' || c.is_ascii_alphanumeric());
    let open = rest.get(..tag + 2).filter(|open| open.ends_with('$'))?;
    Some(match rest[open.len()..].find(open) {
        Some(body) => (Kind::String(Style::Dollar), open.len() * 2 + body),
        None => (Kind::Bad(Flaw::OpenString), rest.len()),
    })
}

/// Length of `12`, `1.5`, `.5`, `1e-3`, `0x1F`.
fn number(rest: &str) -> usize {
    if rest.starts_with("0x") || rest.starts_with("0X") {
        let hex = length_while(&rest[2..], |c| c.is_ascii_hexdigit());
        if hex > 0 {
            return 2 + hex;
        }
    }
    let mut at = length_while(rest, |c| c.is_ascii_digit());
    if rest[at..].starts_with('.') && !rest[at..].starts_with("..") {
        at += 1;
        at += length_while(&rest[at..], |c| c.is_ascii_digit());
    }
    if rest[at..].starts_with(['e', 'E']) {
        let signed = rest[at + 1..].starts_with(['+', '-']);
        let digits = at + 1 + usize::from(signed);
        let more = length_while(&rest[digits..], |c| c.is_ascii_digit());
        if more > 0 {
            at = digits + more;
        }
    }
    at
}

/// The significant tokens of one statement.
#[derive(Clone)]
pub struct Tokens<'a> {
    pub text: &'a str,
    pub flavour: &'static Flavour,
    pub list: Vec<Token>,
}

impl<'a> Tokens<'a> {
    /// Tokens of a statement, without blanks, comments and final semicolons, after the limits were
    /// checked. Errors: [`crate::base::ErrorKind::Limit`] only. Reading stops after a broken token:
    /// whether what stands before it makes sense is the grammar's to say.
    pub fn read(text: &'a str, flavour: &'static Flavour) -> Result<Tokens<'a>> {
        limits::check_text(text)?;
        let tokens = Tokens::read_partly(text, flavour);
        limits::check_tokens(text, &tokens.list)?;
        Ok(tokens)
    }

    /// The same without the limits, at most one token more than they allow: for completion.
    pub fn read_partly(text: &'a str, flavour: &'static Flavour) -> Tokens<'a> {
        let mut list = Vec::new();
        for token in Lexer::new(text, flavour) {
            match token.kind {
                Kind::Blank | Kind::Comment => continue,
                _ => list.push(token),
            }
            if matches!(token.kind, Kind::Bad(_)) || list.len() > limits::MAX_TOKENS {
                break;
            }
        }
        while list.last().is_some_and(|t| t.kind == Kind::Symbol(";")) {
            list.pop();
        }
        Tokens {
            text,
            flavour,
            list,
        }
    }

    /// The value of a string literal token: quotes taken off, escapes resolved. `None` for other
    /// tokens. Bytes and hex literals give their bytes as text where they are UTF-8.
    pub fn string_value(&self, token: Token) -> Option<String> {
        string_value(self.text, token, self.flavour)
    }

    /// The value of a bare or quoted name, folded as the flavour folds. `None` for other tokens.
    pub fn name_value(&self, token: Token) -> Option<String> {
        let text = token.span.of(self.text);
        match token.kind {
            Kind::Word => Some(self.flavour.fold.apply(text)),
            Kind::QuotedName => {
                let quote = text.get(..1)?;
                let body = text.get(1..text.len().checked_sub(1)?)?;
                Some(body.replace(&quote.repeat(2), quote))
            }
            _ => None,
        }
    }
}

fn string_value(text: &str, token: Token, flavour: &Flavour) -> Option<String> {
    let Kind::String(style) = token.kind else {
        return None;
    };
    let raw = token.span.of(text);
    if style == Style::Dollar {
        let open = raw.get(1..)?.find('$')? + 2;
        return raw
            .get(open..raw.len().checked_sub(open)?)
            .map(str::to_owned);
    }
    let start = raw.find(['\'', '"'])?;
    let quote = raw.get(start..=start)?.chars().next()?;
    let body = raw.get(start + 1..raw.len().checked_sub(1)?)?;
    if style == Style::Hex {
        let mut bytes = Vec::with_capacity(body.len() / 2);
        for pair in body.as_bytes().chunks(2) {
            let digits = std::str::from_utf8(pair).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).unwrap_or(b'?'));
        }
        return Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    let escapes =
        flavour.lexis.known().backslash_escapes || matches!(style, Style::Escaped | Style::Bytes);
    let mut value = String::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if c == quote {
            // A quote inside is written twice; with blanks between them, one string goes on with
            // the next.
            if chars.next() == Some(quote) {
                value.push(c);
            } else {
                while chars.next().is_some_and(|c| c != quote) {}
            }
        } else if c == '\\' && escapes {
            match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some('b') => value.push('\u{8}'),
                Some('0') => value.push('\0'),
                // Kept with its backslash: it means something to LIKE.
                Some(c @ ('%' | '_')) if flavour.lexis.known().backslash_escapes => {
                    value.push('\\');
                    value.push(c);
                }
                Some(other) => value.push(other),
                None => {}
            }
        } else {
            value.push(c);
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::super::flavour::samples::{MY, PG};
    use super::*;

    fn kinds(text: &str, flavour: &'static Flavour) -> String {
        let mut out = Vec::new();
        for token in Lexer::new(text, flavour) {
            let word = token.span.of(text);
            out.push(match token.kind {
                Kind::Word => format!("w:{word}"),
                Kind::QuotedName => format!("q:{word}"),
                Kind::String(_) => format!("s:{word}"),
                Kind::Number => format!("n:{word}"),
                Kind::Placeholder => format!("p:{word}"),
                Kind::Symbol(s) => s.to_owned(),
                Kind::Blank => continue,
                Kind::Comment => "c".to_owned(),
                Kind::Bad(flaw) => format!("bad:{flaw:?}"),
            });
        }
        out.join(" ")
    }

    #[test]
    fn tokens_by_flavour() {
        for (flavour, text, expected) in [
            (&PG, "CANCEL JOB 27;", "w:CANCEL w:JOB n:27 ;"),
            (
                &PG,
                "a->>'x' -- c\n||b::int",
                "w:a ->> s:'x' c || w:b :: w:int",
            ),
            (
                &PG,
                "\"a\"\"b\".c$d /* /* */ */ e'\\''",
                "q:\"a\"\"b\" . w:c$d c s:e'\\''",
            ),
            (&PG, "$1 $$a'b$$ $t$ $$ $t$", "p:$1 s:$$a'b$$ s:$t$ $$ $t$"),
            (
                &PG,
                "1.5e-3 .5 1..2 0xfF 1t",
                "n:1.5e-3 n:.5 n:1 . n:.2 n:0xfF n:1 w:t",
            ),
            (&PG, "'open", "bad:OpenString"),
            (&PG, "a \0 b", "w:a bad:Character w:b"),
            (&PG, "/* /* */", "bad:OpenComment"),
            (
                &MY,
                "1t t$1 1002 `a``b` \"s\"",
                "w:1t w:t$1 n:1002 q:`a``b` s:\"s\"",
            ),
            (
                &MY,
                "a--b -- c\n# d\n@x @@y.z ?",
                "w:a - - w:b c c w:@x w:@@y.z p:?",
            ),
            (&MY, "'a\\'b' 'a''b' $", "s:'a\\'b' 'a''b' w:$"),
            (&PG, "$", "bad:Character"),
            (
                &MY,
                "meta$1002 租户 \u{fffd}",
                "w:meta$1002 w:租户 w:\u{fffd}",
            ),
        ] {
            assert_eq!(kinds(text, flavour), expected, "{text}");
        }
    }

    #[test]
    fn values_of_strings_and_names() {
        for (flavour, text, expected) in [
            (&PG, "'it''s'", "it's"),
            (&PG, "e'a\\nb\\''", "a\nb'"),
            (&PG, "$q$a'b$q$", "a'b"),
            (&PG, "x'4142'", "AB"),
            (&MY, "'a\\'b\\%'", "a'b\\%"),
            (&MY, "\"a'b\"", "a'b"),
            (&PG, "Abc", "abc"),
            (&PG, "\"A\"\"b\"", "A\"b"),
            (&MY, "'a' \n'b''c'", "ab'c"),
            (&MY, "Abc", "Abc"),
            (&MY, "`a``b`", "a`b"),
        ] {
            let tokens = Tokens::read(text, flavour).unwrap();
            let token = tokens.list[0];
            let value = tokens
                .string_value(token)
                .or_else(|| tokens.name_value(token));
            assert_eq!(value.as_deref(), Some(expected), "{text}");
        }
    }
}
