//! Where one candidate is ahead of another, in a few words.

use rust_decimal::Decimal;

use crate::domain::decision::Candidate;
use crate::domain::finding::Ground;
use crate::domain::money::Usd;
use crate::domain::units::Duration;

/// The same service, bought another way.
pub(super) fn another_way(name: &str, less: Usd, why: &str) -> String {
    format!("{name} costs {less} less: {why}.")
}

/// What another candidate lacks beside the winner, in a few words.
pub(super) fn lacks(winner: &Candidate, other: &Candidate) -> String {
    let ground = lead(winner, other);
    ground.map_or_else(|| "judged dearer".to_owned(), |(g, _)| loss(g))
}

/// The term beside cost in which the first is most ahead of the second, and by how many points.
pub(super) fn lead<'c>(ahead: &'c Candidate, other: &'c Candidate) -> Option<(&'c Ground, f64)> {
    let leads = ahead.over(other).into_iter();
    let most = leads.filter(|(_, points)| *points >= 0.5);
    let grounds = ahead.terms.iter().chain(&other.terms).map(|t| &t.ground);
    let named = |name: &str| {
        let is = |g: &&Ground| g.name() == name && !matches!(g, Ground::Cost { .. });
        grounds.clone().find(is)
    };
    most.filter_map(|(name, points)| Some((named(name)?, points)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// What the winner has over the other; a rule speaks of the other.
pub(super) fn gain(ground: &Ground, winner: &Candidate, other: &Candidate) -> String {
    match ground {
        Ground::Latency(_) => match (winner.latency.hit_p50, other.latency.hit_p50) {
            (Some(a), Some(b)) if a < b => {
                format!("a hit takes {} instead of {}", ms(a), ms(b))
            }
            _ => "reads are faster with the misses".to_owned(),
        },
        Ground::LatencyBand => "its hits are surely fast enough".to_owned(),
        Ground::MultiAz => "it keeps serving when a zone is lost".to_owned(),
        Ground::ScaleToZero { .. } => "it costs next to nothing while idle".to_owned(),
        Ground::PrivateAccess { .. } => "it stays private".to_owned(),
        Ground::Rule(_) | Ground::Cost { .. } => loss(ground),
    }
}

/// What the other lacks.
fn loss(ground: &Ground) -> String {
    match ground {
        Ground::Latency(_) | Ground::LatencyBand => "slower".to_owned(),
        Ground::MultiAz => "lost with its zone".to_owned(),
        Ground::ScaleToZero { .. } => "bought by the hour, idle or not".to_owned(),
        Ground::PrivateAccess { .. } => "public endpoint".to_owned(),
        Ground::Cost { .. } => "dearer".to_owned(),
        Ground::Rule(ruling) => first_clause(&ruling.because),
    }
}

/// Of a rule's reason what stands before the first comma.
pub(super) fn first_clause(because: &str) -> String {
    let first = because.split([',', ';', ':']).next();
    super::report::uncapped(first.unwrap_or_default().trim_end_matches('.'))
}

/// A latency, rounded for people.
pub(super) fn ms(value: Decimal) -> Duration {
    Duration::rounded(value)
}
