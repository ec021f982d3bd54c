//! End-to-end tests: the built page in real Chromium. Run by `cargo xtask test browser`.
//!
//! To add some: a module here with `pub const CASES: &[Case]`, and its name in `main`. What a case
//! can do with its page is in `driver/mod.rs`.

#[allow(dead_code)] // what no test uses yet is there for the next one
mod driver;
mod examples;
mod harness;
mod page;
mod robust;
mod selftest;
#[path = "../../src/bin/xtask/server.rs"]
#[allow(dead_code)] // shared with the tool, which also reloads pages
mod server;

fn main() -> std::process::ExitCode {
    harness::main(
        [page::CASES, robust::CASES, selftest::CASES, examples::CASES]
            .into_iter()
            .flatten(),
    )
}
