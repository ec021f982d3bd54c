//! What differs between the versions, as a table of predicates: no code asks for a version's name.

use super::version::Version;
use crate::base::Duration;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// One row of the table.
#[derive(Debug)]
pub struct Profile {
    /// As scenario lines and the page name it.
    pub name: &'static str,
    /// What its grammar has.
    pub grammar: Version,
    /// What `version()` answers.
    pub banner: &'static str,
    pub product: &'static str,
    /// CANCEL and PAUSE record a request that the claiming node's loop serves later; before that
    /// they wrote the final status themselves. reference: cockroachdb-jobs, head
    pub requests: bool,
    /// The word of the errors E1 and E2: `state`, before 25.1 `status`. reference 3.2
    pub errors: Errors,
    /// BACKUP goes into a collection; before, to a URI.
    pub collections: bool,
    /// Jobs of DDL are NEW SCHEMA CHANGE ones with stages.
    pub declarative: bool,
    /// Owners control their own jobs; CONTROLJOB and VIEWJOB exist. reference 5
    pub owners: bool,
    /// BACKUP and RESTORE are for the admin role only.
    pub bulk_needs_admin: bool,
    /// SHOW JOBS of a user without SELECT on system.jobs is refused, not empty. reference 5
    pub listing_guarded: bool,
    /// Direct reads of `system.*` and unsafe `crdb_internal.*` are refused. reference 2.3
    pub internals_guarded: bool,
    /// Finished jobs leave the listings after this.
    pub listed_for: Option<Duration>,
    /// The description of the plain listing is cut.
    pub short_descriptions: bool,
    /// A job's record states its progress after 5 % or this long. reference 8.3
    pub progress_every: Duration,
    /// Claims in one pass of an adopt loop.
    pub adoptions: usize,
    /// How long a claim outlives its node: session expiry, or the leniency of leases. reference 4.1
    pub claim_outlives: Duration,
    /// Default GC TTL of tables.
    pub gc_ttl: Duration,
    /// Bytes that a range holds at most.
    pub range_size: u64,
    /// Bytes a second of one unit of bulk work (export, fill).
    pub bulk_rate: u64,
    /// The first descriptor id of users' objects.
    pub first_descriptor: u32,
    /// The client frames results without leading `+`.
    pub plain_rules: bool,
}

/// How errors are worded and coded.
#[derive(Debug, PartialEq, Eq)]
pub struct Errors {
    /// `ERROR` or `pq`.
    pub prefix: &'static str,
    pub state_word: &'static str,
    /// The code of errors that have none of their own.
    pub uncategorised: &'static str,
    /// SQLSTATE lines are printed.
    pub shows_code: bool,
}

static V26_2: Profile = Profile {
    name: "v26.2",
    grammar: Version::V26_2,
    banner: "CockroachDB CCL v26.2.1 (x86_64-pc-linux-gnu, built 2026/06/02 14:11:09, go1.25.5)",
    product: "CockroachDB v26.2",
    requests: true,
    errors: Errors {
        prefix: "ERROR",
        state_word: "state",
        uncategorised: "XXUUU",
        shows_code: true,
    },
    collections: true,
    declarative: true,
    owners: true,
    bulk_needs_admin: false,
    listing_guarded: false,
    internals_guarded: true,
    listed_for: Some(Duration::from_hours(12)),
    short_descriptions: true,
    progress_every: Duration::from_secs(15),
    adoptions: 10,
    claim_outlives: Duration::from_secs(40),
    gc_ttl: Duration::from_hours(4),
    range_size: 512 << 20,
    bulk_rate: 12_000_000,
    first_descriptor: 104,
    plain_rules: true,
};

static V2_1: Profile = Profile {
    name: "v2.1",
    grammar: Version::V2_1,
    banner: "CockroachDB CCL v2.1.0 (x86_64-unknown-linux-gnu, built 2018/10/29 17:40:47, go1.10.3)",
    product: "CockroachDB v2.1",
    requests: false,
    errors: Errors {
        prefix: "pq",
        state_word: "status",
        uncategorised: "XX000",
        shows_code: false,
    },
    collections: false,
    declarative: false,
    owners: false,
    bulk_needs_admin: true,
    listing_guarded: true,
    internals_guarded: false,
    listed_for: None,
    short_descriptions: false,
    progress_every: Duration::from_secs(30),
    adoptions: 1,
    claim_outlives: Duration::from_secs(60),
    gc_ttl: Duration::from_hours(25),
    range_size: 64 << 20,
    bulk_rate: 4_000_000,
    first_descriptor: 51,
    plain_rules: false,
};

/// One of the versions. Where the program holds only one, its profile is known when the program is
/// compiled, and what only the other does is left out.
#[derive(Clone, Copy)]
pub struct Edition {
    #[cfg(all(feature = "cockroachdb", feature = "cockroachdb-v2.1"))]
    profile: &'static Profile,
}

impl Edition {
    pub const V26_2: Edition = Edition {
        #[cfg(all(feature = "cockroachdb", feature = "cockroachdb-v2.1"))]
        profile: &V26_2,
    };
    pub const V2_1: Edition = Edition {
        #[cfg(all(feature = "cockroachdb", feature = "cockroachdb-v2.1"))]
        profile: &V2_1,
    };

    /// By its name; `None` if the program does not hold it.
    pub fn find(name: &str) -> Option<Edition> {
        [Edition::V26_2, Edition::V2_1]
            .into_iter()
            .find(|v| v.name == name)
    }
}

impl Deref for Edition {
    type Target = Profile;
    #[inline(always)]
    fn deref(&self) -> &Profile {
        #[cfg(all(feature = "cockroachdb", feature = "cockroachdb-v2.1"))]
        return self.profile;
        #[cfg(not(feature = "cockroachdb-v2.1"))]
        return &V26_2;
        #[cfg(not(feature = "cockroachdb"))]
        return &V2_1;
    }
}

/// Versions are static and named.
impl PartialEq for Edition {
    fn eq(&self, other: &Edition) -> bool {
        self.name == other.name
    }
}
impl Hash for Edition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
