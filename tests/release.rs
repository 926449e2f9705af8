//! What a release is made of: packages, archives, wheel, image, and the pages that describe them.

mod support;
#[path = "templates/tools.rs"]
#[allow(dead_code, reason = "each test file uses a part")]
mod tools;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest, Sha256};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const TARGET: &str = "x86_64-unknown-linux-gnu";

fn python() -> Option<PathBuf> {
    tools::find("python3", &[])
}

/// A script of `scripts/release/`, without leaving compiled Python behind.
fn script(python: &Path, name: &str, args: &[&str]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/release");
    let mut command = Command::new(python);
    command.arg("-B").arg(path.join(name)).args(args);
    tools::run(&mut command)
}

/// What a script that succeeded printed.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", tools::text(output));
    support::stdout(output).trim().to_owned()
}

/// The program of this build without its debugging symbols, as the shipped profile leaves them out: a fifth of the time to pack.
fn program(dir: &Path) -> String {
    let to = dir.join("cachewright");
    let from = env!("CARGO_BIN_EXE_cachewright");
    let stripped = Command::new("strip").arg("-o").arg(&to).arg(from).status();
    if !stripped.is_ok_and(|s| s.success()) {
        std::fs::copy(from, &to).unwrap();
    }
    to.display().to_string()
}

fn files_of(package: &str) -> Vec<String> {
    let args = [
        "package",
        "--list",
        "--allow-dirty",
        "--locked",
        "--offline",
        "-p",
        package,
    ];
    let output = tools::run(Command::new(env!("CARGO")).args(args));
    printed(&output).lines().map(str::to_owned).collect()
}

#[test]
fn each_package_holds_what_its_build_needs_and_nothing_else() {
    let common = [
        "Cargo.toml",
        "Cargo.toml.orig",
        "Cargo.lock",
        "LICENSE",
        ".cargo_vcs_info.json",
    ];
    let packages: [(&str, &str, &[&str]); 5] = [
        (
            "cachewright",
            ".",
            &["README.md", "CHANGELOG.md", "build.rs", "src/", "examples/"],
        ),
        ("cachewright-core", "crates/core", &["src/"]),
        ("cachewright-measure", "crates/measure", &["src/"]),
        ("cachewright-catalog", "catalog", &[]),
        ("cachewright-templates", "templates", &[]),
    ];
    for (package, folder, parts) in packages {
        let listed = files_of(package);
        for file in &listed {
            let known = parts.is_empty()
                || parts
                    .iter()
                    .any(|p| file == p || (p.ends_with('/') && file.starts_with(p)));
            // Of interactive pages, where it was built.
            let is_engine = package == "cachewright" && file.starts_with("page/engine.");
            assert!(
                known || is_engine || common.contains(&file.as_str()),
                "{package}: {file} is not needed"
            );
            assert!(
                !file.contains("tests/") && !file.starts_with('.')
                    || file == ".cargo_vcs_info.json",
                "{package}: {file}"
            );
        }
        assert!(
            listed.iter().any(|f| f == "LICENSE"),
            "{package}: the licence asks to be with its copies"
        );
        // Everything of the folders that a build reads; of catalog and templates that is the whole folder.
        let mut needed = Vec::new();
        let whole = ["."];
        for part in if parts.is_empty() { &whole } else { parts } {
            let path = Path::new(folder).join(part);
            if path.is_dir() {
                needed.extend(support::files(&path.display().to_string(), ""));
            } else {
                needed.push(path);
            }
        }
        assert!(needed.len() > 3, "{package}");
        for path in needed {
            let inside = path
                .strip_prefix(folder)
                .unwrap_or(&path)
                .display()
                .to_string();
            let inside = inside.trim_start_matches("./").to_owned();
            assert!(listed.contains(&inside), "{package}: {inside} is missing");
        }
        let bytes: u64 = listed
            .iter()
            .filter_map(|f| std::fs::metadata(Path::new(folder).join(f)).ok())
            .map(|m| m.len())
            .sum();
        assert!(bytes < 4_000_000, "{package}: {bytes} bytes");
    }
}

#[test]
fn the_archive_holds_everything_and_has_the_same_bytes_twice() {
    let (Some(python), Some(_)) = (python(), tools::find("tar", &[])) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let program = program(dir.path());
    let make = |out: &str| {
        let out = dir.path().join(out).display().to_string();
        printed(&script(
            &python,
            "archive.py",
            &[&program, TARGET, VERSION, &out],
        ))
    };
    let first = make("a");
    assert_eq!(
        std::fs::read(&first).unwrap(),
        std::fs::read(make("b")).unwrap()
    );
    let unpacked = dir.path().join("unpacked");
    std::fs::create_dir(&unpacked).unwrap();
    let output = tools::run(
        Command::new("tar")
            .args(["-xzf", &first, "-C"])
            .arg(&unpacked),
    );
    printed(&output);
    // As `cargo binstall` will look for it.
    let manifest = support::text("Cargo.toml");
    let value = |key: &str| {
        let line = manifest
            .lines()
            .find_map(|l| l.strip_prefix(&format!("{key} = \"")))
            .unwrap();
        let mut text = line.trim_end_matches('"').to_owned();
        for (name, is) in [
            ("name", "cachewright"),
            ("bin", "cachewright"),
            ("target", TARGET),
            ("version", VERSION),
            ("binary-ext", ""),
            ("repo", "https://host/owner/cachewright"),
        ] {
            text = text.replace(&format!("{{ {name} }}"), is);
        }
        assert!(!text.contains('{'), "{text}");
        text
    };
    let file = Path::new(&first).file_name().unwrap().to_str().unwrap();
    assert_eq!(
        value("pkg-url"),
        format!("https://host/owner/cachewright/releases/download/v{VERSION}/{file}")
    );
    assert_eq!(value("pkg-fmt"), "tgz");
    let binary = unpacked.join(value("bin-dir"));
    let version = tools::run(Command::new(&binary).arg("--version"));
    assert_eq!(printed(&version), format!("cachewright {VERSION}"));
    let folder = binary.parent().unwrap();
    for name in ["README.md", "LICENSE", "CHANGELOG.md"] {
        assert_eq!(
            std::fs::read(folder.join(name)).unwrap(),
            std::fs::read(name).unwrap(),
            "{name}"
        );
    }
    let bash = std::fs::read(folder.join("completions/cachewright.bash")).unwrap();
    assert_eq!(bash, support::run(&["completions", "bash"]).stdout);
    assert_eq!(
        std::fs::read_dir(folder.join("completions"))
            .unwrap()
            .count(),
        5
    );
    let page = std::fs::read_to_string(folder.join("man/cachewright-recommend.1")).unwrap();
    assert!(page.contains(".TH cachewright-recommend 1"), "{page}");
}

#[test]
fn the_wheel_installs_into_a_fresh_environment_and_runs() {
    let Some(python) = python() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let program = program(dir.path());
    let out = dir.path().display().to_string();
    let wheel = printed(&script(&python, "wheel.py", &[&program, VERSION, &out]));
    let bytes = std::fs::read(&wheel).unwrap();
    assert_eq!(
        printed(&script(&python, "wheel.py", &[&program, VERSION, &out])),
        wheel
    );
    assert_eq!(
        std::fs::read(&wheel).unwrap(),
        bytes,
        "the same bytes twice"
    );
    let venv = dir.path().join("venv");
    printed(&tools::run(
        Command::new(&python).args(["-m", "venv"]).arg(&venv),
    ));
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--disable-pip-version-check",
        &wheel,
    ];
    printed(&tools::run(
        Command::new(venv.join("bin/python")).args(install),
    ));
    let installed = |args: &[&str]| {
        let mut command = support::command(args);
        let envs: Vec<_> = command
            .get_envs()
            .map(|(k, v)| (k.to_owned(), v.map(ToOwned::to_owned)))
            .collect();
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = Command::new(venv.join("bin/cachewright"));
        command.args(args).env_clear();
        command.envs(envs.into_iter().filter_map(|(k, v)| Some((k, v?))));
        command.output().unwrap()
    };
    for args in [
        &["--version"][..],
        &["recommend", "--example", "sessions"],
        &[
            "recommend",
            "--example",
            "sessions",
            "--expect",
            "cloudfront",
            "-q",
        ],
    ] {
        let (there, here) = (installed(args), support::run(args));
        assert_eq!(there.status.code(), here.status.code(), "{args:?}");
        assert_eq!(there.stdout, here.stdout, "{args:?}");
    }
    assert_eq!(
        installed(&[
            "recommend",
            "--example",
            "sessions",
            "--expect",
            "cloudfront",
            "-q"
        ])
        .status
        .code(),
        Some(5)
    );
    // What pip knows of it is what the licence and the index ask for.
    let shown = printed(&tools::run(Command::new(venv.join("bin/python")).args([
        "-m",
        "pip",
        "show",
        "-f",
        "cachewright",
    ])));
    assert!(
        shown.contains(&format!("Version: {VERSION}")) && shown.contains("LICENSE"),
        "{shown}"
    );
}

#[test]
fn the_image_is_a_valid_layout_that_runs_the_program_as_nobody() {
    let (Some(python), Some(_)) = (python(), tools::find("tar", &[])) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(at("roots.pem"), "roots").unwrap();
    let make = |binary: &str, out: &str| {
        script(
            &python,
            "image.py",
            &[binary, &at("roots.pem"), &at(out), "1.2.3"],
        )
    };
    // The program of this build needs a loader, which an empty image has not.
    let refused = make(env!("CARGO_BIN_EXE_cachewright"), "refused");
    assert!(tools::text(&refused).contains("is not static") && !refused.status.success());
    assert!(!dir.path().join("refused").exists());
    let Some(static_program) = static_program(dir.path()) else {
        return;
    };
    let digest = printed(&make(&static_program, "image"));
    assert_eq!(printed(&make(&static_program, "again")), digest);
    assert!(
        !make(&static_program, "image").status.success(),
        "nothing is written over"
    );
    let image = dir.path().join("image");
    let json =
        |path: &Path| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
    // A blob is named by the hash of its bytes, and whoever names it says its size.
    let blob = |named: &Value| {
        let name = named["digest"]
            .as_str()
            .unwrap()
            .strip_prefix("sha256:")
            .unwrap();
        let bytes = std::fs::read(image.join("blobs/sha256").join(name)).unwrap();
        assert_eq!(named["size"], bytes.len());
        assert_eq!(hex(&bytes), name);
        bytes
    };
    assert_eq!(
        json(&image.join("oci-layout"))["imageLayoutVersion"],
        "1.0.0"
    );
    let index = json(&image.join("index.json"));
    assert_eq!(index["manifests"][0]["digest"], digest);
    let manifest: Value = serde_json::from_slice(&blob(&index["manifests"][0])).unwrap();
    let config: Value = serde_json::from_slice(&blob(&manifest["config"])).unwrap();
    let layer = blob(&manifest["layers"][0]);
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(
        config["config"]["Entrypoint"],
        serde_json::json!(["/cachewright"])
    );
    assert_eq!(config["config"]["WorkingDir"], "/work");
    assert_eq!(
        config["config"]["Labels"]["org.opencontainers.image.version"],
        "1.2.3"
    );
    let archive = at("layer.tar.gz");
    std::fs::write(&archive, layer).unwrap();
    printed(&tools::run(
        Command::new("gzip").args(["-d", "-f", &archive]),
    ));
    let raw = std::fs::read(at("layer.tar")).unwrap();
    assert_eq!(
        config["rootfs"]["diff_ids"][0],
        format!("sha256:{}", hex(&raw))
    );
    let list = printed(&tools::run(Command::new("tar").args([
        "--numeric-owner",
        "-tvf",
        &at("layer.tar"),
    ])));
    let has = |mode: &str, owner: &str, name: &str| {
        list.lines().any(|l| {
            l.starts_with(mode)
                && l.contains(owner)
                && l.trim_end_matches('/').ends_with(&format!(" {name}"))
        })
    };
    assert!(
        has("-rwxr-xr-x", "0/0", "cachewright")
            && has("drwxr-xr-x", "65532/65532", "work")
            && has("drwxrwxrwt", "0/0", "tmp"),
        "{list}"
    );
    let root = dir.path().join("root");
    std::fs::create_dir(&root).unwrap();
    printed(&tools::run(
        Command::new("tar")
            .args(["-xf", &at("layer.tar"), "-C"])
            .arg(&root),
    ));
    assert_eq!(
        std::fs::read_to_string(root.join("etc/ssl/certs/ca-certificates.crt")).unwrap(),
        "roots"
    );
    assert_eq!(
        printed(&tools::run(&mut Command::new(root.join("cachewright")))),
        "it runs"
    );
}

/// A program that needs nothing around it, where this machine can link one.
fn static_program(dir: &Path) -> Option<String> {
    let source = dir.join("static.rs");
    std::fs::write(&source, "fn main() { println!(\"it runs\"); }").unwrap();
    let to = dir.join("static-program");
    let made = Command::new("rustc")
        .args([
            "-C",
            "target-feature=+crt-static",
            "-C",
            "strip=symbols",
            "-o",
        ])
        .arg(&to)
        .arg(&source)
        .output();
    if made.is_ok_and(|o| o.status.success()) {
        return Some(to.display().to_string());
    }
    eprintln!("SKIPPED the_image_is_a_valid_layout: rustc cannot link a static program here");
    assert!(std::env::var("REQUIRE_TOOLS").as_deref() != Ok("1"));
    None
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

#[test]
fn a_release_stops_where_tag_version_changelog_and_repository_disagree() {
    let Some(python) = python() else {
        return;
    };
    let output = script(
        &python,
        "agree.py",
        &["v99.0.0", "https://host/owner/other"],
    );
    assert_eq!(output.status.code(), Some(1));
    let text = support::stderr(&output);
    for said in [
        "the tag is v99.0.0",
        "`repository` of Cargo.toml",
        "no heading `## 99.0.0`",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let text = support::stderr(&script(&python, "agree.py", &[&format!("v{VERSION}"), "x"]));
    assert!(!text.contains("the tag is"), "{text}");
}

#[test]
fn the_workflow_calls_scripts_that_exist_and_pins_every_action() {
    let workflow = support::text(".github/workflows/release.yml");
    let value: Value = cachewright::yaml::value(&workflow).unwrap();
    assert!(
        value["permissions"].as_object().unwrap().is_empty(),
        "no permission but those of a job"
    );
    let mut scripts = 0;
    for job in value["jobs"].as_object().unwrap().values() {
        for step in job["steps"].as_array().unwrap() {
            if let Some(action) = step["uses"].as_str() {
                let (_, commit) = action.split_once('@').unwrap();
                assert!(
                    commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()),
                    "{action}"
                );
            }
            let run = step["run"].as_str().unwrap_or_default();
            assert!(!run.contains("${{"), "an expression in shell text: {run}");
            for path in run.split_whitespace().filter(|w| w.starts_with("scripts/")) {
                assert!(Path::new(path).is_file(), "{path}");
                scripts += 1;
            }
        }
    }
    assert!(scripts >= 4, "{scripts}");
}

#[test]
fn the_page_names_tests_that_exist() {
    let here = support::text("tests/release.rs") + &support::text("tests/ci_files.rs");
    let page = support::text("docs/release.md");
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|w| w.contains('_') && w.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(named.len() >= 6, "{named:?}");
    for name in named {
        assert!(here.contains(&format!("fn {name}()")), "{name}");
    }
}
