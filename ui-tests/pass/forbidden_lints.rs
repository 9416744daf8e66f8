//! A crate may forbid lints: no expansion allows one of them again.
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code, unused, warnings)]

use std::hint::black_box;
use std::process::ExitCode;

#[ops::metric]
fn ends(code: i32) -> u64 {
    std::process::exit(code)
}

#[ops::metric]
#[ops::instrument_span]
fn spins() -> u64 {
    loop {
        std::thread::park();
    }
}

#[ops::metric]
async fn waits() -> u64 {
    loop {
        std::future::pending::<()>().await;
    }
}

#[ops::instrument_span]
async fn waits_in_a_span() -> u64 {
    loop {
        std::future::pending::<()>().await;
    }
}

#[ops::metric]
fn says_nothing() {
    loop {
        std::thread::park();
    }
}

#[ops::metric]
fn refuses(amount: u64) -> Result<u64, String> {
    if amount > 2 {
        return Err(String::from("too much"));
    }
    loop {
        std::thread::park();
    }
}

fn main() -> ExitCode {
    if black_box(false) {
        ends(1);
        spins();
        drop(waits());
        drop(waits_in_a_span());
        says_nothing();
    }
    ExitCode::from(u8::from(refuses(3).is_ok()))
}
