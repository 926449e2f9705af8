//! The course of a conversation: what comes next, and what an answer, "not sure" and going back do to it.
//!
//! Everybody is asked the opening of the layer. What else can change the answer is shown in one list, the most valuable
//! first, and whoever can answer some of it ticks that; one question after another would take ten answers of "no" to
//! must-haves that nobody has (docs/decisions/0410-what-ask-asks.md).

use super::draft::{Draft, WHICH};
use super::opening::{STARTS, Start, opening};
use super::{Interview, Open, unanswered};
use crate::domain::field::Field;

/// What comes next.
#[derive(Clone, Debug)]
pub enum Next {
    /// This question.
    Ask(&'static Field),
    /// Which of these can be answered?
    Which(Vec<Open>),
    /// Nothing that is open changes the answer or is worth its while.
    Done,
}

impl Draft {
    /// What comes next; `everything` asks also for what changes nothing.
    pub fn next(&self, interview: &Interview<'_>, everything: bool) -> Next {
        let given = |path: &str| self.answers.get(path);
        let opened = opening(&given).into_iter().find(|f| self.is_open(f.path));
        let queued = || self.queue.iter().find(|p| self.is_open(p));
        if let Some(field) = opened.or_else(|| queued().and_then(|p| crate::domain::field::find(p)))
        {
            return Next::Ask(field);
        }
        if everything {
            let mut rest = unanswered(&self.answers);
            return rest
                .find(|f| self.is_open(f.path))
                .map_or(Next::Done, Next::Ask);
        }
        let done: Vec<&str> = self.skipped.iter().chain(&self.passed).copied().collect();
        let open = interview.open(&self.answers, &done);
        match open.as_slice() {
            [] => Next::Done,
            // A list of one would be a question about a question.
            [only] => crate::domain::field::find(only.path).map_or(Next::Done, Next::Ask),
            _ => Next::Which(open),
        }
    }

    /// Neither answered nor skipped.
    pub fn is_open(&self, path: &str) -> bool {
        !self.answers.has(path) && !self.skipped.contains(&path)
    }

    /// Keeps an answer, in the form a profile accepts.
    pub fn set(&mut self, path: &'static str, value: &str) {
        self.answers.set(path, value);
        self.asked.push(path);
    }

    /// Keeps what the first question was answered with.
    pub fn set_out(&mut self, start: &Start) {
        for (path, word) in start.sets {
            self.answers.set(path, word);
        }
        self.asked.push("layer");
    }

    /// The person is not sure: it stays unstated, but for what a profile cannot do without.
    pub fn skip(&mut self, field: &Field) {
        match field.ask.guess() {
            Some(guess) => self.answers.set(field.path, guess),
            None => self.skipped.push(field.path),
        }
        self.asked.push(field.path);
    }

    /// Keeps which of the shown questions the person can answer.
    pub fn tick(&mut self, shown: &[Open], ticked: &[&str]) {
        let (queue, passed): (Vec<&Open>, Vec<&Open>) =
            shown.iter().partition(|o| ticked.contains(&o.path));
        self.queue = queue.iter().map(|o| o.path).collect();
        self.passed.extend(passed.iter().map(|o| o.path));
        self.asked.push(WHICH);
    }

    /// Takes the last answer back, so that it is asked again; what it was.
    pub fn back(&mut self) -> Option<(&'static str, Option<String>)> {
        let last = self.asked.pop()?;
        if last == WHICH {
            self.queue.clear();
            self.passed.clear();
            return Some((last, None));
        }
        let start = (last == "layer").then(|| self.start()).flatten();
        let before = self.answers.remove(last);
        self.skipped.retain(|s| *s != last);
        for (path, _) in start.map_or(&[][..], |s| s.sets) {
            self.answers.remove(path);
        }
        let before = start.map(|s| s.word.to_owned()).or(before);
        Some((last, before))
    }

    /// The start that these answers come from, when the first question was answered.
    pub fn start(&self) -> Option<&'static Start> {
        let says = |s: &&Start| s.sets.iter().all(|(p, w)| self.answers.get(p) == Some(*w));
        // What is asked later is not the start's.
        let own = |s: &&Start| {
            s.sets
                .iter()
                .all(|(p, _)| *p == "layer" || !self.asked.contains(p))
        };
        let fitting = STARTS.iter().filter(says).filter(own);
        fitting.max_by_key(|s| s.sets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::opening::start;
    use crate::domain::field::find;

    #[test]
    fn going_back_takes_all_of_an_answer_and_gives_it_again() {
        let mut draft = Draft::default();
        draft.set_out(start("store").unwrap());
        draft.set("compute", "[lambda]");
        draft.skip(find("traffic.reads").unwrap());
        assert_eq!(draft.back(), Some(("traffic.reads", None)));
        assert_eq!(draft.back(), Some(("compute", Some("[lambda]".to_owned()))));
        assert_eq!(draft.back(), Some(("layer", Some("store".to_owned()))));
        assert_eq!(draft, Draft::default());
        assert_eq!(draft.back(), None);
    }

    #[test]
    fn an_origin_that_was_asked_for_is_not_the_starts() {
        let mut draft = Draft::default();
        draft.set_out(start("application").unwrap());
        draft.set("origin.kind", "none");
        assert_eq!(draft.start().unwrap().word, "application");
    }
}
