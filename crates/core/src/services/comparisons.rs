//! Usage of the services that are only shown for comparison: DAX nodes, Momento capacity.

use rust_decimal::Decimal;

use super::model::{Bend, Context, Demand, GIB, Load, MeterKey, ServiceModel, Usage, own};
use crate::domain::profile::{OriginKind, Profile};
use crate::domain::units::HOURS_PER_MONTH;

/// Three nodes of the smallest type that holds the working set, in front of DynamoDB.
pub(super) struct Dax;

/// AWS recommends at least three nodes over zones for production.
const DAX_NODES: Decimal = Decimal::from_parts(3, 0, 0, false, 0);
const DAX_METERS: &[MeterKey] = &[
    own("dax", "node-hours.dax.t3.small"),
    own("dax", "node-hours.dax.t3.medium"),
    own("dax", "node-hours.dax.r5.large"),
    own("dax", "node-hours.dax.r5.xlarge"),
    own("dax", "node-hours.dax.r5.2xlarge"),
    own("dax", "node-hours.dax.r5.4xlarge"),
    own("dax", "node-hours.dax.r5.8xlarge"),
    own("dax", "node-hours.dax.r5.12xlarge"),
    own("dax", "node-hours.dax.r5.16xlarge"),
    own("dax", "node-hours.dax.r5.24xlarge"),
];

impl ServiceModel for Dax {
    fn id(&self) -> &'static str {
        "dax"
    }

    fn meters(&self) -> &'static [MeterKey] {
        DAX_METERS
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> bool {
        if cx.profile.origin.kind != OriginKind::Dynamodb {
            return false;
        }
        let node = cx
            .variant
            .nodes
            .iter()
            .find(|n| n.memory >= cx.profile.data.working_set);
        let meter = node.and_then(|n| DAX_METERS.iter().position(|m| m.meter == n.meter));
        if let Some(meter) = meter {
            out.add(meter, DAX_NODES * HOURS_PER_MONTH);
        }
        meter.is_some()
    }

    fn demands(&self, _: &Profile, _: &Load, _: &mut Vec<Demand>) {}

    fn client_fills(&self) -> bool {
        false
    }

    fn bends(&self, _: &Context<'_>, _: &mut Vec<Bend>) {}
}

/// Flex capacity for the working set, primary and one replica.
pub(super) struct Momento;

const MOMENTO_METERS: &[MeterKey] = &[own("momento", "flex-gib-months")];
const MOMENTO_COPIES: Decimal = Decimal::TWO;

impl ServiceModel for Momento {
    fn id(&self) -> &'static str {
        "momento"
    }

    fn meters(&self) -> &'static [MeterKey] {
        MOMENTO_METERS
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> bool {
        let gib = (cx.profile.data.working_set / GIB).ceil().max(Decimal::ONE);
        out.add(0, gib * MOMENTO_COPIES);
        true
    }

    fn demands(&self, _: &Profile, _: &Load, _: &mut Vec<Demand>) {}

    fn size(&self, profile: &Profile) -> Decimal {
        profile.data.working_set
    }

    fn bends(&self, _: &Context<'_>, _: &mut Vec<Bend>) {}
}
