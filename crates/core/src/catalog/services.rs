//! `services/*.yaml` and `comparisons/*.yaml` → services with their facts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{CODES, Sources, comparisons, rows, source};
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::catalog::{
    Basis, Fact, Facts, LatencyRow, Limit, Meter, NotOffered, PlanLevel, Regions, Role, Selector,
    Service, SourceId, Storage, Tri, TriSet, Ttl, Variant, Who, WordSet,
};
use crate::domain::profile::{
    Availability, Compute, Consistency, Durability, Feature, Interface, Layer, MultiRegion,
    Pattern, Protocol, Word,
};
use crate::domain::units::{Bytes, Duration, Quantity};
use crate::text::{one_of, short};
use crate::yaml::{Kind, Node, Reader};

/// Source keys of one file.
type Keys = BTreeMap<String, SourceId>;

/// Reads one service file.
pub(crate) fn read(
    node: &Node,
    path: &str,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Option<Service> {
    let before = problems.len();
    let mut r = Reader::new(node, "", CODES, problems);
    let id = r.required("id").and_then(|n| r.scalar(n, "id"));
    let name = text(&mut r, "name");
    let role: Option<Role> = r.word("role").map(|(w, _)| w);
    let also = texts(&mut r, "also");
    let summary = text(&mut r, "summary");
    let fill: Option<Pattern> = r.word("fill").map(|(w, _)| w);
    let who: Option<Who> = r.word("who").map(|(w, _)| w);
    let storage: Option<Storage> = r.word("storage").map(|(w, _)| w);
    let on_loss = optional(&mut r, "on_loss");
    let leaving = optional(&mut r, "leaving");
    let plans = flag(&mut r, "plans").unwrap_or(false);
    let source_node = r.required("sources");
    let [facts, latency, limits, variants_node, meters_node] =
        ["facts", "latency", "limits", "variants", "meters"].map(|key| r.node(key));
    let comparison = (role == Some(Role::Comparison)).then(|| comparisons::read(&mut r, node));
    let conflicts = texts(&mut r, "conflicts");
    r.finish();

    let keys = source_node.map_or_else(Keys::new, |n| source_keys(n, sources, problems));
    let role = role.unwrap_or(Role::Candidate);
    let base = Base {
        facts,
        latency: latency.map_or_else(Vec::new, |n| latency_rows(n, &keys, problems)),
        limits: limits.map_or_else(Vec::new, |n| limits_of(n, &keys, problems)),
    };
    let variants = if matches!(role, Role::Candidate | Role::Comparison) {
        problems.extend(facts.is_none().then(|| no_facts(node)));
        read_variants(variants_node, &base, &keys, problems)
    } else {
        Vec::new()
    };
    let meters = meters_node.map_or_else(Vec::new, |n| meters_of(n, problems));
    if let Some(node) = variants_node {
        known_meters(&variants, &meters, node, problems);
    }
    let (id, id_span) = id?;
    named_like_its_file(id, id_span, path, problems);
    if problems.len() > before {
        return None;
    }
    Some(Service {
        id: id.to_owned(),
        name: name?,
        also: also.iter().map(|name| name.to_lowercase()).collect(),
        role,
        summary: summary?,
        fill: fill.unwrap_or(Pattern::Any),
        who: who.unwrap_or(Who::Application),
        storage: storage.unwrap_or(Storage::Persistent),
        on_loss,
        leaving,
        plans,
        variants,
        comparison: comparison.flatten(),
        meters,
        conflicts,
        sources: keys.into_values().collect(),
    })
}

fn no_facts(node: &Node) -> Diagnostic {
    Diagnostic::error(
        CODES.missing,
        "`facts` is missing",
        node.span.start..node.span.start,
        "a candidate or a comparison needs its facts",
    )
}

fn named_like_its_file(id: &str, span: Span, path: &str, problems: &mut Vec<Diagnostic>) {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.trim_end_matches(".yaml");
    if id == stem {
        return;
    }
    let id = short(id);
    let help = format!("rename the file to `{id}.yaml`, or the id to `{stem}`");
    problems.push(
        Diagnostic::error(
            "catalog-id",
            format!("service id `{id}` is not the file's name"),
            span,
            "differs from the file name",
        )
        .help(help),
    );
}

/// A text that may be left out.
fn optional(r: &mut Reader<'_, '_>, key: &'static str) -> String {
    r.text(key).map(|(t, _)| t.to_owned()).unwrap_or_default()
}

pub(super) fn text(r: &mut Reader<'_, '_>, key: &'static str) -> Option<String> {
    r.required(key)
        .and_then(|n| r.scalar(n, key))
        .map(|(t, _)| t.to_owned())
}

/// A list of texts that may be left out.
fn texts(r: &mut Reader<'_, '_>, key: &'static str) -> Vec<String> {
    let texts = r.texts(key).unwrap_or_default();
    texts.into_iter().map(|(t, _)| t.to_owned()).collect()
}

pub(super) fn flag(r: &mut Reader<'_, '_>, key: &'static str) -> Option<bool> {
    let (word, span) = r.text(key)?;
    let value = yes_no(word);
    if value.is_none() {
        let message = format!("`{}` is not yes or no", short(word));
        r.problem(CODES.word, message, span, "expected `yes` or `no`", None);
    }
    value
}

fn yes_no(word: &str) -> Option<bool> {
    match word {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

fn source_keys(node: &Node, sources: &mut Sources, problems: &mut Vec<Diagnostic>) -> Keys {
    let Kind::Map(entries) = &node.kind else {
        problems.push(Diagnostic::error(
            CODES.shape,
            "`sources` is not a map of keys",
            node.span.start..node.span.start,
            "expected `KEY: { url, checked }`",
        ));
        return Keys::new();
    };
    let found = entries.iter().filter_map(|e| {
        Some((
            e.key.clone(),
            sources.id(source(&e.value, "sources", problems)?),
        ))
    });
    found.collect()
}

/// The `sources: [KEY]` of a fact, limit or row.
fn cited(r: &mut Reader<'_, '_>, keys: &Keys) -> Vec<SourceId> {
    let Some(node) = r.required("sources") else {
        return Vec::new();
    };
    let listed: Vec<(&str, Span)> = match &node.kind {
        Kind::Seq(items) => items
            .iter()
            .filter_map(|i| i.text().map(|t| (t, i.span.clone())))
            .collect(),
        Kind::Scalar(one) => vec![(one.as_str(), node.span.clone())],
        _ => Vec::new(),
    };
    if listed.is_empty() {
        r.problem(
            "catalog-no-source",
            "a fact needs at least one source".to_owned(),
            node.span.start..node.span.start,
            "no source",
            None,
        );
    }
    let mut ids = Vec::new();
    for (key, span) in listed {
        match keys.get(key) {
            Some(id) => ids.push(*id),
            None => {
                let all: Vec<&str> = keys.keys().map(String::as_str).collect();
                r.problem(
                    "catalog-unknown-source",
                    format!("`{}` is not a source of this file", short(key)),
                    span,
                    "unknown source key",
                    Some(format!("keys are {}", one_of(&all))),
                );
            }
        }
    }
    ids
}

/// What variants inherit.
struct Base<'n> {
    facts: Option<&'n Node>,
    latency: Vec<LatencyRow>,
    limits: Vec<Limit>,
}

fn read_variants(
    node: Option<&Node>,
    base: &Base<'_>,
    keys: &Keys,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Variant> {
    let items: &[Node] = match node.map(|n| &n.kind) {
        Some(Kind::Seq(items)) => items,
        _ => &[],
    };
    if items.is_empty() {
        let facts = facts(base, None, keys, problems);
        return vec![Variant {
            id: None,
            name: String::new(),
            brief: String::new(),
            facts,
            levels: Vec::new(),
            not_offered: Vec::new(),
            prices_of: None,
            also: Vec::new(),
        }];
    }
    items
        .iter()
        .filter_map(|item| variant(item, base, keys, problems))
        .collect()
}

fn variant(
    node: &Node,
    base: &Base<'_>,
    keys: &Keys,
    problems: &mut Vec<Diagnostic>,
) -> Option<Variant> {
    let mut r = Reader::new(node, "variants[]", CODES, problems);
    let id = text(&mut r, "id");
    let name = text(&mut r, "name");
    let brief = r.text("brief").map(|(t, _)| t.to_owned());
    let also = texts(&mut r, "also");
    let facts_node = r.node("facts");
    let latency = r.node("latency");
    let limits = r.node("limits");
    let prices_of = r.text("prices_of").map(|(t, _)| t.to_owned());
    let levels = r.node("levels");
    let not_offered = r.node("not_offered");
    r.finish();
    let own = Base {
        facts: base.facts,
        latency: latency.map_or_else(|| base.latency.clone(), |n| latency_rows(n, keys, problems)),
        limits: limits.map_or_else(|| base.limits.clone(), |n| limits_of(n, keys, problems)),
    };
    let levels = levels.map(|n| levels_of(n, problems)).unwrap_or_default();
    let facts = facts(&own, facts_node, keys, problems);
    Some(Variant {
        id: Some(id?),
        brief: brief.or_else(|| name.clone())?,
        name: name?,
        also,
        facts,
        levels,
        not_offered: not_offered
            .map(|n| not_offered_of(n, keys, problems))
            .unwrap_or_default(),
        prices_of,
    })
}

/// What a variant does not offer must be a meter of the service.
fn known_meters(
    variants: &[Variant],
    meters: &[Meter],
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) {
    let known: Vec<&str> = meters.iter().map(|m| m.id.as_str()).collect();
    for row in variants.iter().flat_map(|v| &v.not_offered) {
        if !known.contains(&row.meter.as_str()) {
            problems.push(
                Diagnostic::error(
                    "catalog-unknown-meter",
                    format!("`{}` is not a meter of this service", short(&row.meter)),
                    node.span.start..node.span.start,
                    "under `not_offered` of a variant",
                )
                .help(format!("meters are {}", one_of(&known))),
            );
        }
    }
}

fn not_offered_of(node: &Node, keys: &Keys, problems: &mut Vec<Diagnostic>) -> Vec<NotOffered> {
    rows(node, "not_offered", problems, |r| {
        let meter = text(r, "meter");
        let about = text(r, "text");
        let sources = cited(r, keys);
        Some(NotOffered {
            meter: meter?,
            text: about?,
            sources,
        })
    })
}

fn levels_of(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<PlanLevel> {
    rows(node, "levels", problems, |r| {
        Some(PlanLevel {
            meter: text(r, "meter")?,
            requests: r.parsed("requests")?,
            transfer_gb: r.parsed("transfer_gb")?,
        })
    })
}

/// Latency rows, ordered by size.
pub(crate) fn latency_rows(
    node: &Node,
    keys: &Keys,
    problems: &mut Vec<Diagnostic>,
) -> Vec<LatencyRow> {
    let mut list = rows(node, "latency", problems, |r| {
        let item_size: Option<Bytes> = r.parsed("item_size");
        let p50: Option<Duration> = r.parsed("p50");
        let [low, high, p99] = ["low", "high", "p99"].map(|key| r.parsed(key).map(Duration::ms));
        let basis: Option<Basis> = r.word("basis").map(|(w, _)| w);
        let mut callers = WordSet::default();
        for (text, span) in r.texts("callers").unwrap_or_default() {
            if let Some(word) = r.to_word::<Compute>(text, &span, "callers") {
                callers.insert(word);
            }
        }
        r.text("note");
        let sources = cited(r, keys);
        Some(LatencyRow {
            item_size: item_size?.value(),
            low,
            p50: p50?.ms(),
            high,
            p99,
            basis: basis?,
            callers,
            sources,
        })
    });
    list.sort_by_key(|r| r.item_size);
    list
}

fn limits_of(node: &Node, keys: &Keys, problems: &mut Vec<Diagnostic>) -> Vec<Limit> {
    rows(node, "limits", problems, |r| {
        let id = text(r, "id");
        let value: Option<Decimal> = r.parsed("value");
        let unit = text(r, "unit");
        let kind = r.word("kind").map(|(w, _)| w);
        let field = text(r, "field");
        let about = text(r, "text");
        let sources = cited(r, keys);
        Some(Limit {
            id: id?,
            value: value?,
            unit: unit?,
            kind: kind?,
            text: about?,
            field: field?,
            sources,
        })
    })
}

fn meters_of(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<Meter> {
    rows(node, "meters", problems, |r| {
        let id = text(r, "id");
        let unit = text(r, "unit");
        let about = text(r, "text");
        let per = r.text("per").map(|(t, _)| t.to_owned());
        let by_variant = flag(r, "by_variant").unwrap_or(false);
        let selector = r.node("selector");
        let selector = selector.and_then(|n| selector_of(n, r.problems()));
        Some(Meter {
            id: id?,
            unit: unit?,
            text: about?,
            per,
            by_variant,
            selector,
        })
    })
}

fn selector_of(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Selector> {
    let mut r = Reader::new(node, "selector", CODES, problems);
    let service_code = text(&mut r, "service_code");
    let attributes = r.node("attributes").map(pairs).unwrap_or_default();
    let usagetype = r.text("usagetype").map(|(t, _)| t.to_owned());
    let unit = text(&mut r, "unit");
    let global = flag(&mut r, "global").unwrap_or(false);
    let per = r.parsed("per").unwrap_or(Decimal::ONE);
    let variants = r.node("by_variant");
    r.finish();
    let by_variant = match variants.map(|n| &n.kind) {
        Some(Kind::Map(entries)) => entries
            .iter()
            .map(|e| variant_selector(&e.key, &e.value, problems))
            .collect(),
        _ => Vec::new(),
    };
    Some(Selector {
        service_code: service_code?,
        attributes,
        usagetype,
        by_variant,
        unit: unit?,
        per,
        global,
    })
}

fn variant_selector(
    variant: &str,
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) -> crate::domain::catalog::VariantSelector {
    let mut r = Reader::new(node, "selector.by_variant", CODES, problems);
    let usagetype = r.text("usagetype").map(|(t, _)| t.to_owned());
    let attributes = r.node("attributes").map(pairs).unwrap_or_default();
    r.finish();
    crate::domain::catalog::VariantSelector {
        variant: variant.to_owned(),
        usagetype,
        attributes,
    }
}

fn pairs(node: &Node) -> Vec<(String, String)> {
    match &node.kind {
        Kind::Map(entries) => entries
            .iter()
            .filter_map(|e| Some((e.key.clone(), e.value.text()?.to_owned())))
            .collect(),
        _ => Vec::new(),
    }
}

fn facts(
    base: &Base<'_>,
    over: Option<&Node>,
    keys: &Keys,
    problems: &mut Vec<Diagnostic>,
) -> Facts {
    let mut f = FactReader {
        base: base.facts,
        over,
        keys,
        problems,
        known: Vec::new(),
    };
    let facts = Facts {
        layers: f.fact("layers", words::<Layer>),
        interfaces: f.fact("interfaces", words::<Interface>),
        protocols: f.fact("protocols", words::<Protocol>),
        features: f.fact("features", tri_set::<Feature>),
        patterns: f.fact("patterns", words::<Pattern>),
        private_access: f.fact("private_access", boolean),
        needs_vpc: f.fact("needs_vpc", boolean),
        scale_to_zero: f.fact("scale_to_zero", boolean),
        consistency: f.fact("consistency", word::<Consistency>),
        durability: f.fact("durability", word::<Durability>),
        availability: f.fact("availability", word::<Availability>),
        multi_region: f.fact("multi_region", word::<MultiRegion>),
        eviction: f.fact("eviction", boolean),
        transparent: f.fact("transparent", boolean),
        compute: f.fact("compute", tri_set::<Compute>),
        regions: f.fact("regions", regions),
        max_item_size: f.fact("max_item_size", |n| {
            n.text()?.parse::<Bytes>().ok().map(Quantity::value)
        }),
        item_overhead: f.optional("item_overhead", |n| {
            n.text()?.parse::<Bytes>().ok().map(Quantity::value)
        }),
        ttl: f.fact("ttl", ttl),
        latency: base.latency.clone(),
        limits: base.limits.clone(),
    };
    f.finish();
    facts
}

/// Reads facts from the service, overridden by the variant.
struct FactReader<'n, 'd> {
    base: Option<&'n Node>,
    over: Option<&'n Node>,
    keys: &'n Keys,
    problems: &'d mut Vec<Diagnostic>,
    known: Vec<&'static str>,
}

impl FactReader<'_, '_> {
    /// A fact that most services have nothing to say of.
    fn optional<T>(&mut self, key: &'static str, parse: impl Fn(&Node) -> Option<T>) -> Fact<T> {
        let said = |node: Option<&Node>| node.is_some_and(|n| n.get(key).is_some());
        if said(self.over) || said(self.base) {
            return self.fact(key, parse);
        }
        self.known.push(key);
        Fact::default()
    }

    fn fact<T>(&mut self, key: &'static str, parse: impl Fn(&Node) -> Option<T>) -> Fact<T> {
        self.known.push(key);
        let node = self
            .over
            .and_then(|n| n.get(key))
            .or_else(|| self.base.and_then(|n| n.get(key)));
        let Some(node) = node else {
            let at = self.base.map_or(0, |n| n.span.start);
            self.problems.push(
                Diagnostic::error(
                    CODES.missing,
                    format!("fact `{key}` is missing"),
                    at..at,
                    format!("needs `{key}`"),
                )
                .help("write `{ value: unknown, sources: [..] }` where nobody says"),
            );
            return Fact {
                value: None,
                note: None,
                sources: Vec::new(),
            };
        };
        let mut r = Reader::new(node, key, CODES, self.problems);
        let value_node = r.required("value");
        let note = r.text("note").map(|(t, _)| t.to_owned());
        let sources = cited(&mut r, self.keys);
        let value = value_node.and_then(|n| {
            if n.text() == Some("unknown") {
                return None;
            }
            let value = parse(n);
            if value.is_none() {
                r.problem(
                    CODES.word,
                    format!("the value of fact `{key}` cannot be read"),
                    n.span.start..n.span.end.max(n.span.start),
                    "not a value of this fact",
                    None,
                );
            }
            value
        });
        r.finish();
        Fact {
            value,
            note,
            sources,
        }
    }

    fn finish(self) {
        for node in [self.base, self.over].into_iter().flatten() {
            let Kind::Map(entries) = &node.kind else {
                continue;
            };
            for entry in entries
                .iter()
                .filter(|e| !self.known.contains(&e.key.as_str()))
            {
                let problem = Diagnostic::error(
                    CODES.unknown_key,
                    format!("`{}` is not a fact", short(&entry.key)),
                    entry.key_span.clone(),
                    "unknown fact",
                );
                let problem = problem.help(format!("facts are {}", self.known.join(", ")));
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
            }
        }
    }
}

fn words<W: Word>(node: &Node) -> Option<WordSet> {
    let mut set = WordSet::default();
    match &node.kind {
        Kind::Seq(items) => {
            for item in items {
                set.insert(W::from_word(item.text()?)?);
            }
        }
        Kind::Scalar(one) => set.insert(W::from_word(one)?),
        _ => return None,
    }
    Some(set)
}

/// Every word once, with yes, no or unknown.
fn tri_set<W: Word>(node: &Node) -> Option<TriSet> {
    let Kind::Map(entries) = &node.kind else {
        return None;
    };
    let mut set = TriSet::default();
    for entry in entries {
        let word = W::from_word(&entry.key)?;
        match entry.value.text()? {
            "unknown" => set.unknown.insert(word),
            other => {
                if Tri::from(yes_no(other)?) == Tri::Yes {
                    set.yes.insert(word)
                }
            }
        }
    }
    (entries.len() == W::ALL.len()).then_some(set)
}

fn boolean(node: &Node) -> Option<bool> {
    yes_no(node.text()?)
}

fn word<W: Word>(node: &Node) -> Option<W> {
    W::from_word(node.text()?)
}

fn regions(node: &Node) -> Option<Regions> {
    if node.text() == Some("everywhere") {
        return Some(Regions::Everywhere);
    }
    let list = |key: &str| -> Option<Vec<String>> {
        let Kind::Seq(items) = &node.get(key)?.kind else {
            return None;
        };
        let mut codes: Vec<String> = items
            .iter()
            .filter_map(|i| i.text().map(ToOwned::to_owned))
            .collect();
        codes.sort();
        Some(codes)
    };
    list("only")
        .map(Regions::Only)
        .or_else(|| list("except").map(Regions::Except))
        .or_else(|| list("known_in").map(Regions::KnownIn))
}

fn ttl(node: &Node) -> Option<Ttl> {
    let granularity = match node.get("granularity")?.text()? {
        "none" => None,
        text => Some(text.parse::<Duration>().ok()?.ms()),
    };
    let flag = |key: &str| node.get(key).and_then(boolean);
    Some(Ttl {
        granularity,
        expires_on_read: flag("expires_on_read")?,
        clients_can_check: flag("clients_can_check")?,
    })
}
