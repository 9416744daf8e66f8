//! Owned label values, for calls that may outlive their arguments.

use super::label_value::LabelValue;
use super::value_writer::ValueWriter;

/// The unescaped label values of one series, in declaration order. Absent values are empty.
#[derive(Debug, Default)]
pub(crate) struct LabelTexts {
    text: String,
    /// End offset of each value in the text.
    ends: Vec<usize>,
}

impl LabelTexts {
    /// Converts `values` to text.
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

    /// Returns an iterator over the values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins.zip(&self.ends).map(|(begin, end)| &self.text[*begin..*end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_values_and_stores_absent_ones_as_empty() {
        let texts = LabelTexts::new(&[&"a\"b", &None::<u8>, &500_u16, &"", &true]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a\"b", "", "500", "", "true"]);
        assert_eq!(LabelTexts::new(&[]).iter().count(), 0);
    }
}
