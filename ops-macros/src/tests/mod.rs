//! What the attributes expand to, whole: run with `UPDATE_EXPECT=1` to write it anew, and read it.

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
    // A reader knows the rest of the path.
    let text = prettyplease::unparse(&file).replace("::ops::__private::", "ops::");
    expected.assert_eq(&text.replace("::ops_core::__private::", "ops_core::"));
}
