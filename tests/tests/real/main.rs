//! Clients and scrapers that this machine has: Prometheus, Python's parser, `curl` and `openssl`.

mod checks;
mod formats;
mod limits;
mod prometheus;
mod tls;
