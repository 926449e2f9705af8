//! The real binary in a pseudo-terminal, and what a person would see of it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty as Master, open};

/// Tall enough that nothing scrolls away.
const ROWS: u16 = 500;
/// A prompt that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything the program wrote: the screen, and the bytes.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    closed: bool,
}

/// A program in a terminal.
pub struct Pty {
    master: Arc<Master>,
    child: Child,
    seen: Arc<Mutex<Seen>>,
}

fn some(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

impl Pty {
    /// Starts the binary in a folder of its own, with nothing of the environment but `extra`.
    pub fn start(columns: u16, folder: &Path, extra: &[(&str, &str)], args: &[&str]) -> Self {
        Self::of_size((ROWS, columns), folder, extra, args)
    }

    /// The same in a window of so many rows, out of which lines scroll.
    pub fn of_size(
        (rows, columns): (u16, u16),
        folder: &Path,
        extra: &[(&str, &str)],
        args: &[&str],
    ) -> Self {
        let (master, slave) = open().unwrap();
        master.resize(Size::new(rows, columns)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_cachewright"))
            .args(args)
            .current_dir(folder)
            .env_clear()
            .env("TERM", "xterm-256color")
            // A pager would wait for a key.
            .env("PAGER", "cat")
            .env("HOME", folder)
            .env("XDG_STATE_HOME", folder.join("state"))
            .envs(extra.iter().copied())
            .spawn(slave)
            .unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(some(rows), some(columns), 0),
            bytes: Vec::new(),
            closed: false,
        }));
        let master = Arc::new(master);
        let reader = Arc::clone(&master);
        let writes = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = (&*reader).read(&mut buffer) {
                if count == 0 {
                    break;
                }
                let mut seen = writes.lock().unwrap();
                seen.parser.process(&buffer[..count]);
                seen.bytes.extend_from_slice(&buffer[..count]);
            }
            writes.lock().unwrap().closed = true;
        });
        Self {
            master,
            child,
            seen,
        }
    }

    /// The screen as lines without trailing blanks.
    pub fn screen(&self) -> Vec<String> {
        let contents = self.seen.lock().unwrap().parser.screen().contents();
        contents.lines().map(|l| l.trim_end().to_owned()).collect()
    }

    /// The raw bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }

    /// Lines that did not fit and went on in the next row, before the first with this text.
    pub fn wrapped_before(&self, end: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let screen = seen.parser.screen();
        let (_, columns) = screen.size();
        screen
            .rows(0, columns.get())
            .enumerate()
            .take_while(|(_, text)| !text.contains(end))
            .filter(|(row, _)| screen.row_wrapped(u16::try_from(*row).unwrap()))
            .map(|(_, text)| text)
            .collect()
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        (&*self.master).write_all(keys.as_bytes()).unwrap();
    }

    /// Makes the window as wide.
    pub fn resize(&mut self, columns: u16) {
        // What is drawn for the new width is read after the screen has it.
        let mut seen = self.seen.lock().unwrap();
        self.master.resize(Size::new(ROWS, columns)).unwrap();
        seen.parser.set_size(some(ROWS), some(columns));
    }

    /// Waits until the screen satisfies something; shows the screen when it never does.
    pub fn until<R>(&self, what: &str, mut found: impl FnMut(&[String]) -> Option<R>) -> R {
        let started = Instant::now();
        loop {
            let screen = self.screen();
            if let Some(result) = found(&screen) {
                return result;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "{what} did not come; the screen:\n{}",
                screen.join("\n")
            );
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Waits for a text anywhere on the screen.
    pub fn sees(&self, text: &str) {
        self.until(text, |screen| {
            screen.iter().any(|l| l.contains(text)).then_some(())
        });
    }

    /// Waits for a question to be open, then types.
    pub fn answer(&mut self, question: &str, keys: &str) {
        let open = format!("? {question}");
        let row = self.until(&open, |screen| {
            screen.iter().rposition(|l| l.starts_with(&open))
        });
        self.send(keys);
        if keys.ends_with(['\r', '\u{1b}']) {
            // The line of an answered question begins with another sign.
            self.until(&format!("an answer to {question}"), |screen| {
                let line = screen.get(row)?;
                let left = line.ends_with("<canceled>");
                (left || !line.starts_with("? ")).then_some(())
            });
        }
    }

    /// The question that is open, with the line of hints under it; `None` once the program has ended.
    pub fn open_question(&self) -> Option<(String, String)> {
        self.until("a question", |screen| {
            if self.seen.lock().unwrap().closed {
                return Some(None);
            }
            let hints = screen.iter().rposition(|l| !l.is_empty())?;
            let title = screen.iter().rposition(|l| l.starts_with("? "))?;
            let hint = screen[title..=hints].join(" ");
            let shown = hint.ends_with(']').then_some((screen[title].clone(), hint));
            shown.map(Some)
        })
    }

    /// Waits for the end; the exit code.
    pub fn end(mut self) -> (i32, Vec<String>) {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.until("the end of the output", |_| {
            self.seen.lock().unwrap().closed.then_some(())
        });
        (code, self.screen())
    }
}
