//! Generics of a derived label set.

use crate::common::crate_path::PrivatePath;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericParam, Generics, Lifetime, Type, WherePredicate, parse_quote};

/// Returns `generics` with a trait bound for each field whose type depends on a type parameter.
///
/// The bound is on the field type, such as `T::Id: LabelValue`. If the type has a lifetime, such as `&'a T`, the bound is on its
/// type parameters instead, because it must hold for every lifetime.
pub(super) fn bounded<'a>(
    generics: &Generics,
    private: &PrivatePath,
    fields: impl Iterator<Item = (&'a Type, Ident)>,
) -> Generics {
    let mut bounded = generics.clone();
    let conditions = &mut bounded.make_where_clause().predicates;
    for (ty, bound) in fields {
        let parameters = generics.type_params().map(|parameter| &parameter.ident);
        let used = parameters.filter(|parameter| mentions(ty, |token| *parameter == token)).collect::<Vec<_>>();
        if mentions(ty, |token| token == "'") {
            conditions
                .extend(used.iter().map(|parameter| -> WherePredicate { parse_quote!(#parameter: #private::#bound) }));
        } else if !used.is_empty() {
            conditions.push(parse_quote!(#ty: #private::#bound));
        }
    }
    bounded
}

/// Returns the generic arguments of `generics`, with every lifetime replaced by `lifetime`.
pub(super) fn with_lifetime(generics: &Generics, lifetime: &Lifetime) -> TokenStream {
    let arguments = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(_) => lifetime.to_token_stream(),
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
    });
    quote!(#(#arguments),*)
}

/// Returns `true` if `is` holds for a token of `ty`.
fn mentions(ty: &Type, is: impl Fn(&str) -> bool) -> bool {
    fn any(tokens: TokenStream, is: &impl Fn(&str) -> bool) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => any(group.stream(), is),
            token => is(&token.to_string()),
        })
    }
    any(ty.to_token_stream(), &is)
}
