//! Where to look: search domains, the bends of every model, grids, bisection.
//!
//! Between two neighbouring points the model is smooth: every step, tier, allowance, limit and bound is a
//! point itself, with a neighbour on either side. A change of sign inside a smooth piece is found by
//! bisection; the grid between the bends is dense enough that two changes cannot hide in one piece
//! (docs/decisions/0401-stability.md).

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use crate::decide::Engine;
use crate::domain::profile::{
    Availability, ClientChanges, Compute, Consistency, Durability, Eviction, Feature,
    InternetFromVpc, MultiRegion, Need, NumField, OptimizeFor, OriginKind, Pattern, Profile,
    Protocol, Vpc, Word,
};
use crate::services::{Bend, Context};

/// Grid points over a search domain, beside the bends.
const GRID: usize = 160;

/// The values of a number that are searched.
pub fn domain(profile: &Profile, field: NumField) -> (Decimal, Decimal) {
    let d = |text: &str| text.parse::<Decimal>().unwrap_or(Decimal::ONE);
    let (low, high) = match field {
        NumField::Reads => (
            d("0.01"),
            profile.traffic.peak_reads.unwrap_or(d("10000000")),
        ),
        NumField::Writes => (
            Decimal::ZERO,
            profile.traffic.peak_writes.unwrap_or(d("1000000")),
        ),
        NumField::PeakReads => (profile.traffic.reads, d("100000000")),
        NumField::PeakWrites => (profile.traffic.writes, d("10000000")),
        NumField::KeysPerRead => (Decimal::ONE, d("1000")),
        NumField::Connections => (Decimal::ONE, d("1000000")),
        NumField::HottestKeyShare | NumField::HitRatio => (Decimal::ZERO, Decimal::ONE),
        NumField::ActiveHours => (Decimal::ONE, d("730")),
        NumField::ItemSize => (
            Decimal::ONE,
            profile
                .data
                .max_item_size
                .unwrap_or(d("1099511627776"))
                .min(profile.data.working_set),
        ),
        NumField::MaxItemSize => (profile.data.item_size, d("1099511627776")),
        NumField::WorkingSet => (
            profile.data.item_size.max(d("1048576")),
            d("1125899906842624"),
        ),
        NumField::Ttl => (d("1"), d("31536000000")),
        NumField::OriginLatency => (d("0.1"), d("10000")),
        NumField::OriginPrice => (Decimal::ZERO, d("1000")),
        NumField::Latency => (
            d("0.1"),
            profile.latency.and_then(|l| l.p99).unwrap_or(d("10000")),
        ),
    };
    let at = profile.number(field).unwrap_or(low);
    (low.min(at), high.max(at))
}

/// Logarithmic grid from end to end; a range that begins at zero gets the zero and a decade floor.
pub fn log_grid((low, high): (Decimal, Decimal), count: usize) -> Vec<Decimal> {
    let high_f = high.to_f64().unwrap_or(1.0);
    let floor = high_f / 1e9;
    let low_f = low.to_f64().unwrap_or(0.0).max(floor);
    let mut out = vec![low];
    for i in 0..count {
        let t = i as f64 / (count - 1) as f64;
        let value = (low_f.ln() + (high_f.ln() - low_f.ln()) * t).exp();
        out.extend(
            Decimal::from_f64(value)
                .and_then(|v| v.round_sf(9))
                .filter(|v| *v > low && *v < high),
        );
    }
    out.push(high);
    out.dedup();
    out
}

/// The grid, the profile's own value and every bend with its neighbours, sorted, inside the range.
pub fn points(
    engine: &Engine<'_>,
    profile: &Profile,
    field: NumField,
    range: (Decimal, Decimal),
) -> Vec<Decimal> {
    let linear = matches!(
        field,
        NumField::HitRatio | NumField::HottestKeyShare | NumField::ActiveHours
    );
    let mut out = if linear {
        linear_grid(range)
    } else {
        log_grid(range, GRID)
    };
    let hair = |bend: Decimal| bend * Decimal::new(1, 9);
    let bends = engine.bends(profile, field);
    for bend in bends.solved {
        out.extend([bend - hair(bend), bend, bend + hair(bend)]);
    }
    // A unit step belongs to what is below it: the step itself and a hair above are its two sides.
    for step in bends.steps {
        out.extend([step, step + hair(step)]);
    }
    out.extend(profile.number(field));
    out.retain(|v| *v >= range.0 && *v <= range.1);
    out.sort_unstable();
    out.dedup();
    out
}

fn linear_grid((low, high): (Decimal, Decimal)) -> Vec<Decimal> {
    let steps = Decimal::from(GRID);
    (0..=GRID)
        .map(|i| low + (high - low) * Decimal::from(i) / steps)
        .collect()
}

/// Narrows `good` (where `same` holds) and `bad` (where it does not) to neighbours: twelve digits apart.
pub fn bisect(
    mut good: Decimal,
    mut bad: Decimal,
    same: &mut dyn FnMut(Decimal) -> bool,
) -> (Decimal, Decimal) {
    for _ in 0..60 {
        let middle = ((good + bad) / Decimal::TWO).round_sf(14).unwrap_or(good);
        if middle == good
            || middle == bad
            || (good - bad).abs() <= good.abs().max(bad.abs()) * Decimal::new(1, 12)
        {
            break;
        }
        if same(middle) {
            good = middle
        } else {
            bad = middle
        }
    }
    (good, bad)
}

/// Where a number meets something that is not smooth.
#[derive(Default)]
pub(crate) struct Bends {
    /// Steps of whole units: everything up to and including the step costs the same number of units.
    steps: Vec<Decimal>,
    /// Everything else; solved, so right to the last digits only.
    solved: Vec<Decimal>,
}

impl Engine<'_> {
    /// Places where any model, price, limit or rule is not smooth in a number.
    pub(crate) fn bends(&self, profile: &Profile, field: NumField) -> Bends {
        let mut bends = Bends::default();
        self.rule_bounds(field, &mut bends.solved);
        for slot in 0..self.slots() {
            self.model_bends(slot, profile, field, &mut bends);
            self.linear_bends(slot, profile, field, &mut bends.solved);
        }
        bends.steps.sort_unstable();
        bends.steps.dedup();
        bends
    }

    fn model_bends(&self, slot: usize, profile: &Profile, field: NumField, found: &mut Bends) {
        let mut bends = Vec::new();
        self.with_context(slot, profile, |model, cx: &Context<'_>| {
            model.bends(cx, &mut bends)
        });
        let multiples = |step: Decimal, most: i64| (1..=most).map(move |i| step * Decimal::from(i));
        for bend in bends {
            match (bend, field) {
                (Bend::ItemStep(step), NumField::ItemSize) => {
                    found.steps.extend(multiples(step, 400))
                }
                (Bend::WorkingSetStep(step), NumField::WorkingSet) => {
                    found.steps.extend(multiples(step, 64))
                }
                (Bend::Item(at), NumField::ItemSize)
                | (Bend::WorkingSet(at), NumField::WorkingSet) => found.solved.push(at),
                (Bend::PeakBytesStep(step), NumField::Reads) => {
                    let item = profile.data.item_size * profile.traffic.keys_per_read;
                    found.solved.extend(multiples(step / item, 64));
                }
                (Bend::PeakBytesStep(step), NumField::ItemSize) => {
                    let rate = profile.traffic.peak_reads.unwrap_or(profile.traffic.reads)
                        * profile.traffic.keys_per_read;
                    if !rate.is_zero() {
                        found.solved.extend(multiples(step / rate, 64));
                    }
                }
                _ => {}
            }
        }
    }

    /// Tier bounds, allowances and limits, for numbers in which usage is linear around the profile.
    fn linear_bends(
        &self,
        slot: usize,
        profile: &Profile,
        field: NumField,
        out: &mut Vec<Decimal>,
    ) {
        if !matches!(
            field,
            NumField::Reads
                | NumField::Writes
                | NumField::KeysPerRead
                | NumField::WorkingSet
                | NumField::ActiveHours
                | NumField::HitRatio
        ) {
            return;
        }
        let Some(at) = profile.number(field) else {
            return;
        };
        let step = if at.is_zero() {
            Decimal::new(1, 3)
        } else {
            at / Decimal::from(1_000)
        };
        let mut moved = profile.clone();
        moved.set_number(field, at + step);
        let here = self.amounts(slot, profile);
        let there = self.amounts(slot, &moved);
        for ((value, bounds), (next, _)) in here.iter().zip(&there) {
            let slope = (*next - *value) / step;
            if slope.is_zero() {
                continue;
            }
            out.extend(
                bounds
                    .iter()
                    .filter_map(|b| (*b - *value).checked_div(slope))
                    .map(|d| at + d),
            );
        }
    }
}

/// Every other legal word of a word-valued default, as changed profiles.
pub fn other_values(profile: &Profile, path: &str) -> Vec<(String, Profile)> {
    fn each<W: Word + PartialEq>(
        profile: &Profile,
        current: Option<W>,
        set: impl Fn(&mut Profile, W),
    ) -> Vec<(String, Profile)> {
        let others = W::ALL.iter().copied().filter(|w| Some(*w) != current);
        others
            .map(|w| {
                let mut changed = profile.clone();
                set(&mut changed, w);
                (w.word().to_owned(), changed)
            })
            .collect()
    }
    let r = &profile.requirements;
    let stated = |mut list: Vec<(String, Profile)>, path: &'static str| {
        for (_, p) in &mut list {
            if !p.is_stated(path) {
                p.stated.push(path);
                p.stated.sort_unstable();
            }
        }
        list
    };
    match path {
        "scale_to_zero" => each::<Need>(profile, Some(profile.scale_to_zero), |p, w| {
            p.scale_to_zero = w
        }),
        "private_access" => each::<Need>(profile, Some(profile.private_access), |p, w| {
            p.private_access = w;
            if w == Need::Required {
                p.network.vpc = Vpc::Existing;
            }
        }),
        "latency" => [1u32, 2, 5, 20]
            .iter()
            .map(|ms| {
                let mut changed = profile.clone();
                changed.set_number(NumField::Latency, Decimal::from(*ms));
                (format!("{ms} ms"), changed)
            })
            .collect(),
        "requirements.consistency" => each::<Consistency>(profile, Some(r.consistency), |p, w| {
            p.requirements.consistency = w
        }),
        "requirements.durability" => each::<Durability>(profile, Some(r.durability), |p, w| {
            p.requirements.durability = w
        }),
        "requirements.pattern" => {
            each::<Pattern>(profile, Some(r.pattern), |p, w| p.requirements.pattern = w)
        }
        "requirements.protocol" => each::<Protocol>(profile, Some(r.protocol), |p, w| {
            p.requirements.protocol = w
        }),
        "requirements.features" => {
            each::<Feature>(profile, None, |p, w| p.requirements.features = vec![w])
        }
        "requirements.availability" => {
            each::<Availability>(profile, Some(r.availability), |p, w| {
                p.requirements.availability = w
            })
        }
        "requirements.client_changes" => {
            each::<ClientChanges>(profile, Some(r.client_changes), |p, w| {
                p.requirements.client_changes = w
            })
        }
        "requirements.eviction" => each::<Eviction>(profile, Some(r.eviction), |p, w| {
            p.requirements.eviction = w
        }),
        "requirements.multi_region" => {
            each::<MultiRegion>(profile, Some(r.multi_region), |p, w| {
                p.requirements.multi_region = w
            })
        }
        "compute" => stated(
            each::<Compute>(profile, None, |p, w| p.compute = vec![w]),
            "compute",
        ),
        "origin.kind" => {
            each::<OriginKind>(profile, Some(profile.origin.kind), |p, w| p.origin.kind = w)
        }
        "origin.latency" => numbers(
            profile,
            NumField::OriginLatency,
            &["1", "5", "20", "100", "500"],
        ),
        "origin.price_per_million_reads" => numbers(
            profile,
            NumField::OriginPrice,
            &["0", "0.1", "1", "10", "100"],
        ),
        "traffic.peak_reads" => numbers(
            profile,
            NumField::PeakReads,
            &["1000000", "10000000", "100000000"],
        ),
        "traffic.peak_writes" => numbers(
            profile,
            NumField::PeakWrites,
            &["100000", "1000000", "10000000"],
        ),
        "traffic.connections" => numbers(
            profile,
            NumField::Connections,
            &["10000", "100000", "1000000"],
        ),
        "traffic.hottest_key_share" => numbers(
            profile,
            NumField::HottestKeyShare,
            &["0.01", "0.1", "0.5", "1"],
        ),
        "data.max_item_size" => numbers(
            profile,
            NumField::MaxItemSize,
            &["524288", "1073741824", "107374182400"],
        ),
        "data.ttl" => stated(
            numbers(profile, NumField::Ttl, &["1", "1000", "60000", "86400000"]),
            "data.ttl",
        ),
        "instances" => {
            let mut changed = profile.clone();
            changed.instances = Some(Decimal::ONE);
            vec![("1".to_owned(), changed)]
        }
        "network.vpc" if profile.private_access != Need::Required => stated(
            each::<Vpc>(profile, None, |p, w| p.network.vpc = w),
            "network.vpc",
        ),
        "network.internet_from_vpc" => {
            each::<InternetFromVpc>(profile, profile.network.internet_from_vpc, |p, w| {
                p.network.internet_from_vpc = Some(w)
            })
        }
        "optimize_for" => each::<OptimizeFor>(profile, Some(profile.optimize_for), |p, w| {
            p.optimize_for = w
        }),
        _ => Vec::new(),
    }
}

fn numbers(profile: &Profile, field: NumField, values: &[&str]) -> Vec<(String, Profile)> {
    let (low, high) = domain(profile, field);
    let legal = values
        .iter()
        .filter_map(|v| v.parse::<Decimal>().ok())
        .filter(|v| *v >= low && *v <= high);
    legal
        .map(|value| {
            let mut changed = profile.clone();
            changed.set_number(field, value);
            (field.show(value), changed)
        })
        .collect()
}
