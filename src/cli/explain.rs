//! `cachewright explain ID`: a rule, service, meter or error code, with its sources; with `--error`
//! a message of AWS that somebody pastes.

use std::fmt::Write as _;

use anyhow::Result;

use super::{explain_error, input};
use crate::cli::args::Global;
use crate::domain::catalog::{Catalog, Facts, Meter, Service, Source, SourceId, Variant};
use crate::domain::figure;
use crate::domain::profile::{Compute, Feature, Interface, Layer, Pattern, Protocol, Word};
use crate::domain::rule::{Effect, Rule};
use crate::domain::units::{Quantity as _, Share};
use crate::exit::{Exit, Failure};
use crate::report::text::wrap_line;
use crate::text::{meant, short};
use crate::world::World;

/// Arguments of `explain`.
#[derive(clap::Args)]
pub struct Args {
    /// A service by any of its names, a field of the profile, a word of a report, or the id of a rule, a meter, an
    /// error, a caution or a note.
    #[arg(
        value_name = "ID",
        required_unless_present = "error",
        conflicts_with = "error"
    )]
    pub id: Option<String>,
    /// A message of AWS about a failed deployment, as it was printed (`-`: standard input).
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub error: Option<String>,
    /// Type of the resource that failed, such as `AWS::DynamoDB::Table`.
    #[arg(long = "type", value_name = "TYPE", requires = "error")]
    pub kind: Option<String>,
    /// Form of the explanation of an error.
    #[arg(short, long, value_enum, requires = "error")]
    pub format: Option<explain_error::Format>,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    if let Some(text) = &args.error {
        let format = args.format.unwrap_or_default();
        return explain_error::run(text, args.kind.as_deref(), format, world);
    }
    let id = args.id.as_deref().unwrap_or_default();
    let catalog = input::catalog(global, world)?;
    let mut found = explain(&catalog, id);
    if found.is_empty()
        && let Some((service, _)) = catalog.named(id)
    {
        found = explain(&catalog, &service.id);
    }
    if found.is_empty() {
        return Err(unknown(&catalog, id).into());
    }
    let wrapped: Vec<String> = found
        .lines()
        .map(|line| wrap_line(line, world.terminal.width))
        .collect();
    writeln!(world.out, "{}", wrapped.join("\n"))?;
    Ok(Exit::Done)
}

/// Nothing is known by an id.
pub(super) fn unknown(catalog: &Catalog, id: &str) -> Failure {
    let ids = all_ids(catalog);
    let near = meant(id, ids.iter().map(String::as_str));
    let text = format!("nothing is known by the id `{}`{near}", short(id));
    let failure = Failure::new(Exit::Usage, "explain-unknown", text);
    failure.help("list ids with `cachewright catalog list`")
}

/// Every id that `explain` knows.
fn all_ids(catalog: &Catalog) -> Vec<String> {
    let mut ids: Vec<String> = catalog.rules.iter().map(|r| r.id.clone()).collect();
    ids.extend(catalog.services.iter().map(|s| s.id.clone()));
    ids.extend(catalog.services.iter().flat_map(|s| s.also.clone()));
    ids.extend(
        catalog
            .services
            .iter()
            .flat_map(|s| s.meters.iter().map(|m| m.id.clone())),
    );
    ids.extend(
        catalog
            .services
            .iter()
            .flat_map(|s| &s.variants)
            .flat_map(|v| v.facts.limits.iter().map(|l| l.id.clone())),
    );
    ids.extend(catalog.codes.iter().map(|c| c.code.clone()));
    ids.extend(super::explain_words::ids(catalog));
    ids.extend(catalog.discounts.iter().map(|d| d.id.clone()));
    ids
}

/// Everything known by an id.
pub fn explain(catalog: &Catalog, id: &str) -> String {
    let mut out = super::explain_words::explain(catalog, id);
    if let Some(service) = catalog.service(id) {
        service_text(catalog, service, &mut out);
    }
    let note = |r: &Rule| matches!(&r.effect, Effect::Note(code) if code == id);
    for rule in catalog.rules.iter().filter(|r| r.id == id || note(r)) {
        rule_text(catalog, rule, &mut out);
    }
    for service in &catalog.services {
        for meter in service
            .meters
            .iter()
            .filter(|m| m.id == id || format!("{}/{}", service.id, m.id) == id)
        {
            meter_text(service, meter, &mut out);
        }
    }
    limit_text(catalog, id, &mut out);
    for plan in catalog.discounts.iter().filter(|d| d.id == id) {
        let _ = writeln!(out, "{id}\n  {}", plan.about);
        for rate in &plan.rates {
            let off = Share::from_value(rate.off.round_dp(4).normalize());
            let _ = writeln!(out, "  {}/{}: {off} off", rate.service, rate.of.join("/"));
        }
        cite(catalog, &plan.sources, &mut out);
    }
    let bare = id.strip_prefix("unverified-").unwrap_or(id);
    for code in catalog
        .codes
        .iter()
        .filter(|c| c.code == id || c.code == bare)
    {
        let _ = writeln!(out, "{id}\n  {}", code.text);
    }
    out
}

fn cite(catalog: &Catalog, ids: &[SourceId], out: &mut String) {
    for source in ids
        .iter()
        .filter_map(|i| catalog.sources.get(usize::from(*i)))
    {
        let _ = writeln!(out, "{}", cited(source));
    }
}

/// The line that names a source.
pub(super) fn cited(source: &Source) -> String {
    let date = source.date.as_ref();
    let date = date.map_or(String::new(), |d| format!(", of {d}"));
    format!("  source: {}{date}, checked {}", source.url, source.checked)
}

fn rule_text(catalog: &Catalog, rule: &Rule, out: &mut String) {
    let effect = match &rule.effect {
        Effect::RulesOut => "rules it out".to_owned(),
        Effect::Caution => "is a caution".to_owned(),
        Effect::Favours(p) => format!("gives it {p} points"),
        Effect::Disfavours(p) => format!("takes {p} points from it"),
        Effect::Note(code) => format!("adds the note {code}"),
    };
    let who = rule.service.as_deref().unwrap_or("the report");
    let _ = writeln!(out, "{}: a rule about {who}; it {effect}", rule.id);
    let _ = writeln!(out, "  when: {}", condition(&rule.when));
    let because = figure::described(&rule.because);
    let _ = writeln!(out, "  because: {because}");
    cite(catalog, &rule.sources, out);
}

/// A condition in words.
fn condition(c: &crate::domain::rule::Condition) -> String {
    use crate::domain::rule::Condition as C;
    let join = |list: &[C], word: &str| list.iter().map(condition).collect::<Vec<_>>().join(word);
    match c {
        C::Always => "always".to_owned(),
        C::All(list) => join(list, " and "),
        C::Any(list) => format!("({})", join(list, " or ")),
        C::Not(inner) => format!("not {}", condition(inner)),
        C::Is(field, words) => {
            let choices = field.choices().into_iter().enumerate();
            let words = choices.filter(|(place, _)| words.contains_at(*place));
            let words: Vec<_> = words.map(|(_, word)| word).collect();
            format!("{} is {}", field.path(), words.join(" or "))
        }
        C::InRegion(regions) => format!("region is {}", regions.join(" or ")),
        C::AtLeast(field, v) => format!("{} is at least {}", field.path(), field.show(*v)),
        C::AtMost(field, v) => format!("{} is at most {}", field.path(), field.show(*v)),
        C::Figure(name, bounds) => {
            let kind = figure::kind(name).unwrap_or(figure::Kind::Number);
            let what = figure::described(&format!("{{{name}}}"));
            let bounds = [
                ("at least", bounds.at_least),
                ("at most", bounds.at_most),
                ("more than", bounds.above),
            ];
            let bounds = bounds.into_iter();
            let bounds: Vec<String> = bounds
                .filter_map(|(word, b)| Some(format!(" is {word} {}", figure::show(kind, b?))))
                .collect();
            if bounds.is_empty() {
                format!("{what} is known")
            } else {
                what + &bounds.join(" and")
            }
        }
        C::Stated(path) => format!("{path} is stated"),
        C::Eligible(service) => format!("{service} is eligible"),
        C::Recommended(service) => format!("{service} is the answer"),
        C::RuledOutBy(service, codes) => {
            format!("{service} is ruled out by {}", codes.join(" or "))
        }
    }
}

fn service_text(catalog: &Catalog, s: &Service, out: &mut String) {
    let _ = writeln!(out, "{}: {}", s.id, s.name);
    let _ = writeln!(out, "  {}", s.summary);
    for variant in &s.variants {
        variant_text(s, variant, out);
    }
    if !s.leaving.is_empty() {
        let _ = writeln!(out, "  leaving it: {}", s.leaving);
    }
    let meters: Vec<&str> = s.meters.iter().map(|m| m.id.as_str()).collect();
    if !meters.is_empty() {
        let _ = writeln!(out, "  meters: {}", meters.join(", "));
    }
    for conflict in &s.conflicts {
        let _ = writeln!(out, "  sources disagree: {conflict}");
    }
    cite(catalog, &s.sources, out);
}

fn variant_text(s: &Service, v: &Variant, out: &mut String) {
    let f = &v.facts;
    let name = v.id.as_deref().unwrap_or(&s.id);
    let yes_no = |b: Option<bool>| b.map_or("unknown", |b| if b { "yes" } else { "no" });
    let word = |o: Option<&'static str>| o.unwrap_or("unknown");
    let _ = writeln!(out, "  {name}:");
    for (what, words) in lists(f) {
        let words = words.map_or("unknown".to_owned(), |w| w.join(", "));
        let _ = writeln!(out, "    {what}: {words}");
    }
    let _ = writeln!(
        out,
        "    private access: {}, scales to zero: {}, evicts: {}",
        yes_no(f.private_access.value),
        yes_no(f.scale_to_zero.value),
        yes_no(f.eviction.value)
    );
    let _ = writeln!(
        out,
        "    consistency: {}, durability: {}, availability: {}",
        word(f.consistency.value.map(Word::word)),
        word(f.durability.value.map(Word::word)),
        word(f.availability.value.map(Word::word))
    );
    for limit in &f.limits {
        let _ = writeln!(
            out,
            "    limit {} ({}): {} {}",
            limit.id,
            limit.kind,
            crate::domain::money::plain(limit.value),
            limit.unit
        );
    }
}

/// The facts that are lists of words; `None` where nobody says.
fn lists(f: &Facts) -> [(&'static str, Option<Vec<&'static str>>); 6] {
    [
        ("layers", f.layers.value.map(|s| s.words::<Layer>())),
        (
            "interfaces",
            f.interfaces.value.map(|s| s.words::<Interface>()),
        ),
        (
            "protocols",
            f.protocols.value.map(|s| s.words::<Protocol>()),
        ),
        (
            "operations",
            f.features.value.map(|s| s.yes.words::<Feature>()),
        ),
        ("filled by", f.patterns.value.map(|s| s.words::<Pattern>())),
        (
            "reached by",
            f.compute.value.map(|s| s.yes.words::<Compute>()),
        ),
    ]
}

fn meter_text(s: &Service, m: &Meter, out: &mut String) {
    let suffix = m
        .per
        .as_ref()
        .map_or(String::new(), |p| format!(".{}", p.to_uppercase()));
    let _ = writeln!(out, "{}{suffix}: a meter of {}, in {}", m.id, s.id, m.unit);
    let _ = writeln!(out, "  counts: {}", m.text);
    match &m.selector {
        Some(selector) => {
            let usage = selector.usagetype.as_deref().unwrap_or("by variant");
            let _ = writeln!(
                out,
                "  price list: service code {}, usage type {usage}, unit {}",
                selector.service_code, selector.unit
            );
        }
        None => {
            let _ = writeln!(out, "  price list: no selector is known");
        }
    }
}

fn limit_text(catalog: &Catalog, id: &str, out: &mut String) {
    let bare = ["quota-", "ramp-", "limit-", "default-"]
        .iter()
        .find_map(|p| id.strip_prefix(p))
        .unwrap_or(id);
    for service in &catalog.services {
        let limits = service.variants.iter().flat_map(|v| &v.facts.limits);
        if let Some(limit) = limits.into_iter().find(|l| l.id == bare) {
            let _ = writeln!(
                out,
                "{bare}: a limit of {} ({}), {} {}",
                service.id,
                limit.kind,
                crate::domain::money::plain(limit.value),
                limit.unit
            );
            let _ = writeln!(out, "  {}", figure::described(&limit.text));
            cite(catalog, &limit.sources, out);
        }
    }
}
