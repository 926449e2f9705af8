//! A measurement for people: text and Markdown, a page, a profile.

mod page;
pub mod profile;
pub mod text;

pub use page::html;
