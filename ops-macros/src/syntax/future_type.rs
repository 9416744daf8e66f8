//! Detects return types that are futures.

use syn::{
    AngleBracketedGenericArguments, GenericArgument, PathArguments, PathSegment, ReturnType, Type, TypeParamBound,
};

/// Returns `true` if `output` is known to be a future.
pub(crate) fn returns_future(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if future_type(ty).is_some())
}

/// A return type that is known to be a future.
pub(crate) struct FutureType {
    pub output: Type,
    pub is_boxed: bool,
}

/// Parses `impl Future<Output = T> + Send` or `Pin<Box<dyn Future<Output = T>>>`.
pub(crate) fn future_type(ty: &Type) -> Option<FutureType> {
    match ty {
        Type::Group(group) => future_type(&group.elem),
        Type::Paren(paren) => future_type(&paren.elem),
        Type::ImplTrait(ty) => Some(FutureType { output: output(ty.bounds.iter())?, is_boxed: false }),
        _ => match argument(ty, "Pin").and_then(|ty| argument(ty, "Box"))? {
            Type::TraitObject(ty) => Some(FutureType { output: output(ty.bounds.iter())?, is_boxed: true }),
            _ => None,
        },
    }
}

/// Returns `T` of `Future<Output = T>`, if a wrapper satisfies the other bounds too.
fn output<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<Type> {
    let mut output = None;
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let PathSegment { ident, arguments, .. } = bound.path.segments.last()?;
        match arguments {
            PathArguments::AngleBracketed(arguments) if ident == "Future" => output = output_of(arguments),
            PathArguments::None if ident == "Send" || ident == "Sync" || ident == "UnwindSafe" => {}
            _ => return None,
        }
    }
    output
}

fn output_of(arguments: &AngleBracketedGenericArguments) -> Option<Type> {
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(output.ty.clone()),
        _ => None,
    })
}

/// Returns `T` of `name<T>`.
fn argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) if arguments.args.len() == 1 => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// Returns `true` if the type name suggests a future, such as `BoxFuture<'_, T>`.
///
/// Only the compiler knows whether it is one.
pub(crate) fn is_named_like_a_future(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    last_segment(ty).is_some_and(|segment| segment.ident == "Pin" || segment.ident.to_string().contains("Fut"))
}
