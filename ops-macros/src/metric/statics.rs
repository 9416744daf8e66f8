//! `#[metric]` on a static.
//!
//! ```text
//! /// Orders accepted.                  →  static ORDERS: Counter = <Counter>::declared(Declared::new());
//! #[metric]                             →  const _: () = {
//! static ORDERS: Counter;               →      #[distributed_slice(METRICS)]
//!                                       →      static ENTRY: MetricEntry = MetricEntry::new(.., &ORDERS);
//!                                       →  };
//! ```

use super::buckets::{self, Buckets};
use super::options::{checked, location, name_check};
use crate::args::{Args, Form, Text};
use crate::documentation::help;
use crate::errors::Errors;
use crate::item::Static;
use crate::paths::{Ops, here, start};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::Parse;
use syn::{Expr, Lit};

const FORM: Form = Form {
    attribute: "`#[metric]` on a static",
    name: None,
    options: &["name", "utf8", "unit", "buckets", "help", "limit", "expire"],
};

struct Declared {
    ops: Ops,
    name: Option<Text>,
    /// What decides about the name.
    name_check: &'static str,
    unit: Option<Text>,
    buckets: Option<Buckets>,
    help: Option<Text>,
    limit: Option<Expr>,
    expire: Option<Expr>,
    item: Static,
}

pub(super) fn expand(args: TokenStream, item: Static) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let mut args = Args::parse(args, &FORM, &mut errors);
    let ops = args.ops(&mut errors);
    let name_check = name_check(&mut args, &mut errors);
    let name = args.text("name", &mut errors);
    let unit = args.text("unit", &mut errors);
    let buckets = args.equals("buckets", buckets::EXPECTED, &mut errors, Buckets::parse);
    let help = args.text("help", &mut errors);
    let limit = args.constant("limit", "a number of series", &mut errors, |literal| matches!(literal, Lit::Int(_)));
    let expire = args.constant("expire", "a string, as `\"1h\"`, or a `Duration`", &mut errors, |literal| {
        matches!(literal, Lit::Str(_))
    });
    if let Some(initialiser) = &item.initialiser {
        errors.at(initialiser, format_args!("`#[metric]` writes the value: write `static {}: ..;`", item.ident));
    }
    if let Some(mutability) = &item.mutability {
        errors.at(mutability, "a metric changes through `&self`: remove the `mut`");
    }
    Ok(errors.finish(Declared { ops, name, name_check, unit, buckets, help, limit, expire, item })?.expand())
}

impl Declared {
    fn expand(&self) -> TokenStream {
        let Static { attrs, vis, static_token, ident, ty, .. } = &self.item;
        let private = self.ops.internal();
        let (declared, entry) = (self.declared(), self.entry());
        quote! {
            #(#attrs)*
            #vis #static_token #ident: #ty = #declared;

            const _: () = {
                #private::metric_element! { static ENTRY: #private::MetricEntry = #entry; }
            };
        }
    }

    /// The value of the static.
    fn declared(&self) -> TokenStream {
        let (ops, ty) = (&self.ops, &self.item.ty);
        let private = ops.internal();
        let unit = self.unit.as_ref().map(|unit| {
            let unit = checked(ops, "unit", unit);
            quote!(.unit(#unit))
        });
        let buckets = self.buckets.as_ref().map(|buckets| {
            let buckets = buckets.expand(ops);
            quote!(.buckets(#buckets))
        });
        let limit = self.limit.as_ref().map(|limit| {
            let limit = checked(ops, "series_limit", limit);
            quote!(.limit(#limit))
        });
        let expire = self.expire.as_ref().map(|expire| {
            let check = if matches!(expire, Expr::Lit(_)) { "duration" } else { "positive" };
            let expire = checked(ops, check, expire);
            quote!(.expire(#expire))
        });
        quote_spanned!(here(start(ty))=> <#ty>::declared(#private::Declared::new() #unit #buckets #limit #expire))
    }

    /// What the registry is told.
    fn entry(&self) -> TokenStream {
        let ops = &self.ops;
        let private = ops.internal();
        let ident = &self.item.ident;
        let default = || Text::literal(&ident.unraw().to_string().to_lowercase(), ident.span());
        let name = checked(ops, self.name_check, &self.name.clone().unwrap_or_else(default));
        let help = help(self.help.as_ref(), &self.item.attrs);
        let unit = match &self.unit {
            Some(unit) => quote!(#private::Some(#unit)),
            None => quote!(#private::None),
        };
        let location = location(ops, ident);
        let at = start(&self.item.ty);
        let instrument = quote_spanned!(here(at)=> &#ident);
        quote! {
            #private::MetricEntry::new(#private::MetricDescriptor::new(#name, #help, #unit, #location), #instrument)
        }
    }
}
