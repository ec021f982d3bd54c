//! Results as text, in the formats that clients share. What is a product's own (its table, its
//! footer) is chosen by that product's client text.

use super::Format;
use crate::base::Type;
use crate::base::float::plain;
use crate::base::json::quote;
use crate::query::ResultSet;

/// A result whose values are already text in the product's way; `None` is NULL where a format tells it apart.
pub struct Grid {
    pub headers: Vec<String>,
    /// Right-aligned columns: numbers.
    pub right: Vec<bool>,
    pub rows: Vec<Vec<String>>,
    /// Rows that were left out because a console prints no more.
    pub hidden: usize,
}

/// Rows that a console prints of one result.
pub const MAX_ROWS: usize = 1_000;

impl Grid {
    /// The values of `set` through `text`; at most [`MAX_ROWS`] rows.
    pub fn new(set: &ResultSet, text: impl Fn(&crate::base::Value, Type) -> String) -> Grid {
        let right = set
            .columns
            .iter()
            .map(|c| matches!(c.ty, Type::Int | Type::Decimal | Type::Float))
            .collect();
        let rows: Vec<Vec<String>> = set
            .rows
            .iter()
            .take(MAX_ROWS)
            .map(|row| {
                row.iter()
                    .zip(&set.columns)
                    .map(|(v, c)| text(v, c.ty))
                    .collect()
            })
            .collect();
        Grid {
            headers: set.columns.iter().map(|c| c.name.to_string()).collect(),
            right,
            hidden: set.rows.len() - rows.len(),
            rows,
        }
    }

    /// How wide each column is, in characters; a cell of several lines counts its longest.
    pub fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headers.iter().map(|h| width(h)).collect();
        for row in &self.rows {
            for (w, cell) in widths.iter_mut().zip(row) {
                *w = (*w).max(cell.split('\n').map(width).max().unwrap_or(0));
            }
        }
        widths
    }

    /// What to say about rows that were left out; empty if none were.
    pub fn notice(&self) -> String {
        match self.hidden {
            0 => String::new(),
            n => format!("(the console prints {MAX_ROWS} rows; {n} more are not shown)"),
        }
    }
}

/// Characters of a line.
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// `text` filled up with blanks to `to` characters.
pub fn pad(text: &str, to: usize, right: bool) -> String {
    let fill = " ".repeat(to.saturating_sub(width(text)));
    if right {
        fill + text
    } else {
        text.to_owned() + &fill
    }
}

/// `text` in the middle of `to` characters; an odd blank goes to the right.
pub fn centre(text: &str, to: usize) -> String {
    let fill = to.saturating_sub(width(text));
    let left = fill / 2;
    format!("{}{text}{}", " ".repeat(left), " ".repeat(fill - left))
}

/// The formats that look the same for every product; `None` for those that a product draws itself.
pub fn shared(set: &ResultSet, grid: &Grid, format: Format) -> Option<String> {
    Some(match format {
        Format::Table | Format::Records => return None,
        Format::Csv => separated(grid, ',', |s| {
            let quote = s.contains([',', '"', '\n', '\r']);
            if quote {
                format!("\"{}\"", s.replace('"', "\"\""))
            } else {
                s.to_owned()
            }
        }),
        Format::Tsv => separated(grid, '\t', |s| {
            s.replace('\\', "\\\\")
                .replace('\t', "\\t")
                .replace('\n', "\\n")
        }),
        Format::Json => json(set, grid),
        Format::Markdown => markdown(grid),
    })
}

fn separated(grid: &Grid, by: char, escape: impl Fn(&str) -> String) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|c| escape(c)).collect();
        cells.join(&by.to_string())
    };
    let mut lines = vec![line(&grid.headers)];
    lines.extend(grid.rows.iter().map(|r| line(r)));
    lines.join("\n")
}

fn markdown(grid: &Grid) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .map(|c| c.replace('|', "\\|").replace('\n', "<br>"))
            .collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule: Vec<&str> = grid
        .right
        .iter()
        .map(|r| if *r { "---:" } else { "---" })
        .collect();
    let mut lines = vec![line(&grid.headers), format!("| {} |", rule.join(" | "))];
    lines.extend(grid.rows.iter().map(|r| line(r)));
    lines.join("\n")
}

/// An array of objects; numbers are numbers, NULL is null, 64-bit ids beyond what JavaScript
/// counts exactly are strings.
fn json(set: &ResultSet, grid: &Grid) -> String {
    use crate::base::Value;
    let mut out = String::from("[");
    for (n, (row, texts)) in set.rows.iter().zip(&grid.rows).enumerate() {
        out.push_str(if n > 0 { ",\n  {" } else { "\n  {" });
        for (i, (value, text)) in row.iter().zip(texts).enumerate() {
            out.push_str(if i > 0 { ",\n    " } else { "\n    " });
            quote(set.columns.get(i).map_or("", |c| &c.name), &mut out);
            out.push_str(": ");
            match value {
                Value::Null => out.push_str("null"),
                Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
                Value::Int(i) if i.unsigned_abs() < 1 << 53 => out.push_str(&i.to_string()),
                Value::Float(f) if f.get().is_finite() => out.push_str(&plain(f.get())),
                _ => quote(text, &mut out),
            }
        }
        out.push_str("\n  }");
    }
    out.push_str(if set.rows.is_empty() { "]" } else { "\n]" });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;
    use crate::query::Column;

    #[test]
    fn shared_formats() {
        let set = ResultSet {
            columns: vec![
                Column::new("id", Type::Int),
                Column::new("name", Type::Text),
            ],
            rows: vec![
                vec![Value::Int(1), Value::text("a,b")],
                vec![Value::Int(1_141_477_013_029_322_753), Value::Null],
            ],
        };
        let grid = Grid::new(&set, |v, _| match v {
            Value::Int(i) => i.to_string(),
            Value::Text(s) => s.to_string(),
            _ => "NULL".into(),
        });
        let print = |format| shared(&set, &grid, format).unwrap_or_default();
        assert_eq!(
            print(Format::Csv),
            "id,name\n1,\"a,b\"\n1141477013029322753,NULL"
        );
        assert_eq!(
            print(Format::Markdown),
            "| id | name |\n| ---: | --- |\n| 1 | a,b |\n| 1141477013029322753 | NULL |"
        );
        assert!(print(Format::Json).contains("\"id\": \"1141477013029322753\""));
        assert_eq!(centre("ab", 5), " ab  ");
    }
}
