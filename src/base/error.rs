//! The one error type of the program. It says what went wrong in the words of the product whose
//! client will print it; how it is printed (prefixes, codes, order of lines) is that product's client text.

use super::Span;

pub type Result<T> = std::result::Result<T, Error>;

/// One pointer wide: errors travel through deep call chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<ErrorBody>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErrorBody {
    pub kind: ErrorKind,
    /// The product's text, without prefix or code.
    pub message: String,
    /// Five characters, for example `42601`; empty when the product prints none.
    pub sqlstate: &'static str,
    /// The product's own number, for example 1235 (OceanBase); 0 when it has none.
    pub number: i32,
    /// Where in the statement text.
    pub span: Option<Span>,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

/// When an error occurs. Faces and tests may ask for it; a system's client text never depends on it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is not a statement of this system.
    Syntax,
    /// A limit of the playground (length, depth, steps, rows): the statement might be fine in the product.
    Limit,
    /// A name, column or id that does not exist, or is ambiguous.
    Name,
    /// Types or values do not fit.
    Type,
    /// The session's user may not do this.
    Privilege,
    /// The statement does not fit the state the cluster is in.
    State,
    /// The product, or this simulation of it, does not do this.
    Unsupported,
    /// A backslash command was used wrongly.
    Command,
}

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(ErrorBody {
            kind,
            message: message.into(),
            sqlstate: "",
            number: 0,
            span: None,
            detail: None,
            hint: None,
        }))
    }
    pub fn sqlstate(mut self, code: &'static str) -> Error {
        self.0.sqlstate = code;
        self
    }
    pub fn number(mut self, number: i32) -> Error {
        self.0.number = number;
        self
    }
    pub fn at(mut self, span: Span) -> Error {
        self.0.span = Some(span);
        self
    }
    pub fn detail(mut self, text: impl Into<String>) -> Error {
        self.0.detail = Some(text.into());
        self
    }
    pub fn hint(mut self, text: impl Into<String>) -> Error {
        self.0.hint = Some(text.into());
        self
    }
    /// The same error with another text, for a system that rewords what an inner layer said.
    pub fn reworded(mut self, message: impl Into<String>) -> Error {
        self.0.message = message.into();
        self
    }
    pub fn body(&self) -> &ErrorBody {
        &self.0
    }
}

impl std::ops::Deref for Error {
    type Target = ErrorBody;
    fn deref(&self) -> &ErrorBody {
        &self.0
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}
