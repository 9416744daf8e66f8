//! Expansions refer to the exporting crate.
//!
//! `#[ops::metric]` expands to paths in `::ops`, `#[ops_core::metric]` to paths in `::ops_core`.

use super::check;
use crate::common::crate_name::Root;
use crate::{health_check, instrument_span, labels, metric};
use expect_test::expect;
use proc_macro2::TokenStream;
use quote::quote;

/// Expands every attribute and derive for `root`.
fn expansions(root: Root) -> Vec<TokenStream> {
    let orders = quote!(
        static ORDERS: Histogram<Channel>;
    );
    let price = quote!(
        async fn price(&self, id: u64) -> Result<u64, Error> {
            Ok(self.fee(id).await?)
        }
    );
    let total = quote!(
        impl Cart {
            #[metric(name = "total", labels(id: Id = id))]
            #[instrument_span(fields(id = id))]
            fn total(&self, id: u64) -> u64 {
                id
            }
        }
    );
    let database = quote!(
        async fn database(pool: Resource<Pool>) -> bool {
            true
        }
    );
    let checks = quote!(
        impl Store {
            #[health_check("db")]
            fn database() -> bool {
                true
            }
        }
    );
    [
        metric::expand(root, quote!(unit = "bytes", buckets = [1, 2]), orders),
        metric::expand(root, quote!(none = "error"), price.clone()),
        metric::expand(root, quote!(), total),
        instrument_span::expand(root, quote!("price", error_if = f), price),
        health_check::expand(root, quote!("db", timeout = "1s", kinds("liveness")), database),
        health_check::expand(root, quote!(), checks),
        labels::expand_labels(
            root,
            quote!(
                struct Order {
                    id: u64,
                    #[label(flatten)]
                    place: Place,
                }
            ),
        ),
        labels::expand_label_value(
            root,
            quote!(
                enum Channel {
                    Web,
                }
            ),
        ),
    ]
    .map(Result::unwrap)
    .to_vec()
}

#[test]
fn expansions_differ_only_in_the_called_crate() {
    let text = |root| expansions(root).iter().map(TokenStream::to_string).collect::<Vec<_>>();
    let (ops, ops_core) = (text(Root::Ops), text(Root::OpsCore));
    for (ops, ops_core) in ops.iter().zip(&ops_core) {
        assert!(ops.contains(":: ops :: __private") && !ops.contains("ops_core"), "{ops}");
        assert!(ops_core.contains(":: ops_core :: __private"), "{ops_core}");
        assert_eq!(ops_core.replace(":: ops_core ::", ":: ops ::"), *ops);
    }
}

#[test]
fn function_with_metric_of_ops_core() {
    let item = quote! {
        fn price(amount: u64) -> u64 {
            amount * 2
        }
    };
    check(
        metric::expand(Root::OpsCore, quote!(), item),
        &expect![[r#"
            fn price(amount: u64) -> u64 {
                let __ops_call = {
                    ops_core::function_element! {
                        static __OPS_SITE : ops_core::FunctionMetric =
                        ops_core::Here.function(ops_core::None, "price",
                        "", ops_core::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_returned: u64 = if true {
                    amount * 2
                } else {
                    ops_core::unreached()
                };
                {
                    use ops_core::Inspect as _;
                    __ops_call
                        .finish(
                            (&ops_core::returned::<u64>(&__ops_returned))
                                .__ops_outcome(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
}

#[test]
fn attributes_of_both_roots_share_one_wrapper_of_the_first() {
    let item = quote! {
        #[ops::instrument_span("order.price")]
        fn price(amount: u64) -> u64 {
            amount * 2
        }
    };
    check(
        metric::expand(Root::OpsCore, quote!(name = "price"), item),
        &expect![[r#"
            fn price(amount: u64) -> u64 {
                let __ops_call = {
                    ops_core::function_element! {
                        static __OPS_SITE : ops_core::FunctionMetric =
                        ops_core::Here
                        .function(ops_core::Some(ops_core::metric_name("price")),
                        "price", "", ops_core::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_span = {
                    ops_core::span_element! {
                        static __OPS_SITE : ops_core::SpanSite =
                        ops_core::Here
                        .span(ops_core::span_name("order.price"),
                        ops_core::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter(ops_core::Some(&__ops_call));
                let __ops_returned: u64 = if true {
                    amount * 2
                } else {
                    ops_core::unreached()
                };
                {
                    use ops_core::Inspect as _;
                    let __ops_outcome = (&ops_core::returned::<u64>(&__ops_returned))
                        .__ops_outcome();
                    __ops_span
                        .finish_after(
                            __ops_call.finish(__ops_outcome),
                            __ops_outcome,
                            (&ops_core::returned::<u64>(&__ops_returned)).__ops_error(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
    let item = quote! {
        #[ops_core::metric]
        fn price(amount: u64) -> u64 {
            amount * 2
        }
    };
    check(
        instrument_span::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            fn price(amount: u64) -> u64 {
                let __ops_call = {
                    ops::function_element! {
                        static __OPS_SITE : ops::FunctionMetric = ops::Here
                        .function(ops::None, "price", "",
                        ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter();
                let __ops_span = {
                    ops::span_element! {
                        static __OPS_SITE : ops::SpanSite = ops::Here
                        .span("price", ops::core::module_path!(), "ops-macros");
                    }
                    &__OPS_SITE
                }
                    .enter(ops::Some(&__ops_call));
                let __ops_returned: u64 = if true {
                    amount * 2
                } else {
                    ops::unreached()
                };
                {
                    use ops::Inspect as _;
                    let __ops_outcome = (&ops::returned::<u64>(&__ops_returned))
                        .__ops_outcome();
                    __ops_span
                        .finish_after(
                            __ops_call.finish(__ops_outcome),
                            __ops_outcome,
                            (&ops::returned::<u64>(&__ops_returned)).__ops_error(),
                        );
                }
                __ops_returned
            }
        "#]],
    );
}

#[test]
fn attributes_of_both_roots_in_an_impl_block_use_the_root_of_the_block() {
    for root in [Root::Ops, Root::OpsCore] {
        let item = quote! {
            impl Cart {
                #[ops::metric(name = "total")]
                #[ops_core::instrument_span]
                fn total(&self) -> u64 { self.total }
                #[ops_core::metric(skip)]
                fn len(&self) -> usize { self.len }
            }
        };
        let expansion = metric::expand(root, quote!(), item).unwrap().to_string();
        let private = format!(":: {} :: __private :: ", root.default_name());
        assert_eq!(expansion.matches(&format!("{private}function_element")).count(), 1, "{expansion}");
        assert_eq!(expansion.matches(&format!("{private}span_element")).count(), 1, "{expansion}");
        assert!(!expansion.contains("skip") && !expansion.contains("# ["), "{expansion}");
    }
}

#[test]
fn checks_of_both_roots_in_an_impl_block_are_registered() {
    let item = quote! {
        impl Store {
            #[ops::health_check("db")]
            fn database() -> bool { true }
            #[ops_core::health_check("disk")]
            fn disk() -> bool { true }
        }
    };
    let expansion = health_check::expand(Root::OpsCore, quote!(), item).unwrap().to_string();
    assert_eq!(expansion.matches(":: ops_core :: __private :: LinkedCheck").count(), 2, "{expansion}");
    assert!(!expansion.contains(":: ops ::"), "{expansion}");
}

#[test]
fn crate_option_replaces_either_root() {
    for root in [Root::Ops, Root::OpsCore] {
        let item = quote!(
            static ORDERS: Counter;
        );
        let expansion = metric::expand(root, quote!(crate = crate::inside::ops), item).unwrap().to_string();
        assert!(expansion.contains("crate :: inside :: ops :: __private"), "{expansion}");
        let replaced = expansion.replace("crate :: inside :: ops", "");
        assert!(!replaced.contains(":: ops"), "{expansion}");
    }
}

#[test]
fn rejects_duplicate_attributes_of_different_roots() {
    let item = quote! {
        #[ops_core::metric]
        fn price() {}
    };
    let error = metric::expand(Root::Ops, quote!(), item).unwrap_err();
    assert_eq!(error.to_string(), "duplicate attribute `#[metric]`; remove one of them");
}
