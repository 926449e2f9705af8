//! Reports → one self-contained HTML page: nothing loaded, no script needed, strict content policy.
//!
//! The page lays out the view of the report, whose numbers know where they stand in the JSON. Layout and
//! its words live in `templates/report/`, geometry in `charts`.

mod costs;
pub mod map;
mod page;
mod profile;
mod solid;

use anyhow::Result;
use base64::Engine as _;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::charts::Extra;
use super::view::View;
use super::{Report, VERSION};
use crate::template;
use crate::text::shell;

const CSS: &str = cachewright_templates::text("report/report.css");
const SCRIPT: &str = cachewright_templates::text("report/report.js");
const TEMPLATES: [(&str, &str); 5] = [
    (
        "report.html",
        cachewright_templates::text("report/report.html"),
    ),
    (
        "parts.html",
        cachewright_templates::text("report/parts.html"),
    ),
    (
        "charts.html",
        cachewright_templates::text("report/charts.html"),
    ),
    ("one.html", cachewright_templates::text("report/one.html")),
    ("map.html", cachewright_templates::text("report/map.html")),
];

/// One report with what the analysis adds to it.
pub struct Entry<'a> {
    /// Question and answer.
    pub report: &'a Report<'a>,
    /// What can be shown of it.
    pub view: View,
    /// Stability, break-even and growth; empty when they were not computed.
    pub extra: Extra,
    /// The command that writes this page again; see [`reproduce`].
    pub command: String,
}

impl<'a> Entry<'a> {
    /// A report with the charts of its analysis, reproduced by the plain command.
    pub fn new(report: &'a Report<'a>) -> Self {
        let view = View::new(report);
        Self {
            report,
            extra: solid::extra(report, &view),
            view,
            command: reproduce(report.file, &[]),
        }
    }
}

/// `cachewright recommend FILE OPTIONS -f html -o report.html`, quoted for a shell.
pub fn reproduce(file: &str, options: &[String]) -> String {
    let words = ["cachewright", "recommend", file]
        .into_iter()
        .chain(options.iter().map(String::as_str));
    let quoted: Vec<String> = words
        .chain(["-f", "html", "-o", "report.html"])
        .map(shell)
        .collect();
    quoted.join(" ")
}

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
    policy: String,
    css: &'static str,
    script: &'static str,
    title: String,
    many: bool,
    version: &'static str,
    reports: Vec<page::Page<'a>>,
}

/// The page of one or several reports.
pub fn render(entries: &[Entry<'_>]) -> Result<String> {
    let reports = entries.iter().enumerate();
    let title = match entries {
        [one] => format!("{}: cache report", short(&one.view.name)),
        _ => "Cache reports".to_owned(),
    };
    let page = Page {
        policy: policy(),
        css: CSS,
        script: SCRIPT,
        title,
        many: entries.len() > 1,
        version: VERSION,
        reports: reports.map(|(i, e)| page::build(i + 1, e)).collect(),
    };
    template::render("report.html", &TEMPLATES, &page)
}

/// Nothing may load; the one style sheet and the one script are named by their hashes.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(CSS),
        hash(SCRIPT)
    )
}

fn hash(text: &str) -> String {
    format!(
        "sha256-{}",
        base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}

/// A title that fits a tab.
fn short(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.chars().count() <= LONGEST {
        text.to_owned()
    } else {
        text.chars().take(LONGEST).chain(['…']).collect()
    }
}
