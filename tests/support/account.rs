//! Metrics of a known workload: what CloudWatch would answer to each question.

use cachewright_measure::telemetry::Kind;
use cachewright_measure::telemetry::kind::{Metric, Role};
use serde_json::{Value, json};

/// A workload as a running resource has it.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    /// Read commands a second, while active.
    pub(crate) reads: f64,
    /// Keys of each.
    pub(crate) keys: f64,
    /// Share of the keys that are found.
    pub(crate) hit: f64,
    /// Explicit puts a second.
    pub(crate) writes: f64,
    /// Bytes of a value.
    pub(crate) item: f64,
    /// Bytes beside it.
    pub(crate) beside: f64,
    /// Items.
    pub(crate) items: f64,
    /// Milliseconds that keys live.
    pub(crate) ttl: f64,
    /// Active hours of each day.
    pub(crate) hours: i64,
    /// Counts times this.
    pub(crate) factor: f64,
    /// Protocol of its clients.
    pub(crate) protocol: &'static str,
    /// ECPUs times this.
    pub(crate) ecpus: f64,
    /// Seconds by which everything is later.
    pub(crate) later: i64,
}

impl Default for Truth {
    fn default() -> Self {
        Self {
            reads: 1200.0,
            keys: 1.0,
            hit: 0.9,
            writes: 40.0,
            item: 4096.0,
            beside: 122.0,
            items: 5_000_000.0,
            ttl: 3_600_000.0,
            hours: 24,
            factor: 1.0,
            protocol: "redis",
            ecpus: 1.0,
            later: 0,
        }
    }
}

impl Truth {
    /// The value of a metric in the period that begins now.
    fn value(
        &self,
        kind: &Kind,
        metric: &Metric,
        statistic: &str,
        time: i64,
        period: i64,
    ) -> Option<f64> {
        if metric.protocol.as_ref().is_some_and(|p| p != self.protocol) {
            return None;
        }
        // One of several metrics of a purpose has all of it.
        let mut same = kind
            .metrics
            .iter()
            .filter(|m| m.is == metric.is && m.protocol == metric.protocol);
        if !same.next().is_some_and(|m| std::ptr::eq(m, metric)) {
            return None;
        }
        let active = time.rem_euclid(86_400) / 3600 < self.hours;
        let count = |rate: f64| {
            if active {
                rate * period as f64 * self.factor
            } else {
                0.0
            }
        };
        let lookups = self.reads * self.keys;
        let misses = lookups * (1.0 - self.hit);
        let sent = if kind.bodies.is_some() || kind.cache.interface.is_some() {
            self.reads
        } else {
            lookups * self.hit
        };
        Some(match metric.is {
            Role::Reads => count(self.reads),
            Role::Hits => count(lookups * self.hit),
            Role::Misses => count(misses),
            Role::HitRate => self.hit * 100.0,
            Role::Puts => count(self.writes + misses),
            Role::ExplicitPuts => count(self.writes),
            Role::Bytes => self.items * (self.item + self.beside),
            Role::Items => self.items,
            Role::BytesOut => count(sent * self.item),
            Role::BytesIn => count(self.writes * self.item),
            Role::Ecpus => count(lookups * (self.item / 1024.0) * self.ecpus),
            Role::ReadUnits => count(self.reads / 2.0),
            Role::WriteUnits => count(self.writes * 5.0),
            Role::Ttl => self.ttl / 2.0,
            Role::Connections => 64.0,
            Role::ReadLatency if metric.unit == "Microseconds" => {
                if statistic == "p99" {
                    900.0
                } else {
                    400.0
                }
            }
            Role::ReadLatency | Role::OriginLatency => {
                if statistic == "p99" {
                    9.0
                } else {
                    3.0
                }
            }
            Role::Primary => 1.0,
            _ => return None,
        })
    }
}

/// The documents of an emitted script.
pub(crate) fn scripts(script: &str) -> Vec<Value> {
    let parts = script.split("<<'JSON'\n").skip(1);
    parts
        .map(|part| serde_json::from_str(part.split("\nJSON\n").next().unwrap()).unwrap())
        .collect()
}

/// What CloudWatch answers to a document.
pub(crate) fn answer(query: &Value, kinds: &[Kind], truth: &Truth) -> Value {
    let moment = |key: &str| -> i64 {
        let stamp: jiff::Timestamp = query[key].as_str().unwrap().parse().unwrap();
        stamp.as_second()
    };
    let (from, to) = (moment("StartTime"), moment("EndTime"));
    let asked = query["MetricDataQueries"].as_array().unwrap();
    let results = asked.iter().map(|q| {
        let label = q["Label"].as_str().unwrap();
        let parts: Vec<&str> = label.split('|').collect();
        let kind = kinds.iter().find(|k| k.id == parts[0]).unwrap();
        let period = q["MetricStat"]["Period"].as_i64().unwrap();
        let is = |m: &&Metric| {
            let with: Vec<String> = m.with.iter().map(|(n, v)| format!("{n}={v}")).collect();
            m.metric == parts[1] && with.join(",") == parts[5] && m.statistics.iter().any(|s| s == parts[2])
        };
        let metric = kind.metrics.iter().find(is).unwrap();
        let times = (0..).map(|i| from + i * period).take_while(|t| *t < to);
        let points: Vec<(i64, f64)> = times
            .filter_map(|t| Some((t + truth.later, truth.value(kind, metric, parts[2], t, period)?)))
            .collect();
        let (times, values): (Vec<i64>, Vec<f64>) = points.into_iter().unzip();
        json!({ "Id": q["Id"], "Label": label, "Timestamps": times, "Values": values, "StatusCode": "Complete" })
    });
    json!({ "MetricDataResults": results.collect::<Vec<_>>(), "Messages": [] })
}
