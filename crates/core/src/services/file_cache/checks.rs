//! Checks of the file cache, of the native type and of the custom resource.

use super::ID;
use crate::services::check::{Checker, ResourceType, at, items};
use crate::yaml::{Kind, Node};

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType::new("AWS::FSx::FileCache").checked(file_cache),
    ResourceType::new("Custom::FileCache").checked(provisioned_file_cache),
];

fn file_cache(c: &mut Checker<'_>, id: &str, p: &Node) {
    capacity(c, id, p, "StorageCapacity");
    supported(c, id, p);
    let native = c
        .given
        .catalog
        .stacks
        .native_types
        .get(ID)
        .is_some_and(|r| r.iter().any(|r| r == c.given.region));
    if !native {
        c.report(
            "file-cache-region",
            id,
            "Type",
            format!("the resource type is not registered in {}", c.given.region),
            "use the custom resource",
        );
    }
    if items(p.get("SubnetIds")).len() > 1 {
        c.report(
            "file-cache-subnets",
            id,
            "SubnetIds",
            "a cache lives in one subnet",
            "name one",
        );
    }
    if matches!(p.get("Tags").map(|n| &n.kind), Some(Kind::Seq(items)) if items.is_empty()) {
        c.report(
            "file-cache-tags",
            id,
            "Tags",
            "an empty list is refused",
            "leave `Tags` out",
        );
    }
    let path = at(p, &["DataRepositoryAssociations"]).and_then(|n| match &n.kind {
        Kind::Seq(items) => items.first().and_then(|i| c.text(i, &["FileCachePath"])),
        _ => None,
    });
    cache_path(c, id, path.as_deref());
}

/// The one value that each of these may have.
const FIXED: &[(&[&str], &str, &str)] = &[
    (
        &["LustreConfiguration", "PerUnitStorageThroughput"],
        "1000",
        "LustreConfiguration.PerUnitStorageThroughput",
    ),
    (
        &[
            "LustreConfiguration",
            "MetadataConfiguration",
            "StorageCapacity",
        ],
        "2400",
        "LustreConfiguration.MetadataConfiguration",
    ),
    (
        &["LustreConfiguration", "DeploymentType"],
        "CACHE_1",
        "LustreConfiguration.DeploymentType",
    ),
    (&["FileCacheTypeVersion"], "2.12", "FileCacheTypeVersion"),
];

fn supported(c: &mut Checker<'_>, id: &str, p: &Node) {
    for (path, wanted, property) in FIXED {
        if c.text(p, path).as_deref() != Some(*wanted) {
            c.report(
                "file-cache-fixed",
                id,
                property,
                format!("only {wanted} is supported"),
                format!("write {wanted}"),
            );
        }
    }
}

/// The custom resource takes the same values where the type is not registered.
fn provisioned_file_cache(c: &mut Checker<'_>, id: &str, p: &Node) {
    capacity(c, id, p, "CapacityGib");
    // Only a bucket may not be the root; an NFS export may.
    if p.get("NfsDnsIps").is_none() {
        let path = c.text(p, &["CachePath"]);
        cache_path(c, id, path.as_deref());
    }
}

fn capacity(c: &mut Checker<'_>, id: &str, p: &Node, property: &'static str) {
    let capacity = c.number(p, &[property]).unwrap_or(0);
    if capacity != 1_200 && (capacity == 0 || !capacity.is_multiple_of(2_400)) {
        c.report(
            "file-cache-capacity",
            id,
            property,
            format!("{capacity} GiB is not a capacity"),
            "use 1200 or a multiple of 2400",
        );
    }
}

fn cache_path(c: &mut Checker<'_>, id: &str, path: Option<&str>) {
    if path == Some("/") {
        c.report(
            "file-cache-path",
            id,
            "FileCachePath",
            "a bucket cannot appear at the root of the cache",
            "use a directory such as /data",
        );
    }
}
