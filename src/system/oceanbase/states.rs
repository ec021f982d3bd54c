//! State machines of jobs, set tasks and archive rounds (reference: oceanbase-backup 3).
//!
//! Moves are made by whoever makes them in the product: the statement through RootService, or
//! the tenant's backup service at one of its ticks.

use crate::cluster::{Family, Machine, Move, State};

/// Jobs of user tenants and cluster-level parents have the same words (reference 3.2).
const JOB_STATES: &[State] = &[
    State::new("INIT", Family::Pending),
    State::new("DOING", Family::Running),
    State::new("CANCELING", Family::Undoing),
    State::terminal("COMPLETED", Family::Succeeded),
    State::terminal("FAILED", Family::Failed),
    State::terminal("CANCELED", Family::Canceled),
];

const JOB_MOVES: &[Move] = &[
    Move::new("INIT", "start", "DOING", "backup service"),
    Move::new("INIT", "fail", "FAILED", "backup service"),
    Move::new("DOING", "finish", "COMPLETED", "backup service"),
    Move::new("DOING", "fail", "FAILED", "backup service"),
    Move::new("INIT", "cancel", "CANCELING", "CANCEL BACKUP"),
    Move::new("DOING", "cancel", "CANCELING", "CANCEL BACKUP"),
    Move::new("CANCELING", "stopped", "CANCELED", "backup service"),
];

/// A tenant's backup job.
pub static BACKUP: Machine = Machine {
    name: "backup job",
    states: JOB_STATES,
    moves: JOB_MOVES,
};

/// The row that a backup started in sys adds above its children (reference 3.3).
pub static PARENT: Machine = Machine {
    name: "cluster backup job",
    states: JOB_STATES,
    moves: JOB_MOVES,
};

/// A cleanup job (reference 3.7).
pub static DELETE: Machine = Machine {
    name: "backup delete job",
    states: JOB_STATES,
    moves: &[
        Move::new("INIT", "start", "DOING", "cleanup service"),
        Move::new("INIT", "fail", "FAILED", "cleanup service"),
        Move::new("DOING", "finish", "COMPLETED", "cleanup service"),
        Move::new("DOING", "fail", "FAILED", "cleanup service"),
        Move::new("INIT", "cancel", "CANCELING", "CANCEL DELETE BACKUP"),
        Move::new("DOING", "cancel", "CANCELING", "CANCEL DELETE BACKUP"),
        Move::new("CANCELING", "stopped", "CANCELED", "cleanup service"),
    ],
};

/// The sys tenant's row of a restore (reference 3.8). CANCEL RESTORE drops the tenant at once:
/// there is no status between.
pub static RESTORE: Machine = Machine {
    name: "restore job",
    states: &[
        State::new("CREATE_TENANT", Family::Pending),
        State::new("WAIT_TENANT_RESTORE_FINISH", Family::Running),
        State::terminal("RESTORE_SUCCESS", Family::Succeeded),
        State::terminal("RESTORE_FAIL", Family::Failed),
    ],
    moves: &[
        Move::new(
            "CREATE_TENANT",
            "created",
            "WAIT_TENANT_RESTORE_FINISH",
            "restore service",
        ),
        Move::new("CREATE_TENANT", "fail", "RESTORE_FAIL", "restore service"),
        Move::new(
            "WAIT_TENANT_RESTORE_FINISH",
            "finish",
            "RESTORE_SUCCESS",
            "restore service",
        ),
        Move::new(
            "WAIT_TENANT_RESTORE_FINISH",
            "fail",
            "RESTORE_FAIL",
            "restore service",
        ),
    ],
};

/// The restored tenant's own row.
pub static TENANT_RESTORE: Machine = Machine {
    name: "tenant restore job",
    states: &[
        State::new("RESTORING", Family::Running),
        State::new("POST_CHECK", Family::Running),
        State::new("UPGRADE", Family::Running),
        State::terminal("RESTORE_SUCCESS", Family::Succeeded),
        State::terminal("RESTORE_FAIL", Family::Failed),
    ],
    moves: &[
        Move::new("RESTORING", "restored", "POST_CHECK", "restore service"),
        Move::new("POST_CHECK", "checked", "UPGRADE", "restore service"),
        Move::new("UPGRADE", "finish", "RESTORE_SUCCESS", "restore service"),
        Move::new("RESTORING", "fail", "RESTORE_FAIL", "restore service"),
        Move::new("POST_CHECK", "fail", "RESTORE_FAIL", "restore service"),
        Move::new("UPGRADE", "fail", "RESTORE_FAIL", "restore service"),
    ],
};

/// A round of log archiving (reference 3.9).
pub static ARCHIVE: Machine = Machine {
    name: "archive round",
    states: &[
        State::new("PREPARE", Family::Pending),
        State::new("BEGINNING", Family::Pending),
        State::new("DOING", Family::Running),
        State::new("INTERRUPTED", Family::Failed),
        State::new("SUSPENDING", Family::Requested),
        State::new("SUSPEND", Family::Paused),
        State::new("STOPPING", Family::Requested),
        State::terminal("STOP", Family::Succeeded),
    ],
    moves: &[
        Move::new("PREPARE", "prepared", "BEGINNING", "archive service"),
        Move::new("BEGINNING", "begun", "DOING", "archive service"),
        Move::new("DOING", "break", "INTERRUPTED", "archive service"),
        Move::new("BEGINNING", "break", "INTERRUPTED", "archive service"),
        Move::new("PREPARE", "defer", "SUSPENDING", "LOG_ARCHIVE_DEST_STATE"),
        Move::new("BEGINNING", "defer", "SUSPENDING", "LOG_ARCHIVE_DEST_STATE"),
        Move::new("DOING", "defer", "SUSPENDING", "LOG_ARCHIVE_DEST_STATE"),
        Move::new("SUSPENDING", "suspended", "SUSPEND", "archive service"),
        Move::new("SUSPEND", "enable", "PREPARE", "LOG_ARCHIVE_DEST_STATE"),
        Move::new("PREPARE", "stop", "STOPPING", "NOARCHIVELOG"),
        Move::new("BEGINNING", "stop", "STOPPING", "NOARCHIVELOG"),
        Move::new("DOING", "stop", "STOPPING", "NOARCHIVELOG"),
        Move::new("INTERRUPTED", "stop", "STOPPING", "NOARCHIVELOG"),
        Move::new("SUSPENDING", "stop", "STOPPING", "NOARCHIVELOG"),
        Move::new("SUSPEND", "stop", "STOPPING", "NOARCHIVELOG"),
        Move::new("STOPPING", "stopped", "STOP", "archive service"),
    ],
};

/// Phases of a set task in 4.2.5, in order (reference 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    Init,
    SysMeta,
    UserMeta,
    MetaFinish,
    Minor,
    Major,
    Log,
    Completed,
    Failed,
    Canceling,
    Canceled,
}

impl Phase {
    /// The word in STATUS of the TASKS views.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Init => "INIT",
            Phase::SysMeta => "BACKUP_SYS_META",
            Phase::UserMeta => "BACKUP_USER_META",
            Phase::MetaFinish => "BACKUP_META_FINISH",
            Phase::Minor => "BACKUP_DATA_MINOR",
            Phase::Major => "BACKUP_DATA_MAJOR",
            Phase::Log => "BACKUP_LOG",
            Phase::Completed => "COMPLETED",
            Phase::Failed => "FAILED",
            Phase::Canceling => "CANCELING",
            Phase::Canceled => "CANCELED",
        }
    }

    /// The phase after it on the main line.
    pub fn next(self) -> Option<Phase> {
        Some(match self {
            Phase::Init => Phase::SysMeta,
            Phase::SysMeta => Phase::UserMeta,
            Phase::UserMeta => Phase::MetaFinish,
            Phase::MetaFinish => Phase::Minor,
            Phase::Minor => Phase::Major,
            Phase::Major => Phase::Log,
            Phase::Log => Phase::Completed,
            _ => return None,
        })
    }

    pub fn is_end(self) -> bool {
        matches!(self, Phase::Completed | Phase::Failed | Phase::Canceled)
    }
}

/// A log-stream task on its way (reference 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LsStatus {
    Init,
    Pending,
    Doing,
    Finish,
}
