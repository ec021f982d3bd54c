//! How obclient prints (reference: oceanbase-backup 6).

use super::model::Mode;
use super::{help, listings};
use crate::base::{Duration, Error, Type, Value};
use crate::query::Format as Values;
use crate::sql::Flavour;
use crate::system::render::{self, Grid, pad};
use crate::system::{Answer, Body, Client, Format, Session, SessionIx, Style};

pub struct ObClient;

pub static CLIENT: ObClient = ObClient;

impl Client for ObClient {
    fn product(&self) -> &'static str {
        "OceanBase V4.2.5"
    }
    fn system(&self) -> &'static str {
        "oceanbase"
    }
    fn first_session(&self) -> &'static str {
        "root@sys"
    }
    /// As the V4.2.5 documentation prints it; the server's line is what `@@version_comment` says.
    fn banner(&self, session: SessionIx) -> String {
        format!(
            "Welcome to the OceanBase.  Commands end with ; or \\g.\n\
             Your OceanBase connection id is {}\n\
             Server version: {}\n\n\
             Copyright (c) 2000, 2018, OceanBase and/or its affiliates. All rights reserved.\n\n\
             Type 'help;' or '\\h' for help. Type '\\c' to clear the current input statement.\n",
            listings::connection_id(session.0),
            listings::VERSION_COMMENT
        )
    }
    fn prompt(&self, session: &Session) -> String {
        let database = if session.database.is_empty() {
            "(none)"
        } else {
            &session.database
        };
        format!("obclient [{database}]> ")
    }
    fn continuation(&self, _: &Session) -> String {
        "    -> ".to_owned()
    }

    fn render(&self, session: &Session, statement: &str, answer: &Answer, style: &Style) -> String {
        let mut lines: Vec<String> = answer
            .notices
            .iter()
            .filter(|n| !n.severity.is_empty())
            .map(|n| format!("{}: {}", n.severity, n.text))
            .collect();
        let time = if style.timing {
            format!(" ({} sec)", seconds(answer.elapsed))
        } else {
            String::new()
        };
        match &answer.body {
            Body::Error(error) => lines.push(self.render_error(session, statement, error)),
            Body::Text(text) => lines.push(text.clone()),
            Body::Command {
                tag,
                rows,
                warnings,
            } => {
                // A statement without rows: `Query OK, 0 rows affected`; USE says its own words.
                let mut line = tag.clone();
                if tag == "Query OK" {
                    line.push_str(&format!(", {} affected", rows_word(*rows)));
                    if *warnings > 0 {
                        let s = if *warnings == 1 { "" } else { "s" };
                        line.push_str(&format!(", {warnings} warning{s}"));
                    }
                    line.push_str(&time);
                }
                lines.push(line);
                // `Rows matched: …` stands below.
                for notice in answer.notices.iter().filter(|n| n.severity.is_empty()) {
                    lines.push(notice.text.clone());
                }
            }
            Body::Rows(set) => {
                let grid = Grid::new(set, |v, ty| self.cell(session, v, ty));
                if let Some(text) = render::shared(set, &grid, style.format) {
                    lines.push(text);
                } else {
                    let records = style.vertical || style.format == Format::Records;
                    if !set.rows.is_empty() {
                        lines.push(if records {
                            vertical(&grid)
                        } else {
                            table(&grid)
                        });
                    }
                    if grid.hidden > 0 {
                        lines.push(grid.notice());
                    }
                    let count = match set.rows.len() as u64 {
                        0 => "Empty set".to_owned(),
                        n => format!("{} in set", rows_word(n)),
                    };
                    lines.push(count + &time);
                }
            }
        }
        // A blank line stands between a result and the next prompt, none after an error.
        match &answer.body {
            Body::Error(_) | Body::Text(_) => {}
            // `Database changed`
            Body::Command { tag, .. } if tag != "Query OK" => {}
            _ => lines.push(String::new()),
        }
        lines.join("\n")
    }

    fn render_error(&self, _: &Session, _: &str, error: &Error) -> String {
        let mut text = if is_prefixed(&error.message) {
            error.message.clone()
        } else if error.number == 0 {
            format!("ERROR: {}", error.message)
        } else {
            format!(
                "ERROR {} ({}): {}",
                error.number, error.sqlstate, error.message
            )
        };
        if let Some(hint) = &error.hint {
            text.push_str("\nHINT: ");
            text.push_str(hint);
        }
        text
    }

    fn value(&self, value: &Value, ty: Type) -> String {
        Values::OCEANBASE_MYSQL
            .text_as(value, ty)
            .unwrap_or_else(|| "NULL".to_owned())
    }

    fn flavour(&self, session: &Session) -> &'static Flavour {
        Mode::of(session.mode).flavour()
    }

    fn help(&self, topic: &str) -> Option<String> {
        help::help(topic)
    }
}

impl ObClient {
    fn cell(&self, session: &Session, value: &Value, ty: Type) -> String {
        let values = match Mode::of(session.mode) {
            Mode::Mysql => &Values::OCEANBASE_MYSQL,
            Mode::Oracle => &Values::OCEANBASE_ORACLE,
        };
        values
            .text_as(value, ty)
            .unwrap_or_else(|| "NULL".to_owned())
    }
}

/// `ORA-00600: …`: the client prints such a message alone.
fn is_prefixed(message: &str) -> bool {
    let Some((prefix, _)) = message.split_once(": ") else {
        return false;
    };
    let Some((word, number)) = prefix.split_once('-') else {
        return false;
    };
    word.len() == 3
        && word.bytes().all(|b| b.is_ascii_uppercase())
        && number.len() == 5
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// `1 row`, `2 rows`
fn rows_word(n: u64) -> String {
    format!("{n} row{}", if n == 1 { "" } else { "s" })
}

/// Three decimals, rounded.
fn seconds(d: Duration) -> String {
    let ms = d.0.saturating_add(500) / 1_000;
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

/// The table with its rules of `+---+`; numbers to the right.
fn table(grid: &Grid) -> String {
    let widths = grid.widths();
    let mut rule = String::from("+");
    for w in &widths {
        rule.push_str(&"-".repeat(w + 2));
        rule.push('+');
    }
    let line = |cells: &[String], header: bool| {
        let mut out = String::from("|");
        for (i, cell) in cells.iter().enumerate() {
            let width = widths.get(i).copied().unwrap_or(0);
            let right = !header && grid.right.get(i).copied().unwrap_or(false);
            out.push(' ');
            out.push_str(&pad(cell, width, right));
            out.push_str(" |");
        }
        out
    };
    let mut lines = vec![rule.clone(), line(&grid.headers, true), rule.clone()];
    lines.extend(grid.rows.iter().map(|r| line(r, false)));
    lines.push(rule);
    lines.join("\n")
}

/// `\G`: 27 asterisks, the number of the row, names right-aligned to the longest.
fn vertical(grid: &Grid) -> String {
    let stars = "*".repeat(27);
    let width = grid
        .headers
        .iter()
        .map(|h| render::width(h))
        .max()
        .unwrap_or(0);
    let mut lines = Vec::new();
    for (i, row) in grid.rows.iter().enumerate() {
        lines.push(format!("{stars} {}. row {stars}", i + 1));
        for (name, cell) in grid.headers.iter().zip(row) {
            lines.push(format!("{}: {cell}", pad(name, width, true)));
        }
    }
    lines.join("\n")
}
