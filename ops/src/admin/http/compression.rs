//! Content codings: negotiation by `Accept-Encoding`, and compressors.

use crate::exposition::quality::{self, Preference};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentCoding {
    Identity,
    Gzip,
    #[cfg(feature = "zstd")]
    Zstd,
}

/// Fastest compression level: scrapes are frequent, and their text compresses well at any level.
const GZIP_LEVEL: u32 = 1;
#[cfg(feature = "zstd")]
const ZSTD_LEVEL: i32 = 1;

impl ContentCoding {
    /// Compressing codings by name, in order of preference.
    const NAMES: &[(&str, ContentCoding)] = &[
        #[cfg(feature = "zstd")]
        ("zstd", ContentCoding::Zstd),
        ("gzip", ContentCoding::Gzip),
        ("x-gzip", ContentCoding::Gzip),
    ];

    /// Returns the acceptable coding with the highest weight.
    ///
    /// Among equals, returns the first of [`NAMES`](Self::NAMES). A wildcard selects gzip. Returns `Identity` if no coding is
    /// acceptable, so that a request is never rejected.
    pub(crate) fn negotiate(headers: &HeaderMap) -> ContentCoding {
        let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let preferences: Vec<Preference<'_>> = quality::parse(lines).collect();
        let weight = |name: &str| {
            let named = preferences.iter().find(|each| each.value().eq_ignore_ascii_case(name));
            named.map(Preference::weight)
        };
        let wildcard = weight("*");
        let mut best = (ContentCoding::Identity, weight("identity").unwrap_or(0));
        for (name, coding) in Self::NAMES {
            let found = weight(name).or(wildcard.filter(|_| *name == "gzip")).unwrap_or(0);
            let is_better = found > best.1 || found == best.1 && best.0 == ContentCoding::Identity;
            if found > 0 && is_better {
                best = (*coding, found);
            }
        }
        best.0
    }

    /// Returns the value of `Content-Encoding`, if any.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            ContentCoding::Identity => None,
            ContentCoding::Gzip => Some("gzip"),
            #[cfg(feature = "zstd")]
            ContentCoding::Zstd => Some("zstd"),
        }
    }
}

/// A writer that compresses into another writer.
pub(crate) enum Compressor<W: Write> {
    Identity(W),
    Gzip(GzEncoder<W>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Compressor<W> {
    pub(crate) fn new(coding: ContentCoding, to: W) -> io::Result<Self> {
        Ok(match coding {
            ContentCoding::Identity => Compressor::Identity(to),
            ContentCoding::Gzip => Compressor::Gzip(GzEncoder::new(to, Compression::new(GZIP_LEVEL))),
            #[cfg(feature = "zstd")]
            ContentCoding::Zstd => Compressor::Zstd(zstd::stream::write::Encoder::new(to, ZSTD_LEVEL)?),
        })
    }

    /// Writes the rest of the compressed data and returns the inner writer.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Compressor::Identity(to) => Ok(to),
            Compressor::Gzip(encoder) => encoder.finish(),
            #[cfg(feature = "zstd")]
            Compressor::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Compressor::Identity(to) => to.write(bytes),
            Compressor::Gzip(encoder) => encoder.write(bytes),
            #[cfg(feature = "zstd")]
            Compressor::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Compressor::Identity(to) => to.flush(),
            Compressor::Gzip(encoder) => encoder.flush(),
            #[cfg(feature = "zstd")]
            Compressor::Zstd(encoder) => encoder.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn negotiates_the_coding_with_the_highest_weight() {
        for (accept, coding) in [
            ("gzip", Some("gzip")),
            ("GZip", Some("gzip")),
            ("x-gzip", Some("gzip")),
            ("gzip, deflate, br", Some("gzip")),
            ("deflate;q=1.0, gzip;q=0.5", Some("gzip")),
            ("*", Some("gzip")),
            ("identity, gzip", Some("gzip")),
            ("gzip;q=0.001", Some("gzip")),
            ("identity;q=0, gzip;q=0.1", Some("gzip")),
            ("identity", None),
            ("identity;q=1, gzip;q=0.5", None),
            ("gzip;q=0", None),
            ("gzip ; q=0.0", None),
            ("gzip;q=0, *", None),
            ("*;q=0", None),
            ("identity;q=0", None),
            ("br", None),
            ("gzip;q=high", None),
            ("", None),
            (";;q=,", None),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accept))]);
            assert_eq!(ContentCoding::negotiate(&headers).name(), coding, "{accept:?}");
        }
        assert_eq!(ContentCoding::negotiate(&HeaderMap::new()), ContentCoding::Identity);
    }

    #[cfg(feature = "zstd")]
    #[test]
    fn zstd_is_selected_only_by_name() {
        for (accept, coding) in [
            ("zstd", "zstd"),
            ("gzip, zstd", "zstd"),
            ("gzip, zstd;q=0.9", "gzip"),
            ("gzip, zstd;q=0", "gzip"),
            ("gzip;q=0.5, *", "gzip"),
            ("*", "gzip"),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accept))]);
            assert_eq!(ContentCoding::negotiate(&headers).name(), Some(coding), "{accept:?}");
        }
    }
}
