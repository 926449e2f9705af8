//! The whole measurement: inputs to readers, readers to counts and curve.
//!
//! Inputs are read in parallel and counted in the order given, so the result does not depend on
//! the number of threads. Logs without time order are sorted first. Rendering is elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::access::{Access, KeyHash, Op, Reads};
use super::behind::Edge;
use super::curve::{CurvePoint, Totals, default_sizes};
use super::engine::{Engine, Partial, Rules, WritePolicy};
use super::formats::facts::FormatFacts;
use super::formats::{
    BadLine, Batch, Columns, Counter, Extremes, Format, KEPT_BAD_LINES, KeyRule, Names, Reading,
    Sent, Traits,
};
use super::input::{Input, Meter, distinct};
use super::reader::Reader;
use super::sampling::{Picker, Sampling, Tracker};
use super::sketch::Sketch;
use super::sort::Sorter;
use super::stats::{Rates, Sizes, Stats};
use super::window::Window;
use crate::fault::{Cause, Fault};

/// Inputs above this many bytes (compressed ones count several times) are sampled unless
/// told otherwise.
pub const EXACT_UP_TO: u64 = 4 << 30;
/// How much smaller compressed logs usually are.
const COMPRESSION: u64 = 5;
/// Keys tracked by default in sampled mode: with the program itself less than 32 MiB.
pub const DEFAULT_KEYS: u32 = 65_536;

/// How to measure.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Format of all inputs; none detects it.
    pub format: Option<Format>,
    /// Columns of generic inputs.
    pub columns: Columns,
    /// Cache sizes in bytes to report; empty for powers of two.
    pub sizes: Vec<u64>,
    /// One time to live for everything, in milliseconds.
    pub ttl: Option<u64>,
    /// Which keys to track; none decides by the size of the input.
    pub sampling: Option<Sampling>,
    /// Hash of the keys.
    pub hash: KeyHash,
    /// Which keys a fixed number of keys are.
    pub seed: u64,
    /// What writes do; none decides by the format.
    pub writes: Option<WritePolicy>,
    /// Fields of CloudFront logs without header, in their order.
    pub fields: Vec<String>,
    /// Leave query strings out of the keys of HTTP logs.
    pub ignore_query: bool,
    /// What of a request is its key.
    pub key: KeyRule,
    /// Which requests count, by their time.
    pub window: Window,
    /// Size in bytes of a cache in front, whose misses are what is measured; not together with sampling.
    pub behind: Option<u64>,
    /// Size of objects whose size the log does not tell, in bytes.
    pub default_size: u64,
    /// Corrupt lines that are tolerated; none tolerates 1 %, and a hundred in any case.
    pub max_bad_lines: Option<u64>,
    /// Reader threads; 0 for one per processor.
    pub threads: usize,
}

/// Seconds between reads of the same object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReuseTime {
    /// Median: half of the rereads come within this time.
    pub p50_seconds: u64,
    /// Nine of ten rereads come within this time.
    pub p90_seconds: u64,
    /// 99 of 100 rereads come within this time.
    pub p99_seconds: u64,
}

/// How the curve was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingUsed {
    /// What was asked for or decided.
    pub mode: Sampling,
    /// Share of the keys tracked, 0 to 1.
    pub rate: f64,
    /// Keys tracked.
    pub tracked_keys: u64,
}

/// Bytes that reads moved; not the size of what they read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SentUsed {
    /// All of them, over the reads that tell.
    pub bytes: f64,
    /// Reads that tell.
    pub reads: f64,
    /// Reads of a range.
    pub ranges: u64,
    /// Reads of what the reader had already.
    pub unchanged: u64,
}

impl SentUsed {
    /// Mean over the reads that tell; none when none does.
    pub fn mean(&self) -> Option<f64> {
        (self.reads > 0.0).then(|| self.bytes / self.reads)
    }
}

/// What was measured: plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Reads, writes and deletes.
    pub requests: u64,
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Deletes.
    pub deletes: u64,
    /// Bytes read, as far as the log tells.
    pub bytes: u64,
    /// First request, ms since the epoch.
    pub from: Option<i64>,
    /// Last request, ms since the epoch.
    pub to: Option<i64>,
    /// Formats found.
    pub formats: Vec<Format>,
    /// How the curve was made.
    pub sampling: SamplingUsed,
    /// Requests per second.
    pub rates: Rates,
    /// Sizes of the objects that were read, weighted by reads.
    pub sizes: Sizes,
    /// Bytes that reads moved.
    pub sent: SentUsed,
    /// Share of the reads of objects whose size nothing has told.
    pub unknown_sizes: f64,
    /// Reads that are the first of their key.
    pub first_reads: u64,
    /// Keys of a read: one call may name several.
    pub keys_per_read: f64,
    /// Writes and deletes that a cache hands on without looking at them.
    pub passed: (u64, u64),
    /// The layer of the profile that most reads come from.
    pub layer: &'static str,
    /// What a miss goes to, where the format of most reads tells.
    pub origin: Option<&'static str>,
    /// Objects; an estimate when sampled.
    pub distinct_keys: u64,
    /// Bytes of all objects at their last size; an estimate when sampled.
    pub distinct_bytes: u64,
    /// Share of the objects that were read exactly once; none without objects.
    pub one_hit_wonders: Option<f64>,
    /// Share of the reads on the hottest key; none with too few reads.
    pub hottest_key_share: Option<f64>,
    /// Exponent of the Zipf distribution that fits the popularity best; none with too few keys.
    pub popularity_skew: Option<f64>,
    /// Time between reads of the same object; none without rereads.
    pub reuse_time: Option<ReuseTime>,
    /// Share of the reads that a cache answered according to the log itself.
    pub logged_hit_ratio: Option<f64>,
    /// Hit ratio by cache size, ascending.
    pub hit_ratio_curve: Vec<CurvePoint>,
    /// Lines or records read.
    pub lines: u64,
    /// Corrupt lines.
    pub bad_lines: u64,
    /// The first of them.
    pub bad_line_samples: Vec<BadLine>,
    /// Lines that are no request for a cacheable object, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// What a reader of the result should know.
    pub notes: Vec<String>,
}

impl Measurement {
    /// Smallest size on the curve with at least 99 % of the hits of the largest; none when nothing
    /// hits, or when the sizes of most reads are unknown.
    pub fn working_set(&self) -> Option<&CurvePoint> {
        let best = self.hit_ratio_curve.last()?.objects;
        let is_known = best > 0.0 && self.knows_sizes();
        self.hit_ratio_curve
            .iter()
            .find(|p| is_known && p.objects >= best * 0.99)
    }

    /// Sizes of at least half of the reads are known.
    pub fn knows_sizes(&self) -> bool {
        self.unknown_sizes <= 0.5
    }

    /// Times are those since the start of a trace without dates.
    pub fn is_relative(&self) -> bool {
        is_relative(self.to)
    }

    /// Half width of the widest 95 % interval on the curve, as a share of the reads; 0 when exact.
    pub fn largest_error(&self) -> f64 {
        let errors = self.hit_ratio_curve.iter().filter_map(|p| p.error);
        errors.fold(0.0, f64::max)
    }

    /// Names of the formats found.
    pub fn format_names(&self) -> String {
        self.formats
            .iter()
            .map(|f| f.name())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Told how far the reading is.
pub trait Progress {
    /// `done` bytes of `total`, where the total is known.
    fn bytes(&mut self, done: u64, total: Option<u64>);
}

/// No progress wanted.
impl Progress for () {
    fn bytes(&mut self, _: u64, _: Option<u64>) {}
}

/// Measures inputs.
pub fn measure(
    inputs: &[Input],
    options: &Options,
    progress: &mut dyn Progress,
) -> anyhow::Result<Measurement> {
    if options.behind.is_some() && options.sampling.is_some_and(|s| s != Sampling::Exact) {
        return Err(sampled_behind().into());
    }
    let (inputs, elsewhen) = options.window.select(inputs.to_vec());
    if inputs.is_empty() {
        return Err(nothing(format!(
            "none of {elsewhen} files is of the days asked for, by the dates in their paths"
        ))
        .into());
    }
    let (inputs, mut notes) = distinct(&inputs);
    if elsewhen > 0 {
        notes.push(format!(
            "{elsewhen} files are of other days by the dates in their paths, and were not opened"
        ));
    }
    let inputs = &inputs[..];
    let total = inputs.iter().map(Input::size).sum::<Option<u64>>();
    let mut pump = Pump::new(options, sampling(inputs, options), inputs.len(), notes);
    if let ([input], true) = (inputs, options.threads <= 1) {
        if !is_compressed(input) {
            read_here(input, options, &mut pump, progress, total)?;
            return pump.finish();
        }
    }
    let shared = Shared::new(inputs, options);
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.min(inputs.len()) {
            scope.spawn(|| shared.work());
        }
        let mut receivers = inputs.iter().zip(shared.receivers());
        let result = receivers.try_for_each(|(input, receiver)| {
            pump.begin(input);
            for message in &receiver {
                pump.take(message)?;
                progress.bytes(shared.meter.get(), total);
            }
            pump.end_of_input()
        });
        // Readers that wait for room give up when nobody listens.
        shared.stop.store(true, Ordering::Relaxed);
        result
    })?;
    pump.finish()
}

/// Parsing one plain file is cheaper than handing its records to another processor.
fn read_here(
    input: &Input,
    options: &Options,
    pump: &mut Pump<'_>,
    progress: &mut dyn Progress,
    total: Option<u64>,
) -> anyhow::Result<()> {
    let meter = Meter::default();
    pump.begin(input);
    let mut reader = match Reader::open(input, options.format, &reading(options), &meter) {
        Ok(reader) => reader,
        Err(error) => {
            pump.failed(error)?;
            return pump.end_of_input();
        }
    };
    if let Some(format) = reader.format {
        pump.start(format, reader.traits);
    }
    let mut batch = Batch {
        window: options.window,
        ..Batch::default()
    };
    let mut more = true;
    while more {
        let is_whole = options.window.is_open() && options.behind.is_none();
        let mut counter = pump.counter().filter(|_| is_whole && reader.is_countable());
        let is_counted = counter.is_some();
        more = reader.next(&mut batch, counter.as_mut())?;
        pump.batch(&mut batch, is_counted)?;
        batch.clear();
        progress.bytes(meter.get(), total);
    }
    pump.end_of_input()
}

fn sampled_behind() -> Fault {
    Fault {
        cause: Cause::Arguments,
        code: "measure-arguments",
        message: "a cache in front answers every request, so its misses cannot be sampled"
            .to_owned(),
        help: "leave out `--sampled`, or `--behind`",
    }
}

fn reading(options: &Options) -> Reading {
    Reading {
        seed: options.hash.seed(),
        columns: options.columns.clone(),
        ignore_query: options.ignore_query,
        key: options.key.clone(),
        fields: options.fields.clone(),
        is_deep: false,
    }
}

fn is_compressed(input: &Input) -> bool {
    let name = input.name();
    [".gz", ".zst", ".zstd", ".bz2", ".xz"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn sampling(inputs: &[Input], options: &Options) -> Sampling {
    if let Some(sampling) = options.sampling {
        return sampling;
    }
    let weight = |input: &Input| {
        let name = input.name();
        let packed = is_compressed(input) || name.ends_with(".parquet");
        input
            .size()
            .unwrap_or(0)
            .saturating_mul(if packed { COMPRESSION } else { 1 })
    };
    let bytes = inputs.iter().map(weight).fold(0u64, u64::saturating_add);
    if bytes > EXACT_UP_TO && options.behind.is_none() {
        Sampling::Keys(DEFAULT_KEYS)
    } else {
        Sampling::Exact
    }
}

/// Lines that are sent together: waking the other thread for each block of them would take longer than
/// to parse it.
const SENT: u64 = 4096;

/// What a reader says.
enum Message {
    Format(Format, Traits),
    Batch(Box<Batch>),
    Failed(anyhow::Error),
}

/// What the reader threads share.
struct Shared<'a> {
    inputs: &'a [Input],
    options: &'a Options,
    reading: Reading,
    meter: Meter,
    next: AtomicUsize,
    stop: AtomicBool,
    senders: Vec<Mutex<Option<SyncSender<Message>>>>,
    receivers: Mutex<Vec<Receiver<Message>>>,
}

impl<'a> Shared<'a> {
    fn new(inputs: &'a [Input], options: &'a Options) -> Self {
        let (senders, receivers): (Vec<_>, Vec<_>) = inputs
            .iter()
            .map(|_| sync_channel(2))
            .map(|(sender, receiver)| (Mutex::new(Some(sender)), receiver))
            .unzip();
        let reading = reading(options);
        Self {
            inputs,
            options,
            reading,
            meter: Meter::default(),
            next: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            senders,
            receivers: Mutex::new(receivers),
        }
    }

    fn receivers(&self) -> Vec<Receiver<Message>> {
        self.receivers
            .lock()
            .map(|mut r| std::mem::take(&mut *r))
            .unwrap_or_default()
    }

    /// Reads inputs until there are none left.
    fn work(&self) {
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let (Some(input), Some(slot)) = (self.inputs.get(at), self.senders.get(at)) else {
                return;
            };
            let Some(sender) = slot.lock().ok().and_then(|mut s| s.take()) else {
                return;
            };
            if let Err(error) = self.read(input, &sender) {
                let _ = sender.send(Message::Failed(error));
            }
        }
    }

    fn read(&self, input: &Input, sender: &SyncSender<Message>) -> anyhow::Result<()> {
        let mut reader = Reader::open(input, self.options.format, &self.reading, &self.meter)?;
        if let Some(format) = reader.format {
            if sender.send(Message::Format(format, reader.traits)).is_err() {
                return Ok(());
            }
        }
        let mut more = true;
        let mut capacity = 0;
        while more && !self.stop.load(Ordering::Relaxed) {
            let mut batch = Box::new(Batch {
                window: self.options.window,
                ..Batch::default()
            });
            batch.accesses.reserve(capacity);
            while more && batch.lines < SENT {
                more = reader.next(&mut batch, None)?;
            }
            capacity = batch.accesses.len() + 64;
            if sender.send(Message::Batch(batch)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Accesses sorted in memory, 32 bytes each.
const SORT_EXACT: usize = 1 << 20;
const SORT_SAMPLED: usize = 1 << 15;

/// Counts what the readers say, in the order of the inputs.
struct Pump<'a> {
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

/// Lines and what was wrong with them.
#[derive(Default)]
struct Tally {
    lines: u64,
    bad: u64,
    bad_lines: Vec<BadLine>,
    skipped: BTreeMap<&'static str, u64>,
    notes: Vec<String>,
}

impl Tally {
    fn add(&mut self, mut other: Self) {
        self.lines += other.lines;
        self.bad += other.bad;
        let room = KEPT_BAD_LINES.saturating_sub(self.bad_lines.len());
        self.bad_lines.extend(other.bad_lines.drain(..).take(room));
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        other.notes.into_iter().for_each(|note| self.note(note));
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) && self.notes.len() < 30 {
            self.notes.push(note);
        }
    }
}

/// Files that nobody named and that are no logs.
#[derive(Default)]
struct Foreign {
    names: Vec<String>,
    count: u64,
    first: Option<Fault>,
}

impl Foreign {
    const NAMED: usize = 5;

    fn add(&mut self, name: String, fault: Fault) {
        self.count += 1;
        if self.names.len() < Self::NAMED {
            self.names.push(format!("{name}: {}", fault.message));
        }
        self.first.get_or_insert(fault);
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .names
            .iter()
            .map(|name| format!("no log, and left out: {name}"))
            .collect();
        let more = self.count - self.names.len() as u64;
        if more > 0 {
            notes.push(format!("{more} more files are no logs and were left out"));
        }
        notes
    }
}

/// Where the earliest and the latest request are, as `file:line`.
#[derive(Default)]
struct Places {
    first: Option<(i64, String)>,
    last: Option<(i64, String)>,
}

impl<'a> Pump<'a> {
    fn new(options: &'a Options, sampling: Sampling, inputs: usize, notes: Vec<String>) -> Self {
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
    fn begin(&mut self, input: &Input) {
        self.current = Some((input.clone(), None));
        self.requests_before = self.requests();
    }

    const fn requests(&self) -> u64 {
        self.stats.reads + self.stats.writes + self.stats.deletes + self.waiting
    }

    fn take(&mut self, message: Message) -> anyhow::Result<()> {
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
    fn failed(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
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
    fn start(&mut self, format: Format, traits: Traits) {
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
    fn counter(&mut self) -> Option<Counter<'_>> {
        let sampler = self.tracker.as_mut()?.sampler()?;
        Some(Counter {
            stats: &mut self.stats,
            sampler,
            reads: &mut self.reads,
        })
    }

    /// `is_counted`: a [`Counter`] had them.
    fn batch(&mut self, batch: &mut Batch, is_counted: bool) -> anyhow::Result<()> {
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

    fn end_of_input(&mut self) -> anyhow::Result<()> {
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

    fn finish(mut self) -> anyhow::Result<Measurement> {
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
            "behind a cache of {} B: its {} misses of {} reads are what is measured, each the fetch of a whole \
             object; several edges together miss more",
            self.options.behind.unwrap_or_default(),
            edge.misses,
            edge.reads,
        ));
        Ok(())
    }

    /// Why there is nothing to measure.
    fn none_a_read(&self) -> String {
        let mut why: Vec<String> = self
            .all
            .skipped
            .iter()
            .map(|(reason, n)| format!("{n} {reason}"))
            .collect();
        if self.stats.writes + self.stats.deletes > 0 {
            why.push(format!("{} writes", self.stats.writes + self.stats.deletes));
        }
        format!("{} lines, none a read: {}", self.all.lines, why.join(", "))
    }

    /// Reads of the whole input: counted, or estimated from a sample without totals.
    fn estimate_reads(&mut self, tracker: &Tracker) -> bool {
        let is_unknown = self.formats.contains_key(&Format::Sampled) && !self.has_totals;
        if is_unknown {
            let sum: u64 = tracker
                .engine()
                .popularity()
                .iter()
                .map(|c| u64::from(*c))
                .sum();
            self.stats.reads = (sum as f64 / tracker.rate()).round() as u64;
            self.note(
                "the sample has no totals: the number of requests is an estimate, and rates are unknown"
                    .to_owned(),
            );
        }
        is_unknown
    }

    fn note(&mut self, note: String) {
        self.all.note(note);
    }

    /// What the inputs as a whole are like.
    fn notes(&mut self) {
        for note in self.foreign.notes() {
            self.note(note);
        }
        if self.stats.backwards > 0 {
            self.note(format!(
                "{} requests are earlier than the one before; they were taken in the order of the file",
                self.stats.backwards
            ));
        }
        if self.formats.contains_key(&Format::CloudfrontRealtime) {
            self.note(
                "real-time logs with a sampling rate below 100 % leave out requests at random, \
                 which makes hits look like misses: measure only logs with a rate of 100 %"
                    .to_owned(),
            );
        }
        if self.edges.len() > 1 {
            self.note(format!(
                "requests came through {} edge locations, each with a cache of its own: the curve \
                 is that of one shared cache (an origin shield), the edges alone hit less",
                self.edges.len()
            ));
        }
        if self.formats.len() > 1 {
            let layer = self.facts().map_or("", |facts| facts.layer);
            self.note(format!(
                "the inputs have several formats: {}; the layer is that of most reads: {layer}",
                self.format_names()
            ));
        }
        self.web_notes();
        if is_relative(self.stats.last) {
            self.note("times are relative to the start of the trace".to_owned());
        }
        let (writes, deletes) = self.passed;
        if writes + deletes > 0 {
            self.note(format!(
                "{writes} POST, PUT, PATCH and {deletes} DELETE pass the cache and reach the origin; \
                 where they drop copies, say `--writes invalidate`"
            ));
        }
    }

    /// What logs of CloudFront show besides requests.
    fn web_notes(&mut self) {
        /// Logs of several distributions have many.
        const DISTRIBUTIONS: usize = 3;
        let several = self.names.iter().filter(|(_, names)| names.len() > 1);
        let notes: Vec<String> = several
            .take(DISTRIBUTIONS)
            .map(|(own, names)| {
                let first: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
                let more = if names.len() > first.len() { ", …" } else { "" };
                format!(
                    "distribution {own} was asked for by {} names ({}{more}), and each has keys of its own here; \
                     the default cache key has the distribution and no name, so they may share objects: \
                     `--key path+query`",
                    names.len(),
                    first.join(", ")
                )
            })
            .collect();
        notes.into_iter().for_each(|note| self.note(note));
        let repeated = self.ids.repeated();
        if repeated > 0.01 {
            self.note(format!(
                "{:.0} % of the request ids come more than once: legacy and v2 logs of one distribution, or two \
                 deliveries, double every request; measure only one of them",
                (repeated * 100.0).max(1.0)
            ));
        }
    }

    /// What query strings in the keys cost.
    fn query_note(&mut self, distinct_keys: u64) {
        let bare = self.bare.distinct();
        if bare > 0 && bare * 10 < distinct_keys * 9 {
            self.note(format!(
                "without query strings {bare} keys instead of {distinct_keys} (`--ignore-query`), as edges key by default"
            ));
        }
    }

    /// What the rates and the curve rest on.
    fn cautions(&mut self, rates: &Rates, reads: u64, first_reads: u64, unknown: f64) {
        let mut notes = period_notes(rates, &self.extremes);
        let is_short = rates.covered_hours < 24 || rates.span_hours < 24.0;
        if is_short || reads < 1000 {
            notes.push(format!(
                "{} of log, {reads} reads: a month is an extrapolation",
                span(rates.span_hours)
            ));
        }
        if first_reads * 5 > reads {
            notes.push(format!(
                "{first_reads} of {reads} reads ({:.0} %) are the first of their key (cold start): a longer \
                 log shows more hits",
                first_reads as f64 / reads.max(1) as f64 * 100.0
            ));
        }
        if unknown > 0.0 {
            let share = (unknown * 100.0).max(1.0);
            notes.push(if unknown > 0.5 {
                format!(
                    "{share:.0} % of the reads have no known size: the profile has no sizes (add `--default-size`)"
                )
            } else {
                format!("{share:.0} % of the reads have no known size (add `--default-size`)")
            });
        }
        notes.into_iter().for_each(|note| self.note(note));
    }

    /// The format of most requests.
    fn facts(&self) -> Option<&'static FormatFacts> {
        let most = self
            .formats
            .iter()
            .rev()
            .max_by_key(|(_, requests)| **requests);
        most.map(|(format, _)| format.facts())
    }

    /// The layer and the origin of most reads.
    fn layer(&self) -> (&'static str, Option<&'static str>) {
        let Some(facts) = self.facts() else {
            return ("application", None);
        };
        if facts.format == Format::CloudTrail && self.of_tables * 2 > self.requests() {
            return ("database", Some("dynamodb"));
        }
        // Rows with a status or a method of HTTP are what a log of the same server says as text.
        if self.of_servers * 2 > self.requests() {
            return ("edge", None);
        }
        (facts.layer, facts.origin)
    }

    /// Bytes that reads moved: those of whole objects, those counted apart, and those of objects whose
    /// size an earlier request told.
    fn sent(&self, partial: &Partial) -> SentUsed {
        let (reads, bytes) = self.stats.unsent;
        SentUsed {
            bytes: self.stats.bytes.saturating_sub(bytes) as f64
                + self.sent.bytes as f64
                + partial.sent_bytes,
            reads: self.stats.reads.saturating_sub(reads) as f64
                + self.sent.reads as f64
                + partial.sent,
            ranges: self.sent.ranges,
            unchanged: self.sent.unchanged,
        }
    }

    /// Sizes of objects, weighted by reads.
    fn sizes(&self, engine: &Engine) -> Sizes {
        if self.stats.partial_sizes {
            self.stats.sizes_of(&engine.sizes())
        } else {
            self.stats.sizes()
        }
    }

    /// Share of the reads on the hottest key; `popularity` is in descending order.
    fn hottest(&self, popularity: &[u32]) -> Option<f64> {
        if self.sampling != Sampling::Exact {
            return self.stats.hottest_share();
        }
        let most = popularity.first().filter(|_| self.stats.reads > 0);
        most.map(|count| f64::from(*count) / self.stats.reads as f64)
    }

    fn measurement(mut self, tracker: &Tracker) -> Measurement {
        let unknown_totals = self.estimate_reads(tracker);
        let (engine, rate) = (tracker.engine(), tracker.rate());
        let scaled = |n: u64| (n as f64 / rate).round() as u64;
        let tracked_keys = engine.keys() as u64;
        let distinct_bytes = scaled(engine.distinct_bytes());
        let popularity = engine.popularity();
        let totals = (!unknown_totals).then_some(Totals {
            reads: self.stats.reads as f64,
            bytes: (!self.stats.partial_sizes).then_some(self.stats.bytes as f64),
        });
        let sent = self.sent(&engine.partial);
        let (layer, origin) = self.layer();
        let rates = self.stats.rates();
        let reads = self.stats.reads;
        let unknown_sizes = (engine.partial.unknown / (reads as f64).max(1.0)).min(1.0);
        let first_reads = scaled(popularity.partition_point(|c| *c > 0) as u64).min(reads);
        self.cautions(&rates, reads, first_reads, unknown_sizes);
        self.query_note(scaled(tracked_keys));
        let (sizes, hottest) = (self.sizes(tracker.engine()), self.hottest(&popularity));
        let stats = &self.stats;
        Measurement {
            requests: self.requests(),
            reads,
            writes: stats.writes,
            deletes: stats.deletes,
            bytes: stats.bytes,
            from: stats.first,
            to: stats.last,
            formats: self.formats.keys().copied().collect(),
            sampling: SamplingUsed {
                mode: self.sampling,
                rate,
                tracked_keys,
            },
            rates,
            sizes,
            sent,
            unknown_sizes,
            first_reads,
            keys_per_read: reads as f64 / reads.saturating_sub(self.more_keys).max(1) as f64,
            passed: self.passed,
            layer,
            origin,
            distinct_keys: scaled(tracked_keys),
            distinct_bytes,
            one_hit_wonders: one_hit_wonders(&popularity),
            hottest_key_share: hottest,
            popularity_skew: skew(&popularity),
            reuse_time: reuse_time(engine.reuse()),
            logged_hit_ratio: logged(stats.hits, stats.misses),
            hit_ratio_curve: curve(tracker, &self.options.sizes, distinct_bytes, totals),
            lines: self.all.lines,
            bad_lines: self.all.bad,
            bad_line_samples: self.all.bad_lines,
            skipped: self.all.skipped,
            notes: self.all.notes,
        }
    }
}

/// The curve at the sizes asked for; by default at powers of two, and at last at the size that holds
/// everything.
fn curve(
    tracker: &Tracker,
    asked: &[u64],
    distinct_bytes: u64,
    totals: Option<Totals>,
) -> Vec<CurvePoint> {
    if !asked.is_empty() {
        return tracker.curve(&sorted(asked), totals);
    }
    let mut curve = tracker.curve(&default_sizes(distinct_bytes), totals);
    if let Some(last) = curve.last_mut().filter(|_| distinct_bytes > 0) {
        last.size_bytes = last.size_bytes.min(distinct_bytes);
    }
    curve
}

/// Flags about the fields of a log that a format has no use for.
fn unused_flags(options: &Options, facts: &FormatFacts) -> Vec<&'static str> {
    let given = &options.columns;
    let is_ttl_alone = given.ttl.is_some()
        && *given
            == Columns {
                ttl: given.ttl.clone(),
                ..Columns::default()
            };
    let columns = if is_ttl_alone {
        "--ttl-column"
    } else {
        "--columns"
    };
    let has_fields = matches!(
        facts.format,
        Format::CloudfrontW3c | Format::CloudfrontRealtime
    );
    let mut flags = Vec::new();
    flags.extend((given.is_given() && !facts.columns).then_some(columns));
    flags.extend((!options.fields.is_empty() && !has_fields).then_some("--fields"));
    flags
}

/// Gaps that are taken for missing logs, and pieces so far away that a clock must have been wrong.
fn period_notes(rates: &Rates, places: &Places) -> Vec<String> {
    const FAR_HOURS: i64 = 365 * 24;
    let pieces = &rates.pieces;
    let all: u64 = pieces.iter().map(|piece| piece.requests).sum();
    let mut notes = Vec::new();
    for pair in pieces.windows(2).take(5) {
        let (before, after) = (pair[0], pair[1]);
        notes.push(format!(
            "no requests between {} and {}: taken as missing logs; if the site was idle, state \
             traffic.active_hours",
            day(before.last),
            day(after.first)
        ));
        if after.first - before.last < FAR_HOURS {
            continue;
        }
        for (piece, place) in [(before, &places.first), (after, &places.last)] {
            if piece.requests * 100 < all {
                let at = place.as_ref().filter(|(time, _)| {
                    (piece.first..=piece.last).contains(&time.div_euclid(3_600_000))
                });
                let line = at.map_or(String::new(), |(_, line)| format!(", line {line}"));
                notes.push(format!(
                    "{} requests of {} are outliers, more than a year away from the others{line}",
                    piece.requests,
                    day(piece.first)
                ));
            }
        }
    }
    notes
}

/// The day of an hour since the epoch.
fn day(hour: i64) -> String {
    let stamp = jiff::Timestamp::from_second(hour.saturating_mul(3600));
    let day = stamp.map(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date().to_string());
    day.unwrap_or_else(|_| "an unknown day".to_owned())
}

/// A span for people.
fn span(hours: f64) -> String {
    if hours >= 48.0 {
        format!("{:.0} days", hours / 24.0)
    } else if hours >= 1.0 {
        format!("{hours:.0} h")
    } else {
        format!("{:.0} min", hours * 60.0)
    }
}

/// Earlier than 1990: seconds since the start of a trace.
fn is_relative(last: Option<i64>) -> bool {
    last.is_some_and(|ms| ms < 631_152_000_000)
}

fn nothing(what: String) -> Fault {
    Fault {
        cause: Cause::Content,
        code: "log-empty",
        message: what,
        help: "check the files, or name their format with `--format`",
    }
}

fn sorted(sizes: &[u64]) -> Vec<u64> {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn logged(hits: u64, misses: u64) -> Option<f64> {
    (hits + misses > 0).then(|| hits as f64 / (hits + misses) as f64)
}

/// `popularity` is in descending order.
fn one_hit_wonders(popularity: &[u32]) -> Option<f64> {
    let read = popularity.partition_point(|c| *c > 0);
    let more = popularity.partition_point(|c| *c > 1);
    (read > 0).then(|| (read - more) as f64 / read as f64)
}

/// Slope of log count over log rank, at ranks that double, as far as counts mean something.
fn skew(popularity: &[u32]) -> Option<f64> {
    let points: Vec<(f64, f64)> = std::iter::successors(Some(1usize), |rank| Some(rank * 2))
        .map_while(|rank| Some((rank, *popularity.get(rank - 1)?)))
        .take_while(|(_, count)| *count >= 3)
        .map(|(rank, count)| ((rank as f64).ln(), f64::from(count).ln()))
        .collect();
    if points.len() < 6 {
        return None;
    }
    let n = points.len() as f64;
    let (mx, my) = (
        points.iter().map(|p| p.0).sum::<f64>() / n,
        points.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let (xy, xx) = points.iter().fold((0.0, 0.0), |(xy, xx), (x, y)| {
        (xy + (x - mx) * (y - my), xx + (x - mx) * (x - mx))
    });
    Some(-xy / xx)
}

fn reuse_time(buckets: &[u64]) -> Option<ReuseTime> {
    let total: u64 = buckets.iter().sum();
    let within = |share: f64| {
        let rank = (total as f64 * share).ceil() as u64;
        let mut sum = 0;
        let bucket = buckets.iter().position(|n| {
            sum += n;
            sum >= rank
        });
        bucket.map_or(0, |b| 1u64 << b)
    };
    (total > 0).then(|| ReuseTime {
        p50_seconds: within(0.5),
        p90_seconds: within(0.9),
        p99_seconds: within(0.99),
    })
}
