//! Paths of the project and calls of other programs.

use super::Result;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder of Cargo.toml.
pub fn root() -> PathBuf {
    // Set by `cargo run`; the compiled-in path serves when the tool is called directly.
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// This program. Asked for first when it starts: once a cargo called from here has linked it anew,
/// Linux says that it is deleted.
pub fn this() -> PathBuf {
    static THIS: OnceLock<PathBuf> = OnceLock::new();
    THIS.get_or_init(|| std::env::current_exe().unwrap_or_default())
        .clone()
}

/// Cargo's target folder: this program lies in `TARGET/debug/xtask`.
pub fn target() -> PathBuf {
    match this().parent().and_then(Path::parent) {
        Some(target) => target.to_path_buf(),
        None => root().join("target"),
    }
}

/// A call of the cargo that started this program, in the project's folder.
pub fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    // What `cargo run` says about this binary is not true of what is built next, and would
    // make build scripts that watch it run again.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(&*name);
        }
    }
    command
}

/// The command as it would be typed.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program
        .file_stem()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

/// Runs to the end, output to the terminal. An error names the command and how it ended.
pub fn run(mut command: Command) -> Result {
    eprintln!("+ {}", shown(&command));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` failed ({status})", shown(&command))),
        Err(e) => Err(format!("`{}` could not be started: {e}", shown(&command))),
    }
}

/// The first of `names` that is a file in a folder of PATH.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut candidates = names.iter().flat_map(|name| {
        std::env::split_paths(&path).map(move |dir| {
            dir.join(name)
                .with_extension(std::env::consts::EXE_EXTENSION)
        })
    });
    candidates.find(|file| file.is_file())
}

/// Reads a file; an error names it.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|e| format!("can't read {}: {e}", file.display()))
}

/// Writes a file, its folders included; an error names it.
pub fn write(file: &Path, bytes: &[u8]) -> Result {
    let make = |e| format!("can't write {}: {e}", file.display());
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir).map_err(make)?;
    }
    std::fs::write(file, bytes).map_err(make)
}

/// All files under `dir`, sorted, as paths from `dir` on; nothing when there is no such folder.
pub fn files_under(dir: &Path) -> Vec<PathBuf> {
    fn visit(dir: &Path, prefix: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = prefix.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => visit(&entry.path(), &name, found),
                Ok(_) => found.push(name),
                Err(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    visit(dir, Path::new(""), &mut found);
    found.sort();
    found
}
