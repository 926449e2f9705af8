//! Smoke test of a deployed cache from where this program runs.
//!
//! Finds what to test in the stack's resources and outputs, then speaks the service's own protocol:
//! reachable, TLS, sign-in, write, read, expiry, latency, clean-up. Each failure says what to look at.

pub mod contents;
pub mod dynamodb;
pub mod http;
pub mod iam;
pub mod memcached;
pub mod mount;
pub mod redis;
pub mod s3;
pub mod stats;
pub mod tls;

use crate::aws::Connection;
use crate::deploy::record::{Check, CheckStatus};
use crate::services::found::Target;
use stats::Latency;

/// Options of a verification.
#[derive(Clone, Debug)]
pub struct Options {
    /// Timed reads.
    pub operations: usize,
    /// The report's promise for the 50th and 99th percentile, in milliseconds.
    pub promise: Promise,
    /// Seconds to wait for a connection or an answer.
    pub timeout: std::time::Duration,
}

/// What the report promised; `None` when it promised nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Promise {
    /// Milliseconds.
    pub p50_ms: Option<f64>,
    /// Milliseconds.
    pub p99_ms: Option<f64>,
}

/// Collects the outcome of one target.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Checks in order.
    pub checks: Vec<Check>,
    /// Latency of the timed reads.
    pub reads: Option<Latency>,
}

impl Outcome {
    /// A passed check.
    pub fn ok(&mut self, name: &str, detail: impl Into<String>) {
        self.push(name, CheckStatus::Ok, detail, None);
    }

    /// A failed check with what to look at.
    pub fn failed(&mut self, name: &str, detail: impl Into<String>, help: impl Into<String>) {
        self.push(name, CheckStatus::Failed, detail, Some(help.into()));
    }

    /// Something that could not be checked.
    pub fn unknown(&mut self, name: &str, detail: impl Into<String>, help: impl Into<String>) {
        self.push(name, CheckStatus::Unknown, detail, Some(help.into()));
    }

    fn push(
        &mut self,
        name: &str,
        status: CheckStatus,
        detail: impl Into<String>,
        help: Option<String>,
    ) {
        let detail = crate::text::one_line(&detail.into());
        self.checks.push(Check {
            name: name.to_owned(),
            status,
            detail,
            help,
        });
    }

    /// Whether a check failed.
    pub fn has_failed(&self) -> bool {
        self.checks.iter().any(|c| c.status == CheckStatus::Failed)
    }
}

/// Tests one target.
pub async fn verify(target: &Target, connection: &Connection, options: &Options) -> Outcome {
    let mut outcome = Outcome::default();
    match target {
        Target::Redis(redis) => redis::verify(redis, connection, options, &mut outcome).await,
        Target::Memcached(endpoint) => {
            memcached::verify(endpoint, connection, options, &mut outcome).await;
        }
        Target::Table(table) => dynamodb::verify(table, connection, options, &mut outcome).await,
        Target::Bucket(bucket) => s3::verify(bucket, connection, options, &mut outcome).await,
        Target::Http(url) => http::verify(url, connection, options, &mut outcome).await,
        Target::Mount(mount) => mount::verify(mount, options, &mut outcome).await,
    }
    if let Some(reads) = &outcome.reads.clone() {
        judge(reads, options.promise, &mut outcome);
    }
    outcome
}

/// Compares measured latency with the promise.
fn judge(reads: &Latency, promise: Promise, outcome: &mut Outcome) {
    let measured = format!(
        "{} reads: p50 {:.2} ms, p99 {:.2} ms",
        reads.count, reads.p50_ms, reads.p99_ms
    );
    let over = |limit: Option<f64>, value: f64| limit.is_some_and(|l| value > l);
    if promise.p50_ms.is_none() && promise.p99_ms.is_none() {
        return outcome.ok(
            "latency",
            format!("{measured} (no promise to compare with)"),
        );
    }
    let limits = [("p50", promise.p50_ms), ("p99", promise.p99_ms)]
        .iter()
        .filter_map(|(name, limit)| limit.map(|l| format!("{name} {l} ms")))
        .collect::<Vec<_>>()
        .join(", ");
    if over(promise.p50_ms, reads.p50_ms) || over(promise.p99_ms, reads.p99_ms) {
        outcome.failed(
            "latency",
            format!("{measured}; promised {limits}"),
            "the figure includes the network from here: measure from where the application runs (same region, best the same zone) before judging the service",
        );
    } else {
        outcome.ok("latency", format!("{measured}; promised {limits}"));
    }
}

/// A name for test data that no other run uses.
pub fn nonce() -> String {
    format!(
        "cachewright-verify-{:x}",
        jiff::Timestamp::now().as_nanosecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_promise_fails_and_a_missing_one_does_not() {
        let reads = Latency {
            count: 200,
            p50_ms: 2.0,
            p99_ms: 9.0,
        };
        let mut outcome = Outcome::default();
        judge(&reads, Promise::default(), &mut outcome);
        assert!(!outcome.has_failed());
        judge(
            &reads,
            Promise {
                p50_ms: Some(3.0),
                p99_ms: Some(10.0),
            },
            &mut outcome,
        );
        assert!(!outcome.has_failed());
        judge(
            &reads,
            Promise {
                p50_ms: None,
                p99_ms: Some(5.0),
            },
            &mut outcome,
        );
        assert!(outcome.has_failed());
    }
}
