//! The [`Introspector`] trait, by which a program reports its components.

use std::sync::Arc;

/// A source of the components of a program, shown in `/info`.
///
/// Called for each request of `/info` on a blocking thread, so an implementation may block. If it panics, or takes longer than
/// [`Limits::info_timeout`](crate::Limits::info_timeout), `/info` shows an error in place of the components.
///
/// ```standalone_crate
/// struct Modules;
///
/// impl ops::Introspector for Modules {
///     fn components(&self) -> Vec<String> {
///         vec!["router".to_owned(), "storage".to_owned()]
///     }
/// }
///
/// let api = ops::Api::builder().introspector(Modules).build()?;
/// # Ok::<(), ops::Error>(())
/// ```
pub trait Introspector: Send + Sync + 'static {
    /// Returns the names of the components.
    fn components(&self) -> Vec<String>;
}

impl<T: Introspector + ?Sized> Introspector for Arc<T> {
    fn components(&self) -> Vec<String> {
        (**self).components()
    }
}

impl<T: Introspector + ?Sized> Introspector for Box<T> {
    fn components(&self) -> Vec<String> {
        (**self).components()
    }
}
