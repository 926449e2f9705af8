//! Usage of what is only shown for comparison, all of it from the catalog: nodes or memory, and how many of them.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::model::{Bend, Context, Demand, GIB, MeterKey, NotCovered, ServiceModel, Usage, own};
use crate::domain::catalog::{Fleet, Service};
use crate::domain::units::HOURS_PER_MONTH;

/// Every comparison: the smallest node that holds the working set, or memory for it, so many times.
pub(super) struct Comparison;

const NOT_BESIDE: NotCovered = NotCovered {
    code: "comparison-origin",
    field: "origin.kind",
    because: "it stands in front of other origins",
};
const TOO_LARGE: NotCovered = NotCovered {
    code: "comparison-size",
    field: "data.working_set",
    because: "no node holds the working set",
};

impl ServiceModel for Comparison {
    fn id(&self) -> &'static str {
        "comparison"
    }

    fn meters<'c>(&self, entry: &'c Service) -> Cow<'c, [MeterKey<'c>]> {
        let fleets = entry.variants.iter().filter_map(|v| v.fleet.as_ref());
        let nodes = fleets.flat_map(|f| &f.nodes).map(|n| n.meter.as_str());
        let mut meters: Vec<_> = nodes.map(|meter| own(&entry.id, meter)).collect();
        if meters.is_empty() {
            let memory = entry.meters.first().map(|m| own(&entry.id, &m.id));
            meters.extend(memory);
        }
        Cow::Owned(meters)
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> Result<(), NotCovered> {
        let fleet = cx.variant.fleet.as_ref().ok_or(NOT_BESIDE)?;
        let fronts = &fleet.fronts;
        if !fronts.is_empty() && !fronts.contains(&cx.profile.origin.kind) {
            return Err(NOT_BESIDE);
        }
        let (meter, quantity) = sized(fleet, cx.profile.data.working_set)?;
        out.add(meter, quantity * fleet.copies);
        Ok(())
    }

    fn limits(&self) -> &'static [&'static str] {
        &[]
    }

    fn demands(&self, _: &Context<'_>, _: &mut Vec<Demand>) {}

    fn bends(&self, _: &Context<'_>, _: &mut Vec<Bend>) {}
}

/// The meter, and its quantity for one node or one copy.
fn sized(fleet: &Fleet, bytes: Decimal) -> Result<(usize, Decimal), NotCovered> {
    if fleet.nodes.is_empty() {
        return Ok((0, (bytes / GIB).ceil().max(Decimal::ONE)));
    }
    let usable = Decimal::ONE - fleet.reserve;
    let holds = fleet.nodes.iter().position(|n| n.memory * usable >= bytes);
    Ok((holds.ok_or(TOO_LARGE)?, HOURS_PER_MONTH))
}
