//! CloudFront: an edge cache of HTTP responses.

mod checks;
mod options;
mod stack;
mod target;
mod usage;

use super::Service;
use super::check::ResourceType;
use super::found::{Deployed, Resource, Target};
use super::parts::{Parts, StackCase};
use crate::exit::Failure;

const ID: &str = "cloudfront";

pub(super) struct CloudFront;

impl Service for CloudFront {
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

    fn target(&self, cache: &Resource, stack: &Deployed<'_>) -> Option<Target> {
        target::target(cache, stack)
    }
}
