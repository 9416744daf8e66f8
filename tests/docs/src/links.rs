//! Relative links of Markdown files.

use crate::finding::Finding;
use crate::texts::Texts;
use ops_layers::{folder, join};

/// Returns the broken relative links of a Markdown file: their file or heading does not exist.
pub fn links(file: &str, text: &str, workspace: &Texts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut is_code = false;
    for (line, number) in text.lines().zip(1..) {
        is_code ^= line.trim_start().starts_with("```");
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
        for target in targets.filter(|_| !is_code) {
            let is_path = target.contains(['/', '.', '#']) && !target.contains("::");
            if is_path && !target.contains("://") && !target.starts_with("mailto:") && !leads(file, target, workspace) {
                findings.push(Finding::new(file, number, format!("broken link `{target}`")));
            }
        }
    }
    findings
}

fn leads(file: &str, target: &str, workspace: &Texts) -> bool {
    let (path, heading) = target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
    let path = if path.is_empty() { file.to_owned() } else { join(folder(file), path) };
    let Some(heading) = heading else { return workspace.exists(&path) };
    workspace.get(&path).is_some_and(|text| headings(text).any(|found| found == heading))
}

/// Returns the anchors that GitHub gives to the headings of a Markdown file.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let titles = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    titles.map(|title| {
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
    })
}
