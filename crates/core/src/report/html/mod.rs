//! Reports → one self-contained HTML page: nothing loaded, no script needed, strict content policy.
//!
//! The page lays out the view of the report, whose numbers know where they stand in the JSON. Layout and
//! its words live in `templates/report/`, geometry in `charts`.

mod costs;
pub mod live;
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

/// A template of `templates/report/` with its name.
macro_rules! file {
    ($name:literal) => {
        (
            $name,
            cachewright_templates::text(concat!("report/", $name)),
        )
    };
}
pub(crate) use file;

const CSS: &str = cachewright_templates::text("report/report.css");
const SCRIPT: &str = cachewright_templates::text("report/report.js");
type Templates<'a> = &'a [(&'a str, &'a str)];

/// Of a report.
const REPORT: [(&str, &str); 5] = [
    file!("report.html"),
    file!("parts.html"),
    file!("charts.html"),
    file!("answer.html"),
    file!("one.html"),
];
/// Of a page without a script.
const SHEETS: [(&str, &str); 5] = [
    file!("map.html"),
    file!("figure.html"),
    file!("measure.html"),
    file!("parts.html"),
    file!("charts.html"),
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
    command(file, options) + " -f html -o report.html"
}

/// `cachewright recommend FILE OPTIONS`, quoted for a shell.
pub fn command(file: &str, options: &[String]) -> String {
    let head = format!("cachewright recommend {}", named(file));
    let options = options.iter().map(|o| shell(o));
    let words: Vec<String> = std::iter::once(head).chain(options).collect();
    words.join(" ")
}

/// The resolved profile of a report as a file; what was assumed are comments.
pub fn profile_yaml(report: &Report<'_>) -> String {
    profile::yaml(report.profile)
}

/// The first section of a report alone.
pub fn answer(entry: &Entry<'_>) -> Result<String> {
    const PARTS: [(&str, &str); 3] = [
        file!("first.html"),
        file!("answer.html"),
        file!("parts.html"),
    ];
    alone(&PARTS, entry)
}

/// What a page shows of a report, without the page around it.
pub fn body(entry: &Entry<'_>) -> Result<String> {
    const PARTS: [(&str, &str); 5] = [
        file!("whole.html"),
        file!("parts.html"),
        file!("charts.html"),
        file!("answer.html"),
        file!("one.html"),
    ];
    alone(&PARTS, entry)
}

fn alone(templates: Templates<'_>, entry: &Entry<'_>) -> Result<String> {
    #[derive(Serialize)]
    struct Body<'a> {
        r: page::Page<'a>,
    }
    let body = Body {
        r: page::build(1, entry),
    };
    let first = templates.first().map_or("", |t| t.0);
    template::render(first, templates, &body)
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
    with_policy(&REPORT, title, (CSS, &script), &body)
}

/// A page without a script, from a template of `templates/report/`.
pub fn sheet(template: &str, title: String, body: &impl Serialize) -> Result<String> {
    let (own, others): (Vec<_>, Vec<_>) = SHEETS.iter().copied().partition(|t| t.0 == template);
    with_policy(&[own, others].concat(), title, (CSS, ""), body)
}

/// A page of the first template. Nothing may load; the one style sheet and the one script are named by their hashes.
fn with_policy(
    templates: Templates<'_>,
    title: String,
    (css, script): (&str, &str),
    body: &impl Serialize,
) -> Result<String> {
    #[derive(Serialize)]
    struct Page<'b, B> {
        policy: String,
        css: &'b str,
        page_title: String,
        version: &'static str,
        #[serde(flatten)]
        body: &'b B,
    }
    let style = hash(css);
    let page = Page {
        policy: format!(
            "default-src 'none'; style-src '{style}'; {script}base-uri 'none'; form-action 'none'"
        ),
        css,
        page_title: title,
        version: VERSION,
        body,
    };
    let first = templates.first().map_or("", |t| t.0);
    template::render(first, templates, &page)
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
