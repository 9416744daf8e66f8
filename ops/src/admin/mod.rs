//! The admin API: one table of routes, and what each answers.
//!
//! A request goes one way: `answer` catches what goes wrong and sets the headers of every answer, `routes` finds the
//! route, `access` decides on the route that was found, and the handler of that route answers.

mod accept;
mod access;
mod answer;
mod answers;
mod audit;
mod body;
mod buffers;
mod caller;
mod catalog;
mod caught;
mod coding;
mod credentials;
mod events;
mod gate;
mod health;
mod health_json;
mod host;
mod info;
mod introspector;
mod limits;
mod links;
mod logins;
mod metrics;
mod mutation;
mod peer;
mod policy;
mod probes;
mod problem;
mod query;
mod routes;
mod scrapes;
mod state;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod whoami;

pub use introspector::Introspector;
pub use limits::Limits;

pub(crate) use answers::Answers;
#[cfg(fuzzing)]
pub(crate) use credentials::Credentials;
pub(crate) use health::keep_checks;
pub(crate) use host::is_name;
pub(crate) use info::SECTIONS;
pub(crate) use peer::Peer;
pub(crate) use policy::follow_policy_file;
#[cfg(test)]
pub(crate) use routes::{Everyone, TableRow, table};
pub(crate) use state::{Admin, Exposure, Sources};
#[cfg(feature = "tls")]
pub(crate) use tls::follow_tls_files;
