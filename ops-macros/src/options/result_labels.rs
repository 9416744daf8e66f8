//! The option `result_labels(status = |response| response.status().as_u16())` of a function.

use crate::common::crate_path::CratePath;
use crate::common::spans::{mixed_site_at, start};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token};

/// A label computed from the returned value.
pub(crate) struct ResultLabel {
    pub(crate) name: Ident,
    /// Closure or function path that takes a reference to the returned value.
    label: Expr,
}

impl Parse for ResultLabel {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name =
            input.call(Ident::parse_any).map_err(|error| syn::Error::new(error.span(), "expected a label name"))?;
        if let Ok(colon) = input.parse::<Token![:]>() {
            return Err(syn::Error::new_spanned(
                colon,
                "a result label cannot have a type: its values are always dynamic; remove the type",
            ));
        }
        let example = format!("write `{name} = |result| ..`, where `result` is a reference to the returned value");
        if input.parse::<Option<Token![=]>>()?.is_none() {
            return Err(syn::Error::new_spanned(&name, format_args!("`{name}` requires a value; {example}")));
        }
        match input.parse()? {
            label @ (Expr::Closure(_) | Expr::Path(_)) => Ok(ResultLabel { name, label }),
            other => Err(syn::Error::new_spanned(
                other,
                format_args!("invalid value for `{name}`: expected a closure or a function path; {example}"),
            )),
        }
    }
}

/// Parses a list of labels.
pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Vec<ResultLabel>> {
    Ok(Punctuated::<ResultLabel, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

impl ResultLabel {
    /// Generates the validated name.
    pub(crate) fn declaration(&self, crate_path: &CratePath) -> TokenStream {
        let at = mixed_site_at(self.name.span());
        let private = crate_path.private(self.name.span());
        let name = LitStr::new(&self.name.unraw().to_string(), at);
        quote_spanned!(at=> #private::label_name(#name))
    }

    /// Generates the value from `reference`, a reference to the returned value.
    pub(crate) fn value(&self, crate_path: &CratePath, reference: &TokenStream) -> TokenStream {
        let label = self.label.to_token_stream();
        let at = start(&label);
        let private = crate_path.private(at);
        quote_spanned!(mixed_site_at(at)=> #private::label_value(&#private::result_label(#reference, #label)))
    }
}
