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
use super::{Report, VERSION, named};
use crate::template;
use crate::text::shell;

const CSS: &str = cachewright_templates::text("report/report.css");
const SCRIPT: &str = cachewright_templates::text("report/report.js");
const TEMPLATES: [(&str, &str); 6] = [
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
    (
        "measure.html",
        cachewright_templates::text("report/measure.html"),
    ),
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
    let head = [
        "cachewright".to_owned(),
        "recommend".to_owned(),
        named(file),
    ];
    let options = options.iter().map(|o| shell(o));
    let tail = ["-f", "html", "-o", "report.html"].map(str::to_owned);
    let words: Vec<String> = head.into_iter().chain(options).chain(tail).collect();
    words.join(" ")
}

/// What the template sees.
#[derive(Serialize)]
struct Reports<'a> {
    many: bool,
    script: &'static str,
    reports: Vec<page::Page<'a>>,
}

/// The page of one or several reports.
pub fn render(entries: &[Entry<'_>]) -> Result<String> {
    let reports = entries.iter().enumerate();
    let title = match entries {
        [one] => format!("{}: cache report", short(&one.view.name)),
        _ => "Cache reports".to_owned(),
    };
    let body = Reports {
        many: entries.len() > 1,
        script: SCRIPT,
        reports: reports.map(|(i, e)| page::build(i + 1, e)).collect(),
    };
    let script = format!("script-src '{}'; ", hash(SCRIPT));
    with_policy("report.html", title, &script, &body)
}

/// A page without a script, from a template of `templates/report/`.
pub fn sheet(template: &str, title: String, body: &impl Serialize) -> Result<String> {
    with_policy(template, title, "", body)
}

/// Nothing may load; the one style sheet and the one script are named by their hashes.
fn with_policy(
    template: &str,
    title: String,
    script: &str,
    body: &impl Serialize,
) -> Result<String> {
    #[derive(Serialize)]
    struct Page<'b, B> {
        policy: String,
        css: &'static str,
        page_title: String,
        version: &'static str,
        #[serde(flatten)]
        body: &'b B,
    }
    let style = hash(CSS);
    let page = Page {
        policy: format!(
            "default-src 'none'; style-src '{style}'; {script}base-uri 'none'; form-action 'none'"
        ),
        css: CSS,
        page_title: title,
        version: VERSION,
        body,
    };
    template::render(template, &TEMPLATES, &page)
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
