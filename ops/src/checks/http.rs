//! Whether a web server answers.

use super::host_port::HostPort;
use crate::error::ErrorChain;
use crate::health::{CheckContext, CheckFuture, Outcome};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::{HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use std::fmt;

/// Sends `GET url`, and is healthy if the answer is 200 to 399, which is a detail of the outcome: `status`.
///
/// A redirect is not followed, and no body is read. HTTPS is not spoken: what speaks it is mostly not a dependency but a
/// peer, behind something that speaks HTTP.
///
/// ```
/// let search = ops::checks::http("http://localhost:9200/_cluster/health")?;
/// let health = ops::Health::new();
/// health.register("search", search);
///
/// let error = ops::checks::http("ftp://localhost").err().unwrap();
/// assert_eq!(error.to_string(), "`ftp://localhost` cannot be asked: write it as in `http://localhost:8080/health`");
/// # Ok::<(), ops::checks::UrlError>(())
/// ```
///
/// # Errors
/// If `url` is none, or not of HTTP.
pub fn http(url: &str) -> Result<impl Fn(CheckContext) -> CheckFuture + Send + Sync + 'static, UrlError> {
    let target = Target::of(url).ok_or_else(|| UrlError { url: url.to_owned() })?;
    Ok(move |_context| -> CheckFuture {
        let target = target.clone();
        Box::pin(async move {
            match target.ask().await {
                Ok(status @ 200..=399) => Outcome::healthy().detail("status", u64::from(status)),
                Ok(status) => Outcome::unhealthy(format_args!("answered {status}")).detail("status", u64::from(status)),
                Err(error) => Outcome::unhealthy(ErrorChain(&*error)),
            }
        })
    })
}

/// What should be the URL of an HTTP server is none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrlError {
    /// What was given.
    pub url: String,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be asked: write it as in `http://localhost:8080/health`", self.url.escape_debug())
    }
}

impl std::error::Error for UrlError {}

/// Where to ask, and for what.
#[derive(Clone)]
struct Target {
    name: HostPort,
    host: HeaderValue,
    path: Uri,
}

impl Target {
    fn of(url: &str) -> Option<Target> {
        let url: Uri = url.parse().ok()?;
        let authority = url.authority().filter(|_| url.scheme_str() == Some("http"))?;
        let name = HostPort::new(format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80)));
        let path = url.path_and_query().map_or("/", |path| path.as_str()).parse().ok()?;
        Some(Target { name, host: HeaderValue::from_str(authority.as_str()).ok()?, path })
    }

    /// The status of the answer.
    async fn ask(&self) -> Result<u16, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TokioIo::new(self.name.connect().await?);
        let (mut sender, connection) = handshake(stream).await?;
        let mut request = Request::get(self.path.clone()).body(Empty::<Bytes>::new())?;
        request.headers_mut().insert(HOST, self.host.clone());
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("ops"));
        // No task of its own: a check that is given up leaves nothing behind.
        tokio::select! {
            answer = sender.send_request(request) => Ok(answer?.status().as_u16()),
            ended = connection => Err(ended.err().map_or_else(|| "closed without an answer".into(), Into::into)),
        }
    }
}
