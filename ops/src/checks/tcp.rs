//! Whether something listens.

use super::host_port::HostPort;
use crate::error::ErrorChain;
use crate::health::{CheckContext, CheckFuture, Outcome};

/// Connects to `address`, a `host:port`, and closes the connection.
///
/// ```
/// use ops::{Health, checks};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let health = Health::new();
/// health.register("broker", checks::tcp(listener.local_addr()?.to_string()));
/// assert!(health.check().await.checks["broker"].ok);
/// # Ok(())
/// # }
/// ```
pub fn tcp(address: impl Into<String>) -> impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static {
    let name = HostPort::new(address);
    move |_context| {
        let name = name.clone();
        Box::pin(async move {
            match name.connect().await {
                Ok(_stream) => Outcome::healthy(),
                Err(error) => Outcome::unhealthy(ErrorChain(&error)),
            }
        })
    }
}
