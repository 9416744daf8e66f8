//! What a program tells of its own parts.

/// Tells `/info` what the program is made of.
///
/// Called on a thread of its own for each request of `/info`, with a time limit: it may block, it may even panic, and the
/// rest of `/info` is still served.
pub trait Introspector: Send + Sync + 'static {
    /// The names of the parts.
    fn components(&self) -> Vec<String>;
}
