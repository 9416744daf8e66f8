//! Requests to a running service.

use super::connection;
use super::outcome::Outcome;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, HOST};
use hyper_util::rt::TokioIo;
use ops::error::ErrorChain;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 256 * 1024 * 1024;

#[derive(Args)]
pub(super) struct ProbeOptions {
    #[command(flatten)]
    connection: connection::ConnectionOptions,
    /// How long it may take, as `500ms`.
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

#[derive(Args)]
pub(super) struct GetOptions {
    #[command(flatten)]
    connection: connection::ConnectionOptions,
    /// How long it may take, as `500ms`.
    #[arg(long, default_value = "30s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// A file with the credentials.
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,
}

pub(super) fn probe(options: &ProbeOptions) -> Outcome {
    let answer = ask(&options.connection, options.timeout, None)?;
    let url = &options.connection.url;
    if answer.status == 200 { Ok(String::new()) } else { Err(format!("{url} answers {}", answer.status)) }
}

pub(super) fn get(options: &GetOptions) -> Outcome {
    let credentials = match &options.credentials_file {
        Some(path) => Some(of_file(path)?),
        None => of_environment(),
    };
    let answer = ask(&options.connection, options.timeout, credentials.as_ref())?;
    match answer.status {
        200..=299 => Ok(answer.body),
        status => Err(format!("{} answers {status}: {}", options.connection.url, answer.body.trim_end())),
    }
}

struct Answer {
    status: u16,
    body: String,
}

/// What is sent as `Authorization`.
struct Credentials(Zeroizing<String>);

impl Credentials {
    /// A token, or a user, a colon and a password.
    fn of(text: &str) -> Credentials {
        match text.contains(':') {
            true => Credentials(Zeroizing::new(format!("Basic {}", STANDARD.encode(text)))),
            false => Credentials(Zeroizing::new(format!("Bearer {text}"))),
        }
    }
}

fn of_file(path: &Path) -> Result<Credentials, String> {
    let text = fs::read_to_string(path).map(Zeroizing::new);
    let text =
        text.map_err(|error| format!("the credentials {} cannot be read: {}", path.display(), ErrorChain(&error)))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Credentials::of(line)),
        _ => Err(format!("the credentials {} have an empty first line", path.display())),
    }
}

fn of_environment() -> Option<Credentials> {
    let variable = |name| std::env::var(name).ok().map(Zeroizing::new);
    if let Some(token) = variable("OPS_TOKEN") {
        return Some(Credentials::of(&token));
    }
    let (user, password) = (variable("OPS_USER")?, variable("OPS_PASSWORD")?);
    Some(Credentials::of(&Zeroizing::new(format!("{}:{}", *user, *password))))
}

fn ask(
    options: &connection::ConnectionOptions,
    timeout: Duration,
    credentials: Option<&Credentials>,
) -> Result<Answer, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| format!("the system has no room for a connection: {}", ErrorChain(&error)))?;
    let answer = runtime.block_on(async { tokio::time::timeout(timeout, exchange(options, credentials)).await });
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    answer.unwrap_or_else(|_elapsed| Err(format!("{}: there is no answer after {timeout:?}", options.url)))
}

/// One request over a connection of its own. No redirect is followed, and no proxy asked.
async fn exchange(
    options: &connection::ConnectionOptions,
    credentials: Option<&Credentials>,
) -> Result<Answer, String> {
    let uri = options.uri()?;
    let failed = |error: &(dyn Error + 'static)| format!("{}: {}", options.url, ErrorChain(error));
    let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::get(path).header(HOST, host);
    if let Some(Credentials(authorization)) = credentials {
        request = request.header(AUTHORIZATION, authorization.as_str());
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| failed(&error))?;
    let stream = options.connect(&uri).await.map_err(|error| format!("{}: {error}", options.url))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    // What goes wrong with it is what the request fails with.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|error| failed(&error))?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), LONGEST).collect().await.map_err(|error| failed(&*error))?;
    let body = String::from_utf8(body.to_bytes().to_vec()).map_err(|error| failed(&error))?;
    Ok(Answer { status, body })
}
