//! The arrows of the module map, and one file per outside thing.

#[path = "architecture/imports.rs"]
mod imports;
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cachewright::services::SERVICES;

/// A file or folder of core and what of core it may use, itself left out. It is the layering of
/// `ARCHITECTURE.md`: whatever is named stands above what it names.
const CORE: &[(&str, &[&str])] = &[
    (
        "decided",
        &[
            "analysis",
            "decide",
            "diagnostic",
            "domain",
            "report",
            "workload",
        ],
    ),
    (
        "report",
        &["analysis", "domain", "template", "text", "words"],
    ),
    (
        "stack",
        &[
            "domain", "exit", "report", "services", "template", "text", "words", "yaml",
        ],
    ),
    (
        "whatif",
        &[
            "analysis", "decide", "decided", "domain", "report", "text", "words", "workload",
        ],
    ),
    ("words", &["domain"]),
    ("bill", &["decide", "domain", "services"]),
    ("analysis", &["catalog", "decide", "domain", "services"]),
    ("decide", &["domain", "services"]),
    ("services", &["domain", "exit", "text", "yaml"]),
    (
        "catalog",
        &["diagnostic", "domain", "services", "text", "yaml"],
    ),
    ("workload", &["diagnostic", "domain", "text", "yaml"]),
    ("yaml", &["diagnostic", "domain", "text"]),
    ("book", &["domain"]),
    ("domain", &["text"]),
    ("snippet", &["diagnostic", "text"]),
    ("template", &["text"]),
    ("diagnostic", &[]),
    ("exit", &[]),
    ("text", &[]),
];

/// A file or folder of the program and what of the program it may use; all of core is open to each.
const PROGRAM: &[(&str, &[&str])] = &[
    ("src/account", &["account", "aws", "measured"]),
    ("src/ask", &["ask"]),
    ("src/aws", &["aws"]),
    ("src/cli", &["*"]),
    ("src/deploy", &["deploy", "aws", "world"]),
    ("src/doctor.rs", &["account", "deploy", "aws"]),
    ("src/engine.rs", &[]),
    ("src/examples.rs", &[]),
    ("src/files.rs", &[]),
    ("src/lib.rs", &["*"]),
    ("src/main.rs", &["cli", "exit", "world"]),
    ("src/mcp", &["mcp", "examples"]),
    ("src/measured", &["measured"]),
    ("src/policy.rs", &[]),
    ("src/prices", &["prices", "aws", "files"]),
    ("src/verify", &["verify", "deploy", "aws"]),
    ("src/world.rs", &[]),
];

#[test]
fn imports_follow_the_arrows() {
    let lib = std::fs::read_to_string("src/lib.rs").unwrap();
    let core = lib.split("pub use cachewright_core::{").nth(1).unwrap();
    let core: Vec<&str> = words(core.split('}').next().unwrap()).collect();
    let mut wrong = Vec::new();
    for (module, allowed) in CORE {
        let open = |name: &str| name == *module || allowed.contains(&name);
        check(&of_core(module), &open, &mut wrong);
    }
    for (folder, allowed) in PROGRAM {
        let open =
            |name: &str| core.contains(&name) || allowed.iter().any(|a| [name, "*"].contains(a));
        check(folder, &open, &mut wrong);
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where a module of core lies.
fn of_core(module: &str) -> String {
    let file = format!("crates/core/src/{module}.rs");
    if Path::new(&file).exists() {
        file
    } else {
        format!("crates/core/src/{module}")
    }
}

#[test]
fn every_part_of_core_has_its_arrows_and_none_too_many() {
    for entry in std::fs::read_dir("crates/core/src").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            name == "lib" || CORE.iter().any(|(m, _)| *m == name),
            "{name} has no arrows"
        );
    }
    let mut unused = Vec::new();
    for (module, allowed) in CORE {
        let mut named_by_it = BTreeSet::new();
        for path in files(&of_core(module)) {
            let text = std::fs::read_to_string(&path).unwrap();
            named_by_it.extend(named(&code(&text)).map(str::to_owned));
        }
        let is_unused = |a: &&&str| !named_by_it.contains(**a);
        unused.extend(
            allowed
                .iter()
                .filter(is_unused)
                .map(|a| format!("{module} → {a}")),
        );
    }
    assert!(unused.is_empty(), "arrows that nobody needs: {unused:#?}");
}

/// Nothing can be reached from itself.
#[test]
fn arrows_make_no_circle() {
    let mut left: Vec<_> = CORE.to_vec();
    while !left.is_empty() {
        let before = left.len();
        let open: Vec<&str> = left.iter().map(|(m, _)| *m).collect();
        left.retain(|(_, uses)| uses.iter().any(|u| open.contains(u)));
        assert!(left.len() < before, "a circle among {open:?}");
    }
}

#[test]
fn every_part_of_the_program_has_its_arrows() {
    for entry in std::fs::read_dir("src").unwrap() {
        let path = entry.unwrap().path();
        assert!(
            PROGRAM.iter().any(|(p, _)| path == Path::new(p)),
            "{}",
            path.display()
        );
    }
}

/// Notes every module of its own crate that a file or folder names without being allowed to.
fn check(place: &str, allowed: &dyn Fn(&str) -> bool, wrong: &mut Vec<String>) {
    for path in files(place) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = code(&text);
        for name in named(&code).filter(|n| !allowed(n)) {
            wrong.push(format!("{}: {name}", path.display()));
        }
    }
}

/// The sources of a file, with those of the folder of its name, or of a folder.
fn files(place: &str) -> Vec<PathBuf> {
    let folder = place.strip_suffix(".rs").unwrap_or(place);
    let mut files = if Path::new(folder).is_dir() {
        support::files(folder, ".rs")
    } else {
        Vec::new()
    };
    if place.ends_with(".rs") {
        files.push(place.into());
    }
    assert!(!files.is_empty(), "{place}");
    files
}

/// Modules named as `crate::a`, `crate::{a, b::c}` or, in the program, `cachewright::a`.
fn named(code: &str) -> impl Iterator<Item = &str> {
    let tails = code
        .match_indices("crate::")
        .map(|(at, p)| &code[at + p.len()..]);
    let own = code
        .match_indices("use cachewright::")
        .map(|(at, p)| &code[at + p.len()..]);
    tails
        .chain(own)
        .flat_map(|tail| match tail.strip_prefix('{') {
            Some(group) => words(group.split(';').next().unwrap()).collect::<Vec<_>>(),
            None => words(tail).take(1).collect(),
        })
}

/// Module names that begin a path in a list.
fn words(list: &str) -> impl Iterator<Item = &str> {
    let first = |item: &'_ str| -> usize {
        item.find(|c: char| !(c.is_ascii_lowercase() || c == '_'))
            .unwrap_or(item.len())
    };
    list.split(',')
        .map(str::trim)
        .map(move |item| &item[..first(item)])
        .filter(|name| !name.is_empty() && *name != "self")
}

/// A file without comments and without its tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What stands between quotes in code, attributes left out.
fn literals(code: &str) -> Vec<String> {
    let attribute = |l: &&str| l.trim_start().starts_with("#[") || l.contains("reason = ");
    let lines: Vec<&str> = code.lines().filter(|l| !attribute(l)).collect();
    let text = lines.join("\n");
    let mut chars = text.chars();
    let mut out = Vec::new();
    let mut open: Option<String> = None;
    while let Some(c) = chars.next() {
        match (c, &mut open) {
            ('\\', Some(_)) => drop(chars.next()),
            ('"', Some(_)) => out.extend(open.take()),
            ('"', None) => open = Some(String::new()),
            (c, Some(literal)) => literal.push(c),
            _ => {}
        }
    }
    out
}

#[test]
fn decisions_are_data_and_no_sentence_stands_in_decide() {
    let is_word = |w: &&str| w.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut wrong = Vec::new();
    for path in support::files("crates/core/src/decide", ".rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for literal in literals(&code(&text)) {
            if literal.split_whitespace().filter(is_word).count() >= 4 {
                wrong.push(format!("{}: {literal}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a sentence belongs in crates/core/src/words: {wrong:#?}"
    );
}

#[test]
fn a_sentence_between_quotes_is_found() {
    let code = "let a = \"one\\\" two\";\n#[expect(x, reason = \"because of that and this\")]\nf(\"three\")";
    assert_eq!(literals(code), ["one two", "three"]);
}

/// A crate and the files that may name it.
const ONE_PLACE: &[(&str, &[&str])] = &[
    ("granit_parser", &["crates/core/src/yaml.rs"]),
    ("serde_yaml", &["crates/core/src/yaml.rs"]),
    ("aws_sdk_sts", &["src/aws/", "src/verify/iam.rs"]),
    ("aws_sdk_dynamodb", &["src/account/table.rs", "src/verify/"]),
    ("aws_sdk_s3", &["src/verify/"]),
    ("aws_config", &["src/aws/"]),
    ("aws_smithy", &["src/aws/"]),
    (
        "ureq::",
        &[
            "src/aws/http.rs",
            "src/aws/query.rs",
            "src/prices/public.rs",
            "src/verify/http.rs",
        ],
    ),
    (
        "tempfile",
        &["src/files.rs", "src/policy.rs", "crates/measure/"],
    ),
    ("rustls_native_certs", &["src/aws/http.rs"]),
    ("annotate_snippets", &["crates/core/src/snippet.rs"]),
    (" tera::", &["crates/core/src/template.rs"]),
    ("crossterm", &["src/ask/prompt/screen.rs"]),
    ("aws_sdk_cloudformation", &["src/deploy/aws.rs"]),
    ("aws_sdk_cloudwatch", &["src/account/live.rs"]),
    ("aws_sdk_pricing", &["src/prices/live.rs"]),
    ("rmcp", &["src/mcp/"]),
];

#[test]
fn an_outside_thing_is_named_in_one_place() {
    let mut wrong = Vec::new();
    for path in support::sources() {
        let shown = path.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let code = code(&text);
        for (name, places) in ONE_PLACE {
            if code.contains(name) && !places.iter().any(|p| shown.starts_with(p)) {
                wrong.push(format!("{shown}: {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Files outside the services' folders that name a service in a text of the program, in how many lines at
/// most, and why. The list only shrinks: a sixth service must not have to be named here.
const NAMED: &[(&str, usize, &str)] = &[
    (
        "crates/core/src/domain/profile.rs",
        2,
        "origin kinds and protocols are words of the profile",
    ),
    (
        "crates/core/src/domain/field/table.rs",
        4,
        "words and examples of origins and protocols; geographies are CloudFront's",
    ),
    (
        "crates/measure/src/formats/events.rs",
        1,
        "a log is named after the service that writes it",
    ),
    (
        "crates/measure/src/formats/foreign.rs",
        2,
        "a log is named after the service that writes it",
    ),
    (
        "crates/measure/src/formats/facts.rs",
        11,
        "a log is named after the service that writes it",
    ),
    (
        "crates/measure/src/measure/pump/result.rs",
        1,
        "the origin behind a cache whose data events are the log",
    ),
    (
        "src/verify/dynamodb.rs",
        1,
        "a table is spoken to in its own protocol",
    ),
    (
        "src/verify/http.rs",
        1,
        "a distribution is spoken to in its own protocol",
    ),
];

/// What a text that is about one service holds: its id as a whole; its name, or what its resource types
/// are called, as a part.
fn marks() -> (Vec<&'static str>, Vec<String>) {
    let catalog = cachewright::embedded::catalog().unwrap();
    let mut parts = Vec::new();
    for service in SERVICES {
        let name = &catalog.service(service.id()).unwrap().name;
        parts.push(name.trim_start_matches("Amazon ").to_owned());
        for kind in service.resource_types() {
            let mut words = kind.name.split("::");
            // `AWS::ElastiCache::User` is of ElastiCache, `Custom::FileCache` of FileCache.
            let of = words.nth(1).unwrap_or_default();
            // A log group is nobody's own.
            if of != "Logs" {
                parts.push(of.to_owned());
            }
        }
    }
    parts.sort();
    parts.dedup();
    (SERVICES.iter().map(|s| s.id()).collect(), parts)
}

#[test]
fn no_service_is_special_outside_its_module() {
    let (ids, parts) = marks();
    let about = |literal: &str| {
        ids.contains(&literal) || parts.iter().any(|part| literal.contains(part.as_str()))
    };
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for path in support::sources() {
        let shown = path.to_string_lossy().into_owned();
        let folder = SERVICES.iter().any(|s| {
            let own = format!("crates/core/src/services/{}/", s.id().replace('-', "_"));
            shown.starts_with(&own)
        });
        if folder || shown.contains("/tests/") || shown.contains("/benches/") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = code(&text);
        let lines = code.lines();
        let named = lines.filter(|l| l.split('"').skip(1).step_by(2).any(about));
        let count = named.count();
        if count == 0 {
            continue;
        }
        let allowed = NAMED.iter().find(|(p, ..)| shown == *p).map_or(0, |n| n.1);
        if count > allowed {
            wrong.push(format!("{shown}: {count} lines, {allowed} are allowed"));
        }
        seen.push(shown);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (path, ..) in NAMED {
        assert!(
            seen.iter().any(|s| s == path),
            "{path} names no service any more: take it off the list"
        );
    }
}

/// Within a folder too: a file is understood with those it imports, and not only with all at once.
/// The readers of logs are left out: the table of formats names them, and what they share lies beside it.
#[test]
fn no_files_import_each_other_in_a_circle() {
    for root in ["src", "crates/core/src", "crates/page/src"] {
        let found = imports::circles(root);
        assert!(found.is_empty(), "on a circle of {root}: {found:?}");
    }
}

/// `clippy.toml` says how long a function may be, and none asks for more.
#[test]
fn no_function_is_longer_than_it_may_be() {
    let long = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        text.contains("clippy::too_many_lines")
    };
    let found: Vec<_> = support::sources().into_iter().filter(long).collect();
    assert!(found.is_empty(), "{found:?}");
    let lints = std::fs::read_to_string("Cargo.toml").unwrap();
    assert!(lints.contains("too_many_lines = \"warn\""));
    let clippy = std::fs::read_to_string("clippy.toml").unwrap();
    assert!(clippy.contains("too-many-lines-threshold = 60"));
}

#[test]
fn every_source_file_says_what_it_is_for() {
    for path in support::sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} has no header", path.display());
    }
}
