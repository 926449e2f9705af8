//! Price books: files, the embedded snapshot, live look-ups.
//!
//! Start reading at [`obtain`]: the order live → cache → snapshot. `plan` says what to look for,
//! `live` and `public` ask AWS, `product` and `bulk` read what came back, `select` and `sanity`
//! refuse everything that is not exact, `cache` keeps it, `overlay` makes the book.

pub mod bulk;
pub mod cache;
pub mod discount;
pub mod list;
pub mod live;
pub mod obtain;
pub mod overlay;
pub mod plan;
pub mod product;
pub mod public;
pub mod sanity;
pub mod select;
