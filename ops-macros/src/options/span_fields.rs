//! `fields(order.id = id, channel = ?channel, total = %total, secret(token))`.
//!
//! A bare name is refused: in the attribute of `tracing` it declares a field without a value, so that whoever comes from there would
//! record an argument that was not recorded before.

use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::common::spans::{here, start};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Token, parenthesized};

/// One attribute of a span.
pub(super) struct Field {
    key: Punctuated<Ident, Token![.]>,
    format: Format,
    value: TokenStream,
}

/// How a value becomes an attribute.
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
    /// `?tenant`, `%self.tenant`
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
            Format::Value => quote_spanned!(here(at)=> field),
            Format::Display => quote_spanned!(here(at)=> field_display),
            Format::Debug => quote_spanned!(here(at)=> field_debug),
            Format::Secret => quote_spanned!(here(at)=> field_secret),
        };
        quote_spanned!(here(at)=> #private::#constructor(#name, &(#value)))
    }
}

/// Says what to write instead of a bare name.
fn bare(key: &Punctuated<Ident, Token![.]>) -> syn::Error {
    let value = key.to_token_stream().to_string().replace(' ', "");
    let name = key.last().map(ToString::to_string).unwrap_or_default();
    let message = format!(
        "the field `{value}` has no value; write `{name} = {value}` to record it, or `secret({value})` to record that it is there, \
         without its value"
    );
    syn::Error::new_spanned(key, message)
}

fn key(input: ParseStream<'_>) -> syn::Result<Punctuated<Ident, Token![.]>> {
    Punctuated::parse_separated_nonempty_with(input, Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), "expected the name of a field, as `order.id`"))
}

/// Reads a list of fields in which no key is there twice.
pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Vec<Field>> {
    let fields = Punctuated::<Field, Token![,]>::parse_terminated(input)?.into_iter().collect::<Vec<_>>();
    let mut errors = Errors::default();
    for (at, field) in fields.iter().enumerate() {
        if fields[..at].iter().any(|earlier| earlier.name() == field.name()) {
            errors.at(&field.key, format_args!("the field `{}` is there twice", field.name()));
        }
    }
    errors.finish(fields)
}
