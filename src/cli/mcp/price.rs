//! `price`: what `cachewright price -f json` says, without what an agent does not quote.

use serde::Deserialize;

use super::desk::{Desk, failed};
use crate::cli::args::{Format, Money, Output};
use crate::cli::{input, price};
use crate::domain::catalog::Service;
use crate::exit::{Exit, Failure};
use crate::mcp::Refused;
use crate::mcp::args;
use crate::mcp::results::{Line, Priced};
use crate::text::one_of;

/// The parts of the JSON that are shown.
#[derive(Deserialize)]
struct Bill {
    line_items: Vec<Item>,
    total: String,
    complete: bool,
    cautions: Vec<String>,
}

#[derive(Deserialize)]
struct Item {
    meter: String,
    quantity: String,
    unit: String,
    unit_price: Option<String>,
    cost: Option<String>,
    origin: Option<Origin>,
}

#[derive(Deserialize)]
struct Origin {
    as_of: String,
    source: String,
}

pub(super) fn price(desk: &Desk, args: &args::Price) -> Result<Priced, Refused> {
    let (service, named) =
        input::priced_service(&desk.catalog, &args.service).map_err(|e| failed(&e))?;
    if args.meters.is_empty() {
        return Err(no_meter(service).into());
    }
    let asked = price::Args {
        service: Some(service.id.clone()),
        quantities: (args.meters.iter())
            .map(|(meter, quantity)| format!("{meter}={}", quantity.0))
            .collect(),
        variant: args.variant.clone(),
        region: args.region.clone(),
        list_meters: false,
        format: Some(Format::Json),
        output: Output::default(),
        money: Money {
            no_free_tier: desk.money.no_free_tier || args.no_free_tier,
            ..desk.money.clone()
        },
    };
    let variant = args.variant.as_deref().or(named);
    let bill = desk
        .quietly(|world| {
            let priced = price::billed(&asked, service, variant, &desk.catalog, world)?;
            Ok(serde_json::to_value(priced.json(args.region.as_deref()))?)
        })
        .and_then(|json| Ok(Bill::deserialize(json)?))
        .map_err(|e| failed(&e))?;
    // A sum of nothing known is not zero.
    let known = bill.line_items.iter().any(|item| item.cost.is_some());
    Ok(Priced {
        total: (known || bill.complete).then_some(bill.total),
        complete: bill.complete,
        line_items: bill.line_items.into_iter().map(line).collect(),
        cautions: bill.cautions,
    })
}

fn no_meter(service: &Service) -> Failure {
    let known: Vec<&str> = service.meters.iter().map(|m| m.id.as_str()).collect();
    let failure = Failure::new(Exit::Usage, "price-no-meter", "no meter was given");
    failure.help(format!("meters of `{}` are {}", service.id, one_of(&known)))
}

fn line(item: Item) -> Line {
    let (as_of, source) = item.origin.map(|o| (o.as_of, o.source)).unzip();
    Line {
        meter: item.meter,
        quantity: item.quantity,
        unit: item.unit,
        unit_price: item.unit_price,
        cost: item.cost,
        as_of,
        source,
    }
}
