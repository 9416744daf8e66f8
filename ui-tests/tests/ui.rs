//! `pass/` compiles and runs; each of `fail/` fails with the message beside it.

use std::fs;
use std::path::Path;

#[test]
fn what_users_write_compiles_and_what_is_wrong_says_why() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*.rs");
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
