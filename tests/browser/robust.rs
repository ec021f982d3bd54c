//! What the page does with too much, with nonsense, and when the program stops.

use crate::driver::{Page, Result, SECONDS, check};
use crate::harness::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "input of a megabyte is an error, and the session goes on",
        megabyte,
    ),
    case(
        "a statement over several lines runs when it is complete",
        lines,
    ),
    case("a link's lines run after the person has agreed", link),
    case("a scenario of another system is another program", programs),
    case(
        "a stopped program loses nothing and goes on from the moment before",
        stopped,
    ),
];

/// What is pasted after `\\scenario` runs where that scenario is, in another program; and back again.
fn programs(page: &Page) -> Result {
    open(page, "?scenario=cockroachdb&seed=7")?;
    paste(
        page,
        r"'\\scenario oceanbase seed 5\nSHOW TENANT;\nSELECT tenant_name FROM DBA_OB_TENANTS;'",
    )?;
    page.press(&["\u{E007}"])?;
    page.wait_text(".product", "OceanBase", SECONDS(30))?;
    page.wait_text(OUTPUT, "Current_tenant_name", SECONDS(10))?;
    page.wait_text(OUTPUT, "oracle_tenant", SECONDS(10))?;
    page.enter(INPUT, "\\log")?;
    page.wait_text(OUTPUT, "\\scenario oceanbase seed 5", SECONDS(10))?;
    page.js(
        "const s = document.querySelector('[data-testid=scenario-select]'); \
         s.value = 'cockroachdb-v2.1'; s.dispatchEvent(new Event('change', {bubbles: true}));",
        &[],
    )?;
    page.wait_text(".product", "v2.1", SECONDS(30))?;
    page.enter(INPUT, "SHOW DATABASES;")?;
    page.wait_text(OUTPUT, "movr", SECONDS(10))?;
    page.no_errors()
}

const INPUT: &str = "[data-testid=console-input]";
const OUTPUT: &str = "[data-testid=console-output]";

fn open(page: &Page, link: &str) -> Result {
    page.goto(link)?;
    page.wait_for(INPUT, SECONDS(30))?;
    Ok(())
}

/// Puts text into the field as a paste does; WebDriver types too slowly for this much.
fn paste(page: &Page, text: &str) -> Result {
    let script = format!(
        "const t = document.querySelector('{INPUT}'); t.focus(); t.value = {text}; \
         t.dispatchEvent(new Event('input', {{bubbles: true}}));"
    );
    page.js(&script, &[])?;
    Ok(())
}

fn megabyte(page: &Page) -> Result {
    open(page, "?seed=42")?;
    for text in [
        "'SELECT ' + '1 + '.repeat(260000) + '1;'",
        "'SELECT ' + '('.repeat(8000) + '1' + ')'.repeat(8000) + ';'",
        "'SELECT \\u0000 \\ud800;'",
    ] {
        let before = page.find_all("[data-kind=error]")?.len();
        paste(page, text)?;
        page.press(&["\u{E007}"])?;
        page.wait_until("an error", SECONDS(20), |page| {
            Ok(page.find_all("[data-kind=error]")?.len() > before)
        })?;
    }
    page.enter(INPUT, "SELECT 40 + 2;")?;
    page.wait_text("[data-kind=output]", "42", SECONDS(10))?;
    page.no_errors()
}

fn lines(page: &Page) -> Result {
    open(page, "?seed=42")?;
    page.enter(INPUT, "SELECT 40 +")?;
    // No click: it would put the caret where it hits.
    page.find(INPUT)?.type_keys("2;\u{E007}")?;
    page.wait_text("[data-kind=output]", "42", SECONDS(10))?;
    page.wait_text("[data-kind=input]", "->", SECONDS(10))
}

fn link(page: &Page) -> Result {
    open(page, "?seed=42&command=SELECT%2040%20%2B%202%3B&unknown=1")?;
    page.wait_for("[data-testid=command-prompt]", SECONDS(10))?;
    check(page.find_all(OUTPUT)?.is_empty(), "nothing runs unasked")?;
    page.find("[data-testid=command-run]")?.click()?;
    page.wait_text("[data-kind=output]", "42", SECONDS(10))
}

fn stopped(page: &Page) -> Result {
    open(page, "?seed=42")?;
    page.enter(INPUT, "SELECT 40 + 2;")?;
    page.wait_text("[data-kind=output]", "42", SECONDS(10))?;
    paste(page, "'SELECT unfinished'")?;
    page.js("__jobscope_trap()", &[])?;
    page.wait_for("[data-testid=stopped]", SECONDS(10))?;
    let log = "return document.querySelector('[data-testid=run-log]').value";
    let log = page.js(log, &[])?;
    let log = log.as_str().unwrap_or_default();
    for part in ["\\scenario", "SELECT 40 + 2;", "SELECT unfinished"] {
        check(log.contains(part), format!("the run log has {part}: {log}"))?;
    }
    page.find("[data-testid=resume]")?.click()?;
    page.wait_text("[data-kind=output]", "42", SECONDS(30))?;
    page.wait_until("the unfinished text", SECONDS(10), |page| {
        let value = format!("return document.querySelector('{INPUT}').value");
        Ok(page.js(&value, &[])?.as_str() == Some("SELECT unfinished"))
    })
}
