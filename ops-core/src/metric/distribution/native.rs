//! Native (exponential) buckets: which one a value falls into, and the few that are shown.
//!
//! Observations are counted at a resolution of 8 buckets an octave (schema 3) from 2^-30 to 2^50, and at one bucket
//! for 16 octaves (schema -4) beyond. A series is shown at the finest schema that all of its observations have and that
//! needs no more than 160 buckets; every schema is exact, since its buckets are unions of those of the next finer one.

use crate::metric::value::NativeValue;

/// The resolution at which is counted: 2^3 buckets an octave.
const SCHEMA: i32 = 3;
/// What is counted where it is finer than that.
const COARSE_SCHEMA: i32 = -4;
const PER_OCTAVE: i32 = 1 << SCHEMA;

/// The octaves that are counted finely: values in (2^FIRST_OCTAVE, 2^END_OCTAVE].
const FIRST_OCTAVE: i32 = -30;
const END_OCTAVE: i32 = 50;

const FINE: usize = ((END_OCTAVE - FIRST_OCTAVE) * PER_OCTAVE) as usize;
/// The index of the first fine bucket; one more than that of its lower bound.
const FIRST_FINE: i32 = FIRST_OCTAVE * PER_OCTAVE + 1;

/// The indexes of the coarse buckets: of the smallest and of the largest number.
const FIRST_COARSE: i32 = -67;
const LAST_COARSE: i32 = 64;
const COARSE: usize = (LAST_COARSE - FIRST_COARSE + 1) as usize;

/// The buckets of one sign.
const SIDE: usize = FINE + COARSE;
/// All buckets: the one of 0, those above it, those below.
pub(crate) const BUCKETS: usize = 1 + 2 * SIDE;

/// The most buckets that are shown of one series.
const MAX_SHOWN: usize = 160;
/// What is no further from 0 counts as 0: the smallest normal number.
const ZERO_THRESHOLD: f64 = f64::MIN_POSITIVE;

/// The upper bounds of the first octave's buckets, within (1, 2]: 2^(i/8) for i in 1..=8.
const BOUNDS: [f64; PER_OCTAVE as usize] = [
    1.090_507_732_665_257_7,
    1.189_207_115_002_721,
    1.296_839_554_651_009_6,
    std::f64::consts::SQRT_2,
    1.542_210_825_407_940_7,
    1.681_792_830_507_429,
    1.834_008_086_409_342_4,
    2.0,
];

const MANTISSA: u32 = 52;
const MANTISSA_BITS: u64 = (1 << MANTISSA) - 1;
/// The first bits of a mantissa, which its bucket is guessed by.
const GUESSED: u32 = 5;

/// The mantissas of [`BOUNDS`]; that of the last one, which begins the next octave, is above all.
const BOUND_MANTISSAS: [u64; PER_OCTAVE as usize] = {
    let mut mantissas = [1 << MANTISSA; PER_OCTAVE as usize];
    let mut at = 0;
    while at + 1 < mantissas.len() {
        mantissas[at] = BOUNDS[at].to_bits() & MANTISSA_BITS;
        at += 1;
    }
    mantissas
};

/// For the first bits of a mantissa, what to add to it so that the bits above it are the number of its bucket in the octave.
///
/// A bucket is wider than 1/32 of an octave, so of the numbers that begin with the same bits some are in the bucket of the
/// least, and the others in the next one: what is added carries over where that begins.
const CARRIES: [u64; 1 << GUESSED] = {
    let mut carries = [0; 1 << GUESSED];
    let (mut at, mut bucket) = (0, 0);
    while at < carries.len() {
        while BOUND_MANTISSAS[bucket] <= (at as u64) << (MANTISSA - GUESSED) {
            bucket += 1;
        }
        carries[at] = ((bucket as u64 + 1) << MANTISSA) - BOUND_MANTISSAS[bucket];
        at += 1;
    }
    carries
};

/// The bits of the first number that is counted finely. A bucket has its upper bound and not its lower one.
const FIRST_FINE_BITS: u64 = (((FIRST_OCTAVE + 1023) as u64) << MANTISSA) + 1;
/// How many numbers are counted finely.
const FINE_NUMBERS: u64 = ((END_OCTAVE - FIRST_OCTAVE) as u64) << MANTISSA;

/// The number of the bucket that `value` counts in, if it is above 0 and counted finely.
#[inline(always)]
pub(crate) fn fine_bucket(value: f64) -> Option<usize> {
    // One comparison for all: what is negative, too small, too large or NaN is further away.
    let nth = value.to_bits().wrapping_sub(FIRST_FINE_BITS);
    if nth >= FINE_NUMBERS {
        return None;
    }
    let carry = CARRIES[(nth >> (MANTISSA - GUESSED)) as usize % CARRIES.len()];
    let within = ((nth & MANTISSA_BITS) + carry) >> MANTISSA;
    Some(1 + ((nth >> MANTISSA) << SCHEMA) as usize + within as usize)
}

/// The number of the bucket that `value` counts in; `value` is not NaN.
pub(crate) fn bucket(value: f64) -> usize {
    let size = value.abs();
    if size <= ZERO_THRESHOLD {
        return 0;
    }
    let above = fine_bucket(size).unwrap_or_else(|| 1 + FINE + (coarse_of(size) - FIRST_COARSE) as usize);
    if value < 0.0 { above + SIDE } else { above }
}

/// The index of the coarse bucket of `size`, which is a normal number above 0 or infinite.
fn coarse_of(size: f64) -> i32 {
    let octave = (size.to_bits() >> MANTISSA) as i32 - 1023;
    let is_power = size.to_bits().trailing_zeros() >= MANTISSA;
    // The end of the octave that it is in, rounded up to whole coarse buckets.
    let end = octave + i32::from(!is_power);
    (end + 15).div_euclid(16).clamp(FIRST_COARSE, LAST_COARSE)
}

/// What is shown of one series.
#[derive(Debug, Default)]
pub(crate) struct NativeCounts {
    schema: i32,
    zero: u64,
    positive: Vec<(i32, u64)>,
    negative: Vec<(i32, u64)>,
}

impl NativeCounts {
    /// Reads the counts of all [`BUCKETS`].
    pub(crate) fn read(&mut self, counts: &[u64]) {
        let (zero, sides) = counts.split_first().unwrap_or((&0, &[]));
        let (above, below) = sides.split_at(SIDE.min(sides.len()));
        self.zero = *zero;
        let is_coarse = |side: &[u64]| side.iter().skip(FINE).any(|count| *count > 0);
        self.schema = if is_coarse(above) || is_coarse(below) { COARSE_SCHEMA } else { SCHEMA };
        loop {
            show(above, self.schema, &mut self.positive);
            show(below, self.schema, &mut self.negative);
            if self.positive.len() + self.negative.len() <= MAX_SHOWN || self.schema == COARSE_SCHEMA {
                return;
            }
            self.schema -= 1;
        }
    }

    pub(crate) fn value(&self) -> NativeValue<'_> {
        NativeValue {
            schema: self.schema,
            zero_threshold: ZERO_THRESHOLD,
            zero_count: self.zero,
            positive: &self.positive,
            negative: &self.negative,
        }
    }
}

/// The buckets of one side at `schema`, by index.
fn show(side: &[u64], schema: i32, shown: &mut Vec<(i32, u64)>) {
    shown.clear();
    let (fine, coarse) = side.split_at(FINE.min(side.len()));
    let shift = SCHEMA - schema;
    let fine = (FIRST_FINE..).zip(fine).map(|(index, count)| (((index - 1) >> shift) + 1, *count));
    let coarse = (FIRST_COARSE..).zip(coarse).map(|(index, count)| (index, *count));
    let mut all: Vec<_> = fine.chain(coarse).filter(|(_, count)| *count > 0).collect();
    all.sort_by_key(|(index, _)| *index);
    for (index, count) in all {
        match shown.last_mut() {
            Some((last, total)) if *last == index => *total += count,
            _ => shown.push((index, count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &[f64]) -> NativeCounts {
        let mut counts = vec![0; BUCKETS];
        for value in values {
            counts[bucket(*value)] += 1;
        }
        let mut shown = NativeCounts::default();
        shown.read(&counts);
        shown
    }

    /// Whether `value` is in the bucket `index` of `schema`.
    fn holds(schema: i32, index: i32, value: f64) -> bool {
        let bound = |index: i32| f64::exp2(f64::from(index) * f64::exp2(f64::from(-schema)));
        bound(index - 1) < value && value <= bound(index)
    }

    #[test]
    fn the_bounds_are_powers_of_the_eighth_root_of_two() {
        for (at, bound) in BOUNDS.iter().enumerate() {
            assert!((bound - f64::exp2((at + 1) as f64 / 8.0)).abs() < 1e-15, "{at}");
        }
    }

    #[test]
    fn a_value_counts_in_the_bucket_whose_bounds_it_is_between() {
        let mut value = 1.5e-9;
        while value < 1e15 {
            let shown = shown(&[value]);
            let [(index, 1)] = shown.positive[..] else { panic!("{value}: {shown:?}") };
            assert_eq!(shown.schema, SCHEMA);
            assert!(holds(SCHEMA, index, value), "{value} is not in {index}");
            value *= 1.013;
        }
    }

    #[test]
    fn a_power_of_two_ends_its_bucket() {
        for (value, index) in [(1.0, 0), (2.0, 8), (0.5, -8), (1.1, 2), (4.0, 16)] {
            assert_eq!(shown(&[value]).positive, [(index, 1)], "{value}");
        }
    }

    #[test]
    fn zero_and_what_is_nearly_zero_have_a_bucket_of_their_own() {
        let shown = shown(&[0.0, -0.0, 5e-324, -1e-320]);
        assert_eq!((shown.zero, shown.positive.len(), shown.negative.len()), (4, 0, 0));
    }

    #[test]
    fn a_value_out_of_the_fine_range_makes_the_series_coarse_and_still_exact() {
        let values = [1e-300, 1e-12, 0.3, 7.0, 1e18, f64::MAX, f64::INFINITY];
        let shown = shown(&values);
        assert_eq!(shown.schema, COARSE_SCHEMA);
        assert_eq!(shown.positive.iter().map(|(_, count)| count).sum::<u64>(), 7);
        for value in [1e-300, 1e-12, 0.3, 7.0, 1e18] {
            assert!(shown.positive.iter().any(|(index, _)| holds(COARSE_SCHEMA, *index, value)), "{value}: {shown:?}");
        }
    }

    #[test]
    fn negative_values_have_the_buckets_of_their_size() {
        let shown = shown(&[-1.1, 1.1, -1.1]);
        assert_eq!((shown.positive, shown.negative), (vec![(2, 1)], vec![(2, 2)]));
    }

    #[test]
    fn more_buckets_than_are_shown_halve_the_resolution() {
        let values: Vec<f64> = (0..400).map(|at| f64::exp2(f64::from(at) / 8.0) * 1e-3).collect();
        let shown = shown(&values);
        assert_eq!(shown.schema, 1);
        assert!(shown.positive.len() <= MAX_SHOWN);
        assert_eq!(shown.positive.iter().map(|(_, count)| count).sum::<u64>(), 400);
    }
}
