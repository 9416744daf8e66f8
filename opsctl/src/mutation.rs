//! `opsctl drain`, `undrain` and `override`: mutations through the admin API of a service.

use super::connection::ConnectionOptions;
use super::credentials::{self, variable};
use super::exchange::{Exchange, run};
use super::outcome::{Outcome, print};
use clap::Args;
use clap::builder::PossibleValuesParser;
use hyper::Method;
use ops::Status;
use ops::error::ErrorChain;
use ops::name::{MAX_CHECK_NAME, is_check_name};
use std::path::PathBuf;
use std::time::Duration;

/// Default URL of the service.
const URL: &str = "http://127.0.0.1:9464";

/// Options of the service and its credentials.
#[derive(Args)]
pub(super) struct ServiceOptions {
    /// URL of the service; the default is OPS_URL, or `http://127.0.0.1:9464`.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    connection: ConnectionOptions,
    /// Timeout, such as `500ms`.
    #[arg(long, default_value = "30s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// File with the credentials: a token, or `user:password`.
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct OverrideOptions {
    /// Name of the check.
    check: String,
    /// Status to set.
    #[arg(
        required_unless_present = "clear",
        value_parser = PossibleValuesParser::new(
            [Status::Healthy, Status::Degraded, Status::Unknown, Status::Unhealthy].map(Status::as_str)
        )
    )]
    status: Option<String>,
    /// Reason, for reports and the audit log.
    #[arg(long, required_unless_present = "clear", value_name = "TEXT")]
    reason: Option<String>,
    /// Time to live, such as `10m`; at most `30d`.
    #[arg(long, required_unless_present = "clear", value_name = "TIME", value_parser = ttl)]
    ttl: Option<Duration>,
    /// Clear the override.
    #[arg(long, conflicts_with_all = ["status", "reason", "ttl"])]
    clear: bool,
    #[command(flatten)]
    service: ServiceOptions,
}

pub(super) fn drain(options: &ServiceOptions) -> Outcome {
    options.mutate(Method::PUT, "/admin/drain", String::new())
}

pub(super) fn undrain(options: &ServiceOptions) -> Outcome {
    options.mutate(Method::DELETE, "/admin/drain", String::new())
}

pub(super) fn set_or_clear_override(options: &OverrideOptions) -> Outcome {
    let check = &options.check;
    if !is_check_name(check) {
        let shown = check.escape_debug();
        return Err(format!(
            "invalid check name `{shown}`; use `[a-z0-9][a-z0-9_.-]*` of at most {MAX_CHECK_NAME} bytes"
        )
        .into());
    }
    let path = format!("/admin/health/{check}/override");
    let (Some(status), Some(reason), Some(ttl)) = (&options.status, &options.reason, options.ttl) else {
        return options.service.mutate(Method::DELETE, &path, String::new());
    };
    let ttl = humantime::format_duration(ttl).to_string();
    let body = serde_json::json!({ "status": status, "reason": reason, "ttl": ttl });
    options.service.mutate(Method::PUT, &path, body.to_string())
}

impl ServiceOptions {
    /// Sends a mutation and prints the response.
    fn mutate(&self, method: Method, path: &str, body: String) -> Outcome {
        let from_environment = if self.url.is_none() { variable("OPS_URL")? } else { None };
        let base = self.url.as_deref().or(from_environment.as_deref().map(String::as_str)).unwrap_or(URL);
        let url = self.connection.parse(base)?.join(path).map_err(|error| ErrorChain(&error).to_string())?;
        let credentials = credentials::of(&url, self.credentials_file.as_deref())?;
        let exchange = Exchange { method, url: &url, credentials: credentials.as_ref(), body, timeout: self.timeout };
        run(async {
            let received = exchange.send(&self.connection).await?;
            if !received.response.status().is_success() {
                return Err(received.refusal().await);
            }
            received.each_chunk(true, print).await?;
            print(b"\n")
        })
    }
}

/// Parses a time to live, which must not be zero.
fn ttl(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(ttl) if ttl.is_zero() => Err("it must be greater than 0; write it as in `10m`".to_owned()),
        Ok(ttl) => Ok(ttl),
        Err(error) => Err(ErrorChain(&error).to_string()),
    }
}
