//! What stands in a row of a table: why so many points, what a loss means, why not another way.

use rust_decimal::Decimal;

use crate::domain::finding::{Ground, Loss, Refill, Term, WhyNot};
use crate::domain::money::{plain, whole};
use crate::domain::units::Duration;

/// Why so many points.
pub fn term(term: &Term) -> String {
    match &term.ground {
        Ground::Cost {
            monthly,
            per_halving,
            zero_at,
        } => {
            let zero_at = whole(zero_at.0);
            format!("{monthly} a month; {per_halving} points per halving, zero at ${zero_at}")
        }
        Ground::Latency(Some(ms)) => format!("{} effective", Duration::rounded(*ms)),
        Ground::LatencyBand => "the tolerance lies below the median of a hit".to_owned(),
        Ground::Latency(None) => "unknown, no points".to_owned(),
        Ground::MultiAz => "keeps serving when a zone is lost".to_owned(),
        Ground::ScaleToZero { met } | Ground::PrivateAccess { met } => {
            let met = if *met { "and met" } else { "and not met" };
            format!("preferred, {met}")
        }
        Ground::Rule(ruling) => ruling.because.clone(),
    }
}

/// What losing the cache does.
pub fn on_loss(loss: &Loss) -> String {
    match &loss.refill {
        Some(refill) => [&loss.what, " ", &refilled(refill)].concat(),
        None if loss.for_good => [&loss.what, " ", FOR_GOOD].concat(),
        None => loss.what.clone(),
    }
}

/// Where the cache is the store.
const FOR_GOOD: &str = "Nothing is behind it, so what it loses is lost.";

fn refilled(refill: &Refill) -> String {
    let time = refill.time.map_or(String::new(), |ms| {
        let items = whole(refill.items);
        format!(" for at least {}, until {items} items are back", rough(ms))
    });
    let cost = refill
        .cost
        .map_or("what they cost is unknown".to_owned(), |cost| {
            format!("those reads cost {cost}")
        });
    let reads = whole(refill.reads);
    format!("The origin then serves {reads} more reads per second{time}; {cost}.")
}

/// Milliseconds in the unit in which people would tell them.
fn rough(ms: Decimal) -> String {
    let seconds = ms / Decimal::ONE_THOUSAND;
    let units = [
        (86_400, "days"),
        (3_600, "hours"),
        (60, "minutes"),
        (1, "seconds"),
    ];
    let fits = |(size, _): &&(u32, &str)| *size == 1 || seconds >= Decimal::from(2 * size);
    let (size, unit) = units.iter().find(fits).unwrap_or(&units[3]);
    format!(
        "{} {unit}",
        plain((seconds / Decimal::from(*size)).round_dp(1))
    )
}

/// Why another way to buy a candidate does not apply.
pub fn why_not(why: WhyNot) -> &'static str {
    match why {
        WhyNot::Allowance => "its allowance does not cover the workload",
        WhyNot::Requirement => "it lacks something that is required",
    }
}
