//! What to say about an option that does not exist.

use super::Form;
use std::cmp::min;
use syn::Ident;

pub(super) fn unknown(key: &Ident, form: &Form) -> String {
    let key = key.to_string();
    let Form { attribute, name, options } = form;
    let valid = listed(options);
    match (key.as_str(), name) {
        ("name", Some(example)) => format!("the name stands first, without `name =`: write `{example}`"),
        _ => match nearest(&key, options) {
            Some(near) => {
                format!("unknown option `{key}` of {attribute}: did you mean `{near}`? {valid}")
            }
            None => format!("unknown option `{key}` of {attribute}: {valid}"),
        },
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
    (near.0 <= 2 && near.0 < near.1.len()).then_some(near.1)
}

/// How many letters have to be added, removed or changed to get from one word to the other.
fn distance(left: &str, right: &str) -> usize {
    let mut row = (0..=right.chars().count()).collect::<Vec<_>>();
    for (at, left) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (at, right) in right.chars().enumerate() {
            let changed = diagonal + usize::from(left != right);
            diagonal = row[at + 1];
            row[at + 1] = min(changed, 1 + min(row[at], diagonal));
        }
    }
    row[right.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_option_is_suggested_if_it_is_near() {
        let options = ["name", "unit", "buckets", "help"];
        for (word, near) in [("nmae", Some("name")), ("bucket", Some("buckets")), ("labels", None), ("x", None)] {
            assert_eq!(nearest(word, &options), near, "{word}");
        }
    }
}
