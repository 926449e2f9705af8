//! Boxes on the shelf and lifts from it.

use std::borrow::Cow;

use cachewright_core::domain::catalog;
use cachewright_core::domain::profile::Profile;
use cachewright_core::services::{
    Bend, Context, Demand, GIB, MeterKey, NotCovered, ServiceModel, Usage, place,
};
use rust_decimal::Decimal;

use super::{ID, Shelf};

const METERS: &[MeterKey<'_>] = &[meter("box-months"), meter("lifts")];
const BOXES: usize = place(METERS, "box-months");
const LIFTS: usize = place(METERS, "lifts");

/// What a box holds at most.
const BOX_BYTES: Decimal = Decimal::from_parts(100_000_000, 0, 0, false, 0);

const fn meter(name: &'static str) -> MeterKey<'static> {
    MeterKey {
        service: ID,
        meter: name,
        by_variant: false,
    }
}

pub(crate) fn boxes(profile: &Profile) -> Decimal {
    (profile.data.working_set / GIB).ceil()
}

impl ServiceModel for Shelf {
    fn id(&self) -> &'static str {
        ID
    }

    fn meters<'c>(&self, _: &'c catalog::Service) -> Cow<'c, [MeterKey<'c>]> {
        Cow::Borrowed(METERS)
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> Result<(), NotCovered> {
        if cx.profile.data.item_size > BOX_BYTES {
            return Err(NotCovered {
                code: "shelf-box",
                field: "data.item_size",
                because: "an item does not fit a box",
            });
        }
        out.add(BOXES, boxes(cx.profile));
        out.add(LIFTS, cx.load.hits);
        Ok(())
    }

    fn limits(&self) -> &'static [&'static str] {
        &["boxes"]
    }

    fn demands(&self, cx: &Context<'_>, out: &mut Vec<Demand>) {
        let profile = cx.profile;
        out.push(Demand {
            limit: "boxes",
            stated: boxes(profile),
            value: boxes(profile),
        });
    }

    fn bends(&self, _: &Context<'_>, out: &mut Vec<Bend>) {
        out.push(Bend::WorkingSetStep(GIB));
    }
}
