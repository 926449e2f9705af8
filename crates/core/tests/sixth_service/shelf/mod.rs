//! A complete sixth service: its stack, its checks, what verify tests.

mod usage;

use cachewright_core::exit::Failure;
use cachewright_core::services::Service;
use cachewright_core::services::check::{Checker, ResourceType};
use cachewright_core::services::found::{Deployed, Endpoint, Resource, Target};
use cachewright_core::services::parts::{Parameter, Parts, StackCase};
use cachewright_core::yaml::Node;
use serde_json::json;

pub(crate) const ID: &str = "shelf";

pub(crate) struct Shelf;

const TYPES: &[ResourceType] = &[ResourceType::new("Acme::Basement::Shelf")
    .named("ShelfName")
    .checked(boxes)];

fn boxes(c: &mut Checker<'_>, id: &str, properties: &Node) {
    if c.number(properties, &["Boxes"]).unwrap_or(0) == 0 {
        c.report(
            "shelf-empty",
            id,
            "Boxes",
            "there is no box",
            "write 1 or more",
        );
    }
}

impl Service for Shelf {
    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("shelf", include_str!("stack.yaml.tera"))]
    }

    fn parts(&self, case: &StackCase<'_>) -> Result<Parts, Failure> {
        let boxes = usage::boxes(case.profile).to_string();
        Ok(Parts {
            template: "shelf",
            context: json!({ "boxes": boxes }),
            parameters: vec![Parameter {
                name: "Boxes",
                value: Some(boxes),
            }],
            region: case.profile.region.clone(),
            capabilities: &[],
            samples: Vec::new(),
            hints: vec!["Mind the stairs.".to_owned()],
            creates: vec!["a shelf"],
            variables: &[],
            installs: &[],
            sections: Vec::new(),
            stays: Vec::new(),
        })
    }

    fn resource_types(&self) -> &'static [ResourceType] {
        TYPES
    }

    fn caches(&self) -> &'static [&'static str] {
        &["Acme::Basement::Shelf"]
    }

    fn target(&self, cache: &Resource, stack: &Deployed<'_>) -> Option<Target> {
        let host = stack
            .output(&["door"])
            .or_else(|| cache.physical_id.clone())?;
        Some(Target::Memcached(Endpoint { host, port: 11211 }))
    }
}
