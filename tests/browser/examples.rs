//! Every example of the two pages, typed into the page as a person does, and what a person then
//! sees: the client's text, the status words in their order with the product's delays, ranges that
//! fill and empty again, files that are incomplete, and their cleanup.

use crate::driver::{Page, Result, SECONDS, check};
use crate::harness::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "CANCEL JOB in v26.2: SHOW JOBS, then cancel one job",
        cancel_one_job,
    ),
    case(
        "CANCEL JOBS in v26.2: all jobs of maxroach",
        cancel_jobs_of_maxroach,
    ),
    case(
        "CANCEL JOB in v2.1: SHOW JOBS, then cancel one job",
        cancel_one_job_v2_1,
    ),
    case(
        "CANCEL JOBS in v2.1: all jobs of maxroach",
        cancel_jobs_of_maxroach_v2_1,
    ),
    case(
        "CANCEL BACKUP from sys: all tenants",
        cancel_backup_everywhere,
    ),
    case(
        "CANCEL BACKUP from sys: one tenant",
        cancel_backup_of_one_tenant,
    ),
    case(
        "CANCEL BACKUP from the Oracle tenant",
        cancel_backup_inside_a_tenant,
    ),
    case(
        "the cleanup policy removes what a cancelled backup left",
        cleanup_by_policy,
    ),
];

const INPUT: &str = "[data-testid=console-input]";
const OUTPUT: &str = "[data-testid=console-output]";
const RESTORE: &str = "27536791415282";
const CANCEL_MAXROACH: &str =
    "CANCEL JOBS (SELECT job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach');";

fn open(page: &Page, scenario: &str) -> Result {
    page.goto(&format!("?scenario={scenario}&seed=42&speed=10"))?;
    page.wait_for(INPUT, SECONDS(30))?;
    Ok(())
}

fn enter(page: &Page, line: &str) -> Result {
    page.enter(INPUT, line)
}

/// Waits until some output holds `text`.
fn sees(page: &Page, text: &str) -> Result {
    page.wait_text(OUTPUT, text, SECONDS(20))
}

fn number(text: Option<String>) -> u64 {
    text.and_then(|t| t.parse().ok()).unwrap_or(0)
}

fn card(id: &str) -> String {
    format!("[data-testid=job-card][data-job-id='{id}']")
}

/// Waits until the job's card shows this status: as attribute and as a word on the card.
fn card_shows(page: &Page, id: &str, status: &str) -> Result {
    page.wait_until(&format!("job {id} to be {status}"), SECONDS(60), |page| {
        let card = page.wait_for(&card(id), SECONDS(1))?;
        Ok(card.attribute("data-status")?.as_deref() == Some(status)
            && card.text()?.to_lowercase().contains(&status.to_lowercase()))
    })
}

/// Selects the job and reads its history: (status, microseconds) as the panel lists it.
fn history(page: &Page, id: &str) -> Result<Vec<(String, u64)>> {
    page.find(&card(id))?.click()?;
    page.wait_for(
        &format!("[data-testid=job-panel][data-job-id='{id}']"),
        SECONDS(10),
    )?;
    let mut rows = Vec::new();
    for row in page.find_all("[data-testid=history-row]")? {
        let status = row.attribute("data-status")?.unwrap_or_default();
        check(
            row.text()?.contains(&status),
            format!("the row says {status}"),
        )?;
        rows.push((status, number(row.attribute("data-us")?)));
    }
    // The panel lists the newest first.
    rows.reverse();
    Ok(rows)
}

fn statuses(history: &[(String, u64)]) -> Vec<&str> {
    history.iter().map(|(s, _)| s.as_str()).collect()
}

/// Bytes held in all spaces that the picture shows with this word in their title.
fn held(page: &Page, title: &str) -> Result<u64> {
    let mut sum = 0;
    for space in page.find_all("[data-testid=space]")? {
        if space
            .attribute("data-title")?
            .is_some_and(|t| t.contains(title))
        {
            sum += number(space.attribute("data-held")?);
        }
    }
    Ok(sum)
}

fn show_jobs_lists_the_restore(page: &Page) -> Result {
    enter(page, "SHOW JOBS;")?;
    sees(page, RESTORE)?;
    sees(page, "RESTORE db.* FROM 'azure://backup/db/tbl'")?;
    sees(page, "job_id")
}

fn fills(page: &Page) -> Result<u64> {
    let first = held(page, "db.")?;
    page.wait_until("the restore's ranges to fill", SECONDS(30), |page| {
        Ok(held(page, "db.")? > first)
    })?;
    held(page, "db.")
}

fn empties(page: &Page, from: u64) -> Result {
    check(from > 0, "ranges had been filled")?;
    page.wait_until("the restore's ranges to empty again", SECONDS(60), |page| {
        Ok(held(page, "db.")? < from / 100)
    })
}

fn cancel_one_job(page: &Page) -> Result {
    open(page, "cockroachdb-cancel-job")?;
    show_jobs_lists_the_restore(page)?;
    let full = fills(page)?;
    // The clock stands: the request can be seen waiting.
    enter(page, "\\pause")?;
    enter(page, &format!("CANCEL JOB {RESTORE};"))?;
    sees(page, "CANCEL JOBS 1")?;
    card_shows(page, RESTORE, "cancel-requested")?;
    enter(page, "\\speed 60x")?;
    enter(page, "\\play")?;
    card_shows(page, RESTORE, "canceled")?;
    empties(page, full)?;
    let history = history(page, RESTORE)?;
    let words = statuses(&history);
    check(
        words.ends_with(&["running", "cancel-requested", "reverting", "canceled"]),
        format!("the statuses are in their order: {words:?}"),
    )?;
    let n = history.len();
    // The claiming node serves requests every 10 s ± 1/6; then a node must claim the job again (30 s ± 1/6).
    let served = history[n - 2].1 - history[n - 3].1;
    check(
        served > 0 && served <= 11_700_000,
        format!("served after {served} µs"),
    )?;
    let undone = history[n - 1].1 - history[n - 2].1;
    check(undone > 1_000_000, format!("undo is work: {undone} µs"))?;
    // A job that cannot be cancelled gives the space back.
    enter(
        page,
        "SELECT job_type, status, description FROM [SHOW JOBS];",
    )?;
    sees(page, "GC for RESTORE")?;
    page.no_errors()
}

fn ids_of_maxroach(page: &Page) -> Result<Vec<String>> {
    enter(page, "\\format csv")?;
    enter(
        page,
        "SELECT 'id', job_id FROM [SHOW JOBS] WHERE user_name = 'maxroach';",
    )?;
    let mut ids = Vec::new();
    page.wait_until("the ids", SECONDS(20), |page| {
        Ok(page
            .find_all(OUTPUT)?
            .iter()
            .any(|o| o.text().is_ok_and(|t| t.contains("\nid,"))))
    })?;
    for output in page.find_all(OUTPUT)? {
        let text = output.text()?;
        let found = text.lines().filter_map(|l| l.strip_prefix("id,"));
        ids.extend(found.map(str::to_owned));
    }
    enter(page, "\\format table")?;
    check(
        ids.len() >= 3,
        format!("maxroach has at least three jobs: {ids:?}"),
    )?;
    Ok(ids)
}

fn cancel_jobs_of_maxroach(page: &Page) -> Result {
    open(page, "cockroachdb-cancel-job")?;
    let ids = ids_of_maxroach(page)?;
    enter(page, CANCEL_MAXROACH)?;
    sees(page, &format!("CANCEL JOBS {}", ids.len()))?;
    enter(page, "\\speed 60x")?;
    enter(page, "\\play")?;
    for id in &ids {
        card_shows(page, id, "canceled")?;
        let history = history(page, id)?;
        let words = statuses(&history);
        check(
            words.ends_with(&["cancel-requested", "reverting", "canceled"]),
            format!("{id}: {words:?}"),
        )?;
    }
    // The restore of root was not named.
    let restore = page.find(&card(RESTORE))?.attribute("data-status")?;
    check(
        matches!(restore.as_deref(), Some("running" | "succeeded")),
        format!("the restore goes on: {restore:?}"),
    )?;
    // What the backup wrote stays and stands out.
    page.wait_until("incomplete files", SECONDS(20), |page| {
        let groups = page.find_all("[data-testid=file-group][data-state=incomplete]")?;
        let mut seen = false;
        for group in groups {
            seen |= group.text()?.contains("incomplete");
        }
        Ok(seen)
    })?;
    page.no_errors()
}

fn cancel_one_job_v2_1(page: &Page) -> Result {
    open(page, "cockroachdb-v2.1-cancel-job")?;
    show_jobs_lists_the_restore(page)?;
    let full = fills(page)?;
    enter(page, &format!("CANCEL JOB {RESTORE};"))?;
    sees(page, "CANCEL JOBS 1")?;
    // v2.1 writes the final status in the statement itself.
    card_shows(page, RESTORE, "canceled")?;
    let history = history(page, RESTORE)?;
    let words = statuses(&history);
    check(
        words.ends_with(&["running", "canceled"]),
        format!("{words:?}"),
    )?;
    enter(page, "\\speed 60x")?;
    enter(page, "\\play")?;
    empties(page, full)?;
    page.no_errors()
}

fn cancel_jobs_of_maxroach_v2_1(page: &Page) -> Result {
    open(page, "cockroachdb-v2.1-cancel-job")?;
    let ids = ids_of_maxroach(page)?;
    enter(page, CANCEL_MAXROACH)?;
    sees(page, &format!("CANCEL JOBS {}", ids.len()))?;
    for id in &ids {
        card_shows(page, id, "canceled")?;
    }
    page.no_errors()
}

/// The ids of the tenants' own jobs are small numbers and not unique: cards are found by tenant.
fn backup_cards(page: &Page, status: &str) -> Result<usize> {
    Ok(page
        .find_all(&format!("[data-testid=job-card][data-status={status}]"))?
        .len())
}

fn backup_runs(page: &Page) -> Result {
    open(page, "oceanbase-cancel-backup")?;
    enter(
        page,
        "SELECT TENANT_ID, JOB_ID, STATUS FROM CDB_OB_BACKUP_JOBS;",
    )?;
    sees(page, "DOING")?;
    page.wait_until("files to be written", SECONDS(30), |page| {
        let mut writing = 0;
        for group in page.find_all("[data-testid=file-group]")? {
            let state = group.attribute("data-state")?;
            writing += usize::from(state.as_deref() == Some("writing"));
        }
        Ok(writing >= 2)
    })?;
    // The clock stands: CANCELING can be seen.
    enter(page, "\\pause")
}

fn cancel_backup_everywhere(page: &Page) -> Result {
    backup_runs(page)?;
    enter(page, "ALTER SYSTEM CANCEL BACKUP;")?;
    sees(page, "Query OK, 0 rows affected")?;
    page.wait_until("CANCELING", SECONDS(10), |page| {
        Ok(backup_cards(page, "CANCELING")? >= 2)
    })?;
    enter(page, "\\speed 60x")?;
    enter(page, "\\play")?;
    page.wait_until("CANCELED", SECONDS(30), |page| {
        Ok(backup_cards(page, "CANCELED")? >= 3)
    })?;
    // Both tenants' sets are incomplete, and the view says FAILED, not CANCELED.
    incomplete_groups(page, 2)?;
    enter(
        page,
        "SELECT TENANT_ID, STATUS, FILE_STATUS FROM CDB_OB_BACKUP_SET_FILES;",
    )?;
    sees(page, "INCOMPLETE")?;
    enter(
        page,
        "SELECT TENANT_ID, STATUS, RESULT FROM CDB_OB_BACKUP_JOB_HISTORY ORDER BY TENANT_ID;",
    )?;
    sees(page, "-4072")?;
    page.no_errors()
}

fn incomplete_groups(page: &Page, n: usize) -> Result {
    page.wait_until(&format!("{n} incomplete sets"), SECONDS(30), |page| {
        let groups = page.find_all("[data-testid=file-group][data-state=incomplete]")?;
        let mut seen = 0;
        for group in &groups {
            seen += usize::from(group.text()?.contains("incomplete"));
        }
        Ok(seen == n)
    })
}

fn cancel_backup_of_one_tenant(page: &Page) -> Result {
    backup_runs(page)?;
    enter(page, "ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant;")?;
    sees(page, "Query OK, 0 rows affected")?;
    page.wait_until("CANCELING", SECONDS(10), |page| {
        Ok(backup_cards(page, "CANCELING")? == 1)
    })?;
    enter(page, "\\speed 60x")?;
    enter(page, "\\play")?;
    page.wait_until("CANCELED", SECONDS(30), |page| {
        Ok(backup_cards(page, "CANCELED")? == 1)
    })?;
    incomplete_groups(page, 1)?;
    // The other tenant's backup goes on to its end; the parent then ends FAILED with the child's result.
    page.wait_until("the other tenant", SECONDS(60), |page| {
        Ok(backup_cards(page, "COMPLETED")? == 1 && backup_cards(page, "FAILED")? == 1)
    })?;
    page.no_errors()
}

fn cancel_backup_inside_a_tenant(page: &Page) -> Result {
    backup_runs(page)?;
    enter(page, "\\connect SYS@oracle_tenant")?;
    page.wait_for(
        "[data-testid=session-tab][data-session='SYS@oracle_tenant']",
        SECONDS(10),
    )?;
    page.wait_until("the tenant's prompt", SECONDS(10), |page| {
        Ok(page.text()?.contains("obclient [SYS]>"))
    })?;
    enter(page, "ALTER SYSTEM CANCEL BACKUP;")?;
    sees(page, "Query OK, 0 rows affected")?;
    enter(page, "\\speed 60x")?;
    enter(page, "\\play")?;
    page.wait_until("CANCELED", SECONDS(30), |page| {
        Ok(backup_cards(page, "CANCELED")? == 1)
    })?;
    incomplete_groups(page, 1)?;
    page.no_errors()
}

fn cleanup_by_policy(page: &Page) -> Result {
    backup_runs(page)?;
    enter(page, "ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant;")?;
    enter(page, "\\speed 60x")?;
    enter(page, "\\play")?;
    incomplete_groups(page, 1)?;
    enter(
        page,
        "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '10m' TENANT mysql_tenant;",
    )?;
    sees(page, "Query OK, 0 rows affected")?;
    // The run is hourly, and takes only what ended before the window.
    enter(page, "\\advance 2h10m")?;
    incomplete_groups(page, 0)?;
    enter(
        page,
        "SELECT TENANT_ID, FILE_STATUS FROM CDB_OB_BACKUP_SET_FILES WHERE FILE_STATUS = 'DELETED';",
    )?;
    sees(page, "DELETED")?;
    page.no_errors()
}
