//! The one-line entry.

use crate::api::Api;
use crate::server::{Address, Error, Running};

/// Serves everything that is annotated in the program and its crates at `address`, on a thread of its own.
///
/// Checks run on the tokio runtime that this is called on. Dropping what it returns leaves the server on. For a policy,
/// facts or limits, see [`Api::builder`].
///
/// ```standalone_crate
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ops::Error> {
/// let running = ops::serve("127.0.0.1:0").await?;
/// assert!(running.local_addr().is_some_and(|address| address.port() > 0));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`ApiBuilder::build`](crate::ApiBuilder::build) and of [`Api::bind`].
pub async fn serve(address: impl Into<Address>) -> Result<Running, Error> {
    Ok(Api::builder().build()?.bind(address).await?.spawn())
}
