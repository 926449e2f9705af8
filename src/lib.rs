//! cachewright: which AWS cache to use, what it costs, why the others lose, and the stack that deploys it.

pub use cachewright_core::{
    analysis, bill, book, catalog, decide, decided, diagnostic, domain, exit, report, services,
    snippet, stack, template, text, whatif, words, workload, yaml,
};

pub use cachewright_catalog as embedded;

pub mod account;
pub mod ask;
pub mod aws;
pub mod cli;
pub mod deploy;
pub mod doctor;
pub mod engine;
pub mod examples;
pub mod files;
pub mod mcp;
pub mod measured;
pub mod policy;
pub mod prices;
pub mod verify;
pub mod world;
