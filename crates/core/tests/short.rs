//! The short report: its length, its width, and that nothing in it is broken, over every profile there is.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cachewright_core::analysis::lead_in_money;
use cachewright_core::domain::decision::{Candidate, Verdict};
use cachewright_core::domain::rule::Effect;
use cachewright_core::report::text::Layout;
use cachewright_core::report::{parts, short, view::View};
use rust_decimal::Decimal;

/// Every profile, those of the panel too.
fn all() -> Vec<PathBuf> {
    let mut paths = support::all_profiles();
    paths.extend(support::files("tests/oracles/panel", ".yaml"));
    assert!(paths.len() > 150);
    paths
}

/// Lines of a text report at a width.
fn lines(path: &Path, width: usize) -> Vec<String> {
    let (catalog, book) = support::data();
    support::with_report(&catalog, &book, path, |report| {
        let layout = Layout {
            width,
            color: false,
        };
        let text = short::text::render(report, &View::new(report), layout);
        text.lines().map(str::to_owned).collect()
    })
}

#[test]
fn it_has_24_lines_and_two_for_each_warning_after_the_first() {
    for path in &all() {
        let lines = lines(path, 80);
        let warnings = lines.iter().filter(|l| l.starts_with("  ! ")).count();
        let most = 24 + 2 * warnings.saturating_sub(1);
        assert!(
            lines.len() <= most,
            "{}: {} lines\n{}",
            path.display(),
            lines.len(),
            lines.join("\n")
        );
    }
}

/// A command to copy stays on its line, however narrow the screen.
fn is_command(line: &str) -> bool {
    line.starts_with("  Next: ") || line.trim_start().starts_with("--set ")
}

#[test]
fn no_line_is_too_wide_and_no_word_is_broken() {
    for path in &all() {
        let words = |lines: &[String]| -> BTreeSet<String> {
            let words = lines.iter().flat_map(|l| l.split_whitespace());
            // What follows a word may go where it has no room.
            let bare = words.map(|w| w.trim_matches(|c| "();,.".contains(c)));
            bare.map(str::to_owned).collect()
        };
        let wide = lines(path, 400);
        let whole = words(&wide);
        for width in [60, 80, 120] {
            let lines = lines(path, width);
            for line in lines.iter().filter(|l| !is_command(l)) {
                assert!(
                    line.chars().count() <= width,
                    "{} at {width}: {line}",
                    path.display()
                );
            }
            let broken: Vec<String> = words(&lines).difference(&whole).cloned().collect();
            assert!(
                broken.is_empty(),
                "{} at {width}: {broken:?}",
                path.display()
            );
        }
    }
}

/// Verdict, bill and answer are those of the JSON.
#[test]
fn it_says_what_the_json_says() {
    let (catalog, book) = support::data();
    for path in &all() {
        support::with_report(&catalog, &book, path, |report| {
            let view = View::new(report);
            let short = short::short(report, &view);
            assert_eq!(short.level, view.verdict.as_ref().map(|v| v.level));
            if let Some(best) = view.best().filter(|_| view.recommended) {
                assert!(
                    short.figures[0].starts_with(&best.cost.text),
                    "{}: {:?}",
                    path.display(),
                    short.figures
                );
                let answers: Vec<&str> = short
                    .rows
                    .iter()
                    .filter(|r| r.is_answer)
                    .map(|r| r.name.as_str())
                    .collect();
                assert_eq!(answers, [short.answer.as_str()], "{}", path.display());
            } else {
                assert!(short.rows.iter().all(|r| !r.is_answer));
            }
        });
    }
}

/// `--why` has something to say of every service.
#[test]
fn every_service_can_be_asked_for() {
    let (catalog, book) = support::data();
    for path in all().iter().step_by(7) {
        support::with_report(&catalog, &book, path, |report| {
            let view = View::new(report);
            for service in catalog.services.iter() {
                let is_candidate = view
                    .candidates
                    .iter()
                    .any(|c| c.service == service.id && c.verdict.word() != "comparison");
                if is_candidate {
                    let sections = parts::why(report, &view, (&service.id, None));
                    assert!(!sections.is_empty(), "{}", service.id);
                    assert!(sections.iter().all(|s| !s.blocks.is_empty()));
                }
            }
        });
    }
}

/// What a short report says of a caution belongs to one, and is short.
#[test]
fn every_short_caution_belongs_to_a_code() {
    let (catalog, _) = support::data();
    let known: BTreeSet<&str> = (catalog.rules.iter().map(|r| r.id.as_str()))
        .chain(catalog.codes.iter().map(|c| c.code.as_str()))
        .chain(catalog.rules.iter().filter_map(|r| match &r.effect {
            Effect::Note(code) => Some(code.as_str()),
            _ => None,
        }))
        .collect();
    for one in &catalog.briefly {
        assert!(known.contains(one.code.as_str()), "{}", one.code);
        assert!(one.says.chars().count() <= 150, "{}", one.code);
        assert!(one.says.ends_with('.'), "{}", one.code);
    }
}

/// The row of cost of `--why` is the difference of the two bills.
#[test]
fn a_lead_in_cost_is_worth_what_the_bills_differ_by() {
    let (catalog, book) = support::data();
    let mut seen = 0;
    for path in &all() {
        support::with_report(&catalog, &book, path, |report| {
            let d = report.decision;
            let Some(winner) = d.winner().filter(|w| w.is_complete()) else {
                return;
            };
            let bill = |c: &Candidate| c.cost.map(|r| r.expected.known.0);
            for other in &d.candidates {
                let fair = other.verdict == Verdict::Eligible
                    && other.is_complete()
                    && other.common == winner.common;
                let (true, Some(ours), Some(theirs)) = (fair, bill(winner), bill(other)) else {
                    continue;
                };
                let lead = winner.points("cost") - other.points("cost");
                let worth = lead_in_money(&catalog.weights, winner, lead).unwrap().0;
                let off = (worth - (theirs - ours)).abs();
                assert!(off <= Decimal::new(2, 2), "{}: {off}", path.display());
                seen += 1;
            }
        });
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn where_nothing_fits_each_service_stands_with_its_cheapest_bill() {
    let lines = lines(Path::new("tests/short/read-through.yaml"), 80);
    let of = |service: &str| lines.iter().filter(|l| l.contains(service)).count();
    assert_eq!(
        (of("DynamoDB provisioned"), of("DynamoDB Standard  ")),
        (1, 0),
        "{lines:#?}"
    );
}
