//! The run log: every input of a run. With scenario and seed it *is* the run.

use crate::base::Time;

/// One input: what was typed, in which session, at which virtual time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    pub at: Time,
    /// Name of the session, as `\connect` takes it.
    pub session: String,
    pub line: String,
}

/// The inputs of a run, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RunLog {
    pub scenario: String,
    pub seed: u64,
    pub entries: Vec<Entry>,
}
