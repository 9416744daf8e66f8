//! `opsctl get` and `opsctl probe`.

use super::connection::ConnectionOptions;
use super::credentials;
use super::exchange::{Exchange, run};
use super::outcome::{Outcome, print};
use clap::Args;
use hyper::Method;
use hyper::header::CONTENT_TYPE;
use std::path::PathBuf;
use std::time::Duration;

/// Default timeout of `get`.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(super) struct ProbeOptions {
    /// URL, such as `http://127.0.0.1:9464/readyz` or `https://ops.example:9464/readyz`.
    url: String,
    #[command(flatten)]
    connection: ConnectionOptions,
    /// Timeout, such as `500ms`.
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

#[derive(Args)]
pub(super) struct GetOptions {
    /// URL, such as `http://127.0.0.1:9464/readyz` or `https://ops.example:9464/readyz`.
    url: String,
    #[command(flatten)]
    connection: ConnectionOptions,
    /// Timeout, such as `500ms`; 30s by default, and unlimited for an event stream.
    #[arg(long, value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    /// File with the credentials: a token, or `user:password`.
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,
}

pub(super) fn probe(options: &ProbeOptions) -> Outcome {
    let url = options.connection.parse(&options.url)?;
    let credentials = credentials::of_url(&url)?;
    let exchange = Exchange {
        method: Method::GET,
        url: &url,
        credentials: credentials.as_ref(),
        body: String::new(),
        timeout: options.timeout,
    };
    run(async {
        match exchange.send(&options.connection).await?.response.status().as_u16() {
            200 => Ok(()),
            status => Err(format!("{url} returned {status}").into()),
        }
    })
}

pub(super) fn get(options: &GetOptions) -> Outcome {
    let url = options.connection.parse(&options.url)?;
    let credentials = credentials::of(&url, options.credentials_file.as_deref())?;
    let exchange = Exchange {
        method: Method::GET,
        url: &url,
        credentials: credentials.as_ref(),
        body: String::new(),
        timeout: options.timeout.unwrap_or(TIMEOUT),
    };
    run(async {
        let received = exchange.send(&options.connection).await?;
        if !received.response.status().is_success() {
            return Err(received.refusal().await);
        }
        let content_type = received.response.headers().get(CONTENT_TYPE).map(|value| value.as_bytes());
        let is_stream = content_type.is_some_and(|value| value.starts_with(b"text/event-stream"));
        received.each_chunk(options.timeout.is_some() || !is_stream, print).await
    })
}
