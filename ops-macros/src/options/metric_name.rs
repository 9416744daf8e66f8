//! `utf8`, which decides what a metric may be called.

use crate::args::Args;
use crate::common::errors::Errors;

/// The `const fn` that validates the name: with the flag `utf8` it accepts any characters.
pub(crate) fn name_check(args: &mut Args, errors: &mut Errors) -> &'static str {
    match args.flag("utf8", errors) {
        None => "metric_name",
        Some(key) => {
            if args.key("name").is_none() {
                errors.at(
                    key,
                    "`utf8` is about a `name = \"..\"`, which may then have any characters: an identifier needs none",
                );
            }
            "utf8_metric_name"
        }
    }
}
