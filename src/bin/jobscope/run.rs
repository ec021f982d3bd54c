//! `jobscope run` and `jobscope state`.

use jobscope::playground::{EntryKind, Playground};
use std::io::{Read, Write};
use std::process::ExitCode;

struct Options {
    scenario: String,
    seed: u64,
    strict: bool,
    file: Option<String>,
}

fn options(words: &[&str]) -> Result<Options, String> {
    let mut options = Options {
        scenario: "cockroachdb".into(),
        seed: 1,
        strict: false,
        file: None,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match *word {
            "--scenario" => options.scenario = (*value()?).to_owned(),
            "--seed" => {
                let text = value()?;
                options.seed = text
                    .parse()
                    .map_err(|_| format!("--seed takes a whole number, not {text}"))?;
            }
            "--strict" => options.strict = true,
            "-" => options.file = None,
            other if other.starts_with("--") => return Err(format!("no option {other}")),
            file if options.file.is_none() => options.file = Some(file.to_owned()),
            other => return Err(format!("one file at a time: {other}")),
        }
    }
    Ok(options)
}

/// The text to run; invalid UTF-8 is replaced, as a console would.
fn input(file: Option<&str>) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = match file {
        Some(path) => std::fs::read(path).map(|b| bytes = b),
        None => std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ()),
    };
    read.map_err(|e| format!("{}: {e}", file.unwrap_or("standard input")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn start(words: &[&str]) -> Result<(Playground, Options, String), ExitCode> {
    let fail = |text: String| {
        eprintln!("jobscope: {text}");
        ExitCode::from(2)
    };
    let options = options(words).map_err(fail)?;
    let text = input(options.file.as_deref()).map_err(fail)?;
    let playground = Playground::open(&options.scenario, options.seed)
        .map_err(|e| fail(e.to_string()))?
        .running_the_clock();
    Ok((playground, options, text))
}

/// Runs every line of `text`; calls `print` after each. False if `strict` stopped at an error.
fn feed(
    playground: &mut Playground,
    text: &str,
    strict: bool,
    mut print: impl FnMut(&Playground),
) -> bool {
    let mut at = 0;
    loop {
        let session = playground.current().to_owned();
        // A last statement without its terminator is run all the same.
        let rest = &text[at..];
        let (line, length) = match playground.next_line(&session, rest) {
            Some(length) => (rest[..length].trim(), length),
            None if playground.is_blank(&session, rest) => return true,
            None => (rest.trim(), rest.len()),
        };
        at += length;
        let outcome = playground.line(&session, line);
        print(playground);
        if strict && outcome.failed() {
            return false;
        }
    }
}

pub fn run(words: &[&str]) -> ExitCode {
    let (mut playground, options, text) = match start(words) {
        Ok(started) => started,
        Err(code) => return code,
    };
    let stdout = std::io::stdout();
    let mut out = std::io::BufWriter::new(stdout.lock());
    let mut shown: Vec<(String, usize)> = Vec::new();
    let good = feed(&mut playground, &text, options.strict, |playground| {
        print_new(playground, &mut shown, &mut out);
    });
    let _ = out.flush();
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}

/// Prints the entries that came since the last call: what a person at these consoles would have seen.
fn print_new(playground: &Playground, shown: &mut Vec<(String, usize)>, out: &mut impl Write) {
    for console in playground.consoles() {
        let i = match shown.iter().position(|(name, _)| **name == *console.name) {
            Some(i) => i,
            None => {
                shown.push((console.name.to_string(), 0));
                shown.len() - 1
            }
        };
        let Some((_, seen)) = shown.get_mut(i) else {
            continue;
        };
        // A fresh scenario, an undo or a seek shortens the transcript.
        let all = console.gone + console.entries.len();
        let fresh = all.saturating_sub(*seen).min(console.entries.len());
        for entry in &console.entries[console.entries.len() - fresh..] {
            let text = match entry.kind {
                EntryKind::Input => format!("{}{}", entry.prompt, entry.text),
                _ => entry.text.clone(),
            };
            let _ = writeln!(out, "{text}");
        }
        *seen = all;
    }
}

pub fn state(words: &[&str]) -> ExitCode {
    let (mut playground, options, text) = match start(words) {
        Ok(started) => started,
        Err(code) => return code,
    };
    let good = feed(&mut playground, &text, options.strict, |_| {});
    let report = serde_json::json!({
        "hash": format!("{:016x}", playground.hash()),
        "cluster": playground.view(),
    });
    match serde_json::to_string_pretty(&report) {
        Ok(text) => println!("{text}"),
        Err(e) => eprintln!("jobscope: {e}"),
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}
