//! Logs of every kind whose counts are known: `data/logs/<case>/` beside `cases.json`, and `data/more/` likewise.
//!
//! The expected values were counted independently. Layouts are those of real logs, names are not.

use std::fs;
use std::path::{Path, PathBuf};

use cachewright_measure::engine::WritePolicy;
use cachewright_measure::{Measurement, Options, expand, measure};
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// What a run said.
struct Said {
    measurement: Option<Measurement>,
    /// Notes and the message of a failure, in lower case.
    text: String,
}

/// Measures a copy of the case's files.
fn run(folder: &Path, case: &Value) -> Said {
    let temporary = tempfile::tempdir().unwrap();
    let work = temporary.path().join("files");
    copy(&folder.join(case["id"].as_str().unwrap()), &work);
    for (name, target) in case["setup"]["links"].as_object().into_iter().flatten() {
        link(target.as_str().unwrap(), &work.join(name));
    }
    let (options, paths) = arguments(case, &work);
    let result = expand(&paths).and_then(|inputs| measure(&inputs, &options, &mut ()));
    let (measurement, text) = match result {
        Ok(m) => {
            let bad = m.bad_line_samples.iter().map(|b| b.reason.to_owned());
            let text: Vec<String> = m.notes.iter().cloned().chain(bad).collect();
            (Some(m), text.join("\n"))
        }
        Err(error) => {
            let fault = error.downcast_ref::<cachewright_measure::Fault>().unwrap();
            (None, format!("{fault} {}", fault.help))
        }
    };
    let text = text.to_lowercase();
    Said { measurement, text }
}

/// The arguments of the command as options of the library.
fn arguments(case: &Value, work: &Path) -> (Options, Vec<String>) {
    let size = |text: &str| {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = if text.ends_with("MiB") {
            1 << 20
        } else {
            1 << 10
        };
        digits.parse::<u64>().unwrap() * unit
    };
    let (mut options, mut paths) = (Options::default(), Vec::new());
    let mut args = case["argv"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a.as_str().unwrap());
    while let Some(arg) = args.next() {
        let mut next = || args.next().unwrap();
        match arg {
            "--format" => options.format = Some(next().parse().unwrap()),
            "--columns" => options.columns = next().parse().unwrap(),
            "--ttl-column" => options.columns.ttl = Some(next().to_owned()),
            "--fields" => options.fields = next().split(',').map(str::to_owned).collect(),
            "--default-size" => options.default_size = size(next()),
            "--sizes" => options.sizes = next().split(',').map(size).collect(),
            "--ttl" => {
                options.ttl = next()
                    .trim_end_matches('s')
                    .parse()
                    .ok()
                    .map(|s: u64| s * 1000)
            }
            "--writes" => {
                assert_eq!(next(), "invalidate");
                options.writes = Some(WritePolicy::Invalidate);
            }
            "--ignore-query" => options.ignore_query = true,
            "-" => paths.push(
                work.join(case["stdin"].as_str().unwrap())
                    .display()
                    .to_string(),
            ),
            path => paths.push(work.join(path).display().to_string()),
        }
    }
    (options, paths)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[cfg(unix)]
fn link(target: &str, at: &Path) {
    std::os::unix::fs::symlink(target, at).unwrap();
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) {}

/// A value, a range, or `{value, tolerance | tolerance_share}`.
fn is_near(want: &Value, got: Option<f64>) -> bool {
    let Some(got) = got else { return false };
    if let Some([low, high]) = want.as_array().map(|a| [a[0].as_f64(), a[1].as_f64()]) {
        return low.is_some_and(|low| got >= low) && high.is_some_and(|high| got <= high);
    }
    let value = want.as_f64().or(want["value"].as_f64()).unwrap();
    let slack = want["tolerance"].as_f64().unwrap_or(0.0)
        + value.abs() * want["tolerance_share"].as_f64().unwrap_or(0.0);
    (got - value).abs() <= slack + 1e-9
}

/// What does not hold.
fn misses(said: &Said, expect: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_read = said.measurement.is_some();
    let wants_read = match &expect["exit"] {
        Value::Number(exit) => exit == &serde_json::Number::from(0),
        Value::Array(_) => false,
        _ => is_read,
    };
    if is_read != wants_read {
        wrong.push(format!("exit is not {}: {}", expect["exit"], said.text));
    }
    for words in expect["says"].as_array().into_iter().flatten() {
        let mut words = words
            .as_array()
            .unwrap()
            .iter()
            .map(|w| w.as_str().unwrap());
        if !words.any(|word| said.text.contains(&word.to_lowercase())) {
            wrong.push(format!("nothing like {} in: {}", expect["says"], said.text));
        }
    }
    let Some(m) = &said.measurement else {
        return wrong;
    };
    for (key, want) in expect.as_object().unwrap() {
        if let Some(got) = figure(m, key) {
            if !is_near(want, got) {
                wrong.push(format!("{key}: expected {want}, got {got:?}"));
            }
        }
    }
    for point in expect["hits"].as_array().into_iter().flatten() {
        let at = m
            .hit_ratio_curve
            .iter()
            .find(|p| Some(p.size_bytes) == point["size"].as_u64());
        let want =
            serde_json::json!({ "value": point["objects"], "tolerance": point["tolerance"] });
        if !is_near(&want, at.map(|p| p.objects)) {
            wrong.push(format!("hits at {point}: {at:?}"));
        }
    }
    let comments = ["comments", "header lines"];
    let skipped = m.skipped.iter().filter(|(why, _)| !comments.contains(why));
    let skipped = serde_json::json!(skipped.collect::<std::collections::BTreeMap<_, _>>());
    if expect["left_out"].is_object() && expect["left_out"] != skipped {
        wrong.push(format!(
            "left out: {skipped} and not {}",
            expect["left_out"]
        ));
    }
    for (key, got) in [("from", m.from), ("to", m.to)] {
        if let Some(want) = expect[key].as_str() {
            let want: jiff::Timestamp = want.parse().unwrap();
            if (got.unwrap() - want.as_millisecond()).abs() > 1999 {
                wrong.push(format!("{key}: expected {want}, got {got:?}"));
            }
        }
    }
    wrong
}

/// A figure of the measurement by the name it has in the cases; none for what is no figure.
fn figure(m: &Measurement, key: &str) -> Option<Option<f64>> {
    Some(match key {
        "requests" => Some(m.requests as f64),
        "reads" => Some(m.reads as f64),
        "writes" => Some(m.writes as f64),
        "deletes" => Some(m.deletes as f64),
        "distinct_keys" => Some(m.distinct_keys as f64),
        "distinct_bytes" => Some(m.distinct_bytes as f64),
        "bad_lines" => Some(m.bad_lines as f64),
        "span_hours" => Some(m.rates.span_hours),
        "bytes_per_read" => m.sent.mean(),
        "largest_object" => m.sizes.max.map(|max| max as f64),
        "logged_hits" => m.logged_hit_ratio,
        "hits_at_largest" => m.hit_ratio_curve.last().map(|p| p.objects),
        "keys_per_read" => Some(m.keys_per_read),
        "left_out_total" => {
            let counts = m.skipped.iter().filter(|(why, _)| **why != "comments");
            Some(counts.map(|(_, n)| *n as f64).sum())
        }
        "active_hours" => {
            let (active, covered) = (m.rates.active_hours as f64, m.rates.covered_hours as f64);
            Some(730.0 * active / covered)
        }
        _ => return None,
    })
}

#[test]
fn counts_of_real_layouts_are_right() {
    check(&folder("logs"));
}

#[test]
fn counts_of_more_layouts_are_right() {
    check(&folder("more"));
}

fn check(folder: &Path) {
    let cases = fs::read_to_string(folder.join("cases.json")).unwrap();
    let cases: Value = serde_json::from_str(&cases).unwrap();
    let mut wrong = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let said = run(folder, case);
        let mut found = misses(&said, &case["expect"]);
        if let Some(ways) = case["expect"]["any_of"].as_array() {
            let tried: Vec<Vec<String>> = ways.iter().map(|way| misses(&said, way)).collect();
            if tried.iter().all(|way| !way.is_empty()) {
                found.extend(tried.into_iter().flatten());
            }
        }
        wrong.extend(found.iter().map(|miss| format!("{}: {miss}", case["id"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
