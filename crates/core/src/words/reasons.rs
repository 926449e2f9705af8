//! Why a variant is ruled out, and what to know before relying on one.

use rust_decimal::Decimal;

use super::{list, with_note};
use crate::domain::catalog::{
    Basis, compute_words, feature_words, interface_words, layer_words, protocol_words,
};
use crate::domain::finding::{Caution, Exceeded, Expiry, Must, Reason, Warning, Why};
use crate::domain::money::{grouped, plain};
use crate::domain::profile::Word;
use crate::domain::units::{Bytes, Duration, Quantity as _, Share};

/// Why it is ruled out.
pub fn reason(reason: &Reason) -> String {
    match &reason.why {
        Why::Missed(must, note) => with_note(missed(must), note.as_deref()),
        Why::Unverified(must) => {
            format!(
                "no source says whether {}, and `--strict-facts` is on",
                met(must)
            )
        }
        Why::NoVpc => "it lives inside a VPC, and there is none".to_owned(),
        Why::Expiry(late) => format!("{}, and its clients cannot check an expiry", expiry(late)),
        Why::UnknownLatency => {
            "no source states its hit latency, and `--strict-facts` is on".to_owned()
        }
        Why::Latency { hit, tolerance } => format!(
            "a hit takes {} at the median and hardly less than {} ({}), the tolerance is {}",
            Duration::rounded(hit.typical),
            Duration::rounded(hit.low),
            rests_on(hit.basis),
            Duration::rounded(*tolerance)
        ),
        Why::SameAsOrigin => "the origin is the same service, where a read costs the same units and takes as long; a second table in front of it caches nothing".to_owned(),
        Why::LatencyP99 { hit, tolerance } => format!(
            "a hit takes {} at the 99th percentile, the tolerance is {}",
            Duration::rounded(*hit),
            Duration::rounded(*tolerance)
        ),
        Why::Limit(exceeded) => limit(exceeded),
        Why::Rule(ruling) => ruling.because.clone(),
        Why::NotCovered(why) => why.because.to_owned(),
    }
}

/// What to know about it.
pub fn caution(caution: &Caution) -> String {
    match &caution.what {
        Warning::Unverified(must) => {
            format!(
                "no source says whether {}; verify it before relying on it",
                met(must)
            )
        }
        Warning::NeedsVpc => {
            "it lives inside a VPC; the profile does not say whether there is one (`network.vpc`)"
                .to_owned()
        }
        Warning::AssumedCaller(caller) => {
            format!("callers are taken to be `{caller}`, which cannot reach it; state `compute`")
        }
        Warning::AssumedItemSize { item, limit } => format!(
            "the largest item is taken to be 4 × the mean, {}, above the limit of {}; state `data.max_item_size`",
            Bytes::from_value(*item),
            Bytes::from_value(*limit)
        ),
        Warning::Expiry(lazy) if lazy.is_fine() => with_note(
            "expired items can still be read for a while".to_owned(),
            lazy.note.as_deref(),
        ),
        Warning::Expiry(late) => {
            format!(
                "{}; clients check an expiry stored in the item",
                expiry(late)
            )
        }
        Warning::LatencyBand { hit, tolerance } => format!(
            "the tolerance of {} lies inside what a hit takes, {} to {} at the median ({}); measure it with `cachewright verify`",
            Duration::rounded(*tolerance),
            Duration::rounded(hit.low),
            Duration::rounded(hit.high),
            rests_on(hit.basis)
        ),
        Warning::AssumedPrices { meters, low, high } => format!(
            "no price of {} is known in this Region; those of the other Regions stand in, which makes {low} to {high} a month",
            list(&meters.iter().map(|m| m.as_str()).collect::<Vec<_>>())
        ),
        Warning::UnknownLatency => {
            "no source states its hit latency in milliseconds; measure it before relying on it"
                .to_owned()
        }
        Warning::UnknownLatencyP99 => {
            "no source states its 99th percentile; the decision rests on the median".to_owned()
        }
        Warning::Limit(exceeded) => limit(exceeded),
        Warning::Rule(ruling) => ruling.because.clone(),
        Warning::LowHitRatio { hit_ratio, goal } => format!(
            "the hit ratio of {} is below the goal of {}: the cache is too small or the pattern does not suit caching",
            Share::from_value(*hit_ratio),
            Share::from_value(*goal)
        ),
        Warning::AssumedReplica { region } => {
            format!("no replica Region is named: one replica at the prices of {region} is assumed")
        }
        Warning::Misses(missed) => misses(missed),
    }
}

/// The must-have that a row beside the candidates misses.
fn misses(missed: &Reason) -> String {
    format!("it misses `{}`: {}", missed.field(), reason(missed))
}

/// A must-have that a fact does not meet.
fn missed(must: &Must) -> String {
    match must {
        Must::Layer { wanted, has } => {
            let has = list(&layer_words(*has));
            format!("it stands at the layer {has}, not at `{wanted}`")
        }
        Must::Interface { wanted, has } => {
            let has = list(&interface_words(*has));
            format!("it is read as {has}, the workload reads {wanted}")
        }
        Must::Protocol { wanted, has } => {
            let has = list(&protocol_words(*has));
            format!("it speaks {has}, the clients speak {wanted}")
        }
        Must::Region { region, .. } => format!("it is not sold in {region}"),
        Must::Compute { caller, can } => {
            format!(
                "`{caller}` cannot reach it; {} can",
                list(&compute_words(*can))
            )
        }
        Must::PrivateAccess => {
            "clients reach it only through a public endpoint, and private access is required"
                .to_owned()
        }
        Must::ScaleToZero => "it charges without traffic, and scale to zero is required".to_owned(),
        Must::Feature { wanted, has } => {
            format!("it has no {wanted}; it has {}", list(&feature_words(*has)))
        }
        Must::Pattern(pattern) => format!("it is not filled by {pattern}"),
        Must::StrongConsistency => {
            "it is eventually consistent, and read-after-write is required".to_owned()
        }
        Must::Durability { wanted, has } => {
            let has = has.map_or("unknown", Word::word);
            format!("its data is `{has}`, and `{wanted}` is required")
        }
        Must::MultiAz => {
            "it lives in one zone, and it must keep serving when a zone is lost".to_owned()
        }
        Must::Eviction => "it never evicts by itself".to_owned(),
        Must::MultiRegion(what) => format!("it does not replicate to other Regions for {what}"),
        Must::MinimalClientChanges => "application code has to change to use it".to_owned(),
        Must::ItemSize { item, limit, .. } => format!(
            "an item of {} is larger than its limit of {}",
            Bytes::from_value(*item),
            Bytes::from_value(limit.unwrap_or_default())
        ),
    }
}

/// A must-have as if it were met: what no source says.
fn met(must: &Must) -> String {
    match must {
        Must::Region { region, .. } => format!("it is sold in {region}"),
        Must::Compute { caller, .. } => format!("`{caller}` can reach it"),
        Must::Feature { wanted, .. } => format!("it has {wanted}"),
        Must::ItemSize { item, .. } => format!("it takes items of {}", Bytes::from_value(*item)),
        other => format!("it meets `{}`", other.code()),
    }
}

fn expiry(expiry: &Expiry) -> String {
    let how = expiry
        .step
        .map_or("nothing in it expires".to_owned(), |step| {
            format!("items expire in steps of {}", Duration::from_ms(step))
        });
    let accepted = Duration::from_ms(expiry.accepted);
    let text = format!("{how}; the workload accepts staleness of {accepted}");
    with_note(text, expiry.note.as_deref())
}

/// What a latency figure rests on.
fn rests_on(basis: Basis) -> &'static str {
    match basis {
        Basis::Measured => "measured",
        Basis::Documented => "documented",
        Basis::Assumed => "a convention from AWS's class of latency",
    }
}

fn limit(exceeded: &Exceeded) -> String {
    let show = |value: Decimal| {
        if exceeded.unit == "bytes" {
            Bytes::from_value(value).to_string()
        } else {
            [
                &grouped(&plain(value.round_dp(1))),
                " ",
                exceeded.unit.as_str(),
            ]
            .concat()
        }
    };
    format!(
        "the workload needs {}, the limit is {}: {}",
        show(exceeded.needs),
        show(exceeded.most),
        exceeded.text
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::Sources;

    #[test]
    fn an_unverified_replica_region_is_named_and_not_the_home_region() {
        let what = Warning::Unverified(Must::Region {
            region: "eu-west-1".into(),
            replica: true,
        });
        let found = Caution {
            what,
            sources: Sources::new(),
        };
        assert_eq!(found.code(), "unverified-region");
        assert!(caution(&found).contains("sold in eu-west-1;"));
    }

    #[test]
    fn a_limit_is_said_in_its_own_unit() {
        let exceeded = |unit: &str| Exceeded {
            limit: "x".into(),
            kind: crate::domain::catalog::LimitKind::Hard,
            field: "traffic.reads".into(),
            needs: Decimal::from(2_097_152),
            most: Decimal::from(1_024),
            unit: unit.into(),
            text: "a thing".to_owned(),
        };
        assert_eq!(
            limit(&exceeded("bytes")),
            "the workload needs 2 MiB, the limit is 1 KiB: a thing"
        );
        assert_eq!(
            limit(&exceeded("requests")),
            "the workload needs 2,097,152 requests, the limit is 1,024 requests: a thing"
        );
    }
}
