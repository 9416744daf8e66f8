//! Options of `#[label("..")]` and `#[label(rename = "..", flatten, skip, crate = path)]`.

use crate::args::{ArgSpec, Args};
use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use quote::ToTokens;
use syn::{Attribute, Ident, LitStr, Meta};

/// Parsed options of `#[label]` on a type, a field or a variant.
pub(super) struct LabelOptions {
    pub crate_path: CratePath,
    pub rename: Option<LitStr>,
    pub flatten: Option<Ident>,
    pub skip: Option<Ident>,
}

pub(super) const ON_STRUCT: ArgSpec = ArgSpec { attribute: "`#[label]` on a struct", name: None, options: &[] };
pub(super) const ON_FIELD: ArgSpec = ArgSpec {
    attribute: "`#[label]` on a field",
    name: Some("#[label(\"tenant\")]"),
    options: &["rename", "flatten", "skip"],
};
pub(super) const ON_ENUM: ArgSpec =
    ArgSpec { attribute: "`#[label]` on an enum", name: Some("#[label(\"channel\")]"), options: &["rename"] };
pub(super) const ON_VARIANT: ArgSpec =
    ArgSpec { attribute: "`#[label]` on a variant", name: Some("#[label(\"web\")]"), options: &["rename"] };

impl LabelOptions {
    fn none(root: Root) -> Self {
        LabelOptions { crate_path: CratePath::new(root, None), rename: None, flatten: None, skip: None }
    }

    pub(super) fn parse(root: Root, attrs: &[Attribute], spec: &ArgSpec, errors: &mut Errors) -> Self {
        let mut found = attrs.iter().filter(|attribute| attribute.path().is_ident("label"));
        let Some(attribute) = found.next() else { return LabelOptions::none(root) };
        for again in found {
            errors.at(again, "duplicate attribute `#[label]`; merge the options into one");
        }
        let Meta::List(list) = &attribute.meta else {
            errors.at(attribute, "expected options in parentheses; write `#[label(..)]`");
            return LabelOptions::none(root);
        };
        let mut args = Args::parse(list.tokens.clone(), spec, errors);
        let options = LabelOptions {
            crate_path: args.crate_path(root, errors),
            flatten: args.flag("flatten", errors),
            skip: args.flag("skip", errors),
            rename: args.equals("rename", "a string", errors, |input| input.parse()),
        };
        let name = args.name.take().and_then(|name| match syn::parse2::<LitStr>(name.to_token_stream()) {
            Ok(name) => Some(name),
            Err(_) => {
                errors.at(name, "the label name must be a string literal; write `\"place\"`");
                None
            }
        });
        if let (Some(name), Some(_)) = (&name, &options.rename) {
            errors.at(name, "duplicate label name: `rename` sets it too; remove one of them");
        }
        if let (Some(flatten), Some(skip)) = (&options.flatten, &options.skip) {
            errors.at(skip, format_args!("`{flatten}` and `{skip}` are mutually exclusive; remove one of them"));
        }
        if let (Some(flatten), Some(name)) = (&options.flatten, options.rename.as_ref().or(name.as_ref())) {
            errors.at(
                name,
                format_args!(
                    "a field with `{flatten}` takes no name: its labels keep their own names; remove the name"
                ),
            );
        }
        LabelOptions { rename: options.rename.or(name), ..options }
    }
}
