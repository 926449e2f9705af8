//! A question whose answer is typed. What can be corrected stands in the field, corrected, and enter takes it.

use textwrap::core::display_width;

use super::keys::{Edit, Key, Line};
use super::screen::{Frame, Look};
use super::{Check, Question, Reply, fitted, word_of};
use crate::text::visible;

/// The state of the question.
pub(super) struct Typed<'q> {
    question: &'q Question<'q>,
    line: Line,
    /// Why the last try was refused.
    refused: Option<String>,
}

impl<'q> Typed<'q> {
    pub(super) fn new(question: &'q Question<'q>) -> Self {
        Self {
            question,
            line: Line::new(question.before.as_deref().unwrap_or_default()),
            refused: None,
        }
    }

    /// What a key does; a reply ends the question.
    pub(super) fn press(&mut self, key: Key, check: &Check) -> Option<Reply> {
        match key {
            Key::Interrupt => return Some(Reply::Interrupted),
            Key::Escape => return Some(Reply::Back),
            Key::Enter => return self.enter(check),
            Key::Close if self.line.text().is_empty() => return Some(Reply::Interrupted),
            Key::Close => self.line.edit(Edit::Delete),
            Key::Char(c) => self.line.insert(c),
            Key::Edit(edit) => self.line.edit(edit),
            Key::Up | Key::Down | Key::Resize => return None,
        }
        self.refused = None;
        None
    }

    fn enter(&mut self, check: &Check) -> Option<Reply> {
        let text = self.line.text();
        let text = text.trim();
        match word_of(text) {
            Some(Reply::Skip) if self.question.unsure.is_none() => {
                self.refused = Some("an answer is needed here".to_owned());
                return None;
            }
            Some(reply) => return Some(reply),
            None => {}
        }
        let Some(problem) = check(text) else {
            return Some(Reply::Value(text.to_owned()));
        };
        self.refused = Some(match &problem.fix {
            Some(fix) => format!("{}. Enter takes `{fix}`", problem.what),
            None => problem.to_string(),
        });
        if let Some(fix) = &problem.fix {
            self.line = Line::new(fix);
        }
        None
    }

    /// What is shown, in so many columns.
    pub(super) fn frame(&self, width: usize) -> Frame {
        let title = self.question.title;
        let before = format!("{title} {}", visible(&self.line.before()));
        let head = format!("{title} {}", visible(&self.line.text()));
        // The sign of a question and a blank, and a place for the cursor.
        let room = width.saturating_sub(3);
        let over = display_width(&before).saturating_sub(room);
        let column = 2 + display_width(&before) - over;
        let mut rows = Vec::new();
        if let Some(refused) = &self.refused {
            rows.extend(fitted(&format!("✗ {refused}"), width, Look::Refused));
        }
        if !self.question.typical.is_empty() {
            rows.extend(fitted(
                &format!("  {}", self.question.typical),
                width,
                Look::Dim,
            ));
        }
        let hint = match &self.question.unsure {
            None => "? explains, < goes back".to_owned(),
            Some(stands_for) => {
                let skip = self.question.skip;
                format!("Enter: {skip} ({stands_for}); ? explains, < goes back")
            }
        };
        rows.extend(fitted(&format!("[{hint}]"), width, Look::Dim));
        Frame {
            head: head.chars().skip(over).take(room).collect(),
            column,
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::ask::Problem;

    fn question(unsure: bool) -> Question<'static> {
        Question {
            title: "How large?",
            rows: Vec::new(),
            many: false,
            typical: "",
            skip: super::super::NOT_SURE,
            unsure: unsure.then(|| "1 KiB is assumed".to_owned()),
            before: None,
        }
    }

    /// Only `2 KB` is fine, and it is what `2 Kb` is meant to be.
    fn check() -> Check {
        Rc::new(|text| {
            (text != "2 KB").then(|| Problem {
                what: format!("`{text}` is nothing"),
                help: "write it as `2 KB`".to_owned(),
                fix: (text == "2 Kb").then(|| "2 KB".to_owned()),
            })
        })
    }

    fn typed(question: &Question<'_>, text: &str) -> (Option<Reply>, String) {
        let mut typed = Typed::new(question);
        for c in text.chars() {
            typed.press(Key::Char(c), &check());
        }
        let reply = typed.press(Key::Enter, &check());
        (reply, typed.frame(80).rows[0].1.clone())
    }

    #[test]
    fn words_that_are_no_answer_work_in_a_typed_field() {
        let asked = question(true);
        for text in ["", "not sure", "skip", "Unknown", " - "] {
            assert_eq!(typed(&asked, text).0, Some(Reply::Skip), "{text}");
        }
        assert_eq!(typed(&asked, "?").0, Some(Reply::Help));
        assert_eq!(typed(&asked, "<").0, Some(Reply::Back));
        let (reply, shown) = typed(&question(false), "skip");
        assert_eq!(
            (reply, shown.as_str()),
            (None, "✗ an answer is needed here")
        );
    }

    #[test]
    fn what_can_be_corrected_stands_in_the_field_and_enter_takes_it() {
        let asked = question(true);
        let mut field = Typed::new(&asked);
        "2 Kb"
            .chars()
            .for_each(|c| drop(field.press(Key::Char(c), &check())));
        assert_eq!(field.press(Key::Enter, &check()), None);
        let frame = field.frame(80);
        assert_eq!((frame.head.as_str(), frame.column), ("How large? 2 KB", 17));
        assert!(frame.rows[0].1.contains("Enter takes `2 KB`"), "{frame:?}");
        assert_eq!(
            field.press(Key::Enter, &check()),
            Some(Reply::Value("2 KB".to_owned()))
        );
    }

    #[test]
    fn a_long_answer_scrolls_within_its_row() {
        let asked = Question {
            before: Some("x".repeat(100)),
            ..question(true)
        };
        let frame = Typed::new(&asked).frame(40);
        assert!(
            frame.head.chars().count() <= 37 && frame.column < 40,
            "{frame:?}"
        );
        assert!(
            frame.rows.iter().all(|(_, row)| display_width(row) <= 40),
            "{frame:?}"
        );
    }
}
