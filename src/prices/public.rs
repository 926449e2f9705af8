//! The public price-list files over HTTPS: no account, streamed, conditional.
//!
//! Decides which file a job needs and how it is asked for; reading the file is `bulk.rs`.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use ureq::http::{Response, StatusCode};
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::{Agent, Body};

use super::bulk::{Found, Wanted, scan};
use super::cache::Validators;
use super::list::{Answer, Cause, Event, Job, Listener, Reply, Unavailable, listen};
use crate::aws::Roots;
use crate::domain::price::GLOBAL;
use crate::text::hex;

/// Where AWS serves the files (price-list-api facts, 2026-09).
pub const BASE: &str = "https://pricing.us-east-1.amazonaws.com";
/// Files read at the same time.
const IN_FLIGHT: usize = 4;
/// Region indexes are a few KB.
const MAX_INDEX: u64 = 8 << 20;
/// The largest regional file seen has 482 MB.
const MAX_FILE: u64 = 4 << 30;
/// Attempts per file after a server error or a broken connection.
const ATTEMPTS: u32 = 3;

/// How to reach the files.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Base address.
    pub base: String,
    /// Longest silence of the server.
    pub timeout: Duration,
    /// Longest time for one file.
    pub file_timeout: Duration,
    /// First pause before asking again.
    pub pause: Duration,
    /// The environment: a certificate bundle is taken from it.
    pub env: BTreeMap<String, String>,
}

impl Connection {
    /// AWS's own address, or the one named.
    pub fn new(base: Option<&str>, timeout: Duration, env: &BTreeMap<String, String>) -> Self {
        let set = env
            .get("CACHEWRIGHT_PRICE_LIST_URL")
            .filter(|url| !url.is_empty())
            .map(String::as_str);
        let base = base
            .or(set)
            .unwrap_or(BASE)
            .trim_end_matches('/')
            .to_owned();
        Self {
            base,
            timeout,
            file_timeout: Duration::from_mins(30),
            pause: Duration::from_millis(500),
            env: env.clone(),
        }
    }
}

#[derive(Deserialize)]
struct RegionIndex {
    regions: BTreeMap<String, RegionEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegionEntry {
    current_version_url: String,
}

/// Runs jobs on a few threads; the listener is called on this thread. `bytes` counts what was read.
pub fn run(jobs: &[Job], connection: &Connection, bytes: &AtomicU64, listener: &mut Listener<'_>) {
    let agent = match agent(connection) {
        Ok(agent) => agent,
        Err(error) => {
            let error = Unavailable::new(Cause::Network, format!("{error:#}"));
            return (0..jobs.len()).for_each(|i| listener(Event::Done(i, Err(error.clone()))));
        }
    };
    let reader = Lists {
        agent,
        connection,
        indexes: Mutex::new(BTreeMap::new()),
        bytes,
    };
    let next = AtomicUsize::new(0);
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        for _ in 0..IN_FLIGHT.min(jobs.len()) {
            let (sender, reader, next) = (sender.clone(), &reader, &next);
            scope.spawn(move || {
                while let Some((index, job)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(i).map(|j| (i, j))
                } {
                    let _ = sender.send((index, reader.job(job)));
                }
            });
        }
        drop(sender);
        listen(&receiver, listener);
    });
}

fn agent(connection: &Connection) -> Result<Agent> {
    let roots = Roots::read(&connection.env)?.ureq();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(roots);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .https_only(connection.base.starts_with("https:"))
        .max_redirects(3)
        .timeout_connect(Some(connection.timeout.min(Duration::from_secs(10))))
        .timeout_recv_response(Some(connection.timeout))
        .timeout_per_read(Some(connection.timeout))
        .timeout_recv_body(Some(connection.file_timeout))
        .tls_config(tls.build())
        .build();
    Ok(Agent::new_with_config(config))
}

/// Path of the current file by Region, or why it is not known.
type Index = Result<BTreeMap<String, String>, Unavailable>;

struct Lists<'a> {
    agent: Agent,
    connection: &'a Connection,
    /// Region indexes by service code, read once a run.
    indexes: Mutex<BTreeMap<String, Index>>,
    bytes: &'a AtomicU64,
}

impl Lists<'_> {
    fn job(&self, job: &Job) -> Result<Reply, Unavailable> {
        let path = self.path(job)?;
        let Some(path) = path else {
            // The service is not sold there: no product, and no file to read it from.
            return Ok(Reply::Fresh(Answer {
                source: format!("{}, not in the Region index", job.service_code),
                ..Answer::default()
            }));
        };
        let url = format!("{}{path}", self.connection.base);
        // A versioned address never changes its content.
        let versioned = !path.contains("/current/");
        if versioned && job.known.url.as_deref() == Some(url.as_str()) && job.known.sha256.is_some()
        {
            return Ok(Reply::Unchanged);
        }
        self.retrying(|| self.file(job, &url))
    }

    /// Path of the file of a job; `None` when the service has none for the Region.
    fn path(&self, job: &Job) -> Result<Option<String>, Unavailable> {
        if job.region == GLOBAL {
            return Ok(Some(format!(
                "{}/current/index.json",
                folder(&job.service_code)
            )));
        }
        // One lock per run is enough: indexes are small, and asked for once.
        let mut indexes = self
            .indexes
            .lock()
            .map_err(|_| Unavailable::new(Cause::Network, "another reader failed"))?;
        if !indexes.contains_key(&job.service_code) {
            let index = self.retrying(|| self.index(&job.service_code));
            indexes.insert(job.service_code.clone(), index);
        }
        let index = indexes
            .get(&job.service_code)
            .cloned()
            .unwrap_or_else(|| Ok(BTreeMap::new()))?;
        index.get(&job.region).map(|path| local(path)).transpose()
    }

    fn index(&self, service_code: &str) -> Result<BTreeMap<String, String>, Attempt> {
        let url = format!(
            "{}{}/current/region_index.json",
            self.connection.base,
            folder(service_code)
        );
        let response = self.agent.get(&url).call().map_err(|e| network(&url, &e))?;
        let mut response = good(&url, response)?;
        let mut text = String::new();
        let reader = response.body_mut().with_config().limit(MAX_INDEX).reader();
        Counted {
            inner: reader,
            hash: None,
            bytes: self.bytes,
        }
        .read_to_string(&mut text)
        .map_err(|e| again(&url, &e))?;
        let index: RegionIndex = serde_json::from_str(&text)
            .map_err(|e| again(&url, &format!("not a Region index: {e}")))?;
        Ok(index
            .regions
            .into_iter()
            .map(|(region, entry)| (region, entry.current_version_url))
            .collect())
    }

    fn file(&self, job: &Job, url: &str) -> Result<Reply, Attempt> {
        let wanted = Wanted::new(&job.service_code, &job.queries);
        let mut found = Found::default();
        let known = Some(&job.known).filter(|k| k.url.as_deref() == Some(url));
        let Some(mut validators) = self.pass(url, known, &wanted, &mut found)? else {
            return Ok(Reply::Unchanged);
        };
        if found.again {
            validators = self
                .pass(url, None, &wanted, &mut found)?
                .unwrap_or(validators);
        }
        let (published, version) = (found.published.clone(), found.version.clone());
        let sum = validators
            .sha256
            .as_deref()
            .map_or(String::new(), |s| format!(", sha256 {s}"));
        Ok(Reply::Fresh(Answer {
            products: found.products(),
            published,
            version,
            source: format!("{url}{sum}"),
            validators,
        }))
    }

    /// Reads the file once; `None` when it has not changed.
    fn pass(
        &self,
        url: &str,
        known: Option<&Validators>,
        wanted: &Wanted<'_>,
        found: &mut Found,
    ) -> Result<Option<Validators>, Attempt> {
        let mut request = self.agent.get(url);
        if let Some(known) = known {
            for (header, value) in [
                ("If-None-Match", &known.etag),
                ("If-Modified-Since", &known.last_modified),
            ] {
                if let Some(value) = value {
                    request = request.header(header, value);
                }
            }
        }
        let response = request.call().map_err(|e| network(url, &e))?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let mut response = good(url, response)?;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|v| v.to_str().ok())
                .map(str::to_owned)
        };
        let mut validators = Validators {
            url: Some(url.to_owned()),
            etag: header("etag"),
            last_modified: header("last-modified"),
            sha256: None,
        };
        let body = response.body_mut().with_config().limit(MAX_FILE).reader();
        let mut counted = Counted {
            inner: body,
            hash: Some(Sha256::new()),
            bytes: self.bytes,
        };
        scan(
            std::io::BufReader::with_capacity(64 << 10, &mut counted),
            wanted,
            found,
        )
        .map_err(|e| again(url, &format!("{e:#}")))?;
        // The end of the body: a wrong content length shows here.
        std::io::copy(&mut counted, &mut std::io::sink()).map_err(|e| again(url, &e))?;
        validators.sha256 = counted.hash.take().map(|h| hex(&h.finalize()));
        Ok(Some(validators))
    }

    fn retrying<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T, Attempt>,
    ) -> Result<T, Unavailable> {
        let mut pause = self.connection.pause;
        for left in (0..ATTEMPTS).rev() {
            match attempt() {
                Ok(value) => return Ok(value),
                Err(Attempt { error, again: true }) if left > 0 => {
                    drop(error);
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                Err(Attempt { error, .. }) => return Err(error),
            }
        }
        Err(Unavailable::new(Cause::Network, "no attempt was made"))
    }
}

fn folder(service_code: &str) -> String {
    format!("/offers/v1.0/aws/{service_code}")
}

/// A failed attempt, and whether another one may help.
struct Attempt {
    error: Unavailable,
    again: bool,
}

fn network(url: &str, error: &ureq::Error) -> Attempt {
    Attempt {
        error: Unavailable::new(Cause::Network, format!("`{url}` cannot be read: {error}")),
        again: true,
    }
}

fn again(url: &str, error: &dyn std::fmt::Display) -> Attempt {
    Attempt {
        error: Unavailable::new(Cause::Answer, format!("`{url}`: {error}")),
        again: true,
    }
}

fn good(url: &str, response: Response<Body>) -> Result<Response<Body>, Attempt> {
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(response);
    }
    let error = Unavailable::new(
        Cause::Network,
        format!("`{url}` answered with status {}", status.as_u16()),
    );
    Err(Attempt {
        error,
        again: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
    })
}

/// Only paths of the same server are followed.
fn local(path: &str) -> Result<String, Unavailable> {
    let good =
        path.starts_with("/offers/") && !path.contains("..") && !path.contains(['?', '#', '\\']);
    if good {
        Ok(path.to_owned())
    } else {
        Err(Unavailable::new(
            Cause::Answer,
            format!("the Region index names `{path}`, which is not a path of a price list"),
        ))
    }
}

/// Counts and hashes what passes.
struct Counted<'a, R> {
    inner: R,
    hash: Option<Sha256>,
    bytes: &'a AtomicU64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&buffer[..n]);
        }
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
