//! `cargo xtask test`: everything that must hold, in parts. A part that can't run has failed.

use super::driver::chromium_flags;
use super::page::{self, Build, EVERYTHING, WASM, wasm_cargo};
use super::process::{cargo, files_under, root, run as call, shown, target, write};
use super::{Result, pack, process, setup};
use std::process::Command;
use std::time::Instant;

/// A part's name and what runs it; the texts go to its test harness.
type Part = (&'static str, fn(&[String]) -> Result);

/// Cheapest first.
const PARTS: [Part; 5] = [
    ("lint", |_| lint()),
    ("native", native),
    ("slt", |_| slt()),
    ("wasm", wasm),
    ("browser", browser),
];

pub fn run(args: &[String]) -> Result {
    let split = args.iter().position(|arg| arg == "--");
    let (wanted, filters) = match split {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[][..]),
    };
    let names = PARTS.map(|(name, _)| name);
    if let Some(unknown) = wanted.iter().find(|w| !names.contains(&w.as_str())) {
        return Err(format!(
            "there is no part `{unknown}`; the parts are: {}",
            names.join(" ")
        ));
    }
    let mut lines = Vec::new();
    let (mut passed, mut failed) = (0, 0);
    for (name, part) in PARTS {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
            continue;
        }
        eprintln!("\n=== {name}");
        let start = Instant::now();
        let result = part(filters);
        let seconds = start.elapsed().as_secs();
        match result {
            Ok(()) => {
                passed += 1;
                lines.push(format!("{name:<8} passed  {seconds:>4} s"));
            }
            Err(message) => {
                failed += 1;
                eprintln!("error: {message}");
                let first = message.lines().next().unwrap_or_default();
                lines.push(format!("{name:<8} FAILED  {seconds:>4} s  {first}"));
            }
        }
    }
    println!("\n{}\n{passed} passed, {failed} failed", lines.join("\n"));
    match failed {
        0 => Ok(()),
        _ => Err("not everything passed".to_string()),
    }
}

fn lint() -> Result {
    setup::wasm_target()?;
    let deny = ["--", "-D", "warnings"];
    // `--all-targets` leaves out a test that a plain `cargo test` does.
    let native = [
        "clippy",
        "--all-targets",
        "--test",
        "browser",
        "--features",
        "dev",
    ];
    let wasm = wasm_cargo(EVERYTHING, &["clippy", "--lib", "--test", "wasm"]);
    let mut doc = cargo(&["doc", "--no-deps", "--lib", "--features", "dev"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    // All of them, even when one fails: they find different things.
    let failed: Vec<String> = [
        cargo(&["fmt", "--check"]),
        cargo(&[&native[..], &deny].concat()),
        with_args(wasm, &deny),
        doc,
    ]
    .into_iter()
    .filter_map(|command| call(command).err())
    .collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("; ")),
    }
}

fn native(filters: &[String]) -> Result {
    // The features of this tool itself, so that its dependencies are not built twice.
    let all = cargo(&["test", "--features", "dev", "--no-fail-fast"]);
    let all = call(with_filters(all, filters));
    // Thousands of random runs are for a fast build; without it they are a sample.
    let properties = cargo(&["test", "--release", "--test", "property"]);
    all.and(call(with_filters(properties, filters)))
}

fn slt() -> Result {
    let tests = root().join("tests");
    let files: Vec<String> = files_under(&tests)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|e| e == "slt"))
        .map(|file| format!("tests/{}", file.display()))
        .collect();
    if files.is_empty() {
        return Err("there is no .slt file under tests/".to_string());
    }
    call(cargo(&["build", "--release", "--bin", "jobscope"]))?;
    let name = format!("jobscope{}", std::env::consts::EXE_SUFFIX);
    let mut jobscope = Command::new(target().join("release").join(name));
    jobscope.arg("test").args(&files).current_dir(root());
    let output = jobscope
        .output()
        .map_err(|e| format!("`{}` could not be started: {e}", shown(&jobscope)))?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    // A success that says nothing about tests is none.
    let last = text.trim_end().lines().last().unwrap_or_default();
    let counted = last.ends_with(" failed") && !last.starts_with("0 passed");
    match (output.status.success(), counted) {
        (true, true) => Ok(()),
        (true, false) => Err("`jobscope test` did not say what passed".to_string()),
        _ => Err(format!("`jobscope test` failed: {last}")),
    }
}

fn wasm(filters: &[String]) -> Result {
    setup::wasm_target()?;
    let browser = setup::browser()?;
    let scratch = target().join("browser");
    let profile = scratch.join("profile-wasm");
    page::remove(&profile)?;
    let settings = scratch.join("webdriver.json");
    let capabilities = serde_json::json!({ "goog:chromeOptions": {
        "binary": browser.chromium,
        "args": chromium_flags(&profile),
    }});
    write(&settings, capabilities.to_string().as_bytes())?;

    // Cargo runs the test's binary with this very program, which is then wasm-bindgen's test runner.
    let runner = serde_json::json!([process::this(), "runner"]);
    let runner = format!("target.{WASM}.runner = {runner}");
    let mut test = wasm_cargo(EVERYTHING, &["test", "--test", "wasm", "--config", &runner]);
    for other in ["GECKODRIVER", "SAFARIDRIVER", "MSEDGEDRIVER"] {
        test.env_remove(other);
    }
    for driver in [
        "GECKODRIVER",
        "SAFARIDRIVER",
        "CHROMEDRIVER",
        "MSEDGEDRIVER",
    ] {
        test.env_remove(format!("{driver}_REMOTE"));
    }
    test.env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &settings)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600")
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        // The runner talks to this machine only, whatever proxy the network needs.
        .env("NO_PROXY", "127.0.0.1,localhost");
    call(with_filters(test, filters))
}

/// What cargo calls for `wasm`: wasm-bindgen's test runner.
pub fn run_wasm(args: &[String]) -> Result {
    let args = std::iter::once("wasm-bindgen-test-runner").chain(args.iter().map(String::as_str));
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(args)
        .map_err(|e| format!("{e:#}"))
}

fn browser(filters: &[String]) -> Result {
    let browser = setup::browser()?;
    let folder = page::folder(Build::Release);
    page::build(Build::Release, &folder)?;
    pack::report(&folder, pack::BUDGET)?;
    // What the browser is seen to load is compared with what is counted: a line per program.
    let mut counted = String::new();
    for program in page::PROGRAMS {
        let files = pack::first_visit(&folder, program)?;
        let files: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        counted.push_str(&format!("{program} {}\n", files.join(" ")));
    }
    let mut test = cargo(&["test", "--features", "dev", "--test", "browser"]);
    test.env("CHROME", &browser.chromium)
        .env("CHROMEDRIVER", &browser.driver)
        .env("JOBSCOPE_PAGE", &folder)
        .env("JOBSCOPE_FIRST_VISIT", counted)
        .env("JOBSCOPE_SCRATCH", target().join("browser"));
    call(with_filters(test, filters))
}

fn with_args(mut command: Command, args: &[&str]) -> Command {
    command.args(args);
    command
}

fn with_filters(mut command: Command, filters: &[String]) -> Command {
    if !filters.is_empty() {
        command.arg("--").args(filters);
    }
    command
}
