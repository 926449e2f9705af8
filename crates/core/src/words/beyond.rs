//! What stands beside the candidates: what is bought, and the one row that belongs into the first sentence.

use crate::domain::comparison::{FileSystem, Layout, Nodes, Spec};
use crate::domain::decision::Decision;
use crate::domain::money::{grouped, plain};
use crate::domain::units::{Quantity as _, Share};

/// What is bought, in few words: `6 × cache.r6g.large, 3 shards, 1 replica each`. Empty where it is paid by use.
pub fn spec(spec: &Spec) -> String {
    match spec {
        Spec::Nodes(nodes) => laid_out(nodes),
        Spec::FileSystem(fs) => format!(
            "{} GiB at {} MB/s per TiB",
            grouped(&plain(fs.gib)),
            fs.mbps_per_tib
        ),
        Spec::Memory { gib, copies } => {
            format!("{} GiB in {copies} copies", grouped(&plain(*gib)))
        }
        Spec::ByUse => String::new(),
    }
}

fn laid_out(nodes: &Nodes) -> String {
    let count = format!("{} × {}", nodes.layout.nodes, nodes.layout.kind);
    let copies = match nodes.replicas {
        1 => "1 replica".to_owned(),
        more => format!("{more} replicas"),
    };
    let layout = match nodes.shards {
        Some(1) => format!("{count}, one of them a replica"),
        Some(shards) => format!("{count}, {shards} shards, {copies} each"),
        None => count,
    };
    match nodes.regions {
        1 => layout,
        regions => format!("{layout}, in each of {regions} Regions"),
    }
}

/// What else is to say of it, a sentence each.
pub fn details(spec: &Spec) -> Vec<String> {
    match spec {
        Spec::Nodes(nodes) => of_nodes(nodes),
        Spec::FileSystem(fs) => of_file_system(fs),
        Spec::Memory { .. } | Spec::ByUse => Vec::new(),
    }
}

fn of_nodes(nodes: &Nodes) -> Vec<String> {
    let layout = |l: &Layout| format!("{} × {} at {} a month", l.nodes, l.kind, l.monthly);
    let mut out = vec![format!(
        "The data fill {} of the memory.",
        share(nodes.used)
    )];
    let fewer = nodes.fewer.as_ref();
    out.extend(fewer.map(|l| format!("Fewer nodes cost hardly more: {}.", layout(l))));
    let year = nodes.reserved.as_ref();
    out.extend(year.map(|l| format!("With a year's reservation: {}.", layout(l))));
    out
}

fn of_file_system(fs: &FileSystem) -> Vec<String> {
    let mut out = vec![format!("The data fill {} of it.", share(fs.used))];
    out.extend(fs.while_active.map(|cost| {
        format!("Created for the active hours and deleted after them, it costs {cost} a month.")
    }));
    out
}

/// What lies outside the candidates and is much cheaper than the recommended one, or fits where none does:
/// with what it is, what it costs and what it asks in return.
pub fn beyond(decision: &Decision) -> Option<String> {
    let beyond = decision.beyond?;
    let row = &decision.candidates[beyond.row];
    let what = row.spec.as_ref().map(spec).unwrap_or_default();
    let what = if what.is_empty() {
        row.name.clone()
    } else {
        format!("{} ({what})", row.name)
    };
    let cost = row.cost?.expected;
    let asks = &row.asks;
    Some(match beyond.less {
        Some(less) => format!(
            "{what} would do for {cost} a month, {} less{}; it asks for {asks}.",
            share(less),
            apart(beyond.apart)
        ),
        None => format!("Outside them {what} fits, for {cost} a month; it asks for {asks}."),
    })
}

/// What a share leaves out.
pub(super) const fn apart(is_apart: bool) -> &'static str {
    if is_apart {
        " beside the transfer, which is the same"
    } else {
        ""
    }
}

/// In whole percent.
fn share(of: rust_decimal::Decimal) -> String {
    Share::from_value(of.round_dp(2)).to_string()
}
