//! The prompts of the questionnaire: lists and typed answers, the same words and keys in both.
//!
//! What a key does is computed without a terminal (`keys`, `typed`, `list`); `screen` is the terminal.

mod keys;
mod list;
mod screen;
mod typed;

use std::io::Write;
use std::rc::Rc;

use super::Problem;
use crate::text::visible;
use list::List;
use screen::{Look, Screen};
use typed::Typed;

/// What enter alone means at most questions.
pub const NOT_SURE: &str = "not sure";

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What a profile says.
    pub word: String,
    /// What it is called as an answer to the question.
    pub called: String,
    /// In a few words.
    pub text: String,
}

/// A question ready to be shown.
pub struct Question<'q> {
    /// The question.
    pub title: &'q str,
    /// What may be chosen; empty for answers that are typed.
    pub rows: Vec<Row>,
    /// More than one may be chosen.
    pub many: bool,
    /// What people have of it, shown where it is typed; may be empty.
    pub typical: &'q str,
    /// What enter alone is called.
    pub skip: &'static str,
    /// What it stands for; `None` when an answer is needed.
    pub unsure: Option<String>,
    /// An answer that was given before.
    pub before: Option<String>,
}

/// What came back from a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer; a typed one is checked.
    Value(String),
    /// The person wants the previous question.
    Back,
    /// The person is not sure.
    Skip,
    /// The person wants the meaning and typical values.
    Help,
    /// Ctrl-C.
    Interrupted,
}

/// Says why a value is refused, or nothing.
pub type Check = Rc<dyn Fn(&str) -> Option<Problem>>;

/// What is no answer, in a list as in a typed field; nothing typed is "not sure".
fn word_of(text: &str) -> Option<Reply> {
    match text.to_lowercase().as_str() {
        "?" | "help" => Some(Reply::Help),
        "<" | "back" => Some(Reply::Back),
        "" | "-" | "skip" | "not sure" | "unknown" | "don't know" => Some(Reply::Skip),
        _ => None,
    }
}

/// A text over as many rows as it needs; no row ends inside a word.
fn fitted(text: &str, width: usize, look: Look) -> Vec<(Look, String)> {
    let options = textwrap::Options::new(width.saturating_sub(1).max(20)).subsequent_indent("  ");
    let rows = textwrap::wrap(text, options);
    rows.into_iter()
        .map(|row| (look, row.into_owned()))
        .collect()
}

/// Rows of the window.
pub fn rows() -> usize {
    Screen::size().1
}

/// Prompts on the terminal.
pub struct Terminal {
    /// Colours.
    pub color: bool,
}

impl Terminal {
    /// Asks one question.
    pub fn ask(
        &self,
        question: &Question<'_>,
        check: &Check,
        out: &mut dyn Write,
    ) -> anyhow::Result<Reply> {
        if question.rows.is_empty() {
            self.typed(question, check, out)
        } else {
            self.list(question, out)
        }
    }

    fn typed(
        &self,
        question: &Question<'_>,
        check: &Check,
        out: &mut dyn Write,
    ) -> anyhow::Result<Reply> {
        let mut screen = Screen::open(out, self.color)?;
        let mut field = Typed::new(question);
        loop {
            screen.draw(&field.frame(Screen::size().0))?;
            let key = Screen::key()?;
            if let Some(reply) = field.press(key, check) {
                return Self::close(screen, question, reply, &|value| value.to_owned());
            }
        }
    }

    fn list(&self, question: &Question<'_>, out: &mut dyn Write) -> anyhow::Result<Reply> {
        let mut screen = Screen::open(out, self.color)?;
        let mut list = List::new(question);
        loop {
            screen.draw(&list.frame(Screen::size()))?;
            let key = Screen::key()?;
            if let Some(reply) = list.press(key) {
                return Self::close(screen, question, reply, &|value| list.called(value));
            }
        }
    }

    /// Leaves the question with its answer, or nothing but its title where there is none.
    fn close(
        screen: Screen<'_>,
        question: &Question<'_>,
        reply: Reply,
        called: &dyn Fn(&str) -> String,
    ) -> anyhow::Result<Reply> {
        let (sign, said) = match &reply {
            Reply::Value(value) => ("✓", visible(&called(value))),
            Reply::Skip => ("✓", question.skip.to_owned()),
            Reply::Back => ("<", "back".to_owned()),
            Reply::Help => ("·", "help".to_owned()),
            Reply::Interrupted => ("·", String::new()),
        };
        let width = Screen::size().0.saturating_sub(3);
        let line = crate::text::cut(&format!("{} {said}", question.title), width);
        screen.close(sign, line.trim_end())?;
        Ok(reply)
    }

    /// Asks for yes or no; `None` is Ctrl-C.
    pub fn confirm(
        &self,
        question: &str,
        default: bool,
        out: &mut dyn Write,
    ) -> anyhow::Result<Option<bool>> {
        let row = |word: &str| Row {
            word: word.to_owned(),
            called: word.to_owned(),
            text: String::new(),
        };
        let asked = Question {
            title: question,
            rows: vec![row("yes"), row("no")],
            many: false,
            typical: "",
            skip: NOT_SURE,
            unsure: None,
            before: Some(if default { "yes" } else { "no" }.to_owned()),
        };
        loop {
            match self.list(&asked, out)? {
                Reply::Value(word) => return Ok(Some(word == "yes")),
                Reply::Interrupted | Reply::Back => return Ok(None),
                Reply::Skip | Reply::Help => {}
            }
        }
    }
}
