//! `cachewright measure` as a command: the JSON contract, the profile, files and arguments.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cachewright::cli::args::Global;
use cachewright::cli::measure::{Args, run};
use cachewright::exit::{Exit, Failure};
use cachewright::world::{Terminal, World};
use clap::Parser;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    args: Args,
}

fn measure(args: &[&str]) -> (anyhow::Result<Exit>, String, String) {
    let cli = Cli::parse_from([&["measure"], args].concat());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let terminal = Terminal {
        can_prompt: false,
        color_out: false,
        color_err: false,
        out_is_terminal: false,
        err_is_terminal: false,
        width: 80,
        height: None,
    };
    let mut world = World {
        out: &mut out,
        err: &mut err,
        terminal,
        env: BTreeMap::new(),
    };
    let result = run(&cli.args, &cli.global, &mut world);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (result, text(out), text(err))
}

fn log(dir: &Path) -> String {
    let rows: String = (0..40_000u64)
        .map(|i| {
            format!(
                "{},k{},{}\n",
                1_790_000_000 + i * 3,
                i * i % 997,
                1000 + i * i % 997
            )
        })
        .collect();
    let path = dir.join("log.csv");
    fs::write(&path, format!("time,key,size\n{rows}")).unwrap();
    path.display().to_string()
}

fn code(result: anyhow::Result<Exit>) -> (&'static str, u8) {
    let error = result.unwrap_err();
    let failure = error
        .downcast_ref::<Failure>()
        .expect("a failure with a code");
    (failure.code, failure.exit.code())
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let (result, out, _) = measure(&[
        &log(dir.path()),
        "--report",
        "json",
        "--sizes",
        "96KiB,1MiB",
    ]);
    assert_eq!(result.unwrap(), Exit::Done);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let keys: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let want = [
        "schema",
        "requests",
        "from",
        "to",
        "format",
        "sampling",
        "rates",
        "sizes",
        "distinct_keys",
        "distinct_bytes",
        "one_hit_wonders",
        "hottest_key_share",
        "logged_hit_ratio",
        "first_reads",
        "unknown_sizes",
        "sent",
        "lines",
        "bad_lines",
        "skipped",
        "notes",
        "hit_ratio_curve",
    ];
    assert_eq!(keys, want);
    assert_eq!(
        (json["schema"].as_str(), json["requests"].as_u64()),
        (Some("cachewright/measure/v1"), Some(40_000))
    );
    assert_eq!(json["from"], "2026-09-21T14:13:20Z");
    let sizes: Vec<u64> = json["hit_ratio_curve"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["size"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [96 << 10, 1 << 20]);
    assert!(json["hit_ratio_curve"][1]["error"].is_null());
    assert!(json["hit_ratio_curve"][1]["objects"].as_f64().unwrap() > 0.9);
}

#[test]
fn the_profile_is_valid_and_carries_the_measured_values() {
    let dir = tempfile::tempdir().unwrap();
    let profile = dir.path().join("shop.yaml");
    let path = profile.display().to_string();
    let log = log(dir.path());
    for sampled in ["exact", "keys=128"] {
        let args = [
            &log,
            "-o",
            &path,
            "--region",
            "eu-west-1",
            "--ttl",
            "5 min",
            "--sampled",
            sampled,
            "--force",
        ];
        measure(&args).0.unwrap();
        let text = fs::read_to_string(&profile).unwrap();
        let catalog = cachewright::embedded::catalog().unwrap();
        let resolved = cachewright::workload::load(&text, &[], &catalog);
        assert!(resolved.is_ok(), "{text}");
        for part in [
            "name: \"shop\"",
            "layer: application",
            "ttl: 5 min",
            "requests: 40000",
            if sampled == "exact" {
                "error: 0\n"
            } else {
                "error: 0."
            },
            "hit_ratio_curve:",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }
}

#[test]
fn files_are_never_overwritten_unasked_and_a_region_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let (log, profile) = (log(dir.path()), dir.path().join("p.yaml"));
    let path = profile.display().to_string();
    assert_eq!(
        code(measure(&[&log, "-o", &path]).0),
        ("measure-arguments", 2)
    );
    fs::write(&profile, "mine").unwrap();
    assert_eq!(
        code(measure(&[&log, "-o", &path, "--region", "eu-west-1"]).0),
        ("file-exists", 2)
    );
    assert_eq!(fs::read_to_string(&profile).unwrap(), "mine");
}

#[test]
fn reports_are_the_same_bytes_every_time_and_markup_in_logs_stays_text() {
    let dir = tempfile::tempdir().unwrap();
    let log = log(dir.path());
    let bad = fs::read_to_string(&log).unwrap() + "<script>|x|,`a`\n";
    fs::write(&log, bad).unwrap();
    for report in ["text", "markdown", "html", "json"] {
        let run = || measure(&[&log, "--report", report, "--sampled", "keys=256,seed=3"]);
        let (first, second) = (run(), run());
        assert_eq!((first.1, first.2), (second.1, second.2), "{report}");
    }
    let (_, out, _) = measure(&[&log, "--report", "markdown"]);
    assert!(
        out.contains("&lt;script&gt;") && !out.contains("<script>"),
        "{out}"
    );
    assert!(out.contains("1 of 40,002 lines are corrupt"), "{out}");
    let (_, out, _) = measure(&[&log, "--report", "html", "--sampled", "keys=256"]);
    assert!(
        out.contains("&lt;script&gt;") && !out.contains("<script>"),
        "{out}"
    );
    assert!(out.contains("95 % interval of the requests"), "{out}");
    assert!(out.contains("class=\"line line1\"") && out.contains("class=\"line line2\""));
    assert!(!out.contains("http") || !out.contains("src="), "{out}");
}

#[test]
fn every_format_is_in_the_documentation_with_its_source() {
    let page = fs::read_to_string("docs/measure.md").unwrap();
    for facts in &cachewright_measure::formats::facts::FACTS {
        let row = format!("| `{}` | {} | ", facts.name, facts.needs);
        let line = page.lines().find(|line| line.starts_with(&row));
        let line = line.unwrap_or_else(|| panic!("no row {row}"));
        assert!(
            facts.source == "docs/measure.md" || line.contains(facts.source),
            "{line}"
        );
    }
    let count = format!(
        "[{} formats]",
        cachewright_measure::formats::facts::FACTS.len()
    );
    assert!(fs::read_to_string("README.md").unwrap().contains(&count));
}

#[test]
fn a_window_a_key_and_a_layer_in_front_are_arguments() {
    let dir = tempfile::tempdir().unwrap();
    let row = |day: u32, host: &str| {
        format!(
            "2026-11-{day:02}T10:00:00Z,/a,{host},100\n2026-11-{day:02}T10:00:01Z,/a?x,{host},100\n"
        )
    };
    let rows: String = [(1, "a"), (2, "a"), (2, "b"), (3, "a")]
        .map(|(day, host)| row(day, host))
        .concat();
    let log = dir.path().join("log.csv").display().to_string();
    fs::write(&log, format!("time,path,host,size\n{rows}")).unwrap();
    let json = |more: &[&str]| {
        let (result, out, _) = measure(&[&[log.as_str(), "--report", "json"], more].concat());
        result.unwrap();
        serde_json::from_str::<serde_json::Value>(&out).unwrap()
    };
    let said = json(&["--from", "2026-11-02", "--to", "2026-11-02"]);
    assert_eq!(
        (
            &said["requests"],
            &said["skipped"]["outside --from and --to"]
        ),
        (&4.into(), &4.into())
    );
    assert_eq!(json(&[])["distinct_keys"], 4);
    for (key, keys) in [
        ("path", 1),
        ("path+query", 2),
        ("host+path", 2),
        ("^(.)/", 2),
    ] {
        assert_eq!(json(&["--key", key])["distinct_keys"], keys, "{key}");
    }
    // Each of the four keys is fetched once by a cache that holds them all.
    assert_eq!(json(&["--behind", "1KiB"])["requests"], 4);
    for wrong in [
        &["--from", "yesterday"][..],
        &["--from", "2026-11-03", "--to", "2026-11-02"],
        &["--behind", "1KiB", "--sampled", "rate=0.5"],
    ] {
        let (result, ..) = measure(&[&[log.as_str()], wrong].concat());
        assert_eq!(code(result), ("measure-arguments", 2), "{wrong:?}");
    }
}

#[test]
fn arguments_that_make_no_sense_say_what_is_allowed() {
    for args in [
        &["x", "--sampled", "some"][..],
        &["x", "--sizes", "12"],
        &["x", "--ttl", "5"],
        &["x", "--sampled", "rate=2"],
    ] {
        assert_eq!(code(measure(args).0), ("measure-arguments", 2), "{args:?}");
    }
}

#[test]
fn the_sampling_query_is_printed_for_both_engines() {
    let (result, athena, _) = measure(&[
        "--emit-sql",
        "athena",
        "--sampled",
        "rate=0.001",
        "--table",
        "logs.cf",
    ]);
    assert_eq!(result.unwrap(), Exit::Done);
    assert!(
        athena.contains("bitwise_and(h, 16777215) < 16777") && athena.contains("\"logs\".\"cf\""),
        "{athena}"
    );
    let (_, spark, _) = measure(&["--emit-sql", "spark", "--columns", "time=ts,key=k"]);
    assert!(
        spark.contains("(h & 16777215) < 167772") && spark.contains("hash=spark"),
        "{spark}"
    );
    // What a sample cannot hold is refused, never left out in silence.
    for columns in ["time=ts,key=k,result=r", "time=ts,key=k,ttl=t"] {
        let refused = measure(&["--emit-sql", "spark", "--columns", columns]).0;
        assert_eq!(code(refused), ("measure-arguments", 2), "{columns}");
    }
}

#[test]
fn nothing_in_a_log_or_its_name_drives_a_terminal_or_turns_the_text() {
    let dir = tempfile::tempdir().unwrap();
    let good = "time,key,size\n1790000000,a,1\n1790000001,a,1\n1790000002,b,1\n1790000003,b,1\n";
    let path = dir.path().join("log\u{202e}\u{ad}.csv");
    fs::write(&path, format!("{good}\u{61c}\u{202e}\u{1b}[2J\n")).unwrap();
    let path = path.display().to_string();
    for report in ["text", "markdown", "html", "json"] {
        let (result, out, err) = measure(&[&path, "--report", report]);
        assert_eq!(result.unwrap(), Exit::Done, "{report}");
        for hidden in ['\u{61c}', '\u{202e}', '\u{1b}', '\u{ad}'] {
            assert!(
                !out.contains(hidden) && !err.contains(hidden),
                "{report} {hidden:?}"
            );
        }
    }
}

#[test]
fn hostile_hosts_and_paths_stay_text_and_nothing_else_is_written() {
    const FIELDS: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) \
        cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken";
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let hosts = [
        "<script>alert(1)</script>",
        "../../x",
        "a\u{202e}b\u{1b}[2J",
        "`| # ${jndi:x}",
    ];
    let rows: String = (0..8)
        .map(|i| {
            let host = hosts[i % 4];
            format!("2026-11-01\t10:00:0{i}\tFRA2\t700\t192.0.2.1\tGET\td1.cloudfront.net\t/../../etc/{host}\t200\t-\t-\t-\t-\tHit\tid{i}\t{host}\thttps\t9\t0.001\n")
        })
        .collect();
    let log = inside.join("log").display().to_string();
    fs::write(&log, format!("#Version: 1.0\n#Fields: {FIELDS}\n{rows}")).unwrap();
    let profile = inside.join("p.yaml").display().to_string();
    for report in ["text", "markdown", "html", "json"] {
        let (result, out, err) = measure(&[
            &log,
            "--report",
            report,
            "--region",
            "eu-west-1",
            "-o",
            &profile,
            "--force",
            "--name",
            "<b>../x\u{202e}",
        ]);
        assert_eq!(result.unwrap(), Exit::Done, "{report}");
        for hidden in ['\u{202e}', '\u{1b}'] {
            assert!(
                !out.contains(hidden) && !err.contains(hidden),
                "{report} {hidden:?}"
            );
        }
        if report != "json" {
            assert!(
                out.contains("4 names") || report == "html",
                "{report}: {out}"
            );
            assert!(
                !out.contains("<script>alert") || report == "text",
                "{report}: {out}"
            );
        }
    }
    let text = fs::read_to_string(&profile).unwrap();
    assert!(!text.contains("<script>"), "{text}");
    let names = |path: &Path| {
        fs::read_dir(path)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names(dir.path()), ["inside"].map(Into::into).into());
    assert_eq!(names(&inside), ["log", "p.yaml"].map(Into::into).into());
}

#[test]
fn a_dash_prints_the_profile_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let log = log(dir.path());
    let (result, out, err) = measure(&[&log, "--region", "eu-west-1", "-o", "-"]);
    assert_eq!(result.unwrap(), Exit::Done);
    assert!(out.contains("\nname: \"measured\"\n"), "{out}");
    assert!(!out.contains("Requests") && err.is_empty(), "{out}{err}");
    assert!(!Path::new("-").exists());
}
