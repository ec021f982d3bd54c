//! Statements, run. One file a family; this one leads a statement to its family, and runs queries.

mod alter;
mod alter_schedule;
mod bulk;
mod control;
mod cron;
mod ddl;
mod destinations;
mod drop;
mod explain;
mod import;
mod objects;
mod options;
mod replication;
mod restore;
mod roles;
mod rows;
mod schedules;
mod session;
mod show;
mod show_backups;
mod show_cluster;
mod show_jobs;
mod show_schedules;
mod show_tables;
mod ttl;
mod virtual_clusters;

pub use control::{Control, JOBS};
pub use destinations::join;
pub use objects::Object;
pub use rows::Write;
pub use schedules::Schedule;
pub use ttl::{EXPIRATION, Ttl};

use super::grammar::{self, ObjectKind, Query, Scalar, Statement};
use super::jobs::Waiting;
use super::listings::{Names, Source};
use super::transactions;
use super::words::{self, QueryWords};
use super::{Cockroach, Cx, errors};
use crate::base::{Duration, Error, Result, Time, Type, Value};
use crate::cluster::{NodeIx, TenantIx};
use crate::query::{self, Env, Limits, ResultSet, Table};
use crate::system::{Answer, Body, Reply, SessionIx};
use sqlparser::ast::Expr;
use std::rc::Rc;

/// Who runs a statement, where, and its text.
#[derive(Clone)]
pub struct Call<'t> {
    pub session: SessionIx,
    pub user: Rc<str>,
    pub tenant: TenantIx,
    pub database: Rc<str>,
    pub node: NodeIx,
    /// The text that the statement's spans point into.
    pub text: &'t str,
    /// Values of `$1`, `$2`, …
    pub args: &'t [Value],
    /// A line of a scenario: nobody waits, privileges are not asked.
    pub setup: bool,
}

/// What a statement comes to.
pub enum Outcome {
    Done(Answer),
    Wait(Waiting),
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Outcome {
        Outcome::Done(answer)
    }
}

/// A command's tag without a count that matters.
pub fn tag(text: impl Into<String>) -> Result<Outcome> {
    Ok(Outcome::Done(Answer::command(text, 0)))
}

pub fn rows(set: ResultSet) -> Result<Outcome> {
    Ok(Outcome::Done(Answer::rows(set)))
}

impl Cockroach {
    /// One statement of a session.
    pub(crate) fn run_statement(&mut self, cx: &mut Cx, session: SessionIx, text: &str) -> Reply {
        match self.run_text(cx, session, text) {
            Ok(Outcome::Done(answer)) => Reply::Done(answer),
            Ok(Outcome::Wait(waiting)) => {
                self.waiting.insert(session, waiting);
                Reply::Wait
            }
            Err(error) => {
                self.abort_transaction(cx, session);
                Reply::Done(error.into())
            }
        }
    }

    fn run_text(&mut self, cx: &mut Cx, session: SessionIx, text: &str) -> Result<Outcome> {
        let s = cx.session(session).ok_or_else(errors::connection_lost)?;
        let node = cx.cluster.node(s.node);
        let epoch = s.epoch;
        let gone = node.is_none_or(|n| !n.alive || n.epoch != epoch);
        if gone || !self.served(s.tenant) {
            return self.reconnect(cx, session);
        }
        let node = s.node;
        if !self.has_quorum(cx.cluster, node) {
            return Err(errors::unavailable(node.0));
        }
        let call = Call {
            session,
            user: s.user.clone(),
            tenant: s.tenant,
            database: s.database.clone(),
            node,
            text,
            args: &[],
            setup: false,
        };
        let in_error = s.transaction == "ERROR";
        let Some(statement) = grammar::parse(text, self.profile.grammar)? else {
            return Ok(Answer::text("").into());
        };
        let leads_out = matches!(
            statement,
            Statement::Commit | Statement::Rollback | Statement::RollbackTo { .. }
        );
        if in_error && !leads_out {
            return Err(transactions::aborted());
        }
        self.may_write(cx, &call, &statement)?;
        let outcome = self.run(cx, &call, &statement);
        match self.waiting.remove(&session) {
            Some(Waiting::Complete {
                jobs, since, until, ..
            }) => Ok(Outcome::Wait(Waiting::Complete {
                jobs,
                since,
                until,
                within: Rc::from(text),
            })),
            _ => outcome,
        }
    }

    /// Leads a statement to its family.
    pub(crate) fn run(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        statement: &Statement,
    ) -> Result<Outcome> {
        use Statement as S;
        if self.transactions.contains_key(&call.session)
            && let Some(outcome) = self.in_transaction(cx, call, statement)?
        {
            return Ok(outcome);
        }
        match statement {
            S::Query(q) => rows(self.query(cx, call, q)?),
            S::ControlJobs(c) => self.control_jobs(cx, call, c),
            S::ShowJobs(s) => self.show_jobs(cx, call, s),
            S::AlterJobOwner { job, owner } => self.alter_owner(cx, call, job, owner),
            S::ControlSchedules(c) => self.control_schedules(cx, call, c),
            S::ShowSchedules(s) => self.show_schedules(cx, call, s),
            S::CreateSchedule(s) => self.create_schedule(cx, call, s),
            S::AlterSchedule { id, changes } => self.alter_schedule(cx, call, *id, changes),
            S::Backup(b) => self.backup(cx, call, b),
            S::Restore(r) => self.restore(cx, call, r),
            S::Import(i) => self.import(cx, call, i),
            S::CreateChangefeed(c) => self.create_changefeed(cx, call, c),
            S::CreateStatistics(s) => self.create_statistics(cx, call, s),
            S::CreateDatabase {
                name,
                if_not_exists,
            } => self.create_database(cx, call, &name.value, *if_not_exists),
            S::CreateTable(t) => self.create_table(cx, call, t),
            S::CreateIndex(i) => self.create_index(cx, call, i),
            S::AlterTable(a) => self.alter_table(cx, call, a),
            S::Rename {
                object,
                name,
                to,
                if_exists,
            } => self.rename(cx, call, *object, name, to, *if_exists),
            S::Drop(d) => self.drop_objects(cx, call, d),
            S::Truncate { tables, .. } => self.truncate(cx, call, tables),
            S::Configure(c) => self.configure_zone(cx, call, c),
            S::Insert(i) => self.insert(cx, call, i),
            S::Update(u) => self.update(cx, call, u),
            S::Delete(d) => self.delete(cx, call, d),
            S::Show(s) => self.show(cx, call, s),
            S::SetClusterSetting { name, value } => {
                self.set_cluster_setting(cx, call, &name.value, value.as_ref())
            }
            S::SetVariable { name, values, .. } => self.set_variable(cx, call, &name.value, values),
            S::Use { database } => self.use_database(cx, call, &database.value),
            S::Begin { modes } => self.begin(cx, call, modes),
            S::Commit => self.commit(cx, call),
            S::Rollback => self.rollback(cx, call),
            S::Savepoint { name } => self.savepoint(call, &name.value),
            S::ReleaseSavepoint { name } => self.release_savepoint(call, &name.value),
            S::RollbackTo { name } => self.rollback_to(cx, call, &name.value),
            S::Grant(g) => self.grant(cx, call, g),
            S::Role(r) => self.role_statement(cx, call, r),
            S::DropRoles {
                names,
                if_exists,
                user,
            } => self.drop_roles(cx, call, names, *if_exists, *user),
            S::Explain {
                analyze, statement, ..
            } => {
                // ANALYZE does what it explains.
                if *analyze && matches!(**statement, S::ControlJobs(_) | S::ControlSchedules(_)) {
                    self.run(cx, call, statement)?;
                }
                self.explain(cx, call, statement)
            }
            S::Prepare {
                name, statement, ..
            } => self.prepare(call, &name.value, statement),
            S::Execute { name, arguments } => {
                self.execute_prepared(cx, call, &name.value, arguments)
            }
            S::Deallocate { name } => self.deallocate(call, name.as_ref().map(|n| &*n.value)),
            S::CommentOn { .. } => tag("COMMENT ON"),
            S::CancelSessions {
                session,
                if_exists,
                ids,
            } => self.cancel_sessions(cx, call, *session, *if_exists, ids),
            S::Inspect {
                object,
                name,
                options,
                ..
            } => self.inspect(cx, call, *object, name, options),
            S::VirtualCluster(v) => self.virtual_cluster(cx, call, v),
            S::CreateSchema {
                name,
                if_not_exists,
            } => self.create_object(
                cx,
                call,
                ObjectKind::Schema,
                name,
                *if_not_exists,
                Vec::new(),
            ),
            S::CreateType {
                name,
                if_not_exists,
                values,
            } => {
                let values = values.iter().map(|v| Rc::from(v.value.as_str())).collect();
                self.create_object(cx, call, ObjectKind::Type, name, *if_not_exists, values)
            }
            S::CreateView {
                name,
                if_not_exists,
                query,
                ..
            } => {
                // What it reads must be there.
                self.query(cx, call, query)?;
                self.create_object(cx, call, ObjectKind::View, name, *if_not_exists, Vec::new())
            }
            S::CreateSequence {
                name,
                if_not_exists,
            } => self.create_object(
                cx,
                call,
                ObjectKind::Sequence,
                name,
                *if_not_exists,
                Vec::new(),
            ),
            S::AlterType { name, action } => self.alter_type(cx, call, name, action),
            S::ChangeOwner {
                object,
                name,
                owner,
            } => self.change_owner(cx, call, *object, name, owner),
            S::CreateLogicalReplication(l) => self.logical_replication(cx, call, l),
        }
    }

    // ---- queries ----

    /// Runs a query; what stands in brackets or CTE bodies runs first.
    pub(crate) fn query(&mut self, cx: &mut Cx, call: &Call, q: &Query) -> Result<ResultSet> {
        let (sources, at) = self.sources(cx, call, q)?;
        self.with_env(cx, call, sources, at, |env| query::run(&q.ast, env))
    }

    /// What a query reads beside tables, and the moment that it reads.
    pub(crate) fn sources(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        q: &Query,
    ) -> Result<(Vec<Source>, Time)> {
        let mut sources = Vec::with_capacity(q.sources.len());
        for source in q.sources.iter() {
            sources.push(self.source(cx, call, &source.statement)?);
        }
        let at = match &q.as_of {
            None => cx.now(),
            Some(scalar) => self.as_of(cx, call, scalar, true)?,
        };
        Ok((sources, at))
    }

    /// Lets `act` see what the statement may see: its catalog, its time, its user.
    pub(crate) fn with_env<T>(
        &self,
        cx: &Cx,
        call: &Call,
        sources: Vec<Source>,
        at: Time,
        act: impl FnOnce(&Env<'_>) -> Result<T>,
    ) -> Result<T> {
        let now = cx.now();
        let session = cx
            .sessions
            .get(call.session.0 as usize)
            .ok_or_else(errors::connection_lost)?;
        let transaction = self.transactions.get(&call.session);
        let names = Names {
            rules: self,
            cluster: cx.cluster,
            session,
            transaction,
            sources,
            at,
            now,
            made: std::cell::Cell::new(0),
        };
        let started = transaction.map_or(now, |t| t.started);
        let env = Env {
            flavour: &words::QUERIES,
            words: &QueryWords(self.profile.grammar),
            catalog: &names,
            text: call.text,
            now_us: started.unix_us(cx.cluster.epoch_us),
            user: &call.user,
            database: &call.database,
            version: self.profile.banner,
            connection: 0,
            placeholders: call.args,
            limits: Limits::default(),
        };
        act(&env)
    }

    /// A statement whose rows a query reads.
    fn source(&mut self, cx: &mut Cx, call: &Call, statement: &Statement) -> Result<Source> {
        if let Statement::ShowJobs(s) = statement
            && !(s.when_complete || s.execution_details || s.resolved_timestamp)
        {
            let (layout, jobs) = self.jobs_shown(cx, call, s)?;
            return Ok(Source::Jobs { layout, jobs });
        }
        match self.run(cx, call, statement)? {
            Outcome::Done(answer) => Ok(Source::Rows(Rc::new(match answer.body {
                Body::Rows(set) => Table {
                    columns: set.columns,
                    rows: set.rows,
                },
                Body::Error(error) => return Err(error),
                // The engine refuses a named query without columns where it is read.
                _ => Table::default(),
            }))),
            Outcome::Wait(waiting) => {
                // Only WHEN COMPLETE is waited for: the whole statement then runs again.
                self.waiting.insert(call.session, waiting);
                Err(errors::unsupported(
                    "a statement that waits for a job as a row source",
                ))
            }
        }
    }

    /// The value of one expression, and its type.
    pub(crate) fn scalar(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        scalar: &Scalar,
    ) -> Result<(Value, Type)> {
        let mut sources = Vec::with_capacity(scalar.sources.len());
        for source in scalar.sources.iter() {
            sources.push(self.source(cx, call, &source.statement)?);
        }
        let now = cx.now();
        self.with_env(cx, call, sources, now, |env| {
            query::scalar(&scalar.expr, env)
        })
    }

    /// The text of an expression that stands for a setting's or an option's value.
    pub(crate) fn scalar_text(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        scalar: &Scalar,
    ) -> Result<String> {
        // A bare word stands for itself: `SET x = off`.
        if let sqlparser::ast::Expr::Identifier(word) = &*scalar.expr {
            return Ok(match word.quote_style {
                Some(_) => word.value.clone(),
                None => word.value.to_ascii_lowercase(),
            });
        }
        let (value, _) = self.scalar(cx, call, scalar)?;
        Ok(query::Format::PLAIN.text(&value).unwrap_or_default())
    }

    /// A statement that takes a query of ids got another type than the one of its column.
    pub(super) fn wrong_type(&self, name: &str, word: &str, wanted: (&str, String)) -> Error {
        let (ty, column) = wanted;
        errors::wrong(
            if self.profile.requests {
                format!("{word} data column 1 ({column}) must be of type {ty}, not type {name}")
            } else {
                format!("{word} requires {ty} values, not type {name}")
            },
            "42601",
        )
    }

    pub(super) fn not_one_column(&self, word: &str, columns: usize) -> Error {
        errors::wrong(
            if self.profile.requests {
                format!("too many columns in {word} data")
            } else {
                format!("{word} expects a single column source, got {columns} columns")
            },
            "42601",
        )
    }

    pub(crate) fn timestamptz(&self, cx: &Cx, call: &Call, value: &Value) -> Result<Value> {
        self.with_env(cx, call, Vec::new(), cx.now(), |env| {
            query::cast(value, Type::TimestampTz, env)
        })
    }

    /// The operand of AS OF SYSTEM TIME as virtual time: `'-10s'`, a timestamp, or nanoseconds.
    /// Beyond the reference: `pkg/sql/sem/asof/as_of.go`.
    pub(crate) fn as_of(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        scalar: &Scalar,
        queries: bool,
    ) -> Result<Time> {
        if !is_constant(&scalar.expr) {
            let newest = self.profile.requests;
            if newest && scalar.text.trim() == "follower_read_timestamp()" {
                return Ok(Time(cx.now().0.saturating_sub(FOLLOWERS_LAG.0)));
            }
            let what = match (newest, queries) {
                (false, _) => "",
                (_, true) => ", with_min_timestamp, with_max_staleness, or follower_read_timestamp",
                (_, false) => " or follower_read_timestamp",
            };
            let text = format!("AS OF SYSTEM TIME: only constant expressions{what} are allowed");
            return Err(errors::uncategorised(self.profile, &text));
        }
        let (value, _) = self.scalar(cx, call, scalar)?;
        self.moment(cx, call, &value, false)
    }

    /// The moment that a value means in AS OF SYSTEM TIME; `later`: it may lie ahead.
    pub(crate) fn moment(&self, cx: &Cx, call: &Call, value: &Value, later: bool) -> Result<Time> {
        let now = cx.now();
        let epoch = cx.cluster.epoch_us;
        let bad = || {
            let text = "AS OF SYSTEM TIME: value is neither timestamp, decimal, nor interval";
            errors::uncategorised(self.profile, text)
        };
        let shown = || query::Format::PLAIN.text(value).unwrap_or_default();
        let future = |what: &str| {
            let text = format!("AS OF SYSTEM TIME: cannot specify timestamp in the future{what}");
            errors::uncategorised(self.profile, &text)
        };
        let newest = self.profile.requests;
        let ahead = |text: &str| {
            let text = format!(
                "AS OF SYSTEM TIME: interval value '{text}' too large, AS OF interval must be <= -1µs"
            );
            match newest {
                true => errors::uncategorised(self.profile, &text),
                false => future(""),
            }
        };
        let at = match value {
            Value::Interval(us) if *us >= 0 => return Err(ahead(&shown())),
            Value::Interval(us) => {
                return Ok(Time(now.0.saturating_sub(us.unsigned_abs())));
            }
            Value::Timestamp(us) | Value::TimestampTz(us) => us.saturating_sub(epoch),
            Value::Int(ns) => (ns / 1_000).saturating_sub(epoch),
            Value::Decimal(d) => {
                let ns = d.mantissa / 10i128.pow(u32::from(d.scale.min(30)));
                i64::try_from(ns / 1_000)
                    .unwrap_or(i64::MAX)
                    .saturating_sub(epoch)
            }
            Value::Text(t) => {
                let trimmed = t.trim();
                if let Some(back) = trimmed.strip_prefix('-') {
                    let d = super::settings::duration(back).ok_or_else(bad)?;
                    return Ok(Time(now.0.saturating_sub(d.0)));
                }
                match self.timestamptz(cx, call, value) {
                    Ok(Value::TimestampTz(us)) => us.saturating_sub(epoch),
                    // Nanoseconds, after a point the logical part.
                    _ => match trimmed.split('.').next().unwrap_or("").parse::<i64>() {
                        Ok(ns) => (ns / 1_000).saturating_sub(epoch),
                        Err(_) if super::settings::duration(t).is_some() => {
                            return Err(ahead(&shown()));
                        }
                        Err(_) => return Err(bad()),
                    },
                }
            }
            _ => return Err(bad()),
        };
        let at = u64::try_from(at).map_err(|_| {
            errors::wrong(
                "AS OF SYSTEM TIME: timestamp before the cluster's first one",
                "22023",
            )
        })?;
        if at > now.0 && !later {
            // As the product's clock writes moments.
            let shown = |t: Time| {
                let us = t.unix_us(epoch);
                format!("{}.{:06}000,0", us / 1_000_000, us % 1_000_000)
            };
            return Err(future(&match newest {
                true => format!(" ({} > {})", shown(Time(at)), shown(now)),
                false => String::new(),
            }));
        }
        Ok(Time(at))
    }

    /// A statement needs a privilege on an object; else the product's error.
    pub(crate) fn need(
        &self,
        cx: &Cx,
        call: &Call,
        object: &str,
        privilege: &str,
        what: &str,
    ) -> Result<()> {
        if call.setup || self.has_object(cx.cluster, call.tenant, &call.user, object, privilege) {
            return Ok(());
        }
        Err(errors::refused(format!(
            "user {} does not have {privilege} privilege on {what}",
            call.user
        )))
    }

    pub(crate) fn need_admin(&self, cx: &Cx, call: &Call, error: fn(&str) -> Error) -> Result<()> {
        if call.setup || self.is_admin(cx.cluster, call.tenant, &call.user) {
            return Ok(());
        }
        Err(error(&call.user))
    }
}

/// How far behind `follower_read_timestamp()` is, as the product's documentation says.
const FOLLOWERS_LAG: Duration = Duration::from_millis(4_200);

/// Whether an expression is made of literals alone.
fn is_constant(e: &Expr) -> bool {
    match e {
        Expr::Value(_) | Expr::TypedString(_) | Expr::Identifier(_) => true,
        Expr::Interval(i) => is_constant(&i.value),
        Expr::UnaryOp { expr, .. } | Expr::Nested(expr) | Expr::Cast { expr, .. } => {
            is_constant(expr)
        }
        Expr::BinaryOp { left, right, .. } => is_constant(left) && is_constant(right),
        _ => false,
    }
}
