//! Native (exponential) histograms: maps values to buckets, and reduces buckets to an exported schema.
//!
//! Observations are counted with 8 buckets per octave (schema 3) from 2^-30 to 2^50, and with one bucket per 16 octaves
//! (schema -4) beyond. A series is exported at schema 3; if that takes more than 160 buckets, at the finest coarser schema that
//! does not, or at schema -4. Observations outside of the fine range require schema -4. The reduction is exact, since each
//! bucket of a schema is a union of buckets of the next finer one.

use crate::metric::value::NativeValue;

/// Schema of the fine buckets: 2^3 per octave.
const SCHEMA: i32 = 3;
/// Schema of the coarse buckets, for values outside of the fine range.
const COARSE_SCHEMA: i32 = -4;
const PER_OCTAVE: i32 = 1 << SCHEMA;

/// Range of the fine buckets: values in (2^FIRST_OCTAVE, 2^END_OCTAVE].
const FIRST_OCTAVE: i32 = -30;
const END_OCTAVE: i32 = 50;

const FINE: usize = ((END_OCTAVE - FIRST_OCTAVE) * PER_OCTAVE) as usize;
/// Index of the first fine bucket in schema 3, where bucket `i` ends at 2^(i/8).
const FIRST_FINE: i32 = FIRST_OCTAVE * PER_OCTAVE + 1;

/// Indexes, in schema -4, of the coarse buckets of the smallest and the largest `f64`.
const FIRST_COARSE: i32 = -67;
const LAST_COARSE: i32 = 64;
const COARSE: usize = (LAST_COARSE - FIRST_COARSE + 1) as usize;

/// Number of buckets per sign.
const SIDE: usize = FINE + COARSE;
/// Number of buckets: the zero bucket, the positive and the negative buckets, in this order.
pub(crate) const BUCKETS: usize = 1 + 2 * SIDE;

/// Number of exported buckets of a series above which its resolution is reduced.
///
/// At schema -4 a series may have more.
const MAX_EXPORTED: usize = 160;
/// Largest absolute value in the zero bucket: the smallest normal number.
const ZERO_THRESHOLD: f64 = f64::MIN_POSITIVE;

/// Upper bounds of the buckets of the octave (1, 2]: 2^(i/8) for i in 1..=8.
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
/// Number of leading mantissa bits that select the entry of [`CARRIES`].
const LEADING: u32 = 5;

/// The mantissas of [`BOUNDS`]; the last bound starts the next octave, so its entry is 2^52.
const BOUND_MANTISSAS: [u64; PER_OCTAVE as usize] = {
    let mut mantissas = [1 << MANTISSA; PER_OCTAVE as usize];
    let mut at = 0;
    while at + 1 < mantissas.len() {
        mantissas[at] = BOUNDS[at].to_bits() & MANTISSA_BITS;
        at += 1;
    }
    mantissas
};

/// Addends to a mantissa, by its leading bits, that turn it into the bucket number in the octave.
///
/// The bucket number is the part of the sum above the mantissa bits. A bucket is wider than 1/32 of an octave, so values with the
/// same leading bits fall into at most two adjacent buckets. The addend makes the sum carry at the bound between the two.
const CARRIES: [u64; 1 << LEADING] = {
    let mut carries = [0; 1 << LEADING];
    let (mut at, mut bucket) = (0, 0);
    while at < carries.len() {
        while BOUND_MANTISSAS[bucket] <= (at as u64) << (MANTISSA - LEADING) {
            bucket += 1;
        }
        carries[at] = ((bucket as u64 + 1) << MANTISSA) - BOUND_MANTISSAS[bucket];
        at += 1;
    }
    carries
};

/// Bits of the smallest `f64` in the fine range; buckets exclude their lower bound.
const FIRST_FINE_BITS: u64 = (((FIRST_OCTAVE + 1023) as u64) << MANTISSA) + 1;
/// Number of `f64` values in the fine range.
const FINE_NUMBERS: u64 = ((END_OCTAVE - FIRST_OCTAVE) as u64) << MANTISSA;

/// Returns the number of the fine bucket of `value` if it is in the positive fine range.
#[inline(always)]
pub(crate) fn fine_bucket(value: f64) -> Option<usize> {
    // One comparison rejects negative, too small, too large and NaN values.
    let nth = value.to_bits().wrapping_sub(FIRST_FINE_BITS);
    if nth >= FINE_NUMBERS {
        return None;
    }
    let carry = CARRIES[(nth >> (MANTISSA - LEADING)) as usize % CARRIES.len()];
    let within = ((nth & MANTISSA_BITS) + carry) >> MANTISSA;
    Some(1 + ((nth >> MANTISSA) << SCHEMA) as usize + within as usize)
}

/// Returns the bucket number of `value`, which must not be NaN.
pub(crate) fn bucket(value: f64) -> usize {
    let size = value.abs();
    if size <= ZERO_THRESHOLD {
        return 0;
    }
    let positive = fine_bucket(size).unwrap_or_else(|| 1 + FINE + (coarse_of(size) - FIRST_COARSE) as usize);
    if value < 0.0 { positive + SIDE } else { positive }
}

/// Returns the index of the coarse bucket of `size`, a positive normal number or infinity.
fn coarse_of(size: f64) -> i32 {
    let octave = (size.to_bits() >> MANTISSA) as i32 - 1023;
    let is_power = size.to_bits().trailing_zeros() >= MANTISSA;
    // Exponent of the upper bound of the octave; coarse bucket `i` ends at 2^(16 * i).
    let end = octave + i32::from(!is_power);
    (end + 15).div_euclid(16).clamp(FIRST_COARSE, LAST_COARSE)
}

/// The exported native buckets of one series.
#[derive(Debug, Default)]
pub(crate) struct NativeCounts {
    schema: i32,
    zero: u64,
    positive: Vec<(i32, u64)>,
    negative: Vec<(i32, u64)>,
}

impl NativeCounts {
    /// Computes the exported buckets from the counts of all [`BUCKETS`] buckets.
    pub(crate) fn read(&mut self, counts: &[u64]) {
        let (zero, sides) = counts.split_first().unwrap_or((&0, &[]));
        let (positive, negative) = sides.split_at(SIDE.min(sides.len()));
        self.zero = *zero;
        let is_coarse = |side: &[u64]| side.iter().skip(FINE).any(|count| *count > 0);
        self.schema = if is_coarse(positive) || is_coarse(negative) { COARSE_SCHEMA } else { SCHEMA };
        loop {
            export(positive, self.schema, &mut self.positive);
            export(negative, self.schema, &mut self.negative);
            if self.positive.len() + self.negative.len() <= MAX_EXPORTED || self.schema == COARSE_SCHEMA {
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

/// Merges the populated buckets of one sign into buckets of `schema`, sorted by index.
fn export(side: &[u64], schema: i32, exported: &mut Vec<(i32, u64)>) {
    exported.clear();
    let (fine, coarse) = side.split_at(FINE.min(side.len()));
    let shift = SCHEMA - schema;
    let fine = (FIRST_FINE..).zip(fine).map(|(index, count)| (((index - 1) >> shift) + 1, *count));
    let coarse = (FIRST_COARSE..).zip(coarse).map(|(index, count)| (index, *count));
    let mut all: Vec<_> = fine.chain(coarse).filter(|(_, count)| *count > 0).collect();
    all.sort_by_key(|(index, _)| *index);
    for (index, count) in all {
        match exported.last_mut() {
            Some((last, total)) if *last == index => *total += count,
            _ => exported.push((index, count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(values: &[f64]) -> NativeCounts {
        let mut counts = vec![0; BUCKETS];
        for value in values {
            counts[bucket(*value)] += 1;
        }
        let mut exported = NativeCounts::default();
        exported.read(&counts);
        exported
    }

    /// Returns `true` if the bucket `index` of `schema` contains `value`.
    fn contains(schema: i32, index: i32, value: f64) -> bool {
        let bound = |index: i32| f64::exp2(f64::from(index) * f64::exp2(f64::from(-schema)));
        bound(index - 1) < value && value <= bound(index)
    }

    #[test]
    fn bounds_are_powers_of_the_eighth_root_of_two() {
        for (at, bound) in BOUNDS.iter().enumerate() {
            assert!((bound - f64::exp2((at + 1) as f64 / 8.0)).abs() < 1e-15, "{at}");
        }
    }

    #[test]
    fn values_fall_between_the_bounds_of_their_bucket() {
        let mut value = 1.5e-9;
        while value < 1e15 {
            let exported = export(&[value]);
            let [(index, 1)] = exported.positive[..] else { panic!("{value}: {exported:?}") };
            assert_eq!(exported.schema, SCHEMA);
            assert!(contains(SCHEMA, index, value), "{value} is not in {index}");
            value *= 1.013;
        }
    }

    #[test]
    fn powers_of_two_are_inclusive_upper_bounds() {
        for (value, index) in [(1.0, 0), (2.0, 8), (0.5, -8), (1.1, 2), (4.0, 16)] {
            assert_eq!(export(&[value]).positive, [(index, 1)], "{value}");
        }
    }

    #[test]
    fn zero_and_subnormal_values_fall_into_the_zero_bucket() {
        let exported = export(&[0.0, -0.0, 5e-324, -1e-320]);
        assert_eq!((exported.zero, exported.positive.len(), exported.negative.len()), (4, 0, 0));
    }

    #[test]
    fn values_outside_of_the_fine_range_select_the_coarse_schema() {
        let values = [1e-300, 1e-12, 0.3, 7.0, 1e18, f64::MAX, f64::INFINITY];
        let exported = export(&values);
        assert_eq!(exported.schema, COARSE_SCHEMA);
        assert_eq!(exported.positive.iter().map(|(_, count)| count).sum::<u64>(), 7);
        for value in [1e-300, 1e-12, 0.3, 7.0, 1e18] {
            let is_contained = exported.positive.iter().any(|(index, _)| contains(COARSE_SCHEMA, *index, value));
            assert!(is_contained, "{value}: {exported:?}");
        }
    }

    #[test]
    fn negative_values_use_the_bucket_of_their_absolute_value() {
        let exported = export(&[-1.1, 1.1, -1.1]);
        assert_eq!((exported.positive, exported.negative), (vec![(2, 1)], vec![(2, 2)]));
    }

    #[test]
    fn resolution_is_halved_until_the_bucket_limit_is_met() {
        let values: Vec<f64> = (0..400).map(|at| f64::exp2(f64::from(at) / 8.0) * 1e-3).collect();
        let exported = export(&values);
        assert_eq!(exported.schema, 1);
        assert!(exported.positive.len() <= MAX_EXPORTED);
        assert_eq!(exported.positive.iter().map(|(_, count)| count).sum::<u64>(), 400);
    }
}
