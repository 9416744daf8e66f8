//! `#[metric]` on a static, which initializes and registers it.
//!
//! ```text
//! /// Orders accepted.                  →  static ORDERS: Counter = <Counter>::with_options(InstrumentOptions::new());
//! #[metric]                             →  const _: () = {
//! static ORDERS: Counter;               →      metric_element! {
//!                                       →          static __OPS_ENTRY: MetricEntry = MetricEntry::new(.., &ORDERS);
//!                                       →      }
//!                                       →  };
//! ```

use crate::args::{ArgSpec, Args, Text};
use crate::common::calls::{checked, location};
use crate::common::crate_name::Root;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use crate::common::spans::{mixed_site_at, start};
use crate::options::buckets::{self, Buckets};
use crate::options::metric_name::name_check;
use crate::options::series_options::SeriesOptions;
use crate::syntax::doc_comment::help;
use crate::syntax::item::Static;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::Parse;

const SPEC: ArgSpec = ArgSpec {
    attribute: "`#[metric]` on a static",
    name: None,
    options: &["name", "utf8", "unit", "buckets", "help", "max_series", "ttl"],
};

struct MetricStatic {
    crate_path: CratePath,
    name: Option<Text>,
    /// `const fn` that validates the name.
    name_check: &'static str,
    unit: Option<Text>,
    buckets: Option<Buckets>,
    help: Option<Text>,
    series: SeriesOptions,
    item: Static,
}

pub(super) fn expand(root: Root, args: TokenStream, item: Static) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let mut args = Args::parse(args, &SPEC, &mut errors);
    let crate_path = args.crate_path(root, &mut errors);
    let name_check = name_check(&mut args, &mut errors);
    let name = args.text("name", &mut errors);
    let unit = args.text("unit", &mut errors);
    let buckets = args.equals("buckets", buckets::EXPECTED, &mut errors, Buckets::parse);
    let help = args.text("help", &mut errors);
    let series = SeriesOptions::parse(&mut args, &mut errors);
    if let Some(initializer) = &item.initializer {
        errors.at(
            initializer,
            format_args!(
                "a static with `#[metric]` cannot have a value: the attribute generates it; write `static {}: ..;`",
                item.ident
            ),
        );
    }
    if let Some(mutability) = &item.mutability {
        errors.at(
            mutability,
            "a static with `#[metric]` cannot be `mut`: metrics are updated through `&self`; remove `mut`",
        );
    }
    Ok(errors.finish(MetricStatic { crate_path, name, name_check, unit, buckets, help, series, item })?.expand())
}

impl MetricStatic {
    fn expand(&self) -> TokenStream {
        let Static { attrs, vis, static_token, ident, ty, .. } = &self.item;
        let private = self.crate_path.internal();
        let (declared, entry) = (self.declared(), self.entry());
        quote! {
            #(#attrs)*
            #vis #static_token #ident: #ty = #declared;

            const _: () = {
                #private::metric_element! { static __OPS_ENTRY: #private::MetricEntry = #entry; }
            };
        }
    }

    /// Generates the initializer of the static.
    fn declared(&self) -> TokenStream {
        let (crate_path, ty) = (&self.crate_path, &self.item.ty);
        let private = crate_path.internal();
        let unit = self.unit.as_ref().map(|unit| {
            let unit = checked(crate_path, "unit", unit);
            quote!(.unit(#unit))
        });
        let buckets = self.buckets.as_ref().map(|buckets| {
            let buckets = buckets.expand(crate_path);
            quote!(.buckets(#buckets))
        });
        let series = self.series.expand(crate_path);
        let options = quote!(#private::InstrumentOptions::new() #unit #buckets #series);
        quote_spanned!(mixed_site_at(start(ty))=> <#ty>::with_options(#options))
    }

    /// Generates the registry entry.
    fn entry(&self) -> TokenStream {
        let crate_path = &self.crate_path;
        let private = crate_path.internal();
        let ident = &self.item.ident;
        let default = || Text::literal(&ident.unraw().to_string().to_lowercase(), ident.span());
        let name = checked(crate_path, self.name_check, &self.name.clone().unwrap_or_else(default));
        let help = help(self.help.as_ref(), &self.item.attrs);
        let unit = match &self.unit {
            Some(unit) => quote!(#private::Some(#unit)),
            None => quote!(#private::None),
        };
        let location = location(crate_path, ident);
        let at = start(&self.item.ty);
        let instrument = quote_spanned!(mixed_site_at(at)=> &#ident);
        quote! {
            #private::MetricEntry::new(#private::MetricDescriptor::new(#name, #help, #unit, #location), #instrument)
        }
    }
}
