//! The engine over a small catalog: one SQL text in, one text out.

mod errors;
mod expressions;
mod flavours;
mod queries;
mod random;

use std::rc::Rc;

use super::*;
use crate::base::{Decimal, Error, ErrorKind};
use crate::sql::flavour::samples;
use crate::sql::{self, Tokens};

/// Says what is wrong in the problem's own terms.
pub struct Plain;

impl Words for Plain {
    fn say(&self, problem: &Problem<'_>) -> Error {
        Error::new(problem.kind(), format!("{problem:?}"))
    }
    fn type_name(&self, ty: Type) -> &'static str {
        match ty {
            Type::Int => "int",
            Type::Text => "text",
            _ => "other",
        }
    }
}

/// 2026-11-20 10:00:00.123456 UTC.
pub const NOW: i64 = 1_795_168_800_123_456;

/// A million numbers and their squares, by rule.
struct Numbers {
    columns: Vec<Column>,
}

impl Relation for Numbers {
    fn columns(&self) -> &[Column] {
        &self.columns
    }
    fn scan<'s>(&'s self, needed: &'s [usize]) -> Box<dyn Iterator<Item = Row> + 's> {
        self.scan_range(needed, None, None)
    }
    fn row_count(&self) -> Option<u64> {
        Some(1_000_000)
    }
    fn key(&self) -> Option<usize> {
        Some(0)
    }
    fn scan_range<'s>(
        &'s self,
        needed: &'s [usize],
        low: Option<&Value>,
        high: Option<&Value>,
    ) -> Box<dyn Iterator<Item = Row> + 's> {
        let low = low.and_then(Value::as_int).unwrap_or(0).max(0);
        let high = high.and_then(Value::as_int).unwrap_or(999_999).min(999_999);
        Box::new((low..=high).map(move |i| {
            let value = |c: &usize| Value::Int(if *c == 0 { i } else { i * i });
            needed.iter().map(value).collect()
        }))
    }
}

pub struct Sample;

fn table(columns: &[(&'static str, Type)], rows: Vec<Row>) -> Table {
    let columns = columns.iter().map(|(n, t)| Column::new(n, *t)).collect();
    Table { columns, rows }
}

fn minutes(n: i64) -> Value {
    Value::TimestampTz(NOW - n * 60_000_000)
}

fn jobs() -> Table {
    let job = |id: i64, kind: &str, user: &str, status: &str, at: Value, done: Option<f64>| {
        vec![
            Value::Int(id),
            Value::text(kind),
            Value::text(user),
            Value::text(status),
            at,
            done.map_or(Value::Null, Value::float),
        ]
    };
    table(
        &[
            ("job_id", Type::Int),
            ("job_type", Type::Text),
            ("user_name", Type::Text),
            ("status", Type::Text),
            ("created", Type::TimestampTz),
            ("fraction_completed", Type::Float),
        ],
        vec![
            job(1, "BACKUP", "root", "succeeded", minutes(90), Some(1.0)),
            job(2, "RESTORE", "root", "running", minutes(30), Some(0.5)),
            job(3, "BACKUP", "maxroach", "running", minutes(20), Some(0.25)),
            job(4, "IMPORT", "maxroach", "paused", minutes(10), None),
            job(5, "BACKUP", "testuser", "canceled", minutes(5), Some(0.125)),
        ],
    )
}

fn users() -> Table {
    let user = |name: &str, admin: bool, tags: &[&str]| {
        let tags: Vec<Value> = tags.iter().map(Value::text).collect();
        vec![
            Value::text(name),
            Value::Bool(admin),
            Value::Array(tags.into()),
        ]
    };
    table(
        &[
            ("user_name", Type::Text),
            ("admin", Type::Bool),
            ("tags", Type::TextArray),
        ],
        vec![
            user("root", true, &["a", "b"]),
            user("maxroach", false, &["b"]),
            user("nobody", false, &[]),
        ],
    )
}

fn prices() -> Table {
    let row = |id: i64, price: i128, note: Value| {
        vec![Value::Int(id), Value::Decimal(Decimal::new(price, 2)), note]
    };
    table(
        &[
            ("id", Type::Int),
            ("price", Type::Decimal),
            ("note", Type::Json),
        ],
        vec![
            row(
                1,
                1050,
                Value::Json("{\"a\": 1, \"b\": [true, \"x\"]}".into()),
            ),
            row(2, 250, Value::Null),
        ],
    )
}

impl Catalog for Sample {
    fn table<'c>(&'c self, name: &[String]) -> Result<Option<Rc<dyn Relation + 'c>>> {
        let name: Vec<&str> = name.iter().map(String::as_str).collect();
        let name = name.join(".").to_ascii_lowercase();
        Ok(match name.as_str() {
            "jobs" | "crdb_internal.jobs" => Some(Rc::new(jobs())),
            "users" => Some(Rc::new(users())),
            "prices" => Some(Rc::new(prices())),
            "numbers" => Some(Rc::new(Numbers {
                columns: vec![
                    Column::new("n", Type::Int),
                    Column::new("square", Type::Int),
                ],
            })),
            "secret" => return Err(Error::new(ErrorKind::Privilege, "not for you")),
            _ => None,
        })
    }
    fn table_function<'c>(
        &'c self,
        name: &str,
        args: &[Value],
    ) -> Result<Option<Rc<dyn Relation + 'c>>> {
        if name != "messages" {
            return Ok(None);
        }
        let rows = vec![vec![args.first().cloned().unwrap_or_default()]];
        Ok(Some(Rc::new(table(&[("of", Type::Int)], rows))))
    }
    fn function(&self, name: &str) -> Option<Signature> {
        (name == "crdb_internal.node_id").then_some(Signature {
            params: "",
            returns: Type::Int,
        })
    }
    fn call(&self, _: &str, _: &[Value]) -> Result<Value> {
        Ok(Value::Int(1))
    }
    fn variable(&self, name: &str) -> Option<Value> {
        (name == "autocommit").then_some(Value::Int(1))
    }
}

/// Runs a text in a flavour: header, rows, or `error: …`.
pub fn answer(text: &str, flavour: &Flavour, limits: Limits) -> String {
    let dialect = if flavour.mysql_syntax {
        &samples::MY
    } else {
        &samples::PG
    };
    let tokens = match Tokens::read(text, dialect) {
        Ok(tokens) => tokens,
        Err(e) => return format!("error: {e}"),
    };
    let mut cursor = sql::Cursor::new(&tokens);
    let none = |cursor: &mut sql::Cursor| -> sql::Parsed<String> { Err(cursor.error()) };
    let query = match sql::query::query_to_end(&mut cursor, &none) {
        Ok(query) => query,
        Err(e) => return format!("error: syntax at {}", e.span.of(text)),
    };
    let placeholders = [Value::Int(2), Value::text("root")];
    let env = Env {
        flavour,
        words: &Plain,
        catalog: &Sample,
        text,
        now_us: NOW,
        user: "root",
        database: "movr",
        version: "CockroachDB v26.2",
        connection: 1,
        placeholders: &placeholders,
        limits,
    };
    match run(&query.ast, &env) {
        Err(e) => match e.span {
            Some(span) => format!("error: {e} at {}", span.of(text)),
            None => format!("error: {e}"),
        },
        Ok(set) => {
            let names: Vec<&str> = set.columns.iter().map(|c| &*c.name).collect();
            let mut out = names.join(",");
            for row in &set.rows {
                out.push('|');
                let texts = row.iter().zip(&set.columns);
                let texts = texts.map(|(v, c)| Format::PLAIN.text_as(v, c.ty));
                let texts: Vec<String> = texts.map(|t| t.unwrap_or("NULL".into())).collect();
                out.push_str(&texts.join(","));
            }
            out
        }
    }
}

pub fn check(text: &str, expected: &str) {
    assert_eq!(
        answer(text, &Flavour::POSTGRES, Limits::default()),
        expected,
        "{text}"
    );
}

/// The rows without the header.
pub fn rows(text: &str, expected: &str) {
    let got = answer(text, &Flavour::POSTGRES, Limits::default());
    let got = got.split_once('|').map_or(
        if got.starts_with("error") { &*got } else { "" },
        |(_, rows)| rows,
    );
    assert_eq!(got, expected, "{text}");
}
