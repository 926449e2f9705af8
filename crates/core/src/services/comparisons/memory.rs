//! Memory by the GiB, as many times as there are copies.

use rust_decimal::Decimal;

use super::{Beside, Offer};
use crate::domain::comparison::{Memory, Spec};
use crate::services::model::GIB;

pub(super) fn offer<'a>(cx: &Beside<'a>, of: &Memory) -> Option<Offer<'a>> {
    let meter = cx.service.meters.first()?;
    let variant = cx.variant(None)?;
    let data = (cx.stored(variant) / GIB).ceil().max(Decimal::ONE);
    let gib = data * Decimal::from(of.copies);
    if gib > Decimal::from(of.most_gib) || !cx.has(&meter.id) {
        return None;
    }
    Some(Offer {
        variant,
        id: None,
        spec: Spec::Memory {
            gib,
            copies: of.copies,
        },
        lines: vec![cx.billed(&meter.id, gib)],
        possible: Vec::new(),
        cautions: vec!["memory-preview"],
        above_quota: None,
        misses: None,
        comparable: true,
        reads_origin: false,
    })
}
