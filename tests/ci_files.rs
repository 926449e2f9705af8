//! The files for CI: the composite action with its script, the GitHub workflow, the GitLab job.

mod support;
#[path = "templates/tools.rs"]
#[allow(dead_code, reason = "each test file uses a part")]
mod tools;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn yaml(path: &str) -> Value {
    cachewright::yaml::value(&support::text(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A folder with an accepted profile, a stand-in for `gh` that notes what it is asked, and the runner's files.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = support::command(args)
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            support::stderr(&output)
        );
    };
    run(&["init", "sessions", "-o", "cache.yaml"]);
    run(&["recommend", "cache.yaml", "-o", "accepted.json"]);
    std::fs::create_dir(dir.path().join("bin")).unwrap();
    let gh = "#!/bin/sh\necho \"$1 $2 $3 $4\" >> \"$LOG\"\n[ \"$2\" != list ] || cat \"$ISSUES\"\n";
    let path = dir.path().join("bin/gh");
    std::fs::write(&path, gh).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::fs::write(dir.path().join("issues"), "3\tanother title\n").unwrap();
    dir
}

/// Runs the script of the action the way the runner does.
fn step(dir: &Path, profile: &str, extra: &[(&str, &str)]) -> Output {
    let at = |name: &str| dir.join(name).display().to_string();
    for file in ["summary", "output", "log"] {
        std::fs::write(dir.join(file), "").unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/watch.sh");
    Command::new("bash")
        .arg(script)
        .current_dir(dir)
        .env_clear()
        .env(
            "PATH",
            format!(
                "{}:{}",
                at("bin"),
                std::env::var("PATH").unwrap_or_default()
            ),
        )
        .env("HOME", dir)
        .env("RUNNER_TEMP", dir)
        .env("GITHUB_STEP_SUMMARY", at("summary"))
        .env("GITHUB_OUTPUT", at("output"))
        .env("LOG", at("log"))
        .env("ISSUES", at("issues"))
        .env("CW_BINARY", env!("CARGO_BIN_EXE_cachewright"))
        .env("CW_PROFILE", profile)
        .env("CW_ACCEPTED", "accepted.json")
        .env("CW_PRICES", "snapshot")
        .env("CW_MIN_CHANGE", "5%")
        .env("CW_FAIL", "yes")
        .env("CW_ISSUE", "no")
        .envs(extra.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn inputs_reach_the_script_as_variables_and_as_nothing_else() {
    let action = yaml("action.yml");
    let step = &action["runs"]["steps"][0];
    assert!(
        !step["run"].as_str().unwrap().contains("${{"),
        "an expression in shell text"
    );
    let env = step["env"].as_object().unwrap();
    for input in action["inputs"].as_object().unwrap().keys() {
        let wanted = format!("${{{{ inputs.{input} }}}}");
        assert!(
            env.values().any(|v| *v == wanted),
            "{input} does not reach the script"
        );
    }
    let script = support::text("scripts/watch.sh");
    for name in env.keys().filter(|n| n.starts_with("CW_")) {
        assert!(script.contains(name), "{name} is not read");
    }
    for output in action["outputs"].as_object().unwrap().keys() {
        assert!(
            script.contains(&format!("{output}=")),
            "{output} is not written"
        );
    }
}

#[test]
fn the_step_tells_the_finding_and_keeps_one_issue() {
    let dir = folder();
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    let issue = [("CW_ISSUE", "yes")];
    let same = step(dir.path(), "cache.yaml", &issue);
    assert_eq!(same.status.code(), Some(0), "{}", support::stderr(&same));
    assert!(
        read("output").contains("verdict=same\nmarkdown="),
        "{}",
        read("output")
    );
    assert!(read("summary").starts_with("## same: `sessions-200-days`"));
    assert_eq!(read("log"), "issue list --state open\n", "nothing to close");
    let other = read("cache.yaml").replace("reads: 1200/s", "reads: 1900/s");
    std::fs::write(dir.path().join("cache.yaml"), &other).unwrap();
    let changed = step(dir.path(), "cache.yaml", &issue);
    assert_eq!(changed.status.code(), Some(0));
    assert!(read("output").contains("verdict=changed"));
    assert!(
        read("log").contains("issue create --title"),
        "{}",
        read("log")
    );
    // Another service: a leaderboard cannot live in a table.
    let flip = other.replace(
        "optimize_for: cost",
        "requirements: { features: [sorted-sets] }",
    );
    std::fs::write(dir.path().join("cache.yaml"), flip).unwrap();
    std::fs::write(
        dir.path().join("issues"),
        "3\tanother title\n7\tcachewright: the accepted answer for cache.yaml\n",
    )
    .unwrap();
    let flipped = step(dir.path(), "cache.yaml", &issue);
    assert_eq!(
        flipped.status.code(),
        Some(5),
        "{}",
        support::stderr(&flipped)
    );
    assert!(read("output").contains("verdict=flip"));
    assert!(
        read("log").contains("issue edit 7 --body-file"),
        "{}",
        read("log")
    );
    let quiet = step(dir.path(), "cache.yaml", &[("CW_FAIL", "no")]);
    assert_eq!(quiet.status.code(), Some(0));
    assert_eq!(read("log"), "", "no issue is touched unless asked");
    // When it holds again, the issue is closed.
    std::fs::write(
        dir.path().join("cache.yaml"),
        other.replace("1900/s", "1200/s"),
    )
    .unwrap();
    step(dir.path(), "cache.yaml", &issue);
    assert!(read("log").contains("issue close 7"), "{}", read("log"));
}

#[test]
fn what_is_no_finding_ends_the_job_as_it_is_and_no_name_is_an_option() {
    let dir = folder();
    assert_eq!(step(dir.path(), "missing.yaml", &[]).status.code(), Some(3));
    assert_eq!(
        step(dir.path(), "--help", &[]).status.code(),
        Some(3),
        "a file of this name"
    );
    assert_eq!(
        step(dir.path(), "cache.yaml", &[("CW_PRICES", "guess")])
            .status
            .code(),
        Some(2)
    );
    let marker = dir.path().join("pwned");
    let text = format!("$(touch {})", marker.display());
    assert_eq!(step(dir.path(), &text, &[]).status.code(), Some(3));
    assert!(!marker.exists());
}

#[test]
fn the_gitlab_job_runs_in_one_shell_and_ends_as_watch_does() {
    let job = &yaml("docs/recipes/gitlab-watch.yml")["cache-watch"];
    let lines: Vec<&str> = job["script"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l.as_str().unwrap())
        .collect();
    let script = lines
        .join("\n")
        .replace("cache.report.json", "accepted.json --prices snapshot");
    let dir = folder();
    let program = Path::new(env!("CARGO_BIN_EXE_cachewright"))
        .parent()
        .unwrap();
    let run = || {
        let _ = std::fs::remove_file(dir.path().join("watch.md"));
        Command::new("bash")
            .args(["-e", "-c", &script])
            .current_dir(dir.path())
            .env(
                "PATH",
                format!(
                    "{}:{}",
                    program.display(),
                    std::env::var("PATH").unwrap_or_default()
                ),
            )
            .output()
            .unwrap()
    };
    let same = run();
    assert_eq!(same.status.code(), Some(0), "{}", support::stderr(&same));
    assert!(support::stdout(&same).starts_with("## same"));
    let text = std::fs::read_to_string(dir.path().join("cache.yaml")).unwrap();
    let flip = text.replace(
        "optimize_for: cost",
        "requirements: { features: [sorted-sets] }",
    );
    std::fs::write(dir.path().join("cache.yaml"), flip).unwrap();
    assert_eq!(run().status.code(), Some(5));
    assert_eq!(job["allow_failure"]["exit_codes"][0], 5);
    std::fs::write(dir.path().join("cache.yaml"), "version: 1\n").unwrap();
    assert_eq!(run().status.code(), Some(3));
}

#[test]
fn the_action_and_the_workflow_pass_the_linter() {
    let Some(zizmor) = tools::find("zizmor", &[".tools/zizmor/bin/zizmor"]) else {
        return;
    };
    let files = [
        "action.yml",
        "docs/recipes/github-watch.yml",
        ".github/workflows/release.yml",
    ];
    let mut command = Command::new(zizmor);
    command
        .args(["--offline", "--pedantic", "--no-progress"])
        .args(files);
    let output = tools::run(&mut command);
    assert!(output.status.success(), "{}", tools::text(&output));
}
