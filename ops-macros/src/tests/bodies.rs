//! Bodies and items that are not finished, or not supported: they are kept, for the compiler and for an editor.

use crate::common::crate_name::Root;
use crate::syntax::item;
use crate::syntax::own_attributes::OwnAttributes;
use crate::{instrument_span, metric};
use proc_macro2::TokenStream;
use quote::quote;

/// The tokens of `text` in one line.
fn tokens(text: TokenStream) -> String {
    text.to_string()
}

#[test]
fn a_body_that_is_half_typed_is_kept_as_it_is() {
    for body in [quote!({ let total = order. }), quote!({ if let Some(x) = }), quote!({ match total { Some(x) => } })] {
        let item = quote!(fn place(order: Order) -> u64 #body);
        let statements = body.into_iter().next().map(|body| match body {
            proc_macro2::TokenTree::Group(body) => tokens(body.stream()),
            other => other.to_string(),
        });
        for expansion in [
            metric::expand(Root::Ops, quote!(name = "place"), item.clone()),
            instrument_span::expand(Root::Ops, quote!(), item),
        ] {
            let expansion = tokens(expansion.unwrap());
            assert!(expansion.contains(&statements.clone().unwrap()), "{expansion}");
        }
    }
}

#[test]
fn a_method_that_is_half_typed_leaves_the_other_methods_measured() {
    let item = quote! {
        impl Cart {
            fn total(&self) -> u64 { self. }
            fn len(&self) -> usize { self.0.len() }
        }
    };
    let expansion = tokens(metric::expand(Root::Ops, quote!(), item).unwrap());
    assert_eq!(expansion.matches("FunctionMetric =").count(), 2);
}

#[test]
fn what_cannot_be_measured_is_one_error_and_the_item_without_the_attributes() {
    let item = quote! {
        #[ops::instrument_span]
        unsafe extern "C" fn print(format: *const u8, mut arguments: ...) -> u8 { 0 }
    };
    let error = metric::expand(Root::Ops, quote!(), item.clone()).unwrap_err();
    assert_eq!(
        error.into_iter().map(|error| error.to_string()).collect::<Vec<_>>(),
        ["a function with C's variable arguments cannot be measured: remove the attribute"]
    );
    assert_eq!(
        tokens(item::fallback(item, &OwnAttributes::of(&TokenStream::new()))),
        tokens(quote!(
            unsafe extern "C" fn print(format: *const u8, mut arguments: ...) -> u8 {
                0
            }
        ))
    );
}

#[test]
fn another_crates_attribute_of_the_same_name_is_left_alone_if_it_has_a_path() {
    let item = quote! {
        #[metriken::metric]
        fn place() {}
    };
    let expansion = tokens(instrument_span::expand(Root::Ops, quote!(), item).unwrap());
    assert!(expansion.starts_with("# [metriken :: metric] fn place"), "{expansion}");
    assert!(!expansion.contains("FunctionMetric"), "{expansion}");
}
