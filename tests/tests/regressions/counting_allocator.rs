//! A global allocator that counts with counters.

use ops_tests::program::run;
use std::time::Duration;
use tokio::process::Command;

#[tokio::test]
async fn a_counter_in_the_global_allocator_counts_every_allocation() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_count-allocations"));
    let ended = tokio::time::timeout(Duration::from_secs(60), run(&mut program)).await;
    let ended = ended.expect("neither recursion nor a deadlock");
    assert_eq!((ended.stdout.as_str(), ended.code), ("exact\n", Some(0)), "{}", ended.stderr);
}
