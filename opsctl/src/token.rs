//! A token, which is seen this once.

use super::outcome::Outcome;
use clap::Args;
use ops::error::ErrorChain;
use ops::rbac::Token;
use std::time::{Duration, SystemTime};

#[derive(Args)]
pub(super) struct Options {
    /// The user whose token it is to be.
    user: String,
    /// How long it counts, as `90days` or `1year`; for ever without this.
    #[arg(long, value_parser = humantime::parse_duration)]
    expires_in: Option<Duration>,
}

pub(super) fn run(options: &Options) -> Outcome {
    let name = options.user.escape_debug();
    let token = Token::generate().map_err(|error| ErrorChain(&error).to_string())?;
    let expires = match options.expires_in {
        None => String::new(),
        Some(time) => {
            let end = SystemTime::now().checked_add(time).ok_or("no calendar has the day of that expiry")?;
            format!("expires = {}\n", humantime::format_rfc3339_seconds(end))
        }
    };
    Ok(format!(
        "{}\n\n# for the policy file\n[[users.\"{name}\".tokens]]\nsha256 = \"{}\"\n{expires}",
        token.reveal(),
        token.digest()
    ))
}
