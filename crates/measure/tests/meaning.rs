//! Logs that were once counted silently wrong: what each line means, through the whole measurement.
//!
//! Every input is the smallest one of its kind, with the shape of a real log and made-up names.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use cachewright_measure::{Columns, Fault, Input, Measurement, Options, expand, measure};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

/// Measures one file of this text.
fn measured(name: &str, text: &[u8], options: &Options) -> Result<Measurement, String> {
    let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
    let path = dir.path().join(name);
    fs::write(&path, text).map_err(|e| e.to_string())?;
    measure(&[Input::File(path)], options, &mut ()).map_err(|error| {
        let fault = error.downcast_ref::<Fault>();
        fault.map_or_else(|| error.to_string(), |fault| fault.message.clone())
    })
}

fn read(name: &str, text: &str) -> Measurement {
    measured(name, text.as_bytes(), &Options::default())
        .unwrap_or_else(|why| panic!("{text}\n{why}"))
}

/// Reads, writes, keys.
fn counts(m: &Measurement) -> (u64, u64, u64) {
    (m.reads, m.writes + m.deletes, m.distinct_keys)
}

/// Four lines, with the number of each in the place of `#`.
fn four(line: &str) -> String {
    let lines: Vec<String> = (0..4).map(|i| line.replace('#', &i.to_string())).collect();
    format!("{}\n", lines.join("\n"))
}

fn has_note(m: &Measurement, part: &str) -> bool {
    m.notes.iter().any(|note| note.contains(part))
}

const REQUEST: &str = "[05/Nov/2026:10:00:0# +0000] \"GET /a HTTP/1.1\" 200 500 \"-\" \"UA\"";

#[test]
fn the_address_of_a_client_gives_no_key_of_its_own() {
    for before in [
        "203.0.113.# 10.0.1.5 - - ",
        "203.0.113.# (10.0.1.5) - - ",
        "10.0.1.# (203.0.113.7) - - ",
        "203.0.113.#, 70.132.1.9 - - ",
        "[pod/web-#/nginx] 192.0.2.1 - - ",
        "192.0.2.# - [192.0.2.#] - - ",
    ] {
        let m = read("access.log", &four(&format!("{before}{REQUEST}")));
        assert_eq!(counts(&m), (4, 0, 1), "{before}");
    }
}

#[test]
fn virtual_hosts_are_kept_apart_inside_any_wrapping() {
    for before in [
        "2026-11-05T10:00:0#.123456789Z stdout F ",
        "2026-11-05T10:00:0#.123456+00:00 web apache[1]: ",
        "<134>2026-11-05T10:00:0#Z web app[7]: ",
        "<13>1 2026-11-05T10:00:0#Z web nginx 7 - - ",
        "<13>1 2026-11-05T10:00:0#Z web nginx 7 - [x@1 a=\"b c\"] ",
        "Nov  5 10:00:0# web nginx[7]: ",
        "Nov  5 2026 10:00:0# web nginx: ",
        "nginx-1  | ",
        "[pod/web-#/nginx] ",
        "2026-11-05T10:00:0#.794000+00:00 web/nginx/7 ",
        "nginx-1  | 2026-11-05T10:00:0#.123Z ",
    ] {
        let m = read(
            "x.log",
            &four(&format!("{before}h#.example:80 192.0.2.1 - - {REQUEST}")),
        );
        assert_eq!(counts(&m), (4, 0, 4), "{before}");
        assert_eq!(m.format_names(), "combined", "{before}");
    }
}

#[test]
fn the_line_of_another_log_comes_before_the_fields_around_it() {
    let line = "192.0.2.1 - - [05/Nov/2026:10:00:0# +0000] \\\"GET /p HTTP/1.1\\\" 404 5";
    let good = line.replace("404", "200");
    let events: Vec<String> = four(&format!(
        "{{\"id\":\"#\",\"timestamp\":1793872800000,\"message\":\"{good}\"}}"
    ))
    .lines()
    .map(str::to_owned)
    .collect();
    let events = events.join(",");
    let doubled = good.replace("\\\"", "\"\"");
    for text in [
        four(&format!("{{\"id\":\"#\",\"timestamp\":1793872800000,\"message\":\"{good}\"}}")),
        format!("{{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logEvents\":[{events}]}}"),
        format!("{{\"searchedLogStreams\":[],\n\"events\":[{events}]}}"),
        four(&format!(
            "{{\"@timestamp\":\"2026-11-05T10:00:00Z\",\"host\":\"web1\",\"path\":\"/var/log/nginx/access.log\",\"message\":\"{good}\"}}"
        )),
        four(&format!("{{\"__REALTIME_TIMESTAMP\":\"1\",\"_HOSTNAME\":\"web\",\"MESSAGE\":\"{good}\"}}")),
        four(&format!("{{\"insertId\":\"a#\",\"timestamp\":\"2026-11-05T10:00:00Z\",\"textPayload\":\"{good}\"}}")),
        format!("@timestamp,@message\n{}", four(&format!("2026-11-05 10:00:00.000,\"{doubled}\""))),
        format!(
            "{{\"results\":[{}],\"status\":\"Complete\"}}",
            four(&format!("[{{\"field\":\"@message\",\"value\":\"{good}\"}},{{\"field\":\"@ptr\",\"value\":\"x\"}}]"))
                .trim()
                .replace('\n', ",")
        ),
    ] {
        let m = read("x.json", &text);
        assert_eq!(counts(&m), (4, 0, 1), "{text}");
        assert_eq!(m.format_names(), "combined", "{text}");
    }
    let errors = four(&format!(
        "{{\"id\":\"#\",\"timestamp\":1793872800000,\"message\":\"{line}\"}}"
    ));
    let why = measured("x.json", errors.as_bytes(), &Options::default()).unwrap_err();
    assert!(why.contains("4 error responses"), "{why}");
}

#[test]
fn cloudtrail_through_eventbridge_is_cloudtrail() {
    let m = read(
        "x.json",
        &four(
            r#"{"id":"x#","source":"aws.s3","time":"2026-11-05T10:00:00Z","detail":{"eventTime":"2026-11-05T10:00:0#Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","requestParameters":{"bucketName":"b","key":"k"},"additionalEventData":{"bytesTransferredOut":500.0}}}"#,
        ),
    );
    assert_eq!(
        (counts(&m), m.format_names().as_str()),
        ((4, 0, 1), "cloudtrail")
    );
}

#[test]
fn the_attributes_of_a_dynamodb_key_have_no_order() {
    let event = |key: &str| {
        format!(
            r#"{{"eventTime":"2026-11-05T10:00:00Z","eventSource":"dynamodb.amazonaws.com","eventName":"GetItem","requestParameters":{{"tableName":"T","key":{key}}}}}"#
        )
    };
    let text = format!(
        "{}\n{}\n",
        event(r#"{"pk":"a","sk":"b"}"#),
        event(r#"{"sk":"b", "pk":"a"}"#)
    );
    assert_eq!(counts(&read("x.json", &text)), (2, 0, 1));
}

#[test]
fn the_request_is_the_key_whatever_else_is_called_path_or_id() {
    let methods = ["GET", "GET", "POST", "OPTIONS"];
    let rows = |row: &str| -> String {
        let each = methods.iter().enumerate();
        let rows: Vec<String> = each
            .map(|(i, m)| row.replace('#', &i.to_string()).replace('@', m))
            .collect();
        format!("{}\n", rows.join("\n"))
    };
    let nginx = rows(
        r#"{"time_local":"05/Nov/2026:10:00:0# +0000","request":"@ /p/# HTTP/1.1","request_uri":"/p/#","uri":"/index.php","status":"200","body_bytes_sent":"500"}"#,
    );
    assert_eq!(counts(&read("x.json", &nginx)), (2, 1, 2));
    let csv = format!(
        "timestamp,id,method,url,status,bytes\n{}",
        rows("2026-11-05T10:00:0#Z,#,@,/a,200,500")
    );
    let m = read("x.csv", &csv);
    assert_eq!(counts(&m), (2, 1, 1));
    assert!(
        has_note(
            &m,
            "columns time=timestamp,key=url,size=bytes,op=method,status=status"
        ),
        "{:?}",
        m.notes
    );
    let grok = four(
        r#"{"@timestamp":"2026-11-05T10:00:0#Z","host":"web1","path":"/var/log/nginx/access.log","verb":"GET","request":"/p/0","response":"200","bytes":"500"}"#,
    );
    assert_eq!(counts(&read("x.json", &grok)), (4, 0, 1));
    let bare = rows(r#"{"time":"2026-11-05T10:00:0#Z","request":"@ /a HTTP/1.1","bytes":5}"#);
    assert_eq!(counts(&read("x.json", &bare)), (2, 1, 1));
}

#[test]
fn an_id_that_names_no_object_is_no_key() {
    let orders = four(r#"{"id":#,"timestamp":"2026-11-05T10:00:00Z","total":5}"#);
    let why = measured("orders.json", orders.as_bytes(), &Options::default()).unwrap_err();
    assert!(why.contains("no column is known to hold the key"), "{why}");
    let trace = "time,id,size\n1,a,5\n2,b,5\n3,a,5\n";
    assert_eq!(counts(&read("x.csv", trace)), (3, 0, 2));
}

#[test]
fn a_status_is_understood_or_told() {
    for (name, good, bad) in [
        ("status", "200.0", "404.0"),
        ("status", "200 OK", "404 Not Found"),
        ("code", "200", "404"),
        ("response", "304", "500"),
        ("http_status", "200", "503"),
    ] {
        let text = format!(
            "time,http_verb,url,{name},bytes\n2026-11-05T10:00:00Z,GET,/a,{good},5\n2026-11-05T10:00:01Z,GET,/a,{bad},5\n2026-11-05T10:00:02Z,POST,/a,{good},5\n"
        );
        let m = read("x.csv", &text);
        assert_eq!(counts(&m), (1, 1, 1), "{name} {good}");
        assert_eq!(m.skipped["error responses"], 1, "{name} {good}");
    }
    let m = read(
        "x.csv",
        "time,method,url,status,bytes\n2026-11-05T10:00:00Z,GET,/a,ok,5\n",
    );
    assert!(
        has_note(&m, "column `status` holds no HTTP status (`ok`)"),
        "{:?}",
        m.notes
    );
    assert!(
        has_note(&m, "status=none (errors count as reads)"),
        "{:?}",
        m.notes
    );
}

#[test]
fn tables_of_athena_are_the_logs_they_were_made_of() {
    let alb = "\"time\",\"elb_status_code\",\"sent_bytes\",\"request_verb\",\"request_url\"\n\
        \"2026-11-05T10:00:00Z\",\"200\",\"500\",\"GET\",\"https://a.example:443/a\"\n\
        \"2026-11-05T10:00:01Z\",\"200\",\"500\",\"POST\",\"https://a.example:443/a\"\n\
        \"2026-11-05T10:00:02Z\",\"404\",\"500\",\"GET\",\"https://a.example:443/a\"\n\
        \"2026-11-05T10:00:03Z\",\"200\",\"500\",\"GET\",\"http://a.example:80/a\"\n";
    let m = read("x.csv", alb);
    assert_eq!((counts(&m), m.sent.bytes), ((2, 1, 1), 1000.0));
    let web = "\"date\",\"time\",\"cs_method\",\"cs_host\",\"cs_uri_stem\",\"sc_status\",\"cs_uri_query\",\"sc_bytes\",\"x_host_header\",\"x_edge_location\"\n\
        \"2026-11-05\",\"10:00:00\",\"GET\",\"d1.cloudfront.net\",\"/a\",\"200\",\"v=1\",\"500\",\"a.example\",\"FRA50-P2\"\n\
        \"2026-11-05\",\"10:00:01\",\"GET\",\"d1.cloudfront.net\",\"/a\",\"200\",\"v=2\",\"500\",\"a.example\",\"FRA50-P2\"\n";
    let m = read("x.csv", web);
    assert_eq!(
        (counts(&m), m.format_names().as_str()),
        ((2, 0, 2), "cloudfront-w3c")
    );
    let s3 = "\"bucketowner\",\"bucket_name\",\"requestdatetime\",\"operation\",\"key\",\"httpstatus\",\"bytessent\",\"objectsize\"\n\
        \"o\",\"b\",\"05/Nov/2026:10:00:00 +0000\",\"REST.GET.OBJECT\",\"k\",\"206\",\"5\",\"500\"\n\
        \"o\",\"b\",\"05/Nov/2026:10:00:01 +0000\",\"REST.GET.BUCKET\",\"-\",\"200\",\"5\",\"-\"\n";
    let m = read("x.csv", s3);
    assert_eq!(
        (counts(&m), m.distinct_bytes, m.sent.bytes),
        ((1, 0, 1), 500, 5.0)
    );
}

#[test]
fn zeros_are_neither_a_trace_nor_the_end_of_a_log() {
    let lines = four(&format!("192.0.2.1 - - {REQUEST}"));
    for zeros in [4096, 3 << 20] {
        let text = [
            &vec![0; zeros][..],
            lines.as_bytes(),
            &[0; 500],
            lines.as_bytes(),
        ]
        .concat();
        let m = measured("access.log", &text, &Options::default()).unwrap();
        assert_eq!((counts(&m), m.bad_lines), ((8, 0, 1), 0));
    }
    let why = measured("core", &[0; 4800], &Options::default()).unwrap_err();
    assert!(why.contains("nothing but zeros"), "{why}");
}

#[test]
fn times_have_any_unit_and_any_zone() {
    for time in [
        "1793872800000.0",
        "1793872800000000.0",
        "1.793872800E9",
        "2026-11-05 12:00:00+02",
        "2026-11-05 10:00:00.000 UTC",
    ] {
        let m = read("x.csv", &format!("time,key,size\n{time},a,5\n"));
        assert_eq!(m.from, Some(1_793_872_800_000), "{time}");
    }
    let m = read(
        "x.json",
        &four(
            r#"{"@timestamp":"2026-11-05T10:00:0#Z","time":"0.0#","url":"/a","status":200,"bytes":5}"#,
        ),
    );
    assert_eq!(m.from, Some(1_793_872_800_000));
}

#[test]
fn a_query_string_or_a_host_in_a_field_of_its_own_is_part_of_the_key() {
    for row in [
        r#"{"time":"2026-11-05T10:00:0#Z","method":"GET","uri":"/search","args":"q=#","status":200,"bytes_sent":5}"#,
        r#"{"reqTimeSec":"1793872800.5","reqMethod":"GET","reqPath":"search","queryStr":"q=#","statusCode":"200","bytes":"5"}"#,
        r#"{"time":"2026-11-05T10:00:0#Z","server_name":"h#.example","request_uri":"/a","request_method":"GET","status":200,"bytes_sent":5}"#,
        r#"{"time":"2026-11-05T10:00:0#Z","vhost":"h#.example","request_uri":"/a","request_method":"GET","status":200,"bytes_sent":5}"#,
    ] {
        assert_eq!(counts(&read("x.json", &four(row))), (4, 0, 4), "{row}");
    }
    let machine = r#"{"time":"2026-11-05T10:00:0#Z","host":"web#","uri":"/a","method":"GET","status":200,"bytes_sent":5}"#;
    let m = read("x.json", &four(machine));
    assert_eq!(counts(&m), (4, 0, 1));
    assert!(
        has_note(&m, "looks like the name of a machine"),
        "{:?}",
        m.notes
    );
}

#[test]
fn templates_of_paths_are_told() {
    let row = r#"{"requestTime":"05/Nov/2026:10:00:0# +0000","httpMethod":"GET","resourcePath":"/pets/{id}","status":"200","responseLength":"50"}"#;
    assert!(has_note(&read("x.json", &four(row)), "templates of paths"));
}

#[test]
fn rows_wider_than_their_header_are_corrupt() {
    let text = format!("time,key,size\n{}", four("179387280#,/search?q=a,#,500"));
    let why = measured("x.csv", text.as_bytes(), &Options::default()).unwrap_err();
    assert!(
        why.contains("more cells than the header has columns"),
        "{why}"
    );
    let quoted = format!(
        "time,key,size\n{}",
        four("179387280#,\"/search?q=a\",#,500")
    );
    assert!(measured("x.csv", quoted.as_bytes(), &Options::default()).is_err());
    let again = "time,key,size\n1,a,5,\ntime,key,size\n2,a,5\n";
    let m = read("x.csv", again);
    assert_eq!(
        (counts(&m), m.bad_lines, m.skipped["header lines"]),
        ((2, 0, 1), 0, 2)
    );
}

#[test]
fn one_log_as_text_and_as_json_gives_the_same_curve() {
    let methods = ["GET", "GET", "POST", "GET"];
    let line = |(i, m): (usize, &&str)| {
        format!("192.0.2.1 - - [05/Nov/2026:10:00:0{i} +0000] \"{m} /form HTTP/1.1\" 200 500\n")
    };
    let text: String = methods.iter().enumerate().map(line).collect();
    let row = |(i, m): (usize, &&str)| {
        format!(
            "{{\"time_iso8601\":\"2026-11-05T10:00:0{i}+00:00\",\"request\":\"{m} /form HTTP/1.1\",\"status\":\"200\",\"body_bytes_sent\":\"500\"}}\n"
        )
    };
    let json: String = methods.iter().enumerate().map(row).collect();
    let (text, json) = (read("x.log", &text), read("x.json", &json));
    assert_eq!(counts(&text), (3, 1, 1));
    assert_eq!((counts(&json), json.layer), (counts(&text), text.layer));
    let last = |m: &Measurement| m.hit_ratio_curve.last().unwrap().objects;
    assert_eq!(last(&json).to_bits(), last(&text).to_bits());
}

#[test]
fn what_passes_a_cache_is_no_miss_of_it() {
    let hit = four(&format!("192.0.2.1 - - {REQUEST} HIT"));
    let pass = hit.replace("GET", "POST").replace("HIT", "BYPASS");
    assert_eq!(
        read("x.log", &format!("{hit}{pass}")).logged_hit_ratio,
        Some(1.0)
    );
}

#[test]
fn fields_that_a_log_of_cloudfront_does_not_have_are_told() {
    let text = format!(
        "#Version: 1.0\n#Fields: date time cs-uri-stem sc-bytes x-edge-location\n{}",
        four("2026-11-05\t10:00:0#\t/missing\t500\tFRA2")
    );
    let m = read("x.log", &text);
    assert!(
        has_note(&m, "sc-status (errors count as reads)"),
        "{:?}",
        m.notes
    );
    assert!(
        has_note(&m, "cs-method (all requests count as GET)"),
        "{:?}",
        m.notes
    );
}

#[test]
fn fields_that_the_user_names_are_separated_by_anything() {
    let options = Options {
        fields: "date,time,x-edge-location,sc-bytes,cs-method,x-host-header,cs-uri-stem,sc-status"
            .split(',')
            .map(str::to_owned)
            .collect(),
        ..Options::default()
    };
    for delimiter in ["\t", "|", ",", ";", " ", "||"] {
        let line = "2026-11-05,10:00:0#,FRA50-P2,500,GET,a.example,/a,200".replace(',', delimiter);
        let m = measured("x.log", four(&line).as_bytes(), &options).unwrap();
        assert_eq!(
            (counts(&m), m.format_names().as_str()),
            ((4, 0, 1), "cloudfront-w3c"),
            "{delimiter}"
        );
    }
    let why = measured(
        "x.log",
        four("2026-11-05|10:00:0#|FRA50-P2|500|GET|/a|200").as_bytes(),
        &Options::default(),
    );
    assert!(why.unwrap_err().contains("--fields"));
}

#[test]
fn sizes_that_nobody_knows_are_no_corrupt_lines() {
    for size in ["-1", "NULL", "NaN", "\\N", "None"] {
        let m = read("x.csv", &format!("time,key,size\n1,a,{size}\n2,a,5\n"));
        assert_eq!((counts(&m), m.bad_lines), ((2, 0, 1), 0), "{size}");
    }
    let why = measured("x.csv", b"time,key,size\n1,a,1.5\n", &Options::default());
    assert!(why.unwrap_err().contains("no number of bytes"));
    let m = read("x.csv", "time,key,size\n1,a,\"1,234\"\n");
    assert_eq!(m.distinct_bytes, 1234);
}

#[test]
fn exports_of_programs_are_read() {
    assert_eq!(
        counts(&read(
            "x.csv",
            ",timestamp,url,bytes\n0,2026-11-05T10:00:00Z,/a,5\n1,2026-11-05T10:00:01Z,/a,5\n"
        )),
        (2, 0, 1)
    );
    assert_eq!(
        counts(&read(
            "x.csv",
            "sep=;\r\ntime;key;size\r\n1;a;5\r\n2;a;5\r\n"
        )),
        (2, 0, 1)
    );
    assert_eq!(
        counts(&read(
            "x.tsv",
            "time\tagent\tkey\tsize\n1\t\"Moz\t/a\t5\n2\t\"Moz\t/a\t5\n"
        )),
        (2, 0, 1)
    );
    let kibana = "\"@timestamp\",url,bytes,status,method\n\"Nov 5, 2026 @ 10:00:00.000\",/a,\"1,234\",200,GET\n";
    assert_eq!(read("x.csv", kibana).from, Some(1_793_872_800_000));
}

#[test]
fn rows_with_the_newest_first_are_sorted_before_times_to_live_count() {
    let rows: Vec<String> = (0..6)
        .rev()
        .map(|i| format!("{},a,5\n", 1_793_872_800 + i * 15))
        .collect();
    let rows = rows.concat();
    let options = Options {
        ttl: Some(20_000),
        ..Options::default()
    };
    let m = measured(
        "x.csv",
        format!("time,key,size\n{rows}").as_bytes(),
        &options,
    )
    .unwrap();
    assert_eq!(m.hit_ratio_curve.last().map(|p| p.objects), Some(0.5));
    assert!(!has_note(&m, "earlier than the one before"));
}

#[test]
fn rows_that_stand_for_several_requests_count_as_many() {
    let text = "op_time,key,key_size,op,op_count,size\n1,a,1,GET,3,5\n2,a,1,GET_LEASE,2,5\n3,a,1,SET,1,5\n";
    let options = Options {
        columns: "time=op_time,key=key,size=size,op=op"
            .parse::<Columns>()
            .unwrap(),
        ..Options::default()
    };
    let m = measured("x.csv", text.as_bytes(), &options).unwrap();
    assert_eq!(counts(&m), (5, 1, 1));
}

#[test]
fn a_log_beside_its_compressed_copy_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let lines = four(&format!("192.0.2.1 - - {REQUEST}"));
    fs::write(dir.path().join("a.log"), &lines).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(lines.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    fs::write(dir.path().join("a.log.gz"), &gz).unwrap();
    let m = folder(dir.path()).unwrap();
    assert_eq!(counts(&m), (4, 0, 1));
    assert!(has_note(&m, "holds the same as"), "{:?}", m.notes);
    // A store may compress what is compressed.
    let mut twice = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    twice.write_all(&gz).unwrap();
    let m = measured("b.gz", &twice.finish().unwrap(), &Options::default()).unwrap();
    assert_eq!(counts(&m), (4, 0, 1));
}

#[test]
fn a_file_of_a_directory_that_is_no_log_is_passed_over_with_a_note() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("access.log"),
        four(&format!("192.0.2.1 - - {REQUEST}")),
    )
    .unwrap();
    fs::write(
        dir.path().join("orders.json"),
        four(r#"{"id":#,"timestamp":"2026-11-05T10:00:00Z","total":5}"#),
    )
    .unwrap();
    fs::write(dir.path().join("core"), [0; 4800]).unwrap();
    let m = folder(dir.path()).unwrap();
    assert_eq!(counts(&m), (4, 0, 1));
    assert!(
        has_note(&m, "orders.json") && has_note(&m, "core"),
        "{:?}",
        m.notes
    );
}

fn folder(path: &Path) -> anyhow::Result<Measurement> {
    let inputs = expand(&[path.to_string_lossy().into_owned()])?;
    measure(&inputs, &Options::default(), &mut ())
}

#[test]
fn proposals_name_what_is_known_and_prefer_names() {
    let why =
        |name: &str, text: &str| measured(name, text.as_bytes(), &Options::default()).unwrap_err();
    let kong = four(
        r#"{"request":{"uri":"/a","method":"GET","size":"75"},"response":{"status":200,"size":"5"},"started_at":1793872800000}"#,
    );
    let said = why("x.json", &kong);
    assert!(
        said.contains("time=started_at,key=request.uri") && said.contains("size=response.size"),
        "{said}"
    );
    let wiki = "relative_unix\thashed_path_query\timage_type\tresponse_size\n1\t7919\tjpeg\t5000\n2\t7919\tjpeg\t5000\n";
    let said = why("x.tsv", wiki);
    assert!(
        said.contains("time=relative_unix,key=hashed_path_query,size=response_size"),
        "{said}"
    );
    let clock = "day,clock,address,bytes\n2026-11-05,10:00:00,/a,5\n2026-11-05,10:00:01,/a,5\n";
    let said = why("x.csv", clock);
    assert!(said.contains("time=day+clock,key=address"), "{said}");
}

#[test]
fn a_file_without_content_is_empty() {
    let why = measured("x.log", b"\n\n  \n", &Options::default()).unwrap_err();
    assert!(why.contains("empty"), "{why}");
}

#[test]
fn a_day_of_parquet_has_its_clock_in_the_column_beside_it() {
    let schema = "message log { required int32 date (DATE); required int64 time (TIME(MICROS,true)); \
                  required binary path (STRING); required int32 status; required int64 bytes (DECIMAL(9,0)); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut out = Vec::new();
    let mut file = SerializedFileWriter::new(&mut out, schema, Arc::default()).unwrap();
    let mut group = file.next_row_group().unwrap();
    let numbers = |values: &[i32], group: &mut SerializedRowGroupWriter<'_, _>| {
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int32Type>()
            .write_batch(values, None, None)
            .unwrap();
        column.close().unwrap();
    };
    let wide = |values: &[i64], group: &mut SerializedRowGroupWriter<'_, _>| {
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(values, None, None)
            .unwrap();
        column.close().unwrap();
    };
    // 5 November 2026, 10:00:00 and 10:00:01.5.
    numbers(&[20_762, 20_762], &mut group);
    wide(&[36_000_000_000, 36_001_500_000], &mut group);
    let mut column = group.next_column().unwrap().unwrap();
    let paths: Vec<ByteArray> = vec!["/a".into(), "/a".into()];
    column
        .typed::<ByteArrayType>()
        .write_batch(&paths, None, None)
        .unwrap();
    column.close().unwrap();
    numbers(&[200, 200], &mut group);
    wide(&[500, 500], &mut group);
    group.close().unwrap();
    file.close().unwrap();
    let m = measured("x.parquet", &out, &Options::default()).unwrap();
    assert_eq!((counts(&m), m.distinct_bytes), ((2, 0, 1), 500));
    assert_eq!(
        (m.from, m.to),
        (Some(1_793_872_800_000), Some(1_793_872_801_500))
    );
}

#[test]
fn a_log_that_was_copied_while_it_grew_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let lines = |n: usize| -> String {
        let line = |i| format!("{},key{},100\n", 1_790_000_000 + i, i % 50);
        (0..n).map(line).collect()
    };
    let other = lines(900).replace("key", "other");
    for (name, text) in [
        ("a.csv", lines(900)),
        ("b.csv", lines(1200)),
        ("c.csv", lines(500)),
        ("d.csv", other),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let inputs = expand(&[dir.path().display().to_string()]).unwrap();
    let options = Options {
        columns: "time=1,key=2,size=3".parse::<Columns>().unwrap(),
        ..Options::default()
    };
    let m = measure(&inputs, &options, &mut ()).unwrap();
    assert_eq!(counts(&m), (2100, 0, 100));
    for name in ["a.csv", "c.csv"] {
        assert!(
            m.notes
                .iter()
                .any(|n| n.contains(name) && n.contains("is the beginning of")),
            "{:?}",
            m.notes
        );
    }
}

#[test]
fn hosts_behind_the_agent_are_told_to_be_no_part_of_the_key() {
    let log = |one: &str, other: &str| {
        let line = |host: &str| format!("192.0.2.1 - - {REQUEST} \"-\" 0.004 \"{host}\" \"HIT\"\n");
        read(
            "access.log",
            &[line(one), line(other), line(one)]
                .concat()
                .replace('#', "1"),
        )
    };
    let note = "name hosts (`a.example`, `b.example`)";
    assert!(has_note(&log("a.example", "b.example"), note));
    for (one, other) in [
        ("a.example", "a.example"),
        ("TLSv1.3", "TLSv1.2"),
        ("10.0.0.1", "10.0.0.2:80"),
        ("0.52", "0.71"),
        ("-", "a.example"),
    ] {
        assert!(!has_note(&log(one, other), "name hosts"), "{one} {other}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let lines: String = (0..2_000)
        .map(|i| format!("{},key{},100\n", 1_790_000_000 + i, i % 50))
        .collect();
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::write(pipe, format!("time,key,size\n{lines}"))
    });
    let m = measure(&[Input::File(pipe)], &Options::default(), &mut ()).unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(counts(&m), (2_000, 0, 50));
}
