//! Clients and scrapers that this machine has: Prometheus, Python's parser, `curl` and `openssl`.

mod formats;
mod prometheus;
mod tls;
