//! Index arithmetic of static label sets.
//!
//! A combination of label values is numbered in mixed radix: each label is a digit, and the first label is the most significant.

use crate::metric::{LabelValue, ValueWriter};

/// Returns a label value as a trait object.
#[inline]
pub fn label_value<V: LabelValue>(value: &V) -> &dyn LabelValue {
    value
}

/// Returns the number of label value combinations.
///
/// `None` if a label is dynamic or the number overflows.
pub fn combinations<const N: usize>(counts: [Option<usize>; N]) -> Option<usize> {
    counts.into_iter().try_fold(1, |product: usize, count| product.checked_mul(count?))
}

/// Returns the index of the combination of the label values with the indexes `indexes`.
///
/// The result is unspecified if a label is dynamic.
#[inline]
pub fn index<const N: usize>(counts: [Option<usize>; N], indexes: [usize; N]) -> usize {
    let digits = counts.into_iter().zip(indexes);
    digits.fold(0, |index: usize, (count, digit)| index.wrapping_mul(count.unwrap_or(1)).wrapping_add(digit))
}

/// Returns the value indexes of the combination with index `n`: the inverse of [`index`].
pub fn digits<const N: usize>(mut n: usize, counts: [Option<usize>; N]) -> [usize; N] {
    let mut digits = [0; N];
    for (digit, count) in digits.iter_mut().zip(counts).rev() {
        let count = count.unwrap_or(1).max(1);
        *digit = n % count;
        n /= count;
    }
    digits
}

/// Writes `values[n]`, or nothing if `n` is out of range.
pub fn write_nth_of(values: &[&str], n: usize, to: &mut ValueWriter<'_>) {
    if let Some(value) = values.get(n) {
        to.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_is_the_inverse_of_index() {
        let counts = [Some(2), Some(3), Some(4)];
        assert_eq!(combinations(counts), Some(24));
        assert_eq!(index(counts, [1, 0, 2]), 14);
        for n in 0..24 {
            assert_eq!(index(counts, digits(n, counts)), n);
        }
    }

    #[test]
    fn dynamic_label_or_overflow_makes_the_label_set_dynamic() {
        assert_eq!(combinations([Some(2), None]), None);
        assert_eq!(combinations([]), Some(1));
        assert_eq!(combinations([Some(usize::MAX), Some(2)]), None);
    }
}
