//! `Default`, `Instrument` and `Debug` implementations shared by several instruments.

/// Implements `Default`, `Instrument` and `Debug` for an instrument with the label set `L`.
macro_rules! impl_instrument {
    ($type:ident<L $(, $number:ident: $count:ident)?>) => {
        impl<L: Labels $(, $number: $count)?> Default for $type<L $(, $number)?> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<L: Labels $(, $number: $count)?> $crate::metric::Instrument for $type<L $(, $number)?> {
            fn parts(&self) -> Vec<$crate::metric::Part> {
                let labels = $crate::metric::series::SeriesFamily::<L>::label_names();
                vec![$crate::metric::Part::whole($crate::descriptor::MetricKind::$type, labels)]
            }

            fn collect(&self, _part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
                self.collect_series(reader, series);
            }

            $($crate::metric::instruments::impl_instrument::totals!($count);)?

            fn set_default_max_series(&self, max_series: u32) {
                self.family.set_default_max_series(max_series);
            }

            fn overflowed(&self) -> u64 {
                self.family.overflowed()
            }

            fn has_unique_series(&self) -> bool {
                self.has_unique_labels()
            }

            fn found_no_space(&self) -> bool {
                self.family.found_no_space()
            }

            fn static_bytes(&self) -> u64 {
                self.bytes_of_static_series()
            }

            fn unused_option(&self) -> Option<&'static str> {
                self.family.unused_option()
            }
        }

        impl<L: Labels $(, $number: $count)?> std::fmt::Debug for $type<L $(, $number)?> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    };
}

/// Implements `collect_totals`, for counters only.
macro_rules! totals {
    (Count) => {
        fn collect_totals(&self, reader: &Reader, series: &mut dyn FnMut(&[$crate::metric::Total<'_>])) -> bool {
            self.collect_totals_of(reader, series)
        }
    };
}

pub(super) use {impl_instrument, totals};
