//! `cachewright prices`: show, refresh, compare and check the prices the tool stands on.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Subcommand;
use rust_decimal::Decimal;

use super::source::Wanted;
use super::{books, input, output};
use crate::analysis::price_change;
use crate::book;
use crate::cli::args::{Format, Global, Lookup};
use crate::decide;
use crate::domain::catalog::Catalog;
use crate::domain::money::plain;
use crate::domain::price::{GLOBAL, PriceBook, Tier};
use crate::embedded;
use crate::exit::{Exit, Failure};
use crate::prices::cache::Cache;
use crate::prices::list::Cause;
use crate::prices::obtain::{Obtained, by_reason};
use crate::prices::{overlay, sanity};
use crate::report::sections::Table;
use crate::report::text::grid;
use crate::text::{plural, short};
use crate::world::World;

/// What `-f` takes.
const FORMS: &[(Format, &str)] = &[
    (Format::Text, "For a terminal"),
    (Format::Json, "For programs: a price book"),
];

/// Arguments of `prices`.
#[derive(clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// The subcommands.
#[derive(Subcommand)]
pub enum Action {
    /// List unit prices with their origin and date.
    Show(Show),
    /// Write a new snapshot into a directory, from the price list.
    Refresh(Refresh),
    /// Compare two price books key by key; with profiles, say whose answer flips.
    Diff(Diff),
    /// Test a price book for holes and implausible prices, or the selectors against AWS.
    Check(Check),
}

/// Arguments of `prices show`.
#[derive(clap::Args)]
pub struct Show {
    /// Regions, or `global`; all by default.
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Services; all by default.
    #[arg(long, value_name = "SERVICE")]
    pub service: Vec<String>,
    /// Where unit prices come from.
    #[arg(
        long,
        value_name = "snapshot|live|public|file:PATH",
        default_value = "snapshot",
        help_heading = "Prices"
    )]
    pub prices: String,
    /// Refuse stale or incomplete prices (exit 4).
    #[arg(long, help_heading = "Prices")]
    pub strict: bool,
    /// Form of the result.
    #[arg(short, long, value_parser = Format::of(FORMS))]
    pub format: Option<Format>,
    /// Look-up.
    #[command(flatten)]
    pub lookup: Lookup,
}

/// Arguments of `prices refresh`.
#[derive(clap::Args)]
pub struct Refresh {
    /// Directory of snapshots; the new one is named by its date.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Which price list: `live` needs an account, `public` does not.
    #[arg(long, value_name = "live|public", default_value = "public")]
    pub from: String,
    /// Regions; all by default.
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Services; all by default.
    #[arg(long, value_name = "SERVICE")]
    pub service: Vec<String>,
    /// Overwrite a snapshot of the same date.
    #[arg(long)]
    pub force: bool,
    /// Look-up.
    #[command(flatten)]
    pub lookup: Lookup,
}

/// Arguments of `prices diff`.
#[derive(clap::Args)]
pub struct Diff {
    /// First book: `snapshot`, `live`, `public`, `file:PATH` or a path.
    #[arg(value_name = "A")]
    pub before: String,
    /// Second book.
    #[arg(value_name = "B")]
    pub after: String,
    /// Profiles whose answer is compared; a flip exits 5.
    #[arg(value_name = "PROFILE")]
    pub profiles: Vec<PathBuf>,
    /// Regions; all by default.
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Services; all by default.
    #[arg(long, value_name = "SERVICE")]
    pub service: Vec<String>,
    /// Do not apply the always-free allowances to the profiles.
    #[arg(long, help_heading = "Prices")]
    pub no_free_tier: bool,
    /// Look-up.
    #[command(flatten)]
    pub lookup: Lookup,
}

/// Arguments of `prices check`.
#[derive(clap::Args)]
pub struct Check {
    /// Book: `snapshot`, `file:PATH` or a path.
    #[arg(value_name = "BOOK", default_value = "snapshot")]
    pub book: String,
    /// Try every selector against the Query API, with the account that is signed in.
    #[arg(long, conflicts_with = "public")]
    pub live: bool,
    /// Try every selector against the public files.
    #[arg(long)]
    pub public: bool,
    /// Regions of the trial; us-east-1, eu-west-1 and ap-northeast-1 by default.
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Services of the trial; all by default.
    #[arg(long, value_name = "SERVICE")]
    pub service: Vec<String>,
    /// Look-up.
    #[command(flatten)]
    pub lookup: Lookup,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let catalog = input::catalog(global, world)?;
    match &args.action {
        Action::Show(args) => show(args, &catalog, world),
        Action::Refresh(args) => refresh(args, &catalog, world),
        Action::Diff(args) => compare(args, &catalog, world),
        Action::Check(args) => check(args, &catalog, world),
    }
}

// ---- what the subcommands share ----

fn check_names(regions: &[String], services: &[String], catalog: &Catalog) -> Result<()> {
    for code in regions.iter().filter(|code| *code != GLOBAL) {
        input::region(catalog, code)?;
    }
    for id in services {
        let (service, _) = input::priced_service(catalog, id)?;
        // Books are kept by id, so a common name would narrow them to nothing.
        if service.id != *id {
            let message = format!("`{}` is a common name of `{}`", short(id), service.id);
            let failure = Failure::new(Exit::Usage, "price-service", message);
            return Err(failure
                .help(format!("write --service {}", service.id))
                .into());
        }
    }
    Ok(())
}

fn or_all(regions: &[String], catalog: &Catalog) -> Vec<String> {
    let asked: Vec<String> = regions.iter().filter(|r| *r != GLOBAL).cloned().collect();
    if regions.is_empty() {
        catalog.regions.iter().map(|r| r.code.clone()).collect()
    } else {
        asked
    }
}

/// The tables and keys that were asked for.
fn narrowed(mut book: PriceBook, regions: &[String], services: &[String]) -> PriceBook {
    let service_of = |key: &str| key.split('/').next().unwrap_or_default().to_owned();
    book.regions.retain(|region, _| {
        regions.is_empty() || regions.contains(region) || (region == GLOBAL && !services.is_empty())
    });
    for table in book.regions.values_mut() {
        table
            .0
            .retain(|(key, _)| services.is_empty() || services.contains(&service_of(key)));
    }
    book.regions.retain(|_, table| !table.0.is_empty());
    book
}

fn tiers(tiers: &[Tier], currency: &str) -> String {
    let sign = if currency == "USD" {
        "$".to_owned()
    } else {
        format!("{currency} ")
    };
    let one = |t: &Tier| {
        if t.from.is_zero() {
            format!("{sign}{}", plain(t.price))
        } else {
            format!("{sign}{} from {}", plain(t.price), plain(t.from))
        }
    };
    tiers.iter().map(one).collect::<Vec<_>>().join(", ")
}

// ---- show ----

fn show(args: &Show, catalog: &Catalog, world: &mut World<'_>) -> Result<Exit> {
    check_names(&args.region, &args.service, catalog)?;
    let wanted = books::Wanted {
        prices: &args.prices,
        strict: args.strict,
        services: args.service.clone(),
        regions: or_all(&args.region, catalog),
    };
    let book = narrowed(
        books::get(wanted, &args.lookup, catalog, world)?.book,
        &args.region,
        &args.service,
    );
    let text = match args.format.unwrap_or(Format::Text) {
        Format::Json => book::write(&book)?,
        _ => listing(&book, catalog, world.terminal.width),
    };
    output::print(&text, world)?;
    Ok(Exit::Done)
}

fn listing(book: &PriceBook, catalog: &Catalog, width: usize) -> String {
    let mut out = format!("Prices: {}, {}\n", book.dated(), book.currency);
    for (region, table) in &book.regions {
        let rows = table.0.iter().map(|(key, schedule)| {
            let service = key.split('/').next().unwrap_or_default();
            let meter = key.rsplit('/').next().unwrap_or_default();
            let source = book.sources.get(usize::from(schedule.source));
            let off = schedule.discount.map_or(String::new(), |d| {
                format!(" ({} % off)", plain((d * Decimal::ONE_HUNDRED).round_dp(2)))
            });
            vec![
                key.clone(),
                format!("{}{off}", tiers(&schedule.tiers, &book.currency)),
                decide::prices::unit_of(catalog, service, meter).to_owned(),
                source.map_or(String::new(), |s| book.dated_source(s)),
            ]
        });
        let head = vec![
            ("Meter", false),
            ("Price", false),
            ("Per", false),
            ("As of", false),
        ];
        let _ = write!(
            out,
            "\n{region}\n{}\n",
            grid(
                &Table {
                    head,
                    rows: rows.collect()
                },
                width
            )
        );
    }
    out
}

// ---- refresh ----

fn refresh(args: &Refresh, catalog: &Catalog, world: &mut World<'_>) -> Result<Exit> {
    check_names(&args.region, &args.service, catalog)?;
    if !["live", "public"].contains(&args.from.as_str()) {
        return Err(Failure::new(
            Exit::Usage,
            "prices-mode",
            format!("`{}` is not a price list", args.from),
        )
        .help("use `--from live` or `--from public`")
        .into());
    }
    if !args.output.is_dir() {
        let text = format!("`{}` is not a directory", args.output.display());
        return Err(Failure::new(Exit::Usage, "prices-directory", text)
            .help("name the directory of snapshots, such as catalog/prices")
            .into());
    }
    let snapshot = embedded::prices()?;
    let wanted = books::Wanted {
        prices: &args.from,
        strict: false,
        services: args.service.clone(),
        regions: or_all(&args.region, catalog),
    };
    let mut request = books::request(wanted, &args.lookup, catalog, &snapshot, world)?;
    request.refresh = true;
    request.discounts.clear();
    let obtained = books::with_progress(&request, world)?;
    all_answered(&obtained)?;
    let day = request.now.strftime("%Y-%m-%d").to_string();
    let path = args.output.join(format!("{day}.json"));
    let book = overlay::prune(obtained.book);
    output::to_file(book::write(&book)?.as_bytes(), &path, args.force)?;
    for note in &obtained.notes {
        writeln!(world.err, "note: {note}")?;
    }
    let changes = price_change::changes(&snapshot, &book);
    writeln!(
        world.out,
        "{}: {} prices differ from the snapshot of {}",
        path.display(),
        changes.len(),
        snapshot.as_of
    )?;
    Ok(Exit::Done)
}

/// A refresh that lacks a list writes nothing.
fn all_answered(obtained: &Obtained) -> Result<()> {
    let Some(worst) = obtained.unread.iter().min_by_key(|u| u.why.cause) else {
        return Ok(());
    };
    let (exit, code, help) = match worst.why.cause {
        Cause::Credentials => (
            Exit::Credentials,
            "price-credentials",
            "sign in to AWS, or use the public price list, which needs no account",
        ),
        Cause::Network | Cause::Answer => (Exit::Prices, "prices-unavailable", "try again later"),
    };
    let count = plural(obtained.unread.len(), "price list");
    Err(Failure::new(
        exit,
        code,
        format!(
            "{count} could not be read: {}: {}",
            worst.list, worst.why.message
        ),
    )
    .help(help)
    .into())
}

// ---- diff ----

fn load(
    name: &str,
    regions: &[String],
    args: &Diff,
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<PriceBook> {
    let known = ["snapshot", "live", "public"].contains(&name) || name.starts_with("file:");
    let prices = if known {
        name.to_owned()
    } else {
        format!("file:{name}")
    };
    let wanted = books::Wanted {
        prices: &prices,
        strict: false,
        services: args.service.clone(),
        regions: or_all(regions, catalog),
    };
    Ok(narrowed(
        books::get(wanted, &args.lookup, catalog, world)?.book,
        &args.region,
        &[],
    ))
}

fn compare(args: &Diff, catalog: &Catalog, world: &mut World<'_>) -> Result<Exit> {
    check_names(&args.region, &args.service, catalog)?;
    let profiles = args
        .profiles
        .iter()
        .map(|p| {
            let wanted = Wanted::file(p, &[]);
            let resolved = wanted.load(catalog, world)?;
            Ok((wanted.words, resolved))
        })
        .collect::<Result<Vec<_>>>()?;
    let before = load(&args.before, &args.region, args, catalog, world)?;
    let after = load(&args.after, &args.region, args, catalog, world)?;
    if before.currency != after.currency {
        let text = format!(
            "the first book is in {}, the second in {}",
            before.currency, after.currency
        );
        return Err(Failure::new(Exit::Usage, "prices-currency", text)
            .help("compare books of one currency")
            .into());
    }
    if !profiles.is_empty() {
        books::in_dollars(&before)?;
    }
    let changes = price_change::changes(
        &narrowed(before.clone(), &[], &args.service),
        &narrowed(after.clone(), &[], &args.service),
    );
    let mut text = change_table(&changes, &before.currency, world.terminal.width);
    let options = decide::Options {
        free_tier: !args.no_free_tier,
        ..decide::Options::default()
    };
    let mut flips = 0;
    for (name, resolved) in &profiles {
        let old = price_change::answer(catalog, &before, options, &resolved.profile);
        let new = price_change::answer(catalog, &after, options, &resolved.profile);
        if old == new {
            let _ = writeln!(text, "{name}: {old} with both");
        } else {
            flips += 1;
            let _ = writeln!(text, "{name}: flips from {old} to {new}");
        }
    }
    output::print(&text, world)?;
    Ok(if flips > 0 { Exit::Gate } else { Exit::Done })
}

fn change_table(changes: &[price_change::Change], currency: &str, width: usize) -> String {
    let tiers = |t: &[Tier]| tiers(t, currency);
    if changes.is_empty() {
        return "no price differs\n".to_owned();
    }
    let none = || "none".to_owned();
    let rows = changes.iter().map(|c| {
        let percent = c.percent().map(|p| p.round_dp(1));
        let sign = if percent.is_some_and(|p| p > Decimal::ZERO) {
            "+"
        } else {
            ""
        };
        vec![
            c.region.clone(),
            c.key.clone(),
            c.before.as_deref().map_or_else(none, tiers),
            c.after.as_deref().map_or_else(none, tiers),
            percent.map_or(String::new(), |p| format!("{sign}{} %", plain(p))),
        ]
    });
    let head = vec![
        ("Region", false),
        ("Meter", false),
        ("Before", false),
        ("After", false),
        ("Change", true),
    ];
    let table = grid(
        &Table {
            head,
            rows: rows.collect(),
        },
        width,
    );
    format!("{table}\n\n{} changed\n", plural(changes.len(), "price"))
}

// ---- check ----

fn check(args: &Check, catalog: &Catalog, world: &mut World<'_>) -> Result<Exit> {
    check_names(&args.region, &args.service, catalog)?;
    if args.live || args.public {
        return try_selectors(args, catalog, world);
    }
    let snapshot = embedded::prices()?;
    let book = match args.book.as_str() {
        "snapshot" => snapshot.clone(),
        other => input::file_book(Path::new(other.strip_prefix("file:").unwrap_or(other)))?,
    };
    let findings = sanity::check(&book, &snapshot);
    for finding in &findings {
        writeln!(
            world.out,
            "{}: {}: {}",
            finding.region, finding.key, finding.text
        )?;
    }
    let prices: usize = book.regions.values().map(|t| t.0.len()).sum();
    writeln!(
        world.out,
        "{prices} prices in {} tables, {}",
        book.regions.len(),
        plural(findings.len(), "finding")
    )?;
    Ok(if findings.is_empty() {
        Exit::Done
    } else {
        Exit::Prices
    })
}

/// Asks the price list for every meter and says what was not exact; nothing is cached or replaced.
fn try_selectors(args: &Check, catalog: &Catalog, world: &mut World<'_>) -> Result<Exit> {
    let snapshot = embedded::prices()?;
    let default = ["us-east-1", "eu-west-1", "ap-northeast-1"].map(str::to_owned);
    let regions = if args.region.is_empty() {
        default.to_vec()
    } else {
        or_all(&args.region, catalog)
    };
    let wanted = books::Wanted {
        prices: if args.live { "live" } else { "public" },
        strict: false,
        services: args.service.clone(),
        regions,
    };
    let mut request = books::request(wanted, &args.lookup, catalog, &snapshot, world)?;
    request.refresh = true;
    request.partial = true;
    request.cache = Cache::new(None);
    let obtained = books::with_progress(&request, world)?;
    for mismatch in &obtained.mismatches {
        writeln!(world.out, "{mismatch}")?;
    }
    for (reason, lists) in by_reason(&obtained.unread) {
        writeln!(world.out, "not asked: {}\n  {reason}", lists.join(", "))?;
    }
    let found = obtained.book.sources.len() - snapshot.sources.len();
    let exact: usize = obtained
        .book
        .regions
        .values()
        .flat_map(|t| &t.0)
        .filter(|(_, s)| usize::from(s.source) >= snapshot.sources.len())
        .count();
    writeln!(
        world.out,
        "{exact} prices found exactly in {found} answers, {} not exact, {} lists not read",
        obtained.mismatches.len(),
        obtained.unread.len()
    )?;
    let mut causes = obtained.unread.iter().map(|u| u.why.cause);
    if causes.any(|cause| cause == Cause::Credentials) {
        return Ok(Exit::Credentials);
    }
    let good = obtained.mismatches.is_empty() && obtained.unread.is_empty();
    Ok(if good { Exit::Done } else { Exit::Prices })
}
