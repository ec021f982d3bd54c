//! What belongs to a session: transactions, prepared statements, variables, settings.

use super::super::grammar::{self, JobTarget, Scalar, Selection, Statement};
use super::super::settings::{self, Kind};
use super::super::transactions::{Deferred, Transaction, tag_of_write};
use super::super::version::Version;
use super::super::{Cockroach, Cx, errors};
use super::{Call, Outcome, tag};
use crate::base::{Error, ErrorKind, Map, Result, Type, Value};
use crate::cluster::{NodeIx, TenantIx};
use crate::sql::{Kind as TokenKind, Tokens};
use crate::system::{Answer, Session, SessionIx};
use std::rc::Rc;

/// Prepared statements that one session may hold.
const MAX_PREPARED: usize = 1_000;

impl Cockroach {
    /// Opens a session for `user[@virtual cluster]`.
    pub(crate) fn open_session(
        &mut self,
        cx: &mut Cx,
        who: &str,
        via: Option<NodeIx>,
    ) -> Result<Session> {
        let (user, cluster) = who.split_once('@').unwrap_or((who, "system"));
        let tenant = cx
            .cluster
            .tenants
            .enumerate()
            .find(|(_, t)| *t.name == *cluster && t.dropped.is_none())
            .map(|(i, t)| (TenantIx(i as u16), t.name.clone()))
            .filter(|(tenant, _)| self.served(*tenant));
        let Some((tenant, tenant_name)) = tenant else {
            return Err(Error::new(
                ErrorKind::Name,
                format!("service unavailable for target tenant ({cluster})"),
            )
            .sqlstate("08000")
            .hint("Double check your \"-ccluster=\" connection option or your \"cluster:\" database name prefix."));
        };
        let no_login = self.rights.no_login.contains(&(tenant, Rc::from(user)));
        if !self.user_exists(cx.cluster, tenant, user) || no_login {
            return Err(Error::new(
                ErrorKind::Privilege,
                format!("password authentication failed for user {user}"),
            )
            .sqlstate("28P01"));
        }
        let node = via.unwrap_or(NodeIx(0));
        let Some(n) = cx.cluster.node(node) else {
            return Err(errors::connection_lost());
        };
        if !n.alive {
            return Err(Error::new(
                ErrorKind::State,
                format!("cannot dial server {}: connection refused", n.name),
            )
            .sqlstate("08001")
            .hint("\\connect USER via NODE goes to another node"));
        }
        Ok(Session {
            name: Rc::from(who),
            user: Rc::from(user),
            tenant,
            tenant_name,
            database: Rc::from("defaultdb"),
            node,
            epoch: n.epoch,
            transaction: "",
            mode: "",
            settings: Map::new(),
            busy: None,
            answer: None,
        })
    }

    /// Whether the nodes serve a virtual cluster: they take its connections and run its jobs. An
    /// external service has processes of its own, of which there are none here.
    pub(crate) fn served(&self, tenant: TenantIx) -> bool {
        tenant == TenantIx(0) || self.services.get(&tenant).is_some_and(|m| *m == "shared")
    }

    /// The session's node died or restarted: its connection is gone. A new one opens by itself
    /// when the node lives again.
    pub(crate) fn reconnect(&mut self, cx: &mut Cx, session: SessionIx) -> Result<Outcome> {
        let epoch = cx
            .session(session)
            .and_then(|s| cx.cluster.node(s.node))
            .filter(|n| n.alive)
            .map(|n| n.epoch);
        self.transactions.remove(&session);
        if let Some(s) = cx.sessions.get_mut(session.0 as usize) {
            s.transaction = "";
            if let Some(epoch) = epoch {
                s.epoch = epoch;
                s.settings.clear();
            }
        }
        Err(errors::connection_lost())
    }

    // ---- transactions ----

    /// A read-only transaction, open or not, refuses what changes data or schemas.
    pub(crate) fn may_write(&self, cx: &Cx, call: &Call, statement: &Statement) -> Result<()> {
        let read_only = match self.transactions.get(&call.session) {
            Some(t) => t.read_only,
            None => defaults_to_read_only(cx, call.session),
        };
        match tag_of_write(statement) {
            Some(tag) if read_only => {
                let text = format!("cannot execute {tag} in a read-only transaction");
                Err(errors::wrong(text, "25006"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn begin(&mut self, cx: &mut Cx, call: &Call, modes: &[String]) -> Result<Outcome> {
        if self.transactions.contains_key(&call.session) {
            return Err(Error::new(
                ErrorKind::State,
                "there is already a transaction in progress",
            )
            .sqlstate("25001"));
        }
        let started = cx.now();
        let said = modes.iter().find_map(|m| m.strip_prefix("READ"));
        let read_only = match said {
            Some(word) => word.trim_start() == "ONLY",
            // What looks back cannot write.
            None => {
                modes.iter().any(|m| m.starts_with("AS OF"))
                    || defaults_to_read_only(cx, call.session)
            }
        };
        self.transactions
            .insert(call.session, Transaction::begun(started, read_only));
        Self::mark_transaction(cx, call.session, "OPEN");
        tag("BEGIN")
    }

    /// Everything that was put off happens now, in order; if a job's record has changed so that a
    /// change no longer fits, nothing of it happens.
    pub(crate) fn commit(&mut self, cx: &mut Cx, call: &Call) -> Result<Outcome> {
        let failed = cx
            .session(call.session)
            .is_some_and(|s| s.transaction == "ERROR");
        let Some(t) = self.transactions.remove(&call.session) else {
            return Err(no_transaction());
        };
        let done = match failed {
            true => Ok(None),
            false => self.apply_all(cx, call, &t),
        };
        Self::mark_transaction(cx, call.session, "");
        self.foreseen.clear();
        match done? {
            Some(Outcome::Wait(super::Waiting::Helper { jobs, .. })) => {
                Ok(Outcome::Wait(super::Waiting::Helper {
                    jobs,
                    done: "COMMIT".to_string(),
                    notice: None,
                }))
            }
            _ if failed => tag("ROLLBACK"),
            _ => tag("COMMIT"),
        }
    }

    /// Does all that a transaction has put off; what COMMIT is to wait for.
    fn apply_all(&mut self, cx: &mut Cx, call: &Call, t: &Transaction) -> Result<Option<Outcome>> {
        self.check_deferred(cx, t)?;
        let mut waits = None;
        self.foreseen.clone_from(&t.ids);
        for deferred in &t.deferred {
            waits = self.apply_deferred(cx, call, deferred, waits)?;
        }
        Ok(waits)
    }

    /// Does what was put off; the jobs that COMMIT is to wait for are added to `waits`.
    pub(crate) fn apply_deferred(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        deferred: &Deferred,
        waits: Option<Outcome>,
    ) -> Result<Option<Outcome>> {
        match deferred {
            Deferred::Control(c) => self.apply_control(cx, call, c, &c.who(), true)?,
            Deferred::Job(new) => {
                let job = self.create(cx, (**new).clone());
                self.tell_started(cx, job);
            }
            Deferred::Statement(text) => {
                let inner = Call {
                    text,
                    args: &[],
                    ..call.clone()
                };
                if let Some(s) = grammar::parse(text, self.profile.grammar)? {
                    return self.after_commit(cx, &inner, &s, waits);
                }
            }
            Deferred::Write { table, rows } => self.write_rows(cx, *table, rows),
        }
        Ok(waits)
    }

    /// Runs a statement that was put off; COMMIT waits for all the jobs of its transaction.
    fn after_commit(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        statement: &Statement,
        waits: Option<Outcome>,
    ) -> Result<Option<Outcome>> {
        use super::Waiting::Helper;
        Ok(match (self.run(cx, call, statement)?, waits) {
            (
                Outcome::Wait(Helper { jobs: mut new, .. }),
                Some(Outcome::Wait(Helper {
                    jobs, done, notice, ..
                })),
            ) => {
                new.extend(jobs);
                Some(Outcome::Wait(Helper {
                    jobs: new,
                    done,
                    notice,
                }))
            }
            (Outcome::Wait(w), None) => Some(Outcome::Wait(w)),
            (_, waits) => waits,
        })
    }

    fn check_deferred(&self, cx: &Cx, t: &Transaction) -> Result<()> {
        let mut first: Map<crate::cluster::JobIx, ()> = Map::new();
        for d in &t.deferred {
            let Deferred::Control(c) = d else { continue };
            // Later ones of the same job build on the first.
            if first.insert(c.job, ()).is_some() {
                continue;
            }
            if self.effect(cx, c.verb, c.job, None).is_err() {
                return Err(Error::new(
                    ErrorKind::State,
                    "restart transaction: TransactionRetryWithProtoRefreshError: TransactionRetryError: retry txn (RETRY_SERIALIZABLE - failed preemptive refresh)",
                )
                .sqlstate("40001"));
            }
        }
        Ok(())
    }

    pub(crate) fn rollback(&mut self, cx: &mut Cx, call: &Call) -> Result<Outcome> {
        if self.transactions.remove(&call.session).is_none() {
            return Err(no_transaction());
        }
        Self::mark_transaction(cx, call.session, "");
        tag("ROLLBACK")
    }

    pub(crate) fn savepoint(&mut self, call: &Call, name: &str) -> Result<Outcome> {
        let Some(t) = self.transactions.get_mut(&call.session) else {
            return Err(no_transaction());
        };
        t.save(name);
        tag("SAVEPOINT")
    }

    pub(crate) fn release_savepoint(&mut self, call: &Call, name: &str) -> Result<Outcome> {
        let Some(t) = self.transactions.get_mut(&call.session) else {
            return Err(no_transaction());
        };
        if !t.release(name) {
            return Err(no_savepoint(name));
        }
        tag("RELEASE")
    }

    pub(crate) fn rollback_to(&mut self, cx: &mut Cx, call: &Call, name: &str) -> Result<Outcome> {
        let Some(t) = self.transactions.get_mut(&call.session) else {
            return Err(no_transaction());
        };
        if !t.back_to(name) {
            return Err(no_savepoint(name));
        }
        Self::mark_transaction(cx, call.session, "OPEN");
        tag("ROLLBACK")
    }

    // ---- prepared statements ----

    pub(crate) fn prepare(
        &mut self,
        call: &Call,
        name: &str,
        statement: &Statement,
    ) -> Result<Outcome> {
        let key = (call.session, name.to_string());
        if self.prepared.contains_key(&key) {
            return Err(Error::new(
                ErrorKind::Name,
                format!("prepared statement \"{name}\" already exists"),
            )
            .sqlstate("42P05"));
        }
        let held = self
            .prepared
            .keys()
            .filter(|(s, _)| *s == call.session)
            .count();
        if held >= MAX_PREPARED {
            return Err(Error::new(
                ErrorKind::Limit,
                "too many prepared statements in this session",
            ));
        }
        self.prepared.insert(key, Rc::from(statement.to_string()));
        tag("PREPARE")
    }

    pub(crate) fn execute_prepared(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &str,
        arguments: &[Scalar],
    ) -> Result<Outcome> {
        let text = self
            .prepared
            .get(&(call.session, name.to_string()))
            .cloned()
            .ok_or_else(|| unknown_prepared(name))?;
        let Some(statement) = grammar::parse(&text, self.profile.grammar)? else {
            return tag("");
        };
        let (expected, got) = (placeholders(&text, self.profile.grammar), arguments.len());
        if expected != got {
            return Err(errors::wrong(
                format!(
                    "wrong number of parameters for prepared statement \"{name}\": expected {expected}, got {got}"
                ),
                "42601",
            ));
        }
        let id = id_placeholder(&statement);
        let mut values: Vec<Value> = Vec::new();
        for (i, a) in arguments.iter().enumerate() {
            let (value, ty) = self.scalar(cx, call, a)?;
            let fits = matches!(ty, Type::Int | Type::Text | Type::Unknown);
            if id == Some(i + 1) && !fits {
                return Err(errors::wrong(
                    format!(
                        "expected EXECUTE parameter expression to have type int, but '{}' has type {}",
                        a.text,
                        errors::type_name(ty)
                    ),
                    "42804",
                ));
            }
            values.push(value);
        }
        let inner = Call {
            text: &text,
            args: &values,
            ..call.clone()
        };
        self.may_write(cx, &inner, &statement)?;
        self.run(cx, &inner, &statement)
    }

    pub(crate) fn deallocate(&mut self, call: &Call, name: Option<&str>) -> Result<Outcome> {
        match name {
            None => self.prepared.retain(|(s, _), _| *s != call.session),
            Some(name) => {
                let key = (call.session, name.to_string());
                if self.prepared.remove(&key).is_none() {
                    return Err(unknown_prepared(name));
                }
            }
        }
        tag(if name.is_some() {
            "DEALLOCATE"
        } else {
            "DEALLOCATE ALL"
        })
    }

    // ---- variables and settings ----

    pub(crate) fn set_variable(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &str,
        values: &[Scalar],
    ) -> Result<Outcome> {
        // No variable has a space in its name: a mode of the transaction.
        if name.contains(' ') {
            if let Some(t) = self.transactions.get_mut(&call.session)
                && let Some(word) = name.strip_prefix("READ")
            {
                t.read_only = word.trim_start() == "ONLY";
            }
            return tag("SET TRANSACTION");
        }
        let name = name.to_ascii_lowercase();
        let mut texts = Vec::new();
        for v in values {
            texts.push(self.scalar_text(cx, call, v)?);
        }
        let text = texts.join(", ");
        if name == "database" {
            return self.use_database(cx, call, &text);
        }
        let known = super::show::VARIABLES.iter().any(|(n, _)| *n == name);
        if !known || name == "allow_unsafe_internals" && !self.profile.internals_guarded {
            return Err(errors::wrong(
                format!("unrecognized configuration parameter \"{name}\""),
                "42704",
            ));
        }
        if let Some(s) = cx.sessions.get_mut(call.session.0 as usize) {
            if values.is_empty() {
                s.settings.remove(name.as_str());
            } else {
                let text = match text.as_str() {
                    "true" => "on",
                    "false" => "off",
                    other => other,
                };
                s.settings.insert(Rc::from(name), Rc::from(text));
            }
        }
        tag("SET")
    }

    pub(crate) fn use_database(&mut self, cx: &mut Cx, call: &Call, name: &str) -> Result<Outcome> {
        if self.database(call.tenant, name).is_none() && name != "system" {
            return Err(errors::no_database(name));
        }
        if let Some(s) = cx.sessions.get_mut(call.session.0 as usize) {
            s.database = Rc::from(name);
        }
        tag("SET")
    }

    pub(crate) fn set_cluster_setting(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &str,
        value: Option<&Scalar>,
    ) -> Result<Outcome> {
        let may = call.setup
            || self.is_admin(cx.cluster, call.tenant, &call.user)
            || self.has_system(call.tenant, &call.user, "MODIFYCLUSTERSETTING");
        if !may {
            return Err(errors::refused(if self.profile.requests {
                "only users with the MODIFYCLUSTERSETTING privilege are allowed to set cluster setting '".to_string()
                    + name
                    + "'"
            } else {
                "only superusers are allowed to SET CLUSTER SETTING".to_string()
            }));
        }
        let key = (call.tenant, Rc::from(name));
        if name == settings::ORGANIZATION && call.tenant != TenantIx(0) {
            let text = format!("setting {name} is only settable by the operator");
            return Err(errors::refused(text));
        }
        if self.overrides.contains_key(&key) {
            let text = format!("cluster setting '{name}' is currently overridden by the operator");
            return Err(errors::uncategorised(self.profile, &text));
        }
        match self.setting_value(cx, call, name, value)? {
            Some(text) => self.settings.insert(key, text),
            None => self.settings.remove(&key),
        };
        self.setting_changed(cx, call.tenant, name);
        tag("SET CLUSTER SETTING")
    }

    /// A setting's value as it is kept; `None`: the default.
    pub(super) fn setting_value(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        name: &str,
        value: Option<&Scalar>,
    ) -> Result<Option<Rc<str>>> {
        let setting = self
            .known_settings()
            .find(|s| s.name == name)
            .ok_or_else(|| unknown_setting(name))?;
        let Some(value) = value else {
            return Ok(None);
        };
        let text = self.scalar_text(cx, call, value)?;
        let text = match setting.kind {
            Kind::Duration => {
                settings::print_duration(settings::duration(&text).ok_or_else(|| {
                    errors::wrong(
                        format!("could not parse \"{text}\" as type interval: interval: missing unit at position 0: \"{text}\""),
                        "22007",
                    )
                })?)
            }
            Kind::Int => {
                text.parse::<i64>()
                    .map_err(|_| errors::parse_error(&text, Type::Int))?;
                text
            }
            Kind::Float => {
                let digits = text.trim_start_matches('-');
                let plain = !digits.is_empty()
                    && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
                    && digits.matches('.').count() <= 1;
                if !plain {
                    return Err(errors::parse_error(&text, Type::Float));
                }
                if text.starts_with('-') {
                    return Err(errors::wrong(
                        format!("cannot set {name} to a negative value: {text}"),
                        "22023",
                    ));
                }
                text
            }
            Kind::Text | Kind::Bool | Kind::Enum => text,
        };
        Ok(Some(Rc::from(text)))
    }

    /// Settings that this version has, in order of name.
    pub(crate) fn known_settings(
        &self,
    ) -> impl Iterator<Item = &'static settings::Setting> + use<> {
        let newest = self.profile.requests;
        settings::SETTINGS
            .iter()
            .filter(move |s| newest || !s.newest_only)
    }

    // ---- other sessions ----

    /// CANCEL QUERY and CANCEL SESSION: ids of this playground's sessions are not those of the
    /// product, so that an id can only be unknown.
    pub(crate) fn cancel_sessions(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        session: bool,
        if_exists: bool,
        ids: &Selection,
    ) -> Result<Outcome> {
        let what = if session { "session" } else { "query" };
        let plural = if session { "SESSIONS" } else { "QUERIES" };
        let word = format!("CANCEL {plural}");
        let first = match ids {
            Selection::One(scalar) => self.scalar(cx, call, scalar)?.0,
            Selection::Query(q) => {
                let set = self.query(cx, call, q)?;
                if set.columns.len() != 1 {
                    return Err(self.not_one_column(&word, set.columns.len()));
                }
                let first = set.rows.into_iter().flatten().next();
                first.unwrap_or(Value::Null)
            }
        };
        let first = match first {
            Value::Text(id) => id,
            Value::Null => Rc::from(""),
            other => {
                let wanted = ("string", format!("{what}_id"));
                let name = errors::type_name(other.type_of());
                return Err(self.wrong_type(name, &word, wanted));
            }
        };
        if if_exists || first.is_empty() {
            return Ok(Answer::command(format!("{word} 0"), 0).into());
        }
        Err(errors::uncategorised(
            self.profile,
            &format!("could not cancel {what} {first}: {what} ID {first} not found"),
        ))
    }
}

fn defaults_to_read_only(cx: &Cx, session: SessionIx) -> bool {
    let session = cx.sessions.get(session.0 as usize);
    let set = session.and_then(|s| s.settings.get("default_transaction_read_only"));
    set.is_some_and(|value| **value == *"on")
}

fn no_transaction() -> Error {
    Error::new(ErrorKind::State, "there is no transaction in progress").sqlstate("25P01")
}

fn no_savepoint(name: &str) -> Error {
    Error::new(
        ErrorKind::Name,
        format!("savepoint \"{name}\" does not exist"),
    )
    .sqlstate("3B001")
}

fn unknown_prepared(name: &str) -> Error {
    Error::new(
        ErrorKind::Name,
        format!("prepared statement \"{name}\" does not exist"),
    )
    .sqlstate("26000")
}

fn unknown_setting(name: &str) -> Error {
    Error::new(ErrorKind::Name, format!("unknown cluster setting '{name}'")).sqlstate("42704")
}

/// How many values a statement's placeholders ask for.
fn placeholders(text: &str, version: Version) -> usize {
    let Ok(tokens) = Tokens::read(text, grammar::flavour(version)) else {
        return 0;
    };
    let mut most = 0;
    for token in &tokens.list {
        if token.kind == TokenKind::Placeholder
            && let Ok(n) = token.span.of(text).trim_start_matches('$').parse::<usize>()
        {
            most = n.max(most);
        }
    }
    most
}

/// The placeholder that stands for the id of a job or schedule, so that an INT is wanted.
fn id_placeholder(statement: &Statement) -> Option<usize> {
    let selection = match statement {
        Statement::ControlJobs(c) => match &c.target {
            JobTarget::Jobs(s) | JobTarget::Schedules(s) => s,
            JobTarget::All(_) => return None,
        },
        Statement::ControlSchedules(c) => &c.schedules,
        _ => return None,
    };
    let text = match selection {
        Selection::One(scalar) => &scalar.text,
        // The same, as a statement with one id is printed.
        Selection::Query(q) => q.text.trim().strip_prefix("VALUES (")?.strip_suffix(')')?,
    };
    text.trim().strip_prefix('$')?.parse().ok()
}
