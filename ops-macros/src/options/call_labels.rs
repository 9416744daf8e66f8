//! The option `labels(x, y = expr, z: Type = expr)` of a function.

use crate::common::crate_path::CratePath;
use crate::common::spans::{mixed_site_at, start};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token, Type};

/// A label computed from the arguments of a function.
pub(crate) struct CallLabel {
    pub(crate) name: Ident,
    /// Type with a static set of values; `None` for dynamic values.
    ty: Option<Type>,
    value: TokenStream,
}

impl Parse for CallLabel {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expected = |message: &'static str| move |error: syn::Error| syn::Error::new(error.span(), message);
        let name = input.call(Ident::parse_any).map_err(expected("expected a label name"))?;
        let ty = match input.parse::<Option<Token![:]>>()? {
            Some(_) => Some(input.parse().map_err(expected("expected a type after `:`"))?),
            None => None,
        };
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => input.parse::<Expr>()?.into_token_stream(),
            None => name.to_token_stream(),
        };
        Ok(CallLabel { name, ty, value })
    }
}

/// Parses a list of labels.
pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Vec<CallLabel>> {
    Ok(Punctuated::<CallLabel, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

impl CallLabel {
    /// Generates the declaration of the label, which is known before the first call.
    pub(crate) fn declaration(&self, crate_path: &CratePath) -> TokenStream {
        let at = self.name.span();
        let private = crate_path.private(at);
        let name = LitStr::new(&self.name.unraw().to_string(), mixed_site_at(at));
        let name = quote_spanned!(mixed_site_at(at)=> #private::label_name(#name));
        match &self.ty {
            Some(ty) => {
                let at = start(ty);
                let private = crate_path.private(at);
                let value = quote_spanned!(mixed_site_at(at)=> <#ty as #private::LabelValue>);
                quote!(#private::LabelDeclaration::new(#name, #value::values, #value::write_nth))
            }
            None => quote!(#private::LabelDeclaration::dynamic(#name)),
        }
    }

    /// Generates the value of the label for a call.
    pub(crate) fn value(&self, crate_path: &CratePath) -> TokenStream {
        let CallLabel { ty, value, .. } = self;
        // If the type is not a `LabelValue`, this error equals the one of the declaration, and the compiler reports it once.
        if let Some(ty) = ty {
            let at = start(ty);
            let private = crate_path.private(at);
            return quote_spanned!(mixed_site_at(at)=> <#ty as #private::LabelValue>::erased(&(#value)));
        }
        let at = start(value);
        let private = crate_path.private(at);
        quote_spanned!(mixed_site_at(at)=> #private::label_value(&(#value)))
    }
}
