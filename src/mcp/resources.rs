//! The texts beside the tools. An address is compared as a whole: nothing of it becomes a path.

use std::fmt::Write as _;

use super::args;
use crate::domain::field::{FIELDS, Field, Shape, Value as Holds};
use crate::examples::{self, Example};
use crate::report::json;
use crate::workload::schema;
use rmcp::model::{Resource, ResourceTemplate};

const PROFILE_SCHEMA: &str = "cachewright://schema/profile";
const REPORT_SCHEMA: &str = "cachewright://schema/report";
const GUIDE: &str = "cachewright://guide/profile";
const EXAMPLE: &str = "cachewright://example/";
const EXPLAIN: &str = "cachewright://explain/";

/// What code implies which field.
const CHECKLIST: &str = include_str!("checklist.md");

/// What lies at an address.
pub(super) enum Found {
    /// Its type and text.
    Text(&'static str, String),
    /// What a tool says.
    Explained(args::Explain),
}

/// Everything with an address of its own.
pub(super) fn all() -> Vec<Resource> {
    let one = |uri: &str, name: &str, about: &str, kind: &str| {
        Resource::new(uri, name)
            .with_description(about)
            .with_mime_type(kind)
    };
    let mut out = vec![
        one(
            GUIDE,
            "profile-guide",
            "Every field of a profile, and what code implies which.",
            "text/markdown",
        ),
        one(
            PROFILE_SCHEMA,
            "profile-schema",
            "JSON Schema of a workload profile.",
            "application/schema+json",
        ),
        one(
            REPORT_SCHEMA,
            "report-schema",
            "JSON Schema of the whole report.",
            "application/schema+json",
        ),
    ];
    out.extend(named().map(|example| {
        let uri = format!("{EXAMPLE}{}", example.name);
        one(&uri, example.name, &example.about(), "text/yaml")
    }));
    out
}

/// The examples that stand for themselves; those of pairs are read too, and not listed.
fn named() -> impl Iterator<Item = Example> {
    examples::all().filter(|example| !example.name.contains('/'))
}

/// Addresses with a part that is chosen.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    let names: Vec<&str> = named().map(|example| example.name).collect();
    vec![
        ResourceTemplate::new(format!("{EXAMPLE}{{name}}"), "example")
            .with_description(format!("An example profile: {}.", names.join(", ")))
            .with_mime_type("text/yaml"),
        ResourceTemplate::new(format!("{EXPLAIN}{{id}}"), "explain")
            .with_description("What an id of a result means; the same as the tool explain.")
            .with_mime_type("text/plain"),
    ]
}

/// What lies at an address.
pub(super) fn find(uri: &str) -> Option<Found> {
    let schema = |text: anyhow::Result<String>| {
        let text = text.ok()?;
        Some(Found::Text("application/schema+json", text))
    };
    match uri {
        GUIDE => Some(Found::Text("text/markdown", guide())),
        PROFILE_SCHEMA => schema(json::to_string(&schema::profile())),
        REPORT_SCHEMA => schema(json::to_string(&schemars::schema_for!(json::Json))),
        _ => {
            if let Some(name) = uri.strip_prefix(EXAMPLE) {
                let example = examples::find(name).ok()?;
                return Some(Found::Text("text/yaml", example.text.to_owned()));
            }
            let id = uri.strip_prefix(EXPLAIN)?.to_owned();
            Some(Found::Explained(args::Explain { id }))
        }
    }
}

/// The fields from their table, and what in code implies which.
fn guide() -> String {
    let mut out = String::from(
        "# A workload profile\n\nYAML. Quantities carry units: `1200/s`, `3M/day`, `4 KiB`, `5 min`, `85 %`, `0.40 USD`; ranges are `800/s..1500/s`.\nLeave out what nobody knows. Required:",
    );
    let required: Vec<String> = FIELDS
        .iter()
        .filter(|f| f.required)
        .map(|f| format!(" `{}`", f.path))
        .collect();
    let _ = writeln!(out, "{}.\n\n## Fields\n", required.join(","));
    for field in FIELDS.iter().filter(|f| is_written(f)) {
        let _ = writeln!(out, "- `{}`: {}{}", field.path, field.meaning, legal(field));
    }
    out.push('\n');
    out.push_str(CHECKLIST);
    out
}

/// Fields that are written by hand; the others are measured, or settings of a stack.
fn is_written(field: &Field) -> bool {
    !matches!(
        field.shape,
        Shape::Curve | Shape::Distribution | Shape::Measured | Shape::Deployment
    )
}

fn legal(field: &Field) -> String {
    let words = match field.value {
        Holds::One(choice) | Holds::Many(choice) => choice.words(),
        Holds::Number(_) | Holds::Text(_) | Holds::Whole(_) | Holds::Own => Vec::new(),
    };
    if words.is_empty() {
        return String::new();
    }
    let many = if matches!(field.value, Holds::Many(_)) {
        "a list of "
    } else {
        ""
    };
    format!(" ({many}{})", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_fits_and_names_every_field_that_is_written() {
        let guide = guide();
        assert!(guide.len() <= 8 << 10, "{} bytes", guide.len());
        for field in FIELDS.iter().filter(|f| is_written(f)) {
            assert!(
                guide.contains(&format!("`{}`", field.path)),
                "{}",
                field.path
            );
        }
    }

    #[test]
    fn fields_and_words_of_the_checklist_are_those_of_the_profile() {
        let known = |path: &str| crate::domain::field::find(path).is_some();
        let lines = CHECKLIST.lines().filter_map(|l| l.split_once('→'));
        let mut seen = 0;
        for (_, implied) in lines {
            for part in implied.split('`').skip(1).step_by(2) {
                let (path, words) = part.split_once(": ").unwrap_or((part, ""));
                assert!(known(path), "`{path}` in {implied}");
                seen += 1;
                let field = crate::domain::field::find(path).unwrap();
                let (Holds::One(choice) | Holds::Many(choice)) = field.value else {
                    continue;
                };
                for word in words.split(", ").filter(|w| !w.is_empty()) {
                    assert!(choice.words().contains(&word), "{part}");
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn an_address_is_compared_as_a_whole() {
        for uri in [
            "cachewright://../../etc/passwd",
            "cachewright://example/../../etc/passwd",
            "cachewright://example/",
            "cachewright://schema/profile/",
            "file:///etc/passwd",
            "",
        ] {
            assert!(find(uri).is_none(), "{uri}");
        }
    }
}
