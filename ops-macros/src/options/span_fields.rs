//! The option `fields(order.id = id, channel = ?channel, total = %total, secret(token))`.
//!
//! A bare name is rejected: in `#[tracing::instrument]` it declares a field without a value, so code migrated from `tracing`
//! would record an argument that it did not record before.

use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::common::spans::{mixed_site_at, start};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Token, parenthesized};

/// A span field.
pub(super) struct Field {
    key: Punctuated<Ident, Token![.]>,
    format: Format,
    value: TokenStream,
}

/// Conversion of a value to an attribute.
enum Format {
    Value,
    /// `%value`
    Display,
    /// `?value`
    Debug,
    /// `secret(value)`
    Secret,
}

impl Parse for Format {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(if input.parse::<Option<Token![?]>>()?.is_some() {
            Format::Debug
        } else if input.parse::<Option<Token![%]>>()?.is_some() {
            Format::Display
        } else {
            Format::Value
        })
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![?]) || input.peek(Token![%]) {
            let format = input.parse()?;
            return Field::named_after_its_value(input, format);
        }
        if input.peek(Ident) && input.peek2(syn::token::Paren) && input.fork().parse::<Ident>()? == "secret" {
            input.parse::<Ident>()?;
            let value;
            parenthesized!(value in input);
            return Field::named_after_its_value(&value, Format::Secret);
        }
        let key = input.call(key)?;
        if !input.peek(Token![=]) {
            return Err(bare(&key));
        }
        input.parse::<Token![=]>()?;
        Ok(Field { key, format: input.parse()?, value: input.parse::<Expr>()?.into_token_stream() })
    }
}

impl Field {
    /// Parses a field named after its value, such as `?tenant` or `%self.tenant`.
    fn named_after_its_value(input: ParseStream<'_>, format: Format) -> syn::Result<Self> {
        let key = input.call(key)?;
        Ok(Field { value: key.to_token_stream(), key, format })
    }

    fn name(&self) -> String {
        self.key.iter().map(|word| word.unraw().to_string()).collect::<Vec<_>>().join(".")
    }

    pub(super) fn expand(&self, crate_path: &CratePath) -> TokenStream {
        let Field { format, value, .. } = self;
        let at = start(value);
        let private = crate_path.private(at);
        let name = self.name();
        let constructor = match format {
            Format::Value => quote_spanned!(mixed_site_at(at)=> field),
            Format::Display => quote_spanned!(mixed_site_at(at)=> field_display),
            Format::Debug => quote_spanned!(mixed_site_at(at)=> field_debug),
            Format::Secret => quote_spanned!(mixed_site_at(at)=> field_secret),
        };
        quote_spanned!(mixed_site_at(at)=> #private::#constructor(#name, &(#value)))
    }
}

/// Creates the error for a bare name, with the alternatives.
fn bare(key: &Punctuated<Ident, Token![.]>) -> syn::Error {
    let value = key.to_token_stream().to_string().replace(' ', "");
    let name = key.last().map(ToString::to_string).unwrap_or_default();
    let message = format!(
        "field `{value}` has no value; write `{name} = {value}` to record it, or `secret({value})` to record it redacted"
    );
    syn::Error::new_spanned(key, message)
}

fn key(input: ParseStream<'_>) -> syn::Result<Punctuated<Ident, Token![.]>> {
    Punctuated::parse_separated_nonempty_with(input, Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), "expected a field name such as `order.id`"))
}

/// Parses a list of fields and rejects duplicate names.
pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Vec<Field>> {
    let fields = Punctuated::<Field, Token![,]>::parse_terminated(input)?.into_iter().collect::<Vec<_>>();
    let mut errors = Errors::default();
    for (at, field) in fields.iter().enumerate() {
        if fields[..at].iter().any(|earlier| earlier.name() == field.name()) {
            errors.at(&field.key, format_args!("duplicate field `{}`; remove one of them", field.name()));
        }
    }
    errors.finish(fields)
}
