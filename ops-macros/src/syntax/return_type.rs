//! The return type of a function, as it can be written in its body.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{AngleBracketedGenericArguments, GenericArgument, PathArguments, ReturnType, Type, TypeParamBound};

/// Return type of a function.
pub(crate) enum OutputType {
    /// The function never returns.
    Never,
    /// A type that can be written in the body.
    Named(TokenStream),
    /// A type that contains `impl Trait`, replaced by `_`.
    Opaque {
        named: TokenStream,
        /// `true` for `impl Fn(..)` or a tuple that contains it.
        is_closure: bool,
        /// `true` if the type itself is `impl Trait`.
        is_alone: bool,
    },
    /// A type that cannot be written.
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
        let tokens = ty.to_token_stream();
        if let Type::Never(_) = ty {
            return OutputType::Never;
        }
        if !has_impl(tokens.clone()) {
            return OutputType::Named(tokens);
        }
        match nameable(ty) {
            Some(named) => OutputType::Opaque { named, is_closure: is_closure(ty), is_alone: is_alone(ty) },
            None => OutputType::Inferred,
        }
    }

    /// Returns the type as it can be written in the body.
    pub(crate) fn named(&self) -> Option<&TokenStream> {
        match self {
            OutputType::Named(named) | OutputType::Opaque { named, .. } => Some(named),
            OutputType::Never | OutputType::Inferred => None,
        }
    }
}

/// Returns `ty` as it can be written in the body, if possible.
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

/// Replaces `impl Trait` by `_`: `Result<impl Read, E>` → `Result<_, E>`.
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
            path.path.segments.iter_mut().for_each(|segment| infer_in_arguments(&mut segment.arguments));
        }
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    bound.path.segments.iter_mut().for_each(|segment| infer_in_arguments(&mut segment.arguments));
                }
            }
        }
        _ => {}
    }
}

fn infer_in_arguments(arguments: &mut PathArguments) {
    match arguments {
        PathArguments::None => {}
        PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) => {
            for argument in args {
                match argument {
                    GenericArgument::Type(ty) => infer_impl_traits(ty),
                    GenericArgument::AssocType(assoc) => infer_impl_traits(&mut assoc.ty),
                    _ => {}
                }
            }
        }
        PathArguments::Parenthesized(arguments) => {
            if let ReturnType::Type(_, ty) = &mut arguments.output {
                infer_impl_traits(ty);
            }
        }
    }
}

pub(crate) fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}

fn is_alone(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_alone(&group.elem),
        Type::Paren(paren) => is_alone(&paren.elem),
        ty => matches!(ty, Type::ImplTrait(_)),
    }
}

/// Returns `true` if a closure can be returned as `ty`, which determines its argument types.
fn is_closure(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_closure(&group.elem),
        Type::Paren(paren) => is_closure(&paren.elem),
        Type::Tuple(tuple) => tuple.elems.iter().any(is_closure),
        Type::ImplTrait(opaque) => opaque.bounds.iter().any(|bound| match bound {
            TypeParamBound::Trait(bound) => {
                bound.path.segments.last().is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
            }
            _ => false,
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn nested_impl_traits_are_inferred() {
        let types: [(Type, TokenStream); 5] = [
            (parse_quote!(Result<impl Read, E>), quote!(Result<_, E>)),
            (parse_quote!((impl Read, [&mut impl Read])), quote!((_, [&mut _]))),
            (parse_quote!(Box<dyn Iterator<Item = impl Debug> + Send>), quote!(Box<dyn Iterator<Item = _> + Send>)),
            (parse_quote!(Box<dyn Fn(u8) -> impl Debug>), quote!(Box<dyn Fn(u8) -> _>)),
            (parse_quote!(Pin<Box<impl Stream<Item = impl Debug>>>), quote!(Pin<Box<_>>)),
        ];
        for (ty, named) in &types {
            let blanks = |tokens: &TokenStream| tokens.to_string().replace(' ', "");
            assert_eq!(blanks(&nameable(ty).unwrap()), blanks(named));
        }
    }

    #[test]
    fn impl_fn_is_a_closure() {
        let closures: [Type; 4] = [
            parse_quote!(impl Fn(&u8) -> u8),
            parse_quote!(impl for<'a> FnMut(&'a u8) + Send + 'static),
            parse_quote!((impl core::ops::FnOnce(), u8)),
            parse_quote!(impl AsyncFn(u8)),
        ];
        for ty in &closures {
            assert!(matches!(OutputType::of(ty), OutputType::Opaque { is_closure: true, .. }));
        }
        let others: [Type; 3] =
            [parse_quote!(impl Read), parse_quote!(Box<impl Fn()>), parse_quote!(impl Iterator<Item = Box<dyn Fn()>>)];
        for ty in &others {
            assert!(matches!(OutputType::of(ty), OutputType::Opaque { is_closure: false, .. }));
        }
    }
}
