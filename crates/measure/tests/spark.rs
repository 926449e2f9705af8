//! The sampling query run for real in Spark against the local run on the same data.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use cachewright_measure::access::KeyHash;
use cachewright_measure::sql::{Engine, Table, TableColumns, query};
use cachewright_measure::{Input, Options, Sampling, expand, measure};

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

#[test]
fn spark_samples_the_same_keys_bit_for_bit() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log.csv");
    let rows: String = (0..40_000u64)
        .map(|i| {
            let key = i * i % 5_003;
            let op = if i % 50 == 0 { "PUT" } else { "GET" };
            format!(
                "{},https://www.example.com/é/{key}?a=1,{},{op}\n",
                1_790_000_000 + i / 7,
                100 + key
            )
        })
        .collect();
    fs::write(&log, format!("ts,url,size,verb\n{rows}")).unwrap();
    let columns = TableColumns {
        time: "ts".into(),
        key: "url".into(),
        size: Some("size".into()),
        op: Some("verb".into()),
    };
    let output = dir.path().join("sample");
    let table = Table {
        name: "logs".into(),
        columns: Some(columns),
        output: output.display().to_string(),
    };
    let sql = dir.path().join("query.sql");
    fs::write(&sql, query(Engine::Spark, &table, RATE)).unwrap();
    let script = "import sys\nfrom pyspark.sql import SparkSession\n\
        spark = SparkSession.builder.master('local[2]').config('spark.ui.enabled', 'false').config('spark.driver.host', '127.0.0.1').config('spark.driver.bindAddress', '127.0.0.1').getOrCreate()\n\
        spark.read.csv(sys.argv[1], header=True).createOrReplaceTempView('logs')\n\
        spark.sql(open(sys.argv[2]).read())\n";
    let ran = Command::new(python)
        .arg("-c")
        .arg(script)
        .arg(&log)
        .arg(&sql)
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );

    let mut options = Options {
        sampling: Some(Sampling::Rate(RATE)),
        hash: KeyHash::Spark,
        ..Options::default()
    };
    let pushed = measure(
        &expand(&[output.display().to_string()]).unwrap(),
        &options,
        &mut (),
    )
    .unwrap();
    options.columns = "time=ts,key=url,size=size,op=verb".parse().unwrap();
    let local = measure(&[Input::File(log)], &options, &mut ()).unwrap();
    assert_eq!(pushed.format_names(), "sampled");
    assert!(local.sampling.tracked_keys > 50, "{:?}", local.sampling);
    assert_eq!(pushed.sampling, local.sampling);
    assert_eq!(pushed.hit_ratio_curve, local.hit_ratio_curve);
    assert_eq!(
        (pushed.reads, pushed.writes, pushed.bytes),
        (local.reads, local.writes, local.bytes)
    );
    assert_eq!(
        (pushed.distinct_keys, pushed.distinct_bytes),
        (local.distinct_keys, local.distinct_bytes)
    );
    assert_eq!(pushed.rates.reads, local.rates.reads);
    assert_eq!(pushed.rates.reads_max_second, local.rates.reads_max_second);
}
