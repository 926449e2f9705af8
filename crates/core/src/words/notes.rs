//! What is also worth a look.

use rust_decimal::Decimal;

use crate::domain::finding::{Note, Remark, TwoLayers};
use crate::domain::money::{plain, whole};

/// One or two sentences.
pub fn note(note: &Note) -> String {
    match &note.remark {
        Remark::Rule(ruling) => ruling.because.clone(),
        Remark::TwoLayers(layers) => two_layers(layers),
    }
}

fn two_layers(layers: &TwoLayers) -> String {
    let TwoLayers {
        first,
        one,
        second,
        cost,
        two,
        ..
    } = layers;
    format!(
        "Two layers cost less than one: {first} with the origin reads it leaves ({reads} a month) costs {one} a month; with \
         {second} between the application and the database as well ({cost}), which answers {goal} % of those reads, {two}. \
         Describe that cache in a profile of its own (`layer: application`, {rate}/s reads) before you build it.",
        reads = whole(layers.reads),
        goal = plain(layers.hit_ratio * Decimal::ONE_HUNDRED),
        rate = plain(layers.rate.round_dp(2)),
    )
}
