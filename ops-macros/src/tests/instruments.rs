//! `#[metric]` and `#[instrument_span]`.

use super::check;
use crate::common::crate_name::Root;
use crate::{instrument_span, metric};
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
        metric::expand(Root::Ops, quote!(unit = "bytes", buckets = [256, 1024.5]), item),
        &expect![[r#"
            /// Size of an order
            /// on the wire.
            pub static ORDER_SIZE: Histogram<Channel> = <Histogram<
                Channel,
            >>::with_options(
                ops::InstrumentOptions::new()
                    .unit(ops::unit("bytes"))
                    .buckets(ops::Buckets::list(&[256.0, 1024.5])),
            );
            const _: () = {
                ops::metric_element! {
                    static ENTRY : ops::MetricEntry =
                    ops::MetricEntry::new(ops::MetricDescriptor::new(ops::metric_name("order_size"),
                    "Size of an order on the wire.", ops::Some("bytes"),
                    ops::Here.location(ops::core::module_path!(),
                    "ops-macros")), & ORDER_SIZE);
                }
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
        metric::expand(Root::Ops, quote!(name = "place", labels(channel: Channel = channel, id)), item),
        &expect![[r#"
            /// Places an order.
            fn place(&self, mut id: u64, channel: Channel) -> Result<u64, impl Error> {
                let call = {
                    ops::function_element! {
                        static SITE : ops::FunctionMetric = ops::Here
                        .function(ops::Some(ops::metric_name("place")),
                        "place", "Places an order.", ops::core::module_path!(),
                        "ops-macros").labels(&
                        [ops::LabelDeclaration::new(ops::label_name("channel"),
                        < Channel as ops::LabelValue > ::values, < Channel as
                        ops::LabelValue > ::write_nth),
                        ops::LabelDeclaration::open(ops::label_name("id"))]);
                    }
                    &SITE
                }
                    .enter_with(
                        &[
                            <Channel as ops::LabelValue>::erased(&(channel)),
                            ops::label_value(&(id)),
                        ],
                    );
                let span = {
                    ops::span_element! {
                        static SITE : ops::SpanSite = ops::Here
                        .span(ops::span_name("order.place"),
                        ops::core::module_path!(), "ops-macros");
                    }
                    &SITE
                }
                    .enter_with(
                        ops::Some(&call),
                        || ops::fields([
                            ops::field("order.id", &(id)),
                            ops::field_debug("channel", &(channel)),
                        ]),
                    );
                let returned: Result<u64, _> = if true {
                    id += 1;
                    self.book(id, channel)
                } else {
                    ops::unreached()
                };
                {
                    use ops::Inspect as _;
                    let outcome = (&ops::Returned::<Result<u64, _>>(&returned))
                        .outcome();
                    span.finish_after(
                        call.finish(outcome),
                        outcome,
                        (&ops::Returned::<Result<u64, _>>(&returned)).error(),
                    );
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
        instrument_span::expand(Root::Ops, quote!(crate = ::renamed), item),
        &expect![[r#"
            async fn price(amount: u64) -> u64 {
                let call = {
                    ::renamed::__private::function_element! {
                        static SITE : ::renamed::__private::FunctionMetric =
                        ::renamed::__private::Here.function(::renamed::__private::None, "price", "",
                        ::renamed::__private::core::module_path!(), "ops-macros");
                    }
                    &SITE
                }
                    .enter();
                let span = {
                    ::renamed::__private::span_element! {
                        static SITE : ::renamed::__private::SpanSite = ::renamed::__private::Here
                        .span("price", ::renamed::__private::core::module_path!(), "ops-macros");
                    }
                    &SITE
                }
                    .enter(::renamed::__private::Some(&call));
                let returned: u64 = if true {
                    amount * 2
                } else {
                    ::renamed::__private::unreached()
                };
                {
                    use ::renamed::__private::Inspect as _;
                    let outcome = (&::renamed::__private::Returned::<u64>(&returned)).outcome();
                    span.finish_after(
                        call.finish(outcome),
                        outcome,
                        (&::renamed::__private::Returned::<u64>(&returned)).error(),
                    );
                }
                returned
            }
        "#]],
    );
}
