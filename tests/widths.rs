//! No word, id or address is broken and no line is too wide, in every table of every command.

#[cfg(unix)]
#[path = "support/pty.rs"]
mod pty;
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use support::{files, stderr};

const WIDTHS: [usize; 3] = [60, 80, 120];

/// What a command prints at a width; with what it says of errors where it has no result.
fn at(width: usize, args: &[&str], dir: &Path) -> String {
    let mut command = support::command(args);
    command.env("COLUMNS", width.to_string()).current_dir(dir);
    let output = command.output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1 | 5)),
        "{args:?}: {}",
        stderr(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a text; lines drawn and what stands between two words apart.
fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace()
        .map(|w| w.trim_end_matches([',', ':', '.', ';']).to_owned())
        .filter(|w| !w.is_empty() && !w.starts_with(['─', '█']))
        .collect()
}

/// What may be wider than the screen: an address, and a command to be pasted.
fn stays_whole(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let is_lone = words.next().is_none();
    is_lone || first.starts_with("https://") || line.contains("cachewright ")
}

/// A run at each width has the words of the widest and no others.
fn check(args: &[&str], dir: &Path) {
    let whole = words(&at(120, args, dir));
    assert!(!whole.is_empty(), "{args:?} prints nothing");
    for width in WIDTHS {
        let text = at(width, args, dir);
        for line in text.lines() {
            assert!(
                line.chars().count() <= width || stays_whole(line),
                "{args:?} at {width}: {line}"
            );
            assert_eq!(line, line.trim_end(), "{args:?} at {width}");
        }
        let broken: Vec<_> = words(&text).difference(&whole).cloned().collect();
        assert!(broken.is_empty(), "{args:?} at {width}: {broken:?}");
    }
}

#[test]
fn prices_and_catalog() {
    let dir = std::env::temp_dir();
    let (catalog, _) = support::data();
    for service in &catalog.services {
        check(
            &[
                "price",
                &service.id,
                "--region",
                "us-east-1",
                "--list-meters",
            ],
            &dir,
        );
    }
    let usage = [
        "read-request-units=1M",
        "write-request-units=3k",
        "storage-gb-months=20",
    ];
    check(
        &[&["price", "dynamodb", "--region", "us-east-1"], &usage[..]].concat(),
        &dir,
    );
    for list in ["services", "rules", "regions", "codes", "sources"] {
        check(&["catalog", "list", list], &dir);
    }
    check(&["catalog", "check"], &dir);
    check(&["prices", "show"], &dir);
}

#[test]
fn reports_of_every_kind() {
    let dir = std::env::temp_dir();
    let report = |example: &str, more: &[&str]| {
        check(&[&["recommend", "--example", example], more].concat(), &dir);
    };
    for example in [
        "sessions",
        "website",
        "genomics",
        "product-pages",
        "global-memory",
    ] {
        report(example, &["--full"]);
        report(example, &["--sources"]);
        report(example, &["--regions", "near"]);
        report(example, &["--sweep", "compute"]);
        report(example, &["--sweep", "traffic.reads=1/s..10k/s"]);
    }
    report("borderline/06-private-on-premises-b", &["--full"]);
    for service in ["dynamodb", "valkey", "s3-express", "cloudfront"] {
        report("sessions", &["--why", service]);
    }
    report("website", &["--lines"]);
    report("sessions", &["--regions", "all"]);
    report("sessions", &["--growth", "10%"]);
    report("sessions", &["--compare", "--set", "traffic.reads=9k/s"]);
    report(
        "sessions",
        &[
            "--sweep",
            "traffic.reads=1/s..10k/s",
            "--sweep",
            "data.item_size=1KB..100KB",
        ],
    );
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let two = ["static-site.yaml", "genomics-files.yaml"];
    check(&[&["recommend", "--compare"], &two[..]].concat(), &examples);
}

#[test]
fn what_compares_measures_and_explains() {
    let dir = tempfile::tempdir().unwrap();
    let at_home = |args: &[&str]| check(args, dir.path());
    let write = |name: &str, more: &[&str]| {
        let args = [&["recommend", "--example"], more, &["-o", name]].concat();
        assert!(
            support::command(&args)
                .current_dir(dir.path())
                .status()
                .unwrap()
                .success()
        );
    };
    write("a.json", &["sessions"]);
    write("b.json", &["website"]);
    write("c.json", &["sessions", "--set", "traffic.reads=9k/s"]);
    at_home(&["diff", "a.json", "b.json"]);
    at_home(&["diff", "a.json", "c.json"]);
    at_home(&["check", "a.json"]);
    std::fs::write(
        dir.path().join("c.yaml"),
        support::text("examples/sessions-200-days.yaml"),
    )
    .unwrap();
    at_home(&[
        "watch",
        "c.yaml",
        "--accepted",
        "c.json",
        "--prices",
        "snapshot",
    ]);
    for word in [
        "dynamodb",
        "data.item_size",
        "eligible",
        "scale_to_zero",
        "private-access",
    ] {
        at_home(&["explain", word]);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bill = files("tests/bill/october", ".csv");
    let bill = root.join(&bill[0]).display().to_string();
    let profile = root.join("tests/bill/table.yaml").display().to_string();
    at_home(&["bill", &bill, "--profile", &profile]);
    let mut log = String::new();
    for second in 0..4000 {
        log.push_str(&format!(
            "203.0.113.9 - - [01/Oct/2025:{:02}:{:02}:{:02} +0000] \"GET /item/{} HTTP/1.1\" 200 {} \"-\" \"curl\"\n",
            second / 3600, second / 60 % 60, second % 60, second % 97, 512 + second % 7000
        ));
    }
    std::fs::write(dir.path().join("access.log"), log).unwrap();
    at_home(&["measure", "access.log"]);
}

/// Operations print a line for each result where no person reads; on a terminal they wrap it.
#[cfg(unix)]
#[test]
fn results_of_an_operation_on_a_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let whole = words(&at(120, &["doctor"], dir.path()));
    for width in [60, 80, 120] {
        let terminal = pty::Pty::of_size((60, width), dir.path(), &[], &["doctor"]);
        let (_, screen) = terminal.end();
        let broken: Vec<_> = words(&screen.join("\n"))
            .difference(&whole)
            .cloned()
            .collect();
        assert!(broken.is_empty(), "{width}: {broken:?}");
    }
}

/// The checks above can fail.
#[test]
fn a_broken_word_is_found() {
    let whole = words("storage-gb-months of a table, and more:");
    assert!(words("storage-gb-m\nonths").difference(&whole).count() == 2);
    assert!(words("table:\n  and more").is_subset(&whole));
    assert!(!stays_whole("a line with many words and no end"));
}
