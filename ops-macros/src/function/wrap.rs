//! Generates the code around a body: enter metric and span, then finish both with the outcome.

use super::instrumented::Instrumented;
use crate::common::spans::mixed_site_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

impl Instrumented {
    /// Generates the code that starts the call and the span.
    pub(super) fn enter(&self) -> TokenStream {
        let private = self.crate_path.internal();
        let metric = self.metric.as_ref().map(|metric| {
            let call = local("__ops_call");
            let constant = metric.constant(&self.crate_path, &self.function, &self.path);
            let site = self.site("function_element", "FunctionMetric", &constant);
            let enter =
                metric.values(&self.crate_path).map_or_else(|| quote!(enter()), |values| quote!(enter_with(#values)));
            quote!(let #call = #site.#enter;)
        });
        let span = self.span.as_ref().map(|span| {
            let (active, mutability) = (local("__ops_span"), self.reenters_span.then(|| quote!(mut)));
            let constant = span.constant(&self.crate_path, &self.function);
            let site = self.site("span_element", "SpanSite", &constant);
            let call = match &self.metric {
                Some(_) => {
                    let call = local("__ops_call");
                    quote!(#private::Some(&#call))
                }
                None => quote!(#private::None),
            };
            let enter = match span.fields(&self.crate_path) {
                Some(fields) => quote!(enter_with(#call, || #fields)),
                None => quote!(enter(#call)),
            };
            quote!(let #mutability #active = #site.#enter;)
        });
        quote!(#metric #span)
    }

    /// Generates a reference to a static that the linker collects.
    ///
    /// The static is in its own block, so that its name cannot clash with user code.
    fn site(&self, element: &str, ty: &str, constant: &TokenStream) -> TokenStream {
        let private = self.crate_path.internal();
        let (element, ty) = (format_ident!("{element}"), format_ident!("{ty}"));
        quote! {
            {
                #private::#element! { static __OPS_SITE: #private::#ty = #constant; }
                &__OPS_SITE
            }
        }
    }

    /// Generates the await of `future`, polled in the span if there is one.
    pub(super) fn run(&self, future: &TokenStream) -> TokenStream {
        let (private, span) = (self.crate_path.internal(), local("__ops_span"));
        match &self.span {
            Some(_) => quote!(#private::in_span(#future, &mut #span).await),
            None => quote!(#future.await),
        }
    }

    /// Generates the code that finishes call and span with the outcome of `__ops_returned`.
    pub(super) fn finish(&self) -> TokenStream {
        self.finish_of(None)
    }

    /// Same as [`finish`](Self::finish), for a known type.
    ///
    /// Stating the type prevents a second error at `returned` if the body has another type.
    pub(super) fn finish_of(&self, ty: Option<&TokenStream>) -> TokenStream {
        let private = self.crate_path.internal();
        let (result, call, span) = (local("__ops_returned"), local("__ops_call"), local("__ops_span"));
        let of = ty.map(|ty| quote!(::<#ty>));
        let wrapper = quote!(#private::returned #of);
        let outcome = self.rule.outcome(&self.crate_path, &wrapper, |at| {
            let result = local_at("__ops_returned", at);
            quote_spanned!(mixed_site_at(at)=> &#result)
        });
        let error = quote!((&#wrapper(&#result)).__ops_error());
        let finish_call = |outcome: TokenStream| match self.result_labels(&quote!(&#result)) {
            Some(values) => quote!(#call.finish_with(#outcome, #values)),
            None => quote!(#call.finish(#outcome)),
        };
        let finish = match (&self.metric, &self.span) {
            (Some(_), Some(_)) => {
                let ended = local("__ops_outcome");
                let seconds = finish_call(ended.to_token_stream());
                quote!(let #ended = #outcome; #span.finish_after(#seconds, #ended, #error);)
            }
            (None, Some(_)) => quote!(#span.finish(#outcome, #error);),
            (_, None) => {
                let finish = finish_call(outcome);
                quote!(#finish;)
            }
        };
        quote!({ use #private::Inspect as _; #finish })
    }

    /// Generates the values of the result labels from `reference`, or `None` without result labels.
    pub(super) fn result_labels(&self, reference: &TokenStream) -> Option<TokenStream> {
        self.metric.as_ref()?.result_values(&self.crate_path, reference)
    }
}

/// Creates a hygienic local.
///
/// Hygiene does not apply to constants in patterns, so the name also needs the unique prefix `__ops_`.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Same as [`local`], with errors reported at `at`.
pub(super) fn local_at(name: &str, at: Span) -> Ident {
    Ident::new(name, mixed_site_at(at))
}
