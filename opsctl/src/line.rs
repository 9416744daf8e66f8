//! Reads a line with a secret, without leaving copies in memory.

use std::io::{self, Read};
use zeroize::Zeroizing;

/// Reads a line of UTF-8 from `input`, without its line end, up to `limit` bytes.
///
/// Reads single bytes into a preallocated buffer, so that nothing after the line is consumed and no copy stays in memory.
///
/// # Errors
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the input ends before anything is read.
pub(super) fn read_line(mut input: impl Read, limit: usize) -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit));
    let mut byte = Zeroizing::new([0]);
    while bytes.len() < limit {
        match input.read(&mut *byte) {
            Ok(0) if bytes.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(0) => break,
            Ok(_) if byte[0] == b'\n' => break,
            Ok(_) => bytes.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    let text = std::str::from_utf8(&bytes).map_err(|_error| io::Error::other("not UTF-8"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_line_without_its_end() {
        for (input, line, rest) in [
            ("s3cr3t\nx", "s3cr3t", "x"),
            ("s3cr3t\r\n", "s3cr3t", ""),
            ("s3cr3t", "s3cr3t", ""),
            ("\nx", "", "x"),
            (" a \n", " a ", ""),
        ] {
            let mut input = input.as_bytes();
            assert_eq!((read_line(&mut input, 100).unwrap().as_str(), input), (line, rest.as_bytes()));
        }
        assert_eq!(read_line(io::repeat(b'x'), 100).unwrap().len(), 100);
        assert!(read_line(&b"\xff\n"[..], 100).is_err());
        assert_eq!(read_line(io::empty(), 100).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
