//! Incomplete or unsupported bodies and items are kept, for the compiler and for editors.

use crate::common::crate_name::Root;
use crate::syntax::item;
use crate::syntax::own_attributes::OwnAttributes;
use crate::{instrument_span, metric};
use proc_macro2::TokenStream;
use quote::quote;

/// Formats tokens on one line.
fn tokens(tokens: TokenStream) -> String {
    tokens.to_string()
}

#[test]
fn incomplete_body_is_kept() {
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
fn incomplete_method_does_not_affect_other_methods() {
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
fn unsupported_function_yields_one_error_and_the_item_without_attributes() {
    let item = quote! {
        #[ops::instrument_span]
        unsafe extern "C" fn print(format: *const u8, mut arguments: ...) -> u8 { 0 }
    };
    let error = metric::expand(Root::Ops, quote!(), item.clone()).unwrap_err();
    assert_eq!(
        error.into_iter().map(|error| error.to_string()).collect::<Vec<_>>(),
        ["a C-variadic function cannot be instrumented; remove the attribute"]
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
fn attribute_with_the_path_of_another_crate_is_kept() {
    let item = quote! {
        #[metriken::metric]
        fn place() {}
    };
    let expansion = tokens(instrument_span::expand(Root::Ops, quote!(), item).unwrap());
    assert!(expansion.starts_with("# [metriken :: metric] fn place"), "{expansion}");
    assert!(!expansion.contains("FunctionMetric"), "{expansion}");
}
