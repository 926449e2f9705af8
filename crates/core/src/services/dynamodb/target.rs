//! How a deployed table is reached: by its name.

use crate::services::found::{Resource, Target};

/// The resource that is the cache.
pub(super) const CACHES: &[&str] = &["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"];

/// What to test.
pub(super) fn target(table: &Resource) -> Option<Target> {
    table.physical_id.clone().map(Target::Table)
}
