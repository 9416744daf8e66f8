//! Logins as a whole: what costs a check, what waits, and what is told.

use super::*;
use crate::rbac::{Cost, Policy};
use std::sync::atomic::Ordering::SeqCst;

/// One test at a time counts.
static COUNTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn policy() -> Policy {
    let policy = Policy::with_cost(Cost::fastest_for_tests());
    policy.add_user("alice", &[]);
    policy.set_password("alice", "s3cr3t").unwrap();
    policy.add_user("no-password", &[]);
    policy
}

fn logins() -> Logins {
    Logins::new(&Limits::default()).unwrap()
}

fn peer(last: u8) -> ClientAddr {
    ClientAddr::new([192, 0, 2, last].into())
}

async fn ask(logins: &Logins, policy: &Policy, user: &str, password: &str, last: u8) -> Result<(), LoginError> {
    logins.check(&policy.snapshot(), user, password.to_owned().into(), peer(last)).await
}

#[tokio::test]
async fn a_right_login_costs_one_check_and_then_none_until_the_policy_changes() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    let before = VERIFICATIONS.load(SeqCst);
    for _ in 0..10 {
        assert_eq!(ask(&logins, &policy, "alice", "s3cr3t", 1).await, Ok(()));
    }
    assert_eq!(VERIFICATIONS.load(SeqCst) - before, 1);
    policy.set_password("alice", "another").unwrap();
    assert_eq!(ask(&logins, &policy, "alice", "s3cr3t", 1).await, Err(LoginError::InvalidCredentials));
    policy.remove_user("alice");
    assert_eq!(ask(&logins, &policy, "alice", "another", 1).await, Err(LoginError::InvalidCredentials));
}

#[tokio::test]
#[ignore = "a figure of a release build: `cargo test --release -p ops --lib -- --ignored a_known_login`"]
async fn a_known_login_takes_less_than_20_microseconds() {
    let (policy, logins) = (policy(), logins());
    ask(&logins, &policy, "alice", "s3cr3t", 1).await.unwrap();
    let started = Instant::now();
    for _ in 0..10_000 {
        ask(&logins, &policy, "alice", "s3cr3t", 1).await.unwrap();
    }
    let each = started.elapsed() / 10_000;
    println!("{each:?} each");
    assert!(each < Duration::from_micros(20), "{each:?}");
}

/// The time of an answer, which others can measure, tells as little as the answer.
#[tokio::test]
#[ignore = "600 passwords at the full cost: `cargo test --release -p ops --lib -- --ignored take_the_same_time`"]
async fn known_and_unknown_names_take_the_same_time() {
    const PAIRS: usize = 300;
    let policy = Policy::new();
    policy.add_user("alice", &[]);
    policy.set_password("alice", "s3cr3t").unwrap();
    let logins =
        Logins::new(&Limits::default().login_failure_threshold(1000).login_failure_threshold_per_address(1000))
            .unwrap();
    let mut times = [Vec::new(), Vec::new()];
    for attempt in 0..PAIRS {
        for (user, times) in ["alice", "ghost"].iter().zip(&mut times) {
            let started = Instant::now();
            let refusal = ask(&logins, &policy, user, &format!("wrong {attempt}"), 1).await;
            times.push(started.elapsed());
            assert_eq!(refusal, Err(LoginError::InvalidCredentials));
        }
    }
    let [known, unknown] = &mut times;
    // How often one known is slower than one unknown: half of the time, if they are the same.
    let slower = known.iter().map(|known| unknown.iter().filter(|unknown| known > *unknown).count()).sum::<usize>();
    let share = slower as f64 / (PAIRS * PAIRS) as f64;
    known.sort();
    unknown.sort();
    let [known, unknown] = [known[PAIRS / 2], unknown[PAIRS / 2]];
    assert!(known.abs_diff(unknown) <= known / 20, "{known:?} {unknown:?}");
    assert!((0.4..=0.6).contains(&share), "{share}");
}

#[tokio::test]
async fn every_wrong_login_costs_one_check_whoever_it_is() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    let long = "x".repeat(1024);
    let users = ["alice", "no-password", "ghost", "\u{0}ghost", "zoë"];
    for (at, (user, password)) in
        users.iter().flat_map(|user| ["wrong", "", &long].map(|password| (user, password))).enumerate()
    {
        let before = VERIFICATIONS.load(SeqCst);
        assert_eq!(ask(&logins, &policy, user, password, at as u8).await, Err(LoginError::InvalidCredentials));
        assert_eq!(VERIFICATIONS.load(SeqCst) - before, 1, "{user} {password}");
    }
}

#[tokio::test]
async fn known_and_unknown_names_are_told_the_same() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    let mut told = Vec::new();
    for user in ["alice", "ghost"] {
        let mut answers = Vec::new();
        for attempt in 0..8 {
            answers.push(match ask(&logins, &policy, user, &format!("wrong {attempt}"), attempt).await {
                Err(LoginError::Throttled(wait)) => format!("wait {}", wait.as_secs_f64().ceil()),
                other => format!("{other:?}"),
            });
        }
        told.push(answers);
    }
    let wrong = "Err(InvalidCredentials)";
    assert_eq!(told[0], [wrong, wrong, wrong, wrong, wrong, "wait 1", "wait 1", "wait 1"]);
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn a_login_that_is_known_does_not_wait_and_one_that_is_not_does() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    ask(&logins, &policy, "alice", "s3cr3t", 1).await.unwrap();
    for attempt in 0..5 {
        assert_eq!(
            ask(&logins, &policy, "alice", &format!("wrong {attempt}"), 2).await,
            Err(LoginError::InvalidCredentials)
        );
    }
    assert!(matches!(ask(&logins, &policy, "alice", "wrong", 3).await, Err(LoginError::Throttled(_))));
    assert_eq!(ask(&logins, &policy, "alice", "s3cr3t", 2).await, Ok(()), "it is known");
    let before = VERIFICATIONS.load(SeqCst);
    policy.add_user("bob", &[]);
    assert!(
        matches!(ask(&logins, &policy, "alice", "s3cr3t", 1).await, Err(LoginError::Throttled(_))),
        "of another generation"
    );
    assert_eq!(VERIFICATIONS.load(SeqCst), before);
}

/// Keeps the one thread of `logins` busy until what it returns is dropped.
async fn hold(logins: &Logins) -> std::sync::mpsc::Sender<()> {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let key = logins.keys.of("", "", &format!("{:?}", Instant::now()), 0);
    let work = Box::new(move || {
        let _ = started.send(());
        released.recv().map_err(|_dropped| LoginError::QueueFull)
    });
    // Who asked must stay, or it is not run.
    let answer = logins.queue.ask(PasswordCheck { key, peer: peer(250), failures: 0, work }).unwrap();
    has_started.await.unwrap();
    drop(answer);
    release
}

fn logins_of_one_thread() -> Logins {
    Logins::new(&Limits::default().max_concurrent_logins(1)).unwrap()
}

/// Otherwise whoever asks twice at once, and hangs up the first time, could try as many passwords as there is time for.
#[tokio::test]
async fn a_wrong_login_counts_also_if_who_asked_first_has_gone() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins_of_one_thread());
    for attempt in 0..5 {
        let password = format!("wrong {attempt}");
        let held = hold(&logins).await;
        let mut both = [(); 2].map(|()| Box::pin(ask(&logins, &policy, "alice", &password, 1)));
        for one in &mut both {
            let polled = std::future::poll_fn(|context| std::task::Poll::Ready(one.as_mut().poll(context)));
            assert!(polled.await.is_pending(), "it is in the queue");
        }
        let [first, second] = both;
        drop(first);
        drop(held);
        assert_eq!(second.await, Err(LoginError::InvalidCredentials));
    }
    assert!(matches!(ask(&logins, &policy, "alice", "wrong", 1).await, Err(LoginError::Throttled(_))));
}

#[tokio::test]
async fn of_passwords_that_are_asked_at_once_no_more_are_looked_at_than_one_after_the_other() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (Arc::new(policy()), Arc::new(logins_of_one_thread()));
    let before = VERIFICATIONS.load(SeqCst);
    let held = hold(&logins).await;
    let mut asking = tokio::task::JoinSet::new();
    for at in 0..20 {
        let (policy, logins) = (policy.clone(), logins.clone());
        asking.spawn(async move { ask(&logins, &policy, "alice", &format!("wrong {at}"), at).await });
    }
    // Now all of them are in the queue, as this is the only thread that runs them.
    tokio::task::yield_now().await;
    drop(held);
    let answers = asking.join_all().await;
    let wrong = answers.iter().filter(|answer| **answer == Err(LoginError::InvalidCredentials)).count();
    assert_eq!((wrong, VERIFICATIONS.load(SeqCst) - before), (5, 5), "{answers:?}");
}

#[tokio::test]
async fn an_address_that_fails_under_many_names_waits_too() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    for attempt in 0..20 {
        assert_eq!(
            ask(&logins, &policy, &format!("user{attempt}"), "wrong", 1).await,
            Err(LoginError::InvalidCredentials)
        );
    }
    assert!(matches!(ask(&logins, &policy, "another", "wrong", 1).await, Err(LoginError::Throttled(_))));
    assert_eq!(ask(&logins, &policy, "alice", "s3cr3t", 2).await, Ok(()), "from elsewhere");
}

#[tokio::test]
async fn ten_thousand_wrong_logins_do_not_make_a_known_one_forgotten() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    ask(&logins, &policy, "alice", "s3cr3t", 1).await.unwrap();
    for attempt in 0..10_000 {
        let _ = ask(&logins, &policy, &format!("user{attempt}"), "wrong", (attempt % 250) as u8).await;
    }
    let before = VERIFICATIONS.load(SeqCst);
    assert_eq!(ask(&logins, &policy, "alice", "s3cr3t", 1).await, Ok(()));
    assert_eq!(VERIFICATIONS.load(SeqCst), before);
}
