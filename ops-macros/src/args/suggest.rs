//! Messages for unknown options, with a suggestion if a similar option exists.

use super::arg::ArgSpec;
use std::cmp::min;
use syn::Ident;

/// Renamed options: the former and the current name.
const RENAMED: [(&str, &str); 5] = [
    ("every", "interval"),
    ("failures", "failure_threshold"),
    ("successes", "success_threshold"),
    ("limit", "max_series"),
    ("expire", "ttl"),
];

/// Returns the error message for the unknown option `key`.
pub(super) fn unknown(key: &Ident, spec: &ArgSpec) -> String {
    let key = key.to_string();
    let ArgSpec { attribute, name, options } = spec;
    if let Some(example) = name {
        if nearest(&key, &[&["name"], *options].concat()) == Some("name") {
            return format!("the name is the first argument, without `{key} =`; write `{example}`");
        }
    }
    if let Some(current) = renamed(&key, options) {
        return format!("unknown option `{key}`: it was renamed; write `{current}`");
    }
    match nearest(&key, options) {
        Some(near) => format!("unknown option `{key}` for {attribute}; did you mean `{near}`?"),
        None => format!("unknown option `{key}` for {attribute}; {}", listed(options)),
    }
}

/// Returns the current name of the option once named `former`, if it is in `options`.
fn renamed(former: &str, options: &[&str]) -> Option<&'static str> {
    RENAMED.into_iter().find(|(name, current)| *name == former && options.contains(current)).map(|(_, current)| current)
}

fn listed(options: &[&str]) -> String {
    if options.is_empty() {
        return "the only option is `crate`".to_owned();
    }
    let quoted = options.iter().map(|option| format!("`{option}`")).collect::<Vec<_>>();
    format!("expected one of {} or `crate`", quoted.join(", "))
}

/// Returns the option nearest to `word`: within one edit, or two for options of more than five bytes.
fn nearest<'a>(word: &str, options: &[&'a str]) -> Option<&'a str> {
    let near = options.iter().map(|option| (distance(word, option), *option)).min()?;
    let is_near = near.0 <= 1 || (near.0 == 2 && near.1.len() > 5);
    is_near.then_some(near.1)
}

/// Damerau–Levenshtein distance (optimal string alignment) in bytes.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut rows = vec![(0..=right.len()).collect::<Vec<_>>()];
    for at in 1..=left.len() {
        let mut row = vec![at];
        for to in 1..=right.len() {
            let above = &rows[at - 1];
            let changed = above[to - 1] + usize::from(left[at - 1] != right[to - 1]);
            let mut least = min(changed, 1 + min(above[to], row[to - 1]));
            if at > 1 && to > 1 && left[at - 1] == right[to - 2] && left[at - 2] == right[to - 1] {
                least = min(least, rows[at - 2][to - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_option_within_two_edits() {
        let options = ["name", "unit", "buckets", "help"];
        for (word, near) in [
            ("nmae", Some("name")),
            ("buckst", Some("buckets")),
            ("bucket", Some("buckets")),
            ("labels", None),
            ("x", None),
            ("none", None),
        ] {
            assert_eq!(nearest(word, &options), near, "{word}");
        }
    }

    #[test]
    fn suggests_current_names_for_misspellings() {
        let options = ["interval", "failure_threshold", "success_threshold", "max_series", "ttl"];
        for (word, near) in [
            ("intervall", "interval"),
            ("failure_treshold", "failure_threshold"),
            ("failures_threshold", "failure_threshold"),
            ("sucess_threshold", "success_threshold"),
            ("maxseries", "max_series"),
            ("max_serie", "max_series"),
            ("tll", "ttl"),
        ] {
            assert_eq!(nearest(word, &options), Some(near), "{word}");
        }
    }

    #[test]
    fn former_name_maps_to_an_accepted_current_name() {
        assert_eq!(renamed("every", &["kind", "interval"]), Some("interval"));
        assert_eq!(renamed("limit", &["kind", "interval"]), None);
        assert_eq!(renamed("interval", &["kind", "interval"]), None);
    }
}
