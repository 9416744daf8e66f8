//! The options `max_series` and `ttl`: the maximum number of series and the expiry of idle ones.

use crate::args::Args;
use crate::common::calls::checked;
use crate::common::crate_path::CratePath;
use crate::common::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Lit};

/// Series options of a dynamic label set.
pub(crate) struct SeriesOptions {
    max_series: Option<Expr>,
    ttl: Option<Expr>,
}

impl SeriesOptions {
    pub(crate) fn parse(args: &mut Args, errors: &mut Errors) -> Self {
        let max_series =
            args.constant("max_series", "a number such as `500`", errors, |literal| matches!(literal, Lit::Int(_)));
        let ttl = args.constant("ttl", "a string such as `\"1h\"`, or a `Duration`", errors, |literal| {
            matches!(literal, Lit::Str(_))
        });
        SeriesOptions { max_series, ttl }
    }

    /// Generates the builder calls that set the options.
    pub(crate) fn expand(&self, crate_path: &CratePath) -> TokenStream {
        let max_series = self.max_series.as_ref().map(|max_series| {
            let max_series = checked(crate_path, "max_series", max_series);
            quote!(.max_series(#max_series))
        });
        let ttl = self.ttl.as_ref().map(|ttl| {
            let check = if matches!(ttl, Expr::Lit(_)) { "duration" } else { "positive" };
            let ttl = checked(crate_path, check, ttl);
            quote!(.ttl(#ttl))
        });
        quote!(#max_series #ttl)
    }
}
