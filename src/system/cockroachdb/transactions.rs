//! Explicit transactions. What a statement changes inside one is held back until COMMIT: the
//! session sees it at once, others only then; ROLLBACK forgets it. reference: cockroachdb-jobs 3.4

use super::execution::{Call, Control, JOBS, Outcome};
use super::grammar::{JobList, JobTarget, Query, Statement};
use super::jobs::{New, Waiting, ended_well};
use super::{Cockroach, Cx};
use crate::base::{Error, ErrorKind, Map, Result, Time};
use crate::cluster::{JobIx, TableData, TableIx};
use crate::system::{Answer, SessionIx};
use std::rc::Rc;

#[derive(Clone, Debug, Default, Hash)]
pub struct Transaction {
    pub started: Time,
    /// `BEGIN READ ONLY`
    pub read_only: bool,
    /// What is to be done at COMMIT, in order.
    pub deferred: Vec<Deferred>,
    /// Ids of the jobs that its statements will record, in order: the session has seen them.
    pub ids: Vec<i64>,
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
    pub fn begun(started: Time, read_only: bool) -> Transaction {
        Transaction {
            started,
            read_only,
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

/// How a statement of a transaction is run.
enum Run {
    /// On a copy of everything to which what was put off has been applied.
    Copy,
    /// The same, and once more at COMMIT.
    Later,
}

impl Transaction {
    /// Whether it holds what only COMMIT does: new jobs, another schema.
    fn changes_more_than_rows(&self) -> bool {
        self.deferred
            .iter()
            .any(|d| matches!(d, Deferred::Job(_) | Deferred::Statement(_)))
    }
}

/// The tag of a statement whose work begins at COMMIT.
fn tag_of_ddl(statement: &Statement) -> Option<String> {
    use Statement as S;
    Some(match statement {
        S::CreateIndex(_) => "CREATE INDEX".to_owned(),
        S::AlterTable(_) => "ALTER TABLE".to_owned(),
        S::Drop(d) => format!("DROP {}", d.object.word()),
        S::Truncate { .. } => "TRUNCATE".to_owned(),
        S::CreateTable(_) => "CREATE TABLE".to_owned(),
        S::CreateDatabase { .. } => "CREATE DATABASE".to_owned(),
        S::CreateSchema { .. } => "CREATE SCHEMA".to_owned(),
        S::CreateType { .. } => "CREATE TYPE".to_owned(),
        S::CreateView { .. } => "CREATE VIEW".to_owned(),
        S::CreateSequence { .. } => "CREATE SEQUENCE".to_owned(),
        S::AlterType { .. } => "ALTER TYPE".to_owned(),
        S::ChangeOwner { object, .. } => format!("ALTER {}", object.word()),
        S::Grant(g) => if g.revoke { "REVOKE" } else { "GRANT" }.to_owned(),
        S::Rename { object, .. } => format!("RENAME {}", object.word()),
        _ => return None,
    })
}

/// The tag of a statement that a read-only transaction refuses. One that controls jobs is none.
/// Beyond the reference: `pkg/sql/opt/ops/statement.opt`, `logic_test/txn`.
pub fn tag_of_write(statement: &Statement) -> Option<String> {
    use Statement as S;
    Some(match statement {
        S::Insert(i) if i.upsert => "UPSERT".to_owned(),
        S::Insert(_) => "INSERT".to_owned(),
        S::Update(_) => "UPDATE".to_owned(),
        S::Delete(_) => "DELETE".to_owned(),
        S::Backup(_) => "BACKUP".to_owned(),
        S::Restore(_) => "RESTORE".to_owned(),
        S::Import(_) => "IMPORT".to_owned(),
        statement => return tag_of_ddl(statement),
    })
}

/// Whether a query reads and does nothing else.
fn only_reads(q: &Query) -> bool {
    q.sources.iter().all(|s| {
        matches!(
            s.statement,
            Statement::ShowJobs(_) | Statement::Show(_) | Statement::ShowSchedules(_)
        )
    })
}

fn run_of(statement: &Statement, changed: bool, args: bool) -> Option<Run> {
    use Statement as S;
    if tag_of_ddl(statement).is_some() {
        return Some(Run::Later);
    }
    if !changed {
        return None;
    }
    match statement {
        S::ShowJobs(s) if s.when_complete || s.which == JobList::Automatic => None,
        S::ShowJobs(_) | S::Show(_) => Some(Run::Copy),
        S::Query(q) if only_reads(q) => Some(Run::Copy),
        // What a prepared statement was given is not in its text.
        _ if args => None,
        S::Query(_) | S::ControlJobs(_) | S::AlterJobOwner { .. } => Some(Run::Later),
        S::Insert(_) | S::Update(_) | S::Delete(_) => Some(Run::Later),
        _ => None,
    }
}

impl Cockroach {
    /// A statement of an open transaction. `None`: it runs as any other.
    pub(super) fn in_transaction(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        statement: &Statement,
    ) -> Result<Option<Outcome>> {
        let Some(t) = self.transactions.get(&call.session) else {
            return Ok(None);
        };
        let changed = t.changes_more_than_rows();
        let Some(run) = run_of(statement, changed, !call.args.is_empty()) else {
            return Ok(None);
        };
        let (outcome, ids, named) = self.rehearse(cx, call, statement)?;
        if let Run::Later = run
            && let Some(t) = self.transactions.get_mut(&call.session)
        {
            let text = named.unwrap_or_else(|| call.text.to_owned());
            t.deferred.push(Deferred::Statement(Rc::from(text)));
            t.ids = ids;
        }
        let tag = tag_of_ddl(statement);
        Ok(Some(match (tag, outcome) {
            (Some(tag), Outcome::Wait(Waiting::Helper { notice, .. })) => {
                ended_well(tag, notice).into()
            }
            (Some(tag), _) => Answer::command(tag, 0).into(),
            (None, outcome) => outcome,
        }))
    }

    /// What a statement would answer after all that its transaction has put off, the ids of the
    /// jobs that these statements record, and for one that controls jobs the same with the ids that
    /// it means now. Nothing of it happens.
    fn rehearse(
        &self,
        cx: &mut Cx,
        call: &Call,
        statement: &Statement,
    ) -> Result<(Outcome, Vec<i64>, Option<String>)> {
        let mut rules = self.clone();
        let t = rules.transactions.remove(&call.session).unwrap_or_default();
        rules.foreseen.clone_from(&t.ids);
        let mut cluster = cx.cluster.clone();
        let (mut sessions, mut agenda) = (cx.sessions.clone(), cx.agenda.clone());
        let mut copy = Cx {
            cluster: &mut cluster,
            sessions: &mut sessions,
            agenda: &mut agenda,
        };
        let mut seen = copy.cluster.jobs.len();
        let mut ids = Vec::new();
        let mut given = Vec::new();
        for deferred in &t.deferred {
            if let Deferred::Job(new) = deferred {
                given.extend(new.id);
            }
            rules.apply_deferred(&mut copy, call, deferred, None)?;
            rules.keep_back(&mut copy, &mut seen, &given, &mut ids);
        }
        let named = rules.by_ids(&mut copy, call, statement)?;
        let outcome = rules.run(&mut copy, call, statement)?;
        rules.keep_back(&mut copy, &mut seen, &given, &mut ids);
        Ok((outcome, ids, named))
    }

    /// A statement that controls the jobs of a query, with their ids instead: at COMMIT the query
    /// would find others.
    fn by_ids(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        statement: &Statement,
    ) -> Result<Option<String>> {
        let Statement::ControlJobs(control) = statement else {
            return Ok(None);
        };
        let JobTarget::Jobs(selection) = &control.target else {
            return Ok(None);
        };
        let ids = self.selected_ids(cx, call, selection, control.verb.word(), JOBS)?;
        let mut text = format!("{} JOBS VALUES (NULL::INT)", control.verb.word());
        for id in ids {
            text.push_str(&format!(", ({id})"));
        }
        if let Some(reason) = &control.reason {
            let reason = self.text_arg(call, reason)?.replace('\'', "''");
            text.push_str(&format!(" WITH REASON = '{reason}'"));
        }
        Ok(Some(text))
    }

    /// Jobs that were recorded in a copy are, to their own session, what they are before COMMIT:
    /// unclaimed, and those of DDL pending. reference 3.1
    fn keep_back(&mut self, cx: &mut Cx, seen: &mut usize, given: &[i64], ids: &mut Vec<i64>) {
        while *seen < cx.cluster.jobs.len() {
            let job = JobIx(*seen as u32);
            *seen += 1;
            let Some(j) = cx.cluster.job_mut(job) else {
                continue;
            };
            j.claim = None;
            let own = given.contains(&j.id);
            if !own {
                ids.push(j.id);
                j.status = "pending";
            }
            if let Some(p) = self.payload_mut(job) {
                p.started = None;
                p.active = false;
                if !own {
                    p.running_status = Rc::from("");
                }
            }
        }
    }

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
