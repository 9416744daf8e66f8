//! `#[metric]` and `#[instrument_span]`.

use super::check;
use crate::{metric, span};
use expect_test::expect;
use quote::quote;

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
                            ops::core::file!(),
                            ops::core::line!(),
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
                                ops::core::file!(),
                                ops::core::line!(),
                                ops::core::module_path!(),
                                ops::core::option_env!("CARGO_PKG_NAME"),
                            ),
                        )
                        .labels(
                            &[
                                ops::LabelDeclaration::new(
                                    ops::label_name("channel"),
                                    <Channel as ops::LabelValue>::values,
                                    <Channel as ops::LabelValue>::write_nth,
                                ),
                                ops::LabelDeclaration::open(
                                    ops::label_name("id"),
                                ),
                            ],
                        );
                    &SITE
                }
                    .enter(
                        &[
                            <Channel as ops::LabelValue>::erased(&(channel)),
                            ops::label_value(&(id)),
                        ],
                    );
                let span = {
                    #[ops::linkme::distributed_slice(ops::SPANS)]
                    #[linkme(crate = ops::linkme)]
                    static SITE: ops::SpanSite = ops::SpanSite::new(
                        ops::span_name("order.place"),
                        ops::location(
                            ops::core::file!(),
                            ops::core::line!(),
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
                    let seen = (&&&&&&ops::Returned(&returned)).inspect();
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
                            ::renamed::__private::core::file!(),
                            ::renamed::__private::core::line!(),
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
                            ::renamed::__private::core::file!(),
                            ::renamed::__private::core::line!(),
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
                    let seen = (&&&&&&::renamed::__private::Returned(&returned)).inspect();
                    span.finish(seen.outcome, seen.error);
                    call.finish(seen.outcome);
                }
                returned
            }
        "#]],
    );
}
