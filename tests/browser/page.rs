//! The page as a whole: it loads, and it loads what `cargo xtask size` counts.

use crate::driver::{Page, Result, SECONDS, check};
use crate::harness::{Case, case};
use std::collections::BTreeSet;

pub const CASES: &[Case] = &[
    case("the page loads without console errors", loads),
    case(
        "a first visit downloads what the size budget counts",
        downloads,
    ),
];

fn loads(page: &Page) -> Result {
    page.goto("")?;
    page.wait_until("the playground", SECONDS(20), |page| {
        Ok(page.text()?.contains("Jobscope"))
    })?;
    page.no_errors()
}

fn downloads(page: &Page) -> Result {
    let counted = std::env::var("JOBSCOPE_FIRST_VISIT").unwrap_or_default();
    check(counted.lines().count() > 1, "nothing was counted")?;
    for line in counted.lines() {
        let (system, files) = line.split_once(' ').unwrap_or((line, ""));
        page.goto(&format!("?system={system}"))?;
        page.wait_until("the playground", SECONDS(20), |page| {
            Ok(page.text()?.contains("Reset"))
        })?;
        let script = "return ['index.html', ...performance.getEntriesByType('resource') \
            .filter(e => e.name.startsWith(location.origin)) \
            .map(e => new URL(e.name).pathname.slice(1))]";
        let loaded = page.js(script, &[])?;
        let loaded: BTreeSet<&str> = loaded
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            .collect();
        let counted: BTreeSet<&str> = files.split(' ').collect();
        let differ: Vec<&&str> = loaded.symmetric_difference(&counted).collect();
        check(
            differ.is_empty(),
            format!("{system}: loaded or counted, but not both: {differ:?}"),
        )?;
    }
    Ok(())
}
