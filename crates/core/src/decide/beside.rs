//! Rows beside the candidates: never the answer, priced from the book of the Region, judged like candidates.

use rust_decimal::Decimal;

use super::baseline::{self, Amounts};
use super::eligibility::{self, Case, Findings, Rules};
use super::engine::Engine;
use super::prices;
use super::row::{Subject, row};
use crate::domain::catalog::{Catalog, LimitKind, Service, SourceId, Tri};
use crate::domain::comparison::Spec;
use crate::domain::decision::{
    Beyond, Candidate, Cost, CostRange, LineItem, Outcome, Pick, Verdict,
};
use crate::domain::finding::{Caution, Exceeded, Missed, Reason, Ruling, Warning, Why};
use crate::domain::money::Usd;
use crate::domain::profile::{OriginKind, Profile};
use crate::domain::rule::Rule;
use crate::services::Load;
use crate::services::comparisons::{Beside, Billed, Offer, offers};

/// What a comparison misses is a caution.
#[derive(Default)]
struct Judged {
    cautions: Vec<Caution>,
    misses: bool,
    /// It reads the origin itself: nothing it gives is stale, so expiry says nothing.
    is_origin: bool,
}

impl Findings for Judged {
    fn rule_out(&mut self, why: impl Into<Why>, sources: &[SourceId]) {
        let why = why.into();
        if self.is_origin && matches!(why, Why::Expiry(_)) {
            return;
        }
        self.misses = true;
        let reason = Reason {
            why,
            sources: sources.into(),
        };
        self.caution(Warning::Misses(Box::new(reason)), sources);
    }
    fn caution(&mut self, what: impl Into<Warning>, sources: &[SourceId]) {
        let what = what.into();
        if self.is_origin && matches!(what, Warning::Expiry(_)) {
            return;
        }
        self.cautions.push(Caution {
            what,
            sources: sources.into(),
        });
    }
    fn points(&mut self, _: &Rule, _: i64) {}
}

/// Every row for a profile, by service.
pub(super) fn rows(engine: &Engine<'_>, profile: &Profile, base: &Amounts) -> Vec<Candidate> {
    let load = Load::new(profile, profile.data.working_set);
    let mut out = Vec::new();
    for service in &engine.catalog.services {
        let beside = Beside {
            profile,
            load: &load,
            service,
            book: engine.book,
        };
        let offers = offers(&beside).into_iter();
        out.extend(
            offers.filter_map(|offer| candidate(engine, service, &load, base, profile, offer)),
        );
    }
    out
}

fn candidate(
    engine: &Engine<'_>,
    service: &Service,
    load: &Load,
    base: &Amounts,
    profile: &Profile,
    offer: Offer<'_>,
) -> Option<Candidate> {
    if eligibility::sold(&offer.variant.facts, &profile.region) == Tri::No {
        return None;
    }
    let judged = judge(engine, service, profile, &offer);
    let subject = Subject {
        pick: Pick {
            service: service.id.clone(),
            variant: offer.id.clone(),
        },
        name: if offer.variant.name.is_empty() {
            &service.name
        } else {
            &offer.variant.name
        },
        service,
        variant: offer.variant,
    };
    let (mut load, mut left) = (*load, engine.base.reads(profile, load.misses).0);
    if offer.reads_origin {
        load.misses = Decimal::ZERO;
        left = Some(Usd::ZERO);
    }
    let row = row(subject, profile, base, &load, left);
    let mut lines = items(engine, profile, &offer.lines);
    let own = total(&lines);
    let leaving = leaves(profile, &load);
    lines.extend(items(engine, profile, leaving.as_slice()));
    let (cost, more) = (
        total(&lines),
        total(&items(engine, profile, &offer.possible)),
    );
    let common = Usd(cost.known.0 - own.known.0);
    let on_top = base.on_top(own, common.into());
    let high = Cost {
        known: cost.known + more.known,
        incomplete: cost.incomplete || more.incomplete,
    };
    let meets = !judged.misses;
    let asks = service.comparison.as_ref().map(|c| c.asks.clone());
    Some(Candidate {
        cautions: judged.cautions,
        cost: Some(CostRange {
            low: cost,
            expected: cost,
            high,
        }),
        saving: baseline::saving(profile, base, left, on_top),
        common,
        lines,
        headline: offer.comparable && meets && !cost.incomplete,
        idle: (offer.spec != Spec::ByUse).then_some(cost),
        spec: Some(offer.spec),
        asks: asks.unwrap_or_default(),
        ..row
    })
}

/// Bytes of hits that callers outside AWS pay for, as in the bill of a candidate.
fn leaves(profile: &Profile, load: &Load) -> Option<Billed> {
    const EGRESS: &str = "internet-egress-gb";
    profile.calls_from_outside().then(|| Billed {
        meter: EGRESS.to_owned(),
        key: ["network/", EGRESS].concat(),
        quantity: load.hits * load.read_gb,
        region: None,
    })
}

/// The must-haves, and what the method says to know.
fn judge(engine: &Engine<'_>, service: &Service, profile: &Profile, offer: &Offer<'_>) -> Judged {
    let facts = &offer.variant.facts;
    let replicas = profile.requirements.replica_regions.iter();
    let abroad: Vec<Tri> = replicas.map(|r| eligibility::sold(facts, r)).collect();
    let rules = Rules::default();
    let case = Case {
        profile,
        variant: offer.variant,
        rules: &rules,
        strict: engine.options.strict_facts,
        // It has a price there.
        at_home: Tri::Yes,
        abroad: &abroad,
        same_as_origin: false,
    };
    let mut out = Judged {
        is_origin: offer.reads_origin && profile.origin.kind != OriginKind::None,
        ..Judged::default()
    };
    eligibility::judge_words(&case, &mut out);
    eligibility::judge_numbers(&case, &mut out);
    if let Some((must, note)) = offer.misses.clone() {
        out.rule_out(Missed(must, Some(note)), &service.sources);
    }
    if let Some([needs, most]) = offer.above_quota {
        let limit = Exceeded {
            limit: "nodes-per-cluster".into(),
            kind: LimitKind::Quota,
            field: "data.working_set".into(),
            needs,
            most,
            unit: "nodes".into(),
            text: told(engine.catalog, "quota-nodes-per-cluster"),
        };
        out.caution(Warning::Limit(limit), &service.sources);
    }
    for code in &offer.cautions {
        let ruling = Ruling {
            id: (*code).into(),
            field: "".into(),
            because: told(engine.catalog, code),
        };
        out.caution(Warning::Rule(ruling), &service.sources);
    }
    out
}

/// The text of a code.
fn told(catalog: &Catalog, code: &str) -> String {
    let text = catalog.codes.iter().find(|c| c.code == code);
    text.map(|c| c.text.clone()).unwrap_or_default()
}

/// The lines of a bill. Rows are never free: always-free amounts are those of candidates.
fn items(engine: &Engine<'_>, profile: &Profile, billed: &[Billed]) -> Vec<LineItem> {
    let mut out = Vec::with_capacity(billed.len());
    for line in billed {
        let owner = line.key.split('/').next().unwrap_or_default();
        let unit = prices::unit_of(engine.catalog, owner, &line.meter);
        let region = line.region.as_ref().unwrap_or(&profile.region);
        // Of what every way pays alike, prices of other Regions stand in as in the bill of a candidate.
        let slot = match owner {
            "network" => prices::slot_or_band(engine.book, false, region, &line.key),
            _ => prices::slot(engine.book, false, region, &line.key),
        };
        let before = out.len();
        prices::push_items(
            &mut out,
            owner,
            &line.meter,
            unit,
            line.region.clone(),
            slot.schedule,
            line.quantity,
            Decimal::ZERO,
        );
        let added = out[before..].iter_mut();
        added.for_each(|item| item.assumed = slot.is_assumed());
    }
    out
}

fn total(items: &[LineItem]) -> Cost {
    let missing = |i: &LineItem| i.cost.is_none() && !i.quantity.is_zero();
    Cost {
        known: items.iter().filter_map(|i| i.cost).sum(),
        incomplete: items.iter().any(missing),
    }
}

/// The row that belongs into the headline: the cheapest that costs much less than the recommended candidate,
/// or, where nothing fits, the cheapest of all.
pub(super) fn beyond(
    catalog: &Catalog,
    candidates: &[Candidate],
    outcome: Outcome,
) -> Option<Beyond> {
    let winner = match outcome {
        Outcome::Recommended => Some(candidates.first()?),
        Outcome::NoneFits => None,
        Outcome::NoCache => return None,
    };
    let rows = candidates.iter().enumerate();
    let rows = rows.filter(|(_, c)| c.verdict == Verdict::Comparison && c.headline);
    let costs = rows.filter_map(|(row, c)| Some((against(c, winner)?, row)));
    let (cost, row) = costs.min()?;
    let Some(winner) = winner else {
        return Some(Beyond {
            row,
            less: None,
            apart: false,
        });
    };
    let own = own_bill(winner)?;
    let (weights, less) = (&catalog.weights, own.0 - cost.0);
    let much_less = less >= own.0 * weights.much_less && less >= weights.small_change;
    much_less.then(|| Beyond {
        row,
        less: Some(less / own.0),
        apart: candidates[row].cost.map(|bill| bill.expected.known) != own_bill(&candidates[row]),
    })
}

/// What a row costs beside a candidate: its bill, with the origin reads that only one of them leaves.
fn against(row: &Candidate, winner: Option<&Candidate>) -> Option<Usd> {
    let own = own_bill(row)?;
    let same = winner.is_none_or(|w| w.origin_reads_remaining == row.origin_reads_remaining);
    let Some(winner) = winner.filter(|_| !same) else {
        return Some(own);
    };
    let (more, less) = (row.origin_cost_remaining?, winner.origin_cost_remaining?);
    Some(Usd(own.0 + more.0 - less.0))
}

/// The bill without what any cache in the same place pays alike: gateways, crossings, bytes that leave.
fn own_bill(candidate: &Candidate) -> Option<Usd> {
    let range = candidate.cost.filter(|r| !r.expected.incomplete)?;
    let network = candidate.lines.iter().filter(|l| l.service == "network");
    let network: Usd = network.filter_map(|l| l.cost).sum();
    Some(Usd(range.expected.known.0 - network.0))
}
