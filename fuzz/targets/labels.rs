//! Names, helps and values of labels, in every format and every escaping: what is written is read back as it was.
//!
//! The input is texts with zero bytes between them: the help, the name, then the values of one label and of another in turn.

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
    let mut numbers: BTreeMap<Labels, f64> = BTreeMap::new();
    for (at, pair) in values.chunks(2).enumerate() {
        let [one, other] = [pair[0], pair.get(1).copied().unwrap_or_default()];
        gauge.with(&Two { one, other }).set(at as f64);
        // An empty label is an absent label.
        let labels = [("one", one), ("other", other)].into_iter().filter(|(_, value)| !value.is_empty());
        let labels = labels.map(|(name, value)| (name.to_owned(), cut(value).to_owned())).collect();
        numbers.insert(labels, at as f64);
    }
    let snapshot = metrics.snapshot();
    for escaping in Escaping::ALL {
        let shown = |format| {
            let mut bytes = Vec::new();
            Exposition::new(format).escaping(escaping).write(&snapshot, &mut bytes).expect("memory");
            bytes
        };
        for format in TEXTS {
            let text = String::from_utf8(shown(format)).expect("UTF-8");
            let escaping = match (format, escaping) {
                (Format::Text_0_0_4, Escaping::AllowUtf8) => Escaping::Underscores,
                _ => escaping,
            };
            let name = escaping.escape(name);
            let mut found = BTreeMap::new();
            // A family without a series is not there.
            let lines = if text.is_empty() { Ok(Vec::new()) } else { samples(&text) };
            for sample in lines.unwrap_or_else(|error| panic!("{error} in {text}")) {
                assert_eq!(sample.name, name, "{format:?} {escaping:?}");
                found.insert(sample.labels, sample.value.parse::<f64>().expect("a number"));
            }
            assert_eq!(found, numbers, "{format:?} {escaping:?} {text}");
        }
        let family =
            Gauges { name: escaping.escape(name).into_owned(), help: help.to_owned(), numbers: numbers.clone() };
        let found = gauges(&shown(Format::Protobuf)).expect("families");
        assert!(found == [family] || (found.is_empty() && numbers.is_empty()), "{escaping:?} {found:?}");
    }
});

/// What a label takes of a value: 1,024 bytes.
fn cut(value: &str) -> &str {
    &value[..value.floor_char_boundary(1024)]
}
