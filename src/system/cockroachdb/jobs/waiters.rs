//! Sessions whose statement waits for a job, and what they get to hear. reference: cockroachdb-jobs 3.4

use super::super::{Cockroach, Cx, errors, listings};
use super::backup::changed_rows;
use super::{RestoreData, Spec};
use crate::base::{Error, Row, Type, Value};
use crate::cluster::JobIx;
use crate::query::{Column, ResultSet};
use crate::system::{Answer, Session, SessionIx};

/// What a session waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Waiting {
    /// BACKUP, RESTORE, IMPORT, CREATE STATISTICS: the connected node runs the job itself.
    Own { job: JobIx, tag: &'static str },
    /// DDL, which waits for its jobs through the wait helper; `done` is its answer's tag.
    Helper {
        jobs: Vec<JobIx>,
        done: String,
        notice: Option<(String, String)>,
    },
    /// SHOW JOBS WHEN COMPLETE: looks once a second, `until` 24 h have passed.
    Complete {
        jobs: Vec<JobIx>,
        since: crate::base::Time,
        until: crate::base::Time,
        /// The statement whose row source it is: it runs again when the jobs have ended.
        within: std::rc::Rc<str>,
    },
}

impl Cockroach {
    /// A job has ended: whoever waits for it hears how.
    pub(crate) fn answer_ended(&mut self, cx: &mut Cx, job: JobIx) {
        for session in self.sessions_waiting_for(job) {
            let Some(waiting) = self.waiting.get(&session).cloned() else {
                continue;
            };
            let Some(j) = cx.cluster.job(job) else {
                continue;
            };
            match waiting {
                Waiting::Own { tag, .. } => {
                    let answer = if j.status == "succeeded" {
                        self.own_result(cx, job, tag)
                    } else {
                        Answer::error(self.ended_badly(&j.error, j.status))
                    };
                    self.wake(cx, session, answer);
                }
                Waiting::Helper { jobs, done, notice } => {
                    if j.status != "succeeded" {
                        let error = self.ended_badly(&j.error, j.status);
                        self.wake(cx, session, Answer::error(error));
                        continue;
                    }
                    let all = jobs
                        .iter()
                        .filter_map(|j| cx.cluster.job(*j))
                        .all(|j| j.is_terminal());
                    if all {
                        self.wake(cx, session, ended_well(done, notice));
                    }
                }
                Waiting::Complete { .. } => {}
            }
        }
    }

    fn ended_badly(&self, error: &str, status: &str) -> Error {
        if status == "canceled" {
            let text = if self.profile.requests {
                "job canceled by user"
            } else {
                "job canceled"
            };
            return errors::uncategorised(self.profile, text);
        }
        let told = errors::uncategorised(self.profile, error);
        match error.contains(" violates unique constraint ") {
            true => told.sqlstate("23505"),
            false => told,
        }
    }

    /// A job was stopped on this node by a request: the statement that ran it fails with a
    /// misleading text (#53490); the wait helper tells of a pause. reference 3.4
    pub(crate) fn answer_interrupted(&mut self, cx: &mut Cx, job: JobIx) {
        let Some((id, status)) = cx.cluster.job(job).map(|j| (j.id, j.status)) else {
            return;
        };
        let reason = self.payload(job).and_then(|p| p.reason.clone());
        for session in self.sessions_waiting_for(job) {
            let text = match self.waiting.get(&session) {
                Some(Waiting::Own { .. }) if self.profile.requests => {
                    format!("job {id}: node liveness error: restarting in background")
                }
                Some(Waiting::Own { .. } | Waiting::Helper { .. }) if !self.profile.requests => {
                    format!("job {status}")
                }
                Some(Waiting::Helper { .. }) if status == "paused" => {
                    let mut text = format!("job {id} was paused before it completed");
                    if let Some(reason) = &reason {
                        text.push_str(&format!(" with reason: {reason}"));
                    }
                    text
                }
                _ => continue,
            };
            let error = errors::uncategorised(self.profile, &text);
            self.wake(cx, session, Answer::error(error));
        }
    }

    /// v2.1: the running work notices that its record says something else, and stops. reference 3.4
    pub(crate) fn noticed(&mut self, cx: &mut Cx, job: JobIx) {
        let Some((id, status)) = cx.cluster.job(job).map(|j| (j.id, j.status)) else {
            return;
        };
        if !self.payload(job).is_some_and(|p| p.active) {
            return;
        }
        let text = format!(
            "noticed at its next progress write that its record says {status} (cannot update progress on {status} job (id {id})) and stops"
        );
        self.tell_job(cx, job, &text);
        self.halt(cx, job);
        self.answer_interrupted(cx, job);
        if status == "canceled" {
            self.retired_2_1(cx, job);
        } else {
            self.release(cx, job);
            self.note(cx, job, "");
        }
    }

    fn sessions_waiting_for(&self, job: JobIx) -> Vec<SessionIx> {
        self.waiting
            .iter()
            .filter(|(_, w)| match w {
                Waiting::Own { job: j, .. } => *j == job,
                Waiting::Helper { jobs, .. } => jobs.contains(&job),
                Waiting::Complete { .. } => false,
            })
            .map(|(s, _)| *s)
            .collect()
    }

    fn wake(&mut self, cx: &mut Cx, session: SessionIx, answer: Answer) {
        self.waiting.remove(&session);
        cx.answer(session, answer);
    }

    /// The row that a blocking BACKUP, RESTORE or IMPORT returns. reference 6
    fn own_result(&self, cx: &Cx, job: JobIx, tag: &'static str) -> Answer {
        let Some(j) = cx.cluster.job(job) else {
            return Answer::command(tag, 0);
        };
        let Some(spec) = self.spec(job) else {
            return Answer::command(tag, 0);
        };
        let (rows, entries) = match &*spec {
            Spec::Backup(b) => b.tables.iter().fold((0, 0), |(rows, entries), t| {
                let Some(table) = cx.cluster.table(*t) else {
                    return (rows, entries);
                };
                let n = match b.since {
                    None => table.data.count(b.as_of),
                    Some(since) => changed_rows(&table.data, since, b.as_of),
                };
                let indexes = self.indexes_of(*t).count() as u64;
                (rows + n, entries + n * indexes)
            }),
            Spec::Restore(r) if r.data != RestoreData::Filled => (0, 0),
            Spec::Restore(r) => r.tables.iter().fold((0, 0), |(rows, entries), t| {
                (
                    rows + t.image.data.count(r.as_of.min(t.image.as_of)),
                    entries,
                )
            }),
            Spec::Import(i) => {
                let indexes = self.indexes_of(i.table).count() as u64;
                (i.rows(), i.rows() * indexes)
            }
            _ => return Answer::command(tag, 0),
        };
        let bytes = self.payload(job).map_or(0, |p| {
            p.plan
                .spans
                .iter()
                .filter(|s| s.range.is_some())
                .map(|s| s.amount)
                .sum()
        });
        let int = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let mut columns = vec![
            Column::new("job_id", Type::Int),
            Column::new("status", Type::Text),
            Column::new("fraction_completed", Type::Float),
            Column::new("rows", Type::Int),
            Column::new("index_entries", Type::Int),
        ];
        let mut row: Row = vec![
            Value::Int(j.id),
            Value::text(j.status),
            listings::fraction(j.fraction_ppm),
            int(rows),
            int(entries),
        ];
        if !self.profile.requests {
            columns.push(Column::new("system_records", Type::Int));
            row.push(Value::Int(0));
        }
        columns.push(Column::new("bytes", Type::Int));
        row.push(int(bytes));
        Answer::rows(ResultSet {
            columns,
            rows: vec![row],
        })
    }

    /// A node, or what serves a virtual cluster, is gone: sessions connected to it are cut.
    pub(crate) fn lose_sessions(&mut self, cx: &mut Cx, which: impl Fn(&Session) -> bool) {
        let cut: Vec<SessionIx> = cx
            .sessions
            .enumerate()
            .filter(|(_, s)| which(s))
            .map(|(i, _)| SessionIx(i as u32))
            .collect();
        for session in cut {
            self.transactions.remove(&session);
            if let Some(s) = cx.sessions.get_mut(session.0 as usize) {
                s.transaction = "";
            }
            if self.waiting.contains_key(&session) {
                self.wake(cx, session, Answer::error(errors::connection_lost()));
            }
        }
    }
}

/// The tag of DDL, after its notice.
pub(crate) fn ended_well(tag: String, notice: Option<(String, String)>) -> Answer {
    let mut answer = Answer::command(tag, 0);
    if let Some((text, hint)) = notice {
        answer = answer.notice(text);
        if let Some(n) = answer.notices.last_mut() {
            n.hint = Some(hint);
        }
    }
    answer
}
