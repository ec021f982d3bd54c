//! Statements at work: resolve, check the privilege, execute, in this order (reference:
//! oceanbase-backup 2).

mod archive;
mod backup;
mod cleanup;
mod ddl;
mod destination;
mod parameters;
mod restore;
mod rows;
mod show;
mod tenants;

pub use cleanup::time_text;
pub use rows::seen;

use super::errors;
use super::grammar::{self, Leftover, Statement};
use super::listings;
use super::model::Mode;
use super::privileges::Who;
use super::{Cx, OceanBase, setup};
use crate::base::{Duration, Result};
use crate::cluster::{JobIx, Packet, Place};
use crate::system::{Answer, SessionIx};
use std::rc::Rc;

/// What a statement takes that RootService writes down, beyond one that only reads (reference 7).
const WRITTEN: Duration = Duration::from_millis(4);

/// Runs one statement of a session.
pub fn run(rules: &mut OceanBase, cx: &mut Cx, session: SessionIx, text: &str) -> Answer {
    let Some(who) = who(rules, cx, session) else {
        // The tenant was dropped or no server is left.
        return errors::state(2013, "Lost connection to MySQL server during query").into();
    };
    let mode = who.mode;
    // The client's own words: it says so and connects again, with nothing of the old session.
    let word = text.trim();
    if word.eq_ignore_ascii_case("exit") || word.eq_ignore_ascii_case("quit") {
        rules.transactions.remove(&session);
        if let Some(session) = cx.sessions.get_mut(session.0 as usize) {
            session.settings.clear();
        }
        return Answer::text("Bye");
    }
    let answer = grammar::parse(text, mode).and_then(|statement| {
        let written = statement.is_written();
        let mut answer = execute(rules, cx, &who, statement, text)?;
        if written {
            answer.elapsed = WRITTEN;
        }
        Ok(answer)
    });
    match answer {
        Ok(answer) => answer,
        Err(error) if mode == Mode::Oracle => errors::oracle(error).into(),
        Err(error) => error.into(),
    }
}

/// The session as the rules see it; a proxy moves it on when its server is down.
fn who(rules: &OceanBase, cx: &mut Cx, ix: SessionIx) -> Option<Who> {
    let alive = setup::first_alive(cx)?;
    let session = cx.sessions.get_mut(ix.0 as usize)?;
    if !cx.cluster.node(session.node).is_some_and(|n| n.alive) {
        session.node = alive;
    }
    if !rules.tenants.contains_key(&session.tenant) {
        // Dropped; the client connects again if there is a tenant of that name by now.
        let (again, _) = rules.tenant_named(&session.tenant_name)?;
        session.tenant = again;
    }
    let tenant = rules.tenants.get(&session.tenant)?;
    let rights = rules
        .users
        .get(&(session.tenant, session.user.clone()))
        .copied()
        .unwrap_or_default();
    Some(Who {
        session: ix,
        user: session.user.clone(),
        tenant: session.tenant,
        tenant_name: tenant.name.clone(),
        tenant_id: tenant.id,
        mode: tenant.mode,
        database: session.database.clone(),
        node: session.node,
        rights,
        settings: session.settings.clone(),
    })
}

fn execute(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    statement: Statement,
    text: &str,
) -> Result<Answer> {
    match statement {
        Statement::Backup(s) => backup::backup(rules, cx, who, &s),
        Statement::CancelBackup(tenants) => backup::cancel(rules, cx, who, &tenants),
        Statement::CancelDelete(tenants) => cleanup::cancel(rules, cx, who, &tenants),
        Statement::AddPolicy(s) => cleanup::add_policy(rules, cx, who, &s),
        Statement::DropPolicy { name, tenants } => {
            cleanup::drop_policy(rules, cx, who, &name, &tenants)
        }
        Statement::DeleteBackup { what } => Err(cleanup::delete_backup(who, what)),
        Statement::Archive { on, tenants } => archive::switch(rules, cx, who, on, &tenants),
        Statement::BackupKey { tenants } => backup::key(rules, who, &tenants),
        Statement::BackupParameters { dest } => backup::cluster_parameters(rules, cx, who, &dest),
        Statement::Set(s) => parameters::set(rules, cx, who, &s),
        Statement::SetEncryption { password } => {
            // No name that could be asked for as a variable.
            set_variable(cx, who, " encryption", &password);
            Ok(ok())
        }
        Statement::SetDecryption { passwords } => {
            who.may_super()?;
            set_variable(cx, who, " decryption", &passwords.join("\0"));
            Ok(ok())
        }
        Statement::Restore(s) => restore::restore(rules, cx, who, &s),
        Statement::CancelRestore { name } => restore::cancel(rules, cx, who, &name),
        Statement::CancelRecover => {
            if who.is_sys() {
                who.may_alter_system()?;
                Err(errors::state(4018, "Entry not exist"))
            } else {
                Err(errors::state(
                    4179,
                    "user tenant cancel recover table is not allowed",
                ))
            }
        }
        Statement::Leftover(what) => {
            // Most have nothing to resolve: who may not is told so first.
            if what != Leftover::BackupBackup {
                who.may_alter_system()?;
            }
            Err(leftover(what))
        }
        Statement::CreateTenant {
            name,
            if_not_exists,
            options,
        } => tenants::create(rules, cx, who, &name, if_not_exists, &options),
        Statement::DropTenant {
            name,
            if_exists,
            force,
        } => tenants::drop(rules, cx, who, &name, if_exists, force),
        Statement::LockTenant { name, lock } => tenants::lock(rules, cx, who, &name, lock),
        Statement::CreatePool {
            name,
            if_not_exists,
            options,
        } => tenants::create_pool(rules, who, &name, if_not_exists, &options),
        Statement::DropPool { name, if_exists } => tenants::drop_pool(rules, who, &name, if_exists),
        Statement::CreateUnit {
            name,
            if_not_exists,
        } => tenants::create_unit(rules, who, &name, if_not_exists),
        Statement::DropUnit { name, if_exists } => tenants::drop_unit(rules, who, &name, if_exists),
        Statement::CreateUser {
            users,
            if_not_exists,
        } => tenants::create_users(rules, cx, who, &users, if_not_exists),
        Statement::DropUser { users } => tenants::drop_users(rules, who, &users),
        Statement::Grant {
            on,
            privileges,
            users,
        } => tenants::grant(rules, who, on, privileges, &users),
        Statement::CreateTable(s) => ddl::create_table(rules, cx, who, &s, text),
        Statement::Truncate(table) => rows::truncate(rules, cx, who, &table),
        Statement::DropTable { tables, if_exists } => {
            ddl::drop_tables(rules, cx, who, &tables, if_exists)
        }
        Statement::Database {
            create,
            name,
            if_clause,
        } => ddl::database(rules, cx, who, create, &name, if_clause),
        Statement::Insert(s) => rows::insert(rules, cx, who, &s, text),
        Statement::Change(s) => rows::change(rules, cx, who, &s, text),
        Statement::Show(what) => show::show(rules, cx, who, &what),
        Statement::ShowWhere(s) => {
            let answer = show::show(rules, cx, who, &s.0)?;
            show::filtered(rules, cx, who, answer, &s.1, text)
        }
        Statement::Query(query) => listings::query(rules, cx, who, &query, text),
        Statement::Schema(database) => {
            enter(rules, cx, who, &database)?;
            Ok(ok())
        }
        Statement::Use(database) => {
            enter(rules, cx, who, &database)?;
            let mut answer = ok();
            if let crate::system::Body::Command { tag, .. } = &mut answer.body {
                *tag = "Database changed".to_owned();
            }
            Ok(answer)
        }
        Statement::SetVariables(list) => {
            for (name, value) in list {
                set_variable(cx, who, &name, &value);
            }
            Ok(ok())
        }
        Statement::Transaction(what) => Ok(rows::transaction(rules, cx, who, what)),
        Statement::Nothing => Ok(ok()),
        Statement::Absent => Err(errors::not_supported()
            .hint("this playground does not run this statement; the product may")),
    }
}

/// Makes a database, or a schema, the session's own.
fn enter(rules: &OceanBase, cx: &mut Cx, who: &Who, database: &str) -> Result<()> {
    let known = listings::databases(rules, cx.cluster, who);
    let Some(found) = known.iter().find(|d| who.mode.same(d, database)) else {
        return Err(errors::no_database(database));
    };
    if let Some(session) = cx.sessions.get_mut(who.session.0 as usize) {
        session.database = Rc::from(found.as_str());
    }
    Ok(())
}

/// 3.x statements that still parse (reference 2.4).
fn leftover(what: Leftover) -> crate::base::Error {
    match what {
        Leftover::CancelBackupSet
        | Leftover::ArchiveBackup
        | Leftover::Validate
        | Leftover::CancelValidate => errors::not_supported(),
        Leftover::CancelBackupPiece
        | Leftover::CancelAllBackup
        | Leftover::SuspendBackup
        | Leftover::ResumeBackup => errors::invalid_argument(),
        Leftover::BackupBackup => errors::unsupported("statement type"),
    }
}

/// `Query OK, 0 rows affected`
fn ok() -> Answer {
    Answer::command("Query OK", 0)
}

fn set_variable(cx: &mut Cx, who: &Who, name: &str, value: &str) {
    if let Some(session) = cx.sessions.get_mut(who.session.0 as usize) {
        session.settings.insert(Rc::from(name), Rc::from(value));
    }
}

/// The statement goes on to RootService, which writes into job rows; an error without a leader.
fn root_service(rules: &OceanBase, cx: &mut Cx, who: &Who, rows: &[JobIx]) -> Result<()> {
    let now = cx.now();
    let to = rules
        .root_service(cx.cluster)
        .filter(|&rs| cx.cluster.connected(who.node, rs))
        .ok_or_else(errors::no_root_service)?;
    cx.cluster.show_packet(Packet {
        from: Place::Node(who.node),
        to: Place::Node(to),
        sent: now,
        arrives: now + Duration::from_millis(1),
        label: "to RootService",
        job: rows.first().copied(),
    });
    for &job in rows {
        cx.cluster.show_packet(Packet {
            from: Place::Node(to),
            to: Place::Record(job),
            sent: now,
            arrives: now + Duration::from_millis(2),
            label: "status",
            job: Some(job),
        });
    }
    Ok(())
}

/// Time of day of a moment, for sentences: `10:00:30`.
fn clock(cx: &Cx, at: crate::base::Time) -> String {
    let stamp = super::jobs::stamp(at.unix_us(cx.cluster.epoch_us));
    let part = |from: usize| stamp.get(from..from + 2).unwrap_or("").to_owned();
    format!("{}:{}:{}", part(9), part(11), part(13))
}
