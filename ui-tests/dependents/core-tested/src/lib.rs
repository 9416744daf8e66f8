//! A library with `ops-core` as a dependency and `ops` as a development dependency.
#![forbid(unsafe_code)]

/// Calls of [`work`].
#[ops_core::metric(name = "core_tested_calls")]
static CALLS: ops_core::Counter<Kind>;

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
#[ops_core::metric(name = "core_tested_room")]
static ROOM: ops_core::Gauge<Shelf>;

/// Is always healthy.
#[ops_core::health_check("core_tested", critical = false)]
fn healthy() -> ops_core::Outcome {
    ops_core::Outcome::healthy()
}

/// Does some work.
///
/// # Errors
/// If `input` is empty.
#[ops_core::metric(name = "core_tested_work")]
#[ops_core::instrument_span("core_tested.done")]
pub fn work(input: &str) -> Result<usize, String> {
    if input.is_empty() {
        return Err("no input".to_owned());
    }
    CALLS.with(&Kind::Plain).inc();
    ROOM.with(&Shelf { row: 1 }).set(7.0);
    Ok(input.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn exports_registrations_through_the_development_dependency() {
        assert_eq!((work("four"), work("").is_err()), (Ok(4), true));
        assert!(ops::health().check().await.checks["core_tested"].ok);
        assert!(ops::metrics().to_text().contains("\ncore_tested_work_total{outcome=\"error\"} 1\n"));
    }
}
