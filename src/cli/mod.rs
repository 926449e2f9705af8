//! The command line: shared arguments, one file per command, and what joins the parts.

pub mod args;
pub mod ask;
pub mod books;
pub mod catalog;
pub mod deploy;
pub mod destroy;
pub mod diff;
pub mod doctor;
pub mod drift;
pub mod errors;
pub mod explain;
pub mod explain_error;
pub mod generate;
pub mod input;
pub mod measure;
pub mod operation;
pub mod output;
pub mod price;
pub mod prices;
pub mod recommend;
pub mod run;
pub mod schema;
pub mod settings;
pub mod shell;
pub mod status;
mod sweep;
pub mod verify;
