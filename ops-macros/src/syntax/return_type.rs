//! The return type of a function, as it can be named inside it.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericArgument, PathArguments, ReturnType, Type};

/// What a function returns.
pub(crate) enum OutputType {
    /// It never returns.
    Never,
    /// A type that can be written down inside the function: `impl Trait` has become `_`.
    Named(TokenStream),
    /// A type that cannot.
    Inferred,
}

pub(crate) fn output_type(output: &ReturnType) -> OutputType {
    let ty = match output {
        ReturnType::Default => return OutputType::Named(quote!(())),
        ReturnType::Type(_, ty) => ty,
    };
    OutputType::of(ty)
}

impl OutputType {
    pub(crate) fn of(ty: &Type) -> Self {
        match ty {
            Type::Never(_) => OutputType::Never,
            _ => nameable(ty).map_or(OutputType::Inferred, OutputType::Named),
        }
    }
}

/// `ty` as it can be written inside the function.
pub(crate) fn nameable(ty: &Type) -> Option<TokenStream> {
    let tokens = ty.to_token_stream();
    if !has_impl(tokens.clone()) {
        return Some(tokens);
    }
    let mut named = ty.clone();
    infer_impl_traits(&mut named);
    let tokens = named.to_token_stream();
    (!has_impl(tokens.clone())).then_some(tokens)
}

/// `Result<impl Read, E>` → `Result<_, E>`.
fn infer_impl_traits(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
        Type::Array(array) => infer_impl_traits(&mut array.elem),
        Type::Group(group) => infer_impl_traits(&mut group.elem),
        Type::Paren(paren) => infer_impl_traits(&mut paren.elem),
        Type::Reference(reference) => infer_impl_traits(&mut reference.elem),
        Type::Slice(slice) => infer_impl_traits(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer_impl_traits),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(generics) = &mut segment.arguments {
                    for argument in &mut generics.args {
                        if let GenericArgument::Type(ty) = argument {
                            infer_impl_traits(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

pub(crate) fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}
