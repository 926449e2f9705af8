//! How AWS is reached, for everything that reaches it: connection, certificates, errors.

mod connection;
mod error;
mod http;
pub mod query;

pub use connection::{Connection, Identity, Options, Wish, connect, identity, sdk};
pub use error::{
    ApiError, ErrorKind, NO_CREDENTIALS, UNREADABLE_HELP, api_error, chain, kind_of,
    no_credentials, without,
};
pub use http::Roots;
