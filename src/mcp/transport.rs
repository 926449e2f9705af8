//! Lines in, lines out, and never more of them at once than fit: how a client that asks faster than answers can be
//! given, or does not read them, is made to wait.
//!
//! Every message in work and every answer on its way holds a [`Share`] of the [`Load`]; while the load is full nothing
//! more is read, so that the pipe fills and the client stops.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmcp::RoleServer;
use rmcp::model::{ClientRequest, GetExtensions as _, JsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;

/// The longest line that is read; a longer one is dropped, and the next is read.
const MAX_LINE: usize = 2 << 20;

/// Messages of ordinary size that may be in work or on their way.
const FULL: usize = 256;

/// Bytes of arguments that count as one more message.
const UNIT: usize = 64 << 10;

/// What is in work or on its way.
#[derive(Default)]
pub(super) struct Load {
    taken: AtomicUsize,
    freed: Notify,
}

/// A part of the load, given back when it is dropped.
pub(super) struct Share(Arc<Load>, usize);

impl Share {
    fn take(load: &Arc<Load>, size: usize) -> Self {
        load.taken.fetch_add(size, Ordering::SeqCst);
        Self(Arc::clone(load), size)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(self.1, Ordering::SeqCst);
        self.0.freed.notify_one();
    }
}

impl Load {
    /// Waits until less than so much is taken.
    async fn below(&self, limit: usize) {
        while self.taken.load(Ordering::SeqCst) >= limit {
            // A permit is kept for who waits later, so nothing freed between the two lines is missed.
            self.freed.notified().await;
        }
    }
}

/// Lines of JSON on a reader and a writer.
pub(super) struct Lines<R: AsyncRead, W: AsyncWrite> {
    inner: AsyncRwTransport<RoleServer, R, W>,
    load: Arc<Load>,
    /// A request was read: before it, notifications and answers are nobody's.
    begun: bool,
}

impl<R, W> Lines<R, W>
where
    R: Send + AsyncRead + Unpin,
    W: Send + AsyncWrite + Unpin + 'static,
{
    pub(super) fn new(read: R, write: W) -> Self {
        Self {
            inner: AsyncRwTransport::new_server(read, write).with_max_line_length(MAX_LINE),
            load: Arc::default(),
            begun: false,
        }
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: Send + AsyncRead + Unpin,
    W: Send + AsyncWrite + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let share = Share::take(&self.load, 1);
        let sent = self.inner.send(item);
        async move {
            let _share = share;
            sent.await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            self.load.below(FULL).await;
            let Some(mut message) = self.inner.receive().await else {
                // Whoever sends requests and closes its end still reads every answer.
                self.load.below(1).await;
                return None;
            };
            if let JsonRpcMessage::Request(request) = &mut message {
                self.begun = true;
                let size = 1 + weight(&request.request) / UNIT;
                let share = Arc::new(Share::take(&self.load, size));
                request.request.extensions_mut().insert(share);
            } else if !self.begun {
                continue;
            }
            return Some(message);
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.inner.close().await
    }
}

/// Bytes of the texts that a request brings.
fn weight(request: &ClientRequest) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(of).sum(),
            Value::Object(entries) => entries.iter().map(|(k, v)| k.len() + of(v)).sum(),
            _ => 8,
        }
    }
    match request {
        ClientRequest::CallToolRequest(call) => {
            let sent = call.params.arguments.iter().flatten();
            sent.map(|(key, value)| key.len() + of(value)).sum()
        }
        _ => 0,
    }
}
