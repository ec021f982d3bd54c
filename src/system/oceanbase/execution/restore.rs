//! RESTORE and CANCEL RESTORE (reference: oceanbase-backup 1.1, 2.3, 3.8).

use super::super::grammar::{Restore, Until};
use super::super::jobs::scn;
use super::super::model::{Payload, RestoreJob, Set, below};
use super::super::privileges::{self, Who};
use super::super::{Cx, OceanBase, SYS, errors, states};
use super::destination::locate;
use super::{ok, root_service};
use crate::base::{Result, Time};
use crate::cluster::{Job, NewJob, TenantIx};
use crate::query::parse_moment;
use crate::system::Answer;
use std::rc::Rc;

pub fn restore(rules: &mut OceanBase, cx: &mut Cx, who: &Who, s: &Restore) -> Result<Answer> {
    if s.preview && s.tenant.is_empty() && s.until.is_none() {
        return Err(errors::state(
            4179,
            "restore preview must have a scn or timestamp, otherwise is not allowed",
        ));
    }
    super::tenants::check_name(&s.tenant)?;
    // The first moment that is one (public source: `OB_BASE_SCN_TS_NS`).
    if matches!(s.until, Some(Until::Scn(n)) if n <= 1) {
        return Err(errors::incorrect_argument(
            "until scn, it should be positive integer",
        ));
    }
    who.only_sys()?;
    who.may_alter_system()?;
    if s.sources.is_empty() {
        return Err(errors::invalid_argument());
    }
    root_service(rules, cx, who, &[])?;
    let now = cx.now();
    // PREVIEW without a tenant looks at the destination alone.
    let pool = if s.preview && s.tenant.is_empty() {
        String::new()
    } else {
        free_pool(rules, s)?
    };
    let epoch = cx.cluster.epoch_us;
    let mut paths = Vec::new();
    let mut shown = Vec::new();
    for uri in s.sources.split(',') {
        let at = locate(uri.trim())?;
        shown.push(at.value());
        paths.push(at.path);
    }
    // The keys are encrypted wherever the URIs are kept.
    let shown = shown.join(",");
    let told = Restore {
        sources: shown.clone(),
        ..s.clone()
    };
    let until_scn = match &s.until {
        None => None,
        Some(Until::Scn(n)) => Some(*n),
        Some(Until::Time(text)) => Some(
            parse_moment(text)
                .ok_or_else(errors::invalid_argument)?
                .saturating_mul(1_000),
        ),
    };
    let no_log = || errors::state(4018, "No enough log for restore");
    let set = usable(rules, epoch, &paths, until_scn).ok_or_else(no_log)?;
    // A set that was made under SET ENCRYPTION opens to its password only.
    if let Some(password) = &set.password {
        let given = who.settings.get(" decryption");
        if !given.is_some_and(|g| g.split('\0').any(|p| *p == **password)) {
            return Err(errors::state(9047, "invalid password for backup"));
        }
    }
    let unreachable = || errors::state(9070, "can not connect to backup destination");
    if cx
        .cluster
        .dest(set.dest.dest)
        .is_some_and(|d| d.unreachable)
    {
        return Err(unreachable());
    }
    let (source, set_id, min) = (set.tenant, set.id, set.min_restore);
    let Some(source_tenant) = rules.tenants.get(&source) else {
        return Err(no_log());
    };
    let log = source_tenant
        .archive
        .rounds
        .iter()
        .rfind(|r| paths.contains(&r.dest.path));
    if log.is_some_and(|r| cx.cluster.dest(r.dest.dest).is_some_and(|d| d.unreachable)) {
        return Err(unreachable());
    }
    let min = min.unwrap_or(now);
    let upto = log.map_or(min, |r| r.checkpoint.max(min));
    // Beyond the set's own end the log is needed.
    if until_scn.is_some_and(|n| n > scn(epoch, upto)) {
        return Err(no_log());
    }
    if s.preview {
        return Ok(ok());
    }
    let until = until_scn.map_or(upto, |n| {
        Time(u64::try_from((n / 1_000).saturating_sub(epoch)).unwrap_or(0))
    });
    let pieces: Vec<String> = log
        .map(|r| {
            r.pieces
                .iter()
                .map(|p| {
                    let name = format!("piece_d{}r{}p{}", r.dest.id, r.id, p.id);
                    below(&r.dest.path, &name)
                })
                .collect()
        })
        .unwrap_or_default();
    let (source_name, source_id) = (source_tenant.name.clone(), source_tenant.id);
    let Some(sys) = rules.tenants.get_mut(&SYS) else {
        return Ok(ok());
    };
    let id = sys.next_job;
    sys.next_job += 1;
    let job = cx.cluster.add_job(
        Job::new(
            NewJob {
                id,
                tenant: SYS,
                kind: "RESTORE",
                title: Rc::from(format!("RESTORE {}", s.tenant)),
                description: Rc::from(told.to_string()),
                owner: who.user.clone(),
                machine: &states::RESTORE,
                created: now,
                parent: None,
                listed: true,
                note: "RootService creates the tenant",
            },
            "CREATE_TENANT",
        ),
        &who.user,
    );
    sys.current.insert(job);
    sys.jobs.insert(id, job);
    rules.payloads.insert(
        job,
        Rc::new(Payload::Restore(RestoreJob {
            tenant_name: Rc::from(s.tenant.as_str()),
            tenant: None,
            child: None,
            source_tenant: source,
            source_name,
            source_id,
            set: set_id,
            dest: Rc::from(shown),
            options: Rc::from(s.options.as_str()),
            pool: Rc::from(pool),
            until,
            description: Rc::from(s.description.as_str()),
            pieces: Rc::from(pieces.join(",")),
            works: Vec::new(),
            total: 0,
            tablets: 0,
            archived: None,
            comment: Rc::from(""),
        })),
    );
    rules.wake(cx, SYS);
    Ok(ok())
}

/// The pool that a restore names, which must be free, as must be the tenant's name.
fn free_pool(rules: &OceanBase, s: &Restore) -> Result<String> {
    if s.tenant.is_empty() {
        return Err(errors::invalid_argument());
    }
    let pool = pool_of(&s.options)?;
    if rules.tenant_named(&s.tenant).is_some()
        || pending(rules).any(|r| *r.tenant_name == *s.tenant)
    {
        return Err(errors::state(
            5156,
            format!("tenant '{}' already exist", s.tenant),
        ));
    }
    // One whose tenant is about to be created is taken too.
    let wanted = pending(rules).any(|r| *r.pool == *pool);
    let free = rules.pools.get(pool.as_str());
    let free = free.map(|p| p.tenant.is_none() && !wanted);
    match free {
        None => {
            return Err(errors::state(
                4650,
                format!("resource pool '{pool}' not exist"),
            ));
        }
        Some(false) => {
            return Err(errors::state(
                4626,
                format!("resource pool '{pool}' has already been granted to a tenant"),
            ));
        }
        Some(true) => {}
    }
    Ok(pool)
}

/// Restores whose tenant is not there yet.
fn pending(rules: &OceanBase) -> impl Iterator<Item = &RestoreJob> {
    let rows = rules.tenants.get(&SYS).into_iter();
    rows.flat_map(|t| &t.current)
        .filter_map(|&j| rules.restore_job(j))
        .filter(|r| r.archived.is_none() && r.tenant.is_none() && r.comment.is_empty())
}

/// `pool_list=a[&locality=…]`
fn pool_of(options: &str) -> Result<String> {
    let pool = options
        .split('&')
        .filter_map(|o| o.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("pool_list"))
        .map(|(_, value)| value.trim().to_owned());
    match pool {
        Some(pool) if !pool.is_empty() => Ok(pool),
        _ => Err(errors::invalid_argument()),
    }
}

/// The newest successful set under one of the paths that ends at or before the moment.
fn usable<'a>(
    rules: &'a OceanBase,
    epoch: i64,
    paths: &[Rc<str>],
    until_scn: Option<i64>,
) -> Option<&'a Set> {
    rules
        .sets
        .values()
        .map(|s| &**s)
        .filter(|s| s.status == "SUCCESS" && s.file_status == "AVAILABLE")
        .filter(|s| paths.contains(&s.dest.path))
        .filter(|s| match (until_scn, s.min_restore) {
            (Some(n), Some(min)) => scn(epoch, min) <= n,
            (None, Some(_)) => true,
            (_, None) => false,
        })
        .max_by_key(|s| s.end)
}

pub fn cancel(rules: &mut OceanBase, cx: &mut Cx, who: &Who, name: &str) -> Result<Answer> {
    who.only_sys()?;
    who.may_alter_system()?;
    root_service(rules, cx, who, &[])?;
    let found = rules.tenant_named(name).map(|(ix, _)| ix);
    if found.is_none() && !privileges::is_meta(rules, name) {
        return Err(errors::unknown_tenant(name));
    }
    let restoring = |ix: &TenantIx| {
        cx.cluster
            .tenant(*ix)
            .is_some_and(|t| t.status == "RESTORE")
    };
    let Some(ix) = found.filter(restoring) else {
        return Err(errors::state(
            4179,
            "Cancel tenant not in restore is not allowed",
        ));
    };
    rules.cancel_restore(cx, ix);
    Ok(ok())
}
