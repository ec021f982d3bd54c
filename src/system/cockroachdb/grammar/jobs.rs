//! Statements that control and list jobs and schedules (reference: cockroachdb-jobs 1.1).

use super::*;
use crate::base::{Error, ErrorKind};
use crate::sql::SyntaxError;

/// Types that `CANCEL ALL type JOBS` takes.
const CONTROLLABLE_TYPES: [&str; 4] = ["backup", "changefeed", "import", "restore"];

impl Grammar {
    pub(super) fn cancel(self, c: &mut Cursor) -> Parsed<Statement> {
        if let Some(word) = c.eat_any(&["QUERY", "QUERIES", "SESSION", "SESSIONS"]) {
            let if_exists = self.if_exists(c);
            let plural = word.ends_with("IES") || word.ends_with("NS");
            let ids = self.selection(c, Role::Other, plural, &[])?;
            return Ok(Statement::CancelSessions {
                session: word.starts_with('S'),
                if_exists,
                ids,
            });
        }
        self.control_jobs(c, Verb::Cancel)
    }

    pub(super) fn pause(self, c: &mut Cursor) -> Parsed<Statement> {
        match self.control_schedules(c, Verb::Pause)? {
            Some(statement) => Ok(statement),
            None => self.control_jobs(c, Verb::Pause),
        }
    }

    pub(super) fn resume(self, c: &mut Cursor) -> Parsed<Statement> {
        match self.control_schedules(c, Verb::Resume)? {
            Some(statement) => Ok(statement),
            None => self.control_jobs(c, Verb::Resume),
        }
    }

    /// After the verb: `JOB a`, `JOBS q`, `JOBS FOR SCHEDULE(S) …`, `ALL type JOBS`.
    fn control_jobs(self, c: &mut Cursor, verb: Verb) -> Parsed<Statement> {
        let mut reason = None;
        let target = if self.has(Feature::ControlAllJobs) && c.eat("ALL") {
            let kind = c.name(Role::Other)?;
            c.expect("JOBS")?;
            if !CONTROLLABLE_TYPES.contains(&kind.value.as_str()) {
                // Not the grammar's refusal, but the product's next step's: no position, no source.
                let error = Error::new(ErrorKind::Unsupported, "unsupported job type");
                return Err(SyntaxError::told(error.sqlstate("XXUUU"), kind.span));
            }
            JobTarget::All(kind)
        } else {
            let plural = c.expect_any(&["JOB", "JOBS"])? == "JOBS";
            if plural && self.has(Feature::Schedules) && c.eat("FOR") {
                let plural = c.expect_any(&["SCHEDULE", "SCHEDULES"])? == "SCHEDULES";
                JobTarget::Schedules(self.selection(c, Role::Schedule, plural, &[])?)
            } else {
                let with_reason = verb == Verb::Pause && self.has(Feature::PauseReason);
                let stop: &[&str] = if with_reason { &["WITH"] } else { &[] };
                let target = JobTarget::Jobs(self.selection(c, Role::Job, plural, stop)?);
                if with_reason && c.eat("WITH") {
                    c.expect("REASON")?;
                    c.expect_symbol("=")?;
                    reason = Some(self.text_arg(c)?);
                }
                target
            }
        };
        Ok(Statement::ControlJobs(ControlJobs {
            verb,
            target,
            reason,
        }))
    }

    /// After the verb: `SCHEDULE a`, `SCHEDULES q`; `None` if neither comes next.
    pub(super) fn control_schedules(self, c: &mut Cursor, verb: Verb) -> Parsed<Option<Statement>> {
        if !self.has(Feature::Schedules) {
            return Ok(None);
        }
        let Some(word) = c.eat_any(&["SCHEDULE", "SCHEDULES"]) else {
            return Ok(None);
        };
        let schedules = self.selection(c, Role::Schedule, word == "SCHEDULES", &[])?;
        Ok(Some(Statement::ControlSchedules(ControlSchedules {
            verb,
            schedules,
        })))
    }

    /// After SHOW: listings of jobs; `None` if none comes next.
    pub(super) fn show_jobs(self, c: &mut Cursor) -> Parsed<Option<Statement>> {
        if self.has(Feature::AutomaticJobs) && c.eat_words(&["AUTOMATIC", "JOBS"]) {
            return Ok(Some(show(JobList::Automatic)));
        }
        if self.has(Feature::ShowChangefeedJobs) && c.eat("CHANGEFEED") {
            let plural = c.expect_any(&["JOB", "JOBS"])? == "JOBS";
            let all = plural && (c.at_end() || c.is_word("WITH") && !self.is_cte(c));
            let ids = match all {
                true => None,
                false => Some(self.selection(c, Role::Job, plural, &["WITH"])?),
            };
            let mut jobs = plain(JobList::Changefeeds(ids));
            if self.has(Feature::ShowJobResolved) && c.eat("WITH") {
                c.expect("WATCHED_TABLES")?;
                jobs.watched_tables = true;
            }
            return Ok(Some(Statement::ShowJobs(jobs)));
        }
        if !self.has(Feature::ShowJobIds) {
            // v2.1 knows only the plain listing; JOB is a keyword there, and no variable's name.
            return match c.eat("JOBS") {
                true => Ok(Some(show(JobList::Recent))),
                false if c.is_word("JOB") => Err(c.error()),
                false => Ok(None),
            };
        }
        let Some(word) = c.eat_any(&["JOBS", "JOB"]) else {
            return Ok(None);
        };
        let plural = word == "JOBS";
        if self.has(Feature::ShowJobsWhenComplete) && c.eat_words(&["WHEN", "COMPLETE"]) {
            let ids = self.selection(c, Role::Job, plural, &[])?;
            let mut jobs = plain(JobList::Ids(ids));
            jobs.when_complete = true;
            return Ok(Some(Statement::ShowJobs(jobs)));
        }
        if plural && self.has(Feature::Schedules) && c.eat("FOR") {
            let plural = c.expect_any(&["SCHEDULE", "SCHEDULES"])? == "SCHEDULES";
            let ids = self.selection(c, Role::Schedule, plural, &[])?;
            return Ok(Some(show(JobList::Schedules(ids))));
        }
        let which = if !plural {
            JobList::Ids(self.selection(c, Role::Job, false, &["WITH"])?)
        } else if sql::query::starts(c) && (!c.is_word("WITH") || self.is_cte(c)) {
            JobList::Ids(self.selection(c, Role::Job, true, &["WITH"])?)
        } else {
            JobList::Recent
        };
        let mut jobs = plain(which);
        if self.has(Feature::ShowJobOptions) && c.eat("WITH") {
            self.show_job_options(c, &mut jobs)?;
        }
        Ok(Some(Statement::ShowJobs(jobs)))
    }

    /// `EXECUTION DETAILS | RESOLVED TIMESTAMP`, comma separated.
    fn show_job_options(self, c: &mut Cursor, jobs: &mut ShowJobs) -> Parsed<()> {
        loop {
            if c.eat("EXECUTION") {
                c.expect("DETAILS")?;
                jobs.execution_details = true;
            } else if self.has(Feature::ShowJobResolved) && c.eat("RESOLVED") {
                c.expect("TIMESTAMP")?;
                jobs.resolved_timestamp = true;
            } else {
                return Err(c.error());
            }
            if !c.eat_symbol(",") {
                return Ok(());
            }
        }
    }

    /// Whether the WITH that comes next opens a query, not the options of a listing.
    fn is_cte(self, c: &Cursor) -> bool {
        c.is_word_at(1, "RECURSIVE") || c.is_word_at(2, "AS") || c.is_symbol_at(2, "(")
    }

    /// After SHOW: `[RUNNING|PAUSED] SCHEDULES …`, `SCHEDULE a`; `None` if neither comes next.
    pub(super) fn show_schedules(self, c: &mut Cursor) -> Parsed<Option<Statement>> {
        if !self.has(Feature::Schedules) {
            return Ok(None);
        }
        let mut show = ShowSchedules {
            id: None,
            running: None,
            kind: None,
            create: c.eat_words(&["CREATE", "ALL", "SCHEDULES"]),
        };
        if show.create {
            return Ok(Some(Statement::ShowSchedules(show)));
        }
        show.create = c.eat_words(&["CREATE", "SCHEDULE"]);
        if show.create || c.eat("SCHEDULE") {
            show.id = Some(self.boxed_scalar(c)?);
            return Ok(Some(Statement::ShowSchedules(show)));
        }
        show.running = c
            .eat_any(&["RUNNING", "PAUSED"])
            .map(|word| word == "RUNNING");
        if show.running.is_some() {
            c.expect("SCHEDULES")?;
        } else if !c.eat("SCHEDULES") {
            return Ok(None);
        }
        if c.eat("FOR") {
            show.kind = Some(match c.expect_any(&["BACKUP", "SQL", "CHANGEFEED"])? {
                "SQL" => {
                    c.expect("STATISTICS")?;
                    "SQL STATISTICS"
                }
                other => other,
            });
        }
        Ok(Some(Statement::ShowSchedules(show)))
    }

    /// After ALTER JOB: `a OWNER TO role`.
    pub(super) fn alter_job(self, c: &mut Cursor) -> Parsed<Statement> {
        let job = self.scalar_until(c, &["OWNER"])?;
        c.expect_words(&["OWNER", "TO"])?;
        let owner = self.role_spec(c)?;
        Ok(Statement::AlterJobOwner { job, owner })
    }
}

fn plain(which: JobList) -> ShowJobs {
    ShowJobs {
        which,
        when_complete: false,
        execution_details: false,
        resolved_timestamp: false,
        watched_tables: false,
    }
}

fn show(which: JobList) -> Statement {
    Statement::ShowJobs(plain(which))
}
