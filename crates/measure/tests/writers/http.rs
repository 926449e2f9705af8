//! Writers of the logs of edges, servers and object stores.

use std::fmt::Write;

use serde_json::json;

use super::Kind::{self, Delete, Error, Get, Head, Other, Put, Range, Unchanged};
use super::{HTTP, Layout, Request, Writes};

const HEADERS: u64 = 300;

const EDGE: Layout = Layout {
    name: "combined",
    format: "combined",
    write: |requests| lines(requests, combined),
    can: HTTP,
    writes: Writes::Pass,
    headers: 0,
    default_size: None,
    cache_aside: false,
    is_sample: false,
};

const STORE: Layout = Layout {
    name: "s3",
    format: "s3",
    write: |requests| lines(requests, s3),
    writes: Writes::Invalidate,
    ..EDGE
};

const fn named(
    name: &'static str,
    format: &'static str,
    write: fn(&[Request]) -> Vec<u8>,
) -> Layout {
    Layout {
        name,
        format,
        write,
        ..EDGE
    }
}

pub(crate) fn layouts() -> Vec<Layout> {
    let cloudfront = |name, format, write| Layout {
        headers: HEADERS,
        ..named(name, format, write)
    };
    vec![
        EDGE,
        named("common behind a virtual host", "combined", |r| {
            lines(r, vhost)
        }),
        named("combined exported by CloudWatch Logs", "combined", |r| {
            lines(r, |r| format!("{} {}", iso(r.at, ".123Z"), combined(r)))
        }),
        named("combined in Docker's JSON", "combined", |r| {
            lines(r, |r| {
                json!({ "log": combined(r) + "\n", "stream": "stdout" }).to_string()
            })
        }),
        named("haproxy behind syslog", "haproxy", |r| {
            lines(r, |r| {
                format!("<134>Nov 30 10:00:00 lb haproxy[7]: {}", haproxy(r))
            })
        }),
        named("haproxy", "haproxy", |r| lines(r, haproxy)),
        named("envoy", "envoy", |r| lines(r, envoy)),
        named("squid", "squid", |r| lines(r, squid)),
        named("alb", "alb", |r| lines(r, alb)),
        named("elb", "elb", |r| lines(r, elb)),
        named("iis", "iis", iis),
        named("ltsv", "ltsv", |r| lines(r, ltsv)),
        named("logfmt", "logfmt", |r| lines(r, logfmt)),
        cloudfront("cloudfront-w3c", "cloudfront-w3c", |r| {
            standard(r, '\t', true)
        }),
        cloudfront("cloudfront-w3c with bars", "cloudfront-w3c", |r| {
            standard(r, '|', true)
        }),
        cloudfront("cloudfront-w3c without header", "cloudfront-w3c", |r| {
            standard(r, '\t', false)
        }),
        cloudfront("cloudfront-json", "cloudfront-json", |r| {
            lines(r, |r| object(r).to_string())
        }),
        cloudfront("cloudfront-json without breaks", "cloudfront-json", |r| {
            let objects = r.iter().map(|r| object(r).to_string());
            objects.collect::<String>().into_bytes()
        }),
        cloudfront("cloudfront-realtime", "cloudfront-realtime", |r| {
            lines(r, realtime)
        }),
        Layout {
            can: &[Get, Head, Put, Delete, Error, Other],
            default_size: Some(1024),
            ..named("aws-waf", "aws-waf", |r| lines(r, waf))
        },
        STORE,
        Layout {
            name: "s3-json",
            format: "s3-json",
            write: |requests| lines(requests, s3_json),
            ..STORE
        },
        Layout {
            name: "cloudtrail of S3",
            format: "cloudtrail",
            write: |requests| trail(requests, bucket_event),
            can: &[Get, Head, Put, Delete, Error, Other],
            ..STORE
        },
        Layout {
            name: "cloudtrail of DynamoDB",
            format: "cloudtrail",
            write: |requests| trail(requests, table_event),
            can: &[Get, Put, Delete, Error, Other],
            default_size: Some(400),
            ..STORE
        },
    ]
}

/// One line a request, in the order in which they ended.
fn lines(requests: &[Request], line: fn(&Request) -> String) -> Vec<u8> {
    let mut out = String::new();
    for request in requests {
        let _ = writeln!(out, "{}", line(request));
    }
    out.into_bytes()
}

fn zoned(at: u64) -> jiff::Zoned {
    let at = jiff::Timestamp::from_second(at.cast_signed()).unwrap();
    at.to_zoned(jiff::tz::TimeZone::UTC)
}

pub(crate) fn iso(at: u64, end: &str) -> String {
    zoned(at).strftime("%Y-%m-%dT%H:%M:%S").to_string() + end
}

pub(crate) fn clf(at: u64) -> String {
    zoned(at).strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

pub(crate) fn method(kind: Kind) -> &'static str {
    match kind {
        Head => "HEAD",
        Put => "PUT",
        Delete => "DELETE",
        Other => "OPTIONS",
        _ => "GET",
    }
}

pub(crate) fn status(request: &Request) -> u16 {
    match request.kind {
        Range => 206,
        Unchanged => 304,
        Error => [403, 404, 500, 503][request.key % 4],
        Delete => 204,
        _ => 200,
    }
}

fn combined(r: &Request) -> String {
    let (method, status) = (method(r.kind), status(r));
    let bytes = if r.body() == 0 {
        "-".to_owned()
    } else {
        r.body().to_string()
    };
    format!(
        "192.0.2.7 - - [{}] \"{method} {} HTTP/1.1\" {status} {bytes} \"-\" \"curl/8 \\\"x\\\"\"",
        clf(r.at),
        r.path()
    )
}

fn vhost(r: &Request) -> String {
    let line = combined(r);
    let common = line.split(" \"-\" ").next().unwrap();
    format!("www{}.example.com:443 {common}", r.key % 3)
}

fn haproxy(r: &Request) -> String {
    let time = zoned(r.at).strftime("%d/%b/%Y:%H:%M:%S.000").to_string();
    format!(
        "10.0.1.2:33317 [{time}] http-in static/srv1 10/0/30/69/109 {} {} - - ---- 1/1/1/1/0 0/0 \
         {{example.com}} {{}} \"{} {} HTTP/1.1\"",
        status(r),
        r.body(),
        method(r.kind),
        r.path()
    )
}

fn envoy(r: &Request) -> String {
    format!(
        "[{}] \"{} {} HTTP/2\" {} - 0 {} 226 100 \"10.0.35.28\" \"agent\" \"cc21d9b0\" \"example.com\" \
         \"tcp://10.0.2.1:80\"",
        iso(r.at, ".000Z"),
        method(r.kind),
        r.path(),
        status(r),
        r.body()
    )
}

/// nginx, with a tab behind every field.
fn ltsv(r: &Request) -> String {
    format!(
        "time:{}\thost:192.0.2.1\tvhost:www.example.com\treq:{} {} HTTP/1.1\tstatus:{}\tsize:{}\tua:curl/8\t",
        clf(r.at),
        method(r.kind),
        r.path(),
        status(r),
        r.body()
    )
}

fn logfmt(r: &Request) -> String {
    format!(
        "ts={} level=info msg=\"a \\\"request\\\"\" method={} path=\"{}\" status={} bytes={} took=1.2ms",
        iso(r.at, ".000Z"),
        method(r.kind),
        r.path(),
        status(r),
        r.body()
    )
}

fn squid(r: &Request) -> String {
    format!(
        "{}.039 39 192.0.2.1 TCP_MISS/{} {} {} http://example.com{} - HIER_DIRECT/192.0.2.9 text/html",
        r.at,
        status(r),
        r.body(),
        method(r.kind),
        r.path()
    )
}

fn request_url(r: &Request) -> String {
    format!(
        "\"{} https://example.com:443{} HTTP/1.1\"",
        method(r.kind),
        r.path()
    )
}

pub(crate) fn alb(r: &Request) -> String {
    format!(
        "https {} app/lb/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.000 0.001 0.000 {} {1} 34 {} {} \
         \"curl/8\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x \"Root=1\" \"example.com\" \"arn\" 1 {} \
         \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\" TID_1",
        iso(r.at + 2, ".186641Z"),
        status(r),
        r.body(),
        request_url(r),
        iso(r.at, ".000000Z"),
    )
}

fn elb(r: &Request) -> String {
    format!(
        "{} my-lb 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 {} {1} 0 {} {} \"curl/8; x\" - -",
        iso(r.at, ".945958Z"),
        status(r),
        r.body(),
        request_url(r),
    )
}

fn iis(requests: &[Request]) -> Vec<u8> {
    let mut out = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-09-21 14:00:00\r\n\
        #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken\r\n".to_owned();
    for r in requests {
        let path = r.path();
        let (stem, query) = path.split_once('?').unwrap_or((&path, "-"));
        let _ = write!(
            out,
            "{} 10.0.0.9 {} {stem} {query} 443 - 192.0.2.1 curl/8 www.example.com {} 0 0 {} 210 31\r\n",
            zoned(r.at).strftime("%Y-%m-%d %H:%M:%S"),
            method(r.kind),
            status(r),
            r.body()
        );
    }
    out.into_bytes()
}

const FIELDS: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status \
    cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header \
    cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type \
    cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte \
    x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end";

/// The fields of a standard log by name.
pub(crate) fn fields(r: &Request) -> Vec<(String, String)> {
    let path = r.path();
    let (stem, query) = path.split_once('?').unwrap_or((&path, "-"));
    // Longer requests end later.
    let taken = r.key as u64 % 3;
    let result = if r.kind == Error { "Error" } else { "Miss" };
    let value = |name: &str| match name {
        "date" => zoned(r.at + taken).strftime("%Y-%m-%d").to_string(),
        "time" => zoned(r.at + taken).strftime("%H:%M:%S").to_string(),
        "x-edge-location" => "FRA56-P1".to_owned(),
        "sc-bytes" => (r.body() + HEADERS).to_string(),
        "cs-method" => method(r.kind).to_owned(),
        "cs(Host)" => "d111111abcdef8.cloudfront.net".to_owned(),
        "x-host-header" => "www.example.com".to_owned(),
        "cs-uri-stem" => stem.to_owned(),
        "cs-uri-query" => query.to_owned(),
        "sc-status" => status(r).to_string(),
        "time-taken" => format!("{taken}.000"),
        "x-edge-result-type" | "x-edge-response-result-type" | "x-edge-detailed-result-type" => {
            result.to_owned()
        }
        "x-edge-request-id" => format!("id-{}-{}==", r.at, r.key),
        "sc-content-len" => match r.kind {
            Get | Range => r.body().to_string(),
            _ => "-".to_owned(),
        },
        "sc-range-start" if r.kind == Range => (r.size - r.body()).to_string(),
        "sc-range-end" if r.kind == Range => (r.size - 1).to_string(),
        "cs-bytes" => "210".to_owned(),
        _ => "-".to_owned(),
    };
    let names = FIELDS.split_whitespace();
    names.map(|name| (name.to_owned(), value(name))).collect()
}

/// In the order in which they ended.
fn standard(requests: &[Request], separator: char, has_header: bool) -> Vec<u8> {
    let mut rows: Vec<_> = requests
        .iter()
        .map(|r| (r.at + r.key as u64 % 3, r))
        .collect();
    rows.sort_by_key(|(end, _)| *end);
    let mut out = String::new();
    if has_header {
        let _ = writeln!(
            out,
            "#Version: 1.0\n#Fields: {}",
            FIELDS.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
    for (_, r) in rows {
        let cells: Vec<String> = fields(r).into_iter().map(|(_, v)| v).collect();
        let _ = writeln!(out, "{}", cells.join(&separator.to_string()));
    }
    out.into_bytes()
}

fn object(r: &Request) -> serde_json::Value {
    let fields = fields(r)
        .into_iter()
        .map(|(name, value)| (name, value.into()));
    serde_json::Value::Object(fields.collect())
}

const REALTIME: &str = "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host \
    cs-uri-stem cs-bytes x-edge-location x-edge-request-id x-host-header time-taken cs-protocol-version \
    c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query x-edge-response-result-type \
    x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type fle-encrypted-fields fle-status \
    sc-content-type sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type \
    c-country cs-accept-encoding cs-accept cache-behavior-path-pattern cs-headers cs-header-names \
    cs-headers-count primary-distribution-id primary-distribution-dns-name origin-fbl origin-lbl asn";

fn realtime(r: &Request) -> String {
    let fields: std::collections::BTreeMap<String, String> = fields(r).into_iter().collect();
    let cells = REALTIME.split_whitespace().map(|name| match name {
        "timestamp" => format!("{}.000", r.at + r.key as u64 % 3),
        "cs-host" => "www.example.com".to_owned(),
        "x-host-header" => "d111111abcdef8.cloudfront.net".to_owned(),
        "cs-uri-stem" => r.path(),
        "c-ip" => "192.0.2.1".to_owned(),
        "time-to-first-byte" => "0.001".to_owned(),
        name => fields.get(name).cloned().unwrap_or_else(|| "-".to_owned()),
    });
    cells.collect::<Vec<_>>().join("\t")
}

fn waf(r: &Request) -> String {
    let path = r.path();
    let (uri, args) = path.split_once('?').unwrap_or((&path, ""));
    let action = if r.kind == Error { "BLOCK" } else { "ALLOW" };
    json!({
        "timestamp": r.at * 1000, "formatVersion": 1, "webaclId": "arn:aws:wafv2:x", "action": action,
        "httpRequest": { "clientIp": "192.0.2.1", "headers": [{ "name": "Accept", "value": "*/*" }, { "name": "Host", "value": "example.com" }],
            "uri": uri, "args": args, "httpVersion": "HTTP/2.0", "httpMethod": method(r.kind), "requestId": "1" },
    })
    .to_string()
}

pub(crate) fn operation(kind: Kind) -> &'static str {
    match kind {
        Head => "REST.HEAD.OBJECT",
        Put => "REST.PUT.OBJECT",
        Delete => "REST.DELETE.OBJECT",
        Other => "REST.GET.BUCKET",
        _ => "REST.GET.OBJECT",
    }
}

pub(crate) fn s3(r: &Request) -> String {
    let sent = if r.body() == 0 {
        "-".to_owned()
    } else {
        r.body().to_string()
    };
    let size = if matches!(r.kind, Delete | Error | Other) {
        "-".to_owned()
    } else {
        r.size.to_string()
    };
    format!(
        "79a59df900b949e5 bucket [{}] 192.0.2.3 79a59df9 3E57427F3EXAMPLE {} o/{} \"{} /bucket{}?x=\"y\" HTTP/1.1\" {} - {sent} {size} 7 5 \"-\" \"S3 \"Agent\"\" - host SigV4 - - -",
        clf(r.at),
        operation(r.kind),
        r.key,
        method(r.kind),
        r.path(),
        status(r),
    )
}

fn s3_json(r: &Request) -> String {
    let is_known = !matches!(r.kind, Delete | Error | Other);
    json!({
        "bucket_name": "bucket", "request_time": iso(r.at, ".000Z"), "operation": operation(r.kind), "key_name": format!("o/{}", r.key),
        "http_status": status(r), "bytes_sent": r.body(), "object_size": is_known.then_some(r.size),
    })
    .to_string()
}

fn trail(requests: &[Request], event: fn(&Request) -> serde_json::Value) -> Vec<u8> {
    let events: Vec<_> = requests.iter().map(event).collect();
    json!({ "Records": events }).to_string().into_bytes()
}

pub(crate) fn bucket_event(r: &Request) -> serde_json::Value {
    let name = match r.kind {
        Head => "HeadObject",
        Put => "PutObject",
        Delete => "DeleteObject",
        Other => "ListObjects",
        _ => "GetObject",
    };
    let mut event = json!({
        "eventVersion": "1.09", "eventTime": iso(r.at, "Z"), "eventSource": "s3.amazonaws.com", "eventName": name,
        "requestParameters": { "bucketName": "bucket", "key": r.path() },
        "additionalEventData": { "bytesTransferredIn": if r.kind == Put { r.size } else { 0 }, "bytesTransferredOut": r.body() },
    });
    if r.kind == Error {
        event["errorCode"] = "NoSuchKey".into();
    }
    event
}

pub(crate) fn table_event(r: &Request) -> serde_json::Value {
    let name = match r.kind {
        Put => "PutItem",
        Delete => "DeleteItem",
        Other => "Query",
        _ => "GetItem",
    };
    let mut event = json!({
        "eventVersion": "1.09", "eventTime": iso(r.at, "Z"), "eventSource": "dynamodb.amazonaws.com", "eventName": name,
        "requestParameters": { "tableName": "items", "key": { "id": { "S": r.path() } } },
    });
    if r.kind == Error {
        event["errorCode"] = "ValidationException".into();
    }
    event
}
