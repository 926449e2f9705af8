//! The prompts of the questionnaire; the only file that names the prompt library.

use inquire::ui::RenderConfig;
use inquire::validator::Validation;
use inquire::{Confirm, InquireError, Select, Text};

use crate::workload::fields::{Field, Shape};

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
pub type Check<'c> = dyn Fn(&str) -> Option<String> + 'c;

const BACK: &str = "< back";
const SKIP: &str = "not sure";
const HELP: &str = "? help";

/// Asks people, or a script in tests.
pub trait Prompter {
    /// Asks one question.
    fn ask(&mut self, field: &Field, title: &str, check: &Check<'_>) -> anyhow::Result<Reply>;
    /// Asks for yes or no; `None` is Ctrl-C.
    fn confirm(&mut self, question: &str, default: bool) -> anyhow::Result<Option<bool>>;
}

/// Prompts on the terminal.
pub struct Terminal {
    /// Colours.
    pub color: bool,
}

impl Terminal {
    fn config(&self) -> RenderConfig<'static> {
        if self.color {
            RenderConfig::default_colored()
        } else {
            RenderConfig::empty()
        }
    }

    fn select(
        &self,
        field: &Field,
        title: &str,
        words: &[&'static str],
    ) -> Result<Reply, InquireError> {
        let mut options: Vec<&str> = words.to_vec();
        if !field.required {
            options.push(SKIP);
        }
        options.extend([HELP, BACK]);
        let count = options.len();
        let picked = Select::new(title, options)
            .with_page_size(count.min(14))
            .with_help_message("arrows or letters, enter to choose, esc to go back")
            .with_render_config(self.config())
            .prompt()?;
        Ok(match picked {
            BACK => Reply::Back,
            SKIP => Reply::Skip,
            HELP => Reply::Help,
            word => Reply::Value(word.to_owned()),
        })
    }

    fn text(&self, field: &Field, title: &str, check: &Check<'_>) -> Result<Reply, InquireError> {
        let hint = if field.required {
            "? help, < back"
        } else {
            "enter alone: not sure, ? help, < back"
        };
        // The validator must own what it calls, so the check runs after the prompt instead.
        let required = field.required;
        let shape = move |text: &str| {
            if required && text.trim().is_empty() {
                Ok(Validation::Invalid("an answer is needed here".into()))
            } else {
                Ok(Validation::Valid)
            }
        };
        loop {
            let answer = Text::new(title)
                .with_placeholder(field.typical)
                .with_help_message(hint)
                .with_validator(shape)
                .with_render_config(self.config())
                .prompt()?;
            match answer.trim() {
                "" => return Ok(Reply::Skip),
                "?" => return Ok(Reply::Help),
                "<" => return Ok(Reply::Back),
                value => match check(value) {
                    None => return Ok(Reply::Value(value.to_owned())),
                    Some(problem) => {
                        anstream::eprintln!("  {problem}");
                    }
                },
            }
        }
    }
}

impl Prompter for Terminal {
    fn ask(&mut self, field: &Field, title: &str, check: &Check<'_>) -> anyhow::Result<Reply> {
        let reply = match field.shape {
            Shape::Word(words) => self.select(field, title, &words()),
            _ => self.text(field, title, check),
        };
        match reply {
            Ok(reply) => Ok(reply),
            Err(InquireError::OperationCanceled) => Ok(Reply::Back),
            Err(InquireError::OperationInterrupted) => Ok(Reply::Interrupted),
            Err(error) => Err(error.into()),
        }
    }

    fn confirm(&mut self, question: &str, default: bool) -> anyhow::Result<Option<bool>> {
        match Confirm::new(question)
            .with_default(default)
            .with_render_config(self.config())
            .prompt()
        {
            Ok(yes) => Ok(Some(yes)),
            Err(InquireError::OperationCanceled) => Ok(Some(false)),
            Err(InquireError::OperationInterrupted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
