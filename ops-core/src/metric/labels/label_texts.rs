//! Owned label values: the arguments of a call may be gone when the call ends.

use super::label_value::LabelValue;
use super::value_writer::ValueWriter;

/// The values of the labels of one series, in their order, unescaped. An absent value is an empty text, which is the same.
#[derive(Debug, Default)]
pub(crate) struct LabelTexts {
    text: String,
    /// Where each value ends in the text.
    ends: Vec<usize>,
}

impl LabelTexts {
    /// Writes `values` down.
    pub(crate) fn new(values: &[&dyn LabelValue]) -> Self {
        let mut texts = LabelTexts::default();
        for value in values {
            let begin = texts.text.len();
            if !ValueWriter::unescaped(&mut texts.text).written(|to| value.write(to)) {
                texts.text.truncate(begin);
            }
            texts.ends.push(texts.text.len());
        }
        texts
    }

    /// Iterates over the values, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins.zip(&self.ends).map(|(begin, end)| &self.text[*begin..*end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_in_their_order_and_absent_ones_are_empty() {
        let texts = LabelTexts::new(&[&"a\"b", &None::<u8>, &500_u16, &"", &true]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a\"b", "", "500", "", "true"]);
        assert_eq!(LabelTexts::new(&[]).iter().count(), 0);
    }
}
