//! What `recommend` prints instead of a report: Regions, choices, profiles side by side, growth.

use anyhow::Result;

use super::Args;
use crate::cli::args::Format;
use crate::cli::session::{self, Decided, Look};
use crate::cli::{choices, compare, regions};
use crate::domain::catalog::Catalog;
use crate::domain::profile::Profile;
use crate::exit::{Exit, Failure};
use crate::report::sections;
use crate::report::text::{self, Layout};
use crate::report::view::View;
use crate::report::{Report, markdown};
use crate::world::World;

/// A table in the place of a report.
pub(super) enum Table {
    Regions,
    Choices(choices::Choices),
    Compare,
}

/// The table that was asked for; none is a report.
pub(super) fn asked(args: &Args) -> Result<Option<Table>> {
    if !args.regions.is_empty() {
        return Ok(Some(Table::Regions));
    }
    if args.compare {
        return Ok(Some(Table::Compare));
    }
    match args.sweep.as_slice() {
        [axis] => Ok(choices::axis(axis)?.map(Table::Choices)),
        _ => Ok(None),
    }
}

impl Table {
    /// Decides and prints.
    pub(super) fn print(
        &self,
        args: &Args,
        catalog: Catalog,
        world: &mut World<'_>,
    ) -> Result<Exit> {
        match self {
            Self::Regions => by_region(args, catalog, world),
            Self::Choices(axis) => by_choice(axis, args, catalog, world),
            Self::Compare => side_by_side(args, catalog, world),
        }
    }
}

/// The growth of one profile, for people; programs and pages have it in the report.
pub(super) fn grown(reports: &[Report<'_>], form: Format, layout: Layout) -> Option<String> {
    let [report] = reports else {
        return None;
    };
    let section = sections::grown(&View::new(report))?;
    let mut out = String::new();
    match form {
        Format::Text => text::render_section(&mut out, &section, layout),
        Format::Markdown => markdown::render_folded(&mut out, &section, false),
        _ => return None,
    }
    Some(out)
}

/// `--regions`.
fn by_region(args: &Args, catalog: Catalog, world: &mut World<'_>) -> Result<Exit> {
    let form = args.output.form(args.format, regions::FORMS)?;
    let others = [
        ("--sweep", !args.sweep.is_empty()),
        ("--growth", args.growth.is_some()),
        ("--compare", args.compare),
    ];
    let wanted = args
        .source
        .wanted(&args.profiles, &args.sets, &catalog, world)?;
    regions::alone(wanted.len(), &others)?;
    let Some(one) = wanted.first() else {
        return Ok(Exit::Done);
    };
    let stand = (catalog, &args.money, args.strict_facts);
    let layout = args.output.layout(world);
    let table = regions::render(one, &args.regions, stand, form, layout, world)?;
    args.output.write(&table, world)?;
    Ok(Exit::Done)
}

/// `--sweep` over words.
fn by_choice(
    axis: &choices::Choices,
    args: &Args,
    catalog: Catalog,
    world: &mut World<'_>,
) -> Result<Exit> {
    let form = args.output.form(args.format, choices::FORMS)?;
    let wanted = args
        .source
        .wanted(&args.profiles, &args.sets, &catalog, world)?;
    let [one] = wanted.as_slice() else {
        return Err(one_profile().into());
    };
    let stand = (catalog, &args.money, args.strict_facts);
    let layout = args.output.layout(world);
    let table = choices::render(axis, one, stand, form, layout, world)?;
    args.output.write(&table, world)?;
    Ok(Exit::Done)
}

/// What looks at one profile got several.
pub(super) fn one_profile() -> Failure {
    let message = "`--sweep` and `--growth` look at one profile";
    Failure::new(Exit::Usage, "what-if-profiles", message).help("give one profile")
}

/// `--compare`.
fn side_by_side(args: &Args, catalog: Catalog, world: &mut World<'_>) -> Result<Exit> {
    let form = args.output.form(args.format, compare::FORMS)?;
    let wanted = args
        .source
        .wanted(&args.profiles, &args.sets, &catalog, world)?;
    let wanted = compare::sides(wanted, &args.sides)?;
    let mut loaded = Vec::new();
    for one in &wanted {
        loaded.push((one.words.clone(), one.load(&catalog, world)?));
    }
    let profiles: Vec<Profile> = loaded.iter().map(|(_, r)| r.profile.clone()).collect();
    let session = session::open(catalog, &args.money, args.strict_facts, &profiles, world)?;
    let decided = loaded.into_iter();
    let decided: Vec<Decided> = decided
        .map(|(words, resolved)| session.decide(words, resolved, Look::Outlook))
        .collect();
    let reports: Vec<Report<'_>> = decided.iter().map(|d| d.report(&session, &[])).collect();
    let table = compare::render(&reports, form, args.output.layout(world))?;
    args.output.write(&table, world)?;
    Ok(Exit::Done)
}
