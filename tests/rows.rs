//! Every row of the references' tables has a case that names it: `tests/common/rows-SYSTEM.txt` lists the
//! rows, a line `section | version | key` each, and the `.slt` files have `# reference SECTION: KEY` above
//! the record that proves one, in a scenario of that version.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

type Row = (String, String, String);

#[test]
fn every_row_of_the_references_is_named() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut rows = Vec::new();
    for file in files(&tests.join("common"), "txt") {
        let name = file.file_name().and_then(|n| n.to_str()).unwrap_or("");
        if name.starts_with("rows-") {
            rows.extend(listed(&read(&file)));
        }
    }
    assert!(rows.len() > 300, "the lists of rows were not found");
    let distinct: BTreeSet<&Row> = rows.iter().collect();
    assert_eq!(distinct.len(), rows.len(), "a row is listed twice");
    let mut named = BTreeSet::new();
    for file in files(&tests.join("slt"), "slt") {
        named.extend(named_in(&read(&file)));
    }
    let missing: Vec<String> = rows
        .iter()
        .filter(|row| !named.contains(*row))
        .map(|(section, version, key)| format!("{version}: # reference {section}: {key}"))
        .collect();
    assert!(missing.is_empty(), "no case names\n{}", missing.join("\n"));
}

/// The rows of a list: what is neither blank nor a comment.
fn listed(text: &str) -> Vec<Row> {
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    lines
        .filter(|l| !l.starts_with('#'))
        .map(|line| {
            let mut parts = line.splitn(3, " | ").map(|p| p.trim().to_owned());
            match (parts.next(), parts.next(), parts.next()) {
                (Some(section), Some(version), Some(key)) => {
                    assert!(
                        ["v26.2", "v2.1", "4.2.5"].contains(&version.as_str()),
                        "{line}"
                    );
                    (section, version, key)
                }
                _ => panic!("not `section | version | key`: {line}"),
            }
        })
        .collect()
}

/// The rows that comments right above records name, with the version of the scenario they run in.
fn named_in(text: &str) -> Vec<Row> {
    let mut version = "";
    let mut above: Vec<(&str, &str)> = Vec::new();
    let mut named = Vec::new();
    for line in text.lines() {
        if let Some(scenario) = line.strip_prefix("\\scenario ") {
            version = version_of(scenario);
        }
        if let Some(comment) = line.strip_prefix('#') {
            above.extend(
                comment
                    .strip_prefix(" reference ")
                    .and_then(|c| c.split_once(": ")),
            );
        } else if is_record(line) {
            let rows = above.drain(..);
            named.extend(rows.map(|(s, k)| (s.to_owned(), version.to_owned(), k.to_owned())));
        } else {
            above.clear();
        }
    }
    named
}

fn is_record(line: &str) -> bool {
    let first = line.split_whitespace().next();
    matches!(
        first,
        Some("statement" | "query" | "let" | "connection" | "sleep")
    )
}

fn version_of(scenario: &str) -> &'static str {
    if scenario.contains("oceanbase") {
        "4.2.5"
    } else if scenario.contains("v2.1") {
        "v2.1"
    } else {
        "v26.2"
    }
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// Files with the ending in a folder and its folders.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_row_is_named_only_by_a_comment_right_above_a_record() {
    let text = "statement ok\n\\scenario cockroachdb seed 1\n\n# reference 1: a\n# more\n# reference 2: b: c\nquery T\nx\n\n# reference 3: lost\n\nstatement ok\n\\scenario oceanbase\n\n# reference 4: d\nstatement ok\ny\n";
    let named: Vec<String> = named_in(text)
        .into_iter()
        .map(|(s, v, k)| format!("{s} {v} {k}"))
        .collect();
    assert_eq!(named, ["1 v26.2 a", "2 v26.2 b: c", "4 4.2.5 d"]);
}
