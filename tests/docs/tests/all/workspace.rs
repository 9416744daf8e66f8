//! The texts of this workspace conform to the rules.

use ops_docs::{Finding, Texts, citations, links, phrases, spelling, summaries};
use std::path::Path;
use std::sync::LazyLock;

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    ops_docs::workspace(&root).unwrap()
});

#[test]
fn rustdoc_summaries_are_short_and_name_the_item() {
    let sources = TEXTS.iter().filter(|(path, _)| path.ends_with(".rs"));
    assert_none(sources.flat_map(|(path, text)| summaries(path, text).unwrap()));
}

#[test]
fn spelling_is_american() {
    assert_none(TEXTS.iter().flat_map(|(path, text)| spelling(path, text)));
}

#[test]
fn texts_contain_no_forbidden_phrases() {
    assert_none(TEXTS.iter().flat_map(|(path, text)| phrases(path, text)));
}

#[test]
fn tests_that_security_md_cites_exist() {
    assert_none(citations("SECURITY.md", TEXTS.get("SECURITY.md").unwrap(), &TEXTS));
}

#[test]
fn links_of_markdown_files_resolve() {
    let pages = TEXTS.iter().filter(|(path, _)| path.ends_with(".md"));
    assert_none(pages.flat_map(|(path, text)| links(path, text, &TEXTS)));
}

/// Fails with a list of findings.
fn assert_none(findings: impl IntoIterator<Item = Finding>) {
    let list: Vec<String> = findings.into_iter().map(|finding| finding.to_string()).collect();
    assert!(list.is_empty(), "{} findings:\n{}\n", list.len(), list.join("\n"));
}
