//! The developer's tool: builds, serves, tests, packs. `cargo xtask help` lists what it does.
//!
//! Everything it needs comes from Cargo.lock: wasm-bindgen's tools are linked in as a library, so
//! that they can't drift from the `wasm-bindgen` that the page links, and so that building the
//! page works offline once the crates are there.

#[path = "../../../tests/browser/driver/mod.rs"]
#[allow(dead_code)] // shared with the browser tests; each of the two uses a part
mod driver;
mod lean;
mod minify;
mod pack;
mod page;
mod parts;
mod process;
mod serve;
mod server;
mod setup;
mod shots;
mod test;

use std::process::ExitCode;

/// What went wrong, as one sentence (or more) for the person at the terminal.
pub type Result<T = ()> = std::result::Result<T, String>;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--port N] [--open] [--watch]
      Builds the page and serves it on http://127.0.0.1:8080/. --watch builds faster but
      larger, rebuilds when a source changes and reloads the page.
  test [PART...] [-- FILTER]
      Runs all parts, or the named ones: lint native slt wasm browser.
      Only tests whose name contains FILTER (native, wasm, browser).
  dist
      Writes the static site to dist/, usable from any path of a web server.
  size
      Prints what a first visit downloads; fails above the budget.
  shots [--page '?scenario=…'] [--only desktop|phone|dark] [--name NAME] [--wait SECONDS]
        [--at CSS] [LINE...]
      Takes pictures of the page into target/shots/, after typing LINEs into its text field.
";

fn main() -> ExitCode {
    process::this();
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if lean::is_compiler_call(&args) {
        return lean::compile(args);
    }
    let command = if args.is_empty() {
        "help".to_string()
    } else {
        args.remove(0)
    };
    let result = match command.as_str() {
        "serve" => serve::run(&args),
        "test" => test::run(&args),
        "dist" => no_args(&args).and_then(|()| pack::dist()),
        "size" => no_args(&args).and_then(|()| pack::size()),
        "shots" => shots::run(&args),
        // What cargo calls to run a wasm test binary: see test.rs.
        "runner" => test::run_wasm(&args),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no command `{other}`\n\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}

fn no_args(args: &[String]) -> Result {
    match args.first() {
        None => Ok(()),
        Some(arg) => Err(format!("`{arg}` is not understood\n\n{HELP}")),
    }
}
