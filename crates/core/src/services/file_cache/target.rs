//! How a deployed file cache is reached: mounted on the machine that tests it.

use crate::services::found::{Deployed, Mount, Target};

/// The resources that are the cache: the native type, and the custom one elsewhere.
pub(super) const CACHES: &[&str] = &["AWS::FSx::FileCache", "Custom::FileCache"];

/// What to test.
pub(super) fn target(stack: &Deployed<'_>) -> Option<Target> {
    Some(Target::Mount(Mount {
        dns: stack.output(&["dns"]),
        name: stack.output(&["mountname"]),
        path: stack.overrides.mount.clone(),
    }))
}
