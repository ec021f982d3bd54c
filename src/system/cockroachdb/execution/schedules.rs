//! Schedules of backups and changefeeds. reference: cockroachdb-jobs 1.3, 5, 6

use super::super::grammar::{
    self, Backup, ControlSchedules, CreateSchedule, Destination, FullBackup, Opt, OptValue,
    Options, ScheduledTask, Statement, TextArg, Verb,
};
use super::super::jobs::Spec;
use super::super::listings;
use super::super::{Cockroach, Cx, Event, errors};
use super::control::SCHEDULES;
use super::cron::Cron;
use super::{Call, Outcome, rows};
use crate::base::{Duration, Result, Row, Span, Time, Type, Value};
use crate::cluster::{Job, JobIx, NodeIx, TableIx, TenantIx};
use crate::query::ResultSet;
use crate::sql::Text;
use crate::system::Answer;
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Schedule {
    pub tenant: TenantIx,
    pub label: Rc<str>,
    pub owner: Rc<str>,
    pub database: Rc<str>,
    pub node: NodeIx,
    /// `BACKUP`, `CHANGEFEED`, `ROW LEVEL TTL`
    pub kind: &'static str,
    /// Whose expired rows its runs delete.
    pub table: Option<TableIx>,
    /// The statement that each run executes.
    pub statement: Rc<str>,
    pub cron: Rc<str>,
    pub created: Time,
    /// `None`: paused.
    pub next: Option<Time>,
    /// What became of the last run, or why none comes; empty if there is nothing to tell.
    pub state: Rc<str>,
    /// Raised by every change: a run that was planned before is void.
    pub run: u32,
    /// The incremental schedule that starts when the first run of this one succeeds.
    pub unpauses: Option<i64>,
    /// Of a full schedule its incremental one, and the other way round.
    pub pair: Option<i64>,
    /// What a run does that is due while the last one goes on: `WAIT`, `NO_WAIT`, `SKIP`.
    pub wait: &'static str,
    /// What becomes of the next run if one fails: `RETRY_SCHED`, `RETRY_SOON`, `PAUSE_SCHED`.
    pub on_error: &'static str,
    /// The passphrase of its backups, which its statement does not show.
    pub passphrase: Option<Rc<str>>,
}

impl Cockroach {
    /// Options that a schedule has.
    fn check_schedule_options(s: &CreateSchedule) -> Result<()> {
        for option in &s.options.list {
            let known = matches!(
                option.name.as_str(),
                "first_run"
                    | "on_execution_failure"
                    | "on_previous_running"
                    | "ignore_existing_backups"
                    | "updates_cluster_last_backup_time_metric"
            );
            if !known {
                return Err(errors::wrong(
                    format!("invalid option \"{}\"", option.name),
                    "22023",
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn create_schedule(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        s: &CreateSchedule,
    ) -> Result<Outcome> {
        Self::check_schedule_options(s)?;
        let label = match &s.label {
            Some(arg) => self.text_arg(call, arg)?,
            None => String::new(),
        };
        // Labels need not differ; only IF NOT EXISTS looks at them.
        if s.if_not_exists && self.schedules.values().any(|x| *x.label == *label) {
            return Ok(Answer::command("CREATE SCHEDULE", 0)
                .notice(format!("schedule \"{label}\" already exists, skipping"))
                .into());
        }
        // Beyond the reference: `pkg/backup/create_scheduled_backup.go`.
        let mut cron = self.text_arg(call, &s.recurring)?;
        let every = self.every(cx, &cron)?;
        let now = cx.now();
        let mut first = match self.option_text(cx, call, &s.options, "first_run")? {
            None => None,
            Some(text) if text == "now" => Some(now),
            Some(text) => match self.timestamptz(cx, call, &Value::text(text))? {
                Value::TimestampTz(us) => {
                    let us = us.saturating_sub(cx.cluster.epoch_us);
                    Some(Time(u64::try_from(us).unwrap_or(0)))
                }
                _ => None,
            },
        };
        let backup = matches!(s.task, ScheduledTask::Backup { .. });
        // How often increments are taken, if any are.
        let mut often = None;
        match &s.full_backup {
            FullBackup::Recurring(arg) => {
                let full = self.text_arg(call, arg)?;
                self.more_often(cx, &cron, &full)?;
                often = Some(std::mem::replace(&mut cron, full));
            }
            FullBackup::Default if backup => {
                first = first.or(Some(now));
                if every <= Duration::from_hours(24) {
                    let daily = every <= Duration::from_hours(1);
                    let full = if daily { "@daily" } else { "@weekly" };
                    often = Some(std::mem::replace(&mut cron, full.to_owned()));
                }
            }
            _ => {}
        }
        let wait = self.behaviour(cx, call, &s.options, "on_previous_running", &WAITS)?;
        let on_error = self.behaviour(cx, call, &s.options, "on_execution_failure", &ON_ERRORS)?;
        let (full, increment) = match &s.task {
            ScheduledTask::Backup {
                targets,
                into,
                options,
            } => {
                let mut backup = Backup {
                    targets: targets.clone(),
                    destination: Destination::New(into.clone()),
                    as_of: None,
                    options: options.clone(),
                };
                if !backup.options.flag("detached") {
                    backup.options.bracketed = true;
                    let before =
                        |o: &&Opt| matches!(&*o.name, "revision_history" | "encryption_passphrase");
                    let at = backup.options.list.iter().filter(before).count();
                    let option = Opt {
                        name: "detached".to_string(),
                        value: OptValue::None,
                        span: Span::default(),
                    };
                    backup.options.list.insert(at, option);
                }
                // What can never run is refused.
                if let Err(error) = self.plan_backup(cx, call, &backup) {
                    let text = format!("failed to dry run backup: {}", error.message);
                    return Err(error.reworded(text));
                }
                for uri in self.text_args(call, into)? {
                    let place = self.place(cx, &uri)?;
                    let full = self.backups.iter().any(|b| {
                        b.since.is_none()
                            && b.dest == place.dest
                            && b.path.starts_with(&*place.path)
                    });
                    if full && !s.options.flag("ignore_existing_backups") {
                        return Err(errors::uncategorised(
                            self.profile,
                            &format!(
                                "backups already created in {uri}; to ignore existing backups, the schedule can be created with the 'ignore_existing_backups' option"
                            ),
                        ));
                    }
                }
                let full = Statement::Backup(Box::new(backup.clone())).to_string();
                backup.destination = Destination::Latest(into.clone());
                (full, Statement::Backup(Box::new(backup)).to_string())
            }
            ScheduledTask::Changefeed(c) => {
                self.plan_changefeed(cx, call, c)?;
                (
                    Statement::CreateChangefeed(c.clone()).to_string(),
                    String::new(),
                )
            }
        };
        let mut plan = Plan {
            label: &label,
            kind: if backup { "BACKUP" } else { "CHANGEFEED" },
            statement: &increment,
            cron: "",
            // Increments of a chain never run beside each other.
            wait: "WAIT",
            on_error,
        };
        let mut list = Vec::new();
        let mut pair = None;
        if let Some(often) = &often {
            plan.cron = often;
            let id = self.add_schedule(cx, call, &plan);
            self.set_state(id, WAITING);
            pair = Some(id);
            list.push(self.created_row(cx, id));
        }
        (plan.statement, plan.cron, plan.wait) = (&full, &cron, wait);
        let id = self.add_schedule(cx, call, &plan);
        let next = first.or_else(|| self.next_run(cx, id));
        self.plan_next(cx, id, next);
        if let Some(x) = self.schedules.get_mut(&id) {
            (x.unpauses, x.pair) = (pair, pair);
        }
        if let Some(x) = pair.and_then(|inc| self.schedules.get_mut(&inc)) {
            x.pair = Some(id);
        }
        if let ScheduledTask::Backup { options, .. } = &s.task {
            let secret = self.option_text(cx, call, options, "encryption_passphrase")?;
            let secret: Option<Rc<str>> = secret.map(Rc::from);
            for id in [Some(id), pair].into_iter().flatten() {
                if let Some(x) = self.schedules.get_mut(&id) {
                    x.passphrase.clone_from(&secret);
                }
            }
        }
        list.push(self.created_row(cx, id));
        let statement = if backup {
            "backup_stmt"
        } else {
            "changefeed_stmt"
        };
        rows(created(list, statement))
    }

    pub(super) fn more_often(&self, cx: &Cx, increment: &str, full: &str) -> Result<()> {
        if self.every(cx, increment)? > self.every(cx, full)? {
            return Err(errors::uncategorised(
                self.profile,
                "incremental backups must occur more often than full backups",
            ));
        }
        Ok(())
    }

    /// The time between two runs.
    fn every(&self, cx: &Cx, text: &str) -> Result<Duration> {
        let Some(cron) = Cron::parse(text) else {
            return Err(errors::uncategorised(
                self.profile,
                &format!(
                    "error parsing schedule expression: \"{text}\"; it must be a valid cron expression"
                ),
            ));
        };
        let epoch = cx.cluster.epoch_us;
        let first = cron.next(cx.now(), epoch).unwrap_or(Time::ZERO);
        Ok(cron.next(first, epoch).unwrap_or(first) - first)
    }

    /// An option that is one of a few words; the first if it is not given.
    pub(super) fn behaviour(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        options: &Options,
        name: &str,
        words: &Behaviours,
    ) -> Result<&'static str> {
        let Some(given) = self.option_text(cx, call, options, name)? else {
            return Ok(words[0].1);
        };
        let word = given.to_ascii_lowercase();
        match words.iter().find(|(w, ..)| *w == word) {
            Some((_, stored, _)) => Ok(stored),
            None => {
                let (what, valid) = match name {
                    "on_previous_running" => (name, "start|skip|wait"),
                    _ => ("on_execution_error", "retry|reschedule|pause"),
                };
                Err(errors::wrong(
                    format!("\"{word}\" is not a valid {what}; valid values are [{valid}]"),
                    "22023",
                ))
            }
        }
    }

    pub(super) fn may_schedule(&self, cx: &Cx, call: &Call, s: &Schedule) -> bool {
        *s.owner == *call.user
            || self.is_admin(cx.cluster, call.tenant, &call.user)
            || self.has_system(call.tenant, &call.user, "REPAIRCLUSTER")
    }

    pub(super) fn add_schedule(&mut self, cx: &mut Cx, call: &Call, plan: &Plan) -> i64 {
        let id = self.new_id(cx, call.node);
        let now = cx.now();
        let epoch = cx.cluster.epoch_us;
        self.schedules.insert(
            id,
            Schedule {
                tenant: call.tenant,
                label: Rc::from(if plan.label.is_empty() {
                    format!("{} {}", plan.kind, now.unix_us(epoch) / 1_000_000)
                } else {
                    plan.label.to_string()
                }),
                owner: call.user.clone(),
                database: call.database.clone(),
                node: call.node,
                kind: plan.kind,
                table: None,
                statement: Rc::from(plan.statement),
                cron: Rc::from(plan.cron),
                created: now,
                next: None,
                state: Rc::from(""),
                run: 0,
                unpauses: None,
                pair: None,
                wait: plan.wait,
                on_error: plan.on_error,
                passphrase: None,
            },
        );
        id
    }

    /// The row that CREATE SCHEDULE prints. reference 6
    pub(super) fn created_row(&self, cx: &Cx, id: i64) -> Row {
        let epoch = cx.cluster.epoch_us;
        let Some(s) = self.schedules.get(&id) else {
            return Vec::new();
        };
        vec![
            Value::Int(id),
            Value::Text(s.label.clone()),
            Value::text(match s.next {
                Some(_) => "ACTIVE".to_string(),
                None => format!("PAUSED: {}", s.state),
            }),
            s.next
                .map_or(Value::Null, |t| Value::TimestampTz(t.unix_us(epoch))),
            Value::Text(s.cron.clone()),
            Value::Text(s.statement.clone()),
        ]
    }

    /// A schedule is due: its statement runs as its owner.
    pub(crate) fn schedule_due(&mut self, cx: &mut Cx, id: i64, run: u32) {
        let Some(s) = self.schedules.get(&id).cloned() else {
            return;
        };
        if s.run != run || s.next.is_none() {
            return;
        }
        let now = cx.now();
        if !self.served(s.tenant) {
            // Nobody runs it, until somebody does again.
            self.plan_next(cx, id, Some(now + RECHECK));
            return;
        }
        // A run that is still going on delays the next one, or takes its place.
        let busy = self.runs(cx, id, |j| !j.is_terminal());
        if busy > 0 && s.wait != "NO_WAIT" {
            let (word, at) = match s.wait {
                "WAIT" => ("delayed", Some(now + RECHECK)),
                _ => ("rescheduled", self.next_run(cx, id)),
            };
            self.set_state(id, &format!("{word} due to {busy} already running"));
            self.plan_next(cx, id, at);
            return;
        }
        self.set_state(id, "");
        let next = self.next_run(cx, id);
        self.plan_next(cx, id, next);
        self.run_schedule(cx, id, &s);
    }

    /// How many of a schedule's jobs there are in certain statuses.
    pub(super) fn runs(&self, cx: &Cx, id: i64, which: fn(&Job) -> bool) -> i64 {
        let mut n = 0;
        for (ix, j) in cx.cluster.job_list() {
            let its = self.payload(ix).is_some_and(|p| p.schedule == Some(id));
            n += i64::from(its && which(j));
        }
        n
    }

    pub(super) fn next_run(&self, cx: &Cx, id: i64) -> Option<Time> {
        let cron = Cron::parse(&self.schedules.get(&id)?.cron)?;
        cron.next(cx.now(), cx.cluster.epoch_us)
    }

    pub(super) fn set_state(&mut self, id: i64, state: &str) {
        if let Some(s) = self.schedules.get_mut(&id) {
            s.state = Rc::from(state);
        }
    }

    /// The next run comes at a time, or none does.
    pub(super) fn plan_next(&mut self, cx: &mut Cx, id: i64, at: Option<Time>) {
        let now = cx.now();
        if let Some(s) = self.schedules.get_mut(&id) {
            s.next = at;
            s.run = s.run.wrapping_add(1);
            let run = s.run;
            if let Some(at) = at {
                // The scheduler looks every minute.
                let wait = match at <= now {
                    true => Duration::from_secs(self.streams.work.between(5, 60)),
                    false => at - now,
                };
                cx.after(wait, Event::Schedule { id, run });
            }
        }
    }

    fn run_schedule(&mut self, cx: &mut Cx, id: i64, s: &Schedule) {
        // Any live node executes it.
        let node = if self.has_quorum(cx.cluster, s.node) {
            s.node
        } else {
            match cx
                .cluster
                .node_list()
                .find(|(n, _)| self.has_quorum(cx.cluster, *n))
            {
                Some((n, _)) => n,
                None => return,
            }
        };
        let call = Call {
            session: crate::system::SessionIx(0),
            user: s.owner.clone(),
            tenant: s.tenant,
            database: s.database.clone(),
            node,
            text: &s.statement,
            args: &[],
            setup: true,
        };
        let statement = match s.table {
            Some(_) => Ok(None),
            None => grammar::parse(&s.statement, self.profile.grammar),
        };
        let planned = match statement {
            Ok(Some(mut statement)) => {
                if let (Statement::Backup(b), Some(secret)) = (&mut statement, &s.passphrase) {
                    for option in &mut b.options.list {
                        if option.name == "encryption_passphrase" {
                            option.value = OptValue::Text(TextArg::Text(Text {
                                value: secret.to_string(),
                                span: Span::default(),
                            }));
                        }
                    }
                }
                self.plan(cx, &call, &statement)
            }
            Ok(None) => self.plan_ttl(cx, s, node),
            Err(e) => Err(e),
        };
        match planned {
            Ok(mut new) => {
                new.schedule = Some(id);
                new.who = format!("schedule {id}");
                let job = self.create(cx, new);
                self.tell_started(cx, job);
            }
            Err(error) => {
                let text = format!(
                    "failed to create job for schedule {id}: err=executing schedule {id}: {}",
                    error.message
                );
                let now = cx.now();
                cx.cluster.tell(now, None, Some(node), &text);
                self.run_failed(cx, id, &text);
            }
        }
    }

    /// Beyond the reference: `pkg/jobs/scheduled_job_executor.go`.
    fn run_failed(&mut self, cx: &mut Cx, id: i64, why: &str) {
        let (word, next) = match self.schedules.get(&id).map(|s| s.on_error) {
            Some("RETRY_SOON") => ("retrying", Some(cx.now() + RECHECK)),
            Some("PAUSE_SCHED") => ("schedule paused", None),
            _ => {
                self.set_state(id, &format!("reschedule: {why}"));
                return;
            }
        };
        self.set_state(id, &format!("{word}: {why}"));
        self.plan_next(cx, id, next);
    }

    /// A scheduled job has ended, and tells its schedule: after a success the increments may
    /// begin; a cancelled run has failed. reference 4.2
    pub(crate) fn tell_schedule(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(schedule) = self.payload(job).and_then(|p| p.schedule) else {
            return;
        };
        let Some(j) = cx.cluster.job(job) else { return };
        if let Some(Spec::Ttl(ttl)) = self.spec(job).as_deref() {
            let id = cx.cluster.table(ttl.table).map_or(0, |t| t.id);
            let state = match j.status {
                "failed" => format!("reschedule: row level ttl for table [{id}] job failed"),
                status => status.to_owned(),
            };
            return self.set_state(schedule, &state);
        }
        if j.status != "succeeded" {
            let kind = if j.kind == "BACKUP" {
                "backup"
            } else {
                "changefeed"
            };
            let id = j.id;
            let text = format!(
                "{kind} job {id} failed with err={kind} job {id} scheduled by {schedule} failed with state failed"
            );
            self.run_failed(cx, schedule, &text);
            return;
        }
        let Some(inc) = self
            .schedules
            .get_mut(&schedule)
            .and_then(|s| s.unpauses.take())
        else {
            return;
        };
        self.set_state(inc, "");
        let next = self.next_run(cx, inc);
        self.plan_next(cx, inc, next);
    }

    // ---- control ----

    pub(crate) fn control_schedules(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        c: &ControlSchedules,
    ) -> Result<Outcome> {
        let verb = c.verb;
        let ids = self.selected_ids(cx, call, &c.schedules, verb.word(), SCHEDULES)?;
        let mut n = 0u64;
        for id in ids {
            let Some(s) = self
                .schedules
                .get(&id)
                .filter(|s| s.tenant == call.tenant)
                .cloned()
            else {
                continue;
            };
            if !self.may_schedule(cx, call, &s) {
                return Err(errors::refused(format!(
                    "must have REPAIRCLUSTER privilege or be owner of the schedule {id} to {} it",
                    verb.word()
                )));
            }
            match verb {
                Verb::Pause => self.plan_next(cx, id, None),
                Verb::Resume => match self.next_run(cx, id) {
                    // One that is not paused may have a first run of its own.
                    Some(_) if s.next.is_some() => {}
                    Some(next) => {
                        self.set_state(id, "");
                        self.plan_next(cx, id, Some(next));
                    }
                    None => {
                        return Err(errors::uncategorised(
                            self.profile,
                            &format!("cannot set next run for schedule {id} (empty recurrence)"),
                        ));
                    }
                },
                Verb::Drop => {
                    if let Some(table) = s.table {
                        let name = self.full_name(cx, table);
                        return Err(
                            errors::wrong("cannot drop a row level TTL schedule", "42P16")
                                .hint(format!("use ALTER TABLE {name} RESET (ttl) instead")),
                        );
                    }
                    self.schedules.remove(&id);
                    // The increments of a full backup go with it.
                    if let Some(inc) = s.pair.filter(|_| !s.statement.contains(INCREMENT)) {
                        self.schedules.remove(&inc);
                        n += 1;
                    } else if let Some(full) = s.pair.and_then(|f| self.schedules.get_mut(&f)) {
                        full.pair = None;
                        full.unpauses = None;
                    }
                }
                Verb::Execute => {
                    if s.kind == "BACKUP" {
                        return Err(errors::uncategorised(
                            self.profile,
                            "cannot execute backup schedules: use BACKUP instead",
                        ));
                    }
                    self.run_schedule(cx, id, &s);
                }
                Verb::Cancel => {}
            }
            n += 1;
        }
        cx.cluster.changes += 1;
        Ok(Answer::command(format!("{} SCHEDULES {n}", verb.word()), n).into())
    }
}

pub(super) struct Plan<'a> {
    pub label: &'a str,
    pub kind: &'static str,
    pub statement: &'a str,
    pub cron: &'a str,
    pub wait: &'static str,
    pub on_error: &'static str,
}

/// What is typed, what the record holds, what SHOW CREATE SCHEDULE says. Beyond the reference:
/// `pkg/ccl/…/schedulebase`, `pkg/jobs/jobspb/schedule.proto`.
pub(super) type Behaviours = [(&'static str, &'static str, &'static str); 3];
pub(super) const WAITS: Behaviours = [
    ("wait", "WAIT", "WAIT"),
    ("start", "NO_WAIT", "START"),
    ("skip", "SKIP", "SKIP"),
];
pub(super) const ON_ERRORS: Behaviours = [
    ("reschedule", "RETRY_SCHED", "RESCHEDULE"),
    ("retry", "RETRY_SOON", "RETRY"),
    ("pause", "PAUSE_SCHED", "PAUSE"),
];

/// A run that has to wait, or to be tried again, comes so much later.
const RECHECK: Duration = Duration::from_mins(1);

pub(super) const WAITING: &str = "Waiting for initial backup to complete";

/// What the statement of an incremental schedule has.
pub(super) const INCREMENT: &str = " INTO LATEST IN ";

pub(super) fn created(list: Vec<Row>, statement: &'static str) -> ResultSet {
    listings::result(
        &[
            ("schedule_id", Type::Int),
            ("label", Type::Text),
            ("status", Type::Text),
            ("first_run", Type::TimestampTz),
            ("schedule", Type::Text),
            (statement, Type::Text),
        ],
        list,
    )
}
