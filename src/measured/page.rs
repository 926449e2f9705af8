//! A measurement as one self-contained HTML page, with the charts of the report: nothing loaded, no script.
//!
//! Layout is in `templates/report/measure.html`, geometry in `report::charts`, words in [`super::text`].

use anyhow::Result;
use serde::Serialize;

use super::text::{DEFINITIONS, facts, figures, percent, remarks, row, size};
use crate::report::charts::{self, HitPoint, LineChart};
use crate::report::html::sheet;
use cachewright_measure::curve::CurvePoint;
use cachewright_measure::measure::Measurement;

/// What the template sees.
#[derive(Serialize)]
struct Page {
    /// Label, large figure, explanation.
    figures: Vec<(&'static str, String, String)>,
    facts: Vec<(&'static str, String)>,
    rows: Vec<[String; 4]>,
    remarks: Vec<String>,
    /// What the words mean.
    definitions: &'static str,
    chart: Option<LineChart>,
}

/// The page of a measurement.
pub fn html(m: &Measurement) -> Result<String> {
    let page = Page {
        figures: figures(m),
        facts: facts(m),
        rows: m.hit_ratio_curve.iter().map(row).collect(),
        remarks: remarks(m),
        definitions: DEFINITIONS,
        chart: chart(m),
    };
    sheet("measure.html", "Measured workload".to_owned(), &page)
}

fn chart(m: &Measurement) -> Option<LineChart> {
    let curve = m.hit_ratio_curve.iter();
    let points: Vec<HitPoint> = curve
        .map(|p| HitPoint {
            size: p.size_bytes as f64,
            objects: p.objects,
            bytes: p.bytes,
            error: p.error,
        })
        .collect();
    let set = m.working_set();
    let set = set.map(|p| {
        (
            p.size_bytes as f64,
            format!("working set {}", size(p.size_bytes)),
        )
    });
    let chart = charts::hit_ratio(&points, set.as_ref(), "curve".to_owned())?;
    Some(LineChart {
        alt: format!("{}{}", chart.alt, ends(&m.hit_ratio_curve)),
        ..chart
    })
}

/// The ends of the curve in words, for those who do not see it.
fn ends(curve: &[CurvePoint]) -> String {
    let point = |p: &CurvePoint| format!("{} at {}", percent(p.objects), size(p.size_bytes));
    match curve {
        [first, .., last] => format!(" Hit ratio from {} to {}.", point(first), point(last)),
        _ => String::new(),
    }
}
