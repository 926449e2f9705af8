//! A running account: its metrics to a profile, with what it costs now.
//!
//! The rules are in `cachewright_measure::telemetry`, the facts in `catalog/telemetry`; here both meet the price book,
//! the profile's form and the SDK. Nothing is ever written to AWS: no write call exists in this folder.

pub mod bill;
pub mod inventory;
pub mod kinds;
#[cfg(feature = "cloudwatch")]
pub mod live;
pub mod policy;
pub mod profile;
pub mod show;
#[cfg(feature = "cloudwatch")]
pub mod table;
