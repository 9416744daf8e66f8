//! Functions that return a future.

use super::check;
use crate::{metric, span};
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
        metric::expand(quote!(name = "close"), item),
        &expect![[r#"
        fn close(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
            Box::pin(async move {
                let call = {
                    #[ops::linkme::distributed_slice(ops::FUNCTIONS)]
                    #[linkme(crate = ops::linkme)]
                    static SITE: ops::FunctionMetric = ops::FunctionMetric::new(
                        ops::core::option::Option::Some(
                            ops::metric_name("close"),
                        ),
                        "close",
                        "",
                        ops::location(
                            ops::core::file!(),
                            ops::core::line!(),
                            ops::core::module_path!(),
                            ops::core::option_env!("CARGO_PKG_NAME"),
                        ),
                    );
                    &SITE
                }
                    .enter(&[]);
                let returned = async move {
                    if let ops::core::option::Option::Some(early) = ops::no::<
                        bool,
                    >() {
                        return early;
                    }
                    self.closed().await
                }
                    .await;
                {
                    use ops::Inspect as _;
                    let seen = (&&&&&&ops::Returned(&returned)).inspect();
                    call.finish(seen.outcome);
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
        span::expand(quote!(error_if = Result::is_err), item),
        &expect![[r#"
        fn close(&self) -> impl Future<Output = Result<impl Display, Error>> + use<'_> {
            let span = {
                #[ops::linkme::distributed_slice(ops::SPANS)]
                #[linkme(crate = ops::linkme)]
                static SITE: ops::SpanSite = ops::SpanSite::new(
                    ops::span_name("close"),
                    ops::location(
                        ops::core::file!(),
                        ops::core::line!(),
                        ops::core::module_path!(),
                        ops::core::option_env!("CARGO_PKG_NAME"),
                    ),
                );
                &SITE
            }
                .enter(|| ops::fields([]));
            let future = {
                let _scope = span.scope();
                ops::future::<
                    Result<_, Error>,
                    _,
                >(move || {
                    let closing = self.closing();
                    async move { closing.await }
                })
            };
            async move {
                let mut span = span;
                let returned = ops::InSpan::new(
                        &mut span,
                        ops::core::pin::pin!(future),
                    )
                    .await;
                {
                    use ops::Inspect as _;
                    let seen = (&&&&&&ops::Returned(&returned))
                        .inspect()
                        .decided(Result::is_err(&returned));
                    span.finish(seen.outcome, seen.error);
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
        metric::expand(quote!(none = "error"), item),
        &expect![[r#"
        fn close(&self) -> BoxFuture<'_, bool> {
            let call = {
                #[ops::linkme::distributed_slice(ops::FUNCTIONS)]
                #[linkme(crate = ops::linkme)]
                static SITE: ops::FunctionMetric = ops::FunctionMetric::new(
                    ops::core::option::Option::None,
                    "close",
                    "",
                    ops::location(
                        ops::core::file!(),
                        ops::core::line!(),
                        ops::core::module_path!(),
                        ops::core::option_env!("CARGO_PKG_NAME"),
                    ),
                );
                &SITE
            }
                .enter(&[]);
            let returned = {
                ops::call(move || -> BoxFuture<'_, bool> { self.closing() })
            };
            let kind = {
                use ops::{BoxedFuture as _, NoFuture as _};
                (&ops::MaybeFuture(&returned)).kind()
            };
            kind.measure(
                returned,
                ops::Measured {
                    call: ops::core::option::Option::Some(call),
                    span: ops::core::option::Option::None,
                },
                |value| {
                    use ops::Inspect as _;
                    (&&&&&&ops::Returned(value))
                        .inspect()
                        .or_error(ops::is_none(value))
                },
            )
        }
    "#]],
    );
}
