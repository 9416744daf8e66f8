//! Series lifetime: removal by `clear`, created timestamps, and invalid updates.

use super::{CLASSIC, HISTOGRAMS, Peer, samples_of};
use ops::exposition::{Exposition, Format};
use ops::metric::InstrumentOptions;
use ops::{Counter, Gauge, Histogram, Metrics, Summary};
use std::time::{SystemTime, UNIX_EPOCH};

fn openmetrics(metrics: &Metrics) -> String {
    let mut bytes = Vec::new();
    let exposition = Exposition::new(Format::OpenMetrics_1_0_0).created_samples(true);
    exposition.write(&metrics.snapshot(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// Waits for the next tick (1/64 s) of the clock of created timestamps.
fn next_tick() -> f64 {
    let started = now();
    while now() < started + 2.0 / 64.0 {
        std::thread::yield_now();
    }
    now()
}

#[test]
fn clear_removes_the_overflow_series_of_every_instrument() {
    let metrics = Metrics::new();
    let options = InstrumentOptions::new().max_series(2);
    let counter = metrics.register("counter", "", None, Counter::<Peer>::with_options(options)).unwrap();
    let gauge = metrics.register("gauge", "", None, Gauge::<Peer>::with_options(options)).unwrap();
    let summary = metrics.register("summary", "", None, Summary::<Peer>::with_options(options)).unwrap();
    let histograms = HISTOGRAMS.iter().zip(["classic", "native", "both"]).map(|(options, name)| {
        let histogram = Histogram::<Peer>::with_options(options.max_series(2));
        metrics.register(name, "", None, histogram).unwrap()
    });
    let histograms: Vec<_> = histograms.collect();
    for _ in 0..3 {
        for peer in 0..5 {
            counter.with(&Peer { peer }).inc();
            gauge.with(&Peer { peer }).add(1.0);
            summary.with(&Peer { peer }).observe(1.0);
            histograms.iter().for_each(|histogram| histogram.with(&Peer { peer }).observe(1.0));
        }
        let text = metrics.to_text();
        for sample in ["counter_total", "gauge", "summary_sum", "classic_sum", "native_sum", "both_sum"] {
            let expected = [("ops_overflow=\"true\"", 3.0), ("peer=\"0\"", 1.0), ("peer=\"1\"", 1.0)];
            assert_eq!(samples_of(&text, sample), expected.map(|(labels, value)| (labels.to_owned(), value)));
        }
        counter.clear();
        gauge.clear();
        summary.clear();
        histograms.iter().for_each(|histogram| histogram.clear());
        let text = metrics.to_text();
        assert!(!text.contains("{ops_overflow"), "{text}");
        assert!(!text.contains("peer="), "{text}");
    }
}

/// Returns the OpenMetrics created timestamp of the series with these labels.
fn created(metrics: &Metrics, sample: &str, labels: &str) -> Option<f64> {
    let samples = samples_of(&openmetrics(metrics), sample);
    samples.into_iter().find(|(of, _)| of == labels).map(|(_, created)| created)
}

#[test]
fn recreated_series_has_a_new_created_timestamp() {
    let metrics = Metrics::new();
    let options = InstrumentOptions::new().max_series(2);
    let counter = metrics.register("counter", "", None, Counter::<Peer>::with_options(options)).unwrap();
    let summary = metrics.register("summary", "", None, Summary::<Peer>::with_options(options)).unwrap();
    let histogram = Histogram::<Peer>::with_options(options.buckets(CLASSIC));
    let histogram = metrics.register("histogram", "", None, histogram).unwrap();
    let update = || {
        for peer in 0..5 {
            counter.with(&Peer { peer }).inc();
            summary.with(&Peer { peer }).observe(1.0);
            histogram.with(&Peer { peer }).observe(1.0);
        }
    };
    update();
    const SAMPLES: [&str; 3] = ["counter_created", "summary_created", "histogram_created"];
    let [peer, overflow] = ["peer=\"0\"", "ops_overflow=\"true\""];
    let first = SAMPLES.map(|sample| [peer, overflow].map(|labels| created(&metrics, sample, labels).unwrap()));
    assert!(
        first.iter().flatten().all(|created| *created == first[0][0]),
        "series were created at different times: {first:?}"
    );

    let removed = next_tick();
    assert!(counter.remove(&Peer { peer: 0 }));
    assert!(summary.remove(&Peer { peer: 0 }));
    assert!(histogram.remove(&Peer { peer: 0 }));
    update();
    for sample in SAMPLES {
        assert!(created(&metrics, sample, peer).unwrap() >= removed - 0.001, "{sample}");
        assert_eq!(created(&metrics, sample, "peer=\"1\""), Some(first[0][0]), "{sample}");
        assert_eq!(created(&metrics, sample, overflow), Some(first[0][0]), "{sample}");
    }

    let cleared = next_tick();
    counter.clear();
    summary.clear();
    histogram.clear();
    update();
    for sample in SAMPLES {
        for labels in [peer, "peer=\"1\"", overflow] {
            let created = created(&metrics, sample, labels).unwrap();
            assert!(created >= cleared - 0.001 && created <= now() + 1.0, "{sample}{{{labels}}}: {created}, {cleared}");
        }
    }
}

#[test]
fn gauge_never_becomes_nan() {
    let metrics = ops::metrics();
    let nan = || {
        let samples = samples_of(&metrics.to_text(), "ops_metric_errors_total");
        samples.iter().find(|(labels, _)| labels == "reason=\"nan\"").map_or(0.0, |(_, value)| *value)
    };
    let before = nan();
    let gauge = Gauge::<Peer>::new();
    let series = gauge.with(&Peer { peer: 1 });
    series.set(7.0);
    series.add(f64::NAN);
    assert_eq!((series.value(), nan() - before), (7.0, 1.0));
    series.set(f64::INFINITY);
    series.add(f64::NEG_INFINITY);
    assert_eq!((series.value(), nan() - before), (f64::INFINITY, 2.0), "an addition with the result NaN is dropped");
    let plain = Gauge::<()>::new();
    plain.add(f64::NAN);
    assert_eq!((plain.value(), nan() - before), (0.0, 3.0));
}
