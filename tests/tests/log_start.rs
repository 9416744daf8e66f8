//! The log event at the start of a server.

use ops::{Api, Health, Metrics};
use ops_tests::log::LogBuffer;

#[tokio::test]
async fn logs_the_address_it_listens_on() {
    let log = LogBuffer::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(move || writer.clone());
    let _logged = tracing::subscriber::set_default(subscriber.finish());
    let api = Api::builder().health(Health::new()).metrics(Metrics::new()).build().unwrap();
    let server = api.bind("127.0.0.1:0").await.unwrap();
    assert_eq!(log.wait_for_lines(1), format!(" INFO ops: ops is listening address={}\n", server.address()));
}
