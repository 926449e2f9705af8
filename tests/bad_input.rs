//! Every bad input gives its message, its place and exit code 3. `UPDATE_GOLDEN=1` rewrites the messages.

mod support;

use std::path::Path;
use std::process::Stdio;

fn golden(path: &Path, got: &str) {
    let kept = path.with_extension("stderr");
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        std::fs::write(&kept, got).unwrap();
    }
    let want =
        std::fs::read_to_string(&kept).unwrap_or_else(|_| panic!("{} is missing", kept.display()));
    assert_eq!(want, got, "{}", path.display());
}

#[test]
fn every_bad_profile_is_refused_with_its_message() {
    let files = support::files("tests/bad/profiles", ".yaml");
    assert!(files.len() >= 40, "{}", files.len());
    for path in files {
        let output = support::run(&["recommend", &path.to_string_lossy()]);
        assert_eq!(output.status.code(), Some(3), "{}", path.display());
        assert!(output.stdout.is_empty(), "{}", path.display());
        golden(&path, &support::stderr(&output));
    }
}

/// Bug 5 of the first review: `100 rps` was to be written as `100 rps/s`, which is refused too.
#[test]
fn a_correction_that_is_shown_is_accepted() {
    let profile = "examples/product-pages.yaml";
    let with = |set: &str| support::run(&["recommend", "--brief", profile, "--set", set]);
    for set in [
        "traffic.reads=100 rps",
        "traffic.reads=1 million a day",
        "traffic.reads=1,000,000/day",
        "traffic.writes=0",
        "traffic.reads=1000/sec",
        "data.item_size=2kb",
        "data.hit_ratio=0.85",
        "compute=[Lambda]",
        "private_access=false",
    ] {
        let output = with(set);
        assert!(
            output.status.success(),
            "{set}: {}",
            support::stderr(&output)
        );
    }
    let refused = [
        ("traffic.reads", "100"),
        ("traffic.reads", "100k"),
        ("traffic.reads", "2kb"),
        ("data.item_size", "2 Kb"),
        ("data.item_size", "4"),
        ("data.ttl", "5"),
        ("data.hit_ratio", "85"),
        ("traffic.active_hours", "220"),
        ("origin.price_per_million_reads", "0.4"),
    ];
    for (path, value) in refused {
        let output = with(&format!("{path}={value}"));
        assert_eq!(output.status.code(), Some(3), "{path}={value}");
        let told = support::stderr(&output);
        let meant = told
            .split("write it as `")
            .nth(1)
            .unwrap_or_else(|| panic!("{told}"));
        let meant = meant.split('`').next().unwrap();
        let output = with(&format!("{path}={meant}"));
        assert!(
            output.status.success(),
            "{path}={meant}: {}",
            support::stderr(&output)
        );
    }
}

#[test]
fn every_bad_catalog_is_refused_with_its_message() {
    for path in support::files("tests/bad/catalogs", ".yaml") {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("rules")).unwrap();
        std::fs::copy(&path, dir.path().join("rules/team.yaml")).unwrap();
        let output = support::run(&["catalog", "check", &dir.path().to_string_lossy()]);
        assert_eq!(output.status.code(), Some(3), "{}", path.display());
        golden(
            &path,
            &support::stderr(&output).replace(&*dir.path().to_string_lossy(), "DIR"),
        );
    }
}

/// Bills, inventories and metrics: `NAME.args` is the command line. Codes that no file or option alone can bring about are
/// tested where what they need is at hand.
#[test]
fn every_bad_bill_and_account_is_refused_with_its_message() {
    const ELSEWHERE: [(&str, &str); 2] = [
        ("bill-stack", "tests/bill.rs"),
        ("account-too-large", "tests/account.rs"),
    ];
    let mut all = String::new();
    for path in ["tests/bad/bills", "tests/bad/account"]
        .iter()
        .flat_map(|folder| support::files(folder, ".args"))
    {
        let args = std::fs::read_to_string(&path).unwrap();
        let args: Vec<&str> = args.split_whitespace().collect();
        let output = support::run(&args);
        assert!(output.stdout.is_empty(), "{}", path.display());
        let code = output.status.code().unwrap();
        let told = format!("{}exit {code}\n", support::stderr(&output));
        golden(&path, &told);
        all.push_str(&told);
    }
    let codes = std::fs::read_to_string("catalog/codes.yaml").unwrap();
    let codes = codes.lines().filter_map(|l| l.trim().split_once(": "));
    for (code, _) in codes.filter(|(c, _)| c.starts_with("bill-") || c.starts_with("account-")) {
        let elsewhere = ELSEWHERE.iter().find(|(known, _)| *known == code);
        let is_told = match elsewhere {
            Some((_, test)) => std::fs::read_to_string(test).unwrap().contains(code),
            None => all.contains(&format!("error[{code}]")),
        };
        assert!(is_told, "nothing in tests/bad brings {code} about");
    }
}

/// Tables of an overlay that are wrong: named with the file, the place and what is allowed.
#[test]
fn bad_terms_plans_and_limits_are_refused_where_they_stand() {
    let source = "sources: [{ url: \"https://example.com\", checked: 2026-11-01 }]";
    let terms = |rate: &str| {
        format!(
            "discounts:\n  - id: ours\n    about: ours\n    {source}\n    rates: [{{ service: dynamodb, of: [standard], off: {rate} }}]\n"
        )
    };
    let plan = std::fs::read_to_string("catalog/services/cloudfront.yaml")
        .unwrap()
        .replace("{ meter: kv-store-reads, text", "{ meter: kv-reads, text");
    let limit = std::fs::read_to_string("catalog/services/elasticache-serverless.yaml")
        .unwrap()
        .replace("{ id: max-stored-bytes,", "{ id: max-stored-byte,");
    for (file, text, said) in [
        ("discounts.yaml", terms("18"), "`18` has no unit"),
        ("discounts.yaml", terms("180 %"), "over 100 %"),
        ("discounts.yaml", "discounts: 3\n".to_owned(), "discounts"),
        (
            "discounts.yaml",
            terms("18 %").replace("    about: ours\n", ""),
            "about",
        ),
        ("services/cloudfront.yaml", plan, "catalog-unknown-meter"),
        (
            "services/elasticache-serverless.yaml",
            limit.clone(),
            "error[catalog-limit]: nothing is compared with the limit `max-stored-byte`",
        ),
        (
            "services/elasticache-serverless.yaml",
            limit,
            "did you mean `max-stored-bytes`?",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("services")).unwrap();
        std::fs::write(dir.path().join(file), &text).unwrap();
        let output = support::run(&["catalog", "check", &dir.path().to_string_lossy()]);
        let all = support::stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{file}: {text}\n{all}");
        assert!(all.contains(said) && all.contains(file), "{said}: {all}");
    }
    // A rate of a service or meter that does not exist is found when the terms are used.
    let dir = tempfile::tempdir().unwrap();
    let wrong = terms("18 %").replace("standard", "standart");
    std::fs::write(dir.path().join("discounts.yaml"), wrong).unwrap();
    let output = support::run(&[
        "price",
        "dynamodb",
        "--region",
        "us-east-1",
        "read-request-units=1M",
        "--discount",
        "ours",
        "--catalog",
        &dir.path().to_string_lossy(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(support::stderr(&output).contains("`standart` is not a variant or meter"));
    // Right ones stand beside those of the program.
    std::fs::write(dir.path().join("discounts.yaml"), terms("18 %")).unwrap();
    for id in ["ours", "database-savings-plan"] {
        let output = support::run(&["explain", id, "--catalog", &dir.path().to_string_lossy()]);
        assert_eq!(output.status.code(), Some(0), "{id}");
    }
}

#[test]
fn files_that_are_no_profiles() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    };
    let big = put("big.yaml", &vec![b'a'; 2 << 20]);
    let binary = put("binary.yaml", &[0xff, 0xfe, 0, 1, 2]);
    let here = dir.path().to_string_lossy().into_owned();
    for (path, code) in [
        (big.as_str(), "file-too-large"),
        (&binary, "file-not-text"),
        (&here, "file-unreadable"),
        ("no/such/file.yaml", "file-unreadable"),
    ] {
        let output = support::run(&["recommend", path]);
        assert_eq!(output.status.code(), Some(3), "{path}");
        assert!(
            support::stderr(&output).contains(code),
            "{}",
            support::stderr(&output)
        );
    }
}

#[test]
fn a_byte_order_mark_json_and_standard_input_are_fine() {
    use std::io::Write;
    let yaml = std::fs::read_to_string("examples/person-lookups.yaml").unwrap();
    let json = r#"{"version": 1, "name": "j", "region": "us-east-1", "layer": "edge", "traffic": {"reads": "5/s"}, "data": {"item_size": "1 KiB", "working_set": "1 MiB"}}"#;
    for text in [format!("\u{feff}{yaml}"), json.to_owned()] {
        let mut child = support::command(&["recommend", "-", "--brief"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = support::command(&["recommend", "examples/person-lookups.yaml", "-f", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        support::stderr(&output)
    );
    assert!(!support::stderr(&output).contains("panicked"));
}

#[test]
fn overrides_are_checked_like_the_file() {
    let file = "examples/product-pages.yaml";
    for (set, code) in [
        ("traffic.reads", "set-syntax"),
        ("traffic.raeds=5/s", "profile-unknown-key"),
        ("traffic.reads=5", "profile-quantity"),
        ("layer=lambda", "profile-unknown-value"),
        (".x=1", "set-syntax"),
        ("data.item_size=*a", "yaml-syntax"),
    ] {
        let output = support::run(&["recommend", file, "--set", set]);
        assert_eq!(output.status.code(), Some(3), "{set}");
        assert!(
            support::stderr(&output).contains(code),
            "{set}: {}",
            support::stderr(&output)
        );
    }
}

#[test]
fn line_ends_of_windows_and_key_order_change_nothing() {
    let text = std::fs::read_to_string("examples/product-pages.yaml").unwrap();
    let answer = |text: &str| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("p.yaml"), text).unwrap();
        let output = support::command(&["recommend", "p.yaml", "-f", "json", "--brief"])
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            support::stderr(&output)
        );
        support::stdout(&output)
    };
    let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
    let reversed: Vec<&str> = lines.iter().rev().copied().collect();
    let expected = answer(&text);
    assert_eq!(expected, answer(&text.replace('\n', "\r\n")));
    assert_eq!(expected, answer(&reversed.join("\n")));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_no_panic() {
    for format in ["text", "json"] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = support::command(&["recommend", "examples/product-pages.yaml", "-f", format])
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}");
        assert!(
            support::stderr(&output).contains(
                "error[file-unwritable]: cannot write the result: no space left on device"
            ),
            "{}",
            support::stderr(&output)
        );
    }
}

#[test]
#[cfg(unix)]
fn a_file_without_permission_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret.yaml");
    std::fs::write(&path, "version: 1\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
    if std::fs::read(&path).is_ok() {
        println!("SKIPPED a_file_without_permission_says_so: this user may read everything");
        return;
    }
    let output = support::run(&["recommend", &path.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        support::stderr(&output).contains("permission denied"),
        "{}",
        support::stderr(&output)
    );
}

#[test]
fn a_failed_run_leaves_no_file_behind() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report.md").to_string_lossy().into_owned();
    let bad = "tests/bad/profiles/tag.yaml";
    let output = support::run(&["recommend", bad, "-f", "markdown", "-o", &file]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
