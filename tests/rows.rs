//! Every row of the references has a case that names it: `tests/common/rows-*.txt` list the rows,
//! and a comment `# reference SECTION: KEY` above a record of an .slt file names the one it proves.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::path::Path;

/// Version of a product, section of its reference, row.
type Named = (String, String, String);

/// What an .slt file cannot show, prompts and the shape of tables, is proven by a test that says
/// `// reference SECTION, VERSION: KEY`.
fn named_in_test(path: &Path, found: &mut BTreeSet<Named>) {
    let text = std::fs::read_to_string(path).expect("a test is read");
    for line in text.lines().map(str::trim) {
        if let Some((row, key)) = line
            .strip_prefix("// reference ")
            .and_then(|r| r.split_once(": "))
            && let Some((section, version)) = row.split_once(", ")
        {
            found.insert((version.to_owned(), section.to_owned(), key.to_owned()));
        }
    }
}

/// Rows that the cases of a file prove, under the version of the scenario that each runs in.
fn named_in(path: &Path, found: &mut BTreeSet<Named>) {
    let text = std::fs::read_to_string(path).expect("a case file is read");
    let mut version = "";
    let mut above: Vec<(String, String)> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("\\scenario ") {
            version = match name {
                n if n.contains("oceanbase") => "4.2.5",
                n if n.contains("v2.1") => "v2.1",
                _ => "v26.2",
            };
        } else if let Some(row) = line.strip_prefix("# reference ") {
            if let Some((section, key)) = row.split_once(": ") {
                above.push((section.to_owned(), key.to_owned()));
            }
        } else if line.starts_with("statement") || line.starts_with("query") {
            for (section, key) in above.drain(..) {
                assert_ne!(version, "", "{}: no scenario before {key}", path.display());
                found.insert((version.to_owned(), section, key));
            }
        } else if line.is_empty() {
            // What stands above no record proves nothing.
            above.clear();
        }
    }
}

fn walk(dir: &Path, found: &mut BTreeSet<Named>) {
    for entry in std::fs::read_dir(dir).expect("the folder of the cases") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "slt") {
            named_in(&path, found);
        }
    }
}

#[test]
fn every_row_of_the_references_is_named() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut named = BTreeSet::new();
    walk(&tests.join("slt"), &mut named);
    for test in ["cockroachdb_client.rs", "cockroachdb_jobs.rs"] {
        named_in_test(&tests.join(test), &mut named);
    }
    let mut missing = Vec::new();
    for (list, least) in [("rows-cockroachdb.txt", 150), ("rows-oceanbase.txt", 300)] {
        let rows =
            std::fs::read_to_string(tests.join("common").join(list)).expect("a list of rows");
        let mut count = 0;
        for row in rows
            .lines()
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
        {
            let mut parts = row.splitn(3, '|').map(|p| p.trim().to_owned());
            let (Some(section), Some(version), Some(key)) =
                (parts.next(), parts.next(), parts.next())
            else {
                panic!("{list}: `{row}` is not `section | version | key`");
            };
            count += 1;
            if !named.contains(&(version.clone(), section.clone(), key.clone())) {
                missing.push(format!("{version}, {section}: {key}"));
            }
        }
        assert!(count >= least, "{list} has lost rows: {count}");
    }
    assert!(
        missing.is_empty(),
        "no case names these rows:\n{}",
        missing.join("\n")
    );
}
