//! The threads that read: each takes the next input and says what is in it, batch by batch.
//!
//! It counts nothing: what is said goes to [`super::pump`], in the order of the inputs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{Options, reading};
use crate::formats::{Batch, Format, Reading, Traits};
use crate::input::{Input, Meter};
use crate::reader::Reader;

/// Lines that are sent together: waking the other thread for each block of them would take longer than
/// to parse it.
const SENT: u64 = 4096;

/// What a reader says.
pub(super) enum Message {
    Format(Format, Traits),
    Batch(Box<Batch>),
    Failed(anyhow::Error),
}

/// What the reader threads share.
pub(super) struct Shared<'a> {
    inputs: &'a [Input],
    options: &'a Options,
    reading: Reading,
    pub(super) meter: Meter,
    next: AtomicUsize,
    pub(super) stop: AtomicBool,
    senders: Vec<Mutex<Option<SyncSender<Message>>>>,
    receivers: Mutex<Vec<Receiver<Message>>>,
}

impl<'a> Shared<'a> {
    pub(super) fn new(inputs: &'a [Input], options: &'a Options) -> Self {
        let (senders, receivers): (Vec<_>, Vec<_>) = inputs
            .iter()
            .map(|_| sync_channel(2))
            .map(|(sender, receiver)| (Mutex::new(Some(sender)), receiver))
            .unzip();
        let reading = reading(options);
        Self {
            inputs,
            options,
            reading,
            meter: Meter::default(),
            next: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            senders,
            receivers: Mutex::new(receivers),
        }
    }

    pub(super) fn receivers(&self) -> Vec<Receiver<Message>> {
        self.receivers
            .lock()
            .map(|mut r| std::mem::take(&mut *r))
            .unwrap_or_default()
    }

    /// Reads inputs until there are none left.
    pub(super) fn work(&self) {
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let (Some(input), Some(slot)) = (self.inputs.get(at), self.senders.get(at)) else {
                return;
            };
            let Some(sender) = slot.lock().ok().and_then(|mut s| s.take()) else {
                return;
            };
            if let Err(error) = self.read(input, &sender) {
                let _ = sender.send(Message::Failed(error));
            }
        }
    }

    fn read(&self, input: &Input, sender: &SyncSender<Message>) -> anyhow::Result<()> {
        let mut reader = Reader::open(input, self.options.format, &self.reading, &self.meter)?;
        if let Some(format) = reader.format {
            if sender.send(Message::Format(format, reader.traits)).is_err() {
                return Ok(());
            }
        }
        let mut more = true;
        let mut capacity = 0;
        while more && !self.stop.load(Ordering::Relaxed) {
            let mut batch = Box::new(Batch {
                window: self.options.window,
                ..Batch::default()
            });
            batch.accesses.reserve(capacity);
            while more && batch.lines < SENT {
                more = reader.next(&mut batch, None)?;
            }
            capacity = batch.accesses.len() + 64;
            if sender.send(Message::Batch(batch)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}
