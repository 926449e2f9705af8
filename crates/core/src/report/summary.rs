//! One line per profile, when several are asked about.

use super::Report;
use super::sections::Table;
use crate::text::visible;

/// The summary table of several reports, in the order given.
pub fn table(reports: &[Report<'_>]) -> Table {
    let rows = reports.iter().map(|r| {
        let best = r
            .decision
            .winner()
            .or_else(|| r.decision.best.map(|i| &r.decision.candidates[i]));
        let answer = r
            .decision
            .winner()
            .map_or_else(|| r.decision.outcome.word().to_owned(), |w| w.name.clone());
        let price = best
            .and_then(|c| c.cost)
            .map_or("–".to_owned(), |range| range.expected.to_string());
        let saving = best
            .and_then(|c| c.saving)
            .map_or("unknown".to_owned(), |s| s.expected.to_string());
        let second = r
            .decision
            .runner_up
            .as_ref()
            .map_or("–".to_owned(), |p| p.service.clone());
        vec![visible(&r.profile.name), answer, price, saving, second]
    });
    let head = vec![
        ("Profile", false),
        ("Answer", false),
        ("Monthly", true),
        ("Net saving", true),
        ("Second", false),
    ];
    Table {
        head,
        rows: rows.collect(),
    }
}
