//! Resources: values that the program provides to its checks by type.

use crate::unwind::IgnorePoison;
use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, RwLock};

/// A provided value, injected into a check function by its type.
///
/// Cheap to clone. A check with a resource argument that was not provided fails with an error that names the type.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::health::{CheckContext, FromContext};
/// use ops::Resource;
/// use std::time::{Duration, Instant};
///
/// struct Pool { connections: u32 }
///
/// let context = CheckContext::new(Instant::now() + Duration::from_secs(2)).with(Pool { connections: 8 });
/// let pool = Resource::<Pool>::from_context(&context)?;
/// assert_eq!(pool.connections, 8);
/// # Ok::<(), ops::health::MissingResource>(())
/// ```
///
/// Provide a trait object in an `Arc`, and declare the argument with that type:
///
/// ```standalone_crate
/// # extern crate ops_core as ops;
/// use std::sync::Arc;
///
/// trait Store: Send + Sync {
///     fn is_open(&self) -> bool;
/// }
///
/// struct InMemory;
///
/// impl Store for InMemory {
///     fn is_open(&self) -> bool {
///         true
///     }
/// }
///
/// #[ops::health_check("store")]
/// fn store(store: ops::Resource<Arc<dyn Store>>) -> bool {
///     store.is_open()
/// }
///
/// ops::provide::<Arc<dyn Store>>(Arc::new(InMemory));
/// ```
///
/// # Missing resources
/// | argument | if not provided |
/// |---|---|
/// | `Resource<T>` | the check fails |
/// | [`OptionalResource<T>`](OptionalResource) | the check does not run and is reported as not applicable |
/// | `Option<Resource<T>>` | the check runs with `None` and can return [`Outcome::not_applicable`](crate::Outcome::not_applicable) |
pub struct Resource<T>(Arc<T>);

/// A [`Resource`] without which a check is not applicable.
///
/// For example, the connection pool of an optional database. While no value is provided, the check does not run: it is reported
/// as not applicable and does not affect the status of the program.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::health::{CheckContext, FromContext, OptionalResource};
/// use std::time::{Duration, Instant};
///
/// #[derive(Debug)]
/// struct Pool { connections: u32 }
///
/// let context = CheckContext::new(Instant::now() + Duration::from_secs(2));
/// let missing = OptionalResource::<Pool>::from_context(&context).unwrap_err();
/// assert!(missing.is_optional);
/// let pool = OptionalResource::<Pool>::from_context(&context.with(Pool { connections: 8 }))?;
/// assert_eq!(pool.connections, 8);
/// # Ok::<(), ops::health::MissingResource>(())
/// ```
pub struct OptionalResource<T>(Resource<T>);

impl<T> Deref for OptionalResource<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for OptionalResource<T> {
    fn clone(&self) -> Self {
        OptionalResource(self.0.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for OptionalResource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OptionalResource").field(&**self).finish()
    }
}

impl<T> From<Resource<T>> for OptionalResource<T> {
    fn from(resource: Resource<T>) -> Self {
        OptionalResource(resource)
    }
}

impl<T> Deref for Resource<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for Resource<T> {
    fn clone(&self) -> Self {
        Resource(self.0.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Resource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resource").field(&self.0).finish()
    }
}

/// The error for a resource that was not provided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingResource {
    /// Full name of the type.
    pub type_name: &'static str,
    /// `true` if the check is not applicable without the resource, `false` if it fails.
    pub is_optional: bool,
}

impl MissingResource {
    /// Marks the resource as optional.
    pub(super) fn optional(self) -> Self {
        MissingResource { is_optional: true, ..self }
    }
}

impl fmt::Display for MissingResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_optional {
            return write!(f, "no `{}` was provided", self.type_name);
        }
        write!(f, "no `{}` was provided; call `ops::provide(value)` before the check runs", self.type_name)
    }
}

impl std::error::Error for MissingResource {}

/// The provided values by type, shared by the checks of one runner.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::health::Resources;
///
/// let resources = Resources::new();
/// resources.provide(8_u32);
/// assert_eq!(resources.find::<u32>().map(|found| *found), Ok(8));
/// assert!(resources.find::<String>().is_err());
/// ```
#[derive(Default)]
pub struct Resources(RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Resources {
    /// Creates an empty set.
    pub fn new() -> Self {
        Resources::default()
    }

    /// Provides `value`, replacing a value of the same type.
    pub fn provide<T: Send + Sync + 'static>(&self, value: T) {
        let value: Arc<dyn Any + Send + Sync> = Arc::new(value);
        let mut values = self.0.write().ignore_poison();
        let replaced = values.insert(TypeId::of::<T>(), value);
        // The destructor is user code, which must not run under the lock.
        drop(values);
        drop(replaced);
    }

    /// Returns the provided value of type `T`.
    ///
    /// # Errors
    /// Returns an error if no value of this type was provided.
    pub fn find<T: Send + Sync + 'static>(&self) -> Result<Resource<T>, MissingResource> {
        let values = self.0.read().ignore_poison();
        let found = values.get(&TypeId::of::<T>()).cloned();
        drop(values);
        found
            .and_then(|value| value.downcast().ok())
            .map(Resource)
            .ok_or(MissingResource { type_name: type_name::<T>(), is_optional: false })
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.0.read().ignore_poison().len();
        f.debug_struct("Resources").field("values", &values).finish_non_exhaustive()
    }
}
