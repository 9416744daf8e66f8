//! One-line setup: serves everything that is linked into the program.

use crate::api::Api;
use crate::server::{Address, Error, Running};

/// Serves the linked checks, metrics and admin API at `address`, on a dedicated thread.
///
/// Health checks run on the current tokio runtime. The server keeps running if the returned handle is dropped. Use
/// [`Api::builder`] to set a policy, facts or limits.
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
/// Errors of [`ApiBuilder::build`](crate::ApiBuilder::build) and [`Api::bind`].
pub async fn serve(address: impl Into<Address>) -> Result<Running, Error> {
    Ok(Api::builder().build()?.bind(address).await?.spawn())
}
