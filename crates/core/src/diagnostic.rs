//! Problems in a file a user wrote: code, message, places, help. As data; `crate::snippet` renders.

use std::ops::Range;

/// A byte range of the source.
pub type Span = Range<usize>;

/// One place of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What about it.
    pub text: String,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable kebab-case code that `explain` knows.
    pub code: &'static str,
    /// An error unless this is set.
    pub warning: bool,
    /// Lower-case fragment in the user's own words.
    pub message: String,
    /// The first is where the caret goes.
    pub labels: Vec<Label>,
    /// What is allowed, or what to paste.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(
        code: &'static str,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        let labels = vec![Label {
            span,
            text: label.into(),
        }];
        Self {
            code,
            warning: false,
            message: message.into(),
            labels,
            help: None,
        }
    }

    /// Adds help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Makes it a warning.
    #[must_use]
    pub fn warn(mut self) -> Self {
        self.warning = true;
        self
    }
}

/// 1-based line and column (in characters) of a byte offset.
pub fn line_column(source: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &source[..offset];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    (line, before[start..].chars().count() + 1)
}
