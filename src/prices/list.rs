//! What the two price lists have in common: jobs, answers, failures and progress.
//!
//! `live.rs` and `public.rs` turn [`Job`]s into [`Answer`]s; `obtain.rs` owns the order of things.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::cache::Validators;
use super::plan::Query;
use super::product::Product;

/// Pause between two signs of life.
const TICK: Duration = Duration::from_millis(100);

/// Everything one price list has to be asked about one service code in one Region.
#[derive(Clone, Debug)]
pub struct Job {
    /// Service code of the price list.
    pub service_code: String,
    /// Region, or `global`.
    pub region: String,
    /// What is looked for.
    pub queries: Vec<Query>,
    /// What is known of the last answer.
    pub known: Validators,
}

/// Products that came back.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Candidates, near misses among them.
    pub products: Vec<Product>,
    /// Publication date and time of the list.
    pub published: Option<String>,
    /// Version of the list.
    pub version: Option<String>,
    /// Where it was read, in words.
    pub source: String,
    /// For the next conditional request.
    pub validators: Validators,
}

/// The end of a job.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Products.
    Fresh(Answer),
    /// The list has not changed since the last answer.
    Unchanged,
}

/// Why a list could not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// No credentials, expired ones, a wrong clock, or no permission.
    Credentials,
    /// No connection, no answer in time, throttled, or a server error.
    Network,
    /// An answer that cannot be read.
    Answer,
}

/// A list that could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What kind of trouble.
    pub cause: Cause,
    /// What happened, lower case.
    pub message: String,
}

impl Unavailable {
    /// Trouble of a kind.
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
        }
    }
}

/// A step of a long look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Price lists done.
    pub done: usize,
    /// Price lists in all.
    pub total: usize,
    /// What was just finished, or is being read.
    pub what: String,
}

/// What happens while jobs run.
pub enum Event {
    /// A job ended; jobs end in any order.
    Done(usize, Result<Reply, Unavailable>),
    /// Nothing ended for a moment.
    Tick,
}

/// Called on the caller's thread for every event.
pub type Listener<'a> = dyn FnMut(Event) + 'a;

/// Hands events to a listener until every sender is gone.
pub fn listen(
    receiver: &Receiver<(usize, Result<Reply, Unavailable>)>,
    listener: &mut Listener<'_>,
) {
    loop {
        match receiver.recv_timeout(TICK) {
            Ok((index, reply)) => listener(Event::Done(index, reply)),
            Err(RecvTimeoutError::Timeout) => listener(Event::Tick),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
