//! `WITH name [= value], …` of bulk statements: fixed sets where the grammar has one, free names elsewhere.

use super::*;
use crate::sql::SyntaxError;

/// What an option takes after its name.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Takes {
    Nothing,
    /// `[= TRUE|FALSE]`
    Bool,
    /// `[= expr]`
    Expr,
    /// `= 'text'`
    Text,
    /// `= 'text'` or `= ('a', 'b')`
    Texts,
}

type Rule = (&'static [&'static str], Takes);

pub(super) const BACKUP: &[Rule] = &[
    (&["DETACHED"], Takes::Bool),
    (&["REVISION_HISTORY"], Takes::Expr),
    (&["ENCRYPTION_PASSPHRASE"], Takes::Text),
    (&["KMS"], Takes::Texts),
    (&["INCREMENTAL_LOCATION"], Takes::Texts),
    (&["EXECUTION", "LOCALITY"], Takes::Text),
    (&["INCLUDE_ALL_VIRTUAL_CLUSTERS"], Takes::Expr),
    (&["UPDATES_CLUSTER_MONITORING_METRICS"], Takes::Expr),
    (&["STRICT", "STORAGE", "LOCALITY"], Takes::Nothing),
];

pub(super) const RESTORE: &[Rule] = &[
    (&["DETACHED"], Takes::Bool),
    (&["INTO_DB"], Takes::Text),
    (&["NEW_DB_NAME"], Takes::Text),
    (&["ENCRYPTION_PASSPHRASE"], Takes::Text),
    (&["KMS"], Takes::Texts),
    (&["INCREMENTAL_LOCATION"], Takes::Texts),
    (&["SKIP_MISSING_FOREIGN_KEYS"], Takes::Nothing),
    (&["SKIP_MISSING_SEQUENCES"], Takes::Nothing),
    (&["SKIP_MISSING_SEQUENCE_OWNERS"], Takes::Nothing),
    (&["SKIP_MISSING_VIEWS"], Takes::Nothing),
    (&["SKIP_MISSING_UDFS"], Takes::Nothing),
    (&["SKIP_LOCALITIES_CHECK"], Takes::Nothing),
    (&["DEBUG_PAUSE_ON"], Takes::Text),
    (&["VIRTUAL_CLUSTER_NAME"], Takes::Text),
    (&["VIRTUAL_CLUSTER"], Takes::Text),
    (&["SCHEMA_ONLY"], Takes::Nothing),
    (&["VERIFY_BACKUP_TABLE_DATA"], Takes::Nothing),
    (&["UNSAFE_RESTORE_INCOMPATIBLE_VERSION"], Takes::Nothing),
    (&["EXECUTION", "LOCALITY"], Takes::Text),
    (&["EXPERIMENTAL", "DEFERRED", "COPY"], Takes::Nothing),
    (&["EXPERIMENTAL", "COPY"], Takes::Nothing),
    (&["REMOVE_REGIONS"], Takes::Nothing),
];

impl Grammar {
    /// `[WITH …]` of BACKUP or RESTORE: by `rules` where the version has a fixed set, free before.
    pub(super) fn bulk_options(self, c: &mut Cursor, rules: &[Rule]) -> Parsed<Options> {
        if !self.has(Feature::FixedBulkOptions) {
            return self.free_options(c);
        }
        if !c.eat("WITH") {
            return Ok(Options::default());
        }
        self.maybe_in_brackets(c, |c| self.fixed_option(c, rules))
    }

    /// `[WITH name [= value], …]`
    pub(super) fn free_options(self, c: &mut Cursor) -> Parsed<Options> {
        if c.is_words(&["WITH", "SCHEDULE"]) || !c.eat("WITH") {
            return Ok(Options::default());
        }
        self.maybe_in_brackets(c, |c| self.free_option(c))
    }

    /// `a, b` or `OPTIONS (a, b)`, each name once.
    fn maybe_in_brackets(
        self,
        c: &mut Cursor,
        item: impl Fn(&mut Cursor) -> Parsed<Opt>,
    ) -> Parsed<Options> {
        let brackets = c.is_symbol_at(1, "(") && c.eat("OPTIONS");
        if brackets {
            c.expect_symbol("(")?;
        }
        let mut options = Options {
            list: Vec::new(),
            bracketed: self.has(Feature::FixedBulkOptions),
        };
        loop {
            let option = item(c)?;
            if options.get(&option.name).is_some() {
                let reason = format!("{} option specified multiple times", option.name);
                return Err(SyntaxError::refused(reason, option.span, false));
            }
            options.list.push(option);
            if !c.eat_symbol(",") {
                break;
            }
        }
        if brackets {
            c.expect_symbol(")")?;
        }
        Ok(options)
    }

    fn fixed_option(self, c: &mut Cursor, rules: &[Rule]) -> Parsed<Opt> {
        let start = c.position();
        let Some((words, takes)) = rules.iter().find(|(words, _)| c.eat_words(words)) else {
            return Err(c.error());
        };
        let value = match takes {
            Takes::Nothing => OptValue::None,
            Takes::Bool => match c.eat_symbol("=") {
                true => OptValue::Bool(c.expect_any(&["TRUE", "FALSE"])? == "TRUE"),
                false => OptValue::None,
            },
            Takes::Expr => match c.eat_symbol("=") {
                true => OptValue::Expr(self.boxed_scalar(c)?),
                false => OptValue::None,
            },
            Takes::Text => {
                c.expect_symbol("=")?;
                OptValue::Text(self.text_arg(c)?)
            }
            Takes::Texts => {
                c.expect_symbol("=")?;
                match c.is_symbol("(") {
                    true => OptValue::List(self.text_args(c)?),
                    false => OptValue::Text(self.text_arg(c)?),
                }
            }
        };
        Ok(Opt {
            name: words.join(" ").to_ascii_lowercase(),
            value,
            span: c.span_from(start),
        })
    }

    fn free_option(self, c: &mut Cursor) -> Parsed<Opt> {
        let start = c.position();
        let name = match c.eat_string() {
            Some(text) => text.value,
            None => c.any_name(Role::Other)?.value,
        };
        let value = match c.eat_symbol("=") {
            true => OptValue::Text(self.text_arg(c)?),
            false => OptValue::None,
        };
        Ok(Opt {
            name,
            value,
            span: c.span_from(start),
        })
    }

    /// `(name = expr, …)`: storage parameters.
    pub(super) fn storage_parameters(self, c: &mut Cursor) -> Parsed<Options> {
        c.expect_symbol("(")?;
        let list = c.list(|c| self.storage_parameter(c))?;
        c.expect_symbol(")")?;
        Ok(plain(list))
    }

    /// `name = expr`, where the name may have dots: `gc.ttlseconds`.
    pub(super) fn storage_parameter(self, c: &mut Cursor) -> Parsed<Opt> {
        let start = c.position();
        let name = match c.eat_string() {
            Some(text) => text.value,
            None => c.path(Role::Setting)?.values().join("."),
        };
        c.expect_symbol("=")?;
        let value = OptValue::Expr(self.boxed_scalar(c)?);
        Ok(Opt {
            name,
            value,
            span: c.span_from(start),
        })
    }
}

/// Options that print as they are, without words around them.
pub(super) fn plain(list: Vec<Opt>) -> Options {
    Options {
        list,
        bracketed: false,
    }
}
