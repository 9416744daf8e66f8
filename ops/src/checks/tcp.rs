//! TCP connection check.

use crate::error::ErrorChain;
use crate::health::{CheckContext, CheckFuture, Outcome};
use crate::net::{AddressError, Connector, HostPort};

/// Returns a check that connects to `address`, a host with a port, and closes the connection.
///
/// The addresses of a host name are tried with Happy Eyeballs (RFC 8305): an unresponsive address delays the next attempt by
/// 250 ms.
///
/// ```
/// use ops::{Health, checks};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let health = Health::new();
/// health.register("broker", checks::tcp(listener.local_addr()?)?);
/// assert!(health.check().await.checks["broker"].ok);
///
/// let error = checks::tcp("broker.internal:94640").err().unwrap();
/// assert!(error.to_string().ends_with("`94640` is not a port; use a number between 1 and 65535"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If `address` is invalid.
pub fn tcp<A>(address: A) -> Result<impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static, AddressError>
where
    A: TryInto<HostPort>,
    AddressError: From<A::Error>,
{
    let connector = Connector::new(address.try_into()?);
    Ok(move |_context| -> CheckFuture {
        let connector = connector.clone();
        Box::pin(async move {
            match connector.connect().await {
                Ok(_stream) => Outcome::healthy(),
                Err(error) => Outcome::unhealthy(ErrorChain(&error)),
            }
        })
    })
}
