//! Valkey and Redis over TLS: sign in, set, get, expiry, timed reads, clean-up.
//!
//! Speaks the few commands of RESP2 it needs; it is no general client and follows no redirects
//! (ElastiCache Serverless answers every key on its one endpoint).

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::client::TlsStream;

use super::stats::latency;
use super::{Options, Outcome, iam, nonce, tls};
use crate::aws::Connection;
use crate::services::found::{Auth, Redis};

/// An answer of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`, a bulk string or a number, as text.
    Text(String),
    /// Nothing under this key.
    Nil,
    /// The server's error.
    Error(String),
}

/// More parts of one answer than any cluster has.
const MOST_PIECES: usize = 1 << 16;

struct Client {
    stream: BufStream<TlsStream<TcpStream>>,
    limit: Duration,
}

impl Client {
    async fn call(&mut self, words: &[&str]) -> Result<Reply, String> {
        let limit = self.limit;
        match timeout(limit, self.exchange(words)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(format!("{}: {error}", words.first().unwrap_or(&""))),
            Err(_) => Err(format!("no answer within {} s", limit.as_secs_f64())),
        }
    }

    async fn exchange(&mut self, words: &[&str]) -> std::io::Result<Reply> {
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            let _ = write!(request, "${}\r\n{word}\r\n", word.len());
        }
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        let mut left = 1;
        let mut first = None;
        while left > 0 {
            let (reply, inside) = self.piece().await?;
            left = left - 1 + inside;
            if left > MOST_PIECES {
                return Err(std::io::Error::other("a list without end"));
            }
            first.get_or_insert(reply);
        }
        Ok(first.unwrap_or(Reply::Nil))
    }

    /// One reply, and how many more belong to it when it is a list.
    async fn piece(&mut self) -> std::io::Result<(Reply, usize)> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        let rest = line.get(1..).unwrap_or_default();
        match line.chars().next() {
            Some('+' | ':') => Ok((Reply::Text(rest.to_owned()), 0)),
            Some('-') => Ok((Reply::Error(rest.to_owned()), 0)),
            Some('$') => Ok((self.bulk(rest).await?, 0)),
            Some('*') => {
                let inside = rest.parse().unwrap_or(0);
                Ok((Reply::Text(format!("a list of {inside}")), inside))
            }
            _ => Err(std::io::Error::other(format!("unexpected answer `{line}`"))),
        }
    }

    async fn bulk(&mut self, length: &str) -> std::io::Result<Reply> {
        let Ok(length) = length.parse::<usize>() else {
            return Ok(Reply::Nil);
        };
        if length > 1 << 20 {
            return Err(std::io::Error::other("answer of more than 1 MiB"));
        }
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes).await?;
        bytes.truncate(length);
        Ok(Reply::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// Tests the cache.
pub async fn verify(
    target: &Redis,
    connection: &Connection,
    options: &Options,
    outcome: &mut Outcome,
) {
    let roots = &connection.roots;
    let Some(stream) = tls::connect(&target.endpoint, roots, options.timeout, outcome).await else {
        return;
    };
    let mut client = Client {
        stream: BufStream::new(stream),
        limit: options.timeout,
    };
    if !sign_in(&mut client, &target.auth, connection, outcome).await {
        return;
    }
    clustered(&mut client, outcome).await;
    let key = nonce();
    exercise(&mut client, &key, options, outcome).await;
    match client.call(&["DEL", &key]).await {
        Ok(Reply::Text(_)) => outcome.ok("clean-up", "test key removed"),
        other => outcome.unknown(
            "clean-up",
            said(&other),
            "the test key expires by itself within a minute",
        ),
    }
}

async fn sign_in(
    client: &mut Client,
    auth: &Auth,
    connection: &Connection,
    outcome: &mut Outcome,
) -> bool {
    let (user, password) = match auth {
        Auth::None => (None, None),
        Auth::Password { user, password } => (Some(user.as_str()), Some(password.clone())),
        Auth::Iam { user, cache } => match iam::token(connection, cache, user).await {
            Ok(token) => (Some(user.as_str()), Some(token)),
            Err(error) => {
                outcome.failed(
                    "sign-in",
                    error,
                    "AWS credentials are needed for IAM sign-in",
                );
                return false;
            }
        },
    };
    let reply = match (user, password) {
        (Some(user), Some(password)) => client.call(&["AUTH", user, &password]).await,
        _ => client.call(&["PING"]).await,
    };
    match reply {
        Ok(Reply::Text(_)) => {
            outcome.ok(
                "sign-in",
                user.map_or("none needed".to_owned(), |u| format!("as {u}")),
            );
            true
        }
        other => {
            outcome.failed(
                "sign-in",
                said(&other),
                "check the user group of the cache: the user must be in it, its access string must be on, and with IAM the caller needs elasticache:Connect on the cache and the user; a password is read from CACHEWRIGHT_CACHE_PASSWORD, the user from --user",
            );
            false
        }
    }
}

/// What every cluster client asks before its first key; a server without slots may say so.
async fn clustered(client: &mut Client, outcome: &mut Outcome) {
    for words in [&["CLUSTER", "SLOTS"][..], &["INFO"]] {
        let reply = client.call(words).await;
        if matches!(&reply, Ok(Reply::Error(text)) if text.starts_with("NOPERM")) {
            return outcome.failed(
                "cluster client",
                said(&reply),
                "cluster clients cannot connect: add +cluster|slots +cluster|shards +cluster|nodes +cluster|info +info to the user's access string",
            );
        }
        if let Err(error) = reply {
            return outcome.failed("cluster client", error, "the connection did not hold");
        }
    }
    outcome.ok("cluster client", "may ask for slots and information");
}

async fn exercise(client: &mut Client, key: &str, options: &Options, outcome: &mut Outcome) {
    let set = client.call(&["SET", key, "cachewright", "EX", "60"]).await;
    if set != Ok(Reply::Text("OK".to_owned())) {
        outcome.failed(
            "set",
            said(&set),
            "the user's access string must allow writing this key (for example `on ~* +@all`); NOPERM names what is missing",
        );
        return;
    }
    let get = client.call(&["GET", key]).await;
    if get != Ok(Reply::Text("cachewright".to_owned())) {
        outcome.failed(
            "get",
            said(&get),
            "the value written a moment ago did not come back",
        );
        return;
    }
    outcome.ok("set and get", key.to_owned());
    let mut samples = Vec::with_capacity(options.operations);
    for _ in 0..options.operations {
        let began = Instant::now();
        if let Err(error) = client.call(&["GET", key]).await {
            outcome.failed(
                "timed reads",
                error,
                "the connection did not hold for the whole series",
            );
            return;
        }
        samples.push(began.elapsed());
    }
    outcome.reads = latency(&samples);
    expiry(client, key, outcome).await;
}

async fn expiry(client: &mut Client, key: &str, outcome: &mut Outcome) {
    let set = client.call(&["SET", key, "short", "PX", "300"]).await;
    if set != Ok(Reply::Text("OK".to_owned())) {
        return outcome.failed(
            "expiry",
            said(&set),
            "a key with a time to live could not be set",
        );
    }
    for _ in 0..30 {
        sleep(Duration::from_millis(100)).await;
        if client.call(&["GET", key]).await == Ok(Reply::Nil) {
            return outcome.ok("expiry", "a key with a time to live of 0.3 s is gone");
        }
    }
    outcome.failed(
        "expiry",
        "a key with a time to live of 0.3 s was still there after 3 s",
        "look at the cache's metrics; this should not happen",
    );
}

fn said(reply: &Result<Reply, String>) -> String {
    match reply {
        Ok(Reply::Text(text)) => format!("the server said `{text}`"),
        Ok(Reply::Nil) => "the server has no such key".to_owned(),
        Ok(Reply::Error(text)) | Err(text) => text.clone(),
    }
}
