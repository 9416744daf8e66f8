//! What to say about an option that does not exist.

use super::arg::ArgSpec;
use std::cmp::min;
use syn::Ident;

pub(super) fn unknown(key: &Ident, spec: &ArgSpec) -> String {
    let key = key.to_string();
    let ArgSpec { attribute, name, options } = spec;
    if let Some(example) = name
        && nearest(&key, &[&["name"], *options].concat()) == Some("name")
    {
        return format!("the name stands first, without `{key} =`: write `{example}`");
    }
    let valid = listed(options);
    match nearest(&key, options) {
        Some(near) => format!("unknown option `{key}` of {attribute}: did you mean `{near}`? {valid}"),
        None => format!("unknown option `{key}` of {attribute}: {valid}"),
    }
}

fn listed(options: &[&str]) -> String {
    if options.is_empty() {
        return "the only option is `crate`".to_owned();
    }
    let quoted = options.iter().map(|option| format!("`{option}`")).collect::<Vec<_>>();
    format!("the options are {} and `crate`", quoted.join(", "))
}

fn nearest<'a>(word: &str, options: &[&'a str]) -> Option<&'a str> {
    let near = options.iter().map(|option| (distance(word, option), *option)).min()?;
    let is_near = near.0 <= 1 || (near.0 == 2 && near.1.len() > 5);
    is_near.then_some(near.1)
}

/// How many letters have to be added, removed, changed or swapped with the next to get from one word to the other.
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
    fn the_nearest_option_is_suggested_if_it_is_near() {
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
}
