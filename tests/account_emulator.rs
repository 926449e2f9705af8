//! `measure --cloudwatch`, `watch` and `bill` from the first command to the last, against emulators written by others:
//! a second reading of the protocols. The SDK asks ministack itself; the AWS command line runs what `--emit-query` prints,
//! against ministack (metrics) and moto (metrics, Cost Explorer). Neither has percentiles or transfer between Regions.
#![cfg(feature = "cloudwatch")]

mod support;

#[path = "support/stacks.rs"]
mod stacks;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stacks::tool;

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools")
}

/// The AWS command line.
const CLI: &str = "awscli-1.46.3/bin";

/// An emulator on a port of its own, ended when dropped.
struct Emulator {
    child: Child,
    url: String,
}

impl Emulator {
    /// ministack with `cbor2`, without which the Rust client cannot read its answers; `None` where it is not here.
    fn ministack() -> Option<Self> {
        let folder = tools().join("ministack/bin");
        let (program, cbor) = (
            folder.join("ministack"),
            tools().join("ministack-cbor2-6.3.0"),
        );
        (tool(&program) && tool(&cbor)).then(|| {
            Self::start(|port| {
                let mut command = Command::new(&program);
                command
                    .env("GATEWAY_PORT", port)
                    .env("BIND_HOST", "127.0.0.1");
                command
            })
        })
    }

    /// moto's server; `None` where it is not here.
    fn moto() -> Option<Self> {
        let program = tools().join("samples-1/venv/bin/moto_server");
        tool(&program).then(|| {
            Self::start(|port| {
                let mut command = Command::new(&program);
                command.args(["-H", "127.0.0.1", "-p", port]);
                command
            })
        })
    }

    fn start(command: impl Fn(&str) -> Command) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let child = command(&port.to_string())
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let until = Instant::now() + Duration::from_secs(180);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the emulator does not start");
            std::thread::sleep(Duration::from_millis(200));
        }
        out
    }

    /// Values by the hour, by the older protocol of forms, which both emulators speak.
    fn put(&self, (namespace, dimension, id): (&str, &str, &str), metric: &str, value: f64) {
        let mut form = format!(
            "Action=PutMetricData&Version=2010-08-01&Namespace={}",
            namespace.replace('/', "%2F")
        );
        for hour in 0..HOURS {
            let time = jiff::Timestamp::from_second(first() + hour * 3600).unwrap();
            let n = hour + 1;
            form += &format!(
                "&MetricData.member.{n}.MetricName={metric}&MetricData.member.{n}.Dimensions.member.1.Name={dimension}&MetricData.member.{n}.Dimensions.member.1.Value={id}&MetricData.member.{n}.Value={value}&MetricData.member.{n}.Timestamp={time}&MetricData.member.{n}.Unit=Count"
            );
        }
        let answer = ureq::post(&self.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", "AWS4-HMAC-SHA256 Credential=x/20261130/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0")
            .send(form.as_bytes())
            .unwrap();
        assert!(answer.status().is_success());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whole hours that are over, so that both ways ask for the same.
const HOURS: i64 = 24;

fn first() -> i64 {
    (jiff::Timestamp::now().as_second() / 86_400 - 2) * 86_400
}

/// The day of the values.
fn window() -> [String; 4] {
    let moment = |hours: i64| {
        let at = jiff::Timestamp::from_second(first() + hours * 3600);
        at.unwrap().to_string()
    };
    [
        "--from".to_owned(),
        moment(0),
        "--to".to_owned(),
        moment(HOURS),
    ]
}

/// A folder to work in, with one emulator as AWS.
struct Desk<'e> {
    folder: tempfile::TempDir,
    emulator: &'e Emulator,
}

impl<'e> Desk<'e> {
    fn new(emulator: &'e Emulator) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, emulator }
    }

    fn signed(&self, mut command: Command) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", tools().join(CLI).display()))
            .env("AWS_ACCESS_KEY_ID", "x")
            .env("AWS_SECRET_ACCESS_KEY", "y")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", &self.emulator.url)
            .output()
            .unwrap()
    }

    /// Runs the program; it must say yes.
    fn run(&self, args: &[&str]) -> String {
        let output = self.signed(support::command(args));
        assert!(
            output.status.success(),
            "{args:?}: {}",
            support::stderr(&output)
        );
        support::stdout(&output)
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.run(args)).unwrap()
    }

    /// Runs a script that the program printed, with the AWS command line.
    fn script(&self, text: &str) {
        self.write("ask.sh", text);
        let mut shell = Command::new("sh");
        shell.arg("ask.sh");
        let output = self.signed(shell);
        assert!(output.status.success(), "{}", support::stderr(&output));
        assert!(output.stderr.is_empty(), "{}", support::stderr(&output));
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }
}

fn field<'v>(report: &'v Value, path: &str) -> &'v Value {
    let fields = report["fields"].as_array().unwrap();
    let found = fields.iter().find(|f| f["field"] == path);
    &found.unwrap_or_else(|| panic!("{path} of {report}"))["value"]
}

/// What the SDK brings and what the command line writes are one profile, which is decided and watched.
#[test]
fn the_emulator_answers_the_sdk_and_the_command_line_alike() {
    let Some(emulator) = Emulator::ministack() else {
        return;
    };
    if !tool(&tools().join(CLI).join("aws")) {
        return;
    }
    let cache = ("AWS/ElastiCache", "clusterId", "pages");
    for (metric, value) in [
        ("CacheHits", 3_240_000.0),
        ("CacheMisses", 360_000.0),
        ("GetTypeCmds", 3_600_000.0),
        ("SetTypeCmds", 540_000.0),
        ("ElastiCacheProcessingUnits", 4_140_000.0),
        ("BytesUsedForCache", 2e9),
        ("CurrItems", 1e6),
    ] {
        emulator.put(cache, metric, value);
    }
    let desk = Desk::new(&emulator);
    let window = window();
    let mut asked = vec!["measure", "--cloudwatch", "elasticache-serverless:pages"];
    asked.extend(["--engine", "valkey", "--region", "us-east-1"]);
    let in_window: Vec<&str> = window.iter().map(String::as_str).collect();
    let live = desk.json(&[&asked[..], &in_window, &["--report", "json"]].concat());
    assert_eq!(field(&live, "traffic.reads"), "1000/s");
    assert_eq!(field(&live, "data.hit_ratio"), "90 %");
    assert_eq!(field(&live, "traffic.writes"), "50/s..50/s..150/s");
    assert_eq!(live["now"]["monthly_cost"]["complete"], true, "{live}");
    desk.script(&desk.run(&[&asked[..], &in_window, &["--emit-query"]].concat()));
    let handed = ["--metrics", "metrics1.json"];
    let files = desk.json(&[&asked[..], &handed, &["--report", "json"]].concat());
    assert_eq!(live, files);
    // The profile is decided, and accepted, and watched by asking again.
    desk.run(&[&asked[..], &in_window, &["-o", "pages.yaml"]].concat());
    desk.run(&["recommend", "pages.yaml", "-o", "accepted.json"]);
    let mut watch = vec![
        "watch",
        "pages.yaml",
        "--accepted",
        "accepted.json",
        "-f",
        "json",
    ];
    watch.extend(["--prices", "snapshot", "--engine", "valkey", "--days", "3"]);
    watch.extend(["--cloudwatch", "elasticache-serverless:pages"]);
    assert_eq!(desk.json(&watch)["verdict"], "same");
    // What is not there is named with what is.
    let mut other = support::command(&["measure", "--cloudwatch", "elasticache-serverless:carts"]);
    other.args(["--region", "us-east-1"]);
    let output = desk.signed(other);
    assert_eq!(output.status.code(), Some(3));
    let told = support::stderr(&output);
    assert!(told.contains("there are values of `pages`"), "{told}");
}

/// moto does not speak the SDK's protocol; the command line does with it what the script says.
#[test]
fn the_script_runs_against_the_other_emulator() {
    let (Some(emulator), true) = (Emulator::moto(), tool(&tools().join(CLI).join("aws"))) else {
        return;
    };
    let cluster = ("AWS/DAX", "ClusterId", "front");
    for (metric, value) in [
        ("ItemCacheHits", 180_000.0),
        ("ItemCacheMisses", 20_000.0),
        ("GetItemRequestCount", 200_000.0),
    ] {
        emulator.put(cluster, metric, value);
    }
    let desk = Desk::new(&emulator);
    let window = window();
    let asked = [
        "measure",
        "--cloudwatch",
        "dax:front",
        "--region",
        "us-east-1",
    ];
    let in_window: Vec<&str> = window.iter().map(String::as_str).collect();
    desk.script(&desk.run(&[&asked[..], &in_window, &["--emit-query"]].concat()));
    let nodes = ["--node-type", "dax.r5.large", "--nodes", "3"];
    let report = ["--metrics", "metrics1.json", "--report", "json"];
    let found = desk.json(&[&asked[..], &nodes, &report].concat());
    assert_eq!(field(&found, "data.hit_ratio"), "90 %");
    assert_eq!(found["now"]["line_items"][0]["quantity"], "2190");
}

/// The bill: the printed questions, the command line, the comparison. What moto answers is put there first.
#[test]
fn the_bill_is_asked_for_and_compared() {
    let (Some(emulator), true) = (Emulator::moto(), tool(&tools().join(CLI).join("aws"))) else {
        return;
    };
    let golden = |name: &str| {
        let text = support::text(Path::new("tests/bill/golden").join(name));
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let desk = Desk::new(&emulator);
    desk.write("cache.yaml", &support::text("tests/bill/golden/cache.yaml"));
    let script = desk.run(&["bill", "--emit-query", "ce", "--month", "2026-03"]);
    desk.script(&script);
    // A month in which nothing was used.
    let nothing = support::command(&["bill", "usage.json", "--profile", "cache.yaml"]);
    let output = desk.signed(nothing);
    assert_eq!(output.status.code(), Some(3));
    let told = support::stderr(&output);
    assert!(told.contains("error[bill-empty]"), "{told}");

    let bills = json!({ "results": [golden("usage.json"), golden("apart.json")] });
    let queue = format!("{}/moto-api/static/ce/cost-and-usage-results", emulator.url);
    let answer = ureq::post(&queue)
        .header("content-type", "application/json")
        .send(bills.to_string().as_bytes())
        .unwrap();
    assert_eq!(answer.status(), 201);
    let script = desk.run(&["bill", "--emit-query", "ce", "--month", "2026-04"]);
    desk.script(&script);
    let compare = |files: [&str; 2]| {
        let form = ["--profile", "cache.yaml", "-f", "json"];
        let args = [&["bill"][..], &files, &form].concat();
        let output = desk.signed(support::command(&args));
        assert!(output.status.success(), "{}", support::stderr(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let asked = compare(["usage.json", "apart.json"]);
    let kept = ["usage.json", "apart.json"].map(|name| {
        let path = support::root().join("tests/bill/golden").join(name);
        path.to_string_lossy().into_owned()
    });
    assert_eq!(asked, compare([&kept[0], &kept[1]]));
    assert_eq!(asked["apart"]["tax"], "14.02");
}
