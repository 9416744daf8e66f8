//! Expansions of `result_labels` and `durations`.

use super::check;
use crate::common::crate_name::Root;
use crate::metric;
use expect_test::expect;
use quote::quote;

#[test]
fn result_labels_are_computed_from_a_reference_to_the_returned_value() {
    let args = quote!(
        name = "serve",
        labels(route),
        result_labels(status = |response| response.status(), kind = kind_of),
        max_series = 500,
        ttl = "1h"
    );
    let item = quote! {
        #[ops::instrument_span]
        async fn serve(route: &str) -> Response {
            find(route).await
        }
    };
    check(
        metric::expand(Root::Ops, args, item),
        &expect![[r#"
        async fn serve(route: &str) -> Response {
            let __ops_call = {
                ops::function_element! {
                    static __OPS_SITE : ops::FunctionMetric = ops::Here
                    .function(ops::Some(ops::metric_name("serve")),
                    "serve", "", ops::core::module_path!(), "ops-macros").labels(&
                    [ops::LabelDeclaration::dynamic(ops::label_name("route"))])
                    .result_labels(& [ops::label_name("status"),
                    ops::label_name("kind")])
                    .max_series(ops::max_series(500))
                    .ttl(ops::duration("1h"));
                }
                &__OPS_SITE
            }
                .enter_with(&[ops::label_value(&(route))]);
            let mut __ops_span = {
                ops::span_element! {
                    static __OPS_SITE : ops::SpanSite = ops::Here
                    .span("serve", ops::core::module_path!(), "ops-macros");
                }
                &__OPS_SITE
            }
                .enter(ops::Some(&__ops_call));
            let __ops_returned: Response = if true {
                ops::in_span(find(route), &mut __ops_span).await
            } else {
                ops::unreached()
            };
            {
                use ops::Inspect as _;
                let __ops_outcome = (&ops::returned::<Response>(&__ops_returned))
                    .__ops_outcome();
                __ops_span
                    .finish_after(
                        __ops_call
                            .finish_with(
                                __ops_outcome,
                                &[
                                    ops::label_value(
                                        &ops::result_label(
                                            &__ops_returned,
                                            |response| response.status(),
                                        ),
                                    ),
                                    ops::label_value(
                                        &ops::result_label(&__ops_returned, kind_of),
                                    ),
                                ],
                            ),
                        __ops_outcome,
                        (&ops::returned::<Response>(&__ops_returned)).__ops_error(),
                    );
            }
            __ops_returned
        }
    "#]],
    );
}

#[test]
fn result_labels_of_a_boxed_future_are_computed_where_it_is_boxed() {
    let args = quote!(name = "serve", result_labels(status = |response| response.status()));
    let item = quote! {
        fn serve(&self) -> BoxFuture<'static, Response> {
            let found = self.find();
            Box::pin(async move { found.await })
        }
    };
    check(
        metric::expand(Root::Ops, args, item),
        &expect![[r#"
        fn serve(&self) -> BoxFuture<'static, Response> {
            let __ops_call = {
                ops::function_element! {
                    static __OPS_SITE : ops::FunctionMetric = ops::Here
                    .function(ops::Some(ops::metric_name("serve")),
                    "serve", "", ops::core::module_path!(), "ops-macros")
                    .result_labels(& [ops::label_name("status")]);
                }
                &__OPS_SITE
            }
                .enter();
            let __ops_measured = ops::UntilReturn::new(ops::Measured {
                call: ops::Some(__ops_call),
                span: ops::None,
            });
            let __ops_kind = {
                use ops::{BoxedFuture as _, NoFuture as _};
                (&ops::MaybeFuture::<BoxFuture<'static, Response>>::new())
                    .__ops_kind()
            };
            {
                let found = self.find();
                Box::pin(
                    __ops_kind
                        .measure(
                            async move { found.await },
                            __ops_measured,
                            |__ops_value| {
                                use ops::Inspect as _;
                                ops::seen(
                                        (&ops::returned(__ops_value)).__ops_outcome(),
                                        (&ops::returned(__ops_value)).__ops_error(),
                                    )
                                    .labels(
                                        &[
                                            ops::label_value(
                                                &ops::result_label(
                                                    __ops_value,
                                                    |response| response.status(),
                                                ),
                                            ),
                                        ],
                                    )
                            },
                        ),
                )
            }
        }
    "#]],
    );
}

#[test]
fn function_without_durations() {
    let item = quote! {
        fn price() -> u64 {
            42
        }
    };
    check(
        metric::expand(Root::Ops, quote!(durations = false), item),
        &expect![[r#"
        fn price() -> u64 {
            let __ops_call = {
                ops::function_element! {
                    static __OPS_SITE : ops::FunctionMetric = ops::Here
                    .function(ops::None, "price", "",
                    ops::core::module_path!(), "ops-macros").durations(false);
                }
                &__OPS_SITE
            }
                .enter();
            let __ops_returned: u64 = if true { 42 } else { ops::unreached() };
            {
                use ops::Inspect as _;
                __ops_call
                    .finish(
                        (&ops::returned::<u64>(&__ops_returned)).__ops_outcome(),
                    );
            }
            __ops_returned
        }
    "#]],
    );
}
