//! The prompts of the questionnaire; the only file that names the prompt library.

use std::fmt;
use std::rc::Rc;

use crate::text::cut;
use inquire::ui::{Color, ErrorMessageRenderConfig, RenderConfig, StyleSheet, Styled};
use inquire::validator::Validation;
use inquire::{Confirm, InquireError, MultiSelect, Select, Text};

/// A question ready to be shown.
pub struct Question<'q> {
    /// The question.
    pub title: &'q str,
    /// What may be chosen; empty for answers that are typed.
    pub choices: Vec<(&'static str, String)>,
    /// More than one may be chosen.
    pub many: bool,
    /// What "not sure" stands for; `None` when an answer is needed.
    pub unsure: Option<String>,
    /// An answer that was taken back.
    pub before: Option<String>,
}

/// What came back from a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer, checked.
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
pub type Check = Rc<dyn Fn(&str) -> Option<String>>;

/// A row of a list: what it stands for, and the text behind it.
struct Row {
    word: &'static str,
    text: String,
    reply: Reply,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Prompts on the terminal.
pub struct Terminal {
    /// Colours.
    pub color: bool,
    /// Columns that rows are cut to.
    pub width: usize,
}

impl Terminal {
    /// Asks one question.
    pub fn ask(&self, question: &Question<'_>, check: &Check) -> anyhow::Result<Reply> {
        let reply = if question.choices.is_empty() {
            self.text(question, check)
        } else if question.many {
            self.several(question)
        } else {
            self.one(question)
        };
        match reply {
            Ok(reply) => Ok(reply),
            Err(InquireError::OperationCanceled) => Ok(Reply::Back),
            Err(InquireError::OperationInterrupted) => Ok(Reply::Interrupted),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks for yes or no; `None` is Ctrl-C.
    pub fn confirm(&self, question: &str, default: bool) -> anyhow::Result<Option<bool>> {
        let asked = Confirm::new(question)
            .with_default(default)
            .with_help_message("y or n; enter alone takes the capital one")
            .with_render_config(self.config())
            .prompt();
        match asked {
            Ok(yes) => Ok(Some(yes)),
            Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn config(&self) -> RenderConfig<'static> {
        if self.color {
            RenderConfig::default_colored()
                .with_answered_prompt_prefix(Styled::new("✓").with_fg(Color::LightGreen))
                .with_help_message(StyleSheet::new().with_fg(Color::DarkGrey))
                .with_error_message(
                    ErrorMessageRenderConfig::default_colored()
                        .with_prefix(Styled::new("✗").with_fg(Color::LightRed)),
                )
        } else {
            RenderConfig::empty()
                .with_answered_prompt_prefix(Styled::new("✓"))
                .with_error_message(ErrorMessageRenderConfig::empty().with_prefix(Styled::new("✗")))
        }
    }

    /// The words with what they mean, then help and the way back.
    fn rows(&self, question: &Question<'_>, extra: bool) -> Vec<Row> {
        let mut rows: Vec<(&'static str, String, Reply)> = question
            .choices
            .iter()
            .map(|(word, gloss)| (*word, gloss.clone(), Reply::Value((*word).to_owned())))
            .collect();
        if let Some(stands_for) = question.unsure.as_ref().filter(|_| extra) {
            rows.push(("not sure", stands_for.clone(), Reply::Skip));
        }
        rows.push((
            "?",
            "what this means, typical values".to_owned(),
            Reply::Help,
        ));
        if extra {
            rows.push(("<", "back to the previous question".to_owned(), Reply::Back));
        }
        let pad = rows.iter().map(|(w, ..)| w.len()).max().unwrap_or(0);
        let room = self.width.saturating_sub(if extra { 3 } else { 7 });
        rows.into_iter()
            .map(|(word, gloss, reply)| Row {
                word,
                text: cut(&format!("{word:<pad$}  {gloss}"), room),
                reply,
            })
            .collect()
    }

    fn one(&self, question: &Question<'_>) -> Result<Reply, InquireError> {
        let rows = self.rows(question, true);
        let start = |word: &str| rows.iter().position(|r| r.word == word);
        let start = question.before.as_deref().and_then(start).unwrap_or(0);
        let count = rows.len();
        let picked = Select::new(question.title, rows)
            .with_page_size(count.min(16))
            .with_starting_cursor(start)
            .with_scorer(&|typed, row, _, _| {
                row.word.starts_with(&typed.to_lowercase()).then_some(0)
            })
            .with_formatter(&|row| row.value.word.to_owned())
            .with_help_message("↑↓ or first letters, enter to choose, esc to go back")
            .with_render_config(self.config())
            .prompt()?;
        Ok(picked.reply)
    }

    fn several(&self, question: &Question<'_>) -> Result<Reply, InquireError> {
        let rows = self.rows(question, false);
        let before = question.before.clone().unwrap_or_default();
        let ticked: Vec<usize> = rows
            .iter()
            .enumerate()
            .filter(|(_, r)| before.split([',', '[', ']', ' ']).any(|w| w == r.word))
            .map(|(i, _)| i)
            .collect();
        let count = rows.len();
        let picked = MultiSelect::new(question.title, rows)
            .with_page_size(count.min(18))
            .with_default(&ticked)
            .with_scorer(&|typed, row, _, _| {
                row.word.starts_with(&typed.to_lowercase()).then_some(0)
            })
            .with_formatter(&|rows| match rows {
                [] => "not sure".to_owned(),
                rows => rows
                    .iter()
                    .map(|r| r.value.word)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
            .with_help_message("space ticks, enter accepts (none: not sure), esc goes back")
            .with_render_config(self.config())
            .prompt()?;
        if picked.iter().any(|row| row.reply == Reply::Help) {
            return Ok(Reply::Help);
        }
        let words: Vec<&str> = picked.iter().map(|row| row.word).collect();
        Ok(if words.is_empty() {
            Reply::Skip
        } else {
            Reply::Value(words.join(", "))
        })
    }

    fn text(&self, question: &Question<'_>, check: &Check) -> Result<Reply, InquireError> {
        let check = Rc::clone(check);
        let needed = question.unsure.is_none();
        let validate = move |text: &str| {
            Ok(match text.trim() {
                "?" | "<" => Validation::Valid,
                "" if needed => Validation::Invalid("an answer is needed here".into()),
                "" => Validation::Valid,
                value => match check(value) {
                    None => Validation::Valid,
                    Some(problem) => Validation::Invalid(problem.into()),
                },
            })
        };
        let hint = question.unsure.as_ref().map_or_else(
            || "? explains, < goes back".to_owned(),
            |stands_for| format!("enter alone: {stands_for}; ? explains, < goes back"),
        );
        let answer = Text::new(question.title)
            .with_initial_value(question.before.as_deref().unwrap_or_default())
            .with_help_message(&hint)
            .with_validator(validate)
            .with_formatter(&|text| match text.trim() {
                "" => "not sure".to_owned(),
                text => crate::text::visible(text),
            })
            .with_render_config(self.config())
            .prompt()?;
        Ok(match answer.trim() {
            "" => Reply::Skip,
            "?" => Reply::Help,
            "<" => Reply::Back,
            value => Reply::Value(value.to_owned()),
        })
    }
}
