//! Spans of annotated functions, forwarded to `tracing`.

use ops_tests::log::LogBuffer;
use tracing_subscriber::fmt::format::FmtSpan;

#[ops::instrument_span("order.place", fields(order.id = id))]
fn place(id: u64) -> Result<(), String> {
    tracing::info!("pricing");
    ops::Span::current().set_attr(ops::attr("priced", true));
    Err("declined".to_owned())
}

#[test]
fn events_are_in_the_span_of_their_function_which_records_its_error() {
    let written = LogBuffer::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .without_time()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    ops::install_observer(ops::trace::TracingObserver::default());

    tracing::subscriber::with_default(subscriber, || place(7)).unwrap_err();

    let text = written.text();
    // Strip the times, which vary.
    let lines: Vec<_> = text.lines().map(|line| line.split(" time.").next().unwrap_or_default()).collect();
    assert_eq!(
        lines,
        [
            " INFO span{name=\"order.place\" attrs=order.id=7}: logs::tracing_observer: pricing",
            " INFO span{name=\"order.place\" attrs=order.id=7 attrs=order.id=7 priced=true error=declined}: ops: close",
        ]
    );
}
