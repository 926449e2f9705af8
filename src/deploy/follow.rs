//! Watches a running operation: tells events as they come, and knows when it is over.
//!
//! Watching never decides that a deployment failed because the connection did.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::events::{Clocks, is_cascade, is_failure, is_start};
use super::model::{Cloud, Life, Millis, Stack, StackEvent, life};
use super::record::{Event, Record};
use super::retry::{Patience, persist};
use super::sink::{Sink, Tone, seconds};
use super::types::Types;
use crate::aws::{ApiError, ErrorKind};
use crate::text::one_line;

/// Polls with a final status but without a start event before the status is believed anyway.
const SETTLED: u32 = 10;

/// What to watch.
#[derive(Clone, Debug)]
pub struct Watch<'a> {
    /// ARN of the stack: stays valid after deletion.
    pub stack_id: &'a str,
    /// Newest event before the operation; `None` joins an operation that already runs.
    pub baseline: Option<String>,
    /// Pause between two looks.
    pub poll: Duration,
    /// Patience with the connection.
    pub patience: Patience,
    /// Usual durations.
    pub types: &'a Types,
}

/// What was seen of an operation that is over.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The stack's final status; `DELETE_COMPLETE` when it is gone.
    pub status: String,
    /// The stack, unless it is gone for good.
    pub stack: Option<Stack>,
    /// Events of the operation, oldest first.
    pub events: Vec<StackEvent>,
}

impl Seen {
    /// Seconds from the first to the last event, on AWS's clock.
    pub fn duration(&self) -> Option<u64> {
        let (first, last) = (self.events.first()?, self.events.last()?);
        u64::try_from((last.at - first.at) / 1000).ok()
    }
}

/// Id of the newest event, as the baseline of an operation about to start.
pub async fn newest_event(cloud: &impl Cloud, stack: &str) -> Result<Option<String>, ApiError> {
    match cloud.events(stack, &|_| true).await {
        Ok(events) => Ok(Some(
            events.first().map(|e| e.id.clone()).unwrap_or_default(),
        )),
        Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Unsupported) => {
            Ok(Some(String::new()))
        }
        Err(error) => Err(error),
    }
}

/// Watches until the operation is over.
pub async fn follow(
    cloud: &impl Cloud,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
) -> Result<Seen, ApiError> {
    let mut seen = Seen::default();
    let mut ids = BTreeSet::new();
    let mut teller = Teller::new(watch.types);
    let mut blind = false;
    let mut settled = 0;
    loop {
        let stack = persist(watch.patience, sink, async || {
            cloud.stack(watch.stack_id).await
        })
        .await?;
        if !blind {
            blind = !look(cloud, watch, sink, &mut ids, &mut seen, &mut teller).await?;
        }
        seen.status = stack
            .as_ref()
            .map_or("DELETE_COMPLETE".to_owned(), |s| s.status.clone());
        seen.stack = stack;
        if !matches!(life(&seen.status), Life::Busy | Life::Review) {
            settled += 1;
            if seen.events.iter().any(is_start) || settled >= SETTLED {
                sink.clear().ok();
                return Ok(seen);
            }
        }
        pause(watch.poll, sink, &teller).await;
    }
}

/// Reads and tells new events. False when events may not be read at all.
async fn look(
    cloud: &impl Cloud,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
    ids: &mut BTreeSet<String>,
    seen: &mut Seen,
    teller: &mut Teller<'_>,
) -> Result<bool, ApiError> {
    let joining = watch.baseline.is_none() && seen.events.is_empty();
    let known = |e: &StackEvent| ids.contains(&e.id) || watch.baseline.as_deref() == Some(&e.id);
    let enough = |e: &StackEvent| known(e) || (joining && is_start(e));
    let read = persist(watch.patience, sink, async || {
        cloud.events(watch.stack_id, &enough).await
    })
    .await;
    let events = match read {
        Ok(events) => events,
        Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Unsupported) => {
            let _ = sink.note(&format!(
                "events cannot be shown, only the stack's status: {error}"
            ));
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let fresh: Vec<StackEvent> = events.into_iter().filter(|e| !known(e)).collect();
    for event in fresh.into_iter().rev() {
        ids.insert(event.id.clone());
        teller.tell(sink, &event);
        seen.events.push(event);
    }
    Ok(true)
}

/// Waits, redrawing the status line on a terminal.
async fn pause(total: Duration, sink: &mut Sink<'_>, teller: &Teller<'_>) {
    if !sink.live {
        return sleep(total).await;
    }
    let end = Instant::now() + total;
    while Instant::now() < end {
        let _ = sink.status(&teller.status(Timestamp::now().as_millisecond()));
        sleep(Duration::from_millis(200).min(total)).await;
    }
}

/// Tells events and keeps the numbers of the status line.
struct Teller<'a> {
    types: &'a Types,
    clocks: Clocks,
    kinds: std::collections::BTreeMap<String, String>,
    done: usize,
    start: Option<Millis>,
}

impl<'a> Teller<'a> {
    fn new(types: &'a Types) -> Self {
        let kinds = std::collections::BTreeMap::new();
        Self {
            types,
            clocks: Clocks::default(),
            kinds,
            done: 0,
            start: None,
        }
    }

    fn tell(&mut self, sink: &mut Sink<'_>, event: &StackEvent) {
        let elapsed = self.clocks.see(event);
        let start = *self.start.get_or_insert(event.at);
        self.kinds
            .insert(event.logical_id.clone(), event.resource_type.clone());
        let ended = !event.status.ends_with("_IN_PROGRESS");
        if ended && !event.is_stack() {
            self.done += 1;
        }
        // A terminal or pipe that went away must not stop the watching.
        let _ = sink.record(&Record::Event(record(event, elapsed)));
        if is_failure(&event.status) && event.reason.as_deref().is_some_and(is_cascade) {
            return;
        }
        let line = self.line(sink, event, start, elapsed.filter(|_| ended));
        let _ = sink.line(&line);
    }

    fn line(
        &self,
        sink: &Sink<'_>,
        event: &StackEvent,
        start: Millis,
        took: Option<u64>,
    ) -> String {
        let since = u64::try_from((event.at - start) / 1000).unwrap_or(0);
        let tone = match event.status.as_str() {
            s if is_failure(s) => Tone::Bad,
            s if s.contains("ROLLBACK") => Tone::Bad,
            s if s.ends_with("_COMPLETE") => Tone::Good,
            _ => Tone::Plain,
        };
        let status = sink.paint(tone, &format!("{:<20}", event.status));
        let mut line = format!(
            "{:>8}  {status} {:<24} {}",
            seconds(since),
            event.logical_id,
            event.resource_type
        );
        if let Some(took) = took {
            line.push_str(&sink.paint(Tone::Faint, &format!("  took {}", seconds(took))));
        } else if let Some((usual, _)) = self.types.seconds(&event.resource_type)
            && event.status == "CREATE_IN_PROGRESS"
            && event.reason.is_none()
        {
            line.push_str(&sink.paint(Tone::Faint, &format!("  usually {}", seconds(usual))));
        }
        if let Some(reason) = event
            .reason
            .as_deref()
            .filter(|_| is_failure(&event.status))
        {
            line.push_str("\n          ");
            line.push_str(&one_line(reason));
        }
        line
    }

    fn status(&self, now: Millis) -> String {
        let since = |at: Millis| seconds(u64::try_from((now - at) / 1000).unwrap_or(0));
        let frame = ['|', '/', '-', '\\'][(now / 200 % 4) as usize];
        let work: Vec<String> = self
            .clocks
            .running()
            .iter()
            .filter(|(id, _)| {
                self.kinds
                    .get(*id)
                    .is_none_or(|k| k != "AWS::CloudFormation::Stack")
            })
            .map(|(id, at)| {
                let kind = self.kinds.get(*id).map_or("", String::as_str);
                // The known durations are those of creations.
                let usual = self.types.seconds(kind).filter(|_| self.clocks.creates(id));
                let usual = usual.map(|(u, _)| format!(" of about {}", seconds(u)));
                format!("{id} {}{}", since(*at), usual.unwrap_or_default())
            })
            .collect();
        let elapsed = self.start.map(since).unwrap_or_default();
        format!(
            "{frame} {elapsed}  {} done  {}   Ctrl-C detaches",
            self.done,
            work.join(", ")
        )
    }
}

fn record(event: &StackEvent, elapsed: Option<u64>) -> Event {
    Event {
        time: time(event.at),
        logical_id: event.logical_id.clone(),
        physical_id: event.physical_id.clone(),
        resource_type: event.resource_type.clone(),
        status: event.status.clone(),
        reason: event.reason.clone(),
        elapsed_seconds: elapsed,
    }
}

/// RFC 3339, UTC, always with milliseconds, so that times sort as text.
pub fn time(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .map(|t| format!("{t:.3}"))
        .unwrap_or_default()
}
