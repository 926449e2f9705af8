//! Price books: files, the embedded snapshot, live look-ups.

pub mod book;
