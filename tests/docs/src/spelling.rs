//! British spelling.

use crate::finding::Finding;

/// British and American beginnings of words.
const BEGINNINGS: &[(&str, &str)] = &[
    ("analyse", "analyze"),
    ("analysing", "analyzing"),
    ("artefact", "artifact"),
    ("behaviour", "behavior"),
    ("catalogue", "catalog"),
    ("centimetre", "centimeter"),
    ("centre", "center"),
    ("colour", "color"),
    ("defence", "defense"),
    ("favour", "favor"),
    ("flavour", "flavor"),
    ("honour", "honor"),
    ("kilometre", "kilometer"),
    ("labelled", "labeled"),
    ("labelling", "labeling"),
    ("licence", "license"),
    ("millimetre", "millimeter"),
    ("modelled", "modeled"),
    ("modelling", "modeling"),
    ("neighbour", "neighbor"),
    ("offence", "offense"),
    ("sceptic", "skeptic"),
    ("signalled", "signaled"),
    ("signalling", "signaling"),
    ("travelled", "traveled"),
    ("travelling", "traveling"),
    ("unlabelled", "unlabeled"),
];

/// British and American words.
const WORDS: &[(&str, &str)] = &[
    ("afterwards", "afterward"),
    ("ageing", "aging"),
    ("backwards", "backward"),
    ("fulfil", "fulfill"),
    ("grey", "gray"),
    ("judgement", "judgment"),
    ("learnt", "learned"),
    ("metre", "meter"),
    ("metres", "meters"),
    ("misspelt", "misspelled"),
    ("programme", "program"),
    ("programmes", "programs"),
    ("spelt", "spelled"),
    ("towards", "toward"),
    ("whilst", "while"),
];

/// Verbs that end in `ize`, without that ending.
const IZE: &[&str] = &[
    "anonym",
    "author",
    "canonical",
    "capital",
    "categor",
    "central",
    "character",
    "custom",
    "emphas",
    "equal",
    "factor",
    "final",
    "formal",
    "general",
    "harmon",
    "initial",
    "item",
    "local",
    "material",
    "maxim",
    "memor",
    "minim",
    "modern",
    "monomorph",
    "normal",
    "optim",
    "organ",
    "parallel",
    "parametr",
    "penal",
    "pessim",
    "priorit",
    "random",
    "real",
    "recogn",
    "serial",
    "special",
    "stabil",
    "standard",
    "summar",
    "symbol",
    "synchron",
    "token",
    "util",
    "virtual",
    "visual",
];

/// Endings of these verbs and of their nouns, in British spelling.
const ISE: &[&str] = &["isation", "isations", "ise", "ised", "iser", "isers", "ises", "ising"];

/// Returns the words of a text in British spelling, except `cancelled`, which tokio uses in its API.
pub fn spelling(file: &str, text: &str) -> Vec<Finding> {
    let words = |line| words_of(line).filter_map(|word| Some((american(&word)?, word)));
    let lines = text.lines().zip(1..);
    let finding = |number, (american, word)| Finding::new(file, number, format!("`{word}` is spelled `{american}`"));
    lines.flat_map(|(line, number)| words(line).map(move |found| finding(number, found))).collect()
}

/// Splits a line into words in lower case, and identifiers into their parts.
fn words_of(line: &str) -> impl Iterator<Item = String> {
    line.split(|c: char| !c.is_ascii_alphabetic()).flat_map(words_of_identifier)
}

/// Splits before each capital that follows a small letter.
fn words_of_identifier(identifier: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut follows_capital = true;
    for c in identifier.chars() {
        let is_capital = c.is_ascii_uppercase();
        match words.last_mut() {
            Some(word) if !is_capital || follows_capital => word.push(c.to_ascii_lowercase()),
            _ => words.push(c.to_ascii_lowercase().to_string()),
        }
        follows_capital = is_capital;
    }
    words
}

/// Returns the American spelling of a word in lower case that has another British one.
fn american(word: &str) -> Option<String> {
    let whole = || WORDS.iter().find(|(british, _)| *british == word).map(|(_, american)| (*american).to_owned());
    let beginning = || {
        let begins = |(british, american): &(&str, &str)| Some(format!("{american}{}", word.strip_prefix(british)?));
        BEGINNINGS.iter().find_map(begins)
    };
    let verb = || {
        let american = |ending: &&str| {
            let stem = word.strip_suffix(*ending).filter(|stem| is_verb(stem))?;
            Some(format!("{stem}{}", ending.replacen('s', "z", 1)))
        };
        ISE.iter().find_map(american)
    };
    whole().or_else(beginning).or_else(verb)
}

fn is_verb(stem: &str) -> bool {
    ["", "de", "pre", "re", "un"].iter().any(|prefix| stem.strip_prefix(prefix).is_some_and(|stem| IZE.contains(&stem)))
}
