//! cachewright: which AWS cache to use, what it costs, why the others lose, and the stack that deploys it.

pub mod evidence;
pub mod exit;
pub mod world;
