//! A question whose answers are listed. The cursor starts on "not sure", first letters choose, and a word that nobody
//! knows is said to be none.

use super::keys::{Edit, Key, Line};
use super::screen::{Frame, Look};
use super::{Question, Reply, Row, fitted, word_of};
use crate::text::{cut, visible};

/// The state of the question.
pub(super) struct List<'q> {
    question: &'q Question<'q>,
    rows: Vec<Row>,
    filter: Line,
    /// Among the rows that are left by the filter.
    at: usize,
    ticked: Vec<usize>,
    /// Enter was pressed where an answer is needed.
    needed: bool,
}

impl<'q> List<'q> {
    pub(super) fn new(question: &'q Question<'q>) -> Self {
        let mut rows = Vec::new();
        if let Some(stands_for) = &question.unsure {
            rows.push(Row {
                word: question.skip.to_owned(),
                called: question.skip.to_owned(),
                text: stands_for.clone(),
            });
        }
        rows.extend(question.rows.iter().cloned());
        let before = question.before.clone().unwrap_or_default();
        let before: Vec<&str> = before.split([',', '[', ']']).map(str::trim).collect();
        let said = |row: &Row| before.contains(&row.word.as_str());
        let all = rows.iter().enumerate();
        let said: Vec<usize> = all.filter(|(_, r)| said(r)).map(|(i, _)| i).collect();
        Self {
            question,
            filter: Line::default(),
            at: said.first().copied().unwrap_or(0),
            ticked: if question.many { said } else { Vec::new() },
            needed: false,
            rows,
        }
    }

    /// The rows that begin as what was typed: as people call them, else as a profile does, else any word of theirs. An
    /// answer comes before "not sure": whoever types `n` means no.
    fn left(&self) -> Vec<usize> {
        let typed = self.filter.text().trim().to_lowercase();
        if typed.is_empty() {
            return (0..self.rows.len()).collect();
        }
        let all = || {
            let skip = usize::from(self.question.unsure.is_some());
            (skip..self.rows.len()).chain(0..skip)
        };
        let begin = |text: &str| text.to_lowercase().starts_with(&typed);
        let called: Vec<usize> = all().filter(|i| begin(&self.rows[*i].called)).collect();
        if !called.is_empty() {
            return called;
        }
        let word: Vec<usize> = all().filter(|i| begin(&self.rows[*i].word)).collect();
        if !word.is_empty() || typed.chars().count() < 3 {
            return word;
        }
        let within = |text: &str| text.split([' ', ',', ';', ':', '(']).any(begin);
        let inside = |i: &usize| within(&self.rows[*i].called) || within(&self.rows[*i].text);
        all().filter(inside).collect()
    }

    fn is_skip(&self, row: usize) -> bool {
        self.question.unsure.is_some() && row == 0
    }

    /// What a key does; a reply ends the question.
    pub(super) fn press(&mut self, key: Key) -> Option<Reply> {
        let left = self.left();
        self.needed = false;
        match key {
            Key::Interrupt | Key::Close => return Some(Reply::Interrupted),
            Key::Escape => return Some(Reply::Back),
            Key::Enter => return self.enter(&left),
            Key::Up => {
                self.at = self
                    .at
                    .checked_sub(1)
                    .unwrap_or(left.len().saturating_sub(1))
            }
            Key::Down => self.at = (self.at + 1) % left.len().max(1),
            Key::Char(' ') if self.question.many => self.tick(&left),
            Key::Char(c) => self.typed(|line| line.insert(c)),
            Key::Edit(edit @ (Edit::Start | Edit::End)) if self.filter.text().is_empty() => {
                self.at = if edit == Edit::Start {
                    0
                } else {
                    left.len().saturating_sub(1)
                };
            }
            Key::Edit(edit) => self.typed(|line| line.edit(edit)),
            Key::Resize => {}
        }
        None
    }

    fn typed(&mut self, change: impl FnOnce(&mut Line)) {
        change(&mut self.filter);
        self.at = 0;
    }

    fn tick(&mut self, left: &[usize]) {
        let Some(row) = left.get(self.at).copied().filter(|r| !self.is_skip(*r)) else {
            return;
        };
        match self.ticked.iter().position(|t| *t == row) {
            Some(place) => drop(self.ticked.remove(place)),
            None => self.ticked.push(row),
        }
        if !self.filter.text().is_empty() {
            self.filter = Line::default();
            self.at = row;
        }
    }

    fn enter(&mut self, left: &[usize]) -> Option<Reply> {
        let typed = self.filter.text();
        match word_of(typed.trim()) {
            Some(Reply::Skip) if typed.trim().is_empty() => {}
            Some(Reply::Skip) if self.question.unsure.is_none() => {
                self.needed = true;
                self.filter = Line::default();
                return None;
            }
            Some(reply) => return Some(reply),
            None => {}
        }
        let mut ticked = self.ticked.clone();
        let here = left.get(self.at).copied();
        if ticked.is_empty() || !typed.trim().is_empty() {
            let here = here?;
            if self.is_skip(here) && ticked.is_empty() {
                return Some(Reply::Skip);
            }
            ticked.extend((!self.is_skip(here) && !ticked.contains(&here)).then_some(here));
        }
        ticked.sort_unstable();
        let words: Vec<&str> = ticked.iter().map(|t| self.rows[*t].word.as_str()).collect();
        Some(Reply::Value(words.join(", ")))
    }

    /// The words of an answer as people call them.
    pub(super) fn called(&self, value: &str) -> String {
        let words = value.split(", ").map(|word| {
            let row = self.rows.iter().find(|r| r.word == word);
            row.map_or(word, |r| r.called.as_str())
        });
        let words: Vec<&str> = words.collect();
        let joined = words.join(", ");
        // Whole questions would not fit beside one.
        if joined.chars().count() > 40 {
            return format!("{} of {}", words.len(), self.question.rows.len());
        }
        joined
    }

    /// What is shown in a window of so many columns and rows.
    pub(super) fn frame(&self, (width, height): (usize, usize)) -> Frame {
        let title = self.question.title;
        let left = self.left();
        let typed = visible(&self.filter.text());
        let mut rows = Vec::new();
        let said = word_of(self.filter.text().trim()).filter(|_| !typed.trim().is_empty());
        if self.needed {
            rows.extend(fitted("✗ an answer is needed here", width, Look::Refused));
        }
        if left.is_empty() && said.is_none() {
            let text = format!("✗ no such choice: `{typed}`. Backspace shows them again");
            rows.extend(fitted(&text, width, Look::Refused));
        }
        let page = height.saturating_sub(6).clamp(3, 16);
        let first = (self.at + 1).saturating_sub(page);
        let pad = self
            .rows
            .iter()
            .map(|r| r.called.chars().count())
            .max()
            .unwrap_or(0);
        for (place, row) in left.iter().enumerate().skip(first).take(page) {
            let chosen = place == self.at;
            let look = if chosen { Look::Chosen } else { Look::Plain };
            rows.push((look, self.row(*row, chosen, pad, width)));
        }
        if left.len() > page {
            let more = format!("  … {} of {}", (first + page).min(left.len()), left.len());
            rows.push((Look::Dim, more));
        }
        rows.extend(fitted(&format!("[{}]", self.hint()), width, Look::Dim));
        let head = cut(&format!("{title} {typed}"), width.saturating_sub(3));
        Frame {
            column: 2 + textwrap::core::display_width(&head),
            head,
            rows,
        }
    }

    fn row(&self, row: usize, chosen: bool, pad: usize, width: usize) -> String {
        let Row { called, text, .. } = &self.rows[row];
        let arrow = if chosen { '>' } else { ' ' };
        let tick = match (self.question.many, self.is_skip(row)) {
            (false, _) => "",
            (true, true) => "    ",
            (true, false) if self.ticked.contains(&row) => "[x] ",
            (true, false) => "[ ] ",
        };
        let shown = format!("{arrow} {tick}{called:<pad$}  {text}");
        cut(shown.trim_end(), width.saturating_sub(1))
    }

    fn hint(&self) -> &'static str {
        if self.question.many {
            "space ticks, first letters find, Enter goes on; ? explains, < goes back"
        } else {
            "↑↓ or first letters, Enter chooses; ? explains, < goes back"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(word: &str, called: &str, text: &str) -> Row {
        Row {
            word: word.to_owned(),
            called: called.to_owned(),
            text: text.to_owned(),
        }
    }

    /// "May the internet reach it?": what a profile calls `required` is answered with no.
    fn question(many: bool) -> Question<'static> {
        Question {
            title: "May the internet reach it?",
            rows: vec![
                row("required", "no", "private addresses only"),
                row("preferred", "rather not", "private is worth something"),
                row("no", "yes", "signing in protects it enough"),
            ],
            many,
            typical: "",
            skip: super::super::NOT_SURE,
            unsure: Some("no is assumed".to_owned()),
            before: None,
        }
    }

    fn press(question: &Question<'_>, keys: &[Key]) -> Option<Reply> {
        let mut list = List::new(question);
        let replies = keys.iter().filter_map(|k| list.press(*k));
        replies.last()
    }

    fn typed(text: &str) -> Vec<Key> {
        text.chars().map(Key::Char).chain([Key::Enter]).collect()
    }

    fn value(word: &str) -> Option<Reply> {
        Some(Reply::Value(word.to_owned()))
    }

    /// Bug 2 of the first review: enter alone took the first and harshest word.
    #[test]
    fn enter_alone_is_not_sure() {
        assert_eq!(press(&question(false), &[Key::Enter]), Some(Reply::Skip));
        assert_eq!(press(&question(true), &[Key::Enter]), Some(Reply::Skip));
    }

    /// Bug 1 of the first review: `n` took a `no` that meant yes.
    #[test]
    fn no_key_means_its_opposite() {
        assert_eq!(press(&question(false), &typed("n")), value("required"));
        assert_eq!(press(&question(false), &typed("no")), value("required"));
        assert_eq!(press(&question(false), &typed("y")), value("no"));
        assert_eq!(press(&question(false), &typed("not")), Some(Reply::Skip));
        assert_eq!(press(&question(false), &typed("ra")), value("preferred"));
        // A profile's own word, where it is not the name of another answer.
        assert_eq!(press(&question(false), &typed("req")), value("required"));
    }

    /// Questions in a list begin alike ("Must …"); what they are about stands further on.
    #[test]
    fn a_word_inside_a_row_finds_it() {
        let mut asked = question(true);
        asked.rows[1].called = "Must idle time cost (almost) nothing?".to_owned();
        for text in ["idle", "almost", "private"] {
            let found = press(&asked, &typed(text));
            let want = if text == "private" {
                "required"
            } else {
                "preferred"
            };
            assert_eq!(found, value(want), "{text}");
        }
    }

    #[test]
    fn a_word_that_nobody_knows_is_said_to_be_none() {
        let asked = question(false);
        let mut list = List::new(&asked);
        "xy".chars().for_each(|c| drop(list.press(Key::Char(c))));
        assert_eq!(list.press(Key::Enter), None);
        let frame = list.frame((80, 24));
        assert!(
            frame.rows[0].1.starts_with("✗ no such choice: `xy`"),
            "{frame:?}"
        );
        list.press(Key::Edit(Edit::DeleteToStart));
        assert_eq!(list.press(Key::Enter), Some(Reply::Skip));
    }

    #[test]
    fn help_back_and_skip_are_words_here_too() {
        for many in [false, true] {
            assert_eq!(press(&question(many), &typed("?")), Some(Reply::Help));
            assert_eq!(press(&question(many), &typed("<")), Some(Reply::Back));
            assert_eq!(press(&question(many), &typed("skip")), Some(Reply::Skip));
            assert_eq!(press(&question(many), &[Key::Escape]), Some(Reply::Back));
        }
    }

    #[test]
    fn several_are_ticked_and_one_needs_no_tick() {
        let asked = question(true);
        let space = Key::Char(' ');
        let keys = [Key::Down, space, Key::Down, Key::Down, space, Key::Enter];
        assert_eq!(press(&asked, &keys), value("required, no"));
        assert_eq!(press(&asked, &[Key::Down, Key::Enter]), value("required"));
        assert_eq!(press(&asked, &typed("yes")), value("no"));
        // The row of "not sure" cannot be ticked.
        assert_eq!(press(&asked, &[space, Key::Enter]), Some(Reply::Skip));
    }

    #[test]
    fn an_answer_that_was_taken_back_is_where_the_cursor_starts() {
        let asked = Question {
            before: Some("preferred".to_owned()),
            ..question(false)
        };
        assert_eq!(press(&asked, &[Key::Enter]), value("preferred"));
    }

    #[test]
    fn a_list_fits_a_small_window() {
        let asked = Question {
            rows: (0..30)
                .map(|i| row("w", &format!("word {i}"), "x"))
                .collect(),
            ..question(true)
        };
        let mut list = List::new(&asked);
        for _ in 0..40 {
            list.press(Key::Down);
            let frame = list.frame((60, 24));
            assert!(frame.rows.len() < 20, "{frame:?}");
            assert!(
                frame.rows.iter().any(|(look, _)| *look == Look::Chosen),
                "{frame:?}"
            );
        }
    }
}
