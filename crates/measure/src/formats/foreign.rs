//! Files that are no logs of requests for keys, by what they are: archives, other encodings, logs of
//! connections, and metrics. Each is named, with what it can give.

use super::fields::{integer, iso};
use super::w3c::{self, Writer};

/// Why a file is refused that begins so.
pub(crate) fn refused(head: &[u8], line: &[u8]) -> Option<String> {
    let what = archive(head)
        .or_else(|| encoded(head))
        .or_else(|| keyless(head, line));
    what.map(str::to_owned).or_else(|| other_server(head))
}

/// What is packed, or made for machines.
fn archive(head: &[u8]) -> Option<&'static str> {
    let is_tar = head.get(257..262) == Some(b"ustar");
    Some(match head {
        [b'P', b'K', 3, 4, ..] => "this is a zip archive: unpack it first",
        [b'7', b'z', 0xbc, 0xaf, ..] => "this is a 7z archive: unpack it first",
        _ if is_tar => "this is a tar archive: unpack it first",
        [4, 0x22, 0x4d, 0x18, ..] => {
            "this is compressed with lz4: unpack it first, as with `lz4 -dc`"
        }
        [0xff, 6, 0, 0, b's', b'N', b'a', b'P', b'p', b'Y', ..] => {
            "this is compressed with Snappy: unpack it first"
        }
        [0x1f, 0x9d, ..] => "this is compressed with `compress`: unpack it first, as with `zcat`",
        [0x5d, 0, 0, ..] => {
            "this is lzma without the container of xz: unpack it first, as with `xz --format=lzma -dc`"
        }
        [0x89, b'L', b'Z', b'O', ..] => "this is compressed with lzop: unpack it first",
        [b'O', b'b', b'j', 1, ..] => "this is Avro: write it as JSON lines or Parquet first",
        [b'O', b'R', b'C', ..] => "this is ORC: write it as Parquet first",
        [b'R', b'E', b'D', b'I', b'S', b'0', ..] => {
            "this is a dump of Redis: it holds values and no requests; `MONITOR` shows requests"
        }
        _ => return None,
    })
}

/// Text that is not UTF-8.
fn encoded(head: &[u8]) -> Option<&'static str> {
    const UTF16: &str =
        "this is UTF-16 text: convert it to UTF-8 first, as with `iconv -f UTF-16 -t UTF-8`";
    const UNMARKED: &str = "this is UTF-16 text without a byte order mark: convert it to UTF-8 first, as with \
                            `iconv -f UTF-16LE -t UTF-8`";
    if matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Some(UTF16);
    }
    let start = &head[..head.len().min(64)];
    let every_other = |from: usize| {
        let text = start.iter().skip(from).step_by(2);
        let zeros = start.iter().skip(1 - from).step_by(2);
        text.clone().all(|b| (9..127).contains(b)) && zeros.clone().all(|b| *b == 0)
    };
    (start.len() >= 8 && (every_other(0) || every_other(1))).then_some(UNMARKED)
}

/// Logs of connections and of numbers.
fn keyless(head: &[u8], line: &[u8]) -> Option<&'static str> {
    if is_carriage(head) {
        return Some(
            "its lines end with a carriage return alone: convert them first, as with `tr '\\r' '\\n'`",
        );
    }
    if let [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'?' | b'!', ..] = line {
        return Some("this is XML or HTML: write it as JSON lines or CSV first");
    }
    if is_raw_slowlog(head) {
        return Some(
            "output of `slowlog get` without its numbers, as redis-cli writes it into a file: use `redis-cli --no-raw slowlog get`",
        );
    }
    let words: Vec<&[u8]> = line.split(u8::is_ascii_whitespace).take(16).collect();
    if is_network_balancer(&words) {
        return Some(
            "a log of a Network Load Balancer: it has connections and no keys, so nothing in it can be cached",
        );
    }
    if is_connection(&words) {
        return Some(
            "a connection log of a load balancer: it has TLS connections and no keys; its access log has requests",
        );
    }
    if is_flow(&words) {
        return Some(
            "a VPC flow log: it has connections, bytes and no keys; rates and bytes of it can be stated in a profile",
        );
    }
    let begins = |name: &[u8]| {
        head.split(|b| *b == b'\n')
            .any(|line| line.starts_with(name))
    };
    if begins(b"redis_version:") || begins(b"keyspace_hits:") {
        return Some(
            "output of Redis `INFO`: it has no requests; state its rates and hit ratio \
             (`hit_ratio` = keyspace_hits / (keyspace_hits + keyspace_misses)) in a profile, or log requests \
             with `MONITOR`",
        );
    }
    let has = |name: &[u8]| memchr::memmem::find(line, name).is_some();
    let is_statistic = has(b"\"metric_name\"") && has(b"\"namespace\"");
    if is_statistic || has(b"\"Datapoints\"") || has(b"\"MetricDataResults\"") {
        return Some(
            "metrics of CloudWatch: they have no requests and no keys; state their rates and hit ratio in a profile",
        );
    }
    None
}

/// Lines of a classic Mac: text without a line feed, and more than one carriage return.
fn is_carriage(head: &[u8]) -> bool {
    let is_text = |b: &u8| *b >= b' ' || matches!(*b, b'\t' | b'\r');
    let has_lines = memchr::memchr_iter(b'\r', head).take(2).count() == 2;
    has_lines && head.iter().all(is_text)
}

/// An id, a second of this century, microseconds and a command, each on a line of its own.
fn is_raw_slowlog(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let mut number = || lines.next().and_then(integer);
    let numbers = (number(), number(), number());
    let is_second = numbers
        .1
        .is_some_and(|s| (946_684_800..4_102_444_800).contains(&s));
    let command = lines.next().unwrap_or_default();
    let is_command = !command.is_empty() && command.iter().all(u8::is_ascii_alphabetic);
    numbers.0.is_some() && is_second && numbers.2.is_some() && is_command
}

/// `tls 2.0 2020-04-01T08:51:42 net/name/id …`: one line a TLS connection.
fn is_network_balancer(words: &[&[u8]]) -> bool {
    matches!(words, [b"tls", version, time, balancer, ..]
        if version.contains(&b'.') && time.contains(&b'T') && balancer.starts_with(b"net/"))
}

/// `time client port port protocol cipher …`: one line a connection of an Application Load Balancer.
fn is_connection(words: &[&[u8]]) -> bool {
    matches!(words, [time, _, from, to, protocol, _, ..]
        if iso(time).is_some()
            && integer(from).is_some()
            && integer(to).is_some()
            && (protocol.starts_with(b"TLSv") || *protocol == b"-"))
}

/// `2 123456789010 eni-1235b8ca 172.31.16.139 … ACCEPT OK`, or its header.
fn is_flow(words: &[&[u8]]) -> bool {
    let is_line = matches!(words, [version, account, interface, ..]
        if integer(version).is_some()
            && integer(account).is_some_and(|_| account.len() == 12)
            && interface.starts_with(b"eni-"));
    is_line || matches!(words, [b"version", b"account-id", b"interface-id", ..])
}

/// A log that is W3C text and cannot be read.
fn other_server(head: &[u8]) -> Option<String> {
    let Writer::Other(name) = w3c::writer(head)? else {
        return None;
    };
    let name = if name.is_empty() {
        String::new()
    } else {
        format!(" (`{}`)", super::excerpt(name.as_bytes()))
    };
    Some(format!(
        "a W3C log of another server{name}, not of CloudFront, without the columns date, time, \
         cs-uri-stem and sc-status; cut its comments off and name the columns with `--columns`"
    ))
}

/// What to do with a log of CloudFront that has neither a header nor the documented columns.
pub(crate) fn headerless(columns: usize) -> String {
    format!(
        "a log of CloudFront without a header, and its {columns} columns are not the documented ones; name the \
         fields of its configuration in their order: `--fields date,time,x-edge-location,…`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_log_of_requests_is_named() {
        let utf16: Vec<u8> = "time,key\n1,a"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (text, want) in [
            (&utf16[..], "UTF-16"),
            (b"Obj\x01\x04\x16avro.schema", "Avro"),
            (b"\x04\x22\x4d\x18xxxxxxxx", "lz4"),
            (b"REDIS0011\xfa", "dump of Redis"),
            (b"2 123456789010 eni-1235b8ca 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK", "VPC flow log"),
            (b"2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 \"CN=a\" x y z", "connection log"),
            (b"{\"metric_stream_name\":\"m\",\"namespace\":\"AWS/ELB\",\"metric_name\":\"x\"}", "metrics of CloudWatch"),
            (b"# Server\r\nredis_version:7.2.4", "INFO"),
            (b"14\n1309448221\n15\nGET\nuser:7\n10.0.0.1:5\n\n13\n", "--no-raw"),
            (b"time,key,size\r1,a,1\r2,b,1\r", "carriage return"),
            (b"<request id=\"7\"> <ip>192.0.2.1</ip>", "XML"),
            (b"\x1f\x9d\x90xxxx", "compress"),
            (b"\x5d\0\0\x80\0\xff", "lzma"),
        ] {
            let line = text.split(|b| *b == b'\n').next().unwrap();
            let why = refused(text, line).unwrap_or_default();
            assert!(why.contains(want), "{want}: {why}");
        }
        assert_eq!(refused(b"time,key\n1,a\n", b"time,key"), None);
    }
}
