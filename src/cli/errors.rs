//! Errors as people read them, and the exit code of each.

use std::io;

use super::output;
use crate::exit::{Exit, Failure};
use crate::text::visible;
use crate::world::World;

/// An error that has a code. Bare trouble with input or output is a stream of ours: every file that is
/// read or written is named in a failure of its own.
pub fn failure(error: &anyhow::Error) -> Option<Failure> {
    let stream = |e: &io::Error| {
        output::unwritable("the result", e).help("make room where the output goes, then run again")
    };
    let own = error.downcast_ref::<Failure>().cloned();
    own.or_else(|| bare(error).map(stream))
}

fn bare(error: &anyhow::Error) -> Option<&io::Error> {
    error.chain().next()?.downcast_ref()
}

/// Prints an error the way people read it: what, then the causes, then what to do.
/// `verbose` adds what was tried on the way.
pub fn report_error(error: &anyhow::Error, verbose: bool, world: &mut World<'_>) {
    let failure = failure(error);
    let (bold, reset) = if world.terminal.color_err {
        ("\u{1b}[1;31m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let code = failure
        .as_ref()
        .map_or(String::new(), |f| format!("[{}]", f.code));
    let head = failure
        .as_ref()
        .filter(|_| bare(error).is_some())
        .map_or_else(|| error.to_string(), Failure::to_string);
    let mut text = format!("{bold}error{code}{reset}: {}", lines(&head));
    for cause in error.chain().skip(1) {
        text.push_str(&format!(": {}", lines(&cause.to_string())));
    }
    let _ = writeln!(world.err, "{text}");
    let Some(failure) = failure else {
        return;
    };
    if let Some(help) = failure.help {
        let _ = writeln!(world.err, "  = help: {}", lines(&help));
    }
    match failure.detail {
        Some(detail) if verbose => {
            let _ = writeln!(world.err, "  = tried: {}", lines(&detail));
        }
        Some(_) => {
            let _ = writeln!(world.err, "  = note: --verbose says what was tried");
        }
        None => {}
    }
}

/// A message of several lines with whatever it quotes made visible.
fn lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(visible).collect();
    lines.join("\n")
}

/// The exit code of an error.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    failure(error).map_or(Exit::Usage, |f| f.exit)
}

/// Did the reader of our output go away?
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(broken))
}
