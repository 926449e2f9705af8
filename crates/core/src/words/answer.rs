//! The answer: one sentence, what decided it, where the bottleneck is.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::domain::decision::{Candidate, Cost, Decision, NoCacheReason, Outcome, Saving, Verdict};
use crate::domain::finding::{Bottleneck, Decider, Ground, Need};
use crate::domain::money::Usd;
use crate::domain::profile::{Interface, Profile};
use crate::domain::units::Duration;

/// What is worth a word in the answer: a smaller difference is nobody's reason.
const MATERIAL: Usd = Usd(Decimal::ONE);

/// One sentence.
pub fn summary(profile: &Profile, decision: &Decision) -> String {
    let region = &profile.region;
    match decision.outcome {
        Outcome::NoneFits => none_fits(region, decision),
        Outcome::NoCache => no_cache(decision),
        Outcome::Recommended => decision
            .winner()
            .map_or_else(String::new, |winner| recommended(region, decision, winner)),
    }
}

/// The first sentence of a report: the answer, and what stands beside it.
pub fn headline(profile: &Profile, decision: &Decision) -> String {
    let beside = super::beyond(decision);
    // Where nothing fits, what does comes before what to give up.
    if decision.outcome == Outcome::NoneFits
        && let Some(beside) = beside
    {
        let region = &profile.region;
        let relax = relaxing(decision).map_or(String::new(), |how| format!(" Or {how}."));
        return format!("{}. {beside}{relax}", no_service(region, decision));
    }
    let parts = [Some(summary(profile, decision)), beside];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn none_fits(region: &str, decision: &Decision) -> String {
    let none = no_service(region, decision);
    match relaxing(decision) {
        Some(how) => format!("{none}; {how}."),
        None => format!("{none}."),
    }
}

fn relaxing(decision: &Decision) -> Option<String> {
    let r = decision.relax.first()?;
    Some(format!(
        "relaxing `{}` from `{}` to `{}` would unlock {}",
        r.field,
        r.from,
        r.to,
        r.unlocks.join(", ")
    ))
}

fn no_service(region: &str, decision: &Decision) -> String {
    format!(
        "None of the {} services meets every must-have of this workload in {region}",
        services(decision)
    )
}

/// How many services could be the answer, as a word.
pub(super) fn services(decision: &Decision) -> String {
    let services = decision.candidates.iter();
    let services: BTreeSet<&str> = services
        .filter(|c| c.verdict != Verdict::Comparison)
        .map(|c| c.pick.service.as_str())
        .collect();
    counted(services.len())
}

/// A small number as a word.
fn counted(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let word = WORDS.get(number).map(|word| (*word).to_owned());
    word.unwrap_or_else(|| number.to_string())
}

fn no_cache(decision: &Decision) -> String {
    match decision.no_cache {
        Some(NoCacheReason::LocalCache) => "No shared cache is needed: one process reads a working set that fits its own memory, so a local cache does.".to_owned(),
        Some(NoCacheReason::UniqueQueries) => "No cache: almost every query is unique, so a cache would store what nobody asks for again; tune the origin instead.".to_owned(),
        _ => not_worth_it(decision),
    }
}

/// The eligible candidate that saves most, as far as savings are known.
pub(super) fn most_saving(decision: &Decision) -> Option<(&Candidate, Saving)> {
    let eligible = decision.candidates.iter();
    let eligible = eligible.filter(|c| c.verdict == Verdict::Eligible);
    let savings = eligible.filter_map(|c| Some((c, c.saving?)));
    savings.max_by_key(|(_, saving)| saving.expected)
}

/// What comes nearest to paying for itself, and does not.
fn not_worth_it(decision: &Decision) -> String {
    let most = most_saving(decision);
    let reason = match most {
        Some((c, saving)) if saving.cents() > Usd::ZERO => format!(
            "what a cache would save, {}{} a month with {}, is not worth running one",
            saving.side().words(),
            saving.cents(),
            c.name
        ),
        Some((c, saving)) => format!(
            "every eligible service costs more than it saves (the best one, {}, by {} a month)",
            c.name,
            Usd(-saving.cents().0)
        ),
        None => "no eligible service pays for itself".to_owned(),
    };
    format!("No cache: {reason}, and nothing asks for lower latency than the origin gives.")
}

fn recommended(region: &str, decision: &Decision, winner: &Candidate) -> String {
    let saving = match winner.saving {
        Some(s) if s.known_positive() && s.expected >= MATERIAL => format!(
            ", saving {}{} net of what the origin's reads cost today",
            s.side().words(),
            s.cents()
        ),
        Some(s) if s.known_negative() && s.expected <= Usd(-MATERIAL.0) => {
            format!(", {} more than the reads it saves", Usd(-s.cents().0))
        }
        _ => winner.pays_from_price.map_or(String::new(), |price| {
            format!("; it pays from {price} per million origin reads that it avoids")
        }),
    };
    let second = decision.second().filter(|_| decision.tie);
    let tie = second.map_or(String::new(), |c| format!(" It is a tie with {}.", c.name));
    let unknown = if winner.is_complete() {
        ""
    } else {
        " No eligible service has a complete price."
    };
    let cost = winner.cost.map_or_else(
        || "an unknown amount".to_owned(),
        |range| {
            let expected = range.expected;
            let known = Usd(expected.known.cents());
            Cost { known, ..expected }.to_string()
        },
    );
    format!(
        "Use {} in {region}: {cost} a month{saving}.{tie}{unknown}",
        winner.name
    )
}

/// What separates the winner from what came second, a sentence each.
pub fn decided_by(decision: &Decision) -> Vec<String> {
    let name = |row: Option<&Candidate>| row.map_or_else(String::new, |c| c.name.clone());
    let [winner, other] = [decision.winner(), decision.second()].map(name);
    let mut said = deciders(&decision.decided_by, &winner, &other);
    let cheaper = cheaper_way(decision);
    said.extend(cheaper.map(|(c, less, why)| super::lead::another_way(&c.name, less, &why)));
    said
}

/// What separates two candidates, a sentence each.
pub fn deciders(list: &[Decider], winner: &str, other: &str) -> Vec<String> {
    list.iter().map(|d| decider(d, winner, other)).collect()
}

pub(super) fn decider(decider: &Decider, winner: &str, other: &str) -> String {
    match decider {
        Decider::NoneComplete => "No eligible service has a complete price: each cost is a lower bound, and the order rests on the parts that are known.".to_owned(),
        Decider::OnlyWinnerComplete => {
            format!("{winner} has a complete price, {other} lacks the price of a meter.")
        }
        Decider::Term { ours, theirs, lead } => {
            let sign = if *lead >= 0.0 { "+" } else { "−" };
            let points = format!("{sign}{:.1} points", lead.abs());
            let why = difference(ours.as_ref(), theirs.as_ref(), [winner, other]);
            format!("{why} ({points}).")
        }
        Decider::NoRival => "No other service meets every must-have.".to_owned(),
        Decider::AgainstNoCache { total, saving } => {
            let total = format!("{}{}", total.side().words(), total.known);
            let (side, cents) = (saving.side().words(), saving.cents());
            if cents >= Usd::ZERO {
                format!("Without a cache the same reads cost {total} a month; it saves {side}{cents} net.")
            } else if saving.at_least {
                format!("Without a cache the same reads cost {total} a month, of which only a part is known: with that part alone the cache costs {} more.", Usd(-cents.0))
            } else {
                format!("Without a cache the same reads cost {total} a month; the cache costs {} more and buys latency or offload.", Usd(-cents.0))
            }
        }
        Decider::KnownSaving(saving) => format!(
            "What is known of the cost without a cache pays for it: it saves {}{} a month net.",
            saving.side().words(),
            saving.cents()
        ),
        Decider::PaysFrom(price) => {
            format!("What a read costs at the origin is unknown; the cache pays from {price} per million reads that it avoids.")
        }
        Decider::UnknownSaving => {
            "What the same costs without a cache is unknown, so the saving is too.".to_owned()
        }
        Decider::Need(what) => need(what),
    }
}

/// What a cache is for that does not pay for itself.
pub(super) fn need(need: &Need) -> String {
    match need {
        Need::Latency { origin, tolerance } => format!(
            "It is there for the latency: a read of the origin takes {}, and {} are tolerated.",
            Duration::rounded(*origin),
            Duration::from_ms(*tolerance)
        ),
        Need::FarViewers => {
            "It is there for viewers far from the Region, who read from an edge near them."
                .to_owned()
        }
        Need::Interface(interface) => format!(
            "It is there for the way it is read: the origin itself {}.",
            unlike(*interface)
        ),
    }
}

/// Of an origin that cannot be read this way itself.
pub(super) const fn unlike(interface: Interface) -> &'static str {
    match interface {
        Interface::Http => "answers no HTTP",
        Interface::KeyValue => "is not read by key",
        Interface::Object => "is not read as objects",
        Interface::Posix => "cannot be mounted",
    }
}

/// A cheaper way to buy the same service that is not the answer, and why.
pub(super) fn cheaper_way(decision: &Decision) -> Option<(&Candidate, Usd, String)> {
    let winner = decision.winner()?;
    let cost = |c: &Candidate| c.cost.map(|range| range.expected.known);
    let ours = cost(winner).filter(|_| winner.is_complete())?;
    let same = decision.candidates.iter().filter(|c| {
        c.verdict == Verdict::Eligible
            && c.pick.service == winner.pick.service
            && c.pick != winner.pick
            && c.is_complete()
    });
    let cheapest = same.min_by_key(|c| cost(c))?;
    let less = Usd((ours.0 - cost(cheapest)?.0).round_dp(2));
    let why = super::lead::lacks(winner, cheapest);
    (less >= MATERIAL).then_some((cheapest, less, why))
}

/// What a term says of both; a ground that only one of them has speaks for itself.
fn difference(
    ours: Option<&Ground>,
    theirs: Option<&Ground>,
    [winner, other]: [&str; 2],
) -> String {
    match (ours, theirs) {
        (
            Some(Ground::Cost { monthly: ours, .. }),
            Some(Ground::Cost {
                monthly: theirs, ..
            }),
        ) => {
            format!("Cost: {ours} a month against {theirs} for {other}")
        }
        (Some(Ground::Latency(ours)), Some(Ground::Latency(theirs))) => {
            let [ours, theirs] = [ours, theirs].map(|ms| {
                ms.map_or_else(
                    || "unknown".to_owned(),
                    |ms| Duration::rounded(ms).to_string(),
                )
            });
            format!("Latency: {ours} effective against {theirs}")
        }
        (Some(one), _) => alone(one, winner),
        (None, Some(one)) => alone(one, other),
        (None, None) => String::new(),
    }
}

fn alone(ground: &Ground, whose: &str) -> String {
    let text = match ground {
        Ground::Cost { .. } => "Cost",
        Ground::Latency(_) => "Latency",
        Ground::LatencyBand => "The tolerance inside the latency band",
        Ground::MultiAz => {
            return format!("Resilience: {whose} keeps serving when a zone is lost");
        }
        Ground::ScaleToZero { .. } => "Preference for scaling to zero",
        Ground::PrivateAccess { .. } => "Preference for private access",
        Ground::Rule(ruling) => ruling.because.trim_end_matches('.'),
    };
    text.to_owned()
}

/// Where the time and the money go today, and which kind of cache follows.
pub fn bottleneck(bottleneck: &Bottleneck) -> String {
    match bottleneck {
        Bottleneck::WayToViewers => "The bottleneck is the way to the viewers: distance and internet transfer. That asks for a cache at the edge, close to them; a cache beside the origin would not shorten the way.".to_owned(),
        Bottleneck::Origin { latency, tolerance } => format!(
            "The bottleneck is the origin: a read there takes {}, the callers tolerate {}. That asks for a cache in front of it, close to the callers, whose hits meet the tolerance.",
            Duration::rounded(*latency),
            Duration::from_ms(*tolerance)
        ),
        Bottleneck::Database => "The bottleneck, if there is one, is the database: repeated reads load it and are paid for there. That asks for a shared cache between application and database, with enough hits to relieve it; a cache at the clients would leave misses of every client to the database.".to_owned(),
        Bottleneck::Application => "The callers are the application's own processes. That asks for a shared store they all reach at low latency.".to_owned(),
        Bottleneck::WayToStorage => "The bottleneck is the way to the stored objects or files: request latency and throughput. That asks for storage close to the compute, in its zone.".to_owned(),
    }
}
