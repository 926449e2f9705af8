//! Rules: what the generic comparison of must-haves and facts cannot say, as data.
//!
//! A closed set of operators over profile fields; no expression language.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::catalog::{SourceId, WordSet};
use super::profile::{
    Availability, ClientChanges, Compute, Consistency, Durability, Eviction, Feature, Interface,
    InternetFromVpc, Layer, MultiRegion, Need, NumField, OptimizeFor, OriginKind, Pattern, Profile,
    Protocol, Vpc, Word, words,
};

words!(
    /// Word-valued fields of a profile that rules may read.
    WordField {
        Layer = "layer", Interface = "interface", ScaleToZero = "scale_to_zero",
        PrivateAccess = "private_access", Consistency = "requirements.consistency",
        Durability = "requirements.durability", Pattern = "requirements.pattern", Protocol = "requirements.protocol",
        Features = "requirements.features", Availability = "requirements.availability",
        ClientChanges = "requirements.client_changes", Eviction = "requirements.eviction",
        MultiRegion = "requirements.multi_region", Compute = "compute", OriginKind = "origin.kind", Vpc = "network.vpc",
        InternetFromVpc = "network.internet_from_vpc", OptimizeFor = "optimize_for"
    }
);

/// What a condition asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// Holds always.
    Always,
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
    /// A word field is one of these words (for lists: contains one).
    Is(WordField, WordSet),
    /// The Region is one of these.
    InRegion(Vec<String>),
    /// A number is at least this (base unit); unknown does not hold.
    AtLeast(NumField, Decimal),
    /// A number is at most this; unknown does not hold.
    AtMost(NumField, Decimal),
    /// The user stated the field.
    Stated(String),
    /// A service has an eligible variant.
    Eligible(String),
    /// Every variant of a service was ruled out, for one of these codes.
    RuledOutBy(String, Vec<String>),
}

/// What a rule does when its condition holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// The service cannot be the answer.
    RulesOut,
    /// Shown beside the service.
    Caution,
    /// Points for the service.
    Favours(i64),
    /// Points against it.
    Disfavours(i64),
    /// A note of the report; the id is `consider-…` or another kebab-case code.
    Note(String),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Kebab-case, unique.
    pub id: String,
    /// Service it speaks of; `None` for notes.
    pub service: Option<String>,
    /// Variants it speaks of; empty is all.
    pub variants: Vec<String>,
    /// When.
    pub when: Condition,
    /// What.
    pub effect: Effect,
    /// Profile field a reader should look at.
    pub field: Option<String>,
    /// Why, as one or two sentences.
    pub because: String,
    /// Where from; at least one.
    pub sources: Vec<SourceId>,
}

/// What verdict conditions ask of the candidates; only notes may use them.
pub trait Verdicts {
    /// The service has an eligible variant.
    fn eligible(&self, service: &str) -> bool;
    /// All its variants are ruled out and one of the reasons has one of these codes.
    fn ruled_out_by(&self, service: &str, codes: &[String]) -> bool;
}

/// Before verdicts exist.
pub struct NoVerdicts;

impl Verdicts for NoVerdicts {
    fn eligible(&self, _: &str) -> bool {
        false
    }
    fn ruled_out_by(&self, _: &str, _: &[String]) -> bool {
        false
    }
}

impl Condition {
    /// Does it hold for this profile?
    pub fn holds(&self, profile: &Profile, verdicts: &dyn Verdicts) -> bool {
        match self {
            Self::Always => true,
            Self::All(list) => list.iter().all(|c| c.holds(profile, verdicts)),
            Self::Any(list) => list.iter().any(|c| c.holds(profile, verdicts)),
            Self::Not(inner) => !inner.holds(profile, verdicts),
            Self::Is(field, words) => field.of(profile).meets(*words),
            Self::InRegion(regions) => regions.contains(&profile.region),
            Self::AtLeast(field, bound) => profile.number(*field).is_some_and(|v| v >= *bound),
            Self::AtMost(field, bound) => profile.number(*field).is_some_and(|v| v <= *bound),
            Self::Stated(path) => profile.is_stated(path),
            Self::Eligible(service) => verdicts.eligible(service),
            Self::RuledOutBy(service, codes) => verdicts.ruled_out_by(service, codes),
        }
    }

    /// Calls `see` with every condition in it that holds no others.
    pub fn each<'c>(&'c self, see: &mut dyn FnMut(&'c Self)) {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().for_each(|c| c.each(see)),
            Self::Not(inner) => inner.each(see),
            leaf => see(leaf),
        }
    }
}

impl WordField {
    /// What a profile says.
    fn of(self, profile: &Profile) -> WordSet {
        let (p, r) = (profile, &profile.requirements);
        match self {
            Self::Layer => one(p.layer),
            Self::Interface => one(p.interface),
            Self::ScaleToZero => one(p.scale_to_zero),
            Self::PrivateAccess => one(p.private_access),
            Self::Consistency => one(r.consistency),
            Self::Durability => one(r.durability),
            Self::Pattern => one(r.pattern),
            Self::Protocol => one(r.protocol),
            Self::Features => r.features.iter().copied().collect(),
            Self::Availability => one(r.availability),
            Self::ClientChanges => one(r.client_changes),
            Self::Eviction => one(r.eviction),
            Self::MultiRegion => one(r.multi_region),
            Self::Compute => p.compute.iter().copied().collect(),
            Self::OriginKind => one(p.origin.kind),
            Self::Vpc => one(p.network.vpc),
            Self::InternetFromVpc => p.network.internet_from_vpc.into_iter().collect(),
            Self::OptimizeFor => one(p.optimize_for),
        }
    }

    /// The words it can hold, each at its place in a [`WordSet`].
    pub fn choices(self) -> Vec<&'static str> {
        fn all<W: Word>() -> Vec<&'static str> {
            W::ALL.iter().map(|w| w.word()).collect()
        }
        match self {
            Self::Layer => all::<Layer>(),
            Self::Interface => all::<Interface>(),
            Self::ScaleToZero | Self::PrivateAccess => all::<Need>(),
            Self::Consistency => all::<Consistency>(),
            Self::Durability => all::<Durability>(),
            Self::Pattern => all::<Pattern>(),
            Self::Protocol => all::<Protocol>(),
            Self::Features => all::<Feature>(),
            Self::Availability => all::<Availability>(),
            Self::ClientChanges => all::<ClientChanges>(),
            Self::Eviction => all::<Eviction>(),
            Self::MultiRegion => all::<MultiRegion>(),
            Self::Compute => all::<Compute>(),
            Self::OriginKind => all::<OriginKind>(),
            Self::Vpc => all::<Vpc>(),
            Self::InternetFromVpc => all::<InternetFromVpc>(),
            Self::OptimizeFor => all::<OptimizeFor>(),
        }
    }
}

fn one<W: Word>(word: W) -> WordSet {
    [word].into_iter().collect()
}
