//! Expansions of `#[derive(Labels)]` and `#[derive(LabelValue)]`.

use super::check;
use crate::common::crate_name::Root;
use crate::labels;
use expect_test::expect;
use quote::quote;

#[test]
fn labels_on_a_struct() {
    let item = quote! {
        struct Order<'a, T> {
            channel: Channel,
            tenant: &'a T,
            #[label(flatten)]
            place: Place,
        }
    };
    check(
        labels::expand_labels(Root::Ops, item),
        &expect![[r#"
            const _: () = {
                const _: &ops::core::primitive::str = ops::label_name(
                    "channel",
                );
                const _: &ops::core::primitive::str = ops::label_name(
                    "tenant",
                );
                #[automatically_derived]
                #[allow(clippy::type_repetition_in_bounds)]
                impl<'a, T> ops::Labels for Order<'a, T>
                where
                    T: ops::LabelValue,
                {
                    type Borrowed<'borrowed> = Order<'borrowed, T> where Self: 'borrowed;
                    fn names(
                        __ops_to: &mut ops::Vec<
                            &'static ops::core::primitive::str,
                        >,
                    ) {
                        let _ = &__ops_to;
                        __ops_to.push("channel");
                        __ops_to.push("tenant");
                        <Place as ops::Labels>::names(__ops_to);
                    }
                    fn combinations() -> ops::core::option::Option<
                        ops::core::primitive::usize,
                    > {
                        ops::combinations([
                            <Channel as ops::LabelValue>::values(),
                            <&'a T as ops::LabelValue>::values(),
                            <Place as ops::Labels>::combinations(),
                        ])
                    }
                    #[inline]
                    fn index(&self) -> ops::core::primitive::usize {
                        ops::index(
                            [
                                <Channel as ops::LabelValue>::values(),
                                <&'a T as ops::LabelValue>::values(),
                                <Place as ops::Labels>::combinations(),
                            ],
                            [
                                <Channel as ops::LabelValue>::index(&self.channel),
                                <&'a T as ops::LabelValue>::index(&self.tenant),
                                <Place as ops::Labels>::index(&self.place),
                            ],
                        )
                    }
                    fn write(&self, __ops_to: &mut ops::LabelWriter<'_>) {
                        let _ = &__ops_to;
                        __ops_to
                            .label_with(
                                "channel",
                                |__ops_to| <Channel as ops::LabelValue>::write(
                                    &self.channel,
                                    __ops_to,
                                ),
                            );
                        __ops_to
                            .label_with(
                                "tenant",
                                |__ops_to| <&'a T as ops::LabelValue>::write(
                                    &self.tenant,
                                    __ops_to,
                                ),
                            );
                        <Place as ops::Labels>::write(&self.place, __ops_to);
                    }
                    fn write_nth(
                        __ops_n: ops::core::primitive::usize,
                        __ops_to: &mut ops::LabelWriter<'_>,
                    ) {
                        let _ = &__ops_to;
                        let [__ops_digit_0, __ops_digit_1, __ops_digit_2] = ops::digits(
                            __ops_n,
                            [
                                <Channel as ops::LabelValue>::values(),
                                <&'a T as ops::LabelValue>::values(),
                                <Place as ops::Labels>::combinations(),
                            ],
                        );
                        __ops_to
                            .label_with(
                                "channel",
                                |__ops_to| <Channel as ops::LabelValue>::write_nth(
                                    __ops_digit_0,
                                    __ops_to,
                                ),
                            );
                        __ops_to
                            .label_with(
                                "tenant",
                                |__ops_to| <&'a T as ops::LabelValue>::write_nth(
                                    __ops_digit_1,
                                    __ops_to,
                                ),
                            );
                        <Place as ops::Labels>::write_nth(__ops_digit_2, __ops_to);
                    }
                    #[inline(always)]
                    fn key(
                        &self,
                        __ops_key: &mut impl ops::Key,
                    ) -> ops::core::primitive::bool {
                        let _ = &__ops_key;
                        true
                            && ops::key_part(
                                __ops_key,
                                <Channel as ops::LabelValue>::key(&self.channel),
                                |__ops_to| <Channel as ops::LabelValue>::write(
                                    &self.channel,
                                    __ops_to,
                                ),
                            )
                            && ops::key_part(
                                __ops_key,
                                <&'a T as ops::LabelValue>::key(&self.tenant),
                                |__ops_to| <&'a T as ops::LabelValue>::write(
                                    &self.tenant,
                                    __ops_to,
                                ),
                            ) && <Place as ops::Labels>::key(&self.place, __ops_key)
                    }
                }
            };
        "#]],
    );
}

#[test]
fn label_value_on_an_enum() {
    let item = quote! {
        enum Channel {
            Web,
            #[label("point-of-sale")]
            PointOfSale,
        }
    };
    check(
        labels::expand_label_value(Root::Ops, item),
        &expect![[r#"
            const _: () = {
                const _: &ops::core::primitive::str = ops::label_name(
                    "channel",
                );
                impl ops::LabelValue for Channel {
                    fn write(&self, __ops_to: &mut ops::ValueWriter<'_>) {
                        __ops_to
                            .push_str(
                                match *self {
                                    Self::Web { .. } => "web",
                                    Self::PointOfSale { .. } => "point-of-sale",
                                },
                            );
                    }
                    #[inline]
                    fn index(&self) -> ops::core::primitive::usize {
                        match *self {
                            Self::Web { .. } => 0usize,
                            Self::PointOfSale { .. } => 1usize,
                        }
                    }
                    fn values() -> ops::core::option::Option<
                        ops::core::primitive::usize,
                    > {
                        ops::core::option::Option::Some(2usize)
                    }
                    fn write_nth(
                        __ops_n: ops::core::primitive::usize,
                        __ops_to: &mut ops::ValueWriter<'_>,
                    ) {
                        ops::write_nth_of(&["web", "point-of-sale"], __ops_n, __ops_to);
                    }
                    #[inline]
                    fn key(&self) -> ops::KeyPart<'_> {
                        ops::KeyPart::Small(
                            <Self as ops::LabelValue>::index(self)
                                as ops::core::primitive::u32,
                        )
                    }
                }
                impl ops::Labels for Channel {
                    type Borrowed<'borrowed> = Self;
                    fn names(
                        __ops_to: &mut ops::Vec<
                            &'static ops::core::primitive::str,
                        >,
                    ) {
                        __ops_to.push("channel");
                    }
                    fn combinations() -> ops::core::option::Option<
                        ops::core::primitive::usize,
                    > {
                        <Self as ops::LabelValue>::values()
                    }
                    #[inline]
                    fn index(&self) -> ops::core::primitive::usize {
                        <Self as ops::LabelValue>::index(self)
                    }
                    fn write(&self, __ops_to: &mut ops::LabelWriter<'_>) {
                        __ops_to.label("channel", self);
                    }
                    fn write_nth(
                        __ops_n: ops::core::primitive::usize,
                        __ops_to: &mut ops::LabelWriter<'_>,
                    ) {
                        __ops_to.label_nth::<Self>("channel", __ops_n);
                    }
                }
                impl ops::State for Channel {}
            };
        "#]],
    );
}
