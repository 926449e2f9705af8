//! Errors as people read them, and the exit code of each.

use crate::exit::{Exit, Failure};
use crate::world::World;

/// Prints an error the way people read it: what, then the causes, then what to do.
pub fn report_error(error: &anyhow::Error, world: &mut World<'_>) {
    let failure = error.downcast_ref::<Failure>();
    let (bold, reset) = if world.terminal.color_err {
        ("\u{1b}[1;31m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let code = failure.map_or(String::new(), |f| format!("[{}]", f.code));
    let mut text = format!("{bold}error{code}{reset}: {error}");
    for cause in error.chain().skip(1) {
        text.push_str(&format!(": {cause}"));
    }
    let _ = writeln!(world.err, "{text}");
    if let Some(help) = failure.and_then(|f| f.help.as_ref()) {
        let _ = writeln!(world.err, "  = help: {help}");
    }
}

/// The exit code of an error.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    error
        .downcast_ref::<Failure>()
        .map_or(Exit::Usage, |f| f.exit)
}

/// Did the reader of our output go away?
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(broken))
}
