//! Building the page: its wasm programs, their JavaScript glue, `index.html` and `www/`.

use super::minify::minify;
use super::process::{cargo, files_under, read, root, run, target, write};
use super::{Result, lean, parts, setup};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const WASM: &str = "wasm32-unknown-unknown";

/// The page's programs: one for each system, CockroachDB's for each version. Cargo has a feature for each.
pub const PROGRAMS: [&str; 3] = ["cockroachdb", "cockroachdb-v2.1", "oceanbase"];
/// What cargo builds for wasm when it is not the page: everything but the command line.
pub const EVERYTHING: &str = "cockroachdb,cockroachdb-v2.1,oceanbase,inspect";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// What is shipped: small.
    Release,
    /// For `serve --watch`: built in seconds after a change, but several times larger and slower.
    Quick,
}

/// Where `serve` and the browser tests have their page.
pub fn folder(build: Build) -> PathBuf {
    target().join(match build {
        Build::Release => "page",
        Build::Quick => "page-quick",
    })
}

/// Builds the page into `out`, which is replaced whole, and only when everything went well.
pub fn build(build: Build, out: &Path) -> Result {
    setup::wasm_target()?;
    let profile = match build {
        Build::Release => "web",
        Build::Quick => "dev",
    };
    let folder = if profile == "dev" { "debug" } else { profile };
    let module = target().join(WASM).join(folder).join("jobscope.wasm");

    let staged = out.with_extension("new");
    remove(&staged)?;
    for program in PROGRAMS {
        run(wasm_cargo(
            program,
            &["build", "--lib", "--profile", profile],
        ))?;
        bindgen(&module, &staged.join("pkg"), &file_name(program), build)?;
    }
    copy(&root().join("index.html"), &staged.join("index.html"))?;
    let www = root().join("www");
    for file in files_under(&www) {
        let to = staged.join("www").join(&file);
        match String::from_utf8(read(&www.join(&file))?) {
            Ok(text) if build == Build::Release => write(&to, minify(&file, text).as_bytes())?,
            _ => copy(&www.join(&file), &to)?,
        }
    }

    let old = out.with_extension("old");
    remove(&old)?;
    if out.exists() {
        rename(out, &old)?;
    }
    rename(&staged, out)?;
    remove(&old)
}

/// What a program's files are called: wasm-bindgen takes what follows a dot for an ending.
pub fn file_name(program: &str) -> String {
    program.replace('.', "-")
}

/// A cargo call that builds for wasm these programs (a list of features) and no command line: with
/// the lean sqlparser, without the RUSTFLAGS meant for this machine, and without this machine's
/// paths in the texts of panics, which would be shipped. The first of `args` is cargo's command.
pub fn wasm_cargo(programs: &str, args: &[&str]) -> Command {
    let mut command = cargo(args);
    command.args(["--no-default-features", "--features", programs]);
    command.args(["--target", WASM]);
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let mut flags = vec![
        format!("--remap-path-prefix={}=.", root().display()),
        lean::cfg(programs),
    ];
    if let Some(home) = home {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    lean::prepare(&mut command, programs);
    command
        .env_remove("RUSTFLAGS")
        // The parts of this form are separated by a character that no path has.
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    command
}

fn bindgen(module: &Path, out: &Path, name: &str, build: Build) -> Result {
    let (module, out) = (module.to_string_lossy(), out.to_string_lossy());
    let mut args = vec![
        "wasm-bindgen",
        &module,
        "--target",
        "web",
        "--out-dir",
        &out,
        "--out-name",
        name,
        "--no-typescript",
        "--remove-producers-section",
    ];
    if build == Build::Release {
        args.push("--remove-name-section");
    }
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(args)
        .map_err(|e| format!("wasm-bindgen failed on {module}: {e:#}"))?;
    if build == Build::Release {
        let out = Path::new(&*out);
        shorten(
            &out.join(format!("{name}_bg.wasm")),
            &out.join(format!("{name}.js")),
        )?;
    }
    Ok(())
}

/// Makes a program smaller to download: its code is taken apart, and what it imports from its
/// JavaScript gets short names (wasm-bindgen's end in a hash, which no compression makes smaller).
fn shorten(wasm: &Path, script: &Path) -> Result {
    let mut module = walrus::Module::from_file(wasm)
        .map_err(|e| format!("can't read {}: {e:#}", wasm.display()))?;
    let mut text = String::from_utf8_lossy(&read(script)?).into_owned();
    for (n, import) in module.imports.iter_mut().enumerate() {
        if import.name.starts_with("__wbg_") {
            let short = format!("_{n}");
            text = text.replace(&format!("{}:", import.name), &format!("{short}:"));
            import.name = short;
        }
    }
    write(wasm, &parts::take_apart(&module.emit_wasm())?)?;
    write(script, minify(script, text).as_bytes())
}

fn copy(from: &Path, to: &Path) -> Result {
    write(to, &read(from)?)
}

fn rename(from: &Path, to: &Path) -> Result {
    std::fs::rename(from, to).map_err(|e| format!("can't rename {}: {e}", from.display()))
}

/// Removes a folder if there is one.
pub fn remove(dir: &Path) -> Result {
    match std::fs::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("can't remove {}: {e}", dir.display()))
        }
        _ => Ok(()),
    }
}
