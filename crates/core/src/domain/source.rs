//! Where a fact comes from.

use serde::{Deserialize, Serialize};

/// Index of a [`Source`] in the catalog.
pub type SourceId = u16;

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Public address, or `github owner/repository@commit path`.
    pub url: String,
    /// Date of the text, as precise as it is known.
    pub date: Option<String>,
    /// When it was last checked, `YYYY-MM-DD`.
    pub checked: String,
}
