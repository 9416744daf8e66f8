//! Programs that use the `log` crate without a `tracing` subscriber receive the events of `ops`.

use log::{LevelFilter, Log, Metadata, Record};
use ops::{Api, Health, Metrics};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

struct Logger(Mutex<Sender<String>>);

impl Log for Logger {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let _ = self.0.lock().unwrap().send(format!("{} {} {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn events_reach_the_log_crate() {
    let (sender, lines) = channel();
    log::set_boxed_logger(Box::new(Logger(Mutex::new(sender)))).unwrap();
    log::set_max_level(LevelFilter::Info);
    let api = Api::builder().health(Health::new()).metrics(Metrics::new()).build().unwrap();
    let server = api.bind("127.0.0.1:0").await.unwrap();
    let expected = format!("INFO ops ops is listening address={}", server.address());
    assert_eq!(lines.recv_timeout(Duration::from_secs(30)), Ok(expected));
}
