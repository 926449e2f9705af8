//! nginx and Apache logs: common and combined, with what people put around and behind them.
//!
//! The words in front of the time and the fields behind the agent are configured freely: a virtual
//! host is taken only where it can be nothing else, for a client's address in its place would give
//! every client keys of its own.

use std::net::{IpAddr, SocketAddr};

use super::fields::{Tokens, clf, integer, iso};
use super::http::{HttpRead, cache_result, http_op, request, status_of, url_parts};
use super::key::Keys;
use super::names::TEMPLATE_KEYS;
use super::servers::{bytes, next};
use super::{Batch, LineFormat, Reading, Reject, excerpt};
use crate::access::{Access, Logged};

/// nginx `combined` and Apache common and combined; `HIT` or `MISS` among further fields is
/// taken for `$upstream_cache_status`.
pub(crate) struct Combined {
    keys: Keys,
    /// The first two names of hosts behind the agent, which are no part of the key: `"$host"` and the name of the server
    /// that wrote the line look alike.
    hosts: Vec<Vec<u8>>,
    /// Requests, and those whose path is a template.
    templates: (u64, u64),
}

/// The time in brackets of a log, as nginx and Apache write it by default or as ISO 8601.
fn time(text: &[u8]) -> Option<i64> {
    clf(text).or_else(|| iso(text).filter(|_| text.get(10) == Some(&b'T')))
}

impl Combined {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
            hosts: Vec::new(),
            templates: (0, 0),
        }
    }

    /// Remembers a field behind the agent that names a host.
    fn see_host(&mut self, field: &[u8]) {
        let is_known = |known: &Vec<u8>| known == field;
        if self.hosts.len() < 2 && !self.hosts.iter().any(is_known) {
            self.hosts.push(field.to_vec());
        }
    }

    /// There is a time where combined and common logs, with or without virtual host, have it, and
    /// a status behind it.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        let early = words.get(3..).unwrap_or_default();
        let mut early = early.iter().take(4);
        let Some(at) = early.position(|w| time(w).is_some()) else {
            return false;
        };
        let behind = words[3 + at + 1..].iter().take(3);
        words.len() > 5
            && (clf(words[3 + at]).is_some() || behind.skip(1).any(|w| integer(w).is_some()))
    }
}

/// What stands before the time, the time, and what follows it. A user name or an address may be in
/// brackets as well: the time is the first bracket that holds one.
fn around_time(line: &[u8]) -> Result<(&[u8], i64, Tokens<'_>), Reject> {
    let mut found = false;
    for at in memchr::memmem::find_iter(line, b" [").take(4) {
        let mut tokens = Tokens::new(&line[at + 1..]);
        if let Some(time) = tokens.next().and_then(time) {
            return Ok((&line[..at], time, tokens));
        }
        found = true;
    }
    Err(Reject::Bad(if found {
        "no time that can be read"
    } else {
        "no [time]"
    }))
}

/// The virtual host in front of a line: four words before the time, of which the second is a client.
fn virtual_host(before: &[u8]) -> Option<&[u8]> {
    let words = before.split(u8::is_ascii_whitespace);
    let mut words = words.filter(|w| !w.is_empty());
    let (host, client) = (words.next()?, words.next()?);
    let (ident, user) = (words.next()?, words.next()?);
    // A user name may have spaces, but then nothing else may be unusual.
    let is_usual = words.next().is_none() || (ident == b"-" && is_address(client));
    let is_client = client != b"-" && !client.starts_with(b"(") && !client.starts_with(b"[");
    (is_usual && is_client && !user.is_empty())
        .then(|| host_name(host))
        .flatten()
}

/// The name of a host without its port; none for addresses, lists of them and what is no name.
fn host_name(word: &[u8]) -> Option<&[u8]> {
    if is_address(word) || matches!(word, b"-" | b"_" | b"unknown") {
        return None;
    }
    let is_port = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let colon = memchr::memrchr(b':', word).filter(|at| is_port(&word[at + 1..]));
    let name = &word[..colon.unwrap_or(word.len())];
    // `grep` puts the name of the file in front of a line.
    let name = memchr::memrchr(b':', name).map_or(name, |at| &name[at + 1..]);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'*');
    (!name.is_empty() && name.iter().all(is_name)).then_some(name)
}

/// The name of a host in a domain: its last label is a word, as no version, ratio or address ends in.
fn is_domain(word: &[u8]) -> bool {
    let dot = memchr::memrchr(b'.', word);
    let is_word = |end: &[u8]| end.len() > 1 && end.iter().all(u8::is_ascii_alphabetic);
    dot.is_some_and(|at| is_word(&word[at + 1..])) && host_name(word).is_some()
}

/// An address of a client, with or without port, alone or first in a list.
fn is_address(word: &[u8]) -> bool {
    match word.first() {
        Some(b'[') => return true,
        Some(b) if b.is_ascii_hexdigit() || *b == b':' => {}
        _ => return word.ends_with(b","),
    }
    let text = std::str::from_utf8(word).unwrap_or_default();
    word.ends_with(b",") || text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok()
}

/// The text of a request line, or something that stands in its place.
fn is_request(text: &[u8]) -> bool {
    matches!(text, b"" | b"-") || text.contains(&b' ') || text.starts_with(b"\\x")
}

impl LineFormat for Combined {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let (before, time, mut tokens) = around_time(line)?;
        let mut host = virtual_host(before);
        // nginx: `$remote_addr - $upstream_cache_status [$time_local]`.
        let mut early = before
            .rsplit(|b| *b == b' ')
            .next()
            .map_or(Logged::Unknown, word_of_cache);
        let mut request_line = next(&mut tokens, "no request")?;
        if !is_request(request_line) || request_line == b"-" {
            // nginx: `[$time_local] "$host" "$request"`, or what its cache said in that place.
            let mut ahead = Tokens::new(tokens.rest());
            if let Some(line) = ahead.next().filter(|line| line.contains(&b' ')) {
                match word_of_cache(request_line) {
                    Logged::Unknown => host = host_name(request_line).or(host),
                    said => early = said,
                }
                (request_line, tokens) = (line, ahead);
            }
        }
        let status = status_of(tokens.next().ok_or(Reject::Bad("no status"))?)?;
        let size = bytes(next(&mut tokens, "no size")?)?;
        if !(200..400).contains(&status) {
            return Err(Reject::Skip("error responses"));
        }
        let (method, target) = request(request_line).ok_or(Reject::Bad("no request"))?;
        let op = http_op(method, status)?;
        let read = HttpRead::of(op, Some(status), Some(size));
        // Proxies and Varnish log the whole URL.
        let (named, target) = url_parts(target);
        let host = if named.is_empty() {
            host.unwrap_or_default()
        } else {
            named
        };
        let hash = self.keys.http(host, target, op.is_read());
        let access = Access::new(time, hash, read.object, read.op);
        self.templates.0 += 1;
        self.templates.1 += u64::from(is_template(target));
        let behind = Behind::of(line, tokens);
        let logged = if behind.logged == Logged::Unknown {
            early
        } else {
            behind.logged
        };
        if let Some(field) = behind.host.filter(|_| host.is_empty()) {
            self.see_host(field);
        }
        read.push(access.with_logged(logged), batch);
        Ok(())
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.bare = self.keys.take_bare();
        let (requests, templates) = self.templates;
        if templates * 10 > requests {
            batch.notes.push(TEMPLATE_KEYS.to_owned());
        }
        if let [one, other] = self.hosts.as_slice() {
            let (one, other) = (excerpt(one), excerpt(other));
            batch.notes.push(format!(
                "fields behind the agent name hosts (`{one}`, `{other}`), which are no part of the key: one path at two hosts counts as one object; \
                 log the host in front of the client's address, or measure each host's lines apart"
            ));
        }
    }
}

/// A word in upper case that a cache says of a request, and nobody else.
fn word_of_cache(word: &[u8]) -> Logged {
    if word.iter().all(|b| b.is_ascii_uppercase() || *b == b'_') {
        cache_result(word)
    } else {
        Logged::Unknown
    }
}

/// `/pets/{id}`: API Gateway logs resources, with a part in braces for what was asked for.
fn is_template(target: &[u8]) -> bool {
    let mut parts = target.split(|b| *b == b'/');
    parts.any(|part| part.starts_with(b"{") && part.ends_with(b"}"))
}

/// What stands behind the size.
struct Behind<'a> {
    /// What a cache said.
    logged: Logged,
    /// A field in quotes behind the agent that names a host.
    host: Option<&'a [u8]>,
}

impl<'a> Behind<'a> {
    /// The first two fields in quotes are referer and agent, and other fields hold words as well: only whole words in upper
    /// case count as those of a cache, in lower case only those of Varnish behind the agent.
    fn of(line: &[u8], tokens: Tokens<'a>) -> Self {
        let (mut quoted, mut host) = (0, None);
        let mut logged = Logged::Unknown;
        for token in tokens {
            let at = token.as_ptr() as usize - line.as_ptr() as usize;
            let is_quoted = at > 0 && line[at - 1] == b'"';
            if is_quoted && quoted < 2 {
                quoted += 1;
                continue;
            }
            if is_quoted && is_domain(token) {
                host = Some(token);
            }
            let is_word = |b: &u8| b.is_ascii_uppercase() || matches!(b, b'_' | b'-');
            let is_squid = token.starts_with(b"TCP_") || token.starts_with(b"UDP_");
            let is_varnish = quoted == 2 && matches!(token, b"hit" | b"miss" | b"pass" | b"pipe");
            if logged == Logged::Unknown && (token.iter().all(is_word) || is_squid || is_varnish) {
                logged = cache_result(token);
            }
        }
        Self { logged, host }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Op, hash_key};

    fn one(mut format: impl LineFormat, line: &str) -> Result<Access, Reject> {
        let mut batch = Batch::default();
        format.line(line.as_bytes(), &mut batch)?;
        Ok(batch.accesses[0])
    }

    fn key(line: &str) -> u64 {
        one(Combined::new(&Reading::default()), line).unwrap().key
    }

    #[test]
    fn a_virtual_host_is_followed_by_a_client() {
        for (before, want) in [
            ("a.example:443 192.0.2.1 - -", Some("a.example")),
            ("a.example 2001:db8::1 - bob", Some("a.example")),
            ("a.example 192.0.2.1 - jane roe", Some("a.example")),
            ("shop localhost - -", Some("shop")),
            (
                "logs/access.log.2.gz:a.example:443 192.0.2.1 - -",
                Some("a.example"),
            ),
            ("192.0.2.1 - jane roe", None),
            ("192.0.2.1 - -", None),
        ] {
            let found = virtual_host(before.as_bytes());
            assert_eq!(found, want.map(str::as_bytes), "{before}");
        }
    }

    #[test]
    fn an_address_is_no_virtual_host() {
        for before in [
            "203.0.113.7 10.0.1.5 - -",
            "2001:db8::7 10.0.1.5 - -",
            "203.0.113.7 (10.0.1.5) - -",
            "web1 (203.0.113.7) - -",
            "203.0.113.7, 70.132.1.9 - -",
            "unknown, 70.132.1.9 - -",
            "203.0.113.7:5001 10.0.1.5 - -",
            "[2001:db8::1]:443 2001:db8::5 - -",
            "[pod/web-0/nginx] 192.0.2.1 - -",
            "- 10.0.1.5 - -",
            "192.0.2.1 - [192.0.2.1] - -",
        ] {
            assert_eq!(virtual_host(before.as_bytes()), None, "{before}");
        }
    }

    #[test]
    fn a_host_may_stand_behind_the_time_or_in_the_url() {
        let line = |host: &str, target: &str| {
            format!(
                "192.0.2.1 - - [05/Nov/2026:10:00:00 +0000] {host}\"GET {target} HTTP/1.1\" 200 5 \"-\" \"UA\""
            )
        };
        let want = hash_key(b"a.example/p", 0);
        assert_eq!(key(&line("\"a.example\" ", "/p")), want);
        assert_eq!(key(&line("a.example ", "/p")), want);
        assert_eq!(key(&line("", "http://a.example:80/p")), want);
        let space = key(&line("", "/my file.pdf"));
        assert_eq!(space, hash_key(b"/my file.pdf", 0));
    }

    #[test]
    fn the_time_may_be_iso_8601_or_have_milliseconds() {
        for time in [
            "2026-11-05T10:00:00+00:00",
            "05/Nov/2026:10:00:00.000 +0000",
        ] {
            let line = format!("192.0.2.1 - [192.0.2.1] - - [{time}] \"GET /a HTTP/1.1\" 200 5");
            let words: Vec<&[u8]> = Tokens::new(line.as_bytes()).collect();
            assert!(Combined::is_like(&words), "{line}");
            let read = one(Combined::new(&Reading::default()), &line).unwrap();
            assert_eq!(read.time, 1_793_872_800_000, "{time}");
        }
    }

    #[test]
    fn words_of_caches_are_told_from_others() {
        for (end, want) in [
            ("HIT", Logged::Hit),
            ("hit", Logged::Hit),
            ("miss", Logged::Miss),
            ("TCP_MEM_HIT:HIER_NONE", Logged::Hit),
            ("TCP_MISS:HIER_DIRECT", Logged::Miss),
            ("HIT-CLUSTER", Logged::Hit),
            ("word", Logged::Unknown),
        ] {
            let line = format!(
                "192.0.2.1 - - [05/Nov/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 5 \"HIT\" \"MISS\" {end}"
            );
            let read = one(Combined::new(&Reading::default()), &line).unwrap();
            assert_eq!(read.logged(), want, "{end}");
        }
    }

    #[test]
    fn combined_and_common_logs_are_read() {
        let line = r#"1.2.3.4 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x HTTP/1.0" 200 2326 "-" "Mozilla \"5\"" HIT"#;
        let a = one(Combined::new(&Reading::default()), line).unwrap();
        assert_eq!(
            (a.size, a.logged(), a.time),
            (2326, Logged::Hit, 971_211_336_000)
        );
        let ignoring = Reading {
            ignore_query: true,
            ..Reading::default()
        };
        assert_eq!(
            one(Combined::new(&ignoring), line).unwrap().key,
            hash_key(b"/a.gif", 0)
        );
        let common = r#"::1 - - [10/Oct/2000:13:55:36 -0700] "POST /f HTTP/1.1" 302 -"#;
        assert_eq!(
            one(Combined::new(&ignoring), common).unwrap().op(),
            Op::Write
        );
    }
}
