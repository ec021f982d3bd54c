//! `jobscope test`: sqllogictest files (DESIGN 4.3). The crate parses them; its records are driven
//! here, because connection names and `sleep` mean something in virtual time.

use jobscope::base::Duration;
use jobscope::playground::{Outcome, Playground};
use jobscope::system::Body;
use sqllogictest::{
    ColumnType, Condition, Connection, DefaultColumnType, ExpectedError, QueryExpect, Record,
    ResultMode, SortMode, StatementExpect,
};
use std::collections::BTreeMap;
use std::process::ExitCode;

pub fn test(files: &[&str]) -> ExitCode {
    let mut total = Tally::default();
    for file in files {
        let tally = run_file(file);
        for failure in &tally.failures {
            println!("{failure}\n");
        }
        total.passed += tally.passed;
        total.failures.extend(tally.failures);
    }
    println!("{} passed, {} failed", total.passed, total.failures.len());
    if total.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failures: Vec<String>,
}

impl Tally {
    fn note(&mut self, at: &str, statement: &str, result: Result<(), (String, String)>) {
        match result {
            Ok(()) => self.passed += 1,
            Err((expected, actual)) => self.failures.push(format!(
                "{at}: {}\n  expected: {}\n  actual:   {}",
                statement.trim(),
                expected.trim_end().replace('\n', "\n            "),
                actual.trim_end().replace('\n', "\n            "),
            )),
        }
    }
}

struct Runner {
    playground: Option<Playground>,
    variables: BTreeMap<String, String>,
    sort: Option<SortMode>,
    result_mode: Option<ResultMode>,
}

fn run_file(path: &str) -> Tally {
    let mut tally = Tally::default();
    let records = match sqllogictest::parse_file::<DefaultColumnType>(path) {
        Ok(records) => records,
        Err(error) => {
            tally.failures.push(format!("{path}: {error}"));
            return tally;
        }
    };
    let mut runner = Runner {
        playground: None,
        variables: BTreeMap::new(),
        sort: None,
        result_mode: None,
    };
    for record in records {
        if let Record::Halt { .. } = record {
            break;
        }
        runner.record(record, &mut tally);
    }
    tally
}

impl Runner {
    fn record(&mut self, record: Record<DefaultColumnType>, tally: &mut Tally) {
        match record {
            Record::Statement {
                loc,
                conditions,
                connection,
                sql,
                expected,
                ..
            } => {
                if self.skipped(&conditions) {
                    return;
                }
                let outcome = self.run(&sql, &connection);
                let result = outcome.and_then(|o| check_statement(&o, &expected));
                tally.note(&loc.to_string(), &sql, result);
            }
            Record::Query {
                loc,
                conditions,
                connection,
                sql,
                expected,
                ..
            } => {
                if self.skipped(&conditions) {
                    return;
                }
                let outcome = self.run(&sql, &connection);
                let result = outcome.and_then(|o| self.check_query(&o, &expected));
                tally.note(&loc.to_string(), &sql, result);
            }
            Record::Let {
                loc,
                connection,
                sql,
                variables,
                ..
            } => {
                let result = self
                    .run(&sql, &connection)
                    .and_then(|o| self.bind(&o, &variables));
                tally.note(&loc.to_string(), &sql, result);
            }
            Record::Sleep { duration, .. } => {
                if let Some(playground) = &mut self.playground {
                    let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
                    playground.run_until(playground.now() + Duration::from_micros(us));
                }
            }
            Record::Control(sqllogictest::Control::SortMode(mode)) => self.sort = Some(mode),
            Record::Control(sqllogictest::Control::ResultMode(mode)) => {
                self.result_mode = Some(mode);
            }
            Record::System { loc, .. } => tally.failures.push(format!(
                "{loc}: system records run programs; here nothing leaves the simulation"
            )),
            _ => {}
        }
    }

    /// `skipif` and `onlyif` name a system: `cockroachdb`, `oceanbase`.
    fn skipped(&self, conditions: &[Condition]) -> bool {
        let system = self
            .playground
            .as_ref()
            .map_or("", |p| p.engine().client().system())
            .to_owned();
        conditions.iter().any(|c| match c {
            Condition::OnlyIf { label } => *label != system,
            Condition::SkipIf { label } => *label == system,
        })
    }

    fn run(&mut self, sql: &str, connection: &Connection) -> Result<Outcome, (String, String)> {
        let line = self.substitute(sql);
        if let Some(rest) = line.trim().strip_prefix("\\scenario ") {
            let words: Vec<&str> = rest.split_whitespace().collect();
            let (name, seed) = match words.as_slice() {
                [name, "seed", n] => (*name, n.parse().unwrap_or(1)),
                [name] => (*name, 1),
                _ => return Err(("\\scenario NAME seed N".into(), line)),
            };
            return match Playground::open(name, seed) {
                Ok(playground) => {
                    self.playground = Some(playground.running_the_clock());
                    Ok(Outcome::default())
                }
                Err(error) => Err((format!("scenario {name}"), error.to_string())),
            };
        }
        let Some(playground) = &mut self.playground else {
            return Err(("a file begins with \\scenario NAME seed N".into(), line));
        };
        match connection {
            // A new session, or the open one of that name; for this record only.
            Connection::Named(name) => {
                if let Err(error) = playground.open_session(name) {
                    return Ok(Outcome::error(error));
                }
                Ok(playground.line(name, &line))
            }
            Connection::Default => {
                let session = playground.current().to_owned();
                Ok(playground.line(&session, &line))
            }
        }
    }

    /// `$name` and `${name}` of `let` records.
    fn substitute(&self, sql: &str) -> String {
        let mut text = sql.to_owned();
        for (name, value) in self.variables.iter().rev() {
            text = text.replace(&format!("${{{name}}}"), value);
            text = text.replace(&format!("${name}"), value);
        }
        text
    }

    fn bind(&mut self, outcome: &Outcome, names: &[String]) -> Result<(), (String, String)> {
        let rows = self.rows(outcome)?;
        let (Some(row), 1) = (rows.first(), rows.len()) else {
            return Err(("one row".into(), format!("{} rows", rows.len())));
        };
        if row.len() != names.len() {
            return Err((
                format!("{} columns", names.len()),
                format!("{} columns", row.len()),
            ));
        }
        for (name, value) in names.iter().zip(row) {
            self.variables.insert(name.clone(), value.clone());
        }
        Ok(())
    }

    /// The rows as test files write them: NULL, `(empty)`, booleans as the system prints them.
    fn rows(&self, outcome: &Outcome) -> Result<Vec<Vec<String>>, (String, String)> {
        if let Some(error) = failure(outcome) {
            return Err(("rows".into(), error));
        }
        let Some(playground) = &self.playground else {
            return Ok(Vec::new());
        };
        let client = playground.engine().client();
        let Some(set) = outcome.rows() else {
            // What a backslash command prints: one row a line. A blank one would end the rows.
            let shown = |line: &str| match line {
                "" => "(empty)".to_owned(),
                line => line.to_owned(),
            };
            return Ok(outcome.text.lines().map(|l| vec![shown(l)]).collect());
        };
        Ok(set
            .rows
            .iter()
            .map(|row| {
                row.iter()
                    .zip(&set.columns)
                    .map(|(value, column)| {
                        let text = match value {
                            jobscope::base::Value::Bool(b) if client.system() == "cockroachdb" => {
                                b.to_string()
                            }
                            value => client.value(value, column.ty),
                        };
                        if text.is_empty() {
                            "(empty)".to_owned()
                        } else {
                            text
                        }
                    })
                    .collect()
            })
            .collect())
    }

    fn check_query(
        &self,
        outcome: &Outcome,
        expected: &QueryExpect<DefaultColumnType>,
    ) -> Result<(), (String, String)> {
        let (types, sort_mode, result_mode, results) = match expected {
            QueryExpect::Error(error) => return check_error(outcome, error),
            QueryExpect::Results {
                types,
                sort_mode,
                result_mode,
                results,
                ..
            } => (types, sort_mode, result_mode, results),
        };
        let mut rows = self.rows(outcome)?;
        let is_rows = outcome.rows().is_some();
        if is_rows
            && let Some(set) = outcome.rows()
            && set.columns.len() != types.len()
        {
            let wanted: String = types.iter().map(|t| t.to_char()).collect();
            return Err((
                format!("{} columns ({wanted})", types.len()),
                format!("{} columns", set.columns.len()),
            ));
        }
        let mode = sort_mode.or(self.sort).unwrap_or(SortMode::NoSort);
        if mode == SortMode::RowSort {
            rows.sort();
        }
        let by_value = matches!(
            (result_mode, self.result_mode),
            (Some(ResultMode::ValueWise), _) | (None, Some(ResultMode::ValueWise))
        ) || mode == SortMode::ValueSort;
        if mode == SortMode::ValueSort {
            let mut values: Vec<String> = rows.concat();
            values.sort();
            rows = values.into_iter().map(|v| vec![v]).collect();
        } else if by_value {
            rows = rows.concat().into_iter().map(|v| vec![v]).collect();
        }
        // White space is folded on both sides, as in the crate's default comparison.
        let fold = |s: &str| s.split_whitespace().collect::<Vec<_>>().join(" ");
        let actual: Vec<String> = rows.iter().map(|r| fold(&r.join(" "))).collect();
        let mut wanted: Vec<String> = results.iter().map(|r| fold(&self.substitute(r))).collect();
        if mode == SortMode::RowSort && wanted.iter().all(|w| !w.contains("<slt:ignore>")) {
            // Both sides in the same order: the file need not know how its values sort.
            wanted.sort();
            let mut sorted = actual.clone();
            sorted.sort();
            return compare(&wanted, &sorted);
        }
        compare(&wanted, &actual)
    }
}

fn compare(wanted: &[String], actual: &[String]) -> Result<(), (String, String)> {
    let same =
        wanted.len() == actual.len() && wanted.iter().zip(actual).all(|(w, a)| matches(w, a));
    if same {
        Ok(())
    } else {
        Err((wanted.join("\n"), actual.join("\n")))
    }
}

/// `<slt:ignore>` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split("<slt:ignore>");
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// What a failed line printed.
fn failure(outcome: &Outcome) -> Option<String> {
    outcome.failed().then(|| outcome.error_text.clone())
}

fn check_statement(outcome: &Outcome, expected: &StatementExpect) -> Result<(), (String, String)> {
    match expected {
        StatementExpect::Ok => match failure(outcome) {
            Some(error) => Err(("statement ok".into(), error)),
            None => Ok(()),
        },
        StatementExpect::Count(n) => {
            let found = match (&outcome.answer, failure(outcome)) {
                (_, Some(error)) => return Err((format!("statement count {n}"), error)),
                (Some(answer), None) => match &answer.body {
                    Body::Command { rows, .. } => *rows,
                    Body::Rows(set) => set.rows.len() as u64,
                    Body::Error(_) | Body::Text(_) => 0,
                },
                (None, None) => 0,
            };
            if found == *n {
                Ok(())
            } else {
                Err((format!("count {n}"), format!("count {found}")))
            }
        }
        StatementExpect::Error(error) => check_error(outcome, error),
    }
}

fn check_error(outcome: &Outcome, expected: &ExpectedError) -> Result<(), (String, String)> {
    let Some(text) = failure(outcome) else {
        return Err((
            format!("an error: {expected:?}"),
            format!("ok: {}", outcome.text),
        ));
    };
    // Matched against the first line the client prints, followed by its further lines.
    let state = outcome.error.as_ref().map(|e| e.sqlstate);
    if expected.is_match(&text, state) {
        Ok(())
    } else {
        Err((describe(expected), text))
    }
}

fn describe(expected: &ExpectedError) -> String {
    match expected {
        ExpectedError::Empty => "any error".into(),
        ExpectedError::Inline(regex) => format!("error {}", regex.as_str()),
        ExpectedError::Multiline(text) => text.clone(),
        other => format!("{other:?}"),
    }
}
