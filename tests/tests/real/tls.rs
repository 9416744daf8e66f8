//! TLS with real clients: `curl` and `openssl`.

use ops::rbac::{CertificateName, Cost, Policy};
use ops::{Api, Health, Metrics, Running, Tls};
use ops_tests::certificates::Authority;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

/// Creates certificate files, and starts a server on which `alice` has a client certificate.
async fn server() -> (TempDir, Running) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    std::fs::write(folder.path().join("ca.crt"), authority.certificate()).unwrap();
    std::fs::write(folder.path().join("other.crt"), Authority::new().certificate()).unwrap();
    authority.server().write(folder.path(), "server");
    authority.issue("alice", &["email:alice@example.org"], 4096).write(folder.path(), "alice");
    Authority::new().issue("alice", &["email:alice@example.org"], 4096).write(folder.path(), "forged");
    let at = |name: &str| folder.path().join(name);
    let policy = Policy::with_cost(Cost::fastest_for_tests()).with_standard_roles();
    policy.add_user("alice", &["viewer"]);
    policy.add_certificate("alice", CertificateName::email("alice@example.org").unwrap()).unwrap();
    let tls = Tls::new(at("server.crt"), at("server.key")).accept_client_certificates(at("ca.crt"));
    let builder = Api::builder().health(Arc::new(Health::new())).metrics(Arc::new(Metrics::new()));
    let running = builder.policy(policy).tls(tls).build().unwrap().bind("127.0.0.1:0").await.unwrap().spawn();
    (folder, running)
}

/// Runs `program`. Returns its exit code and output.
async fn run(folder: &TempDir, program: &'static str, arguments: &str) -> (i32, String) {
    let mut command = Command::new(program);
    command.args(arguments.split(' ')).current_dir(folder.path()).stdin(Stdio::null());
    let output =
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().expect("the program is installed");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn curl_is_authenticated_by_its_client_certificate() {
    let (folder, running) = server().await;
    let url = format!("https://localhost:{}", running.local_addr().unwrap().port());
    let curl = async |rest: String| run(&folder, "curl", &format!("-sS --max-time 20 {rest}")).await;
    assert_eq!(curl(format!("--cacert ca.crt {url}/livez")).await, (0, "ok\n".to_owned()));
    let (code, text) = curl(format!("--cacert ca.crt -w %{{http_version}} -o /dev/null {url}/livez")).await;
    assert_eq!((code, text.as_str()), (0, "1.1"), "negotiated although curl offers HTTP/2");
    for version in ["--tlsv1.2 --tls-max 1.2", "--tlsv1.3"] {
        let (code, text) =
            curl(format!("--cacert ca.crt {version} --cert alice.crt --key alice.key {url}/admin/whoami")).await;
        assert!(code == 0 && text.contains(r#""user":"alice","authentication":"certificate""#), "{version}: {text}");
    }
    assert_eq!(curl(format!("--cacert ca.crt -o /dev/null -w %{{http_code}} {url}/info")).await.1, "401");
    assert_eq!(curl(format!("--cacert other.crt {url}/livez")).await.0, 60, "curl rejects an unknown authority");
    let (code, text) = curl(format!("--cacert ca.crt --cert forged.crt --key forged.key {url}/livez")).await;
    assert!(code != 0 && text.contains("alert"), "{code} {text}");
    let (code, text) = curl(url.replace("https", "http")).await;
    assert_eq!((code, text.as_str()), (0, "this port requires TLS; use https://\n"));
    assert_eq!(curl(format!("--cacert ca.crt {url}/livez")).await.1, "ok\n", "the server still serves");
}

#[tokio::test]
async fn openssl_negotiates_tls_1_2_and_1_3_only() {
    let (folder, running) = server().await;
    let port = running.local_addr().unwrap().port();
    let openssl = async |rest: &str| {
        let arguments = format!("s_client -connect localhost:{port} -CAfile ca.crt -verify_return_error {rest}");
        run(&folder, "openssl", &arguments).await
    };
    for (version, found) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let (code, text) = openssl(&format!("{version} -alpn h2,http/1.1")).await;
        assert!(code == 0 && text.contains(&format!("New, {found}, Cipher is ")), "{version}: {text}");
        assert!(
            text.contains("ALPN protocol: http/1.1") && !text.contains("Renegotiation IS supported\nTLS"),
            "{text}"
        );
    }
    for version in ["-tls1_1 -cipher ALL:@SECLEVEL=0", "-tls1 -cipher ALL:@SECLEVEL=0"] {
        let (code, text) = openssl(version).await;
        assert!(code != 0 && text.contains("Cipher is (NONE)"), "{version}: {text}");
    }
}
