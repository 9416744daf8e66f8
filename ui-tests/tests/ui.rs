//! Compile-fail tests: each case of `fail/` is rejected with the message beside it.

use std::fs;
use std::path::Path;

#[test]
fn invalid_uses_are_rejected_with_the_expected_message() {
    trybuild::TestCases::new().compile_fail("fail/*/*.rs");
}

#[test]
fn every_compile_pass_case_is_a_test_target() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    for entry in fs::read_dir(package.join("pass")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            manifest.contains(&format!("[[test]]\nname = \"{}\"\npath = \"pass/{name}\"\n", &name[..name.len() - 3])),
            "{name}"
        );
    }
}

/// Cases that test several messages in one run, or to which the compiler adds a message.
const SEVERAL_MESSAGES: &[&str] = &[
    "function_body/wrong_future_output",
    "health_check/impl_block_without_attribute_or_self_type",
    "health_check/several_errors",
    "instrument_span/on_impl_block_and_static",
    "metric/impl_block_options",
    "metric/incomplete_options",
    "metric/invalid_names",
    "metric/missing_commas",
    "metric/not_a_label_set",
    "metric/not_an_instrument",
    "metric/on_const_fn",
    "metric/several_errors",
    "metric/state_set_of_optional_state",
    "metric/unknown_options",
];

#[test]
fn every_other_invalid_use_yields_one_message() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fail");
    let mut single = 0;
    for folder in fs::read_dir(&cases).unwrap() {
        for entry in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "stderr") {
                let name = path.with_extension("").strip_prefix(&cases).unwrap().to_str().unwrap().replace('\\', "/");
                let messages =
                    fs::read_to_string(&path).unwrap().lines().filter(|line| line.starts_with("error")).count();
                assert_eq!(messages > 1, SEVERAL_MESSAGES.contains(&name.as_str()), "{name} has {messages} messages");
                single += usize::from(messages == 1);
            }
        }
    }
    assert!(single >= 80, "{single}");
}
