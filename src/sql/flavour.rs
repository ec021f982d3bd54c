//! What differs between the SQL of one product and another, as values: no code asks which product it is.

use sqlparser::dialect::Dialect;

use super::shown::Shown;
use crate::base::letters;

/// How a bare (unquoted) name is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Lower,
    Upper,
    Keep,
}

impl Fold {
    pub fn apply(self, word: &str) -> String {
        match self {
            Fold::Lower => letters::to_lower(word),
            Fold::Upper => letters::to_upper(word),
            Fold::Keep => word.to_owned(),
        }
    }
}

/// Rules of the tokenizer.
#[derive(Clone, Copy, Debug)]
pub struct Lexis {
    /// `# comment`
    pub hash_comments: bool,
    /// `'a' 'b'` is `'ab'`.
    pub strings_join: bool,
    /// `--` starts a comment only before a blank or the end.
    pub dashes_need_blank: bool,
    /// `/* /* */ */` is one comment.
    pub nested_comments: bool,
    /// `$$text$$`, `$tag$text$tag$`
    pub dollar_strings: bool,
    /// `` `name` ``
    pub backquoted_names: bool,
    /// `"text"` is a string, not a name.
    pub double_quoted_strings: bool,
    /// A backslash escapes the next character in every string.
    pub backslash_escapes: bool,
    /// `e'a\n'`, `b'bytes'`, `x'ff'`
    pub prefixed_strings: bool,
    /// `1t` and `1_2` are words; `12` is a number.
    pub words_with_leading_digit: bool,
    /// `@x` and `@@x` are words.
    pub at_words: bool,
    /// `$1` is a placeholder.
    pub dollar_placeholders: bool,
    /// `?` is a placeholder.
    pub question_placeholders: bool,
    /// `:1` and `:name` are placeholders.
    pub colon_placeholders: bool,
    /// A further character of a word, beside letters, digits, `_` and `$`.
    pub extra_word_char: Option<char>,
    /// `\G` and `\g` end a statement as `;` does.
    pub letter_terminators: bool,
}

impl Lexis {
    /// The rules, or what they can only be where a program knows PostgreSQL's family alone: the
    /// compiler then leaves out what the others need.
    #[inline(always)]
    pub fn known(&self) -> Lexis {
        match cfg!(any(test, feature = "lenient")) {
            true => *self,
            false => Lexis {
                dollar_strings: self.dollar_strings,
                ..Lexis::POSTGRES
            },
        }
    }

    pub const POSTGRES: Lexis = Lexis {
        hash_comments: false,
        strings_join: false,
        dashes_need_blank: false,
        nested_comments: true,
        dollar_strings: true,
        backquoted_names: false,
        double_quoted_strings: false,
        backslash_escapes: false,
        prefixed_strings: true,
        words_with_leading_digit: false,
        at_words: false,
        dollar_placeholders: true,
        question_placeholders: false,
        colon_placeholders: false,
        extra_word_char: None,
        letter_terminators: false,
    };
    pub const MYSQL: Lexis = Lexis {
        hash_comments: true,
        strings_join: true,
        dashes_need_blank: true,
        nested_comments: false,
        dollar_strings: false,
        backquoted_names: true,
        double_quoted_strings: true,
        backslash_escapes: true,
        prefixed_strings: false,
        words_with_leading_digit: true,
        at_words: true,
        dollar_placeholders: false,
        question_placeholders: true,
        colon_placeholders: false,
        extra_word_char: None,
        letter_terminators: true,
    };
    pub const ORACLE: Lexis = Lexis {
        hash_comments: false,
        strings_join: false,
        dashes_need_blank: false,
        nested_comments: false,
        dollar_strings: false,
        backquoted_names: false,
        double_quoted_strings: false,
        backslash_escapes: false,
        prefixed_strings: false,
        words_with_leading_digit: false,
        at_words: false,
        dollar_placeholders: false,
        question_placeholders: true,
        colon_placeholders: true,
        extra_word_char: Some('#'),
        letter_terminators: true,
    };
}

/// All that this layer needs to know of a product's SQL. A system holds one per version or mode, in a static.
pub struct Flavour {
    /// For messages, for example `CockroachDB v26.2`.
    pub name: &'static str,
    pub lexis: Lexis,
    pub fold: Fold,
    /// Words that are highlighted and completed: upper case, sorted.
    pub keywords: &'static [&'static str],
    /// Keywords that cannot be a bare name: upper case, sorted.
    pub reserved: &'static [&'static str],
    /// What sqlparser reads queries with.
    pub dialect: &'static (dyn Dialect + Send + Sync),
    /// Understood in queries: `AS OF SYSTEM TIME expr`.
    pub as_of_system_time: bool,
    /// Understood in queries: `[SHOW …]` in FROM and `WITH x AS (SHOW …)`: the first words of
    /// statements that return rows (upper case, sorted). Empty: no such thing.
    pub row_statements: &'static [&'static str],
    /// First words of statements that may stand in a CTE body, beside queries: upper case, sorted.
    pub cte_statements: &'static [&'static str],
    /// What sqlparser takes for keywords in queries, beside those of every product here.
    pub shown: &'static Shown,
}

impl Flavour {
    pub fn is_keyword(&self, word: &str) -> bool {
        contains(self.keywords, word)
    }
    pub fn is_reserved(&self, word: &str) -> bool {
        contains(self.reserved, word)
    }
}

/// Whether a sorted list of upper-case words holds `word`, in any case.
pub fn contains(sorted: &[&str], word: &str) -> bool {
    place(sorted, word).is_some()
}

/// Where a sorted list of upper-case words holds `word`, in any case.
pub(super) fn place(sorted: &[&str], word: &str) -> Option<usize> {
    sorted
        .binary_search_by(|entry| {
            let upper = word.bytes().map(|b| b.to_ascii_uppercase());
            entry.bytes().cmp(upper)
        })
        .ok()
}

/// Flavours for the tests of this layer.
#[cfg(test)]
pub mod samples {
    use super::super::shown;
    use super::*;
    use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect};

    pub static PG: Flavour = Flavour {
        name: "sample",
        lexis: Lexis::POSTGRES,
        fold: Fold::Lower,
        keywords: &["CANCEL", "FROM", "JOB", "JOBS", "SELECT", "SHOW", "WHERE"],
        reserved: &["FROM", "SELECT", "WHERE"],
        dialect: &PostgreSqlDialect {},
        as_of_system_time: true,
        row_statements: &["EXPLAIN", "SHOW"],
        cte_statements: &["CANCEL", "EXPLAIN", "SHOW"],
        shown: &shown::POSTGRES,
    };
    pub static MY: Flavour = Flavour {
        name: "sample",
        lexis: Lexis::MYSQL,
        fold: Fold::Keep,
        keywords: &[
            "ALTER", "BACKUP", "CANCEL", "FROM", "SELECT", "SYSTEM", "TENANT",
        ],
        reserved: &["ALTER", "FROM", "SELECT"],
        dialect: &MySqlDialect {},
        as_of_system_time: false,
        row_statements: &[],
        cte_statements: &[],
        shown: &shown::MYSQL,
    };
}
