//! Two price books compared key by key, and whose answer that changes.
//!
//! Pure. Printing is the command's.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::decide::{Engine, Options, Ranking, Scratch};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Outcome, Pick};
use crate::domain::price::{PriceBook, Tier};
use crate::domain::profile::Profile;

/// A key whose price differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Table.
    pub region: String,
    /// Key.
    pub key: String,
    /// Tiers in the first book.
    pub before: Option<Vec<Tier>>,
    /// Tiers in the second book.
    pub after: Option<Vec<Tier>>,
}

impl Change {
    /// The largest change of a tier in per cent; `None` when one side is missing or free, or the
    /// tiers begin elsewhere.
    pub fn percent(&self) -> Option<Decimal> {
        let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
        let same =
            before.len() == after.len() && before.iter().zip(after).all(|(a, b)| a.from == b.from);
        let pairs = before
            .iter()
            .zip(after)
            .take(if same { before.len() } else { 0 });
        let changes = pairs
            .filter(|(a, _)| !a.price.is_zero())
            .map(|(a, b)| (b.price - a.price) / a.price * Decimal::ONE_HUNDRED);
        changes.max_by_key(Decimal::abs)
    }
}

/// Every key whose tiers differ, ordered by table and key.
pub fn changes(a: &PriceBook, b: &PriceBook) -> Vec<Change> {
    let mut out = Vec::new();
    let regions: BTreeSet<&String> = a.regions.keys().chain(b.regions.keys()).collect();
    for region in regions {
        let table = |book: &'_ PriceBook| book.regions.get(region).cloned().unwrap_or_default();
        let (old, new) = (table(a), table(b));
        let keys: BTreeSet<&String> = old.0.iter().chain(&new.0).map(|(k, _)| k).collect();
        for key in keys {
            let tiers = |t: &crate::domain::price::Table| t.get(key).map(|s| s.tiers.clone());
            let (before, after) = (tiers(&old), tiers(&new));
            if before != after {
                out.push(Change {
                    region: region.clone(),
                    key: key.clone(),
                    before,
                    after,
                });
            }
        }
    }
    out
}

/// The answer to a profile by one book: a pick, or a word.
pub fn answer(catalog: &Catalog, book: &PriceBook, options: Options, profile: &Profile) -> String {
    let engine = Engine::new(catalog, book, options, profile);
    let ranking = engine.rank(profile, &mut Scratch::default());
    match ranking {
        Ranking {
            outcome: Outcome::Recommended,
            best: Some(slot),
        } => shown(&engine.pick(slot)),
        Ranking { outcome, .. } => outcome.word().to_owned(),
    }
}

fn shown(pick: &Pick) -> String {
    pick.variant.as_ref().map_or_else(
        || pick.service.clone(),
        |v| format!("{} ({v})", pick.service),
    )
}
