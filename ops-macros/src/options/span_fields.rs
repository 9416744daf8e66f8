//! `fields(order.id = id, channel = ?channel, total = %total, tenant)`.

use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::common::spans::{here, start};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Token};

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
        let fork = input.fork();
        let key = fork.call(key)?;
        if !fork.peek(Token![=]) {
            return Field::named_after_its_value(input, Format::Value);
        }
        input.call(self::key)?;
        input.parse::<Token![=]>()?;
        Ok(Field { key, format: input.parse()?, value: input.parse::<Expr>()?.into_token_stream() })
    }
}

impl Field {
    /// `tenant`, `self.tenant`
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
        };
        quote_spanned!(here(at)=> #private::#constructor(#name, &(#value)))
    }
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
