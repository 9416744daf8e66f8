//! Snapshot tests of whole expansions. Update them with `UPDATE_EXPECT=1` and review the diff.

mod bodies;
mod early;
mod futures;
mod health_check;
mod instruments;
mod labels;
mod results;
mod roots;

use expect_test::Expect;
use proc_macro2::TokenStream;

fn check(expansion: syn::Result<TokenStream>, expected: &Expect) {
    let file = syn::parse2(expansion.unwrap()).unwrap();
    // Shortens the paths for readability.
    let text = prettyplease::unparse(&file).replace("::ops::__private::", "ops::");
    expected.assert_eq(&text.replace("::ops_core::__private::", "ops_core::"));
}
