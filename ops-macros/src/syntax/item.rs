//! The annotated item.

use super::function::{self, Function};
use super::impl_block::without_own_attributes;
use super::own_attributes::OwnAttributes;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Token, Type, Visibility};

/// An annotated item, by kind.
pub(crate) enum Item {
    Static(Static),
    Function(Function),
    /// An `impl` block, unparsed.
    Impl(TokenStream),
    /// Any other item: its keyword.
    Other(TokenStream),
}

/// `static NAME: Type;` or `static NAME: Type = value;`.
pub(crate) struct Static {
    pub attrs: Vec<Attribute>,
    pub vis: Visibility,
    pub static_token: Token![static],
    pub mutability: Option<Token![mut]>,
    pub ident: Ident,
    pub ty: Type,
    /// Tokens from `=` to the semicolon, exclusive.
    pub initializer: Option<TokenStream>,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let start = input.fork();
        let attrs = input.call(Attribute::parse_outer)?;
        if function::is_next(input) {
            return Function::after_attributes(attrs, input).map(Item::Function);
        }
        let vis = input.parse()?;
        if input.peek(Token![static]) {
            return Static::after_visibility(attrs, vis, input).map(Item::Static);
        }
        let rest = input.parse::<TokenStream>()?;
        let is_word = |word: &str| rest.clone().into_iter().next().is_some_and(|token| token.to_string() == word);
        if is_word("impl") || (is_word("unsafe") && rest.to_string().starts_with("unsafe impl")) {
            return start.parse().map(Item::Impl);
        }
        Ok(Item::Other(rest.into_iter().next().to_token_stream()))
    }
}

impl Static {
    fn after_visibility(attrs: Vec<Attribute>, vis: Visibility, input: ParseStream<'_>) -> syn::Result<Self> {
        let static_token = input.parse()?;
        let mutability = input.parse()?;
        let ident = input.parse()?;
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        let mut initializer = None;
        if !input.peek(Token![;]) {
            let mut tokens = input.parse::<Token![=]>()?.to_token_stream();
            while !input.is_empty() && !input.peek(Token![;]) {
                tokens.extend(input.parse::<proc_macro2::TokenTree>());
            }
            initializer = Some(tokens);
        }
        input.parse::<Token![;]>()?;
        Ok(Static { attrs, vis, static_token, mutability, ident, ty, initializer })
    }
}

/// Returns the item without our attributes, as fallback after an error.
pub(crate) fn fallback(item: TokenStream, own: &OwnAttributes) -> TokenStream {
    match syn::parse2(item.clone()) {
        Ok(Item::Function(mut function)) => {
            own.remove(&mut function.attrs);
            function.into_token_stream()
        }
        Ok(Item::Impl(block)) => without_own_attributes(block, own),
        // The attribute provides the initializer; without one there would be a second error.
        Ok(Item::Static(Static { attrs, vis, static_token, mutability, ident, ty, initializer: None })) => {
            quote!(#(#attrs)* #vis #static_token #mutability #ident: #ty = <#ty>::new();)
        }
        _ => item,
    }
}
