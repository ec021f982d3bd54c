//! Policies and CANCEL DELETE BACKUP (reference: oceanbase-backup 2.2 to 2.4, 4.2).

use super::super::grammar::{AddPolicy, DeleteWhat, Tenants};
use super::super::model::{Payload, Policy};
use super::super::privileges::{self, Who};
use super::super::{Cx, OceanBase, SYS, errors};
use super::{clock, ok, root_service};
use crate::base::{Duration, Error, Result};
use crate::cluster::{JobIx, TenantIx};
use crate::system::Answer;
use std::rc::Rc;

/// The one tenant of a policy: named in sys, the own one elsewhere.
fn one_tenant(rules: &OceanBase, who: &Who, tenants: &Tenants) -> Result<Option<TenantIx>> {
    let only = "only one tenant name can be specified";
    match (who.is_sys(), tenants) {
        (false, None) => Ok(Some(who.tenant)),
        (false, Some(_)) => Err(privileges::own_tenant_only()),
        (true, None) => Err(errors::unsupported(format_args!(
            "Too little tenant names specified, {only}"
        ))),
        // Each is looked up first, and counted once.
        (true, Some(list)) => match privileges::named(rules, list)?.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(errors::unsupported(format_args!(
                "Too many tenant names specified, {only}"
            ))),
        },
    }
}

fn policy_name(name: &str) -> Result<()> {
    // Compared as written: 'DEFAULT' is another name.
    if name == "default" {
        return Ok(());
    }
    Err(errors::unsupported(
        "The policy name is not 'default', it is",
    ))
}

pub fn add_policy(rules: &mut OceanBase, cx: &mut Cx, who: &Who, s: &AddPolicy) -> Result<Answer> {
    policy_name(&s.name)?;
    let tenant = one_tenant(rules, who, &s.tenants)?;
    if s.window.is_none() && s.redundancy.is_none() {
        return Err(errors::unsupported(
            "Neither recovery_window nor redundancy is set",
        ));
    }
    // An empty window is none; with one the redundancy is ignored.
    let window_us = match s.window.as_deref().unwrap_or("") {
        "" if s.redundancy.is_some_and(|n| n != 1) => {
            return Err(errors::unsupported("Redundancy not equal to 1 is"));
        }
        "" => 0,
        text => time_text(text)
            .ok_or_else(|| errors::unsupported("recovery window is not be time string"))?,
    };
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    let now = cx.now();
    let Some(t) = tenant.and_then(|ix| rules.tenants.get_mut(&ix)) else {
        // A meta tenant has no sets to clean.
        return Ok(ok());
    };
    if t.policy.is_some() {
        return Err(errors::duplicate_key(&format!("{}-default", t.id)));
    }
    t.policy = Some(Policy {
        window: Rc::from(s.window.as_deref().unwrap_or("")),
        window_us,
        redundancy: s.redundancy.unwrap_or(1),
        copies: s.copies.unwrap_or(0),
    });
    let (name, cleanup) = (t.name.clone(), t.cleanup);
    let text = format!(
        "{name} has a cleanup policy now; nothing is cleaned before the hourly run at {}",
        clock(cx, cleanup)
    );
    cx.cluster.tell(now, None, None, &text);
    Ok(ok())
}

/// The running delete job is not touched; without a policy there is nothing to do, silently.
pub fn drop_policy(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    name: &str,
    tenants: &Tenants,
) -> Result<Answer> {
    policy_name(name)?;
    let tenant = one_tenant(rules, who, tenants)?;
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    let now = cx.now();
    if let Some(t) = tenant.and_then(|ix| rules.tenants.get_mut(&ix))
        && t.policy.take().is_some()
    {
        let text = format!("{} has no cleanup policy any more", t.name);
        cx.cluster.tell(now, None, None, &text);
    }
    Ok(ok())
}

/// CANCEL DELETE BACKUP: rows in INIT or DOING become CANCELING, silently if there are none.
pub fn cancel(rules: &mut OceanBase, cx: &mut Cx, who: &Who, tenants: &Tenants) -> Result<Answer> {
    let targets = privileges::targets(rules, who, tenants, privileges::own_tenant_only)?;
    who.may_alter_system()?;
    let targets = targets.unwrap_or_else(|| {
        rules
            .tenants
            .keys()
            .copied()
            .filter(|&t| t != SYS)
            .collect()
    });
    let rows: Vec<JobIx> = targets
        .iter()
        .filter_map(|t| rules.tenants.get(t))
        .flat_map(|t| t.current.iter().copied())
        .filter(|&j| {
            matches!(rules.payload(j), Some(Payload::Delete(_)))
                && cx
                    .cluster
                    .job(j)
                    .is_some_and(|j| matches!(j.status, "INIT" | "DOING"))
        })
        .collect();
    root_service(rules, cx, who, &rows)?;
    let now = cx.now();
    for job in rows {
        if cx
            .cluster
            .advance_job(now, job, "cancel", &who.user)
            .is_ok()
        {
            rules.note(
                cx,
                job,
                "the request stands in the row; the service has not looked yet",
            );
            let text = format!("{}: CANCELING is written", rules.job_name(cx, job));
            cx.cluster.tell(now, Some(job), None, &text);
        }
    }
    Ok(ok())
}

/// Manual deletion does not exist before 4.4: parsed, then refused (reference 2.4).
pub fn delete_backup(who: &Who, what: DeleteWhat) -> Error {
    // In sys the resolver never reads the TENANT clause.
    if who.is_sys() && what != DeleteWhat::Obsolete {
        return errors::unsupported("need to specify a tenant name");
    }
    errors::unsupported("function is")
}

/// A time text of the server: `7d`, `24h`, `30m`, `10s`, `1w`, `500ms`; a bare number is seconds.
/// Microseconds.
pub fn time_text(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let at = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let scale: u64 = match unit.to_ascii_lowercase().as_str() {
        "us" => 1,
        "ms" => 1_000,
        "" | "s" => 1_000_000,
        "m" | "min" => 60_000_000,
        "h" => Duration::from_hours(1).0,
        "d" => Duration::from_hours(24).0,
        "w" => Duration::from_hours(168).0,
        _ => return None,
    };
    let us = number.parse::<u64>().ok()?.checked_mul(scale)?;
    let us = i64::try_from(us).ok()?;
    Some(if negative { -us } else { us })
}
