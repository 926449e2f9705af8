//! Writers of caches' own logs, of traces and of generic rows.

use std::fmt::Write;

use serde_json::json;

use super::Kind::{self, Delete, Error, Get, Other, Put};
use super::{Layout, Request, Writes, http};

const ROWS: Layout = Layout {
    name: "csv",
    format: "csv",
    write: csv,
    can: &[Get, Put, Delete],
    writes: Writes::Invalidate,
    headers: 0,
    default_size: None,
    cache_aside: false,
    is_sample: false,
};

pub(crate) fn layouts() -> Vec<Layout> {
    let rows = |name, format, can, write| Layout {
        name,
        format,
        can,
        write,
        ..ROWS
    };
    let cache = |name, format, can, write| Layout {
        writes: Writes::Update,
        ..rows(name, format, can, write)
    };
    vec![
        ROWS,
        Layout {
            writes: Writes::Pass,
            ..rows("csv of HTTP", "csv", super::HTTP, http_csv)
        },
        rows("tabs", "csv", &[Get, Put, Delete], tabs),
        rows("jsonl", "jsonl", &[Get, Put, Delete], jsonl),
        Layout {
            writes: Writes::Pass,
            ..rows("jsonl of HTTP, nested", "jsonl", super::HTTP, nested)
        },
        rows("oracle-general", "oracle-general", &[Get], oracle),
        Layout {
            is_sample: true,
            ..rows("sampled", "sampled", &[Get], sampled)
        },
        cache("twitter", "twitter", &[Get, Put, Delete], twitter),
        cache(
            "cloudphysics-csv",
            "cloudphysics-csv",
            &[Get, Put],
            cloudphysics,
        ),
        cache("vscsi 1", "vscsi", &[Get, Put], |r| vscsi(r, 1)),
        cache("vscsi 2", "vscsi", &[Get, Put], |r| vscsi(r, 2)),
        cache(
            "memcached-watch",
            "memcached-watch",
            &[Get, Put, Delete],
            memcached,
        ),
        cache("msr", "msr", &[Get, Put], msr),
        cache("spc", "spc", &[Get, Put], spc),
        Layout {
            cache_aside: true,
            ..cache(
                "redis-slowlog",
                "redis-slowlog",
                &[Get, Put, Delete],
                slowlog,
            )
        },
        Layout {
            cache_aside: true,
            ..cache(
                "redis-monitor",
                "redis-monitor",
                &[Get, Put, Delete, Other],
                monitor,
            )
        },
    ]
}

fn op(kind: Kind) -> &'static str {
    match kind {
        Put => "set",
        Delete => "delete",
        _ => "get",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn csv(requests: &[Request]) -> Vec<u8> {
    let mut out = "time,key,size,op\n".to_owned();
    for r in requests {
        let key = format!("{}\"{}", r.path(), r.key % 2);
        let _ = writeln!(out, "{},{},{},{}", r.at, quoted(&key), r.size, op(r.kind));
    }
    out.into_bytes()
}

fn tabs(requests: &[Request]) -> Vec<u8> {
    let mut out = "ts\tkey\tbytes\tcmd\n".to_owned();
    for r in requests {
        let _ = writeln!(
            out,
            "{}.250\t{}\t{}\t{}",
            r.at,
            r.path(),
            r.size,
            op(r.kind)
        );
    }
    out.into_bytes()
}

fn jsonl(requests: &[Request]) -> Vec<u8> {
    let line = |r: &Request| {
        json!({ "op": op(r.kind), "bytes": r.size, "ts": r.at * 1000, "key": format!("{}\u{1f600}\\\"", r.path()) }).to_string()
    };
    requests
        .iter()
        .map(|r| line(r) + "\n")
        .collect::<String>()
        .into_bytes()
}

/// Method and status of HTTP.
fn verbs(kind: Kind) -> (&'static str, u16) {
    match kind {
        Kind::Head => ("HEAD", 200),
        Kind::Range => ("GET", 206),
        Kind::Unchanged => ("GET", 304),
        Put => ("PUT", 200),
        Delete => ("DELETE", 204),
        Error => ("GET", 404),
        Other => ("OPTIONS", 204),
        Get => ("GET", 200),
    }
}

fn http_csv(requests: &[Request]) -> Vec<u8> {
    let mut out =
        "time_iso8601;request_uri;http_host;request_method;status;body_bytes_sent\n".to_owned();
    for r in requests {
        let (method, status) = verbs(r.kind);
        let (at, path) = (http::iso(r.at, "+00:00"), quoted(&r.path()));
        let _ = writeln!(
            out,
            "{at};{path};example.com;{method};{status};{}",
            r.body()
        );
    }
    out.into_bytes()
}

fn nested(requests: &[Request]) -> Vec<u8> {
    let line = |r: &Request| {
        let (method, status) = verbs(r.kind);
        json!({ "level": "info", "ts": r.at, "request": { "method": method, "host": "example.com", "uri": r.path() }, "status": status, "size": r.body() }).to_string()
    };
    requests
        .iter()
        .map(|r| line(r) + "\n")
        .collect::<String>()
        .into_bytes()
}

fn oracle(requests: &[Request]) -> Vec<u8> {
    let mut out = Vec::new();
    for r in requests {
        out.extend((r.at as u32).to_le_bytes());
        out.extend((r.key as u64).to_le_bytes());
        out.extend((r.size as u32).to_le_bytes());
        out.extend((-1i64).to_le_bytes());
    }
    out
}

/// What the sampling query gives at a rate of 1: every request, and a total of every second.
fn sampled(requests: &[Request]) -> Vec<u8> {
    let mut out = "ts,h,bytes,op,n\n".to_owned();
    for r in requests {
        let hash = (r.key as i64 - 30).wrapping_mul(0x1e37_79b9_7f4a_7c15);
        let _ = writeln!(out, "{}.0,{hash},{},GET,1", r.at, r.size);
        let _ = writeln!(out, "{}.0,,{},GET,1", r.at, r.size);
    }
    out.into_bytes()
}

fn twitter(requests: &[Request]) -> Vec<u8> {
    let mut out = String::new();
    for r in requests {
        let key = format!("k{}", r.key);
        let (key_size, value_size) = (key.len() as u64, r.size - key.len() as u64);
        let _ = writeln!(
            out,
            "{},{key},{key_size},{value_size},7,{},0",
            r.at,
            op(r.kind)
        );
    }
    out.into_bytes()
}

fn cloudphysics(requests: &[Request]) -> Vec<u8> {
    let mut out = "version,time,op,size,lbn\n".to_owned();
    for r in requests {
        let op = if r.kind == Put { "2a" } else { "28" };
        let _ = writeln!(out, "1,{},{op},{},{}", r.at, r.size, r.key);
    }
    out.into_bytes()
}

fn vscsi(requests: &[Request], version: u16) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, r) in requests.iter().enumerate() {
        let command: u16 = if r.kind == Put { 0x2a } else { 0x28 };
        let (number, length) = (
            (number as u32 + 1).to_le_bytes(),
            (r.size as u32).to_le_bytes(),
        );
        let (command, version_bytes) = (command.to_le_bytes(), (version << 8).to_le_bytes());
        let (block, micros) = (
            (r.key as u64).to_le_bytes(),
            (r.at * 1_000_000).to_le_bytes(),
        );
        let segments = 1u32.to_le_bytes();
        let parts: [&[u8]; 8] = match version {
            1 => [
                &number,
                &length,
                &segments,
                &command,
                &version_bytes,
                &block,
                &micros,
                &[],
            ],
            _ => [
                &command,
                &version_bytes,
                &number,
                &length,
                &segments,
                &block,
                &micros,
                &[0; 8],
            ],
        };
        out.extend(parts.concat());
    }
    out
}

fn memcached(requests: &[Request]) -> Vec<u8> {
    let mut out = String::new();
    for (at, r) in requests.iter().enumerate() {
        let key = r.path().replace('%', "%25");
        let start = format!("ts={}.4711 gid={at} type=", r.at);
        let _ = match r.kind {
            Put => write!(
                out,
                "{start}item_get key={key} status=not_found clsid=0 cfd=25 size=0\n\
                 {start}item_store key={key} status=stored cmd=set ttl=0 clsid=5 cfd=25 size={}\n",
                r.size
            ),
            Delete => writeln!(
                out,
                "{start}deleted key={key} cmd=delete clsid=5 cfd=25 size={}",
                r.size
            ),
            _ => writeln!(
                out,
                "{start}item_get key={key} status=found clsid=5 cfd={} size={}",
                30 + r.key % 5,
                r.size
            ),
        };
    }
    out.into_bytes()
}

fn monitor(requests: &[Request]) -> Vec<u8> {
    let mut out = "OK\n".to_owned();
    for r in requests {
        let key = format!("k:{}\\x00\\\"", r.key);
        let start = format!("{}.000{} [0 192.0.2.1:5000]", r.at, r.key % 10);
        let _ = match r.kind {
            Put => {
                // Half of the bytes are written as four characters.
                let value = "\\xff".repeat(r.size as usize / 2)
                    + &"v".repeat(r.size as usize - r.size as usize / 2);
                writeln!(out, "{start} \"SET\" \"{key}\" \"{value}\"")
            }
            Delete => writeln!(out, "{start} \"DEL\" \"{key}\""),
            Other => writeln!(out, "{start} \"PING\""),
            _ => writeln!(out, "{start} \"get\" \"{key}\""),
        };
    }
    out.into_bytes()
}

fn msr(requests: &[Request]) -> Vec<u8> {
    let line = |r: &Request| {
        let filetime = (r.at + 11_644_473_600) * 10_000_000;
        let op = if r.kind == Put { "Write" } else { "Read" };
        format!(
            "{filetime},srv{},1,{op},{},{},41\n",
            r.key % 2,
            r.key * 4096,
            r.size
        )
    };
    requests.iter().map(line).collect::<String>().into_bytes()
}

fn spc(requests: &[Request]) -> Vec<u8> {
    let line = |r: &Request| {
        let op = if r.kind == Put { "w" } else { "R" };
        format!("{},{},{},{op},{}.000000\n", r.key % 3, r.key, r.size, r.at)
    };
    requests.iter().map(line).collect::<String>().into_bytes()
}

/// Newest first, as `slowlog get` prints it.
fn slowlog(requests: &[Request]) -> Vec<u8> {
    let mut out = String::new();
    for (at, r) in requests.iter().rev().enumerate() {
        let value = "v".repeat(r.size as usize);
        let args = match r.kind {
            Put => format!("\"set\"\n       2) \"k:{}\"\n       3) \"{value}\"", r.key),
            Delete => format!("\"del\"\n       2) \"k:{}\"", r.key),
            _ => format!("\"get\"\n       2) \"k:{}\"", r.key),
        };
        let _ = writeln!(
            out,
            "{:>2}) 1) (integer) {at}\n    2) (integer) {}\n    3) (integer) 15\n    4) 1) {args}\n    5) \"192.0.2.1:58217\"\n    6) \"\"",
            at + 1,
            r.at
        );
    }
    out.into_bytes()
}
