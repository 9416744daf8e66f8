//! Concurrency limits of the admin API, in total and per client address.

mod bulkhead;
mod client_addr;
mod scrape_limiter;

pub(crate) use bulkhead::{Bulkhead, BulkheadError};
pub(crate) use client_addr::ClientAddr;
pub(crate) use scrape_limiter::{ScrapeLimiter, ScrapePermit, ScrapeRefused};
