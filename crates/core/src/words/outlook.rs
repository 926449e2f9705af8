//! How sure an answer is, what is worth answering, what must-haves cost; names of answers are given.

use super::answer::decider;
use crate::domain::decision::Pick;
use crate::domain::finding::Decider;
use crate::domain::money::Usd;
use crate::domain::outlook::{Certainty, Ground, PriceTag, Question, Third};

/// Gives the name of an answer.
pub type Names<'a> = &'a dyn Fn(&Pick) -> String;

/// What makes an answer clear, close or open, in a sentence.
pub fn certainty(certainty: &Certainty, winner: &str, name: Names<'_>) -> String {
    match &certainty.why {
        Ground::Question { field, assumed, at, to } => format!(
            "`{field}` is not stated (assumed {assumed}); at {at} the answer is {}.",
            name(to)
        ),
        Ground::Split { most, percent, rest } => format!(
            "Over the ranges {} wins {percent} %, {} most of the rest.",
            name(most),
            name(rest)
        ),
        Ground::Near { second, times, leads } => {
            let near = format!("{} is judged {}", name(second), dearer(*times));
            let lead = first(leads, winner, &name(second));
            lead.map_or_else(|| format!("{near}."), |lead| format!("{near}; what decides: {lead}"))
        }
        Ground::Ahead { second, times } => format!(
            "{} is judged {}, and no plausible value of what is not stated changes the answer.",
            name(second),
            dearer(*times)
        ),
        Ground::Alone => "No other service meets every must-have, and no plausible value of what is not stated changes that.".to_owned(),
        Ground::Settled => {
            "No plausible value of what is not stated changes the answer.".to_owned()
        }
    }
}

/// `43 % dearer`, `3.1 times as dear`.
pub(super) fn dearer(times: f64) -> String {
    if times < 2.0 {
        format!("{:.0} % dearer", (times - 1.0).max(0.0) * 100.0)
    } else if times < 100.0 {
        format!("{times:.1} times as dear")
    } else {
        "more than a hundred times as dear".to_owned()
    }
}

fn first(leads: &[Decider], winner: &str, other: &str) -> Option<String> {
    leads.first().map(|lead| decider(lead, winner, other))
}

/// A question that is worth an answer.
pub fn question(question: &Question, name: Names<'_>) -> String {
    let Question {
        field,
        assumed,
        worth,
        ..
    } = question;
    let worth = Usd(worth.0.round_sf(2).unwrap_or(worth.0));
    let known = if worth > Usd::ZERO {
        format!("knowing it is worth about {} a month", dollars(worth))
    } else {
        "the bill stays about the same".to_owned()
    };
    let flip = question.flip.as_ref();
    let flip = flip.map_or_else(
        || "the answer stays, another way to buy it does not".to_owned(),
        |(at, to)| format!("at {at} the answer is {}", name(to)),
    );
    format!("Worth answering: `{field}` (assumed {assumed}): {flip}; {known}.")
}

/// Whole dollars from ten dollars up.
pub(super) fn dollars(amount: Usd) -> String {
    if amount.0 >= rust_decimal::Decimal::TEN {
        let text = Usd(amount.0.round()).to_string();
        text.trim_end_matches(".00").to_owned()
    } else {
        amount.to_string()
    }
}

/// What a must-have costs.
pub fn tag(tag: &PriceTag, name: Names<'_>) -> String {
    let PriceTag {
        field,
        stated,
        saves,
        ..
    } = tag;
    let to = name(&tag.winner);
    let saves = dollars(*saves);
    match &tag.relaxed_to {
        Some(relaxed) => format!(
            "`{field}: {stated}` costs {saves} a month: with `{relaxed}` the answer is {to}."
        ),
        None => {
            format!("`{stated}` in `{field}` costs {saves} a month: without it the answer is {to}.")
        }
    }
}

/// A cheaper service that came third: why it is not the answer.
pub fn third(third: &Third, winner: &str, name: Names<'_>) -> String {
    let other = name(&third.pick);
    let leads: Vec<String> = third
        .leads
        .iter()
        .map(|d| decider(d, winner, &other))
        .collect();
    format!(
        "Third: {other}, {} a month cheaper. {}",
        third.cheaper,
        leads.join(" ")
    )
}

/// Another way to buy the same service takes over.
pub fn variant_flip(field: &str, at: &str, from: &str, to: &str) -> String {
    format!("`{field}`: up to {at} it is {from}, above {to}.")
}

/// Which service wins over which part of a range.
pub fn parts(field: &str, parts: &[(String, String, String)]) -> String {
    let parts = parts.iter();
    let parts: Vec<String> = parts
        .map(|(from, to, name)| format!("{from} to {to} {name}"))
        .collect();
    format!("Over the range of `{field}`: {}.", parts.join(", "))
}
