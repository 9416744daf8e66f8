//! Attributes as a dynamic label set.

use super::attr::{Attr, AttrValue};
use super::label_set::Labels;
use super::label_writer::LabelWriter;
use crate::name;
use std::borrow::Cow;

/// Attributes as a label set, sorted by key; the last value of a duplicate key wins.
///
/// Invalid label names are sanitized, such as `user-id` to `user_id`, so that a key cannot invalidate a scrape.
#[derive(Debug)]
pub(crate) struct AttrLabels<'a>(pub(crate) &'a [Attr]);

impl Labels for AttrLabels<'_> {
    type Borrowed<'a>
        = AttrLabels<'a>
    where
        Self: 'a;

    fn names(_to: &mut Vec<&'static str>) {}

    fn write(&self, to: &mut LabelWriter<'_>) {
        if let [attr] = self.0 {
            return to.label(&label_name(attr.key()), attr.value());
        }
        let mut labels: Vec<(Cow<'_, str>, &AttrValue)> =
            self.0.iter().map(|attr| (label_name(attr.key()), attr.value())).collect();
        labels.sort_by(|left, right| left.0.cmp(&right.0));
        for (at, (name, value)) in labels.iter().enumerate() {
            if labels.get(at + 1).is_none_or(|(next, _)| next != name) {
                to.label(name, *value);
            }
        }
    }
}

/// Returns the key as a valid label name that is not reserved.
fn label_name(key: &str) -> Cow<'_, str> {
    let is_allowed = |name: &str| name::is_label_name(name) && !matches!(name, "le" | "quantile" | "ops_overflow");
    if is_allowed(key) {
        return Cow::Borrowed(key);
    }
    let sanitized: String = key.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    Cow::Owned(if is_allowed(&sanitized) { sanitized } else { format!("attr_{}", sanitized.trim_start_matches('_')) })
}

#[cfg(test)]
mod tests {
    use super::super::attr::attr;
    use super::*;

    #[test]
    fn sorts_labels_by_key_and_keeps_the_last_duplicate() {
        let mut text = String::new();
        let attrs = [attr("b", true), attr("a", 1), attr("a", "two")];
        AttrLabels(&attrs).write(&mut LabelWriter::new(&mut text));
        assert_eq!(text, r#"a="two",b="true""#);
    }

    #[test]
    fn sanitizes_invalid_and_reserved_label_names() {
        let mut text = String::new();
        let attrs = [attr("user-id", 1), attr("le", 2), attr("__name__", 3), attr("", 4), attr("ops_overflow", true)];
        AttrLabels(&attrs).write(&mut LabelWriter::new(&mut text));
        assert_eq!(text, r#"attr_="4",attr_le="2",attr_name__="3",attr_ops_overflow="true",user_id="1""#);
    }
}
