//! Checks of the directory bucket.

use crate::services::check::{Checker, ResourceType, at, bucket_policy};
use crate::services::found::Holds;
use crate::yaml::Node;

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType::new("AWS::S3Express::DirectoryBucket")
        .named("BucketName")
        .holding(Holds::Objects)
        .checked(directory_bucket),
    ResourceType::new("AWS::S3Express::BucketPolicy").checked(bucket_policy),
];

fn directory_bucket(c: &mut Checker<'_>, id: &str, p: &Node) {
    let zones = c
        .given
        .catalog
        .stacks
        .zones
        .get(c.given.region)
        .cloned()
        .unwrap_or_default();
    let zone = c.text(p, &["LocationName"]).unwrap_or_default();
    if !zones.contains(&zone) {
        c.report(
            "bucket-zone",
            id,
            "LocationName",
            format!(
                "`{zone}` is not a zone id with directory buckets in {}",
                c.given.region
            ),
            format!("use one of {}", zones.join(", ")),
        );
    }
    if let Some(name) = c.text(p, &["BucketName"]) {
        let suffix = format!("--{zone}--x-s3");
        let base = name.strip_suffix(&suffix);
        let good = base.is_some_and(|b| {
            !b.is_empty()
                && b.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        }) && name.len() <= 63;
        if !good {
            c.report("bucket-name", id, "BucketName", format!("`{name}` does not end with `{suffix}` or has other characters than a-z, 0-9 and -"), "leave the name out, or add the suffix");
        }
    }
    if at(
        p,
        &["BucketEncryption", "ServerSideEncryptionConfiguration"],
    )
    .is_none()
    {
        c.report(
            "bucket-encryption",
            id,
            "BucketEncryption",
            "encryption is not stated",
            "add AES256 or aws:kms",
        );
    }
    if at(p, &["LifecycleConfiguration", "Rules"]).is_none() {
        c.report(
            "bucket-lifecycle",
            id,
            "LifecycleConfiguration",
            "without a lifecycle objects and unfinished uploads stay for ever",
            "add an expiration and AbortIncompleteMultipartUpload",
        );
    }
}
