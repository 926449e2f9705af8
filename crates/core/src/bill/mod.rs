//! The estimate against what AWS billed. Pure: sums of a bill in, a comparison and a refitted workload out.
//!
//! Quantities first, dollars second: a meter whose quantity differs is usage that is not as stated, one that is equal and
//! costs something else is a price. Start reading at [`compare::compare`].

pub mod compare;
mod estimate;
mod expected;
pub mod meters;
pub mod refit;

pub use compare::{Refusal, compare};
pub use estimate::Estimate;
