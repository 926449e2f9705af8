//! A measurement as a workload profile (YAML, see the profile's contract).
//!
//! Only measured values are written, plus the three that no log knows: name, region and layer.
//! It does not decide anything and reads nothing.

use std::fmt::Write;

use super::text::{round, timestamp};
use crate::domain::units::Bytes;
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
    out.push_str(&provenance(m));
    out
}

fn traffic(m: &Measurement) -> String {
    let r = &m.rates;
    let mut out = String::from("traffic:\n");
    let _ = writeln!(out, "  reads: {}", rate(r.reads));
    let _ = writeln!(out, "  writes: {}", rate(r.writes));
    // A mean above the 99th percentile happens with rare bursts; a peak is never below the mean.
    let _ = writeln!(
        out,
        "  peak_reads: {}",
        rate(r.reads.max(r.reads_p99_second as f64))
    );
    if r.writes > 0.0 {
        let _ = writeln!(
            out,
            "  peak_writes: {}",
            rate(r.writes.max(r.writes_p99_second as f64))
        );
    }
    if let Some(share) = m.hottest_key_share {
        let _ = writeln!(out, "  hottest_key_share: {} %", round(share * 100.0));
    }
    // Less than a day says nothing about the hours of a month.
    if r.span_hours >= 24.0 {
        let hours = (730.0 * r.active_hours as f64 / r.span_hours.ceil().max(1.0)).min(730.0);
        let _ = writeln!(out, "  active_hours: {} h", hours.round());
    }
    out
}

fn data(m: &Measurement, identity: &Identity) -> String {
    let mut out = String::from("data:\n");
    let mean = m.sizes.mean.map_or(1, |s| (s.round() as u64).max(1));
    let max = m.sizes.max.unwrap_or(mean).max(mean);
    let _ = writeln!(out, "  item_size: {}", Bytes::new(mean));
    let _ = writeln!(out, "  max_item_size: {}", Bytes::new(max));
    let set = m.working_set();
    let bytes = set
        .map_or(m.distinct_bytes, |p| p.size_bytes)
        .min(m.distinct_bytes.max(1))
        .max(max);
    let _ = writeln!(out, "  working_set: {}", Bytes::new(bytes));
    if let Some(ttl) = &identity.ttl {
        let _ = writeln!(out, "  ttl: {ttl}");
    }
    if let Some(point) = set {
        let _ = writeln!(out, "  hit_ratio: {} %", round(point.objects * 100.0));
    }
    out.push_str("  hit_ratio_curve:\n");
    for p in &m.hit_ratio_curve {
        let error = p.error.map_or("null".to_owned(), |e| round(e).to_string());
        let (size, objects, bytes) = (p.size_bytes, round(p.objects), round(p.bytes));
        let _ = writeln!(
            out,
            "    - {{ size: {size}, objects: {objects}, bytes: {bytes}, error: {error} }}"
        );
    }
    if let (Some(p50), Some(p99)) = (m.sizes.p50, m.sizes.p99) {
        let (p50, p99) = (Bytes::new(p50), Bytes::new(p99));
        let _ = writeln!(
            out,
            "  item_size_distribution: {{ p50: {p50}, p99: {p99}, max: {} }}",
            Bytes::new(max)
        );
    }
    out
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
fn rate(per_second: f64) -> String {
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
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
