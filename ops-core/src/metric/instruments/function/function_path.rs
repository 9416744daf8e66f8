//! The `function` label of the shared families: `total`, or `Cart::total` for a method.
//!
//! An attribute on a method sees neither the `impl` block around it nor its type, and an item inside the method cannot name
//! `Self`. However, `std::any::type_name` of an item defined inside the method, such as a closure, contains the type.

use std::any;
use std::borrow::Cow;

/// A function that returns the path of a type defined inside the annotated function.
pub(super) type PathInside = fn() -> &'static str;

/// Returns a [`PathInside`] for `T`.
pub(super) const fn path_of<T>() -> PathInside {
    any::type_name::<T>
}

/// Returns the function qualified with its type if it is a method, else `function`.
///
/// For example, `Cart::total` for `total` and `shop::Cart::total::__OPS_SITE::{{closure}}`. The format of type names is not
/// guaranteed, so an unexpected format falls back to `function`.
pub(super) fn qualified(function: &'static str, inside: &str) -> Cow<'static, str> {
    match owner(function, inside) {
        Some(owner) => Cow::Owned(format!("{owner}::{function}")),
        None => Cow::Borrowed(function),
    }
}

/// Returns the type or trait that `function` is a method of.
fn owner<'a>(function: &str, inside: &'a str) -> Option<&'a str> {
    let (mut path, _) = inside.rsplit_once("::__OPS_SITE")?;
    while let Some(outer) = path.strip_suffix("::{{closure}}") {
        path = outer;
    }
    let path = path.strip_suffix(function)?.strip_suffix("::")?;
    if let Some(implemented) = path.strip_prefix('<') {
        // `<Cart as Shop>`
        return Some(last_segment(before(implemented, " as ")));
    }
    if let Some((_, implemented)) = path.split_once("::<impl ") {
        // `<impl Cart>` or `<impl Shop for Cart>`, in a different module than the type
        let implemented = implemented.strip_suffix('>')?;
        return Some(last_segment(implemented.split_once(" for ").map_or(implemented, |(_, ty)| ty)));
    }
    // The path of a nested function has the same form; types are recognized by their initial capital.
    let segment = last_segment(path);
    segment.trim_start_matches('_').starts_with(char::is_uppercase).then_some(segment)
}

/// Returns the last segment of a type path, such as `Cart` for `&mut shop::Cart<T>`.
///
/// Types that are not paths are returned unchanged.
fn last_segment(ty: &str) -> &str {
    let ty = ["&", "mut ", "dyn "].iter().fold(ty, |ty, word| ty.strip_prefix(word).unwrap_or(ty));
    if !ty.starts_with(|first: char| first.is_alphabetic() || first == '_') {
        return ty;
    }
    let path = before(ty, "<");
    path.rsplit_once("::").map_or(path, |(_, segment)| segment)
}

/// Returns the text before the first `end` outside of brackets.
fn before<'a>(text: &'a str, end: &str) -> &'a str {
    let mut depth = 0_usize;
    for (at, char) in text.char_indices() {
        if depth == 0 && text[at..].starts_with(end) {
            return &text[..at];
        }
        match char {
            '<' | '(' | '[' => depth += 1,
            '>' if text[..at].ends_with('-') => {}
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualifies_methods_with_their_type() {
        for (function, inside, path) in [
            ("run", "app::jobs::A::run::__OPS_SITE::{{closure}}", "A::run"),
            ("run", "app::A<_>::run::{{closure}}::__OPS_SITE::{{closure}}", "A::run"),
            ("run", "<app::A<core::option::Option<_>> as app::Job>::run::__OPS_SITE::{{closure}}", "A::run"),
            ("run", "<&mut app::A as app::Job>::run::__OPS_SITE::{{closure}}", "A::run"),
            ("run", "<[_] as app::Job>::run::__OPS_SITE::{{closure}}", "[_]::run"),
            (
                "run",
                "<alloc::boxed::Box<dyn core::ops::Fn(u8) -> u16> as app::Job>::run::__OPS_SITE::{{closure}}",
                "Box::run",
            ),
            ("run", "app::other::<impl app::A<_>>::run::__OPS_SITE::{{closure}}", "A::run"),
            ("run", "app::f::_::<impl app::Job for app::A>::run::__OPS_SITE::{{closure}}", "A::run"),
            ("run", "app::Job::run::__OPS_SITE::{{closure}}", "Job::run"),
        ] {
            assert_eq!(qualified(function, inside), path, "{inside}");
        }
    }

    #[test]
    fn other_functions_keep_their_bare_name() {
        for inside in [
            "app::run::__OPS_SITE::{{closure}}",
            "app::outer::run::__OPS_SITE::{{closure}}",
            "app::outer::{{closure}}::run::__OPS_SITE::{{closure}}",
            "run::__OPS_SITE::{{closure}}",
            "unexpected format",
            "",
        ] {
            assert_eq!(qualified("run", inside), "run", "{inside}");
        }
    }
}
