//! `explain`: the text of `cachewright explain`, its sources as data.

use std::collections::BTreeSet;

use super::desk::Desk;
use crate::cli::explain::{cited, explain, unknown};
use crate::domain::catalog::Catalog;
use crate::mcp::Refused;
use crate::mcp::args;
use crate::mcp::results::{Explained, Source};

/// Bytes of a result.
const ROOM: usize = 4_000;

/// Characters of an id; none is longer.
const LONGEST: usize = 200;

pub(super) fn explained(desk: &Desk, args: &args::Explain) -> Result<Explained, Refused> {
    let catalog = &desk.catalog;
    let id = args.id.trim();
    if id.len() > LONGEST {
        return Err(unknown(catalog, id).into());
    }
    let (id, text) = found(catalog, id).ok_or_else(|| unknown(catalog, id))?;
    let mut sources: BTreeSet<Source> = BTreeSet::new();
    let (citing, saying): (Vec<&str>, Vec<&str>) = text
        .lines()
        .partition(|line| line.starts_with("  source: "));
    for source in &catalog.sources {
        if citing.contains(&cited(source).as_str()) {
            sources.insert(Source {
                url: source.url.clone(),
                date: source.date.clone(),
                checked: source.checked.clone(),
            });
        }
    }
    let mut explained = Explained {
        id: id.to_owned(),
        kind: kind(catalog, id).to_owned(),
        text: saying.join("\n"),
        sources: sources.into_iter().collect(),
    };
    fit(&mut explained);
    Ok(explained)
}

/// An id with what is known by it; a service has other names too.
fn found<'i>(catalog: &'i Catalog, id: &'i str) -> Option<(&'i str, String)> {
    let known = |id: &'i str| Some((id, explain(catalog, id))).filter(|(_, text)| !text.is_empty());
    known(id).or_else(|| known(&catalog.named(id)?.0.id))
}

/// What an id is of; one id can be of several, and then the first of them.
fn kind(catalog: &Catalog, id: &str) -> &'static str {
    let meter = |m: &str, service: &str| m == id || format!("{service}/{m}") == id;
    let mut meters = (catalog.services.iter()).flat_map(|s| s.meters.iter().map(move |m| (m, s)));
    let bare = id.strip_prefix("unverified-").unwrap_or(id);
    if catalog.service(id).is_some() {
        "service"
    } else if catalog.rules.iter().any(|r| r.id == id) {
        "rule"
    } else if meters.any(|(m, s)| meter(&m.id, &s.id)) {
        "meter"
    } else if catalog.discounts.iter().any(|d| d.id == id) {
        "discount"
    } else if catalog.codes.iter().any(|c| c.code == id || c.code == bare) {
        "code"
    } else {
        "fact"
    }
}

/// Leaves out the last sources, then the last lines, until it fits.
fn fit(explained: &mut Explained) {
    let size = |e: &Explained| serde_json::to_string(e).map_or(0, |text| text.len());
    while size(explained) > ROOM && explained.sources.len() > 3 {
        explained.sources.pop();
    }
    let whole = explained.text.clone();
    let mut lines: Vec<&str> = whole.lines().collect();
    while size(explained) > ROOM && lines.len() > 1 {
        lines.pop();
        explained.text = format!("{}\n  …", lines.join("\n"));
    }
}
