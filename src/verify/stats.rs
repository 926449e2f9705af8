//! Percentiles of timed operations. Nothing else.

use std::time::Duration;

/// Latency of a series of operations, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Operations.
    pub count: usize,
    /// 50th percentile.
    pub p50_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
}

/// Nearest-rank percentiles; `None` without samples.
pub fn latency(samples: &[Duration]) -> Option<Latency> {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let rank = |percent: usize| {
        let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted.get(at).map(|d| d.as_secs_f64() * 1000.0)
    };
    Some(Latency {
        count: sorted.len(),
        p50_ms: rank(50)?,
        p99_ms: rank(99)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_rank() {
        let samples: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        let l = latency(&samples).unwrap();
        let expected = Latency {
            count: 200,
            p50_ms: 100.0,
            p99_ms: 198.0,
        };
        assert_eq!(l, expected);
        assert!(latency(&[]).is_none());
        assert_eq!(latency(&samples[..1]).map(|l| l.count), Some(1));
    }
}
