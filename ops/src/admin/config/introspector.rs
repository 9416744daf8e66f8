//! The components of a program, as the program reports them.

use std::sync::Arc;

/// Reports the components of a program for `/info`.
///
/// Called on a thread of its own for each request of `/info`, with a timeout: an implementation may block or panic, and the
/// rest of `/info` is still served.
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
