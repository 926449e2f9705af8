//! `bill`: the estimate against what AWS billed.

#[path = "support/fake_cfn/mod.rs"]
mod fake_cfn;
#[path = "../crates/core/tests/support/schema.rs"]
mod schema_file;
#[path = "support/stacks.rs"]
mod stacks;
mod support;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::{stderr, stdout};

const TABLE: &str = "tests/bill/table.yaml";
const OCTOBER: &str = "tests/bill/october";
/// Stands in every id and tag of the fixtures.
const CANARY: &str = "CANARY";

fn bill(args: &[&str]) -> Output {
    support::run(&[&["bill"], args].concat())
}

fn json(args: &[&str]) -> Value {
    let output = bill(&[args, &["-f", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(&output)))
}

fn october(file: &str, more: &[&str]) -> Value {
    let path = format!("{OCTOBER}/{file}");
    json(&[&[path.as_str(), "--profile", TABLE], more].concat())
}

/// Verdicts by meter.
fn verdicts(found: &Value) -> BTreeMap<String, String> {
    let meters = found["meters"].as_array().unwrap().iter();
    let word = |m: &Value, key: &str| m[key].as_str().unwrap().to_owned();
    meters
        .map(|m| (word(m, "meter"), word(m, "verdict")))
        .collect()
}

fn meter<'v>(found: &'v Value, name: &str) -> &'v Value {
    let mut meters = found["meters"].as_array().unwrap().iter();
    meters
        .find(|m| m["meter"] == name)
        .unwrap_or_else(|| panic!("{name}: {found:#}"))
}

fn cents(value: &Value) -> String {
    let number: f64 = value.as_str().unwrap().parse().unwrap();
    format!("{number:.2}")
}

// ---- the public bill of April 2026 ----

const GOLDEN: [&str; 4] = [
    "tests/bill/golden/usage.json",
    "tests/bill/golden/apart.json",
    "--profile",
    "tests/bill/golden/cache.yaml",
];

#[test]
fn the_public_bill_of_april_2026_is_reproduced_to_the_cent() {
    let found = json(&GOLDEN);
    assert_eq!(found["schema"], "cachewright/bill/v1");
    assert_eq!(found["month"], "2026-04");
    assert_eq!(found["hours"]["seen"], "561.19");
    assert_eq!(found["hours"]["by_minimum"], true);
    let stored = meter(&found, "stored-gb-hours");
    let ecpus = meter(&found, "ecpus");
    for (line, cost) in [(stored, "56.68"), (ecpus, "5.45")] {
        assert_eq!(line["verdict"], "same", "{line:#}");
        assert_eq!(cents(&line["billed"]["cost"]), cost);
    }
    assert_eq!(found["apart"]["tax"], "14.02");
    let sum = |rows: &Value, cost: &dyn Fn(&Value) -> f64| {
        rows.as_array().unwrap().iter().map(cost).sum::<f64>()
    };
    let number = |v: &Value| v.as_str().unwrap().parse::<f64>().unwrap();
    let all = sum(&found["also_billed"], &|r| number(&r["billed"]["cost"]))
        + sum(&found["other_services"], &|r| number(&r["cost"]))
        + number(&found["totals"]["billed"]);
    assert!((all - 140.12).abs() < 0.005, "{all}");
    // Our prices for the printed quantities are what was billed; a cent is the same, for the printed ones are rounded.
    for (service, quantity, billed) in [
        ("elasticache-serverless", "stored-gb-hours=561.19", 56.68),
        ("elasticache-serverless", "ecpus=2020284000", 5.45),
        ("network", "nat-gateway-hours=611", 36.05),
        ("network", "nat-gateway-gb=8.90", 0.52),
    ] {
        let priced = support::run(&[
            "price",
            service,
            "--region",
            "ap-northeast-2",
            quantity,
            "-f",
            "json",
        ]);
        let priced: Value = serde_json::from_slice(&priced.stdout).unwrap();
        let total = number(&priced["total"]);
        assert!((total - billed).abs() <= 0.0101, "{quantity}: {total}");
    }
}

#[test]
fn a_minimum_that_is_billed_bounds_the_profile_and_is_said_with_its_cost() {
    let output = bill(&GOLDEN);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        text.contains(
            "A stated minimum limit costs $62 a month here: 1 GB and 1,000 ECPU a second"
        ),
        "{text}"
    );
    assert!(text.contains("data.working_set is at most"), "{text}");
    assert!(
        text.contains("1 GB as it is billed: the minimum is billed"),
        "{text}"
    );
    let found = json(&GOLDEN);
    let told = &found["refit"]["fields"][0];
    assert_eq!(
        (&told["field"], &told["at_most"], &told["changed"]),
        (&"data.working_set".into(), &true.into(), &false.into())
    );
    // A node of the same account is not in the estimate.
    assert_eq!(found["also_billed"][0]["verdict"], "not-modelled");
    assert_eq!(
        found["also_billed"][0]["meter"],
        "elasticache-nodes/node-hours.cache.t4g.micro"
    );
    // Quantities that are computed back from the dollars alone come to the same.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("usage.json");
    let usage = std::fs::read_to_string(GOLDEN[0]).unwrap();
    let usage = usage
        .replace("\"2020284000\"", "\"2018518518.5185\"")
        .replace("\"561.19\"", "\"561.188118811881\"");
    std::fs::write(&path, usage).unwrap();
    let found = json(&[path.to_str().unwrap(), "--profile", GOLDEN[3]]);
    assert_eq!(found["minimum"]["words"], "1 GB and 1,000 ECPU a second");
    assert_eq!(verdicts(&found)["ecpus"], "same");
}

#[test]
fn the_finding_fits_its_schema() {
    let schema: Value = serde_json::from_slice(&support::run(&["schema", "bill"]).stdout).unwrap();
    let kept: Value = serde_json::from_str(&support::text("schema/bill.json")).unwrap();
    assert_eq!(
        schema, kept,
        "run `cachewright schema bill > schema/bill.json`"
    );
    let validator = schema_file::Schema::new(schema);
    let fits = |found: &Value| {
        let problems = validator.problems(found);
        assert!(problems.is_empty(), "{problems:#?}\n{found:#}");
    };
    fits(&json(&GOLDEN));
    for file in ["cur.csv", "focus-1.2.parquet", "focus-1.0.csv", "ce.json"] {
        fits(&october(file, &[]));
    }
    fits(&october("cur.csv", &["--tag", "app=shop"]));
    // It says what it says of these keys and no others.
    let mut other = json(&GOLDEN);
    other["schema"] = "cachewright/bill/v2".into();
    assert!(!validator.problems(&other).is_empty());
    other["schema"] = "cachewright/bill/v1".into();
    other["meters"][0]["verdict"] = 1.into();
    assert!(!validator.problems(&other).is_empty());
}

// ---- formats ----

#[test]
fn every_format_of_one_month_gives_the_same() {
    const KEYS: [&str; 8] = [
        "month",
        "meters",
        "totals",
        "refit",
        "answer_before",
        "answer_after",
        "hours",
        "other_services",
    ];
    let want = october("cur.csv", &[]);
    assert_eq!(verdicts(&want)["read-request-units"], "usage-differs");
    assert_eq!(want["format"][0], "cur-2.0");
    for (file, format) in [
        ("cur.csv.gz", "cur-2.0"),
        ("cur.parquet", "cur-2.0"),
        ("focus-1.2.csv", "focus-1.2"),
        ("focus-1.2.parquet", "focus-1.2"),
        ("focus-1.0.csv", "focus-1.0"),
        ("ce.json", "cost-explorer"),
    ] {
        let found = october(file, &[]);
        assert_eq!(found["format"][0], format, "{file}");
        for key in KEYS {
            // Cost Explorer has nothing of a reservation but the usage; doubles of a day are added up before they are printed.
            if file == "ce.json" && key != "month" && key != "hours" {
                assert_eq!(verdicts(&found), verdicts(&want));
                continue;
            }
            assert_eq!(found[key], want[key], "{file}: {key}");
        }
        if file != "ce.json" {
            assert_eq!(found["apart"]["credits"], "-75.88", "{file}");
        }
    }
    for file in [
        "cur.parquet",
        "cur.csv",
        "focus-1.2.csv",
        "focus-1.2.parquet",
    ] {
        let shop = october(file, &["--tag", "app=shop"]);
        assert_eq!(
            shop["meters"],
            october("cur.csv.gz", &["--resource", "table/carts"])["meters"],
            "{file}"
        );
        assert_eq!(shop["refit"]["fields"][0]["after"], "50/s", "{file}");
    }
}

/// What the groups of an answer are may stand after them, and a pipe is read once.
#[test]
fn an_answer_is_read_in_any_order_and_from_a_pipe() {
    let bills = Bills::new();
    let kept = json(&[GOLDEN[0], GOLDEN[2], GOLDEN[3]]);
    let answer: Value = serde_json::from_str(&support::text(GOLDEN[0])).unwrap();
    let mut turned = serde_json::Map::new();
    for (key, value) in answer.as_object().unwrap().iter().rev() {
        turned.insert(key.clone(), value.clone());
    }
    let turned = bills.write("turned.json", Value::Object(turned).to_string());
    assert_eq!(kept, json(&[&turned, GOLDEN[2], GOLDEN[3]]));
    let mut child = support::command(&["bill", "-", GOLDEN[2], GOLDEN[3], "-f", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = support::text(GOLDEN[0]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    let piped = child.wait_with_output().unwrap().stdout;
    assert_eq!(kept, serde_json::from_slice::<Value>(&piped).unwrap());
    // A period that is larger than any is no bill.
    let many = text.replace(
        "\"Total\": {}",
        &format!("\"Total\": \"{}\"", " ".repeat(17 << 20)),
    );
    let large = bills.write("large.json", many);
    let output = bill(&[&large, GOLDEN[2], GOLDEN[3]]);
    assert_eq!(output.status.code(), Some(3));
    let told = stderr(&output);
    assert!(
        told.contains("it has a period of more than 16 MiB"),
        "{told}"
    );
}

/// Memory grows with neither rows nor kinds of rows: what a run needs is there before the first of them.
#[test]
#[cfg(target_os = "linux")]
fn a_bill_of_many_kinds_takes_little_memory() {
    let bills = Bills::new();
    let kinds = |count: usize| {
        let head = cur(&[]);
        let row = |i: usize| {
            format!(
                "2026-10-01T00:00:00Z,2026-10-{:02}T00:00:00Z,Usage,EU-ReadRequestUnits,AmazonDynamoDB,Operation{i:08},100,ReadRequestUnits,0.01,eu-west-1,SKU{i:012},USD,1\n",
                i % 31 + 1
            )
        };
        head + &(0..count).map(row).collect::<String>()
    };
    let peak = |path: &str| {
        let script = "import os, subprocess, sys\nc = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)\n_, s, u = os.wait4(c.pid, 0)\nprint(os.waitstatus_to_exitcode(s), u.ru_maxrss)";
        let output = Command::new("python3")
            .args(["-c", script, env!("CARGO_BIN_EXE_cachewright")])
            .args(["bill", path, "--profile", TABLE])
            .output()
            .unwrap();
        let said = stdout(&output);
        let (code, kib) = said.trim().split_once(' ').unwrap();
        assert!(["0", "5"].contains(&code), "{said}{}", stderr(&output));
        kib.parse::<u64>().unwrap()
    };
    let most = bills.write("most.csv", kinds(11_990));
    let kib = peak(&most);
    assert!(kib <= 64 << 10, "{kib} KiB");
    let more = bills.write("more.csv", kinds(12_100));
    let output = bill(&[&more, "--profile", TABLE]);
    assert_eq!(output.status.code(), Some(3));
    let told = stderr(&output);
    assert!(
        told.contains("more than 12,000 different kinds of rows"),
        "{told}"
    );
}

#[test]
fn no_order_of_rows_columns_or_files_changes_a_byte() {
    let text = std::fs::read_to_string(format!("{OCTOBER}/cur.csv")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let head = lines.remove(0);
    let dir = tempfile::tempdir().unwrap();
    let run = |files: &[(&str, String)]| {
        let folder = tempfile::tempdir_in(dir.path()).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let path = folder.path().to_str().unwrap().to_owned();
        stdout(&bill(&[&path, "--profile", TABLE, "-f", "json"]))
    };
    let want = run(&[("a.csv", text.clone())]);
    assert!(want.contains("usage-differs"));
    let file = |lines: &[&str]| format!("{head}\r\n{}\r\n", lines.join("\r\n"));
    let mut backwards = lines.clone();
    backwards.reverse();
    assert_eq!(run(&[("a.csv", file(&backwards))]), want);
    let (one, other) = lines.split_at(100);
    assert_eq!(run(&[("a.csv", file(one)), ("b.csv", file(other))]), want);
    assert_eq!(run(&[("b.csv", file(one)), ("a.csv", file(other))]), want);
    // Columns the other way round.
    let mut out = csv::Writer::from_writer(Vec::new());
    for record in csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
        .records()
    {
        let record = record.unwrap();
        out.write_record(record.iter().rev()).unwrap();
    }
    let turned = String::from_utf8(out.into_inner().unwrap()).unwrap();
    assert_eq!(run(&[("a.csv", turned)]), want);
}

#[test]
fn the_queries_ask_for_what_the_reader_wants() {
    for (word, table) in [
        ("cur", "FROM COST_AND_USAGE_REPORT"),
        ("focus", "FROM FOCUS_1_2_AWS"),
    ] {
        let text = stdout(&bill(&["--emit-query", word]));
        assert!(
            text.ends_with(&format!("{table}\n")) && !text.contains('*'),
            "{text}"
        );
        let columns: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("  ")).collect();
        let header = columns.concat();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("export.csv");
        std::fs::write(&path, format!("{header}\n")).unwrap();
        // A file of these columns and no rows is an empty bill, not one without a column.
        let output = bill(&[
            path.to_str().unwrap(),
            "--profile",
            TABLE,
            "--tag",
            "a=b",
            "--resource",
            "c",
        ]);
        assert!(
            stderr(&output).contains("the files have no rows"),
            "{}",
            stderr(&output)
        );
    }
    let ce = stdout(&bill(&["--emit-query", "ce", "--month", "2026-02"]));
    assert!(
        ce.contains("Start=2026-02-01,End=2026-03-01") && ce.contains("$0.01"),
        "{ce}"
    );
    assert!(
        ce.contains(r#"--filter '{"Dimensions":{"Key":"RECORD_TYPE","Values":["Usage"]}}'"#),
        "{ce}"
    );
}

// ---- what is refitted, and the gate ----

#[test]
fn the_refitted_profile_is_a_profile_with_what_changed_commented() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("billed.yaml");
    let shown = path.to_str().unwrap();
    let found = october("cur.csv", &["--tag", "app=shop", "--refit", shown]);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("  reads: 50/s  # billed: was 40/s\n"),
        "{text}"
    );
    assert!(
        text.contains("  writes: 5/s\n") && !text.contains("peak"),
        "{text}"
    );
    let decided = support::run(&["recommend", shown, "-f", "json"]);
    let decided: Value = serde_json::from_slice(&decided.stdout).unwrap();
    assert_eq!(
        decided["recommendation"]["monthly_cost"]["expected"],
        found["answer_after"]["monthly_cost"]["expected"]
    );
    // It is the bill's own profile now: nothing is left to refit.
    let again = json(&[
        &format!("{OCTOBER}/cur.csv"),
        "--profile",
        shown,
        "--tag",
        "app=shop",
        "--tolerance",
        "15%",
    ]);
    assert!(
        verdicts(&again).values().all(|v| v == "same"),
        "{:?}",
        verdicts(&again)
    );
    assert_eq!(again["answer_after"], again["answer_before"]);
    // A file that is there is never overwritten unasked.
    let output = bill(&[
        &format!("{OCTOBER}/cur.csv"),
        "--profile",
        TABLE,
        "--refit",
        shown,
    ]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_bill_that_no_profile_fits_is_compared_all_the_same() {
    // Fewer bytes are stored than one item has.
    let contradiction = [
        "tests/bad/bills/contradiction.csv",
        "--profile",
        "tests/bad/bills/profile.yaml",
    ];
    let found = json(&contradiction);
    assert_eq!(verdicts(&found)["storage-gb-months"], "usage-differs");
    let said = found["notes"].to_string();
    assert!(
        said.contains("the profile that fits the bill contradicts itself"),
        "{said}"
    );
    assert_eq!(found["answer_before"], found["answer_after"]);
    // A file of it is refused.
    let refit = [&contradiction[..], &["--refit", "/no/folder/refit.yaml"]].concat();
    assert_eq!(bill(&refit).status.code(), Some(3));
}

#[test]
fn the_gate_fails_where_the_cost_differs_by_more_than_the_tolerance() {
    let file = format!("{OCTOBER}/cur.parquet");
    let code = |tolerance: &str| {
        bill(&[&file, "--profile", TABLE, "--tolerance", tolerance])
            .status
            .code()
    };
    assert_eq!(code("20%"), Some(0));
    assert_eq!(code("10%"), Some(5));
    assert_eq!(code("ten"), Some(2));
}

#[test]
fn an_accepted_report_is_compared_as_it_was_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("accepted.json");
    let shown = path.to_str().unwrap();
    support::run(&["recommend", TABLE, "-o", shown]);
    let file = format!("{OCTOBER}/cur.csv");
    let now = json(&[&file, "--profile", TABLE]);
    let then = json(&[&file, "--report", shown]);
    assert_eq!(now["meters"], then["meters"]);
    // Had it been accepted at half the reads, that is what is compared.
    let text = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\"52560000\"", "\"26280000\"");
    std::fs::write(&path, text).unwrap();
    let then = json(&[&file, "--report", shown]);
    assert_eq!(
        meter(&then, "read-request-units")["estimated"]["quantity"],
        "26280000"
    );
}

// ---- traps ----

/// Rows of CUR 2.0 by hand: code, type of row, usage type, quantity, unit, cost, Region.
fn cur(rows: &[(&str, &str, &str, &str, &str, &str, &str)]) -> String {
    let mut out = String::from(
        "bill_billing_period_start_date,line_item_usage_start_date,line_item_line_item_type,line_item_usage_type,line_item_product_code,line_item_operation,line_item_usage_amount,pricing_unit,line_item_unblended_cost,product_region_code,product_sku,line_item_currency_code,line_item_usage_account_id\n",
    );
    for day in 1..=31 {
        for (code, kind, usage, quantity, unit, cost, region) in rows {
            let of_day = |text: &str| text.parse::<f64>().unwrap() / 31.0;
            out.push_str(&format!("2026-10-01T00:00:00Z,2026-10-{day:02}T00:00:00Z,{kind},{usage},{code},,{},{unit},{},{region},,USD,\"{CANARY}\"\n", of_day(quantity), of_day(cost)));
        }
    }
    out
}

struct Bills(tempfile::TempDir);

impl Bills {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// The reads of the profile's estimate, for a month of 744 hours.
const READS: (&str, &str, &str, &str, &str, &str, &str) = (
    "AmazonDynamoDB",
    "Usage",
    "EU-ReadRequestUnits",
    "53568000",
    "ReadRequestUnits",
    "7.579872",
    "eu-west-1",
);
const WRITES: (&str, &str, &str, &str, &str, &str, &str) = (
    "AmazonDynamoDB",
    "Usage",
    "EU-WriteRequestUnits",
    "24105600",
    "WriteRequestUnits",
    "16.994448",
    "eu-west-1",
);
const STORED: (&str, &str, &str, &str, &str, &str, &str) = (
    "AmazonDynamoDB",
    "Usage",
    "EU-TimedStorage-ByteHrs",
    "9.3866",
    "GB-Mo",
    "0",
    "eu-west-1",
);

#[test]
fn what_looks_like_a_meter_and_is_another_is_not_counted() {
    let bills = Bills::new();
    let path = bills.write(
        "a.csv",
        cur(&[
            READS,
            WRITES,
            STORED,
            (
                "AmazonS3",
                "Usage",
                "EU-TimedStorage-ByteHrs",
                "900",
                "GB-Mo",
                "20.7",
                "eu-west-1",
            ),
            (
                "AmazonCloudFront",
                "Usage",
                "EU-DataTransfer-Out-Bytes",
                "900",
                "GB",
                "76.5",
                "",
            ),
            (
                "AmazonDynamoDB",
                "Usage",
                "EU-DataTransfer-Out-Bytes",
                "9",
                "GB",
                "0.81",
                "eu-west-1",
            ),
            (
                "AmazonDynamoDB",
                "Usage",
                "ReadRequestUnits",
                "1000",
                "ReadRequestUnits",
                "1",
                "",
            ),
            (
                "AmazonDynamoDB",
                "Credit",
                "EU-ReadRequestUnits",
                "0",
                "",
                "-75.88",
                "eu-west-1",
            ),
            (
                "AmazonDynamoDB",
                "EdpDiscount",
                "EU-ReadRequestUnits",
                "0",
                "",
                "-2",
                "eu-west-1",
            ),
            (
                "AmazonDynamoDB",
                "Surprise",
                "EU-ReadRequestUnits",
                "5",
                "",
                "3",
                "eu-west-1",
            ),
        ]),
    );
    let found = json(&[&path, "--profile", TABLE]);
    assert!(verdicts(&found).values().all(|v| v == "same"), "{found:#}");
    assert_eq!(cents(&found["totals"]["billed"]), "24.57");
    let apart = &found["apart"];
    assert_eq!(
        (
            cents(&apart["credits"]),
            cents(&apart["discounts"]),
            cents(&apart["other"])
        ),
        ("-75.88".into(), "-2.00".into(), "3.00".into())
    );
    let also: Vec<&str> = found["also_billed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["usage_type"].as_str().unwrap())
        .collect();
    // Egress under the table's own code is of Ireland, and no prefix is no Region.
    assert_eq!(also, ["ReadRequestUnits", "EU-DataTransfer-Out-Bytes"]);
    assert_eq!(
        found["also_billed"][1]["meter"],
        "network/internet-egress-gb"
    );
}

#[test]
fn types_without_a_prefix_are_those_of_one_region_which_is_said() {
    let bills = Bills::new();
    let profile = std::fs::read_to_string(TABLE)
        .unwrap()
        .replace("eu-west-1", "us-east-1");
    let profile = bills.write("table.yaml", profile);
    let reads = (
        "AmazonDynamoDB",
        "Usage",
        "ReadRequestUnits",
        "53568000",
        "ReadRequestUnits",
        "6.696",
        "",
    );
    let path = bills.write("a.csv", cur(&[reads]));
    let found = json(&[&path, "--profile", &profile]);
    let line = meter(&found, "read-request-units");
    assert_eq!(
        (&line["verdict"], &line["remarks"]),
        (&"same".into(), &serde_json::json!(["no-region"]))
    );
    // A column that tells the Region is believed.
    let path = bills.write(
        "b.csv",
        cur(&[(
            "AmazonDynamoDB",
            "Usage",
            "ReadRequestUnits",
            "53568000",
            "ReadRequestUnits",
            "6.696",
            "us-east-1",
        )]),
    );
    let found = json(&[&path, "--profile", &profile]);
    assert_eq!(
        meter(&found, "read-request-units")["remarks"],
        serde_json::json!([])
    );
}

#[test]
fn units_tiers_allowances_and_commitments_are_told_apart() {
    let bills = Bills::new();
    let with = |row: (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    ),
                more: &[&str]| {
        let path = bills.write("a.csv", cur(&[row, WRITES, STORED]));
        let found = json(&[&[path.as_str(), "--profile", TABLE], more].concat());
        meter(&found, "read-request-units").clone()
    };
    // Normalised words of FOCUS count; hours do not; an unknown word is shown and not compared.
    let unit = |unit| {
        with(
            (READS.0, READS.1, READS.2, READS.3, unit, READS.5, READS.6),
            &[],
        )
    };
    assert_eq!(unit("Requests")["verdict"], "same");
    assert_eq!(unit("GB-Months")["verdict"], "not-comparable");
    assert_eq!(unit("Gizmos")["verdict"], "not-comparable");
    // Twice the price of the list.
    let dear = with(
        (
            READS.0,
            READS.1,
            READS.2,
            READS.3,
            READS.4,
            "15.159744",
            READS.6,
        ),
        &[],
    );
    assert_eq!(dear["verdict"], "price-differs");
    // A reservation: only the quantity.
    let covered = with(
        (
            READS.0,
            "DiscountedUsage",
            READS.2,
            READS.3,
            READS.4,
            "0",
            READS.6,
        ),
        &[],
    );
    assert_eq!(
        (&covered["verdict"], &covered["remarks"]),
        (&"same".into(), &serde_json::json!(["committed"]))
    );
    // Storage at half the list: what is free belongs to the account, and is no price that fails a gate.
    let stored = (
        "AmazonDynamoDB",
        "Usage",
        "EU-TimedStorage-ByteHrs",
        "9.3866",
        "GB-Mo",
        "1.2",
        "eu-west-1",
    );
    let path = bills.write("b.csv", cur(&[READS, WRITES, stored]));
    let found = json(&[&path, "--profile", TABLE]);
    let line = meter(&found, "storage-gb-months");
    assert_eq!(
        (&line["verdict"], &line["remarks"]),
        (&"same".into(), &serde_json::json!(["allowance"]))
    );
    assert_eq!(
        bill(&[&path, "--profile", TABLE, "--tolerance", "1%"])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn a_part_of_a_month_is_a_month_by_its_hours() {
    let bills = Bills::new();
    let text = cur(&[READS, WRITES, STORED]);
    let days = |last: usize| {
        text.lines()
            .take(1 + 3 * last)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let path = bills.write("a.csv", days(10));
    let found = json(&[&path, "--profile", TABLE]);
    assert_eq!(
        (&found["hours"]["seen"], &found["hours"]["month"]),
        (&"240".into(), &"744".into())
    );
    assert!(verdicts(&found).values().all(|v| v == "same"), "{found:#}");
    assert_eq!(
        meter(&found, "read-request-units")["monthly"]["quantity"],
        "52560000"
    );
    // By the hour, for less than a day.
    let hourly = |hours: u32| {
        let head = text.lines().next().unwrap();
        let row = |h: u32| {
            format!(
                "2026-10-01T00:00:00Z,2026-10-01T{h:02}:00:00Z,Usage,EU-ReadRequestUnits,AmazonDynamoDB,,72000,ReadRequestUnits,0.0101880,eu-west-1,,USD,1"
            )
        };
        let rows: Vec<String> = (0..hours).map(row).collect();
        bills.write("b.csv", format!("{head}\n{}\n", rows.join("\n")))
    };
    assert!(stderr(&bill(&[&hourly(23), "--profile", TABLE])).contains("23 hours of usage"));
    assert_eq!(
        json(&[&hourly(24), "--profile", TABLE])["hours"]["seen"],
        "24"
    );
}

// ---- bad input ----

/// By the program of that name, which is wherever tests run.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .arg("-9")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes).unwrap());
    let out = child.wait_with_output().unwrap().stdout;
    writer.join().unwrap();
    out
}

/// What is wrong, the file, options, what is said, exit code.
type Bad<'a> = (&'a str, Vec<u8>, &'a [&'a str], &'a str, i32);

#[test]
fn every_bad_bill_is_named_and_nothing_is_guessed() {
    let bills = Bills::new();
    let good = cur(&[READS, WRITES, STORED]);
    let whole = gzip(good.as_bytes());
    let ce = std::fs::read_to_string(GOLDEN[0]).unwrap();
    let cases: Vec<Bad<'_>> = vec![
        (
            "several months",
            good.replacen(
                "2026-10-01T00:00:00Z,2026-10-31",
                "2026-11-01T00:00:00Z,2026-11-01",
                1,
            )
            .into(),
            &[],
            "the files hold 2 months: 2026-10, 2026-11",
            3,
        ),
        (
            "another month",
            good.clone().into(),
            &["--month", "2026-09"],
            "no row is of 2026-09; there is 2026-10",
            3,
        ),
        (
            "no month",
            good.clone().into(),
            &["--month", "October"],
            "`October` is no month",
            3,
        ),
        (
            "currencies",
            good.replacen(",USD,", ",EUR,", 1).into(),
            &[],
            "several currencies: EUR, USD",
            3,
        ),
        (
            "euros",
            good.replace(",USD,", ",EUR,").into(),
            &[],
            "the bill is in EUR",
            3,
        ),
        (
            "legacy",
            b"identity/LineItemId,lineItem/UsageType\n1,2\n".to_vec(),
            &[],
            "legacy Cost and Usage Report",
            3,
        ),
        (
            "a column less",
            good.replace("line_item_unblended_cost", "cost").into(),
            &[],
            "without the column `line_item_unblended_cost`",
            3,
        ),
        (
            "no tags",
            good.clone().into(),
            &["--tag", "app=shop"],
            "without the column `resource_tags`",
            3,
        ),
        (
            "no resources",
            good.clone().into(),
            &["--resource", "x"],
            "without the column `line_item_resource_id`",
            3,
        ),
        (
            "another table",
            b"a,b,c\n1,2,3\n".to_vec(),
            &[],
            "none of CUR 2.0 or FOCUS",
            3,
        ),
        (
            "no file of bills",
            b"\x7fELF\x00\x01".to_vec(),
            &[],
            "none of CUR 2.0 or FOCUS",
            3,
        ),
        (
            "empty",
            good.lines().next().unwrap().as_bytes().to_vec(),
            &[],
            "the files have no rows",
            3,
        ),
        (
            "a bad number",
            good.replacen(
                "EU-ReadRequestUnits,AmazonDynamoDB,,1728000,",
                "EU-ReadRequestUnits,AmazonDynamoDB,,many,",
                1,
            )
            .into(),
            &[],
            "row 2: the quantity is no number",
            3,
        ),
        (
            "a bad time",
            good.replacen("2026-10-05T00:00:00Z,Usage", "yesterday,Usage", 1)
                .into(),
            &[],
            "the start is no time",
            3,
        ),
        (
            "a row too short",
            format!("{good}2026-10-01T00:00:00Z,x\n").into(),
            &[],
            "another number of cells",
            3,
        ),
        (
            "truncated",
            whole[..whole.len() - 20].to_vec(),
            &[],
            "cannot be read",
            3,
        ),
        (
            "damaged Parquet",
            b"PAR1 and so on PAR1".to_vec(),
            &[],
            "the Parquet footer cannot be read",
            3,
        ),
        (
            "a bomb",
            gzip(&vec![b'a'; 60 << 20]),
            &[],
            "cannot be read",
            3,
        ),
        (
            "JSON of something else",
            b"{\"Results\": []}".to_vec(),
            &[],
            "no answer of Cost Explorer: line 1",
            3,
        ),
        (
            "a page",
            ce.replace(
                "\"DimensionValueAttributes\"",
                "\"NextPageToken\": \"abc\", \"DimensionValueAttributes\"",
            )
            .into(),
            &[],
            "one page of several",
            3,
        ),
        (
            "other groups",
            ce.replace("USAGE_TYPE", "AZ").into(),
            &[],
            "not grouped by SERVICE and USAGE_TYPE",
            3,
        ),
        (
            "no filter",
            ce.replace("\"Amount\": \"36.05\"", "\"Amount\": \"-36.05\"")
                .into(),
            &[],
            "asked without a filter",
            3,
        ),
        (
            "tax in usage",
            ce.replace("EC2 - Other", "Tax").into(),
            &[],
            "asked without a filter",
            3,
        ),
        (
            "a filter on an answer",
            ce.clone().into(),
            &["--resource", "x"],
            "names no resources and no tags",
            3,
        ),
        (
            "nothing of it",
            cur(&[(
                "AmazonEC2",
                "Usage",
                "EU-BoxUsage:m7g.large",
                "744",
                "Hrs",
                "67",
                "eu-west-1",
            )])
            .into(),
            &[],
            "no rows of what is estimated of Amazon DynamoDB in eu-west-1; it has AmazonEC2",
            4,
        ),
        (
            "another Region",
            good.replace("EU-", "USE2-")
                .replace("eu-west-1", "us-east-2")
                .into(),
            &[],
            "it has AmazonDynamoDB in us-east-2",
            4,
        ),
        (
            "a month without usage",
            cur(&[(READS.0, "Usage", READS.2, "0", READS.4, "0", READS.6)]).into(),
            &[],
            "are without usage",
            4,
        ),
    ];
    for (name, bytes, more, says, code) in cases {
        let path = bills.write("bill", &bytes);
        let output = bill(&[&[path.as_str(), "--profile", TABLE], more].concat());
        let text = stderr(&output)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(text.contains(says), "{name}: {text}");
        assert_eq!(
            output.status.code(),
            Some(code),
            "{name}: {text}\n{}",
            stdout(&output)
        );
        assert!(!text.contains("panicked"), "{name}: {text}");
    }
    let file = bills.write("bill", &good);
    assert_eq!(bill(&[&file]).status.code(), Some(2));
    assert_eq!(
        bill(&["nowhere.csv", "--profile", TABLE]).status.code(),
        Some(2)
    );
    assert_eq!(
        bill(&[&file, "--profile", TABLE, "--tag", "novalue"])
            .status
            .code(),
        Some(2)
    );
    // Some may be bad, where somebody says so.
    let short = bills.write("short", format!("{good}2026-10-01T00:00:00Z,x\n"));
    let found = json(&[&short, "--profile", TABLE, "--max-bad-lines", "1"]);
    assert_eq!(found["bad_rows"], 1);
    // The same file twice is one bill.
    let copy = bills.write("copy", &good);
    let found = json(&[&file, &copy, "--profile", TABLE]);
    assert!(verdicts(&found).values().all(|v| v == "same"));
    assert!(
        found["notes"][0].as_str().unwrap().contains("is a copy of"),
        "{}",
        found["notes"]
    );
}

#[test]
fn ids_and_tags_are_written_nowhere() {
    let bills = Bills::new();
    let refit = bills.0.path().join("refit.yaml");
    for file in [
        "cur.csv",
        "cur.parquet",
        "focus-1.2.csv",
        "focus-1.2.parquet",
    ] {
        let path = format!("{OCTOBER}/{file}");
        for form in ["text", "markdown", "json"] {
            let output = bill(&[
                &path,
                "--profile",
                TABLE,
                "-f",
                form,
                "--resource",
                "table/carts",
                "--tag",
                "app=shop",
                "--refit",
                refit.to_str().unwrap(),
                "--force",
            ]);
            let all = format!(
                "{}{}{}",
                stdout(&output),
                stderr(&output),
                std::fs::read_to_string(&refit).unwrap()
            );
            assert!(
                !all.contains(CANARY) && !all.contains("444455556666"),
                "{file} {form}: {all}"
            );
            assert!(all.contains("50/s"), "{file} {form}: {all}");
        }
    }
    // Nor of a row that cannot be read, or of a file without a header.
    let text = std::fs::read_to_string(format!("{OCTOBER}/cur.csv")).unwrap();
    for broken in [
        text.replace("2026-10-02T00:00:00Z,2026", "CANARY-time,2026"),
        text.lines().skip(1).collect::<Vec<_>>().join("\n"),
        text.replace("eu-west-1", "CANARY-region"),
        text.replacen("EU-ReadRequestUnits", "CANARY\u{202e}", 3),
    ] {
        let path = bills.write("broken.csv", broken);
        let output = bill(&[&path, "--profile", TABLE]);
        let region = stderr(&output);
        assert!(!region.contains("444455556666"), "{region}");
        assert!(!stdout(&output).contains("444455556666"));
        assert!(!stdout(&output).contains('\u{202e}'));
    }
}

#[test]
fn the_report_in_markdown_holds_the_same() {
    let path = format!("{OCTOBER}/cur.csv");
    let text = stdout(&bill(&[&path, "--profile", TABLE, "-f", "markdown"]));
    for part in [
        "## carts",
        "| read\\-request\\-units |",
        "usage\\-differs",
        "Apart, never netted",
        "gate failed",
    ] {
        assert!(
            text.contains(part) || text.contains(&part.replace('\\', "")),
            "{part}: {text}"
        );
    }
    assert!(Path::new(&path).exists());
}

#[test]
fn a_stack_gives_the_ids_of_its_resources_and_says_whether_it_is_of_the_profile() {
    let fake = fake_cfn::Fake::start();
    let desk = stacks::Desk::new(&fake.url());
    desk.write("Parameters:\n  Suffix: {Type: String}\nMetadata:\n  Cachewright: {ProfileSha256: abc, Region: us-east-2}\nResources:\n  Table:\n    Type: AWS::DynamoDB::Table\n", "one");
    desk.run("deploy app --stack-name s --yes --poll-ms 10 --region eu-west-1")
        .ends(0);
    std::fs::copy(TABLE, desk.path("table.yaml")).unwrap();
    let text = std::fs::read_to_string(format!("{OCTOBER}/cur.csv")).unwrap();
    // The other table is of the stack here.
    let run = |id: &str| {
        std::fs::write(desk.path("cur.csv"), text.replace("table/logs", id)).unwrap();
        desk.run("bill cur.csv --profile table.yaml --stack s -f json")
    };
    // What the stand-in calls the table.
    let id = "phys-Table";
    let found = run(&format!("table/{id}"));
    let value: Value =
        serde_json::from_str(&found.out).unwrap_or_else(|e| panic!("{e}: {}", found.err));
    assert_eq!(value["filtered"], true);
    let reads = meter(&value, "read-request-units");
    assert_eq!(cents(&reads["billed"]["cost"]), "0.88");
    let notes = value["notes"].to_string();
    assert!(
        notes.contains("made of another profile") && notes.contains("us-east-2"),
        "{notes}"
    );
    assert!(!found.out.contains(id), "an id of a resource is written");
    desk.run("bill cur.csv --profile table.yaml --stack nowhere")
        .ends(2)
        .says("error[bill-stack]")
        .says("there is no stack `nowhere` in eu-west-1");
}

#[test]
fn what_runs_is_named_where_it_is_not_what_is_recommended() {
    let path = format!("{OCTOBER}/cur.csv");
    let profile = "examples/small-blog.yaml";
    let output = bill(&[&path, "--profile", profile]);
    assert_eq!(output.status.code(), Some(4));
    assert!(
        stderr(&output).contains("AmazonCloudFront EU-DataTransfer-Out-Bytes"),
        "{}",
        stderr(&output)
    );
    let found = json(&[
        &path,
        "--profile",
        profile,
        "--service",
        "cloudfront/pay-as-you-go",
    ]);
    assert_eq!(
        meter(&found, "data-transfer-out.europe")["verdict"],
        "usage-differs"
    );
    assert_eq!(found["service"], "cloudfront (pay-as-you-go)");
    for wrong in ["redshift", "dynamodb/gold"] {
        assert_eq!(
            bill(&[&path, "--profile", TABLE, "--service", wrong])
                .status
                .code(),
            Some(2),
            "{wrong}"
        );
    }
}
