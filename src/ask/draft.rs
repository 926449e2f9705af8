//! An unfinished conversation as a file: answers, what was skipped, and the order, so that going back still works.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use crate::domain::field::find;

/// Where the list of what can still change the answer stands among the questions that were asked.
pub const WHICH: &str = "which";

/// A conversation that can be put away and taken up again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Answers so far.
    pub answers: Answers,
    /// Questions answered or skipped, in order.
    pub asked: Vec<&'static str>,
    /// Questions the person is not sure of.
    pub skipped: Vec<&'static str>,
    /// Questions that were ticked in the list of what can change the answer.
    pub queue: Vec<&'static str>,
    /// Those that were not.
    pub passed: Vec<&'static str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    answers: BTreeMap<String, String>,
    asked: Vec<String>,
    skipped: Vec<String>,
    #[serde(default)]
    queue: Vec<String>,
    #[serde(default)]
    passed: Vec<String>,
}

impl Draft {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let owned = |list: &[&str]| list.iter().map(|p| (*p).to_owned()).collect();
        let file = File {
            answers: self
                .answers
                .iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
            asked: owned(&self.asked),
            skipped: owned(&self.skipped),
            queue: owned(&self.queue),
            passed: owned(&self.passed),
        };
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    /// Reads a file; `None` when it is not one of ours.
    pub fn from_json(text: &str) -> Option<Self> {
        let file: File = serde_json::from_str(text).ok()?;
        let path = |p: &String| {
            let field = find(p).map(|f| f.path);
            field.or_else(|| (p == WHICH).then_some(WHICH))
        };
        let known = |list: &[String]| list.iter().filter_map(path).collect();
        let mut answers = Answers::default();
        for (path, value) in &file.answers {
            answers.set(find(path)?.path, value);
        }
        Some(Self {
            answers,
            asked: known(&file.asked),
            skipped: known(&file.skipped),
            queue: known(&file.queue),
            passed: known(&file.passed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_comes_back_as_it_was() {
        let mut draft = Draft::default();
        draft.answers.set("traffic.reads", "10/s");
        draft.answers.set("name", "a\u{1b}[2J\n\"b\"");
        draft.asked = vec!["latency", "traffic.reads", WHICH];
        draft.skipped = vec!["latency"];
        draft.queue = vec!["budget"];
        draft.passed = vec!["compute"];
        assert_eq!(Draft::from_json(&draft.to_json()), Some(draft));
        for other in [
            "",
            "{}",
            "version: 1",
            "{\"answers\":{\"x\":\"y\"},\"asked\":[],\"skipped\":[]}",
        ] {
            assert_eq!(Draft::from_json(other), None, "{other}");
        }
    }
}
