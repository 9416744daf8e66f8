//! `#[derive(Labels)]` on a struct: one label per field, in declaration order.

use super::generics;
use super::label_options::{self, LabelOptions};
use crate::common::calls::checked;
use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::common::spans::{mixed_site_at, start};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Field, Fields, Generics, Ident, Lifetime, LitStr, Type};

struct LabelSet {
    crate_path: CratePath,
    ident: Ident,
    generics: Generics,
    labels: Vec<FieldLabel>,
}

struct FieldLabel {
    field: Ident,
    ty: Type,
    /// Name of the label; `None` for a flattened label set.
    name: Option<LitStr>,
}

pub(crate) fn expand(root: Root, item: TokenStream) -> syn::Result<TokenStream> {
    let DeriveInput { attrs, ident, generics, data, .. } = syn::parse2(item)?;
    let mut errors = Errors::default();
    let crate_path = LabelOptions::parse(root, &attrs, &label_options::ON_STRUCT, &mut errors).crate_path;
    let fields = match data {
        Data::Struct(data) => match data.fields {
            Fields::Named(fields) => fields.named,
            Fields::Unit => Default::default(),
            Fields::Unnamed(fields) => {
                return Err(syn::Error::new_spanned(
                    fields,
                    "`Labels` cannot be derived for a tuple struct: labels are named after fields; name the fields",
                ));
            }
        },
        Data::Enum(data) => {
            let message =
                "`Labels` cannot be derived for an enum: an enum is the value of one label; derive `LabelValue`";
            return Err(syn::Error::new_spanned(data.enum_token, message));
        }
        Data::Union(data) => {
            return Err(syn::Error::new_spanned(
                data.union_token,
                "`Labels` cannot be derived for a union; use a struct",
            ));
        }
    };
    let mut labels = Vec::<FieldLabel>::new();
    for field in fields {
        let Some(label) = label(root, field, &mut errors) else { continue };
        let value = |label: &FieldLabel| label.name.as_ref().map(LitStr::value);
        if let Some(name) = &label.name {
            if labels.iter().any(|earlier| value(earlier) == value(&label)) {
                errors.at(name, format_args!("duplicate label `{}`; rename one of them", name.value()));
            }
        }
        labels.push(label);
    }
    Ok(errors.finish(LabelSet { crate_path, ident, generics, labels })?.expand())
}

fn label(root: Root, field: Field, errors: &mut Errors) -> Option<FieldLabel> {
    let options = LabelOptions::parse(root, &field.attrs, &label_options::ON_FIELD, errors);
    let ident = field.ident?;
    let field_name = || LitStr::new(&ident.unraw().to_string(), ident.span());
    let name = options.flatten.is_none().then(|| options.rename.unwrap_or_else(field_name));
    options.skip.is_none().then(|| FieldLabel { name, ty: field.ty, field: ident })
}

impl LabelSet {
    fn expand(&self) -> TokenStream {
        let private = self.crate_path.internal();
        let ident = &self.ident;
        let bounds = self.labels.iter().map(|label| (&label.ty, label.bound()));
        let generics = generics::bounded(&self.generics, &private, bounds);
        let (parameters, arguments, conditions) = generics.split_for_impl();
        let named = self.labels.iter().filter_map(|label| label.name.as_ref());
        let checks = named.map(|name| checked(&self.crate_path, "label_name", name));
        let names = self.labels.iter().map(|label| label.names(&self.crate_path));
        let counts = self.labels.iter().map(|label| label.count(&self.crate_path)).collect::<Vec<_>>();
        let indexes = self.labels.iter().map(|label| label.index(&self.crate_path));
        let writes = self.labels.iter().map(|label| label.write(&self.crate_path));
        let keys = self.labels.iter().map(|label| label.key(&self.crate_path));
        let borrowed = Lifetime::new("'borrowed", Span::mixed_site());
        let of = generics::with_lifetime(&self.generics, &borrowed);
        let digits = (0..self.labels.len()).map(|at| format_ident!("__ops_digit_{at}", span = Span::mixed_site()));
        let nths =
            self.labels.iter().zip(digits.clone()).map(|(label, digit)| label.write_nth(&self.crate_path, &digit));
        quote! {
            const _: () = {
                #(const _: &#private::core::primitive::str = #checks;)*

                // The derived bounds may repeat bounds of the type.
                #[automatically_derived]
                #[allow(clippy::type_repetition_in_bounds)]
                impl #parameters #private::Labels for #ident #arguments #conditions {
                    type Borrowed<#borrowed> = #ident<#of> where Self: #borrowed;

                    fn names(__ops_to: &mut #private::Vec<&'static #private::core::primitive::str>) {
                        let _ = &__ops_to;
                        #(#names)*
                    }

                    fn combinations() -> #private::core::option::Option<#private::core::primitive::usize> {
                        #private::combinations([#(#counts),*])
                    }

                    #[inline]
                    fn index(&self) -> #private::core::primitive::usize {
                        #private::index([#(#counts),*], [#(#indexes),*])
                    }

                    fn write(&self, __ops_to: &mut #private::LabelWriter<'_>) {
                        let _ = &__ops_to;
                        #(#writes)*
                    }

                    fn write_nth(__ops_n: #private::core::primitive::usize, __ops_to: &mut #private::LabelWriter<'_>) {
                        let _ = &__ops_to;
                        let [#(#digits),*] = #private::digits(__ops_n, [#(#counts),*]);
                        #(#nths)*
                    }

                    #[inline(always)]
                    fn key(&self, __ops_key: &mut impl #private::Key) -> #private::core::primitive::bool {
                        let _ = &__ops_key;
                        true #(&& #keys)*
                    }
                }
            };
        }
    }
}

impl FieldLabel {
    fn bound(&self) -> Ident {
        Ident::new(if self.name.is_some() { "LabelValue" } else { "Labels" }, Span::call_site())
    }

    /// Generates `<Type as Trait>::function`, whose error is reported at the type.
    fn call(&self, crate_path: &CratePath, function: &str) -> TokenStream {
        let (ty, at) = (&self.ty, mixed_site_at(start(&self.ty)));
        let private = crate_path.private(start(&self.ty));
        let (bound, function) = (self.bound(), Ident::new(function, at));
        quote_spanned!(at=> <#ty as #private::#bound>::#function)
    }

    fn names(&self, crate_path: &CratePath) -> TokenStream {
        match &self.name {
            Some(name) => quote!(__ops_to.push(#name);),
            None => {
                let names = self.call(crate_path, "names");
                quote!(#names(__ops_to);)
            }
        }
    }

    fn count(&self, crate_path: &CratePath) -> TokenStream {
        let count = self.call(crate_path, if self.name.is_some() { "values" } else { "combinations" });
        quote!(#count())
    }

    fn index(&self, crate_path: &CratePath) -> TokenStream {
        let (index, field) = (self.call(crate_path, "index"), &self.field);
        quote!(#index(&self.#field))
    }

    fn write(&self, crate_path: &CratePath) -> TokenStream {
        let (write, field) = (self.call(crate_path, "write"), &self.field);
        match &self.name {
            Some(name) => quote!(__ops_to.label_with(#name, |__ops_to| #write(&self.#field, __ops_to));),
            None => quote!(#write(&self.#field, __ops_to);),
        }
    }

    /// Generates the expression that adds the label to the key.
    ///
    /// It evaluates to `false` if the remaining labels need not be added.
    fn key(&self, crate_path: &CratePath) -> TokenStream {
        let (key, field) = (self.call(crate_path, "key"), &self.field);
        match &self.name {
            Some(_) => {
                let (private, write) = (crate_path.internal(), self.call(crate_path, "write"));
                quote!(#private::key_part(__ops_key, #key(&self.#field), |__ops_to| #write(&self.#field, __ops_to)))
            }
            None => quote!(#key(&self.#field, __ops_key)),
        }
    }

    fn write_nth(&self, crate_path: &CratePath, digit: &Ident) -> TokenStream {
        match &self.name {
            Some(name) => {
                let write_nth = self.call(crate_path, "write_nth");
                quote!(__ops_to.label_with(#name, |__ops_to| #write_nth(#digit, __ops_to));)
            }
            None => {
                let write_nth = self.call(crate_path, "write_nth");
                quote!(#write_nth(#digit, __ops_to);)
            }
        }
    }
}
