//! Backslash commands: typed, each a line.

use crate::base::{Duration, Error, ErrorKind, Result, float};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Scenario {
        name: String,
        seed: Option<u64>,
    },
    Scenarios,
    Connect {
        who: String,
        via: Option<String>,
    },
    Sessions,
    Advance(Duration),
    Step(u64),
    Wait {
        job: String,
        status: Option<String>,
    },
    /// The clock of the screen: no effect on the run.
    Pause,
    Play,
    Speed(String),
    /// Time since the scenario began.
    Seek(Duration),
    Undo,
    Redo,
    Start(String),
    Result,
    Interrupt,
    Preview {
        statement: String,
        horizon: Option<Duration>,
    },
    Fault(Vec<String>),
    Files(Option<String>),
    Set(Option<(String, String)>),
    Expanded,
    Timing,
    Format(String),
    Help(String),
    Log,
    Reset,
}

/// Name, arguments, what it does: what `\help` prints and completion offers.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("scenario", "NAME [seed N]", "starts afresh from a scenario"),
    ("scenarios", "", "lists the scenarios"),
    (
        "connect",
        "USER[@TENANT] [via NODE]",
        "switches to a session, opening it if need be",
    ),
    ("sessions", "", "lists the open sessions"),
    ("advance", "DURATION", "lets virtual time pass"),
    (
        "step",
        "[N]",
        "runs to the next event that changes anything visible",
    ),
    (
        "wait",
        "JOB [STATUS]",
        "runs until the job is in STATUS (default: a terminal one)",
    ),
    ("pause", "", "stops the clock of the screen"),
    ("play", "", "starts the clock of the screen"),
    ("speed", "Nx", "sets the speed of the clock of the screen"),
    ("seek", "TIME", "goes to a moment of the run"),
    ("undo", "", "takes back the last line"),
    ("redo", "", "runs it again"),
    (
        "start",
        "STATEMENT",
        "sends a statement without waiting for it",
    ),
    ("result", "", "waits for the statement that was started"),
    (
        "preview",
        "STATEMENT [for DURATION]",
        "shows what a statement would change, on a copy",
    ),
    (
        "fault",
        "kill NODE | restart NODE | partition A,B|C | heal | slow NODE {disk|net} Nx | full DEST | unreachable DEST | clear",
        "causes a fault",
    ),
    ("files", "[DEST]", "lists what lies at a destination"),
    (
        "set",
        "[NAME VALUE]",
        "shows or changes a setting of the client",
    ),
    ("x", "", "one record under the other, on or off"),
    ("timing", "", "how long statements take, on or off"),
    (
        "format",
        "table|records|csv|tsv|json|markdown",
        "how results are printed",
    ),
    ("help", "[TOPIC]", "help on a statement or a command"),
    ("log", "", "prints the run as lines"),
    ("reset", "", "starts the scenario again"),
];

impl Command {
    /// Reads a line that begins with a backslash; `None` for one that does not.
    pub fn parse(line: &str) -> Option<Result<Command>> {
        let line = line.trim();
        let body = line.strip_prefix('\\')?;
        Some(parse(body))
    }
}

fn bad(usage: &str) -> Error {
    let found = COMMANDS.iter().find(|(name, _, _)| *name == usage);
    let arguments = found.map_or("", |(_, arguments, _)| arguments);
    Error::new(ErrorKind::Command, format!("usage: \\{usage} {arguments}"))
}

fn parse(body: &str) -> Result<Command> {
    let (name, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    let rest = rest.trim();
    let words: Vec<&str> = rest.split_whitespace().collect();
    let none = |command: Command, usage: &str| {
        if words.is_empty() {
            Ok(command)
        } else {
            Err(bad(usage))
        }
    };
    Ok(match name {
        "scenario" => match words.as_slice() {
            [name] => Command::Scenario {
                name: (*name).to_owned(),
                seed: None,
            },
            [name, "seed", n] => Command::Scenario {
                name: (*name).to_owned(),
                seed: Some(n.parse().map_err(|_| bad("scenario"))?),
            },
            _ => return Err(bad("scenario")),
        },
        "scenarios" => none(Command::Scenarios, "scenarios")?,
        "connect" | "c" => match words.as_slice() {
            [who] => Command::Connect {
                who: (*who).to_owned(),
                via: None,
            },
            [who, "via", node] => Command::Connect {
                who: (*who).to_owned(),
                via: Some((*node).to_owned()),
            },
            _ => return Err(bad("connect")),
        },
        "sessions" => none(Command::Sessions, "sessions")?,
        "advance" => Command::Advance(Duration::parse(rest).ok_or_else(|| bad("advance"))?),
        "step" => match words.as_slice() {
            [] => Command::Step(1),
            [n] => Command::Step(
                n.parse()
                    .ok()
                    .filter(|n| (1..=100_000).contains(n))
                    .ok_or_else(|| bad("step"))?,
            ),
            _ => return Err(bad("step")),
        },
        "wait" => match words.as_slice() {
            [job] => Command::Wait {
                job: (*job).to_owned(),
                status: None,
            },
            [job, status] => Command::Wait {
                job: (*job).to_owned(),
                status: Some((*status).to_owned()),
            },
            _ => return Err(bad("wait")),
        },
        "pause" => none(Command::Pause, "pause")?,
        "play" => none(Command::Play, "play")?,
        "speed" => {
            let number = rest.strip_suffix('x').unwrap_or(rest);
            let good = !number.is_empty()
                && number.chars().all(|c| c.is_ascii_digit() || c == '.')
                && float::parse(number).is_some_and(|n| n > 0.0 && n <= 100_000.0);
            if !good {
                return Err(bad("speed"));
            }
            Command::Speed(number.to_owned())
        }
        "seek" => Command::Seek(Duration::parse(rest).ok_or_else(|| bad("seek"))?),
        "undo" => none(Command::Undo, "undo")?,
        "redo" => none(Command::Redo, "redo")?,
        "start" if !rest.is_empty() => Command::Start(statement(rest).to_owned()),
        "result" => none(Command::Result, "result")?,
        "interrupt" => none(Command::Interrupt, "interrupt")?,
        "preview" if !rest.is_empty() => {
            let (text, horizon) = match rest.rsplit_once(" for ") {
                Some((text, last)) => match Duration::parse(last.trim_end_matches(';')) {
                    Some(horizon) => (text, Some(horizon)),
                    None => (rest, None),
                },
                None => (rest, None),
            };
            Command::Preview {
                statement: statement(text).to_owned(),
                horizon,
            }
        }
        "fault" if !words.is_empty() => {
            Command::Fault(words.iter().map(|w| (*w).to_owned()).collect())
        }
        "files" => match words.as_slice() {
            [] => Command::Files(None),
            [dest] => Command::Files(Some((*dest).to_owned())),
            _ => return Err(bad("files")),
        },
        "set" => match words.as_slice() {
            [] => Command::Set(None),
            [name, value] => Command::Set(Some(((*name).to_owned(), (*value).to_owned()))),
            _ => return Err(bad("set")),
        },
        "x" => none(Command::Expanded, "x")?,
        "timing" => none(Command::Timing, "timing")?,
        "format" if words.len() == 1 => Command::Format(rest.to_owned()),
        "help" | "?" | "h" => Command::Help(rest.to_owned()),
        "log" => none(Command::Log, "log")?,
        "reset" => none(Command::Reset, "reset")?,
        "start" | "preview" | "fault" | "format" => return Err(bad(name)),
        _ => {
            let near = COMMANDS.iter().find(|(known, _, _)| near(known, name));
            let error = Error::new(ErrorKind::Command, format!("no command \\{name}"));
            return Err(match near {
                Some((known, _, _)) => error.hint(format!("did you mean \\{known}?")),
                None => error.hint("\\help lists the commands"),
            });
        }
    })
}

fn statement(text: &str) -> &str {
    text.trim().trim_end_matches(';').trim_end()
}

/// One is the beginning of the other, or they differ in one letter.
fn near(a: &str, b: &str) -> bool {
    if b.len() >= 2 && (a.starts_with(b) || b.starts_with(a)) {
        return true;
    }
    a.len() == b.len() && a.bytes().zip(b.bytes()).filter(|(x, y)| x != y).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_read() {
        let read = |line| Command::parse(line).and_then(Result::ok);
        assert_eq!(
            read("\\advance 10s"),
            Some(Command::Advance(Duration::from_secs(10)))
        );
        assert_eq!(
            read("\\wait last paused"),
            Some(Command::Wait {
                job: "last".into(),
                status: Some("paused".into())
            })
        );
        assert_eq!(
            read("\\preview CANCEL JOB 1; for 2m"),
            Some(Command::Preview {
                statement: "CANCEL JOB 1".into(),
                horizon: Some(Duration::from_mins(2))
            })
        );
        assert!(Command::parse("SELECT 1").is_none());
        for line in [
            "\\",
            "\\advance",
            "\\advance x",
            "\\step 0",
            "\\speed -1x",
            "\\wat",
            "\\undo 3",
        ] {
            assert!(Command::parse(line).is_some_and(|r| r.is_err()), "{line}");
        }
    }
}
