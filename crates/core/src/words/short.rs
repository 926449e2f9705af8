//! The sentences of the short report: what was asked, why in two sentences, why not in a few words.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::answer::{cheaper_way, most_saving, need, services, unlike};
use super::lead::{another_way, first_clause, gain, lacks, lead, ms};
use super::outlook::{Names, dearer};
use crate::domain::decision::{Beyond, Candidate, Cost, Decision, NoCacheReason, Saving};
use crate::domain::field::NumField;
use crate::domain::finding::{Decider, Exceeded, Ground, Must, Need, Reason, Why};
use crate::domain::money::{Usd, grouped, plain};
use crate::domain::outlook::{self, Certainty};
use crate::domain::price::{BookOrigin, LIST_PRICES};
use crate::domain::profile::{Interface, Layer, OriginKind, Profile, Running, Word as _};
use crate::domain::units::{Bytes, Quantity as _, Share};

/// After a value that nobody stated.
const ASSUMED: &str = " (assumed)";

/// How many keys a read fetches together.
fn of_keys(profile: &Profile) -> String {
    let keys = profile.traffic.keys_per_read;
    if keys > Decimal::ONE {
        format!(" of {} keys", grouped(&plain(keys.normalize())))
    } else {
        String::new()
    }
}

/// What was asked, in one line; `typed` gives a field as the profile writes it, or nothing where it does not say.
pub fn asked(profile: &Profile, typed: &dyn Fn(&str) -> Option<String>) -> String {
    let or_assumed =
        |path: &str, assumed: String| typed(path).unwrap_or_else(|| format!("{assumed}{ASSUMED}"));
    let number = |field: NumField| {
        let value = profile.number(field).map(|v| field.show(v));
        or_assumed(field.path(), value.unwrap_or_default())
    };
    let mut parts = vec![
        format!("{} in {}", stands(profile), profile.region),
        counted(&number(NumField::Reads), "reads") + &of_keys(profile),
    ];
    if !profile.traffic.writes.is_zero() {
        parts.push(counted(&number(NumField::Writes), "writes"));
    }
    let size = number(NumField::ItemSize);
    parts.push(match size.strip_suffix(ASSUMED) {
        Some(size) => format!("{size} items{ASSUMED}"),
        None => format!("{size} items"),
    });
    parts.push(number(NumField::WorkingSet));
    parts.extend(behind(profile.origin.kind));
    parts.join(", ")
}

/// `1M/day` reads are `1M reads/day`.
fn counted(rate: &str, what: &str) -> String {
    match rate.split_once('/') {
        Some((count, unit)) if !unit.contains('/') && !count.contains("..") => {
            format!("{} {what}/{}", count.trim_end(), unit.trim_start())
        }
        _ => format!("{rate} {what}"),
    }
}

/// Where it stands, in words.
const fn stands(profile: &Profile) -> &'static str {
    match (profile.layer, profile.interface) {
        (_, Interface::Posix) => "files",
        (Layer::Client, _) => "client cache",
        (Layer::Edge, _) => "public web (edge)",
        (Layer::Application, _) => "application cache",
        (Layer::Database, _) => "database cache",
        (Layer::Storage, _) => "storage cache",
    }
}

/// What a miss reads, where that is known.
fn behind(kind: OriginKind) -> Option<String> {
    // Initials are written large.
    let name = |word: &str| match word.len() {
        0..=3 => word.to_uppercase(),
        _ => word.replace('-', " "),
    };
    match kind {
        OriginKind::None => Some("nothing behind it".to_owned()),
        OriginKind::Other => None,
        known => Some(format!("{} behind", name(known.word()))),
    }
}

/// How many times as long a hit takes before anybody says so.
const NOTICED: Decimal = Decimal::from_parts(13, 0, 0, false, 1);

/// What separates the winner from the second, in money and milliseconds.
pub fn against(winner: &Candidate, second: &Candidate, name: &str) -> String {
    let (Some(ours), Some(theirs)) = (complete(winner), complete(second)) else {
        return format!("Ahead of {name}, of which a price is unknown.");
    };
    let less = Usd((theirs.0 - ours.0).round_dp(2));
    let mut said = match less.cmp(&Usd::ZERO) {
        Ordering::Greater => format!("{less} a month less than {name}"),
        Ordering::Less => format!("{} a month more than {name}", Usd(-less.0)),
        Ordering::Equal => format!("As dear as {name}"),
    };
    match lead(winner, second) {
        // A dearer winner owes a reason.
        Some((ground, _)) if less <= Usd::ZERO => {
            let is_rule = matches!(ground, Ground::Rule(_));
            said.push_str(if is_rule { "; " } else { ", but " });
            said.push_str(&gain(ground, winner, second));
        }
        // A cheaper one only names what weighs.
        Some((ground, points)) if points >= 2.0 && !matches!(ground, Ground::Rule(_)) => {
            said.push_str(", and ");
            said.push_str(&gain(ground, winner, second));
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (winner.latency.hit_p50, second.latency.hit_p50)
        && less > Usd::ZERO
        && a > b * NOTICED
    {
        said.push_str(&format!(
            ", though a hit takes {} instead of {}",
            ms(a),
            ms(b)
        ));
    }
    said + "."
}

/// The winner costs more than the reads it saves; which one would save, where one does.
pub fn loses(decision: &Decision, winner: &Candidate, name: Names<'_>) -> Option<String> {
    let negative = winner.saving.filter(|s| s.cents() < Usd::ZERO)?;
    if negative.at_least {
        return Some(in_part(winner, Usd(-negative.cents().0)));
    }
    let saving = Some(negative).filter(|s| s.known_negative())?;
    let more = Usd(-saving.cents().0);
    let (other, gain) = most_saving(decision).unzip();
    let other = other.zip(gain.filter(|s| s.cents() > Usd::ZERO));
    let other = other.map_or(String::new(), |(c, s)| {
        format!(
            "; {} saves {}{}",
            name(&c.pick),
            s.side().words(),
            s.cents()
        )
    });
    let what = needed(decision).map_or(String::new(), in_return);
    Some(format!(
        "Costs {more} a month more than the reads it saves{what}{other}."
    ))
}

/// The winner costs more than the part of its saving that is known.
fn in_part(winner: &Candidate, more: Usd) -> String {
    let from = winner.pays_from_price.map_or(String::new(), |price| {
        format!("; it pays from {price} per million origin reads")
    });
    format!(
        "With the part of the origin's price that is known it costs {more} a month more than it saves{from}."
    )
}

/// What the cache is for, after what it costs more than it saves.
fn in_return(what: &Need) -> String {
    match what {
        Need::Latency { origin, .. } => {
            format!(", for reads faster than the origin's {}", ms(*origin))
        }
        Need::FarViewers => ", for viewers far from the Region".to_owned(),
        Need::Interface(interface) => format!(": the origin itself {}", unlike(*interface)),
    }
}

/// What a cache is for that does not pay for itself.
fn needed(decision: &Decision) -> Option<&Need> {
    let mut all = decision.decided_by.iter();
    all.find_map(|d| match d {
        Decider::Need(what) => Some(what),
        _ => None,
    })
}

/// Why there is a cache at all that saves next to nothing.
pub fn despite(decision: &Decision) -> Option<String> {
    needed(decision).map(need)
}

/// A cheaper way to buy the same service that is not the answer.
pub fn cheaper(decision: &Decision, name: Names<'_>) -> Option<String> {
    let (other, less, why) = cheaper_way(decision)?;
    Some(another_way(&name(&other.pick), less, &why))
}

/// The expected bill, where every price is known.
fn complete(c: &Candidate) -> Option<Usd> {
    let cost: Cost = c.cost?.expected;
    (!cost.incomplete).then_some(cost.known)
}

/// Why an eligible candidate is not the answer, in a few words.
pub fn behind_by(winner: &Candidate, other: &Candidate) -> String {
    let (Some(ours), Some(theirs)) = (complete(winner), complete(other)) else {
        return "not ranked: a price is unknown".to_owned();
    };
    let more = Usd((theirs.0 - ours.0).round_dp(2));
    if more > Usd::ZERO {
        return format!("{more} more");
    }
    let why = lacks(winner, other);
    if more < Usd::ZERO {
        format!("{} less; {why}", Usd(-more.0))
    } else {
        why
    }
}

/// A must-have that is missed, in a few words.
pub fn missed(reason: &Reason) -> String {
    match &reason.why {
        Why::Missed(must, _) => must_have(must),
        Why::Unverified(must) => format!("{}: no source says so", must_have(must)),
        Why::NoVpc => "needs a VPC".to_owned(),
        Why::Expiry(_) => "expires too late".to_owned(),
        Why::UnknownLatency => "latency unknown".to_owned(),
        Why::Latency { hit, .. } => format!("a hit takes {}", ms(hit.typical)),
        Why::LatencyP99 { hit, .. } => format!("p99 of a hit is {}", ms(*hit)),
        Why::SameAsOrigin => "is the origin itself".to_owned(),
        Why::Rule(ruling) => first_clause(&ruling.because),
        Why::Limit(limit) => above(limit),
        Why::NotCovered(_) => reason.code().replace('-', " "),
    }
}

/// A limit that is too low, by its number.
fn above(limit: &Exceeded) -> String {
    let most = match limit.unit.as_str() {
        "bytes" => return format!("over {} stored", Bytes::from_value(limit.most)),
        _ => grouped(&plain(limit.most)),
    };
    let hottest = if limit.field == "traffic.hottest_key_share" {
        " on one key"
    } else {
        ""
    };
    format!("over {most} {}{hottest}", limit.unit)
}

fn must_have(must: &Must) -> String {
    match must {
        Must::Layer { wanted, .. } => match wanted {
            Layer::Edge => "not at the edge".to_owned(),
            other => format!("not at the {} layer", other.word()),
        },
        Must::Interface { wanted, .. } => match wanted {
            Interface::Http => "not public HTTP",
            Interface::KeyValue => "not read by key",
            Interface::Object => "not read as objects",
            Interface::Posix => "cannot be mounted",
        }
        .to_owned(),
        Must::Protocol { wanted, .. } => format!("does not speak {}", wanted.word()),
        Must::Region { region, .. } => format!("not sold in {region}"),
        Must::Compute { caller, .. } => format!("out of reach of {}", caller.word()),
        Must::PrivateAccess => "public endpoint only".to_owned(),
        Must::ScaleToZero => "costs while idle".to_owned(),
        Must::Feature { wanted, .. } => format!("no {}", wanted.word()),
        Must::Pattern(pattern) => format!("not filled by {}", pattern.word()),
        Must::StrongConsistency => "eventually consistent".to_owned(),
        Must::Durability { wanted, .. } => format!("not {}", wanted.word()),
        Must::MultiAz => "lost with its zone".to_owned(),
        Must::Eviction => "never evicts by itself".to_owned(),
        Must::MultiRegion(_) => "no copies in other Regions".to_owned(),
        Must::MinimalClientChanges => "code has to change".to_owned(),
        Must::ItemSize { limit, .. } => limit.map_or_else(
            || "items too large".to_owned(),
            |most| format!("items over {}", Bytes::from_value(most)),
        ),
    }
}

/// How sure the answer is, in one sentence; nothing where the questions below say it.
pub fn sure(certainty: &Certainty, name: Names<'_>) -> Option<String> {
    Some(match &certainty.why {
        outlook::Ground::Question { .. } => return None,
        outlook::Ground::Split { percent, rest, .. } => format!(
            "Over the ranges it wins {percent} %, {} most of the rest.",
            name(rest)
        ),
        outlook::Ground::Near { second, times, .. } => {
            format!("{} is judged only {}.", name(second), dearer(*times))
        }
        outlook::Ground::Ahead { .. } | outlook::Ground::Settled | outlook::Ground::Alone => {
            "Nothing plausible that you did not say changes it.".to_owned()
        }
    })
}

/// None of the services: what fits all the same.
pub fn none_fits(decision: &Decision) -> String {
    let beside =
        super::beyond(decision).filter(|_| decision.beyond.is_some_and(|b| b.less.is_none()));
    beside.unwrap_or_else(|| "No service meets every must-have.".to_owned())
}

/// How many services could be the answer, as a word.
pub fn how_many(decision: &Decision) -> String {
    services(decision)
}

/// In place of a service.
pub fn none_of(decision: &Decision) -> String {
    format!("None of the {}", services(decision))
}

/// No cache at all.
pub fn no_cache(decision: &Decision, name: Names<'_>) -> String {
    match decision.no_cache {
        Some(NoCacheReason::LocalCache) => {
            "One process reads a working set that fits its own memory: a local cache does."
                .to_owned()
        }
        Some(NoCacheReason::UniqueQueries) => {
            "Almost every query is unique: a cache would store what nobody asks for again."
                .to_owned()
        }
        _ => {
            let best = most_saving(decision);
            let saves = best.filter(|(_, s)| s.cents() > Usd::ZERO);
            let first = saves.map_or_else(
                || format!("None of the {} pays for itself", services(decision)),
                |(c, s)| {
                    format!(
                        "The best, {}, would save {}{} a month: not worth running one",
                        name(&c.pick),
                        s.side().words(),
                        s.cents()
                    )
                },
            );
            format!("{first}, and nothing asks for lower latency than the origin gives.")
        }
    }
}

/// What lies outside the candidates and is much cheaper, or fits where none does.
pub fn outside(decision: &Decision, beyond: Beyond) -> String {
    let row = &decision.candidates[beyond.row];
    let services = services(decision);
    let bought = row.spec.as_ref().map(super::spec).unwrap_or_default();
    let what = if bought.is_empty() {
        row.name.clone()
    } else {
        format!("{}, {bought}", row.name)
    };
    let cost = row
        .cost
        .map_or_else(String::new, |c| c.expected.to_string());
    let asks = row.asks.split([',', ';']).next().unwrap_or_default();
    let less = beyond.less.map_or(String::new(), |l| {
        let apart = super::beyond::apart(beyond.apart);
        format!(", {} less{apart}", Share::from_value(l.round_dp(2)))
    });
    format!("Outside the {services}: {what}, {cost} a month{less}; it asks for {asks}.")
}

/// What runs today, beside the answer.
pub fn running(now: &Running, winner: Option<&Candidate>) -> String {
    let [low, high] = now.monthly;
    let sum = if low == high {
        low.to_string()
    } else {
        format!("{low} to {high}")
    };
    let least = if now.at_least { "at least " } else { "" };
    let said = format!(
        "You run {}: {least}{sum} a month by its own metrics",
        now.name
    );
    let is_it = |c: &Candidate| (&c.pick.service, &c.pick.variant) == (&now.service, &now.variant);
    let cost = winner
        .filter(|_| !now.at_least && low == high)
        .and_then(complete);
    match (winner, cost) {
        (Some(w), _) if is_it(w) => format!("{said}; it is the answer."),
        (_, Some(cost)) if cost == low => format!("{said}; the answer costs the same."),
        (_, Some(cost)) if cost < low => {
            format!("{said}; the answer costs {} less.", Usd(low.0 - cost.0))
        }
        (_, Some(cost)) => format!("{said}; the answer costs {} more.", Usd(cost.0 - low.0)),
        _ => format!("{said}."),
    }
}

/// A must-have to give up.
pub fn relax(field: &str, from: &str, to: &str, unlocks: &[String]) -> String {
    format!("`{field}` from `{from}` to `{to}`: {}", unlocks.join(", "))
}

/// What it saves, beside its bill.
pub fn saves(saving: &str) -> String {
    format!("saves {saving}")
}

/// From which price of an origin read it pays.
pub fn pays_from(price: &str) -> String {
    format!("pays from {price}/M reads")
}

/// How long a hit takes.
pub fn a_hit(hit: &str, interface: &str) -> String {
    let what = if interface == Interface::Posix.word() {
        "an operation"
    } else {
        "a hit"
    };
    format!("{hit} {what}")
}

/// The bill, with an end that differs.
pub fn bill(cost: &str, [low, high]: [Option<&str>; 2]) -> String {
    match (low, high) {
        (None, None) => format!("{cost} a month"),
        (None, Some(high)) => format!("{cost} a month (to {high})"),
        (Some(low), None) => format!("{cost} a month (from {low})"),
        (Some(low), Some(high)) => format!("{cost} a month ({low} to {high})"),
    }
}

/// What the reads cost without a cache.
pub fn as_it_is(cost: &str) -> String {
    format!("the reads cost {cost} a month as they are")
}

/// Nothing else of the services fits.
pub fn alone(decision: &Decision, without: Option<&str>) -> String {
    let services = services(decision);
    let without = without.map_or(String::new(), |cost| {
        format!(" Without a cache the reads cost {cost} a month.")
    });
    format!("No other of the {services} meets every must-have.{without}")
}

/// What knowing a value is worth a month; nothing where that is less than a dollar.
pub fn worth(worth: Usd) -> Option<String> {
    let rounded = Usd(worth.0.round_sf(2).unwrap_or(worth.0));
    (rounded.0 >= Decimal::ONE).then(|| format!("worth {}", super::outlook::dollars(rounded)))
}

/// What stands in for what was not said.
pub fn assumed(value: &str) -> String {
    format!("{value} is assumed")
}

/// The service stays, how to buy it does not.
pub const ANOTHER_WAY: &str = "another way to buy it";
/// As an answer.
pub const NO_CACHE: &str = "no cache";

/// A reason without its subject.
pub fn bare(text: &str) -> String {
    let bare = text
        .strip_prefix("it ")
        .or_else(|| text.strip_prefix("its "));
    bare.unwrap_or(text).to_owned()
}

/// What a wish costs.
pub fn tag(tag: &outlook::PriceTag, winner: &str) -> String {
    let saves = super::outlook::dollars(tag.saves);
    let wish = match &tag.relaxed_to {
        Some(relaxed) => format!(
            "`{}: {}` costs {saves} a month; `{relaxed}` gives {winner}",
            tag.field, tag.stated
        ),
        None => format!(
            "`{}` in `{}` costs {saves} a month; without it {winner}",
            tag.stated, tag.field
        ),
    };
    wish + "."
}

/// What a candidate saves, where no cache is recommended.
pub fn saving(saving: Option<Saving>) -> String {
    match saving {
        None => "saving unknown".to_owned(),
        Some(s) if s.cents() < Usd::ZERO => {
            format!("{} more than it saves", Usd(-s.cents().0))
        }
        Some(s) => format!("saves {}{}", s.side().words(), s.cents()),
    }
}

/// A plan that covers the workload too.
pub fn plan_more(winner: Option<Decimal>, plan: Option<Decimal>) -> String {
    match (winner, plan) {
        (Some(ours), Some(theirs)) if theirs > ours => {
            format!("{} more", Usd((theirs - ours).round_dp(2)))
        }
        (Some(ours), Some(theirs)) if theirs < ours => {
            format!("{} less", Usd((ours - theirs).round_dp(2)))
        }
        (Some(_), Some(_)) => "the same bill".to_owned(),
        _ => String::new(),
    }
}

/// So many services together.
pub fn the_others(count: usize) -> String {
    const WORDS: [&str; 6] = ["", "", "", "three", "four", "five"];
    let word = WORDS.get(count).filter(|w| !w.is_empty());
    word.map_or_else(|| format!("{count} others"), |w| format!("the other {w}"))
}

/// A comparison row.
pub fn beside(decision: &Decision, winner: &Candidate, other: &Candidate) -> String {
    let outside = format!("outside the {}", services(decision));
    match (complete(winner), complete(other)) {
        (Some(ours), Some(theirs)) if theirs < ours => {
            format!("{outside}; {} less", Usd((ours.0 - theirs.0).round_dp(2)))
        }
        _ => outside,
    }
}

/// Age of the prices, and their terms where they are not everybody's.
///
/// `fell_back`: other prices than those of the snapshot were asked for, and could not be read.
pub fn prices(origin: BookOrigin, oldest: &str, terms: &str, fell_back: bool) -> String {
    let age = if fell_back {
        format!("Today's prices could not be read (--full says why); the oldest used: {oldest}")
    } else if origin == BookOrigin::Snapshot {
        format!("Oldest price used: {oldest}; today's: --prices public")
    } else {
        format!("Prices: {}, the oldest used of {oldest}", origin.word())
    };
    if terms == LIST_PRICES {
        age
    } else {
        format!("{age}; {terms}")
    }
}

/// Heading of a service on its own.
pub fn why_title(name: &str, is_answer: bool) -> String {
    if is_answer {
        format!("Why {name}")
    } else {
        format!("Why not {name}")
    }
}

/// Above cautions.
pub const TO_KNOW: &str = "To know before relying on it:";
/// Where nothing rules it out and nothing else wins.
pub const NOTHING_AGAINST: &str = "Nothing rules it out.";

/// A difference with its sign; nothing where it is less than a cent.
pub fn signed(worth: Usd) -> Option<String> {
    let sign = if worth < Usd::ZERO { "−" } else { "+" };
    (!worth.0.is_zero()).then(|| format!("{sign}{}", Usd(worth.0.abs())))
}

/// From where on it is the answer.
pub fn wins(field: &str, side: &str, at: &str) -> String {
    format!("It is the answer with `{field}` {side} {at}.")
}
