//! The metrics of annotated functions, seen from what is served.

mod http_outcomes;
mod result_labels;

/// The served lines that start with `family` followed by its labels or its value, without those at 0.
fn lines(family: &str) -> Vec<String> {
    let text = ops::metrics().to_text();
    let is_of_family = |line: &&str| line.strip_prefix(family).is_some_and(|rest| rest.starts_with(['{', ' ']));
    text.lines().filter(is_of_family).filter(|line| !line.ends_with(" 0")).map(str::to_owned).collect()
}
