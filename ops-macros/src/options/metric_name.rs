//! The option `utf8`, which selects the validation of the metric name.

use crate::args::Args;
use crate::common::errors::Errors;

/// Returns the `const fn` that validates the name. With the flag `utf8` it accepts any characters.
pub(crate) fn name_check(args: &mut Args, errors: &mut Errors) -> &'static str {
    match args.flag("utf8", errors) {
        None => "metric_name",
        Some(key) => {
            if args.key("name").is_none() {
                errors.at(
                    key,
                    "`utf8` requires a `name`: an identifier is valid without it; add `name = \"..\"` or remove `utf8`",
                );
            }
            "utf8_metric_name"
        }
    }
}
