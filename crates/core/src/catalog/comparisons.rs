//! `comparisons/*.yaml`: for which profiles a row is shown, and how it is reckoned.

use std::str::FromStr;

use super::{CODES, rules};
use crate::diagnostic::Diagnostic;
use crate::domain::comparison::{
    Abroad, Capacity, Comparison, Copies, Deployment, EngineShape, FileLayer, Memory, Method,
    NodeType, Shards, SizedNode,
};
use crate::domain::units::{Bytes, Quantity as _, Share};
use crate::yaml::{Node, Reader};

/// The keys of a method, one of which a comparison has.
const METHODS: &str =
    "a comparison has one of shards, copies, capacity, file_layer, direct, memory";

/// What only a comparison has.
pub(super) fn read(r: &mut Reader<'_, '_>, node: &Node) -> Option<Comparison> {
    let when = r.required("when");
    let asks = r.required("asks").and_then(|n| r.scalar(n, "asks"));
    let preview = r.text("preview").is_some_and(|(word, _)| word == "yes");
    let methods = [
        "shards",
        "copies",
        "capacity",
        "file_layer",
        "direct",
        "memory",
    ];
    let found: Vec<(&str, &Node)> = methods
        .iter()
        .filter_map(|key| Some((*key, r.node(key)?)))
        .collect();
    let problems = r.problems();
    let [(key, body)] = found.as_slice() else {
        problems.push(
            Diagnostic::error(
                CODES.missing,
                "the method of the comparison is missing",
                node.span.start..node.span.start,
                "needs one method",
            )
            .help(METHODS),
        );
        return None;
    };
    let method = match *key {
        "shards" => shards(body, problems).map(Method::Shards),
        "copies" => copies(body, problems).map(Method::Copies),
        "capacity" => capacity(body, problems).map(Method::Capacity),
        "file_layer" => file_layer(body, problems).map(Method::FileLayer),
        "memory" => memory(body, problems).map(Method::Memory),
        _ => Some(Method::Direct),
    };
    let when = when.and_then(|n| rules::condition(n, problems));
    Some(Comparison {
        when: when?,
        asks: asks?.0.to_owned(),
        preview,
        method: method?,
    })
}

fn shards(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Shards> {
    let mut r = Reader::new(node, "shards", CODES, problems);
    let prefix = text(&mut r, "prefix");
    let requests_per_vcpu = number(&mut r, "requests_per_vcpu");
    let requests_per_node = number(&mut r, "requests_per_node");
    let burst_requests = number(&mut r, "burst_requests");
    let free_written_gb = r.parsed("free_written_gb");
    let durability = r.parsed::<Share>("durability");
    let abroad = r.node("abroad");
    let engines = r.required("engines");
    let types = r.required("types");
    r.finish();
    let abroad = abroad.map(|n| self::abroad(n, problems));
    let engines = list(engines?, "shards.engines", problems, engine);
    let types = list(types?, "shards.types", problems, node_type);
    Some(Shards {
        prefix: prefix?,
        requests_per_vcpu: requests_per_vcpu?,
        requests_per_node: requests_per_node?,
        burst_requests: burst_requests?,
        free_written_gb,
        abroad: abroad.unwrap_or_default(),
        durability: durability.and_then(percent),
        engines: engines?,
        types: types?,
    })
}

fn abroad(node: &Node, problems: &mut Vec<Diagnostic>) -> Abroad {
    let mut r = Reader::new(node, "shards.abroad", CODES, problems);
    let families = r.texts("families").unwrap_or_default();
    let families = families.into_iter().map(|(t, _)| t.to_owned()).collect();
    let most = r.parsed("most");
    let without_durability = r
        .text("without_durability")
        .is_some_and(|(word, _)| word == "yes");
    r.finish();
    Abroad {
        families,
        most,
        without_durability,
    }
}

fn engine(r: &mut Reader<'_, '_>) -> Option<EngineShape> {
    let variant = r.text("variant").map(|(t, _)| t.to_owned());
    let memcached = r.text("memcached").is_some_and(|(word, _)| word == "yes");
    let usual_item = r.parsed::<Bytes>("usual_item").map(Bytes::whole);
    let replicas = number(r, "replicas");
    let least = number(r, "least");
    let burstable = number(r, "burstable");
    let quota = number(r, "quota");
    let most = number(r, "most");
    Some(EngineShape {
        variant,
        replicas: replicas?,
        least: least?,
        burstable: burstable?,
        quota: quota?,
        most: most?,
        memcached,
        usual_item,
    })
}

fn node_type(r: &mut Reader<'_, '_>) -> Option<NodeType> {
    let name = text(r, "type");
    let memory = number::<Bytes>(r, "memory");
    let reserved = r.parsed::<Share>("reserved");
    let memcached = r.parsed("memcached").unwrap_or(0);
    let vcpu = number(r, "vcpu");
    let cpu = r.parsed::<Share>("cpu");
    let mbps = r.parsed("mbps").unwrap_or(0);
    let connections = r.parsed("connections").unwrap_or(0);
    Some(NodeType {
        name: name?,
        memory: whole(memory?)?,
        reserved: reserved.map_or(Some(0), percent)?,
        memcached,
        vcpu: vcpu?,
        cpu: cpu.map_or(Some(100), percent)?,
        mbps,
        connections,
    })
}

fn copies(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Copies> {
    let mut r = Reader::new(node, "copies", CODES, problems);
    let prefix = text(&mut r, "prefix");
    let least = number(&mut r, "least");
    let most = number(&mut r, "most");
    let writes = number(&mut r, "writes");
    let miss = number(&mut r, "miss");
    let write = number(&mut r, "write");
    let headroom = number(&mut r, "headroom");
    let types = r.required("types");
    r.finish();
    let types = list(types?, "copies.types", problems, |r| {
        let name = text(r, "type");
        let memory = number::<Bytes>(r, "memory");
        let requests = number(r, "requests");
        Some(SizedNode {
            name: name?,
            memory: whole(memory?)?,
            requests: requests?,
        })
    });
    Some(Copies {
        prefix: prefix?,
        least: least?,
        most: most?,
        writes: writes?,
        miss: miss?,
        write: write?,
        headroom: headroom?,
        types: types?,
    })
}

fn capacity(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Capacity> {
    let mut r = Reader::new(node, "capacity", CODES, problems);
    let smallest_gib = number(&mut r, "smallest_gib");
    let step_gib = number(&mut r, "step_gib");
    let deployments = r.required("deployments");
    r.finish();
    let deployments = list(deployments?, "capacity.deployments", problems, |r| {
        let variant = text(r, "variant");
        let meter = text(r, "meter");
        Some(Deployment {
            variant: variant?,
            meter: meter?,
        })
    });
    Some(Capacity {
        smallest_gib: smallest_gib?,
        step_gib: step_gib?,
        deployments: deployments?,
    })
}

fn file_layer(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<FileLayer> {
    let mut r = Reader::new(node, "file_layer", CODES, problems);
    let threshold = number::<Bytes>(&mut r, "threshold");
    let least_read = number::<Bytes>(&mut r, "least_read");
    let metadata = number::<Bytes>(&mut r, "metadata");
    r.finish();
    Some(FileLayer {
        threshold: whole(threshold?)?,
        least_read: whole(least_read?)?,
        metadata: whole(metadata?)?,
    })
}

fn memory(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Memory> {
    let mut r = Reader::new(node, "memory", CODES, problems);
    let copies = number(&mut r, "copies");
    let most_gib = number(&mut r, "most_gib");
    r.finish();
    Some(Memory {
        copies: copies?,
        most_gib: most_gib?,
    })
}

/// A key that must be there.
fn number<T: FromStr<Err: std::fmt::Display>>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
) -> Option<T> {
    r.required(key)?;
    r.parsed(key)
}

fn text(r: &mut Reader<'_, '_>, key: &'static str) -> Option<String> {
    let node = r.required(key)?;
    r.scalar(node, key).map(|(t, _)| t.to_owned())
}

fn whole<T: TryFrom<u64>>(bytes: Bytes) -> Option<T> {
    let bytes = u64::try_from(bytes.value()).ok()?;
    T::try_from(bytes).ok()
}

fn percent(share: Share) -> Option<u8> {
    u8::try_from(share.value() * rust_decimal::Decimal::ONE_HUNDRED).ok()
}

/// Every row of a list of maps; `None` when one of them cannot be read.
fn list<T>(
    node: &Node,
    path: &str,
    problems: &mut Vec<Diagnostic>,
    read: impl FnMut(&mut Reader<'_, '_>) -> Option<T>,
) -> Option<Vec<T>> {
    let before = problems.len();
    let rows = super::rows(node, path, problems, read);
    (problems.len() == before).then_some(rows)
}
