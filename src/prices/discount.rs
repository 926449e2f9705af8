//! Private rates: `--discount SERVICE=12%` and named plans, applied to a price book.
//!
//! A discount never hides: every schedule it touches carries its share, and every report shows it.

use anyhow::Result;
use rust_decimal::Decimal;

use crate::domain::catalog::Catalog;
use crate::domain::price::PriceBook;
use crate::exit::{Exit, Failure};
use crate::text::{meant, one_of};

/// A share off the list price of some keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// Service.
    pub service: String,
    /// Variant or meter, or both, after the service.
    pub rest: Vec<String>,
    /// Share off the list price, above 0 and below 1.
    pub share: Decimal,
}

/// Reads `SERVICE[/VARIANT][/METER]=12%`, or the name of public terms of the catalog.
pub fn parse(text: &str, catalog: &Catalog) -> Result<Vec<Discount>> {
    if let Some(plan) = catalog.discounts.iter().find(|d| d.id == text) {
        let all = plan.rates.iter().map(|rate| {
            check(&rate.service, &rate.of, catalog)?;
            Ok(Discount {
                service: rate.service.clone(),
                rest: rate.of.clone(),
                share: rate.off,
            })
        });
        return all.collect();
    }
    let fail = |message: String, help: &str| {
        Failure::new(Exit::Usage, "discount-invalid", message).help(help)
    };
    let Some((what, share)) = text.split_once('=') else {
        let names: Vec<&str> = catalog.discounts.iter().map(|d| d.id.as_str()).collect();
        let near = meant(text, names.iter().copied());
        return Err(fail(
            format!("`{text}` is not SERVICE=PERCENT{near}"),
            &format!(
                "for example `--discount elasticache-serverless=12%`; terms by name are {}",
                one_of(&names)
            ),
        )
        .into());
    };
    let percent = share
        .trim()
        .strip_suffix('%')
        .and_then(|p| Decimal::from_str_exact(p.trim()).ok());
    let share = percent
        .map(|p| p / Decimal::ONE_HUNDRED)
        .filter(|s| *s > Decimal::ZERO && *s < Decimal::ONE);
    let share = share.ok_or_else(|| {
        fail(
            format!("`{text}`: the discount is not a percentage above 0 % and below 100 %"),
            "for example `12%`",
        )
    })?;
    let mut parts = what.trim().split('/').map(str::to_owned);
    let service = parts.next().unwrap_or_default();
    let rest: Vec<String> = parts.collect();
    check(&service, &rest, catalog)?;
    Ok(vec![Discount {
        service,
        rest,
        share,
    }])
}

fn check(service: &str, rest: &[String], catalog: &Catalog) -> Result<()> {
    let priced: Vec<&str> = catalog
        .services
        .iter()
        .filter(|s| !s.meters.is_empty())
        .map(|s| s.id.as_str())
        .collect();
    let Some(found) = catalog.service(service).filter(|s| !s.meters.is_empty()) else {
        let near = meant(service, priced.iter().copied());
        return Err(Failure::new(
            Exit::Usage,
            "discount-service",
            format!("`{service}` is not a service with prices{near}"),
        )
        .help(format!("services are {}", one_of(&priced)))
        .into());
    };
    for part in rest {
        let stem = part.split('.').next().unwrap_or(part);
        let known = found.variants.iter().any(|v| v.id.as_deref() == Some(part))
            || found.meters.iter().any(|m| m.id == *part || m.id == stem);
        if !known {
            let meters: Vec<&str> = found.meters.iter().map(|m| m.id.as_str()).collect();
            return Err(Failure::new(
                Exit::Usage,
                "discount-meter",
                format!("`{part}` is not a variant or meter of `{service}`"),
            )
            .help(format!("meters are {}", one_of(&meters)))
            .into());
        }
    }
    Ok(())
}

impl Discount {
    /// Does it touch a key of the book?
    fn covers(&self, key: &str) -> bool {
        let mut parts = key.split('/');
        if parts.next() != Some(self.service.as_str()) {
            return false;
        }
        let parts: Vec<&str> = parts.collect();
        self.rest.iter().all(|want| {
            parts.iter().any(|have| {
                have == want || have.split_once('.').is_some_and(|(stem, _)| stem == want)
            })
        })
    }
}

/// Applies discounts; the most specific one wins, the last one among equals. Returns one note each.
pub fn apply(book: &mut PriceBook, discounts: &[Discount]) -> Vec<String> {
    let mut touched = vec![0usize; discounts.len()];
    for table in book.regions.values_mut() {
        for (key, schedule) in &mut table.0 {
            let covering = discounts.iter().enumerate().filter(|(_, d)| d.covers(key));
            let Some((index, discount)) = covering.max_by_key(|(i, d)| (d.rest.len(), *i)) else {
                continue;
            };
            touched[index] += 1;
            for tier in &mut schedule.tiers {
                tier.price = (tier.price * (Decimal::ONE - discount.share)).normalize();
            }
            let before = schedule.discount.unwrap_or_default();
            schedule.discount =
                Some(Decimal::ONE - (Decimal::ONE - before) * (Decimal::ONE - discount.share));
        }
    }
    let note = |(d, n): (&Discount, &usize)| {
        let what = std::iter::once(&d.service)
            .chain(&d.rest)
            .cloned()
            .collect::<Vec<_>>()
            .join("/");
        let percent = (d.share * Decimal::ONE_HUNDRED).round_dp(2).normalize();
        format!("{percent} % private discount on {what}: {n} prices are below the list price")
    };
    discounts.iter().zip(&touched).map(note).collect()
}
