//! Tokens are compared in constant time, measured in instructions, which are exact on any machine.

use ops::rbac::{Cost, Policy, Token, TokenDigest};
use ops_tests::program::ignored_test;
use std::process::Command;

const TOKEN: &str = "OPS_TEST_TOKEN";
const STORED: &str = "OPS_TEST_STORED";

#[test]
#[ignore = "run by the test below, under callgrind"]
fn inner_comparison() {
    let [token, stored] = [TOKEN, STORED].map(|name| std::env::var(name).unwrap());
    let policy = Policy::with_cost(Cost::fastest_for_tests());
    policy.add_user("alice", &[]);
    policy.add_token("alice", TokenDigest::parse(&stored).unwrap(), None).unwrap();
    for _ in 0..100 {
        assert_eq!(policy.authenticate_token(&token), None);
    }
}

/// Counts the instructions for rejecting `token` against the digest `stored`.
fn instructions(token: &Token, stored: &str) -> u64 {
    let test = ignored_test("token_instructions::inner_comparison");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg("--toggle-collect=*authenticate_token*")
        .arg(test.get_program())
        .args(test.get_args())
        .env(TOKEN, token.reveal())
        .env(STORED, stored)
        .output()
        .expect("valgrind must be installed");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let collected = report.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    collected.unwrap_or_else(|| panic!("{report}"))
}

#[test]
#[ignore = "needs valgrind: `cargo test -p ops-tests --test processes -- --ignored constant_time`"]
fn digest_comparison_takes_constant_time() {
    let token = Token::generate().unwrap();
    let right = token.digest().to_string();
    let counts = [0, 31, 63].map(|at| {
        let mut digits = right.clone().into_bytes();
        digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
        instructions(&token, &String::from_utf8(digits).unwrap())
    });
    println!("{counts:?}");
    assert!(counts[0] > 0 && counts.iter().all(|count| *count == counts[0]), "{counts:?}");
}
