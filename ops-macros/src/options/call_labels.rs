//! `labels(x, y = expr, z: Type = expr)` of a function.

use crate::common::crate_path::CratePath;
use crate::common::spans::{here, start};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token, Type};

/// One label of a function.
pub(crate) struct CallLabel {
    pub(crate) name: Ident,
    /// Where the type is named, its values are a known set.
    ty: Option<Type>,
    value: TokenStream,
}

impl Parse for CallLabel {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expected = |what: &'static str| move |error: syn::Error| syn::Error::new(error.span(), what);
        let name = input.call(Ident::parse_any).map_err(expected("expected the name of a label"))?;
        let ty = match input.parse::<Option<Token![:]>>()? {
            Some(_) => Some(input.parse().map_err(expected("expected the type of the label's values"))?),
            None => None,
        };
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => input.parse::<Expr>()?.into_token_stream(),
            None => name.to_token_stream(),
        };
        Ok(CallLabel { name, ty, value })
    }
}

/// Reads a list of labels.
pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Vec<CallLabel>> {
    Ok(Punctuated::<CallLabel, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

impl CallLabel {
    /// What is known of it before any call.
    pub(crate) fn declaration(&self, crate_path: &CratePath) -> TokenStream {
        let at = self.name.span();
        let private = crate_path.private(at);
        let name = LitStr::new(&self.name.unraw().to_string(), here(at));
        let name = quote_spanned!(here(at)=> #private::label_name(#name));
        match &self.ty {
            Some(ty) => {
                let at = start(ty);
                let private = crate_path.private(at);
                let value = quote_spanned!(here(at)=> <#ty as #private::LabelValue>);
                quote!(#private::LabelDeclaration::new(#name, #value::values, #value::write_nth))
            }
            None => quote!(#private::LabelDeclaration::open(#name)),
        }
    }

    /// Its value in one call.
    pub(crate) fn value(&self, crate_path: &CratePath) -> TokenStream {
        let CallLabel { ty, value, .. } = self;
        // Where the type is no value, the error is the one of the declaration, and so it is shown once.
        if let Some(ty) = ty {
            let at = start(ty);
            let private = crate_path.private(at);
            return quote_spanned!(here(at)=> <#ty as #private::LabelValue>::erased(&(#value)));
        }
        let at = start(value);
        let private = crate_path.private(at);
        quote_spanned!(here(at)=> #private::label_value(&(#value)))
    }
}
