//! Citations of tests in Markdown tables.

use crate::finding::Finding;
use crate::texts::Texts;

/// Returns the invalid citations in the last column of the tables of a Markdown file.
///
/// A citation is inline code: a path relative to the workspace, or the name of a test in the file or folder of the preceding path.
/// Command-line options, such as `--ignored`, are ignored. A row without a path is invalid.
pub fn citations(file: &str, text: &str, workspace: &Texts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut is_body = false;
    for (line, number) in text.lines().zip(1..) {
        let Some(row) = line.strip_prefix('|') else {
            is_body = false;
            continue;
        };
        if row.trim_start().starts_with("---") {
            is_body = true;
        } else if is_body {
            let cell = row.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
            let messages = unresolved(cell, workspace);
            findings.extend(messages.into_iter().map(|message| Finding::new(file, number, message)));
        }
    }
    findings
}

fn unresolved(cell: &str, workspace: &Texts) -> Vec<String> {
    let mut path = None;
    let mut messages = Vec::new();
    for code in cell.split('`').skip(1).step_by(2).filter(|code| !code.starts_with("--")) {
        if code.contains("..") {
            messages.push(format!("`{code}` is abbreviated; cite the whole name"));
        } else if code.contains(['/', '.']) {
            path = Some(code);
            if !workspace.exists(code) {
                messages.push(format!("there is no file or folder `{code}`"));
            }
        } else if let Some(path) = path {
            let is_defined = workspace.at_or_below(path).any(|text| defines_test(text, code));
            if !is_defined {
                messages.push(format!("`{path}` has no test `{code}`"));
            }
        }
    }
    if path.is_none() {
        messages.push("the row cites no test".to_owned());
    }
    messages
}

/// Returns `true` if a function `name` has an attribute that ends in `test`, or in `test(..)`.
fn defines_test(text: &str, name: &str) -> bool {
    let definition = format!("fn {name}(");
    text.match_indices(&definition).any(|(start, _)| {
        let line = text[..start].rfind('\n').unwrap_or(0);
        let above = text[..line].lines().rev().map(str::trim);
        let mut attributes = above.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        attributes.any(|line| {
            let path = line.trim_start_matches("#[").split(['(', ']']).next().unwrap_or_default();
            path.rsplit("::").next() == Some("test")
        })
    })
}
