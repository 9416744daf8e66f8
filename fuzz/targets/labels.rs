//! Fuzzes the round trip of names, help texts and label values in every format and escaping scheme.
//!
//! The input is a list of NUL-separated texts: the help text, the name, then pairs of values for two labels.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ops::exposition::{Escaping, Exposition, Format};
use ops::{Gauge, Metrics};
use ops_fuzz::protobuf::{Gauges, gauges};
use ops_tests::exposition::{Labels, samples};
use std::collections::BTreeMap;

#[derive(ops::Labels)]
struct Two<'a> {
    one: &'a str,
    other: &'a str,
}

const TEXTS: [Format; 4] =
    [Format::Text_0_0_4, Format::Text_1_0_0, Format::OpenMetrics_0_0_1, Format::OpenMetrics_1_0_0];

fuzz_target!(|text: &str| {
    let mut texts = text.split('\0');
    let (help, name) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    let values: Vec<&str> = texts.collect();
    let metrics = Metrics::new();
    let Ok(gauge) = metrics.register_utf8(name, help, None, Gauge::<Two<'static>>::new()) else { return };
    let mut expected: BTreeMap<Labels, f64> = BTreeMap::new();
    for (at, pair) in values.chunks(2).enumerate() {
        let [one, other] = [pair[0], pair.get(1).copied().unwrap_or_default()];
        gauge.with(&Two { one, other }).set(at as f64);
        // An empty label value is equivalent to an absent label.
        let labels = [("one", one), ("other", other)].into_iter().filter(|(_, value)| !value.is_empty());
        let labels = labels.map(|(name, value)| (name.to_owned(), truncate(value).to_owned())).collect();
        expected.insert(labels, at as f64);
    }
    let snapshot = metrics.snapshot();
    for escaping in Escaping::ALL {
        let encode = |format| {
            let mut bytes = Vec::new();
            Exposition::new(format)
                .escaping(escaping)
                .write(&snapshot, &mut bytes)
                .expect("writing to memory is infallible");
            bytes
        };
        for format in TEXTS {
            let text = String::from_utf8(encode(format)).expect("output is not UTF-8");
            let escaping = match (format, escaping) {
                (Format::Text_0_0_4, Escaping::AllowUtf8) => Escaping::Underscores,
                _ => escaping,
            };
            let name = escaping.escape(name);
            let mut found = BTreeMap::new();
            // A family without series is not written.
            let lines = if text.is_empty() { Ok(Vec::new()) } else { samples(&text) };
            for sample in lines.unwrap_or_else(|error| panic!("{error} in {text}")) {
                assert_eq!(sample.name, name, "{format:?} {escaping:?}");
                found.insert(sample.labels, sample.value.parse::<f64>().expect("value is not a number"));
            }
            assert_eq!(found, expected, "{format:?} {escaping:?} {text}");
        }
        let family =
            Gauges { name: escaping.escape(name).into_owned(), help: help.to_owned(), values: expected.clone() };
        let found = gauges(&encode(Format::Protobuf)).expect("output is not valid protobuf");
        assert!(found == [family] || (found.is_empty() && expected.is_empty()), "{escaping:?} {found:?}");
    }
});

/// Truncates a label value as the library does, to 1,024 bytes.
fn truncate(value: &str) -> &str {
    &value[..value.floor_char_boundary(1024)]
}
