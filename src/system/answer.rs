//! What a statement answers, before any client has printed it.

use crate::base::{Duration, Error};
use crate::query::ResultSet;
use std::hash::{Hash, Hasher};

#[derive(Clone, Debug)]
pub struct Answer {
    pub notices: Vec<Notice>,
    pub body: Body,
    /// Virtual time from the statement to its answer.
    pub elapsed: Duration,
}

#[derive(Clone, Debug)]
pub enum Body {
    Rows(ResultSet),
    /// A statement without a result set: the product's tag (`CANCEL JOBS 1`), the rows it touched,
    /// and its warnings.
    Command {
        tag: String,
        rows: u64,
        warnings: u64,
    },
    Error(Error),
    /// Text that the client prints as it is (help, EXPLAIN trees).
    Text(String),
}

/// A line before the result: `NOTICE: …`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notice {
    pub severity: &'static str,
    pub text: String,
    pub hint: Option<String>,
}

impl Answer {
    pub fn rows(set: ResultSet) -> Answer {
        Answer::of(Body::Rows(set))
    }
    /// `tag` as the product's client prints it; `rows` is the count it holds or implies.
    pub fn command(tag: impl Into<String>, rows: u64) -> Answer {
        Answer::of(Body::Command {
            tag: tag.into(),
            rows,
            warnings: 0,
        })
    }
    pub fn error(error: Error) -> Answer {
        Answer::of(Body::Error(error))
    }
    pub fn text(text: impl Into<String>) -> Answer {
        Answer::of(Body::Text(text.into()))
    }
    pub fn of(body: Body) -> Answer {
        Answer {
            notices: Vec::new(),
            body,
            elapsed: Duration::ZERO,
        }
    }
    pub fn notice(mut self, text: impl Into<String>) -> Answer {
        self.notices.push(Notice {
            severity: "NOTICE",
            text: text.into(),
            hint: None,
        });
        self
    }
    pub fn as_error(&self) -> Option<&Error> {
        match &self.body {
            Body::Error(e) => Some(e),
            _ => None,
        }
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Answer {
        Answer::error(error)
    }
}

/// What a person could read of it.
impl Hash for Answer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.notices.hash(state);
        self.elapsed.hash(state);
        match &self.body {
            Body::Rows(set) => {
                for column in &set.columns {
                    column.name.hash(state);
                }
                set.rows.hash(state);
            }
            Body::Command {
                tag,
                rows,
                warnings,
            } => (tag, rows, warnings).hash(state),
            Body::Error(error) => error.body().hash(state),
            Body::Text(text) => text.hash(state),
        }
    }
}
