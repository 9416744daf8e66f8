//! Metrics of annotated functions, as exposed in the text format.

mod http_outcomes;
mod result_labels;

/// Returns the non-zero samples of `family`.
fn lines(family: &str) -> Vec<String> {
    let text = ops::metrics().to_text();
    let is_of_family = |line: &&str| line.strip_prefix(family).is_some_and(|rest| rest.starts_with(['{', ' ']));
    text.lines().filter(is_of_family).filter(|line| !line.ends_with(" 0")).map(str::to_owned).collect()
}
