//! S3 Express One Zone: stored bytes, requests, and upload and retrieval of all bytes.
//!
//! Since 2025-04-10 the per-GB charges apply to every byte of every request (facts: the April 2025
//! price cut). A GET that finds nothing is a billed 404.

use rust_decimal::Decimal;

use super::{ID, S3Express};
use crate::domain::profile::Profile;
use crate::services::model::{
    Bend, Context, Demand, EGRESS, Load, MeterKey, ServiceModel, Usage, egress_gb, own,
    peak_lookups, peak_puts,
};

const METERS: &[MeterKey] = &[
    own(ID, "storage-gb-months"),
    own(ID, "put-requests"),
    own(ID, "get-requests"),
    own(ID, "upload-gb"),
    own(ID, "retrieval-gb"),
    EGRESS,
];

impl ServiceModel for S3Express {
    fn id(&self) -> &'static str {
        ID
    }

    fn meters(&self) -> &'static [MeterKey] {
        METERS
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> bool {
        let load = cx.load;
        out.add(0, load.stored_gb);
        out.add(1, load.puts());
        out.add(2, load.lookups);
        out.add(3, load.puts() * load.item_gb);
        out.add(4, load.hits * load.item_gb);
        if let Some(gb) = egress_gb(cx.profile, load) {
            out.add(5, gb);
        }
        true
    }

    fn demands(&self, p: &Profile, load: &Load, out: &mut Vec<Demand>) {
        let (reads, reads_max): (Decimal, Decimal) = peak_lookups(p);
        let (puts, puts_max) = peak_puts(p, load);
        for limit in ["reads-per-second", "max-reads-per-second"] {
            out.push(Demand {
                limit,
                stated: reads,
                value: reads_max,
            });
        }
        for limit in ["writes-per-second", "max-writes-per-second"] {
            out.push(Demand {
                limit,
                stated: puts,
                value: puts_max,
            });
        }
    }

    fn bends(&self, _: &Context<'_>, _: &mut Vec<Bend>) {}
}
