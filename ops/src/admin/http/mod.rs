//! HTTP building blocks: problem documents, content negotiation, compression, bodies and headers.

mod buffer_pool;
mod compression;
mod negotiation;
mod problem_details;
mod query;
mod request_body;
mod security_headers;
mod streaming_body;

pub(crate) use buffer_pool::BufferPool;
pub(crate) use compression::ContentCoding;
pub(crate) use negotiation::preferred;
pub(crate) use problem_details::ProblemDetails;
pub(crate) use query::QueryParameters;
pub(crate) use request_body::read_body;
#[cfg(test)]
pub(crate) use security_headers::SECURITY_HEADERS;
pub(crate) use security_headers::insert_security_headers;
pub(crate) use streaming_body::{StartedBody, streaming_body};
