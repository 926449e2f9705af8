//! The price book that a command was asked for: flags to a request, progress and notes on the way.
//!
//! The look-up itself is `crate::prices`.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::args::{Lookup, Money};
use crate::domain::catalog::Catalog;
use crate::domain::price::PriceBook;
use crate::domain::profile::Profile;
use crate::embedded;
use crate::exit::{Exit, Failure};
use crate::prices::cache::{self, Cache};
use crate::prices::list::Progress;
use crate::prices::obtain::{Mode, Obtained, Request, obtain};
use crate::prices::{discount, live, plan, public};
use crate::world::World;

/// Which prices, for what.
pub struct Wanted<'w> {
    /// `snapshot`, `live`, `public` or `file:PATH`.
    pub prices: &'w str,
    /// `--strict`.
    pub strict: bool,
    /// Services in play, or `service/meter` (see `prices::plan::in_play`); empty for all.
    pub services: Vec<String>,
    /// Regions in play.
    pub regions: Vec<String>,
}

/// The price book that was asked for, for the Regions and services in play; notes go to standard error.
pub fn for_profiles(
    money: &Money,
    profiles: &[Profile],
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<Obtained> {
    let wanted = Wanted {
        prices: &money.prices,
        strict: money.strict,
        services: plan::in_play(catalog, profiles),
        regions: plan::regions_in_play(profiles),
    };
    let obtained = get(wanted, &money.lookup, catalog, world)?;
    in_dollars(&obtained.book)?;
    Ok(obtained)
}

/// The prices that were asked for; notes go to standard error, progress too on a terminal.
pub fn get(
    wanted: Wanted<'_>,
    lookup: &Lookup,
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<Obtained> {
    // A look-up compares with the whole snapshot; a decision on it reads the rows of its own Regions.
    let snapshot = match wanted.prices {
        "snapshot" if !wanted.regions.is_empty() => embedded::prices_in(&wanted.regions)?,
        _ => embedded::prices()?,
    };
    let request = request(wanted, lookup, catalog, &snapshot, world)?;
    let obtained = with_progress(&request, world)?;
    for note in &obtained.notes {
        writeln!(world.err, "note: {note}")?;
    }
    Ok(obtained)
}

/// Refuses a book in another currency where amounts are reported in dollars.
pub fn in_dollars(book: &PriceBook) -> Result<()> {
    if book.currency == "USD" {
        return Ok(());
    }
    let text = format!("the price book is in {}, costs are in USD", book.currency);
    Err(Failure::new(Exit::Prices, "prices-currency", text)
        .help("show and compare such a book with `cachewright prices show` and `prices diff`")
        .into())
}

/// What [`get`] asks for.
pub fn request<'a>(
    wanted: Wanted<'_>,
    lookup: &Lookup,
    catalog: &'a Catalog,
    snapshot: &'a PriceBook,
    world: &World<'_>,
) -> Result<Request<'a>> {
    let timeout = Duration::from_secs(lookup.price_timeout.unwrap_or(20));
    let mut discounts = Vec::new();
    for text in &lookup.discount {
        discounts.extend(discount::parse(text, catalog)?);
    }
    let all = || {
        catalog
            .services
            .iter()
            .filter(|s| !s.meters.is_empty())
            .map(|s| s.id.clone())
            .collect()
    };
    let mode: Mode = wanted.prices.parse()?;
    let endpoint_url = lookup.price_list_url.clone().filter(|_| mode == Mode::Live);
    Ok(Request {
        mode,
        catalog,
        snapshot,
        services: if wanted.services.is_empty() {
            all()
        } else {
            wanted.services
        },
        regions: wanted.regions,
        offline: lookup.offline,
        strict: wanted.strict,
        partial: lookup.partial_prices,
        refresh: false,
        max_age: lookup.max_price_age,
        discounts,
        live: live::Connection {
            profile: lookup.price_profile.clone(),
            endpoint_url,
            timeout,
            attempts: 3,
            env: world.env.clone(),
        },
        public: public::Connection::new(lookup.price_list_url.as_deref(), timeout, &world.env),
        cache: Cache::new(cache::directory(&world.env)),
        now: Timestamp::now(),
    })
}

/// Looks up, with a line of progress on a terminal.
pub fn with_progress(request: &Request<'_>, world: &mut World<'_>) -> Result<Obtained> {
    let animate = world.terminal.err_is_terminal;
    let err = &mut *world.err;
    let mut shown = false;
    let mut progress = |p: &Progress| {
        if animate {
            let _ = write!(
                err,
                "\r\u{1b}[2Kprices: {} of {} lists, {}",
                p.done, p.total, p.what
            );
            let _ = err.flush();
            shown = true;
        }
    };
    let obtained = obtain(request, &mut progress);
    if shown {
        write!(world.err, "\r\u{1b}[2K")?;
    }
    obtained
}
