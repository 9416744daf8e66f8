//! A global allocator that updates counters.

use ops_tests::program::run;
use std::time::Duration;
use tokio::process::Command;

#[tokio::test]
async fn counter_in_global_allocator_counts_every_allocation() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_count-allocations"));
    let ended = tokio::time::timeout(Duration::from_secs(60), run(&mut program)).await;
    let ended = ended.expect("allocator recursion or deadlock");
    assert_eq!((ended.stdout.as_str(), ended.code), ("exact\n", Some(0)), "{}", ended.stderr);
}
