//! CockroachDB's client, as it prints and prompts (reference: cockroachdb-jobs 6).

use super::grammar;
use super::help;
use super::profile::Edition;
use crate::base::{Error, Type, Value};
use crate::query::{Format as Values, ResultSet};
use crate::sql::Flavour;
use crate::system::render::{self, Grid, centre, pad};
use crate::system::{Answer, Body, Client, Format, Notice, Session, Style};

/// The client that comes with a version of the server.
pub struct CockroachClient {
    pub version: Edition,
}

static NEWEST: CockroachClient = CockroachClient {
    version: Edition::V26_2,
};
static CLASSIC: CockroachClient = CockroachClient {
    version: Edition::V2_1,
};

/// The client of a version.
pub fn of(version: Edition) -> &'static CockroachClient {
    if version == Edition::V2_1 {
        &CLASSIC
    } else {
        &NEWEST
    }
}

impl CockroachClient {
    fn values(&self) -> Values {
        if self.version.plain_rules {
            Values::COCKROACH
        } else {
            Values::COCKROACH_2_1
        }
    }

    fn error_text(&self, error: &Error) -> String {
        let words = &self.version.errors;
        let mut out = format!("{}: {}", words.prefix, error.message);
        let code = error.sqlstate;
        // Uncategorised codes are printed only when verbose.
        if words.shows_code && !code.is_empty() && code != words.uncategorised {
            out.push_str(&format!("\nSQLSTATE: {code}"));
        }
        if let Some(detail) = &error.detail {
            out.push_str(&format!("\nDETAIL: {detail}"));
        }
        if let Some(hint) = &error.hint {
            out.push_str(&format!("\nHINT: {hint}"));
        }
        out
    }

    fn notice(notice: &Notice) -> String {
        let mut out = format!("{}: {}", notice.severity, notice.text);
        if let Some(hint) = &notice.hint {
            out.push_str(&format!("\nHINT: {hint}"));
        }
        out
    }

    fn result(&self, set: &ResultSet, style: &Style) -> String {
        let grid = Grid::new(set, |v, ty| self.value(v, ty));
        let format = if style.vertical && style.format == Format::Table {
            Format::Records
        } else {
            style.format
        };
        let body = match render::shared(set, &grid, format) {
            Some(text) => text,
            None if format == Format::Records => records(&grid),
            None => self.table(&grid, set.rows.len()),
        };
        match grid.notice().as_str() {
            "" => body,
            notice => format!("{body}\n{notice}"),
        }
    }

    /// Two blanks of indent, the header centred, numbers to the right; the rule has leading dashes,
    /// in v2.1 it is framed by `+`.
    fn table(&self, grid: &Grid, rows: usize) -> String {
        let footer = if rows == 1 {
            "(1 row)".to_owned()
        } else {
            format!("({rows} rows)")
        };
        let widths = grid.widths();
        if widths.is_empty() {
            return footer;
        }
        let mut lines = Vec::new();
        let headers: Vec<String> = grid
            .headers
            .iter()
            .zip(&widths)
            .map(|(h, w)| centre(h, *w))
            .collect();
        lines.push(format!("  {}", headers.join(" | ")).trim_end().to_owned());
        let dashes: Vec<String> = widths.iter().map(|w| "-".repeat(w + 2)).collect();
        lines.push(if self.version.plain_rules {
            // The first column has the indent before it, the last one two blanks behind it.
            format!("-{}-", dashes.join("+"))
        } else {
            format!("+{}+", dashes.join("+"))
        });
        for row in &grid.rows {
            let cells: Vec<Vec<&str>> = row.iter().map(|c| c.split('\n').collect()).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            for i in 0..height {
                let parts: Vec<String> = cells
                    .iter()
                    .zip(widths.iter().zip(&grid.right))
                    .map(|(cell, (w, right))| pad(cell.get(i).copied().unwrap_or(""), *w, *right))
                    .collect();
                lines.push(format!("  {}", parts.join(" | ")).trim_end().to_owned());
            }
        }
        lines.push(footer);
        lines.join("\n")
    }

    fn time(&self, answer: &Answer) -> String {
        let us = answer.elapsed.as_micros();
        if self.version.plain_rules {
            let ms = us.div_ceil(1_000);
            let total = match ms {
                0..1_000 => format!("{ms}ms"),
                _ => format!("{}.{:03}s", ms / 1_000, ms % 1_000),
            };
            format!("Time: {total} total (execution {total} / network 0ms)")
        } else {
            format!("Time: {}", crate::base::Duration(us))
        }
    }
}

fn records(grid: &Grid) -> String {
    let wide = grid
        .headers
        .iter()
        .map(|h| render::width(h))
        .max()
        .unwrap_or(0);
    let mut lines = Vec::new();
    for (i, row) in grid.rows.iter().enumerate() {
        lines.push(format!("-[ RECORD {} ]", i + 1));
        for (header, cell) in grid.headers.iter().zip(row) {
            lines.push(
                format!("{} | {cell}", pad(header, wide, false))
                    .trim_end()
                    .to_owned(),
            );
        }
    }
    if grid.rows.is_empty() {
        lines.push("(0 rows)".to_owned());
    }
    lines.join("\n")
}

impl Client for CockroachClient {
    fn product(&self) -> &'static str {
        self.version.product
    }
    fn system(&self) -> &'static str {
        "cockroachdb"
    }
    fn first_session(&self) -> &'static str {
        "root"
    }
    fn prompt(&self, session: &Session) -> String {
        let mark = match session.transaction {
            "" => String::new(),
            state => format!("  {state}"),
        };
        format!(
            "{}@localhost:26257/{}{mark}> ",
            session.user, session.database
        )
    }
    /// `->` under the prompt's `>`.
    fn continuation(&self, session: &Session) -> String {
        let wide = render::width(&self.prompt(session));
        format!("{}-> ", " ".repeat(wide.saturating_sub(3)))
    }
    fn render(
        &self,
        session: &Session,
        _statement: &str,
        answer: &Answer,
        style: &Style,
    ) -> String {
        let mut parts: Vec<String> = answer.notices.iter().map(Self::notice).collect();
        let body = match &answer.body {
            Body::Rows(set) => self.result(set, style),
            Body::Command { tag, .. } => tag.clone(),
            Body::Error(error) => self.render_error(session, "", error),
            Body::Text(text) => text.clone(),
        };
        if !body.is_empty() {
            parts.push(body);
        }
        let failed = answer.as_error().is_some();
        if style.timing && style.format == Format::Table && !failed && !parts.is_empty() {
            parts.push(format!("\n{}", self.time(answer)));
        }
        parts.join("\n")
    }
    fn render_error(&self, _session: &Session, _statement: &str, error: &Error) -> String {
        self.error_text(error)
    }
    fn value(&self, value: &Value, ty: Type) -> String {
        self.values()
            .text_as(value, ty)
            .unwrap_or_else(|| "NULL".to_owned())
    }
    fn flavour(&self, _session: &Session) -> &'static Flavour {
        grammar::flavour(self.version.grammar)
    }
    fn help(&self, topic: &str) -> Option<String> {
        help::topic(self.version, topic)
    }
}
