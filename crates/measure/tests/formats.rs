//! Every format through the whole measurement: detection, compression, order, damage, garbage.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use cachewright_measure::fault::{Cause, Fault};
use cachewright_measure::{Input, Measurement, Options, Sampling, expand, measure};
use proptest::prelude::*;

fn write(dir: &Path, name: &str, bytes: &[u8]) -> Input {
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    Input::File(path)
}

fn run(inputs: &[Input]) -> anyhow::Result<Measurement> {
    measure(inputs, &Options::default(), &mut ())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn csv(requests: usize) -> String {
    let rows = (0..requests).map(|i| format!("{},k{},{}\n", i / 10, i * i % 97, 10 + i * i % 97));
    format!("time,key,size\n{}", rows.collect::<String>())
}

const W3C: &str = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end\n";

fn w3c(time: &str, path: &str, status: &str, result: &str, edge: &str) -> String {
    format!(
        "2026-11-24\t{time}\t{edge}\t1200\t192.0.2.1\tGET\td1.cloudfront.net\t{path}\t{status}\t-\tcurl\t-\t-\t{result}\tid\twww.example.com\thttps\t30\t0.250\t-\tTLSv1.3\tc\t{result}\tHTTP/2.0\t-\t-\t4\t0.1\t{result}\timage/png\t1000\t-\t-\n"
    )
}

#[test]
fn cloudfront_files_are_merged_by_time_whatever_their_order() {
    let dir = tempfile::tempdir().unwrap();
    // In the order of the files /a is read again before /b; by time it is the other way round.
    let late = [
        W3C.to_owned(),
        w3c("10:00:05", "/a", "200", "Hit", "FRA56-P1"),
        w3c("10:00:01", "/a", "200", "Miss", "FRA56-P1"),
    ]
    .concat();
    let early = [
        W3C.to_owned(),
        w3c("10:00:02", "/b", "200", "Miss", "IAD12-C1"),
        w3c("10:00:03", "/c", "404", "Error", "IAD12-C1"),
    ]
    .concat();
    let inputs = [
        write(dir.path(), "late.gz", &gzip(late.as_bytes())),
        write(dir.path(), "early.gz", &gzip(early.as_bytes())),
    ];
    let options = Options {
        sizes: vec![1000, 2000],
        ..Options::default()
    };
    let m = measure(&inputs, &options, &mut ()).unwrap();
    assert_eq!(
        (m.format_names().as_str(), m.requests, m.distinct_bytes),
        ("cloudfront-w3c", 3, 2000)
    );
    assert_eq!(m.skipped["error responses"], 1);
    // /a, /b, /a: the second read of /a needs room for both.
    assert_eq!(
        m.hit_ratio_curve
            .iter()
            .map(|p| (p.objects * 3.0).round())
            .collect::<Vec<_>>(),
        [0.0, 1.0]
    );
    assert_eq!(m.logged_hit_ratio, Some(1.0 / 3.0));
    assert!(
        m.notes.iter().any(|n| n.contains("2 edge locations")),
        "{:?}",
        m.notes
    );
    assert_eq!(m.from, Some(1_795_514_400_750));
}

#[test]
fn cloudfront_json_equals_w3c() {
    let dir = tempfile::tempdir().unwrap();
    let json: String = [("10:00:01", "/a"), ("10:00:02", "/b"), ("10:00:05", "/a")]
        .iter()
        .map(|(time, path)| format!("{{\"date\":\"2026-11-24\",\"time\":\"{time}\",\"cs-uri-stem\":\"{path}\",\"cs(Host)\":\"d1.cloudfront.net\",\"x-host-header\":\"www.example.com\",\"cs-uri-query\":\"-\",\"cs-method\":\"GET\",\"sc-status\":\"200\",\"sc-bytes\":\"1200\",\"sc-content-len\":\"1000\",\"time-taken\":\"0.250\",\"x-edge-result-type\":\"Miss\",\"x-edge-location\":\"FRA56-P1\"}}\n"))
        .collect();
    let w3c: String = [("10:00:01", "/a"), ("10:00:02", "/b"), ("10:00:05", "/a")]
        .iter()
        .map(|(time, path)| w3c(time, path, "200", "Miss", "FRA56-P1"))
        .collect();
    let mut a = run(&[write(dir.path(), "a", json.as_bytes())]).unwrap();
    let b = run(&[write(dir.path(), "b", [W3C, &w3c].concat().as_bytes())]).unwrap();
    assert_eq!(a.format_names(), "cloudfront-json");
    (a.formats, a.lines, a.skipped) = (b.formats.clone(), b.lines, b.skipped.clone());
    assert_eq!(a, b);
}

#[test]
fn compression_standard_names_and_parallel_files_do_not_change_the_result() {
    let dir = tempfile::tempdir().unwrap();
    let text = csv(20_000);
    let want = run(&[write(dir.path(), "plain.csv", text.as_bytes())]).unwrap();
    let zst = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for (name, bytes) in [
        ("a.gz", gzip(text.as_bytes())),
        ("b.zst", zst),
        ("c", gzip(text.as_bytes())),
    ] {
        assert_eq!(
            run(&[write(dir.path(), name, &bytes)]).unwrap(),
            want,
            "{name}"
        );
    }
    // Two members of gzip are one file, as `cat a.gz b.gz` makes it.
    let (head, tail) = text.split_at(text.find("\n900,").unwrap() + 1);
    let members = [gzip(head.as_bytes()), gzip(tail.as_bytes())].concat();
    assert_eq!(run(&[write(dir.path(), "two.gz", &members)]).unwrap(), want);
    let parts: Vec<Input> = (0..7)
        .map(|i| {
            let rows: Vec<&str> = text.lines().skip(1).skip(i).step_by(7).collect();
            write(
                dir.path(),
                &format!("part{i}"),
                format!("time,key,size\n{}\n", rows.join("\n")).as_bytes(),
            )
        })
        .collect();
    let results: Vec<Measurement> = [1, 2, 5]
        .iter()
        .map(|threads| {
            measure(
                &parts,
                &Options {
                    threads: *threads,
                    ..Options::default()
                },
                &mut (),
            )
            .unwrap()
        })
        .collect();
    assert!(
        results.windows(2).all(|w| w[0] == w[1]),
        "threads must not matter"
    );
    assert_eq!(
        (results[0].requests, results[0].distinct_keys),
        (want.requests, want.distinct_keys)
    );
}

#[test]
fn a_truncated_gzip_keeps_what_was_read_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = gzip(csv(50_000).as_bytes());
    let m = run(&[write(dir.path(), "cut.gz", &bytes[..bytes.len() / 2])]).unwrap();
    assert!(m.requests > 10_000 && m.requests < 50_000, "{}", m.requests);
    assert!(
        m.notes
            .iter()
            .any(|n| n.contains("truncated") && n.contains("cut.gz")),
        "{:?}",
        m.notes
    );
}

#[test]
fn corrupt_lines_are_counted_located_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = csv(5000);
    text.insert_str(text.find("\n3,").unwrap() + 1, "garbage \u{1} line\n");
    let input = write(dir.path(), "log.csv", text.as_bytes());
    let m = run(std::slice::from_ref(&input)).unwrap();
    assert_eq!((m.requests, m.bad_lines), (5000, 1));
    let bad = &m.bad_line_samples[0];
    assert!(bad.file.ends_with("log.csv") && bad.line == 32, "{bad:?}");
    assert_eq!(bad.excerpt, "garbage \\u{1} line");
    let strict = Options {
        max_bad_lines: Some(0),
        ..Options::default()
    };
    let error = measure(&[input], &strict, &mut ()).unwrap_err();
    let failure = error.downcast_ref::<Fault>().unwrap();
    assert_eq!(
        (failure.code, failure.cause),
        ("log-bad-lines", Cause::Content)
    );
    assert!(
        failure.message.contains("log.csv:32:"),
        "{}",
        failure.message
    );
}

#[test]
fn a_huge_single_line_is_read_in_bounded_memory() {
    struct Endless(u64);
    impl std::io::Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let n = (out.len() as u64).min(self.0) as usize;
            out[..n].fill(b'x');
            self.0 -= n as u64;
            Ok(n)
        }
    }
    // A gibibyte of one letter is a megabyte of gzip.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("line.gz");
    let mut encoder = flate2::write::GzEncoder::new(
        fs::File::create(&path).unwrap(),
        flate2::Compression::fast(),
    );
    encoder.write_all(csv(1000).as_bytes()).unwrap();
    let size = if cfg!(debug_assertions) {
        1 << 27
    } else {
        1 << 30
    };
    std::io::copy(&mut Endless(size), &mut encoder).unwrap();
    encoder.write_all(b"\n5000,last,1\n").unwrap();
    encoder.finish().unwrap();
    let m = run(&[Input::File(path)]).unwrap();
    assert_eq!((m.requests, m.bad_lines), (1001, 1));
    assert_eq!(m.bad_line_samples[0].line, 1002);
}

#[test]
fn what_is_no_log_is_refused_with_the_names_of_the_formats() {
    let dir = tempfile::tempdir().unwrap();
    let junk: Vec<u8> = (0..5000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for (name, bytes) in [
        ("junk", &junk[..]),
        ("prose", b"Once upon a time there was a log.\n"),
    ] {
        let error = run(&[write(dir.path(), name, bytes)]).unwrap_err();
        let failure = error.downcast_ref::<Fault>().unwrap();
        assert_eq!(failure.code, "log-format", "{name}");
        assert!(
            failure.message.contains("oracle-general"),
            "{}",
            failure.message
        );
    }
    let error = run(&[write(dir.path(), "empty", b"")]).unwrap_err();
    assert_eq!(error.downcast_ref::<Fault>().unwrap().code, "log-empty");
    let error = run(&[Input::File(PathBuf::from("no/such/file"))]).unwrap_err();
    assert_eq!(
        error.downcast_ref::<Fault>().unwrap().code,
        "log-not-readable"
    );
}

#[test]
fn requests_that_two_logs_hold_are_noted() {
    let dir = tempfile::tempdir().unwrap();
    let line = |i: usize| {
        w3c(&format!("10:00:{i:02}"), "/a", "200", "Hit", "FRA")
            .replace("\tid\t", &format!("\tid{i}\t"))
    };
    let rows: String = (10..40).map(line).collect();
    let json = |i: usize| {
        format!(
            "{{\"date\":\"2026-11-24\",\"time\":\"10:00:{i:02}\",\"cs-uri-stem\":\"/a\",\"cs(Host)\":\"d1.cloudfront.net\",\"x-host-header\":\"www.example.com\",\"sc-status\":\"200\",\"sc-bytes\":\"1200\",\"x-edge-request-id\":\"id{i}\"}}\n"
        )
    };
    let legacy = write(dir.path(), "legacy", [W3C, &rows].concat().as_bytes());
    let again = write(
        dir.path(),
        "v2",
        (10..40).map(json).collect::<String>().as_bytes(),
    );
    let said = |inputs: &[Input]| run(inputs).unwrap().notes.concat();
    assert!(!said(std::slice::from_ref(&legacy)).contains("double every request"));
    let both = said(&[legacy, again]);
    assert!(
        both.contains("100 % of the request ids come more than once"),
        "{both}"
    );
}

#[test]
fn json_of_web_servers_and_edges_is_known_by_its_names() {
    let dir = tempfile::tempdir().unwrap();
    type Line = fn(usize) -> String;
    let logs: [(&str, Line); 4] = [
        ("nginx", |i| {
            let method = if i == 7 { "POST" } else { "GET" };
            format!(
                "{{\"time_iso8601\":\"2026-10-10T13:55:0{i}+00:00\",\"request\":\"{method} /a{} HTTP/1.1\",\"status\":\"200\",\"body_bytes_sent\":\"23\",\"request_time\":\"0.001\",\"http_host\":\"h\"}}\n",
                i % 3
            )
        }),
        ("akamai", |i| {
            let method = if i == 7 { "POST" } else { "GET" };
            format!(
                "{{\"version\":1,\"reqTimeSec\":\"179000000{i}.123\",\"bytes\":\"23\",\"statusCode\":\"200\",\"reqHost\":\"h\",\"reqMethod\":\"{method}\",\"reqPath\":\"a{}\"}}\n",
                i % 3
            )
        }),
        ("google", |i| {
            let method = if i == 7 { "POST" } else { "GET" };
            format!(
                "{{\"httpRequest\":{{\"requestMethod\":\"{method}\",\"requestUrl\":\"https://h/a{}\",\"responseSize\":\"23\",\"status\":200}},\"timestamp\":\"2026-10-10T13:55:0{i}.5Z\"}}\n",
                i % 3
            )
        }),
        ("envoy", |i| {
            let method = if i == 7 { "POST" } else { "GET" };
            format!(
                "{{\"start_time\":\"2026-10-10T13:55:0{i}.000Z\",\"method\":\"{method}\",\"path\":\"/a{}\",\"response_code\":200,\"bytes_sent\":23,\"authority\":\"h\"}}\n",
                i % 3
            )
        }),
    ];
    for (name, line) in logs {
        let text: String = (0..9).map(line).collect();
        let m = run(&[write(dir.path(), name, text.as_bytes())]).unwrap();
        assert_eq!(
            (m.reads, m.writes, m.distinct_keys, m.bad_lines),
            (8, 1, 3, 0),
            "{name}"
        );
        assert_eq!(m.sent.mean(), Some(23.0), "{name}");
    }
}

#[test]
fn a_clock_that_goes_backwards_is_noted_and_extreme_sizes_are_fine() {
    let dir = tempfile::tempdir().unwrap();
    let text = "time,key,size\n100,a,0\n50,b,70368744177664\n60,a,0\n70,b,70368744177664\n80,c,99999999999999999999\n";
    let m = run(&[write(dir.path(), "log", text.as_bytes())]).unwrap();
    assert_eq!(
        (m.requests, m.bad_lines, m.from, m.to),
        (4, 1, Some(50_000), Some(100_000))
    );
    assert!(
        m.notes.iter().any(|n| n.contains("1 request is earlier")),
        "{:?}",
        m.notes
    );
    assert_eq!(m.sizes.max, Some(1 << 46));
    assert!((m.hit_ratio_curve.last().unwrap().objects - 0.5).abs() < 1e-9);
}

#[test]
fn directories_and_patterns_stand_for_their_files() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("day=1")).unwrap();
    for name in [
        "day=1/part-0.csv",
        "day=1/part-1.csv",
        "_SUCCESS",
        ".hidden",
        "top.csv",
    ] {
        write(dir.path(), name, b"time,key,size\n1,a,1\n");
    }
    let root = dir.path().display().to_string();
    assert_eq!(expand(std::slice::from_ref(&root)).unwrap().len(), 3);
    assert_eq!(
        expand(&[format!("{root}/day*/part-?.csv")]).unwrap().len(),
        2
    );
    assert_eq!(expand(&["-".into()]).unwrap(), [Input::Stdin]);
    let error = expand(&[format!("{root}/nothing*")]).unwrap_err();
    assert_eq!(error.downcast_ref::<Fault>().unwrap().code, "log-not-found");
}

#[test]
fn a_sorted_sample_in_bounded_memory_equals_the_sample_of_a_sorted_log() {
    let dir = tempfile::tempdir().unwrap();
    let text = csv(30_000);
    let mut rows: Vec<&str> = text.lines().skip(1).collect();
    let (a, b) = rows.split_at_mut(15_000);
    let files: Vec<Input> = [b.join("\n"), a.join("\n")]
        .iter()
        .enumerate()
        .map(|(i, rows)| {
            write(
                dir.path(),
                &format!("{i}"),
                format!("time,key,size\n{rows}\n").as_bytes(),
            )
        })
        .collect();
    let whole = write(dir.path(), "whole", text.as_bytes());
    for sampling in [Sampling::Exact, Sampling::Rate(0.5)] {
        let options = Options {
            sampling: Some(sampling),
            ..Options::default()
        };
        let (want, got) = (
            measure(std::slice::from_ref(&whole), &options, &mut ()).unwrap(),
            measure(&files, &options, &mut ()).unwrap(),
        );
        assert_eq!(got.hit_ratio_curve, want.hit_ratio_curve);
        assert_eq!(
            (got.distinct_keys, got.rates),
            (want.distinct_keys, want.rates)
        );
    }
}

/// Pieces that parsers stumble over, mixed with pieces of real lines.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(W3C.as_bytes().to_vec()),
        Just(w3c("10:00:05", "/a", "200", "Hit", "FRA").into_bytes()),
        Just(b"{\"ts\":1,\"key\":\"a\\u00e9\",\"bytes\":3}\n".to_vec()),
        Just(b"{\"ts\":".to_vec()),
        Just(b"1339518083.107412 [0 127.0.0.1:60866] \"mget\" \"a\" \"b\\x\n".to_vec()),
        Just(b"1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 5\n".to_vec()),
        Just(b"79a5 b [06/Feb/2019:00:00:38 +0000] 1.2.3.4 r id REST.GET.OBJECT k \"GET /k\" 200 - 1 1 7\n".to_vec()),
        Just(b"0,yDqF,17,0,1,get,0\n".to_vec()),
        Just(b"time,key,size\n1,\"a\"\"b,2\n".to_vec()),
        Just(b"ts,h,bytes,op,n\n1,,5,GET,9\n1,-77,5,GET,1\n".to_vec()),
        Just(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
        Just(vec![0x28, 0xb5, 0x2f, 0xfd, 4]),
        Just(b"{\"Records\":[{\"eventTime\":\"2026-10-21T05:00:00Z\",\"eventName\":\"GetObject\",".to_vec()),
        Just(b"{\"timestamp\":1792731600000,\"webaclId\":\"a\",\"httpRequest\":{\"uri\":\"/\"}}".to_vec()),
        Just(b"ts=1.5 gid=2 type=item_get key=a status=found clsid=0 cfd=25 size=7\n".to_vec()),
        Just(b"1775203200.0 39 192.0.2.1 TCP_HIT/200 22 GET http://a/b - HIER_NONE/- a\n".to_vec()),
        Just(b"2026-05-13T23:39:00.0Z elb 1.1.1.1:1 2.2.2.2:2 0.1 0.1 0.1 200 200 0 9 \"GET http://a:1/b HTTP/1.1\"\n".to_vec()),
        Just(b"#Fields: date time cs-uri-stem sc-status\n2026-05-13 23:39:00 /a 200\n".to_vec()),
        Just(b"{\"log\":\"1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] \\\"GET / HTTP/1.0\\\" 200 5\\n\"}\n".to_vec()),
        Just(b"<13>Nov 30 10:00:00 h n: 1 a 2\n".to_vec()),
        Just(b"PAR1".to_vec()),
        prop::collection::vec(any::<u8>(), 0..200),
        "[ -~\t\"\\\\]{0,80}\n".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_input_makes_a_reader_panic(bytes in pieces(), forced in prop::option::of(0usize..cachewright_measure::formats::facts::FACTS.len()), cut: u16) {
        let dir = tempfile::tempdir().unwrap();
        let format = forced.map(|at| cachewright_measure::formats::facts::FACTS[at].format);
        let options = Options { format, max_bad_lines: Some(u64::MAX), ttl: Some(60_000), ..Options::default() };
        let packed = gzip(&bytes);
        let cut = usize::from(cut) % (packed.len() + 1);
        for (name, content) in [("plain", &bytes[..]), ("cut.gz", &packed[..cut])] {
            if let Ok(m) = measure(&[write(dir.path(), name, content)], &options, &mut ()) {
                prop_assert!(m.hit_ratio_curve.iter().all(|p| (0.0..=1.0).contains(&p.objects)));
                prop_assert!(m.hit_ratio_curve.windows(2).all(|w| w[0].size_bytes < w[1].size_bytes));
            }
        }
    }
}
