//! The label value of a function in the shared families: with its type, as `Cart::total`, if it is a method.
//!
//! An attribute on a method sees neither the `impl` block around it nor the type, and an item in the method may not name `Self`.
//! But the compiler names the type in the path of whatever is defined in the method, such as a closure.

use std::any;
use std::borrow::Cow;

/// Gives the path of a type that is defined in the function.
pub(super) type PathInside = fn() -> &'static str;

/// The path of `T`, for [`PathInside`].
pub(super) const fn path_of<T>() -> PathInside {
    any::type_name::<T>
}

/// `Cart::total` for the function `total` and `shop::Cart::total::SITE::{{closure}}`; `function` where it is no method, or where the
/// compiler writes paths in another way.
pub(super) fn qualified(function: &'static str, inside: &str) -> Cow<'static, str> {
    match owner(function, inside) {
        Some(owner) => Cow::Owned(format!("{owner}::{function}")),
        None => Cow::Borrowed(function),
    }
}

/// The type or trait in which `function` is defined.
fn owner<'a>(function: &str, inside: &'a str) -> Option<&'a str> {
    let (mut path, _) = inside.rsplit_once("::__OPS_SITE")?;
    while let Some(outer) = path.strip_suffix("::{{closure}}") {
        path = outer;
    }
    let path = path.strip_suffix(function)?.strip_suffix("::")?;
    if let Some(implemented) = path.strip_prefix('<') {
        // `<Cart as Shop>`
        return Some(last_word(before(implemented, " as ")));
    }
    if let Some((_, implemented)) = path.split_once("::<impl ") {
        // `<impl Cart>` or `<impl Shop for Cart>`, of another module than the type
        let implemented = implemented.strip_suffix('>')?;
        return Some(last_word(implemented.split_once(" for ").map_or(implemented, |(_, ty)| ty)));
    }
    // A function in a function has such a path too, and is called by its name alone.
    let word = last_word(path);
    word.trim_start_matches('_').starts_with(char::is_uppercase).then_some(word)
}

/// `Cart` of `&mut shop::Cart<T>`; what is no path as it is.
fn last_word(ty: &str) -> &str {
    let ty = ["&", "mut ", "dyn "].iter().fold(ty, |ty, word| ty.strip_prefix(word).unwrap_or(ty));
    if !ty.starts_with(|first: char| first.is_alphabetic() || first == '_') {
        return ty;
    }
    let path = before(ty, "<");
    path.rsplit_once("::").map_or(path, |(_, word)| word)
}

/// The text before the first `end` that is outside all brackets.
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
    fn a_method_is_qualified_by_its_type() {
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
    fn any_other_function_is_called_by_its_name() {
        for inside in [
            "app::run::__OPS_SITE::{{closure}}",
            "app::outer::run::__OPS_SITE::{{closure}}",
            "app::outer::{{closure}}::run::__OPS_SITE::{{closure}}",
            "run::__OPS_SITE::{{closure}}",
            "written in another way",
            "",
        ] {
            assert_eq!(qualified("run", inside), "run", "{inside}");
        }
    }
}
