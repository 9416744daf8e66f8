//! Detects types that mention no generic parameter.

use super::future_type::future_type;
use syn::{GenericArgument, Lifetime, PathArguments, Type, TypePath};

/// Returns `true` if the output of the boxed future `ty` outlives the box.
///
/// Such a future can be boxed again. An attribute on a method cannot see the parameters of the `impl` block, so any single
/// identifier may be a parameter. The check is therefore conservative: it accepts only types that cannot be parameter names.
pub(crate) fn outlives_its_box(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => return outlives_its_box(&group.elem),
        Type::Paren(paren) => return outlives_its_box(&paren.elem),
        _ => {}
    }
    if let Some(future) = future_type(ty) {
        return is_concrete(&future.output, &[]);
    }
    // An alias of a box mentions only its own arguments.
    let Type::Path(path) = ty else { return false };
    let Some(PathArguments::AngleBracketed(arguments)) = path.path.segments.last().map(|last| &last.arguments) else {
        return is_path_of_a_module(path);
    };
    let lifetimes = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => Some(lifetime),
        _ => None,
    });
    let lifetimes = lifetimes.collect::<Vec<_>>();
    let types = arguments.args.iter().filter(|argument| !matches!(argument, GenericArgument::Lifetime(_)));
    is_path_of_a_module(path) && types.into_iter().all(|argument| is_concrete_argument(argument, &lifetimes))
}

/// Returns `true` if `ty` mentions no type parameter, and only these lifetimes and `'static`.
fn is_concrete(ty: &Type, lifetimes: &[&Lifetime]) -> bool {
    match ty {
        Type::Array(array) => is_concrete(&array.elem, lifetimes),
        Type::Group(group) => is_concrete(&group.elem, lifetimes),
        Type::Paren(paren) => is_concrete(&paren.elem, lifetimes),
        Type::Slice(slice) => is_concrete(&slice.elem, lifetimes),
        Type::Tuple(tuple) => tuple.elems.iter().all(|ty| is_concrete(ty, lifetimes)),
        Type::Never(_) => true,
        Type::Reference(reference) => {
            reference.lifetime.as_ref().is_some_and(|lifetime| is_known(lifetime, lifetimes))
                && is_concrete(&reference.elem, lifetimes)
        }
        Type::Path(path) => is_concrete_path(path, lifetimes),
        _ => false,
    }
}

fn is_concrete_path(path: &TypePath, lifetimes: &[&Lifetime]) -> bool {
    let segments = &path.path.segments;
    let is_named = match segments.last() {
        // A type parameter has no arguments.
        Some(only) if segments.len() == 1 => !only.arguments.is_none() || is_primitive(&only.ident.to_string()),
        _ => true,
    };
    is_named
        && is_path_of_a_module(path)
        && segments.iter().all(|segment| match &segment.arguments {
            PathArguments::None => true,
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().all(|argument| is_concrete_argument(argument, lifetimes))
            }
            PathArguments::Parenthesized(_) => false,
        })
}

fn is_concrete_argument(argument: &GenericArgument, lifetimes: &[&Lifetime]) -> bool {
    match argument {
        GenericArgument::Type(ty) => is_concrete(ty, lifetimes),
        GenericArgument::Lifetime(lifetime) => is_known(lifetime, lifetimes),
        _ => false,
    }
}

fn is_known(lifetime: &Lifetime, lifetimes: &[&Lifetime]) -> bool {
    lifetime.ident == "static" || lifetimes.contains(&lifetime)
}

/// Returns `true` for a single-segment path, or a path that starts with a module.
///
/// A longer path that starts with a type parameter or `Self` is rejected.
fn is_path_of_a_module(path: &TypePath) -> bool {
    let segments = &path.path.segments;
    let begins_with_a_module = || {
        let first = segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
        path.path.leading_colon.is_some() || first.starts_with(char::is_lowercase)
    };
    path.qself.is_none() && (segments.len() == 1 || begins_with_a_module())
}

fn is_primitive(word: &str) -> bool {
    matches!(
        word,
        "bool"
            | "char"
            | "f32"
            | "f64"
            | "i128"
            | "i16"
            | "i32"
            | "i64"
            | "i8"
            | "isize"
            | "str"
            | "u128"
            | "u16"
            | "u32"
            | "u64"
            | "u8"
            | "usize"
            | "String"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn type_without_parameters_outlives_its_box() {
        let types: [Type; 6] = [
            parse_quote!(BoxFuture<'_, Result<u8, String>>),
            parse_quote!(futures::future::BoxFuture<'static, Result<http::Response<Vec<u8>>, std::io::Error>>),
            parse_quote!(Pin<Box<dyn Future<Output = Option<(u8, [bool; 2])>> + Send + 'a>>),
            parse_quote!(BoxFuture<'a, Result<&'a str, crate::Error>>),
            parse_quote!(ResponseFuture),
            parse_quote!(BoxFuture<'a, &'static str>),
        ];
        for ty in &types {
            assert!(outlives_its_box(ty), "{}", quote::quote!(#ty));
        }
    }

    #[test]
    fn type_that_may_mention_a_parameter_is_rejected() {
        let types: [Type; 8] = [
            parse_quote!(BoxFuture<U, E>),
            parse_quote!(BoxFuture<'static, Result<Response, Error>>),
            parse_quote!(Self::Future),
            parse_quote!(S::Future),
            parse_quote!(<S as Service>::Future),
            parse_quote!(BoxFuture<'static, Result<u8, Self::Error>>),
            parse_quote!(Pin<Box<dyn Future<Output = Result<T, u8>> + Send>>),
            parse_quote!(BoxFuture<'static, &'a str>),
        ];
        for ty in &types {
            assert!(!outlives_its_box(ty), "{}", quote::quote!(#ty));
        }
    }
}
