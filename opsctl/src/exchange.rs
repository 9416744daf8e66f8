//! A request to a service and its response.

use super::connection::ConnectionOptions;
use super::outcome::{Failure, Outcome};
use super::request_first::RequestFirst;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use ops::error::ErrorChain;
use ops::net::Url;
use ops::rbac::Credentials;
use std::error::Error;
use std::fmt::Write;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Maximum length of a response body that an error shows, in bytes.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// A request over a connection of its own.
pub(super) struct Exchange<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) credentials: Option<&'a Credentials>,
    /// JSON body of a mutation; empty for other requests.
    pub(super) body: String,
    /// Timeout of the entire exchange, from connecting to the last byte of the body.
    pub(super) timeout: Duration,
}

/// A response, with the deadline for its body.
pub(super) struct Received {
    pub(super) response: Response<Incoming>,
    url: Url,
    timeout: Duration,
    deadline: Instant,
}

impl Exchange<'_> {
    /// Sends the request over a new connection. Redirects are not followed, and no proxy is used.
    pub(super) async fn send(&self, connection: &ConnectionOptions) -> Result<Received, String> {
        // A deadline that `Instant` cannot represent is replaced by one in 30 years.
        let far = Instant::now() + Duration::from_secs(30 * 365 * 24 * 60 * 60);
        let deadline = Instant::now().checked_add(self.timeout).unwrap_or(far);
        let url = self.url;
        match timeout_at(deadline, self.response(connection)).await {
            Ok(Ok(response)) => Ok(Received { response, url: url.clone(), timeout: self.timeout, deadline }),
            Ok(Err(error)) => Err(format!("{url}: {error}")),
            Err(_elapsed) => Err(format!("{url}: no response after {:?}; set a longer `--timeout`", self.timeout)),
        }
    }

    async fn response(&self, connection: &ConnectionOptions) -> Result<Response<Incoming>, String> {
        let failed = |error: &(dyn Error + 'static)| ErrorChain(error).to_string();
        let request = Request::builder().method(&self.method).uri(self.url.request_target());
        let mut request = request.header(HOST, self.url.host_header());
        if let Some(credentials) = self.credentials {
            request = request.header(AUTHORIZATION, credentials.authorization());
        }
        if self.method != Method::GET {
            request = request.header("X-Ops-Request", "1").header(CONTENT_TYPE, "application/json");
        }
        let body = Full::new(Bytes::from(self.body.clone()));
        let mut request = request.body(body).map_err(|error| failed(&error))?;
        if let Some(authorization) = request.headers_mut().get_mut(AUTHORIZATION) {
            authorization.set_sensitive(true);
        }
        let stream = RequestFirst::new(connection.connect(self.url).await?);
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        // The request reports errors of the connection.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(|error| failed(&error))
    }
}

impl Received {
    /// Passes the chunks of the body to `take` as they arrive. With `has_deadline`, fails at the deadline.
    pub(super) async fn each_chunk(mut self, has_deadline: bool, take: impl Fn(&[u8]) -> Outcome) -> Outcome {
        loop {
            let frame = self.response.body_mut().frame();
            let frame = if has_deadline { timeout_at(self.deadline, frame).await } else { Ok(frame.await) };
            match frame {
                Ok(None) => return Ok(()),
                Ok(Some(Ok(frame))) => {
                    if let Some(chunk) = frame.data_ref() {
                        take(chunk)?;
                    }
                }
                Ok(Some(Err(error))) => {
                    return Err(
                        format!("{}: connection closed during the response: {}", self.url, ErrorChain(&error)).into()
                    );
                }
                Err(_elapsed) => {
                    let error =
                        format!("{}: incomplete response after {:?}; set a longer `--timeout`", self.url, self.timeout);
                    return Err(error.into());
                }
            }
        }
    }

    /// Returns the error for a response without a success status.
    pub(super) async fn refusal(self) -> Failure {
        let status = self.response.status().as_u16();
        let body = Limited::new(self.response.into_body(), MAX_ERROR_BODY).collect();
        let body = match timeout_at(self.deadline, body).await {
            Ok(Ok(body)) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
            // Without a complete body of limited length, the error shows only the status.
            _ => String::new(),
        };
        let remedy = match status {
            401 => "; set `OPS_TOKEN`, or `OPS_USER` and `OPS_PASSWORD`, or use `--credentials-file`",
            _ => "",
        };
        format!("{} returned {status}: {}{remedy}", self.url, printable(body.trim_end())).into()
    }
}

/// Runs `command` on a current-thread runtime.
pub(super) fn run(command: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot create a runtime: {}", ErrorChain(&error)))?;
    let outcome = runtime.block_on(command);
    // Does not wait for a DNS lookup in progress.
    runtime.shutdown_background();
    outcome
}

/// Returns `text` with control characters escaped, so that a response cannot control the terminal.
fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        // Writing to a `String` cannot fail.
        let _ =
            if c.is_control() && c != '\n' { write!(shown, "{}", c.escape_default()) } else { write!(shown, "{c}") };
        shown
    })
}
