//! Functions that return a future.

use super::check;
use crate::common::crate_name::Root;
use crate::{instrument_span, metric};
use expect_test::expect;
use quote::quote;

#[test]
fn a_body_that_is_a_boxed_async_block_is_measured_inside() {
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
                    let call = {
                        ops::function_element! {
                            static SITE : ops::FunctionMetric = ops::Here
                            .function(ops::Some(ops::metric_name("close")),
                            "close", "", ops::core::module_path!(), "ops-macros");
                        }
                        &SITE
                    }
                        .enter();
                    let returned: bool = if true {
                        self.closed().await
                    } else {
                        ops::unreached()
                    };
                    {
                        use ops::Inspect as _;
                        call.finish((&ops::Returned::<bool>(&returned)).outcome());
                    }
                    returned
                })
            }
        "#]],
    );
}

#[test]
fn any_other_body_of_an_opaque_future_is_measured_from_the_call() {
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
                let mut span = {
                    ops::span_element! {
                        static SITE : ops::SpanSite = ops::Here
                        .span("close", ops::core::module_path!(), "ops-macros");
                    }
                    &SITE
                }
                    .enter(ops::None);
                let future = ops::future::<
                    Result<_, Error>,
                    _,
                >(move || {
                    let closing = self.closing();
                    async move { closing.await }
                });
                span.exit();
                async move {
                    let mut span = span;
                    let returned = ops::in_span(future, &mut span).await;
                    {
                        use ops::Inspect as _;
                        span.finish(
                            ops::error_if(Result::is_err(&returned)),
                            (&ops::Returned(&returned)).error(),
                        );
                    }
                    returned
                }
            }
        "#]],
    );
}

#[test]
fn what_may_be_a_boxed_future_is_asked_for_its_type() {
    let item = quote! {
        fn close(&self) -> BoxFuture<'_, bool> {
            self.closing()
        }
    };
    check(
        metric::expand(Root::Ops, quote!(none = "error"), item),
        &expect![[r#"
            fn close(&self) -> BoxFuture<'_, bool> {
                let call = {
                    ops::function_element! {
                        static SITE : ops::FunctionMetric = ops::Here
                        .function(ops::None, "close", "",
                        ops::core::module_path!(), "ops-macros");
                    }
                    &SITE
                }
                    .enter();
                let returned = ops::call(move || -> BoxFuture<'_, bool> {
                    self.closing()
                });
                let kind = {
                    use ops::{BoxedFuture as _, NoFuture as _};
                    (&ops::MaybeFuture(&returned)).kind()
                };
                kind.measure(
                    returned,
                    ops::Measured {
                        call: ops::Some(call),
                        span: ops::None,
                    },
                    |value| {
                        use ops::Inspect as _;
                        ops::Seen {
                            outcome: ops::error_if(ops::is_none(value)),
                            error: (&ops::Returned(value)).error(),
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn an_async_function_in_which_nothing_awaits_is_measured_as_a_call() {
    let item = quote! {
        async fn close(&self) -> bool {
            self.is_open
        }
    };
    check(
        metric::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            async fn close(&self) -> bool {
                let call = {
                    ops::function_element! {
                        static SITE : ops::FunctionMetric = ops::Here
                        .function(ops::None, "close", "",
                        ops::core::module_path!(), "ops-macros");
                    }
                    &SITE
                }
                    .enter();
                let returned: bool = if true { self.is_open } else { ops::unreached() };
                {
                    use ops::Inspect as _;
                    call.finish((&ops::Returned::<bool>(&returned)).outcome());
                }
                returned
            }
        "#]],
    );
}

#[test]
fn a_future_within_is_made_only_where_tokens_do_not_say_what_awaits() {
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
