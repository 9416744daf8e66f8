//! Prometheus itself scrapes the example, and counts what was placed.
#![cfg(feature = "real")]

use ops_tests::quickstart::{Quickstart, binary};
use ops_tests::{exchange, get, parse};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

#[tokio::test]
async fn prometheus_counts_exactly_the_orders_that_were_placed() {
    let quickstart = Quickstart::start(Command::new(binary().await)).await;
    let prometheus = Prometheus::start(quickstart.ops).await;

    // Before an order the series are there, at 0; so Prometheus sees the very first one as an increase.
    let by_channel = "sum(orders_total)by(channel)";
    prometheus.wait_for(by_channel, &[("shop", "0"), ("web", "0")]).await;

    for (channel, orders) in [("web", 7), ("shop", 4)] {
        for _ in 0..orders {
            let order = json!({ "item": "tea", "quantity": 1, "channel": channel });
            assert_eq!(quickstart.place(&order).await.status, 201);
        }
    }
    prometheus.wait_for(by_channel, &[("shop", "4"), ("web", "7")]).await;
    prometheus.wait_for("sum(place_order_total{outcome=\"ok\"})by(channel)", &[("shop", "4"), ("web", "7")]).await;

    let targets = prometheus.ask("/api/v1/targets").await;
    let target = &targets["data"]["activeTargets"][0];
    assert_eq!((&target["health"], &target["lastError"]), (&json!("up"), &json!("")), "{target}");
    quickstart.interrupt().await;
}

#[tokio::test]
async fn promtool_has_nothing_to_say_about_the_metrics() {
    let quickstart = Quickstart::start(Command::new(binary().await)).await;
    quickstart.place(&json!({ "item": "tea", "quantity": 1, "channel": "web" })).await;
    let metrics = get(quickstart.ops, "/metrics", &[]).await.body;

    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = start(promtool);
    promtool.stdin.take().unwrap().write_all(metrics.as_bytes()).await.unwrap();
    let output = promtool.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{metrics}");
    quickstart.interrupt().await;
}

/// A Prometheus that scrapes one target every second; killed when it is dropped.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Prometheus {
    async fn start(target: SocketAddr) -> Self {
        // Free a moment ago: Prometheus takes no port 0.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("prometheus-{}", address.port()));
        std::fs::create_dir_all(&folder).expect("a folder of the tests");
        let configuration = folder.join("prometheus.yml");
        let text = json!({
            "global": { "scrape_interval": "1s", "scrape_timeout": "1s" },
            "scrape_configs": [{ "job_name": "quickstart", "static_configs": [{ "targets": [target.to_string()] }] }],
        });
        // YAML reads JSON.
        std::fs::write(&configuration, text.to_string()).expect("a folder that can be written to");

        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=error");
        Prometheus { child: start(command), address, folder }
    }

    /// Waits until the answer to `query` is these values by channel, or says what it was last.
    async fn wait_for(&self, query: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(channel, value)| json!([channel, value])).collect();
        let path = format!("/api/v1/query?query={}", query.replace('"', "%22"));
        let mut last = Value::Null;
        let poll = async {
            let mut tick = interval(Duration::from_millis(100));
            while TcpStream::connect(self.address).await.is_err() {
                tick.tick().await;
            }
            loop {
                tick.tick().await;
                last = self.ask(&path).await;
                let results = last["data"]["result"].as_array().into_iter().flatten();
                let mut seen: Vec<_> =
                    results.map(|result| json!([result["metric"]["channel"], result["value"][1]])).collect();
                seen.sort_by_key(Value::to_string);
                if seen == expected {
                    return;
                }
            }
        };
        if timeout(Duration::from_secs(60), poll).await.is_err() {
            panic!("`{query}` never was {expected:?}; last: {last}");
        }
    }

    /// What its API answers; null while it is starting. Asked in HTTP/1.0, where no answer is chunked.
    async fn ask(&self, path: &str) -> Value {
        let answer = exchange(self.address, &format!("GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address)).await;
        serde_json::from_str(&parse(&answer).body).unwrap_or_default()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        // What it was writing just now may be left; it is in the target folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn start(mut command: Command) -> Child {
    command.kill_on_drop(true);
    command.spawn().unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => panic!("these tests need Prometheus: install it with `apt-get install prometheus`"),
        _ => panic!("{command:?}: {error}"),
    })
}
