//! Content negotiation of the exposition format by the `Accept` header (RFC 9110).
//!
//! If no format is acceptable, a default is served instead of 406 (Not Acceptable).

use super::format::{ContentType, Format};
use super::quality::{self, Preference};
use crate::name::Escaping;

/// Content negotiation.
impl ContentType {
    /// Selects the content type preferred by the `Accept` headers of a request.
    ///
    /// The highest quality value wins; among equal ones, the first. A media type without a version selects text 0.0.4 or
    /// OpenMetrics 1.0.0; unknown versions and invalid elements are ignored, and a quality of 0 excludes a format. If no
    /// format is acceptable, the result is text 0.0.4, which serves a scraper better than 406 (Not Acceptable).
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::exposition::{ContentType, Format};
    ///
    /// let accept = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    /// assert_eq!(ContentType::negotiate([accept]).format, Format::OpenMetrics_1_0_0);
    /// assert_eq!(ContentType::negotiate([]).format, Format::Text_0_0_4);
    /// ```
    pub fn negotiate<'a>(accept: impl IntoIterator<Item = &'a str>) -> ContentType {
        let ranges: Vec<Range<'_>> = quality::parse(accept).map(Range).collect();
        let is_excluded = |format: Format| ranges.iter().any(|range| range.0.weight() == 0 && range.names(format));
        let mut best: Option<(u16, ContentType)> = None;
        for range in ranges.iter().filter(|range| range.0.weight() > 0) {
            let Some(format) = range.formats().iter().copied().find(|format| !is_excluded(*format)) else { continue };
            if best.is_none_or(|(weight, _)| range.0.weight() > weight) {
                best = Some((range.0.weight(), ContentType { format, escaping: range.escaping() }));
            }
        }
        best.map(|(_, content_type)| content_type).unwrap_or_default()
    }
}

/// A media range of the header.
struct Range<'a>(Preference<'a>);

impl Range<'_> {
    /// Returns the formats that match the media range, the preferred one first.
    fn formats(&self) -> &'static [Format] {
        let is = |media_type: &str| self.0.value().eq_ignore_ascii_case(media_type);
        if is("*/*") {
            &[Format::Text_0_0_4, Format::OpenMetrics_1_0_0, Format::Protobuf]
        } else if is("text/*") {
            &[Format::Text_0_0_4]
        } else if is("application/*") {
            &[Format::OpenMetrics_1_0_0, Format::Protobuf]
        } else if is("text/plain") {
            match self.0.parameter("version") {
                None | Some("0.0.4") => &[Format::Text_0_0_4],
                Some("1.0.0") => &[Format::Text_1_0_0],
                Some(_) => &[],
            }
        } else if is("application/openmetrics-text") {
            match self.0.parameter("version") {
                None | Some("1.0.0") => &[Format::OpenMetrics_1_0_0],
                Some("0.0.1") => &[Format::OpenMetrics_0_0_1],
                Some(_) => &[],
            }
        } else if is("application/vnd.google.protobuf")
            && self.0.parameter("proto") == Some("io.prometheus.client.MetricFamily")
            && self.0.parameter("encoding") == Some("delimited")
        {
            &[Format::Protobuf]
        } else {
            &[]
        }
    }

    /// Returns `true` if the media range matches `format` without a wildcard.
    fn names(&self, format: Format) -> bool {
        !self.0.value().ends_with('*') && self.formats().contains(&format)
    }

    /// Returns the requested escaping scheme; unknown ones are ignored.
    fn escaping(&self) -> Option<Escaping> {
        let requested = self.0.parameter("escaping")?;
        Escaping::ALL.into_iter().find(|escaping| escaping.as_str() == requested)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
    const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    const PROTOBUF: &str =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

    #[track_caller]
    fn assert_answered(accept: &[&str], content_type: &str) {
        assert_eq!(ContentType::negotiate(accept.iter().copied()).to_string(), content_type, "{accept:?}");
    }

    #[test]
    fn selects_the_preferred_format_of_known_scrapers() {
        let prometheus_2_42 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                               text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let prometheus_2_42_with_native_histograms = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
             application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let prometheus_2_30 = "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let victoria_metrics = "text/plain;version=0.0.4;q=1,*/*;q=0.1";
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                            application/openmetrics-text;version=0.0.1;q=0.5,\
                            text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let prometheus_3_underscores = prometheus_3.replace("allow-utf-8", "underscores");
        let prometheus_3_with_native_histograms = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
             application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
             text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        assert_answered(&[prometheus_2_42], OPENMETRICS);
        assert_answered(&[prometheus_2_42_with_native_histograms], PROTOBUF);
        assert_answered(&[prometheus_2_30], "application/openmetrics-text; version=0.0.1; charset=utf-8");
        assert_answered(&[victoria_metrics], TEXT);
        assert_answered(&[prometheus_3], &format!("{OPENMETRICS}; escaping=allow-utf-8"));
        assert_answered(&[&prometheus_3_underscores], &format!("{OPENMETRICS}; escaping=underscores"));
        assert_answered(&[prometheus_3_with_native_histograms], PROTOBUF);
    }

    #[test]
    fn falls_back_to_text() {
        for accept in [
            "",
            "*/*",
            "text/*",
            "text/plain",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/json",
            "application/vnd.google.protobuf",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
            "application/openmetrics-text;version=2.0.0",
            "text/plain;version=0.0.3",
            "application/openmetrics-text;q=high",
            "application/openmetrics-text;q=1.5",
            "application/openmetrics-text;q=NaN",
            "application/openmetrics-text;q=0",
            "text/plain;q=0",
            ";;;,,=,\"",
            "\u{1f980}",
        ] {
            assert_answered(&[accept], TEXT);
        }
        assert_answered(&[], TEXT);
    }

    #[test]
    fn media_types_without_a_version_select_the_default_version() {
        assert_answered(&["application/openmetrics-text"], OPENMETRICS);
        assert_answered(&["text/plain"], TEXT);
        assert_answered(
            &["text/plain;version=1.0.0"],
            "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
        );
        assert_answered(
            &["text/plain;version=1.0.0;escaping=dots"],
            "text/plain; version=1.0.0; charset=utf-8; escaping=dots",
        );
    }

    #[test]
    fn highest_quality_wins_and_ties_go_to_the_first() {
        assert_answered(&["text/plain;q=0.5,application/openmetrics-text;q=0.6"], OPENMETRICS);
        assert_answered(&["text/plain,application/openmetrics-text"], TEXT);
        assert_answered(&["application/openmetrics-text,text/plain"], OPENMETRICS);
        assert_answered(&["text/*;q=0.5,application/*"], OPENMETRICS);
        assert_answered(&["*/*,application/openmetrics-text;q=0.9"], TEXT);
        assert_answered(&["application/openmetrics-text;q=0.001,text/plain;q=0.0"], OPENMETRICS);
    }

    #[test]
    fn quality_0_excludes_a_format_from_wildcards() {
        assert_answered(&["application/openmetrics-text;q=0,*/*;q=0.1"], TEXT);
        assert_answered(&["text/plain;q=0,*/*;q=0.1"], OPENMETRICS);
        assert_answered(&["application/openmetrics-text;q=0,application/*"], PROTOBUF);
    }

    #[test]
    fn ignores_case_whitespace_quotes_and_other_parameters() {
        assert_answered(&["Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Charset=UTF-8 ; Q=0.9"], OPENMETRICS);
        assert_answered(&["text/html;x=\",application/openmetrics-text,\""], TEXT);
    }

    #[test]
    fn reads_all_header_lines() {
        assert_answered(&["text/plain;q=0.5", "application/openmetrics-text"], OPENMETRICS);
    }

    #[test]
    fn escaping_is_taken_from_the_selected_element() {
        let unselected = "application/openmetrics-text;version=9;escaping=values,text/plain;version=1.0.0;q=0.5";
        assert_answered(&[unselected], "text/plain; version=1.0.0; charset=utf-8; escaping=underscores");
        assert_answered(&["application/openmetrics-text;escaping=zigzag"], OPENMETRICS);
    }
}
