//! Property tests of the text formats: any name or label value is valid and parses back to itself.

use ops::exposition::{ContentType, Escaping, Exposition, Format};
use ops::{Metrics, attr};
use ops_tests::exposition::{Labels, Sample, samples};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(ops::Labels)]
struct Label<'a> {
    label: &'a str,
}

/// Generates strings of characters that are special in the formats, and of any others.
fn value() -> impl Strategy<Value = String> {
    let hard =
        prop::sample::select("\"\\\n\r\t\0\u{7f}{},=# n\u{1f980}\u{85}\u{2028}\u{feff}é".chars().collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![3 => hard, 1 => any::<char>()], 0..16).prop_map(String::from_iter)
}

/// Returns the labels as they parse back: an empty label is equivalent to an absent one.
fn labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a String)>) -> Labels {
    let present = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    present.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// Reverses [`Escaping::Values`].
fn unescaped(name: &str) -> String {
    let Some(mut rest) = name.strip_prefix("U__") else { return name.to_owned() };
    let mut raw = String::new();
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match rest.split_once('_') {
            Some(("", after)) if char == '_' => {
                raw.push('_');
                rest = after;
            }
            Some((code, after)) if char == '_' => {
                raw.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
                rest = after;
            }
            _ => raw.push(char),
        }
    }
    raw
}

proptest! {
    #[test]
    fn quoted_and_escaped_names_parse_back(name in value(), label in value()) {
        prop_assume!(!name.is_empty());
        let metrics = Metrics::new();
        let gauge = metrics.register_utf8(&name, "", None, ops::Gauge::<Label<'static>>::new()).unwrap();
        gauge.with(&Label { label: &label }).set(1.0);
        let shown = |format, escaping| {
            let mut bytes = Vec::new();
            Exposition::new(format).escaping(escaping).write(&metrics.snapshot(), &mut bytes).unwrap();
            samples(&String::from_utf8(bytes).unwrap()).unwrap()
        };
        for format in [Format::Text_1_0_0, Format::OpenMetrics_1_0_0] {
            let labels = labels([("label", &label)]);
            let expected = |name: String| [Sample::new(name, labels.clone(), "1")];
            prop_assert_eq!(shown(format, Escaping::AllowUtf8), expected(name.clone()));
            for escaping in [Escaping::Underscores, Escaping::Dots, Escaping::Values] {
                let escaped = escaping.escape(&name).into_owned();
                prop_assert!(ops::name::is_metric_name(&escaped));
                prop_assert_eq!(shown(format, escaping), expected(escaped));
            }
        }
        prop_assert_eq!(unescaped(&Escaping::Values.escape(&name)), name);
    }

    #[test]
    fn output_is_independent_of_update_order(
        values in prop::collection::vec((value(), any::<bool>(), any::<u32>()), 1..20)
    ) {
        let counted = |values: &mut dyn Iterator<Item = &(String, bool, u32)>| {
            let metrics = Metrics::new();
            for (label, is_sold, by) in values {
                let counter = metrics.counter(if *is_sold { "sold_total" } else { "bought_total" });
                counter.add(u64::from(*by), &[attr("label", label.clone())]);
            }
            metrics
        };
        let (one, other) = (counted(&mut values.iter()), counted(&mut values.iter().rev()));
        prop_assert_eq!(one.to_text(), other.to_text());
        prop_assert_eq!(one.to_text(), one.to_text());
        for format in [Format::OpenMetrics_1_0_0, Format::Protobuf] {
            let bytes = |metrics: &Metrics| {
                let mut bytes = Vec::new();
                Exposition::new(format).write(&metrics.snapshot(), &mut bytes).unwrap();
                bytes
            };
            prop_assert_eq!(bytes(&one), bytes(&other));
        }
    }

    #[test]
    fn every_accept_header_selects_a_known_format(accept in prop::collection::vec(any::<String>(), 0..3)) {
        let content_type = ContentType::negotiate(accept.iter().map(String::as_str));
        let known = ["text/plain; version=", "application/openmetrics-text; version=", "application/vnd.google.protobuf; "];
        prop_assert!(known.iter().any(|known| content_type.to_string().starts_with(known)));
    }

    #[test]
    fn label_values_parse_back(values in prop::collection::vec((value(), value(), any::<u32>()), 1..8)) {
        let metrics = Metrics::new();
        let mut expected: BTreeMap<Labels, u64> = BTreeMap::new();
        for (one, other, by) in &values {
            metrics.counter("values_total").add(u64::from(*by), &[attr("one", one.clone()), attr("other", other.clone())]);
            let labels = labels([("one", one), ("other", other)]);
            *expected.entry(labels).or_default() += u64::from(*by);
        }
        let mut openmetrics = Vec::new();
        metrics.write_openmetrics(&mut openmetrics).unwrap();
        for text in [metrics.to_text(), String::from_utf8(openmetrics).unwrap()] {
            let samples = samples(&text).unwrap();
            prop_assert!(samples.iter().all(|sample| sample.name == "values_total"));
            let found: BTreeMap<_, _> =
                samples.iter().map(|sample| (sample.labels.clone(), sample.value.parse().unwrap())).collect();
            prop_assert_eq!(found.len(), samples.len());
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn numbers_parse_back(value in any::<f64>(), count in any::<u64>()) {
        let metrics = Metrics::new();
        metrics.gauge("level").set(value, &[]);
        metrics.counter("things_total").add(count, &[]);
        let samples = samples(&metrics.to_text()).unwrap();
        let level: f64 = samples[0].value.parse().unwrap();
        prop_assert!(level.to_bits() == value.to_bits() || level.is_nan() && value.is_nan());
        prop_assert_eq!(samples[1].value.parse::<u64>(), Ok(count));
    }
}
