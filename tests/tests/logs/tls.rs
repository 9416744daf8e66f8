//! Log events of the TLS files.

use ops::{Api, Health, Metrics, Tls};
use ops_tests::log::LogBuffer;
use ops_tests::tls::Files;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use tracing::subscriber::with_default;

/// Builds an API whose key file has this mode.
///
/// Returns the log output, without timestamps, and the result.
fn build(files: &Files, mode: u32) -> (String, Result<(), String>) {
    let log = LogBuffer::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_target(false);
    let built = with_default(subscriber.with_writer(move || writer.clone()).finish(), || {
        let key = files.path("server.key");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let api = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()));
        api.tls(Tls::new(files.path("server.crt"), key)).build()
    });
    (log.text(), built.map(drop).map_err(|error| error.to_string()))
}

#[test]
fn world_readable_key_is_warned_about_and_world_writable_key_is_rejected() {
    let files = Files::new();
    let key = files.path("server.key").display().to_string();
    let warning = format!(" WARN TLS key file is readable by all users: run `chmod o-r` on it path={key}\n");
    for (mode, expected) in [(0o600, ""), (0o640, ""), (0o644, &*warning), (0o604, &*warning)] {
        assert_eq!(build(&files, mode), (expected.to_owned(), Ok(())), "{mode:o}");
    }
    let refusal = format!("invalid TLS file `{key}`: writable by all users; run `chmod o-w` on it");
    assert_eq!(build(&files, 0o646), (String::new(), Err(refusal)));
}

#[test]
fn certificate_that_expired_before_startup_is_logged_as_an_error() {
    let files = Files::new();
    files.authority.issue("server", &["dns:localhost"], 2020).write(files.folder.path(), "server");
    let certificate = files.path("server.crt").display().to_string();
    let expired =
        format!("ERROR server certificate has expired: most clients will reject it; renew it path={certificate}\n");
    assert_eq!(build(&files, 0o600), (expired, Ok(())));
}
