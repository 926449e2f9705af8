//! The sampling query run for real in Spark against the local run on the same data.

#[allow(dead_code, reason = "shared by tests, each of which needs a part")]
mod writers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cachewright_measure::access::KeyHash;
use cachewright_measure::sql::{Engine, Logs, Table, TableColumns, query};
use cachewright_measure::{Input, Measurement, Options, Sampling, expand, measure};
use serde_json::{Value, json};
use writers::{Kind, Request, http, layouts};

const RATE: f64 = 0.05;

/// A Python with pyspark, as `scripts/setup.d/spark.sh` installs it.
fn python() -> Option<PathBuf> {
    let path = std::env::var("CACHEWRIGHT_SPARK_PYTHON")
        .unwrap_or_else(|_| "../../.tools/spark/bin/python".into());
    let works = Command::new(&path)
        .args(["-c", "import pyspark"])
        .output()
        .is_ok_and(|o| o.status.success());
    if works {
        return Some(path.into());
    }
    let required = std::env::var("REQUIRE_TOOLS").is_ok_and(|v| v == "1");
    assert!(!required, "`{path}` has no pyspark");
    eprintln!(
        "SKIPPED {}: `{path}` has no pyspark; run scripts/setup.d/spark.sh",
        std::thread::current().name().unwrap_or("a test")
    );
    None
}

/// Runs the queries on a table of a CSV file.
fn ask_spark(python: &Path, log: &Path, queries: &[PathBuf]) {
    let script = "import sys\nfrom pyspark.sql import SparkSession\n\
        spark = SparkSession.builder.master('local[2]').config('spark.ui.enabled', 'false').config('spark.driver.host', '127.0.0.1').config('spark.driver.bindAddress', '127.0.0.1').getOrCreate()\n\
        spark.read.csv(sys.argv[1], header=True).createOrReplaceTempView('logs')\n\
        [spark.sql(open(path).read()) for path in sys.argv[2:]]\n";
    let mut spark = Command::new(python);
    run(spark.args(["-c", script]).arg(log).args(queries));
}

/// Runs to a good end.
fn run(command: &mut Command) {
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
}

#[test]
fn spark_samples_the_same_keys_bit_for_bit() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log.csv");
    let rows: String = (0..40_000u64)
        .map(|i| {
            let key = i * i % 5_003;
            let op = if i % 50 == 0 { "PUT" } else { "GET" };
            let status = [200, 200, 304, 404][(i % 4) as usize];
            let (time, size) = (1_790_000_000 + i / 7, 100 + key);
            format!("{time},https://www.example.com/é/{key}?a=1,{size},{op},www.example.com,/é/{key},a=1,{status}\n")
        })
        .collect();
    fs::write(&log, format!("ts,url,size,op,a,b,c,d\n{rows}")).unwrap();
    let name = |text: &str| Some(text.to_owned());
    let keys = TableColumns {
        time: "ts".into(),
        key: "url".into(),
        size: name("size"),
        op: name("op"),
        ..TableColumns::default()
    };
    let http = TableColumns {
        key: "b".into(),
        status: name("d"),
        host: name("a"),
        query: name("c"),
        ..keys.clone()
    };
    let cases = [
        (keys, "time=ts,key=url,size=size,op=op"),
        (
            http,
            "time=ts,key=b,size=size,op=op,status=d,host=a,query=c",
        ),
    ];
    let place = |n: usize, what: &str| dir.path().join(format!("{what}{n}"));
    let queries = cases.iter().enumerate().map(|(n, (columns, _))| {
        let table = Table {
            name: name("logs"),
            logs: Logs::Generic(columns.clone()),
            output: place(n, "sample").display().to_string(),
        };
        let sql = place(n, "query");
        fs::write(&sql, query(Engine::Spark, &table, RATE)).unwrap();
        sql
    });
    ask_spark(&python, &log, &queries.collect::<Vec<_>>());
    for (n, (_, columns)) in cases.iter().enumerate() {
        let mut options = Options {
            sampling: Some(Sampling::Rate(RATE)),
            hash: KeyHash::Spark,
            ..Options::default()
        };
        let sample = place(n, "sample").display().to_string();
        let pushed = measure(&expand(&[sample]).unwrap(), &options, &mut ()).unwrap();
        options.columns = columns.parse().unwrap();
        let local = measure(&[Input::File(log.clone())], &options, &mut ()).unwrap();
        assert_eq!(pushed.format_names(), "sampled");
        assert!(local.sampling.tracked_keys > 50, "{:?}", local.sampling);
        assert_eq!(pushed.hit_ratio_curve, local.hit_ratio_curve, "{columns}");
        let reads = |m: &Measurement| (m.reads, m.rates.reads, m.rates.reads_max_second);
        assert_eq!(reads(&pushed), reads(&local), "{columns}");
        // Writes of a server pass the cache: the query leaves them out.
        if n == 0 {
            assert_eq!(pushed.sampling, local.sampling);
            assert_eq!((pushed.writes, pushed.bytes), (local.writes, local.bytes));
            assert_eq!(
                (pushed.distinct_keys, pushed.distinct_bytes),
                (local.distinct_keys, local.distinct_bytes)
            );
        }
    }
}

/// Requests of one day, from which the queries choose.
fn requests() -> Vec<Request> {
    const KINDS: [Kind; 12] = [
        Kind::Get,
        Kind::Get,
        Kind::Get,
        Kind::Get,
        Kind::Get,
        Kind::Get,
        Kind::Range,
        Kind::Unchanged,
        Kind::Head,
        Kind::Put,
        Kind::Delete,
        Kind::Error,
    ];
    let mut state = 7u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 33
    };
    (0..12_000)
        .map(|i| {
            let key = (next() % 60 * (next() % 60)) as usize;
            Request {
                at: 1_767_225_600 + 4 * i,
                key,
                kind: KINDS[(next() % 12) as usize],
                size: 100 + (key as u64 * 7919) % 4000,
            }
        })
        .collect()
}

/// A table that AWS documents, with those of its columns that the query reads.
struct Documented {
    layout: &'static str,
    logs: Logs,
    columns: &'static str,
    row: fn(&Request) -> Value,
}

fn cell(fields: &[(String, String)], name: &str) -> String {
    let found = fields.iter().find(|(n, _)| n == name);
    found.map(|(_, value)| value.clone()).unwrap()
}

/// `cloudfront_standard_logs`: numbers are numbers, and what is no number is missing.
fn legacy(r: &Request) -> Value {
    let fields = http::fields(r);
    let get = |name: &str| cell(&fields, name);
    let number = |name: &str| get(name).parse::<f64>().ok();
    json!({
        "date": get("date"), "time": get("time"), "sc_bytes": number("sc-bytes").map(|n| n as u64), "cs_method": get("cs-method"),
        "cs_host": get("cs(Host)"), "cs_uri_stem": get("cs-uri-stem"), "sc_status": number("sc-status").map(|n| n as u64),
        "cs_uri_query": get("cs-uri-query"), "x_edge_result_type": get("x-edge-result-type"), "x_host_header": get("x-host-header"),
        "time_taken": number("time-taken"), "x_edge_response_result_type": get("x-edge-response-result-type"),
        "sc_content_len": number("sc-content-len").map(|n| n as u64), "sc_range_end": number("sc-range-end").map(|n| n as u64),
    })
}

/// `cf_logs_manual_partition_parquet`: everything is text.
fn parquet(r: &Request) -> Value {
    let fields = http::fields(r).into_iter();
    let plain = |name: String| {
        name.trim_end_matches(')')
            .replace(['-', '('], "_")
            .to_lowercase()
    };
    Value::Object(
        fields
            .map(|(name, value)| (plain(name), value.into()))
            .collect(),
    )
}

fn alb(r: &Request) -> Value {
    json!({
        "time": http::iso(r.at + 2, ".186641Z"), "elb_status_code": http::status(r), "sent_bytes": r.body(),
        "request_verb": http::method(r.kind), "request_url": format!("https://example.com:443{}", r.path()),
        "request_creation_time": http::iso(r.at, ".000000Z"),
    })
}

fn s3(r: &Request) -> Value {
    let is_known = !matches!(r.kind, Kind::Delete | Kind::Error);
    json!({
        "bucket_name": "bucket", "requestdatetime": http::clf(r.at), "operation": http::operation(r.kind), "key": format!("o/{}", r.key),
        "httpstatus": http::status(r).to_string(), "bytessent": (r.body() > 0).then(|| r.body()), "objectsize": is_known.then_some(r.size),
    })
}

fn trail(event: &Value) -> Value {
    json!({
        "eventtime": event["eventTime"], "eventsource": event["eventSource"], "eventname": event["eventName"],
        "errorcode": event["errorCode"], "requestparameters": event["requestParameters"].to_string(),
        "additionaleventdata": event["additionalEventData"].to_string(),
    })
}

fn documented() -> Vec<Documented> {
    const TRAIL: &str = "eventtime STRING, eventsource STRING, eventname STRING, errorcode STRING, requestparameters STRING, \
        additionaleventdata STRING";
    vec![
        Documented {
            layout: "cloudfront-w3c",
            logs: Logs::Cloudfront,
            columns: "`date` DATE, time STRING, sc_bytes BIGINT, cs_method STRING, cs_host STRING, cs_uri_stem STRING, sc_status INT, \
                cs_uri_query STRING, x_edge_result_type STRING, x_host_header STRING, time_taken FLOAT, x_edge_response_result_type STRING, \
                sc_content_len BIGINT, sc_range_end BIGINT",
            row: legacy,
        },
        Documented {
            layout: "cloudfront-parquet",
            logs: Logs::CloudfrontParquet,
            columns: "`date` STRING, time STRING, sc_bytes STRING, cs_method STRING, cs_host STRING, cs_uri_stem STRING, sc_status STRING, \
                cs_uri_query STRING, x_edge_result_type STRING, x_host_header STRING, time_taken STRING, x_edge_response_result_type STRING, \
                sc_content_len STRING, sc_range_end STRING",
            row: parquet,
        },
        Documented {
            layout: "alb",
            logs: Logs::Alb,
            columns: "time STRING, elb_status_code INT, sent_bytes BIGINT, request_verb STRING, request_url STRING, request_creation_time STRING",
            row: alb,
        },
        Documented {
            layout: "s3",
            logs: Logs::S3,
            columns: "bucket_name STRING, requestdatetime STRING, operation STRING, key STRING, httpstatus STRING, bytessent BIGINT, objectsize BIGINT",
            row: s3,
        },
        Documented {
            layout: "cloudtrail of S3",
            logs: Logs::CloudTrail,
            columns: TRAIL,
            row: |r| trail(&http::bucket_event(r)),
        },
        Documented {
            layout: "cloudtrail of DynamoDB",
            logs: Logs::CloudTrail,
            columns: TRAIL,
            row: |r| trail(&http::table_event(r)),
        },
    ]
}

#[test]
fn documented_tables_give_in_spark_what_their_logs_give_here() {
    const RATE: f64 = 0.25;
    const SCRIPT: &str = "import sys, json\nfrom pyspark.sql import SparkSession\n\
        spark = SparkSession.builder.master('local[2]').config('spark.ui.enabled', 'false').config('spark.driver.host', '127.0.0.1').config('spark.driver.bindAddress', '127.0.0.1').config('spark.sql.session.timeZone', 'America/New_York').getOrCreate()\n\
        for case in json.load(open(sys.argv[1])):\n    \
        spark.read.schema(case['columns']).json(case['rows']).createOrReplaceTempView(case['table'])\n    \
        spark.sql(case['sql'])\n";
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let layouts = layouts();
    let layout = |name: &str| layouts.iter().find(|l| l.name == name).unwrap();
    let mut cases = Vec::new();
    for (at, table) in documented().iter().enumerate() {
        let requests = layout(table.layout).of(&requests());
        let rows: String = requests
            .iter()
            .map(|r| format!("{}\n", (table.row)(r)))
            .collect();
        let rows_file = dir.path().join(format!("{at}.json"));
        fs::write(&rows_file, rows).unwrap();
        fs::write(
            dir.path().join(format!("{at}.log")),
            (layout(table.layout).write)(&requests),
        )
        .unwrap();
        let name = format!("logs{at}");
        let output = dir.path().join(format!("sample{at}")).display().to_string();
        let query_of = Table {
            name: Some(name.clone()),
            logs: table.logs.clone(),
            output,
        };
        let sql = query(Engine::Spark, &query_of, RATE);
        cases.push(
            json!({ "columns": table.columns, "rows": rows_file, "table": name, "sql": sql }),
        );
    }
    let list = dir.path().join("cases.json");
    fs::write(&list, Value::from(cases).to_string()).unwrap();
    run(Command::new(python).args(["-c", SCRIPT]).arg(&list));
    for (at, table) in documented().iter().enumerate() {
        let options = Options {
            sampling: Some(Sampling::Rate(RATE)),
            hash: KeyHash::Spark,
            default_size: layout(table.layout).default_size.unwrap_or(0),
            sizes: vec![8 << 10, 64 << 10, 512 << 10, 1 << 30],
            ..Options::default()
        };
        let sample = dir.path().join(format!("sample{at}")).display().to_string();
        let pushed = measure(&expand(&[sample]).unwrap(), &options, &mut ()).unwrap();
        let log = Input::File(dir.path().join(format!("{at}.log")));
        let local = measure(&[log], &options, &mut ()).unwrap();
        let name = table.layout;
        assert_eq!(pushed.format_names(), "sampled", "{name}");
        assert!(
            local.sampling.tracked_keys > 50,
            "{name}: {:?}",
            local.sampling
        );
        assert_eq!(
            (pushed.reads, pushed.distinct_keys),
            (local.reads, local.distinct_keys),
            "{name}"
        );
        assert_eq!(pushed.distinct_bytes, local.distinct_bytes, "{name}");
        for (pushed, local) in pushed.hit_ratio_curve.iter().zip(&local.hit_ratio_curve) {
            assert!(
                (pushed.objects - local.objects).abs() < 1e-9,
                "{name}: {pushed:?} and not {local:?}"
            );
        }
    }
}
