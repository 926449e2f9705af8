//! Why a call gave no result: text for the agent, and the same as data. Both are bounded.

use schemars::JsonSchema;
use serde::Serialize;

use super::{MAX_ERROR, MAX_PROBLEMS, clean};
use crate::exit::Failure;
use crate::text::{cut, plural};

// One thing that is wrong; doc comments would stand in a schema.
#[allow(missing_docs, reason = "the names say it")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Problem {
    pub code: String,
    pub field: Option<String>,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub message: String,
    pub help: Option<String>,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the command line would say.
    pub text: String,
    /// The same, one by one.
    pub problems: Vec<Problem>,
}

impl Refused {
    /// Several problems with a text for each; more than fit are counted.
    pub fn of(mut problems: Vec<Problem>, texts: &[String]) -> Self {
        let all = problems.len();
        let mut text = String::new();
        let mut shown = 0;
        for one in texts.iter().take(MAX_PROBLEMS) {
            let room = MAX_ERROR - 60;
            if shown > 0 && text.len() + one.len() > room {
                break;
            }
            text.push_str(&bytes(&clean(one), room));
            shown += 1;
        }
        if shown < all {
            let more = plural((all - shown) as u64, "more problem");
            text.push_str(&format!("… and {more}\n"));
        }
        problems.truncate(MAX_PROBLEMS);
        for problem in &mut problems {
            problem.message = cut(&clean(&problem.message), 300);
            problem.help = problem.help.as_ref().map(|h| cut(&clean(h), 300));
        }
        Self { text, problems }
    }
}

/// As much of a text as so many bytes hold.
fn bytes(text: &str, room: usize) -> String {
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

impl From<&Failure> for Refused {
    fn from(failure: &Failure) -> Self {
        let help = failure.help.as_ref();
        let tail = help.map_or(String::new(), |h| format!("\n  = help: {h}"));
        let text = format!("error[{}]: {}{tail}\n", failure.code, failure.message);
        let problem = Problem {
            code: failure.code.to_owned(),
            field: None,
            line: None,
            column: None,
            message: failure.message.clone(),
            help: failure.help.clone(),
        };
        Self::of(vec![problem], &[text])
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::from(&failure)
    }
}
