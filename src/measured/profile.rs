//! A measurement as a workload profile (YAML, see the profile's contract).
//!
//! Only measured values are written, plus the three that no log knows: name, region and layer.
//! It does not decide anything and reads nothing.

use std::fmt::Write;

use super::text::{round, timestamp};
use crate::domain::units::Bytes;
use cachewright_measure::CurvePoint;
use cachewright_measure::measure::Measurement;

/// What the log does not know.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Name of the profile.
    pub name: String,
    /// AWS region code.
    pub region: String,
    /// What the cache stands in front of.
    pub layer: String,
    /// Time to live that the curve assumes, as it was given.
    pub ttl: Option<String>,
}

/// The profile as YAML.
pub fn yaml(m: &Measurement, identity: &Identity) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "# Measured by `cachewright measure`; see `measured` at the end."
    );
    let _ = writeln!(out, "version: 1");
    let _ = writeln!(out, "name: {}", quoted(&identity.name));
    let _ = writeln!(out, "region: {}", quoted(&identity.region));
    let _ = writeln!(out, "layer: {}", identity.layer);
    out.push_str(&traffic(m));
    out.push_str(&data(m, identity));
    out.push_str(&origin(m));
    out.push_str(&provenance(m));
    out
}

fn traffic(m: &Measurement) -> String {
    let r = &m.rates;
    let mut out = String::from("traffic:\n");
    // Calls are counted, and the keys of one beside them.
    let calls = r.reads / m.keys_per_read;
    let _ = writeln!(out, "  reads: {}", rate(calls));
    if m.keys_per_read > 1.0 {
        let _ = writeln!(out, "  keys_per_read: {}", round(m.keys_per_read));
    }
    let writes = (m.writes + m.deletes).saturating_sub(m.passed.0 + m.passed.1);
    let all = (m.writes + m.deletes).max(1);
    let writes = r.writes * writes as f64 / all as f64;
    let _ = writeln!(out, "  writes: {}", rate(writes));
    // A mean above the 99th percentile happens with rare bursts; a peak is never below the mean.
    let _ = writeln!(out, "  peak_reads: {}", rate(peak(m, calls)));
    if writes > 0.0 {
        let peak = writes.max(r.writes_p99_second as f64);
        let _ = writeln!(out, "  peak_writes: {}", rate(peak));
    }
    if let Some(share) = m.hottest_key_share {
        let _ = writeln!(out, "  hottest_key_share: {} %", round(share * 100.0));
    }
    // Less than a day says nothing about the hours of a month.
    if r.covered_hours >= 24 {
        let hours = 730.0 * r.active_hours as f64 / r.covered_hours as f64;
        let _ = writeln!(out, "  active_hours: {} h", hours.round().clamp(1.0, 730.0));
    }
    out
}

/// The 99th percentile of a second is only the mean where few seconds have a read: then the busiest
/// minutes say more, and nothing is below what an unmeasured workload is taken to need.
fn peak(m: &Measurement, calls: f64) -> f64 {
    const FEW_AN_HOUR: u64 = 1000;
    let r = &m.rates;
    let second = r.reads_p99_second as f64 / m.keys_per_read;
    if m.reads >= FEW_AN_HOUR * r.active_hours {
        return calls.max(second);
    }
    let minute = r.reads_p99_minute as f64 / 60.0 / m.keys_per_read;
    second.max(minute).max(3.0 * calls)
}

/// The working set, the hit ratio there, and the curve with that point on it.
struct Set {
    size: u64,
    objects: f64,
    curve: Vec<CurvePoint>,
}

impl Set {
    /// At least as large as the largest object; none when sizes are unknown.
    fn of(m: &Measurement, largest: u64) -> Option<Self> {
        let last = *m.hit_ratio_curve.last()?;
        if !m.knows_sizes() {
            return None;
        }
        let smallest = m.working_set().map_or(last.size_bytes, |p| p.size_bytes);
        let everything = m.distinct_bytes.max(1);
        let wanted = smallest.min(everything).max(largest);
        // A size that was measured, or the one that holds everything and hits as often as any above it.
        let point = m.hit_ratio_curve.iter().find(|p| p.size_bytes >= wanted);
        let point = *point.unwrap_or(&last);
        let size = point.size_bytes.min(everything).max(wanted);
        let mut curve = m.hit_ratio_curve.clone();
        if let Err(at) = curve.binary_search_by_key(&size, |p| p.size_bytes) {
            let size_bytes = size;
            curve.insert(
                at,
                CurvePoint {
                    size_bytes,
                    ..point
                },
            );
        }
        Some(Self {
            size,
            objects: point.objects,
            curve,
        })
    }
}

fn data(m: &Measurement, identity: &Identity) -> String {
    let mut out = String::from("data:\n");
    let mean = m.sizes.mean.map(|mean| (mean.round() as u64).max(1));
    let sizes = mean.filter(|_| m.knows_sizes());
    let max = m.sizes.max.zip(sizes).map(|(max, mean)| max.max(mean));
    if let (Some(mean), Some(max)) = (sizes, max) {
        let _ = writeln!(out, "  item_size: {}", exact(mean));
        let _ = writeln!(out, "  max_item_size: {}", exact(max));
    }
    if let Some(sent) = m.sent.mean().map(|mean| (mean.round() as u64).max(1)) {
        if sizes.is_some_and(|mean| mean != sent) {
            let _ = writeln!(out, "  bytes_per_read: {}", exact(sent));
        }
    }
    let set = max.and_then(|max| Set::of(m, max));
    if let Some(set) = &set {
        let _ = writeln!(out, "  working_set: {}", exact(set.size));
    }
    if let Some(ttl) = &identity.ttl {
        let _ = writeln!(out, "  ttl: {ttl}");
    }
    let Some(set) = set else {
        // Without sizes one figure is measured all the same: that of a cache that holds everything.
        if let Some(last) = m.hit_ratio_curve.last() {
            let _ = writeln!(out, "  hit_ratio: {} %", round(last.objects * 100.0));
        }
        return out;
    };
    let _ = writeln!(out, "  hit_ratio: {} %", round(set.objects * 100.0));
    out.push_str("  hit_ratio_curve:\n");
    for p in &set.curve {
        let error = p.error.map_or("null".to_owned(), |e| round(e).to_string());
        let (size, objects, bytes) = (p.size_bytes, round(p.objects), round(p.bytes));
        let _ = writeln!(
            out,
            "    - {{ size: {size}, objects: {objects}, bytes: {bytes}, error: {error} }}"
        );
    }
    if let (Some(p50), Some(p99), Some(max)) = (m.sizes.p50, m.sizes.p99, max) {
        let (p50, p99) = (exact(p50), exact(p99));
        let _ = writeln!(
            out,
            "  item_size_distribution: {{ p50: {p50}, p99: {p99}, max: {} }}",
            exact(max)
        );
    }
    out
}

/// A size as people write it, where that is all of it: the curve has a point of exactly that size.
pub(crate) fn exact(bytes: u64) -> String {
    let short = Bytes::new(bytes).to_string();
    match short.parse::<Bytes>() {
        Ok(read) if read == Bytes::new(bytes) => short,
        _ => format!("{bytes} B"),
    }
}

fn origin(m: &Measurement) -> String {
    m.origin
        .map_or(String::new(), |kind| format!("origin:\n  kind: {kind}\n"))
}

fn provenance(m: &Measurement) -> String {
    let mut out = String::from("measured:\n");
    let _ = writeln!(out, "  requests: {}", m.requests);
    if let (Some(from), Some(to)) = (m.from, m.to) {
        let _ = writeln!(out, "  from: {}", quoted(&timestamp(from)));
        let _ = writeln!(out, "  to: {}", quoted(&timestamp(to)));
    }
    let _ = writeln!(out, "  format: {}", quoted(&m.format_names()));
    let _ = writeln!(out, "  sampling_rate: {}", round(m.sampling.rate));
    let _ = writeln!(out, "  error: {}", round(m.largest_error()));
    let _ = writeln!(out, "  tool: \"cachewright {}\"", env!("CARGO_PKG_VERSION"));
    out
}

/// Reads per second with the digits that matter.
pub(crate) fn rate(per_second: f64) -> String {
    let digits = if per_second >= 10.0 { 3 } else { 6 };
    let text = format!("{per_second:.digits$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    // Something was read, however rarely.
    let text = if text == "0" && per_second > 0.0 {
        "0.000001"
    } else {
        text
    };
    format!("{text}/s")
}

/// A double-quoted YAML scalar, which is a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
