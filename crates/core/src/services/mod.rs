//! The services: one folder each, and the [`Registry`] that lists them.
//!
//! A service is a [`ServiceModel`] (what it bills, demands and holds) and a [`Service`] (its stack and the
//! checks of its resource types). What is known about it is data in `catalog/`, its texts are in
//! `templates/`. A sixth service is a folder and one line in [`SERVICES`].

pub mod check;
mod cloudfront;
pub mod comparisons;
mod dynamodb;
mod elasticache_serverless;
mod file_cache;
pub mod found;
mod model;
pub mod parts;
mod s3_express;
pub mod settings;

pub use model::{
    Allowance, Bend, Context, Demand, GIB, KIB, Line, Load, MeterKey, NotCovered, Quotes,
    ServiceModel, Tells, Usage, place,
};

use crate::domain::catalog::{self, Role};
use crate::exit::Failure;
use check::ResourceType;
use found::{Deployed, Resource, Target};
use parts::{Parts, StackCase};

/// What can be the answer and be deployed.
pub trait Service: ServiceModel {
    /// Template files: name and text.
    fn templates(&self) -> &'static [(&'static str, &'static str)];

    /// The parts of its stack for a workload.
    fn parts(&self, case: &StackCase<'_>) -> Result<Parts, Failure>;

    /// Resource types of its stacks, with what is checked of them.
    fn resource_types(&self) -> &'static [ResourceType];

    /// Types of the resource that is the cache itself, the likelier first.
    fn caches(&self) -> &'static [&'static str];

    /// How to test it; `None` when the stack does not name all it takes.
    fn target(&self, cache: &Resource, stack: &Deployed<'_>) -> Option<Target>;
}

/// Lists each service once, for whoever deploys and for whoever only decides.
macro_rules! listed {
    ($($service:expr,)*) => {
        /// Every service that can be the answer. In a stack that has several, the first one here is its cache:
        /// what stands in front before what it may stand in front of.
        pub static SERVICES: &[&dyn Service] = &[$(&$service,)*];

        /// What is priced of them. A program that only decides names no stack by it.
        pub static MODELS: Models = &[$(&$service,)*];
    };
}

/// What decisions are made over.
pub type Models = &'static [&'static dyn ServiceModel];

listed![
    elasticache_serverless::ElastiCache,
    cloudfront::CloudFront,
    dynamodb::DynamoDb,
    s3_express::S3Express,
    file_cache::FileCache,
];

/// The services a decision chooses from. [`Registry::default`] has those of this program.
#[derive(Clone, Copy)]
pub struct Registry {
    /// What can be the answer.
    pub services: &'static [&'static dyn Service],
    /// What is priced of them.
    pub models: Models,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            services: SERVICES,
            models: MODELS,
        }
    }
}

impl Registry {
    /// A service by its id.
    pub fn service(&self, id: &str) -> Option<&'static dyn Service> {
        self.services.iter().copied().find(|s| s.id() == id)
    }

    /// What prices a candidate of the catalog.
    pub fn model(&self, entry: &catalog::Service) -> Option<&'static dyn ServiceModel> {
        model(self.models, entry)
    }
}

/// What prices a candidate of the catalog; comparisons have methods ([`comparisons`]), origins and riders are never
/// priced by themselves.
pub fn model(models: Models, entry: &catalog::Service) -> Option<&'static dyn ServiceModel> {
    match entry.role {
        Role::Candidate => models.iter().copied().find(|m| m.id() == entry.id),
        Role::Comparison | Role::Origin | Role::Rider => None,
    }
}
