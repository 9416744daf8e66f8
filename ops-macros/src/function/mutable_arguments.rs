//! Moves `mut` arguments into the wrapped body.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, Pat, Signature, Type};

/// Removes `mut` from the arguments and returns `let` statements that rebind them as mutable.
///
/// `mut items: Vec<u8>` becomes `items: Vec<u8>` in the signature and `let mut items = items;` in the body, so that the
/// body can assign borrows of its locals to it, as without the attribute.
pub(super) fn take_mutable_arguments(signature: &mut Signature) -> TokenStream {
    let mut inside = TokenStream::new();
    for argument in &mut signature.inputs {
        if let FnArg::Typed(argument) = argument {
            take_mut(&mut argument.pat, &argument.ty, &mut inside);
        }
    }
    inside
}

fn take_mut(pattern: &mut Pat, ty: &Type, inside: &mut TokenStream) {
    match pattern {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            if let Some(mutability) = pattern.mutability.take() {
                let ident = &pattern.ident;
                inside.extend(quote!(let #mutability #ident = #ident;));
            }
        }
        // Behind a reference, `mut` binds a copy instead of a reference: removing it would change the type.
        _ if matches!(ty, Type::Reference(_)) => {}
        Pat::Paren(pattern) => take_mut(&mut pattern.pat, ty, inside),
        Pat::Tuple(tuple) => match ty {
            Type::Tuple(types) if types.elems.len() == tuple.elems.len() => {
                for (pattern, ty) in tuple.elems.iter_mut().zip(&types.elems) {
                    take_mut(pattern, ty, inside);
                }
            }
            _ => {}
        },
        _ => {}
    }
}
