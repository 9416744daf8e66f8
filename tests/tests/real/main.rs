//! Tests against real clients and servers, such as Prometheus, `curl` and `openssl`.

mod checks;
mod formats;
mod limits;
mod prometheus;
mod tls;
