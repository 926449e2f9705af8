//! Exit codes, gates, formats and files, as a user meets them.

#[path = "../crates/core/tests/support/schema.rs"]
mod schema_file;
mod support;

use support::{run, stderr, stdout};

fn code(args: &[&str]) -> i32 {
    run(args).status.code().unwrap()
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let good = "examples/product-pages.yaml";
    assert_eq!(code(&["recommend", good]), 0);
    assert_eq!(code(&["recommend", "examples/person-lookups.yaml"]), 0);
    assert_eq!(code(&["recommend", "examples/global-memory.yaml"]), 1);
    assert_eq!(code(&["recommend"]), 2);
    assert_eq!(code(&["recommend", good, "--expect", "dynamic"]), 2);
    assert_eq!(code(&["recommend", "tests/bad/profiles/tag.yaml"]), 3);
    assert_eq!(
        code(&["recommend", good, "--expect", "dynamodb,s3-express"]),
        0
    );
    assert_eq!(code(&["recommend", good, "--expect", "cloudfront"]), 5);
    assert_eq!(
        code(&[
            "recommend",
            "examples/person-lookups.yaml",
            "--expect",
            "no-cache"
        ]),
        0
    );
    assert_eq!(code(&["recommend", good, "--budget", "100 USD/month"]), 5);
    assert_eq!(code(&["recommend", good, "--budget", "10000 USD/month"]), 0);
    assert_eq!(code(&["recommend", good, "--budget", "lots"]), 2);
    assert_eq!(
        code(&["recommend", "examples/preferences-abroad.yaml", "--strict"]),
        4
    );
    assert_eq!(
        code(&["recommend", good, "--prices", "file:no-such-file.json"]),
        4
    );
    assert_eq!(
        code(&[
            "generate",
            "examples/global-memory.yaml",
            "-o",
            "never-written"
        ]),
        1
    );
    assert_eq!(
        code(&[
            "generate",
            "examples/person-lookups.yaml",
            "-o",
            "never-written"
        ]),
        1
    );
}

#[test]
fn a_bad_profile_does_not_stop_the_others() {
    let output = run(&[
        "recommend",
        "examples/static-site.yaml",
        "tests/bad/profiles/tag.yaml",
        "examples/global-memory.yaml",
        "-f",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(3));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "cachewright/reports/v1");
    assert_eq!(json["reports"].as_array().unwrap().len(), 2);
}

#[test]
fn many_profiles_begin_with_a_summary() {
    let text = stdout(&run(&[
        "recommend",
        "examples/static-site.yaml",
        "examples/person-lookups.yaml",
    ]));
    let head: String = text.lines().take(6).collect::<Vec<_>>().join("\n");
    assert!(
        head.contains("static-site")
            && head.contains("person-lookups")
            && head.contains("no-cache"),
        "{head}"
    );
}

#[test]
fn a_file_is_never_overwritten_unasked() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("r.md").to_string_lossy().into_owned();
    let args = [
        "recommend",
        "examples/static-site.yaml",
        "-f",
        "markdown",
        "-o",
        &file,
    ];
    assert_eq!(code(&args), 0);
    let output = run(&args);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("file-exists"));
    assert_eq!(code(&[&args[..], &["--force"]].concat()), 0);
}

#[test]
fn piped_text_has_no_colour_and_fits_its_width() {
    for width in ["60", "80", "120"] {
        let output = support::command(&["recommend", "examples/product-pages.yaml"])
            .env("COLUMNS", width)
            .output()
            .unwrap();
        let text = stdout(&output);
        assert!(!text.contains('\u{1b}'));
        let wide: Vec<&str> = text
            .lines()
            .filter(|l| {
                l.chars().count() > width.parse().unwrap()
                    && !l.contains("://")
                    && !l.contains('`')
                    && !l.contains("$ cachewright")
                    && !l.contains("Next: cachewright")
                    && !l.contains("--set ")
            })
            .collect();
        assert!(wide.is_empty(), "{width}: {wide:#?}");
    }
    let coloured = run(&[
        "--color",
        "always",
        "recommend",
        "examples/product-pages.yaml",
    ]);
    assert!(stdout(&coloured).contains('\u{1b}'));
}

/// What a name must not do anywhere: drive the terminal, reorder or hide text, become markup or a formula.
const HOSTILE: &str = r#"=HYPERLINK(1) <script>alert(1)</script> | `x` [y](z) \u001b[31m\u0007\u001b]0;t\u0007 \u009b2J \u202egnp \u2066 \u200b ${AWS::StackName}"#;

/// Characters that do something instead of being seen.
fn driving(text: &str) -> Vec<char> {
    let bad = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    text.chars().filter(bad).collect()
}

#[test]
fn hostile_names_and_descriptions_stay_text() {
    let name = format!("name=\"{HOSTILE}\"");
    let description = format!("description=\"- # {HOSTILE}\\n\\n---\\n1. <img src=x>\"");
    let sets = ["--set", &name, "--set", &description];
    let files = [
        "examples/static-site.yaml",
        "examples/one-process.yaml",
        "examples/global-memory.yaml",
    ];
    for format in ["text", "markdown", "csv"] {
        // One report, and the summary of several.
        for files in [&files[..1], &files] {
            let mut args = vec!["recommend", "-f", format];
            args.extend(sets);
            args.extend(files);
            let text = stdout(&run(&args));
            assert!(text.contains("HYPERLINK"), "{format}: {text}");
            assert!(driving(&text).is_empty(), "{format}: {text}");
            if format == "markdown" {
                // The commands repeat what was set, in a fenced block that no line of theirs ends.
                let fences = text.split("\n```");
                let (prose, code): (Vec<_>, Vec<_>) =
                    fences.enumerate().partition(|(i, _)| i % 2 == 0);
                for (_, prose) in &prose {
                    assert!(
                        !prose.contains("<script>") && !prose.contains("<img"),
                        "{text}"
                    );
                }
                for (_, code) in &code {
                    let mut lines = code.lines().skip(1);
                    assert!(
                        lines.all(|l| l.starts_with("$ cachewright ") || l.starts_with('#')),
                        "{code}"
                    );
                }
                assert!(text.contains("\n\\- \\#") || files.len() > 1, "{text}");
            }
            for line in text.lines().skip(1).filter(|_| format == "csv") {
                let cell = line.trim_start_matches('"');
                assert!(cell.starts_with("'=HYPERLINK"), "{line}");
            }
        }
    }
    // JSON keeps the text as data, with escapes for what would drive a terminal.
    let mut args = vec!["recommend", "-f", "json", files[0]];
    args.extend(sets);
    let json = stdout(&run(&args));
    assert!(
        !json.chars().any(|c| c.is_ascii_control() && c != '\n'),
        "{json}"
    );
    // The verdict of a gate names the profile where there are several.
    let mut args = vec!["recommend", "-q", "--expect", "no-cache"];
    args.extend(files);
    args.extend(sets);
    let gate = stdout(&run(&args));
    assert!(
        gate.contains("HYPERLINK") && driving(&gate).is_empty(),
        "{gate}"
    );
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bad.yaml");
    for bad in [
        "version: 1\nlayer: x\u{202e}x\u{9b}2J\u{200b}\u{ad}\n",
        "version: 1\nlayer: x\u{1b}[31m\u{9b}2J\n",
        "version: 1\nlayer: \"x\\u202e\\u0007\\u001b]0;t\\u0007\\u009b\"\n",
    ] {
        std::fs::write(&file, bad).unwrap();
        let problem = stderr(&run(&["recommend", file.to_str().unwrap()]));
        assert!(problem.contains("layer"), "{problem}");
        assert!(driving(&problem).is_empty(), "{problem:?}");
    }
}

#[test]
fn the_helpers_print() {
    for args in [
        vec!["schema", "profile"],
        vec!["schema", "report"],
        vec!["completions", "bash"],
        vec!["completions", "fish"],
        vec!["man"],
        vec!["catalog", "check"],
        vec!["catalog", "list"],
        vec!["explain", "dynamodb"],
        vec!["explain", "ecpus"],
        vec!["explain", "profile-contradiction"],
        vec!["explain", "consider-dax"],
        vec!["price", "--list-meters"],
    ] {
        let output = run(&args);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?}: {}",
            stderr(&output)
        );
        assert!(!output.stdout.is_empty(), "{args:?}");
    }
    assert_eq!(code(&["explain", "no-such-thing"]), 2);
}

#[test]
fn the_report_fits_its_schema() {
    let schema: serde_json::Value =
        serde_json::from_slice(&run(&["schema", "report"]).stdout).unwrap();
    let validator = schema_file::Schema::new(schema);
    for path in [
        "examples/product-pages.yaml",
        "examples/global-memory.yaml",
        "examples/person-lookups.yaml",
        "examples/static-site.yaml",
    ] {
        let json: serde_json::Value =
            serde_json::from_slice(&run(&["recommend", path, "-f", "json"]).stdout).unwrap();
        let problems: Vec<String> = validator.problems(&json);
        assert!(problems.is_empty(), "{path}: {problems:#?}");
    }
}

#[test]
fn meters_that_do_not_exist_name_the_right_ones() {
    let output = run(&[
        "price",
        "dynamodb",
        "--region",
        "us-east-1",
        "read-request-unit=5",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("did you mean `read-request-units`?"),
        "{}",
        stderr(&output)
    );
    let unknown = run(&[
        "price",
        "s3-express",
        "--region",
        "eu-central-1",
        "storage-gb-months=10",
        "get-requests=5M",
        "-f",
        "json",
    ]);
    let json: serde_json::Value = serde_json::from_slice(&unknown.stdout).unwrap();
    assert_eq!(
        (json["complete"].as_bool(), json["total"].as_str()),
        (Some(false), Some("1.18"))
    );
    assert_eq!(
        code(&[
            "price",
            "s3-express",
            "--region",
            "eu-central-1",
            "get-requests=5M",
            "--strict"
        ]),
        4
    );
}

/// Notes of a profile at the edge, by code.
fn edge_notes(origin: &str) -> Vec<(String, String)> {
    let (catalog, book) = support::data();
    let text = format!(
        "version: 1\nname: pages\nregion: us-east-1\nlayer: edge\ntraffic: {{ reads: 5000/s }}\n\
         data: {{ item_size: 8 KiB, working_set: 4 GiB, hit_ratio: 60 % }}\norigin: {{ kind: {origin} }}\n"
    );
    let profile = support::profile(&text, &catalog);
    let notes = support::decide(&catalog, &book, &profile).notes;
    notes
        .into_iter()
        .map(|n| {
            (
                n.code().to_owned(),
                cachewright::words::note(&n).to_string(),
            )
        })
        .collect()
}

#[test]
fn a_second_layer_is_noted_with_both_costs_where_it_pays() {
    let notes = edge_notes("dynamodb");
    let (_, text) = notes.iter().find(|(code, _)| code == "two-layers").unwrap();
    assert_eq!(text.matches('$').count(), 3, "{text}");
    assert!(
        edge_notes("s3")
            .iter()
            .all(|(code, _)| code != "two-layers"),
        "an origin that speaks HTTP has no application in between"
    );
}

const BORDERLINE: &str = "examples/borderline/01-volume-b.yaml";

#[test]
fn a_sweep_maps_the_answer_over_numbers() {
    let axis = "traffic.reads=10/s..100k/s@60";
    let csv = stdout(&run(&[
        "recommend",
        BORDERLINE,
        "--sweep",
        axis,
        "-f",
        "csv",
    ]));
    assert_eq!(csv.lines().count(), 61, "{csv}");
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .starts_with("10/s,dynamodb,standard-provisioned,0,"),
        "{csv}"
    );
    assert!(csv.ends_with("true\n") && csv.contains("100000/s,elasticache-serverless,valkey,"));
    let json = stdout(&run(&[
        "recommend",
        BORDERLINE,
        "--sweep",
        axis,
        "-f",
        "json",
    ]));
    let map: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(map["schema"], "cachewright/sweep/v1");
    for (row, line) in std::iter::zip(map["points"].as_array().unwrap(), csv.lines().skip(1)) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(row["at"][0], cells[0]);
        assert_eq!(row["service"], cells[1]);
        assert_eq!(row["monthly_cost"], cells[3]);
    }
    // The map agrees with the report at one of its points.
    let set = [
        "recommend",
        BORDERLINE,
        "--set",
        "traffic.reads=10/s",
        "--brief",
        "-f",
        "json",
    ];
    let report: serde_json::Value = serde_json::from_str(&stdout(&run(&set))).unwrap();
    assert_eq!(
        report["recommendation"]["service"],
        map["points"][0]["service"]
    );
    let cost = &report["recommendation"]["monthly_cost"]["expected"];
    assert_eq!(cost, &map["points"][0]["monthly_cost"]);
    let two = [
        "recommend",
        BORDERLINE,
        "--sweep",
        axis,
        "--sweep",
        "data.working_set=1 GiB..1 TiB@3",
    ];
    let text = stdout(&run(&two));
    assert!(
        text.contains("DynamoDB") && text.contains("1 TiB"),
        "{text}"
    );
    // The page draws what the points say: as many cells of a colour as points with the answer.
    let page = stdout(&run(&[&two[..], &["-f", "html"]].concat()));
    let points = stdout(&run(&[&two[..], &["-f", "csv"]].concat()));
    let dynamodb = points.lines().filter(|l| l.contains(",dynamodb,")).count();
    assert!(dynamodb > 0 && dynamodb < 180, "{points}");
    assert!(
        page.contains(&format!("Amazon DynamoDB, {dynamodb} of 180 points")),
        "{page}"
    );
    assert!(
        page.contains("--sweep traffic.reads=10/s..100k/s@60 --sweep"),
        "{page}"
    );
}

#[test]
fn growth_names_the_month_of_a_takeover() {
    let small = [
        "recommend",
        BORDERLINE,
        "--set",
        "traffic.reads=5/s",
        "--set",
        "traffic.writes=5/s",
        "--set",
        "data.working_set=100 MiB",
        "--growth",
        "20 %/month",
        "--months",
        "18",
    ];
    let args = [&small[..], &["-f", "json"]].concat();
    let report: serde_json::Value = serde_json::from_str(&stdout(&run(&args))).unwrap();
    let months = report["growth"]["months"].as_array().unwrap();
    assert_eq!(months.len(), 19);
    let takeover = report["growth"]["takeovers"][0].as_u64().unwrap() as usize;
    let service = |m: usize| months[m]["answer"]["service"].as_str().unwrap();
    assert_eq!(service(takeover - 1), "elasticache-serverless");
    assert_eq!(service(takeover), "dynamodb");
    assert_eq!(
        months[0]["monthly_cost"],
        report["recommendation"]["monthly_cost"]["expected"]
    );
    let text = stdout(&run(&small));
    assert!(
        text.contains(&format!("from month {takeover} on it is dynamodb")),
        "{text}"
    );
}

#[test]
fn what_if_options_that_make_no_sense_are_refused() {
    let refused = |args: &[&str], code: &str| {
        let output = run(&[&["recommend", BORDERLINE], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(code), "{}", stderr(&output));
    };
    refused(&["--sweep", "traffic.reads=5/s..5/s"], "sweep-axis");
    refused(&["--sweep", "traffic.reed=1/s..5/s"], "sweep-axis");
    refused(
        &["--sweep", "traffic.reads=1/s..5/s@501", "-f", "html"],
        "sweep-format",
    );
    refused(&["--growth", "-3 %"], "growth-rate");
    refused(&["--growth", "lots"], "growth-rate");
    refused(&["--growth", "3 %", BORDERLINE], "what-if-profiles");
}

#[test]
fn what_cannot_be_written_has_a_code_and_a_next_step() {
    let good = "examples/product-pages.yaml";
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing/x");
    let missing = missing.to_str().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("x");
    let below = below.to_str().unwrap();
    for args in [
        vec!["recommend", "--brief", good, "-o", missing],
        vec!["price", "--list-meters", "-o", missing],
        vec!["generate", good, "-o", below],
        vec!["man", "-o", below],
    ] {
        let output = run(&args);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(
            text.contains("error[file-unwritable]: cannot write ") && text.contains("= help: name"),
            "{args:?}: {text}"
        );
        assert!(
            !text.contains("os error")
                && !text.contains("x/.tmp")
                && !text.contains("missing/.tmp"),
            "{text}"
        );
    }
    for args in [
        vec!["recommend", good],
        vec!["recommend", "-f", "json", good],
        vec!["catalog", "list"],
        vec!["man"],
    ] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = support::command(&args).stdout(full).output().unwrap();
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(
            text.contains(
                "error[file-unwritable]: cannot write the result: no space left on device"
            ) && text.contains("= help: make room"),
            "{args:?}: {text}"
        );
    }
    assert!(stdout(&run(&["explain", "file-unwritable"])).contains("exit code is 2"));
}

#[test]
fn no_form_for_people_prints_an_unseen_character_raw() {
    use cachewright::text::{drives, yaml_quoted};
    let unseen: String = ('\u{1}'..='\u{1ffff}')
        .chain(['\u{e0001}', '\u{e0020}', '\u{e007f}', '\u{e0100}'])
        .filter(|c| drives(*c))
        .collect();
    assert!(unseen.chars().count() > 120);
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let set = |path: &str| format!("{path}={}", yaml_quoted(&format!("a{unseen}b")));
    let (name, about) = (set("name"), set("description"));
    let profile = "examples/static-site.yaml";
    let recommend = ["recommend", profile, "--set", &name, "--set", &about];
    let (a, b) = (path("a.json"), path("b.json"));
    run(&[&recommend[..], &["-f", "json", "-o", &a]].concat());
    run(&[
        &recommend[..],
        &["-f", "json", "-o", &b, "--set", "traffic.reads=9/s"],
    ]
    .concat());
    let forms =
        ["text", "markdown", "html", "csv"].map(|form| [&recommend[..], &["-f", form]].concat());
    let raw: String = unseen.chars().filter(|c| *c != '\n').collect();
    let stack = format!("no{raw}where");
    let mut commands = forms.to_vec();
    commands.extend([
        vec!["diff", &a, &b],
        vec!["diff", &a, &b, "-f", "markdown"],
        vec!["explain", &raw],
        vec!["recommend", &stack],
        vec!["deploy", &stack, "--stack-name", "s"],
        vec!["recommend", profile, "--expect", &raw],
    ]);
    for args in commands {
        let output = run(&args);
        let text = stdout(&output) + &stderr(&output);
        let raw: Vec<char> = text.chars().filter(|c| *c != '\n' && drives(*c)).collect();
        assert!(!text.is_empty() && raw.is_empty(), "{:?}: {raw:?}", args[0]);
    }
}
