//! Evaluates item attributes: test configuration, `#[doc(hidden)]`, `#[path]` and procedural macros.

use crate::imports;
use std::collections::BTreeSet;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ImplItem, Item, Lit, Meta, Token, TraitItem};

/// Returns `true` if the attributes restrict an item to test builds.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg") && condition(&attribute.meta).is_some_and(|met| !met)
    })
}

/// Evaluates the predicate of a `cfg` attribute with `test` and `doctest` unset.
///
/// Returns `None` if the result depends on other options.
fn condition(cfg: &Meta) -> Option<bool> {
    let parts = nested(cfg);
    parts.first().and_then(predicate)
}

fn predicate(meta: &Meta) -> Option<bool> {
    let path = meta.path();
    if path.is_ident("test") || path.is_ident("doctest") {
        return Some(false);
    }
    let parts: Vec<Option<bool>> = nested(meta).iter().map(predicate).collect();
    let is_never = |part: &Option<bool>| *part == Some(false);
    let never = path.is_ident("all") && parts.iter().any(is_never)
        || path.is_ident("any") && !parts.is_empty() && parts.iter().all(is_never);
    match path.is_ident("not") {
        true => parts.first().copied().flatten().map(|met| !met),
        false => never.then_some(false),
    }
}

fn nested(meta: &Meta) -> Vec<Meta> {
    let Meta::List(list) = meta else { return Vec::new() };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    parser.parse2(list.tokens.clone()).map(|parts| parts.into_iter().collect()).unwrap_or_default()
}

/// Returns `true` for `#[doc(hidden)]`.
pub(crate) fn is_hidden(attributes: &[Attribute]) -> bool {
    let mut docs = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    docs.any(|doc| nested(&doc.meta).iter().any(|part| part.path().is_ident("hidden")))
}

/// Returns `true` if there is an attribute `name`.
pub(crate) fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

/// Returns the value of `#[path = ".."]`.
pub(crate) fn path(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// Returns the first name in `#[proc_macro_derive(Name, ..)]`.
pub(crate) fn derive(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("proc_macro_derive"))?;
    Some(nested(&attribute.meta).first()?.path().get_ident()?.to_string())
}

/// Returns the attributes of an item of any kind.
pub(crate) fn of_item(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns the `#[doc(hidden)]` members of a trait, `impl` block or enum.
pub(crate) fn hidden_members(item: &Item) -> BTreeSet<String> {
    let of_trait = |item: &TraitItem| match item {
        TraitItem::Const(item) => (imports::plain(&item.ident), is_hidden(&item.attrs)),
        TraitItem::Fn(item) => (imports::plain(&item.sig.ident), is_hidden(&item.attrs)),
        TraitItem::Type(item) => (imports::plain(&item.ident), is_hidden(&item.attrs)),
        _ => (String::new(), false),
    };
    let of_impl = |item: &ImplItem| match item {
        ImplItem::Const(item) => (imports::plain(&item.ident), is_hidden(&item.attrs)),
        ImplItem::Fn(item) => (imports::plain(&item.sig.ident), is_hidden(&item.attrs)),
        ImplItem::Type(item) => (imports::plain(&item.ident), is_hidden(&item.attrs)),
        _ => (String::new(), false),
    };
    let of_variant = |variant: &syn::Variant| (imports::plain(&variant.ident), is_hidden(&variant.attrs));
    let members: Vec<(String, bool)> = match item {
        Item::Trait(item) => item.items.iter().map(of_trait).collect(),
        Item::Impl(item) => item.items.iter().map(of_impl).collect(),
        Item::Enum(item) => item.variants.iter().map(of_variant).collect(),
        _ => Vec::new(),
    };
    members.into_iter().filter(|(_, hidden)| *hidden).map(|(name, _)| name).collect()
}
