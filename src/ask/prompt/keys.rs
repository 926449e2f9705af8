//! Keys as the prompts know them, and the editing of one line, as in a shell.

/// A key, or a change of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A character that can be seen.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D: the end where nothing is typed, else as Delete.
    Close,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// An edit of the line.
    Edit(Edit),
    /// The window has another size.
    Resize,
}

/// Moving and deleting within a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// One character back.
    Left,
    /// One character on.
    Right,
    /// One word back.
    WordLeft,
    /// One word on.
    WordRight,
    /// To the beginning.
    Start,
    /// To the end.
    End,
    /// Deletes the character before.
    Backspace,
    /// Deletes the character under the cursor.
    Delete,
    /// Deletes the word before.
    DeleteWordLeft,
    /// Deletes the word after.
    DeleteWordRight,
    /// Deletes what is before.
    DeleteToStart,
    /// Deletes what is after.
    DeleteToEnd,
}

/// A line that is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    text: Vec<char>,
    at: usize,
}

impl Line {
    /// With the cursor at the end.
    pub(super) fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        Self {
            at: text.len(),
            text,
        }
    }

    /// What stands there.
    pub(super) fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// What stands before the cursor.
    pub(super) fn before(&self) -> String {
        self.text[..self.at].iter().collect()
    }

    /// Types a character.
    pub(super) fn insert(&mut self, c: char) {
        self.text.insert(self.at, c);
        self.at += 1;
    }

    /// Moves or deletes.
    pub(super) fn edit(&mut self, edit: Edit) {
        let (left, right) = (
            self.at.saturating_sub(1),
            (self.at + 1).min(self.text.len()),
        );
        match edit {
            Edit::Left => self.at = left,
            Edit::Right => self.at = right,
            Edit::WordLeft => self.at = self.word_left(),
            Edit::WordRight => self.at = self.word_right(),
            Edit::Start => self.at = 0,
            Edit::End => self.at = self.text.len(),
            Edit::Backspace => self.delete(left, self.at),
            Edit::Delete => self.delete(self.at, right),
            Edit::DeleteWordLeft => self.delete(self.word_left(), self.at),
            Edit::DeleteWordRight => self.delete(self.at, self.word_right()),
            Edit::DeleteToStart => self.delete(0, self.at),
            Edit::DeleteToEnd => self.delete(self.at, self.text.len()),
        }
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.drain(from..to);
        self.at = from;
    }

    /// Where the word before the cursor begins: blanks first, then what is not blank.
    fn word_left(&self) -> usize {
        let before = &self.text[..self.at];
        let word = before.iter().rposition(|c| *c != ' ').map_or(0, |i| i + 1);
        let start = before[..word].iter().rposition(|c| *c == ' ');
        start.map_or(0, |i| i + 1)
    }

    fn word_right(&self) -> usize {
        let after = &self.text[self.at..];
        let word = after.iter().position(|c| *c != ' ').unwrap_or(after.len());
        let end = after[word..].iter().position(|c| *c == ' ');
        self.at + end.map_or(after.len(), |i| word + i)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edits: &[Edit]) -> (String, String) {
        let mut line = Line::new(text);
        edits.iter().for_each(|e| line.edit(*e));
        (line.before(), line.text())
    }

    #[test]
    fn a_line_is_edited_as_in_a_shell() {
        for (text, edits, before, after) in [
            ("40 k/min", &[Edit::DeleteToStart][..], "", ""),
            ("40 k/min", &[Edit::DeleteWordLeft], "40 ", "40 "),
            ("40 k/min  ", &[Edit::DeleteWordLeft], "40 ", "40 "),
            ("40 k/min", &[Edit::Start, Edit::DeleteToEnd], "", ""),
            ("40 k/min", &[Edit::Start, Edit::Delete], "", "0 k/min"),
            (
                "40 k/min",
                &[Edit::Start, Edit::DeleteWordRight],
                "",
                " k/min",
            ),
            ("40 k/min", &[Edit::WordLeft], "40 ", "40 k/min"),
            (
                "40 k/min",
                &[Edit::Start, Edit::WordRight],
                "40",
                "40 k/min",
            ),
            (
                "40 k/min",
                &[Edit::Left, Edit::Backspace],
                "40 k/m",
                "40 k/mn",
            ),
            (
                "",
                &[
                    Edit::Backspace,
                    Edit::Delete,
                    Edit::Left,
                    Edit::Right,
                    Edit::DeleteWordLeft,
                ],
                "",
                "",
            ),
        ] {
            assert_eq!(
                edited(text, edits),
                (before.to_owned(), after.to_owned()),
                "{text} {edits:?}"
            );
        }
    }

    #[test]
    fn letters_go_where_the_cursor_is() {
        let mut line = Line::new("1/s");
        line.edit(Edit::Start);
        line.insert('2');
        assert_eq!(
            (line.before().as_str(), line.text().as_str()),
            ("2", "21/s")
        );
    }
}
