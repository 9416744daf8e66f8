//! Credentials of a request, from a file, the URL or the environment.

use ops::error::ErrorChain;
use ops::net::Url;
use ops::rbac::Credentials;
use std::env::{self, VarError};
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

/// Returns the credentials in `file`, else those in `url`, else those in the environment.
///
/// Credentials in both the file and the URL are an error.
pub(super) fn of(url: &Url, file: Option<&Path>) -> Result<Option<Credentials>, String> {
    match (file, of_url(url)?) {
        (Some(_), Some(_)) => {
            Err(format!("{url}: duplicate credentials: in the URL and in `--credentials-file`; remove one of them"))
        }
        (Some(path), None) => of_file(path).map(Some),
        (None, Some(credentials)) => Ok(Some(credentials)),
        (None, None) => of_environment(),
    }
}

/// Returns the credentials in the user information of `url`.
pub(super) fn of_url(url: &Url) -> Result<Option<Credentials>, String> {
    let credentials = url.user_info().map(|user_info| Credentials::basic(user_info.user(), user_info.password()));
    // The error is omitted: it quotes the user name, which may be a misplaced password.
    credentials
        .transpose()
        .map_err(|_error| format!("{url}: invalid user information; write `user:password` without control characters"))
}

fn of_file(path: &Path) -> Result<Credentials, String> {
    let text = fs::read_to_string(path).map(Zeroizing::new);
    let text =
        text.map_err(|error| format!("cannot read credentials file `{}`: {}", path.display(), ErrorChain(&error)))?;
    let line = text.strip_prefix('\u{feff}').unwrap_or(&text).lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(format!(
            "invalid credentials file `{}`: the first line is empty; write a token or `user:password`",
            path.display()
        ));
    }
    // A token contains no colon.
    let credentials = match line.split_once(':') {
        Some((user, password)) => Credentials::basic(user, password),
        None => Credentials::bearer(line),
    };
    credentials.map_err(|error| format!("cannot use credentials file `{}`: {}", path.display(), ErrorChain(&error)))
}

fn of_environment() -> Result<Option<Credentials>, String> {
    if let Some(token) = variable("OPS_TOKEN")? {
        let token = Credentials::bearer(&token);
        return token.map(Some).map_err(|error| format!("cannot use `OPS_TOKEN`: {}", ErrorChain(&error)));
    }
    match (variable("OPS_USER")?, variable("OPS_PASSWORD")?) {
        (None, None) => Ok(None),
        (Some(user), Some(password)) => Credentials::basic(&user, &password)
            .map(Some)
            .map_err(|error| format!("cannot use `OPS_USER` and `OPS_PASSWORD`: {}", ErrorChain(&error))),
        (Some(_), None) => Err("`OPS_USER` is set without `OPS_PASSWORD`; set both or neither".to_owned()),
        (None, Some(_)) => Err("`OPS_PASSWORD` is set without `OPS_USER`; set both or neither".to_owned()),
    }
}

/// Returns the value of an environment variable. An empty variable counts as unset.
pub(super) fn variable(name: &str) -> Result<Option<Zeroizing<String>>, String> {
    match env::var(name).map(Zeroizing::new) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("invalid `{name}`: not UTF-8; correct or unset it")),
    }
}
