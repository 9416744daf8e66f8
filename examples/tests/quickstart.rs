//! End-to-end tests of the quickstart program.

use ops_tests::get;
use ops_tests::program::{ProgramOutput, run};
use ops_tests::quickstart::Quickstart;
use serde_json::json;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

fn quickstart_command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_quickstart"))
}

#[tokio::test]
async fn once_prints_results_as_expected() {
    let ProgramOutput { code, stdout, stderr, .. } = run(quickstart_command().arg("--once")).await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    let (addresses, rest) = stdout.split_once('\n').expect("a line");
    assert!(addresses.starts_with("orders at http://127.0.0.1:"), "{addresses}");
    let (table, verdict) = rest.split_once("GET /info     process ").expect("a table");
    assert_eq!(
        table,
        "
POST /orders  orders accepted                             5
POST /orders  status of an order of nothing               422
GET /orders   orders listed                               5
GET /healthz  alive                                       ok
GET /readyz   ready                                       healthy
GET /readyz     db                                        healthy
GET /readyz     disk                                      healthy
GET /readyz     integrity                                 healthy
GET /metrics  orders_total{channel=\"web\"}                 3
GET /metrics  orders_total{channel=\"shop\"}                2
GET /metrics  stored_orders                               5
GET /metrics  order_quantity_sum                          44
GET /metrics  place_order_total{outcome=\"ok\"}             5
GET /metrics  place_order_total{outcome=\"error\"}          1
GET /metrics  order_place_duration_seconds_count          6
"
    );
    assert!(verdict.ends_with("\n\nall 16 results are as expected\n"), "{verdict}");
}

#[tokio::test]
async fn port_in_use_is_a_one_line_error_with_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    for arguments in [["--port", &port, "--ops-port", "0"], ["--port", "0", "--ops-port", &port]] {
        let ProgramOutput { code, stdout, stderr, .. } = run(quickstart_command().args(arguments)).await;
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        assert!(stderr.starts_with(&format!("Error: cannot listen on `127.0.0.1:{port}`: ")), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[tokio::test]
async fn ctrl_c_exits_with_code_0_and_removes_the_database() {
    let mut command = quickstart_command();
    let temporary = empty_folder("ctrl-c");
    command.env("TMPDIR", &temporary);
    let quickstart = Quickstart::start(command).await;

    let placed = quickstart.place(&json!({ "item": "tea", "quantity": 2, "channel": "shop" })).await;
    assert_eq!((placed.status, placed.body.as_str()), (201, r#"{"id":1,"item":"tea","quantity":2,"channel":"shop"}"#));
    let missing = get(quickstart.api, "/orders/2", &[]).await;
    assert_eq!((missing.status, missing.body.as_str()), (404, r#"{"error":"order 2 does not exist"}"#));
    let metrics = get(quickstart.ops, "/metrics", &[]).await.body;
    assert!(metrics.lines().any(|line| line == r#"orders_total{channel="shop",size="several"} 1"#), "{metrics}");
    assert_eq!(folder(&temporary).len(), 1, "the database exists");

    let (code, printed) = quickstart.interrupt().await;
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.ends_with("\nPress Ctrl-C to stop.\n"), "{printed}");
    assert_eq!(folder(&temporary), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn sigterm_exits_with_code_0_and_removes_the_database() {
    let mut command = quickstart_command();
    let temporary = empty_folder("terminate");
    command.env("TMPDIR", &temporary);
    let quickstart = Quickstart::start(command).await;
    let (code, printed) = quickstart.terminate().await;
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(folder(&temporary), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn accepts_orders_while_draining_until_a_second_signal() {
    let mut command = quickstart_command();
    command.args(["--drain-seconds", "3600"]);
    let quickstart = Quickstart::start(command).await;
    assert_eq!(get(quickstart.ops, "/readyz", &[]).await.status, 200);
    quickstart.signal("TERM").await;
    let is_drained = async {
        while get(quickstart.ops, "/readyz", &[]).await.json()["draining"] != true {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), is_drained).await.expect("readiness is off");
    assert_eq!(quickstart.place(&json!({ "item": "tea", "quantity": 1, "channel": "web" })).await.status, 201);
    assert_eq!(get(quickstart.ops, "/livez", &[]).await.status, 200);
    let (code, printed) = quickstart.terminate_again().await;
    assert_eq!(code, Some(0), "{printed}");
}

#[tokio::test]
async fn help_lists_the_options() {
    let ProgramOutput { code, stdout, stderr, .. } = run(quickstart_command().arg("--help")).await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(
        stdout,
        "\
A small order service with health checks, metrics and an admin API, on 127.0.0.1

Usage: quickstart [OPTIONS]

Options:
      --port <N>           Port of the order API; 0, the default with --once, selects a free port [default: 8080]
      --ops-port <M>       Port of the health checks, metrics and admin API; 0, the default with --once, selects a free port [default: 9464]
      --drain-seconds <N>  Drain delay: seconds between readiness off and the end of the order API [default: 0]
      --once               Place orders, verify the service's own endpoints, print the results, and exit
  -h, --help               Print help
"
    );
}

fn empty_folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("quickstart-{name}"));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a writable folder");
    path
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).expect("the folder exists");
    entries.map(|entry| entry.expect("a readable entry").path()).collect()
}
