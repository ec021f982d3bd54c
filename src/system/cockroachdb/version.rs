//! The two versions, and what each of them has. No other code asks which version it is where a
//! feature can be asked for.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    V2_1,
    V26_2,
}

/// What came or went between versions (reference: cockroachdb-jobs 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// `BACKUP … TO`, `RESTORE … FROM uri`, `SHOW BACKUP uri`
    BackupToUri,
    /// `BACKUP … INTO`, `RESTORE … FROM … IN`, `SHOW BACKUPS IN`
    BackupCollections,
    /// BACKUP without targets.
    ClusterBackup,
    /// Options of bulk statements are a fixed set, not free names.
    FixedBulkOptions,
    ShowJobIds,
    ShowJobsWhenComplete,
    AutomaticJobs,
    Schedules,
    /// `CANCEL ALL type JOBS`
    ControlAllJobs,
    PauseReason,
    ShowChangefeedJobs,
    ShowJobOptions,
    /// RESOLVED TIMESTAMP, WATCHED_TABLES
    ShowJobResolved,
    AlterJobOwner,
    ExecuteSchedule,
    ImportInto,
    /// IMPORT TABLE, IMPORT PGDUMP
    ImportTable,
    DatabaseChangefeeds,
    ChangefeedQueries,
    /// CONTROLJOB, VIEWJOB and other role options.
    RoleOptions,
    SystemPrivileges,
    Schemas,
    Inspect,
    LogicalReplication,
    VirtualClusters,
    DollarStrings,
    /// `at or near "x": syntax error` with the source in DETAIL.
    ErrorsWithDetail,
}

impl Feature {
    /// The first version that has it, and the first that has it no more (year × 100 + number; 2.1 is 201).
    #[inline(always)]
    const fn versions(self) -> (u32, u32) {
        match self {
            Feature::BackupToUri => (0, 2501),
            Feature::BackupCollections => (2002, u32::MAX),
            Feature::ClusterBackup => (1902, u32::MAX),
            Feature::FixedBulkOptions => (2002, u32::MAX),
            Feature::ShowJobIds => (1902, u32::MAX),
            Feature::ShowJobsWhenComplete => (1902, u32::MAX),
            Feature::AutomaticJobs => (1901, u32::MAX),
            Feature::Schedules => (2002, u32::MAX),
            Feature::ControlAllJobs => (2201, u32::MAX),
            Feature::PauseReason => (2102, u32::MAX),
            Feature::ShowChangefeedJobs => (2102, u32::MAX),
            Feature::ShowJobOptions => (2301, u32::MAX),
            Feature::ShowJobResolved => (2601, u32::MAX),
            Feature::AlterJobOwner => (2501, u32::MAX),
            Feature::ExecuteSchedule => (2601, u32::MAX),
            Feature::ImportInto => (1902, u32::MAX),
            Feature::ImportTable => (0, 2503),
            Feature::DatabaseChangefeeds => (2504, u32::MAX),
            Feature::ChangefeedQueries => (2202, u32::MAX),
            Feature::RoleOptions => (2001, u32::MAX),
            Feature::SystemPrivileges => (2202, u32::MAX),
            Feature::Schemas => (2002, u32::MAX),
            Feature::Inspect => (2504, u32::MAX),
            Feature::LogicalReplication => (2403, u32::MAX),
            Feature::VirtualClusters => (2301, u32::MAX),
            Feature::DollarStrings => (2201, u32::MAX),
            Feature::ErrorsWithDetail => (1902, u32::MAX),
        }
    }
}

impl Version {
    /// Known when the program is compiled, where it holds one version: what only the other has is
    /// left out then.
    #[inline(always)]
    fn number(self) -> u32 {
        match self {
            _ if cfg!(not(feature = "cockroachdb")) => 201,
            _ if cfg!(not(feature = "cockroachdb-v2.1")) => 2602,
            Version::V2_1 => 201,
            Version::V26_2 => 2602,
        }
    }

    #[inline(always)]
    pub fn has(self, feature: Feature) -> bool {
        let (from, until) = feature.versions();
        (from..until).contains(&self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_come_and_go() {
        assert!(Version::V2_1.has(Feature::BackupToUri));
        assert!(!Version::V26_2.has(Feature::BackupToUri));
        assert!(!Version::V2_1.has(Feature::ExecuteSchedule));
        assert!(Version::V26_2.has(Feature::ExecuteSchedule));
    }
}
