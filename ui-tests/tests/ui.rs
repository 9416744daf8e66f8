//! Each of `fail/` fails to compile with the message beside it; each of `pass/` is a test target of its own.

use std::fs;
use std::path::Path;

#[test]
fn mistakes_fail_to_compile_with_the_message_beside_them() {
    trybuild::TestCases::new().compile_fail("fail/*.rs");
}

#[test]
fn every_case_that_passes_is_a_test_target() {
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

/// Cases that are about several messages in one run, or to which the compiler adds one of its own.
const SEVERAL: &[&str] = &[
    "body_of_a_future_of_another_type",
    "health_check_in_an_impl_alone_without_self",
    "health_check_options",
    "metric_bad_name",
    "metric_broken_lists",
    "metric_impl_options",
    "metric_missing_comma",
    "metric_on_a_const_fn",
    "metric_on_another_type",
    "metric_several_errors_at_once",
    "metric_static_of_unknown_labels",
    "metric_unknown_option",
    "span_on_an_impl",
    "state_that_may_be_absent",
];

#[test]
fn every_other_mistake_is_one_message_and_there_are_many_of_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fail");
    let mut single = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            let messages = fs::read_to_string(&path).unwrap().lines().filter(|line| line.starts_with("error")).count();
            assert_eq!(messages > 1, SEVERAL.contains(&name.as_str()), "{name} has {messages} messages");
            single += usize::from(messages == 1);
        }
    }
    assert!(single >= 80, "{single}");
}
