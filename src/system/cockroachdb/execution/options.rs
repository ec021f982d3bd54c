//! What may stand in the `WITH` of IMPORT and CREATE CHANGEFEED. Beyond the reference:
//! `pkg/sql/exprutil/kv_string_opt.go`, `pkg/sql/importer/import_planning.go`,
//! `pkg/ccl/changefeedccl/changefeedbase/options.go`.

use super::super::grammar::{OptValue, Options};
use super::super::{Cockroach, Cx, errors, settings};
use super::Call;
use crate::base::{Result, Value};

/// Names with `=` want a value, with `?` they may have one, the others take none.
const IMPORT: &str = "allow_quoted_null comment= data_as_binary_records data_as_json_records decompress= delimiter= detached disable_glob_matching experimental_save_rejected fields_enclosed_by= fields_escaped_by= fields_terminated_by= max_row_size= nullif= oversample= records_terminated_by= row_limit= rows_terminated_by= schema= schema_uri= skip= skip_foreign_keys sstsize= strict_quotes strict_validation";
const IMPORT_2_1: &str = "comment= decompress= delimiter= experimental_save_rejected fields_enclosed_by= fields_escaped_by= fields_terminated_by= into_db= max_row_size= nullif= oversample= rows_terminated_by= skip= skip_foreign_keys sstsize= transform=";
/// What every format takes, and what a format takes beside that.
const COMMON: &str = "decompress detached disable_glob_matching experimental_save_rejected oversample sstsize row_limit";
const OF_FORMAT: [(&str, &str); 4] = [
    (
        "CSV",
        "allow_quoted_null comment delimiter nullif skip strict_quotes",
    ),
    (
        "DELIMITED",
        "fields_enclosed_by fields_escaped_by fields_terminated_by nullif rows_terminated_by skip",
    ),
    (
        "AVRO",
        "data_as_binary_records data_as_json_records max_row_size records_terminated_by schema schema_uri strict_validation",
    ),
    ("PGCOPY", "delimiter max_row_size nullif"),
];
const SINKS: &str = "kafka confluent-cloud azure-event-hub gcpubsub webhook-https http https s3 gs azure azure-blob azure-storage nodelocal userfile null pulsar external";
const CHANGEFEED: &str = "avro_schema_prefix= compression= confluent_schema_registry= cursor= diff encode_json_value_null_as_object end_time= enriched_properties= envelope= execution_locality= extra_headers= format= full_table_name gc_protect_expires_after= headers_json_column_name= ignore_disable_changefeed_replication initial_scan? initial_scan_only kafka_sink_config= key_column= key_in_value lagging_ranges_polling_interval= lagging_ranges_threshold= metrics_label= min_checkpoint_frequency= mvcc_timestamp no_initial_scan on_error= partition_alg= protect_data_from_gc_on_pause pubsub_sink_config= range_distribution_strategy= resolved? schema_change_events= schema_change_policy= split_column_families topic_in_value unordered updated virtual_columns= webhook_auth_header= webhook_client_timeout= webhook_sink_config=";
/// Options whose values are words.
const WORDS: [(&str, &str); 8] = [
    ("format", "json avro csv experimental_avro parquet protobuf"),
    (
        "envelope",
        "row key_only wrapped deprecated_row bare enriched",
    ),
    ("compression", "gzip zstd"),
    ("schema_change_events", "column_changes default"),
    ("schema_change_policy", "backfill nobackfill stop ignore"),
    ("initial_scan", "yes no only"),
    ("on_error", "pause fail"),
    ("virtual_columns", "omitted null"),
];
/// Options whose values are durations, and whether they may be zero.
const DURATIONS: [(&str, bool); 6] = [
    ("resolved", true),
    ("min_checkpoint_frequency", true),
    ("gc_protect_expires_after", true),
    ("webhook_client_timeout", false),
    ("lagging_ranges_threshold", false),
    ("lagging_ranges_polling_interval", false),
];
/// Options that exclude each other, and what is said then.
const EXCLUSIVE: [(&str, &str, &str); 4] = [
    (
        "initial_scan",
        "no_initial_scan",
        "cannot specify both initial_scan and no_initial_scan",
    ),
    (
        "initial_scan",
        "initial_scan_only",
        "cannot specify both initial_scan and initial_scan_only",
    ),
    (
        "no_initial_scan",
        "initial_scan_only",
        "cannot specify both initial_scan='only' and no_initial_scan",
    ),
    (
        "unordered",
        "resolved",
        "unordered is not usable with resolved because resolved timestamps cannot be guaranteed to be correct in unordered mode",
    ),
];

pub(super) fn one_of(words: &str, word: &str) -> bool {
    words.split(' ').any(|w| w == word)
}

impl Cockroach {
    /// Options are known, and have values where values belong.
    fn known_options(&self, options: &Options, rules: &str) -> Result<()> {
        for option in &options.list {
            let name = &*option.name;
            let valued = !matches!(option.value, OptValue::None);
            let rule = rules.split(' ').find_map(|r| {
                let rest = r.strip_prefix(name)?;
                matches!(rest, "" | "=" | "?").then_some(rest)
            });
            let wrong = match rule {
                None => format!("invalid option \"{name}\""),
                Some("=") if !valued => format!("option \"{name}\" requires a value"),
                Some("") if valued => format!("option \"{name}\" does not take a value"),
                _ => continue,
            };
            return Err(errors::uncategorised(self.profile, &wrong));
        }
        Ok(())
    }

    // ---- IMPORT ----

    pub(super) fn known_import_options(&self, options: &Options) -> Result<()> {
        let rules = match self.profile.requests {
            true => IMPORT,
            false => IMPORT_2_1,
        };
        self.known_options(options, rules)
    }

    /// Options fit the format, and their values can be read.
    pub(super) fn import_options(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        format: &str,
        options: &Options,
    ) -> Result<()> {
        let own = OF_FORMAT.iter().find(|(f, _)| *f == format);
        let own = own.map_or("", |(_, words)| words);
        for option in &options.list {
            let name = &*option.name;
            if self.profile.requests && !one_of(own, name) && !one_of(COMMON, name) {
                let wrong =
                    format!("invalid option \"{name}\" specified for {format} import format");
                return Err(errors::uncategorised(self.profile, &wrong));
            }
            let Some(text) = self.option_text(cx, call, options, name)? else {
                continue;
            };
            let number = text.parse::<i64>();
            let no_number = || errors::no_int(&text).replacen("ParseInt", "Atoi", 1);
            let wrong = match (name, number) {
                ("skip", Err(_)) => format!("invalid skip value: {}", no_number()),
                ("skip", Ok(..0)) => "skip must be >= 0".to_owned(),
                ("row_limit", Err(_)) => {
                    format!("invalid numeric row_limit value: {}", no_number())
                }
                ("row_limit", Ok(..1)) => "row_limit must be > 0".to_owned(),
                (
                    "comment"
                    | "delimiter"
                    | "rows_terminated_by"
                    | "fields_terminated_by"
                    | "fields_enclosed_by"
                    | "fields_escaped_by",
                    _,
                ) if text.chars().nth(1).is_some() => {
                    let what = match name {
                        "comment" => "comment",
                        "delimiter" if format == "CSV" => "comma",
                        "delimiter" => "\"delimiter\"",
                        "fields_terminated_by" => "\"fields_terminated_by\"",
                        // The product names this one for the others too.
                        _ => "\"rows_terminated_by\"",
                    };
                    format!("invalid {what} value: must be only one character")
                }
                ("decompress", _)
                    if !one_of("auto none gzip bzip snappy", &text.to_ascii_lowercase()) =>
                {
                    let wrong = format!("unimplemented: unsupported compression value: \"{text}\"");
                    return Err(errors::wrong(wrong, "0A000"));
                }
                ("oversample", Err(_)) => {
                    return Err(errors::uncategorised(self.profile, &errors::no_int(&text)));
                }
                _ => continue,
            };
            return Err(errors::wrong(wrong, "42601"));
        }
        Ok(())
    }

    // ---- CREATE CHANGEFEED ----

    /// The sink and the options of a changefeed can be used.
    pub(super) fn changefeed_options(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        sink: &str,
        options: &Options,
    ) -> Result<()> {
        self.known_options(options, CHANGEFEED)?;
        for (name, later) in [("cursor", false), ("end_time", true)] {
            if let Some(text) = self.option_text(cx, call, options, name)? {
                self.moment(cx, call, &Value::text(text), later)?;
            }
        }
        let (scheme, _) = sink.split_once("://").unwrap_or_default();
        let scheme_known = scheme.starts_with("experimental-") || scheme.starts_with("file-");
        let mut wrong = match sink {
            "" => "omit the SINK clause for inline results".to_owned(),
            _ if !scheme_known && !one_of(SINKS, scheme) => {
                format!("unsupported sink: {scheme}")
            }
            _ => String::new(),
        };
        if wrong.is_empty() {
            wrong = self.wrong_values(cx, call, options)?;
            if self.profile.requests && !wrong.is_empty() {
                return Err(errors::wrong(wrong, "22023"));
            }
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(errors::uncategorised(self.profile, &wrong)),
        }
    }

    /// What is wrong with the values of a changefeed's options; empty if nothing is.
    fn wrong_values(&mut self, cx: &mut Cx, call: &Call, options: &Options) -> Result<String> {
        let has = |name: &str| options.get(name).is_some();
        for (name, zero) in DURATIONS {
            let text = self.option_text(cx, call, options, name)?;
            let Some(text) = text.filter(|t| !t.is_empty()) else {
                continue;
            };
            let digits = text.bytes().all(|b| b.is_ascii_digit()) && text != "0";
            match settings::duration(&text) {
                _ if text.starts_with('-') => {
                    return Ok(format!(
                        "negative durations are not accepted: {name}='{text}'"
                    ));
                }
                None if text != "0" => {
                    let why = if digits { "missing unit in" } else { "invalid" };
                    return Ok(format!(
                        "problem parsing option {name}: time: {why} duration \"{text}\""
                    ));
                }
                found if !zero && found.is_none_or(|d| d.0 == 0) => {
                    return Ok(format!("option {name} must be a duration greater than 0"));
                }
                _ => {}
            }
        }
        let mut only = has("initial_scan_only");
        let mut csv = false;
        for (name, words) in WORDS {
            let text = self.option_text(cx, call, options, name)?;
            let Some(text) = text.filter(|t| !t.is_empty()) else {
                continue;
            };
            let word = text.to_ascii_lowercase();
            if !one_of(words, &word) {
                let mut wrong = format!("unknown {name}: {word}");
                if self.profile.requests {
                    let all: Vec<&str> = words.split(' ').collect();
                    // With more than two, the last has a comma before its `and`.
                    let and = if all.len() > 2 {
                        "',  and '"
                    } else {
                        "' and '"
                    };
                    let (last, others) = all.split_last().unwrap_or((&"", &[]));
                    let others = others.join("', '");
                    wrong.push_str(&format!(", valid values are '{others}{and}{last}'"));
                }
                return Ok(wrong);
            }
            only |= name == "initial_scan" && word == "only";
            csv |= word == "csv";
        }
        if !self.profile.requests {
            return Ok(String::new());
        }
        for (a, b, wrong) in EXCLUSIVE {
            if has(a) && has(b) {
                return Ok(wrong.to_owned());
            }
        }
        for name in ["end_time", "resolved", "diff", "mvcc_timestamp", "updated"] {
            if only && has(name) {
                return Ok(format!(
                    "cannot specify both initial_scan='only' and {name}"
                ));
            }
        }
        Ok(match () {
            () if csv && !only => "format=csv is only usable with initial_scan_only",
            () if has("key_column") && !has("unordered") => {
                "key_column requires the unordered option because using a value other than the primary key as the message key means end-to-end ordering cannot be preserved"
            }
            () => "",
        }
        .to_owned())
    }
}
