//! `opsctl token`: a new token, with its lines for a policy file.

use clap::Args;
use ops::error::ErrorChain;
use ops::rbac::{Policy, Token};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};
use toml::value::Datetime;

#[derive(Args)]
pub(super) struct Options {
    /// User of the token.
    user: String,
    /// Time until the token expires, such as `90days` or `1year`; by default it never does.
    #[arg(long, value_parser = humantime::parse_duration)]
    expires_in: Option<Duration>,
}

pub(super) fn run(options: &Options) -> Result<String, String> {
    // The policy validates the user name.
    Policy::new().try_add_user(&options.user, &[]).map_err(|error| ErrorChain(&error).to_string())?;
    let expires = options.expires_in.map(|lifetime| expiry(SystemTime::now(), lifetime)).transpose()?;
    let token = Token::generate().map_err(|error| ErrorChain(&error).to_string())?;
    let lines = lines(&options.user, &token.digest().to_string(), expires)?;
    Ok(format!("{}\n\n# for the policy file\n{lines}", token.reveal()))
}

/// A policy file with a single token.
#[derive(Serialize)]
struct File<'a> {
    users: BTreeMap<&'a str, FileUser<'a>>,
}

#[derive(Serialize)]
struct FileUser<'a> {
    tokens: [FileToken<'a>; 1],
}

#[derive(Serialize)]
struct FileToken<'a> {
    sha256: &'a str,
    expires: Option<Datetime>,
}

/// Returns the lines of a policy file for a token with this digest.
fn lines(user: &str, digest: &str, expires: Option<Datetime>) -> Result<String, String> {
    let users = BTreeMap::from([(user, FileUser { tokens: [FileToken { sha256: digest, expires }] })]);
    toml::to_string(&File { users }).map_err(|error| format!("cannot write the token: {}", ErrorChain(&error)))
}

/// Returns the expiry of a token that is valid for `lifetime` from `now`, with a resolution of 1 s.
///
/// # Errors
/// If the lifetime is shorter than 1 s, or the expiry is not in the years 1970 to 9999.
fn expiry(now: SystemTime, lifetime: Duration) -> Result<Datetime, String> {
    /// 9999-12-31T23:59:59Z: years have four digits in a policy file.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    if lifetime < Duration::from_secs(1) {
        return Err("the token would expire at once; use `--expires-in 1s` or longer".to_owned());
    }
    let end =
        now.checked_add(lifetime).filter(|end| *end <= SystemTime::UNIX_EPOCH + LAST && *end >= SystemTime::UNIX_EPOCH);
    let end = end.ok_or("the token would expire after the year 9999; use a shorter `--expires-in`, or omit it")?;
    humantime::format_rfc3339_seconds(end)
        .to_string()
        .parse()
        .map_err(|error| format!("cannot write the expiry: {}", ErrorChain(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_toml_for_any_user_name() {
        for (user, key) in [
            ("prom", "prom"),
            ("o'brien", "\"o'brien\""),
            ("a.b", "\"a.b\""),
            ("say \"hi\"", "'say \"hi\"'"),
            ("back\\slash", "'back\\slash'"),
            ("Zoë", "\"Zoë\""),
            ("x]]\u{200b}", "\"x]]\u{200b}\""),
        ] {
            let text = lines(user, "00", None).unwrap();
            assert_eq!(text, format!("[[users.{key}.tokens]]\nsha256 = \"00\"\n"));
            let read: toml::Table = toml::from_str(&text).unwrap();
            assert!(read["users"].as_table().is_some_and(|users| users.contains_key(user)), "{text}");
        }
    }

    #[test]
    fn expiry_is_representable_in_a_policy_file() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(expiry(now, 365 * day).unwrap().to_string(), "2002-09-09T01:46:40Z");
        assert!(
            lines("a", "00", Some(expiry(now, day).unwrap())).unwrap().ends_with("\nexpires = 2001-09-10T01:46:40Z\n")
        );
        for long in [3_000_000 * day, Duration::MAX, Duration::from_secs(253_402_300_799)] {
            let error = "the token would expire after the year 9999; use a shorter `--expires-in`, or omit it";
            assert_eq!(expiry(now, long).unwrap_err(), error);
        }
        assert!(expiry(now, Duration::ZERO).is_err() && expiry(now, Duration::from_millis(999)).is_err());
    }
}
