//! What was found and what was expected, without any product's words.

use super::Flaw;
use crate::base::{Error, Span};

/// What a name in a statement stands for: completion offers names of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Table,
    Column,
    Database,
    Schema,
    Index,
    User,
    Tenant,
    Setting,
    Variable,
    Job,
    Schedule,
    Privilege,
    Type,
    Function,
    /// A name that the statement introduces, or that nothing can be offered for.
    Other,
}

/// One thing that would have fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Upper case.
    Word(&'static str),
    Symbol(&'static str),
    Name(Role),
    String,
    Integer,
    Number,
    Placeholder,
    Expression,
    Query,
    /// The end of the statement.
    End,
}

/// Why reading stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A token, or the end, that does not fit.
    Unexpected,
    /// The token itself is broken, for example a string without its end.
    Lexical(Flaw),
    /// sqlparser said no inside a query; its own words, without the position.
    Query(String),
    /// The text is readable, but a rule of the grammar refuses it; the product's reason.
    Refused(String),
    /// An error that already has its words: a limit, or a check of the system's grammar.
    Told(Error),
}

/// One pointer wide. A system turns it into its product's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError(Box<SyntaxErrorBody>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxErrorBody {
    pub cause: Cause,
    /// The token that does not fit; empty and at the end of the text if it is the end.
    pub span: Span,
    /// True if the input ended where more was needed.
    pub at_end: bool,
    /// The last token before it, if any: some products complain about that one when input ends early.
    pub previous: Option<Span>,
    /// What would have fitted, in the order in which it was tried.
    pub expected: Vec<Expected>,
}

impl SyntaxError {
    pub fn new(body: SyntaxErrorBody) -> SyntaxError {
        SyntaxError(Box::new(body))
    }
    /// A rule of the grammar refuses what stands at `span`.
    pub fn refused(reason: impl Into<String>, span: Span, at_end: bool) -> SyntaxError {
        SyntaxError::new(SyntaxErrorBody {
            cause: Cause::Refused(reason.into()),
            span,
            at_end,
            previous: None,
            expected: Vec::new(),
        })
    }
    /// An error that already has its words.
    pub fn told(error: Error, span: Span) -> SyntaxError {
        SyntaxError::new(SyntaxErrorBody {
            cause: Cause::Told(error),
            span,
            at_end: false,
            previous: None,
            expected: Vec::new(),
        })
    }
}

impl std::ops::Deref for SyntaxError {
    type Target = SyntaxErrorBody;
    fn deref(&self) -> &SyntaxErrorBody {
        &self.0
    }
}

impl From<Error> for SyntaxError {
    fn from(error: Error) -> SyntaxError {
        let span = error.span.unwrap_or_default();
        SyntaxError::told(error, span)
    }
}
