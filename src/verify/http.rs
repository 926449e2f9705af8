//! A distribution: answers over TLS, and answers the second request from its cache.

use std::time::{Duration, Instant};

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::stats::latency;
use super::{Options, Outcome};
use crate::aws::Connection;

/// What one request showed.
struct Answer {
    status: u16,
    cache: Option<String>,
    age: Option<u64>,
    control: Option<String>,
    took: Duration,
}

impl Answer {
    /// CloudFront says `Hit from cloudfront`; proxies say `HIT`; an age above 0 says it too.
    fn hit(&self) -> bool {
        let said = self.cache.as_deref().unwrap_or_default().to_lowercase();
        (said.contains("hit") && !said.contains("miss")) || self.age.is_some_and(|a| a > 0)
    }
}

/// Tests the distribution; blocking requests run beside the runtime.
pub async fn verify(url: &str, connection: &Connection, options: &Options, outcome: &mut Outcome) {
    let (url, options, roots) = (url.to_owned(), options.clone(), connection.roots.ureq());
    let work = tokio::task::spawn_blocking(move || {
        let mut outcome = Outcome::default();
        run(&url, roots, &options, &mut outcome);
        outcome
    });
    match work.await {
        Ok(found) => *outcome = found,
        Err(error) => outcome.failed(
            "request",
            error.to_string(),
            "this is a bug, please report it",
        ),
    }
}

fn run(url: &str, roots: RootCerts, options: &Options, outcome: &mut Outcome) {
    let agent = agent(roots, options.timeout);
    let first = match fetch(&agent, url) {
        Ok(answer) => answer,
        Err(error) => {
            return outcome.failed(
                "reachable",
                format!("{url}: {error}"),
                "check that the name resolves, that the distribution is deployed (it takes minutes), and the certificate; behind an inspecting proxy set AWS_CA_BUNDLE",
            );
        }
    };
    let secure = if url.starts_with("https://") {
        "over TLS"
    } else {
        "without TLS"
    };
    outcome.ok(
        "reachable",
        format!("{url} answers {} {secure}", first.status),
    );
    if first.status >= 400 {
        return outcome.failed(
            "answer",
            format!("status {}", first.status),
            status_help(first.status),
        );
    }
    let second = match fetch(&agent, url) {
        Ok(answer) => answer,
        Err(error) => {
            return outcome.failed(
                "second request",
                error,
                "the first request worked; try again",
            );
        }
    };
    hit(&second, outcome);
    let mut samples = Vec::with_capacity(options.operations);
    for _ in 0..options.operations {
        match fetch(&agent, url) {
            Ok(answer) => samples.push(answer.took),
            Err(error) => {
                return outcome.failed(
                    "timed reads",
                    error,
                    "the connection did not hold for the whole series",
                );
            }
        }
    }
    outcome.reads = latency(&samples);
}

fn hit(second: &Answer, outcome: &mut Outcome) {
    let said = second
        .cache
        .clone()
        .unwrap_or_else(|| "no X-Cache header".to_owned());
    if second.hit() {
        return outcome.ok("hit on the second request", said);
    }
    let control = second.control.as_deref().unwrap_or("none");
    outcome.failed(
        "hit on the second request",
        format!("{said}, Cache-Control of the origin: {control}"),
        "the origin may forbid caching (no-store, private, Set-Cookie), the cache policy's time to live may be 0, or a header, cookie or query string in the cache key differs from request to request; give a cacheable path with --path",
    );
}

fn status_help(status: u16) -> &'static str {
    match status {
        403 => {
            "for an S3 origin: bucket policy for cloudfront.amazonaws.com with AWS:SourceArn, and the regional domain name; otherwise the web ACL or a missing object (give one with --path)"
        }
        404 => "give the path of an object that exists with --path",
        502..=504 => {
            "CloudFront cannot speak to the origin: certificate and TLS version of the origin, its security group, and the origin's health"
        }
        _ => "see the origin's log",
    }
}

fn agent(roots: RootCerts, timeout: Duration) -> Agent {
    Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .build()
        .into()
}

fn fetch(agent: &Agent, url: &str) -> Result<Answer, String> {
    let began = Instant::now();
    let response = agent.get(url).call().map_err(|e| e.to_string())?;
    let text = |name: &str| {
        response
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    };
    let mut answer = Answer {
        status: response.status().as_u16(),
        cache: text("x-cache").or_else(|| text("x-cache-status")),
        age: text("age").and_then(|a| a.parse().ok()),
        control: text("cache-control"),
        took: Duration::ZERO,
    };
    drain(response.into_body())?;
    answer.took = began.elapsed();
    Ok(answer)
}

/// Reads the body so that the connection can be used again.
fn drain(body: Body) -> Result<(), String> {
    std::io::copy(&mut body.into_reader(), &mut std::io::sink())
        .map(|_| ())
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_told_from_misses() {
        let answer = |cache: &str, age| Answer {
            status: 200,
            cache: Some(cache.to_owned()),
            age,
            control: None,
            took: Duration::ZERO,
        };
        assert!(answer("Hit from cloudfront", None).hit());
        assert!(answer("RefreshHit from cloudfront", None).hit());
        assert!(!answer("Miss from cloudfront", None).hit());
        assert!(!answer("MISS", Some(0)).hit());
        assert!(answer("", Some(3)).hit());
    }
}
