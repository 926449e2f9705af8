//! `recommend --interactive`: the report with the engine inside, so that it can be asked again without the program.

use anyhow::{Result, anyhow};

use super::Args;
use crate::cli::args::{Format, Global};
use crate::cli::gates::{Gates, worst};
use crate::cli::session::{self, Look};
use crate::cli::source::Wanted;
use crate::domain::catalog::Catalog;
use crate::engine::{self, packed};
use crate::exit::{Exit, Failure};
use crate::report::given::Given;
use crate::report::html::live::Blocks;
use crate::whatif::{Asked, Carried, Page, What};
use crate::workload::Resolved;
use crate::world::World;

/// Decides, and writes the page.
pub(super) fn run(
    args: &Args,
    form: Format,
    gates: &Gates,
    global: &Global,
    catalog: Catalog,
    world: &mut World<'_>,
) -> Result<Exit> {
    if form != Format::Html {
        let message = "an interactive report is a page";
        let failure = Failure::new(Exit::Usage, "form-unknown", message);
        return Err(failure.help("say -f html, or -o report.html").into());
    }
    let engine = engine::block()?;
    if args.profiles.len() > 1 {
        return Err(super::tables::one_profile().into());
    }
    let (mut loaded, _) = super::load(args, &catalog, world)?;
    let (wanted, resolved) = loaded.pop().ok_or_else(super::tables::one_profile)?;
    // The snapshot has the prices of every Region, which the page lets people choose.
    let profiles = [resolved.profile.clone()];
    let looked_up = args.money.prices != "snapshot";
    let profiles = if looked_up { &profiles[..] } else { &[] };
    let session = session::open(catalog, &args.money, args.strict_facts, profiles, world)?;
    let asked = Given {
        only: args.only.clone(),
        ..session.asked
    };
    let carried = carried(args, global, &wanted, &resolved, asked, session.notes);
    let [catalog, prices] = [
        packed(&postcard::to_stdvec(&session.catalog)?)?,
        packed(&postcard::to_stdvec(&session.book)?)?,
    ];
    let page = Page::new(session.catalog, session.book, carried).map_err(|e| anyhow!(e))?;
    let report = page
        .ask(&Asked::default(), What::Json)
        .map_err(|e| anyhow!(e))?;
    let blocks = Blocks {
        engine,
        catalog,
        prices,
        report: packed(report.as_bytes())?,
    };
    let resolved = page.resolve(&[]).map_err(|e| anyhow!(e))?;
    let decided = page.decide(resolved, &[], Look::Everything);
    args.output.write(&page.live(&decided, blocks)?, world)?;
    let (verdicts, exits) = gates.judge(std::slice::from_ref(&decided));
    super::tell(&verdicts, false, world)?;
    Ok(worst(exits.into_iter()))
}

/// The question as it was put.
fn carried(
    args: &Args,
    global: &Global,
    wanted: &Wanted,
    resolved: &Resolved,
    asked: Given,
    notes: Vec<String>,
) -> Carried {
    let text = resolved.source.get(..resolved.file).unwrap_or_default();
    Carried {
        profile: text.to_owned(),
        overrides: wanted.overrides.clone(),
        name: wanted.stem(),
        words: wanted.options.clone(),
        sets: args.sets.clone(),
        file: wanted.file.clone(),
        options: super::options(args, global),
        asked,
        notes,
    }
}
