//! What a report says around its numbers, given as texts: the terminal and Markdown in sentences, both
//! and the page in names.

use crate::domain::decision::Outcome;
use crate::domain::profile::Profile;

/// An outcome without a service; `None` for a service.
pub fn outcome(answer: &str) -> Option<&'static str> {
    if answer == Outcome::NoCache.word() {
        Some("no cache at all")
    } else if answer == Outcome::NoneFits.word() {
        Some("nothing fits")
    } else {
        None
    }
}

/// A cost with both ends, which carry the same sign.
pub fn range(cost: &str, sign: &str, low: &str, high: &str) -> String {
    format!("{cost} (from {sign}{low} to {sign}{high})")
}

/// Reads that the cache takes from the origin.
pub fn avoided(reads: &str, of: &str) -> String {
    format!("{reads} of {of} a month")
}

/// Reads that still reach the origin, and what they cost.
pub fn remaining(reads: &str, cost: Option<&str>) -> String {
    format!("{reads} a month, {}", cost.unwrap_or("cost unknown"))
}

/// In place of what a cache would save.
pub const STORE: &str = "nothing: it is a store, not a cache, so no read goes on and none is saved";

/// Cost of the origin without a cache.
pub fn without(total: Option<&str>, reads: Option<&str>) -> String {
    match (total, reads) {
        (Some(total), _) => format!("{total} a month"),
        (None, Some(reads)) => format!(
            "at least {reads} a month for its reads; what the transfer of an origin outside AWS costs is unknown"
        ),
        (None, None) => {
            "unknown: nobody states what a read costs there (`origin.price_per_million_reads`)"
                .to_owned()
        }
    }
}

/// Net saving.
pub fn saving(amount: &str, costs_more: bool) -> String {
    let more = if costs_more {
        ", it costs more than it saves"
    } else {
        ""
    };
    format!("{amount} a month{more}")
}

/// From which price of an origin read a cache pays.
pub fn pays_from(price: &str) -> String {
    format!("pays from {price} per million origin reads")
}

/// The same in a cell.
pub fn pays_from_short(price: &str) -> String {
    format!("from {price}/M reads")
}

/// Where the prices are from.
pub fn prices(dated: &str, terms: &str, currency: &str, oldest: Option<&str>) -> String {
    let oldest = oldest.map_or(String::new(), |date| {
        format!("; the oldest price in this bill is of {date}")
    });
    format!("{dated}, {terms} in {currency} without tax, 730 hours a month{oldest}")
}

/// Heading of what decided it.
pub const fn why(recommended: bool) -> &'static str {
    if recommended {
        "Why it won, and who came second"
    } else {
        "Why"
    }
}

/// Who came second.
pub fn second(name: &str, tie: bool) -> String {
    let tie = if tie {
        " The two are within half a point: a tie."
    } else {
        ""
    };
    format!("Second: {name}.{tie}")
}

/// A must-have to relax.
pub fn relax(field: &str, from: &str, to: &str, unlocks: &str) -> String {
    format!("Relax `{field}` from `{from}` to `{to}`: {unlocks} would be eligible.")
}

/// ``below 90/s it is dynamodb``.
pub fn flip(side: &str, at: &str, answer: &str) -> String {
    format!("{side} {at} it is {answer}")
}

/// `traffic.reads` is 100/s: below 90/s it is dynamodb, above …
pub fn stability(field: &str, at: &str, flips: &[String]) -> String {
    format!("`{field}` is {at}: {}.", flips.join(", "))
}

/// What the ranges do.
pub fn ranges(same: bool, samples: &str, won: &[String]) -> String {
    let ends = if same { "the same" } else { "not the same" };
    let won = won.join(", ");
    format!(
        "Over the ranges the answer is {ends} at all three points; of {samples} samples: {won}."
    )
}

/// Growth in one sentence: the months in which the answer changes, and to what.
pub fn growth(rate: &str, months: usize, changes: &[(u32, &str)]) -> String {
    if changes.is_empty() {
        return format!("Growing {rate} a month, the answer stays for {months} months.");
    }
    let changes = changes.iter();
    let changes: Vec<String> = changes
        .map(|(month, answer)| format!("from month {month} on it is {answer}"))
        .collect();
    format!("Growing {rate} a month: {}.", changes.join("; "))
}

/// Another way to buy a service: its cost, or why not.
pub fn plan(product: &str, plan: &str, cost: Option<&str>, why_not: Option<&str>) -> String {
    match (why_not, cost) {
        (Some(why), _) => format!("{product} {plan}: {why}."),
        (None, Some(cost)) => format!("{product} {plan}: {cost} a month."),
        (None, None) => format!("{product} {plan}."),
    }
}

/// Above the sizes that are worth paying for.
pub const SIZES: &str = "The cache size worth paying for: of the measured sizes the one that saves most a month, and what the next larger one would do.";
/// In their place when no size can be judged.
pub const NO_SIZES: &str = "Which cache size is worth paying for is unknown, for so is what a read at the origin costs: state `origin.price_per_million_reads`.";

/// What the next larger size would do.
pub fn larger(size: &str, costs: &str, avoids: &str) -> String {
    format!("{size}: {costs} more, avoids {avoids}")
}

/// What a measured profile was measured from.
pub fn provenance(profile: &Profile) -> Option<String> {
    let value = |key: &str| profile.measured.get(key);
    let mut out = format!("Hit ratios measured from {} requests", value("requests")?);
    if let (Some(from), Some(to)) = (value("from"), value("to")) {
        out.push_str(&format!(", {from} to {to}"));
    }
    for (key, said) in [
        ("format", "format"),
        ("sampling_rate", "sampling rate"),
        ("error", "error of the hit ratio at most"),
    ] {
        if let Some(value) = value(key) {
            out.push_str(&format!(", {said} {value}"));
        }
    }
    Some(out + ".")
}

/// How the values of a profile came about that was measured from metrics.
pub fn marks(profile: &Profile) -> Option<String> {
    let value = |key: &str| profile.measured.get(key);
    let mut out = format!("Measured by {}", value("source")?);
    if let Some(kind) = value("kind") {
        out.push_str(&format!(" from {kind}"));
    }
    if let (Some(from), Some(to)) = (value("from"), value("to")) {
        out.push_str(&format!(", {from} to {to}"));
    }
    if let Some(coverage) = value("coverage") {
        out.push_str(&format!(", {coverage} of the time covered"));
    }
    for mark in ["measured", "derived", "left out"] {
        let of = (profile.measured.iter()).filter(|(_, said)| said.as_str() == mark);
        let paths: Vec<&str> = of.filter_map(|(k, _)| k.strip_prefix("fields.")).collect();
        if !paths.is_empty() {
            out.push_str(&format!("; {mark}: {}", paths.join(", ")));
        }
    }
    Some(out + ".")
}

/// Why a candidate is out; `place` is where the profile states the field.
pub fn ruled_out(name: &str, why: &str, field: &str, place: Option<usize>) -> String {
    let line = place.map_or(String::new(), |n| format!(", line {n}"));
    let why = why.trim_end_matches('.');
    if field.is_empty() {
        format!("{name}: {why}.")
    } else {
        format!("{name}: {why} (`{field}`{line}).")
    }
}

/// Who puts data into a store.
pub const WRITER: &str = "the application; nothing is filled from behind it";

/// How a candidate is filled.
pub fn filled(fill: &str, who: &str) -> String {
    format!("{fill}, by the {}", who.replace('-', " "))
}

/// Can a default change the answer: where, and to what.
pub fn can_flip(known: bool, flip: Option<(&str, &str)>) -> String {
    match flip {
        Some((at, to)) => format!("{at}: {to}"),
        None if known => "no".to_owned(),
        None => "not computed".to_owned(),
    }
}

/// With a capital first letter.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next();
    first.map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// With a small first letter, where it is no name.
pub fn uncapped(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !word.chars().skip(1).any(char::is_uppercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

/// A meter as people write it: `stored-gb-hours` is `stored GB hours`, `https-requests.europe` has its place behind.
pub fn meter(id: &str) -> String {
    let (what, place) = id.split_once('.').unwrap_or((id, ""));
    let known = |word: &str| match word {
        "gb" => "GB".to_owned(),
        "gib" => "GiB".to_owned(),
        "az" => "AZ".to_owned(),
        "ecpus" => "ECPUs".to_owned(),
        "https" | "nat" | "get" | "put" => word.to_uppercase(),
        word => word.to_owned(),
    };
    let what: Vec<String> = what.split('-').map(known).collect();
    let what = what.join(" ");
    if place.is_empty() {
        return what;
    }
    // Names of machines keep their letters.
    let named = |word: &str| {
        if word.contains('.') {
            word.to_owned()
        } else {
            sentence(word)
        }
    };
    let place: Vec<String> = place.split('-').map(named).collect();
    format!("{what} ({})", place.join(" "))
}

#[cfg(test)]
mod tests {
    use super::meter;

    #[test]
    fn meters_read_as_people_write_them() {
        assert_eq!(meter("stored-gb-hours"), "stored GB hours");
        assert_eq!(
            meter("https-requests.north-america"),
            "HTTPS requests (North America)"
        );
        assert_eq!(
            meter("node-hours.dax.t3.medium"),
            "node hours (dax.t3.medium)"
        );
    }
}
