//! The bucket bounds of a histogram.

/// The upper bounds of a histogram's buckets, validated at compile time in constants.
///
/// The `le="+Inf"` bucket is implicit.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::Buckets;
///
/// const BOUNDS: Buckets = Buckets::exponential(0.001, 2.0, 4);
/// assert_eq!(BOUNDS.bounds(), [0.001, 0.002, 0.004, 0.008]);
/// ```
///
/// Native (exponential) buckets need no bounds: there are 8 per octave, and only populated buckets are exported. They are
/// exported in the protobuf format, which Prometheus requests when native histograms are enabled; text formats contain only the
/// `+Inf` bucket, the count and the sum.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::{Buckets, Histogram};
///
/// static NATIVE: Histogram = Histogram::with_buckets(Buckets::NATIVE);
/// static BOTH: Histogram = Histogram::with_buckets(Buckets::SECONDS.and_native());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Buckets {
    rule: Rule,
    native: bool,
}

/// A rule that defines the classic bucket bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    None,
    List(&'static [f64]),
    Linear { start: f64, width: f64, count: usize },
    Exponential { start: f64, factor: f64, count: usize },
}

/// Maximum number of classic buckets per histogram; each bucket is a time series.
const MAX_BUCKETS: usize = 1_000;

impl Buckets {
    /// Bounds for request durations in seconds: 5 ms to 10 s.
    ///
    /// The default for functions and spans, and the default of the Prometheus client libraries.
    ///
    /// Quantile estimates need about three bounds per decade, so eleven bounds cover about four decades. For other ranges use
    /// [`SECONDS_SHORT`](Self::SECONDS_SHORT), [`SECONDS_LONG`](Self::SECONDS_LONG), [`SECONDS_WIDE`](Self::SECONDS_WIDE) or
    /// [`NATIVE`](Self::NATIVE).
    pub const SECONDS: Buckets =
        Buckets::classic(Rule::List(&[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]));

    /// Bounds for durations of computations in seconds: 5 µs to 10 ms.
    pub const SECONDS_SHORT: Buckets = Buckets::classic(Rule::List(&[
        0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01,
    ]));

    /// Bounds for durations of batch jobs in seconds: 1 s to 1 h.
    pub const SECONDS_LONG: Buckets =
        Buckets::classic(Rule::List(&[1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0]));

    /// Bounds for durations of any magnitude in seconds: 10 µs to 10 min.
    ///
    /// The bounds are too sparse for accurate quantile estimates.
    pub const SECONDS_WIDE: Buckets =
        Buckets::classic(Rule::List(&[0.000_01, 0.000_1, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 600.0]));

    /// Bounds for sizes in bytes: 64 B to 16 MiB, each 4 times the previous one.
    pub const BYTES: Buckets = Buckets::classic(Rule::Exponential { start: 64.0, factor: 4.0, count: 10 });

    /// Native buckets without classic buckets.
    pub const NATIVE: Buckets = Buckets { rule: Rule::None, native: true };

    const fn classic(rule: Rule) -> Self {
        Buckets { rule, native: false }
    }

    /// Adds native buckets to these classic buckets, for example during a migration.
    #[must_use]
    pub const fn and_native(self) -> Self {
        Buckets { rule: self.rule, native: true }
    }

    /// Creates buckets with explicit upper bounds.
    ///
    /// # Panics
    /// Panics if `bounds` is empty or has more than 1000 elements, or if the bounds are not finite and strictly increasing. In
    /// attributes and constants this is a compile error.
    #[track_caller]
    pub const fn list(bounds: &'static [f64]) -> Self {
        assert!(!bounds.is_empty(), "a histogram requires at least one bucket; add a bound");
        assert!(bounds.len() <= MAX_BUCKETS, "too many buckets: the maximum is 1000; remove some");
        let mut at = 0;
        while at < bounds.len() {
            assert!(
                bounds[at].is_finite(),
                "bucket bounds must be finite: the `+Inf` bucket is implicit; remove this bound"
            );
            assert!(
                at == 0 || bounds[at - 1] < bounds[at],
                "bucket bounds must be strictly increasing; sort them and remove duplicates"
            );
            at += 1;
        }
        Buckets::classic(Rule::List(bounds))
    }

    /// Creates `count` buckets with bounds from `start` in steps of `width`.
    ///
    /// # Panics
    /// Panics if `width` is not positive, `count` is not between 1 and 1000, or the bounds are not finite and strictly
    /// increasing. In attributes and constants this is a compile error.
    #[track_caller]
    pub const fn linear(start: f64, width: f64, count: usize) -> Self {
        assert!(width > 0.0, "the width of linear buckets must be greater than 0");
        assert!(count > 0 && count <= MAX_BUCKETS, "the number of buckets must be between 1 and 1000");
        let mut bound = start;
        let mut at = 1;
        while at < count {
            let next = start + width * at as f64;
            assert!(
                bound < next,
                "the width of linear buckets is too small: adjacent bounds are equal; choose a larger width"
            );
            bound = next;
            at += 1;
        }
        assert!(
            start.is_finite() && bound.is_finite(),
            "linear bucket bounds must be finite; use a smaller width or count"
        );
        Buckets::classic(Rule::Linear { start, width, count })
    }

    /// Creates `count` buckets with bounds from `start`, each `factor` times the previous one.
    ///
    /// # Panics
    /// Panics if `start` is not positive, `factor` is not greater than 1, `count` is not between 1 and 1000, or the bounds are
    /// not finite and strictly increasing. In attributes and constants this is a compile error.
    #[track_caller]
    pub const fn exponential(start: f64, factor: f64, count: usize) -> Self {
        assert!(start > 0.0 && start.is_finite(), "the start of exponential buckets must be finite and greater than 0");
        assert!(factor > 1.0, "the factor of exponential buckets must be greater than 1");
        assert!(count > 0 && count <= MAX_BUCKETS, "the number of buckets must be between 1 and 1000");
        let mut bound = start;
        let mut at = 1;
        while at < count {
            let next = bound * factor;
            assert!(
                bound < next || !next.is_finite(),
                "the factor of exponential buckets is too small: adjacent bounds are equal; choose a larger factor"
            );
            bound = next;
            at += 1;
        }
        assert!(bound.is_finite(), "exponential bucket bounds must be finite; use a smaller factor or count");
        Buckets::classic(Rule::Exponential { start, factor, count })
    }

    /// Returns `true` if native buckets are included.
    pub const fn is_native(self) -> bool {
        self.native
    }

    /// Returns the upper bounds of the classic buckets, in increasing order.
    ///
    /// Linear and exponential bounds are rounded to the decimal places of their parameters: `linear(0.1, 0.1, 3)` has the
    /// bounds 0.1, 0.2 and 0.3, not 0.30000000000000004.
    pub fn bounds(self) -> Vec<f64> {
        match self.rule {
            Rule::None => Vec::new(),
            Rule::List(bounds) => bounds.to_vec(),
            Rule::Linear { start, width, count } => {
                let decimals = decimals(start).max(decimals(width));
                round_bounds((0..count).map(|at| start + width * at as f64), |_| decimals)
            }
            Rule::Exponential { start, factor, count } => {
                let bounds = std::iter::successors(Some(start), |bound| Some(bound * factor)).take(count);
                let (first, more) = (decimals(start), decimals(factor));
                round_bounds(bounds, |at| more.saturating_mul(at).saturating_add(first))
            }
        }
    }

    /// Returns the default buckets for a unit.
    pub(crate) const fn for_unit(unit: Option<&str>) -> Self {
        match unit {
            Some(unit) if matches!(unit.as_bytes(), b"bytes") => Self::BYTES,
            _ => Self::SECONDS,
        }
    }
}

/// Number of decimal digits that an `f64` represents exactly.
const DIGITS: usize = f64::DIGITS as usize;

/// Returns the number of decimal places in the shortest representation of `value`.
fn decimals(value: f64) -> usize {
    value.to_string().split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// Rounds bound `i` to `decimals(i)` places, unless rounding makes any two bounds equal.
fn round_bounds(bounds: impl Iterator<Item = f64>, decimals: impl Fn(usize) -> usize) -> Vec<f64> {
    let bounds: Vec<f64> = bounds.collect();
    let rounded: Vec<f64> = bounds.iter().enumerate().map(|(at, bound)| rounded(*bound, decimals(at))).collect();
    if rounded.windows(2).all(|pair| pair[0] < pair[1]) { rounded } else { bounds }
}

/// Rounds `value` to `decimals` places, unless that exceeds the precision of an `f64`.
fn rounded(value: f64, decimals: usize) -> f64 {
    let digits = value.abs().log10().floor().max(0.0) as usize + 1 + decimals;
    if digits > DIGITS {
        return value;
    }
    // Adding 0.0 turns negative zero into zero.
    format!("{value:.decimals$}").parse().map_or(value, |rounded: f64| rounded + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constructors_produce_expected_bounds() {
        assert_eq!(Buckets::list(&[1.0, 2.5]).bounds(), [1.0, 2.5]);
        assert_eq!(Buckets::linear(10.0, 5.0, 3).bounds(), [10.0, 15.0, 20.0]);
        assert_eq!(Buckets::exponential(1.0, 4.0, 3).bounds(), [1.0, 4.0, 16.0]);
        assert_eq!(Buckets::for_unit(Some("bytes")).bounds().last(), Some(&16_777_216.0));
        assert_eq!(Buckets::for_unit(None).bounds().last(), Some(&10.0));
    }

    #[test]
    fn computed_bounds_are_rounded_to_decimals() {
        let shown = |buckets: Buckets| buckets.bounds().iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(shown(Buckets::linear(0.1, 0.1, 10)), "0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1");
        assert_eq!(shown(Buckets::linear(-0.3, 0.1, 5)), "-0.3 -0.2 -0.1 0 0.1");
        assert_eq!(shown(Buckets::exponential(0.1, 3.0, 4)), "0.1 0.3 0.9 2.7");
        assert_eq!(shown(Buckets::exponential(1.0, 1.1, 4)), "1 1.1 1.21 1.331");
        assert_eq!(shown(Buckets::exponential(1e-9, 10.0, 4)), "0.000000001 0.00000001 0.0000001 0.000001");
    }

    #[test]
    fn bounds_beyond_float_precision_are_not_rounded() {
        let third = 1.0 / 3.0;
        assert_eq!(Buckets::linear(third, third, 3).bounds(), [third, third + third, third + third * 2.0]);
        let many = Buckets::exponential(0.001, 1.5, 100).bounds();
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(many[2], 0.00225);
    }

    #[test]
    #[should_panic(expected = "adjacent bounds are equal")]
    fn rejects_exponential_bounds_that_do_not_increase() {
        let _ = Buckets::exponential(5e-324, 1.2, 5);
    }

    #[test]
    #[should_panic(expected = "adjacent bounds are equal")]
    fn rejects_linear_bounds_that_stop_increasing() {
        let _ = Buckets::linear(9_007_199_254_740_990.0, 1.0, 10);
    }

    #[test]
    #[should_panic(expected = "must be strictly increasing")]
    fn rejects_unsorted_bounds() {
        Buckets::list(&[2.0, 1.0]);
    }

    #[test]
    #[should_panic(expected = "finite")]
    fn rejects_infinite_bounds() {
        Buckets::list(&[1.0, f64::INFINITY]);
    }
}
