//! Expansions of `#[health_check]`.

use super::check;
use crate::common::crate_name::Root;
use crate::health_check;
use expect_test::expect;
use quote::quote;

#[test]
fn health_check_on_a_function() {
    let item = quote! {
        /// Reaches the database.
        async fn database(pool: Resource<Pool>) -> Result<(), PoolError> {
            pool.ping().await
        }
    };
    check(
        health_check::expand(Root::Ops, quote!("db", timeout = "500ms"), item),
        &expect![[r#"
            /// Reaches the database.
            async fn database(pool: Resource<Pool>) -> Result<(), PoolError> {
                pool.ping().await
            }
            const _: () = {
                ops::inventory::submit! {
                    ops::LinkedCheck::new(ops::CheckDescriptor::new(ops::check_name("db"))
                    .help("Reaches the database.").timeout(ops::duration("500ms"))
                    .tags(& []).location(ops::Here
                    .location(ops::core::module_path!(), "ops-macros")),
                    ops::Run::Async(| __ops_context : ops::CheckContext |
                    ops::check_future(async move { let _ = & __ops_context; let
                    __ops_argument_0 = match < Resource < Pool > as ops::FromContext >
                    ::from_context(& __ops_context) {
                    ops::core::result::Result::Ok(__ops_value) => __ops_value,
                    ops::core::result::Result::Err(__ops_missing) => return
                    ops::missing(__ops_missing), };
                    ops::IntoOutcome::into_outcome(database(__ops_argument_0). await)
                    })))
                }
            };
        "#]],
    );
}

#[test]
fn health_checks_in_an_impl_block() {
    let item = quote! {
        impl Pool {
            #[ops::health_check("pool", timeout = PATIENCE)]
            fn ping(pool: &Resource<Self>, context: CheckContext) -> bool {
                pool.is_open()
            }

            fn is_open(&self) -> bool {
                true
            }
        }
    };
    check(
        health_check::expand(Root::Ops, quote!(), item),
        &expect![[r#"
            impl Pool {
                fn ping(pool: &Resource<Self>, context: CheckContext) -> bool {
                    pool.is_open()
                }
                fn is_open(&self) -> bool {
                    true
                }
            }
            const _: () = {
                ops::inventory::submit! {
                    ops::LinkedCheck::new(ops::CheckDescriptor::new(ops::check_name("pool"))
                    .help("").timeout(ops::positive(PATIENCE)).tags(& [])
                    .location(ops::Here.location(ops::core::module_path!(),
                    "ops-macros")), ops::Run::Blocking(| __ops_context :
                    ops::CheckContext | { let _ = & __ops_context; let __ops_argument_0
                    = match < Resource < Pool > as ops::FromContext > ::from_context(&
                    __ops_context) { ops::core::result::Result::Ok(__ops_value) =>
                    __ops_value, ops::core::result::Result::Err(__ops_missing) => return
                    ops::missing(__ops_missing), }; let __ops_argument_1 = match <
                    CheckContext as ops::FromContext > ::from_context(& __ops_context) {
                    ops::core::result::Result::Ok(__ops_value) => __ops_value,
                    ops::core::result::Result::Err(__ops_missing) => return
                    ops::missing(__ops_missing), };
                    ops::IntoOutcome::into_outcome(< Pool > ::ping(& __ops_argument_0,
                    __ops_argument_1)) }))
                }
            };
        "#]],
    );
}

#[test]
fn health_check_with_every_option() {
    let args = quote! {
        "db", kinds("readiness", STARTUP), timeout = PATIENCE, critical = false, interval = "10s",
        failure_threshold = 3, success_threshold = RECOVERED, initial = "healthy", grace = "1m",
        groups("storage", "core"), tags("sql")
    };
    check(
        health_check::expand(
            Root::Ops,
            args,
            quote!(
                fn database() {}
            ),
        ),
        &expect![[r#"
            fn database() {}
            const _: () = {
                ops::inventory::submit! {
                    ops::LinkedCheck::new(ops::CheckDescriptor::new(ops::check_name("db"))
                    .help("").kinds(& [ops::check_kind("readiness"),
                    ops::check_kind(STARTUP)])
                    .timeout(ops::positive(PATIENCE)).critical(false)
                    .interval(ops::duration("10s"))
                    .failure_threshold(ops::threshold(3))
                    .success_threshold(ops::threshold(RECOVERED))
                    .initial(ops::check_status("healthy"))
                    .grace(ops::duration("1m")).groups(&
                    [ops::group_name("storage"), ops::group_name("core")])
                    .tags(& ["sql"]).location(ops::Here
                    .location(ops::core::module_path!(), "ops-macros")),
                    ops::Run::Blocking(| __ops_context : ops::CheckContext
                    | { let _ = & __ops_context;
                    ops::IntoOutcome::into_outcome(database()) }))
                }
            };
        "#]],
    );
}
