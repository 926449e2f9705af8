//! The whole measurement: inputs to readers, readers to counts and curve.
//!
//! Inputs are read in parallel and counted in the order given, so the result does not depend on
//! the number of threads. Logs without time order are sorted first. Rendering is elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::access::{KeyHash, Op, Reads};
use super::curve::{CurvePoint, Totals, default_sizes};
use super::engine::{Rules, WritePolicy};
use super::formats::{BadLine, Batch, Columns, Counter, Format, KEPT_BAD_LINES, Reading};
use super::input::{Input, Meter};
use super::reader::Reader;
use super::sampling::{Picker, Sampling, Tracker};
use super::sort::Sorter;
use super::stats::{Rates, Sizes, Stats};
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
    /// Leave query strings out of the keys of HTTP logs.
    pub ignore_query: bool,
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
    /// Sizes of what was read.
    pub sizes: Sizes,
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
    /// Smallest size on the curve with at least 99 % of the hits of the largest.
    pub fn working_set(&self) -> Option<&CurvePoint> {
        let best = self.hit_ratio_curve.last()?.objects;
        self.hit_ratio_curve
            .iter()
            .find(|p| p.objects >= best * 0.99)
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
    let total = inputs.iter().map(Input::size).sum::<Option<u64>>();
    let mut pump = Pump::new(options, sampling(inputs, options), inputs.len());
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
        let result = shared.receivers().into_iter().try_for_each(|receiver| {
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
    let mut reader = Reader::open(input, options.format, &reading(options), &meter)?;
    if let Some(format) = reader.format {
        pump.start(format);
    }
    let mut batch = Batch::default();
    let mut more = true;
    while more {
        let mut counter = pump.counter().filter(|_| reader.is_countable());
        let is_counted = counter.is_some();
        more = reader.next(&mut batch, counter.as_mut())?;
        pump.batch(&mut batch, is_counted)?;
        batch.clear();
        progress.bytes(meter.get(), total);
    }
    pump.end_of_input()
}

fn reading(options: &Options) -> Reading {
    Reading {
        seed: options.hash.seed(),
        columns: options.columns.clone(),
        ignore_query: options.ignore_query,
        default_size: options.default_size,
    }
}

fn is_compressed(input: &Input) -> bool {
    let name = input.name();
    [".gz", ".zst", ".zstd"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn sampling(inputs: &[Input], options: &Options) -> Sampling {
    if let Some(sampling) = options.sampling {
        return sampling;
    }
    let weight = |input: &Input| {
        let name = input.name();
        let packed = name.ends_with(".gz") || name.ends_with(".zst") || name.ends_with(".parquet");
        input
            .size()
            .unwrap_or(0)
            .saturating_mul(if packed { COMPRESSION } else { 1 })
    };
    let bytes = inputs.iter().map(weight).fold(0u64, u64::saturating_add);
    if bytes > EXACT_UP_TO {
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
    Format(Format),
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
            if sender.send(Message::Format(format)).is_err() {
                return Ok(());
            }
        }
        let mut more = true;
        let mut capacity = 0;
        while more && !self.stop.load(Ordering::Relaxed) {
            let mut batch = Box::new(Batch::default());
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
    formats: BTreeSet<Format>,
    has_totals: bool,
    lines: u64,
    bad: u64,
    bad_lines: Vec<BadLine>,
    skipped: BTreeMap<&'static str, u64>,
    notes: Vec<String>,
    edges: BTreeSet<[u8; 3]>,
}

impl<'a> Pump<'a> {
    fn new(options: &'a Options, sampling: Sampling, inputs: usize) -> Self {
        Self {
            options,
            sampling,
            inputs,
            stats: Stats::new(),
            reads: Box::new(Reads::new()),
            tracker: None,
            sorter: None,
            formats: BTreeSet::new(),
            has_totals: false,
            lines: 0,
            bad: 0,
            bad_lines: Vec::new(),
            skipped: BTreeMap::new(),
            notes: Vec::new(),
            edges: BTreeSet::new(),
        }
    }

    fn take(&mut self, message: Message) -> anyhow::Result<()> {
        match message {
            Message::Format(format) => {
                self.start(format);
                Ok(())
            }
            Message::Batch(mut batch) => self.batch(&mut batch, false),
            Message::Failed(error) => Err(error),
        }
    }

    /// The first format decides how writes and order are treated.
    fn start(&mut self, format: Format) {
        self.formats.insert(format);
        if self.tracker.is_some() {
            return;
        }
        let facts = format.facts();
        let fills = if facts.writes_fill {
            WritePolicy::Update
        } else {
            WritePolicy::Invalidate
        };
        let options = self.options;
        let rules = Rules {
            writes: options.writes.unwrap_or(fills),
            ttl: options.ttl.is_some() || options.columns.ttl.is_some() || facts.ttl,
            default_ttl: options.ttl,
        };
        let is_ordered = facts.ordered && (self.inputs == 1 || facts.trace);
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
        let only_sizes = self.formats.contains(&Format::Sampled);
        if !is_counted {
            self.stats.feed(&batch.accesses, only_sizes);
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

    fn tally(&mut self, batch: &mut Batch) -> anyhow::Result<()> {
        self.lines += batch.lines;
        self.bad += batch.bad;
        let room = KEPT_BAD_LINES.saturating_sub(self.bad_lines.len());
        self.bad_lines.extend(batch.bad_lines.drain(..).take(room));
        for (reason, count) in &batch.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        for note in batch.notes.drain(..) {
            if !self.notes.contains(&note) && self.notes.len() < 20 {
                self.notes.push(note);
            }
        }
        self.edges.append(&mut batch.edges);
        match self.options.max_bad_lines {
            Some(most) if self.bad > most => Err(self.too_many_bad_lines(most).into()),
            _ => Ok(()),
        }
    }

    fn end_of_input(&self) -> anyhow::Result<()> {
        let most = (self.lines / 100).max(100);
        let is_garbage =
            self.bad > 0 && self.stats.reads + self.stats.writes + self.stats.deletes == 0;
        if self.options.max_bad_lines.is_none() && (self.bad > most || is_garbage) {
            return Err(self.too_many_bad_lines(most).into());
        }
        Ok(())
    }

    fn too_many_bad_lines(&self, most: u64) -> Fault {
        let samples: Vec<String> = self
            .bad_lines
            .iter()
            .map(|b| format!("\n  {}:{}: {}: {}", b.file, b.line, b.reason, b.excerpt))
            .collect();
        let message = format!(
            "{} of {} lines are corrupt, at most {most} are allowed (read as {}):{}",
            self.bad,
            self.lines,
            self.format_names(),
            samples.concat()
        );
        Fault {
            cause: Cause::Content,
            code: "log-bad-lines",
            message: message,
            help: "name the right format with `--format`, or allow more with `--max-bad-lines N`",
        }
    }

    fn format_names(&self) -> String {
        self.formats
            .iter()
            .map(|f| f.name())
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn finish(mut self) -> anyhow::Result<Measurement> {
        let Some(mut tracker) = self.tracker.take() else {
            return Err(nothing("the logs are empty").into());
        };
        if let Some((sorter, picker)) = self.sorter.take() {
            if let Some(threshold) = picker.threshold() {
                tracker.fix_threshold(threshold);
            }
            self.stats.backwards = 0;
            sorter.finish(|block| tracker.feed(block))?;
        }
        tracker.finish()?;
        if tracker.engine().keys() == 0 {
            return Err(nothing("the logs hold no request for a cacheable object").into());
        }
        self.notes();
        Ok(self.measurement(&tracker))
    }

    /// Reads of the whole input: counted, or estimated from a sample without totals.
    fn estimate_reads(&mut self, tracker: &Tracker) -> bool {
        let is_unknown = self.formats.contains(&Format::Sampled) && !self.has_totals;
        if is_unknown {
            let sum: u64 = tracker
                .engine()
                .popularity()
                .iter()
                .map(|c| u64::from(*c))
                .sum();
            self.stats.reads = (sum as f64 / tracker.rate()).round() as u64;
            self.notes.push(
                "the sample has no totals: the number of requests is an estimate, and rates are unknown"
                    .to_owned(),
            );
        }
        is_unknown
    }

    fn notes(&mut self) {
        if self.stats.backwards > 0 {
            self.notes.push(format!(
                "{} requests are earlier than the one before; they were taken in the order of the file",
                self.stats.backwards
            ));
        }
        if self.formats.contains(&Format::CloudfrontRealtime) {
            self.notes.push(
                "real-time logs with a sampling rate below 100 % leave out requests at random, \
                 which makes hits look like misses: measure only logs with a rate of 100 %"
                    .to_owned(),
            );
        }
        if self.edges.len() > 1 {
            self.notes.push(format!(
                "requests came through {} edge locations, each with a cache of its own: the curve \
                 is that of one shared cache (an origin shield), the edges alone hit less",
                self.edges.len()
            ));
        }
        if self.formats.len() > 1 {
            self.notes.push(format!(
                "the inputs have several formats: {}",
                self.format_names()
            ));
        }
        if is_relative(self.stats.last) {
            self.notes
                .push("times are relative to the start of the trace".to_owned());
        }
    }

    fn measurement(mut self, tracker: &Tracker) -> Measurement {
        let unknown_totals = self.estimate_reads(tracker);
        let (engine, rate) = (tracker.engine(), tracker.rate());
        let scaled = |n: u64| (n as f64 / rate).round() as u64;
        let tracked_keys = engine.keys() as u64;
        let (distinct_keys, distinct_bytes) =
            (scaled(tracked_keys), scaled(engine.distinct_bytes()));
        let popularity = engine.popularity();
        let reuse_time = reuse_time(engine.reuse());
        let sizes = match &self.options.sizes[..] {
            [] => default_sizes(distinct_bytes),
            sizes => sorted(sizes),
        };
        let totals = (!unknown_totals).then_some(Totals {
            reads: self.stats.reads as f64,
            bytes: (!self.stats.partial_sizes).then_some(self.stats.bytes as f64),
        });
        let stats = &mut self.stats;
        let hottest = if self.sampling == Sampling::Exact {
            let most = popularity.first().map(|c| f64::from(*c));
            most.filter(|_| stats.reads > 0)
                .map(|c| c / stats.reads as f64)
        } else {
            stats.hottest_share()
        };
        Measurement {
            requests: stats.reads + stats.writes + stats.deletes,
            reads: stats.reads,
            writes: stats.writes,
            deletes: stats.deletes,
            bytes: stats.bytes,
            from: stats.first,
            to: stats.last,
            formats: self.formats.into_iter().collect(),
            sampling: SamplingUsed {
                mode: self.sampling,
                rate,
                tracked_keys,
            },
            rates: stats.rates(),
            sizes: stats.sizes(),
            distinct_keys,
            distinct_bytes,
            one_hit_wonders: one_hit_wonders(&popularity),
            hottest_key_share: hottest,
            popularity_skew: skew(&popularity),
            reuse_time,
            logged_hit_ratio: logged(stats.hits, stats.misses),
            hit_ratio_curve: tracker.curve(&sizes, totals),
            lines: self.lines,
            bad_lines: self.bad,
            bad_line_samples: self.bad_lines,
            skipped: self.skipped,
            notes: self.notes,
        }
    }
}

/// Earlier than 1990: seconds since the start of a trace.
fn is_relative(last: Option<i64>) -> bool {
    last.is_some_and(|ms| ms < 631_152_000_000)
}

fn nothing(what: &str) -> Fault {
    Fault {
        cause: Cause::Content,
        code: "log-empty",
        message: what.to_owned(),
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
