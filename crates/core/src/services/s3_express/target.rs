//! How a deployed directory bucket is reached: by its name.

use crate::services::found::{Resource, Target};

/// The resource that is the cache.
pub(super) const CACHES: &[&str] = &["AWS::S3Express::DirectoryBucket"];

/// What to test.
pub(super) fn target(bucket: &Resource) -> Option<Target> {
    bucket.physical_id.clone().map(Target::Bucket)
}
