//! Expansions of functions that return a future or a closure.

use super::check;
use crate::common::crate_name::Root;
use crate::{instrument_span, metric};
use expect_test::expect;
use quote::quote;

#[test]
fn boxed_async_block_is_instrumented_inside() {
    let item = quote! {
        fn close(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
            Box::pin(async move { self.closed().await })
        }
    };
    check(
        metric::expand(Root::Ops, quote!(name = "close"), item),
        &expect![[r#"
            fn close(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
                Box::pin(async move {
                    let __ops_call = {
                        ops::function_element! {
                            static __OPS_SITE : ops::FunctionMetric =
                            ops::Here
                            .function(ops::Some(ops::metric_name("close")),
                            "close", "", ops::core::module_path!(), "ops-macros");
                        }
                        &__OPS_SITE
                    }
                        .enter();
                    let __ops_returned: bool = if true {
                        self.closed().await
                    } else {
                        ops::unreached()
                    };
                    {
                        use ops::Inspect as _;
                        __ops_call
                            .finish(
                                (&ops::returned::<bool>(&__ops_returned))
                                    .__ops_outcome(),
                            );
                    }
                    __ops_returned
                })
            }
        "#]],
    );
}

#[test]
fn opaque_future_is_instrumented_from_the_call() {
    let item = quote! {
        fn close(&self) -> impl Future<Output = Result<impl Display, Error>> + use<'_> {
            let closing = self.closing();
            async move { closing.await }
        }
    };
    check(
        instrument_span::expand(Root::Ops, quote!(error_if = Result::is_err), item),
        &expect![[r#"
            fn close(&self) -> impl Future<Output = Result<impl Display, Error>> + use<'_> {
                let mut __ops_span = {
                    ops::span_element! {
                        static __OPS_SITE : ops::SpanSite = ops::Here
                        .span("close", ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter(ops::None);
                let __ops_future = ops::future::<
                    Result<_, Error>,
                    _,
                >(move || {
                    let closing = self.closing();
                    async move { closing.await }
                });
                ops::ActiveSpan::exit(&mut __ops_span);
                async move {
                    let mut __ops_span = __ops_span;
                    let __ops_returned = ops::in_span(__ops_future, &mut __ops_span)
                        .await;
                    {
                        use ops::Inspect as _;
                        __ops_span
                            .finish(
                                ops::error_if(Result::is_err(&__ops_returned)),
                                (&ops::returned(&__ops_returned)).__ops_error(),
                            );
                    }
                    __ops_returned
                }
            }
        "#]],
    );
}

#[test]
fn possible_boxed_future_is_resolved_by_its_type() {
    let item = quote! {
        fn close(&self) -> BoxFuture<'_, bool> {
            self.closing()
        }
    };
    check(
        metric::expand(Root::Ops, quote!(none = "error"), item),
        &expect![[r#"
            fn close(&self) -> BoxFuture<'_, bool> {
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .shared_function(& || {}, "close", "",
                        ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_measured = ops::UntilReturn::new(ops::Measured {
                    call: ops::Some(__ops_call),
                    span: ops::None,
                });
                let __ops_returned = ops::call(move || -> BoxFuture<'_, bool> {
                    self.closing()
                });
                let __ops_kind = {
                    use ops::{BoxedFuture as _, NoFuture as _};
                    (&ops::MaybeFuture::<BoxFuture<'_, bool>>::new()).__ops_kind()
                };
                __ops_kind
                    .measure_boxed(
                        __ops_returned,
                        __ops_measured,
                        |__ops_value| {
                            use ops::Inspect as _;
                            ops::seen(
                                ops::error_if(ops::is_none(__ops_value)),
                                (&ops::returned(__ops_value)).__ops_error(),
                            )
                        },
                    )
            }
        "#]],
    );
}

#[test]
fn future_is_instrumented_where_it_is_boxed() {
    let item = quote! {
        fn call(&mut self, request: Request) -> Self::Future {
            if request.is_empty() {
                return Box::pin(async move { Err(Empty.into()) });
            }
            Box::pin(self.inner.call(request))
        }
    };
    check(
        metric::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            fn call(&mut self, request: Request) -> Self::Future {
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .shared_function(& || {}, "call", "", ops::core::module_path!(),
                        "ops-macros");
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
                    (&ops::MaybeFuture::<Self::Future>::new()).__ops_kind()
                };
                {
                    if request.is_empty() {
                        return Box::pin(
                            __ops_kind
                                .measure(
                                    async move { Err(Empty.into()) },
                                    __ops_measured,
                                    |__ops_value| {
                                        use ops::Inspect as _;
                                        ops::seen(
                                            (&ops::returned(__ops_value)).__ops_outcome(),
                                            (&ops::returned(__ops_value)).__ops_error(),
                                        )
                                    },
                                ),
                        );
                    }
                    Box::pin(
                        __ops_kind
                            .measure(
                                self.inner.call(request),
                                __ops_measured,
                                |__ops_value| {
                                    use ops::Inspect as _;
                                    ops::seen(
                                        (&ops::returned(__ops_value)).__ops_outcome(),
                                        (&ops::returned(__ops_value)).__ops_error(),
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
fn future_that_may_not_outlive_a_box_is_passed_on() {
    let item = quote! {
        fn call(&mut self, request: Request) -> BoxFuture<'static, Result<T, E>> {
            self.inner.call(request)
        }
    };
    check(
        metric::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            fn call(&mut self, request: Request) -> BoxFuture<'static, Result<T, E>> {
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .shared_function(& || {}, "call", "", ops::core::module_path!(),
                        "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_measured = ops::UntilReturn::new(ops::Measured {
                    call: ops::Some(__ops_call),
                    span: ops::None,
                });
                let __ops_returned = ops::call(move || -> BoxFuture<
                    'static,
                    Result<T, E>,
                > { self.inner.call(request) });
                let __ops_kind = {
                    use ops::{BoxedFuture as _, NoFuture as _};
                    (&ops::MaybeFuture::<BoxFuture<'static, Result<T, E>>>::new())
                        .__ops_kind()
                };
                __ops_kind
                    .pass_on(
                        __ops_returned,
                        __ops_measured,
                        |__ops_value| {
                            use ops::Inspect as _;
                            ops::seen(
                                (&ops::returned(__ops_value)).__ops_outcome(),
                                (&ops::returned(__ops_value)).__ops_error(),
                            )
                        },
                    )
            }
        "#]],
    );
}

#[test]
fn closure_stays_in_return_position() {
    let item = quote! {
        fn adder(by: u32) -> impl Fn(u32) -> u32 {
            move |number| number + by
        }
    };
    check(
        metric::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            fn adder(by: u32) -> impl Fn(u32) -> u32 {
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .function(ops::None, "adder", "",
                        ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_measured = ops::UntilReturn::new(ops::Measured {
                    call: ops::Some(__ops_call),
                    span: ops::None,
                });
                { move |number| number + by }
            }
        "#]],
    );
    let item = quote! {
        async fn adder(&self) -> impl Fn(u32) -> u32 {
            let by = self.by.await;
            move |number| number + by
        }
    };
    check(
        instrument_span::expand(Root::Ops, quote!(), item),
        &expect![[r#"
        async fn adder(&self) -> impl Fn(u32) -> u32 {
            let mut __ops_span = {
                ops::span_element! {
                    static __OPS_SITE : ops::SpanSite = ops::Here
                    .span("adder", ops::core::module_path!(), "ops-macros");
                }
                &__OPS_SITE
            }
                .enter(ops::None);
            {
                let by = ops::in_span(self.by, &mut __ops_span).await;
                let __ops_measured = ops::UntilReturn::new(ops::Measured {
                    call: ops::None,
                    span: ops::Some(__ops_span),
                });
                ops::core::mem::drop(__ops_measured);
                move |number| number + by
            }
        }
    "#]],
    );
}

#[test]
fn async_function_without_await_is_instrumented_as_a_call() {
    let item = quote! {
        async fn close(&self) -> bool {
            self.is_open
        }
    };
    check(
        metric::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            async fn close(&self) -> bool {
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .shared_function(& || {}, "close", "",
                        ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_returned: bool = if true {
                    self.is_open
                } else {
                    ops::unreached()
                };
                {
                    use ops::Inspect as _;
                    __ops_call
                        .finish(
                            (&ops::returned::<bool>(&__ops_returned)).__ops_outcome(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
}

#[test]
fn inner_future_is_generated_only_for_ambiguous_awaits() {
    for (body, is_future) in [
        (quote!({ self.closing().await }), false),
        (
            quote!({
                if self.is_open {
                    match self.closing().await {
                        _ => {}
                    }
                }
            }),
            false,
        ),
        (quote!({ self.closing().await? }), true),
        (quote!({ join!(self.closing(), self.ending()) }), true),
        (
            quote!({
                tokio::select! { _ = self.closing() => {} }
            }),
            true,
        ),
        (quote!({ self.is_open != self.is_closed && !(self.is_open) }), false),
        (quote!({ return Err(self.awaited?) }), false),
    ] {
        let item = quote!(async fn close(&self) -> Answer #body);
        let expansion = instrument_span::expand(Root::Ops, quote!(), item).unwrap().to_string();
        assert_eq!(expansion.contains("async move"), is_future, "{body}");
    }
}
