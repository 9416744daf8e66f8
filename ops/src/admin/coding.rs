//! How an answer is compressed: the coding that the caller likes best, by its `Accept-Encoding`.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    #[cfg(feature = "zstd")]
    Zstd,
}

/// Fast rather than small: a scrape is written every few seconds, and its lines are much alike.
const GZIP_LEVEL: u32 = 1;
#[cfg(feature = "zstd")]
const ZSTD_LEVEL: i32 = 1;

impl Coding {
    /// The names of those that compress, the best first.
    const NAMES: &[(&str, Coding)] = &[
        #[cfg(feature = "zstd")]
        ("zstd", Coding::Zstd),
        ("gzip", Coding::Gzip),
        ("x-gzip", Coding::Gzip),
    ];

    /// The one of the highest quality, and the best of those that are as good. A wildcard is gzip. Nothing is refused:
    /// where not even plain bytes are welcome it is these.
    pub(super) fn negotiate(headers: &HeaderMap) -> Coding {
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<(&str, u16)> = values.flat_map(|value| value.split(',')).filter_map(range).collect();
        let quality = |name: &str| {
            let named = ranges.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
            named.map(|(_, quality)| *quality)
        };
        let wildcard = quality("*");
        let mut best = (Coding::Identity, quality("identity").unwrap_or(0));
        for (name, coding) in Self::NAMES {
            let found = quality(name).or(wildcard.filter(|_| *name == "gzip")).unwrap_or(0);
            let is_better = found > best.1 || found == best.1 && best.0 == Coding::Identity;
            if found > 0 && is_better {
                best = (*coding, found);
            }
        }
        best.0
    }

    /// The value of `Content-Encoding`.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Coding::Identity => None,
            Coding::Gzip => Some("gzip"),
            #[cfg(feature = "zstd")]
            Coding::Zstd => Some("zstd"),
        }
    }
}

/// A coding and its quality in thousandths; none where that cannot be read.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality: f32 = quality.map_or(Ok(1.0), |quality| quality.trim().parse()).ok()?;
    // In range, so the cast keeps the value.
    (0.0..=1.0).contains(&quality).then_some((name, (quality * 1000.0).round() as u16))
}

/// Compresses what is written to it.
pub(super) enum Compressor<W: Write> {
    Identity(W),
    Gzip(GzEncoder<W>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Compressor<W> {
    pub(super) fn new(coding: Coding, to: W) -> io::Result<Self> {
        Ok(match coding {
            Coding::Identity => Compressor::Identity(to),
            Coding::Gzip => Compressor::Gzip(GzEncoder::new(to, Compression::new(GZIP_LEVEL))),
            #[cfg(feature = "zstd")]
            Coding::Zstd => Compressor::Zstd(zstd::stream::write::Encoder::new(to, ZSTD_LEVEL)?),
        })
    }

    /// Writes what is left, and gives the writer back.
    pub(super) fn finish(self) -> io::Result<W> {
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
    fn the_coding_is_the_one_that_is_liked_best() {
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
            assert_eq!(Coding::negotiate(&headers).name(), coding, "{accept:?}");
        }
        assert_eq!(Coding::negotiate(&HeaderMap::new()), Coding::Identity);
    }

    #[cfg(feature = "zstd")]
    #[test]
    fn zstd_is_for_those_who_name_it() {
        for (accept, coding) in [
            ("zstd", "zstd"),
            ("gzip, zstd", "zstd"),
            ("gzip, zstd;q=0.9", "gzip"),
            ("gzip, zstd;q=0", "gzip"),
            ("gzip;q=0.5, *", "gzip"),
            ("*", "gzip"),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accept))]);
            assert_eq!(Coding::negotiate(&headers).name(), Some(coding), "{accept:?}");
        }
    }
}
