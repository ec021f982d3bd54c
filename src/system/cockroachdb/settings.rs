//! Cluster settings that the simulation obeys, with their defaults. reference: cockroachdb-jobs 4.1

use super::Cockroach;
use crate::base::Duration;
use crate::cluster::TenantIx;

/// The system virtual cluster's, which the others see.
pub const ORGANIZATION: &str = "cluster.organization";
pub const INTERVAL_BASE: &str = "jobs.registry.interval.base";
pub const INTERVAL_CANCEL: &str = "jobs.registry.interval.cancel";
pub const INTERVAL_ADOPT: &str = "jobs.registry.interval.adopt";
pub const MAX_ADOPTIONS: &str = "jobs.registry.max_adoptions_per_loop";
pub const CANCEL_LIMIT: &str = "jobs.cancel_update_limit";
pub const RETENTION: &str = "jobs.retention_time";
pub const DECLARATIVE: &str = "sql.defaults.use_declarative_schema_changer";
pub const TTL_DELETE_RATE: &str = "sql.ttl.default_delete_rate_limit";
pub const TTL_SELECT_BATCH: &str = "sql.ttl.default_select_batch_size";
pub const TTL_ENABLED: &str = "sql.ttl.job.enabled";
pub const PAUSEPOINTS: &str = "jobs.debug.pausepoints";

/// What values a setting takes: the letter that the product's listing prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Duration,
    Int,
    Float,
    Text,
    Bool,
    /// One of a few words.
    Enum,
}

impl Kind {
    pub fn letter(self) -> &'static str {
        match self {
            Kind::Duration => "d",
            Kind::Int => "i",
            Kind::Float => "f",
            Kind::Text => "s",
            Kind::Bool => "b",
            Kind::Enum => "e",
        }
    }
}

pub struct Setting {
    pub name: &'static str,
    pub kind: Kind,
    pub default: &'static str,
    pub description: &'static str,
    /// Not in v2.1.
    pub newest_only: bool,
}

const fn setting(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    description: &'static str,
    newest_only: bool,
) -> Setting {
    Setting {
        name,
        kind,
        default,
        description,
        newest_only,
    }
}

/// In order of name.
pub static SETTINGS: &[Setting] = &[
    setting(ORGANIZATION, Kind::Text, "", "organization name", false),
    setting(
        CANCEL_LIMIT,
        Kind::Int,
        "1000",
        "the number of jobs that can be updated when canceling jobs concurrently from dead sessions",
        true,
    ),
    setting(
        PAUSEPOINTS,
        Kind::Text,
        "",
        "the list, comma separated, of named pausepoints currently enabled for debugging",
        true,
    ),
    setting(
        INTERVAL_ADOPT,
        Kind::Duration,
        "30s",
        "the interval at which a node (a) claims some of the pending jobs and (b) restart its already claimed jobs that are in running or reverting states but are not running",
        true,
    ),
    setting(
        INTERVAL_BASE,
        Kind::Float,
        "1",
        "the base multiplier for other intervals such as adopt, cancel, and gc",
        true,
    ),
    setting(
        INTERVAL_CANCEL,
        Kind::Duration,
        "10s",
        "the interval at which a node cancels jobs belonging to the known dead sessions",
        true,
    ),
    setting(
        "jobs.registry.interval.gc",
        Kind::Duration,
        "1h0m0s",
        "the interval a node deletes expired job records that have exceeded their retention duration",
        true,
    ),
    setting(
        "jobs.registry.leniency",
        Kind::Duration,
        "1m0s",
        "the amount of time to defer any attempts to reschedule a job",
        false,
    ),
    setting(
        MAX_ADOPTIONS,
        Kind::Int,
        "10",
        "the maximum number of unclaimed jobs to adopt in a single adoption loop",
        true,
    ),
    setting(
        RETENTION,
        Kind::Duration,
        "336h0m0s",
        "the amount of time for which records for completed jobs are retained",
        false,
    ),
    setting(
        "sql.defaults.create_table_with_schema_locked",
        Kind::Bool,
        "true",
        "default value for create_table_with_schema_locked",
        true,
    ),
    setting(
        DECLARATIVE,
        Kind::Enum,
        "on",
        "default value for use_declarative_schema_changer session setting",
        true,
    ),
    setting(
        "sql.ttl.default_delete_batch_size",
        Kind::Int,
        "100",
        "default amount of rows to delete in a single query during a TTL job",
        true,
    ),
    setting(
        TTL_DELETE_RATE,
        Kind::Int,
        "100",
        "default delete rate limit (rows per second) per node for each TTL job. Use 0 to signify no rate limit.",
        true,
    ),
    setting(
        TTL_SELECT_BATCH,
        Kind::Int,
        "500",
        "default amount of rows to select in a single query during a TTL job",
        true,
    ),
    setting(
        TTL_ENABLED,
        Kind::Bool,
        "true",
        "whether the TTL job is enabled",
        true,
    ),
    setting(
        "version",
        Kind::Text,
        "",
        "set the active cluster version",
        false,
    ),
];

pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|s| s.name == name)
}

/// A duration in the product's words (`336h0m0s`, `30s`), or in interval form (`30 seconds`, `00:00:30`).
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Some(d) = Duration::parse(&text.replace(' ', "")) {
        return Some(d);
    }
    if let Some((number, unit)) = text.split_once(' ') {
        let n: u64 = number.trim().parse().ok()?;
        let seconds = match unit.trim().trim_end_matches('s') {
            "second" | "sec" => 1,
            "minute" | "min" => 60,
            "hour" => 3_600,
            "day" => 86_400,
            "millisecond" | "m" => return Some(Duration::from_millis(n)),
            _ => return None,
        };
        return Some(Duration::from_secs(n.checked_mul(seconds)?));
    }
    let parts: Vec<u64> = text
        .split(':')
        .map(|p| p.parse().ok())
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [h, m, s] => Some(Duration::from_secs(
            h.checked_mul(3_600)?
                .checked_add(m.checked_mul(60)?)?
                .checked_add(*s)?,
        )),
        _ => None,
    }
}

/// A duration as the product prints one: `336h0m0s`, `30s`, `1m0s`.
pub fn print_duration(d: Duration) -> String {
    let s = d.as_secs();
    let ms = d.as_millis() % 1_000;
    let tail = if ms == 0 {
        format!("{}s", s % 60)
    } else {
        format!("{}.{}s", s % 60, format!("{ms:03}").trim_end_matches('0'))
    };
    match (s / 3_600, s / 60 % 60) {
        (0, 0) if s == 0 && ms > 0 => format!("{ms}ms"),
        (0, 0) => tail,
        (0, m) => format!("{m}m{tail}"),
        (h, m) => format!("{h}h{m}m{tail}"),
    }
}

impl Cockroach {
    /// The value in a virtual cluster: what the operator has set there counts first. reference 7
    pub fn setting(&self, tenant: TenantIx, name: &str) -> &str {
        let tenant = match name {
            ORGANIZATION => TenantIx(0),
            _ => tenant,
        };
        // They are few, and every beat of a loop asks: no key is made for it.
        let mut set = self.overrides.iter().chain(self.settings.iter());
        match set.find(|((of, n), _)| *of == tenant && **n == *name) {
            Some((_, value)) => value,
            None if name == "version" => self.profile.name.trim_start_matches('v'),
            None => find(name).map_or("", |s| s.default),
        }
    }
    pub fn int_setting(&self, tenant: TenantIx, name: &str) -> i64 {
        self.setting(tenant, name).parse().unwrap_or(0)
    }
    pub fn duration_setting(&self, tenant: TenantIx, name: &str) -> Duration {
        duration(self.setting(tenant, name)).unwrap_or(Duration::ZERO)
    }

    /// An interval setting times the base multiplier; at least 10 ms, which is what the product's
    /// own tests shorten the loops to.
    pub fn interval(&self, tenant: TenantIx, name: &str) -> Duration {
        let every = self.duration_setting(tenant, name);
        // The multiplier in thousandths, so that no float enters the state.
        let base = self.setting(tenant, INTERVAL_BASE);
        let (whole, frac) = base.split_once('.').unwrap_or((base, ""));
        let frac: String = frac.chars().chain("000".chars()).take(3).collect();
        let thousandths = whole
            .parse::<u64>()
            .unwrap_or(1)
            .saturating_mul(1_000)
            .saturating_add(frac.parse().unwrap_or(0));
        let us = u128::from(every.0) * u128::from(thousandths) / 1_000;
        Duration(u64::try_from(us).unwrap_or(u64::MAX).max(10_000))
    }
}
