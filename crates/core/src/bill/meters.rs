//! Usage type → meter: the selectors of the catalog read backwards, and the rows that no selector has.
//!
//! The service code decides first, then the whole word without its prefix; a word that only ends like a usage type is
//! another thing (`SyncDurability-NodeUsage`). No prefix is no Region, unless a column tells it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::bill::{Billed, UsageRow};
use crate::domain::catalog::{Catalog, Meter, Service, Tri};
use crate::domain::profile::Word as _;

/// `{type}` in a usage type: the end of the word, which is the meter's suffix.
const TYPE: &str = "{type}";

/// Where the units of a row were used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place<'c> {
    /// In a Region, by its code.
    Region(&'c str),
    /// Neither prefix nor column says.
    Unknown,
    /// Everywhere: of a service whose prices know geographies at most.
    Global,
}

/// The meter of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'c> {
    /// Service that owns the meter.
    pub service: &'c Service,
    /// The meter.
    pub meter: &'c Meter,
    /// Its id, with the suffix of the row.
    pub id: String,
    /// Variant whose price it is, where usage types differ by variant.
    pub variant: Option<&'c str>,
    /// Where.
    pub place: Place<'c>,
    /// Quantities mean nothing: only the cost is compared.
    pub cost_only: bool,
    /// Nobody printed the usage type.
    pub assumed: bool,
    /// A usage type of whatever service caused it.
    pub of_any: bool,
}

/// The rows by service code.
pub struct Meters<'c> {
    catalog: &'c Catalog,
    rows: BTreeMap<&'c str, Vec<&'c UsageRow>>,
    /// SKU → `service/meter`, of meters whose usage type is published nowhere.
    by_sku: BTreeMap<String, &'c str>,
}

/// The rows of selectors: a meter of each variant, or of all where they share a usage type.
pub fn of_selectors(catalog: &Catalog) -> Vec<UsageRow> {
    let mut out = Vec::new();
    for service in &catalog.services {
        for meter in &service.meters {
            let Some(selector) = &meter.selector else {
                continue;
            };
            let row = |usage_type: &String, variant: Option<&String>| UsageRow {
                code: selector.service_code.clone(),
                usage_type: usage_type.clone(),
                operation: None,
                meter: format!("{}/{}", service.id, meter.id),
                variant: variant.cloned(),
                cost_only: false,
                assumed: false,
                sources: Vec::new(),
            };
            let own = selector.by_variant.iter().filter(|v| v.usagetype.is_some());
            let own: Vec<_> = own
                .filter_map(|v| Some(row(v.usagetype.as_ref()?, Some(&v.variant))))
                .collect();
            if own.is_empty() {
                out.extend(selector.usagetype.as_ref().map(|u| row(u, None)));
            }
            out.extend(own);
        }
    }
    out
}

impl<'c> Meters<'c> {
    /// The rows of a catalog with those of its selectors; `skus` name meters that have no usage type.
    pub fn new(
        catalog: &'c Catalog,
        selectors: &'c [UsageRow],
        skus: impl IntoIterator<Item = (String, &'c str)>,
    ) -> Self {
        let mut rows: BTreeMap<&str, Vec<&UsageRow>> = BTreeMap::new();
        // What a table says replaces what a selector says.
        for row in catalog.usage_types.rows.iter().chain(selectors) {
            rows.entry(&row.code).or_default().push(row);
        }
        Self {
            catalog,
            rows,
            by_sku: skus.into_iter().collect(),
        }
    }

    /// The one Region whose usage types may stand without a prefix.
    pub fn bare(&self) -> &'c str {
        &self.catalog.usage_types.bare
    }

    /// The service code of a code or of a display name.
    pub fn code<'n>(&'n self, name: &'n str) -> &'n str {
        let names = &self.catalog.usage_types.names;
        names
            .iter()
            .find(|(known, _)| known == name)
            .map_or(name, |(_, code)| code)
    }

    /// Service codes whose rows count meters of a service.
    pub fn codes(&self, service: &str) -> BTreeSet<&'c str> {
        let owns = |row: &UsageRow| row.meter.split('/').next() == Some(service);
        let codes = self.rows.iter().filter(|(code, _)| **code != "*");
        codes
            .filter(|(_, rows)| rows.iter().any(|r| owns(r)))
            .map(|(code, _)| *code)
            .collect()
    }

    /// May a row be of a meter? What may not is of interest by its cost alone.
    pub fn may_count(&self, name: &str, usage_type: &str) -> bool {
        let of = |code: &str| self.rows.get(code).into_iter().flatten();
        let ends = |row: &&&UsageRow| match row.usage_type.strip_suffix(TYPE) {
            Some(stem) => usage_type.contains(stem),
            None => row.usage_type == "*" || usage_type.ends_with(row.usage_type.as_str()),
        };
        of(self.code(name)).chain(of("*")).any(|row| ends(&row))
    }

    /// The meter of a row of usage; `None` where nothing is known of its words.
    pub fn find(&self, billed: &Billed) -> Option<Found<'c>> {
        if let Some(meter) = billed.sku.as_ref().and_then(|s| self.by_sku.get(s)) {
            return self.of_sku(meter, billed);
        }
        let code = self.code(&billed.code);
        let own = self.rows.get(code).into_iter().flatten();
        let any = self.rows.get("*").into_iter().flatten();
        own.chain(any).find_map(|row| self.matches(row, billed))
    }

    fn of_sku(&self, key: &str, billed: &Billed) -> Option<Found<'c>> {
        let (service, meter) = self.meter(key)?;
        let place = self.region(billed, None);
        Some(Found {
            service,
            meter,
            id: meter.id.clone(),
            variant: None,
            place,
            cost_only: false,
            assumed: false,
            of_any: false,
        })
    }

    fn meter(&self, key: &str) -> Option<(&'c Service, &'c Meter)> {
        let (service, meter) = key.split_once('/')?;
        let service = self.catalog.service(service)?;
        Some((service, service.meters.iter().find(|m| m.id == meter)?))
    }

    /// Is it a row of these words? The prefix is tried whole: none, or one that the meter's places have.
    fn matches(&self, row: &'c UsageRow, billed: &Billed) -> Option<Found<'c>> {
        if let (Some(operation), false) = (&row.operation, billed.operation.is_empty())
            && *operation != billed.operation
        {
            return None;
        }
        let (service, meter) = self.meter(&row.meter)?;
        let bare = suffix(&row.usage_type, &billed.usage_type).map(|end| (None, end));
        let (prefix, end) = bare.or_else(|| {
            let (prefix, rest) = billed.usage_type.split_once('-')?;
            Some((Some(prefix), suffix(&row.usage_type, rest)?))
        })?;
        let (id, place) = match meter.per.as_deref() {
            Some("geo") => {
                let geo = self.geography(prefix?)?;
                (format!("{}.{geo}", meter.id), Place::Global)
            }
            Some("region") => {
                let of_region = || Some(self.by_prefix(prefix?)?.to_owned());
                let suffix = of_region().or_else(|| Some(self.geography(prefix?)?.to_owned()))?;
                (format!("{}.{suffix}", meter.id), Place::Global)
            }
            per => {
                let known = prefix.map(|p| self.by_prefix(p));
                if known == Some(None) {
                    return None;
                }
                let global = meter.selector.as_ref().is_some_and(|s| s.global) || row.cost_only;
                let place = if global {
                    Place::Global
                } else {
                    self.region(billed, known.flatten())
                };
                let id = match per {
                    Some(_) => format!("{}.{end}", meter.id),
                    None => meter.id.clone(),
                };
                (id, place)
            }
        };
        Some(Found {
            service,
            meter,
            id,
            variant: row.variant.as_deref(),
            place,
            cost_only: row.cost_only,
            assumed: row.assumed,
            of_any: row.code == "*",
        })
    }

    fn geography(&self, prefix: &str) -> Option<&'static str> {
        let rows = &self.catalog.usage_types.geographies;
        let found = rows.iter().find(|(known, _)| known == prefix)?;
        Some(found.1.word())
    }

    fn by_prefix(&self, prefix: &str) -> Option<&'c str> {
        let found = self.catalog.regions.iter().find(|r| r.prefix == prefix)?;
        Some(&found.code)
    }

    /// The Region of a row: its column, else its prefix.
    fn region(&self, billed: &Billed, by_prefix: Option<&'c str>) -> Place<'c> {
        let column = billed.region.as_deref().and_then(|code| {
            let known = self.catalog.region(code)?;
            Some(known.code.as_str())
        });
        column.or(by_prefix).map_or(Place::Unknown, Place::Region)
    }

    /// Do two words name the same unit? Unknown where nobody lists one of them.
    pub fn same_unit(&self, one: &str, other: &str) -> Tri {
        let [one, other] = [one, other].map(str::to_lowercase);
        if one == other {
            return Tri::Yes;
        }
        let groups = &self.catalog.usage_types.units;
        let knows = |word: &String| groups.iter().any(|g| g.contains(word));
        if groups
            .iter()
            .any(|g| g.contains(&one) && g.contains(&other))
        {
            Tri::Yes
        } else if knows(&one) && knows(&other) {
            Tri::No
        } else {
            Tri::Unknown
        }
    }
}

/// What stands for `{type}` where the whole word matches; empty where the pattern has none.
fn suffix<'t>(pattern: &str, word: &'t str) -> Option<&'t str> {
    if pattern == "*" {
        return Some("");
    }
    match pattern.strip_suffix(TYPE) {
        Some(stem) => word.strip_prefix(stem).filter(|end| !end.is_empty()),
        None => (pattern == word).then_some(""),
    }
}
