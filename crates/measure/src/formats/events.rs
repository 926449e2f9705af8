//! Events of AWS services as JSON objects: CloudTrail data events of S3 and DynamoDB, and the logs
//! of AWS WAF.

use super::fields::moment;
use super::http::{HttpRead, http_op};
use super::json::{self, Scan, Value};
use super::key::Keys;
use super::stream::ObjectFormat;
use super::{Batch, Reading, Reject};
use crate::access::{Access, MAX_SIZE, Op, hash_key};
use crate::sketch::Sketch;

/// What an object said, or how its scan ended.
type Object = Result<(usize, Result<(), Reject>), Scan>;

/// CloudTrail data events: the only log of single keys that DynamoDB and directory buckets have.
pub(crate) struct CloudTrail {
    keys: Keys,
    /// Ids of events: two trails write every event twice.
    ids: Sketch,
}

/// The fields of an event.
#[derive(Default)]
struct Event<'a> {
    time: Option<Value<'a>>,
    name: Option<Value<'a>>,
    source: Option<Value<'a>>,
    error: Option<Value<'a>>,
    id: Option<Value<'a>>,
    parameters: Option<Value<'a>>,
    data: Option<Value<'a>>,
}

impl CloudTrail {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
            ids: Sketch::default(),
        }
    }

    fn event(&mut self, event: &Event<'_>, batch: &mut Batch) -> Result<(), Reject> {
        let time = event.time.and_then(|t| moment(&t.plain()));
        let time = time.ok_or(Reject::Bad("no time that can be read"))?;
        let name = event.name.ok_or(Reject::Bad("no eventName"))?;
        let op = operation(name.text).ok_or(Reject::Skip("not about one object"))?;
        if event.error.is_some() {
            return Err(Reject::Skip("error responses"));
        }
        let parameters = event
            .parameters
            .ok_or(Reject::Skip("not about one object"))?;
        let is_table = event
            .source
            .is_some_and(|s| s.text.starts_with(b"dynamodb"));
        let (place, key) = if is_table {
            ("tableName", "key")
        } else {
            ("bucketName", "key")
        };
        let part = |name| json::field(parameters.text, name);
        let (Some(place), Some(key)) = (part(place), part(key)) else {
            return Err(Reject::Skip("not about one object"));
        };
        let key = if is_table {
            attributes(key.text)
        } else {
            key.plain().into_owned()
        };
        let key = [&place.plain()[..], b"/", &key].concat();
        let hash = self.keys.named(&key);
        if let Some(id) = event.id {
            self.ids.add(hash_key(id.text, 0), 1);
        }
        if is_table {
            if batch.leaves_out(time) {
                return Ok(());
            }
            // No event tells the size of an item.
            batch.of_tables += 1;
            let op = if op == Op::Read { Op::Part } else { op };
            batch.accesses.push(Access::new(time, hash, 0, op));
            return Ok(());
        }
        let bytes = |name| {
            let value = event.data.and_then(|data| json::field(data.text, name))?;
            let value: f64 = std::str::from_utf8(value.text).ok()?.parse().ok()?;
            (0.0..=MAX_SIZE as f64)
                .contains(&value)
                .then_some(value as u64)
        };
        let (sent, stored) = (bytes("bytesTransferredOut"), bytes("bytesTransferredIn"));
        let is_range = part("Range").is_some() || part("range").is_some();
        let read = match op {
            Op::Write => HttpRead::of(op, None, stored),
            _ => HttpRead::of(op, is_range.then_some(206), sent),
        };
        let access = Access::new(time, hash, read.object, read.op);
        read.push(access, batch);
        Ok(())
    }
}

/// The attributes of a key in one order, for clients send them in any. Written as CloudTrail writes them, so that the
/// sampling queries, which take the text as it stands, have the same keys.
fn attributes(key: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    json::fields(key, |name, value| {
        let quote: &[u8] = if value.is_string { b"\"" } else { b"" };
        all.push([b"\"", name, b"\":", quote, value.text, quote].concat());
    });
    if all.len() < 2 {
        return key.to_vec();
    }
    all.sort_unstable();
    [b"{", &all.join(&b',')[..], b"}"].concat()
}

/// What an event does to the object it names; none for what is not about one.
fn operation(name: &[u8]) -> Option<Op> {
    Some(match name {
        b"GetObject" | b"GetItem" => Op::Read,
        b"HeadObject" => Op::Part,
        b"PutObject" | b"CopyObject" | b"CompleteMultipartUpload" | b"PutItem" | b"UpdateItem" => {
            Op::Write
        }
        b"DeleteObject" | b"DeleteItem" => Op::Delete,
        _ => return None,
    })
}

impl ObjectFormat for CloudTrail {
    fn object(&mut self, text: &[u8], batch: &mut Batch) -> Object {
        let mut event = Event::default();
        let scan = json::fields(text, |key, value| {
            let slot = match key {
                b"eventTime" => &mut event.time,
                b"eventName" => &mut event.name,
                b"eventSource" => &mut event.source,
                b"errorCode" => &mut event.error,
                b"eventID" => &mut event.id,
                b"requestParameters" => &mut event.parameters,
                b"additionalEventData" => &mut event.data,
                _ => return,
            };
            *slot = Some(value);
        });
        match scan {
            Scan::Whole(len) => Ok((len, self.event(&event, batch))),
            other => Err(other),
        }
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.ids = std::mem::take(&mut self.ids);
    }
}

/// AWS WAF logs: often the only complete log of a load balancer or an API.
pub(crate) struct Waf {
    keys: Keys,
}

impl Waf {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
        }
    }

    fn request(
        &mut self,
        time: Option<Value<'_>>,
        action: Option<Value<'_>>,
        request: Option<Value<'_>>,
        batch: &mut Batch,
    ) -> Result<(), Reject> {
        let time = time.and_then(|t| moment(&t.plain()));
        let time = time.ok_or(Reject::Bad("no time that can be read"))?;
        let request = request.ok_or(Reject::Bad("no httpRequest"))?;
        let part = |name| json::field(request.text, name).map(|v| v.plain());
        let is_allowed = action.is_none_or(|a| matches!(a.text, b"ALLOW" | b"COUNT"));
        let status = if is_allowed { 200 } else { 403 };
        let method = part("httpMethod").ok_or(Reject::Bad("no httpMethod"))?;
        let op = http_op(&method, status)?;
        let host = host(request).unwrap_or_default();
        let uri = part("uri").ok_or(Reject::Bad("no uri"))?;
        let args = part("args").filter(|args| !args.is_empty());
        let query = args.map_or_else(Vec::new, |args| [b"?", &args[..]].concat());
        let hash = self.keys.parts(&host, &uri, &query, op.is_read());
        let read = HttpRead::of(op, None, None);
        let access = Access::new(time, hash, read.object, read.op);
        read.push(access, batch);
        Ok(())
    }
}

/// The header `host` in any case.
fn host(request: Value<'_>) -> Option<Vec<u8>> {
    let headers = json::field(request.text, "headers")?;
    let mut host = None;
    json::objects(headers.text, |header| {
        let is_host =
            json::field(header, "name").is_some_and(|n| n.text.eq_ignore_ascii_case(b"host"));
        if is_host && host.is_none() {
            host = json::field(header, "value").map(|v| v.plain().into_owned());
        }
    });
    host
}

impl ObjectFormat for Waf {
    fn object(&mut self, text: &[u8], batch: &mut Batch) -> Object {
        let (mut time, mut action, mut request) = (None, None, None);
        let scan = json::fields(text, |key, value| match key {
            b"timestamp" => time = Some(value),
            b"action" => action = Some(value),
            b"httpRequest" => request = Some(value),
            _ => {}
        });
        match scan {
            Scan::Whole(len) => Ok((len, self.request(time, action, request, batch))),
            other => Err(other),
        }
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.bare = self.keys.take_bare();
    }
}
