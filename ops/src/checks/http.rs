//! HTTP check.

use super::http_exchange::get;
use crate::error::ErrorChain;
use crate::health::{CheckContext, CheckFuture, Outcome};
use crate::net::{Connector, Scheme, Url, UrlError};
use std::error::Error;

/// Returns a check that sends `GET url` and succeeds if the response status is 200 to 399.
///
/// Only the response head is read, and redirects are not followed. The outcome has the detail `status`. The addresses of a host
/// name are tried with Happy Eyeballs (RFC 8305): an unresponsive address delays the next attempt by 250 ms. HTTPS is not
/// supported.
///
/// ```
/// let search = ops::checks::http("http://localhost:9200/_cluster/health")?;
/// let health = ops::Health::new();
/// health.register("search", search);
///
/// let error = ops::checks::http("http://localhost:92000").err().unwrap();
/// assert!(error.to_string().ends_with("`92000` is not a port; use a number between 1 and 65535"));
/// # Ok::<(), ops::net::UrlError>(())
/// ```
///
/// # Errors
/// If `url` is not a valid `http://` URL, or contains user information, because the check sends no credentials.
pub fn http(url: &str) -> Result<impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static, UrlError> {
    let url: Url = url.parse()?;
    if url.scheme() != Scheme::Http {
        return Err(url.refused("HTTP checks do not support TLS; use a URL that begins with `http://`"));
    }
    if url.user_info().is_some() {
        return Err(url.refused("HTTP checks do not send credentials; remove the user information before the host"));
    }
    let connector = Connector::new(url.address().clone());
    Ok(check(url, connector))
}

fn check(url: Url, connector: Connector) -> impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static {
    move |_context| {
        let (url, connector) = (url.clone(), connector.clone());
        Box::pin(async move {
            match request_status(&url, &connector).await {
                Ok(status @ 200..=399) => Outcome::healthy().detail("status", u64::from(status)),
                Ok(status) => {
                    Outcome::unhealthy(format_args!("unexpected status {status}")).detail("status", u64::from(status))
                }
                Err(error) => Outcome::unhealthy(ErrorChain(&*error)),
            }
        })
    }
}

/// Sends the request and returns the response status.
///
/// Dropping the future closes the connection; a name lookup in progress continues on its blocking thread.
async fn request_status(url: &Url, connector: &Connector) -> Result<u16, Box<dyn Error + Send + Sync>> {
    let mut stream = connector.connect().await?;
    Ok(get(&mut stream, url).await?)
}

#[cfg(test)]
mod tests;
