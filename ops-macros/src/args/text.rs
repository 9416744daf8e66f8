//! Text in an attribute: a string literal or a constant.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Path, Token};

/// A text expression: `"orders"`, `names::ORDERS` or `concat!("orders_", "a")`.
///
/// A `const fn` of `ops` validates its value at compile time.
#[derive(Clone)]
pub(crate) struct Text(Expr);

impl Text {
    /// Creates a string literal with the span `at`.
    pub(crate) fn literal(text: &str, at: Span) -> Self {
        LitStr::new(text, at).into()
    }
}

impl From<LitStr> for Text {
    fn from(literal: LitStr) -> Self {
        Text(Expr::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Str(literal) }))
    }
}

impl Parse for Text {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text = input.parse::<Expr>()?;
        match without_group(&text) {
            Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) | Expr::Path(_) | Expr::Macro(_) => Ok(Text(text)),
            other => Err(syn::Error::new_spanned(other, "expected a string")),
        }
    }
}

impl ToTokens for Text {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// Unwraps the invisible group of a `macro_rules!` fragment.
fn without_group(expression: &Expr) -> &Expr {
    match expression {
        Expr::Group(group) => without_group(&group.expr),
        other => other,
    }
}

/// Returns `true` if a constant follows: a multi-segment path, an upper-case name or a macro call.
pub(super) fn is_constant_next(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let Ok(path) = fork.call(Path::parse_mod_style) else { return false };
    if fork.peek(Token![!]) {
        return true;
    }
    let ends = fork.is_empty() || fork.peek(Token![,]);
    ends && (path.segments.len() > 1 || path.get_ident().is_some_and(is_in_capitals))
}

fn is_in_capitals(ident: &Ident) -> bool {
    let name = ident.to_string();
    name.contains(char::is_uppercase) && !name.contains(char::is_lowercase)
}
