//! Requests to a running service.

use super::Outcome;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;
use zeroize::Zeroizing;

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 256 * 1024 * 1024;

#[derive(Args)]
pub(super) struct ProbeOptions {
    /// The URL of the probe, as `http://127.0.0.1:9464/readyz`.
    url: String,
    /// How long it may take.
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

#[derive(Args)]
pub(super) struct GetOptions {
    /// The URL, as `http://127.0.0.1:9464/info`.
    url: String,
    /// How long it may take.
    #[arg(long, default_value = "30s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// A file with the credentials.
    #[arg(long)]
    credentials_file: Option<PathBuf>,
}

pub(super) fn probe(options: &ProbeOptions) -> Outcome {
    let answer = ask(&options.url, options.timeout, None)?;
    if answer.status == 200 { Ok(String::new()) } else { Err(format!("{} answers {}", options.url, answer.status)) }
}

pub(super) fn get(options: &GetOptions) -> Outcome {
    let credentials = match &options.credentials_file {
        Some(path) => Some(of_file(path)?),
        None => of_environment(),
    };
    let answer = ask(&options.url, options.timeout, credentials.as_ref())?;
    match answer.status {
        200..=299 => Ok(answer.body),
        status => Err(format!("{} answers {status}: {}", options.url, answer.body.trim_end())),
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
    let text = text.map_err(|error| format!("the credentials {} cannot be read: {error}", path.display()))?;
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

fn ask(url: &str, timeout: Duration, credentials: Option<&Credentials>) -> Result<Answer, String> {
    let config =
        Agent::config_builder().timeout_global(Some(timeout)).http_status_as_error(false).max_redirects(0).proxy(None);
    let agent: Agent = config.build().into();
    let mut request = agent.get(url);
    if let Some(Credentials(authorization)) = credentials {
        request = request.header("authorization", authorization.as_str());
    }
    let failed = |error: ureq::Error| format!("{url}: {error}");
    let mut answer = request.call().map_err(failed)?;
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_string().map_err(failed)?;
    Ok(Answer { status: answer.status().as_u16(), body })
}
