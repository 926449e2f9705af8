//! Logs of servers in front of objects: S3, load balancers and Squid.
//!
//! All are fields separated by spaces with quotes and brackets; newer columns are appended,
//! so only a prefix is read.

use std::borrow::Cow;

use super::fields::{Tokens, clf, integer, iso, moment, operation, thousandths};
use super::http::{HttpRead, cache_result, http_op, request, status_of, url_parts};
use super::json::{self, Scan};
use super::key::Keys;
use super::records::{Fields, Records};
use super::stream::ObjectFormat;
use super::{Batch, LineFormat, Reading, Reject};
use crate::access::{Access, MAX_SIZE, Op, hash_key};

/// `-` means zero in byte counts.
pub(super) fn bytes(text: &[u8]) -> Result<u64, Reject> {
    match text {
        b"-" => Ok(0),
        _ => integer(text)
            .filter(|size| *size <= MAX_SIZE)
            .ok_or(Reject::Bad("a size that is no number of bytes")),
    }
}

pub(super) fn next<'a>(tokens: &mut Tokens<'a>, missing: &'static str) -> Result<&'a [u8], Reject> {
    tokens.next().ok_or(Reject::Bad(missing))
}

/// S3 server access logs; sizes are those of the objects.
pub(crate) struct S3 {
    keys: Keys,
    key: Vec<u8>,
}

impl S3 {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
            key: Vec::new(),
        }
    }

    /// The third field is the time.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        words.len() > 9 && clf(words[2]).is_some()
    }

    /// Operation of `REST.GET.OBJECT` and its relatives; none for what is not about one object.
    pub(super) fn op(name: &[u8]) -> Option<Op> {
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

/// What stands behind the key: the request, quoted and with quotes of its own that nobody escapes,
/// then status, error, bytes sent and the size of the object.
fn after_request(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.trim_ascii_start();
    for empty in [&b"\"-\" "[..], b"- "] {
        if let Some(rest) = rest.strip_prefix(empty) {
            return Some(rest);
        }
    }
    let mut ends = memchr::memmem::find_iter(rest, b"\" ");
    let end = ends.find(|at| is_protocol(&rest[..*at]) && starts_with_status(&rest[at + 2..]))?;
    Some(&rest[end + 2..])
}

/// Ends with ` HTTP/1.1`.
fn is_protocol(text: &[u8]) -> bool {
    let Some(at) = text.len().checked_sub(9) else {
        return false;
    };
    let (name, version) = text[at..].split_at(6);
    name == b" HTTP/"
        && matches!(version, [major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit())
}

fn starts_with_status(text: &[u8]) -> bool {
    match text {
        [b'-', b' ', ..] => true,
        [a, b, c, b' ', ..] => [a, b, c].iter().all(|d| d.is_ascii_digit()),
        _ => false,
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
        let rest = after_request(tokens.rest());
        let rest = rest.ok_or(Reject::Bad("a request that does not end, or no status"))?;
        let mut tokens = Tokens::new(rest);
        let status = next(&mut tokens, SHORT)?;
        if status != b"-" && !starts_with_status(rest) {
            return Err(Reject::Bad("a status that is no number"));
        }
        next(&mut tokens, SHORT)?;
        let (sent, object) = (next(&mut tokens, SHORT)?, next(&mut tokens, SHORT)?);
        let record = Record {
            time,
            bucket,
            operation,
            key,
            status,
            sent,
            object,
        };
        self.push(&record, batch)
    }
}

/// What a line of S3 says; `-` where it says nothing.
struct Record<'a> {
    time: i64,
    bucket: &'a [u8],
    operation: &'a [u8],
    key: &'a [u8],
    status: &'a [u8],
    sent: &'a [u8],
    object: &'a [u8],
}

impl S3 {
    fn push(&mut self, record: &Record<'_>, batch: &mut Batch) -> Result<(), Reject> {
        let op = Self::op(record.operation).ok_or(Reject::Skip("not about one object"))?;
        let status = integer(record.status);
        if op != Op::Delete && !status.is_some_and(|s| (200..400).contains(&s)) {
            return Err(Reject::Skip("error responses"));
        }
        self.key.clear();
        self.key.extend_from_slice(record.bucket);
        self.key.push(b'/');
        self.key.extend_from_slice(record.key);
        let mut read = HttpRead::of(op, status, Some(bytes(record.sent)?));
        if record.object != b"-" {
            read = read.with_object(bytes(record.object)?, true);
        }
        let hash = self.keys.named(&self.key);
        let access = Access::new(record.time, hash, read.object, read.op);
        read.push(access, batch);
        Ok(())
    }
}

/// S3 server access logs with the names of the table in AWS's documentation, in upper or lower case
/// and with `_` or not.
pub(crate) struct S3Records(S3);

impl S3Records {
    const NAMES: [&str; 7] = [
        "requestdatetime",
        "bucketname",
        "operation",
        "key",
        "httpstatus",
        "bytessent",
        "objectsize",
    ];

    /// Time, operation, key, status.
    pub(crate) const NEEDED: [usize; 4] = [0, 2, 3, 4];

    pub(crate) fn new(reading: &Reading) -> Self {
        Self(S3::new(reading))
    }
}

impl Records for S3Records {
    fn place(&self, name: &str) -> Option<usize> {
        let plain = name.replace('_', "").to_ascii_lowercase();
        let plain = if plain == "bucket" {
            "bucketname"
        } else {
            &plain
        };
        Self::NAMES.iter().position(|n| *n == plain)
    }

    fn record(&mut self, fields: &Fields<'_>, batch: &mut Batch) -> Result<(), Reject> {
        let cell = |at: usize| match fields[at] {
            b"" => &b"-"[..],
            text => text,
        };
        let record = Record {
            time: moment(cell(0)).ok_or(Reject::Bad("no time that can be read"))?,
            bucket: fields[1],
            operation: cell(2),
            key: cell(3),
            status: cell(4),
            sent: cell(5),
            object: cell(6),
        };
        self.0.push(&record, batch)
    }

    fn end(&mut self, _: &mut Batch) {}
}

/// S3 server access logs as CloudWatch Logs delivers them: the same, with names.
pub(crate) struct S3Json(S3);

impl S3Json {
    const NAMES: [&str; 7] = [
        "request_time",
        "bucket_name",
        "operation",
        "key_name",
        "http_status",
        "bytes_sent",
        "object_size",
    ];

    pub(crate) fn new(reading: &Reading) -> Self {
        Self(S3::new(reading))
    }
}

impl ObjectFormat for S3Json {
    fn object(
        &mut self,
        text: &[u8],
        batch: &mut Batch,
    ) -> Result<(usize, Result<(), Reject>), Scan> {
        let mut cells: [Cow<'_, [u8]>; 7] = Default::default();
        let scan = json::fields(text, |key, value| {
            if let Some(at) = Self::NAMES.iter().position(|n| n.as_bytes() == key) {
                cells[at] = value.plain();
            }
        });
        let Scan::Whole(len) = scan else {
            return Err(scan);
        };
        let cell = |at: usize| match &*cells[at] {
            b"" => &b"-"[..],
            text => text,
        };
        let said = match moment(cell(0)) {
            None => Err(Reject::Bad("no time that can be read")),
            Some(time) => {
                let record = Record {
                    time,
                    bucket: cell(1),
                    operation: cell(2),
                    key: cell(3),
                    status: cell(4),
                    sent: cell(5),
                    object: cell(6),
                };
                self.0.push(&record, batch)
            }
        };
        Ok((len, said))
    }
}

/// Application Load Balancer access logs.
pub(crate) struct Alb {
    keys: Keys,
}

impl Alb {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
        }
    }
}

impl Alb {
    /// A protocol and a time come first, and there are many fields.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        words.len() > 12
            && matches!(
                words[0],
                b"http" | b"https" | b"h2" | b"grpcs" | b"ws" | b"wss"
            )
            && iso(words[1]).is_some()
            && words[1].contains(&b'T')
    }
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
        let status = status_of(fields[8])?;
        let (method, url) = request(fields[12]).ok_or(Reject::Bad("no request"))?;
        let op = http_op(method, status)?;
        let read = HttpRead::of(op, Some(status), Some(bytes(fields[11])?));
        let (host, path) = url_parts(url);
        let hash = self.keys.http(host, path, op.is_read());
        let access = Access::new(time, hash, read.object, read.op);
        read.push(access, batch);
        Ok(())
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.bare = self.keys.take_bare();
    }
}

/// Classic Load Balancer access logs: fifteen fields, older lines end after the request.
pub(crate) struct Elb {
    keys: Keys,
}

impl Elb {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
        }
    }

    /// The first field is a time, the third has a port, three times in seconds follow.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        words.len() > 11
            && iso(words[0]).is_some()
            && words[0].contains(&b'T')
            && words[2].contains(&b':')
            && words[4..7]
                .iter()
                .all(|w| *w == b"-1" || thousandths(w).is_some())
    }
}

impl LineFormat for Elb {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let mut fields = [&b""[..]; 12];
        let mut count = 0;
        for (field, token) in fields.iter_mut().zip(Tokens::new(line)) {
            *field = token;
            count += 1;
        }
        if count < 12 {
            return Err(Reject::Bad("too few fields"));
        }
        let time = iso(fields[0]).ok_or(Reject::Bad("no time that can be read"))?;
        if fields[11].starts_with(b"- ") {
            return Err(Reject::Skip("not HTTP"));
        }
        let status = status_of(fields[7])?;
        let (method, url) = request(fields[11]).ok_or(Reject::Bad("no request"))?;
        let op = http_op(method, status)?;
        let read = HttpRead::of(op, Some(status), Some(bytes(fields[10])?));
        let (host, path) = url_parts(url);
        let hash = self.keys.http(host, path, op.is_read());
        let access = Access::new(time, hash, read.object, read.op);
        read.push(access, batch);
        Ok(())
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.bare = self.keys.take_bare();
    }
}

/// Squid's native log: time, elapsed ms, client, code/status, bytes, method, URL.
pub(crate) struct Squid {
    keys: Keys,
}

impl Squid {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
        }
    }

    /// The fourth field is a code and a status, the sixth a method.
    pub(crate) fn is_like(words: &[&[u8]]) -> bool {
        words.len() > 8
            && words[0].contains(&b'.')
            && thousandths(words[0]).is_some()
            && integer(words[1]).is_some()
            && Self::code(words[3]).is_some()
            && words[5].iter().all(u8::is_ascii_uppercase)
    }

    fn code(field: &[u8]) -> Option<(&[u8], u64)> {
        let at = memchr::memrchr(b'/', field)?;
        let status = &field[at + 1..];
        Some((&field[..at], integer(status).filter(|_| status.len() == 3)?))
    }
}

impl LineFormat for Squid {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let mut fields = [&b""[..]; 7];
        let mut count = 0;
        for (field, token) in fields.iter_mut().zip(Tokens::new(line)) {
            *field = token;
            count += 1;
        }
        if count < 7 {
            return Err(Reject::Bad("too few fields"));
        }
        const TIME: Reject = Reject::Bad("no time that can be read");
        let ended = i64::try_from(thousandths(fields[0]).ok_or(TIME)?).map_err(|_| TIME)?;
        let time = ended.saturating_sub_unsigned(integer(fields[1]).unwrap_or(0));
        let (code, status) = Self::code(fields[3]).ok_or(Reject::Bad("no code and status"))?;
        let op = http_op(fields[5], status)?;
        let logged = cache_result(code);
        let read = HttpRead::of(op, Some(status), Some(bytes(fields[4])?));
        let url =
            memchr::memmem::find(fields[6], b"://").map_or(fields[6], |at| &fields[6][at + 3..]);
        let path = memchr::memchr(b'/', url).unwrap_or(url.len());
        let (host, path) = url.split_at(path);
        let hash = self.keys.http(host, path, op.is_read());
        let access = Access::new(time, hash, read.object, read.op);
        read.push(access.with_logged(logged), batch);
        Ok(())
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.bare = self.keys.take_bare();
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
        // Reads carry none; a write without one has a value that never expires.
        let ttl = match number(6)? {
            0 if op == Op::Write => Some(Access::FOREVER),
            0 => None,
            seconds => Some(seconds.saturating_mul(1000)),
        };
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
    fn quotes_in_a_request_are_escaped_by_nobody_and_json_says_the_same() {
        let line = r#"79a5 b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - 3E57 REST.GET.OBJECT x.csv "GET /x.csv?response-content-disposition=attachment;%20filename="a "b" c" HTTP/1.1" 200 - 50 500 7 5 "-" "S3" -"#;
        let mut text = Batch::default();
        S3::new(&Reading::default())
            .line(line.as_bytes(), &mut text)
            .unwrap();
        let object = br#"{"schema_version_id":"V_1_0","bucket_name":"b","request_time":"2019-02-06T00:00:38.000Z","operation":"REST.GET.OBJECT","key_name":"x.csv","http_status":200,"error_code":null,"bytes_sent":50,"object_size":500}"#;
        let mut json = Batch::default();
        let said = S3Json::new(&Reading::default()).object(object, &mut json);
        assert_eq!(said, Ok((object.len(), Ok(()))));
        assert_eq!((text.accesses[0], text.sent), (json.accesses[0], json.sent));
        assert_eq!((text.accesses[0].size, text.sent.bytes), (500, 50));
        let garbled = line.replace("\" 200 - 50", "\" 2x0 - 50");
        assert!(one(S3::new(&Reading::default()), &garbled).is_err());
    }

    #[test]
    fn alb_uses_the_creation_time_and_drops_scheme_and_port() {
        let line = r#"https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/a?b=1 HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn "Root=1" "www.example.com" "arn" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-""#;
        let a = one(Alb::new(&Reading::default()), line).unwrap();
        assert_eq!(a.time, iso(b"2018-07-02T22:22:48.364Z").unwrap());
        assert_eq!((a.size, a.key), (57, hash_key(b"www.example.com/a?b=1", 0)));
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
