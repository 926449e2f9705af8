//! Runs the program the way a user does, with nothing of this machine's own AWS configuration.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unreachable_pub, missing_docs, reason = "support code of tests")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A template with one table and one bucket.
pub const TEMPLATE: &str = "\
Parameters:
  Suffix: {Type: String}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
  Bucket:
    Type: AWS::S3::Bucket
Outputs:
  TableName: {Value: {Ref: Table}}
";

/// A working directory with a generated-looking stack in `app`.
pub struct Desk {
    pub dir: tempfile::TempDir,
    pub endpoint: String,
}

impl Desk {
    pub fn new(endpoint: &str) -> Self {
        let desk = Self {
            dir: tempfile::tempdir().unwrap(),
            endpoint: endpoint.to_owned(),
        };
        desk.write(TEMPLATE, "one");
        desk
    }

    pub fn write(&self, template: &str, suffix: &str) {
        let app = self.path("app");
        std::fs::create_dir_all(&app).unwrap();
        std::fs::write(app.join("template.yaml"), template).unwrap();
        let parameters =
            format!("[{{\"ParameterKey\":\"Suffix\",\"ParameterValue\":\"{suffix}\"}}]");
        std::fs::write(app.join("parameters.json"), parameters).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program with these arguments (separated by spaces).
    pub fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cachewright"));
        command
            .args(args.split_whitespace())
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &str) -> Run {
        Run::from(self.command(args).output().unwrap())
    }

    pub fn spawn(&self, args: &str) -> Child {
        self.command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// `deploy app --stack-name s --yes` with quick polling and more arguments.
    pub fn deploy(&self, more: &str) -> Run {
        self.run(&format!(
            "deploy app --stack-name s --yes --poll-ms 10 {more}"
        ))
    }
}

/// What a run said and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Run {
    fn from(o: Output) -> Self {
        Self {
            code: o.status.code(),
            out: String::from_utf8_lossy(&o.stdout).into_owned(),
            err: String::from_utf8_lossy(&o.stderr).into_owned(),
        }
    }
}

impl Run {
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.out,
            self.err
        );
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let all = format!("{}{}", self.out, self.err);
        assert!(all.contains(text), "`{text}` is missing in\n{all}");
        self
    }

    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        let all = format!("{}{}", self.out, self.err);
        assert!(!all.contains(text), "`{text}` should not be in\n{all}");
        self
    }

    /// The records of `--events json`; asserts that exactly one result comes, at the end.
    #[track_caller]
    pub fn records(&self) -> Vec<Value> {
        let all: Vec<Value> = self
            .out
            .lines()
            .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e} in `{l}`")))
            .collect();
        let results: Vec<usize> = (0..all.len())
            .filter(|i| all[*i]["record"] == "result")
            .collect();
        assert_eq!(
            results,
            [all.len().wrapping_sub(1)],
            "{}\n{}",
            self.out,
            self.err
        );
        assert_eq!(
            all[results[0]]["exit_code"],
            self.code.unwrap(),
            "{}",
            self.out
        );
        all
    }

    /// The last line on the screen that says something.
    pub fn last_words(&self) -> &str {
        self.err.trim_end().lines().last().unwrap_or_default()
    }
}

/// Sends a signal with the system's own tool.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// Waits until a file or a condition is there.
#[track_caller]
pub fn wait(what: &str, mut there: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !there() {
        assert!(std::time::Instant::now() < end, "{what} did not come");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Whether a tool is installed; without it the test is skipped loudly, or fails under REQUIRE_TOOLS=1.
#[track_caller]
pub fn tool(path: &Path) -> bool {
    if path.exists() {
        return true;
    }
    assert!(
        std::env::var("REQUIRE_TOOLS").as_deref() != Ok("1"),
        "{} is not installed",
        path.display()
    );
    eprintln!(
        "SKIPPED {}: {} is not installed; run scripts/setup.sh",
        std::thread::current().name().unwrap_or("a test"),
        path.display()
    );
    false
}
