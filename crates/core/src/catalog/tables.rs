//! `regions.yaml`, `origins.yaml`, `weights.yaml`, `codes.yaml`, `forbid.yaml` → tables.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::rows;
use super::services::text;
use super::{CODES, Sources, inline_sources};
use crate::diagnostic::Diagnostic;
use crate::domain::catalog::{
    Basis, Briefly, CodeText, DiscountPlan, DiscountRate, LatencyRow, OriginFacts, OriginPrice,
    Partition, Region, Source, SourceId, StackFacts, Term, Weights, WordSet,
};
use crate::domain::profile::Interface;
use crate::domain::rule::{Condition, Effect, Rule};
use crate::domain::units::{Bytes, Duration, Quantity, Share};
use crate::yaml::{Kind, Node, Reader};

/// Weights before any file is read; the embedded `weights.yaml` always replaces them.
pub const DEFAULT_WEIGHTS: Weights = Weights {
    cost: [10, 13, 6],
    latency: [3, 2, 8],
    multi_az: 4,
    preference_met: 5,
    preference_missed: -5,
    tie_tenths: 5,
    small_change: Decimal::from_parts(20, 0, 0, false, 0),
    much_less: Decimal::from_parts(3, 0, 0, false, 1),
    band: 10,
    provisioned_use: Decimal::from_parts(7, 0, 0, false, 1),
    provisioned_spike: Decimal::from_parts(3, 0, 0, false, 0),
    drains: Decimal::from_parts(30, 0, 0, false, 0),
    local_cache_bytes: Decimal::from_parts(1 << 30, 0, 0, false, 0),
    unique_hit_ratio: Decimal::from_parts(5, 0, 0, false, 2),
    goal_hit_ratio: Decimal::from_parts(8, 0, 0, false, 1),
    cross_az_share: [2, 3],
    sources: Vec::new(),
};

fn list<'n>(node: &'n Node, key: &'static str, problems: &mut Vec<Diagnostic>) -> &'n [Node] {
    let mut r = Reader::new(node, "", CODES, problems);
    let found = r.required(key);
    r.text("why");
    r.finish();
    match found.map(|n| (n, &n.kind)) {
        Some((_, Kind::Seq(items))) => items,
        Some((other, _)) => {
            problems.push(Diagnostic::error(
                CODES.shape,
                format!("`{key}` is {}, not a list", other.what()),
                other.span.clone(),
                "expected a list",
            ));
            &[]
        }
        None => &[],
    }
}

/// `regions.yaml`: Regions, and the partitions beside the standard one.
pub(crate) fn regions(
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<Region>, Vec<Partition>) {
    let mut r = Reader::new(node, "", CODES, problems);
    let listed = r.required("regions");
    let partitions = r.node("partitions");
    r.finish();
    let regions = listed.map_or_else(Vec::new, |listed| {
        rows(listed, "regions[]", problems, |r| {
            let geo = r.word("geo").map(|(w, _)| w);
            Some(Region {
                code: text(r, "code")?,
                name: text(r, "name")?,
                prefix: text(r, "prefix")?,
                geo: geo?,
            })
        })
    });
    let partitions = partitions.map_or_else(Vec::new, |listed| {
        rows(listed, "partitions[]", problems, |r| {
            Some(Partition {
                starts: text(r, "starts")?,
                name: text(r, "name")?,
                says: text(r, "says")?,
            })
        })
    });
    (regions, partitions)
}

/// `origins.yaml`.
pub(crate) fn origins(
    node: &Node,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Vec<OriginFacts> {
    let mut out = Vec::new();
    for item in list(node, "origins", problems) {
        let mut r = Reader::new(item, "origins[]", CODES, problems);
        let kind = r.word("kind").map(|(w, _)| w);
        let aws = r.text("aws").map(|(t, _)| t == "yes");
        let mut offers = WordSet::default();
        for (text, span) in r.texts("offers").unwrap_or_default() {
            if let Some(word) = r.to_word::<Interface>(text, &span, "offers") {
                offers.insert(word);
            }
        }
        let service = r.text("service").map(|(t, _)| t.to_owned());
        let latency_node = r.node("latency");
        let price_node = r.node("read_price");
        let source_node = r.node("sources");
        r.finish();
        let latency = latency_node
            .map(|n| inline_latency(n, sources, problems))
            .unwrap_or_default();
        let read_price = price_node.and_then(|n| origin_price(n, problems));
        let sources = inline_sources(source_node, "origins[].sources", sources, problems);
        if let (Some(kind), Some(aws)) = (kind, aws) {
            out.push(OriginFacts {
                kind,
                latency,
                offers,
                aws,
                service,
                read_price,
                sources,
            });
        }
    }
    out
}

fn inline_latency(
    node: &Node,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Vec<LatencyRow> {
    let items: &[Node] = match &node.kind {
        Kind::Seq(items) => items,
        _ => &[],
    };
    let mut out = Vec::new();
    for item in items {
        let mut r = Reader::new(item, "latency[]", CODES, problems);
        let item_size: Option<Bytes> = r.parsed("item_size");
        let p50: Option<Duration> = r.parsed("p50");
        let [low, high, p99] = ["low", "high", "p99"].map(|key| r.parsed(key).map(Duration::ms));
        let basis: Option<Basis> = r.word("basis").map(|(w, _)| w);
        r.text("note");
        let source_node = r.required("sources");
        r.finish();
        let sources = inline_sources(source_node, "latency[].sources", sources, problems);
        if let (Some(size), Some(p50), Some(basis)) = (item_size, p50, basis) {
            out.push(LatencyRow {
                item_size: size.value(),
                low,
                p50: p50.ms(),
                high,
                p99,
                basis,
                callers: WordSet::default(),
                sources,
            });
        }
    }
    out.sort_by_key(|r| r.item_size);
    out
}

fn origin_price(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<OriginPrice> {
    let mut r = Reader::new(node, "read_price", CODES, problems);
    let meter = r
        .required("meter")
        .and_then(|n| r.scalar(n, "meter"))
        .map(|(t, _)| t.to_owned());
    let step: Option<Bytes> = r.parsed("step");
    let eventual_half = r.text("eventual_half").is_some_and(|(t, _)| t == "yes");
    let at_least = r.text("at_least").is_some_and(|(t, _)| t == "yes");
    r.finish();
    Some(OriginPrice {
        meter: meter?,
        step: step.map(Quantity::value),
        eventual_half,
        at_least,
    })
}

/// `weights.yaml`.
pub(crate) fn weights(
    node: &Node,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Option<Weights> {
    fn three(r: &mut Reader<'_, '_>, key: &'static str) -> Option<[i64; 3]> {
        let list: Vec<i64> = r
            .texts(key)?
            .iter()
            .filter_map(|(t, _)| t.parse().ok())
            .collect();
        list.try_into().ok()
    }
    let before = problems.len();
    let mut r = Reader::new(node, "", CODES, problems);
    let cost = three(&mut r, "cost");
    let latency = three(&mut r, "latency");
    let multi_az = r.parsed("multi_az");
    let preference_met = r.parsed("preference_met");
    let preference_missed = r.parsed("preference_missed");
    let tie_tenths = r.parsed("tie_tenths");
    let small_change = r.parsed("small_change");
    let much_less: Option<Share> = r.parsed("much_less");
    let band = r.parsed("band");
    let provisioned_use: Option<Share> = r.parsed("provisioned_use");
    let provisioned_spike = r.parsed("provisioned_spike");
    let drains = r.parsed("drains");
    let local: Option<Bytes> = r.parsed("local_cache_bytes");
    let unique: Option<Share> = r.parsed("unique_hit_ratio");
    let goal: Option<Share> = r.parsed("goal_hit_ratio");
    let cross: Option<[i64; 2]> = r.texts("cross_az_share").and_then(|l| {
        let list: Vec<i64> = l.iter().filter_map(|(t, _)| t.parse().ok()).collect();
        list.try_into().ok()
    });
    r.node("why");
    let source_node = r.required("sources");
    r.finish();
    let ids = inline_sources(source_node, "sources", sources, problems);
    let weights = (|| {
        Some(Weights {
            cost: cost?,
            latency: latency?,
            multi_az: multi_az?,
            preference_met: preference_met?,
            preference_missed: preference_missed?,
            tie_tenths: tie_tenths?,
            small_change: small_change?,
            much_less: much_less?.value(),
            band: band?,
            provisioned_use: provisioned_use?.value(),
            provisioned_spike: provisioned_spike?,
            drains: drains?,
            local_cache_bytes: local?.value(),
            unique_hit_ratio: unique?.value(),
            goal_hit_ratio: goal?.value(),
            cross_az_share: cross?,
            sources: ids,
        })
    })();
    if weights.is_none() && problems.len() == before {
        problems.push(Diagnostic::error(CODES.missing, "a weight is missing", 0..0, "needs cost, latency, multi_az, preference_met, preference_missed, tie_tenths, small_change, much_less, band, provisioned_use, provisioned_spike, drains, local_cache_bytes, unique_hit_ratio, goal_hit_ratio, cross_az_share"));
    }
    weights
}

/// `codes.yaml`: `codes: { code: text }`.
pub(crate) fn codes(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<CodeText> {
    let mut r = Reader::new(node, "", CODES, problems);
    let found = r.required("codes");
    r.finish();
    match found.map(|n| &n.kind) {
        Some(Kind::Map(entries)) => entries
            .iter()
            .filter_map(|e| {
                Some(CodeText {
                    code: e.key.clone(),
                    text: e.value.text()?.to_owned(),
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// `briefly.yaml`.
pub(crate) fn briefly(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<Briefly> {
    let mut r = Reader::new(node, "", CODES, problems);
    let found = r.required("briefly");
    r.finish();
    found.map_or_else(Vec::new, |listed| {
        rows(listed, "briefly[]", problems, |r| {
            Some(Briefly {
                code: text(r, "code")?,
                says: text(r, "says")?,
            })
        })
    })
}

/// `words.yaml`: the words, and where the numbers of fields are found.
pub(crate) fn words(
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<Term>, Vec<(String, String)>) {
    let mut r = Reader::new(node, "", CODES, problems);
    let listed = r.required("words");
    let finds = r.node("finds");
    r.finish();
    let words = listed.map_or_else(Vec::new, |listed| {
        rows(listed, "words[]", problems, |r| {
            let also = r.texts("also").unwrap_or_default();
            let also = also.into_iter().map(|(t, _)| t.to_owned()).collect();
            let example = r.text("example").map(|(t, _)| t.to_owned());
            Some(Term {
                word: text(r, "word")?,
                also,
                says: text(r, "says")?,
                example: example.unwrap_or_default(),
            })
        })
    });
    let mut found = Vec::new();
    if let Some(Kind::Map(entries)) = finds.map(|n| &n.kind) {
        for entry in entries {
            match entry
                .value
                .text()
                .filter(|_| crate::domain::field::find(&entry.key).is_some())
            {
                Some(where_) => found.push((entry.key.clone(), where_.to_owned())),
                None => problems.push(Diagnostic::error(
                    CODES.word,
                    format!("`{}` is no field with a text", entry.key),
                    entry.key_span.clone(),
                    "no field of the profile",
                )),
            }
        }
    }
    (words, found)
}

/// `stacks.yaml`.
pub(crate) fn stacks(
    node: &Node,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> StackFacts {
    let mut r = Reader::new(node, "", CODES, problems);
    let native = r.required("native_types");
    let zones = r.required("zones");
    let versions = r.required("engine_versions");
    let behaviors = r.required("behaviors");
    let source_node = r.required("sources");
    r.finish();
    StackFacts {
        native_types: native.map(lists).unwrap_or_default(),
        zones: zones.map(lists).unwrap_or_default(),
        behaviors: behaviors
            .map(|n| {
                lists(n)
                    .into_iter()
                    .filter_map(|(k, v)| Some((k, v.first()?.parse().ok()?)))
                    .collect()
            })
            .unwrap_or_default(),
        engine_versions: versions
            .map(|n| {
                lists(n)
                    .into_iter()
                    .filter_map(|(k, v)| Some((k, v.into_iter().next()?)))
                    .collect()
            })
            .unwrap_or_default(),
        sources: inline_sources(source_node, "sources", sources, problems),
    }
}

/// `discounts.yaml`.
pub(crate) fn discounts(
    node: &Node,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Vec<DiscountPlan> {
    let mut out = Vec::new();
    for item in list(node, "discounts", problems) {
        let mut r = Reader::new(item, "discounts[]", CODES, problems);
        let mut text = |key| {
            r.required(key)
                .and_then(|n| r.scalar(n, key))
                .map(|(t, _)| t.to_owned())
        };
        let (id, about) = (text("id"), text("about"));
        let source_node = r.required("sources");
        let rates = list_of(r.required("rates"));
        r.finish();
        let rates = rates.iter().filter_map(|n| rate(n, problems)).collect();
        let sources = inline_sources(source_node, "discounts[].sources", sources, problems);
        if let (Some(id), Some(about)) = (id, about) {
            out.push(DiscountPlan {
                id,
                about,
                rates,
                sources,
            });
        }
    }
    out
}

fn list_of(node: Option<&Node>) -> &[Node] {
    match node.map(|n| &n.kind) {
        Some(Kind::Seq(items)) => items,
        _ => &[],
    }
}

fn rate(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<DiscountRate> {
    let mut r = Reader::new(node, "rates[]", CODES, problems);
    let service = r.required("service").and_then(|n| r.scalar(n, "service"));
    let of = r.texts("of").unwrap_or_default();
    let off: Option<Share> = r.parsed("off");
    r.finish();
    Some(DiscountRate {
        service: service?.0.to_owned(),
        of: of.into_iter().map(|(t, _)| t.to_owned()).collect(),
        off: off?.value(),
    })
}

/// A map of words to lists of words; a single word counts as a list of one.
fn lists(node: &Node) -> BTreeMap<String, Vec<String>> {
    let Kind::Map(entries) = &node.kind else {
        return BTreeMap::new();
    };
    let list = |n: &Node| match &n.kind {
        Kind::Seq(items) => items
            .iter()
            .filter_map(|i| i.text().map(ToOwned::to_owned))
            .collect(),
        _ => n.text().map(ToOwned::to_owned).into_iter().collect(),
    };
    entries
        .iter()
        .map(|e| (e.key.clone(), list(&e.value)))
        .collect()
}

/// `forbid.yaml` of an overlay: `forbid: { service: reason }`.
pub(crate) fn forbidden(node: &Node, problems: &mut Vec<Diagnostic>) -> BTreeMap<String, String> {
    let mut r = Reader::new(node, "", CODES, problems);
    let found = r.required("forbid");
    r.finish();
    match found.map(|n| &n.kind) {
        Some(Kind::Map(entries)) => entries
            .iter()
            .filter_map(|e| Some((e.key.clone(), e.value.text()?.to_owned())))
            .collect(),
        _ => BTreeMap::new(),
    }
}

/// A forbidden service is a rule that always rules it out, with the team's words as the reason.
pub(crate) fn forbid_rules(
    forbidden: &BTreeMap<String, String>,
    sources: &mut Sources,
) -> Vec<Rule> {
    let team = Source {
        url: "the team's catalog overlay, forbid.yaml".to_owned(),
        date: None,
        checked: "2026-11-23".to_owned(),
    };
    let mut rules = Vec::new();
    for (service, because) in forbidden {
        let id: SourceId = sources.id(team.clone());
        rules.push(Rule {
            id: format!("forbidden-{service}"),
            service: Some(service.clone()),
            variants: Vec::new(),
            when: Condition::Always,
            effect: Effect::RulesOut,
            field: None,
            because: because.clone(),
            sources: vec![id],
        });
    }
    rules
}
