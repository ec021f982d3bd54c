//! ALTER BACKUP SCHEDULE, which the reference does not name: `pkg/backup/alter_backup_schedule.go`.

use super::super::grammar::{
    ALTER_ALWAYS, ALTER_EXECUTE, ALTER_EXECUTE_FULL, ALTER_FULL, ALTER_LABEL, ALTER_RECURRING,
    Options,
};
use super::super::{Cockroach, Cx, errors};
use super::schedules::{INCREMENT, ON_ERRORS, Plan, WAITING, WAITS, created};
use super::{Call, Outcome, rows, tag};
use crate::base::Result;
use std::rc::Rc;

impl Cockroach {
    /// Changes a full schedule and its increments, whichever of the two is named.
    pub(crate) fn alter_schedule(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        id: i64,
        changes: &Options,
    ) -> Result<Outcome> {
        let found = self.schedules.get(&id);
        let Some(x) = found.filter(|x| x.tenant == call.tenant && x.kind == "BACKUP") else {
            let text = format!("scheduled job with ID {id} does not exist");
            return Err(errors::uncategorised(self.profile, &text));
        };
        if !self.may_schedule(cx, call, x) {
            return Err(errors::refused(
                "must be admin or the owner of the schedules being altered, or have REPAIRCLUSTER privilege",
            ));
        }
        let (full, mut inc) = match x.pair {
            Some(full) if x.statement.contains(INCREMENT) => (full, Some(id)),
            pair => (id, pair),
        };
        let Some(mut old) = self.schedules.get(&full).cloned() else {
            return tag("ALTER BACKUP SCHEDULE");
        };
        // All is looked at before anything is changed.
        let mut cron = old.cron.to_string();
        let mut often = inc.and_then(|i| Some(self.schedules.get(&i)?.cron.to_string()));
        if changes.get(ALTER_ALWAYS).is_some() {
            cron = often.take().unwrap_or(cron);
        }
        if let Some(text) = self.option_text(cx, call, changes, ALTER_FULL)? {
            let was = std::mem::replace(&mut cron, text);
            often = often.or(Some(was));
        }
        if let Some(text) = self.option_text(cx, call, changes, ALTER_RECURRING)? {
            *often.as_mut().unwrap_or(&mut cron) = text;
        }
        self.more_often(cx, often.as_deref().unwrap_or(&cron), &cron)?;
        if changes.get("on_previous_running").is_some() {
            old.wait = self.behaviour(cx, call, changes, "on_previous_running", &WAITS)?;
        }
        if changes.get("on_execution_failure").is_some() {
            old.on_error = self.behaviour(cx, call, changes, "on_execution_failure", &ON_ERRORS)?;
        }
        if let Some(text) = self.option_text(cx, call, changes, ALTER_LABEL)? {
            old.label = Rc::from(text);
        }
        let runs = match (changes.get(ALTER_EXECUTE), changes.get(ALTER_EXECUTE_FULL)) {
            (_, Some(_)) => Some(full),
            (Some(_), None) => often.as_ref().map_or(Some(full), |_| inc.or(Some(0))),
            _ => None,
        };
        if let Some(id) = runs
            && self.schedules.get(&id).is_none_or(|x| x.next.is_none())
        {
            return Err(errors::uncategorised(
                self.profile,
                "cannot execute a paused schedule; use RESUME SCHEDULE instead",
            ));
        }
        match (inc, &often) {
            (Some(id), None) => {
                self.schedules.remove(&id);
                (inc, old.pair, old.unpauses) = (None, None, None);
            }
            (None, Some(often)) => {
                let (head, tail) = old.statement.split_once(" INTO ").unwrap_or_default();
                let plan = Plan {
                    label: &old.label,
                    kind: "BACKUP",
                    statement: &format!("{head}{INCREMENT}{tail}"),
                    cron: often,
                    wait: "WAIT",
                    on_error: old.on_error,
                };
                let id = self.add_schedule(cx, call, &plan);
                self.set_state(id, WAITING);
                (inc, old.pair, old.unpauses) = (Some(id), Some(id), Some(id));
            }
            _ => {}
        }
        let mut list = Vec::new();
        for (id, cron) in [(inc, often), (Some(full), Some(cron))] {
            let (Some(id), Some(cron)) = (id, cron) else {
                continue;
            };
            let Some(x) = self.schedules.get_mut(&id) else {
                continue;
            };
            let moved = *x.cron != *cron && x.next.is_some();
            x.cron = Rc::from(cron);
            x.label = old.label.clone();
            x.on_error = old.on_error;
            x.passphrase.clone_from(&old.passphrase);
            if id == full {
                (x.wait, x.pair, x.unpauses) = (old.wait, old.pair, old.unpauses);
            } else {
                x.pair = Some(full);
            }
            let next = if runs == Some(id) {
                Some(cx.now())
            } else {
                self.next_run(cx, id)
            };
            if moved || runs == Some(id) {
                self.plan_next(cx, id, next);
            }
            list.push(self.created_row(cx, id));
        }
        cx.cluster.changes += 1;
        rows(created(list, "backup_stmt"))
    }
}
