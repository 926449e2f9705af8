//! The candidates as CSV, one row each.

use anyhow::Result;

use super::Report;
use crate::domain::decision::Verdict;
use crate::domain::money::{Usd, plain};

/// Rows of all reports under one header.
pub fn render(reports: &[Report<'_>]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "profile",
        "outcome",
        "rank",
        "service",
        "variant",
        "verdict",
        "monthly_cost_usd",
        "complete",
        "net_monthly_saving_usd",
        "hit_p50_ms",
        "effective_ms",
        "score",
        "reasons",
        "prices",
    ])?;
    for report in reports {
        for (i, c) in report.decision.candidates.iter().enumerate() {
            let eligible = c.verdict == Verdict::Eligible;
            let score: f64 = c.terms.iter().map(|t| super::json::points(t.points)).sum();
            let reasons: Vec<&str> = c.reasons.iter().map(|r| r.code()).collect();
            writer.write_record([
                safe(&report.profile.name),
                report.decision.outcome.word().to_owned(),
                (i + 1).to_string(),
                c.pick.service.clone(),
                c.pick.variant.clone().unwrap_or_default(),
                c.verdict.word().to_owned(),
                c.cost.map_or(String::new(), |r| r.expected.known.plain()),
                c.cost
                    .map_or(String::new(), |r| (!r.expected.incomplete).to_string()),
                c.saving.map_or(String::new(), |s| Usd::plain(s.expected)),
                c.latency
                    .hit_p50
                    .map_or(String::new(), |v| plain(v.round_dp(4))),
                c.latency
                    .effective
                    .map_or(String::new(), |v| plain(v.round_dp(4))),
                if eligible {
                    format!("{score:.2}")
                } else {
                    String::new()
                },
                reasons.join(" "),
                report.book.dated(),
            ])?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// A cell that a spreadsheet does not take for a formula.
fn safe(text: &str) -> String {
    let text = crate::text::visible(text);
    if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text
    }
}
