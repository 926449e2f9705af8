//! `compare`: one row for each set of overrides. What is wrong with one is said in its row, and the others stand.

use std::collections::BTreeMap;

use super::answer::choice;
use super::desk::{Desk, PROFILE, checked, failed};
use crate::cli::session::Look;
use crate::domain::profile::Word as _;
use crate::exit::{Exit, Failure};
use crate::mcp::Refused;
use crate::mcp::args::{self, Sets};
use crate::mcp::results::{Compared, Comparison};
use crate::text::cut;

/// Variations at a time.
const MOST: usize = 24;

pub(super) fn compare(desk: &Desk, args: &args::Compare) -> Result<Comparison, Refused> {
    let count = args.variations.len();
    if count > MOST {
        let text = format!("{count} variations were sent, at most {MOST} are compared at a time");
        let failure = Failure::new(Exit::Usage, "mcp-too-many", text);
        return Err(failure.help("send them in several calls").into());
    }
    checked(&args.profile)?;
    let rows = args.variations.iter();
    let rows = rows.map(|set| {
        row(desk, &args.profile, set).unwrap_or_else(|refused| Compared {
            set: echo(set),
            outcome: None,
            verdict: None,
            recommended: None,
            monthly_cost_usd: None,
            complete: false,
            error: Some(said(&refused)),
        })
    });
    Ok(Comparison {
        rows: rows.collect(),
    })
}

fn row(desk: &Desk, profile: &str, set: &Sets) -> Result<Compared, Refused> {
    let resolved = desk.read(profile, set)?;
    let profiles = std::slice::from_ref(&resolved.profile);
    let session = desk.session(profiles).map_err(|e| failed(&e))?;
    let decided = session.decide(PROFILE.to_owned(), resolved, Look::Outlook);
    let decision = &decided.decision;
    let winner = decision.winner();
    let level = decided.outlook.as_ref().map(|o| o.certainty.level);
    let cost = winner.and_then(|w| w.cost).map(|range| range.expected);
    Ok(Compared {
        set: echo(set),
        outcome: Some(decision.outcome.word().to_owned()),
        verdict: level.map(|level| level.word().to_owned()),
        recommended: winner.map(|w| choice(&w.pick)),
        monthly_cost_usd: cost.map(|c| c.known.plain()),
        complete: cost.is_some_and(|c| !c.incomplete),
        error: None,
    })
}

/// The overrides of a row, cut to the room of one.
fn echo(set: &Sets) -> BTreeMap<String, String> {
    let pairs = set.iter();
    pairs
        .map(|(path, value)| (cut(path, 60), cut(&value.0, 60)))
        .collect()
}

/// The first problem in a line.
fn said(refused: &Refused) -> String {
    let first = refused.problems.first();
    let text = first.map_or_else(String::new, |p| {
        let help = p.help.as_ref().map_or(String::new(), |h| format!("; {h}"));
        format!("{}: {}{help}", p.code, p.message)
    });
    cut(&text, 200)
}
