//! A library that renames `ops`.
#![forbid(unsafe_code)]

/// Calls of [`work`].
#[operations::metric(name = "renamed_calls")]
static CALLS: operations::Counter<Kind>;

/// Kind of a call.
#[derive(operations::LabelValue, Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The only kind.
    Plain,
}

/// Labels of a gauge.
#[derive(operations::Labels)]
struct Shelf {
    row: u8,
}

/// Free space on the shelves.
#[operations::metric(name = "renamed_room")]
static ROOM: operations::Gauge<Shelf>;

/// Is always healthy.
#[operations::health_check("renamed", critical = false)]
fn healthy() -> operations::Outcome {
    operations::Outcome::healthy()
}

/// Does some work.
///
/// # Errors
/// If `input` is empty.
#[operations::metric(name = "renamed_work")]
#[operations::instrument_span("renamed.done")]
pub fn work(input: &str) -> Result<usize, String> {
    if input.is_empty() {
        return Err("no input".to_owned());
    }
    CALLS.with(&Kind::Plain).inc();
    ROOM.with(&Shelf { row: 1 }).set(7.0);
    Ok(input.len())
}
