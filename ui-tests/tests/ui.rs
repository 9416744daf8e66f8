//! `pass/` compiles and runs; each of `fail/` fails with the message beside it.

#[test]
fn what_users_write_compiles_and_what_is_wrong_says_why() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*.rs");
}
