//! The terminal: keys in, frames out; the only file of the questionnaire that names the terminal library.
//!
//! A frame is drawn below the line that the cursor is in, and the cursor waits in its first row. So nothing above it is
//! ever touched, however the window changes.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use crossterm::QueueableCommand as _;
use crossterm::cursor::{MoveToColumn, MoveUp};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode, size};

use super::keys::{Edit, Key};
use crate::text::drives;

/// How a row of a frame looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// As text.
    Plain,
    /// As what is beside the matter.
    Dim,
    /// As the row that enter takes.
    Chosen,
    /// As what was refused.
    Refused,
}

impl Look {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Dim => Style::new().dimmed(),
            Self::Chosen => AnsiColor::Cyan.on_default(),
            Self::Refused => AnsiColor::BrightRed.on_default(),
        }
    }
}

/// What is drawn: the row of the question, and rows under it.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Title and answer, in which the cursor stands, after the sign of a question.
    pub(super) head: String,
    /// Column of the cursor.
    pub(super) column: usize,
    /// Rows under it; none is wider than the window.
    pub(super) rows: Vec<(Look, String)>,
}

/// The terminal while a question is open; given back as it was when dropped.
pub(super) struct Screen<'w> {
    out: &'w mut dyn Write,
    color: bool,
}

impl<'w> Screen<'w> {
    pub(super) fn open(out: &'w mut dyn Write, color: bool) -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(Self { out, color })
    }

    /// Columns and rows of the window.
    pub(super) fn size() -> (usize, usize) {
        let (columns, rows) = size().unwrap_or((80, 24));
        // A pipe that calls itself a terminal may know neither.
        let known = |n: u16, otherwise: usize| if n == 0 { otherwise } else { usize::from(n) };
        (known(columns, 80), known(rows, 24))
    }

    /// Draws over the frame before.
    pub(super) fn draw(&mut self, frame: &Frame) -> io::Result<()> {
        self.out
            .queue(MoveToColumn(0))?
            .queue(Clear(ClearType::FromCursorDown))?;
        self.text(AnsiColor::Green.on_default(), "?")?;
        write!(self.out, " {}", frame.head)?;
        for (look, row) in &frame.rows {
            self.out.write_all(b"\r\n")?;
            self.text(look.style(), row)?;
        }
        if let Ok(up @ 1..) = u16::try_from(frame.rows.len()) {
            self.out.queue(MoveUp(up))?;
        }
        let column = u16::try_from(frame.column).unwrap_or(u16::MAX);
        self.out.queue(MoveToColumn(column))?;
        self.out.flush()
    }

    /// Leaves one line where the frame was.
    pub(super) fn close(mut self, sign: &str, line: &str) -> io::Result<()> {
        self.out
            .queue(MoveToColumn(0))?
            .queue(Clear(ClearType::FromCursorDown))?;
        self.text(AnsiColor::BrightGreen.on_default(), sign)?;
        write!(self.out, " {line}\r\n")?;
        self.out.flush()
    }

    fn text(&mut self, style: Style, text: &str) -> io::Result<()> {
        if self.color && style != Style::new() {
            write!(self.out, "{style}{text}{style:#}")
        } else {
            write!(self.out, "{text}")
        }
    }

    /// The next key.
    pub(super) fn key() -> io::Result<Key> {
        loop {
            match read()? {
                Event::Resize(..) => return Ok(Key::Resize),
                Event::Key(event) if event.kind != KeyEventKind::Release => {
                    if let Some(key) = key(event) {
                        return Ok(key);
                    }
                }
                _ => {}
            }
        }
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        // There is nothing that could be done about a terminal that does not listen.
        let _ = disable_raw_mode();
    }
}

/// What a key of the terminal is to a prompt; most are nothing.
fn key(event: KeyEvent) -> Option<Key> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(match event.code {
        KeyCode::Char(c) if control => of_control(c)?,
        KeyCode::Char('b') if alt => Key::Edit(Edit::WordLeft),
        KeyCode::Char('f') if alt => Key::Edit(Edit::WordRight),
        KeyCode::Char('d') if alt => Key::Edit(Edit::DeleteWordRight),
        KeyCode::Char(c) if !alt && !drives(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left if control || alt => Key::Edit(Edit::WordLeft),
        KeyCode::Right if control || alt => Key::Edit(Edit::WordRight),
        KeyCode::Left => Key::Edit(Edit::Left),
        KeyCode::Right => Key::Edit(Edit::Right),
        KeyCode::Home => Key::Edit(Edit::Start),
        KeyCode::End => Key::Edit(Edit::End),
        KeyCode::Backspace if control || alt => Key::Edit(Edit::DeleteWordLeft),
        KeyCode::Backspace => Key::Edit(Edit::Backspace),
        KeyCode::Delete => Key::Edit(Edit::Delete),
        _ => return None,
    })
}

/// The keys that shells know with Ctrl.
fn of_control(letter: char) -> Option<Key> {
    Some(match letter.to_ascii_lowercase() {
        'c' => Key::Interrupt,
        'd' => Key::Close,
        'a' => Key::Edit(Edit::Start),
        'e' => Key::Edit(Edit::End),
        'b' => Key::Edit(Edit::Left),
        'f' => Key::Edit(Edit::Right),
        'h' => Key::Edit(Edit::Backspace),
        'k' => Key::Edit(Edit::DeleteToEnd),
        'u' => Key::Edit(Edit::DeleteToStart),
        'w' => Key::Edit(Edit::DeleteWordLeft),
        'p' => Key::Up,
        'n' => Key::Down,
        'j' | 'm' => Key::Enter,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bug 3 of the first review: they wrote `u`, `w`, `a`.
    #[test]
    fn a_letter_with_ctrl_is_never_that_letter() {
        for letter in 'a'..='z' {
            let event = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
            assert!(!matches!(key(event), Some(Key::Char(_))), "{letter}");
        }
        let event = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        assert_eq!(key(event('u')), Some(Key::Char('u')));
        assert_eq!(key(event('\u{202e}')), None);
    }
}
