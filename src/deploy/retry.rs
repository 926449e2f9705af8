//! Repeats a call while the connection is lost or AWS asks to slow down.
//!
//! A lost connection is not a failed deployment: calls are repeated with growing pauses until the
//! patience of the user is used up. Every changing call carries a token, so repeating is safe.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::record::{Record, Retry};
use super::sink::{Sink, Tone};
use crate::aws::ApiError;

/// How long and how often to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// First pause; doubles up to sixteen times itself.
    pub first: Duration,
    /// Give up when no call has succeeded for this long.
    pub total: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            total: Duration::from_mins(10),
        }
    }
}

/// Runs `call` until it succeeds, fails for a real reason, or patience ends.
pub async fn persist<T>(
    patience: Patience,
    sink: &mut Sink<'_>,
    mut call: impl AsyncFnMut() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let began = Instant::now();
    let mut attempt = 0_u32;
    loop {
        let error = match call().await {
            Ok(value) => {
                if attempt > 0 {
                    let _ = sink.line(&sink.paint(Tone::Faint, "connection is back"));
                }
                return Ok(value);
            }
            Err(error) => error,
        };
        let wait = patience.first.saturating_mul(1 << attempt.min(4));
        if !error.is_transient() || began.elapsed() + wait > patience.total {
            return Err(error);
        }
        tell(sink, &error, wait, attempt);
        sleep(wait).await;
        attempt += 1;
    }
}

fn tell(sink: &mut Sink<'_>, error: &ApiError, wait: Duration, attempt: u32) {
    let record = Record::Retry(Retry {
        operation: error.operation.to_owned(),
        code: error.code.clone(),
        message: error.message.clone(),
        wait_ms: wait.as_millis() as u64,
    });
    // A stream that cannot be written must not end a running deployment's observation.
    let _ = sink.record(&record);
    if attempt == 0 {
        let text = format!(
            "{} did not get through ({}); the deployment is not affected, trying again",
            error.operation, error.code
        );
        let _ = sink.line(&sink.paint(Tone::Care, &text));
    }
}
