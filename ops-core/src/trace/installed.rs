//! Installed observers, which receive the spans of annotated functions.

use super::observer::Observer;
use super::recorder::SpanRecorder;
use super::span::Span;
use crate::metric::Attr;
use crate::unwind::IgnorePoison;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

/// `true` once an observer is installed.
static ANY: AtomicBool = AtomicBool::new(false);
static OBSERVERS: RwLock<Vec<Arc<dyn Observer>>> = RwLock::new(Vec::new());

/// Installs `observer`, which receives all spans of annotated functions from now on.
///
/// An observer cannot be uninstalled. It receives spans only: the registry records their durations and all other
/// measurements, with or without an observer. Span fields are evaluated only if an observer is installed.
///
/// # Examples
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::{Attr, Observer, Span};
/// use std::sync::{Arc, Mutex};
///
/// #[derive(Clone, Default)]
/// struct Names(Arc<Mutex<Vec<String>>>);
///
/// impl Observer for Names {
///     fn start_span(&self, name: &str, _attrs: &[Attr]) -> Span {
///         self.0.lock().unwrap().push(name.to_owned());
///         Span::none()
///     }
/// }
///
/// #[ops::instrument_span("order.place")]
/// fn place_order() {}
///
/// let names = Names::default();
/// ops::install_observer(names.clone());
/// place_order();
/// assert_eq!(*names.0.lock().unwrap(), ["order.place"]);
/// ```
pub fn install_observer(observer: impl Observer + 'static) {
    OBSERVERS.write().ignore_poison().push(Arc::new(observer));
    ANY.store(true, Ordering::Release);
}

/// Starts a span in every installed observer; `attrs` is called only if there is one.
#[inline]
pub(super) fn start_span(name: &'static str, attrs: impl FnOnce() -> Vec<Attr>) -> Span {
    if ANY.load(Ordering::Acquire) { start_span_cold(name, &attrs()) } else { Span::none() }
}

#[cold]
fn start_span_cold(name: &'static str, attrs: &[Attr]) -> Span {
    let observers = OBSERVERS.read().ignore_poison().clone();
    let mut spans: Vec<Span> =
        observers.iter().map(|observer| observer.start_span(name, attrs)).filter(Span::is_recorded).collect();
    match spans.len() {
        0 => Span::none(),
        1 => spans.remove(0),
        _ => Span::new(Box::new(All(spans))),
    }
}

/// A span that is recorded by several observers.
struct All(Vec<Span>);

impl SpanRecorder for All {
    fn set_attr(&mut self, attr: Attr) {
        for span in &mut self.0 {
            span.set_attr(attr.clone());
        }
    }

    fn set_error(&mut self, error: &dyn fmt::Display) {
        for span in &mut self.0 {
            span.set_error(error);
        }
    }

    fn enter(&mut self) {
        for span in &self.0 {
            span.enter();
        }
    }

    fn exit(&mut self) {
        for span in self.0.iter().rev() {
            span.exit();
        }
    }

    fn end(self: Box<Self>) {
        for span in self.0.into_iter().rev() {
            span.end();
        }
    }
}
