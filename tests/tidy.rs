//! Rules of the house that the compiler does not know: which layer may use which, and what would
//! make a run differ between machines. Tests (`tests.rs`, a `mod` under `#[cfg(test)]` at a file's end) are
//! free of them.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up: a layer uses only those before it (DESIGN 3).
const LAYERS: [&str; 11] = [
    "base",
    "sim",
    "cluster",
    "sql",
    "query",
    "system",
    "playground",
    "lesson",
    "scene",
    "ui",
    "web",
];

/// Pairs that the order would allow and the design does not: (who, whom).
const STRANGERS: [(&str, &str); 4] = [
    ("sql", "sim"),
    ("sql", "cluster"),
    ("query", "sim"),
    ("query", "cluster"),
];

/// Faces may name the browser, the clock and files; what lies below may not.
const FACES: [&str; 2] = ["ui", "web"];

const MAX_LINES: usize = 700;

#[test]
fn layers_use_only_those_below() {
    let mut found = Findings::default();
    for file in sources() {
        let Some(own) = rank(&file.layer) else {
            continue;
        };
        for (line, used) in file.uses() {
            let stranger = STRANGERS.contains(&(file.layer.as_str(), used.as_str()));
            if rank(&used).is_some_and(|other| other > own) || stranger {
                found.add(&file, line, format!("`{}` uses `{used}`", file.layer));
            }
        }
    }
    found.none();
}

#[test]
fn systems_do_not_know_each_other() {
    let mut found = Findings::default();
    let systems = folders(&root().join("src/system"));
    for file in sources() {
        let Some(own) = systems
            .iter()
            .find(|s| file.path.starts_with(Path::new("src/system").join(s)))
        else {
            continue;
        };
        for (line, code) in file.lines() {
            for other in systems.iter().filter(|s| *s != own) {
                if words(code).any(|w| w == other) {
                    found.add(&file, line, format!("`{own}` names `{other}`"));
                }
            }
        }
    }
    found.none();
}

/// What every system's folder has, as a file or a folder; what else it has is its own affair.
const SEAMS: [&str; 8] = [
    "grammar",
    "execution",
    "privileges",
    "states",
    "listings",
    "errors",
    "keywords",
    "client",
];

#[test]
fn systems_have_the_same_files() {
    let dir = root().join("src/system");
    for system in folders(&dir) {
        let has = |seam: &&&str| {
            let seam = dir.join(&system).join(seam);
            seam.is_dir() || seam.with_extension("rs").is_file()
        };
        let missing: Vec<_> = SEAMS.iter().filter(|s| !has(s)).collect();
        assert!(missing.is_empty(), "{system} lacks {missing:?}");
    }
}

/// What is not the same on every machine or in every run.
#[test]
fn nothing_depends_on_the_machine() {
    let banned = [
        "HashMap",
        "HashSet",
        "std::time",
        "SystemTime",
        "Instant",
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "std::thread",
        "thread_rng",
        "getrandom",
    ];
    let mut found = Findings::default();
    for file in sources().iter().filter(|f| f.is_below_faces()) {
        for (line, code) in file.lines() {
            for word in words(code).filter(|w| banned.contains(w)) {
                found.add(file, line, format!("`{word}`"));
            }
        }
    }
    found.none();
}

/// Floats only where SQL has them: as values and in their arithmetic.
#[test]
fn no_floats_in_state() {
    let mut found = Findings::default();
    for file in sources() {
        let held = rank(&file.layer).is_some_and(|own| Some(own) <= rank("system"));
        let of_values = ["src/base/value.rs", "src/base/float.rs"];
        if !held || file.layer == "query" || of_values.iter().any(|f| file.path.ends_with(f)) {
            continue;
        }
        for (line, code) in file.lines() {
            let float = words(code).any(|w| w == "f64" || w == "f32");
            if float && !code.contains("Value::float(") {
                found.add(&file, line, "a float");
            }
        }
    }
    found.none();
}

/// What would bring tens of kilobytes of tables and code into the page: `base` has `letters`, `float`
/// and `json` for it.
#[test]
fn nothing_costly_from_libraries() {
    let mut found = Findings::default();
    for file in sources() {
        let own = [
            "src/base/letters.rs",
            "src/base/float.rs",
            "src/base/json.rs",
        ];
        let tool = file.path.components().any(|c| c.as_os_str() == "bin");
        if tool || own.iter().any(|f| file.path.ends_with(f)) {
            continue;
        }
        for (line, code) in file.lines() {
            for costly in [
                ".to_lowercase(",
                ".to_uppercase(",
                "parse::<f64>",
                "parse::<f32>",
                "serde_json",
            ] {
                if code.contains(costly) {
                    found.add(&file, line, costly);
                }
            }
        }
    }
    found.none();
}

/// The standard library hashes a slice of `usize` as its bytes, of which wasm has half as many:
/// the state's hash would differ between native and wasm.
#[test]
fn no_slices_of_usize_in_hashed_state() {
    let mut found = Findings::default();
    for file in sources().iter().filter(|f| f.is_below_faces()) {
        let mut hashed = false;
        for (line, code) in file.lines() {
            if code.trim_start().starts_with("#[derive(") {
                hashed = words(code).any(|w| w == "Hash");
            } else if code.starts_with('}') || code.starts_with("impl") {
                hashed = false;
            }
            let dense: String = code.chars().filter(|c| !c.is_whitespace()).collect();
            let slice = [
                "Vec<usize>",
                "Vec<isize>",
                "Deque<usize>",
                "[usize",
                "[isize",
            ]
            .iter()
            .any(|s| dense.contains(s));
            if hashed && slice && !dense.contains("fn") {
                found.add(file, line, "a slice of `usize` in a type that is hashed");
            }
        }
    }
    found.none();
}

#[test]
fn only_faces_know_the_browser() {
    let banned = [
        "web_sys",
        "js_sys",
        "wasm_bindgen",
        "serde_wasm_bindgen",
        "yew",
        "gloo",
    ];
    let mut found = Findings::default();
    for file in sources().iter().filter(|f| !f.is_face()) {
        for (line, code) in file.lines() {
            for word in words(code).filter(|w| banned.contains(w)) {
                found.add(file, line, format!("`{word}`"));
            }
        }
    }
    found.none();
}

#[test]
fn nothing_is_left_to_do() {
    let mut found = Findings::default();
    for file in sources() {
        for (line, code) in file.lines() {
            for word in ["todo!", "unimplemented!", "dbg!"] {
                if code.contains(word) {
                    found.add(&file, line, word);
                }
            }
        }
    }
    found.none();
}

#[test]
fn files_are_short() {
    let mut found = Findings::default();
    for file in sources() {
        let lines = file.lines().count();
        if lines > MAX_LINES {
            let message = format!("{lines} lines before its tests, more than {MAX_LINES}");
            found.add(&file, lines, message);
        }
    }
    found.none();
}

#[test]
fn the_reader_of_sources_sees_code_only() {
    let text = "a /* b \" */ c // d\n\"e \\\" // f\" g r#\"h \" \"# 'i' '\\'' '\"' &'j k";
    let code = blanked(text);
    let left: Vec<&str> = code.split_whitespace().collect();
    assert_eq!(
        left,
        [
            "a", "c", "\"", "\"", "g", "r#\"", "\"#", "'i'", "'\\''", "'", "'", "&'j", "k"
        ]
    );
    assert_eq!(code.len(), text.len());
}

#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, file: &Source, line: usize, what: impl Display) {
        self.0
            .push(format!("{}:{line}: {what}", file.path.display()));
    }

    fn none(self) {
        assert!(self.0.is_empty(), "\n{}\n", self.0.join("\n"));
    }
}

struct Source {
    /// From the project's folder on.
    path: PathBuf,
    /// The name after `src/`.
    layer: String,
    /// Comments and the contents of strings are blanks; what follows `#[cfg(test)]` is left out.
    code: String,
}

impl Source {
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(i, line)| (i + 1, line))
    }

    fn is_face(&self) -> bool {
        FACES.contains(&self.layer.as_str()) || self.layer == "bin"
    }

    fn is_below_faces(&self) -> bool {
        rank(&self.layer).is_some() && !self.is_face()
    }

    /// The top-level modules that the code names, by `crate::x`, `crate::{x, …}` or through `super`.
    fn uses(&self) -> Vec<(usize, String)> {
        // How many `super::` lead to the root of the crate.
        let inside = self.path.components().count() - 2;
        let depth = if self.path.ends_with("mod.rs") {
            inside
        } else {
            inside + 1
        };
        let to_root = format!(" {}", "super::".repeat(depth));
        let text = format!(" {}", self.code.replace('\n', " \n "));
        let mut found = Vec::new();
        for prefix in ["crate::", &to_root] {
            let (mut at, mut line) = (0, 1);
            while let Some(next) = text[at..].find(prefix) {
                let rest_at = at + next + prefix.len();
                line += text[at..rest_at].matches('\n').count();
                at = rest_at;
                let rest = &text[rest_at..];
                let names: Vec<&str> = match rest.strip_prefix('{') {
                    Some(group) => top_level_names(group),
                    None => words(rest).next().into_iter().collect(),
                };
                for name in names {
                    let name = name.split("::").next().unwrap_or(name);
                    found.push((line, name.to_string()));
                }
            }
        }
        found
    }
}

/// The names of a `use` group up to its closing brace, without those of groups inside it.
fn top_level_names(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut names = Vec::new();
    let mut start = 0;
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(group[start..i].trim());
                start = i + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|l| *l == layer)
}

/// Paths and names: `std::time::Instant` gives itself and each of its ends and beginnings of two.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .flat_map(|path| {
            let mut found = vec![path];
            found.extend(path.split("::"));
            let first_two = path.match_indices("::").nth(1).map(|(i, _)| &path[..i]);
            found.extend(first_two);
            found
        })
        .filter(|word| !word.is_empty())
}

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// All Rust files under `src/`, the developer's tool excepted.
fn sources() -> Vec<Source> {
    let files = rust_files(&root().join("src"));
    let sources: Vec<Source> = files
        .iter()
        .filter_map(|file| {
            let path = file.strip_prefix(root()).ok()?.to_path_buf();
            if path.starts_with("src/bin/xtask") || is_test(&path) {
                return None;
            }
            let layer = path.components().nth(1)?.as_os_str().to_str()?;
            let layer = layer.trim_end_matches(".rs").to_string();
            let text = fs::read_to_string(file).expect("a source is text");
            let code = blanked(&text);
            let code = without_tests(&code).to_string();
            Some(Source { path, layer, code })
        })
        .collect();
    assert!(sources.len() > 5, "the sources were not found");
    sources
}

/// A file of tests, declared by `#[cfg(test)] mod …;` elsewhere: `tests.rs`, or in a folder `tests`.
fn is_test(path: &Path) -> bool {
    path.iter()
        .any(|part| part == "tests" || part == "tests.rs")
}

/// The code up to its module of tests.
fn without_tests(code: &str) -> &str {
    code.match_indices("#[cfg(test)]")
        .find(|(at, mark)| {
            let module = code[at + mark.len()..].split(['{', ';']).next();
            let end = at + mark.len() + module.map_or(0, str::len);
            module.is_some_and(|m| m.trim_start().starts_with("mod "))
                && code[end..].starts_with('{')
        })
        .map_or(code, |(at, _)| &code[..at])
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn folders(dir: &Path) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    found.sort();
    found
}

/// The text with comments and the contents of strings replaced by as many blanks.
fn blanked(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut i = 0;
    while i < bytes.len() {
        let rest = &bytes[i..];
        // What is to be blanked, as offsets, and where reading goes on.
        let (from, to, next) = if rest.starts_with(b"//") {
            let end = i + find(rest, b"\n").unwrap_or(rest.len());
            (i, end, end)
        } else if rest.starts_with(b"/*") {
            let end = i + find(rest, b"*/").map_or(rest.len(), |n| n + 2);
            (i, end, end)
        } else if let Some(hashes) = raw_string(rest) {
            let open = i + 2 + hashes;
            let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
            let end = open + find(&bytes[open..], &close).unwrap_or(bytes.len() - open);
            (open, end, end + close.len())
        } else if rest[0] == b'"' {
            let mut end = i + 1;
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            (i + 1, end.min(bytes.len()), end + 1)
        } else if rest.starts_with(b"'\"'") {
            (i + 1, i + 2, i + 3)
        } else if rest.starts_with(b"'\\") {
            // An escaped character; its second byte may be the quote.
            (i, i, i + 3)
        } else {
            (i, i, i + 1)
        };
        for byte in &mut out[from..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        i = next;
    }
    String::from_utf8(out).expect("blanks replace whole characters")
}

/// How many `#` a raw string that starts here has.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let after = rest.strip_prefix(b"r")?;
    let hashes = after.iter().take_while(|b| **b == b'#').count();
    (after.get(hashes) == Some(&b'"')).then_some(hashes)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}
