//! Tests of each rule with conforming and violating texts.

use ops_docs::{Finding, Texts, citations, links, phrases, spelling, summaries};

#[test]
fn summary_must_not_begin_with_a_clause() {
    let source = "//! What it does.\n\n/// Number of items.\n#[must_use]\nfn items() {}\n\n/** Whether it is open. */\nfn open() {}\n";
    let expected =
        ["f:1: summary begins with `What`: What it does.", "f:7: summary begins with `Whether`: Whether it is open."];
    assert_eq!(printed(summaries("f", source).unwrap()), expected);
}

#[test]
fn summary_is_the_first_paragraph() {
    let long = "/// A summary that goes on and on,\n/// over a second line, until it is more than a hundred characters long in all.\n///\n/// Where details begin.\nstruct A;\n";
    assert_eq!(
        printed(summaries("f", long).unwrap()),
        [
            "f:1: summary of 106 characters: A summary that goes on and on, over a second line, until it is more than a hundred \
             characters long in all."
        ]
    );
}

#[test]
fn summaries_in_the_input_of_macros_count() {
    let source = "table! { /// How long it takes.\n timeout: Duration, /// Timeout of a request.\n }";
    assert_eq!(printed(summaries("f", source).unwrap()), ["f:1: summary begins with `How`: How long it takes."]);
}

#[test]
fn phrases_are_found_across_lines_and_in_names() {
    let text = "//! This\n//! makes no\n//! sense.\nfn nobody_gets_in() {}\nfn is_nonempty() { x.is_none() }\n";
    assert_eq!(printed(phrases("f", text)), ["f:2: phrase `makes no sense`", "f:4: phrase `nobody`"]);
}

#[test]
fn british_spelling_is_found_in_prose_and_in_identifiers() {
    let text = "Its behaviour is normalised.\nfn initialiseNeighbour() {}\nA realistic specialist optimizes; cancelled emphasis.\n";
    assert_eq!(
        printed(spelling("f", text)),
        [
            "f:1: `behaviour` is spelled `behavior`",
            "f:1: `normalised` is spelled `normalized`",
            "f:2: `initialise` is spelled `initialize`",
            "f:2: `neighbour` is spelled `neighbor`",
        ]
    );
}

#[test]
fn citations_must_name_tests() {
    let source =
        "#[test]\nfn rejects_it() {}\n#[tokio::test(start_paused = true)]\nasync fn waits() {}\nfn helper() {}\n";
    let workspace: Texts = [("a/b.rs", source)].into_iter().collect();
    let table = "\
| promise | test |
|---|---|
| one | `a/b.rs` `rejects_it`, `waits`; more with `--ignored` |
| two | `a/b.rs` `helper`, `rejects_..` |
| three | `a/c.rs` |
| four | nothing |
";
    assert_eq!(
        printed(citations("f", table, &workspace)),
        [
            "f:4: `a/b.rs` has no test `helper`",
            "f:4: `rejects_..` is abbreviated; cite the whole name",
            "f:5: there is no file or folder `a/c.rs`",
            "f:6: the row cites no test",
        ]
    );
}

#[test]
fn links_must_resolve_to_files_and_headings() {
    let workspace: Texts = [("a/b.md", "# The first one\n"), ("c.md", "")].into_iter().collect();
    let text =
        "[1](../c.md) [2](b.md#the-first-one) [3](b.md#second) [4](d.md) [5](https://example.org) [6](crate::Item)\n";
    assert_eq!(
        printed(links("a/x.md", text, &workspace)),
        ["a/x.md:1: broken link `b.md#second`", "a/x.md:1: broken link `d.md`"]
    );
}

fn printed(findings: Vec<Finding>) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}
