//! What the log says of the files of TLS.

use ops::{Api, Health, Metrics, Tls};
use ops_tests::log::Written;
use ops_tests::tls::Files;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use tracing::subscriber::with_default;

/// What is said, without the time, when files are read of which the key has this mode, and how that ends.
fn said(files: &Files, mode: u32) -> (String, Result<(), String>) {
    let log = Written::default();
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
fn a_key_that_everyone_may_read_is_warned_of_and_one_that_everyone_may_write_is_refused() {
    let files = Files::new();
    let key = files.path("server.key").display().to_string();
    let warning = format!(
        " WARN everyone on this machine may read the key of the server: take that away with `chmod o-r` path={key}\n"
    );
    for (mode, expected) in [(0o600, ""), (0o640, ""), (0o644, &*warning), (0o604, &*warning)] {
        assert_eq!(said(&files, mode), (expected.to_owned(), Ok(())), "{mode:o}");
    }
    let refusal = format!("{key}, of TLS, is refused: everyone may write it: take that away with `chmod o-w`");
    assert_eq!(said(&files, 0o646), (String::new(), Err(refusal)));

    files.authority.issue("server", &["dns:localhost"], 2020).write(files.folder.path(), "server");
    let certificate = files.path("server.crt").display().to_string();
    let expired =
        format!("ERROR the certificate of the server has expired: most clients will refuse it path={certificate}\n");
    assert_eq!(said(&files, 0o600), (expired, Ok(())));
}
