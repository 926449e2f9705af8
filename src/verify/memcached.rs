//! Memcached over TLS: set, get, expiry, timed reads, clean-up, with the text protocol.

use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::client::TlsStream;

use super::stats::latency;
use super::{Options, Outcome, nonce, tls};
use crate::aws::Connection;
use crate::services::found::Endpoint;

struct Client {
    stream: BufStream<TlsStream<TcpStream>>,
    limit: Duration,
}

impl Client {
    /// Sends a command; the answer's lines up to and including the one that ends it.
    async fn call(&mut self, request: &str) -> Result<Vec<String>, String> {
        let limit = self.limit;
        match timeout(limit, self.exchange(request)).await {
            Ok(Ok(lines)) => Ok(lines),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", limit.as_secs_f64())),
        }
    }

    async fn exchange(&mut self, request: &str) -> std::io::Result<Vec<String>> {
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_owned();
            let more = line.starts_with("VALUE ") || lines.len() == 1;
            lines.push(line);
            if !more || lines.len() > 8 {
                return Ok(lines);
            }
        }
    }

    async fn set(&mut self, key: &str, value: &str, seconds: u32) -> Result<(), String> {
        let request = format!("set {key} 0 {seconds} {}\r\n{value}\r\n", value.len());
        match self.call(&request).await?.first().map(String::as_str) {
            Some("STORED") => Ok(()),
            other => Err(format!("the server said `{}`", other.unwrap_or_default())),
        }
    }

    async fn get(&mut self, key: &str) -> Result<Option<String>, String> {
        let lines = self.call(&format!("get {key}\r\n")).await?;
        match lines.first().map(String::as_str) {
            Some("END") => Ok(None),
            Some(first) if first.starts_with("VALUE ") => Ok(lines.get(1).cloned()),
            other => Err(format!("the server said `{}`", other.unwrap_or_default())),
        }
    }
}

/// Tests the cache.
pub async fn verify(
    endpoint: &Endpoint,
    connection: &Connection,
    options: &Options,
    outcome: &mut Outcome,
) {
    let roots = &connection.roots;
    let Some(stream) = tls::connect(endpoint, roots, options.timeout, outcome).await else {
        return;
    };
    let mut client = Client {
        stream: BufStream::new(stream),
        limit: options.timeout,
    };
    let key = nonce();
    exercise(&mut client, &key, options, outcome).await;
    match client.call(&format!("delete {key}\r\n")).await {
        Ok(_) => outcome.ok("clean-up", "test key removed"),
        Err(error) => {
            outcome.unknown(
                "clean-up",
                error,
                "the test key expires by itself within a minute",
            );
        }
    }
}

async fn exercise(client: &mut Client, key: &str, options: &Options, outcome: &mut Outcome) {
    if let Err(error) = client.set(key, "cachewright", 60).await {
        return outcome.failed("set", error, "the server refused to store a small value");
    }
    match client.get(key).await {
        Ok(Some(value)) if value == "cachewright" => outcome.ok("set and get", key.to_owned()),
        other => {
            let text = format!("{other:?}");
            return outcome.failed(
                "get",
                text,
                "the value written a moment ago did not come back",
            );
        }
    }
    let mut samples = Vec::with_capacity(options.operations);
    for _ in 0..options.operations {
        let began = Instant::now();
        if let Err(error) = client.get(key).await {
            return outcome.failed(
                "timed reads",
                error,
                "the connection did not hold for the whole series",
            );
        }
        samples.push(began.elapsed());
    }
    outcome.reads = latency(&samples);
    expiry(client, key, outcome).await;
}

/// Memcached counts whole seconds on a coarse clock, so one second may take almost three.
async fn expiry(client: &mut Client, key: &str, outcome: &mut Outcome) {
    if let Err(error) = client.set(key, "short", 1).await {
        return outcome.failed(
            "expiry",
            error,
            "a key with a time to live could not be set",
        );
    }
    for _ in 0..50 {
        sleep(Duration::from_millis(100)).await;
        if client.get(key).await == Ok(None) {
            return outcome.ok("expiry", "a key with a time to live of 1 s is gone");
        }
    }
    outcome.failed(
        "expiry",
        "a key with a time to live of 1 s was still there after 5 s",
        "look at the cache's metrics; this should not happen",
    );
}
