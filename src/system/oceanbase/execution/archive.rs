//! ARCHIVELOG, NOARCHIVELOG and the archive destination (reference: oceanbase-backup 2.2, 2.3, 3.9).

use super::super::grammar::Tenants;
use super::super::model::ArchiveDest;
use super::super::privileges::{self, Who};
use super::super::{Cx, OceanBase, SYS, errors};
use super::cleanup::time_text;
use super::destination::{destination, locate, register};
use super::parameters::free_for;
use super::{ok, root_service};
use crate::base::{Duration, Result};
use crate::cluster::TenantIx;
use crate::system::Answer;
use std::rc::Rc;

const DAY: i64 = 86_400_000_000;

pub fn switch(
    rules: &mut OceanBase,
    cx: &mut Cx,
    who: &Who,
    on: bool,
    tenants: &Tenants,
) -> Result<Answer> {
    let (targets, listed) = resolve(rules, who, tenants)?;
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    for tenant in targets {
        let done = if on {
            archive_on(rules, cx, tenant)
        } else {
            archive_off(rules, cx, tenant)
        };
        // For all tenants at once, what fails for one is swallowed (reference 2.1).
        if listed {
            done?;
        }
    }
    Ok(ok())
}

/// The tenants, and whether they were named (or are the own one): then errors are told.
fn resolve(rules: &OceanBase, who: &Who, tenants: &Tenants) -> Result<(Vec<TenantIx>, bool)> {
    let all = || {
        rules
            .tenants
            .keys()
            .copied()
            .filter(|&t| t != SYS)
            .collect()
    };
    match (who.is_sys(), tenants) {
        (false, None) => Ok((vec![who.tenant], true)),
        (false, Some(_)) => Err(errors::access_denied()),
        (true, None) => Ok((all(), false)),
        (true, Some(list)) => {
            // In the order of the list; `all` and its like are no names here.
            let (mut every, mut part) = (false, false);
            let mut found = Vec::new();
            for (i, name) in list.iter().enumerate() {
                let is = |word: &str| name.value.eq_ignore_ascii_case(word);
                if is("all") {
                    every = true;
                } else if is("all_user") || is("all_meta") {
                    part = true;
                } else {
                    found.extend(privileges::named(rules, std::slice::from_ref(name))?);
                    if list.iter().take(i).any(|n| n.value == name.value) {
                        return Err(errors::unsupported(format_args!(
                            "duplicate tenant {} is",
                            name.value
                        )));
                    }
                }
            }
            if (every || part) && list.len() > 1 {
                return Err(errors::unsupported(
                    "all/all_user/all_meta in combination with other names is",
                ));
            }
            if part {
                return Err(errors::unsupported(
                    "use all_user/all_meta in 'ALTER SYSTEM ARCHIVELOG' syntax is",
                ));
            }
            Ok(if every { (all(), false) } else { (found, true) })
        }
    }
}

fn archive_on(rules: &mut OceanBase, cx: &mut Cx, tenant: TenantIx) -> Result<()> {
    let Some(t) = rules.tenants.get(&tenant) else {
        return Ok(());
    };
    if t.archive.on {
        return Err(errors::state(9091, "Already in ARCHIVELOG mode"));
    }
    let cannot = || errors::state(9023, "cannot start log archive backup");
    let Some(dest) = t.archive.dest.clone().filter(|d| d.enabled) else {
        return Err(cannot());
    };
    // The last round must have come to its end.
    let status = rules.archive_status(cx, tenant);
    if !matches!(status, "" | "STOP") {
        return Err(cannot());
    }
    if cx
        .cluster
        .dest(dest.dest)
        .is_some_and(|d| d.unreachable || d.full)
    {
        return Err(cannot());
    }
    rules.start_round(cx, tenant, dest);
    Ok(())
}

fn archive_off(rules: &mut OceanBase, cx: &mut Cx, tenant: TenantIx) -> Result<()> {
    let now = cx.now();
    let Some(t) = rules.tenants.get_mut(&tenant) else {
        return Ok(());
    };
    if !t.archive.on {
        return Err(errors::state(9092, "Already in NOARCHIVELOG mode"));
    }
    t.archive.on = false;
    if let Some(job) = t.archive.rounds.last().map(|r| r.job) {
        let _ = cx.cluster.advance_job(now, job, "stop", "NOARCHIVELOG");
        rules.next_step(cx, tenant, Duration::from_millis(1_200));
    }
    Ok(())
}

/// `SET LOG_ARCHIVE_DEST = 'LOCATION=uri [BINDING=…] [PIECE_SWITCH_INTERVAL=…]'`
pub fn set_dest(rules: &mut OceanBase, cx: &mut Cx, tenant: TenantIx, value: &str) -> Result<()> {
    let mut location = None;
    let mut binding = "Optional";
    let mut interval_us = DAY;
    for part in value.split_whitespace() {
        let Some((name, text)) = part.split_once('=') else {
            return Err(errors::invalid_argument());
        };
        match name.to_ascii_uppercase().as_str() {
            "LOCATION" => location = Some(text),
            "BINDING" if text.eq_ignore_ascii_case("mandatory") => binding = "Mandatory",
            "BINDING" if text.eq_ignore_ascii_case("optional") => binding = "Optional",
            "PIECE_SWITCH_INTERVAL" => {
                interval_us = time_text(text)
                    .filter(|us| (DAY..=7 * DAY).contains(us))
                    .ok_or_else(|| {
                        errors::unsupported("invalid piece_switch_interval out of range [1d,7d] is")
                    })?;
            }
            _ => return Err(errors::invalid_argument()),
        }
    }
    let Some(uri) = location.filter(|l| !l.is_empty()) else {
        return Err(errors::unsupported("set archive dest without location is"));
    };
    let at = locate(uri)?;
    if rules.tenants.get(&tenant).is_some_and(|t| t.archive.on)
        || !matches!(rules.archive_status(cx, tenant), "" | "STOP")
    {
        return Err(errors::unsupported(
            "change archive dest when archive is running is",
        ));
    }
    let dest = destination(cx, &at)?;
    free_for(rules, cx, tenant, dest, &at.path, false)?;
    let Some(t) = rules.tenants.get_mut(&tenant) else {
        return Ok(());
    };
    t.archive.dest = Some(ArchiveDest {
        dest,
        id: register(t, &at, dest, false),
        value: Rc::from(at.value()),
        path: at.path,
        binding,
        interval_us,
        enabled: true,
    });
    super::parameters::mark_dest(cx, dest, t.id);
    Ok(())
}

/// `SET LOG_ARCHIVE_DEST_STATE = 'ENABLE' | 'DEFER'`
pub fn set_state(rules: &mut OceanBase, cx: &mut Cx, tenant: TenantIx, value: &str) -> Result<()> {
    let now = cx.now();
    let enable = match value.to_ascii_uppercase().as_str() {
        "ENABLE" => true,
        "DEFER" => false,
        _ => return Err(errors::invalid_argument()),
    };
    let Some(t) = rules.tenants.get_mut(&tenant) else {
        return Ok(());
    };
    let Some(dest) = &mut t.archive.dest else {
        return Err(errors::unsupported("log_archive_dest is not set, it is"));
    };
    dest.enabled = enable;
    let Some(job) = t.archive.rounds.last().map(|r| r.job) else {
        return Ok(());
    };
    let event = if enable { "enable" } else { "defer" };
    if cx
        .cluster
        .advance_job(now, job, event, "LOG_ARCHIVE_DEST_STATE")
        .is_ok()
    {
        rules.next_step(cx, tenant, Duration::from_millis(1_200));
    }
    Ok(())
}
