//! SHOW JOBS in all its forms. reference: cockroachdb-jobs 2

use super::super::grammar::{JobList, ShowJobs};
use super::super::jobs::Waiting;
use super::super::listings::{JobTable, Layout, Which};
use super::super::{Cockroach, Cx, Event};
use super::control::LISTED;
use super::{Call, Outcome, rows};
use crate::base::{Duration, Error, ErrorKind, Result, Time, Type, Value};
use crate::cluster::JobIx;
use crate::query::{Column, ResultSet};
use crate::system::{Answer, Reply, SessionIx};
use std::rc::Rc;

/// WHEN COMPLETE looks this often, and gives up after that long. reference 2.3
const LOOKS_EVERY: Duration = Duration::from_secs(1);
const GIVES_UP: Duration = Duration::from_hours(24);

impl Cockroach {
    pub(crate) fn show_jobs(&mut self, cx: &mut Cx, call: &Call, s: &ShowJobs) -> Result<Outcome> {
        let (layout, jobs) = self.jobs_shown(cx, call, s)?;
        if s.when_complete {
            let until = cx.now() + GIVES_UP;
            if self.all_ended(cx, &jobs) {
                return rows(self.jobs_result(cx, call.session, layout, &jobs));
            }
            let since = cx.now();
            cx.after(
                LOOKS_EVERY,
                Event::LookAgain {
                    session: call.session,
                    since,
                },
            );
            return Ok(Outcome::Wait(Waiting::Complete {
                jobs,
                since,
                until,
                within: Rc::from(""),
            }));
        }
        let mut set = self.jobs_result(cx, call.session, layout, &jobs);
        if s.execution_details {
            self.add_execution_details(cx, &jobs, &mut set);
        }
        if s.resolved_timestamp {
            self.add_resolved(cx, &jobs, &mut set);
        }
        rows(set)
    }

    /// Columns and jobs of a listing.
    pub(crate) fn jobs_shown(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        s: &ShowJobs,
    ) -> Result<(Layout, Vec<JobIx>)> {
        let eyes = self.eyes(cx.cluster, call.tenant, &call.user)?;
        let p = self.profile;
        let now = cx.now();
        Ok(match &s.which {
            JobList::Recent => (
                p.plain_listing(),
                self.listed_jobs(cx.cluster, call.tenant, &eyes, Which::Ordinary, now),
            ),
            JobList::Automatic => (
                p.plain_listing(),
                self.listed_jobs(cx.cluster, call.tenant, &eyes, Which::Automatic, now),
            ),
            JobList::Ids(selection) => {
                let ids = self.selected_ids(cx, call, selection, "", LISTED)?;
                (
                    p.full_listing(),
                    self.jobs_by_id(cx.cluster, call.tenant, &eyes, &ids),
                )
            }
            JobList::Schedules(selection) => {
                let ids = self.selected_ids(cx, call, selection, "", LISTED)?;
                let jobs = self
                    .listed_jobs(cx.cluster, call.tenant, &eyes, Which::All, now)
                    .into_iter()
                    .filter(|j| {
                        self.payload(*j)
                            .and_then(|p| p.schedule)
                            .is_some_and(|s| ids.contains(&s))
                    })
                    .collect();
                (p.full_listing(), jobs)
            }
            JobList::Changefeeds(None) => (
                p.changefeed_listing(),
                self.listed_jobs(cx.cluster, call.tenant, &eyes, Which::Changefeeds, now),
            ),
            JobList::Changefeeds(Some(selection)) => {
                let ids = self.selected_ids(cx, call, selection, "", LISTED)?;
                let jobs = self
                    .jobs_by_id(cx.cluster, call.tenant, &eyes, &ids)
                    .into_iter()
                    .filter(|j| cx.cluster.job(*j).is_some_and(|j| j.kind == "CHANGEFEED"))
                    .collect();
                (p.changefeed_listing(), jobs)
            }
        })
    }

    fn jobs_result(
        &self,
        cx: &Cx,
        session: SessionIx,
        layout: Layout,
        jobs: &[JobIx],
    ) -> ResultSet {
        let transaction = self.transactions.get(&session);
        JobTable::new(self, cx.cluster, transaction, layout, jobs.to_vec()).result()
    }

    fn all_ended(&self, cx: &Cx, jobs: &[JobIx]) -> bool {
        jobs.iter()
            .filter_map(|j| cx.cluster.job(*j))
            .all(|j| j.finished.is_some())
    }

    /// SHOW JOBS WHEN COMPLETE looks again.
    pub(crate) fn look_again(&mut self, cx: &mut Cx, session: SessionIx, asked: Time) {
        let Some(Waiting::Complete {
            jobs,
            since,
            until,
            within,
        }) = self.waiting.get(&session).cloned()
        else {
            return;
        };
        if since != asked {
            return;
        }
        if self.all_ended(cx, &jobs) {
            self.waiting.remove(&session);
            if !within.is_empty() {
                if let Reply::Done(answer) = self.run_statement(cx, session, &within) {
                    cx.answer(session, answer);
                }
                return;
            }
            let layout = self.profile.full_listing();
            let set = self.jobs_result(cx, session, layout, &jobs);
            cx.answer(session, Answer::rows(set));
        } else if cx.now() >= until {
            self.waiting.remove(&session);
            let error =
                Error::new(ErrorKind::State, "timed out waiting for jobs").sqlstate("55000");
            cx.answer(session, Answer::error(error));
        } else {
            cx.after(LOOKS_EVERY, Event::LookAgain { session, since });
        }
    }

    /// WITH EXECUTION DETAILS: how much each node's part of the job has done. reference 2.1
    fn add_execution_details(&self, cx: &Cx, jobs: &[JobIx], set: &mut ResultSet) {
        set.columns.push(Column::new("plan_diagram", Type::Text));
        set.columns
            .push(Column::new("component_fraction_progressed", Type::Json));
        let now = cx.now();
        for (row, job) in set.rows.iter_mut().zip(jobs) {
            let work = self.plan_work(*job).and_then(|w| cx.cluster.work(w));
            let mut parts = Vec::new();
            if let Some(work) = work {
                for (node, n) in cx.cluster.node_list() {
                    let (mut done, mut all) = (0u64, 0u64);
                    for unit in work.units.iter().filter(|u| u.node == node) {
                        done = done.saturating_add(unit.done(now));
                        all = all.saturating_add(unit.amount);
                    }
                    if all > 0 {
                        let ppm = u128::from(done) * 1_000_000 / u128::from(all);
                        parts.push(format!("\"{}\": 0.{ppm:06}", n.name));
                    }
                }
            }
            row.push(Value::Null);
            row.push(Value::Json(format!("{{{}}}", parts.join(", ")).into()));
        }
    }

    fn add_resolved(&self, cx: &Cx, jobs: &[JobIx], set: &mut ResultSet) {
        set.columns
            .push(Column::new("resolved_timestamp", Type::TimestampTz));
        for (row, job) in set.rows.iter_mut().zip(jobs) {
            let resolved = self.payload(*job).and_then(|p| p.high_water);
            row.push(resolved.map_or(Value::Null, |t| {
                Value::TimestampTz(t.unix_us(cx.cluster.epoch_us))
            }));
        }
    }
}
