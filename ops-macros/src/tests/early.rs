//! Expansions of bodies with early exits and awaits.

use super::check;
use crate::common::crate_name::Root;
use crate::{instrument_span, metric};
use expect_test::expect;
use quote::quote;

#[test]
fn guard_clause_breaks_out_of_the_body_in_place() {
    let item = quote! {
        async fn price(&self, amount: u64) -> Result<u64, Error> {
            if amount == 0 {
                return Err(Error::Nothing);
            }
            Ok(self.price_of(amount).await)
        }
    };
    check(
        metric::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            async fn price(&self, amount: u64) -> Result<u64, Error> {
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .shared_function(& || {}, "price", "",
                        ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_returned: Result<u64, Error> = 'body: {
                    if amount == 0 {
                        break 'body Err(Error::Nothing);
                    }
                    Ok(self.price_of(amount).await)
                };
                {
                    use ops::Inspect as _;
                    __ops_call
                        .finish(
                            (&ops::returned::<Result<u64, Error>>(&__ops_returned))
                                .__ops_outcome(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
}

#[test]
fn other_early_exit_moves_the_body_into_a_closure() {
    let item = quote! {
        fn price(mut amount: u64) -> Result<u64, Error> {
            amount += fee()?;
            Ok(amount)
        }
    };
    check(
        instrument_span::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            fn price(amount: u64) -> Result<u64, Error> {
                let __ops_span = {
                    ops::span_element! {
                        static __OPS_SITE : ops::SpanSite = ops::Here
                        .span("price", ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter(ops::None);
                let __ops_returned = ops::call(move || -> Result<u64, Error> {
                    let mut amount = amount;
                    amount += fee()?;
                    Ok(amount)
                });
                {
                    use ops::Inspect as _;
                    __ops_span
                        .finish(
                            (&ops::returned(&__ops_returned)).__ops_outcome(),
                            (&ops::returned(&__ops_returned)).__ops_error(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
}

#[test]
fn early_exit_and_await_move_the_body_into_a_typed_async_block() {
    let item = quote! {
        async fn price(mut amount: u64) -> Result<u64, Error> {
            amount += fee().await?;
            Ok(amount)
        }
    };
    check(
        metric::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            async fn price(amount: u64) -> Result<u64, Error> {
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .function(ops::None, "price", "",
                        ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_returned = async move {
                    if false {
                        return ops::unreached::<Result<u64, Error>>();
                    }
                    let mut amount = amount;
                    amount += fee().await?;
                    Ok(amount)
                }
                    .await;
                {
                    use ops::Inspect as _;
                    __ops_call
                        .finish((&ops::returned(&__ops_returned)).__ops_outcome());
                }
                __ops_returned
            }
        "#]],
    );
}

#[test]
fn awaited_future_is_polled_in_the_span() {
    let item = quote! {
        async fn price(amount: u64) -> u64 {
            fee().await + amount
        }
    };
    check(
        instrument_span::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            async fn price(amount: u64) -> u64 {
                let mut __ops_span = {
                    ops::span_element! {
                        static __OPS_SITE : ops::SpanSite = ops::Here
                        .span("price", ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter(ops::None);
                let __ops_returned: u64 = if true {
                    ops::in_span(fee(), &mut __ops_span).await + amount
                } else {
                    ops::unreached()
                };
                {
                    use ops::Inspect as _;
                    __ops_span
                        .finish(
                            (&ops::returned::<u64>(&__ops_returned)).__ops_outcome(),
                            (&ops::returned::<u64>(&__ops_returned)).__ops_error(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
}
