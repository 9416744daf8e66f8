//! A library that depends on `ops` and `ops-core` and mixes their attributes on one function.
#![forbid(unsafe_code)]

/// Calls of [`work`].
#[ops::metric(name = "both_calls")]
static CALLS: ops::Counter<Kind>;

/// Kind of a call.
#[derive(ops_core::LabelValue, Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The only kind.
    Plain,
}

/// Labels of a gauge.
#[derive(ops_core::Labels)]
struct Shelf {
    row: u8,
}

/// Free space on the shelves.
#[ops::metric(name = "both_room")]
static ROOM: ops::Gauge<Shelf>;

/// Is always healthy.
#[ops::health_check("both", critical = false)]
fn healthy() -> ops_core::Outcome {
    ops_core::Outcome::healthy()
}

/// Does some work.
///
/// # Errors
/// If `input` is empty.
#[ops::metric(name = "both_work")]
#[ops_core::instrument_span("both.done")]
pub fn work(input: &str) -> Result<usize, String> {
    if input.is_empty() {
        return Err("no input".to_owned());
    }
    CALLS.with(&Kind::Plain).inc();
    ROOM.with(&Shelf { row: 1 }).set(7.0);
    Ok(input.len())
}
