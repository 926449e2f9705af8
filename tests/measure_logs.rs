//! What `measure` writes into a profile: accepted by `recommend`, and giving back what was measured.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cachewright::cli::args::Global;
use cachewright::cli::measure::{Args, run};
use cachewright::world::{Terminal, World};
use clap::Parser;
use serde_json::Value;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    args: Args,
}

/// What a run said.
struct Said {
    exit: u64,
    json: Value,
    profile: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/measure/tests/data/logs")
}

/// Runs `measure` on a copy of the case's files.
fn measure(case: &Value) -> Said {
    let id = case["id"].as_str().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let work = temporary.path().join("files");
    copy(&folder().join(id), &work);
    for (name, target) in case["setup"]["links"].as_object().into_iter().flatten() {
        link(target.as_str().unwrap(), &work.join(name));
    }
    let profile = temporary.path().join("profile.yaml");
    let mut args = vec!["measure".to_owned()];
    for arg in case["argv"].as_array().unwrap() {
        let arg = match arg.as_str().unwrap() {
            "-" => case["stdin"].as_str().unwrap(),
            arg => arg,
        };
        let path = work.join(arg);
        let is_path = path.exists() || arg.contains('*');
        args.push(if is_path {
            path.display().to_string()
        } else {
            arg.to_owned()
        });
    }
    args.extend(["--report", "json", "--region", "eu-west-1", "-o"].map(str::to_owned));
    args.push(profile.display().to_string());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut world = World {
        out: &mut out,
        err: &mut err,
        terminal: Terminal {
            can_prompt: false,
            color_out: false,
            color_err: false,
            out_is_terminal: false,
            err_is_terminal: false,
            width: 80,
            height: None,
        },
        env: BTreeMap::new(),
    };
    let cli = Cli::parse_from(args);
    let result = run(&cli.args, &cli.global, &mut world);
    let exit = match result {
        Ok(_) => 0,
        Err(error) => {
            let failure = error.downcast_ref::<cachewright::exit::Failure>();
            let failure = failure.unwrap_or_else(|| panic!("{id}: no code: {error:#}"));
            u64::from(failure.exit.code())
        }
    };
    let json: Value = serde_json::from_slice(&out).unwrap_or_default();
    Said {
        exit,
        json,
        profile: fs::read_to_string(profile).ok(),
    }
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

/// A number of the profile by its key.
fn line_of(profile: &str, key: &str) -> Option<f64> {
    let line = profile
        .lines()
        .find_map(|l| l.trim().strip_prefix(&format!("{key}: ")))?;
    line.split(' ').next()?.parse().ok()
}

/// The profile is accepted, and says the hit ratio that its curve gives.
fn profile_misses(said: &Said) -> Vec<String> {
    let Some(text) = &said.profile else {
        return Vec::new();
    };
    let catalog = cachewright::embedded::catalog().unwrap();
    let Ok(loaded) = cachewright::workload::load(text, &[], &catalog) else {
        // Sizes that nobody knows have to be stated.
        let is_open = !text.contains("item_size:");
        return if is_open {
            Vec::new()
        } else {
            vec![format!("refused:\n{text}")]
        };
    };
    let profile = loaded.profile;
    let derived: f64 = profile
        .hit_ratio(profile.data.working_set)
        .try_into()
        .unwrap();
    let measured = line_of(text, "hit_ratio").unwrap() / 100.0;
    if (derived - measured).abs() > 0.001 {
        return vec![format!("hit ratio {derived} and not {measured}")];
    }
    Vec::new()
}

#[test]
fn profiles_say_what_was_measured() {
    let cases = fs::read_to_string(folder().join("cases.json")).unwrap();
    let cases: Value = serde_json::from_str(&cases).unwrap();
    let mut wrong = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let said = measure(case);
        let mut found = profile_misses(&said);
        let profile = said.profile.as_deref().unwrap_or_default();
        for key in ["active_hours", "keys_per_read"] {
            let want = &case["expect"][key];
            if !want.is_null() && !is_near(want, line_of(profile, key).or(Some(730.0))) {
                found.push(format!("{key} is not {want}:\n{profile}"));
            }
        }
        for (path, want) in case["expect"]["profile"].as_object().into_iter().flatten() {
            let key = path.rsplit('.').next().unwrap();
            if !profile.contains(&format!("{key}: {}\n", want.as_str().unwrap())) {
                found.push(format!("{path} is not {want}:\n{profile}"));
            }
        }
        if said.exit == 0 {
            for key in [
                "lines",
                "bad_lines",
                "skipped",
                "notes",
                "sent",
                "unknown_sizes",
                "first_reads",
            ] {
                if said.json.get(key).is_none() {
                    found.push(format!("no {key} in the JSON report"));
                }
            }
        }
        wrong.extend(found.iter().map(|miss| format!("{}: {miss}", case["id"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
