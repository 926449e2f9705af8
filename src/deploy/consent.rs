//! Asking a person before something changes, and refusing to guess when nobody can be asked.

use tokio::sync::oneshot;

use super::sink::Sink;
use crate::exit::{Exit, Failure};

/// How agreement is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// `--yes`.
    Given,
    /// A person sits at the terminal.
    Ask,
    /// Nobody can be asked.
    Nobody,
}

impl Consent {
    /// From the flag and the terminal.
    pub const fn from(yes: bool, can_prompt: bool) -> Self {
        match (yes, can_prompt) {
            (true, _) => Self::Given,
            (false, true) => Self::Ask,
            (false, false) => Self::Nobody,
        }
    }

    /// True when agreed; an error names the flag when nobody can be asked.
    pub async fn require(
        self,
        sink: &mut Sink<'_>,
        question: &str,
        flag: &str,
    ) -> anyhow::Result<bool> {
        match self {
            Self::Given => Ok(true),
            Self::Nobody => Err(Failure::new(
                Exit::Usage,
                "confirmation-needed",
                format!("nobody can be asked \"{question}\", and {flag} is missing"),
            )
            .help(format!(
                "add {flag}, or run on a terminal without --no-input"
            ))
            .into()),
            Self::Ask => {
                let answer = ask(sink, &format!("{question} [y/N] ")).await?;
                Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
            }
        }
    }
}

/// Reads one line from the terminal; Ctrl-C stays possible because the runtime is not blocked.
pub async fn ask(sink: &mut Sink<'_>, prompt: &str) -> anyhow::Result<String> {
    sink.ask(prompt)?;
    let (send, receive) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line).map(|_| line);
        let _ = send.send(read);
    });
    Ok(receive.await??.trim().to_owned())
}
