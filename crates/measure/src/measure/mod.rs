//! The whole measurement: inputs to readers, readers to counts and curve.
//!
//! Inputs are read in parallel (`readers`) and counted in the order given (`pump`), so the result does not
//! depend on the number of threads. Logs without time order are sorted first. What comes out is in
//! `measurement`; rendering is elsewhere.

mod measurement;
mod pump;
mod readers;

use std::sync::atomic::Ordering;

use crate::access::KeyHash;
use crate::engine::WritePolicy;
use crate::fault::{Cause, Fault};
use crate::formats::{Batch, Columns, Format, KeyRule, Reading};
use crate::input::{Input, Meter, distinct};
use crate::reader::Reader;
use crate::sampling::Sampling;
use crate::window::Window;

pub use measurement::{Measurement, ReuseTime, SamplingUsed, SentUsed};
use pump::Pump;
use readers::Shared;

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

fn nothing(what: String) -> Fault {
    Fault {
        cause: Cause::Content,
        code: "log-empty",
        message: what,
        help: "check the files, or name their format with `--format`",
    }
}
