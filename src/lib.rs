//! cachewright: which AWS cache to use, what it costs, why the others lose, and the stack that deploys it.

pub mod analysis;
pub mod ask;
pub mod aws;
pub mod catalog;
pub mod cli;
pub mod cloudformation;
pub mod commands;
pub mod decide;
pub mod deploy;
pub mod diagnostic;
pub mod doctor;
pub mod domain;
pub mod embedded;
pub mod evidence;
pub mod exit;
pub mod pricing;
pub mod report;
pub mod services;
pub mod settings;
pub mod snippet;
pub mod template;
pub mod verify;
pub mod workload;
pub mod world;
pub mod yaml;
