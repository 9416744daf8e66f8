//! `#[derive(LabelValue)]` on an enum: a static set of values, and a label set of one label.

use super::label_options::{self, LabelOptions};
use super::snake_case::snake_case;
use crate::common::calls::checked;
use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Generics, Ident, LitStr, Variant};

struct ValueSet {
    crate_path: CratePath,
    ident: Ident,
    generics: Generics,
    /// Name of the label if the enum is used as a label set.
    name: LitStr,
    variants: Vec<Ident>,
    values: Vec<LitStr>,
}

pub(crate) fn expand(root: Root, item: TokenStream) -> syn::Result<TokenStream> {
    let DeriveInput { attrs, ident, generics, data, .. } = syn::parse2(item)?;
    let mut errors = Errors::default();
    let LabelOptions { crate_path, rename, .. } =
        LabelOptions::parse(root, &attrs, &label_options::ON_ENUM, &mut errors);
    let data = match data {
        Data::Enum(data) => data,
        Data::Struct(data) => return Err(misplaced(data.struct_token)),
        Data::Union(data) => return Err(misplaced(data.union_token)),
    };
    let mut values = Vec::<LitStr>::new();
    for variant in &data.variants {
        let value = value(root, variant, &mut errors);
        if values.iter().any(|earlier| earlier.value() == value.value()) {
            errors.at(&value, format_args!("duplicate label value `{}`; rename one of them", value.value()));
        }
        values.push(value);
    }
    let variants = data.variants.into_iter().map(|variant| variant.ident).collect();
    let name = rename.unwrap_or_else(|| LitStr::new(&snake_case(&ident.unraw().to_string()), ident.span()));
    Ok(errors.finish(ValueSet { crate_path, ident, generics, name, variants, values })?.expand())
}

fn misplaced(at: impl quote::ToTokens) -> syn::Error {
    syn::Error::new_spanned(at, "`LabelValue` can only be derived for an enum; for a label set, derive `Labels`")
}

fn value(root: Root, variant: &Variant, errors: &mut Errors) -> LitStr {
    let options = LabelOptions::parse(root, &variant.attrs, &label_options::ON_VARIANT, errors);
    if !variant.fields.is_empty() {
        errors.at(
            &variant.fields,
            "a variant of a `LabelValue` cannot have fields: its set of values is static; remove the fields",
        );
    }
    let ident = &variant.ident;
    options.rename.unwrap_or_else(|| LitStr::new(&snake_case(&ident.unraw().to_string()), ident.span()))
}

fn is_empty(value: &LitStr) -> bool {
    value.value().is_empty()
}

impl ValueSet {
    fn expand(&self) -> TokenStream {
        let (private, ident) = (self.crate_path.internal(), &self.ident);
        let check = checked(&self.crate_path, "label_name", &self.name);
        let (values, labels) = (self.label_value(), self.labels());
        let (parameters, arguments, conditions) = self.generics.split_for_impl();
        // An empty label value means an absent label, but a state always has its label.
        let state = (!self.values.iter().any(is_empty))
            .then(|| quote!(impl #parameters #private::State for #ident #arguments #conditions {}));
        quote! {
            const _: () = {
                const _: &#private::core::primitive::str = #check;

                impl #parameters #private::LabelValue for #ident #arguments #conditions { #values }

                impl #parameters #private::Labels for #ident #arguments #conditions { #labels }

                #state
            };
        }
    }

    fn label_value(&self) -> TokenStream {
        let ValueSet { variants, values, .. } = self;
        let private = self.crate_path.internal();
        let (count, numbers) = (values.len(), 0..values.len());
        let empty = variants.iter().zip(values).filter(|(_, value)| is_empty(value)).map(|(variant, _)| variant);
        let absent = quote!(#(if let Self::#empty { .. } = *self { return #private::KeyPart::Absent; })*);
        quote! {
            fn write(&self, __ops_to: &mut #private::ValueWriter<'_>) {
                __ops_to.push_str(match *self { #(Self::#variants { .. } => #values,)* });
            }

            #[inline]
            fn index(&self) -> #private::core::primitive::usize {
                match *self { #(Self::#variants { .. } => #numbers,)* }
            }

            fn values() -> #private::core::option::Option<#private::core::primitive::usize> {
                #private::core::option::Option::Some(#count)
            }

            fn write_nth(__ops_n: #private::core::primitive::usize, __ops_to: &mut #private::ValueWriter<'_>) {
                #private::write_nth_of(&[#(#values),*], __ops_n, __ops_to);
            }

            #[inline]
            fn key(&self) -> #private::KeyPart<'_> {
                #absent
                #private::KeyPart::Small(<Self as #private::LabelValue>::index(self) as #private::core::primitive::u32)
            }
        }
    }

    fn labels(&self) -> TokenStream {
        let name = &self.name;
        let private = self.crate_path.internal();
        quote! {
            type Borrowed<'borrowed> = Self;

            fn names(__ops_to: &mut #private::Vec<&'static #private::core::primitive::str>) {
                __ops_to.push(#name);
            }

            fn combinations() -> #private::core::option::Option<#private::core::primitive::usize> {
                <Self as #private::LabelValue>::values()
            }

            #[inline]
            fn index(&self) -> #private::core::primitive::usize {
                <Self as #private::LabelValue>::index(self)
            }

            fn write(&self, __ops_to: &mut #private::LabelWriter<'_>) {
                __ops_to.label(#name, self);
            }

            fn write_nth(__ops_n: #private::core::primitive::usize, __ops_to: &mut #private::LabelWriter<'_>) {
                __ops_to.label_nth::<Self>(#name, __ops_n);
            }
        }
    }
}
