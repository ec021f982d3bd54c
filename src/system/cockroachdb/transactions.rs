//! Explicit transactions. What a statement changes inside one is held back until COMMIT: the
//! session sees it at once, others only then; ROLLBACK forgets it. reference: cockroachdb-jobs 3.4

use super::execution::Control;
use super::jobs::New;
use super::{Cockroach, Cx};
use crate::base::{Error, ErrorKind, Map, Time};
use crate::cluster::{JobIx, TableData, TableIx};
use crate::system::SessionIx;
use std::rc::Rc;

#[derive(Clone, Debug, Default, Hash)]
pub struct Transaction {
    pub started: Time,
    /// What is to be done at COMMIT, in order.
    pub deferred: Vec<Deferred>,
    /// Statuses as this transaction sees them.
    statuses: Map<JobIx, &'static str>,
    /// Tables as this transaction sees them.
    tables: Map<TableIx, Rc<TableData>>,
    /// The transaction as it was at each savepoint.
    savepoints: Vec<(String, Box<Transaction>)>,
}

/// Savepoints that one transaction may hold.
const MAX_SAVEPOINTS: usize = 100;

#[derive(Clone, Debug, Hash)]
pub enum Deferred {
    Control(Control),
    /// A detached job with the id that the session has been told.
    Job(Rc<New>),
    /// DDL: run again, with its text, as if typed at COMMIT.
    Statement(Rc<str>),
    /// Rows written to a table.
    Write {
        table: TableIx,
        rows: Vec<super::execution::Write>,
    },
}

impl Transaction {
    pub fn begun(started: Time) -> Transaction {
        Transaction {
            started,
            ..Transaction::default()
        }
    }
    pub fn status_of(&self, job: JobIx) -> Option<&'static str> {
        self.statuses.get(&job).copied()
    }
    pub fn set_status(&mut self, job: JobIx, status: &'static str) {
        self.statuses.insert(job, status);
    }
    pub fn data_of(&self, table: TableIx) -> Option<&Rc<TableData>> {
        self.tables.get(&table)
    }
    pub fn save(&mut self, name: &str) {
        if self.savepoints.len() >= MAX_SAVEPOINTS {
            return;
        }
        let copy = Transaction {
            savepoints: Vec::new(),
            ..self.clone()
        };
        self.savepoints.push((name.to_string(), Box::new(copy)));
    }
    /// False if there is no such savepoint.
    pub fn release(&mut self, name: &str) -> bool {
        let at = self.savepoints.iter().rposition(|(n, _)| n == name);
        if let Some(at) = at {
            self.savepoints.truncate(at);
        }
        at.is_some()
    }
    /// The transaction is again what it was; false if there is no such savepoint.
    pub fn back_to(&mut self, name: &str) -> bool {
        let Some(at) = self.savepoints.iter().rposition(|(n, _)| n == name) else {
            return false;
        };
        self.savepoints.truncate(at + 1);
        let kept = std::mem::take(&mut self.savepoints);
        if let Some((_, copy)) = kept.last() {
            *self = (**copy).clone();
        }
        self.savepoints = kept;
        true
    }
    pub fn set_data(&mut self, table: TableIx, data: Rc<TableData>) {
        self.tables.insert(table, data);
    }
}

pub fn aborted() -> Error {
    Error::new(
        ErrorKind::State,
        "current transaction is aborted, commands ignored until end of transaction block",
    )
    .sqlstate("25P02")
}

impl Cockroach {
    /// An error inside a transaction: only ROLLBACK leads out.
    pub(super) fn abort_transaction(&mut self, cx: &mut Cx, session: SessionIx) {
        if let Some(s) = cx.sessions.get_mut(session.0 as usize)
            && s.transaction == "OPEN"
        {
            s.transaction = "ERROR";
        }
    }

    pub(super) fn mark_transaction(cx: &mut Cx, session: SessionIx, mark: &'static str) {
        if let Some(s) = cx.sessions.get_mut(session.0 as usize) {
            s.transaction = mark;
        }
    }
}
