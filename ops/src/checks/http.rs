//! A check that a web server answers.

use super::http_exchange::get;
use crate::error::ErrorChain;
use crate::health::{CheckContext, CheckFuture, Outcome};
use crate::net::{Connector, Scheme, Url, UrlError};
use std::error::Error;

/// Sends `GET url`, and is healthy if the response is 200 to 399, which is a detail of the outcome: `status`.
///
/// A response counts once its head is there: no body is read and no redirect followed, and the server may close the connection
/// whenever it likes. A name with several addresses is connected to by Happy Eyeballs (RFC 8305): a dead address costs 250 ms.
/// HTTPS is not spoken: what speaks it is mostly not a dependency but a peer, behind something that speaks HTTP.
///
/// ```
/// let search = ops::checks::http("http://localhost:9200/_cluster/health")?;
/// let health = ops::Health::new();
/// health.register("search", search);
///
/// let error = ops::checks::http("http://localhost:92000").err().unwrap();
/// assert_eq!(error.to_string(), "invalid URL `http://localhost:92000`: `92000` is not a port; use 1 to 65535");
/// # Ok::<(), ops::net::UrlError>(())
/// ```
///
/// # Errors
/// If `url` is not the URL of an HTTP service, or has user information: a check has no credentials.
pub fn http(url: &str) -> Result<impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static, UrlError> {
    let url: Url = url.parse()?;
    if url.scheme() != Scheme::Http {
        return Err(url.refused("a check does not speak TLS; write a URL that begins with `http://`"));
    }
    if url.user_info().is_some() {
        return Err(url.refused("a check sends no credentials; leave out the user information before the host"));
    }
    let connector = Connector::new(url.address().clone());
    Ok(check(url, connector))
}

fn check(url: Url, connector: Connector) -> impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static {
    move |_context| {
        let (url, connector) = (url.clone(), connector.clone());
        Box::pin(async move {
            match ask(&url, &connector).await {
                Ok(status @ 200..=399) => Outcome::healthy().detail("status", u64::from(status)),
                Ok(status) => Outcome::unhealthy(format_args!("answered {status}")).detail("status", u64::from(status)),
                Err(error) => Outcome::unhealthy(ErrorChain(&*error)),
            }
        })
    }
}

/// The status of the response. No task of its own: a check that is dropped leaves nothing behind.
async fn ask(url: &Url, connector: &Connector) -> Result<u16, Box<dyn Error + Send + Sync>> {
    let mut stream = connector.connect().await?;
    Ok(get(&mut stream, url).await?)
}

#[cfg(test)]
mod tests;
