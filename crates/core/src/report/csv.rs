//! The candidates as CSV, one row each.

use anyhow::Result;

use super::Report;
use super::view::{Candidate, Value, View};
use crate::domain::money::Usd;

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
        "net_monthly_saving_is",
    ])?;
    for view in reports.iter().map(View::new) {
        for (i, c) in view.candidates.iter().enumerate() {
            writer.write_record([
                safe(&view.name),
                view.outcome.word().to_owned(),
                (i + 1).to_string(),
                c.service.clone(),
                c.variant.clone().unwrap_or_default(),
                c.verdict.word().to_owned(),
                cents(&c.cost),
                c.complete.map_or(String::new(), |known| known.to_string()),
                cents(&c.saving),
                c.p50.value.clone(),
                c.effective.value.clone(),
                c.points.map_or(String::new(), |p| format!("{p:.2}")),
                codes(c),
                view.prices.dated.clone(),
                if c.saving.is_known() {
                    c.saving_side.word().to_owned()
                } else {
                    String::new()
                },
            ])?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// An amount to the cent; the JSON has it exactly.
fn cents(amount: &Value) -> String {
    let cents = amount.number.filter(|_| amount.is_known());
    cents.map_or_else(String::new, |d| format!("{:.2}", Usd(d).cents()))
}

/// Codes of all reasons.
fn codes(c: &Candidate) -> String {
    let codes: Vec<&str> = c.reasons.iter().map(|r| r.code.as_str()).collect();
    codes.join(" ")
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
