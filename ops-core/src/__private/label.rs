//! Arithmetic of label sets: the labels of a closed set are the digits of its index, the first one counting most.

use crate::metric::{LabelValue, ValueWriter};

/// The value of a label of a function.
#[inline]
pub fn label_value<V: LabelValue>(value: &V) -> &dyn LabelValue {
    value
}

/// How many combinations there are of sets of `counts` values, if all of them are closed.
pub fn combinations<const N: usize>(counts: [Option<usize>; N]) -> Option<usize> {
    counts.into_iter().try_fold(1, |product: usize, count| product.checked_mul(count?))
}

/// Which combination the values number `indexes` are. Without meaning where a set is open.
#[inline]
pub fn index<const N: usize>(counts: [Option<usize>; N], indexes: [usize; N]) -> usize {
    let digits = counts.into_iter().zip(indexes);
    digits.fold(0, |index: usize, (count, digit)| index.wrapping_mul(count.unwrap_or(1)).wrapping_add(digit))
}

/// The indexes of the values of the combination number `n`: the inverse of [`index`].
pub fn digits<const N: usize>(mut n: usize, counts: [Option<usize>; N]) -> [usize; N] {
    let mut digits = [0; N];
    for (digit, count) in digits.iter_mut().zip(counts).rev() {
        let count = count.unwrap_or(1).max(1);
        *digit = n % count;
        n /= count;
    }
    digits
}

/// Writes the value number `n` of `values`.
pub fn write_nth_of(values: &[&str], n: usize, to: &mut ValueWriter<'_>) {
    if let Some(value) = values.get(n) {
        to.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_the_inverse_of_the_index() {
        let counts = [Some(2), Some(3), Some(4)];
        assert_eq!(combinations(counts), Some(24));
        assert_eq!(index(counts, [1, 0, 2]), 14);
        for n in 0..24 {
            assert_eq!(index(counts, digits(n, counts)), n);
        }
    }

    #[test]
    fn one_open_set_makes_the_whole_open() {
        assert_eq!(combinations([Some(2), None]), None);
        assert_eq!(combinations([]), Some(1));
        assert_eq!(combinations([Some(usize::MAX), Some(2)]), None);
    }
}
