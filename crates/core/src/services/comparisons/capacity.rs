//! A file system bought by capacity and throughput: the cheapest pair of a capacity step and a level.

use rust_decimal::Decimal;

use super::{Beside, Billed, Offer, money};
use crate::domain::comparison::{Capacity, FileSystem, Spec};
use crate::domain::money::Usd;
use crate::domain::profile::OriginKind;
use crate::domain::units::HOURS_PER_MONTH;
use crate::services::model::{GIB, KIB};

const MEGABYTE: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

pub(super) fn offer<'a>(cx: &Beside<'a>, of: &Capacity) -> Option<Offer<'a>> {
    let mut deployments = of.deployments.iter();
    let (deployment, levels) = deployments.find_map(|deployment| {
        let levels = cx.spread(&deployment.meter);
        (!levels.is_empty()).then_some((deployment, levels))
    })?;
    let [_, peak] = cx.rates();
    let (data, needed) = (cx.profile.data.working_set / GIB, cx.bytes(peak) / MEGABYTE);
    let pairs = levels.iter().filter_map(|(level, price)| {
        let mbps: u32 = level.parse().ok()?;
        let throughput = needed * KIB / Decimal::from(mbps);
        let gib = step_up(of, data.max(throughput));
        Some((money(gib, *price), gib, mbps))
    });
    let (monthly, gib, mbps_per_tib) = pairs.min()?;
    let hours = cx.profile.traffic.active_hours;
    let meter = format!("{}.{mbps_per_tib}", deployment.meter);
    let mut cautions = Vec::new();
    if deployment.variant != of.deployments[0].variant {
        cautions.push("file-system-scratch");
    }
    if cx.profile.origin.kind == OriginKind::None {
        cautions.push("file-system-is-the-store");
    }
    Some(Offer {
        variant: cx.variant(Some(&deployment.variant))?,
        id: Some(deployment.variant.clone()),
        spec: Spec::FileSystem(FileSystem {
            gib,
            deployment: deployment.variant.clone(),
            mbps_per_tib,
            used: data / gib,
            while_active: (hours < HOURS_PER_MONTH)
                .then(|| Usd(monthly.0 * hours / HOURS_PER_MONTH)),
        }),
        lines: vec![Billed {
            key: [&cx.service.id, "/", &meter].concat(),
            meter,
            quantity: gib,
            region: None,
        }],
        possible: Vec::new(),
        cautions,
        above_quota: None,
        misses: None,
        comparable: true,
        reads_origin: false,
    })
}

/// The smallest capacity that holds these many GiB.
fn step_up(of: &Capacity, gib: Decimal) -> Decimal {
    let (smallest, step) = (Decimal::from(of.smallest_gib), Decimal::from(of.step_gib));
    if gib <= smallest {
        smallest
    } else {
        (gib / step).ceil() * step
    }
}
