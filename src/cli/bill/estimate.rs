//! What was estimated: a profile, or an accepted report; and which rows of the bill are of it.

use anyhow::Result;
use rust_decimal::Decimal;
use serde_json::Value;

use super::Args;
use crate::bill::Estimate;
use crate::cli::args::Money;
use crate::cli::session::{Decided, Session};
use crate::cli::source::Wanted;
use crate::cli::{names, reports};
use crate::decide::Engine;
use crate::domain::catalog::{Catalog, Role, Service, Variant};
use crate::domain::decision::{Candidate, LineItem};
use crate::domain::money::Usd;
use crate::exit::{Exit, Failure};
use crate::report::read::{Line, Written};
use crate::services::ServiceModel;
use crate::text::{one_of, short};
use crate::workload::Resolved;
use crate::world::World;

/// What to compare.
pub(super) struct Asked {
    pub(super) resolved: Resolved,
    pub(super) money: Money,
    pub(super) strict_facts: bool,
    /// Recommended service and variant of a report, with its lines.
    accepted: Option<(String, Option<String>, Vec<LineItem>)>,
    /// Ids of a stack's resources.
    pub(super) resources: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) resources: Vec<String>,
    pub(super) tags: Vec<(String, String)>,
}

/// Reads the profile or the report.
pub(super) fn asked(args: &Args, catalog: &Catalog, world: &mut World<'_>) -> Result<Asked> {
    if let Some(path) = &args.profile {
        return Ok(Asked {
            resolved: Wanted::file(path, &[]).load(catalog, world)?,
            money: args.money.clone(),
            strict_facts: false,
            accepted: None,
            resources: Vec::new(),
            notes: Vec::new(),
        });
    }
    let Some(path) = &args.report else {
        let text = "nothing says what was estimated";
        return Err(Failure::new(Exit::Usage, "bill-estimate", text)
            .help("name the profile with `--profile cache.yaml`, or the accepted report with `--report accepted.json`")
            .into());
    };
    let file = reports::read(path)?;
    let [report] = file.reports.as_slice() else {
        let text = format!("`{}` holds {} reports", path.display(), file.reports.len());
        return Err(reports::invalid(text).into());
    };
    let given = reports::given(report)?;
    let mut money = reports::money(&given, None, &args.money.lookup);
    money.strict = args.money.strict;
    Ok(Asked {
        resolved: reports::profile(&given, catalog)?,
        money,
        strict_facts: given.strict_facts,
        accepted: accepted(report),
        resources: Vec::new(),
        notes: Vec::new(),
    })
}

/// The recommendation of a report and its lines.
fn accepted(report: &Value) -> Option<(String, Option<String>, Vec<LineItem>)> {
    let report = Written(report);
    let (service, variant) = (report.service()?, report.variant());
    let mut rows = report.candidates();
    let own = rows.find(|row| row.pick() == (Some(service), variant))?;
    let line = |line: Line<'_>| {
        Some(LineItem {
            service: line.service()?.into(),
            meter: line.meter()?.into(),
            region: line.region().map(Into::into),
            quantity: line.quantity()?,
            unit: line.unit()?.into(),
            unit_price: line.unit_price(),
            cost: line.cost().map(Usd),
            free: line.free()?,
            sku: None,
            source: None,
            discount: None,
            assumed: line.is_assumed(),
        })
    };
    let lines: Option<Vec<LineItem>> = own.lines().map(line).collect();
    Some((service.to_owned(), variant.map(str::to_owned), lines?))
}

/// `--resource`, `--tag` and what a stack holds; none where all rows are wanted.
pub(super) fn filter(args: &Args, asked: &Asked) -> Result<Option<Filter>> {
    let mut tags = Vec::new();
    for tag in &args.tag {
        let Some((key, value)) = tag.split_once('=').filter(|(k, _)| !k.is_empty()) else {
            // What was typed may be an id.
            let text = "a tag is not KEY=VALUE";
            return Err(Failure::new(Exit::Usage, "bill-tag", text)
                .help("write it as `--tag app=shop`")
                .into());
        };
        tags.push((key.to_owned(), value.to_owned()));
    }
    let mut resources = args.resource.clone();
    resources.extend(asked.resources.iter().cloned());
    let empty = resources.is_empty() && tags.is_empty();
    Ok((!empty).then_some(Filter { resources, tags }))
}

/// The service that is compared.
pub(super) struct Chosen<'a> {
    pub(super) service: &'a Service,
    pub(super) variant: &'a Variant,
    pub(super) slot: usize,
    model: &'static dyn ServiceModel,
    lines: Vec<LineItem>,
    region: String,
}

impl Chosen<'_> {
    pub(super) fn name(&self) -> String {
        match &self.variant.id {
            Some(variant) => format!("{} ({variant})", self.service.id),
            None => self.service.id.clone(),
        }
    }

    pub(super) fn estimate<'s>(&'s self, session: &'s Session, tolerance: Decimal) -> Estimate<'s> {
        Estimate {
            service: self.service,
            variant: self.variant,
            model: self.model,
            lines: &self.lines,
            region: &self.region,
            book: &session.book,
            free_tier: session.options.free_tier,
            tolerance,
        }
    }
}

/// The one that was asked for, the accepted one, or the recommended one.
pub(super) fn choose<'a>(
    args: &Args,
    asked: &Asked,
    session: &'a Session,
    engine: &Engine<'_>,
    decided: &Decided,
) -> Result<Chosen<'a>> {
    let (service, variant, lines) = match (&args.service, &asked.accepted) {
        (Some(word), _) => {
            let one = named(word, session, engine, decided)?;
            (one.pick.service, one.pick.variant, one.lines)
        }
        (None, Some(accepted)) => accepted.clone(),
        (None, None) => {
            let one = decided.decision.winner().ok_or_else(|| {
                let text = format!(
                    "the answer is {}: no service is estimated",
                    decided.decision.answer()
                );
                Failure::new(Exit::Usage, "bill-estimate", text)
                    .help("name the service that runs with `--service`")
            })?;
            (
                one.pick.service.clone(),
                one.pick.variant.clone(),
                one.lines.clone(),
            )
        }
    };
    let missing = || {
        let text = format!("`{}` is not a service of this catalog", short(&service));
        Failure::new(Exit::BadInput, "report-invalid", text)
    };
    let entry = session.catalog.service(&service).ok_or_else(missing)?;
    let way = entry
        .variants
        .iter()
        .find(|v| v.id == variant)
        .ok_or_else(missing)?;
    let slot = engine
        .slot_of(&service, variant.as_deref())
        .ok_or_else(missing)?;
    Ok(Chosen {
        service: entry,
        variant: way,
        slot,
        model: engine.model(slot),
        lines,
        region: decided.profile.region.clone(),
    })
}

/// A candidate by the name of its service, ruled out or not, as long as it has a price; a variant may be one that no row of
/// the report shows, such as what is paid by usage where a plan is cheaper.
fn named(
    word: &str,
    session: &Session,
    engine: &Engine<'_>,
    decided: &Decided,
) -> Result<Candidate> {
    let (name, variant) = word
        .split_once('/')
        .map_or((word, None), |(n, v)| (n, Some(v)));
    let candidates = session.catalog.services.iter();
    let candidates = candidates.filter(|s| s.role == Role::Candidate);
    let ids: Vec<&str> = candidates.map(|s| s.id.as_str()).collect();
    let answer = names::answer(name, &session.catalog, &ids).map_err(|near| {
        let text = format!("`{}` is not one of the candidates{near}", short(name));
        let help = format!(
            "--service takes {}, with a variant as in `dynamodb/standard`",
            one_of(&ids)
        );
        Failure::new(Exit::Usage, "service-unknown", text).help(help)
    })?;
    let found = match variant {
        Some(variant) => engine.judge(&decided.profile, &answer.service, variant),
        None => {
            let mut rows = decided.decision.candidates.iter();
            rows.find(|c| answer.is(&c.pick) && !c.lines.is_empty())
                .cloned()
        }
    };
    found.filter(|c| !c.lines.is_empty()).ok_or_else(|| {
        let text = format!("`{}` has no estimate for this profile", short(word));
        Failure::new(Exit::Usage, "bill-estimate", text)
            .help("see why with `cachewright recommend PROFILE --full`")
            .into()
    })
}
