//! sqlparser as the page needs it: cargo compiles it, for wasm only, from a copy without what no
//! query of ours can reach. The page downloads 180 kB less (after Brotli).
//!
//! sqlparser reads every statement of every database. `sql` sends it queries and expressions in
//! three dialects, and reads no text of its errors; but all of its statements, and the printing,
//! comparing and copying of its whole tree, hang on a few lines of the parser, so that no linker
//! can drop them. `edits` cuts these lines, and `hidden` answers no wherever the parser asks for a
//! keyword that `sql::shown` does not show. What they take away is unreachable with the tokens that
//! `sql::splice` sends, so that both builds read the same queries alike; the wasm tests run on this
//! one, and compare.
//!
//! Cargo is told that this program is its `RUSTC_WRAPPER`: it starts the compiler as asked, but
//! for sqlparser with the copy's path. `Cargo.lock` and the native build know nothing of it, and
//! an edit that no longer fits the pinned version fails the build, with its text.

mod edits;
mod hidden;

use super::Result;
use super::process::{files_under, read, target, this, write};
use edits::EDITS;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const CRATE: &str = "sqlparser";

/// The dialects that the flavours of a program name: what the program's name begins with, their
/// type and their file.
const DIALECTS: [(&str, &str, &str); 3] = [
    ("cockroachdb", "PostgreSqlDialect", "postgresql"),
    ("oceanbase", "MySqlDialect", "mysql"),
    ("oceanbase", "OracleDialect", "oracle"),
];

/// Tells the compiler's calls which dialects they compile for, as a list of their files.
const ASKED: &str = "JOBSCOPE_LEAN_DIALECTS";

/// Of the programs that are compiled: each dialect's type and file.
type Dialects = Vec<(&'static str, &'static str)>;

/// The files of the dialects that these programs (a list of cargo's features) name.
fn dialects_of(programs: &str) -> String {
    let named = |of: &str| programs.split(',').any(|program| program.starts_with(of));
    let files = DIALECTS.iter().filter(|(of, ..)| named(of));
    let files: Vec<&str> = files.map(|(.., file)| *file).collect();
    files.join(",")
}

/// Whether cargo has started this program in place of the compiler: its first argument is one.
pub fn is_compiler_call(args: &[String]) -> bool {
    let program = args.first().map(|arg| Path::new(arg).file_stem());
    program.flatten().is_some_and(|stem| {
        ["rustc", "clippy-driver"]
            .iter()
            .any(|name| stem.eq_ignore_ascii_case(name))
    })
}

/// Starts the compiler with the arguments that cargo gave, but with the copy of sqlparser.
pub fn compile(mut args: Vec<String>) -> ExitCode {
    let source = Path::new(CRATE).join("src").join("lib.rs");
    let is_crate = |pair: &[String]| pair[0] == "--crate-name" && pair[1] == CRATE;
    if args.windows(2).any(is_crate)
        && args.iter().any(|arg| arg.starts_with("wasm32"))
        && let Some(entry) = args.iter_mut().find(|arg| arg.ends_with("lib.rs"))
    {
        let copy = target().join("lean");
        let from = Path::new(&*entry)
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        if let Err(message) = make(&from, &copy.join(CRATE).join("src")) {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
        *entry = copy.join(source).display().to_string();
        // This machine's paths are not to be shipped in the texts of panics.
        args.push(format!("--remap-path-prefix={}=lean", copy.display()));
    }
    let Some((compiler, rest)) = args.split_first() else {
        return ExitCode::FAILURE;
    };
    match Command::new(compiler).args(rest).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => ExitCode::from(status.code().map_or(1, |code| code as u8)),
        Err(e) => {
            eprintln!("error: `{compiler}` could not be started: {e}");
            ExitCode::FAILURE
        }
    }
}

/// Makes a call of cargo compile the lean sqlparser for these programs (a list of features).
pub fn prepare(cargo: &mut Command, programs: &str) {
    cargo
        .env("RUSTC_WRAPPER", this())
        .env(ASKED, dialects_of(programs));
}

/// A word for the compiler's flags that changes with the edits and the dialects: cargo does not look
/// into a dependency's source, but compiles everything anew when its flags change.
pub fn cfg(programs: &str) -> String {
    let what = [
        include_str!("mod.rs"),
        include_str!("edits.rs"),
        include_str!("hidden.rs"),
        hidden::SHOWN,
        &dialects_of(programs),
    ];
    // FNV-1a.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in what.iter().flat_map(|text| text.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("--cfg=lean_{hash:016x}")
}

/// Copies the sources in `from` to `to`, with the edits.
fn make(from: &Path, to: &Path) -> Result {
    let asked = std::env::var(ASKED).unwrap_or_default();
    let dialects: Dialects = DIALECTS
        .iter()
        .filter(|(.., file)| asked.split(',').any(|one| one == *file))
        .map(|(_, name, file)| (*name, *file))
        .collect();
    super::page::remove(to)?;
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for name in files_under(from) {
        let text = String::from_utf8_lossy(&read(&from.join(&name))?).into_owned();
        files.push((name, text));
    }
    for edit in EDITS {
        let text = file(&mut files, edit.file)?;
        let found = text.matches(edit.from).count();
        if found != edit.times {
            return Err(format!(
                "{CRATE} has changed: this stands {found} times in {}, not {}:\n{}\nsee {}",
                edit.file,
                edit.times,
                edit.from,
                file!()
            ));
        }
        *text = text.replace(edit.from, edit.to);
    }
    only_our_dialects(&mut files, &dialects)?;
    settled_questions(&mut files, &dialects)?;
    hidden::prune(&mut files, &dialects)?;
    for (name, text) in files {
        write(&to.join(name), text.as_bytes())?;
    }
    Ok(())
}

fn file<'f>(files: &'f mut [(PathBuf, String)], name: &str) -> Result<&'f mut String> {
    files
        .iter_mut()
        .find(|(file, _)| file == Path::new(name))
        .map(|(_, text)| text)
        .ok_or_else(|| format!("{CRATE} has changed: it has no {name}"))
}

/// `dialect.is::<T>()` is false at once for a dialect that is not used.
fn only_our_dialects(files: &mut [(PathBuf, String)], dialects: &Dialects) -> Result {
    let text = file(files, "dialect/mod.rs")?;
    let asked = "        TypeId::of::<T>() == self.dialect()\n";
    let ours: Vec<String> = dialects
        .iter()
        .map(|(name, _)| format!("TypeId::of::<T>() == TypeId::of::<{name}>()"))
        .collect();
    if text.matches(asked).count() != 1 {
        return Err(format!("{CRATE} has changed: no single {asked}"));
    }
    let known = match &ours[..] {
        [only] => format!("        {only}\n"),
        _ => format!(
            "        ({}) && TypeId::of::<T>() == self.dialect()\n",
            ours.join(" || ")
        ),
    };
    *text = text.replace(asked, &known);
    Ok(())
}

/// What a dialect, or the trait for all, answers to each question without looking at anything:
/// the name of the method, and `true` or `false`; or nothing where it looks at something.
fn answers(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let name = line
            .trim()
            .strip_prefix("fn ")
            .and_then(|rest| rest.strip_suffix("(&self) -> bool {"));
        if let Some(name) = name {
            let answer = lines.peek().map(|next| next.trim());
            found.push((name, answer.filter(|a| ["true", "false"].contains(a))));
        }
    }
    found
}

/// Puts the answer of `Dialect::supports_…` where the parser asks, when all our dialects give the
/// same one.
fn settled_questions(files: &mut [(PathBuf, String)], dialects: &Dialects) -> Result {
    let mut texts = Vec::new();
    for (_, name) in dialects {
        texts.push(file(files, &format!("dialect/{name}.rs"))?.clone());
    }
    let of_dialects: Vec<_> = texts.iter().map(|text| answers(text)).collect();
    let of_all = file(files, "dialect/mod.rs")?.clone();
    let mut settled = 0;
    for (name, by_default) in answers(&of_all) {
        let mut given = of_dialects.iter().map(|own| {
            let own = own.iter().find(|(n, _)| *n == name);
            own.map_or(by_default, |(_, answer)| *answer)
        });
        let Some(Some(answer)) = given.next() else {
            continue;
        };
        if given.any(|other| other != Some(answer)) {
            continue;
        }
        settled += 1;
        for (file, text) in files.iter_mut() {
            if file.starts_with("parser") || file == Path::new("dialect/mod.rs") {
                for who in ["self", "parser", "p"] {
                    *text = text.replace(&format!("{who}.dialect.{name}()"), answer);
                }
            }
        }
    }
    match settled {
        0..60 => Err(format!(
            "{CRATE} has changed: only {settled} questions of Dialect are settled"
        )),
        _ => Ok(()),
    }
}
