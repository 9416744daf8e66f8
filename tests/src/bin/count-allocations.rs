//! A program whose global allocator counts its allocations with counters, beside atomics of its own.
//!
//! `count-allocations` allocates on many threads, also in destructors of thread-locals, and prints `exact` when the counters stand
//! at the atomics after each round.

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

/// Allocations, counted as a fractional number.
#[ops::metric(name = "allocations_halved")]
static HALVED: Counter<(), f64>;

static OWN_ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static OWN_BYTES: AtomicU64 = AtomicU64::new(0);

struct Counting;

// SAFETY: memory is that of `System`; counting allocates only through it.
#[expect(unsafe_code, reason = "a global allocator")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        OWN_ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        OWN_BYTES.fetch_add(layout.size() as u64, Ordering::Relaxed);
        ALLOCATIONS.inc();
        ALLOCATED.add(layout.size() as u64);
        HALVED.add(0.5);
        // SAFETY: that of the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: that of the caller.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocates when its thread ends.
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

/// Allocates on a thread that ends afterwards.
fn allocate(round: usize) {
    EARLY.with_borrow_mut(|early| early.0.push(round.to_string()));
    let map: BTreeMap<usize, String> = (0..50).map(|key| (key, key.to_string())).collect();
    LATE.with_borrow_mut(|late| late.0.extend(map.into_values()));
}

/// The differences of the counters to the atomics: allocations, bytes, and halves.
fn differences() -> [f64; 3] {
    // A reading allocates as well: the atomics are read when it has been done.
    let allocations = ALLOCATIONS.value();
    let of_allocations = OWN_ALLOCATIONS.load(Ordering::Relaxed);
    let bytes = ALLOCATED.value();
    let of_bytes = OWN_BYTES.load(Ordering::Relaxed);
    let halved = HALVED.value();
    let of_halved = OWN_ALLOCATIONS.load(Ordering::Relaxed);
    [allocations as f64 - of_allocations as f64, bytes as f64 - of_bytes as f64, halved - of_halved as f64 / 2.0]
}

fn main() -> io::Result<ExitCode> {
    let metrics = Metrics::new();
    for round in 0..20 {
        let threads: Vec<_> = (0..8).map(|_| thread::spawn(move || allocate(round))).collect();
        for thread in threads {
            thread.join().map_err(|_| io::Error::other("a thread panicked"))?;
        }
        // The cell space allocates under its lock, and a scrape reads while the allocator counts.
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
