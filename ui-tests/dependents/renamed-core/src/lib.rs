//! A library that renames `ops-core`.
#![forbid(unsafe_code)]

/// Calls of [`work`].
#[instruments::metric(name = "renamed_core_calls")]
static CALLS: instruments::Counter<Kind>;

/// Kind of a call.
#[derive(instruments::LabelValue, Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The only kind.
    Plain,
}

/// Labels of a gauge.
#[derive(instruments::Labels)]
struct Shelf {
    row: u8,
}

/// Free space on the shelves.
#[instruments::metric(name = "renamed_core_room")]
static ROOM: instruments::Gauge<Shelf>;

/// Is always healthy.
#[instruments::health_check("renamed_core", critical = false)]
fn healthy() -> instruments::Outcome {
    instruments::Outcome::healthy()
}

/// Does some work.
///
/// # Errors
/// If `input` is empty.
#[instruments::metric(name = "renamed_core_work")]
#[instruments::instrument_span("renamed_core.done")]
pub fn work(input: &str) -> Result<usize, String> {
    if input.is_empty() {
        return Err("no input".to_owned());
    }
    CALLS.with(&Kind::Plain).inc();
    ROOM.with(&Shelf { row: 1 }).set(7.0);
    Ok(input.len())
}
