//! Expansions of `#[metric]` and `#[instrument_span]`.

use super::check;
use crate::common::crate_name::Root;
use crate::{instrument_span, metric};
use expect_test::expect;
use quote::quote;

#[test]
fn metric_on_a_static() {
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
                    static __OPS_ENTRY : ops::MetricEntry =
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
fn function_with_both_attributes() {
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
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .function(ops::Some(ops::metric_name("place")),
                        "place", "Places an order.", ops::core::module_path!(),
                        "ops-macros").labels(&
                        [ops::LabelDeclaration::new(ops::label_name("channel"),
                        < Channel as ops::LabelValue > ::values, < Channel as
                        ops::LabelValue > ::write_nth),
                        ops::LabelDeclaration::dynamic(ops::label_name("id"))]);
                    }
                    &__OPS_SITE
                }
                    .enter_with(
                        &[
                            <Channel as ops::LabelValue>::erased(&(channel)),
                            ops::label_value(&(id)),
                        ],
                    );
                let __ops_span = {
                    ops::span_element! {
                        static __OPS_SITE : ops::SpanSite = ops::Here
                        .span(ops::span_name("order.place"),
                        ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter_with(
                        ops::Some(&__ops_call),
                        || ops::fields([
                            ops::field("order.id", &(id)),
                            ops::field_debug("channel", &(channel)),
                        ]),
                    );
                let __ops_returned: Result<u64, _> = if true {
                    id += 1;
                    self.book(id, channel)
                } else {
                    ops::unreached()
                };
                if false {
                    return __ops_returned;
                }
                {
                    use ops::Inspect as _;
                    let __ops_outcome = (&ops::returned::<
                        Result<u64, _>,
                    >(&__ops_returned))
                        .__ops_outcome();
                    __ops_span
                        .finish_after(
                            __ops_call.finish(__ops_outcome),
                            __ops_outcome,
                            (&ops::returned::<Result<u64, _>>(&__ops_returned))
                                .__ops_error(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
}

#[test]
fn async_function_with_both_attributes_in_reverse_order() {
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
                let __ops_call = {
                    ::renamed::__private::function_element! {
                        static __OPS_SITE : ::renamed::__private::FunctionMetric =
                        ::renamed::__private::Here.function(::renamed::__private::None, "price", "",
                        ::renamed::__private::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_span = {
                    ::renamed::__private::span_element! {
                        static __OPS_SITE : ::renamed::__private::SpanSite =
                        ::renamed::__private::Here.span("price",
                        ::renamed::__private::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter(::renamed::__private::Some(&__ops_call));
                let __ops_returned: u64 = if true {
                    amount * 2
                } else {
                    ::renamed::__private::unreached()
                };
                {
                    use ::renamed::__private::Inspect as _;
                    let __ops_outcome = (&::renamed::__private::returned::<u64>(&__ops_returned))
                        .__ops_outcome();
                    __ops_span
                        .finish_after(
                            __ops_call.finish(__ops_outcome),
                            __ops_outcome,
                            (&::renamed::__private::returned::<u64>(&__ops_returned)).__ops_error(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
}
