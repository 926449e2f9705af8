//! The prices of a run: what turns the flags of a command into a [`Session`].

use anyhow::Result;

use super::args::Money;
use super::books;
use crate::decide::Options;
pub use crate::decided::{Decided, Look, Session};
use crate::domain::catalog::Catalog;
use crate::domain::profile::Profile;
use crate::report::given::Given;
use crate::world::World;

/// Gets the prices for these profiles; for none, of every Region.
pub fn open(
    catalog: Catalog,
    money: &Money,
    strict_facts: bool,
    profiles: &[Profile],
    world: &mut World<'_>,
) -> Result<Session> {
    let obtained = books::for_profiles(money, profiles, &catalog, world)?;
    Ok(Session {
        catalog,
        book: obtained.book,
        notes: obtained.notes,
        options: Options {
            free_tier: !money.no_free_tier,
            strict_facts,
        },
        asked: Given {
            profile: serde_json::Value::Null,
            prices: money.prices.clone(),
            no_free_tier: money.no_free_tier,
            strict_facts,
            partial_prices: money.lookup.partial_prices,
            discounts: money.lookup.discount.clone(),
            only: Vec::new(),
            brief: false,
            growth: None,
        },
    })
}
