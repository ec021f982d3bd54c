//! SHOW SCHEDULES, SHOW CREATE SCHEDULE. reference: cockroachdb-jobs 1.1; columns beyond it:
//! `pkg/sql/delegate/show_schedules.go`, `pkg/sql/show_create_schedule.go`

use super::super::grammar::{Literal, ShowSchedules};
use super::super::{Cockroach, Cx, errors, listings};
use super::schedules::{Behaviours, INCREMENT, ON_ERRORS, Schedule, WAITS};
use super::{Call, Outcome, rows};
use crate::base::{Result, Time, Type, Value, json};
use crate::query::Format;
use std::rc::Rc;

const COLUMNS: [(&str, Type); 13] = [
    ("id", Type::Int),
    ("label", Type::Text),
    ("schedule_status", Type::Text),
    ("next_run", Type::TimestampTz),
    ("state", Type::Text),
    ("recurrence", Type::Text),
    ("jobsrunning", Type::Int),
    ("owner", Type::Text),
    ("created", Type::TimestampTz),
    ("on_previous_running", Type::Text),
    ("on_execution_failure", Type::Text),
    ("command", Type::Text),
    ("backup_type", Type::Text),
];
const CREATE: [(&str, Type); 2] = [("schedule_id", Type::Int), ("create_statement", Type::Text)];

impl Cockroach {
    pub(crate) fn show_schedules(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        s: &ShowSchedules,
    ) -> Result<Outcome> {
        let only = match &s.id {
            None => None,
            Some(scalar) => match self.scalar(cx, call, scalar)?.0 {
                Value::Int(id) => Some(id),
                Value::Text(text) => match crate::query::based_int(&text) {
                    Some(id) => Some(id),
                    None => return Err(errors::parse_error(&text, Type::Int)),
                },
                _ => Some(0),
            },
        };
        let epoch = cx.cluster.epoch_us;
        let admin = self.is_admin(cx.cluster, call.tenant, &call.user);
        if s.create && !admin && !self.has_system(call.tenant, &call.user, "VIEWCLUSTERMETADATA") {
            return Err(errors::refused(format!(
                "user {} does not have VIEWCLUSTERMETADATA system privilege",
                call.user
            )));
        }
        // The executor's arguments are of a kind's own.
        let mut columns = COLUMNS;
        if s.kind.is_none() {
            columns[11].1 = Type::Json;
        }
        let columns = &columns[..match s.kind {
            Some("BACKUP") => 13,
            Some("SQL STATISTICS") => 11,
            _ => 12,
        }];
        let mut list = Vec::new();
        for (number, x) in self.schedules.iter() {
            let chosen = x.tenant == call.tenant
                && only.is_none_or(|o| o == *number)
                && s.running.is_none_or(|r| r == x.next.is_some())
                && s.kind.is_none_or(|k| k == x.kind)
                && (admin || s.create || *x.owner == *call.user);
            if !chosen {
                continue;
            }
            let id = Value::Int(*number);
            if s.create {
                let text = match x.table {
                    Some(t) => format!(
                        "ALTER TABLE {} WITH (ttl = 'on', ...)",
                        self.full_name(cx, t)
                    ),
                    None => self.create_statement(x, cx.now(), epoch),
                };
                list.push(vec![id, Value::text(text)]);
                continue;
            }
            let increment = x.statement.contains(INCREMENT);
            let mut row = vec![
                id,
                Value::Text(x.label.clone()),
                Value::text(if x.next.is_some() { "ACTIVE" } else { "PAUSED" }),
                x.next
                    .map_or(Value::Null, |t| Value::TimestampTz(t.unix_us(epoch))),
                if x.state.is_empty() {
                    Value::Null
                } else {
                    Value::Text(x.state.clone())
                },
                Value::Text(x.cron.clone()),
                Value::Int(self.runs(cx, *number, |j| j.status == "running")),
                Value::Text(x.owner.clone()),
                Value::TimestampTz(x.created.unix_us(epoch)),
                Value::text(x.wait),
                Value::text(x.on_error),
                match (s.kind, x.table.and_then(|t| cx.cluster.table(t))) {
                    (_, Some(t)) => Value::Json(Rc::from(format!("{{\"table_id\": {}}}", t.id))),
                    (None, None) => Value::Json(Rc::from(arguments(x, increment))),
                    _ => Value::Text(x.statement.clone()),
                },
                Value::text(if increment { "INCREMENTAL" } else { "FULL" }),
            ];
            row.truncate(columns.len());
            list.push(row);
        }
        rows(listings::result(
            if s.create { &CREATE } else { columns },
            list,
        ))
    }

    /// The statement that would make the schedule anew; a full backup's and its increments' is one.
    fn create_statement(&self, x: &Schedule, now: Time, epoch: i64) -> String {
        let other = x.pair.and_then(|id| self.schedules.get(&id));
        let (full, often) = match other {
            Some(other) if x.statement.contains(INCREMENT) => (other, x),
            Some(other) => (x, other),
            None => (x, x),
        };
        let mut text = format!("CREATE SCHEDULE {} FOR ", Literal(&x.label));
        let statement = full
            .statement
            .replace("CREATE CHANGEFEED FOR ", "CHANGEFEED ");
        // Beyond the reference: `pkg/sql/sem/tree/schedule.go`, whose words around options differ.
        match statement.rsplit_once(" WITH OPTIONS (") {
            Some((head, options)) if x.kind == "BACKUP" => {
                let options = options.strip_suffix(')').unwrap_or(options);
                text.push_str(&format!("{head} WITH {options}"));
            }
            Some((head, options)) => {
                let (options, tail) = match options.split_once(") AS ") {
                    Some((options, query)) => (options, format!(" AS {query}")),
                    None => (options.strip_suffix(')').unwrap_or(options), String::new()),
                };
                text.push_str(&format!("{head} WITH OPTIONS ({options} ){tail}"));
            }
            None => text.push_str(&statement),
        }
        text.push_str(&format!(" RECURRING '{}'", often.cron));
        match (x.kind, other) {
            ("BACKUP", None) => text.push_str(" FULL BACKUP ALWAYS"),
            ("BACKUP", Some(_)) => text.push_str(&format!(" FULL BACKUP '{}'", full.cron)),
            _ => {}
        }
        text.push_str(" WITH SCHEDULE OPTIONS ");
        if x.kind == "BACKUP" {
            // The sooner one of the two, or now.
            let next = [x.next, other.and_then(|o| o.next)].into_iter().flatten();
            let first = Value::TimestampTz(next.min().unwrap_or(now).unix_us(epoch));
            let first = Format::PLAIN.text(&first).unwrap_or_default();
            text.push_str(&format!("first_run = '{first}', "));
        }
        text.push_str(&format!(
            "on_execution_failure = '{}', on_previous_running = '{}'",
            written(&ON_ERRORS, x.on_error),
            written(&WAITS, x.wait)
        ));
        text
    }
}

fn written(words: &Behaviours, stored: &str) -> &'static str {
    let found = words.iter().find(|(_, s, _)| *s == stored);
    found.map_or("", |(_, _, written)| written)
}

/// The executor's arguments, as the listing of all schedules shows them.
fn arguments(x: &Schedule, increment: bool) -> String {
    let backup = x.kind == "BACKUP";
    let mut out = String::from(match backup {
        true => "{\"backup_statement\": ",
        false => "{\"changefeed_statement\": ",
    });
    json::quote(&x.statement, &mut out);
    if backup {
        if increment {
            out.push_str(", \"backup_type\": 1");
        }
        if x.pair.is_some() {
            out.push_str(", \"chain_protected_timestamp_records\": true");
        }
    }
    for (name, id) in [
        ("dependent_schedule_id", x.pair),
        ("unpause_on_success", x.unpauses),
    ] {
        if let Some(id) = id {
            out.push_str(&format!(", \"{name}\": {id}"));
        }
    }
    out.push('}');
    out
}
