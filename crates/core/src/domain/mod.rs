//! Pure values of the domain: quantities, profile, catalog, prices, decision.
//!
//! Nothing here reads files, clocks or the environment, and nothing here knows a service by name.

pub mod bill;
pub mod catalog;
pub mod comparison;
pub mod cost;
pub mod decision;
pub mod field;
pub mod figure;
pub mod finding;
pub mod latency;
pub mod money;
pub mod outlook;
pub mod plausible;
pub mod price;
pub mod profile;
pub mod rule;
pub mod source;
pub mod units;
pub mod word;
