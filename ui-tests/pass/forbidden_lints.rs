//! Expansions compile in crates that forbid lints, so they contain no `allow`.
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code, unused, warnings)]

use std::hint::black_box;
use std::process::ExitCode;

#[ops::metric]
fn exits(code: i32) -> u64 {
    std::process::exit(code)
}

#[ops::metric]
#[ops::instrument_span]
fn parks_forever() -> u64 {
    loop {
        std::thread::park();
    }
}

#[ops::metric]
async fn pending_forever() -> u64 {
    loop {
        std::future::pending::<()>().await;
    }
}

#[ops::instrument_span]
async fn pending_forever_in_span() -> u64 {
    loop {
        std::future::pending::<()>().await;
    }
}

#[ops::metric]
fn parks_without_value() {
    loop {
        std::thread::park();
    }
}

#[ops::metric]
fn rejects_large_amounts(amount: u64) -> Result<u64, String> {
    if amount > 2 {
        return Err(String::from("too much"));
    }
    loop {
        std::thread::park();
    }
}

fn main() -> ExitCode {
    if black_box(false) {
        exits(1);
        parks_forever();
        drop(pending_forever());
        drop(pending_forever_in_span());
        parks_without_value();
    }
    ExitCode::from(u8::from(rejects_large_amounts(3).is_ok()))
}
