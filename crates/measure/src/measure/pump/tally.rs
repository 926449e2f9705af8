//! What is told of lines and files: how many there were, which were corrupt or left out, and where.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::formats::{BadLine, KEPT_BAD_LINES};

/// Lines and what was wrong with them.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) lines: u64,
    pub(super) bad: u64,
    pub(super) bad_lines: Vec<BadLine>,
    pub(super) skipped: BTreeMap<&'static str, u64>,
    pub(super) notes: Vec<String>,
}

impl Tally {
    pub(super) fn add(&mut self, mut other: Self) {
        self.lines += other.lines;
        self.bad += other.bad;
        let room = KEPT_BAD_LINES.saturating_sub(self.bad_lines.len());
        self.bad_lines.extend(other.bad_lines.drain(..).take(room));
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        other.notes.into_iter().for_each(|note| self.note(note));
    }

    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) && self.notes.len() < 30 {
            self.notes.push(note);
        }
    }
}

/// Files that nobody named and that are no logs.
#[derive(Default)]
pub(super) struct Foreign {
    names: Vec<String>,
    count: u64,
    pub(super) first: Option<Fault>,
}

impl Foreign {
    const NAMED: usize = 5;

    pub(super) fn add(&mut self, name: String, fault: Fault) {
        self.count += 1;
        if self.names.len() < Self::NAMED {
            // What would read it is no help for a file that nobody named.
            let why = fault.message.strip_prefix(&format!("`{name}`: "));
            let why = why.unwrap_or(&fault.message);
            let end = ["; ", " (found: "]
                .iter()
                .filter_map(|cut| why.find(cut))
                .min();
            let why = &why[..end.unwrap_or(why.len())];
            self.names.push(format!("{name}: {why}"));
        }
        self.first.get_or_insert(fault);
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .names
            .iter()
            .map(|name| format!("no log, and left out: {name}"))
            .collect();
        let more = self.count - self.names.len() as u64;
        if more > 0 {
            let files = if more == 1 {
                "file is no log"
            } else {
                "files are no logs"
            };
            notes.push(format!("{more} more {files}, and left out"));
        }
        notes
    }
}

/// Where the earliest and the latest request are, as `file:line`.
#[derive(Default)]
pub(super) struct Places {
    pub(super) first: Option<(i64, String)>,
    pub(super) last: Option<(i64, String)>,
}
