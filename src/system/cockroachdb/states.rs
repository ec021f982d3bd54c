//! The state machines of jobs. The rules move jobs through these tables only.

use crate::cluster::{Family, Machine, Move, State};

/// Events, as the tables name them.
pub mod event {
    pub const CANCEL: &str = "CANCEL";
    pub const PAUSE: &str = "PAUSE";
    pub const RESUME: &str = "RESUME";
    /// RESUME of a job that already had its final error.
    pub const RESUME_REVERT: &str = "RESUME (reverting)";
    pub const SERVE_CANCEL: &str = "cancel request served";
    pub const SERVE_PAUSE: &str = "pause request served";
    /// A node takes up a job that was recorded as pending.
    pub const START: &str = "started";
    pub const SUCCEED: &str = "work done";
    pub const ERROR: &str = "permanent error";
    pub const UNDONE_CANCELED: &str = "undone after CANCEL";
    pub const UNDONE_FAILED: &str = "undone after an error";
    pub const FAIL: &str = "failed";
}

const COORDINATOR: &str = "coordinator";
const LOOP: &str = "cancel loop of the claiming node";

/// v26.2, jobs that can be cancelled. reference: cockroachdb-jobs 3.1, 3.2
pub static JOB: Machine = Machine {
    name: "CockroachDB job",
    states: &[
        State::new("pending", Family::Pending),
        State::new("running", Family::Running),
        State::new("pause-requested", Family::Requested),
        State::new("paused", Family::Paused),
        State::new("cancel-requested", Family::Requested),
        State::new("reverting", Family::Undoing),
        State::terminal("succeeded", Family::Succeeded),
        State::terminal("failed", Family::Failed),
        State::terminal("canceled", Family::Canceled),
    ],
    moves: &[
        Move::new("pending", event::START, "running", "adopt loop"),
        Move::new("running", event::SUCCEED, "succeeded", COORDINATOR),
        Move::new("running", event::ERROR, "reverting", COORDINATOR),
        Move::new("pending", event::CANCEL, "cancel-requested", "CANCEL JOB"),
        Move::new("running", event::CANCEL, "cancel-requested", "CANCEL JOB"),
        Move::new("paused", event::CANCEL, "cancel-requested", "CANCEL JOB"),
        Move::new("cancel-requested", event::SERVE_CANCEL, "reverting", LOOP),
        Move::new("reverting", event::UNDONE_CANCELED, "canceled", COORDINATOR),
        Move::new("reverting", event::UNDONE_FAILED, "failed", COORDINATOR),
        Move::new("pending", event::PAUSE, "pause-requested", "PAUSE JOB"),
        Move::new("running", event::PAUSE, "pause-requested", "PAUSE JOB"),
        Move::new("reverting", event::PAUSE, "pause-requested", "PAUSE JOB"),
        Move::new("pause-requested", event::SERVE_PAUSE, "paused", LOOP),
        Move::new("paused", event::RESUME, "running", "RESUME JOB"),
        Move::new("paused", event::RESUME_REVERT, "reverting", "RESUME JOB"),
        // Requests that change nothing and yet succeed.
        Move::new(
            "cancel-requested",
            event::CANCEL,
            "cancel-requested",
            "CANCEL JOB",
        ),
        Move::new("canceled", event::CANCEL, "canceled", "CANCEL JOB"),
        Move::new(
            "pause-requested",
            event::PAUSE,
            "pause-requested",
            "PAUSE JOB",
        ),
        Move::new("paused", event::PAUSE, "paused", "PAUSE JOB"),
        Move::new("running", event::RESUME, "running", "RESUME JOB"),
        Move::new("reverting", event::RESUME, "reverting", "RESUME JOB"),
    ],
};

/// v26.2, jobs that cannot be cancelled: they never revert, their errors are retried. reference 4.3, 3.5
pub static FIRM_JOB: Machine = Machine {
    name: "CockroachDB job that is not cancelable",
    states: &[
        State::new("pending", Family::Pending),
        State::new("running", Family::Running),
        State::new("pause-requested", Family::Requested),
        State::new("paused", Family::Paused),
        State::terminal("succeeded", Family::Succeeded),
    ],
    moves: &[
        Move::new("pending", event::START, "running", "adopt loop"),
        Move::new("running", event::SUCCEED, "succeeded", COORDINATOR),
        Move::new("pending", event::PAUSE, "pause-requested", "PAUSE JOB"),
        Move::new("running", event::PAUSE, "pause-requested", "PAUSE JOB"),
        Move::new("pause-requested", event::SERVE_PAUSE, "paused", LOOP),
        Move::new("paused", event::RESUME, "running", "RESUME JOB"),
        Move::new(
            "pause-requested",
            event::PAUSE,
            "pause-requested",
            "PAUSE JOB",
        ),
        Move::new("paused", event::PAUSE, "paused", "PAUSE JOB"),
        Move::new("running", event::RESUME, "running", "RESUME JOB"),
    ],
};

/// v2.1: the statement itself writes the final status. reference 3.3
pub static JOB_2_1: Machine = Machine {
    name: "CockroachDB v2.1 job",
    states: &[
        State::new("pending", Family::Pending),
        State::new("running", Family::Running),
        State::new("paused", Family::Paused),
        State::terminal("succeeded", Family::Succeeded),
        State::terminal("failed", Family::Failed),
        State::terminal("canceled", Family::Canceled),
    ],
    moves: &[
        Move::new("pending", event::START, "running", "coordinator"),
        Move::new("running", event::SUCCEED, "succeeded", COORDINATOR),
        Move::new("running", event::FAIL, "failed", COORDINATOR),
        Move::new("pending", event::CANCEL, "canceled", "CANCEL JOB"),
        Move::new("running", event::CANCEL, "canceled", "CANCEL JOB"),
        Move::new("paused", event::CANCEL, "canceled", "CANCEL JOB"),
        Move::new("pending", event::PAUSE, "paused", "PAUSE JOB"),
        Move::new("running", event::PAUSE, "paused", "PAUSE JOB"),
        Move::new("paused", event::RESUME, "running", "RESUME JOB"),
        Move::new("canceled", event::CANCEL, "canceled", "CANCEL JOB"),
        Move::new("paused", event::PAUSE, "paused", "PAUSE JOB"),
        Move::new("running", event::RESUME, "running", "RESUME JOB"),
    ],
};

/// v2.1, schema changes: cancelled at once, and undone by a new job; never paused. reference 3.3
pub static SCHEMA_2_1: Machine = Machine {
    name: "CockroachDB v2.1 schema change",
    states: &[
        State::new("pending", Family::Pending),
        State::new("running", Family::Running),
        State::terminal("succeeded", Family::Succeeded),
        State::terminal("failed", Family::Failed),
        State::terminal("canceled", Family::Canceled),
    ],
    moves: &[
        Move::new("pending", event::START, "running", "schema changer"),
        Move::new("running", event::SUCCEED, "succeeded", "schema changer"),
        Move::new("running", event::FAIL, "failed", "schema changer"),
        Move::new("pending", event::CANCEL, "canceled", "CANCEL JOB"),
        Move::new("running", event::CANCEL, "canceled", "CANCEL JOB"),
        Move::new("canceled", event::CANCEL, "canceled", "CANCEL JOB"),
    ],
};

/// v2.1, `ROLL BACK JOB …`: not controllable at all. reference 3.3
pub static ROLLBACK_2_1: Machine = Machine {
    name: "CockroachDB v2.1 roll-back job",
    states: &[
        State::new("running", Family::Running),
        State::terminal("succeeded", Family::Succeeded),
    ],
    moves: &[Move::new(
        "running",
        event::SUCCEED,
        "succeeded",
        "schema changer",
    )],
};
