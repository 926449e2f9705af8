//! Logs of servers in front of objects: S3, Application Load Balancer, nginx and Apache.
//!
//! All three are fields separated by spaces with quotes and brackets; newer columns are appended,
//! so only a prefix is read.

use super::fields::{Tokens, clf, integer, iso, operation};
use super::web::http_op;
use super::{Batch, LineFormat, Reading, Reject};
use crate::access::{Access, Logged, MAX_SIZE, Op, hash_key};

/// `-` means zero in byte counts.
fn bytes(text: &[u8]) -> Result<u64, Reject> {
    match text {
        b"-" => Ok(0),
        _ => integer(text)
            .filter(|size| *size <= MAX_SIZE)
            .ok_or(Reject::Bad("a size that is no number of bytes")),
    }
}

fn next<'a>(tokens: &mut Tokens<'a>, missing: &'static str) -> Result<&'a [u8], Reject> {
    tokens.next().ok_or(Reject::Bad(missing))
}

/// `GET /path HTTP/1.1` to method and target.
fn request(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut words = line.split(|b| *b == b' ').filter(|w| !w.is_empty());
    Some((words.next()?, words.next()?))
}

/// S3 server access logs; sizes are those of the objects.
pub(crate) struct S3 {
    seed: u64,
    key: Vec<u8>,
}

impl S3 {
    pub(crate) const fn new(reading: &Reading) -> Self {
        Self {
            seed: reading.seed,
            key: Vec::new(),
        }
    }

    /// The third field is the time.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        words.len() > 9 && clf(words[2]).is_some()
    }

    /// Operation of `REST.GET.OBJECT` and its relatives; none for what is not about one object.
    fn op(name: &[u8]) -> Option<Op> {
        Some(match name {
            b"REST.GET.OBJECT"
            | b"REST.COPY.OBJECT_GET"
            | b"REST.COPY.PART_GET"
            | b"WEBSITE.GET.OBJECT" => Op::Read,
            b"REST.HEAD.OBJECT" | b"WEBSITE.HEAD.OBJECT" => Op::Part,
            b"REST.PUT.OBJECT" | b"REST.COPY.OBJECT" | b"REST.POST.OBJECT"
            | b"REST.POST.UPLOAD" => Op::Write,
            b"REST.DELETE.OBJECT"
            | b"BATCH.DELETE.OBJECT"
            | b"S3.EXPIRE.OBJECT"
            | b"S3.CREATE.DELETEMARKER" => Op::Delete,
            _ => return None,
        })
    }
}

impl LineFormat for S3 {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        const SHORT: &str = "too few fields";
        let mut tokens = Tokens::new(line);
        next(&mut tokens, SHORT)?;
        let bucket = next(&mut tokens, SHORT)?;
        let time = clf(next(&mut tokens, SHORT)?).ok_or(Reject::Bad("no time that can be read"))?;
        let operation = tokens.nth(3).ok_or(Reject::Bad(SHORT))?;
        let key = next(&mut tokens, SHORT)?;
        next(&mut tokens, SHORT)?;
        let status = next(&mut tokens, SHORT)?;
        next(&mut tokens, SHORT)?;
        let (sent, object) = (next(&mut tokens, SHORT)?, next(&mut tokens, SHORT)?);
        let op = Self::op(operation).ok_or(Reject::Skip("not about one object"))?;
        if op != Op::Delete && !integer(status).is_some_and(|s| (200..400).contains(&s)) {
            return Err(Reject::Skip("error responses"));
        }
        let size = if object == b"-" {
            bytes(sent)?
        } else {
            bytes(object)?
        };
        let op = if op == Op::Read && (object == b"-" || status == b"304") {
            Op::Part
        } else {
            op
        };
        self.key.clear();
        self.key.extend_from_slice(bucket);
        self.key.push(b'/');
        self.key.extend_from_slice(key);
        batch
            .accesses
            .push(Access::new(time, hash_key(&self.key, self.seed), size, op));
        Ok(())
    }
}

/// Application Load Balancer access logs.
pub(crate) struct Alb {
    seed: u64,
    ignore_query: bool,
}

impl Alb {
    pub(crate) const fn new(reading: &Reading) -> Self {
        Self {
            seed: reading.seed,
            ignore_query: reading.ignore_query,
        }
    }
}

impl Alb {
    /// The second field is a time, and there are many.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        words.len() > 12 && iso(words[1]).is_some() && words[1].contains(&b'T')
    }
}

/// The URL without scheme, port and (on request) query.
fn url_key(url: &[u8], ignore_query: bool, key: &mut Vec<u8>) {
    let rest = memchr::memmem::find(url, b"://").map_or(url, |at| &url[at + 3..]);
    let path = memchr::memchr(b'/', rest).unwrap_or(rest.len());
    let (host, path) = rest.split_at(path);
    let host = &host[..memchr::memrchr(b':', host).unwrap_or(host.len())];
    let query = if ignore_query {
        memchr::memchr(b'?', path)
    } else {
        None
    };
    key.extend_from_slice(host);
    key.extend_from_slice(&path[..query.unwrap_or(path.len())]);
}

impl LineFormat for Alb {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        const SHORT: Reject = Reject::Bad("too few fields");
        let mut fields = [&b""[..]; 22];
        let mut count = 0;
        for (field, token) in fields.iter_mut().zip(Tokens::new(line)) {
            *field = token;
            count += 1;
        }
        if count < 13 {
            return Err(SHORT);
        }
        let ended = iso(fields[1]).ok_or(Reject::Bad("no time that can be read"))?;
        let time = iso(fields[21]).unwrap_or(ended);
        let status = integer(fields[8]).ok_or(Reject::Skip("error responses"))?;
        let (method, url) = request(fields[12]).ok_or(Reject::Bad("no request"))?;
        let op = http_op(method, status)?;
        let size = bytes(fields[11])?;
        let (op, size) = if status == 304 || method == b"HEAD" {
            (Op::Part, 0)
        } else {
            (op, size)
        };
        let op = if status == 206 { Op::Part } else { op };
        let mut key = Vec::with_capacity(url.len());
        url_key(url, self.ignore_query, &mut key);
        batch
            .accesses
            .push(Access::new(time, hash_key(&key, self.seed), size, op));
        Ok(())
    }
}

/// nginx `combined` and Apache common and combined; `HIT` or `MISS` among further fields is
/// taken for `$upstream_cache_status`.
pub(crate) struct Combined {
    seed: u64,
    ignore_query: bool,
}

impl Combined {
    pub(crate) const fn new(reading: &Reading) -> Self {
        Self {
            seed: reading.seed,
            ignore_query: reading.ignore_query,
        }
    }
}

impl Combined {
    /// There is a time where combined and common logs, with or without virtual host, have it.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        words.len() > 5 && words[3..].iter().take(4).any(|w| clf(w).is_some())
    }
}

impl LineFormat for Combined {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        // The user name may contain spaces: the time is the first bracket.
        let at = memchr::memmem::find(line, b" [").ok_or(Reject::Bad("no [time]"))?;
        let mut tokens = Tokens::new(&line[at + 1..]);
        let time = tokens
            .next()
            .and_then(clf)
            .ok_or(Reject::Bad("no time that can be read"))?;
        let request_line = next(&mut tokens, "no request")?;
        let status = tokens
            .next()
            .and_then(integer)
            .ok_or(Reject::Bad("no status"))?;
        let size = bytes(next(&mut tokens, "no size")?)?;
        if !(200..400).contains(&status) {
            return Err(Reject::Skip("error responses"));
        }
        let (method, target) = request(request_line).ok_or(Reject::Bad("no request"))?;
        let op = http_op(method, status)?;
        let (op, size) = match status {
            304 => (Op::Part, 0),
            206 => (Op::Part, size),
            _ if method == b"HEAD" => (Op::Part, 0),
            _ => (op, size),
        };
        let query = if self.ignore_query {
            memchr::memchr(b'?', target)
        } else {
            None
        };
        let key = &target[..query.unwrap_or(target.len())];
        let access = Access::new(time, hash_key(key, self.seed), size, op);
        batch
            .accesses
            .push(access.with_logged(tokens.find_map(cache_status).unwrap_or(Logged::Unknown)));
        Ok(())
    }
}

fn cache_status(token: &[u8]) -> Option<Logged> {
    match token {
        b"HIT" | b"STALE" | b"UPDATING" | b"REVALIDATED" => Some(Logged::Hit),
        b"MISS" | b"EXPIRED" | b"BYPASS" => Some(Logged::Miss),
        _ => None,
    }
}

/// Twitter's traces: timestamp, key, key size, value size, client, operation, TTL.
pub(crate) struct Twitter {
    seed: u64,
}

impl Twitter {
    pub(crate) const fn new(reading: &Reading) -> Self {
        Self { seed: reading.seed }
    }
}

impl Twitter {
    /// Seven fields, five of them numbers and one an operation.
    pub(crate) fn is_like(line: &[u8]) -> bool {
        let fields: Vec<&[u8]> = line.split(|b| *b == b',').take(8).collect();
        let [time, _, key_size, value_size, client, op, ttl] = fields[..] else {
            return false;
        };
        let numbers = [time, key_size, value_size, client, ttl];
        numbers.iter().all(|n| integer(n).is_some()) && operation(op).is_some()
    }
}

impl LineFormat for Twitter {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let mut fields = [&b""[..]; 7];
        let mut count = 0;
        for part in line.split(|b| *b == b',') {
            *fields
                .get_mut(count)
                .ok_or(Reject::Bad("more than seven fields"))? = part;
            count += 1;
        }
        if count < 7 {
            return Err(Reject::Bad("fewer than seven fields"));
        }
        let number = |at: usize| integer(fields[at]).ok_or(Reject::Bad("not a number"));
        let op = operation(fields[5]).ok_or(Reject::Bad("an operation that is not known"))?;
        let size = number(2)?.saturating_add(number(3)?);
        if size > MAX_SIZE {
            return Err(Reject::Bad("a size that is no number of bytes"));
        }
        // A get that missed has no value size: what a set told is better.
        let op = if op == Op::Read && fields[3] == b"0" {
            Op::Part
        } else {
            op
        };
        let time = number(0)?.min(1 << 40).cast_signed() * 1000;
        let ttl = Some(number(6)?)
            .filter(|s| *s > 0)
            .map(|s| s.saturating_mul(1000));
        let key = hash_key(fields[1], self.seed);
        batch
            .accesses
            .push(Access::new(time, key, size, op).with_ttl(ttl));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(mut format: impl LineFormat, line: &str) -> Result<Access, Reject> {
        let mut batch = Batch::default();
        format.line(line.as_bytes(), &mut batch)?;
        Ok(batch.accesses[0])
    }

    #[test]
    fn s3_knows_the_size_of_the_object() {
        let line = r#"79a5 amzn-bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a5 3E57 REST.GET.OBJECT photos/a%2520b.jpg "GET /photos/a.jpg HTTP/1.1" 206 - 113 3462992 7 5 "-" "S3Console/0.4" - s9lz SigV4"#;
        let a = one(S3::new(&Reading::default()), line).unwrap();
        assert_eq!(
            (a.op(), a.size, a.time),
            (Op::Read, 3_462_992, 1_549_411_238_000)
        );
        assert_eq!(a.key, hash_key(b"amzn-bucket/photos/a%2520b.jpg", 0));
        let line = r#"79a5 b [06/Feb/2019:00:00:38 +0000] - AmazonS3 3E57 S3.EXPIRE.OBJECT k "-" - - - 34 - - "-" "-" -"#;
        assert_eq!(
            one(S3::new(&Reading::default()), line).unwrap().op(),
            Op::Delete
        );
        let line = line.replace("S3.EXPIRE.OBJECT", "REST.GET.BUCKET");
        assert_eq!(
            one(S3::new(&Reading::default()), &line),
            Err(Reject::Skip("not about one object"))
        );
    }

    #[test]
    fn alb_uses_the_creation_time_and_drops_scheme_and_port() {
        let line = r#"https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/a?b=1 HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn "Root=1" "www.example.com" "arn" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-""#;
        let a = one(Alb::new(&Reading::default()), line).unwrap();
        assert_eq!(a.time, iso(b"2018-07-02T22:22:48.364Z").unwrap());
        assert_eq!((a.size, a.key), (57, hash_key(b"www.example.com/a?b=1", 0)));
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

    #[test]
    fn twitter_lines_have_seven_fields() {
        let a = one(
            Twitter::new(&Reading::default()),
            "5,key:1,5,100,77,set,3600",
        )
        .unwrap();
        assert_eq!(
            (a.op(), a.size, a.ttl(), a.time),
            (Op::Write, 105, Some(3_600_000), 5000)
        );
        assert!(one(Twitter::new(&Reading::default()), "5,key:1,5,100,77,set").is_err());
    }
}
