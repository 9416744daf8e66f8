//! Redaction of user information in rejected URLs and addresses, for errors and logs.

/// Returns `text` without everything before its last `@`, except the scheme.
///
/// In malformed text, a password may be anywhere: an unencoded `/` in it ends the authority early, and an encoded `@` after it
/// hides the user information from a parser. Therefore the text is not parsed, and `%40` counts as `@`.
pub(super) fn without_user_info(text: &str) -> String {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let scheme = text.split_once("://").filter(|(scheme, _rest)| scheme.chars().all(is_legal));
    let (scheme, rest) = text.split_at(scheme.map_or(0, |(scheme, _rest)| scheme.len() + "://".len()));
    let end = ["@", "%40"].iter().filter_map(|sign| rest.rfind(sign).map(|at| at + sign.len())).max();
    let redacted = format!("{scheme}{}", &rest[end.unwrap_or(0)..]);
    redacted.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_everything_before_the_last_at_sign() {
        for (text, redacted) in [
            ("http://host/a?b#c", "http://host/a?b#c"),
            ("http://alice:s3cret@host:94640/", "http://host:94640/"),
            ("http://al%69ce:s3%63ret@host", "http://host"),
            ("http://alice:s3/cret@host", "http://host"),
            ("http://alice:s3?cret#@host", "http://host"),
            ("http://alice:s3cret%40host/", "http://host/"),
            ("http://alice:s3cr@t@host", "http://host"),
            ("alice:s3cret@host:80", "host:80"),
            ("http:alice:s3cret@host", "host"),
            ("alice:s3://cret@host", "host"),
            ("http://h\n/", "http://h\\n/"),
        ] {
            assert_eq!(without_user_info(text), redacted, "{text:?}");
        }
    }
}
