//! A function with a parsed signature and an unparsed body.
//!
//! An incomplete body, or one with newer syntax than the parser knows, passes through unchanged.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, Ident, LitStr, Signature, Token, Visibility, braced};

/// A function or a method, with or without a body.
#[derive(Clone)]
pub(crate) struct Function {
    pub attrs: Vec<Attribute>,
    pub vis: Visibility,
    pub defaultness: Option<Ident>,
    pub sig: Signature,
    pub body: Option<Body>,
    pub semicolon: Option<Token![;]>,
}

/// Body of a function.
#[derive(Clone)]
pub(crate) struct Body {
    pub inner_attrs: Vec<Attribute>,
    /// Statements, with their braces.
    pub statements: Group,
}

impl Function {
    /// Returns the name, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.sig.ident.unraw().to_string()
    }

    /// Returns `true` if the function contains the identifier `word`.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        mentions(self.to_token_stream(), word)
    }

    /// Returns `true` if `self` or `Self` in the signature shows that this is an associated function.
    pub(crate) fn is_method(&self) -> bool {
        let has_receiver = matches!(self.sig.inputs.first(), Some(FnArg::Receiver(_)));
        let types = || self.sig.inputs.to_token_stream().into_iter().chain(self.sig.output.to_token_stream());
        has_receiver || mentions(types().collect(), "Self")
    }
}

fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// Returns `true` if a function follows, after its attributes.
pub(crate) fn is_next(input: ParseStream<'_>) -> bool {
    let input = input.fork();
    if input.parse::<Visibility>().is_err() {
        return false;
    }
    while !input.peek(Token![fn]) {
        let qualifies = input.peek(Token![const])
            || input.peek(Token![async])
            || input.peek(Token![unsafe])
            || input.peek(Token![extern])
            || is_defaultness(&input);
        if !qualifies || input.parse::<TokenTree>().is_err() {
            return false;
        }
        if input.peek(LitStr) && input.parse::<LitStr>().is_err() {
            return false;
        }
    }
    true
}

fn is_defaultness(input: ParseStream<'_>) -> bool {
    input.peek(Ident) && input.fork().parse::<Ident>().is_ok_and(|ident| ident == "default")
}

impl Function {
    /// Parses a function after its attributes.
    pub(crate) fn after_attributes(attrs: Vec<Attribute>, input: ParseStream<'_>) -> syn::Result<Self> {
        let vis = input.parse()?;
        let defaultness = if is_defaultness(input) { Some(input.parse()?) } else { None };
        let sig = input.parse()?;
        if input.peek(Token![;]) {
            let semicolon = Some(input.parse()?);
            return Ok(Function { attrs, vis, defaultness, sig, body: None, semicolon });
        }
        let content;
        let braces = braced!(content in input);
        let inner_attrs = content.call(Attribute::parse_inner)?;
        let mut statements = Group::new(Delimiter::Brace, content.parse::<TokenStream>()?);
        statements.set_span(braces.span.join());
        Ok(Function { attrs, vis, defaultness, sig, body: Some(Body { inner_attrs, statements }), semicolon: None })
    }

    /// Returns everything before the body.
    pub(crate) fn head(&self) -> TokenStream {
        let mut tokens = TokenStream::new();
        tokens.append_all(&self.attrs);
        self.vis.to_tokens(&mut tokens);
        self.defaultness.to_tokens(&mut tokens);
        self.sig.to_tokens(&mut tokens);
        tokens
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        Function::after_attributes(attrs, input)
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.head());
        self.semicolon.to_tokens(tokens);
        if let Some(Body { inner_attrs, statements }) = &self.body {
            let mut inside = TokenStream::new();
            inside.append_all(inner_attrs);
            inside.extend(statements.stream());
            let mut body = Group::new(Delimiter::Brace, inside);
            body.set_span(statements.span());
            tokens.append(body);
        }
    }
}
