//! A file layer over a bucket: small files live on the layer, large ones are read from the bucket.

use rust_decimal::Decimal;

use super::{Beside, Billed, Offer};
use crate::domain::comparison::{FileLayer, Spec};
use crate::services::model::GIB;

/// Reads of the bucket behind the layer.
const GET: &str = "s3-standard/get-requests";
const PUT: &str = "s3-standard/put-requests";

pub(super) fn offer<'a>(cx: &Beside<'a>, of: &FileLayer) -> Option<Offer<'a>> {
    if !cx.has("read-gb") {
        return None;
    }
    let load = cx.load;
    let item = cx.profile.data.item_size;
    let [threshold, least, metadata] =
        [of.threshold, of.least_read, of.metadata].map(Decimal::from);
    let gb = |count: Decimal, bytes: Decimal| count * bytes / GIB;
    let bucket = |key: &str, quantity| Billed {
        meter: key.rsplit('/').next().unwrap_or(key).to_owned(),
        key: key.to_owned(),
        quantity,
        region: None,
    };
    let (mut lines, mut possible, mut cautions) = (Vec::new(), Vec::new(), Vec::new());
    if item > threshold {
        lines.push(bucket(GET, load.lookups));
        lines.push(cx.billed("read-gb", gb(load.lookups, metadata)));
        cautions.push("file-layer-large-reads");
    } else {
        let read = cx.profile.bytes_per_read().max(least) + metadata;
        lines.push(cx.billed("storage-gb-months", load.stored_gb));
        lines.push(cx.billed("read-gb", gb(load.lookups, read)));
        possible.push(cx.billed("write-gb", load.stored_gb));
        cautions.push("file-layer-import");
    }
    if !load.writes.is_zero() {
        // A write goes to the layer first and is exported to the bucket: a read there and a PUT.
        let bytes = gb(load.writes, item.max(least));
        possible.push(cx.billed("write-gb", bytes));
        possible.push(cx.billed("read-gb", bytes));
        possible.push(bucket(PUT, load.writes));
        cautions.push("file-layer-writes");
    }
    Some(Offer {
        variant: cx.variant(None)?,
        id: None,
        spec: Spec::ByUse,
        lines,
        possible,
        cautions,
        above_quota: None,
        misses: None,
        // What writes cost stands in the high end alone: no headline rests on the rest.
        comparable: load.writes.is_zero(),
        reads_origin: true,
    })
}
