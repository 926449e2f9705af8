//! Logs of proxies in front of services: HAProxy's HTTP log and Envoy's default access log.
//!
//! See HAProxy, "HTTP log format", and Envoy, "Default format string".

use super::fields::{Tokens, clf, integer, iso};
use super::http::{HttpRead, http_op, request, status_of};
use super::key::Keys;
use super::{Batch, LineFormat, Reading, Reject};
use crate::access::{Access, MAX_SIZE};

const SHORT: Reject = Reject::Bad("too few fields");
const TIME: Reject = Reject::Bad("no time that can be read");

/// One request as a proxy logs it.
struct Request<'a> {
    time: i64,
    host: &'a [u8],
    /// Method, target and version.
    line: &'a [u8],
    status: &'a [u8],
    sent: &'a [u8],
}

impl Request<'_> {
    fn push(&self, keys: &mut Keys, batch: &mut Batch) -> Result<(), Reject> {
        let status = status_of(self.status)?;
        if !(200..400).contains(&status) {
            return Err(Reject::Skip("error responses"));
        }
        let (method, target) = request(self.line).ok_or(Reject::Bad("no request"))?;
        let op = http_op(method, status)?;
        let sent = integer(self.sent).filter(|size| *size <= MAX_SIZE);
        let sent = sent.ok_or(Reject::Bad("a size that is no number of bytes"))?;
        let hash = keys.http(self.host, target, op.is_read());
        let read = HttpRead::of(op, Some(status), Some(sent));
        let access = Access::new(self.time, hash, read.object, read.op);
        read.push(access, batch);
        Ok(())
    }
}

/// `client [time] frontend backend/server timers status bytes … "request"`.
pub(crate) struct Haproxy(Keys);

impl Haproxy {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self(Keys::new(reading))
    }

    /// The second field is a time with milliseconds, the fifth five timers.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        words.len() > 8
            && started(words[1]).is_some()
            && memchr::memchr_iter(b'/', words[4]).count() == 4
    }
}

/// `06/Feb/2009:12:14:14.655`, in the time of the server, which is taken for UTC.
fn started(text: &[u8]) -> Option<i64> {
    let (clock, ms) = text.split_at_checked(20)?;
    let ms = integer(ms.strip_prefix(b".")?)?;
    Some(clf(clock)? + i64::try_from(ms).ok()?)
}

impl LineFormat for Haproxy {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let mut tokens = Tokens::new(line);
        let time = tokens.nth(1).and_then(started).ok_or(TIME)?;
        let status = tokens.nth(3).ok_or(SHORT)?;
        let sent = tokens.next().ok_or(SHORT)?;
        // `httpslog` has more fields behind the request.
        let is_request =
            |text: &&[u8]| *text == b"<BADREQ>" || memchr::memmem::find(text, b" HTTP/").is_some();
        let request = tokens.find(is_request).ok_or(Reject::Bad("no request"))?;
        let request = Request {
            time,
            host: b"",
            line: request,
            status,
            sent,
        };
        request.push(&mut self.0, batch)
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.bare = self.0.take_bare();
    }
}

/// `[time] "request" status flags received sent duration upstream "for" "agent" "id" "authority" "host"`.
pub(crate) struct Envoy(Keys);

impl Envoy {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self(Keys::new(reading))
    }

    /// A time in brackets, a request, a status.
    pub(crate) fn is_like(line: &[u8], words: &[&[u8]]) -> bool {
        line.starts_with(b"[20")
            && words.len() > 8
            && iso(words[0]).is_some()
            && memchr::memmem::find(words[1], b" HTTP/").is_some()
            && integer(words[2]).is_some()
    }
}

impl LineFormat for Envoy {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let mut tokens = Tokens::new(line);
        let time = tokens.next().and_then(iso).ok_or(TIME)?;
        let request = tokens.next().ok_or(SHORT)?;
        let status = tokens.next().ok_or(SHORT)?;
        // Istio puts three fields between the flags and the bytes: details of the response and of the
        // connection, and why the upstream failed.
        let first = tokens.nth(1).ok_or(SHORT)?;
        let skipped = if integer(first).is_some() { 0 } else { 3 };
        let sent = tokens.nth(skipped).ok_or(SHORT)?;
        let host = tokens.nth(5).filter(|host| *host != b"-");
        let request = Request {
            time,
            host: host.unwrap_or_default(),
            line: request,
            status,
            sent,
        };
        request.push(&mut self.0, batch)
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.bare = self.0.take_bare();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Op, hash_key};

    fn one(mut format: impl LineFormat, line: &str) -> Access {
        let mut batch = Batch::default();
        format.line(line.as_bytes(), &mut batch).unwrap();
        batch.accesses[0]
    }

    #[test]
    fn haproxy_and_envoy_lines_are_read() {
        let line = r#"10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1""#;
        let words: Vec<&[u8]> = Tokens::new(line.as_bytes()).take(14).collect();
        assert!(Haproxy::is_like(&words));
        let read = one(Haproxy::new(&Reading::default()), line);
        assert_eq!((read.time, read.size), (1_233_922_454_655, 2750));
        assert_eq!(read.key, hash_key(b"/index.html", 0));
        let istio = r#"[2026-11-05T10:00:00.142Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 5115 5 4 "-" "curl/8" "id" "a.example" "10.0.2.1:80" outbound|80||x 10.0.0.1:1 10.0.0.2:80 10.0.0.3:1 - default"#;
        let words: Vec<&[u8]> = Tokens::new(istio.as_bytes()).take(14).collect();
        assert!(Envoy::is_like(istio.as_bytes(), &words));
        let read = one(Envoy::new(&Reading::default()), istio);
        assert_eq!((read.op(), read.size), (Op::Read, 5115));
        assert_eq!(read.key, hash_key(b"a.example/a", 0));
        let bad = r#"192.0.2.1:1 [05/Nov/2026:10:00:00.000] in in/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>""#;
        let refused = Haproxy::new(&Reading::default()).line(bad.as_bytes(), &mut Batch::default());
        assert_eq!(refused, Err(Reject::Skip("error responses")));
        let https = r#"10.0.1.2:33317 [06/Feb/2009:12:14:14.655] in in/s 1/0/3/6/10 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1" 0/0000000000000000/0/0/0 -/TLSv1.3/TLS_AES_256_GCM_SHA384"#;
        let read = one(Haproxy::new(&Reading::default()), https);
        assert_eq!(read.key, hash_key(b"/a", 0));
        let line = r#"[2026-04-15T20:17:00.310Z] "GET /api/v1?x=1 HTTP/2" 200 - 0 154 226 100 "10.0.35.28" "nsq2http" "cc21d9b0" "locations" "tcp://10.0.2.1:80""#;
        let words: Vec<&[u8]> = Tokens::new(line.as_bytes()).take(14).collect();
        assert!(Envoy::is_like(line.as_bytes(), &words));
        let read = one(Envoy::new(&Reading::default()), line);
        assert_eq!((read.op(), read.size), (Op::Read, 154));
        assert_eq!(read.key, hash_key(b"locations/api/v1?x=1", 0));
    }
}
