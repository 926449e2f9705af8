//! One line per profile, when several are asked about.

use super::Report;
use super::sections::Table;
use super::view::View;

/// The summary table of several reports, in the order given.
pub fn table(reports: &[Report<'_>]) -> Table {
    let rows = reports.iter().map(View::new).map(|v| {
        let best = v.best();
        let answer = best.filter(|_| v.recommended);
        let answer = answer.map_or(v.outcome.word(), |c| &c.name);
        let second = v.second.as_ref().map_or("–", |s| &s.service);
        let cost = best.map(|c| c.cost.text.clone());
        vec![
            v.name.clone(),
            answer.to_owned(),
            cost.unwrap_or_else(|| "–".to_owned()),
            best.map_or_else(|| "unknown".to_owned(), |c| c.saving.text.clone()),
            second.to_owned(),
        ]
    });
    let head = ["Profile", "Answer", ">Monthly", ">Net saving", "Second"];
    Table::new(&head, rows)
}
