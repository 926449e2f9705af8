//! `cachewright price`: raw quantities of meters, priced line by line.

use std::fmt::Write as _;

use anyhow::Result;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{books, input, output};
use crate::cli::args::{Format, Global, Money, Output};
use crate::decide::prices::{self, Entry};
use crate::domain::catalog::{Catalog, Meter, Service, Variant};
use crate::domain::decision::LineItem;
use crate::domain::money::{Usd, plain};
use crate::domain::price::PriceBook;
use crate::domain::profile::{Geo, Word};
use crate::domain::units::{Quantity as _, Share};
use crate::exit::{Exit, Failure};
use crate::report::json::{LineRow, line};
use crate::report::sections::Table;
use crate::report::text::{Layout, grid};
use crate::services::{Allowance, SERVICES};
use crate::text::{meant, one_of};
use crate::world::World;

/// What `-f` takes.
const FORMS: &[(Format, &str)] = &[
    (Format::Text, "For a terminal"),
    (Format::Json, "For programs"),
    (Format::Csv, "One row per line item"),
];

/// Arguments of `price`.
#[derive(clap::Args)]
pub struct Args {
    /// Service, such as `dynamodb` or `network`.
    #[arg(value_name = "SERVICE")]
    pub service: Option<String>,
    /// Quantities, such as `read-request-units=8M`; k, M and B are thousands, millions, billions.
    #[arg(value_name = "METER=NUMBER")]
    pub quantities: Vec<String>,
    /// Variant, such as `valkey` or `standard-ia`; the first one by default.
    #[arg(long)]
    pub variant: Option<String>,
    /// AWS Region; may be left out for CloudFront.
    #[arg(long)]
    pub region: Option<String>,
    /// List the meters with their units.
    #[arg(long)]
    pub list_meters: bool,
    /// Form of the result.
    #[arg(short, long, value_parser = Format::of(FORMS))]
    pub format: Option<Format>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Prices.
    #[command(flatten)]
    pub money: Money,
}

/// The contract of `price -f json`.
#[derive(Serialize)]
pub(super) struct Json {
    schema: &'static str,
    service: String,
    variant: Option<String>,
    region: Option<String>,
    line_items: Vec<LineRow>,
    total: String,
    complete: bool,
    cautions: Vec<String>,
}

/// The bill of one service.
struct Bill {
    items: Vec<LineItem>,
    cautions: Vec<String>,
}

/// A bill with what it is for.
pub(super) struct Priced<'c> {
    service: &'c Service,
    variant: Option<&'c Variant>,
    region: String,
    bill: Bill,
    book: PriceBook,
}

impl Priced<'_> {
    /// For programs; `region` as it was asked for.
    pub(super) fn json(&self, region: Option<&str>) -> Json {
        Json {
            schema: "cachewright/price/v1",
            service: self.service.id.clone(),
            variant: self.variant.and_then(|v| v.id.clone()),
            region: region.map(str::to_owned),
            line_items: (self.bill.items.iter())
                .map(|i| line(&self.book, i))
                .collect(),
            total: self.bill.total().plain(),
            complete: self.bill.missing().is_empty(),
            cautions: self.bill.cautions.clone(),
        }
    }
}

impl Bill {
    fn total(&self) -> Usd {
        self.items.iter().filter_map(|i| i.cost).sum()
    }

    fn missing(&self) -> Vec<&str> {
        self.items
            .iter()
            .filter(|i| i.cost.is_none() && !i.quantity.is_zero())
            .map(|i| i.meter.as_str())
            .collect()
    }
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let catalog = input::catalog(global, world)?;
    let Some(id) = &args.service else {
        return list(
            args,
            catalog.services.iter().filter(|s| !s.meters.is_empty()),
            world,
        );
    };
    let (service, named) = input::priced_service(&catalog, id)?;
    if args.list_meters {
        return list(args, std::iter::once(service), world);
    }
    let variant = args.variant.as_deref().or(named);
    price(args, service, variant, &catalog, world)
}

/// Prices the quantities of one service.
fn price(
    args: &Args,
    service: &Service,
    variant: Option<&str>,
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<Exit> {
    let priced = billed(args, service, variant, catalog, world)?;
    let rendered = render(args, &priced, world)?;
    args.output.write(&rendered, world)?;
    let (bill, region) = (&priced.bill, &priced.region);
    let missing = bill.missing();
    if !missing.is_empty() {
        let _ = writeln!(
            world.err,
            "no price is known for {} in {region}; the total is a lower bound",
            one_of(&missing)
        );
    }
    for caution in &bill.cautions {
        let _ = writeln!(world.err, "{caution}");
    }
    Ok(if args.money.strict && !missing.is_empty() {
        Exit::Prices
    } else {
        Exit::Done
    })
}

/// The bill of the quantities of one service.
pub(super) fn billed<'c>(
    args: &Args,
    service: &'c Service,
    variant: Option<&str>,
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<Priced<'c>> {
    if args.quantities.is_empty() {
        let id = &service.id;
        return Err(
            Failure::new(Exit::Usage, "price-no-meter", "no METER=NUMBER was given")
                .help(format!(
                    "list the meters with `cachewright price {id} --list-meters`"
                ))
                .into(),
        );
    }
    let wanted = books::Wanted {
        prices: &args.money.prices,
        strict: args.money.strict,
        services: vec![service.id.clone()],
        regions: args.region.iter().cloned().collect(),
    };
    let book = books::get(wanted, &args.money.lookup, catalog, world)?.book;
    books::in_dollars(&book)?;
    let variant = find_variant(service, variant)?;
    let region = region(args, service, catalog, &book)?;
    let wanted = args
        .quantities
        .iter()
        .map(|q| parse(q, service, catalog))
        .collect::<Result<Vec<_>>>()?;
    let mut bill = bill(
        service,
        variant,
        &region,
        &wanted,
        &book,
        !args.money.no_free_tier,
    );
    bill.cautions.extend(not_offered(catalog, variant, &wanted));
    Ok(Priced {
        service,
        variant,
        region,
        bill,
        book,
    })
}

fn find_variant<'c>(service: &'c Service, wanted: Option<&str>) -> Result<Option<&'c Variant>> {
    let known: Vec<&str> = service
        .variants
        .iter()
        .filter_map(|v| v.id.as_deref())
        .collect();
    let Some(wanted) = wanted else {
        return Ok(service.variants.first().filter(|v| v.id.is_some()));
    };
    match service
        .variants
        .iter()
        .find(|v| v.id.as_deref() == Some(wanted))
    {
        Some(variant) => Ok(Some(variant)),
        None if known.is_empty() => Err(Failure::new(
            Exit::Usage,
            "price-variant",
            format!("`{}` has no variants", service.id),
        )
        .into()),
        None => Err(Failure::new(
            Exit::Usage,
            "price-variant",
            format!("`{wanted}` is not a variant of `{}`", service.id),
        )
        .help(format!("variants are {}", one_of(&known)))
        .into()),
    }
}

fn region(args: &Args, service: &Service, catalog: &Catalog, book: &PriceBook) -> Result<String> {
    let prefix = format!("{}/", service.id);
    let global = book
        .regions
        .get(crate::domain::price::GLOBAL)
        .is_some_and(|t| t.0.iter().any(|(k, _)| k.starts_with(&prefix)));
    match &args.region {
        Some(code) => Ok(input::region(catalog, code)?.code.clone()),
        None if global => Ok(crate::domain::price::GLOBAL.to_owned()),
        None => Err(
            Failure::new(Exit::Usage, "price-region", "no Region was given")
                .help(format!(
                    "add `--region us-east-1`; prices of `{}` differ by Region",
                    service.id
                ))
                .into(),
        ),
    }
}

/// A meter id with its suffix, and a quantity.
struct Wanted<'c> {
    id: String,
    meter: &'c Meter,
    quantity: Decimal,
}

fn parse<'c>(text: &str, service: &'c Service, catalog: &Catalog) -> Result<Wanted<'c>> {
    let fail =
        |code, message: String, help: String| Failure::new(Exit::Usage, code, message).help(help);
    let Some((id, number)) = text.split_once('=') else {
        return Err(fail(
            "price-quantity",
            format!("`{text}` is not METER=NUMBER"),
            "for example `read-request-units=8M`".to_owned(),
        )
        .into());
    };
    let (stem, suffix) = id.split_once('.').map_or((id, None), |(s, x)| (s, Some(x)));
    let found = service
        .meters
        .iter()
        .find(|m| m.id == id || (m.per.is_some() && m.id == stem));
    let Some(meter) = found else {
        let known: Vec<&str> = service.meters.iter().map(|m| m.id.as_str()).collect();
        let near = meant(id, known.iter().copied());
        return Err(fail(
            "price-meter",
            format!("`{id}` is not a meter of `{}`{near}", service.id),
            format!("meters are {}", one_of(&known)),
        )
        .into());
    };
    check_suffix(meter, suffix, catalog)?;
    let quantity = quantity(number).ok_or_else(|| {
        fail(
            "price-quantity",
            format!("`{number}` is not a number"),
            "digits with an optional k, M or B, such as `8M`".to_owned(),
        )
    })?;
    Ok(Wanted {
        id: id.to_owned(),
        meter,
        quantity,
    })
}

fn check_suffix(meter: &Meter, suffix: Option<&str>, catalog: &Catalog) -> Result<()> {
    let geos: Vec<&str> = Geo::ALL.iter().map(|g| g.word()).collect();
    let good = match (meter.per.as_deref(), suffix) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some("geo"), Some(s)) => geos.contains(&s),
        (Some("region"), Some(s)) => catalog.region(s).is_some(),
        (Some(_), Some(s)) => !s.is_empty(),
    };
    if good {
        return Ok(());
    }
    let example = match meter.per.as_deref() {
        Some("geo") => format!("{}.GEO with GEO one of {}", meter.id, one_of(&geos)),
        Some("region") => format!("{}.us-east-1", meter.id),
        _ => format!("{}.TYPE, such as {}.dax.t3.small", meter.id, meter.id),
    };
    Err(Failure::new(
        Exit::Usage,
        "price-meter",
        format!("`{}` needs a suffix", meter.id),
    )
    .help(format!("write it as {example}"))
    .into())
}

/// Digits with an optional magnitude; exponents are read too.
fn quantity(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (digits, factor) = match text.chars().last()? {
        'k' => (&text[..text.len() - 1], 1_000u64),
        'M' => (&text[..text.len() - 1], 1_000_000),
        'B' => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let digits = digits.replace('_', "");
    let number = Decimal::from_str_exact(&digits)
        .or_else(|_| Decimal::from_scientific(&digits))
        .ok()?;
    let value = number.checked_mul(Decimal::from(factor))?;
    (value >= Decimal::ZERO && value <= Decimal::from(1_000_000_000_000_000_000u64))
        .then_some(value)
}

fn key(service: &Service, variant: Option<&Variant>, wanted: &Wanted<'_>) -> String {
    match variant
        .and_then(|v| v.id.as_deref())
        .filter(|_| wanted.meter.by_variant)
    {
        Some(v) => format!("{}/{v}/{}", service.id, wanted.id),
        None => format!("{}/{}", service.id, wanted.id),
    }
}

fn bill(
    service: &Service,
    variant: Option<&Variant>,
    region: &str,
    wanted: &[Wanted<'_>],
    book: &PriceBook,
    free_tier: bool,
) -> Bill {
    let plan = variant.filter(|v| !v.levels.is_empty());
    let (fee, caution) = plan.map_or((None, None), |plan| fee(service, plan, wanted));
    let mut entries: Vec<Entry<'_>> = fee.into_iter().collect();
    entries.extend(wanted.iter().map(|w| Entry {
        service: &service.id,
        meter: &w.id,
        unit: &w.meter.unit,
        key: match plan {
            // What the plan does not offer has no price with it, least of all zero.
            Some(plan) if plan.not_offered.iter().any(|n| n.meter == w.meter.id) => None,
            Some(_) => Some(key(service, None, w)),
            None => Some(key(service, variant, w)),
        },
        quantity: w.quantity,
        included: plan.is_some(),
    }));
    Bill {
        items: prices::bill(&entries, book, region, free_tier),
        cautions: caution.into_iter().collect(),
    }
}

/// A flat-rate plan prices to its fee; what it covers costs nothing more. Beyond its largest level a
/// caution goes with the fee.
fn fee<'c>(
    service: &'c Service,
    plan: &'c Variant,
    wanted: &[Wanted<'_>],
) -> (Option<Entry<'c>>, Option<String>) {
    let model = SERVICES.iter().find(|m| m.id() == service.id);
    let sum = |what: Allowance| -> Decimal {
        let counts =
            |w: &&Wanted<'_>| model.and_then(|m| m.counts_against(&w.meter.id)) == Some(what);
        wanted.iter().filter(counts).map(|w| w.quantity).sum()
    };
    let covering = plan.level(sum(Allowance::Requests), sum(Allowance::Transfer));
    let id = plan.id.as_deref().unwrap_or_default();
    let caution = covering.is_none().then(|| format!("the usage is beyond the allowance of the {id} plan; a plan has no overage price, AWS may throttle or ask for an upgrade"));
    let fee = covering.or(plan.levels.last()).map(|level| Entry {
        service: &service.id,
        meter: &level.meter,
        unit: "month",
        key: Some(format!("{}/{id}/{}", service.id, level.meter)),
        quantity: Decimal::ONE,
        included: false,
    });
    (fee, caution)
}

/// What was asked for and cannot be had with the variant, with the source that says so.
fn not_offered(catalog: &Catalog, variant: Option<&Variant>, wanted: &[Wanted<'_>]) -> Vec<String> {
    let rows = variant.map_or(&[][..], |v| &v.not_offered);
    let asked = |meter: &str| {
        wanted
            .iter()
            .any(|w| w.meter.id == meter && !w.quantity.is_zero())
    };
    rows.iter()
        .filter(|row| asked(&row.meter))
        .map(|row| {
            let cited: Vec<String> = row
                .sources
                .iter()
                .filter_map(|id| catalog.sources.get(usize::from(*id)))
                .map(|s| format!("{}, checked {}", s.url, s.checked))
                .collect();
            format!("`{}`: {} ({})", row.meter, row.text, cited.join("; "))
        })
        .collect()
}

fn render(args: &Args, priced: &Priced<'_>, world: &World<'_>) -> Result<String> {
    match args.output.form(args.format, FORMS)? {
        Format::Json => crate::report::json::to_string(&priced.json(args.region.as_deref())),
        Format::Csv => csv_text(&priced.bill),
        _ => Ok(text(priced, output::screen(world))),
    }
}

fn csv_text(bill: &Bill) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "meter",
        "quantity",
        "unit",
        "unit_price_usd",
        "cost_usd",
        "free_tier",
        "discount",
    ])?;
    for i in &bill.items {
        let price = i.unit_price.map_or(String::new(), plain);
        let cost = i.cost.map_or(String::new(), Usd::plain);
        writer.write_record([
            i.meter.as_str(),
            &plain(i.quantity),
            &i.unit,
            &price,
            &cost,
            &i.free.to_string(),
            &i.discount
                .map_or(String::new(), |d| Share::from_value(d).to_string()),
        ])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn text(priced: &Priced<'_>, layout: Layout) -> String {
    let Priced {
        service,
        variant,
        region,
        bill,
        book,
    } = priced;
    let name = variant
        .filter(|v| !v.name.is_empty())
        .map_or(service.name.as_str(), |v| v.name.as_str());
    let rows = bill.items.iter().map(|i| {
        let source = i.source.and_then(|s| book.sources.get(usize::from(s)));
        let from = match source {
            _ if i.free => "free or included".to_owned(),
            Some(s) => format!("{}{}", book.dated_source(s), i.off()),
            None => "no price known".to_owned(),
        };
        vec![
            i.meter.to_string(),
            format!(
                "{} {}",
                crate::domain::money::grouped(&plain(i.quantity)),
                i.unit
            ),
            i.unit_price
                .map_or("unknown".to_owned(), |p| format!("${}", plain(p))),
            i.cost.map_or("unknown".to_owned(), |c| c.to_string()),
            from,
        ]
    });
    let head = vec![
        ("Meter", false),
        ("Quantity", true),
        ("Unit price", true),
        ("Cost", true),
        ("Price from", false),
    ];
    let table = Table {
        head,
        rows: rows.collect(),
    };
    let sign = if bill.missing().is_empty() {
        ""
    } else {
        "≥ "
    };
    let mut out = format!("{name}, {region}, prices {}\n\n", book.dated());
    let _ = writeln!(
        out,
        "{}\n\nTotal {sign}{}",
        grid(&table, layout.width),
        bill.total()
    );
    out
}

fn list<'c>(
    args: &Args,
    services: impl Iterator<Item = &'c Service>,
    world: &mut World<'_>,
) -> Result<Exit> {
    let mut rows = Vec::new();
    for s in services {
        for m in &s.meters {
            let suffix = m
                .per
                .as_ref()
                .map_or(String::new(), |p| format!(".{}", p.to_uppercase()));
            rows.push(vec![
                s.id.clone(),
                format!("{}{suffix}", m.id),
                m.unit.clone(),
                m.text.clone(),
            ]);
        }
    }
    let head = vec![
        ("Service", false),
        ("Meter", false),
        ("Unit", false),
        ("Counts", false),
    ];
    let mut text = grid(&Table { head, rows }, world.terminal.width);
    text.push('\n');
    args.output.write(&text, world)?;
    Ok(Exit::Done)
}
