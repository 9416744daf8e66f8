//! The upper bounds of a histogram's buckets.

/// The upper bounds of a histogram's buckets, checked at compile time where they are constant.
///
/// The bucket above the last bound (`le="+Inf"`) is always there and is not listed.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::Buckets;
///
/// const BOUNDS: Buckets = Buckets::exponential(0.001, 2.0, 4);
/// assert_eq!(BOUNDS.bounds(), [0.001, 0.002, 0.004, 0.008]);
/// ```
///
/// Native (exponential) buckets need no bounds: 8 an octave, and only those that have observations are shown. They are
/// served as protobuf, which Prometheus asks for when it is told to take native histograms; text formats show the count
/// and the sum.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::{Buckets, Histogram};
///
/// static NATIVE: Histogram = Histogram::with_buckets(Buckets::NATIVE);
/// static BOTH: Histogram = Histogram::with_buckets(Buckets::SECONDS.and_native());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Buckets {
    rule: Rule,
    native: bool,
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    None,
    List(&'static [f64]),
    Linear { start: f64, width: f64, count: usize },
    Exponential { start: f64, factor: f64, count: usize },
}

/// More buckets than this in one histogram is a mistake: each is a series.
const MAX_BUCKETS: usize = 1_000;

impl Buckets {
    /// The usual bounds for durations in seconds: 5 ms to 10 s.
    pub const SECONDS: Buckets =
        Buckets::classic(Rule::List(&[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]));

    /// The usual bounds for sizes in bytes: 64 B to 16 MiB in steps of 4.
    pub const BYTES: Buckets = Buckets::classic(Rule::Exponential { start: 64.0, factor: 4.0, count: 10 });

    /// Native buckets only.
    pub const NATIVE: Buckets = Buckets { rule: Rule::None, native: true };

    const fn classic(rule: Rule) -> Self {
        Buckets { rule, native: false }
    }

    /// These, and native ones beside them: for a time in which both are asked for.
    #[must_use]
    pub const fn and_native(self) -> Self {
        Buckets { rule: self.rule, native: true }
    }

    /// These bounds.
    ///
    /// # Panics
    /// If they are empty, not finite or not in rising order: at compile time where an attribute calls it.
    #[track_caller]
    pub const fn list(bounds: &'static [f64]) -> Self {
        assert!(!bounds.is_empty(), "a histogram needs at least one bucket");
        assert!(bounds.len() <= MAX_BUCKETS, "a histogram has at most 1000 buckets");
        let mut at = 0;
        while at < bounds.len() {
            assert!(bounds[at].is_finite(), "the bounds of buckets are finite: `+Inf` is always there");
            assert!(at == 0 || bounds[at - 1] < bounds[at], "the bounds of buckets are in rising order, each once");
            at += 1;
        }
        Buckets::classic(Rule::List(bounds))
    }

    /// `count` bounds from `start`, each `width` above the one before.
    ///
    /// # Panics
    /// If `width` is not above 0, `count` is 0 or a bound is not finite: at compile time where an attribute calls it.
    #[track_caller]
    pub const fn linear(start: f64, width: f64, count: usize) -> Self {
        assert!(width > 0.0, "the width of linear buckets is above 0");
        assert!(count > 0 && count <= MAX_BUCKETS, "a histogram has 1 to 1000 buckets");
        let last = start + width * (count - 1) as f64;
        assert!(start.is_finite() && last.is_finite(), "the bounds of buckets are finite");
        assert!(count == 1 || last > last - width, "the width of linear buckets is too small to tell them apart");
        Buckets::classic(Rule::Linear { start, width, count })
    }

    /// `count` bounds from `start`, each `factor` times the one before.
    ///
    /// # Panics
    /// If `start` is not above 0, `factor` is not above 1, `count` is 0 or a bound is not finite: at compile time where
    /// an attribute calls it.
    #[track_caller]
    pub const fn exponential(start: f64, factor: f64, count: usize) -> Self {
        assert!(start > 0.0 && start.is_finite(), "exponential buckets start above 0");
        assert!(factor > 1.0, "the factor of exponential buckets is above 1");
        assert!(count > 0 && count <= MAX_BUCKETS, "a histogram has 1 to 1000 buckets");
        let mut bound = start;
        let mut at = 1;
        while at < count {
            bound *= factor;
            at += 1;
        }
        assert!(bound.is_finite(), "the bounds of buckets are finite");
        Buckets::classic(Rule::Exponential { start, factor, count })
    }

    /// Whether there are native ones.
    pub const fn is_native(self) -> bool {
        self.native
    }

    /// The bounds of the classic ones, in rising order.
    pub fn bounds(self) -> Vec<f64> {
        match self.rule {
            Rule::None => Vec::new(),
            Rule::List(bounds) => bounds.to_vec(),
            Rule::Linear { start, width, count } => (0..count).map(|at| start + width * at as f64).collect(),
            Rule::Exponential { start, factor, count } => {
                std::iter::successors(Some(start), |bound| Some(bound * factor)).take(count).collect()
            }
        }
    }

    /// What a histogram has that names no buckets, by its unit.
    pub(crate) const fn for_unit(unit: Option<&str>) -> Self {
        match unit {
            Some(unit) if matches!(unit.as_bytes(), b"bytes") => Self::BYTES,
            _ => Self::SECONDS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_give_their_bounds() {
        assert_eq!(Buckets::list(&[1.0, 2.5]).bounds(), [1.0, 2.5]);
        assert_eq!(Buckets::linear(10.0, 5.0, 3).bounds(), [10.0, 15.0, 20.0]);
        assert_eq!(Buckets::exponential(1.0, 4.0, 3).bounds(), [1.0, 4.0, 16.0]);
        assert_eq!(Buckets::for_unit(Some("bytes")).bounds().last(), Some(&16_777_216.0));
        assert_eq!(Buckets::for_unit(None).bounds().last(), Some(&10.0));
    }

    #[test]
    #[should_panic(expected = "in rising order")]
    fn unsorted_bounds_are_refused() {
        Buckets::list(&[2.0, 1.0]);
    }

    #[test]
    #[should_panic(expected = "finite")]
    fn infinite_bounds_are_refused() {
        Buckets::list(&[1.0, f64::INFINITY]);
    }
}
