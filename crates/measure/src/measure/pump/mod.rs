//! Counts what the readers say, in the order of the inputs, and hands it to the engine.
//!
//! What a whole run shows besides is said in [`notes`]; what comes out is put together in [`result`].

mod notes;
mod result;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use super::measurement::Measurement;
use super::readers::Message;
use super::{Options, nothing};
use crate::access::{Access, Op, Reads};
use crate::behind::Edge;
use crate::engine::{Rules, WritePolicy};
use crate::fault::{Cause, Fault};
use crate::formats::{Batch, Counter, Extremes, Format, Names, Sent, Traits};
use crate::input::Input;
use crate::sampling::{Picker, Sampling, Tracker};
use crate::sketch::Sketch;
use crate::sort::Sorter;
use crate::stats::Stats;
use notes::{size, unused_flags};
use tally::{Foreign, Places, Tally};

/// Accesses sorted in memory, 32 bytes each.
const SORT_EXACT: usize = 1 << 20;
const SORT_SAMPLED: usize = 1 << 15;

/// Counts what the readers say, in the order of the inputs.
pub(super) struct Pump<'a> {
    options: &'a Options,
    sampling: Sampling,
    inputs: usize,
    stats: Stats,
    reads: Box<Reads>,
    tracker: Option<Tracker>,
    sorter: Option<(Sorter, Picker)>,
    /// Formats found, with the reads in them.
    formats: BTreeMap<Format, u64>,
    has_totals: bool,
    sent: Sent,
    more_keys: u64,
    of_tables: u64,
    passed: (u64, u64),
    /// What all files say, and what the one at hand does.
    all: Tally,
    file: Tally,
    current: Option<(Input, Option<Format>)>,
    /// What the requests of the file at hand are like.
    traits: Traits,
    /// Requests in tables that are logs of HTTP servers.
    of_servers: u64,
    /// Requests before the file at hand.
    requests_before: u64,
    /// The cache in front, and requests that wait for it.
    edge: Option<Edge>,
    waiting: u64,
    bare: Sketch,
    ids: Sketch,
    names: Names,
    foreign: Foreign,
    extremes: Places,
    edges: BTreeSet<[u8; 3]>,
}

impl<'a> Pump<'a> {
    pub(super) fn new(
        options: &'a Options,
        sampling: Sampling,
        inputs: usize,
        notes: Vec<String>,
    ) -> Self {
        Self {
            options,
            sampling,
            inputs,
            stats: Stats::new(),
            reads: Box::new(Reads::new()),
            tracker: None,
            sorter: None,
            formats: BTreeMap::new(),
            has_totals: false,
            sent: Sent::default(),
            more_keys: 0,
            of_tables: 0,
            passed: (0, 0),
            all: Tally {
                notes,
                ..Tally::default()
            },
            file: Tally::default(),
            current: None,
            traits: Traits::default(),
            of_servers: 0,
            requests_before: 0,
            edge: None,
            waiting: 0,
            bare: Sketch::default(),
            ids: Sketch::default(),
            names: Names::new(),
            foreign: Foreign::default(),
            extremes: Places::default(),
            edges: BTreeSet::new(),
        }
    }

    /// The next messages are about this input.
    pub(super) fn begin(&mut self, input: &Input) {
        self.current = Some((input.clone(), None));
        self.requests_before = self.requests();
    }

    const fn requests(&self) -> u64 {
        self.stats.reads + self.stats.writes + self.stats.deletes + self.waiting
    }

    pub(super) fn take(&mut self, message: Message) -> anyhow::Result<()> {
        match message {
            Message::Format(format, traits) => {
                self.start(format, traits);
                Ok(())
            }
            Message::Batch(mut batch) => self.batch(&mut batch, false),
            Message::Failed(error) => self.failed(error),
        }
    }

    /// A file that cannot be read ends the run only when it was named.
    pub(super) fn failed(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        let found = self.current.as_ref().filter(|(input, _)| input.is_found());
        let Some(name) = found.map(|(input, _)| input.name()) else {
            return Err(error);
        };
        let fault = error.downcast::<Fault>().unwrap_or_else(|error| Fault {
            cause: Cause::Content,
            code: "log-damaged",
            message: format!("{error:#}"),
            help: "leave it out",
        });
        self.foreign.add(name, fault);
        Ok(())
    }

    /// The format of the file at hand.
    fn format(&self) -> Option<Format> {
        self.current.as_ref().and_then(|(_, format)| *format)
    }

    /// The first format decides how writes and order are treated.
    pub(super) fn start(&mut self, format: Format, traits: Traits) {
        if let Some((_, current)) = &mut self.current {
            *current = Some(format);
        }
        self.traits = traits;
        let facts = format.facts();
        let options = self.options;
        for flag in unused_flags(options, facts) {
            self.file.note(format!(
                "`{flag}` has no meaning for {format}, whose fields are known, and was not used"
            ));
        }
        if self.tracker.is_some() {
            return;
        }
        // Where a format hands writes on, none gets as far as the engine.
        let writes = match facts.writes {
            WritePolicy::Pass => WritePolicy::Invalidate,
            policy => policy,
        };
        let rules = Rules {
            writes: options.writes.unwrap_or(writes),
            ttl: options.ttl.is_some() || options.columns.ttl.is_some() || facts.ttl,
            default_ttl: options.ttl,
            default_size: options.default_size,
        };
        self.edge = options.behind.map(|size| Edge::new(size, rules));
        let is_sorted = facts.ordered && !traits.is_unordered;
        let is_ordered = is_sorted && (self.inputs == 1 || facts.trace) && self.edge.is_none();
        self.tracker = Some(Tracker::new(
            self.sampling,
            rules,
            &options.sizes,
            options.seed,
            is_ordered && format != Format::Sampled,
        ));
        if !is_ordered {
            let limit = if self.sampling == Sampling::Exact {
                SORT_EXACT
            } else {
                SORT_SAMPLED
            };
            self.sorter = Some((Sorter::new(limit), Picker::new(self.sampling, options.seed)));
        }
    }

    /// Most requests of a binary trace are not in the sample: they are counted where they are
    /// decoded and go no further.
    pub(super) fn counter(&mut self) -> Option<Counter<'_>> {
        let sampler = self.tracker.as_mut()?.sampler()?;
        Some(Counter {
            stats: &mut self.stats,
            sampler,
            reads: &mut self.reads,
        })
    }

    /// `is_counted`: a [`Counter`] had them.
    pub(super) fn batch(&mut self, batch: &mut Batch, is_counted: bool) -> anyhow::Result<()> {
        batch.keep_window();
        self.tally(batch)?;
        for total in &batch.totals {
            self.has_totals = true;
            self.stats.total(total);
        }
        if self.options.ttl.is_some() && self.options.columns.ttl.is_none() {
            // One TTL for everything: those in the log do not count.
            batch.accesses.retain(|a| a.op() != Op::Expire);
            batch
                .accesses
                .iter_mut()
                .for_each(|a| *a = a.with_ttl(None));
        }
        let format = self.format();
        if self.edge.is_some() {
            self.waiting += batch.accesses.len() as u64;
        } else if !is_counted {
            self.stats
                .feed(&batch.accesses, format == Some(Format::Sampled));
        }
        let passes = |f: Format| f.facts().writes == WritePolicy::Pass || self.traits.is_http;
        if self.options.writes.is_none() && format.is_some_and(passes) {
            self.pass_writes(batch);
        }
        match (&mut self.sorter, &mut self.tracker) {
            (Some((sorter, picker)), _) => batch
                .accesses
                .drain(..)
                .filter(|a| picker.picks(a.key))
                .try_for_each(|a| sorter.push(a)),
            (None, Some(tracker)) if is_counted => tracker.feed_sample(&batch.accesses),
            (None, Some(tracker)) => tracker.feed(&batch.accesses),
            (None, None) => Ok(()),
        }
    }

    /// Writes go on to the origin: the copies do not change.
    fn pass_writes(&mut self, batch: &mut Batch) {
        let passed = &mut self.passed;
        batch.accesses.retain(|access| match access.op() {
            Op::Write => {
                passed.0 += 1;
                false
            }
            Op::Delete => {
                passed.1 += 1;
                false
            }
            _ => true,
        });
    }

    fn tally(&mut self, batch: &mut Batch) -> anyhow::Result<()> {
        self.file.add(Tally {
            lines: batch.lines,
            bad: batch.bad,
            bad_lines: std::mem::take(&mut batch.bad_lines),
            skipped: std::mem::take(&mut batch.skipped),
            notes: std::mem::take(&mut batch.notes),
        });
        self.sent += batch.sent;
        self.more_keys += batch.more_keys;
        self.of_tables += batch.of_tables;
        self.edges.append(&mut batch.edges);
        self.bare.merge(&batch.bare);
        self.ids.merge(&batch.ids);
        for (own, names) in std::mem::take(&mut batch.names) {
            self.names.entry(own).or_default().extend(names);
        }
        if let Some(extremes) = batch.extremes.take() {
            self.see(extremes);
        }
        match self.options.max_bad_lines {
            Some(most) if self.all.bad + self.file.bad > most => {
                Err(self.too_many_bad_lines(most).into())
            }
            _ => Ok(()),
        }
    }

    fn see(&mut self, extremes: Extremes) {
        let Some((input, _)) = &self.current else {
            return;
        };
        let place = |(time, line): (i64, u64)| (time, format!("{}:{line}", input.name()));
        let places = &mut self.extremes;
        if places
            .first
            .as_ref()
            .is_none_or(|(time, _)| extremes.first.0 < *time)
        {
            places.first = Some(place(extremes.first));
        }
        if places
            .last
            .as_ref()
            .is_none_or(|(time, _)| extremes.last.0 > *time)
        {
            places.last = Some(place(extremes.last));
        }
    }

    pub(super) fn end_of_input(&mut self) -> anyhow::Result<()> {
        let Some((input, format)) = self.current.take() else {
            return Ok(());
        };
        let requests = self.requests() - self.requests_before;
        let is_garbage = self.file.bad > 0 && requests == 0;
        if is_garbage && input.is_found() {
            let file = std::mem::take(&mut self.file);
            let fault = Fault {
                cause: Cause::Content,
                code: "log-bad-lines",
                message: format!("all of {} lines are corrupt", file.bad),
                help: "name the right format with `--format`",
            };
            self.foreign.add(input.name(), fault);
            return Ok(());
        }
        if let Some(format) = format {
            *self.formats.entry(format).or_default() += requests;
            self.of_servers += if self.traits.is_http { requests } else { 0 };
        }
        let file = std::mem::take(&mut self.file);
        self.all.add(file);
        let (lines, bad) = (self.all.lines, self.all.bad);
        let most = (lines / 100).max(100);
        let is_most = bad > 0 && bad * 2 > lines.max(bad + self.requests());
        if self.options.max_bad_lines.is_none() && (bad > most || is_garbage || is_most) {
            let most = if is_most { lines / 2 } else { most };
            let mut fault = self.too_many_bad_lines(most);
            if is_garbage && bad <= most {
                // Few lines, but nothing else was there.
                let allowed = format!("at most {most} are allowed");
                fault.message =
                    fault
                        .message
                        .replacen(&allowed, "and nothing else holds a request", 1);
            }
            return Err(fault.into());
        }
        Ok(())
    }

    fn too_many_bad_lines(&mut self, most: u64) -> Fault {
        let file = std::mem::take(&mut self.file);
        self.all.add(file);
        if let Some(format) = self.format() {
            self.formats.entry(format).or_default();
        }
        let all = &self.all;
        let samples: Vec<String> = all
            .bad_lines
            .iter()
            .map(|b| format!("\n  {}:{}: {}: {}", b.file, b.line, b.reason, b.excerpt))
            .collect();
        let notes: Vec<String> = all.notes.iter().map(|n| format!("\n  {n}")).collect();
        let message = format!(
            "{} of {} lines are corrupt, at most {most} are allowed (read as {}):{}{}",
            all.bad,
            all.lines,
            self.format_names(),
            samples.concat(),
            notes.concat()
        );
        Fault {
            cause: Cause::Content,
            code: "log-bad-lines",
            message,
            help: "name the right format with `--format`, or allow more with `--max-bad-lines N`",
        }
    }

    fn format_names(&self) -> String {
        let names = self.formats.keys().map(|f| f.name());
        names.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn finish(mut self) -> anyhow::Result<Measurement> {
        if self.formats.is_empty() {
            if let Some(fault) = self.foreign.first.take() {
                return Err(fault.into());
            }
        }
        let Some(mut tracker) = self.tracker.take() else {
            return Err(nothing("the logs are empty".to_owned()).into());
        };
        if let Some((sorter, picker)) = self.sorter.take() {
            if let Some(threshold) = picker.threshold() {
                tracker.fix_threshold(threshold);
            }
            self.stats.backwards = 0;
            match self.edge.take() {
                None => sorter.finish(|block| tracker.feed(block))?,
                Some(edge) => self.second_layer(edge, sorter, &mut tracker)?,
            }
        }
        tracker.finish()?;
        if tracker.engine().keys() == 0 {
            return Err(nothing(self.none_a_read()).into());
        }
        self.notes();
        Ok(self.measurement(&tracker))
    }

    /// Counts and feeds what a cache in front does not answer, as fetches of whole objects.
    fn second_layer(
        &mut self,
        mut edge: Edge,
        sorter: Sorter,
        tracker: &mut Tracker,
    ) -> anyhow::Result<()> {
        let mut missed: Vec<Access> = Vec::new();
        let stats = &mut self.stats;
        sorter.finish(|block| {
            missed.clear();
            edge.pass(block, &mut missed);
            stats.feed(&missed, false);
            tracker.feed(&missed)
        })?;
        self.waiting = 0;
        self.sent = Sent::default();
        self.more_keys = 0;
        self.note(format!(
            "behind a cache of {}: its {} misses of {} reads are what is measured, each the fetch of a whole \
             object; several edges together miss more",
            size(self.options.behind.unwrap_or_default()),
            edge.misses,
            edge.reads,
        ));
        Ok(())
    }
}
