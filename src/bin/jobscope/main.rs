//! The command line: runs lines, test files, and prints states (DESIGN 4.1). Thin: everything it
//! shows comes from the playground.

#[cfg(not(target_arch = "wasm32"))]
mod run;
#[cfg(not(target_arch = "wasm32"))]
mod slt;

#[cfg(not(target_arch = "wasm32"))]
const USAGE: &str = "\
usage:
  jobscope run   [--scenario S] [--seed N] [--strict] [FILE|-]
      runs lines as fast as possible and prints the transcript;
      --strict: exit status 1 at the first error
  jobscope test  FILE...
      runs sqllogictest files; exit status 1 if any case failed
  jobscope state [--scenario S] [--seed N] [FILE|-]
      runs lines, prints the final state hash and the cluster as JSON
  jobscope help";

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run", rest @ ..] => run::run(rest),
        ["test", files @ ..] if !files.is_empty() => slt::test(files),
        ["state", rest @ ..] => run::state(rest),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// There is no command line in a browser.
#[cfg(target_arch = "wasm32")]
fn main() {}
