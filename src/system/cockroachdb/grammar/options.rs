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

/// In the order in which the product prints them.
pub(super) const BACKUP: &[Rule] = &[
    (&["REVISION_HISTORY"], Takes::Expr),
    (&["ENCRYPTION_PASSPHRASE"], Takes::Text),
    (&["DETACHED"], Takes::Bool),
    (&["KMS"], Takes::Texts),
    (&["INCREMENTAL_LOCATION"], Takes::Texts),
    (&["EXECUTION", "LOCALITY"], Takes::Text),
    (&["INCLUDE_ALL_VIRTUAL_CLUSTERS"], Takes::Expr),
    (&["INCLUDE_ALL_SECONDARY_TENANTS"], Takes::Expr),
    (&["UPDATES_CLUSTER_MONITORING_METRICS"], Takes::Expr),
    (&["STRICT", "STORAGE", "LOCALITY"], Takes::Nothing),
];

pub(super) const RESTORE: &[Rule] = &[
    (&["ENCRYPTION_PASSPHRASE"], Takes::Text),
    (&["KMS"], Takes::Texts),
    (&["INTO_DB"], Takes::Text),
    (&["SKIP_MISSING_FOREIGN_KEYS"], Takes::Nothing),
    (&["SKIP_MISSING_SEQUENCE_OWNERS"], Takes::Nothing),
    (&["SKIP_MISSING_SEQUENCES"], Takes::Nothing),
    (&["SKIP_MISSING_VIEWS"], Takes::Nothing),
    (&["SKIP_MISSING_UDFS"], Takes::Nothing),
    (&["DETACHED"], Takes::Nothing),
    (&["SKIP_LOCALITIES_CHECK"], Takes::Nothing),
    (&["DEBUG_PAUSE_ON"], Takes::Text),
    (&["NEW_DB_NAME"], Takes::Text),
    (&["INCREMENTAL_LOCATION"], Takes::Texts),
    (&["VIRTUAL_CLUSTER_NAME"], Takes::Text),
    (&["VIRTUAL_CLUSTER"], Takes::Text),
    (&["TENANT_NAME"], Takes::Text),
    (&["TENANT"], Takes::Text),
    (&["SCHEMA_ONLY"], Takes::Nothing),
    (&["VERIFY_BACKUP_TABLE_DATA"], Takes::Nothing),
    (&["UNSAFE_RESTORE_INCOMPATIBLE_VERSION"], Takes::Nothing),
    (&["EXECUTION", "LOCALITY"], Takes::Text),
    (&["EXPERIMENTAL", "DEFERRED", "COPY"], Takes::Nothing),
    (&["EXPERIMENTAL", "COPY"], Takes::Nothing),
    (&["REMOVE_REGIONS"], Takes::Nothing),
];

/// Beyond the reference: `pkg/sql/parser/sql.y`.
pub(super) const SHOW_BACKUP: &[Rule] = &[
    (&["AS_JSON"], Takes::Nothing),
    (&["CHECK_FILES"], Takes::Nothing),
    (&["DEBUG_IDS"], Takes::Nothing),
    (&["INCREMENTAL_LOCATION"], Takes::Texts),
    (&["PRIVILEGES"], Takes::Nothing),
    (&["ENCRYPTION_PASSPHRASE"], Takes::Text),
    (&["KMS"], Takes::Texts),
    (&["ENCRYPTION_INFO_DIR"], Takes::Text),
    (&["SKIP", "SIZE"], Takes::Nothing),
    (&["DEBUG_METADATA_SST"], Takes::Nothing),
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
            return Ok(Options {
                bracketed: self.has(Feature::FixedBulkOptions),
                ..Options::default()
            });
        }
        self.maybe_in_brackets(c, |c| Ok((self.free_option(c)?, false, usize::MAX)))
    }

    /// `a, b` or `OPTIONS (a, b)`, each name once. An item comes with whether the product's parser
    /// must look at the token after it to know that it is over, and with its place among the others.
    fn maybe_in_brackets(
        self,
        c: &mut Cursor,
        item: impl Fn(&mut Cursor) -> Parsed<(Opt, bool, usize)>,
    ) -> Parsed<Options> {
        let brackets = c.is_symbol_at(1, "(") && c.eat("OPTIONS");
        if brackets {
            c.expect_symbol("(")?;
        }
        let mut options = Options {
            list: Vec::new(),
            bracketed: self.has(Feature::FixedBulkOptions),
        };
        let mut places = Vec::new();
        loop {
            let (option, ahead, place) = item(c)?;
            if options.get(&option.name).is_some() {
                return Err(twice(c, &option.name, ahead));
            }
            let at = places.iter().filter(|p| **p <= place).count();
            places.insert(at, place);
            options.list.insert(at, option);
            if !c.eat_symbol(",") {
                break;
            }
        }
        if brackets {
            c.expect_symbol(")")?;
        }
        Ok(options)
    }

    fn fixed_option(self, c: &mut Cursor, rules: &[Rule]) -> Parsed<(Opt, bool, usize)> {
        let start = c.position();
        let found = rules.iter().position(|(words, _)| c.eat_words(words));
        let Some((place, (words, takes))) = found.and_then(|at| Some((at, rules.get(at)?))) else {
            return Err(c.error());
        };
        let given = c.is_symbol("=");
        let value = match takes {
            Takes::Nothing => OptValue::None,
            // What is said without a value, or with the one that it means anyway, prints alike.
            Takes::Bool => {
                match !given || c.eat_symbol("=") && c.expect_any(&["TRUE", "FALSE"])? == "TRUE" {
                    true => OptValue::None,
                    false => OptValue::Bool(false),
                }
            }
            Takes::Expr => match c.eat_symbol("=") {
                true => OptValue::Expr(self.boxed_scalar(c)?),
                false => OptValue::Bool(true),
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
        // The older spellings of the same options.
        let name = match words {
            ["INCLUDE_ALL_SECONDARY_TENANTS"] => "include_all_virtual_clusters".to_owned(),
            ["TENANT_NAME"] => "virtual_cluster_name".to_owned(),
            ["TENANT"] => "virtual_cluster".to_owned(),
            words => words.join(" ").to_ascii_lowercase(),
        };
        let ahead = match takes {
            Takes::Expr => true,
            Takes::Bool => !given,
            _ => false,
        };
        let span = c.span_from(start);
        Ok((Opt { name, value, span }, ahead, place))
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
        let value = OptValue::Expr(Box::new(self.setting_value(c)?));
        Ok(Opt {
            name,
            value,
            span: c.span_from(start),
        })
    }
}

/// An option stands there twice. The product's parser complains about the last token that it has
/// read: the option's own, or the one after it.
fn twice(c: &Cursor, name: &str, ahead: bool) -> SyntaxError {
    let word = match name {
        "detached"
        | "revision_history"
        | "incremental_location"
        | "execution locality"
        | "updates_cluster_monitoring_metrics" => " option",
        _ => "",
    };
    let reason = format!("{name}{word} specified multiple times");
    match ahead {
        true => SyntaxError::refused(reason, c.here(), c.at_end()),
        false => SyntaxError::refused(reason, c.span_from(c.position().max(1) - 1), false),
    }
}

/// Options that print as they are, without words around them.
pub(super) fn plain(list: Vec<Opt>) -> Options {
    Options {
        list,
        bracketed: false,
    }
}
