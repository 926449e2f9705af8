//! A measurement as one self-contained HTML page: nothing loaded, no script.
//!
//! Geometry is here, layout in `templates/report/measure.html`, words in [`super::text`].

use anyhow::Result;
use base64::Engine as _;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::text::{DEFINITIONS, facts, figures, percent, remarks, row, size};
use crate::template;
use cachewright_measure::curve::CurvePoint;
use cachewright_measure::measure::Measurement;

const CSS: &str = cachewright_templates::text("report/measure.css");
const TEMPLATE: (&str, &str) = (
    "measure.html",
    cachewright_templates::text("report/measure.html"),
);

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = WIDTH - 24.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = HEIGHT - 32.0;
/// Labels that fit side by side.
const TICKS: usize = 8;

/// A labelled place on an axis.
#[derive(Serialize)]
struct Mark {
    at: f64,
    label: String,
}

/// What the template sees.
#[derive(Serialize)]
struct Page {
    policy: String,
    css: &'static str,
    /// Label, large figure, explanation.
    figures: Vec<(&'static str, String, String)>,
    facts: Vec<(&'static str, String)>,
    rows: Vec<[String; 4]>,
    remarks: Vec<String>,
    /// What the words mean.
    definitions: &'static str,
    summary: String,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Where the working set is.
    set: Option<Mark>,
    grid: Vec<Mark>,
    ticks: Vec<Mark>,
    objects: String,
    bytes: String,
    /// Outline of the interval; empty when the curve is exact.
    band: String,
}

/// The page of a measurement.
pub fn html(m: &Measurement) -> Result<String> {
    let curve = &m.hit_ratio_curve;
    let scale = Scale::new(curve);
    let upper = curve
        .iter()
        .map(|p| (p, p.objects + p.error.unwrap_or(0.0)));
    let lower = curve
        .iter()
        .map(|p| (p, p.objects - p.error.unwrap_or(0.0)));
    let is_sampled = curve.iter().any(|p| p.error.is_some());
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(CSS.as_bytes()));
    let page = Page {
        policy: format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
        ),
        css: CSS,
        figures: figures(m),
        facts: facts(m),
        rows: curve.iter().map(row).collect(),
        remarks: remarks(m),
        definitions: DEFINITIONS,
        summary: summary(curve),
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        right: RIGHT,
        top: TOP,
        bottom: BOTTOM,
        set: m.working_set().map(|p| Mark {
            at: scale.x(p),
            label: format!("working set {}", size(p.size_bytes)),
        }),
        grid: [0.0, 0.25, 0.5, 0.75, 1.0].map(grid).into(),
        ticks: scale.ticks(curve),
        objects: scale.line(curve.iter().map(|p| (p, p.objects))),
        bytes: scale.line(curve.iter().map(|p| (p, p.bytes))),
        band: if is_sampled {
            format!("{} {}", scale.line(upper), scale.line(lower.rev()))
        } else {
            String::new()
        },
    };
    template::render(TEMPLATE.0, &[TEMPLATE], &page)
}

/// The curve in words, for those who do not see it.
fn summary(curve: &[CurvePoint]) -> String {
    let point = |p: &CurvePoint| format!("{} at {}", percent(p.objects), size(p.size_bytes));
    match curve {
        [] => "No curve".to_owned(),
        [one] => format!("Hit ratio {}", point(one)),
        [first, .., last] => format!("Hit ratio from {} to {}", point(first), point(last)),
    }
}

fn grid(share: f64) -> Mark {
    Mark {
        at: y(share),
        label: format!("{:.0} %", share * 100.0),
    }
}

fn y(share: f64) -> f64 {
    tenth(BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP))
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The logarithmic axis of sizes.
struct Scale {
    from: f64,
    span: f64,
}

impl Scale {
    fn new(curve: &[CurvePoint]) -> Self {
        let log = |p: Option<&CurvePoint>| p.map_or(0.0, |p| (p.size_bytes.max(1) as f64).log2());
        let from = log(curve.first());
        let span = (log(curve.last()) - from).max(f64::EPSILON);
        Self { from, span }
    }

    fn x(&self, p: &CurvePoint) -> f64 {
        let log = (p.size_bytes.max(1) as f64).log2();
        tenth(LEFT + (log - self.from) / self.span * (RIGHT - LEFT))
    }

    fn line<'a>(&self, points: impl Iterator<Item = (&'a CurvePoint, f64)>) -> String {
        let points: Vec<String> = points
            .map(|(p, share)| format!("{},{}", self.x(p), y(share)))
            .collect();
        points.join(" ")
    }

    fn ticks(&self, curve: &[CurvePoint]) -> Vec<Mark> {
        let every = curve.len().div_ceil(TICKS).max(1);
        let mark = |p: &CurvePoint| Mark {
            at: self.x(p),
            label: size(p.size_bytes),
        };
        curve.iter().step_by(every).map(mark).collect()
    }
}
