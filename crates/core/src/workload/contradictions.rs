//! Pairs of fields that cannot both hold; each problem names both places.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::diagnostic::{Diagnostic, Span};
use crate::domain::catalog::Catalog;
use crate::domain::money::{grouped, plain};
use crate::domain::profile::{Interface, Layer, MultiRegion, Profile};
use crate::domain::units::{Bytes, Duration, Quantity, Rate, Share};

/// Pairs of fields that cannot both hold.
pub(super) fn contradictions(
    p: &Profile,
    catalog: &Catalog,
    places: &BTreeMap<String, Span>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut check = Contradictions { places, problems };
    check.quantities(p);
    check.access(p);
    check.replicas(p, catalog);
    check.implausible_ttl(p);
}

/// So much below what must hit is rounding of whoever wrote it.
const MARGIN: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

struct Contradictions<'a> {
    places: &'a BTreeMap<String, Span>,
    problems: &'a mut Vec<Diagnostic>,
}

impl Contradictions<'_> {
    /// Replicas without replication, at home, or in another partition.
    fn replicas(&mut self, p: &Profile, catalog: &Catalog) {
        let replicas = &p.requirements.replica_regions;
        if p.requirements.multi_region == MultiRegion::No && !replicas.is_empty() {
            self.pair(
                "requirements.replica_regions",
                "requirements.multi_region",
                "replica Regions are named, but `multi_region` is `no`".to_owned(),
                "named here",
                "no replication",
            );
            self.help("set `requirements.multi_region: reads` (or `writes`)");
        }
        if replicas.contains(&p.region) {
            self.pair(
                "requirements.replica_regions",
                "region",
                format!("`{}` is the home Region", p.region),
                "a replica of itself",
                "home",
            );
        }
        let home = catalog.partition(&p.region);
        let abroad = replicas.iter().find(|r| catalog.partition(r) != home);
        if let Some(other) = abroad {
            self.pair(
                "requirements.replica_regions",
                "region",
                format!("`{other}` is in another partition than `{}`", p.region),
                "accounts and credentials end at the partition, and so does replication",
                "home",
            );
        }
    }

    /// An error that names both places.
    fn pair(&mut self, field: &str, other: &str, message: String, label: &str, other_label: &str) {
        let span = self
            .places
            .get(field)
            .or_else(|| self.places.get(other))
            .cloned()
            .unwrap_or(0..0);
        let mut problem = Diagnostic::error("profile-contradiction", message, span.clone(), label);
        if let Some(second) = self.places.get(other).filter(|s| **s != span) {
            problem = problem.also(second.clone(), other_label);
        }
        self.problems
            .push(problem.help(format!("change `{field}` or `{other}`")));
    }

    /// Peaks, sizes and means that exclude each other.
    fn quantities(&mut self, p: &Profile) {
        let t = &p.traffic;
        for (peak, average, field, base) in [
            (t.peak_reads, t.reads, "traffic.peak_reads", "traffic.reads"),
            (
                t.peak_writes,
                t.writes,
                "traffic.peak_writes",
                "traffic.writes",
            ),
        ] {
            if let Some(peak) = peak.filter(|peak| *peak < average) {
                let [peak, mean] = [peak, average].map(Rate::from_value);
                let message = format!("the peak ({peak}) is below the average ({mean})");
                let label = "lower than the average";
                self.pair(field, base, message, label, "the average");
            }
        }
        let d = &p.data;
        let [item, set] = [d.item_size, d.working_set].map(Bytes::from_value);
        if d.item_size > d.working_set {
            self.pair(
                "data.item_size",
                "data.working_set",
                format!("one item ({item}) is larger than the working set ({set})"),
                "larger than the whole set",
                "the working set",
            );
        }
        if let Some(max) = d.max_item_size.filter(|max| *max < d.item_size) {
            let max = Bytes::from_value(max);
            self.pair(
                "data.max_item_size",
                "data.item_size",
                format!("the largest item ({max}) is smaller than the mean ({item})"),
                "smaller than the mean",
                "the mean",
            );
        }
    }

    /// Where it is read from, and how.
    fn access(&mut self, p: &Profile) {
        if p.interface == Interface::Posix && matches!(p.layer, Layer::Client | Layer::Edge) {
            self.pair(
                "interface",
                "layer",
                "files are not read at the edge".to_owned(),
                "POSIX access needs a mounted file system",
                "public clients speak HTTP",
            );
        }
        if p.lacks_vpc() {
            self.pair(
                "network.vpc",
                "private_access",
                "private access needs a VPC".to_owned(),
                "no VPC here",
                "required here",
            );
            self.help("set `network.vpc: existing`, or for Lambda and Fargate alone `deployment.create_vpc: true`");
        }
    }

    fn help(&mut self, help: &str) {
        if let Some(last) = self.problems.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    /// A cache cannot hold more live items than arrive within one TTL, nor miss items more often than they expire.
    fn implausible_ttl(&mut self, p: &Profile) {
        // A store is not filled by misses, what is measured needs no plausibility, and nobody is to blame for
        // a rate or a size that was assumed.
        let contradicts = self.problems.iter().any(|p| !p.warning);
        let assumed = ["traffic.reads", "data.item_size", "data.working_set"];
        let assumed = assumed.iter().any(|field| !p.is_stated(field));
        if contradicts || assumed || p.is_store() || !p.data.curve.is_empty() {
            return;
        }
        let lookups = p.lookups();
        let items = p.data.working_set / p.data.item_size;
        let hit_ratio = p.hit_ratio(p.data.working_set);
        let rounded = Share::from_value(hit_ratio.round_dp(3));
        let shown = (grouped(&plain(items.round())), rounded);
        if let Some(ttl) = p.data.ttl {
            let arrivals = lookups * (Decimal::ONE - hit_ratio) + p.traffic.writes;
            let filled = arrivals * ttl / Decimal::ONE_THOUSAND;
            if filled * Decimal::TEN < items {
                let message = format!(
                    "with a TTL of {} and a hit ratio of {} fewer than a tenth of the {} items can be live at once",
                    Duration::from_ms(ttl),
                    shown.1,
                    shown.0,
                );
                self.implausible(message, "too high for this TTL", "lower the working set or the hit ratio, or lengthen the TTL; the numbers are used as they stand");
                return;
            }
        }
        let least = p.least_hit_ratio();
        if hit_ratio + MARGIN < least {
            let live = p.data.ttl.map_or_else(
                || "a month".to_owned(),
                |ttl| Duration::from_ms(ttl).to_string(),
            );
            let message = format!(
                "a hit ratio of {} means more misses than there are items to miss: {} items, each live for {live}, let at least {} of the reads hit",
                shown.1,
                shown.0,
                Share::from_value(least.round_dp(3)),
            );
            self.implausible(message, "too low for so few items", "raise the hit ratio or the working set, or shorten the TTL; the numbers are used as they stand");
        }
    }

    /// A warning at the hit ratio and the TTL, as far as they are written.
    fn implausible(&mut self, message: String, label: &str, help: &str) {
        let place = |field: &str| self.places.get(field).cloned();
        let span = place("data.hit_ratio").or_else(|| place("data.working_set"));
        let second = place("data.ttl").filter(|s| Some(s) != span.as_ref());
        let code = "implausible-ttl-hit-ratio";
        let mut problem = Diagnostic::error(code, message, span.unwrap_or(0..0), label).warn();
        if let Some(second) = second {
            problem = problem.also(second, "items expire after this");
        }
        self.problems.push(problem.help(help));
    }
}
