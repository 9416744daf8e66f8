//! `#[derive(Labels)]` and `#[derive(LabelValue)]`.

use super::check;
use crate::common::crate_name::Root;
use crate::labels;
use expect_test::expect;
use quote::quote;

#[test]
fn a_set_of_labels() {
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
                        to: &mut ops::Vec<
                            &'static ops::core::primitive::str,
                        >,
                    ) {
                        let _ = &to;
                        to.push("channel");
                        to.push("tenant");
                        <Place as ops::Labels>::names(to);
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
                    fn write(&self, to: &mut ops::LabelWriter<'_>) {
                        let _ = &to;
                        to.label_with(
                            "channel",
                            |to| <Channel as ops::LabelValue>::write(&self.channel, to),
                        );
                        to.label_with(
                            "tenant",
                            |to| <&'a T as ops::LabelValue>::write(&self.tenant, to),
                        );
                        <Place as ops::Labels>::write(&self.place, to);
                    }
                    fn write_nth(
                        n: ops::core::primitive::usize,
                        to: &mut ops::LabelWriter<'_>,
                    ) {
                        let _ = &to;
                        let [digit_0, digit_1, digit_2] = ops::digits(
                            n,
                            [
                                <Channel as ops::LabelValue>::values(),
                                <&'a T as ops::LabelValue>::values(),
                                <Place as ops::Labels>::combinations(),
                            ],
                        );
                        to.label_with(
                            "channel",
                            |to| <Channel as ops::LabelValue>::write_nth(digit_0, to),
                        );
                        to.label_with(
                            "tenant",
                            |to| <&'a T as ops::LabelValue>::write_nth(digit_1, to),
                        );
                        <Place as ops::Labels>::write_nth(digit_2, to);
                    }
                    #[inline(always)]
                    fn key(
                        &self,
                        key: &mut impl ops::Key,
                    ) -> ops::core::primitive::bool {
                        let _ = &key;
                        true
                            && ops::key_part(
                                key,
                                <Channel as ops::LabelValue>::key(&self.channel),
                                |to| <Channel as ops::LabelValue>::write(
                                    &self.channel,
                                    to,
                                ),
                            )
                            && ops::key_part(
                                key,
                                <&'a T as ops::LabelValue>::key(&self.tenant),
                                |to| <&'a T as ops::LabelValue>::write(&self.tenant, to),
                            ) && <Place as ops::Labels>::key(&self.place, key)
                    }
                }
            };
        "#]],
    );
}

#[test]
fn values_of_a_label() {
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
                    fn write(&self, to: &mut ops::ValueWriter<'_>) {
                        to.push_str(
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
                        n: ops::core::primitive::usize,
                        to: &mut ops::ValueWriter<'_>,
                    ) {
                        ops::write_nth_of(&["web", "point-of-sale"], n, to);
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
                        to: &mut ops::Vec<
                            &'static ops::core::primitive::str,
                        >,
                    ) {
                        to.push("channel");
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
                    fn write(&self, to: &mut ops::LabelWriter<'_>) {
                        to.label("channel", self);
                    }
                    fn write_nth(
                        n: ops::core::primitive::usize,
                        to: &mut ops::LabelWriter<'_>,
                    ) {
                        to.label_nth::<Self>("channel", n);
                    }
                }
                impl ops::State for Channel {}
            };
        "#]],
    );
}
