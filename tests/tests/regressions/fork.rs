//! Fork while other threads record observations.

use ops_tests::program::run;
use std::time::Duration;
use tokio::process::Command;

#[tokio::test]
async fn child_forked_during_observations_scrapes_in_bounded_time() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_fork-while-observing"));
    let ended = tokio::time::timeout(Duration::from_secs(120), run(program.arg("100"))).await;
    let ended = ended.expect("child processes hang");
    assert_eq!((ended.stdout.as_str(), ended.code), ("ended 100\n", Some(0)), "{}", ended.stderr);
}
