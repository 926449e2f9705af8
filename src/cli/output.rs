//! Writing results: to standard output, or to a file that is never overwritten unasked.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use super::args::{Format, Output};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::report::text::Layout;
use crate::text::one_of;
use crate::world::World;

/// The whole screen.
pub fn screen(world: &World<'_>) -> Layout {
    Layout {
        width: world.terminal.width,
        color: world.terminal.color_out,
    }
}

impl Output {
    /// The file; none for standard output, which `-` is too.
    pub fn path(&self) -> Option<&Path> {
        let path = self.output.as_deref();
        path.filter(|p| p.as_os_str() != "-")
    }

    /// The form that was asked for, else the one that the file's name ends in, else text.
    pub fn form(&self, asked: Option<Format>, has: &[(Format, &str)]) -> Result<Format> {
        let by_name = || self.path().and_then(Format::of_file);
        let Some(form) = asked.or_else(by_name) else {
            return Ok(Format::Text);
        };
        if has.iter().any(|(f, _)| *f == form) {
            return Ok(form);
        }
        let words: Vec<&str> = has.iter().map(|(f, _)| f.word()).collect();
        let message = format!("this command writes no {}", form.word());
        let failure = Failure::new(Exit::Usage, "form-unknown", message);
        Err(failure
            .help(format!(
                "it writes {}: give the file another ending, or say -f",
                one_of(&words)
            ))
            .into())
    }

    /// Refuses an existing file before work is done for it.
    pub fn check(&self) -> Result<()> {
        self.path()
            .map_or(Ok(()), |path| refuse_overwrite(path, self.force))
    }

    /// Writes a result to the file or to standard output.
    pub fn write(&self, text: &str, world: &mut World<'_>) -> Result<()> {
        match self.path() {
            None => print(text, world),
            Some(path) => to_file(text.as_bytes(), path, self.force),
        }
    }

    /// The same for a text that a person reads: on a terminal, what is longer than the screen goes through `PAGER`.
    pub fn show(&self, text: &str, world: &mut World<'_>) -> Result<()> {
        let rows = world.terminal.height.filter(|_| self.path().is_none());
        let long = rows.is_some_and(|rows| text.lines().count() > rows);
        if long && paged(text, world) {
            return Ok(());
        }
        self.write(text, world)
    }

    /// Layout of a text that goes there: a file has no width and no colour.
    pub fn layout(&self, world: &World<'_>) -> Layout {
        match self.path() {
            None => screen(world),
            Some(_) => Layout {
                width: 80,
                color: false,
            },
        }
    }
}

/// Hands a text to the pager; `false` where there is none, so that the text is still to be printed.
fn paged(text: &str, world: &World<'_>) -> bool {
    let asked = world.env.get("PAGER").filter(|p| !p.trim().is_empty());
    // As git does: quits at once what fits, keeps colours, leaves the text on the screen.
    let mut words = asked.map_or("less -FRX", String::as_str).split_whitespace();
    let Some(program) = words.next() else {
        return false;
    };
    let pager = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .spawn();
    let Ok(mut pager) = pager else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // Who quits before the end has read enough.
        let _ = input.write_all(text.as_bytes());
    }
    pager.wait().is_ok()
}

/// Writes a result to standard output.
pub fn print(text: &str, world: &mut World<'_>) -> Result<()> {
    world.out.write_all(text.as_bytes())?;
    world.out.flush()?;
    Ok(())
}

/// Writes a whole file or nothing; everybody may read it.
pub fn to_file(bytes: &[u8], path: &Path, force: bool) -> Result<()> {
    to_private_file(bytes, path, force)?;
    // A file that only its owner can read is still the result.
    let _ = files::open_to_readers(path);
    Ok(())
}

/// Writes a whole file or nothing; only its owner may read it. For what names the resources of an account.
pub fn to_private_file(bytes: &[u8], path: &Path, force: bool) -> Result<()> {
    refuse_overwrite(path, force)?;
    files::write(path, bytes, force).map_err(|error| {
        unwritable(&format!("`{}`", path.display()), &error)
            .help("name a folder that exists and may be written to, and see that the disk has room")
            .into()
    })
}

/// Makes a folder with those above it.
pub fn folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| {
        unwritable(&format!("the folder `{}`", path.display()), &error)
            .help("name a folder that may be made")
            .into()
    })
}

/// What could not be written, and why.
pub fn unwritable(what: &str, error: &io::Error) -> Failure {
    let message = format!("cannot write {what}: {}", files::reason(error));
    Failure::new(Exit::Usage, "file-unwritable", message)
}

/// Fails early when a file exists and `--force` was not given.
pub fn refuse_overwrite(path: &Path, force: bool) -> Result<()> {
    if path.exists() && !files::is_stream(path) && !force {
        return Err(Failure::new(
            Exit::Usage,
            "file-exists",
            format!("`{}` exists", path.display()),
        )
        .help("give another name, or `--force` to overwrite it")
        .into());
    }
    Ok(())
}
