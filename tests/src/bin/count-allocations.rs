//! Uses counters inside the global allocator and compares them with plain atomics.
//!
//! `count-allocations` allocates on many threads, including in destructors of thread-locals, and prints `exact` if the counters
//! equal the atomics after each round.

use ops::{Counter, Histogram, Metrics};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Allocations.
#[ops::metric]
static ALLOCATIONS: Counter;

/// Allocated bytes.
#[ops::metric(unit = "bytes")]
static ALLOCATED: Counter;

/// Half the number of allocations, counted with `f64` cells.
#[ops::metric(name = "allocations_halved")]
static HALVED: Counter<(), f64>;

static EXPECTED_ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static EXPECTED_BYTES: AtomicU64 = AtomicU64::new(0);

struct Counting;

// SAFETY: all allocations are delegated to `System` unchanged, which upholds the contract of `GlobalAlloc`. Counting does not
// unwind and allocates only through `System`.
#[expect(unsafe_code, reason = "implements `GlobalAlloc`")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        EXPECTED_ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        EXPECTED_BYTES.fetch_add(layout.size() as u64, Ordering::Relaxed);
        ALLOCATIONS.inc();
        ALLOCATED.add(layout.size() as u64);
        HALVED.add(0.5);
        // SAFETY: the caller upholds the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::dealloc`, and `memory` comes from `System`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A thread-local whose destructor allocates.
struct AtExit(Vec<String>);

impl Drop for AtExit {
    fn drop(&mut self) {
        for number in 0..10 {
            self.0.push(number.to_string());
        }
    }
}

thread_local! {
    static EARLY: RefCell<AtExit> = const { RefCell::new(AtExit(Vec::new())) };
    static LATE: RefCell<AtExit> = const { RefCell::new(AtExit(Vec::new())) };
}

/// Allocates directly and, when the calling thread exits, in destructors of thread-locals.
fn allocate(round: usize) {
    EARLY.with_borrow_mut(|early| early.0.push(round.to_string()));
    let map: BTreeMap<usize, String> = (0..50).map(|key| (key, key.to_string())).collect();
    LATE.with_borrow_mut(|late| late.0.extend(map.into_values()));
}

/// Returns the counters minus their expected values: allocations, bytes, and halves.
fn differences() -> [f64; 3] {
    // Reading a counter may allocate, so each atomic is read after its counter.
    let allocations = ALLOCATIONS.value();
    let expected_allocations = EXPECTED_ALLOCATIONS.load(Ordering::Relaxed);
    let bytes = ALLOCATED.value();
    let expected_bytes = EXPECTED_BYTES.load(Ordering::Relaxed);
    let halved = HALVED.value();
    let expected_halved = EXPECTED_ALLOCATIONS.load(Ordering::Relaxed) as f64 / 2.0;
    [allocations as f64 - expected_allocations as f64, bytes as f64 - expected_bytes as f64, halved - expected_halved]
}

fn main() -> io::Result<ExitCode> {
    let metrics = Metrics::new();
    for round in 0..20 {
        let threads: Vec<_> = (0..8).map(|_| thread::spawn(move || allocate(round))).collect();
        for thread in threads {
            thread.join().map_err(|_| io::Error::other("a thread panicked"))?;
        }
        // Registration makes the cell space allocate while it holds its lock; a scrape allocates, and so counts, while it reads.
        let name = format!("sizes{round}");
        let sizes = metrics.register(&name, "", None, Histogram::<()>::new()).map_err(io::Error::other)?;
        sizes.observe(1.0);
        metrics.to_text();
        ops::metrics().to_text();
        metrics.deregister(&name);
        drop(sizes);
        let differences = differences();
        if differences != [0.0; 3] {
            writeln!(io::stdout(), "round {round}: off by {differences:?}")?;
            return Ok(ExitCode::FAILURE);
        }
    }
    writeln!(io::stdout(), "exact")?;
    Ok(ExitCode::SUCCESS)
}
