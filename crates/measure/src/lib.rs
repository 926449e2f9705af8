//! Access logs and traces to a measured workload.
//!
//! `formats/` turns lines and records into accesses, `engine` turns accesses into the hit-ratio
//! curve, `stats` counts the rest, `measure` joins them. This module computes and renders; prices
//! are not known here.
//!
//! Loops over all requests are compiled for several kinds of processors (`pulp`), and the best one
//! is chosen when the program runs. Whatever is not inlined into such a loop is compiled for the oldest
//! processor: hence `inline(always)`, and types that implement `NullaryFnOnce` instead of closures.

#![expect(clippy::inline_always, reason = "see above")]

pub mod access;
mod behind;
pub mod bill;
pub mod curve;
pub mod engine;
pub mod fault;
pub mod formats;
pub mod input;
mod large;
mod lines;
pub mod measure;
mod reader;
mod reuse;
pub mod sampling;
mod sketch;
mod slab;
mod sort;
pub mod sql;
mod stairs;
pub mod stats;
mod table;
pub mod telemetry;
mod tree;
mod window;

#[cfg(test)]
mod engine_tests;

pub use curve::CurvePoint;
pub use fault::Fault;
pub use formats::{Columns, Format, KeyRule};
pub use input::{Input, expand};
pub use measure::{Measurement, Options, Progress, measure};
pub use sampling::Sampling;
pub use window::Window;
