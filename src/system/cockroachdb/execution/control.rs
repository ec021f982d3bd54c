//! CANCEL, PAUSE, RESUME JOB(S); ALTER JOB … OWNER TO. reference: cockroachdb-jobs 3.2 to 3.4

use super::super::grammar::{ControlJobs, JobTarget, RoleSpec, Scalar, Selection, Verb};
use super::super::jobs::Spec;
use super::super::states::{self, event};
use super::super::transactions::Deferred;
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome};
use crate::base::{Duration, Error, Map, Result, Type, Value};
use crate::cluster::{Cluster, JobIx, Packet, Place, TenantIx};
use crate::query::{self, Column};
use crate::system::Answer;
use sqlparser::ast;
use std::cell::Cell;
use std::rc::Rc;

/// A statement over more jobs than this is told as one happening, and shown as none.
const TOLD_ONE_BY_ONE: usize = 100;

/// One job to be controlled.
#[derive(Clone, Debug, Hash)]
pub struct Control {
    pub job: JobIx,
    pub verb: Verb,
    pub reason: Option<Rc<str>>,
    pub user: Rc<str>,
}

impl Control {
    /// Who changes the record, as its history has it.
    pub fn who(&self) -> Rc<str> {
        Rc::from(format!("{} JOB by {}", self.verb.word(), self.user))
    }
}

impl Cockroach {
    pub(crate) fn control_jobs(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        c: &ControlJobs,
    ) -> Result<Outcome> {
        let verb = c.verb;
        let reason = match &c.reason {
            None => None,
            Some(arg) => Some(Rc::from(self.text_arg(call, arg)?)),
        };
        let (jobs, tag) = match &c.target {
            JobTarget::Jobs(selection) => {
                let ids = self.selected_ids(cx, call, selection, verb.word(), JOBS)?;
                let mut jobs = Vec::with_capacity(ids.len());
                let mut unknown = None;
                for id in ids {
                    let near = jobs.last().copied();
                    match self.job_of_id(cx.cluster, call.tenant, id, near) {
                        Some(job) => jobs.push(job),
                        None => {
                            unknown = Some(id);
                            break;
                        }
                    }
                }
                if let Some(id) = unknown {
                    // The jobs named before it are asked first.
                    self.effects(cx, call, verb, &jobs, &sorted(&jobs))?;
                    return Err(errors::no_such_job(self.profile, id));
                }
                (jobs, format!("{} JOBS", verb.word()))
            }
            JobTarget::Schedules(selection) => {
                let ids = self.selected_ids(cx, call, selection, verb.word(), LISTED)?;
                let jobs = self.touched(cx, call, verb, |r, job| {
                    r.payload(job)
                        .and_then(|p| p.schedule)
                        .is_some_and(|s| ids.contains(&s))
                })?;
                (jobs, format!("{} JOBS FOR SCHEDULES", verb.word()))
            }
            JobTarget::All(kind) => {
                let kind = kind.value.to_ascii_uppercase();
                let wanted = kind.clone();
                let jobs = self.touched_kind(cx, call, verb, &wanted)?;
                (jobs, format!("{} ALL {kind} JOBS", verb.word()))
            }
        };
        let n = self.control_all(cx, call, verb, &jobs, reason)?;
        Ok(Answer::command(format!("{tag} {n}"), n).into())
    }

    /// The job of an id that is still known. A listing of thousands has the newest first: mostly it
    /// is the one made just before `near`.
    fn job_of_id(
        &self,
        cluster: &Cluster,
        tenant: TenantIx,
        id: i64,
        near: Option<JobIx>,
    ) -> Option<JobIx> {
        let older = near.and_then(|j| j.0.checked_sub(1)).map(JobIx);
        older
            .filter(|&j| {
                let job = cluster.job(j);
                job.is_some_and(|j| j.id == id && j.tenant == tenant && j.listed)
            })
            .or_else(|| self.ids.get(&(tenant, id)).copied())
    }

    /// The statuses that the statement would write, asked in the order of its rows; the first job
    /// that refuses is the error. `order` has the same jobs, sorted.
    fn effects(
        &self,
        cx: &Cx,
        call: &Call,
        verb: Verb,
        jobs: &[JobIx],
        order: &[JobIx],
    ) -> Result<Vec<&'static str>> {
        let transaction = self.transactions.get(&call.session);
        // A job that is named twice is asked in the status that the first time gives it.
        let mut given: Map<JobIx, Option<&'static str>> = Map::new();
        for pair in order.windows(2) {
            if let [a, b] = pair
                && a == b
            {
                given.insert(*a, None);
            }
        }
        let mut statuses = Vec::with_capacity(jobs.len());
        // Thousands of jobs have a few owners.
        let mut allowed: Option<Rc<str>> = None;
        for &job in jobs {
            let owner = cx.cluster.job(job).map(|j| &j.owner);
            if owner != allowed.as_ref() || owner.is_none() {
                self.may_control(cx.cluster, call.tenant, &call.user, job)?;
                allowed = owner.cloned();
            }
            let twice = given.get(&job);
            let seen = match twice {
                Some(Some(status)) => Some(*status),
                _ => transaction.and_then(|t| t.status_of(job)),
            };
            let status = self.effect(cx, verb, job, seen)?;
            if twice.is_some() {
                given.insert(job, Some(status));
            }
            statuses.push(status);
        }
        Ok(statuses)
    }

    /// One transaction: the first job that refuses fails the statement, and nothing changes.
    pub(crate) fn control_all(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        verb: Verb,
        jobs: &[JobIx],
        reason: Option<Rc<str>>,
    ) -> Result<u64> {
        let order = sorted(jobs);
        let statuses = self.effects(cx, call, verb, jobs, &order)?;
        let mut control = Control {
            job: JobIx(0),
            verb,
            reason,
            user: call.user.clone(),
        };
        if let Some(t) = self.transactions.get_mut(&call.session) {
            for (&job, status) in jobs.iter().zip(statuses) {
                control.job = job;
                t.deferred.push(Deferred::Control(control.clone()));
                t.set_status(job, status);
            }
            return Ok(jobs.len() as u64);
        }
        let who: Rc<str> = control.who();
        let told = jobs.len() <= TOLD_ONE_BY_ONE;
        // All in one moment: where nobody is told of each, the order of the records is as good, and
        // sets of jobs take each of thousands at their end.
        for &job in if told { jobs } else { &order } {
            control.job = job;
            self.apply_control(cx, call, &control, &who, told)?;
        }
        if !told {
            let now = cx.now();
            let text = format!(
                "{} JOBS by {}: {} records written at once",
                verb.word(),
                call.user,
                jobs.len()
            );
            cx.cluster.tell(now, None, Some(call.node), &text);
        }
        Ok(jobs.len() as u64)
    }

    /// The status that the statement would write, or the product's refusal: the effect matrix.
    pub(crate) fn effect(
        &self,
        cx: &Cx,
        verb: Verb,
        job: JobIx,
        seen: Option<&'static str>,
    ) -> Result<&'static str> {
        let Some(j) = cx.cluster.job(job) else {
            return Err(errors::no_such_job(self.profile, 0));
        };
        let status = seen.unwrap_or(j.status);
        let id = j.id;
        if let Some(step) = j.machine.find(status, self.event_of(verb, job, status)) {
            if verb == Verb::Cancel
                && status == "paused"
                && self.profile.requests
                && let Some(cause) = self.payload(job).and_then(|p| p.final_error.as_ref())
            {
                return Err(errors::uncategorised(
                    self.profile,
                    &format!(
                        "job {id}: job {id} is paused and has non-nil FinalResumeError hence cannot be canceled and should be reverted: {}",
                        cause.text()
                    ),
                ));
            }
            return Ok(step.to);
        }
        Err(self.refusal(
            verb,
            status,
            id,
            &j.error,
            *j.machine == states::FIRM_JOB,
            j.kind,
        ))
    }

    fn refusal(
        &self,
        verb: Verb,
        status: &str,
        id: i64,
        error: &str,
        firm: bool,
        kind: &str,
    ) -> Error {
        let p = self.profile;
        let word = p.errors.state_word;
        let text = if p.requests {
            match verb {
                Verb::Cancel if firm => format!("job {id}: job {id}: not cancelable"),
                Verb::Cancel => {
                    format!("job {id}: job with {word} {status} cannot be requested to be canceled")
                }
                Verb::Pause => {
                    format!("job {id}: job with {word} {status} cannot be requested to be paused")
                }
                _ => format!("job {id}: job with {word} {status} cannot be resumed"),
            }
        } else {
            let with_error = match (status, error) {
                ("failed", e) => format!("failed \"{e}\""),
                (s, _) => s.to_string(),
            };
            match verb {
                // Schema changes are cancelled at most, their roll-backs not even that.
                _ if kind == "SCHEMA CHANGE"
                    && (verb != Verb::Cancel || matches!(status, "running" | "pending")) =>
                {
                    format!("job {id} is not controllable")
                }
                Verb::Cancel => format!("job with status {with_error} cannot be canceled"),
                Verb::Pause if status == "failed" => {
                    format!("cannot pause failed job (id {id}, err: \"{error}\")")
                }
                Verb::Pause => format!("cannot pause {status} job (id {id})"),
                _ => format!("job with status {with_error} cannot be resumed"),
            }
        };
        errors::uncategorised(p, &text)
    }

    fn event_of(&self, verb: Verb, job: JobIx, status: &str) -> &'static str {
        match verb {
            Verb::Cancel => event::CANCEL,
            Verb::Pause => event::PAUSE,
            _ => {
                let undoing = self.payload(job).is_some_and(|p| p.final_error.is_some());
                if self.profile.requests && undoing && status == "paused" {
                    event::RESUME_REVERT
                } else {
                    event::RESUME
                }
            }
        }
    }

    /// Writes the change into the job's record.
    pub(crate) fn apply_control(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        control: &Control,
        who: &Rc<str>,
        told: bool,
    ) -> Result<()> {
        let job = control.job;
        let before = cx.cluster.job(job).map_or("", |j| j.status);
        let event = self.event_of(control.verb, job, before);
        let after = match self.advance_by(cx, job, event, who) {
            Ok(after) => after,
            // The matrix has let it pass; the machine is the same table.
            Err(_) => return Ok(()),
        };
        if after == before {
            return Ok(());
        }
        if told {
            let now = cx.now();
            cx.cluster.show_packet(Packet {
                from: Place::Node(call.node),
                to: Place::Record(job),
                sent: now,
                arrives: now + Duration::from_millis(3),
                label: "request",
                job: Some(job),
            });
        }
        match control.verb {
            Verb::Cancel if self.profile.requests => self.request_recorded(cx, job, "cancel", told),
            Verb::Pause if self.profile.requests => {
                if let Some(p) = self.payload_mut(job) {
                    p.reason = control.reason.clone();
                }
                self.request_recorded(cx, job, "pause", told);
            }
            Verb::Cancel => self.canceled_2_1(cx, job),
            Verb::Pause => {
                self.tell_job(
                    cx,
                    job,
                    "says paused already; its work runs on until it notices at its next progress write",
                );
                self.note(
                    cx,
                    job,
                    "paused in its record; the work notices at its next progress write",
                );
            }
            _ => self.resumed(cx, job),
        }
        Ok(())
    }

    /// Says who will serve the request, and when at the latest.
    fn request_recorded(&mut self, cx: &mut Cx, job: JobIx, what: &str, told: bool) {
        let now = cx.now();
        let claim = cx.cluster.job(job).and_then(|j| j.claim);
        if !told {
            if claim.is_none() {
                self.unclaimed.insert(job);
            }
            return;
        }
        let text = match claim.and_then(|c| {
            let n = cx.cluster.node(c.node)?;
            let next = self
                .loops
                .get(&(c.node, cx.cluster.job(job)?.tenant))?
                .cancel
                .next;
            Some((n.name.clone(), n.alive && n.epoch == c.epoch, next))
        }) {
            Some((name, true, next)) => format!(
                "{what} request recorded; nothing has stopped yet: {name} holds the claim and will see it in its next cancel loop, in {}",
                seconds(next.since(now))
            ),
            Some((name, false, _)) => format!(
                "{what} request recorded; {name} holds the claim but is gone: its session must expire and another node adopt the job before anyone serves the request"
            ),
            None => format!(
                "{what} request recorded; nobody holds a claim: an adopt loop must claim the job first, then that node's cancel loop serves the request"
            ),
        };
        self.tell_job(cx, job, &text);
        if claim.is_none() {
            self.unclaimed.insert(job);
        }
        let note = match claim {
            Some(c) => format!(
                "request recorded; the cancel loop of n{} will serve it",
                c.node.0 + 1
            ),
            None => "request recorded; waits for an adopt loop to claim the job".to_string(),
        };
        self.note(cx, job, &note);
    }

    /// v2.1: CANCEL itself writes the final status and runs the cleanup of the descriptors;
    /// work that runs notices later. reference head, 4.2
    fn canceled_2_1(&mut self, cx: &mut Cx, job: JobIx) {
        let Some(spec) = self.spec(job) else { return };
        self.tell_job(
            cx,
            job,
            "says canceled already; its work runs on until it notices at its next progress write",
        );
        match &*spec {
            Spec::Schema(_) => self.roll_back_2_1(cx, job),
            Spec::Restore(_) | Spec::Import(_) => self.drop_tables_2_1(cx, job),
            _ => {}
        }
        if self.payload(job).is_some_and(|p| p.active) {
            self.note(
                cx,
                job,
                "canceled in its record; the work notices at its next progress write",
            );
        } else {
            self.answer_interrupted(cx, job);
            self.retired_2_1(cx, job);
        }
    }

    fn resumed(&mut self, cx: &mut Cx, job: JobIx) {
        if let Some(p) = self.payload_mut(job) {
            p.reason = None;
        }
        // The lease is emptied: any node adopts it.
        self.release(cx, job);
        self.tell_job(cx, job, "was resumed; waits until an adopt loop claims it");
        self.note(cx, job, "resumed; waits for an adopt loop to claim it");
    }

    // ---- which jobs ----

    /// The ids of `JOB expr` and `JOBS query`, NULLs left out. reference 3.4
    pub(crate) fn selected_ids(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        selection: &Selection,
        verb: &str,
        what: What,
    ) -> Result<Vec<i64>> {
        let word = format!("{verb} {}", what.0);
        match selection {
            Selection::One(scalar) => {
                let written = written_type(&scalar.expr);
                let literal = matches!(written, Some(""));
                if let Some(name @ ("oid" | "bytes")) = written {
                    return Err(self.not_int(name, &word, what));
                }
                let (value, ty) = self.scalar(cx, call, scalar)?;
                Ok(self
                    .id_of(&value, ty, &word, what, literal)?
                    .into_iter()
                    .collect())
            }
            Selection::Query(q) => {
                let (sources, at) = self.sources(cx, call, q)?;
                let written = written_column(&q.ast.body);
                let source = Cell::new((Type::Unknown, false));
                let mut ids = Vec::new();
                self.with_env(cx, call, sources, at, |env| {
                    let columns = |columns: &[Column]| {
                        let &[Column { ty, .. }] = columns else {
                            let types: Vec<&str> =
                                columns.iter().map(|c| errors::type_name(c.ty)).collect();
                            return Err(match what.1 {
                                "" => self.not_int(&types.join(", "), &word, what),
                                _ => self.not_one_column(&word, types.len()),
                            });
                        };
                        let literal =
                            matches!(written, Some("")) && matches!(ty, Type::Text | Type::Decimal);
                        source.set((ty, literal));
                        match written {
                            Some(name @ ("oid" | "bytes")) => Err(self.not_int(name, &word, what)),
                            _ if literal || matches!(ty, Type::Int | Type::Unknown) => Ok(()),
                            _ => Err(self.not_int(errors::type_name(ty), &word, what)),
                        }
                    };
                    query::stream(&q.ast, env, columns, &mut |row| {
                        let (ty, literal) = source.get();
                        if let Some(value) = row.first() {
                            ids.extend(self.id_of(value, ty, &word, what, literal)?);
                        }
                        Ok(())
                    })
                })?;
                Ok(ids)
            }
        }
    }

    fn not_int(&self, name: &str, word: &str, what: What) -> Error {
        if what.1.is_empty() {
            return errors::wrong(errors::not_among("int", name), "22023");
        }
        self.wrong_type(name, word, ("int", what.1.to_owned()))
    }

    fn id_of(
        &self,
        value: &Value,
        ty: Type,
        word: &str,
        what: What,
        literal: bool,
    ) -> Result<Option<i64>> {
        match value {
            Value::Null => Ok(None),
            Value::Int(id) => Ok(Some(*id)),
            // A string literal takes the type that is wanted.
            Value::Text(text) if literal => match query::based_int(text.trim()) {
                Some(id) => Ok(Some(id)),
                None => Err(errors::parse_error(text, Type::Int)),
            },
            // So does a number, if it is a whole one.
            Value::Decimal(d) if literal && d.is_whole() => match d.whole() {
                Some(id) => Ok(Some(id)),
                None => Err(errors::wrong(
                    "numeric constant out of int64 range",
                    "22003",
                )),
            },
            other => {
                let ty = if ty == Type::Unknown {
                    other.type_of()
                } else {
                    ty
                };
                Err(self.not_int(errors::type_name(ty), word, what))
            }
        }
    }

    /// FOR SCHEDULES and ALL pass over jobs in other states silently. reference 3.4
    fn touched(
        &self,
        cx: &Cx,
        call: &Call,
        verb: Verb,
        wanted: impl Fn(&Cockroach, JobIx) -> bool,
    ) -> Result<Vec<JobIx>> {
        let eyes = self.eyes(cx.cluster, call.tenant, &call.user)?;
        let fitting: &[&str] = match verb {
            Verb::Pause => &["pending", "running", "reverting"],
            Verb::Resume => &["paused"],
            _ => &["pending", "running", "paused"],
        };
        let transaction = self.transactions.get(&call.session);
        Ok(cx
            .cluster
            .job_list()
            .filter(|(_, j)| j.tenant == call.tenant && eyes.see(&j.owner))
            .filter(|(ix, j)| {
                let status = transaction
                    .and_then(|t| t.status_of(*ix))
                    .unwrap_or(j.status);
                fitting.contains(&status)
            })
            .map(|(ix, _)| ix)
            .filter(|ix| wanted(self, *ix))
            .collect())
    }

    fn touched_kind(&self, cx: &Cx, call: &Call, verb: Verb, kind: &str) -> Result<Vec<JobIx>> {
        let jobs = self.touched(cx, call, verb, |_, _| true)?;
        Ok(jobs
            .into_iter()
            .filter(|ix| cx.cluster.job(*ix).is_some_and(|j| j.kind == kind))
            .collect())
    }

    // ---- ALTER JOB … OWNER TO ----

    pub(crate) fn alter_owner(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        job: &Scalar,
        owner: &RoleSpec,
    ) -> Result<Outcome> {
        let (value, ty) = self.scalar(cx, call, job)?;
        let literal = matches!(written_type(&job.expr), Some(""));
        let id = self
            .id_of(&value, ty, "ALTER JOBS", JOBS, literal)?
            .unwrap_or_default();
        let ix = *self
            .ids
            .get(&(call.tenant, id))
            .ok_or_else(|| errors::no_such_job(self.profile, id))?;
        let new = self.role_name(call, owner);
        if !self.user_exists(cx.cluster, call.tenant, &new) {
            return Err(errors::wrong(
                format!("role/user \"{new}\" does not exist"),
                "42704",
            ));
        }
        let admin = self.is_admin(cx.cluster, call.tenant, &call.user);
        if !admin {
            let roles = self.roles_of(call.tenant, &call.user);
            let current = cx.cluster.job(ix).map(|j| j.owner.clone());
            let owns = current.is_some_and(|o| *o == *call.user || roles.contains(&o));
            if !owns {
                return Err(errors::refused(format!(
                    "user {} does not own job {id}",
                    call.user
                )));
            }
            if *new != *call.user && !roles.contains(new.as_str()) {
                return Err(errors::refused(format!("must be member of role \"{new}\"")));
            }
        }
        if let Some(j) = cx.cluster.job_mut(ix) {
            j.owner = Rc::from(new);
            cx.cluster.changes += 1;
        }
        super::tag("ALTER JOB OWNER")
    }
}

/// What a statement selects: its plural word, and the name that errors give its one column.
#[derive(Clone, Copy)]
pub struct What(&'static str, &'static str);
pub const JOBS: What = What("JOBS", "job_id");
/// Of these the product makes `id IN (…)`, whose errors are those of any IN.
pub const LISTED: What = What("", "");
pub const SCHEDULES: What = What("SCHEDULES", "schedule_id");

/// What a type error has to know of how an expression is written: `""` for a string literal or a
/// placeholder, which have no type of their own yet, `oid` for a cast to one (the engine counts these as INT).
fn written_type(e: &ast::Expr) -> Option<&'static str> {
    match e {
        ast::Expr::Nested(e) => written_type(e),
        ast::Expr::Value(v) => match v.value {
            ast::Value::SingleQuotedString(_)
            | ast::Value::Placeholder(_)
            | ast::Value::Number(..) => Some(""),
            ast::Value::HexStringLiteral(_) | ast::Value::SingleQuotedByteStringLiteral(_) => {
                Some("bytes")
            }
            _ => None,
        },
        ast::Expr::Cast {
            data_type: ast::DataType::Custom(name, _),
            ..
        } => {
            let last = name.0.last().and_then(|p| p.as_ident());
            last.filter(|i| i.value.eq_ignore_ascii_case("oid"))
                .map(|_| "oid")
        }
        _ => None,
    }
}

/// The same of a query's one column.
fn written_column(body: &ast::SetExpr) -> Option<&'static str> {
    match body {
        ast::SetExpr::Query(q) => written_column(&q.body),
        ast::SetExpr::Select(s) => match s.projection.as_slice() {
            [ast::SelectItem::UnnamedExpr(e)] => written_type(e),
            [ast::SelectItem::ExprWithAlias { expr, .. }] => written_type(expr),
            _ => None,
        },
        ast::SetExpr::Values(values) => match values.rows.first().map(|r| r.as_slice()) {
            Some([e]) => written_type(e),
            _ => None,
        },
        _ => None,
    }
}

fn sorted(jobs: &[JobIx]) -> Vec<JobIx> {
    let mut order = jobs.to_vec();
    crate::base::sort::sort(&mut order);
    order
}

/// `4.2 s`
fn seconds(d: Duration) -> String {
    format!("{}.{} s", d.as_secs(), d.as_millis() / 100 % 10)
}
