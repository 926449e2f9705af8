//! Metrics of a running account to what they say of a workload: the questions, the answers, the rules.
//!
//! Kinds of resources are data ([`kind`]), read by whoever has the catalog. Nothing here asks AWS, knows a price or
//! a service; `docs/decisions/1001-metrics-to-a-profile.md` has the choices that the rules leave open.

pub mod data;
pub mod derive;
pub mod field;
pub mod kind;
pub mod now;
pub mod query;
pub mod series;

pub use data::Data;
pub use derive::derive;
pub use field::{Beside, Derived, Field, Known, Mark, Reading, Unit};
pub use kind::{As, Kind};
pub use query::{Call, Query, Target, Window, calls, members, queries};
pub use series::{Answers, Series};
