//! Must-haves against facts: one pass, generic over what is done with a finding.
//!
//! The full decision records every finding with its text; the fast path only learns whether one rules
//! out. Both run this same code, so they cannot disagree.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use smol_str::{SmolStr, format_smolstr};

use crate::domain::catalog::{
    Basis, Catalog, Fact, Facts, LimitKind, SourceId, Tri, Variant, compute_words, feature_words,
    interface_words, latency_at, layer_words, protocol_words,
};
use crate::domain::money::{grouped, plain};
use crate::domain::profile::{
    Availability, ClientChanges, Consistency, Durability, Eviction, MultiRegion, Need, Pattern,
    Profile, Protocol, Vpc, Word,
};
use crate::domain::rule::{Effect, NoVerdicts, Rule};
use crate::domain::units::{Bytes, Duration, Quantity};
use crate::services::Demand;

/// What happens with a finding.
pub(super) trait Findings {
    /// Are cautions kept? What can only caution is not looked at otherwise.
    const CAUTIONS: bool = true;

    /// The variant cannot be the answer.
    fn rule_out(
        &mut self,
        code: &str,
        field: &str,
        sources: &[SourceId],
        text: impl FnOnce() -> String,
    );
    /// A caution.
    fn caution(
        &mut self,
        code: impl FnOnce() -> SmolStr,
        sources: &[SourceId],
        text: impl FnOnce() -> String,
    );
    /// Points of a rule.
    fn points(&mut self, rule: &Rule, points: i64);
    /// Nothing more can change: stop early.
    fn done(&self) -> bool {
        false
    }
}

/// What a candidate is judged with.
pub(super) struct Case<'a> {
    pub(super) profile: &'a Profile,
    pub(super) variant: &'a Variant,
    pub(super) rules: &'a [&'a Rule],
    pub(super) strict: bool,
    /// Is it sold in the Region of the profile?
    pub(super) at_home: Tri,
    pub(super) abroad: &'a [Tri],
}

/// Judges one variant by the words of the profile: no number of it changes what comes out.
pub(super) fn judge_words(case: &Case<'_>, out: &mut impl Findings) {
    let facts = &case.variant.facts;
    access(case, facts, out);
    if !out.done() {
        requirements(case, facts, out);
    }
}

/// Judges one variant by what its facts say of item size, expiry and latency.
pub(super) fn judge_numbers(case: &Case<'_>, out: &mut impl Findings) {
    let facts = &case.variant.facts;
    sizes(case, facts, out);
    if !out.done() {
        latency(case, facts, out);
    }
}

/// Judges one variant by what the workload demands of it, then by the rules.
pub(super) fn judge_demands(case: &Case<'_>, demands: &[Demand], out: &mut impl Findings) {
    limits(&case.variant.facts, demands, out);
    if !out.done() {
        rules(case, out);
    }
}

impl Case<'_> {
    /// Applies a three-valued comparison.
    fn need<T>(
        &self,
        out: &mut impl Findings,
        met: Tri,
        code: &str,
        field: &str,
        fact: &Fact<T>,
        text: impl FnOnce() -> String,
    ) {
        match met {
            Tri::Yes => {}
            Tri::No => out.rule_out(code, field, &fact.sources, || {
                with_note(text(), fact.note.as_deref())
            }),
            Tri::Unknown if self.strict => {
                out.rule_out(code, field, &fact.sources, || {
                    format!(
                        "no source says whether {}, and `--strict-facts` is on",
                        wish(code, self.profile)
                    )
                });
            }
            Tri::Unknown => {
                out.caution(
                    || format_smolstr!("unverified-{code}"),
                    &fact.sources,
                    || {
                        format!(
                            "no source says whether {}; verify it before relying on it",
                            wish(code, self.profile)
                        )
                    },
                );
            }
        }
    }
}

/// The must-have of a code in words, for unknown facts.
fn wish(code: &str, p: &Profile) -> String {
    match code {
        "region" => format!("it is sold in {}", p.region),
        "compute" => "every stated caller can reach it".to_owned(),
        "features" => "it has every needed operation".to_owned(),
        "item-size" => format!("it takes items of {}", Bytes::from_value(p.max_item_size())),
        "latency" => "its hits are fast enough".to_owned(),
        other => format!("it meets `{other}`"),
    }
}

fn with_note(mut text: String, note: Option<&str>) -> String {
    if let Some(note) = note {
        text.extend([" (", note, ")"]);
    }
    text
}

fn known<T>(fact: &Fact<T>, holds: impl FnOnce(&T) -> bool) -> Tri {
    fact.value
        .as_ref()
        .map_or(Tri::Unknown, |v| holds(v).into())
}

/// Layer, interface, protocol, Region, callers, network.
fn access(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    case.need(
        out,
        known(&f.layers, |s| s.contains(p.layer)),
        "layer",
        "layer",
        &f.layers,
        || {
            format!(
                "it stands at the layer {}, not at `{}`",
                list(&f.layers.value.map(layer_words).unwrap_or_default()),
                p.layer
            )
        },
    );
    case.need(
        out,
        known(&f.interfaces, |s| s.contains(p.interface)),
        "interface",
        "interface",
        &f.interfaces,
        || {
            format!(
                "it is read as {}, the workload reads {}",
                list(&f.interfaces.value.map(interface_words).unwrap_or_default()),
                p.interface
            )
        },
    );
    let protocol = p.requirements.protocol;
    if protocol != Protocol::Any {
        case.need(
            out,
            known(&f.protocols, |s| s.contains(protocol)),
            "protocol",
            "requirements.protocol",
            &f.protocols,
            || {
                format!(
                    "it speaks {}, the clients speak {protocol}",
                    list(&f.protocols.value.map(protocol_words).unwrap_or_default())
                )
            },
        );
    }
    case.need(out, case.at_home, "region", "region", &f.regions, || {
        format!("it is not sold in {}", p.region)
    });
    callers(case, f, out);
    if p.private_access == Need::Required {
        case.need(
            out,
            known(&f.private_access, |v| *v),
            "private-access",
            "private_access",
            &f.private_access,
            || {
                "clients reach it only through a public endpoint, and private access is required"
                    .to_owned()
            },
        );
    }
    if p.network.vpc == Vpc::None && f.needs_vpc.value == Some(true) {
        vpc(case, f, out);
    }
    if p.scale_to_zero == Need::Required {
        case.need(
            out,
            known(&f.scale_to_zero, |v| *v),
            "scale-to-zero",
            "scale_to_zero",
            &f.scale_to_zero,
            || "it charges without traffic, and scale to zero is required".to_owned(),
        );
    }
}

fn vpc(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    if p.deployment.create_vpc {
        return;
    }
    if p.is_stated("network.vpc") {
        out.rule_out("vpc", "network.vpc", &f.needs_vpc.sources, || {
            "it lives inside a VPC, and there is none".to_owned()
        });
    } else {
        out.caution(|| SmolStr::new_static("needs-vpc"), &f.needs_vpc.sources, || {
            "it lives inside a VPC; the profile does not say whether there is one (`network.vpc`)"
                .to_owned()
        });
    }
}

fn callers(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    for compute in &p.compute {
        let reach = f
            .compute
            .value
            .map_or(Tri::Unknown, |set| set.get(*compute));
        if reach != Tri::Yes && !p.is_stated("compute") {
            out.caution(|| SmolStr::new_static("compute-default"), &f.compute.sources, || {
                format!(
                    "callers are taken to be `{compute}`, which cannot reach it; state `compute`"
                )
            });
            continue;
        }
        case.need(out, reach, "compute", "compute", &f.compute, || {
            format!(
                "`{compute}` cannot reach it; {} can",
                list(&f.compute.value.map(compute_words).unwrap_or_default())
            )
        });
    }
}

/// The words of `requirements`.
fn requirements(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let r = &case.profile.requirements;
    for feature in &r.features {
        let has = f
            .features
            .value
            .map_or(Tri::Unknown, |set| set.get(*feature));
        case.need(
            out,
            has,
            "features",
            "requirements.features",
            &f.features,
            || {
                format!(
                    "it has no {feature}; it has {}",
                    list(&f.features.value.map(feature_words).unwrap_or_default())
                )
            },
        );
    }
    if r.pattern != Pattern::Any {
        case.need(
            out,
            known(&f.patterns, |s| s.contains(r.pattern)),
            "pattern",
            "requirements.pattern",
            &f.patterns,
            || format!("it is not filled by {}", r.pattern),
        );
    }
    if r.consistency == Consistency::Strong {
        case.need(
            out,
            known(&f.consistency, |v| *v == Consistency::Strong),
            "consistency",
            "requirements.consistency",
            &f.consistency,
            || "it is eventually consistent, and read-after-write is required".to_owned(),
        );
    }
    if r.durability != Durability::Rebuildable {
        case.need(
            out,
            known(&f.durability, |v| *v >= r.durability),
            "durability",
            "requirements.durability",
            &f.durability,
            || {
                format!(
                    "its data is `{}`, and `{}` is required",
                    f.durability.value.map_or("unknown", Word::word),
                    r.durability
                )
            },
        );
    }
    if r.availability == Availability::MultiAz {
        case.need(
            out,
            known(&f.availability, |v| *v == Availability::MultiAz),
            "availability",
            "requirements.availability",
            &f.availability,
            || "it lives in one zone, and it must keep serving when a zone is lost".to_owned(),
        );
    }
    if r.eviction == Eviction::Required {
        case.need(
            out,
            known(&f.eviction, |v| *v),
            "eviction",
            "requirements.eviction",
            &f.eviction,
            || "it never evicts by itself".to_owned(),
        );
    }
    replicas(case, f, out);
    client_changes(case, f, out);
}

fn replicas(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let r = &case.profile.requirements;
    if r.multi_region == MultiRegion::No {
        return;
    }
    case.need(
        out,
        known(&f.multi_region, |v| *v >= r.multi_region),
        "multi-region",
        "requirements.multi_region",
        &f.multi_region,
        || {
            format!(
                "it does not replicate to other Regions for {}",
                r.multi_region
            )
        },
    );
    for (code, sold) in r.replica_regions.iter().zip(case.abroad) {
        case.need(
            out,
            *sold,
            "region",
            "requirements.replica_regions",
            &f.regions,
            || format!("it is not sold in {code}"),
        );
    }
}

/// `minimal` is met by a service that needs no code, or whose protocol the clients already speak.
fn client_changes(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let r = &case.profile.requirements;
    let spoken =
        r.protocol != Protocol::Any && f.protocols.value.is_some_and(|s| s.contains(r.protocol));
    if r.client_changes == ClientChanges::Minimal && !spoken {
        case.need(
            out,
            known(&f.transparent, |v| *v),
            "client-changes",
            "requirements.client_changes",
            &f.transparent,
            || "application code has to change to use it".to_owned(),
        );
    }
}

/// Item size and expiry.
fn sizes<F: Findings>(case: &Case<'_>, f: &Facts, out: &mut F) {
    let p = case.profile;
    match f.max_item_size.value {
        Some(max) => {
            let sure = p.data.max_item_size.unwrap_or(p.data.item_size);
            let field = if p.data.max_item_size.is_some() {
                "data.max_item_size"
            } else {
                "data.item_size"
            };
            if sure > max {
                case.need(out, Tri::No, "item-size", field, &f.max_item_size, || {
                    format!(
                        "an item of {} is larger than its limit of {}",
                        Bytes::from_value(sure),
                        Bytes::from_value(max)
                    )
                });
            } else if F::CAUTIONS && p.max_item_size() > max {
                out.caution(|| SmolStr::new_static("item-size-default"), &f.max_item_size.sources, || {
                    format!("the largest item is taken to be 4 × the mean, {}, above the limit of {}; state `data.max_item_size`", Bytes::from_value(p.max_item_size()), Bytes::from_value(max))
                });
            }
        }
        None => case.need(
            out,
            Tri::Unknown,
            "item-size",
            "data.max_item_size",
            &f.max_item_size,
            String::new,
        ),
    }
    expiry(case, f, out);
}

fn expiry(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    let (Some(ttl), Some(fact)) = (p.data.ttl, f.ttl.value.as_ref()) else {
        return;
    };
    let fine = fact.granularity.is_some_and(|step| step <= ttl);
    if (fine && fact.expires_on_read) || !p.is_stated("data.ttl") {
        return;
    }
    let text = || {
        let step = fact.granularity.map_or("never".to_owned(), |g| {
            format!("in steps of {}", Duration::from_ms(g))
        });
        with_note(
            format!(
                "items expire {step}; the workload accepts staleness of {}",
                Duration::from_ms(ttl)
            ),
            f.ttl.note.as_deref(),
        )
    };
    if !fine && !fact.clients_can_check {
        out.rule_out("ttl", "data.ttl", &f.ttl.sources, || {
            format!("{}, and its clients cannot check an expiry", text())
        });
    } else if !fine {
        out.caution(
            || SmolStr::new_static("ttl-granularity"),
            &f.ttl.sources,
            || format!("{}; clients check an expiry stored in the item", text()),
        );
    } else {
        out.caution(
            || SmolStr::new_static("ttl-lazy"),
            &f.ttl.sources,
            || {
                with_note(
                    "expired items can still be read for a while".to_owned(),
                    f.ttl.note.as_deref(),
                )
            },
        );
    }
}

/// The p50 decides; a p99 decides where it is known.
fn latency(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    let Some(need) = p.latency else { return };
    let Some((p50, p99, basis)) = latency_at(&f.latency, p.data.item_size) else {
        if case.strict {
            out.rule_out("latency", "latency", &f.layers.sources, || {
                "no source states its hit latency, and `--strict-facts` is on".to_owned()
            });
        } else {
            out.caution(|| SmolStr::new_static("unverified-latency"), &[], || {
                "no source states its hit latency in milliseconds; measure it before relying on it"
                    .to_owned()
            });
        }
        return;
    };
    let sources = f.latency.first().map_or(&[][..], |r| &r.sources);
    if p50 > need.p50 {
        out.rule_out("latency", "latency", sources, || {
            let how = match basis {
                Basis::Measured => "measured",
                Basis::Documented => "documented",
                Basis::Assumed => "by AWS's class of latency",
            };
            format!(
                "a hit takes {} at the median ({how}), the tolerance is {}",
                ms(p50),
                ms(need.p50)
            )
        });
        return;
    }
    match (need.p99, p99) {
        (Some(wanted), Some(has)) if has > wanted => {
            out.rule_out("latency-p99", "latency", sources, || {
                format!(
                    "a hit takes {} at the 99th percentile, the tolerance is {}",
                    ms(has),
                    ms(wanted)
                )
            })
        }
        (Some(_), None) => out.caution(
            || SmolStr::new_static("unverified-latency-p99"),
            sources,
            || "no source states its 99th percentile; the decision rests on the median".to_owned(),
        ),
        _ => {}
    }
}

/// A duration rounded for people.
fn ms(value: Decimal) -> String {
    Duration::rounded(value).to_string()
}

fn limits<F: Findings>(f: &Facts, demands: &[Demand], out: &mut F) {
    for demand in demands {
        let Some(limit) = f.limits.iter().find(|l| l.id == demand.limit) else {
            continue;
        };
        let show = |value: Decimal, out: &mut String| {
            if limit.unit == "bytes" {
                let _ = write!(out, "{}", Bytes::from_value(value));
            } else {
                out.extend([&grouped(&plain(value.round_dp(1))), " ", &limit.unit]);
            }
        };
        let say = |value: Decimal| {
            let mut out = String::with_capacity(limit.text.len() + 80);
            out.push_str("the workload needs ");
            show(value, &mut out);
            out.push_str(", the limit is ");
            show(limit.value, &mut out);
            out.extend([": ", &limit.text]);
            out
        };
        if limit.kind == LimitKind::Hard && demand.stated > limit.value {
            out.rule_out(&limit.id, &limit.field, &limit.sources, || {
                say(demand.stated)
            });
        } else if F::CAUTIONS && demand.value > limit.value {
            let kind = match limit.kind {
                LimitKind::Hard => "limit",
                other => other.word(),
            };
            out.caution(
                || format_smolstr!("{kind}-{}", limit.id),
                &limit.sources,
                || say(demand.value),
            );
        }
    }
}

fn rules<F: Findings>(case: &Case<'_>, out: &mut F) {
    let heard = |rule: &&&Rule| F::CAUTIONS || rule.effect != Effect::Caution;
    for rule in case.rules.iter().filter(heard) {
        if !rule.when.holds(case.profile, &NoVerdicts) {
            continue;
        }
        match rule.effect {
            Effect::RulesOut => out.rule_out(
                &rule.id,
                rule.field.as_deref().unwrap_or(""),
                &rule.sources,
                || rule.because.clone(),
            ),
            Effect::Caution => out.caution(
                || rule.id.as_str().into(),
                &rule.sources,
                || rule.because.clone(),
            ),
            Effect::Favours(points) => out.points(rule, points),
            Effect::Disfavours(points) => out.points(rule, -points),
            Effect::Note(_) => {}
        }
    }
}

/// `a, b and c`.
fn list(words: &[&str]) -> String {
    let mut out = String::with_capacity(words.iter().map(|w| w.len() + ", ".len()).sum());
    for (i, word) in words.iter().enumerate() {
        out.push_str(match words.len() - i {
            _ if i == 0 => "",
            1 => " and ",
            _ => ", ",
        });
        out.push_str(word);
    }
    if words.is_empty() {
        out.push_str("nothing known");
    }
    out
}

/// Is it sold in this Region?
pub(super) fn sold(f: &Facts, region: &str) -> Tri {
    let regions = f.regions.value.as_ref();
    regions.map_or(Tri::Unknown, |r| r.contains(region))
}

/// Does any rule of this list speak of the variant?
pub(super) fn rules_of<'c>(
    catalog: &'c Catalog,
    service: &str,
    variant: Option<&str>,
) -> Vec<&'c Rule> {
    let speaks = |r: &&Rule| {
        r.service.as_deref() == Some(service)
            && (r.variants.is_empty() || variant.is_some_and(|v| r.variants.iter().any(|x| x == v)))
    };
    catalog.rules.iter().filter(speaks).collect()
}
