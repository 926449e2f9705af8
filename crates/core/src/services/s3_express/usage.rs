//! S3 Express One Zone: stored bytes, requests, and upload and retrieval of all bytes.
//!
//! Since 2025-04-10 the per-GB charges apply to every byte of every request (facts: the April 2025
//! price cut). A GET that finds nothing is a billed 404.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{ID, S3Express};
use crate::domain::catalog::Service;
use crate::services::model::{
    Bend, Context, Demand, EGRESS, MeterKey, NotCovered, ServiceModel, Tells, Usage, own,
    peak_lookups, peak_puts, place,
};

const METERS: &[MeterKey<'_>] = &[
    own(ID, "storage-gb-months"),
    own(ID, "put-requests"),
    own(ID, "get-requests"),
    own(ID, "upload-gb"),
    own(ID, "retrieval-gb"),
    EGRESS,
];

const STORED: usize = place(METERS, "storage-gb-months");
const PUTS: usize = place(METERS, "put-requests");
const GETS: usize = place(METERS, "get-requests");
const UPLOADED: usize = place(METERS, "upload-gb");
const RETRIEVED: usize = place(METERS, "retrieval-gb");
const OUT: usize = place(METERS, "internet-egress-gb");

/// What a bill tells.
const TELLS: &[(&str, Tells)] = &[
    ("storage-gb-months", Tells::WorkingSet),
    ("get-requests", Tells::Reads),
    ("retrieval-gb", Tells::ReadSize),
    ("put-requests", Tells::Writes),
];

/// Demands that can be made.
const LIMITS: &[&str] = &[
    "reads-per-second",
    "max-reads-per-second",
    "writes-per-second",
    "max-writes-per-second",
];

impl ServiceModel for S3Express {
    fn id(&self) -> &'static str {
        ID
    }

    fn meters<'c>(&self, _: &'c Service) -> Cow<'c, [MeterKey<'c>]> {
        Cow::Borrowed(METERS)
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> Result<(), NotCovered> {
        let load = cx.load;
        out.add(STORED, load.stored_gb);
        out.add(PUTS, load.puts());
        out.add(GETS, load.lookups);
        out.add(UPLOADED, load.puts() * load.item_gb);
        out.add(RETRIEVED, load.hits * load.read_gb);
        out.add_egress(OUT, cx);
        Ok(())
    }

    fn limits(&self) -> &'static [&'static str] {
        LIMITS
    }

    fn demands(&self, cx: &Context<'_>, out: &mut Vec<Demand>) {
        let (p, load) = (cx.profile, cx.load);
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

    fn told(&self) -> &'static [(&'static str, Tells)] {
        TELLS
    }

    fn bends(&self, _: &Context<'_>, _: &mut Vec<Bend>) {}
}
