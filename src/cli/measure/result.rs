//! `measure --cloudwatch`: what series say, as a profile, a bill, an answer and a report.
//!
//! Joins the rules, the price book and the decision; computes nothing.

use anyhow::Result;

use super::kept::{Kept, keep};
use super::wanted::{Role, Wanted, region, targets, usage};
use super::{Args, ReportFormat};
use crate::account::bill;
use crate::account::profile::{self, Identity};
use crate::account::show::{self, Page};
use crate::decide::{Engine, Options as Facts};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Decision, Outcome};
use crate::domain::money::Usd;
use crate::domain::price::PriceBook;
use crate::embedded;
use crate::exit::{Exit, Failure};
use crate::text::one_of;
use crate::words;
use crate::world::World;
use cachewright_measure::telemetry::kind::{NowLine, Reckon};
use cachewright_measure::telemetry::{
    Answers, As, Beside, Data, Derived, Kind, Known, Reading, derive, now,
};

/// What series say of a workload.
pub(super) struct Measured {
    found: Derived,
    known: Known,
    book: PriceBook,
    bill: bill::Bill,
    headline: String,
    /// The profile.
    pub(super) text: String,
}

impl Measured {
    /// What is to be heeded beside the profile.
    pub(super) fn said(&self, wanted: &[Wanted<'_>], answers: &Answers) -> Vec<String> {
        let cautions = self.found.cautions.iter().map(|(_, text)| text.clone());
        cautions
            .chain(notes(wanted, answers, &self.known))
            .collect()
    }
}

/// Series to a profile, a bill and an answer.
pub(super) fn measure(
    args: &Args,
    wanted: &[Wanted<'_>],
    answers: &Answers,
    catalog: &Catalog,
    world: &World<'_>,
) -> Result<Measured> {
    let main = &wanted[0];
    let read = role(args, main.kind)?;
    let series = answers.of(&main.target());
    let Some(data) = Data::new(main.kind, &series, &main.known) else {
        return Err(no_data(args, main, answers).into());
    };
    let mut known = main.known.clone();
    let mut found = derive(&data, read, &known, beside(catalog, main.kind, &known));
    learn_engine(main.kind, &found, &mut known);
    if let Some(behind) = wanted.get(1) {
        beside_it(&mut found, behind, answers);
    }
    let region = region(args, wanted, world)?;
    let book = embedded::prices_in(std::slice::from_ref(&region))?;
    let used = now::used(&data, &main.kind.now.lines, &known);
    let bill = bill::bill(main.kind, &used, &known, (catalog, &book), &region);
    let identity = Identity {
        name: super::name(args).unwrap_or_else(|| main.id.clone()),
        region,
        layer: super::layer(args),
    };
    let text = profile::yaml(&found, main.kind, read, &identity, &bill);
    let answer = decided(&text, catalog, &book, &bill, &used)?;
    found.cautions.extend(answer.caution);
    Ok(Measured {
        found,
        known,
        book,
        bill,
        headline: answer.headline,
        text,
    })
}

/// The profile to its file, the report to standard output.
pub(super) fn print(
    args: &Args,
    wanted: &[Wanted<'_>],
    answers: &Answers,
    missing: Vec<String>,
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<Exit> {
    let measured = measure(args, wanted, answers, catalog, world)?;
    if args.output.is_some() && keep(args, &measured.text, world)? == Kept::Printed {
        return Ok(Exit::Done);
    }
    let main = &wanted[0];
    let page = Page {
        kind: main.kind,
        id: &main.id,
        found: &measured.found,
        bill: &measured.bill,
        book: &measured.book,
        notes: [missing, notes(wanted, answers, &measured.known)].concat(),
        answer: Some(measured.headline),
        file: args.output.as_ref().map(|p| p.display().to_string()),
    };
    let text = shown(args.report, &page)?;
    world.out.write_all(text.as_bytes())?;
    world.out.flush()?;
    Ok(Exit::Done)
}

fn role(args: &Args, kind: &Kind) -> Result<As> {
    let read = match args.account.role {
        None => kind.usual(),
        Some(Role::Cache) => As::Cache,
        Some(Role::Origin) => As::Origin,
    };
    if read == As::Origin && kind.origin.is_none() {
        let text = format!("{} is a cache and no origin", kind.name);
        return Err(usage("account-role", text, "leave `--as origin` out").into());
    }
    Ok(read)
}

/// Bytes that the decision model adds to a value of this service.
fn beside(catalog: &Catalog, kind: &Kind, known: &Known) -> Beside {
    use rust_decimal::Decimal;
    use rust_decimal::prelude::ToPrimitive as _;
    let service = catalog.service(&kind.now.service);
    let wanted = known.engine.as_ref().or(kind.now.variant.as_ref());
    let variant = service.and_then(|s| {
        let same = s.variants.iter().find(|v| v.id.as_ref() == wanted);
        same.or(s.variants.first())
    });
    // The default length of a key.
    let key = crate::domain::profile::Profile::blank().data.key_size;
    let item = variant.map_or(Decimal::ZERO, |v| v.facts.item(Decimal::ZERO, key));
    Beside {
        item: item.to_f64().unwrap_or_default(),
    }
}

/// The engine that only one protocol can be.
fn learn_engine(kind: &Kind, found: &Derived, known: &mut Known) {
    let spoken = found
        .fields
        .iter()
        .find(|f| f.path == "requirements.protocol");
    let Some(Reading::Word(spoken)) = spoken.map(|f| &f.value) else {
        return;
    };
    let fitting: Vec<&String> = (kind.engines.iter())
        .filter(|(_, protocol)| *protocol == spoken)
        .map(|(engine, _)| engine)
        .collect();
    if let ([only], None) = (fitting.as_slice(), &known.engine) {
        known.engine = Some((*only).clone());
    }
}

/// What stands behind a cache tells how long a miss takes.
fn beside_it(found: &mut Derived, behind: &Wanted<'_>, answers: &Answers) {
    let series = answers.of(&behind.target());
    let Some(data) = Data::new(behind.kind, &series, &behind.known) else {
        return;
    };
    let origin = derive(&data, As::Origin, &behind.known, Beside { item: 0.0 });
    let latency = origin
        .fields
        .into_iter()
        .find(|f| f.path == "origin.latency");
    found.fields.extend(latency);
}

fn no_data(args: &Args, main: &Wanted<'_>, answers: &Answers) -> Failure {
    let text = format!(
        "no data in {} days for {}:{}",
        args.account.days, main.kind.id, main.id
    );
    let mut there = answers.ids(main.kind);
    there.extend(main.there.iter().cloned());
    let there: Vec<&str> = there.iter().map(String::as_str).collect();
    let help = if let Some((label, status)) = answers.refused.first() {
        format!("CloudWatch answered {status} to {label}")
    } else if there.is_empty() {
        format!(
            "see which ids there are: `aws cloudwatch list-metrics --namespace {}`, dimension {}",
            main.kind.namespace, main.kind.dimension
        )
    } else {
        format!("there are values of {}", one_of(&there))
    };
    Failure::new(Exit::BadInput, "account-no-data", text).help(help)
}

fn notes(wanted: &[Wanted<'_>], answers: &Answers, known: &Known) -> Vec<String> {
    let mut out = Vec::new();
    let others = answers.others(&targets(wanted));
    if others > 0 {
        out.push(format!("{others} series of something else were ignored."));
    }
    if answers.dropped > 0 {
        out.push(format!(
            "{} values that cannot be one were dropped.",
            answers.dropped
        ));
    }
    for (label, status) in &answers.refused {
        out.push(format!(
            "CloudWatch answered {status} to {label}: it is missing, not zero."
        ));
    }
    let main = &wanted[0];
    if !main.kind.engines.is_empty() && known.engine.is_none() {
        out.push(format!(
            "The engine is not known: say it with --engine, or add --inventory with what `{}` writes.",
            main.kind.find
        ));
    }
    let by_node = |line: &NowLine| line.reckon == Reckon::NodeHours;
    if main.kind.now.lines.iter().any(by_node)
        && (known.node_type.is_none() || known.nodes.is_none())
    {
        out.push(format!(
            "The nodes are not known: say them with --node-type and --nodes, or add --inventory with what `{}` writes.",
            main.kind.find
        ));
    }
    out
}

/// What the decision says of the profile.
struct Answer {
    /// In one sentence.
    headline: String,
    /// Code and text, where its model reckons otherwise than the metrics.
    caution: Option<(&'static str, String)>,
}

/// The answer on this profile beside what is paid, and whether the model reckons as the metrics do.
fn decided(
    text: &str,
    catalog: &Catalog,
    book: &PriceBook,
    bill: &bill::Bill,
    used: &[now::Used],
) -> Result<Answer> {
    let resolved = crate::workload::load(text, &[], catalog).map_err(|invalid| {
        let said: Vec<String> = invalid.problems.iter().map(|p| p.message.clone()).collect();
        anyhow::anyhow!("the metrics make no profile: {}", said.join("; "))
    })?;
    let options = Facts {
        free_tier: true,
        strict_facts: false,
    };
    let engine = Engine::new(catalog, book, options, &resolved.profile);
    let decision = engine.decide(&resolved.profile);
    let own = decision
        .candidates
        .iter()
        .find(|c| c.pick.service == bill.service && c.pick.variant == bill.variant);
    let mut caution = None;
    for one in used.iter().filter(|u| u.model) {
        let lines = own.iter().flat_map(|c| &c.lines);
        let model: rust_decimal::Decimal = lines
            .filter(|l| l.meter == one.meter)
            .map(|l| l.quantity)
            .sum();
        caution = differs(one, model);
    }
    let mut headline = words::headline(&resolved.profile, &decision);
    if let Some(beside) = saves(&decision, bill) {
        headline = format!("{headline} {beside}");
    }
    Ok(Answer { headline, caution })
}

/// What the answer costs beside what is paid now; nothing where one of the two is not known.
fn saves(decision: &Decision, bill: &bill::Bill) -> Option<String> {
    let best = decision
        .best
        .filter(|_| decision.outcome == Outcome::Recommended)?;
    let best = decision.candidates.get(best)?;
    let same = best.pick.service == bill.service;
    let cost = best.cost.as_ref()?.expected;
    if same || cost.incomplete || !bill.is_complete() || bill.ends[0] != bill.ends[1] {
        return None;
    }
    let now = bill.ends[0].0;
    Some(if cost.known.0 < now {
        format!(
            "That is {} a month less than what runs now.",
            show::dollars(Usd(now - cost.known.0))
        )
    } else {
        format!(
            "What runs now costs {} a month less.",
            show::dollars(Usd(cost.known.0 - now))
        )
    })
}

fn differs(one: &now::Used, model: rust_decimal::Decimal) -> Option<(&'static str, String)> {
    use rust_decimal::prelude::ToPrimitive as _;
    let measured = *one.quantity.as_ref().ok()?;
    let model = model.to_f64().filter(|m| *m > 0.0)?;
    let apart = (measured / model - 1.0).abs();
    (apart > 0.2).then(|| {
        let text = format!(
            "{}: {measured:.0} a month were measured, the model of the decision has {model:.0}",
            one.meter
        );
        ("model-differs", text)
    })
}

fn shown(format: ReportFormat, page: &Page<'_>) -> Result<String> {
    Ok(match format {
        ReportFormat::Text => show::text(page),
        ReportFormat::Markdown => show::markdown(page),
        ReportFormat::Json => format!("{}\n", serde_json::to_string_pretty(&show::json(page))?),
        ReportFormat::Html => {
            let help = "use `--report markdown`, or write the profile with -o and `recommend` it with `-f html`";
            return Err(usage("measure-arguments", "metrics have no page", help).into());
        }
    })
}
