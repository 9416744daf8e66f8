//! Formatting of errors with their sources, for logs and for `main`.

use std::error::Error;
use std::fmt;

/// Maximum number of sources followed; an error may be its own source.
const MAX_SOURCES: usize = 32;

/// Displays an error with its [sources](Error::source), separated by colons.
///
/// A source is omitted if its message is part of the preceding one, because many libraries include their source in their
/// own message.
///
/// ```
/// use ops::error::ErrorChain;
/// use ops::rbac::PolicyFile;
///
/// let error = PolicyFile::open("/missing/policy.toml").unwrap_err();
/// assert_eq!(error.to_string(), "cannot read policy file `/missing/policy.toml`");
/// let text = ErrorChain(&error).to_string();
/// assert!(text.starts_with("cannot read policy file `/missing/policy.toml`: No such file"), "{text}");
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a one-field wrapper that callers construct")]
pub struct ErrorChain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printed = self.0.to_string();
        f.write_str(&printed)?;
        let mut source = self.0.source();
        for _ in 0..MAX_SOURCES {
            let Some(error) = source else { break };
            let text = error.to_string();
            if !printed.contains(&text) {
                write!(f, ": {text}")?;
                printed = text;
            }
            source = error.source();
        }
        Ok(())
    }
}

/// An error type for `main` that prints messages instead of `Debug` output.
///
/// When `main` returns an error, Rust prints its `Debug` form, such as `Config { errors: [..] }`. The `Debug` form of this
/// type is the error's message followed by those of its [sources](ErrorChain). `?` converts any error or string to it.
/// Programs that use `anyhow` or `eyre` do not need this type.
///
/// It does not implement [`Error`], because that would conflict with the conversion from every error type.
///
/// ```
/// use ops::MainError;
///
/// fn run() -> Result<(), MainError> {
///     let port: u16 = "http".parse()?;
///     Err(format!("nothing listens on {port}"))?
/// }
///
/// let printed = format!("Error: {:?}", run().unwrap_err()); // as Rust prints it when `main` returns it
/// assert_eq!(printed, "Error: invalid digit found in string");
/// ```
pub struct MainError(Box<dyn Error>);

impl<E: Into<Box<dyn Error>>> From<E> for MainError {
    fn from(error: E) -> Self {
        MainError(error.into())
    }
}

impl fmt::Display for MainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ErrorChain(&*self.0).fmt(f)
    }
}

impl fmt::Debug for MainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Nested(&'static str, Option<Box<Nested>>);

    impl fmt::Display for Nested {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Nested {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|nested| nested as _)
        }
    }

    fn nested(messages: &[&'static str]) -> Nested {
        let (first, rest) = messages.split_first().unwrap();
        Nested(first, (!rest.is_empty()).then(|| Box::new(nested(rest))))
    }

    #[test]
    fn prints_each_source_once() {
        for (messages, printed) in [
            (&["a"] as &[_], "a"),
            (&["a", "b", "c"], "a: b: c"),
            (&["cannot connect: refused", "refused", "os error 111"], "cannot connect: refused: os error 111"),
            (&["a", "", "b"], "a: b"),
        ] {
            assert_eq!(ErrorChain(&nested(messages)).to_string(), printed);
            assert_eq!(format!("{:?}", MainError::from(nested(messages))), printed);
        }
    }

    #[test]
    fn limits_the_depth_of_cyclic_sources() {
        #[derive(Debug)]
        struct Cyclic(std::cell::Cell<u32>);

        impl fmt::Display for Cyclic {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.set(self.0.get() + 1);
                write!(f, "number {}", self.0.get())
            }
        }

        impl Error for Cyclic {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }

        let printed = ErrorChain(&Cyclic(Default::default())).to_string();
        assert_eq!(printed.matches("number").count(), 1 + MAX_SOURCES);
    }
}
