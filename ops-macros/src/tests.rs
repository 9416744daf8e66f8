//! What the attributes expand to, whole: run with `UPDATE_EXPECT=1` to write it anew, and read it.

use crate::{health_check, labels, metric, span};
use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

fn check(expansion: syn::Result<TokenStream>, expected: &Expect) {
    let file = syn::parse2(expansion.unwrap()).unwrap();
    // A reader knows the prefix.
    expected.assert_eq(&prettyplease::unparse(&file).replace("::ops::__private::", "ops::"));
}

#[test]
fn a_static() {
    let item = quote! {
        /// Size of an order
        /// on the wire.
        pub static ORDER_SIZE: Histogram<Channel>;
    };
    check(
        metric::expand(quote!(unit = "bytes", buckets = [256, 1024.5]), item),
        &expect![[r#"
        /// Size of an order
        /// on the wire.
        pub static ORDER_SIZE: Histogram<Channel> = <Histogram<
            Channel,
        >>::declared(
            ops::Declared::new()
                .unit(ops::unit("bytes"))
                .buckets(ops::Buckets::list(&[256.0, 1024.5])),
        );
        const _: () = {
            #[ops::linkme::distributed_slice(ops::METRICS)]
            #[linkme(crate = ops::linkme)]
            static ENTRY: ops::MetricEntry = ops::MetricEntry::new(
                ops::MetricDescriptor::new(
                    ops::metric_name("order_size"),
                    "Size of an order on the wire.",
                    ops::core::option::Option::Some("bytes"),
                    ops::location(
                        ops::core::module_path!(),
                        ops::core::option_env!("CARGO_PKG_NAME"),
                    ),
                ),
                &ORDER_SIZE,
            );
        };
    "#]],
    );
}

#[test]
fn a_function_with_both_attributes() {
    let item = quote! {
        /// Places an order.
        #[ops::instrument_span("order.place", fields(order.id = id, ?channel))]
        fn place(&self, mut id: u64, channel: Channel) -> Result<u64, impl Error> {
            id += 1;
            self.book(id, channel)
        }
    };
    check(
        metric::expand(quote!(name = "place", labels(channel: Channel = channel, id)), item),
        &expect![[r#"
        /// Places an order.
        fn place(&self, id: u64, channel: Channel) -> Result<u64, impl Error> {
            let call = {
                #[ops::linkme::distributed_slice(ops::FUNCTIONS)]
                #[linkme(crate = ops::linkme)]
                static SITE: ops::FunctionMetric = ops::FunctionMetric::new(
                        ops::core::option::Option::Some(
                            ops::metric_name("place"),
                        ),
                        "place",
                        "Places an order.",
                        ops::location(
                            ops::core::module_path!(),
                            ops::core::option_env!("CARGO_PKG_NAME"),
                        ),
                    )
                    .labels(
                        &[
                            ops::LabelDeclaration::closed::<
                                Channel,
                            >(ops::label_name("channel")),
                            ops::LabelDeclaration::open(
                                ops::label_name("id"),
                            ),
                        ],
                    );
                &SITE
            }
                .enter(
                    &[
                        ops::label_value::<Channel>(&(channel)),
                        ops::label_value(&(id)),
                    ],
                );
            let span = {
                #[ops::linkme::distributed_slice(ops::SPANS)]
                #[linkme(crate = ops::linkme)]
                static SITE: ops::SpanSite = ops::SpanSite::new(
                    ops::span_name("order.place"),
                    ops::location(
                        ops::core::module_path!(),
                        ops::core::option_env!("CARGO_PKG_NAME"),
                    ),
                );
                &SITE
            }
                .enter(|| ops::fields([
                    ops::field("order.id", &(id)),
                    ops::field_debug("channel", &(channel)),
                ]));
            let returned = {
                let _scope = span.scope();
                ops::call(move || -> Result<u64, _> {
                    let mut id = id;
                    id += 1;
                    self.book(id, channel)
                })
            };
            {
                use ops::Inspect as _;
                let seen = (&&&ops::Returned(&returned)).inspect();
                span.finish(seen.outcome, seen.error);
                call.finish(seen.outcome);
            }
            returned
        }
    "#]],
    );
}

#[test]
fn an_async_function_with_both_attributes_in_the_other_order() {
    let item = quote! {
        #[ops::metric]
        async fn price(amount: u64) -> u64 {
            amount * 2
        }
    };
    check(
        span::expand(quote!(crate = ::renamed), item),
        &expect![[r#"
        async fn price(amount: u64) -> u64 {
            let call = {
                #[::renamed::__private::linkme::distributed_slice(
                    ::renamed::__private::FUNCTIONS
                )]
                #[linkme(crate = ::renamed::__private::linkme)]
                static SITE: ::renamed::__private::FunctionMetric = ::renamed::__private::FunctionMetric::new(
                    ::renamed::__private::core::option::Option::None,
                    "price",
                    "",
                    ::renamed::__private::location(
                        ::renamed::__private::core::module_path!(),
                        ::renamed::__private::core::option_env!("CARGO_PKG_NAME"),
                    ),
                );
                &SITE
            }
                .enter(&[]);
            let mut span = {
                #[::renamed::__private::linkme::distributed_slice(::renamed::__private::SPANS)]
                #[linkme(crate = ::renamed::__private::linkme)]
                static SITE: ::renamed::__private::SpanSite = ::renamed::__private::SpanSite::new(
                    ::renamed::__private::span_name("price"),
                    ::renamed::__private::location(
                        ::renamed::__private::core::module_path!(),
                        ::renamed::__private::core::option_env!("CARGO_PKG_NAME"),
                    ),
                );
                &SITE
            }
                .enter(|| ::renamed::__private::fields([]));
            let returned = ::renamed::__private::InSpan::new(
                    &mut span,
                    ::renamed::__private::core::pin::pin!(
                        async move { if let
                        ::renamed::__private::core::option::Option::Some(early) =
                        ::renamed::__private::no:: < u64 > () { return early; } amount * 2 }
                    ),
                )
                .await;
            {
                use ::renamed::__private::Inspect as _;
                let seen = (&&&::renamed::__private::Returned(&returned)).inspect();
                span.finish(seen.outcome, seen.error);
                call.finish(seen.outcome);
            }
            returned
        }
    "#]],
    );
}

#[test]
fn a_health_check() {
    let item = quote! {
        /// Reaches the database.
        async fn database(pool: Resource<Pool>) -> Result<(), PoolError> {
            pool.ping().await
        }
    };
    check(
        health_check::expand(quote!("db", timeout = "500ms"), item),
        &expect![[r#"
        /// Reaches the database.
        async fn database(pool: Resource<Pool>) -> Result<(), PoolError> {
            pool.ping().await
        }
        const _: () = {
            ops::inventory::submit! {
                ops::LinkedCheck::new(ops::CheckDescriptor::new(ops::check_name("db"))
                .help("Reaches the database.").timeout(ops::duration("500ms"))
                .tags(& [])
                .location(ops::location(ops::core::module_path!(),
                ops::core::option_env!("CARGO_PKG_NAME"))),
                ops::Run::Async(| context : ops::CheckContext |
                ops::check_future(async move { let _ = & context; let argument_0 =
                match < Resource < Pool > as ops::FromContext > ::from_context(&
                context) { ops::core::result::Result::Ok(value) => value,
                ops::core::result::Result::Err(missing) => return
                ops::missing(missing), };
                ops::IntoOutcome::into_outcome(database(argument_0). await) })))
            }
        };
    "#]],
    );
}

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
        labels::expand_labels(item),
        &expect![[r#"
            const _: () = {
                const _: &ops::core::primitive::str = ops::label_name(
                    "channel",
                );
                const _: &ops::core::primitive::str = ops::label_name(
                    "tenant",
                );
                impl<'a, T> ops::Labels for Order<'a, T>
                where
                    &'a T: ops::LabelValue,
                {
                    type Of<'borrowed> = Order<'borrowed, T> where Self: 'borrowed;
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
                        to.label("channel", &self.channel);
                        to.label("tenant", &self.tenant);
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
                        to.label_nth::<Channel>("channel", digit_0);
                        to.label_nth::<&'a T>("tenant", digit_1);
                        <Place as ops::Labels>::write_nth(digit_2, to);
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
        labels::expand_label_value(item),
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
                }
                impl ops::Labels for Channel {
                    type Of<'borrowed> = Self;
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
            };
        "#]],
    );
}
