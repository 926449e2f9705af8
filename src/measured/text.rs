//! A measurement as JSON (`cachewright/measure/v1`), text and Markdown.
//!
//! JSON has exactly the keys of the contract. Nothing is computed here, and no price is known.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::domain::money::grouped;
use crate::domain::units::Bytes;
use crate::report::text::whole_words;
use crate::text::{markdown as markdown_text, visible};
use cachewright_measure::Sampling;
use cachewright_measure::curve::CurvePoint;
use cachewright_measure::measure::Measurement;

/// The JSON report.
pub fn json(m: &Measurement) -> Value {
    let mut top = Map::new();
    let mut put = |key: &str, value: Value| top.insert(key.to_owned(), value);
    put("schema", json!("cachewright/measure/v1"));
    put("requests", json!(m.requests));
    put("from", json!(m.from.map(timestamp)));
    put("to", json!(m.to.map(timestamp)));
    put("format", json!(m.format_names()));
    put("sampling", sampling(m));
    put("rates", rates(m));
    put(
        "sizes",
        json!({ "mean": m.sizes.mean.map(round), "p50": m.sizes.p50, "p99": m.sizes.p99, "max": m.sizes.max }),
    );
    put("distinct_keys", json!(m.distinct_keys));
    put("distinct_bytes", json!(m.distinct_bytes));
    put("one_hit_wonders", json!(m.one_hit_wonders.map(round)));
    put("hottest_key_share", json!(m.hottest_key_share.map(round)));
    put("logged_hit_ratio", json!(m.logged_hit_ratio.map(round)));
    put("first_reads", json!(m.first_reads));
    put("unknown_sizes", json!(round(m.unknown_sizes)));
    put(
        "sent",
        json!({ "bytes": m.sent.bytes.round() as u64, "mean": m.sent.mean().map(round) }),
    );
    put("lines", json!(m.lines));
    put("bad_lines", json!(m.bad_lines));
    put("skipped", json!(m.skipped));
    put("notes", json!(notes(m)));
    put(
        "hit_ratio_curve",
        m.hit_ratio_curve.iter().map(point).collect(),
    );
    Value::Object(top)
}

fn sampling(m: &Measurement) -> Value {
    let mode = match m.sampling.mode {
        Sampling::Exact => "exact",
        Sampling::Keys(_) => "keys",
        Sampling::Rate(_) => "rate",
    };
    json!({ "mode": mode, "rate": m.sampling.rate, "tracked_keys": m.sampling.tracked_keys })
}

fn rates(m: &Measurement) -> Value {
    let r = &m.rates;
    json!({
        "reads": m.reads,
        "writes": m.writes,
        "deletes": m.deletes,
        "reads_per_second": round(r.reads),
        "writes_per_second": round(r.writes),
        "reads_p99_per_second": r.reads_p99_second,
        "reads_p99_per_minute": r.reads_p99_minute,
        "reads_max_per_second": r.reads_max_second,
        "writes_p99_per_second": r.writes_p99_second,
        "active_hours": r.active_hours,
        "covered_hours": r.covered_hours,
        "span_hours": round(r.span_hours),
    })
}

fn point(p: &CurvePoint) -> Value {
    json!({ "size": p.size_bytes, "objects": round(p.objects), "bytes": round(p.bytes), "error": p.error.map(round) })
}

/// Six decimals: more would be noise.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// ISO 8601 with seconds.
pub(crate) fn timestamp(ms: i64) -> String {
    let stamp = jiff::Timestamp::from_second(ms.div_euclid(1000));
    stamp.map_or_else(|_| "unknown".to_owned(), |t| t.to_string())
}

/// A whole number with separators.
fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// The figures that matter most: label, figure, explanation.
pub(super) fn figures(m: &Measurement) -> Vec<(&'static str, String, String)> {
    let mut figures = Vec::new();
    if let Some(set) = m.working_set() {
        let interval = set
            .error
            .map_or(String::new(), |e| format!("± {}, ", percent(e)));
        let at = size(set.size_bytes);
        figures.push((
            "Hit ratio",
            percent(set.objects),
            format!("{interval}with {at}, at least 99 % of what any size gives"),
        ));
    }
    let keys = format!("in {} keys", count(m.distinct_keys));
    figures.push(("Distinct data", size(m.distinct_bytes), keys));
    let r = &m.rates;
    let peak = format!("mean while active, {}/s at most", count(r.reads_max_second));
    figures.push(("Reads", per_second(r.reads), peak));
    figures.push(("Requests", count(m.requests), period(m).unwrap_or_default()));
    figures
}

/// Requests per second to the digits that matter.
fn per_second(rate: f64) -> String {
    let digits = if rate >= 100.0 || rate <= 0.0 { 0 } else { 3 };
    format!("{}/s", grouped(&format!("{rate:.digits$}")))
}

/// Times of a trace that knows no date are seconds since its start.
fn period(m: &Measurement) -> Option<String> {
    let (from, to) = m.from.zip(m.to)?;
    Some(if m.is_relative() {
        let second = |ms: i64| count(ms.div_euclid(1000).max(0).unsigned_abs());
        format!("second {} to {} of the trace", second(from), second(to))
    } else {
        format!("{} to {}", timestamp(from), timestamp(to))
    })
}

/// `1 clock hour with requests, 2.5 h from first to last`.
fn active(m: &Measurement) -> String {
    let r = &m.rates;
    let hours = if r.active_hours == 1 { "hour" } else { "hours" };
    let span = if r.span_hours >= 1.0 {
        format!("{:.1} h", r.span_hours)
    } else {
        format!("{:.1} min", r.span_hours * 60.0)
    };
    format!(
        "{} clock {hours} with requests, {span} from first to last",
        count(r.active_hours)
    )
}

/// Two-column facts: name and value.
pub(super) fn facts(m: &Measurement) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Format", m.format_names()),
        (
            "Requests",
            format!(
                "{} ({} reads, {} writes, {} deletes)",
                count(m.requests),
                count(m.reads),
                count(m.writes),
                count(m.deletes)
            ),
        ),
    ];
    facts.extend(traffic_facts(m));
    facts.extend(size_facts(m));
    facts.extend(key_facts(m));
    facts.push(("Curve", curve_basis(m)));
    facts.extend(set_fact(m).map(|set| ("Working set", set)));
    facts
}

fn traffic_facts(m: &Measurement) -> Vec<(&'static str, String)> {
    let r = &m.rates;
    let Some(period) = period(m) else {
        return Vec::new();
    };
    vec![
        ("Period", period),
        ("Active", active(m)),
        (
            "Reads",
            format!(
                "{} mean while active, {}/s at the 99th percentile, {}/s at most",
                per_second(r.reads),
                count(r.reads_p99_second),
                count(r.reads_max_second)
            ),
        ),
        (
            "Reads by minute",
            format!("{}/min at the 99th percentile", count(r.reads_p99_minute)),
        ),
        (
            "Writes",
            format!(
                "{} mean while active, {}/s at the 99th percentile",
                per_second(r.writes),
                count(r.writes_p99_second)
            ),
        ),
    ]
}

fn size_facts(m: &Measurement) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let (Some(mean), Some(p50), Some(p99), Some(max)) =
        (m.sizes.mean, m.sizes.p50, m.sizes.p99, m.sizes.max)
    {
        facts.push((
            "Object size",
            format!(
                "{} mean, {} median, {} at the 99th percentile, {} at most",
                size(mean.round() as u64),
                size(p50),
                size(p99),
                size(max)
            ),
        ));
    }
    facts.extend(sent(m).map(|sent| ("Sent per read", sent)));
    facts.push((
        "Distinct",
        format!(
            "{} keys, {} ({} B)",
            count(m.distinct_keys),
            size(m.distinct_bytes),
            count(m.distinct_bytes)
        ),
    ));
    facts
}

fn key_facts(m: &Measurement) -> Vec<(&'static str, String)> {
    let first = format!("{} of {} reads", count(m.first_reads), count(m.reads));
    let mut facts = vec![("First of a key", first)];
    if m.keys_per_read > 1.0 {
        facts.push(("Keys per read", format!("{:.2}", m.keys_per_read)));
    }
    facts.push(("Read once", share(m.one_hit_wonders, " of the keys")));
    facts.push(("Hottest key", share(m.hottest_key_share, " of the reads")));
    let skew = m.popularity_skew.map(|s| format!("Zipf exponent {s:.2}"));
    facts.push(("Popularity", skew.unwrap_or_else(|| "unknown".to_owned())));
    if let Some(t) = m.reuse_time {
        facts.push((
            "Read again",
            format!(
                "half within {} s, 90 % within {} s, 99 % within {} s",
                count(t.p50_seconds),
                count(t.p90_seconds),
                count(t.p99_seconds)
            ),
        ));
    }
    if let Some(ratio) = m.logged_hit_ratio {
        let hits = share(Some(ratio), " of the reads with a result");
        facts.push(("Logged hits", hits));
    }
    facts
}

fn set_fact(m: &Measurement) -> Option<String> {
    if m.first_reads == m.reads {
        return Some("no key is read twice: nothing to cache in this log".to_owned());
    }
    let set = m.working_set()?;
    let (at, hits) = (size(set.size_bytes), percent(set.objects));
    Some(format!(
        "{at} for {hits} hits, at least 99 % of what any size gives"
    ))
}

/// What a read moves, which is not the size of the object when it takes a range or is told that
/// nothing has changed.
fn sent(m: &Measurement) -> Option<String> {
    let mut text = format!("{} mean", size(m.sent.mean()?.round() as u64));
    if m.sent.ranges + m.sent.unchanged > 0 {
        let (ranges, unchanged) = (count(m.sent.ranges), count(m.sent.unchanged));
        let reads = count(m.reads);
        let _ = write!(
            text,
            " ({ranges} of {reads} reads are ranges, {unchanged} are 304)"
        );
    }
    Some(text)
}

fn share(value: Option<f64>, of: &str) -> String {
    value.map_or("unknown".to_owned(), |v| format!("{}{of}", percent(v)))
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

fn curve_basis(m: &Measurement) -> String {
    if m.sampling.rate >= 1.0 {
        return "exact".to_owned();
    }
    format!(
        "from {} keys, a sample of {:.4} %; ± is the 95 % interval of the hit ratio, {} at most",
        count(m.sampling.tracked_keys),
        m.sampling.rate * 100.0,
        percent(m.largest_error())
    )
}

/// A size as people write it, to three digits.
pub(crate) fn size(bytes: u64) -> String {
    let exact = Bytes::new(bytes).to_string();
    if exact.len() <= 9 {
        return exact;
    }
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2} {}", units[unit])
}

pub(super) fn row(p: &CurvePoint) -> [String; 4] {
    let error = p
        .error
        .map_or(String::new(), |e| format!("± {}", percent(e)));
    [
        size(p.size_bytes),
        percent(p.objects),
        percent(p.bytes),
        error,
    ]
}

/// The report for a terminal of so many columns.
pub fn text(m: &Measurement, width: usize) -> String {
    let mut out = String::new();
    let beside = " ".repeat(17);
    for (name, value) in facts(m) {
        let options = whole_words(width).subsequent_indent(&beside);
        let line = format!("{name:<16} {value}");
        let _ = writeln!(out, "{}", textwrap::fill(&line, options));
    }
    let _ = writeln!(
        out,
        "\n{:>12}  {:>9}  {:>9}",
        "cache size", "hits", "byte hits"
    );
    // What the numbers leave of the line.
    let longest = width.saturating_sub(48).clamp(8, 30);
    for p in &m.hit_ratio_curve {
        let [size, objects, bytes, error] = row(p);
        let bar = "█".repeat((p.objects * longest as f64).round() as usize);
        let line = format!("{size:>12}  {objects:>9}  {bytes:>9}  {error:<10} {bar}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for line in remarks(m) {
        let _ = writeln!(out, "\n{}", textwrap::fill(&line, whole_words(width)));
    }
    let _ = writeln!(out, "\n{}", textwrap::fill(DEFINITIONS, whole_words(width)));
    out
}

/// The report for a document.
pub fn markdown(m: &Measurement) -> String {
    let mut out = String::from("# Measured workload\n\n| | |\n|---|---|\n");
    for (name, value) in facts(m) {
        let _ = writeln!(out, "| {name} | {} |", markdown_text(&value));
    }
    out.push_str("\n## Hit ratio by cache size\n\n| Cache size | Hits | Byte hits | 95 % |\n|--:|--:|--:|--:|\n");
    for p in &m.hit_ratio_curve {
        let _ = writeln!(out, "| {} |", row(p).join(" | "));
    }
    let remarks = remarks(m);
    if !remarks.is_empty() {
        out.push_str("\n## Remarks\n\n");
    }
    for line in remarks {
        let _ = writeln!(out, "- {}", markdown_text(&line));
    }
    let _ = writeln!(out, "\n{DEFINITIONS}");
    out
}

/// What was left out and what to know, most important first.
pub fn remarks(m: &Measurement) -> Vec<String> {
    let mut lines = Vec::new();
    if m.bad_lines > 0 {
        lines.push(format!(
            "{} of {} lines are corrupt and were left out",
            count(m.bad_lines),
            count(m.lines)
        ));
        for b in &m.bad_line_samples {
            lines.push(format!(
                "{}:{}: {}: {}",
                b.file, b.line, b.reason, b.excerpt
            ));
        }
    }
    let skipped = m
        .skipped
        .iter()
        .filter(|(reason, _)| !matches!(**reason, "comments" | "header lines"));
    let skipped: Vec<String> = skipped
        .map(|(reason, lines)| format!("{} {reason}", count(*lines)))
        .collect();
    if !skipped.is_empty() {
        lines.push(format!("left out: {}", skipped.join(", ")));
    }
    lines.extend(m.notes.iter().cloned());
    // Names of files and text of logs stand in them.
    lines.iter().map(|line| visible(line)).collect()
}

/// Notes without anything in them that drives a terminal.
fn notes(m: &Measurement) -> Vec<String> {
    m.notes.iter().map(|note| visible(note)).collect()
}

/// What the words of the report mean.
pub(super) const DEFINITIONS: &str = "A read is a GET or HEAD answered with 2xx or 3xx (or the read command of a \
    cache); other methods and error responses are left out. A key is what names the object: host, path and query of \
    a URL, bucket and key, or the key of a cache. An object's size is what a cache must hold; what a read sends is \
    what it moves.";
