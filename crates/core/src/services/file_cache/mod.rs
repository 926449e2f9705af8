//! Amazon File Cache: a Lustre file system in front of a bucket or an export.

mod checks;
mod stack;
mod target;
mod usage;

use super::Service;
use super::check::ResourceType;
use super::found::{Deployed, Resource, Target};
use super::parts::{Parts, StackCase};
use crate::exit::Failure;

const ID: &str = "file-cache";

pub(super) struct FileCache;

impl Service for FileCache {
    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        stack::TEMPLATES
    }

    fn parts(&self, case: &StackCase<'_>) -> Result<Parts, Failure> {
        stack::parts(case)
    }

    fn resource_types(&self) -> &'static [ResourceType] {
        checks::TYPES
    }

    fn caches(&self) -> &'static [&'static str] {
        target::CACHES
    }

    fn target(&self, _: &Resource, stack: &Deployed<'_>) -> Option<Target> {
        target::target(stack)
    }
}
