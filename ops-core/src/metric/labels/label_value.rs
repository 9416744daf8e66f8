//! Label values: strings, integers, characters, booleans and enums that derive `LabelValue`.

use super::key::KeyPart;
use super::value_writer::ValueWriter;

/// The value of a label. Derive it on an enum without fields.
///
/// An enum and `bool` have a fixed set of values, as a static label set requires; strings, integers and characters do not. `None`
/// omits the label.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a label value",
    label = "expected a string, an integer, a `bool` or an enum with `#[derive(ops::LabelValue)]`"
)]
pub trait LabelValue {
    /// Writes the value.
    fn write(&self, to: &mut ValueWriter<'_>);

    /// Returns the index of this value, below [`values`](LabelValue::values).
    fn index(&self) -> usize {
        0
    }

    /// Returns the number of values, or `None` if the set of values is not fixed.
    fn values() -> Option<usize>
    where
        Self: Sized,
    {
        None
    }

    /// Writes the value with index `n` of a fixed set.
    fn write_nth(n: usize, to: &mut ValueWriter<'_>)
    where
        Self: Sized,
    {
        let _ = (n, to);
    }

    /// Returns the value as a trait object.
    #[doc(hidden)]
    #[inline]
    fn erased(&self) -> &dyn LabelValue
    where
        Self: Sized,
    {
        self
    }

    /// Returns the part of the lookup key for this value.
    ///
    /// Values of one type with equal text must return equal parts.
    #[doc(hidden)]
    #[inline]
    fn key(&self) -> KeyPart<'_> {
        KeyPart::Written
    }
}

impl LabelValue for str {
    #[inline]
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(self);
    }

    #[inline(always)]
    fn key(&self) -> KeyPart<'_> {
        KeyPart::Text(self)
    }
}

impl LabelValue for String {
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(self);
    }

    #[inline(always)]
    fn key(&self) -> KeyPart<'_> {
        KeyPart::Text(self)
    }
}

impl LabelValue for char {
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(self.encode_utf8(&mut [0; 4]));
    }

    #[inline(always)]
    fn key(&self) -> KeyPart<'_> {
        KeyPart::Small(u32::from(*self))
    }
}

impl LabelValue for bool {
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(if *self { "true" } else { "false" });
    }

    fn index(&self) -> usize {
        usize::from(*self)
    }

    fn values() -> Option<usize> {
        Some(2)
    }

    fn write_nth(n: usize, to: &mut ValueWriter<'_>) {
        (n == 1).write(to);
    }

    #[inline(always)]
    fn key(&self) -> KeyPart<'_> {
        KeyPart::Small(u32::from(*self))
    }
}

macro_rules! integers {
    ($($integer:ty => $part:ident($wide:ty)),* $(,)?) => {$(
        impl LabelValue for $integer {
            fn write(&self, to: &mut ValueWriter<'_>) {
                to.push_str(itoa::Buffer::new().format(*self));
            }

            #[inline(always)]
            fn key(&self) -> KeyPart<'_> {
                KeyPart::$part(*self as $wide)
            }
        }
    )*};
}

integers! {
    u8 => Small(u32), u16 => Small(u32), u32 => Small(u32), u64 => Large(u64), usize => Large(u64),
    i8 => Small(u32), i16 => Small(u32), i32 => Small(u32), i64 => Large(u64), isize => Large(u64),
}

impl<V: LabelValue + ?Sized> LabelValue for &V {
    fn write(&self, to: &mut ValueWriter<'_>) {
        V::write(self, to);
    }

    fn index(&self) -> usize {
        V::index(self)
    }

    #[inline(always)]
    fn key(&self) -> KeyPart<'_> {
        V::key(self)
    }
}

impl<V: LabelValue> LabelValue for Option<V> {
    fn write(&self, to: &mut ValueWriter<'_>) {
        match self {
            Some(value) => value.write(to),
            None => to.absent(),
        }
    }

    fn index(&self) -> usize {
        self.as_ref().map_or(0, |value| 1 + value.index())
    }

    fn values() -> Option<usize> {
        V::values().map(|values| 1 + values)
    }

    fn write_nth(n: usize, to: &mut ValueWriter<'_>) {
        match n.checked_sub(1) {
            Some(n) => V::write_nth(n, to),
            None => to.absent(),
        }
    }

    #[inline(always)]
    fn key(&self) -> KeyPart<'_> {
        self.as_ref().map_or(KeyPart::Absent, V::key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::LabelWriter;

    #[test]
    fn option_of_a_fixed_set_adds_none_as_first_value() {
        let text = |n| {
            let mut text = String::new();
            LabelWriter::new(&mut text).label_nth::<Option<bool>>("a", n);
            text
        };
        let all = (0..Option::<bool>::values().unwrap()).map(text);
        assert_eq!(all.collect::<Vec<_>>(), ["", r#"a="false""#, r#"a="true""#]);
        assert_eq!([None, Some(false), Some(true)].map(|value| value.index()), [0, 1, 2]);
    }
}
