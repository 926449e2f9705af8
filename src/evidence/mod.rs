//! Access logs and traces to a measured workload.
//!
//! `formats/` turns lines and records into [`access::Access`]es, `engine` turns accesses into the
//! hit-ratio curve. This module computes; rendering is elsewhere, prices are not known here.

pub mod access;
pub mod curve;
pub mod engine;
mod stairs;
mod table;
mod tree;

#[cfg(test)]
mod engine_tests;
