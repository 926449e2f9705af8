//! The objects read where they are: requests, and storage only where the bucket is not there already.

use super::{Beside, Offer};
use crate::domain::comparison::Spec;
use crate::domain::profile::OriginKind;

pub(super) fn offer<'a>(cx: &Beside<'a>) -> Option<Offer<'a>> {
    if !cx.has("get-requests") {
        return None;
    }
    let load = cx.load;
    let mut lines = vec![cx.billed("get-requests", load.lookups)];
    if cx.profile.origin.kind != OriginKind::S3 {
        lines.push(cx.billed("storage-gb-months", load.stored_gb));
        lines.push(cx.billed("put-requests", load.writes));
    }
    Some(Offer {
        variant: cx.variant(None)?,
        id: None,
        spec: Spec::ByUse,
        lines,
        possible: Vec::new(),
        cautions: Vec::new(),
        above_quota: None,
        misses: None,
        comparable: true,
        reads_origin: true,
    })
}
