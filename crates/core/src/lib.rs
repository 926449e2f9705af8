//! The decision engine of cachewright: values and texts in, values and texts out.
//!
//! No file, clock, network, process or terminal is touched here.

pub mod analysis;
pub mod bill;
pub mod book;
pub mod catalog;
pub mod decide;
pub mod decided;
pub mod diagnostic;
pub mod domain;
pub mod exit;
pub mod report;
pub mod services;
pub mod snippet;
pub mod stack;
pub mod template;
pub mod text;
pub mod whatif;
pub mod words;
pub mod workload;
pub mod yaml;
